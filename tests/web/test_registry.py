"""Who owns what: tabs, drawn files, bytes in flight."""

from medai_core.web.registry import Owner, Registry

ANN = Owner("main", "a")
BEN = Owner("main", "b")
ANN_IN_DEMO = Owner("demo", "a")


def test_a_drawn_file_belongs_to_the_owner_of_the_tab_that_drew_it() -> None:
    known = Registry()
    known.bind("tab", ANN)
    known.media_added("file", "tab")
    assert known.owns_media(ANN, "file")
    assert not known.owns_media(BEN, "file")
    assert not known.owns_media(ANN_IN_DEMO, "file")
    assert not known.owns_media(ANN, "other")


def test_the_same_bytes_drawn_by_two_belong_to_both() -> None:
    known = Registry()
    known.bind("tab 1", ANN)
    known.bind("tab 2", BEN)
    known.media_added("file", "tab 1")
    known.media_added("file", "tab 2")
    known.forget(ANN)
    assert not known.owns_media(ANN, "file")
    assert known.owns_media(BEN, "file")


def test_a_file_drawn_before_a_sign_in_is_nobodys() -> None:
    known = Registry()
    known.media_added("file", "tab")
    known.bind("tab", ANN)
    assert not known.owns_media(ANN, "file")


def test_a_tab_that_changes_hands_takes_no_file_along() -> None:
    known = Registry()
    known.bind("tab", ANN)
    known.media_added("file", "tab")
    known.bind("tab", BEN)
    assert known.owns_media(ANN, "file")
    assert not known.owns_media(BEN, "file")
    assert known.streamlit_sessions(ANN) == ()


def test_forgetting_an_owner_names_its_tabs() -> None:
    known = Registry()
    known.bind("tab 1", ANN)
    known.bind("tab 2", ANN)
    known.bind("tab 3", BEN)
    assert set(known.forget(ANN)) == {"tab 1", "tab 2"}
    assert known.owner_of("tab 1") is None
    assert known.owner_of("tab 3") == BEN
    assert known.release("tab 3") == BEN
    assert known.release("tab 3") is None


def test_bytes_in_flight_count_against_the_limit() -> None:
    known = Registry()
    assert known.reserve(ANN, 60, stored=0, limit=100)
    assert not known.reserve(ANN, 60, stored=0, limit=100)
    assert known.reserve(BEN, 60, stored=0, limit=100)
    known.arrived(ANN, 60)
    assert not known.reserve(ANN, 60, stored=41, limit=100)
    assert known.reserve(ANN, 60, stored=40, limit=100)


def test_the_map_stays_bounded() -> None:
    known = Registry()
    for number in range(5_100):
        known.bind(f"tab {number}", ANN)
    assert len(known.streamlit_sessions(ANN)) == 5_000
    assert known.owner_of("tab 0") is None
