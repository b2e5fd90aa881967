from celery import shared_task

from core import clock
from counselling.pool import ends as pool_ends
from counselling.pool import news as pool_news
from counselling.received import news as received_news


@shared_task(name="counselling.tell_of_briefs")
def tell_of_briefs() -> None:
    """Tell counsellors of the county what waits in the shared queue, and schools what nobody took.

    Safe to run twice.
    """
    at = clock.now()
    pool_ends.follow_closed(at)
    pool_news.tell(at)


@shared_task(name="counselling.follow_letters")
def follow_letters() -> None:
    """Tell counsellors and senders what has changed about letters sent online. Safe to run twice.

    Counsellors new at a school are told about a letter that waits there, and senders about a letter that
    nobody can work with any more.
    """
    received_news.follow(clock.now())
