"""How fast the monitor counts, in one run.

    python -m tests.benchmarks.bench_monitor [ANSWERS]

Prints medians, wall clock and processor time, over a store of ANSWERS (default 100,000) answers of 14
findings spread over a year, with a signed reading for about every second: the first count, each window,
the status of all models, the export, and of a 2,000 x 2,000 film the statistics kept with an answer.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import text

from medai_core.domain.people import Caller, Role
from medai_core.imaging.decode import decode
from medai_core.imaging.statistics import describe
from medai_core.imaging.wrap import wrap_as_dx
from medai_core.services import monitoring
from medai_core.store.database import Store
from tests.support import watched

MADE = 1000
_COPY = """INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE id NOT LIKE '%+%'"""


def fill(store: Store, answers: int) -> None:
    """A thousand made answers, the rest copies of them under other ids."""
    watched.fill(store, watched.Plan(answers=min(MADE, answers), labels=14, until=datetime.now(UTC)))
    with store._database.transaction() as connection:
        for number in range(1, answers // MADE):
            for table in ("predictions", "readings"):
                rows = connection.execute(text(f"SELECT * FROM {table} LIMIT 1"))
                columns = list(rows.keys())
                values = [
                    f"{name} || '+{number}'" if name in ("id", "prediction_id", "author_id") else name
                    for name in columns
                ]
                connection.execute(
                    text(_COPY.format(table=table, columns=", ".join(columns), values=", ".join(values)))
                )


def medians_ms(work: Callable[[], object], repeats: int = 5) -> tuple[float, float]:
    """Median milliseconds of `repeats` calls after one that is not counted: wall clock, processor."""
    work()
    wall, cpu = [], []
    for _ in range(repeats):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - begin_cpu)
    return statistics.median(wall) * 1000, statistics.median(cpu) * 1000


def main() -> None:
    """Measure and print."""
    answers = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    reader = Caller("reader", "reader", "R. Reader", Role.CLINICIAN, "main")
    grey = np.random.default_rng(0).integers(0, 4096, (2000, 2000), dtype=np.uint16)
    film = decode(wrap_as_dx(grey, bits_stored=12))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "home")
        fill(store, answers)
        size = sum(path.stat().st_size for path in (Path(folder) / "home").glob("medai.sqlite3*"))
        print(f"{answers:,} answers, {size / 1e6:,.0f} MB of tables")

        def counted(days: int | None) -> Callable[[], object]:
            return lambda: monitoring.monitor(store, reader, watched.MODEL, days=days)

        works: dict[str, Callable[[], object]] = {
            **{f"monitor, {days or 'all'} days": counted(days) for days in monitoring.DAYS},
            "status of all models": lambda: monitoring.statuses(store, reader),
            "export, 90 days": lambda: monitoring.export_csv(store, reader, watched.MODEL),
            "statistics of a film": lambda: describe(film),
        }
        begin, begin_cpu = time.perf_counter(), time.process_time()
        counted(None)()
        wall, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
        print(f"{'all, the first time':24s} {wall * 1000:9.1f} ms {cpu * 1000:9.1f} ms of processor time")
        for name, work in works.items():
            wall, cpu = medians_ms(work)
            print(f"{name:24s} {wall:9.1f} ms {cpu:9.1f} ms of processor time")
        store.close()


if __name__ == "__main__":
    main()
