"""Queries about concerns: what intake must open, what waits for whom, and what was said."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from core.clock import local_date
from core.prepared import Question, joined, prepared
from delivery.models import OutboxMessage
from guardians.blocking.policies import unblocked
from guardians.queries import last_ties
from messaging.models import Reply
from safeguarding import rules
from safeguarding.ladder import rungs_of
from safeguarding.models import Concern, ConcernEntry
from safeguarding.policies import (
    concerns_visible_to,
    handling_posts,
    nothing_of_barred,
    schools_led,
)
from safeguarding.sources import ASSIGNED, REPLY, TAKEN_BACK
from schools.models import School, holds_on
from schools.policies import school_ids_of, today_in
from students.barriers import barriers_in_force
from students.models import Enrolment, Student
from threads.queries import writers_now
from uploads.models import Upload

# Minutes after which an unsent alert is shown to everybody at the school. Source: the reliability target, an
# alert leaves within a minute; three minutes allow for one retry.
ALERT_LATE_MINUTES = 3
FROM_CHILD = (Concern.Source.PUPIL, Concern.Source.HURT, Concern.Source.FOR_PEER)
# Longer than a link accepts answers (messaging.rules), so that later messages still arrive.
LINK_OPEN_DAYS = 14
# Days for which we look whether the text behind a closed concern is taken back. An open one has no limit.
TAKEN_BACK_DAYS = 31


def ids_in_barred_hands() -> list[int]:
    """Return the ids of open concerns whose named adult has since been barred from the child's file."""
    barred = barriers_in_force(OuterRef("student_id")).filter(user_id=OuterRef("named_adult_id"))
    rows = Concern.objects.filter(Exists(barred), closed_at=None)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def later_replies(at: datetime) -> Iterator[tuple[int, Reply]]:
    """Yield (concern id, reply) for messages and corrections that followed a call for help.

    Replies that have an entry already are left out. Concerns closed within the last LINK_OPEN_DAYS are
    included. Each reply belongs to the latest call before it.
    """
    lately = Q(closed_at=None) | Q(closed_at__gte=at - timedelta(days=LINK_OPEN_DAYS))
    calls = Concern.objects.filter(
        lately, source=Concern.Source.FAMILY, source_key__startswith=f"{REPLY.name}:"
    )
    concern_of = {int(key.split(":")[1]): pk for pk, key in calls.values_list("pk", "source_key")}
    if not concern_of:
        return
    calls_on: dict[int, list[int]] = {}
    for line_id, pk in Reply.objects.filter(pk__in=concern_of).values_list("line_id", "pk"):
        calls_on.setdefault(line_id, []).append(pk)
    known = ConcernEntry.objects.filter(source_key=REPLY.outer_key())
    followed = Reply.objects.filter(line_id__in=calls_on, act__in=[Reply.Act.MORE, Reply.Act.UNDO])
    for reply in followed.exclude(Exists(known)).exclude(
        act=Reply.Act.MORE, words="", voice=None, wants_call=False
    ):
        before = [pk for pk in calls_on[reply.line_id] if pk < reply.pk]
        if before:
            yield concern_of[max(before)], reply


def voice_of(concern: Concern, reply_id: int) -> Upload | None:
    """Return the voice note of a reply that belongs to this concern."""
    key = REPLY.key_of(reply_id)
    if not ConcernEntry.objects.filter(concern=concern, source_key=key).exists():
        return None
    reply = Reply.objects.select_related("voice").filter(pk=reply_id).first()
    return reply.voice if reply else None


def said_in(entries: Iterable[ConcernEntry]) -> dict[int, Reply]:
    """Return {entry id: the reply it reports}."""
    keys = {one.pk: REPLY.row_of(one.source_key) for one in entries if one.source_key}
    found = Reply.objects.in_bulk([key for key in keys.values() if key])
    return {pk: found[key] for pk, key in keys.items() if key in found}


def school_now(student: Student, otherwise: School, at: datetime) -> School:
    """Return the school that the child attends today, whose adults must know; else `otherwise`."""
    on = today_in(otherwise, at)
    current = (
        Enrolment.objects.filter(holds_on(on), student=student).select_related("school").first()
    )
    return current.school if current else otherwise


def ids_of_texts_taken_back(at: datetime) -> list[int]:
    """Return concerns from a text that was taken back from the family to which somebody had assigned it."""
    lately = Q(closed_at=None) | Q(opened_at__gt=at - timedelta(days=TAKEN_BACK_DAYS))
    rows = Concern.objects.filter(lately, source_key__startswith=f"{ASSIGNED}:")
    keys = {pk: key.split(":")[1:] for pk, key in rows.values_list("pk", "source_key")}
    now = writers_now({int(routing) for routing, _adult in keys.values()}) if keys else {}
    return [
        pk
        for pk, (routing, adult) in keys.items()
        if now.get(int(routing), int(adult)) != int(adult)
    ]


def waiting_for_somebody() -> QuerySet[Concern]:
    """Return open concerns that somebody must take, and that nobody has taken.

    Not among them is one whose text was taken back from the wrong family: the child is not in danger, and a
    person closes it. If a person has judged it, joined another to it or handed it over, it counts.
    """
    by_person = ConcernEntry.objects.filter(concern=OuterRef("pk"), by__isnull=False)
    mistaken = Q(~Exists(by_person), source_key__startswith=f"{TAKEN_BACK}:")
    return Concern.objects.filter(~mistaken, acknowledged_at=None, closed_at=None)


def _past_due(at: datetime) -> QuerySet[Concern]:
    return waiting_for_somebody().filter(due_at__lte=at)


def ids_past_due(at: datetime) -> list[int]:
    return list(_past_due(at).order_by("due_at").values_list("pk", flat=True))


def lock_past_due(pk: int, at: datetime) -> Concern | None:
    """Lock the concern and return it.

    Return None if another process has just escalated it or somebody has taken it.
    """
    locked = _past_due(at).select_for_update(skip_locked=True, of=("self",))
    return locked.select_related("school").filter(pk=pk).first()


def _late(at: datetime) -> QuerySet[Concern]:
    return Concern.objects.filter(closed_at=None, look_by__lte=at)


def ids_late(at: datetime) -> list[int]:
    """Return the ids of concerns that somebody judged and nobody looked after in time."""
    return list(_late(at).order_by("look_by").values_list("pk", flat=True))


def lock_late(pk: int, at: datetime) -> Concern | None:
    """Lock the concern and return it; None if another process has just notified people or it is closed."""
    locked = _late(at).select_for_update(skip_locked=True, of=("self",))
    return locked.select_related("school").filter(pk=pk).first()


def join_choices(concern: Concern, user: User, at: datetime) -> QuerySet[Concern]:
    """Return other open concerns about the child that `user` may see, the longest wait first."""
    rows = concerns_for_list(user, at).filter(student=concern.student_id, closed_at=None)
    if concern.is_narrow:
        rows = rows.exclude(asked_for__in=Concern.WIDE)
    return rows.exclude(pk=concern.pk)


def joined_into(concern: Concern, user: User, at: datetime) -> QuerySet[Concern]:
    """Return the concerns that were joined to this one, as far as `user` may see them."""
    return concerns_for_list(user, at).filter(joined_to=concern)


def hand_over_choices(concern: Concern, at: datetime) -> QuerySet[User]:
    """Return the people who can take the concern over from the named adult."""
    posts = handling_posts(concern.school_id, concern.student_id, today_in(concern.school, at), at)
    people = User.objects.filter(pk__in=posts.order_by().values("user_id"))
    others = people.exclude(pk=concern.named_adult_id or 0)
    return unblocked(others, concern.student_id).order_by("pk")


def people_to_ask(student: Student, at: datetime) -> list[tuple[str, str]]:
    """Return (role, name) of the people a child may ask for, the class teacher first."""
    school = school_now(student, student.school, at)
    asking = Concern(school=school, student=student)
    posts = handling_posts(school.pk, student.pk, today_in(school, at), at).select_related("user")
    names = {(post.user_id, post.role): post.user.name for post in posts if post.is_near}
    found = {}
    for role in rules.LADDER:
        asking.asked_for = role
        first = rules.people_on(rungs_of(asking, at), 0)
        if first and (first[0], role) in names:
            found[role] = names[first[0], role]
    return list(found.items())


def latest_request(student: Student) -> Concern | None:
    """Return the child's latest request for themselves at the pupils' door that is still open."""
    own = (Concern.Source.PUPIL, Concern.Source.HURT)
    asked = Concern.objects.filter(student=student, source__in=own, closed_at=None)
    return asked.select_related("school", "named_adult").order_by("-opened_at", "-pk").first()


def told_by_child(student: Student, pk: int) -> Concern | None:
    """Return an open concern that this child raised, about itself or another child."""
    own = Q(student=student, source__in=FROM_CHILD) | Q(teller__student=student)
    told = Concern.objects.filter(own, pk=pk, closed_at=None)
    return told.select_related("school", "named_adult").first()


def concerns_for_list(user: User, at: datetime) -> QuerySet[Concern]:
    """Return the concerns `user` may see with everything a row of the list shows, the longest wait first."""
    return (
        concerns_visible_to(user, local_date(at))
        .select_related("school", "student", "adult", "named_adult", "acknowledged_by", "raised_by")
        .order_by("opened_at", "pk")
    )


@prepared
def open_ones(*, user, at) -> QuerySet[Concern]:
    rows = concerns_visible_to(user, local_date(at)).filter(closed_at=None)
    rows = joined(rows, "student__name", "student__sex", "adult__name", "raised_by__name")
    return rows.order_by("opened_at", "pk")


@prepared
def listed(*, user, at, closed_since) -> QuerySet[Concern]:
    """Return the concerns of the list: open, or closed since `closed_since`.

    A concern that was joined to another is left out; it is shown with that one.
    """
    rows = concerns_visible_to(user, local_date(at)).filter(joined_to=None)
    rows = rows.exclude(closed_at__lt=closed_since).order_by("opened_at", "pk")
    return joined(rows, *LISTED)


def in_other_hands(user: User, at: datetime) -> list[Concern]:
    """Return open concerns of schools that `user` leads but may not see, only for counting.

    They come without names or text.
    """
    on = timezone.localdate(at)
    return _in_other_hands(user=user, on=on) if schools_led(user, on) else []


@prepared
def _in_other_hands(*, user, on) -> QuerySet[Concern]:
    seen = concerns_visible_to(user, on).filter(pk=OuterRef("pk"))
    rows = Concern.objects.filter(
        school_id__in=schools_led(user, on), closed_at=None, joined_to=None
    )
    return nothing_of_barred(rows.exclude(Exists(seen)), user).only(*COUNTED).order_by("opened_at")


COUNTED = ("level", "clock", "opened_at", "due_at", "acknowledged_at", "look_by")


# What a row of the list shows about the people around a concern.
LISTED = (
    "school__time_zone",
    "student__name",
    "adult__name",
    "named_adult__name",
    "raised_by__name",
)


def rail_questions(user: User, at: datetime) -> tuple[Question, Question]:
    """Return the queries behind `open_counts` and the first of `stopped_alert_banner`."""
    asked = {"user": user, "on": timezone.localdate(at)}
    return _open_keys.question(**asked), _not_taken.question(**asked)


def open_counts(user: User, at: datetime) -> int:
    """Return how many of the concerns that `user` may see are open."""
    return len(_open_keys(user=user, on=timezone.localdate(at)))


@prepared
def _open_keys(*, user, on) -> QuerySet[Any]:
    return concerns_visible_to(user, on).filter(closed_at=None).values_list("pk")


def relations_of(concerns: Iterable[Concern]) -> dict[tuple[int, int], str]:
    """Return {(student id, adult id): relation} for the adults who called for help, in one query."""
    ties = last_ties([(one.student_id, one.adult_id) for one in concerns if one.adult_id])
    return {pair: tie.relation for pair, tie in ties.items()}


def class_names(student_ids: Iterable[int], at: datetime) -> dict[int, str]:
    """Return {student id: name of today's class}."""
    return dict(_class_names(student_ids=list(student_ids), on=timezone.localdate(at)))


@prepared
def _class_names(*, student_ids, on) -> QuerySet[Any]:
    held = Enrolment.objects.filter(holds_on(on), student_id__in=student_ids)
    return held.values_list("student_id", "school_class__name")


@prepared
def _any_about(*, student_id) -> QuerySet[Any]:
    return Concern.objects.filter(student_id=student_id).values_list("pk")[:1]


def concerns_about(student: Student, user: User, at: datetime) -> list[Concern]:
    """Return the concerns about one child that `user` may see.

    Most children have none, so one indexed look-up comes first and the policy runs only when it finds
    something.
    """
    if not _any_about(student_id=student.pk):
        return []
    return _about(user=user, at=at, student_id=student.pk)


def questions_about(student: Student) -> list[Question]:
    """Return the first query of `concerns_about`, to be run together with others."""
    return [_any_about.question(student_id=student.pk)]


@prepared
def _about(*, user, at, student_id) -> QuerySet[Concern]:
    return concerns_for_list(user, at).filter(student_id=student_id)


def entries_of(concern: Concern) -> QuerySet[ConcernEntry]:
    return concern.entries.select_related("by", "about")


@dataclass(frozen=True)
class AlertBanner:
    """`people`: (name, phone) of those to phone, in the order in which we notified them.

    People without a phone come last. Empty if nobody at the school can be notified.
    """

    people: list[tuple[str, str]]


def stopped_alert_banner(user: User, at: datetime) -> AlertBanner | None:
    """Return whom to phone because the alert of an open concern has not been sent; None if all is well.

    Everybody at that school sees it, so it names no child.
    """
    on = timezone.localdate(at)
    waiting = _not_taken(user=user, on=on)
    if not waiting:
        return None
    stuck = _stuck_alerts(
        school_ids=school_ids_of(user, on),
        since=min(opened_at for *_rest, opened_at in waiting),
        late=at - timedelta(minutes=ALERT_LATE_MINUTES),
    )
    concerns = {pk for pk, *_rest in waiting}
    people = {
        user_id: (name, phone) for user_id, name, phone, concern in stuck if concern in concerns
    }
    is_nobodys = any(
        named is None and source != Concern.Source.REPORT
        for _pk, named, source, _opened_at in waiting
    )
    if not people and not is_nobodys:
        return None
    return AlertBanner(sorted(people.values(), key=lambda one: not one[1]))


@prepared
def _stuck_alerts(*, school_ids, since, late) -> QuerySet[Any]:
    """Return (user id, name, phone, concern id) of alerts not sent, in the order of the ladder."""
    ended, open_ = ["failed", "expired", "suppressed", "unknown"], ["due", "claimed", "retry"]
    return (
        OutboxMessage.objects.filter(
            Q(state__in=ended) | Q(state__in=open_, due_at__lte=late),
            # The recipient is barred: we notified the next person on the ladder and name nobody here.
            ~Q(cause="barred"),
            # Every alert that rings also goes in writing; a call that nobody answers counts as sent.
            ~Q(payload__has_key="ring"),
            kind=OutboxMessage.Kind.CONCERN,
            school_id__in=school_ids,
            due_at__gte=since,
            # Most messages have been sent; the index leaves them out.
            state__in=[*ended, *open_],
            user__isnull=False,
        )
        .order_by("due_at", "pk")
        .values_list("user", "user__name", "user__phone", "payload__concern")
    )


@prepared
def _not_taken(*, user, on) -> QuerySet[Any]:
    """Return open concerns of the user's schools that nobody has taken.

    People who are barred from the child's file or blocked in its family notice nothing here either.
    """
    rows = Concern.objects.filter(
        school_id__in=school_ids_of(user, on), acknowledged_at=None, closed_at=None
    )
    kept = nothing_of_barred(rows, user)
    return kept.values_list("pk", "named_adult_id", "source", "opened_at")
