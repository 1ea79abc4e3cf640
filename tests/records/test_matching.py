"""The comparison of patients: symmetric, additive, and right about made-up duplicates."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.records.blocking import _pairs, blocks, random_pairs, union
from medai_core.records.comparing import FIELDS, NAMES, Columns, compared
from medai_core.records.linkage import (
    START,
    Found,
    _household,
    expectation,
    histogram,
    linked,
    patterns,
    weigh,
)
from medai_core.records.people import Person, folded, person_of
from tests.support.duplicates import ERRORS, Made, made, with_error

_WORD = st.sampled_from(
    ["anna", "ana", "hanna", "otto", "o", "a", "maria", "mueller", "muller", "li", "", "berg"]
)
_NAME = st.lists(_WORD, max_size=3).map(lambda words: " ".join(filter(None, words)))
_STRONG = st.tuples(st.sampled_from(["SS", "DL"]), st.sampled_from(["12345", "12354", "12945", "9"]))
_PERSON = st.builds(
    Person, id=st.just("x"), family=_NAME, given=_NAME, sex=st.sampled_from(["F", "M", "O", ""]),
    birth_date=st.none() | st.dates(date(1930, 1, 1), date(1931, 12, 31)),
    strong=st.lists(_STRONG, max_size=2, unique_by=lambda one: one[0]).map(tuple),
    phone=st.sampled_from(["", "5551234", "5554321"]),
    line=st.sampled_from(["", "1 oak street", "1 oak stret", "2 oak street"]),
    postal=st.sampled_from(["", "8000", "8001"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def example() -> tuple[Made, Found]:
    given_people = made(1500, seed=5, errors=3)
    found = linked(given_people.people)
    assert found is not None
    return given_people, found


def _level(first: Person, second: Person, field: str) -> str:
    levels = compared(Columns([first, second]), np.array([[0, 1]]))[0]
    column = NAMES.index(field)
    return "missing" if levels[column] < 0 else FIELDS[column].levels[levels[column]]


def _two(field: str, one: object, other: object) -> tuple[Person, Person]:
    return Person("a", **{field: one}), Person("b", **{field: other})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "second", "family", "given"),
    [
        (("meier", "eva"), ("meier", "eva"), "the same", "the same"),
        (("meier", "eva"), ("eva", "meier"), "swapped with the given name", "missing"),
        (("meier", "eva"), ("meier keller", "eva maria"), "one of several names", "one of several names"),
        (("meier", "eva"), ("maier", "e"), "somewhat alike", "an initial"),
        (("meier", "eva maria"), ("meier", "eva m"), "the same", "an initial"),
        (("johansson", "kristina"), ("johanson", "kristna"), "alike", "alike"),
        (("meier", "eva"), ("zurbriggen", "otto"), "different", "different"),
        (("meier", ""), ("meier", "eva"), "the same", "missing"),
    ],
)
def test_names(first: tuple[str, str], second: tuple[str, str], family: str, given: str) -> None:
    people = Person("a", *first), Person("b", *second)
    assert (_level(*people, "family name"), _level(*people, "given names")) == (family, given)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (date(1970, 3, 4), date(1970, 3, 4), "the same"),
        (date(1970, 3, 4), date(1970, 4, 3), "day and month swapped"),
        (date(1970, 3, 4), date(1979, 3, 4), "one digit off"),
        (date(1970, 3, 14), date(1970, 3, 15), "one digit off"),
        (date(1970, 3, 12), date(1970, 3, 21), "one digit off"),
        (date(1970, 3, 4), date(1970, 11, 25), "the same year"),
        (date(1970, 3, 4), date(1951, 8, 30), "different"),
        (None, date(1951, 8, 30), "missing"),
    ],
)
def test_birth_dates(one: date | None, other: date | None, level: str) -> None:
    assert _level(*_two("birth_date", one, other), "birth date") == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [("123456789", "123456789", "a shared one"), ("123456789", "123456798", "one character off"),
     ("123456789", "123456719", "one character off"), ("123456789", "987654321", "different")],
)  # fmt: skip
def test_identifiers(one: str, other: str, level: str) -> None:
    assert _level(*_two("strong", (("SS", one),), (("SS", other),)), "identifier") == level
    assert _level(*_two("strong", (("SS", one),), (("DL", one),)), "identifier") == "missing"


def test_neighbours_are_not_alike() -> None:
    assert _level(*_two("line", "12 oak street", "14 oak street"), "address") == "different"
    assert _level(*_two("line", "12 oak street", "12 oak stret"), "address").startswith("a line alike")


@given(first=_PERSON, second=_PERSON)
@settings(max_examples=300)
def test_a_comparison_does_not_ask_who_is_first(first: Person, second: Person) -> None:
    ahead, behind = (
        compared(Columns(order), np.array([[0, 1]])) for order in ([first, second], [second, first])
    )
    assert (ahead == behind).all()
    for column, field in enumerate(FIELDS):
        assert -1 <= ahead[0, column] < len(field.levels)


@given(person=_PERSON)
def test_a_record_agrees_with_itself(person: Person) -> None:
    levels = compared(Columns([person, person]), np.array([[0, 1]]))[0]
    assert set(levels[:-1]) <= {0, -1}
    assert levels[-1] == (0 if person.line else 2 if person.postal else -1)


@given(first=_PERSON, second=_PERSON)
@settings(max_examples=100)
def test_weights_add_up_whoever_is_first(first: Person, second: Person, example: tuple[Made, Found]) -> None:
    weights = example[1].weights
    one = weigh([first, second], np.array([[0, 1]]), weights)
    other = weigh([second, first], np.array([[0, 1]]), weights)
    assert one.score[0] == pytest.approx(other.score[0], abs=1e-4)
    together, share = weights.shares[1], weights.shares[0]
    against = together if one.household[0] else 1.0 - share - together
    before = np.log2(share / against)
    assert one.score[0] <= one.bits[0].sum() + before + 1e-4  # the other explanation only takes away
    assert one.score[0] >= one.bits[0].sum() + before - 1.0 - 1e-4
    assert (one.bits[one.levels < 0] == 0).all()


@pytest.mark.parametrize("seed", [11, 12])
def test_made_up_duplicates_are_found(seed: int) -> None:
    given_people = made(1500, seed=seed, errors=3)
    found = linked(given_people.people)
    assert found is not None
    pairs = {tuple(pair) for pair in found.pairs.tolist()}
    assert len(pairs & given_people.truth) >= 0.99 * len(given_people.truth)
    chosen = {tuple(pair) for pair in found.pairs[found.score >= 0].tolist()}
    hits = len(chosen & given_people.truth)
    assert hits / len(chosen) >= 0.95
    assert hits / len(given_people.truth) >= 0.93


@pytest.mark.parametrize("kind", ERRORS)
def test_one_error_of_each_kind_is_forgiven(kind: str, example: tuple[Made, Found]) -> None:
    import random

    generator = random.Random(kind)
    people = [one for one in example[0].people if one.birth_date and one.given and one.strong][:200]
    spoilt = [with_error(generator, one, kind, ["other"]) for one in people]
    n = len(people)
    pairs = np.stack([np.arange(n), np.arange(n) + n], axis=1)
    found = weigh([*people, *spoilt], pairs, example[1].weights)
    assert (found.score >= 0).mean() >= 0.97


def test_the_expected_share_is_about_the_true_one(example: tuple[Made, Found]) -> None:
    given_people, found = example
    chosen = found.score >= 0
    hits = sum(tuple(pair) in given_people.truth for pair in found.pairs[chosen].tolist())
    assert abs(found.probability[chosen].mean() - hits / chosen.sum()) < 0.04


def test_expectation_never_makes_the_data_less_likely(example: tuple[Made, Found]) -> None:
    _, found = example
    levels, counts = patterns(found.levels)
    free = list(range(len(FIELDS)))
    expected, together, number = expectation(levels, counts, found.weights.u, free)
    assert 0 < number < counts.sum()
    for column, field in enumerate(FIELDS):
        assert len(expected[column]) == len(together[column]) == len(field.levels)
        assert (expected[column] >= 0).all()
    for table in (START, _household(found.weights.u), found.weights.m, found.weights.u, found.weights.h):
        for field, shares in zip(FIELDS, table, strict=True):
            assert len(shares) == len(field.levels)
            assert sum(shares) == pytest.approx(1.0)


def test_a_rare_name_weighs_more_than_a_frequent_one(example: tuple[Made, Found]) -> None:
    shares = example[1].weights.frequency[0]
    rare, frequent = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
    bits = [
        weigh(list(_two("family", name, name)), np.array([[0, 1]]), example[1].weights).bits[0][0]
        for name in (rare, frequent)
    ]
    assert bits[0] > bits[1] + 3


def test_the_histogram_holds_every_pair(example: tuple[Made, Found]) -> None:
    _, found = example
    counts = histogram(found)
    assert sum(counts["pairs"]) == len(found.pairs)
    assert sum(counts["expected"]) == pytest.approx(found.probability.sum())


def test_blocks_hold_each_pair_of_a_key_once_and_pass_over_large_ones() -> None:
    keys = ["a", None, "a", "b", "a", "b", *["c"] * 500]
    pairs, passed_over = _pairs(keys)
    assert sorted(map(tuple, pairs.tolist())) == [(0, 2), (0, 4), (2, 4), (3, 5)]
    assert passed_over == 1
    people = [Person(str(n), "meier", "eva", date(1970, 1, 1 + n)) for n in range(4)]
    every = union(list(blocks(people)), 4)
    assert sorted(map(tuple, every.tolist())) == [(a, b) for a in range(4) for b in range(a + 1, 4)]


@pytest.mark.parametrize("n", [2, 3, 50, 3000])
def test_random_pairs_are_pairs(n: int) -> None:
    pairs = random_pairs(n, 500, seed=1)
    assert (pairs[:, 0] < pairs[:, 1]).all()
    assert pairs.max() < n
    assert len(pairs) == min(500, n * (n - 1) // 2)


@pytest.mark.parametrize("people", [[], [Person("a")], [Person("a"), Person("b")],
                                    [Person("a", "meier"), Person("b", "meier")]])  # fmt: skip
def test_next_to_nothing_is_compared_without_a_fault(people: list[Person]) -> None:
    found = linked(people)
    assert found is not None
    assert np.isfinite(found.score).all()


def test_cancelled() -> None:
    assert linked(made(300).people, cancelled=lambda: True) is None


def test_a_person_from_a_resource_and_from_a_name_alone() -> None:
    content = {
        "resourceType": "Patient",
        "name": [{"use": "maiden", "family": "Alt"},
                 {"use": "official", "family": "Müller-Berg", "given": ["Zoë", "A."]}],
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-23-8054"},
                       {"system": "urn:oid:1", "value": " 7 "}, {"value": "8"}, "nonsense"],
        "telecom": [{"system": "email", "value": "1234567@x"},
                    {"system": "phone", "value": "+41 (0)44 555 66 77"}],
        "address": [{"line": ["12 Oak St."], "postalCode": "80-01"}],
    }  # fmt: skip
    one = person_of("x", PatientIdentity("7", "urn:oid:1", birth_date=date(1970, 1, 1), sex="F"), content)
    assert (one.family, one.given) == ("muller berg", "zoe a")
    assert one.strong == (("SS", "999238054"),)
    assert one.keys == (("urn:oid:1", "7"),)
    assert (one.phone, one.line, one.postal) == ("5556677", "12 oak st", "8001")
    alone = person_of("x", PatientIdentity("7", name=PersonName("Müller-Berg Zoë")))
    assert (alone.family, alone.given, alone.keys) == ("muller berg", "zoe", ())


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)
