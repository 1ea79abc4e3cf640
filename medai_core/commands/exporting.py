"""`export`: everything of one patient, out of the store."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from medai_core.commands.terminal import ANSWERED, command, open_store, operating_system_caller, say
from medai_core.domain.people import Caller
from medai_core.domain.refusal import Refusal

if TYPE_CHECKING:
    from medai_core.commands.terminal import Commands
    from medai_core.store.database import Store


def add_export(commands: "Commands") -> None:
    """The command's options."""
    parser = command(
        commands,
        "export",
        _export,
        "everything of one patient, as a FHIR R4 bundle or a table",
        "The bundle holds every resource as it came in, and the studies, signed readings and models' answers "
        "of the patient. It names the patient: keep it as safe as the store itself.",
    )
    parser.add_argument(
        "--patient",
        metavar="ID",
        required=True,
        help="the patient's identifier, or the opaque id of the record",
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="a file that is not there yet (default: standard output)"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="a table, one row a value, instead of FHIR")
    form.add_argument(
        "--archive",
        action="store_true",
        help="a ZIP of everything: record, image files, signed readings, audit lines about the patient",
    )


def _export(options: argparse.Namespace) -> int:
    from medai_core.services.patient_export import bundle_bytes, table_bytes

    caller = operating_system_caller()
    with open_store() as store:
        patient_id = _found(store, caller, options.patient)
        if options.archive:
            return _archive(store, caller, patient_id, options.out)
        content = (table_bytes if options.csv else bundle_bytes)(store, caller, patient_id)
    if options.out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        _write(options.out, content)
        say(f"Written, {len(content):,} bytes.")
    return ANSWERED


def _archive(store: "Store", caller: Caller, patient_id: str, out: Path | None) -> int:
    """Written while it is made; what is there already is never replaced."""
    from medai_core.reports.pdf import report_pdf
    from medai_core.services.portability import archive_of_patient

    pieces = archive_of_patient(store, caller, patient_id, report_pdf)
    if out is None:
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
    else:
        with _new(out) as file:
            file.writelines(pieces)
            size = file.tell()
        say(f"Written, {size:,} bytes.")
    return ANSWERED


def _found(store: "Store", caller: Caller, text: str) -> str:
    """The record of an opaque id, or of the one patient with that identifier."""
    from medai_core.services.patients import search

    wanted = text.strip()
    if store.patients.get(wanted) is not None:
        return wanted
    rows = search(store, caller, wanted, limit=200).rows
    found = [row.patient.id for row in rows if row.patient.identity.identifier == wanted]
    if len(found) == 1:
        return found[0]
    raise Refusal(
        "patient-missing",
        expected="the identifier of one patient, or the opaque id of a record",
        found="one that several patients have" if found else "one that no patient has",
        what_to_do="The Patients page shows whom there is; the address of a patient's page ends with the id.",
    )


def _write(path: Path, content: bytes) -> None:
    with _new(path) as file:
        file.write(content)


def _new(path: Path) -> BinaryIO:
    """A new file that its owner alone may read; what is there already is never replaced."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refusal(
            "usage",
            expected="the name of a file that is not there yet",
            found="one that is",
            what_to_do="Choose another name with --out.",
        ) from None
    return os.fdopen(handle, "wb")
