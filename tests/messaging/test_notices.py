"""What rooms say is due becomes one message each: once per key, in the reader's language, unsent
where it no longer holds. The rooms here are lists; their own tests say what they name.
"""

from datetime import timedelta

import pytest
from django.utils.translation import gettext_noop

from delivery import dispatch
from delivery.models import OutboxMessage
from messaging import actions
from messaging.actions import notices
from schools.notices import DueMessage

WORDS = gettext_noop("The school has news for you.")


@pytest.fixture
def due(monkeypatch):
    """Messages that one room names; the test changes the list."""
    named: list[DueMessage] = []
    monkeypatch.setattr(notices, "ROOMS", (lambda at: list(named),))
    return named


@pytest.fixture
def news(cast, due, at):
    one = DueMessage(
        key="news:1",
        school_id=cast.school.pk,
        adult_id=cast.adults["mother"].pk,
        words=WORDS,
        path="/f/",
        due_at=at - timedelta(minutes=1),
        expires_at=at + timedelta(days=1),
        student_id=cast.students["mengyao"].pk,
    )
    due.append(one)
    return one


def row() -> OutboxMessage:
    return OutboxMessage.objects.get(kind="notice")


def test_named_twice_it_goes_out_once(news, sms, gateway, at):
    assert actions.queue_due_notices(at=at) == 1
    assert actions.queue_due_notices(at=at) == 0
    dispatch.drain()
    assert actions.queue_due_notices(at=at) == 0
    dispatch.drain()
    assert len(gateway.taken) == 1
    assert row().state == "accepted"


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "学校有消息"), ("en", "The school has news for you.")]
)
def test_it_speaks_the_language_that_the_adult_has_at_sending(
    cast, news, sms, gateway, at, language, words
):
    actions.queue_due_notices(at=at)
    cast.adults["mother"].language = language
    cast.adults["mother"].save()
    dispatch.drain()
    (text,) = [one.text for one in gateway.taken]
    assert words in text
    assert "/f/" in text
    assert "梦瑶" not in text


def test_what_was_called_off_stays_unsent(news, due, sms, gateway, at):
    actions.queue_due_notices(at=at)
    due.clear()
    actions.queue_due_notices(at=at)
    dispatch.drain()
    assert gateway.taken == []
    assert (row().state, row().cause) == ("suppressed", "no_longer_due")


@pytest.mark.parametrize("loss", ["blocked", "guardianship"])
def test_who_may_no_longer_hear_of_the_child_receives_nothing(cast, news, sms, gateway, at, loss):
    actions.queue_due_notices(at=at)
    mother = cast.adults["mother"]
    if loss == "blocked":
        mother.blocked_at, mother.blocked_reason = at, "法院保护令"
        mother.blocked_by = cast.users["principal"]
        mother.save()
    else:
        # Still a mother to the brother, no longer to this child.
        mother.guardianships.filter(student=cast.students["mengyao"]).delete()
    dispatch.drain()
    assert gateway.taken == []
    assert row().cause == {"blocked": "blocked", "guardianship": "not_guardian"}[loss]
