"""Where a process dies that tells other systems of changes; run by tests.faults.worker."""

import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

LEASE = timedelta(seconds=1.5)
RECEIVER_TAKES_SECONDS = 0.25  # set at the receiver for the moment "mid request"


def die(*args: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die(real: Callable) -> Callable:
    def act(*args: Any, **more: Any) -> None:
        real(*args, **more)
        die()

    return act


def _before_commit(real: Callable) -> Callable:
    from django.db import transaction

    def act(*args: Any, **more: Any) -> None:
        with transaction.atomic():
            real(*args, **more)
            die()

    return act


def before_gathering_commit() -> None:
    from api.webhooks import actions

    actions.gather = _before_commit(actions.gather)


def after_gathering() -> None:
    from api.webhooks import actions

    actions.gather = _then_die(actions.gather)


def after_claim() -> None:
    from api.webhooks import sending

    sending._claimed = _then_die(sending._claimed)


def mid_request() -> None:
    from api.webhooks import sending

    real = sending._send

    def send(letter: Any) -> Any:
        threading.Timer(RECEIVER_TAKES_SECONDS / 2, die).start()
        return real(letter)

    sending._send = send


def after_reply() -> None:
    from api.webhooks import sending

    sending._send = _then_die(sending._send)


def before_record() -> None:
    from api.webhooks import sending

    sending._record = die


def before_record_commit() -> None:
    from api.webhooks import sending

    sending._record = _before_commit(sending._record)


MOMENTS = {
    moment.__name__: moment
    for moment in (
        before_gathering_commit,
        after_gathering,
        after_claim,
        mid_request,
        after_reply,
        before_record,
        before_record_commit,
    )
}
BEFORE_SENDING = ("before_gathering_commit", "after_gathering", "after_claim")


def tell_and_die(moment: str) -> None:
    from api.tasks import tell_systems
    from api.webhooks import sending

    sending.LEASE = LEASE
    MOMENTS[moment]()
    tell_systems()
