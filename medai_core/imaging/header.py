"""A DICOM data set's words about patient, study, view, spacing: `ScanHeader`, read tolerantly."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from medai_core.domain.imaging import ScanHeader, Spacing, SpacingKind
from medai_core.domain.people import PatientIdentity
from medai_core.imaging.elements import Elements, age_years
from medai_core.imaging.pixels import PixelFormat

_PROJECTION: Final = frozenset({"CR", "DX", "MG", "PX", "IO", "XA", "RF", "RG"})
_LOSSY: Final = frozenset(
    {
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.51",
        "1.2.840.10008.1.2.4.81",
        "1.2.840.10008.1.2.4.91",
        "1.2.840.10008.1.2.4.203",
    }
)
_ALWAYS_LOSSY: Final = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
_VIEWS: Final = {
    "postero-anterior": "PA",
    "posteroanterior": "PA",
    "antero-posterior": "AP",
    "anteroposterior": "AP",
    "left lateral": "LL",
    "right lateral": "RL",
}
_SECONDARY_CAPTURE: Final = "1.2.840.10008.5.1.4.1.1.7"
_MAX_SPACING_MM: Final = 100.0

HEADER_KEYWORDS: Final = tuple(
    """SpecificCharacterSet ImageType SOPClassUID SOPInstanceUID StudyDate StudyTime AccessionNumber Modality
    StudyDescription SeriesDescription PatientName PatientID IssuerOfPatientID
    IssuerOfPatientIDQualifiersSequence PatientBirthDate PatientSex PatientAge QualityControlSubject
    BodyPartExamined ViewPosition ViewCodeSequence ImagerPixelSpacing StudyInstanceUID SeriesInstanceUID
    SeriesNumber InstanceNumber PatientOrientation Laterality ImageLaterality FrameTime
    CineRate RecommendedDisplayFrameRate PixelSpacing PixelSpacingCalibrationType QualityControlImage
    NominalScannedPixelSpacing EstimatedRadiographicMagnificationFactor
    LossyImageCompression LossyImageCompressionRatio RequestedProcedurePriority RequestAttributesSequence
    ReasonForTheRequestedProcedure StudyPriorityID SharedFunctionalGroupsSequence
    PerFrameFunctionalGroupsSequence SequenceOfUltrasoundRegions""".split()
)
"""What this module asks the parser for."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The functional groups of enhanced multi-frame objects: shared, then those of frame 0."""

    items: tuple[Elements, ...]

    def find(self, sequence: str) -> Elements | None:
        """The first item of a functional group macro, shared before per-frame."""
        for item in self.items:
            if found := item.items(sequence, most=1):
                return found[0]
        return None


def groups_of(elements: Elements) -> Groups:
    """The functional groups (PS3.3 C.7.6.16); none in classic objects."""
    return Groups(
        elements.items("SharedFunctionalGroupsSequence", most=1)
        + elements.items("PerFrameFunctionalGroupsSequence", most=1)
    )


def read_header(
    elements: Elements, form: PixelFormat, groups: Groups, syntax: str, samples: int
) -> ScanHeader:
    """`samples` is of the frames as they are given out: 3 for palette colour."""
    studied = elements.day("StudyDate")
    patient = _patient(elements)
    lossy, ratio = _loss(elements, syntax)
    return ScanHeader(
        source="dicom",
        rows=form.rows,
        columns=form.columns,
        frames=form.frames,
        samples_per_pixel=samples,
        photometric_interpretation=form.photometric,
        bits_stored=form.stored,
        signed=form.signed,
        modality=elements.code("Modality"),
        patient=patient,
        age_years=age_years(elements, patient.birth_date if patient else None, studied),
        view_position=_view(elements),
        body_part=elements.code("BodyPartExamined"),
        laterality=elements.code("ImageLaterality") or elements.code("Laterality"),
        patient_orientation=tuple(part.upper()[:4] for part in elements.strings("PatientOrientation")[:2]),
        study_uid=elements.uid("StudyInstanceUID"),
        series_uid=elements.uid("SeriesInstanceUID"),
        sop_instance_uid=elements.uid("SOPInstanceUID"),
        sop_class_uid=elements.uid("SOPClassUID"),
        transfer_syntax_uid=syntax,
        accession_number=elements.text("AccessionNumber")[:64],
        study_description=elements.text("StudyDescription"),
        series_description=elements.text("SeriesDescription"),
        series_number=elements.integer("SeriesNumber"),
        instance_number=elements.integer("InstanceNumber"),
        study_date=studied,
        study_time=elements.clock("StudyTime"),
        requested_priority=_priority(elements),
        lossy=lossy,
        lossy_ratio=ratio,
        frame_time_ms=_frame_time(elements, groups) if form.frames > 1 else None,
        spacing=_spacing(elements, groups),
        virtual=_virtual(elements),
        notices=tuple(elements.notices),
    )


def _patient(elements: Elements) -> PatientIdentity | None:
    """None where the file names neither an identifier nor a name."""
    identifier = elements.text("PatientID")[:64]
    name = elements.name("PatientName")
    birth: date | None = elements.day("PatientBirthDate")
    if not identifier and not (name.alphabetic or name.ideographic or name.phonetic):
        return None
    sex = elements.code("PatientSex")[:1]
    return PatientIdentity(
        identifier=identifier,
        issuer=_issuer(elements),
        name=name,
        birth_date=birth,
        sex=sex if sex in ("M", "F", "O") else None,
    )


def _issuer(elements: Elements) -> str:
    """Issuer of Patient ID (0010,0021), else the assigning authority's universal id (0040,0032)."""
    if issuer := elements.text("IssuerOfPatientID"):
        return issuer[:64]
    for item in elements.items("IssuerOfPatientIDQualifiersSequence", most=1):
        return (item.text("UniversalEntityID") or item.text("LocalNamespaceEntityID"))[:64]
    return ""


def _view(elements: Elements) -> str:
    """View Position (0018,5101), else the meaning of the View Code Sequence (0054,0220)."""
    if view := elements.code("ViewPosition"):
        return view
    for item in elements.items("ViewCodeSequence", most=1):
        meaning = item.text("CodeMeaning").lower().replace("projection", "").strip()
        return _VIEWS.get(meaning, "")
    return ""


def _priority(elements: Elements) -> str:
    """Requested Procedure Priority (0040,1003), here or in the request; else Study Priority ID (retired)."""
    told = elements.code("RequestedProcedurePriority")
    for item in elements.items("RequestAttributesSequence", most=4):
        told = told or item.code("RequestedProcedurePriority")
    return (told or elements.code("StudyPriorityID"))[:16]


def _virtual(elements: Elements) -> bool:
    """A computed picture (our own mark in Image Type) or one of a phantom (0010,0200; 0028,0300)."""
    return (
        "VIRTUAL" in (part.upper() for part in elements.strings("ImageType"))
        or elements.code("QualityControlSubject") == "YES"
        or elements.code("QualityControlImage") == "YES"
    )


def _loss(elements: Elements, syntax: str) -> tuple[bool, float | None]:
    """Whether information was lost, by the header or the transfer syntax, and the ratio that is told."""
    told = elements.code("LossyImageCompression")
    lossy = told == "01" or syntax in _ALWAYS_LOSSY or (syntax in _LOSSY and told != "00")
    ratios = [ratio for ratio in elements.numbers("LossyImageCompressionRatio") if ratio > 1]
    return lossy, ratios[-1] if lossy and ratios else None


def _frame_time(elements: Elements, groups: Groups) -> float | None:
    """Milliseconds a frame: Frame Time (0018,1063), else from a display rate."""
    told = elements.number("FrameTime")
    if told is not None and 0 < told < 3_600_000:
        return told
    for keyword in ("CineRate", "RecommendedDisplayFrameRate"):
        rate = elements.number(keyword)
        if rate is not None and 0 < rate < 10_000:
            return 1000.0 / rate
    return None


def _spacing(elements: Elements, groups: Groups) -> Spacing:
    """Row and column spacing, and how far it may be trusted (PS3.3 10.7.1.3).

    In projection radiography Pixel Spacing (0028,0030) means the patient only where a calibration is told
    or where it differs from Imager Pixel Spacing (0018,1164); equal to it, it is the detector's. A
    secondary capture's spacing is only taken where its calibration is told (C.8.6.1).
    """
    pair = _pair(elements, "PixelSpacing")
    imager = _pair(elements, "ImagerPixelSpacing")
    if elements.code("Modality") in _PROJECTION:
        calibrated = elements.code("PixelSpacingCalibrationType") in ("GEOMETRY", "FIDUCIAL")
        if pair and (calibrated or (imager and not _same(pair, imager))):
            return Spacing(*pair, SpacingKind.CALIBRATED)
        if detector := imager or pair:
            return Spacing(*detector, SpacingKind.AT_DETECTOR)
        return Spacing()
    if measures := groups.find("PixelMeasuresSequence"):
        pair = pair or _pair(measures, "PixelSpacing")
    pair = pair or _ultrasound(elements)
    if elements.uid("SOPClassUID").startswith(_SECONDARY_CAPTURE) and not elements.code(
        "PixelSpacingCalibrationType"
    ):
        return Spacing()
    if pair:
        return Spacing(*pair, SpacingKind.CALIBRATED)
    return Spacing(*imager, SpacingKind.AT_DETECTOR) if imager else Spacing()


def _pair(elements: Elements, keyword: str) -> tuple[float, float] | None:
    values = elements.numbers(keyword)
    if not values:
        return None
    if len(values) != 2 or not all(0 < value < _MAX_SPACING_MM for value in values):
        elements.note("The pixel spacing in the header is impossible; lengths are given in pixels.")
        return None
    return values[0], values[1]


def _same(first: tuple[float, float], second: tuple[float, float]) -> bool:
    return all(abs(a - b) <= 1e-4 * b for a, b in zip(first, second, strict=True))


def _ultrasound(elements: Elements) -> tuple[float, float] | None:
    """One spatial region in centimetres (PS3.3 C.8.5.5): only where all such regions agree."""
    found: set[tuple[float, float]] = set()
    for region in elements.items("SequenceOfUltrasoundRegions"):
        if region.integer("RegionSpatialFormat") != 1:
            continue
        units = region.integer("PhysicalUnitsXDirection"), region.integer("PhysicalUnitsYDirection")
        across, down = region.number("PhysicalDeltaX"), region.number("PhysicalDeltaY")
        if units != (3, 3) or not across or not down:
            return None
        found.add((abs(down) * 10, abs(across) * 10))
    return found.pop() if len(found) == 1 else None
