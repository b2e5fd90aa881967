"""A notice on the screen of a mother's phone: from the outbox, through a push service, into her browser."""

import json
import time

import httpx
import pytest
from django.test import Client

from core import clock
from delivery import dispatch
from delivery.channels import secrets
from delivery.models import ChannelAccount, OutboxMessage
from messaging import actions
from tests.factories.cast import make_cast
from tests.journeys.conftest import PHONE, wait_for_last_answer, wait_until
from tests.providers.push import Push

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "django.contrib.auth.backends.ModelBackend"
SHOWN = """navigator.serviceWorker.getRegistration('/f/').then((one) => one.getNotifications())
    .then((all) => all.map((one) => [one.title, one.body, one.data.url]))"""


def test_a_question_is_shown_on_the_screen(open_browser, live_server):
    cast = make_cast()
    with Push() as push:
        account = ChannelAccount.objects.create(
            school=cast.school, kind="push", config=push.config()
        )
        account.secret = secrets.seal(value=push.secret, row=secrets.row_of(account))
        account.save()
        page = open_browser(PHONE, whole=True)
        page.context.grant_permissions(["notifications"], origin=live_server.url)
        client = Client()
        client.force_login(cast.users["mother"], BACKEND)
        sign = {"name": "sessionid", "value": client.cookies["sessionid"].value}
        page.context.add_cookies([sign | {"url": live_server.url}])
        page.goto("/f/me/screen/")
        # No push service is reachable here: said plainly, and the worker stands all the same.
        page.get_by_role("button", name="好，提醒我").click()
        page.get_by_text("这部手机连不上通知服务").wait_for()
        told = _sent(cast, push, account)
        assert "徐" not in json.dumps(told, ensure_ascii=False)
        _deliver(page, live_server.url, told)
        shown = wait_until(lambda: page.evaluate(SHOWN))
        assert shown == [[cast.school.name, told["body"], told["url"]]]


def test_a_connection_that_a_push_service_keeps_holds_up_no_journey(live_server):
    with Push() as push, httpx.Client() as caller:
        caller.get(push.url)
        began = time.monotonic()
        wait_for_last_answer(live_server)
    assert time.monotonic() - began < 5


def _sent(cast, push: Push, account: ChannelAccount) -> dict:
    """What the push service got, opened with the browser's keys."""
    push.switched_on(account, cast.adults["mother"])
    adult = cast.adults["mother"]
    adult.quiet_from = adult.quiet_until = "00:00"
    adult.save()
    at = clock.now()
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    OutboxMessage.objects.exclude(adult=adult).delete()
    OutboxMessage.objects.update(due_at=at)
    dispatch.drain()
    assert push.refused == []
    return push.taken[0].values


def _deliver(page, origin: str, told: dict) -> None:
    """As the browser's own push service hands it to the worker."""
    found: dict[str, str] = {}
    tools = page.context.new_cdp_session(page)
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.update(
            {one["scopeURL"]: one["registrationId"] for one in event["registrations"]}
        ),
    )
    tools.send("ServiceWorker.enable")
    scope = f"{origin}/f/"
    wait_until(lambda: page.evaluate("1") and scope in found)
    data = json.dumps(told, ensure_ascii=False)
    message = {"origin": origin, "registrationId": found[scope], "data": data}
    tools.send("ServiceWorker.deliverPushMessage", message)
