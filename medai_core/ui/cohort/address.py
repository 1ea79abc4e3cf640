"""Criteria as parts of the page's address, so that a question can be sent to a colleague; nobody is in it."""

from contextlib import suppress
from datetime import date
from typing import Final
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from medai_core.domain.cohort import Criterion, Kind
from medai_core.domain.refusal import Refusal
from medai_core.services.cohort import MOST_CRITERIA, checked

FILTER: Final = "f"
"""The query parameter of a criterion; there are several."""
_LONGEST: Final = 300
_WORDS: Final = ("system", "code", "unit", "mode")


def encoded(one: Criterion) -> str:
    """A criterion as text: its kind and what differs from nothing."""
    parts: dict[str, str] = {"kind": one.kind.value}
    parts |= {name: getattr(one, name) for name in _WORDS if getattr(one, name)}
    parts |= {name: f"{end:g}" for name, end in (("low", one.low), ("high", one.high)) if end is not None}
    parts |= {
        name: day.isoformat() for name, day in (("since", one.since), ("until", one.until)) if day is not None
    }
    if one.sexes:
        parts["sex"] = ".".join(sex or "-" for sex in one.sexes)
    if one.without:
        parts["without"] = "1"
    return urlencode(parts)


def decoded(text: str) -> Criterion | None:
    """The criterion of a text; None for what is none."""
    parts = dict(parse_qsl(text[: 4 * _LONGEST], keep_blank_values=True, max_num_fields=20))
    try:
        kind = Kind(parts.get("kind", ""))
    except ValueError:
        return None
    with suppress(Refusal):
        return checked(
            Criterion(
                kind,
                parts.get("system", "")[:_LONGEST],
                parts.get("code", "")[:_LONGEST],
                low=_number(parts.get("low")),
                high=_number(parts.get("high")),
                unit=parts.get("unit", "")[:_LONGEST],
                sexes=tuple("" if sex == "-" else sex for sex in parts.get("sex", "").split(".") if sex),
                since=_day(parts.get("since")),
                until=_day(parts.get("until")),
                mode=parts.get("mode", "")[:20],
                without=parts.get("without") == "1",
            )
        )
    return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < 1e12 else None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def criteria() -> tuple[Criterion, ...]:
    """What the address asks, in its order; what is no criterion is left out."""
    found = (decoded(text) for text in st.query_params.get_all(FILTER)[:MOST_CRITERIA])
    return tuple(dict.fromkeys(one for one in found if one is not None))


def set_criteria(wanted: tuple[Criterion, ...]) -> None:
    """Put criteria into the address."""
    if wanted:
        st.query_params[FILTER] = [encoded(one) for one in wanted]
    elif FILTER in st.query_params:
        del st.query_params[FILTER]


def one_of(name: str) -> Criterion | None:
    """The criterion of another parameter."""
    return decoded(st.query_params.get(name, ""))
