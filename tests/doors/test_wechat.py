"""WeChat as a way back in, against a server that answers as WeChat's OAuth endpoints do."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from accounts.models import User
from core import clock
from delivery import actions as messaging
from delivery.models import Device, OneTimeCode, WechatLink
from delivery.sign_in import codes
from guardians.actions import block_adult
from guardians.models import Adult, ContactPoint
from guardians.policies import SESSION_ADDRESS
from guardians.queries import usable_contact_points
from tests.factories.cast import make_adult, make_guardianship, make_student

PHONE, LOCAL = "+8613893517777", "13893517777"


class _Weixin(BaseHTTPRequestHandler):
    """`code` "for-OPENID~anything" is exchanged once for a token of that openid; else refused."""

    def do_POST(self):
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append((self.path, asked))
        code = asked.get("code", [""])[0]
        is_good = (
            self.path == "/sns/oauth2/access_token"
            and asked.get("appid") == ["wx-app"]
            and asked.get("secret") == ["wx-secret"]
            and code.startswith("for-")
            and code not in self.server.used
        )
        self.server.used.add(code)
        token = {
            "access_token": "t",
            "expires_in": 7200,
            "refresh_token": "r",
            "openid": code[4:].split("~")[0],
        }
        answer = token if is_good else {"errcode": 40029, "errmsg": "invalid code"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture
def weixin(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Weixin)
    server.asked, server.used = [], set()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    root = f"http://127.0.0.1:{server.server_port}"
    settings.WEIXIN_API_URL = root
    settings.SOCIALACCOUNT_PROVIDERS = {
        "weixin": {
            "APPS": [{"client_id": "wx-app", "secret": "wx-secret", "key": ""}],
            "SCOPE": ["snsapi_base"],
            "AUTHORIZE_URL": f"{root}/connect/oauth2/authorize",
        }
    }
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def mother(cast):
    adult = make_adult(cast.school, "何翠", PHONE)
    make_guardianship(make_student(cast.school_class, "何静"), adult, "mother")
    return adult


def go(client, openid="o-mother", *, process="", target=""):
    """To WeChat and back, as a browser goes."""
    asked = {key: value for key, value in (("process", process), ("next", target)) if value}
    away = client.get("/f/wechat/", asked)
    parts = urlsplit(away.url)
    query = parse_qs(parts.query)
    assert parts.path == "/connect/oauth2/authorize"
    assert (query["appid"], query["scope"]) == (["wx-app"], ["snsapi_base"])
    assert parts.fragment == "wechat_redirect"
    back = urlsplit(query["redirect_uri"][0]).path
    return client.get(back, {"code": f"for-{openid}~{uuid4()}", "state": query["state"][0]})


def signed_in(number: str = LOCAL) -> Client:
    client = Client()
    client.post("/f/sign-in/", {"phone": number, "way": "code"})
    code = codes.digits_of(OneTimeCode.objects.latest("pk"))
    client.post("/f/sign-in/code/", {"phone": number, "code": code})
    assert client.get("/f/").status_code == 200
    return client


def is_in(client) -> bool:
    return client.get("/f/").status_code == 200


def test_without_configuration_there_is_no_wechat(client, cast):
    assert "微信登录" not in client.get("/f/sign-in/").content.decode()
    assert client.get("/f/wechat/").status_code == 404
    assert client.get("/f/wechat/back/").status_code == 404


def test_linked_from_a_signed_in_phone_it_signs_in_afterwards(mother, weixin):
    phone = signed_in()
    assert "下次用微信登录" in phone.get("/f/me/devices/").content.decode()
    assert go(phone, process="connect").url == reverse("family:devices")
    kept = SocialAccount.objects.get()
    assert (kept.uid, kept.extra_data) == ("o-mother", {})
    later = Client()
    assert "用微信登录" in later.get("/f/sign-in/").content.decode()
    assert go(later, target="/f/me/").url == "/f/me/"
    assert is_in(later)
    assert later.session[SESSION_ADDRESS] == PHONE
    assert Device.objects.filter(opened_by="wechat").exists()


def test_it_ends_what_the_person_before_had_on_this_phone(cast, mother, weixin):
    go(signed_in(), process="connect")
    before = cast.adults["mother"]
    phone = signed_in(before.contact_points.get().address.removeprefix("+86"))
    assert Device.objects.filter(user=before.user).exists()
    go(phone)
    assert phone.session[SESSION_ADDRESS] == PHONE
    assert not Device.objects.filter(user=before.user).exists()


def test_nothing_else_is_asked_of_wechat(mother, weixin):
    go(signed_in(), process="connect")
    assert [path for path, _asked in weixin.asked] == ["/sns/oauth2/access_token"]


def test_a_stranger_s_wechat_makes_no_account(client, cast, weixin):
    users = User.objects.count()
    answer = go(client, "o-stranger")
    assert answer.url == reverse("family:wechat_unknown")
    page = client.get(answer.url).content.decode()
    assert "还不认识这个微信" in page
    assert "/f/sign-in/" in page
    assert User.objects.count() == users
    assert not SocialAccount.objects.exists()
    assert not is_in(client)


def test_linking_needs_a_session_that_a_phone_opened(client, cast, weixin):
    assert go(client, process="connect").url == reverse("family:sign_in")
    client.force_login(cast.users["teacher"])
    assert go(client, process="connect").url == reverse("family:sign_in")
    assert not SocialAccount.objects.exists()


def test_a_wechat_that_belongs_to_somebody_stays_theirs(cast, mother, weixin):
    SocialAccount.objects.create(
        provider="weixin", uid="o-mother", user=cast.users["other_mother"], extra_data={}
    )
    go(signed_in(), process="connect")
    assert SocialAccount.objects.get().user == cast.users["other_mother"]


@pytest.mark.parametrize(
    "change", ["blocked", "moved", "disputed", "shared", "staff", "inactive", "custody", "unlinked"]
)
def test_it_falls_with_the_phone_it_was_linked_from(cast, mother, weixin, change):
    phone = signed_in()
    go(phone, process="connect")
    assert go(Client()).url == "/f/"
    mother.refresh_from_db()
    points = ContactPoint.objects.filter(adult=mother)
    at = clock.now()
    if change == "blocked":
        block_adult(adult=mother, reason="法院", by=cast.users["principal"], at=at)
    elif change == "moved":
        points.update(address="+8613893518888")
    elif change == "disputed":
        points.update(disputed_at=at)
    elif change == "shared":
        ContactPoint.objects.filter(adult=cast.adults["father"]).update(address=PHONE)
    elif change == "staff":
        Adult.objects.filter(pk=mother.pk).update(user=None)
        cast.users["teacher"].adults.add(mother)
        SocialAccount.objects.update(user=cast.users["teacher"])
        WechatLink.objects.update(user=cast.users["teacher"])
    elif change == "inactive":
        User.objects.filter(pk=mother.user_id).update(is_active=False)
    elif change == "custody":
        mother.guardianships.update(may_see_file=False)
    else:
        phone.post("/f/me/wechat/unlink/")
    stranger = Client()
    assert go(stranger).url == reverse("family:wechat_unknown")
    assert not is_in(stranger)


def test_signing_out_everywhere_unlinks_it(mother, weixin):
    go(signed_in(), process="connect")
    mother.refresh_from_db()
    messaging.end_sessions(user=mother.user)
    later = Client()
    assert go(later).url == reverse("family:wechat_unknown")


@pytest.mark.parametrize("spoil", ["no_state", "other_state", "bad_code", "twice", "error"])
def test_a_way_back_that_is_not_ours_opens_nothing(mother, weixin, spoil):
    go(signed_in(), process="connect")
    client = Client()
    state = parse_qs(urlsplit(client.get("/f/wechat/").url).query)["state"][0]
    asked = {"code": "for-o-mother", "state": state}
    if spoil == "no_state":
        del asked["state"]
    elif spoil == "other_state":
        asked["state"] = "x" * 16
    elif spoil == "bad_code":
        asked["code"] = "forged"
    elif spoil == "twice":
        weixin.used.add("for-o-mother")
    else:
        asked = {"error": "access_denied", "state": state}
    assert client.get("/f/wechat/back/", asked).url == reverse("family:wechat_unknown")
    assert not is_in(client)


def test_it_leads_nowhere_else_afterwards(mother, weixin):
    go(signed_in(), process="connect")
    assert go(Client(), target="https://evil.example/").url == "/f/"


def test_a_linked_wechat_is_written_to_first_until_it_is_unlinked(cast, mother, weixin):
    phone = signed_in()
    go(phone, process="connect")
    point = usable_contact_points().filter(adult=mother).first()
    assert (point.kind, point.address, point.linked_from) == ("wechat", "o-mother", PHONE)
    page = phone.get("/f/me/").content.decode()
    assert "o-mother" not in page
    phone.post("/f/me/wechat/unlink/")
    assert not ContactPoint.objects.filter(kind="wechat").exists()


def test_another_wechat_takes_the_place_of_the_first(mother, weixin):
    phone = signed_in()
    go(phone, process="connect")
    go(phone, "o-new", process="connect")
    assert [point.address for point in mother.contact_points.filter(kind="wechat")] == ["o-new"]
    first, second = Client(), Client()
    assert go(first).url == reverse("family:wechat_unknown")
    assert not is_in(first)
    go(second, "o-new")
    assert is_in(second)


def test_staff_see_that_it_is_linked_and_may_take_it_away(client, cast, mother, weixin):
    go(signed_in(), process="connect")
    point = ContactPoint.objects.get(kind="wechat")
    student = mother.guardianships.first().student
    client.force_login(cast.users["teacher"])
    where = reverse("guardians:family_way", args=[student.pk, mother.pk, point.pk])
    page = client.get(where)
    assert page.status_code == 200
    assert "o-mother" not in page.content.decode()
    client.post(where, {"kind": "phone", "address": "13800138000"})
    point.refresh_from_db()
    assert (point.kind, point.address) == ("wechat", "o-mother")
    client.post(reverse("guardians:family_way_remove", args=[student.pk, mother.pk, point.pk]))
    assert not ContactPoint.objects.filter(kind="wechat").exists()
