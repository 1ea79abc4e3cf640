"""The guided mapping of one table: its first rows, what each column is, and a proposal for all of it."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from medai_core.domain.record import Code
from medai_core.records.tables.cells import Cell, CellProblem, text_of
from medai_core.records.tables.mapping import About, Column, Mapping, Role
from medai_core.services.column_mapping import Proposal
from medai_core.ui import markup, panels
from medai_core.ui.records import words

SHOWN_ROWS: Final = 5
SHOWN_COLUMNS: Final = 60
_LOINC: Final = "http://loinc.org"


def mapping_form(proposal: Proposal, *, key: str) -> Mapping:
    """Draw the form; what it says at the moment."""
    proposed = proposal.mapping
    if proposal.is_remembered:
        panels.note_box(
            "Known table", "The columns are proposed as they were settled for the last such table."
        )
    else:
        panels.caution_box(
            ["The columns are proposed from their names and first values. Please look through them first."],
            heading="Proposal",
        )
    _preview(proposal)
    about = st.selectbox(
        "Each row says",
        list(words.ABOUT),
        index=list(words.ABOUT).index(proposed.about),
        format_func=words.ABOUT.__getitem__,
        key=f"{key}:about",
    )
    order, decimal, issuer, offset = _writing(proposed, key)
    columns = _columns(proposal, about, key)
    return Mapping(columns, about, date_order=order, decimal=decimal, offset=offset, issuer=issuer)


def _preview(proposal: Proposal) -> None:
    names = proposal.columns.names[:SHOWN_COLUMNS]
    rows = [[shown(cell) for cell in row[: len(names)]] for row in proposal.columns.samples[:SHOWN_ROWS]]
    caption = f"The first {len(rows)} rows" if len(rows) != 1 else "The first row"
    if len(proposal.columns.names) > len(names):
        caption += f", and {len(names)} of {len(proposal.columns.names)} columns"
    markup.draw(markup.table(list(names), rows, caption=caption))


def shown(cell: Cell) -> str:
    """A cell for the eye; a gap is a dash."""
    try:
        text = text_of(cell)
    except CellProblem:
        text = str(cell)
    return "\u2013" if text is None else text if len(text) <= 60 else text[:59] + "\u2026"


def _writing(proposed: Mapping, key: str) -> tuple[str, str, str, str]:
    """How the table writes dates and numbers, and whose numbers its patients have."""
    first, second, third, fourth = st.columns(4)
    order = first.selectbox(
        "Dates",
        list(words.ORDERS),
        index=list(words.ORDERS).index(proposed.date_order),
        format_func=words.ORDERS.__getitem__,
        key=f"{key}:order",
        help="A date that can be read in two ways is never guessed: either other dates of the table settle "
        "it, or say it here.",
    )
    decimal = second.selectbox(
        "Decimal sign",
        list(words.DECIMALS),
        index=list(words.DECIMALS).index(proposed.decimal),
        format_func=words.DECIMALS.__getitem__,
        key=f"{key}:decimal",
    )
    issuer = third.text_input(
        "Who gave out the patient numbers",
        value=proposed.issuer,
        key=f"{key}:issuer",
        max_chars=128,
        help="The same number from the same issuer is the same patient, whatever file it comes in.",
        autocomplete="off",
    )
    offset = fourth.text_input(
        "Offset of times from UTC",
        value=proposed.offset,
        key=f"{key}:offset",
        max_chars=6,
        placeholder="+01:00",
        help="For times that do not say theirs. Left empty, they are read as UTC, and said to be so.",
        autocomplete="off",
    )
    return order, decimal, issuer.strip(), offset.strip()


def _columns(proposal: Proposal, about: About, key: str) -> tuple[Column, ...]:
    """One line a column: its name with a sample, its role, and what the role asks for."""
    with st.expander("What the choices mean", icon=":material/help:"):
        pairs = [
            (name, meaning)
            for role in words.offered(about)
            for name, meaning in [words.ROLES[role]]
            if meaning
        ]
        markup.draw(markup.facts(pairs))
    found = []
    tall = len(proposal.mapping.columns) > 9
    with st.container(height=460 if tall else "content", border=tall):
        for place, column in enumerate(proposal.mapping.columns):
            found.append(_column(column, place, proposal.columns.samples, about, f"{key}:{place}"))
    return tuple(found)


def _column(column: Column, place: int, samples: Sequence[Sequence[Cell]], about: About, key: str) -> Column:
    name, role_place, first, second = st.columns([3, 3, 3, 2], vertical_alignment="bottom")
    with name:
        inner = f"<strong>{markup.text(column.name)}</strong><br>"
        markup.draw(inner + f'<span class="mx-muted mx-small">{markup.text(_sample(samples, place))}</span>')
    roles = words.offered(about)
    role = role_place.selectbox(
        f"What {column.name} is",
        roles,
        index=roles.index(column.role) if column.role in roles else 0,
        format_func=lambda each: words.ROLES[each][0],
        key=f"{key}:{about.value}:role",
        label_visibility="collapsed",
    )
    if role is Role.MEASUREMENT:
        return _measurement(column, first, second, key)
    if role is Role.CODE:
        systems = list(words.SYSTEMS)
        system = first.selectbox(
            f"Code system of {column.name}",
            systems,
            index=systems.index(column.system) if column.system in systems else 0,
            format_func=words.SYSTEMS.__getitem__,
            key=f"{key}:system",
            label_visibility="collapsed",
        )
        return Column(column.name, role, system=system)
    return Column(column.name, role)


def _measurement(column: Column, first: "st.delta_generator.DeltaGenerator",
                 second: "st.delta_generator.DeltaGenerator", key: str) -> Column:  # fmt: skip
    code = column.code
    typed = first.text_input(
        f"LOINC code of {column.name}",
        value=code.code if code is not None else "",
        key=f"{key}:loinc",
        max_chars=16,
        placeholder="LOINC code",
        label_visibility="collapsed",
        autocomplete="off",
        help=code.display if code is not None and code.display else None,
    ).strip()
    unit = second.text_input(
        f"Unit of {column.name}",
        value=column.unit,
        key=f"{key}:unit",
        max_chars=32,
        placeholder="unit",
        label_visibility="collapsed",
        autocomplete="off",
    ).strip()
    if code is not None and typed == code.code:
        meant = code
    else:
        meant = Code(_LOINC, typed, column.name) if typed else Code("", "", column.name)
    return Column(column.name, Role.MEASUREMENT, meant, unit)


def _sample(samples: Sequence[Sequence[Cell]], place: int) -> str:
    """Up to three different values of a column."""
    found: list[str] = []
    for row in samples:
        text = shown(row[place]) if place < len(row) else "\u2013"
        if text != "\u2013" and text not in found:
            found.append(text if len(text) <= 24 else text[:23] + "\u2026")
        if len(found) == 3:
            break
    return ", ".join(found) or "no value in the first rows"
