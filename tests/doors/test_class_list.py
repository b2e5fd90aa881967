"""One list of a class, seen as family and talks or as notes; of a long one the usual is folded."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import AccessRecord
from core import clock
from schools.roles import Role
from students.models import Barrier
from tests.factories.cast import make_adult, make_guardianship, make_student, send_away
from tests.factories.classroom import fill_class, make_note
from tests.factories.factors import give_factor

pytestmark = pytest.mark.django_db
LIST = reverse("staff:children")
NOTES = {"see": "notes"}


@pytest.fixture
def sign_in(client, cast):
    def sign_in(key):
        client.force_login(cast.users[key])
        return client

    return sign_in


def away(cast, name: str):
    child = make_student(cast.school_class, name)
    father = make_adult(cast.school, f"{name}的爸爸")
    make_guardianship(child, father, "father")
    send_away(father, "西安")
    return child


def names(rows) -> list[str]:
    return [row.name for row in rows]


def test_whom_nobody_asked_about_stands_first_and_the_usual_is_folded(cast, sign_in):
    fill_class(cast, 12)
    away(cast, "钱一")
    page = sign_in("teacher").get(LIST).context
    assert "钱一" in names(page["shown"])
    folded = {fold.label: names(fold.rows) for fold in page["folds"]}
    assert len(folded["还不知道谁在外"]) == 12
    everybody = [*page["shown"], *(row for fold in page["folds"] for row in fold.rows)]
    assert sorted(names(everybody)) == sorted(names(page["rows"]))  # each child once
    assert len(everybody) == 15


def test_what_does_not_fit_in_sight_is_the_first_fold(cast, sign_in):
    for number in range(13):
        away(cast, f"钱{number}")
    page = sign_in("teacher").get(LIST).context
    assert len(page["shown"]) == 8
    assert page["folds"][0].label == ""
    assert all(row.is_owed for row in page["folds"][0].rows)


def test_a_short_list_and_what_somebody_looks_for_are_not_folded_by_state(cast, sign_in):
    client = sign_in("teacher")
    assert client.get(LIST).context["folds"] == []
    fill_class(cast, 20)
    for number in range(15):
        away(cast, f"钱{number}")
    for asked in ({"only": "silent"}, {"q": "钱"}):
        page = client.get(LIST, asked).context
        assert len(page["shown"]) == 12, asked
        assert [fold.label for fold in page["folds"]] == [""]


def test_notes_are_the_same_children_with_other_columns(cast, sign_in):
    make_note(cast, "xiaobao")
    client = sign_in("teacher")
    talks, notes = client.get(LIST), client.get(LIST, NOTES)
    assert names(talks.context["rows"]) == names(notes.context["rows"])
    assert reverse("classroom:letter", args=[cast.students["xiaobao"].pk]) in notes.content.decode()
    found = client.get(LIST, NOTES | {"q": "xxb"}).context
    assert names(found["rows"]) == ["徐小宝"]
    assert [tab["is_current"] for tab in notes.context["lens_tabs"]] == [False, True]
    assert (
        AccessRecord.objects.filter(what="class notes").count() == 3
    )  # two of the class, one found


def test_whoever_writes_no_notes_sees_none_and_no_way_to_them(cast, sign_in):
    client = sign_in("admin")
    assert client.get(LIST).context["lens_tabs"] == []
    assert client.get(LIST, NOTES).status_code == 404
    assert sign_in("teacher").get(LIST, {"see": "scores"}).status_code == 404


def test_an_administrator_who_teaches_a_class_reads_the_notes_of_that_class_alone(cast, sign_in):
    user = cast.users["admin"]
    user.posts.create(
        role=Role.CLASS_TEACHER,
        school=cast.school,
        school_class=cast.next_class,
        starts_on=date(2020, 9, 1),
    )
    give_factor(user)
    client = sign_in("admin")
    other, own = cast.school_class.pk, cast.next_class.pk
    assert client.get(LIST, {"class": other}).context["lens_tabs"] == []
    assert client.get(LIST, {"class": own}).context["lens_tabs"] != []
    assert client.get(LIST, NOTES).context["chosen"] == cast.next_class
    assert client.get(LIST, NOTES | {"class": other}).status_code == 404
    assert names(client.get(LIST, NOTES | {"q": "徐"}).context["rows"]) == []
    assert names(client.get(LIST, {"q": "徐"}).context["rows"]) != []


def test_a_barred_child_stands_in_neither(cast, sign_in):
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        user=cast.users["teacher"],
        set_by=cast.users["principal"],
        set_at=clock.now(),
    )
    client = sign_in("teacher")
    for asked in ({}, NOTES, {"q": "徐"}, NOTES | {"q": "徐"}):
        assert names(client.get(LIST, asked).context["rows"]) == ["徐小宝"], asked


def test_there_is_no_second_list_of_a_class(cast, sign_in):
    assert sign_in("teacher").get("/class/").status_code == 404
