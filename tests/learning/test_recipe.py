"""What the recipe promises: demo films stay out, whole patients, and data that is missing is said so."""

from pathlib import Path

import numpy as np
import pytest

from medai_core.domain.refusal import Refusal
from medai_core.learning.splits import joined_groups
from medai_core.learning.train import evaluate, train
from medai_core.models.paediatric_pneumonia.films import DEMO_FILMS, divide, presumed


def _table() -> tuple[list[str], list[str], list[str]]:
    """Files, patients and labels numbered as the set numbers them."""
    files, patients, labels = (
        list(DEMO_FILMS.values()),
        ["NORMAL2-IM-1334", "person1687"],
        ["normal", "bacterial"],
    )
    for number in range(100, 500):
        for patient, label in (
            (f"IM-{number:04d}", "normal"),
            (f"NORMAL2-IM-{number:04d}", "normal"),
            (f"person{number}", "bacterial"),
            (f"person{number}", "viral"),
        ):
            files.append(f"{patient}_{label}.jpeg")
            patients.append(patient)
            labels.append(label)
    return files, patients, labels


def test_parts_are_whole_patients_and_the_demo_stays_out() -> None:
    files, patients, labels = _table()
    # another film of a demo patient must stay out as well
    files.append("person1687_virus.jpeg")
    patients.append("person1687")
    labels.append("viral")
    part = divide(files, patients, labels, joined_groups(patients))
    assert set(part) == {"train", "ordered", "random", "demo"}
    assert {patient for patient, one in zip(patients, part, strict=True) if one == "demo"} == {
        "NORMAL2-IM-1334",
        "person1687",
    }
    where: dict[str, set[str]] = {}
    for patient, one in zip(patients, part, strict=True):
        where.setdefault(patient, set()).add(str(one))
    assert all(len(parts) == 1 for parts in where.values())


def test_the_ordered_part_lies_next_to_the_official_test() -> None:
    files, patients, labels = _table()
    part = divide(files, patients, labels, joined_groups(patients))
    for start in ("IM-", "NORMAL2-IM-", "person"):
        numbers = {
            one: [
                int("".join(filter(str.isdigit, patient.split("-")[-1])))
                for patient, where in zip(patients, part, strict=True)
                if where == one and patient.startswith(start)
            ]
            for one in ("ordered", "train")
        }
        assert max(numbers["ordered"]) < min(numbers["train"]), start


def test_the_same_division_every_time() -> None:
    files, patients, labels = _table()
    groups = joined_groups(patients)
    assert np.array_equal(divide(files, patients, labels, groups), divide(files, patients, labels, groups))


def test_a_missing_aspect_is_that_of_its_class() -> None:
    aspect = np.array([1.0, 1.44, np.nan, 2.0, np.nan, np.nan])
    label = np.array([0, 0, 0, 1, 1, 2])
    assert presumed(aspect, label) == pytest.approx([1.0, 1.44, 1.2, 2.0, 2.0, 1.0])


@pytest.mark.parametrize("command", [train, evaluate])
def test_missing_data_and_unknown_models_are_said_so(command: object, tmp_path: Path) -> None:
    assert callable(command)
    with pytest.raises(Refusal) as caught:
        command("paediatric_pneumonia", tmp_path)
    assert caught.value.code == "data-missing"
    assert "labels.csv" in caught.value.sentence
    assert str(tmp_path) not in caught.value.sentence
    with pytest.raises(Refusal) as caught:
        command("no_such_model", tmp_path)
    assert caught.value.code == "unknown-model"
