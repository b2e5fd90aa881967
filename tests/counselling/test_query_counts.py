"""The counsellor's desk costs the same for ten children as for one, and no more than it was brought to."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from counselling.cases import actions as case_actions
from safeguarding import actions
from tests.factories.cast import make_cast, make_student

pytestmark = pytest.mark.django_db

# Most queries of the page, with what is kept between pages already there.
DESK = {"/concerns/": 11, "/concerns/cases/": 11}


def taken_up(cast, name: str, *, as_case: bool) -> None:
    """A worry about a new child of the class; with `as_case` it goes on as a case."""
    at, by = timezone.now(), cast.users["counsellor"]
    concern = actions.raise_worry(
        student=make_student(cast.school_class, name),
        by=by,
        words="总一个人待着",
        is_urgent=False,
        at=at,
        key=name,
    )
    if as_case:
        case_actions.open_case(concern=concern, by=by, at=at)


def cost(client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


@pytest.mark.parametrize("path", [*DESK, "/"])
def test_ten_children_cost_what_one_costs(client, monkeypatch, path):
    monkeypatch.setattr("doors.staff.rail.KEPT_SECONDS", 3600)
    cast = make_cast()
    client.force_login(cast.users["counsellor"])
    for kind in (False, True):
        taken_up(cast, f"孙小{kind:d}", as_case=kind)
    one = cost(client, path)
    for number in range(2, 20):
        taken_up(cast, f"孙小{number}", as_case=number % 2 == 1)
    cache.clear()
    assert cost(client, path) == one
    assert one <= DESK.get(path, 60)
