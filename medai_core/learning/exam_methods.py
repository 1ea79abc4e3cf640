"""What is compared on the Framingham exams: from age and sex alone to a mean of several methods."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input, Need
from medai_core.learning.blend import Blend, Boosting, Hazards, Regression
from medai_core.learning.framingham import HDL, READ, Exams
from medai_core.learning.tabular import Method, fit_bagged
from medai_core.learning.terms import LOG, ROOT, Terms

Values = NDArray[np.float64]
Rows = NDArray[np.bool_]
Fit = Callable[[Exams, Rows, Rows], Values]
"""Fits on the exams marked first; gives the probabilities of those marked second."""

LDL: Final = Input("LDLC", "LDL cholesterol", unit="mg/dL", low=5, high=600, need=Need.OPTIONAL)
EDUCATION: Final = Input("educ", "years of school, in four steps", low=1, high=4, need=Need.OPTIONAL)
MORE: Final = (HDL, LDL, EDUCATION)
"""Columns that were compared and are not read by what is served."""

NAMES: Final = tuple(one.key for one in READ)
SCALES: Final = {"SYSBP": LOG, "TOTCHOL": LOG, "BMI": LOG, "GLUCOSE": LOG, "CIGPDAY": ROOT}
CURVES: Final = {"AGE": 4, "SYSBP": 3, "DIABP": 3, "TOTCHOL": 3, "BMI": 3, "GLUCOSE": 3, "HEARTRTE": 3}
CHANGING: Final = (
    "SYSBP", "DIABP", "TOTCHOL", "BMI", "CIGPDAY", "CURSMOKE", "DIABETES", "BPMEDS", "PREVHYP", "GLUCOSE",
)  # fmt: skip
"""What may weigh differently by age and by sex."""

TITLES: Final = {
    "served": "Mean of logistic regression with splines, Cox's model with products by age and sex on the "
    "whole follow-up, and boosted trees",
    "curves": "Logistic regression with splines alone",
    "cox": "Cox's model with splines and products by age and sex, on the whole follow-up, alone",
    "boosting": "Boosted trees alone",
    "forest": "Extremely randomised trees",
    "plain": "Logistic regression without splines",
    "more": "Logistic regression with splines, and HDL and LDL cholesterol (measured at the third exam "
    "alone) and education (a questionable input: it stands for what is not asked, in one town and time)",
    "age_sex": "Age and sex alone",
}


def curved(names: tuple[str, ...] = NAMES) -> Terms:
    """Curves over numbers."""
    return Terms(names, scales=SCALES, curves=CURVES)


def crossed() -> Terms:
    """Curves, and products of the risk factors with age and sex."""
    pairs = [(one, other) for one in ("AGE", "SEX") for other in CHANGING]
    return Terms(NAMES, scales=SCALES, curves=CURVES, pairs=[*pairs, ("AGE", "SEX"), ("BPMEDS", "SYSBP")])


def trees() -> Boosting:
    """Small trees, many and slow to learn."""
    return Boosting(
        max_iter=200, learning_rate=0.03, max_leaf_nodes=5, min_samples_leaf=80, l2_regularization=10.0,
        max_features=0.4,
    )  # fmt: skip


def blend(cost: float, ridge: float) -> Method:
    """The mean of three methods; `cost` and `ridge` hold the regressions back."""
    return Method(lambda: Blend([Regression(curved(), cost), Hazards(crossed(), ridge), trees()]))


def fit(method: Method, inputs: tuple[Input, ...]) -> Fit:
    """A method of the served kind, on the exams' own inputs and as many more as `inputs` names."""

    def fitted(exams: Exams, rows: Rows, held: Rows) -> Values:
        values = np.concatenate([exams.values, exams.more], axis=1)[:, : len(inputs)]
        model = fit_bagged(
            values[rows], exams.truth[rows], exams.person[rows], inputs, method, refits=0,
            target=exams.target[rows],
        )  # fmt: skip
        return model.probabilities(values[held])

    return fitted


def others(cost: float, ridge: float) -> Mapping[str, Fit]:
    """What the served method is compared with, on the same folds; as fitted, without calibration."""
    few = tuple(one for one in READ if one.key in ("SEX", "AGE"))
    names = (*NAMES, *(one.key for one in MORE))
    made: dict[str, tuple[Callable[[], Any], tuple[Input, ...]]] = {
        "curves": (lambda: Regression(curved(), cost), READ),
        "cox": (lambda: Hazards(crossed(), ridge), READ),
        "boosting": (trees, READ),
        "plain": (lambda: Regression(Terms(NAMES), 1.0), READ),
        "more": (lambda: Regression(curved(names), cost), (*READ, *MORE)),
    }
    found = {
        name: fit(Method(_alone(part), calibrated=False), inputs) for name, (part, inputs) in made.items()
    }
    return {**found, "forest": fit(Method(Forest, calibrated=False), READ), "age_sex": _age_and_sex(few)}


def _alone(part: Callable[[], Any]) -> Callable[[], Blend]:
    return lambda: Blend([part()])


class Forest:
    """Extremely randomised trees on a filled matrix."""

    def fit(self, rows: Values, target: Values) -> "Forest":
        """Fit to the first column of the target."""
        from sklearn.ensemble import ExtraTreesClassifier

        made = ExtraTreesClassifier(200, min_samples_leaf=12, max_features=0.6, random_state=0)
        self.trees = made.fit(rows, target[:, 0].astype(int))
        return self

    def predict_proba(self, rows: Values) -> Values:
        """Shape (n, 2)."""
        return np.asarray(self.trees.predict_proba(rows), dtype=np.float64)


def _age_and_sex(few: tuple[Input, ...]) -> Fit:
    places = [READ.index(one) for one in few]
    names = tuple(one.key for one in few)

    def fitted(exams: Exams, rows: Rows, held: Rows) -> Values:
        part = Regression(Terms(names, curves={"AGE": 4}), 1.0)
        part.fit(exams.values[rows][:, places], exams.target[rows])
        found = part.log_odds(exams.values[held][:, places])
        return 1.0 / (1.0 + np.exp(-found))

    return fitted
