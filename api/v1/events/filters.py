"""Filters for meetings and lessons."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.utils import extend_schema_field

from api.pages import Filters, KeyFilter, MomentFilter
from learning.models import Audience, Lesson
from meetings.models import Meeting, MeetingChild


class EventFilters(Filters):
    kind = ChoiceFilter(choices=Meeting.Kind.choices)
    since = MomentFilter("starts_at", "gte", help_text=_("It begins then or later"))
    until = MomentFilter("starts_at", "lt", help_text=_("It begins before"))
    state = ChoiceFilter(choices=[("on", "on"), ("off", "off")], method="in_state")

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        words = _("sourcedId of a class that is invited")
        # Python does not allow this name above.
        return super().get_filters() | {
            "class": KeyFilter("pk", method="inviting", help_text=words)
        }

    def in_state(self, rows: QuerySet, _name: str, state: str) -> QuerySet:
        return rows.filter(off_at__isnull=state == "on")

    def inviting(self, rows: QuerySet, _name: str, class_id: int) -> QuerySet:
        invited = MeetingChild.objects.filter(school_class_id=class_id)
        return rows.filter(pk__in=invited.values("meeting_id"))


class LessonFilters(Filters):
    # A single audience, although a lesson has several.
    audience = extend_schema_field({"type": "string", "enum": Audience.values})(
        ChoiceFilter(choices=Audience.choices, method="meant_for")
    )
    pack = CharFilter(max_length=Lesson._meta.get_field("pack").max_length)

    def meant_for(self, rows: QuerySet, _name: str, audience: str) -> QuerySet:
        return rows.filter(audience__contains=[audience])
