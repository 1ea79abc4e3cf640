"""The store: one object with a repository for each noun."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from medai_core.settings import settings
from medai_core.store.accounts import Accounts
from medai_core.store.audit import Audit
from medai_core.store.blobs import Blobs
from medai_core.store.conflicts import Conflicts
from medai_core.store.connection import Database, database_url, file_of, private_file, private_folder
from medai_core.store.images import Images
from medai_core.store.imports import Imports
from medai_core.store.patients import Patients
from medai_core.store.predictions import Predictions
from medai_core.store.preferences import Preferences
from medai_core.store.prevalences import Prevalences
from medai_core.store.readings import Readings
from medai_core.store.schema import upgrade
from medai_core.store.sealed import keys_of
from medai_core.store.sealing import open_seal
from medai_core.store.sessions import Sessions
from medai_core.store.studies import Studies

if TYPE_CHECKING:
    from medai_core.store.cohort import Cohorts
    from medai_core.store.erasing import Erasing
    from medai_core.store.fhir_servers import FhirServers
    from medai_core.store.mappings import Mappings
    from medai_core.store.monitoring import Monitoring
    from medai_core.store.overview import Overviews
    from medai_core.store.pairs import Pairs
    from medai_core.store.patient_search import PatientSearch
    from medai_core.store.quality import Quality
    from medai_core.store.records import Records
    from medai_core.store.repairs import Repairs
    from medai_core.store.trainings import Trainings

LEFT_BEHIND_SECONDS: Final = 24 * 3600.0
"""A blob that nothing names and nobody has touched for so long belongs to no import that still runs."""


class Store:
    """Everything that is kept under one home: a database, blobs, keys.

    Thread-safe. Opening makes what is missing (folders 0700, files 0600) and upgrades old tables. Every
    method of a repository is one short transaction, or takes part in the one of `transaction`.

    Parameters
    ----------
    home : Path
        `MEDAI_HOME`, or the demo's temporary folder.
    url : str or None
        Another SQLite file for the tables, or a PostgreSQL database (``postgresql://user@host/database``).
        Blobs and keys lie under `home` all the same; several machines share it.
    name : str
        ``"main"`` or ``"demo"``; sessions carry it.
    """

    def __init__(self, home: Path, url: str | None = None, name: str = "main") -> None:
        self.home, self.name = home, name
        address = database_url(home, url)
        private_folder(home)
        file = file_of(address)
        if file is not None:
            private_file(file)
        self._database = Database(address)
        try:
            self._database.reach()
            upgrade(self._database)
            open_seal(self._database, keys_of(settings().encryption_key))
        except BaseException:
            self._database.close()
            raise
        self.blobs = Blobs(home / "blobs")
        self.audit = Audit(self._database, home)
        self.accounts = Accounts(self._database)
        self.sessions = Sessions(self._database)
        self.patients = Patients(self._database)
        self.studies = Studies(self._database)
        self.images = Images(self._database)
        self.imports = Imports(self._database)
        self.conflicts = Conflicts(self._database)
        self.predictions = Predictions(self._database)
        self.preferences = Preferences(self._database)
        self.prevalences = Prevalences(self._database)
        self.readings = Readings(
            self._database,
            studies=self.studies,
            images=self.images,
            predictions=self.predictions,
            audit=self.audit,
        )

    @cached_property
    def monitoring(self) -> "Monitoring":
        """What monitors count; loaded with the first of them."""
        from medai_core.store.monitoring import Monitoring

        return Monitoring(self._database)

    @cached_property
    def erasing(self) -> "Erasing":
        """What destroys a person's content; loaded with the first of them."""
        from medai_core.store.erasing import Erasing

        return Erasing(self._database)

    @cached_property
    def records(self) -> "Records":
        """What is said of patients outside of pictures; loaded with the first page or import of it."""
        from medai_core.store.records import Records

        return Records(self._database)

    @cached_property
    def overviews(self) -> "Overviews":
        """What patients' pages show; loaded with the first of them."""
        from medai_core.store.overview import Overviews

        return Overviews(self._database)

    @cached_property
    def pairs(self) -> "Pairs":
        """Records that may be one person; loaded with the first review."""
        from medai_core.store.pairs import Pairs

        return Pairs(self._database)

    @cached_property
    def repairs(self) -> "Repairs":
        """Proposed and accepted repairs of values; loaded with the first of them."""
        from medai_core.store.repairs import Repairs

        return Repairs(self._database)

    @cached_property
    def quality(self) -> "Quality":
        """What the data quality page counts; loaded with it."""
        from medai_core.store.quality import Quality

        return Quality(self._database)

    @cached_property
    def mappings(self) -> "Mappings":
        """What the columns of tables mean; loaded with the first table."""
        from medai_core.store.mappings import Mappings

        return Mappings(self._database)

    @cached_property
    def fhir_servers(self) -> "FhirServers":
        """Servers that records may be pulled from; loaded with the first question for them."""
        from medai_core.store.fhir_servers import FhirServers

        return FhirServers(self._database)

    @cached_property
    def patient_search(self) -> "PatientSearch":
        """Finds patients among all; loaded with the first search."""
        from medai_core.store.patient_search import PatientSearch

        return PatientSearch(self._database)

    @cached_property
    def trainings(self) -> "Trainings":
        """What people train themselves; loaded with the first of them."""
        from medai_core.store.trainings import Trainings

        return Trainings(self._database, self.home)

    @cached_property
    def cohorts(self) -> "Cohorts":
        """Questions about all patients; loaded with the first of them."""
        from medai_core.store.cohort import Cohorts

        return Cohorts(self._database)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside become permanent together, or none does. Keep it short: writers wait in line."""
        with self._database.transaction():
            yield

    def in_transaction(self) -> bool:
        """Whether the calling thread has a transaction open."""
        return self._database.in_transaction()

    def names(self, digest: str) -> bool:
        """Whether the blob is the file of an image or the key image of a reading."""
        return self.images.by_digest(digest) is not None or digest in self.readings.key_images()

    def sweep(self, *, older_than_seconds: float = LEFT_BEHIND_SECONDS) -> int:
        """Remove blobs that nothing names, as a killed import leaves; how many there were.

        Young ones stay, for another process may be about to name them.
        """
        keep = self.images.digests() | self.readings.key_images()
        return self.blobs.sweep(keep, older_than_seconds=older_than_seconds)

    def verify(self) -> list[str]:
        """What is wrong with the audit log, the signed readings or the stored files, in sentences."""
        problems = self.audit.verify() + self.readings.verify()
        for digest in sorted(self.images.digests() | self.readings.key_images()):
            if self.blobs.damaged(digest):
                problems.append(f"Stored file {digest} is missing or damaged.")
        return problems

    def close(self) -> None:
        """Give back every connection; the store must not be used afterwards."""
        self._database.close()
