"""A server that sends is lost after its backup, and restored: nobody gets a message twice."""

import threading
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from core import clock
from delivery import actions, dispatch
from delivery.models import ChannelAccount, OutboxMessage, Restore
from homeschool.backups import archive, postgres
from messaging import actions as messaging
from messaging.models import CheckIn
from schools.models import County, School
from tests.clocks import move_clock
from tests.delivery.test_faults import LIMITS, make_families
from tests.factories.backups import empty_database, make_keys
from tests.factories.cast import make_post, make_school, make_user
from tests.sinks import Answer, HttpSink

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

ASKED_BEFORE, ASKED_AFTER = 60, 20  # families asked before the backup, and only after it
ALERTS = 4
State = OutboxMessage.State


@pytest.fixture
def gateway():
    with HttpSink() as sink:
        sink.default = Answer(delay=0.05)
        yield sink


@pytest.fixture(params=["can be asked", "cannot be asked"])
def provider(request) -> str:
    return request.param


@pytest.fixture
def school(gateway, provider) -> School:
    school = make_school(County.objects.create(name="古浪县"), "黄羊川中心小学", "620622001")
    more = {} if provider == "can be asked" else {"look_up_url": ""}
    config = gateway.config(timeout_seconds=5, **more)
    ChannelAccount.objects.create(school=school, kind="sms", config=config)
    return school


@pytest.fixture
def counsellor(school):
    user = make_user("counsellor", "陈敏", phone="+8613909350007")
    make_post(user, "counsellor", school=school)
    return user


@pytest.fixture
def backup(school, counsellor, gateway, tmp_path, settings):
    """The backup of a server that was sending, and what it sent before it was lost; its key."""
    settings.MEDIA_ROOT = tmp_path / "media"
    public, key = make_keys(tmp_path)
    make_families(school, ASKED_BEFORE + ASKED_AFTER)
    at = clock.now()
    messaging.ensure_plans(at=at)
    later = _plans_of_later()
    later.update(next_due_on=at.date() + timedelta(days=3))
    assert messaging.ask_due_check_ins(at=at) == ASKED_BEFORE
    alert(school, counsellor, 0)
    small = dispatch.Limits(batch=4, lease_seconds=60, task_seconds=0.2)
    sending = threading.Thread(target=_drain, args=[small])
    sending.start()
    gateway.arrived.wait(10)
    call_command("backup", tmp_path, to=[public], stdout=StringIO())
    sending.join()
    # The server lives on for a while: it sends the rest, and asks everybody who falls due.
    for number in range(1, ALERTS):
        alert(school, counsellor, number)
    later.update(next_due_on=at.date())
    assert messaging.ask_due_check_ins(at=clock.now()) == ASKED_AFTER
    _drain()
    assert len(gateway.taken) == ASKED_BEFORE + ASKED_AFTER + ALERTS
    [path] = tmp_path.glob("*.age")
    return path, key


def _plans_of_later():
    from messaging.models import CheckInPlan

    last = CheckInPlan.objects.order_by("-pk").values_list("pk", flat=True)[:ASKED_AFTER]
    return CheckInPlan.objects.filter(pk__in=list(last))


def _drain(limits: dispatch.Limits = LIMITS) -> None:
    try:
        dispatch.drain(limits)
    finally:
        if threading.current_thread() is not threading.main_thread():
            connection.close()


def alert(school, counsellor, number) -> None:
    at = clock.now()
    actions.queue_message(
        kind="concern", school=school, dedupe_key=f"alert:{number}", user=counsellor, due_at=at,
        expires_at=at + timedelta(days=3), payload={"path": "/", "words": f"alert {number}"},
    )  # fmt: skip


def by_phone(gateway) -> Counter:
    return Counter(taken.phone for taken in gateway.taken if taken.phone.startswith("+86138"))


def a_day_of_dispatch() -> None:
    """What beat and the workers do; families may be written to at any hour in this test."""
    from messaging.tasks import ask_due_check_ins

    for _ in range(2):
        ask_due_check_ins()
        dispatch.rescue(LIMITS)
        dispatch.drain(LIMITS)


def test_a_plain_restore_sends_again(backup, gateway):
    """What the rest of this file protects from."""
    path, key = backup
    with empty_database():
        with archive.reading(path, archive.identities(key)) as members:
            postgres.load(
                (content for name, content in members if name.startswith("database/")),
                then=lambda execute: None,
            )
        _plans_of_later().update(next_due_on=clock.now().date())  # their day has come
        a_day_of_dispatch()
    twice = [phone for phone, count in by_phone(gateway).items() if count > 1]
    assert len(twice) > ASKED_AFTER


def test_nobody_is_written_to_twice_and_people_decide(
    backup, gateway, provider, school, counsellor
):
    path, key = backup
    with empty_database():
        move = timedelta(days=3)  # their day has come, and went by on the server that was lost
        before_alerts = Counter(one.phone for one in gateway.taken)[counsellor.phone]
        _restore_days_later(path, key, move)
        restore = Restore.objects.get()
        assert restore.finished_at

        alert(school, counsellor, 9)  # opened since
        a_day_of_dispatch()
        assert set(by_phone(gateway).values()) == {1}
        assert Counter(one.phone for one in gateway.taken)[counsellor.phone] > before_alerts

        families = OutboxMessage.objects.filter(kind="check_in")
        waiting = families.filter(state__in=[State.DUE, State.RETRY, State.CLAIMED])
        assert not waiting.exists()
        unknown = families.filter(state=State.UNKNOWN)
        expected = ASKED_AFTER if provider == "can be asked" else ASKED_AFTER + 1
        assert unknown.count() >= expected
        assert set(unknown.values_list("cause", flat=True)) == {"restored"}

        here = School.objects.get()
        principal = make_user("principal", "马建国")
        actions.resume_sending(school=here, by=principal, at=clock.now())
        a_day_of_dispatch()
        assert set(by_phone(gateway).values()) == {1}

        one = unknown.filter(expires_at__gt=clock.now() + timedelta(minutes=5)).first()
        actions.settle_unknown(message=one, has_arrived=False, by=principal, at=clock.now())
        OutboxMessage.objects.filter(dedupe_key__startswith="settled:").update(due_at=clock.now())
        dispatch.drain(LIMITS)  # at night it waits for the family's hour
        again = OutboxMessage.objects.get(dedupe_key__startswith="settled:")
        if again.state == State.DUE:
            move_clock(move + (again.due_at - clock.now()) + timedelta(minutes=1))
            dispatch.drain(LIMITS)
        counts = by_phone(gateway)
        assert sorted(counts.values(), reverse=True)[:2] == [2, 1]
        assert CheckIn.objects.filter(pk=one.about_id).exists()


def _restore_days_later(path, key, move: timedelta) -> None:
    move_clock(move)
    call_command("restore", path, identity=key, stdout=StringIO(), stderr=StringIO())
