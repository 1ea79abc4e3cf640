"""Images: what their headers say, and under which digest their files lie.

add (makes the series, counts in the study), get, by_digest, by_sop_uid, of_study, digests, total_bytes.
"""

from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from medai_core.store import clock, tables
from medai_core.store.connection import Repository
from medai_core.store.documents import header_from_json, header_to_json, pipeline_from_json, pipeline_to_json
from medai_core.store.ids import new_id
from medai_core.store.rows import ImageRecord, NewImage

_IMAGES: Final = tables.images.c
_SERIES: Final = tables.series.c
_STUDIES: Final = tables.studies.c


class Images(Repository):
    """The images of one store."""

    def add(self, image: NewImage) -> str:
        """A new image and, where it is the first of one, its series. The digest is unique."""
        image_id, header = new_id(), image.header
        with self._database.transaction() as connection:
            values = {
                "id": image_id,
                "series_id": _series_id(connection, image),
                "study_id": image.study_id,
                "sop_instance_uid": header.sop_instance_uid,
                "digest": image.digest,
                "size_bytes": image.size_bytes,
                "instance_number": header.instance_number,
                "dtype": image.dtype,
                "virtual": image.virtual,
                "header": header_to_json(header),
                "pipeline": pipeline_to_json(image.pipeline),
                "added_at": clock.now(),
            }
            connection.execute(insert(tables.images).values(**values))
            study = update(tables.studies).where(_STUDIES.id == image.study_id)
            connection.execute(study.values(image_count=_STUDIES.image_count + 1))
        return image_id

    def get(self, image_id: str) -> ImageRecord | None:
        """The image of an opaque id. Whether the caller may see its patient is not asked here."""
        return next(iter(self._all(_IMAGES.id == image_id)), None)

    def by_digest(self, digest: str) -> ImageRecord | None:
        """The image whose file has these bytes."""
        return next(iter(self._all(_IMAGES.digest == digest)), None)

    def by_sop_uid(self, sop_instance_uid: str) -> tuple[ImageRecord, ...]:
        """The images that claim to be this SOP instance."""
        return self._all(_IMAGES.sop_instance_uid == sop_instance_uid) if sop_instance_uid else ()

    def of_study(self, study_id: str) -> tuple[ImageRecord, ...]:
        """The study's images, by series number and instance number."""
        return self._all(_IMAGES.study_id == study_id)

    def digests(self) -> frozenset[str]:
        """The digests of all images' files."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(select(_IMAGES.digest)))

    def total_bytes(self) -> int:
        """The size of all images' files together."""
        query = select(func.coalesce(func.sum(_IMAGES.size_bytes), 0))
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def _all(self, condition: Any) -> tuple[ImageRecord, ...]:
        query = select(tables.images, _STUDIES.patient_id).select_from(
            tables.images.join(tables.series, _IMAGES.series_id == _SERIES.id).join(
                tables.studies, _IMAGES.study_id == _STUDIES.id
            )
        )
        order = (
            _SERIES.number.nulls_first(),
            _SERIES.id,
            _IMAGES.instance_number.nulls_first(),
            _IMAGES.added_at,
            _IMAGES.id,
        )
        with self._database.reading() as connection:
            return tuple(map(_record, connection.execute(query.where(condition).order_by(*order)).mappings()))


def _series_id(connection: Connection, image: NewImage) -> str:
    header = image.header
    mine = (_SERIES.study_id == image.study_id) & (_SERIES.series_uid == header.series_uid)
    known = connection.scalar(select(_SERIES.id).where(mine))
    if known is not None:
        return str(known)
    series_id = new_id()
    values = {
        "id": series_id,
        "study_id": image.study_id,
        "series_uid": header.series_uid,
        "modality": header.modality,
        "description": header.series_description,
        "number": header.series_number,
    }
    connection.execute(insert(tables.series).values(**values))
    return series_id


def _record(row: RowMapping) -> ImageRecord:
    return ImageRecord(
        id=row["id"],
        study_id=row["study_id"],
        series_id=row["series_id"],
        patient_id=row["patient_id"],
        digest=row["digest"],
        size_bytes=row["size_bytes"],
        header=header_from_json(row["header"]),
        pipeline=pipeline_from_json(row["pipeline"]),
        dtype=row["dtype"],
        virtual=row["virtual"],
        added_at=row["added_at"],
    )
