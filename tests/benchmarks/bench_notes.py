"""How well and how fast notes are read, in one run.

    python -m tests.benchmarks.bench_notes [DATA]

Prints F1 by assertion on the hand-made set; accuracy and F1 of negation on the two halves of the public
sentences under DATA (default ../shared/data), the first of which the rules were made on; and how long a
note takes.
"""

import csv
import gzip
import io
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from medai_core.notes.items import Assertion
from medai_core.notes.reading import read_note
from medai_core.notes.table import assertion_of

HAND_MADE = Path(__file__).resolve().parents[1] / "notes" / "assertions.csv"


def main(data: Path) -> None:
    """Print every figure."""
    _hand_made()
    if (data / "negation_sentences").is_dir():
        _public(data / "negation_sentences" / "negation_sentences.csv")
    if (data / "mtsamples").is_dir():
        _speed(data / "mtsamples" / "mtsamples.csv.gz")


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _f1(pairs: list[tuple[str, str]], wanted: str) -> float:
    counts = Counter((truth == wanted, given == wanted) for truth, given in pairs)
    hits = counts[True, True]
    return 2 * hits / max(1, 2 * hits + counts[True, False] + counts[False, True])


def _hand_made() -> None:
    rows = _rows(HAND_MADE.read_text(encoding="utf-8"))
    pairs = [(row["assertion"], str(assertion_of(row["sentence"], row["concept"]).assertion)) for row in rows]
    print(f"hand-made sentences: {len(rows)}")
    for wanted in Assertion:
        count = sum(truth == wanted for truth, _ in pairs)
        print(f"  F1 of {wanted.value}: {_f1(pairs, wanted):.3f} (n = {count})")


def _public(path: Path) -> None:
    rows = _rows(path.read_text(encoding="utf-8"))
    reports = sorted({int(row["report"]) for row in rows})
    for name, part in (("made on", set(reports[::2])), ("checked on", set(reports[1::2]))):
        pairs = []
        for row in (row for row in rows if int(row["report"]) in part):
            negated = assertion_of(row["sentence"], row["concept"]).assertion is Assertion.NEGATED
            pairs.append((row["negation"], "Negated" if negated else "Affirmed"))
        right = sum(truth == given for truth, given in pairs) / len(pairs)
        print(
            f"reports that the rules were {name}: accuracy {right:.4f}, F1 of negated "
            f"{_f1(pairs, 'Negated'):.4f} (n = {len(pairs)}, {len(part)} reports)"
        )


def _speed(path: Path) -> None:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        texts = [row["transcription"] for row in csv.DictReader(file)][:200]
    started = time.perf_counter()
    read_note("fever")
    print(f"first note of a process: {time.perf_counter() - started:.1f} s")
    times = []
    for text in texts:
        started = time.perf_counter()
        read_note(text)
        times.append(time.perf_counter() - started)
    size = statistics.median(len(text) for text in texts)
    print(
        f"a note of {size:.0f} characters: median {statistics.median(times) * 1000:.0f} ms (n = {len(texts)})"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[3] / "shared" / "data")
