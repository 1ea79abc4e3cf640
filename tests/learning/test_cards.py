"""What every card is written with."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.learning import cards
from medai_core.learning.weights import file_digest

documents = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=6), documents, max_size=5))
def test_the_text_means_what_was_written(document: dict[str, object]) -> None:
    assert json.loads(cards.as_text(document)) == document


def test_a_list_of_numbers_stands_on_one_line() -> None:
    text = cards.as_text({"maps": [[1.5, -2.0], [3, 4e-5]], "names": ["a", "b"], "none": []})
    assert "[1.5, -2.0]" in text
    assert "[3, 4e-05]" in text
    assert text.count("\n") > 6


def test_text_that_looks_like_a_list_is_left_alone() -> None:
    sentence = "between [ 1,\n 2 ] and\n3"
    assert json.loads(cards.as_text({"a": sentence, "b": [1, 2]}))["a"] == sentence


@pytest.mark.parametrize(("level", "stated"), [(0.123456, 0.1235), (0.00123456, 0.001235), (0.0, 0.0)])
def test_four_digits_are_kept_where_numbers_are_small(level: float, stated: float) -> None:
    assert cards.short(level) == stated


def test_what_cannot_be_measured_is_left_out() -> None:
    score, patient = np.linspace(0, 1, 20), np.arange(20)
    found = cards.figures(np.zeros(20), score, 0.5, patient, ("auroc", "sensitivity", "specificity"))
    assert list(found) == ["specificity"]


def test_calibration_comes_with_intervals() -> None:
    generator = np.random.default_rng(2)
    score = generator.random(600)
    truth = (generator.random(600) < score).astype(np.float64)
    found = cards.calibration_figures(truth, score, np.arange(600) // 2)
    assert sum(one["n"] for one in found["bins"]) == 600
    inside = [one["low"] <= one["predicted"] <= one["high"] for one in found["bins"]]
    assert sum(inside) >= 7
    assert found["expected_calibration_error"]["n"] == 600


def test_files_are_named_with_their_digests(tmp_path: Path) -> None:
    for name in ("model.tflite", "weights.npz", "calibration.json", "golden.json", "more.csv"):
        (tmp_path / name).write_text(name)
    found = cards.files_of(tmp_path, more="more.csv")
    assert set(found) == {"served", "keras", "calibration", "golden", "more"}
    assert found["more"]["sha256"] == file_digest(tmp_path / "more.csv")
    assert found["more"]["bytes"] == len("more.csv")
