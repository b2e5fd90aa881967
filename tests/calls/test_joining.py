"""A parent wants to be rung for a call: the page, the key, and what carries over to a new time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from calls import actions as booking
from calls.forms import PlaceForm
from calls.joining import actions, rules
from calls.models import CallSlot
from calls.phones import that_can_ring
from calls.tasks import remind
from core.clock import local_date
from delivery.models import OutboxMessage
from guardians.models import Adult, ContactPoint
from schools.models import School
from tests.factories.calls import make_phone, make_slot, open_afternoons

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def phone(cast):
    """A phone of a demo school, which joins calls without settings.

    Nobody has quiet hours, so no test depends on the time of day.
    """
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    Adult.objects.update(quiet_from="00:00", quiet_until="00:00")
    place = make_phone(cast.school, rings_at="+869355112233")
    open_afternoons(place, weekdays=list(range(7)), starts="00:00", ends="23:00")
    return place


@pytest.fixture
def slot(cast, phone):
    soon = timezone.now() + timedelta(hours=2)
    mother = Adult.objects.get(pk=cast.adults["mother"].pk)
    return make_slot(phone, cast.students["mengyao"], mother, soon, confirmed_at=None)


def page_of(cast, name: str) -> str:
    client = Client()
    client.force_login(cast.users["mother"], BACKEND)
    url = reverse(f"family_calls:{name}", args=[cast.students["mengyao"].pk])
    return client.get(url).content.decode()


def tap(cast, on: str) -> str:
    """Post the mother's answer on her page, and return the page afterwards."""
    client = Client()
    client.force_login(cast.users["mother"], BACKEND)
    url = reverse("family_calls:ring", args=[cast.students["mengyao"].pk])
    return client.post(url, {"on": on}, follow=True).content.decode()


def test_one_tap_agrees_and_another_takes_it_back(cast, slot):
    page = tap(cast, "1")
    slot.refresh_from_db()
    assert slot.join_key in rules.KEYS
    assert f"先按 {slot.join_key}，再按 1" in page
    assert "138 9351 0001" in page
    assert slot.confirmed_at is not None
    assert "打给我们两边" in tap(cast, "0")
    slot.refresh_from_db()
    assert slot.join_key == ""


@pytest.mark.parametrize("state", ["booked", "running"])
@pytest.mark.parametrize("path", ["done", "book"])
def test_the_key_stands_on_the_page_while_the_phone_rings(cast, slot, state, path):
    """The person who picks up is asked for "the key that your page shows"."""
    tap(cast, "1")
    now = timezone.now()
    CallSlot.objects.update(
        starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(minutes=19), state=state
    )
    slot.refresh_from_db()
    page = page_of(cast, path)
    assert f"先按 {slot.join_key}，再按 1" in page
    assert "138 9351 0001" in page
    assert 'name="on"' not in page  # it is already ringing, so there is nothing left to choose
    if path == "done":
        assert "五分钟" in page


def test_after_its_minute_the_offer_is_gone(cast, slot):
    now = timezone.now()
    CallSlot.objects.update(
        starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(minutes=19)
    )
    page = page_of(cast, "done")
    assert "打给我们两边" not in page
    assert "先按" not in page


def test_the_key_that_the_family_agreed_on_is_theirs_here_too(cast, slot):
    ContactPoint.objects.filter(adult=slot.adult).update(by_call=True, agreed_key="8")
    tap(cast, "1")
    slot.refresh_from_db()
    assert slot.join_key == "8"
    tap(cast, "1")
    slot.refresh_from_db()
    assert slot.join_key == "8"


@pytest.mark.parametrize("without", ["number", "gateway", "telephone", "hours"])
def test_what_cannot_ring_is_not_offered(cast, slot, phone, without):
    local = slot.starts_at.astimezone(slot.adult.hours.zone)
    match without:
        case "number":
            booking.change_place(place=phone, rings_at="")
        case "gateway":
            School.objects.update(is_demo=False)
        case "telephone":
            ContactPoint.objects.filter(adult=slot.adult).update(disputed_at=slot.booked_at)
        case "hours":
            Adult.objects.filter(pk=slot.adult_id).update(
                quiet_from=(local - timedelta(hours=1)).time(),
                quiet_until=(local + timedelta(hours=1)).time(),
            )
    assert "打给我们两边" not in tap(cast, "1")
    slot.refresh_from_db()
    assert slot.join_key == ""


class TestOneTruth:
    """After a parent who chose to be rung changes something, no page says any more that Jiaqiao rings."""

    @pytest.fixture
    def chosen(self, cast, slot):
        CallSlot.objects.update(join_key="7")
        slot.refresh_from_db()
        return slot

    def room(self, cast, slot) -> str:
        client = Client()
        client.force_login(cast.users["teacher"], BACKEND)
        on = slot.starts_at.astimezone(slot.adult.hours.zone).date()
        return client.get(reverse("calls:day"), {"on": on.isoformat()}).content.decode()

    @pytest.mark.parametrize("change", ["opted_out", "number", "gateway", "telephone", "quiet"])
    def test_no_page_and_no_minute_says_otherwise(self, cast, phone, chosen, change):
        at = timezone.now()
        assert "家桥打给两边" in self.room(cast, chosen)
        adult = Adult.objects.filter(pk=chosen.adult_id)
        match change:
            case "opted_out":
                adult.update(opted_out_at=at)
            case "number":
                booking.change_place(place=phone, rings_at="")
            case "gateway":
                School.objects.update(is_demo=False)
            case "telephone":
                ContactPoint.objects.filter(adult=chosen.adult_id).update(disputed_at=at)
            case "quiet":
                adult.update(quiet_from="00:00", quiet_until="23:59:59")
        chosen = CallSlot.objects.select_related("adult", "place").get(pk=chosen.pk)
        assert "家桥打给两边" not in self.room(cast, chosen)
        assert "先按" not in page_of(cast, "book")
        assert that_can_ring([chosen], at) == []
        CallSlot.objects.update(starts_at=at + timedelta(minutes=1))
        actions.ring(at=at)
        assert not OutboxMessage.objects.filter(kind="join").exists()

    def test_as_many_queries_for_ten_as_for_one(self, cast, phone, chosen):
        at, found = timezone.now(), []
        for number in range(1, 10):
            later = chosen.starts_at + timedelta(minutes=20 * number)
            make_slot(phone, chosen.student, chosen.adult, later, join_key="7")
        rows = list(CallSlot.objects.select_related("adult", "place"))
        for slots in (rows[:1], rows):
            with CaptureQueriesContext(connection) as asked:
                assert len(that_can_ring(slots, at)) == len(slots)
            found.append(len(asked))
        assert found[0] == found[1]


class TestABarredParent:
    """Calls of a blocked parent at the school's phone are cancelled, so that nobody waits there for them."""

    @pytest.mark.parametrize("change", ["blocked", "ended"])
    def test_the_call_is_called_off_and_the_parent_learns_nothing(self, cast, slot, change):
        at = timezone.now()
        assert booking.call_off_barred(at=at) == 0
        if change == "blocked":
            by = cast.users["counsellor"]
            Adult.objects.filter(pk=slot.adult_id).update(
                blocked_at=at, blocked_by=by, blocked_reason="法院裁定"
            )
        else:
            slot.adult.guardianships.update(ends_on=local_date(at) - timedelta(days=1))
        assert booking.call_off_barred(at=at) == 1
        slot.refresh_from_db()
        assert (slot.state, slot.cancelled_by) == (CallSlot.State.CANCELLED, "itself")
        assert not OutboxMessage.objects.filter(adult=slot.adult).exists()
        assert booking.call_off_barred(at=at) == 0

    def test_beat_does_it_and_the_time_is_free_again(self, cast, phone, slot):
        Adult.objects.filter(pk=slot.adult_id).update(
            blocked_at=timezone.now(), blocked_by=cast.users["counsellor"], blocked_reason="法院"
        )
        remind()
        slot.refresh_from_db()
        assert slot.state == CallSlot.State.CANCELLED
        make_slot(phone, cast.students["mengyao"], cast.adults["grandmother"], slot.starts_at)

    def test_a_parent_who_wants_no_messages_keeps_it(self, slot):
        at = timezone.now()
        Adult.objects.filter(pk=slot.adult_id).update(opted_out_at=at)
        assert booking.call_off_barred(at=at) == 0

    def test_what_has_begun_is_left_to_the_line(self, cast, slot):
        at = slot.starts_at + timedelta(minutes=1)
        Adult.objects.filter(pk=slot.adult_id).update(
            blocked_at=at, blocked_by=cast.users["counsellor"], blocked_reason="法院"
        )
        assert booking.call_off_barred(at=at) == 0


@pytest.mark.parametrize("state", ["running", "done", "missed", "cancelled"])
def test_only_a_booked_call_is_agreed_to(cast, slot, state):
    CallSlot.objects.update(state=state)
    assert not actions.agree(slot_id=slot.pk, at=timezone.now())


@pytest.mark.parametrize(("by", "key"), [("family", "7"), ("staff", "")])
def test_a_new_time_by_the_parent_takes_it_along(cast, phone, slot, by, key):
    CallSlot.objects.update(join_key="7")
    later = timezone.now() + timedelta(days=1)
    start = later.replace(hour=4, minute=0, second=0, microsecond=0)
    new = booking.book(
        student=slot.student,
        adult=slot.adult,
        place_id=phone.pk,
        starts_at=start,
        booked_by=by,
        key=uuid4(),
        at=timezone.now(),
        by=cast.users["teacher"] if by == "staff" else None,
    )
    assert new.join_key == key


def test_a_video_room_has_no_number_to_ring(cast):
    data = {"name": "小房间", "kind": "video", "how_to_join": "微信", "rings_at": "0935-5112233"}
    form = PlaceForm(data, school=cast.school)
    assert list(form.errors) == ["rings_at"]
    form = PlaceForm(data | {"kind": "phone"}, school=cast.school)
    assert form.is_valid()
    assert form.cleaned_data["rings_at"] == "+869355112233"


@given(
    agreed=st.lists(st.sampled_from(["", *"0123456789"]), max_size=3), number=st.integers(0, 10**6)
)
def test_no_key_that_opens_is_one_that_answers(agreed, number):
    assert rules.key_for(agreed, number, is_home=False) in {"4", "5", "6", "7", "8"}
    shown = rules.key_for(agreed, number, is_home=True)
    assert shown in {"4", "5", "6", "7", "8"}
    assert shown not in agreed
