"""Learners against lifelines and Keras, the course over time, and the model's file."""

from pathlib import Path

import numpy as np
import pytest

from medai_core.domain.inputs import CHOICE, YES_NO, Input, Need
from medai_core.learning import survival_metrics as measures
from medai_core.learning.survival import (
    CURVED,
    PLAIN,
    Encoding,
    Part,
    Stack,
    SurvivalModel,
    courses_of,
    fit_course,
    fit_scores,
)
from medai_core.learning.survival_learners import (
    Boosting,
    Cox,
    Forest,
    KernelCox,
    Learner,
    cox,
    cumulative_hazard,
    expected_rank,
)
from medai_core.learning.survival_nets import DiscreteNet

INPUTS = (
    Input("age", "age", low=18, high=100, need=Need.OPTIONAL),
    Input("marker", "marker", low=0, high=1000, need=Need.OPTIONAL),
    Input("treated", "treated", YES_NO, need=Need.OPTIONAL),
    Input("kind", "kind", CHOICE, choices=("a", "b", "c"), need=Need.OPTIONAL),
)


def _people(n: int = 500, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    age, marker = generator.uniform(30, 80, n), np.round(generator.lognormal(2, 1, n), 1)
    rows = np.column_stack([age, marker, generator.integers(0, 2, n), generator.integers(0, 3, n)]).astype(
        float
    )
    line = 0.05 * (age - 55) + 0.5 * (np.log1p(marker) - 2) + 0.8 * (rows[:, 3] == 2)
    died, lost = generator.exponential(8 * np.exp(-line)), generator.uniform(1, 12, n)
    time = np.minimum(died, lost)
    rows[generator.random(rows.shape) < 0.03] = np.nan
    return rows, time, (died <= lost).astype(np.float64)


def _model(parts: tuple[Part, ...] = (Part(Cox(1.0), CURVED),), members: int = 4) -> SurvivalModel:
    rows, time, event = _people()
    stack = Stack(INPUTS, parts, logs=("marker",), curves={"age": 3, "marker": 4}, members=members)
    person = np.arange(len(rows))
    scores = fit_scores(stack, rows, time, event, person, seed=2)
    score = scores.score(rows)
    return SurvivalModel(
        scores,
        fit_course(score, time, event, last=10.0),
        courses_of(score, time, event, person, last=10.0, count=members, seed=1),
    )


@pytest.mark.parametrize("ridge", [0.0, 5.0])
def test_cox_as_in_lifelines(ridge: float) -> None:
    import pandas as pd
    from lifelines import CoxPHFitter

    rows, time, event = _people(300)
    given = np.nan_to_num(rows[:, :2])
    given = (given - given.mean(axis=0)) / given.std(axis=0, ddof=1)
    found = cox(given, time, event, np.full(2, ridge))
    table = pd.DataFrame(given, columns=["x", "y"]).assign(time=time, event=event)
    fitter = CoxPHFitter(penalizer=ridge / len(table)).fit(table, "time", "event")
    assert found == pytest.approx(fitter.params_.to_numpy(), abs=2e-4)


def test_cumulative_hazard_as_in_lifelines() -> None:
    from lifelines import NelsonAalenFitter

    _, time, event = _people(200)
    other = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(time, event)
    expected = other.cumulative_hazard_.loc[time].to_numpy()[:, 0]
    assert cumulative_hazard(time, event, np.ones(len(time))) == pytest.approx(expected, abs=1e-9)


def test_who_is_lost_ranks_below_who_dies_then() -> None:
    rank = expected_rank(np.array([1.0, 2, 2, 3]), np.array([1.0, 1, 0, 1]))
    assert rank[0] > rank[1] > rank[2]
    assert rank[1] == pytest.approx(2 * rank[2])


@pytest.mark.parametrize(
    "learner",
    [
        Cox(1.0),
        KernelCox(0.05, 1.0, 100),
        Boosting(trees=40),
        Boosting(trees=40, rank=True),
        Forest(trees=20),
        DiscreteNet((16,), epochs=15, batch=64),
    ],
    ids=lambda one: f"{type(one).__name__}{'-rank' if getattr(one, 'rank', False) else ''}",
)
def test_every_learner_orders_people_it_has_not_seen(learner: Learner) -> None:
    rows, time, event = _people(900)
    filled = np.where(np.isnan(rows), np.nanmedian(rows, axis=0), rows)
    encoding = Encoding(INPUTS, ("marker",), {}).fit(filled[:600])
    given = encoding.transform(filled)[PLAIN]
    fitted = learner.fit(given[:600], time[:600], event[:600], seed=1)
    score = fitted.score(given[600:])
    assert measures.concordance(time[600:], event[600:], score) > 0.68
    assert fitted.score(given[600:601])[0] == pytest.approx(score[0], abs=1e-5)


def test_the_network_answers_as_keras_does() -> None:
    import keras

    generator = np.random.default_rng(1)
    given = generator.normal(0, 1, (20, 3)).astype(np.float32)
    network = DiscreteNet((8, 4))._network(3, 5)
    from medai_core.learning.survival_nets import Net

    dense = [layer.get_weights() for layer in network.layers if layer.get_weights()]
    own = Net([one[0].astype(float) for one in dense], [one[1].astype(float) for one in dense])
    expected = np.asarray(keras.ops.sigmoid(network(given, training=False)))
    assert own.hazards(given.astype(float)) == pytest.approx(expected, abs=1e-5)


def test_the_course_recovers_hazards_that_fade() -> None:
    generator = np.random.default_rng(2)
    score = generator.normal(0, 1, 6000)
    early = generator.exponential(10 * np.exp(-1.2 * score))
    late = 2 + generator.exponential(10 * np.exp(-0.2 * score))
    died, lost = np.where(early < 2, early, late), generator.uniform(3, 9, 6000)
    time, event = np.minimum(died, lost), (died <= lost).astype(np.float64)
    course = fit_course(score, time, event, last=8.0)
    assert course.slope[0] > 0.9
    assert course.slope[-1] < 0.5
    for horizon in (1.0, 5.0):
        bins = measures.calibration_at(time, event, course.survival(score, [horizon])[:, 0], horizon, bins=5)
        assert all(abs(one.predicted - one.observed) < 0.04 for one in bins)


def test_a_higher_score_is_a_lower_curve_and_curves_fall() -> None:
    model = _model()
    years = np.linspace(0, 10, 25).tolist()
    curves = model.course.survival(np.linspace(-3, 3, 40), years)
    assert (np.diff(curves, axis=0) <= 1e-12).all()
    assert (np.diff(curves, axis=1) <= 1e-12).all()
    assert (curves[:, 0] == 1).all()
    with pytest.raises(ValueError, match="at most 10"):
        model.course.survival(np.zeros(1), [10.5])


def test_no_event_is_nothing_to_learn_from() -> None:
    with pytest.raises(ValueError, match="no event"):
        fit_course(np.zeros(5), np.ones(5), np.zeros(5), last=1.0)


def test_bands_enclose_the_curve_and_rows_answer_alone_as_among_others() -> None:
    model = _model()
    rows, *_ = _people(60, seed=9)
    years = [0.0, 1.0, 5.0, 10.0]
    relative, middle, low, high = model.curves(rows, years)
    assert ((low <= middle) & (middle <= high)).all()
    assert (high[:, 2] - low[:, 2] > 0).all()
    assert (low[:, 0] == 1).all()
    assert relative == pytest.approx(model.answers(rows, years)[0])
    for row in range(5):
        alone = model.survival(rows[row : row + 1], years)[0]
        assert alone == pytest.approx(middle[row], abs=1e-6)


def test_what_is_missing_is_estimated() -> None:
    model = _model()
    known = np.array([[50.0, 10.0, 1.0, 0.0]])
    gap = np.array([[50.0, np.nan, np.nan, np.nan]])
    assert np.isfinite(model.survival(gap, [5.0])).all()
    assert np.isfinite(model.survival(np.full((1, 4), np.nan), [5.0])).all()
    assert model.survival(gap, [5.0])[0, 0] != model.survival(known, [5.0])[0, 0]


def test_the_file_answers_as_the_fitted_model(tmp_path: Path) -> None:
    parts = (
        Part(Cox(1.0), CURVED),
        Part(KernelCox(0.05, 3.0, 40)),
        Part(Boosting(trees=10, rank=True)),
        Part(Boosting(trees=10)),
    )
    model = _model(parts, members=2)
    model.save(tmp_path)
    read = SurvivalModel.load(tmp_path)
    rows, *_ = _people(50, seed=8)
    assert read.survival(rows, [1.0, 5.0]) == pytest.approx(model.survival(rows, [1.0, 5.0]), abs=1e-9)
    assert read.inputs == INPUTS


def test_a_file_with_other_types_is_not_read(tmp_path: Path) -> None:
    from pathlib import PurePosixPath

    from skops import io
    from skops.io.exceptions import UntrustedTypesFoundException

    model = _model(members=2)
    model.save(tmp_path)
    io.dump({"encoding": PurePosixPath("x")}, tmp_path / "model.skops")
    with pytest.raises(UntrustedTypesFoundException):
        SurvivalModel.load(tmp_path)


def test_whole_people_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three rows of each person: a person's rows are all in a refit, or none is."""
    rows, time, event = _people(90)
    rows = np.repeat(np.nan_to_num(rows, nan=50.0), 3, axis=0)
    time, event, person = np.repeat(time, 3), np.repeat(event, 3), np.repeat(np.arange(90), 3)
    seen: list[np.ndarray] = []

    class Spy:
        def fit(self, given: np.ndarray, time: np.ndarray, event: np.ndarray, *, seed: int) -> object:
            seen.append(time)
            return Cox(1.0).fit(given, time, event, seed=seed)

    fit_scores(Stack(INPUTS, (Part(Spy()),), members=3), rows, time, event, person)
    for drawn in seen:
        _, counts = np.unique(drawn, return_counts=True)
        assert (counts % 3 == 0).all()
    assert len(seen) == 3
