"""Worklist items: waiting leave, unexplained absences, requests, help with homework, good news due."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from classroom.leave.queries import waiting_questions
from classroom.leave.work import waiting_leave
from classroom.models import AttendanceMark, ClassRegister, FamilyRequest, HomeworkHelp, Observation
from classroom.policies import children_observable_by, help_visible_to, requests_visible_to
from classroom.queries import with_attention
from classroom.queries.observing import seen_by_people
from classroom.rules import GOOD_NEWS_DAYS, GOOD_NEWS_SHOWN, UNEXPLAINED_DAYS
from core.addresses import address
from core.days import week_day
from core.prepared import Question, joined, prepared
from schools.policies import current_posts
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.policies import own_children

UNTOLD_CHARS = 60  # characters of a note shown in a row of Today


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return items for a class teacher's own class, and for requests that the user made."""
    on = timezone.localdate(at)
    own = own_children(user, on)
    return [
        *waiting_leave(own, at),
        *_absent_unexplained(own, on),
        *_requests(user, own, on),
        *_unrecorded(user, on),
        *_homework_today(user, at),
        *_good_news_owed(own, at),
    ]


def work_about(student: Student, user: User, at: datetime) -> list[WorkItem]:
    """Return items about one child. Callers check that the user may write about the child."""
    on, own = timezone.localdate(at), [student.pk]
    asked = [item for item in _requests(user, own, on) if item.student_id == student.pk]
    return [
        *waiting_leave(own, at),
        *_absent_unexplained(own, on),
        *asked,
        *_good_news_owed(own, at),
    ]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the prepared queries that `work_for` runs, for `ask_together`."""
    on = timezone.localdate(at)
    schools = {post.school_id for post in current_posts(user, on) if post.school_id}
    return [
        *questions_about(own_children(user, on), user, at),
        _with_unseen.question(school_ids=schools, on=on),
        _help_of.question(user=user, on=on),
    ]


def questions_about(children: list[int], user: User, at: datetime) -> list[Question]:
    """Return the prepared queries that `work_about` runs for its child.

    `work_for` runs them for its children, too.
    """
    on = timezone.localdate(at)
    since = on - timedelta(days=UNEXPLAINED_DAYS)
    asked = [_stuck_requests.question(user=user, children=children, on=on)]
    if children:
        asked += [
            *waiting_questions(children),
            _unexplained.question(children=children, since=since, on=on),
            _owed_to.question(children=children, since=at - timedelta(days=GOOD_NEWS_DAYS)),
        ]
    return asked


def _absent_unexplained(children: list[int], on: date) -> list[WorkItem]:
    if not children:
        return []
    today = _("Not at school today, and nobody knows why yet. Please ask the family.")
    earlier = _("Not at school on %(day)s, and nobody knows why yet. Please ask the family.")
    since = on - timedelta(days=UNEXPLAINED_DAYS)
    return [
        WorkItem(
            key=f"absent-{row.pk}",
            lane=Lane.DUE,
            student_id=row.student_id,
            student_name=row.student.name,
            why=today if row.marked_on == on else earlier % {"day": week_day(row.marked_on)},
            since_at=row.written_at,
            act_label=_("Add the reason"),
            act_url=address("classroom:reason", row.pk),
            act_opens=True,
            leads=True,
        )
        for row in _unexplained(children=children, since=since, on=on)
    ]


@prepared
def _unexplained(*, children, since, on) -> QuerySet[AttendanceMark]:
    rows = AttendanceMark.objects.filter(student_id__in=children, reason="")
    rows = rows.filter(marked_on__gt=since, marked_on__lte=on, kind=AttendanceMark.Kind.ABSENT)
    return joined(rows, "student__name").order_by("written_at", "pk")


def _unrecorded(user: User, on: date) -> list[WorkItem]:
    """Return items for children whom today's register leaves out, for everybody who may write about them."""
    schools = {post.school_id for post in current_posts(user, on) if post.school_id}
    registers = list(_with_unseen(school_ids=schools, on=on))
    if not registers:
        return []
    taken = {pk: row for row in registers for pk in row.unseen}
    children = children_observable_by(user, on).filter(pk__in=taken).order_by("name_pinyin", "pk")
    why = _(
        "Today's attendance of %(name)s is not recorded. The person who took attendance cannot see this"
        " child's file."
    )
    return [
        WorkItem(
            key=f"roll-{child.pk}-{on:%Y%m%d}",
            lane=Lane.DUE,
            student_id=child.pk,
            student_name=child.name,
            why=why % {"name": child.given_name},
            since_at=taken[child.pk].taken_at,
            act_label=_("Record it"),
            act_url=f"{reverse('classroom:attendance')}?class={taken[child.pk].school_class_id}",
            leads=True,
        )
        for child in children
    ]


@prepared
def _with_unseen(*, school_ids, on) -> QuerySet[ClassRegister]:
    rows = ClassRegister.objects.filter(school_id__in=school_ids, taken_on=on)
    return rows.filter(~Q(unseen=[])).order_by("pk")


def _requests(user: User, children: list[int], on: date) -> list[WorkItem]:
    """Return items for requests answered "can't" or overdue, for the author and the class teacher."""
    items = []
    for row in _stuck_requests(user=user, children=children, on=on):
        is_refused = row.answer == FamilyRequest.Answer.CANNOT
        words = {"adult": row.adult.name, "what": row.words}
        if is_refused:
            why = _("%(adult)s says they can't: %(what)s") % words
        else:
            why = _("%(adult)s has not done it by the due date: %(what)s") % words
        items.append(
            WorkItem(
                key=f"request-{row.pk}",
                lane=Lane.AWAITING_ANSWER if is_refused else Lane.DUE,
                student_id=row.student_id,
                student_name=row.student.name,
                why=why,
                since_at=(row.answered_at if is_refused else None) or row.asked_at,
                act_label=_("See the request"),
                act_url=address("classroom:request", row.pk),
                act_opens=True,
            )
        )
    return items


@prepared
def _stuck_requests(*, user, children, on) -> QuerySet[FamilyRequest]:
    late = Q(due_on__lt=on) & ~Q(answer=FamilyRequest.Answer.DONE)
    cannot = Q(answer=FamilyRequest.Answer.CANNOT)
    whose = Q(asked_by_id=user.pk) | Q(student_id__in=children)
    rows = requests_visible_to(user, on).filter(whose, late | cannot, closed_at=None)
    return joined(rows, "student__name", "adult__name").order_by("due_on", "pk")


def _homework_today(user: User, at: datetime) -> list[WorkItem]:
    """Return items for homework help that `user` gives today, until they write a note about the child."""
    on, zone = timezone.localdate(at), timezone.localtime(at).tzinfo
    items = []
    for row in _help_of(user=user, on=on):
        if on.weekday() not in row.weekdays:
            continue
        time, name = f"{row.starts_at:%H:%M}", row.student.given_name
        if row.words:
            words = _("You help %(name)s with homework at %(time)s: %(what)s.")
        else:
            words = _("You help %(name)s with homework at %(time)s.")
        items.append(
            WorkItem(
                key=f"help-{row.pk}-{on:%Y%m%d}",
                lane=Lane.DUE,
                student_id=row.student_id,
                student_name=row.student.name,
                why=words % {"time": time, "name": name, "what": row.words},
                since_at=datetime.combine(on, row.starts_at, zone),
                act_label=_("How did it go?"),
                act_url=address("classroom:observe", row.student_id),
                act_opens=True,
            )
        )
    return items


@prepared
def _help_of(*, user, on) -> QuerySet[HomeworkHelp]:
    written = Observation.objects.filter(
        student=OuterRef("student"), written_by_id=user.pk, recorded_at__date=on
    )
    mine = help_visible_to(user, on).filter(staff_id=user.pk, ended_at=None, starts_on__lte=on)
    return joined(mine.filter(~Exists(written)), "student__name").order_by("starts_at", "pk")


def _good_news_owed(children: list[int], at: datetime) -> list[WorkItem]:
    """Return good news due for a few children a day, so that a class takes two weeks.

    Children with a good note that their family does not know about come first, then those who have waited
    longest.
    """
    if not children:
        return []
    rows = _owed_to(children=children, since=at - timedelta(days=GOOD_NEWS_DAYS))
    items = []
    for row in sorted(rows, key=lambda row: (not row["untold"], row["told_at"] is not None))[
        :GOOD_NEWS_SHOWN
    ]:
        told_at, days = row["told_at"], 0
        words = Truncator(row["untold"] or "").chars(UNTOLD_CHARS)
        if words:
            why = _("The family does not know yet: “%(words)s”")
        elif told_at is None:
            why = _("No good news sent to %(name)s's family yet.")
        else:
            days = (timezone.localdate(at) - timezone.localdate(told_at)).days
            why = ngettext(
                "No good news sent to %(name)s's family for %(days)d day.",
                "No good news sent to %(name)s's family for %(days)d days.",
                days,
            )
        items.append(
            WorkItem(
                key=f"good-news-{row['pk']}",
                lane=Lane.GOOD_NEWS,
                student_id=row["pk"],
                student_name=row["name"],
                why=why % {"name": row["name"], "days": days, "words": words},
                since_at=told_at or row["created_at"],
                act_label=_("Write good news"),
                act_url=address("classroom:observe", row["pk"]),
                act_opens=True,
            )
        )
    return items


@prepared
def _owed_to(*, children, since) -> QuerySet[Any]:
    rows = with_attention(Student.objects.filter(pk__in=children))
    owed = rows.filter(Q(told_at=None) | Q(told_at__lte=since))
    good = (
        seen_by_people().filter(tell_family=False, themes=[], shared_key=None).exclude(strengths=[])
    )
    good = good.filter(student_id=OuterRef("pk"), happened_at__gte=since).exclude(words="")
    untold = Subquery(good.order_by("-happened_at", "-pk").values("words")[:1])
    return (
        owed.annotate(untold=untold)
        .order_by("told_at", "name_pinyin", "pk")
        .values("pk", "name", "told_at", "created_at", "untold")
    )
