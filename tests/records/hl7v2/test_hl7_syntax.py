"""Separators, escapes, character sets, line ends and frames."""

import io

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.refusal import Refusal
from medai_core.records.hl7v2.charset import decoded, encoding_of
from medai_core.records.hl7v2.framing import RawMessage, Stray, messages
from medai_core.records.hl7v2.reading import COUNTED
from medai_core.records.hl7v2.syntax import Separators, parsed, separators_of, unescaped
from tests.support.hl7 import Many, draft, drafts, escaped, message, msh, obr, obx, pid, reads, segment

# No full stop: with it the names of layout commands begin.
MARKS = st.lists(
    st.sampled_from(list("|^~\\&#$%*+;:<>=?@!/'\"()[]{},-_`")), min_size=5, max_size=5, unique=True
)
TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=40)


def found(raw: bytes) -> list[RawMessage | Stray]:
    return list(messages(lambda: io.BytesIO(raw)))


@given(MARKS, st.text(st.characters(blacklist_categories=("Cs",)), max_size=60))
def test_what_is_escaped_comes_back(marks: list[str], text: str) -> None:
    separators = Separators(*marks)
    wire = escaped(text, separators)
    assert not set(wire) & {
        separators.field,
        separators.component,
        separators.repetition,
        separators.sub,
        "\r",
    }
    assert unescaped(wire, separators) == text.replace("\r", "\n")


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (r"a\F\b\S\c\T\d\R\e\E\f", "a|b^c&d~e\\f"),
        (r"\X414243\ and \X0D0A\.", "ABC and \r\n."),
        (r"\XC3A9\t\XE9\ ", "\u00e9t\u00e9 "),
        (r"one\.br\two\.sp2\three\.in4\four", "one\ntwo\n\nthreefour"),
        (r"\H\bold\N\ text", "bold text"),
        (r"C:\temp\new", r"C:\temp\new"),
        (r"open \F", r"open \F"),
        ("\\\\", "\\\\"),
        (r"\Z1\kept", r"\Z1\kept"),
    ],
)
def test_escape_sequences(wire: str, text: str) -> None:
    assert unescaped(wire, Separators()) == text


@pytest.mark.parametrize(
    "header", ["MSH", "MSH|", "MSH||x", "MSH|||", "MSH|^^\\&|", "MSHX^~\\&", "MSH|ab\\&|"]
)
def test_separators_that_cannot_separate_are_refused(header: str) -> None:
    with pytest.raises(Refusal) as caught:
        separators_of(header)
    assert caught.value.code == "hl7-separators"
    assert "MSH-1" in caught.value.sentence or "MSH-2" in caught.value.sentence


def test_missing_separators_are_the_usual_ones() -> None:
    assert separators_of("MSH|^~|APP") == Separators()
    assert separators_of("MSH|^~\\&#|APP") == Separators()
    assert separators_of("MSH$*%?!$APP") == Separators("$", "*", "%", "?", "!")


@given(MARKS, st.lists(st.lists(TEXT.map(str.strip), min_size=1, max_size=4), min_size=1, max_size=5))
def test_any_separators_and_any_text(marks: list[str], fields: list[list[str]]) -> None:
    separators = Separators(*marks)
    lines = [msh(marks=separators), segment("ZZZ", dict(enumerate(fields, start=1)), separators)]
    raw = RawMessage(1, 1, [each.encode() for each in lines])
    (_, zzz) = parsed(raw).segments
    for number, components in enumerate(fields, start=1):
        for place, text in enumerate(components, start=1):
            assert zzz.text(number, place) == ("" if text == '""' else text)


@given(st.lists(st.sampled_from(["PID|1||7", "OBX|1|NM|8867-4^x&y~z", "NTE|1||a b  ", "ZZ1|"]), max_size=6))
def test_splitting_agrees_with_the_package(lines: list[str]) -> None:
    header = msh()
    raw = RawMessage(1, 1, [each.encode() for each in [header, *lines]])
    theirs = hl7.parse("\r".join([header, *lines]))
    ours = parsed(raw).segments
    assert [each.name for each in ours] == [str(each[0]) for each in theirs]
    assert [str(each.parts).rstrip() for each in ours] == [str(each).rstrip() for each in theirs]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n", "\n\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\x0b", b"\n\xef\xbb\xbf", b"  "])
def test_line_ends_and_marks(end: str, mark: bytes) -> None:
    raw = mark + message(msh(), pid(), obr(), obx(), end=end)
    assert [each.resource for each in reads(raw)] == ["MSH", "OBX"]
    assert reads(raw) == reads(message(msh(), pid(), obr(), obx()))


def test_frames_batches_and_several_messages() -> None:
    one, two = message(msh(), pid(), obx()), message(msh(f10="2"), pid("12"), obx())
    framed = b"\x0b" + one + b"\x1c\r\x0b" + two + b"\x1c\r"
    batch = b"FHS|^~\\&|LAB\rBHS|^~\\&|LAB\r" + one + two + b"BTS|2\rFTS|1\r"
    for raw in (one + two, framed, batch, one + b"\xef\xbb\xbf" + two):
        assert [each.where for each in reads(raw)] == [
            "message 1",
            "message 1, OBX 1",
            "message 2",
            "message 2, OBX 1",
        ]
        assert [each.subject_key for each in drafts(raw, "Patient")] == [
            each.key for each in drafts(one + two, "Patient")
        ]


def test_lines_before_the_first_message_are_told_once() -> None:
    first, *rest = reads(b"PID|1||7\nOBX|1\n" + message(msh(), pid(), obx()))
    assert (first.where, first.resource) == ("line 1", "MSH")
    assert "MSH as the first segment" in first.refused
    assert [bool(each.drafts) for each in rest] == [True, True]


def test_a_text_broken_by_a_line_end_goes_on() -> None:
    raw = message(msh(), pid(), obx("first\nsecond line", "TX"))
    assert draft(raw, "Observation").values[0].text == "first\nsecond line"
    assert any("no segment name" in each for each in reads(raw)[0].cautions)


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("", "utf-8"), ("ASCII", "utf-8"), ("8859/1", "latin-1"), ("8859/15", "iso8859_15"),
        ("ISO IR100", "latin-1"), ("ISO IR144", "iso8859_5"), ("UNICODE UTF-8", "utf-8"), ("utf-8", "utf-8"),
        ("WINDOWS-1252", "cp1252"),
        ("ISO-8859-2", "iso8859_2"), ("ISO_IR_101", "iso8859_2"), ("GB 18030-2000", "gb18030"), ("USA", None),
        ("8859/12", None),
    ],
)  # fmt: skip
def test_character_sets(declared: str, encoding: str | None) -> None:
    assert encoding_of(declared) == encoding


@pytest.mark.parametrize(
    ("declared", "encoding", "text", "caution"),
    [
        ("8859/1", "latin-1", "M\u00fcller", ""),
        ("8859/5", "iso8859_5", "\u0418\u0432\u0430\u043d", ""),
        ("UNICODE UTF-8", "utf-8", "\u674e", ""),
        ("", "utf-8", "M\u00fcller", ""),
        ("GB 18030-2000", "gb18030", "\u674e", ""),
        ("8859/1", "utf-8", "\u00b5mol", "are UTF-8"),
        ("UNICODE UTF-8", "cp1252", "M\u00fcller \u20ac", "windows-1252"),
        ("", "latin-1", "M\u00fcller", "windows-1252"),
        ("NONSENSE", "utf-8", "M\u00fcller", "table 0211"),
    ],
)
def test_a_wrong_character_set_is_told_and_read(
    declared: str, encoding: str, text: str, caution: str
) -> None:
    raw = b"\r".join([msh(f18=declared).encode(), pid(name=(text, "X")).encode(encoding), obx().encode()])
    told = reads(raw)[0]
    assert draft(raw, "Patient").content["name"][0]["family"] == text
    assert any(caution in each for each in told.cautions) if caution else told.cautions == ()


def test_utf_16_is_read() -> None:
    lines = "\r".join([msh(), pid(name=("\u674e", "X")), obx()])
    for encoding in ("utf-16", "utf-16-le"):
        assert draft(lines.encode(encoding), "Patient").content["name"][0]["family"] == "\u674e"


@given(st.binary(max_size=200))
def test_decoding_never_fails(raw: bytes) -> None:
    for declared in ("", "8859/1", "ISO IR87", "GB 18030-2000", "CNS 11643-1992", "nothing"):
        assert isinstance(decoded(raw, declared)[0], str)


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_any_bytes_give_reads(noise: bytes) -> None:
    for raw in (
        noise,
        b"MSH|" + noise,
        message(msh(), pid()) + noise,
        message(msh(), pid()) + b"OBX|" + noise,
    ):
        found = reads(raw)
        assert found
        for read in found:
            assert bool(read.drafts) != bool(read.refused)
            assert read.resource in ("MSH", *COUNTED)


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            ["MSH", "PID", "PV1", "ORC", "OBR", "NTE", "RXO", "RXR", "MRG", "SCH", "IAM", *COUNTED]
        )
    ),
    st.data(),
)
def test_any_segments_give_a_read_each(names: list[str], data: st.DataObject) -> None:
    pieces = st.text('0123456789.^&~\\"-+ ABCDEFNRSTWX', max_size=12)
    lines = [f"{name}|{'|'.join(data.draw(st.lists(pieces, max_size=12)))}" for name in names]
    lines = [line.replace("MSH|", "MSH|^~\\&|", 1) if line.startswith("MSH") else line for line in lines]
    raw = message(msh("ORU^R01"), pid(), *lines)
    found = reads(raw)
    assert [each.resource for each in found if each.resource != "MSH"] == [
        name for name in names if name in COUNTED
    ]
    assert all(bool(read.drafts) != bool(read.refused) for read in found)


def test_a_segment_with_another_separator_is_told() -> None:
    head, *rest = reads(message(msh(), pid(), "OBX;1;NM;8867-4;;60", "NTE;1", obx()))
    assert "NTE does not use the field separator of MSH-1." in head.cautions
    assert sorted(bool(each.drafts) for each in rest) == [False, True]
    assert any("field separator" in each.refused for each in rest)


def test_own_separators_are_used_throughout() -> None:
    marks = Separators("$", "*", "%", "?", "!")
    lines = [
        msh(marks=marks),
        segment("PID", {3: ["7", "", "", "NORTH", "MR"], 5: Many([["O?Neil", "A$B"]])}, marks),
        segment("OBX", {2: "ST", 3: ["x"], 5: "5$ | 6^", 11: "F"}, marks),
    ]
    raw = message(*lines)
    assert draft(raw, "Patient").content["name"] == [{"family": "O?Neil", "given": ["A$B"]}]
    assert draft(raw, "Observation").content["valueString"] == "5$ | 6^"


def test_an_oversized_segment_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medai_core.records.hl7v2.framing.LONGEST_SEGMENT", 4000)
    found = reads(message(msh(), pid(), obx("x" * 5000, "TX"), obx()))
    assert [bool(each.drafts) for each in found] == [True, True, False]
    assert "longer than we read" in found[-1].refused


def test_an_empty_file_is_one_line() -> None:
    for raw in (b"", b"\xef\xbb\xbf", b"\r\n\r\n", b"\x0b\x1c\r"):
        (read,) = reads(raw)
        assert read.refused.startswith("Expected a message that begins with MSH; found an empty file.")
