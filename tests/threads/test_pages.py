"""Who may read what, how many queries a page needs, and what a form reports."""

import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessRecord
from core import clock
from doors.staff.floors import timeline
from guardians.models import Adult, Guardianship
from guardians.queries import family_facts
from schools.models import Post
from tests.days import today
from tests.factories.barriers import bar_teacher
from tests.factories.cast import Cast, make_adult, make_guardianship, make_user
from tests.factories.threads import in_the_tray, mother_writes, said, teacher_writes, voice_file
from threads import actions, policies, work
from threads.models import CallBack, Reading, Sighting, Thread, ThreadMessage
from threads.queries import conversation
from threads.rules import SHOWN

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
DIST = Path(settings.BASE_DIR) / "static" / "dist"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, BACKEND)
    return client


@pytest.fixture
def mother(cast) -> Client:
    return signed_in(cast.users["mother"])


@pytest.fixture
def teacher(cast) -> Client:
    return signed_in(cast.users["teacher"])


def other_parent(cast: Cast) -> Client:
    """Add a father who lives apart and has his own account, and return his client."""
    father = make_adult(cast.school, "徐大山", "+8613893510008")
    make_guardianship(cast.students["mengyao"], father, "father")
    father.user = make_user("family-dashan", "徐大山")
    father.save()
    cast.adults["other_father"] = father
    return signed_in(father.user)


class TestFamily:
    def test_each_parent_sees_only_the_own_threads(self, cast, mother):
        father = other_parent(cast)
        thread = mother_writes(cast).thread
        assert mother.get(f"/f/messages/{thread.pk}/").status_code == 200
        assert father.get(f"/f/messages/{thread.pk}/").status_code == 404
        assert "咳嗽" not in father.get("/f/messages/").content.decode()
        both = teacher_writes(cast, "mother", "other_father", text="请两位都看").thread
        for client in (mother, father):
            assert "请两位都看" in client.get(f"/f/messages/{both.pk}/").content.decode()

    def test_who_is_no_longer_a_parent_reads_nothing_more(self, cast, mother):
        thread = mother_writes(cast).thread
        held = Guardianship.objects.filter(
            adult=cast.adults["mother"], student=cast.students["mengyao"]
        )
        held.update(ends_on="2026-01-01")
        assert mother.get(f"/f/messages/{thread.pk}/").status_code == 404
        assert not policies.threads_of(
            Adult.objects.filter(pk=cast.adults["mother"].pk), today()
        ).exists()

    def test_a_double_tap_and_a_late_submit_write_once(self, cast, mother):
        thread, key = mother_writes(cast).thread, str(uuid4())
        for _time in range(2):
            answer = mother.post(f"/f/messages/{thread.pk}/", {"key": key, "text": "还有"})
            assert answer.status_code == 302
        assert thread.messages.filter(text="还有").count() == 1
        begun = {"key": str(uuid4()), "text": "新的", "child": cast.students["mengyao"].pk}
        for _time in range(2):
            mother.post("/f/messages/new/", begun)
        assert Thread.objects.count() == 2

    def test_other_words_from_the_same_page_are_not_dropped(self, cast, mother):
        """The first try may have arrived although her phone did not hear of it."""
        thread, key = mother_writes(cast).thread, str(uuid4())
        for words in ("还有", "还有，她发烧了"):
            mother.post(f"/f/messages/{thread.pk}/", {"key": key, "text": words})
        assert thread.messages.filter(text="还有，她发烧了").count() == 1
        begun = {"key": str(uuid4()), "text": "新的", "child": cast.students["mengyao"].pk}
        for more in ({}, {"help": "on"}, {"help": "on"}):
            mother.post("/f/messages/new/", begun | more)
        asked = ThreadMessage.objects.filter(text="新的").order_by("pk")
        assert list(asked.values_list("calls_for_help", flat=True)) == [False, True]

    def test_another_voice_from_the_same_page_is_not_dropped(self, cast, mother):
        thread, key = mother_writes(cast).thread, str(uuid4())
        for seconds in (2, 5, 5):
            data = {"key": key, "voice": voice_file(seconds)}
            mother.post(f"/f/messages/{thread.pk}/", data)
        rows = thread.messages.exclude(voice=None).order_by("pk")
        assert list(rows.values_list("voice__seconds", flat=True)) == [2, 5]

    @pytest.mark.parametrize(
        "data", [{}, {"text": "  "}, {"text": "x" * 2001}, {"text": "x", "quick": "delete"}]
    )
    def test_what_cannot_be_said_says_why_and_writes_nothing(self, cast, mother, data):
        thread = mother_writes(cast).thread
        answer = mother.post(f"/f/messages/{thread.pk}/", {"key": str(uuid4())} | data)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
        assert thread.messages.exclude(via="automatic").count() == 1

    def test_a_file_that_is_no_voice_keeps_the_words(self, cast, mother):
        from django.core.files.uploadedfile import SimpleUploadedFile

        thread = mother_writes(cast).thread
        bad = SimpleUploadedFile("a.ogg", b"MZ" * 50, "audio/ogg")
        answer = mother.post(
            f"/f/messages/{thread.pk}/", {"key": str(uuid4()), "text": "别丢了", "voice": bad}
        )
        assert answer.status_code == 422
        assert "别丢了" in answer.content.decode()

    def test_a_child_of_somebody_else_cannot_be_named(self, cast, mother):
        data = {"key": str(uuid4()), "text": "x", "child": cast.students["haitao"].pk}
        assert mother.post("/f/messages/new/", data).status_code == 422
        assert not Thread.objects.exists()

    def test_the_card_shows_a_new_answer_until_it_is_read(self, cast, mother):
        thread = mother_writes(cast).thread
        actions.say_from_school(
            thread=thread, said=said("好多了"), by=cast.users["teacher"], at=clock.now()
        )
        address = f"/f/messages/{thread.pk}/"
        home = mother.get("/f/").content.decode()
        assert address in home
        assert "张老师给您写了话" in home
        mother.get(address)
        assert "张老师给您写了话" not in mother.get("/f/").content.decode()

    def test_weight_on_a_slow_line(self, cast, mother):
        thread = mother_writes(cast, voice=voice_file()).thread
        html = mother.get(f"/f/messages/{thread.pk}/").content
        css = (DIST / "family.css").read_bytes() + (DIST / "talk.css").read_bytes()
        assert len(gzip.compress(html)) + len(gzip.compress(css)) <= 10_500
        assert len(gzip.compress((DIST / "talk.js").read_bytes())) <= 2_500
        text = (DIST / "talk.css").read_text()
        assert not re.search(r":has\(|:is\(|inset:|aspect-ratio|(?<!grid-)gap:", text)


class TestStaff:
    def test_others_read_only_with_a_reason_that_stays(self, cast):
        thread = mother_writes(cast).thread
        principal = signed_in(cast.users["principal"])
        address = f"/messages/{thread.pk}/"
        assert "咳嗽" not in principal.get(address).content.decode()
        assert "咳嗽" not in principal.get("/messages/?tab=school").content.decode()
        assert principal.post(f"{address}read/", {"reason": ""}).status_code == 422
        principal.post(f"{address}read/", {"reason": "家长打电话投诉"})
        assert "咳嗽" in principal.get(address).content.decode()
        assert Reading.objects.get().reason == "家长打电话投诉"
        assert AccessRecord.objects.filter(user=cast.users["principal"], what="messages").exists()
        shown = signed_in(cast.users["teacher"]).get(address).content.decode()
        assert "家长打电话投诉" in shown
        assert principal.post(f"{address}say/", {"text": "x", "key": uuid4()}).status_code == 404
        later = clock.now() + timedelta(hours=13)
        on = later.date()
        assert not policies.is_readable(cast.users["principal"], thread, on, later)

    def test_a_barred_colleague_knows_nothing_of_it(self, cast, teacher):
        thread, other = mother_writes(cast).thread, mother_writes(cast, child=None).thread
        bar_teacher(cast)
        for one in (thread, other):
            assert teacher.get(f"/messages/{one.pk}/").status_code == 404
        assert "咳嗽" not in teacher.get("/messages/").content.decode()
        assert work.work_for(cast.users["teacher"], clock.now()) == []

    def test_whoever_handed_it_over_as_class_teacher_and_who_got_it_read_on(self, cast, teacher):
        thread = mother_writes(cast).thread
        actions.hand_over(
            thread=thread,
            to=cast.users["admin"],
            words="",
            by=cast.users["teacher"],
            key=uuid4(),
            at=clock.now(),
        )
        address = f"/messages/{thread.pk}/"
        assert teacher.get(address).status_code == 200
        assert signed_in(cast.users["admin"]).get(address).status_code == 200
        assert signed_in(cast.users["next_teacher"]).get(address).status_code == 404

    def test_search_by_name_pinyin_and_words(self, cast, teacher):
        mother_writes(cast)
        for query in ("徐梦瑶", "xumengyao", "xmy", "王芳", "wang fang", "咳嗽", "咳"):
            assert "mail" in teacher.get("/messages/", {"q": query}).content.decode(), query
        for query in ("马兰", "数学", "%", "_"):
            assert 'class="mail' not in teacher.get("/messages/", {"q": query}).content.decode()

    def test_the_timeline_says_that_they_talked_and_words_only_to_those_in_it(self, cast):
        mother_writes(cast)
        student, at = cast.students["mengyao"], clock.now()
        texts = {
            who: " ".join(
                event.title + event.text
                for event in timeline(
                    student, family_facts(student), cast.users[who], at, 20, "contact"
                )
            )
            for who in ("teacher", "principal")
        }
        assert "咳嗽" in texts["teacher"]
        assert "咳嗽" not in texts["principal"]
        assert "王芳" in texts["principal"]

    def test_nobody_in_charge_is_everybodys_who_may_hand_over(self, cast):
        thread = mother_writes(cast, at=clock.now() - timedelta(days=3)).thread
        Thread.objects.filter(pk=thread.pk).update(owner=cast.users["ended"])
        keys = [one.key for one in work.work_for(cast.users["principal"], clock.now())]
        assert keys == [f"stray-thread-{thread.pk}"]

    @pytest.mark.parametrize("how", ["moved", "barred", "other_work"])
    def test_an_owner_who_can_no_longer_answer_here_is_nobody_in_charge(self, cast, how):
        """Even if they still hold a post somewhere."""
        thread = mother_writes(cast, at=clock.now() - timedelta(days=3)).thread
        owner, at = thread.owner, clock.now()
        if how == "moved":
            Post.objects.filter(user=owner).update(
                school=cast.other_school, school_class=cast.far_class
            )
        elif how == "barred":
            bar_teacher(cast)
        else:
            Post.objects.filter(user=owner).update(
                role="village_worker", school_class=None, village="黄羊川村"
            )
        assert work.work_for(owner, at) == []
        keys = [one.key for one in work.work_for(cast.users["principal"], at)]
        assert keys == [f"stray-thread-{thread.pk}"]

    def test_barred_from_a_child_they_do_not_answer_what_names_no_child_either(self, cast):
        thread = mother_writes(cast, child=None, at=clock.now() - timedelta(days=3)).thread
        bar_teacher(cast)
        assert work.work_for(thread.owner, clock.now()) == []
        keys = [one.key for one in work.work_for(cast.users["principal"], clock.now())]
        assert keys == [f"stray-thread-{thread.pk}"]

    def test_a_call_that_a_family_waits_for_outlives_whoever_promised_it(self, cast):
        thread = mother_writes(cast, at=clock.now() - timedelta(days=3), wants_call=True).thread
        at, owner = clock.now(), thread.owner
        actions.say_from_school(thread=thread, said=said("我今晚打给您"), by=owner, at=at)
        Post.objects.filter(user=owner).update(ends_on=today() - timedelta(days=1))
        keys = [one.key for one in work.work_for(cast.users["principal"], at)]
        assert keys == [f"stray-thread-{thread.pk}"]

    def test_nobody_is_asked_to_call_an_adult_who_is_blocked(self, cast):
        thread = mother_writes(cast, wants_call=True).thread
        call, teacher = CallBack.objects.get(), signed_in(cast.users["teacher"])
        address = f"/messages/{thread.pk}/"
        assert "call-line" in teacher.get(address).content.decode()
        Adult.objects.filter(pk=call.adult_id).update(
            blocked_at=clock.now(), blocked_reason="保护令", blocked_by=cast.users["principal"]
        )
        keys = [one.key for one in work.work_for(cast.users["teacher"], clock.now())]
        assert f"call-back-{call.pk}" not in keys
        assert teacher.get(f"/messages/calls/{call.pk}/").status_code == 404
        assert "call-line" not in teacher.get(address).content.decode()

    @pytest.mark.parametrize("outcome", ["not_needed", "nobody"])
    def test_what_a_colleague_wrote_of_a_call_stays_and_the_second_reads_so(self, cast, outcome):
        mother_writes(cast, wants_call=True)
        address = f"/messages/calls/{CallBack.objects.get().pk}/"
        Thread.objects.update(owner=cast.users["principal"])
        first = signed_in(cast.users["principal"])
        second = signed_in(cast.users["teacher"])
        said_first = {"outcome": "talked", "words": "说好周六再打"}
        for _twice in range(2):  # a form sent twice has nothing to say
            assert first.post(address, said_first).status_code == 302
        answer = second.post(address, {"outcome": outcome, "words": "问的是校车"})
        assert answer.status_code == 422
        assert "别人已经写过了" in answer.content.decode()
        assert "问的是校车" in answer.content.decode()
        call = CallBack.objects.get()
        assert (call.outcome, call.words) == ("talked", "说好周六再打")
        assert call.done_by == cast.users["principal"]

    def test_own_hours_and_phrases(self, cast, teacher):
        data = {"own-quiet_from": "20:00", "own-quiet_until": "12:00"}
        assert teacher.post("/messages/own/hours/own/", data).status_code == 422
        data = {"own-quiet_from": "20:00", "own-quiet_until": "06:30"}
        assert teacher.post("/messages/own/hours/own/", data).status_code == 302
        assert teacher.post("/messages/own/hours/school/", data).status_code == 404
        teacher.post("/messages/own/phrases/", {"text": "收到", "for_school": "on"})
        assert [one.user for one in policies.phrases_for(cast.users["teacher"], cast.school)] == [
            cast.users["teacher"]
        ]


def cost(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("teacher", "/messages/"),
        ("teacher", "/messages/?tab=class"),
        ("teacher", "/messages/?q=咳嗽"),
        ("principal", "/messages/?tab=school"),
        ("principal", "/messages/tray/"),
        ("teacher", "/"),
        ("mother", "/f/messages/"),
        ("mother", "/f/"),
    ],
)
def test_as_many_queries_for_ten_threads_as_for_one(cast, who, address, monkeypatch):
    monkeypatch.setattr("doors.staff.rail.KEPT_SECONDS", 3600)
    client = signed_in(cast.users[who])

    def one_more() -> None:
        thread = mother_writes(cast, wants_call=Thread.objects.count() % 2 == 0).thread
        actions.say_from_school(
            thread=thread, said=said("好多了"), by=cast.users["teacher"], at=clock.now()
        )
        mother_writes(cast)
        mother_writes(cast, child=None, wants_call=True)
        in_the_tray(cast)

    one_more()
    few = cost(client, address)
    for _time in range(4):
        one_more()
    assert cost(client, address) == few


def test_a_long_conversation_costs_what_a_short_one_does(cast, teacher):
    thread = mother_writes(cast).thread
    address = f"/messages/{thread.pk}/"
    actions.say_from_school(
        thread=thread, said=said("好"), by=cast.users["teacher"], at=clock.now()
    )
    few = cost(teacher, address)
    for number in range(70):
        actions.say_from_school(
            thread=thread, said=said(f"第{number}句"), by=cast.users["teacher"], at=clock.now()
        )
    page = teacher.get(address).content.decode()
    assert "第69句" in page
    assert "第3句" not in page
    # none of the messages shown is the family's, so one query fewer
    assert cost(teacher, address) <= few
    first = ThreadMessage.objects.filter(thread=thread, text="第12句").get()
    assert "第3句" in teacher.get(f"{address}?before={first.pk}").content.decode()


@pytest.mark.parametrize("where", ["reply", "say"])
def test_what_the_family_wrote_while_somebody_answered_goes_on_waiting(cast, where):
    """On Today and on the conversation's own page: the answer goes, and covers only what was on screen."""
    first = mother_writes(cast, "他今天吃饭了吗")
    thread = first.thread
    client = signed_in(cast.users["teacher"])
    page = "reply" if where == "reply" else "thread"
    client.get(reverse(f"threads:{page}", args=[thread.pk]), headers={"HX-Request": "true"})
    later = actions.say_from_family(
        thread=thread, adult=cast.adults["mother"], said=said("他说肚子疼"), by=None, at=clock.now()
    )
    words = {"text": "吃了两碗", "key": str(uuid4())}
    for _twice in range(2):
        answer = client.post(
            reverse(f"threads:{where}", args=[thread.pk]), words, headers={"HX-Request": "true"}
        )
    thread.refresh_from_db()
    assert thread.messages.filter(text="吃了两碗").count() == 1
    assert (thread.state, thread.waiting_since) == ("waiting_school", later.at)
    if where == "reply":
        assert "没看过" in answer.content.decode()
    # Once it has been on the screen, the next answer settles it.
    client.get(reverse("threads:thread", args=[thread.pk]))
    more = {"text": "我带她去看看", "key": str(uuid4())}
    client.post(reverse("threads:reply", args=[thread.pk]), more, headers={"HX-Request": "true"})
    thread.refresh_from_db()
    assert thread.state == "waiting_family"


def test_only_what_today_showed_counts_as_read_and_the_rest_goes_on_waiting(cast):
    """Today shows the last three messages in place; the family may have written more."""
    mother, teacher = cast.adults["mother"], cast.users["teacher"]
    first = mother_writes(cast, "他发烧了")
    thread, client = first.thread, signed_in(teacher)
    for text in ("第二句", "第三句", "第四句"):
        actions.say_from_family(
            thread=thread, adult=mother, said=said(text), by=None, at=clock.now()
        )
    page = reverse("threads:reply", args=[thread.pk])
    shown = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "第四句" in shown
    late = actions.say_from_family(
        thread=thread, adult=mother, said=said("晚到的"), by=None, at=clock.now()
    )

    def seen() -> set[str]:
        rows = Sighting.objects.filter(user=teacher, message__thread=thread)
        return set(rows.values_list("message__text", flat=True))

    texts = [one.text for one in thread.messages.filter(adult=mother)]
    assert seen() == {one for one in texts if one in shown}
    assert first.text not in seen()
    words = {"text": "好的", "key": str(uuid4())}
    answer = client.post(page, words, headers={"HX-Request": "true"}).content.decode()
    assert seen() == {one for one in texts if one in shown}
    assert late.text not in seen()
    assert "没看过" in answer
    thread.refresh_from_db()
    assert (thread.state, thread.waiting_since) == ("waiting_school", first.at)
    # Also where only an earlier one is unread.
    Sighting.objects.create(school=cast.school, message=late, user=teacher, seen_at=clock.now())
    words = {"text": "好的。", "key": str(uuid4())}
    client.post(page, words, headers={"HX-Request": "true"})
    thread.refresh_from_db()
    assert (thread.state, thread.waiting_since) == ("waiting_school", first.at)
    assert not actions.finish(thread=thread, by=teacher, at=clock.now())
    client.get(reverse("threads:thread", args=[thread.pk]))
    words = {"text": "我带他去看看", "key": str(uuid4())}
    answer = client.post(page, words, headers={"HX-Request": "true"}).content.decode()
    assert "没看过" not in answer
    thread.refresh_from_db()
    assert thread.state == "waiting_family"


def test_a_voice_that_was_said_first_and_stored_last_goes_on_waiting(cast):
    mother, noon = cast.adults["mother"], clock.now() - timedelta(hours=1)
    thread = mother_writes(cast, "吃饭了吗", at=noon).thread
    client = signed_in(cast.users["teacher"])
    page = reverse("threads:reply", args=[thread.pk])
    client.get(page, headers={"HX-Request": "true"})
    before = noon - timedelta(seconds=5)
    actions.say_from_family(thread=thread, adult=mother, said=said("疼"), by=None, at=before)
    words = {"text": "吃了", "key": str(uuid4())}
    client.post(page, words, headers={"HX-Request": "true"})
    thread.refresh_from_db()
    assert (thread.state, thread.waiting_since) == ("waiting_school", before)


def test_earlier_pages_leave_no_message_out_even_one_that_came_in_late(cast):
    """A voice takes seconds to convert: it is stored behind a word that was said after it."""
    noon, by = datetime(2026, 11, 24, 4, tzinfo=UTC), cast.users["teacher"]
    thread = mother_writes(cast, at=noon).thread
    for number in range(1, 2 * SHOWN):
        seconds = number + (1.5 if number == SHOWN - 1 else 0)
        at = noon + timedelta(seconds=seconds)
        actions.say_from_school(thread=thread, said=said("好"), by=by, at=at)
    latest = conversation(thread)
    assert latest.has_earlier
    first = conversation(thread, latest.messages[0].pk)
    assert not first.has_earlier
    shown = [*first.messages, *latest.messages]
    assert [one.at for one in shown] == sorted(one.at for one in shown)
    assert {one.pk for one in shown} == set(thread.messages.values_list("pk", flat=True))
