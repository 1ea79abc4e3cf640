"""The command line: the same services as the pages, printed instead of drawn."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from medai_core import __version__
from medai_core.commands.exporting import add_export
from medai_core.commands.importing import add_import
from medai_core.commands.keeping import add_delete_patient, add_rotate_keys
from medai_core.commands.scoring import add_score
from medai_core.commands.terminal import (
    ANSWERED,
    EXIT_STATUS,
    FAILED,
    INTERRUPTED,
    USAGE,
    command,
    open_store,
    operating_system_caller,
    print_json,
    say,
)
from medai_core.domain.refusal import Refusal
from medai_core.settings import settings

if TYPE_CHECKING:
    from medai_core.commands.terminal import Commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    run: Callable[[argparse.Namespace], int] = options.command
    try:
        return run(options)
    except Refusal as refusal:
        say(refusal.sentence)
        return USAGE if refusal.code in _USAGE_CODES else FAILED
    except KeyboardInterrupt:
        say("Interrupted. What is done is kept; the command can be repeated.")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError:
        say("A file or folder could not be read or written. Check paths, permissions and room on the disk.")
        return FAILED
    except Exception as error:
        if not _is_of_database(error):
            raise
        say("The store's database is damaged, in use, or none. Check MEDAI_HOME, or restore a backup.")
        return FAILED


def _is_of_database(error: Exception) -> bool:
    """By the class's package: importing the database's libraries to ask would slow every command down."""
    packages = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return not packages.isdisjoint({"sqlalchemy", "sqlite3", "alembic"})


_USAGE_CODES: Final = frozenset(
    {"unknown-model", "usage", "data-missing", "backup-unreadable", "backup-exists", "home-not-empty"}
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m medai_core",
        description="MedAI on the command line. Research use, not a medical device.",
        epilog=EXIT_STATUS,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        add_import,
        add_export,
        _add_predict,
        _add_train,
        _add_evaluate,
        add_score,
        _add_notes,
        _add_verify,
        _add_backup,
        _add_restore,
        add_rotate_keys,
        add_delete_patient,
    ):
        add(commands)
    return parser


# ---- predict


def _add_predict(commands: "Commands") -> None:
    parser = command(
        commands,
        "predict",
        _predict,
        "what a model says of files, or of the rows of a table; touches no store",
        "Prints one JSON object a line in input order: file, model, version, refused (null or the reason), "
        "scores, thresholds, cautions. A finding is flagged where its score is at or above its threshold. "
        "Folders are recursed, sorted; hidden files and known non-images in them are skipped. "
        "A model for tables takes one CSV (.csv, .csv.gz) with the columns that its card names and answers "
        'every row in order: probability, decision, refused, cautions. The decision is "flag" where the '
        'probability is at or above the card\'s operating point, else "no flag"; where refused says why, '
        "both are empty.",
    )
    parser.add_argument("name", metavar="NAME", help="a model's name, for example paediatric_pneumonia")
    parser.add_argument(
        "files", nargs="+", metavar="FILES", help="DICOM, PNG or JPEG files, or folders; or one table"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="JSON lines on stdout (the default)")
    form.add_argument(
        "--csv",
        metavar="OUT",
        help="write a table to OUT instead: file, refused, one column a label, cautions joined by '; '; of a "
        "table its rows' answers",
    )


def _predict(options: argparse.Namespace) -> int:
    from medai_core.services.files import predict_files, write_table
    from medai_core.services.predictors import reads_tables
    from medai_core.serving.registry import card

    if reads_tables(options.name):
        return _predict_table(options)
    lines = predict_files(options.name, options.files)
    if options.csv is None:
        for line in lines:
            print_json(line)
    else:
        write_table(options.csv, lines, inputs=options.files, labels=card(options.name).labels)
    return ANSWERED


def _predict_table(options: argparse.Namespace) -> int:
    from medai_core.services import predictors

    if len(options.files) != 1:
        raise Refusal(
            "usage",
            expected="one table for a model that reads tables",
            found="several files",
            what_to_do="Answer one table at a time.",
        )
    (table,) = options.files
    lines = predictors.predict_table(options.name, table)
    if options.csv is None:
        for line in lines:
            print_json(line)
    else:
        say(f"{predictors.write_table(options.csv, lines, table=table):,} rows answered.")
    return ANSWERED


# ---- train, evaluate


def _add_train(commands: "Commands") -> None:
    parser = command(
        commands,
        "train",
        _train,
        "the recipe that made a model's weights, run again",
        "Reads the public data under --data; writes weights, card and golden outputs to the model's folder.",
    )
    _add_model_and_data(parser)


def _add_evaluate(commands: "Commands") -> None:
    parser = command(
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

    train(options.name, _data_folder(options), say=say)
    return ANSWERED


def _evaluate(options: argparse.Namespace) -> int:
    from medai_core.learning.train import evaluate

    evaluate(options.name, _data_folder(options), say=say)
    return ANSWERED


# ---- notes


def _add_notes(commands: "Commands") -> None:
    parser = command(
        commands,
        "notes",
        _notes,
        "what clinical notes say; touches no store",
        "Prints one JSON object a note: its sections and its items (problems, drugs, allergies, procedures, "
        "vital signs, laboratory values), each with assertion, codes, and the trigger and rule that decided. "
        "Offsets are code points. With --assert, answers every row of a table of sentences instead.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="notes as plain text")
    parser.add_argument("--json", action="store_true", help="JSON lines on stdout (the default)")
    parser.add_argument(
        "--assert", dest="table", metavar="TABLE.csv", help="a CSV with the columns sentence and concept"
    )
    parser.add_argument(
        "--csv",
        metavar="OUT",
        help="write the rows of --assert to OUT: sentence, concept, assertion, trigger, rule",
    )


def _notes(options: argparse.Namespace) -> int:
    from medai_core.services import note_files

    if bool(options.files) == (options.table is not None) or (options.csv and options.table is None):
        raise Refusal(
            "usage",
            expected="notes FILE... or notes --assert TABLE.csv [--csv OUT]",
            found="both, neither, or --csv without --assert",
            what_to_do="See notes --help.",
        )
    if options.table is None:
        answered = [_printed(line) for line in note_files.read_files(options.files)]
        return ANSWERED if any(answered) else FAILED
    rows = note_files.assert_table(options.table)
    if options.csv:
        say(f"{note_files.write_table(options.csv, rows)} rows answered.")
    else:
        for row in rows:
            print_json(row)
    return ANSWERED


def _printed(line: dict[str, object]) -> bool:
    """Print a note's line; whether it was read. A refusal is said to the person too, without the path."""
    print_json(line)
    if "refused" in line:
        say(str(line["refused"]))
    return "refused" not in line


# ---- verify, backup, restore


def _add_verify(commands: "Commands") -> None:
    parser = command(
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
    parser = command(
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

    with open_store() as store:
        count = backup(store, operating_system_caller(), options.file, settings().database_url)
    say(f"Backup written, {count} files in it.")
    return ANSWERED


def _add_restore(commands: "Commands") -> None:
    parser = command(
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
        options.file, settings().home, operating_system_caller(), settings().database_url
    )
    for problem in problems:
        say(problem)
    say(f"Restored, {count} stored files.")
    return FAILED if problems else ANSWERED


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
