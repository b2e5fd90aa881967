"""Of which changes another system is told: talks, the weekly question, rounds, its own messages; and of which
it is not, so that nobody who listens learns of help that was asked for, or of an adult who is barred.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from api.agreements import actions as agreements
from api.models import Agreement, Webhook, WebhookChange, WebhookDelivery
from api.webhooks import actions as webhooks
from api.webhooks import sending
from core import clock
from delivery.channels.http import close_connections
from delivery.models import OutboxMessage
from guardians.models import Contact
from messaging import actions as check_ins
from notices.for_systems.actions import send_text
from notices.links import message_key
from notices.models import NoticeChild
from tests.api.receiver import Receiver
from tests.factories.api import make_webhook
from tests.factories.concerns import ask
from tests.factories.notices import keep_text
from tests.factories.studies import classmate
from tests.factories.surveys import open_round, say_yes

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver():
    with Receiver() as found:
        yield found
    close_connections()


@pytest.fixture
def hook(cast, receiver) -> Webhook:
    webhook, receiver.secret = make_webhook(cast, receiver.url)
    WebhookChange.objects.all().delete()
    return webhook


@pytest.fixture
def told(receiver, hook):
    """What the system has heard since it was last asked."""

    def since() -> list[str]:
        at = clock.now()
        webhooks.gather(at=at)
        sending.send_due(lambda: at)
        found = receiver.told_of()
        receiver.heard.clear()
        return sorted(found)

    return since


def talk(cast, adult="mother") -> Contact:
    at = timezone.now()
    return Contact.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        adult=cast.adults[adult],
        happened_on=timezone.localdate(at),
        reported_by="staff",
        recorded_at=at,
    )


def test_a_talk_and_that_it_was_taken_back(cast, told):
    row = talk(cast)
    assert told() == ["contacts.changed"]
    row.retracted_at = timezone.now()
    row.save()
    assert told() == ["contacts.changed"]


def test_nothing_of_an_adult_who_is_barred(cast, told):
    row = talk(cast, "father")
    row.minutes = 5
    row.save()
    line = ask(cast, adult="father")
    line.check_in.state = "asked_again"
    line.check_in.save()
    line.answer = "talked"
    line.save()
    assert told() == []
    talk(cast)
    assert told() == ["contacts.changed"]


def test_the_weekly_question_goes_out_is_answered_and_the_answer_taken_back(cast, told):
    at = timezone.now()
    line = ask(cast, at=at)
    assert told() == ["checkins.changed"]
    key = "k" * 8
    check_ins.answer(check_in=line.check_in, key=key, answers={line.student_id: "talked"}, at=at)
    assert told() == ["checkins.changed", "contacts.changed"]
    assert check_ins.undo(check_in=line.check_in, key=key, at=at + timedelta(seconds=5))
    assert told() == ["checkins.changed", "contacts.changed"]


def test_the_ladder_climbs(cast, told):
    line = ask(cast)
    told()
    for state in ("asked_again", "nobody_reached", "closed"):
        line.check_in.state = state
        line.check_in.save()
        assert told() == ["checkins.changed"], state


def test_that_a_family_asks_for_help_is_not_told(cast, told):
    at = timezone.now()
    line = ask(cast, at=at)
    told()
    key, answers = "k" * 8, {line.student_id: "need_help"}
    check_ins.answer(check_in=line.check_in, key=key, answers=answers, at=at)
    line.refresh_from_db()
    assert line.answer == "need_help"
    assert told() == []
    assert check_ins.undo(check_in=line.check_in, key=key, at=at + timedelta(seconds=5))
    assert told() == []


def test_help_after_another_answer_looks_like_taking_that_back(cast, told):
    at = timezone.now()
    line = ask(cast, at=at)
    for key, answer in (("k" * 8, "talked"), ("l" * 8, "need_help")):
        told()
        at += timedelta(minutes=1)
        answers = {line.student_id: answer}
        check_ins.answer(check_in=line.check_in, key=key, answers=answers, at=at)
    assert told() == ["checkins.changed", "contacts.changed"]


def test_a_round_is_opened_and_closed(cast, told):
    say_yes(cast)
    round_ = open_round(cast)
    assert told() == ["rounds.changed"]
    round_.closed_at, round_.closed_by = timezone.now(), cast.users["counsellor"]
    round_.save()
    assert told() == ["rounds.changed"]


def test_of_rounds_only_while_a_colleague_agrees(cast, told):
    say_yes(cast)
    agreement = Agreement.objects.get(scope="surveys.read")
    agreements.take_back(
        agreement=agreement, by=agreement.by, on=timezone.localdate(), at=timezone.now(), ip=None
    )
    open_round(cast)
    talk(cast)
    assert told() == ["contacts.changed"]
    row = WebhookDelivery.objects.get(event="rounds.changed")
    assert (row.state, row.last_answer) == ("given_up", "not_agreed")


def message_to(cast, hook, families: int) -> OutboxMessage:
    """Of the system's own message: that to the mother of 徐梦瑶."""
    at = timezone.now()
    notice = send_text(
        text=keep_text(cast),
        children=[cast.students["mengyao"].pk],
        key=uuid4(),
        sent_for=hook.token.account,
        at=at,
    )
    children = [cast.students["mengyao"], *(classmate(cast, n) for n in range(families - 1))]
    NoticeChild.objects.bulk_create(
        NoticeChild(school=cast.school, notice=notice, student=child, family=place)
        for place, child in enumerate(children)
    )
    mother = cast.adults["mother"]
    return OutboxMessage.objects.create(
        school=cast.school,
        kind="notice",
        adult=mother,
        dedupe_key=message_key(notice.pk, mother.pk),
        due_at=at,
        expires_at=at + timedelta(days=1),
    )


def fail(message: OutboxMessage, state: str = "failed") -> None:
    message.state, message.finished_at = state, timezone.now()
    message.save()


def test_a_message_of_its_own_failed(cast, hook, told):
    message = message_to(cast, hook, families=10)
    told()
    fail(message)
    assert told() == ["delivery.failed"]
    message.save()
    assert told() == []


@pytest.mark.parametrize("state", ["accepted", "delivered", "suppressed", "expired"])
def test_whatever_else_became_of_it_is_not_told(cast, hook, told, state):
    message = message_to(cast, hook, families=10)
    told()
    fail(message, state)
    assert told() == []


def test_of_a_few_families_none_is_pointed_at(cast, hook, told):
    message = message_to(cast, hook, families=9)
    told()
    fail(message)
    assert told() == []


def test_a_message_of_somebody_else_is_none_of_its_business(cast, hook, told):
    other, _secret = make_webhook(cast, "https://other.example.org/")
    message = message_to(cast, other, families=10)
    told()
    fail(message)
    assert "delivery.failed" not in told()
    assert WebhookDelivery.objects.filter(webhook=other, event="delivery.failed").exists()


def test_what_was_rolled_back_was_never_noted(cast, hook):
    with transaction.atomic():
        talk(cast)
        ask(cast)
        transaction.set_rollback(True)
    assert not WebhookChange.objects.exists()


def test_without_the_scope_nothing_is_offered_and_nothing_told(cast, receiver):
    webhook, receiver.secret = make_webhook(cast, receiver.url, scopes=("roster.read",))
    assert webhook.told_of == ["roster.changed"]
    talk(cast)
    assert not WebhookChange.objects.filter(event="contacts.changed").exists()


def test_another_schools_talks_and_rounds_are_not_told(cast, told):
    child, adult = cast.students["yuan"], cast.adults["far_mother"]
    at = timezone.now()
    Contact.objects.create(
        school=cast.other_school,
        student=child,
        adult=adult,
        happened_on=timezone.localdate(at),
        reported_by="staff",
        recorded_at=at,
    )
    assert told() == []
