"""The family's door through HTTP: in by a link, home, me, and who stays outside."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from core import clock
from core.days import near_day, weekday_names
from delivery import links
from delivery.models import OutboxMessage, SignInLink
from doors.family.actions import sign_in_by_link
from guardians.actions import block_adult, record_contact
from guardians.models import Adult, ContactPoint
from messaging.models import CheckIn, CheckInLine, CheckInPlan
from tests.factories.cast import (
    make_adult,
    make_guardianship,
    make_student,
)
from tests.factories.founding import make_class_day, make_wave

SIGN_IN = "/f/sign-in/"


@pytest.fixture
def at(db):
    return clock.now()


def text_of(response):
    return unescape(re.sub(r"<[^>]+>", "", response.content.decode()))


def link_for(adult, at, **fields):
    """A fresh sign-in link to the adult's phone, and its path."""
    address = adult.contact_points.first().address
    link = SignInLink.objects.create(
        adult=adult,
        address=address,
        created_at=at,
        **{"expires_at": at + timedelta(minutes=30), **fields},
    )
    return link, f"/f/l/{links.sign_in_token_for(link_id=link.pk, adult_id=adult.pk)}/"


def newcomer(cast, phone="+8613893517777", **fields):
    """A mother without an account yet, of a child in the own class."""
    child = make_student(cast.school_class, "何静")
    mother = make_adult(cast.school, "何翠", phone, **fields)
    make_guardianship(child, mother, "mother")
    return mother


class TestAskingForALink:
    def test_a_known_number_gets_one(self, client, cast):
        page = client.post(SIGN_IN, {"phone": "138 9351 0001"})
        assert "请看手机" in text_of(page)
        assert OutboxMessage.objects.get().adult == cast.adults["mother"]

    def test_the_answer_tells_nothing(self, client, cast):
        phones = ["13893510001", "13900000000", "13893510002"]  # known, unknown, blocked father
        pages = {text_of(client.post(SIGN_IN, {"phone": phone})) for phone in phones}
        assert len(pages) == 1
        assert OutboxMessage.objects.count() == 1

    @pytest.mark.parametrize(
        ("phone", "words"),
        [("1389351000", "少了"), ("138935100012", "多了"), ("王芳", "不像手机号"), ("", "请填")],
    )
    def test_what_is_no_number_is_said_at_the_field(self, client, cast, phone, words):
        page = client.post(SIGN_IN, {"phone": phone})
        assert page.status_code == 422
        assert words in text_of(page)
        assert f'value="{phone}"' in page.content.decode()


class TestUsingALink:
    def test_opening_signs_nobody_in_and_uses_nothing_up(self, client, cast, at):
        link, path = link_for(newcomer(cast), at)
        for method in (client.get, client.head):
            assert method(path).status_code == 200
        assert "您是何翠吗" in text_of(client.get(path))
        link.refresh_from_db()
        assert link.used_at is None
        assert client.get("/f/").status_code == 302

    def test_the_tap_makes_the_account_and_opens_home(self, client, cast, at):
        mother = newcomer(cast)
        _link, path = link_for(mother, at)
        home = client.post(path, follow=True)
        assert "何静" in text_of(home)
        mother.refresh_from_db()
        assert not mother.user.has_usable_password()
        assert client.session.get_expiry_age() == 180 * 24 * 3600

    def test_works_once(self, client, cast, at):
        _link, path = link_for(newcomer(cast), at)
        assert client.post(path).status_code == 302
        again = Client().post(path)
        assert again.status_code == 404
        assert "这个链接过期了" in text_of(again)

    def test_a_school_vouches_for_its_own_records_alone(self, client, cast, at):
        """The same name at the same number elsewhere waits for that school's own code."""
        mother = newcomer(cast)
        twin_record = make_adult(cast.other_school, "何翠", "+8613893517777")
        _link, path = link_for(mother, at)
        client.post(path)
        mother.refresh_from_db()
        twin_record.refresh_from_db()
        assert mother.user is not None
        assert twin_record.user is None

    def test_shared_phone_opens_only_the_one_named(self, client, cast, at):
        """Grandmother and mother share a phone: each link is for one of them."""
        mother = newcomer(cast, phone="+8613893510003")
        _link, path = link_for(mother, at)
        home = text_of(client.post(path, follow=True))
        assert "何静" in home
        assert "梦瑶" not in home

    def test_a_member_of_staff_is_never_signed_in_by_a_link(self, client, cast, at):
        mother = newcomer(cast)
        Adult.objects.filter(pk=mother.pk).update(user=cast.users["teacher"])
        _link, path = link_for(mother, at)
        assert client.post(path).status_code == 404
        assert "_auth_user_id" not in client.session

    @pytest.mark.parametrize("spoil", ["forged", "old", "blocked", "shared", "moved", "disputed"])
    def test_closed_links_sign_nobody_in(self, client, cast, at, spoil):
        mother = newcomer(cast)
        link, path = link_for(mother, at)
        points = ContactPoint.objects.filter(adult=mother)
        assert client.get(path).status_code == 200
        if spoil == "forged":
            path = path[:-2] + ("0" if path[-2] != "0" else "1") + "/"
        elif spoil == "old":
            SignInLink.objects.update(expires_at=at - timedelta(seconds=1))
        elif spoil == "blocked":
            block_adult(adult=mother, reason="法院", by=cast.users["principal"], at=at)
        elif spoil == "shared":
            father = ContactPoint.objects.filter(adult=cast.adults["father"])
            father.update(address=link.address)
        elif spoil == "moved":
            points.update(address="+8613893518888")
        else:
            points.update(disputed_at=at)
        accounts = User.objects.count()
        for page in (client.get(path), client.post(path)):
            assert page.status_code == 404
            assert "这个链接过期了" in text_of(page)
        assert User.objects.count() == accounts

    @pytest.mark.parametrize("change", ["moved", "disputed"])
    def test_an_address_lost_after_the_page_opened_signs_nobody_in(self, cast, at, change):
        """The page and the tap look for themselves, so that nothing slips in between them."""
        mother = newcomer(cast)
        link, _path = link_for(mother, at)
        lost = {"address": "+8613893518888"} if change == "moved" else {"disputed_at": at}
        ContactPoint.objects.filter(adult=mother).update(**lost)
        assert sign_in_by_link(link=link, at=at) is None
        link.refresh_from_db()
        assert link.used_at is None

    @pytest.mark.parametrize("change", ["shared", "moved", "disputed", "removed"])
    def test_a_session_ends_with_the_address_that_opened_it(self, client, cast, at, change):
        mother = newcomer(cast)
        link, path = link_for(mother, at)
        assert client.post(path, follow=True).status_code == 200
        points = ContactPoint.objects.filter(adult=mother)
        if change == "shared":
            father = ContactPoint.objects.filter(adult=cast.adults["father"])
            father.update(address=link.address)
        elif change == "moved":
            points.update(address="+8613893518888")
        elif change == "disputed":
            points.update(disputed_at=at)
        else:
            points.delete()
        for path in ("/f/", "/f/me/"):
            page = client.get(path)
            assert (page.status_code, page.url.partition("?")[0]) == (302, SIGN_IN)
        assert "_auth_user_id" not in client.session

    def test_a_session_without_a_link_ends_with_any_shared_address(self, client, cast):
        client.force_login(cast.users["mother"])
        assert client.get("/f/").status_code == 200
        shared = ContactPoint.objects.filter(adult=cast.adults["mother"]).first().address
        ContactPoint.objects.filter(adult=cast.adults["father"]).update(address=shared)
        assert client.get("/f/").status_code == 404

    def test_a_record_whose_number_a_blocked_adult_shares_leaves_the_session(
        self, client, cast, at
    ):
        """Elsewhere the same number is nobody else's: that school's children stay in sight."""
        mother = newcomer(cast)
        link, path = link_for(mother, at)
        elsewhere = make_adult(cast.other_school, "何翠", link.address)
        make_guardianship(cast.students["yuan"], elsewhere, "mother")
        client.post(path)
        mother.refresh_from_db()
        Adult.objects.filter(pk=elsewhere.pk).update(user=mother.user)  # by that school's code
        before = text_of(client.get("/f/"))
        father = ContactPoint.objects.filter(adult=cast.adults["father"])
        father.update(address=link.address)
        after = text_of(client.get("/f/"))
        assert "何静" in before
        assert "何静" not in after
        yuan = cast.students["yuan"].given_name
        assert yuan in before
        assert yuan in after

    def test_a_new_one_goes_to_the_same_number(self, client, cast, at):
        link, path = link_for(newcomer(cast), at, expires_at=at - timedelta(minutes=1))
        SignInLink.objects.update(created_at=at - timedelta(hours=2))
        known = client.post(path + "new/")
        unknown = client.post("/f/l/nonsense/new/")
        assert text_of(known) == text_of(unknown)
        assert OutboxMessage.objects.get().contact_point.address == link.address


class TestLeadingNowhere:
    """An address or link that opens nothing ends at the page of its own door, with a way on."""

    @pytest.mark.parametrize(
        ("path", "word"),
        [
            ("/f/nothing/", "用手机号登录"),
            ("/p/nothing/", "回到第一页"),
            ("/v/nothing/", "这次家访"),
        ],
    )
    def test_each_door_has_its_own(self, client, cast, path, word):
        answer = client.get(path)
        assert answer.status_code == 404
        text = answer.content.decode()
        assert word in text
        assert "不是您的班" not in text

    def test_a_child_that_is_lost_finds_the_numbers_to_call(self, client, cast):
        assert "tel:12356" in client.get("/p/nothing/").content.decode()

    def test_a_stranger_s_child_is_the_family_s_own_page(self, client, cast):
        client.force_login(cast.users["mother"], "django.contrib.auth.backends.ModelBackend")
        answer = client.get(f"/f/children/{cast.students['haitao'].pk}/")
        assert answer.status_code == 404
        assert "这里什么也没有" in answer.content.decode()
        assert cast.school.phone in answer.content.decode()

    @pytest.mark.parametrize("path", ["/f/l/forged/", "/f/c/forged/", "/f/notices/l/forged/"])
    def test_a_broken_link_offers_the_number(self, client, cast, path):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "/f/sign-in/" in answer.content.decode()

    def test_a_used_link_goes_home_on_the_phone_that_it_signed_in(self, client, cast, at):
        _link, path = link_for(cast.adults["mother"], at)
        client.post(path)
        assert client.get(path).url == "/f/"
        assert client.post(path).url == "/f/"
        assert Client().get(path).status_code == 404


class TestHome:
    @pytest.fixture
    def mother(self, client, cast):
        client.force_login(cast.users["mother"])
        return client

    def test_shows_own_children_and_no_others(self, mother):
        page = text_of(mother.get("/f/"))
        assert "梦瑶" in page
        assert "小宝" in page
        assert "海涛" not in page

    def test_says_when_this_parent_talked_last_and_never_how_many_days_ago(self, mother, cast, at):
        today = timezone.localdate(at)
        for adult, days in (("mother", 3), ("father", 1)):
            record_contact(
                student=cast.students["mengyao"],
                adult=cast.adults[adult],
                happened_on=today - timedelta(days=days),
                reported_by="parent",
                at=at,
            )
        page = mother.get("/f/").content.decode()
        assert f"上次通话： <b>{weekday_names()[(today - timedelta(days=3)).weekday()]}</b>" in page
        assert f"<b>{near_day(today - timedelta(days=1), today)}</b>" not in page
        assert "没通话" not in page

    @pytest.mark.parametrize("who", ["school", "class"])
    def test_while_its_school_or_class_waits_no_question_is_promised(self, mother, cast, at, who):
        CheckInPlan.objects.create(
            school=cast.school,
            student=cast.students["mengyao"],
            every_days=7,
            next_due_on=timezone.localdate(at) + timedelta(days=2),
        )
        assert "再问" in mother.get("/f/").content.decode()
        if who == "class":
            make_class_day(4, cast.school_class)
        else:
            make_wave(cast.county, 4, "", cast.school)
        assert "再问" not in mother.get("/f/").content.decode()

    def test_a_talk_recorded_since_puts_the_next_question_off(self, mother, cast, at):
        today = timezone.localdate(at)
        child = cast.students["mengyao"]
        CheckInPlan.objects.create(
            school=cast.school, student=child, every_days=7, next_due_on=today + timedelta(days=1)
        )
        tomorrow, later = (near_day(today + timedelta(days=n), today) for n in (1, 7))
        assert tomorrow in text_of(mother.get("/f/"))
        record_contact(
            student=child,
            adult=cast.adults["mother"],
            happened_on=today,
            reported_by="parent",
            at=at,
        )
        page = text_of(mother.get("/f/"))
        assert later in page
        assert tomorrow not in page

    def test_offers_the_question_that_waits(self, mother, cast, at):
        check_in = CheckIn.objects.create(
            school=cast.school,
            adult=cast.adults["mother"],
            due_on=timezone.localdate(at),
            asked_at=at,
            expires_at=at + timedelta(days=10),
        )
        CheckInLine.objects.create(
            school=cast.school, check_in=check_in, student=cast.students["mengyao"]
        )
        page = mother.get("/f/").content.decode()
        url = re.search(r'href="(/f/c/[^"]+)"', page)[1]
        assert "和梦瑶通话了吗" in text_of(mother.get("/f/"))
        assert mother.get(url).status_code == 200

    def test_asks_no_more_queries_for_more_children(self, mother, cast):
        with CaptureQueriesContext(connection) as few:
            mother.get("/f/")
        for number in range(8):
            child = make_student(cast.school_class, f"徐小{number}")
            make_guardianship(child, cast.adults["mother"], "mother")
        with CaptureQueriesContext(connection) as many:
            page = text_of(mother.get("/f/"))
        assert "小7" in page
        assert len(many) == len(few)

    def test_others_stay_outside(self, client, cast, at):
        assert client.get("/f/").status_code == 302
        for key in ("blocked_father", "teacher", "superuser"):
            client.force_login(cast.users[key])
            assert client.get("/f/").status_code == 404

    def test_custody_that_ended_closes_the_door(self, mother, cast):
        assert mother.get("/f/").status_code == 200
        cast.adults["mother"].guardianships.update(ends_on=timezone.localdate() - timedelta(days=1))
        assert mother.get("/f/").status_code == 404


class TestMe:
    @pytest.fixture
    def mother(self, client, cast):
        client.force_login(cast.users["mother"])
        return client

    def test_says_how_the_school_reaches_her(self, mother):
        assert "138 9351 0001" in text_of(mother.get("/f/me/"))

    def test_stop_and_start_again(self, mother, cast):
        page = mother.post("/f/me/stop/", follow=True)
        assert "/f/me/start/" in page.content.decode()
        cast.adults["mother"].refresh_from_db()
        assert cast.adults["mother"].opted_out_at is not None
        mother.post("/f/me/start/")
        cast.adults["mother"].refresh_from_db()
        assert cast.adults["mother"].opted_out_at is None

    def test_stopping_is_hers_alone(self, mother, cast):
        mother.post("/f/me/stop/")
        cast.adults["other_mother"].refresh_from_db()
        assert cast.adults["other_mother"].opted_out_at is None

    def test_opening_an_act_s_address_changes_nothing(self, mother, cast):
        assert mother.get("/f/me/stop/").status_code == 405
        cast.adults["mother"].refresh_from_db()
        assert cast.adults["mother"].opted_out_at is None

    def test_language_holds_for_pages_and_messages(self, mother, cast):
        page = mother.post("/f/me/language/", {"language": "en"}, follow=True)
        assert "How the school reaches you" in text_of(page)
        cast.adults["mother"].refresh_from_db()
        assert cast.adults["mother"].language == "en"
        mother.post("/f/me/language/", {"language": "xx"})
        cast.adults["mother"].refresh_from_db()
        assert cast.adults["mother"].language == "en"

    def test_sign_out(self, mother):
        mother.post("/f/sign-out/")
        assert mother.get("/f/").status_code == 302


class TestLargeText:
    def test_is_kept_and_taken_back(self, client, cast):
        assert client.get("/f/view/?big=1&next=/f/sign-in/").url == "/f/sign-in/"
        assert " elder" in client.get(SIGN_IN).content.decode()
        client.get("/f/view/?big=0")
        assert 'class="door-family"' in client.get(SIGN_IN).content.decode()

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:1"])
    def test_leads_nowhere_else(self, client, db, target):
        assert client.get("/f/view/", {"big": "1", "next": target}).url == "/f/"

    def test_is_there_from_the_start_for_who_would_rather_listen(self, client, cast, at):
        _link, path = link_for(cast.adults["grandmother"], at)
        assert " elder" in client.get(path).content.decode()
        _link, path = link_for(cast.adults["mother"], at)
        assert 'class="door-family"' in client.get(path).content.decode()
