"""Worklist items for holidays: checks around a parting, plans without an outcome, questions from families."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.addresses import address
from core.days import week_day
from core.prepared import Question, joined, prepared
from guardians.presenters import relation_word
from guardians.queries import last_ties
from reunions.models import InfoAsked, ReunionPlan, Watch
from reunions.policies import plans_visible_to, questions_visible_to, watches_visible_to
from schools.worklist import Lane, WorkItem

WATCH_SHOWN_DAYS = 14  # days after which a missed check is no longer useful
OUTCOME_AFTER_DAYS = 2  # days after the planned arrival until we ask whether it happened
OUTCOME_ASKED_DAYS = 21


def work_for(user: User, at: datetime) -> list[WorkItem]:
    return [
        *_untold(user, at),
        *_watches(user, at),
        *_outcomes(user, at),
        *_questions(user, at),
    ]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the prepared queries that `work_for` runs first, for `ask_together`."""
    on = timezone.localdate(at)
    return [
        _changed_unknown_to_child.question(user=user, on=on),
        _due_watches.question(user=user, on=on, since=on - timedelta(days=WATCH_SHOWN_DAYS)),
        _without_outcome.question(user=user, on=on, **_days_asked(on)),
        _unanswered.question(user=user, on=on),
    ]


def _untold(user: User, at: datetime) -> Iterator[WorkItem]:
    """Yield plans that a parent has cancelled or moved while the child still counts the nights."""
    on = timezone.localdate(at)
    rows = _changed_unknown_to_child(user=user, on=on)
    told = relations_of(rows)
    for row in rows:
        who = capfirst(told.get((row.student_id, row.adult_id), "")) or _("A parent")
        day = {"who": who, "day": week_day(row.child_expects_on)}
        if row.told_day:
            words = _("%(who)s comes on %(new)s, not on %(day)s. The child does not know yet.")
            words %= day | {"new": week_day(row.told_day)}
        else:
            words = _(
                "%(who)s may not come on %(day)s after all. The child still counts the nights."
            )
            words %= day
        yield WorkItem(
            key=f"untold-{row.pk}",
            lane=Lane.DUE,
            student_id=row.student_id,
            student_name=row.student.name,
            why=words,
            since_at=row.said_at,
            act_label=_("Tell the child"),
            act_url=address("reunions:told", row.pk),
            act_opens=True,
            leads=True,
        )


@prepared
def _changed_unknown_to_child(*, user, on) -> QuerySet[ReunionPlan]:
    rows = plans_visible_to(user, on).filter(child_expects_on__gte=on, outcome="")
    return joined(rows, "student__name").order_by("child_expects_on", "pk")


def _watches(user: User, at: datetime) -> Iterator[WorkItem]:
    on = timezone.localdate(at)
    rows = _due_watches(user=user, on=on, since=on - timedelta(days=WATCH_SHOWN_DAYS))
    told = relations_of(row.plan for row in rows)
    for row in rows:
        yield WorkItem(
            key=f"watch-{row.pk}",
            lane=Lane.DUE,
            student_id=row.student_id,
            student_name=row.student.name,
            why=watch_words(row, told.get((row.student_id, row.plan.adult_id), ""), on),
            since_at=at - (on - row.due_on),
            act_label=_("I have checked"),
            act_url=address("reunions:watch", row.pk),
            act_opens=True,
        )


@prepared
def _due_watches(*, user, on, since) -> QuerySet[Watch]:
    rows = watches_visible_to(user, on).filter(done_at=None, due_on__range=(since, on))
    # A talk before the parting is no longer useful after it.
    rows = rows.filter(Q(step__gt=0) | Q(plan__leaves_on__gte=on))
    return joined(rows.select_related("plan"), "student__name").order_by("due_on", "pk")


def watch_words(row: Watch, who: str, on: date) -> str:
    left_on: date = row.plan.leaves_on  # type: ignore[assignment]  # a watch exists with its day only
    days = (left_on - on).days
    if row.plan.travel == ReunionPlan.Travel.CHILD_GOES:
        # A child who travelled and is coming back from a parent.
        if days >= 0:
            words = ngettext(
                "Comes back from %(who)s in %(days)d day. Talk about it before and after.",
                "Comes back from %(who)s in %(days)d days. Talk about it before and after.",
                days,
            )
        else:
            words = ngettext(
                "Came back from %(who)s %(days)d day ago. How is the child?",
                "Came back from %(who)s %(days)d days ago. How is the child?",
                -days,
            )
        return words % {"who": who or _("a parent"), "days": abs(days)}
    who = capfirst(who) or _("A parent")
    if days >= 0:
        words = ngettext(
            "%(who)s leaves again in %(days)d day. Talk about it with the child.",
            "%(who)s leaves again in %(days)d days. Talk about it with the child.",
            days,
        )
    else:
        words = ngettext(
            "%(who)s left %(days)d day ago. How is the child?",
            "%(who)s left %(days)d days ago. How is the child?",
            -days,
        )
    return words % {"who": who, "days": abs(days)}


def _outcomes(user: User, at: datetime) -> Iterator[WorkItem]:
    on = timezone.localdate(at)
    rows = _without_outcome(user=user, on=on, **_days_asked(on))
    told = relations_of(rows)
    for row in rows:
        who = capfirst(told.get((row.student_id, row.adult_id), "")) or _("A parent")
        yield WorkItem(
            key=f"reunion-{row.pk}",
            lane=Lane.DUE,
            student_id=row.student_id,
            student_name=row.student.name,
            why=_("%(who)s and the child planned to be together. Did it happen?") % {"who": who},
            since_at=at,
            act_label=_("Record it"),
            act_url=address("reunions:outcome", row.pk),
            act_opens=True,
        )


def _days_asked(on: date) -> dict[str, date]:
    since, until = on - timedelta(days=OUTCOME_ASKED_DAYS), on - timedelta(days=OUTCOME_AFTER_DAYS)
    return {"since": since, "until": until}


@prepared
def _without_outcome(*, user, on, since, until) -> QuerySet[ReunionPlan]:
    together = [ReunionPlan.Travel.COMES, ReunionPlan.Travel.CHILD_GOES]
    # If no day was given, we expect them together at the feast.
    expected_on = Coalesce("arrives_on", "season__feast_on", "season__starts_on")
    rows = plans_visible_to(user, on).annotate(expected_on=expected_on)
    rows = rows.filter(travel__in=together, outcome="", expected_on__range=(since, until))
    return joined(rows, "student__name").order_by("expected_on", "pk")


def _questions(user: User, at: datetime) -> Iterator[WorkItem]:
    for row in _unanswered(user=user, on=timezone.localdate(at)):
        yield WorkItem(
            key=f"info-{row.pk}",
            lane=Lane.AWAITING_ANSWER,
            student_id=row.student_id,
            student_name=row.student.name,
            why=_("%(name)s asks about: %(topic)s.")
            % {"name": row.adult.name, "topic": row.get_topic_display()},
            since_at=row.asked_at,
            act_label=_("Answer"),
            act_url=address("reunions:answer", row.pk),
            act_opens=True,
        )


@prepared
def _unanswered(*, user, on) -> QuerySet[InfoAsked]:
    rows = questions_visible_to(user, on).filter(answered_at=None)
    return joined(rows, "student__name", "adult__name")


def relations_of(plans: Iterable[ReunionPlan]) -> dict[tuple[int, int], str]:
    """Return relations by (child, adult), such as 妈妈; one query."""
    ties = last_ties([(plan.student_id, plan.adult_id) for plan in plans])
    return {pair: relation_word(tie.relation) for pair, tie in ties.items()}
