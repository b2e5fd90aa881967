"""A term chosen on the principal's page: its weeks, and of a term that is over what is known of its end."""

import io
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from core import clock
from figures.choice import choice_from
from guardians import actions
from guardians.models import Adult
from schools.models import SchoolYear, Term
from surveys.models import Seat
from tests.factories.surveys import seat_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate(clock.now())


@pytest.fixture
def school(cast, today):
    """A term that ended 40 days ago, and one that began 20 days ago."""
    year = SchoolYear.objects.get(school=cast.school)
    for season, first, last in (("spring", 80, 40), ("autumn", 20, -60)):
        days = {"starts_on": today - first * DAY, "ends_on": today - last * DAY}
        Term.objects.create(year=year, season=season, **days)
    return cast


def term(cast, season: str) -> str:
    return str(Term.objects.get(year__school=cast.school, season=season).pk)


def talk(cast, child: str, day: date) -> None:
    student = cast.students[child]
    adult = Adult.objects.filter(guardianships__student=student, guardianships__kind="parent")[0]
    actions.record_contact(
        student=student, adult=adult, happened_on=day, reported_by="parent", at=clock.now()
    )


def ask(cast, name: str = "school", **asked: str):
    client = Client()
    client.force_login(cast.users["principal"])
    return client.get(reverse(f"dashboards:{name}"), asked)


def test_a_term_that_is_over_is_shown_as_of_its_last_day(school, today):
    talk(school, "mengyao", today - 42 * DAY)
    talk(school, "haitao", today - 70 * DAY)
    talk(school, "yuan", today)
    page = ask(school, term=term(school, "spring"))
    board = page.context["board"]
    assert (board.on, board.connected) == (today - 40 * DAY, 1)
    days = [week.ends_on for week in board.trend]
    assert min(days) >= today - 80 * DAY
    assert days[-1] == board.on
    assert board.trend[-1].connected == board.connected
    text = page.content.decode()
    assert "按现在数的那些不显示" in text
    # Nothing that is only known as of now, and no list of the children of today.
    assert 'id="waits"' not in text
    assert 'id="reach"' not in text
    assert "only=silent" not in text


def test_of_a_term_that_is_over_later_answers_do_not_count(school, today):
    seat_of(school)
    Seat.objects.filter(student=school.students["mengyao"]).update(finished_at=clock.now())
    over = ask(school, term=term(school, "spring")).context["shown"].life
    now = ask(school).context["shown"].life
    assert (over.screened, over.first_look, over.told) == (None, None, None)
    assert now.told is not None


def test_the_term_that_runs_changes_only_the_line(school, today):
    talk(school, "mengyao", today)
    usual, of_term = ask(school), ask(school, term=term(school, "autumn"))
    assert of_term.context["board"].connected == usual.context["board"].connected == 1
    assert len(usual.context["board"].trend) == 12
    assert len(of_term.context["board"].trend) in (3, 4)  # Sundays of twenty days, and today
    assert of_term.context["shown"].waits == usual.context["shown"].waits
    assert of_term.context["shown"].waits


def test_a_term_without_weeks_says_so(school, today):
    running = Term.objects.filter(year__school=school.school, season="autumn")
    running.update(starts_on=today)
    page = ask(school, term=term(school, "autumn"))
    assert [week.ends_on for week in page.context["board"].trend] == [today]
    assert "这些周里没有通话记录" in page.content.decode()
    over = ask(school, term=term(school, "spring"))
    assert 'id="big"' not in over.content.decode()  # nobody knows, which is not zero
    assert "这些周里没有通话记录" in over.content.decode()
    assert ask(school, "trend_picture", term=term(school, "spring")).status_code == 200


@pytest.mark.parametrize("asked", ["xx", "999999999999999999999", "\x00"])
def test_a_term_of_an_old_bookmark_is_left_out(school, today, asked):
    found = choice_from({"term": asked}, school.school, today)
    assert (found.term, found.is_old) == (None, True)


def test_a_class_of_today_is_not_one_of_a_term_before_it_was_there(school, today):
    year = SchoolYear.objects.get(school=school.school)
    year.starts_on = today - 30 * DAY
    year.save()
    before = SchoolYear.objects.create(
        school=school.school, starts_on=today - 90 * DAY, ends_on=today - 31 * DAY
    )
    Term.objects.filter(season="spring").update(year=before)
    asked = {"term": term(school, "spring"), "class": str(school.school_class.pk)}
    found = choice_from(asked, school.school, today)
    assert (found.school_class, found.is_old) == (None, True)
    assert ask(school, **asked).status_code == 200


def test_the_workbook_of_a_term_says_its_weeks(school, today):
    talk(school, "mengyao", today - 42 * DAY)
    answer = ask(school, "figures", term=term(school, "spring"))
    book = load_workbook(io.BytesIO(answer.content))
    rows = {row[0]: row for row in book["数字"].iter_rows(values_only=True)}
    assert rows["截至"][1] == (today - 40 * DAY).isoformat()
    assert "春季学期" in rows["选了"][1]
    assert rows["和父母说过话"][1:3] == (1, 3)
    assert "过期的家访" not in rows
    weeks = list(book["逐周"].iter_rows(min_row=2, values_only=True))
    assert weeks[-1][:3] == ((today - 40 * DAY).isoformat(), 3, 1)
