"""What arrives is read in one place: text, keys, days, JSON."""

from datetime import date

import pytest
from django import forms

from core.requests import KEY_MAX, count_of, day_of, json_of, key_of, without_unkept


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("7", 7),
        ("0", 0),
        (str(KEY_MAX), KEY_MAX),
        (str(KEY_MAX + 1), None),
        ("9" * 5000, None),
        ("-1", None),
        ("²", None),
        ("٣", None),
        (" 7", None),
        ("", None),
        (None, None),
    ],
)
def test_a_key_is_a_number_that_a_row_can_have(text, key):
    assert key_of(text) == key


def test_a_count_stays_within_what_a_list_can_have():
    assert [count_of(text) for text in ("7", "", "-1", "9" * 19, "9" * 5000)] == [7, 0, 0, 0, 0]
    assert count_of("9" * 18) == 1_000_000


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-27", date(2026, 11, 27)),
        ("1900-01-01", date(1900, 1, 1)),
        ("1899-12-31", None),
        ("9999-12-31", None),
        ("0001-01-01", None),
        ("2026-02-31", None),
        ("0000-00-00", None),
        ("", None),
        (None, None),
    ],
)
def test_a_day_is_one_that_somebody_can_mean(text, day):
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "[" * 900 + "]" * 900,
        "NaN",
        "[Infinity]",
        '["\\u0000"]',
        '{"a\\ud800": 1}',
        b"\xff\xfe",
        b"\xd0\xec",
    ],
)
def test_json_that_cannot_be_kept_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        json_of(text)


def test_json_is_read_as_it_is():
    assert json_of('{"a": ["好", 1.5, null, "\\ud83d\\udc69", "\\\\u0000"]}') == {
        "a": ["好", 1.5, None, "👩", "\\u0000"]
    }
    assert without_unkept(json_of('"a\\u0000b\\ud800"', cleaned_later=True)) == "ab"


class _DayForm(forms.Form):
    on = forms.DateField()
    at = forms.DateTimeField()


@pytest.mark.parametrize("year", ["0001", "1899", "2101", "9999"])
def test_every_form_refuses_a_year_that_nobody_means(year):
    form = _DayForm({"on": f"{year}-06-01", "at": f"{year}-06-01T08:00"})
    assert set(form.errors) == {"on", "at"}
