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
    """Tell counsellors new at a school about a letter that waits there, and senders of a letter that nobody
    can work with any more. Safe to run twice.
    """
    received_news.follow(clock.now())
