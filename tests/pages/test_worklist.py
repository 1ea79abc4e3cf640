"""The worklist page: rows, filters, upload, empty states."""

import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller, Patient, PatientIdentity, PersonName, Role
from medai_core.domain.reading import Priority, StudyRow, StudyState
from medai_core.imaging.archive import ArchiveLimits
from medai_core.store.database import Store
from medai_core.ui.uploads import job
from medai_core.ui.worklist import table
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.films import film

DICOM = "application/dicom"


def test_an_empty_store_says_what_will_be_here_and_offers_the_demo(
    reader: Caller, open_page: OpenPage
) -> None:
    drawn = words(open_page("worklist"))
    assert "No study yet" in drawn
    assert "/auth/demo" in drawn


def test_a_study_stands_in_the_list_with_words_and_marks(study_id: str, open_page: OpenPage) -> None:
    drawn = words(open_page("worklist"))
    for word in ("Lindt Anna", study_id, "not scored", "routine", "1 study", "2026-01-05"):
        assert word in drawn
    assert "No study yet" not in drawn


def test_a_search_that_finds_nothing_offers_all_studies(study_id: str, open_page: OpenPage) -> None:
    page = open_page("worklist")
    page.text_input(key="worklist:search").set_value("nobody").run()
    assert "No study matches" in words(page)
    page.button(key="worklist:clear").click().run()
    assert "Lindt Anna" in words(page)


def test_the_state_filter_comes_from_the_address(study_id: str, open_page: OpenPage) -> None:
    assert "No study matches" in words(open_page("worklist", state="signed"))
    assert "Lindt Anna" in words(open_page("worklist", state="new"))


def test_the_search_text_never_reaches_the_address(study_id: str, open_page: OpenPage) -> None:
    page = open_page("worklist")
    page.text_input(key="worklist:search").set_value("Lindt").run()
    page.pills(key="state").set_value(["new"]).run()
    assert "Lindt Anna" in words(page)
    assert "lindt" not in str(dict(page.query_params)).lower()


def test_a_row_says_every_thing_in_words() -> None:
    identity = PatientIdentity("17", "HOSP", PersonName("Yamada Tarou", "山田 太郎"), date(2021, 3, 4), "M")
    row = StudyRow(
        id="s1", patient=Patient("p1", identity), modality="", description="", study_date=None,
        received_at=datetime.now(UTC), state=StudyState.READ, priority=Priority.STAT, image_count=2,
        model_state="finding above threshold", raised_by="pneumonia at or above threshold", reader="Dr. A",
    )  # fmt: skip
    made = table.table_row(row)
    assert made["patient"] == "山田 太郎 (Yamada Tarou)"
    assert made["person"] == "17 (HOSP) \u00b7 born 2021-03-04 \u00b7 male"
    assert made["urgency"] == {"level": 3, "word": "stat"}
    assert made["model"] == {"mark": "\u25b2", "word": "finding above threshold"}
    assert (made["date"], made["modality"], made["images"]) == ("not given", "not given", "2 images")
    assert made["address"] == "/reading?study=s1"
    assert made["waiting"] == "0\u202fmin"
    assert table.table_row(replace(row, state=StudyState.SIGNED))["waiting"] == ""


def _upload(page: object, *files: tuple[str, bytes, str]) -> None:
    page.file_uploader[0].set_value(list(files)).run()  # type: ignore[attr-defined]


def _press_import(page: AppTest) -> None:
    next(button for button in page.button if button.label.startswith("Import ")).click().run()


def test_an_upload_gives_a_line_for_each_file(reader: Caller, store: Store, open_page: OpenPage) -> None:
    page = open_page("worklist")
    _upload(page, ("a.dcm", film(), DICOM), ("bad.dcm", b"no picture at all", DICOM))
    _press_import(page)
    running = job.current(reader.session_id or "")
    assert running is not None
    assert running.wait(30)
    drawn = words(page.run())
    assert "1 stored, 0 duplicate, 1 refused" in drawn
    assert "bad.dcm" in drawn
    assert store.studies.count() == 1
    page.button(key="uploads:done").click().run()
    assert "Lindt Anna" in words(page)
    assert job.current(reader.session_id or "") is None


def test_the_files_in_an_archive_are_counted_and_limited(
    reader: Caller, store: Store, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.dcm", film(number))
    upload = ("a.zip", content.getvalue(), "application/zip")
    page = open_page("worklist")
    _upload(page, upload)
    _press_import(page)
    running = job.current(reader.session_id or "")
    assert running is not None
    assert running.wait(30)
    assert (running.total, len(running.lines())) == (3, 3)
    page.run().button(key="uploads:done").click().run()

    monkeypatch.setattr("medai_core.ui.uploads.panel.DEFAULT_LIMITS", ArchiveLimits(members=2))
    _upload(page, upload)
    _press_import(page)
    again = job.current(reader.session_id or "")
    assert again is not None
    assert again.wait(30)
    (line,) = again.lines()
    assert "at most 2 files" in line.expected


def test_a_picture_asks_whose_it_is(reader: Caller, store: Store, open_page: OpenPage) -> None:
    from PIL import Image

    png = BytesIO()
    Image.new("L", (40, 30), 90).save(png, "png")
    page = open_page("worklist")
    _upload(page, ("x.png", png.getvalue(), "image/png"))
    assert "Whose pictures are these?" in words(page)
    page.text_input(key="uploads:id").set_value("P-77")
    page.text_input(key="uploads:name").set_value("田中 花子")
    _press_import(page)
    running = job.current(reader.session_id or "")
    assert running is not None
    assert running.wait(30)
    drawn = words(page.run())
    assert "1 stored" in drawn
    (row,), _ = store.studies.page(_everything())
    assert row.patient.identity.name.ideographic == "田中 花子"


def _everything() -> object:
    from medai_core.store.rows import StudyFilter

    return StudyFilter(all_restricted=True)


def test_a_dicom_file_asks_for_no_identity(reader: Caller, open_page: OpenPage) -> None:
    page = open_page("worklist")
    _upload(page, ("a.dcm", film(), DICOM))
    assert "Whose pictures are these?" not in words(page)


def test_read_only_users_are_offered_no_upload(sign_in: SignIn, open_page: OpenPage) -> None:
    sign_in(Role.READ_ONLY)
    page = open_page("worklist")
    assert "No study yet" in words(page)
    assert not page.file_uploader


@pytest.mark.parametrize("size", [10_000])
def test_a_page_of_ten_thousand_rows_is_cut_to_a_hundred(
    size: int, store: Store, reader: Caller, open_page: OpenPage
) -> None:
    import time

    from medai_core.store.rows import NewStudy

    with store.transaction():
        for person in range(size // 100):
            identity = PatientIdentity(f"P{person}", "", PersonName(f"Person {person}"))
            patient = store.patients.add(identity)
            for number in range(100):
                store.studies.add(patient.id, NewStudy(study_uid=f"1.2.{person}.{number}", modality="DX"))
    page = open_page("worklist")
    start = time.perf_counter()
    drawn = words(page.run())
    assert time.perf_counter() - start < 3.0
    assert "1 to 100 of 10000 studies" in drawn
    assert drawn.count("/reading?study=") == 100
