"""The week of a class as text."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classroom.models import ClassWeek, Picture
from classroom.presenters import week_words
from classroom.weeks.messages import adults_of_week
from core.days import stamp


def listed(week: ClassWeek, today: date) -> dict[str, Any]:
    return {
        "pk": week.pk,
        "days": week_words(week.week_on, today),
        "words": week.words,
        "is_sent": week.sent_at is not None,
    }


def page(week: ClassWeek, at: datetime, pictures: list[Picture]) -> dict[str, Any]:
    zone = week.school.time_zone
    today = timezone.localdate(at, ZoneInfo(zone))
    adults = len(adults_of_week(week, today))
    return {
        "week": week,
        "days": week_words(week.week_on, today),
        "pictures": pictures,
        "sent": stamp(week.sent_at, at, zone) if week.sent_at else "",
        "told": ngettext(
            "%(n)d adult of the families gets one message with a link to this page.",
            "%(n)d adults of the families get one message each with a link to this page.",
            adults,
        )
        % {"n": adults}
        if adults
        else _("We cannot message anyone now. The families can see it on their pages."),
        "thanks": [one.adult.name for one in week.thanks.select_related("adult")],
    }
