"""How sending goes: the page, what a person settles, and what keeps the outbox and the pages apart."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from core import clock
from delivery import actions as delivery_actions
from delivery import dispatch, queries, rules
from delivery.channels.base import Report
from delivery.dispatch import receipts
from delivery.dispatch.slots import slot
from delivery.models import OutboxMessage, Restore, Settlement
from messaging import actions, tasks
from messaging.models import CheckIn
from schools.models import School
from tests.factories.sending import question_of
from tests.journeys.conftest import wait_until
from tests.sinks import Answer

State = OutboxMessage.State
URL = "/check-ins/operation/"


@pytest.fixture
def unknown(cast, sms, gateway, at):
    """The mother's question went out, and its answer was lost where nothing can be looked up."""
    sms.config = gateway.config(look_up_url="", timeout_seconds=0.2)
    sms.save()
    gateway.default = Answer(hangs_up=True, takes=False)
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    dispatch.drain()
    gateway.default = Answer()
    row = OutboxMessage.objects.get(adult=cast.adults["mother"])
    assert row.state == State.UNKNOWN
    return row


@pytest.fixture
def office(client, cast):
    client.force_login(cast.users["admin"])
    return client


def settle(client, row, said):
    return client.post(f"{URL}{row.pk}/", {"arrived": said}, follow=True)


def make_due(row):
    OutboxMessage.objects.filter(pk=row.pk).update(due_at=clock.now() - timedelta(seconds=1))


def test_the_page_shows_what_nobody_knows_with_two_ways_out(office, cast, unknown):
    page = office.get(URL).content.decode()
    assert cast.adults["mother"].name in page
    form = page.partition(f'action="{URL}{unknown.pk}/"')[2].partition("</form>")[0]
    assert 'value="yes"' in form
    assert 'value="no"' in form


def test_it_arrived(office, cast, unknown, gateway):
    next_step_at = question_of(unknown).next_step_at
    page = settle(office, unknown, "yes").content.decode()
    unknown.refresh_from_db()
    assert (unknown.state, unknown.cause) == ("delivered", "")
    held = Settlement.objects.get()
    assert (held.by, held.has_arrived, held.again) == (cast.users["admin"], True, None)
    assert cast.users["admin"].name in page
    assert question_of(unknown).next_step_at == next_step_at  # the family has time to answer
    requests = gateway.requests
    dispatch.drain()
    assert gateway.requests == requests


def test_it_did_not_goes_again_once_under_a_new_key_after_the_time_for_undoing(
    office, unknown, gateway
):
    settle(office, unknown, "no")
    settle(office, unknown, "no")
    unknown.refresh_from_db()
    assert (unknown.state, unknown.cause) == ("failed", "said_missing")
    again = Settlement.objects.get().again
    assert again.idempotency_key != unknown.idempotency_key
    dispatch.drain()
    again.refresh_from_db()
    assert again.state == "due"
    make_due(again)
    dispatch.drain()
    again.refresh_from_db()
    assert again.state == "accepted"
    assert gateway.sent()[str(again.idempotency_key)] == 1
    assert str(unknown.idempotency_key) not in gateway.sent()


def test_it_did_not_and_is_dropped_nothing_goes_and_the_ladder_goes_on(
    office, cast, unknown, gateway
):
    page = settle(office, unknown, "drop").content.decode()
    unknown.refresh_from_db()
    assert (unknown.state, unknown.cause) == ("failed", "said_missing")
    held = Settlement.objects.get()
    assert (held.by, held.has_arrived, held.again) == (cast.users["admin"], False, None)
    assert cast.users["admin"].name in page
    assert question_of(unknown).next_step_at <= clock.now()
    requests = gateway.requests
    dispatch.drain()
    assert gateway.requests == requests


def test_undone_in_time_nothing_goes(office, unknown, gateway):
    page = settle(office, unknown, "no").content.decode()
    held = Settlement.objects.get()
    said = page.partition('class="say-bar')[2].partition("</form>")[0]
    assert f'action="{URL}settled/{held.pk}/undo/"' in said
    office.post(f"{URL}settled/{held.pk}/undo/")
    unknown.refresh_from_db()
    assert (unknown.state, unknown.cause) == ("unknown", "lost_reply")
    held.again.refresh_from_db()
    assert held.again.state == "suppressed"
    make_due(held.again)
    dispatch.drain()
    assert str(held.again.idempotency_key) not in gateway.sent()
    settle(office, unknown, "yes")
    unknown.refresh_from_db()
    assert unknown.state == "delivered"


def test_undone_too_late_the_new_message_stays(cast, unknown, at):
    by = cast.users["admin"]
    held = delivery_actions.settle_unknown(message=unknown, has_arrived=False, by=by, at=at)
    late = rules.settling_undo_until(at)
    assert not delivery_actions.undo_settlement(settlement=held, by=by, at=late)
    OutboxMessage.objects.filter(pk=held.again_id).update(state="accepted")
    assert not delivery_actions.undo_settlement(settlement=held, by=by, at=at)
    unknown.refresh_from_db()
    assert unknown.state == "failed"


def test_what_arrived_after_all_is_not_sent_again(office, unknown, gateway):
    """Said missing in the evening, the second message waits for the morning; the report comes at night."""
    settle(office, unknown, "no")
    held = Settlement.objects.get()
    arrived = Report("delivered", key=str(unknown.idempotency_key))
    receipts.take_reports(account=unknown.account, reports=[arrived], at=clock.now())
    make_due(held.again)
    dispatch.drain()
    held.again.refresh_from_db()
    assert (held.again.state, held.again.cause) == ("suppressed", "no_longer_due")
    assert str(held.again.idempotency_key) not in gateway.sent()
    office.post(f"{URL}settled/{held.pk}/undo/")
    unknown.refresh_from_db()
    assert unknown.state == "delivered"


def test_too_late_to_send_again_the_ladder_goes_on(cast, unknown):
    at = unknown.expires_at
    by = cast.users["admin"]
    held = delivery_actions.settle_unknown(message=unknown, has_arrived=False, by=by, at=at)
    assert held.again is None
    assert question_of(unknown).next_step_at <= at


def test_a_report_that_came_first_settles_it(office, unknown):
    OutboxMessage.objects.filter(pk=unknown.pk).update(state="delivered")
    page = settle(office, unknown, "no").content.decode()
    assert not Settlement.objects.exists()
    assert "say-bar is-bad" in page


@pytest.mark.parametrize("said", ["", "perhaps"])
def test_neither_yes_nor_no_is_no_answer(office, unknown, said):
    assert "say-bar is-bad" in settle(office, unknown, said).content.decode()
    assert not Settlement.objects.exists()


def test_the_figures(cast, unknown, at):
    school = cast.school
    for number, (state, minutes) in enumerate(
        [("due", 1), ("due", 30), ("retry", 5), ("claimed", 1), ("due", -90)]
    ):
        OutboxMessage.objects.create(
            school=school, dedupe_key=f"f{number}", kind="notice", adult=cast.adults["mother"],
            state=state, due_at=at - timedelta(minutes=minutes), expires_at=at + timedelta(days=1),
        )  # fmt: skip
    OutboxMessage.objects.create(
        school=school, dedupe_key="x", kind="notice", adult=cast.adults["mother"], state="failed",
        cause="no_way", due_at=at, finished_at=at, expires_at=at + timedelta(days=1),
    )  # fmt: skip
    mine = OutboxMessage.objects.filter(school=school, state="unknown").count()
    outbox = queries.outbox_of(school, at)
    found = (outbox.due, outbox.late, outbox.in_flight, outbox.planned, outbox.unknown)
    assert found == (3, 1, 1, 1, mine)
    assert outbox.oldest_due_at == at - timedelta(minutes=30)
    assert ("no_way", 1) in outbox.failed


def test_a_queue_that_does_not_move_gets_no_more_questions(cast, sms, at):
    make_old(cast.school, rules.NO_MORE_FROM_MESSAGES, cast, at)
    assert queries.held_up_schools(at) == {cast.school.pk}
    assert not asked_at(cast.school)
    delivery_actions.stop_sending(school=cast.school, by=cast.users["principal"], reason="x", at=at)
    assert not queries.held_up_schools(at)  # held back on purpose
    delivery_actions.resume_sending(school=cast.school, by=cast.users["principal"], at=at)
    OutboxMessage.objects.filter(dedupe_key__startswith="old").delete()
    assert asked_at(cast.school)


def test_one_message_that_is_stuck_is_no_queue(cast, sms, at):
    """It used to stop the questions of every school."""
    make_old(cast.school, 1, cast, at)
    assert asked_at(cast.school)


def test_a_queue_of_one_school_stops_no_other(cast, sms, at):
    make_old(cast.other_school, rules.NO_MORE_FROM_MESSAGES, cast, at)
    assert asked_at(cast.school)
    assert not asked_at(cast.other_school)


def asked_at(school) -> bool:
    tasks.ask_due_check_ins()
    return CheckIn.objects.filter(school=school).exists()


def make_old(school, count, cast, at) -> None:
    for number in range(count):
        OutboxMessage.objects.create(
            school=school, dedupe_key=f"old{number}", kind="notice",
            adult=cast.adults["other_mother"],
            due_at=at - timedelta(minutes=rules.NO_MORE_AFTER_MINUTES + 1),
            expires_at=at + timedelta(days=1),
        )  # fmt: skip


def test_one_drain_in_school_hours_several_outside():
    wednesday = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    sunday = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
    assert rules.drains_at_once(wednesday, 4) == 1
    assert rules.drains_at_once(wednesday.replace(hour=20), 4) == 4
    assert rules.drains_at_once(sunday, 4) == 4


@pytest.mark.django_db(transaction=True)
def test_a_slot_is_held_by_its_connection_and_free_when_that_ends():
    school_day = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # 10:00 in China
    other = connections["default"].copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, 0)", [0x6A71])
        with slot(school_day) as is_free:
            assert not is_free
    other.close()
    wait_until(
        lambda: _takes(school_day), seconds=5, every=0.05
    )  # the server notices in its own time
    assert _takes(school_day)  # given back by ourselves at once


def _takes(at):
    with slot(at) as is_free:
        return is_free


@pytest.fixture
def restored(cast, at):
    """The server was restored this morning from last night's backup, and nobody has said more since."""
    restore = Restore.objects.create(
        taken_at=at - timedelta(hours=9), loaded_at=at - timedelta(hours=1), finished_at=at
    )
    School.objects.update(sending_stopped_at=restore.loaded_at)
    return restore


def test_after_a_restore_the_page_says_what_is_missing_and_sends_once_somebody_says_so(
    office, cast, restored
):
    board = office.get("/check-ins/").content.decode()
    # The board leads there first: sending again is said where it is read what to look after before.
    assert 'action="/check-ins/resume/"' not in board
    assert f'href="{URL}"' in board
    page = office.get(URL).content.decode()
    assert "服务器是用备份恢复的" in page
    assert page.count('action="/check-ins/resume/"') == 1
    office.post("/check-ins/resume/")
    school = School.objects.get(pk=cast.school.pk)
    assert school.sending_stopped_at is None
    # Another school decides for itself.
    assert School.objects.get(pk=cast.other_school.pk).sending_stopped_at == restored.loaded_at
    page = office.get(URL).content.decode()
    assert "服务器是用备份恢复的" in page
    assert 'action="/check-ins/resume/"' not in page


def test_the_page_lists_every_kind_of_protection_that_the_backup_may_lack(office, restored):
    page = office.get(URL).content.decode()
    # A report bars the person it names; a refusal, a new password or an ended token closes a door. All of
    # these were open before, and so they are open again.
    for kept_from in ("疑似受侵害的报告", "家长不同意或收回了什么", "密码", "访问密钥"):
        assert kept_from in page, kept_from


def test_a_later_pause_is_lifted_as_ever(office, cast, restored):
    School.objects.update(sending_stopped_at=clock.now())
    assert 'action="/check-ins/resume/"' in office.get("/check-ins/").content.decode()
