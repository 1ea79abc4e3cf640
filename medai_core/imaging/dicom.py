"""A DICOM file into a `Scan`."""

from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from medai_core.domain.imaging import GrayscalePipeline, LookupTable, Scan, Window, WindowFunction
from medai_core.imaging import refusals
from medai_core.imaging.container import (
    EXPLICIT_BIG,
    IMPLICIT_LITTLE,
    NATIVE,
    Container,
    is_dicom,
    read_container,
)
from medai_core.imaging.elements import Elements
from medai_core.imaging.fragments import frame_fragments
from medai_core.imaging.grayscale import default_window, span
from medai_core.imaging.header import HEADER_KEYWORDS, Groups, groups_of, read_header
from medai_core.imaging.palette import PALETTE_KEYWORDS, read_palette
from medai_core.imaging.pixels import (
    COLOUR,
    GREY,
    PALETTE,
    PLUGINS,
    CompressedFrames,
    FrameReader,
    NativeFrames,
    PixelFormat,
    check_size,
    implied_syntax,
)
from medai_core.imaging.source import Source

__all__ = ["decode_dicom", "is_dicom"]

_PIXEL_KEYWORDS: Final = tuple(
    """SamplesPerPixel PhotometricInterpretation PlanarConfiguration NumberOfFrames Rows Columns
    BitsAllocated BitsStored HighBit PixelRepresentation PixelPaddingValue PixelPaddingRangeLimit
    WindowCenter WindowWidth WindowCenterWidthExplanation VOILUTFunction VOILUTSequence
    RescaleIntercept RescaleSlope ModalityLUTSequence ExtendedOffsetTable PresentationLUTShape""".split()
)
_PERCENTILE_MODALITIES: Final = frozenset({"CR", "DX", "MG", "PX", "IO"})
_MAX_WINDOWS: Final = 32

_NO_PICTURE: Final = {
    "1.2.840.10008.1.3.10": "an index of files (DICOMDIR)",
    "1.2.840.10008.5.1.4.1.1.66.4": "a segmentation, which is drawn over another image",
    "1.2.840.10008.5.1.4.1.1.66": "raw data of a scanner",
    "1.2.840.10008.5.1.4.1.1.4.2": "a spectrum",
    "1.2.840.10008.5.1.4.1.1.104": "a document inside DICOM",
    "1.2.840.10008.5.1.4.1.1.481.2": "a map of radiation dose",
    "1.2.840.10008.5.1.4.1.1.481.3": "contours for radiation therapy",
    "1.2.840.10008.5.1.4.1.1.481": "an object of radiation therapy",
    "1.2.840.10008.5.1.4.1.1.88": "a structured report",
    "1.2.840.10008.5.1.4.1.1.11": "a presentation state, which only says how to show other images",
    "1.2.840.10008.5.1.4.1.1.9": "a waveform",
}


def decode_dicom(source: Source, digest: str | None = None) -> Scan:
    """Read header and pixel layout; pixels follow on demand. Raises Refusal."""
    box = read_container(source, _tags())
    notices = list(box.notices)
    elements = Elements(box.dataset, notices=notices, big_endian=box.big_endian)
    _refuse_no_picture(elements, box)
    form = _format(elements)
    check_size(form)
    frames, syntax = _frames(box, elements, form)
    palette = read_palette(elements, form) if form.photometric == PALETTE else None
    reader = FrameReader(frames, *(palette or ()))
    groups = groups_of(elements)
    pipeline = _pipeline(elements, groups, form, reader)
    samples = 3 if palette else form.samples
    header = read_header(elements, form, groups, syntax, samples)
    return Scan(header, pipeline, reader, digest or source.digest())


@cache
def _tags() -> tuple[int, ...]:
    from pydicom.datadict import tag_for_keyword

    words = HEADER_KEYWORDS + _PIXEL_KEYWORDS + PALETTE_KEYWORDS
    return tuple(tag for tag in map(tag_for_keyword, words) if tag is not None)


def _refuse_no_picture(elements: Elements, box: Container) -> None:
    kind = elements.uid("SOPClassUID") or box.media_class
    for prefix, words in _NO_PICTURE.items():
        if kind == prefix or kind.startswith(prefix + "."):
            raise refusals.no_picture(words)
    if box.pixels is None:
        if elements.integer("Rows"):
            raise refusals.truncated("a header that announces a picture, and no pixels after it")
        raise refusals.no_picture("a DICOM object without pixels")
    if box.pixels.keyword != "PixelData":
        raise refusals.no_picture("a map of measured values in floating point")


def _format(elements: Elements) -> PixelFormat:
    """The Image Pixel module, or a Refusal naming what contradicts."""
    numbers = {word: elements.integer(word) for word in ("Rows", "Columns", "BitsAllocated")}
    if any(not value or value < 0 for value in numbers.values()):
        raise refusals.header_wrong("rows, columns and bits allocated in the header", "at least one missing")
    allocated = numbers["BitsAllocated"] or 0
    samples = elements.integer("SamplesPerPixel") or 1
    if allocated not in (8, 16):
        raise refusals.header_wrong("8 or 16 bits a value", f"{allocated} bits")
    photometric = elements.code("PhotometricInterpretation")
    known = GREY | {PALETTE} if samples == 1 else COLOUR if samples == 3 else frozenset[str]()
    if photometric not in known:
        raise refusals.header_wrong(
            "grey, palette colour, RGB or YBR pixels with a matching number of channels",
            f"{samples} channel(s) and a photometric interpretation that does not go with them",
        )
    stored = elements.integer("BitsStored") or allocated
    if not 0 < stored <= allocated:
        elements.note("Bits stored in the header is impossible; all bits were taken.")
        stored = allocated
    high = elements.integer("HighBit")
    frames = elements.integer("NumberOfFrames") or 1
    if frames < 1:
        raise refusals.header_wrong("at least one frame", "a negative number of frames")
    return PixelFormat(
        rows=numbers["Rows"] or 0,
        columns=numbers["Columns"] or 0,
        frames=frames,
        samples=samples,
        photometric=photometric,
        allocated=allocated,
        stored=stored,
        high_bit=high if high is not None and stored <= high + 1 <= allocated else stored - 1,
        signed=elements.integer("PixelRepresentation") == 1 and samples == 1,
        planar=elements.integer("PlanarConfiguration") == 1,
    )


def _frames(
    box: Container, elements: Elements, form: PixelFormat
) -> tuple[NativeFrames | CompressedFrames, str]:
    """Where the frames are, checked against the file's real length, and the transfer syntax in effect."""
    pixels = box.pixels
    assert pixels is not None
    if pixels.encapsulated:
        return _compressed(box, elements, form, pixels.offset)
    if box.transfer_syntax not in NATIVE and box.transfer_syntax in PLUGINS:
        elements.note("The pixels are not compressed, although the header says so.")
    elif box.transfer_syntax and box.transfer_syntax not in NATIVE:
        raise refusals.not_decodable(_syntax_words(box.transfer_syntax))
    _check_native(box, elements, form)
    word_swap = box.big_endian and form.allocated == 8 and pixels.vr == "OW"
    frames = NativeFrames(box.source, form, pixels.offset, box.big_endian, word_swap)
    return frames, box.transfer_syntax or (EXPLICIT_BIG if box.big_endian else IMPLICIT_LITTLE)


def _check_native(box: Container, elements: Elements, form: PixelFormat) -> None:
    assert box.pixels is not None
    if form.photometric in ("YBR_ICT", "YBR_RCT") or (
        form.photometric == "YBR_FULL_422" and form.columns % 2
    ):
        raise refusals.header_wrong("uncompressed pixels", "a colour space that only compression has")
    needed = form.native_bytes * form.frames
    present = box.source.size - box.pixels.offset
    if present < needed:
        if box.pixels.length < needed:
            raise refusals.header_wrong(
                f"pixels for {form.frames} frame(s) of {form.columns} x {form.rows}",
                f"{min(present, box.pixels.length)} bytes where {needed} are needed",
            )
        raise refusals.truncated()
    if box.pixels.length < needed:
        raise refusals.header_wrong(
            f"pixels for {form.frames} frame(s) of {form.columns} x {form.rows}",
            f"{box.pixels.length} bytes where {needed} are needed",
        )
    if box.pixels.length > present:
        elements.note("The file ends before its header says so; the picture itself is complete.")


def _compressed(
    box: Container, elements: Elements, form: PixelFormat, offset: int
) -> tuple[CompressedFrames, str]:
    table = _extended_table(elements)
    fragments, closed = frame_fragments(box.source, offset, form.frames, extended=table)
    if not closed:
        elements.note("The compressed pixels are not closed as they should be; no frame is missing.")
    syntax = box.transfer_syntax
    if syntax in NATIVE or not syntax:
        first = b"".join(bytes(box.source.read(at, min(length, 65536))) for at, length in fragments[0][:1])
        syntax = implied_syntax(first)
        elements.note("The header does not name the compression; it was recognised from the pixels.")
    if syntax not in PLUGINS:
        raise refusals.not_decodable(_syntax_words(syntax))
    return CompressedFrames(box.source, form, syntax, fragments), syntax


def _extended_table(elements: Elements) -> tuple[int, ...]:
    raw = elements.bytes("ExtendedOffsetTable")
    return tuple(np.frombuffer(raw[: len(raw) // 8 * 8], "<u8").tolist())


def _syntax_words(syntax: str) -> str:
    """The standard's name of a transfer syntax; a private one is only called that."""
    from pydicom._uid_dict import UID_dictionary

    return str(UID_dictionary[syntax][0]) if syntax in UID_dictionary else "a transfer syntax of a vendor"


def _pipeline(
    elements: Elements, groups: Groups, form: PixelFormat, reader: FrameReader
) -> GrayscalePipeline:
    """The grey-scale pipeline; decodes frame 0 only where the header gives no way to show the image."""
    if form.samples == 3 or form.photometric == PALETTE:
        return GrayscalePipeline(default_window=span(0.0, 255.0, "full range"))
    slope, intercept = _rescale(elements, groups)
    luts = _tables(elements, "ModalityLUTSequence", form.signed)
    voi = groups.find("FrameVOILUTSequence") or elements
    windows = _windows(elements) or (_windows(voi) if voi is not elements else ())
    voi_luts = _tables(elements, "VOILUTSequence", luts == () and (form.signed or intercept < 0))
    padding, limit = (
        _padding(elements, word, form) for word in ("PixelPaddingValue", "PixelPaddingRangeLimit")
    )
    if elements.code("PresentationLUTShape") == "INVERSE" and form.photometric == "MONOCHROME2":
        elements.note(
            "Photometric interpretation and presentation LUT shape disagree; the first was followed."
        )
    bare = GrayscalePipeline(
        default_window=Window(0.5, 1.0, WindowFunction.LINEAR_EXACT),
        rescale_slope=slope,
        rescale_intercept=intercept,
        modality_lut=luts[0] if luts else None,
        windows=windows,
        voi_luts=voi_luts,
        inverted=form.photometric == "MONOCHROME1",
        padding_value=padding,
        padding_limit=limit if padding is not None else None,
    )
    return _with_default(bare, elements, reader)


def _with_default(bare: GrayscalePipeline, elements: Elements, reader: FrameReader) -> GrayscalePipeline:
    if bare.windows:
        return replace(bare, default_window=bare.windows[0])
    if bare.voi_luts:
        table = bare.voi_luts[0]
        return replace(
            bare, default_window=span(table.first, table.first + len(table.values) - 1, "range of LUT")
        )
    projection = elements.code("Modality") in _PERCENTILE_MODALITIES
    return replace(bare, default_window=default_window(reader(0), bare, projection=projection))


def _rescale(elements: Elements, groups: Groups) -> tuple[float, float]:
    """Rescale Slope (0028,1053) and Intercept (0028,1052), here or in the functional groups."""
    here = elements
    if elements.number("RescaleSlope") is None:
        here = groups.find("PixelValueTransformationSequence") or elements
    slope, intercept = here.number("RescaleSlope"), here.number("RescaleIntercept")
    if slope is None:
        return 1.0, intercept or 0.0
    if slope == 0 or not 1e-12 < abs(slope) < 1e12 or abs(intercept or 0.0) > 1e15:
        elements.note("The rescale slope in the header is impossible; stored values are shown.")
        return 1.0, 0.0
    return slope, intercept or 0.0


def _windows(elements: Elements) -> tuple[Window, ...]:
    """Window Center, Width, Explanation and VOI LUT Function; impossible widths are left out and told."""
    centers, widths = elements.numbers("WindowCenter"), elements.numbers("WindowWidth")
    told = elements.code("VOILUTFunction")
    function = WindowFunction(told) if told in tuple(WindowFunction) else WindowFunction.LINEAR
    words = [word.strip() for word in elements.text("WindowCenterWidthExplanation").split("\\")]
    least = 1.0 if function is WindowFunction.LINEAR else 0.0
    found = []
    for number, (center, width) in enumerate(
        zip(centers[:_MAX_WINDOWS], widths[:_MAX_WINDOWS], strict=False)
    ):
        if width < least or width == 0 or width > 1e12 or abs(center) > 1e12:
            elements.note("A window in the header has an impossible width and was left out.")
            continue
        found.append(Window(center, width, function, words[number][:64] if number < len(words) else ""))
    return tuple(found)


def _tables(elements: Elements, keyword: str, signed: bool) -> tuple[LookupTable, ...]:
    """Modality or VOI LUTs (PS3.3 C.11.1.1, C.11.2.1.1); broken ones are left out and told."""
    found = []
    for item in elements.items(keyword, most=8):
        described = item.numbers("LUTDescriptor")
        table = _table(item, described, signed) if len(described) == 3 else None
        if table is None:
            elements.note("A look-up table in the header is broken and was left out.")
        else:
            found.append(table)
    return tuple(found)


def _table(item: Elements, described: tuple[float, ...], signed: bool) -> LookupTable | None:
    count = int(described[0]) & 0xFFFF or 65536
    first = int(described[1]) & 0xFFFF
    first -= 65536 if signed and first >= 32768 else 0
    bits = int(described[2])
    raw = item.bytes("LUTData")
    values: tuple[int, ...] = (
        tuple(raw[:count]) if bits == 8 and len(raw) in (count, count + 1) else item.words("LUTData")
    )
    if not 1 <= bits <= 16 or len(values) < count:
        return None
    values = values[:count]
    if max(values) >= 1 << bits:
        return None
    words = item.text("LUTExplanation") or item.text("ModalityLUTType")
    return LookupTable(first, values, bits, words[:64])


def _padding(elements: Elements, keyword: str, form: PixelFormat) -> int | None:
    """Pixel Padding Value (0028,0120) in the pixels' own signedness, whatever its VR was."""
    value = elements.integer(keyword)
    if value is None:
        return None
    bits = form.allocated
    value &= (1 << bits) - 1
    return value - (1 << bits) if form.signed and value >= 1 << (bits - 1) else value
