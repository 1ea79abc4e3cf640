"""How common a finding is here: set for the site, changed for one reading, and what it makes of an answer.

`localised` is what pages and documents show. The site's figures are set for each model and setting by
administrators; a reader may choose another setting, or type a share, for one reading.
"""

from collections.abc import Mapping
from typing import Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.prevalence import (
    HIGHEST,
    LOWEST,
    LocalFinding,
    Localised,
    Origin,
    PrevalenceChoice,
    predictive_intervals,
    shifted,
    shifted_alike,
    shifted_part,
)
from medai_core.domain.reading import Reading
from medai_core.domain.refusal import Refusal
from medai_core.security.access import require
from medai_core.services.access import own_draft
from medai_core.serving import registry
from medai_core.serving.prevalence import CardPrevalence, Measured, Setting, stated
from medai_core.store.database import Store

__all__ = [
    "add_setting",
    "choose_setting",
    "choose_share",
    "localised",
    "of_reading",
    "reset_choice",
    "reset_setting",
    "set_shares",
    "set_site_setting",
    "settings",
]

_LONGEST_NAME: Final = 60
_NOTHING_STATED: Final = "the model's card states no training prevalence"
_PARTS: Final = (
    "it is part of another finding: how many of the others are flagged changes with the prevalence too"
)


def settings(store: Store, caller: Caller, model: str) -> CardPrevalence:
    """What a model's card states with what the site has set. Refusal "unknown-model"."""
    require(caller, Role.READ_ONLY)
    return _of_site(store, stated(registry.card(model)))


def localised(
    store: Store, caller: Caller, prediction: Prediction, reading: Reading | None = None
) -> Localised:
    """An answer at the prevalence here; where nothing is set or stated, with the model's own probabilities.

    `reading` is the reading that the answer is shown for: a signed one gives what was signed with it, a
    draft what its author has chosen. Never changes what is flagged.
    """
    require(caller, Role.READ_ONLY)
    if reading is not None and reading.signed_at is not None and reading.prevalence is not None:
        if (reading.prevalence.model, reading.prevalence.version) == (prediction.model, prediction.version):
            return reading.prevalence
    choice = reading.prevalence_choice if reading is not None else None
    if choice is not None and choice.model != prediction.model:
        choice = None
    try:
        card = registry.card(prediction.model)
    except Refusal:
        return _as_trained(prediction, "the model is not installed any more")
    if card.version != prediction.version:
        return _as_trained(prediction, "the answer was given by another version of the model")
    known = _of_site(store, stated(card))
    setting = _setting(known, choice)
    view = _view(store, prediction)
    found = _findings(prediction, known, view, _here(known, view, setting, choice))
    by_card = setting is not None and any(one.origin is Origin.CARD for one in found)
    return Localised(
        model=prediction.model,
        version=prediction.version,
        setting=setting.name if setting else "",
        setting_by_reader=setting is not known.site_setting,
        source=setting.source if setting is not None and by_card else "",
        view=view if view in known.training_by_view else "",
        findings=found,
    )


def of_reading(store: Store, caller: Caller, reading: Reading) -> Localised | None:
    """A reading's own answer at the prevalence that it goes by, or went by; None where no model answered."""
    if reading.prediction is None or reading.prediction.refused is not None:
        return None
    if reading.signed_at is not None:
        return reading.prevalence
    return localised(store, caller, reading.prediction, reading)


def _setting(known: CardPrevalence, choice: PrevalenceChoice | None) -> Setting | None:
    """The reader's setting where it is still known, else the site's; None for the training prevalence."""
    if choice is None or choice.setting is None:
        return known.site_setting
    return known.of(choice.setting) if known.of(choice.setting) or not choice.setting else known.site_setting


def _view(store: Store, prediction: Prediction) -> str:
    """The view that the film's header states; empty where it states none."""
    image = store.images.by_digest(prediction.input_digest)
    return image.header.view_position.upper() if image is not None else ""


def _here(
    known: CardPrevalence, view: str, setting: Setting | None, choice: PrevalenceChoice | None
) -> dict[str, tuple[float, Origin]]:
    """{label: the prevalence to go by and where it comes from}: the reader's, the setting's, training's."""
    here = {label: (share, Origin.TRAINING) for label, share in known.trained(view).items()}
    if setting is not None:
        here |= {label: (setting.shares[label], setting.origins[label]) for label in setting.shares}
    if choice is not None:
        here |= {label: (share, Origin.READER) for label, share in choice.shares}
    return here


def _findings(
    prediction: Prediction, known: CardPrevalence, view: str, here: Mapping[str, tuple[float, Origin]]
) -> tuple[LocalFinding, ...]:
    by_label = {finding.label: finding for finding in prediction.findings}
    trained = known.trained(view)
    found = []
    for finding in prediction.findings:
        if not finding.reliable:
            continue
        whole = by_label.get(known.parts.get(finding.label, ""))
        label = whole.label if whole else finding.label
        if label not in here or label not in trained:
            found.append(_unmoved(finding, _NOTHING_STATED))
        elif whole is not None:
            found.append(_part(finding, whole, trained, *here[label]))
        else:
            found.append(_alone(finding, known.reached(label, view), trained[label], *here[label]))
    return tuple(found)


def _alone(
    finding: Finding, measured: Measured | None, training: float, share: float, origin: Origin
) -> LocalFinding:
    """A finding with a prevalence of its own."""
    ends = (finding.probability, finding.low, finding.high, finding.threshold)
    probability, low, high, point = (shifted(one, training, share) for one in ends)
    ppv, npv = (
        predictive_intervals(measured.sensitivity, measured.specificity, share) if measured else (None, None)
    )
    return LocalFinding(
        label=finding.label,
        probability=probability,
        low=low,
        high=high,
        as_trained=finding.probability,
        threshold=finding.threshold,
        operating_point=point,
        flagged=finding.flagged,
        training=training,
        prevalence=share,
        origin=origin,
        ppv=ppv,
        npv=npv,
        measured_on=measured.on if measured else "",
        why_not="" if measured else "the model's card gives no sensitivity and specificity for it",
    )


def _part(
    finding: Finding, whole: Finding, trained: Mapping[str, float], share: float, origin: Origin
) -> LocalFinding:
    """One of the parts that sum to another finding; it keeps its share of that one.

    No predictive values: the specificity of a part was measured against a mix of the other parts and the
    absence of all, and that mix is another one here.
    """
    before, training = finding.probability, trained[whole.label]
    after = shifted_part(before, whole.probability, training, share)
    low, high, point = (
        shifted_alike(one, before, after) for one in (finding.low, finding.high, finding.threshold)
    )
    own = trained.get(finding.label)
    return LocalFinding(
        label=finding.label,
        probability=after,
        low=low,
        high=high,
        as_trained=before,
        threshold=finding.threshold,
        operating_point=point,
        flagged=finding.flagged,
        training=own,
        prevalence=None if own is None else own if share == training else own * share / training,
        origin=origin,
        why_not=_PARTS,
    )


def _as_trained(prediction: Prediction, why_not: str) -> Localised:
    """The model's own probabilities, where nothing is known to shift them by."""
    shown = tuple(_unmoved(finding, why_not) for finding in prediction.findings if finding.reliable)
    return Localised(prediction.model, prediction.version, "", False, "", "", shown)


def _unmoved(finding: Finding, why_not: str) -> LocalFinding:
    return LocalFinding(
        label=finding.label,
        probability=finding.probability,
        low=finding.low,
        high=finding.high,
        as_trained=finding.probability,
        threshold=finding.threshold,
        operating_point=finding.threshold,
        flagged=finding.flagged,
        training=None,
        prevalence=None,
        origin=Origin.TRAINING,
        why_not=why_not,
    )


def choose_setting(store: Store, caller: Caller, reading_id: str, model: str, setting: str | None) -> Reading:
    """Go by another setting in one draft; empty for the training prevalence, None for the site's own.

    Shares that were typed before are dropped. Refusals "setting-unknown", "reading-signed".
    """
    known = settings(store, caller, model)
    if setting:
        _known_setting(known, setting)
    if setting == (known.site_setting.name if known.site_setting else ""):
        setting = None
    return _keep_choice(store, caller, reading_id, PrevalenceChoice(model, setting))


def choose_share(
    store: Store, caller: Caller, reading_id: str, model: str, label: str, share: float | None
) -> Reading:
    """Go by a typed share 0..1 of one finding in one draft; None goes back to the setting's.

    Refusals "prevalence-range", "prevalence-label", "reading-signed".
    """
    known = settings(store, caller, model)
    before = own_draft(store, caller, reading_id).prevalence_choice
    choice = before if before is not None and before.model == model else PrevalenceChoice(model)
    shares = dict(choice.shares)
    shares.pop(label, None)
    if share is not None:
        shares[label] = _checked(known, label, share)
    return _keep_choice(
        store, caller, reading_id, PrevalenceChoice(model, choice.setting, tuple(shares.items()))
    )


def reset_choice(store: Store, caller: Caller, reading_id: str) -> Reading:
    """Back to the site's own prevalence in one draft."""
    return _keep_choice(store, caller, reading_id, None)


def _keep_choice(store: Store, caller: Caller, reading_id: str, choice: PrevalenceChoice | None) -> Reading:
    if choice is not None and choice.setting is None and not choice.shares:
        choice = None
    with store.transaction():
        draft = own_draft(store, caller, reading_id)
        if draft.prevalence_choice == choice:
            return draft
        return store.readings.choose_prevalence(reading_id, choice, revision=draft.revision)


def add_setting(store: Store, caller: Caller, model: str, name: str) -> None:
    """A setting of the site's own, at first with the training prevalence of every finding.

    Refusals "setting-name", "setting-known".
    """
    require(caller, Role.ADMINISTRATOR)
    known = settings(store, caller, model)
    words = " ".join(name.split())
    if not words or len(words) > _LONGEST_NAME or not words.isprintable():
        raise Refusal(
            "setting-name",
            expected=f"a name of 1 to {_LONGEST_NAME} characters for the setting",
            found="none, or a longer one",
            what_to_do="Name it by where its images come from, for example: emergency department.",
        )
    if any(one.name.casefold() == words.casefold() for one in known.settings):
        raise Refusal(
            "setting-known",
            expected="a name that no setting of this model has",
            found="one that there is",
            what_to_do="Change the figures of that setting, or choose another name.",
        )
    with store.transaction():
        store.prevalences.set(model, words, {}, changed_by=caller.user_id)
        store.audit.append(caller.user_id, "local-prevalence-setting-added", model, {"setting": words})


def set_shares(
    store: Store, caller: Caller, model: str, setting: str, shares: Mapping[str, float | None]
) -> None:
    """Set the prevalence, 0..1, of findings in one setting; None, or the card's own figure, is its default.

    Findings that are not named stay as they are. Refusals "prevalence-range", "prevalence-label",
    "setting-unknown". Audited with every figure before and after.
    """
    require(caller, Role.ADMINISTRATOR)
    with store.transaction():
        known = settings(store, caller, model)
        before = _known_setting(known, setting)
        kept = {label: before.shares[label] for label in before.shares if before.is_set(label)}
        for label, share in shares.items():
            kept.pop(label, None)
            if share is not None and _checked(known, label, share) != before.defaults.get(label):
                kept[label] = share
        store.prevalences.set(model, setting, kept, changed_by=caller.user_id)
        after = _known_setting(settings(store, caller, model), setting)
        changes = _changes(known, before, after)
        if changes:
            detail = {"setting": setting, **changes}
            store.audit.append(caller.user_id, "local-prevalence-set", model, detail)


def reset_setting(store: Store, caller: Caller, model: str, setting: str) -> None:
    """Back to the card's figures; a setting of the site's own is removed, also as the site's default."""
    require(caller, Role.ADMINISTRATOR)
    with store.transaction():
        known = settings(store, caller, model)
        before = _known_setting(known, setting)
        if before.from_card:
            store.prevalences.set(model, setting, {}, changed_by=caller.user_id)
        else:
            store.prevalences.remove(model, setting)
        detail = {"setting": setting, "now": "as the card states" if before.from_card else "removed"}
        store.audit.append(caller.user_id, "local-prevalence-reset", model, detail)


def set_site_setting(store: Store, caller: Caller, model: str, setting: str | None) -> None:
    """Say which setting holds here unless a reader chooses another; None for the training prevalence."""
    require(caller, Role.ADMINISTRATOR)
    with store.transaction():
        if setting is not None:
            _known_setting(settings(store, caller, model), setting)
        store.prevalences.set_default(model, setting, changed_by=caller.user_id)
        detail = {"setting": setting or Origin.TRAINING.value}
        store.audit.append(caller.user_id, "local-prevalence-default", model, detail)


def _of_site(store: Store, known: CardPrevalence) -> CardPrevalence:
    """The card's settings as the site has changed them, then the site's own."""
    kept = store.prevalences.of_model(known.model)
    default = next((one.name for one in kept if one.site_default), None)
    return known.with_site({one.name: one.shares for one in kept}, default)


def _known_setting(known: CardPrevalence, name: str) -> Setting:
    setting = known.of(name)
    if setting is None:
        raise Refusal(
            "setting-unknown",
            expected="a setting of this model",
            found="a name that none has",
            what_to_do="Choose one of the list; it may have been removed meanwhile.",
        )
    return setting


def _checked(known: CardPrevalence, label: str, share: float) -> float:
    """A share that may be set for a label."""
    if label not in known.labels:
        raise Refusal(
            "prevalence-label",
            expected="a finding for which the model's card states the training prevalence",
            found="another one",
            what_to_do="Choose one of the list.",
        )
    if not LOWEST <= share <= HIGHEST:
        raise Refusal(
            "prevalence-range",
            expected="a prevalence of 0.1 % to 99.9 %",
            found="one outside of it",
            what_to_do="Correct the figure. What never occurs, or always does, needs no model.",
        )
    return share


def _changes(known: CardPrevalence, before: Setting, after: Setting) -> dict[str, str]:
    """Label -> both figures in per cent, for the audit."""
    pairs = {
        label: (before.shares.get(label, training), after.shares.get(label, training))
        for label, training in known.training.items()
    }
    return {
        label: f"{old * 100:.4g} % to {new * 100:.4g} %" for label, (old, new) in pairs.items() if old != new
    }
