"""What the database itself refuses to change, in the words of each kind of database."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of `table` for which `condition` holds are never changed or removed."""

    table: str
    condition: str
    sentence: str


RULES: Final = (
    Rule("audit", "1 = 1", "the audit log is only added to"),
    Rule("predictions", "1 = 1", "a prediction never changes"),
    Rule("readings", "OLD.signed_at IS NOT NULL", "a signed reading never changes"),
)


def never_changed(dialect: str) -> tuple[str, ...]:
    """The statements that make the triggers; `dialect` is "sqlite" or "postgresql"."""
    made = _postgresql if dialect == "postgresql" else _sqlite
    return tuple(statement for rule in RULES for statement in made(rule))


def _sqlite(rule: Rule) -> list[str]:
    return [
        f"CREATE TRIGGER {rule.table}_no_{event.lower()} BEFORE {event} ON {rule.table} "
        f"WHEN {rule.condition} BEGIN SELECT RAISE(ABORT, '{rule.sentence}'); END"
        for event in ("UPDATE", "DELETE")
    ]


def _postgresql(rule: Rule) -> list[str]:
    """TRUNCATE fires no trigger of a row: it is refused whatever the rows are."""
    function = f"{rule.table}_never_changed"
    rows = [
        f"CREATE TRIGGER {rule.table}_no_{event.lower()} BEFORE {event} ON {rule.table} "
        f"FOR EACH ROW WHEN ({rule.condition}) EXECUTE FUNCTION {function}()"
        for event in ("UPDATE", "DELETE")
    ]
    return [
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{rule.sentence}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        *rows,
        f"CREATE TRIGGER {rule.table}_no_truncate BEFORE TRUNCATE ON {rule.table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
    ]
