"""Small real files for the services' tests, and ways to bring them in."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from medai_core.domain.people import Caller, PatientIdentity, PersonName
from medai_core.domain.reading import ImportLine
from medai_core.imaging.archive import FileSource, from_bytes
from medai_core.imaging.wrap import wrap_as_dx
from medai_core.services import demo
from medai_core.services.importing import import_sources
from medai_core.store.database import Store

PASSWORD: Final = "correct horse battery staple"

ANNA: Final = PatientIdentity("P-1", "", PersonName("Lindt Anna"), date(2022, 5, 4), "F")


@cache
def chest(name: str = "normal", *, rows: int = 120, columns: int = 112) -> NDArray[np.uint8]:
    """The demo's film of a child ("normal" or "pneumonia") in 8 bits, at any size."""
    with Image.open(Path(demo.__file__).parent / "demo_films" / f"{name}.jpeg") as picture:
        small = picture.convert("L").resize((columns, rows), Image.Resampling.LANCZOS)
    return np.asarray(small)


def film(seed: int = 0, *, turns: int = 0, **changes: Any) -> bytes:
    """A small DX file of a child that the first model covers; `changes` as in `wrap_as_dx`.

    `turns` are quarters, counter-clockwise: the image gate refuses a turned film.
    """
    grey = np.rot90((chest().astype(np.uint16) * 15 + 60 + seed).astype(np.uint16), turns)
    options: dict[str, Any] = {
        "patient_name": "Lindt^Anna",
        "patient_id": "P-1",
        "birth_date": date(2022, 5, 4),
        "sex": "F",
        "age": "003Y",
        "view": "AP",
        "bits_stored": 12,
        "study_date": date(2026, 1, 5),
        "identity": f"film {seed} {turns} {sorted(changes.items())}",
        "study_identity": f"study {changes.get('patient_id', 'P-1')} {changes.get('study_date')}",
    }
    return wrap_as_dx(grey, **(options | changes))


def sources(*contents: bytes) -> list[FileSource]:
    """Files of the given contents, named by their place."""
    return [from_bytes(f"file-{number}", content) for number, content in enumerate(contents)]


def brought_in(store: Store, caller: Caller, *contents: bytes, **options: Any) -> list[ImportLine]:
    """The lines of an import of the given files."""
    return list(import_sources(store, caller, sources(*contents), **options))


def another(identity: PatientIdentity, **changes: Any) -> PatientIdentity:
    """The identity with something else in it."""
    return replace(identity, **changes)
