"""A server, or the network before it, sends the head of an answer and then nothing more: the form waits on
the phone like one without a network, and is sent once.
"""

import pytest

from core import clock
from messaging.models import Reply
from safeguarding.models import Concern
from tests.factories.cast import make_cast
from tests.factories.visits import make_visit, settle_in_village
from tests.journeys.conftest import PHONE, sign_in, wait_until
from tests.journeys.test_visits import WAITING
from tests.messaging.test_family_pages import ask

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What is posted arrives, and of the answer only the head, as long as `isStalled`. The patience of 25
# seconds (static/src/kept.js) is a second here.
STALLED = """
  window.stalls = 0;
  window.isStalled = true;
  const later = window.setTimeout;
  window.setTimeout = (act, ms, ...more) => later(act, ms === 25000 ? 1000 : ms, ...more);
  const fetched = window.fetch;
  window.fetch = async (address, options = {}) => {
    const response = await fetched(address, options);
    if (options.method !== 'POST' || !window.isStalled) return response;
    window.stalls += 1;
    const cut = (body) => options.signal.addEventListener('abort', () => body.error(options.signal.reason));
    return new Response(new ReadableStream({ start: cut }), { status: response.status });
  };
"""


def test_a_worry_of_the_village_waits_on_the_phone_and_is_sent_once(open_browser):
    cast = make_cast()
    settle_in_village(cast.students["mengyao"])
    visit = make_visit(cast.students["mengyao"], by_village=True)
    page = open_browser(PHONE)
    page.add_init_script(STALLED)
    sign_in(page, "village")
    page.goto(f"/v/{visit.pk}/worry/")
    page.fill("[name=words]", "孩子一个人在家")
    page.click("form[data-offline] button[type=submit]")
    page.wait_for_selector(WAITING + ":visible", timeout=15000)
    assert page.evaluate("window.stalls") >= 1
    page.evaluate("window.isStalled = false")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_selector(WAITING, state="hidden", timeout=15000)
    assert Concern.objects.count() == 1


def test_an_answer_of_a_family_waits_on_the_phone_and_is_sent_once(open_browser):
    cast = make_cast()
    _check_in, path = ask(cast, clock.now(), "mengyao")
    page = open_browser(PHONE)
    page.add_init_script(STALLED)
    page.goto(path)
    page.click("button[value=talked]")
    page.get_by_text("先存在这部手机里了").wait_for(timeout=15000)
    assert page.evaluate("window.stalls") >= 1
    page.evaluate("window.isStalled = false")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.get_by_text("听起来怎么样").wait_for(timeout=15000)
    wait_until(lambda: Reply.objects.count() == 1, 10)
