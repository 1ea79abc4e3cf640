"""The default install keeps to permissive licences, so that a hospital can ship it."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def _licence_words(package: Distribution) -> str:
    metadata = package.metadata
    words = [metadata.get("License-Expression") or "", *(metadata.get_all("Classifier") or [])]
    if not words[0]:
        words.append((metadata.get("License") or "")[:200])
    return " | ".join(word for word in words if word and ("License" in word or "::" not in word))


def _closure(names: list[str]) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        for line in found[name].requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return found


def _required() -> list[str]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line).name for line in lines if line and not line.startswith("#")]


def test_no_package_of_the_install_is_under_the_gpl() -> None:
    packages = _closure(_required())
    assert len(packages) > 40
    copyleft = {
        name: _licence_words(package)
        for name, package in packages.items()
        if re.search(r"(?<!L)\b(A?GPL|GNU (Affero )?General Public)", _licence_words(package))
    }
    assert copyleft == {}


def test_every_requirement_has_a_floor_and_a_ceiling() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            operators = {specifier.operator for specifier in Requirement(line).specifier}
            assert operators == {">=", "<"}, line
