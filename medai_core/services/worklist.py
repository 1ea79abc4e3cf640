"""The worklist: which studies wait, in which order, and what may be said of them before they are read."""

from dataclasses import dataclass, replace
from typing import Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.reading import StudyRow, StudyState
from medai_core.security.access import require, sees_all
from medai_core.services.preferences import model_first
from medai_core.services.scoring import ABOVE, MODEL_RAISES, NOTHING_ABOVE
from medai_core.store.database import Store
from medai_core.store.rows import StudyFilter

SHOWN_LATER: Final = "scored, shown after your own impression"
"""In place of a model's answer where the reader has chosen to write an impression first."""

LONGEST_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """One page: its rows, how many match in all, and how many of them stand where (states left aside)."""

    rows: tuple[StudyRow, ...]
    total: int
    counts: dict[StudyState, int]
    modalities: tuple[str, ...]
    model_raises: bool


def worklist(
    store: Store, caller: Caller, filters: StudyFilter | None = None, offset: int = 0, limit: int = 50
) -> WorklistPage:
    """Studies that match, restricted patients left out for those who may not see them.

    Order "priority": signed ones last, then request priority, then waiting time; where models may raise
    studies, a raised one stands one step higher and `raised_by` says why.
    """
    require(caller, Role.READ_ONLY)
    mine = for_caller(store, caller, filters or StudyFilter())
    rows, total = store.studies.page(mine, offset=max(offset, 0), limit=min(max(limit, 1), LONGEST_PAGE))
    return WorklistPage(
        rows=tuple(_shown(store, caller, row, raises=mine.model_raises) for row in rows),
        total=total,
        counts=store.studies.count_by_state(mine),
        modalities=store.studies.modalities(mine),
        model_raises=mine.model_raises,
    )


def for_caller(store: Store, caller: Caller, filters: StudyFilter) -> StudyFilter:
    """The filter with the caller's own rights and the store's switch, whatever a page set of these."""
    return replace(
        filters,
        caller_id=caller.user_id,
        all_restricted=sees_all(caller),
        model_raises=model_raises(store),
    )


def model_raises(store: Store) -> bool:
    """Whether a model may raise a study on the worklist."""
    return bool(store.preferences.get(MODEL_RAISES, False))


def set_model_raises(store: Store, caller: Caller, on: bool) -> None:
    """Let models raise studies, or not; for administrators. New DICOM images are then scored on arrival."""
    require(caller, Role.ADMINISTRATOR)
    with store.transaction():
        store.preferences.set(MODEL_RAISES, on)
        store.audit.append(caller.user_id, "model-raises", "", {"on": "yes" if on else "no"})


def _shown(store: Store, caller: Caller, row: StudyRow, *, raises: bool) -> StudyRow:
    """Without the reason while models raise nothing, and without an answer that is to be seen later."""
    if raises:
        return row
    row = replace(row, raised_by="")
    hidden = (
        row.model_state in (ABOVE, NOTHING_ABOVE)
        and row.state is not StudyState.SIGNED
        and caller.role.covers(Role.CLINICIAN)
        and not model_first(store, caller)
        and not _has_impression(store, caller, row.id)
    )
    return replace(row, model_state=SHOWN_LATER) if hidden else row


def _has_impression(store: Store, caller: Caller, study_id: str) -> bool:
    draft = store.readings.draft_of(study_id, caller.user_id)
    return draft is not None and draft.first_impression_at is not None
