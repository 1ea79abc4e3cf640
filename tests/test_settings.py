"""Settings come from the environment alone, and a wrong one is said in a sentence."""

import pytest

from medai_core.domain.refusal import Refusal
from medai_core.settings import settings


def test_defaults_lock_after_a_quarter_of_an_hour() -> None:
    assert settings().idle_lock_seconds == 900
    assert not settings().demo


@pytest.mark.parametrize("value", ["soon", "-5", "0", "1.5", "٣"])
def test_seconds_that_are_none_are_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MEDAI_IDLE_SECONDS", value)
    with pytest.raises(Refusal, match="MEDAI_IDLE_SECONDS"):
        settings()


def test_the_device_is_read_whatever_its_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDAI_DEVICE", " CPU ")
    assert settings().device == "cpu"
