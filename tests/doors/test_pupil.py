"""The pupils' door through HTTP."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from core import clock
from delivery.models import OutboxMessage
from doors.pupil import views
from guardians import actions as guardians
from guardians.actions import block_adult
from guardians.models import Adult, Contact, ContactDenial
from postcards.models import Postcard
from postcards.rules import POSTCARDS_A_DAY
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from schools.policies import today_in
from students import rate_limits
from students.actions import assign_picture_codes, renew_picture_code
from students.models import Enrolment, Student
from students.pictures import PICTURES
from students.policies import PUPIL_SESSION_MINUTES
from tests.days import today
from tests.factories.calls import make_phone, make_slot
from tests.factories.cast import make_student
from tests.factories.files import as_file, wav
from tests.factories.postcards import add_father, agree, answer_card, send_card, voice_file
from uploads.models import Upload

pytestmark = pytest.mark.django_db
SIGN_IN, HOME = "/p/sign-in/", "/p/"
CODE = "sun-fish-boat-tree-star-bird"  # 徐梦瑶
HOTLINES = ("12356", "12355", "110")


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
    assert tap(client, cast.school_class.door_code, CODE).status_code == 302
    return client


class TestSignIn:
    def test_six_pictures_in_order_open_the_door(self, cast, client):
        response = tap(client, cast.school_class.door_code, CODE)
        assert response["Location"] == HOME
        assert "梦瑶" in client.get(HOME).content.decode()

    @pytest.mark.parametrize(
        "pictures",
        [
            "fish-sun-boat-tree-star-bird",
            "kite-fish-boat-tree-star-bird",
            "sun-sun-sun-sun-sun-sun",
        ],
    )
    def test_another_order_another_class_or_a_guess_do_not(self, cast, client, pictures):
        assert tap(client, cast.school_class.door_code, pictures).status_code == 422
        assert client.get(HOME)["Location"] == SIGN_IN

    def test_a_wrong_class_is_answered_as_a_wrong_code_is(self, cast, client):
        own = cast.school_class.door_code
        wrong_code = tap(client, own, "sun-sun-sun-sun-sun-sun")
        wrong_class = tap(client, "999999", CODE)
        assert wrong_code.status_code == wrong_class.status_code == 422

        def text(response, code):
            without_token = re.sub(
                r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode()
            )
            return without_token.replace(code, "")

        assert text(wrong_code, own) == text(wrong_class, "999999")

    def test_after_six_mistypes_even_the_right_code_waits_and_nobody_else_does(self, cast, client):
        code = cast.school_class.door_code
        for _ in range(rate_limits.CHILD.most):
            assert tap(client, code, "sun-fish-sun-sun-sun-sun").status_code == 422
        locked = tap(client, code, CODE)
        assert locked.status_code == 429
        assert "去找学校里任何一位大人" in locked.content.decode()
        assert tap(client, code, "moon-fish-boat-tree-star-bird").status_code == 302

    def test_five_mistypes_are_forgiven(self, cast, client):
        code = cast.school_class.door_code
        for _ in range(rate_limits.CHILD.most - 1):
            tap(client, code, "sun-fish-sun-sun-sun-sun")
        assert tap(client, code, CODE).status_code == 302

    def test_a_new_slip_opens_at_once(self, cast, client):
        code, child = cast.school_class.door_code, cast.students["mengyao"]
        for _ in range(rate_limits.CHILD.most):
            tap(client, code, "sun-fish-sun-sun-sun-sun")
        renew_picture_code(
            student=child, school_class=cast.school_class, on=today(), by=cast.users["teacher"]
        )
        child.refresh_from_db()
        assert tap(client, code, child.picture_code).status_code == 302

    @pytest.mark.parametrize("code", ["", "abc", "1" * 13, "1 OR 1=1"])
    def test_what_is_no_code_gets_a_word_beside_it(self, client, db, code):
        response = client.post(SIGN_IN, {"class_code": code})
        assert response.status_code == 422
        assert 'class="field-error"' in response.content.decode()

    def test_a_child_who_left_the_class_stays_out(self, cast, client):
        Enrolment.objects.filter(student=cast.students["mengyao"]).update(
            ends_on=today() - timedelta(days=2)
        )
        assert tap(client, cast.school_class.door_code, CODE).status_code == 422

    def test_whoever_was_signed_in_before_is_out(self, cast, client):
        client.force_login(
            cast.users["teacher"], backend="django.contrib.auth.backends.ModelBackend"
        )
        tap(client, cast.school_class.door_code, CODE)
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
        chosen = {"person": changes.get("person", "counsellor")}
        key = client.post("/p/talk/", chosen).context["key"]
        fields = {**chosen, "when": "now", "words": "", "key": key}
        return client.post("/p/talk/", fields | changes)

    def test_whoever_was_chosen_hears_of_it_and_the_child_learns_who_comes(self, cast, pupil):
        assert self.ask(pupil, words="同桌打我")["Location"] == "/p/talk/done/"
        concern = Concern.objects.get()
        assert (concern.student, concern.words) == (cast.students["mengyao"], "同桌打我")
        assert concern.named_adult == cast.users["counsellor"]
        assert OutboxMessage.objects.get().user == cast.users["counsellor"]
        assert "陈敏" in pupil.get("/p/talk/done/").content.decode()
        assert "陈敏" in pupil.get(HOME).content.decode()

    def test_a_tap_on_somebody_only_asks_when_and_tells_nobody(self, pupil):
        page = pupil.post("/p/talk/", {"person": "counsellor", "words": "想说说话"})
        said = page.content.decode()
        assert page.status_code == 200
        assert 'name="when" value="now"' in said
        assert "想说说话" in said
        assert not Concern.objects.exists()
        assert 'name="person" value="counsellor"' in pupil.get("/p/talk/").content.decode()

    def test_somebody_else_takes_the_words_along(self, pupil):
        """Back to the first question by a button of the same form: whatever was typed stays."""
        second = pupil.post("/p/talk/", {"person": "counsellor"}).content.decode()
        other = re.search(r"<button([^>]*)>[^<]*换一个人", second).group(1)
        form = re.search(r'form="(.+?)"', other).group(1)
        assert re.search(rf'<form [^>]*id="{form}".*</textarea>', second, re.DOTALL)
        assert 'name="person" value=""' in other
        first = pupil.post(
            "/p/talk/", {"person": ["counsellor", ""], "words": "想说说话", "key": "k"}
        ).content.decode()
        assert '<input type="hidden" name="words" value="想说说话">' in first
        assert 'name="person" value="counsellor"' in first
        assert not Concern.objects.exists()

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
        safeguarding.acknowledge(concern=concern, by=cast.users["counsellor"], at=clock.now())
        assert pupil.get(HOME).content.decode() != before

    def test_without_a_pupil_nothing_is_asked(self, client, db):
        answer = client.post("/p/talk/", {"person": "any", "when": "now", "key": "k"})
        assert answer["Location"] == f"{SIGN_IN}?told=over"
        assert not Concern.objects.exists()
        assert "时间到了" in client.get(answer["Location"]).content.decode()


class TestTalked:
    def tap(self, client: Client, answer: str, adult):
        return client.post("/p/talked/", {"adult": adult.pk, "answer": answer})

    @pytest.mark.parametrize(("answer", "days_ago"), [("today", 0), ("yesterday", 1)])
    def test_one_tap_is_a_talk_in_the_childs_word_however_often(
        self, cast, pupil, answer, days_ago
    ):
        for _ in range(2):
            assert self.tap(pupil, answer, cast.adults["mother"]).status_code == 200
        contact = Contact.objects.get()
        assert (contact.student, contact.adult) == (
            cast.students["mengyao"],
            cast.adults["mother"],
        )
        assert contact.reported_by == "child"
        assert contact.happened_on == today_in(cast.school, clock.now()) - timedelta(days=days_ago)

    def test_not_this_week_is_said_quietly(self, cast, pupil):
        page = self.tap(pupil, "not_yet", cast.adults["mother"]).content.decode()
        denial = ContactDenial.objects.get()
        assert (denial.adult, denial.said_by) == (cast.adults["mother"], "child")
        assert not Contact.objects.exists()
        assert "不怪你" in page

    def test_a_wrong_tap_is_taken_back(self, cast, pupil):
        page = self.tap(pupil, "today", cast.adults["mother"]).content.decode()
        [day] = re.findall(r'name="day" value="([^"]+)"', page)
        pupil.post("/p/talked/undo/", {"adult": cast.adults["mother"].pk, "day": day})
        assert Contact.objects.get().retracted_at is not None

    def test_only_the_childs_own_word_can_be_taken_back(self, cast, pupil):
        guardians.record_contact(
            student=cast.students["haitao"],
            adult=cast.adults["other_mother"],
            happened_on=today(),
            reported_by="child",
            at=clock.now(),
            source_key=f"pupil:{cast.students['haitao'].pk}:1:2026-11-25",
        )
        pupil.post("/p/talked/undo/", {"adult": "1", "day": "2026-11-25"})
        assert Contact.objects.get().retracted_at is None

    @pytest.mark.parametrize("who", ["father", "grandmother", "other_mother"])
    def test_about_a_blocked_parent_a_carer_or_a_stranger_nothing_is_asked_or_taken(
        self, cast, pupil, who
    ):
        page = pupil.get("/p/talked/").content.decode()
        assert f'value="{cast.adults["mother"].pk}"' in page
        assert f'value="{cast.adults[who].pk}"' not in page
        assert self.tap(pupil, "today", cast.adults[who]).status_code == 422
        assert not Contact.objects.exists()

    @pytest.mark.parametrize("condition", ["dead", "missing", "imprisoned", "no_contact"])
    def test_about_a_parent_who_is_not_there_nothing_is_asked(self, cast, pupil, condition):
        assert "/p/talked/" in pupil.get(HOME).content.decode()
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(condition=condition)
        assert "/p/talked/" not in pupil.get(HOME).content.decode()
        assert pupil.get("/p/talked/")["Location"] == HOME


class TestPostcards:
    NEW = "/p/postcards/new/"

    @pytest.fixture
    def agreed(self, cast):
        agree(cast)

    def send(self, client: Client, cast, **changes):
        fields = {
            "key": str(uuid4()),
            "to": cast.adults["mother"].pk,
            "voice": voice_file(),
        }
        return client.post(self.NEW, {k: v for k, v in (fields | changes).items() if v != ""})

    def test_recorded_sent_and_on_its_way(self, cast, pupil, agreed):
        assert self.NEW in pupil.get(HOME).content.decode()
        sent = self.send(pupil, cast)
        card = Postcard.objects.get()
        assert sent["Location"] == f"/p/postcards/sent/{card.key}/"
        assert card.copies.get().adult == cast.adults["mother"]
        assert "妈妈" in pupil.get(sent["Location"]).content.decode()
        assert "妈妈" in pupil.get("/p/postcards/").content.decode()

    def test_to_both_in_one(self, cast, pupil, agreed):
        father = add_father(cast)
        assert self.send(pupil, cast, to="all").status_code == 302
        adults = {copy.adult for copy in Postcard.objects.get().copies.all()}
        assert adults == {cast.adults["mother"], father}

    def test_without_the_familys_yes_there_is_no_tile_and_a_posted_file_is_refused(
        self, cast, pupil
    ):
        assert self.NEW not in pupil.get(HOME).content.decode()
        assert pupil.get(self.NEW)["Location"] == HOME
        assert self.send(pupil, cast)["Location"] == HOME
        assert not Upload.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"voice": ""}, "先录一段话"),
            ({"to": ""}, "寄给谁"),
            ({"to": "all"}, "寄给谁"),
            ({"voice": as_file(b"MZ\0\0", "a.mp3", "audio/mpeg")}, "不是录音"),
            ({"voice": as_file(b"", "a.mp3", "audio/mpeg")}, "空的"),
            ({"voice": as_file(wav(65), "a.wav")}, "60 秒"),
        ],
    )
    def test_what_is_missing_or_wrong_is_said_and_nothing_is_kept(
        self, cast, pupil, agreed, changes, words
    ):
        if hasattr(changes.get("voice"), "seek"):
            changes["voice"].seek(0)
        response = self.send(pupil, cast, **changes)
        assert response.status_code == 422
        assert words in response.content.decode()
        assert not Upload.objects.exists()

    @pytest.mark.parametrize("who", ["father", "grandmother", "other_mother"])
    def test_to_whoever_is_not_offered_nothing_goes(self, cast, pupil, agreed, who):
        assert self.send(pupil, cast, to=cast.adults[who].pk).status_code == 422
        assert not Postcard.objects.exists()

    def test_sent_twice_it_is_one(self, cast, pupil, agreed):
        key = str(uuid4())
        for _ in range(2):
            assert self.send(pupil, cast, key=key).status_code == 302
        assert Postcard.objects.count() == Upload.objects.count() == 1

    def test_five_are_enough_and_that_is_said_before_anything_is_recorded(
        self, cast, pupil, agreed
    ):
        for _ in range(POSTCARDS_A_DAY):
            send_card(cast)
        page = pupil.get(self.NEW).content.decode()
        assert 'name="voice"' not in page
        assert "明天" in page
        self.send(pupil, cast)
        assert Postcard.objects.count() == POSTCARDS_A_DAY

    def test_taken_back_while_nobody_heard_it(self, cast, pupil, agreed):
        card = send_card(cast)
        assert pupil.post(f"/p/postcards/sent/{card.key}/back/")["Location"] == HOME
        assert not Upload.objects.exists()
        assert pupil.get(f"/p/postcards/sent/{card.key}/")["Location"] == HOME

    def test_a_parents_answer_is_heard_and_noted_by_a_tap_only(self, cast, pupil):
        card = answer_card(cast)
        assert "妈妈寄来新的有声明信片" in pupil.get(HOME).content.decode()
        page = pupil.get("/p/postcards/").content.decode()
        assert f"/p/postcards/{card.pk}/voice/" in page
        sound = pupil.get(f"/p/postcards/{card.pk}/voice/?as=ogg")
        assert sound.content.startswith(b"OggS")
        assert Postcard.objects.get().heard_at is None
        pupil.post(f"/p/postcards/{card.pk}/heard/")
        assert "妈妈寄来的有声明信片" in pupil.get(HOME).content.decode()
        assert Postcard.objects.get().heard_at is not None

    def test_another_child_hears_and_takes_back_nothing(self, cast, client, agreed):
        answer, own = answer_card(cast), send_card(cast)
        tap(client, cast.next_class.door_code, "kite-fish-boat-tree-star-bird")
        assert client.get(HOME).status_code == 200
        assert client.get(f"/p/postcards/{answer.pk}/voice/").status_code == 404
        assert client.post(f"/p/postcards/{answer.pk}/heard/").status_code == 404
        assert client.get(f"/p/postcards/sent/{own.key}/")["Location"] == HOME
        client.post(f"/p/postcards/sent/{own.key}/back/")
        assert Upload.objects.count() == 2


class TestCalls:
    def slot(self, cast, child="mengyao", **fields):
        at = clock.now()
        given = {"state": "done", "starts_at": at - timedelta(hours=2), "settled_at": at}
        return make_slot(
            make_phone(cast.school), cast.students[child], cast.adults["mother"], **(given | fields)
        )

    def test_the_next_call_stands_on_the_first_page_until_the_parent_is_blocked(self, cast, pupil):
        self.slot(cast, state="booked", starts_at=clock.now() + timedelta(days=1), settled_at=None)
        assert "值班室电话" in pupil.get(HOME).content.decode()
        block_adult(
            adult=cast.adults["mother"], reason="x", by=cast.users["principal"], at=clock.now()
        )
        assert "值班室电话" not in pupil.get(HOME).content.decode()

    def test_how_it_felt_is_asked_once(self, cast, pupil):
        slot = self.slot(cast)
        assert "/p/call/" in pupil.get(HOME).content.decode()
        assert pupil.post("/p/call/", {"mood": "6"}).status_code == 422
        assert pupil.post("/p/call/", {"mood": "2"})["Location"] == HOME
        slot.refresh_from_db()
        assert slot.child_mood == 2
        assert "/p/call/" not in pupil.get(HOME).content.decode()

    def test_of_another_childs_call_nothing_is_asked(self, cast, pupil):
        slot = self.slot(cast, "xiaobao")
        assert pupil.post("/p/call/", {"mood": "2"})["Location"] == HOME
        slot.refresh_from_db()
        assert slot.child_mood is None


class TestTime:
    def test_whoever_leaves_while_the_page_asks_for_time_is_gone_quietly(self, pupil, monkeypatch):
        extend = views._extend

        def left(request, at):
            Session.objects.all().delete()
            extend(request, at)

        monkeypatch.setattr(views, "_extend", left)
        assert pupil.post("/p/stay/")["Location"].startswith(SIGN_IN)
        assert not Session.objects.exists()

    def test_whoever_is_still_here_may_stay(self, pupil):
        session = pupil.session
        session["pupil_until"] = clock.now().timestamp() + 30
        session.save()
        answer = pupil.post("/p/stay/", headers={"accept": "application/json"})
        assert answer.json()["seconds_left"] > (PUPIL_SESSION_MINUTES - 1) * 60
        assert pupil.session["pupil_until"] > clock.now().timestamp() + 60
        assert pupil.post("/p/stay/")["Location"] == HOME

    def test_whose_time_is_up_may_not(self, pupil):
        session = pupil.session
        session["pupil_until"] = clock.now().timestamp() - 1
        session.save()
        assert pupil.post("/p/stay/")["Location"] == f"{SIGN_IN}?told=over"

    @pytest.mark.parametrize("path", [HOME, "/p/talk/", "/p/talked/", "/p/postcards/", SIGN_IN])
    def test_no_page_is_stored_and_each_can_be_left(self, cast, pupil, path):
        page = pupil.get(path)
        assert "no-store" in page["Cache-Control"]
        if path != SIGN_IN:
            assert 'action="/p/sign-out/"' in page.content.decode()
            assert 'data-seconds="' in page.content.decode()


@pytest.mark.parametrize("path", [HOME, "/p/talked/", "/p/postcards/", "/p/postcards/new/"])
def test_no_page_says_what_a_child_lacks(cast, pupil, path):
    agree(cast)
    page = pupil.get(path).content.decode()
    assert not re.search("留守|关爱对象|困境", page)


def test_hotlines_stand_on_every_page(cast, pupil):
    TestTalk().ask(pupil)
    agree(cast)
    paths = (HOME, "/p/talk/", "/p/talk/done/", "/p/talked/", "/p/postcards/", SIGN_IN)
    pages = [pupil.get(path) for path in (*paths, "/p/postcards/new/")]
    pages.append(pupil.post(SIGN_IN, {"class_code": "1"}))
    for page in pages:
        assert page.status_code == 200
        for number in HOTLINES:
            assert f"tel:{number}" in page.content.decode()


def test_codes_are_handed_out_once_and_no_two_alike(cast):
    Student.objects.filter(pk=cast.students["xiaobao"].pk).update(picture_code="")
    for number in range(20):
        make_student(cast.school_class, f"孩子{number}")
    on = today()
    assert len(assign_picture_codes(school_class=cast.school_class, on=on)) == 21
    codes = list(
        Student.objects.filter(enrolments__school_class=cast.school_class).values_list(
            "picture_code", flat=True
        )
    )
    assert len(set(codes)) == len(codes) == 22
    # The first two pictures tell the children of a class apart: each has its own count of wrong tries.
    assert len({tuple(code.split("-")[:2]) for code in codes}) == 22
    assert CODE in codes
    assert all(len(c.split("-")) == 6 and set(c.split("-")) <= set(PICTURES) for c in codes)
    assert assign_picture_codes(school_class=cast.school_class, on=on) == []
