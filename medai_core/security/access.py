"""What a signed-in person may do, and whose data they may see.

require(caller, role); may_see_patient(store, caller, patient_id); require_patient(...); sees_all(caller).
"""

from typing import Final

from medai_core.domain.people import Caller, Role
from medai_core.domain.refusal import Refusal
from medai_core.store.database import Store

OPERATING_SYSTEM: Final = "os:"
"""How the id of whoever runs the command line begins; they own the store's files anyway."""


def require(caller: Caller, role: Role) -> None:
    """Raise Refusal "not-allowed" where the caller's role does not cover `role`."""
    if not caller.role.covers(role):
        raise Refusal(
            "not-allowed",
            expected=f"the rights of {_article(role)}",
            found=f"those of {_article(caller.role)}",
            what_to_do="Ask an administrator.",
        )


def sees_all(caller: Caller) -> bool:
    """Whether restricted patients are open to the caller without being on their lists."""
    return caller.user_id.startswith(OPERATING_SYSTEM)


def may_see_patient(store: Store, caller: Caller, patient_id: str) -> bool:
    """Whether the patient exists in the caller's store and is open to them. So for administrators too."""
    if caller.store_name != store.name:
        return False
    if sees_all(caller):
        return store.patients.get(patient_id) is not None
    return store.patients.may_see(patient_id, caller.user_id)


def require_patient(store: Store, caller: Caller, patient_id: str) -> None:
    """Raise Refusal "not-allowed" where the caller may not see the patient, or there is none."""
    if not may_see_patient(store, caller, patient_id):
        raise Refusal(
            "not-allowed",
            expected="a patient who is open to you",
            found="one who is not, or none",
            what_to_do="Ask an administrator to put you on the list of this patient.",
        )


def _article(role: Role) -> str:
    words = {
        Role.ADMINISTRATOR: "an administrator",
        Role.CLINICIAN: "a clinician",
        Role.READ_ONLY: "a read-only user",
    }
    return words[role]
