"""Who may send a postcard, who gets it, who may hear it, and what is deleted when."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from core import clock
from guardians.actions import block_adult
from guardians.models import Adult, ContactPoint, Guardianship, Migration
from postcards import actions, policies, queries
from postcards.models import Postcard, PostcardFor
from postcards.presenters import staff_note
from students.models import Enrolment
from tests.days import today
from tests.factories.postcards import add_father, agree, answer_card, send_card, voice_file
from uploads.models import Upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(cast):
    agree(cast)
    return cast


def recipients(cast) -> set[Adult]:
    rows = policies.recipients_of(cast.students["mengyao"], today())
    return {row.adult for row in rows}


class TestSending:
    def test_a_postcard_goes_to_each_parent_who_was_chosen(self, cast):
        father = add_father(cast)
        card = send_card(cast, cast.adults["mother"], father)
        assert {copy.adult for copy in card.copies.all()} == {cast.adults["mother"], father}
        assert card.voice.seconds == 1
        assert card.voice.created_by is None

    def test_the_same_key_again_sends_nothing_more(self, cast):
        key, at, student = uuid4(), clock.now(), cast.students["mengyao"]
        for _ in range(2):
            actions.send_to_family(
                student=student,
                adults=[cast.adults["mother"]],
                file=voice_file(),
                key=key,
                at=at,
            )
        counts = [model.objects.count() for model in (Postcard, PostcardFor, Upload)]
        assert counts == [1, 1, 1]

    @pytest.mark.parametrize("decision", ["refused", "withdrawn"])
    def test_without_the_familys_yes_nothing_is_kept(self, cast, decision):
        agree(cast, decision)
        with pytest.raises(PermissionDenied):
            send_card(cast)
        assert not Upload.objects.exists()

    @pytest.mark.parametrize("who", ["father", "grandmother", "other_mother"])
    def test_to_a_blocked_parent_a_carer_or_a_strangers_mother_nothing_goes(self, cast, who):
        with pytest.raises(PermissionDenied):
            send_card(cast, cast.adults[who])
        assert not Upload.objects.exists()

    def test_to_nobody_nothing_goes(self, cast):
        with pytest.raises(PermissionDenied):
            actions.send_to_family(
                student=cast.students["mengyao"],
                adults=[],
                file=voice_file(),
                key=uuid4(),
                at=clock.now(),
            )


class TestRecipients:
    def test_the_blocked_father_is_not_among_them(self, cast):
        assert recipients(cast) == {cast.adults["mother"]}

    @pytest.mark.parametrize("condition", ["dead", "imprisoned", "missing", "no_contact"])
    def test_nor_is_a_parent_who_is_not_to_be_asked_about(self, cast, condition):
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(condition=condition)
        assert recipients(cast) == set()
        asked = policies.parents_to_ask_about(cast.students["mengyao"], today())
        assert not asked.exists()

    def test_nor_one_whose_phone_a_blocked_adult_shares(self, cast):
        ContactPoint.objects.filter(adult=cast.adults["father"]).update(address="+8613893510001")
        assert recipients(cast) == set()

    def test_nor_one_to_whom_no_way_works(self, cast):
        ContactPoint.objects.filter(adult=cast.adults["mother"]).update(failing_since=clock.now())
        assert recipients(cast) == set()

    def test_asked_about_are_those_away_before_those_at_home(self, cast):
        father = add_father(cast)
        child = cast.students["mengyao"]
        asked = policies.parents_to_ask_about(child, today())
        assert {row.adult for row in asked} == {cast.adults["mother"], father}
        Migration.objects.filter(adult=father).update(is_away=False)
        asked = policies.parents_to_ask_about(child, today())
        assert {row.adult for row in asked} == {cast.adults["mother"]}
        Migration.objects.all().update(is_away=False)
        asked = policies.parents_to_ask_about(child, today())
        assert {row.adult for row in asked} == {cast.adults["mother"], father}


class TestHearing:
    def hears(self, cast, card, who: Adult) -> bool:
        try:
            return policies.get_copy_for([who], card.pk, today()).postcard == card
        except Http404:
            return False

    def test_the_parent_to_whom_it_went_and_nobody_else(self, cast):
        father = add_father(cast)
        card = send_card(cast)
        assert self.hears(cast, card, cast.adults["mother"])
        for other in (father, *(cast.adults[k] for k in ("father", "grandmother", "other_mother"))):
            assert not self.hears(cast, card, other)

    @pytest.mark.parametrize(
        "change",
        [
            lambda cast: block_adult(
                adult=cast.adults["mother"],
                reason="保护令",
                by=cast.users["principal"],
                at=clock.now(),
            ),
            lambda cast: Guardianship.objects.filter(adult=cast.adults["mother"]).update(
                ends_on=today() - timedelta(days=1)
            ),
            lambda cast: Guardianship.objects.filter(adult=cast.adults["mother"]).update(
                may_see_file=False
            ),
            lambda cast: agree(cast, "withdrawn"),
        ],
        ids=["blocked", "no longer a parent", "may not see the file", "consent withdrawn"],
    )
    def test_not_after(self, cast, change):
        card = send_card(cast)
        assert self.hears(cast, card, cast.adults["mother"])
        change(cast)
        assert not self.hears(cast, card, cast.adults["mother"])

    def test_the_first_time_is_noted_and_stays(self, cast):
        card, at = send_card(cast), clock.now()
        copy = card.copies.get()
        actions.note_heard(copy=copy, at=at)
        actions.note_heard(copy=copy, at=at + timedelta(days=1))
        assert card.copies.get().heard_at == at

    def test_the_child_hears_a_parents_answer_until_that_parent_is_blocked(self, cast):
        card, child = answer_card(cast), cast.students["mengyao"]
        assert policies.get_card_to_child(child, card.pk, today()) == card
        for other in ("xiaobao", "haitao"):
            assert not policies.cards_to_child(cast.students[other], today()).exists()
        block_adult(
            adult=cast.adults["mother"], reason="x", by=cast.users["principal"], at=clock.now()
        )
        assert not policies.cards_to_child(child, today()).exists()


class TestTakingBack:
    def take_back(self, cast, card, child="mengyao") -> bool:
        return actions.take_back(student=cast.students[child], key=card.key, at=clock.now())

    def test_the_voice_is_deleted(self, cast):
        card = send_card(cast)
        assert self.take_back(cast, card)
        assert not Upload.objects.exists()
        assert not policies.copies_for([cast.adults["mother"]], today()).exists()

    def test_not_once_it_was_heard(self, cast):
        card = send_card(cast)
        actions.note_heard(copy=card.copies.get(), at=clock.now())
        assert not self.take_back(cast, card)
        assert Upload.objects.exists()

    def test_not_by_another_child(self, cast):
        assert not self.take_back(cast, send_card(cast), "haitao")
        assert Upload.objects.exists()


class TestDeleting:
    def test_a_no_deletes_the_childs_voice_and_keeps_that_it_went(self, cast):
        send_card(cast)
        answer_card(cast)
        assert actions.delete_voices(at=clock.now()) == 0
        agree(cast, "withdrawn")
        assert actions.delete_voices(at=clock.now()) == 1
        assert actions.delete_voices(at=clock.now()) == 0
        kept = Upload.objects.get()
        assert kept.postcard.direction == Postcard.Direction.TO_CHILD
        assert Postcard.objects.count() == 2

    def test_long_after_the_last_day_at_school_both_voices_go(self, cast):
        send_card(cast)
        answer_card(cast)
        enrolments = Enrolment.objects.filter(student=cast.students["mengyao"])
        enrolments.update(ends_on=today() - timedelta(days=59))
        assert actions.delete_voices(at=clock.now()) == 0
        enrolments.update(ends_on=today() - timedelta(days=61))
        assert actions.delete_voices(at=clock.now()) == 2

    def test_they_go_with_the_childs_uploads(self, cast):
        send_card(cast)
        cast.students["mengyao"].uploads.all().delete()
        assert Postcard.objects.get().voice is None


def test_a_day_holds_five(cast):
    child, at = cast.students["mengyao"], clock.now()
    for _ in range(4):
        send_card(cast, at=at)
    assert not queries.is_enough_for_today(child, at)
    send_card(cast, at=at)
    assert queries.is_enough_for_today(child, at)
    assert not queries.is_enough_for_today(child, at, cast.adults["mother"])
    assert not queries.is_enough_for_today(child, at + timedelta(days=1))


def test_the_teacher_learns_why_a_child_cannot_send(cast):
    child, at = cast.students["mengyao"], clock.now()
    assert staff_note(child, at) == ""
    ContactPoint.objects.filter(adult=cast.adults["mother"]).delete()
    without_way = staff_note(child, at)
    agree(cast, "refused")
    assert {bool(without_way), bool(staff_note(child, at))} == {True}
    assert without_way != staff_note(child, at)
