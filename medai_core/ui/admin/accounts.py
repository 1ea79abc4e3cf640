"""Accounts and their sessions: create, change, shut out, let in again."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.services import administration
from medai_core.store.rows import Account
from medai_core.ui import clock, markup, panels, state
from medai_core.ui.session import UserSession, require_user

_SAID: Final = "admin:said"
_ONE_TIME: Final = f"{state.SECRET}admin:one-time"
_ROLES: Final = [role.value for role in Role]


def accounts_panel(user: UserSession) -> None:
    """All accounts, one below the other, and the form for another one."""
    _draw_said()
    for account in administration.accounts(user.store, user.caller):
        _account(user, account)
    st.markdown("##### New account")
    with st.form("admin:new", clear_on_submit=True):
        username = st.text_input(
            "User name",
            key="admin:new:name",
            max_chars=64,
            autocomplete="off",
            help="Small letters, digits, . _ @ -",
        )
        display_name = st.text_input(
            "Full name, as it is written under readings", key="admin:new:full", max_chars=128
        )
        role = st.selectbox("Role", _ROLES, index=1, key="admin:new:role", help=ROLES_HELP)
        if st.form_submit_button("Create the account", type="primary"):
            _do(lambda: _create(username, display_name, Role(role)))
            st.rerun()


ROLES_HELP: Final = (
    "Read-only looks at studies and signed readings. Clinician also imports, reads and signs. Administrator "
    "also keeps accounts, switches and the audit log."
)


def _draw_said() -> None:
    """The last refusal, and a one-time password for this one time."""
    said = st.session_state.pop(_SAID, None)
    if isinstance(said, Refusal):
        panels.refusal_box(said)
    shown = st.session_state.pop(_ONE_TIME, None)
    if shown is not None:
        name, password = shown
        panels.note_box(
            f"One-time password of {name}",
            "It is shown this one time. Hand it over in person; at the first sign-in another must be chosen.",
        )
        st.code(password, language=None)


def _account(user: UserSession, account: Account) -> None:
    standing = account.role.value if account.active else f"{account.role.value}, disabled"
    mine = account.id == user.caller.user_id
    with st.expander(f"`{account.username}`  {standing}{', you' if mine else ''}"):
        markup.draw(
            markup.facts(
                [
                    ("Full name", account.display_name),
                    ("Created", clock.moment(account.created_at)),
                    ("Last sign-in", clock.moment(account.signed_in_at)),
                    (
                        "Password",
                        "one-time, not changed yet" if account.must_change_password else "chosen by the user",
                    ),
                ]
            )
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            role = f"admin:{account.id}:role"
            st.session_state[role] = account.role.value
            st.selectbox(
                "Role",
                _ROLES,
                key=role,
                on_change=_set_role,
                args=(account.id, role),
                width=180,
                disabled=mine,
            )
            word = "Disable" if account.active else "Enable"
            st.button(
                word, key=f"admin:{account.id}:active", on_click=_switch, args=(account,), disabled=mine
            )
            st.button(
                "New one-time password", key=f"admin:{account.id}:reset", on_click=_reset, args=(account,)
            )
        _sessions(user, account)


def _sessions(user: UserSession, account: Account) -> None:
    opened = administration.open_sessions(user.store, user.caller, account.id)
    if not opened:
        st.caption("No open session.")
        return
    for one in opened:
        here = ", this one" if one.id == user.caller.session_id else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"Since {clock.moment(one.created_at)}, last active {clock.moment(one.active_at)}{here}",
                width="stretch",
            )
            st.button(
                "End",
                key=f"admin:session:{one.id}",
                on_click=_end,
                args=(one.id,),
                help="Signs this session out.",
            )
    if len(opened) > 1:
        st.button("End all", key=f"admin:{account.id}:end", on_click=_end_all, args=(account.id,))


def _do(action: Callable[[], None]) -> None:
    """Run what was asked for; keep a refusal for the page to draw."""
    try:
        action()
    except Refusal as refusal:
        st.session_state[_SAID] = refusal


def _create(username: str, display_name: str, role: Role) -> None:
    user = require_user(Role.ADMINISTRATOR)
    account, password = administration.create_account(user.store, user.caller, username, display_name, role)
    st.session_state[_ONE_TIME] = (account.username, password)


def _set_role(user_id: str, name: str) -> None:
    user = require_user(Role.ADMINISTRATOR)
    role = Role(st.session_state[name])
    _do(lambda: administration.set_role(user.store, user.caller, user_id, role))


def _switch(account: Account) -> None:
    user = require_user(Role.ADMINISTRATOR)
    change = administration.disable_account if account.active else administration.enable_account
    _do(lambda: change(user.store, user.caller, account.id))


def _reset(account: Account) -> None:
    user = require_user(Role.ADMINISTRATOR)

    def reset() -> None:
        password = administration.reset_password(user.store, user.caller, account.id)
        st.session_state[_ONE_TIME] = (account.username, password)

    _do(reset)


def _end(session_id: str) -> None:
    user = require_user(Role.ADMINISTRATOR)
    _do(lambda: administration.revoke_session(user.store, user.caller, session_id))


def _end_all(user_id: str) -> None:
    user = require_user(Role.ADMINISTRATOR)

    def end() -> None:
        administration.revoke_sessions(user.store, user.caller, user_id)

    _do(end)
