"""Merged records show as one, restricted together, and come apart exactly as they were."""

from datetime import date

import pytest

from medai_core.domain.people import PatientIdentity, PersonName, Role
from medai_core.domain.refusal import Refusal
from medai_core.store.database import Store
from medai_core.store.patient_search import Visible
from medai_core.store.rows import NewStudy, StudyFilter


def _patient(store: Store, number: int, name: str, *, restricted: bool = False) -> str:
    identity = PatientIdentity(f"P-{number}", "HOSP", PersonName(name), date(1960, 1, number), "F")
    return store.patients.add(identity, restricted=restricted).id


def _study(store: Store, patient_id: str, number: int) -> str:
    return store.studies.add(patient_id, NewStudy(f"1.2.{number}", f"A{number}", "DX", "Thorax"))


def _merge(store: Store, first: str, second: str) -> str:
    pair = store.pairs.add("match", first, second, weights={}, score=9.0)
    store.pairs.merge(pair, survivor=first, reason="the same", decided_by="user")
    return pair


def _seen(store: Store, patient_id: str) -> list[str]:
    return sorted(row.id for row in store.studies.of_patient(patient_id))


def test_studies_show_under_the_one_that_stays_and_come_back(store: Store) -> None:
    first, second = _patient(store, 1, "Lund Berta"), _patient(store, 2, "Lundh Berta")
    studies = [_study(store, first, 1), _study(store, second, 2)]
    before = store.studies.page(StudyFilter(all_restricted=True))
    pair = _merge(store, first, second)
    assert _seen(store, first) == _seen(store, second) == sorted(studies)
    rows, total = store.studies.page(StudyFilter(all_restricted=True))
    assert {row.patient.id for row in rows} == {first}
    assert total == 2
    assert store.studies.page(StudyFilter(patient_id=second, all_restricted=True))[1] == 2
    assert store.pairs.unmerge(pair)
    assert store.studies.page(StudyFilter(all_restricted=True)) == before
    assert [_seen(store, one) for one in (first, second)] == [[studies[0]], [studies[1]]]


def test_a_search_for_either_name_finds_all(store: Store) -> None:
    first, second, third = (
        _patient(store, n, name) for n, name in enumerate(("Ann Ek", "Bo Lo", "Cy Mo"), 1)
    )
    for number, one in enumerate((first, second, third)):
        _study(store, one, number)
    _merge(store, first, second)
    _merge(store, first, third)
    for word in ("Ann", "Bo", "Mo", "P-3"):
        assert store.studies.page(StudyFilter(search=word, all_restricted=True))[1] == 3, word
    rows, total = store.patient_search.page("Bo", Visible(None, all_restricted=True), limit=5, offset=0)
    assert (total, rows[0].patient.id) == (1, first)


@pytest.mark.parametrize("closed", [0, 1])
def test_restricted_where_one_of_them_is(store: Store, closed: int) -> None:
    user = store.accounts.add("eva", "Eva", Role.CLINICIAN, "x", must_change_password=False)
    ids = [_patient(store, n + 1, name, restricted=n == closed) for n, name in enumerate(("Ann", "Bo"))]
    for number, one in enumerate(ids):
        _study(store, one, number)
    pair = _merge(store, *ids)
    assert not any(store.patients.may_see(one, user.id) for one in ids)
    assert store.studies.page(StudyFilter(caller_id=user.id)) == ([], 0)
    assert store.patient_search.page("Ann", Visible(user.id), limit=5, offset=0)[1] == 0
    store.patients.allow(ids[closed], user.id)
    assert all(store.patients.may_see(one, user.id) for one in ids)
    assert store.studies.page(StudyFilter(caller_id=user.id))[1] == 2
    store.patients.disallow(ids[closed], user.id)
    store.pairs.unmerge(pair)
    assert store.studies.page(StudyFilter(caller_id=user.id))[1] == 1


def test_neither_chains_nor_cycles(store: Store) -> None:
    a, b, c, d = (_patient(store, n, f"N{n}") for n in range(1, 5))
    ab, cd = _merge(store, a, b), _merge(store, c, d)
    bd = store.pairs.add("match", b, d, weights={}, score=1.0)
    store.pairs.merge(bd, survivor=b, reason="x", decided_by="user")
    assert store.records.group(d) == (a, *sorted((b, c, d)))
    assert {store.pairs.owner(one) for one in (a, b, c, d)} == {a}
    again = store.pairs.add("message", d, a, weights={}, score=None)
    with pytest.raises(Refusal, match="one person"):
        store.pairs.merge(again, survivor=d, reason="x", decided_by="user")
    store.pairs.unmerge(bd)
    assert sorted(store.records.group(d)) == sorted((c, d))
    assert sorted(store.records.group(a)) == sorted((a, b))
    store.pairs.unmerge(ab)
    store.pairs.unmerge(cd)
    assert all(store.records.group(one) == (one,) for one in (a, b, c, d))


def test_taken_apart_in_any_order(store: Store) -> None:
    a, b, c = (_patient(store, n, f"N{n}") for n in range(1, 4))
    bc = _merge(store, b, c)
    ab = _merge(store, a, b)
    store.pairs.unmerge(bc)
    assert store.pairs.owner(c) == c
    assert store.pairs.owner(b) == a
    store.pairs.unmerge(ab)
    assert [store.pairs.owner(one) for one in (a, b, c)] == [a, b, c]


def test_a_pair_is_kept_once_and_decisions_stay(store: Store) -> None:
    a, b = (_patient(store, n, f"N{n}") for n in range(1, 3))
    first = store.pairs.add("match", a, b, weights={"sex": 1}, score=3.0)
    assert store.pairs.add("match", b, a, weights={"sex": 2}, score=4.0) == first
    assert store.pairs.get(first).score == 4.0  # type: ignore[union-attr]
    store.pairs.keep_apart(first, reason="twins", decided_by="user")
    store.pairs.replace_matches([(a, b, {"sex": 3}, 9.0)])
    kept = store.pairs.get(first)
    assert kept is not None
    assert (kept.state, kept.reason, kept.score) == ("apart", "twins", 4.0)
    assert not store.pairs.unmerge(first)
    assert store.pairs.reopen(first)
    store.pairs.replace_matches([])
    assert store.pairs.get(first) is None
