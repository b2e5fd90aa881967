"""Calls at home: a carer agrees to times, a parent chooses one of them, and both pages show it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from calls import actions as booking
from calls import family, messages, queries
from calls.homes import actions, rules
from calls.homes.queries import has_phone, times_at_home, windows_agreed
from calls.joining import actions as joining
from calls.models import CallPeriod, CallPlace, CallSlot
from calls.phones import childs_phones
from calls.tasks import remind
from calls.work import work_for
from core import clock
from delivery.kinds import Asked
from delivery.models import OutboxMessage
from guardians.models import Adult, ContactPoint
from schools.models import School
from students.actions import change_class, leave_school
from students.models import Student
from tests.days import day_of
from tests.factories.calls import make_slot, offer_calls
from tests.factories.cast import make_user

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Wednesday, 10:00 at the school.
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
    place = actions.agree(carer=carer, windows=["evenings", "weekend_evenings"], at=AT)
    assert place
    return place


@pytest.fixture
def child(cast) -> Student:
    return Student.objects.select_related("school").get(pk=cast.students["mengyao"].pk)


def open_always(home: CallPlace) -> None:
    """Open the phone at all times, for a call that begins whenever the test runs."""
    home.periods.all().delete()
    for weekday in range(7):
        CallPeriod.objects.create(
            school=home.school, place=home, weekday=weekday, starts="00:00", ends="23:59:59",
            slot_minutes=30,
        )  # fmt: skip


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
        assert actions.agree(carer=carer, windows=["mornings"], at=AT) == home
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

    @pytest.mark.parametrize(("key", "may"), [("", False), ("7", True)])
    def test_who_has_no_page_needs_an_agreed_key(self, cast, carer, child, key, may):
        Adult.objects.filter(pk=carer.pk).update(user=None)
        ContactPoint.objects.filter(adult=carer).update(by_call=True, agreed_key=key)
        assert has_phone(Adult.objects.get(pk=carer.pk)) == may
        url = f"/call-slots/home/{child.pk}/{carer.pk}/"
        page = signed_in(cast.users["teacher"]).get(url).content.decode()
        assert ("商定的按键" in page) != may

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
        # The school does not offer it either: it books at its own phones.
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

    @pytest.mark.parametrize("change", ["number_removed", "number_of_somebody_else"])
    def test_nothing_without_a_number_to_ring(self, cast, carer, home, child, change):
        mother = cast.adults["mother"]
        lose(change, carer, cast.users["counsellor"])
        assert offered(child, mother) == []
        assert queries.offered_to([child.pk], child.school_id, day_of(AT)) == set()
        page = signed_in(cast.users["mother"]).get(f"/f/calls/{child.pk}/").content.decode()
        assert "家里的电话" not in page

    @pytest.mark.parametrize("change", ["opted_out", "without_ground"])
    def test_who_wants_no_messages_books_and_keeps_it(self, cast, home, child, change):
        at = clock.now()
        lose(change, cast.adults["mother"], cast.users["counsellor"])
        mother = Adult.objects.get(pk=cast.adults["mother"].pk)
        free = offered(child, mother, at)[0]
        client = signed_in(cast.users["mother"])
        booking.book(
            student=child,
            adult=mother,
            place_id=free.place_id,
            starts_at=free.starts_at,
            booked_by=CallSlot.BookedBy.FAMILY,
            key=uuid4(),
            at=at,
        )
        remind()
        page = client.get(f"/f/calls/{child.pk}/done/").content.decode()
        assert "家里的电话" in page
        assert "打给我们两边" not in page  # we send them nothing, so they dial

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
        # The class teacher may cancel it; the school's phone room is not involved.
        on = slot.starts_at.astimezone(SHANGHAI).date()
        cancel = f"/call-slots/{slot.pk}/cancel/"
        seen = {
            who: signed_in(cast.users[who]).get(f"/call-slots/?on={on}").content.decode()
            for who in ("teacher", "counsellor", "admin")
        }
        assert [who for who, page in seen.items() if cancel in page] == ["teacher"]
        assert signed_in(cast.users["teacher"]).post(cancel).status_code == 302
        slot.refresh_from_db()
        assert slot.cancelled_by == CallSlot.CancelledBy.STAFF

    @pytest.mark.parametrize(("minutes", "shown"), [(-10, True), (-40, False)])
    def test_today_names_it_to_the_class_teacher_and_asks_nothing_after_it(
        self, cast, home, child, minutes, shown
    ):
        at = clock.now()
        starts = at + timedelta(minutes=minutes)
        slot = make_slot(home, child, cast.adults["mother"], starts, join_key="6")
        found = {
            who: [one for one in work_for(cast.users[who], at) if one.key == f"call-{slot.pk}"]
            for who in ("teacher", "admin")
        }
        assert bool(found["teacher"]) == shown
        assert not found["admin"]
        on = starts.astimezone(SHANGHAI).date()
        page = signed_in(cast.users["teacher"]).get(f"/call-slots/?on={on}").content.decode()
        assert f'id="slot-{slot.pk}"' in page
        assert f"/call-slots/{slot.pk}/mark/" not in page

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
        open_always(home)
        Adult.objects.update(quiet_from="00:00", quiet_until="00:00")
        make_slot(home, child, cast.adults["mother"], soon, join_key="6")
        page = signed_in(carer.user).get(f"/f/calls/{child.pk}/home/").content.decode()
        assert "先按6，再按1" in page
        ContactPoint.objects.filter(adult=carer).update(by_call=True, agreed_key="8")
        page = signed_in(carer.user).get(f"/f/calls/{child.pk}/home/").content.decode()
        assert "先按8，再按1" in page


TUESDAY, SATURDAY = (
    datetime(2026, 12, 1, 19, 0, tzinfo=SHANGHAI),
    datetime(2026, 11, 28, 18, 30, tzinfo=SHANGHAI),
)


class TestTakingBack:
    @pytest.mark.parametrize(
        ("left", "starts", "stays"),
        [
            (["weekend_evenings"], TUESDAY, False),
            (["evenings"], TUESDAY, True),
            (["evenings"], SATURDAY, False),
            (["weekend_evenings", "mornings"], SATURDAY, True),
            ([], SATURDAY, False),
        ],
    )
    def test_a_call_goes_with_its_window_and_the_parent_is_told(
        self, cast, carer, home, child, left, starts, stays
    ):
        slot = make_slot(home, child, cast.adults["mother"], starts, join_key="6")
        actions.agree(carer=carer, windows=left, at=AT)
        slot.refresh_from_db()
        assert (slot.state == CallSlot.State.BOOKED) == stays
        assert (slot.pk in childs_phones([slot], AT)) == stays
        told = OutboxMessage.objects.filter(adult=cast.adults["mother"], payload__which="off")
        assert told.exists() != stays
        assert slot.cancelled_by == ("" if stays else "family")
        if not stays:
            assert held(told.get())
            assert "at home" in told.get().payload["words"]

    def test_what_is_over_or_under_way_stays(self, cast, carer, home, child):
        begun = make_slot(home, child, cast.adults["mother"], AT, state="running")
        actions.agree(carer=carer, windows=[], at=AT)
        begun.refresh_from_db()
        assert begun.state == CallSlot.State.RUNNING

    def test_who_begins_to_board_is_not_rung_on_a_weekday(self, cast, home, child):
        mother = cast.adults["mother"]
        weekday, weekend = (make_slot(home, child, mother, at) for at in (TUESDAY, SATURDAY))
        Student.objects.filter(pk=child.pk).update(is_boarding=True)
        assert set(childs_phones([weekday, weekend], AT)) == {weekend.pk}

    def test_who_may_not_be_rung_any_more_is_not_reminded(self, cast, carer, home, child):
        make_slot(home, child, cast.adults["mother"], SATURDAY, join_key="6")
        messages.queue_reminders(at=SATURDAY - timedelta(minutes=50))
        told = list(OutboxMessage.objects.filter(adult=carer))
        # The evening before has passed: it would say "tomorrow".
        assert {one.payload["which"] for one in told} == {"home-soon"}
        assert all(held(one, SATURDAY) for one in told)
        home.periods.filter(weekday=5).delete()
        assert not any(held(one, SATURDAY) for one in told)

    def test_a_carer_reminded_the_same_day_hears_that_it_is_off(self, cast, carer, home, child):
        at = SATURDAY - timedelta(minutes=40)
        slot = make_slot(
            home, child, cast.adults["mother"], SATURDAY, booked_at=SATURDAY - timedelta(hours=3)
        )
        assert messages.queue_reminders(at=at)
        booking.cancel(slot_id=slot.pk, cancelled_by="family", at=at)
        off = OutboxMessage.objects.get(adult=carer, payload__which="off-at-home")
        assert held(off, at)

    def test_a_call_that_cannot_ring_stands_on_no_page_of_the_carer(self, cast, carer, home, child):
        open_always(home)
        Adult.objects.update(quiet_from="00:00", quiet_until="00:00")
        soon = clock.now() + timedelta(hours=2)
        make_slot(home, child, cast.adults["mother"], soon, join_key="6")
        url = f"/f/calls/{child.pk}/home/"
        assert "先按6" in signed_in(carer.user).get(url).content.decode()
        home.periods.all().delete()
        page = signed_in(carer.user).get(url).content.decode()
        assert "先按6" not in page
        assert "现在没有约好的通话" in page


def lose(change: str, adult: Adult, by: User) -> None:
    """Apply one change to somebody who has a call at home booked."""
    row = Adult.objects.filter(pk=adult.pk)
    match change:
        case "blocked":
            row.update(blocked_at=AT, blocked_by=by, blocked_reason="法院裁定")
        case "opted_out":
            row.update(opted_out_at=AT)
        case "without_ground":
            row.update(legal_basis=Adult.LegalBasis.NONE)
        case "ended":
            adult.guardianships.update(ends_on=day_of(AT) - timedelta(days=1))
        case "number_removed":
            ContactPoint.objects.filter(adult=adult).delete()
        case "number_of_somebody_else":
            ContactPoint.objects.filter(adult=adult).update(disputed_at=AT)


class TestNobodyToRing:
    """If the carer is lost for a call at home, it is cancelled at once instead of failing at its minute."""

    @pytest.fixture
    def slot(self, cast, home, child) -> CallSlot:
        return make_slot(home, child, cast.adults["mother"], SATURDAY, join_key="6")

    @pytest.fixture
    def soon(self, cast, home, child) -> CallSlot:
        """A call soon after now, for pages that read the clock themselves."""
        open_always(home)
        Adult.objects.update(quiet_from="00:00", quiet_until="00:00")
        soon = clock.now() + timedelta(hours=2)
        return make_slot(home, child, cast.adults["mother"], soon, join_key="6")

    @pytest.mark.parametrize(
        "change",
        [
            "blocked",
            "opted_out",
            "without_ground",
            "ended",
            "number_removed",
            "number_of_somebody_else",
        ],
    )
    def test_with_the_carer_it_goes_and_the_parent_is_told(self, cast, carer, slot, change):
        assert actions.call_off_lost(at=AT) == 0
        lose(change, carer, cast.users["counsellor"])
        assert actions.call_off_lost(at=AT) == 1
        slot.refresh_from_db()
        assert (slot.state, slot.cancelled_by) == (CallSlot.State.CANCELLED, "itself")
        told = OutboxMessage.objects.get()
        assert (told.adult, told.payload["which"]) == (cast.adults["mother"], "off")
        assert "at home" in told.payload["words"]
        assert held(told)
        assert actions.call_off_lost(at=AT) == 0
        assert OutboxMessage.objects.count() == 1

    @pytest.mark.parametrize(
        ("change", "stays"),
        [
            ("number_removed", True),
            ("number_of_somebody_else", True),
            ("blocked", False),
            ("opted_out", False),
            ("ended", False),
        ],
    )
    def test_who_dials_by_themselves_needs_no_number_of_ours(
        self, cast, carer, slot, change, stays
    ):
        joining.dial_instead(slot_id=slot.pk, at=AT)
        lose(change, carer, cast.users["counsellor"])
        assert actions.call_off_lost(at=AT) == (not stays)

    @pytest.mark.parametrize("change", ["opted_out", "without_ground"])
    def test_a_parent_who_wants_no_messages_keeps_it(self, cast, slot, change):
        lose(change, cast.adults["mother"], cast.users["counsellor"])
        assert actions.call_off_lost(at=AT) == 0

    @pytest.mark.parametrize("change", ["blocked", "ended"])
    def test_with_the_parent_it_goes_and_the_carer_is_told(self, cast, carer, slot, change):
        at = SATURDAY - timedelta(minutes=40)
        assert messages.queue_reminders(at=at)
        lose(change, cast.adults["mother"], cast.users["counsellor"])
        assert actions.call_off_lost(at=at) == 1
        slot.refresh_from_db()
        assert slot.state == CallSlot.State.CANCELLED
        off = OutboxMessage.objects.get(payload__which="off-at-home")
        assert off.adult == carer
        assert held(off, at)
        assert not OutboxMessage.objects.filter(payload__which="off").exists()

    def test_with_the_child_that_leaves_the_school(self, cast, slot, child):
        left = day_of(AT) - timedelta(days=1)
        leave_school(
            student=child, left_on=left, reason="to_parents", left_to="", by=cast.users["teacher"]
        )
        assert actions.call_off_lost(at=AT) == 1
        assert OutboxMessage.objects.get().adult == cast.adults["mother"]
        assert not times_at_home(child, day_of(AT))

    def test_not_before_its_last_day_and_not_when_it_is_back(self, cast, slot, child):
        teacher = cast.users["teacher"]
        leave_school(student=child, left_on=day_of(AT), reason="ill", left_to="", by=teacher)
        assert actions.call_off_lost(at=AT) == 0
        back = day_of(AT) + timedelta(days=1)
        change_class(student=child, school_class=cast.school_class, starts_on=back, by=teacher)
        assert actions.call_off_lost(at=AT + timedelta(days=2)) == 0

    def test_both_pages_and_the_class_teacher_s_show_it(self, cast, carer, soon, child):
        mothers = f"/f/calls/{child.pk}/"
        assert (
            "家里的电话"
            in signed_in(cast.users["mother"]).get(mothers, follow=True).content.decode()
        )
        Adult.objects.filter(pk=carer.pk).update(opted_out_at=AT)
        remind()
        assert (
            "家里的电话"
            not in signed_in(cast.users["mother"]).get(mothers, follow=True).content.decode()
        )
        page = signed_in(carer.user).get(f"/f/calls/{child.pk}/home/").content.decode()
        assert "现在没有约好的通话" in page
        on = soon.starts_at.astimezone(SHANGHAI).date()
        page = signed_in(cast.users["teacher"]).get(f"/call-slots/?on={on}").content.decode()
        assert "已不能进行" in page
        assert "家里取消的" not in page
        assert f'id="slot-{soon.pk}"' not in page

    def test_calls_at_school_and_calls_that_have_begun_stay(self, cast, carer, home, child):
        mother = cast.adults["mother"]
        make_slot(home, child, mother, AT, state="running")
        make_slot(offer_calls(cast.school), child, mother, SATURDAY)
        lose("blocked", carer, cast.users["counsellor"])
        assert actions.call_off_lost(at=AT) == 0

    def test_one_that_is_gone_is_passed_over(self, slot):
        pk = slot.pk
        slot.delete()
        assert not booking.cancel(slot_id=pk, cancelled_by="itself", at=AT)

    def test_one_that_fails_holds_up_neither_the_others_nor_the_reminders(
        self, cast, carer, home, child
    ):
        """Of two calls to cancel, one cannot be saved because the database refuses it."""
        Adult.objects.update(quiet_from="00:00", quiet_until="00:00")
        first = clock.now() + timedelta(minutes=50)
        bad, good = (
            make_slot(home, child, cast.adults["mother"], first + timedelta(hours=n), join_key="6")
            for n in (0, 1)
        )
        at_school = make_slot(
            offer_calls(cast.school), cast.students["haitao"], cast.adults["other_mother"], first
        )
        lose("number_removed", carer, cast.users["counsellor"])
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "ALTER TABLE calls_callslot ADD CONSTRAINT broken"
                f" CHECK (id <> {bad.pk} OR state <> 'cancelled')"
            )
        remind()
        assert OutboxMessage.objects.filter(about_id=at_school.pk).exists()
        states = {one.pk: one.state for one in CallSlot.objects.filter(pk__in=[bad.pk, good.pk])}
        assert states == {bad.pk: "booked", good.pk: "cancelled"}

    def test_many_cost_what_one_costs_to_look_at(self, cast, home, child):
        mother = cast.adults["mother"]
        make_slot(home, child, mother, SATURDAY)
        with CaptureQueriesContext(connection) as one:
            actions.call_off_lost(at=AT)
        for days in range(7, 63, 7):
            make_slot(home, child, mother, SATURDAY + timedelta(days=days))
        with CaptureQueriesContext(connection) as many:
            assert actions.call_off_lost(at=AT) == 0
        assert len(many) == len(one)


def held(message: OutboxMessage, at: datetime = AT) -> bool:
    asked = Asked(
        message_id=message.pk,
        about_id=message.about_id,
        school_id=message.school_id,
        adult_id=message.adult_id,
        step=0,
        expires_at=message.expires_at,
        which=message.payload["which"],
    )
    return message.pk in set(messages.CallNotice().holding([asked], at))


class TestWhereItIsOffered:
    """A parent's own page, the page after a talk, and the page behind the weekly question."""

    def test_at_home_for_the_child_whose_carer_agrees(self, cast, home, child):
        lines = family.family_lines([child.pk], [cast.adults["mother"]], clock.now())
        assert "在家里的通话" in [one.text for one in lines[child.pk]]
        other = cast.students["haitao"]
        lines = family.family_lines([other.pk], [cast.adults["other_mother"]], clock.now())
        assert not [one for one in lines.get(other.pk, []) if "/f/calls/" in one.url and one.button]
        on = day_of(AT)
        both = [child.pk, other.pk]
        assert queries.offered_to(both, child.school_id, on) == {child.pk}

    def test_by_the_school_for_all(self, cast, home, child):
        offer_calls(cast.school)
        both = [child.pk, cast.students["haitao"].pk]
        assert queries.offered_to(both, child.school_id, day_of(AT)) == set(both)

    @pytest.mark.parametrize(("windows", "offered"), [(["evenings"], False), (["mornings"], True)])
    def test_to_who_boards_at_the_weekend(self, cast, carer, child, windows, offered):
        Student.objects.filter(pk=child.pk).update(is_boarding=True)
        actions.agree(carer=carer, windows=windows, at=AT)
        found = queries.offered_to([child.pk], child.school_id, day_of(AT))
        assert bool(found) == offered
        assert bool(times_at_home(Student.objects.get(pk=child.pk), day_of(AT))) == offered


def test_the_key_of_a_call_at_home_is_never_the_parent_s_own(cast, home, child):
    """The carer sees this key."""
    mother = cast.adults["mother"]
    ContactPoint.objects.filter(adult=mother).update(by_call=True, agreed_key="6")
    drawn = {joining.draw_key(mother.pk, is_home=True) for _ in range(60)}
    assert "6" not in drawn
    assert len(drawn) > 1
    assert joining.draw_key(mother.pk, is_home=False) == "6"


@given(names=st.sets(st.sampled_from(sorted(rules.WINDOWS))))
def test_windows_are_read_back_as_they_were_ticked(names):
    starts = {
        (weekday, start)
        for name in names
        for weekdays, start, _ends in [rules.WINDOWS[name]]
        for weekday in weekdays
    }
    assert set(rules.windows_of(starts)) == names
