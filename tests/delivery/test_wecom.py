"""WeCom's school contacts, against a server that speaks its documented wire format."""

from uuid import uuid4

import pytest

from delivery import dispatch
from delivery.actions.wecom import match_all_families, match_families
from delivery.channels import wecom as channel
from delivery.channels.base import Account, LostReply, Message, PermanentFailure, TemporaryFailure
from delivery.models import ChannelAccount
from guardians.models import ContactPoint
from guardians.queries import usable_contact_points
from tests.delivery.test_wechat import ask
from tests.messaging.test_board import sign_in
from tests.providers.server import Say

PARENT = "wangfang_parent"


def letter(**fields) -> Message:
    values = {
        "key": str(uuid4()),
        "address": PARENT,
        "text": "…",
        "subject": "黄羊川中心小学张老师有一句话想问您，" * 5,
        "kind": "check_in",
        "parts": {"school": "黄羊川中心小学", "url": "https://j.example.org/f/c/1/"},
    }
    return Message(**(values | fields))


def account_of(wecom, **config) -> Account:
    return Account("wecom", wecom.config(**config), wecom.secret)


@pytest.fixture
def account(make_account, wecom) -> ChannelAccount:
    return make_account("wecom", wecom)


def number_of(adult) -> str:
    return adult.contact_points.get(kind="phone").address.removeprefix("+86")


def test_a_notice_to_one_parent_and_to_no_child(wecom):
    channel.send(letter(), account_of(wecom))
    data = wecom.taken[0].values
    assert (data["recv_scope"], data["to_parent_userid"]) == (0, [PARENT])
    assert "to_student_userid" not in data
    article = data["news"]["articles"][0]
    assert len(article["title"].encode()) <= 128
    assert article["url"] == "https://j.example.org/f/c/1/"


def test_a_stale_token_is_fetched_anew(wecom):
    channel.send(letter(), account_of(wecom))
    wecom.expire_token()
    channel.send(letter(subject="B"), account_of(wecom))
    assert len(wecom.taken) == 2


@pytest.mark.parametrize(
    ("say", "failure", "cause", "is_about_address"),
    [
        (Say("81013"), PermanentFailure, "not_in_wecom", True),
        (Say("60111"), PermanentFailure, "not_in_wecom", True),
        (Say("99999"), PermanentFailure, "provider_refused", False),
        (Say("-1"), TemporaryFailure, "provider_error", None),
        (Say("45009"), TemporaryFailure, "provider_limit", None),
        (Say("45033"), TemporaryFailure, "provider_busy", None),
        (Say("60020"), TemporaryFailure, "server_not_listed", None),
        (Say("48002"), TemporaryFailure, "account_may_not", None),
        (Say(status=502), TemporaryFailure, "provider_error", None),
        (Say(body="<html>"), LostReply, "unexpected_answer", None),
        (Say(delay=1.5), LostReply, "timeout", None),
        (Say(hangs_up=True), LostReply, "lost_reply", None),
    ],
)
def test_what_wecom_may_answer(wecom, say, failure, cause, is_about_address):
    wecom.says = [say]
    with pytest.raises(failure) as caught:
        channel.send(letter(), account_of(wecom))
    assert caught.value.cause == cause
    if is_about_address is not None:
        assert caught.value.is_about_address is is_about_address


def test_a_parent_whom_wecom_does_not_know(wecom):
    wecom.unknown = {PARENT}
    with pytest.raises(PermanentFailure) as caught:
        channel.send(letter(), account_of(wecom))
    assert caught.value.cause == "not_in_wecom"


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ({"corp_id": "ww-other"}, "key_refused"),
        ({"agent_id": "7"}, "account_may_not"),
    ],
)
def test_settings_that_are_wrong(wecom, wrong, cause):
    with pytest.raises(TemporaryFailure) as caught:
        channel.send(letter(), account_of(wecom, **wrong))
    assert caught.value.cause == cause
    assert caught.value.closes


def test_families_are_found_by_their_number_and_asked_there(cast, wecom, account, sms, gateway, at):
    mother, other = cast.adults["mother"], cast.adults["other_mother"]
    wecom.classes = {
        2: [wecom.parent(PARENT, number_of(mother))],
        3: [
            wecom.parent(PARENT, number_of(mother)),
            wecom.parent("other", number_of(other), follows=False),
            wecom.parent("stranger", "13900000000"),
        ],
    }
    matched = match_families(account=account, at=at)
    assert (matched.found, matched.not_following, matched.strangers) == (1, 1, 1)
    message = ask(cast, at)
    dispatch.drain()
    message.refresh_from_db()
    assert (message.state, message.channel) == ("accepted", "wecom")
    assert wecom.taken[0].phone == PARENT
    assert not gateway.taken


def test_whoever_said_not_me_stays_left_alone_and_who_left_is_unlinked(cast, wecom, account, at):
    mother = cast.adults["mother"]
    wecom.classes = {2: [wecom.parent(PARENT, number_of(mother))]}
    points = usable_contact_points().filter(kind="wecom")
    match_families(account=account, at=at)
    assert points.get().adult == mother
    ContactPoint.objects.filter(kind="wecom").update(disputed_at=at)
    match_families(account=account, at=at)
    assert not points.exists()
    ContactPoint.objects.filter(kind="wecom").update(disputed_at=None)
    mother.contact_points.filter(kind="phone").update(disputed_at=at)
    assert not points.exists()  # it stands and falls with the number
    mother.contact_points.filter(kind="phone").update(disputed_at=None)
    wecom.contacts_say = Say("48002", "api forbidden")
    assert match_all_families(at=at) == 0
    assert points.exists()  # what could not be read changes nothing
    wecom.contacts_say = Say()
    wecom.classes = {2: []}
    match_families(account=account, at=at)
    assert not ContactPoint.objects.filter(kind="wecom").exists()


def test_of_two_parents_with_one_number_the_known_one_stays(cast, wecom, account, at):
    """WeCom may list her twice, once for each child: what is known of the one is not lost to the other."""
    mother = cast.adults["mother"]
    wecom.classes = {
        2: [wecom.parent(PARENT, number_of(mother)), wecom.parent("twice", number_of(mother))]
    }
    points = ContactPoint.objects.filter(kind="wecom", adult=mother)
    match_families(account=account, at=at)
    known = points.get()
    points.update(disputed_at=at)
    match_families(account=account, at=at)
    assert (points.get().pk, points.get().disputed_at) == (known.pk, at)


def test_a_blocked_father_is_not_found(cast, wecom, account, at):
    from guardians.actions import block_adult

    mother = cast.adults["mother"]
    wecom.classes = {2: [wecom.parent(PARENT, number_of(mother))]}
    match_families(account=account, at=at)
    block_adult(adult=mother, by=cast.users["counsellor"], reason="x", at=at)
    assert not usable_contact_points().filter(kind="wecom").exists()
    assert match_families(account=account, at=at).found == 0


def test_the_page_tells_whom_it_found_and_what_is_wrong(client, cast, wecom, account):
    admin = sign_in(client, cast, "admin")
    wecom.classes = {2: [wecom.parent(PARENT, number_of(cast.adults["mother"]))]}
    page = f"/check-ins/channels/{account.pk}/"
    assert f"{page}match/" in admin.get(page).content.decode()
    assert "1" in _said(admin.post(f"{page}match/", follow=True))
    wecom.contacts_say = Say("60020", "not allow to access from your ip")
    assert "白名单" in _said(admin.post(f"{page}match/", follow=True))
    filled = {"is_enabled": "on", "corp_id": "", "agent_id": "x", "corp_secret": ""}
    assert admin.post(page, filled).status_code == 422


def _said(page) -> str:
    return " ".join(str(one) for one in page.context["messages"])
