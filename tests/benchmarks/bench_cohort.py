"""How fast questions about all patients are answered, in one run.

    python -m tests.benchmarks.bench_cohort [PATIENTS]

Fills a store with PATIENTS (default 100,000) made-up patients of 15 entries each (ten values of two analytes,
two problems, a drug, a visit, the Patient itself) and asks the cohort service criteria as its page does: each
alone, first as a new question and then again, then all of them together. Prints seconds of wall clock and of
processor time. `MEDAI_DATABASE_URL` names another database, which must be empty.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert

from medai_core.domain.cohort import ANY, CURRENT, NEWEST, Criterion, Kind
from medai_core.domain.people import Caller, Role
from medai_core.services import cohort, cohort_basis
from medai_core.store import clock, tables
from medai_core.store.database import Store
from medai_core.store.ids import new_id

BATCH: Final = 2_000
SNOMED: Final = "http://snomed.info/sct"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC: Final = "http://loinc.org"
PROBLEMS: Final = ("38341003", "44054006", "195967001", "10509002", "13645005", "84114007")
DRUGS: Final = ("314076", "860975", "745679", "308182")
VALUES: Final = (("4548-4", "%", 6.0, 0.8), ("8480-6", "mm[Hg]", 130.0, 15.0))
START: Final = datetime(2016, 1, 1, tzinfo=UTC)
_FILLER: Final = "x" * 600
"""What a resource is long besides."""


def fill(store: Store, count: int) -> None:
    """All patients and entries, in batches of one transaction each."""
    chance = random.Random(2026)
    import_id = new_id()
    with store._database.transaction() as connection:
        connection.execute(
            insert(tables.imports).values(
                id=import_id, actor_id="bench", started_at=clock.now(), finished_at=clock.now(),
                cancelled=False,
            )
        )  # fmt: skip
    for first in range(0, count, BATCH):
        people, entries, values, codes, deaths = [], [], [], [], []
        for number in range(first, min(first + BATCH, count)):
            patient_id = new_id()
            people.append(
                {
                    "id": patient_id, "issuer": "B", "identifier": f"P-{number:07d}", "name_alphabetic": "A",
                    "name_ideographic": "", "name_phonetic": "", "sex": chance.choice("MF"),
                    "birth_date": date(1930, 1, 1) + timedelta(days=chance.randrange(30_000)),
                    "restricted": False, "search": "a", "created_at": clock.now(),
                }
            )  # fmt: skip
            for lane, code, system, value in _said(chance):
                entry_id = new_id()
                entries.append(_entry(entry_id, patient_id, lane, import_id, chance))
                if value is not None:
                    values.append(
                        {**_NO_VALUE, "entry_id": entry_id, "system": system, "code": code, **value}
                    )
                elif lane == "patient":
                    if chance.random() < 0.1:
                        died = START + timedelta(days=chance.randrange(3600))
                        deaths.append({"entry_id": entry_id, "died_at": died})
                else:
                    codes.append(
                        {"entry_id": entry_id, "position": 0, "system": system, "code": code, "display": code}
                    )
        with store._database.transaction() as connection:
            for table, rows in (
                (tables.patients, people), (tables.record_entries, entries), (tables.record_values, values),
                (tables.record_codes, codes), (tables.record_deaths, deaths),
            ):  # fmt: skip
                if rows:
                    connection.execute(insert(table), rows)


_NO_VALUE: Final = {
    "position": 0, "display": "", "text": "", "comparator": "", "low": None, "high": None,
    "interpretation": "",
}  # fmt: skip


def _said(chance: random.Random) -> Iterator[tuple[str, str, str, dict[str, Any] | None]]:
    yield "patient", "", "", None
    for _ in range(2):
        yield "problem", chance.choice(PROBLEMS), SNOMED, None
    yield "medication", chance.choice(DRUGS), RXNORM, None
    yield "encounter", "185349003", SNOMED, None
    for code, unit, mean, spread in VALUES:
        for _ in range(5):
            yield "laboratory", code, LOINC, {"number": chance.gauss(mean, spread), "unit": unit}


def _entry(
    entry_id: str, patient_id: str, lane: str, import_id: str, chance: random.Random
) -> dict[str, Any]:
    return {
        "id": entry_id, "identity": entry_id, "patient_id": patient_id, "subject": None, "source": "bench",
        "resource_type": "Patient" if lane == "patient" else "Other", "lane": lane, "status": "active",
        "standing": "current", "starts_at": START + timedelta(minutes=chance.randrange(5_200_000)),
        "ends_at": None, "recorded": None, "digest": entry_id, "content": _FILLER, "about": "{}",
        "import_id": import_id, "stored_at": clock.now(), "replaced_by": None, "versions": 1, "coded": True,
    }  # fmt: skip


CRITERIA: Final = {
    "age 40 to 60": Criterion(Kind.AGE, low=40, high=60),
    "women": Criterion(Kind.SEX, sexes=("F",)),
    "a problem, not over": Criterion(Kind.PROBLEM, SNOMED, "44054006", mode=CURRENT),
    "a drug since 2020": Criterion(Kind.MEDICATION, RXNORM, "860975", since=date(2020, 1, 1)),
    "any visit since 2024": Criterion(Kind.ENCOUNTER, since=date(2024, 1, 1)),
    "newest HbA1c from 6.5 %": Criterion(Kind.VALUE, LOINC, "4548-4", 6.5, unit="%", mode=NEWEST),
    "any systolic from 150": Criterion(Kind.VALUE, LOINC, "8480-6", 150, unit="mm[Hg]", mode=ANY),
    "newest HbA1c in 2025": Criterion(
        Kind.VALUE, LOINC, "4548-4", 6.5, unit="%", mode=NEWEST, since=date(2025, 1, 1),
        until=date(2025, 12, 31),
    ),
}  # fmt: skip


def timed(name: str, store: Store, caller: Caller, criteria: list[Criterion]) -> None:
    """One question, and the same again."""
    begin, spent = time.perf_counter(), time.process_time()
    found = cohort.selected(store, caller, criteria)
    wall, processor = time.perf_counter() - begin, time.process_time() - spent
    begin = time.perf_counter()
    cohort.selected(store, caller, criteria)
    again = time.perf_counter() - begin
    shown = found.steps[-1].count.words
    print(f"{name:28} {wall:6.2f} s ({processor:5.2f} s processor), again {again:5.3f} s: {shown}")


def main() -> None:
    """Fill and ask."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="medai-bench-") as folder:
        store = Store(Path(folder) / "home", os.environ.get("MEDAI_DATABASE_URL"))
        begin = time.perf_counter()
        fill(store, count)
        print(f"{count:,} patients written in {time.perf_counter() - begin:.0f} s")
        caller = Caller("bench", "bench", "Bench", Role.CLINICIAN, store.name)
        begin = time.perf_counter()
        found = cohort_basis.basis(store, caller)
        print(f"{'everybody':28} {time.perf_counter() - begin:6.2f} s: {len(found.people):,}")
        for name, one in CRITERIA.items():
            timed(name, store, caller, [one])
        timed("all together", store, caller, list(CRITERIA.values()))
        for name, ask in (("codes of problems", lambda: found.codes(Kind.PROBLEM)),
                          ("measured quantities", found.measured),
                          ("first and last", found.first_and_last)):  # fmt: skip
            begin = time.perf_counter()
            ask()
            print(f"{name:28} {time.perf_counter() - begin:6.2f} s")
        store.close()


if __name__ == "__main__":
    main()
