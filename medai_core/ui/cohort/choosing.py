"""Choosing a code or a measured quantity of those that enough patients have, or typing one."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import streamlit as st

from medai_core.domain.cohort import CODED, Criterion, Kind
from medai_core.domain.record import Code
from medai_core.records.analytes import LOINC
from medai_core.services.cohort_basis import Basis
from medai_core.services.cohort_groups import Quantity
from medai_core.services.risk_facts import SNOMED

NAMES: Final = {
    Kind.PROBLEM: "Problem",
    Kind.MEDICATION: "Medication",
    Kind.PROCEDURE: "Procedure",
    Kind.VACCINE: "Vaccine",
    Kind.ENCOUNTER: "Visit",
    Kind.VALUE: "Measured value",
    Kind.AGE: "Age",
    Kind.SEX: "Sex",
    Kind.IMAGING: "Image finding",
}
_TYPED: Final = Code("", "", "a code that I type")
_ANY_VISIT: Final = Code("", "", "any visit")
_SYSTEMS: Final = {
    Kind.PROBLEM: SNOMED,
    Kind.MEDICATION: "http://www.nlm.nih.gov/research/umls/rxnorm",
    Kind.PROCEDURE: SNOMED,
    Kind.VACCINE: "http://hl7.org/fhir/sid/cvx",
    Kind.ENCOUNTER: SNOMED,
    Kind.VALUE: LOINC,
}
_OLDEST: Final = date(1890, 1, 1)
_LATEST: Final = date(2200, 12, 31)


def label(code: Code) -> str:
    """A code in a list."""
    return f"{code.display} ({code.code})" if code.display and code.code else code.display or code.code


def code_of(found: Basis, kind: Kind, key: str) -> Code | None:
    """A code that at least five people have, or one that is typed with its system."""
    known = [code for code, _ in found.codes(kind)]
    first = [_ANY_VISIT] if kind is Kind.ENCOUNTER else []
    chosen = st.selectbox(
        NAMES[kind], [*first, *known, _TYPED], format_func=label, key=f"{key}:code:{kind.value}"
    )
    if chosen is _TYPED or chosen is None:
        return typed(kind, key)
    return chosen


def typed(kind: Kind, key: str) -> Code | None:
    """A code and its system, as they are written."""
    system = st.text_input(
        "System", value=_SYSTEMS[kind], max_chars=200, key=f"{key}:system:{kind.value}", autocomplete="off"
    )
    code = st.text_input(
        "Code", max_chars=100, key=f"{key}:typed:{kind.value}", autocomplete="off",
        help="A code that ends in * stands for all that begin so, as I10* or E11*.",
    )  # fmt: skip
    return Code(system.strip(), code.strip()) if code.strip() else None


def coded(found: Basis, key: str, kinds: Sequence[Kind] = CODED) -> Criterion | None:
    """A problem, drug, procedure, vaccine or visit, without a window."""
    kind = st.selectbox("Kind", list(kinds), format_func=NAMES.__getitem__, key=f"{key}:kind")
    code = code_of(found, kind, key)
    return Criterion(kind, code.system, code.code) if code is not None else None


def quantities(found: Basis) -> list[Quantity]:
    """What enough people have numbers of, each in its most frequent unit."""
    return [
        Quantity(code, next((unit for unit in units if unit), ""), code.display or code.code)
        for code, units in found.measured()
    ]


def quantity_label(one: Quantity) -> str:
    """A quantity in a list."""
    unit = f", {one.unit}" if one.unit else ""
    return f"{one.name} ({one.code.code}{unit})"


def window(key: str) -> tuple[date | None, date | None]:
    """First and last day; both may stay empty."""
    with st.container(horizontal=True, gap="small"):
        days = [
            st.date_input(
                words, value=None, min_value=_OLDEST, max_value=_LATEST, key=f"{key}:{name}",
                format="YYYY-MM-DD", width=140,
            )
            for words, name in (("From", "since"), ("to", "until"))
        ]  # fmt: skip
    since, until = (day if isinstance(day, date) else None for day in days)
    return since, until
