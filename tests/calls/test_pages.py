"""The pages of call slots, with and without permission, and with impossible input."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calls import actions
from calls.models import CallPeriod, CallPlace, CallSlot, CallWish
from calls.presenters import read_value
from guardians.blocking.actions import block_adult
from guardians.models import Adult, Contact, SentHome
from tests.factories.calls import at_school, make_phone, make_slot, offer_calls, open_afternoons
from tests.factories.cast import (
    make_adult,
    make_guardianship,
    make_student,
    make_user,
    send_away,
)

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def phone(cast):
    """A phone open every day at all times that suit somebody, because the tests run on any day."""
    place = make_phone(cast.school)
    open_afternoons(place, weekdays=list(range(7)), starts="09:00", ends="19:00")
    return place


def client_of(cast, who) -> Client:
    client = Client()
    client.force_login(cast.users[who], BACKEND)
    return client


def choices(page) -> list[str]:
    return [one.value for day in page.context["days"] for one in day.choices]


def book_url(cast, child="mengyao"):
    return reverse("family_calls:book", args=[cast.students[child].pk])


def take(client, url, value, key=None):
    return client.post(url, {"time": value, "key": key or uuid4()})


def test_a_parent_books_in_two_taps_changes_and_calls_off(cast, phone):
    client, url = client_of(cast, "mother"), book_url(cast)
    first, second = choices(client.get(url))[:2]
    answer = take(client, url, first)
    assert answer.url == reverse("family_calls:done", args=[cast.students["mengyao"].pk])
    assert "0935-5112233" in client.get(answer.url).content.decode()
    take(client, url, second)
    assert [slot.state for slot in CallSlot.objects.order_by("pk")] == ["cancelled", "booked"]
    assert CallSlot.objects.get(state="booked").starts_at == read_value(second)[1]
    client.post(reverse("family_calls:cancel", args=[cast.students["mengyao"].pk]))
    assert not CallSlot.objects.filter(state="booked").exists()


def test_another_time_from_the_same_page_is_the_one_that_counts(cast, phone):
    """The answer to the first tap was lost on the way."""
    client, url, key = client_of(cast, "mother"), book_url(cast), uuid4()
    first, second = choices(client.get(url))[:2]
    for value in (first, first, second):
        assert take(client, url, value, key).status_code == 302
    assert [slot.state for slot in CallSlot.objects.order_by("pk")] == ["cancelled", "booked"]
    assert CallSlot.objects.get(state="booked").starts_at == read_value(second)[1]


def test_the_second_parent_is_told_kindly_and_sees_what_is_left(cast, phone):
    other, url = client_of(cast, "other_mother"), book_url(cast, "haitao")
    wanted = choices(other.get(url))[0]
    take(client_of(cast, "mother"), book_url(cast), wanted)
    answer = take(other, url, wanted)
    assert answer.status_code == 422
    assert answer.context["error"]
    assert wanted not in choices(answer)
    assert choices(answer)
    assert CallSlot.objects.count() == 1


@pytest.mark.parametrize(
    "value", ["", "x", "1@", "1@yesterday", "9@2026-11-25T04:00Z", "-1@2100-01-01T00:00Z", "1" * 90]
)
def test_a_time_that_cannot_be_is_refused_and_nothing_is_booked(cast, phone, value):
    answer = take(client_of(cast, "mother"), book_url(cast), value)
    assert answer.status_code == 422
    assert choices(answer)
    assert not CallSlot.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"),
    [("mother", 200), ("other_mother", 404), ("blocked_father", 404), ("teacher", 404)],
)
@pytest.mark.parametrize("page", ["book", "none_fits", "calendar", "sent"])
def test_only_the_own_family_comes_in(cast, phone, page, who, status):
    url = reverse(f"family_calls:{page}", args=[cast.students["mengyao"].pk])
    assert client_of(cast, who).get(url).status_code == status


def carer_client(cast) -> Client:
    carer = cast.adults["grandmother"]
    carer.user = cast.users["grandmother"] = make_user("family-grandmother", carer.name)
    carer.save()
    return client_of(cast, "grandmother")


def test_who_cares_at_home_sees_when_and_not_with_whom(cast, phone):
    client, url = carer_client(cast), book_url(cast)
    assert client.get(url, follow=True).status_code == 200
    at = timezone.now() + timedelta(days=1)
    make_slot(phone, cast.students["mengyao"], cast.adults["mother"], at)
    page = client.get(url, follow=True).content.decode()
    assert "值班室电话" in page
    assert "王芳" not in page
    assert take(client, url, "1@2026-11-25T04:00Z").status_code == 404
    for page in ("cancel", "confirm", "none_fits", "sent"):
        away = reverse(f"family_calls:{page}", args=[cast.students["mengyao"].pk])
        assert client.post(away).status_code == 404


def test_none_of_these_fits_reaches_the_teacher(cast, phone):
    url = reverse("family_calls:none_fits", args=[cast.students["mengyao"].pk])
    client = client_of(cast, "mother")
    assert client.post(url, {"words": "长" * 201, "key": uuid4()}).status_code == 422
    assert client.post(url, {"words": "周日晚上", "key": uuid4()}).status_code == 200
    page = client_of(cast, "teacher").get(reverse("calls:suggest"))
    assert "周日晚上" in page.content.decode()
    wish = CallWish.objects.get()
    client_of(cast, "next_teacher").post(reverse("calls:wish", args=[wish.pk]))
    wish.refresh_from_db()
    assert wish.settled_at is None
    client_of(cast, "teacher").post(reverse("calls:wish", args=[wish.pk]))
    wish.refresh_from_db()
    assert wish.settled_by == cast.users["teacher"]


def done_slot(cast, phone):
    at = timezone.now() - timedelta(hours=1)
    slot = make_slot(phone, cast.students["mengyao"], cast.adults["mother"], at)
    actions.mark(slot_id=slot.pk, state="done", by=cast.users["teacher"], at=timezone.now())
    return slot


def test_five_faces_after_the_call(cast, phone):
    slot = done_slot(cast, phone)
    url = reverse("family_calls:mood", args=[slot.student_id])
    client = client_of(cast, "mother")
    assert client.get(url).status_code == 200
    for wrong in ("", "0", "6", "x"):
        assert client.post(url, {"mood": wrong}).status_code == 422
    client.post(url, {"mood": "2"})
    slot.refresh_from_db()
    assert slot.mood == 2
    assert client.get(url).status_code == 302


def test_times_stand_in_the_parents_zone_with_the_schools_beside(cast, phone):
    mother = cast.adults["mother"]
    page = client_of(cast, "mother").get(book_url(cast))
    assert not any(one.school_time for day in page.context["days"] for one in day.choices)
    mother.time_zone = "Asia/Tokyo"
    mother.save()
    page = client_of(cast, "mother").get(book_url(cast))
    assert all(one.school_time for day in page.context["days"] for one in day.choices)


def sent_form(**changes):
    today = timezone.localdate().isoformat()
    return {"kind": "gift", "on": today, "words": "棉衣", "key": uuid4(), **changes}


def test_a_parent_writes_down_what_was_sent_once(cast):
    client = client_of(cast, "mother")
    url = reverse("family_calls:sent", args=[cast.students["mengyao"].pk])
    form = sent_form()
    for _again in range(2):
        assert client.post(url, form).status_code == 200
    assert SentHome.objects.get().reported_by == "parent"
    assert not Contact.objects.exists()
    client.post(url, sent_form(kind="met"))
    assert Contact.objects.get().kind == "visit"


@pytest.mark.parametrize(
    "changes", [{"on": "1900-01-01"}, {"on": "2100-01-01"}, {"on": ""}, {"kind": ""}, {"key": "1"}]
)
def test_what_cannot_have_been_sent_is_refused(cast, changes):
    url = reverse("family_calls:sent", args=[cast.students["mengyao"].pk])
    answer = client_of(cast, "mother").post(url, sent_form(**changes))
    assert answer.status_code == 422
    assert not SentHome.objects.exists()


def test_a_familys_calendar_hides_the_other_parent(cast):
    child = cast.students["mengyao"]
    other = make_adult(cast.school, "徐强")
    make_guardianship(child, other, "father")
    today = timezone.localdate()
    for adult, said_by, key in (
        (other, "parent", "a"),
        (other, "carer", "b"),
        (cast.adults["mother"], "parent", "c"),
    ):
        Contact.objects.create(
            school=cast.school,
            student=child,
            adult=adult,
            happened_on=today,
            reported_by=said_by,
            recorded_at=timezone.now(),
            source_key=key,
        )

    def marks(client):
        page = client.get(reverse("family_calls:calendar", args=[child.pk]))
        assert "徐强" not in page.content.decode()
        weeks = [week for month in page.context["months"] for week in month.weeks]
        return [mark for week in weeks for day in week.days for mark in day.marks]

    assert len(marks(client_of(cast, "mother"))) == 1
    at_home = marks(carer_client(cast))
    # what the home knows itself; what only the mother said is not included
    assert len(at_home) == 2
    assert {mark.who for mark in at_home} == {""}


def test_today_stands_only_in_its_own_month(cast):
    """The row of a week that two months share is drawn in both."""
    today = timezone.localdate()
    coming = (today.replace(day=1) + timedelta(days=32 * n) for n in range(1, 4))
    day = next(one.replace(day=1) for one in coming if one.replace(day=1).weekday())  # no Monday
    with connection.cursor() as cursor:
        offset = f"{(day - today).days} days"
        cursor.execute("SELECT set_config('jiaqiao.clock_offset', %s, true)", [offset])
    url = reverse("family_calls:calendar", args=[cast.students["mengyao"].pk])
    assert client_of(cast, "mother").get(url).content.decode().count('class="is-today"') == 1


def day_url(slot):
    on = timezone.localtime(slot.starts_at).date()
    return f"{reverse('calls:day')}?on={on.isoformat()}"


def test_the_phone_room_says_in_one_tap_what_came_of_a_call_and_undoes_it(cast, phone):
    client = client_of(cast, "teacher")
    at = timezone.now() - timedelta(minutes=5)
    slot = make_slot(phone, cast.students["mengyao"], cast.adults["mother"], at)
    assert "徐梦瑶" in client.get(day_url(slot)).content.decode()
    client.post(reverse("calls:mark", args=[slot.pk]), {"state": "done"})
    assert Contact.objects.get().retracted_at is None
    client.post(reverse("calls:undo", args=[slot.pk]))
    assert Contact.objects.get().retracted_at is not None
    for nonsense in ("", "cancelled", "gone"):
        client.post(reverse("calls:mark", args=[slot.pk]), {"state": nonsense})
    slot.refresh_from_db()
    assert slot.state == "booked"


@pytest.mark.parametrize("who", ["next_teacher", "far_teacher", "village", "county", "mother"])
def test_nobody_else_sees_or_marks_a_call(cast, phone, who):
    client = client_of(cast, who)
    slot = make_slot(phone, cast.students["mengyao"], cast.adults["mother"], timezone.now())
    assert "徐梦瑶" not in client.get(day_url(slot)).content.decode()
    for act in ("mark", "undo", "cancel"):
        url = reverse(f"calls:{act}", args=[slot.pk])
        assert client.post(url, {"state": "done"}).status_code == 404
    slot.refresh_from_db()
    assert slot.state == "booked"


def test_the_phone_room_is_told_not_to_connect_a_blocked_adult(cast, phone):
    client = client_of(cast, "teacher")
    slot = make_slot(phone, cast.students["mengyao"], cast.adults["mother"], timezone.now())
    assert [row.is_barred for row in client.get(day_url(slot)).context["rows"]] == [False]
    block_adult(
        adult=cast.adults["mother"], reason="法院", by=cast.users["principal"], at=timezone.now()
    )
    [row] = client.get(day_url(slot)).context["rows"]
    assert row.is_barred
    assert not row.may_mark


@pytest.mark.parametrize("on", ["", "x", "1900-01-01", "2100-01-01", "2026-02-30"])
def test_a_day_that_cannot_be_is_today(cast, on):
    page = client_of(cast, "teacher").get(f"{reverse('calls:day')}?on={on}")
    assert page.context["on"] == timezone.localdate()


def test_staff_book_by_one_tap_and_the_parent_says_whether_it_suits(cast, phone):
    client = client_of(cast, "teacher")
    page = client.get(reverse("calls:suggest"))
    rows = page.context["rows"]
    assert {row.child for row in rows} == {"徐梦瑶", "徐小宝"}
    chosen = next(row for row in rows if row.child == "徐梦瑶")
    form = {
        "student": chosen.student_id,
        "adult": chosen.adult_id,
        "time": chosen.times[0].value,
        "key": chosen.times[0].key,
    }
    for _again in range(2):
        client.post(reverse("calls:book"), form)
    slot = CallSlot.objects.get()
    assert (slot.booked_by, slot.confirmed_at) == ("staff", None)
    after = client.get(reverse("calls:suggest")).context["rows"]
    assert {row.child for row in after} == {"徐小宝"}
    client_of(cast, "mother").post(reverse("family_calls:confirm", args=[slot.student_id]))
    slot.refresh_from_db()
    assert slot.confirmed_at is not None


def test_where_every_time_clashes_it_is_said_once_with_a_way_to_ask(cast, phone):
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(shift="day")
    CallPeriod.objects.update(starts=time(10, 0), ends=time(11, 0))
    page = client_of(cast, "teacher").get(reverse("calls:suggest"))
    clashing = {row.child for row in page.context["clashing"]}
    assert clashing
    assert not clashing & {row.child for row in page.context["rows"]}
    text = page.content.decode()
    assert text.count("时间都在家长上班时") == 1
    child = page.context["clashing"][0].student_id
    assert reverse("threads:new", args=[child]) in text
    assert text.count("btn-primary") <= 1


@pytest.mark.parametrize("who", ["next_teacher", "far_teacher"])
def test_nobody_books_for_a_child_of_another_class(cast, phone, who):
    form = {
        "student": cast.students["mengyao"].pk,
        "adult": cast.adults["mother"].pk,
        "time": "1@2026-11-25T04:00Z",
        "key": uuid4(),
    }
    assert client_of(cast, who).post(reverse("calls:book"), form).status_code == 404


def test_a_blocked_parent_is_never_proposed(cast, phone):
    page = client_of(cast, "admin").get(reverse("calls:suggest"))
    assert cast.adults["father"].pk not in {row.adult_id for row in page.context["rows"]}
    form = {
        "student": cast.students["mengyao"].pk,
        "adult": cast.adults["father"].pk,
        "time": page.context["rows"][0].times[0].value,
        "key": uuid4(),
    }
    assert client_of(cast, "admin").post(reverse("calls:book"), form).status_code == 404


def queries(client, url) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


@pytest.mark.parametrize("page", ["calls:day", "calls:suggest"])
def test_ten_children_cost_what_one_does(cast, phone, page):
    client = client_of(cast, "teacher")
    at = timezone.now() + timedelta(minutes=1)
    make_slot(phone, cast.students["mengyao"], cast.adults["mother"], at)
    url = reverse(page)
    queries(client, url)
    few = queries(client, url)
    for n in range(9):
        child = make_student(cast.school_class, f"孙小{n}")
        mother = make_adult(cast.school, f"孙玉梅{n}")
        make_guardianship(child, mother, "mother")
        send_away(mother, "昆山")
        if page == "calls:day":
            make_slot(make_phone(cast.school, f"电话{n}"), child, mother, at)
    client.get(url)
    assert queries(client, url) == few
    assert len(client.get(url).context["rows"]) >= 10


def period_form(where, **changes):
    return {
        "place": where.pk,
        "weekdays": ["0", "2"],
        "starts": "12:00",
        "ends": "13:00",
        "slot_minutes": "20",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts": "22:00", "ends": "01:00"}, "ends"),
        ({"ends": "12:00"}, "ends"),
        ({"slot_minutes": "61"}, "slot_minutes"),
        ({"slot_minutes": "0"}, "slot_minutes"),
        ({"slot_minutes": "x"}, "slot_minutes"),
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": ["7"]}, "weekdays"),
        ({"starts": "25:00"}, "starts"),
        ({"place": "999999"}, "place"),
    ],
)
def test_open_times_that_cannot_be_are_refused_at_their_field(cast, changes, field):
    place = make_phone(cast.school)
    client, url = client_of(cast, "admin"), reverse("calls:add_period")
    answer = client.post(url, period_form(place, **changes))
    assert answer.status_code == 422
    assert field in answer.context["period_form"].errors
    assert not CallPeriod.objects.exists()
    assert client.post(url, period_form(place)).status_code == 302
    assert CallPeriod.objects.count() == 2
    assert "starts" in client.post(url, period_form(place)).context["period_form"].errors


def test_phones_are_written_down_changed_and_put_out_of_use(cast):
    client = client_of(cast, "admin")
    form = {"name": "值班室", "kind": "phone", "how_to_join": "0935-5112233"}
    assert client.post(reverse("calls:add_place"), form).status_code == 302
    assert client.post(reverse("calls:add_place"), form).status_code == 422
    place = CallPlace.objects.get()
    url = reverse("calls:place", args=[place.pk])
    assert client.post(url, form | {"how_to_join": ""}).status_code == 422
    assert client.post(url, form | {"how_to_join": "0935-1"}).status_code == 302
    client.post(reverse("calls:switch_place", args=[place.pk]))
    place.refresh_from_db()
    assert (place.how_to_join, place.is_active) == ("0935-1", False)


def test_lessons_are_left_out_of_what_a_parent_sees(cast):
    offer_calls(cast.school)
    CallPeriod.objects.update(during_lessons=False, ends="17:40")
    page = client_of(cast, "mother").get(book_url(cast))
    at = timezone.now()
    for value in choices(page):
        local = timezone.localtime(read_value(value)[1])
        assert local >= at_school(local.date(), 17, 20)
        assert local > at
