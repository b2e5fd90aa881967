"""What a switch holds back is one thing at each place that asks: the claim, the last check, lateness, and the
cause of what expired.
"""

from datetime import timedelta
from uuid import uuid4

import pytest

from core import clock
from delivery import dispatch, queries, rules
from delivery.dispatch.claims import claim
from delivery.dispatch.facts import read_facts
from delivery.models import OutboxMessage, SendingSwitch
from delivery.queries.operation import could_go
from schools.models import School

Kind = OutboxMessage.Kind
LATE = timedelta(minutes=rules.NO_MORE_AFTER_MINUTES + 1)


def sends(school):
    """Nothing holds it back."""


def never_began(school):
    School.objects.filter(pk=school.pk).update(sending_started_at=None)


def stopped(school):
    School.objects.filter(pk=school.pk).update(sending_stopped_at=clock.now())


def stopped_everywhere(school):
    SendingSwitch.objects.create(stopped_at=clock.now())


def resumed(school):
    SendingSwitch.objects.create(stopped_at=None)


SCHOOLS = [sends, never_began, stopped, stopped_everywhere, resumed]
PAYLOAD = {"words": "x", "path": "/", "means": "phone", "address": "+8613900000001"}
RECIPIENTS = {"adult": "mother", "user": "teacher", "nobody": None}
# An alert is never for a family; only a test has no recipient.
SENT_TO = [
    (kind, to)
    for kind in Kind.values
    for to in RECIPIENTS
    if (kind, to) != ("concern", "adult") and (to != "nobody" or kind == "test")
]


@pytest.fixture
def waiting(cast):
    """One message of every kind to everybody, all due for an hour."""
    people = {"adult": cast.adults["mother"], "user": cast.users["teacher"]}
    now = clock.now()
    return {
        (kind, to): OutboxMessage.objects.create(
            school=cast.school, dedupe_key=f"{kind}:{to}", kind=kind, due_at=now - LATE,
            expires_at=now + timedelta(days=1), payload=PAYLOAD,
            **({to: people[to]} if to in people else {}),
        ).pk
        for kind, to in SENT_TO
    }  # fmt: skip


@pytest.mark.parametrize("state", SCHOOLS)
def test_every_place_holds_back_the_same(cast, sms, waiting, state):
    state(cast.school)
    now = clock.now()
    rows = read_facts(list(waiting.values()), now)
    held = {row.id for row in rows if rules.recheck(row.facts, now).verdict == rules.Verdict.HOLD}
    goes = set(waiting.values()) - held
    to_staff = {pk for (_kind, to), pk in waiting.items() if to != "adult"}
    assert to_staff <= goes
    assert bool(held) is (state in (never_began, stopped, stopped_everywhere))

    assert set(could_go(now, rules.LATE_AFTER_MINUTES).values_list("pk", flat=True)) == goes
    assert set(claim(uuid4(), 100, 60)[0]) == goes

    OutboxMessage.objects.update(state="due", expires_at=now)
    dispatch.expire_late(now)
    blamed = OutboxMessage.objects.filter(cause__in=["stopped", "not_started"])
    assert set(blamed.values_list("pk", flat=True)) == held


@pytest.mark.parametrize("kind", [Kind.CODE, Kind.NOTICE])
def test_staff_hear_from_a_school_that_writes_to_no_family(cast, sms, gateway, kind):
    """A code for a colleague who has lost the second step waited until sending went on."""
    stopped(cast.school)
    now = clock.now()
    OutboxMessage.objects.create(
        school=cast.school, dedupe_key="x", kind=kind, user=cast.users["teacher"], due_at=now,
        expires_at=now + timedelta(days=1), payload=PAYLOAD,
    )  # fmt: skip
    assert claim(uuid4(), 10, 60)[0]
    assert queries.sending_is_stopped(School.objects.get(pk=cast.school.pk))
