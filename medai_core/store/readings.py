"""Readings: drafts with a revision counter, signed ones that the tables themselves refuse to change.

start (draft, or addendum), get, of_study, draft_of, addenda, save, keep_impression, record_first_impression,
choose_prevalence, sign, discard, key_image, signed_content, verify.

`save` and `sign` take the revision that the caller has read; where another tab has saved meanwhile they raise
Refusal "reading-changed-elsewhere" and change nothing. A signed reading raises Refusal "reading-signed".
"""

import hashlib
import json
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import RowMapping, delete, insert, select, update

from medai_core.domain.people import Caller
from medai_core.domain.prediction import Prediction
from medai_core.domain.prevalence import Localised, PrevalenceChoice
from medai_core.domain.reading import Reading, StudyState, Verdict
from medai_core.domain.refusal import Refusal
from medai_core.store import clock, tables
from medai_core.store.audit import Audit
from medai_core.store.connection import Database, Repository
from medai_core.store.documents import (
    choice_from_json,
    choice_to_json,
    finding_to_json,
    identity_to_json,
    localised_from_json,
    localised_to_json,
)
from medai_core.store.ids import new_id
from medai_core.store.images import Images
from medai_core.store.predictions import Predictions, prediction_of
from medai_core.store.rows import DraftChanges
from medai_core.store.studies import Studies, study_missing

SIGN_ACTION: Final = "reading-signed"
ERASE_ACTION: Final = "reading-erased"

_READINGS: Final = tables.readings.c
_PREDICTIONS: Final = tables.predictions.c
_IN_CONTENT: Final = (
    "id", "study_id", "image_id", "prediction_id", "addendum_to", "author_id", "author_name",
    "first_impression", "first_impression_at", "saw_model_first", "report", "comment", "verdict",
    "key_image_digest", "signed_at",
)  # fmt: skip
_IN_LATER_CONTENT: Final = ("prevalence_choice", "prevalence")
"""Came later: part of what is signed where they are filled, so that older signatures stay as they are."""


class Readings(Repository):
    """The readings of one store."""

    def __init__(
        self, database: Database, *, studies: Studies, images: Images, predictions: Predictions, audit: Audit
    ) -> None:
        super().__init__(database)
        self._studies, self._images, self._predictions, self._audit = studies, images, predictions, audit

    def start(self, study_id: str, author: Caller, *, addendum_to: str | None = None) -> Reading:
        """The author's open draft of the study, or a new one. There is never more than one.

        An addendum needs a signed reading of the same study (Refusal "addendum-to-unsigned"), and no other
        open draft (Refusal "draft-open").
        """
        with self._database.transaction() as connection:
            draft = self.draft_of(study_id, author.user_id)
            if draft is not None and draft.addendum_to == addendum_to:
                return draft
            if draft is not None:
                raise _draft_open()
            if addendum_to is not None:
                self._check_addendum(study_id, addendum_to)
            now, reading_id = clock.now(), new_id()
            values = {
                "id": reading_id,
                "study_id": study_id,
                "addendum_to": addendum_to,
                "author_id": author.user_id,
                "author_name": author.display_name or author.username,
                "first_impression": "",
                "saw_model_first": False,
                "report": "",
                "comment": "",
                "revision": 0,
                "created_at": now,
                "updated_at": now,
            }
            connection.execute(insert(tables.readings).values(**values))
            return self._required(reading_id)

    def get(self, reading_id: str) -> Reading | None:
        """The reading of an opaque id. Whether the caller may see its patient is not asked here."""
        return next(iter(self._all(_READINGS.id == reading_id)), None)

    def of_study(self, study_id: str) -> tuple[Reading, ...]:
        """All readings and addenda of a study, drafts included, oldest first."""
        return self._all(_READINGS.study_id == study_id)

    def draft_of(self, study_id: str, author_id: str) -> Reading | None:
        """The author's open draft."""
        mine = (_READINGS.study_id == study_id) & (_READINGS.author_id == author_id)
        return next(iter(self._all(mine & _READINGS.signed_at.is_(None))), None)

    def addenda(self, reading_id: str) -> tuple[Reading, ...]:
        """Signed addenda to a reading, oldest first."""
        return self._all((_READINGS.addendum_to == reading_id) & _READINGS.signed_at.is_not(None))

    def save(self, reading_id: str, changes: DraftChanges, *, revision: int) -> Reading:
        """Keep the draft as it is now; the revision goes up by one."""
        values = {name: getattr(changes, name) for name in DraftChanges.__slots__}
        values["verdict"] = changes.verdict.value if changes.verdict else None
        with self._database.transaction():
            self._change(reading_id, revision, **values)
            return self._required(reading_id)

    def record_first_impression(self, reading_id: str, text: str, *, revision: int) -> Reading:
        """What was thought before the model was seen; once only (Refusal "impression-recorded")."""
        with self._database.transaction():
            self._check_impression(reading_id)
            self._change(reading_id, revision, first_impression=text, first_impression_at=clock.now())
            return self._required(reading_id)

    def keep_impression(self, reading_id: str, text: str, *, revision: int) -> Reading:
        """An impression that is still being typed: without a moment, so it is not recorded yet."""
        with self._database.transaction():
            self._check_impression(reading_id)
            self._change(reading_id, revision, first_impression=text)
            return self._required(reading_id)

    def choose_prevalence(
        self, reading_id: str, choice: PrevalenceChoice | None, *, revision: int
    ) -> Reading:
        """Keep what the reader changed for this reading; None goes back to the site's prevalence."""
        with self._database.transaction():
            kept = choice_to_json(choice) if choice else None
            self._change(reading_id, revision, prevalence_choice=kept)
            return self._required(reading_id)

    def sign(
        self,
        reading_id: str,
        caller: Caller,
        *,
        revision: int,
        key_image_digest: str | None = None,
        prevalence: Localised | None = None,
    ) -> Reading:
        """Make the author's draft final, with patient, study, images and prediction as they stand now.

        `prevalence` is the answer at the prevalence here, as its author saw it.
        The study becomes "signed" and the audit line "reading-signed" (detail ``content``: the digest) is
        written, all in one transaction. Refusal "not-the-author" for anybody else's draft.
        """
        with self._database.transaction() as connection:
            if self._required(reading_id).author_id != caller.user_id:
                raise _not_the_author()
            used = localised_to_json(prevalence) if prevalence else None
            self._change(reading_id, revision, key_image_digest=key_image_digest, prevalence=used)
            row = dict(
                connection.execute(select(tables.readings).where(_READINGS.id == reading_id)).mappings().one()
            )
            row["signed_at"] = clock.now()
            content = self._content(row)
            digest = hashlib.sha256(content.encode()).hexdigest()
            values = {"signed_at": row["signed_at"], "signed_content": content, "content_digest": digest}
            connection.execute(update(tables.readings).where(_READINGS.id == reading_id).values(**values))
            self._studies.set_state(row["study_id"], StudyState.SIGNED, signed_by_name=row["author_name"])
            self._audit.append(
                caller.user_id, SIGN_ACTION, reading_id, {"content": digest, "study": row["study_id"]}
            )
            return self._required(reading_id)

    def discard(self, reading_id: str, author_id: str) -> bool:
        """Throw the author's own draft away; False where there is none of this id."""
        mine = (
            (_READINGS.id == reading_id) & (_READINGS.author_id == author_id) & _READINGS.signed_at.is_(None)
        )
        with self._database.transaction() as connection:
            return connection.execute(delete(tables.readings).where(mine)).rowcount == 1

    def key_image(self, reading_id: str) -> str | None:
        """The digest of the reading's key image among the blobs."""
        with self._database.reading() as connection:
            return connection.scalar(select(_READINGS.key_image_digest).where(_READINGS.id == reading_id))

    def key_images(self) -> frozenset[str]:
        """The digests of all key images."""
        query = select(_READINGS.key_image_digest).where(
            _READINGS.key_image_digest.is_not(None), _READINGS.erased_at.is_(None)
        )
        with self._database.reading() as connection:
            return frozenset(digest for digest in connection.scalars(query) if digest)

    def signed_content(self, reading_id: str) -> dict[str, Any] | None:
        """Everything that was signed, as it stood then; None for a draft."""
        with self._database.reading() as connection:
            text = connection.scalar(select(_READINGS.signed_content).where(_READINGS.id == reading_id))
            return json.loads(text) if text else None

    def verify(self) -> list[str]:
        """Signed readings that are not as they were signed, in sentences."""
        problems = []
        signed_lines = {
            entry.object_id: entry for entry in self._audit.search(action=SIGN_ACTION, limit=2**31)
        }
        query = select(tables.readings).where(_READINGS.signed_at.is_not(None)).order_by(_READINGS.id)
        with self._database.reading() as connection:
            for row in connection.execute(query).mappings():
                line = signed_lines.pop(row["id"], None)
                whole = self._hollow(row) if row["erased_at"] else self._unchanged(row)
                if not whole or line is None or line.detail["content"] != row["content_digest"]:
                    problems.append(f"Reading {row['id']} is not as it was signed.")
        return problems + [f"Signed reading {reading_id} is missing." for reading_id in sorted(signed_lines)]

    def _hollow(self, row: RowMapping) -> bool:
        """Whether an erased reading holds nothing, and the audit log says that it was erased."""
        content = [row[name] for name in ("report", "comment", "first_impression", "signed_content")]
        return not any(content) and self._audit.count(action=ERASE_ACTION, object_id=row["id"]) > 0

    def _unchanged(self, row: RowMapping) -> bool:
        text = row["signed_content"] or ""
        if hashlib.sha256(text.encode()).hexdigest() != row["content_digest"]:
            return False
        content = json.loads(text)
        stored = self._predictions.get(row["prediction_id"]) if row["prediction_id"] else None
        prediction = _prediction_json(stored.prediction) if stored else None
        return bool(content["reading"] == _reading_json(dict(row)) and content["prediction"] == prediction)

    def _content(self, row: dict[str, Any]) -> str:
        """Canonical JSON of what a signature stands for."""
        study = self._studies.get(row["study_id"])
        if study is None:
            raise study_missing()
        stored = self._predictions.get(row["prediction_id"]) if row["prediction_id"] else None
        patient = study.row.patient
        document = {
            "reading": _reading_json(row),
            "patient": {"id": patient.id, **identity_to_json(patient.identity)},
            "study": {
                "study_uid": study.study_uid,
                "accession_number": study.accession_number,
                "modality": study.row.modality,
                "description": study.row.description,
                "study_date": study.row.study_date.isoformat() if study.row.study_date else None,
                "study_time": study.study_time.isoformat() if study.study_time else None,
            },
            "images": sorted(image.digest for image in self._images.of_study(row["study_id"])),
            "prediction": _prediction_json(stored.prediction) if stored else None,
        }
        return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def _change(self, reading_id: str, revision: int, **values: Any) -> None:
        """Change a draft that is still at `revision`, or say why not."""
        draft = (_READINGS.id == reading_id) & _READINGS.signed_at.is_(None)
        values |= {"revision": revision + 1, "updated_at": clock.now()}
        query = update(tables.readings).where(draft & (_READINGS.revision == revision)).values(**values)
        with self._database.transaction() as connection:
            if connection.execute(query).rowcount == 1:
                return
        if self._required(reading_id).signed_at is not None:
            raise _signed()
        raise _changed_elsewhere()

    def _check_impression(self, reading_id: str) -> None:
        reading = self.get(reading_id)
        if reading is not None and reading.first_impression_at is not None:
            raise _impression_recorded()

    def _check_addendum(self, study_id: str, addendum_to: str) -> None:
        original = self._required(addendum_to)
        if original.study_id != study_id or original.signed_at is None:
            raise Refusal(
                "addendum-to-unsigned",
                expected="a signed reading of this study to add to",
                found="none",
                what_to_do="Sign the reading first; until then it can simply be changed.",
            )

    def _required(self, reading_id: str) -> Reading:
        reading = self.get(reading_id)
        if reading is None:
            raise Refusal(
                "reading-missing",
                expected="a reading of this store",
                found="none under this id",
                what_to_do="Open the study from the worklist again.",
            )
        return reading

    def _all(self, condition: Any) -> tuple[Reading, ...]:
        predicted = [column.label(f"p_{column.name}") for column in tables.predictions.c]
        joined = tables.readings.outerjoin(tables.predictions, _READINGS.prediction_id == _PREDICTIONS.id)
        query = select(tables.readings, *predicted).select_from(joined).where(condition)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_READINGS.created_at, _READINGS.id)).mappings()
            return tuple(map(_reading, rows))


def _reading(row: RowMapping) -> Reading:
    prediction = None
    if row["p_id"]:
        prediction = prediction_of({column.name: row[f"p_{column.name}"] for column in tables.predictions.c})
    return Reading(
        id=row["id"],
        study_id=row["study_id"],
        image_id=row["image_id"],
        author_id=row["author_id"],
        author_name=row["author_name"],
        first_impression=row["first_impression"],
        saw_model_first=row["saw_model_first"],
        report=row["report"],
        comment=row["comment"],
        verdict=Verdict(row["verdict"]) if row["verdict"] else None,
        prediction=prediction,
        prediction_id=row["prediction_id"],
        addendum_to=row["addendum_to"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        signed_at=row["signed_at"],
        content_digest=row["content_digest"],
        has_key_image=row["key_image_digest"] is not None,
        revision=row["revision"],
        first_impression_at=row["first_impression_at"],
        prevalence_choice=choice_from_json(row["prevalence_choice"]) if row["prevalence_choice"] else None,
        prevalence=localised_from_json(row["prevalence"]) if row["prevalence"] else None,
    )


def _reading_json(row: dict[str, Any]) -> dict[str, Any]:
    document = {name: row[name] for name in _IN_CONTENT}
    for name in ("first_impression_at", "signed_at"):
        document[name] = row[name].isoformat(timespec="microseconds") if row[name] else None
    return document | {name: row[name] for name in _IN_LATER_CONTENT if row[name] is not None}


def _prediction_json(prediction: Prediction) -> dict[str, Any]:
    findings = [finding_to_json(finding) for finding in prediction.findings]
    return {**asdict(prediction), "findings": findings, "cautions": list(prediction.cautions)}


def _draft_open() -> Refusal:
    return Refusal(
        "draft-open",
        expected="no other draft of yours in this study",
        found="one that is not signed yet",
        what_to_do="Sign it or throw it away first.",
    )


def _impression_recorded() -> Refusal:
    return Refusal(
        "impression-recorded",
        expected="a first impression that is written once",
        found="one that is recorded already",
        what_to_do="Write what you think now into the report.",
    )


def _signed() -> Refusal:
    return Refusal(
        "reading-signed",
        expected="a draft",
        found="a signed reading, which never changes",
        what_to_do="Write an addendum.",
    )


def _changed_elsewhere() -> Refusal:
    return Refusal(
        "reading-changed-elsewhere",
        expected="the draft as this window last read it",
        found="one that was saved elsewhere meanwhile",
        what_to_do="Your text is still here: compare it with the saved one, then save again.",
    )


def _not_the_author() -> Refusal:
    return Refusal(
        "not-the-author",
        expected="the author's own signature",
        found="another person's draft",
        what_to_do="Write a reading of your own.",
    )
