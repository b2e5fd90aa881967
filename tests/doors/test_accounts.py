"""Families come in: codes, slips, links by invitation, devices; and who stays outside."""

import re
from datetime import datetime, timedelta
from html import unescape
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from core import clock
from delivery import actions as messaging
from delivery import dispatch, links, rules, texts
from delivery.actions.codes import WORDS
from delivery.models import (
    ChannelAccount,
    DemoPhoneMessage,
    Device,
    Invitation,
    OneTimeCode,
    OutboxMessage,
    SignInLink,
)
from delivery.queries import claim_work
from delivery.sign_in import codes, limits
from doors.family import actions
from guardians.actions import block_adult
from guardians.hours import Hours
from guardians.models import Adult, ContactPoint
from schools.models import School
from tests.factories.cast import (
    PASSWORD,
    make_adult,
    make_guardianship,
    make_student,
)

SIGN_IN, CODE = "/f/sign-in/", "/f/sign-in/code/"
PHONE, LOCAL = "+8613893517777", "13893517777"


@pytest.fixture
def at(db):
    return clock.now()


@pytest.fixture
def mother(cast):
    """A mother without an account yet, of a child in the own class."""
    child = make_student(cast.school_class, "何静")
    adult = make_adult(cast.school, "何翠", PHONE)
    make_guardianship(child, adult, "mother")
    return adult


def text_of(response):
    return unescape(re.sub(r"<[^>]+>", "", response.content.decode()))


def ask(client, phone=LOCAL, **more):
    return client.post(SIGN_IN, {"phone": phone, "way": "code", **more})


def sent_code(**by):
    return codes.digits_of(OneTimeCode.objects.filter(**by).latest("pk"))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def enter(client, code, phone=LOCAL, **more):
    return client.post(CODE, {"phone": phone, "code": code, **more})


def is_in(client) -> bool:
    return client.get("/f/").status_code == 200


class TestCodes:
    def test_the_right_code_opens_home_and_makes_the_account(self, client, mother):
        ask(client)
        assert "何静" in text_of(
            client.post(CODE, {"phone": LOCAL, "code": sent_code()}, follow=True)
        )
        mother.refresh_from_db()
        assert not mother.user.has_usable_password()
        assert client.session.get_expiry_age() == 180 * 24 * 3600

    def test_as_people_type_it(self, client, mother):
        ask(client)
        code = sent_code()
        wide = "".join(chr(ord(one) + 0xFEE0) for one in code)
        assert enter(client, f" {wide[:3]} {wide[3:]} ").status_code == 302
        assert is_in(client)

    def test_known_unknown_and_blocked_get_the_same_pages(self, client, cast, mother, monkeypatch):
        asked, tried = set(), set()
        for phone in (LOCAL, "13900000000", "13893510002"):  # known, unknown, blocked father
            page = text_of(ask(client, phone))
            asked.add(page.replace(phone, ""))
            tried.add(text_of(enter(client, "000000", phone)).replace(phone, ""))
        assert len(asked) == len(tried) == 1
        assert OneTimeCode.objects.count() == 1

    def test_a_wrong_code_opens_nothing_and_five_wear_it_out(self, client, mother):
        ask(client)
        code = sent_code()
        for _try in range(rules.CODE_ATTEMPTS):
            assert enter(client, wrong(code)).status_code == 422
        assert enter(client, code).status_code == 422
        assert not is_in(client)
        ask(client)
        assert enter(client, sent_code()).status_code == 302

    def test_a_code_is_good_once_for_ten_minutes_and_for_its_phone(self, client, cast, mother, at):
        ask(client)
        code = sent_code()
        other = make_adult(cast.school, "赵燕", "+8613893516666")
        make_guardianship(cast.students["mengyao"], other, "mother")
        ask(Client(), "13893516666")
        assert enter(Client(), code, "13893516666").status_code == 422
        OneTimeCode.objects.filter(address=PHONE).update(expires_at=at - timedelta(seconds=1))
        assert enter(client, code).status_code == 422
        OneTimeCode.objects.filter(address=PHONE).update(expires_at=at + timedelta(minutes=5))
        assert enter(client, code).status_code == 302
        assert enter(Client(), code).status_code == 422

    def test_a_code_for_another_purpose_does_not_sign_in(self, client, cast, mother, at):
        point = mother.contact_points.get()
        messaging.queue_verification_code(point=point, by=cast.users["teacher"], at=at)
        assert enter(client, sent_code(purpose="verify")).status_code == 422

    def test_two_tabs_the_older_code_still_opens(self, client, mother):
        ask(client)
        first = sent_code()
        ask(client)
        assert enter(client, first).status_code == 302

    def test_only_a_few_an_hour_for_one_phone(self, client, mother):
        for _time in range(limits.TO_HERE.most):
            assert "已经发出" in text_of(ask(client))
        refused = ask(client)
        assert refused.status_code == 429
        assert "已经发出" not in text_of(refused)
        assert OneTimeCode.objects.count() == limits.TO_HERE.most

    def test_a_parents_evening_behind_one_address_guesses_right(self, cast, with_sms, at):
        for number in range(4):
            child = make_student(cast.school_class, f"何小{number}")
            adult = make_adult(cast.school, f"何妈{number}", f"+861389351666{number}")
            make_guardianship(child, adult, "mother")
            client, path = Client(), f"/f/i/{slip_for(adult, cast, at)}/"
            client.get(path)
            client.post(path)
            client.post(path, {"code": sent_code()})
            client.post(path)
            assert is_in(client)

    def test_no_row_holds_the_code(self, client, mother):
        ask(client)
        code = sent_code()
        kept = [*OneTimeCode.objects.values_list(), *OutboxMessage.objects.values_list()]
        assert code not in str(kept)

    def test_a_shared_phone_asks_who(self, client, cast, mother):
        grandmother = make_adult(cast.school, "李奶奶", PHONE)
        make_guardianship(cast.students["mengyao"], grandmother, "paternal_grandmother")
        ask(client)
        page = enter(client, sent_code())
        assert "何翠" in text_of(page)
        assert "李奶奶" in text_of(page)
        ticket = re.search(r'name="ticket" value="([^"]+)"', page.content.decode())[1]
        assert not is_in(client)
        client.post("/f/sign-in/who/", {"ticket": ticket, "who": grandmother.pk})
        home = text_of(client.get("/f/"))
        assert "梦瑶" in home
        assert "何静" not in home

    def test_who_takes_no_other_adult_and_no_forged_ticket(self, client, cast, mother):
        make_guardianship(
            cast.students["haitao"], make_adult(cast.school, "李奶奶", PHONE), "mother"
        )
        ask(client)
        page = enter(client, sent_code()).content.decode()
        ticket = re.search(r'name="ticket" value="([^"]+)"', page)[1]
        stranger = cast.adults["mother"].pk
        client.post("/f/sign-in/who/", {"ticket": ticket, "who": stranger})
        client.post("/f/sign-in/who/", {"ticket": ticket[:-3] + "abc", "who": mother.pk})
        assert not is_in(client)

    def test_an_account_of_staff_never_opens(self, client, cast, mother):
        Adult.objects.filter(pk=mother.pk).update(user=cast.users["teacher"])
        ask(client)
        assert enter(client, sent_code()).status_code == 422
        assert "_auth_user_id" not in client.session

    @pytest.mark.parametrize("change", ["shared", "moved", "disputed", "blocked"])
    def test_between_code_and_entry_things_may_change(self, client, cast, mother, at, change):
        ask(client)
        code = sent_code()
        spoil(cast, mother, at, change)
        assert enter(client, code).status_code == 422
        assert not is_in(client)

    @pytest.mark.parametrize("change", ["shared", "moved", "disputed", "blocked"])
    def test_a_session_opened_by_a_code_ends_with_its_phone(self, client, cast, mother, at, change):
        ask(client)
        enter(client, sent_code())
        assert is_in(client)
        spoil(cast, mother, at, change)
        assert not is_in(client)


def spoil(cast, mother, at, change):
    points = ContactPoint.objects.filter(adult=mother)
    if change == "shared":
        ContactPoint.objects.filter(adult=cast.adults["father"]).update(address=PHONE)
    elif change == "moved":
        points.update(address="+8613893518888")
    elif change == "disputed":
        points.update(disputed_at=at)
    else:
        block_adult(adult=mother, reason="法院", by=cast.users["principal"], at=at)


class TestWhereToNext:
    def test_a_link_in_a_notice_leads_there_after_signing_in(self, client, mother):
        page = client.get("/f/privacy/consents/?x=1")
        assert page.url == "/f/sign-in/?next=%2Ff%2Fprivacy%2Fconsents%2F%3Fx%3D1"
        assert 'value="/f/privacy/consents/?x=1"' in client.get(page.url).content.decode()
        ask(client, next="/f/privacy/consents/?x=1")
        done = enter(client, sent_code(), next="/f/privacy/consents/?x=1")
        assert done.url == "/f/privacy/consents/?x=1"

    def test_through_a_link_by_message_too(self, client, mother, at):
        client.post(SIGN_IN, {"phone": LOCAL, "way": "link", "next": "/f/me/"})
        link = SignInLink.objects.get()
        path = f"/f/l/{messaging_token(link)}/"
        assert client.post(path).url == "/f/me/"

    @pytest.mark.parametrize(
        "target", ["https://evil.example/f/", "//evil.example/f/", "/accounts/", "/f\\evil", "/"]
    )
    def test_leads_nowhere_else(self, client, mother, target):
        page = client.get(SIGN_IN, {"next": target}).content.decode()
        assert '<input type="hidden" name="next" value="">' in page
        ask(client, next=target)
        assert enter(client, sent_code(), next=target).url == "/f/"


def messaging_token(link):
    return links.sign_in_token_for(link_id=link.pk, adult_id=link.adult_id)


class TestCheckingANumber:
    def test_a_teacher_types_what_is_read_out(self, client, cast, mother, at):
        client.force_login(cast.users["teacher"])
        point = mother.contact_points.get()
        page = f"/check-ins/ways/{point.pk}/code/"
        client.get(page)
        assert not OneTimeCode.objects.exists()
        client.post(page)
        code = sent_code(purpose="verify")
        assert client.post(page, {"code": wrong(code)}).status_code == 422
        assert client.post(page, {"code": code}).status_code == 302
        point.refresh_from_db()
        assert point.verified_at is not None

    def test_the_family_types_it_itself(self, client, mother):
        ask(client)
        enter(client, sent_code())
        point = mother.contact_points.get()
        page = f"/f/me/ways/{point.pk}/"
        client.post(page)
        client.post(page, {"code": sent_code(purpose="verify")})
        point.refresh_from_db()
        assert point.verified_at is not None

    def test_a_code_for_one_way_does_not_verify_another(self, cast, mother, at):
        first = mother.contact_points.get()
        second = ContactPoint.objects.create(
            school=cast.school, adult=mother, kind="email", address="a@example.org"
        )
        messaging.queue_verification_code(point=first, by=cast.users["teacher"], at=at)
        code = sent_code(purpose="verify")
        by = cast.users["teacher"]
        assert not messaging.verify_by_code(point=second, given=code, by=by, at=at)
        assert messaging.verify_by_code(point=first, given=code, by=by, at=at)

    def test_a_code_to_the_number_counts_whoever_asked_for_it(self, cast, mother, at):
        """The adult asked for a code to a new number, which the school has recorded in the meantime."""
        point = mother.contact_points.get()
        messaging.queue_new_number_code(adult=mother, address=point.address, at=at)
        code, by = sent_code(purpose="verify"), cast.users["teacher"]
        messaging.queue_verification_code(point=point, by=by, at=at)
        assert messaging.verify_by_code(point=point, given=code, by=by, at=at)

    def test_others_files_have_no_such_page(self, client, cast, mother):
        client.force_login(cast.users["next_teacher"])
        assert (
            client.get(f"/check-ins/ways/{mother.contact_points.get().pk}/code/").status_code == 404
        )


@pytest.fixture
def with_sms(cast):
    """A school that can write to phones: the demo phone stands for any gateway."""
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    cast.school.refresh_from_db()
    return cast


def said_yes_by_two(cast, url):
    """The class teacher has asked; the principal sees it then, and looks at it too."""
    for key in ("teacher", "principal"):
        staff = Client()
        staff.force_login(cast.users[key])
        assert url in [item.act_url for item in claim_work(cast.users[key], clock.now())]
        assert staff.get(url).status_code == 200
        assert staff.post(url, {"answer": "yes"}).status_code == 302


def slip_for(adult, cast, at) -> str:
    messaging.make_slips(adults=[adult], by=cast.users["teacher"], at=at)
    return codes.code_on(Invitation.objects.get(adult=adult, revoked_at=None))


class TestSlips:
    def test_looking_writes_nothing_and_names_nobody(self, client, with_sms, mother, at):
        path = f"/f/i/{slip_for(mother, with_sms, at)}/"
        before = list(Invitation.objects.values())
        for method in (client.get, client.head):
            assert method(path).status_code == 200
        page = text_of(client.get(path))
        for secret in ("何翠", "何静", LOCAL, "7777"):
            assert secret not in page
        assert list(Invitation.objects.values()) == before
        assert not OneTimeCode.objects.exists()

    def test_with_a_code_to_the_phone_on_record(self, client, with_sms, mother, at):
        path = f"/f/i/{slip_for(mother, with_sms, at)}/"
        client.post(path)
        assert client.post(path, {"code": wrong(sent_code())}).status_code == 422
        page = client.post(path, {"code": sent_code()}, follow=True)
        assert "您是何翠吗" in text_of(page)
        assert "何静" in text_of(page)
        assert not is_in(client)
        assert "何静" in text_of(client.post(path, follow=True))
        assert is_in(client)

    def test_a_found_slip_opens_nothing(self, client, with_sms, mother, at):
        """Anyone who finds it and knows the number still lacks the phone."""
        path = f"/f/i/{slip_for(mother, with_sms, at)}/"
        client.post(path)
        code = sent_code()
        for _try in range(rules.CODE_ATTEMPTS):
            client.post(path, {"code": wrong(code)})
        client.post(path, {"code": code})
        client.post(path, {"digits": "7777"})
        client.post(path)
        assert not is_in(client)

    def test_opens_once(self, client, with_sms, mother, at):
        path = f"/f/i/{slip_for(mother, with_sms, at)}/"
        client.post(path)
        client.post(path, {"code": sent_code()})
        client.post(path)
        assert is_in(client)
        assert Client().get(path).status_code == 404

    @pytest.mark.parametrize("end", ["old", "revoked", "blocked", "forged"])
    def test_over_is_over(self, client, with_sms, mother, at, end):
        code = slip_for(mother, with_sms, at)
        assert client.get(f"/f/i/{code}/").status_code == 200
        if end == "old":
            Invitation.objects.update(expires_at=at)
        elif end == "revoked":
            messaging.revoke_slip(adult=mother, by=with_sms.users["teacher"], at=at)
        elif end == "blocked":
            block_adult(adult=mother, reason="法院", by=with_sms.users["principal"], at=at)
        else:
            code = code[:-1] + ("2" if code[-1] != "2" else "3")
        page = client.get(f"/f/i/{code}/")
        assert page.status_code == 404
        assert "不能用了" in text_of(page)

    @pytest.mark.parametrize("trouble", ["blocked", "account closed", "account of staff"])
    def test_a_refusal_uses_nothing_up(self, with_sms, mother, at, trouble):
        slip_for(mother, with_sms, at)
        link = SignInLink.objects.create(
            adult=mother, address=PHONE, created_at=at, expires_at=at + timedelta(days=1)
        )
        if trouble == "blocked":  # between the look at the number and the slip
            why = {"blocked_reason": "法院", "blocked_by": with_sms.users["principal"]}
            Adult.objects.filter(pk=mother.pk).update(blocked_at=at, **why)
            assert messaging.use_slip(invitation=Invitation.objects.get(), at=at) is None
            assert messaging.use_sign_in_link(link=link, at=at) is None
        else:
            is_staff = trouble == "account of staff"
            user = User.objects.create_user("someone", is_active=is_staff, is_staff=is_staff)
            Adult.objects.filter(pk=mother.pk).update(user=user)
        slip = Invitation.objects.get()
        assert actions.sign_in_by_slip(invitation=slip, address=PHONE, at=at) is None
        assert actions.sign_in_by_link(link=link, at=at) is None
        slip.refresh_from_db()
        link.refresh_from_db()
        assert (slip.used_at, link.used_at) == (None, None)

    def test_typed_from_paper(self, client, with_sms, mother, at):
        code = slip_for(mother, with_sms, at)
        typed = f" {code[:5].lower()} {code[5:]}"
        assert client.post("/f/i/", {"code": typed}).url == f"/f/i/{codes.readable_slip(code)}/"
        for nonsense in ("", "AAAAA-AAAAA", "a/b/../c", "x" * 300):
            assert client.post("/f/i/", {"code": nonsense}).status_code == 422

    def test_without_a_channel_the_last_digits_and_then_the_teacher(self, client, cast, mother, at):
        path = f"/f/i/{slip_for(mother, cast, at)}/"
        assert client.post(path, {"digits": "0000"}).status_code == 422
        client.post(path, {"digits": "7777"})
        assert not is_in(client)
        assert "何翠" not in text_of(client.get(path))
        assert not OutboxMessage.objects.exists()
        work = claim_work(cast.users["teacher"], at)
        assert [item.student_name for item in work] == ["何静"]
        assert claim_work(cast.users["next_teacher"], at) == []
        said_yes_by_two(cast, work[0].act_url)
        assert "您是何翠吗" not in text_of(Client().get(path))  # another browser with the same slip
        assert "您是何翠吗" in text_of(client.get(path))
        client.post(path)
        assert is_in(client)

    def test_five_wrong_digits_are_the_end_of_it(self, client, cast, mother, at):
        path = f"/f/i/{slip_for(mother, cast, at)}/"
        for _try in range(rules.SLIP_ATTEMPTS):
            client.post(path, {"digits": "0000"})
        assert client.post(path, {"digits": "7777"}).status_code == 422
        assert claim_work(cast.users["teacher"], at) == []

    def test_no_number_on_record_a_new_one_waits_for_the_teacher(
        self, client, with_sms, mother, at
    ):
        mother.contact_points.all().delete()
        path = f"/f/i/{slip_for(mother, with_sms, at)}/"
        new = "13893519999"
        assert client.post(path, {"phone": "12"}).status_code == 422
        client.post(path, {"phone": new})
        client.post(path, {"phone": new, "code": sent_code(address="+8613893519999")})
        assert not is_in(client)
        assert not ContactPoint.objects.filter(adult=mother).exists()
        work = claim_work(with_sms.users["teacher"], at)
        assert "138\N{NO-BREAK SPACE}9351\N{NO-BREAK SPACE}9999" in work[0].why
        said_yes_by_two(with_sms, work[0].act_url)
        point = ContactPoint.objects.get(adult=mother)
        assert (point.address, point.verified_at is None) == ("+8613893519999", False)
        client.post(path)
        assert is_in(client)

    def test_a_teacher_s_no_makes_the_slip_worthless(self, client, cast, mother, at):
        path = f"/f/i/{slip_for(mother, cast, at)}/"
        client.post(path, {"digits": "7777"})
        url = claim_work(cast.users["teacher"], at)[0].act_url
        staff = Client()
        staff.force_login(cast.users["teacher"])
        assert staff.post(url).status_code == 422
        staff.post(url, {"answer": "no"})
        assert client.get(path).status_code == 404
        assert claim_work(cast.users["teacher"], at) == []

    def test_a_copy_of_the_database_holds_no_code(self, cast, mother, at):
        code = slip_for(mother, cast, at)
        assert code not in str(list(Invitation.objects.values()))


class TestTheClassSheet:
    URL = "/children/invitations/"

    @pytest.fixture
    def teacher(self, client, cast):
        client.force_login(cast.users["teacher"])
        return client

    def test_one_slip_for_each_adult_who_may_see(self, teacher, cast, mother, at):
        teacher.get(self.URL)
        assert not Invitation.objects.exists()
        done = teacher.post(self.URL, follow=True)
        invited = set(Invitation.objects.values_list("adult__name", flat=True))
        assert invited == {"何翠", "李秀兰"}  # 王芳 is in already, 徐建军 is blocked
        sheet = done.content.decode()
        code = codes.readable_slip(codes.code_on(Invitation.objects.get(adult=mother)))
        assert code in sheet
        assert sheet.count('class="qr"') == 2
        assert "马兰" not in sheet
        assert "style=" not in sheet
        teacher.post(self.URL)
        assert Invitation.objects.count() == 2

    def test_who_is_in(self, teacher, cast, mother, at):
        messaging.make_slips(adults=[mother], by=cast.users["teacher"], at=at)
        page = re.sub(r"\s+", "", text_of(teacher.get(self.URL)))
        joined = page.split("已加入")[1]
        assert "徐梦瑶妈妈王芳" in joined
        assert "徐梦瑶奶奶李秀兰还没邀请" in page
        assert re.search(r"妈妈何翠\S{1,8}做了邀请单", page)

    def test_a_lost_slip_is_taken_back_and_made_anew(self, teacher, cast, mother, at):
        old = slip_for(mother, cast, at)
        teacher.post(reverse("staff:revoke_invitation", args=[mother.pk]))
        assert Client().get(f"/f/i/{old}/").status_code == 404
        teacher.post(self.URL)
        assert slip_for(mother, cast, at) != old

    def test_strangers_change_nothing(self, client, cast, mother, at):
        old = slip_for(mother, cast, at)
        client.force_login(cast.users["next_teacher"])
        assert client.post(reverse("staff:revoke_invitation", args=[mother.pk])).status_code == 404
        assert client.get(f"{self.URL}?class={cast.school_class.pk}").status_code == 404
        assert Client().get(f"/f/i/{old}/").status_code == 200

    def test_as_many_queries_for_ten_children_as_for_one(self, teacher, cast, mother):
        teacher.get(self.URL)  # the rail beside it is read once and kept
        with CaptureQueriesContext(connection) as few:
            teacher.get(self.URL)
        for number in range(9):
            child = make_student(cast.school_class, f"何小{number}")
            make_guardianship(child, make_adult(cast.school, f"何妈{number}"), "mother")
        with CaptureQueriesContext(connection) as many:
            teacher.get(self.URL)
        assert len(few) == len(many)


class TestInvitingByMessage:
    def test_a_link_goes_out_once_a_day(self, client, cast, mother):
        client.force_login(cast.users["teacher"])
        child = mother.guardianships.get().student
        url = reverse("staff:family_invite", args=[child.pk, mother.pk])
        client.post(url)
        client.post(url)
        message = OutboxMessage.objects.get()
        assert (message.kind, message.adult) == ("invite", mother)
        link = SignInLink.objects.get()
        assert link.expires_at - link.created_at == timedelta(days=3)
        family = Client()
        assert family.post(f"/f/l/{messaging_token(link)}/").status_code == 302
        assert is_in(family)

    def test_waits_for_quiet_hours_while_a_code_does_not(self):
        facts = {"expires_at": clock_at(4) + timedelta(days=1), "hours": Hours()}
        night = clock_at(2)
        for kind, verdict in (("invite", "wait"), ("code", "send")):
            decided = rules.recheck(rules.SendFacts(kind=kind, **facts), night)
            assert decided.verdict == verdict

    def test_a_blocked_adult_cannot_be_invited(self, client, cast, at):
        client.force_login(cast.users["teacher"])
        father, child = cast.adults["father"], cast.students["mengyao"]
        client.post(reverse("staff:family_invite", args=[child.pk, father.pk]))
        assert not OutboxMessage.objects.exists()


def clock_at(hour: int):
    return datetime(2026, 11, 25, hour, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


class TestDevices:
    ANDROID = "Mozilla/5.0 (Linux; Android 11) Chrome/86.0 MicroMessenger/8.0"

    def sign_in(self, agent=ANDROID) -> Client:
        client = Client(headers={"user-agent": agent})
        ask(client)
        assert enter(client, sent_code()).status_code == 302
        return client

    def test_each_phone_is_listed_and_one_can_be_signed_out(self, mother):
        phone, tablet = self.sign_in(), self.sign_in("Mozilla/5.0 (iPad) Safari/604")
        page = text_of(phone.get("/f/me/devices/"))
        assert "Android 微信" in page
        assert "iPad Safari" in page
        other = Device.objects.get(name="iPad Safari")
        phone.post(f"/f/me/devices/{other.pk}/end/")
        assert not is_in(tablet)
        assert is_in(phone)
        assert Device.objects.count() == 1

    def test_everywhere_at_once(self, mother):
        phone, tablet = self.sign_in(), self.sign_in()
        phone.post("/f/me/devices/end/")
        assert not is_in(phone)
        assert not is_in(tablet)

    def test_a_session_that_no_row_tells_of_ends_too(self, client, cast):
        user = cast.users["mother"]
        user.set_unusable_password()
        user.save()
        client.force_login(user)
        assert is_in(client)
        messaging.end_sessions(user=user)
        assert not is_in(client)

    def test_a_parent_who_works_at_the_school_keeps_the_password(self, client, cast, mother):
        teacher = cast.users["teacher"]
        Adult.objects.filter(pk=mother.pk).update(user=teacher)
        child = mother.guardianships.get().student
        client.force_login(cast.users["admin"])
        client.post(reverse("staff:family_revoke", args=[child.pk, mother.pk]))
        teacher.refresh_from_db()
        assert teacher.check_password(PASSWORD)

    def test_staff_end_them_with_the_next_request(self, client, cast, mother):
        phone = self.sign_in()
        child = mother.guardianships.get().student
        url = reverse("staff:family_revoke", args=[child.pk, mother.pk])
        client.force_login(cast.users["next_teacher"])
        assert client.post(url).status_code == 404
        assert is_in(phone)
        client.force_login(cast.users["teacher"])
        assert client.get(url).status_code == 405
        client.post(url)
        assert not is_in(phone)

    def test_nobody_ends_another_s(self, client, cast, mother):
        phone = self.sign_in()
        client.force_login(cast.users["mother"])
        assert client.post(f"/f/me/devices/{Device.objects.get().pk}/end/").status_code == 404
        assert is_in(phone)

    def test_use_slides_the_session_on_once_a_day(self, mother, at):
        phone = self.sign_in()
        session = phone.session
        session["device_seen_on"] = "2026-01-01"
        session.save()
        Device.objects.update(last_used_at=at - timedelta(days=40))
        with CaptureQueriesContext(connection) as first:
            phone.get("/f/")
        assert Device.objects.get().last_used_at >= at
        with CaptureQueriesContext(connection) as second:
            phone.get("/f/")
        assert len(second) < len(first)

    def test_signing_out_takes_the_phone_off_the_list(self, mother):
        phone = self.sign_in()
        phone.post("/f/sign-out/")
        assert not Device.objects.exists()


class TestWords:
    """Nothing on a lock screen or in an SMS that tells whose child this is, or what about."""

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_codes_and_invitations_name_no_child(self, with_sms, mother, at, language):
        Adult.objects.filter(pk=mother.pk).update(language=language)
        point = mother.contact_points.get()
        messaging.queue_sign_in_code(phone=PHONE, at=at, ask_key=uuid4())
        messaging.queue_verification_code(point=point, by=with_sms.users["teacher"], at=at)
        messaging.queue_sign_in_link(phone=PHONE, at=at)
        OutboxMessage.objects.update(due_at=at)
        dispatch.drain()
        sent = list(DemoPhoneMessage.objects.values_list("text", flat=True))
        assert len(sent) == 3
        for text in sent:
            assert "何静" not in text
            assert "静" not in text
        assert any(sent_code(purpose="sign_in") in text for text in sent)

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_an_invitation_says_who_writes_and_nothing_more(self, language):
        text = texts.render(
            kind="invite",
            language=language,
            url="https://j.example/f/l/x/",
            school="黄羊川中心小学",
        )
        assert "黄羊川中心小学" in text.body
        assert "https://" not in text.subject

    def test_a_chinese_code_fits_one_sms(self):
        for words in WORDS.values():
            text = texts.render(kind="code", language="zh-hans", code="123456", words=words)
            assert len(text.body) <= 70  # characters of one SMS in UCS-2
            with translation.override("zh-hans"):
                assert "123456" in text.body

    def test_a_code_goes_to_its_own_address_only(self, with_sms, mother, at):
        """The school has mail, and the adult a mailbox: a code for the phone does not go there."""
        School.objects.filter(pk=with_sms.school.pk).update(is_demo=False)
        ChannelAccount.objects.create(school=with_sms.school, kind="email")
        ContactPoint.objects.create(
            school=with_sms.school, adult=mother, kind="email", address="a@example.org"
        )
        messaging.queue_sign_in_code(phone=PHONE, at=at, ask_key=uuid4())
        dispatch.drain()
        message = OutboxMessage.objects.get()
        assert (message.state, message.cause) == ("failed", "no_channel")

    @pytest.mark.parametrize("change", [{"condition": "dead"}, {"legal_basis": "none"}])
    @pytest.mark.parametrize("who", [0, 1])
    def test_a_code_for_a_shared_phone_goes_to_somebody_we_may_write_to(
        self, with_sms, mother, at, change, who
    ):
        grandmother = make_adult(with_sms.school, "李奶奶", PHONE)
        make_guardianship(with_sms.students["mengyao"], grandmother, "paternal_grandmother")
        Adult.objects.filter(pk=[mother, grandmother][who].pk).update(**change)
        messaging.queue_sign_in_code(phone=PHONE, at=at, ask_key=uuid4())
        OutboxMessage.objects.update(due_at=at)
        dispatch.drain()
        message = OutboxMessage.objects.get()
        assert message.adult == [grandmother, mother][who]
        assert DemoPhoneMessage.objects.count() == 1
