"""How fast and how well the predictors for tables answer, in one run.

    python -m tests.benchmarks.bench_predictors [ROWS]

For every model that reads tables: milliseconds for one person, warm (probability and interval, and with half
of the inputs missing), against the target of 50; seconds for a table of ROWS (default 100,000) made people,
a tenth of the values missing, from the file to the file, against 10; then what its card says it reaches. Two
cores are used at most.
"""

import csv
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from medai_core.domain.inputs import CHOICE, NUMBER, YES_NO, Input, Need, Value
from medai_core.learning.population import Population
from medai_core.services import predictors
from medai_core.serving import registry, survival, tabular, values
from medai_core.serving.registry import SURVIVAL, TABLE, TABLES, VALUE, ModelCard

ONE_MS: Final = 50.0
TABLE_S: Final = 10.0
REPEATS: Final = 30
CORES: Final = 2
GAPS: Final = 0.1
"""Share of missing values in the made table."""

_POPULATION: Final[dict[str, Callable[[str], Population]]] = {
    SURVIVAL: survival.population,
    TABLE: tabular.population,
    VALUE: values.population,
}


def main(rows: int) -> None:
    """Print every figure."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    for card in registry.available(None):
        if card.kind not in TABLES:
            continue
        print(f"{card.name} ({card.kind}, version {card.version})")
        people = _people(card, rows)
        if card.kind == TABLE:
            _one(card, people)
        _table(card, people)
        _reached(card)


def _people(card: ModelCard, rows: int) -> list[dict[str, str]]:
    population = _POPULATION[card.kind](card.name)
    generator = np.random.default_rng(1)
    drawn = population.sample(rows, generator)
    drawn[generator.random(drawn.shape) < GAPS] = np.nan
    scope = {one.key: "0" for one in card.inputs.columns if one.need is Need.SCOPE and one.kind == YES_NO}
    return [
        scope | {one.key: _written(one, value) for one, value in zip(population.inputs, row, strict=True)}
        for row in drawn
    ]


def _written(one: Input, value: float) -> str:
    if np.isnan(value):
        return ""
    if one.kind == CHOICE:
        return one.choices[int(value)]
    return f"{value:.3f}" if one.kind == NUMBER else str(int(value))


def _one(card: ModelCard, people: list[dict[str, str]]) -> None:
    known = {one.key: one for one in card.inputs.columns}
    whole = next((one for one in people if all(one.values())), people[0])
    told: dict[str, Value] = {}
    for key, text in whole.items():
        kind = known[key].kind
        if text:
            told[key] = float(text) if kind == NUMBER else text == "1" if kind == YES_NO else text
    half = dict(list(told.items())[: len(told) // 2])
    for name, given in (("all inputs", told), ("half of them", half)):
        tabular.answer(card.name, given)
        times, busy = [], time.process_time()
        for _ in range(REPEATS):
            started = time.perf_counter()
            tabular.answer(card.name, given)
            times.append((time.perf_counter() - started) * 1000)
        used = (time.process_time() - busy) * 1000 / REPEATS
        median, worst = statistics.median(times), max(times)
        print(
            f"  one person, {name}: median {median:.1f} ms, slowest {worst:.1f} ms of {REPEATS}, "
            f"{used:.1f} ms of processor ({median / ONE_MS:.2f} of {ONE_MS:.0f} ms)"
        )


def _table(card: ModelCard, people: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "table.csv", Path(folder) / "out.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(people[0]))
            writer.writeheader()
            writer.writerows(people)
        started, busy = time.perf_counter(), time.process_time()
        count = predictors.write_table(
            str(out), predictors.predict_table(card.name, str(path)), table=str(path)
        )
        took, used = time.perf_counter() - started, time.process_time() - busy
    print(
        f"  {count:,} rows, file to file: {took:.1f} s, {used:.1f} s of processor "
        f"({took / TABLE_S:.2f} of {TABLE_S:.0f} s)"
    )


def _reached(card: ModelCard) -> None:
    part, labels = next(iter(card.data["results"].items()))
    for label, found in labels.items():
        for metric, figure in _figures(found):
            print(
                f"  {part}, {label}, {metric}: {figure['value']:.3f} "
                f"({figure['low']:.3f} to {figure['high']:.3f})"
            )


def _figures(found: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, one) for name, one in found.items() if isinstance(one, Mapping) and "value" in one]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
