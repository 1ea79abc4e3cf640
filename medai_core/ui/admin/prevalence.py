"""The local prevalence: how common each finding is where this site's images come from."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from medai_core.charts import prevalence as said
from medai_core.charts import words
from medai_core.domain.people import Role
from medai_core.domain.prevalence import HIGHEST, LOWEST, Origin
from medai_core.domain.refusal import Refusal
from medai_core.services import prevalence
from medai_core.serving.prevalence import CardPrevalence, Setting
from medai_core.serving.registry import available
from medai_core.ui import panels
from medai_core.ui.session import UserSession, require_user

_SAID: Final = "admin:prevalence:said"
TRAINING: Final = "Training prevalence (nothing is shifted)"


def prevalence_panel(user: UserSession) -> None:
    """Choose the model, the setting that holds here, and the figures of every setting."""
    st.caption(
        "A probability depends on how common a finding is where the image was taken. The figures set here "
        "shift what the Reading page and reports show; operating points, what is flagged and the command "
        "line stay as they are. A reader may change them for one reading."
    )
    models = {model.name: model.title for model in available()}
    if not models:
        st.caption("No model is installed.")
        return
    chosen = st.selectbox("Model", list(models), format_func=models.__getitem__, key="admin:prevalence:model")
    known = prevalence.settings(user.store, user.caller, str(chosen))
    refusal = st.session_state.pop(_SAID, None)
    if isinstance(refusal, Refusal):
        panels.refusal_box(refusal)
    if not known.labels:
        panels.note_box("No training prevalence", "This model's card states none, so nothing can be shifted.")
        return
    _site(known)
    for setting in known.settings:
        _setting(known, setting)
    _another(known.model)


def _site(known: CardPrevalence) -> None:
    """Which setting holds unless a reader chooses another."""
    widget = f"admin:prevalence:{known.model}:site"
    st.session_state[widget] = known.site_setting.name if known.site_setting else ""
    st.selectbox(
        "Setting of this site",
        ["", *(one.name for one in known.settings)],
        format_func=lambda name: name or TRAINING,
        key=widget,
        on_change=_set_site,
        args=(known.model, widget),
    )


def _setting(known: CardPrevalence, setting: Setting) -> None:
    """One setting: a figure for each finding, in per cent."""
    here = setting.name == (known.site_setting.name if known.site_setting else "")
    changed = any(setting.is_set(label) for label in known.labels)
    standing = [word for word, applies in (("this site's", here), ("changed", changed)) if applies]
    with st.expander(f"Figures: {_plain(setting.name)}"):
        if standing:
            st.caption(", ".join(standing).capitalize())
        st.text(setting.source or "A setting of this site; findings start at their training prevalence.")
        widgets = {label: f"admin:prevalence:{known.model}:{setting.name}:{label}" for label in known.labels}
        with st.form(f"admin:prevalence:{known.model}:{setting.name}", border=False):
            for label, widget in widgets.items():
                _figure(known, setting, label, widget)
            with st.container(horizontal=True):
                st.form_submit_button(
                    "Keep these figures",
                    type="primary",
                    on_click=_set_shares,
                    args=(known.model, setting.name, widgets),
                )
                st.form_submit_button(
                    "Reset to the card's figures" if setting.from_card else "Remove this setting",
                    on_click=_reset,
                    args=(known.model, setting.name),
                )


def _plain(name: str) -> str:
    """A setting's name without any effect of Markdown."""
    return "".join(f"\\{letter}" if not (letter.isalnum() or letter == " ") else letter for letter in name)


def _figure(known: CardPrevalence, setting: Setting, label: str, widget: str) -> None:
    share = setting.shares.get(label, known.training[label])
    st.session_state[widget] = _shown(share)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            f"{words.label(label, known.names)}, in per cent",
            min_value=min(LOWEST * 100, _shown(share)),
            max_value=max(HIGHEST * 100, _shown(share)),
            value=None,
            step=1.0,
            format="%g",
            key=widget,
            width=240,
        )
        default = setting.defaults.get(label)
        stated = "none" if default is None else said.percent(default)
        views = [
            f"{view} {said.percent(shares[label])}"
            for view, shares in known.training_by_view.items()
            if label in shares
        ]
        by_view = f" ({', '.join(views)})" if views else ""
        st.caption(
            f"Now: {_origin(setting.origins.get(label))}. Card's default: {stated}; "
            f"training: {said.percent(known.training[label])}{by_view}.",
            width="stretch",
        )


def _origin(origin: Origin | None) -> str:
    return {Origin.SITE: "set by this site", Origin.CARD: "the card's default"}.get(
        origin or Origin.TRAINING, "training prevalence"
    )


def _shown(share: float) -> float:
    """A share as the field shows it."""
    return round(share * 100, 4)


def _another(model: str) -> None:
    with st.form(f"admin:prevalence:{model}:new", clear_on_submit=True):
        st.text_input(
            "Another setting of this site",
            key="admin:prevalence:name",
            max_chars=60,
            autocomplete="off",
            placeholder="for example: emergency department",
        )
        st.form_submit_button("Add it", on_click=_add, args=(model,))


def _do(action: Callable[[], None]) -> None:
    """Run what was asked for; keep a refusal for the page to draw."""
    try:
        action()
    except Refusal as refusal:
        st.session_state[_SAID] = refusal


def _set_site(model: str, widget: str) -> None:
    user = require_user(Role.ADMINISTRATOR)
    name = st.session_state.get(widget)
    if isinstance(name, str):
        _do(lambda: prevalence.set_site_setting(user.store, user.caller, model, name or None))


def _set_shares(model: str, setting: str, widgets: dict[str, str]) -> None:
    """Keep the figures that differ from those that were shown."""
    user = require_user(Role.ADMINISTRATOR)

    def keep() -> None:
        known = prevalence.settings(user.store, user.caller, model)
        before = known.of(setting)
        held = before.shares if before else {}
        typed = {label: st.session_state.get(widget) for label, widget in widgets.items()}
        changed = {
            label: round(float(value) / 100, 6)
            for label, value in typed.items()
            if value is not None and value != _shown(held.get(label, known.training[label]))
        }
        prevalence.set_shares(user.store, user.caller, model, setting, changed)

    _do(keep)


def _reset(model: str, setting: str) -> None:
    user = require_user(Role.ADMINISTRATOR)
    _do(lambda: prevalence.reset_setting(user.store, user.caller, model, setting))


def _add(model: str) -> None:
    user = require_user(Role.ADMINISTRATOR)
    name = str(st.session_state.get("admin:prevalence:name") or "")
    _do(lambda: prevalence.add_setting(user.store, user.caller, model, name))
