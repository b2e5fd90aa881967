"""Six-digit codes sent to an address, and what they open when somebody enters them."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from accounts.models import User
from delivery import rules
from delivery.actions.outbox import ADULTS_PER_PHONE, queue_message
from delivery.models import OneTimeCode, OutboxMessage
from delivery.sign_in import codes
from guardians import actions as guardians
from guardians.models import Adult, ContactPoint
from guardians.queries import sign_in_points, usable_contact_points

log = structlog.get_logger(__name__)
Purpose = OneTimeCode.Purpose
# The first words of the message, translated when it is sent.
WORDS = {
    Purpose.SIGN_IN: gettext_noop("Your code for signing in"),
    Purpose.VERIFY: gettext_noop("Code to check your number. Give it only to your child's teacher"),
    Purpose.INVITATION: gettext_noop("Your code for the school's invitation"),
}


@transaction.atomic
def queue_sign_in_code(*, phone: str, at: datetime, ask_key: UUID) -> None:
    """Queue a code to `phone` (E.164 or an e-mail address) from each school that knows it.

    Each school uses its own channel, so the code opens only that school's records. A school where more than
    ADULTS_PER_PHONE adults have the address sends none. Nothing is returned, so that nobody learns whether
    the address is known. A code opens only for the browser that asked with this `ask_key`. The caller has
    checked the limit on requests (delivery.sign_in.limits).
    """
    known = sign_in_points().filter(address=phone).select_related("adult", "school")
    by_school: dict[int, list[ContactPoint]] = {}
    for point in known.select_for_update(of=("self",)):
        by_school.setdefault(point.adult.school_id, []).append(point)
    for points in by_school.values():
        if len(points) <= ADULTS_PER_PHONE:
            may_be_written_to = [
                one
                for one in points
                if one.adult.may_be_asked_about and one.adult.legal_basis != Adult.LegalBasis.NONE
            ]
            point = (may_be_written_to or points)[0]
            _queue(Purpose.SIGN_IN, point.adult, point.address, at, point, ask_key)


@transaction.atomic
def queue_verification_code(*, point: ContactPoint, by: User, at: datetime) -> bool:
    """Queue a code that the adult reads out to `by`, or types on their own page.

    Return False if we may not send there.
    """
    if not usable_contact_points().filter(pk=point.pk).exists():
        return False
    _queue(Purpose.VERIFY, point.adult, point.address, at, point)
    return True


@transaction.atomic
def queue_new_number_code(*, adult: Adult, address: str, at: datetime) -> None:
    """Queue a code to a number that a signed-in adult enters.

    The number is stored nowhere until the code is entered.
    """
    _queue(Purpose.VERIFY, adult, address, at, None)


@transaction.atomic
def queue_invitation_code(
    *, adult: Adult, address: str, at: datetime, point: ContactPoint | None = None
) -> None:
    """Queue a code to the recorded phone or, without `point`, to a number that the adult has just given."""
    _queue(Purpose.INVITATION, adult, address, at, point)


def _queue(
    purpose: str,
    adult: Adult,
    address: str,
    at: datetime,
    point: ContactPoint | None,
    ask_key: UUID | None = None,
) -> None:
    code = OneTimeCode.objects.create(
        purpose=purpose,
        adult=adult,
        address=address,
        contact_point=point,
        ask_key=ask_key,
        created_at=at,
        expires_at=at + timedelta(minutes=rules.CODE_MINUTES),
    )
    payload = {"code": code.pk, "address": address, "words": WORDS[Purpose(purpose)]}
    queue_message(
        kind=OutboxMessage.Kind.CODE,
        school=adult.school,
        dedupe_key=f"code:{code.pk}",
        due_at=at,
        expires_at=code.expires_at,
        adult=adult,
        contact_point=point,
        payload=payload | ({} if point else {"is_new_address": True}),
    )


@transaction.atomic
def use_code(
    *,
    purpose: str,
    given: str,
    at: datetime,
    address: str | None = None,
    adult: Adult | None = None,
    user: User | None = None,
    ask_key: UUID | None = None,
) -> OneTimeCode | None:
    """Use up the code that matches `given` and return it; None if it is wrong, old, used or worn out.

    It looks among codes sent to `address`, or for the account of `user`. Every recent code counts, so that a
    late message still opens. A wrong try counts against all of them; a right one uses up those of its school.
    Of two tries at the same moment, one succeeds. With `ask_key`, only codes requested with it count: guesses
    from elsewhere use up none of their tries.
    """
    rows = OneTimeCode.objects.select_for_update(of=("self",)).filter(
        Q(address=address) if user is None else Q(user=user),
        purpose=purpose,
        used_at=None,
        expires_at__gt=at,
        failed_attempts__lt=rules.CODE_ATTEMPTS,
    )
    if adult is not None:
        rows = rows.filter(adult=adult)
    if ask_key is not None:
        rows = rows.filter(ask_key=ask_key)
    found = list(rows.select_related("adult").order_by("-pk"))
    right = next((one for one in found if codes.is_right(one, given)), None)
    if right is None:
        same = [one.pk for one in found]
        OneTimeCode.objects.filter(pk__in=same).update(failed_attempts=F("failed_attempts") + 1)
        log.warning("code_refused", purpose=purpose)
        return None
    same = [one.pk for one in found if _school_of(one) == _school_of(right)]
    OneTimeCode.objects.filter(pk__in=same).update(used_at=at)
    return right


def _school_of(code: OneTimeCode) -> int | None:
    """Return the school whose channel sent it; None for a code to staff."""
    return code.adult.school_id if code.adult else None


@transaction.atomic
def verify_by_code(
    *, point: ContactPoint, given: str, by: User, at: datetime, is_own: bool = False
) -> bool:
    """Return whether `given` is the code sent to exactly this address; if so, mark the address as verified.

    `is_own`: the adult typed it while signed in by an older number; then this number may sign in, too.
    """
    used = use_code(
        purpose=Purpose.VERIFY, address=point.address, given=given, at=at, adult=point.adult
    )
    # A code that the adult had sent to this number before it was recorded proves the same.
    if used is None or used.contact_point_id not in (None, point.pk):
        return False
    if is_own and not point.signs_in_by:
        guardians.let_sign_in(point=point, how=ContactPoint.SignsInBy.CODE, by=by, at=at)
    else:
        guardians.verify_contact_point(point=point, by=by, at=at)
    return True
