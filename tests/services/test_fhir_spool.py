"""What waits of a pull: it comes back as one stream, and is not readable beside an encrypted store."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.services import fhir_spool
from medai_core.services.fhir_spool import Spool

LINES = st.lists(st.text("abc{}", min_size=1, max_size=50))


@pytest.mark.parametrize("sealed", [False, True])
@given(lines=LINES)
def test_lines_come_back_as_often_as_wanted(
    tmp_path_factory: pytest.TempPathFactory, sealed: bool, lines: list[str]
) -> None:
    with Spool(tmp_path_factory.getbasetemp(), sealed=sealed) as spool:
        for line in lines:
            spool.add(f"{line}\n")
        text = "".join(f"{line}\n" for line in lines)
        assert spool.size == len(text)
        with spool.open() as first, spool.open() as second:
            assert first.read() == second.read() == text.encode()


@pytest.mark.parametrize("sealed", [False, True])
def test_beside_an_encrypted_store_nothing_readable_lies_on_the_disk(
    tmp_path: Path, sealed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(tmp_path / "seen", "w+b") as file:
        monkeypatch.setattr(fhir_spool.tempfile, "TemporaryFile", lambda dir: file)
        spool = Spool(tmp_path, sealed=sealed)
        spool.add("Haemochromatosis\n")
        assert spool.open().readline() == b"Haemochromatosis\n"
        assert (b"Haemo" in (tmp_path / "seen").read_bytes()) is not sealed
