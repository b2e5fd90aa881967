"""What a family can read and which messages it gets: good news first, nothing about the home."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from classroom import actions, messages, queries
from classroom.family import family_lines
from classroom.models import FamilyRequest, Letter
from classroom.rules import TELL_AFTER_MINUTES
from core import clock
from delivery.models import OutboxMessage
from guardians.models import Adult, Guardianship
from tests.days import today
from tests.factories.classroom import WORDS, make_letter, make_note, make_request
from tests.factories.outbox import cause_at, standing


def lines(cast, adult="mother", at=None):
    ids = [cast.students["mengyao"].pk, cast.students["xiaobao"].pk]
    return family_lines(ids, [cast.adults[adult]], at or clock.now())


def told(cast, at=None):
    """Return who would get which message, from what is queued and still applies."""
    names = {adult.pk: key for key, adult in cast.adults.items()}
    return sorted(
        (names[one.adult_id], key.split(":")[0]) for key, one in due(at or later()).items()
    )


def due(at):
    messages.queue_reminders(at=at)
    return standing(at)


def later(minutes=15):
    return clock.now() + timedelta(minutes=minutes)


def test_the_latest_good_news_is_the_first_line(cast):
    make_note(cast, tell_family=True, words="旧的", at=clock.now() - timedelta(days=3))
    make_note(cast, tell_family=True)
    make_letter(cast, sent_at=clock.now())
    make_request(cast)
    found = lines(cast)[cast.students["mengyao"].pk]
    assert found[0].text == WORDS
    assert [line.order for line in found] == sorted(line.order for line in found)
    assert found[-1].is_due
    assert cast.students["xiaobao"].pk not in lines(cast)


@pytest.mark.parametrize(
    "seen",
    [
        {"tell_family": False},
        {"tell_family": True, "themes": ["home"]},
        {"tell_family": True, "themes": ["offending"]},
        {"tell_family": True, "words": "", "strengths": []},
    ],
    ids=["not told", "home", "trouble", "empty"],
)
def test_what_is_withheld_reaches_no_family_by_any_way(cast, seen):
    make_note(cast, **seen)
    assert lines(cast) == {}
    assert queries.good_news([cast.students["mengyao"].pk], clock.now() - timedelta(days=9)) == {}
    assert told(cast) == []


def test_taken_back_in_time_nobody_hears_of_it(cast):
    note = make_note(cast, tell_family=True)
    assert due(clock.now()) == {}  # a mistake can still be undone
    assert told(cast) == [("grandmother", "good-news"), ("mother", "good-news")]
    actions.retract(notes=[note], by=cast.users["teacher"], at=clock.now())
    assert told(cast) == []


def test_one_message_for_an_adult_and_a_day_however_many_children(cast):
    for child in ("mengyao", "xiaobao", "mengyao"):
        make_note(cast, child, tell_family=True)
    assert told(cast) == [("grandmother", "good-news"), ("mother", "good-news")]
    assert len(due(later())) == OutboxMessage.objects.count() == 2


def test_what_is_taken_back_and_restored_is_told_after_all(cast):
    note, teacher = make_note(cast, tell_family=True), cast.users["teacher"]
    actions.retract(notes=[note], by=teacher, at=clock.now())
    kept_back(later())
    actions.restore(notes=[note], by=teacher, at=clock.now())
    assert told(cast) == [("grandmother", "good-news"), ("mother", "good-news")]


def test_a_slip_does_not_cost_the_day_its_good_news(cast):
    """The first note of the day is taken back before anybody is told; the family hears of the next one."""
    note = make_note(cast, tell_family=True)
    actions.retract(notes=[note], by=cast.users["teacher"], at=clock.now())
    kept_back(later())
    make_note(cast, tell_family=True)
    assert told(cast) == [("grandmother", "good-news"), ("mother", "good-news")]


@pytest.mark.parametrize("stood_already", [True, False])
def test_after_a_slip_the_message_is_about_the_note_that_stands(cast, stood_already):
    """Its ten minutes and its child are those of the note that the family will find."""
    slip = make_note(cast, tell_family=True)
    note = make_note(cast, "xiaobao", tell_family=True) if stood_already else None
    actions.retract(notes=[slip], by=cast.users["teacher"], at=clock.now())
    note = note or make_note(cast, "xiaobao", tell_family=True)
    for message in OutboxMessage.objects.all():
        assert (message.about_id, message.payload["student"]) == (note.pk, note.student_id)
        assert message.due_at == note.recorded_at + timedelta(minutes=TELL_AFTER_MINUTES)
    assert told(cast) == [("grandmother", "good-news"), ("mother", "good-news")]


def test_what_becomes_good_news_by_a_correction_is_told(cast):
    note, teacher = make_note(cast, tell_family=True, themes=["home"]), cast.users["teacher"]
    assert told(cast) == []
    actions.correct(notes=[note], by=teacher, at=clock.now(), themes=[], tell_family=True)
    assert told(cast) == [("grandmother", "good-news"), ("mother", "good-news")]
    actions.correct(notes=[note], by=teacher, at=clock.now(), themes=["home"])
    assert told(cast) == []


def kept_back(at):
    """Suppress messages that no longer apply at `at`, as the worker does."""
    for row in OutboxMessage.objects.filter(state="due", due_at__lte=at):
        if cause := cause_at(row, at):
            OutboxMessage.objects.filter(pk=row.pk).update(state="suppressed", cause=cause)


@pytest.mark.parametrize(
    "change",
    [
        {"opted_out_at": "2026-01-01T00:00:00Z"},
        {"legal_basis": Adult.LegalBasis.NONE},
        {"condition": Adult.Condition.DEAD},
    ],
)
def test_whoever_may_not_be_written_to_is_not(cast, change):
    make_note(cast, tell_family=True)
    make_letter(cast, sent_at=clock.now())
    make_request(cast)
    kinds = {kind for who, kind in told(cast) if who == "mother"}
    assert kinds == {"good-news", "letter", "request"}
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(**change)
    assert "mother" not in {who for who, _kind in told(cast)}


def test_the_blocked_father_is_told_nothing_and_cannot_be_asked(cast, sign_in):
    make_note(cast, tell_family=True)
    assert "father" not in {who for who, _kind in told(cast)}
    row = make_request(cast, adult="father")
    assert queries.open_requests([cast.adults["father"].pk], today()) == []
    assert not [key for key in due(later()) if key.startswith(f"request:{row.pk}:")]
    page = sign_in("teacher").get(
        reverse("classroom:request_new", args=[cast.students["mengyao"].pk])
    )
    assert "王芳" in page.content.decode()
    assert "徐建军" not in page.content.decode()


def test_who_may_not_see_the_file_is_not_told_how_the_child_is(cast):
    make_note(cast, tell_family=True)
    Guardianship.objects.filter(adult=cast.adults["grandmother"]).update(may_see_file=False)
    assert told(cast) == [("mother", "good-news")]


class TestLetters:
    def test_written_looked_at_sent_once_never_changed(self, cast, sign_in):
        client, child = sign_in("teacher"), cast.students["mengyao"]
        address = reverse("classroom:letter", args=[child.pk])
        parts = {"good_news": "当了一天值日组长", "mood": "爱笑"}
        page = client.post(address, parts)
        letter = Letter.objects.get()
        assert page.url == reverse("classroom:letter_page", args=[letter.pk])
        assert "当了一天值日组长" in client.get(page.url).content.decode()
        assert queries.latest_letters([child.pk]) == {}
        seen = {"seen": actions.as_written(letter)}
        client.post(address, parts | {"good_news": "教会了同桌削铅笔"})  # changed before sending
        send = reverse("classroom:letter_send", args=[letter.pk])
        assert "请再看一遍再发" in client.post(send, seen, follow=True).content.decode()
        assert queries.latest_letters([child.pk]) == {}
        letter.refresh_from_db()
        seen = {"seen": actions.as_written(letter)}
        assert f'value="{seen["seen"]}"' in client.get(page.url).content.decode()
        client.post(send, seen)
        sent = queries.latest_letters([child.pk])[child.pk]
        assert sent.good_news == "教会了同桌削铅笔"
        client.post(send, seen)
        client.post(address, {"good_news": "下一封"})
        again = Letter.objects.get(pk=letter.pk)
        assert (again.good_news, again.sent_at) == ("教会了同桌削铅笔", sent.sent_at)
        assert Letter.objects.count() == 2

    def test_a_draft_that_somebody_changed_meanwhile_is_asked_for(self, cast, sign_in):
        client, child = sign_in("teacher"), cast.students["mengyao"]
        address = reverse("classroom:letter", args=[child.pk])
        began_with = client.get(address).context["form"]["instead_of"].value()
        client.post(address, {"good_news": "当了一天值日组长", "mood": "爱笑"})
        mine = {"good_news": "教会了同桌削铅笔", "instead_of": began_with}
        page = client.post(address, mine)
        assert page.status_code == 422
        assert "您在另一个页面里保存过另一个版本" in page.text
        assert "换成我现在写的" in page.text
        assert "教会了同桌削铅笔" in page.content.decode()
        assert "当了一天值日组长" in page.content.decode()
        assert Letter.objects.get().good_news == "当了一天值日组长"
        again = page.context["form"]["instead_of"].value()
        assert client.post(address, mine | {"instead_of": again}).status_code == 302
        assert Letter.objects.get().good_news == "教会了同桌削铅笔"

    def test_good_news_is_needed_and_no_part_is_too_long(self, cast, sign_in):
        address = reverse("classroom:letter", args=[cast.students["mengyao"].pk])
        page = sign_in("teacher").post(address, {"good_news": "", "mood": "好" * 301})
        assert set(page.context["form"].errors) == {"good_news", "mood"}
        assert "好" * 301 in page.content.decode()
        assert not Letter.objects.exists()

    def test_facts_are_offered_and_silence_where_nobody_keeps_a_register(self, cast, sign_in):
        make_note(cast, tell_family=True)
        client = sign_in("teacher")
        address = reverse("classroom:letter", args=[cast.students["mengyao"].pk])
        assert [fact.words for fact in client.get(address).context["facts"]] == [WORDS]
        actions.save_register(
            school_class=cast.school_class,
            on=timezone.localdate(),
            was={},
            now={},
            by=cast.users["teacher"],
            at=clock.now(),
        )
        facts = client.get(address).context["facts"]
        assert [fact.field for fact in facts] == ["good_news", "body"]


class TestRequests:
    def test_asked_answered_closed(self, cast, sign_in):
        client, child = sign_in("teacher"), cast.students["mengyao"]
        due_on = timezone.localdate() + timedelta(days=5)
        address = reverse("classroom:request_new", args=[child.pk])
        data = {
            "adult": cast.adults["mother"].pk,
            "words": "请买一双棉鞋",
            "due_on": due_on.isoformat(),
            "key": "6fa459ea-ee8a-4ca4-894e-db77e160355e",
        }
        for _time in range(2):
            client.post(address, data)
        row = FamilyRequest.objects.get()
        assert queries.open_requests([cast.adults["mother"].pk], today()) == [row]
        assert actions.answer_request(request=row, answer="will_do", words="月底", at=clock.now())
        assert "月底" in client.get(reverse("classroom:request", args=[row.pk])).content.decode()
        client.post(reverse("classroom:request_close", args=[row.pk]))
        assert queries.open_requests([cast.adults["mother"].pk], today()) == []
        assert not actions.answer_request(request=row, answer="done", words="", at=clock.now())

    def test_other_words_from_the_same_page_are_asked_as_well(self, cast, sign_in):
        client, child = sign_in("teacher"), cast.students["mengyao"]
        address = reverse("classroom:request_new", args=[child.pk])
        data = {
            "adult": cast.adults["mother"].pk,
            "due_on": (timezone.localdate() + timedelta(days=5)).isoformat(),
            "key": "6fa459ea-ee8a-4ca4-894e-db77e160355e",
        }
        for words in ("请买一双棉鞋", "请买一双棉鞋，36 码"):
            client.post(address, data | {"words": words})
        assert FamilyRequest.objects.count() == 2

    @pytest.mark.parametrize(("days", "is_asked"), [(-1, False), (0, True), (30, True)])
    def test_asked_as_long_as_the_adult_belongs_to_the_child(self, cast, days, is_asked):
        """A tie with a known future end has not ended yet."""
        row, on = make_request(cast), today()
        held = Guardianship.objects.filter(adult=row.adult, student=row.student)
        held.update(ends_on=on + timedelta(days=days))
        assert bool(queries.open_requests([row.adult_id], on)) is is_asked

    @pytest.mark.parametrize("due_on", ["1900-01-01", "2100-01-01", ""])
    def test_a_day_that_cannot_be_is_refused_at_its_field(self, cast, sign_in, due_on):
        address = reverse("classroom:request_new", args=[cast.students["mengyao"].pk])
        data = {"adult": cast.adults["mother"].pk, "words": "鞋", "due_on": due_on}
        page = sign_in("teacher").post(
            address, data | {"key": "6fa459ea-ee8a-4ca4-894e-db77e160355e"}
        )
        assert set(page.context["form"].errors) == {"due_on"}
        assert not FamilyRequest.objects.exists()

    def test_one_reminder_before_the_day_and_none_after_an_answer(self, cast):
        row = make_request(cast, days=7)
        steps = lambda at: {  # noqa: E731
            key.split(":")[2] for key in due(at) if key.startswith("request:")
        }
        assert steps(later()) == {"asked"}
        assert steps(clock.now() + timedelta(days=6)) == {"asked", "before"}
        assert steps(clock.now() + timedelta(days=9)) == set()
        actions.answer_request(request=row, answer="cannot", words="", at=clock.now())
        assert steps(clock.now() + timedelta(days=6)) == set()
