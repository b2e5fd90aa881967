"""Queries about a class: who has signed in, who has a slip, and which claims wait for confirmation."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.addresses import page_above
from core.clock import local_date
from core.phones import on_one_line
from core.prepared import Question, joined, prepared
from delivery.channels.registry import CHANNELS
from delivery.models import ChannelAccount, Invitation, OutboxMessage
from delivery.sign_in import codes
from guardians.models import Guardianship
from guardians.queries import current_guardianships
from schools.models import School
from schools.policies import school_ids_of, school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from students.policies import students_editable_by, students_visible_to

# What a member of staff is asked to confirm, by what the person with the slip has proved.
WHY = {
    Invitation.Proof.NEW_NUMBER: gettext_lazy(
        "Someone used %(name)s's invitation slip with the number %(phone)s. Is this %(name)s?"
    ),
    Invitation.Proof.DIGITS: gettext_lazy(
        "Someone wants to sign in with %(name)s's invitation slip. Please ask whether it is %(name)s."
    ),
}


def find_slip(typed: str) -> Invitation | None:
    """Return the slip with this code, even if it is used or old; the caller checks `is_open`."""
    digests = codes.possible_digests(typed)
    rows = Invitation.objects.filter(digest__in=digests).select_related("adult", "school")
    return rows.first() if digests else None


def is_open(invitation: Invitation, at: datetime) -> bool:
    return (
        invitation.revoked_at is None
        and invitation.used_at is None
        and at < invitation.expires_at
        and not invitation.adult.is_blocked
    )


def can_write_to(school: School, kind: str) -> bool:
    """Return whether the school has a channel that reaches a phone (or a mailbox). Without one, no code can
    be sent.
    """
    kinds = [name for name, channel in CHANNELS.items() if kind == channel.MEANS]
    has_one = ChannelAccount.objects.filter(school=school, kind__in=kinds, is_enabled=True)
    return school.is_demo or has_one.exists()


def open_slips(adult_ids: Iterable[int], at: datetime) -> dict[int, Invitation]:
    rows = Invitation.objects.filter(
        adult_id__in=adult_ids, used_at=None, revoked_at=None, expires_at__gt=at
    )
    return {row.adult_id: row for row in rows}


def adults_sent_a_link(adult_ids: Iterable[int], at: datetime) -> set[int]:
    """Return adults to whom we have sent or will send a valid invitation by message."""
    sent = OutboxMessage.objects.filter(
        adult_id__in=adult_ids, kind=OutboxMessage.Kind.INVITE, expires_at__gt=at
    ).exclude(state__in=[OutboxMessage.State.FAILED, OutboxMessage.State.SUPPRESSED])
    return set(sent.values_list("adult_id", flat=True))


def claims_for(user: User, at: datetime) -> QuerySet[Invitation]:
    """Return claimed slips that wait for confirmation by `user`.

    The first confirmation is by somebody who edits the child's file, the second by another person who may
    confirm numbers.
    """
    on = local_date(at)
    held = current_guardianships(on).filter(adult_id=OuterRef("adult_id"))
    edited = held.filter(student_id__in=students_editable_by(user, on).values("pk"))
    seen = held.filter(student_id__in=students_visible_to(user, on).values("pk"))
    first = Q(Exists(edited), checked_by=None)
    second = Q(
        ~Q(checked_by=user.pk),
        Exists(seen),
        checked_by__isnull=False,
        school_id__in=school_ids_where(user, Permission.CONFIRM_NUMBERS, on),
    )
    waiting = Invitation.objects.filter(
        # Naming the schools lets PostgreSQL use their index instead of reading a whole county.
        school_id__in=school_ids_of(user, on),
        claimed_at__isnull=False,
        confirmed_at=None,
        revoked_at=None,
        used_at=None,
        expires_at__gt=at,
        adult__blocked_at=None,
    ).exclude(proof=Invitation.Proof.CODE)
    return (
        waiting.filter(first | second).select_related("adult", "checked_by").order_by("claimed_at")
    )


def claim_work(user: User, at: datetime) -> list[WorkItem]:
    """Return claims as work items, in two queries if none is waiting."""
    claims = _claims(user=user, at=at)
    adult_ids = [one.adult_id for one in claims]
    held = _around(user=user, adult_ids=adult_ids, on=timezone.localdate(at)) if claims else []
    children = {row.adult_id: row for row in held}
    items = []
    for claim in claims:
        if claim.adult_id in children:
            held = children[claim.adult_id]
            values = {"name": claim.adult.name, "phone": on_one_line(claim.claimed_address)}
            item = WorkItem(
                key=f"claim-{claim.pk}",
                lane=Lane.AWAITING_ANSWER,
                student_id=held.student_id,
                student_name=held.student.name,
                why=str(WHY[Invitation.Proof(claim.proof)]) % values,
                since_at=claim.claimed_at or claim.made_at,
                act_label=_("Check the number"),
                act_url=page_above("claim", claim.pk),
                act_opens=True,
            )
            items.append(item)
    return items


def claim_questions(user: User, at: datetime) -> list[Question]:
    """Return the query that `claim_work` runs first."""
    return [_claims.question(user=user, at=at)]


@prepared
def _claims(*, user, at) -> QuerySet[Invitation]:
    return joined(claims_for(user, at).select_related(None), "adult__name")


@prepared
def _around(*, user, adult_ids, on) -> QuerySet[Guardianship]:
    rows = current_guardianships(on).filter(
        adult_id__in=adult_ids, student_id__in=students_visible_to(user, on).values("pk")
    )
    return rows.select_related("student").order_by("-student__born_on")
