"""Lists within one object, as in the standard: the pupils of a class, the classes of a term."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.oneroster import people
from api.oneroster.asked import Asked
from api.oneroster.resources import RESOURCES, Rows, classes

KEYS = ("key", "class_key")  # of the objects in the address, from left to right


def _all_of(plural: str) -> Callable[[Asked, Any], Rows]:
    """Return a function for all rows of this kind.

    A caller sees only one school, and no term has grading periods.
    """
    return lambda asked, school: RESOURCES[plural].rows(asked)


@dataclass(frozen=True)
class Within:
    """A list within one object.

    `parents`: the object that contains the list, or an object and one within it; `rows`: the content of the
    last of them.
    """

    parents: tuple[str, ...]
    plural: str
    rows: Callable[[Asked, Any], Rows]

    @property
    def route(self) -> str:
        keys = zip(self.parents, KEYS, strict=False)
        return "/".join([*(f"{plural}/<str:{key}>" for plural, key in keys), self.plural])

    @property
    def name(self) -> str:
        """Return the URL name, such as `school_class_students`."""
        singular = {"classes": "class"}
        words = [singular.get(one, one.removesuffix("s")) for one in self.parents]
        return "_".join(
            [*words, {"gradingPeriods": "grading_periods"}.get(self.plural, self.plural)]
        )


_OF_CLASS: dict[str, Callable[[Asked, Any], Rows]] = {
    "students": people.pupils_of_class,
    "teachers": people.teachers_of_class,
    "enrollments": people.enrollments_of_class,
}
WITHIN = (
    *(
        Within(("schools",), plural, _all_of(plural))
        for plural in ("classes", "courses", "enrollments", "students", "teachers", "terms")
    ),
    *(Within(("schools", "classes"), plural, rows) for plural, rows in _OF_CLASS.items()),
    *(Within(("classes",), plural, _OF_CLASS[plural]) for plural in ("students", "teachers")),
    Within(("courses",), "classes", lambda asked, row: classes(asked).filter(grade=row)),
    Within(("terms",), "classes", lambda asked, row: classes(asked).filter(grade__year=row.year)),
    Within(("terms",), "gradingPeriods", _all_of("gradingPeriods")),
    *(
        Within(
            (plural,),
            "classes",
            lambda asked, row: classes(asked).filter(pk__in=people.keys_of_classes(asked, row)),
        )
        for plural in ("students", "teachers", "users")
    ),
)
