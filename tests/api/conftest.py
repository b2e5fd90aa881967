import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.factories.api import school_today

ATTENDANCE = "/api/v1/attendance/"
ROSTER = "/ims/oneroster/rostering/v1p2"


def send(client, path, body, key="", headers=None):
    headers = {"Idempotency-Key": key or str(uuid4())} | (headers or {})
    return client.post(path, json.dumps(body), "application/json", headers=headers)


def post(client, rows, key="", path=ATTENDANCE, **more):
    return send(client, path, {"rows": rows} | more, key)


def call_of(cast, **more):
    """A call of 徐梦瑶 with her mother, who is away, as the exchange tells of it."""
    number = cast.adults["mother"].contact_points.get(kind="phone").address
    began_at = (timezone.now() - timedelta(hours=1)).isoformat()
    told = {"id": "pbx-1", "student": str(cast.students["mengyao"].pk), "number": number}
    return told | {"began_at": began_at, "seconds": 400} | more


def note_of(cast, **more):
    """What the library's system noted of 徐梦瑶."""
    happened_at = (timezone.now() - timedelta(hours=2)).isoformat()
    told = {"id": "book-1", "student": str(cast.students["mengyao"].pk), "happened_at": happened_at}
    return told | {"words": "借了三本书。"} | more


def message_of(cast, text, *children, **more):
    """In words of the school, to the families of these children; of 徐梦瑶 where none is named."""
    students = [str(one.pk) for one in children or [cast.students["mengyao"]]]
    return {"id": "bus-1", "text": str(text.pk), "students": students} | more


@pytest.fixture
def day(cast) -> str:
    return school_today(cast)


@pytest.fixture
def whole_class(cast, day):
    """The list of the cast's class: 徐梦瑶 absent, 徐小宝 there."""

    def rows(mengyao="absent", xiaobao="present", **more):
        return [
            {"student": str(cast.students["mengyao"].pk), "day": day, "mark": mengyao} | more,
            {"student": str(cast.students["xiaobao"].pk), "day": day, "mark": xiaobao},
        ]

    return rows
