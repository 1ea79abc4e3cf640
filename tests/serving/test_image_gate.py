"""The look at the picture: what passes, what is refused and in which words, and that it is asked once."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from medai_core.domain.imaging import Scan
from medai_core.domain.refusal import Refusal
from medai_core.imaging.decode import decode
from medai_core.imaging.picture import png_bytes
from medai_core.imaging.wrap import wrap_as_dx
from medai_core.learning.looks import READ_WITHOUT, TURNS, VIEWS
from medai_core.models.image_gate import made
from medai_core.serving import image_gate, registry, runtime
from medai_core.serving.predict import predict, predict_batch
from medai_core.serving.registry import available, card
from tests.serving.conftest import MODEL, film_header, picture_header
from tests.support.films import chest

MakeScan = Callable[..., Scan]
FILMS = ("normal", "pneumonia")
BAD_WORDS = ("normal", "clear", "healthy")


def picture(pixels: np.ndarray) -> Scan:
    """A PNG of 8-bit pixels, decoded."""
    return decode(png_bytes(np.ascontiguousarray(pixels)))


def drawn(kind: str, seed: int) -> np.ndarray:
    """A made picture in 8 bits."""
    return np.rint(made.made_picture(kind, np.random.default_rng(seed)) * 255).astype(np.uint8)


@pytest.fixture(autouse=True)
def _no_kept_looks() -> None:
    image_gate._looks.clear()


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("size", [128, 224, 320, 448])
def test_a_childs_film_passes_at_every_size(name: str, size: int) -> None:
    seen = image_gate.look(picture(chest(name, rows=size, columns=int(size * 1.25))))
    assert seen.accepts[MODEL] is None
    assert seen.orientation == "upright"
    assert seen.quality == ()
    assert seen.out_of_distribution[MODEL] <= 1.0
    assert max(seen.scores, key=lambda view: seen.scores[view]) == "frontal_chest"


def test_scores_of_any_picture_sum_to_one() -> None:
    pictures = [chest(), np.zeros((5, 300), np.uint8), np.full((1, 1), 200, np.uint8)]
    pictures += [np.zeros((200, 200, 3), np.uint8), *(drawn(kind, 5) for kind in made.KINDS)]
    for pixels in pictures:
        seen = image_gate.look(picture(pixels))
        assert tuple(seen.scores) == VIEWS
        assert sum(seen.scores.values()) == pytest.approx(1.0, abs=1e-9)
        assert all(0 <= one <= 1 for one in seen.scores.values())
        assert seen.orientation in TURNS
        assert 0 <= seen.mirrored <= 1


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize(
    ("turn", "words"),
    [(1, "turned by a quarter to the left"), (2, "upside down"), (3, "turned by a quarter to the right")],
)
def test_a_turned_film_is_refused_with_its_turn(name: str, turn: int, words: str) -> None:
    seen = image_gate.look(picture(np.rot90(chest(name, rows=240, columns=300), turn)))
    refused = seen.accepts[MODEL]
    assert refused is not None
    assert refused.startswith("Expected an upright film; found one that looks ")
    assert words in refused
    assert refused.endswith(READ_WITHOUT)
    assert seen.orientation == TURNS[turn]


def test_an_inverted_film_is_refused_but_not_a_monochrome1_file() -> None:
    film = chest(rows=240, columns=300)
    seen = image_gate.look(picture(255 - film))
    assert "grey values look inverted" in (seen.accepts[MODEL] or "")
    assert "image-inverted" in seen.quality
    assert image_gate.look(decode(wrap_as_dx(255 - film, photometric="MONOCHROME1"))).accepts[MODEL] is None


@pytest.mark.parametrize("kind", [kind for kind in made.KINDS])
def test_made_pictures_are_refused_by_every_model(kind: str) -> None:
    for seed in range(3):
        seen = image_gate.look(picture(drawn(kind, 900 + seed)))
        for name, refused in seen.accepts.items():
            assert refused is not None, (kind, seed, name)
            assert refused.endswith(READ_WITHOUT) or "pixels" in refused


def test_what_is_no_chest_is_said_so_and_nothing_more() -> None:
    refused = image_gate.look(picture(drawn("screen", 12))).accepts[MODEL]
    assert refused == (
        "Expected a frontal chest film; found a picture that does not look like one. " + READ_WITHOUT
    )


@pytest.mark.parametrize(
    ("pixels", "code", "words"),
    [
        (chest(rows=95, columns=130), "image-too-small", "found 130 x 95 pixels"),
        (np.full((200, 200), 90, np.uint8), "image-blank", "nearly uniform"),
        (np.maximum(chest(rows=200, columns=200), 90) // 90 * 90, "image-exposure", "mostly black"),
    ],
)
def test_poor_pictures_are_refused_for_what_is_poor(pixels: np.ndarray, code: str, words: str) -> None:
    if code == "image-exposure":
        pixels = np.where(chest(rows=200, columns=200) > 215, 200, 0).astype(np.uint8)
    seen = image_gate.look(picture(pixels))
    assert seen.quality == (code,)
    refused = seen.accepts[MODEL]
    assert refused is not None
    assert words in refused
    assert refused.endswith(READ_WITHOUT)


def test_ninety_six_pixels_are_enough() -> None:
    assert "image-too-small" not in image_gate.look(picture(chest(rows=96, columns=120))).quality


def test_no_sentence_calls_a_film_normal() -> None:
    for pixels in (np.rot90(chest()), 255 - chest(), drawn("chart", 1), chest()[:50]):
        text = " ".join(filter(None, image_gate.look(picture(pixels)).accepts.values())).lower()
        assert text
        assert not any(word in text for word in BAD_WORDS)


def test_a_look_is_kept_by_the_files_digest(make_scan: MakeScan, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    run = runtime.run

    def watched(name: str, images: np.ndarray) -> runtime.Output:
        asked.append(name)
        return run(name, images)

    monkeypatch.setattr(runtime, "run", watched)
    scan = make_scan()
    first = image_gate.look(scan)
    assert image_gate.look(scan) is first
    predict(scan, MODEL)
    assert asked == [image_gate.NAME, MODEL]
    image_gate.look(make_scan(seed=2))
    assert asked == [image_gate.NAME, MODEL, image_gate.NAME]


def test_only_so_many_looks_are_kept(make_scan: MakeScan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_gate, "KEPT_LOOKS", 2)
    scans = [make_scan(seed=seed) for seed in range(4)]
    glimpses = [image_gate.glimpse(scan.digest, chest().astype(np.float32) / 255) for scan in scans]
    assert len(image_gate.looks(glimpses)) == 4
    assert len(image_gate._looks) == 2


def test_the_model_does_not_run_for_what_the_gate_refuses(
    make_scan: MakeScan, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runtime.run
    seen: list[tuple[str, int]] = []

    def watched(name: str, images: np.ndarray) -> runtime.Output:
        seen.append((name, len(images)))
        return run(name, images)

    monkeypatch.setattr(runtime, "run", watched)
    film = chest(rows=256, columns=300)
    scans = [make_scan(pixels=film), make_scan(pixels=np.rot90(film)), make_scan(pixels=drawn("noise", 3))]
    answers = predict_batch(scans, MODEL)
    assert [one.refused is None for one in answers] == [True, False, False]
    assert seen == [(image_gate.NAME, 3), (MODEL, 1)]
    assert [one.weights_digest for one in answers] == [
        card(MODEL).weights_digest,
        image_gate.installed_digest(),
        image_gate.installed_digest(),
    ]
    assert answers[1].findings == answers[2].findings == ()
    assert answers[1].cautions == answers[2].cautions == ()


def test_the_header_is_held_first(make_scan: MakeScan, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(name: str, images: np.ndarray) -> runtime.Output:
        raise AssertionError("no network is needed to read a header")

    monkeypatch.setattr(runtime, "run", never)
    answer = predict(make_scan(film_header(view_position="LL")), MODEL)
    assert "view LL" in (answer.refused or "")


def test_without_a_gate_no_model_answers(
    make_scan: MakeScan, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    model = card(MODEL)
    monkeypatch.setattr("medai_core.serving.predict.card", lambda name: model)
    monkeypatch.setattr(registry, "MODELS", tmp_path)
    answer = predict(make_scan(), MODEL)
    assert answer.refused is not None
    assert "image gate" in answer.refused
    assert image_gate.installed_digest() is None
    with pytest.raises(Refusal) as caught:
        image_gate.look(make_scan())
    assert caught.value.code == "no-gate"


def test_the_gate_answers_for_itself_in_the_form_of_every_model(make_scan: MakeScan) -> None:
    colours = np.zeros((200, 160, 3), dtype=np.uint8)
    colours[:90, :, 0] = 220
    for scan in (make_scan(), make_scan(film_header(modality="CT", virtual=True)), picture(colours)):
        answer = predict(scan, image_gate.NAME)
        assert answer.refused is None
        assert tuple(one.label for one in answer.findings) == VIEWS
        assert sum(one.probability for one in answer.findings) == pytest.approx(1.0)
        assert answer.weights_digest == card(image_gate.NAME).weights_digest


def test_pixels_that_cannot_be_decoded_are_the_gates_only_refusal(make_scan: MakeScan) -> None:
    def broken(frame: int) -> np.ndarray:
        raise Refusal("pixels", expected="whole pixel data", found="part of it", what_to_do="Send it again.")

    scan = make_scan()
    answer = predict(Scan(scan.header, scan.pipeline, broken, "0" * 64), image_gate.NAME)
    assert answer.refused == "Expected whole pixel data; found part of it. Send it again."


def test_what_is_accepted_follows_header_and_pixels(make_scan: MakeScan) -> None:
    names = {one.name for one in available()}
    assert set(image_gate.accepted(make_scan())) == names
    assert image_gate.accepted(make_scan())[MODEL] is None
    assert image_gate.accepted(make_scan(picture_header()))[MODEL] is None
    assert "40 years" in (image_gate.accepted(make_scan(film_header(age_years=40.0)))[MODEL] or "")
    colour = picture(np.stack([chest(), chest() // 2, chest() // 3], axis=-1))
    assert all("colour" in (reason or "") for reason in image_gate.accepted(colour).values())
    turned = make_scan(pixels=np.rot90(chest(rows=256, columns=300)))
    assert "upright" in (image_gate.accepted(turned)[MODEL] or "")


def test_a_recompressed_or_lightly_cropped_film_still_passes() -> None:
    film = chest("pneumonia", rows=300, columns=380)
    out = BytesIO()
    Image.fromarray(film).save(out, "JPEG", quality=40)
    for source in (out.getvalue(), png_bytes(np.ascontiguousarray(film[12:-12, 18:-18]))):
        assert image_gate.look(decode(source)).accepts[MODEL] is None
