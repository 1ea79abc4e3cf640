"""What is read of Streamlit's inner parts is still there."""

from types import SimpleNamespace

import pytest
from streamlit import config
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from medai_core.settings import settings
from medai_core.ui import runtime


def test_uploads_in_memory_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=manager))
    for number, size in ((1, 30), (2, 12)):
        manager.add_file("tab", UploadedFileRec(f"file-{number}", "film.dcm", "", b"x" * size))
    assert runtime.stored_bytes("tab") == 42
    assert runtime.stored_bytes("another") == 0


@pytest.mark.parametrize(
    ("setting", "path"), [("", ""), ("medai", "/medai"), ("/medai/", "/medai"), ("a/b", "/a/b")]
)
def test_the_prefix_has_one_spelling(monkeypatch: pytest.MonkeyPatch, setting: str, path: str) -> None:
    monkeypatch.setattr(config, "get_option", lambda name: setting)
    assert runtime.base_path() == path


def test_the_host_of_a_trusted_proxy_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    changed: dict[str, list[str]] = {}
    monkeypatch.setattr(config, "get_option", lambda name: ["localhost"])
    monkeypatch.setattr(config, "set_option", changed.__setitem__)
    runtime.allow_public_host(settings())
    assert changed == {}
    monkeypatch.setenv("MEDAI_PUBLIC_URL", "https://medai.example/app")
    runtime.allow_public_host(settings())
    assert changed == {"server.allowedHosts": ["localhost", "medai.example"]}
