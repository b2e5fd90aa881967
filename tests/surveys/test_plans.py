"""A round that is too large is refused, and offered grade by grade over the school year."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from schools.models import Grade, SchoolClass, SchoolYear, Term
from students.models import Student
from surveys.actions import Refused, TooLarge
from surveys.models import PlannedRound, Round, Seat
from surveys.plans import actions, rules
from surveys.plans.rules import ClassLoad
from surveys.work import work_for
from tests.days import today
from tests.factories.cast import Cast, make_cast, make_guardianship, make_student
from tests.factories.surveys import say_yes

ON = date(2026, 9, 7)
AUTUMN, SPRING = (date(2026, 9, 1), date(2027, 1, 20)), (date(2027, 2, 22), date(2027, 7, 5))


def loads(*counts: tuple[int, int]) -> list[ClassLoad]:
    return [ClassLoad(pk, grade, children) for pk, (grade, children) in enumerate(counts, 1)]


def ids(parts) -> list[list[int]]:
    return [[one.class_id for one in part] for part in parts]


@pytest.mark.parametrize(
    ("counts", "fitting", "wanted"),
    [
        ([(1, 20), (2, 20), (3, 20)], 40, [[1, 2], [3]]),
        ([(1, 20), (1, 20), (2, 20)], 40, [[1, 2], [3]]),
        ([(1, 30), (2, 20), (2, 25)], 40, [[1], [2], [3]]),  # a grade that is split stands alone
        ([(1, 50), (1, 20)], 40, [[2]]),  # one class is too large for any part
        ([(1, 50)], 40, []),
        ([(1, 0), (2, 10)], 40, [[1, 2]]),
    ],
)
def test_grades_stay_together_where_they_fit(counts, fitting, wanted):
    assert ids(rules.parted(loads(*counts), fitting)) == wanted


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 60)), max_size=30).map(sorted),
    st.integers(0, 120),
)
def test_no_class_is_lost_none_comes_twice_and_no_part_is_too_large(counts, fitting):
    made = rules.plan(loads(*counts), fitting, ON, ON + timedelta(days=7), [AUTUMN])
    placed = [one for part in made.parts for one in part.classes]
    whole = [*placed, *made.too_large, *made.too_late]
    assert len({one.class_id for one in whole}) == len(whole)
    left = [one for one in loads(*counts) if one not in whole]
    assert all(one.children == 0 for one in left)
    assert all(part.children <= fitting for part in made.parts)


def test_each_part_waits_for_the_talks_of_the_one_before_and_for_the_term():
    days = rules.days_for(12, ON, 7, [AUTUMN, SPRING])
    assert days[0] == (ON, ON + timedelta(days=7))
    assert all(two[0] - one[0] >= timedelta(weeks=2) for one, two in pairwise(days))
    assert all(
        any(starts <= first <= last <= ends for starts, ends in (AUTUMN, SPRING))
        for first, last in days
    )
    assert SPRING[0] in [first for first, _last in days]
    assert len(rules.days_for(40, ON, 7, [AUTUMN, SPRING])) < 40  # the year is over before
    assert len(rules.days_for(40, ON, 7, [])) == 40  # no term on record: nothing is left out


# --- The page, the parts, Today ------------------------------------------------------------------


@pytest.fixture
def cast(db) -> Cast:
    """Two grades of ten children each; three can be looked after."""
    cast = make_cast()
    year = SchoolYear.objects.get(school=cast.school)
    Term.objects.create(
        year=year, season="autumn", starts_on=today() - timedelta(days=30), ends_on=year.ends_on
    )
    grade = cast.school_class.grade
    next_grade = Grade.objects.create(year=year, number=grade.number + 1)
    other = SchoolClass.objects.create(school=cast.school, grade=next_grade, number=1)
    cast.second_class = other
    children = [make_student(cast.school_class, f"徐小{n}") for n in range(14)]
    children += [make_student(other, f"马小{n}") for n in range(15)]
    for child in children:
        make_guardianship(child, cast.adults["mother"], "mother")
    say_yes(cast, *children)
    return cast


def signed_in(cast: Cast, who: str = "counsellor") -> Client:
    client = Client()
    client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
    return client


def form_of(cast: Cast, **change) -> dict:
    return {
        "key": str(uuid4()),
        "choice": "weekly-mood",
        "classes": [cast.school_class.pk, cast.second_class.pk],
        "due_on": (today() + timedelta(days=7)).isoformat(),
        "talks_per_week": "1",
    } | change


def test_it_is_refused_shown_as_a_plan_and_begun_with_one_act(cast):
    client, form = signed_in(cast), form_of(cast)
    refused = client.post(reverse("surveys:new"), form)
    assert refused.status_code == 422
    assert not Round.objects.exists()
    assert [one["children"] for one in refused.context["plan"]["parts"]] == [14, 15]
    assert "先开第一批，其余的记下来" in refused.content.decode()
    begun = client.post(reverse("surveys:new"), form | {"plan": "1"})
    again = client.post(reverse("surveys:new"), form | {"plan": "1"})
    round_, part = Round.objects.get(), PlannedRound.objects.get()
    assert begun.url == again.url == reverse("surveys:round", args=[round_.pk])
    assert list(round_.classes.all()) == [cast.school_class]
    assert list(part.classes.all()) == [cast.second_class]
    assert part.opens_on == today() + timedelta(days=14)
    assert part.due_on - part.opens_on == timedelta(days=7)


def test_a_part_comes_to_today_when_it_is_due_and_is_opened_with_one_act(cast, monkeypatch):
    client = signed_in(cast)
    client.post(reverse("surveys:new"), form_of(cast) | {"plan": "1"})
    part = PlannedRound.objects.get()
    address = reverse("surveys:open_planned", args=[part.pk])
    assert work_for(cast.users["counsellor"], clock.now()) == []
    client.post(address)
    assert Round.objects.count() == 1  # its day has not come
    PlannedRound.objects.update(opens_on=today() - timedelta(days=3), due_on=today())
    [item] = work_for(cast.users["counsellor"], clock.now())
    assert item.act_url == reverse("surveys:list") + "#planned"
    assert work_for(cast.users["principal"], clock.now()) == []
    page = client.get(reverse("surveys:list")).content.decode()
    assert "打开这一批" in page
    # The row of Today opens the whole page, not a page inside the row.
    in_place = client.get(reverse("surveys:list"), headers={"HX-Request": "true"})
    assert in_place["HX-Redirect"] == item.act_url
    first, again = client.post(address), client.post(address)
    part.refresh_from_db()
    assert first.url == again.url == reverse("surveys:round", args=[part.round_id])
    assert list(part.round.classes.all()) == [cast.second_class]
    assert part.round.due_on == today() + timedelta(days=3)  # as many days as were planned
    assert work_for(cast.users["counsellor"], clock.now()) == []


def test_a_part_that_was_dropped_is_over(cast):
    client = signed_in(cast)
    client.post(reverse("surveys:new"), form_of(cast) | {"plan": "1"})
    PlannedRound.objects.update(opens_on=today())
    part = PlannedRound.objects.get()
    client.post(reverse("surveys:drop_planned", args=[part.pk]))
    assert work_for(cast.users["counsellor"], clock.now()) == []
    with pytest.raises(Refused):
        actions.open_planned(part=part, by=cast.users["counsellor"], at=clock.now())
    part.refresh_from_db()
    assert part.dropped_by == cast.users["counsellor"]
    assert client.get(reverse("surveys:list")).context["planned"] == []


def test_a_part_that_has_grown_too_large_is_refused_with_its_sum(cast):
    client = signed_in(cast)
    client.post(reverse("surveys:new"), form_of(cast) | {"plan": "1"})
    PlannedRound.objects.update(opens_on=today())
    more = [make_student(cast.second_class, f"丁小{n}") for n in range(10)]
    for child in more:
        make_guardianship(child, cast.adults["mother"], "mother")
    say_yes(cast, *more)
    part = PlannedRound.objects.get()
    shown = client.post(reverse("surveys:open_planned", args=[part.pk]), follow=True)
    assert "25" in shown.content.decode()
    assert Round.objects.count() == 1


def test_of_a_part_with_a_child_who_was_asked_lately_it_says_how_to_go_on(cast):
    client = signed_in(cast)
    client.post(reverse("surveys:new"), form_of(cast) | {"plan": "1"})
    PlannedRound.objects.update(opens_on=today())
    # Asked in the first part, and since then in a class of the second.
    moved = Student.objects.get(name="徐小3")
    Seat.objects.create(
        school=cast.school, round=Round.objects.get(), student=moved, begun_at=clock.now()
    )
    moved.enrolments.update(school_class=cast.second_class)
    part = PlannedRound.objects.get()
    shown = client.post(reverse("surveys:open_planned", args=[part.pk]), follow=True)
    assert Round.objects.count() == 1
    assert "请为这些班另开一轮" in shown.content.decode()


def test_no_part_holds_a_class_for_which_nobody_has_time(cast):
    client, form = signed_in(cast), form_of(cast, talks_per_week="0")
    refused = client.post(reverse("surveys:new"), form | {"plan": "1"})
    assert refused.status_code == 422
    plan = refused.context["plan"]
    assert (plan["parts"], plan["needed"]) == ([], 1)
    assert cast.second_class.name in plan["too_large"]
    assert not Round.objects.exists()
    assert not PlannedRound.objects.exists()
    with pytest.raises(TooLarge):
        actions.open_plan(
            school=cast.school,
            choice="weekly-mood",
            how="class",
            classes=[cast.school_class],
            due_on=timezone.localdate(clock.now()),
            talks_per_week=0,
            key=uuid4(),
            by=cast.users["counsellor"],
            at=clock.now(),
        )
