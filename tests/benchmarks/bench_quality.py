"""How long the counts of the data quality page take, in one run.

    python -m tests.benchmarks.bench_quality [VALUES] [--profile]

Fills a store with VALUES (default 100,000) made-up values of twelve analytes, from four sources, of one
patient for each fifty, a few in a thousand of them wrong, and counts: seconds by the clock and of processor
time; then what a slider asks. Targets: a count in under 2 s of processor time, and a slider in under 0.1 s.
"""

import argparse
import cProfile
import json
import pstats
import random
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert

from medai_core.domain.people import Caller, PatientIdentity, PersonName, Role
from medai_core.services import quality
from medai_core.store import tables
from medai_core.store.database import Store
from medai_core.store.ids import new_id

CALLER: Final = Caller("os:bench", "bench", "Bench", Role.ADMINISTRATOR, "main")
ANALYTES: Final = (
    ("8302-2", "Body height", "cm", 170.0, 9.0), ("29463-7", "Body weight", "kg", 78.0, 14.0),
    ("8310-5", "Body temperature", "Cel", 36.8, 0.4), ("8867-4", "Heart rate", "/min", 75.0, 12.0),
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 128.0, 15.0),
    ("8462-4", "Diastolic blood pressure", "mm[Hg]", 78.0, 9.0),
    ("2823-3", "Potassium", "mmol/L", 4.2, 0.4), ("2951-2", "Sodium", "mmol/L", 140.0, 3.0),
    ("2160-0", "Creatinine", "mg/dL", 1.0, 0.2), ("718-7", "Hemoglobin", "g/dL", 13.5, 1.4),
    ("4548-4", "Hemoglobin A1c", "%", 5.9, 0.7), ("2345-7", "Glucose", "mg/dL", 99.0, 15.0),
)  # fmt: skip
SOURCES: Final = ("north", "south", "clinic", "laboratory")
A_PATIENT: Final = 50
BATCH: Final = 5000
TARGET_S: Final = 2.0


def fill(store: Store, count: int) -> None:
    """Patients, their entries and values, as an import would write them."""
    chance = random.Random(9)
    with store.transaction(), store._database.transaction() as connection:
        import_id = store.imports.start(CALLER.user_id)
        patients = [
            store.patients.add(
                PatientIdentity(
                    f"P{number}",
                    "H",
                    PersonName(f"F{number} G"),
                    date(1940 + number % 60, 1, 5),
                    "FM"[number % 2],
                )
            ).id
            for number in range(max(count // A_PATIENT, 1))
        ]
        entries: list[dict[str, Any]] = []
        values: list[dict[str, Any]] = []
        for number in range(count):
            entry, value = _made(chance, number, patients, import_id)
            entries.append(entry)
            values.append(value)
            if len(entries) == BATCH or number == count - 1:
                connection.execute(insert(tables.record_entries), entries)
                connection.execute(insert(tables.record_values), values)
                entries, values = [], []


def _made(
    chance: random.Random, number: int, patients: list[str], import_id: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    code, name, unit, mean, spread = ANALYTES[number % len(ANALYTES)]
    at = datetime(2015, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(5_000_000))
    wrong = chance.random()
    measured = chance.gauss(mean, spread) * (10.0 if wrong < 0.002 else 1.0)
    content = {"resourceType": "Observation", "id": f"o{number}", "status": "final"}
    entry = {
        "id": new_id(), "identity": f"i{number}", "patient_id": patients[number // A_PATIENT % len(patients)],
        "subject": "s", "source": SOURCES[number % 7 % 4], "resource_type": "Observation",
        "lane": "laboratory" if number % 12 > 5 else "vital", "status": "final", "standing": "current",
        "starts_at": at, "ends_at": None, "recorded": at, "digest": f"{number:064x}",
        "content": json.dumps(content), "about": '{"key":"k"}', "import_id": import_id, "stored_at": at,
        "replaced_by": None, "versions": 1,
    }  # fmt: skip
    value = {
        "entry_id": entry["id"], "position": 0, "system": "http://loinc.org", "code": code, "display": name,
        "number": round(measured, 2), "unit": "" if wrong > 0.998 else unit, "text": "", "comparator": "",
        "low": mean - 2 * spread, "high": mean + 2 * spread, "interpretation": "",
    }  # fmt: skip
    return entry, value


def timed(name: str, work: Any) -> float:
    """Print and give the processor time of a call."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    wall, used = time.perf_counter() - clock, time.process_time() - processor
    print(f"{name}: {wall:.2f} s by the clock, {used:.2f} s of processor time")
    return used


def main() -> None:
    """Fill, count, ask."""
    parser = argparse.ArgumentParser()
    parser.add_argument("values", nargs="?", type=int, default=100_000)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        fill(store, options.values)
        quality.run(store, CALLER)  # imports of libraries are not counted
        profile = cProfile.Profile()
        if options.profile:
            profile.enable()
        used = timed(f"count of {options.values:,} values", lambda: quality.run(store, CALLER))
        profile.disable()
        timed("the newest counts, as a slider asks them", lambda: quality.newest(store, CALLER))
        timed("open proposals", lambda: quality.proposals(store, CALLER))
        print(f"target {TARGET_S} s: {'reached' if used < TARGET_S else 'missed'}")
        if options.profile:
            pstats.Stats(profile).sort_stats("cumulative").print_stats(35)
        store.close()


if __name__ == "__main__":
    main()
