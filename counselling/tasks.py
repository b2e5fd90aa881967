from celery import shared_task

from core import clock
from counselling.pool import ends as pool_ends
from counselling.pool import news as pool_news
from counselling.received import news as received_news


@shared_task(name="counselling.tell_of_briefs")
def tell_of_briefs() -> None:
    """Counsellors of the county hear what waits in the shared queue, schools what nobody took. Safe to run
    twice.
    """
    at = clock.now()
    pool_ends.follow_closed(at)
    pool_news.tell(at)


@shared_task(name="counselling.follow_letters")
def follow_letters() -> None:
    """Counsellors new at a school hear of a letter that waits there, senders of one that nobody can work with
    any more. Safe to run twice.
    """
    received_news.follow(clock.now())
