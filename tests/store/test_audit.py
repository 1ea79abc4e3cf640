"""The audit chain: every way of changing it from outside the program is found."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.refusal import Refusal
from medai_core.store.database import Store
from tests.support.raw import Raw, RefusedByDatabase


def tamper(raw: Raw, statement: str, *values: object) -> None:
    """Change the database as somebody with its file or password, but without the key, can."""
    raw.run(statement, *values, without=("audit_no_update", "audit_no_delete"))


def lines(store: Store, count: int) -> None:
    for number in range(count):
        store.audit.append("user-1", "study-opened", f"study-{number}", {"reason": "reading"})


def test_an_untouched_log_is_right(store: Store) -> None:
    assert store.audit.verify() == []
    lines(store, 5)
    assert store.audit.verify() == []


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE audit SET actor_id = 'user-2' WHERE seq = 3", "Audit line 3 or the one before it"),
        ("UPDATE audit SET detail = '{}' WHERE seq = 1", "Audit line 1 or the one before it"),
        ("UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE seq = 5", "Audit line 5"),
        ("DELETE FROM audit WHERE seq = 3", "Audit line 3 is missing."),
        ("DELETE FROM audit WHERE seq = 1", "Audit line 1 is missing."),
        ("DELETE FROM audit WHERE seq = 5", "Audit line 5 is missing."),
        ("DELETE FROM audit WHERE seq > 2", "Audit lines 3 to 5 are missing."),
        ("DELETE FROM audit", "Audit lines 1 to 5 are missing."),
        (
            "INSERT INTO audit "
            "SELECT 6, at, actor_id, action, object_id, detail, mac FROM audit WHERE seq = 5",
            "Audit line 6 or the one before it",
        ),
    ],
)
def test_a_change_is_found(store: Store, raw: Raw, statement: str, sentence: str) -> None:
    lines(store, 5)
    tamper(raw, statement)
    assert any(sentence in problem for problem in store.audit.verify())


def test_lines_put_in_the_middle_are_found(store: Store, raw: Raw) -> None:
    lines(store, 5)
    tamper(raw, "UPDATE audit SET seq = seq + 10 WHERE seq > 2")
    tamper(
        raw,
        "INSERT INTO audit SELECT 3, at, actor_id, action, object_id, detail, mac FROM audit WHERE seq = 2",
    )
    assert store.audit.verify()


def test_a_shortened_and_continued_log_is_found(store: Store, raw: Raw) -> None:
    lines(store, 5)
    tamper(raw, "DELETE FROM audit WHERE seq > 2")
    lines(store, 4)
    assert any("Audit lines 3 to 5 are missing." in problem for problem in store.audit.verify())


@pytest.mark.parametrize("change", [lambda path: path.unlink(), lambda path: path.write_text("2 aa bb\n")])
def test_a_changed_anchor_is_found(store: Store, home: Path, change: Callable[[Path], object]) -> None:
    lines(store, 3)
    change(home / "audit.head")
    assert store.audit.verify() == ["The anchor of the audit log (audit.head) is missing or was changed."]


def test_a_changed_anchor_stays_as_evidence(store: Store, home: Path) -> None:
    lines(store, 3)
    (home / "audit.head").write_text("1 aa bb\n")
    lines(store, 1)
    assert store.audit.verify() != []


def test_the_database_refuses_changes_itself(store: Store, raw: Raw) -> None:
    lines(store, 2)
    for statement in ("UPDATE audit SET actor_id = 'x'", "DELETE FROM audit"):
        with pytest.raises(RefusedByDatabase, match="only added to"):
            raw.run(statement)


def append_and_fail(store: Store) -> None:
    with store.transaction():
        store.audit.append("user-1", "study-moved", "study-1")
        raise RuntimeError


def test_a_line_goes_with_its_transaction(store: Store) -> None:
    lines(store, 1)
    with pytest.raises(RuntimeError):
        append_and_fail(store)
    assert store.audit.count() == 1
    assert store.audit.verify() == []


def test_a_failed_part_takes_back_itself_alone(store: Store) -> None:
    with store.transaction():
        store.audit.append("user-1", "study-opened")
        with pytest.raises(RuntimeError):
            append_and_fail(store)
    assert [entry.action for entry in store.audit.search()] == ["study-opened"]
    assert store.audit.verify() == []


def test_search(store: Store) -> None:
    store.audit.append("user-1", "study-opened", "study-1")
    store.audit.append("user-2", "study-opened", "study-2", {"why": "second opinion"})
    store.audit.append("user-2", "signed-out")
    assert [entry.actor_id for entry in store.audit.search(action="study-opened")] == ["user-2", "user-1"]
    assert store.audit.search(object_id="study-2")[0].detail == {"why": "second opinion"}
    assert [entry.action for entry in store.audit.search(actor="user-2", limit=1, offset=1)] == [
        "study-opened"
    ]
    assert store.audit.count(actor="user-2") == 2
    assert store.audit.actions() == ("signed-out", "study-opened")


@pytest.mark.parametrize("action", ["", "Study opened", "study_opened", "-x"])
def test_actions_are_kebab_case(store: Store, action: str) -> None:
    with pytest.raises(ValueError, match="kebab-case"):
        store.audit.append("user-1", action)


def test_texts_do_not_fit(store: Store) -> None:
    with pytest.raises(ValueError, match="200 characters"):
        store.audit.append("user-1", "noted", detail={"text": "x" * 201})
    with pytest.raises(ValueError, match="200 characters"):
        store.audit.append("user-1", "noted", detail={"text": "one\ntwo"})


def test_a_damaged_key_is_refused(store: Store, home: Path) -> None:
    (home / "audit.key").write_bytes(b"short")
    with pytest.raises(Refusal) as caught:
        Store(home)
    assert caught.value.code == "audit-key"


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=20)


@settings(max_examples=15, deadline=None)
@given(
    entries=st.lists(
        st.tuples(_WORDS.filter(bool), _WORDS, st.dictionaries(_WORDS, _WORDS, max_size=3)),
        min_size=2,
        max_size=6,
    ),
    data=st.data(),
)
def test_any_entries_hold_and_any_single_change_is_found(
    entries: list[tuple[str, str, dict[str, str]]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        store = Store(Path(folder))
        for actor, object_id, detail in entries:
            store.audit.append(actor, "noted", object_id, detail)
        assert store.audit.verify() == []
        assert [entry.detail for entry in store.audit.search()] == [
            detail for *_, detail in reversed(entries)
        ]
        seq = data.draw(st.integers(1, len(entries)))
        column = data.draw(st.sampled_from(["at", "actor_id", "action", "object_id", "detail", "mac"]))
        tamper(Raw(Path(folder), None), f"UPDATE audit SET {column} = {column} || '0' WHERE seq = ?", seq)
        assert store.audit.verify() != []
        store.close()
