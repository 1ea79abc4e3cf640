"""The demo: a throw-away store with real images, two attributed films, a computed chest, made-up records."""

import atexit
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from medai_core.domain.imaging import ScanHeader
from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.imaging.samples import demo_dicom_paths
from medai_core.security import stores
from medai_core.store.database import Store

if TYPE_CHECKING:
    from medai_core.imaging.archive import FileSource

FILMS: Final = Path(__file__).parent / "demo_films"
PHANTOM_ROWS: Final = 640

_ISSUER: Final = "MedAI demo"
_PREFIX: Final = "medai-demo-"
_LOCK: Final = threading.Lock()
_LOADER: Final = Caller("demo-loader", "demo-loader", "Demo", Role.CLINICIAN, stores.DEMO)

_CHILDREN: Final[tuple[dict[str, Any], ...]] = (
    {
        "file": "pneumonia.jpeg",
        "patient_name": "Demo^Child A",
        "patient_id": "DEMO-A",
        "age": "003Y",
        "birth_date": date(2022, 8, 9),
        "study_date": date(2026, 3, 2),
        "priority": "HIGH",
    },
    {
        "file": "normal.jpeg",
        "patient_name": "Demo^Child B",
        "patient_id": "DEMO-B",
        "age": "004Y",
        "birth_date": date(2021, 6, 21),
        "study_date": date(2026, 3, 2),
    },
)
"""Names, birth dates and study dates are invented; of the films only "aged one to five" is known."""

_PHANTOMS: Final = ((False, date(2025, 11, 17)), (True, date(2026, 3, 2)))
"""With an opacity or without, and the day: the earlier one is the prior of the later."""


_FILLING: Final[dict[Path, Future[None]]] = {}
"""By the folder of a demo's store: its filling, still running, done or failed."""


def begin_demo() -> Store:
    """The demo's store; the first call makes it and has it filled in the background.

    Its folder goes away with the process. The same images, patients and dates at each run. Sessions in it
    are good for it alone.
    """
    with _LOCK:
        try:
            return stores.open_store(stores.DEMO)
        except Refusal:
            _remove_left_behind()
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        store = Store(folder, name=stores.DEMO)
        _FILLING[folder] = Future()
        stores.register(store)  # before the filling, which forgets a store that it cannot fill
        threading.Thread(target=_fill, args=(store,), name="demo", daemon=True).start()
        return store


def wait_until_filled(store: Store, seconds: float | None = None) -> bool:
    """Wait for everything that the demo holds, `seconds` at most; whether it is there.

    Raises what stopped the filling. Other stores hold everything.
    """
    filling = _FILLING.get(store.home)
    try:
        if filling is not None:
            filling.result(seconds)
    except TimeoutError:
        if filling is None or filling.done():
            raise
        return False
    return True


def open_demo() -> Store:
    """The demo's store with everything that it holds."""
    store = begin_demo()
    wait_until_filled(store)
    return store


def attribution() -> str:
    """Where the films come from, their licence and what was changed; to be shown with them."""
    return (FILMS / "ATTRIBUTION.txt").read_text(encoding="utf-8").strip()


def is_demo_film(store: Store, header: ScanHeader) -> bool:
    """Whether an image is one of the films of `attribution`."""
    return store.name == stores.DEMO and header.patient is not None and header.patient.issuer == _ISSUER


def demo_sources() -> Iterator["FileSource"]:
    """Everything the demo holds, in the order of arrival; the phantoms are computed meanwhile."""
    pool = ThreadPoolExecutor(max_workers=1)
    phantoms = [pool.submit(_phantom, opacity, day) for opacity, day in _PHANTOMS]
    pool.shutdown(wait=False)
    return _in_order(phantoms)


def _in_order(phantoms: list[Future[bytes]]) -> Iterator["FileSource"]:
    from medai_core.imaging.archive import from_bytes, open_sources

    for child in _CHILDREN:
        yield from_bytes(f"{child['patient_id']}.dcm", _film(**child))
    yield from open_sources(*demo_dicom_paths())
    for phantom in phantoms:
        yield from_bytes("phantom.dcm", phantom.result())


def _fill(store: Store) -> None:
    filling = _FILLING[store.home]
    try:
        from medai_core.services.importing import import_sources

        for _ in import_sources(store, _LOADER, demo_sources()):
            pass
        _bring_in_records(store)
    except Exception as error:  # told to whoever waits; the next visit makes another demo
        stores.forget(stores.DEMO)
        filling.set_exception(error)
    else:
        filling.set_result(None)


def _bring_in_records(store: Store) -> None:
    """What is said of the demo's patients outside of pictures; all of it made up."""
    from medai_core.imaging.archive import from_bytes
    from medai_core.services.demo_record import RESOURCES, SOURCE
    from medai_core.services.records import commit_import, plan_import

    file = from_bytes(RESOURCES.name, RESOURCES.read_bytes())
    commit_import(store, _LOADER, plan_import(store, _LOADER, [file], source=SOURCE))


def _film(*, file: str, **changes: Any) -> bytes:
    """One film of the public set as a DX file; it was a JPEG before, and says so."""
    import numpy as np
    from PIL import Image

    from medai_core.imaging.wrap import wrap_as_dx

    content = (FILMS / file).read_bytes()
    with Image.open(BytesIO(content)) as picture:
        grey = np.asarray(picture.convert("L"))
    return wrap_as_dx(
        grey,
        issuer=_ISSUER,
        view="AP",
        series_description="Chest AP, Kermany et al. 2018, CC BY 4.0",
        derivation="Kermany et al. 2018, doi:10.17632/rscbjbr9sj.2, CC BY 4.0; reduced in size",
        lossy_ratio=grey.nbytes / len(content),
        identity=f"medai demo film {file}",
        **changes,
    )


def _phantom(opacity: bool, day: date) -> bytes:
    from medai_core.imaging.phantom import phantom_dicom

    return phantom_dicom(
        opacity=opacity,
        size=PHANTOM_ROWS,
        patient_id="VIRTUAL-1",
        study_date=day,
        study_identity=f"medai demo phantom {day.isoformat()}",
    )


def _remove_left_behind() -> None:
    """Folders of demos whose process was killed before it could tidy up."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
