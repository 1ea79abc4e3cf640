"""Dates that cannot be and numbers that stand twice: counts by source, and examples with a way to each."""

from medai_core.charts import moments
from medai_core.services.quality import MORE_THAN_ONCE
from medai_core.services.quality_examples import Example, examples
from medai_core.store.quality import Run
from medai_core.ui import clock, markup, panels, places
from medai_core.ui.session import UserSession


def draw(user: UserSession, found: Run) -> None:
    """The counts, what they mean, and the examples."""
    dates, twice = found.counts["dates"], found.counts["twice"]
    sources = sorted({name for by_source in dates.values() for name in by_source} | set(twice))
    if not sources:
        panels.note_box("Nothing out of order", "No entry lies where it cannot, and no number stands twice.")
    else:
        table = {**dates, MORE_THAN_ONCE: twice}
        lines = [[name, *(f"{table[kind].get(name, 0):,}" for kind in table)] for name in sources]
        heads = ["Source", *(kind.capitalize() for kind in table)]
        caption = "Current entries, by what is wrong"
        markup.draw(markup.table(heads, lines, caption=caption, numbers=range(1, len(heads))))
        _examples(examples(user.store, user.caller, found))
    markup.draw(
        markup.bullets(
            [
                "Before birth, after death, in the future: by more than a day, since dates are of a place.",
                "After death: visits, measurements, procedures, immunizations, images. Reports, claims and "
                "documents may come later. Plans may lie in the future.",
                "More than once: the same number and unit of the same patient, code and moment; all but one "
                "count.",
            ]
        )
    )


def _examples(shown: dict[str, tuple[Example, ...]]) -> None:
    """Up to twenty of each kind; each line opens its entry on the patient's page."""
    zone = clock.zone()
    rows = []
    for kind, found in shown.items():
        for one in found:
            address = markup.text(places.entry_address(one.patient_id, one.entry_id))
            name = markup.text(one.title or one.resource_type)
            when = moments.span(one.starts, one.ends, None, zone) if one.starts else "undated"
            cells = "".join(f"<td>{markup.text(cell)}</td>" for cell in (when, one.source))
            rows.append(
                f"<tr><td>{markup.text(kind.capitalize())}</td>"
                f'<td><a href="{address}" target="_self"><bdi>{name}</bdi></a></td>{cells}</tr>'
            )
    if not rows:
        return
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("What is wrong", "Entry", "When", "Source"))
    markup.draw(
        '<div class="mx-scroll"><table class="mx-table"><caption>Examples, up to twenty of each kind, of '
        f"patients who are open to you</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
