"""Held-out results: every finding in one table and one chart, beside the published reference network."""

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from medai_core.charts import card_results, cards, forest, table_card, words
from medai_core.charts.card_results import Row
from medai_core.charts.cards import Path
from medai_core.charts.template import STILL
from medai_core.serving.registry import ModelCard
from medai_core.ui import markup

_CHART_FROM: Final = 4
"""With fewer findings the table says it all."""


def draw(card: ModelCard) -> None:
    """The card's first measurement, then those beside the reference; the others folded away."""
    places = card_results.measurements(card.data)
    if not places:
        return
    names = cards.label_names(card.data)
    st.markdown("##### Held-out results")
    first = card_results.rows(card.data)
    order = _order(card, first)
    rows = forest.ordered(first, order, names)
    if len(rows) >= _CHART_FROM:
        _chart(card, rows, "forest")
    _table(card, rows, names)
    _mean(card, places[0])
    _explain(card, rows)
    shown = {places[0], *_beside(card, places[1:], order, names)}
    rest = [on for on in places if on not in shown]
    if rest:
        with st.expander(f"Every measurement on held-out {table_card.counted(card.data).lower()}"):
            for on in rest:
                _table(card, forest.ordered(card_results.rows(card.data, on), order, names), names)


def _beside(card: ModelCard, places: Sequence[Path], order: str, names: Mapping[str, str]) -> list[Path]:
    """Where the reference was measured on the same images, though not on the first ones: which those are."""
    both = [on for on in places if any(row.gap is not None for row in card_results.rows(card.data, on))]
    if not both:
        return []
    st.markdown(
        f"##### Beside {card_results.reference_name(card.data) or 'the reference'} on the same images"
    )
    chosen = 0
    if len(both) > 1:
        told = [words.label(on[0]) if on else "All" for on in both]
        name = st.radio("Images", told, key="images", bind="query-params")
        chosen = told.index(name) if name in told else 0
    rows = forest.ordered(card_results.rows(card.data, both[chosen]), order, names)
    _chart(card, rows, "beside")
    _table(card, rows, names)
    _mean(card, both[chosen])
    _within(card, both[chosen])
    return both


def _within(card: ModelCard, on: Path) -> None:
    """The means of both within each group of these images."""
    if on and (rows := card_results.means_table(card.data, on[0])):
        with st.expander("By view, sex and age"):
            cells = [list(row.values()) for row in rows]
            caption = f"On {on[0]}: mean AUROC over the findings that enough patients of the group have."
            markup.draw(markup.table(list(rows[0]), cells, caption=caption, unbroken=range(2, 5)))


def _mean(card: ModelCard, on: Path) -> None:
    """The mean over the findings in one line, where the card holds it."""
    for mean in card_results.means(card.data):
        if on and mean.part == on[0]:
            said = f"Mean AUROC of {mean.count} findings: {card_results.spoken(mean.own)}"
            if mean.reference is not None:
                said += f"; {card_results.reference_name(card.data) or 'reference'}: "
                said += card_results.spoken(mean.reference)
            if mean.difference is not None:
                said += f"; difference {card_results.spoken(mean.difference)}"
            markup.draw(markup.paragraph(f"{said}."))


def _order(card: ModelCard, rows: Sequence[Row]) -> str:
    """How the reader wants the findings sorted; kept in the address."""
    if len(rows) < _CHART_FROM:
        return "card"
    beside = bool(card_results.reference_name(card.data)) or any(row.gap is not None for row in rows)
    offered = [one for one in forest.ORDERS if one != "gap" or beside]
    chosen = st.segmented_control(
        "Sort the findings by",
        offered,
        default="auroc",
        format_func=forest.ORDERS.__getitem__,
        key="order",
        required=True,
        bind="query-params",
    )
    return chosen or "auroc"


def _chart(card: ModelCard, rows: Sequence[Row], name: str) -> None:
    figure = forest.forest_chart(card.data, rows)
    if figure is not None:
        alt = forest.forest_alt(card.data, rows)
        st.plotly_chart(figure, config=STILL, key=f"models:{card.name}:{name}", alt=alt)


def _table(card: ModelCard, rows: Sequence[Row], names: Mapping[str, str]) -> None:
    """One row a finding; columns that the card does not hold are left out."""
    metrics = [name for name in card_results.TABLE if any(name in row.figures for row in rows)]
    reference = card_results.reference_name(card.data) or "Reference"
    beside = any(row.reference is not None for row in rows)
    heads = [table_card.asked(card.data)]
    for metric in metrics:
        heads.append(cards.METRICS[metric])
        if metric == "auroc" and beside:
            heads += [f"{reference}, AUROC", "Difference"]
    point = [head for head in ("Operating point",) if card.thresholds]
    heads += [*point, table_card.counted(card.data)]
    shown = [_cells(card, row, metrics, names, beside=beside) for row in rows]
    on = ", ".join(rows[0].on) if rows and rows[0].on else f"held-out {table_card.counted(card.data).lower()}"
    caption = f"On {on}. Value with its 95\u202f% interval."
    figures = range(1, len(heads))
    markup.draw(markup.table(heads, shown, caption=caption, numbers=(len(heads) - 1,), unbroken=figures))


def _cells(
    card: ModelCard, row: Row, metrics: Sequence[str], names: Mapping[str, str], *, beside: bool
) -> list[str]:
    name = words.label(row.label, names)
    cells = [name if row.reliable else f"{name} ({words.NOT_RELIABLE})"]
    for metric in metrics:
        cells.append(card_results.spoken(row.figures.get(metric)))
        if metric == "auroc" and beside:
            gap = words.NOT_GIVEN if row.gap is None else f"{row.gap:+.3f}".replace("-", "\u2212")
            cells += [card_results.spoken(row.reference), gap]
    threshold = card.thresholds.get(row.label)
    counts = [figure.n for figure in row.figures.values() if figure.n]
    point = words.NOT_GIVEN if threshold is None else words.probability(threshold)
    return [
        *cells,
        *([point] if card.thresholds else []),
        str(counts[0]) if counts else words.NOT_GIVEN,
    ]


def _explain(card: ModelCard, rows: Sequence[Row]) -> None:
    """One line for each measure that the table holds."""
    there = {name for row in rows for name in row.figures}
    told = table_card.explained(card.data)
    said = [sentence for name, sentence in told.items() if name in there or name == "interval"]
    with st.expander("What these measures mean"):
        markup.draw(markup.bullets(said))
