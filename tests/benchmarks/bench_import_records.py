"""Time and memory of an import into the record, against plain inserts of the same lines into SQLite.

    python tests/benchmarks/bench_import_records.py [OBSERVATIONS] [--patients N] [--again]

Each part runs in a process of its own, so that its peak of memory is its own: the dry run, the commit, and
with --again the same file once more.
"""

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

CODES = (
    ("2823-3", "Potassium", "mmol/L", 4.2, 0.5),
    ("2951-2", "Sodium", "mmol/L", 140.0, 3.0),
    ("2160-0", "Creatinine", "mg/dL", 1.0, 0.3),
    ("718-7", "Hemoglobin", "g/dL", 13.5, 1.5),
    ("8867-4", "Heart rate", "/min", 75.0, 12.0),
)


def lines(count: int, patients: int) -> Iterator[str]:
    """The patients, then their observations, each as a line of JSON; made up, always the same."""
    chance = random.Random(5)
    for number in range(patients):
        yield json.dumps(
            {
                "resourceType": "Patient",
                "id": f"p{number}",
                "name": [{"family": f"Family{number}", "given": [f"Given{number % 97}"]}],
                "gender": ("female", "male")[number % 2],
                "birthDate": f"{1930 + number % 80}-{1 + number % 12:02d}-{1 + number % 28:02d}",
            }
        )
    for number in range(count):
        code, name, unit, mean, spread = CODES[number % len(CODES)]
        day, minute = number // 1440 % 28 + 1, number % 1440
        yield json.dumps(
            {
                "resourceType": "Observation",
                "id": f"o{number}",
                "meta": {"lastUpdated": f"2024-03-{day:02d}T12:00:00Z"},
                "status": "final",
                "category": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                    "code": "laboratory", "display": "laboratory"}]}],
                "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": name}],
                         "text": name},
                "subject": {"reference": f"Patient/p{chance.randrange(patients)}"},
                "effectiveDateTime": f"2024-03-{day:02d}T{minute // 60:02d}:{minute % 60:02d}:00+01:00",
                "valueQuantity": {"value": round(chance.gauss(mean, spread), 2), "unit": unit,
                                  "system": "http://unitsofmeasure.org", "code": unit},
            }
        )  # fmt: skip


def plain(file: Path, folder: Path) -> None:
    """The floor: each line parsed and put as it is into one table with an index, in one transaction."""
    connection = sqlite3.connect(folder / "plain.sqlite3")
    connection.execute("CREATE TABLE lines (key TEXT PRIMARY KEY, subject TEXT, content TEXT)")
    with connection, file.open(encoding="utf-8") as stream:
        rows = ((one["id"], str(one.get("subject")), line) for line in stream if (one := json.loads(line)))
        connection.executemany("INSERT INTO lines VALUES (?, ?, ?)", rows)
    connection.close()


def through(file: Path, home: Path, *, commit: bool) -> None:
    """The import itself."""
    from medai_core.domain.people import Caller, Role
    from medai_core.imaging.archive import open_sources
    from medai_core.services.records import commit_import, plan_import
    from medai_core.store.database import Store

    caller = Caller("os:bench", "os:bench", "Benchmark", Role.ADMINISTRATOR, "main")
    store = Store(home)
    before = time.perf_counter()
    plan = plan_import(store, caller, list(open_sources(file)))
    middle = time.perf_counter()
    if commit:
        plan = commit_import(store, caller, plan)
    plan.close()
    counts = ", ".join(f"{plan.total(name)} {name}" for name in ("read", "added", "unchanged", "refused"))
    said = f"    dry run {middle - before:.1f} s"
    print(said + (f", commit {time.perf_counter() - middle:.1f} s" if commit else ""), counts, sep=": ")
    store.close()


def part(name: str, *more: str) -> float:
    """Run one part as a process of its own and print its time and peak of memory; its seconds."""
    script = (
        "import resource, sys, time; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "import tests.benchmarks.bench_import_records as bench\n"
        "before, cpu = time.perf_counter(), time.process_time(); kind, file, folder = sys.argv[2:]\n"
        "bench.plain(Path(file), Path(folder)) if kind == 'plain' else "
        "bench.through(Path(file), Path(folder) / 'home', commit=kind == 'commit')\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "print(f'{time.perf_counter() - before:.3f} {time.process_time() - cpu:.3f} {peak:.0f}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(ROOT), *more], check=True, capture_output=True, text=True
    )
    *said, last = done.stdout.splitlines()
    seconds, cpu, peak = last.split()
    print(f"{name}: {float(seconds):.1f} s ({float(cpu):.1f} s of CPU), {peak} MB at most", *said, sep="\n")
    return float(seconds)


def main() -> None:
    """Make the file, run the parts, and print what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("observations", nargs="?", type=int, default=100_000)
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--again", action="store_true", help="import the same file a second time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="medai-bench-") as name:
        folder, file = Path(name), Path(name) / "observations.ndjson"
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(f"{line}\n" for line in lines(options.observations, options.patients))
        print(f"{options.observations:,} observations of {options.patients:,} patients, "
              f"{file.stat().st_size / 1e6:.0f} MB of NDJSON")  # fmt: skip
        floor = part("plain inserts", "plain", str(file), name)
        seconds = part("dry run and commit", "commit", str(file), name)
        size = (folder / "home" / "medai.sqlite3").stat().st_size / 1e6
        print(f"    {options.observations / seconds:,.0f} observations a second, {seconds / floor:.1f} times "
              f"the plain inserts; store {size:.0f} MB")  # fmt: skip
        if options.again:
            part("the same again", "commit", str(file), name)


if __name__ == "__main__":
    main()
