"""Anybody could make a page fail without a single form: by a cookie, a NUL in an address, a charset that is
none, a provider's report; and words in another encoding were kept as question marks.
"""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from delivery.models import ChannelAccount, DeliveryReceipt
from homeschool.wsgi import application
from surveys.models import Seat
from tests.access.test_matrix import arguments

FORM = "application/x-www-form-urlencoded"


def test_a_cookie_of_octal_zeros_is_refused(client, db):
    answer = client.get("/", headers={"cookie": 'sessionid="' + r"\000" * 9 + '"'})
    assert answer.status_code == 400
    assert "没有收全" in answer.content.decode()


@pytest.mark.parametrize("address", ["/children/%00/", "/p/?q=%00", "/accounts/login/?next=%00"])
def test_a_nul_in_an_address_is_refused(client, db, address):
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("charset", ["hex", "utf-7", "gbk", "nonsense"])
def test_only_utf_8_is_read(client, db, charset):
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    body = b'--x\r\nContent-Disposition: form-data; name="phone"\r\n\r\nzz\r\n--x--\r\n'
    assert client.generic("POST", "/f/sign-in/", body, kind).status_code == 400


@pytest.mark.parametrize("charset", ["hex", "utf-7", "gbk", "nonsense"])
def test_a_charset_that_is_none_does_not_reach_the_server(db, charset):
    """As a server calls us: the request itself could not be made, and nothing of ours saw the failure."""
    environ = RequestFactory().get("/f/sign-in/?q=zz").environ
    environ["CONTENT_TYPE"] = f"text/plain; charset={charset}"
    said = []
    list(application(environ, lambda status, headers: said.append(status)))
    assert said == ["400 Bad Request"]


def test_words_in_another_encoding_are_refused_instead_of_kept_as_question_marks(client, cast):
    client.force_login(cast.users["teacher"])
    body = b"words=" + "总一个人待着".encode("gbk")
    assert client.generic("POST", "/p/sign-in/", body, FORM).status_code == 400


@pytest.mark.parametrize("key", ["9223372036854775808", "1" + "0" * 30, "9" * 5000])
def test_a_key_beyond_every_row_is_not_found(client, cast, key):
    client.force_login(cast.users["teacher"])
    assert client.get(f"/children/{key}/").status_code == 404
    assert client.post(f"/visits/{key}/later/").status_code == 404


def test_a_report_of_a_provider_that_is_odd_is_taken_or_refused(cast):
    account = ChannelAccount.objects.create(school=cast.school, kind="alibaba_sms")
    address = reverse("hooks:report", args=[account.pk, account.hook_key])
    client = Client()
    for odd in (b"[" * 100_000, b"{}", b"\xff", b"[" * 300 + b"]" * 300, b"null", b'[{"a": NaN}]'):
        assert client.post(address, odd, content_type="application/json").status_code == 400
    # Cut in the middle of an emoji: the report is true all the same.
    half = chr(0xD83D)
    told = json.dumps([{"success": True, "biz_id": f"b{half}", "err_msg": f"\x00{half}"}])
    assert client.post(address, told, content_type="application/json").status_code == 200
    assert DeliveryReceipt.objects.get().reference == "b"


def test_a_turn_of_duty_in_the_year_9999_is_refused_at_the_field(client, cast):
    client.force_login(cast.users["admin"])
    user = cast.users["teacher"].pk
    for day in ("9999-12-31", "0001-01-01"):
        sent = {"user": user, "starts_on": day, "ends_on": day, "part": "day"}
        answer = client.post(reverse("schools:duty_put"), sent)
        assert answer.status_code == 422
        assert answer.context["form"].errors["starts_on"]


def test_a_file_that_is_to_be_cleared_and_sent_at_once(client, cast):
    client.force_login(cast.users["teacher"])
    file = SimpleUploadedFile("a.txt", b"words", "text/plain")
    sent = {"files": file, "files-clear": "on", "title": "x", "words": "y"}
    assert client.post(reverse("notices:new"), sent).status_code == 422


def test_an_answer_that_is_none_begins_no_form(client, cast):
    """Before, a form stood as begun by the family although nothing had been answered."""
    address = reverse("family_surveys:link", kwargs=arguments(cast, "family_surveys:link"))
    sent = {"child": cast.students["mengyao"].pk, "item": "none", "option": "none"}
    begun = Seat.objects.count()
    assert client.post(address, sent).status_code == 422
    assert Seat.objects.count() == begun


@pytest.mark.parametrize(
    "name", ["staff:later", "visits:put_off", "visits:put_off_call", "messaging:put_off"]
)
def test_a_day_that_is_none_beside_one_that_is(client, cast, name):
    """The day of the button is good, the one typed is not: no sentence stood for the whole form."""
    address = reverse(name, kwargs=arguments(cast, name))
    client.force_login(cast.users["teacher"])
    tomorrow = timezone.localdate() + timedelta(days=1)
    answer = client.post(address, {"on": "9999-12-31", "until_on": tomorrow.isoformat()})
    assert answer.status_code < 500
    typed = {"on": "x", "until_on": tomorrow.isoformat()}
    answer = client.post(address, typed, headers={"HX-Request": "true"})
    assert answer.status_code == 422
