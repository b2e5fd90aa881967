"""Filters for the notes about a child that a colleague reads."""

from django.utils.translation import gettext_lazy as _

from api.pages import Filters, KeyFilter, MomentFilter
from api.v1.serializers import STUDENT_WORDS


class NoteFilters(Filters):
    student = KeyFilter("student", required=True, help_text=STUDENT_WORDS)
    since = MomentFilter("happened_at", "gte", help_text=_("It was seen then or later"))
    until = MomentFilter("happened_at", "lt", help_text=_("It was seen before"))
