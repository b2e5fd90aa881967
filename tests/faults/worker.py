"""A sending process that dies at a named moment, or goes on until it is killed.

`python -m tests.faults.worker` reads lines: `die MOMENT` forks a drain that kills itself there with SIGKILL
and answers with its exit status; `die of read|send ID` forks one that dies only with that message in hand;
`die webhooks MOMENT` one that tells other systems of changes; `go` forks a worker that rescues and drains
without end and answers with its id. Forked, because starting Django again for each of a hundred deaths takes
minutes.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from tests.faults import webhook_deaths

BATCH = 6  # rows of one claim: each death finds some left
LEASE_SECONDS = 2.5
GATEWAY_TAKES_SECONDS = 0.25  # set at the sink for the moment "mid request"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before_claim_commit() -> None:
    from django.db import transaction

    from delivery.dispatch import draining

    real = draining.claim

    def claim(*args):
        with transaction.atomic():
            real(*args)
            die()

    draining.claim = claim


def after_claim() -> None:
    from delivery.dispatch import draining

    draining.claim = _then_die(draining.claim)


def after_mark() -> None:
    from delivery.dispatch.draining import _Batch

    _Batch._mark = _then_die(_Batch._mark)


def mid_request() -> None:
    from delivery.dispatch import draining

    real = draining.try_to_send

    def try_to_send(letter):
        threading.Timer(GATEWAY_TAKES_SECONDS / 2, die).start()
        return real(letter)

    draining.try_to_send = try_to_send


def after_reply() -> None:
    from delivery.dispatch import draining

    draining.try_to_send = _then_die(draining.try_to_send)


def before_record() -> None:
    from delivery.dispatch import draining

    draining.record_surely = lambda *args: die()


def before_record_commit() -> None:
    from delivery.dispatch import outcomes

    outcomes._note_attempts = _then_die(outcomes._note_attempts)


def _then_die(real: Callable) -> Callable:
    def act(*args):
        real(*args)
        die()

    return act


MOMENTS = {
    moment.__name__: moment
    for moment in (
        before_claim_commit,
        after_claim,
        after_mark,
        mid_request,
        after_reply,
        before_record,
        before_record_commit,
    )
}


def of_reading(pk: int) -> None:
    from delivery.dispatch import draining

    real = draining.read_facts

    def read_facts(pks, at):
        if pk in pks:
            die()
        return real(pks, at)

    draining.read_facts = read_facts


def of_sending(pk: int) -> None:
    from delivery.dispatch import draining

    real = draining.try_to_send

    def try_to_send(letter):
        if letter.row.id == pk:
            die()
        return real(letter)

    draining.try_to_send = try_to_send


OF_ONE = {"read": of_reading, "send": of_sending}


def drain_and_die(moment: str) -> None:
    from delivery import dispatch

    if moment.startswith("webhooks "):
        webhook_deaths.tell_and_die(moment.removeprefix("webhooks "))
        return
    if moment.startswith("of "):
        _, where, pk = moment.split()
        OF_ONE[where](int(pk))
    else:
        MOMENTS[moment]()
    # However slow the machine: it dies at its moment, neither of its task's end nor with what goes alone
    # after a batch that took too long.
    dispatch.drain(replace(limits(), task_seconds=300, stale_after_seconds=300))


def go() -> None:
    """As a Celery worker does: a task that fails is no end of the process."""
    from django.db import Error, connection

    from delivery import dispatch

    while True:
        try:
            dispatch.rescue(limits())
            dispatch.drain(limits())
        except Error:
            connection.close()
        time.sleep(0.1)


def limits():
    from delivery import dispatch

    return dispatch.Limits(batch=BATCH, lease_seconds=LEASE_SECONDS, task_seconds=5)


def _fork(act: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        act()
        os._exit(0)
    return child


def main() -> None:
    import django

    django.setup()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for line in sys.stdin:
        what, _, moment = line.strip().partition(" ")
        if what == "die":
            child = _fork(lambda moment=moment: drain_and_die(moment))
            answer = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        else:
            answer = _fork(go)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
