"""What the package contributes elsewhere: a line on the card, a message, an event on the timeline."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from delivery.models import OutboxMessage
from guardians.actions import block_adult
from guardians.models import Contact
from postcards import actions
from postcards.family import family_lines
from postcards.rules import NOTICE_DAYS
from postcards.timeline import timeline
from postcards.work import work_for
from tests.factories.outbox import standing
from tests.factories.postcards import add_father, agree, answer_card, send_card

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(cast):
    agree(cast)
    return cast


def lines(cast, who: str = "mother"):
    child = cast.students["mengyao"].pk
    return family_lines([child], [cast.adults[who]], clock.now()).get(child, [])


class TestLines:
    def test_a_voice_waits_until_it_is_heard(self, cast):
        card = send_card(cast)
        due = [line for line in lines(cast) if line.is_due]
        assert [line.url for line in due] == [f"/f/postcards/{card.pk}/"]
        actions.note_heard(copy=card.copies.get(), at=clock.now())
        assert not any(line.is_due for line in lines(cast))

    def test_several_are_one_line_the_oldest_first(self, cast):
        first = send_card(cast, at=clock.now() - timedelta(hours=2))
        send_card(cast)
        [due] = [line for line in lines(cast) if line.is_due]
        assert due.url == f"/f/postcards/{first.pk}/"

    def test_a_parent_may_always_begin_a_carer_does_not(self, cast):
        assert [line.is_due for line in lines(cast)] == [False]
        assert lines(cast, "grandmother") == lines(cast, "father") == []

    def test_as_many_queries_for_ten_as_for_one(self, cast):
        child, mother = cast.students["mengyao"].pk, [cast.adults["mother"]]
        send_card(cast)

        def count() -> int:
            with CaptureQueriesContext(
                connection,
            ) as seen:
                family_lines([child], mother, at)
            return len(seen)

        at = clock.now()
        one = count()
        for _ in range(9):
            send_card(cast)
        assert count() == one == 3


class TestMessages:
    def test_one_for_each_parent_and_day_whatever_came(self, cast):
        father = add_father(cast)
        at = clock.now().replace(hour=4)  # noon in China, so both cards are from one day
        send_card(cast, cast.adults["mother"], father, at=at - timedelta(minutes=2))
        send_card(cast, at=at - timedelta(minutes=1))
        due = standing(at).values()
        assert {message.adult_id for message in due} == {cast.adults["mother"].pk, father.pk}
        assert len(due) == OutboxMessage.objects.count() == 2
        assert all(message.payload["path"].startswith("/f/postcards/") for message in due)

    def test_it_names_nobody(self, cast):
        send_card(cast)
        [message] = standing(clock.now()).values()
        assert cast.students["mengyao"].given_name not in message.payload["words"]

    def test_none_after_it_was_heard_taken_back_or_grew_old(self, cast):
        card = send_card(cast)
        assert len(standing(clock.now())) == 1
        assert standing(clock.now() + timedelta(days=NOTICE_DAYS, hours=1)) == {}
        actions.take_back(student=card.student, key=card.key, at=clock.now())
        assert standing(clock.now()) == {}
        heard = send_card(cast)
        actions.note_heard(copy=heard.copies.get(), at=clock.now())
        assert standing(clock.now()) == {}

    @pytest.mark.parametrize("came_before", [True, False])
    def test_it_leads_to_the_card_that_is_there(self, cast, came_before):
        card = send_card(cast)
        other = send_card(cast) if came_before else None
        actions.take_back(student=card.student, key=card.key, at=clock.now())
        other = other or send_card(cast)
        [message] = standing(clock.now()).values()
        assert message.about_id == other.pk
        assert message.payload["path"].endswith(f"/{other.pk}/")

    def test_none_to_whoever_was_blocked_meanwhile(self, cast):
        send_card(cast)
        block_adult(
            adult=cast.adults["mother"], reason="x", by=cast.users["principal"], at=clock.now()
        )
        assert standing(clock.now()) == {}

    def test_none_after_the_family_said_no(self, cast):
        send_card(cast)
        agree(cast, "withdrawn")
        assert standing(clock.now()) == {}


class TestTimeline:
    def events(self, cast, limit=20):
        return timeline(cast.students["mengyao"], cast.users["teacher"], clock.now(), limit)

    def test_staff_see_that_it_went_and_that_it_was_heard(self, cast):
        card = send_card(cast)
        [before] = self.events(cast)
        assert before.at == card.sent_at
        assert "妈妈" in before.title or "mum" in before.title.lower()
        actions.note_heard(copy=card.copies.get(), at=clock.now())
        [after] = self.events(cast)
        assert after.text != before.text

    def test_newest_first_both_ways_and_limited(self, cast):
        at = clock.now()
        send_card(cast, at=at - timedelta(hours=3))
        answer_card(cast, at=at - timedelta(hours=2))
        send_card(cast, at=at - timedelta(hours=1))
        assert [event.at for event in self.events(cast)] == [
            at - timedelta(hours=hours) for hours in (1, 2, 3)
        ]
        assert len(self.events(cast, limit=2)) == 2

    def test_as_many_queries_for_ten_as_for_one(self, cast):
        def count() -> int:
            with CaptureQueriesContext(connection) as seen:
                timeline(student, cast.users["teacher"], at, 20)
            return len(seen)

        student, at = cast.students["mengyao"], clock.now()
        send_card(cast)
        one = count()
        for _ in range(9):
            send_card(cast)
        assert count() == one

    def test_a_postcard_asks_nothing_of_staff_and_moves_no_clock(self, cast):
        send_card(cast)
        answer_card(cast)
        assert work_for(cast.users["teacher"], clock.now()) == []
        assert not Contact.objects.exists()
