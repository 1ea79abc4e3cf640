"""Every token is measured again: contrast by WCAG, distance by CIE76 under simulated dichromacy."""

import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from medai_core.charts import colors
from medai_core.charts.colors import ALARM, CONTROL_BORDER, DARK, LIGHT, NEUTRAL, RISK, Palette

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"

# Machado, Oliveira, Fernandes (2009), severity 1.0, applied to linear sRGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(color: str) -> NDArray[np.float64]:
    value = np.array([int(color[index : index + 2], 16) for index in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    light, dark = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (first, second))[::-1]
    return (light + 0.05) / (dark + 0.05)


def lab(color: str, vision: str) -> NDArray[np.float64]:
    xyz = XYZ @ np.clip(VISIONS[vision] @ linear(color), 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def smallest_distance(shades: tuple[str, ...]) -> float:
    return min(
        float(np.linalg.norm(lab(first, vision) - lab(second, vision)))
        for vision in VISIONS
        for first, second in combinations(shades, 2)
    )


def test_the_measures_agree_with_known_values() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert lab("#FF0000", "normal") == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    assert smallest_distance(("#B07A00", "#E0452A")) < 10  # the pair that was rejected


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_text_reads_at_4_5_and_controls_at_3(palette: Palette) -> None:
    for ground in (palette.background, palette.panel):
        for words in (palette.text, palette.muted, palette.link):
            assert contrast(words, ground) >= 4.5
        assert contrast(palette.border, ground) >= 3
    assert contrast("#FFFFFF", palette.primary) >= 4.5
    assert contrast(palette.primary, palette.background) >= 3


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_series_can_be_told_apart(palette: Palette) -> None:
    assert len(palette.series) == 6
    assert min(contrast(shade, palette.background) for shade in palette.series) >= 3
    assert smallest_distance(palette.series) >= 20


def test_marks_of_both_themes_hold_on_both_backgrounds() -> None:
    for shade in (*NEUTRAL, RISK.low, RISK.moderate, RISK.high, CONTROL_BORDER):
        assert contrast(shade, DARK.background) >= 3
        assert contrast(shade, LIGHT.background) >= 3
    for shade in (RISK.low, RISK.moderate, RISK.high):
        assert contrast(shade, DARK.panel) >= 3
        assert contrast(shade, LIGHT.panel) >= 3
    assert smallest_distance(NEUTRAL) >= 10
    assert smallest_distance((RISK.low, RISK.moderate, RISK.high)) >= 20


def test_alarms_carry_black_text() -> None:
    fills = (ALARM.high, ALARM.medium, ALARM.low)
    assert min(contrast(fill, ALARM.text) for fill in fills) >= 4.5
    assert smallest_distance(fills) >= 20


def test_sequential_ramps_rise_evenly_in_lightness() -> None:
    for palette, rising in ((DARK, True), (LIGHT, False)):
        lightness = [float(lab(shade, "normal")[0]) for shade in palette.sequential]
        assert len(lightness) == 10
        assert lightness == sorted(lightness, reverse=not rising)
    assert len(colors.DIVERGING) == 10


@pytest.mark.parametrize(("name", "palette"), [("dark", DARK), ("light", LIGHT)])
def test_theme_file_uses_the_tokens(name: str, palette: Palette) -> None:
    theme: dict[str, Any] = tomllib.loads(CONFIG.read_text())["theme"]
    table = theme[name]
    assert table["primaryColor"] == palette.primary
    assert table["backgroundColor"] == palette.background
    assert table["secondaryBackgroundColor"] == palette.panel
    assert table["textColor"] == palette.text
    assert table["linkColor"] == palette.link
    assert table["borderColor"] == palette.border
    assert tuple(table["chartCategoricalColors"]) == palette.series
    assert tuple(table["chartSequentialColors"]) == palette.sequential
    assert table["sidebar"]["backgroundColor"] == palette.panel
    assert tuple(theme["chartDivergingColors"]) == colors.DIVERGING


def test_theme_names_only_options_that_streamlit_knows() -> None:
    from streamlit import config

    def options(table: dict[str, Any], prefix: str) -> list[str]:
        found = []
        for key, value in table.items():
            found += options(value, f"{prefix}.{key}") if isinstance(value, dict) else [f"{prefix}.{key}"]
        return found

    named = options(tomllib.loads(CONFIG.read_text())["theme"], "theme")
    assert len(named) > 20
    assert set(named) <= set(config.get_config_options())


def test_with_alpha() -> None:
    assert colors.with_alpha("#0072B2", 0.25) == "rgba(0,114,178,0.25)"
