"""Until its day a school, or a class, sends no weekly question. Whatever else there is goes all the while."""

import ast
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from core import clock
from delivery import actions as delivery
from delivery import dispatch
from delivery.models import ChannelAccount, OutboxMessage
from guardians.models import Contact
from messaging import actions, tasks
from messaging.models import CheckIn, CheckInPlan, FollowUp, OccasionSeen
from schools.models import County, School, Wave, WaveSchool
from schools.rollout import queries
from schools.rollout.actions import place_schools, remove_wave
from tests.delivery.test_cloud_calls import move_clock
from tests.factories import notices, threads
from tests.factories.founding import make_class_day, make_wave

ROOT = Path(__file__).parents[2]
PHONE = "+8613893510001"


@pytest.fixture(autouse=True)
def _by_day(db):
    """At night a notice waits for the morning, whether its school waits or not."""
    move_clock(12)


@pytest.fixture
def waits(cast, sms):
    """The school's wave begins in two weeks."""
    return make_wave(cast.county, 2, "", cast.school)


def asked(cast):
    return CheckIn.objects.filter(school=cast.school)


def test_before_its_day_nobody_is_asked_and_no_task_opens(cast, waits):
    for _twice in range(2):
        tasks.ask_due_check_ins()
    assert CheckInPlan.objects.filter(school=cast.school).exists()  # they stand ready
    assert not asked(cast).exists()
    assert not FollowUp.objects.filter(school=cast.school).exists()
    assert not OutboxMessage.objects.filter(school=cast.school, kind="check_in").exists()


def test_on_its_day_each_family_gets_one_question(cast, waits):
    tasks.ask_due_check_ins()
    waits.starts_on = clock.local_date(clock.now())
    waits.save()
    for _twice in range(2):
        tasks.ask_due_check_ins()
    mine = OutboxMessage.objects.filter(school=cast.school, kind="check_in")
    assert mine.count() == mine.values("adult").distinct().count() == 2


def test_without_a_wave_or_taken_out_of_one_nothing_waits(cast, waits):
    WaveSchool.objects.update(wave=None)
    tasks.ask_due_check_ins()
    assert asked(cast).exists()


def test_another_school_is_asked_as_ever(cast, waits):
    tasks.ask_due_check_ins()
    plans = CheckInPlan.objects.exclude(school=cast.school)
    assert not asked(cast).exists()
    assert OccasionSeen.objects.filter(student__school=cast.school).count() == 0
    assert plans.filter(school=cast.other_school).exists()


def test_talks_are_counted_all_the_while(cast, waits):
    """They are the weeks that the school is compared with."""
    from guardians.actions import record_contact

    record_contact(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        happened_on=clock.local_date(clock.now()),
        reported_by="teacher",
        by=cast.users["teacher"],
        at=clock.now(),
    )
    assert Contact.objects.filter(student=cast.students["mengyao"]).exists()


def code(cast):
    delivery.queue_sign_in_code(phone=PHONE, at=clock.now(), ask_key=uuid4())


def link(cast):
    delivery.queue_sign_in_link(phone=PHONE, at=clock.now())


def invitation(cast):
    adult, by = cast.adults["mother"], cast.users["teacher"]
    assert delivery.invite_by_link(adult=adult, by=by, at=clock.now())


def notice(cast):
    notices.sent(cast)


def word_of_the_teacher(cast):
    threads.teacher_writes(
        cast, at=clock.now() - timedelta(minutes=10)
    )  # it can be taken back for some


def alert(cast):
    """Of a concern, a call for help, a report of harm, a message on duty: all are of this kind."""
    at = clock.now()
    delivery.queue_message(
        kind="concern", school=cast.school, dedupe_key="alert", user=cast.users["counsellor"],
        due_at=at, expires_at=at + timedelta(days=1), payload={"path": "/", "words": "alert"},
    )  # fmt: skip


def test_message(cast):
    account = ChannelAccount.objects.filter(school=cast.school).first()
    delivery.queue_test(
        channel_account=account, address=PHONE, by=cast.users["admin"], at=clock.now()
    )


test_message.__test__ = False
GOES = {
    code: "code",
    link: "link",
    invitation: "invite",
    notice: "notice",
    word_of_the_teacher: "thread",
    alert: "concern",
    test_message: "test",
}


@pytest.mark.parametrize(("act", "kind"), GOES.items(), ids=[act.__name__ for act in GOES])
@pytest.mark.parametrize("waiting", ["school", "classes", "nothing"])
def test_everything_else_goes_before_the_day(cast, sms, gateway, act, kind, waiting):
    if waiting == "school":
        make_wave(cast.county, 2, "", cast.school)
    elif waiting == "classes":
        make_class_day(2, cast.school_class, cast.next_class)
    act(cast)
    dispatch.drain()
    mine = OutboxMessage.objects.filter(school=cast.school, kind=kind)
    assert set(mine.values_list("state", flat=True)) == {"accepted"}
    assert gateway.taken


# Who looks at the plan, and what for. Anyone who adds a reader says here that it delays no help.
READERS = {
    "messaging/tasks.py": "the weekly questions, and nothing else",
    "messaging/queries/preview.py": "what will be asked in the next days",
    "messaging/queries/starting.py": "whom a school would ask if it began now",
    "messaging/views/board.py": "words on the board",
    "messaging/views/plans.py": "words on the next seven days",
    "doors/family/presenters.py": "whether a family is promised its next question",
    "doors/staff/views.py": "words on Today",
    "doors/staff/first_hour_views.py": "words at the start",
    "schools/rollout/actions.py": "the officers' plan",
    "schools/rollout/forms.py": "the officers' plan",
    "schools/rollout/views.py": "the officers' plan",
    "schools/rollout/class_views.py": "the school's plan of its classes",
    "figures/baseline/classes.py": "counted: classes that had begun beside those that waited",
}
# Told, counted, and taken back with a new class.
ROWS = {
    "delivery/actions/county_notices.py",
    "figures/baseline/rollout.py",
    "rosters/rollover/undoing.py",
}
OF_THE_PLAN = {"ClassStart", "Wave", "WaveSchool"}


def test_nothing_but_the_weekly_questions_can_be_put_off():
    """Every other kind of message (who is there tonight, calls, replies, help) is made and sent by code that
    knows of no plan: none of it imports one, and no statement of sending names its tables.
    """
    readers, rows = set(), set()
    for path in ROOT.rglob("*.py"):
        name = str(path.relative_to(ROOT))
        if name.split("/")[0] in ("tests", ".venv", "node_modules", ".local"):
            continue
        text = path.read_text()
        if not any(word in text for word in ("rollout", "WaveSchool", "ClassStart")):
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            if node.module == "schools.rollout.queries" or (
                node.module == "schools.rollout" and "queries" in {one.name for one in node.names}
            ):
                readers.add(name)
            if OF_THE_PLAN & {one.name for one in node.names}:
                rows.add(name)
    assert readers == READERS.keys()
    assert rows - {one for one in rows if one.startswith("schools/")} == ROWS


def test_an_old_date_is_no_reason_for_the_first_question(cast, waits):
    """What a date brought forward before the school begins would be asked about weeks later."""
    child = cast.students["mengyao"]
    on = clock.local_date(clock.now())
    actions.ensure_plans(at=clock.now())
    actions.mark_date(
        school=cast.school, student=child, on=on, label="考试", by=cast.users["teacher"]
    )
    tasks.ask_due_check_ins()
    assert not CheckInPlan.objects.filter(school=cast.school).exclude(occasion="").exists()


class TestASchoolThatMoves:
    """What officers of another county have put off is put off no more: theirs begin it."""

    @pytest.fixture
    def moved(self, cast, waits):
        School.objects.filter(pk=cast.school.pk).update(county=County.objects.create(name="天祝县"))
        cast.school.refresh_from_db()
        return cast.school

    def test_its_families_are_asked(self, cast, moved):
        on = clock.local_date(clock.now())
        assert moved.pk not in queries.schools_that_wait(on)
        assert queries.day_ahead(moved, on) is None
        tasks.ask_due_check_ins()
        assert asked(cast).exists()

    def test_its_new_county_places_it_anew(self, cast, moved):
        on = clock.local_date(clock.now())
        (place,) = queries.plan_of(moved.county, on).places
        assert place.wave is None
        theirs = make_wave(cast.county, 3, "第一批")
        Wave.objects.filter(pk=theirs.pk).update(county=moved.county)
        School.objects.filter(pk=moved.pk).update(sending_started_at=None)
        places = {moved.pk: theirs.pk}
        by, at = cast.users["county"], clock.now()
        assert place_schools(county=moved.county, places=places, by=by, at=at) == 1
        assert queries.day_ahead(moved, on) == theirs.starts_on

    def test_its_old_county_counts_it_no_more_and_may_remove_the_wave(self, cast, waits, moved):
        assert [one.schools_in for one in queries.waves_of(cast.county)] == [0]
        remove_wave(county=cast.county, pk=waits.pk, at=clock.now())
        assert WaveSchool.objects.get().wave is None
