"""Prevalence of a site, of one reading, and what of it is signed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from medai_core.domain.people import Caller
from medai_core.domain.prediction import Finding, Prediction
from medai_core.domain.prevalence import Origin, PrevalenceChoice, shifted
from medai_core.domain.reading import Reading, Verdict
from medai_core.domain.refusal import Refusal
from medai_core.services import prevalence
from medai_core.services import reading as readings
from medai_core.serving import registry
from medai_core.store.database import Store
from tests.support.films import PASSWORD
from tests.support.prevalence import CLINIC, MODEL, WARD, card_with_settings

TRAINED = {"pneumonia": 0.742}


@pytest.fixture(autouse=True)
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model with two settings on its card, and a training prevalence of the whole alone."""
    monkeypatch.setattr(registry, "MODELS", card_with_settings(tmp_path, training=TRAINED))


def drafted(store: Store, caller: Caller, study_id: str, image_id: str) -> Reading:
    """A draft whose author has seen the answer and agreed with it."""
    draft = readings.draft(store, caller, study_id)
    readings.record_first_impression(store, caller, draft.id, "Streaky", revision=draft.revision)
    readings.predict_image(store, caller, image_id)
    draft = readings.draft(store, caller, study_id)
    return readings.save_draft(
        store, caller, draft.id, revision=draft.revision, report="Report", verdict=Verdict.AGREE
    )


def answer(**probabilities: float) -> Prediction:
    """An answer with made-up probabilities, at the model's own operating points."""
    model = registry.card(MODEL)
    findings = tuple(
        Finding(label, p, p * 0.9, p + (1 - p) * 0.1, model.thresholds[label])
        for label, p in probabilities.items()
    )
    return Prediction(MODEL, model.version, model.weights_digest, "0" * 64, None, findings, ())


def test_nothing_is_shifted_until_a_site_says_where_it_stands(store: Store, reader: Caller) -> None:
    given = answer(pneumonia=0.8, bacterial=0.6, viral=0.2)
    local = prevalence.localised(store, reader, given)
    assert (local.setting, local.is_shifted, local.is_changed) == ("", False, False)
    assert [one.probability for one in local.findings] == [one.probability for one in given.findings]
    whole = local.of("pneumonia")
    assert whole is not None
    assert (whole.prevalence, whole.origin, whole.operating_point) == (
        0.742,
        Origin.TRAINING,
        whole.threshold,
    )
    assert whole.ppv is not None
    assert whole.ppv.low < whole.ppv.value < whole.ppv.high


def test_a_site_s_setting_shifts_the_prior_and_flags_nothing_else(
    store: Store, administrator: Caller, reader: Caller
) -> None:
    prevalence.set_site_setting(store, administrator, MODEL, WARD)
    given = answer(pneumonia=0.95, bacterial=0.7, viral=0.25)
    local = prevalence.localised(store, reader, given)
    whole, bacterial, viral = local.findings
    assert whole.probability == pytest.approx(shifted(0.95, 0.742, 0.3))
    assert whole.low == pytest.approx(shifted(given.findings[0].low, 0.742, 0.3))
    assert whole.high == pytest.approx(shifted(given.findings[0].high, 0.742, 0.3))
    assert (whole.as_trained, whole.threshold) == (0.95, given.findings[0].threshold)
    assert bacterial.probability + viral.probability == pytest.approx(whole.probability)
    assert bacterial.probability / viral.probability == pytest.approx(0.7 / 0.25)
    assert bacterial.low <= bacterial.probability <= bacterial.high
    assert [one.flagged for one in local.findings] == [one.flagged for one in given.findings]
    for one in local.findings:
        assert (one.probability >= one.operating_point) is one.flagged
    assert (whole.origin, local.setting, local.setting_by_reader) == (Origin.CARD, WARD, False)
    assert local.source == "Made up for the tests."
    assert bacterial.ppv is None
    assert "part of another finding" in bacterial.why_not


def test_predictive_values_follow_from_the_held_out_results_and_the_prevalence_here(
    store: Store, administrator: Caller, reader: Caller
) -> None:
    given = answer(pneumonia=0.95)
    measured = registry.card(MODEL).data["results"]["all"]["as they are"]["pneumonia"]
    sensitivity, specificity = (measured[name]["value"] for name in ("sensitivity", "specificity"))
    values = []
    for share in (0.5, 0.1, 0.01):
        prevalence.set_shares(store, administrator, MODEL, WARD, {"pneumonia": share})
        prevalence.set_site_setting(store, administrator, MODEL, WARD)
        local = prevalence.localised(store, reader, given).of("pneumonia")
        assert local is not None
        assert local.ppv is not None
        assert local.npv is not None
        true, false = sensitivity * share, (1 - specificity) * (1 - share)
        assert local.ppv.value == pytest.approx(true / (true + false))
        values.append((local.ppv.value, local.npv.value))
    assert [one[0] for one in values] == sorted((one[0] for one in values), reverse=True)
    assert [one[1] for one in values] == sorted(one[1] for one in values)
    assert prevalence.localised(store, reader, given).findings[0].measured_on == "all, as they are"


def test_an_administrator_sets_resets_and_adds_settings_and_all_is_audited(
    store: Store, administrator: Caller
) -> None:
    prevalence.set_shares(store, administrator, MODEL, WARD, {"pneumonia": 0.25})
    prevalence.add_setting(store, administrator, MODEL, "  Night   clinic ")
    known = prevalence.settings(store, administrator, MODEL)
    assert known.labels == ("pneumonia",)
    assert [(one.name, one.from_card) for one in known.settings] == [
        (WARD, True), (CLINIC, True), ("Night clinic", False)
    ]  # fmt: skip
    ward = known.of(WARD)
    assert ward is not None
    assert (ward.shares, ward.defaults, ward.is_set("pneumonia")) == (
        {"pneumonia": 0.25}, {"pneumonia": 0.3}, True
    )  # fmt: skip
    prevalence.set_site_setting(store, administrator, MODEL, "Night clinic")
    prevalence.reset_setting(store, administrator, MODEL, WARD)
    prevalence.reset_setting(store, administrator, MODEL, "Night clinic")
    known = prevalence.settings(store, administrator, MODEL)
    assert [one.shares for one in known.settings] == [{"pneumonia": 0.3}, {"pneumonia": 0.05}]
    assert known.site_setting is None
    lines = [one for one in store.audit.search(object_id=MODEL) if one.action.startswith("local-prevalence")]
    assert [(one.action, one.detail) for one in reversed(lines)] == [
        ("local-prevalence-set", {"setting": WARD, "pneumonia": "30 % to 25 %"}),
        ("local-prevalence-setting-added", {"setting": "Night clinic"}),
        ("local-prevalence-default", {"setting": "Night clinic"}),
        ("local-prevalence-reset", {"setting": WARD, "now": "as the card states"}),
        ("local-prevalence-reset", {"setting": "Night clinic", "now": "removed"}),
    ]
    assert {one.actor_id for one in lines} == {administrator.user_id}


def test_the_card_s_own_figure_is_no_change(store: Store, administrator: Caller) -> None:
    prevalence.set_shares(store, administrator, MODEL, WARD, {"pneumonia": 0.2})
    prevalence.set_shares(store, administrator, MODEL, WARD, {"pneumonia": 0.3})
    ward = prevalence.settings(store, administrator, MODEL).of(WARD)
    assert ward is not None
    assert ward.origins == {"pneumonia": Origin.CARD}
    prevalence.set_shares(store, administrator, MODEL, WARD, {"pneumonia": 0.3})
    assert store.audit.count(action="local-prevalence-set") == 2


def test_a_reset_keeps_the_site_s_choice_of_setting(store: Store, administrator: Caller) -> None:
    prevalence.set_site_setting(store, administrator, MODEL, WARD)
    prevalence.set_shares(store, administrator, MODEL, WARD, {"pneumonia": 0.2})
    prevalence.reset_setting(store, administrator, MODEL, WARD)
    chosen = prevalence.settings(store, administrator, MODEL).site_setting
    assert chosen is not None
    assert (chosen.name, chosen.shares) == (WARD, {"pneumonia": 0.3})


@pytest.mark.parametrize("share", [0.0, 0.0009, 0.9991, 1.0, -0.1, float("nan")])
def test_shares_outside_the_range_are_refused(
    store: Store, administrator: Caller, reader: Caller, study_id: str, share: float
) -> None:
    with pytest.raises(Refusal, match=r"prevalence of 0.1 % to 99.9 %"):
        prevalence.set_shares(store, administrator, MODEL, WARD, {"pneumonia": share})
    draft = readings.draft(store, reader, study_id)
    with pytest.raises(Refusal, match=r"prevalence of 0.1 % to 99.9 %"):
        prevalence.choose_share(store, reader, draft.id, MODEL, "pneumonia", share)


@pytest.mark.parametrize("label", ["bacterial", "another"])
def test_only_findings_with_a_training_prevalence_of_their_own_are_set(
    store: Store, administrator: Caller, label: str
) -> None:
    with pytest.raises(Refusal) as caught:
        prevalence.set_shares(store, administrator, MODEL, WARD, {label: 0.2})
    assert caught.value.code == "prevalence-label"


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x07b"])
def test_a_setting_has_a_name(store: Store, administrator: Caller, name: str) -> None:
    with pytest.raises(Refusal) as caught:
        prevalence.add_setting(store, administrator, MODEL, name)
    assert caught.value.code == "setting-name"


def test_names_are_unlike_and_known(store: Store, administrator: Caller) -> None:
    with pytest.raises(Refusal) as caught:
        prevalence.add_setting(store, administrator, MODEL, WARD.upper())
    assert caught.value.code == "setting-known"
    for ask in (prevalence.reset_setting, prevalence.set_site_setting):
        with pytest.raises(Refusal) as caught:
            ask(store, administrator, MODEL, "nowhere")
        assert caught.value.code == "setting-unknown"


def test_only_administrators_set_a_site_s_prevalence(store: Store, reader: Caller, visitor: Caller) -> None:
    for caller in (reader, visitor):
        for refused in (
            lambda caller=caller: prevalence.set_shares(store, caller, MODEL, WARD, {"pneumonia": 0.2}),
            lambda caller=caller: prevalence.add_setting(store, caller, MODEL, "Other"),
            lambda caller=caller: prevalence.reset_setting(store, caller, MODEL, WARD),
            lambda caller=caller: prevalence.set_site_setting(store, caller, MODEL, WARD),
        ):
            with pytest.raises(Refusal) as caught:
                refused()
            assert caught.value.code == "not-allowed"
    assert store.prevalences.of_model(MODEL) == ()
    assert prevalence.localised(store, visitor, answer(pneumonia=0.5)).findings


def test_a_reader_changes_it_for_one_reading_alone(
    store: Store, administrator: Caller, reader: Caller, second: Caller, study_id: str, image_id: str
) -> None:
    prevalence.set_site_setting(store, administrator, MODEL, CLINIC)
    draft = drafted(store, reader, study_id, image_id)
    assert draft.prediction is not None
    prevalence.choose_setting(store, reader, draft.id, MODEL, WARD)
    changed = prevalence.choose_share(store, reader, draft.id, MODEL, "pneumonia", 0.4)
    assert changed.prevalence_choice == PrevalenceChoice(MODEL, WARD, (("pneumonia", 0.4),))
    kept = readings.draft(store, reader, study_id)
    local = prevalence.localised(store, reader, draft.prediction, kept)
    whole = local.of("pneumonia")
    assert whole is not None
    assert (whole.prevalence, whole.origin) == (0.4, Origin.READER)
    assert local.source == ""
    assert (local.setting, local.setting_by_reader, local.is_changed) == (WARD, True, True)
    others = prevalence.localised(store, second, draft.prediction).of("pneumonia")
    assert others is not None
    assert (others.prevalence, others.origin) == (0.05, Origin.CARD)
    prevalence.choose_share(store, reader, draft.id, MODEL, "pneumonia", None)
    prevalence.choose_setting(store, reader, draft.id, MODEL, CLINIC)
    assert readings.draft(store, reader, study_id).prevalence_choice is None


def test_a_reader_may_go_back_to_the_training_prevalence(
    store: Store, administrator: Caller, reader: Caller, study_id: str, image_id: str
) -> None:
    prevalence.set_site_setting(store, administrator, MODEL, CLINIC)
    draft = drafted(store, reader, study_id, image_id)
    assert draft.prediction is not None
    changed = prevalence.choose_setting(store, reader, draft.id, MODEL, "")
    local = prevalence.localised(store, reader, draft.prediction, changed)
    assert (local.setting, local.setting_by_reader, local.is_shifted) == ("", True, False)
    reset = prevalence.reset_choice(store, reader, draft.id)
    assert prevalence.localised(store, reader, draft.prediction, reset).setting == CLINIC


def test_a_choice_for_another_model_or_a_removed_setting_is_not_used(
    store: Store, administrator: Caller, reader: Caller, study_id: str, image_id: str
) -> None:
    prevalence.add_setting(store, administrator, MODEL, "Night clinic")
    draft = drafted(store, reader, study_id, image_id)
    assert draft.prediction is not None
    chosen = prevalence.choose_setting(store, reader, draft.id, MODEL, "Night clinic")
    prevalence.reset_setting(store, administrator, MODEL, "Night clinic")
    assert not prevalence.localised(store, reader, draft.prediction, chosen).is_changed
    other = replace(chosen, prevalence_choice=PrevalenceChoice("other", WARD))
    assert not prevalence.localised(store, reader, draft.prediction, other).is_changed


def test_another_person_s_draft_and_a_signed_reading_are_not_changed(
    store: Store, reader: Caller, second: Caller, study_id: str, image_id: str
) -> None:
    draft = drafted(store, reader, study_id, image_id)
    with pytest.raises(Refusal) as caught:
        prevalence.choose_setting(store, second, draft.id, MODEL, WARD)
    assert caught.value.code == "not-allowed"
    readings.sign(store, reader, draft.id, PASSWORD)
    with pytest.raises(Refusal) as caught:
        prevalence.choose_setting(store, reader, draft.id, MODEL, WARD)
    assert caught.value.code == "reading-signed"


def test_what_was_signed_stays_whatever_the_site_sets_later(
    store: Store, administrator: Caller, reader: Caller, study_id: str, image_id: str
) -> None:
    prevalence.set_site_setting(store, administrator, MODEL, WARD)
    draft = drafted(store, reader, study_id, image_id)
    shown = prevalence.of_reading(store, reader, draft)
    signed = readings.sign(store, reader, draft.id, PASSWORD)
    prevalence.set_shares(store, administrator, MODEL, WARD, {"pneumonia": 0.01})
    prevalence.set_site_setting(store, administrator, MODEL, CLINIC)
    again = store.readings.get(signed.id)
    assert again is not None
    assert again.prevalence == signed.prevalence == shown
    assert prevalence.of_reading(store, reader, again) == shown
    assert signed.prediction is not None
    assert prevalence.localised(store, reader, signed.prediction, again) == shown
    content = store.readings.signed_content(signed.id)
    assert content is not None
    (whole,) = (one for one in content["reading"]["prevalence"]["findings"] if one["label"] == "pneumonia")
    assert (whole["prevalence"], whole["training"], whole["origin"]) == (0.3, 0.742, Origin.CARD.value)
    assert store.readings.verify() == []


def test_a_prevalence_that_was_set_meanwhile_is_not_signed_unseen(
    store: Store, administrator: Caller, reader: Caller, study_id: str, image_id: str
) -> None:
    prevalence.set_site_setting(store, administrator, MODEL, WARD)
    draft = drafted(store, reader, study_id, image_id)
    shown = prevalence.of_reading(store, reader, draft)
    prevalence.set_shares(store, administrator, MODEL, WARD, {"pneumonia": 0.01})
    with pytest.raises(Refusal, match="Look at them as they stand now") as caught:
        readings.sign(store, reader, draft.id, PASSWORD, shown=shown)
    assert caught.value.code == "prevalence-changed-elsewhere"
    now = prevalence.of_reading(store, reader, draft)
    assert now != shown
    assert readings.sign(store, reader, draft.id, PASSWORD, shown=now).prevalence == now


def test_a_refused_answer_has_no_prevalence(store: Store, reader: Caller, study_id: str) -> None:
    draft = readings.draft(store, reader, study_id)
    readings.save_draft(store, reader, draft.id, revision=draft.revision, report="Report")
    signed = readings.sign(store, reader, draft.id, PASSWORD)
    assert signed.prevalence is None
    content = store.readings.signed_content(signed.id)
    assert content is not None
    assert "prevalence" not in content["reading"]


def test_without_a_stated_training_prevalence_nothing_is_shifted(
    store: Store, administrator: Caller, reader: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MODELS", card_with_settings(tmp_path / "bare", training=None))
    prevalence.set_site_setting(store, administrator, MODEL, WARD)
    known = prevalence.settings(store, reader, MODEL)
    assert (known.labels, known.training) == ((), {})
    local = prevalence.localised(store, reader, answer(pneumonia=0.8, bacterial=0.5)).findings
    assert [(one.probability, one.prevalence, one.ppv) for one in local] == [
        (0.8, None, None),
        (0.5, None, None),
    ]
    assert all("states no training prevalence" in one.why_not for one in local)


def test_answers_of_other_versions_and_of_missing_models_are_not_shifted(
    store: Store, administrator: Caller, reader: Caller
) -> None:
    prevalence.set_site_setting(store, administrator, MODEL, WARD)
    older = replace(answer(pneumonia=0.8), version="0.1")
    gone = replace(answer(pneumonia=0.8), model="gone")
    for given, why in ((older, "another version"), (gone, "not installed")):
        (one,) = prevalence.localised(store, reader, given).findings
        assert one.probability == 0.8
        assert why in one.why_not


def test_findings_that_are_not_reliable_are_left_out(store: Store, reader: Caller) -> None:
    given = answer(pneumonia=0.8, bacterial=0.5)
    given = replace(given, findings=(given.findings[0], replace(given.findings[1], reliable=False)))
    assert [one.label for one in prevalence.localised(store, reader, given).findings] == ["pneumonia"]


def test_the_older_form_of_a_card_states_its_prevalence_with_the_calibration(
    store: Store, reader: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = card_with_settings(tmp_path / "older", training=None)
    path = folder / MODEL / "card.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["calibration"]["prevalence"] = 0.7
    path.write_text(json.dumps(data), encoding="utf-8")
    monkeypatch.setattr(registry, "MODELS", folder)
    assert prevalence.settings(store, reader, MODEL).training == {"pneumonia": 0.7}


def test_what_the_film_shows_of_its_view_is_not_counted_twice(
    store: Store,
    administrator: Caller,
    reader: Caller,
    image_id: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An AP film where AP films are as in training keeps its probability, whatever all films were."""
    folder = card_with_settings(tmp_path / "views", training=TRAINED)
    path = folder / MODEL / "card.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["training_prevalence_by_view"] = {"AP": {"pneumonia": 0.3}, "PA": {"pneumonia": 0.6}}
    ends = {"value": 0.8, "low": 0.7, "high": 0.9, "n": 40, "patients": 30}
    data["subgroups"]["view"] = {"AP": {"pneumonia": {"sensitivity": ends, "specificity": ends}}}
    path.write_text(json.dumps(data), encoding="utf-8")
    monkeypatch.setattr(registry, "MODELS", folder)
    image = store.images.get(image_id)
    assert image is not None
    film, unknown = replace(answer(pneumonia=0.8), input_digest=image.digest), answer(pneumonia=0.8)
    prevalence.set_site_setting(store, administrator, MODEL, WARD)
    local = prevalence.localised(store, reader, film)
    (whole,) = local.findings
    assert (local.view, whole.training, whole.prevalence) == ("AP", 0.3, 0.3)
    assert (whole.probability, whole.is_shifted, whole.measured_on) == (0.8, False, "AP films")
    assert whole.ppv is not None
    assert whole.ppv.value == pytest.approx(0.8 * 0.3 / (0.8 * 0.3 + 0.2 * 0.7))
    local = prevalence.localised(store, reader, unknown)
    (whole,) = local.findings
    assert (local.view, whole.training, whole.measured_on) == ("", 0.742, "all, as they are")
    assert whole.probability == pytest.approx(shifted(0.8, 0.742, 0.3))
