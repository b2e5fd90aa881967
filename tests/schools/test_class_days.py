"""Which classes of a school begin when: who plans it, what may still be moved, and who is told."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.weeks import next_monday
from delivery import tasks
from delivery.actions.county_notices import _classes_moved
from delivery.models import OutboxMessage
from schools.models import ClassStart, Grade, Post, School, SchoolClass, SchoolYear
from schools.rollout import actions
from schools.rollout.queries import days_ahead, monday_from, plan_of_classes
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
        (None, BEFORE, True, True, True),
        (None, BEFORE, False, True, False),
        (None, AFTER, True, True, False),
        (BEFORE, None, True, True, True),
        (BEFORE, None, False, True, False),
        (ON, None, True, True, True),
        (AFTER, None, True, True, False),
        (AFTER, BEFORE, True, True, False),
        (BEFORE, AFTER, True, True, False),
        (BEFORE, None, True, False, True),
        (BEFORE, BEFORE, True, False, True),
        (BEFORE, BEFORE, False, False, False),
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


def test_a_day_after_the_classs_school_year_is_refused_at_its_field(new, principal):
    on = timezone.localdate()
    SchoolYear.objects.filter(school=new.school).update(ends_on=on + timedelta(days=30))
    answer = say(principal, monday_in(8), new.school_class)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"starts_on"}
    assert "三年级2班：到那天这个学年已经结束" in answer.content.decode()
    assert not days()


def test_taking_a_day_away_asks_for_no_day(new, principal):
    make_class_day(3, new.school_class)
    answer = say(principal, "31.2.", new.school_class, take_away="1")
    assert answer.status_code == 302
    assert days() == {new.school_class.name: None}


def test_a_form_that_moves_nothing_says_so(new, principal):
    day = make_class_day(3, new.school_class)
    answer = say(principal, day, new.school_class)
    assert answer.status_code == 302
    assert "没有改动" in principal.get(reverse(URL)).content.decode()


def test_no_class_is_refused(new, principal):
    answer = say(principal, next_monday(timezone.localdate()))
    assert answer.status_code == 422
    assert "请至少勾选一个班" in answer.content.decode()


def test_what_has_begun_stays_and_the_page_says_why(cast, principal):
    """The school writes to families: a class with children has begun, whatever a page opened before says."""
    monday = next_monday(timezone.localdate())
    answer = say(principal, monday, cast.school_class)
    assert answer.status_code == 422
    assert "三年级2班：在此期间已经开始" in answer.content.decode()
    make_class_day(-1, cast.next_class)
    assert say(principal, None, cast.next_class, take_away="1").status_code == 422
    assert days() == {cast.next_class.name: monday_in(-1)}
    assert "等于让已经在收每周一问的家长收不到了" in principal.get(reverse(URL)).content.decode()


def test_of_several_one_that_has_begun_leaves_all_where_they_were(cast):
    make_class_day(-1, cast.next_class)
    ahead = make_class_day(2, cast.school_class)
    with pytest.raises(actions.HasBegun):
        actions.place_classes(
            school=cast.school,
            classes=[cast.school_class.pk, cast.next_class.pk],
            starts_on=next_monday(timezone.localdate()),
            by=cast.users["principal"],
            at=timezone.now(),
        )
    assert days() == {cast.next_class.name: monday_in(-1), cast.school_class.name: ahead}


def test_a_day_that_passed_before_the_school_writes_to_families_may_be_moved(new, principal):
    """Nobody was asked on it, so nothing is taken from a family."""
    make_class_day(-1, new.next_class)
    monday = next_monday(timezone.localdate())
    assert say(principal, monday, new.next_class).status_code == 302
    assert days() == {new.next_class.name: monday}


def test_a_day_that_passed_is_not_announced_any_more(new, principal):
    make_class_day(-1, new.next_class)
    make_class_day(1, new.school_class)
    page = principal.get(reverse(URL), headers={"accept-language": "en"}).content.decode()
    over, ahead = page.index("Planned for"), page.index("Begin on")
    assert over < page.index(new.next_class.name) < ahead
    assert page.count("These classes begin as soon as it does") == 1


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


def test_between_two_years_todays_classes_are_named_and_next_years_are_not(cast):
    """Both are called 三年级2班: in July nobody may read that today's waits."""
    on = timezone.localdate()
    SchoolYear.objects.filter(school=cast.school).update(ends_on=on - timedelta(days=5))
    year = SchoolYear.objects.create(
        school=cast.school, starts_on=on + timedelta(days=40), ends_on=on + timedelta(days=300)
    )
    coming = SchoolClass.objects.create(
        school=cast.school,
        grade=Grade.objects.create(year=year, number=3),
        number=2,
        name=cast.school_class.name,
        door_code="NEXT3202",
    )
    make_class_day(9, coming)
    assert days_ahead(cast.school, on, SchoolClass.objects.all()).classes == []
    day = make_class_day(2, cast.next_class)
    found = days_ahead(cast.school, on, SchoolClass.objects.all()).classes
    assert found == [(day, [cast.next_class.name])]
    planned = [one.school_class for one in plan_of_classes(cast.school, on)]
    assert {cast.school_class, cast.next_class, coming} == set(planned)


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


def test_whoever_will_teach_next_years_class_is_told_too(new):
    on = timezone.localdate()
    Post.objects.filter(user=new.users["teacher"]).update(starts_on=on + timedelta(days=40))
    make_class_day(9, new.school_class)
    tasks.queue_account_notices()
    rows = OutboxMessage.objects.filter(dedupe_key__startswith="class:")
    assert "teacher" in set(rows.values_list("user__username", flat=True))


def test_notices_cost_as_many_statements_for_two_classes_as_for_ten(new):
    on, counts = timezone.localdate(), []
    for grades in ((4,), (5, 6, 7, 8)):
        for grade in grades:
            make_class_day(
                grade, make_class(new.school, grade, 1), make_class(new.school, grade, 2)
            )
        with CaptureQueriesContext(connection) as asked:
            list(_classes_moved(timezone.now() - timedelta(days=7), on))
        counts.append(len(asked))
    assert counts == [2, 2]


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
