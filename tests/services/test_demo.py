"""The demo: the same throw-away store at each run, real images, and nothing of the main one."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from medai_core.domain.people import Caller
from medai_core.imaging.archive import FileSource
from medai_core.security import stores
from medai_core.security.accounts import demo_user
from medai_core.services import demo
from medai_core.services import reading as readings
from medai_core.services.studies import open_study
from medai_core.services.worklist import worklist
from medai_core.store.database import Store


@pytest.fixture(scope="module")
def opened() -> Iterator[Store]:
    """The demo's store, filled once for these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "PHANTOM_ROWS", 128)
        stores.forget(stores.DEMO)
        store = demo.open_demo()
    yield store
    stores.forget(stores.DEMO)
    store.close()


def read(source: FileSource) -> bytes:
    with source.open() as reader:
        return reader.read()


@pytest.fixture
def caller(opened: Store) -> Caller:
    return demo_user(opened)[0]


def test_the_demo_holds_real_images_two_films_and_the_phantom(opened: Store, caller: Caller) -> None:
    rows = worklist(opened, caller).rows
    modalities = sorted(row.modality for row in rows)
    assert {"CT", "MR", "US", "DX"} <= set(modalities)
    names = [str(row.patient.identity.name) for row in rows]
    assert names.count("VIRTUAL Chest phantom") == 2
    assert {"Demo Child A", "Demo Child B"} <= set(names)
    lines = [line for one in opened.imports.recent() for line in opened.imports.lines(one.id)]
    assert len(lines) == len(rows) + sum(row.image_count - 1 for row in rows)
    assert [line.outcome.value for line in lines] == ["stored"] * len(lines)
    assert opened.conflicts.open_ones() == ()
    assert opened.verify() == []


def test_the_attributed_films_are_the_two_of_children(opened: Store, caller: Caller, store: Store) -> None:
    found = []
    for row in worklist(opened, caller).rows:
        for image in open_study(opened, caller, row.id).images:
            if demo.is_demo_film(opened, image.header):
                found.append(str(row.patient.identity.name))
                assert not demo.is_demo_film(store, image.header)
    assert sorted(found) == ["Demo Child A", "Demo Child B"]
    assert "CC BY 4.0" in demo.attribution()


def test_the_same_files_come_at_each_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PHANTOM_ROWS", 64)
    first, again = ([read(source) for source in demo.demo_sources()] for _ in range(2))
    assert first == again


def test_the_films_are_read_for_real_and_the_phantom_never(opened: Store, caller: Caller) -> None:
    readings.set_model_first(opened, caller, True)
    flagged = {}
    for row in worklist(opened, caller).rows:
        (image, *_) = open_study(opened, caller, row.id).images
        _, prediction = readings.predict_image(opened, caller, image.id)
        name = row.patient.identity.identifier
        if name.startswith("DEMO-"):
            assert prediction.refused is None
            flagged[name] = any(one.label == "pneumonia" and one.flagged for one in prediction.findings)
        else:
            assert prediction.refused
    assert flagged == {"DEMO-A": True, "DEMO-B": False}


def test_the_phantom_with_an_opacity_has_the_one_without_as_prior(opened: Store, caller: Caller) -> None:
    phantoms = [row for row in worklist(opened, caller).rows if "VIRTUAL" in str(row.patient.identity.name)]
    newest = max(phantoms, key=lambda row: str(row.study_date))
    view = open_study(opened, caller, newest.id)
    assert view.images[0].descriptor["virtual"]
    assert view.prior
    assert view.prior.study.id != newest.id


def test_the_demo_is_opened_once_and_apart_from_the_main_store(opened: Store, home: Path) -> None:
    stores.register(opened)
    assert demo.open_demo() is opened
    assert opened.name == "demo"
    assert home not in opened.home.parents
    assert not home.exists()
    assert opened.home.stat().st_mode & 0o777 == 0o700


def test_a_visitor_gets_the_store_while_it_is_filled(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def slowly() -> Iterator[FileSource]:
        assert go_on.wait(30)
        yield from ()

    monkeypatch.setattr(demo, "demo_sources", slowly)
    stores.forget(stores.DEMO)
    store = demo.begin_demo()
    assert demo.begin_demo() is store
    assert worklist(store, demo_user(store)[0]).total == 0
    assert not demo.wait_until_filled(store, seconds=0)
    go_on.set()
    assert demo.open_demo() is store
    assert demo.wait_until_filled(opened, seconds=0)  # of another one, filled long ago
    store.close()
    stores.register(opened)


def test_a_demo_that_cannot_be_filled_says_so_and_is_made_again(
    opened: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Iterator[FileSource]:
        raise OSError("no such film")

    stores.forget(stores.DEMO)
    with monkeypatch.context() as patch:
        patch.setattr(demo, "demo_sources", broken)
        with pytest.raises(OSError, match="film"):
            demo.open_demo()
    monkeypatch.setattr(demo, "demo_sources", lambda: iter(()))
    again = demo.open_demo()
    assert again.verify() == []
    again.close()
    stores.register(opened)


def test_the_films_are_attributed() -> None:
    text = demo.attribution()
    assert "CC BY 4.0" in text
    assert "Kermany" in text


def test_folders_of_killed_demos_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    dead, alive, other = (
        tmp_path / f"medai-demo-{name}" for name in ("4194999-a", f"{os.getpid()}-b", "notes-c")
    )
    for folder in (dead, alive, other):
        folder.mkdir()
    demo._remove_left_behind()
    assert not dead.exists()
    assert alive.exists()
    assert other.exists()
