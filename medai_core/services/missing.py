"""What is missing, by source and by group of patients: counts of a matrix that names nobody."""

from datetime import date
from typing import Any, Final

from medai_core.domain.record import Json
from medai_core.store.quality import Known

_OF_PATIENTS: Final = ("name", "birth date", "sex", "address", "telephone")
_OF_ENTRIES: Final = ("date",)
_OF_VALUES: Final = {
    "code": ("no_code", "values"),
    "value": ("no_value", "values"),
    "unit": ("no_unit", "numbers"),
    "reference range": ("no_range", "numbers"),
}
_NO_DATE_EXPECTED: Final = frozenset({"patient", "other", "allergy", "plan"})
"""Lanes of entries that need not have a date: people, organisations, allergies, plans."""
_RANGE_EXPECTED: Final = "laboratory"
_EXPECTED: Final = ("name", "birth date", "sex", "date", "code", "value", "unit")
"""The fields that count for the completeness of a source: what use is made of the others differs."""

_SEXES: Final = {"F": "female", "M": "male", "O": "other sex"}
_DAYS_PER_YEAR: Final = 365.25


class Matrix:
    """Rows are sources, then groups of patients; cells are (missing, of how many)."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._sources: dict[str, dict[str, list[int]]] = {}
        self._groups: dict[str, dict[str, list[int]]] = {}

    def person(self, one: Known) -> None:
        """Count a patient, under the source of the newest description and under sex and age."""
        lacks = _lacks(one)
        rows = [self._groups.setdefault(name, {}) for name in self._names(one)]
        if one.source:
            rows.append(self._sources.setdefault(one.source, {}))
        for row in rows:
            for field in _OF_PATIENTS:
                _count(row, field, int(lacks[field]), 1)

    def entries(self, row: dict[str, Any]) -> None:
        """Count entries of a source and lane."""
        if row["lane"] not in _NO_DATE_EXPECTED:
            mine = self._sources.setdefault(row["source"], {})
            _count(mine, "date", int(row["no_time"]), int(row["entries"]))

    def values(self, row: dict[str, Any]) -> None:
        """Count current values of a source and lane."""
        mine = self._sources.setdefault(row["source"], {})
        for field, (bad, of) in _OF_VALUES.items():
            if field != "reference range" or row["lane"] == _RANGE_EXPECTED:
                _count(mine, field, int(row[bad]), int(row[of]))

    def of_source(self, source: str) -> tuple[int, int]:
        """(missing, expected) of the fields that count for completeness."""
        cells = [cell for field, cell in self._sources.get(source, {}).items() if field in _EXPECTED]
        return sum(cell[0] for cell in cells), sum(cell[1] for cell in cells)

    def rows(self) -> list[Json]:
        """Sources by name, then groups of patients."""
        sources = [{"name": name, "cells": cells} for name, cells in sorted(self._sources.items())]
        order = [*_SEXES.values(), "sex not given", *(_ages(age) for age in (1, 30, 70, None))]
        groups = [
            {"name": f"patients: {name}", "cells": self._groups[name]}
            for name in order
            if name in self._groups
        ]
        return [*sources, *groups]

    @staticmethod
    def fields() -> list[str]:
        """The columns."""
        return [*_OF_PATIENTS, *_OF_ENTRIES, *_OF_VALUES]

    def _names(self, one: Known) -> tuple[str, str]:
        born = one.patient.identity.birth_date
        age = None if born is None else (self._today - born).days / _DAYS_PER_YEAR
        return _SEXES.get(one.patient.identity.sex or "", "sex not given"), _ages(age)


def _ages(age: float | None) -> str:
    if age is None:
        return "age not known"
    return "under 18 years" if age < 18 else "18 to 64 years" if age < 65 else "65 years and over"


def _lacks(one: Known) -> dict[str, bool]:
    identity, content = one.patient.identity, one.content or {}
    name = identity.name
    return {
        "name": not (name.alphabetic or name.ideographic or name.phonetic),
        "birth date": identity.birth_date is None,
        "sex": not identity.sex,
        "address": not content.get("address"),
        "telephone": not any(
            isinstance(each, dict) and each.get("system") in ("phone", "sms") and each.get("value")
            for each in content.get("telecom") or ()
        ),
    }


def _count(row: dict[str, list[int]], field: str, missing: int, of: int) -> None:
    cell = row.setdefault(field, [0, 0])
    cell[0] += missing
    cell[1] += of
