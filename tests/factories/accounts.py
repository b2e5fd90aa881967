"""Slips, devices and consents of 徐梦瑶's family."""

from datetime import datetime
from uuid import uuid4

from django.utils import timezone

from core import clock
from delivery import actions as messaging
from delivery.models import Device, Invitation
from delivery.sign_in import codes
from guardians.models import ContactPoint
from privacy import actions as privacy
from privacy import rules
from privacy.models import Consent, SpokenText
from privacy.texts import version_of
from tests.factories.cast import Cast


def slip_code(cast: Cast) -> str:
    """On a slip for the grandmother, who has not come in yet."""
    return codes.readable_slip(codes.code_on(_slip(cast)))


def _slip(cast: Cast) -> Invitation:
    grandmother = cast.adults["grandmother"]
    messaging.make_slips(adults=[grandmother], by=cast.users["teacher"], at=timezone.now())
    return Invitation.objects.get(adult=grandmother)


def _claim(cast: Cast) -> Invitation:
    """The grandmother's slip, shown by somebody who knows the end of her number."""
    slip = _slip(cast)
    proof = Invitation.Proof.DIGITS
    address = cast.adults["grandmother"].contact_points.get().address
    messaging.claim_slip(invitation=slip, proof=proof, address=address, at=timezone.now())
    return slip


def _device(cast: Cast) -> Device:
    return messaging.remember_device(
        user=cast.users["mother"],
        session_key="another-session",
        name="Android wechat",
        opened_by=Device.OpenedBy.CODE,
        at=timezone.now(),
    )


def say(
    cast: Cast,
    purpose: str,
    decision: str,
    adult: str = "mother",
    child: str = "mengyao",
    at: datetime | None = None,
):
    """One word of one adult, now where no moment is given."""
    is_own = purpose in rules.OF_THE_ADULT
    return privacy.record_consent(
        adult=cast.adults[adult],
        student=None if is_own else cast.students[child],
        purpose=purpose,
        decision=decision,
        via=Consent.Via.FAMILY_PAGE,
        key=uuid4(),
        at=at or timezone.now(),
    )


def read_aloud(cast: Cast, purpose: str = "photo", **fields) -> SpokenText:
    """The school's recording of one text of consent; its sound is no sound."""
    given = {
        "text_version": version_of(purpose),
        "key": uuid4(),
        "seconds": 40,
        "ogg": b"OggS",
        "m4a": b"....ftyp",
        "recorded_by": cast.users["teacher"],
        "recorded_at": clock.now(),
    }
    return SpokenText.objects.create(school=cast.school, purpose=purpose, **given | fields)


def matrix_objects(cast: Cast, name: str) -> dict:
    """Arguments of the addresses about signing in and consent."""
    makers = {
        "family:invitation": lambda: {"code": slip_code(cast)},
        "family:end_device": lambda: {"pk": _device(cast).pk},
        "family:verify_way": lambda: {
            "pk": ContactPoint.objects.get(adult=cast.adults["mother"]).pk
        },
        "staff:claim": lambda: {"pk": _claim(cast).pk},
        "family_privacy:consent": lambda: {"purpose": "photo"},
        "family_privacy:own_consent": lambda: {"purpose": "other_parent"},
        "family_privacy:hear": lambda: {"purpose": read_aloud(cast).purpose},
        "privacy:listen": lambda: {"purpose": read_aloud(cast).purpose},
        "privacy:read_aloud": lambda: {"purpose": "photo"},
        "privacy:remove_spoken": lambda: {"purpose": "photo"},
        "family_privacy:receipt": lambda: {"receipt": str(say(cast, "photo", "given").receipt)},
    }
    return makers[name]() if name in makers else {}
