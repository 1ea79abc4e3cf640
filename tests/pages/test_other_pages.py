"""Review and admin."""

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.domain.people import Caller, PatientIdentity, PersonName, Role
from medai_core.services import worklist
from medai_core.services.identities import identity_conflicts
from medai_core.store.database import Store
from medai_core.ui import identity_review
from tests.pages.conftest import OpenPage, SignIn, words
from tests.support.films import brought_in, film


@pytest.fixture
def doubt(store: Store, reader: Caller) -> tuple[str, str]:
    """Two studies of one key with two names: their ids."""
    first, second = (
        brought_in(store, reader, film()),
        brought_in(
            store,
            reader,
            film(5, patient_name="Lund^Berta", birth_date=date(2021, 1, 1), study_date=date(2026, 2, 1)),
        ),
    )
    return first[0].study_id or "", second[0].study_id or ""


def test_a_doubt_is_shown_side_by_side(doubt: tuple[str, str], open_page: OpenPage) -> None:
    drawn = words(open_page("review"))
    for word in ("Lindt Anna", "Lund Berta", "2022-05-04", "2021-01-01", "differs"):
        assert word in drawn


@pytest.mark.parametrize(("button", "one_patient"), [("same", True), ("apart", False)])
def test_a_doubt_is_decided_with_a_reason(
    button: str, one_patient: bool, doubt: tuple[str, str], store: Store, reader: Caller, open_page: OpenPage
) -> None:
    (conflict,) = identity_conflicts(store, reader)
    page = open_page("review")
    assert page.button(key=f"review:{conflict.id}:{button}").disabled
    page.text_input(key=f"review:{conflict.id}:reason").set_value("asked the ward").run()
    page.button(key=f"review:{conflict.id}:{button}").click().run()
    assert "Decided" in words(page)
    assert identity_conflicts(store, reader) == ()
    rows = worklist.worklist(store, reader).rows
    assert (len({row.patient.id for row in rows}) == 1) is one_patient


def test_a_study_is_moved_after_a_confirmation(
    store: Store, reader: Caller, study_id: str, open_page: OpenPage
) -> None:
    (other,) = brought_in(store, reader, film(7, patient_id="P-9", patient_name="Berg^Otto"))
    page = open_page("review")
    page.text_input(key="review:study").set_value("Lindt").run()
    page.text_input(key="review:patient").set_value("Berg").run()
    page.text_input(key="review:move:reason").set_value("wrong label").run()
    assert page.button(key="review:move").disabled
    page.checkbox(key="review:sure").check().run()
    page.button(key="review:move").click().run()
    assert "was moved" in words(page)
    right = store.studies.get(other.study_id or "")
    moved = store.studies.get(study_id)
    assert right is not None
    assert moved is not None
    assert moved.row.patient.id == right.row.patient.id


def test_text_of_a_patient_is_no_markup_in_a_label() -> None:
    assert identity_review._plain("![x](http://y) *a*") == r"\!\[x\]\(http\:\/\/y\) \*a\*".replace(r"\/", "/")


def test_text_of_a_patient_is_escaped(store: Store, reader: Caller, open_page: OpenPage) -> None:
    (line,) = brought_in(store, reader, film(patient_name="<img src=x onerror=alert(1)>"))
    drawn = words(open_page("reading", study=line.study_id or ""))
    assert "<img" not in drawn
    assert "&lt;img" in drawn


@pytest.fixture
def chief(sign_in: SignIn) -> Caller:
    """A signed-in administrator."""
    return sign_in(Role.ADMINISTRATOR, "chief")


def _submit(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def test_a_new_account_gets_a_password_that_is_shown_once(
    chief: Caller, store: Store, open_page: OpenPage
) -> None:
    page = open_page("admin")
    page.text_input(key="admin:new:name").set_value("nora")
    page.text_input(key="admin:new:full").set_value("Nora Lang")
    _submit(page, "Create the account")
    assert "One-time password of nora" in words(page)
    password = page.code[0].value
    account = store.accounts.by_username("nora")
    assert account is not None
    assert account.role is Role.CLINICIAN
    assert account.must_change_password
    assert password not in words(page.run())


def test_an_account_is_shut_out_and_let_in(chief: Caller, store: Store, open_page: OpenPage) -> None:
    account = store.accounts.add("nora", "Nora", Role.CLINICIAN, "none", must_change_password=False)
    page = open_page("admin")
    page.button(key=f"admin:{account.id}:active").click().run()
    changed = store.accounts.get(account.id)
    assert changed is not None
    assert not changed.active
    page.button(key=f"admin:{account.id}:active").click().run()
    changed = store.accounts.get(account.id)
    assert changed is not None
    assert changed.active


def test_a_taken_name_is_refused_in_words(chief: Caller, open_page: OpenPage) -> None:
    page = open_page("admin")
    page.text_input(key="admin:new:name").set_value("chief")
    page.text_input(key="admin:new:full").set_value("Another")
    _submit(page, "Create the account")
    assert "username-taken" in words(page)


def test_a_session_is_ended(chief: Caller, store: Store, open_page: OpenPage) -> None:
    from medai_core.security import sessions

    account = store.accounts.add("nora", "Nora", Role.CLINICIAN, "none", must_change_password=False)
    caller, token, _ = sessions.start(store, account)
    page = open_page("admin")
    page.button(key=f"admin:session:{caller.session_id}").click().run()
    assert sessions.lookup(store, token, activity=False) is None


def test_the_switch_lets_models_raise_studies(chief: Caller, store: Store, open_page: OpenPage) -> None:
    page = open_page("admin")
    page.toggle(key="admin:raises").set_value(True).run()
    assert worklist.model_raises(store)
    assert page.toggle(key="admin:raises").value is True


def test_the_audit_is_searched_and_proved(chief: Caller, store: Store, open_page: OpenPage) -> None:
    store.audit.append(chief.user_id, "study-opened", "an-object")
    store.audit.append(chief.user_id, "something-else", "another-object")
    page = open_page("admin")
    page.selectbox(key="admin:audit:action").set_value("study-opened").run()
    assert "an-object" in words(page)
    assert "another-object" not in words(page)
    page.button(key="admin:verify").click().run()
    assert "Unbroken" in words(page)


def test_a_patient_is_restricted_to_chosen_accounts(chief: Caller, store: Store, open_page: OpenPage) -> None:
    patient = store.patients.add(PatientIdentity("P-5", "", PersonName("Rare Name")))
    from medai_core.store.rows import NewStudy

    store.studies.add(patient.id, NewStudy(study_uid="1.2.3", modality="DX"))
    page = open_page("admin")
    page.text_input(key="admin:patient").set_value("Rare").run()
    next(box for box in page.checkbox if box.label == "Restricted").check()
    page.multiselect[-1].set_value([chief.user_id])
    _submit(page, "Keep")
    stored = store.patients.get(patient.id)
    assert stored is not None
    assert stored.restricted
    assert store.patients.allowed(patient.id) == frozenset({chief.user_id})
