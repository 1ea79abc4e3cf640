"""The import panel: choose files, settle what tables mean, see the dry run, import, go to the patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.imaging.archive import FileSource, from_bytes, is_no_record, open_sources
from medai_core.services import column_mapping
from medai_core.services.record_reading import kind_of_file
from medai_core.settings import MEBIBYTE, settings
from medai_core.ui import markup, panels
from medai_core.ui.records import pull, results
from medai_core.ui.records.job import JOBS, RecordJob, as_csv
from medai_core.ui.session import UserSession, cookie, require_user, rerun_quietly
from medai_core.ui.uploads.panel import archive_limits, limits_sentence
from medai_core.web.access import find_access

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from medai_core.records.tables.mapping import Mapping

TICK_SECONDS: Final = 1.0
MOST_TABLES: Final = 12
SHOWN_PASSED: Final = 100
_ROUND: Final = "records:round"
_STEPS: Final = {
    "pull": "Reading from the server",
    "read": "Reading",
    "compare": "Comparing with what is stored",
    "write": "Writing",
}


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The files that were dropped, by what they are."""

    records: tuple[FileSource, ...]
    tables: tuple[FileSource, ...]
    images: int
    passed: tuple[str, ...]


def records_panel(user: UserSession, *, open_at_start: bool = False) -> None:
    """Draw the panel for those who may import; others see nothing of it."""
    if not user.caller.role.covers(Role.CLINICIAN):
        return
    job = JOBS.current(_session(user))
    with st.expander("Add records", expanded=open_at_start or job is not None, icon=":material/upload_file:"):
        if job is None:
            _choose(user)
        elif job.running:
            _watch()
        elif job.plan is None or (job.refusal is not None and not job.may_try_again):
            _ended(user, job)
        elif job.is_done:
            _done(user, job)
        else:
            _planned(user, job)


def _session(user: UserSession) -> str:
    return user.caller.session_id or user.caller.user_id


# ---- choosing


def _choose(user: UserSession) -> None:
    turn = st.session_state.setdefault(_ROUND, 0)
    st.caption(
        "FHIR R4 (bundles, resources, NDJSON), HL7 v2 messages, CSV, Excel, or a ZIP of them. "
        f"{limits_sentence(user)} Nothing is stored before you have seen what would become of it. "
        "Image files belong to \u201cAdd images\u201d on the Worklist."
    )
    limit = settings().max_demo_bytes if user.caller.store_name == "demo" else settings().max_file_bytes
    given = st.file_uploader(
        "Files of records",
        accept_multiple_files=True,
        key=f"records:files:{turn}",
        max_upload_size=limit // MEBIBYTE,
        label_visibility="collapsed",
    )
    files = list(given) if isinstance(given, list) else []
    if not files:
        with panels.refusals_shown():
            pull.pull_form(user)
            results.past_imports(user)
        return
    with panels.refusals_shown():
        _settle(user, files, turn)


def _settle(user: UserSession, files: "Sequence[UploadedFile]", turn: int) -> None:
    """Say whose statements these are and what tables mean; then look through."""
    chosen = _sorted(user, files)
    if chosen.images:
        count = f"{chosen.images} image file" + ("" if chosen.images == 1 else "s")
        panels.note_box(
            "Image files", f"{count} will not be read here: use \u201cAdd images\u201d on the Worklist."
        )
    _say_passed(chosen.passed)
    if not chosen.records:
        panels.empty_state(
            "Nothing to import", ["None of these files says something of patients in a known form."]
        )
        return
    source = st.text_input(
        "Source",
        key=f"records:source:{turn}",
        max_chars=128,
        placeholder="hospital, laboratory or system",
        help="Who says it. Keep the same name for the same sender: what it says again is recognised, and "
        "what it corrects is replaced. Left empty, HL7 v2 messages name their sender themselves and all else "
        "counts as \u201cimport\u201d.",
        autocomplete="off",
    ).strip()
    mappings = _tables(user, chosen.tables, turn)
    count = f"{len(chosen.records)} file" + ("" if len(chosen.records) == 1 else "s")
    if st.button(
        f"Look through {count}", type="primary", key=f"records:look:{turn}", disabled=mappings is None
    ):
        _start(user, files, source or None, mappings or ())
        st.session_state[_ROUND] = turn + 1
        st.rerun()


def _say_passed(names: Sequence[str]) -> None:
    """Members of archives that are not looked into, by name."""
    if not names:
        return
    count = "1 file is" if len(names) == 1 else f"{len(names)} files are"
    with st.expander(f"{count} passed over", icon=":material/visibility_off:"):
        st.caption("Hidden, of the operating system, or of a kind that holds no records.")
        more = [f"and {len(names) - SHOWN_PASSED} more"] if len(names) > SHOWN_PASSED else []
        markup.draw(markup.bullets([*names[:SHOWN_PASSED], *more]))


def _sorted(user: UserSession, files: "Sequence[UploadedFile]") -> _Chosen:
    """What each file is. One that cannot be had goes on to the dry run, which says why."""
    records: list[FileSource] = []
    tables: list[FileSource] = []
    passed: list[str] = []
    images = 0
    sent = [from_bytes(file.name, file.getvalue()) for file in files]
    limits = archive_limits(user.caller)
    for source in open_sources(*sent, limits=limits, skipped=is_no_record, passed=passed.append):
        try:
            kind = kind_of_file(source)
        except Refusal:
            kind = None
        if kind == "image":
            images += 1
            continue
        records.append(source)
        if kind == "table":
            tables.append(source)
    return _Chosen(tuple(records), tuple(tables), images, tuple(passed))


def _tables(user: UserSession, tables: Sequence[FileSource], turn: int) -> "tuple[Mapping, ...] | None":
    """What the columns of each kind of table mean; None while one of them is not complete.

    Tables with the same header share one form; a table that cannot be read is left to the dry run.
    """
    from medai_core.records.tables.mapping import check
    from medai_core.ui.records.mapping_form import mapping_form

    found: dict[str, Mapping] = {}
    complete = True
    for source in tables:
        try:
            proposal = column_mapping.propose(user.store, user.caller, source)
        except Refusal:
            continue
        digest = proposal.columns.digest
        if digest in found or len(found) >= MOST_TABLES:
            continue
        markup.draw(f"<h4>What the columns of {markup.text(source.name)} mean</h4>")
        found[digest] = mapping_form(proposal, key=f"records:map:{turn}:{digest[:16]}")
        keep = st.checkbox(
            "Remember this for tables with the same header",
            value=True,
            key=f"records:keep:{turn}:{digest[:16]}",
        )
        try:
            check(found[digest])
            if keep and not (proposal.is_remembered and found[digest] == proposal.mapping):
                st.session_state[f"records:kept:{digest}"] = found[digest]
            else:
                st.session_state.pop(f"records:kept:{digest}", None)
        except Refusal as refusal:
            complete = False
            panels.refusal_box(refusal)
    return tuple(found.values()) if complete else None


def _start(
    user: UserSession, files: "Sequence[UploadedFile]", source: str | None, mappings: "Sequence[Mapping]"
) -> None:
    from medai_core.records.tables.mapping import digest_of_columns

    require_user(Role.CLINICIAN)
    for mapping in mappings:
        if st.session_state.pop(f"records:kept:{digest_of_columns(mapping.names)}", None) is not None:
            column_mapping.remember(user.store, user.caller, mapping)
    held = cookie()
    records = _sorted(user, files).records
    job = RecordJob(
        user.store,
        user.caller,
        lambda: records,
        source=source,
        mappings=mappings,
        alive=lambda: find_access(held, activity=False) is not None,
    )
    JOBS.start(_session(user), job)


# ---- running


@st.fragment(run_every=TICK_SECONDS)
def _watch() -> None:
    user = require_user(Role.CLINICIAN, activity=False)
    job = JOBS.current(_session(user))
    if job is None or not job.running:
        rerun_quietly()
    step = _STEPS.get(job.progress.step, "Working") if job.progress else "Working"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.share, text=f"{step}: {job.how_far}", width="stretch")
        if st.button("Cancel", icon=":material/close:", key="records:cancel"):
            job.cancel()
    st.caption("You may go on working: the import runs beside the pages. Until it is done nothing is stored.")


def _ended(user: UserSession, job: RecordJob) -> None:
    """It was cancelled or refused: nothing was stored."""
    if job.cancelled:
        panels.note_box("Import cancelled", "Nothing of it was stored.")
    elif job.refusal is not None:
        panels.refusal_box(job.refusal)
    _put_away_button(user, "Choose files again")


def _put_away_button(user: UserSession, label: str) -> None:
    if st.button(label, key="records:away"):
        require_user(Role.CLINICIAN)
        JOBS.put_away(_session(user))
        st.rerun()


# ---- what came of it


def _planned(user: UserSession, job: RecordJob) -> None:
    plan = job.plan
    assert plan is not None
    if job.refusal is not None:
        panels.refusal_box(job.refusal)
    st.markdown(f"**Dry run: nothing is stored yet.** {results.counts_sentence(plan, is_done=False)}")
    st.caption(results.patients_sentence(plan, is_done=False))
    results.plan_tables(plan)
    good = plan.total("added") + plan.total("changed")
    with st.container(horizontal=True):
        if st.button("Import now", type="primary", key="records:commit", disabled=not good):
            require_user(Role.CLINICIAN)
            job.commit()
            st.rerun()
        _put_away_button(user, "Leave it")
        _download(job)
    if not good:
        st.caption("There is nothing new in it.")


def _done(user: UserSession, job: RecordJob) -> None:
    plan = job.plan
    assert plan is not None
    st.markdown(f"**Imported.** {results.counts_sentence(plan, is_done=True)}")
    st.caption(results.patients_sentence(plan, is_done=True))
    results.patient_links(user, plan)
    results.plan_tables(plan)
    with st.container(horizontal=True):
        _put_away_button(user, "Done")
        _download(job)


def _download(job: RecordJob) -> None:
    assert job.plan is not None
    st.download_button(
        "Counts as CSV",
        as_csv(job.plan),
        file_name="import.csv",
        mime="text/csv",
        on_click="ignore",
        key="records:csv",
        help="Counts and reasons without file names, which may hold a patient's name.",
    )
