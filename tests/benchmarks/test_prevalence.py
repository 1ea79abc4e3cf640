"""The measurement of the shift, on made-up films of two views that a score can tell apart."""

import numpy as np

from tests.benchmarks.bench_prevalence import Films, by_enrichment, by_view, carried, predicted, thinned

SHARES = {"AP": 0.3, "PA": 0.05}


def made_up(count: int = 24_000) -> tuple[Films, np.ndarray]:
    """Films whose logit is the true one at the prevalence of their own view: the score sees the view."""
    generator = np.random.default_rng(3)
    view = np.where(generator.random(count) < 0.4, "AP", "PA")
    share = np.vectorize(SHARES.__getitem__)(view)
    truth = (generator.random(count) < share).astype(np.float64)
    evidence = 2.0 * generator.normal(truth * 2.0, 1.0) - 2.0
    return Films(truth, evidence + np.log(share / (1 - share)), np.arange(count) // 2), view


def test_a_view_that_the_score_sees_is_counted_once() -> None:
    films, view = made_up()
    ap = films.part(view == "AP")
    here = carried(films, ap, ap, ap)
    assert here.from_view == here.as_trained < 0.02
    assert here.from_all > 3 * here.from_view
    rarer, judged = thinned(ap, 1 / 4, seed=1), thinned(ap, 1 / 4, seed=2)
    there = carried(films, ap, rarer, judged)
    assert there.from_view < 0.02 < there.from_all < there.as_trained


def test_predictive_values_of_the_view_come_true() -> None:
    films, view = made_up()
    pa = films.part(view == "PA")
    ppv, npv = predicted(films, pa, thinned(pa, 3, seed=1), thinned(pa, 3, seed=2), repeats=50)
    for one in (ppv, npv):
        assert one.is_inside(one.from_view)
        assert not one.is_inside(one.as_trained)


def test_the_report_names_every_part() -> None:
    films, view = made_up()
    said: list[str] = []
    by_view({"mass": films}, view, repeats=20, say=said.append)
    by_enrichment({"mass": films}, say=said.append)
    assert sum(line.startswith(("AP films", "PA films")) for line in said) == 18
    assert said[-1].startswith("mean of  1 labels: ")
