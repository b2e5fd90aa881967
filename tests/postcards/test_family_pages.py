"""The family's pages: listen and answer, and nothing for anybody else."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from guardians.actions import block_adult
from guardians.models import Adult, ContactPoint
from guardians.policies import SESSION_ADDRESS
from postcards.models import Postcard
from postcards.rules import POSTCARDS_A_DAY
from tests.factories.files import as_file, seconds_of
from tests.factories.postcards import add_father, agree, answer_card, send_card, voice_file

pytestmark = pytest.mark.django_db
MOTHERS_PHONE = "+8613893510001"


@pytest.fixture
def cast(cast):
    agree(cast)
    return cast


def signed_in(user, address: str = "") -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    if address:
        session = client.session
        session[SESSION_ADDRESS] = address
        session.save()
    return client


@pytest.fixture
def mother(cast) -> Client:
    return signed_in(cast.users["mother"], MOTHERS_PHONE)


class TestHearing:
    def test_opening_and_loading_note_nothing_a_tap_does(self, cast, mother):
        card = send_card(cast)
        page = mother.get(f"/f/postcards/{card.pk}/").content.decode()
        assert f"/f/postcards/{card.pk}/voice/?as=m4a" in page
        sound = mother.get(f"/f/postcards/{card.pk}/voice/?as=m4a")
        assert seconds_of(sound.content) == pytest.approx(1, abs=0.2)
        assert "no-store" in sound["Cache-Control"]
        mother.head(f"/f/postcards/{card.pk}/")
        assert card.copies.get().heard_at is None
        for _ in range(2):
            mother.post(f"/f/postcards/{card.pk}/heard/")
        assert card.copies.get().heard_at is not None

    def test_the_list_shows_both_directions(self, cast, mother):
        card, child = send_card(cast), cast.students["mengyao"].pk
        answer_card(cast)
        assert mother.get("/f/postcards/").status_code == 200  # two children, so she must choose
        page = mother.get(f"/f/postcards/of/{child}/").content.decode()
        assert f"/f/postcards/{card.pk}/" in page
        assert "寄出去的" in page

    def test_as_many_queries_for_ten_postcards_as_for_one(self, cast, mother):
        path = f"/f/postcards/of/{cast.students['mengyao'].pk}/"

        def count() -> int:
            with CaptureQueriesContext(connection) as seen:
                assert mother.get(path).status_code == 200
            return len(seen)

        send_card(cast)
        answer_card(cast)
        count()
        one = count()
        for _ in range(4):
            send_card(cast)
            answer_card(cast)
        assert count() == one

    def test_a_parent_to_whom_it_did_not_go_finds_nothing(self, cast, mother):
        father = add_father(cast)
        card = send_card(cast, father)
        for page in ("", "voice/"):
            assert mother.get(f"/f/postcards/{card.pk}/{page}").status_code == 404
        assert mother.post(f"/f/postcards/{card.pk}/heard/").status_code == 404

    def test_a_parent_blocked_later_hears_nothing_any_more(self, cast, mother):
        card = send_card(cast)
        voice = f"/f/postcards/{card.pk}/voice/"
        assert mother.get(voice).status_code == 200
        block_adult(
            adult=cast.adults["mother"], reason="x", by=cast.users["principal"], at=clock.now()
        )
        assert mother.get(voice).status_code in (302, 404)
        assert not mother.get(voice).content.startswith(b"OggS")

    def test_nor_does_a_phone_that_a_blocked_adult_has_come_to_share(self, cast, mother):
        card = send_card(cast)
        voice = f"/f/postcards/{card.pk}/voice/"
        assert mother.get(voice).status_code == 200
        ContactPoint.objects.filter(adult=cast.adults["father"]).update(address=MOTHERS_PHONE)
        assert mother.get(voice).status_code in (302, 404)

    def test_after_a_no_of_the_family_it_is_silent(self, cast, mother):
        card = send_card(cast)
        agree(cast, "withdrawn")
        assert mother.get(f"/f/postcards/{card.pk}/voice/").status_code == 404

    @pytest.mark.parametrize("who", ["teacher", "counsellor", "principal", "admin", "superuser"])
    def test_nobody_at_the_school_hears_it(self, cast, who):
        card, answer = send_card(cast), answer_card(cast)
        client = signed_in(cast.users[who])
        for pk in (card.pk, answer.pk):
            assert client.get(f"/f/postcards/{pk}/voice/").status_code == 404
            assert client.get(f"/p/postcards/{pk}/voice/").status_code == 302


class TestAnswering:
    def post(self, client: Client, cast, child: str = "mengyao", **changes):
        fields = {"key": str(uuid4()), "voice": voice_file()} | changes
        path = f"/f/postcards/to/{cast.students[child].pk}/"
        return client.post(path, fields)

    def test_it_goes_to_the_child_once(self, cast, mother):
        key = str(uuid4())
        for _ in range(2):
            sent = self.post(mother, cast, key=key)
            assert sent["Location"].startswith("/f/postcards/of/")
        card = Postcard.objects.get()
        assert (card.direction, card.sender) == ("to_child", cast.adults["mother"])
        assert card.voice.created_by == cast.users["mother"]

    def test_another_recording_from_the_same_page_goes_too(self, cast, mother):
        """The first may have arrived although her phone did not hear of it."""
        key = str(uuid4())
        for seconds in (2, 5):
            self.post(mother, cast, key=key, voice=voice_file(seconds))
        assert sorted(card.voice.seconds for card in Postcard.objects.all()) == [2, 5]

    def test_what_is_wrong_is_said_at_the_field(self, cast, mother):
        response = self.post(mother, cast, voice=as_file(b"<svg/>", "a.mp3"))
        assert response.status_code == 422
        assert "不是录音" in response.content.decode()
        assert not Postcard.objects.exists()

    @pytest.mark.parametrize(("seconds", "goes"), [(60, True), (63, False)])
    def test_a_minute_long_and_no_longer(self, cast, mother, seconds, goes):
        response = self.post(mother, cast, voice=voice_file(seconds))
        assert response.status_code == (302 if goes else 422)
        assert Postcard.objects.exists() is goes

    def test_five_a_day(self, cast, mother):
        for _ in range(POSTCARDS_A_DAY):
            answer_card(cast)
        assert "明天" in self.post(mother, cast).content.decode()
        assert Postcard.objects.count() == POSTCARDS_A_DAY

    def test_only_by_a_parent_and_to_the_own_child(self, cast, mother):
        assert self.post(mother, cast, "haitao").status_code == 404
        for who in ("other_mother", "blocked_father", "teacher"):
            assert self.post(signed_in(cast.users[who]), cast).status_code == 404
        assert not Postcard.objects.exists()

    def test_not_by_a_parent_with_whom_there_is_no_contact(self, cast, mother):
        path = f"/f/postcards/to/{cast.students['mengyao'].pk}/"
        assert mother.get(path).status_code == 200
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(condition="no_contact")
        assert mother.get(path).status_code == 404
