"""Record the outcome of "Please call me"."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from threads.models import CallBack


@transaction.atomic
def close_call_back(
    *, call_back: CallBack, outcome: str, words: str, by: User, at: datetime
) -> bool:
    """Close a call-back. The outcome `nobody` keeps it open for another try.

    Return False if it was closed already, unless `by` has said just this: the earlier record stays.
    """
    said = {"outcome": outcome, "words": words.strip()[:300]}
    is_open = outcome == CallBack.Outcome.NOBODY
    closed = {} if is_open else {"done_at": at, "done_by": by}
    rows = CallBack.objects.filter(pk=call_back.pk)
    if rows.filter(done_at=None).update(**said, **closed):
        return True
    return rows.filter(**said, done_by=by).exists()


@transaction.atomic
def reopen_call_back(*, call_back: CallBack) -> bool:
    """Undo `close_call_back`. Return False if the family has asked again in the meantime."""
    row = CallBack.objects.select_for_update().get(pk=call_back.pk)
    open_one = CallBack.objects.filter(thread=row.thread_id, adult=row.adult_id, done_at=None)
    if row.done_at is None or open_one.exists():
        return row.done_at is None
    row.done_at, row.done_by, row.outcome = None, None, ""
    row.save(update_fields=["done_at", "done_by", "outcome"])
    return True
