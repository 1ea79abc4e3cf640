"""Files into the store: a line each, nothing lost, nothing mixed."""

import io
import os
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from PIL import Image

from medai_core.domain.people import Caller
from medai_core.domain.reading import Outcome, Priority, StudyState
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import FileSource, from_bytes, open_sources
from medai_core.imaging.source import Source
from medai_core.imaging.wrap import wrap_as_dx
from medai_core.services import reading as readings
from medai_core.services import scoring
from medai_core.services.importing import import_sources
from medai_core.services.worklist import set_model_raises, worklist
from medai_core.settings import settings
from medai_core.store.database import Store
from medai_core.store.images import Images
from medai_core.store.rows import NewImage
from tests.support.films import ANNA, PASSWORD, another, brought_in, film, sources


def picture(seed: int = 0) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((40, 50), 40 + seed, np.uint8)).save(out, "PNG")
    return out.getvalue()


def blobs(home: Path) -> list[Path]:
    return [path for path in (home / "blobs").rglob("*") if path.is_file()]


def test_a_dicom_file_names_its_patient_and_study(store: Store, reader: Caller) -> None:
    (line,) = brought_in(store, reader, film(priority="STAT", study_description="Chest"))
    assert line.outcome is Outcome.STORED
    assert line.study_id
    assert line.image_id
    study = store.studies.get(line.study_id)
    image = store.images.get(line.image_id)
    assert study
    assert image
    assert study.row.patient.identity == ANNA
    assert (study.row.modality, study.row.description) == ("DX", "Chest")
    assert study.row.priority is Priority.STAT
    assert study.row.study_date == date(2026, 1, 5)
    assert image.dtype == "uint16"
    assert store.blobs.read(image.digest) == film(priority="STAT", study_description="Chest")
    assert store.audit.search(action="image-stored", object_id=line.image_id)
    assert store.verify() == []


def test_one_bad_file_never_stops_the_others(store: Store, reader: Caller, home: Path) -> None:
    contents = [film(0), b"", b"no image", film(1)[:900], film(2)[:-4000], film(3)]
    lines = brought_in(store, reader, *contents)
    assert [line.outcome.value for line in lines] == [
        "stored",
        "refused",
        "refused",
        "refused",
        "refused",
        "stored",
    ]
    for line in lines[1:5]:
        assert line.expected
        assert line.found
        assert line.what_to_do.endswith(".")
        assert line.image_id is None
    assert len(blobs(home)) == 2
    assert len(store.audit.search(action="import-refused")) == 4
    assert store.imports.lines(store.imports.recent()[0].id) == tuple(lines)


def test_the_same_file_again_is_a_duplicate(store: Store, reader: Caller, home: Path) -> None:
    first, again = brought_in(store, reader, film(), film())
    assert again.outcome is Outcome.DUPLICATE
    assert again.image_id == first.image_id
    assert brought_in(store, reader, film())[0].outcome is Outcome.DUPLICATE
    assert len(blobs(home)) == 1


def test_the_same_image_with_another_header_is_a_duplicate(store: Store, reader: Caller, home: Path) -> None:
    brought_in(store, reader, film(identity="one film"))
    (line,) = brought_in(store, reader, film(identity="one film", series_description="sent again"))
    assert line.outcome is Outcome.DUPLICATE
    assert "another header" in line.note
    assert len(blobs(home)) == 1


def test_other_pixels_under_the_same_uid_are_refused(store: Store, reader: Caller) -> None:
    lines = brought_in(store, reader, film(0, identity="one film"), film(1, identity="one film"))
    assert [line.outcome for line in lines] == [Outcome.STORED, Outcome.REFUSED]
    assert "SOP Instance UID (0008,0018)" in lines[1].expected


def cine(*levels: int, **changes: Any) -> bytes:
    """A file of small frames, each of one grey value, under the UID of all such files."""
    frames = np.stack([np.full((24, 20), level, np.uint16) for level in levels])
    frames[:, 0, 0] = 0
    named = {"patient_name": "Lindt^Anna", "patient_id": "P-1", "birth_date": date(2022, 5, 4), "sex": "F"}
    return wrap_as_dx(frames, identity="one loop", bits_stored=12, **(named | changes))


@pytest.mark.parametrize(
    ("levels", "outcome"),
    [
        ((100, 200, 300), Outcome.DUPLICATE),
        ((100, 250, 300), Outcome.REFUSED),
        ((100, 200), Outcome.REFUSED),
        ((100, 200, 300, 400), Outcome.REFUSED),
    ],
)
def test_every_frame_is_compared_before_a_file_is_called_a_duplicate(
    levels: tuple[int, ...], outcome: Outcome, store: Store, reader: Caller
) -> None:
    brought_in(store, reader, cine(100, 200, 300))
    (line,) = brought_in(store, reader, cine(*levels, series_description="sent again"))
    assert line.outcome is outcome
    if outcome is Outcome.REFUSED:
        assert "SOP Instance UID (0008,0018)" in line.expected
    assert store.verify() == []


def signed(store: Store, caller: Caller, study_id: str, key_image: bytes | None = None) -> str:
    """The id of a signed reading of the study."""
    draft = readings.draft(store, caller, study_id)
    draft = readings.save_draft(store, caller, draft.id, report="Report", revision=draft.revision)
    return readings.sign(store, caller, draft.id, PASSWORD, key_image).id


def test_a_late_image_brings_a_signed_study_back_to_be_read(store: Store, reader: Caller) -> None:
    (first,) = brought_in(store, reader, film(0))
    study_id = first.study_id or ""
    signed(store, reader, study_id)
    assert worklist(store, reader).rows[0].state is StudyState.SIGNED
    again = brought_in(store, reader, film(0))[0]
    assert (again.outcome, worklist(store, reader).rows[0].state) == (Outcome.DUPLICATE, StudyState.SIGNED)

    late, later = brought_in(store, reader, film(1), film(2))

    assert late.study_id == study_id
    assert "signed before" in late.note
    assert later.note == ""
    row = worklist(store, reader).rows[0]
    assert (row.state, row.reader, row.image_count) == (StudyState.NEW, "", 3)
    (entry,) = store.audit.search(action="study-reopened")
    assert (entry.object_id, entry.detail) == (study_id, {"image": late.image_id})
    assert store.verify() == []
    signed(store, reader, study_id)
    assert worklist(store, reader).rows[0].state is StudyState.SIGNED


def test_a_refused_picture_never_takes_a_key_image_with_it(store: Store, reader: Caller) -> None:
    (line,) = brought_in(store, reader, film())
    reading_id = signed(store, reader, line.study_id or "", picture())
    assert brought_in(store, reader, picture())[0].outcome is Outcome.REFUSED
    assert readings.key_image(store, reader, reading_id) == picture()
    assert store.verify() == []


def test_a_file_that_the_tables_do_not_take_stops_no_other(
    store: Store, reader: Caller, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = Images.add

    def add(images: Images, image: NewImage) -> str:
        if image.header.series_description == "bad":
            raise ValueError("Lindt^Anna")
        return added(images, image)

    monkeypatch.setattr(Images, "add", add)
    lines = brought_in(store, reader, film(0), film(1, series_description="bad"), film(2))
    assert [line.outcome.value for line in lines] == ["stored", "refused", "stored"]
    assert "Lindt" not in lines[1].found
    assert len(blobs(home)) == 2
    assert store.imports.lines(store.imports.recent()[0].id) == tuple(lines)


def test_a_model_that_fails_stops_no_import(
    store: Store,
    reader: Caller,
    administrator: Caller,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Lindt^Anna")

    set_model_raises(store, administrator, True)
    monkeypatch.setattr("medai_core.services.scoring.predict", fail)
    lines = brought_in(store, reader, film(0), film(1))
    assert [line.outcome for line in lines] == [Outcome.STORED] * 2
    assert worklist(store, reader).rows[0].model_state == "not scored"
    assert "RuntimeError" in caplog.text


def test_the_demo_takes_so_much_and_no_more(
    store: Store, reader: Caller, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(settings(), max_demo_store_bytes=len(film(0)) + len(film(1)))
    monkeypatch.setattr("medai_core.services.importing.settings", lambda: small)
    assert [line.outcome for line in brought_in(store, reader, film(5), film(6), film(7))] == [
        Outcome.STORED
    ] * 3
    store.name = "demo"
    (line,) = brought_in(store, reader, film(0))
    assert line.outcome is Outcome.REFUSED
    assert "of images in the demo" in line.expected
    assert len(blobs(home)) == 3
    small = replace(settings(), max_demo_store_bytes=5 * len(film(0)))
    assert brought_in(store, reader, film(0))[0].outcome is Outcome.STORED


def test_a_stored_file_is_not_hashed_again(
    store: Store, reader: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought_in(store, reader, film(0))
    hashed: list[Source] = []
    monkeypatch.setattr(Source, "digest", lambda source: hashed.append(source) or "0" * 64)
    (line,) = brought_in(store, reader, film(1))
    image = store.images.get(line.image_id or "")
    assert image
    scoring.score(store, reader, image, "paediatric_pneumonia")
    assert hashed == []
    assert store.predictions.of_image(image.id)[0].prediction.input_digest == image.digest


def test_files_of_one_study_come_together(store: Store, reader: Caller) -> None:
    lines = brought_in(store, reader, film(0), film(1), film(2, study_date=date(2026, 2, 1)))
    assert lines[0].study_id == lines[1].study_id != lines[2].study_id
    assert store.patients.count() == 1
    study = store.studies.get(lines[0].study_id or "")
    assert study
    assert study.row.image_count == 2


def test_a_picture_needs_a_patient(store: Store, reader: Caller, home: Path) -> None:
    (line,) = brought_in(store, reader, picture())
    assert line.outcome is Outcome.REFUSED
    assert "patient id" in line.found
    assert blobs(home) == []


def test_pictures_of_one_import_are_one_study_of_the_given_patient(store: Store, reader: Caller) -> None:
    day = date(2026, 1, 9)
    lines = brought_in(store, reader, picture(0), picture(1), identity=ANNA, study_date=day)
    assert [line.outcome for line in lines] == [Outcome.STORED] * 2
    assert lines[0].study_id == lines[1].study_id
    study = store.studies.get(lines[0].study_id or "")
    assert study
    assert study.row.patient.identity == ANNA
    assert study.row.study_date == day
    again = brought_in(store, reader, picture(1), picture(2), identity=ANNA, study_date=day)
    assert [line.outcome for line in again] == [Outcome.DUPLICATE, Outcome.STORED]
    assert again[1].study_id == lines[0].study_id


def test_the_same_picture_for_another_patient_is_refused(store: Store, reader: Caller) -> None:
    brought_in(store, reader, picture(), identity=ANNA)
    (line,) = brought_in(store, reader, picture(), identity=another(ANNA, identifier="P-2"))
    assert line.outcome is Outcome.REFUSED
    assert "another patient" in line.expected
    assert line.study_id is None


def test_a_refused_picture_leaves_no_half_study_behind(store: Store, reader: Caller) -> None:
    lines = brought_in(store, reader, picture(0)[:60], picture(1), identity=ANNA)
    assert [line.outcome for line in lines] == [Outcome.REFUSED, Outcome.STORED]
    assert store.studies.count() == 1


def test_a_dicom_file_without_a_patient_id_takes_the_given_one(store: Store, reader: Caller) -> None:
    nameless = film(patient_id="", patient_name="", birth_date=None, sex="")
    assert brought_in(store, reader, nameless)[0].outcome is Outcome.REFUSED
    (line,) = brought_in(store, reader, nameless, identity=ANNA)
    study = store.studies.get(line.study_id or "")
    assert study
    assert study.row.patient.identity == ANNA


def test_a_given_patient_must_agree_with_what_the_file_says(store: Store, reader: Caller) -> None:
    half = film(patient_id="", patient_name="Other^Name")
    (line,) = brought_in(store, reader, half, identity=ANNA)
    assert line.outcome is Outcome.REFUSED
    assert "another name" in line.found


def test_what_a_file_says_goes_before_what_was_given(store: Store, reader: Caller) -> None:
    (line,) = brought_in(store, reader, film(), identity=another(ANNA, identifier="P-9"))
    study = store.studies.get(line.study_id or "")
    assert study
    assert study.row.patient.identity.identifier == "P-1"


def test_later_files_complete_what_was_not_known(store: Store, reader: Caller) -> None:
    brought_in(store, reader, film(0, birth_date=None, sex="", age=""), film(1))
    patient = store.patients.find("", "P-1")
    assert patient
    assert patient.identity == ANNA
    assert store.conflicts.open_ones() == ()


def test_the_issuer_is_part_of_the_key(store: Store, reader: Caller) -> None:
    lines = brought_in(store, reader, film(0, issuer="A"), film(1, issuer="B", patient_name="Other^Child"))
    assert [line.note for line in lines] == ["", ""]
    assert store.patients.count() == 2


def test_a_zip_is_opened_and_its_bad_members_refused(store: Store, reader: Caller) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a/film", film())
        archive.writestr("../outside", film(1))
        archive.writestr("notes.txt", "skipped")
        archive.writestr("bad.dcm", "no image")
    lines = list(import_sources(store, reader, open_sources(from_bytes("set.zip", out.getvalue()))))
    assert {line.name: line.outcome.value for line in lines} == {
        "set.zip/../outside": "refused",
        "set.zip/a/film": "stored",
        "set.zip/bad.dcm": "refused",
    }


def test_an_import_is_cancelled_between_files(store: Store, reader: Caller) -> None:
    seen: list[str] = []
    lines = import_sources(
        store, reader, sources(film(0), film(1), film(2)), cancelled=lambda: len(seen) == 2
    )
    for line in lines:
        seen.append(line.outcome.value)
    assert seen == ["stored", "stored"]
    assert store.imports.recent()[0].cancelled
    assert brought_in(store, reader, film(0), film(1), film(2))[2].outcome is Outcome.STORED
    assert not store.imports.recent()[0].cancelled


def test_a_file_that_breaks_while_it_is_read_is_refused(store: Store, reader: Caller) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 0:
                raise OSError("the cable was pulled; path /secret/name")
            return super().read(size)

    def opened() -> BinaryIO:
        return Breaking(film())

    lines = list(import_sources(store, reader, [FileSource("bad", 1, opened), *sources(film())]))
    assert [line.outcome for line in lines] == [Outcome.REFUSED, Outcome.STORED]
    assert "cable" not in f"{lines[0]}"


def test_files_are_read_in_parts(store: Store, reader: Caller) -> None:
    """Never the whole file by one read, however large it is."""
    asked: list[int] = []

    class Watching(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(-1 if size is None else size)
            return super().read(size)

    def opened() -> BinaryIO:
        return Watching(film())

    (line,) = import_sources(store, reader, [FileSource("film", 1, opened)])
    assert line.outcome is Outcome.STORED
    assert 0 < min(asked)
    assert max(asked) <= 1024 * 1024


def test_read_only_users_bring_nothing_in(store: Store, visitor: Caller) -> None:
    with pytest.raises(Refusal, match="clinician"):
        import_sources(store, visitor, sources(film()))
    assert store.imports.recent() == ()


def test_an_empty_patient_id_is_refused_at_once(store: Store, reader: Caller) -> None:
    with pytest.raises(Refusal, match="patient id"):
        import_sources(store, reader, sources(picture()), identity=another(ANNA, identifier="  "))


def test_names_in_other_scripts_arrive_whole(store: Store, reader: Caller) -> None:
    name = "Zhang^XiaoDong=张^小东"
    brought_in(store, reader, film(patient_name=name, patient_id="P-7"))
    patient = store.patients.find("", "P-7")
    assert patient
    assert (patient.identity.name.alphabetic, patient.identity.name.ideographic) == (
        "Zhang XiaoDong",
        "张 小东",
    )


def test_new_films_are_scored_on_arrival_once_a_model_may_raise_studies(
    store: Store, reader: Caller, administrator: Caller
) -> None:
    brought_in(store, reader, film(0))
    assert worklist(store, reader).rows[0].model_state == "not scored"
    set_model_raises(store, administrator, True)
    (line,) = brought_in(store, reader, film(1, patient_id="P-2", patient_name="Other^Child"))
    stored = store.predictions.of_study(line.study_id or "")
    assert [one.prediction.refused for one in stored] == [None]
    row = next(row for row in worklist(store, reader).rows if row.id == line.study_id)
    assert row.model_state in ("finding above threshold", "no finding above threshold")
    assert row.state.value == "new"


def test_two_imports_at_once_store_each_file_once(store: Store, reader: Caller, second: Caller) -> None:
    contents = [film(number) for number in range(12)]
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(brought_in, store, who, *contents) for who in (reader, second)]
        lines = [line.outcome for done in both for line in done.result()]
    assert lines.count(Outcome.STORED) == lines.count(Outcome.DUPLICATE) == 12
    assert store.verify() == []


def test_a_name_that_is_no_text_is_kept_readable(store: Store, reader: Caller, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    path = os.fsencode(folder) + b"/film-\xff\xfe.dcm"
    with open(path, "wb") as file:
        file.write(film())
    (line,) = import_sources(store, reader, open_sources(folder))
    assert line.outcome is Outcome.STORED
    assert line.name.isprintable()
    assert line.name.endswith("\\udcff\\udcfe.dcm")


@pytest.fixture(autouse=True)
def _nothing_of_a_patient_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    for word in ("Lindt", "Anna", "P-1", "2022"):
        assert word not in caplog.text
