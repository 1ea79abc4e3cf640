"""Records pulled from a FHIR server that an administrator registered.

servers, register, switch, remove; plan_pull reads everything and hands it to the import's dry run, which
is committed like any other import.
"""

from collections.abc import Callable, Iterator
from typing import Final

from medai_core.domain.exact_json import canonical
from medai_core.domain.people import Caller, Role
from medai_core.domain.record import Json
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import FileSource
from medai_core.security.access import require
from medai_core.services.fhir_http import FhirClient, Limits, checked_address
from medai_core.services.fhir_spool import Spool
from medai_core.services.record_progress import Progress, stop_if
from medai_core.services.records import ImportPlan, plan_import
from medai_core.store.database import Store
from medai_core.store.fhir_servers import FhirServer

TYPES: Final = (
    "Patient", "Condition", "AllergyIntolerance", "MedicationRequest", "MedicationStatement",
    "MedicationAdministration", "MedicationDispense", "Observation", "DiagnosticReport", "Encounter",
    "Procedure", "Immunization", "ImagingStudy", "DocumentReference", "CarePlan", "CareTeam", "Goal",
    "RiskAssessment", "ServiceRequest", "FamilyMemberHistory", "Flag", "Device", "Medication",
    "Organization", "Practitioner", "PractitionerRole", "Location",
)  # fmt: skip
"""What is asked for, type by type, where a server has no `$everything` or all patients are wanted."""

_OF_NOBODY: Final = frozenset({"Medication", "Organization", "Practitioner", "PractitionerRole", "Location"})
_PAGE: Final = 200
_LONGEST_NAME: Final = 128
_R4: Final = "4."


def servers(store: Store, caller: Caller) -> tuple[FhirServer, ...]:
    """The registered servers, by name; clinicians may pull from them."""
    require(caller, Role.CLINICIAN)
    return store.fhir_servers.all()


def register(store: Store, caller: Caller, name: str, address: str, token: str = "") -> FhirServer:
    """Register a server; its name becomes the source of what it says. For administrators.

    Raises Refusal "fhir-server-name", "fhir-server-address", "fhir-server-token" or "fhir-server-known".
    """
    require(caller, Role.ADMINISTRATOR)
    name, token = " ".join(name.split()), token.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Refusal(
            "fhir-server-name",
            expected=f"a name of 1 to {_LONGEST_NAME} characters",
            found="none, or a longer one",
            what_to_do="Name the hospital or system that the server belongs to.",
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise Refusal(
            "fhir-server-token",
            expected="a bearer token of ASCII characters without spaces, or none",
            found="something else",
            what_to_do="Copy the token as the server gave it, without the word Bearer.",
        )
    with store.transaction():
        server = store.fhir_servers.add(name, checked_address(address), token, registered_by=caller.user_id)
        store.audit.append(caller.user_id, "fhir-server-registered", server.id)
    return server


def remove(store: Store, caller: Caller, server_id: str) -> None:
    """Forget a server and its token. For administrators."""
    require(caller, Role.ADMINISTRATOR)
    with store.transaction():
        store.fhir_servers.remove(server_id)
        store.audit.append(caller.user_id, "fhir-server-removed", server_id)


def switch(store: Store, caller: Caller, server_id: str, *, active: bool) -> None:
    """Whether the server may be pulled from; a server that is off keeps its address and token. For
    administrators."""
    require(caller, Role.ADMINISTRATOR)
    with store.transaction():
        store.fhir_servers.set_active(server_id, active=active)
        action = "fhir-server-switched-on" if active else "fhir-server-switched-off"
        store.audit.append(caller.user_id, action, server_id)


def _active(store: Store, server_id: str) -> FhirServer:
    """The registered server that is on; else Refusal "fhir-server-missing" or "fhir-server-off"."""
    server = store.fhir_servers.get(server_id)
    if server is None:
        raise Refusal(
            "fhir-server-missing",
            expected="a server that is registered",
            found="none",
            what_to_do="Ask an administrator to register it.",
        )
    if not server.active:
        raise Refusal(
            "fhir-server-off",
            expected="a server that is switched on",
            found="one that an administrator has switched off",
            what_to_do="Ask an administrator to switch it on.",
        )
    return server


def plan_pull(
    store: Store,
    caller: Caller,
    server_id: str,
    *,
    patient: str | None = None,
    progress: Callable[[Progress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
    limits: Limits | None = None,
) -> ImportPlan:
    """Read from a server and say what would become of it; the store is not changed but for the audit.

    Parameters
    ----------
    patient : str, optional
        The id of one Patient on that server; without it everything of the types of `TYPES` is read.
    progress : callable
        Told after each page: step "pull", bytes received, total unknown (0).

    Raises
    ------
    Refusal
        "not-allowed", "fhir-server-missing", "fhir-server-off", those of `fhir_http`, or "import-cancelled".
    """
    require(caller, Role.CLINICIAN)
    server = _active(store, server_id)
    of = "one patient" if patient else "all patients"
    store.audit.append(caller.user_id, "records-pulled", server_id, {"of": of})
    token, address = store.fhir_servers.token(server_id), checked_address(server.address)
    client = FhirClient(address, token, limits or Limits(), lambda: stop_if(cancelled))
    with Spool(store.home, sealed=store.records.writer.is_sealed) as spool:
        with client:
            for page in _pages(client, _patient_id(patient)):
                _keep(spool, page)
                progress(Progress("pull", client.received, 0, server.name))
        if not spool.size:
            raise _nothing()
        file = FileSource(f"{server.name}.ndjson", spool.size, spool.open)
        plan = plan_import(store, caller, [file], source=server.name, progress=progress, cancelled=cancelled)
    store.fhir_servers.note_pulled(server_id)
    return plan


def _patient_id(text: str | None) -> str | None:
    """The id of a Patient, as FHIR allows it; "Patient/" before it is read over."""
    if text is None or not text.strip():
        return None
    bare = text.strip().removeprefix("Patient/")
    if not (bare.isascii() and len(bare) <= 64 and all(each.isalnum() or each in "-." for each in bare)):
        raise Refusal(
            "fhir-patient-id",
            expected="the id of a Patient on that server: letters, digits, '-' and '.'",
            found="something else",
            what_to_do="Look the id up on the server; it is not the hospital's patient number.",
        )
    return bare


def _pages(client: FhirClient, patient: str | None) -> Iterator[Json]:
    """The pages of one patient, or of all types."""
    _check_release(client)
    if patient is None:
        for kind in TYPES:
            yield from _offered(client, f"{kind}?_count={_PAGE}", required=kind == "Patient")
        return
    try:
        yield from client.bundles(f"Patient/{patient}/$everything?_count={_PAGE}")
    except Refusal as refusal:
        if refusal.code != "fhir-server-unsupported":
            raise
        yield from _one_patient(client, patient)


def _one_patient(client: FhirClient, patient: str) -> Iterator[Json]:
    """Type by type, for a server that has no `$everything`."""
    yield from _offered(client, f"Patient?_id={patient}&_count={_PAGE}", required=True)
    for kind in TYPES:
        if kind != "Patient" and kind not in _OF_NOBODY:
            yield from _offered(client, f"{kind}?patient={patient}&_count={_PAGE}", required=False)


def _offered(client: FhirClient, path: str, *, required: bool) -> Iterator[Json]:
    """The pages of a search; a type that the server does not offer has none."""
    try:
        yield from client.bundles(path)
    except Refusal as refusal:
        if required or refusal.code != "fhir-server-unsupported":
            raise


def _check_release(client: FhirClient) -> None:
    """Refuse a server that says it speaks another FHIR; one that says nothing is asked all the same."""
    try:
        statement, _ = client.get(f"{client.address}/metadata")
    except Refusal as refusal:
        if refusal.code in ("fhir-server-unsupported", "fhir-server-denied"):
            return
        raise
    release = statement.get("fhirVersion")
    if isinstance(release, str) and not release.startswith(_R4):
        raise Refusal(
            "fhir-server-release",
            expected="a server of FHIR R4 (4.0.1)",
            found="one of another release",
            what_to_do="Register the server's address for R4, where it has one.",
        )


def _keep(spool: Spool, page: Json) -> None:
    """Keep a page as a line; what a server says of its own search is no resource of anybody."""
    entries = page.get("entry")
    kept = [
        entry
        for entry in (entries if isinstance(entries, list) else ())
        if not (isinstance(entry, dict) and _is_outcome(entry.get("search")))
    ]
    if kept:
        spool.add(canonical({"resourceType": "Bundle", "type": "collection", "entry": kept}) + "\n")


def _is_outcome(search: object) -> bool:
    return isinstance(search, dict) and search.get("mode") == "outcome"


def _nothing() -> Refusal:
    return Refusal(
        "fhir-server-nothing",
        expected="resources",
        found="none on that server",
        what_to_do="Check the patient's id on that server.",
    )
