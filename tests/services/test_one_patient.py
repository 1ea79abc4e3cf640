"""One person from pictures, messages and FHIR: the same issuer and identifier are one patient."""

import json
from datetime import date

import pytest

from medai_core.domain.people import Caller, Patient
from medai_core.domain.record import Json, Lane
from medai_core.imaging.archive import from_bytes
from medai_core.services.records import ImportPlan, commit_import, plan_import
from medai_core.store.database import Store
from tests.support.films import brought_in, film
from tests.support.hl7 import Many, message, msh, obr, obx, pid, segment

BORN = {"f7": "20220504", "f8": "F"}
NAME = ("Lindt", "Anna")


def taken_in(store: Store, caller: Caller, *files: bytes) -> ImportPlan:
    """The files are stored as one import."""
    sources = [from_bytes(f"file-{n}", each) for n, each in enumerate(files)]
    return commit_import(store, caller, plan_import(store, caller, sources))


def a_film(**changes: str) -> bytes:
    return film(patient_name="Lindt^Anna", patient_id="4711", **changes)


def a_message(number: str = "4711", value: str = "4.1", **header: str) -> bytes:
    return message(msh(**header), pid(number, name=NAME, **BORN), obr(f"F{number}{value}"), obx(value))


def a_patient(**identifier: object) -> bytes:
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
    patient: Json = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"type": kind, "value": "4711", **identifier}],
        "name": [{"family": "Lindt", "given": ["Anna"]}],
        "birthDate": "2022-05-04",
        "gender": "female",
    }
    return json.dumps(patient).encode()


def people(store: Store) -> list[Patient]:
    """All persons of the store."""
    return [each.patient for each in store.quality.people()]


@pytest.mark.parametrize("film_first", [True, False])
def test_a_film_a_message_and_a_resource_of_one_issuer_are_one_patient(
    store: Store, reader: Caller, *, film_first: bool
) -> None:
    if film_first:
        brought_in(store, reader, a_film(issuer="NORTH"))
    taken_in(store, reader, a_message(), a_patient(assigner={"display": "NORTH"}))
    if not film_first:
        brought_in(store, reader, a_film(issuer="NORTH"))
    (patient,) = people(store)
    assert patient.identity.birth_date == date(2022, 5, 4)
    assert {each.draft.lane for each in store.records.of_patient(patient.id)} >= {
        Lane.PATIENT,
        Lane.LABORATORY,
    }
    assert len(store.studies.of_patient(patient.id)) == 1


def test_a_film_that_names_no_issuer_waits_for_a_person_to_decide(store: Store, reader: Caller) -> None:
    brought_in(store, reader, a_film())
    taken_in(store, reader, a_message())
    assert len(people(store)) == 2


def test_the_same_number_of_another_issuer_is_another_patient(store: Store, reader: Caller) -> None:
    taken_in(store, reader, a_message(), a_patient(assigner={"display": "SOUTH"}))
    assert len(people(store)) == 2


def test_two_applications_of_one_hospital_know_the_same_patient(store: Store, reader: Caller) -> None:
    taken_in(store, reader, a_message(f3="LAB"), a_message(f3="ADT", value="5.0"))
    (patient,) = people(store)
    assert len(store.records.values_of(patient.id)[0].points) == 2


def test_numbers_of_a_hospital_that_names_no_authority_are_its_own(store: Store, reader: Caller) -> None:
    for facility in ("NORTH", "SOUTH"):
        number = pid("4711", issuer="", name=NAME, **BORN)
        taken_in(store, reader, message(msh(f4=facility), number, obr(), obx()))
    assert len(people(store)) == 2


def merge(old: str = "99") -> bytes:
    mrg = segment("MRG", {1: [old, "", "", "NORTH", "MR"]})
    return message(msh("ADT^A40", f7="20240107"), pid("4711", name=NAME, **BORN), mrg)


@pytest.mark.parametrize("merge_first", [True, False])
def test_a_merge_goes_to_the_review_queue_in_any_order(
    store: Store, reader: Caller, *, merge_first: bool
) -> None:
    files = [a_message("4711"), a_message("99"), merge()]
    for each in reversed(files) if merge_first else files:
        taken_in(store, reader, each)
    assert len(people(store)) == 2
    (pair,) = store.pairs.of_state("open")
    assert pair.kind == "message"


def test_another_person_under_the_same_number_is_kept_apart_within_one_import(
    store: Store, reader: Caller
) -> None:
    one = a_message(value="1")
    two = message(
        msh(f7="20240106"), pid("4711", name=("Other", "Ben"), f7="19800101", f8="M"), obr("F2"), obx("2")
    )
    again = a_message(value="3", f7="20240107")
    taken_in(store, reader, one, two, again)
    found = {}
    for each in people(store):
        series = store.records.values_of(each.id)
        found[each.identity.name.alphabetic] = sorted(
            p.value.number for s in series for p in s.points if p.value.number
        )
    assert found == {"Lindt Anna": [1, 3], "Other Ben": [2]}
    assert taken_in(store, reader, one, two, again).total("changed") == 0


def test_names_of_three_scripts_agree_with_those_of_a_film(store: Store, reader: Caller) -> None:
    brought_in(
        store,
        reader,
        film(patient_id="7", issuer="NORTH", patient_name="Yamada^Tarou", birth_date=None, sex="M"),
    )
    names = Many([["Yamada", "Tarou", "", "", "", "", "L", "A"], ["Yamada", "Taro", "", "", "", "", "M"]])
    taken_in(store, reader, message(msh("ADT^A08"), pid("7", name=names, f7="", f8="M")))
    assert len(people(store)) == 1
