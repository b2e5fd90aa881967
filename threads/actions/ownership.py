"""Change who owns a thread and who else is in it, and mark it as done."""

from datetime import datetime
from uuid import UUID

import pghistory
from django.db import transaction

from accounts.models import User
from guardians.models import Adult
from schools.queries import quiet_hours_of
from threads import queries
from threads.actions.pings import call_off_pings, ping_owner
from threads.models import HandOver, Reading, Thread, ThreadAdult


@transaction.atomic
def hand_over(
    *, thread: Thread, to: User, words: str, by: User, key: UUID, at: datetime
) -> HandOver | None:
    """Make `to` the owner and notify them. Return None if they own it already or the action is repeated."""
    thread = Thread.objects.select_for_update(of=("self",)).get(pk=thread.pk)
    if thread.owner_id == to.pk or HandOver.objects.filter(key=key).exists():
        return None
    done = HandOver.objects.create(
        school_id=thread.school_id,
        thread=thread,
        key=key,
        from_user=thread.owner,
        to_user=to,
        by=by,
        words=words.strip()[:300],
        at=at,
    )
    if thread.owner:  # their ping would lead to a page that may refuse them
        call_off_pings(thread, at, user=thread.owner)
    thread.owner = to
    with pghistory.context(user=by.pk):
        thread.save(update_fields=["owner"])
    last = queries.latest_from_family(thread)
    if last and thread.state == Thread.State.WAITING_SCHOOL and to != by:
        last.thread = thread
        ping_owner(last, quiet_hours_of(to, thread.school), at=at)
    return done


@transaction.atomic
def let_go(*, thread: Thread, at: datetime) -> None:
    """Take the owner away. The thread then shows for those who may hand it over (work.py)."""
    thread = Thread.objects.select_for_update(of=("self",)).get(pk=thread.pk)
    if thread.owner:  # as in hand_over
        call_off_pings(thread, at, user=thread.owner)
    thread.owner = None
    thread.save(update_fields=["owner"])


@transaction.atomic
def finish(*, thread: Thread, by: User, at: datetime) -> bool:
    """Mark the thread as done. A new message opens it again.

    Return False if the family has written something that `by` has not seen: it would wait for nobody.
    """
    # A message that is being written comes first.
    thread = Thread.objects.select_for_update(of=("self",)).get(pk=thread.pk)
    if queries.first_unseen(thread, by):
        return False
    with pghistory.context(user=by.pk):
        rows = Thread.objects.filter(pk=thread.pk).exclude(state=Thread.State.DONE)
        rows.update(state=Thread.State.DONE, waiting_since=None)
    return True


@transaction.atomic
def reopen(*, thread: Thread, by: User, at: datetime) -> None:
    """Undo `finish`: the side that was waiting waits again, as long as it did."""
    before = queries.turns(thread).exclude(state=Thread.State.DONE).first()
    if before is None:
        return
    with pghistory.context(user=by.pk):
        Thread.objects.filter(pk=thread.pk, state=Thread.State.DONE).update(
            state=before.state, waiting_since=before.waiting_since
        )


def add_adult(*, thread: Thread, adult: Adult, by: User, at: datetime) -> None:
    """Add another adult of the family, who can read everything, including earlier messages."""
    with transaction.atomic(), pghistory.context(user=by.pk):
        ThreadAdult.objects.get_or_create(
            thread=thread,
            adult=adult,
            defaults={"school_id": thread.school_id, "joined_at": at},
        )


def open_with_reason(*, thread: Thread, user: User, reason: str, at: datetime) -> Reading:
    return Reading.objects.create(
        school_id=thread.school_id, thread=thread, user=user, reason=reason.strip()[:200], at=at
    )
