"""Numbers go out of JSON as they came in."""

import copy
import json
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.domain.exact_json import Exact, canonical, measured, read, written

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.recursive(
    NUMBERS | TEXTS.map(json.dumps) | st.sampled_from(["true", "false", "null"]),
    lambda inner: (
        st.lists(inner).map(lambda parts: f"[{','.join(parts)}]")
        | st.dictionaries(TEXTS.map(json.dumps), inner).map(
            lambda parts: "{" + ",".join(f"{name}:{value}" for name, value in parts.items()) + "}"
        )
    ),
    max_leaves=20,
)


def texts_of(document: str) -> object:
    """The document with every number as the text that stands there."""
    return json.loads(
        document, parse_float=lambda text: ("number", text), parse_int=lambda text: ("number", text)
    )


@given(DOCUMENTS)
def test_every_number_comes_out_letter_by_letter(document: str) -> None:
    found = read(document)
    for out in (canonical(found), written(found), written(read(document.encode()))):
        assert texts_of(out) == texts_of(document)


@given(NUMBERS)
def test_it_counts_as_the_number_that_it_is(text: str) -> None:
    found = read(text)
    assert isinstance(found, int | float)
    assert float(found) == float(text)
    again = measured(text)
    assert again is not None
    assert float(again) == float(text)
    for same in (copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert written(same) == text


def test_texts_that_look_like_marks_stay_texts() -> None:
    document = {"a": "#7.40", "b": '"7.40"', "c": "\\ud800#7.40", "d": Exact("7.40")}
    assert json.loads(written(document)) == document
    assert json.loads(canonical(document)) == document
    assert canonical(document).endswith('"d":7.40}')


@pytest.mark.parametrize("text", ["abc", "", "7,4"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert measured(text) is None


@pytest.mark.parametrize("text", ["+7.40", "007.4", ".5"])
def test_numbers_that_json_cannot_write_are_plain(text: str) -> None:
    found = measured(text)
    assert type(found) is float


def test_numbers_beyond_floats_are_kept() -> None:
    found = read("[1e999]")
    assert math.isinf(found[0])
    assert written(found) == "[1e999]"
