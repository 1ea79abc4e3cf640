"""`rotate-keys` and `delete-patient`: what an administrator does to the store as a whole."""

import argparse
from typing import TYPE_CHECKING

from medai_core.commands.terminal import ANSWERED, command, open_store, operating_system_caller, say
from medai_core.settings import settings

if TYPE_CHECKING:
    from medai_core.commands.terminal import Commands


def add_rotate_keys(commands: "Commands") -> None:
    """The command's options: there are none."""
    command(
        commands,
        "rotate-keys",
        _rotate_keys,
        "everything in the store under the first key of MEDAI_ENCRYPTION_KEY",
        "Encrypts a store that was written without a key, and brings an encrypted one under a new key: put "
        "the new key first and keep the old one behind it, separated by a comma, until this is done. Stop "
        "MedAI first. Interrupted, it goes on where it was when it is called again.",
    )


def _rotate_keys(_options: argparse.Namespace) -> int:
    from medai_core.services.maintenance import rotate_keys

    options = settings()
    count = rotate_keys(options.home, operating_system_caller(), options.database_url, say)
    say(f"Done, {count:,} rows written anew. The older keys are needed for older backups alone.")
    return ANSWERED


def add_delete_patient(commands: "Commands") -> None:
    """The command's options."""
    parser = command(
        commands,
        "delete-patient",
        _delete_patient,
        "a person out of the store, for good",
        "Destroys record, images, drafts and the text of readings, of merged records too; digests and the "
        "audit log stay. Backups that were made before still hold the person.",
    )
    parser.add_argument("patient", metavar="ID", help="the opaque id of the record")
    parser.add_argument("--confirm", metavar="IDENTIFIER", required=True, help="the person's identifier")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why; name nobody in it")


def _delete_patient(options: argparse.Namespace) -> int:
    from medai_core.services.erasure import BACKUPS, erase

    with open_store() as store:
        gone = erase(
            store,
            operating_system_caller(),
            options.patient,
            identifier=options.confirm,
            reason=options.reason,
        )
    say(", ".join(f"{count:,} {what}" for what, count in gone.counts) + f"; {gone.files:,} files removed.")
    if not gone.compacted:
        say("The database was in use: bytes of what was deleted may still lie in its file.")
    say(BACKUPS)
    return ANSWERED
