"""Reads and writes in the database of a started copy, named by JIAQIAO_DATA: a line in, a line of JSON out.

page GATEWAY    a question, whose path is the answer; another school with ninety families and a gateway
queue COUNT     so many messages
write           much
state           how many messages in which state, and what has been answered
"""

import json
import sys
from collections import Counter
from collections.abc import Callable

import django

CODE = "620622009"


def page(gateway: str) -> str:
    from core import clock
    from delivery.models import ChannelAccount
    from tests.delivery.test_faults import make_families
    from tests.factories.cast import make_cast, make_school
    from tests.messaging.test_family_pages import ask

    cast = make_cast()
    writes = make_school(cast.county, "靖远小学", CODE)
    make_families(writes, 90)
    ChannelAccount.objects.create(school=writes, kind="sms", config=json.loads(gateway))
    return ask(cast, clock.now(), "mengyao")[1]


def queue(count: str) -> int:
    """To adults who have had none today: nobody gets many."""
    from delivery.models import OutboxMessage
    from guardians.models import Adult
    from schools.models import School
    from tests.faults.test_services import queue_links

    school = School.objects.get(code=CODE)
    had = OutboxMessage.objects.filter(kind="notice").values("adult")
    fresh = Adult.objects.filter(school=school).exclude(pk__in=had).values_list("pk", flat=True)
    chosen = list(fresh[: int(count)])
    queue_links(school, len(chosen), pk__in=chosen)
    return len(chosen)


def write() -> None:
    """Eight megabytes that nobody reads: PostgreSQL's log of changes grows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS ballast (words text)")
        cursor.execute(
            "INSERT INTO ballast SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 250000)"
        )


def state() -> dict:
    """Of messages those that were queued here: families are asked beside them."""
    from delivery.models import OutboxMessage
    from guardians.models import Contact
    from messaging.models import Reply

    queued = list(OutboxMessage.objects.filter(kind="notice"))
    return {
        "messages": Counter(one.state for one in queued),
        "keys": [str(one.idempotency_key) for one in queued],
        "replies": Reply.objects.count(),
        "contacts": Contact.objects.count(),
    }


WORDS: dict[str, Callable[..., object]] = {
    "page": page,
    "queue": queue,
    "write": write,
    "state": state,
}


def main() -> None:
    from django.db import Error, connection

    django.setup()
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        try:
            answer = WORDS[word](*[rest] if rest else [])
        except Error as error:
            answer = {"error": str(error)}
        connection.close()
        print(json.dumps(answer), flush=True)  # noqa: T201 - read by the test


if __name__ == "__main__":
    main()
