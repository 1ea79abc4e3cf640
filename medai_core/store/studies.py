"""Studies, their series, claims and moves; the worklist's own query is in `store.worklist`.

add, get, find (patient + study UID, following moves), of_patient, complete, set_state, set_priority,
set_model_state, claim, release, move, moves, series; page, count_by_state, neighbours, modalities.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, or_, select, update

from medai_core.domain.reading import Priority, StudyRow, StudyState
from medai_core.domain.refusal import Refusal
from medai_core.store import clock, tables, worklist
from medai_core.store.connection import Repository
from medai_core.store.ids import new_id
from medai_core.store.merged import together
from medai_core.store.rows import Claim, NewStudy, SeriesRecord, StudyFilter, StudyMove, StudyRecord
from medai_core.store.search import search_text

NOT_SCORED: Final = "not scored"

_STUDIES: Final = tables.studies.c
_MOVES: Final = tables.study_moves.c
_SERIES: Final = tables.series.c
_IMAGES: Final = tables.images.c


class Studies(Repository):
    """The studies of one store."""

    def add(self, patient_id: str, study: NewStudy, *, received_at: datetime | None = None) -> str:
        """A new study without images; its opaque id."""
        study_id = new_id()
        values: dict[str, Any] = {
            "id": study_id,
            "patient_id": patient_id,
            "study_uid": study.study_uid,
            "accession_number": study.accession_number,
            "modality": study.modality,
            "description": study.description,
            "study_date": study.study_date,
            "study_time": study.study_time,
            "received_at": received_at or clock.now(),
            "state": StudyState.NEW.value,
            "priority": worklist.RANKS[study.priority],
            "model_state": NOT_SCORED,
            "raised": False,
            "raised_by": "",
            "image_count": 0,
            "signed_by_name": "",
            "search": search_text(study.description, study.accession_number, study.modality),
        }
        with self._database.transaction() as connection:
            connection.execute(insert(tables.studies).values(**values))
        return study_id

    def get(self, study_id: str) -> StudyRecord | None:
        """The study of an opaque id. Whether the caller may see its patient is not asked here."""
        query = worklist.rows_query().where(_STUDIES.id == study_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().first()
            return worklist.record_of(row) if row else None

    def find(self, patient_id: str, study_uid: str) -> str | None:
        """The study of a patient's study UID, also where it has since been moved to another patient."""
        if not study_uid:
            return None
        moved = select(_MOVES.study_id).where(_MOVES.from_patient_id == patient_id)
        condition = or_(_STUDIES.patient_id == patient_id, _STUDIES.id.in_(moved))
        query = select(_STUDIES.id).where(_STUDIES.study_uid == study_uid, condition)
        with self._database.reading() as connection:
            return connection.scalar(
                query.order_by(_STUDIES.patient_id != patient_id, _STUDIES.received_at).limit(1)
            )

    def record_of(self, study_id: str) -> str | None:
        """The patient record that holds a study; where it was merged, the study shows under another."""
        with self._database.reading() as connection:
            return connection.scalar(select(_STUDIES.patient_id).where(_STUDIES.id == study_id))

    def of_patient(self, patient_id: str, *, own_record: bool = False) -> tuple[StudyRow, ...]:
        """All studies of a patient, newest study date first; with `own_record` without merged records'."""
        mine = (
            _STUDIES.patient_id == patient_id if own_record else _STUDIES.patient_id.in_(together(patient_id))
        )
        query = worklist.rows_query().where(mine)
        query = query.order_by(
            _STUDIES.study_date.desc().nulls_last(),
            _STUDIES.study_time.desc().nulls_last(),
            _STUDIES.received_at.desc(),
        )
        with self._database.reading() as connection:
            return tuple(map(worklist.row_of, connection.execute(query).mappings()))

    def complete(self, study_id: str, study: NewStudy) -> None:
        """Fill what the study lacks from a further file; add its modality; the higher priority stays."""
        with self._database.transaction() as connection:
            known = connection.execute(select(tables.studies).where(_STUDIES.id == study_id)).mappings().one()
            names = ("accession_number", "description", "study_date", "study_time")
            values: dict[str, Any] = {name: known[name] or getattr(study, name) for name in names}
            modalities = dict.fromkeys([*known["modality"].split(", "), study.modality])
            values["modality"] = ", ".join(filter(None, modalities))[:32]
            values["priority"] = min(known["priority"], worklist.RANKS[study.priority])
            values["search"] = search_text(
                values["description"], values["accession_number"], values["modality"]
            )
            connection.execute(update(tables.studies).where(_STUDIES.id == study_id).values(**values))

    def set_state(self, study_id: str, state: StudyState, *, signed_by_name: str | None = None) -> None:
        """Where the study stands now; with who signed, where somebody did."""
        extra = {} if signed_by_name is None else {"signed_by_name": signed_by_name}
        self._update(study_id, state=state.value, **extra)

    def set_priority(self, study_id: str, priority: Priority) -> None:
        """Another urgency."""
        self._update(study_id, priority=worklist.RANKS[priority])

    def set_model_state(self, study_id: str, model_state: str, *, raised_by: str = "") -> None:
        """What the models said, in words; a sentence in `raised_by` lets the study move up if that is on."""
        self._update(study_id, model_state=model_state, raised=bool(raised_by), raised_by=raised_by[:512])

    def claim(self, study_id: str, user_id: str, *, take_over: bool = False) -> Claim:
        """Take the study where it is free (or taken over); whose it is afterwards."""
        with self._database.transaction():
            record = self.get(study_id)
            if record is None:
                raise study_missing()
            if record.claim and not take_over:
                return record.claim
            self._update(study_id, claimed_by=user_id, claimed_at=clock.now())
            after = self.get(study_id)
            assert after is not None
            assert after.claim is not None
            return after.claim

    def release(self, study_id: str, user_id: str) -> bool:
        """Give the study back; False where it was not this user's."""
        condition = (_STUDIES.id == study_id) & (_STUDIES.claimed_by == user_id)
        query = update(tables.studies).where(condition).values(claimed_by=None, claimed_at=None)
        with self._database.transaction() as connection:
            return connection.execute(query).rowcount == 1

    def move(self, study_id: str, to_patient_id: str, *, reason: str, moved_by: str) -> StudyMove:
        """Give the study to another patient; later files follow. Refusal "study-missing", "same-patient"."""
        with self._database.transaction() as connection:
            own = self.record_of(study_id)
            if own is None:
                raise study_missing()
            move = StudyMove(study_id, own, to_patient_id, reason, moved_by, clock.now())
            if move.from_patient_id == to_patient_id:
                raise Refusal(
                    "same-patient",
                    expected="another patient",
                    found="the one that the study has already",
                    what_to_do="Choose the patient to whom the study belongs.",
                )
            values = {name: getattr(move, name) for name in StudyMove.__slots__}
            connection.execute(insert(tables.study_moves).values(id=new_id(), **values))
            self._update(study_id, patient_id=to_patient_id)
        return move

    def moves(self, study_id: str) -> tuple[StudyMove, ...]:
        """Where the study has been, oldest move first."""
        query = select(*(_MOVES[name] for name in StudyMove.__slots__)).where(_MOVES.study_id == study_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_MOVES.moved_at)).mappings()
            return tuple(StudyMove(**row) for row in rows)

    def series(self, study_id: str) -> tuple[SeriesRecord, ...]:
        """The study's series by number, with how many images each holds."""
        count = select(func.count()).where(_IMAGES.series_id == _SERIES.id).scalar_subquery()
        query = select(tables.series, count.label("image_count")).where(_SERIES.study_id == study_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_SERIES.number.nulls_first(), _SERIES.id)).mappings()
            return tuple(SeriesRecord(**row) for row in rows)

    def count(self) -> int:
        """How many studies there are, restricted ones included."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(tables.studies)).scalar_one()

    def page(self, filters: StudyFilter, *, offset: int = 0, limit: int = 50) -> tuple[list[StudyRow], int]:
        """One page of the worklist, and how many rows match in all."""
        with self._database.reading() as connection:
            return worklist.page(connection, filters, offset=offset, limit=limit)

    def count_by_state(self, filters: StudyFilter) -> dict[StudyState, int]:
        """How many rows match in each state, whatever states the filter names."""
        with self._database.reading() as connection:
            return worklist.count_by_state(connection, filters)

    def modalities(self, filters: StudyFilter) -> tuple[str, ...]:
        """The modalities that occur among the caller's studies, in alphabetical order."""
        with self._database.reading() as connection:
            return worklist.modalities(connection, filters)

    def neighbours(self, filters: StudyFilter, study_id: str) -> tuple[str | None, str | None]:
        """(previous, next) study in the filter's order; the study itself need not match the filter."""
        with self._database.reading() as connection:
            return worklist.neighbours(connection, filters, study_id)

    def _update(self, study_id: str, **values: object) -> None:
        with self._database.transaction() as connection:
            connection.execute(update(tables.studies).where(_STUDIES.id == study_id).values(**values))


def study_missing() -> Refusal:
    """The refusal of an id that names no study."""
    return Refusal(
        "study-missing",
        expected="a study of this store",
        found="none under this id",
        what_to_do="Go back to the worklist and open it from there.",
    )
