"""A process that is killed in the middle of an import: what is stored is whole, and it can be repeated."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from medai_core.__main__ import main
from medai_core.store.database import Store
from tests.support.films import film

FILES = 24


@pytest.mark.parametrize("after", [1, 9])
def test_a_killed_import_leaves_whole_files_and_can_be_repeated(
    after: int, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:02}.dcm").write_bytes(film(number))
    command = [sys.executable, "-m", "medai_core", "import", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        told = [json.loads(process.stdout.readline()) for _ in range(after)]
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL

    store = Store(home)
    assert store.verify() == []
    images = [image for line in told if (image := store.images.get(line["image"]))]
    assert len(images) == after
    assert after <= len(store.images.digests()) < FILES
    assert store.imports.recent()[0].finished_at is None
    store.close()

    assert main(["import", str(folder)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == FILES
    assert {line["outcome"] for line in lines} == {"stored", "duplicate"}
    store = Store(home)
    assert store.verify() == []
    assert len(store.images.digests()) == FILES
    store.sweep(older_than_seconds=0)
    kept = {path.name for path in (home / "blobs").rglob("*") if path.is_file()}
    assert kept == store.images.digests()
    store.close()
