"""The administrator hears of each trouble once, and once that it is over; by a real mail server."""

from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header

import pytest
from django.db import connections

from core import clock
from delivery import actions, queries, rules
from delivery.models import OutboxMessage, ProviderHealth, Trouble
from homeschool import health, tasks
from homeschool.celery import app

OVER = timedelta(minutes=rules.TROUBLE_OVER_MINUTES)


@pytest.fixture
def post(settings, mail_server, cast):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    settings.ALERT_EMAILS = ["runs@example.org"]
    cast.users["admin"].email = "admin@example.org"
    cast.users["admin"].save()
    return mail_server


def look(at) -> int:
    return actions.watch(seen=queries.troubles_now(at), at=at)


def read(mail) -> tuple[str, str]:
    parsed = message_from_bytes(mail.content)
    body = parsed.get_payload(decode=True).decode()
    return str(make_header(decode_header(parsed["Subject"]))), body


def late(cast, at):
    at -= timedelta(minutes=rules.TROUBLE_LATE_MINUTES + 1)
    return _message(cast, at, state="due", due_at=at)


def unknown(cast, at):
    at -= timedelta(minutes=rules.TROUBLE_UNKNOWN_MINUTES + 1)
    return _message(cast, at, state="unknown", due_at=at, finished_at=at)


def _message(cast, at, **fields):
    return OutboxMessage.objects.create(
        school=cast.school, dedupe_key="trouble", kind="notice", adult=cast.adults["mother"],
        expires_at=at + timedelta(days=2), **fields,
    )  # fmt: skip


def breaker(cast, at):
    account = cast.school.channels.create(kind="sms", name="移动短信")
    return ProviderHealth.objects.create(
        account=account, trips=1, failures_in_row=5, last_failure_at=at, open_until=at
    )


def refused(cast, at):
    """The provider takes our requests and refuses each message: the account never rests."""
    account = cast.school.channels.create(kind="sms", name="移动短信")
    return _message(
        cast,
        at,
        state="failed",
        cause="template_refused",
        account=account,
        due_at=at,
        finished_at=at,
    )


@pytest.mark.parametrize(
    ("makes", "words", "readers"),
    [
        (late, "1", {"runs@example.org"}),
        (unknown, "1", {"runs@example.org", "admin@example.org"}),
        (breaker, "移动短信", {"runs@example.org", "admin@example.org"}),
        (refused, "移动短信", {"runs@example.org", "admin@example.org"}),
    ],
)
def test_each_trouble_is_told_once_and_its_end_once(cast, post, at, makes, words, readers):
    row = makes(cast, at)
    assert [look(at + timedelta(minutes=number)) for number in range(3)] == [1, 0, 0]
    subject, body = read(post.mails[0])
    assert set(post.mails[0].rcpt_tos) == readers
    assert words in subject
    assert "/check-ins/operation/" in body
    for text in (subject, body):
        assert not any(adult.name in text for adult in cast.adults.values())
    row.delete()
    assert look(at + timedelta(minutes=3)) == 0  # it may come back within minutes
    assert [look(at + 2 * OVER + timedelta(minutes=number)) for number in range(3)] == [1, 0, 0]
    assert len(post.mails) == 2
    assert read(post.mails[1])[0] != subject
    makes(cast, at + 4 * OVER)
    assert look(at + 4 * OVER) == 1


def test_told_is_who_holds_the_post_at_the_moment_of_the_watch(cast, post, at):
    unknown(cast, at)
    later = at + timedelta(days=40)
    cast.users["admin"].posts.update(ends_on=clock.local_date(at + timedelta(days=20)))
    assert look(later) == 1
    assert set(post.mails[0].rcpt_tos) == {"runs@example.org"}


def test_what_a_switch_or_a_school_for_trying_out_holds_is_no_trouble(cast, post, at):
    late(cast, at)
    actions.stop_sending(school=cast.school, by=cast.users["principal"], reason="x", at=at)
    assert look(at) == 0
    actions.resume_sending(school=cast.school, by=cast.users["principal"], at=at)
    cast.school.is_demo = True
    cast.school.save()
    assert look(at) == 0


def test_a_mail_server_that_is_away_is_tried_again(cast, post, at, settings):
    unknown(cast, at)
    settings.EMAIL_PORT = 9
    assert look(at) == 0
    settings.EMAIL_PORT = post.port
    assert [look(at), look(at)] == [1, 0]


def test_two_watches_at_once_tell_once(cast, post, at):
    unknown(cast, at)
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, 0)", [0x6A72])
        assert look(at) == 0
        cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [0x6A72])
    other.close()
    assert not Trouble.objects.exists()


@pytest.mark.parametrize("silent", ["beat", "sender", "worker"])
def test_a_silent_process_is_told_by_the_other(cast, post, silent):
    for name in health.PROCESSES:
        health.record_alive(name)
    health.record_drained()
    assert tasks.watch_operation() == 0
    with health.link() as link:
        link.delete(health.KEY.format(silent))
    assert [tasks.watch_operation(), tasks.watch_operation()] == [0, 0]  # it may just be starting
    Trouble.objects.update(began_at=clock.now() - timedelta(minutes=1))
    assert [tasks.watch_operation(), tasks.watch_operation()] == [1, 0]
    assert set(post.mails[0].rcpt_tos) == {"runs@example.org"}
    assert silent in read(post.mails[0])[1]
    Trouble.objects.update(last_seen_at=clock.now() - OVER)
    health.record_alive(silent)
    assert tasks.watch_operation() == 1


def test_the_worker_wakes_the_watch_while_beat_is_silent(monkeypatch):
    from homeschool import celery

    woken = []
    monkeypatch.setattr(app, "send_task", lambda name, **_: woken.append(name))
    for is_alive in (True, False):
        health.record_alive("beat")
        if not is_alive:
            with health.link() as link:
                link.delete(health.KEY.format("beat"))
        celery._last_sign["watch"] = -celery.WATCH_SECONDS
        celery._watch_in_place_of_beat()
        celery._watch_in_place_of_beat()
    assert woken == ["homeschool.watch_operation"]
    assert "homeschool.watch_operation" in app.tasks
