"""How many statements the pages opened most ask, in the demo's school on a Tuesday morning. One more costs
50 µs, half of it in PostgreSQL, and a trip to it and back: anyone who adds one sees it here, and weighs it.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demo.county import seed
from tests.doors.test_plans import hot_pages

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 11, 24, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
STATEMENTS = {
    "class_teacher: today": 29,
    "class_teacher: class list": 10,
    "class_teacher: child": 27,
    "class_teacher: family of child": 23,
    "class_teacher: inbox": 10,
    "class_teacher: board": 20,
    "class_teacher: visits": 17,
    "principal: today": 28,
    "principal: board": 20,
    "principal: dashboard": 21,
    "principal: duties": 11,
    "counsellor: today": 30,
    "counsellor: triage": 9,
    "counsellor: caseload": 9,
    "school_admin: calls": 9,
    "village_worker: village": 19,
    "family: home": 12,
    "family: child": 12,
    "family by link: home": 12,
    "family by link: child": 12,
}


@pytest.fixture
def tuesday(monkeypatch):
    """The clock of this test's own transaction, and counts in the rail that no other test takes away."""
    monkeypatch.setattr("doors.staff.rail.redis", LocMemCache("rail", {}))
    with connection.cursor() as cursor:
        offset = f"{(TUESDAY - timezone.now()).total_seconds()} seconds"
        cursor.execute("SET LOCAL jiaqiao.clock_offset = %s", [offset])


def test_each_page_asks_as_many_as_are_told(tuesday, monkeypatch):
    monkeypatch.setattr("doors.staff.rail.KEPT_SECONDS", 3600)  # the counts of the rail are at hand
    monkeypatch.setattr("core.prepared.MOST_TOGETHER", 999)
    seed(schools=1, students=120, weeks=4, seed=1, at=TUESDAY, progress=lambda done: None)
    found = {}
    for name, (client, path) in hot_pages().items():
        # The smallest of three: the first asks what is then at hand, some of it in a cache that others empty.
        found[name] = min(_statements(client, path) for _ in range(3))
    assert found == STATEMENTS


def test_what_is_asked_together_changes_no_page(tuesday, monkeypatch):
    """Each page is the same, byte by byte, where its rooms ask one after the other."""
    monkeypatch.setattr("core.prepared.MOST_TOGETHER", 999)
    seed(schools=1, students=120, weeks=4, seed=1, at=TUESDAY, progress=lambda done: None)
    differing = []
    for name, (client, path) in hot_pages().items():
        together = [_shown(client, path) for _ in range(3)][-1]
        with monkeypatch.context() as alone:
            alone.setattr("core.prepared.is_kept", lambda: False)
            if _shown(client, path) != together:
                differing.append(name)
    assert differing == []


def _shown(client: Client, path: str) -> str:
    """Without what differs from one opening to the next: tokens, and how often the file was read."""
    html = client.get(path).content.decode()
    html = re.sub(r"[A-Za-z0-9]{64}", "", html)
    return re.sub(r'<p class="s readers">.*?</p>', "", html)


def _statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200, path
    return len(asked)
