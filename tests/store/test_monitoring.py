"""What the monitor's queries count, of new answers and of those from before there was a monitor."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import text

from medai_core.domain.monitor import Inputs
from medai_core.domain.prediction import Prediction
from medai_core.store.database import Store
from tests.support import watched


def test_an_answer_is_counted_with_its_inputs(
    store: Store, study: str, add_image: Callable[..., str], prediction: Prediction
) -> None:
    image_id = add_image(store, study)
    store.predictions.add(image_id, prediction, Inputs({"mean_grey": 0.5}, 3.25, "AP"))
    store.predictions.add(image_id, replace(prediction, refused="Expected x; found y.", findings=()))
    found = store.monitoring.answers("paediatric_pneumonia", "1.0")
    order = np.argsort(found.refused)
    assert found.refused[order].tolist() == [False, True]
    assert found.reasons == ("Expected x; found y.",)
    assert found.scores[order, 0] == pytest.approx([0.71, np.nan], nan_ok=True)
    assert found.statistics["mean_grey"][order] == pytest.approx([0.5, np.nan], nan_ok=True)
    assert found.statistics["age_years"][order] == pytest.approx([3.25, np.nan], nan_ok=True)
    assert found.views[order].tolist() == ["AP", ""]
    assert [finding.label for finding in found.findings] == ["pneumonia"]


def test_missing_is_not_zero(
    store: Store, study: str, add_image: Callable[..., str], prediction: Prediction
) -> None:
    store.predictions.add(add_image(store, study), prediction)
    found = store.monitoring.answers("paediatric_pneumonia", "1.0")
    assert found.statistics == {}
    assert found.views.tolist() == [""]


def test_answers_of_before_give_the_same_scores(store: Store) -> None:
    watched.fill(store, watched.Plan(answers=60, version="1.0.0", described=False, read_share=0))
    watched.fill(store, watched.Plan(answers=60, version="2.0.0", read_share=0))
    old = store.monitoring.answers(watched.MODEL, "1.0.0")
    new = store.monitoring.answers(watched.MODEL, "2.0.0")
    assert old.statistics == {}
    assert set(new.statistics) >= {"mean_grey", "age_years"}
    assert np.nansum(old.scores) == pytest.approx(np.nansum(new.scores), abs=1e-5)
    assert np.isnan(old.scores).sum() == np.isnan(new.scores).sum() == 3 * old.refused.sum() > 0


def test_only_what_lies_in_the_span_counts(store: Store) -> None:
    watched.fill(store, watched.Plan(answers=400))
    since, until = watched.NOW - timedelta(days=90), watched.NOW - timedelta(days=30)
    found = store.monitoring.answers(watched.MODEL, "1.0.0", since, until)
    every = store.monitoring.answers(watched.MODEL, "1.0.0")
    inside = (every.at >= since.timestamp()) & (every.at < until.timestamp())
    assert 0 < len(found.at) == inside.sum() < 400
    part = every.part(inside)
    assert len(part.reasons) == part.refused.sum() == found.refused.sum()
    assert np.sort(part.at) == pytest.approx(np.sort(found.at))


def test_verdicts_are_of_signed_readings_that_are_no_addenda(store: Store) -> None:
    watched.fill(store, watched.Plan(answers=200))
    found = store.monitoring.verdicts(watched.MODEL, "1.0.0")
    count = len(found.at)
    assert count > 50
    assert set(found.verdict) <= {"agree", "partly", "disagree", "not used"}
    assert 0 < found.saw_model_first.sum() < count
    assert np.isfinite(found.scores).all()
    columns = "id, study_id, author_id, author_name, first_impression, saw_model_first, report, comment"
    with store._database.transaction() as connection:
        connection.execute(
            text(
                f"INSERT INTO readings ({columns}, verdict, revision, created_at, updated_at, signed_at,"
                " prediction_id, addendum_to) SELECT 'added', study_id, 'another', author_name, '', FALSE,"
                " '', '', verdict, 0, created_at, updated_at, signed_at, prediction_id, id"
                " FROM readings LIMIT 1"
            )
        )
        connection.execute(
            text(
                f"INSERT INTO readings ({columns}, verdict, revision, created_at, updated_at, prediction_id)"
                " SELECT 'draft', study_id, 'somebody', author_name, '', FALSE, '', '', verdict, 0,"
                " created_at, updated_at, prediction_id FROM readings WHERE id <> 'added' LIMIT 1"
            )
        )
    assert len(store.monitoring.verdicts(watched.MODEL, "1.0.0").at) == count


def test_versions_are_counted_apart(store: Store) -> None:
    watched.fill(store, watched.Plan(answers=30, read_share=0))
    watched.fill(store, watched.Plan(answers=20, version="2.0.0", read_share=0))
    found = {one.version: one.count for one in store.monitoring.versions()}
    assert found == {"1.0.0": 30, "2.0.0": 20}
    assert len(store.monitoring.answers(watched.MODEL, "2.0.0").at) == 20


def test_answers_are_counted_from_the_index_alone(file_store: Store) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT created_at, refused, inputs, scores FROM predictions"
        " WHERE model = 'x' AND version = '1' AND created_at >= '2026'"
    )
    with file_store._database.reading() as connection:
        plan = " ".join(str(row) for row in connection.execute(text(query)))
    assert "USING COVERING INDEX ix_predictions_monitor" in plan


def test_what_is_kept_of_a_month_is_renewed_by_a_new_answer(
    store: Store, study: str, add_image: Callable[..., str], prediction: Prediction
) -> None:
    image_id = add_image(store, study)
    for count in (1, 2, 3):
        store.predictions.add(image_id, replace(prediction, cautions=()), Inputs({"contrast": 0.1 * count}))
        found = store.monitoring.answers("paediatric_pneumonia", "1.0")
        assert np.sort(found.statistics["contrast"]) == pytest.approx([0.1, 0.2, 0.3][:count])
        again = store.monitoring.answers("paediatric_pneumonia", "1.0")
        assert again.at.tolist() == found.at.tolist()
