"""What all commands share: exit statuses, printing, the store, and who is asking."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from medai_core.domain.people import Caller, Role
from medai_core.settings import settings

if TYPE_CHECKING:
    from medai_core.store.database import Store

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

ANSWERED: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

EXIT_STATUS: Final = (
    "exit status: 0 answered, refusals included; 1 verify found a mismatch, nothing was imported, or a table "
    "could not be read; 2 wrong usage or unknown model"
)


def command(
    commands: "Commands", name: str, run: Callable[[argparse.Namespace], int], summary: str, more: str
) -> argparse.ArgumentParser:
    """A command with its help; `run` gives the exit status."""
    parser = commands.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}. {more}", epilog=EXIT_STATUS
    )
    parser.set_defaults(command=run)
    return parser


def say(sentence: str) -> None:
    """For the person at the terminal; stdout is kept for the answers."""
    print(sentence, file=sys.stderr)


def print_text(line: str) -> None:
    """One line of an answer that a person reads."""
    print(line, flush=True)


def print_json(line: Mapping[str, object]) -> None:
    """One answer as a line of JSON."""
    print(json.dumps(line, allow_nan=False), flush=True)


def operating_system_caller() -> Caller:
    """Whoever runs the command may read the store's files anyway: full rights, named in the audit."""
    import getpass

    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return Caller(f"os:{user}", f"os:{user}", f"{user} (command line)", Role.ADMINISTRATOR, "main")


@contextmanager
def open_store() -> "Iterator[Store]":
    """The store of MEDAI_HOME, closed at the end."""
    from medai_core.store.database import Store

    store = Store(settings().home, settings().database_url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def store_to_look_at() -> "Iterator[Store]":
    """The store of MEDAI_HOME for a dry run; where there is none yet, an empty one for the time being."""
    import tempfile
    from pathlib import Path

    from medai_core.store.database import Store

    if settings().database_url or (settings().home / "medai.sqlite3").exists():
        with open_store() as store:
            yield store
        return
    with tempfile.TemporaryDirectory(prefix="medai-dry-run-") as folder:
        store = Store(Path(folder))
        try:
            yield store
        finally:
            store.close()
