"""No page's plan grows with the county, nor with the weeks that are on record.

Each page is opened in a county of one school, in one of ten such schools, and with four times the weeks. What
PostgreSQL reads for a reader whose own school stays the same must stay the same.
"""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from core import clock
from demo.county import seed
from guardians.models import Adult, ContactPoint
from guardians.policies import SESSION_ADDRESS
from runtime.demo_accounts import DEMO_ACCOUNTS
from schools.roles import Role
from students.models import Student
from tests.factories.factors import sign_in
from tests.factories.many_schools import copy_schools, copy_weeks
from tests.plans import AS_IN_A_LARGE_COUNTY, Reading, readings

pytestmark = pytest.mark.django_db

CHILDREN, MORE_SCHOOLS, MORE_TERMS = 300, 9, 3
# Rows of one statement may grow by half and by this much, as a plan may take another way within one school. A
# scan of any table with more than 180 rows a school grows by more: of children, families, questions, duties.
GROWTH, SLACK = 1.5, 1500
# Pages that read every week: only for more weeks they may grow. page → what would spare them.
READS_EVERY_WEEK = {
    "principal: board": "the day of the question on each of its lines, with an index by child and day",
    # 1,830 rows where 1,800 are let pass, by one of the plans that PostgreSQL takes there.
    "principal: duties": "an index of duties that are not done, by school and kind",
}
UNTIL_PLANS_ARE_KEPT = (
    6  # times that a prepared statement is asked before PostgreSQL keeps a general plan
)
Pages = dict[str, dict[str, Reading]]
CHILD = "徐梦瑶"  # of demo.story_families: much is on record of her


def hot_pages() -> dict[str, tuple[Client, str]]:
    """The pages opened most, each with a client whose session stays the same."""
    child = Student.objects.filter(name=CHILD).order_by("pk")[0]
    parents = Adult.objects.filter(guardianships__student=child, guardianships__kind="parent")
    mother = parents.order_by("pk")[0]
    if mother.user is None:
        mother.user = User.objects.create_user(username="mother", password=None)
        mother.save()
    file = f"/children/{child.pk}/"
    staff = {
        Role.CLASS_TEACHER: {
            "today": "/", "class list": "/children/", "child": file, "family of child": f"{file}family/",
            "inbox": "/messages/", "board": "/check-ins/", "visits": "/visits/",
        },
        Role.PRINCIPAL: {
            "today": "/", "board": "/check-ins/", "dashboard": "/dashboard/", "duties": "/visits/duties/",
        },
        Role.COUNSELLOR: {"today": "/", "triage": "/concerns/", "caseload": "/concerns/cases/"},
        Role.SCHOOL_ADMIN: {"calls": "/call-slots/"},
        Role.VILLAGE_WORKER: {"village": "/v/"},
    }  # fmt: skip
    logins = {account.role: account.login for account in reversed(DEMO_ACCOUNTS)}
    pages = {}
    for role, paths in staff.items():
        client = _signed_in(User.objects.get(username=logins[role]))
        pages |= {f"{role}: {name}": (client, path) for name, path in paths.items()}
    for name, address in _ways_in(mother).items():
        client = _signed_in(mother.user)
        session = client.session
        session.update(address)
        session.save()
        pages[f"{name}: home"] = client, "/f/"
        pages[f"{name}: child"] = client, f"/f/children/{child.pk}/"
    return pages


def _signed_in(user: User) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def _ways_in(adult: Adult) -> dict[str, dict[str, str]]:
    """By a password, and by a link to a number."""
    point = ContactPoint.objects.filter(adult=adult).exclude(signs_in_by="").order_by("pk")[0]
    return {"family": {}, "family by link": {SESSION_ADDRESS: point.address}}


@pytest.fixture(scope="module")
def counties(django_db_setup, django_db_blocker) -> Iterator[dict[str, Pages]]:
    """What each page reads in the small county, in the large one, and in the small one after more terms."""
    found = {}
    # One connection opens the pages of all readers in three counties.
    with django_db_blocker.unblock(), patch("core.prepared.MOST_TOGETHER", 999):
        with connection.cursor() as cursor:
            cursor.execute(
                "VACUUM ANALYZE"
            )  # what earlier tests took back is read with the rest until then
        with transaction.atomic(), connection.cursor() as cursor:
            seed(schools=1, students=CHILDREN, weeks=8, seed=1, at=clock.now(), progress=print)
            pages = hot_pages()
            cursor.execute(AS_IN_A_LARGE_COUNTY)
            found["small"] = _read(pages)
            for name, copy, times in (
                ("large", copy_schools, MORE_SCHOOLS),
                ("long", copy_weeks, MORE_TERMS),
            ):
                savepoint = transaction.savepoint()
                copy(times)
                found[name] = _read(pages)
                transaction.savepoint_rollback(savepoint)
            transaction.set_rollback(True)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # leave nothing to the next test
        yield found


def _read(pages: dict[str, tuple[Client, str]]) -> Pages:
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
    for name, (client, path) in pages.items():
        for _time in range(UNTIL_PLANS_ARE_KEPT):
            client.get(path)
        cache.clear()
        with readings() as read:
            answer = client.get(path)
        assert answer.status_code == 200, f"{name}: {path} answers {answer.status_code}"
        found[name] = read
    return found


def _grown(small: Pages, large: Pages) -> list[str]:
    """The statements that read more, each once, with where it stands and its plan."""
    grown = {}
    for name, statements in large.items():
        for sql, reading in statements.items():
            rows = small[name][sql].rows if sql in small[name] else 0
            if reading.rows > GROWTH * rows + SLACK:
                told = f"{name}: {rows:.0f} rows grew to {reading.rows:.0f}"
                grown[sql] = f"{told}\n{sql}\n{reading.plan}"
    return list(grown.values())


@pytest.mark.parametrize("grown", ["large", "long"])
def test_no_plan_grows(counties, grown):
    left_out = READS_EVERY_WEEK if grown == "long" else {}
    read = {name: page for name, page in counties[grown].items() if name not in left_out}
    found = _grown(counties["small"], read)
    assert not found, "\n\n".join(found)
