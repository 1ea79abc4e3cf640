"""The parts of a note: heads in capitals with a colon, known heads in any case, numbered lists left whole."""

import re
from typing import Final

from medai_core.notes.items import Section

_KNOWN: Final = """
family: family history; family medical history; family hx; fh; fhx; fmh
past: past medical history; medical history; past history; pmh; pmhx; pmhx/pshx;\
 past medical/surgical history; past surgical history; surgical history; psh;\
 past medical and surgical history; past psychiatric history; prior medical history;\
 previous medical history; history of past illness; past illnesses; past medical hx; past surgical hx;\
 prior surgeries; previous surgeries; past ocular history; past cardiac history; past gynecologic history
allergy: allergies; allergy; drug allergies; medication allergies; allergies to medications;\
 adverse drug reactions; allergies and intolerances; allergies/intolerances; known allergies; all
medication: medications; medication; current medications; meds; home medications; discharge medications;\
 medications on admission; admission medications; medications at home; outpatient medications;\
 current meds; medications on discharge; present medications; medications prior to admission;\
 preoperative medications; routine medications; medication list; prescriptions
vital: vital signs; vitals; vs; physical examination vital signs
lab: laboratory data; labs; laboratory; laboratory studies; lab data; laboratory results; lab results;\
 laboratory examination; laboratory values; laboratory findings; laboratories; diagnostic data;\
 diagnostic studies; data; results; lab work; pertinent laboratory data
procedure: procedure; procedures; procedure performed; procedures performed; operation; operations;\
 operation performed; operations performed; title of operation; name of operation; title of procedure;\
 name of procedure; operative procedure; description of procedure; details of procedure;\
 procedure in detail; description of operation; procedure note; surgical procedure; operative procedures
complaint: chief complaint; cc; reason for visit; reason for consultation; reason for consult;\
 reason for admission; reason for referral; presenting complaint; presenting problem; indication;\
 indications; indication for procedure; indications for procedure; reason for exam;\
 reason for examination; clinical indication; clinical history; clinical information
present: history of present illness; hpi; history of the present illness; present illness; history;\
 subjective; interval history; brief history; history and physical; clinical course; hospital course;\
 brief hospital course; course in hospital; hospital course by problem; emergency department course; course
review: review of systems; ros; systems review; system review
exam: physical examination; physical exam; examination; exam; pe; objective; general; heent; neck; chest;\
 lungs; heart; abdomen; extremities; neurologic; neurological; skin; back; mental status examination;\
 mental status exam; general appearance; musculoskeletal; genitourinary; cardiovascular; respiratory;\
 gastrointestinal; psychiatric; constitutional; eyes; ears; nose; throat; cardiac; pulmonary; rectal;\
 pelvic; breasts; lymphatic; vascular; neuro; cranial nerves; motor; sensory; reflexes; gait
social: social history; sh; shx; habits; occupational history; personal history;\
 personal and social history; social hx
assessment: assessment; impression; impressions; diagnosis; diagnoses; assessment and plan;\
 assessment/plan; assessment & plan; a/p; a&p; ap; final diagnosis; final diagnoses; discharge diagnosis;\
 discharge diagnoses; admission diagnosis; admitting diagnosis; preoperative diagnosis;\
 postoperative diagnosis; preoperative diagnoses; postoperative diagnoses; pre-operative diagnosis;\
 post-operative diagnosis; principal diagnosis; secondary diagnoses; problem list; problems;\
 active problems; conclusion; conclusions; clinical impression; opinion; final impression;\
 diagnostic impression; provisional diagnosis; differential diagnosis; summary; findings; interpretation;\
 axis i; axis ii; axis iii; axis iv; axis v
plan: plan; plans; recommendations; recommendation; disposition; follow-up; follow up; followup;\
 discharge instructions; instructions; treatment plan; treatment; discharge plan; plan of care;\
 condition on discharge; condition; diet; activity; code status; prognosis; goals
other: anesthesia; complications; estimated blood loss; ebl; specimens; specimen; drains; implants;\
 technique; comparison; contrast; surgeon; assistant; fluids; tourniquet time; consent; immunizations;\
 developmental history; birth history; obstetrical history; gynecologic history; ob history; gyn history;\
 addendum; consultations; exam date; clinical data; gross description; gross examination;\
 microscopic description; microscopic examination; impression and plan; consultation; cystoscopy;\
 description; test results; x-rays; radiology; imaging; imaging studies; ekg; electrocardiogram; studies;\
 xray; ct; mri
"""

TOPICS: Final[dict[str, str]] = {
    name.strip(): topic.strip()
    for topic, names in (line.split(":", 1) for line in _KNOWN.strip().splitlines())
    for name in names.split(";")
}
"""A known head in small letters -> its topic."""

_NOT_HEADS: Final = frozenset(
    "bp hr rr t p r ht wt bmi o2 na k cl co2 bun cr wbc hgb hct plt rbc inr pt ptt ast "
    "alt alp ca mg phos mcv "
    "cbc bmp cmp tsh ldl hdl psa esr crp spo2 o2 sat temp pulse resp note nb am pm id mrn dob dr re cc/hr "
    "ph pco2 po2 hco3 ef".split()
)
"""Short words in capitals before a colon that name a value, not a part of the note."""

_BEFORE: Final = r"(?:(?<=\n)|(?<=\A)|(?<=[,;.)\]])|(?<=\s\s)|(?<=:\s)|(?<=[.,:;]\s))"
_CAPITALS: Final = re.compile(
    _BEFORE
    + r"[ \t]*(?P<title>[A-Z][A-Z0-9/&'’()#.-]*(?:[ ,/&-]{1,2}[A-Z0-9/&'’()#.-]+){0,8})[ \t]*:[ \t]*,?"
)
_ANY_CASE: Final = re.compile(
    r"(?:^|(?<=\n)|(?<=[.,;],)|(?<=\s\s))[ \t]*(?P<title>[A-Za-z][A-Za-z/&' -]{0,45}?)[ \t]*:[ \t]*,?",
)
_ANSWER: Final = re.compile(r"\s*(?:no|none|yes|denie[sd]|negative|positive|absent|present)\b", re.IGNORECASE)
"""After a head that no note has, this is an answer to it: "FEVER: no" is a finding, not a part."""

_ALONE: Final = re.compile(r"^[ \t]*(?P<title>[A-Za-z][A-Za-z/&' -]{1,45}?)[ \t]*$", re.MULTILINE)


def sections(text: str) -> tuple[Section, ...]:
    """The parts of a note in order, together all of it but white space at its beginning.

    A part without a head (the text before the first one,\
 or all of a note that has none) has an empty title.
    """
    heads = _heads(text)
    parts: list[Section] = []
    first = heads[0][0] if heads else len(text)
    if text[:first].strip():
        parts.append(Section("", 0, first, 0))
    ends = [*(start for start, _, _ in heads[1:]), len(text)]
    for (start, body, title), end in zip(heads, ends, strict=False):
        parts.append(Section(title, start, end, body, TOPICS.get(_plain(title), "")))
    return tuple(parts)


def _plain(title: str) -> str:
    return re.sub(r"\s+", " ", title).strip(" .#()").lower()


def _heads(text: str) -> list[tuple[int, int, str]]:
    """Start, end and title of every head, in order, none within another."""
    found: dict[int, tuple[int, int, str]] = {}
    for pattern, accept in ((_CAPITALS, _is_head), (_ANY_CASE, _is_known), (_ALONE, _stands_alone)):
        for one in pattern.finditer(text):
            title = one["title"].strip()
            if accept(title) and (_plain(title) in TOPICS or not _ANSWER.match(text, one.end())):
                found.setdefault(one.start("title"), (one.start("title"), one.end(), title))
    heads: list[tuple[int, int, str]] = []
    for head in sorted(found.values()):
        if not heads or head[0] >= heads[-1][1]:
            heads.append(head)
    return heads


def _is_head(title: str) -> bool:
    plain = _plain(title)
    if plain in TOPICS:
        return True
    letters = sum(one.isalpha() for one in plain)
    return letters >= 4 and plain not in _NOT_HEADS and len(title) <= 70


def _is_known(title: str) -> bool:
    plain = _plain(title)
    return plain in TOPICS and (len(plain) > 4 or plain in {"plan", "labs", "meds"} or title.isupper())


def _stands_alone(title: str) -> bool:
    plain = _plain(title)
    return plain in TOPICS and len(plain) >= 4 and (" " in plain or title.isupper()) and title[0].isupper()
