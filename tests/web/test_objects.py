"""Pixels and documents of real images, for whom they are and for nobody else."""

from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from medai_core.domain.people import Caller, PatientIdentity, Role
from medai_core.domain.reading import Outcome
from medai_core.imaging.archive import from_bytes
from medai_core.imaging.decode import decode
from medai_core.imaging.phantom import phantom_dicom
from medai_core.services.importing import import_sources
from medai_core.store.database import Store
from tests.web.conftest import Watched

LOADER = Caller("os:tester", "tester", "Tester", Role.ADMINISTRATOR, "main")


@pytest.fixture(scope="module")
def store(watched: Watched) -> Iterator[Store]:
    opened = watched.store()
    yield opened
    opened.close()


def _stored(store: Store, name: str, content: bytes, identity: PatientIdentity) -> str:
    """Import one file; the image's id."""
    (line,) = import_sources(store, LOADER, [from_bytes(name, content)], identity=identity)
    assert line.outcome is Outcome.STORED, line
    image = store.images.by_digest(decode(content).digest)
    assert image is not None
    return image.id


@pytest.fixture(scope="module")
def film() -> bytes:
    return phantom_dicom(opacity=True, size=256, seed=5)


@pytest.fixture(scope="module")
def image_id(store: Store, film: bytes) -> str:
    return _stored(store, "film.dcm", film, PatientIdentity("P-1"))


def test_pixels_are_the_stored_values_little_endian(
    clinician: httpx.Client, image_id: str, film: bytes
) -> None:
    scan = decode(film)
    answer = clinician.get(f"/pixels/{image_id}/0", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "content-encoding" not in answer.headers
    frame = scan.frame(0)
    sent = np.frombuffer(answer.content, dtype=frame.dtype.newbyteorder("<")).reshape(frame.shape)
    assert np.array_equal(sent, frame)


def test_a_frame_that_is_not_there_is_not_found(clinician: httpx.Client, image_id: str) -> None:
    assert clinician.get(f"/pixels/{image_id}/1").status_code == 404
    assert b"<!DOCTYPE" in clinician.get(f"/pixels/{image_id}/-1").content, "no frame, and no image either"


def test_no_image_without_a_session(watched: Watched, image_id: str) -> None:
    with watched.server.client() as stranger:
        assert stranger.get(f"/pixels/{image_id}/0").status_code == 401


def test_a_restricted_patient_is_for_those_on_the_list(
    watched: Watched, store: Store, admin: httpx.Client, clinician: httpx.Client
) -> None:
    content = phantom_dicom(opacity=False, size=128, seed=6)
    image_id = _stored(store, "other.dcm", content, PatientIdentity("P-2"))
    image = store.images.get(image_id)
    assert image is not None
    assert clinician.get(f"/pixels/{image_id}/0").status_code == 200
    store.patients.set_restricted(image.patient_id, restricted=True)
    try:
        for client in (clinician, admin):
            assert client.get(f"/pixels/{image_id}/0").status_code == 403
        account = store.accounts.by_username("clinician")
        assert account is not None
        store.patients.allow(image.patient_id, account.id)
        assert clinician.get(f"/pixels/{image_id}/0").status_code == 200
        assert admin.get(f"/pixels/{image_id}/0").status_code == 403
    finally:
        store.patients.set_restricted(image.patient_id, restricted=False)


def test_a_demo_session_sees_no_image_of_the_main_store(watched: Watched, image_id: str) -> None:
    with watched.server.client() as client:
        client.get("/")
        fields = {"form": client.cookies["medai_form"]}
        assert client.post("/auth/demo", data=fields).status_code == 403, "patients are here: no demo"
        assert client.get(f"/pixels/{image_id}/0").status_code == 401


@pytest.mark.parametrize(
    ("form", "media_type", "begins"),
    [
        ("pdf", "application/pdf", b"%PDF-"),
        ("json", "application/json", b"{"),
        ("cdx.json", "application/vnd.cyclonedx+json", b"{"),
    ],
)
def test_a_model_card_is_handed_to_those_who_are_signed_in(
    form: str, media_type: str, begins: bytes, watched: Watched, clinician: httpx.Client
) -> None:
    address = f"/cards/paediatric_pneumonia.{form}"
    answer = clinician.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    name = f"paediatric_pneumonia-1.0.0-model-card.{form}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.content.startswith(begins)
    with watched.server.client() as stranger:
        assert stranger.get(address).status_code == 401


def test_no_card_of_a_model_that_is_not_installed(clinician: httpx.Client) -> None:
    assert clinician.get("/cards/nothing.json").status_code == 404
