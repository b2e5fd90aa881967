"""What an import wrote, and what the application writes about a child or an adult by itself."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from delivery.models import OutboxMessage
from messaging.models import LadderStep, Reply
from rosters.models import RosterImport, RosterResult

# (name of the child in the file, students.roster_actions.Step as JSON), in the order of writing.
Writes = list[tuple[str, dict[str, Any]]]
NewRows = dict[str, set[int]]  # table → ids

STUDENT, ADULT = "students.student", "guardians.adult"

# Messages that nobody tried to send.
NOT_SENT = Q(attempt_count=0, sending_at=None) & ~Q(state=OutboxMessage.State.CLAIMED)
UNTOUCHED_TASK = Q(done_at=None, put_off_until=None)
UNTOUCHED_VISIT = Q(
    planned_on=None,
    goes=None,
    asked_by=None,
    put_off_until=None,
    recorded_at=None,
    called_off_at=None,
)
UNTOUCHED_DUTY = Q(done_on=None, put_off_until=None)


def writes_of(roster: RosterImport) -> Writes:
    results = RosterResult.objects.filter(roster_import=roster)
    return [
        (name, step)
        for name, steps in results.values_list("student_name", "writes")
        for step in steps
    ]


def new_rows(writes: Writes) -> NewRows:
    """Return, by table, ids of the rows that the import created."""
    new: NewRows = defaultdict(set)
    for _name, step in writes:
        if step["before"] is None:
            new[step["table"]].add(step["pk"])
    return new


def is_asked(check_in: str, since: datetime) -> Exists:
    """Match rows whose question was sent to somebody since the import.

    `check_in` is the field with the id of the question. One sent earlier was about another child.
    """
    sent = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.CHECK_IN, about_id=OuterRef(check_in)
    )
    return Exists(sent.exclude(NOT_SENT).exclude(finished_at__lt=since))


def unused_line(since: datetime) -> Q:
    no_reply = ~Exists(Reply.objects.filter(line_id=OuterRef("pk")))
    return Q(~is_asked("check_in_id", since), no_reply, answer="")


def by_itself(since: datetime) -> dict[str, Q]:
    """Return, by table, what the application writes about a child or an adult by itself.

    The condition means that nobody has used the row and no family has received it `since` the import.
    Tables come in the order in which we delete: leaves first.
    """
    no_step = ~Exists(LadderStep.objects.filter(check_in_id=OuterRef("pk")))
    return {
        "delivery.outboxmessage": NOT_SENT,
        "messaging.followup": UNTOUCHED_TASK,
        "messaging.checkinline": unused_line(since),
        "messaging.checkin": Q(~is_asked("pk", since), no_step, answered_at=None),
        "messaging.occasionseen": Q(),
        "messaging.checkinplan": Q(own_every_days=None, paused_until=None),
        "visits.visit": UNTOUCHED_VISIT,
        "visits.duty": UNTOUCHED_DUTY,
        "safeguarding.flag": Q(settled_at=None),
        "guardians.caregap": Q(),
    }
