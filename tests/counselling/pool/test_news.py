"""Counsellors hear by message what waits, each once; schools hear what nobody took."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from counselling.concerns import actions as acts
from counselling.models import BriefTold
from counselling.pool import actions as pool_actions
from counselling.pool import news
from delivery.models import OutboxMessage
from delivery.texts import render
from safeguarding.models import Concern, ConcernEntry
from schools.models import County, Post, School
from tests.counselling.pool.happenings import KEPT_OUT, WORDS, client_of, is_barred
from tests.factories import pool
from tests.factories.cast import Cast, make_cast, make_post, make_school, make_user
from tests.factories.concerns import AT, NIGHT

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def messages(cast: Cast, who: str) -> list[OutboxMessage]:
    """Of the shared queue."""
    rows = OutboxMessage.objects.filter(user=cast.users[who], dedupe_key__startswith="pool")
    return list(rows.order_by("pk"))


def counts(cast: Cast, *people: str) -> list[int]:
    return [len(messages(cast, who)) for who in people]


def waits(cast: Cast, level: str, student: str = "yuan", at=AT):
    return pool.make_brief(cast, concern=pool.make_concern(cast, level, at, student), at=at)


def test_an_urgent_one_is_told_at_once_by_night_to_each_with_room_and_never_again(cast):
    waits(cast, "orange", at=NIGHT)
    news.tell(NIGHT)
    assert counts(cast, "guest", "counsellor", "far_principal", "teacher") == [1, 1, 0, 0]
    for later in (NIGHT, NIGHT + MINUTE, AT, AT + DAY, NIGHT - MINUTE):
        news.tell(later)
    assert counts(cast, "guest", "counsellor") == [1, 1]


def test_the_rest_waits_for_the_morning_and_comes_once_a_day(cast):
    first = waits(cast, "yellow", at=NIGHT)
    assert news.tell(NIGHT) == 0
    assert news.tell(AT) == 2
    waits(cast, "yellow", "far0", AT + MINUTE)
    waits(cast, "yellow", "far1", AT + MINUTE)
    assert news.tell(AT + 2 * MINUTE) == 0
    assert news.tell(AT + DAY) == 2
    assert news.tell(AT + 2 * DAY) == 0
    assert counts(cast, "guest", "counsellor") == [2, 2]
    assert BriefTold.objects.filter(brief=first).count() == 2


def test_an_urgent_one_does_not_wait_behind_the_message_of_the_day(cast):
    waits(cast, "yellow")
    news.tell(AT)
    waits(cast, "orange", "far0", AT + MINUTE)
    news.tell(AT + MINUTE)
    assert [one.payload["words"] for one in messages(cast, "guest")] == [news.WAITS, news.URGENT]


def test_over_a_holiday_the_rest_is_told_on_the_fourth_day(cast):
    School.objects.get(pk=cast.school.pk).calendar_days.all().delete()
    brief = waits(cast, "yellow", at=AT + timedelta(days=4))  # a Saturday
    assert news.tell(brief.made_at) == 0
    assert news.tell(brief.made_at + DAY) == 0
    assert news.tell(brief.made_at + 2 * DAY) == 2  # Monday


def test_the_message_names_neither_child_nor_its_school_and_leads_to_the_queue(cast):
    brief = waits(cast, "orange")
    news.tell(AT)
    (message,) = messages(cast, "guest")
    assert message.school == Post.objects.get(user=cast.users["guest"]).school != brief.school
    assert message.payload == {"path": reverse("counselling:pool"), "words": news.URGENT}
    for language in ("en", "zh-hans"):
        text = render(
            kind="concern",
            language=language,
            url="https://x.cn/a",
            school=message.school.name,
            words=message.payload["words"],
        )
        assert not [word for word in (*WORDS, brief.code) if word in text.body + text.subject]
    assert text.words.startswith("县里")


@pytest.mark.parametrize("happens", KEPT_OUT)
def test_who_may_not_accept_is_not_told_and_what_has_not_left_stays(cast, happens):
    at = timezone.now()
    told = waits(cast, "orange", at=at)
    news.tell(at)
    happens(cast, told)
    news.tell(at + MINUTE)
    (message,) = messages(cast, "guest")
    assert (message.state, message.cause) == ("suppressed", "no_longer_due")


@pytest.mark.parametrize("happens", KEPT_OUT)
def test_who_may_not_accept_hears_nothing(cast, happens):
    brief = waits(cast, "orange", at=timezone.now())
    happens(cast, brief)
    news.tell(timezone.now())
    assert counts(cast, "guest") == [0]


def test_a_message_of_several_goes_on_while_one_of_them_waits(cast):
    first, second = waits(cast, "yellow"), waits(cast, "yellow", "far0")
    news.tell(AT)
    by = cast.users["far_principal"]
    pool_actions.take_back(concern=first.concern, by=by, at=AT)
    assert messages(cast, "guest")[0].state == "due"
    pool_actions.take_back(concern=second.concern, by=by, at=AT)
    assert messages(cast, "guest")[0].state == "suppressed"


def test_without_room_nobody_is_told_until_there_is_some(cast):
    guest = cast.users["guest"]
    pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=1, at=AT)
    case = pool.accept(waits(cast, "orange"), guest, AT)
    waits(cast, "orange", "far0")
    news.tell(AT)
    assert counts(cast, "guest", "counsellor") == [0, 1]
    pool_actions.give_back(case=case, by=guest, words="我下周住院", at=AT)
    news.tell(AT + MINUTE)
    assert counts(cast, "guest", "counsellor") == [1, 1]


def test_nothing_new_costs_three_queries_however_many_wait(cast, django_assert_num_queries):
    for number in range(3):
        waits(cast, "orange", f"far{number}")
    news.tell(AT)
    OutboxMessage.objects.update(state="accepted")
    with django_assert_num_queries(3):
        news.tell(AT + MINUTE)


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_tell_each_once():
    cast = make_cast()
    pool.make_pool(cast)
    for number in range(3):
        waits(cast, "orange", f"far{number}")
    ready = threading.Barrier(3)

    def run() -> None:
        connection.ensure_connection()
        ready.wait()
        try:
            news.tell(AT)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    news.tell(AT + MINUTE)  # whatever was locked just then
    assert counts(cast, "guest", "counsellor") == [1, 1]
    assert BriefTold.objects.count() == 6


@pytest.mark.django_db(transaction=True)
def test_what_is_closed_to_one_is_called_off_and_the_others_are_told_all_the_same():
    cast, at = make_cast(), timezone.now()
    pool.make_pool(cast)
    first = waits(cast, "orange", at=at)
    news.tell(at)
    is_barred(cast, first)
    waits(cast, "orange", "far0", at)
    news.tell(at + MINUTE)
    assert [one.state for one in messages(cast, "guest")] == ["suppressed", "due"]
    assert counts(cast, "counsellor") == [2]


def test_what_is_raised_after_it_was_told_is_told_once_more_as_urgent(cast):
    brief = waits(cast, "yellow")
    news.tell(AT)
    by = cast.users["far_principal"]
    acts.set_level(concern=brief.concern, by=by, level="orange", words="他说不想活", at=AT + MINUTE)
    for later in (AT + MINUTE, AT + 2 * MINUTE, AT + DAY):
        news.tell(later)
    assert [one.payload["words"] for one in messages(cast, "guest")] == [news.WAITS, news.URGENT]


@pytest.mark.parametrize("level", ["orange", "yellow"])
def test_who_was_not_reached_before_it_was_called_off_is_told_when_it_opens_again(cast, level):
    guest = cast.users["guest"]
    brief = waits(cast, level)
    news.tell(AT)
    pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=0, at=AT)
    news.tell(AT + MINUTE)
    pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=1, at=AT)
    for later in (2, 3):
        news.tell(AT + later * MINUTE)
    assert [one.state for one in messages(cast, "guest")] == ["suppressed", "due"]
    assert BriefTold.objects.filter(brief=brief, user=guest).count() == 1


def test_what_a_worker_is_sending_counts_as_told(cast):
    guest = cast.users["guest"]
    waits(cast, "orange")
    news.tell(AT)
    OutboxMessage.objects.filter(user=guest).update(state="claimed", sending_at=AT)
    pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=0, at=AT)
    news.tell(AT + MINUTE)
    pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=1, at=AT)
    news.tell(AT + 2 * MINUTE)
    assert counts(cast, "guest") == [1]


def test_it_is_the_message_of_the_school_in_the_county_of_the_queue(cast):
    elsewhere = make_school(County.objects.create(name="天祝县"), "天堂小学", "620623001")
    guest = cast.users["guest"]
    own = Post.objects.get(user=guest)
    Post.objects.filter(user=guest).delete()
    make_post(guest, "counsellor", school=elsewhere)
    make_post(guest, "counsellor", school=own.school)
    waits(cast, "orange")
    news.tell(AT)
    assert messages(cast, "guest")[0].school == own.school


# What nobody took


@pytest.mark.parametrize("level", ["orange", "yellow"])
def test_what_nobody_took_in_time_is_told_to_whoever_asked_and_the_principal_once(cast, level):
    brief = waits(cast, level)
    teacher = cast.users["far_teacher"]
    Concern.objects.filter(pk=brief.concern_id).update(named_adult=teacher)
    news.tell(brief.late_at - MINUTE)
    assert counts(cast, "far_principal", "far_teacher") == [0, 0]
    for later in (brief.late_at, brief.late_at + MINUTE, brief.late_at + 5 * DAY):
        news.tell(later)
    assert counts(cast, "far_principal", "far_teacher") == [1, 1]
    (message,) = messages(cast, "far_principal")
    assert message.payload["words"] == news.NOBODY
    assert message.payload["student"] == brief.student_id  # held from a reader barred by then
    told = ConcernEntry.objects.filter(concern=brief.concern, kind="told", at=brief.late_at)
    assert {one.about for one in told} == {cast.users["far_principal"], teacher}
    page = client_of(teacher).get(message.payload["path"]).content.decode()
    assert 'id="pool"' in page


def test_that_nobody_took_what_is_not_urgent_is_told_while_the_school_is_open(cast):
    brief = waits(cast, "yellow", at=NIGHT)
    assert brief.late_at.hour == NIGHT.hour
    news.tell(brief.late_at)
    assert counts(cast, "far_principal") == [0]
    news.tell(AT + (brief.late_at.date() - AT.date()) + DAY)
    assert counts(cast, "far_principal") == [1]


def test_that_nobody_took_what_is_urgent_is_told_by_night(cast):
    brief = waits(cast, "orange", at=NIGHT)
    news.tell(brief.late_at)
    assert counts(cast, "far_principal") == [1]


def test_who_heard_of_it_as_counsellor_and_came_to_that_school_does_not_stop_the_word(cast):
    brief, guest = waits(cast, "orange"), cast.users["guest"]
    news.tell(AT)
    make_post(guest, "principal", school=cast.other_school)
    news.tell(brief.late_at)
    assert counts(cast, "far_principal") == [1]
    assert BriefTold.objects.filter(brief=brief, user=guest, kind="late").exists()


def test_where_nobody_can_be_told_it_is_not_noted_as_told(cast):
    brief = waits(cast, "orange")
    posts = Post.objects.filter(user=cast.users["far_principal"])
    everybody = Post.objects.filter(school=cast.other_school)
    ends = dict(everybody.values_list("pk", "ends_on"))
    everybody.update(ends_on=(AT - DAY).date())
    news.tell(brief.late_at)
    brief.refresh_from_db()
    assert brief.late_told_at is None
    posts.update(ends_on=ends[posts.get().pk])
    news.tell(brief.late_at + MINUTE)
    assert counts(cast, "far_principal") == [1]


def test_whoever_took_it_just_now_calls_the_word_to_the_school_off(cast):
    brief = waits(cast, "orange")
    news.tell(brief.late_at)
    pool.accept(brief, cast.users["guest"], brief.late_at)
    (message,) = messages(cast, "far_principal")
    assert (message.state, message.cause) == ("suppressed", "no_longer_due")


def test_whose_post_ended_or_who_is_barred_is_not_told_and_somebody_is(cast):
    own = make_user("own", "何老师")
    far = {"school": cast.other_school, "school_class": cast.far_class}
    make_post(own, "class_teacher", is_duty=True, **far)
    brief = waits(cast, "orange")
    Post.objects.filter(user=cast.users["far_principal"]).update(ends_on=(AT - DAY).date())
    cast.users["own"] = own
    news.tell(brief.late_at)
    assert counts(cast, "far_principal", "own") == [0, 1]


def test_turned_red_it_is_not_offered_and_told_to_nobody(cast):
    brief = waits(cast, "yellow", at=NIGHT)
    by = cast.users["far_principal"]
    acts.set_level(concern=brief.concern, by=by, level="red", words="刀", at=AT)
    news.tell(AT)
    assert counts(cast, "guest", "counsellor") == [0, 0]
