"""The copy of its data that a family gets: one ZIP with a JSON file for machines and a PDF to read.

This module names every field; a field that it does not name is not in the copy. So whatever a room adds
later stays out until somebody decides that a family may have it (product.md B9). Keys: docs/data-copy.md.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from calls.models import CallSlot
from classroom.models import FamilyRequest, Letter
from classroom.queries import good_news
from core.printing import why_no_pdf
from doors.family import readers
from doors.family.data_pdf import as_page, as_pdf
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration, SentHome
from guardians.queries import current_guardianships
from messaging.models import CheckInLine
from privacy.models import Consent, DataRequest
from reunions.models import ReunionPlan
from students.models import Enrolment, Student

SCHEMA = "jiaqiao.family-copy"
SCHEMA_VERSION = 1
# Reports by carer or child about a parent are their words, not this adult's data.
OWN_REPORTS = (Contact.ReportedBy.PARENT, Contact.ReportedBy.STAFF)
LONG_AGO = datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC"))  # before any row

STUDENT = (
    "name sex born_on id_number student_number ethnicity is_boarding dormitory boards_since address "
    "village lives_there_since journey_by journey_minutes journey_km journey_with journey_dangers "
    "journey journey_since illness allergies disability disability_level is_insured is_vaccinated "
    "checked_up_on health is_registered registered_at registration has_city_schooling "
    "has_residence_permit city_schooling assistance strengths wish_kind wish wish_obstacle wish_since"
).split()
ADULT = (
    "name language prefers_audio time_zone shift shift_since shift_turn_days quiet_from "
    "quiet_until legal_basis opted_out_at"
).split()


def file_name(at: datetime) -> str:
    """Return a name that names nobody: the file stays on a shared phone."""
    return f"jiaqiao-copy-{at:%Y-%m-%d}.zip"


def gather(student: Student, adults: Sequence[Adult], at: datetime) -> dict[str, Any]:
    """Return what this person may have about the child and about themselves: plain values for JSON."""
    own = [adult for adult in adults if adult.school_id == student.school_id]
    zone = ZoneInfo(student.school.time_zone)
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "made_at": at,
        "language": get_language(),
        "school": student.school.name,
        "child": _row(student, STUDENT),
        "classes": _rows(
            Enrolment.objects.filter(student=student).order_by("starts_on"),
            "school_class__name starts_on ends_on",
        ),
        "carers": _rows(
            current_guardianships(at.astimezone(zone).date()).filter(
                student=student,
                kind__in=Guardianship.CARING,
                adult__blocked_at=None,
            ),
            "adult__name relation",
        ),
        "letters": _rows(
            Letter.objects.filter(student=student, sent_at__isnull=False).order_by("sent_at"),
            "sent_at good_news body mood learning you_can_do written_by__name",
        ),
        "good_news": [
            {
                "happened_at": row.happened_at,
                "words": row.words,
                "strengths": row.strengths,
                "written_by__name": row.written_by.name,
            }
            for row in good_news([student.pk], LONG_AGO).get(student.pk, [])
        ],
        "file_opened": readers.context(student, at)["days"],
        "you": [_row(adult, ADULT) for adult in own],
        **_of_the_adult(student, own),
    }


def _of_the_adult(student: Student, own: Sequence[Adult]) -> dict[str, Any]:
    """Return rows of the reader alone; the queries ask for nobody else's."""
    mine, about = Q(adult__in=own), Q(adult__in=own, student=student)
    return {
        "your_part": _rows(
            Guardianship.objects.filter(about), "relation kind may_decide starts_on ends_on"
        ),
        "your_contacts": _rows(
            ContactPoint.objects.filter(mine), "kind address verified_at failing_since"
        ),
        "your_places": _rows(
            Migration.objects.filter(mine), "is_away place work starts_on ends_on"
        ),
        "talks": _rows(
            Contact.objects.filter(about, retracted_at=None, reported_by__in=OWN_REPORTS),
            "happened_on kind minutes reported_by",
        ),
        "sent_home": _rows(
            SentHome.objects.filter(about, retracted_at=None, reported_by__in=OWN_REPORTS),
            "arrived_on kind words reported_by",
        ),
        "check_ins": _rows(
            CheckInLine.objects.filter(check_in__adult__in=own, student=student).order_by(
                "check_in__due_on"
            ),
            "check_in__due_on check_in__answered_at answer mood words",
        ),
        "requests_of_the_school": _rows(
            FamilyRequest.objects.filter(about), "words due_on answer answer_words answered_at"
        ),
        "calls": _rows(CallSlot.objects.filter(about), "starts_at ends_at state booked_by mood"),
        "holidays": _rows(
            ReunionPlan.objects.filter(about),
            "season__starts_on travel arrives_on leaves_on has_ticket words said_by outcome",
        ),
        "consents": _rows(
            Consent.objects.filter(mine & (Q(student=student) | Q(student=None))),
            "at purpose decision text_version via receipt",
        ),
        "your_requests": _rows(
            DataRequest.objects.filter(about), "kind words state asked_at due_on answer answered_at"
        ),
    }


def _row(row: Model, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _rows(rows: QuerySet, names: str) -> list[dict[str, Any]]:
    return list(rows.values(*names.split()))


def as_zip(data: dict[str, Any]) -> bytes:
    """Return data.json, data.pdf (data.html if this server makes no PDF) and about.txt; no file's name
    contains the name of a person.
    """
    about = [
        _("Open data.pdf to read. data.json has the same content for computers (UTF-8)."),
        _("Schema: %(name)s, version %(version)s") % {"name": SCHEMA, "version": SCHEMA_VERSION},
        "",
    ]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.txt", "\r\n".join(about))
        archive.writestr("data.json", as_json(data))
        if why_no_pdf():
            archive.writestr("data.html", as_page(data))
        else:
            archive.writestr("data.pdf", as_pdf(data))
    return stream.getvalue()


def as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
