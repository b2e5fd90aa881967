"""A week is published once, whole, and stays; what is published agrees with the school's own pages."""

import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from classroom.models import ClassRegister
from core import clock
from figures import publishing, weekly
from figures.class_weeks.keeping import keep_due, keep_together
from figures.models import PublishedFigure, PublishedWeek
from guardians.models import Contact, ContactPoint
from privacy.models import AccessConfirmation
from schools.models import County, Post, Term
from students.barriers import set_barrier
from tests.factories import pool
from tests.factories.cast import make_post, make_user
from tests.factories.published import MONDAY_NOON, SUNDAY, make_full_school
from tests.factories.pulses import agree, answer_week
from tests.factories.threads import mother_writes, teacher_writes
from tests.factories.visits import make_term
from visits.actions import ensure_duties

pytestmark = pytest.mark.django_db
WEEK = weekly.Week(SUNDAY, MONDAY_NOON)


def published(school) -> dict[str, tuple]:
    rows = PublishedFigure.objects.filter(week__school=school, week__ends_on=SUNDAY)
    latest = rows.order_by("week__edition")
    return {row.key: (row.low, row.high) if not row.gap else row.gap for row in latest}


def counts(school, week=WEEK, without=()) -> dict[str, tuple]:
    found = weekly.school_week(school, week, without)
    return {one.key: (one.part, one.whole) for one in found.counts}


def test_a_school_is_published_as_spans(cast):
    school = make_full_school(cast.county, "泗水小学", "620622003", away=24, talked=15)
    assert publishing.publish_due(MONDAY_NOON) == 1
    found = published(school)
    assert counts(school)["connected"] == (15, 24)
    assert found["away"] == found["pupils"] == (20, 29)
    assert found["connected"] == (50, 100)
    assert found["with_concern"] == (0, 9)
    assert published(cast.school)["connected"] == "few"
    assert PublishedWeek.objects.count() == 4  # three schools and the shared queue


def test_before_noon_on_monday_last_week_is_not_due(cast):
    assert publishing.last_due(MONDAY_NOON) == SUNDAY
    assert publishing.last_due(MONDAY_NOON - timedelta(hours=1)) == SUNDAY - timedelta(days=7)


def test_a_week_is_published_once_and_stays(cast):
    school = make_full_school(cast.county, "泗水小学", "620622003", away=24, talked=20)
    publishing.publish_due(MONDAY_NOON)
    before = published(school)
    Contact.objects.filter(school=school).delete()
    assert publishing.publish_due(MONDAY_NOON + timedelta(days=1)) == 0
    assert not publishing.publish_week(cast.county, SUNDAY, MONDAY_NOON)
    assert published(school) == before
    with pytest.raises(InternalError), transaction.atomic():
        PublishedFigure.objects.update(low=0)
    with pytest.raises(InternalError), transaction.atomic():
        PublishedWeek.objects.filter(school=school).delete()


def test_a_talk_after_the_week_is_none_of_that_week(cast):
    """Also not where it is published late, when most children have talked since."""
    school = make_full_school(cast.county, "泗水小学", "620622003", away=24, talked=24)
    earlier = weekly.Week(SUNDAY - timedelta(days=1), MONDAY_NOON)
    assert counts(school)["connected"] == (24, 24)
    assert counts(school, earlier)["connected"] == (0, 24)


def test_a_correction_stands_beside_it_with_its_reason(cast):
    publishing.publish_due(MONDAY_NOON)
    publishing.correct_week(cast.county, SUNDAY, MONDAY_NOON, "泗水小学补录了一周的通话")
    rows = PublishedWeek.objects.filter(school=cast.school).order_by("edition")
    assert [(row.edition, row.why) for row in rows] == [(1, ""), (2, "泗水小学补录了一周的通话")]
    with pytest.raises(IntegrityError), transaction.atomic():
        publishing.correct_week(cast.county, SUNDAY, MONDAY_NOON, "")
    earlier = SUNDAY - timedelta(days=7)
    with pytest.raises(publishing.NotPublished):
        publishing.correct_week(cast.county, earlier, MONDAY_NOON, "补录")


@pytest.mark.parametrize("days", [-1, 1, 7])
def test_no_day_but_the_end_of_a_week_that_is_over(cast, days):
    with pytest.raises(publishing.NotOver):
        publishing.publish_week(cast.county, SUNDAY + timedelta(days=days), MONDAY_NOON)


def test_one_that_dies_in_the_middle_leaves_nothing(cast, monkeypatch):
    real = weekly.school_week

    def dies(school, *args):
        if school == cast.other_school:
            raise RuntimeError
        return real(school, *args)

    monkeypatch.setattr(publishing, "school_week", dies)
    with pytest.raises(RuntimeError):
        publishing.publish_due(MONDAY_NOON)
    assert not PublishedWeek.objects.exists()
    monkeypatch.setattr(publishing, "school_week", real)
    assert publishing.publish_due(MONDAY_NOON) == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one(cast):
    found, start = [], threading.Barrier(2)

    def run() -> None:
        start.wait()
        found.append(publishing.publish_due(MONDAY_NOON))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == [0, 1]
    assert PublishedWeek.objects.filter(school=cast.school).count() == 1


def test_what_holds_as_of_now_is_not_told_of_a_week_long_over(cast):
    school = make_full_school(cast.county, "泗水小学", "620622003", away=24, talked=15)
    at = MONDAY_NOON + timedelta(days=14)
    publishing.publish_week(cast.county, SUNDAY, at)
    assert published(school)["reached"] == "unknown"
    assert published(school)["connected"] == (50, 100)
    assert PublishedWeek.objects.get(school=school).is_late


def test_the_database_refuses_a_count_under_ten(cast):
    publishing.publish_due(MONDAY_NOON)
    week = PublishedWeek.objects.get(school=cast.school)
    for low, high in ((4, 13), (20, 24), (0, 4)):
        with pytest.raises(IntegrityError), transaction.atomic():
            PublishedFigure.objects.create(week=week, key="x", unit="count", low=low, high=high)


def test_without_any_sign_of_use_a_low_share_is_not_known(cast):
    """Nobody knows, which is not zero; a high share stands, for families report by themselves."""
    silent = make_full_school(cast.county, "泗水小学", "620622003", away=24)
    talking = make_full_school(cast.county, "古丰小学", "620622004", away=24, talked=20)
    publishing.publish_due(MONDAY_NOON)
    assert published(silent)["connected"] == "unknown"
    assert published(talking)["connected"] == (50, 100)
    assert not PublishedWeek.objects.get(school=silent).is_used
    ClassRegister.objects.create(
        school=silent,
        school_class=silent.classes.get(),
        taken_on=SUNDAY,
        taken_by=make_post(make_user("far-principal", "马校长"), "principal", school=silent).user,
        taken_at=MONDAY_NOON - timedelta(days=2),
    )
    assert weekly.school_week(silent, WEEK).is_used
    found = {one.key: one for one in weekly.school_week(silent, WEEK).counts}
    assert found["connected"].is_known


def test_a_principals_page_and_the_countys_week_count_the_same(cast):
    on = timezone.localdate(clock.now())
    make_term(cast, on)
    talk = {"school": cast.school, "happened_on": on, "kind": "call", "reported_by": "parent"}
    Contact.objects.create(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        recorded_at=clock.now(),
        **talk,
    )
    ContactPoint.objects.filter(adult=cast.adults["other_mother"]).update(failing_since=clock.now())
    ensure_duties(at=clock.now())
    client = Client()
    client.force_login(cast.users["principal"])
    board = client.get(reverse("dashboards:school")).context["board"]
    progress = client.get(reverse("visits:duties")).context["progress"]
    found = counts(cast.school, weekly.Week(on, clock.now()))
    assert found["pupils"] == (board.children, None)
    assert found["connected"] == (board.connected, board.with_parent_away) == (1, 3)
    unreachable = sum(row.unreachable for row in board.classes)
    assert found["reached"] == (3 - unreachable, 3) == (2, 3)
    assert found["visits"] == (progress.total("visited"), progress.total("to_visit"))
    assert found["calls"] == (progress.total("called"), progress.total("to_call"))
    assert found["visits"][1] >= 3


def test_who_begins_conversations_and_who_answers_the_questions(cast):
    mother_writes(cast)
    teacher_writes(cast, "father")
    agree(cast)
    answer_week(cast)
    week = weekly.Week(timezone.localdate(clock.now()), clock.now())
    found = counts(cast.school, week)
    assert found["begun"] == (1, 2)
    assert found["pulses"] == (1, found["pupils"][0])
    # "Not known" beside shares would tell nobody from one to nine.
    assert all(
        one.is_known
        for one in weekly.school_week(cast.other_school, week).counts
        if one.key == "pulses"
    )
    without = counts(cast.school, week, [cast.students["mengyao"].pk])
    assert (without["begun"], without["pulses"][0]) == ((0, 0), 0)


def test_a_child_whose_file_is_closed_to_the_officer_is_in_no_figure(cast):
    before = counts(cast.school)
    set_barrier(
        student=cast.students["mengyao"],
        user=cast.users["county"],
        reason="嫌疑",
        by=cast.users["principal"],
        at=MONDAY_NOON,
    )
    closed = publishing._closed_to_officers(cast.county, SUNDAY)
    assert closed == [cast.students["mengyao"].pk]
    after = counts(cast.school, without=closed)
    for key in ("pupils", "away", "left_behind"):
        assert after[key][0] == before[key][0] - 1


def test_visits_and_calls_leave_out_a_child_whose_file_is_closed_to_the_officer(cast):
    make_term(cast, SUNDAY)
    ensure_duties(at=WEEK.began)
    child = cast.students["mengyao"]
    yesterday = SUNDAY - timedelta(days=1)
    child.duties.filter(kind="home_visit").update(starts_on=yesterday, due_on=yesterday)
    before, after = counts(cast.school), counts(cast.school, without=[child.pk])
    assert before["visits"][1] - after["visits"][1] == 1
    assert before["calls"][1] - after["calls"][1] == 1
    assert before["overdue"][0] - after["overdue"][0] == 1


def test_a_file_closed_at_one_school_leaves_the_kept_weeks_of_the_others(cast):
    """Published late, what was counted in time is known of each school but that one."""
    school = make_full_school(cast.county, "泗水小学", "620622003", away=24, talked=15)
    keep_due(MONDAY_NOON)
    set_barrier(
        student=cast.students["mengyao"],
        user=cast.users["county"],
        reason="嫌疑",
        by=cast.users["principal"],
        at=MONDAY_NOON,
    )
    publishing.publish_week(cast.county, SUNDAY, MONDAY_NOON + timedelta(days=14))
    assert published(school)["reached"] not in ("unknown", "few")
    assert published(cast.school)["reached"] == "unknown"


def test_no_schools_lock_is_held_until_the_last_is_published(cast, monkeypatch):
    seen = []

    def within(*args) -> None:
        seen.append(connection.savepoint_ids[:])
        keep_together(*args)

    monkeypatch.setattr(publishing, "keep_together", within)
    outside = connection.savepoint_ids[:]
    publishing.publish_week(cast.county, SUNDAY, MONDAY_NOON)
    assert seen == [outside]
    publishing.correct_week(cast.county, SUNDAY, MONDAY_NOON, "补录")
    assert seen == [outside] * 2


def test_counsellors_and_the_shared_queue(cast):
    pool.make_pool(cast)
    found = weekly.school_week(cast.other_school, weekly.Week(SUNDAY, clock.now()))
    assert not found.has_counsellor
    assert weekly.school_week(cast.school, WEEK).has_counsellor
    Post.objects.filter(user=cast.users["counsellor"]).update(ends_on=SUNDAY - timedelta(days=1))
    assert not weekly.school_week(cast.school, WEEK).has_counsellor


def test_whether_access_was_confirmed_since_the_term_began(cast):
    """A confirmation of last term is none of this one, and one after the week none of that week."""

    def confirm(at) -> None:
        AccessConfirmation.objects.create(
            school=cast.school, by=cast.users["principal"], at=at, listed=[]
        )

    def found():
        return weekly.school_week(cast.school, WEEK).access_confirmed

    assert found() is None  # no term is known
    make_term(cast, SUNDAY)
    began = Term.objects.get(year__school=cast.school).starts_on
    assert found() is False
    confirm(weekly._midnight(began) - timedelta(hours=1))
    confirm(WEEK.ended)
    assert found() is False
    confirm(weekly._midnight(began))
    assert found() is True
    publishing.publish_due(MONDAY_NOON)
    assert PublishedWeek.objects.get(school=cast.school).access_confirmed


def test_another_county_publishes_its_own(cast):
    other = County.objects.create(name="天祝县")
    make_post(make_user("officer", "外县"), "county_officer", county=other)
    publishing.publish_due(MONDAY_NOON)
    assert not PublishedWeek.objects.filter(county=other).exists()  # it has no school
    assert set(PublishedWeek.objects.values_list("county", flat=True)) == {cast.county.pk}


def test_by_hand_earlier_weeks_and_corrections(cast, capsys):
    call_command("publish_week", weeks=3)
    assert PublishedWeek.objects.filter(school=cast.school).count() == 3
    call_command("publish_week", weeks=3)
    assert PublishedWeek.objects.filter(school=cast.school).count() == 3
    last = PublishedWeek.objects.order_by("-ends_on").first().ends_on
    with pytest.raises(CommandError, match="--why"):
        call_command("publish_week", correct=last)
    with pytest.raises(CommandError, match="Sunday"):
        call_command("publish_week", correct=last - timedelta(days=1), why="x")
    call_command("publish_week", correct=last, why="补录")
    assert PublishedWeek.objects.filter(school=cast.school, ends_on=last).count() == 2
    with pytest.raises(CommandError, match="no such county"):
        call_command("publish_week", county="没有")
