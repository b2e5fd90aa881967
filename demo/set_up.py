"""Schools that are still being set up, as a county's officers see them.

Some lack something. For a new one the second officer has named an administrator, who is waiting for the first
officer's approval.
"""

from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password

from accounts.models import User
from delivery.models import Invitation
from demo import published
from demo.neighbour import child_with_carer
from figures.models import PublishedWeek
from guardians.models import Adult
from runtime.demo_accounts import DEMO_ACCOUNTS, PASSWORD
from schools import actions as school_actions
from schools.appointing.record import note_standing
from schools.founding import actions as founding
from schools.models import Post, School
from schools.roles import Role
from schools.years.actions import open_school_year

CODE = "DEMO-FOUNDED"
STOPPED = "DEMO-STOPS"  # whose staff have not signed in for weeks
NEW = "DEMO-NEW"  # where no slip has been printed yet
STARTED_ON = date(2020, 9, 1)


def settle(at: datetime) -> None:
    first = School.objects.filter(is_demo=True).order_by("pk").select_related("county").first()
    if first is None or School.objects.filter(code=CODE).exists():
        return
    codes = [made.code for made in published.SCHOOLS]
    for school in School.objects.filter(code__in=codes).order_by("pk"):
        staff(school, at)
    login, name = [(a.login, a.name) for a in DEMO_ACCOUNTS if a.role == Role.COUNTY_OFFICER][-1]
    second_officer = User.objects.create(
        username=login, name=name, phone="+8613909350995", password=make_password(PASSWORD)
    )
    _post(second_officer, Role.COUNTY_OFFICER, county=first.county)
    founded = founding.found_school(
        county=first.county,
        name="西靖小学",
        code=CODE,
        phone="0935-5112299",
        on=at.date(),
        is_demo=True,
    )
    founding.name_administrator(
        school=founded,
        named=founding.Named("韩雪", "hanxue", "+8613909350996"),
        by=second_officer,
        at=at - timedelta(hours=20),
    )


def staff(school: School, at: datetime) -> None:
    """Give a school that has only published weeks staff, a class, and a child with a slip.

    Its line on the officers' page needs them.
    """
    first_year = at.year if at.month >= 9 else at.year - 1
    year = open_school_year(school=school, first_year=first_year)
    school_actions.seed_timetable(school=school)
    School.objects.filter(pk=school.pk).update(phone="0935-5112288")
    seen = at - timedelta(days=26 if school.code == STOPPED else 1)
    people = [
        (Role.SCHOOL_ADMIN, "管理员"),
        (Role.PRINCIPAL, "校长"),
        (Role.COUNSELLOR, "心理老师"),
    ]
    weeks = PublishedWeek.objects.filter(school=school).order_by("-ends_on")
    if weeks.filter(has_counsellor=False).exists():
        people.pop()
    admin = None
    for role, name in people:
        user = User.objects.create(
            username=f"{school.code}-{role}".lower(),
            name=f"{school.name[:2]}{name}",
            phone=f"+86139093509{school.pk % 100:02d}",
            password=make_password(None),
            last_login=seen,
        )
        _post(user, role, school=school, is_duty=role == Role.PRINCIPAL)
        admin = admin or user
    child = child_with_carer(
        school_actions.add_class(school=school, year=year, grade=3, number=1),
        f"{school.name[0]}小满",
        "f",
        date(at.year - 9, 5, 21),
        "王秀英",
    )
    if school.code != NEW and admin:
        Invitation.objects.create(
            school=school,
            adult=Adult.objects.get(guardianships__student=child),
            digest=f"demo-{school.code}",
            made_by=admin,
            made_at=at,
            expires_at=at + timedelta(days=14),
        )


def _post(user: User, role: str, **place) -> None:
    note_standing([Post.objects.create(user=user, role=role, starts_on=STARTED_ON, **place)])
