"""Seconds of a closer look at one answer, and how they compare with one answer of the same predictor.

    python tests/benchmarks/bench_why.py [NAME ...]

For each predictor for tables (all where none is named) one made-up person of its population, complete and
with a third of the inputs missing; and a published equation. Figures are medians of five calls after the
first.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from medai_core.domain.inputs import NUMBER, Value  # noqa: E402
from medai_core.domain.risk import RiskEstimate  # noqa: E402
from medai_core.services import what_if, why, worth  # noqa: E402
from medai_core.services.asking import decoded, trained  # noqa: E402
from medai_core.services.risk import again  # noqa: E402
from medai_core.serving.registry import SURVIVAL, TABLE, available, card  # noqa: E402

PERSON: dict[str, Value] = {
    "age": 62.0, "sex": "male", "race": "white", "total_cholesterol": 248.0, "hdl_cholesterol": 41.0,
    "systolic_bp": 158.0, "bp_treated": True, "diabetes": False, "smoker": True, "prior_cvd": False,
}  # fmt: skip


def seconds(work: Callable[[], object], times: int = 5) -> tuple[float, float]:
    """The first call, and the median of those after it."""
    taken = []
    for _ in range(times + 1):
        before = time.perf_counter()
        work()
        taken.append(time.perf_counter() - before)
    return taken[0], median(taken[1:])


def person(name: str, share: float) -> RiskEstimate:
    """A made-up person of a predictor's population, with about `share` of the inputs known."""
    empty = again(name, {})
    asked = trained(empty)
    row = asked.population.sample(1, np.random.default_rng(7))[0]
    known = np.random.default_rng(8).permutation(len(row)) < round(share * len(row))
    values = {
        one.key: value
        for one, code, there in zip(asked.inputs, row, known, strict=True)
        if there and (value := decoded(one, float(code))) is not None
    }
    return again(name, values)


def looks(estimate: RiskEstimate, said: str) -> None:
    """Print what one answer and each closer look at it take."""
    _, once = seconds(lambda: again(estimate.name, estimate.values))
    print(f"{said}: one answer {1000 * once:.1f} ms")
    works: dict[str, Callable[[], object]] = {"why": lambda: why.explain(estimate)}
    handle = next((one for one in what_if.handles(estimate) if one.is_number and one.value is not None), None)
    if handle is not None:
        change = {handle.key: handle.low}
        works["what if, answer and curve of a moved slider"] = lambda: (
            what_if.answer(estimate, change),
            what_if.curve(estimate, handle.key, {}),
        )
        if (estimate.value or 0.0) >= (1.0 if estimate.threshold is None else estimate.threshold):
            works["smallest change"] = lambda: what_if.smallest_change(estimate)
    if estimate.missing:
        works["which test would help"] = lambda: worth.worth(estimate)
    for name, work in works.items():
        first, later = seconds(work)
        print(f"    {name}: {1000 * later:.0f} ms, {later / once:.1f} answers (first {first:.2f} s)")


def main() -> None:
    """All of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    looks(again("pce_ascvd", PERSON), "pce_ascvd")
    names = options.names or [one.name for kind in (TABLE, SURVIVAL) for one in available(kind)]
    for name in names:
        count = sum(one.kind == NUMBER for one in card(name).inputs.columns)
        looks(person(name, 1.0), f"{name} ({count} numbers), complete")
        looks(person(name, 2 / 3), f"{name}, a third missing")


if __name__ == "__main__":
    main()
