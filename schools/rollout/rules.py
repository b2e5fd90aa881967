"""Who has begun, and what may still be moved. Pure."""

from datetime import date


def has_begun(starts_on: date | None, *, is_sending: bool, on: date) -> bool:
    """`starts_on`: of its wave; without one a school begins with its first message to a family."""
    return is_sending if starts_on is None else starts_on <= on


def later(own: date | None, of_school: date | None) -> date | None:
    """The day of a class: its own or its school's, whichever comes last; None where neither is planned."""
    return max((day for day in (own, of_school) if day), default=None)


def class_has_begun(
    own: date | None, of_school: date | None, *, is_sending: bool, has_pupils: bool, on: date
) -> bool:
    """No class begins before its school writes to families, whatever day is planned: until then nothing is
    taken from anybody. A class without a day of its own begins with its school, once a child is or was in it.
    """
    if not is_sending or (own is None and not has_pupils):
        return False
    starts_on = later(own, of_school)
    return starts_on is None or starts_on <= on
