"""The upload panel: choose files, say whose pictures they are, watch them come in, cancel."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from medai_core.domain.people import Caller, PatientIdentity, PersonName, Role
from medai_core.domain.reading import ImportLine, Outcome
from medai_core.imaging.archive import DEFAULT_LIMITS, DEMO_LIMITS, ArchiveLimits, from_bytes, open_sources
from medai_core.settings import MEBIBYTE, settings
from medai_core.ui import markup, panels
from medai_core.ui.session import UserSession, cookie, require_user, rerun_quietly
from medai_core.ui.uploads import job as jobs
from medai_core.web.access import find_access

TICK_SECONDS: Final = 1.0
SHOWN_LINES: Final = 300
_ROUND: Final = "uploads:round"
_ARCHIVE_HEAD: Final = b"PK\x03\x04"
_PICTURE_HEADS: Final = (b"\x89PNG", b"\xff\xd8\xff")
_SEXES: Final = {"": "not given", "F": "female", "M": "male", "O": "other"}


def upload_panel(user: UserSession, *, open_at_start: bool) -> None:
    """Draw the panel for those who may import; others see nothing of it."""
    if not user.caller.role.covers(Role.CLINICIAN):
        return
    running = jobs.current(_session(user))
    with st.expander("Add images", expanded=open_at_start or running is not None, icon=":material/upload:"):
        if running is None:
            _choose(user)
        elif running.running:
            _watch()
        else:
            _result(user, running)


def _session(user: UserSession) -> str:
    return user.caller.session_id or user.caller.user_id


def limits_sentence(user: UserSession) -> str:
    """How much may be sent, and the way for more."""
    limits = settings()
    if user.caller.store_name == "demo":
        return f"At most {limits.max_demo_bytes // MEBIBYTE} MB in the demo."
    return (
        f"At most {limits.max_file_bytes // MEBIBYTE} MB a file, {limits.max_session_bytes // MEBIBYTE} MB "
        "at a time. For more, or whole archives: python -m medai_core import PATH."
    )


def archive_limits(caller: Caller) -> ArchiveLimits:
    """What one ZIP may unpack to: little in the demo, which anybody may use."""
    return DEMO_LIMITS if caller.store_name == "demo" else DEFAULT_LIMITS


def _choose(user: UserSession) -> None:
    turn = st.session_state.setdefault(_ROUND, 0)
    st.caption(
        f"DICOM (any extension, or none), PNG, JPEG, or a ZIP of them. {limits_sentence(user)} "
        "Files that cannot be read are refused one by one, with the reason; the others are stored."
    )
    folder = st.toggle(
        "Choose a whole folder", key="uploads:folder", help="All files in it and in its subfolders."
    )
    limit = settings().max_demo_bytes if user.caller.store_name == "demo" else settings().max_file_bytes
    given = st.file_uploader(
        "Files",
        accept_multiple_files="directory" if folder else True,
        key=f"uploads:files:{turn}:{folder}",
        max_upload_size=limit // MEBIBYTE,
        label_visibility="collapsed",
    )
    files: list[UploadedFile] = list(given) if isinstance(given, list) else []
    if not files:
        return
    with st.form("uploads:form", border=False):
        identity_of = _identity_form() if any(_needs_identity(file) for file in files) else _nobody
        size = sum(file.size for file in files) / MEBIBYTE
        count = f"{len(files)} file" + ("" if len(files) == 1 else "s")
        submitted = st.form_submit_button(f"Import {count} ({size:.1f}\u202fMB)", type="primary")
    if submitted:
        with panels.refusals_shown():
            identity, study_date = identity_of()
            _start(user, files, identity, study_date)
            st.session_state[_ROUND] = turn + 1
            st.rerun()


def _needs_identity(file: UploadedFile) -> bool:
    """Whether a file may be, or hold, a picture that names no patient."""
    head = bytes(file.getbuffer()[:4])
    return head.startswith(_ARCHIVE_HEAD) or head[:4] == _PICTURE_HEADS[0] or head[:3] == _PICTURE_HEADS[1]


def _nobody() -> tuple[PatientIdentity | None, date | None]:
    return None, None


def _identity_form() -> Callable[[], tuple[PatientIdentity | None, date | None]]:
    st.markdown(
        "**Whose pictures are these?** PNG and JPEG do not say it. DICOM files keep what they say themselves."
    )
    left, right = st.columns(2)
    identifier = left.text_input("Patient id", key="uploads:id", max_chars=64, autocomplete="off")
    name = right.text_input(
        "Name", key="uploads:name", max_chars=128, autocomplete="off", help="In reading order."
    )
    first, second, third = st.columns(3)
    oldest = date(1890, 1, 1)
    born = first.date_input(
        "Birth date",
        value=None,
        min_value=oldest,
        max_value="today",
        key="uploads:born",
        format="YYYY-MM-DD",
    )
    sex = second.selectbox("Sex", list(_SEXES), format_func=_SEXES.__getitem__, key="uploads:sex")
    taken = third.date_input(
        "Study date",
        value=None,
        min_value=oldest,
        max_value="today",
        key="uploads:taken",
        format="YYYY-MM-DD",
    )

    def given() -> tuple[PatientIdentity | None, date | None]:
        study_date = taken if isinstance(taken, date) else None
        if not identifier.strip():
            return None, study_date
        birth_date = born if isinstance(born, date) else None
        person = PatientIdentity(identifier.strip(), "", _typed_name(name), birth_date, sex or None)
        return person, study_date

    return given


def _typed_name(name: str) -> PersonName:
    """A typed name in the component group that its script belongs to."""
    plain = " ".join(name.split())
    is_latin = all(ord(letter) < 0x2E80 for letter in plain)
    return PersonName(alphabetic=plain) if is_latin else PersonName(ideographic=plain)


def _start(
    user: UserSession,
    files: Sequence[UploadedFile],
    identity: PatientIdentity | None,
    study_date: date | None,
) -> None:
    require_user(Role.CLINICIAN)
    held = cookie()
    sent = [from_bytes(file.name, file.getvalue()) for file in files]
    limits = archive_limits(user.caller)
    job = jobs.ImportJob(
        user.store,
        user.caller,
        open_sources(*sent, limits=limits),
        identity=identity,
        study_date=study_date,
        alive=lambda: find_access(held, activity=False) is not None,
        count=lambda: sum(1 for _ in open_sources(*sent, limits=limits)),
    )
    jobs.start(_session(user), job)


@st.fragment(run_every=TICK_SECONDS)
def _watch() -> None:
    user = require_user(Role.CLINICIAN, activity=False)
    job = jobs.current(_session(user))
    if job is None or not job.running:
        rerun_quietly()
    done = progress(len(job.lines()), job.total)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Importing.** {done}: {summary(job.counts())}.", width="stretch")
        if st.button("Cancel", icon=":material/close:", key="uploads:cancel"):
            job.cancel()
    st.caption(
        "You may go on working: the import runs beside the pages. Signing out ends it after the file in hand."
    )
    _table(job.lines()[-20:], caption="The last files")


def progress(done: int, total: int | None) -> str:
    """How far an import is: ``"3 of 12 files done"``."""
    files = "file" if (done if total is None else total) == 1 else "files"
    return f"{done} {files} done" if total is None else f"{done} of {total} {files} done"


def summary(counts: dict[Outcome, int]) -> str:
    """Counts in words: ``"12 stored, 1 duplicate, 0 refused"``."""
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)


def _result(user: UserSession, job: jobs.ImportJob) -> None:
    lines = job.lines()
    word = "Import cancelled" if job.cancelled else "Import finished"
    st.markdown(f"**{word}.** {len(lines)} files: {summary(job.counts())}.")
    if job.refusal is not None:
        panels.refusal_box(job.refusal)
    order = {Outcome.REFUSED: 0, Outcome.DUPLICATE: 1, Outcome.STORED: 2}
    numbered = sorted(enumerate(lines, start=1), key=lambda pair: (order[pair[1].outcome], pair[0]))
    _table([line for _, line in numbered[:SHOWN_LINES]], caption="Refused files first")
    if len(lines) > SHOWN_LINES:
        st.caption(f"The first {SHOWN_LINES} of {len(lines)} are shown; the CSV holds all.")
    with st.container(horizontal=True):
        if st.button("Done", type="primary", key="uploads:done"):
            jobs.put_away(_session(user))
            st.rerun()
        st.download_button(
            "Lines as CSV",
            jobs.as_csv(lines),
            file_name="import.csv",
            mime="text/csv",
            on_click="ignore",
            key="uploads:csv",
            help="Numbers and reasons without file names, which may hold a patient's name.",
        )


_MARKS: Final = {Outcome.STORED: "\u2713", Outcome.DUPLICATE: "=", Outcome.REFUSED: "\u2298"}


def _table(lines: Sequence[ImportLine], *, caption: str) -> None:
    if not lines:
        return
    rows = [
        (line.name, f"{_MARKS[line.outcome]} {line.outcome.value}", _said(line), line.what_to_do)
        for line in lines
    ]
    with st.container(height=420 if len(rows) > 8 else "content", border=False):
        markup.draw(markup.table(["File", "Outcome", "Why", "What to do"], rows, caption=caption))


def _said(line: ImportLine) -> str:
    if line.outcome is Outcome.REFUSED:
        return f"Expected {line.expected}; found {line.found}."
    return line.note
