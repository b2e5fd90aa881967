"""How long each kind of record is kept, after what, and what then becomes of it: one table.

The law gives no number for any of them: what is stored is stored for the shortest time that its purpose needs
(PIPL Art. 19), and goes without anybody asking once the purpose is reached or the time is over (Art. 47). So
each span is the project's own choice; why it is as long as that stands beside it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

DELETE, EMPTY, FILE = "delete", "empty", "file"
LEFT = "left"  # the child's last day at the school
YEAR = 365  # days
# Nothing goes in a school before it could see for so long what will go; nor after a restore, which has lost
# who was kept back since the backup.
NOTICE_DAYS = 30
PREVIEW_DAYS = 30


@dataclass(frozen=True)
class Rule:
    """Rows of `model` at a school, `days` after `event` (a field, also of a row they point to).

    DELETE: the row, what cannot stand without it, its history. EMPTY: the fields of `classes`
    (homeschool.field_classes) in the row and in its history, but for those in `keeps`. FILE: a child's whole
    file, as if a deletion by right were carried out. `child`: the way to the child, whose hold keeps the row.
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
    # A family, a new school or an office asks after a child for years; its own consequences are in other
    # hands by then. Three years is also what the law asks of reports about impact (PIPL Art. 56).
    _rule("file", "students.Student", LEFT, 3 * YEAR, FILE, "pk"),
    # Health, identity number, grounds of care: of use in the daily care of a child, which has ended. The
    # birthday tells two children of one name apart. A year, because a child may come back.
    _rule("health", "students.Student", LEFT, YEAR, EMPTY, "pk", "sensitive", "born_on"),
    # What a child of eight did is not read about the child of twelve.
    _rule("notes", "classroom.Observation", "happened_at", 3 * YEAR, DELETE, "student"),
    _rule("talks", "threads.ThreadMessage", "at", 3 * YEAR, DELETE, "thread__student"),
    # Who talked with whom on which day stays, as the law asks for the weekly contact; the words do not. Two
    # years: a slow change is seen across one school year and compared with the one before.
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
    # That a child was away stays, why does not: nobody asks after a school year has ended.
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
    # An import can be taken back for days; what it wrote stands in the files by then.
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
    # What a provider reported of a message; disputes with it are over after a bill or two.
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
    """What happened before this day is over on `on`."""
    return on - timedelta(days=rule.days)


def acts_from(announced_at: datetime, restored_at: datetime | None) -> datetime:
    """From when on something goes in a school."""
    return max([announced_at, *([restored_at] if restored_at else [])]) + timedelta(
        days=NOTICE_DAYS
    )
