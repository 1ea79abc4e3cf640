"""Whether a model may answer at all: what its card declares, held against what the file says."""

from typing import Final

from medai_core.domain.imaging import ScanHeader
from medai_core.domain.prediction import PictureAnswers
from medai_core.domain.refusal import Refusal
from medai_core.serving.registry import ModelCard, available

NOT_KNOWN: Final = PictureAnswers()

NO_MODEL_FOR_AGE: Final = "No model covers this age: read this study without a model."

_CHEST: Final = ("CHEST", "THORAX", "LUNG", "RIB")
_NOT_CHEST: Final = frozenset(
    "ABDOMEN ANKLE ARM BREAST CALCANEUS CLAVICLE COCCYX CSPINE ELBOW EXTREMITY FEMUR FINGER FOOT FOREARM "
    "HAND HEAD HIP HUMERUS JAW KIDNEY KNEE LEG LSPINE NECK PELVIS SHOULDER SKULL SPINE SSPINE THUMB TIBIA "
    "TOE TSPINE WHOLEBODY WRIST ZYGOMA".split()
)
"""Defined terms of Body Part Examined (0018,0015; PS3.16 annex L) that are not the chest."""

_AGE_CAUTION: Final = "The file states no age. This model is for patients aged {ages} only."
_VIEW_CAUTION: Final = "The file states no view. This model is for {views} views only."
_PICTURE_CAUTION: Final = (
    "A picture states neither age, view nor modality. This model is for {modalities} chest films of "
    "patients aged {ages}, {views} view, only."
)


def applicable(
    header: ScanHeader, card: ModelCard, answers: PictureAnswers | None = None
) -> tuple[str | None, tuple[str, ...]]:
    """The refusal of `card`'s model for this file, or None, and the cautions that go with an answer.

    `answers` are what a person said of a picture; None means that nobody was asked. They are not used
    for DICOM files, which speak for themselves.
    """
    try:
        if header.source == "picture":
            cautions = _check_picture(header, card, answers)
        else:
            cautions = _check_dicom(header, card)
    except Refusal as refusal:
        return refusal.sentence, ()
    return None, cautions


def choose(header: ScanHeader, answers: PictureAnswers | None = None) -> list[str]:
    """Names of the models that may answer for this file, by name. Empty where none does."""
    return [card.name for card in available() if applicable(header, card, answers)[0] is None]


def why_none(header: ScanHeader, answers: PictureAnswers | None = None) -> str | None:
    """Why no model may answer, in sentences; None where one may. An age that no model covers is said so."""
    cards = available()
    if not cards:
        return "No model is installed."
    refusals = [applicable(header, card, answers)[0] for card in cards]
    if None in refusals:
        return None
    return " ".join(dict.fromkeys(sentence for sentence in refusals if sentence))


def _years(age: float) -> str:
    if age < 1:
        months = int(age * 12)
        return "under 1 month" if months == 0 else f"{months} month{'' if months == 1 else 's'}"
    whole = int(age)
    return f"{whole} year{'' if whole == 1 else 's'}"


def _check_dicom(header: ScanHeader, card: ModelCard) -> tuple[str, ...]:
    """Cautions for a DICOM file. Raises Refusal."""
    _check_virtual(header)
    _check_modality(header.modality, card)
    _check_pixels(header)
    cautions = []
    if header.age_years is None:
        cautions.append(_AGE_CAUTION.format(ages=card.inputs.ages))
    else:
        _check_age(header.age_years, card)
    if not header.view_position:
        cautions.append(_VIEW_CAUTION.format(views=_either(card.inputs.views)))
    else:
        _check_view(header.view_position, card)
    cautions += _check_body_part(header.body_part)
    return tuple(cautions)


def _check_picture(header: ScanHeader, card: ModelCard, answers: PictureAnswers | None) -> tuple[str, ...]:
    """Cautions for a PNG or JPEG. Raises Refusal."""
    _check_virtual(header)
    _check_pixels(header)
    inputs = card.inputs
    if answers is None or answers == NOT_KNOWN:
        return (
            _PICTURE_CAUTION.format(
                modalities=_either(inputs.modalities), ages=inputs.ages, views=_either(inputs.views)
            ),
        )
    cautions = ["Age, view and modality are as a person entered them, not from the file."]
    if answers.modality_is_xray is False:
        raise _wrong_modality("a picture that is no X-ray film", card)
    if answers.modality_is_xray is None:
        cautions.append(
            f"The modality is not known. This model is for {_either(inputs.modalities)} films only."
        )
    if answers.age_years is None:
        cautions.append(f"The age is not known. This model is for patients aged {inputs.ages} only.")
    else:
        _check_age(answers.age_years, card)
    if not answers.view:
        cautions.append(f"The view is not known. This model is for {_either(inputs.views)} views only.")
    else:
        _check_view(answers.view, card)
    return tuple(cautions)


def _check_virtual(header: ScanHeader) -> None:
    if header.virtual:
        raise Refusal(
            "virtual",
            expected="a film of a person",
            found="a computed picture (marked VIRTUAL)",
            what_to_do="It may be viewed, but it is never scored.",
        )


def _check_modality(modality: str, card: ModelCard) -> None:
    if modality not in card.inputs.modalities:
        raise _wrong_modality(f"modality {modality}" if modality else "no modality in the header", card)


def _wrong_modality(found: str, card: ModelCard) -> Refusal:
    return Refusal(
        "modality",
        expected=f"modality {_either(card.inputs.modalities)}",
        found=found,
        what_to_do="Read this image without this model.",
    )


def _check_pixels(header: ScanHeader) -> None:
    if header.frames != 1:
        raise Refusal(
            "multi-frame",
            expected="a single frame",
            found=f"{header.frames} frames",
            what_to_do="Send the one frame that is to be read as a file of its own.",
        )
    if header.samples_per_pixel != 1:
        raise Refusal(
            "not-grey",
            expected="a grey image",
            found="a colour image",
            what_to_do="Send the original film, not a coloured copy or a photograph.",
        )


def _check_body_part(body_part: str) -> list[str]:
    """Nothing for the chest or no entry, a caution for a term not known here. Raises Refusal for others."""
    term = body_part.upper().replace(" ", "")
    if not term or any(part in term for part in _CHEST):
        return []
    if term in _NOT_CHEST:
        raise Refusal(
            "body-part",
            expected="a film of the chest",
            found="another body part in the file's header",
            what_to_do="Read this image without this model.",
        )
    return ["The file names a body part that is not known here. This model is for films of the chest only."]


def _check_age(age: float, card: ModelCard) -> None:
    if card.inputs.covers_age(age):
        return
    others = [other.title for other in available() if other.inputs.covers_age(age)]
    raise Refusal(
        "age",
        expected=f"an age of {card.inputs.ages}",
        found=_years(age),
        what_to_do=f"Choose a model for this age: {', '.join(others)}." if others else NO_MODEL_FOR_AGE,
    )


def _check_view(view: str, card: ModelCard) -> None:
    if view.upper() not in card.inputs.views:
        raise Refusal(
            "view",
            expected=f"{_either(card.inputs.views)} view",
            found=f"view {view}",
            what_to_do="Read this image without this model.",
        )


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(names)
