"""A class's attendance: everybody is there unless tapped, and two people never overwrite each other."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from classroom import actions, queries
from classroom.models import AttendanceMark, ClassRegister, MissedHomework
from classroom.rules import Mark
from classroom.work import work_for
from core import clock
from safeguarding.early_warning.facts import facts_of as all_facts
from schools.models import CalendarDay
from students.barriers import set_barrier
from tests.factories.classroom import fill_class, make_colleague

URL = "/class/attendance/"


@pytest.fixture
def day(cast):
    """Return a day that is certainly a school day."""
    on = timezone.localdate()
    CalendarDay.objects.create(school=cast.school, on=on, kind="school_day", name="补课")
    return on


def posted(cast, day, was=None, **kinds):
    data = {"on": day.isoformat(), "class": cast.school_class.pk}
    for key in ("mengyao", "xiaobao"):
        pk = cast.students[key].pk
        kind, _bar, reason = kinds.get(key, "present|").partition("|")
        data |= {f"kind-{pk}": kind, f"reason-{pk}": reason}
        data[f"was-{pk}"] = (was or {}).get(key, "present|")
    return data


def marks(cast, on):
    ids = {cast.students[key].pk: key for key in ("mengyao", "xiaobao")}
    return {ids[pk]: mark for pk, mark in queries.marks_on(list(ids), on).items()}


def test_untapped_is_there(cast, sign_in, day):
    sign_in("teacher").post(URL, posted(cast, day, mengyao="absent|ill"))
    assert marks(cast, day) == {"mengyao": Mark("absent", "ill")}
    assert ClassRegister.objects.get().taken_by == cast.users["teacher"]


def test_corrected_to_there_the_mark_stays_with_its_history(cast, sign_in, day):
    client = sign_in("teacher")
    client.post(URL, posted(cast, day, mengyao="absent|"))
    client.post(URL, posted(cast, day, was={"mengyao": "absent|"}))
    assert marks(cast, day) == {"mengyao": Mark()}
    row = AttendanceMark.objects.get()
    kinds = row.pgh_event_model.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id")
    assert list(kinds.values_list("kind", flat=True)) == ["absent", "present"]


def test_a_second_person_adds_and_is_told_what_the_first_wrote(cast, client, day):
    make_colleague(cast)
    client.force_login(cast.users["teacher"])
    client.post(URL, posted(cast, day, mengyao="absent|ill"))
    client.force_login(cast.users["colleague"])
    page = client.post(URL, posted(cast, day, xiaobao="late|"), follow=True)
    assert marks(cast, day) == {"mengyao": Mark("absent", "ill"), "xiaobao": Mark("late")}
    assert any("徐梦瑶" in str(message) for message in page.context["messages"])


def test_where_both_changed_one_child_nothing_is_overwritten_unseen(cast, client, day):
    make_colleague(cast)
    client.force_login(cast.users["teacher"])
    client.post(URL, posted(cast, day, mengyao="absent|ill"))
    client.force_login(cast.users["colleague"])
    page = client.post(URL, posted(cast, day, mengyao="late|"))
    assert page.status_code == 409
    assert "张丽华" in page.content.decode()
    assert marks(cast, day) == {"mengyao": Mark("absent", "ill")}
    row = next(r for r in page.context["rows"] if r.student == cast.students["mengyao"])
    assert (row.mark, row.was) == (Mark("late"), Mark("absent", "ill"))
    client.post(URL, posted(cast, day, was={"mengyao": row.was_text}, mengyao="late|"))
    assert marks(cast, day) == {"mengyao": Mark("late")}


def test_no_school_that_day_and_why(cast, sign_in, day):
    CalendarDay.objects.filter(on=day).update(kind="holiday", name="国庆节")
    page = sign_in("teacher").get(URL)
    assert "国庆节" in page.content.decode()
    assert page.context["rows"] == []
    sign_in("teacher").post(URL, posted(cast, day, mengyao="absent|"))
    assert not ClassRegister.objects.exists()
    assert not AttendanceMark.objects.exists()


def test_a_day_without_school_leads_to_the_last_one_with_it(cast, sign_in, day):
    two_back = day - timedelta(days=2)
    CalendarDay.objects.filter(on=day).update(kind="holiday")
    for on, kind in ((day - timedelta(days=1), "holiday"), (two_back, "school_day")):
        CalendarDay.objects.create(school=cast.school, on=on, kind=kind)
    page = sign_in("teacher").get(URL)
    url = page.context["school_day_before"]
    assert url.endswith(two_back.isoformat())
    assert [row.student for row in sign_in("teacher").get(URL + url).context["rows"]]


@pytest.mark.parametrize("on", ["1900-01-01", "2100-01-01", "x"])
def test_a_day_that_cannot_be(cast, sign_in, on):
    page = sign_in("teacher").get(URL, {"on": on})
    assert page.status_code == 422
    assert page.context["day"].form.errors["on"]


def test_what_the_browser_made_up_is_left_alone(cast, sign_in, day):
    stranger = cast.students["haitao"].pk
    data = posted(cast, day, mengyao="flown|away")
    data |= {f"kind-{stranger}": "absent", f"was-{stranger}": "present|"}
    sign_in("teacher").post(URL, data)
    assert not AttendanceMark.objects.exists()


def test_as_many_queries_for_ten_children_as_for_two(cast, sign_in, day, kept_rail):
    client = sign_in("teacher")
    client.get(URL)  # the counts in the rail are only read now and then
    costs = []
    for more in (0, 10):
        fill_class(cast, more)
        with CaptureQueriesContext(connection) as made:
            assert len(client.get(URL).context["rows"]) == 2 + more
        costs.append(len(made))
    assert costs[0] == costs[1]


class TestSignals:
    def take(self, cast, days, absent):
        on = timezone.localdate()
        for ago in range(days):
            now = {cast.students["mengyao"].pk: Mark("absent")} if ago < absent else {}
            actions.save_register(
                school_class=cast.school_class,
                on=on - timedelta(days=ago),
                was={},
                now=now,
                by=cast.users["teacher"],
                at=clock.now(),
            )

    def test_a_fact_with_its_numbers_and_no_label(self, cast):
        self.take(cast, days=20, absent=4)
        (line,) = queries.signals(cast.students["mengyao"], timezone.localdate())
        assert "4" in line
        assert "20" in line

    def test_below_the_threshold_or_of_another_child_nothing_is_said(self, cast):
        self.take(cast, days=20, absent=1)
        on = timezone.localdate()
        assert queries.signals(cast.students["mengyao"], on) == []
        assert queries.signals(cast.students["xiaobao"], on) == []

    def test_homework_three_times_in_two_weeks(self, cast):
        on, child = timezone.localdate(), cast.students["mengyao"]
        for ago in (1, 2, 20):
            miss(cast, child, on - timedelta(days=ago))
        assert queries.signals(child, on) == []
        miss(cast, child, on)
        assert len(queries.signals(child, on)) == 1


def miss(cast, child, on, missing=True):
    return actions.note_missed(
        students=[child],
        missing={child.pk} if missing else set(),
        was=set() if missing else {child.pk},
        on=on,
        by=cast.users["teacher"],
        at=clock.now(),
    )


class TestHomework:
    def test_tapped_and_untapped(self, cast, sign_in, day):
        client, child = sign_in("teacher"), cast.students["mengyao"]
        data = {"on": day.isoformat(), "class": cast.school_class.pk}
        client.post("/class/homework/", data | {"missing": child.pk})
        assert queries.missed_on([child.pk], day) == {child.pk}
        client.post("/class/homework/", data | {"was": child.pk})
        assert queries.missed_on([child.pk], day) == set()
        client.post("/class/homework/", data | {"missing": child.pk})
        assert queries.missed_on([child.pk], day) == {child.pk}
        assert MissedHomework.objects.count() == 1

    def test_taken_back_on_a_page_where_nothing_was_noted_it_is_not_missed(self, cast, day):
        child, by = cast.students["mengyao"], cast.users["teacher"]
        once = {"students": [child], "on": day, "by": by, "at": timezone.now()}
        actions.note_missed(missing=[], was=[child.pk], **once)
        assert queries.missed_on([child.pk], day) == set()

    def test_a_page_that_did_not_touch_it_leaves_it(self, cast, sign_in, day):
        miss(cast, cast.students["mengyao"], day)
        other = cast.students["xiaobao"].pk
        data = {"on": day.isoformat(), "class": cast.school_class.pk, "missing": other}
        sign_in("teacher").post("/class/homework/", data)
        assert len(queries.missed_on([cast.students["mengyao"].pk, other], day)) == 2

    def test_help_by_a_named_person_and_its_end(self, cast, sign_in):
        client, child = sign_in("teacher"), cast.students["mengyao"]
        address = reverse("classroom:help", args=[child.pk])
        data = {
            "who": "somebody",
            "somebody": "六年级 李静",
            "weekdays": ["0", "2"],
            "starts_at": "16:40",
            "starts_on": timezone.localdate().isoformat(),
            "key": "6fa459ea-ee8a-4ca4-894e-db77e160355e",
        }
        for _time in range(2):
            client.post(address, data)
        row = child.homework_help.get()
        assert (row.somebody, row.weekdays) == ("六年级 李静", [0, 2])
        client.post(
            reverse("classroom:help_end", args=[row.pk]), {"ending": "done", "words": "跟上了"}
        )
        row.refresh_from_db()
        assert (row.ending, row.ending_words, row.ended_by) == (
            "done",
            "跟上了",
            cast.users["teacher"],
        )

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"somebody": ""}, "somebody"),
            ({"weekdays": []}, "weekdays"),
            ({"starts_on": "1900-01-01"}, "starts_on"),
            ({"starts_on": "2100-01-01"}, "starts_on"),
            ({"who": "a999"}, "who"),
        ],
    )
    def test_what_is_missing_is_said_at_its_field(self, cast, sign_in, change, field):
        address = reverse("classroom:help", args=[cast.students["mengyao"].pk])
        data = {
            "who": "somebody",
            "somebody": "李静",
            "weekdays": ["0"],
            "starts_at": "16:40",
            "starts_on": date(2026, 11, 25).isoformat(),
            "key": "6fa459ea-ee8a-4ca4-894e-db77e160355e",
        }
        page = sign_in("teacher").post(address, data | change)
        assert set(page.context["form"].errors) == {field}


def work(cast, role):
    return work_for(cast.users[role], clock.now())


class TestChildWhomTheTakerDoesNotSee:
    """The file of 徐小宝 is closed to the teacher: what the teacher saves says nothing about this child."""

    @pytest.fixture(autouse=True)
    def _barred(self, cast):
        set_barrier(
            student=cast.students["xiaobao"],
            user=cast.users["teacher"],
            reason="家里的亲戚",
            by=cast.users["principal"],
            at=clock.now(),
        )

    def test_it_does_not_count_as_there(self, cast, sign_in, day):
        sign_in("teacher").post(URL, posted(cast, day))
        both = [cast.students[key].pk for key in ("mengyao", "xiaobao")]
        assert queries.register_days(both, day, day) == {both[0]: 1}
        facts = {child: found for child, _school, found in all_facts([cast.school.pk], day)}
        assert [facts[pk].registers for pk in both] == [1, 0]

    def test_whoever_sees_it_is_asked_and_the_taker_is_not(self, cast, sign_in, day):
        sign_in("teacher").post(URL, posted(cast, day))
        asked = {
            role: [item.student_name for item in work(cast, role) if item.key.startswith("roll-")]
            for role in ("teacher", "principal", "counsellor", "far_teacher", "village")
        }
        seen = ["徐小宝"]
        expected = {"principal": seen, "counsellor": seen}
        assert asked == {"teacher": [], "far_teacher": [], "village": []} | expected

    def test_once_somebody_who_sees_it_has_saved_nobody_is_asked(self, cast, sign_in, day):
        sign_in("teacher").post(URL, posted(cast, day))
        client = sign_in("principal")
        page = client.get(URL, {"class": cast.school_class.pk, "on": day.isoformat()})
        assert "还没有记：徐小宝" in page.content.decode()
        client.post(URL, posted(cast, day, xiaobao="absent|"))
        assert ClassRegister.objects.get().unseen == []
        assert [item for item in work(cast, "principal") if item.key.startswith("roll-")] == []
        # The barred teacher saves once more; what the other person recorded stays.
        sign_in("teacher").post(URL, posted(cast, day, mengyao="late|"))
        assert ClassRegister.objects.get().unseen == []
        assert marks(cast, day)["xiaobao"] == Mark("absent")

    def test_leave_says_enough(self, cast, sign_in, day):
        AttendanceMark.objects.create(
            school=cast.school,
            student=cast.students["xiaobao"],
            marked_on=day,
            kind="leave",
            written_by=cast.users["principal"],
            written_at=clock.now(),
        )
        sign_in("teacher").post(URL, posted(cast, day))
        assert ClassRegister.objects.get().unseen == []
