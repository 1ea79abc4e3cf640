"""Precision, recall and time of patient matching on made-up records with typed-in errors.

    python tests/benchmarks/bench_matching.py [RECORDS] [--synthea FOLDER]

With a folder of Synthea bundles (a ZIP of transaction bundles), its patients are taken too, each with a copy
in which one or two errors stand.
"""

import argparse
import json
import random
import resource
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from medai_core.domain.people import PatientIdentity
from medai_core.records.linkage import linked
from medai_core.records.people import Person, person_of
from tests.support.duplicates import ERRORS, Made, made, with_error


def measure(name: str, given: Made) -> None:
    """Print what the matching finds at several thresholds."""
    before = time.perf_counter()
    found = linked(given.people)
    seconds = time.perf_counter() - before
    assert found is not None
    pairs = [tuple(pair) for pair in found.pairs.tolist()]
    right = np.array([pair in given.truth for pair in pairs])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name}: {len(given.people)} records, {len(given.truth)} pairs of one person, "
          f"{len(pairs)} pairs compared in {seconds:.1f} s, {peak:.0f} MB at most; "
          f"blocking keeps {right.sum() / max(len(given.truth), 1):.4f} of them; "
          f"m from {found.weights.expected:.0f} pairs; passed over {found.passed_over}")  # fmt: skip
    for least in (0.5, 0.9, 0.99, 0.999):
        chosen = found.probability >= least
        hits = int((chosen & right).sum())
        precision, recall = hits / max(int(chosen.sum()), 1), hits / max(len(given.truth), 1)
        expected = found.probability[chosen].mean() if chosen.any() else float("nan")
        print(f"  probability >= {least}: {int(chosen.sum())} pairs, precision {precision:.4f} "
              f"(expected {expected:.4f}), recall {recall:.4f}")  # fmt: skip


def synthea(archive: Path, *, seed: int = 7) -> Made:
    """Synthea's patients, half of them with a copy that has one or two errors."""
    generator = random.Random(seed)
    people: list[Person] = []
    with zipfile.ZipFile(archive) as bundles:
        for name in sorted(bundles.namelist()):
            if name.endswith(".json"):
                people += [_of(one["resource"]) for one in json.loads(bundles.read(name)).get("entry", ())
                           if one.get("resource", {}).get("resourceType") == "Patient"]  # fmt: skip
    truth, families = set(), [one.family for one in people]
    for place in range(0, len(people), 2):
        copy = people[place]
        for kind in generator.sample(ERRORS, generator.randint(1, 2)):
            copy = with_error(generator, copy, kind, families)
        truth.add((place, len(people)))
        people.append(replace(copy, id=f"copy {place}", keys=()))
    return Made(people, truth)


def _of(patient: dict) -> Person:
    from datetime import date

    born = date.fromisoformat(patient["birthDate"])
    identity = PatientIdentity(patient["id"], "", birth_date=born, sex=patient["gender"][:1].upper())
    return person_of(patient["id"], identity, patient)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("records", type=int, nargs="?", default=100_000)
    parser.add_argument("--synthea", type=Path)
    options = parser.parse_args()
    for seed in (1, 2):
        measure(f"made up, seed {seed}", made(options.records, seed=seed, errors=3))
    if options.synthea:
        measure("Synthea", synthea(options.synthea / "bundles.zip"))
