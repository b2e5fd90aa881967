"""The step that asks other adults of the family. Each gets a question of their own."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from delivery.models import OutboxMessage
from guardians.hours import local_day, next_evening
from messaging import rules
from messaging.actions.asking import message_for
from messaging.models import CheckIn, CheckInLine, LadderStep
from messaging.queries.climb_facts import ClimbFacts
from messaging.rules import Rung


def ask_others(causes: Mapping[CheckIn, str], facts: ClimbFacts, at: datetime) -> None:
    """Ask other adults for each first question in `causes`, whose value is the cause of the step.

    If two ladders choose the same adult, they share the question of that day: the first ladder asks it.
    """
    wanted = list(_questions(causes, facts, at))
    CheckIn.objects.bulk_create([one for _, one, *_ in wanted], ignore_conflicts=True)
    # A question that already exists for that day belongs to another ladder.
    made = {
        (row.adult_id, row.due_on, row.first_id): row
        for row in CheckIn.objects.filter(first_id__in=[first.pk for first, *_ in wanted])
    }
    lines, messages, steps = [], [], []
    for first, question, children, due_at in wanted:
        row = made.get((question.adult_id, question.due_on, first.pk))
        steps.append(
            LadderStep(
                school_id=first.school_id,
                check_in=first,
                rung=Rung.OTHER_ADULT,
                number=first.step,
                is_taken=row is not None,
                cause=causes[first] if row else "asked_today",
                adult_id=question.adult_id,
                at=at,
            )
        )
        if row:
            lines += [
                CheckInLine(school_id=row.school_id, check_in=row, student_id=child)
                for child in children
            ]
            messages.append(message_for(row, step=0, due_at=due_at))
    CheckInLine.objects.bulk_create(lines, ignore_conflicts=True)
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
    LadderStep.objects.bulk_create(steps, ignore_conflicts=True)


def _questions(
    firsts: Iterable[CheckIn], facts: ClimbFacts, at: datetime
) -> Iterator[tuple[CheckIn, CheckIn, list[int], datetime]]:
    """Yield the first question, the unsaved question to another adult, the children and when it is sent."""
    for first in firsts:
        for other, children in facts.others[first.pk].items():
            adult = facts.adults[other.adult_id]
            due_at = next_evening(adult.hours, at)
            question = CheckIn(
                school_id=first.school_id,
                adult=adult,
                due_on=local_day(adult.hours, at),
                state=CheckIn.State.ASKED_AGAIN,
                first=first,
                as_carer=not other.is_parent_away,
                asked_at=at,
                expires_at=due_at + timedelta(days=rules.CHECK_IN_LINK_DAYS),
            )
            yield first, question, children, due_at
