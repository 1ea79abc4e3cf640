"""The refusals of this package, each said once."""

from medai_core.domain.refusal import Refusal

_AGAIN = "Export or copy the file again from where it came."


def empty() -> Refusal:
    """A file of no bytes."""
    return Refusal(
        "file-empty", expected="a picture or a DICOM file", found="an empty file", what_to_do=_AGAIN
    )


def unrecognised() -> Refusal:
    """Bytes that are neither DICOM nor a picture."""
    return Refusal(
        "not-an-image",
        expected="a DICOM, PNG or JPEG file",
        found="content that is none of these, whatever the file is called",
        what_to_do="Choose the image file itself.",
    )


def truncated(found: str = "a file that ends too early") -> Refusal:
    """A file that ends before its own header says so."""
    return Refusal("file-truncated", expected="a complete file", found=found, what_to_do=_AGAIN)


def header_unreadable(found: str = "a header that cannot be followed") -> Refusal:
    """A DICOM header that breaks the encoding rules beyond what can be read around."""
    return Refusal("header-unreadable", expected="a readable DICOM header", found=found, what_to_do=_AGAIN)


def header_wrong(expected: str, found: str) -> Refusal:
    """A header whose statements on the pixels contradict each other or the pixels."""
    return Refusal("header-wrong", expected=expected, found=found, what_to_do=_AGAIN)


def no_picture(found: str) -> Refusal:
    """A DICOM object that is no image for the eye."""
    return Refusal(
        "no-pixels",
        expected="a DICOM image",
        found=found,
        what_to_do="Choose the images of the study; this object belongs to another program.",
    )


def too_large(found: str) -> Refusal:
    """More pixels or bytes than one image may have here."""
    return Refusal(
        "too-large",
        expected="at most 100 million pixels a frame and a header of ordinary size",
        found=found,
        what_to_do="Export the image at a smaller size.",
    )


def not_decodable(found: str) -> Refusal:
    """A compression for which no decoder is installed."""
    return Refusal(
        "compression-unknown",
        expected="uncompressed pixels, JPEG, JPEG lossless, JPEG-LS, JPEG 2000 or RLE",
        found=found,
        what_to_do="Export the study with a lossless or without compression.",
    )


def pixels_unreadable(found: str = "compressed pixels that are damaged") -> Refusal:
    """Compressed pixels that no decoder accepts."""
    return Refusal("pixels-unreadable", expected="readable pixels", found=found, what_to_do=_AGAIN)


def image_too_small(rows: int, columns: int, minimum: int) -> Refusal:
    """Fewer rows or columns than a film can be read from."""
    return Refusal(
        "image-too-small",
        expected=f"an image of at least {minimum} x {minimum} pixels",
        found=f"{columns} x {rows} pixels",
        what_to_do="Give the image in its original size.",
    )


def image_blank() -> Refusal:
    """A picture without contrast."""
    return Refusal(
        "image-blank",
        expected="an image with visible contrast",
        found="one that is nearly uniform",
        what_to_do="Check that the right image was chosen and that it is not empty.",
    )


def image_exposure(end: str) -> Refusal:
    """A picture most of which is at one `end` of the scale: "black" or "white"."""
    return Refusal(
        "image-exposure",
        expected="a film whose grey values fill the scale",
        found=f"one that is mostly {end}",
        what_to_do="Give the image with its full range of grey values.",
    )


def not_grey() -> Refusal:
    """Colour where a film is wanted."""
    return Refusal(
        "not-grey",
        expected="a grey image",
        found="a colour image",
        what_to_do="Send the original film, not a coloured copy or a photograph.",
    )
