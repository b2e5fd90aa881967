"""Every page of every door: as many queries for ten children as for one, for a thousand events as for ten.

Nothing here names a page: what stands in the table of access and answers to GET is counted, today's pages
and tomorrow's.
"""

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from students.models import Student
from tests.access.test_matrix import TABLE, arguments, visitor
from tests.factories.cast import Cast, make_guardianship, make_student
from tests.factories.long_file import fill_file, fill_now
from tests.factories.visits import settle_in_village

pytestmark = pytest.mark.django_db

ROLES = ("teacher", "mother", "pupil", "village")  # one for each door
# Pages that show a file made there and then, or lead on: what they cost follows from their content.
# name → why it may cost more for more children.
MORE_FOR_MORE: dict[str, str] = {}


def cost(client, address: str) -> tuple[int, int]:
    """Status and queries of a page, with the counts of the rail at hand."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        status = client.get(address).status_code
    return status, len(asked)


def costs(cast: Cast, role: str) -> dict[str, tuple[int, int]]:
    """Of every page that lets this person in; what a page's own rows needed is taken back."""
    found = {}
    for name in sorted(TABLE):
        if TABLE[name][role] == "A" and name not in MORE_FOR_MORE:
            with transaction.atomic():
                address = reverse(name, kwargs=arguments(cast, name))
                found[name] = cost(visitor(cast, role), address)
                transaction.set_rollback(True)
    return found


def differing(few: dict, many: dict) -> dict[str, tuple]:
    """Pages whose queries grew, with both counts; a page that is left out must be so on both sides."""
    return {name: (few[name], many[name]) for name in few if few[name] != many[name]}


@pytest.fixture
def long_kept_rail(monkeypatch):
    """The counts of the rail stay while a slow machine counts, and nobody notes each minute that the session
    is in use; one connection opens more pages here, and for more readers, than one may keep statements
    asked together for.
    """
    monkeypatch.setattr("accounts.idle.SEEN_EVERY", 3600)
    monkeypatch.setattr("doors.staff.rail.KEPT_SECONDS", 3600)
    monkeypatch.setattr("core.prepared.MOST_TOGETHER", 999)


@pytest.mark.parametrize("role", ROLES)
def test_ten_children_cost_what_one_costs(cast, role, long_kept_rail):
    at, by = timezone.now(), cast.users["teacher"]
    mother, grandmother = cast.adults["mother"], cast.adults["grandmother"]
    children = [cast.students["xiaobao"]]
    settle_in_village(*Student.objects.all())
    fill_now(children[0], mother, by, 0, at)
    few = costs(cast, role)
    for number in range(1, 10):
        child = make_student(cast.school_class, f"徐小{number}")
        settle_in_village(child)
        make_guardianship(child, mother, "mother")
        make_guardianship(child, grandmother, "paternal_grandmother")
        fill_now(child, mother, by, number, at)
    cache.clear()
    assert differing(few, costs(cast, role)) == {}


@pytest.mark.parametrize("role", ROLES)
def test_a_thousand_events_cost_what_ten_do(cast, role, long_kept_rail):
    at, by = timezone.now(), cast.users["teacher"]
    child, mother = cast.students["mengyao"], cast.adults["mother"]
    fill_file(child, mother, by, 22, at)
    few = costs(cast, role)
    fill_file(child, mother, by, 978, at, first=22)
    cache.clear()
    assert differing(few, costs(cast, role)) == {}
