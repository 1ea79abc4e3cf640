"""Pulling from a FHIR server: over HTTP, from a process of its own; nothing and nobody else is asked."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.services import fhir_server
from medai_core.services.fhir_http import FhirClient, Limits, checked_address, origin_of
from medai_core.services.fhir_server import plan_pull, register, remove, servers
from medai_core.services.record_progress import Progress
from medai_core.services.records import ImportPlan, commit_import
from medai_core.store.database import Store
from tests.support.fhir_server import OBSERVATIONS, PATIENT, TOKEN, Running, running
from tests.support.records import sources_of

ADMIN = Caller("os:tester", "os:tester", "Tester", Role.ADMINISTRATOR, "main")
CLINICIAN = replace(ADMIN, role=Role.CLINICIAN)
READER = replace(ADMIN, role=Role.READ_ONLY)
QUICK = Limits(answer_seconds=1.0, seconds=20.0)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def server(elsewhere: Running) -> Iterator[Running]:
    with running(f"http://127.0.0.1:{elsewhere.port}") as running_server:
        yield running_server


@pytest.fixture
def pull(store: Store, server: Running) -> Callable[..., ImportPlan]:
    """Register one behaviour of the server and pull from it."""

    def run(way: str, **given: object) -> ImportPlan:
        known = register(store, ADMIN, way, server.address(way), TOKEN)
        given = {"patient": PATIENT, "limits": QUICK, **given}
        return plan_pull(store, CLINICIAN, known.id, **given)  # type: ignore[arg-type]

    return run


def _counts(plan: ImportPlan) -> dict[str, int]:
    return {line.resource: line.read for line in plan.lines}


ALL = {"Patient": 1, "Condition": 1, "Observation": OBSERVATIONS}


@pytest.mark.parametrize("way", ["good", "redirect", "searches"])
def test_every_page_comes_in(store: Store, pull: Callable[..., ImportPlan], way: str) -> None:
    seen: list[Progress] = []
    plan = pull(way, progress=seen.append)
    assert _counts(plan) == ALL
    assert {line.source for line in plan.lines} == {way}
    done = commit_import(store, CLINICIAN, plan)
    assert done.total("added") == sum(ALL.values())
    assert [each.step for each in seen].count("pull") >= 3
    assert servers(store, CLINICIAN)[0].pulled_at is not None
    again = plan_pull(store, CLINICIAN, servers(store, CLINICIAN)[0].id, patient=PATIENT, limits=QUICK)
    assert again.total("unchanged") == sum(ALL.values())
    again.close()


def test_without_a_patient_all_types_are_read(pull: Callable[..., ImportPlan]) -> None:
    plan = pull("good", patient=None)
    assert _counts(plan) == ALL
    plan.close()


@pytest.mark.parametrize("way", ["next-away", "redirect-away", "redirect-odd"])
def test_what_leads_elsewhere_is_not_followed(
    pull: Callable[..., ImportPlan], elsewhere: Running, way: str
) -> None:
    before = elsewhere.seen()
    with pytest.raises(Refusal, match="another scheme, host or port") as refused:
        pull(way)
    assert refused.value.code == "fhir-server-elsewhere"
    assert elsewhere.seen() == before == [], "the other server was asked, perhaps with the token"


def test_the_token_goes_with_every_request_to_its_own_server(
    pull: Callable[..., ImportPlan], server: Running
) -> None:
    pull("good").close()
    assert {token for path, token in server.seen() if path.startswith("/good")} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("denied", "fhir-server-denied"),
        ("failing", "fhir-server-failed"),
        ("slow", "fhir-server-silent"),
        ("broken", "fhir-server-broken"),
        ("page", "fhir-server-broken"),
        ("redirect-loop", "fhir-server-broken"),
        ("next-loop", "fhir-server-broken"),
        ("r5", "fhir-server-release"),
    ],
)
def test_a_server_that_does_not_do_its_part(
    store: Store, pull: Callable[..., ImportPlan], way: str, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        pull(way)
    assert refused.value.code == code
    assert PATIENT not in refused.value.sentence
    assert TOKEN not in refused.value.sentence
    assert sources_of(store) == []


@pytest.mark.parametrize(
    ("way", "limits"),
    [
        ("good", Limits(pages=2)),
        ("good", Limits(total_bytes=500)),
        ("dripping", Limits(seconds=1.0)),
    ],
)
def test_a_pull_ends(pull: Callable[..., ImportPlan], way: str, limits: Limits) -> None:
    with pytest.raises(Refusal) as refused:
        pull(way, limits=limits)
    assert refused.value.code == "fhir-server-too-much"


def test_one_answer_has_a_size(pull: Callable[..., ImportPlan]) -> None:
    with pytest.raises(Refusal, match="an answer above"):
        pull("large", limits=Limits(page_bytes=100_000))


def test_a_pull_can_be_stopped(store: Store, pull: Callable[..., ImportPlan]) -> None:
    with pytest.raises(Refusal) as refused:
        pull("good", cancelled=lambda: True)
    assert refused.value.code == "import-cancelled"


def test_nobody_answers(store: Store) -> None:
    known = register(store, ADMIN, "gone", "http://127.0.0.1:9/fhir")
    with pytest.raises(Refusal) as refused:
        plan_pull(store, CLINICIAN, known.id, patient=PATIENT, limits=QUICK)
    assert refused.value.code == "fhir-server-silent"


def test_a_patient_who_is_not_there(pull: Callable[..., ImportPlan]) -> None:
    with pytest.raises(Refusal) as refused:
        pull("denied", patient="no/such id")
    assert refused.value.code == "fhir-patient-id"


@pytest.mark.parametrize(
    "address",
    [
        "http://fhir.example.org/r4", "https://user:word@fhir.example.org", "ftp://fhir.example.org",
        "fhir.example.org", "https://fhir.example.org/r4?x=1", "https://fhir.example.org#x", "https://",
        "http://127.0.0.1.example.org/", "https://fhir.example.org:port/", "https://a b/", "http://[::1",
    ],
)  # fmt: skip
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(Refusal) as refused:
        checked_address(address)
    assert refused.value.code == "fhir-server-address"


@pytest.mark.parametrize(
    "address",
    [
        "https://fhir.example.org/r4/",
        "http://localhost:8080/fhir",
        "http://[::1]:8080/fhir",
        "http://127.3.2.1",
    ],
)
def test_addresses_that_are_taken(address: str) -> None:
    assert checked_address(address) == address.rstrip("/")


@pytest.mark.parametrize(
    "other",
    [
        "http://fhir.example.org/r4", "https://fhir.example.org:8443/", "https://fhir.example.org.evil.test/",
        "https://evil.test/fhir.example.org", "https://fhir.example.org@evil.test/", "//evil.test/",
        "https:/\\evil.test", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_other_origins(other: str) -> None:
    client = FhirClient("https://fhir.example.org/r4", TOKEN)
    with pytest.raises(Refusal) as refused:
        client._on_origin("https://fhir.example.org/r4/Patient", other, "a link")
    assert refused.value.code == "fhir-server-elsewhere"


def test_the_same_origin_however_it_is_written() -> None:
    assert origin_of("https://FHIR.example.org:443/x") == origin_of("https://fhir.example.org/y")


def test_registering_is_for_administrators(store: Store, server: Running) -> None:
    for act in (
        lambda: register(store, CLINICIAN, "a", server.address()),
        lambda: remove(store, CLINICIAN, "x"),
        lambda: servers(store, READER),
        lambda: plan_pull(store, READER, "x"),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code == "not-allowed"


def test_a_server_is_registered_once_and_removed(store: Store, server: Running) -> None:
    known = register(store, ADMIN, "  North \n clinic ", server.address(), f" {TOKEN} ")
    assert known.name == "North clinic"
    assert known.has_token
    assert store.fhir_servers.token(known.id) == TOKEN
    with pytest.raises(Refusal) as refused:
        register(store, ADMIN, "North clinic", server.address())
    assert refused.value.code == "fhir-server-known"
    remove(store, ADMIN, known.id)
    assert servers(store, ADMIN) == ()
    with pytest.raises(Refusal) as refused:
        plan_pull(store, CLINICIAN, known.id)
    assert refused.value.code == "fhir-server-missing"
    actions = [line.action for line in store.audit.search(limit=10)]
    assert actions[:2] == ["fhir-server-removed", "fhir-server-registered"]
    assert all(TOKEN not in str(line) for line in store.audit.search(limit=10))


@pytest.mark.parametrize(("name", "token"), [("", ""), ("a" * 129, ""), ("a\x07", ""), ("a", "t ö")])
def test_names_and_tokens_that_are_refused(store: Store, name: str, token: str) -> None:
    with pytest.raises(Refusal) as refused:
        register(store, ADMIN, name, "https://fhir.example.org", token)
    assert refused.value.code in ("fhir-server-name", "fhir-server-token")


def test_nothing_of_a_pull_is_left_in_the_home(store: Store, pull: Callable[..., ImportPlan]) -> None:
    pull("good").close()
    before = {path.name for path in store.home.iterdir()}
    again = plan_pull(store, CLINICIAN, servers(store, CLINICIAN)[0].id, limits=QUICK)
    again.close()
    assert {path.name for path in store.home.iterdir()} == before
    assert "Patient" in fhir_server.TYPES


def test_a_server_that_is_switched_off_is_not_asked(store: Store, server: Running) -> None:
    known = register(store, ADMIN, "good", server.address("good"), TOKEN)
    with pytest.raises(Refusal, match="administrator"):
        fhir_server.switch(store, CLINICIAN, known.id, active=False)
    fhir_server.switch(store, ADMIN, known.id, active=False)
    with pytest.raises(Refusal) as caught:
        plan_pull(store, CLINICIAN, known.id, patient=PATIENT, limits=QUICK)
    assert caught.value.code == "fhir-server-off"
    fhir_server.switch(store, ADMIN, known.id, active=True)
    plan_pull(store, CLINICIAN, known.id, patient=PATIENT, limits=QUICK).close()
    said = {line.action for line in store.audit.search(object_id=known.id)}
    assert {"fhir-server-switched-off", "fhir-server-switched-on"} <= said
