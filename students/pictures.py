"""The pupils' door: four pictures of twelve, in order, that a child remembers."""

from datetime import date

from schools.models import holds_on
from students.models import Student

PICTURES = (
    "sun", "moon", "fish", "tree", "boat", "kite",
    "apple", "star", "house", "flower", "bird", "umbrella",
)  # fmt: skip
PICTURES_IN_CODE = 4


def find_pupil(*, door_code: str, picture_code: str, on: date) -> Student | None:
    """The child of that class with that code; None for a wrong class and a wrong code alike."""
    in_class = holds_on(on, "enrolments__")
    found = Student.objects.filter(
        in_class,
        enrolments__school_class__door_code=door_code,
        picture_code=picture_code,
    ).exclude(picture_code="")
    children = list(found.distinct()[:2])
    return children[0] if len(children) == 1 else None


def code_of(number: int) -> str:
    """The code with this number, 0 to 12⁴ − 1."""
    picked = []
    for _place in range(PICTURES_IN_CODE):
        number, place = divmod(number, len(PICTURES))
        picked.append(PICTURES[place])
    return "-".join(picked)
