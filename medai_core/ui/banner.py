"""Who the patient is, on top of every page that shows something of one; and nobody else meanwhile."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import streamlit as st

from medai_core.charts import words
from medai_core.domain.people import Patient, PatientIdentity
from medai_core.services.patient_record import Banner
from medai_core.ui import markup, places, state

SHOWN: Final = 4
"""So many allergies are named in the banner; the others are counted, and named on the patient's page."""

_TURN: Final = "medai-turn"
_NOBODY_ELSE: Final = f"""<style>
div:has(> [class*="st-key-{_TURN}"]) {{ position: absolute; height: 0; }}
.stMain:has([class*="st-key-{_TURN}"] [data-stale="true"]) [data-stale="true"],
.stMain:has([class*="st-key-{_TURN}"] [data-stale="true"]) [data-stale="true"] * {{
  visibility: hidden !important; transition: visibility 0s linear 80ms !important; }}
</style>"""


def turn_to(subject: str) -> None:
    """Say whose data come now, before anything is asked of the store: the page's first elements.

    The browser goes on showing the elements of the run before until their successors come. Two places take
    turns in holding a mark: while the page stays with one patient the mark is replaced at once; when it turns
    to another, the old mark stays and is stale until the run has ended, and for so long the style sheet hides
    everything else that is stale. `subject` is the opaque id of the patient or study.
    """
    st.html(_NOBODY_ELSE)
    place = state.turns(subject) % 2
    slots = [st.container(key=f"{_TURN}-{number}") for number in (0, 1)]
    with slots[place]:
        st.html("<i></i>")


def facts_of(
    identity: PatientIdentity, *, on: date | None = None, today: date | None = None
) -> list[tuple[str, str]]:
    """Birth date with the age on the day `on` of a study, or `today`, sex and id, in words."""
    age = words.age_between(identity.birth_date, on or today)
    born = words.day(identity.birth_date)
    if age is not None:
        born = f"{born} ({words.age(age)}{' at the study' if on else ''})"
    issuer = f" ({identity.issuer})" if identity.issuer else ""
    return [
        ("Born", born),
        ("Sex", words.sex(identity.sex) if identity.sex else words.NOT_GIVEN),
        ("Patient id", f"{identity.identifier}{issuer}"),
    ]


def allergy_words(banner: Banner) -> str:
    """The allergies in one line; that nobody recorded any is another thing than that none is known."""
    if banner.allergies:
        named = "; ".join(banner.allergies[:SHOWN])
        more = len(banner.allergies) - SHOWN
        return f"{named}; and {more} more" if more > 0 else named
    return "; ".join(banner.asked) if banner.asked else "none recorded"


def patient_banner(
    patient: Patient,
    *,
    banner: Banner,
    study_date: date | None = None,
    today: date | None = None,
    virtual: bool = False,
    link: bool = True,
) -> None:
    """Name, birth date and age, sex, id, allergies, alerts; stays on top while the page is scrolled."""
    pairs = facts_of(patient.identity, on=study_date, today=today)
    inner = "".join(_pair(name, value) for name, value in pairs)
    marks = "<span><strong>VIRTUAL</strong> no person</span>" if virtual else ""
    with st.container(key="medai-banner"):
        markup.draw(
            '<section class="mx-banner" aria-label="Patient">'
            f"{_name(patient, link=link)}{inner}{marks}{_warnings(banner)}"
            f'<span class="mx-research">{markup.text(words.RESEARCH_USE)}</span></section>'
        )


def _name(patient: Patient, *, link: bool) -> str:
    name = f"<bdi>{markup.text(words.person(patient.identity.name))}</bdi>"
    if not link:
        return f"<strong>{name}</strong>"
    address = markup.text(places.patient_address(patient.id))
    return f'<strong><a href="{address}" target="_self" title="The patient\'s record">{name}</a></strong>'


def _pair(name: str, value: str) -> str:
    return f'<span><span class="mx-muted">{markup.text(name)}</span> <bdi>{markup.text(value)}</bdi></span>'


def _warnings(banner: Banner) -> str:
    """Allergies with a mark where there are some, then what else warns."""
    mark = '<span aria-hidden="true">\u26a0</span> ' if banner.allergies else ""
    look = ' class="mx-warns"' if banner.allergies else ""
    said = f"<bdi>{markup.text(allergy_words(banner))}</bdi>"
    allergies = f'<span{look}><span class="mx-muted">Allergies</span> {mark}{said}</span>'
    return allergies + _alerts(banner.alerts)


def _alerts(alerts: Sequence[str]) -> str:
    return "".join(
        '<span class="mx-warns"><span aria-hidden="true">\u26a0</span> '
        f'<span class="mx-muted">Alert</span> <bdi>{markup.text(one)}</bdi></span>'
        for one in alerts
    )
