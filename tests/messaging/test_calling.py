"""The call sheet: who is on it, on paper and on the page, and what was written on it."""

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessRecord
from guardians.models import Contact, ContactPoint
from messaging.models import FollowUp
from tests.factories.cast import make_adult, make_guardianship, make_student
from tests.messaging.test_board import sign_in, text_of
from tests.pdfs import text_of_pdf

URL = "/check-ins/sheet/"


def task(child, at, **fields) -> FollowUp:
    values = {"cause": "no_answer", "opened_at": at - timedelta(days=1)}
    return FollowUp.objects.create(school=child.school, student=child, **(values | fields))


@pytest.fixture
def two(cast, at):
    """Nobody reached two siblings' mother, nor the family of the next class."""
    cast.students["haitao"].village = "周家村"
    cast.students["haitao"].save()
    rows = {name: task(cast.students[name], at) for name in ("mengyao", "xiaobao", "haitao")}
    return rows


def today(at) -> str:
    return timezone.localdate(at).isoformat()


def test_a_sheet_names_whom_to_call_and_no_blocked_adult(client, cast, two):
    page = text_of(sign_in(client, cast, "teacher").get(URL))
    for word in ("徐梦瑶", "徐小宝", "王芳", "138 9351 0001", "昆山", "李秀兰"):
        assert word in page
    for word in ("徐建军", "138 9351 0002", "库尔勒", "丁海涛"):
        assert word not in page
    seen = AccessRecord.objects.filter(what="call sheet").values_list("student_id", flat=True)
    assert set(seen) == {cast.students["mengyao"].pk, cast.students["xiaobao"].pk}


def test_a_number_that_a_blocked_adult_shares_is_not_on_it(client, cast, two):
    ContactPoint.objects.create(
        school=cast.school, adult=cast.adults["father"], kind="phone", address="+8613893510003"
    )
    page = text_of(sign_in(client, cast, "teacher").get(URL))
    assert "138 9351 0003" not in page
    assert re.search(r"李秀兰\s+没有号码", page)


def test_by_village_and_of_other_classes_for_whom_may_see_them(client, cast, two):
    sign_in(client, cast, "principal")
    page = text_of(client.get(f"{URL}?for=village-周家村"))
    assert "丁海涛" in page
    assert "徐梦瑶" not in page
    sign_in(client, cast, "teacher")
    for key in (f"class-{cast.next_class.pk}", "village-周家村", "class-x", "rubbish"):
        assert "丁海涛" not in text_of(client.get(f"{URL}?for={key}"))


def test_what_was_written_is_entered_in_one_go(client, cast, two, at):
    sign_in(client, cast, "teacher")
    on = timezone.localdate(at) - timedelta(days=1)
    mengyao, xiaobao = two["mengyao"].pk, two["xiaobao"].pk
    given = {
        "on": on.isoformat(),
        f"outcome-{mengyao}": "talked",
        f"words-{mengyao}": "妈妈周末回来",
        f"words-{xiaobao}": "",
    }
    for _ in range(2):
        assert client.post(URL, given).status_code == 302
    two["mengyao"].refresh_from_db()
    assert (two["mengyao"].outcome, two["mengyao"].words) == ("talked", "妈妈周末回来")
    assert two["mengyao"].done_by == cast.users["teacher"]
    contact = Contact.objects.get(student=cast.students["mengyao"])
    assert (contact.happened_on, contact.adult) == (on, cast.adults["mother"])
    assert FollowUp.objects.filter(done_at=None).count() == 2
    assert "徐梦瑶" not in text_of(client.get(URL))


def test_an_entry_is_taken_back_whole_and_only_by_whoever_made_it(client, cast, two, at):
    sign_in(client, cast, "teacher")
    pks = [two["mengyao"].pk, two["xiaobao"].pk]
    given = {"on": today(at)} | {f"outcome-{pk}": "talked" for pk in pks}
    page = client.post(URL, given, follow=True).content.decode()
    undo = html.unescape(re.search(r'action="(/check-ins/sheet/[^"]*undo=[^"]*)"', page)[1])
    assert Contact.objects.filter(retracted_at=None).count() == 2
    sign_in(client, cast, "principal")
    assert "不能" in text_of(client.post(undo, follow=True))
    assert not FollowUp.objects.filter(pk__in=pks, done_at=None).exists()
    sign_in(client, cast, "teacher")
    for rubbish in (f"{undo}-9", f"{undo}x", f"{URL}?undo="):
        client.post(rubbish)
    assert not FollowUp.objects.filter(pk__in=pks, done_at=None).exists()
    for _again in range(2):
        client.post(undo)
    assert FollowUp.objects.filter(pk__in=pks, done_at=None).count() == 2
    assert not Contact.objects.filter(retracted_at=None).exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "至少"),
        ({"words-{pk}": "没打通"}, "也选一下"),
        ({"outcome-{pk}": "rubbish"}, "请选"),
        ({"outcome-{pk}": "talked", "on": "2031-01-01"}, "两周"),
        ({"outcome-{pk}": "talked", "on": "gestern"}, "哪一天"),
        ({"outcome-{pk}": "talked", "words-{pk}": "长" * 501}, "500"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(client, cast, two, at, given, says):
    sign_in(client, cast, "teacher")
    pk = two["mengyao"].pk
    sent = {"on": today(at), f"outcome-{two['xiaobao'].pk}": "nobody"} if given else {}
    sent |= {name.format(pk=pk): value for name, value in given.items()}
    answer = client.post(URL, {"on": today(at)} | sent)
    assert answer.status_code == 422
    assert says in text_of(answer)
    if "words-{pk}" in given:
        assert given["words-{pk}"] in answer.content.decode()
    assert not FollowUp.objects.exclude(done_at=None).exists()


def test_a_stranger_s_child_is_none_of_theirs(client, cast, two, at):
    sign_in(client, cast, "teacher")
    given = {"on": today(at), f"outcome-{two['haitao'].pk}": "talked"}
    given[f"outcome-{two['mengyao'].pk}"] = "talked"
    assert client.post(URL, given).status_code == 404
    assert not FollowUp.objects.exclude(done_at=None).exists()


def test_on_paper(client, cast, two):
    answer = sign_in(client, cast, "teacher").get(f"{URL}print/")
    assert answer["Content-Type"] == "application/pdf"
    words = re.sub(r"\s", "", text_of_pdf(answer.content))
    for word in ("徐梦瑶", "徐小宝", "王芳", "13893510001", "通话表", "没有人接"):
        assert word in words
    assert "徐建军" not in words


def test_as_many_queries_for_ten_children(client, cast, two, at):
    sign_in(client, cast, "teacher")
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for index in range(10):
        child = make_student(cast.school_class, f"何小{index}")
        parent = make_adult(cast.school, f"何大{index}", f"+861389352{index:04d}")
        make_guardianship(child, parent, "father")
        task(child, at)
    client.get(URL)  # the rail's counts are kept for seconds only
    with CaptureQueriesContext(connection) as many:
        client.get(URL)
    assert len(many) == len(few)


def test_nobody_to_call(client, cast):
    assert "没有要打电话" in text_of(sign_in(client, cast, "teacher").get(URL))
    assert client.get(f"{URL}print/").status_code == 302
