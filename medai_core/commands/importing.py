"""`import`: files of any kind into the store, or only looked through."""

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

from medai_core.commands.terminal import (
    ANSWERED,
    FAILED,
    command,
    open_store,
    operating_system_caller,
    print_json,
    print_text,
    say,
    store_to_look_at,
)
from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.reading import ImportLine, Outcome
from medai_core.domain.refusal import Refusal

if TYPE_CHECKING:
    from medai_core.commands.terminal import Commands
    from medai_core.imaging.archive import FileSource
    from medai_core.records.kinds import Kind
    from medai_core.records.tables.mapping import Mapping as ColumnMapping
    from medai_core.services.records import ImportPlan
    from medai_core.store.database import Store

_RECORD_KINDS: Final = ("fhir", "ndjson", "hl7", "table")
_COUNTS: Final = ("read", "added", "changed", "unchanged", "refused")
_SHOWN_PASSED: Final = 100


def add_import(commands: "Commands") -> None:
    """The command's options."""
    parser = command(
        commands,
        "import",
        _import,
        "files, folders and ZIPs into the store",
        "Takes FHIR R4 (bundles, resources, NDJSON), HL7 v2, CSV, Excel, DICOM, PNG and JPEG, known by what "
        "they hold. Images: one JSON object a file, stored, duplicate, or refused with what was expected, "
        "what was found and what to do; each is stored by itself, so an interrupted import can be repeated. "
        "All else is stored together or not at all, and summed up by file and resource; importing it again "
        "changes nothing. DICOM files name their patient themselves; pictures need --patient-id.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder or a ZIP")
    parser.add_argument("--dry-run", action="store_true", help="say what would become of it; write nothing")
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a line for every file and resource: file, resource, read, added, changed, "
        "unchanged, refused, reasons",
    )
    parser.add_argument(
        "--source",
        metavar="NAME",
        help="who says what the files say; without it HL7 v2 names its sender itself",
    )
    parser.add_argument(
        "--mapping",
        metavar="FILE.json",
        action="append",
        type=Path,
        default=[],
        help="what the columns of a table mean, as JSON (repeatable); else what is remembered for its "
        "header, else what its header's words propose",
    )
    _add_patient(parser)


def _add_patient(parser: argparse.ArgumentParser) -> None:
    """Whose files are that name no patient."""
    parser.add_argument("--patient-id", metavar="ID", help="for files that name no patient")
    parser.add_argument("--issuer", metavar="NAME", default="", help="who issued the patient id")
    parser.add_argument("--name", metavar="NAME", default="", help="the patient's name, for such files")
    parser.add_argument("--birth-date", metavar="YYYY-MM-DD", type=_date, help="for such files")
    parser.add_argument("--sex", choices=("M", "F", "O"), help="for such files")
    parser.add_argument("--study-date", metavar="YYYY-MM-DD", type=_date, help="when pictures were taken")


@dataclass(slots=True)
class _Run:
    """One call of the command, and what has become of its files so far."""

    store: "Store"
    options: argparse.Namespace
    identity: PatientIdentity | None
    records: "list[FileSource]" = field(default_factory=list)
    images: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    plan: "ImportPlan | None" = None
    passed: list[str] = field(default_factory=list)


def _import(options: argparse.Namespace) -> int:
    identity = _identity(options)
    with store_to_look_at() if options.dry_run else open_store() as store:
        run = _Run(store, options, identity)
        if not options.dry_run:
            store.sweep()
        for source, line in _images(run):
            run.images[line.outcome] += 1
            print_json(_counted(source, line) if options.json else _as_ever(line))
        if run.records:
            _records(run)
    _say_passed(run.passed)
    return _status(run)


def _say_passed(names: list[str]) -> None:
    """Files that were not looked into, by name and with the reason: none is left out in silence."""
    if not names:
        return
    count = "1 file was" if len(names) == 1 else f"{len(names)} files were"
    say(
        f"{count} passed over: hidden, of the operating system, or of a kind that holds neither images nor "
        "records. Name a file itself to have it looked into."
    )
    for name in names[:_SHOWN_PASSED]:
        say(f"  {name}")
    if len(names) > _SHOWN_PASSED:
        say(f"  and {len(names) - _SHOWN_PASSED} more")


def _images(run: _Run) -> "Iterator[tuple[FileSource, ImportLine]]":
    """Every image with its line, stored as it comes; files of the record are set aside for later.

    What is of no known kind is refused by a line: among the record's where all is counted in one form.
    """
    from medai_core.imaging.archive import is_no_record, is_skipped, open_sources
    from medai_core.services.image_trial import tried
    from medai_core.services.importing import import_sources

    seen: list[FileSource] = []

    def images() -> "Iterator[FileSource]":
        named = {str(Path(path)) for path in run.options.paths}
        found = open_sources(*map(Path, run.options.paths), skipped=is_no_record, passed=run.passed.append)
        for source in found:
            kind = _kind(source)
            if kind in _RECORD_KINDS or (kind is None and run.options.json):
                run.records.append(source)
            elif kind is None and source.name not in named and is_skipped(PurePath(source.name).name):
                run.passed.append(source.name)
            else:
                seen[:] = [source]
                yield source

    waiting = images()
    first = next(waiting, None)
    if first is None:
        return
    sources, study_date = chain([first], waiting), run.options.study_date
    lines: Iterable[ImportLine]
    if run.options.dry_run:
        lines = (tried(run.store, source, run.identity, study_date) for source in sources)
    else:
        caller = operating_system_caller()
        lines = import_sources(run.store, caller, sources, identity=run.identity, study_date=study_date)
    for line in lines:
        yield seen[0], line


def _kind(source: "FileSource") -> "Kind | None":
    from medai_core.services.record_reading import kind_of_file

    try:
        return kind_of_file(source)
    except (Refusal, OSError):
        return None


def _records(run: _Run) -> None:
    from medai_core.services.records import commit_import, plan_import

    caller = operating_system_caller()
    mappings = [_mapping(path) for path in run.options.mapping]
    run.plan = plan_import(run.store, caller, run.records, source=run.options.source, mapping=mappings)
    try:
        if not run.options.dry_run:
            run.plan = commit_import(run.store, caller, run.plan)
    finally:
        run.plan.close()
    for line in run.plan.lines:
        if run.options.json:
            print_json({name: getattr(line, name) for name in ("file", "resource", *_COUNTS, "reasons")})
        else:
            counts = ", ".join(f"{getattr(line, name)} {name}" for name in _COUNTS)
            print_text(f"{line.file}  {line.resource}: {counts}")
            for sentence, count in line.reasons.items():
                print_text(f"    {count} × {sentence}")
    _summed_up(run.plan, run.options.dry_run)


def _mapping(path: Path) -> "ColumnMapping":
    from medai_core.records.tables.mapping import check, from_json

    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        plain = None
    mapping = from_json(plain)
    check(mapping)
    return mapping


def _summed_up(plan: "ImportPlan", dry_run: bool) -> None:
    say(("Dry run, nothing was written: " if dry_run else "") + ", ".join(
        f"{plan.total(name)} {name}" for name in _COUNTS
    ))  # fmt: skip
    patients = [
        f"{count} {words}"
        for count, words in (
            (plan.affected, "patients affected"),
            (plan.new_patients, "of them new"),
            (plan.in_doubt, "known by the same id with another name, birth date or sex: on the review queue"),
            (plan.merges, "merges reported by their sender: on the review queue"),
        )
        if count
    ]
    if patients:
        say("; ".join(patients))
    for sentence, count in plan.cautions.items():
        say(f"{count} × {sentence}")
    if plan.unmapped:
        say(f"{plan.unmapped_codes} codes are in no table of ours; they are kept:")
        for each in plan.unmapped:
            say(f"  {each.count} × {each.code.system or 'no system'} {each.code.code} {each.code.display}")
        if plan.unmapped_codes > len(plan.unmapped):
            say(f"  and {plan.unmapped_codes - len(plan.unmapped)} more, which are rarer")


def _status(run: _Run) -> int:
    counts, plan = run.images, run.plan
    if any(counts.values()) and not run.options.json:
        say(", ".join(f"{count} {outcome.value}" for outcome, count in counts.items()))
    good = plan is not None and plan.total("refused") < plan.total("read")
    good = good or (run.options.json and counts[Outcome.DUPLICATE] > 0)
    if counts[Outcome.STORED] or good:
        return ANSWERED
    say(_nothing_imported(run))
    return FAILED


def _nothing_imported(run: _Run) -> str:
    if not any(run.images.values()) and run.plan is None:
        return "Nothing was imported: there is no file at these paths that may be an image or a record."
    if run.plan is None and not run.images[Outcome.REFUSED]:
        return "Nothing was imported: all of these files were in the store already."
    return "Nothing was imported: each line says why."


def _as_ever(line: ImportLine) -> dict[str, object]:
    return {
        "file": line.name,
        "outcome": line.outcome.value,
        "note": line.note,
        "expected": line.expected,
        "found": line.found,
        "what_to_do": line.what_to_do,
        "study": line.study_id,
        "image": line.image_id,
    }


def _counted(source: "FileSource", line: ImportLine) -> dict[str, object]:
    """An image in the form in which the record's files are counted."""
    outcome = line.outcome
    sentence = (
        f"Expected {line.expected}; found {line.found}. {line.what_to_do}" if line.expected else line.note
    )
    reasons: dict[str, Any] = {sentence: 1} if sentence and outcome is not Outcome.STORED else {}
    return {
        "file": line.name,
        "resource": _resource(source),
        "read": 1,
        "added": int(outcome is Outcome.STORED),
        "changed": 0,
        "unchanged": int(outcome is Outcome.DUPLICATE),
        "refused": int(outcome is Outcome.REFUSED),
        "reasons": reasons,
    }


def _resource(source: "FileSource") -> str:
    from medai_core.imaging.decode import HEAD_BYTES
    from medai_core.imaging.dicom import is_dicom

    try:
        with source.open() as stream:
            return "ImagingStudy" if is_dicom(stream.read(HEAD_BYTES)) else "image"
    except (Refusal, OSError):
        return "image"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected a date as YYYY-MM-DD") from None


def _identity(options: argparse.Namespace) -> PatientIdentity | None:
    if not options.patient_id:
        if options.name or options.birth_date or options.sex or options.issuer:
            raise Refusal(
                "usage",
                expected="--patient-id together with --name, --birth-date, --sex or --issuer",
                found="no --patient-id",
                what_to_do="Give the patient id too.",
            )
        return None
    return PatientIdentity(
        identifier=options.patient_id.strip(),
        issuer=options.issuer.strip(),
        name=PersonName(alphabetic=options.name.strip()),
        birth_date=options.birth_date,
        sex=options.sex,
    )
