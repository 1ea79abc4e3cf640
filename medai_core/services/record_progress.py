"""How far an import is, and how it is stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from medai_core.domain.refusal import Refusal

CANCELLED: Final = "import-cancelled"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: `step` is "read" (bytes), "compare" or "write" (statements)."""

    step: str
    done: int
    total: int
    file: str = ""

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 1.0


def stop_if(cancelled: Callable[[], bool]) -> None:
    """Raise Refusal "import-cancelled" where somebody asked for it."""
    if cancelled():
        raise Refusal(
            CANCELLED,
            expected="an import that goes to its end",
            found="one that was stopped; nothing of it was stored",
            what_to_do="Start it again when you want it.",
        )
