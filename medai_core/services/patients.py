"""All patients of the store: found by words of the name, identifier, birth date."""

from dataclasses import dataclass
from typing import Final

from medai_core.domain.people import Caller, Role
from medai_core.security.access import require, sees_all
from medai_core.store.database import Store
from medai_core.store.patient_search import MOST_COUNTED, PatientRow, Visible

__all__ = ["MOST_COUNTED", "PatientPage", "PatientRow", "search"]

LONGEST_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class PatientPage:
    """One page of patients. `total` counts all that match, up to `MOST_COUNTED`; `more` says it stopped."""

    rows: tuple[PatientRow, ...]
    total: int
    more: bool = False


def search(store: Store, caller: Caller, words: str = "", limit: int = 50, offset: int = 0) -> PatientPage:
    """Patients whose record holds every word: as the beginning of a word of the name or of the identifier,
    or as the birth date (``1960-02-03``, ``19600203``, ``3.2.1960``) or its year.

    By name; without words, the newest patients first. Restricted patients are left out for those who may not
    see them; records that were merged into another are found by their own words and stand for that one.
    """
    require(caller, Role.READ_ONLY)
    visible = Visible(caller.user_id, all_restricted=sees_all(caller))
    rows, total = store.patient_search.page(
        words, visible, limit=min(max(limit, 1), LONGEST_PAGE), offset=max(offset, 0)
    )
    return PatientPage(tuple(rows), min(total, MOST_COUNTED), more=total > MOST_COUNTED)
