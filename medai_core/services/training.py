"""Training on a table of one's own: bring it, choose, compare, save, release. Its author's alone until then.

bring, mine, look, values_of, set_target, set_choices, estimate, start, cancel, save, remove; the work itself
is done by a process of its own (`training_worker`), so that neither a reload of the page nor the end of the
server ends it.
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePath
from typing import Any, Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.domain.training import Choices, Issue, TableProfile
from medai_core.learning.candidates import CANDIDATES, candidate
from medai_core.learning.comparing import HELD_OUT, fits, seconds
from medai_core.security.access import require
from medai_core.services import training_data, training_process, training_table
from medai_core.store import clock
from medai_core.store.database import Store
from medai_core.store.trainings import Training

MOST: Final = 12
"""Tables that one person may keep at a time."""
AT_ONCE: Final = 2
"""Runs at the same time, of all people together."""
CELL_SECONDS: Final = 2e-7
"""What imputing, scaling and selecting cost a cell of the table, in each fit; measured."""
STARTING_SECONDS: Final = 90.0
LONGEST_TITLE: Final = 80

NEW: Final = "new"
RUNNING: Final = "running"
COMPARED: Final = "compared"
SAVING: Final = "saving"
SAVED: Final = "saved"
ENDED: Final = "ended"
AT_WORK: Final = (RUNNING, SAVING)


def bring(store: Store, caller: Caller, name: str, content: bytes) -> str:
    """Look through a table and keep it; the training's id.

    Raises Refusal "table-…", "training-too-many" or "not-allowed".
    """
    require(caller, Role.CLINICIAN)
    if len(store.trainings.of_owner(caller.user_id)) >= MOST:
        raise Refusal(
            "training-too-many",
            expected=f"at most {MOST} tables of one person",
            found="as many already",
            what_to_do="Delete one that is not needed any more.",
        )
    table = training_table.read(content, name)
    profile = training_table.profile(table)
    title = PurePath(name).stem[:LONGEST_TITLE] or "table"
    found = store.trainings.add(caller.user_id, title, content, profile=profile.as_dict())
    store.audit.append(caller.user_id, "training-table-brought", found, {"rows": str(profile.rows)})
    return found


def mine(store: Store, caller: Caller) -> tuple[Training, ...]:
    """The caller's own trainings, the newest first."""
    require(caller, Role.CLINICIAN)
    sweep(store)
    return store.trainings.of_owner(caller.user_id)


def look(store: Store, caller: Caller, training_id: str) -> Training:
    """One training of the caller's own. Raises Refusal "training-missing": others' look like none."""
    require(caller, Role.CLINICIAN)
    found = store.trainings.get(training_id) if _is_id(training_id) else None
    if found is None or found.owner_id != caller.user_id or caller.store_name != store.name:
        raise Refusal(
            "training-missing",
            expected="a training of your own",
            found="none under this address",
            what_to_do="Choose one of the list.",
        )
    if found.state in AT_WORK and _is_over(store, found):
        sweep(store)
        found = store.trainings.get(training_id) or found
    return found


def viewed(store: Store, caller: Caller, training_id: str) -> None:
    """Say in the audit log that the author opened the table's profile and results."""
    store.audit.append(caller.user_id, "training-viewed", look(store, caller, training_id).id)


def profile_of(training: Training) -> TableProfile:
    """The profile that was made when the table was brought."""
    return TableProfile.from_dict(training.profile or {"rows": 0, "columns": [], "duplicates": 0,
                                                       "refused": 0, "issues": []})  # fmt: skip


def values_of(store: Store, caller: Caller, training_id: str, target: str) -> list[tuple[str, int]]:
    """The values of a column with their counts. Raises Refusal "training-target" where there are too many."""
    found = look(store, caller, training_id)
    table = training_table.read(store.trainings.table(found.id), found.title)
    if target not in table.names:
        raise _no_column()
    counts = training_data.class_counts(table, target)
    texts = [text for text, _ in counts]
    positive = texts[:1] if len(texts) > 1 else []
    training_data.target_values(table, profile_of(found), target, positive)  # refuses what is no target
    return counts


def set_target(
    store: Store, caller: Caller, training_id: str, target: str, positive: Sequence[str]
) -> tuple[Issue, ...]:
    """Choose what is to be predicted; what would give it away. The inputs are proposed anew.

    Raises Refusal "training-target", "training-one-class", "training-running".
    """
    found = _idle(store, caller, training_id)
    profile = profile_of(found)
    table = training_table.read(store.trainings.table(found.id), found.title)
    issues = training_data.leaks(table, profile, target, positive)
    columns = training_data.proposed(profile, target, issues)
    whose = next((one.column for one in issues if one.code == "names-people"), "")
    choices = Choices(
        target, tuple(positive), columns, split="group" if whose else "random", group=whose,
        candidates=tuple(one.name for one in CANDIDATES),
    )  # fmt: skip
    leaks = [{"code": one.code, "severity": one.severity, "text": one.text, "column": one.column}
             for one in issues]  # fmt: skip
    kept = {"training": choices.as_dict(), "leaks": leaks}
    store.trainings.change(found.id, choices=kept, refusal=None)
    return issues


def choices_of(training: Training) -> Choices | None:
    """What was chosen so far."""
    data = (training.choices or {}).get("training")
    return None if data is None else Choices.from_dict(data)


def compared_choices(training: Training) -> Choices | None:
    """What the results are of; what is chosen now may differ."""
    data = (training.result or {}).get("choices")
    return None if data is None else Choices.from_dict(data)


def leaks_of(training: Training) -> tuple[Issue, ...]:
    """What would give the outcome away, as it was found when the target was chosen."""
    return tuple(Issue(**one) for one in (training.choices or {}).get("leaks", ()))


def set_choices(store: Store, caller: Caller, training_id: str, choices: Choices) -> None:
    """Keep what was chosen, so that it is there after a reload. Results say of which choices they are."""
    found = _idle(store, caller, training_id)
    if choices == choices_of(found):
        return
    kept = {**(found.choices or {}), "training": choices.as_dict()}
    store.trainings.change(found.id, choices=kept)


def estimate(training: Training, choices: Choices) -> float:
    """About how many seconds a comparison takes, by measured costs and how busy the machine is now."""
    rows = int(training.row_count * (1 - HELD_OUT))
    profile = profile_of(training)
    wide = sum(max(1, len(one.top)) if one.kind == "choices" else 1
               for one in profile.columns if one.name in choices.columns)  # fmt: skip
    columns = min(wide, training_data.MOST_READ)
    busy = max(1.0, (os.getloadavg()[0] + 1) / (os.cpu_count() or 1))
    chosen = [candidate(name, training.row_count) for name in choices.candidates]
    prepared = sum(fits(one) for one in chosen) * rows * len(choices.columns) * CELL_SECONDS
    return busy * (seconds(chosen, rows, columns) + prepared)


def start(store: Store, caller: Caller, training_id: str) -> None:
    """Begin the comparison in a process of its own.

    Raises Refusal "training-…" where the table cannot be learned from, or too much is running.
    """
    found = _idle(store, caller, training_id)
    choices = choices_of(found)
    if choices is None or not choices.candidates:
        raise Refusal(
            "training-not-chosen",
            expected="a target and at least one kind of model to compare",
            found="none",
            what_to_do="Choose them first.",
        )
    table = training_table.read(store.trainings.table(found.id), found.title)
    training_data.prepared(table, profile_of(found), choices)  # refuses now what cannot be learned from
    _begin(store, caller, found, RUNNING, result=None)


def save(
    store: Store,
    caller: Caller,
    training_id: str,
    *,
    name: str,
    title: str,
    threshold: float,
    costs: Any = None,
) -> None:
    """Fit one compared candidate on all rows that were not held out, measure it on those, keep it as a model.

    `name` is the candidate's; `costs` what errors were said to cost, for the card. Raises Refusal.
    """
    found = _idle(store, caller, training_id)
    compared = (found.result or {}).get("candidates", {})
    if name not in compared:
        raise Refusal(
            "training-not-compared",
            expected="one of the compared models",
            found="another or none",
            what_to_do="Compare first, then choose one.",
        )
    if not title.strip():
        raise Refusal(
            "training-title",
            expected="a title that says what the model predicts",
            found="none",
            what_to_do="Write one.",
        )
    if not 0.0 < threshold < 1.0:
        raise Refusal(
            "training-threshold",
            expected="an operating point between 0 and 1",
            found="none in between",
            what_to_do="Choose other costs.",
        )
    wanted = {
        "candidate": name,
        "title": title.strip()[:LONGEST_TITLE],
        "threshold": threshold,
        "costs": costs,
    }
    kept = {**(found.choices or {}), "save": wanted}
    _begin(store, caller, replace(found, choices=kept), SAVING)


def _begin(store: Store, caller: Caller, found: Training, state: str, **values: Any) -> None:
    sweep(store)
    running = [one for state_ in AT_WORK for one in store.trainings.in_state(state_)]
    if len(running) >= AT_ONCE:
        raise _running("as many trainings as this machine can take")
    now = clock.now()
    changed = store.trainings.change(
        found.id, only_from=found.state, state=state, cancel_asked=False, refusal=None, choices=found.choices,
        progress={"share": 0.0, "step": "Starting"}, started_at=now, finished_at=None, **values,
    )  # fmt: skip
    if not changed:
        raise _running("this one, started meanwhile")
    store.audit.append(caller.user_id, f"training-{'started' if state == RUNNING else 'saving'}", found.id)
    try:
        training_process.begin(store, found.id)
    except (OSError, subprocess.SubprocessError):
        sweep(store, at_once=True)
        raise Refusal(
            "training-no-process",
            expected="room for one more process on this machine",
            found="none",
            what_to_do="Wait, or ask an administrator.",
        ) from None


def cancel(store: Store, caller: Caller, training_id: str) -> None:
    """Ask the process to stop; what was compared so far is kept."""
    found = look(store, caller, training_id)
    if found.state in AT_WORK:
        store.trainings.change(found.id, cancel_asked=True)
        store.audit.append(caller.user_id, "training-cancelled", found.id)


def rename(store: Store, caller: Caller, training_id: str, title: str) -> None:
    """Give the training another title."""
    found = look(store, caller, training_id)
    store.trainings.change(found.id, title=title.strip()[:LONGEST_TITLE] or found.title)


def remove(store: Store, caller: Caller, training_id: str) -> None:
    """Destroy the table, the choices and the results; a saved model stays until it is removed itself."""
    found = look(store, caller, training_id)
    if found.state in AT_WORK:
        store.trainings.change(found.id, cancel_asked=True)
    store.trainings.remove(found.id)
    store.audit.append(caller.user_id, "training-removed", found.id)


def sweep(store: Store, *, at_once: bool = False) -> int:
    """Say of runs whose process died that they were broken off; how many."""
    training_process.reap()
    count = 0
    for state in AT_WORK:
        for one in store.trainings.in_state(state):
            if at_once or _is_over(store, one):
                count += _broken_off(store, one)
    return count


def _is_over(store: Store, one: Training) -> bool:
    """Whether nobody works on a run that should be under way; a young one may not have its process yet."""
    if store.trainings.is_worked_on(one.id):
        return False
    if training_process.has_ended(one.id):
        return True
    started = one.started_at or one.changed_at
    return clock.now() - started > timedelta(seconds=STARTING_SECONDS)


def _broken_off(store: Store, one: Training) -> int:
    again = store.trainings.get(one.id)
    if again is None or again.state not in AT_WORK or store.trainings.is_worked_on(one.id):
        return 0
    asked = again.cancel_asked
    refusal = {
        "code": "training-cancelled" if asked else "training-broken-off",
        "expected": "a training that comes to its end",
        "found": "one that was cancelled" if asked else "one whose process ended early",
        "what_to_do": "What was compared before is kept. Start it again.",
    }
    state = COMPARED if (again.result or {}).get("candidates") else ENDED
    return int(
        store.trainings.change(
            one.id,
            only_from=again.state,
            state=state,
            refusal=refusal,
            finished_at=clock.now(),
            progress=None,
        )
    )


def _idle(store: Store, caller: Caller, training_id: str) -> Training:
    found = look(store, caller, training_id)
    if found.state in AT_WORK:
        raise _running("this one, which is under way")
    return found


def _running(found: str) -> Refusal:
    return Refusal(
        "training-running",
        expected="room for a training",
        found=found,
        what_to_do="Wait for its end, or cancel it.",
    )


def _no_column() -> Refusal:
    return Refusal(
        "training-target",
        expected="a column of this table",
        found="none of this name",
        what_to_do="Choose the target again.",
    )


def _is_id(text: str) -> bool:
    return 0 < len(text) <= 22 and text.replace("-", "").replace("_", "").isalnum()
