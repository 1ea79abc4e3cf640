"""What one file may ask of the machine."""

from typing import Final

MAX_PIXELS: Final = 100_000_000
"""Pixels of one frame; the largest detectors in use have about 20 million."""

MAX_HEADER_BYTES: Final = 96 * 1024 * 1024
"""Bytes read from a header, its pixel data left out."""

MAX_HEADER_READS: Final = 2_000_000
"""Read calls that a header may take, about one or two an element."""

MAX_VALUE_BYTES: Final = 16 * 1024 * 1024
"""A single header value above this is left unread."""

MAX_INFLATED_BYTES: Final = 512 * 1024 * 1024
"""A deflated data set may grow to this."""

MAX_FRAGMENTS: Final = 1_000_000
"""Pieces of compressed pixel data in one file."""

MAX_TEXT: Final = 1024
"""Characters kept of any header text."""
