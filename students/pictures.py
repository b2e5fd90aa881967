"""The pupils' door: six pictures out of twelve, in the order in which they are printed on a child's slip.

The first two are different for every child of a class and identify the child; the last four prove it.
"""

import secrets
from collections.abc import Collection
from datetime import date

from schools.models import holds_on
from students.models import Student

PICTURES = (
    "sun", "moon", "fish", "tree", "boat", "kite",
    "apple", "star", "house", "flower", "bird", "umbrella",
)  # fmt: skip
PICTURES_IN_CODE = 6
NAME_PICTURES = 2  # 144 pairs; the largest class has some sixty children


def find_pupil(*, door_code: str, picture_code: str, on: date) -> Student | None:
    """Return the child of that class with that code; None both for a wrong class and for a wrong code."""
    in_class = holds_on(on, "enrolments__")
    found = Student.objects.filter(
        in_class,
        enrolments__school_class__door_code=door_code,
        picture_code=picture_code,
    ).exclude(picture_code="")
    children = list(found.distinct()[:2])
    return children[0] if len(children) == 1 else None


def free_code(taken: Collection[str]) -> str:
    """Return a code that nobody in the class has, with a unique beginning as long as one is free."""
    beginnings = [_beginning(code) for code in taken]
    pairs = len(PICTURES) ** NAME_PICTURES
    free = [pair for pair in range(pairs) if _beginning(code_of(pair)) not in beginnings]
    while True:
        pair = secrets.choice(free or range(pairs))
        secret = secrets.randbelow(len(PICTURES) ** (PICTURES_IN_CODE - NAME_PICTURES))
        code = code_of(pair + pairs * secret)
        if code not in taken:
            return code


def _beginning(code: str) -> list[str]:
    return code.split("-")[:NAME_PICTURES]


def code_of(number: int) -> str:
    """Return the code with this number, 0 to 12⁶ − 1; the first positions change fastest."""
    picked = []
    for _place in range(PICTURES_IN_CODE):
        number, place = divmod(number, len(PICTURES))
        picked.append(PICTURES[place])
    return "-".join(picked)
