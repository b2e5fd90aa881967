"""People in OneRoster's format: a name, and who belongs to whom. Nothing else.

The student number is not sent, because in China it contains the identity number; neither are phone numbers,
places and what an adult may decide. An adult who may not be named to the child is named to nobody else.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from accounts.models import User
from api.oneroster.asked import Asked, Several, base, last_change, ref
from api.oneroster.names import parted
from api.policies import children_of, classes_of
from core.requests import key_of
from guardians.models import Adult, Guardianship, Relation
from guardians.queries import approachable, current_guardianships, is_blocked_somewhere
from schools.models import Post, SchoolClass, holds_on
from schools.roles import Role
from students.models import Enrolment, Student
from students.queries import current_enrolments

# Prefixes in the keys of people who are not pupils, because each kind has its own numbers.
ADULT, STAFF, TEACHING = "adult-", "staff-", "post-"
# What an adult is to a child, the closest first. "relative" is in the standard, "carer" is ours.
PARENT, GUARDIAN, RELATIVE, CARER = ROLES = "parent", "guardian", "relative", "ext:carer"


def users(asked: Asked) -> QuerySet[Any] | Several:
    if not asked.names_adults:
        return pupils(asked)
    return Several(pupils(asked), _adults(asked), teachers(asked))


def pupils(asked: Asked) -> QuerySet[Student]:
    """Return pupils who are in a class today."""
    rows = _in_class(asked).annotate(modified_at=last_change(Student))
    rows = rows.only("name", "school_id").order_by("pk")
    return rows.prefetch_related(_ties(asked)) if asked.names_adults else rows


def _in_class(asked: Asked) -> QuerySet[Student]:
    enrolled = current_enrolments(asked.on).filter(school=asked.caller.school.pk)
    return children_of(asked.caller, asked.on).filter(pk__in=enrolled.values("student_id"))


def _ties(asked: Asked) -> Prefetch:
    return Prefetch("guardianships", _ties_today(asked), "named_ties")


def _ties_today(asked: Asked) -> QuerySet[Guardianship]:
    """Return who raises which pupil, only between people whom the caller may be told of."""
    rows = current_guardianships(asked.on).filter(
        approachable(),
        ~is_blocked_somewhere(),
        school=asked.caller.school.pk,
        kind__in=Guardianship.RAISING,
    )
    return rows.filter(student__in=_in_class(asked).values("pk")).order_by("priority", "pk")


def _adults(asked: Asked) -> QuerySet[Adult]:
    rows = Adult.objects.filter(
        Exists(_ties_today(asked).filter(adult=OuterRef("pk"))), school=asked.caller.school.pk
    )
    rows = rows.only("name", "school_id")
    return rows.order_by("pk").prefetch_related(_ties(asked))


def _posts(asked: Asked) -> QuerySet[Post]:
    """Return today's posts of class teachers."""
    classes = classes_of(asked.caller, asked.on)
    return Post.objects.filter(
        holds_on(asked.on), role=Role.CLASS_TEACHER, school_class__in=classes.values("pk")
    )


def teachers(asked: Asked) -> QuerySet[User]:
    rows = User.objects.filter(pk__in=_posts(asked).values("user_id"), is_active=True)
    return rows.annotate(modified_at=last_change(User)).only("name").order_by("pk")


def pupils_of_class(asked: Asked, row: SchoolClass) -> QuerySet[Student]:
    enrolled = current_enrolments(asked.on).filter(school_class=row)
    return pupils(asked).filter(pk__in=enrolled.values("student_id"))


def teachers_of_class(asked: Asked, row: SchoolClass) -> QuerySet[User]:
    return teachers(asked).filter(pk__in=_posts(asked).filter(school_class=row).values("user_id"))


def user_of_key(asked: Asked, key: str) -> Any:
    """Return a pupil, an adult or a teacher; None if the caller may not be told of one with this key."""
    kinds = {"": pupils, ADULT: _adults, STAFF: teachers} if asked.names_adults else {"": pupils}
    return _of_key({kind: rows(asked) for kind, rows in kinds.items()}, key)


def teacher_of_key(asked: Asked, key: str) -> Any:
    return _of_key({STAFF: teachers(asked)}, key)


def enrollment_of_key(asked: Asked, key: str) -> Any:
    kinds: dict[str, QuerySet[Any]] = {"": _enrolled(asked)}
    return _of_key(kinds | ({TEACHING: _teaching(asked)} if asked.names_adults else {}), key)


def _of_key(kinds: dict[str, QuerySet[Any]], key: str) -> Any:
    head, dash, number = key.rpartition("-")
    pk = key_of(number)
    rows = kinds.get(head + dash)
    return rows.filter(pk=pk).first() if rows is not None and pk is not None else None


def user(row: Any, asked: Asked) -> dict[str, Any]:
    """Return a person in OneRoster's format.

    Who raises whom changes in other tables and with the date alone, so people with such ties always count as
    changed.
    """
    family_name, given_name = parted(row.name)
    held = ["teacher" if isinstance(row, User) else "student"]
    if isinstance(row, Adult):
        ties = {_role(tie) for tie in row.named_ties}  # type: ignore[attr-defined]
        held = sorted(ties, key=ROLES.index)
    kinds = ["primary"] + ["secondary"] * len(held)
    told = {
        "enabledUser": "false",  # of any account: this data lets nobody sign in here
        "familyName": family_name,
        "givenName": given_name,
        "roles": [
            {"roleType": kind, "role": role, "org": ref("org", asked.caller.school.pk)}
            for kind, role in zip(kinds, held, strict=False)
        ],
        "metadata": {"fullName": row.name},
    }
    if isinstance(row, Student) and asked.names_adults:
        keys = dict.fromkeys(tie.adult_id for tie in row.named_ties)  # type: ignore[attr-defined]
        told["agents"] = [ref("user", f"{ADULT}{key}") for key in keys]
    tells_of_ties = asked.names_adults and not isinstance(row, User)
    kind = {Adult: ADULT, User: STAFF}.get(type(row), "")
    return base(f"{kind}{row.pk}", asked, None if tells_of_ties else row.modified_at) | told


def _role(tie: Guardianship) -> str:
    if tie.kind == Guardianship.Kind.CARER:
        return CARER if tie.relation == Relation.OTHER else RELATIVE
    return PARENT if tie.kind == Guardianship.Kind.PARENT else GUARDIAN


def children_behind(row: Any) -> list[int]:
    """Return keys of the children whose data this row contains; for an adult, the children in their care."""
    if isinstance(row, Student):
        return [row.pk]
    return [tie.student_id for tie in getattr(row, "named_ties", [])]


def enrollments(asked: Asked, **only: SchoolClass) -> QuerySet[Any] | Several:
    rows = _enrolled(asked).filter(**only)
    return Several(rows, _teaching(asked).filter(**only)) if asked.names_adults else rows


def enrollments_of_class(asked: Asked, row: SchoolClass) -> QuerySet[Any] | Several:
    return enrollments(asked, school_class=row)


def keys_of_classes(asked: Asked, row: Any) -> QuerySet[Any, Any]:
    """Return the classes in which a user learns or teaches; a parent or carer has none."""
    if isinstance(row, Student):
        return _enrolled(asked).filter(student=row).values("school_class")
    rows = _posts(asked)
    return (rows.filter(user=row) if isinstance(row, User) else rows.none()).values("school_class")


def _enrolled(asked: Asked) -> QuerySet[Enrolment]:
    children = children_of(asked.caller, asked.on)
    rows = current_enrolments(asked.on).filter(
        school=asked.caller.school.pk, student__in=children.values("pk")
    )
    return rows.annotate(modified_at=last_change(Enrolment)).order_by("pk")


def _teaching(asked: Asked) -> QuerySet[Post]:
    rows = _posts(asked).filter(user__is_active=True)
    return rows.annotate(modified_at=last_change(Post)).order_by("pk")


def enrollment(row: Any, asked: Asked) -> dict[str, Any]:
    """Return an enrolment without a leaving date.

    Until that day it is the family's business, or the teacher's.
    """
    teaches = isinstance(row, Post)
    who = f"{STAFF}{row.user_id}" if teaches else row.student_id
    told = {
        "user": ref("user", who),
        "class": ref("class", row.school_class_id),
        "school": ref("org", row.school_id),
        "role": "teacher" if teaches else "student",
        "primary": "true",
        "beginDate": row.starts_on.isoformat(),
    }
    return base(f"{TEACHING}{row.pk}" if teaches else row.pk, asked, row.modified_at) | told
