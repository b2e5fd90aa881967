"""Letters about 徐梦瑶: one from the school to the county's centre, one that came."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from counselling.letters import package
from counselling.models import Case, Referral, ReferralPlace
from counselling.referrals import actions
from tests.factories import cases
from tests.factories.cast import Cast

ASKS = "请看看她为什么夜里总醒"
CENTRE = "古浪县心理健康中心"


def place(cast: Cast, name: str = CENTRE) -> ReferralPlace:
    return actions.add_place(
        school=cast.school,
        by=cast.users["counsellor"],
        at=timezone.now(),
        name=name,
        kind="centre",
        phone="0935-5120000",
    )


def draft(cast: Cast, case: Case, **facts) -> Referral:
    at, where = timezone.now(), place(cast)
    made = actions.begin(case=case, by=case.owner, place=where, asks=ASKS, at=at, key=uuid4())
    return write(cast, made, **facts)


def write(cast: Cast, referral: Referral, **facts) -> Referral:
    given = {
        "place": place(cast),
        "asks": ASKS,
        "ground_words": "",
        "parts": referral.parts or ["carers"],
        "due_on": timezone.localdate() + timedelta(days=14),
        "consent_by": cast.adults["mother"],
        "consent_how": "phone",
        "consent_on": timezone.localdate(),
    }
    by = referral.case.owner
    return actions.write(referral=referral, by=by, at=timezone.now(), **given | facts)


def send(referral: Referral) -> Referral:
    at, by = timezone.now(), referral.case.owner
    digest = package.digest_of(actions.preview(referral, at))
    return actions.send(referral=referral, by=by, handed="by_hand", digest=digest, at=at)


def letter_to_us(cast: Cast, student: str = "mengyao") -> Referral:
    return actions.arrived(
        student=cast.students[student],
        by=cast.users["counsellor"],
        place_name="古浪县人民医院",
        place_kind="hospital",
        place_phone="",
        arrived_on=timezone.localdate(),
        asks="出院后请学校多留意",
        due_on=timezone.localdate() + timedelta(days=7),
        at=timezone.now(),
        key=uuid4(),
    )


def matrix_objects(cast: Cast, name: str) -> dict:
    """Arguments of the addresses of referrals (tests/access)."""
    if not name.startswith("counselling:referral"):
        return {}
    case = cases.make_case(cast)
    made = draft(cast, case)
    return {"pk": case.pk, "referral_id": (send(made) if name.endswith("_letter") else made).pk}
