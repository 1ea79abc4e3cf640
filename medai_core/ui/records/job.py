"""An import of records beside the pages: a dry run, then, when the person says so, the import itself."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from medai_core.domain.people import Caller
from medai_core.imaging.archive import FileSource
from medai_core.services.record_progress import CANCELLED, Progress
from medai_core.services.records import ImportPlan, commit_import, plan_import
from medai_core.services.spreadsheet import safe_cell
from medai_core.settings import MEBIBYTE
from medai_core.store.connection import BUSY
from medai_core.store.database import Store
from medai_core.ui.jobs import Job, Jobs

if TYPE_CHECKING:
    from medai_core.records.tables.mapping import Mapping

COUNTS: Final = ("read", "added", "changed", "unchanged", "refused")


class RecordJob(Job):
    """One import of one session: the plan of its dry run, and after `commit` what became of it."""

    what = "an import of records"
    after = "Nothing of it was stored. Import the same files again."

    def __init__(
        self,
        store: Store,
        caller: Caller,
        files: Callable[[], Sequence[FileSource]],
        *,
        source: str | None,
        mappings: "Sequence[Mapping]" = (),
        alive: Callable[[], bool],
    ) -> None:
        super().__init__(alive=alive)
        self._store, self._caller, self._files = store, caller, files
        self._source, self._mappings = source, tuple(mappings)
        self.plan: ImportPlan | None = None
        self.progress: Progress | None = None
        self.is_done = False

    def commit(self) -> None:
        """Go on from the dry run to the import; raises nothing, `refusal` says what went wrong."""
        self.refusal = None
        self._thread = self._made()
        self._thread.start()

    def close(self) -> None:
        """What was read is let go."""
        if self.plan is not None:
            self.plan.close()

    @property
    def share(self) -> float:
        """How far the step in hand is, 0 to 1; 0 where nobody knows how much there is."""
        return self.progress.share if self.progress is not None and self.progress.total else 0.0

    @property
    def how_far(self) -> str:
        """The same in words: a share, or the megabytes that came so far."""
        if self.progress is None or self.progress.total:
            return f"{self.share:.0%}"
        return f"{self.progress.done / MEBIBYTE:.1f} MB"

    def _work(self) -> None:
        if self.plan is None:
            self.plan = plan_import(
                self._store,
                self._caller,
                self._files(),
                source=self._source,
                mapping=self._mappings,
                progress=self._told,
                cancelled=self._stopped,
            )
        else:
            self.plan = commit_import(
                self._store, self._caller, self.plan, progress=self._told, cancelled=self._stopped
            )
            self.is_done = True

    def _ended(self) -> None:
        self.progress = None
        if self.refusal is not None and self.refusal.code == CANCELLED:
            self.cancelled = True
        if not self._alive():
            self.close()

    def _told(self, progress: Progress) -> None:
        self.progress = progress

    @property
    def may_try_again(self) -> bool:
        """Whether the plan still stands, and only another one's writing was in the way."""
        has_plan = self.plan is not None and self.plan.staging is not None and not self.plan.staging.closed
        return has_plan and self.refusal is not None and self.refusal.code == BUSY


JOBS: Final = Jobs[RecordJob]()


def as_csv(plan: ImportPlan) -> bytes:
    """Counts and reasons without any file name, since such a name may hold a patient's."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["file", "extension", "resource", *COUNTS, "reason", "count"])
    numbers: dict[str, int] = {}
    for line in plan.lines:
        number = numbers.setdefault(line.file, len(numbers) + 1)
        extension = PurePosixPath(line.file).suffix[:8].lower()
        counts = [getattr(line, name) for name in COUNTS]
        first = [number, safe_cell(extension), safe_cell(line.resource), *counts]
        for reason, count in line.reasons.items() or [("", "")]:
            writer.writerow([*first, safe_cell(reason), count])
    return text.getvalue().encode("utf-8-sig")
