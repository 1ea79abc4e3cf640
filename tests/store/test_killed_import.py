"""A process killed in the middle of an import leaves a consistent store, and the import can be repeated."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from medai_core.store.database import Store
from tests.support.raw import Raw

ROOT = Path(__file__).resolve().parents[2]
IMPORTER = Path(__file__).with_name("importer.py")
COUNT = 60


def run(home: Path, url: str | None, *, kill_after: int | None = None, pause: float = 0.0) -> int:
    """Import; with `kill_after`, SIGKILL `pause` seconds after that many files. Files reported as stored."""
    command = [sys.executable, str(IMPORTER), str(home), str(COUNT), url or ""]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        reported = 0
        for _ in process.stdout:
            reported += 1
            if reported == kill_after:
                time.sleep(pause)
                process.send_signal(signal.SIGKILL)
    return reported


def test_killed_at_random_points(home: Path, url: str | None, raw: Raw) -> None:
    chance = random.Random(20260102)
    promised = 0
    for _ in range(6):
        reported = run(home, url, kill_after=chance.randint(1, 15), pause=chance.random() * 0.02)
        promised = max(promised, reported)
        store = Store(home, url)
        stored = store.images.digests()
        assert len(stored) >= promised  # what was reported is kept
        assert store.verify() == []
        assert all(not store.blobs.damaged(digest) for digest in store.blobs.digests())
        assert store.audit.count(action="image-stored") == len(stored)
        if url is None:
            assert raw.run("PRAGMA integrity_check") == [("ok",)]
            assert raw.run("PRAGMA foreign_key_check") == []
        lines = raw.run("SELECT count(*) FROM import_lines WHERE outcome = 'stored'")
        counted = raw.run("SELECT coalesce(sum(image_count), 0) FROM studies")
        assert int(lines[0][0]) == int(counted[0][0]) == len(stored)
        assert store.imports.recent()[0].finished_at is None
        store.close()
    assert run(home, url) == COUNT
    store = Store(home, url)
    assert len(store.images.digests()) == COUNT
    assert store.patients.count() == store.studies.count() == COUNT // 5
    store.sweep(older_than_seconds=-1)
    assert set(store.blobs.digests()) == store.images.digests()
    assert store.verify() == []
    store.close()
