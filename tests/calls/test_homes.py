"""Calls at home: a carer agrees to times, a parent chooses among them, both pages say so."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from calls import actions as booking
from calls import messages, queries
from calls.homes import actions, rules
from calls.homes.queries import times_at_home, windows_agreed
from calls.models import CallPlace, CallSlot
from core import clock
from delivery.models import OutboxMessage
from guardians.models import Adult, ContactPoint
from schools.models import School
from students.models import Student
from tests.days import day_of
from tests.factories.calls import make_slot
from tests.factories.cast import make_user

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Wednesday, 10:00 at the school.
AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


@pytest.fixture
def carer(cast) -> Adult:
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    grandmother = Adult.objects.get(pk=cast.adults["grandmother"].pk)
    grandmother.user = make_user("grandmother", "李秀兰")
    grandmother.save()
    return grandmother


@pytest.fixture
def home(carer) -> CallPlace:
    place = actions.agree(carer=carer, windows=["evenings", "weekend_evenings"])
    assert place
    return place


@pytest.fixture
def child(cast) -> Student:
    return Student.objects.select_related("school").get(pk=cast.students["mengyao"].pk)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def offered(child, adult, at=AT) -> list:
    return queries.offer_of(child.school, at, at_home=child).free_for(child.pk, adult)


class TestAgreeing:
    def test_a_carer_ticks_and_unticks_on_the_own_page(self, cast, carer, child):
        url = f"/f/calls/{child.pk}/home/"
        client = signed_in(carer.user)
        assert "什么时候可以打到您手机上" in client.get(url).content.decode()
        client.post(url, {"windows": ["evenings"]})
        place = CallPlace.objects.get(carer=carer)
        assert windows_agreed(place) == ["evenings"]
        client.post(url, {})
        place.refresh_from_db()
        assert not place.is_active
        assert not place.periods.exists()

    def test_what_is_no_window_is_refused(self, carer, child):
        answer = signed_in(carer.user).post(f"/f/calls/{child.pk}/home/", {"windows": ["night"]})
        assert answer.status_code == 422
        assert not CallPlace.objects.exists()

    def test_twice_is_one_place(self, carer, home):
        assert actions.agree(carer=carer, windows=["mornings"]) == home
        assert windows_agreed(home) == ["mornings"]

    def test_staff_write_down_what_a_carer_without_a_screen_says(self, cast, carer, child):
        client = signed_in(cast.users["teacher"])
        page = client.get(f"/call-slots/suggest/?child={child.pk}").content.decode()
        url = f"/call-slots/home/{child.pk}/{carer.pk}/"
        assert url in page
        assert "李秀兰" in client.get(url).content.decode()
        client.post(url, {"windows": ["mornings"]})
        assert windows_agreed(CallPlace.objects.get(carer=carer)) == ["mornings"]

    @pytest.mark.parametrize("who", ["next_teacher", "far_teacher"])
    def test_no_stranger_does(self, cast, carer, child, who):
        url = f"/call-slots/home/{child.pk}/{carer.pk}/"
        assert signed_in(cast.users[who]).post(url, {"windows": ["mornings"]}).status_code == 404
        assert not CallPlace.objects.exists()

    def test_a_parent_has_no_such_page(self, cast, carer, child):
        url = f"/f/calls/{child.pk}/home/"
        assert signed_in(cast.users["mother"]).get(url).status_code == 404

    def test_without_a_number_nothing_is_offered(self, carer, child):
        ContactPoint.objects.filter(adult=carer).delete()
        url = f"/f/calls/{child.pk}/home/"
        signed_in(carer.user).post(url, {"windows": ["evenings"]})
        assert not CallPlace.objects.exists()


class TestOffer:
    def test_evenings_and_weekends_of_the_own_child_alone(self, cast, home, child):
        times = [
            one.starts_at.astimezone(SHANGHAI) for one in offered(child, cast.adults["mother"])
        ]
        assert times
        assert all(one.hour in (18, 19, 20) for one in times)
        assert {one.weekday() for one in times} == set(range(7))
        other = cast.students["haitao"]
        assert offered(other, cast.adults["other_mother"]) == []
        # Nor by the school, which books at its own phones.
        assert queries.offer_of(child.school, AT).slots == []

    def test_who_boards_is_at_home_at_the_weekend(self, cast, home, child):
        child.is_boarding = True
        times = {
            one.starts_at.astimezone(SHANGHAI).weekday()
            for one in offered(child, cast.adults["mother"])
        }
        assert times == {5, 6}

    def test_not_in_the_carer_s_quiet_hours(self, cast, carer, home, child):
        Adult.objects.filter(pk=carer.pk).update(quiet_from="19:20", quiet_until="08:00")
        times = [
            one.starts_at.astimezone(SHANGHAI) for one in offered(child, cast.adults["mother"])
        ]
        assert {(one.hour, one.minute) for one in times} == {(18, 30), (19, 0)}

    @pytest.mark.parametrize("change", ["blocked", "opted_out", "ended"])
    def test_nothing_once_the_carer_may_not_be_rung(self, cast, carer, home, child, change):
        match change:
            case "blocked":
                Adult.objects.filter(pk=carer.pk).update(
                    blocked_at=AT, blocked_by=cast.users["counsellor"], blocked_reason="法院裁定"
                )
            case "opted_out":
                Adult.objects.filter(pk=carer.pk).update(opted_out_at=AT)
            case "ended":
                carer.guardianships.update(ends_on=day_of(AT) - timedelta(days=1))
        assert not times_at_home(child, day_of(AT))
        assert offered(child, cast.adults["mother"]) == []

    def test_the_parent_books_it_and_reads_where(self, cast, home, child):
        at = clock.now()
        mother = Adult.objects.get(pk=cast.adults["mother"].pk)
        free = offered(child, mother, at)[0]
        slot = booking.book(
            student=child,
            adult=mother,
            place_id=free.place_id,
            starts_at=free.starts_at,
            booked_by=CallSlot.BookedBy.FAMILY,
            key=uuid4(),
            at=at,
        )
        assert slot.place == home
        page = signed_in(cast.users["mother"]).get(f"/f/calls/{child.pk}/done/").content.decode()
        assert "家里的电话" in page
        assert "打给我们两边" in page
        # The school's phone room has nothing to do with it.
        on = slot.starts_at.astimezone(SHANGHAI).date()
        day = signed_in(cast.users["teacher"]).get(f"/call-slots/?on={on}").content.decode()
        assert "徐梦瑶" not in day

    def test_staff_do_not_book_at_home(self, cast, home, child):
        free = offered(child, cast.adults["mother"], clock.now())[0]
        with pytest.raises(booking.TimeTaken):
            booking.book(
                student=child,
                adult=cast.adults["mother"],
                place_id=free.place_id,
                starts_at=free.starts_at,
                booked_by=CallSlot.BookedBy.STAFF,
                key=uuid4(),
                at=clock.now(),
                by=cast.users["teacher"],
            )

    def test_it_is_no_phone_of_the_school(self, cast, home):
        client = signed_in(cast.users["admin"])
        assert "在家里" not in client.get("/call-slots/settings/").content.decode()
        assert client.get(f"/call-slots/settings/places/{home.pk}/").status_code == 404


class TestReminders:
    def test_the_carer_is_told_of_the_own_phone_and_nobody_else(self, cast, carer, home, child):
        begins = datetime(2026, 11, 28, 18, 30, tzinfo=SHANGHAI)  # a Saturday
        make_slot(home, child, cast.adults["mother"], begins, join_key="6")
        # 19:30 the evening before, and an hour before.
        for at in (begins - timedelta(hours=20), begins - timedelta(minutes=50)):
            messages.queue_reminders(at=at)
        told = OutboxMessage.objects.filter(adult=carer)
        words = sorted(one.payload["words"] for one in told)
        assert len(words) == 2
        assert all("on your phone" in one for one in words)

    def test_the_page_says_which_key(self, cast, carer, home, child):
        soon = clock.now() + timedelta(hours=2)
        Adult.objects.update(quiet_from="00:00", quiet_until="00:00")
        make_slot(home, child, cast.adults["mother"], soon, join_key="6")
        page = signed_in(carer.user).get(f"/f/calls/{child.pk}/home/").content.decode()
        assert "先按6，再按1" in page
        ContactPoint.objects.filter(adult=carer).update(by_call=True, agreed_key="8")
        page = signed_in(carer.user).get(f"/f/calls/{child.pk}/home/").content.decode()
        assert "先按8，再按1" in page


@given(names=st.sets(st.sampled_from(sorted(rules.WINDOWS))))
def test_windows_are_read_back_as_they_were_ticked(names):
    starts = {
        (weekday, start)
        for name in names
        for weekdays, start, _ends in [rules.WINDOWS[name]]
        for weekday in weekdays
    }
    assert set(rules.windows_of(starts)) == names
