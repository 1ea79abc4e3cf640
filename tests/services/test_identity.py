"""Whether two statements can be of one person: missing is no disagreement, scripts are compared alike."""

from datetime import date

import pytest

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.services.identity import completed, differences, folded


def who(
    name: str = "", ideographic: str = "", born: date | None = None, sex: str | None = None
) -> PatientIdentity:
    return PatientIdentity("P-1", "", PersonName(name, ideographic), born, sex)


BORN = date(2020, 2, 29)


@pytest.mark.parametrize(
    ("known", "given", "expected"),
    [
        (who("Lindt Anna"), who("LINDT  ANNA"), ()),
        (who("Lindt Anna"), who("Lindt, Anna"), ()),
        (who("Lindt Anna"), who("Lindt Anne"), ("name",)),
        (who("Lindt Anna"), who(), ()),
        (who(born=BORN), who(born=date(2020, 3, 1)), ("birth date",)),
        (who(sex="F"), who(sex="M"), ("sex",)),
        (who(sex="F"), who(), ()),
        (
            who("A", born=BORN, sex="F"),
            who("B", born=date(2021, 1, 1), sex="M"),
            ("name", "birth date", "sex"),
        ),
        (who("Zhang Wei"), who("Zhang Wei", "张 伟"), ()),
        (who("Zhang Wei", "张 伟"), who("Zhang Wei", "张 薇"), ("name",)),
        (who("Zhang Wei"), who("", "张 伟"), ("name",)),
        (who("Zhang Wei", born=BORN), who("", "张 伟", born=BORN), ()),
        (who("ガク"), who("カク"), ("name",)),
        (who("Jose"), who("José"), ("name",)),
        (who("Dr. Lindt Anna"), who("Lindt Anna"), ()),
        (who("Dr"), who("Lindt Anna"), ("name",)),
    ],
)
def test_differences(known: PatientIdentity, given: PatientIdentity, expected: tuple[str, ...]) -> None:
    assert differences(known, given) == expected
    assert differences(given, known) == expected


def test_completing_never_changes_what_is_known() -> None:
    known, given = who("Zhang Wei", born=BORN), who("Other", "张 伟", date(2000, 1, 1), "F")
    assert completed(known, given) == who("Zhang Wei", "张 伟", BORN, "F")


@pytest.mark.parametrize(
    ("text", "expected"), [("Ｌｉｎｄｔ＾Ａｎｎａ", "lindt anna"), ("O'Neil-Ko", "o neil ko"), ("--", "")]
)
def test_folded(text: str, expected: str) -> None:
    assert folded(text) == expected
