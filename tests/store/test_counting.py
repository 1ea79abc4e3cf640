"""What the data quality page and the review list ask of the store, on both databases."""

from medai_core.domain.people import Caller, Role
from medai_core.services import matching, quality
from medai_core.services.quality_examples import examples
from medai_core.store.database import Store
from medai_core.store.pairs import MATCH
from tests.support.measured import POTASSIUM, mistaken, value
from tests.support.records import id_of
from tests.support.statements import bundle, imported, patient

CALLER = Caller("os:tester", "tester", "Tester", Role.ADMINISTRATOR, "main")


def test_everything_is_counted_alike(store: Store) -> None:
    late = value("late", POTASSIUM, 4.2, "mmol/L", day="2199-01-01")
    again = value("again", POTASSIUM, 4.2, "mmol/L", day="2199-01-01")
    imported(store, CALLER, bundle(*mistaken(), late, again), source="ward")
    assert quality.run(store, CALLER)
    found = quality.newest(store, CALLER)
    assert found is not None
    by_code = {one["code"]: one for one in found.counts["analytes"]}
    assert by_code[POTASSIUM]["outside"] == 1
    assert found.counts["twice"] == {"ward": 1}
    assert found.counts["dates"]["in the future"] == {"ward": 2}
    assert {len(rows) for rows in examples(store, CALLER, found).values()} == {1, 2}
    one = next(each.repair for each in quality.proposals(store, CALLER) if each.repair.raw_number == 45)
    quality.accept(store, CALLER, one.id)
    assert quality.run(store, CALLER)
    found = quality.newest(store, CALLER)
    assert found is not None
    by_code = {one["code"]: one for one in found.counts["analytes"]}
    assert by_code[POTASSIUM]["outside"] == 0


def test_the_review_list_is_the_callers_own(store: Store) -> None:
    imported(store, CALLER, bundle(patient("a"), patient("b"), patient("c")), source="ward")
    ids = [id_of(store, key, "ward") for key in "abc"]
    store.pairs.add(MATCH, ids[0], ids[1], weights={"certain": "passport"}, score=-3.0)
    store.pairs.add(MATCH, ids[1], ids[2], weights={"certain": None}, score=-3.0)
    store.pairs.add(MATCH, ids[0], ids[2], weights={}, score=8.0)
    assert [pair.score for pair in matching.queue(store, CALLER)] == [8.0, -3.0]
    assert matching.queue_length(store, CALLER) == 2
    store.patients.set_restricted(ids[2], restricted=True)
    account = store.accounts.add("reader", "Reader", Role.CLINICIAN, "none", must_change_password=False)
    reader = Caller(account.id, "reader", "Reader", Role.CLINICIAN, store.name)
    assert [pair.score for pair in matching.queue(store, reader, least=-9.0)] == [-3.0]
    store.patients.allow(ids[2], account.id)
    assert matching.queue_length(store, reader, least=-9.0) == 3
