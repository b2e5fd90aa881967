"""Undoing an import within 24 hours in families that were known before it.

What would not exist without the import is deleted, or prevents undoing and is named. What would have come
anyway stays.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import clock
from delivery.models import OutboxMessage
from guardians.care.actions import note_care_gaps
from guardians.models import Adult, CareGap
from messaging import actions as messaging
from messaging.models import CheckIn, CheckInLine, CheckInPlan, FollowUp, LadderStep
from rosters import undoing
from safeguarding.actions import run_intake
from students.models import Student
from tests.factories.factors import sign_in
from tests.factories.visits import make_term
from tests.rosters.conftest import AT, bring_in, rows_of
from tests.rosters.test_reading import book_of
from visits.actions.duties import ensure_duties
from visits.models import Duty, Visit

pytestmark = pytest.mark.django_db
EARLIER = AT - timedelta(days=3)
LATER = AT + timedelta(hours=20)
HEADER = (
    "姓名", "性别", "出生日期", "班级",
    "父亲姓名", "父亲电话", "父亲务工地", "母亲姓名", "母亲电话", "母亲务工地",
)  # fmt: skip
STRONG = ("宋强", "13893011101")
LAN = ("白兰", "13893011102")
NOBODY = ("", "", "")
FIRST = [
    ("宋一", "男", "2016-05-04", "三2", *STRONG, "深圳", *NOBODY),
    ("白露", "女", "2016-06-04", "三2", *NOBODY, *LAN, "在家"),
]
BROTHER = ("宋二", "男", "2018-03-04", "三2", *STRONG, "深圳", *NOBODY)
MOTHER_LEAVES = (*FIRST[1][:-1], "兰州")
TABLES = [
    "messaging_checkin",
    "messaging_checkinline",
    "messaging_checkinplan",
    "messaging_followup",
    "messaging_occasionseen",
    "delivery_outboxmessage",
    "visits_duty",
    "visits_visit",
    "guardians_caregap",
    "guardians_migration",
    "guardians_guardianship",
]


def state() -> dict[str, list[tuple]]:
    return {table: rows_of(table) for table in TABLES}


def a_day(cast, at):
    """Run everything that the application does by itself."""
    ensure_duties(at=at, schools=[cast.school])
    note_care_gaps(at=at)
    messaging.ensure_plans(at=at)
    messaging.bring_forward(at=at)
    messaging.ask_due_check_ins(at=at)


@pytest.fixture
def known(cast, school):
    """Two families whose first questions are answered; 白露 has no parent away."""
    make_term(cast, timezone.localdate(EARLIER))
    bring_in(cast, book_of(HEADER, *FIRST, title="一"), at=EARLIER)
    a_day(cast, EARLIER)
    OutboxMessage.objects.update(state="delivered", attempt_count=1, finished_at=EARLIER)
    CheckInLine.objects.update(answer="talked")
    CheckIn.objects.update(state="answered", answered_at=EARLIER, next_step_at=None)
    return state()


def second(cast, *rows, title="二", header=HEADER):
    roster = bring_in(cast, book_of(header, *rows, title=title))
    a_day(cast, LATER)
    return roster


def undo(cast, roster, at=LATER):
    undoing.undo_import(roster=roster, by=cast.users["admin"], at=at)


def refused(cast, roster) -> dict[str, int]:
    before = state()
    with pytest.raises(undoing.CannotUndo) as error:
        undo(cast, roster)
    assert state() == before
    assert error.value.obstacles.edited == []
    return dict(error.value.obstacles.built)


def question_about(name: str) -> CheckIn:
    return CheckIn.objects.filter(lines__student__name=name).latest("asked_at")


def message_of(check_in: CheckIn):
    return OutboxMessage.objects.filter(kind="check_in", about_id=check_in.pk)


BY_IMPORT = [("宋二", BROTHER), ("白露", MOTHER_LEAVES)]


@pytest.mark.parametrize(("child", "row"), BY_IMPORT)
def test_a_question_that_waits_for_a_known_parent_goes_with_the_import(cast, known, child, row):
    roster = second(cast, row)
    assert message_of(question_about(child)).get().state == "due"
    assert Duty.objects.filter(student__name=child).exists()
    assert Visit.objects.filter(student__name=child).exists()
    undo(cast, roster)
    assert state() == known


@pytest.mark.parametrize("sent", ["accepted", "delivered", "unknown", "claimed"])
@pytest.mark.parametrize(("child", "row"), BY_IMPORT)
def test_a_question_that_a_known_parent_received_stops_it(cast, known, child, row, sent):
    roster = second(cast, row)
    message_of(question_about(child)).update(state=sent, attempt_count=1)
    assert refused(cast, roster) == {"messaging.checkinline": 1}


def test_the_page_says_until_when_and_names_the_question_that_stops_it(cast, known):
    roster = second(cast, MOTHER_LEAVES)
    with connection.cursor() as cursor:
        offset = f"{(LATER - clock.now()).total_seconds()} seconds"
        cursor.execute("SELECT set_config('jiaqiao.clock_offset', %s, true)", [offset])
    client = Client(headers={"accept-language": "en"})
    sign_in(client, cast.users["admin"])
    url = reverse("rosters:result", args=[roster.pk])
    message_of(question_about("白露")).update(due_at=LATER + timedelta(hours=2))
    shown = client.get(url).content.decode()
    assert "Undo the whole import" in shown
    assert "until the first question that follows from it is sent to a family, at" in shown
    message_of(question_about("白露")).update(due_at=LATER + timedelta(hours=8))
    assert "first question" not in client.get(url).context["undo_until"]
    message_of(question_about("白露")).update(state="accepted", attempt_count=1)
    shown = client.get(url).content.decode()
    assert "Undo the whole import" not in shown
    assert "questions sent about children × 1" in shown
    shown = client.post(reverse("rosters:undo", args=[roster.pk]), follow=True).content.decode()
    assert "questions sent about children × 1" in shown


def test_a_brother_whose_turn_it_was_is_still_asked_about(cast, known):
    """Both children are lines of one question to their father."""
    CheckInPlan.objects.filter(student__name="宋一").update(next_due_on=timezone.localdate(LATER))
    roster = second(cast, BROTHER)
    asked = question_about("宋二")
    assert asked.lines.count() == 2
    undo(cast, roster)
    assert [line.student.name for line in asked.lines.all()] == ["宋一"]
    assert message_of(asked).get().state == "due"


def test_a_question_about_a_brother_that_went_before_the_import_stops_nothing(cast, known):
    CheckInPlan.objects.filter(student__name="宋一").update(next_due_on=timezone.localdate(LATER))
    messaging.ask_due_check_ins(at=LATER - timedelta(minutes=50))
    asked = question_about("宋一")
    message_of(asked).update(state="delivered", attempt_count=1, finished_at=LATER)
    roster = bring_in(cast, book_of(HEADER, BROTHER, title="二"), at=LATER + timedelta(minutes=5))
    a_day(cast, LATER + timedelta(minutes=10))
    assert question_about("宋二") == asked
    undo(cast, roster, LATER + timedelta(minutes=20))
    assert [line.student.name for line in asked.lines.all()] == ["宋一"]


def test_an_open_question_that_the_new_one_closed_is_put_again(cast, known):
    of_brother = question_about("宋一")
    CheckIn.objects.filter(pk=of_brother.pk).update(
        state="waiting",
        answered_at=None,
        next_step_at=None,  # its ladder has ended
    )
    CheckInLine.objects.filter(check_in=of_brother).update(answer="")
    roster = second(cast, BROTHER)
    of_brother.refresh_from_db()
    assert of_brother.state == "closed"
    undo(cast, roster)
    plan = CheckInPlan.objects.get(student__name="宋一")
    assert plan.next_due_on == timezone.localdate(LATER)
    messaging.ask_due_check_ins(at=LATER)
    assert question_about("宋一") != of_brother


def test_a_child_whose_question_went_to_a_new_parent_is_asked_about_again(cast, known):
    """The file names another father and says that he is away, so he takes over the tie and the question."""
    CheckInPlan.objects.filter(student__name="宋一").update(next_due_on=timezone.localdate(LATER))
    roster = second(cast, (*FIRST[0][:4], "钱大", "13893011109", "上海", *NOBODY))
    assert question_about("宋一").adult.name == "钱大"
    undo(cast, roster)
    messaging.ask_due_check_ins(at=LATER)
    asked = question_about("宋一")
    assert (asked.adult.name, asked.asked_at) == ("宋强", LATER)
    assert not Adult.objects.filter(name="钱大").exists()


def test_a_plan_that_had_ended_ends_again(cast, known):
    bring_in(cast, book_of(HEADER, MOTHER_LEAVES, title="a"), at=EARLIER)
    messaging.ensure_plans(at=EARLIER)
    bring_in(cast, book_of(HEADER, FIRST[1], title="b"), at=EARLIER + timedelta(days=1))
    messaging.ensure_plans(at=EARLIER + timedelta(days=1))
    before = rows_of("messaging_checkinplan")
    roster = second(cast, MOTHER_LEAVES)
    assert CheckInPlan.objects.get(student__name="白露").ended_on is None
    undo(cast, roster)
    assert rows_of("messaging_checkinplan") == before


def test_a_rhythm_that_a_person_set_stops_it(cast, known):
    roster = second(cast, MOTHER_LEAVES)
    CheckInPlan.objects.filter(student__name="白露").update(own_every_days=14)
    assert refused(cast, roster) == {"messaging.checkinplan": 1}


def test_a_task_for_the_teacher_goes_and_one_worked_on_stops_it(cast, known):
    Adult.objects.get(name="白兰").contact_points.all().delete()
    before = state()
    roster = second(cast, (*MOTHER_LEAVES[:-2], "", "兰州"))
    task = FollowUp.objects.get(student__name="白露")
    FollowUp.objects.filter(pk=task.pk).update(put_off_until=timezone.localdate(LATER))
    assert refused(cast, roster) == {"messaging.followup": 1}
    FollowUp.objects.filter(pk=task.pk).update(put_off_until=None)
    undo(cast, roster)
    assert state() == before


def test_a_call_that_was_made_stops_it(cast, known):
    roster = second(cast, MOTHER_LEAVES)
    calls = Duty.objects.filter(student__name="白露", kind=Duty.Kind.PARENT_CALL)
    calls.update(done_on=timezone.localdate(LATER))
    assert refused(cast, roster) == {"visits.duty": 1}


def test_a_visit_of_a_child_in_special_care_stays(cast, known):
    on = timezone.localdate(EARLIER)
    Student.objects.filter(name="白露").update(orphan_since=on)
    ensure_duties(at=EARLIER, schools=[cast.school])
    before = state()
    roster = second(cast, MOTHER_LEAVES)
    undo(cast, roster)
    assert state() == before


def test_a_ladder_that_climbed_stops_it(cast, known):
    roster = second(cast, MOTHER_LEAVES)
    asked = question_about("白露")
    LadderStep.objects.create(
        school=cast.school, check_in=asked, rung="ask_again", number=1, cause="failed", at=LATER
    )
    assert refused(cast, roster) == {"messaging.checkin": 1}


def test_a_gap_in_care_goes_until_it_has_called_somebody(cast, known):
    roster = second(cast, MOTHER_LEAVES)
    gap = CareGap.objects.get(student__name="白露")
    undo(cast, roster)
    assert not CareGap.objects.filter(pk=gap.pk).exists()
    roster = second(cast, MOTHER_LEAVES, title="三")
    assert CareGap.objects.filter(student__name="白露").exists()
    run_intake(LATER)
    assert refused(cast, roster) == {"safeguarding.concern": 1}


def test_a_child_who_had_left_is_asked_about_no_more(cast, known):
    """The plan ended when the child left the school; the file brings the child back."""
    child = Student.objects.get(name="宋一")
    child.enrolments.update(ends_on=timezone.localdate(EARLIER))
    messaging.ensure_plans(at=EARLIER + timedelta(days=1))
    before = state()
    roster = second(cast, FIRST[0])
    assert CheckInPlan.objects.get(student=child).ended_on is None
    undo(cast, roster)
    assert state() == before


def test_looking_costs_as_many_queries_for_many_children(
    cast, known, django_assert_max_num_queries
):
    roster = second(
        cast,
        *[(f"宋{n}", "男", "2018-03-04", "三2", *STRONG, "深圳", *NOBODY) for n in "甲乙丙丁戊己"],
    )
    with django_assert_max_num_queries(180) as seen:
        undoing.obstacles_to(roster, LATER)
    many = len(seen)
    undo(cast, roster)
    roster = second(cast, BROTHER, title="三")
    with django_assert_max_num_queries(180) as seen:
        undoing.obstacles_to(roster, LATER)
    assert len(seen) == many
