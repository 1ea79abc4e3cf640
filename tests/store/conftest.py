"""A store, and small things to put into it."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from medai_core.domain.imaging import GrayscalePipeline, ScanHeader, Window
from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.prediction import Finding, Prediction
from medai_core.store.database import Store
from medai_core.store.rows import NewImage, NewStudy

WINDOW = Window(2000.0, 4000.0)


@pytest.fixture
def store(home: Path, url: str | None) -> Iterator[Store]:
    """An empty store, once in an SQLite file and once on a PostgreSQL server."""
    opened = Store(home, url)
    yield opened
    opened.close()


@pytest.fixture
def file_store(home: Path, empty_tables: Path) -> Iterator[Store]:
    """An empty store in an SQLite file, for what is about such files alone."""
    home.mkdir(mode=0o700)
    shutil.copy(empty_tables, home)
    opened = Store(home)
    yield opened
    opened.close()


@pytest.fixture
def identity() -> PatientIdentity:
    return PatientIdentity(
        "P-0001", "HOSP", PersonName("Yamada Tarou", "山田 太郎", "やまだ たろう"), date(1960, 2, 3), "M"
    )


def header(number: int = 1, **values: object) -> ScanHeader:
    """A plain chest film's header."""
    given = {"series_uid": "1.2.3.4", "sop_instance_uid": f"1.2.3.4.{number}", "instance_number": number}
    return ScanHeader("dicom", 10, 12, 1, 1, "MONOCHROME2", 12, False, "DX", **{**given, **values})  # type: ignore[arg-type]


@pytest.fixture
def add_image() -> Callable[..., str]:
    """Put a blob and its image into a study."""

    def add(store: Store, study_id: str, content: bytes = b"pixels", number: int = 1) -> str:
        digest = store.blobs.put(content)
        return store.images.add(
            NewImage(study_id, digest, len(content), header(number), GrayscalePipeline(WINDOW), "uint16")
        )

    return add


@pytest.fixture
def study(store: Store, identity: PatientIdentity) -> str:
    """A study of one patient."""
    patient = store.patients.add(identity)
    return store.studies.add(patient.id, NewStudy("1.2.3", "A77", "DX", "Thorax p.a.", date(2026, 1, 2)))


@pytest.fixture
def prediction() -> Prediction:
    finding = Finding("pneumonia", 0.71, 0.6, 0.8, 0.5)
    digest = hashlib.sha256(b"pixels").hexdigest()
    return Prediction(
        "paediatric_pneumonia", "1.0", "ab" * 32, digest, None, (finding,), ("The age is not known.",)
    )
