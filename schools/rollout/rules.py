"""Who has begun, and what may still be moved. Pure."""

from datetime import date


def has_begun(starts_on: date | None, *, is_sending: bool, on: date) -> bool:
    """`starts_on`: of its wave; without one a school begins with its first message to a family."""
    return is_sending if starts_on is None else starts_on <= on
