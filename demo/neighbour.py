"""A small neighbouring school without a counsellor.

It has put two children into the shared queue: one is waiting, one has been accepted by the main school's
counsellor. The file of a third is on its way to the main school.
"""

from datetime import date, datetime, timedelta
from uuid import uuid5

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import User
from core.pinyin import initials_of, pinyin_of
from counselling.cases import actions as case_actions
from counselling.concerns import actions as acts
from counselling.models import Brief, Note
from counselling.pool import actions as pool_actions
from demo.story_school import key
from guardians.models import Adult, ContactPoint, Guardianship
from privacy.models import Consent
from privacy.rules import GIVEN
from runtime.demo_accounts import DEMO_ACCOUNTS, PASSWORD
from safeguarding import actions as concerns
from safeguarding.models import Concern
from schools import actions as school_actions
from schools.appointing.record import note_standing
from schools.models import Post, School, SchoolClass
from schools.roles import Role
from schools.years.actions import open_school_year
from students.models import Enrolment, Student
from transfers import actions as transfers
from transfers.models import Part

CODE = "DEMO-NEXT"
PRINCIPAL = "xiaozhang2"
WAITS = "夜里常醒，上课没有精神。妈妈在外地两年没有回来，一说起来就不说话。"
TAKEN = "开学以后跟谁都不说话，课间一个人站着。奶奶说在家也这样。"
FIRST_TALK = "打了二十分钟视频。他给我看他养的鸽子，说起鸽子话就多。约好每周三中午再打。"


def settle(at: datetime) -> None:
    """Write a second school of the county, unless the server has no keys for notes."""
    first = School.objects.filter(is_demo=True).order_by("pk").first()
    if first is None or not settings.NOTE_KEYS or School.objects.filter(code=CODE).exists():
        return
    school = School.objects.create(
        county=first.county,
        name="石门小学",
        code=CODE,
        phone="0935-5112266",
        is_demo=True,
        sending_started_at=first.sending_started_at,
    )
    principal = _principal(school)
    first_year = at.year if at.month >= 9 else at.year - 1
    year = open_school_year(school=school, first_year=first_year)
    school_actions.seed_timetable(school=school)
    classes = {
        grade: school_actions.add_class(school=school, year=year, grade=grade, number=1)
        for grade in (4, 5)
    }
    begun = at.replace(hour=10, minute=20) - timedelta(days=12)
    login = next(one.login for one in DEMO_ACCOUNTS if one.role == Role.COUNSELLOR)
    counsellor = User.objects.get(username=login)
    pool_actions.join(school=school, by=principal, at=begun)
    pool_actions.offer(by=counsellor, county_id=first.county_id, capacity=2, at=begun)
    taken = child_with_carer(classes[5], "柴大勇", "m", date(at.year - 11, 3, 12), "张桂兰")
    brief = _brief(taken, principal, "yellow", TAKEN, begun, troubles=["alone", "missing"])
    case = pool_actions.accept(brief=brief, by=counsellor, at=begun + timedelta(days=1), ip=None)
    case_actions.write_note(
        case=case,
        by=counsellor,
        kind=Note.Kind.NOTE,
        words=FIRST_TALK,
        at=begun + timedelta(days=3),
        key=uuid5(brief.pk, "talk"),
    )
    waits = child_with_carer(classes[4], "柴雨晴", "f", date(at.year - 10, 7, 2), "赵秀英")
    since = at - timedelta(hours=20)
    _brief(waits, principal, "orange", WAITS, since, troubles=["sleep", "missing"])
    moves = child_with_carer(classes[4], "柴小满", "m", date(at.year - 10, 5, 21), "王秀花")
    _hand_over(moves, first, principal, at - timedelta(days=2))


def _hand_over(student: Student, to_school: School, by: User, at: datetime) -> None:
    """Prepare a child's transfer: the family has agreed on paper; the main school has not accepted it yet."""
    transfer = transfers.prepare(
        student=student,
        to_school=to_school,
        parts=[part for part in Part.values if part != Part.VISITS],
        key=key(f"next-transfer-{student.pk}"),
        by=by,
        at=at,
    )
    transfers.say(
        transfer=transfer,
        adult=Adult.objects.get(guardianships__student=student),
        decision=GIVEN,
        via=Consent.Via.PAPER,
        words="开学就去镇上的学校，奶奶也搬过去住",
        key=key(f"next-transfer-word-{student.pk}"),
        by=by,
        at=at + timedelta(hours=3),
    )


def _principal(school: School) -> User:
    user = User.objects.create(
        username=PRINCIPAL,
        name="柴正明",
        phone="+8613909350990",
        password=make_password(PASSWORD),
    )
    started_on = date(2020, 9, 1)
    post = Post.objects.create(
        user=user, role=Role.PRINCIPAL, school=school, is_duty=True, starts_on=started_on
    )
    note_standing([post])
    return user


def child_with_carer(
    school_class: SchoolClass,
    name: str,
    sex: str,
    born_on: date,
    carer: str,
    village: str = "石门村",
) -> Student:
    school = school_class.school
    student = Student.objects.create(
        school=school,
        name=name,
        name_pinyin=pinyin_of(name),
        name_initials=initials_of(name),
        sex=sex,
        born_on=born_on,
        village=village,
    )
    year = school_class.grade.year
    Enrolment.objects.create(
        school=school, student=student, school_class=school_class, starts_on=year.starts_on
    )
    adult = Adult.objects.create(school=school, name=carer, name_pinyin=pinyin_of(carer))
    number = f"+86138935199{student.pk % 100:02d}"
    ContactPoint.objects.create(
        school=school,
        adult=adult,
        kind="phone",
        address=number,
        as_written=number,
        signs_in_by=ContactPoint.SignsInBy.OFFICE,
    )
    Guardianship.objects.create(
        school=school,
        student=student,
        adult=adult,
        kind="guardian",
        relation="paternal_grandmother",
        starts_on=year.starts_on,
    )
    return student


def _brief(
    student: Student, by: User, level: str, words: str, at: datetime, troubles: list[str]
) -> Brief:
    concern = concerns.raise_worry(
        student=student, by=by, words=words, is_urgent=False, at=at, key=f"next-{student.pk}"
    )
    concerns.acknowledge(concern=concern, by=by, at=at)
    acts.set_level(concern=concern, by=by, level=level, words="已经两周了", at=at)
    return pool_actions.hand_on(
        concern=Concern.objects.select_related("school", "student").get(pk=concern.pk),
        by=by,
        at=at + timedelta(minutes=30),
        key=key(f"next-brief-{student.pk}"),
        words=words,
        troubles=troubles,
        done=["talked", "family"],
        asks=["phone", "advice"],
        language="dialect",
        reach="far",
        weekdays=[2, 4],
        consent_by=Adult.objects.get(guardianships__student=student),
        consent_how="phone",
        consent_on=timezone.localdate(at),
    )
