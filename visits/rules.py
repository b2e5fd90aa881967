"""When visits and calls are due, and which dates are plausible. Pure."""

from datetime import date, timedelta

# Within three months after a parent leaves or the term begins (ten-ministry opinion of 2019, no.
# 34: the village's child-welfare worker and the school keep regular contact with the home).
HOME_VISIT_WITHIN_DAYS = 90
# days before the due date from which a duty shows as due, and the village worker may know of it
DUE_SOON_DAYS = 14
# Days after a child has left during which earlier events may still be recorded: a phone may have
# been without a network, and a teacher may no longer have the child's class.
WRITTEN_LATE_DAYS = 30
YEAR_DAYS = 365  # days; a date further back or ahead has a wrong year
CALL_MINUTES_MAX = 180
# last days of a month in which Today asks for calls that have not been made
CALLS_DUE_LAST_DAYS = 7
# homes in one village, on foot, half an hour each; our own estimate, no source
HOMES_AN_AFTERNOON = 4
CALL_LEFT_OPEN_MINUTES = 20  # minutes until Today asks how the call went


def home_visit_due_on(term_starts_on: date, term_ends_on: date, enrolled_on: date) -> date:
    counted_from = max(term_starts_on, enrolled_on)
    return min(term_ends_on, counted_from + timedelta(days=HOME_VISIT_WITHIN_DAYS))


def month_of(on: date) -> tuple[date, date]:
    """Return the first and last day of the month."""
    first = on.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def is_past_day(on: date, today: date) -> str:
    """Return why something cannot have happened on that day: "ahead", "long_ago", or empty if it can."""
    if on > today:
        return "ahead"
    return "long_ago" if (today - on).days > YEAR_DAYS else ""


def is_coming_day(on: date, today: date) -> str:
    """Return why something cannot be planned for that day: "over", "far_off", or empty if it can."""
    if on < today:
        return "over"
    return "far_off" if (on - today).days > YEAR_DAYS else ""


def afternoons_for(homes: int) -> int:
    """Return how many afternoons it takes to visit these homes of one village."""
    return -(-homes // HOMES_AN_AFTERNOON)


def days_overdue(due_on: date, today: date) -> int:
    """Return the days since the due date; negative while there is still time."""
    return (today - due_on).days


def home_key(term_id: int, student_id: int | str = "") -> str:
    """Return the key of a duty; without a child, the prefix that all such keys of the term share."""
    return f"home:{term_id}:{student_id}"


def call_key(on: date, student_id: int | str = "") -> str:
    return f"call:{on:%Y-%m}:{student_id}"


def meeting_key(term_id: int, class_id: int | str = "") -> str:
    return f"meeting:{term_id}:{class_id}"
