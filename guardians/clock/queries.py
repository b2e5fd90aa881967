"""Reads of the two-sided clock: who reported a talk, contradictions, a child's calendar."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import Question, joined, prepared
from guardians.clock import rules as clock_rules
from guardians.clock.rules import Denial, Mismatch, Talk, Told
from guardians.models import Contact, ContactDenial, Guardianship, SentHome
from guardians.presenters import called
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.policies import can_view_student, own_children, students_visible_to
from students.timeline import EventKind, TimelineEvent

MISMATCHES_SHOWN = 10  # rows of Today; the oldest first, and the others move up as these are done


def _talk(row: Contact) -> Talk:
    return Talk(row.pk, row.adult_id, row.happened_on, row.reported_by)


def _denial(row: ContactDenial) -> Denial:
    return Denial(row.pk, row.adult_id, row.said_on, row.said_by)


def contradicted_contacts(denial: ContactDenial) -> list[Contact]:
    """Return the talks that `denial` contradicts, the latest first."""
    since = denial.said_on - timedelta(days=clock_rules.DENIAL_COVERS_DAYS)
    rows = Contact.objects.filter(
        student=denial.student_id,
        retracted_at=None,
        happened_on__gt=since,
        happened_on__lte=denial.said_on,
    ).select_related("adult")
    by_pk = {row.pk: row for row in rows}
    talks = [_talk(row) for row in by_pk.values()]
    found = clock_rules.contradicted(_denial(denial), talks, denial.said_on)
    return [by_pk[talk.pk] for talk in found]


def open_mismatches(student_ids: Collection[int], on: date) -> dict[int, list[Mismatch]]:
    """Return child → contradictions that nobody has asked about yet; two queries for any
    number of children.
    """
    return _mismatches(_not_asked_about(student_ids, on), on)


def _not_asked_about(student_ids: Collection[int], on: date) -> list[ContactDenial]:
    since = on - timedelta(days=clock_rules.DENIAL_ASKED_FOR_DAYS)
    return _unsettled(student_ids=student_ids, since=since, on=on) if student_ids else []


def questions(user: User, at: datetime) -> list[Question]:
    """Return the query that `work_for` makes first."""
    on = timezone.localdate(at)
    own, since = own_children(user, on), on - timedelta(days=clock_rules.DENIAL_ASKED_FOR_DAYS)
    return [_unsettled.question(student_ids=own, since=since, on=on)] if own else []


@prepared
def _unsettled(*, student_ids, since, on) -> QuerySet[ContactDenial]:
    rows = ContactDenial.objects.filter(student_id__in=student_ids, settled_at=None)
    rows = rows.filter(said_on__gt=since, said_on__lte=on)
    return joined(rows, "student__name").order_by("said_on", "pk")


def _mismatches(rows: Iterable[ContactDenial], on: date) -> dict[int, list[Mismatch]]:
    denials = defaultdict(list)
    for row in rows:
        denials[row.student_id].append(_denial(row))
    if not denials:
        return {}
    asked_since = on - timedelta(days=clock_rules.DENIAL_ASKED_FOR_DAYS)
    earliest = asked_since - timedelta(days=clock_rules.DENIAL_COVERS_DAYS)
    talks: dict[int, list[Talk]] = defaultdict(list)
    for contact in _contacts_since(student_ids=denials, since=earliest):
        talks[contact.student_id].append(_talk(contact))
    found = {
        child: clock_rules.mismatches(said, talks[child], on) for child, said in denials.items()
    }
    return {child: rows for child, rows in found.items() if rows}


@prepared
def _contacts_since(*, student_ids, since) -> QuerySet[Contact]:
    return Contact.objects.filter(
        student_id__in=student_ids, retracted_at=None, happened_on__gte=since
    )


def denials_visible_to(user: User, on: date) -> QuerySet[ContactDenial]:
    """Return denials about children whom `user` may see; none unless they work with check-ins."""
    schools = school_ids_where(user, Permission.WORK_CHECK_INS, on)
    return ContactDenial.objects.filter(
        school_id__in=schools, student__in=students_visible_to(user, on)
    )


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return contradictions for the class teacher to ask about gently.

    At most four queries for any number of children.
    """
    on = timezone.localdate(at)
    denials = _not_asked_about(own_children(user, on), on)
    found = _mismatches(denials, on)
    if not found:
        return []
    held = _held(found, on)
    against = {one.denial.pk: one for rows in found.values() for one in rows}
    shown = [row for row in denials if row.pk in against][:MISMATCHES_SHOWN]
    return [
        WorkItem(
            key=f"mismatch-{row.pk}",
            lane=Lane.DUE,
            student_id=row.student_id,
            student_name=row.student.name,
            why=mismatch_words(row, against[row.pk].talks, held),
            since_at=row.recorded_at,
            act_label=_("I have asked"),
            act_url=reverse("guardians:clock_ask", args=[row.student_id, row.pk]),
            act_opens=True,
        )
        for row in shown
    ]


def _held(student_ids: Collection[int], on: date) -> dict[tuple[int, int], Guardianship]:
    rows = _ever(student_ids=list(student_ids))
    return {(row.student_id, row.adult_id): row for row in rows}


@prepared
def _ever(*, student_ids) -> QuerySet[Guardianship]:
    rows = Guardianship.objects.filter(student_id__in=student_ids).select_related("adult")
    return rows.order_by("-priority", "-pk")


def mismatch_words(
    row: ContactDenial, talks: Iterable[Talk], held: dict[tuple[int, int], Guardianship]
) -> str:
    """Put both statements side by side without calling either wrong."""
    talk = next(iter(talks))
    parent = held.get((row.student_id, talk.adult_id))
    who = {"who": capfirst(called(parent)) if parent else capfirst(_("a parent"))}
    if row.said_by == Contact.ReportedBy.CHILD:
        words = _(
            "%(child)s says that they have not talked this week. %(who)s wrote that they did. "
            "Please ask gently."
        )
    else:
        words = _(
            "At home they say that there was no talk this week. %(who)s wrote that there was. "
            "Please ask gently."
        )
    return words % (who | {"child": row.student.given_name})


def mismatch_of(denial: ContactDenial, on: date) -> str:
    """Return the sentence for one denial; empty if nothing contradicts it any more."""
    talks = [_talk(row) for row in contradicted_contacts(denial)]
    return mismatch_words(denial, talks, _held([denial.student_id], on)) if talks else ""


def told_of(contacts: Iterable[Contact]) -> dict[int, Told]:
    """Return contact → who reported it; `contacts` are all that is known of one child's days."""
    by_adult: dict[int, list[Talk]] = defaultdict(list)
    for row in contacts:
        by_adult[row.adult_id].append(_talk(row))
    near = timedelta(days=clock_rules.CONFIRMS_WITHIN_DAYS)
    told: dict[int, Told] = {}
    for talks in by_adult.values():
        talks.sort(key=lambda one: one.on)
        start = 0
        for talk in talks:
            while talks[start].on < talk.on - near:
                start += 1
            close = []
            for other in talks[start:]:
                if other.on > talk.on + near:
                    break
                close.append(other)
            told[talk.pk] = clock_rules.told_by(talk, close)
    return told


def told_words(told: Told, held: Guardianship | None) -> str:
    """Return "confirmed by both sides", or who alone says so: a one-sided report stays one-sided."""
    if told is Told.BOTH:
        return _("confirmed by both sides")
    if told is Told.LINE:
        return _("Jiaqiao connected the call")
    if told is Told.STAFF:
        return _("the school saw it")
    if told is Told.AWAY:
        who = called(held) if held else _("the parent")
        return _("so far only %(who)s says so") % {"who": who}
    return _("so far only home says so")


def last_told(
    student: Student, latest: Mapping[int, Contact], members: Iterable[Guardianship]
) -> dict[int, str]:
    """Return adult → who reported the last talk with them: the label next to "3 days ago". One query.

    `latest` comes from guardians.queries.FamilyFacts.
    """
    if not latest:
        return {}
    near = timedelta(days=clock_rules.CONFIRMS_WITHIN_DAYS)
    around = reduce(
        or_,
        (Q(adult_id=pk, happened_on__gte=row.happened_on - near) for pk, row in latest.items()),
    )
    told = told_of(Contact.objects.filter(around, student=student, retracted_at=None))
    held = {one.adult_id: one for one in members}
    return {
        pk: told_words(told[row.pk], held.get(pk)) for pk, row in latest.items() if row.pk in told
    }


@dataclass(frozen=True)
class MonthsOfContact:
    """Everything that the calendar shows; `held` gives the adults, including those who have
    left the family.
    """

    contacts: list[Contact]
    sent: list[SentHome]
    held: dict[int, Guardianship]
    told: dict[int, Told]


def months_of_contact(student: Student, since: date, until: date) -> MonthsOfContact:
    """Read the calendar's contents in three queries for any number of contacts."""
    contacts = list(
        Contact.objects.filter(
            student=student, retracted_at=None, happened_on__gte=since, happened_on__lte=until
        ).order_by("happened_on", "pk")
    )
    sent = SentHome.objects.filter(
        student=student, retracted_at=None, arrived_on__gte=since, arrived_on__lte=until
    )
    return MonthsOfContact(
        contacts=contacts,
        sent=list(sent.order_by("-arrived_on", "-pk")),
        held={pk: row for (_child, pk), row in _held([student.pk], until).items()},
        told=told_of(contacts),
    )


SENT_ICONS = {
    SentHome.Kind.LETTER: "mail",
    SentHome.Kind.GIFT: "flower",
    SentHome.Kind.MONEY: "paper",
}


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return what was sent home, for anybody who may see the child, and what was asked about, for people who
    work with check-ins.

    Three queries.
    """
    zone = ZoneInfo(student.school.time_zone)
    # The two conditions of `denials_visible_to`, for a child that the page has already looked up.
    on = timezone.localdate(at)
    may_see = can_view_student(user, student, on)
    schools = school_ids_where(user, Permission.WORK_CHECK_INS, on) if may_see else []
    latest = _sent_home(student_id=student.pk, limit=limit)
    told = _denials_asked(student_id=student.pk, schools=schools, limit=limit)
    titles = {
        SentHome.Kind.LETTER: _("A letter from %(who)s"),
        SentHome.Kind.GIFT: _("A gift from %(who)s"),
        SentHome.Kind.MONEY: _("Money from %(who)s"),
    }
    events = []
    for row in latest:
        source = str(row.get_reported_by_display())
        sent = TimelineEvent(
            at=datetime.combine(row.arrived_on, time(12), zone),
            kind=EventKind.CONTACT,
            icon=SENT_ICONS[SentHome.Kind(row.kind)],
            title=titles[SentHome.Kind(row.kind)] % {"who": row.adult.name},
            text=row.words,
            meta=f"{source} {row.recorded_by.name}" if row.recorded_by else source,
            is_day_only=True,
        )
        events.append(sent)
    events += [
        TimelineEvent(
            at=row.settled_at,
            kind=EventKind.CONTACT,
            icon="bridge",
            title=_("Asked whether they talked"),
            text=row.outcome,
            meta=row.settled_by.name if row.settled_by else "",
        )
        for row in told
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:limit]


def timeline_questions(student: Student, user: User, at: datetime, limit: int) -> list[Question]:
    """Return the queries that `timeline` makes for a child whom `user` may see."""
    schools = school_ids_where(user, Permission.WORK_CHECK_INS, timezone.localdate(at))
    return [
        _sent_home.question(student_id=student.pk, limit=limit),
        _denials_asked.question(student_id=student.pk, schools=schools, limit=limit),
    ]


@prepared
def _sent_home(*, student_id, limit: int) -> QuerySet[SentHome]:
    sent = SentHome.objects.filter(student_id=student_id, retracted_at=None)
    return joined(sent, "adult__name", "recorded_by__name").order_by("-arrived_on", "-pk")[:limit]


@prepared
def _denials_asked(*, student_id, schools, limit: int) -> QuerySet[ContactDenial]:
    asked = ContactDenial.objects.filter(
        school_id__in=schools, student_id=student_id, settled_at__isnull=False
    )
    return joined(asked, "settled_by__name").order_by(F("settled_at").desc(), "-pk")[:limit]
