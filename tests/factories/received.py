"""A letter about 徐梦瑶 that goes online to 泗水小学, and one about 裴小雨 that comes from 裴家营小学."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from counselling.cases import actions as case_actions
from counselling.letters import package
from counselling.models import Case, Referral, ReferralCopy
from counselling.referrals import actions
from safeguarding import actions as concerns
from schools.models import School
from tests.factories import cases
from tests.factories.cast import (
    Cast,
    make_adult,
    make_class,
    make_guardianship,
    make_post,
    make_school,
    make_student,
    make_user,
)
from tests.factories.referrals import ASKS

THERE = "泗水小学"
SAID = "夜里总醒，想妈妈"
ANSWER = "谈了三次，睡得好些了。请每周五和她走一走。"


def make_receivers(cast: Cast) -> School:
    """Users `receiver` and `colleague`, counsellors of a third school of the county."""
    there = make_school(cast.county, THERE, "620622003")
    for who, name in (("receiver", "孙静"), ("colleague", "韩雪")):
        user = cast.users[who] = make_user(who, name, phone="+8613909350012")
        make_post(user, "counsellor", school=there)
    return there


def draft_to(case: Case, school: School, at: datetime | None = None, **facts) -> Referral:
    at = at or timezone.now()
    made = actions.begin(case=case, by=case.owner, place=school, asks=ASKS, at=at, key=uuid4())
    given = {
        "parts": ["carers", "assessment"],
        "due_on": timezone.localdate(at) + timedelta(days=14),
        "consent_by": None,
        "consent_how": "",
        "consent_on": None,
        "ground": "harm",
        "ground_words": "身上有伤",
    }
    return actions.write(
        referral=made, by=case.owner, at=at, place=school, asks=ASKS, **given | facts
    )


def send(referral: Referral, at: datetime | None = None) -> ReferralCopy:
    at = at or timezone.now()
    digest = package.digest_of(actions.preview(referral, at))
    by = referral.case.owner
    actions.send(referral=referral, by=by, handed="online", digest=digest, at=at)
    return ReferralCopy.objects.get(referral=referral)


def make_letter(cast: Cast, at: datetime | None = None) -> ReferralCopy:
    """Of the mother's consent, from the cast's school to `make_receivers`."""
    at = at or timezone.now()
    case, there = cases.make_case(cast, at), make_receivers(cast)
    cases.note(case, kind="assessment", words=SAID, at=at)
    consent = {
        "consent_by": cast.adults["mother"],
        "consent_how": "phone",
        "consent_on": timezone.localdate(at),
        "ground": "",
        "ground_words": "",
    }
    return send(draft_to(case, there, at, **consent), at)


def far_counsellor(cast: Cast) -> User:
    user = cast.users["far_counsellor"] = make_user("far-counsellor", "白雪")
    make_post(user, "counsellor", school=cast.other_school)
    return user


def letter_here(cast: Cast) -> ReferralCopy:
    """From another school of its kind, for trying out or real, to the counsellors of the cast's school."""
    ours, at = School.objects.get(pk=cast.school.pk), timezone.now()
    home = make_school(cast.county, "裴家营小学", "620622004", is_demo=ours.is_demo)
    child = make_student(make_class(home, 4, 1), "裴小雨")
    make_guardianship(child, make_adult(home, "裴大山", "+8613909350014"), "father")
    by = make_user("sender", "白雪")
    make_post(by, "counsellor", school=home)
    concern = concerns.raise_worry(
        student=child, by=by, words="不说话", is_urgent=False, at=at, key="received"
    )
    case = case_actions.open_case(concern=concern, by=by, at=at)
    return send(draft_to(case, ours, parts=["carers"]))


def matrix_objects(cast: Cast, name: str) -> dict:
    """Arguments of the addresses of received letters (tests/access)."""
    if not name.startswith("counselling:received"):
        return {}
    return {"referral_id": letter_here(cast).referral_id}
