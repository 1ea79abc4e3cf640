"""The fixed form of the command line: lines, tables, exit statuses, and what it leaves alone."""

import csv
import getpass
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medai_core.__main__ import main
from medai_core.imaging.wrap import wrap_as_dx
from medai_core.store.database import Store
from tests.support.films import chest, film

MODEL = "paediatric_pneumonia"
LABELS = ["pneumonia", "bacterial", "viral"]
KEYS = ["file", "model", "version", "refused", "scores", "thresholds", "cautions"]


def picture(path: Path, *, seed: int = 0, size: tuple[int, int] = (300, 260)) -> Path:
    """A film as a picture, a little brighter with each seed, so that no two seeds have the same bytes."""
    grey = np.clip(chest(rows=size[0], columns=size[1]).astype(np.int64) + seed, 0, 255)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grey.astype(np.uint8)).save(path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[dict[str, object]], str]:
    """Exit status, the JSON lines of stdout, stderr."""
    status = main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return status, [json.loads(line) for line in out.splitlines()], err


def test_a_picture_is_answered_with_cautions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = picture(tmp_path / "film.png")
    status, (line,), _ = run(capsys, "predict", MODEL, file)
    assert status == 0
    assert list(line) == KEYS
    assert line["file"] == str(file)
    assert line["model"] == MODEL
    assert line["refused"] is None
    assert list(line["scores"]) == LABELS  # type: ignore[call-overload]
    assert list(line["thresholds"]) == LABELS  # type: ignore[call-overload]
    assert all(0 < value < 1 for value in line["scores"].values())  # type: ignore[attr-defined]
    assert line["cautions"]


def test_json_is_the_default_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = picture(tmp_path / "film.png")
    assert run(capsys, "predict", MODEL, file)[1] == run(capsys, "predict", MODEL, file, "--json")[1]


def test_lines_come_in_input_order_and_a_bad_file_is_one_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = [picture(tmp_path / f"{name}.png", seed=seed) for seed, name in enumerate("zay")]
    text = tmp_path / "note.dcm"
    text.write_text("not an image at all")
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    missing = tmp_path / "missing.dcm"
    files = [good[0], text, good[1], empty, missing, good[2]]
    status, lines, _ = run(capsys, "predict", MODEL, *files)
    assert status == 0
    assert [line["file"] for line in lines] == [str(file) for file in files]
    assert [line["refused"] is None for line in lines] == [True, False, True, False, False, True]
    for line in lines:
        if line["refused"] is not None:
            assert line["scores"] == {}
            assert line["thresholds"] == {}
            assert str(line["refused"]).endswith(".")
            assert "Error" not in str(line["refused"])
            assert str(tmp_path) not in str(line["refused"])


def test_folders_are_recursed_sorted_and_known_non_images_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("set/b/2.png", "set/a.png", "set/b/1.png", "set/.hidden.png", "set/.git/x.png"):
        picture(tmp_path / place)
    (tmp_path / "set" / "labels.csv").write_text("a,b\n")
    (tmp_path / "set" / "README.md").write_text("text")
    (tmp_path / "set" / "c").write_bytes(b"no extension, no image")
    monkeypatch.chdir(tmp_path)
    status, lines, _ = run(capsys, "predict", MODEL, "set")
    assert status == 0
    assert [line["file"] for line in lines] == ["set/a.png", "set/b/1.png", "set/b/2.png", "set/c"]
    assert lines[-1]["refused"]


def test_batches_do_not_change_the_order_or_the_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [picture(tmp_path / f"{number:02}.png", seed=number) for number in range(19)]
    together = run(capsys, "predict", MODEL, tmp_path)[1]
    assert [line["file"] for line in together] == [str(file) for file in files]
    (alone,) = run(capsys, "predict", MODEL, files[17])[1]
    assert together[17]["scores"] == pytest.approx(alone["scores"], abs=1e-4)


def test_the_table_has_one_column_a_label(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = picture(tmp_path / "film.png")
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"x")
    out = tmp_path / "table.csv"
    status = main(["predict", MODEL, str(good), str(bad), "--csv", str(out)])
    assert status == 0
    assert capsys.readouterr().out == ""
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert list(rows[0]) == ["file", "refused", *LABELS, "cautions"]
    (line,) = run(capsys, "predict", MODEL, good)[1]
    assert rows[0]["file"] == str(good)
    assert rows[0]["refused"] == ""
    assert {label: float(rows[0][label]) for label in LABELS} == pytest.approx(line["scores"])
    assert rows[0]["cautions"] == "; ".join(line["cautions"])  # type: ignore[arg-type]
    assert rows[1]["refused"]
    assert [rows[1][label] for label in LABELS] == ["", "", ""]


def test_a_table_never_overwrites_what_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = picture(tmp_path / "film.png")
    before = film.read_bytes()
    status, lines, err = run(capsys, "predict", MODEL, film, "--csv", film)
    assert (status, lines) == (2, [])
    assert "Name another file" in err
    assert film.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["predict"],
        ["predict", MODEL],
        ["predict", "no_such_model", "x.png"],
        ["predict", MODEL, "x.png", "--json", "--csv", "out.csv"],
        ["train", "no_such_model"],
        ["evaluate", "no_such_model"],
        ["import"],
        ["import", "--name", "A", "x.png"],
        ["verify", "now"],
        ["restore", "no-such-backup"],
        ["frobnicate"],
    ],
)
def test_wrong_usage_and_unknown_models_exit_with_2(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEDAI_DATA", str(tmp_path))
    status, lines, err = run(capsys, *arguments)
    assert (status, lines) == (2, [])
    assert err.strip()
    assert "Traceback" not in err


def test_an_unknown_model_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert MODEL in run(capsys, "predict", "no_such_model", "x.png")[2]


def test_predict_touches_no_store(tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "predict", MODEL, picture(tmp_path / "film.png"))[0] == 0
    assert not home.exists()


@pytest.mark.parametrize(
    "command", ["", "import", "export", "predict", "train", "evaluate", "verify", "backup", "restore"]
)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert "exit status: 0 answered" in text
    assert f"python -m medai_core {command}".strip() in text


def test_the_command_line_starts_without_heavy_libraries(tmp_path: Path) -> None:
    heavy = "tensorflow keras streamlit pandas sklearn matplotlib plotly sqlalchemy"
    script = (
        "import sys; from medai_core.__main__ import main; status = main(sys.argv[1:]);"
        f"print(sorted(set({heavy.split()!r}) & set(sys.modules)), file=sys.stderr); sys.exit(status)"
    )
    film = picture(tmp_path / "film.png")
    done = subprocess.run(
        [sys.executable, "-c", script, "predict", MODEL, str(film)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
    assert [json.loads(line)["file"] for line in done.stdout.splitlines()] == [str(film)]


def test_an_import_tells_a_line_a_file_and_names_who_did_it(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "a.dcm", tmp_path / "b.dcm"
    good.write_bytes(film())
    bad.write_bytes(b"text")
    status, lines, err = run(capsys, "import", good, bad, good)
    assert status == 0
    assert [line["outcome"] for line in lines] == ["stored", "refused", "duplicate"]
    assert [line["file"] for line in lines] == [str(good), str(bad), str(good)]
    assert lines[1]["expected"]
    assert lines[1]["what_to_do"]
    assert "1 stored, 1 duplicate, 1 refused" in err
    store = Store(home)
    (entry,) = store.audit.search(action="image-stored")
    assert entry.actor_id == f"os:{getpass.getuser()}"
    store.close()


@pytest.mark.parametrize("content", [b"", b"text"])
def test_an_import_of_nothing_exits_with_1(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(content)
    status, lines, _ = run(capsys, "import", bad)
    assert (status, [line["outcome"] for line in lines]) == (1, ["refused"])
    (tmp_path / "empty").mkdir()
    assert run(capsys, "import", tmp_path / "empty")[:2] == (1, [])
    status, (line,), _ = run(capsys, "import", tmp_path / "missing")
    assert (status, line["outcome"]) == (1, "refused")


def test_files_that_are_all_in_the_store_already_are_nothing_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.dcm"
    file.write_bytes(film())
    assert run(capsys, "import", file)[0] == 0
    status, (line,), err = run(capsys, "import", file)
    assert (status, line["outcome"]) == (1, "duplicate")
    assert "all of these files were in the store already" in err
    another = tmp_path / "b.dcm"
    another.write_bytes(film(1))
    assert run(capsys, "import", file, another)[0] == 0


def test_what_a_killed_import_left_is_cleared_away_once_it_is_old(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.dcm"
    file.write_bytes(film())
    store = Store(home)
    young, old, older = (store.blobs.path(store.blobs.put(word)) for word in (b"young", b"old", b"older"))
    part = home / "blobs" / "incoming" / "part"
    part.write_bytes(b"half")
    for path in (old, part):
        os.utime(path, (0, 0))
    assert run(capsys, "import", file)[0] == 0
    assert [path.exists() for path in (young, old, older, part)] == [True, False, True, False]
    os.utime(older, (0, 0))
    assert main(["verify"]) == 0
    assert "1 left behind by a broken-off import" in capsys.readouterr().out
    assert [path.exists() for path in (young, older)] == [True, False]
    assert store.verify() == []
    store.close()


@pytest.mark.parametrize("command", [["import", "a.dcm"], ["verify"], ["backup", "b.zip"]])
def test_a_store_that_cannot_be_used_is_a_sentence(
    command: list[str],
    tmp_path: Path,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.dcm").write_bytes(film())
    home.mkdir()
    (home / "medai.sqlite3").write_bytes(b"no database at all" * 300)
    assert main(command) == 1
    err = capsys.readouterr().err
    assert err.startswith("The store's database is damaged")
    assert len(err.splitlines()) == 1
    Path("file").write_bytes(b"")
    monkeypatch.setenv("MEDAI_HOME", str(Path("file", "home").absolute()))
    if command != ["verify"]:  # which finds no store there, and says so
        assert main(command) == 1
        err = capsys.readouterr().err
        assert err.startswith("A file or folder could not be read or written.")
        assert len(err.splitlines()) == 1


def test_an_interrupted_import_keeps_what_is_done(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.dcm").write_bytes(film(number))
    printed: list[object] = []

    def interrupted(line: dict[str, object]) -> None:
        printed.append(line)
        if len(printed) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("medai_core.commands.importing.print_json", interrupted)
        assert main(["import", str(folder)]) == 130
    assert "What is done is kept" in capsys.readouterr().err
    store = Store(home)
    assert len(store.images.digests()) == 2
    assert store.imports.recent()[0].cancelled
    assert store.verify() == []
    store.close()
    status, lines, _ = run(capsys, "import", folder)
    assert (status, [line["outcome"] for line in lines]) == (0, ["duplicate", "duplicate", "stored"])


def test_pictures_are_imported_with_a_patient(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film_file = picture(tmp_path / "film.png")
    assert run(capsys, "import", film_file)[0] == 1
    about = ["--patient-id", "P-5", "--name", "Lindt Anna", "--birth-date", "2022-05-04", "--sex", "F"]
    status, (line,), _ = run(capsys, "import", film_file, *about, "--study-date", "2026-01-05")
    assert (status, line["outcome"]) == (0, "stored")
    store = Store(home)
    study = store.studies.get(str(line["study"]))
    assert study
    assert str(study.row.patient.identity.birth_date) == "2022-05-04"
    assert str(study.row.study_date) == "2026-01-05"
    store.close()


def test_verify_backup_and_restore(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.dcm"
    file.write_bytes(film())
    assert run(capsys, "import", file)[0] == 0
    assert main(["backup", str(tmp_path / "b.zip")]) == 0
    assert main(["backup", str(tmp_path / "b.zip")]) == 2
    assert main(["restore", str(tmp_path / "b.zip")]) == 2
    monkeypatch.setenv("MEDAI_HOME", str(tmp_path / "restored"))
    assert main(["restore", str(tmp_path / "b.zip")]) == 0
    assert main(["verify"]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()] == ["ok"] * 4
    blob = next(path for path in (tmp_path / "restored" / "blobs").rglob("*") if path.is_file())
    blob.write_bytes(b"changed")
    assert main(["verify"]) == 1
    assert "MISMATCH  stored files" in capsys.readouterr().out


def test_a_multi_frame_file_is_one_refused_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cine.dcm"
    file.write_bytes(wrap_as_dx(np.zeros((3, 40, 40), np.uint8) + 7, age="003Y", view="AP"))
    status, (line,), _ = run(capsys, "predict", MODEL, file)
    assert status == 0
    assert "3 frames" in str(line["refused"])
    assert line["scores"] == {}


def test_a_closed_pipe_is_no_crash(tmp_path: Path) -> None:
    for number in range(40):
        picture(tmp_path / f"{number:02}.png", seed=number)
    command = f'"{sys.executable}" -m medai_core predict {MODEL} "{tmp_path}" | head -n 1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_the_image_gate_scores_any_picture_and_says_who_may_read_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = picture(tmp_path / "film.png")
    turned, colour, tiny = (tmp_path / f"{name}.png" for name in ("turned", "colour", "tiny"))
    Image.open(film).transpose(Image.Transpose.ROTATE_90).save(turned)
    Image.merge("RGB", [Image.effect_noise((220, 180), spread) for spread in (20, 60, 90)]).save(colour)
    Image.open(film).resize((60, 40)).save(tiny)
    adult = tmp_path / "adult.dcm"
    adult.write_bytes(film_bytes_of_an_adult())
    broken = tmp_path / "broken.png"
    broken.write_bytes(film.read_bytes()[:300])
    files = [film, turned, colour, tiny, adult, broken]
    status, lines, _ = run(capsys, "predict", "image_gate", *files, "--json")
    assert status == 0
    for file, line in zip(files, lines, strict=True):
        assert list(line) == [*KEYS, "accepts"]
        assert line["file"] == str(file)
        assert MODEL in line["accepts"]  # type: ignore[operator]
    for line in lines[:-1]:
        assert line["refused"] is None
        assert list(line["scores"]) == list(line["thresholds"]) == ["frontal_chest", "lateral_chest", "other"]  # type: ignore[call-overload]
        assert sum(line["scores"].values()) == pytest.approx(1.0)  # type: ignore[attr-defined]
    reasons = [line["accepts"][MODEL] for line in lines]  # type: ignore[index]
    assert reasons[0] is None
    for reason, words in zip(
        reasons[1:], ("upright film", "colour", "60 x 40 pixels", "40 years", "damaged"), strict=True
    ):
        assert words in reason
    assert lines[-1]["refused"] == reasons[-1]
    assert lines[-1]["scores"] == {}


def film_bytes_of_an_adult() -> bytes:
    return film(age="040Y", birth_date=None)


def test_every_model_obeys_the_image_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = picture(tmp_path / "film.png")
    turned = tmp_path / "turned.png"
    Image.open(file).transpose(Image.Transpose.ROTATE_180).save(turned)
    _, (first, second), _ = run(capsys, "predict", MODEL, file, turned)
    assert first["refused"] is None
    assert "upside down" in str(second["refused"])
    assert second["scores"] == {}
