"""First and new passwords of staff. Each action and its rows in the credential log are one transaction."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.http import urlsafe_base64_encode

from accounts.actions import record_credential_event, set_password, set_reach
from accounts.models import CredentialEvent, User
from core import spoken_codes as numbers
from schools.appointing import actions as appointing
from schools.models import County, PasswordReset, PostOffer, School
from schools.passwords import policies, tokens
from schools.policies import today_in

NUMBER = "reset"  # purpose of a reset's number (core.spoken_codes)
Kind = CredentialEvent.Kind


class NoSlip(Exception):
    """Raised if this account has had a password, or does not belong to this school alone."""


class CannotBeAsked(Exception):
    """Raised if nobody may agree, because the account has access outside the county."""


@transaction.atomic
def make_slip(
    *, user: User, place: School | County | PostOffer, by: User | None, ip: str | None = None
) -> str:
    """Return the address at which `user` sets a first password.

    It can be used once, within PASSWORD_RESET_TIMEOUT; earlier slips become void. Raises NoSlip.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not policies.may_have_slip(user, place):
        raise NoSlip
    school_id = place.pk if isinstance(place, School) else None
    if isinstance(place, PostOffer):
        school_id = place.school_id
    record_credential_event(user=user, kind=Kind.SLIP_MADE, by=by, school_id=school_id, ip=ip)
    return _url("passwords:slip", user.pk, tokens.SLIP.make_token(user))


@transaction.atomic
def mend_phone(*, user: User, school: School, phone: str, by: User, ip: str | None = None) -> bool:
    """Correct the number that the school entered for somebody who has never signed in; return False if they
    have since set a password, because from then on the number is theirs.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not policies.may_have_slip(user, school):
        return False
    set_reach(user=user, phone=phone, email=user.email, by=by, ip=ip)
    return True


def open_slip(*, user: User, ip: str | None = None) -> None:
    """Log the first time that somebody opens a slip."""
    made_and_opened = CredentialEvent.objects.filter(
        user=user, kind__in=[Kind.SLIP_MADE, Kind.SLIP_OPENED]
    )
    latest = made_and_opened.order_by("-number").first()
    if latest and latest.kind == Kind.SLIP_MADE:
        record_credential_event(user=user, kind=Kind.SLIP_OPENED, school_id=latest.school_id, ip=ip)


@transaction.atomic
def use_slip(
    *,
    user: User,
    token: str,
    password: str,
    phone: str,
    email: str,
    at: datetime,
    number: str = "",
    ip: str | None = None,
) -> bool:
    """Set the first password and the owner's contact details; return False if the slip is void or if the
    `number` for accepting a county's post is wrong.

    If two try at the same moment, one succeeds. Raises NotApart.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    offer = policies.offer_behind_slip(user, at)
    if not policies.may_open_slip(user, offer) or not tokens.SLIP.check_token(user, token):
        return False
    told: dict[str, Any] = {"offer": offer, "number": number, "by": user, "at": at, "ip": ip}
    if offer and not appointing.is_number_of(**told):
        return False
    set_reach(user=user, phone=phone, email=email, by=user, ip=ip)
    set_password(user=user, password=password, kind=Kind.PASSWORD_SET, by=user, ip=ip)
    if offer:
        appointing.accept(**told)
    return True


@transaction.atomic
def ask_reset(
    *, user: User, school: School, by: User, on: date, at: datetime, ip: str | None = None
) -> PasswordReset:
    """Ask for a new password; it waits for a second person.

    If a request is open already, it is returned unchanged; one that has lapsed is closed first. Raises
    CannotBeAsked.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    found = policies.open_resets(at).filter(user=user).first()
    if found:
        return found
    needs_county = policies.needs_county(user, school, on)
    if needs_county and not policies.is_within_county(user, school, on):
        raise CannotBeAsked
    PasswordReset.objects.filter(user=user, closed_at=None).update(closed_at=at)
    reset = PasswordReset.objects.create(
        user=user, school=school, needs_county=needs_county, asked_by=by, asked_at=at
    )
    _record(reset, Kind.RESET_ASKED, by, ip)
    return reset


@transaction.atomic
def agree(*, reset: PasswordReset, by: User, at: datetime, ip: str | None = None) -> None:
    """Agree (schools.agreeing.policies); from now on the second person may pass on the number."""
    reset = PasswordReset.objects.select_for_update().get(pk=reset.pk)
    if reset.closed_at or reset.agreed_at:
        return
    reset.agreed_by, reset.agreed_at = by, at
    reset.save(update_fields=["agreed_by", "agreed_at"])
    _record(reset, Kind.RESET_AGREED, by, ip)


@transaction.atomic
def stop(*, reset: PasswordReset, by: User, at: datetime, ip: str | None = None) -> None:
    """Stop the reset, as its owner, the second person, or the person who asked."""
    reset = PasswordReset.objects.select_for_update().get(pk=reset.pk)
    if reset.closed_at is None:
        _close(reset, at)
        _record(reset, Kind.RESET_REFUSED, by, ip)


@transaction.atomic
def make_reset_address(*, reset: PasswordReset, by: User, ip: str | None = None) -> str:
    """Return an address for the person who asked, once the second person has agreed; earlier addresses become
    void.
    """
    record_credential_event(
        user=reset.user, kind=Kind.SLIP_MADE, by=by, school_id=reset.school_id, ip=ip
    )
    token = tokens.of_reset(reset).make_token(reset.user)
    return _url("passwords:reset", reset.pk, token)


@transaction.atomic
def use_reset(
    *,
    reset: PasswordReset,
    token: str,
    number: str,
    password: str,
    at: datetime,
    ip: str | None = None,
) -> bool:
    """Set the new password; return False if the number is wrong or the reset is over.

    A few wrong numbers end it.
    """
    reset = PasswordReset.objects.select_for_update().get(pk=reset.pk)
    user = User.objects.select_for_update(no_key=True).get(pk=reset.user_id)
    if not is_good(reset, token, at):
        return False
    if not numbers.is_right(NUMBER, reset.salt, number):
        reset.failed_attempts += 1
        reset.save(update_fields=["failed_attempts"])
        if reset.failed_attempts >= numbers.ATTEMPTS:
            _close(reset, at)
            record_credential_event(
                user=user, kind=Kind.RESET_REFUSED, ip=ip, detail="wrong numbers"
            )
        return False
    _close(reset, at)
    set_password(
        user=user,
        password=password,
        kind=Kind.PASSWORD_CHANGED,
        by=None,
        school_id=reset.school_id,
        ip=ip,
        detail="with two people",
    )
    return True


def is_good(reset: PasswordReset, token: str, at: datetime) -> bool:
    """Return whether this address still leads to a new password.

    It does not if the account now has more access than those who agreed can answer for, or if one of the two
    has left.
    """
    if reset.agreed_at is None or not policies.open_resets(at).filter(pk=reset.pk).exists():
        return False
    school, on = reset.school, today_in(reset.school, at)
    if not reset.needs_county and policies.needs_county(reset.user, school, on):
        return False
    if not policies.is_within_county(reset.user, school, on):
        return False
    return tokens.of_reset(reset).check_token(User.objects.get(pk=reset.user_id), token)


def _close(reset: PasswordReset, at: datetime) -> None:
    reset.closed_at = at
    reset.save(update_fields=["closed_at"])


def _record(reset: PasswordReset, kind: Kind, by: User, ip: str | None) -> None:
    record_credential_event(user=reset.user, kind=kind, by=by, school_id=reset.school_id, ip=ip)


def _url(name: str, pk: int, token: str) -> str:
    key = urlsafe_base64_encode(str(pk).encode())
    return f"{settings.PUBLIC_URL}{reverse(name, args=[key, token])}"
