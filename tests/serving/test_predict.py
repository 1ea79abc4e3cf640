"""From a scan to a prediction: sums, intervals, refusals, order, heat maps."""

from collections.abc import Callable

import numpy as np
import pytest

from medai_core.domain.imaging import Scan
from medai_core.domain.refusal import Refusal
from medai_core.learning.served import MAP_SIZE
from medai_core.serving.explain import heat_map
from medai_core.serving.predict import LOSSY_CAUTION, predict, predict_batch
from medai_core.serving.registry import available, card
from tests.serving.conftest import MODEL, film_header, picture_header

MakeScan = Callable[..., Scan]


def test_a_reading_carries_everything(make_scan: MakeScan) -> None:
    scan = make_scan()
    answer = predict(scan, MODEL)
    model = card(MODEL)
    assert answer.refused is None
    assert (answer.model, answer.version) == (MODEL, model.version)
    assert answer.weights_digest == model.weights_digest
    assert answer.input_digest == scan.digest
    assert tuple(one.label for one in answer.findings) == model.labels
    for one in answer.findings:
        assert 0 <= one.low <= one.probability <= one.high <= 1
        assert one.threshold == model.thresholds[one.label]
        assert one.level == 0.95
        assert one.flagged == (one.probability >= one.threshold)


def test_pneumonia_is_bacterial_plus_viral(make_scan: MakeScan) -> None:
    for seed in range(5):
        score = {one.label: one.probability for one in predict(make_scan(seed=seed), MODEL).findings}
        assert score["pneumonia"] == pytest.approx(score["bacterial"] + score["viral"], abs=1e-9)


def test_a_batch_keeps_order_around_refusals(make_scan: MakeScan) -> None:
    scans = [
        make_scan(seed=1),
        make_scan(film_header(modality="MR"), seed=2),
        make_scan(seed=3),
        make_scan(seed=4, pixels=np.zeros((256, 300), dtype=np.uint8)),
        make_scan(picture_header(), seed=5),
    ]
    answers = predict_batch(scans, MODEL)
    assert [one.input_digest for one in answers] == [scan.digest for scan in scans]
    assert [one.refused is None for one in answers] == [True, False, True, False, True]
    assert "uniform" in (answers[3].refused or "")
    assert answers[1].findings == answers[3].findings == ()
    assert answers[4].cautions
    for scan, answer in zip(scans, answers, strict=True):
        alone = predict(scan, MODEL)
        assert alone.refused == answer.refused
        assert [one.probability for one in alone.findings] == pytest.approx(
            [one.probability for one in answer.findings], abs=1e-4
        )


def test_an_empty_batch_is_empty() -> None:
    assert predict_batch([], MODEL) == []


def test_pixels_that_cannot_be_decoded_are_a_refusal(make_scan: MakeScan) -> None:
    def broken(frame: int) -> np.ndarray:
        raise Refusal("pixels", expected="whole pixel data", found="part of it", what_to_do="Send it again.")

    scan = make_scan()
    answer = predict(Scan(scan.header, scan.pipeline, broken, scan.digest), MODEL)
    assert answer.refused == "Expected whole pixel data; found part of it. Send it again."
    assert answer.cautions == ()


def test_lossy_files_are_cautioned(make_scan: MakeScan) -> None:
    assert LOSSY_CAUTION in predict(make_scan(film_header(lossy=True)), MODEL).cautions


def test_an_unknown_model_is_refused(make_scan: MakeScan) -> None:
    for name in ("adult_heart", "../paediatric_pneumonia", ""):
        with pytest.raises(Refusal) as caught:
            predict(make_scan(), name)
        assert caught.value.code == "unknown-model"


def test_the_card_is_found_among_all() -> None:
    assert MODEL in [one.name for one in available()]


@pytest.mark.parametrize("label", ["pneumonia", "bacterial", "viral"])
def test_a_heat_map_covers_the_image(make_scan: MakeScan, label: str) -> None:
    shown = heat_map(make_scan(), MODEL, label)
    assert shown.label == label
    assert shown.values.shape == (MAP_SIZE, MAP_SIZE)
    assert shown.values.dtype == np.float32
    assert 0.0 <= shown.values.min() <= shown.values.max() <= 1.0


def test_a_heat_map_of_nothing_is_refused(make_scan: MakeScan) -> None:
    with pytest.raises(Refusal) as caught:
        heat_map(make_scan(), MODEL, "fracture")
    assert caught.value.code == "unknown-label"
