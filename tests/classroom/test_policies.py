"""The three functions of a policy agree for every kind of person."""

import pytest
from django.http import Http404
from django.utils import timezone

from classroom import policies
from core import clock
from guardians.blocking import actions as blocking
from tests.factories.cast import make_post
from tests.factories.classroom import make_note

READERS = {"teacher", "counsellor", "principal"}
EVERYBODY = (
    "teacher next_teacher counsellor principal admin ended far_teacher village county superuser "
    "mother blocked_father"
).split()


@pytest.mark.parametrize("role", EVERYBODY)
def test_who_reads_a_note(cast, role):
    note, user, on = make_note(cast, by="teacher"), cast.users[role], timezone.localdate()
    may = role in READERS
    assert policies.observations_visible_to(user, on).filter(pk=note.pk).exists() is may
    if may:
        assert policies.get_observation_for(user, note.pk, on) == note
    else:
        with pytest.raises(Http404):
            policies.get_observation_for(user, note.pk, on)
    assert policies.can_edit(user, note, clock.now()) is (role == "teacher")


@pytest.mark.parametrize("role", EVERYBODY)
def test_who_writes_about_a_child(cast, role):
    child, user, on = cast.students["mengyao"], cast.users[role], timezone.localdate()
    may = role in READERS
    assert policies.children_observable_by(user, on).filter(pk=child.pk).exists() is may
    for get in (policies.get_student_for_class, policies.get_student_to_observe):
        if may:
            assert get(user, child.pk, on) == child
        else:
            with pytest.raises(Http404):
                get(user, child.pk, on)


def test_an_administrator_who_also_has_a_class_sees_the_notes_of_that_class_alone(cast):
    admin, on = cast.users["admin"], timezone.localdate()
    own = make_note(cast, "haitao", by="next_teacher")
    other = make_note(cast, "mengyao")
    make_post(admin, "class_teacher", school=cast.school, school_class=cast.next_class)
    seen = policies.observations_visible_to(admin, on)
    assert list(seen) == [own]
    assert other not in seen


def test_ones_own_note_about_a_child_of_another_class_stays_readable(cast):
    note = make_note(cast, "haitao", by="teacher")
    user, on = cast.users["teacher"], timezone.localdate()
    assert policies.get_observation_for(user, note.pk, on) == note
    assert policies.observations_visible_to(cast.users["next_teacher"], on).get() == note


@pytest.mark.parametrize("role", EVERYBODY)
def test_one_child_is_judged_as_the_list_is(cast, role):
    user, on = cast.users[role], timezone.localdate()

    def agree():
        listed = policies.children_observable_by(user, on)
        for child in cast.students.values():
            assert policies.can_observe(user, child, on) is listed.filter(pk=child.pk).exists()

    agree()
    blocking.bar_from_child(
        student=cast.students["mengyao"],
        user=user,
        reason="正在核实",
        by=cast.users["counsellor" if role == "principal" else "principal"],
        at=clock.now(),
    )
    agree()
    assert not policies.can_observe(user, cast.students["mengyao"], on)
