"""Which classes of a school begin when: who plans it, what may still be moved, and who is told."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery import tasks
from delivery.models import OutboxMessage
from schools.models import ClassStart, Grade, School, SchoolClass, SchoolYear
from schools.rollout import actions
from schools.rollout.queries import monday_from, next_monday, plan_of_classes
from schools.rollout.rules import class_has_begun, later
from tests.factories.cast import make_class, make_student
from tests.factories.factors import sign_in
from tests.factories.founding import make_class_day, make_wave, monday_in

pytestmark = pytest.mark.django_db
URL = "schools:class_days"
ON = date(2026, 12, 7)
BEFORE, AFTER = ON - timedelta(weeks=1), ON + timedelta(weeks=1)


@pytest.fixture
def new(cast):
    """The school does not write to families yet, so none of its classes has begun."""
    School.objects.filter(pk=cast.school.pk).update(sending_started_at=None)
    cast.school.refresh_from_db()
    return cast


@pytest.fixture
def principal(cast):
    client = Client()
    sign_in(client, cast.users["principal"])
    return client


def say(client, on, *classes, **more):
    said = {"classes": [one.pk for one in classes], "starts_on": on or ""} | more
    return client.post(reverse(URL), said)


def days() -> dict[str, date | None]:
    rows = ClassStart.objects.order_by("school_class")
    return dict(rows.values_list("school_class__name", "starts_on"))


@pytest.mark.parametrize(
    ("own", "of_school", "is_sending", "has_pupils", "begun"),
    [
        (None, None, True, True, True),
        (None, None, False, True, False),
        (None, None, True, False, False),
        (None, BEFORE, False, True, True),
        (None, AFTER, True, True, False),
        (BEFORE, None, False, True, True),
        (ON, None, True, True, True),
        (AFTER, None, True, True, False),
        (AFTER, BEFORE, True, True, False),
        (BEFORE, AFTER, True, True, False),
        (BEFORE, None, True, False, True),
        (BEFORE, BEFORE, False, False, True),
    ],
)
def test_when_a_class_has_begun(own, of_school, is_sending, has_pupils, begun):
    said = class_has_begun(own, of_school, is_sending=is_sending, has_pupils=has_pupils, on=ON)
    assert said == begun


def test_the_later_day_counts():
    assert later(None, None) is None
    assert later(ON, None) == later(None, ON) == later(BEFORE, ON) == later(ON, BEFORE) == ON
    assert (monday_from(ON), monday_from(ON + timedelta(days=1))) == (ON, AFTER)


def test_a_day_is_set_moved_and_taken_away(new, principal):
    monday = next_monday(timezone.localdate())
    assert say(principal, monday, new.school_class, new.next_class).status_code == 302
    assert set(days().values()) == {monday}
    assert say(principal, monday + timedelta(weeks=2), new.school_class).status_code == 302
    assert days()[new.school_class.name] == monday + timedelta(weeks=2)
    assert "三年级2班" in principal.get(reverse(URL)).content.decode()
    assert say(principal, None, new.school_class, take_away="1").status_code == 302
    assert days() == {new.school_class.name: None, new.next_class.name: monday}


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (lambda monday: monday + timedelta(days=1), "请选一个周一"),
        (lambda monday: monday - timedelta(weeks=2), "这一天不在今天以后"),
        (lambda monday: monday + timedelta(weeks=150), "两年以内"),
        (lambda monday: "", "请选一个周一"),
        (lambda monday: "31.2.", "starts_on"),
    ],
)
def test_a_day_that_cannot_be_is_refused_at_its_field(new, principal, on, words):
    answer = say(principal, on(next_monday(timezone.localdate())), new.school_class)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"starts_on"}
    page = answer.content.decode()
    assert words in page
    ticked = [one["value"] for one in answer.context["choices"] if one["checked"]]
    assert ticked == [str(new.school_class.pk)]
    assert not days()


def test_no_class_is_refused(new, principal):
    answer = say(principal, next_monday(timezone.localdate()))
    assert answer.status_code == 422
    assert "请至少勾选一个班" in answer.content.decode()


def test_what_has_begun_stays_and_the_page_says_why(cast, principal):
    """The school writes to families: a class with children has begun, whatever a page opened before says."""
    monday = next_monday(timezone.localdate())
    answer = say(principal, monday, cast.school_class)
    assert answer.status_code == 422
    assert "三年级2班：这时已经开始" in answer.content.decode()
    make_class_day(-1, cast.next_class)
    assert say(principal, None, cast.next_class, take_away="1").status_code == 422
    assert days() == {cast.next_class.name: monday_in(-1)}
    assert "就是把家长已有的拿走" in principal.get(reverse(URL)).content.decode()


def test_of_several_one_that_has_begun_leaves_all_where_they_were(new):
    make_class_day(-1, new.next_class)
    with pytest.raises(actions.HasBegun):
        actions.place_classes(
            school=new.school,
            classes=[new.school_class.pk, new.next_class.pk],
            starts_on=next_monday(timezone.localdate()),
            by=new.users["principal"],
            at=timezone.now(),
        )
    assert days() == {new.next_class.name: monday_in(-1)}


def test_a_class_founded_later_is_planned_until_its_first_child(cast, principal):
    late, monday = make_class(cast.school, 6, 1), next_monday(timezone.localdate())
    assert say(principal, monday, late).status_code == 302
    other = make_class(cast.school, 6, 2)
    make_student(other, "魏新")
    assert say(principal, monday, other).status_code == 422
    assert days() == {late.name: monday}


def test_classes_of_the_next_year_stand_there_with_its_first_day(cast, principal):
    on = timezone.localdate()
    SchoolYear.objects.filter(school=cast.school).update(ends_on=on + timedelta(days=30))
    year = SchoolYear.objects.create(
        school=cast.school, starts_on=on + timedelta(days=40), ends_on=on + timedelta(days=300)
    )
    grade = Grade.objects.create(year=year, number=4)
    coming = SchoolClass.objects.create(
        school=cast.school, grade=grade, number=2, name="四年级2班", door_code="NEXT4202"
    )
    assert "四年级2班（" in principal.get(reverse(URL)).content.decode()
    assert say(principal, next_monday(on), coming).status_code == 302
    assert days() == {coming.name: next_monday(on)}


def test_without_a_day_of_its_own_a_class_has_its_schools(new, principal):
    wave = make_wave(new.county, 3, "", new.school)
    places = plan_of_classes(new.school, timezone.localdate())
    assert {one.starts_on for one in places} == {wave.starts_on}
    make_class_day(1, new.school_class)
    page = principal.get(reverse(URL)).content.decode()
    assert "以这一天为准" in page


def test_nobody_reaches_classes_of_another_school(new, principal):
    answer = say(principal, next_monday(timezone.localdate()), new.far_class)
    assert answer.status_code == 422
    assert not days()


def test_class_teachers_and_those_who_answer_are_told_once_of_each_change(new):
    def told() -> set[str]:
        tasks.queue_account_notices()
        rows = OutboxMessage.objects.filter(dedupe_key__startswith="class:")
        return set(rows.values_list("user__username", "dedupe_key"))

    about = {"school": new.school, "by": new.users["principal"]}
    at, monday = timezone.now(), next_monday(timezone.localdate())
    both = [new.school_class.pk, new.next_class.pk]
    actions.place_classes(classes=both, starts_on=monday, at=at, **about)
    first = told()
    # Of two classes at once one message to each; none to the principal, who has set it.
    assert {name for name, _key in first} == {"teacher", "next_teacher", "admin"}
    assert told() == first
    actions.place_classes(classes=both[:1], starts_on=None, at=at + timedelta(seconds=1), **about)
    second = told() - first
    assert {name for name, _key in second} == {"teacher", "admin"}


def test_the_page_asks_as_many_statements_for_two_classes_as_for_ten(new, principal):
    counts = []
    for grades in ((), (4, 5, 6, 7)):
        for grade in grades:
            make_class_day(
                grade, make_class(new.school, grade, 1), make_class(new.school, grade, 2)
            )
        principal.get(reverse(URL))
        with CaptureQueriesContext(connection) as asked:
            principal.get(reverse(URL))
        counts.append(len(asked))
    assert counts[0] == counts[1]
