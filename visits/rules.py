"""When a visit or a call is due, and which days can be true. Pure."""

from datetime import date, timedelta

# Within three months of a parent's leaving or of the term's beginning (ten-ministry opinion of 2019,
# no. 34: the village's child-welfare worker and the school keep regular contact with the home).
HOME_VISIT_WITHIN_DAYS = 90
DUE_SOON_DAYS = 14  # from here on a duty shows as due, and the village worker may know of it
# A phone may have been without a network for some days, and a teacher may have lost the child's
# class in the meantime: so long after a child has left, what happened before may still be written.
WRITTEN_LATE_DAYS = 30
YEAR_DAYS = 365  # further back or ahead a date is a slip of the year
CALL_MINUTES_MAX = 180
CALLS_DUE_LAST_DAYS = 7  # of a month: then Today asks for calls that have not been made
HOMES_AN_AFTERNOON = 4  # of one village, on foot, half an hour each; our own estimate, no source
CALL_LEFT_OPEN_MINUTES = 20  # then Today asks how the call went


def home_visit_due_on(term_starts_on: date, term_ends_on: date, enrolled_on: date) -> date:
    counted_from = max(term_starts_on, enrolled_on)
    return min(term_ends_on, counted_from + timedelta(days=HOME_VISIT_WITHIN_DAYS))


def month_of(on: date) -> tuple[date, date]:
    """First and last day of the month."""
    first = on.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def is_past_day(on: date, today: date) -> str:
    """Return why something cannot have happened on that day: "ahead", "long_ago", or empty."""
    if on > today:
        return "ahead"
    return "long_ago" if (today - on).days > YEAR_DAYS else ""


def is_coming_day(on: date, today: date) -> str:
    """Return why something cannot be planned for that day: "over", "far_off", or empty."""
    if on < today:
        return "over"
    return "far_off" if (on - today).days > YEAR_DAYS else ""


def afternoons_for(homes: int) -> int:
    """Return how many afternoons these homes of one village take."""
    return -(-homes // HOMES_AN_AFTERNOON)


def days_overdue(due_on: date, today: date) -> int:
    """Negative while there is time."""
    return (today - due_on).days


def home_key(term_id: int, student_id: int | str = "") -> str:
    """Key of a duty; without the child, the beginning that all of the term have in common."""
    return f"home:{term_id}:{student_id}"


def call_key(on: date, student_id: int | str = "") -> str:
    return f"call:{on:%Y-%m}:{student_id}"


def meeting_key(term_id: int, class_id: int | str = "") -> str:
    return f"meeting:{term_id}:{class_id}"
