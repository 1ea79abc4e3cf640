"""How common findings are here, and what follows, in words: for the page, the signature and the document."""

from collections.abc import Mapping

from medai_core.charts import words
from medai_core.domain.prevalence import Interval, LocalFinding, Localised, Origin

Names = Mapping[str, str] | None


def percent(share: float | None) -> str:
    """A prevalence, 0..1, as ``"74.2 %"``; two decimals below 1 %."""
    if share is None:
        return words.NOT_GIVEN
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + words.PERCENT if share < 0.01 else _tenths(share)


def _tenths(share: float) -> str:
    return f"{share * 100:.1f}".removesuffix(".0") + words.PERCENT


def where_from(local: Localised) -> str:
    """In one sentence, which prevalence an answer is shown at."""
    if not any(one.prevalence is not None or one.training is not None for one in local.findings):
        return "The model's card states no training prevalence that fits this answer, so nothing is shifted."
    if local.setting:
        who = "chosen by the reader" if local.setting_by_reader else "the site's setting"
        said = f"At the prevalence of {local.setting}, {who}"
    elif local.setting_by_reader:
        said = "At the training prevalence, chosen by the reader"
    else:
        said = "At the training prevalence: no local one is set"
    if any(one.origin is Origin.READER for one in local.findings):
        said += "; changed by the reader for this reading"
    return f"{said}."


def origin(finding: LocalFinding, local: Localised) -> str:
    """Where the prevalence of one finding comes from."""
    if finding.prevalence is None:
        return "keeps its share of the finding it is part of" if finding.is_shifted else words.NOT_GIVEN
    said = {
        Origin.TRAINING: "as in training",
        Origin.CARD: f"the card's default for {local.setting}",
        Origin.SITE: f"set by this site for {local.setting}",
        Origin.READER: "changed by the reader",
    }
    return said[finding.origin]


def as_trained(finding: LocalFinding, local: Localised) -> str:
    """The model's own probability: ``"92 % as trained, at a prevalence of 12.7 % (AP films)"``."""
    films = f" ({local.view} films)" if local.view else ""
    at = "" if finding.training is None else f", at a prevalence of {percent(finding.training)}{films}"
    return f"{words.probability(finding.as_trained)} as trained{at}"


def frequencies(finding: LocalFinding, names: Names = None) -> str:
    """Predictive values as counts of a hundred, or why there are none."""
    name = words.label(finding.label, names)
    name = name[:1].lower() + name[1:]
    if finding.ppv is None and finding.npv is None:
        return f"No predictive values for {name}: {finding.why_not}."
    parts = []
    if finding.ppv is not None:
        parts.append(f"Of 100 images flagged here for {name}, {_have(finding.ppv)}")
    if finding.npv is not None:
        absent = Interval(1 - finding.npv.value, 1 - finding.npv.high, 1 - finding.npv.low)
        parts.append(f"{'of' if parts else 'Of'} 100 not flagged, {_have(absent)}")
    return "; ".join(parts) + "."


def _have(share: Interval) -> str:
    """``"about 23 have it (19 to 28)"``; never none and never all."""
    ends = words.interval(share.low, share.high).removesuffix(words.PERCENT)
    low, _, high = ends.partition(" to ")
    ends = low if low == high else ends
    if share.value < 0.01:
        return f"fewer than 1 has it ({ends})"
    if share.value > 0.99:
        return f"more than 99 have it ({ends})"
    count = words.whole_percent(share.value)
    return f"about {count} {'has' if count == 1 else 'have'} it ({ends})"


def predictive(share: Interval | None) -> str:
    """A predictive value with its interval: ``"23 % (19 to 28 %)"``."""
    if share is None:
        return words.NOT_ASSESSED
    return f"{words.probability(share.value)} ({words.interval(share.low, share.high)})"


def table(local: Localised, names: Names = None) -> list[dict[str, str]]:
    """One row a finding: here and as trained, and the predictive values at the operating point."""
    return [
        {
            "Finding": words.label(one.label, names),
            "Prevalence here": percent(one.prevalence),
            "In training": percent(one.training),
            "From": origin(one, local),
            "Probability here": words.probability(one.probability),
            "Interval": words.interval(one.low, one.high),
            "As trained": words.probability(one.as_trained),
            "PPV": predictive(one.ppv),
            "NPV": predictive(one.npv),
        }
        for one in local.findings
    ]
