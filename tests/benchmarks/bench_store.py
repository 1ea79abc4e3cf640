"""How fast the store answers, in one run.

    python -m tests.benchmarks.bench_store [STUDIES]

Prints medians over a store of STUDIES (default 10,000) studies of half as many patients: a worklist page in
each order, searches, counts, neighbours, a session lookup, one file's import transaction and an audit line;
and each as a ratio to the plainest query, so that runs on different machines can be compared.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from medai_core.domain.imaging import GrayscalePipeline, ScanHeader, Window
from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.reading import Priority, StudyState
from medai_core.security import accounts, sessions
from medai_core.store.database import Store
from medai_core.store.rows import NewImage, NewStudy, StudyFilter

FAMILY = ("Wang", "Müller", "Yamada", "Garcia", "Nguyen", "Smith", "Kowalski", "Silva", "Kim", "Ivanov")
IDEOGRAPHS = ("王小明", "山田 太郎", "李娜", "김 철수", "")


def fill(store: Store, studies: int) -> None:
    """Random but repeatable patients and studies."""
    chance = random.Random(11)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with store.transaction():
        patients = [
            store.patients.add(
                PatientIdentity(
                    f"P-{number:06d}",
                    "HOSP",
                    PersonName(f"{chance.choice(FAMILY)} {number}", chance.choice(IDEOGRAPHS)),
                    date(1950 + number % 60, 1, 1),
                )
            ).id
            for number in range(studies // 2)
        ]
        for number in range(studies):
            study_id = store.studies.add(
                chance.choice(patients),
                NewStudy(
                    f"1.2.{number}",
                    f"ACC{number}",
                    chance.choice(("DX", "CR", "CT", "MR")),
                    chance.choice(("Thorax p.a.", "Abdomen", "Hand left", "Skull")),
                    date(2025, 1, 1) + timedelta(days=number % 400),
                    priority=chance.choice(tuple(Priority)),
                ),
                received_at=start + timedelta(seconds=chance.randrange(10**7)),
            )
            store.studies.set_state(study_id, chance.choice(tuple(StudyState)))
            if number % 3 == 0:
                store.studies.set_model_state(study_id, "finding above threshold", raised_by="pneumonia 71 %")


def median_ms(work: Callable[[], object], repeats: int = 15) -> float:
    """Median wall-clock milliseconds of `repeats` calls after one that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


def import_file(store: Store, study_id: str, content: bytes) -> None:
    """Blob and transaction of one file."""
    digest = store.blobs.put(content)
    with store.transaction():
        header = ScanHeader("dicom", 10, 12, 1, 1, "MONOCHROME2", 12, False)
        pipeline = GrayscalePipeline(Window(1.0, 2.0))
        image_id = store.images.add(NewImage(study_id, digest, len(content), header, pipeline, "uint16"))
        store.audit.append("user-1", "image-stored", image_id)


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        store = Store(Path(folder) / "home", name="demo")
        print(f"a new store                {(time.perf_counter() - begin) * 1000:9.1f} ms")
        begin = time.perf_counter()
        Store(Path(folder) / "home").close()
        print(f"opening it again           {(time.perf_counter() - begin) * 1000:9.1f} ms")
        fill(store, count)
        token = accounts.demo_user(store)[1]
        middle = store.studies.page(StudyFilter(), offset=count // 2, limit=1)[0][0].id
        chance = random.Random(1)
        plain = median_ms(lambda: store.studies.get(middle))
        page = store.studies.page
        works: dict[str, Callable[[], object]] = {
            "one study by id": lambda: store.studies.get(middle),
            "page, priority": lambda: page(StudyFilter()),
            "page, priority, raised": lambda: page(StudyFilter(model_raises=True)),
            "page, new ones": lambda: page(StudyFilter(states=(StudyState.NEW,))),
            "page, last of all": lambda: page(StudyFilter(), offset=count - 50),
            "page, received": lambda: page(StudyFilter(order="received")),
            "page, study date": lambda: page(StudyFilter(order="study date")),
            "search romanised": lambda: page(StudyFilter(search="muller 12")),
            "search ideographs": lambda: page(StudyFilter(search="山田太郎")),
            "search identifier": lambda: page(StudyFilter(search="P-000123")),
            "search, nothing found": lambda: page(StudyFilter(search="zzzz")),
            "counts by state": lambda: store.studies.count_by_state(StudyFilter()),
            "neighbours": lambda: store.studies.neighbours(StudyFilter(), middle),
            "session lookup": lambda: sessions.lookup(store, token, activity=True),
            "one file's import, 8 MB": lambda: import_file(store, middle, chance.randbytes(8_000_000)),
            "an audit line": lambda: store.audit.append("user-1", "noted"),
        }
        for name, work in works.items():
            took = median_ms(work)
            print(f"{name:26s} {took:9.2f} ms {took / plain:8.1f} x one study by id")
        store.close()


if __name__ == "__main__":
    main()
