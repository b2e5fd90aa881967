"""Examples for the description. docs/api.md shows them too, and tests send them."""

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
            {"student": "4712", "state": "waiting", "days": 9},
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


OBSERVATIONS = OpenApiExample(
    "observations",
    summary=_("One note"),
    request_only=True,
    value={
        "observations": [
            {
                "id": "library-20261127-7",
                "student": "4711",
                "happened_at": "2026-11-27T16:40:00+08:00",
                "words": "第五次借书，读完了《草房子》。",
                "place": "图书角",
                "strengths": ["keeps_at_it"],
            }
        ]
    },
)
OBSERVATIONS_ADDED = OpenApiExample(
    "added",
    response_only=True,
    status_codes=["200"],
    value={"observations": [{"id": "library-20261127-7", "result": "added"}]},
)
NOTES = OpenApiExample(
    "notes",
    response_only=True,
    status_codes=["200"],
    value={
        "observations": [
            {
                "id": "77",
                "happened_at": "2026-11-27T16:40:00+08:00",
                "recorded_at": "2026-11-27T17:05:00+08:00",
                "by": "张丽华",
                "words": "课间教同桌跳绳，很有耐心。",
                "place": "操场",
                "strengths": ["helps"],
                "themes": [],
                "deeds": [],
                "tell_family": True,
                "is_reported": False,
            }
        ],
        "next": None,
    },
)
TEXTS = OpenApiExample(
    "texts",
    response_only=True,
    status_codes=["200"],
    value={
        "texts": [
            {
                "id": "3",
                "title": "校车晚点",
                "words": "今天校车会晚到半小时左右，请您放心等候。",
                "language": "zh-hans",
            }
        ]
    },
)
MESSAGE = OpenApiExample(
    "message",
    summary=_("To the families of two children"),
    request_only=True,
    value={"id": "bus-20261127-2", "text": "3", "students": ["4711", "4712"]},
)
MESSAGE_TAKEN = OpenApiExample(
    "taken",
    response_only=True,
    status_codes=["200"],
    value={
        "id": "bus-20261127-2",
        "state": "waiting",
        "students": 2,
        "families": None,
        "read": None,
    },
)
EVENTS = OpenApiExample(
    "events",
    response_only=True,
    status_codes=["200"],
    value={
        "events": [
            {
                "id": "5",
                "kind": "parents",
                "title": "三年级家长会",
                "place": "三年级1班教室",
                "starts_at": "2026-12-04T19:00:00+08:00",
                "ends_at": "2026-12-04T20:30:00+08:00",
                "is_off": False,
                "invites": "classes",
                "classes": ["17"],
            }
        ],
        "next": None,
    },
)
ROUNDS = OpenApiExample(
    "rounds",
    response_only=True,
    status_codes=["200"],
    value={
        "rounds": [
            {
                "id": "9",
                "instrument": "who-5",
                "version": 1,
                "how": "class",
                "opened_at": "2026-11-23T08:00:00+08:00",
                "due_on": "2026-12-04",
                "is_open": True,
                "classes": ["17", "18"],
            }
        ],
        "next": None,
    },
)
PROGRESS = OpenApiExample(
    "progress",
    response_only=True,
    status_codes=["200"],
    value={"id": "9", "asked": 80, "finished": 60},
)
RESPONSES = OpenApiExample(
    "bundle",
    response_only=True,
    status_codes=["200"],
    value={
        "resourceType": "Bundle",
        "meta": {"tag": [{"system": "urn:jiaqiao:ethics", "display": "师大伦理委员会 2026-118"}]},
        "type": "collection",
        "timestamp": "2026-12-07T09:00:00+08:00",
        "entry": [
            {
                "resource": {
                    "resourceType": "QuestionnaireResponse",
                    "questionnaire": "urn:jiaqiao:who-5|1",
                    "status": "completed",
                    "subject": {"identifier": {"value": "3f1c0a9be27d4c51a0d86f42"}},
                    "item": [{"linkId": "who-5.1", "answer": [{"valueCoding": {"code": "4"}}]}],
                }
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


DEFINITIONS_EXAMPLE = OpenApiExample(
    "definitions",
    response_only=True,
    status_codes=["200"],
    value={
        "definitions": [
            {
                "key": "connected",
                "name": "Talked with a parent",
                "counts": "Children who talked with a parent within seven days",
                "out_of": "Children with a parent away",
                "window": "The seven days until Sunday",
                "source": "Answers of families, calls, notes of teachers",
                "missing": "Counts as no talk",
            }
        ]
    },
)
ATTENDANCE_TOLD = OpenApiExample(
    "told",
    response_only=True,
    status_codes=["200"],
    value={
        "school_class": "32",
        "day": "2026-11-27",
        "taken_at": "2026-11-27T08:05:00+08:00",
        "rows": [{"student": "4711", "mark": "present"}, {"student": "4712", "mark": "absent"}],
    },
)
LESSONS = OpenApiExample(
    "lessons",
    response_only=True,
    status_codes=["200"],
    value={
        "lessons": [
            {
                "id": "21",
                "key": "far-away/praise",
                "title": "怎么夸孩子",
                "audience": ["away", "home"],
                "minutes": None,
            }
        ],
        "next": None,
    },
)
JOB = {
    "id": "57",
    "state": "checked",
    "received": 2,
    "sent_at": "2026-11-27T18:05:00+08:00",
    "finished_at": None,
    "page": "https://jiaqiao.example.org/rosters/57/",
}
ROSTER_JOB = OpenApiExample("job", response_only=True, status_codes=["200"], value=JOB)
ROSTER_JOBS = OpenApiExample(
    "jobs", response_only=True, status_codes=["200"], value={"jobs": [JOB]}
)
APPLY = OpenApiExample("apply", request_only=True, value={"leaves_out": True})
