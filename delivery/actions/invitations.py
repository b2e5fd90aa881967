"""Slips of paper and invitations by message: make, claim, confirm, use and revoke them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pghistory
from django.db import transaction
from django.db.models import F

from accounts.models import User
from delivery import rules
from delivery.actions.outbox import queue_message
from delivery.models import Invitation, OutboxMessage, SignInLink
from delivery.sign_in import codes
from guardians import actions as guardians
from guardians.models import Adult, ContactPoint
from guardians.queries import sign_in_points


@transaction.atomic
def make_slips(*, adults: Collection[Adult], by: User, at: datetime) -> int:
    """Make a slip for each of these adults who has no valid one, and return how many are new."""
    open_ones = Invitation.objects.filter(adult__in=adults, used_at=None, revoked_at=None)
    open_ones.filter(expires_at__lte=at).update(revoked_at=at)
    has_one = set(open_ones.filter(expires_at__gt=at).values_list("adult_id", flat=True))
    rows = []
    for adult in adults:
        if adult.pk not in has_one:
            salt = uuid4()
            slip = Invitation(
                school_id=adult.school_id,
                adult=adult,
                salt=salt,
                digest=codes.digest_of(codes.slip_code(salt)),
                made_by=by,
                made_at=at,
                expires_at=at + timedelta(days=rules.SLIP_DAYS),
            )
            rows.append(slip)
    return len(Invitation.objects.bulk_create(rows, ignore_conflicts=True)) if rows else 0


def revoke_slip(*, adult: Adult, by: User, at: datetime) -> None:
    """Revoke the slip, so that it opens nothing any more. Another one can be made."""
    with pghistory.context(user=by.pk):
        rows = Invitation.objects.filter(adult=adult, used_at=None, revoked_at=None)
        rows.update(revoked_at=at)


@transaction.atomic
def claim_slip(*, invitation: Invitation, proof: str, address: str, at: datetime) -> UUID | None:
    """Claim the slip for the first browser that shows it with a proof.

    None if another browser has claimed it (then the school has to check first), or if it is used or revoked.
    """
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if row.claimed_at is not None or row.revoked_at is not None or row.used_at is not None:
        return None
    row.proof, row.claimed_address, row.claimed_at = proof, address, at
    row.claim_key = uuid4()
    row.save(update_fields=["proof", "claimed_address", "claimed_at", "claim_key"])
    return row.claim_key


def take_try(*, invitation: Invitation) -> bool:
    """Count one try at the digits before comparing them. Return False if all tries are used up."""
    left = Invitation.objects.filter(pk=invitation.pk, failed_attempts__lt=rules.SLIP_ATTEMPTS)
    return bool(left.update(failed_attempts=F("failed_attempts") + 1))


@transaction.atomic
def confirm_claim(*, invitation: Invitation, by: User, at: datetime) -> bool:
    """Record that `by` confirms the number as this adult's, as the first or second person
    (queries.claims_for).

    Return True for the second person: then a new number is recorded and may sign in.
    """
    rows = Invitation.objects.filter(
        pk=invitation.pk, claimed_at__isnull=False, confirmed_at=None, revoked_at=None
    )
    if rows.filter(checked_by=None).update(checked_at=at, checked_by=by):
        return False
    if not rows.exclude(checked_by=by).update(confirmed_at=at, confirmed_by=by):
        return False
    if invitation.proof == Invitation.Proof.NEW_NUMBER:
        adult, address = invitation.adult, invitation.claimed_address
        kind = ContactPoint.Kind.PHONE
        point = ContactPoint.objects.filter(adult=adult, kind=kind, address=address).first()
        if point is None:
            point = guardians.add_contact_point(
                adult=adult, kind=kind, address=address, as_written=address, by=by
            )
        guardians.let_sign_in(point=point, how=ContactPoint.SignsInBy.SECOND, by=by, at=at)
    return True


@transaction.atomic
def use_slip(*, invitation: Invitation, at: datetime) -> Adult | None:
    """Use up the slip and return the adult who signs in now.

    None if the slip is used, old or revoked, or the adult is blocked.
    """
    rows = Invitation.objects.filter(
        pk=invitation.pk,
        used_at=None,
        revoked_at=None,
        expires_at__gt=at,
        adult__in=Adult.objects.filter(blocked_at=None),
    )
    if not rows.update(used_at=at):
        return None
    return Adult.objects.select_related("user", "school").get(pk=invitation.adult_id)


@transaction.atomic
def invite_by_link(*, adult: Adult, by: User, at: datetime) -> bool:
    """Send the first link to sign in.

    It is valid for days, because nobody asked for it and it waits for the adult's hours. Return False if no
    number signs them in, or a link is on its way.
    """
    point = sign_in_points().filter(adult=adult).select_related("school").first()
    recent = SignInLink.objects.filter(
        adult=adult, used_at=None, created_at__gt=at - timedelta(days=1)
    )
    is_invited = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.INVITE, adult=adult, created_at__gt=at - timedelta(days=1)
    )
    if point is None or (recent.exists() and is_invited.exists()):
        return False
    expires_at = at + timedelta(days=rules.INVITATION_LINK_DAYS)
    link = SignInLink.objects.create(
        adult=adult, address=point.address, created_at=at, expires_at=expires_at
    )
    return queue_message(
        kind=OutboxMessage.Kind.INVITE,
        school=adult.school,
        dedupe_key=f"invite:{link.pk}",
        due_at=at,
        expires_at=expires_at,
        adult=adult,
        contact_point=point,
        payload={"link": link.pk, "by": by.pk},
    )
