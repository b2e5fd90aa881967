"""The part of the data copy about the child: the file, school life, and who has opened the file."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from accounts.models import AccessRecord
from classroom.models import AttendanceMark, Letter, MissedHomework, Observation, Picture
from classroom.pictures.policies import Reader, pictures_of_child_alone
from classroom.queries import good_news
from doors.family import readers
from doors.family.data_copy.section import Asker, Section
from guardians.models import EntrustedCare, Guardianship
from guardians.queries import current_guardianships
from nights.models import Night
from notices.models import NoticeChild, Notified
from notices.policies import lines_of_family
from privacy.ledgers.models import Office
from privacy.models import LedgerChild
from students.models import Enrolment, Student

LONG_AGO = datetime(2000, 1, 1, tzinfo=ZoneInfo("UTC"))  # earlier than any row

FILE = (
    "name sex born_on id_number student_number ethnicity is_boarding dormitory boards_since address "
    "village lives_there_since journey_by journey_minutes journey_km journey_with journey_dangers "
    "journey journey_since illness allergies disability disability_level is_insured is_vaccinated "
    "checked_up_on health is_registered registered_at registration has_city_schooling "
    "has_residence_permit city_schooling assistance strengths wish_kind wish wish_obstacle wish_since "
    "orphan_since unsupported_since single_parent_since migrant_since other_care_since care_plan "
    "care_plan_review_on created_at"
)
NOTICE = "sent_at title words due_on recalled_at".split()


def _good_news(asker: Asker) -> list[dict[str, Any]]:
    found = good_news([asker.student.pk], LONG_AGO).get(asker.student.pk, [])
    return [
        {
            "happened_at": row.happened_at,
            "words": row.words,
            "strengths": row.strengths,
            "written_by__name": row.written_by.name,
        }
        for row in found
    ]


def _pictures(asker: Asker):
    """Return pictures that show only this child.

    The family may not take away a picture of other children too.
    """
    reader = Reader(asker.user.pk, [adult.pk for adult in asker.adults])
    return pictures_of_child_alone(reader, asker.student.pk, asker.on).order_by("added_at")


def _ledgers(asker: Asker) -> list[dict[str, Any]]:
    """Return day and office only.

    Purpose and receiver are free text and might reveal why the school worries.
    """
    names = ("sent__made_at", "sent__office")
    rows = LedgerChild.objects.filter(student=asker.student).order_by("pk").values(*names)
    return [row | {"sent__office": str(Office(row["sent__office"]).label)} for row in rows]


def _notices(asker: Asker) -> list[dict[str, Any]]:
    """Return notices with their papers. A recalled notice comes without its text, as on its page."""
    lines = lines_of_family(asker.adults, asker.on).filter(student=asker.student)
    told = {
        row.notice_id: row
        for row in Notified.objects.filter(
            adult__in=asker.adults, notice__in=lines.values("notice")
        )
    }
    found = []
    for line in lines.order_by("notice__sent_at").prefetch_related("notice__files"):
        notice, seen = line.notice, told.get(line.notice_id)
        row = {f"notice__{name}": getattr(notice, name) for name in NOTICE}
        files = list(notice.files.all())
        if notice.is_recalled:
            row["notice__words"], files = "", []
        found.append(
            row
            | {
                "notice__author__name": notice.author.name,
                "settled_at": line.settled_at,
                "told_at": seen and seen.told_at,
                "seen_at": seen and seen.seen_at,
                "photo": [file.photo_id for file in files if file.photo_id],
                "pdf": [file.pk for file in files if not file.photo_id],
            }
        )
    return found


SECTIONS = (
    Section("child", _("The child"), Student, FILE, lambda asker: [], is_one=True),
    Section(
        "classes",
        _("Classes"),
        Enrolment,
        "school_class__name starts_on ends_on left_reason",
        lambda asker: Enrolment.objects.filter(student=asker.student).order_by("starts_on"),
        "student",
    ),
    Section(
        "letters",
        _("Letters from the teacher"),
        Letter,
        "sent_at good_news body mood learning you_can_do written_by__name",
        lambda asker: Letter.objects.filter(student=asker.student, sent_at__isnull=False).order_by(
            "sent_at"
        ),
        "student written_at",
        is_read=True,
    ),
    Section(
        "good_news",
        _("Good news from teachers"),
        Observation,
        "happened_at words strengths written_by__name",
        _good_news,
        "student tell_family",
        is_read=True,
    ),
    Section(
        "pictures",
        _("Pictures from school"),
        Picture,
        "note__words photo",
        _pictures,
        "pictured__student purpose note added_at",
        files="photo",
    ),
    Section(
        "notices",
        _("Notices of the school"),
        NoticeChild,
        " ".join(f"notice__{name}" for name in NOTICE)
        + " notice__author__name settled_at notice__notified__told_at notice__notified__seen_at",
        _notices,
        "student school_class notice__notified__adult",
        files="photo pdf",
        is_read=True,
    ),
    Section(
        "attendance",
        _("Days absent, late or left early"),
        AttendanceMark,
        "marked_on kind reason",
        lambda asker: (
            AttendanceMark.objects.filter(student=asker.student)
            .exclude(kind=AttendanceMark.Kind.PRESENT)
            .order_by("marked_on")
        ),
        "student",
    ),
    Section(
        "missed_homework",
        _("Homework that was missing"),
        MissedHomework,
        "missed_on",
        lambda asker: MissedHomework.objects.filter(
            student=asker.student, retracted_at=None
        ).order_by("missed_on"),
        "student",
    ),
    Section(
        "carers",
        _("Who cares at home"),
        Guardianship,
        "adult__name relation",
        lambda asker: current_guardianships(asker.on).filter(
            student=asker.student, kind__in=Guardianship.CARING, adult__blocked_at=None
        ),
        "student",
    ),
    Section(
        "entrusted",
        _("To whom the child was entrusted"),
        EntrustedCare,
        "carer__name starts_on ends_on weekly_contact school_told_on village_told_on",
        # Do not name a blocked carer.
        lambda asker: EntrustedCare.objects.filter(
            student=asker.student, carer__blocked_at=None
        ).order_by("starts_on"),
        "student",
    ),
    Section(
        "nights",
        _("Evenings on which somebody was asked to be with the child"),
        Night,
        "evening reason settled_at settled_as",
        lambda asker: Night.objects.filter(student=asker.student, called_off_at=None).order_by(
            "pk"
        ),
        "student",
    ),
    Section(
        "ledgers",
        _("Lists of children that went to an office"),
        LedgerChild,
        "sent__made_at sent__office",
        _ledgers,
        "student",
    ),
    Section(
        "file_opened",
        _("Who has opened the file"),
        AccessRecord,
        "at user__name",
        lambda asker: readers.context(asker.student, asker.at)["days"],
        "student_id",
    ),
)
