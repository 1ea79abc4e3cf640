"""What one person prefers; small values kept with the account."""

from typing import Any, Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.security.access import require
from medai_core.store.database import Store

MODEL_FIRST: Final = "model_first"
_LONGEST: Final = 20_000


def model_first(store: Store, caller: Caller) -> bool:
    """Whether the caller is shown a model's answer at once; off unless switched on."""
    return bool(store.preferences.get(MODEL_FIRST, False, user_id=caller.user_id))


def set_model_first(store: Store, caller: Caller, on: bool) -> None:
    """Switch the order for the caller alone; audited, and each reading records what was seen first."""
    require(caller, Role.CLINICIAN)
    with store.transaction():
        store.preferences.set(MODEL_FIRST, on, user_id=caller.user_id)
        store.audit.append(caller.user_id, "model-first", "", {"on": "yes" if on else "no"})


def preference(store: Store, caller: Caller, key: str, default: Any = None) -> Any:
    """A display preference of the caller (viewer keys, layout); never patient data."""
    require(caller, Role.READ_ONLY)
    return store.preferences.get(f"page:{key}", default, user_id=caller.user_id)


def set_preference(store: Store, caller: Caller, key: str, value: Any) -> None:
    """Keep a display preference that JSON can hold."""
    require(caller, Role.READ_ONLY)
    if len(key) > 50 or len(repr(value)) > _LONGEST:
        raise Refusal(
            "preference-large",
            expected="a small preference",
            found="one that is too large to keep",
            what_to_do="Choose fewer changes.",
        )
    store.preferences.set(f"page:{key}", value, user_id=caller.user_id)
