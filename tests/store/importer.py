"""Puts numbered images into a store, as an import does, until it is done or killed.

    python importer.py HOME COUNT URL

Prints a line after each file that is permanently stored.
"""

import sys
from pathlib import Path

from medai_core.domain.imaging import GrayscalePipeline, ScanHeader, Window
from medai_core.domain.people import PatientIdentity
from medai_core.domain.reading import ImportLine, Outcome
from medai_core.store.database import Store
from medai_core.store.rows import NewImage, NewStudy


def content(number: int) -> bytes:
    """The bytes of file `number`."""
    return bytes(f"file {number} ", "ascii") * 20_000


def import_one(store: Store, import_id: str, number: int) -> Outcome:
    """Blob first, then one transaction for everything else."""
    digest = store.blobs.put(content(number))
    with store.transaction():
        if store.images.by_digest(digest) is not None:
            line = ImportLine(f"{number}.dcm", Outcome.DUPLICATE)
        else:
            key = PatientIdentity(f"P-{number // 5}")
            patient = store.patients.find(key.issuer, key.identifier) or store.patients.add(key)
            uid = f"1.2.{number // 5}"
            study_id = store.studies.find(patient.id, uid) or store.studies.add(patient.id, NewStudy(uid))
            header = ScanHeader("dicom", 10, 12, 1, 1, "MONOCHROME2", 12, False, series_uid=uid)
            pipeline = GrayscalePipeline(Window(1.0, 2.0))
            image_id = store.images.add(NewImage(study_id, digest, 1, header, pipeline, "uint16"))
            store.audit.append("user-1", "image-stored", image_id, {"study": study_id})
            line = ImportLine(f"{number}.dcm", Outcome.STORED, study_id=study_id, image_id=image_id)
        store.imports.add_line(import_id, line)
    return line.outcome


def main() -> None:
    """Import all files."""
    store = Store(Path(sys.argv[1]), sys.argv[3] or None)
    import_id = store.imports.start("user-1")
    for number in range(int(sys.argv[2])):
        import_one(store, import_id, number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
    store.imports.finish(import_id)


if __name__ == "__main__":
    main()
