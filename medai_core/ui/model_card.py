"""A model's card as a page shows it: everything is read from the card, nothing is said besides."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import streamlit as st

from medai_core.charts import cards, reliability, words
from medai_core.charts.template import STILL
from medai_core.serving.registry import ModelCard
from medai_core.ui import markup

_OWN_PLACE: Final = frozenset(
    {"name", "title", "version", "task", "labels", "intended_use", "inputs", "thresholds", "limits", "files"}
)
_GROUPS: Final = ("subgroup", "group")
_CURVES: Final = ("reliability", "roc", "curve", "calibration", "bins", "points")


def draw(card: ModelCard) -> None:
    """One card: purpose, range, results, charts, groups, limits, digests."""
    st.subheader(card.title, anchor=False)
    markup.draw(markup.paragraph(card.intended_use))
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("##### Where it answers")
        markup.draw(markup.facts(_range(card)))
        st.markdown("##### Limits")
        markup.draw("<ul>" + "".join(f"<li>{markup.text(limit)}</li>" for limit in card.limits) + "</ul>")
    with right:
        st.markdown("##### Data and licence")
        markup.draw(markup.facts(_plain(card.data)))
    _results(card)
    _charts(card)
    _groups(card)
    st.markdown("##### Files")
    rows = [(entry["name"], entry["sha256"]) for entry in card.data["files"].values()]
    markup.draw(
        markup.table(["File", "SHA-256"], rows, caption="Digests that every start of a reading stands on")
    )


def _range(card: ModelCard) -> list[tuple[str, str]]:
    names = cards.label_names(card.data)
    return [
        ("Version", card.version),
        ("Task", card.task),
        ("Findings", ", ".join(words.label(label, names) for label in card.labels)),
        ("Ages", card.inputs.ages),
        ("Views", ", ".join(card.inputs.views)),
        ("Modalities", ", ".join(card.inputs.modalities)),
        *(
            (f"Operating point, {words.label(label, names).lower()}", words.probability(threshold))
            for label, threshold in card.thresholds.items()
        ),
    ]


def _plain(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Words and numbers of the card's other parts, as far as they are one value each."""
    return [(_spoken(path), value) for path, value in _leaves(data) if path[0] not in _OWN_PLACE]


def _leaves(node: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in node.items():
        here = (*path, str(name))
        if isinstance(value, Mapping):
            if "value" not in value and not _is_figures(here):
                yield from _leaves(value, here)
        elif isinstance(value, list):
            if value and all(isinstance(item, str) for item in value):
                yield here, "; ".join(value)
        elif isinstance(value, str) or (
            len(here) > 1 and isinstance(value, int) and not isinstance(value, bool)
        ):
            if not _is_figures(here):
                yield here, str(value)


def _is_figures(path: tuple[str, ...]) -> bool:
    last = path[-1].lower()
    return any(stem in last for stem in (*_CURVES, *_GROUPS, "result", "metric", "heat_map", "sha"))


def _spoken(path: tuple[str, ...]) -> str:
    text = " ".join(path[-2:]).replace("_", " ")
    return text[:1].upper() + text[1:]


def _results(card: ModelCard) -> None:
    """Figures outside the subgroups: one row a finding and set, one column a figure."""
    rows: dict[tuple[str, ...], dict[str, Mapping[str, Any]]] = {}
    for path, node in cards.walk(card.data):
        if _is_result(path, node):
            rows.setdefault(path[:-1], {})[path[-1]] = node
    if not rows:
        return
    st.markdown("##### Results")
    first = next(iter(rows))[:2]
    _results_table(card, {path: row for path, row in rows.items() if path[:2] == first})
    others = {path: row for path, row in rows.items() if path[:2] != first}
    if others:
        with st.expander("Each part of the held-out images"):
            _results_table(card, others)


def _is_result(path: cards.Path, node: object) -> bool:
    """Whether a part of the card is one measured figure."""
    measured = path[:1] == ("results",) and path[-1] in cards.METRICS
    return measured and isinstance(node, Mapping) and cards.number(node.get("value")) is not None


def _results_table(card: ModelCard, rows: Mapping[tuple[str, ...], Mapping[str, Mapping[str, Any]]]) -> None:
    names = cards.label_names(card.data)
    metrics = [name for name in cards.METRICS if any(name in row for row in rows.values())]
    shown = []
    for path, row in rows.items():
        parts = [words.label(part, names) if part in card.labels else part for part in path[1:]]
        count = next((str(figure["n"]) for figure in row.values() if "n" in figure), "not given")
        shown.append([", ".join(parts), *(_figure(row.get(name)) for name in metrics), count])
    heads = ["Images, form, finding", *(cards.METRICS[name] for name in metrics), "Images"]
    caption = "Value with its 95\u202f% interval"
    markup.draw(markup.table(heads, shown, caption=caption, numbers=(len(heads) - 1,)))


def _figure(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "not given"
    low, high = cards.number(figure.get("low")), cards.number(figure.get("high"))
    ends = f" ({low:.3f} to {high:.3f})" if low is not None and high is not None else ""
    return f"{figure['value']:.3f}{ends}"


def _charts(card: ModelCard) -> None:
    drawn = [
        ("Calibration", reliability.reliability_chart(card.data), reliability.reliability_alt(card.data)),
        ("Operating characteristic", reliability.roc_chart(card.data), reliability.roc_alt(card.data)),
    ]
    there = [(title, figure, alt) for title, figure, alt in drawn if figure is not None]
    for column, (title, figure, alt) in zip(st.columns(2, gap="large"), there, strict=False):
        with column:
            st.markdown(f"##### {title}")
            st.plotly_chart(figure, config=STILL, key=f"models:{card.name}:{title}", alt=alt)


def _groups(card: ModelCard) -> None:
    figure = reliability.subgroups_chart(card.data)
    rows = reliability.subgroups_table(card.data)
    if figure is None and not rows:
        return
    st.markdown("##### By group")
    if figure is not None:
        alt = reliability.subgroups_alt(card.data)
        st.plotly_chart(figure, config=STILL, key=f"models:{card.name}:groups", alt=alt)
    if rows:
        markup.draw(
            markup.table(list(rows[0]), [list(row.values()) for row in rows], caption="Figures by group")
        )
