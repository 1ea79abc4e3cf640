"""Cards of the installed models: whether their files are the measured ones, and who took a card away."""

from functools import lru_cache
from pathlib import Path

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.learning.weights import file_digest
from medai_core.security.access import require
from medai_core.serving import registry
from medai_core.serving.registry import ModelCard
from medai_core.store.database import Store


def file_problems(card: ModelCard) -> tuple[str, ...]:
    """Which of a model's files are missing or not as its card says; empty where all are."""
    problems = []
    for entry in card.data["files"].values():
        path = card.folder / entry["name"]
        if not path.is_file():
            problems.append(f"The file {entry['name']} is missing.")
        elif _digest(path, path.stat().st_mtime_ns, path.stat().st_size) != entry["sha256"]:
            problems.append(f"The file {entry['name']} is not the one that the card describes.")
    return tuple(problems)


@lru_cache(maxsize=64)
def _digest(path: Path, changed: int, size: int) -> str:
    """A file's SHA-256, read again when the file has changed."""
    return file_digest(path)


def hand_out(store: Store, caller: Caller, name: str, form: str) -> ModelCard:
    """The card of an installed model, to be kept as a file; that it was handed out is audited.

    Raises Refusal "model-missing" or "not-allowed".
    """
    require(caller, Role.READ_ONLY)
    try:
        card = registry.card(name)
    except Refusal as refusal:
        raise Refusal(
            "model-missing",
            expected=refusal.expected,
            found=refusal.found,
            what_to_do="Open the Models page and choose one there.",
        ) from None
    store.audit.append(caller.user_id, "model-card-handed-out", card.name, {"form": form})
    return card
