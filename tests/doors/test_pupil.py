"""The pupils' door through HTTP."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts import clock
from counselling import actions as counselling
from counselling.models import Concern
from doors.pupil import tries
from messaging.models import OutboxMessage
from students.actions import assign_picture_codes
from students.models import Enrolment, Student
from students.pictures import PICTURES
from students.policies import PUPIL_SESSION_MINUTES
from tests.factories.cast import make_cast, make_student

pytestmark = pytest.mark.django_db
SIGN_IN, HOME = "/p/sign-in/", "/p/"
HOTLINES = ("12356", "12355", "110")


@pytest.fixture
def cast(db):
    return make_cast()


def tap(client: Client, class_code: str, pictures: str):
    """Types the class code and taps the pictures one by one, as the page's forms do."""
    response = client.post(SIGN_IN, {"class_code": class_code})
    for picture in pictures.split("-"):
        found = re.search(r'name="picked" value="([^"]*)"', response.content.decode())
        picked = found.group(1) if found else ""
        response = client.post(
            SIGN_IN, {"class_code": class_code, "picked": picked, "pick": picture}
        )
    return response


@pytest.fixture
def pupil(cast, client) -> Client:
    assert tap(client, cast.school_class.door_code, "sun-fish-boat-tree").status_code == 302
    return client


class TestSignIn:
    def test_four_pictures_in_order_open_the_door(self, cast, client):
        response = tap(client, cast.school_class.door_code, "sun-fish-boat-tree")
        assert response["Location"] == HOME
        assert "梦瑶" in client.get(HOME).content.decode()

    @pytest.mark.parametrize(
        "pictures", ["fish-sun-boat-tree", "kite-fish-boat-tree", "sun-sun-sun-sun"]
    )
    def test_another_order_another_class_or_a_guess_do_not(self, cast, client, pictures):
        assert tap(client, cast.school_class.door_code, pictures).status_code == 422
        assert client.get(HOME)["Location"] == SIGN_IN

    def test_a_wrong_class_is_answered_as_a_wrong_code_is(self, cast, client):
        own = cast.school_class.door_code
        wrong_code = tap(client, own, "sun-sun-sun-sun")
        wrong_class = tap(client, "999999", "sun-fish-boat-tree")
        assert wrong_code.status_code == wrong_class.status_code == 422

        def text(response, code):
            without_token = re.sub(
                r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode()
            )
            return without_token.replace(code, "")

        assert text(wrong_code, own) == text(wrong_class, "999999")

    def test_after_ten_wrong_tries_even_the_right_one_waits(self, cast, client):
        code = cast.school_class.door_code
        for _ in range(tries.WRONG_TRIES):
            assert tap(client, code, "sun-sun-sun-sun").status_code == 422
        assert tap(client, code, "sun-fish-boat-tree").status_code == 429
        assert tap(client, cast.next_class.door_code, "kite-fish-boat-tree").status_code == 302

    def test_nine_wrong_tries_are_forgiven(self, cast, client):
        code = cast.school_class.door_code
        for _ in range(tries.WRONG_TRIES - 1):
            tap(client, code, "sun-sun-sun-sun")
        assert tap(client, code, "sun-fish-boat-tree").status_code == 302

    @pytest.mark.parametrize("code", ["", "abc", "1" * 13, "1 OR 1=1"])
    def test_what_is_no_code_gets_a_word_beside_it(self, client, db, code):
        response = client.post(SIGN_IN, {"class_code": code})
        assert response.status_code == 422
        assert 'role="alert"' in response.content.decode()

    def test_a_child_who_left_the_class_stays_out(self, cast, client):
        Enrolment.objects.filter(student=cast.students["mengyao"]).update(
            ends_on=clock.now().date() - timedelta(days=2)
        )
        assert tap(client, cast.school_class.door_code, "sun-fish-boat-tree").status_code == 422

    def test_whoever_was_signed_in_before_is_out(self, cast, client):
        client.force_login(
            cast.users["teacher"], backend="django.contrib.auth.backends.ModelBackend"
        )
        tap(client, cast.school_class.door_code, "sun-fish-boat-tree")
        assert "_auth_user_id" not in client.session

    def test_the_session_ends_by_itself(self, cast, pupil):
        assert pupil.session.get_expiry_age() == PUPIL_SESSION_MINUTES * 60
        session = pupil.session
        session["pupil_until"] = clock.now().timestamp() - 1
        session.save()
        assert pupil.get(HOME)["Location"] == SIGN_IN

    def test_signing_out(self, pupil):
        assert pupil.get(HOME).status_code == 200
        pupil.post("/p/sign-out/")
        assert pupil.get(HOME)["Location"] == SIGN_IN


class TestTalk:
    def ask(self, client: Client, **changes):
        key = client.get("/p/talk/").context["key"]
        fields = {"person": "counsellor", "when": "now", "words": "", "key": key}
        return client.post("/p/talk/", fields | changes)

    def test_whoever_was_chosen_hears_of_it_and_the_child_learns_who_comes(self, cast, pupil):
        assert self.ask(pupil, words="同桌打我")["Location"] == "/p/talk/done/"
        concern = Concern.objects.get()
        assert (concern.student, concern.words) == (cast.students["mengyao"], "同桌打我")
        assert concern.named_adult == cast.users["counsellor"]
        assert OutboxMessage.objects.get().user == cast.users["counsellor"]
        assert "陈敏" in pupil.get("/p/talk/done/").content.decode()
        assert "陈敏" in pupil.get(HOME).content.decode()

    def test_sent_twice_it_is_one_request(self, pupil):
        self.ask(pupil, key="one")
        self.ask(pupil, key="one")
        assert Concern.objects.count() == 1

    @pytest.mark.parametrize(
        "changes", [{"person": "admin"}, {"when": "never"}, {"person": ""}, {"words": "长" * 501}]
    )
    def test_a_bad_form_keeps_the_words_and_asks_again(self, pupil, changes):
        response = self.ask(pupil, **{"words": "想说说话"} | changes)
        assert response.status_code == 422
        assert ({"words": "想说说话"} | changes)["words"] in response.content.decode()
        assert not Concern.objects.exists()

    def test_anybody_is_a_choice_and_goes_to_the_class_teacher(self, cast, pupil):
        self.ask(pupil, person="any", when="soon")
        assert Concern.objects.get().named_adult == cast.users["teacher"]

    def test_once_an_adult_has_taken_it_the_child_is_told(self, cast, pupil):
        self.ask(pupil)
        before = pupil.get(HOME).content.decode()
        concern = Concern.objects.get()
        counselling.acknowledge(concern=concern, by=cast.users["counsellor"], at=clock.now())
        assert pupil.get(HOME).content.decode() != before

    def test_without_a_pupil_nothing_is_asked(self, client, db):
        assert (
            client.post("/p/talk/", {"person": "any", "when": "now", "key": "k"})["Location"]
            == SIGN_IN
        )
        assert not Concern.objects.exists()


def test_hotlines_stand_on_every_page(cast, pupil):
    TestTalk().ask(pupil)
    pages = [pupil.get(path) for path in (HOME, "/p/talk/", "/p/talk/done/", SIGN_IN)]
    pages.append(pupil.post(SIGN_IN, {"class_code": "1"}))
    for page in pages:
        assert page.status_code == 200
        for number in HOTLINES:
            assert f"tel:{number}" in page.content.decode()


def test_codes_are_handed_out_once_and_no_two_alike(cast):
    Student.objects.filter(pk=cast.students["xiaobao"].pk).update(picture_code="")
    for number in range(20):
        make_student(cast.school_class, f"孩子{number}")
    on = clock.now().date()
    assert len(assign_picture_codes(school_class=cast.school_class, on=on)) == 21
    codes = list(
        Student.objects.filter(enrolments__school_class=cast.school_class).values_list(
            "picture_code", flat=True
        )
    )
    assert len(set(codes)) == len(codes) == 22
    assert "sun-fish-boat-tree" in codes
    assert all(len(c.split("-")) == 4 and set(c.split("-")) <= set(PICTURES) for c in codes)
    assert assign_picture_codes(school_class=cast.school_class, on=on) == []
