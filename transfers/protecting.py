"""What protects the child, passed on to the new school while the child may come there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Min, Q, QuerySet

from accounts.models import User
from core.clock import local_date
from guardians.blocking.policies import who_may_hear_of
from guardians.models import Adult, Guardianship
from safeguarding.models import Concern, Report, Suspect
from schools.models import Post, holds_on
from schools.roles import Permission, Role, roles_with
from students.barriers import barriers_in_force
from students.models import Student
from surveys.models import Seat
from surveys.pulses.policies import carer_talks_about, open_talks
from transfers import rules
from transfers.models import PaperPackage, Protection, Transfer
from transfers.policies import suspected

Kind = Protection.Kind


@dataclass(frozen=True)
class Fact:
    kind: str
    adult_id: int | None = None
    user_id: int | None = None
    since_on: date | None = None


def kept_away(student: Student) -> QuerySet[Adult]:
    """Return adults of the family, also of earlier ties, who are blocked or named in a current report."""
    around = Guardianship.objects.filter(student=student).filter(
        Q(adult__blocked_at__isnull=False) | suspected()
    )
    rows = Adult.objects.filter(pk__in=around.values("adult_id"), merged_into=None)
    return rows.order_by("pk")


def is_in_danger(student: Student, on: date) -> bool:
    """Return whether something is open about which the new school must call: never what, nor how much.

    A talk counts, too, for which answers of the child or of a carer ask, and a form about the child that
    nobody has looked at: once the child has left, nobody here meets them.
    """
    concerns = Concern.objects.filter(student=student, closed_at=None)
    reports = Suspect.objects.filter(report__student=student, lifted_at=None)
    fresh = Report.objects.filter(student=student, suspects=None)
    talks, of_carers = open_talks(student, on), carer_talks_about(student, on)
    forms = Seat.objects.filter(student=student, asks_for_look=True, looked_at=None)
    return any(rows.exists() for rows in (concerns, reports, fresh, talks, of_carers, forms))


def facts_about(student: Student, on: date) -> Iterator[Fact]:
    adults = list(kept_away(student))
    for adult in adults:
        since = local_date(adult.blocked_at) if adult.blocked_at else None
        yield Fact(Kind.ADULT, adult_id=adult.pk, since_on=since)
    # A block in the family also bars the same person's account: mention them once.
    told = [adult.user_id for adult in adults if adult.user_id]
    barred = barriers_in_force(student).exclude(user__in=told).filter(user__posts__isnull=False)
    since_when = barred.order_by("user_id").values_list("user_id").annotate(since=Min("set_at"))
    for user_id, since_at in since_when:
        yield Fact(Kind.STAFF, user_id=user_id, since_on=local_date(since_at))
    if is_in_danger(student, on):
        yield Fact(Kind.DANGER)


def follow(transfer: Transfer, at: datetime) -> bool:
    """Update the rows to what applies now; return whether the new school has something new to hear.

    Call it with the transfer locked; safe to call again.
    """
    now = {
        (one.kind, one.adult_id, one.user_id): one
        for one in facts_about(transfer.student, local_date(at))
    }
    rows = transfer.protections.filter(over_at=None)
    known = {(row.kind, row.adult_id, row.user_id): row for row in rows}
    for key, row in known.items():
        if key not in now:
            row.over_at = at
            row.save(update_fields=["over_at"])
    new = [fact for key, fact in now.items() if key not in known]
    Protection.objects.bulk_create(
        Protection(
            school_id=transfer.to_school_id or transfer.school_id,
            transfer=transfer,
            kind=fact.kind,
            adult_id=fact.adult_id,
            user_id=fact.user_id,
            since_on=fact.since_on,
            told_at=at,
            due_at=rules.confirm_by(at),
        )
        for fact in new
    )
    return bool(new)


def unconfirmed(transfer: Transfer) -> QuerySet[Protection]:
    return transfer.protections.filter(acknowledged_at=None, over_at=None)


def may_still_go(package: PaperPackage) -> bool:
    """Return whether what was printed may be printed again.

    Once it has arrived, it may be printed as proof. Before that, only while the family agrees, nobody has
    called it back and nothing that protects the child has changed since.
    """
    transfer = package.transfer
    if transfer.state == rules.ACCEPTED:
        return True
    if package.is_void:
        return False
    since = Q(told_at__gt=package.at) | Q(over_at__gt=package.at)
    return transfer.state == rules.AGREED and not transfer.protections.filter(since).exists()


def who_may_call(transfer: Transfer, on: date) -> list[User]:
    """Return who looks after safeguarding at the sending school and may hear of the child, counsellors first.

    The new school calls the first of them.
    """
    posts = Post.objects.filter(
        holds_on(on),
        school=transfer.school_id,
        role__in=roles_with(Permission.CHECK_SAFEGUARDING),
        user__is_active=True,
    ).select_related("user")
    people = User.objects.filter(pk__in=posts.values("user"))
    fit = set(who_may_hear_of(people, transfer.student_id).values_list("pk", flat=True))
    held = sorted(posts, key=lambda post: (post.role != Role.COUNSELLOR, post.starts_on, post.pk))
    return list({post.user_id: post.user for post in held if post.user_id in fit}.values())
