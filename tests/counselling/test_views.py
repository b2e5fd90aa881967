import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import formats, translation

from accounts.models import AccessRecord
from safeguarding import actions, presenters
from safeguarding.models import Concern
from tests.factories.cast import make_student
from tests.factories.concerns import AT, ask, reply

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")
WORDS = "电话里说好了，姑姑今晚过来。"


@pytest.fixture
def concern(cast) -> Concern:
    reply(ask(cast), words="奶奶腿疼")
    actions.run_intake(AT)
    return Concern.objects.get()


def signed_in(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


def url(name: str, concern: Concern) -> str:
    return reverse(f"counselling:{name}", args=[concern.pk])


def from_today(concern: Concern, place: str = "work") -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": f"{place}-concern-{concern.pk}"}


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("teacher", 200),
        ("counsellor", 200),
        ("principal", 404),  # until it climbs to them
        ("next_teacher", 404),
        ("admin", 404),
    ],
)
def test_the_opened_concern_shows_who_asked_and_whom_to_phone(cast, concern, who, status):
    response = signed_in(cast, who).get(url("detail", concern))
    assert response.status_code == status
    page = response.content.decode()
    for words in ("奶奶腿疼", "138 9351 0001", "tel:110", "tel:12355"):
        assert (words in page) is (status == 200)
    assert AccessRecord.objects.filter(what="concern").count() == (1 if status == 200 else 0)


def test_the_list_holds_nothing_of_other_classes(cast, concern):
    assert "徐梦瑶" in signed_in(cast, "teacher").get(reverse("counselling:list")).content.decode()
    page = signed_in(cast, "next_teacher").get(reverse("counselling:list")).content.decode()
    assert "徐梦瑶" not in page


def test_taken_on_today_the_row_comes_back_with_the_next_act(cast, concern):
    client = signed_in(cast, "teacher")
    response = client.post(url("acknowledge", concern), headers=from_today(concern))
    row = response.content.decode()
    assert f'id="work-concern-{concern.pk}"' in row
    assert url("close", concern) in row
    assert "<html" not in row
    concern.refresh_from_db()
    assert concern.acknowledged_by == cast.users["teacher"]


def test_taken_without_script_the_page_comes_back(cast, concern):
    response = signed_in(cast, "teacher").post(url("acknowledge", concern), follow=True)
    assert response.redirect_chain == [(url("detail", concern) + "#concern", 302)]


def test_closing_needs_words_and_keeps_what_was_chosen(cast, concern):
    client = signed_in(cast, "teacher")
    refused = client.post(url("close", concern), {"closing": "with_child", "words": " "})
    assert refused.status_code == 422
    assert re.search(r'value="with_child"[^>]*checked', refused.content.decode())
    concern.refresh_from_db()
    assert concern.closed_at is None
    client.post(url("close", concern), {"closing": "answered", "words": WORDS})
    concern.refresh_from_db()
    assert (concern.closing, concern.closed_by) == ("answered", cast.users["teacher"])


def test_on_today_the_form_opens_under_the_row_and_its_answer_is_the_row(cast, concern):
    client = signed_in(cast, "teacher")
    place = from_today(concern, "inplace")
    form = client.get(url("close", concern), headers=place).content.decode()
    assert f'hx-target="#work-concern-{concern.pk}"' in form
    refused = client.post(
        url("close", concern), {"closing": "answered"}, headers=from_today(concern)
    )
    assert refused.status_code == 422
    assert refused["HX-Retarget"] == f"#inplace-concern-{concern.pk}"
    closed = client.post(
        url("close", concern), {"closing": "answered", "words": WORDS}, headers=from_today(concern)
    )
    assert "is-done" in closed.content.decode()


def test_handed_over_only_to_somebody_who_may_take_it(cast, concern):
    client = signed_in(cast, "teacher")
    refused = client.post(url("hand_over", concern), {"to": cast.users["next_teacher"].pk})
    assert refused.status_code == 422
    client.post(url("hand_over", concern), {"to": cast.users["counsellor"].pk, "words": "我在上课"})
    concern.refresh_from_db()
    assert concern.named_adult == cast.users["counsellor"]


def test_opened_again(cast, concern):
    teacher = cast.users["teacher"]
    actions.close(concern=concern, by=teacher, closing="answered", words=WORDS, at=AT)
    client = signed_in(cast, "teacher")
    assert client.post(url("reopen", concern), {"words": ""}).status_code == 422
    client.post(url("reopen", concern), {"words": "又打来了"})
    concern.refresh_from_db()
    assert concern.closed_at is None


class TestWorry:
    def new(self, cast) -> str:
        return reverse("counselling:new", args=[cast.students["mengyao"].pk])

    def test_raised_once_however_often_the_form_is_sent(self, cast):
        client = signed_in(cast, "teacher")
        key = client.get(self.new(cast)).context["form"]["key"].value()
        for _ in range(2):
            client.post(self.new(cast), {"words": "总一个人待着", "key": key})
        concern = Concern.objects.get()
        assert (concern.raised_by, concern.clock) == (cast.users["teacher"], "school_hours")
        assert concern.named_adult == cast.users["counsellor"]

    def test_urgent_runs_round_the_clock(self, cast):
        client = signed_in(cast, "counsellor")
        client.post(self.new(cast), {"words": "身上有伤", "is_urgent": "on", "key": "k"})
        assert Concern.objects.get().clock == "round_the_clock"

    def test_without_words_nothing_is_raised(self, cast):
        response = signed_in(cast, "teacher").post(self.new(cast), {"words": "", "key": "k"})
        assert response.status_code == 422
        assert not Concern.objects.exists()

    @pytest.mark.parametrize("who", ["next_teacher", "admin", "village", "county", "superuser"])
    def test_refused_to_strangers(self, cast, who):
        client = signed_in(cast, who)
        assert client.post(self.new(cast), {"words": "x", "key": "k"}).status_code == 404
        assert not Concern.objects.exists()


@pytest.mark.parametrize("page", ["list", "detail"])
def test_the_pages_ask_the_database_as_often_for_two_as_for_twelve(cast, concern, page):
    client = signed_in(cast, "counsellor")
    address = reverse("counselling:list") if page == "list" else url("detail", concern)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    def worry(number: int) -> None:
        actions.raise_worry(
            student=make_student(cast.school_class, f"何静{number}"),
            by=cast.users["teacher"],
            words="留心",
            is_urgent=bool(number % 2),
            at=AT,
            key=str(number),
        )

    # With one alone, the page and its list ask about the same child, and the second is spared.
    worry(0)
    client.get(address)
    for_few = count()
    for number in range(1, 11):
        worry(number)
    assert count() == for_few


def test_an_hour_of_another_day_has_its_day(cast, concern):
    actions.acknowledge(concern=concern, by=cast.users["counsellor"], at=AT)
    concern.refresh_from_db()
    said = presenters.whose(concern, cast.users["teacher"], AT)
    assert "今天" not in said
    assert "月" not in said
    later = presenters.whose(concern, cast.users["teacher"], AT + timedelta(days=3))
    assert f"{AT.astimezone(CHINA):%-m月%-d日}" in later
    assert presenters.since_text(concern, concern.opened_at + timedelta(minutes=5)) == "5 分钟了"
    assert presenters.since_text(concern, concern.opened_at + timedelta(seconds=59)) == "刚才"


def test_months_are_words_in_english_and_have_no_nought_in_chinese():
    day = date(2026, 9, 6)
    with translation.override("en"):
        assert formats.date_format(day, "SHORT_DATE_FORMAT") == "6 Sep 2026"
        assert formats.date_format(day, "MONTH_DAY_FORMAT") == "6 September"
    with translation.override("zh-hans"):
        assert formats.date_format(day, "MONTH_DAY_FORMAT") == "9月6日"


def test_whoever_was_told_reads_you_and_no_name(cast, concern):
    told = concern.named_adult
    assert presenters.whose(concern, told, AT) == "还没有人接，已告诉您"
    assert told.name in presenters.whose(concern, cast.users["principal"], AT)
    with translation.override("en"):
        assert presenters.whose(concern, told, AT) == "Not taken yet; you were told"
