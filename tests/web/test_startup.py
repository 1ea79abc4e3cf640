"""A public address without TLS is refused in a sentence."""

import subprocess
import sys

import pytest

from medai_core.domain.refusal import Refusal
from medai_core.settings import settings
from medai_core.web.startup import first_start_text, is_loopback, require_safe_address


@pytest.mark.parametrize("address", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_this_machine_alone_is_safe(address: str) -> None:
    assert is_loopback(address)
    require_safe_address(address, tls=False, options=settings())


@pytest.mark.parametrize(
    "address", [None, "", "0.0.0.0", "::", "192.168.1.4", "medai.example", "localhost.evil.example"]
)
def test_everybody_without_tls_is_refused(address: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        require_safe_address(address, tls=False, options=settings())
    assert refused.value.code == "public-without-tls"
    assert "MEDAI_TRUSTED_PROXY" in refused.value.what_to_do
    require_safe_address(address, tls=True, options=settings())


def test_a_trusted_proxy_may_stand_in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_TRUSTED_PROXY", "1")
    with pytest.raises(Refusal, match="https"):
        require_safe_address("0.0.0.0", tls=False, options=settings())
    monkeypatch.setenv("MEDAI_PUBLIC_URL", "https://medai.example")
    require_safe_address("0.0.0.0", tls=False, options=settings())
    monkeypatch.setenv("MEDAI_PUBLIC_URL", "http://medai.example")
    with pytest.raises(Refusal, match="https"):
        require_safe_address("0.0.0.0", tls=False, options=settings())


def test_the_first_start_says_how_to_sign_in() -> None:
    assert "one-time password: Secret-1\n" in first_start_text("Secret-1")


def test_what_the_worklist_needs_is_loaded_in_the_background() -> None:
    script = """
import sys
from medai_core.web.startup import warm_up
needed = {"numpy", "medai_core.services.worklist", "medai_core.services.importing"}
assert not needed & set(sys.modules)
warm_up(0).join()
assert needed <= set(sys.modules)
assert not {"pandas", "tensorflow"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
