"""A reading as a document: A4, the patient on every page, unsigned until it is signed."""

from typing import Any, Final

from medai_core.charts import colors, words
from medai_core.domain.prediction import Prediction
from medai_core.domain.prevalence import Localised
from medai_core.domain.reading import Reading
from medai_core.reports import flow, prevalence, typeface
from medai_core.reports.furniture import NOT_SIGNED, Furniture
from medai_core.reports.setting import FOOTER, SETTING, set_document
from medai_core.services.reporting import ReportContent

_RADIOGRAPHY: Final = {"CR", "DX"}
_CHEST: Final = ("CHEST", "THORAX")


def report_pdf(content: ReportContent) -> bytes:
    """The document of one reading with its addenda.

    The same content gives the same bytes. "NOT SIGNED" stands across every page as long as the reading, or
    an addendum printed with it, is not signed.

    Parameters
    ----------
    content : ReportContent
        All texts are taken as plain text: no markup in them has an effect.

    Returns
    -------
    bytes
        A PDF with embedded fonts.
    """
    typeface.register()
    furniture = _furniture(content)
    with SETTING:
        return set_document(
            _story(content),
            furniture,
            title=f"{title(content)} {content.reading.id}",
            author=words_of(content.reading.author_name).encode(errors="replace").decode(),
        )


def title(content: ReportContent) -> str:
    """What was read: a chest X-ray where nothing in the study speaks against it."""
    if content.modality and content.modality.upper() not in _RADIOGRAPHY:
        return f"{words.modality(content.modality)}: reading"
    parts = [series.body_part.upper() for series in content.series if series.body_part]
    chest = all(any(word in part for word in _CHEST) for part in parts)
    return "Chest X-ray reading" if chest else "X-ray reading"


def words_of(name: str) -> str:
    """A reader's name, or words that say it is missing."""
    return name.strip() or "reader not named"


def _unsigned(content: ReportContent) -> str:
    if content.reading.signed_at is None:
        return f"{NOT_SIGNED}: a draft, not a report"
    if any(addendum.signed_at is None for addendum in content.addenda):
        return f"{NOT_SIGNED}: an addendum in this document is a draft"
    return ""


def _furniture(content: ReportContent) -> Furniture:
    patient = content.patient
    issuer = f" (issuer {patient.issuer})" if patient.issuer else " (issuer not given)"
    years = "" if content.age_years is None else f", {words.age(content.age_years)} at the study"
    printed = f"Printed {words.moment(content.printed_at)}"
    return Furniture(
        strip=(
            (words.person(patient.name), True),
            (f"born {words.day(patient.birth_date)}{years}, {words.sex(patient.sex)}", False),
            (f"Patient ID {patient.identifier or words.NOT_GIVEN}{issuer}", False),
        ),
        unsigned=_unsigned(content),
        footer_left=FOOTER,
        footer_middle=printed + (f" by {content.printed_by}" if content.printed_by else ""),
    )


def _story(content: ReportContent) -> list[Any]:
    reading = content.reading
    story = [*_title_block(content), *_study(content)]
    story += _section("Report", reading.report, "No report text was written.")
    story += _impression(reading)
    story += _model(content, reading.prediction, content.local)
    story += _judgement(reading)
    story += _signature(reading)
    for number, addendum in enumerate(content.addenda, start=1):
        story += _addendum(content, addendum, f"Addendum {number} of {len(content.addenda)}")
    return story + _key_image(content)


def _title_block(content: ReportContent) -> list[Any]:
    from reportlab.platypus import Spacer

    story: list[Any] = flow.paragraphs(title(content), size=17, bold=True)
    under = [part for part in (content.institution, words.modality(content.modality)) if part]
    story += flow.paragraphs(", ".join(under), color=colors.LIGHT.muted)
    for applies, text in (
        (content.virtual, "VIRTUAL: a computed phantom, no person was examined."),
        (content.demo, "Demonstration: made in a throw-away store."),
        (content.moved, "Study moved since to another patient record; this document is as it was signed."),
    ):
        if applies:
            story.append(flow.box(flow.paragraphs(text, bold=True), color=colors.RISK.moderate))
    return [*story, Spacer(1, 4)]


def _study(content: ReportContent) -> list[Any]:
    images = sum(series.image_count for series in content.series)
    pairs = [
        ("Study", words.study_moment(content.study_date, content.study_time)),
        ("Description", content.study_description or words.NOT_GIVEN),
        ("Accession", content.accession_number or words.NOT_GIVEN),
        ("Read by", words_of(content.reading.author_name)),
        ("Signed", words.moment(content.reading.signed_at) if content.reading.signed_at else NOT_SIGNED),
        ("Images", f"{images} in {len(content.series)} series" if content.series else ""),
    ]
    story: list[Any] = [flow.facts(pairs)]
    uid = f"Study UID {content.study_uid}, " if content.study_uid else ""
    story += flow.small(f"{uid}Reading {content.reading.id}")
    if content.series:
        rows = [
            (
                series.description or words.NOT_GIVEN,
                series.modality or words.NOT_GIVEN,
                words.view(series.view_position),
                series.body_part.lower() or words.NOT_GIVEN,
                words.laterality(series.laterality) or words.NOT_GIVEN,
                str(series.image_count),
            )
            for series in content.series
        ]
        head = ("Series", "Modality", "View", "Body part", "Side", "Images")
        story.append(flow.grid(head, rows, (62, 20, 38, 24, 18, 16)))
    return story


def _section(name: str, text: str, absent: str) -> list[Any]:
    body = flow.paragraphs(text) if text.strip() else flow.paragraphs(absent, color=colors.LIGHT.muted)
    return [flow.heading(name), *body]


def _impression(reading: Reading) -> list[Any]:
    if reading.saw_model_first:
        note = "The model's answer was shown first, by the reader's choice."
        if not reading.first_impression.strip():
            return [flow.heading("First impression"), *flow.paragraphs(note, color=colors.LIGHT.muted)]
        return [*_section("First impression", reading.first_impression, ""), *flow.small(note)]
    name = "First impression (written before the model's answer was shown)"
    if reading.prediction is None:
        name = "First impression"
    return _section(name, reading.first_impression, "None was recorded.")


def _model(content: ReportContent, prediction: Prediction | None, local: Localised | None) -> list[Any]:
    from reportlab.platypus import KeepTogether, Spacer

    names = dict(content.label_names)
    story = [flow.heading("Model's answer")]
    if prediction is None:
        return story + flow.paragraphs(words.answer(None), color=colors.LIGHT.muted)
    if prediction.refused is not None:
        story.append(flow.box(flow.paragraphs(words.answer(prediction)), color=colors.RISK.moderate))
    else:
        said = flow.paragraphs(words.answer(prediction, names), bold=True)
        story = [KeepTogether([*story, *said, Spacer(1, 2), _findings(prediction, names), Spacer(1, 4)])]
    for caution in prediction.cautions:
        story += flow.paragraphs(f"\u2022 Caution: {caution}")
    story.append(Spacer(1, 3))
    story += flow.small(
        f"{content.model_title or prediction.model}, version {prediction.version}. Probabilities as trained, "
        "at the training prevalence of the model's card; the orange tick is the operating point."
        if prediction.refused is None
        else f"{content.model_title or prediction.model}, version {prediction.version}."
    )
    story += flow.small(
        f"Weights SHA-256 {prediction.weights_digest}\nInput SHA-256 {prediction.input_digest}"
    )
    return story + (prevalence.section(local, names) if local is not None else [])


def _findings(prediction: Prediction, names: dict[str, str]) -> Any:
    level = prediction.findings[0].level if prediction.findings else 0.95
    rows = [
        (
            flow.one(words.label(finding.label, names), bold=True),
            flow.bar(finding),
            flow.one(words.probability(finding.probability), bold=True),
            words.interval(finding.low, finding.high),
            words.probability(finding.threshold),
            f"{words.FLAG_SHAPES[finding.flagged]} {'at or above' if finding.flagged else 'below'}",
        )
        for finding in prediction.findings
    ]
    head = ("Finding", "0 to 100 in 100", "Probability", words.level(level), "Operating point", "Position")
    return flow.grid(head, rows, (32, 38, 26, 30, 26, 26))


def _judgement(reading: Reading) -> list[Any]:
    story: list[Any] = []
    if reading.prediction is not None or reading.verdict is not None:
        story += _section("Reader's verdict on the model's answer", words.verdict(reading.verdict), "")
    if reading.comment.strip():
        story += _section("Comment", reading.comment, "")
    return story


def _signature(reading: Reading) -> list[Any]:
    from reportlab.platypus import KeepTogether, Spacer

    if reading.signed_at is None:
        text = f"{NOT_SIGNED}. Written by {words_of(reading.author_name)}, last changed "
        body = flow.paragraphs(text + words.moment(reading.updated_at), bold=True)
        return [Spacer(1, 8), KeepTogether([flow.box(body, color=colors.RISK.high)])]
    body = flow.paragraphs(
        f"Signed by {words_of(reading.author_name)} on {words.moment(reading.signed_at)}", bold=True
    )
    body += flow.small(f"Content SHA-256 {reading.content_digest or words.NOT_GIVEN}")
    return [Spacer(1, 8), KeepTogether([flow.box(body, color=colors.LIGHT.primary)])]


def _addendum(content: ReportContent, addendum: Reading, name: str) -> list[Any]:
    signed = f"signed {words.moment(addendum.signed_at)}" if addendum.signed_at else NOT_SIGNED
    head = f"{name}, {words_of(addendum.author_name)}, {signed}"
    story = _section(head, addendum.report, "No text was written.")
    if addendum.first_impression.strip():
        story += _section("First impression", addendum.first_impression, "")
    own = addendum.prediction
    if own is not None and own != content.reading.prediction:
        story += _model(content, own, addendum.prevalence)
    if addendum.verdict is not None:
        story += _judgement(addendum)
    elif addendum.comment.strip():
        story += _section("Comment", addendum.comment, "")
    return story + _signature(addendum)


def _key_image(content: ReportContent) -> list[Any]:
    from reportlab.platypus import KeepTogether

    if content.key_image is None:
        return []
    image = flow.picture(content.key_image)
    if image is None:
        return [flow.heading("Key image"), *flow.paragraphs("The stored key image could not be drawn.")]
    note = "As the reader left it, with the reader's marks; not for measurement or diagnosis."
    return [KeepTogether([flow.heading("Key image"), image, *flow.small(note)])]
