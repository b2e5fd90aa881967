"""Examples of each OneRoster object, for the description."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

AT = "https://jiaqiao.example.org/ims/oneroster/rostering/v1p2"
SHARED = {"status": "active", "dateLastModified": "2026-11-27T08:05:00.000+08:00"}


def _ref(way: str, key: str, kind: str) -> dict[str, str]:
    return {"href": f"{AT}/{way}/{key}", "sourcedId": key, "type": kind}


SCHOOL = _ref("orgs", "12", "org")
YEAR = _ref("academicSessions", "year-3", "academicSession")
# By the singular, as an answer names it.
OBJECTS: dict[str, dict[str, Any]] = {
    "org": {"name": "黄羊川中心小学", "type": "school", "identifier": "620622001"},
    "academicSession": {
        "title": "2026–2027",
        "startDate": "2026-09-01",
        "endDate": "2027-07-10",
        "type": "schoolYear",
        "schoolYear": "2027",
    },
    "course": {
        "title": "3",
        "courseCode": "3",
        "schoolYear": YEAR,
        "grades": ["03"],
        "org": SCHOOL,
    },
    "class": {
        "title": "三年级2班",
        "classCode": "3-2",
        "classType": "homeroom",
        "grades": ["03"],
        "course": _ref("courses", "31", "course"),
        "school": SCHOOL,
        "terms": [_ref("academicSessions", "term-5", "academicSession")],
    },
    "user": {
        "enabledUser": "false",
        "familyName": "王",
        "givenName": "小雨",
        "roles": [{"roleType": "primary", "role": "student", "org": SCHOOL}],
        "agents": [_ref("users", "adult-88", "user")],
        "metadata": {"fullName": "王小雨"},
    },
    "enrollment": {
        "user": _ref("users", "4711", "user"),
        "class": _ref("classes", "32", "class"),
        "school": SCHOOL,
        "role": "student",
        "primary": "true",
        "beginDate": "2026-09-01",
    },
}
TERM = {
    "title": "2026–2027 秋季学期",
    "startDate": "2026-09-01",
    "endDate": "2027-01-20",
    "type": "semester",
    "parent": YEAR,
    "schoolYear": "2027",
}
KEYS = {"org": "12", "academicSession": "year-3", "course": "31", "class": "32", "user": "4711"}
# Lists whose objects look different from the kind above: (key, object), or an empty list.
OWN: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "terms": [("term-5", TERM)],
    "gradingPeriods": [],
}


def example(plural: str, singular: str, plural_key: str = "") -> OpenApiExample:
    """Return an example of a list if `plural_key` is given, else of one object."""
    shown = OWN.get(plural, [(KEYS.get(singular, "88"), OBJECTS[singular])])
    told = [{"sourcedId": key, **SHARED, **one} for key, one in shown]
    value = {plural_key: told} if plural_key else {singular: told[0]}
    return OpenApiExample(
        plural_key or singular, response_only=True, status_codes=["200"], value=value
    )
