"""Folders and ZIPs as a stream of files; one bad member never stops the others."""

import io
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import (
    DEMO_LIMITS,
    ArchiveLimits,
    FileSource,
    from_bytes,
    is_skipped,
    open_sources,
)
from medai_core.imaging.decode import decode
from medai_core.imaging.wrap import wrap_as_dx

FILM = wrap_as_dx(np.zeros((16, 16), np.uint16))


def zipped(members: dict[str, bytes], **options: int) -> bytes:
    """A ZIP of these members, deflated."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:  # type: ignore[arg-type]
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def outcomes(sources: list[FileSource]) -> dict[str, str]:
    """Each source's name with "read" or the code of its refusal."""
    found = {}
    for source in sources:
        try:
            with source.open() as reader:
                reader.read()
            found[source.name] = "read"
        except Refusal as refusal:
            found[source.name] = refusal.code
    return found


def test_folder_is_walked_sorted_and_known_others_are_passed_over(tmp_path: Path) -> None:
    """Hidden files and folders, notes, an index: in silence; everything else by name."""
    for name in (
        "b/2.dcm",
        "b/10.dcm",
        "a",
        "z.png",
        ".hidden",
        ".git/x.dcm",
        "notes.txt",
        "DICOMDIR",
        "README",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(FILM)

    names = [os.path.relpath(source.name, tmp_path) for source in open_sources(tmp_path)]

    assert names == ["a", "b/10.dcm", "b/2.dcm", "z.png"]


def test_a_file_named_directly_is_never_passed_over(tmp_path: Path) -> None:
    """Whatever it is called."""
    (tmp_path / "notes.txt").write_bytes(FILM)

    (source,) = open_sources(tmp_path / "notes.txt")

    assert (source.name, source.size) == (str(tmp_path / "notes.txt"), len(FILM))
    with source.open() as reader:
        assert decode(reader.read()).header.modality == "DX"


def test_missing_path_is_a_line(tmp_path: Path) -> None:
    assert outcomes(list(open_sources(tmp_path / "none"))) == {str(tmp_path / "none"): "file-unreadable"}


def test_zip_from_disk_and_from_an_upload(tmp_path: Path) -> None:
    """Names are archive/member; members can be opened in any order and twice."""
    content = zipped({"s/2": FILM, "s/1": FILM, "__MACOSX/._1": b"x", "s/note.txt": b"x"})
    (tmp_path / "study.zip").write_bytes(content)
    for given in (tmp_path / "study.zip", from_bytes("study.zip", content)):
        sources = list(open_sources(given))
        assert [source.name.split("study.zip")[1] for source in sources] == ["/s/1", "/s/2"]
        for source in (sources[1], sources[0], sources[0]):
            with source.open() as reader:
                assert reader.read() == FILM


def test_traversal_encryption_nesting_are_lines_and_stop_nothing() -> None:
    """The good member is read all the same."""
    content = bytearray(
        zipped(
            {
                "../../etc/x": b"1",
                "/abs": b"1",
                "C:/x": b"1",
                "locked": b"1",
                "in.zip": zipped({}),
                "ok": FILM,
            }
        )
    )
    at = content.rindex(b"locked") - 46 + 8
    content[at] |= 1

    found = outcomes(list(open_sources(from_bytes("a.zip", bytes(content)))))

    assert found == {
        "a.zip/../../etc/x": "archive-name",
        "a.zip//abs": "archive-name",
        "a.zip/C:/x": "archive-name",
        "a.zip/locked": "archive-encrypted",
        "a.zip/in.zip": "archive-nested",
        "a.zip/ok": "read",
    }


def test_bombs_are_refused_before_they_are_read() -> None:
    """By ratio, by a member's size, by the sum, by the number."""
    content = zipped({"zeros": bytes(4 * 2**20), "ok": FILM})

    def with_limits(limits: ArchiveLimits) -> dict[str, str]:
        return outcomes(list(open_sources(from_bytes("a.zip", content), limits=limits)))

    assert with_limits(ArchiveLimits(ratio_from_bytes=2**20)) == {
        "a.zip/ok": "read",
        "a.zip/zeros": "archive-too-large",
    }
    assert with_limits(ArchiveLimits(member_bytes=2**20))["a.zip/zeros"] == "archive-too-large"
    assert with_limits(ArchiveLimits(total_bytes=2**20)) == {"a.zip": "archive-too-large"}
    assert with_limits(ArchiveLimits(members=1)) == {"a.zip": "archive-too-large"}
    assert with_limits(ArchiveLimits())["a.zip/zeros"] == "read"


def test_the_directory_of_an_archive_is_read_once_and_the_archive_closed_at_the_end() -> None:
    """Else a large archive costs its number of files squared."""
    content = zipped({f"{number:03}": FILM for number in range(60)})
    opened: list[io.BytesIO] = []

    def open_again() -> io.BytesIO:
        opened.append(io.BytesIO(content))
        return opened[-1]

    sources = open_sources(FileSource("a.zip", len(content), open_again))
    first = next(sources)
    with first.open() as kept:
        for source in sources:
            with source.open() as reader:
                assert reader.read() == FILM
        assert len(opened) == 2  # one look at its first bytes, one for everything in it
        assert kept.read() == FILM
    assert all(reader.closed for reader in opened)
    with first.open() as late:
        assert late.read() == FILM
    assert all(reader.closed for reader in opened)


def test_an_archive_that_is_left_half_way_is_closed() -> None:
    content = zipped({"a": FILM, "b": FILM})
    opened: list[io.BytesIO] = []

    def open_again() -> io.BytesIO:
        opened.append(io.BytesIO(content))
        return opened[-1]

    sources = open_sources(FileSource("a.zip", len(content), open_again))
    next(sources)
    sources.close()  # type: ignore[attr-defined]
    assert len(opened) == 2
    assert all(reader.closed for reader in opened)


def test_the_demo_unpacks_little() -> None:
    many = zipped({f"{number}": b"x" for number in range(DEMO_LIMITS.members + 1)})
    (source,) = open_sources(from_bytes("many.zip", many), limits=DEMO_LIMITS)
    with pytest.raises(Refusal, match="at most 500 files that unpack to at most 200 MB"):
        source.open()
    large = zipped({f"{number}": bytes(30 * 2**20) for number in range(7)})
    assert len(large) < 2**20
    assert outcomes(list(open_sources(from_bytes("a.zip", large), limits=DEMO_LIMITS))) == {
        "a.zip": "archive-too-large"
    }


def test_member_that_lies_about_its_size_ends_in_a_refusal() -> None:
    """The directory says 16 bytes; no more than that is ever unpacked."""
    content = bytearray(zipped({"a": bytes(2**20)}))
    for signature, shift in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = content.index(signature) + shift
        content[at : at + 4] = struct.pack("<L", 16)

    assert outcomes(list(open_sources(from_bytes("a.zip", bytes(content))))) == {"a.zip/a": "archive-damaged"}


@pytest.mark.parametrize("damage", ["cut", "middle", "directory"])
def test_damaged_archives_are_lines(damage: str) -> None:
    content = bytearray(zipped({"a": np.random.default_rng(1).bytes(5000), "b": FILM}))
    if damage == "cut":
        del content[-10:]
    elif damage == "middle":
        content[300:400] = bytes(100)
    else:
        content[content.index(b"PK\x01\x02") + 20] ^= 0xFF

    found = outcomes(list(open_sources(from_bytes("a.zip", bytes(content)), from_bytes("next", FILM))))

    assert "archive-damaged" in found.values()
    assert found["next"] == "read"
    if damage == "middle":
        assert found["a.zip/b"] == "read"


def test_dicom_with_a_zip_in_its_preamble_is_dicom() -> None:
    """A preamble may hold anything (PS3.10, 7.1)."""
    both = b"PK\x03\x04" + FILM[4:]

    (source,) = open_sources(from_bytes("x", both))

    assert source.name == "x"


@pytest.mark.parametrize(
    ("name", "skipped"),
    [
        (".DS_Store", True),
        ("a.TXT", True),
        ("Thumbs.db", True),
        ("DICOMDIR", True),
        ("IM0001", False),
        ("a.dcm", False),
        ("a.zip", False),
        ("x.png", False),
        ("dicomdir.dcm", False),
    ],
)
def test_names_that_are_passed_over(name: str, skipped: bool) -> None:
    assert is_skipped(name) is skipped
