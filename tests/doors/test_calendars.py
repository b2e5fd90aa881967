"""The calendar of one account: who may read it, what stands in it, and that it names nobody."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from calls import actions, feeds
from calls.models import CalendarFeed
from core import clock
from core.calendar_file import Entry, calendar_file
from guardians.blocking.actions import block_adult
from guardians.models import Guardianship
from meetings.actions import call_off
from schools.models import CalendarDay, Term
from tests.factories import duty, meetings
from tests.factories.calls import make_phone, make_slot, open_afternoons

pytestmark = pytest.mark.django_db
NAMES = ("梦瑶", "小宝", "王芳", meetings.TITLE)


@pytest.fixture
def phone(cast):
    place = make_phone(cast.school)
    open_afternoons(place, weekdays=list(range(7)), starts="09:00", ends="19:00")
    return place


def feed_of(cast, who, door):
    return actions.renew_feed(user=cast.users[who], door=door, at=clock.now())


def feed_url(feed):
    return reverse(f"{feed.door}:calendar_file", args=[feeds.token_of(feed)])


def read(feed) -> tuple[dict, str]:
    """Entries by their key, and the text."""
    answer = Client().get(feed_url(feed))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    text = answer.content.decode().replace("\r\n ", "")
    return {str(event["uid"]).partition("@")[0]: event for event in found}, text


@pytest.mark.parametrize(("who", "door"), [("teacher", "staff"), ("mother", "family")])
def test_calls_stand_in_it_without_names(cast, phone, who, door):
    at = clock.now().replace(second=0, microsecond=0) + timedelta(hours=3)
    kept = make_slot(phone, cast.students["mengyao"], cast.adults["mother"], at)
    off = make_slot(phone, cast.students["xiaobao"], cast.adults["mother"], at, state="cancelled")
    make_slot(phone, cast.students["haitao"], cast.adults["other_mother"], at + timedelta(hours=1))
    events, text = read(feed_of(cast, who, door))
    calls = {key for key in events if key.startswith("call-")}
    assert calls == {f"call-{kept.pk}", f"call-{off.pk}"}
    assert events[f"call-{kept.pk}"].decoded("dtstart") == at
    assert str(events[f"call-{off.pk}"]["status"]) == "CANCELLED"
    assert not [name for name in NAMES if name in text]


@pytest.mark.parametrize(("who", "door"), [("teacher", "staff"), ("mother", "family")])
def test_a_meeting_stands_in_it_by_its_kind_and_is_moved_and_called_off(cast, who, door):
    meeting = meetings.make(cast)
    feed, key = feed_of(cast, who, door), f"meeting-{meeting.pk}"
    events, text = read(feed)
    assert str(events[key]["summary"]) == "家长会"
    assert events[key].decoded("dtstart") == meeting.starts_at
    assert not [name for name in NAMES if name in text]
    call_off(meeting=meeting, reason="下大雪", by=cast.users["teacher"], at=clock.now())
    event = read(feed)[0][key]
    assert (str(event["status"]), event["sequence"]) == ("CANCELLED", 1)


def test_a_meeting_to_which_somebody_cannot_come_is_not_in_their_calendar(cast):
    meeting = meetings.make(cast)
    row = meetings.of(cast, meeting)
    feed = feed_of(cast, "mother", "family")
    type(row).objects.filter(pk=row.pk).update(reply="cannot", replied_at=clock.now())
    assert f"meeting-{meeting.pk}" not in read(feed)[0]


@pytest.mark.parametrize(("who", "door"), [("teacher", "staff"), ("mother", "family")])
def test_terms_and_days_off_are_whole_days(cast, who, door):
    today = timezone.localdate(clock.now())
    Term.objects.filter(year__school=cast.school).delete()
    year = cast.school.years.get(starts_on__lte=today, ends_on__gte=today)
    last = today + timedelta(days=40)
    term = Term.objects.create(year=year, season="autumn", starts_on=today, ends_on=last)
    CalendarDay.objects.filter(school=cast.school).delete()
    first_off = today + timedelta(days=10)
    for offset in range(3):
        CalendarDay.objects.create(
            school=cast.school, on=first_off + timedelta(days=offset), kind="holiday", name="元旦"
        )
    events, _ = read(feed_of(cast, who, door))
    ends = events[f"term-{term.pk}-ends"]
    assert (ends.decoded("dtstart"), ends.decoded("dtend")) == (last, last + timedelta(days=1))
    assert str(ends["summary"]) == "学期最后一天"
    off = events[f"day-{cast.school.pk}-{first_off}"]
    assert off.decoded("dtend") == first_off + timedelta(days=3)
    assert str(off["summary"]) == "放假：元旦"


def test_staff_read_their_own_turns_on_duty_alone(cast):
    tomorrow = timezone.localdate(clock.now()) + timedelta(days=1)
    own = duty.put(cast, "counsellor", tomorrow)
    duty.put(cast, "principal", tomorrow + timedelta(days=1))
    events, _ = read(feed_of(cast, "counsellor", "staff"))
    assert [key for key in events if key.startswith("duty-")] == [f"duty-{own.pk}"]


def test_an_address_is_worth_nothing_once_renewed_ended_or_forged(cast):
    old = feed_url(feed_of(cast, "teacher", "staff"))
    assert Client().get(old).status_code == 200
    new = feed_url(feed_of(cast, "teacher", "staff"))
    assert Client().get(old).status_code == 404
    assert Client().get(new[:-5] + "x.ics").status_code == 404
    secret = CalendarFeed.objects.get().secret
    assert Client().get(reverse("staff:calendar_file", args=[secret])).status_code == 404
    assert Client().get(new.replace("/calendar/", "/f/calendar/")).status_code == 404
    actions.end_feed(user=cast.users["teacher"], door="staff")
    assert Client().get(new).status_code == 404


def test_the_feed_of_a_blocked_adult_and_of_an_ended_post_is_gone(cast):
    family, staff = feed_of(cast, "mother", "family"), feed_of(cast, "ended", "staff")
    assert Client().get(feed_url(family)).status_code == 200
    assert Client().get(feed_url(staff)).status_code == 404
    block_adult(
        adult=cast.adults["mother"], reason="法院", by=cast.users["principal"], at=clock.now()
    )
    assert Client().get(feed_url(family)).status_code == 404


def test_somebody_who_may_not_sign_in_any_more_has_no_feed(cast):
    feed = feed_of(cast, "teacher", "staff")
    type(cast.users["teacher"]).objects.filter(pk=feed.user_id).update(is_active=False)
    assert Client().get(feed_url(feed)).status_code == 404


def test_a_phone_shared_with_a_blocked_adult_has_no_feed(cast):
    feed = feed_of(cast, "mother", "family")
    point = cast.adults["father"].contact_points.get()
    point.address = cast.adults["mother"].contact_points.get().address
    point.save()
    assert Client().get(feed_url(feed)).status_code == 404


def test_a_feed_ends_with_the_guardianship(cast):
    feed = feed_of(cast, "mother", "family")
    Guardianship.objects.filter(adult=cast.adults["mother"]).update(
        ends_on=timezone.localdate(clock.now()) - timedelta(days=1)
    )
    assert Client().get(feed_url(feed)).status_code == 404


@pytest.mark.parametrize(("who", "door"), [("teacher", "staff"), ("mother", "family")])
def test_as_many_statements_for_ten_calls_as_for_one(cast, phone, who, door):
    feed, at = feed_of(cast, who, door), clock.now()

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            read(feed)
        return len(captured)

    def one_more(number: int) -> None:
        starts_at = at + timedelta(days=1 + number)
        make_slot(phone, cast.students["mengyao"], cast.adults["mother"], starts_at)
        meetings.make(cast)

    one_more(0)
    few = asked()
    for number in range(1, 10):
        one_more(number)
    assert asked() == few


def test_the_address_is_made_renewed_and_ended_on_the_page(client, cast):
    client.force_login(cast.users["mother"])
    page = reverse("family:calendar")
    assert "calendar/" not in client.get(page).context["url"]
    client.post(page)
    first = client.get(page).context["url"]
    assert Client().get(first.removeprefix("http://testserver")).status_code == 200
    client.post(page)
    assert client.get(page).context["url"] != first
    client.post(page, {"end": "1"})
    assert client.get(page).context["url"] == ""


def test_a_file_that_is_read_once_asks_for_no_second_look():
    entry = Entry("day-1", "放假", date(2026, 1, 1), date(2026, 1, 4))
    body = calendar_file([entry], host="jiaqiao.example", at=clock.now()).decode()
    assert "REFRESH-INTERVAL" not in body
    assert "DTSTART;VALUE=DATE:20260101" in body
    assert (
        "REFRESH-INTERVAL"
        in calendar_file([entry], host="jiaqiao.example", at=clock.now(), title="家桥").decode()
    )
