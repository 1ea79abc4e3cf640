"""What the database itself refuses to change, in the words of each kind of database."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `table` for which `condition` holds are never changed or removed.

    `but_update` and `but_delete` are the exceptions; SAME stands between what must be equal, nulls too.
    """

    table: str
    condition: str
    sentence: str
    but_update: str = ""
    but_delete: str = ""


_STAYS: Final = (
    "id", "study_id", "addendum_to", "author_id", "author_name", "first_impression_at", "saw_model_first",
    "revision", "created_at", "updated_at", "key_image_digest", "signed_at", "content_digest",
)  # fmt: skip
_ERASED_READING: Final = " AND ".join(
    (
        "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL",
        *(f"NEW.{name} SAME OLD.{name}" for name in _STAYS),
        *(f"NEW.{name} = ''" for name in ("first_impression", "report", "comment")),
        *(f"NEW.{name} IS NULL" for name in (
            "image_id", "prediction_id", "verdict", "signed_content", "prevalence_choice", "prevalence"
        )),
        "EXISTS (SELECT 1 FROM studies JOIN patients ON patients.id = studies.patient_id"
        " WHERE studies.id = OLD.study_id AND patients.erased_at IS NOT NULL)",
    )
)  # fmt: skip
"""The one change of a signed reading: with its patient, its content is destroyed; its digest stays."""

_ERASED_PREDICTION: Final = (
    "EXISTS (SELECT 1 FROM images JOIN studies ON studies.id = images.study_id"
    " JOIN patients ON patients.id = studies.patient_id"
    " WHERE images.id = OLD.image_id AND patients.erased_at IS NOT NULL)"
)

RULES: Final = (
    Rule("audit", "1 = 1", "the audit log is only added to"),
    Rule("predictions", "1 = 1", "a prediction never changes", but_delete=_ERASED_PREDICTION),
    Rule(
        "readings",
        "OLD.signed_at IS NOT NULL",
        "a signed reading never changes",
        but_update=_ERASED_READING,
    ),
)


def never_changed(dialect: str) -> tuple[str, ...]:
    """The statements that make the triggers; `dialect` is "sqlite" or "postgresql"."""
    made = _postgresql if dialect == "postgresql" else _sqlite
    return tuple(statement for rule in RULES for statement in made(rule))


def forgotten(dialect: str) -> tuple[str, ...]:
    """The statements that remove the triggers, for a migration that makes them anew."""
    if dialect == "postgresql":
        return tuple(f"DROP FUNCTION {rule.table}_never_changed() CASCADE" for rule in RULES)
    names = (f"{rule.table}_no_{event}" for rule in RULES for event in ("update", "delete"))
    return tuple(f"DROP TRIGGER {name}" for name in names)


def _sqlite(rule: Rule) -> list[str]:
    return [
        f"CREATE TRIGGER {rule.table}_no_{event.lower()} BEFORE {event} ON {rule.table} "
        f"WHEN {rule.condition}{' AND NOT (' + but + ')' if but else ''} "
        f"BEGIN SELECT RAISE(ABORT, '{rule.sentence}'); END"
        for event, exception in (("UPDATE", rule.but_update), ("DELETE", rule.but_delete))
        for but in (exception.replace(" SAME ", " IS "),)
    ]


def _postgresql(rule: Rule) -> list[str]:
    """TRUNCATE fires no trigger of a row: it is refused whatever the rows are."""
    function = f"{rule.table}_never_changed"
    exceptions = "".join(
        f"IF TG_OP = '{event}' THEN IF {but.replace(' SAME ', ' IS NOT DISTINCT FROM ')} "
        f"THEN RETURN {row}; END IF; END IF; "
        for event, row, but in (("UPDATE", "NEW", rule.but_update), ("DELETE", "OLD", rule.but_delete))
        if but
    )
    rows = [
        f"CREATE TRIGGER {rule.table}_no_{event.lower()} BEFORE {event} ON {rule.table} "
        f"FOR EACH ROW WHEN ({rule.condition}) EXECUTE FUNCTION {function}()"
        for event in ("UPDATE", "DELETE")
    ]
    return [
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {exceptions}"
        f"RAISE EXCEPTION '{rule.sentence}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        *rows,
        f"CREATE TRIGGER {rule.table}_no_truncate BEFORE TRUNCATE ON {rule.table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
    ]
