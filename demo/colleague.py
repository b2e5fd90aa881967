"""A third school of the county, with a counsellor: one letter waits there, and one from there waits here."""

from datetime import date, datetime, timedelta
from uuid import uuid5

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import User
from counselling.cases import actions as case_actions
from counselling.letters import package
from counselling.models import Case
from counselling.referrals import actions
from counselling.referrals.policies import who_may_agree
from demo.neighbour import child_with_carer
from demo.story_school import KEYS
from runtime.demo_accounts import DEMO_ACCOUNTS, PASSWORD
from safeguarding import actions as concerns
from schools import actions as school_actions
from schools.appointing.record import note_standing
from schools.models import Post, School
from schools.roles import Role
from schools.years.actions import open_school_year

CODE = "DEMO-THIRD"
COUNSELLOR = "xinli2"
ASKS = "寒假他住在大靖镇的舅舅家。请您寒假里见他一两次，听他说说和爸爸通话的事。"
CAME = (
    "她周末住在黄羊川的外婆家，在我们这里不肯开口。请您周五放学后和她见一面，看看她愿不愿意跟您说。"
)


def settle(at: datetime) -> None:
    """Write the school, unless the server has no keys for notes."""
    first = School.objects.filter(is_demo=True).order_by("pk").first()
    if first is None or not settings.NOTE_KEYS or School.objects.filter(code=CODE).exists():
        return
    school = School.objects.create(
        county=first.county,
        name="大靖小学",
        code=CODE,
        phone="0935-5112277",
        is_demo=True,
        sending_started_at=first.sending_started_at,
    )
    first_year = at.year if at.month >= 9 else at.year - 1
    year = open_school_year(school=school, first_year=first_year)
    school_actions.seed_timetable(school=school)
    school_class = school_actions.add_class(school=school, year=year, grade=5, number=1)
    there = User.objects.create(
        username=COUNSELLOR,
        name="罗敏",
        phone="+8613909350991",
        password=make_password(PASSWORD),
    )
    post = Post.objects.create(
        user=there, role=Role.COUNSELLOR, school=school, is_duty=True, starts_on=date(2020, 9, 1)
    )
    note_standing([post])
    born_on = date(at.year - 11, 5, 20)
    child = child_with_carer(school_class, "罗小燕", "f", born_on, "刘玉梅", "大靖村")
    since = at.replace(hour=10, minute=20) - timedelta(days=6)
    concern = concerns.raise_worry(
        student=child, by=there, words="两个月不怎么开口", is_urgent=False, at=since, key="third"
    )
    case = case_actions.open_case(concern=concern, by=there, at=since)
    _send(case, first, CAME, ["carers", "concerns"], at - timedelta(hours=20))
    login = next(one.login for one in DEMO_ACCOUNTS if one.role == Role.COUNSELLOR)
    ours = Case.objects.filter(school=first, owner__username=login, closed_at=None)
    for own in ours.order_by("pk")[:1]:
        _send(own, school, ASKS, ["carers", "goals"], at - timedelta(hours=26))


def _send(case: Case, school: School, asks: str, parts: list[str], at: datetime) -> None:
    by, on = case.owner, timezone.localdate(at)
    agreed = who_may_agree(case.student, on).first()
    if agreed is None:
        return
    letter = actions.begin(
        case=case, by=by, place=school, asks=asks, at=at, key=uuid5(KEYS, f"online-{case.pk}")
    )
    letter = actions.write(
        referral=letter,
        by=by,
        at=at,
        place=school,
        asks=asks,
        ground_words="",
        parts=parts,
        due_on=on + timedelta(days=14),
        consent_by=agreed,
        consent_how="phone",
        consent_on=on,
        child_said="agrees",
    )
    digest = package.digest_of(actions.preview(letter, at))
    actions.send(referral=letter, by=by, handed="online", digest=digest, at=at)
