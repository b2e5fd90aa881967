"""Examples of the description. docs/api.md shows them, too; tests send them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample

from api.oneroster.problems import MINOR, status_info
from api.problems import KINDS, problem
from core.day_fields import DAY_TO_COME

ATTENDANCE = OpenApiExample(
    "attendance",
    summary=_("A class of two"),
    request_only=True,
    value={
        "rows": [
            {"student": "4711", "day": "2026-11-27", "mark": "present"},
            {"student": "4712", "day": "2026-11-27", "mark": "absent", "reason": "ill"},
        ]
    },
)
ATTENDANCE_SAVED = OpenApiExample(
    "saved",
    response_only=True,
    status_codes=["200"],
    value={"received": 2, "changed": 1, "kept": 0},
)
CALLS = OpenApiExample(
    "calls",
    summary=_("Two calls"),
    request_only=True,
    value={
        "calls": [
            {
                "id": "pbx-20261127-0042",
                "student": "4711",
                "number": "13893010011",
                "began_at": "2026-11-27T18:05:00+08:00",
                "seconds": 420,
            },
            {
                "id": "pbx-20261127-0043",
                "student": "4712",
                "relation": "mother",
                "began_at": "2026-11-27T18:20:00+08:00",
                "seconds": 12,
            },
        ]
    },
)
CALLS_TAKEN = OpenApiExample(
    "taken",
    response_only=True,
    status_codes=["200"],
    value={
        "calls": [
            {"id": "pbx-20261127-0042", "result": "counted"},
            {"id": "pbx-20261127-0043", "result": "not_counted"},
        ]
    },
)
ROSTER = OpenApiExample(
    "roster",
    summary=_("A child who is new, and one who has moved"),
    request_only=True,
    value={
        "rows": [
            {
                "name": "王小雨",
                "sex": "女",
                "born_on": "2017-05-04",
                "class": "三年级2班",
                "village": "黄羊川村",
                "mother_name": "李芳",
                "mother_phone": "13893510002",
                "mother_place": "昆山",
            },
            {"name": "徐小宝", "born_on": "2017-05-04", "class": "3.1", "father_phone": "1389351"},
        ]
    },
)
ROSTER_PREVIEW = OpenApiExample(
    "preview",
    response_only=True,
    status_codes=["200"],
    value={
        "id": "12",
        "state": "checked",
        "received": 2,
        "sent_at": "2026-11-27T09:00:00+08:00",
        "finished_at": None,
        "page": "https://jiaqiao.example.org/rosters/12/preview/",
        "failure": "",
        "makes_classes": [],
        "lacks_classes": [],
        "absent": 310,
        "problems": [
            {
                "pointer": "/rows/1/father_phone",
                "code": "phone_too_short",
                "detail": "7 digits: too short.",
                "blocks": False,
                "suggestion": "",
            }
        ],
        "rows": [
            {"row": 0, "result": "new", "student": None, "fields": []},
            {"row": 1, "result": "changed", "student": "4712", "fields": ["class"]},
        ],
    },
)
CHECK_INS = OpenApiExample(
    "class",
    response_only=True,
    status_codes=["200"],
    value={
        "school_class": "17",
        "children": [
            {"student": "4711", "state": "talked", "days": 2},
            {"student": "4712", "state": "asked_again", "days": 9},
        ],
    },
)
SLOTS = OpenApiExample(
    "day",
    response_only=True,
    status_codes=["200"],
    value={
        "day": "2026-11-27",
        "calls": [
            {
                "id": "88",
                "student": "4711",
                "place": "一楼电话",
                "kind": "phone",
                "starts_at": "2026-11-27T18:00:00+08:00",
                "ends_at": "2026-11-27T18:15:00+08:00",
                "state": "booked",
            }
        ],
    },
)
FIGURES = OpenApiExample(
    "figures",
    response_only=True,
    status_codes=["200"],
    value={
        "school": "620622001",
        "weeks": [
            {
                "ends_on": "2026-11-22",
                "edition": 1,
                "why": "",
                "figures": [
                    {"key": "pupils", "unit": "count", "low": 310, "high": 319, "gap": ""},
                    {"key": "connected", "unit": "share", "low": 90, "high": 100, "gap": ""},
                    {"key": "screened", "unit": "share", "low": None, "high": None, "gap": "few"},
                ],
            }
        ],
    },
)


def error(number: int) -> dict[str, Any]:
    told = problem(number)
    told["type"] = f"https://jiaqiao.example.org/api/docs/#{KINDS[number][0]}"
    if number == 422:
        told["errors"] = [{"pointer": "/rows/1/day", "detail": str(DAY_TO_COME)}]
    return told


def roster_error(number: int) -> dict[str, Any]:
    minor = MINOR.get(number, "invaliddata")
    return status_info(str(KINDS[number][1]), minor)
