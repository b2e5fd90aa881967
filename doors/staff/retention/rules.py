"""How long each kind of record is kept, counted from what, and what then happens to it: one table.

The law gives no number for any of them. Data is stored for the shortest time that its purpose needs (PIPL
Art. 19), and is deleted without being asked for once the purpose is achieved or the time is over (Art. 47).
Each period is therefore the project's own choice, and the comment above it says why it is that long.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

DELETE, EMPTY, FILE = "delete", "empty", "file"
LEFT = "left"  # the child's last day at the school
YEAR = 365  # days
# Nothing is deleted at a school before it could see for this long what will be. The same holds after a
# restore, which has lost the holds set since the backup.
NOTICE_DAYS = 30
PREVIEW_DAYS = 30


@dataclass(frozen=True)
class Rule:
    """Rows of `model` at a school, `days` after `event` (a field of the row, or of a row it points to).

    `act` DELETE removes the row, what cannot exist without it, and its history. EMPTY clears the fields of
    `classes` (homeschool.field_classes) in the row and its history, except those in `keeps`. FILE deletes a
    child's whole file, like a deletion by right. `child` is the path to the child, whose hold keeps the row.
    """

    key: str
    model: str
    event: str
    days: int
    act: str
    child: str
    classes: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()


def _rule(
    key: str,
    model: str,
    event: str,
    days: int,
    act: str,
    child: str,
    classes: str = "",
    keeps: str = "",
) -> Rule:
    return Rule(
        key, model, event, days, act, child, frozenset(classes.split()), frozenset(keeps.split())
    )


RULES = (
    # For years a family, a new school or an office may ask about a child; after that, others are responsible
    # for it. Three years is also what the law requires for reports about impact (PIPL Art. 56).
    _rule("file", "students.Student", LEFT, 3 * YEAR, FILE, "pk"),
    # Health, identity number and grounds of care are useful in a child's daily care, which has ended. The
    # birthday stays, to tell two children of the same name apart. One year, because a child may come back.
    _rule("health", "students.Student", LEFT, YEAR, EMPTY, "pk", "sensitive", "born_on"),
    # Nobody should judge a child of twelve by what it did at eight.
    _rule("notes", "classroom.Observation", "happened_at", 3 * YEAR, DELETE, "student"),
    _rule("talks", "threads.ThreadMessage", "at", 3 * YEAR, DELETE, "thread__student"),
    # Who talked with whom on which day stays, because the law asks for weekly contact; the text does not.
    # Two years: a slow change shows across one school year and in comparison with the one before.
    _rule(
        "answers",
        "messaging.CheckInLine",
        "check_in__due_on",
        2 * YEAR,
        EMPTY,
        "student",
        "sensitive",
        "answer mood",
    ),
    _rule(
        "replies",
        "messaging.Reply",
        "at",
        2 * YEAR,
        EMPTY,
        "line__student",
        "sensitive",
        "answer mood",
    ),
    # That a child was absent stays; the reason does not. Nobody asks for it after the school year has ended.
    _rule("absences", "classroom.AttendanceMark", "marked_on", YEAR, EMPTY, "student", "sensitive"),
    _rule(
        "leave",
        "classroom.LeaveRequest",
        "ends_on",
        YEAR,
        EMPTY,
        "student",
        "sensitive",
        "collects",
    ),
    # An import can be undone for some days only; by then what it wrote is in the files.
    _rule(
        "imports",
        "rosters.RosterImport",
        "uploaded_at",
        YEAR,
        EMPTY,
        "results__student",
        "sensitive",
    ),
    _rule(
        "import_rows",
        "rosters.RosterResult",
        "roster_import__uploaded_at",
        YEAR,
        EMPTY,
        "student",
        "sensitive personal",
        "student",
    ),
    # What a provider reported about a message. Disputes with a provider are settled after a bill or two.
    _rule(
        "reports",
        "delivery.DeliveryReceipt",
        "received_at",
        90,
        EMPTY,
        "message__adult__guardianships__student",
        "personal",
        "received_at",
    ),
)
BY_KEY = {rule.key: rule for rule in RULES}


def over_before(rule: Rule, on: date) -> date:
    """Return the first day that is kept: on `on`, anything before it is past its time."""
    return on - timedelta(days=rule.days)


def acts_from(announced_at: datetime, restored_at: datetime | None) -> datetime:
    """Return the moment from which a school's data is deleted."""
    return max([announced_at, *([restored_at] if restored_at else [])]) + timedelta(
        days=NOTICE_DAYS
    )
