"""The README cannot drift from the code: settings, pages, models and commands are all in it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _block(marker: str) -> str:
    found = re.search(rf"<!-- {marker} -->\n```\n(.+?)\n```", README, re.DOTALL)
    assert found, f"README.md has no block after <!-- {marker} -->"
    return found.group(1)


def test_every_setting_is_described() -> None:
    source = (ROOT / "medai_core" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r'"(MEDAI_[A-Z_]+)"', source))
    assert names
    assert sorted(name for name in names if f"`{name}`" not in README) == []


def test_every_page_is_described() -> None:
    pages = [path.stem for path in (ROOT / "pages").glob("*.py")]
    assert pages
    assert sorted(page for page in pages if f"**{page.capitalize()}**" not in README) == []


def test_every_model_is_described() -> None:
    models = [path.parent.name for path in (ROOT / "medai_core" / "models").glob("*/card.json")]
    assert models
    assert sorted(model for model in models if f"`{model}`" not in README) == []


def test_the_pictures_exist() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert [picture for picture in pictures if not (ROOT / picture).is_file()] == []


@pytest.mark.parametrize("marker", ["run command", "test command"])
def test_each_command_is_one_line_that_installs_first(marker: str) -> None:
    command = _block(marker)
    assert "\n" not in command
    assert "pip install" in command
    assert "-r requirements.txt" in command


def test_it_says_what_it_is_not() -> None:
    assert "not a medical device" in README
