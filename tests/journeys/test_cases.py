"""A concern becomes a case and is worked on: by the counsellor, a colleague let in, the principal in need."""

import re

import pytest
from django.utils import timezone

from accounts.models import AccessRecord
from counselling.models import Case, CaseReader, Note, NoteDraft
from safeguarding import actions as concerns
from tests.factories.cases import SAID, second_counsellor
from tests.factories.cast import Cast
from tests.journeys.conftest import DESK, PHONE, axe_violations, kept_in, sign_in, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(cast) -> Cast:
    second_counsellor(cast)
    return cast


@pytest.fixture
def desk(open_browser, cast):
    def make(who, size=DESK):
        page = open_browser(size)
        sign_in(page, who)
        return page

    return make


def test_from_a_concern_to_a_case_read_by_whom_the_counsellor_lets_in(desk, cast):
    concern = concerns.raise_worry(
        student=cast.students["mengyao"],
        by=cast.users["teacher"],
        words="总一个人待着",
        is_urgent=False,
        at=timezone.now(),
        key="journey",
    )
    page = desk("counsellor")
    page.goto(f"/concerns/{concern.pk}/")
    page.click("text=开个案跟下去")
    page.wait_for_url(re.compile("/concerns/cases/"))
    case = Case.objects.get()
    assert axe_violations(page) == []

    # What comes first is said on the page; the draft is kept while typing, and is there again.
    page.click(".next .btn-primary")
    page.locator("#id_words").press_sequentially("跳绳好，", delay=5)
    page.wait_for_selector("#draft-state:has-text('草稿已存')")
    assert NoteDraft.objects.count() == 1
    page.reload()
    assert "跳绳好" in page.input_value("#id_words")
    page.fill("#id_words", f"跳绳好。{SAID}")
    page.click("text=保存记录")
    page.wait_for_selector(f".note:has-text('{SAID}')")
    wait_until(lambda: Note.objects.count() == 1)
    page.click(".next .btn-primary")
    page.wait_for_selector("[aria-current=step]:has-text('了解过了')")

    is_let_in_by_name_and_shut_out(desk, page, case)
    principal = reads_in_an_emergency(desk, page, case)
    assert CaseReader.objects.filter(is_emergency=True, user=cast.users["principal"]).exists()
    assert page.problems == principal.problems == []
    # Nothing of it lies in the browser.
    assert SAID not in kept_in(page)


def is_let_in_by_name_and_shut_out(desk, page, case) -> None:
    page.click("summary:has-text('请一个人进来看')")
    page.select_option("#let_in_user", label="孙静")
    page.click("button:has-text('请进来看')")
    page.wait_for_selector(".case-side .lines:has-text('孙静')")
    colleague = desk("second", PHONE)
    colleague.goto(f"/concerns/cases/{case.pk}/")
    assert colleague.locator(f".note:has-text('{SAID}')").count() == 1
    assert axe_violations(colleague) == []
    page.reload()
    page.wait_for_selector(".case-side .kv:has-text('孙静')")
    page.click(".case-side .lines button:has-text('不再让')")
    lines = page.locator(".case-side .lines")
    wait_until(lambda: "孙静" not in lines.inner_text())
    assert colleague.goto(f"/concerns/cases/{case.pk}/").status == 404


def reads_in_an_emergency(desk, page, case):
    """The principal, with a reason; the owner sees it."""
    principal = desk("principal")
    principal.goto(f"/concerns/cases/emergency/{case.student_id}/")
    principal.fill("#id_reason", "孩子没有回家，要知道她会去哪里")
    principal.click(".btn-now")
    principal.wait_for_selector(f".note:has-text('{SAID}')")
    page.reload()
    page.wait_for_selector(".note:has-text('孩子没有回家')")
    assert AccessRecord.objects.filter(what="case emergency").count() == 1
    return principal
