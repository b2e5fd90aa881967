"""Short form of the fault list in docs: real processes, a real gateway, its own log as the judge."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from core import clock
from delivery import dispatch
from delivery.models import Attempt, ChannelAccount, OutboxMessage
from guardians.models import Adult, ContactPoint, Guardianship, Migration
from messaging import actions
from messaging.models import CheckIn, CheckInPlan
from schools.models import School
from students.models import Enrolment, Student
from tests.clocks import cut_others
from tests.factories.cast import STARTED_ON, make_class, make_school
from tests.factories.sending import question_of
from tests.sinks import Answer

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

LIMITS = dispatch.Limits(batch=40, lease_seconds=2.5, task_seconds=30)
# Where nobody dies, no request may run into the gateway's short time-out because the machine is busy: its
# message would rightly wait, claimed, for the rescue that looks it up.
# Beside a full suite this machine has stood still for longer than the ten seconds after which facts are old.
PATIENT = dispatch.Limits(batch=40, lease_seconds=180, stale_after_seconds=60, task_seconds=180)
DRAIN = """
import django; django.setup()
from delivery import dispatch
dispatch.drain(dispatch.Limits(batch=40, lease_seconds=2.5, task_seconds=30))
"""


@pytest.fixture
def school(gateway) -> School:
    from schools.models import County

    county = County.objects.create(name="古浪县")
    school = make_school(county, "黄羊川中心小学", "620622001")
    ChannelAccount.objects.create(
        school=school, kind="sms", config=gateway.config(timeout_seconds=0.8)
    )
    return school


@pytest.fixture
def patient(school, gateway) -> None:
    school.channels.update(config=gateway.config(timeout_seconds=20))


def make_families(school: School, count: int) -> None:
    school_class = make_class(school, 3, 2)
    students = Student.objects.bulk_create(
        Student(school=school, name=f"何小{number}", name_pinyin="he", name_initials="h")
        for number in range(count)
    )
    Enrolment.objects.bulk_create(
        Enrolment(school=school, student=student, school_class=school_class, starts_on=STARTED_ON)
        for student in students
    )
    adults = Adult.objects.bulk_create(
        Adult(school=school, name=f"陈{number}", quiet_from="00:00", quiet_until="00:00")
        for number in range(count)
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(school=school, adult=adult, kind="phone", address=f"+86138{number:08d}")
        for number, adult in enumerate(adults)
    )
    Migration.objects.bulk_create(
        Migration(school=school, adult=adult, is_away=True, starts_on=STARTED_ON)
        for adult in adults
    )
    Guardianship.objects.bulk_create(
        Guardianship(
            school=school, student=student, adult=adult, relation="mother", kind="parent",
            starts_on=STARTED_ON,
        )
        for student, adult in zip(students, adults, strict=True)
    )  # fmt: skip


def ask_all(school: School, count: int) -> None:
    make_families(school, count)
    with connection.cursor() as cursor:
        # For tables that it takes for empty PostgreSQL plans joins that last minutes.
        cursor.execute("ANALYZE")
    at = clock.now()
    actions.ensure_plans(at=at)
    assert actions.ask_due_check_ins(at=at) == count


def environment_of_drain() -> dict[str, str]:
    """Of a process that works on this test's database."""
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@{database['HOST'].replace('/', '%2F')}/{database['NAME']}"
    if database["PORT"]:
        url = (
            f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:"
            f"{database['PORT']}/{database['NAME']}"
        )
    return os.environ | {
        "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "homeschool.settings",
    }  # fmt: skip


def start_drain() -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", DRAIN], env=environment_of_drain())


def side_by_side(*acts) -> list:
    """Waits for as long as a patient drain may take: what a slow machine has not done yet is not lost."""
    results, barrier = [], threading.Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            results.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENT.task_seconds)
    assert len(results) == len(acts), "an act failed, or has not ended"
    return results


def count_states() -> dict[str, int]:
    rows = OutboxMessage.objects.values_list("state", flat=True)
    return {state: list(rows).count(state) for state in set(rows)}


def test_two_drains_at_once_send_each_message_once(school, gateway, patient):
    ask_all(school, 200)
    side_by_side(lambda: dispatch.drain(PATIENT), lambda: dispatch.drain(PATIENT))
    assert count_states() == {"accepted": 200}
    assert set(gateway.sent().values()) == {1}
    assert len(gateway.sent()) == 200
    assert Attempt.objects.filter(result="accepted").count() == 200


def test_two_generators_at_once_ask_each_adult_once(school, gateway):
    make_families(school, 60)
    at = clock.now()
    side_by_side(lambda: actions.ensure_plans(at=at), lambda: actions.ensure_plans(at=at))
    assert CheckInPlan.objects.count() == 60
    side_by_side(lambda: actions.ask_due_check_ins(at=at), lambda: actions.ask_due_check_ins(at=at))
    assert CheckIn.objects.count() == OutboxMessage.objects.count() == 60


def test_two_rescues_and_a_drain_at_once(school, gateway, patient):
    ask_all(school, 40)
    from delivery.dispatch.claims import claim

    claim(uuid4(), 40, -1)
    rescue, drain = (lambda: dispatch.rescue(PATIENT)), (lambda: dispatch.drain(PATIENT))
    side_by_side(rescue, rescue, drain)
    dispatch.drain(PATIENT)
    assert count_states() == {"accepted": 40}
    assert set(gateway.sent().values()) == {1}


@pytest.mark.parametrize("moment", ["before the reply", "after the reply", "first request"])
def test_a_worker_killed_in_mid_request_loses_and_repeats_nothing(school, gateway, moment):
    ask_all(school, 60)
    gateway.default = Answer(delay=0.02 if moment != "before the reply" else 0.3)
    wanted = {"first request": 1, "before the reply": 10, "after the reply": 25}[moment]
    worker = start_drain()
    deadline = time.monotonic() + 120  # a process takes half a minute to start on a busy machine
    while gateway.requests < wanted and time.monotonic() < deadline:
        time.sleep(0.002)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    assert gateway.requests >= wanted
    gateway.default = Answer()
    time.sleep(LIMITS.lease_seconds + 0.3)
    for _ in range(4):
        dispatch.rescue(LIMITS)
        dispatch.drain(LIMITS)
    assert count_states() == {"accepted": 60}
    assert len(gateway.sent()) == 60
    assert set(gateway.sent().values()) == {1}


def test_a_worker_killed_where_nothing_can_be_looked_up_leaves_only_those_in_flight_in_doubt(
    school, gateway
):
    ChannelAccount.objects.update(config=gateway.config(look_up_url="", timeout_seconds=0.8))
    ask_all(school, 40)
    gateway.default = Answer(delay=0.3)
    worker = start_drain()
    deadline = time.monotonic() + 120  # a process takes half a minute to start on a busy machine
    while gateway.requests < 12 and time.monotonic() < deadline:
        time.sleep(0.002)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    gateway.default = Answer()
    time.sleep(LIMITS.lease_seconds + 0.3)
    for _ in range(2):
        dispatch.rescue(LIMITS)
        dispatch.drain(LIMITS)
    states = count_states()
    assert states["accepted"] + states["unknown"] == 40
    assert 1 <= states["unknown"] <= 8
    assert set(gateway.sent().values()) == {1}


def test_a_worker_asked_to_stop_gives_back_what_it_has_not_sent_at_once(school, gateway):
    ask_all(school, 80)
    gateway.default = Answer(delay=0.15)
    worker = start_drain()
    deadline = time.monotonic() + 120  # a process takes half a minute to start on a busy machine
    while gateway.requests < 5 and time.monotonic() < deadline:
        time.sleep(0.002)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == -signal.SIGTERM
    states = count_states()
    assert set(states) == {"due", "accepted"}
    assert states["accepted"] == len(gateway.sent()) < 80
    gateway.default = Answer()
    dispatch.drain(LIMITS)
    assert set(gateway.sent().values()) == {1}
    assert len(gateway.sent()) == 80


def test_a_gateway_slower_than_its_time_out_is_looked_up(school, gateway):
    ask_all(school, 10)
    gateway.default = Answer(delay=1.2)
    dispatch.drain(LIMITS)
    assert count_states() == {"claimed": 10}
    gateway.default = Answer()
    time.sleep(LIMITS.lease_seconds)
    dispatch.rescue(LIMITS)
    assert count_states() == {"accepted": 10}
    assert set(gateway.sent().values()) == {1}


def left_by_a_dead_worker() -> None:
    """All that is due, claimed and marked by somebody who is gone."""
    at, account = clock.now(), ChannelAccount.objects.get()
    OutboxMessage.objects.update(
        state="claimed", lease_owner=uuid4(), lease_until=at - timedelta(seconds=1), sending_at=at,
        channel="sms", address="+8613800000000", account=account,
    )  # fmt: skip


def test_a_provider_that_does_not_say_what_became_of_a_message(school, gateway):
    """Each run of the rescue has an end, and after some a person is asked."""
    school.channels.update(config=gateway.config(timeout_seconds=10))
    ask_all(school, 12)
    left_by_a_dead_worker()
    gateway.look_up_delay = 60
    limits = replace(LIMITS, rescue_seconds=0.5)
    for _ in range(30):
        dispatch.rescue(limits)
        if count_states() == {"unknown": 12}:
            break
        OutboxMessage.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert count_states() == {"unknown": 12}
    assert not gateway.sent()


def test_a_death_uses_up_no_try_and_what_died_goes_alone(school, gateway, patient):
    ask_all(school, 8)
    left_by_a_dead_worker()
    dispatch.rescue(PATIENT)
    rows = OutboxMessage.objects.values_list("state", "attempt_count", "deaths")
    assert set(rows) == {("due", 0, 1)}
    from delivery.dispatch.claims import claim, claim_suspect

    assert claim(uuid4(), 100, -1)[0] == []
    assert len(claim_suspect(uuid4(), -1)[0]) == 1
    dispatch.rescue(PATIENT)
    dispatch.drain(PATIENT)
    assert count_states() == {"accepted": 8}
    assert set(gateway.sent().values()) == {1}


def test_a_row_with_which_workers_die_is_set_aside(school, gateway, patient):
    ask_all(school, 3)
    first = OutboxMessage.objects.earliest("pk")
    for _ in range(3):
        OutboxMessage.objects.filter(pk=first.pk).update(
            state="claimed", lease_owner=uuid4(), lease_until=clock.now() - timedelta(seconds=1)
        )
        dispatch.rescue(PATIENT)
    first.refresh_from_db()
    assert (first.state, first.cause) == ("failed", "kills_worker")
    dispatch.drain(PATIENT)
    assert count_states() == {"accepted": 2, "failed": 1}


def test_what_came_of_a_request_survives_a_cut_connection(school, gateway):
    """Recorded before all else, and again until it is written down; nothing can be looked up here."""
    school.channels.update(config=gateway.config(look_up_url="", timeout_seconds=20))
    ask_all(school, 8)
    gateway.default = Answer(delay=1)
    worker = start_drain()
    while gateway.requests < 8 and worker.poll() is None:
        time.sleep(0.01)
    cut_others()
    assert worker.wait(60) == 0
    assert count_states() == {"accepted": 8}


def test_alerts_have_a_drain_of_their_own(school, gateway, patient):
    ask_all(school, 3)
    OutboxMessage.objects.filter(pk=OutboxMessage.objects.latest("pk").pk).update(kind="concern")
    assert dispatch.drain(PATIENT, only_alerts=True) == 1
    assert OutboxMessage.objects.filter(state="due").count() == 2


def test_an_answer_while_messages_are_being_sent_stops_the_rest(school, gateway):
    ask_all(school, 30)
    last = OutboxMessage.objects.order_by("due_at", "pk").last()
    line = question_of(last).lines.get()
    at = clock.now() + timedelta(seconds=1)
    actions.answer(check_in=question_of(last), key="k", answers={line.student_id: "talked"}, at=at)
    dispatch.drain(LIMITS)
    assert str(last.idempotency_key) not in gateway.sent()
    assert count_states() == {"accepted": 29, "suppressed": 1}
