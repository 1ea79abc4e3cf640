"""What each input adds to one answer: SHAP values that add up to the answer less the background's mean.

The values are Shapley's (Lundberg and Lee, NeurIPS 2017): an input's average change of the answer when it
takes this person's value, over all orders in which the inputs can do so, the others being those of people
drawn from the background ("interventional"). They are taken of the final answer, calibration included.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from medai_core.learning.shap_library import shap_library

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]

BACKGROUND: Final = 100
"""People drawn for the background."""
SEED: Final = 20261121
EXACT_INPUTS: Final = 7
"""Up to so many inputs that differ from the background all their sets are asked, else orders are drawn."""
FEWEST_ORDERS: Final = 4
ROWS: Final = 24_000
"""About so many rows are put to the model at most, where orders are drawn."""
GAP_COST: Final = 5
"""Times that rows of a person with missing inputs take on average: their answers are means over draws."""
ROUNDING: Final = 1e-6
"""What a sum in single precision may lack."""

_RANDOM: Final = threading.Lock()


@dataclass(frozen=True, slots=True)
class Shares:
    """How an answer is made up; ``base + values.sum() == answer`` within 1e-9.

    Parameters
    ----------
    base : float
        The background's mean answer.
    values : array, shape (n_inputs,)
        In the unit of the answer.
    errors : array, shape (n_inputs,)
        Standard errors from the drawing of orders; zero where nothing was drawn.
    method : str
        "tree", "linear", "exact" or "permutation".
    """

    base: float
    answer: float
    values: "NDArray[np.float64]"
    errors: "NDArray[np.float64]"
    method: str


def shares(
    function: "Function", row: "NDArray[np.float64]", background: "NDArray[np.float64]", *, model: Any = None
) -> Shares:
    """Shapley values of ``function(row)`` against the mean over `background`; the same at every call.

    Parameters
    ----------
    function : callable
        Rows of shape (n, n_inputs), NaN where not known, to answers of shape (n,).
    row : array, shape (n_inputs,)
    background : array, shape (n_people, n_inputs)
    model : fitted scikit-learn estimator, optional
        Where `function` is nothing but this model's probability (or number): a forest, a tree or a linear
        regression is then opened, which is exact and needs no draws.

    Raises
    ------
    ValueError
        The shapes do not agree or the background is empty.
    """
    import numpy as np

    row, background = np.asarray(row, float), np.asarray(background, float)
    if row.ndim != 1 or background.ndim != 2 or not len(background) or background.shape[1] != len(row):
        raise ValueError(f"row {row.shape} and background {background.shape} do not agree")
    answer = float(function(row[None])[0])
    base = float(np.mean(function(background)))
    opened = None if model is None else _opened(model, row, background, base=base, answer=answer)
    return opened or _asked(function, row, background, base=base, answer=answer)


def _asked(
    function: "Function", row: "NDArray[np.float64]", background: "NDArray[np.float64]", **ends: float
) -> Shares:
    """By asking the function alone; an input that nobody in the background differs in adds nothing."""
    import numpy as np

    differs = ~np.all((background == row) | (np.isnan(background) & np.isnan(row)), axis=0)
    moved = np.flatnonzero(differs)
    values, errors = np.zeros(len(row)), np.zeros(len(row))
    exact = len(moved) <= EXACT_INPUTS
    if len(moved):

        def of_moved(part: "NDArray[np.float64]") -> "NDArray[np.float64]":
            whole = np.tile(row, (len(part), 1))
            whole[:, moved] = part
            return function(whole)

        cost = GAP_COST if np.isnan(row).any() else 1
        orders = max(FEWEST_ORDERS, ROWS // (cost * len(background) * (2 * len(moved) + 1)))
        explain = _exact if exact else _permuted
        values[moved], errors[moved] = explain(of_moved, row[moved], background[:, moved], orders)
    values = _closed(values, ends["answer"] - ends["base"])
    return Shares(ends["base"], ends["answer"], values, errors, "exact" if exact else "permutation")


def _exact(
    function: "Function", row: "NDArray[np.float64]", background: "NDArray[np.float64]", orders: int
) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    import numpy as np

    explainer = shap_library().ExactExplainer(function, _masker(background))
    found = explainer(row[None], max_evals=2 ** len(row) + 1, silent=True)
    return np.asarray(found.values[0], float), np.zeros(len(row))


def _permuted(
    function: "Function", row: "NDArray[np.float64]", background: "NDArray[np.float64]", orders: int
) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """Each order is gone forwards and backwards, so that effects of two inputs together are exact."""
    import numpy as np

    library = shap_library()
    with _RANDOM:  # shap draws from numpy's one global generator
        state = np.random.get_state()
        try:
            explainer = library.PermutationExplainer(function, _masker(background), seed=SEED)
            found = explainer(
                row[None], max_evals=orders * (2 * len(row) + 1), error_bounds=True, silent=True
            )
        finally:
            np.random.set_state(state)
    errors = np.asarray(found.error_std[0], float) / np.sqrt(2 * orders)
    return np.asarray(found.values[0], float), errors


def _masker(
    background: "NDArray[np.float64]",
) -> "Callable[[NDArray[np.bool_], NDArray[np.float64]], tuple[NDArray[np.float64]]]":
    """Hidden inputs are those of the background; unlike shap's own masker it lets NaN stand for not known."""
    import numpy as np

    return lambda mask, row: (np.where(mask, row, background),)


# ---- models that can be opened


def _opened(
    model: Any, row: "NDArray[np.float64]", background: "NDArray[np.float64]", *, base: float, answer: float
) -> Shares | None:
    """From the trees or coefficients; None where shap cannot open it, or does not arrive at its answer."""
    import numpy as np

    kind = _kind(model)
    if not kind or np.isnan(row).any() or np.isnan(background).any():
        return None
    library = shap_library()
    if kind == "linear":
        masker = library.maskers.Independent(background, max_samples=len(background))
        found = library.LinearExplainer(model, masker)(row[None])
    else:
        explainer = library.TreeExplainer(model, background, feature_perturbation="interventional")
        found = explainer(row[None], check_additivity=False)
    values = np.asarray(found.values[0], float)
    values = values[:, 1] if values.ndim == 2 else values
    if abs(values.sum() - (answer - base)) > ROUNDING:
        return None
    return Shares(base, answer, _closed(values, answer - base), np.zeros(len(row)), kind)


def _kind(model: Any) -> str:
    """ "tree", "linear", or "" for one that is asked instead.

    Boosted trees are asked: shap shares their probability out in proportion to the log-odds, which is not
    Shapley's (off by 0.006 in a test), and reads histogram boosting in single precision (off by 0.001).
    """
    from sklearn import ensemble, linear_model, tree

    forests = (
        ensemble.RandomForestClassifier, ensemble.ExtraTreesClassifier, tree.DecisionTreeClassifier,
        ensemble.RandomForestRegressor, ensemble.ExtraTreesRegressor, tree.DecisionTreeRegressor,
    )  # fmt: skip
    if isinstance(model, forests):
        return "tree"
    lines = (linear_model.LinearRegression, linear_model.Ridge, linear_model.Lasso, linear_model.ElasticNet)
    return "linear" if isinstance(model, lines) else ""


def _closed(values: "NDArray[np.float64]", difference: float) -> "NDArray[np.float64]":
    """What rounding lost, at most `ROUNDING`, goes where the values are large."""
    import numpy as np

    rest = difference - values.sum()
    weight = np.abs(values).sum()
    if weight == 0.0 or abs(rest) > ROUNDING:
        return values
    closed: NDArray[np.float64] = values + rest * np.abs(values) / weight
    return closed
