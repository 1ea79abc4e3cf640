"""What a model for tables shows beside the rest: its inputs, calibration in groups, the methods compared."""

import re
from typing import Final

import streamlit as st

from medai_core.charts import table_card
from medai_core.serving.registry import ModelCard
from medai_core.ui import markup

_INTERVAL: Final = re.compile(r".?[\d.]+ \(.?[\d.]+ to .?[\d.]+\)")
"""A figure with its interval, which stays on one line."""


def inputs(card: ModelCard) -> None:
    """Every input with unit and ranges, and who is refused; nothing for models that read no table."""
    if not card.inputs.columns:
        return
    st.markdown("##### Inputs")
    _table(table_card.inputs_table(card.data, card.inputs.columns), "What is read of a row")
    if said := table_card.refusals(card.data):
        st.markdown("##### Who is refused")
        markup.draw(markup.bullets(said))


def calibration(card: ModelCard) -> None:
    """Calibration of all and of every group, judged."""
    overall, within = table_card.overall(card.data), table_card.within(card.data)
    if not overall and not within:
        return
    st.markdown("##### Is it calibrated, and for whom?")
    if overall:
        _table(overall, "1 is exact. Value with its 95\u202f% interval.")
    if within:
        _table(within, "A group is called calibrated where both intervals hold 1.")


def compared(card: ModelCard) -> None:
    """All methods on the same folds."""
    if rows := table_card.compared(card.data):
        st.markdown("##### Methods compared")
        _table(rows, "On the same folds. Value with its 95\u202f% interval.")


def _table(rows: table_card.Cells, caption: str) -> None:
    heads = list(dict.fromkeys(head for row in rows for head in row))
    cells = [[row.get(head, "") for head in heads] for row in rows]
    intervals = [
        place for place in range(len(heads)) if any(_INTERVAL.fullmatch(row[place]) for row in cells)
    ]
    markup.draw(markup.table(heads, cells, caption=caption, unbroken=intervals))
