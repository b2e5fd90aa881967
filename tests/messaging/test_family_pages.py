"""The page behind a check-in's link, through HTTP: one tap, twice, undone, forged, late, blocked, shared."""

import re
from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.clock import NOW_SQL
from core.languages import COOKIE
from delivery.models import OutboxMessage
from delivery.sentences.queries import sound_path
from guardians.actions import block_adult
from guardians.models import Contact, ContactPoint
from messaging import links
from messaging.models import CheckIn, CheckInLine, Reply
from messaging.presenters.family import greeting
from safeguarding.actions import run_intake
from safeguarding.models import Concern
from tests.factories.calls import offer_calls
from tests.factories.sentences import keep_sentence, say
from tests.factories.threads import voice_file
from threads import actions as threads
from threads.models import CallBack, ThreadMessage


def ask(cast, at, *children, adult="mother"):
    """A waiting question to `adult` about `children`, and the path of its link."""
    person = cast.adults[adult]
    check_in = CheckIn.objects.create(
        school=person.school,
        adult=person,
        due_on=timezone.localdate(at),
        asked_at=at,
        expires_at=at + timedelta(days=10),
        next_step_at=at + timedelta(days=2),
    )
    for child in children:
        CheckInLine.objects.create(
            school=person.school, check_in=check_in, student=cast.students[child]
        )
    return check_in, path_of(check_in)


def path_of(check_in, point=None):
    token = links.token_for(
        check_in_id=check_in.pk,
        adult_id=check_in.adult_id,
        contact_point_id=point.pk if point else None,
    )
    return f"/f/c/{token}/"


def point_of(cast, adult):
    return ContactPoint.objects.get(adult=cast.adults[adult])


def key_in(response):
    return re.search(r'name="key" value="([0-9a-f-]+)"', response.content.decode())[1]


def text_of(response):
    return unescape(re.sub(r"<[^>]+>", "", response.content.decode()))


@pytest.fixture
def one(cast, at):
    return ask(cast, at, "mengyao")


@pytest.fixture
def two(cast, at):
    return ask(cast, at, "mengyao", "xiaobao")


def tap(client, path, answer="talked", key=None, **more):
    key = key or key_in(client.get(path))
    return key, client.post(path, {"answer": answer, "key": key, **more})


class TestAsking:
    def test_opening_records_nothing(self, client, one):
        check_in, path = one
        for method in (client.get, client.head, client.get):
            assert method(path).status_code == 200
        assert not Reply.objects.exists()
        assert not Contact.objects.exists()
        check_in.refresh_from_db()
        assert check_in.state == CheckIn.State.WAITING

    def test_a_page_has_its_instant_from_the_row_of_its_link_and_a_tap_one_of_its_own(
        self, client, one
    ):
        path, of_clock = one[1], f"SELECT {NOW_SQL}"
        key = key_in(client.get(path))
        for ask_for, times in (
            (lambda: client.get(path), 0),
            (lambda: client.post(path, {"answer": "talked", "key": key}), 1),
        ):
            with CaptureQueriesContext(connection) as asked:
                assert ask_for().status_code == 200
            assert [each["sql"] for each in asked].count(of_clock) == times

    def test_names_child_parent_and_teacher_but_no_other_child(self, client, one):
        page = client.get(one[1])
        assert "梦瑶" in text_of(page)
        assert "王芳" in text_of(page)
        assert "张老师" in text_of(page)
        assert "小宝" not in text_of(page)
        assert "梦瑶" not in re.search("<title>(.*?)</title>", page.content.decode())[1]

    def test_siblings_are_lines_of_one_question(self, client, two):
        page = text_of(client.get(two[1]))
        assert "梦瑶、小宝" in page
        assert "不一样？分开答" in page

    def test_a_screen_reader_says_no_mark_where_a_line_may_break(self, client, two):
        said = re.findall(r'aria-label="([^"]*)"', client.get(two[1]).content.decode())
        assert any("通话了吗" in one for one in said)
        assert not any("wbr" in one for one in said)

    def test_is_never_stored_and_tells_no_other_site(self, client, one):
        page = client.get(one[1])
        assert "no-store" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "same-origin"

    def test_speaks_the_adult_s_language(self, client, cast, one):
        cast.adults["mother"].language = "en"
        cast.adults["mother"].save()
        page = client.get(one[1])
        assert "I need help" in text_of(page)
        assert page["Content-Language"] == "en"

    @pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Asia/Almaty"])
    def test_greets_by_the_adult_s_own_clock(self, client, cast, one, at, zone):
        cast.adults["mother"].time_zone = zone
        cast.adults["mother"].save()
        hour = at.astimezone(ZoneInfo(zone)).hour
        shift = cast.adults["mother"].shift
        assert greeting("王芳", hour, shift) in text_of(client.get(one[1]))

    def test_only_who_works_by_day_hears_in_the_evening_that_work_is_done(self):
        day, night, at_home = (greeting("王芳", 19, shift) for shift in ("day", "night", ""))
        assert night == at_home != day
        assert greeting("王芳", 8, "day") == greeting("王芳", 8, "night")


class TestAnswering:
    def test_one_tap_is_a_contact(self, client, cast, one):
        check_in, path = one
        _key, page = tap(client, path)
        assert page.status_code == 200
        assert "听起来怎么样" in text_of(page)
        contact = Contact.objects.get()
        assert contact.student == cast.students["mengyao"]
        assert contact.adult == cast.adults["mother"]
        assert contact.reported_by == Contact.ReportedBy.PARENT
        check_in.refresh_from_db()
        assert check_in.state == CheckIn.State.ANSWERED

    def test_double_tap_counts_once(self, client, one):
        key, _page = tap(client, one[1])
        _key, again = tap(client, one[1], key=key)
        assert again.status_code == 200
        assert Reply.objects.count() == Contact.objects.count() == 1

    def test_another_answer_from_a_second_tab_is_not_dropped_silently(self, client, one):
        _check_in, path = one
        first, second = key_in(client.get(path)), key_in(client.get(path))
        tap(client, path, "talked", first)
        _key, same = tap(client, path, "talked", second)
        assert "算那一次" not in text_of(same)
        _key, other = tap(client, path, "need_help", second)
        assert "您已经回答过了，算那一次" in text_of(other)

    def test_a_second_page_does_not_answer_again(self, client, one):
        """Two tabs: the later one shows what stands instead of overwriting it."""
        other_key = key_in(client.get(one[1]))
        tap(client, one[1])
        _key, page = tap(client, one[1], "need_help", key=other_key)
        assert "已通话" in text_of(page)
        assert list(Reply.objects.values_list("answer", flat=True)) == ["talked"]

    def test_each_child_its_own_answer(self, client, cast, two):
        check_in, path = two
        lines = {line.student_id: line for line in check_in.lines.all()}
        mine, other = (lines[cast.students[name].pk] for name in ("mengyao", "xiaobao"))
        key = key_in(client.get(path))
        answers = {f"answer-{mine.pk}": "talked", f"answer-{other.pk}": "not_yet"}
        page = client.post(path, {"key": key, **answers})
        assert "梦瑶：已通话；小宝：还没有" in text_of(page)
        assert f"mood-{mine.pk}" in page.content.decode()
        assert f"mood-{other.pk}" not in page.content.decode()
        assert Contact.objects.get().student == cast.students["mengyao"]

    def test_half_an_answer_is_asked_for_again(self, client, two):
        check_in, path = two
        line = check_in.lines.first()
        page = client.post(path, {"key": key_in(client.get(path)), f"answer-{line.pk}": "talked"})
        assert page.status_code == 422
        assert "请给每个孩子都点一个" in text_of(page)
        assert not Reply.objects.exists()

    @pytest.mark.parametrize(
        "data", [{}, {"answer": "maybe"}, {"answer": "talked", "key": "x" * 200}]
    )
    def test_nonsense_records_nothing(self, client, one, data):
        page = client.post(one[1], {"key": "0" * 32, **data})
        assert page.status_code == 422
        assert not Reply.objects.exists()

    def test_not_yet_says_when_it_asks_again(self, client, one):
        _key, page = tap(client, one[1], "not_yet")
        assert "再问您一次" in text_of(page)
        assert not Contact.objects.exists()

    def test_help_names_who_is_told_and_the_hotlines(self, client, one):
        _key, page = tap(client, one[1], "need_help")
        assert "已经告诉张老师了" in text_of(page)
        assert "12356" in text_of(page)
        assert "0935-5112233" in text_of(page)

    def test_is_kept_from_other_sites(self, one):
        strict = Client(enforce_csrf_checks=True)
        key = key_in(strict.get(one[1]))
        assert strict.post(one[1], {"answer": "talked", "key": key}).status_code == 403
        assert not Reply.objects.exists()

    def test_asks_no_more_queries_for_two_children(
        self, client, one, cast, at, django_assert_num_queries
    ):
        client.get(one[1])  # a process that never asked before asks one after the other
        with django_assert_num_queries(2):
            client.get(one[1])
        CheckInLine.objects.create(
            school=cast.school, check_in=one[0], student=cast.students["xiaobao"]
        )
        with django_assert_num_queries(2):
            client.get(one[1])

    def test_the_schools_recordings_come_with_the_question(
        self, client, one, cast, django_assert_num_queries
    ):
        kept = {
            language: sound_path(keep_sentence(cast, "ear-talked", language=language))
            for language in ("zh-hans", "en")
        }
        say(cast.other_school, cast.users["far_teacher"], "ear-not_yet")
        for language, queries in (("zh-hans", 2), ("en", 3)):  # English is chosen on this phone
            client.cookies[COOKIE] = language
            client.get(one[1])
            with django_assert_num_queries(queries):
                page = client.get(one[1]).text
            assert re.findall('/hooks/sentences/[^"?]*', page) == [kept[language]]


class TestMore:
    def test_mood_and_words_then_thanks(self, client, one):
        key, _page = tap(client, one[1])
        page = client.post(
            one[1] + "more/", {"key": key, "mood": "2", "words": "想吃饺子"}, follow=True
        )
        assert "谢谢您，王芳" in text_of(page)
        line = CheckInLine.objects.get()
        assert (line.mood, line.words) == (2, "想吃饺子")

    def test_each_sibling_has_a_face(self, client, two):
        check_in, path = two
        key, _page = tap(client, path)
        first, second = check_in.lines.order_by("pk")
        moods = {f"mood-{first.pk}": "1", f"mood-{second.pk}": "5"}
        client.post(path + "more/", {"key": key, **moods})
        assert list(check_in.lines.order_by("pk").values_list("mood", flat=True)) == [1, 5]

    def test_too_many_words_are_given_back(self, client, one):
        key, _page = tap(client, one[1])
        page = client.post(one[1] + "more/", {"key": key, "words": "话" * 501})
        assert page.status_code == 422
        assert "话" * 501 in page.content.decode()
        assert CheckInLine.objects.get().words == ""

    def test_skipping_needs_no_script(self, client, one):
        tap(client, one[1])
        assert "谢谢您" in text_of(client.get(one[1] + "done/"))

    @pytest.mark.parametrize(("answer", "stands"), [("talked", True), ("not_yet", False)])
    def test_the_bridge_stands_only_after_a_talk(self, client, one, answer, stands):
        tap(client, one[1], answer)
        page = text_of(client.get(one[1] + "done/"))
        assert "您的话送到了" in page
        assert ("桥又搭好了" in page) is stands

    def test_thanks_only_for_an_answer(self, client, one):
        assert client.get(one[1] + "done/").url == one[1]


class TestUndo:
    def test_a_wrong_tap_is_corrected_not_erased(self, client, one):
        key, _page = tap(client, one[1])
        page = client.post(one[1] + "undo/", {"key": key}, follow=True)
        assert "需要帮忙" in text_of(page)
        assert list(Reply.objects.values_list("act", flat=True)) == ["answer", "undo"]
        assert Contact.objects.get().retracted_at is not None

    def test_after_it_another_answer_holds(self, client, one):
        key, _page = tap(client, one[1])
        client.post(one[1] + "undo/", {"key": key})
        tap(client, one[1], "not_yet")
        assert CheckInLine.objects.get().answer == "not_yet"

    def test_replayed_taps_do_not_undo_the_correction(self, client, one):
        key, _page = tap(client, one[1])
        for _time in range(2):
            client.post(one[1] + "undo/", {"key": key})
        _key, page = tap(client, one[1], key=key)
        assert "需要帮忙" in text_of(page)
        assert Reply.objects.count() == 2
        assert CheckInLine.objects.get().answer == ""


def _forged(cast, check_in, path):
    return path[:-2] + ("0" if path[-2] != "0" else "1") + "/"


def _cut(cast, check_in, path):
    return path[:-5] + "/"


def _expired(cast, check_in, path):
    CheckIn.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    return path


def _closed(cast, check_in, path):
    CheckIn.objects.update(state=CheckIn.State.CLOSED)
    return path


def _blocked(cast, check_in, path):
    mother, principal = cast.adults["mother"], cast.users["principal"]
    block_adult(adult=mother, reason="法院保护令", by=principal, at=timezone.now())
    return path


def _custody_lost(cast, check_in, path):
    yesterday = timezone.localdate() - timedelta(days=1)
    cast.adults["mother"].guardianships.update(ends_on=yesterday)
    return path


def _phone_shared_with_blocked(cast, check_in, path):
    """The father is blocked in the cast; now he has her number."""
    ContactPoint.objects.filter(adult=cast.adults["father"]).update(
        address=point_of(cast, "mother").address
    )
    return path


def _said_not_me(cast, check_in, path):
    ContactPoint.objects.filter(adult=cast.adults["mother"]).update(disputed_at=timezone.now())
    return path


SPOILT = [
    _forged,
    _cut,
    _expired,
    _closed,
    _blocked,
    _custody_lost,
    _phone_shared_with_blocked,
    _said_not_me,
]


def told(response):
    """A page without what differs by request: its CSRF token and the address it was asked under."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return re.sub(r"/f/c/[^/\"]+/|%2Ff%2Fc%2F[^\"&]+|/f/c/[^\"&]+", "", page)


class TestClosedLinks:
    @pytest.mark.parametrize("spoil", SPOILT)
    def test_all_meet_the_same_page_and_nothing_is_recorded(self, client, cast, one, spoil):
        check_in, path = one
        assert client.get(path).status_code == 200
        key = key_in(client.get(path))
        spoilt = spoil(cast, check_in, path)
        nonsense = client.get("/f/c/nonsense/")
        for page in (client.get(spoilt), client.post(spoilt, {"answer": "talked", "key": key})):
            assert page.status_code == 404
            assert "这个链接过期了" in text_of(page)
            assert told(page) == told(nonsense)
        assert not Reply.objects.exists()

    def test_a_link_to_her_own_second_phone_still_opens(self, client, cast, one):
        """Only the number that the blocked father shares is closed."""
        shared = point_of(cast, "mother")
        own = ContactPoint.objects.create(
            school=cast.school, adult=cast.adults["mother"], kind="phone", address="+8613893519999"
        )
        assert client.get(path_of(one[0], shared)).status_code == 200
        points = ContactPoint.objects.filter(adult=cast.adults["father"])
        points.update(address=shared.address)
        assert client.get(path_of(one[0], own)).status_code == 200
        assert client.get(path_of(one[0], shared)).status_code == 404

    def test_after_answering_it_shows_what_stands(self, client, one):
        tap(client, one[1])
        assert "记下了" in text_of(client.get(one[1]))

    def test_reply_after_moving_school_belongs_to_the_school_that_asked(self, client, cast, one):
        cast.students["mengyao"].enrolments.update(ends_on=timezone.localdate() - timedelta(days=1))
        tap(client, one[1])
        assert Reply.objects.get().school == cast.school
        assert Contact.objects.get().school == cast.school

    def test_an_address_that_was_cut_short(self, client, db):
        assert client.get("/f/c/").status_code == 404


class TestNewLink:
    def test_goes_to_the_registered_number_only(self, client, cast, one):
        CheckIn.objects.update(expires_at=timezone.now() - timedelta(days=1))
        client.post(one[1] + "new/", {"phone": "+8613800000000"})
        message = OutboxMessage.objects.get()
        assert message.kind == OutboxMessage.Kind.LINK
        assert message.contact_point == point_of(cast, "mother")

    def test_answer_tells_nothing(self, client, cast, one):
        known = client.post(one[1] + "new/")
        unknown = client.post("/f/c/nonsense/new/")
        assert told(known) == told(unknown)
        assert OutboxMessage.objects.count() == 1

    def test_blocked_adult_gets_none(self, client, cast, one):
        _blocked(cast, *one)
        assert client.post(one[1] + "new/").status_code == 200
        assert not OutboxMessage.objects.exists()

    def test_a_few_an_hour(self, client, cast, one):
        answers = [client.post(one[1] + "new/").status_code for _one in range(7)]
        assert answers == [200] * 5 + [429] * 2
        assert OutboxMessage.objects.count() == 5


class TestWrongPerson:
    def test_asks_first_then_stops_that_number(self, client, cast, one):
        point = point_of(cast, "mother")
        path = path_of(one[0], point)
        assert "您不是王芳" in text_of(client.get(path + "not-me/"))
        point.refresh_from_db()
        assert point.disputed_at is None
        for _time in range(2):
            assert "谢谢您告诉我们" in text_of(client.post(path + "not-me/"))
        point.refresh_from_db()
        assert point.disputed_at is not None
        assert client.get(path).status_code == 404


class TestOldAddress:
    """The link lies at an address from which the adult has been parted since."""

    @pytest.fixture
    def sent(self, cast, at, one):
        point = point_of(cast, "mother")
        OutboxMessage.objects.create(
            school=cast.school,
            kind="check_in",
            dedupe_key="sent",
            adult=cast.adults["mother"],
            about_id=one[0].pk,
            contact_point=point,
            address=point.address,
            state="accepted",
            due_at=at,
            expires_at=at + timedelta(days=1),
        )
        return point, path_of(one[0], point)

    def test_opens_while_nothing_has_changed(self, client, sent):
        page = client.get(sent[1])
        assert page.status_code == 200
        assert "梦瑶" in page.content.decode()

    def test_another_number_closes_it(self, client, sent):
        ContactPoint.objects.filter(pk=sent[0].pk).update(address="+8613893518888")
        assert client.get(sent[1]).status_code == 404

    def test_removing_the_number_closes_it(self, client, sent):
        sent[0].delete()
        assert client.get(sent[1]).status_code == 404

    def test_a_blocked_adult_who_keeps_the_phone_sees_no_later_question_either(
        self, client, cast, sent
    ):
        point, path = sent
        ContactPoint.objects.filter(adult=cast.adults["father"]).update(address=point.address)
        ContactPoint.objects.filter(pk=point.pk).update(address="+8613893518888")
        row = OutboxMessage.objects.get()
        row.pk, row.dedupe_key, row.address = None, "again", "+8613893518888"
        row.idempotency_key = "0" * 32
        row.save()
        assert client.get(path).status_code == 404

    def test_asked_again_at_the_new_number_it_opens(self, client, sent):
        point, path = sent
        ContactPoint.objects.filter(pk=point.pk).update(address="+8613893518888")
        OutboxMessage.objects.update(address="+8613893518888")
        page = client.get(path)
        assert page.status_code == 200
        assert "梦瑶" in page.content.decode()


class TestSayingIt:
    """Nobody has to type: what is said comes into the conversation, and a call for help tells of it."""

    def test_the_page_takes_a_voice_and_offers_a_call(self, client, one, cast):
        _check_in, path = one
        _key, response = tap(client, path, "not_yet")
        page = response.content.decode()
        assert re.search('<input[^>]*type="file"[^>]*name="voice"', page)
        assert 'name="call"' in page
        book = reverse("family_calls:book", args=[cast.students["mengyao"].pk])
        assert book not in page
        thanks = client.get(path + "done/").content.decode()
        assert book not in thanks
        assert reverse("family:home") in thanks
        offer_calls(cast.school)
        assert book in client.get(path + "more/").content.decode()
        assert book in client.get(path + "done/").content.decode()

    def test_a_voice_is_heard_by_the_teacher_once(self, client, one, cast, at):
        _check_in, path = one
        tap(client, path, "not_yet")
        key = key_in(client.get(path + "more/"))
        for _time in range(2):
            voice = voice_file()
            answer = client.post(path + "more/", {"key": key, "voice": voice, "call": "1"})
            assert answer.status_code == 302
        for _time in range(2):
            threads.land_replies(at=at)
        message = ThreadMessage.objects.get(adult=cast.adults["mother"])
        assert message.voice is not None
        assert message.thread.student == cast.students["mengyao"]
        assert message.thread.owner == cast.users["teacher"]
        assert CallBack.objects.get().adult == cast.adults["mother"]

    def test_what_is_added_to_the_same_page_is_not_dropped(self, client, one, cast, at):
        """The first try may have arrived although the phone did not hear of it."""
        _check_in, path = one
        tap(client, path, "not_yet")
        key = key_in(client.get(path + "more/"))
        for words in ({"words": "她咳嗽"}, {"words": "她咳嗽", "call": "1"}):
            for _time in range(2):
                client.post(path + "more/", {"key": key} | words)
        wishes = (
            Reply.objects.filter(act="more").order_by("pk").values_list("wants_call", flat=True)
        )
        assert list(wishes) == [False, True]
        threads.land_replies(at=at)
        assert CallBack.objects.get().adult == cast.adults["mother"]

    def test_of_siblings_it_is_one_message(self, client, two, at):
        _check_in, path = two
        tap(client, path)
        key = key_in(client.get(path + "more/"))
        client.post(path + "more/", {"key": key, "call": "1"})
        threads.land_replies(at=at)
        assert ThreadMessage.objects.filter(wants_call=True).count() == 1

    def test_what_is_no_voice_is_said_and_keeps_the_words(self, client, one):
        _check_in, path = one
        tap(client, path)
        key = key_in(client.get(path + "more/"))
        bad = SimpleUploadedFile("a.mp3", b"no sound", "audio/mpeg")
        answer = client.post(path + "more/", {"key": key, "voice": bad, "words": "写好的话"})
        assert answer.status_code == 422
        assert "写好的话" in answer.content.decode()
        assert not Reply.objects.filter(act="more").exists()

    def test_a_blocked_adult_s_voice_reaches_no_conversation(self, client, one, cast, at):
        _check_in, path = one
        tap(client, path)
        key = key_in(client.get(path + "more/"))
        client.post(path + "more/", {"key": key, "call": "1"})
        block_adult(adult=cast.adults["mother"], reason="令", by=cast.users["principal"], at=at)
        threads.land_replies(at=at)
        assert not ThreadMessage.objects.exists()

    def test_after_i_need_help_whoever_answers_for_it_hears_it(self, client, one, cast, at):
        _check_in, path = one
        tap(client, path, "need_help")
        key = key_in(client.get(path + "more/"))
        client.post(path + "more/", {"key": key, "voice": voice_file(), "call": "1"})
        for _time in range(2):
            run_intake(at)
        concern = Concern.objects.get()
        reply = Reply.objects.get(voice__isnull=False)
        url = reverse("safeguarding:voice", args=[concern.pk, reply.pk])
        staff = Client(headers={"accept-language": "zh-hans"})
        staff.force_login(cast.users["teacher"])
        assert url in staff.get(reverse("counselling:detail", args=[concern.pk])).content.decode()
        assert staff.get(url).status_code == 200
        stranger = Client()
        stranger.force_login(cast.users["far_teacher"])
        assert stranger.get(url).status_code == 404
