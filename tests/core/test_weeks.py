from datetime import date

import pytest

from core import weeks

SUNDAY, MONDAY, SATURDAY = date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 5)


@pytest.mark.parametrize(
    ("on", "last_sunday", "monday", "sunday", "next_monday"),
    [
        # On Sunday the week is not over.
        (SUNDAY, date(2026, 11, 22), date(2026, 11, 23), SUNDAY, MONDAY),
        (MONDAY, SUNDAY, MONDAY, date(2026, 12, 6), date(2026, 12, 7)),
        (SATURDAY, SUNDAY, MONDAY, date(2026, 12, 6), date(2026, 12, 7)),
        # Over the end of a year.
        (
            date(2027, 1, 1),
            date(2026, 12, 27),
            date(2026, 12, 28),
            date(2027, 1, 3),
            date(2027, 1, 4),
        ),
    ],
)
def test_a_week_is_monday_to_sunday(on, last_sunday, monday, sunday, next_monday):
    assert weeks.last_sunday(on) == last_sunday
    assert weeks.monday_of(on) == monday
    assert weeks.sunday_of(on) == sunday
    assert weeks.next_monday(on) == next_monday
