"""Encryption at rest of what names or describes patients: column types, and the keys behind them.

Where a store has a key, `Sealed` and `SealedJson` columns hold AES-GCM under it, bound to their place (table
and column); `SealedWords` and `SealedWord` hold keyed hashes (HMAC-SHA256) of whole words. Without one they
are what they would be otherwise. The key belongs to the database's engine: see `unlock`.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import JSON, Dialect, Engine, String, Text, TypeDecorator

from medai_core.domain.refusal import Refusal

_MARK: Final = "\x02sealed:"
_WORD_MARK: Final = "~"
_LAST: Final = "\U0010ffff"
_NONCE: Final = 12
_KEY: Final = 32
_AFTER: Final = "medai_sealer"


class Sealer:
    """Seals under the first key, opens under any.

    Parameters
    ----------
    keys : sequence of bytes
        32 bytes each, the one in use first.
    hash_key : bytes
        The key of the store's hashes, which stays when the others change.
    """

    def __init__(self, keys: Sequence[bytes], hash_key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self._hash_key = hash_key
        self.key_id = key_id(keys[0])

    def seal(self, text: str, place: str, *, lookup: bool = False) -> str:
        """The text under the key in use. An empty text stays: that nothing was said is no secret.

        With `lookup` the nonce is a keyed hash of text and place, so that equal texts are found as equal.
        """
        if not text:
            return text
        clear = text.encode("utf-8", "surrogatepass")
        named = hmac.new(self._hash_key, f"nonce {place} ".encode() + clear, hashlib.sha256).digest()
        nonce = named[:_NONCE] if lookup else secrets.token_bytes(_NONCE)
        sealed = nonce + self._ciphers[self.key_id].encrypt(nonce, clear, place.encode())
        return f"{_MARK}{self.key_id}:{base64.b64encode(sealed).decode()}"

    def open(self, token: str, place: str) -> str:
        """The inverse of `seal`; Refusal "sealed-damaged" where it was changed, moved, or is not sealed."""
        from cryptography.exceptions import InvalidTag

        if not token:
            return token
        try:
            which, _, body = token.removeprefix(_MARK).partition(":")
            sealed = base64.b64decode(body, validate=True)
            clear = self._ciphers[which].decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (KeyError, ValueError, binascii.Error, InvalidTag):
            raise _damaged() from None
        return clear.decode("utf-8", "surrogatepass")

    def word(self, word: str) -> str:
        """The keyed hash of one folded word."""
        digest = hmac.new(self._hash_key, b"word " + word.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return _WORD_MARK + digest.hexdigest()[:32]

    def words(self, text: str) -> str:
        """The keyed hashes of all words of a folded text; those that are hashes already stay."""
        found = dict.fromkeys(text.split())
        return " ".join(one if one.startswith(_WORD_MARK) else self.word(one) for one in found)

    def in_use(self, token: str) -> bool:
        """Whether a text is under the key in use, or empty."""
        return not token or token.startswith(f"{_MARK}{self.key_id}:")


def is_sealed(text: object) -> bool:
    """Whether a raw value of a column is sealed, under whichever key."""
    return isinstance(text, str) and text.startswith(_MARK)


def key_id(key: bytes) -> str:
    """What a key is called in what it sealed: says nothing of the key."""
    return hashlib.sha256(b"medai key " + key).hexdigest()[:8]


def keys_of(setting: str) -> tuple[bytes, ...]:
    """The keys of MEDAI_ENCRYPTION_KEY, newest first; Refusal "encryption-key-form"."""
    keys = []
    for part in filter(None, (one.strip() for one in setting.split(","))):
        try:
            key = base64.b64decode(part, validate=True)
        except (ValueError, binascii.Error):
            key = b""
        if len(key) != _KEY:
            raise Refusal(
                "encryption-key-form",
                expected=f"keys of {_KEY} bytes in base64, separated by commas, as MEDAI_ENCRYPTION_KEY",
                found="something else",
                what_to_do="Make one with: openssl rand -base64 32",
            )
        keys.append(key)
    return tuple(keys)


def unlock(engine: Engine, sealer: Sealer | None) -> None:
    """From now on, what an engine's connections write and read is sealed and opened; before their first."""
    setattr(engine.dialect, _AFTER, sealer)


def _sealer(dialect: Dialect) -> Sealer | None:
    found: Sealer | None = getattr(dialect, _AFTER, None)
    return found


def is_unlocked(dialect: Dialect) -> bool:
    """Whether what is written there is sealed."""
    return _sealer(dialect) is not None


class _Placed:
    """A column's type that knows where it stands; `place` is set once all tables are made."""

    place: str = ""


class Sealed(_Placed, TypeDecorator[str]):
    """Free text or an identifier of a patient; with `lookup`, rows are found by its exact value."""

    impl = Text
    cache_ok = True

    def __init__(self, length: int | None = None, *, lookup: bool = False) -> None:
        super().__init__()
        self.length, self.lookup = length, lookup

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Text, or as much of it as an identifier has."""
        return Text() if self.length is None else String(self.length)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Seal on the way in; nothing at all, so no time, in a store without a key."""
        sealer = _sealer(dialect)
        if sealer is None:
            return super().bind_processor(dialect)
        return lambda value: None if value is None else sealer.seal(value, self.place, lookup=self.lookup)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Open on the way out."""
        sealer = _sealer(dialect)
        if sealer is None:
            return super().result_processor(dialect, coltype)
        return lambda value: None if value is None else sealer.open(value, self.place)


class SealedJson(_Placed, TypeDecorator[Any]):
    """A document about a patient; where it is sealed, JSON holds the sealed text as a string."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Seal on the way in."""
        sealer = _sealer(dialect)
        if sealer is None or value is None:
            return value
        return sealer.seal(json.dumps(value, ensure_ascii=False), self.place)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Open on the way out."""
        sealer = _sealer(dialect)
        if sealer is None or value is None:
            return value
        return json.loads(sealer.open(value if isinstance(value, str) else "?", self.place))


class SealedWords(TypeDecorator[str]):
    """Folded words that a search looks through; sealed, only whole words are found."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Words to their hashes."""
        sealer = _sealer(dialect)
        return value if sealer is None or value is None else sealer.words(value)


class SealedWord(TypeDecorator[str]):
    """One folded word by whose beginning rows are found; sealed, by the whole word alone."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """PostgreSQL finds beginnings in an index only where letters stand in the order of their codes."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(self.length, collation))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """A word to its hash; the end of a range of beginnings to the end of that hash's."""
        sealer = _sealer(dialect)
        if sealer is None or value is None or value.startswith(_WORD_MARK):
            return value
        end = _LAST if value.endswith(_LAST) else ""
        return sealer.word(value.removesuffix(_LAST)) + end


def _damaged() -> Refusal:
    return Refusal(
        "sealed-damaged",
        expected="encrypted content as it was written, under a key of MEDAI_ENCRYPTION_KEY",
        found="content that was changed, moved, or written without the key",
        what_to_do="Run python -m medai_core rotate-keys where it was interrupted, or restore a backup.",
    )
