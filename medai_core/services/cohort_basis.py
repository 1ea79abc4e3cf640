"""What one caller may see of all patients, and answers of the store about them, kept until it changes.

prepare (once, entries of before), waiting, basis; People, Basis. Nothing of it is shown: see `cohort`.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import TYPE_CHECKING, Final, TypeVar, cast

from medai_core.domain.cohort import Criterion, Kind
from medai_core.domain.monitor import SMALLEST_SHOWN
from medai_core.domain.people import Caller, Role
from medai_core.domain.record import Code, Lane
from medai_core.security.access import require, sees_all
from medai_core.store import clock
from medai_core.store.cohort import Coded, Number
from medai_core.store.database import Store
from medai_core.store.patient_search import Visible

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INDEXED_AT_ONCE: Final = 2_000
LANES: Final = {
    Kind.PROBLEM: Lane.PROBLEM,
    Kind.MEDICATION: Lane.MEDICATION,
    Kind.PROCEDURE: Lane.PROCEDURE,
    Kind.VACCINE: Lane.IMMUNIZATION,
    Kind.ENCOUNTER: Lane.ENCOUNTER,
}
_OVER: Final = frozenset({"inactive", "remission", "resolved", "completed", "stopped", "ended", "finished"})
_KEPT_STORES: Final = 4
_KEPT_ANSWERS: Final = 64

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class People:
    """The persons whom a caller may see, n of them, in one order.

    `place` leads from every record of a person to them. `born` and `died` are days (NaT where not known),
    `dead` whether they have died, also on a day that nobody has said; `sex` is a letter or "".
    """

    ids: tuple[str, ...]
    place: dict[str, int]
    born: "NDArray[np.datetime64]"
    sex: "NDArray[np.str_]"
    died: "NDArray[np.datetime64]"
    dead: "NDArray[np.bool_]"

    def __len__(self) -> int:
        return len(self.ids)

    def ages(self, on: "NDArray[np.datetime64] | date") -> "NDArray[np.float64]":
        """Completed years on a day (of their own); NaN where the birth date is not known."""
        import numpy as np

        days = np.broadcast_to(np.asarray(on, dtype="datetime64[D]"), self.born.shape)
        known = ~(np.isnat(self.born) | np.isnat(days))
        years = np.full(len(self), np.nan)
        born, then = self.born[known], days[known]
        whole = then.astype("datetime64[Y]").astype(int) - born.astype("datetime64[Y]").astype(int)
        years[known] = whole - (_day_of_year(then) < _day_of_year(born))
        return years

    def ages_now(self) -> "NDArray[np.float64]":
        """Completed years today, or at death."""
        import numpy as np

        today = np.datetime64(clock.now().date(), "D")
        ages = self.ages(np.where(np.isnat(self.died), today, self.died))
        return np.where(self.dead & np.isnat(self.died), np.nan, ages)


def _day_of_year(days: "NDArray[np.datetime64]") -> "NDArray[np.int64]":
    """Month and day as one number that orders them."""
    months = days.astype("datetime64[M]")
    found: NDArray[np.int64] = months.astype(int) % 12 * 31 + (days - months.astype("datetime64[D]")).astype(
        int
    )
    return found


@dataclass
class Basis:
    """What one caller may see of one store at one moment, and answers that were asked of it."""

    store: Store
    visible: Visible
    stamp: tuple[object, ...]
    people: People
    _kept: "OrderedDict[object, object]" = field(default_factory=OrderedDict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def kept(self, key: object, ask: Callable[[], T]) -> T:
        """What `ask` gives, asked once."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast(T, self._kept[key])
        found = ask()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT_ANSWERS:
                self._kept.popitem(last=False)
        return found

    def mask(self, records: "set[str] | Sequence[str]") -> "NDArray[np.bool_]":
        """The persons to whom records belong."""
        import numpy as np

        chosen = np.zeros(len(self.people), dtype=bool)
        place = self.people.place
        chosen[[place[one] for one in records if one in place]] = True
        return chosen

    def newest(
        self, code: Code, unit: str, since: date | None = None, until: date | None = None
    ) -> "tuple[NDArray[np.float64], NDArray[np.datetime64]]":
        """The newest value of each person in `unit`, and when it was measured; NaN and NaT where none."""
        return self.kept(
            ("newest", code.system, code.code, unit, since, until),
            lambda: self._newest(self.store.cohorts.newest(code, since, until), code, unit),
        )

    def _newest(
        self, rows: list[Number], code: Code, unit: str
    ) -> "tuple[NDArray[np.float64], NDArray[np.datetime64]]":
        import numpy as np

        values = np.full(len(self.people), np.nan)
        moments = np.full(len(self.people), np.datetime64("NaT", "s"))
        place, into = self.people.place, {name: linear(name, unit, code) for name in {row[2] for row in rows}}
        last = [""] * len(self.people)
        for record, number, name, at in rows:
            line, where = into[name], place.get(record)
            if where is not None and line is not None and at > last[where]:
                values[where], last[where] = line[0] + line[1] * number, at
        seen = [where for where, at in enumerate(last) if at]
        moments[seen] = np.array([last[where] for where in seen], dtype="datetime64[s]")
        return values, moments

    def first_and_last(self) -> "tuple[NDArray[np.datetime64], NDArray[np.datetime64]]":
        """The days of the first and last thing that happened to each person; NaT where nothing is known."""
        return self.kept("first and last", self._first_and_last)

    def _first_and_last(self) -> "tuple[NDArray[np.datetime64], NDArray[np.datetime64]]":
        import numpy as np

        first = np.full(len(self.people), np.datetime64("NaT", "D"))
        last = first.copy()
        for record, begin, end in self.store.cohorts.first_and_last(clock.now()):
            where = self.people.place.get(record)
            if where is not None:
                begins, ends = np.datetime64(begin.date(), "D"), np.datetime64(end.date(), "D")
                first[where] = begins if np.isnat(first[where]) else min(first[where], begins)
                last[where] = ends if np.isnat(last[where]) else max(last[where], ends)
        return first, last

    def coded(self, one: Criterion, *, lasting: bool = False) -> list[Coded]:
        """Entries of a coded criterion; a code that ends in * means all that begin so (`Cohorts.having`)."""
        lane = LANES[one.kind]
        return self.kept(
            ("coded", one.kind, one.system, one.code, one.since, one.until, lasting),
            lambda: self.store.cohorts.having(lane, self._meant(one), one.since, one.until, lasting=lasting),
        )

    def _meant(self, one: Criterion) -> list[Code] | None:
        if not one.code:
            return None
        if not one.code.endswith("*"):
            return [Code(one.system, one.code)]
        begin = one.code[:-1].upper()
        return [
            code
            for code, _ in self.codes(one.kind, fewest=1)
            if code.system == one.system and code.code.upper().startswith(begin)
        ] or [Code(one.system, one.code)]

    def codes(self, kind: Kind, *, fewest: int = SMALLEST_SHOWN) -> list[tuple[Code, int]]:
        """The codes that enough people have, most first."""
        ask = lambda: self.store.cohorts.codes(LANES[kind], self.visible, fewest=fewest)  # noqa: E731
        return self.kept(("codes", kind, fewest), ask)

    def measured(self) -> list[tuple[Code, tuple[str, ...]]]:
        """What enough people have numbers of, with its units, most first."""
        ask = lambda: self.store.cohorts.measured(self.visible, fewest=SMALLEST_SHOWN)  # noqa: E731
        return self.kept("measured", ask)


_BASES: "Final[OrderedDict[tuple[str, str | None, bool], Basis]]" = OrderedDict()
_LOCK: Final = threading.Lock()


def prepare(
    store: Store, caller: Caller, *, progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> bool:
    """Go through entries that came before their codes were kept; False where it was cancelled."""
    require(caller, Role.CLINICIAN)
    total = store.cohorts.unindexed()
    done = 0
    while count := store.cohorts.index(INDEXED_AT_ONCE):
        done += count
        progress(min(1.0, done / max(total, 1)))
        if cancelled():
            return False
    with _LOCK:
        _BASES.clear()
    return True


def waiting(store: Store, caller: Caller) -> int:
    """How many entries `prepare` would go through."""
    require(caller, Role.CLINICIAN)
    return store.cohorts.unindexed()


def basis(store: Store, caller: Caller) -> Basis:
    """What the caller may see, as it is now. Raises Refusal "not-allowed" for those who may only read."""
    require(caller, Role.CLINICIAN)
    visible = Visible(caller.user_id, sees_all(caller))
    key = (str(store.home), visible.caller_id, visible.all_restricted)
    stamp = (clock.now().date(), *store.cohorts.stamp(visible.caller_id))
    with _LOCK:
        found = _BASES.get(key)
    if found is not None and found.stamp == stamp and found.store is store:
        return found
    made = Basis(store, visible, stamp, _people(store, visible))
    with _LOCK:
        _BASES[key] = made
        _BASES.move_to_end(key)
        while len(_BASES) > _KEPT_STORES:
            _BASES.popitem(last=False)
    return made


def _people(store: Store, visible: Visible) -> People:
    import numpy as np

    rows = store.cohorts.people(visible)
    owners = [row for row in rows if row.owner == row.id]
    number = {row.id: place for place, row in enumerate(owners)}
    place = {row.id: number[row.owner] for row in rows if row.owner in number}
    died = np.full(len(owners), np.datetime64("NaT", "D"))
    dead = np.zeros(len(owners), dtype=bool)
    for record, at in store.cohorts.deaths():
        where = place.get(record)
        if where is not None:
            dead[where] = True
            if at is not None:
                died[where] = np.datetime64(at.astimezone(UTC).date(), "D")
    return People(
        ids=tuple(row.id for row in owners),
        place=place,
        born=np.array([row.birth_date or "NaT" for row in owners], dtype="datetime64[D]"),
        sex=np.array([row.sex or "" for row in owners], dtype="U1"),
        died=died,
        dead=dead,
    )


def still_holds(entry: Coded) -> bool:
    """Whether an entry's source does not say that it is over."""
    words = {word.strip() for word in entry.status.split(",")}
    return (entry.ends is None or entry.ends > clock.now()) and not words & _OVER


def linear(unit: str, to: str, code: Code) -> tuple[float, float] | None:
    """What brings a number from a unit to another: (a, b) of a + b x; None for another quantity."""
    from medai_core.records.units import converted

    if unit == to:
        return 0.0, 1.0
    zero, one = converted(0.0, unit, to, code=code), converted(1.0, unit, to, code=code)
    if zero is None or one is None or one == zero:
        return None
    return zero, one - zero
