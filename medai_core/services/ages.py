"""How old the patient was at a study, where the record knows it and the picture does not."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from medai_core.domain.prediction import PictureAnswers
from medai_core.domain.refusal import Refusal
from medai_core.store.database import Store
from medai_core.store.rows import ImageRecord

_AGREE_YEARS: Final = 1.5


def with_known_age(store: Store, image: ImageRecord, answers: PictureAnswers | None) -> PictureAnswers | None:
    """What was said of a picture, with the age at the study where the record knows both dates.

    Raises Refusal "age-contradicts" where the age that was said is another one.
    """
    study = store.studies.get(image.study_id)
    if answers is None or image.header.source != "picture" or study is None:
        return answers
    born, studied = study.row.patient.identity.birth_date, study.row.study_date
    if born is None or studied is None or studied < born:
        return answers
    known = (studied - born) / timedelta(days=365.25)
    if answers.age_years is None:
        return replace(answers, age_years=known)
    if abs(answers.age_years - known) > _AGREE_YEARS:
        raise Refusal(
            "age-contradicts",
            expected="the age that follows from the patient's birth date and the study date",
            found="another age in the answer",
            what_to_do="Correct the age, or the dates of the patient and the study.",
        )
    return answers
