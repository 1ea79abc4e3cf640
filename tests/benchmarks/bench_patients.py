"""How fast one patient is found among all, in one run.

    python -m tests.benchmarks.bench_patients [PATIENTS]

Fills a store with PATIENTS (default 100,000) made-up patients and asks the search service mixed questions as
people type them: beginnings of names, two words, identifiers, birth dates, ideographs, a single letter,
nothing. Prints p50 and p95 in milliseconds, of wall clock and of processor time, by kind and over all; the
target is a p95 under 100 ms; and the same questions as the scan that the worklist's search makes (LIKE with
the word anywhere), as a ratio. `MEDAI_DATABASE_URL` names another database, which must be empty.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, insert, select

from medai_core.domain.people import Caller, PatientIdentity, PersonName, Role
from medai_core.services.patients import search
from medai_core.store import clock, tables
from medai_core.store.database import Store
from medai_core.store.ids import new_id
from medai_core.store.patient_words import words_of
from medai_core.store.search import query_words, search_text

TARGET_MS: Final = 100.0
QUESTIONS: Final = 40
BATCH: Final = 5000
FAMILY: Final = (
    "Wang Müller Yamada Garcia Nguyen Smith Kowalski Silva Kim Ivanov Schneider Rossi Dubois Andersson "
    "Haddad "
    "Okafor Novak Papadopoulos Jensen Murphy Lopez Tanaka Singh Cohen Weber Ferrari Moreau Lindqvist Khan "
    "Mensah"
).split()
GIVEN: Final = (
    "Anna Ben Clara David Emma Felix Greta Hugo Ida Jan Karin Leo Mia Noah Olga Paul Quentin Rosa Sven Tina "
    "Uwe Vera Walter Xenia Yara Zoe Amir Bilal Chiara Diego"
).split()
IDEOGRAPHS: Final = ("王小明", "山田 太郎", "李娜", "김 철수")


def people(count: int) -> Iterator[PatientIdentity]:
    """Made-up people, the same each time; syllables make as many family names as a country has."""
    chance = random.Random(2026)
    syllables = ("an", "be", "ko", "la", "mi", "no", "ra", "si", "tu", "ve")
    for number in range(count):
        family = chance.choice(FAMILY) + (chance.choice(syllables) + chance.choice(syllables)) * (
            number % 3 > 0
        )
        yield PatientIdentity(
            f"P-{number:07d}",
            "HOSPITAL",
            PersonName(
                f"{family} {chance.choice(GIVEN)}", chance.choice(IDEOGRAPHS) if number % 40 == 0 else ""
            ),
            date(1926, 1, 1) + timedelta(days=chance.randrange(36_500)),
            chance.choice("MF"),
        )


def fill(store: Store, count: int) -> None:
    """All people in one transaction, as the repository would write them, in batches."""
    rows: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    with store.transaction(), store._database.transaction() as connection:
        for identity in people(count):
            patient_id, name = new_id(), identity.name
            text = search_text(name.alphabetic, name.ideographic, name.phonetic, identity.identifier)
            rows.append(
                {
                    "id": patient_id, "issuer": identity.issuer, "identifier": identity.identifier,
                    "name_alphabetic": name.alphabetic, "name_ideographic": name.ideographic,
                    "name_phonetic": "", "birth_date": identity.birth_date, "sex": identity.sex,
                    "restricted": len(rows) % 997 == 0, "search": text, "created_at": clock.now(),
                }
            )  # fmt: skip
            words += [{"word": word, "patient_id": patient_id} for word in words_of(identity)]
            if len(rows) == BATCH:
                connection.execute(insert(tables.patients), rows)
                connection.execute(insert(tables.patient_words), words)
                rows, words = [], []
        if rows:
            connection.execute(insert(tables.patients), rows)
            connection.execute(insert(tables.patient_words), words)


def questions(count: int) -> dict[str, list[str]]:
    """What is typed, by kind."""
    chance = random.Random(7)
    some = list(people(min(count, 2000)))
    named = [chance.choice(some) for _ in range(QUESTIONS)]
    first = [identity.name.alphabetic.split() for identity in named]
    return {
        "one letter": [chance.choice("abdgkmnsw") for _ in range(QUESTIONS)],
        "beginning of a name": [family[:3] for family, _ in first],
        "family name": [family for family, _ in first],
        "two words": [f"{given[:2]} {family}" for family, given in first],
        "identifier": [identity.identifier for identity in named],
        "beginning of an identifier": [identity.identifier[:6] for identity in named],
        "birth date": [f"{identity.birth_date}" for identity in named],
        "name and year": [
            f"{family} {identity.birth_date:%Y}" for (family, _), identity in zip(first, named, strict=True)
        ],
        "ideographs": [chance.choice(("山田", "王", "李娜", "김")) for _ in range(QUESTIONS)],
        "found nowhere": ["zzyzx" for _ in range(QUESTIONS)],
        "nothing typed": ["" for _ in range(QUESTIONS)],
    }


def measured(work: Callable[[str], object], asked: list[str]) -> list[tuple[float, float]]:
    """Milliseconds of wall clock and of processor time, one pair a question; the first is asked twice."""
    work(asked[0])
    found = []
    for text in asked:
        wall, spent = time.perf_counter(), time.process_time()
        work(text)
        found.append(((time.perf_counter() - wall) * 1000, (time.process_time() - spent) * 1000))
    return found


def quantile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def scan(store: Store, text: str) -> object:
    """The same question as a scan for the words anywhere in the searched text, with the same count."""
    columns = tables.patients.c
    conditions = [columns.search.contains(word, autoescape=True) for word in query_words(text)]
    with store._database.reading() as connection:
        total = connection.scalar(select(func.count()).select_from(tables.patients).where(*conditions))
        query = select(tables.patients).where(*conditions).order_by(columns.name_alphabetic).limit(50)
        return total, connection.execute(query).all()


def line(name: str, pairs: list[tuple[float, float]]) -> str:
    """One row of the output."""
    wall, spent = [one for one, _ in pairs], [one for _, one in pairs]
    numbers = [quantile(values, share) for values in (wall, spent) for share in (0.5, 0.95)]
    return f"{name:30}" + "".join(f"{number:10.1f}" for number in numbers)


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "home", os.environ.get("MEDAI_DATABASE_URL"))
        begin = time.perf_counter()
        fill(store, count)
        print(f"{count} patients filled in {time.perf_counter() - begin:.1f} s")
        caller = Caller("user-1", "user", "User", Role.READ_ONLY, store.name)
        print(f"{'milliseconds':30}{'p50':>10}{'p95':>10}{'cpu p50':>10}{'cpu p95':>10}")
        every: list[tuple[float, float]] = []
        scanned: list[tuple[float, float]] = []
        for kind, asked in questions(count).items():
            pairs = measured(lambda text: search(store, caller, text), asked)
            every += pairs
            print(line(kind, pairs))
            if kind in ("beginning of a name", "family name", "two words", "identifier"):
                scanned += measured(lambda text: scan(store, text), asked[:10])
        print(line("all questions", every))
        print(line("scan of the words anywhere", scanned))
        p95 = quantile([wall for wall, _ in every], 0.95)
        ratio = quantile([wall for wall, _ in scanned], 0.95) / p95
        print(f"p95 {p95:.1f} ms, target {TARGET_MS:.0f} ms; the scan takes {ratio:.1f} times as long at p95")
        store.close()


if __name__ == "__main__":
    main()
