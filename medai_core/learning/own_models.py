"""A chosen procedure as a predictor for tables like all others: its file, its refits, its inputs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.inputs import Input
from medai_core.learning import population as populations
from medai_core.learning.calibration import sigmoid
from medai_core.learning.candidates import Candidate, Learned, fit
from medai_core.learning.comparing import SEED, Data, Procedure, Step
from medai_core.learning.mlp import Network
from medai_core.learning.preparing import Preparation, fit_preparation
from medai_core.learning.tabular import TabularModel

Values = NDArray[np.float64]

REFITS: Final = 20
FEWER_REFITS: Final = {"forest": 10, "mlp": 8}
"""Forests are large, and networks slow to fit."""

REFIT_TREES: Final = 60


class OwnHead:
    """Preparation, estimator and calibration behind `predict_proba`, in parts that skops can keep.

    Parameters
    ----------
    preparation : dict
        As `Preparation.as_dict` gives it.
    estimator : object
        Of scikit-learn; None where `layers` answer.
    layers : list of arrays
        Weights and offsets of a network, in turns.
    slope, offset : float
        The logistic map of the scores.
    """

    def __init__(
        self,
        preparation: dict[str, Any],
        estimator: Any,
        layers: list[Values],
        slope: float,
        offset: float,
    ) -> None:
        self.preparation, self.estimator, self.layers = preparation, estimator, layers
        self.slope, self.offset = slope, offset

    def predict_proba(self, rows: Values) -> Values:
        """Shape (n, 2); `rows` as they were read, NaN where missing."""
        prepared = Preparation.from_dict(self.preparation).transform(rows)
        if self.estimator is None:
            pairs = tuple(zip(self.layers[::2], self.layers[1::2], strict=True))
            scores = Network(pairs).scores(prepared)
        else:
            scores = Learned(self.estimator).scores(prepared)
        positive = sigmoid(self.slope * scores + self.offset)
        return np.column_stack([1 - positive, positive])


def head_of(procedure: Procedure) -> OwnHead:
    """A procedure in the form that is kept."""
    scorer = procedure.scorer
    estimator = scorer.model if isinstance(scorer, Learned) else None
    layers = [part for pair in scorer.layers for part in pair] if isinstance(scorer, Network) else []
    return OwnHead(
        procedure.preparation.as_dict(), estimator, layers, float(procedure.slope), float(procedure.offset)
    )


def read_columns_of(procedure: Procedure) -> list[int]:
    """The columns of `X` that the procedure reads at all."""
    return sorted({int(one) for one in procedure.preparation.sources})


def narrowed(procedure: Procedure, data: Data, columns: Sequence[int]) -> tuple[Procedure, Data]:
    """The same with some of the columns alone, all that are read among them."""
    smaller = replace(procedure, preparation=procedure.preparation.only(columns))
    return smaller, replace(data, X=data.X[:, list(columns)], sizes=tuple(data.sizes[one] for one in columns))


def as_predictor(
    candidate: Candidate,
    procedure: Procedure,
    data: Data,
    inputs: tuple[Input, ...],
    *,
    seed: int = SEED,
    step: Step = lambda: None,
) -> TabularModel:
    """The procedure with refits on resampled groups around it; `data` and `inputs` in the same columns.

    A refit keeps the setting and the calibration that were chosen: it shows how far the estimator itself
    depends on who was in the table.
    """
    held = populations.fit(data.X, inputs, seed=seed)
    refits = []
    for rows in _resampled(data, FEWER_REFITS.get(candidate.name, REFITS), seed):
        part = data.rows(rows)
        preparation = fit_preparation(part.X, part.y, part.sizes)
        setting = {**procedure.setting, "trees": REFIT_TREES}
        scorer = fit(candidate.name, setting, preparation.transform(part.X), part.y, seed=seed)
        refits.append(head_of(replace(procedure, preparation=preparation, scorer=scorer)))
        step()
    return TabularModel(held, None, head_of(procedure), tuple(refits), own_gaps=True)


def _resampled(data: Data, count: int, seed: int) -> list[NDArray[np.int64]]:
    """Rows of groups drawn with replacement, both classes always among them."""
    _, member = np.unique(data.group, return_inverse=True)
    order = np.argsort(member, kind="stable")
    rows_of = np.split(order, np.cumsum(np.bincount(member))[:-1])
    generator = np.random.default_rng(seed)
    found: list[NDArray[np.int64]] = []
    while len(found) < count:
        drawn = np.concatenate([rows_of[one] for one in generator.integers(0, len(rows_of), len(rows_of))])
        if 0 < data.y[drawn].sum() < len(drawn):
            found.append(drawn)
    return found
