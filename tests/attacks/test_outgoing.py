"""Addresses that somebody types, as a way into the server's own network: cloud metadata, Redis, neighbours.

Before: a school's administrator set up an "SMS gateway" at any address that the server reaches, sent a test
and read 200 characters of the answer on the page of the test and in the record of attempts.
"""

import socket
import threading

import pytest

from delivery import dispatch
from delivery.channels.base import Failure, Message
from delivery.channels.outgoing import addresses_of, is_public, problem_of
from delivery.channels.registry import CHANNELS
from delivery.dispatch.ways import opened
from delivery.models import Attempt, ChannelAccount, OutboxMessage
from delivery.services.translation import translated
from tests.delivery.conftest import (  # noqa: F401 - fixtures
    _no_rests,
    alibaba,
    at,
    cast,
    gateway,
    make_account,
    push,
    room,
    sms,
    tencent,
    wechat,
    wecom,
)
from tests.delivery.test_channel_pages import ALIBABA, CALLS, NUMBERED, TENCENT
from tests.messaging.test_board import sign_in
from tests.sinks import Answer

URL = "/check-ins/channels/"
METADATA = '{"AccessKeyId": "AKIA-metadata", "SecretAccessKey": "the-cloud-s-secret"}'
GATEWAY = {
    "is_enabled": "on",
    "method": "POST",
    "content_type": "application/json",
    "body": '{"to": "{phone}"}',
}


@pytest.fixture(autouse=True)
def _no_private_host(settings):
    """As on a server whose environment names none."""
    settings.OUTGOING_PRIVATE_HOSTS = []


@pytest.fixture
def admin(client, cast):  # noqa: F811
    return sign_in(client, cast, "admin")


@pytest.fixture
def names(monkeypatch):
    """What DNS says: name → answers, one for each time it is asked; the last stays."""
    told: dict[str, list[str]] = {}
    really = socket.getaddrinfo

    def ask(host, port, *rest, **more):
        if host not in told or more.get("flags"):
            return really(host, port, *rest, **more)
        known = told[host]
        address = known.pop(0) if len(known) > 1 else known[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        place = (address, port, 0, 0) if ":" in address else (address, port)
        return [(family, socket.SOCK_STREAM, 6, "", place)]

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    return told


def page_of_test(admin, account) -> str:
    """The administrator sends a test and reads how it went."""
    page = admin.post(f"{URL}{account.pk}/test/", {"address": "13893510001"}, follow=True)
    dispatch.drain()
    row = OutboxMessage.objects.get(kind="test")
    url = page.redirect_chain[-1][0] if page.redirect_chain else f"{URL}tests/{row.pk}/"
    return admin.get(url).content.decode()


def test_an_administrator_reads_no_metadata(admin, gateway, names):  # noqa: F811
    gateway.default = Answer(status=400, body=METADATA, takes=False)
    names["gateway.example.com"] = ["127.0.0.1"]
    typed = GATEWAY | {"url": f"http://gateway.example.com:{gateway.port}/latest/meta-data/iam"}
    assert admin.post(f"{URL}new/sms/", typed).status_code == 302
    page = page_of_test(admin, ChannelAccount.objects.get())
    assert "the-cloud-s-secret" not in page
    assert gateway.requests == 0
    assert Attempt.objects.get().cause == "private_address"
    assert not Attempt.objects.filter(detail__contains="AccessKeyId").exists()


SPELLINGS = [
    "127.0.0.1",
    "localhost",
    "LOCALHOST.",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",  # noqa: S104
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "10.0.0.1",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "224.0.0.1",
    "metadata.google.internal",
    "printer.local",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_is_taken_in_a_form(admin, host):
    for name, given in (("url", {}), ("look_up_url", {"url": "https://sms.example.com/"})):
        typed = GATEWAY | given | {name: f"http://{host}:6379/"}
        page = admin.post(f"{URL}new/sms/", typed)
        assert page.status_code == 422
        assert list(page.context["form"].errors) == [name]
    assert not ChannelAccount.objects.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0177.0.0.1", "0.0.0.0"])  # noqa: S104
def test_what_was_stored_before_is_not_called_either(admin, cast, gateway, host):  # noqa: F811
    gateway.default = Answer(status=500, body=METADATA, takes=False)
    account = ChannelAccount.objects.create(
        school=cast.school, kind="sms", config=gateway.config(url=f"http://{host}:{gateway.port}/")
    )
    assert "SecretAccessKey" not in page_of_test(admin, account)
    assert gateway.requests == 0


def test_a_name_that_changes_its_meaning_gains_nothing(admin, gateway, names):  # noqa: F811
    """DNS rebinding: public when it is checked, loopback when it is called. There is no second question."""
    names["rebind.example.com"] = ["93.184.215.14", "127.0.0.1"]
    typed = GATEWAY | {"url": f"http://rebind.example.com:{gateway.port}/"}
    admin.post(f"{URL}new/sms/", typed)
    page_of_test(admin, ChannelAccount.objects.get())
    assert gateway.requests == 0


def test_a_redirect_leads_nowhere(admin, cast, gateway, settings):  # noqa: F811
    """The first host may be called, the one to which it points may not."""
    settings.OUTGOING_PRIVATE_HOSTS = [f"127.0.0.1:{gateway.port}"]
    gateway.answers = [
        Answer(302, METADATA, headers={"Location": f"http://127.0.0.1:{gateway.port}/again"})
    ]
    account = ChannelAccount.objects.create(
        school=cast.school, kind="sms", config=gateway.config(look_up_url=None)
    )
    page_of_test(admin, account)
    assert gateway.requests == 1


FILLED = {
    "alibaba_sms": ALIBABA,
    "tencent_sms": TENCENT,
    "alibaba_call": ALIBABA | CALLS,
    "tencent_call": TENCENT | CALLS | NUMBERED,
    "wechat": {"app_id": "wx1", "app_secret": "s", "mode": "one_time", "one_time_template": "t"},
    "wecom": {"corp_id": "c", "agent_id": "1", "corp_secret": "s"},
    "push": {},
}


@pytest.mark.parametrize("kind", FILLED)
def test_no_interface_of_a_provider_is_moved_to_this_network(admin, kind):
    for endpoint in ("http://127.0.0.1:6379", "http://2130706433/", "https://evil.example.com/"):
        page = admin.post(
            f"{URL}new/{kind}/", FILLED[kind] | {"is_enabled": "on", "endpoint": endpoint}
        )
        errors = page.context["form"].errors if page.status_code == 422 else {}
        own_network = "evil" not in endpoint
        # A push service of the school's own is somebody's own server; the others have one owner.
        assert ("endpoint" in errors) == (own_network or kind != "push"), (kind, endpoint)
        ChannelAccount.objects.all().delete()


@pytest.mark.parametrize("kind", ["alibaba_sms", "tencent_sms", "wechat", "wecom", "apprise"])
def test_no_library_of_a_channel_calls_it(kind, make_account, request, cast, at):  # noqa: F811
    """Also what brings its own HTTP along: the SDKs and apprise."""
    provider = request.getfixturevalue("room" if kind == "apprise" else kind.removesuffix("_sms"))
    account = make_account(kind, provider)
    message = Message("0b0f", "+8613893510001", "text", "subject", kind="check_in", parts={})
    with pytest.raises(Failure) as refused:
        CHANNELS[kind].send(message, opened(account))
    assert provider.asked == []
    assert refused.value.cause in ("private_address", "provider_refused")


@pytest.mark.parametrize(
    "url",
    [
        "ntfy://127.0.0.1:6379/duty",
        "matrix://user:word@2130706433/room",
        "gotify://[::ffff:127.0.0.1]/token",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=/etc/hostname.json",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?TEMPLATE=http://169.254.169.254/",
        "ntfy://ntfy.sh/duty?attach=http://169.254.169.254/",
        # apprise also takes ";" between two settings, and reads on after "/#"
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?x=1;template=/etc/hostname.json",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#duty?template=/etc/hostname.json",
        "ntfy://ntfy.sh/duty?x=1;attach=http://169.254.169.254/",
        "ntfy://[",
    ],
)
def test_no_room_of_the_staff_reads_this_machine(admin, url):
    page = admin.post(f"{URL}new/apprise/", {"is_enabled": "on", "url": url})
    assert page.status_code == 422
    assert page.context["form"].errors["url"]


def test_the_key_of_a_room_is_in_no_log(admin, caplog):
    for url in ("wecombot://s3cret with blanks", "slack://s3cret/s3cret/s3cret with blanks"):
        assert admin.post(f"{URL}new/apprise/", {"url": url}).status_code == 422
    assert "s3cret" not in caplog.text


def test_a_translator_of_this_network_is_named(settings, gateway, cast, at):  # noqa: F811
    settings.TRANSLATION_URL = gateway.url
    with pytest.raises(Failure) as why:
        translated(["您好"], "zh-hans", "en")
    assert "private_address" in str(why.value)
    assert gateway.requests == 0


def test_what_the_other_side_says_is_told_nowhere(admin, sms, gateway, settings):  # noqa: F811
    """Even of a host that may be called: only the status. h11 quotes the first line of what is no HTTP."""
    settings.OUTGOING_PRIVATE_HOSTS = ["127.0.0.1"]
    for answer in (
        Answer(200, METADATA, takes=False),
        Answer(403, METADATA, takes=False),
        Answer(503, METADATA, takes=False),
    ):
        OutboxMessage.objects.all().update(state="failed")
        gateway.default = answer
        row = _queued(admin, sms)
        dispatch.drain()
        assert "SecretAccessKey" not in admin.get(f"{URL}tests/{row.pk}/").content.decode()
    details = list(Attempt.objects.values_list("detail", flat=True))
    assert len(details) == 3
    assert {detail.strip() for detail in details} == {"200", "403", "503"}


def _queued(admin, account) -> OutboxMessage:
    admin.post(f"{URL}{account.pk}/test/", {"address": "13893510001"})
    return OutboxMessage.objects.filter(kind="test").latest("pk")


def test_a_neighbour_that_speaks_no_http_is_not_quoted(admin, cast, settings):  # noqa: F811
    """Redis answers "-ERR …", a mail server its greeting: both stood in the record of attempts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        settings.OUTGOING_PRIVATE_HOSTS = [f"127.0.0.1:{port}"]
        account = ChannelAccount.objects.create(
            school=cast.school,
            kind="sms",
            config={"url": f"http://127.0.0.1:{port}/{{phone}}", "timeout_seconds": 2},
        )

        def greet():
            talk, _ = listener.accept()
            talk.recv(65536)
            talk.sendall(b"220 secret-host.internal ESMTP ready\r\n\r\n")
            talk.close()

        threading.Thread(target=greet, daemon=True).start()
        page = page_of_test(admin, account)
    assert "secret-host" not in page
    assert "secret-host" not in Attempt.objects.get().detail


def test_an_answer_without_end_is_cut_off(sms, gateway, settings, admin):  # noqa: F811
    settings.OUTGOING_PRIVATE_HOSTS = ["127.0.0.1"]
    gateway.default = Answer(200, "x" * 3_000_000, takes=False)
    page_of_test(admin, sms)
    assert Attempt.objects.get().detail == "200, too long"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        (
            "64:ff9b::5db8:d70e",
            True,
        ),  # NAT64 of a public address: the way out of a net without IPv4
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
        ("::ffff:10.0.0.1", False),
        ("::7f00:1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("100.64.0.1", False),
        ("192.0.0.192", False),
        ("198.18.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("239.1.1.1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_which_numbers_are_public(address, expected):
    assert is_public(address) is expected


def test_one_private_answer_among_several_refuses_the_name(monkeypatch):
    both = [(2, 1, 6, "", ("93.184.215.14", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *rest, **more: both)
    with pytest.raises(OSError, match="private"):
        addresses_of("mixed.example.com", 80)


def test_a_named_host_is_named_with_its_port(settings):
    settings.OUTGOING_PRIVATE_HOSTS = ["127.0.0.1:5000", "[::1]", "translate.lan"]
    assert problem_of("http://127.0.0.1:5000/x") == ""
    assert problem_of("http://127.0.0.1:6379/x")
    assert problem_of("http://[::1]:1/x") == ""
    assert problem_of("http://translate.lan/") == ""
    assert problem_of("http://other.lan/")
