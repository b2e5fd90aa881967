"""Lines and messages about consent for a family."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.prepared import prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult, Guardianship
from privacy.models import Consent, ConsentAsk
from privacy.policies import deciders
from privacy.presenters import url_of
from privacy.queries import asks_since, standings_of
from privacy.request_notices import answers_due
from privacy.texts import TEXTS, version_of
from schools.notices import DueMessage

ASKED_FOR_DAYS = 14  # days during which we send a question of the school; later it only shows


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return a line if the school has asked for a consent that is still open."""
    asked = set(_asks(student_ids=student_ids))
    if not asked:
        return {}
    lines: dict[int, list[FamilyLine]] = {}
    for one in standings_of(adults, timezone.localdate(at)):
        if one.student and one.is_to_be_asked and (one.student.pk, one.purpose) in asked:
            line = FamilyLine(
                text=_("Your yes or no: %(what)s") % {"what": TEXTS[one.purpose].title},
                url=url_of(one),
                icon="talk",
                button=_("Read and answer"),
                order=60,
            )
            lines.setdefault(one.student.pk, []).append(line)
    return {pk: found for pk, found in lines.items() if pk in set(student_ids)}


@prepared
def _asks(*, student_ids) -> QuerySet[Any]:
    rows = ConsentAsk.objects.filter(student_id__in=student_ids)
    return rows.values_list("student_id", "purpose")


def messages_due(at: datetime) -> list[DueMessage]:
    return [*_consents_due(at), *answers_due(at)]


def _consents_due(at: datetime) -> list[DueMessage]:
    """Return one message per question to adults who may decide and have not answered; no reminders."""
    asks = asks_since(at - timedelta(days=ASKED_FOR_DAYS))
    if not asks:
        return []
    on = timezone.localdate(at)
    held: dict[int, list[int]] = {}
    rows = deciders(on).filter(student_id__in={one.student_id for one in asks}).order_by("pk")
    for student_id, adult_id in rows.values_list("student_id", "adult_id"):
        held.setdefault(student_id, []).append(adult_id)
    adults = Guardianship.objects.filter(student_id__in={one.student_id for one in asks})
    said = Consent.objects.filter(adult_id__in=adults.values("adult_id"))
    answers = said.values_list("student_id", "adult_id", "purpose", "text_version")
    answered: set[tuple[int | None, int, str]] = {
        (s, a, p) for s, a, p, version in answers if version == version_of(p)
    }
    return [
        DueMessage(
            key=f"consent:{one.pk}:{adult_id}",
            school_id=one.school_id,
            adult_id=adult_id,
            words=gettext_noop("The school asks for your consent."),
            path="/f/privacy/consents/",
            due_at=one.asked_at,
            expires_at=one.asked_at + timedelta(days=ASKED_FOR_DAYS),
            student_id=one.student_id,
        )
        for one in asks
        for adult_id in dict.fromkeys(held.get(one.student_id, ()))
        if (one.student_id, adult_id, one.purpose) not in answered
        and (None, adult_id, one.purpose) not in answered
    ]
