"""Which children form a family, what is settled, and which PDFs are accepted."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices import rules
from notices.rules import PdfTrouble

PLAIN = b"%PDF-1.7\nendobj\n%%EOF\n"


@pytest.mark.parametrize(
    ("adults_of", "together"),
    [
        ({1: {10}, 2: {10}, 3: {30}}, [{1, 2}, {3}]),
        ({1: set(), 2: set()}, [{1}, {2}]),
        ({1: {10}, 2: {10, 20}, 3: {20}}, [{1, 2, 3}]),  # a child with a half-sister on each side
    ],
)
def test_common_adults_make_a_family(adults_of, together):
    number = rules.families(adults_of)
    groups = [{child for child in number if number[child] == one} for one in set(number.values())]
    assert sorted(map(sorted, groups)) == sorted(map(sorted, together))


@given(st.dictionaries(st.integers(1, 30), st.sets(st.integers(1, 12), max_size=3), max_size=30))
def test_a_family_is_named_by_its_smallest_child_and_shares_adults(adults_of):
    number = rules.families(adults_of)
    assert all(number[number[child]] == number[child] <= child for child in number)
    for one in adults_of:
        for other in adults_of:
            if adults_of[one] & adults_of[other]:
                assert number[one] == number[other]


@pytest.mark.parametrize(
    ("answer", "one", "asked", "done", "settled"),
    [
        (True, True, {1, 2}, {1}, True),
        (True, True, {1, 2}, set(), False),
        (True, False, {1, 2}, {1}, False),
        (True, False, {1, 2}, {1, 2}, True),
        (True, False, set(), set(), False),
        (False, False, {1, 2}, {2}, True),  # one adult has read it, which is enough
    ],
)
def test_settled(answer, one, asked, done, settled):
    found = rules.is_settled(wants_answer=answer, one_is_enough=one, asked=asked, done=done)
    assert found is settled


@pytest.mark.parametrize(
    ("data", "trouble"),
    [
        (PLAIN, None),
        (b"", PdfTrouble.NOT_A_PDF),
        (b"<html>%PDF-", PdfTrouble.NOT_A_PDF),
        (PLAIN[:-6], PdfTrouble.BROKEN),
        (PLAIN.replace(b"endobj", b"<</S/JavaScript>>"), PdfTrouble.ACTIVE),
        (PLAIN + b" " * rules.PDF_BYTES, PdfTrouble.TOO_LARGE),
    ],
)
def test_pdf(data, trouble):
    assert rules.pdf_trouble(data) == trouble


def test_a_link_stands_thirty_days_after_the_last_day():
    sent_at = datetime(2026, 11, 24, 4, tzinfo=UTC)
    until = rules.closes_at(date(2026, 11, 30), sent_at, "Asia/Shanghai")
    assert until == datetime(2026, 12, 30, 16, tzinfo=UTC)
    assert rules.closes_at(None, sent_at, "Asia/Shanghai").day == 25  # the night after the deadline


@pytest.mark.parametrize(
    ("days", "is_spoken_of"), [(2, False), (1, True), (0, True), (-7, True), (-8, False)]
)
def test_today_speaks_of_a_deadline_from_the_day_before_for_a_week(days, is_spoken_of):
    on = date(2026, 11, 25)
    assert rules.is_spoken_of_today(on + timedelta(days=days), on) is is_spoken_of
