"""Letting out, sending, taking back, the plan: whom, when, once, and nothing that nobody has read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from core import clock
from delivery import dispatch
from delivery.models import DemoPhoneMessage, OutboxMessage
from guardians.blocking import actions as blocking
from guardians.models import Adult, ContactPoint, Guardianship, Migration
from learning import actions
from learning.models import Lesson, LessonReading, LessonSent
from schools.models import School, SchoolYear, Term
from tests.factories.cast import make_adult, make_guardianship, make_student
from tests.factories.learning import about, files, let_out, load, text

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 11, 24, 4, tzinfo=UTC)  # 12:00 in China
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _sends(cast):
    """A demo school, which has a phone to send to."""
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    cast.school.refresh_from_db()


def drain(at: datetime) -> None:
    """Send what is due at that instant; the clock is the database's."""
    seconds = 60 + int((at - datetime.now(UTC)).total_seconds())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('jiaqiao.clock_offset', %s, true)", [f"{seconds} seconds"]
        )
    assert abs((clock.now() - at).total_seconds()) < 120
    dispatch.drain()


def told() -> list[str]:
    rows = OutboxMessage.objects.filter(payload__about="lesson")
    return sorted(rows.values_list("adult__name", flat=True))


def send(cast, lesson: Lesson, *children: str, at: datetime = TUESDAY) -> int:
    keys = [cast.students[name].pk for name in children or ("mengyao", "xiaobao")]
    return actions.send(lesson=lesson, school=cast.school, student_ids=keys, at=at)


def to(cast, who: str) -> OutboxMessage:
    return OutboxMessage.objects.get(payload__about="lesson", adult=cast.adults[who])


class TestLettingOut:
    def test_what_nobody_has_read_goes_to_nobody(self, cast):
        lesson = load()["praise"]
        assert send(cast, lesson) == 0
        assert told() == []
        actions.let_out(lesson=lesson, school=cast.school, by=cast.users["counsellor"], at=TUESDAY)
        assert send(cast, lesson) == 2

    def test_what_another_school_has_read_is_not_read_here(self, cast):
        lesson = load()["praise"]
        actions.let_out(
            lesson=lesson, school=cast.other_school, by=cast.users["principal"], at=TUESDAY
        )
        assert send(cast, lesson) == 0

    def test_a_new_version_is_read_anew(self, cast):
        old = let_out(cast)
        new = load(files(praise__en_md=text("Better")))["praise"]
        assert new.pk != old.pk
        assert send(cast, new) == 0
        old.refresh_from_db()
        assert old.place is None

    def test_while_another_process_loads_there_is_nothing_to_do(self, cast):
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s, 0)", [actions.LOADING])
            assert actions.load_shipped(at=TUESDAY) == (0, [])
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [actions.LOADING])
        finally:
            other.close()
        assert actions.load_shipped(at=TUESDAY)[0] > 0

    def test_loading_twice_changes_nothing(self, cast):
        first = load()
        assert load() == first
        assert Lesson.objects.filter(pack="trial").count() == 2

    def test_an_older_version_that_comes_back_keeps_its_reading(self, cast):
        old = let_out(cast)
        load(files(praise__en_md=text("Better")))
        assert load()["praise"].pk == old.pk
        assert send(cast, old) == 2

    def test_said_twice_it_is_one_reading(self, cast):
        lesson = let_out(cast)
        assert not actions.let_out(
            lesson=lesson, school=cast.school, by=cast.users["principal"], at=TUESDAY
        )
        assert LessonReading.objects.count() == 1


class TestWhom:
    def test_each_adult_once_for_all_siblings_and_the_blocked_never(self, cast):
        assert send(cast, let_out(cast)) == 2
        assert told() == ["李秀兰", "王芳"]

    def test_for_parents_away_not_for_the_grandmother(self, cast):
        send(cast, let_out(cast, "calling"))
        assert told() == ["王芳"]

    def test_a_parent_of_whom_nobody_knows_gets_only_what_is_for_all(self, cast):
        Migration.objects.filter(adult=cast.adults["mother"]).delete()
        send(cast, let_out(cast, "calling"))
        assert told() == []
        send(cast, let_out(cast, "praise"))
        assert "王芳" in told()

    def test_a_child_of_another_age(self, cast):
        for name in ("mengyao", "xiaobao"):
            cast.students[name].born_on = date(2012, 3, 1)
            cast.students[name].save()
        send(cast, let_out(cast, "calling"))
        assert told() == []

    def test_of_coming_home_not_where_a_parent_has_died(self, cast):
        of_home = about('"away", "home"', "counts-on-parents = true")
        lesson = load(files(praise__lesson_toml=of_home))["praise"]
        by = cast.users["counsellor"]
        actions.let_out(lesson=lesson, school=cast.school, by=by, at=clock.now())
        father = Adult.objects.filter(pk=cast.adults["father"].pk)
        father.update(condition=Adult.Condition.DEAD)
        send(cast, lesson)
        assert told() == []
        father.update(condition=Adult.Condition.IN_TOUCH)
        send(cast, lesson)
        assert told() == ["李秀兰", "王芳"]

    @pytest.mark.parametrize(
        "change",
        [
            {"opted_out_at": TUESDAY},
            {"legal_basis": "none"},
            {"condition": "no_contact"},
        ],
    )
    def test_whom_the_school_may_not_write_to(self, cast, change):
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(**change)
        send(cast, let_out(cast))
        assert told() == ["李秀兰"]

    def test_whoever_shares_the_number_of_a_blocked_adult(self, cast):
        number = ContactPoint.objects.get(adult=cast.adults["father"]).address
        ContactPoint.objects.filter(adult=cast.adults["grandmother"]).update(address=number)
        send(cast, let_out(cast))
        assert told() == ["王芳"]

    def test_whom_to_ring_up_if_need_be_is_no_reader(self, cast):
        Guardianship.objects.filter(adult=cast.adults["grandmother"]).update(kind="emergency")
        send(cast, let_out(cast))
        assert told() == ["王芳"]


class TestWhen:
    def test_in_the_evening_of_each(self, cast):
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(shift="night")
        send(cast, let_out(cast))
        assert to(cast, "grandmother").due_at == datetime(2026, 11, 24, 10, 30, tzinfo=UTC)  # 18:30
        assert to(cast, "mother").due_at == datetime(2026, 11, 24, 9, tzinfo=UTC)  # 17:00

    def test_held_up_it_waits_for_another_evening(self, cast):
        send(cast, let_out(cast))
        noon = TUESDAY + timedelta(days=1)
        OutboxMessage.objects.update(due_at=noon)
        drain(noon)
        waiting = to(cast, "grandmother")
        assert waiting.state == "due"
        assert waiting.due_at == datetime(2026, 11, 25, 10, 30, tzinfo=UTC)

    def test_nothing_before_the_school_has_begun(self, cast):
        lesson = let_out(cast)
        School.objects.filter(pk=cast.school.pk).update(sending_started_at=None)
        assert send(cast, lesson) == 0
        assert not LessonSent.objects.exists()


class TestGoing:
    EVENING = datetime(2026, 11, 24, 11, tzinfo=UTC)  # 19:00

    def test_the_message_says_two_minutes_and_nothing_else(self, cast):
        send(cast, let_out(cast))
        drain(self.EVENING)
        texts = list(DemoPhoneMessage.objects.values_list("text", flat=True))
        assert len(texts) == 2
        for said in texts:
            assert "两分钟" in said
            assert "/f/learn/l/" in said
            assert not any(word in said for word in ("夸", "梦瑶", "小宝"))

    def test_sent_twice_it_goes_once(self, cast):
        lesson = let_out(cast)
        send(cast, lesson)
        assert send(cast, lesson) == 0
        drain(self.EVENING)
        assert send(cast, lesson) == 0
        drain(self.EVENING)
        assert DemoPhoneMessage.objects.count() == 2

    def test_taken_back_nothing_more_leaves(self, cast):
        lesson = let_out(cast)
        send(cast, lesson)
        take_back(cast, lesson)
        drain(self.EVENING)
        assert not DemoPhoneMessage.objects.exists()
        assert {row.state for row in OutboxMessage.objects.all()} == {"suppressed"}

    def test_asked_when_it_goes_and_not_only_when_it_was_taken_back(self, cast):
        lesson = let_out(cast)
        send(cast, lesson)
        LessonReading.objects.create(
            school=cast.school,
            lesson=lesson,
            is_out=False,
            reason="x",
            by=cast.users["principal"],
            at=TUESDAY + timedelta(days=400),
        )
        drain(self.EVENING)
        assert not DemoPhoneMessage.objects.exists()

    def test_let_out_again_and_sent_again_it_goes_once(self, cast):
        lesson = let_out(cast)
        send(cast, lesson)
        take_back(cast, lesson)
        actions.let_out(
            lesson=lesson,
            school=cast.school,
            by=cast.users["principal"],
            at=TUESDAY + timedelta(days=401),
        )
        drain(self.EVENING)
        assert not DemoPhoneMessage.objects.exists()
        later = self.EVENING + timedelta(days=1)
        assert send(cast, lesson, at=later) == 2
        drain(later)
        assert send(cast, lesson, at=later) == 0
        assert DemoPhoneMessage.objects.count() == 2

    def test_put_right_in_a_new_version_it_goes_to_whom_the_old_one_never_reached(self, cast):
        old = let_out(cast)
        send(cast, old)
        actions.note_opened(lesson=old, adult=cast.adults["mother"], at=TUESDAY)
        take_back(cast, old)
        new = load(files(praise__en_md=text("Better")))["praise"]
        later = self.EVENING + timedelta(days=1)
        actions.let_out(lesson=new, school=cast.school, by=cast.users["principal"], at=later)
        assert send(cast, new, at=later) == 1
        assert send(cast, new, at=later) == 0
        drain(later)
        assert DemoPhoneMessage.objects.get().adult.name == "李秀兰"

    @pytest.mark.parametrize("after", ["blocked", "opted_out", "found_it", "left"])
    def test_what_changed_since(self, cast, after):
        lesson = let_out(cast)
        send(cast, lesson)
        mother = cast.adults["mother"]
        if after == "blocked":
            blocking.block_adult(adult=mother, reason="x", by=cast.users["principal"], at=TUESDAY)
        elif after == "opted_out":
            Adult.objects.filter(pk=mother.pk).update(opted_out_at=TUESDAY)
        elif after == "found_it":
            actions.note_opened(lesson=lesson, adult=mother, at=TUESDAY)
        else:
            Guardianship.objects.filter(adult=mother).update(ends_on="2026-11-23")
        drain(self.EVENING)
        names = set(DemoPhoneMessage.objects.values_list("adult__name", flat=True))
        assert names == {"李秀兰"}


def take_back(cast, lesson: Lesson) -> None:
    assert actions.take_back(
        lesson=lesson,
        school=cast.school,
        reason="一句话不对",
        by=cast.users["principal"],
        at=TUESDAY + timedelta(days=400),
    )


class TestPlan:
    @pytest.fixture(autouse=True)
    def _term(self, cast):
        year = SchoolYear.objects.get(school=cast.school)
        Term.objects.create(
            year=year, season="autumn", starts_on=date(2026, 9, 1), ends_on=date(2027, 1, 20)
        )
        for key in ("praise", "calling"):
            let_out(cast, key)

    def plan(self, cast, **more):
        actions.set_plan(school=cast.school, **{"is_on": True, "weekday": 1, **more})

    def names(self, at) -> list[tuple[str, str]]:
        rows = LessonSent.objects.filter(sent_at=at).order_by("adult__name")
        return list(rows.values_list("adult__name", "lesson__key"))

    def test_off_unless_somebody_switched_it_on(self, cast):
        assert actions.send_planned(at=TUESDAY) == 0
        self.plan(cast, is_on=False)
        assert actions.send_planned(at=TUESDAY) == 0
        self.plan(cast)
        assert actions.send_planned(at=TUESDAY) == 3

    def test_every_other_week_the_next_of_the_pack_to_each(self, cast):
        self.plan(cast)
        actions.send_planned(at=TUESDAY)
        assert self.names(TUESDAY) == [("李秀兰", "praise"), ("王芳", "praise"), ("马兰", "praise")]
        for hours in (1, 24, 24 * 7):
            assert actions.send_planned(at=TUESDAY + timedelta(hours=hours)) == 0
        fortnight = TUESDAY + 2 * WEEK
        assert actions.send_planned(at=fortnight) == 2
        assert self.names(fortnight) == [("王芳", "calling"), ("马兰", "calling")]
        assert actions.send_planned(at=TUESDAY + 4 * WEEK) == 0

    def test_what_was_taken_back_before_the_evening_comes_when_it_is_out_again(self, cast):
        self.plan(cast)
        assert actions.send_planned(at=TUESDAY) == 3
        lesson = Lesson.objects.get(key="praise")
        take_back(cast, lesson)
        again = {"by": cast.users["principal"], "at": TUESDAY + timedelta(days=401)}
        actions.let_out(lesson=lesson, school=cast.school, **again)
        fortnight = TUESDAY + 2 * WEEK
        assert actions.send_planned(at=fortnight) == 3
        assert {key for _name, key in self.names(fortnight)} == {"praise"}

    def test_on_its_weekday_alone(self, cast):
        self.plan(cast, weekday=2)
        assert actions.send_planned(at=TUESDAY) == 0
        assert actions.send_planned(at=TUESDAY + timedelta(days=1)) == 3

    def test_not_in_the_holidays(self, cast):
        self.plan(cast)
        assert actions.send_planned(at=datetime(2027, 1, 26, 4, tzinfo=UTC)) == 0

    def test_who_had_it_by_hand_gets_the_next(self, cast):
        send(cast, Lesson.objects.get(key="praise"), "mengyao", at=TUESDAY - WEEK)
        self.plan(cast)
        actions.send_planned(at=TUESDAY)
        assert ("王芳", "calling") in self.names(TUESDAY)
        assert "李秀兰" not in dict(self.names(TUESDAY))

    def test_nothing_by_the_plan_while_the_school_is_silent(self, cast):
        self.plan(cast)
        School.objects.filter(pk=cast.school.pk).update(sending_stopped_at=TUESDAY)
        assert actions.send_planned(at=TUESDAY) == 0
        School.objects.filter(pk=cast.school.pk).update(sending_stopped_at=None)
        assert actions.send_planned(at=TUESDAY) == 3


def test_as_many_queries_for_ten_families_as_for_one(cast, django_assert_max_num_queries):
    lesson = let_out(cast)

    def children(count: int) -> list[int]:
        found = []
        for number in range(count):
            child = make_student(cast.next_class, f"孩子{number}")
            adult = make_adult(cast.school, f"家长{number}", f"+86138935900{count}{number}")
            make_guardianship(child, adult, "mother")
            found.append(child.pk)
        return found

    counts = []
    for many in (children(1), children(9)):
        with django_assert_max_num_queries(60) as captured:
            assert actions.send(
                lesson=lesson, school=cast.school, student_ids=many, at=TUESDAY
            ) == len(many)
        counts.append(len(captured))
    assert counts[0] == counts[1]
