"""Work after a round: children to talk to, and what the counsellor asked of a class teacher.

Work after pulses is here too.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address
from core.prepared import Question, joined, prepared
from schools.policies import own_class_ids, school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from surveys import wording
from surveys.models import Seat, ToDo
from surveys.plans.presenters import due_words
from surveys.plans.queries import parts_due
from surveys.policies import seats_visible_to, to_dos_for
from surveys.pulses import work as pulses

# Children of one round whom Today names; more become one row, because people should be able to finish Today.
NAMED_OF_A_ROUND = 3


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return the work of users who run rounds or have a class; no query for others."""
    on = timezone.localdate(at)
    found = pulses.work_for(user, at)
    running = school_ids_where(user, Permission.RUN_SURVEYS, on)
    if running:
        found += _to_look_at(_not_looked_at(user=user, on=on))
        due = parts_due(school_ids=running, on=on)
        if due:
            found.append(
                WorkItem(
                    # A postponed row comes back when the next part is due.
                    key=f"survey-planned-{max(one.pk for one in due)}",
                    lane=Lane.DUE,
                    student_id=0,
                    student_name=_("Survey"),
                    why=due_words(len(due)),
                    since_at=due[0].planned_at,
                    act_label=_("Open it"),
                    act_url=reverse("surveys:list") + "#planned",
                    act_opens=True,
                )
            )
    if own_class_ids(user, on):
        found += [
            WorkItem(
                key=f"survey-to-do-{one.pk}",
                lane=Lane.AWAITING_ANSWER,
                student_id=one.seat.student_id,
                student_name=one.seat.student.name,
                why=_("%(name)s asks: %(words)s")
                % {"name": one.written_by.name, "words": one.words},
                since_at=one.written_at,
                act_label=_("I have done it"),
                act_url=address("surveys:done", one.pk),
            )
            for one in _open_to_dos(user=user, on=on)
        ]
    return found


def questions(user: User, at: datetime) -> list[Question]:
    """Return the first queries of `work_for`, to be run together with others."""
    on, asked = timezone.localdate(at), pulses.questions(user, at)
    if school_ids_where(user, Permission.RUN_SURVEYS, on):
        asked.append(_not_looked_at.question(user=user, on=on))
    if own_class_ids(user, on):
        asked.append(_open_to_dos.question(user=user, on=on))
    return asked


@prepared
def _not_looked_at(*, user, on) -> QuerySet[Seat]:
    waiting = seats_visible_to(user, on).filter(asks_for_look=True, looked_at=None)
    return waiting.select_related("student", "round__edition").order_by("finished_at")


@prepared
def _open_to_dos(*, user, on) -> QuerySet[ToDo]:
    rows = to_dos_for(user, on).filter(done_at=None)
    return joined(rows, "seat__student__name", "written_by__name")


def _to_look_at(seats: Iterable[Seat]) -> Iterator[WorkItem]:
    """Yield one row for each child while there are few.

    Many in one round make one row that opens its list.
    """
    by_round: dict[int, list[Seat]] = defaultdict(list)
    for seat in seats:
        by_round[seat.round_id].append(seat)
    for of_round in by_round.values():
        if len(of_round) > NAMED_OF_A_ROUND:
            round_, newest = of_round[0].round, max(seat.pk for seat in of_round)
            told = {"n": len(of_round), "name": wording.name_of(round_.edition.instrument)}
            yield WorkItem(
                # A postponed row comes back with the next answer.
                key=f"survey-round-{round_.pk}-{newest}",
                lane=Lane.DUE,
                student_id=0,
                student_name=_("Survey"),
                why=_("Please look: %(n)d answers to “%(name)s”.") % told,
                since_at=of_round[0].finished_at or round_.opened_at,
                act_label=_("See whose"),
                act_url=address("surveys:round", round_.pk),
                act_opens=True,
            )
            continue
        for seat in of_round:
            name = wording.name_of(seat.round.edition.instrument)
            yield WorkItem(
                key=f"survey-{seat.pk}",
                lane=Lane.DUE,
                student_id=seat.student_id,
                student_name=seat.student.name,
                why=_("Please look: the answers to “%(name)s”.") % {"name": name},
                since_at=seat.finished_at or seat.round.opened_at,
                act_label=_("See the answers"),
                act_url=address("surveys:child", seat.pk),
                act_opens=True,
            )
