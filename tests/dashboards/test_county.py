"""The county's officer sees where counsellors are short, and no count that leads to a child."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from counselling.models import Brief
from counselling.pool import actions as pool_actions
from dashboards.county import presenters, queries, rules
from safeguarding.models import Concern
from schools.models import Post
from students.models import Enrolment
from surveys.rules import SHOWN_FROM
from tests.counselling.pool.happenings import concern_is_closed
from tests.factories import pool
from tests.factories.cast import (
    Cast,
    make_class,
    make_post,
    make_school,
    make_student,
    make_user,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def cast(cast) -> Cast:
    pool.make_pool(cast)
    return cast


def test_where_too_few_wait_a_sentence_stands_for_the_tables(cast):
    text = page(cast).content.decode().split("<main")[1]
    assert text.count("不到 10 个孩子") == 2
    assert 'title="人数太少，不显示"' not in text  # a dash
    assert "有没结束的关注的孩子" in text


def figures(cast: Cast, at=None) -> queries.CountyFigures:
    return queries.county_figures(cast.county, cast.users["county"], at or timezone.now())


def page(cast: Cast, who: str = "county"):
    client = Client()
    client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("dashboards:county"))


def many(cast: Cast, count: int, began: int = 0) -> list[str]:
    """More children of the school without a counsellor."""
    names = [f"many{number}" for number in range(began, began + count)]
    for name in names:
        cast.students[name] = make_student(cast.far_class, f"丁{name[4:]}")
    return names


def wait(cast: Cast, count: int, days: float = 1) -> list[Brief]:
    ground = {"ground": "harm", "ground_words": "来不及问", "consent_by": None}
    ground |= {"consent_how": "", "consent_on": None}
    at = timezone.now() - days * DAY
    names = many(cast, count, Enrolment.objects.count())
    return [pool.make_brief(cast, student=name, at=at, **ground) for name in names]


def row(found: queries.CountyFigures, name: str) -> queries.SchoolRow:
    return next(one for one in found.schools if one.name == name)


def test_where_there_is_no_counsellor_stands_first_with_its_pupils_and_ages(cast):
    for number, days in enumerate((2, 9, 31)):
        pool.make_concern(cast, at=timezone.now() - days * DAY, student=f"far{number}")
    pool.make_concern(
        cast, at=timezone.now() - DAY, student="far2"
    )  # of a child that has an older one
    found = figures(cast)
    first = found.schools[0]
    assert (first.name, first.has_counsellor, first.takes_part) == ("十八里堡小学", False, True)
    far = Enrolment.objects.filter(school=cast.other_school)
    assert first.pupils == far.values("student").distinct().count() == 5
    assert first.ages == (1, 1, 1)
    assert {one.name for one in found.schools[1:]} == {"黄羊川中心小学", "泗水小学"}


def test_a_counsellor_whose_post_ended_is_none(cast):
    Post.objects.filter(user=cast.users["guest"]).update(ends_on=timezone.localdate() - 2 * DAY)
    assert not row(figures(cast), "泗水小学").has_counsellor


def test_what_waits_by_span_and_what_became_of_what_was_taken(cast):
    at = timezone.now()
    waiting = [wait(cast, 1, days)[0] for days in (0.5, 2, 2.5, 9)]
    tomorrow = at + DAY
    assert sum(figures(cast, tomorrow).waiting) == 4
    guest = cast.users["guest"]
    pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=9, at=at)
    cases = [pool.accept(one, guest, at) for one in waiting[:3]]
    pool_actions.give_back(case=cases[0], by=guest, words="住院", at=at)
    by = cast.users["far_principal"]
    pool_actions.take_back(concern=waiting[1].concern, by=by, at=at)
    taken = figures(cast, tomorrow).taken
    assert taken.parts == (1, 0, 1, 1)
    assert taken.middle_wait is not None
    assert 1.9 < taken.middle_wait / DAY < 2.1
    assert figures(cast, tomorrow).waiting == (0, 0, 1)


def test_what_happens_today_stands_there_tomorrow(cast):
    """Whoever looks before and after must not see one child come or go."""
    at = timezone.now()
    brief, *_others = wait(cast, 3, days=2)
    before = figures(cast)
    assert (sum(before.waiting), sum(before.schools[0].ages)) == (3, 3)
    pool.accept(brief, cast.users["guest"], at)
    concern_is_closed(cast, brief)
    pool.make_concern(cast, at=at, student="far0")
    assert figures(cast) == before
    after = figures(cast, at + DAY)
    assert (sum(after.waiting), sum(after.taken.parts)) == (2, 1)


def test_a_child_that_is_taken_twice_counts_once_as_it_was_taken_last(cast):
    at, guest = timezone.now(), cast.users["guest"]
    (brief,) = wait(cast, 1, days=2)
    case = pool.accept(brief, guest, at)
    pool_actions.give_back(case=case, by=guest, words="住院", at=at)
    ground = {"ground": "harm", "ground_words": "来不及问", "consent_by": None}
    ground |= {"consent_how": "", "consent_on": None}
    again = pool.make_brief(cast, concern=brief.concern, at=at, **ground)
    pool.accept(again, guest, at + timedelta(minutes=1))
    assert figures(cast, at + DAY).taken.parts == (1, 0, 0, 0)


def test_a_child_whom_nobody_looks_after_any_more_is_with_no_counsellor(cast):
    at, guest = timezone.now(), cast.users["guest"]
    pool.accept(wait(cast, 1, days=2)[0], guest, at)
    Post.objects.filter(user=guest).update(ends_on=timezone.localdate() - DAY)
    assert figures(cast, at + DAY).taken.parts == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("waited", "words"),
    [
        (timedelta(minutes=20), "less than an hour"),
        (timedelta(hours=1), "1 hour or less."),
        (timedelta(hours=1, minutes=1), "2 hours or less"),
        (timedelta(hours=47, minutes=59), "48 hours or less"),
        (timedelta(hours=49), "3 days or less"),
    ],
)
def test_half_of_them_waited_no_longer_than_it_says(waited, words):
    with translation.override("en"):
        assert words in presenters.middle_wait(waited)
    with translation.override("zh-hans"):
        assert "不到" not in presenters.middle_wait(waited) or waited < timedelta(hours=1)


def test_a_school_of_which_nearly_every_child_has_a_concern_is_left_out():
    assert rules.rows_shown([(4, 4, 4)], [3]) == [(None, [None] * 3)]
    assert rules.rows_shown([(12, 12, 12)], [10]) == [(36, [12] * 3)]
    assert rules.whole_shown((12, 12, 12), 9) == (None, [None] * 3)


def test_another_county_is_none_of_theirs(cast):
    other = type(cast.county).objects.create(name="天祝县")
    make_school(other, "天堂小学", "620623001")
    wait(cast, 1)
    user = make_user("officer", "外县")
    make_post(user, "county_officer", county=other)
    found = queries.county_figures(other, user, timezone.now())
    assert [one.name for one in found.schools] == ["天堂小学"]
    assert (sum(found.waiting), sum(found.taken.parts)) == (0, 0)


def test_small_numbers_are_left_out_and_nobody_is_named(cast):
    wait(cast, 3)
    shown = presenters.page(figures(cast))
    assert shown["waiting"] is None
    assert (shown["waits"], shown["became"]) == ([], [])
    assert {one["open"] for one in shown["schools"]} == {None}
    answer = page(cast)
    words = answer.content.decode()
    assert answer.status_code == 200
    assert "十八里堡小学" in words
    assert not [name for name in ("马思源", "马小", "丁", "柴校长") if name in words]


def test_from_ten_on_they_stand_there(cast):
    wait(cast, 10)
    found = presenters.page(figures(cast))
    assert (found["waiting"], found["waits"]) == (10, [])
    assert found["middle_wait"] == ""


def test_today_of_the_officer_is_that_page_and_nobody_elses(cast):
    client = Client()
    client.force_login(cast.users["county"], "django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("staff:today"))
    assert answer["Location"] == reverse("dashboards:county")
    for who in ("principal", "counsellor", "admin", "superuser"):
        assert page(cast, who).status_code == 404


def test_ten_schools_cost_as_many_queries_as_three(cast):
    wait(cast, 1)
    page(cast)
    with CaptureQueriesContext(connection) as few:
        page(cast)
    for number in range(7):
        school = make_school(cast.county, f"第{number}小学", f"62062210{number}")
        child = make_student(make_class(school, 3, 1), "王小")
        Concern.objects.create(
            school=school,
            student=child,
            source="staff",
            source_key=f"x{number}",
            opened_at=timezone.now(),
            clock="school_hours",
            due_at=timezone.now(),
        )
    wait(cast, 3)
    with CaptureQueriesContext(connection) as many_schools:
        page(cast)
    assert len(many_schools) == len(few)


COUNTS = st.integers(0, 60)


@given(st.lists(COUNTS, min_size=1, max_size=5))
def test_what_is_left_out_of_a_whole_is_never_a_small_number(counts):
    shown = rules.parts_shown(counts)
    left = sum(count for count, one in zip(counts, shown, strict=True) if one is None)
    assert all(one is None or one >= SHOWN_FROM for one in shown)
    is_whole_known = rules.total_shown(sum(counts)) is not None
    assert left >= SHOWN_FROM or None not in shown or not is_whole_known


@given(st.lists(st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), max_size=8))
def test_of_a_table_neither_rows_nor_columns_give_a_small_number_away(found):
    rows, others = [row_[:3] for row_ in found], [row_[3] for row_ in found]
    shown = rules.rows_shown(rows, others)
    unseen = [rest for (whole, _parts), rest in zip(shown, others, strict=True) if whole is None]
    assert not unseen or sum(unseen) >= SHOWN_FROM or len(unseen) == len(rows)
    assert all(
        whole is None or rest >= SHOWN_FROM
        for (whole, _parts), rest in zip(shown, others, strict=True)
    )
    for (whole, parts), row_ in zip(shown, rows, strict=True):
        assert whole in (None, sum(row_))
        assert whole is None or whole >= SHOWN_FROM
        assert all(one is None or one >= SHOWN_FROM for one in parts)
        assert whole is not None or set(parts) == {None}
    for column in range(3):
        left = [row_[column] for one, row_ in zip(shown, rows, strict=True) if None in one[1]]
        total = sum(row_[column] for row_ in rows)
        assert not left or sum(left) >= SHOWN_FROM or total < SHOWN_FROM or len(left) == len(rows)
