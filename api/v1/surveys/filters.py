"""Filters for rounds."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter

from api.pages import Filters, KeyFilter, MomentFilter
from surveys.models import Edition, Round


class RoundFilters(Filters):
    how = ChoiceFilter(choices=Round.How.choices)
    instrument = CharFilter("edition__key", max_length=Edition._meta.get_field("key").max_length)
    since = MomentFilter("opened_at", "gte", help_text=_("It was opened then or later"))
    state = ChoiceFilter(choices=[("open", "open"), ("closed", "closed")], method="in_state")

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        words = _("sourcedId of a class that is asked")
        # Python does not allow this name above.
        return super().get_filters() | {"class": KeyFilter("classes", help_text=words)}

    def in_state(self, rows: QuerySet, _name: str, state: str) -> QuerySet:
        is_open = Round.open_on(self.on)
        return rows.filter(is_open if state == "open" else ~is_open)
