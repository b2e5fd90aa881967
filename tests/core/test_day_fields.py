"""What a form says of a day that is over, to come or out of order."""

from datetime import date, timedelta

import pytest
from django import forms

from core import day_fields

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("refuse", "refused"),
    [
        (day_fields.refuse_day_to_come, {1}),
        (day_fields.refuse_day_over, {-1}),
        (day_fields.refuse_day_not_ahead, {-1, 0}),
    ],
)
def test_which_days_are_refused(refuse, refused):
    found = set()
    for days in (-1, 0, 1):
        try:
            refuse(TODAY + timedelta(days=days), TODAY)
        except forms.ValidationError:
            found.add(days)
    assert found == refused


class Span(forms.Form):
    starts_on = day_fields.day_field("from")
    ends_on = day_fields.day_field("until", required=False)

    def clean(self):
        day_fields.refuse_last_before_first(self)
        return self.cleaned_data


@pytest.mark.parametrize(
    ("first", "last", "fields"),
    [
        ("2026-03-01", "2026-03-02", []),
        ("2026-03-01", "2026-03-01", []),
        ("2026-03-01", "2026-02-28", ["ends_on"]),
        ("2026-03-01", "", []),
        ("no day", "2026-02-28", ["starts_on"]),
    ],
)
def test_the_last_day_is_not_before_the_first(first, last, fields):
    assert list(Span({"starts_on": first, "ends_on": last}).errors) == fields
