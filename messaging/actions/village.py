"""Turns a teacher's undone task into a visit by the village worker, if the village has one.

This never happens if an adult of the family is blocked or somebody is barred from the child's file: then a
person must decide.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from guardians.models import Guardianship
from messaging import rules
from messaging.models import FollowUp, LadderStep
from messaging.queries.ladders import ladders_of
from messaging.rules import Rung
from schools.models import Post, holds_on
from schools.roles import Role
from students.models import Barrier, Enrolment
from visits.actions import ask_visit
from visits.models import Visit
from visits.policies import may_go_by_village

TASKS_AT_ONCE = 500  # rows of one transaction
WRITTEN_IN = "zh-hans"  # a visit's reason is stored as text for the village worker to read


def propose_village_visits(*, at: datetime) -> int:
    """Propose the visits that are due, and return how many. It is safe to run twice at once."""
    on = timezone.localdate(at)
    undone = _undone(at).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    with translation.override(WRITTEN_IN):
        reason = _("The school has not reached the parents; please see how the child is.")
    proposed, after = 0, 0
    while True:
        with transaction.atomic():
            tasks = list(undone.filter(pk__gt=after)[:TASKS_AT_ONCE])
            if not tasks:
                return proposed
            after = tasks[-1].pk
            ladders = ladders_of({task.school_id for task in tasks})
            allowed = may_go_by_village([task.student_id for task in tasks], on)
            for task in tasks:
                facts = rules.VillageFacts(
                    opened_on=timezone.localdate(task.opened_at),
                    today=on,
                    has_worker=task.has_worker,  # type: ignore[attr-defined]  # annotated
                    is_put_off=task.put_off_until is not None and task.put_off_until > on,
                    has_open_visit=task.has_open_visit,  # type: ignore[attr-defined]  # annotated
                    family_allows=task.student_id in allowed,
                    is_guarded=task.is_guarded,  # type: ignore[attr-defined]  # annotated
                )
                if not rules.wants_village_visit(ladders[task.school_id], facts):
                    continue
                ask_visit(
                    student=task.student,
                    kind=Visit.Kind.HOME,
                    reason=reason,
                    due_on=on + timedelta(days=rules.VILLAGE_VISIT_WITHIN_DAYS),
                    by=None,
                    by_village=True,
                )
                LadderStep.objects.create(
                    school_id=task.school_id,
                    follow_up=task,
                    rung=Rung.VILLAGE,
                    cause="task_undone",
                    adult_id=task.check_in.adult_id if task.check_in else None,
                    at=at,
                )
                proposed += 1


def _undone(at: datetime) -> QuerySet[FollowUp]:
    """Return open tasks old enough for any school, with what speaks against a visit."""
    on = timezone.localdate(at)
    child = Q(student_id=OuterRef("student_id"))
    worker = Post.objects.filter(
        holds_on(on),
        role=Role.VILLAGE_WORKER,
        school_id=OuterRef("school_id"),
        village=OuterRef("student__village"),
    ).exclude(village="")
    blocked = Guardianship.objects.filter(child, adult__blocked_at__isnull=False)
    barred = Barrier.objects.filter(child, lifted_at=None)
    visit = Visit.objects.filter(child, recorded_at=None, called_off_at=None).filter(
        Q(duty=None) | Q(planned_on__isnull=False)
    )
    enrolled = Enrolment.objects.filter(child, holds_on(on), school_id=OuterRef("school_id"))
    done = LadderStep.objects.filter(follow_up_id=OuterRef("pk"), rung=Rung.VILLAGE)
    return (
        FollowUp.objects.filter(~Exists(done), Exists(enrolled), done_at=None)
        .filter(opened_at__lte=at - timedelta(hours=12))
        .annotate(
            has_worker=Exists(worker),
            is_guarded=Exists(blocked) | Exists(barred),
            has_open_visit=Exists(visit),
        )
        .select_related("student")
    )
