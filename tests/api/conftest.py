import json
from uuid import uuid4

import pytest

from tests.factories.api import school_today

ATTENDANCE = "/api/v1/attendance/"
ROSTER = "/ims/oneroster/rostering/v1p2"


def post(client, rows, key="", path=ATTENDANCE, **more):
    return client.post(
        path,
        json.dumps({"rows": rows} | more),
        "application/json",
        headers={"Idempotency-Key": key or str(uuid4())},
    )


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
