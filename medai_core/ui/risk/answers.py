"""What scores and predictors say, on the right of the Risk page: side by side, with what limits each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import streamlit as st

from medai_core.charts import colors
from medai_core.charts import risk as said
from medai_core.charts.template import STILL
from medai_core.domain.risk import Assessment, RiskEstimate
from medai_core.services.risk_questions import Catalogue
from medai_core.ui import markup, panels

GAPS: Final = "Missing, and estimated from the other values: "
SCOPE: Final = "Not known, and needed to say whether the model is meant for this row: "
"""How a predictor says what it estimated, by the names of its columns; the page says it in words."""
_BLUE: Final = colors.NEUTRAL[0]
STYLE: Final = f"""<style>
.mx-risks {{ display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); }}
.mx-risk {{ border: 1px solid var(--mx-line); border-radius: 4px; padding: 12px; display: flex;
  flex-direction: column; gap: 6px; }}
.mx .mx-risk h4 {{ font-size: 1rem; }}
.mx-risk p {{ margin: 0; }}
.mx-risk .mx-said {{ font-weight: 600; }}
.mx-risk .mx-body {{ display: grid; grid-template-columns: 104px minmax(0, 1fr); gap: 12px;
  align-items: start; }}
.mx-risk .mx-facts {{ gap: 2px 12px; font-size: 0.87rem; }}
.mx-risk .mx-small ul {{ margin: 0; padding-left: 18px; }}
.mx .mx-risk .mx-small li {{ font-size: 0.87rem; margin: 0; }}
.mx-risk .mx-big {{ font-size: 1.6rem; font-weight: 600; line-height: 1.15; }}
.mx-icons {{ display: grid; grid-template-columns: repeat(10, 8px); gap: 2.5px; width: 104px; }}
.mx-icons i {{ width: 8px; height: 8px; border-radius: 50%; box-sizing: border-box;
  background: {colors.with_alpha(colors.CONTROL_BORDER, 0.3)}; }}
.mx-icons .with {{ background: {_BLUE}; }}
.mx-icons .maybe {{ background: {colors.with_alpha(_BLUE, 0.25)}; border: 1.5px solid {_BLUE}; }}
.mx-risk details {{ font-size: 0.87rem; }}
.mx-risk summary {{ cursor: pointer; min-height: 24px; }}
.mx .mx-src {{ margin: 2px 0 10px; }}
.mx-waits {{ border-left: 3px solid {colors.RISK.moderate}; padding-left: 8px; }}
.mx-ask {{ font-weight: 600; }}
</style>"""


def draw(asked: Catalogue, found: Assessment, *, key: str) -> None:
    """All answers, what would answer with more, and what does not apply, folded."""
    st.html(STYLE)
    if not found.answered:
        panels.empty_state(
            "No risk can be computed yet",
            ["Give or confirm the values on the left; what is missing for each score stands below."],
        )
    figure = said.overview(found.answered, uirevision=key)
    if figure is not None:
        st.plotly_chart(figure, key=f"{key}:overview", config=STILL, alt=said.overview_alt(found.answered))
        st.caption(
            "Circle: published score. Diamond: trained predictor. Line: interval. Grey: people of the same "
            "age and sex, the middle half dark, nine of ten light, the median a tick; none where no known "
            "population has all inputs of that score."
        )
    if found.answered:
        markup.draw(f'<div class="mx-risks">{"".join(card(asked, one) for one in found.answered)}</div>')
    if found.lacking:
        with st.expander(f"Need more values: {len(found.lacking)}"):
            markup.draw(_lacking(asked, found.lacking))
    if found.outside:
        with st.expander(f"Not for this person: {len(found.outside)}"):
            rows = [(one.title, one.refused or "") for one in found.outside]
            markup.draw(markup.table(("Score or predictor", "Why"), rows, caption="What does not apply"))


def card(asked: Catalogue, one: RiskEstimate) -> str:
    """One answer: sentence, icon array and number, category, next step, limits."""
    text = markup.text
    kind = "Trained predictor" if one.trained else "Published score"
    head = f'<h4>{text(one.title)}</h4><p class="mx-muted mx-small">{kind}, version {text(one.version)}</p>'
    sentence = f'<p class="mx-said">{text(said.sentence(one))}</p>'
    value = f'<div class="mx-big">{text(said.value_words(one))}</div>'
    facts = markup.facts(_facts(one))
    if one.is_risk:
        body = f'<div class="mx-body">{icons(one)}<div>{value}{facts}</div></div>'
    else:
        body = f"<div>{value}{facts}</div>"
    peers = said.peers_words(one) if one.peers is not None else ""
    under = f'<p class="mx-small mx-muted">{text(peers)}</p>' if peers else ""
    return (
        f'<article class="mx-risk" data-risk="{text(one.name)}">{head}{sentence}{body}{under}'
        f"{_limits(asked, one)}{_more(one)}</article>"
    )


def _facts(one: RiskEstimate) -> list[tuple[str, str]]:
    pairs = [
        ("Interval", said.interval_words(one)),
        ("Category", one.category),
        ("Next step", f"{one.next_step} For the clinician's decision." if one.next_step else ""),
    ]
    return [(name, value) for name, value in pairs if value]


def icons(one: RiskEstimate) -> str:
    """The icon array: a hundred people, those with the outcome together from the bottom."""
    if one.value is None:
        return ""
    rows = sorted(said.icons(one.value, one.high), key=lambda icon: (-icon.row, icon.column))
    marks = "".join(f'<i class="{icon.look}"></i>' if icon.look != "without" else "<i></i>" for icon in rows)
    title = markup.text(f"{said.value_words(one)}: of 100 people, those with the outcome at the bottom")
    return f'<div class="mx-icons" role="img" aria-label="{title}">{marks}</div>'


def _limits(asked: Catalogue, one: RiskEstimate) -> str:
    """What was missing or is waiting, and the cautions."""
    gaps = [line for line in one.cautions if line.startswith(GAPS)]
    lines = [_of_scope(asked, one, line) for line in one.cautions if line not in gaps]
    lines = [line for line in lines if line]
    if gaps and one.missing:
        lines.insert(0, f"Estimated from the other values: {', '.join(names(asked, one, one.missing))}.")
    if one.waiting:
        lines.insert(0, f"Waiting for a confirmation: {', '.join(names(asked, one, one.waiting))}.")
    if one.missing and not gaps and not any("was not given" in line for line in lines):
        lines.insert(0, f"Not known: {', '.join(names(asked, one, one.missing))}.")
    return f'<div class="mx-small">{markup.bullets(lines)}</div>' if lines else ""


def _of_scope(asked: Catalogue, one: RiskEstimate, line: str) -> str:
    """A caution with the keys of unknown inputs by their names; those that wait are named elsewhere."""
    if not line.startswith(SCOPE):
        return line
    keys = [key for key in line[len(SCOPE) :].rstrip(".").split(", ") if key not in one.waiting]
    if not keys:
        return ""
    return f"Not known, though it decides for whom the model is: {', '.join(names(asked, one, keys))}."


def names(asked: Catalogue, one: RiskEstimate, keys: Iterable[str]) -> list[str]:
    """What keys of an asker's inputs are called."""
    places: Mapping[tuple[str, str], str] = asked.places
    found = []
    for key in keys:
        place = places.get((one.name, key))
        label = key if place is None else said.label_of(place, asked.questions[place].input)
        found.append(label if label[1:2].isupper() else f"{label[:1].lower()}{label[1:]}")
    return found


def _more(one: RiskEstimate) -> str:
    pairs = [
        ("For whom", one.use_for),
        ("Not for", one.not_for),
        ("Validation", one.validation),
        ("Reference", one.reference),
    ]
    facts = markup.facts((name, value) for name, value in pairs if value)
    return f"<details><summary>For whom, validation, reference</summary>{facts}</details>"


def _lacking(asked: Catalogue, lacking: Sequence[RiskEstimate]) -> str:
    rows = []
    for one in lacking:
        waiting = [key for key in one.missing if key in one.waiting]
        missing = [key for key in one.missing if key not in one.waiting]
        rows.append((one.title, ", ".join(names(asked, one, missing)), ", ".join(names(asked, one, waiting))))
    heads = ("Score or predictor", "Missing", "In the record, to be confirmed")
    return markup.table(heads, rows, caption="What each would need")
