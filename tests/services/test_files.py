"""Predictions for files: batches bounded in number and bytes, one bad file never stops the others."""

from dataclasses import replace
from pathlib import Path

import pytest

from medai_core.domain.imaging import Scan
from medai_core.domain.prediction import Prediction
from medai_core.domain.refusal import Refusal
from medai_core.services import files
from tests.support import chest
from tests.support.films import film

MODEL = "paediatric_pneumonia"


def test_batches_are_cut_by_number_and_by_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = []
    for number, size in enumerate((10, 10, 10, 500, 10, 10)):
        path = tmp_path / str(number)
        path.write_bytes(bytes(size))
        paths.append(str(path))
    monkeypatch.setattr(files, "BATCH_BYTES", 400)
    cut = [[Path(path).name for path in group] for group in files._batches(iter(paths), 2)]
    assert cut == [["0", "1"], ["2"], ["3"], ["4", "5"]]


def test_only_two_batches_are_held_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first line comes before the third batch is looked at."""
    for number in range(12):
        (tmp_path / f"{number:02}.dcm").write_bytes(film(number))
    seen: list[str] = []
    decode = files.decode

    def watched(path: Path) -> object:
        seen.append(path.name)
        return decode(path)

    monkeypatch.setattr(files, "decode", watched)
    lines = files.predict_files(MODEL, [str(tmp_path)], batch=3)
    next(lines)
    assert len(seen) <= 6
    assert len(list(lines)) == 11


def test_an_unknown_model_is_refused_before_any_file_is_read() -> None:
    with pytest.raises(Refusal, match="name of a model"):
        files.predict_files("no_such_model", ["missing"])


def test_a_folder_that_cannot_be_listed_is_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()

    def refuse(_: str) -> object:
        raise PermissionError

    monkeypatch.setattr("os.scandir", refuse)
    (line,) = files.predict_files(MODEL, [str(tmp_path / "closed")])
    assert line["refused"]
    assert "Errno" not in str(line["refused"])


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "film").write_bytes(film())
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a")
    assert list(files.list_files([str(tmp_path)])) == [str(tmp_path / "a" / "film")]


def test_dicom_that_the_model_does_not_cover_is_refused_in_words(tmp_path: Path) -> None:
    for name, changes in {
        "adult": {"age": "040Y", "birth_date": None},
        "lateral": {"view": "LL"},
        "ct": {"modality": "CT"},
    }.items():
        (tmp_path / name).write_bytes(film(**changes))
    lines = {Path(str(line["file"])).name: line for line in files.predict_files(MODEL, [str(tmp_path)])}
    assert "40 years" in str(lines["adult"]["refused"])
    assert "view" in str(lines["lateral"]["refused"])
    assert "modality CT" in str(lines["ct"]["refused"])
    assert all(line["scores"] == {} == line["thresholds"] for line in lines.values())


def test_large_frames_are_decoded_one_at_a_time_and_answered_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        (tmp_path / f"{number}.dcm").write_bytes(film(number))
    together = list(files.predict_files(MODEL, [str(tmp_path)]))
    sizes: list[int] = []
    predict_batch = files.predict_batch

    def watched(scans: list[Scan], name: str) -> list[Prediction]:
        sizes.append(len(scans))
        return predict_batch(scans, name)

    monkeypatch.setattr(files, "PIXELS_AHEAD", 100)
    monkeypatch.setattr(files, "predict_batch", watched)
    alone = list(files.predict_files(MODEL, [str(tmp_path)]))
    assert sizes == [1, 1, 1]
    for one, other in zip(together, alone, strict=True):
        assert one["scores"] == pytest.approx(other["scores"], abs=1e-4)


def test_the_command_line_gives_every_score_with_a_caution() -> None:
    """Also of findings that pages do not show."""
    answer = chest.prediction(cautions=("The file states no age.",))
    line = files.as_line("a.dcm", answer)
    assert set(line["scores"]) == set(chest.LABELS)  # type: ignore[call-overload]
    first, second = line["cautions"]  # type: ignore[misc]
    assert first == "The file states no age."
    assert all(label in second for label in chest.WEAK)
    assert not any(label in second for label in chest.FLAGGED)
    reliable = tuple(replace(one, reliable=True) for one in answer.findings)
    assert files.as_line("a.dcm", replace(answer, findings=reliable))["cautions"] == [first]
