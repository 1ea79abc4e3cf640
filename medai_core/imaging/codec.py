"""One compressed frame through one of pydicom's decoder plugins; run as a module, a worker that does so.

Some native decoders end their whole process on damaged input (GDCM aborts, measured) or may run for ever.
`isolated` therefore runs those in this worker, which reads requests from its standard input, answers on its
standard output, holds a memory limit, and can be killed without harm.
"""

import json
import os
import struct
import sys
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from medai_core.imaging.quiet import quiet

HEADS: Final = struct.Struct("<II")
"""Length of a JSON part and of the bytes after it; requests and answers alike."""

MEMORY_LIMIT: Final = 6 * 1024**3

Decoded = tuple[NDArray[Any], str]


def decode_frame(frame: bytes, syntax: str, plugin: str, options: dict[str, Any]) -> Decoded | None:
    """The values and their photometric interpretation, or None where the plugin cannot.

    `options` are the Image Pixel elements under pydicom's option names. Raises MemoryError.
    """
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder

    quiet()
    try:
        values, told = get_decoder(syntax).as_array(
            encapsulate([frame], has_bot=False), index=0, decoding_plugin=plugin, **options
        )
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException:  # codecs' errors share no base class; a panic in Rust is not even an Exception
        return None
    return values, str(told.get("photometric_interpretation", ""))


def write_message(pipe: BinaryIO, words: dict[str, Any], payload: bytes = b"") -> None:
    """One request or answer."""
    text = json.dumps(words).encode()
    pipe.write(HEADS.pack(len(text), len(payload)))
    pipe.write(text)
    pipe.write(payload)
    pipe.flush()


def read_message(pipe: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next message, or None where the other side has gone."""
    head = pipe.read(HEADS.size)
    if len(head) < HEADS.size:
        return None
    text_length, payload_length = HEADS.unpack(head)
    text, payload = pipe.read(text_length), pipe.read(payload_length)
    if len(text) < text_length or len(payload) < payload_length:
        return None
    words: dict[str, Any] = json.loads(text)
    return words, payload


def _answer(pipe: BinaryIO, request: dict[str, Any], frame: bytes) -> None:
    try:
        decoded = decode_frame(frame, request["syntax"], request["plugin"], request["options"])
    except MemoryError:
        write_message(pipe, {"state": "memory"})
        return
    if decoded is None:
        write_message(pipe, {"state": "failed"})
        return
    values, photometric = decoded
    words = {"state": "done", "shape": values.shape, "dtype": values.dtype.str, "photometric": photometric}
    write_message(pipe, words, np.ascontiguousarray(values).tobytes())


def main() -> None:
    """Serve until the standard input ends. What codecs print goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    _limit_memory()
    while (message := read_message(sys.stdin.buffer)) is not None:
        _answer(answers, *message)


def _limit_memory() -> None:
    """Where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
