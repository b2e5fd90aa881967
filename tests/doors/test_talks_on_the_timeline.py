"""What several tell of one talk is one entry of the child's timeline, which opens; nothing is lost."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from calls import actions as call_actions
from core import clock
from doors.staff.child import EVENTS_SHOWN, by_talk, told_once
from guardians.actions import record_contact, retract_contact
from messaging.actions.follow_ups import close_follow_up
from messaging.models import FollowUp
from students.timeline import EventKind, TimelineEvent
from tests.factories.calls import make_phone, make_slot

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 4, tzinfo=timezone.get_fixed_timezone(0))


@pytest.fixture
def today():
    return timezone.localdate(clock.now())


@pytest.fixture
def talked(cast, today):
    """talked("parent") → the word of one side that mother and child talked today."""

    def say(by, adult="mother", days=0, **fields):
        return record_contact(
            student=cast.students["mengyao"],
            adult=cast.adults[adult],
            happened_on=today - timedelta(days=days),
            reported_by=by,
            at=clock.now(),
            **fields,
        )

    return say


@pytest.fixture
def entries(cast, client):
    """entries(**params) → the timeline as the class teacher sees it: each entry's texts, the first first."""

    def read(who="teacher", **params):
        client.force_login(cast.users[who])
        place = reverse("staff:child", args=[cast.students["mengyao"].pk])
        events = client.get(place, params).context["events"]
        return [
            [
                f"{one['title']} {one['text']} {' '.join(one['by'])}"
                for one in [first, *first["more"]]
            ]
            for first in events
        ]

    return read


def about_talks(found):
    return [entry for entry in found if "通了话" in entry[0] or "通话" in entry[0]]


def test_two_sides_of_one_day_are_one_entry_and_both_can_be_read(talked, entries, client, cast):
    talked("parent")
    talked("child")
    found = about_talks(entries())
    assert [len(entry) for entry in found] == [2]
    assert "孩子" in " ".join(found[0])
    place = reverse("staff:child", args=[cast.students["mengyao"].pk])
    page = client.get(place).content.decode()
    assert page.count("<details><summary") >= 1
    assert "还有 1 条" in page


def test_another_day_and_another_adult_are_another_talk(talked, entries):
    talked("parent")
    talked("child", days=1)
    talked("staff", adult="grandmother")
    assert [len(entry) for entry in about_talks(entries())] == [1, 1, 1]


def test_a_word_taken_back_leaves_the_entry(talked, entries):
    talked("parent")
    talked("child", source_key="pupil:1")
    retract_contact(source_key="pupil:1", at=clock.now())
    assert [len(entry) for entry in about_talks(entries())] == [1]


def test_what_was_told_of_how_a_call_felt_stands_with_the_call():
    call = TimelineEvent(
        NOON, EventKind.CONTACT, "bridge", "talked", key="call-slot:7", talk="5:2026-11-24"
    )
    felt = TimelineEvent(
        NOON + timedelta(hours=2), EventKind.CONTACT, "video", "felt", part_of="call-slot:7"
    )
    child = TimelineEvent(NOON, EventKind.CONTACT, "bridge", "child", key="pupil:1", talk=call.talk)
    other = TimelineEvent(NOON, EventKind.PRAISE, "flower", "praise")
    [entry, praise] = by_talk(told_once([felt, call, other, child]))
    assert [one.title for one in entry] == ["talked", "child", "felt"]
    assert [one.title for one in praise] == ["praise"]


def test_a_reply_speaks_for_its_talk_and_joins_the_words_of_others():
    key, talk = "check-in:1:2", "5:2026-11-24"
    reply = TimelineEvent(NOON, EventKind.CHECK_IN, "bridge", "reply", key=key)
    contact = TimelineEvent(NOON, EventKind.CONTACT, "bridge", "contact", key=key, talk=talk)
    child = TimelineEvent(
        NOON + timedelta(hours=1), EventKind.CONTACT, "bridge", "child", key="pupil:1", talk=talk
    )
    asked = TimelineEvent(
        NOON + timedelta(hours=2), EventKind.CHECK_IN, "phone", "asked", part_of="pupil:1"
    )
    [entry] = by_talk(told_once([asked, child, reply, contact]))
    assert [one.title for one in entry] == ["reply", "child", "asked"]


def test_a_follow_up_and_a_call_stand_with_the_talk_that_came_of_them(cast, entries, today):
    child, teacher, at = cast.students["mengyao"], cast.users["teacher"], clock.now()
    row = FollowUp.objects.create(school=cast.school, student=child, opened_at=at)
    close_follow_up(follow_up=row, by=teacher, outcome="talked", words="妈妈说昨晚打过", at=at)
    [entry] = [one for one in entries() if "妈妈说昨晚打过" in " ".join(one)]
    assert len(entry) == 2
    phone = make_phone(cast.school)
    slot = make_slot(phone, child, cast.adults["mother"], at - timedelta(days=2))
    call_actions.mark(slot_id=slot.pk, state="done", by=teacher, at=at)
    call_actions.set_mood(slot_id=slot.pk, mood=1)
    [entry] = [one for one in entries() if "感受" in " ".join(one)]
    assert len(entry) == 2


def test_nothing_is_lost_where_the_page_shows_the_latest_only(talked, entries):
    for number in range(6):
        for by in ("parent", "child", "carer"):
            talked(by, days=number)
    assert sum(map(len, entries())) == EVENTS_SHOWN
    whole = about_talks(entries(shown=60))
    assert [len(entry) for entry in whole] == [3] * 6
