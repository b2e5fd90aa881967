"""What goes along, part by part, read from the file at that moment; and the digest of each part."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.utils import timezone

from classroom.models import AttendanceMark
from classroom.queries import good_news
from guardians.models import Contact, Guardianship
from guardians.queries import family_facts
from students.forms import SECTIONS
from students.models import Student
from transfers import rules
from transfers.models import Part
from transfers.policies import suspected
from visits.models import Visit

# Sections of the file that make up a part.
SECTIONS_OF: dict[str, tuple[str, ...]] = {
    Part.BASICS: ("identity",),
    Part.HOME: ("address", "registration"),
    Part.HEALTH: ("health",),
    Part.STRENGTHS: ("strengths", "wish", "care"),
}


# For special care the child's plan goes along; the grounds, and who told the school of them, stay.
KEPT_HERE = {f"{ground}_{what}" for ground in Student.SpecialCare for what in ("since", "basis")}


def fields_of(part: str) -> list[str]:
    names = [name for key in SECTIONS_OF.get(part, ()) for name in SECTIONS[key].fields]
    return [name for name in names if name not in KEPT_HERE]


def package_of(student: Student, parts: Iterable[str], at: datetime, on: date) -> dict[str, Any]:
    """Return the parts as plain JSON, a copy that stays as it is.

    {part: {"fields": {...}, "rows": [...]}}
    """
    found: dict[str, Any] = {
        str(part): {
            "fields": {name: getattr(student, name) for name in fields_of(part)},
            "rows": _rows_of(part, student, at, on),
        }
        for part in parts
    }
    if Part.FAMILY not in found and Part.CONTACT in found:
        for row in found[Part.CONTACT]["rows"]:
            del row["adult__name"]  # about other adults only what the part "family" says
    return json.loads(json.dumps(found, cls=DjangoJSONEncoder))


def file_fields(part: str, held: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the child's row, read back from a part that was handed over."""
    model = cast(Any, Student._meta)
    fields = held["fields"]  # as on its day: fields may have been added since
    names = [name for name in fields_of(part) if name in fields]
    return {name: model.get_field(name).to_python(fields[name]) for name in names}


def digests_of(package: dict[str, Any]) -> dict[str, str]:
    found = {}
    for part, held in package.items():
        words = json.dumps(held, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        found[part] = hashlib.sha256(words.encode()).hexdigest()
    return found


def family_ties(student: Student, on: date) -> QuerySet[Guardianship]:
    """Return the adults around the child on that day, except those who may not come near it."""
    held = Guardianship.objects.filter(~suspected(), student=student, adult__blocked_at=None)
    return held.exclude(ends_on__lt=on).filter(starts_on__lte=on).select_related("adult")


def _rows_of(part: str, student: Student, at: datetime, on: date) -> list[dict[str, Any]]:
    """Return what is not in the child's row; empty for a part that has only fields."""
    match part:
        case Part.FAMILY:
            ties = set(family_ties(student, on).values_list("pk", flat=True))
            members = family_facts(student).members(on)
            return [
                {
                    "name": one.adult.name,
                    "relation": one.guardianship.relation,
                    "kind": one.guardianship.kind,
                    "numbers": [
                        way.address or way.as_written for way in one.ways if way.kind in way.TYPED
                    ],
                    "place": one.migration.place if one.migration else "",
                    "is_away": one.migration.is_away if one.migration else None,
                    "work": one.migration.work if one.migration else "",
                }
                for one in members
                if one.guardianship.pk in ties
            ]
        case Part.STRENGTHS:  # only praise that the family was told of
            since = at - timedelta(days=rules.ATTENDANCE_DAYS)
            return [
                {
                    "on": timezone.localdate(row.happened_at),
                    "words": row.words,
                    "strengths": row.strengths,
                }
                for row in good_news([student.pk], since).get(student.pk, [])
            ]
        case Part.ATTENDANCE:
            marks = AttendanceMark.objects.filter(
                student=student, marked_on__gte=on - timedelta(days=rules.ATTENDANCE_DAYS)
            ).exclude(kind=AttendanceMark.Kind.PRESENT)
            rows = marks.order_by("-marked_on").values("marked_on", "kind", "reason")
            return [dict(row) for row in rows]
        case Part.VISITS:  # only the days: what was said there is a teacher's note
            visits = Visit.objects.filter(student=student, visited_on__isnull=False)
            held = visits.order_by("-visited_on").values("visited_on", "kind")
            return [dict(row) for row in held]
        case Part.CONTACT:
            talks = contacts_of(student, on).values("happened_on", "kind", "adult__name")
            return [dict(row) for row in talks]
    return []


def contacts_of(student: Student, on: date) -> QuerySet[Contact]:
    """Return talks with adults who may come near the child."""
    return Contact.objects.filter(
        ~suspected(),
        student=student,
        retracted_at=None,
        adult__blocked_at=None,
        happened_on__gte=on - timedelta(days=rules.CONTACT_DAYS),
    )
