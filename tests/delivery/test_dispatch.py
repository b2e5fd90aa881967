from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from core import clock
from delivery import actions as delivery_actions
from delivery import dispatch
from delivery.dispatch.claims import claim
from delivery.dispatch.draining import _Batch
from delivery.models import Attempt, ChannelAccount, DemoPhoneMessage, OutboxMessage
from guardians.models import Adult, ContactPoint, Guardianship
from messaging import actions
from messaging.models import CheckIn
from tests.delivery.rests import end_rests
from tests.factories.sending import question_of
from tests.sinks import Answer

State = OutboxMessage.State


@pytest.fixture
def asked(cast, sms, at):
    """Two adults of the cast's school are to be asked by SMS; the far school has no channel."""
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    return OutboxMessage.objects.get(adult=cast.adults["mother"])


def make_due():
    end_rests()
    OutboxMessage.objects.filter(state=State.RETRY).update(due_at=clock.now())


def states():
    return dict(OutboxMessage.objects.values_list("adult__name", "state"))


def test_a_question_goes_out_with_words_and_a_working_link(cast, asked, gateway):
    from messaging import links

    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.attempt_count, asked.channel) == ("accepted", 1, "sms")
    taken = next(one for one in gateway.taken if one.key == str(asked.idempotency_key))
    assert taken.phone == "+8613893510001"
    head, _, url = taken.text.partition("http")
    assert "张" in head
    assert not any(child.given_name in taken.text for child in cast.students.values())
    token = url.rstrip("/").rpartition("/")[2]
    assert links.read_token(token=token).check_in == question_of(asked)
    assert Attempt.objects.get(message=asked).result == "accepted"
    assert len(taken.text) <= 90


def test_a_school_without_a_channel_waits_for_one(asked):
    dispatch.drain()
    far = OutboxMessage.objects.get(adult__name="虎秀兰")
    assert (far.state, far.cause) == ("due", "no_channel")
    assert far.due_at > clock.now()
    assert question_of(far).next_step_at > clock.now()


def test_a_second_drain_sends_nothing_more(asked, gateway):
    dispatch.drain()
    assert dispatch.drain() == 0
    assert max(gateway.sent().values()) == 1


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ("blocked", "blocked"),
        ("shared", "no_way"),
        ("disputed", "no_way"),
        ("opted_out", "opted_out"),
        ("custody", "not_guardian"),
        ("no_basis", "no_legal_basis"),
        ("missing", "not_asked_about"),
        ("answered", "answered"),
        ("talked", "answered"),
        (None, ""),
    ],
)
def test_what_happens_between_claim_and_send_is_seen(cast, asked, gateway, at, change, cause):
    owner = uuid4()
    pks, now = claim(owner, 100, 60)
    _change(cast, asked, at, change)
    _send_batch(owner, pks, now)
    asked.refresh_from_db()
    sent = str(asked.idempotency_key) in gateway.sent()
    assert (sent, asked.cause) == (change is None, cause)
    others = [key for key in gateway.sent() if key != str(asked.idempotency_key)]
    assert len(others) == 1


def _send_batch(owner, pks, now):
    import time
    from concurrent.futures import ThreadPoolExecutor

    from delivery.dispatch.draining import Limits, Stop

    with ThreadPoolExecutor(4) as pool:
        _Batch(owner, now, time.monotonic(), Limits(), Stop(), pool).send(pks)


def _change(cast, asked, at, change):
    adult = Adult.objects.filter(pk=asked.adult_id)
    points = ContactPoint.objects.filter(adult_id=asked.adult_id)
    father = ContactPoint.objects.filter(adult=cast.adults["father"])
    yesterday = timezone.localdate(at) - timedelta(days=1)
    answers = {line.student_id: "talked" for line in question_of(asked).lines.all()}
    acts = {
        "blocked": lambda: adult.update(
            blocked_at=at, blocked_reason="x", blocked_by=cast.users["principal"]
        ),
        "shared": lambda: father.update(address=points.get().address),
        "disputed": lambda: points.update(disputed_at=at),
        "opted_out": lambda: adult.update(opted_out_at=at),
        "custody": lambda: Guardianship.objects.filter(adult=adult.get()).update(ends_on=yesterday),
        "no_basis": lambda: adult.update(legal_basis="none"),
        "missing": lambda: adult.update(condition="missing"),
        "answered": lambda: CheckIn.objects.filter(pk=asked.about_id).update(state="answered"),
        "talked": lambda: actions.answer(
            check_in=question_of(asked), key="k", answers=answers, at=clock.now()
        ),
        None: lambda: None,
    }
    acts[change]()


def test_a_changed_number_is_the_one_written_to(cast, asked, gateway):
    ContactPoint.objects.filter(adult=cast.adults["mother"]).update(address="+8613900000009")
    dispatch.drain()
    assert "+8613900000009" in {taken.phone for taken in gateway.taken}
    assert "+8613893510001" not in {taken.phone for taken in gateway.taken}


def test_quiet_hours_put_off_and_do_not_lose(cast, asked, gateway):
    now = timezone.localtime(clock.now(), timezone.get_default_timezone())
    Adult.objects.filter(pk=asked.adult_id).update(
        quiet_from=(now - timedelta(hours=1)).time(), quiet_until=(now + timedelta(hours=1)).time()
    )
    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.cause) == ("due", "quiet_hours")
    assert timedelta(minutes=50) < asked.due_at - clock.now() < timedelta(minutes=70)


def test_too_late_is_shown_as_expired(asked, gateway):
    OutboxMessage.objects.filter(pk=asked.pk).update(expires_at=clock.now())
    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.cause) == ("expired", "too_late")


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("kind", ["concern", "account"])
def test_the_switch_stops_families_but_no_alert(cast, asked, gateway, at, whole, kind):
    """Nor what tells of a change to an account: else somebody could stop sending and change one unseen."""
    by, school = cast.users["principal"], None if whole else cast.school
    delivery_actions.stop_sending(school=school, by=by, reason="练习", at=at)
    delivery_actions.queue_message(
        kind=kind, school=cast.school, dedupe_key=f"{kind}:1", due_at=at,
        expires_at=at + timedelta(hours=1), user=by,
        payload={"path": "/1/", "words": "您的密码已更改。"} | {"means": "phone", "address": by.phone},
    )  # fmt: skip
    dispatch.drain()
    assert [taken.phone for taken in gateway.taken] == [by.phone]
    asked.refresh_from_db()
    assert asked.state == "due"
    delivery_actions.resume_sending(school=school, by=by, at=at)
    dispatch.drain()
    asked.refresh_from_db()
    assert asked.state == "accepted"


def test_an_alert_says_no_name_and_goes_before_everything_else(cast, asked, gateway, at):
    delivery_actions.queue_message(
        kind="concern", school=cast.school, dedupe_key="concern:1", due_at=at,
        expires_at=at + timedelta(hours=1), user=cast.users["teacher"],
        payload={"path": "/concerns/1/"},
    )  # fmt: skip
    pks, _ = claim(uuid4(), 1, 60)
    assert OutboxMessage.objects.get(pk=pks[0]).kind == "concern"
    OutboxMessage.objects.update(state="due", lease_owner=None)
    dispatch.drain()
    alert = next(taken.text for taken in gateway.taken if taken.phone == "+8613909350001")
    assert "/concerns/1/" in alert
    assert not any(child.name in alert for child in cast.students.values())


def test_an_alert_goes_by_mail_where_the_number_is_refused(cast, sms, gateway, mail_server, at):
    ChannelAccount.objects.create(school=cast.school, kind="email", config=mail_server.config())
    sms.config |= {"refused_regex": "NO_SUCH"}
    sms.save()
    gateway.default = Answer(200, "NO_SUCH", takes=False)
    teacher = cast.users["teacher"]
    teacher.email = "zhang@example.org"
    teacher.save()
    delivery_actions.queue_message(
        kind="concern", school=cast.school, dedupe_key="concern:1", due_at=at,
        expires_at=at + timedelta(hours=1), user=teacher, payload={"path": "/concerns/1/"},
    )  # fmt: skip
    dispatch.drain()
    assert OutboxMessage.objects.get().state == "accepted"
    assert mail_server.mails[0].rcpt_tos == ["zhang@example.org"]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (Answer(500, "x", takes=False), "provider_error"),
        (Answer(200, "<html>", takes=False), "unexpected_answer"),
        (Answer(200, "no\x00text", takes=False), "unexpected_answer"),
        (Answer(429, "", takes=False, headers={"Retry-After": "600"}), "provider_busy"),
    ],
)
def test_a_faulty_gateway_is_tried_again_with_growing_waits_then_fails(
    cast, asked, gateway, answer, cause
):
    # Beside another message, the first answer 429 would keep this one from being tried at all.
    OutboxMessage.objects.exclude(pk=asked.pk).delete()
    gateway.default = answer
    waits = []
    for _ in range(7):
        now = clock.now()
        dispatch.drain()
        asked.refresh_from_db()
        waits.append((asked.due_at - now).total_seconds())
        make_due()
    assert (asked.state, asked.cause, gateway.requests) == ("failed", cause, 6)
    if answer.status == 429:
        assert min(waits[:5]) >= 600
    else:
        assert waits[:5] == sorted(waits[:5])
    # An answer that was no proof is looked up after the last try, too.
    tries = 6 if answer.status == 429 else 7
    assert Attempt.objects.filter(message=asked, cause=cause).count() == tries
    assert question_of(asked).next_step_at <= clock.now()
    gateway.default = Answer()
    dispatch.drain()
    assert str(asked.idempotency_key) not in gateway.sent()


def test_a_worker_that_lives_through_a_failure_ends_the_suspicion_of_its_row(asked, gateway):
    OutboxMessage.objects.exclude(pk=asked.pk).delete()
    OutboxMessage.objects.update(deaths=2)
    gateway.default = Answer(429, "", takes=False)
    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.attempt_count, asked.deaths) == ("retry", 1, 0)


def test_an_error_after_taking_the_message_is_looked_up_before_the_next_try(asked, gateway):
    gateway.default = Answer(500, "x", takes=True)
    dispatch.drain()
    make_due()
    dispatch.drain()
    asked.refresh_from_db()
    assert asked.state == "accepted"
    assert set(gateway.sent().values()) == {1}


def test_a_dead_number_is_tried_once_then_the_other_way(cast, asked, sms, gateway):
    other = ContactPoint.objects.create(
        school=cast.school, adult=cast.adults["mother"], kind="phone", address="+8613900000009",
        priority=2,
    )  # fmt: skip
    sms.config |= {"refused_regex": "NO_SUCH"}
    sms.save()
    gateway.answers = [Answer(200, "NO_SUCH", takes=False)] * 2
    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.contact_point) == ("accepted", other)
    first = cast.adults["mother"].contact_points.get(priority=1)
    assert (first.failing_since is not None, first.failing_cause) == (True, "address_refused")


def test_a_dead_only_number_fails_with_its_cause(cast, asked, sms, gateway):
    sms.config |= {"refused_regex": "NO_SUCH"}
    sms.save()
    gateway.default = Answer(200, "NO_SUCH", takes=False)
    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.cause) == ("failed", "address_refused")
    assert gateway.requests == 2


def test_a_time_out_is_looked_up_not_sent_again(asked, sms, gateway):
    sms.config |= {"timeout_seconds": 0.2}
    sms.save()
    gateway.default = Answer(delay=1.0)
    limits = dispatch.Limits(lease_seconds=0.7)
    dispatch.drain(limits)
    asked.refresh_from_db()
    assert asked.state == "claimed"
    gateway.default = Answer()
    OutboxMessage.objects.filter(state="claimed").update(
        lease_until=clock.now() - timedelta(seconds=1)
    )
    dispatch.rescue(limits)
    asked.refresh_from_db()
    assert asked.state == "accepted"
    assert set(gateway.sent().values()) == {1}


NEITHER = {"look_up_url": ""}
KEYED = {"look_up_url": "", "idempotency_header": "Idempotency-Key"}


@pytest.mark.parametrize(
    ("answer", "more", "state", "requests"),
    [
        # Neither a key nor a look-up: what may have been taken is asked for once, whatever it answered.
        (Answer(hangs_up=True), NEITHER, "unknown", 1),
        (Answer(500, "x", takes=True), NEITHER, "unknown", 1),
        (Answer(200, "<html>", takes=True), NEITHER, "unknown", 1),
        (Answer(408, "", takes=True), NEITHER, "unknown", 1),
        # Surely not taken: nobody has to settle that.
        (Answer(429, "", takes=False), NEITHER, "failed", 6),
        # The provider keeps one key to one message: tried to the end, and still nobody knows.
        (Answer(hangs_up=True), KEYED, "unknown", 6),
        (Answer(500, "x", takes=True), KEYED, "unknown", 6),
        # Looked up after the last try, too: the gateway itself says how it ended.
        (Answer(500, "x", takes=False), {}, "failed", 6),
        (Answer(500, "x", takes=True), {}, "accepted", 1),
    ],
)
def test_when_the_tries_are_used_up_the_state_is_true(
    asked, sms, gateway, answer, more, state, requests
):
    OutboxMessage.objects.exclude(pk=asked.pk).delete()
    sms.config = gateway.config(**more)
    sms.save()
    gateway.default = answer
    for _ in range(8):
        dispatch.drain()
        make_due()
    asked.refresh_from_db()
    assert (asked.state, gateway.requests) == (state, requests)


def test_where_the_look_up_fails_too_a_person_settles_it(asked, sms, gateway):
    """Its tries used up, the gateway cannot even say what became of the last one."""
    OutboxMessage.objects.exclude(pk=asked.pk).delete()
    payload = asked.payload | {"unsure": clock.now().isoformat()}
    OutboxMessage.objects.update(
        state="retry", attempt_count=6, cause="timeout", payload=payload, channel="sms", account=sms,
        address="+8613893510001",
    )  # fmt: skip
    sms.config = gateway.config(look_up_url="http://127.0.0.1:9/look-up")
    sms.save()
    for _ in range(4):
        dispatch.drain()
        make_due()
    asked.refresh_from_db()
    assert (asked.state, gateway.requests) == ("unknown", 0)


@pytest.mark.parametrize("mark", ["unsure", "only"])
@pytest.mark.parametrize("by", ["drain", "expire_late"])
def test_what_may_have_arrived_is_never_called_too_late(asked, sms, gateway, mark, by):
    asked.payload |= {mark: sms.pk if mark == "only" else clock.now().isoformat()}
    asked.state, asked.cause, asked.expires_at = "retry", "timeout", clock.now()
    asked.save()
    dispatch.drain() if by == "drain" else dispatch.expire_late(clock.now())
    asked.refresh_from_db()
    assert (asked.state, asked.cause) == ("unknown", "timeout")


def test_without_look_up_a_time_out_is_shown_to_a_person(asked, sms, gateway):
    sms.config = gateway.config(look_up_url="", timeout_seconds=0.2)
    sms.save()
    gateway.default = Answer(delay=0.6)
    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.cause) == ("unknown", "timeout")
    dispatch.rescue()
    assert dispatch.drain() == 0
    assert set(gateway.sent().values()) == {1}


def test_what_cannot_be_looked_up_is_shown_to_a_person(asked, sms, gateway):
    sms.config |= {"timeout_seconds": 0.2}
    sms.save()
    gateway.default = Answer(delay=0.6)
    dispatch.drain()
    sms.config |= {"look_up_regex": "(", "look_up_url": "http://[/{key}"}
    sms.save()
    OutboxMessage.objects.filter(state="claimed").update(
        lease_until=clock.now() - timedelta(seconds=1)
    )
    dispatch.rescue()
    asked.refresh_from_db()
    assert (asked.state, asked.cause) == ("unknown", "worker_died")


def test_what_a_dead_worker_had_not_begun_is_due_again(asked, gateway):
    claim(uuid4(), 100, -1)
    assert states()["王芳"] == "claimed"
    dispatch.rescue()
    assert states()["王芳"] == "due"
    dispatch.drain()
    assert set(gateway.sent().values()) == {1}


def test_a_row_without_words_fails_alone(cast, asked, gateway):
    from delivery.models import OutboxMessage as Row

    poison = Row.objects.create(
        school=cast.school, dedupe_key="poison", kind="link", adult=cast.adults["other_mother"],
        due_at=clock.now(), expires_at=clock.now() + timedelta(hours=1), payload={},
    )  # fmt: skip
    dispatch.drain()
    poison.refresh_from_db()
    asked.refresh_from_db()
    assert (poison.state, poison.cause, asked.state) == ("failed", "bad_text", "accepted")


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_even_be_read_fails_alone(cast, asked, gateway):
    poison = OutboxMessage.objects.create(
        school=cast.school, dedupe_key="poison", kind="notice", adult=cast.adults["other_mother"],
        due_at=asked.due_at - timedelta(hours=1), expires_at=clock.now() + timedelta(hours=1),
        payload={"student": "nobody"},
    )  # fmt: skip
    dispatch.drain()
    poison.refresh_from_db()
    asked.refresh_from_db()
    assert (poison.state, poison.cause, asked.state) == ("failed", "bad_text", "accepted")


def test_a_gateway_that_may_take_half_a_minute_is_sent_to(asked, sms, gateway):
    """Two time-outs fill the usual lease: it grows with the time-out."""
    sms.config |= {"timeout_seconds": 30}
    sms.save()
    dispatch.drain(dispatch.Limits(task_seconds=3))
    asked.refresh_from_db()
    assert asked.state == "accepted"


@pytest.mark.parametrize(
    "limits",
    [
        dispatch.Limits(lease_seconds=0.01, task_seconds=8),
        dispatch.Limits(stale_after_seconds=0.001, task_seconds=8),
    ],
    ids=["lease", "facts"],
)
def test_a_machine_too_slow_for_its_batches_sends_all_the_same(asked, sms, gateway, limits):
    """On a busy machine a batch was made ready, found too old, given back, and so on without end."""
    dispatch.drain(limits)
    dispatch.drain(limits)
    asked.refresh_from_db()
    assert asked.state == "accepted"
    assert set(gateway.sent().values()) == {1}


def test_a_demo_school_writes_to_the_demo_phone(cast, at):
    type(cast.school).objects.update(is_demo=True)
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    dispatch.drain()
    assert set(states().values()) == {"delivered"}
    assert DemoPhoneMessage.objects.count() == 3


def test_a_test_message_over_one_channel(cast, sms, gateway, at):
    row = delivery_actions.queue_test(
        channel_account=sms, address="+8613900000001", by=cast.users["admin"], at=at
    )
    dispatch.drain()
    row.refresh_from_db()
    assert (row.state, gateway.taken[0].phone) == ("accepted", "+8613900000001")


def test_a_secret_that_cannot_be_read_is_tried_again(asked, sms, gateway):
    sms.secret = b"\x01nonsense-from-another-key-ring"
    sms.save()
    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.cause) == ("retry", "secret_unreadable")
    assert gateway.requests == 0


def test_late_rows_of_a_stopped_school_expire_visibly(cast, asked, at):
    delivery_actions.stop_sending(school=None, by=cast.users["principal"], reason="x", at=at)
    dispatch.expire_late(at + timedelta(hours=30))
    asked.refresh_from_db()
    assert (asked.state, asked.cause) == ("expired", "stopped")


def test_the_number_of_queries_does_not_grow_with_the_batch(
    cast, sms, gateway, at, django_assert_max_num_queries
):
    from tests.factories.cast import make_adult, make_guardianship, make_student, send_away

    for number in range(20):
        student = make_student(cast.next_class, f"何小{number}")
        mother = make_adult(cast.school, f"陈{number}", f"+86139000000{number:02d}")
        mother.quiet_from = mother.quiet_until = timezone.datetime(2026, 1, 1).time()
        mother.save()
        make_guardianship(student, mother, "mother")
        send_away(mother, "东莞")
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    with django_assert_max_num_queries(20):
        dispatch.drain()
    assert len(gateway.taken) == 22


def test_the_mark_before_a_request_touches_no_index(db):
    """Else every message would be written into each index once more (decision 0148)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'delivery_outboxmessage'")
        indexes = " ".join(definition for (definition,) in cursor.fetchall())
    marked = ("sending_at", "channel", "address", "contact_point_id", "account_id", "lease_until")
    assert "outbox_held" in indexes
    assert [column for column in marked if column in indexes] == []


def test_each_message_of_a_batch_is_marked_with_its_own_way(cast, asked, gateway):
    """Columns go as arrays side by side: a row must not get its neighbour's address."""
    dispatch.drain()
    sent = OutboxMessage.objects.filter(state="accepted")
    assert len(sent) > 1
    for one in sent:
        assert one.address == ContactPoint.objects.get(pk=one.contact_point_id).address
        tried = Attempt.objects.get(message=one)
        assert (tried.school_id, tried.account_id) == (one.school_id, one.account_id)
        assert one.contact_point.adult_id == one.adult_id
