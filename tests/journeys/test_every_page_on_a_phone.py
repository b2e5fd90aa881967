"""Every page that a parent, the village worker and a class teacher can reach by links, at 390 px: it fits,
and whatever is tapped is large enough for a thumb. On a tablet, which is as wide as a desk, the same holds.
"""

import pytest
from django.test import Client

from accounts.models import User
from guardians.models import Adult, Relation
from runtime.demo_accounts import DEMO_ACCOUNTS
from tests.factories.cast import make_user
from tests.factories.kept_demo import kept_demo
from tests.factories.surveys import conditional_form
from tests.journeys.conftest import PHONE, scroll_width
from tests.journeys.walking import shape, walk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "django.contrib.auth.backends.ModelBackend"
LOGINS = {account.role: account.login for account in reversed(DEMO_ACCOUNTS)}
LEAST = (
    44,
    24,
)  # CSS px: as high as a thumb (WCAG 2.2, 2.5.5); a word of two characters is narrower
TABLET = {"width": 820, "height": 1180}
OF_A_DAY = (
    "/",
    "/children/",
    "/children/{child}/",
    "/class/observe/",
    "/messages/",
    "/check-ins/",
    "/check-ins/?child={child}",
    "/concerns/",
    "/concerns/guide/{child}/",
    "/concerns/reports/new/{child}/",
    "/visits/",
    "/reunions/",
)
# A link within a sentence is as high as its line (2.5.5, "inline"); a file field is the browser's. A box to
# tick is as large as itself and its label together.
SMALL = """([high, wide]) => [...document.querySelectorAll(
  'a[href], button, summary, select, textarea, input:not([type=hidden]):not([type=file])')]
  .filter(e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}))
  .map(e => {
    const ticked = ['checkbox', 'radio'].includes(e.type);
    const boxes = [e, ...(ticked ? e.labels : [])].map(one => one.getBoundingClientRect());
    const [top, left] = [Math.min(...boxes.map(b => b.top)), Math.min(...boxes.map(b => b.left))];
    const [end, right] = [Math.max(...boxes.map(b => b.bottom)), Math.max(...boxes.map(b => b.right))];
    return {e, at: e.getBoundingClientRect(), end, right, height: end - top, width: right - left};
  })
  .filter(({e, at, end, right, height, width}) => {
    if (at.width < 2 || at.height < 2 || end < 0 || right < 0) return false;
    const said = e.parentElement.innerText.trim();
    const isInline = getComputedStyle(e).display === 'inline' && said !== e.innerText.trim();
    return !isInline && (height < high - .5 || width < wide - .5);
  })
  .map(({e, height, width}) =>
    `${Math.round(width)}×${Math.round(height)} ${e.outerHTML.slice(0, 110).replace(/\\s+/g, ' ')}`)"""


@pytest.fixture
def demo():
    kept_demo()


def signed_in(open_browser, live_server, user, viewport=PHONE, **options):
    page = open_browser(viewport, **options)
    client = Client()
    client.force_login(user, BACKEND)
    value = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
    return page


def troubles(page, start: str, inside: str) -> tuple[int, list[str]]:
    """How many pages there are from `start` on, and what is wrong with them."""
    count, found = 0, []
    for _page, address, answer, _source in walk([page], start, inside):
        count += 1
        if answer is None or answer.status != 200:
            found.append(f"{address}: status {answer and answer.status}")
            continue
        if scroll_width(page) > PHONE["width"]:
            found.append(f"{address}: {scroll_width(page)} px wide")
        found += [f"{shape(address)}: {small}" for small in page.evaluate(SMALL, LEAST)]
    return count, found


def test_every_page_of_a_parent(demo, open_browser, live_server):
    adult = Adult.objects.get(
        guardianships__student__name="徐梦瑶", guardianships__relation=Relation.MOTHER
    )
    adult.user = make_user("a-parent", adult.name)
    adult.save()
    page = signed_in(open_browser, live_server, adult.user)
    count, found = troubles(page, "/f/", "/f/")
    assert count > 20
    assert not found, "\n".join(found)


def test_every_page_of_the_village_worker(demo, open_browser, live_server):
    user = User.objects.get(username=LOGINS["village_worker"])
    count, found = troubles(signed_in(open_browser, live_server, user), "/v/", "/v/")
    assert count > 2
    assert not found, "\n".join(found)


def test_every_page_of_a_class_teacher(demo, open_browser, live_server):
    user = User.objects.get(username=LOGINS["class_teacher"])
    count, found = troubles(signed_in(open_browser, live_server, user), "/", "/")
    assert count > 40
    assert not found, "\n".join(found)


def test_the_answers_of_a_form_about_a_child(cast, open_browser, live_server):
    form = conditional_form(cast)
    page = signed_in(open_browser, live_server, cast.users["teacher"])
    page.goto(f"/surveys/form/{form.pk}/")
    parts = page.locator(".ticks label").evaluate_all(
        "all => all.map(e => [e, e.control].map(one => JSON.stringify(one.getBoundingClientRect())))"
    )
    assert len(parts) > 2
    # What a thumb or a screen reader finds is the invisible button: it fills all that is drawn.
    assert all(drawn == found for drawn, found in parts), parts[0]
    assert page.evaluate(SMALL, LEAST) == []


@pytest.mark.parametrize("is_wide", [False, True], ids=["upright", "on its side"])
def test_the_pages_of_a_day_on_a_tablet(demo, open_browser, live_server, is_wide):
    high, wide = TABLET["height"], TABLET["width"]
    size = {"width": high, "height": wide} if is_wide else TABLET
    user = User.objects.get(username=LOGINS["class_teacher"])
    page = signed_in(open_browser, live_server, user, size, has_touch=True)
    child = Adult.objects.get(
        guardianships__student__name="徐梦瑶", guardianships__relation="mother"
    )
    found = []
    for path in OF_A_DAY:
        page.goto(path.format(child=child.guardianships.get().student_id))
        page.wait_for_load_state()
        assert page.evaluate("matchMedia('(pointer: coarse)').matches")
        if scroll_width(page) > size["width"]:
            found.append(f"{path}: {scroll_width(page)} px wide")
        found += [f"{path}: {small}" for small in page.evaluate(SMALL, LEAST)]
    assert not found, "\n".join(found)
    desk = signed_in(open_browser, live_server, user, size)  # with a mouse, rows stay low
    desk.goto("/children/")
    assert desk.evaluate(SMALL, LEAST)
