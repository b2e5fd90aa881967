"""What prepared queries tell administrators beside the same rules in plain Python, over made-up schools."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from accounts.models import User
from doors.staff import class_leaving, leaving, without_teacher
from doors.staff.floors import OPEN_WORK
from rosters.rollover import work as rollover
from safeguarding.models import Concern
from schools.models import County, Grade, Post, School, SchoolClass, SchoolYear
from schools.roles import ROLE_PERMISSIONS, Permission, Role
from students.models import Enrolment, Student
from tests.factories.cast import make_post, make_school, make_student, make_user
from tests.factories.visits import make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

KINDS = {kind.model: kind for kind in OPEN_WORK if kind.model in (Visit, Concern)}
ROLES = [Role.CLASS_TEACHER] * 4 + [Role.COUNSELLOR, Role.PRINCIPAL, Role.SCHOOL_ADMIN]


@dataclass
class Made:
    schools: list[School]
    at: datetime
    on: date


@pytest.fixture(params=range(6))
def made(request) -> Made:
    """Two schools with a year that is over and one that runs; spans of posts and of classes at random."""
    chance, at = random.Random(request.param), timezone.now()
    on, county = timezone.localdate(at), County.objects.create(name="古浪县")
    schools = [make_school(county, f"第{one}小学", f"62062200{one}") for one in (1, 2)]
    classes = {school.pk: _classes(school, on) for school in schools}
    users = [make_user(f"user{n}", f"老师{n}", is_active=chance.random() < 0.85) for n in range(9)]
    for user in users:
        for _post in range(chance.randint(1, 3)):
            _post_of(user, chance.choice(schools), classes, on, chance)
    for school in schools:
        for number in range(7):
            student = make_student(chance.choice(classes[school.pk]), f"学生{number}")
            _walk(student, classes[school.pk], on, chance)
            for _row in range(3):
                make_visit(student, goes=chance.choice([None, *users]))
                _concern(student, chance.choice([None, *users]), at, chance)
    return Made(schools, at, on)


def _classes(school: School, on: date) -> list[SchoolClass]:
    made = []
    for starts_on, ends_on in (
        (on - timedelta(days=400), on - timedelta(days=60)),
        (on - timedelta(days=50), on + timedelta(days=200)),
    ):
        year = SchoolYear.objects.create(school=school, starts_on=starts_on, ends_on=ends_on)
        grade = Grade.objects.create(year=year, number=3)
        for number in (1, 2):
            facts = {"name": f"三年级{number}班", "door_code": f"{school.pk}{year.pk}{number}"[-8:]}
            made.append(
                SchoolClass.objects.create(school=school, grade=grade, number=number, **facts)
            )
    return made


def _post_of(user: User, school: School, classes, on: date, chance: random.Random) -> None:
    role = chance.choice(ROLES)
    of = {"school_class": chance.choice(classes[school.pk])} if role == Role.CLASS_TEACHER else {}
    post = make_post(user, role, school=school, is_duty=chance.random() < 0.2, **of)
    post.starts_on = on + timedelta(days=chance.choice([-390, -390, -40, -1, 0, 1]))
    ends_on = on + timedelta(days=chance.choice([-30, -1, 0, 1, 90]))
    post.ends_on = ends_on if ends_on >= post.starts_on and chance.random() < 0.6 else None
    post.save()


def _walk(student: Student, classes: list[SchoolClass], on: date, chance: random.Random) -> None:
    """From one class to the next, with gaps; perhaps no longer at the school."""
    student.enrolments.all().delete()
    days = sorted(chance.sample([-390, -200, -30, -1, 0, 1, 30], chance.randint(2, 4)))
    for first, after in pairwise([*days, None]):
        last = chance.choice([None, -1]) if after is None else after - chance.choice([1, 1, 20])
        if last is not None and last < first:
            continue
        Enrolment.objects.create(
            school=student.school,
            student=student,
            school_class=chance.choice(classes),
            starts_on=on + timedelta(days=first),
            ends_on=None if last is None else on + timedelta(days=last),
        )


def _concern(student: Student, holder: User | None, at: datetime, chance: random.Random) -> None:
    Concern.objects.create(
        school=student.school,
        student=student,
        source=Concern.Source.STAFF,
        source_key=f"made:{chance.random()}",
        opened_at=at,
        due_at=at,
        clock=Concern.Clock.SCHOOL_HOURS,
        named_adult=holder,
        closed_at=chance.choice([None, None, at]),
    )


# --- The rules in plain Python -----------------------------------------------------------------------


def _holds(row: Post | Enrolment, on: date) -> bool:
    return row.starts_on <= on and (row.ends_on is None or row.ends_on >= on)


def _by_holder(posts: Iterable[Post], on: date) -> dict[tuple[int, int], list[Post]]:
    """(school, user) → posts that have begun, the last first."""
    found = defaultdict(list)
    for post in sorted(posts, key=lambda one: (one.starts_on, one.pk), reverse=True):
        if post.starts_on <= on:
            found[post.school_id, post.user_id].append(post)
    return found


def _is_at_work(posts: Iterable[Post], on: date) -> bool:
    return any(post.user.is_active and _holds(post, on) for post in posts)


def _open_rows(school_id: int) -> Iterable[tuple[type, int | None, Student]]:
    for row in Visit.objects.filter(school=school_id):
        yield Visit, row.goes_id, row.student
    for row in Concern.objects.filter(school=school_id, closed_at=None):
        yield Concern, row.named_adult_id, row.student


def _keeps_it(posts: Iterable[Post], needs: Permission, on: date) -> bool:
    """By another post, or as the one on duty, whosever class it is."""
    return any(
        needs in ROLE_PERMISSIONS[Role(post.role)]
        and (
            post.role != Role.CLASS_TEACHER
            or (post.is_duty and needs == Permission.HANDLE_CONCERNS)
        )
        for post in posts
        if _holds(post, on)
    )


def _left_open(made: Made) -> list[tuple[int, int]]:
    found = []
    for (school_id, user), posts in sorted(_by_holder(Post.objects.all(), made.on).items()):
        n = Counter(holder for _model, holder, _student in _open_rows(school_id))[user]
        if n and not _is_at_work(posts, made.on):
            found.append((posts[0].pk, n))
    return found


def _left_behind(made: Made) -> list[tuple[int, int, bool]]:
    over, running = [], []
    for (school_id, user), posts in sorted(_by_holder(Post.objects.all(), made.on).items()):
        taught = [post for post in posts if post.role == Role.CLASS_TEACHER]
        if not taught or not _is_at_work(posts, made.on):
            continue
        ended = [post for post in taught if not _is_of_today(post, made.on)]
        classes = {post.school_class_id for post in Post.objects.filter(user=user)}
        now = {
            post.school_class_id for post in Post.objects.filter(user=user) if _holds(post, made.on)
        }
        n = 0
        for model, holder, student in _open_rows(school_id):
            walk = list(student.enrolments.all())
            here = [one.school_class_id for one in walk if _holds(one, made.on)]
            if (
                holder == user
                and not _keeps_it(posts, KINDS[model].needs, made.on)
                and classes & {one.school_class_id for one in walk}
                and not now & {*here}
                and (ended or here)
            ):
                n += 1
        if n:
            (over if ended else running).append(((ended or taught)[0].pk, n, bool(ended)))
    return over + running


def _is_of_today(post: Post, on: date) -> bool:
    year = post.school_class.grade.year
    return _holds(post, on) and year.ends_on >= on


# --- Both --------------------------------------------------------------------------------------------


def test_who_left_with_something_open(made):
    found = leaving._left_open([one.pk for one in made.schools], made.at, made.on)
    assert [(post.pk, n) for post, n in found] == _left_open(made)


def test_whose_children_are_in_another_class(made):
    found = class_leaving.left_behind([one.pk for one in made.schools], made.at, made.on)
    assert [(one.post.pk, one.count, one.is_over) for one in found] == _left_behind(made)


def test_what_they_find_when_they_open_it_is_what_was_counted(made):
    """For those whose class is theirs still: one kind after the other, as the page asks."""
    for one in class_leaving.left_behind([one.pk for one in made.schools], made.at, made.on):
        if not one.is_over:
            kinds = class_leaving.WITH_THE_CLASS
            found = [class_leaving.moved_from(one.post, kind, made.at, made.on) for kind in kinds]
            assert sum(rows.count() for rows in found) == one.count


def _as_administrator(made: Made, rows_of: Callable) -> list:
    user = make_user("admin", "周玲")
    for school in made.schools:
        make_post(user, Role.SCHOOL_ADMIN, school=school)
    return rows_of(user, made.at)


def test_classes_with_children_and_without_a_teacher(made):
    expected = {}
    for one in SchoolClass.objects.filter(grade__year__ends_on__gte=made.on).order_by("number"):
        taught = [
            post for post in one.posts.filter(role=Role.CLASS_TEACHER) if _holds(post, made.on)
        ]
        attended = [row for row in one.enrolments.all() if _holds(row, made.on)]
        if attended and not any(post.user.is_active for post in taught):
            expected.setdefault(one.school_id, []).append(one.name)
    for row in _as_administrator(made, without_teacher.work_for):
        names = expected.pop(int(row.key.rpartition("-")[2]))
        assert all(name in row.why for name in names)
        assert row.why.count("年级") == len(names)
    assert not expected


def test_the_last_year_with_classes_of_each_school(made):
    schools = [one.pk for one in made.schools]
    SchoolYear.objects.create(  # without classes
        school=made.schools[0],
        starts_on=made.on + timedelta(days=201),
        ends_on=made.on + timedelta(days=500),
    )
    found = rollover._last_years(schools=schools)
    assert [one.ends_on for one in found] == [made.on + timedelta(days=200)] * 2
