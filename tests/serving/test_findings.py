"""Models of many separate findings: their kind, their own maps, and findings that are not relied on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from medai_core.domain.imaging import Scan
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.refusal import Refusal
from medai_core.learning.calibration import sigmoid
from medai_core.learning.served import MAP_SIZE
from medai_core.serving import explain, predict, registry, runtime
from tests.support import chest

MakeScan = Callable[..., Scan]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The made-up model and gate; the network gives the label's place as logit, more in the first field."""
    heat = {"scale": dict.fromkeys(chest.LABELS, 2.0), "zero": dict.fromkeys(chest.LABELS, 0.0)}
    heat["zero"]["Effusion"] = -4.0
    chest.install(monkeypatch, tmp_path / "models", chest.card(heat_map=heat), chest.gate_card())

    def run(name: str, images: np.ndarray) -> runtime.Output:
        maps = np.tile(np.arange(len(chest.LABELS), dtype=np.float32) - 8.0, (len(images), 4, 4, 1))
        maps[:, 0, 0] += 3.0
        return runtime.Output(maps.mean(axis=(1, 2)), maps, registry.card(name).weights_digest)

    monkeypatch.setattr(runtime, "run", run)


def test_models_are_listed_by_kind() -> None:
    assert [one.name for one in registry.available()] == ["film_findings", "paediatric_pneumonia"]
    assert [one.name for one in registry.available("gate")] == [chest.GATE]
    assert len(registry.available(None)) == 3
    assert registry.card(chest.GATE).kind == "gate"
    with pytest.raises(Refusal, match=chest.GATE):
        registry.card("no_such_model")


def test_each_finding_has_its_own_score_and_word(make_scan: MakeScan) -> None:
    model = registry.card(chest.NAME)
    ((findings, _),) = predict._findings(model, np.zeros((1, 128, 128, 1), dtype=np.float32))
    assert tuple(one.label for one in findings) == chest.LABELS
    for place, one in enumerate(findings):
        expected = float(sigmoid(np.array(place - 8.0 + 3.0 / 16)))
        assert one.probability == pytest.approx(expected, abs=1e-6)
        assert one.reliable == (one.label not in chest.WEAK)
        assert one.flagged == (one.reliable and expected >= chest.THRESHOLD)


def test_a_finding_that_is_not_reliable_is_never_flagged() -> None:
    sure = Finding("Hernia", 0.99, 0.9, 1.0, 0.1)
    assert sure.flagged
    assert not replace(sure, reliable=False).flagged


def test_a_map_is_shown_from_its_own_zero(make_scan: MakeScan) -> None:
    shown = explain.heat_map(make_scan(), chest.NAME, "Effusion").values
    assert shown.shape == (MAP_SIZE, MAP_SIZE)
    # -6 everywhere but -3 in the first field; zero at -4, full colour 2 above
    assert 0.4 < shown[4, 4] < 0.9  # the bicubic overshoots at a corner
    assert shown[-1, -1] == 0.0
    # without a zero of its own the logit itself counts: 13 - 8 = 5 everywhere
    assert explain.heat_map(make_scan(), chest.NAME, "Pleural_Thickening").values.min() == 1.0


@pytest.mark.parametrize("label", chest.WEAK)
def test_no_map_of_a_finding_that_is_not_reliable(make_scan: MakeScan, label: str) -> None:
    with pytest.raises(Refusal) as caught:
        explain.heat_map(make_scan(), chest.NAME, label)
    assert caught.value.code == "not-reliable"


def test_a_prediction_says_what_it_leaves_out() -> None:
    answer: Prediction = chest.prediction()
    assert {one.label for one in answer.findings if not one.reliable} == set(chest.WEAK)
    assert {one.label for one in answer.findings if one.flagged} == set(chest.FLAGGED)
