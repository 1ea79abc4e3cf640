"""How fast the page of a patient with ten years of data opens, in one run.

    python -m tests.benchmarks.bench_patient_page [ENTRIES] [--browser]

Brings a made-up patient of ENTRIES (default 20,000) entries into a new store and prints medians in
milliseconds, of wall clock and of processor time: the banner's service and the page's (target 100 ms). With
`--browser` a server and chromium open the page three times: seconds until the banner stands there (target
0.5) and until the cards, the small charts and the timeline are drawn (target 2). The machine's load is
printed too, since all of it shares the processor.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert

from medai_core.domain.people import Caller, PatientIdentity, PersonName, Role
from medai_core.records.fhir.drafts import draft_of
from medai_core.services.patient_record import banner_of, overview
from medai_core.store import clock, tables
from medai_core.store.database import Store
from medai_core.store.ids import new_id
from medai_core.store.record_rows import columns_of, value_rows
from tests.support.record_years import years

REPEATS: Final = 15
_DRAWN: Final = """() => document.querySelectorAll(".js-plotly-plot").length >= 13
  && document.querySelector(".st-key-medai-banner") !== null"""


def fill(store: Store, entries: int) -> tuple[str, int]:
    """One patient with their record, as an import writes it; their opaque id and how many entries."""
    patient = store.patients.add(PatientIdentity("A", "HOSPITAL", PersonName("Years Ten"))).id
    started = {"id": new_id(), "actor_id": "bench", "started_at": clock.now(), "cancelled": False}
    rows: list[dict[str, Any]] = []
    values: list[dict[str, Any]] = []
    for resource in years("A", entries=entries):
        draft, entry_id = draft_of(resource, source="bench"), new_id()
        own = {"id": entry_id, "patient_id": patient, "import_id": started["id"], "stored_at": clock.now()}
        rows.append({**columns_of(draft), **own, "versions": 1, "replaced_by": None})
        values += value_rows(entry_id, draft.values)
    with store.transaction(), store._database.transaction() as connection:
        connection.execute(insert(tables.imports).values(**started))
        connection.execute(insert(tables.record_entries), rows)
        connection.execute(insert(tables.record_values), values)
    return patient, len(rows)


def medians(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of wall clock and of processor time of `REPEATS` calls after one that is not counted."""
    work()
    found = []
    for _ in range(REPEATS):
        wall, spent = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - wall, time.process_time() - spent))
    return statistics.median(one for one, _ in found) * 1000, statistics.median(
        one for _, one in found
    ) * 1000


def in_browser(entries: int) -> None:
    """Print how long the page takes in chromium, from the address to the banner and to the last chart."""
    from playwright.sync_api import sync_playwright

    from tests.support.server import ADMINISTRATOR, NEW_PASSWORD, start_server

    with tempfile.TemporaryDirectory() as folder:
        server = start_server(Path(folder) / "home", wait_seconds=180)
        store = Store(Path(folder) / "home")
        patient, _ = fill(store, entries)
        store.close()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
            tab = browser.new_page(viewport={"width": 1440, "height": 1000})
            tab.set_default_timeout(180_000)
            tab.goto(server.url)
            tab.fill("input[name=username]", ADMINISTRATOR)
            tab.fill("input[name=password]", server.admin_password)
            tab.click("button:has-text('Sign in')")
            tab.fill("input[name=current]", server.admin_password)
            tab.fill("input[name=new]", NEW_PASSWORD)
            tab.fill("input[name=again]", NEW_PASSWORD)
            tab.click("button:has-text('Keep this password')")
            tab.get_by_role("link", name="Patients").click()
            for number in range(3):
                link = tab.get_by_role("link", name="Years Ten")
                link.wait_for()
                begin = time.perf_counter()
                link.click()
                tab.wait_for_selector(".st-key-medai-banner")
                banner = time.perf_counter() - begin
                tab.wait_for_function(_DRAWN)
                print(f"opening {number + 1}: banner {banner:.2f} s, all {time.perf_counter() - begin:.2f} s")
                tab.get_by_role("button", name="Patients").click()
            browser.close()
        server.stop()
    assert patient


def main() -> None:
    """Measure and print."""
    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()]
    entries = numbers[0] if numbers else 20_000
    print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "home")
        patient, count = fill(store, entries)
        caller = Caller("os:bench", "bench", "Bench", Role.READ_ONLY, store.name)
        print(f"{count} entries of ten years{'wall':>20}{'processor':>12}")
        works: dict[str, Callable[[], object]] = {
            "banner": lambda: banner_of(store, caller, patient),
            "the whole page": lambda: overview(store, caller, patient),
            "with what is not current": lambda: overview(store, caller, patient, hidden=True),
        }
        for name, work in works.items():
            wall, spent = medians(work)
            print(f"{name:30}{wall:12.1f}{spent:12.1f} ms")
        store.close()
    if "--browser" in sys.argv:
        in_browser(entries)


if __name__ == "__main__":
    main()
