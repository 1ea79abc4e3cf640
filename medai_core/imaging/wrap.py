"""A picture into a DICOM DX image: for the demo's films, the phantom and tests."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.domain.imaging import Window
from medai_core.imaging.quiet import quiet

_DX_FOR_PRESENTATION: Final = "1.2.840.10008.5.1.4.1.1.1.1"
_EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
_ENCODABLE: Final = {
    "explicit": _EXPLICIT_LITTLE,
    "implicit": "1.2.840.10008.1.2",
    "deflated": "1.2.840.10008.1.2.1.99",
    "rle": "1.2.840.10008.1.2.5",
    "jpeg-ls": "1.2.840.10008.1.2.4.80",
    "jpeg2000": "1.2.840.10008.1.2.4.90",
}

_ENCODERS: Final = {"rle": "pylibjpeg", "jpeg-ls": "pyjpegls", "jpeg2000": "pylibjpeg"}
"""pydicom's encoder plugins; its own choice, GDCM, aborts the process on some RLE frames."""


@dataclass(frozen=True, slots=True)
class WrapOptions:
    """What the wrapped file says of itself. None or empty leaves the element out.

    `patient_name` is in DICOM's form, carets and groups included; `character_set` are defined terms for
    Specific Character Set. `encoding` is one of "explicit", "implicit", "deflated", "rle", "jpeg-ls",
    "jpeg2000". `bits_stored` defaults to what the array's type holds. `identity` makes the UIDs: the same
    words give the same UIDs, so that the same film is recognised when it comes again.
    """

    patient_name: str = "DEMO^PATIENT"
    patient_id: str = "DEMO-1"
    issuer: str = ""
    birth_date: date | None = None
    sex: str = ""
    age: str = ""
    view: str = ""
    modality: str = "DX"
    body_part: str = "CHEST"
    laterality: str = ""
    patient_orientation: Sequence[str] = ()
    study_date: date | None = None
    study_time: time | None = None
    study_description: str = "Chest radiograph"
    series_description: str = ""
    accession_number: str = ""
    series_number: int = 1
    instance_number: int = 1
    priority: str = ""
    photometric: str = "MONOCHROME2"
    bits_stored: int | None = None
    windows: Sequence[Window] = ()
    rescale: tuple[float, float] | None = None
    pixel_spacing: tuple[float, float] | None = None
    imager_spacing: tuple[float, float] | None = None
    calibration: str = ""
    image_type: Sequence[str] = ("DERIVED", "SECONDARY")
    derivation: str = ""
    lossy_ratio: float | None = None
    burned_in: bool = False
    quality_control: bool = False
    character_set: Sequence[str] = ("ISO_IR 192",)
    encoding: str = "explicit"
    identity: str = ""
    study_identity: str = ""
    series_identity: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def wrap_as_dx(grey: NDArray[Any], options: WrapOptions | None = None, **changes: Any) -> bytes:
    """A DX DICOM file of one or more grey frames.

    Parameters
    ----------
    grey : array, shape (rows, columns) or (frames, rows, columns), uint8, uint16 or int16
        Stored values, written as they are; nothing is inverted for MONOCHROME1.
    options : WrapOptions, optional
        Or its fields as keyword arguments.

    Returns
    -------
    bytes
        A complete file with preamble and file meta.
    """
    from dataclasses import replace

    quiet()
    if grey.dtype not in (np.uint8, np.uint16, np.int16) or grey.ndim not in (2, 3):
        raise ValueError("grey must be uint8, uint16 or int16 of two or three dimensions")
    chosen = replace(options or WrapOptions(), **changes)
    dataset = _dataset(chosen)
    _add_pixels(dataset, grey, chosen)
    for keyword, value in chosen.extra.items():
        setattr(dataset, keyword, value)
    return _written(dataset, chosen.encoding)


def _dataset(chosen: WrapOptions) -> Any:
    from pydicom.dataset import Dataset
    from pydicom.uid import generate_uid

    words = chosen.identity or f"{chosen.patient_id}/{chosen.study_date}/{chosen.series_number}"
    study = chosen.study_identity or f"{chosen.issuer}/{words}"
    series = chosen.series_identity or f"{study}/{chosen.series_number}"
    dataset = Dataset()
    dataset.SpecificCharacterSet = list(chosen.character_set)
    dataset.ImageType = list(chosen.image_type)
    dataset.SOPClassUID = _DX_FOR_PRESENTATION
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=["image", words, str(chosen.instance_number)])
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["study", study])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series", series])
    _add_words(dataset, chosen)
    dataset.SeriesNumber = chosen.series_number
    dataset.InstanceNumber = chosen.instance_number
    dataset.BurnedInAnnotation = "YES" if chosen.burned_in else "NO"
    dataset.LossyImageCompression = "01" if chosen.lossy_ratio else "00"
    if chosen.lossy_ratio:
        dataset.LossyImageCompressionRatio = f"{chosen.lossy_ratio:.4g}"
    if chosen.quality_control:
        dataset.QualityControlSubject = "YES"
    _add_geometry(dataset, chosen)
    return dataset


def _add_words(dataset: Any, chosen: WrapOptions) -> None:
    """Everything that is a plain value, left out where empty; type 2 elements stay, empty."""
    plain = {
        "Modality": chosen.modality,
        "IssuerOfPatientID": chosen.issuer,
        "PatientAge": chosen.age,
        "ViewPosition": chosen.view,
        "BodyPartExamined": chosen.body_part,
        "ImageLaterality": chosen.laterality,
        "StudyDescription": chosen.study_description,
        "SeriesDescription": chosen.series_description,
        "RequestedProcedurePriority": chosen.priority,
        "DerivationDescription": chosen.derivation,
    }
    for keyword, value in plain.items():
        if value:
            setattr(dataset, keyword, value)
    dataset.PatientName = chosen.patient_name
    dataset.PatientID = chosen.patient_id
    dataset.PatientBirthDate = f"{chosen.birth_date:%Y%m%d}" if chosen.birth_date else ""
    dataset.PatientSex = chosen.sex
    dataset.StudyDate = f"{chosen.study_date:%Y%m%d}" if chosen.study_date else ""
    dataset.StudyTime = f"{chosen.study_time:%H%M%S}" if chosen.study_time else ""
    dataset.AccessionNumber = chosen.accession_number
    dataset.ReferringPhysicianName = ""
    dataset.StudyID = ""
    dataset.PatientOrientation = list(chosen.patient_orientation)


def _add_geometry(dataset: Any, chosen: WrapOptions) -> None:
    if chosen.pixel_spacing:
        dataset.PixelSpacing = [f"{value:.8g}" for value in chosen.pixel_spacing]
    if chosen.imager_spacing:
        dataset.ImagerPixelSpacing = [f"{value:.8g}" for value in chosen.imager_spacing]
    if chosen.calibration:
        dataset.PixelSpacingCalibrationType = chosen.calibration


def _add_pixels(dataset: Any, grey: NDArray[Any], chosen: WrapOptions) -> None:
    bits = grey.dtype.itemsize * 8
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = chosen.photometric
    dataset.Rows, dataset.Columns = grey.shape[-2:]
    if grey.ndim == 3:
        dataset.NumberOfFrames = grey.shape[0]
    dataset.BitsAllocated = bits
    dataset.BitsStored = chosen.bits_stored or bits
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(grey.dtype.kind == "i")
    dataset.PresentationLUTShape = "INVERSE" if chosen.photometric == "MONOCHROME1" else "IDENTITY"
    if chosen.rescale:
        dataset.RescaleSlope, dataset.RescaleIntercept = (f"{value:.8g}" for value in chosen.rescale)
        dataset.RescaleType = "US"
    if chosen.windows:
        dataset.WindowCenter = [f"{window.center:.8g}" for window in chosen.windows]
        dataset.WindowWidth = [f"{window.width:.8g}" for window in chosen.windows]
        dataset.WindowCenterWidthExplanation = [window.explanation for window in chosen.windows]
        dataset.VOILUTFunction = chosen.windows[0].function.value
    raw = np.ascontiguousarray(grey).astype(grey.dtype.newbyteorder("<"), copy=False).tobytes()
    dataset.PixelData = raw + b"\0" * (len(raw) % 2)
    dataset["PixelData"].VR = "OB" if bits == 8 else "OW"


def _written(dataset: Any, encoding: str) -> bytes:
    from pydicom.dataset import FileMetaDataset
    from pydicom.filewriter import dcmwrite

    syntax = _ENCODABLE[encoding]
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = _EXPLICIT_LITTLE
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    if encoding in _ENCODERS:
        dataset.compress(syntax, encoding_plugin=_ENCODERS[encoding], generate_instance_uid=False)
    dataset.file_meta.TransferSyntaxUID = syntax
    out = BytesIO()
    dcmwrite(out, dataset, enforce_file_format=True)
    return out.getvalue()
