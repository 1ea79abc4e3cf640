"""Predictions for files on disk, for the command line: no store, no patient record, bounded memory."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Final

from medai_core.domain.imaging import Scan
from medai_core.domain.prediction import Prediction
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import is_skipped
from medai_core.imaging.decode import decode
from medai_core.services.note_files import text_of
from medai_core.services.spreadsheet import safe_cell
from medai_core.serving import image_gate, specialty
from medai_core.serving.predict import predict_batch
from medai_core.serving.registry import NOTE, ModelCard, available, card

BATCH: Final = 16
"""Files decoded and answered together."""

BATCH_BYTES: Final = 96 * 1024 * 1024
"""A batch is cut here even with fewer files, so that memory stays bounded."""

PIXELS_AHEAD: Final = 9_000_000
"""Larger frames are not decoded ahead: only one of them is in memory at a time."""

Line = dict[str, object]


def predict_files(name: str, paths: Sequence[str], *, batch: int = BATCH) -> Iterator[Line]:
    """Answer every file of `paths` with model `name`, one line a file, in input order.

    Folders are walked sorted; hidden files and known non-images in them are skipped. `file` in a line is
    the path as given (in a folder: the folder as given, then the rest of the way). A file that cannot be
    read is a refusal. Raises Refusal "unknown-model" at once, before the first line.
    """
    model = card(name)
    if model.kind == NOTE:
        return (_note_line(model, file) for file in list_files(paths))
    return _lines(model, paths, batch)


def list_files(paths: Sequence[str]) -> Iterator[str]:
    """Every file that `paths` mean: files as given, folders recursed and sorted, each file once a folder."""
    for path in paths:
        if os.path.isdir(path):
            yield from _walk(path)
        else:
            yield path


def _walk(folder: str) -> Iterator[str]:
    """Files under `folder`, sorted by name at each level; links to folders are not followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    for entry in entries:
        if is_skipped(entry.name):
            continue
        path = os.path.join(folder, entry.name)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(path)
        elif entry.is_file():
            yield path


def _note_line(model: ModelCard, file: str) -> Line:
    """What a model for notes says of one file."""
    try:
        found = specialty.specialties(text_of(file), model.name)
    except Refusal as refusal:
        return _line(file, model.name, model.version, refusal.sentence)
    scores = {one.label: one.probability for one in found}
    ordered = {label: scores[label] for label in model.labels}
    return _line(file, model.name, model.version, None, scores=ordered, thresholds=model.thresholds)


def _batches(files: Iterator[str], most: int) -> Iterator[list[str]]:
    """Neighbouring files, at most `most` and about `BATCH_BYTES` together."""
    group: list[str] = []
    weight = 0
    for file in files:
        size = _size(file)
        if group and (len(group) >= most or weight + size > BATCH_BYTES):
            yield group
            group, weight = [], 0
        group.append(file)
        weight += size
    if group:
        yield group


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError:
        return 0


def _lines(model: ModelCard, paths: Sequence[str], batch: int) -> Iterator[Line]:
    """Decode one batch ahead of the one that is answered."""
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode") as pool:
        waiting: list[tuple[str, Future[Scan | Refusal | None]]] = []
        for group in chain(_batches(list_files(paths), batch), [[]]):
            ahead = [(file, pool.submit(_small, file)) for file in group]
            yield from _answered(model, [(file, future.result()) for file, future in waiting])
            waiting = ahead


def _small(file: str) -> Scan | Refusal | None:
    """The decoded file, or why it cannot be read; None where it is so large that it waits for its turn."""
    outcome = _decoded(file)
    if isinstance(outcome, Refusal):
        return outcome
    header = outcome.header
    return outcome if header.rows * header.columns * header.samples_per_pixel <= PIXELS_AHEAD else None


def _decoded(file: str) -> Scan | Refusal:
    """The decoded file, or why it cannot be read."""
    try:
        if not os.path.exists(file):
            raise Refusal(
                "file-missing",
                expected="a file",
                found="nothing at this path",
                what_to_do="Check the path.",
            )
        return decode(Path(file))
    except Refusal as refusal:
        return refusal
    except OSError:
        return Refusal(
            "file-unreadable",
            expected="a file that may be read",
            found="one that the operating system does not open",
            what_to_do="Check its permissions.",
        )


def _answered(model: ModelCard, decoded: list[tuple[str, Scan | Refusal | None]]) -> Iterator[Line]:
    scans = [scan for _, scan in decoded if isinstance(scan, Scan)]
    predictions = iter(predict_batch(scans, model.name) if scans else ())
    for file, outcome in decoded:
        if isinstance(outcome, Scan):
            yield as_line(file, next(predictions)) | _accepts(model, outcome)
        else:
            yield _alone(model, file, outcome)


def _alone(model: ModelCard, file: str, outcome: Refusal | None) -> Line:
    """The line of a file that was refused, or is to be decoded now and by itself."""
    now = outcome or _decoded(file)
    if isinstance(now, Scan):
        return as_line(file, predict_batch([now], model.name)[0]) | _accepts(model, now)
    return _line(file, model.name, model.version, now.sentence) | _accepts(model, now)


def _accepts(model: ModelCard, outcome: Scan | Refusal) -> Line:
    """For the image gate: which models may read the file, None or the reason against it; else nothing."""
    if model.kind != image_gate.KIND:
        return {}
    try:
        if isinstance(outcome, Scan):
            return {"accepts": image_gate.accepted(outcome)}
    except Refusal as refusal:
        outcome = refusal
    return {"accepts": dict.fromkeys((one.name for one in available()), outcome.sentence)}


def as_line(file: str, prediction: Prediction) -> Line:
    """One prediction in the fixed form of the command line."""
    return _line(
        file,
        prediction.model,
        prediction.version,
        prediction.refused,
        scores={finding.label: finding.probability for finding in prediction.findings},
        thresholds={finding.label: finding.threshold for finding in prediction.findings},
        cautions=(*prediction.cautions, *_not_reliable(prediction)),
    )


def _not_reliable(prediction: Prediction) -> tuple[str, ...]:
    """What to know of the scores of findings that pages do not show."""
    labels = [finding.label for finding in prediction.findings if not finding.reliable]
    if not labels:
        return ()
    return (f"Not reliable enough on this model's own measurements, never flagged: {', '.join(labels)}.",)


def _line(
    file: str,
    name: str,
    version: str,
    refused: str | None,
    *,
    scores: dict[str, float] | None = None,
    thresholds: dict[str, float] | None = None,
    cautions: Sequence[str] = (),
) -> Line:
    answered = refused is None
    return {
        "file": file,
        "model": name,
        "version": version,
        "refused": refused,
        "scores": dict(scores or {}) if answered else {},
        "thresholds": dict(thresholds or {}) if answered else {},
        "cautions": list(cautions),
    }


def write_table(out: str, lines: Iterable[Line], *, inputs: Sequence[str], labels: Sequence[str]) -> None:
    """Write lines as CSV: file, refused, one column a label, cautions joined by '; '.

    Raises Refusal "usage" where `out` cannot be written or is one of the `inputs`.
    """
    if os.path.exists(out) and any(os.path.exists(file) and os.path.samefile(out, file) for file in inputs):
        raise _no_table("one of the files to be read")
    try:
        table = open(out, "w", newline="", encoding="utf-8", errors="surrogateescape")
    except OSError:
        raise _no_table("a place where no file can be written") from None
    with table:
        writer = csv.writer(table)
        writer.writerow(["file", "refused", *labels, "cautions"])
        writer.writerows(_table_row(line, labels) for line in lines)


def _no_table(found: str) -> Refusal:
    return Refusal(
        "usage",
        expected="--csv with a file that can be written",
        found=found,
        what_to_do="Name another file.",
    )


def _table_row(line: Line, labels: Sequence[str]) -> list[object]:
    scores, cautions = line["scores"], line["cautions"]
    assert isinstance(scores, dict)
    assert isinstance(cautions, list)
    return [
        safe_cell(line["file"]),
        safe_cell(line["refused"] or ""),
        *(scores.get(label, "") for label in labels),
        safe_cell("; ".join(cautions)),
    ]
