"""How a risk lies among people of the same age and sex; left out where nothing measured says so.

A trained predictor's card holds its risks out of fold by sex and age band. Published scores came without
such tables: theirs is computed from people drawn from the population that a served model knows, where that
population has every input of the score.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from medai_core.domain.inputs import NUMBER, YES_NO, Input, Need, Value
from medai_core.domain.risk import Kind, Known, Peers, RiskEstimate
from medai_core.scores.frame import evaluate
from medai_core.services.risk_askers import everything
from medai_core.services.risk_questions import Asker, Catalogue, translated
from medai_core.services.scores import score_of
from medai_core.serving import registry

if TYPE_CHECKING:
    from medai_core.serving.tabular import Reference

DRAWS: Final = 400
LEVELS: Final = tuple(place / 20 for place in range(21))
FEWEST: Final = 100
SEED: Final = 20261121


def with_peers(
    estimate: RiskEstimate, asker: Asker, asked: Catalogue, known: Mapping[str, Known]
) -> RiskEstimate:
    """The estimate with its peers, where the person's age and sex are known and something was measured."""
    age, sex = known.get("age"), known.get("sex")
    if estimate.value is None or not estimate.is_risk or age is None or sex is None:
        return estimate
    years, word = float(age.value), str(sex.value)
    if asker.kind is Kind.PREDICTOR:
        peers = _of_model(asker.name, years, word)
    elif asker.kind is Kind.SCORE:
        peers = _of_score(asker.name, int(years), word)
    else:
        peers = None
    return estimate if peers is None else replace(estimate, peers=peers, no_peers="")


def _of_model(name: str, years: float, sex: str) -> Peers | None:
    from medai_core.serving.tabular import reference

    if registry.card(name).kind != registry.TABLE:
        return None
    for one in reference(name):
        if one.sex == sex and one.age_from <= years < one.age_to:
            return _as_peers(one)
    return None


def _as_peers(one: "Reference") -> Peers:
    who = f"{'women' if one.sex == 'female' else 'men'} of {one.age_from:g} to under {one.age_to:g} years"
    return Peers(
        who=who, source="in the model's training data, each answered by a model that had not seen them",
        levels=one.levels, quantiles=one.quantiles, n=one.n, observed=one.observed,
    )  # fmt: skip


def _of_score(name: str, years: int, sex: str) -> Peers | None:
    askers, asked = everything()
    models = tuple(one.name for one in askers if one.kind is Kind.PREDICTOR)
    return _computed(name, years, sex, models, asked) if models else None


@lru_cache(maxsize=256)
def _computed(name: str, years: int, sex: str, models: tuple[str, ...], asked: Catalogue) -> Peers | None:
    """Peers for a published score, from people drawn from a served model's population."""
    score = score_of(name)
    needed = {one.key: asked.key(name, one.key) for one in score.inputs if one.need is not Need.SCOPE}
    for card in map(registry.card, models):
        if card.kind != registry.TABLE:
            continue
        columns = {asked.key(card.name, one.key): one for one in card.inputs.columns}
        if set(needed.values()) <= set(columns):
            risks = _drawn(name, card.name, {own: columns[key] for own, key in needed.items()}, years, sex)
            if len(risks) >= FEWEST:
                return _spread(risks, card.title, years, sex)
    return None


def _drawn(name: str, model: str, columns: Mapping[str, Input], years: int, sex: str) -> list[float]:
    """The score of people of this age and sex, drawn given both; those whom it refuses are left out."""
    import numpy as np

    from medai_core.serving import tabular

    score, population = score_of(name), tabular.population(model)
    own = {one.key: one for one in score.inputs}
    places = {one.key: place for place, one in enumerate(population.inputs)}
    if not all(column.key in places for column in columns.values()):
        return []
    fixed: dict[str, Value] = {"age": float(years), "sex": sex}
    known = tabular.row_of(model, {})
    for key, value in fixed.items():
        told = translated(value, own[key], columns[key]) if key in columns else None
        if told is None:
            return []
        known[places[columns[key].key]] = _code(columns[key], told)
    rows = population.given(known, DRAWS, np.random.default_rng(SEED))
    found = []
    for row in rows:
        values = {key: _value(column, row[places[column.key]], own[key]) for key, column in columns.items()}
        answer = evaluate(score, {key: value for key, value in values.items() if value is not None})
        if answer.value is not None:
            found.append(answer.value)
    return found


def _code(one: Input, value: Value) -> float:
    if one.kind == NUMBER:
        return float(value)
    return float(value is True) if one.kind == YES_NO else float(one.choices.index(str(value)))


def _value(column: Input, code: float, own: Input) -> Value | None:
    """A drawn code as the score's own input has it."""
    if column.kind == NUMBER:
        plain: Value = float(code)
    elif column.kind == YES_NO:
        plain = bool(code)
    else:
        plain = column.choices[int(code)]
    return translated(plain, column, own)


def _spread(risks: list[float], title: str, years: int, sex: str) -> Peers:
    import numpy as np

    found = np.quantile(np.array(risks), LEVELS)
    return Peers(
        who=f"{'women' if sex == 'female' else 'men'} of {years} years",
        source=f"drawn from the population of the model {title!r}, not observed people",
        levels=LEVELS, quantiles=tuple(float(one) for one in found), n=len(risks),
    )  # fmt: skip
