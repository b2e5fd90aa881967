"""The class list: the same children as family and talks or as notes.

Children who need a look come first; in a long list the rest is folded by state.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import User
from classroom.policies import (
    can_observe_class,
    children_observable_by,
    observations_visible_to,
)
from classroom.presenters import help_words, note_line
from classroom.queries import correctable_by, present_help
from core.prepared import prepared
from doors.staff import children, class_notes
from schools.models import SchoolClass
from schools.policies import Viewer, classes_visible_to
from schools.queries import classes_on
from schools.roles import Permission, Role
from students import queries as students
from students.models import Student
from students.policies import students_visible_to, unbarred

LONG_LIST, ROWS_SHOWN = 12, 8  # see docs/decisions/0077
OWN_NOTES_SHOWN = 5
NOTES = "notes"
USUAL = ("talked", "at_home", "unknown")  # states that need no look, in the order of their folds

Rows = list[Any]


@dataclass(frozen=True)
class Lens:
    """One view of the children of a class: its columns, and the filters above them."""

    key: str
    label: str
    rows_of: Callable[[QuerySet[Student], Viewer], Rows]
    questions: Mapping[str, tuple[str, Callable[[Any], bool]]]
    wants_look: Callable[[Any], bool]
    fold_of: Callable[[Any], str]


def lenses() -> list[Lens]:
    everybody = (_("Everybody"), lambda row: True)
    return [
        Lens(
            "",
            _("Family and talks"),
            lambda found, viewer: children.rows_of(
                children.listed(found, viewer.on, "class_name"), viewer.on
            ),
            {
                "": everybody,
                "silent": (_("No talk for seven days"), lambda row: row.is_owed),
                "unreachable": (_("Family cannot be reached"), lambda row: row.is_unreachable),
                "unrecorded": (_("No parent on record"), lambda row: not row.has_parent_on_record),
            },
            lambda row: row.is_owed or row.state not in USUAL,
            lambda row: row.state,
        ),
        Lens(
            NOTES,
            _("Notes and good news"),
            class_notes.rows_of,
            {
                "": everybody,
                "unseen": (_("No note for two weeks"), lambda row: row.is_unseen),
                "owed": (_("No good news for two weeks"), lambda row: row.is_owed),
                "facts": (_("Absence and homework"), lambda row: bool(row.facts)),
            },
            lambda row: row.is_unseen or row.is_owed or bool(row.facts),
            lambda row: "",
        ),
    ]


def lens_called(key: str, viewer: Viewer) -> Lens:
    """Return the lens.

    Raise Http404 if there is none of this name, or it shows notes to somebody who may not read them.
    """
    found = next((one for one in lenses() if one.key == key), None)
    if found is None or (key == NOTES and not viewer.can(Permission.OBSERVE)):
        raise Http404
    return found


def classes_seen(viewer: Viewer, lens: Lens) -> list[SchoolClass]:
    if viewer.school is None:
        return []
    if viewer.can(Permission.VIEW_ALL_CHILDREN):
        seen = classes_visible_to(viewer.user, viewer.on).values("pk")
        found = list(classes_on(viewer.school, viewer.on).filter(pk__in=seen))
    else:  # the posts of class teachers already name their classes
        here = [post for post in viewer.posts if post.school_id == viewer.school.pk]
        own = [post.school_class for post in here if post.role == Role.CLASS_TEACHER]
        found = [one for one in own if one]
    return [
        one for one in found if lens.key != NOTES or can_observe_class(viewer.user, one, viewer.on)
    ]


def children_here(user: User, school_id: int, on: date) -> QuerySet[Student]:
    """Return the school's children whom `user` may see and who are in a class that day."""
    return students.with_class(students_visible_to(user, on).filter(school_id=school_id), on)


def found_children(
    viewer: Viewer, lens: Lens, chosen: SchoolClass | None, text: str
) -> QuerySet[Student]:
    """Return the children that match `text`; without a text, those of the chosen class (one of
    `classes_seen`).
    """
    if text and viewer.school:
        here = children_here(viewer.user, viewer.school.pk, viewer.on)
        if lens.key == NOTES:
            reach = children_observable_by(viewer.user, viewer.on)
            here = here.filter(pk__in=reach.values("pk"))
        return here.filter(pk__in=students.search(here, text, viewer.on).values("pk"))
    if chosen is None or viewer.school is None:
        return students.with_class(Student.objects.none(), viewer.on)
    found = _of_class(viewer.user, chosen.pk, viewer.school.pk, viewer.on)
    return students.with_class(found, viewer.on)


def _of_class(user: User, class_id: int, school_id: int, on: date) -> QuerySet[Student]:
    """Return the children of a class.

    Anyone who may see the class may see all of them, except those barred to them.
    """
    in_class = students.current_enrolments(on).filter(school_class_id=class_id)
    here = Student.objects.filter(pk__in=in_class.values("student_id"), school_id=school_id)
    return here.filter(unbarred(user))


@prepared
def _listed_of_class(*, user, class_id, school_id, on) -> QuerySet[Any]:
    return children.listed(_of_class(user, class_id, school_id, on), on)


def rows_of(viewer: Viewer, lens: Lens, chosen: SchoolClass | None, text: str) -> Rows:
    """Return rows for `found_children`. For a chosen class, the usual case, the statement is prepared
    once.
    """
    if lens.key or text or not chosen or not viewer.school:
        return lens.rows_of(found_children(viewer, lens, chosen, text), viewer)
    asked = {"class_id": chosen.pk, "school_id": viewer.school.pk, "on": viewer.on}
    found = _listed_of_class(user=viewer.user, **asked)
    named = [child | {"class_name": chosen.name} for child in found]
    return children.rows_of(named, viewer.on)


def question_tabs(lens: Lens, rows: Rows, only: str, base: Mapping[str, object]) -> list[dict]:
    return [
        {
            "url": "?" + urlencode(dict(base) | ({"only": key} if key else {})),
            "label": label,
            "count": sum(map(is_meant, rows)),
            "is_current": key == only,
        }
        for key, (label, is_meant) in lens.questions.items()
    ]


def lens_tabs(viewer: Viewer, lens: Lens, chosen: SchoolClass | None, text: str) -> list[dict]:
    """Return the tabs; none for somebody who reads no notes here and so has only one view."""
    if not viewer.can(Permission.OBSERVE):
        return []
    if chosen and not can_observe_class(viewer.user, chosen, viewer.on):
        return []
    base: dict[str, object] = {"q": text} if text else {"class": chosen.pk} if chosen else {}
    return [
        {
            "url": "?" + urlencode(base | ({"see": one.key} if one.key else {})),
            "label": one.label,
            "count": None,
            "is_current": one.key == lens.key,
        }
        for one in lenses()
    ]


@dataclass(frozen=True)
class Fold:
    label: str  # empty if it holds more of what is above it
    rows: Rows


def folded(lens: Lens, rows: Rows, *, is_asked: bool) -> tuple[Rows, list[Fold]]:
    """Split a long list into visible rows and folds.

    `is_asked` means that somebody searched or filtered for these rows.
    """
    if len(rows) <= LONG_LIST:
        return rows, []
    if is_asked:
        return rows[:LONG_LIST], [Fold("", rows[LONG_LIST:])]
    look = sorted(filter(lens.wants_look, rows), key=lambda row: lens.fold_of(row) != "needs_help")
    shown = look[:ROWS_SHOWN]
    folds: dict[str, Rows] = {"": look[ROWS_SHOWN:]} | {state: [] for state in USUAL}
    for row in rows:
        if not lens.wants_look(row):
            folds[lens.fold_of(row)].append(row)
    words = fold_words()
    return shown, [Fold(words[key], part) for key, part in folds.items() if part]


def fold_words() -> dict[str, str]:
    return {
        "": "",
        "talked": _("Talked in the last seven days"),
        "at_home": _("Parents at home"),
        "unknown": _("Not known who is away"),
    }


def beside_notes(viewer: Viewer, rows: Rows) -> dict[str, Any]:
    """Return what follows the notes of a class: who is helped with homework, and the viewer's own latest
    notes.
    """
    seen = observations_visible_to(viewer.user, viewer.on)
    own = correctable_by(seen, viewer.user, viewer.at)[:OWN_NOTES_SHOWN]
    helped = present_help([row.pk for row in rows], viewer.on)
    return {
        "helped": [(row, help_words(row)) for row in helped],
        "own_notes": [(note, note_line(note)) for note in own],
    }
