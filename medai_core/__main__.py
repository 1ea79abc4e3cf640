"""The command line: the same services as the pages, printed instead of drawn."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from medai_core import __version__
from medai_core.domain.people import Caller, PatientIdentity, PersonName, Role
from medai_core.domain.reading import ImportLine, Outcome
from medai_core.domain.refusal import Refusal
from medai_core.settings import settings

if TYPE_CHECKING:
    from medai_core.store.database import Store

ANSWERED: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

_EXIT_STATUS: Final = (
    "exit status: 0 answered, refusals included; 1 verify found a mismatch, nothing was imported, or a table "
    "could not be read; 2 wrong usage or unknown model"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except Refusal as refusal:
        _say(refusal.sentence)
        return USAGE if refusal.code in _USAGE_CODES else FAILED
    except KeyboardInterrupt:
        _say("Interrupted. What is done is kept; the command can be repeated.")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError:
        _say("A file or folder could not be read or written. Check paths, permissions and room on the disk.")
        return FAILED
    except Exception as error:
        if not _is_of_database(error):
            raise
        _say("The store's database is damaged, in use, or none. Check MEDAI_HOME, or restore a backup.")
        return FAILED


def _is_of_database(error: Exception) -> bool:
    """By the class's package: importing the database's libraries to ask would slow every command down."""
    packages = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return not packages.isdisjoint({"sqlalchemy", "sqlite3", "alembic"})


_USAGE_CODES: Final = frozenset(
    {"unknown-model", "usage", "data-missing", "backup-unreadable", "backup-exists", "home-not-empty"}
)


def _say(sentence: str) -> None:
    """For the person at the terminal; stdout is kept for the answers."""
    print(sentence, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m medai_core",
        description="MedAI on the command line. Research use, not a medical device.",
        epilog=_EXIT_STATUS,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_import, _add_predict, _add_train, _add_evaluate, _add_verify, _add_backup, _add_restore):
        add(commands)
    return parser


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def _command(
    commands: "Commands", name: str, run: Callable[[argparse.Namespace], int], summary: str, more: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}. {more}", epilog=_EXIT_STATUS
    )
    parser.set_defaults(command=run)
    return parser


# ---- import


def _add_import(commands: "Commands") -> None:
    parser = _command(
        commands,
        "import",
        _import,
        "files, folders and ZIPs into the store",
        "Prints one JSON object a file: stored, duplicate, or refused with what was expected, what was found "
        "and what to do. Files are streamed, so large ones are fine; an interrupted import can be repeated. "
        "DICOM files name their patient themselves; pictures (PNG, JPEG) need --patient-id.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder or a ZIP")
    parser.add_argument("--patient-id", metavar="ID", help="for files that name no patient")
    parser.add_argument("--issuer", metavar="NAME", default="", help="who issued the patient id")
    parser.add_argument("--name", metavar="NAME", default="", help="the patient's name, for such files")
    parser.add_argument("--birth-date", metavar="YYYY-MM-DD", type=_date, help="for such files")
    parser.add_argument("--sex", choices=("M", "F", "O"), help="for such files")
    parser.add_argument("--study-date", metavar="YYYY-MM-DD", type=_date, help="when pictures were taken")


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


def _import(options: argparse.Namespace) -> int:
    from medai_core.imaging.archive import open_sources
    from medai_core.services.importing import import_sources

    identity = _identity(options)
    counts = dict.fromkeys(Outcome, 0)
    with _open_store() as store:
        store.sweep()
        lines = import_sources(
            store,
            _operating_system_caller(),
            open_sources(*(Path(path) for path in options.paths)),
            identity=identity,
            study_date=options.study_date,
        )
        for line in lines:
            counts[line.outcome] += 1
            _print_json(_import_line(line))
    _say(", ".join(f"{count} {outcome.value}" for outcome, count in counts.items()))
    if not counts[Outcome.STORED]:
        _say(_nothing_imported(counts))
    return ANSWERED if counts[Outcome.STORED] else FAILED


def _nothing_imported(counts: dict[Outcome, int]) -> str:
    if not any(counts.values()):
        return "Nothing was imported: there is no file at these paths that may be an image."
    if not counts[Outcome.REFUSED]:
        return "Nothing was imported: all of these files were in the store already."
    return "Nothing was imported: each line says why."


def _import_line(line: ImportLine) -> dict[str, object]:
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


# ---- predict


def _add_predict(commands: "Commands") -> None:
    parser = _command(
        commands,
        "predict",
        _predict,
        "what a model says of files; touches no store",
        "Prints one JSON object a line in input order: file, model, version, refused (null or the reason), "
        "scores, thresholds, cautions. A finding is flagged where its score is at or above its threshold. "
        "Folders are recursed, sorted; hidden files and known non-images in them are skipped.",
    )
    parser.add_argument("name", metavar="NAME", help="a model's name, for example paediatric_pneumonia")
    parser.add_argument("files", nargs="+", metavar="FILES", help="DICOM, PNG or JPEG files, or folders")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="JSON lines on stdout (the default)")
    form.add_argument(
        "--csv",
        metavar="OUT",
        help="write a table to OUT instead: file, refused, one column a label, cautions joined by '; '",
    )


def _predict(options: argparse.Namespace) -> int:
    from medai_core.services.files import predict_files, write_table
    from medai_core.serving.registry import card

    lines = predict_files(options.name, options.files)
    if options.csv is None:
        for line in lines:
            _print_json(line)
    else:
        write_table(options.csv, lines, inputs=options.files, labels=card(options.name).labels)
    return ANSWERED


def _print_json(line: dict[str, object]) -> None:
    print(json.dumps(line, allow_nan=False), flush=True)


# ---- train, evaluate


def _add_train(commands: "Commands") -> None:
    parser = _command(
        commands,
        "train",
        _train,
        "the recipe that made a model's weights, run again",
        "Reads the public data under --data; writes weights, card and golden outputs to the model's folder.",
    )
    _add_model_and_data(parser)


def _add_evaluate(commands: "Commands") -> None:
    parser = _command(
        commands,
        "evaluate",
        _evaluate,
        "the numbers of a model's card, measured again",
        "Reads the held-out films of the public data set under --data and writes the results to the card.",
    )
    _add_model_and_data(parser)


def _add_model_and_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a model's name, for example paediatric_pneumonia")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of the public data sets (default: MEDAI_DATA)"
    )


def _data_folder(options: argparse.Namespace) -> Path:
    folder: Path = options.data or settings().data
    if not folder.is_dir():
        raise Refusal(
            "data-missing",
            expected="a folder with the public data sets",
            found="no such folder",
            what_to_do="Name it with --data DIR or MEDAI_DATA.",
        )
    return folder


def _train(options: argparse.Namespace) -> int:
    from medai_core.learning.train import train

    train(options.name, _data_folder(options), say=_say)
    return ANSWERED


def _evaluate(options: argparse.Namespace) -> int:
    from medai_core.learning.train import evaluate

    evaluate(options.name, _data_folder(options), say=_say)
    return ANSWERED


# ---- verify, backup, restore


def _add_verify(commands: "Commands") -> None:
    parser = _command(
        commands,
        "verify",
        _verify,
        "prove the audit chain, the stored files, the weights and the golden outputs",
        "Prints one line a check; exit status 1 where one does not hold.",
    )
    parser.add_argument("--quick", action="store_true", help="check a sample of the stored files, not all")


def _verify(options: argparse.Namespace) -> int:
    from medai_core.services.maintenance import verify

    checks = verify(settings().home, settings().database_url, every_file=not options.quick)
    for check in checks:
        print(f"{'ok' if check.holds else 'MISMATCH'}  {check.name}: {check.text}")
    return ANSWERED if all(check.holds for check in checks) else FAILED


def _add_backup(commands: "Commands") -> None:
    parser = _command(
        commands,
        "backup",
        _backup,
        "the whole store into one file",
        "Holds database, pixels and the key of the audit chain: keep it as safe as the store itself. "
        "Can be taken while the app runs.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write")


def _backup(options: argparse.Namespace) -> int:
    from medai_core.services.maintenance import backup

    with _open_store() as store:
        count = backup(store, _operating_system_caller(), options.file, settings().database_url)
    _say(f"Backup written, {count} files in it.")
    return ANSWERED


def _add_restore(commands: "Commands") -> None:
    parser = _command(
        commands,
        "restore",
        _restore,
        "a backup into an empty MEDAI_HOME",
        "A store that is already there is never overwritten. An older backup is brought to the present form.",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="a file written by backup")


def _restore(options: argparse.Namespace) -> int:
    from medai_core.services.maintenance import restore

    count, problems = restore(
        options.file, settings().home, _operating_system_caller(), settings().database_url
    )
    for problem in problems:
        _say(problem)
    _say(f"Restored, {count} stored files.")
    return FAILED if problems else ANSWERED


def _operating_system_caller() -> Caller:
    """Whoever runs the command may read the store's files anyway: full rights, named in the audit."""
    import getpass

    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return Caller(f"os:{user}", f"os:{user}", f"{user} (command line)", Role.ADMINISTRATOR, "main")


@contextmanager
def _open_store() -> "Iterator[Store]":
    from medai_core.store.database import Store

    store = Store(settings().home, settings().database_url)
    try:
        yield store
    finally:
        store.close()


def _quiet() -> None:
    """Libraries name values of the files they read in their warnings; nothing of that may reach a log."""
    import logging
    import warnings

    warnings.simplefilter("ignore")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("pydicom").disabled = True


if __name__ == "__main__":
    _quiet()
    sys.exit(main())
