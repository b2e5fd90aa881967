"""One contract for all channels, against real servers."""

import uuid
from dataclasses import replace

import pytest

from delivery.channels import secrets
from delivery.channels.base import (
    Account,
    AfterLostReply,
    LostReply,
    Message,
    PermanentFailure,
    TemporaryFailure,
)
from delivery.channels.forms import FORMS
from delivery.channels.registry import CHANNELS
from delivery.dispatch.ways import opened
from delivery.models import (
    ChannelAccount,
    ChannelKind,
    DemoPhoneMessage,
    PushSubscription,
    VoiceCall,
)
from delivery.voice.rules import Script, Step
from tests.providers.server import Say
from tests.sinks import Answer

CLOSED_PORT = 9  # "discard", not served here
PHONE = "+8613893510001"
SERVERS = {
    "sms": ("gateway", PHONE),
    "email": ("mail_server", "m@example.org"),
    "alibaba_sms": ("alibaba", PHONE),
    "tencent_sms": ("tencent", PHONE),
    "apprise": ("room", ""),
    "wechat": ("wechat", "oABC-of-the-mother"),
    "wecom": ("wecom", "wangfang_parent"),
    "push": ("push", "screen-of-the-mother"),
    "voice": ("voice", PHONE),
    "alibaba_call": ("alibaba_calls", PHONE),
    "tencent_call": ("tencent_calls", PHONE),
}
TABLES = ("demo_phone", "demo_call")  # in place of a provider
SAYS = Script(
    "zh-hans", (Step("question", "聊过请按1。", {"1": "thanks"}), Step("thanks", "谢谢。"))
)
PARTS = {
    "school": "黄羊川中心小学",
    "url": "https://j.example.org/f/c/1-2-abc/",
    "code": "123456",
    "minutes": "10",
}


@pytest.fixture(params=sorted(CHANNELS))
def line(request, cast):
    """(channel, working account, address, how many messages have arrived)."""
    kind, school = request.param, cast.school
    if kind in TABLES:
        table = DemoPhoneMessage if kind == "demo_phone" else VoiceCall
        rows = table.objects.filter(school=school)
        return CHANNELS[kind], Account(kind), PHONE, rows.count
    name, address = SERVERS[kind]
    server = request.getfixturevalue(name)
    account = Account(kind, server.config(), getattr(server, "secret", {}))
    if CHANNELS[kind].MEANS == "call":  # what calls cost is counted for its row
        account = opened(request.getfixturevalue("make_account")(kind, server))
    if kind == "push":
        row = request.getfixturevalue("make_account")(kind, server)
        server.switched_on(row, cast.adults["mother"], address)
        account = opened(row)
    taken = server.mails if kind == "email" else server.taken
    return CHANNELS[kind], account, address, lambda: len(taken)


def letter(cast, address, **fields) -> Message:
    values = {
        "text": "【家桥】张老师问您一句话",
        "subject": "张老师问您一句话",
        "kind": "check_in",
        "parts": PARTS,
        "script": SAYS,
    }
    return Message(
        key=str(uuid.uuid4()), address=address, school_id=cast.school.pk, **(values | fields)
    )


def kind_for(channel) -> str:
    """A kind of message that the channel takes: a telephone in the cloud asks no weekly question."""
    takes = getattr(channel, "takes", None)
    return "concern" if takes and channel.KIND.endswith("_call") else "check_in"


def test_every_kind_has_a_channel():
    assert set(CHANNELS) <= set(ChannelKind.values)
    for kind, channel in CHANNELS.items():
        assert kind == channel.KIND


def test_a_message_arrives_once(line, cast):
    channel, account, address, arrived = line
    channel.send(letter(cast, address, kind=kind_for(channel)), account)
    assert arrived() == 1


def test_the_same_key_again_is_harmless_where_the_channel_says_so(line, cast):
    channel, account, address, arrived = line
    message = letter(cast, address, kind=kind_for(channel))
    channel.send(message, account)
    after = channel.after_lost_reply(account)
    if after == AfterLostReply.SEND_AGAIN:
        channel.send(message, account)
        assert arrived() == 1
    elif after == AfterLostReply.LOOK_UP:
        assert channel.look_up(message, account) is not None
        assert channel.look_up(letter(cast, address), account) is None
    else:
        assert after == AfterLostReply.ASK_A_PERSON


def test_settings_are_checked_before_use(line):
    channel, account, _, _ = line
    assert channel.check_config(account.config) == {}
    if account.kind not in TABLES:
        assert FORMS[account.kind](has_secret=True).fields
        assert isinstance(channel.summary(account.config), str)


def test_nobody_there_is_temporary(line, cast):
    channel, account, address, arrived = line
    if account.kind in TABLES:
        pytest.skip("a table is always there")
    host = f"127.0.0.1:{CLOSED_PORT}"
    config = account.config | {
        "url": f"http://{host}/",
        "endpoint": f"http://{host}",
        "host": "127.0.0.1",
        "port": CLOSED_PORT,
    }
    secret = account.secret | ({"url": f"ntfy://{host}/x"} if account.kind == "apprise" else {})
    PushSubscription.objects.update(endpoint=f"http://{host}/1")
    message = letter(cast, address, kind=kind_for(channel))
    with pytest.raises(TemporaryFailure) as caught:
        channel.send(message, replace(account, config=config, secret=secret))
    # Apprise does not say why.
    assert caught.value.cause == (
        "provider_refused" if account.kind == "apprise" else "no_connection"
    )
    assert arrived() == 0


# --- SMS gateway --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "failure", "cause"),
    [
        (Answer(500, "oops"), TemporaryFailure, "provider_error"),
        (Answer(503, ""), TemporaryFailure, "provider_error"),
        (Answer(429, "", headers={"Retry-After": "30"}), TemporaryFailure, "provider_busy"),
        (Answer(200, "<html>rubbish"), TemporaryFailure, "unexpected_answer"),
        (Answer(200, '{"Code": "BUSY"}'), TemporaryFailure, "unexpected_answer"),
        (Answer(200, '{"Code": "NO_SUCH_NUMBER"}'), PermanentFailure, "address_refused"),
        (Answer(403, "no"), PermanentFailure, "key_refused"),
        (Answer(422, "no"), PermanentFailure, "provider_refused"),
        (Answer(302, "", headers={"Location": "http://127.0.0.1:1/"}), TemporaryFailure,
         "unexpected_answer"),
        (Answer(200, delay=1.0), LostReply, "timeout"),
        (Answer(200, hangs_up=True), LostReply, "lost_reply"),
    ],
)  # fmt: skip
def test_what_a_gateway_may_answer(cast, gateway, answer, failure, cause):
    gateway.answers = [answer]
    config = gateway.config(refused_regex="NO_SUCH_NUMBER", timeout_seconds=0.3)
    with pytest.raises(failure) as caught:
        CHANNELS["sms"].send(letter(cast, "+8613893510001"), Account("sms", config))
    assert caught.value.cause == cause
    if answer.status == 429:
        assert caught.value.retry_after == 30


def test_values_are_quoted_for_their_place(cast, gateway):
    text = '他说："好"&a=b\n{key}'
    for config in (
        gateway.config(),
        gateway.config(method="GET", url=f"{gateway.url}/sms?p={{phone}}&t={{text}}", body=""),
    ):
        gateway.default = Answer(takes=config["method"] == "POST")
        CHANNELS["sms"].send(letter(cast, "+86 1&x=1", text=text), Account("sms", config))
    assert (gateway.taken[0].phone, gateway.taken[0].text) == ("+86 1&x=1", text)


def test_secrets_are_put_in_and_stay_out_of_the_record(cast, gateway):
    account = Account("sms", gateway.config(body="phone={phone}&key={secret_token}"),
                      {"token": "s3cr&t"})  # fmt: skip
    CHANNELS["sms"].send(letter(cast, "+8613893510001"), account)
    assert gateway.taken[0].key == "s3cr&t"
    assert "s3cr&t" not in repr(account)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/{phone}", "gopher://x/", "", "//x", "{phone}"]
)
def test_only_web_addresses(cast, gateway, url):
    config = gateway.config(url=url)
    assert "url" in CHANNELS["sms"].check_config(config)
    with pytest.raises((PermanentFailure, TemporaryFailure)):
        CHANNELS["sms"].send(letter(cast, "+8613893510001"), Account("sms", config))


@pytest.mark.parametrize(
    ("config", "after"),
    [
        ({}, AfterLostReply.ASK_A_PERSON),
        ({"idempotency_header": "Idempotency-Key"}, AfterLostReply.SEND_AGAIN),
        ({"look_up_url": "https://x/{key}"}, AfterLostReply.LOOK_UP),
    ],
)
def test_what_follows_a_lost_reply_is_configured(config, after):
    assert CHANNELS["sms"].after_lost_reply(Account("sms", config)) == after


# --- E-mail -------------------------------------------------------------------------------------


def test_a_mail_carries_our_own_message_id_and_words(cast, mail_server):
    message = letter(cast, "m@example.org")
    receipt = CHANNELS["email"].send(message, Account("email", mail_server.config()))
    content = mail_server.mails[0].content.decode("ascii", "replace")
    assert receipt.reference == f"<{message.key}@example.org>"
    assert receipt.reference in content
    assert mail_server.mails[0].rcpt_tos == ["m@example.org"]


@pytest.mark.parametrize(
    ("reply", "failure"),
    [("550 No such user", PermanentFailure), ("451 Later", TemporaryFailure)],
)
def test_a_refused_mail(cast, mail_server, reply, failure):
    mail_server.refuse["m@example.org"] = reply
    with pytest.raises(failure):
        CHANNELS["email"].send(
            letter(cast, "m@example.org"), Account("email", mail_server.config())
        )
    assert not mail_server.mails


@pytest.mark.parametrize(
    ("reply", "is_about_address"),
    [
        # RFC 3463: x.1 and x.2 are about the recipient's mailbox …
        ("550 5.1.1 <m@example.org>: Recipient address rejected: User unknown", True),
        ("550 #5.1.0 Address rejected.", True),
        ("556 5.1.10 Recipient domain has null MX", True),
        ("550 5.2.1 Mailbox disabled, not accepting messages", True),
        ("552 5.2.2 Over quota", True),
        ("550 No such user", True),
        ("550 User not found: m@example.org", True),
        ("550 Mailbox unavailable or access denied", True),
        # … but not all of them, and nothing else is.
        ("553 5.1.8 Domain of sender address does not exist", False),
        ("550 5.1.0 <school@example.org>: Sender address rejected: User unknown", False),
        ("552 5.2.3 Message exceeds administrative limit", False),
        ("552 5.3.4 Message size exceeds fixed limit", False),
        ("550 5.5.2 Syntax error", False),
        ("550 5.7.1 blocked", False),
        ("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked", False),
        ("550 5.7.26 Unauthenticated email is not accepted due to DMARC policy", False),
        ("550 5.7.1 Too many messages from this user", False),
        ("550 SPF check failed", False),
        ("550 Ip frequency limited", False),
        ("550 Mail content denied", False),
        ("554 Transaction failed", False),
        ("553 Mail from must equal authorized user", False),
        ("550 Sender verify failed: user unknown", False),
    ],
)
def test_a_refusal_of_our_server_does_not_speak_of_the_address(
    cast, mail_server, reply, is_about_address
):
    mail_server.refuse["m@example.org"] = reply
    with pytest.raises(PermanentFailure) as caught:
        CHANNELS["email"].send(
            letter(cast, "m@example.org"), Account("email", mail_server.config())
        )
    cause = "address_refused" if is_about_address else "mail_refused"
    assert (caught.value.is_about_address, caught.value.cause) == (is_about_address, cause)


def test_a_refused_sender_does_not_speak_of_the_recipient(cast, mail_server):
    mail_server.refuse["school@example.org"] = "550 5.1.1 User unknown"
    with pytest.raises(PermanentFailure) as caught:
        CHANNELS["email"].send(
            letter(cast, "m@example.org"), Account("email", mail_server.config())
        )
    assert not caught.value.is_about_address


def test_a_mail_goes_to_a_domain_in_chinese(cast, mail_server):
    account = Account("email", mail_server.config(**{"from": "小学 <school@学校.cn>"}))
    CHANNELS["email"].send(letter(cast, "m@学校.cn"), account)
    (mail,) = mail_server.mails
    assert (mail.mail_from, mail.rcpt_tos) == ("school@xn--48s290a.cn", ["m@xn--48s290a.cn"])


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_a_server_that_hangs_up_before_the_text_has_sent_nothing(cast, mail_server, step):
    mail_server.hangs_up_at = step
    with pytest.raises(TemporaryFailure) as caught:
        CHANNELS["email"].send(
            letter(cast, "m@example.org"), Account("email", mail_server.config())
        )
    assert (caught.value.cause, caught.value.is_sure) == ("no_connection", True)
    assert not mail_server.mails


def test_a_reply_lost_after_the_text_is_unknown(cast, mail_server):
    mail_server.hangs_up_at = "DATA"
    with pytest.raises(LostReply):
        CHANNELS["email"].send(
            letter(cast, "m@example.org"), Account("email", mail_server.config())
        )


# --- A room of the staff --------------------------------------------------------------------------


@pytest.mark.parametrize("say", [Say(takes=True, delay=1.0), Say(takes=True, hangs_up=True)])
def test_an_answer_of_a_room_that_did_not_come_is_unknown(cast, room, monkeypatch, say):
    monkeypatch.setattr("delivery.channels.apprise.channel.TIMEOUT_SECONDS", 0.3)
    room.default = say
    with pytest.raises(LostReply):
        CHANNELS["apprise"].send(letter(cast, ""), Account("apprise", room.config(), room.secret))
    assert len(room.taken) == 1


def test_a_room_that_refuses_has_taken_nothing(cast, room):
    room.default = Say(status=500)
    with pytest.raises(TemporaryFailure) as caught:
        CHANNELS["apprise"].send(letter(cast, ""), Account("apprise", room.config(), room.secret))
    assert caught.value.cause == "provider_refused"


# --- Secrets ------------------------------------------------------------------------------------


def test_a_secret_opens_only_in_its_row_and_with_its_key_ring(cast, settings):
    account = ChannelAccount.objects.create(school=cast.school, kind="sms")
    row = secrets.row_of(account)
    account.secret = secrets.seal(value={"token": "abc"}, row=row)
    account.save()
    account.refresh_from_db()
    assert b"abc" not in bytes(account.secret)
    assert secrets.unseal(sealed=account.secret, row=row) == {"token": "abc"}
    with pytest.raises(secrets.SecretUnreadable):
        secrets.unseal(sealed=account.secret, row="messaging.channelaccount.0.secret")
    with pytest.raises(secrets.SecretUnreadable):
        secrets.unseal(sealed=bytes(account.secret)[:-1] + b"x", row=row)
    before, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 50
    with pytest.raises(secrets.SecretUnreadable):
        secrets.unseal(sealed=account.secret, row=row)
    settings.SECRET_KEY_FALLBACKS = [before]
    assert secrets.unseal(sealed=account.secret, row=row) == {"token": "abc"}
