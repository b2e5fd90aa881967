"""The queryset and the predicates say the same, for every role and every child of the cast."""

import pytest
from django.http import Http404
from django.utils import timezone

from core import clock
from guardians.policies import can_edit_adult, get_adult_for, students_of_family
from students.policies import (
    can_edit_student,
    can_view_student,
    get_student_for,
    students_editable_by,
    students_visible_to,
)
from tests.factories.cast import make_cast

pytestmark = pytest.mark.django_db

OWN, SCHOOL = {"mengyao", "xiaobao"}, {"mengyao", "xiaobao", "haitao"}
VISIBLE = {
    "teacher": OWN,
    "next_teacher": {"haitao"},
    "counsellor": SCHOOL,
    "principal": SCHOOL,
    "admin": SCHOOL,
    "village": set(),
    "county": set(),
    "far_teacher": {"yuan"},
    "ended": set(),
    "superuser": set(),
    "mother": set(),
    "other_mother": set(),
    "blocked_father": set(),
}
EDITABLE = VISIBLE | {"counsellor": set(), "principal": set()}


@pytest.mark.parametrize("role", sorted(VISIBLE))
def test_queryset_and_predicates_agree(role):
    cast = make_cast()
    on, user = timezone.localdate(clock.now()), cast.users[role]
    visible = set(students_visible_to(user, on))
    editable = set(students_editable_by(user, on))
    assert visible == {cast.students[key] for key in VISIBLE[role]}
    assert editable == {cast.students[key] for key in EDITABLE[role]}
    for student in cast.students.values():
        assert can_view_student(user, student, on) == (student in visible)
        assert can_edit_student(user, student, on) == (student in editable)
        assert opens(user, student, on) == (student in visible)


def opens(user, student, on) -> bool:
    try:
        return get_student_for(user, student.pk, on) == student
    except Http404:
        return False


@pytest.mark.parametrize(
    ("key", "children"),
    [("mother", OWN), ("other_mother", {"haitao"}), ("blocked_father", set()), ("teacher", set())],
)
def test_family_reaches_its_own_children_only(key, children):
    cast = make_cast()
    on = timezone.localdate(clock.now())
    reached = set(students_of_family(cast.users[key], on))
    assert reached == {cast.students[child] for child in children}


@pytest.mark.parametrize(
    ("role", "sees", "edits"),
    [
        ("teacher", True, True),
        ("admin", True, True),
        ("counsellor", True, False),
        ("next_teacher", False, False),
        ("ended", False, False),
        ("superuser", False, False),
    ],
)
def test_adults_follow_their_children(role, sees, edits):
    cast = make_cast()
    on, user, mother = timezone.localdate(clock.now()), cast.users[role], cast.adults["mother"]
    assert can_edit_adult(user, mother, on) == edits
    if sees:
        assert get_adult_for(user, mother.pk, on) == mother
    else:
        with pytest.raises(Http404):
            get_adult_for(user, mother.pk, on)
