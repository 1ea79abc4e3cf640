"""What the header says of patient, age, view, window, loss; odd values are told, not fatal."""

import logging
import warnings
from datetime import date, time
from typing import Any

import numpy as np
import pytest

from medai_core.domain.imaging import Scan, Window, WindowFunction
from medai_core.imaging.decode import decode
from medai_core.imaging.text import encodings_of, person_name
from medai_core.imaging.wrap import wrap_as_dx

PICTURE = np.arange(4096, dtype=np.uint16).reshape(64, 64)


def made(**changes: Any) -> Scan:
    """A small DX file, written and read again."""
    return decode(wrap_as_dx(PICTURE, **changes))


@pytest.mark.parametrize(
    ("told", "years"),
    [
        ("004Y", 4.0),
        ("018M", 1.5),
        ("026W", 0.498),
        ("003D", 0.0082),
        ("", None),
        ("4 YR", None),
        ("999Y", None),
    ],
)
def test_age_in_all_its_units(told: str, years: float | None) -> None:
    """AS has four units; anything else is left out."""
    age = made(age=told).header.age_years

    assert age == (pytest.approx(years, abs=1e-3) if years is not None else None)


def test_age_from_birth_and_study_date() -> None:
    """Where the age itself is absent; with a contradiction neither is believed."""
    dates = {"birth_date": date(2020, 3, 1), "study_date": date(2023, 3, 1)}

    assert made(**dates).header.age_years == pytest.approx(3.0, abs=0.01)
    told = made(age="060Y", **dates).header
    assert told.age_years is None
    assert any("does not fit" in notice for notice in told.notices)


def test_birth_after_study_gives_no_age() -> None:
    """Rather than a negative one."""
    header = made(birth_date=date(2024, 1, 1), study_date=date(2023, 1, 1)).header

    assert header.age_years is None
    assert any("before the birth date" in notice for notice in header.notices)


@pytest.mark.parametrize(
    ("terms", "raw", "expected"),
    [
        (["ISO_IR 100"], b"Buc^J\xe9r\xf4me", ("Buc Jérôme", "", "")),
        (["GB18030"], "Zhang^San=張^誠^X=".encode("gb18030"), ("Zhang San", "張 誠 X", "")),
        (["GBK"], "Wang^Wei=王^煒=".encode("gbk"), ("Wang Wei", "王 煒", "")),
        (
            ["", "ISO 2022 IR 87"],
            b"Yamada^Haruki=\x1b$B;3ED\x1b(B^\x1b$B=U<y\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$O$k$-\x1b(B",
            ("Yamada Haruki", "山田 春樹", "やまだ はるき"),
        ),
        (
            ["ISO 2022 IR 13", "ISO 2022 IR 87"],
            b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J",
            ("ﾔﾏﾀﾞ ﾀﾛｳ", "山田 太郎", ""),
        ),
        (
            ["", "ISO 2022 IR 149"],
            b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
            ("Hong Gildong", "洪 吉洞", "홍 길동"),
        ),
        (
            ["", "ISO 2022 IR 58"],
            b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
            ("Zhang XiaoDong", "张 小东", ""),
        ),
        (["ISO_IR 192"], "Wang^XiaoDong=王^小東=".encode(), ("Wang XiaoDong", "王 小東", "")),
        (["ISO_IR 144"], "Люк^Ann".encode("iso8859_5"), ("Люк Ann", "", "")),
        (
            [""],
            b"Adams^John Robert^Quincy^Rev.^B.A. M.Div.",
            ("Rev. Adams John Robert Quincy B.A. M.Div.", "", ""),
        ),
    ],
)
def test_names_of_all_scripts(terms: list[str], raw: bytes, expected: tuple[str, str, str]) -> None:
    """PS3.5 annexes H to K; and delimiters that are half of a character: "=" in "春", "^" in "誠"."""
    name = person_name(raw, encodings_of(terms)[0])

    assert (name.alphabetic, name.ideographic, name.phonetic) == expected


@pytest.mark.parametrize("terms", [["GB18030"], ["ISO_IR 192"], ["", "ISO 2022 IR 87"]])
@pytest.mark.parametrize("encoding", ["explicit", "implicit", "jpeg2000"])
def test_names_through_a_file(terms: list[str], encoding: str) -> None:
    """Written by pydicom, read by us."""
    header = made(patient_name="Yamada^Haruki=山田^春樹", character_set=terms, encoding=encoding).header

    assert header.patient is not None
    assert (header.patient.name.alphabetic, header.patient.name.ideographic) == ("Yamada Haruki", "山田 春樹")


@pytest.mark.parametrize(
    ("term", "known"), [("ISO-IR 100", True), ("GB 18030", True), ("bz2", False), ("idna", False)]
)
def test_only_defined_terms_name_a_character_set(term: str, known: bool) -> None:
    """Misspellings are put right; a Python codec's name is not one of them."""
    assert encodings_of([term])[1] is known


def test_issuer_from_either_place() -> None:
    """Issuer of Patient ID, else the assigning authority's universal id."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.UniversalEntityID = "1.2.3.4"
    item.UniversalEntityIDType = "ISO"
    qualified = made(extra={"IssuerOfPatientIDQualifiersSequence": [item]}).header.patient
    named = made(issuer="Ward 9", extra={"IssuerOfPatientIDQualifiersSequence": [item]}).header.patient

    assert qualified is not None
    assert named is not None
    assert (qualified.issuer, named.issuer) == ("1.2.3.4", "Ward 9")


def test_plain_words() -> None:
    """View, laterality, priority, orientation, times, numbers, descriptions."""
    header = made(
        view="AP",
        laterality="R",
        priority="STAT",
        patient_orientation=("L", "F"),
        study_date=date(2023, 2, 3),
        study_time=time(13, 14, 15),
        series_number=7,
        instance_number=9,
        sex="F",
        accession_number="A-1",
    ).header

    assert (header.view_position, header.laterality, header.requested_priority) == ("AP", "R", "STAT")
    assert (header.patient_orientation, header.study_time) == (("L", "F"), time(13, 14, 15))
    assert (header.series_number, header.instance_number, header.accession_number) == (7, 9, "A-1")
    assert header.notices == ()
    assert not header.virtual


def test_priority_inside_the_request() -> None:
    """Request Attributes Sequence holds it in radiographs."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.RequestedProcedurePriority = "HIGH"

    assert made(extra={"RequestAttributesSequence": [item]}).header.requested_priority == "HIGH"


def test_view_from_its_code() -> None:
    """Where View Position is absent."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "399348003", "SCT", "antero-posterior"

    assert made(extra={"ViewCodeSequence": [item]}).header.view_position == "AP"


def test_windows_with_their_words_and_function() -> None:
    """The first is the default; the function holds for all."""
    given = (
        Window(30.0, 50.0, WindowFunction.SIGMOID, "soft"),
        Window(10.0, 20.0, WindowFunction.SIGMOID, "hard"),
    )
    pipeline = made(windows=given, rescale=(2.0, -5.0)).pipeline

    assert pipeline.windows == given
    assert pipeline.default_window == given[0]
    assert (pipeline.rescale_slope, pipeline.rescale_intercept) == (2.0, -5.0)


def test_impossible_values_are_told_and_left_out() -> None:
    """A width of 0, a slope of 0, a spacing below 0, a bad date: the picture is still shown."""
    content = wrap_as_dx(
        PICTURE,
        windows=(Window(5.0, 0.0),),
        rescale=(0.0, 3.0),
        imager_spacing=(-1.0, 0.1),
        study_date=date(2023, 2, 3),
    ).replace(b"20230203", b"20231399")

    scan = decode(content)

    assert scan.pipeline.windows == ()
    assert scan.pipeline.rescale_slope == 1.0
    assert scan.header.spacing.row_mm is None
    assert scan.header.study_date is None
    assert len(scan.header.notices) == 4


@pytest.mark.parametrize(
    ("kind", "told", "expected"),
    [(np.uint16, 0, 0), (np.int16, -2000, -2000), (np.int16, 63536, -2000), (np.uint16, 65535, 65535)],
)
def test_padding_in_the_pixels_signedness(kind: type, told: int, expected: int) -> None:
    """Whatever VR a writer chose for it."""
    vr = "SS" if told < 0 else "US"
    scan = decode(_with_padding(PICTURE.astype(kind), told, vr))

    assert scan.pipeline.padding_value == expected


def _with_padding(picture: np.ndarray[Any, Any], value: int, vr: str) -> bytes:
    from io import BytesIO

    import pydicom

    dataset = pydicom.dcmread(BytesIO(wrap_as_dx(picture)))
    dataset.add_new(0x00280120, vr, value)
    out = BytesIO()
    dataset.save_as(out)
    return out.getvalue()


def test_lossy_by_header_and_by_transfer_syntax() -> None:
    """With the ratio where it is told."""
    header = made(lossy_ratio=12.5).header

    assert (header.lossy, header.lossy_ratio) == (True, 12.5)
    assert made(encoding="jpeg2000").header.lossy is False


def test_phantoms_are_virtual() -> None:
    """Our mark in Image Type, or the standard's phantom flag."""
    assert made(image_type=("DERIVED", "SECONDARY", "VIRTUAL")).header.virtual
    assert made(quality_control=True).header.virtual


def test_no_warning_and_no_log_line_leaves_the_decoder(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """They would repeat header values, which may be a patient's."""
    content = wrap_as_dx(
        PICTURE, patient_name="Secret^Name", patient_id="P" * 70, extra={"PatientAge": "003Y"}
    ).replace(b"ISO_IR 192", b"ISO_XX 192")
    with warnings.catch_warnings(record=True) as seen, caplog.at_level(logging.DEBUG):
        warnings.simplefilter("always")
        scan = decode(content)

    assert any("character set" in notice for notice in scan.header.notices)
    assert not seen
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
