"""What a reading must hold before it is signed, and the picture that is kept with it."""

from typing import Final

from medai_core.domain.reading import Reading, Verdict
from medai_core.domain.refusal import Refusal
from medai_core.store.database import Store

KEY_IMAGE_BYTES: Final = 32 * 1024 * 1024
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def require_complete(reading: Reading) -> None:
    """Something must be said, and of a model's answer what the reader makes of it."""
    if not any(text.strip() for text in (reading.report, reading.comment, reading.first_impression)):
        raise Refusal(
            "reading-empty",
            expected="a report, a comment or an impression",
            found="no word",
            what_to_do="Write what you see, then sign.",
        )
    answered = reading.prediction is not None and reading.prediction.refused is None
    if answered and reading.verdict is None and reading.addendum_to is None:
        raise Refusal(
            "verdict-missing",
            expected=f"what you make of the model's answer: {', '.join(one.value for one in Verdict)}",
            found="no choice",
            what_to_do="Choose one of them, then sign.",
        )


def kept_key_image(store: Store, picture: bytes | None) -> str | None:
    """The digest of the kept picture; Refusal "key-image" for what is no PNG of ordinary size."""
    if picture is None:
        return None
    if not picture.startswith(_PNG) or len(picture) > KEY_IMAGE_BYTES:
        raise Refusal(
            "key-image",
            expected="a PNG of at most 32 MB as key image",
            found="something else",
            what_to_do="Take the key image again in the viewer.",
        )
    return store.blobs.put(picture)
