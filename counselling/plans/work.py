"""What plans contribute to Today and to the child's timeline."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from counselling.cases.policies import is_guest, watches_over_cases
from counselling.models import SupportPlan
from counselling.plans import presenters, queries
from counselling.plans.looks import plans_sent_back, plans_to_agree
from counselling.plans.queries import Owed
from counselling.plans.rules import OPEN
from schools.policies import today_in
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.timeline import EventKind, TimelineEvent


def work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return the user's measures to remind of, and their plans that need attention.

    These are measures that are late, near their day or just shared, and plans with something late or due for
    review, or waiting for or back from a second look. On a child's page, return all of the user's open
    measures.
    """
    own = queries.own_measures(user, at, student)
    asked = [one for one in own if (one.state in OPEN if student else one.is_asked)]
    owed = queries.plans_to_look_at(user, at, student)
    items = []
    for one in asked:
        measure = one.measure
        facts = {
            "words": presenters.plain_words(measure),
            "when": presenters.own_until(one) or presenters.when_words(measure, one.on),
        }
        items.append(
            WorkItem(
                key=work_key(measure),
                lane=Lane.DUE,
                student_id=measure.student_id,
                student_name=measure.student.name,
                why=_("Agreed: %(words)s (%(when)s)") % facts,
                since_at=datetime.combine(
                    one.ends_on, time(12), ZoneInfo(measure.school.time_zone)
                ),
                act_label=_("Done as agreed"),
                act_url=reverse("counselling:measure_done", args=[measure.pk]),
            )
        )
    on = timezone.localdate(at)
    items += [_plan(one, at, is_guest(user, one.plan.case, on)) for one in owed]
    if student is None and watches_over_cases(user, at):
        # Plans that wait for this person's look, and their own plans that were sent back; without any of the
        # text.
        asked_words = _("A colleague asks you to look at a plan before it is shown.")
        back_words = _("Your plan was sent back with a comment.")
        items += [_look(plan, asked_words, at) for plan in plans_to_agree(user, at)]
        items += [_look(plan, back_words, at) for plan in plans_sent_back(user, at)]
    return items


def _look(plan: SupportPlan, why: str, at: datetime) -> WorkItem:
    return WorkItem(
        key=f"plan-look-{plan.pk}",
        lane=Lane.DUE,
        student_id=plan.student_id,
        student_name=plan.student.name,
        why=why,
        since_at=max(one.at for one in plan.looks.all()),
        act_label=_("Open it"),
        act_url=reverse("counselling:plan", args=[plan.case_id]),
        act_opens=True,
    )


def work_key(measure) -> str:
    return f"measure-{measure.pk}"


def _plan(one: Owed, at: datetime, by_guest: bool) -> WorkItem:
    plan, on = one.plan, today_in(one.plan.school, at)
    since_on = min(plan.review_on or on, on)
    return WorkItem(
        key=f"plan-{plan.pk}",
        lane=Lane.DUE,
        student_id=0 if by_guest else plan.student_id,
        is_person=by_guest,
        student_name=plan.student.name,
        why=presenters.late_words(one.late)
        if one.late
        else _("What was agreed is due for review."),
        since_at=datetime.combine(since_on, time(12), ZoneInfo(plan.school.time_zone)),
        act_label=_("Open it"),
        act_url=reverse("counselling:plan", args=[plan.case_id]),
        act_opens=True,
    )


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return that it was agreed and what was kept, without the text.

    People who may see the case get everything, a colleague only their own part.
    """
    agreed = [
        TimelineEvent(
            at=plan.shared_at,
            kind=EventKind.LETTER,
            icon="check",
            title=_("Family, school and village agreed what each of them does"),
        )
        for plan in queries.plans_seen_by(student, user, at)
        if plan.shared_at
    ]
    ticked = [
        TimelineEvent(
            at=one.at,
            kind=EventKind.LETTER,
            icon="check",
            title=presenters.tick_title(one.measure.party),
            meta=(one.by_user or one.by_adult).name,  # type: ignore[union-attr]
        )
        for one in queries.ticks_seen_by(student, user, at, limit)
    ]
    return agreed + ticked
