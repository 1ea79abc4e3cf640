"""Who the patient is, on top of every page that shows something of one."""

from datetime import date

import streamlit as st

from medai_core.charts import words
from medai_core.domain.people import Patient, PatientIdentity
from medai_core.ui import markup


def facts_of(identity: PatientIdentity, *, on: date | None = None) -> list[tuple[str, str]]:
    """Birth date with the age on the day `on`, sex and id, in words."""
    age = words.age_between(identity.birth_date, on)
    born = words.day(identity.birth_date)
    if age is not None:
        born = f"{born} ({words.age(age)} at the study)"
    issuer = f" ({identity.issuer})" if identity.issuer else ""
    return [
        ("Born", born),
        ("Sex", words.sex(identity.sex) if identity.sex else words.NOT_GIVEN),
        ("Patient id", f"{identity.identifier}{issuer}"),
    ]


def patient_banner(patient: Patient, *, study_date: date | None = None, virtual: bool = False) -> None:
    """Name, birth date and age, sex, id; stays on top while the page is scrolled."""
    pairs = facts_of(patient.identity, on=study_date)
    inner = "".join(
        f'<span><span class="mx-muted">{markup.text(name)}</span> <bdi>{markup.text(value)}</bdi></span>'
        for name, value in pairs
    )
    marks = "<span><strong>VIRTUAL</strong> no person</span>" if virtual else ""
    with st.container(key="medai-banner"):
        markup.draw(
            '<section class="mx-banner" aria-label="Patient">'
            f"<strong><bdi>{markup.text(words.person(patient.identity.name))}</bdi></strong>{inner}{marks}"
            f'<span class="mx-research">{markup.text(words.RESEARCH_USE)}</span></section>'
        )
