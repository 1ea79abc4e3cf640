"""What models answered. Only ever added: the tables refuse a change.

add, get, of_image, latest, of_study.
"""

from typing import Any, Final

from sqlalchemy import RowMapping, insert, select

from medai_core.domain.monitor import Inputs
from medai_core.domain.prediction import Prediction
from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.documents import finding_from_json, finding_to_json, inputs_to_json
from medai_core.store.ids import new_id
from medai_core.store.rows import StoredPrediction

_PREDICTIONS: Final = tables.predictions.c
_IMAGES: Final = tables.images.c


class Predictions(Repository):
    """The predictions of one store."""

    def add(self, image_id: str, prediction: Prediction, inputs: Inputs | None = None) -> str:
        """Keep an answer, and what the image was like; its opaque id."""
        prediction_id = new_id()
        scores = [float(f"{finding.probability:.9g}") for finding in prediction.findings]
        values = {
            "id": prediction_id,
            "image_id": image_id,
            "model": prediction.model,
            "version": prediction.version,
            "weights_digest": prediction.weights_digest,
            "input_digest": prediction.input_digest,
            "refused": prediction.refused,
            "findings": [finding_to_json(finding) for finding in prediction.findings],
            "cautions": list(prediction.cautions),
            "created_at": clock.now(),
            "inputs": inputs_to_json(inputs) if inputs else None,
            "scores": scores if prediction.refused is None else None,
        }
        with self._database.transaction() as connection:
            connection.execute(insert(tables.predictions).values(**values))
        return prediction_id

    def get(self, prediction_id: str) -> StoredPrediction | None:
        """The answer of an opaque id."""
        return next(iter(self._all(_PREDICTIONS.id == prediction_id)), None)

    def of_image(self, image_id: str, model: str | None = None) -> tuple[StoredPrediction, ...]:
        """All answers to an image, of one model or of all, newest first."""
        condition = _PREDICTIONS.image_id == image_id
        return self._all(condition if model is None else condition & (_PREDICTIONS.model == model))

    def latest(self, image_id: str, model: str, version: str | None = None) -> StoredPrediction | None:
        """The newest answer of a model (version) to an image."""
        found = (one for one in self.of_image(image_id, model) if version in (None, one.prediction.version))
        return next(found, None)

    def of_study(self, study_id: str) -> tuple[StoredPrediction, ...]:
        """All answers to a study's images, newest first."""
        return self._all(_PREDICTIONS.image_id.in_(select(_IMAGES.id).where(_IMAGES.study_id == study_id)))

    def _all(self, condition: Any) -> tuple[StoredPrediction, ...]:
        query = select(tables.predictions).where(condition)
        query = query.order_by(_PREDICTIONS.created_at.desc(), _PREDICTIONS.id)
        with self._database.reading() as connection:
            return tuple(map(_stored, connection.execute(query).mappings()))


def _stored(row: RowMapping) -> StoredPrediction:
    return StoredPrediction(row["id"], row["image_id"], prediction_of(row), row["created_at"])


def prediction_of(row: RowMapping | dict[str, Any]) -> Prediction:
    """A prediction from a row of the table."""
    return Prediction(
        model=row["model"],
        version=row["version"],
        weights_digest=row["weights_digest"],
        input_digest=row["input_digest"],
        refused=row["refused"],
        findings=tuple(map(finding_from_json, row["findings"])),
        cautions=tuple(row["cautions"]),
    )
