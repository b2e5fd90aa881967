"""A county's page reads columns; this holds them to the reading of whole weeks, whatever was published."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from figures.county_lines import LINES, lines
from figures.models import SharedCounty, SharedWeek
from figures.published import published
from figures.rules import WEEK
from tests.factories.cast import make_school
from tests.factories.published import SUNDAY, make_week

pytestmark = pytest.mark.django_db

WEEKS = 24  # four more than the page shows
TINY = {"away": 5, "connected": (4, 5)}
# What one edition of a school's week says; None: nothing was published then.
EDITION = st.fixed_dictionaries(
    {
        "counts": st.one_of(
            st.just(TINY),
            st.just({}),
            st.integers(40, 160).map(lambda n: {"away": 164, "connected": (n, 164)}),
        ),
        "is_used": st.sampled_from([True, False, None]),
        "takes_part": st.sampled_from([True, False, None]),
    }
)
# Which school, which week back from the last, and its editions.
PUBLISHED = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, WEEKS - 1)),
    st.lists(EDITION, min_size=1, max_size=2),
    min_size=1,
    max_size=12,
)


@settings(max_examples=40)
@given(said=PUBLISHED, has_queue=st.booleans(), back=st.one_of(st.none(), st.integers(0, WEEKS)))
def test_lines_say_what_whole_weeks_say(cast, said, has_queue, back):
    with transaction.atomic():
        schools = [
            cast.school,
            cast.other_school,
            make_school(cast.county, "泗水小学", "620622003"),
        ]
        for (school, week), editions in said.items():
            for number, edition in enumerate(editions, start=1):
                day = SUNDAY - week * WEEK
                why = "补录" if number > 1 else ""
                make_week(cast.county, schools[school], day, edition=number, why=why, **edition)
        if has_queue:
            make_week(cast.county, None, SUNDAY, counts={"waiting": 11})
        until = None if back is None else SUNDAY - back * WEEK + timedelta(days=2)
        whole, drawn = published(cast.county, until), lines(cast.county, until)
        assert (drawn.days, drawn.earlier, drawn.queue) == (whole.days, whole.earlier, whole.queue)
        assert [one.school for one in drawn.schools] == [one.school for one in whole.schools]
        for key in LINES:
            assert drawn.county_spans(key) == whole.county_spans(key)
        for mine, its in zip(drawn.schools, whole.schools, strict=True):
            assert mine.last == its.last
            assert [mine.spans(key) for key in LINES] == [its.spans(key) for key in LINES]
            assert mine.connected == [week and week.figures.get("connected") for week in its.weeks]
            assert (mine.change, mine.unused_weeks) == (its.change, its.unused_weeks)
            for of_mine, of_its in ((mine.known, its.known), (mine.in_queue, its.in_queue)):
                assert list(map(_sign, of_mine)) == list(map(_sign, of_its))
        transaction.set_rollback(True)


def test_what_was_read_is_kept_until_something_is_published(cast, django_assert_num_queries):
    make_week(cast.county, cast.school, SUNDAY, counts={"away": 164, "connected": (90, 164)})
    before = lines(cast.county).schools[0].spans("connected")
    with django_assert_num_queries(4):  # two days, the mark, the schools
        assert lines(cast.county).schools[0].spans("connected") == before
    correction = {"away": 164, "connected": (150, 164)}
    make_week(cast.county, cast.school, SUNDAY, edition=2, why="补录", counts=correction)
    assert lines(cast.county).schools[0].spans("connected") == [(90, 100)]
    assert before != [(90, 100)]


def test_weeks_that_arrive_again_are_read_again(cast):
    """As at a province's hub, where a county may go and come again with as many rows as before."""
    county = SharedCounty.objects.create(code="620622", name="渭源县")
    for is_used in (True, False):
        with transaction.atomic():  # each has a number of its own
            SharedWeek.objects.all().delete()
            SharedWeek.objects.create(
                pk=SharedWeek.key_of(county.pk, "620622001", SUNDAY, 1),
                county=county,
                school_code="620622001",
                school_name="北街小学",
                ends_on=SUNDAY,
                published_at=clock.now(),
                edition=1,
                is_used=is_used,
            )
        assert lines(county).schools[0].known[0].is_used is is_used


def _sign(week):
    return week.ends_on, week.is_used, week.takes_part
