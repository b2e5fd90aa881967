"""Each page of the family can be heard by who may read it, and by nobody else."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from doors.family.aloud.text import parts_of
from guardians.policies import is_read_aloud
from tests.access.test_matrix import TABLE, arguments
from tests.factories import familyview, notices, threads
from uploads import speaking
from uploads.speaking import PIECE_CHARS, pieces

needs_voice = pytest.mark.skipif(speaking.program() is None, reason="espeak-ng is not installed")

# Pages of the family on which nothing is to be read, and why.
SILENT = {
    "family:calendar_file": "a calendar for the phone, no page",
    "family:request_photo": "a photo",
    "family_postcards:voice": "is a voice",
    "family_privacy:hear": "is a voice",
    "family_threads:file": "a photo or a voice",
    "family_notices:file": "a photo or a paper",
}
FAMILY = [
    name
    for name, row in TABLE.items()
    if row["mother"] == "A" and row["anonymous"] == "F" and name not in SILENT
]


def signed_in(cast, who="mother") -> Client:
    client = Client()
    client.force_login(cast.users[who])
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("name", FAMILY)
def test_a_page_has_something_to_hear(cast, name):
    answer = signed_in(cast).get(reverse(name, kwargs=arguments(cast, name)))
    if answer.status_code != 200 or "text/html" not in answer.get("Content-Type", ""):
        pytest.skip("a post, or leads elsewhere")
    assert is_read_aloud(answer.wsgi_request.resolver_match.func)
    assert "".join(parts_of(answer.content.decode())), name


@pytest.mark.django_db
def test_what_the_school_wrote_is_among_what_is_heard(cast):
    at = clock.now()
    view = familyview.fill(cast, at)
    message = threads.teacher_writes(cast, text="梦瑶今天教同桌竖式除法。")
    notice = notices.sent(cast, title="校车安全", words="请家长陪孩子等车。")
    child = cast.students["mengyao"].pk
    wanted = {
        reverse("family:child", args=[child]): list(familyview.LETTER.values()),
        reverse("family:requests"): [view.ask.words],
        reverse("family_threads:thread", args=[message.thread_id]): [message.text],
        reverse("family_notices:notice", args=[notice.pk]): [notice.title, notice.words],
    }
    for path, words in wanted.items():
        heard = "".join(parts_of(signed_in(cast).get(path).content.decode()))
        assert [one for one in words if one not in heard] == [], path


def of(path: str, **more) -> str:
    return f"/f/aloud/voice/?{urlencode({'of': path} | more)}"


@needs_voice
@pytest.mark.django_db
def test_it_is_spoken_to_who_may_read_it_and_to_nobody_else(cast):
    familyview.fill(cast, clock.now())
    path = reverse("family:child", args=[cast.students["mengyao"].pk])
    page = signed_in(cast).get(path).content.decode()
    assert unescape(re.search(r'data-aloud="([^"]+)"', page)[1]) == of(path)
    for form, start in (("ogg", b"OggS"), ("m4a", b"ftyp")):
        heard = signed_in(cast).get(of(path, part=0, **{"as": form}))
        assert heard.status_code == 200
        assert start in heard.content[:12]
        assert "no-store" in heard["Cache-Control"]
    assert signed_in(cast).get(of(path, part=0, piece=99)).status_code == 404
    assert signed_in(cast).get(of(path, part=99)).status_code == 404
    for who in ("other_mother", "blocked_father", "teacher", "pupil"):
        if who in cast.users:
            assert signed_in(cast, who).get(of(path, part=0)).status_code == 404, who
    assert Client().get(of(path, part=0)).status_code == 404
    players = signed_in(cast).get(f"/f/aloud/?{urlencode({'of': path})}").content.decode()
    assert players.count("<audio") >= 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//example.org/f/",
        "javascript:1",
        "/f/aloud/?of=/f/",
        "/p/",
        "/children/",
        "x" * 999,
    ],
)
def test_nothing_but_a_page_of_the_family_is_read(cast, path):
    assert signed_in(cast).get(of(path)).status_code == 404


@pytest.mark.django_db
def test_where_nothing_speaks_there_is_no_ear(cast, without_voice):
    assert "data-aloud" not in signed_in(cast).get("/f/").content.decode()
    assert signed_in(cast).get(of("/f/")).status_code == 404


def test_the_words_are_those_in_sight_with_pauses_between_them():
    page = (
        "<p>davor</p><div data-say><h1>信</h1><p>她<b>很</b>好。<br>真的</p><a class='say'>听</a>"
        "<p hidden>x</p><svg><title>y</title></svg><button>听信</button></div>"
        "<div data-say='1'><img alt='z'>二</div>"
    )
    assert parts_of(page) == ["信\n她很好。\n真的\n听信", "二"]


def test_a_long_text_is_cut_at_the_end_of_sentences_and_nothing_is_lost():
    words = "孩子这个星期很好，还当了一天值日组长。" * 60
    found = pieces(words)
    assert "".join(found) == words
    assert all(len(one) <= PIECE_CHARS and one.endswith("。") for one in found)
    assert "".join(pieces("好" * 1000)) == "好" * 1000
    assert pieces("") == []
