"""Three things that a child wants to be asked: chosen, read, answered, and how the call felt."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pgtrigger
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.http import Http404
from django.test import Client
from PIL import Image

from calls import actions as calls
from calls import queries as call_queries
from calls.models import CallSlot, ThreeThings
from calls.things import actions, policies, queries, rules
from calls.things.messages import ThingsNotice
from calls.work import work_for
from core import clock
from delivery.kinds import Asked
from delivery.models import OutboxMessage
from doors.staff import erasing
from guardians.blocking.actions import block_adult
from guardians.models import Guardianship
from tests.days import day_of
from tests.factories.calls import chosen, make_phone, make_slot
from tests.factories.classroom import make_photo
from uploads.models import Upload

GOOD, SO_SO, LOW = rules.GOOD, rules.SO_SO, rules.LOW


@pytest.mark.parametrize(
    ("felt", "falls"),
    [
        ([], False),
        ([LOW], False),
        ([LOW, LOW], False),
        ([LOW, LOW, LOW], True),
        ([GOOD, SO_SO, LOW], True),
        ([SO_SO, LOW, LOW], True),
        ([GOOD, GOOD, LOW], True),
        ([GOOD, GOOD, GOOD], False),
        ([GOOD, GOOD, SO_SO], False),  # not low yet
        ([LOW, GOOD, LOW], False),  # better in between
        ([LOW, SO_SO, LOW], False),
        ([LOW, LOW, GOOD], False),
        ([LOW, LOW, LOW, GOOD], False),  # it improved again
        ([GOOD, GOOD, GOOD, SO_SO, LOW], True),
    ],
)
def test_a_falling_line(felt, falls):
    assert rules.is_falling(felt) is falls


@pytest.mark.parametrize(("mood", "felt"), [(1, GOOD), (2, GOOD), (3, SO_SO), (4, LOW), (5, LOW)])
def test_five_faces_in_three(mood, felt):
    assert rules.felt_of_mood(mood) == felt


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def mother(cast) -> Client:
    client = Client()
    client.force_login(cast.users["mother"])
    return client


def page(cast, child="mengyao") -> str:
    return f"/f/calls/{cast.students[child].pk}/things/"


def asked_of(message: OutboxMessage) -> Asked:
    """Return the message as dispatch passes it on to the package."""
    return Asked(
        message_id=message.pk,
        about_id=message.about_id,
        school_id=message.school_id,
        adult_id=message.adult_id,
        step=0,
        expires_at=message.expires_at,
        which=message.payload["which"],
    )


@pytest.mark.django_db
class TestChoosing:
    def test_the_same_key_twice_is_one(self, cast, at):
        key = uuid4()
        assert chosen(cast, key=key).pk == chosen(cast, key=key, pictures=["ball"]).pk
        assert ThreeThings.objects.get().pictures == ["pet", "when"]
        assert OutboxMessage.objects.count() == 1

    def test_three_pictures_at_most_are_chosen_by_keys_and_each_once(self, cast, at):
        child, call = cast.students["mengyao"], uuid4()
        for picture in ("pet", "when", "pet", "ball", "meal"):
            actions.pick(student=child, picture=picture, call=call, at=at)
        assert ThreeThings.objects.get().pictures == ["pet", "when", "ball"]

    def test_choosing_anew_ends_what_was_before(self, cast, at):
        first, second = chosen(cast), chosen(cast, pictures=["ball"])
        first.refresh_from_db()
        assert first.over_at
        assert [row for row, _relation in queries.open_of(second.student, at)] == [second]

    @pytest.mark.parametrize("who", ["father", "grandmother", "other_mother"])
    def test_only_a_parent_in_touch_can_be_asked(self, cast, who):
        with pytest.raises(PermissionDenied):
            chosen(cast, adult=who)
        assert not OutboxMessage.objects.exists()

    def test_the_message_says_that_something_waits_and_nothing_of_what(self, cast):
        chosen(cast)
        message = OutboxMessage.objects.get()
        assert (message.adult, message.kind) == (cast.adults["mother"], "notice")
        assert "waits" in message.payload["words"]
        assert "小羊" not in str(message.payload)
        assert "梦瑶" not in str(message.payload)

    def test_one_message_a_day_and_none_once_it_is_answered(self, cast, at):
        chosen(cast)
        things = chosen(cast)
        message = OutboxMessage.objects.get()
        asked = [asked_of(message)]
        assert list(ThingsNotice().holding(asked, at)) == [message.pk]
        actions.answer(things=things, picture="heart", words="", at=at)
        assert list(ThingsNotice().holding(asked, at)) == []


@pytest.mark.django_db
class TestParent:
    def test_meets_it_at_home_and_on_its_page_and_answers_once(self, cast, mother):
        chosen(cast)
        assert page(cast) in mother.get("/f/").content.decode()
        text = mother.get(page(cast)).content.decode()
        assert "我的小动物" in text
        assert "小羊站起来了没有" in text
        for words in ("妈妈在厂里想你", "第二次"):
            answered = mother.post(page(cast), {"picture": "heart", "words": words})
            assert answered["Location"] == page(cast)
        things = ThreeThings.objects.get()
        assert (things.answer_picture, things.answer_words) == ("heart", "妈妈在厂里想你")
        assert "妈妈在厂里想你" in mother.get(page(cast)).content.decode()

    @pytest.mark.parametrize(
        "said", [{}, {"picture": "gun"}, {"words": "长" * 121}, {"picture": "", "words": " "}]
    )
    def test_an_empty_or_odd_answer_is_asked_again(self, cast, mother, said):
        chosen(cast)
        assert mother.post(page(cast), said).status_code == 422
        assert ThreeThings.objects.get().answered_at is None

    def test_stands_on_the_page_to_which_the_reminder_of_the_call_leads(self, cast, mother, at):
        book = f"/f/calls/{cast.students['mengyao'].pk}/"
        assert page(cast) not in mother.get(book).content.decode()
        chosen(cast)
        assert page(cast) in mother.get(book).content.decode()

    def test_never_learns_how_the_call_felt(self, cast, mother):
        chosen(cast, felt=LOW)
        text = mother.get(page(cast)).content.decode()
        assert "不太好" not in text
        assert mother.post(page(cast), {"picture": "heart"})["Location"] == page(cast)
        assert ThreeThings.objects.get().answered_at is None

    def test_without_anything_chosen_there_is_no_page(self, cast, mother):
        assert mother.get(page(cast)).status_code == 404

    def test_another_parent_meets_nothing(self, cast):
        chosen(cast)
        other = Client()
        other.force_login(cast.users["other_mother"])
        assert other.get(page(cast)).status_code == 404


@pytest.fixture
def photo() -> SimpleUploadedFile:
    """A large photo, as it comes from a phone."""
    file = io.BytesIO()
    Image.new("RGB", (1600, 1200), "green").save(file, "JPEG")
    return SimpleUploadedFile("a.jpg", file.getvalue(), "image/jpeg")


@pytest.mark.django_db
class TestPhoto:
    """The parent's own photo is seen by the child and by the sender, and by nobody else."""

    @pytest.fixture
    def things(self, cast, mother, photo) -> ThreeThings:
        chosen(cast)
        assert mother.post(page(cast), {"photo": photo})["Location"] == page(cast)
        return ThreeThings.objects.get()

    def test_is_kept_small_and_shown_to_who_sent_it(self, cast, mother, things):
        photo = things.answer_photo
        assert (photo.student, photo.created_by) == (things.student, cast.users["mother"])
        assert max(photo.width, photo.height) <= 640
        text = mother.get(page(cast)).content.decode()
        assert f"{page(cast)}photo/" in text
        assert mother.get(f"{page(cast)}photo/")["Content-Type"] == "image/jpeg"

    def test_a_second_answer_keeps_no_second_photo(self, cast, mother, things):
        assert mother.post(page(cast), {"photo": make_photo()})["Location"] == page(cast)
        assert Upload.objects.count() == 1

    def test_what_is_no_photo_is_asked_again(self, cast, mother):
        chosen(cast)
        file = SimpleUploadedFile("photo.jpg", b"not a photo", "image/jpeg")
        assert mother.post(page(cast), {"photo": file}).status_code == 422
        assert ThreeThings.objects.get().answered_at is None
        assert not Upload.objects.exists()

    def test_the_child_sees_it_while_it_is_open(self, cast, things, at):
        child, on = things.student, day_of(at)
        assert policies.get_photo_to_child(child, things.pk, on, at) == things.answer_photo
        with pytest.raises(Http404):
            policies.get_photo_to_child(cast.students["xiaobao"], things.pk, on, at)
        actions.tell_felt(student=child, things_id=things.pk, felt=GOOD, at=at)
        with pytest.raises(Http404):
            policies.get_photo_to_child(child, things.pk, on, at)

    def test_who_is_barred_meanwhile_shows_nothing_more(self, cast, mother, things, at):
        block_adult(
            adult=cast.adults["mother"], reason="法院保护令", by=cast.users["principal"], at=at
        )
        assert mother.get(f"{page(cast)}photo/").status_code in (302, 404)
        with pytest.raises(Http404):
            policies.get_photo_to_child(things.student, things.pk, day_of(at), at)

    def test_no_member_of_staff_has_an_address_for_it(self, cast, client, things):
        for who in ("teacher", "counsellor", "principal"):
            client.force_login(cast.users[who])
            assert client.get(f"{page(cast)}photo/").status_code in (302, 404)

    def test_it_is_deleted_when_nobody_sees_it_any_more(self, things, at):
        assert actions.delete_photos(at=at) == 0
        later = at + timedelta(days=rules.SHOWN_DAYS, minutes=1)
        assert actions.delete_photos(at=later) == 1
        assert actions.delete_photos(at=later) == 0
        things.refresh_from_db()
        assert things.answered_at
        assert not Upload.objects.exists()

    def test_it_goes_with_the_child_s_file(self, things):
        with transaction.atomic(), pgtrigger.ignore():
            erasing._erase(things.student)
        assert not Upload.objects.exists()


@pytest.mark.django_db
class TestBarred:
    @pytest.fixture
    def things(self, cast):
        return chosen(cast)

    @pytest.fixture
    def barred(self, cast, things, at):
        block_adult(
            adult=cast.adults["mother"], reason="法院保护令", by=cast.users["principal"], at=at
        )
        return things

    def test_sees_nothing(self, cast, mother, barred):
        for path in (page(cast), "/f/"):
            assert "小羊" not in mother.get(path, follow=True).content.decode()
        assert mother.get(page(cast)).status_code in (302, 404)
        assert mother.post(page(cast), {"picture": "heart"}).status_code in (302, 404)
        assert ThreeThings.objects.get().answered_at is None

    def test_gets_no_message(self, cast, barred, at):
        message = OutboxMessage.objects.get(payload__about="things")
        asked = [asked_of(message)]
        assert list(ThingsNotice().holding(asked, at)) == []

    def test_is_no_choice_of_the_child_any_more(self, cast, barred, at):
        assert not policies.parents_of(barred.student, day_of(at))
        assert queries.open_of(barred.student, at) == []

    def test_nor_whoever_is_no_parent_any_more(self, cast, things, mother, at):
        Guardianship.objects.filter(adult=things.adult, student=things.student).update(
            ends_on=day_of(at) - timedelta(days=1)
        )
        assert mother.get(page(cast)).status_code == 404


def felt_lately(cast, *felt, child="mengyao"):
    now = clock.now()
    for days, one in zip(range(len(felt) * 7, 0, -7), felt, strict=True):
        latest = chosen(cast, child, felt=one, at=now - timedelta(days=days))
    return latest


def keys(cast, who="teacher") -> set[str]:
    rows = work_for(cast.users[who], clock.now())
    return {row.key for row in rows if row.key.startswith("things-")}


@pytest.mark.django_db
class TestFelt:
    def test_said_once_and_by_this_child_alone(self, cast, at):
        things = chosen(cast)
        other = {"things_id": things.pk, "felt": LOW, "at": at}
        assert not actions.tell_felt(student=cast.students["xiaobao"], **other)
        assert actions.tell_felt(student=things.student, things_id=things.pk, felt=GOOD, at=at)
        assert not actions.tell_felt(student=things.student, **other)
        things.refresh_from_db()
        assert (things.felt, things.over_at) == (GOOD, at)

    def test_a_falling_line_is_a_quiet_word_to_the_class_teacher(self, cast, client):
        latest = felt_lately(cast, GOOD, SO_SO, LOW)
        (row,) = [
            row for row in work_for(cast.users["teacher"], clock.now()) if "things" in row.key
        ]
        assert row.key == f"things-{latest.pk}"
        assert "和家里的电话打得怎么样" in row.why
        for word in ("妈妈", "不太好", "小羊", "3"):
            assert word not in row.why
        client.force_login(cast.users["teacher"])
        client.post(row.act_url)
        client.post(row.act_url)
        latest.refresh_from_db()
        assert latest.asked_by == cast.users["teacher"]
        assert keys(cast) == set()

    def test_after_asking_three_more_taps_are_needed(self, cast, at):
        latest = felt_lately(cast, LOW, LOW, LOW)
        actions.note_asked(things=latest, by=cast.users["teacher"], at=at)
        for expected in (set(), set()):
            chosen(cast, felt=LOW)
            assert keys(cast) == expected
        last = chosen(cast, felt=LOW)
        assert keys(cast) == {f"things-{last.pk}"}

    def test_a_line_that_holds_says_nothing_and_nobody_else_hears(self, cast):
        felt_lately(cast, LOW, SO_SO, LOW)
        assert keys(cast) == set()
        felt_lately(cast, LOW, LOW, LOW, child="xiaobao")
        assert len(keys(cast)) == 1
        for who in ("next_teacher", "counsellor", "principal", "admin"):
            assert keys(cast, who) == set()

    def test_the_call_at_the_school_answers_for_it(self, cast, at):
        slot = make_slot(
            make_phone(cast.school),
            cast.students["mengyao"],
            cast.adults["mother"],
            at - timedelta(minutes=40),
            state=CallSlot.State.DONE,
            settled_at=at,
        )
        things = chosen(cast, at=at - timedelta(hours=2))
        calls.set_child_mood(slot=slot, mood=4, at=at)
        things.refresh_from_db()
        assert things.felt == LOW

    def test_and_the_other_way_round_it_is_not_asked_twice(self, cast, at):
        child = cast.students["mengyao"]
        slot = make_slot(
            make_phone(cast.school),
            child,
            cast.adults["mother"],
            at - timedelta(minutes=40),
            state=CallSlot.State.DONE,
            settled_at=at,
        )
        assert call_queries.child_call_to_rate(child, at) == slot
        chosen(cast, felt=GOOD)
        assert call_queries.child_call_to_rate(child, clock.now()) is None


@pytest.mark.django_db
def test_no_page_of_the_school_shows_any_of_it(cast, client):
    child = cast.students["mengyao"].pk
    chosen(cast, sentences=["小羊站起来了没有"])
    actions.answer(
        things=ThreeThings.objects.get(), picture="", words="妈妈在厂里想你", at=clock.now()
    )
    for who in ("teacher", "counsellor", "principal"):
        client.force_login(cast.users[who])
        for path in ("/", f"/children/{child}/", f"/children/{child}/print/"):
            text = client.get(path, follow=True).content.decode()
            assert "小羊站起来" not in text
            assert "在厂里想你" not in text


@pytest.mark.django_db
def test_it_goes_with_the_child_s_file(cast):
    chosen(cast, felt=LOW)
    with transaction.atomic(), pgtrigger.ignore():
        erasing._erase(cast.students["mengyao"])
    assert not ThreeThings.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_make_one(cast):
    key = uuid4()

    def tap(_number):
        try:
            return chosen(cast, key=key).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(tap, range(4)))) == 1
    assert ThreeThings.objects.count() == 1
    assert OutboxMessage.objects.filter(payload__about="things").count() == 1
