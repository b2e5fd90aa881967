"""How many statements the pages opened most ask, in the demo's school on a Tuesday morning. One more costs
50 µs, half of it in PostgreSQL, and a trip to it and back: whoever adds one sees it here, and weighs it.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demo.county import seed
from tests.doors.test_plans import hot_pages

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 11, 24, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
STATEMENTS = {
    "class_teacher: today": 81,
    "class_teacher: class list": 11,
    "class_teacher: child": 28,
    "class_teacher: family of child": 24,
    "class_teacher: inbox": 16,
    "class_teacher: board": 19,
    "class_teacher: visits": 18,
    "principal: today": 57,
    "principal: board": 19,
    "principal: dashboard": 40,
    "principal: duties": 11,
    "counsellor: today": 57,
    "counsellor: triage": 11,
    "counsellor: caseload": 11,
    "school_admin: calls": 10,
    "village_worker: village": 20,
    "family: home": 58,
    "family: child": 61,
    "family by link: home": 58,
    "family by link: child": 61,
}


@pytest.fixture
def tuesday():
    """The clock of this test's own transaction."""
    with connection.cursor() as cursor:
        offset = f"{(TUESDAY - timezone.now()).total_seconds()} seconds"
        cursor.execute("SET LOCAL jiaqiao.clock_offset = %s", [offset])


def test_each_page_asks_as_many_as_are_told(tuesday, monkeypatch):
    monkeypatch.setattr("doors.staff.rail.KEPT_SECONDS", 3600)  # the counts of the rail are at hand
    seed(schools=1, students=120, weeks=4, seed=1, at=TUESDAY, progress=lambda done: None)
    found = {}
    for name, (client, path) in hot_pages().items():
        # The smallest of three: the counts of the rail are asked anew where another test empties the cache.
        found[name] = min(_statements(client, path) for _ in range(3))
    assert found == STATEMENTS


def _statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200, path
    return len(asked)
