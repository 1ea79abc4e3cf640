"""The forms in front of the pages: sign in, unlock, choose a new password."""

from html import escape
from typing import Final
from urllib.parse import urlencode

import streamlit as st

from medai_core.domain.refusal import Refusal
from medai_core.security import oidc, single_sign_on
from medai_core.settings import settings
from medai_core.ui import runtime, state
from medai_core.ui.session import Gate, form_token
from medai_core.web import notices
from medai_core.web.access import Access
from medai_core.web.auth import may_open_demo

_BEFORE: Final = """<style>
.stMain [data-stale="true"], .stMain [data-stale="true"] *, [data-testid="stDialog"][data-stale="true"] {
  visibility: hidden !important; transition: none !important; }
</style>"""
_STYLE: Final = """<style>
.medai-form { max-width: 24rem; display: flex; flex-direction: column; gap: 12px; margin: 0 0 16px; }
.medai-form label { display: flex; flex-direction: column; gap: 4px; font-size: 0.9rem; }
.medai-form input { font: inherit; font-size: 0.9rem; color: inherit; background: transparent;
  border: 1px solid #6B7684; border-radius: 4px; padding: 8px 12px; min-height: 40px;
  box-sizing: border-box; }
.medai-form button { font: inherit; font-size: 0.9rem; color: #FFFFFF; background: #2A78C8;
  border: 1px solid #2A78C8; border-radius: 4px; padding: 8px 16px; min-height: 40px; cursor: pointer;
  align-self: flex-start; }
.medai-form a { color: inherit; border: 1px solid #6B7684; border-radius: 4px; padding: 9px 16px;
  min-height: 40px; box-sizing: border-box; align-self: flex-start; font-size: 0.9rem;
  text-decoration: none; }
.medai-form button.medai-quiet { color: inherit; background: transparent; border-color: #6B7684; }
.medai-form :is(input, button, a):focus-visible {
  outline: 2px solid #2A78C8; outline-offset: 2px; }
</style>"""

RESEARCH_USE: Final = "Research use, not a medical device."


def draw_gate(gate: Gate, access: Access | None) -> None:
    """Draw the form that stands between the browser and the pages, and hide what stood there before."""
    st.html(_BEFORE)
    if gate is Gate.LOCKED and access is not None:
        _unlock(access)
    elif gate is Gate.NEW_PASSWORD and access is not None:
        _new_password(access)
    else:
        _sign_in()


def asked_path() -> str:
    """The path and query that the browser asked for, to return to after the sign-in."""
    page = state.url_path()
    query = urlencode(st.query_params.to_dict())
    return f"{runtime.base_path()}/{page}" + (f"?{query}" if query else "")


def post_form(action: str, fields: str, button: str, hidden: dict[str, str], *, quiet: bool = False) -> str:
    """The HTML of one form. `fields` is ours; the values of `hidden` are escaped here."""
    inputs = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in hidden.items()
    )
    look = ' class="medai-quiet"' if quiet else ""
    path = escape(f"{runtime.base_path()}{action}")
    return (
        f'<form class="medai-form" method="post" action="{path}">{inputs}{fields}'
        f'<button type="submit"{look}>{escape(button)}</button></form>'
    )


def _field(label: str, name: str, kind: str, autocomplete: str) -> str:
    return f'<label>{label}<input name="{name}" type="{kind}" autocomplete="{autocomplete}" required></label>'


def _sign_in() -> None:
    token = form_token()
    st.title("Sign in", anchor=False)
    st.caption(RESEARCH_USE)
    if not token:
        st.warning("This browser sent no cookie. Allow cookies for this address and reload the page.")
    sentence = notices.read(token) if token else None
    if sentence:
        st.error(sentence)
    fields = _field("User name", "username", "text", "username") + _field(
        "Password", "password", "password", "current-password"
    )
    hidden = {"form": token, "next": asked_path()}
    st.html(_STYLE + post_form("/auth/sign-in", fields, "Sign in", hidden))
    if oidc.configured(settings()):
        address = f"{runtime.base_path()}/auth/oidc/start?{urlencode({'next': asked_path()})}"
        link = f'<a href="{escape(address)}" target="_self">Sign in at {_provider()}</a>'
        st.html(f'{_STYLE}<div class="medai-form">{link}</div>')
    if may_open_demo():
        demo_form()


def demo_form() -> None:
    """What the demo is, and the button that opens it."""
    st.caption("The demo holds public images and virtual phantoms only, and is thrown away afterwards.")
    st.html(_STYLE + post_form("/auth/demo", "", "Open the demo", {"form": form_token()}, quiet=True))


def _unlock(access: Access) -> None:
    """Unlock in place: nothing is loaded anew, so the view and what was typed are still there."""
    from medai_core.security import accounts, sessions

    st.title("Locked", anchor=False)
    minutes = settings().idle_lock_seconds // 60
    st.write(f"Nothing was done here for {minutes} minutes, or the session was locked by hand.")
    if access.caller.store_name == "demo":
        st.caption(f"In the demo the password is “{accounts.DEMO_PASSWORD}”.")
    if single_sign_on.linked(access.store, access.caller.user_id):
        confirm_link()
        if st.button("Go on", type="primary", key="medai:unlocked"):
            st.rerun()
        _sign_out_form(access)
        return
    with st.form("medai:unlock", clear_on_submit=True, width=400):
        password = st.text_input(
            f"Password of {access.caller.username}",
            type="password",
            key=f"{state.SECRET}unlock",
            autocomplete="current-password",
        )
        submitted = st.form_submit_button("Unlock", type="primary")
    if submitted:
        try:
            sessions.unlock(access.store, access.token, password)
        except Refusal as refusal:
            st.error(refusal.sentence)
        else:
            st.rerun()
    _sign_out_form(access)


def confirm_link() -> None:
    """To the provider in a window of its own, so that nothing typed here is lost."""
    address = f"{runtime.base_path()}/auth/oidc/confirm"
    st.html(
        f'<p><a href="{escape(address)}" target="_blank">Confirm who you are at {_provider()}</a> '
        "(opens a window of its own)</p>"
    )


def _provider() -> str:
    return escape(single_sign_on.provider_name())


def _new_password(access: Access) -> None:
    st.title("Choose a password", anchor=False)
    st.write("The password that you signed in with was good for one time.")
    sentence = notices.read(form_token())
    if sentence:
        st.error(sentence)
    fields = (
        _field("The password you just used", "current", "password", "current-password")
        + _field("New password", "new", "password", "new-password")
        + _field("New password again", "again", "password", "new-password")
    )
    hidden = {"csrf": access.info.csrf, "form": form_token(), "next": asked_path()}
    st.html(_STYLE + post_form("/auth/password", fields, "Keep this password", hidden))
    _sign_out_form(access)


def _sign_out_form(access: Access) -> None:
    st.html(_STYLE + post_form("/auth/sign-out", "", "Sign out", {"csrf": access.info.csrf}, quiet=True))


def account_menu(access: Access) -> None:
    """Who is signed in, with the ways out: lock and sign out."""
    from medai_core.security import sessions

    caller = access.caller
    with st.popover(caller.display_name or caller.username, icon=":material/account_circle:"):
        where = "the demo" if caller.store_name == "demo" else "this store"
        st.caption(f"{caller.role.value} in {where}")
        if st.button("Lock", icon=":material/lock:", key="medai:lock"):
            sessions.lock(access.store, access.token)
            st.rerun()
        _sign_out_form(access)
