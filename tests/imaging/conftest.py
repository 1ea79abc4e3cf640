"""Real files that come with pydicom, by name."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom
import pytest

from medai_core.imaging.isolated import end_workers

FOLDER = Path(pydicom.__file__).parent / "data"


@pytest.fixture
def real_file() -> Callable[[str], Path]:
    """The path of one of pydicom's own files."""

    def find(name: str) -> Path:
        found = sorted(FOLDER.rglob(name))
        assert found, name
        return found[0]

    return find


@pytest.fixture(autouse=True, scope="module")
def no_workers_left() -> Iterator[None]:
    """Codec workers of a module end with it."""
    yield
    end_workers()
