"""Every page that anybody can reach by links, opened in Chromium at each door and for each post: nothing is
refused by the content security policy, no script fails, and nothing that a page asks for is missing.
"""

import pytest

from accounts.models import User
from guardians.models import Adult, Relation
from runtime.demo_accounts import DEMO_ACCOUNTS
from students.models import Student
from tests.factories.cast import make_user
from tests.factories.kept_demo import kept_demo
from tests.journeys.conftest import enter
from tests.journeys.walking import walk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHILD = "徐梦瑶"
# Chromium says in the console what it refused, but not of a policy that is only reported.
TELL_REFUSALS = """document.addEventListener('securitypolicyviolation', refused =>
  console.error(`refused by ${refused.effectiveDirective}: ${refused.blockedURI}`))"""
TABS = 4
# How many pages lead on from each door at least; fewer, and the walk has lost its way.
STAFF = {
    "class_teacher": 120, "counsellor": 120, "principal": 100, "school_admin": 100,
    "county_officer": 3,
}  # fmt: skip
LOGINS = {account.role: account.login for account in DEMO_ACCOUNTS}


@pytest.fixture
def demo():
    kept_demo()


def listening(context):
    """A tab whose `problems` are what it complains of, and what it did not get."""
    page = context.new_page()
    page.problems = []
    page.add_init_script(TELL_REFUSALS)

    def failed(request) -> None:
        # Going on to the next page breaks off what the last one still asked for.
        if request.failure != "net::ERR_ABORTED":
            page.problems.append(f"{request.url}: {request.failure}")

    def told(line) -> None:
        if line.type == "error":
            page.problems.append(f"{line.text} ({line.location['url']})")

    def answered(response) -> None:
        if response.status >= 400:
            page.problems.append(f"{response.url}: status {response.status}")

    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", told)
    page.on("requestfailed", failed)
    page.on("response", answered)
    return page


def complaints(context, start: str, at_least: int) -> list[str]:
    tabs = [listening(context) for _ in range(TABS)]
    count, found = 0, []
    for page, address, _answer, source in walk(tabs, start, start):
        count += 1
        found += [f"{address} from {source or 'the door'}: {one}" for one in page.problems]
        page.problems.clear()
    if count < at_least:
        found.append(f"only {count} pages")
    return found


@pytest.mark.parametrize("role", STAFF)
def test_no_page_of_a_post_complains(demo, open_browser, role):
    page = open_browser()
    enter(page, User.objects.get(username=LOGINS[role]))
    found = complaints(page.context, "/", STAFF[role])
    assert not found, "\n".join(found)


def test_no_page_of_the_other_doors_complains(demo, open_browser):
    mother = Adult.objects.get(
        guardianships__student__name=CHILD, guardianships__relation=Relation.MOTHER
    )
    mother.user = make_user("a-parent", mother.name)
    mother.save()
    parent, village, pupil, nobody = (open_browser() for _ in range(4))
    enter(parent, mother.user)
    enter(village, User.objects.get(username=LOGINS["village_worker"]))
    tap_in(pupil)
    found = complaints(parent.context, "/f/", 20)
    found += complaints(village.context, "/v/", 3)
    found += complaints(pupil.context, "/p/", 3)
    found += complaints(nobody.context, "/", 2)
    assert not found, "\n".join(found)


def tap_in(page) -> None:
    child = Student.objects.get(name=CHILD)
    page.goto("/p/")
    page.fill("[name=class_code]", child.enrolments.get().school_class.door_code)
    page.locator("main button.btn").click()
    for picture in child.picture_code.split("-"):
        page.locator(f"button[value={picture}]").click()
    page.locator("a.talk").first.wait_for()


def test_what_the_policy_refuses_is_heard(open_browser, demo):
    page = listening(open_browser().context)
    page.goto("/f/sign-in/")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('img'), {src: '/no-such/'}))"
    )
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">red</p>')"
    )
    page.wait_for_timeout(500)
    heard = "\n".join(page.problems)
    assert "refused by style-src" in heard
    assert "/no-such/: status 404" in heard
