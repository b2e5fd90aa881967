"""What ended long ago lies in the archive: read as before, never written again, never lost on the way."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pgtrigger
import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from core import clock
from delivery import actions as delivery_actions
from delivery import dispatch
from delivery import tasks as delivery_tasks
from delivery.dispatch import receipts
from delivery.dispatch.archive import AFTER_DAYS, archive
from delivery.models import Attempt, DeliveryReceipt, OutboxMessage, Settlement
from messaging import actions, queries, tasks
from messaging.models import CheckIn
from tests.delivery.test_faults import environment_of_drain

COUNTS = """
SELECT (SELECT count(*) FROM ONLY delivery_outboxmessage),
    (SELECT count(*) FROM delivery_outboxmessage_archive),
    (SELECT count(*) FROM delivery_attempt_archive)
"""
REFERENCES = """
SELECT conrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND confrelid = 'delivery_outboxmessage'::regclass
"""
RUN = """
import django; django.setup()
from core import clock
from delivery.dispatch.archive import archive
archive(clock.now(), rows=5)
"""
OLD = timedelta(days=AFTER_DAYS + 1)


def asked_all(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def counts() -> tuple[int, int, int]:
    """Messages in the outbox, in the archive, and archived tries."""
    return asked_all(COUNTS)[0]


def grow_old(**fields) -> None:
    at = clock.now() - OLD
    OutboxMessage.objects.update(created_at=at, expires_at=at, finished_at=at, **fields)


@pytest.fixture
def sent(cast, sms, at) -> list[OutboxMessage]:
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    dispatch.drain()
    dispatch.expire_late(at + timedelta(days=3))  # the other school has no channel
    rows = list(OutboxMessage.objects.order_by("pk"))
    assert {row.state for row in rows} == {"accepted", "expired"}
    grow_old()
    return rows


def test_what_ended_long_ago_moves_with_its_tries_and_is_read_as_before(cast, sent, at):
    student = CheckIn.objects.get(adult=cast.adults["mother"]).lines.first().student
    before = queries.ladder(student, at)
    assert before.steps[0].attempts
    tries = Attempt.objects.count()
    assert archive(at) == len(sent)
    assert counts() == (0, len(sent), tries)
    assert Attempt.objects.count() == tries > 0
    assert queries.ladder(student, at) == before
    assert {row.pk for row in OutboxMessage.objects.all()} == {row.pk for row in sent}
    assert archive(at) == 0


@pytest.mark.parametrize("state", ["due", "retry", "claimed", "unknown"])
def test_what_has_not_ended_stays_however_old(sent, at, state):
    OutboxMessage.objects.update(state=state)
    assert archive(at) == 0
    assert counts() == (len(sent), 0, 0)


def test_not_while_schools_are_open(sent, at, monkeypatch):
    wednesday = timezone.localtime(at) + timedelta(days=(2 - timezone.localtime(at).weekday()) % 7)
    for hour, moved in ((10, 0), (20, len(sent))):
        now = wednesday.replace(hour=hour)
        monkeypatch.setattr(tasks.clock, "now", lambda now=now: now)
        assert delivery_tasks.archive_outbox() == moved


def test_what_ended_lately_stays(sent, at):
    OutboxMessage.objects.update(finished_at=at - timedelta(days=AFTER_DAYS - 1))
    assert archive(at) == 0


def test_a_key_in_the_archive_is_never_used_again(cast, sent, at, gateway):
    archive(at)
    key, before = sent[0].dedupe_key, gateway.requests
    common = {"school": cast.school, "due_at": at, "expires_at": at + timedelta(days=1)}
    adult = cast.adults["mother"]
    assert not delivery_actions.queue_message(kind="notice", dedupe_key=key, adult=adult, **common)
    rows = [
        OutboxMessage(kind="notice", dedupe_key=one, adult=adult, **common) for one in (key, "new")
    ]
    OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
    assert counts()[0] == 1
    assert OutboxMessage.objects.get(dedupe_key=key).pk == sent[0].pk
    CheckIn.objects.update(next_step_at=None)
    actions.ask_due_check_ins(at=at)
    dispatch.drain()
    assert gateway.requests == before + 1


def test_late_reports_erasing_and_settlements_still_find_it(cast, sms, sent, at):
    row = next(one for one in sent if one.state == "accepted")
    Settlement.objects.create(
        school=cast.school, message=row, has_arrived=True, by=cast.users["admin"], at=at
    )
    early = DeliveryReceipt.objects.create(
        school=cast.school,
        account=sms,
        digest="1",
        verdict="on_its_way",
        message=row,
        settled_at=at,
    )
    archive(at)
    report = receipts.Report("delivered", key=str(row.idempotency_key))
    receipts.take_reports(account=sms, reports=[report], at=at)
    row.refresh_from_db()
    assert row.state == "delivered"
    early.refresh_from_db()
    assert early.message == row
    assert Settlement.objects.get().message == row
    OutboxMessage.objects.filter(adult=row.adult).update(address="")
    assert OutboxMessage.objects.get(pk=row.pk).address == ""


def test_archived_tries_are_append_only_as_well_but_for_a_family_that_is_forgotten(sent, at):
    archive(at)
    with transaction.atomic(), pgtrigger.ignore():
        assert Attempt.objects.update(detail="") > 0
    with pytest.raises(Error, match="Cannot"):
        Attempt.objects.update(cause="x")


def test_nothing_else_holds_a_message_by_a_foreign_key(db):
    """It could not be archived, and would hold up the others of its batch."""
    assert [name for (name,) in asked_all(REFERENCES)] == ["delivery_attempt"]


@pytest.mark.integration
@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_every_row_is_in_one_table(cast, at):
    rows = [
        OutboxMessage(
            school=cast.school, dedupe_key=f"old:{number}", kind="notice",
            adult=cast.adults["mother"], state="accepted", due_at=at, expires_at=at,
        )
        for number in range(600)
    ]  # fmt: skip
    rows = OutboxMessage.objects.bulk_create(rows)
    Attempt.objects.bulk_create(
        Attempt(school=cast.school, message=row, channel="sms", result="accepted") for row in rows
    )
    grow_old()
    for wanted in (10, 100, 250):
        worker = subprocess.Popen([sys.executable, "-c", RUN], env=environment_of_drain())
        while counts()[1] < wanted and worker.poll() is None:
            pass
        os.kill(worker.pid, signal.SIGKILL)
        assert worker.wait(10) == -signal.SIGKILL
        left, archived, tries = counts()
        assert (left + archived, tries) == (600, archived)
        assert 0 < left < 600
    assert archive(at) == left
    assert counts() == (0, 600, 600)
    assert OutboxMessage.objects.count() == Attempt.objects.count() == 600
