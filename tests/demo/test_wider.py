"""The rest of the demo county: whole, once, and in the way of nothing."""

from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import Min

from demo import published, set_up, wider
from figures import publishing, rules
from figures.models import PublishedFigure, PublishedWeek
from runtime.database_state import state
from schools.models import School
from students.models import Student
from tests.factories.cast import make_school
from tests.factories.published import make_week

pytestmark = pytest.mark.django_db
AT = datetime(2026, 12, 1, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def county(cast):
    """A demo county as seed_demo leaves it: a school of its own, and four with little but their weeks."""
    School.objects.update(is_demo=True)
    published.settle(AT)
    return cast.county


def settle() -> list[str]:
    seen: list[str] = []
    assert wider.settle(AT, lambda done, steps: seen.append(f"{done}/{steps}"))
    return seen


def fingerprint() -> tuple[int, int, int]:
    rows = (PublishedWeek.objects, PublishedFigure.objects, School.objects)
    return tuple(one.count() for one in rows)


def test_every_figure_of_the_county_shows_something(county):
    before = set(PublishedWeek.objects.values_list("pk", flat=True))
    children = Student.objects.count()
    seen = settle()
    assert seen[-1] == f"{len(seen)}/{len(seen)}"
    last = PublishedWeek.objects.order_by("-ends_on").first().ends_on
    schools = PublishedWeek.objects.filter(ends_on=last, school__isnull=False)
    assert schools.values("school").distinct().count() == 2 + 4 + 5
    assert before <= set(PublishedWeek.objects.values_list("pk", flat=True))
    # One child for the slip of each new school, none for what it published.
    assert Student.objects.count() == children + len(wider.SCHOOLS)
    shown = PublishedFigure.objects.filter(week__ends_on=last, low__isnull=False)
    keys = {"connected", "reached", "visits", "calls", "screened", "with_concern", "left_behind"}
    assert keys <= set(shown.values_list("key", flat=True))
    waiting = shown.filter(week__school=None, key="waiting").order_by("-week__edition").first()
    assert waiting.low >= 10
    assert "演示" in waiting.week.why
    # A whole school year before, and the new school stays new.
    old = PublishedWeek.objects.filter(ends_on__year=2025).values("school__code").distinct()
    assert old.count() >= 10
    assert not old.filter(school__code="DEMO-NEW").exists()


def test_a_second_run_does_nothing_twice(county):
    settle()
    whole = fingerprint()
    settle()
    assert fingerprint() == whole


def test_one_that_was_killed_goes_on(county):
    """After each step the next run does the rest, and makes the same county."""
    with transaction.atomic():
        settle()
        whole = fingerprint()
        transaction.set_rollback(True)

    def dies(done: int, _steps: int) -> None:
        if done % 3 == 0:
            raise KeyboardInterrupt

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            wider.settle(AT, dies)
    settle()
    assert fingerprint() == whole


def test_start_calls_it_whole_only_when_it_is(county):
    """Killed after any step: what `./start` asks for (runtime.database_state) is there last of all."""

    def look(done: int, steps: int) -> None:
        assert state()["county"] == (done == steps), f"{done} of {steps}"

    assert wider.settle(AT, look)


def test_weeks_that_were_published_while_it_ran_get_no_past(county):
    """The school being founded, and the demo's own where no week of the term was over when it was loaded."""
    set_up.settle(AT)
    founded = School.objects.get(code=set_up.CODE)
    real = make_school(county, "刚公布的学校", "620622098")
    School.objects.filter(pk=real.pk).update(is_demo=True)
    due = AT + rules.WEEK
    publishing.publish_week(county, publishing.last_due(due), due)
    settle()
    firsts = dict(PublishedWeek.objects.values_list("school").annotate(Min("ends_on")))
    for school in (founded, real):
        assert firsts[school.pk] == publishing.last_due(due)
    assert firsts[School.objects.get(code="DEMO-STOPS").pk].year == 2025


def test_real_children_and_their_county_are_left_alone(county):
    real = make_school(county, "真的小学", "620622099")
    make_week(county, real)
    whole = fingerprint()
    out = StringIO()
    call_command("seed_county", stdout=out)
    assert fingerprint() == whole
    assert "Nothing" in out.getvalue()
