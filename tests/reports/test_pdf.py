"""The document says what was read and by whom, on every page, in every script."""

import io
import re
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.reports import flow, pdf, typeface
from medai_core.services.reporting import ReportContent, SeriesFacts
from tests.support.reports import PREDICTION, key_image, make_content, make_reading


def pages(content: ReportContent) -> list[str]:
    """The text of each page, runs of blanks as one."""
    reader = PdfReader(io.BytesIO(pdf.report_pdf(content)))
    return [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


def text(content: ReportContent) -> str:
    return " ".join(pages(content))


def test_everything_of_the_reading_stands_in_it(content: ReportContent) -> None:
    said = text(content)
    for expected in (
        "Chest X-ray reading",
        "Digital radiography (DX)",
        "born 2022-03-04, 4 years at the study, male",
        "Patient ID PID-0047-11 (issuer CLINIC A)",
        "2026-11-20 16:42",
        "ACC-991",
        "1.2.826.0.1.3680043.8.498.1234567890",
        "PA (back to front)",
        "the film suggests right lower lobe pneumonia",
        "First impression (written before the model's answer was shown)",
        "Patchy opacity in the right lower zone.",
        "The reader agrees in part with the model's answer.",
        "The heat map lies over the opacity.",
        "Pneumonia on chest films of children, version 1.0.0",
        "3f" * 32,
        "a9" * 32,
        "Caution: The view is absent from the header",
        "Signed by Dr. Zoë Müller-Łukasiewicz on 2026-11-21 09:05 UTC+01:00",
        "c0" * 32,
        "Research software, not a medical device",
        "Key image",
        "Printed 2026-11-21 08:30 UTC by zoe",
        "rd_5pQ2kX9vT0aLmN3cYw",
    ):
        assert expected in said, expected


def test_a_study_that_was_moved_after_the_signature_is_said_to_be(content: ReportContent) -> None:
    line = "Study moved since to another patient record"
    assert line in pages(replace(content, moved=True))[0]
    assert line not in text(content)


def test_findings_have_probability_interval_and_operating_point(content: ReportContent) -> None:
    said = text(content).replace("\u202f", " ")
    assert "Pneumonia 87 % 79 to 93 % 37 % ▲ at or above" in said
    assert "Viral fewer than 1 in 100 under 1 to 3 % 52 % ▽ below" in said
    assert " 0 %" not in said
    assert "100 %" not in said


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (PersonName("Zhang San", "张三丰"), "张三丰"),
        (PersonName("Chang", "張惠妹"), "張惠妹"),
        (PersonName("Yamada Tarou", "山田 太郎", "やまだ たろう"), "やまだ たろう"),
        (PersonName("Hong Gildong", "洪 吉洞", "홍 길동"), "홍 길동"),
        (PersonName("Достоевский Фёдор"), "Достоевский Фёдор"),
        (PersonName("Παπαδόπουλος Γιώργος"), "Παπαδόπουλος Γιώργος"),
        (PersonName("Nguyễn Thị Hồng Đào"), "Nguyễn Thị Hồng Đào"),
        (PersonName("Müller-Łukasiewicz Çağlar Ørsted Þór"), "Müller-Łukasiewicz Çağlar Ørsted Þór"),
        (PersonName("e\u0301milie"), "émilie"),
    ],
)
def test_names_of_every_script_stand_on_every_page(name: PersonName, expected: str) -> None:
    patient = replace(make_content().patient, name=name)
    said = pages(make_content(patient=patient))
    assert len(said) == 2
    for page in said:
        assert expected in page


@pytest.mark.parametrize("name", ["محمد", "לאה שלום", "فاطمه پارسی"])
def test_names_from_right_to_left_can_be_found_in_the_document(name: str) -> None:
    patient = replace(make_content().patient, name=PersonName(name))
    found = unicodedata.normalize("NFKC", text(make_content(patient=patient)))
    assert name in unicodedata.normalize("NFKC", found)


def test_a_character_in_no_font_is_named_by_its_code_point() -> None:
    patient = replace(make_content().patient, name=PersonName("𠮷野 ก"))
    assert "[U+20BB7]野 [U+0E01]" in text(make_content(patient=patient))


def test_every_page_carries_patient_number_and_footer() -> None:
    long = make_content(reading=make_reading(comment="Observed again.\n" * 400))
    said = pages(long)
    assert len(said) > 5
    for number, page in enumerate(said, start=1):
        assert "Patient ID PID-0047-11 (issuer CLINIC A)" in page
        assert "山田 太郎 (Yamada Tarou, やまだ たろう)" in page
        assert f"page {number} of {len(said)}" in page
        assert "Research software, not a medical device" in page


def test_not_signed_stands_on_every_page_until_it_is(content: ReportContent) -> None:
    draft = replace(content, reading=make_reading(signed_at=None, content_digest=None))
    for page in pages(draft):
        assert page.count("NOT SIGNED") >= 2  # the line above and the watermark
    assert "Signed by" not in text(draft)
    assert "NOT SIGNED" not in text(content)


def test_a_draft_addendum_marks_the_whole_document(content: ReportContent) -> None:
    addendum = make_reading(
        id="rd_2", report="A small effusion on the left.", verdict=None, addendum_to="rd_1"
    )
    signed = replace(content, addenda=(addendum, replace(addendum, report="Second look.")))
    said = text(signed)
    assert "Addendum 1 of 2" in said
    assert "A small effusion on the left." in said
    assert "Second look." in said
    assert "right lower lobe pneumonia" in said  # the original stays
    assert said.count("Signed by") == 3
    assert "NOT SIGNED" not in said
    draft = replace(content, addenda=(replace(addendum, signed_at=None),))
    assert all("NOT SIGNED: an addendum in this document is a draft" in page for page in pages(draft))


def test_a_refusal_is_said_and_no_number_with_it(content: ReportContent) -> None:
    sentence = "Expected an age from 1 to 5 years; found 34 years. Read the film without the model."
    refused = replace(PREDICTION, findings=(), refused=sentence)
    said = text(replace(content, reading=make_reading(prediction=refused))).replace("\u202f", " ")
    assert f"No answer: {sentence}" in said
    assert "Operating point" not in said
    assert " %" not in said


def test_missing_things_are_said_as_missing() -> None:
    bare = ReportContent(
        patient=PatientIdentity(identifier=""),
        reading=make_reading(
            report=" ", first_impression="", comment="", verdict=None, prediction=None, author_name="",
            signed_at=None, content_digest=None,
        ),
        printed_at=datetime(2026, 11, 21, tzinfo=UTC),
    )  # fmt: skip
    said = text(bare)
    for expected in (
        "name not given",
        "born not given, sex not given",
        "Patient ID not given (issuer not given)",
        "No report text was written.",
        "No model has answered for this image.",
        "reader not named",
        "modality not given",
    ):
        assert expected in said, expected
    assert "Key image" not in said
    assert "None" not in said.replace("None was recorded.", "")


def test_model_first_is_recorded() -> None:
    said = text(make_content(reading=make_reading(saw_model_first=True)))
    assert "The model's answer was shown first, by the reader's choice." in said
    assert "written before" not in said


def test_virtual_and_demo_are_marked() -> None:
    said = text(make_content(virtual=True, demo=True))
    assert "VIRTUAL: a computed phantom, no person was examined." in said
    assert "Demonstration: made in a throw-away store." in said


@pytest.mark.parametrize(
    ("modality", "body_part", "title"),
    [
        ("DX", "CHEST", "Chest X-ray reading"),
        ("CR", "", "Chest X-ray reading"),
        ("DX", "HAND", "X-ray reading"),
        ("CT", "CHEST", "Computed tomography (CT): reading"),
        ("", "", "Chest X-ray reading"),
    ],
)
def test_title_names_what_was_read(modality: str, body_part: str, title: str) -> None:
    content = make_content(modality=modality, series=(SeriesFacts(body_part=body_part),))
    assert pdf.title(content) == title


def test_the_same_content_gives_the_same_bytes(content: ReportContent) -> None:
    assert pdf.report_pdf(content) == pdf.report_pdf(make_content())
    assert pdf.report_pdf(content) != pdf.report_pdf(replace(content, printed_by="another"))


def test_all_fonts_are_embedded(content: ReportContent) -> None:
    found: set[str] = set()
    for page in PdfReader(io.BytesIO(pdf.report_pdf(content))).pages:
        for reference in page["/Resources"]["/Font"].values():
            font = reference.get_object()
            found.add(font["/BaseFont"])
            assert "/FontFile2" in font["/FontDescriptor"], font["/BaseFont"]
    assert any("DejaVuSansCondensed" in name for name in found)
    assert any("DroidSansFallback" in name for name in found)


HOSTILE = (
    '<b>bold</b> <font size="40">big</font> <para align="right"> <img src="file:///etc/passwd"/> '
    '<a href="http://example.com">link</a> &amp; &lt; ]]> <br/> </para> <onDraw name="x"/> {{x}} <unclosed'
)


def test_markup_in_any_text_has_no_effect() -> None:
    content = make_content(
        patient=PatientIdentity(identifier=HOSTILE[:64], issuer="<i>", name=PersonName(HOSTILE)),
        reading=make_reading(
            report=HOSTILE, comment=HOSTILE, first_impression=HOSTILE, author_name="<b>Dr",
            prediction=replace(PREDICTION, cautions=(HOSTILE,), version="<u>1"),
        ),
        study_description=HOSTILE, accession_number="<i>", model_title="<b>", institution=HOSTILE,
        study_uid="<u>",
        series=(SeriesFacts(HOSTILE, "<b>", "<i>", "<u>", "<s>"),), label_names=(("viral", "<b>v"),),
        printed_by="<b>me</b>",
    )  # fmt: skip
    data = pdf.report_pdf(content)
    said = text(content)
    assert said.count("<b>bold</b>") >= 5
    assert "<unclosed" in said
    assert "&amp; &lt; ]]>" in said
    assert b"/URI" not in data
    assert b"/Annots" not in data
    assert b"passwd" not in data


@pytest.mark.parametrize(
    "odd",
    [
        "\x00\x07\x1b[31m\x0b\x0c",
        "\ud800",
        "\u202eevil\u202c",
        "\ufeff",
        "\uffff",
        "a" * 5000,
        "字" * 3000,
        "\t" * 50,
    ],
    ids=["control", "surrogate", "override", "bom", "noncharacter", "long word", "long han", "tabs"],
)
def test_odd_text_never_stops_the_report(odd: str) -> None:
    content = make_content(
        patient=PatientIdentity(identifier="PID-9", name=PersonName(odd)),
        reading=make_reading(report=odd, comment=odd, first_impression=odd, author_name=odd),
        study_description=odd,
        series=(SeriesFacts(odd),),
    )
    for page in pages(content):
        assert "Patient ID PID-9" in page


def test_a_long_identifier_is_never_cut() -> None:
    patient = replace(make_content().patient, identifier="X" * 64, issuer="Y" * 64)
    for page in pages(make_content(patient=patient)):
        assert "X" * 64 in page
        assert "Y" * 64 in page


def test_thirty_pages_of_comment_flow_on_quickly() -> None:
    sentence = "The lower zone is unchanged against the earlier film and the heart is of the same width. "
    comment = "\n".join(f"{number}. " + sentence * 6 for number in range(430))
    start = time.perf_counter()
    said = pages(make_content(reading=make_reading(comment=comment)))
    assert len(said) >= 30
    assert "429. The lower zone" in " ".join(said)
    assert time.perf_counter() - start < 30


def test_the_key_image_is_a_jpeg_within() -> None:
    data = pdf.report_pdf(make_content(key_image=key_image(3000, 2400)))
    images = [image for page in PdfReader(io.BytesIO(data)).pages for image in page.images]
    assert len(images) == 1
    assert images[0].name.endswith(".jpg")
    assert images[0].image is not None
    assert max(images[0].image.size) == 1800
    assert len(data) < 800_000


def test_a_damaged_key_image_is_said(content: ReportContent) -> None:
    assert "The stored key image could not be drawn." in text(replace(content, key_image=b"no picture"))
    truncated = key_image()[:3000]
    assert "The stored key image could not be drawn." in text(replace(content, key_image=truncated))


def test_metadata_names_no_patient(content: ReportContent) -> None:
    information = PdfReader(io.BytesIO(pdf.report_pdf(content))).metadata
    assert information is not None
    said = " ".join(str(value) for value in information.values())
    assert "Yamada" not in said
    assert "PID-0047" not in said
    assert "rd_5pQ2kX9vT0aLmN3cYw" in said


def test_reports_made_at_once_do_not_mix(content: ReportContent) -> None:
    other = make_content(patient=PatientIdentity("PID-2", name=PersonName("Ναί 张")))
    expected = {content: pdf.report_pdf(content), other: pdf.report_pdf(other)}
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda one: (one, pdf.report_pdf(one)), [content, other] * 4))
    assert all(data == expected[one] for one, data in made)


def test_indentation_and_blank_lines_are_kept() -> None:
    typeface.register()
    first, blank, second = flow.paragraphs("Two:\n\n    second")
    assert first.style.leftIndent == 0
    assert blank.height > 0
    assert second.style.leftIndent > 10
