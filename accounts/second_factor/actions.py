"""Change a person's second step. Each change is logged and ends their other sessions."""

import logging

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.db import transaction
from django.db.models import F

from accounts.actions import record_credential_event
from accounts.models import CredentialEvent, User
from accounts.second_factor.adapter import SecretUnreadable
from core import clock

Type = Authenticator.Type
Kind = CredentialEvent.Kind
logger = logging.getLogger(__name__)


@transaction.atomic
def accept_code(*, user: User, code: str, ip: str | None) -> Authenticator | None:
    """Return the app or recovery codes to which `code` belongs; None if it is wrong or was used before."""
    mine = Authenticator.objects.select_for_update().filter(user=user)
    # Always in this order, so that two requests cannot deadlock.
    for factor in mine.filter(type__in=[Type.TOTP, Type.RECOVERY_CODES]).order_by("-type"):
        try:
            if factor.type == Type.RECOVERY_CODES:
                if factor.wrap().validate_code(code):
                    kind = Kind.RECOVERY_CODE_USED
                    record_credential_event(user=factor.user, kind=kind, by=factor.user, ip=ip)
                    return Authenticator.objects.get(pk=factor.pk)
                continue
            counter = counter_of(decrypt(factor.data["secret"]), code)
            # Somebody may have read the code of an earlier half-minute on the screen.
            if counter is not None and counter > factor.data.get("used_counter", 0):
                factor.data["used_counter"] = counter
                factor.save(update_fields=["data"])
                return Authenticator.objects.get(pk=factor.pk)
        except SecretUnreadable:
            logger.exception("The second step of user %s cannot be read", user.pk)
    return None


def counter_of(secret: str, code: str) -> int | None:
    """Return the half-minute to which `code` belongs (RFC 6238); None if it is none of those accepted now."""
    for counter in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if compare_user_code(actual=code, expected=expected):
            return counter
    return None


@transaction.atomic
def note_added(*, factor: Authenticator, used_counter: int | None, ip: str | None) -> None:
    """Record a new factor, in the transaction that added it.

    `used_counter` is the half-minute of its first code.
    """
    if used_counter is not None:
        factor.data["used_counter"] = used_counter
        factor.save(update_fields=["data"])
    _end_sessions(factor.user)
    kind = Kind.FACTOR_ADDED
    record_credential_event(user=factor.user, kind=kind, by=factor.user, ip=ip, detail=factor.type)


@transaction.atomic
def remove_factor(*, factor: Authenticator, by: User, ip: str | None) -> None:
    """Remove the factor.

    Recovery codes alone are no second step, so they are deleted with the last other factor.
    """
    user = factor.user
    kind, detail = Kind.FACTOR_REMOVED, factor.type
    mine = Authenticator.objects.filter(user=user)
    mine.filter(pk=factor.pk).delete()
    if not mine.exclude(type=Type.RECOVERY_CODES).exists():
        mine.delete()
    _end_sessions(user)
    record_credential_event(user=user, kind=kind, by=by, ip=ip, detail=detail)


@transaction.atomic
def remove_factors(
    *, user: User, by: User, ip: str | None, school_id: int | None = None, detail: str = ""
) -> int:
    """Remove every second step of somebody who lost it and end their sessions; return how many there were.

    The caller has decided whether `by` may do so, and who must agree. The next sign-in sets up a new second
    step.
    """
    count, _ = Authenticator.objects.filter(user=user).delete()
    _end_sessions(user)
    record_credential_event(
        user=user, kind=Kind.FACTOR_REMOVED, by=by, school_id=school_id, ip=ip, detail=detail
    )
    return count


@transaction.atomic
def make_codes(*, user: User, ip: str | None) -> Authenticator:
    """Make new recovery codes; the old ones stop working."""
    User.objects.select_for_update().get(pk=user.pk)
    Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    made = RecoveryCodes.activate(user).instance
    record_credential_event(user=user, kind=Kind.RECOVERY_CODES_MADE, by=user, ip=ip)
    return made


def confirm_codes(*, codes: Authenticator) -> None:
    """Record that the codes are on paper: from now on nobody can see them."""
    codes.data["confirmed_at"] = clock.now().isoformat()
    codes.save(update_fields=["data"])


def _end_sessions(user: User) -> None:
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
