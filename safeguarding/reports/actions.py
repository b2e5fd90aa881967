"""Write a report of suspected harm, and do what follows.

No approval is needed: anybody who may see the child may report. One transaction saves the report, closes the
child's file to the suspects, calls an adult to the child's side and notifies the principal. Suspects are told
nothing.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts import chain
from accounts.models import User
from core import walls
from core.database import run_step
from delivery import actions as messaging
from delivery.models import OutboxMessage
from guardians.blocking import suspects
from guardians.blocking.actions import OneSelf
from guardians.care import actions as care_actions
from guardians.models import Adult
from safeguarding import actions as concerns
from safeguarding import rules
from safeguarding.models import Report, ReportEntry, Suspect
from safeguarding.policies import at_the_top, handling_posts
from safeguarding.queries import school_now
from safeguarding.reports import record, unattended
from safeguarding.reports.rules import sent_as
from schools.policies import today_in
from schools.roles import Permission, roles_with
from students.models import Student

__all__ = [
    "AlreadyLifted",
    "OneSelf",
    "OtherWords",
    "ReasonNeeded",
    "add",
    "lift",
    "told",
    "write_report",
]

Kind = ReportEntry.Kind


class ReasonNeeded(ValueError):
    """Reopening a file to a person who was suspected needs a reason."""


class OtherWords(ValueError):
    """The same form was sent before with other content."""


class AlreadyLifted(ValueError):
    """Somebody else was faster, or nothing is closed."""


@walls.every_school("whom it names is one human being under all their records")
@transaction.atomic
def write_report(
    *,
    student: Student,
    by: User,
    situation: str,
    words: str,
    child_now: str,
    adults: Iterable[Adult],
    users: Iterable[User],
    somebody: str,
    at: datetime,
    key: uuid.UUID,
    sent: str = "",
) -> Report:
    """Save a report and carry out everything that follows from it. No change if `key` is already on record.

    Raises OneSelf if `by` is among the suspects, and OtherWords if a report with this key has other text or
    names other people. `sent` identifies the people as the form named them (rules.sent_as).
    """
    adults, users, somebody = list(adults), list(users), somebody.strip()
    sent = sent or _sent_as(adults, users, somebody)
    report, is_new = Report.objects.get_or_create(
        key=key,
        defaults={
            "school": school_now(student, student.school, at),
            "student": student,
            "situation": situation,
            "words": words,
            "child_now": child_now,
            "reported_by": by,
            "at": at,
            "sent": sent,
        },
    )
    if not is_new:
        if _said_in(report) != (situation, words, child_now, sent):
            raise OtherWords
        return report
    _name_suspects(report, adults, users, somebody, at)
    care_actions.note_care_gaps(at=at, student_ids=[student.pk])  # the only carer may be suspected
    concerns.open_for_report(student=student, by=by, at=at, key=str(key))
    _tell_the_top(report, at)
    unattended.tell_bureau(at, Report.objects.filter(pk=report.pk))
    written = _entry(report, Kind.WRITTEN, by, at, digest=record.digest_of(report))
    names = [*(one.name for one in adults), *(one.name for one in users)]
    closed = [_entry(report, Kind.CLOSED, by, at, words=name) for name in names]
    _append([written, *closed])
    return report


def _said_in(report: Report) -> tuple[str, str, str, str]:
    named = list(report.suspects.select_related("adult", "user"))
    adults = [one.adult for one in named if one.adult]
    users = [one.user for one in named if one.user]
    sent = report.sent or _sent_as(adults, users, "".join(one.somebody for one in named))
    return report.situation, report.words, report.child_now, sent


def _sent_as(adults: Iterable[Adult], users: Iterable[User], somebody: str) -> str:
    return sent_as([one.pk for one in adults], [one.pk for one in users], somebody)


def _name_suspects(
    report: Report, adults: list[Adult], users: list[User], somebody: str, at: datetime
) -> None:
    """Record the suspects and keep those whom the school knows away from the child from now on."""
    for adult in adults:
        _close(report, at, adult=adult)
    for user in users:
        _close(report, at, user=user)
    if somebody:
        Suspect.objects.create(report=report, school=report.school, somebody=somebody)


def _close(report: Report, at: datetime, *, adult=None, user=None) -> None:
    suspect = Suspect(report=report, school=report.school, adult=adult, user=user)
    suspect.closed_at = at if _close_for(suspect, at) else None
    suspect.save()


def _tell_the_top(report: Report, at: datetime) -> None:
    """Notify the principal and those on duty for safeguarding, except the reporter.

    Suspects are not among them, because the child's file is already closed to them. The text is that of every
    alert, because a locked screen shows it.
    """
    on = today_in(report.school, at)
    posts = handling_posts(report.school_id, report.student_id, on, at).select_related("user")
    posts = posts.filter(role__in=roles_with(Permission.CHECK_SAFEGUARDING))
    # Leave the reporter out first: if it is their own turn on duty, `at_the_top` finds somebody else.
    top = {post.user for post in at_the_top(posts.exclude(user=report.reported_by))}
    for user in sorted(top, key=lambda one: one.pk):
        messaging.queue_message(
            kind=OutboxMessage.Kind.CONCERN,
            user=user,
            school=report.school,
            dedupe_key=f"report:{report.pk}:{user.pk}",
            due_at=at,
            expires_at=at + timedelta(hours=rules.ALERT_EXPIRES_HOURS),
            payload={
                "path": reverse("safeguarding:report", args=[report.pk]),
                "student": report.student_id,
            },
        )


@transaction.atomic
def told(*, report: Report, by: User, at: datetime, key: uuid.UUID, **facts) -> ReportEntry:
    """Record that an office knows: `office`, `spoke_with`, `phone`, `case_number`, `told_at`, `words`."""
    return _add(report, Kind.TOLD, by, at, key, **facts)


@transaction.atomic
def add(*, report: Report, by: User, words: str, at: datetime, key: uuid.UUID) -> ReportEntry:
    """Add what became known later, or correct a mistake; the original words stay."""
    return _add(report, Kind.ADDED, by, at, key, words=words)


@walls.every_school("a report that stands elsewhere keeps a person out")
@transaction.atomic
def lift(*, suspect: Suspect, by: User, reason: str, at: datetime) -> None:
    """Open the child's file to a suspect again; who did it and why stays on record.

    If another report still names the same person, the file stays closed. Raises ReasonNeeded, AlreadyLifted,
    OneSelf.
    """
    if not reason.strip():
        raise ReasonNeeded
    locked = Suspect.objects.select_for_update(of=("self",)).get(pk=suspect.pk)
    if locked.lifted_at is not None or not (locked.adult_id or locked.user_id):
        raise AlreadyLifted
    suspected = suspects.person_of(adult=locked.adult, user=locked.user)
    if by in suspected.accounts:
        raise OneSelf
    report = locked.report
    locked.lifted_at, locked.lifted_by, locked.lift_reason = at, by, reason.strip()
    locked.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    # Open everything that reports closed to this person, except what a current report still needs. That
    # report may name them as an adult of the family or as a colleague, about this child or a brother or
    # sister.
    suspects.let_go(suspected)
    # Reports that are not lifted and name the same human being, under any of their records.
    standing = Suspect.objects.filter(lifted_at=None).select_related("adult", "user", "report")
    names = [account.name for account in suspected.accounts]
    near = (
        Q(adult__in=suspected.adults)
        | Q(adult__user__in=suspected.accounts)
        | Q(adult__name__in=names)
        | Q(user__in=suspected.accounts)
    )
    if suspected.adults:  # a colleague who is that adult, although none of their accounts led here
        near |= Q(user__adults__in=suspected.adults)
    for one in list(standing.filter(near).distinct().order_by("pk")):
        _close_for(one, at)
    suspects.open_what_nobody_holds(suspected, by=by, at=at)
    person = locked.adult or locked.user
    words = f"{person.name if person else ''}: {reason.strip()}"
    digest = record.lifting_of(locked)
    _append([_entry(report, Kind.LIFTED, by, at, words=words, digest=digest)])


def _close_for(suspect: Suspect, at: datetime) -> bool:
    """Close the child's file to a suspect; return whether this closed anything.

    If it was closed already, only record that this report holds it too.
    """
    report = suspect.report
    by = report.reported_by
    if suspect.adult is not None:
        return suspects.close_to_adult(adult=suspect.adult, by=by, at=at)
    if suspect.user is None:
        return False
    return suspects.close_to_user(student=report.student, user=suspect.user, by=by, at=at)


def close_again(at: datetime) -> int:
    """Close files again for all current reports; return for how many there was something to close.

    It covers what was added since, such as a brother who was recorded later or an account that was linked.
    Safe to run twice.
    """
    standing = Suspect.objects.filter(lifted_at=None, somebody="")
    rows = standing.select_related("adult", "user", "report__student", "report__reported_by")
    return sum(bool(run_step(_close_for, one, at)) for one in rows.order_by("pk"))


def _add(report: Report, kind: str, by: User, at: datetime, key: uuid.UUID, **facts) -> ReportEntry:
    """Append an entry. No change if `key` is already on record."""
    Report.objects.select_for_update().get(pk=report.pk)
    known = ReportEntry.objects.filter(key=key).first()
    if known is not None:
        return known
    entry = _entry(report, kind, by, at, key=key, **facts)
    _append([entry])
    return entry


def _entry(report: Report, kind: str, by: User, at: datetime, **facts) -> ReportEntry:
    return ReportEntry(report=report, school_id=report.school_id, kind=kind, by=by, at=at, **facts)


def _append(entries: list[ReportEntry]) -> None:
    """Append entries as the last write of the transaction, because it locks the end of the school's chain."""
    chain.append(entries, chain=f"{ReportEntry.CHAIN}:{entries[0].school_id}")
