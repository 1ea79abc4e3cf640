"""What the records of many patients say about the inputs of a score, as it was known on one day.

The same questions, codes and greatest ages as for one patient (`risk_inputs`), asked for all at once.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from medai_core.domain.cohort import Kind
from medai_core.domain.inputs import CHOICE, NUMBER, Input, Value
from medai_core.domain.record import Code, Lane
from medai_core.records.analytes import LOINC
from medai_core.scores.frame import evaluate
from medai_core.services.cohort_basis import Basis, still_holds
from medai_core.services.risk_facts import FACTS, NEEDS_PROBLEM, SMOKING, Fact, means, smokes
from medai_core.services.risk_inputs import HEIGHT, SAME, SMOKING_DAYS, WEIGHT, answers_of
from medai_core.services.risk_questions import Asker, Catalogue
from medai_core.services.scores import score_of
from medai_core.store import clock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

_SEXES: Final = {"F": "female", "M": "male"}
_NO_AGE: Final = 1_000_000
_WEIGHT: Final = Input("weight", "body weight", unit="kg", loinc=(WEIGHT,))
_HEIGHT: Final = Input("height", "body height", unit="m", loinc=(HEIGHT,))
_CREATININE: Final = Input("creatinine", "creatinine", unit="mg/dL", loinc=("2160-0",))


@dataclass(frozen=True, slots=True)
class AsOf:
    """What was known of everybody of a basis on a day.

    `silence_is_no` takes a problem or drug that a record with others does not name as absent, which nobody
    has confirmed.
    """

    basis: Basis
    day: date
    silence_is_no: bool = False

    def column(self, asker: Asker, one: Input, asked: Catalogue) -> "Column":
        """An input of all persons: numbers in its unit, yes and no as 1 and 0, a choice as its place; NaN."""
        import numpy as np

        key = asked.key(asker.name, one.key)
        question = asked.questions[key].input
        if key == "sex":
            return self._sex(one)
        if key == "age":
            return self.basis.people.ages(self.day)
        if key in FACTS:
            return self._fact(key)
        if key == "smoker":
            return self._smoker()
        if one.kind != NUMBER:
            return np.full(len(self.basis.people), np.nan)
        return self._number(key, one, question)

    def _sex(self, one: Input) -> "Column":
        import numpy as np

        column = np.full(len(self.basis.people), np.nan)
        for letter, word in _SEXES.items():
            choice = word if word in one.choices else one.words.get(word)
            if one.kind == CHOICE and choice in one.choices:
                column[self.basis.people.sex == letter] = one.choices.index(choice)
        return column

    def _number(self, key: str, one: Input, question: Input) -> "Column":
        """The newest value within the input's range and greatest age; weight and creatinine stand in."""
        import numpy as np

        days = one.max_age_days or _NO_AGE
        asked = one if one.loinc else question
        values = self.measured(asked.loinc, one.unit, days)
        if key == "bmi":
            made = self.measured(_WEIGHT.loinc, "kg", days) / self.measured(_HEIGHT.loinc, "m", _NO_AGE) ** 2
            values = np.where(np.isnan(values), made, values)
        if key == "egfr":
            values = np.where(np.isnan(values), self._filtration(days), values)
        low = -np.inf if one.low is None else one.low
        high = np.inf if one.high is None else one.high
        upper = high + 1 if one.completed_years else high
        return np.where((values >= low) & (values <= upper), values, np.nan)

    def measured(self, codes: tuple[str, ...], unit: str, days: int) -> "Column":
        """The newest number of any of the codes up to the day, not older than `days`."""
        import numpy as np

        values = np.full(len(self.basis.people), np.nan)
        newest = np.full(len(self.basis.people), np.datetime64("1000-01-01", "s"))
        for code in dict.fromkeys(other for one in codes for other in (one, *SAME.get(one, ()))):
            found, at = self.basis.newest(Code(LOINC, code), unit, None, self.day)
            later = np.isfinite(found) & (at > newest)
            values[later], newest[later] = found[later], at[later]
        age = np.datetime64(self.day, "D") - newest.astype("datetime64[D]")
        return np.where(age.astype(int) <= days, values, np.nan)

    def _filtration(self, days: int) -> "Column":
        import numpy as np

        creatinine = self.measured(_CREATININE.loinc, "mg/dL", days)
        ages, found = self.basis.people.ages(self.day), np.full(len(self.basis.people), np.nan)
        score = score_of("egfr_ckdepi_2021")
        for place in np.flatnonzero(np.isfinite(creatinine) & np.isfinite(ages)):
            sex = _SEXES.get(str(self.basis.people.sex[place]))
            given: dict[str, Value] = {"creatinine": float(creatinine[place]), "age": float(ages[place])}
            answer = evaluate(score, given | ({"sex": sex} if sex else {}))
            found[place] = np.nan if answer.value is None else answer.value
        return found

    def _fact(self, key: str) -> "Column":
        """1 where a problem or drug says yes; 0 where only others are recorded and silence is taken as no."""
        import numpy as np

        yes = self._told(FACTS[key])
        unsure = np.zeros(len(yes), dtype=bool)
        if key in NEEDS_PROBLEM:
            unsure = yes & ~self._told(NEEDS_PROBLEM[key])
        column = np.where(yes & ~unsure, 1.0, np.nan)
        if self.silence_is_no:
            kind = Kind.MEDICATION if FACTS[key].of_drugs else Kind.PROBLEM
            column[self._any(kind) & ~yes] = 0.0
        return column

    def _told(self, fact: Fact) -> "NDArray[np.bool_]":
        kind = Kind.MEDICATION if fact.of_drugs else Kind.PROBLEM
        lane = Lane.MEDICATION if fact.of_drugs else Lane.PROBLEM
        known = [code for code, _ in self.basis.codes(kind, fewest=1) if means(fact, code)]
        if not known:
            return self.basis.mask(())
        past = self.day < clock.now().date()
        entries = self.basis.kept(
            ("told", fact, self.day), lambda: self.basis.store.cohorts.having(lane, known, None, self.day)
        )
        return self.basis.mask(
            {
                one.record
                for one in entries
                if fact.ever or (one.ends is None or one.ends.date() > self.day if past else still_holds(one))
            }
        )

    def _any(self, kind: Kind) -> "NDArray[np.bool_]":
        lane = Lane.MEDICATION if kind is Kind.MEDICATION else Lane.PROBLEM
        entries = self.basis.kept(
            ("any", kind, self.day),
            lambda: self.basis.store.cohorts.having(lane, None, None, self.day, lasting=False),
        )
        return self.basis.mask({one.record for one in entries})

    def _smoker(self) -> "Column":
        """What the newest smoking status of the last year says."""
        return self.basis.kept(("smoker", self.day), self._ask_smoker)

    def _ask_smoker(self) -> "Column":
        import numpy as np

        column = np.full(len(self.basis.people), np.nan)
        for record, at, content in self.basis.store.cohorts.newest_contents(Code(LOINC, SMOKING), self.day):
            where = self.basis.people.place.get(record)
            answer = smokes(answers_of(content))
            if where is not None and answer is not None and _days(at, self.day) <= SMOKING_DAYS:
                column[where] = float(answer)
        return column


def _days(at: str, day: date) -> int:
    return (day - date.fromisoformat(at[:10])).days
