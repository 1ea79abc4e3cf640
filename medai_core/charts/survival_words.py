"""A survival curve in words and rows: its median, the numbers at risk, how it stood at every visit."""

from collections.abc import Sequence

from medai_core.charts import words
from medai_core.domain.survival import Landmark, SurvivalCurve


def years_words(years: float) -> str:
    """A time, as ``"3.2 years"``; under a year in months."""
    if years < 1:
        months = round(years * 12)
        return "less than a month" if months < 1 else f"{months} month{'s' if months != 1 else ''}"
    return f"{years:.1f} years"


def median_sentence(
    curve: SurvivalCurve, middle: float | None, soonest: float | None, latest: float | None
) -> str:
    """When half of such people are expected to have had the event, with the band's two times.

    `soonest` is by the band's low end, `latest` by its high one; None where a line stays above a half.
    """
    if not curve.years:
        return ""
    last = years_words(curve.years[-1])
    if middle is None:
        return (
            f"More than half are expected to be without it for longer than the {last} that the model reaches."
        )
    ends = [years_words(one) if one is not None else f"more than {last}" for one in (soonest, latest)]
    return f"Half are expected to be without it for {years_words(middle)} ({ends[0]} to {ends[1]})."


def at_risk_rows(curve: SurvivalCurve, most: int = 12) -> list[dict[str, str]]:
    """Everybody in the study by years: at risk and without the event, about `most` rows."""
    step = max(1, len(curve.population) // most)
    return [
        {
            f"Years from {curve.time_zero}": f"{year:g}",
            "At risk": f"{at_risk:,}",
            "Without the event": words.probability(survival),
            "95\u202f% band": words.interval(low, high),
        }
        for year, survival, low, high, at_risk in curve.population[::step]
    ]


def at_risk_csv(curve: SurvivalCurve) -> str:
    """Everybody in the study at every time of the measured curve, as CSV."""
    lines = ["years,at_risk,survival,low,high"]
    lines += [
        f"{year:g},{at_risk},{survival:.6g},{low:.6g},{high:.6g}"
        for year, survival, low, high, at_risk in curve.population
    ]
    return "\n".join(lines) + "\n"


def landmark_rows(found: Sequence[Landmark], year: float) -> list[dict[str, str]]:
    """A row a visit: the chance of being without the event so many years later, with its band."""
    rows = []
    for one in found:
        told = bool(one.curve.years)
        survival, low, high = one.curve.at(year) if told else (None, None, None)
        rows.append(
            {
                "Day": f"{one.day:g}",
                f"Without the event {year:g} years later": words.probability(survival),
                "95\u202f% band": words.interval(low, high),
                "Missing": str(len(one.curve.missing)),
            }
        )
    return rows


def landmark_alt(found: Sequence[Landmark], year: float) -> str:
    """The chart of visits in words."""
    said = "; ".join(
        f"day {one.day:g}: {words.probability(one.curve.at(year)[0])}" for one in found if one.curve.years
    )
    return f"Chance of being without the event {year:g} years after each visit. {said}."
