"""Moving the clock interrupts no request."""

import threading
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection

import pytest

from tests.journeys.conftest import CHINA

pytestmark = [
    pytest.mark.browser,
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
]


def test_requests_are_answered_while_the_clock_moves(cast, client, live_server, clock_at):
    """Three clients ask without a pause, as a page does that polls."""
    client.force_login(cast.users["teacher"])
    signed_in = {"Cookie": client.cookies.output(attrs=[], header="").strip()}
    answers, is_over = [], threading.Event()

    def ask_on() -> None:
        while not is_over.is_set():
            line = HTTPConnection(live_server.thread.host, live_server.thread.port, timeout=20)
            line.request("GET", "/", headers=signed_in)
            answers.append(line.getresponse().status)
            line.close()

    asking = [threading.Thread(target=ask_on) for _ in range(3)]
    for one in asking:
        one.start()
    for minutes in range(5):
        clock_at(datetime.now(CHINA) + timedelta(minutes=minutes))
    is_over.set()
    for one in asking:
        one.join(20)
    assert set(answers) == {HTTPStatus.OK}
