"""A family answers without a network: kept on the phone, sent once, taken back, too late, page shut."""

from datetime import timedelta

import pytest
from django.test import Client

from core import clock
from guardians.actions import block_adult
from messaging.models import CheckIn, Reply
from tests.days import today
from tests.journeys.conftest import PHONE, axe_violations, wait_until
from tests.messaging.test_family_pages import ask, key_in, tap

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEPT = "先存在这部手机里了"


@pytest.fixture
def question(cast):
    return ask(cast, clock.now(), "mengyao")


def kept_pages(page) -> list[str]:
    return page.evaluate(
        """async () => (await (await caches.open('family-pages')).keys())
        .map((one) => new URL(one.url).pathname)"""
    )


def waiting(page) -> list[dict]:
    return page.evaluate(
        """() => new Promise((resolve) => {
            const opening = indexedDB.open('jiaqiao-family', 1);
            opening.onsuccess = () => {
                const all = opening.result.transaction('forms').objectStore('forms').getAll();
                all.onsuccess = () => { opening.result.close(); resolve(all.result); };
            };
        })"""
    )


def open_and_lose_the_network(page, path) -> None:
    page.goto(path)
    wait_until(lambda: path in kept_pages(page), 20)
    page.context.set_offline(True)


def answer_without_a_network(page, path, answer="talked") -> None:
    open_and_lose_the_network(page, path)
    page.click(f"button[value={answer}]")
    page.get_by_text(KEPT).wait_for()


def replies() -> list[tuple[str, str]]:
    return list(Reply.objects.order_by("at", "pk").values_list("act", "answer"))


def test_an_answer_is_kept_and_sent_once_when_the_network_is_back(question, open_browser):
    page = open_browser(PHONE)
    answer_without_a_network(page, question[1])
    assert "已通话" in page.locator("#kept").inner_text()
    assert not page.locator("button[value=talked]").is_visible()
    assert axe_violations(page) == []
    assert replies() == []
    page.context.set_offline(False)
    page.get_by_text("听起来怎么样").wait_for()
    assert replies() == [("answer", "talked")]
    assert waiting(page) == []
    assert kept_pages(page) == []
    page.reload()
    page.go_back()
    page.wait_for_timeout(500)
    assert replies() == [("answer", "talked")]


def test_it_outlives_the_tab_that_was_closed(question, open_browser):
    page = open_browser(PHONE)
    answer_without_a_network(page, question[1], "need_help")
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(question[1])  # from the phone itself
    again.get_by_text(KEPT).wait_for()
    assert replies() == []
    again.close()
    context.set_offline(False)
    later = context.new_page()
    later.goto("/f/sign-in/")  # any page of the family
    wait_until(lambda: replies() == [("answer", "need_help")], 20)
    later.get_by_text("刚才存在手机里的，已经送到了").wait_for()
    assert waiting(later) == []


def test_a_question_opened_earlier_can_be_answered_without_a_network(question, open_browser):
    page = open_browser(PHONE)
    open_and_lose_the_network(page, question[1])
    page.goto(question[1])
    page.click("button[value=not_yet]")
    page.get_by_text(KEPT).wait_for()
    page.click("#kept .line")  # 点错了
    page.click("button[value=talked]")
    page.get_by_text(KEPT).wait_for()
    page.context.set_offline(False)
    page.get_by_text("听起来怎么样").wait_for()
    assert replies() == [("answer", "talked")]


def test_words_wait_too(question, open_browser):
    page = open_browser(PHONE)
    page.goto(question[1])
    page.click("button[value=talked]")
    page.fill("textarea", "她说想我了")
    page.context.set_offline(True)
    page.click("form[data-keep=more] .btn")
    page.get_by_text(KEPT).wait_for()
    page.context.set_offline(False)
    page.get_by_text("谢谢您").wait_for()
    assert Reply.objects.get(act="more").words == "她说想我了"


@pytest.mark.parametrize("why", ["expired", "blocked", "child_left"])
def test_too_late_is_said_and_leaves_nothing_of_the_child(cast, question, open_browser, why):
    check_in, path = question
    page = open_browser(PHONE)
    page.goto(path)
    page.click("button[value=talked]")
    page.fill("textarea", "她说想我了")
    page.context.set_offline(True)
    page.click("form[data-keep=more] .btn")
    page.get_by_text(KEPT).wait_for()
    END[why](cast, check_in)
    page.context.set_offline(False)
    page.get_by_text("这次没能送到").wait_for()
    assert "她说想我了" in page.locator("#kept").inner_text()
    assert kept_pages(page) == []
    page.click("#kept .btn")
    wait_until(lambda: waiting(page) == [], 10)
    assert [act for act, _answer in replies()] == ["answer"]


def expire(cast, check_in) -> None:
    CheckIn.objects.filter(pk=check_in.pk).update(expires_at=clock.now() - timedelta(seconds=1))


def block(cast, check_in) -> None:
    block_adult(
        adult=cast.adults["mother"], reason="法院裁定", by=cast.users["principal"], at=clock.now()
    )


def leave(cast, check_in) -> None:
    yesterday = today() - timedelta(days=1)
    check_in.adult.guardianships.update(starts_on=yesterday, ends_on=yesterday)


END = {"expired": expire, "blocked": block, "child_left": leave}


def test_a_blocked_adult_s_phone_is_wiped_at_the_next_opening(cast, question, open_browser):
    page = open_browser(PHONE)
    page.goto(question[1])
    wait_until(lambda: question[1] in kept_pages(page), 20)
    block(cast, question[0])
    page.goto(question[1])
    wait_until(lambda: kept_pages(page) == [], 10)
    page.context.set_offline(True)
    page.goto(question[1])
    assert "梦瑶" not in page.content()


def test_another_answer_came_first(question, open_browser):
    page = open_browser(PHONE)
    answer_without_a_network(page, question[1], "need_help")
    tap(Client(), question[1], "talked")
    page.context.set_offline(False)
    page.get_by_text("已经有了另一个回答").wait_for()
    assert replies() == [("answer", "talked")]


def test_a_page_never_opened_says_that_there_is_no_network(question, open_browser):
    page = open_browser(PHONE)
    open_and_lose_the_network(page, question[1])
    page.goto("/f/")
    assert "没有网" in page.locator("h1").inner_text()
    assert "梦瑶" not in page.content()


@pytest.mark.parametrize("missing", ["indexedDB", "caches", "AbortController"])
def test_without_storage_or_worker_the_form_goes_all_the_same(question, open_browser, missing):
    page = open_browser(PHONE, service_workers="block")
    page.add_init_script(
        f"delete window.{missing}; delete Window.prototype.{missing};"
        f"Object.defineProperty(window, '{missing}', {{value: undefined, configurable: true}});"
        f"delete window.{missing}"
    )
    page.goto(question[1])
    page.click("button[value=talked]")
    page.get_by_text("听起来怎么样").wait_for()
    assert replies() == [("answer", "talked")]


def test_the_server_takes_a_tap_once_whatever_the_phone_repeats(question):
    client, path = Client(), question[1]
    key = key_in(client.get(path))
    headers = {"X-Offline": "1"}
    for _ in range(3):
        said = client.post(path, {"answer": "talked", "key": key}, headers=headers)
        assert said.json() == {"next": f"{path}more/"}
    assert replies() == [("answer", "talked")]
    other = client.post(path, {"answer": "not_yet", "key": "0" * 32}, headers=headers)
    assert other.status_code == 409
