"""The made-up county: its schools, staff and calendars; the children come from SchoolWriter."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from accounts.models import User
from demo import story, words
from demo.doors import DoorWriter
from demo.rooms import furnish
from demo.scene import home_class_of, set_scene
from demo.school import ORDER, SchoolWriter
from demo.tables import Table
from runtime.demo_accounts import DEMO_ACCOUNTS, PASSWORD
from schools import actions as school_actions
from schools.appointing.record import note_standing
from schools.models import County, Post, School, SchoolClass
from schools.roles import Role
from schools.years.actions import open_school_year
from students.models import Student

CHILDREN_PER_CLASS = 49
GRADES = 6
VILLAGES_OF_WORKER = ["黄羊川村", "石城村"]
STAFF_PHONE = "+8613909350"


class RealChildrenError(Exception):
    """Raised when the database holds children of a real school."""


def refuse_real_children() -> None:
    if Student.objects.filter(school__is_demo=False).exists():
        raise RealChildrenError


def seed(
    *,
    schools: int,
    students: int,
    weeks: int,
    seed: int,
    at: datetime,
    progress: Callable[[int], None],
) -> None:
    """Write `schools` schools with `students` children in all and `weeks` weeks of history.

    The same numbers, seed and day give the same families. One transaction per school keeps memory use small,
    and a run that is stopped leaves whole schools behind.
    """
    refuse_real_children()
    random = Random(seed)
    builder = _CountyBuilder(random, at)
    done = 0
    for number in range(schools):
        size = students // schools + (number < students % schools)
        with transaction.atomic():
            _fill(builder, number, size, weeks, f"{seed}:{number}", at)
        done += size
        progress(done)
    analyze()


def analyze() -> None:
    """Give PostgreSQL statistics about the new rows.

    Without them it takes the tables for empty and may loop over their product for minutes. Only our own
    tables are analysed: all databases of a server share some system tables, and a second ANALYZE of those
    waits until the first one's transaction has ended.
    """
    with connection.cursor() as cursor:
        names = map(connection.ops.quote_name, connection.introspection.table_names(cursor))
        cursor.execute("ANALYZE " + ", ".join(names))


def _fill(
    builder: "_CountyBuilder", number: int, size: int, weeks: int, seed: str, at: datetime
) -> None:
    """Write one school. The first one is where visitors sign in; it has the story."""
    is_first = number == 0
    school, classes, teachers, colleagues = builder.school(number, size)
    # Not earlier: the staff accounts take their keys from the same table as the families'.
    tables: dict[type, Table] = {model: Table(model) for model in ORDER}

    def add(model: type, **values: Any) -> int:
        return tables[model].add(**values)

    scene = set_scene(add, school, classes, teachers, colleagues, at, seed, is_whole=is_first)
    hands_out = colleagues[Role.SCHOOL_ADMIN].pk
    doors = DoorWriter(add, hands_out, at, scene.lots("doors")) if is_first else None
    households = SchoolWriter(tables, at, weeks, doors).fill(
        school, classes, size, seed, has_story=is_first
    )
    furnish(scene, households)
    for model in ORDER:
        tables[model].flush()
    if is_first:
        analyze()
        story.tell(scene, households)


class _CountyBuilder:
    def __init__(self, random: Random, at: datetime):
        self.random, self.at, self.on = random, at, at.date()
        self.county, _ = County.objects.get_or_create(name=words.COUNTIES[0])
        # One hash for all: hashing 4,000 times would take longer than writing the children.
        self.password = make_password(PASSWORD)
        self.started_on = self.on - timedelta(days=450)

    def school(
        self, number: int, size: int
    ) -> tuple[School, list[SchoolClass], dict[int, User], dict[str, User]]:
        """Write the school, its classes, their teachers and the holders of its other posts."""
        stem = words.SCHOOL_STEMS[number % len(words.SCHOOL_STEMS)]
        again = number // len(words.SCHOOL_STEMS)
        school = School.objects.create(
            county=self.county,
            name=f"{stem}{'中心小学' if not again else f'第{again + 1}小学'}",
            code=f"DEMO{number + 1:05d}",
            phone="0935-5112233",
            is_demo=True,
            sending_started_at=self.at - timedelta(days=450),
        )
        first_year = self.on.year if self.on.month >= 9 else self.on.year - 1
        year = open_school_year(school=school, first_year=first_year)
        school_actions.seed_timetable(school=school)
        per_grade = max(1, round(size / CHILDREN_PER_CLASS / GRADES))
        classes = [
            school_actions.add_class(
                school=school,
                year=year,
                grade=grade,
                number=place,
                door_code=f"{number + 1:04d}{grade}{place:02d}",
            )
            for grade in range(1, GRADES + 1)
            for place in range(1, per_grade + 1)
        ]
        return school, classes, *self._staff(school, classes, number)

    def _staff(
        self, school: School, classes: list[SchoolClass], number: int
    ) -> tuple[dict[int, User], dict[str, User]]:
        home_class = home_class_of(classes)
        teachers = {}
        for place, school_class in enumerate(classes):
            is_demo_teacher = number == 0 and school_class == home_class
            user = (
                self._demo_user(Role.CLASS_TEACHER)
                if is_demo_teacher
                else self._user(f"t{number + 1}-{place + 1}")
            )
            self._post(user, Role.CLASS_TEACHER, school=school, school_class=school_class)
            teachers[school_class.pk] = user
        colleagues = {}
        for role in (Role.COUNSELLOR, Role.PRINCIPAL, Role.SCHOOL_ADMIN, Role.VILLAGE_WORKER):
            user = self._demo_user(role) if number == 0 else self._user(f"{role}-{number + 1}")
            colleagues[str(role)] = user
            for village in VILLAGES_OF_WORKER if role == Role.VILLAGE_WORKER else [""]:
                is_duty = role == Role.PRINCIPAL
                looked_up = self.on - timedelta(days=60) if village else None
                self._post(
                    user,
                    role,
                    school=school,
                    village=village,
                    is_duty=is_duty,
                    record_checked_on=looked_up,
                )
        if number == 0:
            self._post(
                self._demo_user(Role.COUNTY_OFFICER), Role.COUNTY_OFFICER, county=self.county
            )
        return teachers, colleagues

    def _post(self, user: User, role: str, **place) -> None:
        post = Post.objects.create(user=user, role=role, starts_on=self.started_on, **place)
        note_standing([post])

    def _demo_user(self, role: str) -> User:
        account = next(account for account in DEMO_ACCOUNTS if account.role == role)
        return self._user(account.login, account.name)

    def _user(self, username: str, name: str = "") -> User:
        given = self.random.choice(words.WOMEN + words.MEN)
        return User.objects.create(
            username=username,
            name=name or self.random.choice(words.SURNAMES) + given,
            phone=f"{STAFF_PHONE}{self.random.randrange(1000):03d}",
            password=self.password,
        )
