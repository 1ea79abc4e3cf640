"""Charts of one finding, subgroups, heat maps against boxes, and what the gate refuses."""

from typing import Any, Final

import streamlit as st

from medai_core.charts import card_results, cards, forest, reliability, words
from medai_core.charts.template import STILL
from medai_core.serving.registry import ModelCard
from medai_core.ui import markup

_SELECT_FROM: Final = 4
"""With fewer findings all curves stand in one chart."""


def draw(card: ModelCard) -> None:
    """Curves and groups of the chosen finding, then heat maps and refusals."""
    label = _chosen(card)
    _curves(card, label)
    _groups(card, label or (card.labels[0] if len(card.labels) == 1 else None))
    _pointing(card)
    for section, share, title in (
        ("refusals", "refused", "Refused images"),
        ("passes", "passed", "Chest films that pass"),
    ):
        _rates(card, section, share, title)


def _chosen(card: ModelCard) -> str | None:
    """The finding whose charts are shown, kept in the address; None for all in one chart."""
    if len(card.labels) < _SELECT_FROM or not card_results.measured(card.data):
        return None
    names = cards.label_names(card.data)
    st.markdown("##### One finding in detail")
    chosen = st.selectbox(
        "Finding",
        list(card.labels),
        format_func=lambda label: words.label(label, names),
        key="finding",
        bind="query-params",
    )
    if chosen in card.not_reliable:
        st.caption(f"{words.label(chosen, names)}: {words.NOT_RELIABLE}. Pages show no probability of it.")
    return chosen


def _curves(card: ModelCard, label: str | None) -> None:
    drawn = [
        (
            "Operating characteristic (ROC)",
            reliability.roc_chart(card.data, label=label),
            reliability.roc_alt(card.data, label=label),
        ),
        (
            "Precision and recall",
            reliability.precision_recall_chart(card.data, label=label),
            reliability.precision_recall_alt(card.data, label=label),
        ),
        (
            "Reliability",
            reliability.reliability_chart(card.data, label=label),
            reliability.reliability_alt(card.data, label=label),
        ),
    ]
    there = [one for one in drawn if one[1] is not None]
    if not there:
        return
    for column, (title, figure, alt) in zip(st.columns(len(there), gap="medium"), there, strict=True):
        with column:
            st.markdown(f"###### {title}")
            st.plotly_chart(figure, config=STILL, key=f"models:{card.name}:{title}", alt=alt)
            if title == "Reliability":
                _errors(card, label)


def _errors(card: ModelCard, label: str | None) -> None:
    """The expected calibration error of what is drawn."""
    names = cards.label_names(card.data)
    said = [
        f"{words.label(one, names)}: ECE {card_results.spoken(figure)}."
        for one in (card.labels if label is None else (label,))
        if (figure := card_results.calibration_error(card.data, one)) is not None
    ]
    if said:
        st.caption(" ".join([*said, words.EXPLAINED["ece"]]))


def _groups(card: ModelCard, label: str | None) -> None:
    metrics = reliability.subgroup_metrics(card.data, label=label)
    rows = reliability.subgroups_table(card.data, label=label)
    if not rows:
        return
    st.markdown("##### By group" if len(card.labels) < _SELECT_FROM else "###### By group")
    metric = "auroc" if "auroc" in metrics else metrics[0]
    figure = reliability.subgroups_chart(card.data, metric=metric, label=label)
    left, right = st.columns(2, gap="large")
    with left:
        if figure is not None:
            alt = reliability.subgroups_alt(card.data, metric=metric, label=label)
            st.plotly_chart(figure, config=STILL, key=f"models:{card.name}:groups", alt=alt)
    with right:
        _as_table(rows, caption="Figures by group")


def _pointing(card: ModelCard) -> None:
    rows = card_results.pointing(card.data)
    if not rows:
        return
    names = cards.label_names(card.data)
    st.markdown("##### Heat maps against boxes drawn by readers")
    part: Any = card.data["pointing_game"]
    meaning = part.get("meaning") if isinstance(part.get("meaning"), str) else ""
    st.caption(" ".join(one for one in (words.EXPLAINED["pointing"], meaning, card.no_heat_map) if one))
    _as_table(forest.pointing_table(rows, names), caption="Pointing game")


def _rates(card: ModelCard, section: str, share: str, title: str) -> None:
    rows = card_results.rates(card.data, section, share)
    if not rows:
        return
    st.markdown(f"##### {title}")
    head = f"{title} (%)"
    left, right = st.columns(2, gap="large")
    with left:
        figure = forest.rates_chart(rows, title=head)
        if figure is not None:
            alt = forest.rates_alt(rows, title=head)
            st.plotly_chart(figure, config=STILL, key=f"models:{card.name}:{section}", alt=alt)
    with right:
        _as_table(forest.rates_table(rows, of="Images of", share=words.label(share)), caption=title)


def _as_table(rows: list[dict[str, str]], *, caption: str) -> None:
    markup.draw(markup.table(list(rows[0]), [list(row.values()) for row in rows], caption=caption))
