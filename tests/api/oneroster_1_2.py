"""What the standard's own description says of the objects that we serve.

Taken down from 1EdTech's OpenAPI document of OneRoster 1.2, Rostering Service (edition of 19 Sep 2022), as a
table of names, types and vocabularies, without its words. "!" marks what must be there, "[]" a list (of one
at least where "!" stands inside the brackets); whatever is not named may not be there.
"""

from typing import Any

# Where the standard has a list: the addresses of its operations, {} for a key.
LISTS = """
/academicSessions /classes /classes/{}/students /classes/{}/teachers /courses /courses/{}/classes
/demographics /enrollments /gradingPeriods /orgs /schools /schools/{}/classes /schools/{}/courses
/schools/{}/enrollments /schools/{}/students /schools/{}/teachers /schools/{}/terms
/schools/{}/classes/{}/enrollments /schools/{}/classes/{}/students /schools/{}/classes/{}/teachers
/students /students/{}/classes /teachers /teachers/{}/classes /terms /terms/{}/classes
/terms/{}/gradingPeriods /users /users/{}/classes
""".split()
# And one object; `demographics` of a user is no part of ours, nor is a grading period.
OBJECTS_AT = """
/academicSessions/{} /classes/{} /courses/{} /demographics/{} /enrollments/{} /gradingPeriods/{} /orgs/{}
/schools/{} /students/{} /teachers/{} /terms/{} /users/{}
""".split()
YES_OR_NO = ["true", "false"]
EXTENDED = {"type": "string", "pattern": r"(ext:)[a-zA-Z0-9\.\-_]+"}  # beside a vocabulary
ROLES = (
    "aide counselor districtAdministrator guardian parent principal proctor relative siteAdministrator"
    " student systemAdministrator teacher"
)
MINORS = (
    "fullsuccess invalid_filter_field invalid_selection_field invaliddata unauthorisedrequest forbidden"
    " server_busy unknownobject internal_server_error"
)
WORDS = {"type": "string"}
KINDS: dict[str, dict[str, Any]] = {
    "words": WORDS,
    "day": WORDS | {"format": "date"},
    "moment": WORDS | {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"},
    "address": WORDS | {"format": "uri"},
    "yes": {"enum": YES_OR_NO},
    "anything": {"type": "object"},
    "status": {"enum": ["active", "tobedeleted"]},
    "kind_of_session": {
        "anyOf": [{"enum": "gradingPeriod semester schoolYear term".split()}, EXTENDED]
    },
    "kind_of_org": {
        "anyOf": [{"enum": "department district local national school state".split()}, EXTENDED]
    },
    "kind_of_class": {"anyOf": [{"enum": ["homeroom", "scheduled"]}, EXTENDED]},
    "role_in_class": {
        "anyOf": [{"enum": "administrator proctor student teacher".split()}, EXTENDED]
    },
    "role": {"anyOf": [{"enum": ROLES.split()}, EXTENDED]},
    "kind_of_role": {"enum": ["primary", "secondary"]},
    "major": {"enum": "success processing failure unsupported".split()},
    "severity": {"enum": "status warning error".split()},
    "minor": {"enum": MINORS.split()},
}
REFERENCES = "user org course class academicSession".split()
BASE = "sourcedId!=words status!=status dateLastModified!=moment metadata=anything "
OBJECTS = {
    "org": BASE + "name!=words type!=kind_of_org identifier!=words parent=>org children=[>org]",
    "academicSession": BASE
    + "title!=words startDate!=day endDate!=day type!=kind_of_session schoolYear!=words"
    " parent=>academicSession children=[>academicSession]",
    "course": BASE
    + "title!=words courseCode!=words schoolYear=>academicSession grades=[words] subjects=[words]"
    " subjectCodes=[words] org=>org",
    "class": BASE
    + "title!=words course!=>course school!=>org terms!=[!>academicSession] classCode=words"
    " classType=kind_of_class location=words grades=[words] subjects=[words] subjectCodes=[words]"
    " periods=[words]",
    "user": BASE
    + "enabledUser!=yes givenName!=words familyName!=words roles!=[!role_held] userMasterIdentifier=words"
    " username=words middleName=words preferredFirstName=words preferredMiddleName=words"
    " preferredLastName=words pronouns=words primaryOrg=>org identifier=words email=words sms=words"
    " phone=words agents=[>user] grades=[words] password=words",
    "enrollment": BASE
    + "user!=>user class!=>class school!=>org role!=role_in_class primary=yes beginDate=day endDate=day",
    "role_held": "roleType!=kind_of_role role!=role org!=>org userProfile=address beginDate=day endDate=day",
    "status_info": "imsx_codeMajor!=major imsx_severity!=severity imsx_description=words"
    " imsx_CodeMinor=minors",
    "minors": "imsx_codeMinorField!=[!minor_field]",
    "minor_field": "imsx_codeMinorFieldName!=words imsx_codeMinorFieldValue!=minor",
}


def shape_of(name: str) -> dict[str, Any]:
    """The object of this name, as JSON Schema."""
    parts = [part.split("=", 1) for part in OBJECTS[name].split()]
    return {
        "type": "object",
        "properties": {field.rstrip("!"): _of(kind) for field, kind in parts},
        "required": [field.rstrip("!") for field, _kind in parts if field.endswith("!")],
        "additionalProperties": False,
    }


def list_of(singular: str, key: str) -> dict[str, Any]:
    rows = {"type": "array", "items": shape_of(singular)}
    return {"type": "object", "properties": {key: rows}, "additionalProperties": False}


def _of(kind: str) -> dict[str, Any]:
    if kind.startswith("["):
        inner = kind.strip("[]")
        return {
            "type": "array",
            "items": _of(inner.removeprefix("!")),
            "minItems": int(inner.startswith("!")),
        }
    if kind.startswith(">"):
        return _reference(kind.removeprefix(">"))
    return shape_of(kind) if kind in OBJECTS else KINDS[kind]


def _reference(to: str) -> dict[str, Any]:
    assert to in REFERENCES
    said = {"href": KINDS["address"], "sourcedId": WORDS, "type": {"enum": [to]}}
    return {
        "type": "object",
        "properties": said,
        "required": [*said],
        "additionalProperties": False,
    }
