"""Evenings that begin automatically: on festival days, and while the carer at home is away."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from delivery.models import ChannelAccount
from guardians.blocking.actions import block_adult
from guardians.models import Adult, ContactPoint, Migration
from nights import actions, queries, rules
from nights.models import Asking, Night, NightRule, Switch
from nights.presenters import lines_of
from nights.queries import away_from
from nights.timeline import timeline
from schools.models import CalendarDay
from tests.days import day_of
from tests.factories.cast import send_away
from tests.factories.nights import make_nearby

CHINA = ZoneInfo("Asia/Shanghai")
FIVE = datetime(2026, 12, 2, 17, 0, tzinfo=CHINA)  # a Wednesday
DAY = timedelta(days=1)
LATER = timedelta(minutes=11)  # when a rule is looked at again


def set_rule(cast, at=FIVE, **ticked) -> NightRule:
    facts = {"on_festivals": False, "for_away": False} | ticked
    return actions.set_rule(school=cast.school, by=cast.users["principal"], at=at, **facts)


def festival(cast, on: date, name: str = "元旦") -> None:
    CalendarDay.objects.update_or_create(
        school=cast.school, on=on, defaults={"kind": CalendarDay.Kind.HOLIDAY, "name": name}
    )


@pytest.fixture
def away(cast) -> Adult:
    """Who cares for the child at home is recorded as away."""
    grandmother = cast.adults["grandmother"]
    send_away(grandmother, "古浪县医院")
    return grandmother


def carers_asked() -> set[Adult]:
    return {one.adult for one in Asking.objects.filter(part=Asking.Part.CARER)}


class TestFestivals:
    def test_nothing_begins_until_it_is_ticked(self, cast):
        festival(cast, FIVE.date())
        actions.follow(FIVE)
        set_rule(cast)
        actions.follow(FIVE)
        assert not Night.objects.exists()

    def test_on_a_festival_the_carers_are_asked_once(self, cast):
        festival(cast, FIVE.date())
        set_rule(cast, on_festivals=True)
        actions.follow(FIVE - timedelta(minutes=1))
        assert not Night.objects.exists()
        for minute in (0, 1, 30):
            actions.follow(FIVE + timedelta(minutes=minute))
        made = Switch.objects.get()
        assert (made.reason, made.made_by) == ("festival", cast.users["principal"])
        assert set(Night.objects.values_list("reason", flat=True)) == {"festival"}
        assert cast.adults["grandmother"] in carers_asked()
        assert Asking.objects.count() == len(carers_asked())

    def test_not_on_another_day_and_not_at_another_school(self, cast):
        festival(cast, FIVE.date() + DAY)
        set_rule(cast, on_festivals=True)
        CalendarDay.objects.create(
            school=cast.other_school, on=FIVE.date(), kind="holiday", name="元旦"
        )
        actions.follow(FIVE)
        assert not Switch.objects.exists()

    def test_taken_back_it_does_not_come_again(self, cast):
        festival(cast, FIVE.date())
        set_rule(cast, on_festivals=True)
        actions.follow(FIVE)
        made = Switch.objects.get()
        actions.switch_off(switch=made, by=cast.users["principal"], at=FIVE)
        actions.follow(FIVE + LATER)
        assert Switch.objects.count() == 1
        assert not queries.open_nights().exists()

    def test_silence_goes_on_as_ever(self, cast):
        make_nearby(cast, "李婶", "+8613893510051")
        festival(cast, FIVE.date())
        set_rule(cast, on_festivals=True)
        actions.follow(FIVE)
        night = Night.objects.get(student=cast.students["mengyao"])
        assert night.step == rules.CARER
        actions.follow(FIVE.replace(hour=20))
        night.refresh_from_db()
        assert night.step == rules.SECOND


class TestWhoCaresIsAway:
    def test_the_child_is_asked_about_every_evening_while_it_holds(self, cast, away):
        set_rule(cast, for_away=True)
        for evening in range(2):
            actions.follow(FIVE + evening * DAY)
            actions.follow(FIVE + evening * DAY + LATER)
        nights = Night.objects.filter(student=cast.students["mengyao"]).order_by("evening")
        assert [one.evening for one in nights] == [FIVE.date(), FIVE.date() + DAY]
        assert {one.reason for one in nights} == {"away"}
        assert carers_asked() == {away}

    def test_only_the_children_concerned(self, cast, away):
        set_rule(cast, for_away=True)
        actions.follow(FIVE)
        mine = set(away.guardianships.values_list("student_id", flat=True))
        assert set(Night.objects.values_list("student_id", flat=True)) <= mine

    def test_a_record_of_not_in_touch_counts_and_it_goes_on_to_the_neighbour(self, cast):
        near = make_nearby(cast, "李婶", "+8613893510051").adult
        Adult.objects.filter(pk=cast.adults["grandmother"].pk).update(condition="no_contact")
        set_rule(cast, for_away=True)
        actions.follow(FIVE)
        assert Night.objects.get(student=cast.students["mengyao"]).step == rules.SECOND
        assert Asking.objects.get(part=Asking.Part.NEARBY).adult == near

    def test_a_carer_who_is_there_is_not_asked(self, cast):
        set_rule(cast, for_away=True)
        actions.follow(FIVE)
        assert not Night.objects.filter(student=cast.students["mengyao"]).exists()

    def test_a_blocked_parent_is_nobody(self, cast, away):
        """The father lives there and is barred; the mother works far away."""
        child, father = cast.students["mengyao"], cast.adults["father"]
        assert father.blocked_at
        Migration.objects.filter(adult=father).delete()
        Migration.objects.create(
            school=cast.school, adult=father, is_away=False, starts_on=FIVE.date() - 30 * DAY
        )
        assert child in away_from(cast.school, FIVE.date())

    def test_a_blocked_carer_is_nobody(self, cast):
        child, carer = cast.students["mengyao"], cast.adults["grandmother"]
        assert child not in away_from(cast.school, FIVE.date())
        block_adult(adult=carer, reason="法院保护令", by=cast.users["principal"], at=FIVE)
        assert child in away_from(cast.school, FIVE.date())

    def test_it_is_nobody_s_own_act(self, cast, away):
        set_rule(cast, for_away=True)
        actions.follow(FIVE)
        night = Night.objects.filter(student=cast.students["mengyao"]).get()
        assert night.started_by is None
        with translation.override("en"):
            assert lines_of(night)[0].words == "Begun by the school's rule"
            (event,) = timeline(night.student, cast.users["teacher"], FIVE, 5)
            assert event.meta == "by the school's rule"

    def test_a_rule_is_looked_at_once_in_ten_minutes(self, cast, away):
        """Of a record that changes meanwhile the next look knows."""
        set_rule(cast, for_away=True)
        Migration.objects.filter(adult=away).update(ends_on=FIVE.date() - DAY)
        actions.follow(FIVE)
        Migration.objects.filter(adult=away).update(ends_on=None)
        actions.follow(FIVE + timedelta(minutes=1))
        assert not Night.objects.filter(student=cast.students["mengyao"]).exists()
        actions.follow(FIVE + timedelta(minutes=10))
        assert Night.objects.filter(student=cast.students["mengyao"]).exists()

    def test_whoever_waits_goes_before_the_rule(self, cast, away):
        """What the rule looks for may take long; a neighbour's ten minutes are over now."""
        make_nearby(cast, "李婶", "+8613893510051")
        make_nearby(cast, "杨建军", "+8613893510052", rank=2)
        by = cast.users["teacher"]
        child, before = cast.students["mengyao"], FIVE - timedelta(minutes=20)
        actions.start(student=child, reason="hospital", by=by, at=before)
        set_rule(cast, for_away=True)
        actions.follow(FIVE)
        asked = Asking.objects.get(adult__name="杨建军")
        begun = Night.objects.exclude(student=child).earliest("pk")
        assert asked.pk < Asking.objects.filter(entries__night=begun).earliest("pk").pk

    def test_a_parent_who_lives_there_is_somebody(self, cast, away):
        held = cast.students["mengyao"].guardianships.get(adult=cast.adults["mother"])
        Migration.objects.filter(adult=held.adult).delete()
        Migration.objects.create(
            school=cast.school, adult=held.adult, is_away=False, starts_on=FIVE.date() - 30 * DAY
        )
        others = cast.students["mengyao"].guardianships.filter(kind="parent").exclude(pk=held.pk)
        for other in others:
            Migration.objects.filter(adult=other.adult).delete()
            send_away(other.adult, "深圳")
        assert cast.students["mengyao"] not in away_from(cast.school, FIVE.date())
        Migration.objects.filter(adult=held.adult).update(is_away=True, place="深圳")
        assert cast.students["mengyao"] in away_from(cast.school, FIVE.date())

    def test_who_sleeps_at_school_is_asked_about_before_a_free_day_alone(self, cast, away):
        child = cast.students["mengyao"]
        type(child).objects.filter(pk=child.pk).update(is_boarding=True)
        assert child not in away_from(cast.school, FIVE.date())
        festival(cast, FIVE.date() + DAY)
        assert child in away_from(cast.school, FIVE.date())

    def test_called_off_it_does_not_come_again_that_evening(self, cast, away):
        set_rule(cast, for_away=True)
        actions.follow(FIVE)
        night = Night.objects.get(student=cast.students["mengyao"])
        actions.call_off(night=night, by=cast.users["principal"], at=FIVE)
        actions.follow(FIVE + LATER)
        assert Night.objects.filter(student=cast.students["mengyao"]).count() == 1

    def test_too_late_in_the_evening_nothing_begins(self, cast, away):
        set_rule(cast, for_away=True)
        actions.follow(FIVE.replace(hour=20))
        assert not Night.objects.exists()


@given(
    st.sets(st.integers(0, 60)),
    st.lists(st.sampled_from(["", "春节", "元旦"]), min_size=61, max_size=61),
)
def test_of_a_row_of_days_with_one_name_the_first_few(offsets, names):
    first = date(2027, 1, 1)
    days = {first + timedelta(days=one): names[one] for one in offsets}
    evenings = rules.festival_evenings(days.items())
    assert evenings == sorted(evenings)
    for on in evenings:
        assert days[on]
        row = [days.get(on - timedelta(days=back)) for back in range(rules.SWITCH_DAYS_MOST + 1)]
        assert any(name != days[on] for name in row), "later than the first few"
    for on, name in days.items():
        if name and days.get(on - DAY) != name:
            assert on in evenings


class TestThePage:
    URL = "/tonight/rule/"

    def as_(self, cast, who: str) -> Client:
        client = Client()
        client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
        return client

    def test_it_says_whom_and_how_dear_before_anything_is_ticked(self, cast):
        ChannelAccount.objects.create(
            school=cast.school, kind="voice", config={"url": "http://x", "fen": 12}
        )
        ContactPoint.objects.filter(adult=cast.adults["grandmother"]).update(by_call=True)
        festival(cast, day_of(clock.now()) + 400 * DAY)
        shown = self.as_(cast, "principal").get(self.URL).content.decode()
        assert "1 位打电话" in shown
        assert "大约 0.12 元" in shown
        assert "没有写明节日" in shown
        assert not NightRule.objects.exists()

    def test_it_says_of_whom_nobody_at_home_can_be_asked(self, cast):
        shown = self.as_(cast, "principal").get(self.URL).content.decode()
        assert "家里没有人可问：" not in shown
        Adult.objects.filter(pk=cast.adults["grandmother"].pk).update(condition="no_contact")
        count = len(away_from(cast.school, day_of(clock.now())))
        shown = self.as_(cast, "principal").get(self.URL).content.decode()
        assert count
        assert f"有 {count} 个孩子，家里没有人可问：" in shown

    def test_without_a_price_it_says_so(self, cast):
        ChannelAccount.objects.create(school=cast.school, kind="voice", config={"url": "http://x"})
        ContactPoint.objects.filter(adult=cast.adults["grandmother"]).update(by_call=True)
        shown = self.as_(cast, "principal").get(self.URL).content.decode()
        assert "没有填一个电话多少钱" in shown

    def test_it_is_ticked_and_taken_back(self, cast):
        client = self.as_(cast, "principal")
        client.post(self.URL, {"on_festivals": "on"})
        found = NightRule.objects.get()
        assert (found.on_festivals, found.for_away) == (True, False)
        assert found.set_by == cast.users["principal"]
        client.post(self.URL, {})
        found.refresh_from_db()
        assert not found.on_festivals
        assert "哪些晚上自动问" in client.get("/tonight/").content.decode()

    def test_a_class_teacher_finds_no_such_page(self, cast):
        client = self.as_(cast, "teacher")
        assert client.get(self.URL).status_code == 404
        assert client.post(self.URL, {"on_festivals": "on"}).status_code == 404
        assert self.URL not in client.get("/tonight/").content.decode()
        assert not NightRule.objects.exists()
