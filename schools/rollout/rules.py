"""Decide which schools and classes have begun, and so can no longer be moved. Pure."""

from datetime import date


def has_begun(starts_on: date | None, *, is_sending: bool, on: date) -> bool:
    """Return whether a school has begun.

    `starts_on` is the day of its wave; without a wave, the school begins with its first message to a family.
    """
    return is_sending if starts_on is None else starts_on <= on


def later(own: date | None, of_school: date | None) -> date | None:
    """Return the day of a class: its own or its school's, whichever is later; None if neither is planned."""
    return max((day for day in (own, of_school) if day), default=None)


def class_has_begun(
    own: date | None, of_school: date | None, *, is_sending: bool, has_pupils: bool, on: date
) -> bool:
    """Return whether a class has begun.

    No class begins before its school writes to families, no matter what is planned, and until then nothing is
    taken away by a move. A class without a day of its own begins with its school, once it has or had a pupil.
    """
    if not is_sending or (own is None and not has_pupils):
        return False
    starts_on = later(own, of_school)
    return starts_on is None or starts_on <= on
