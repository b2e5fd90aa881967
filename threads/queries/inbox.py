"""Lists of threads: they read only the last message of each."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from core.prepared import prepared
from guardians.models import Adult, Guardianship
from guardians.queries import last_ties
from students.models import Student
from threads.models import Sighting, Thread, ThreadAdult, ThreadMessage
from threads.policies import threads_in_hand, threads_known_to
from threads.rules import pairs_of

ROWS = 50  # threads on one page of a list


@dataclass(frozen=True)
class Row:
    """One thread of a list: `last` is None where the viewer may not read it."""

    thread: Thread
    people: list[Adult]
    relations: dict[int, Guardianship]
    last: ThreadMessage | None
    is_unread: bool = False


def waiting_first(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    """Return threads in which the family waits for the school, the longest wait first."""
    waiting = threads.filter(state=Thread.State.WAITING_SCHOOL)
    return waiting.order_by("waiting_since", "pk")


def followed(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    return threads.filter(state=Thread.State.WAITING_FAMILY).order_by("-last_at", "-pk")


def _own(user: User, on: date, school_id: int) -> QuerySet[Thread]:
    return threads_in_hand(user, on).filter(owner_id=user.pk, school_id=school_id)


def _about_children(user: User, on: date, school_id: int) -> QuerySet[Thread]:
    return threads_in_hand(user, on).filter(student__isnull=False, school_id=school_id)


@prepared
def own_waiting(*, user, on, school_id, limit: int) -> QuerySet[Thread]:
    return whole(waiting_first(_own(user, on, school_id)))[:limit]


@prepared
def own_followed(*, user, on, school_id, limit: int) -> QuerySet[Thread]:
    return whole(followed(_own(user, on, school_id)))[:limit]


@prepared
def class_waiting(*, user, on, school_id, limit: int) -> QuerySet[Thread]:
    return whole(waiting_first(_about_children(user, on, school_id)))[:limit]


@prepared
def class_followed(*, user, on, school_id, limit: int) -> QuerySet[Thread]:
    return whole(followed(_about_children(user, on, school_id)))[:limit]


@prepared
def finished(*, user, on, school_id, limit: int) -> QuerySet[Thread]:
    rows = threads_in_hand(user, on).filter(state=Thread.State.DONE, school_id=school_id)
    return whole(rows.order_by("-last_at", "-pk"))[:limit]


@prepared
def school_waiting(*, user, on, school_id, limit: int) -> QuerySet[Thread]:
    return whole(waiting_first(threads_known_to(user, on).filter(school_id=school_id)))[:limit]


def whole(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    """With what `rows_of` shows of each thread."""
    return threads.select_related("student", "owner", "school")


def rows_of(
    shown: Collection[Thread], viewer: User, on: date, *, shows_words: bool = True
) -> list[Row]:
    """As many queries for fifty as for one: places, last messages, who has seen them, relations."""
    if not shown:
        return []
    last = _last_words([one.pk for one in shown]) if shows_words else {}
    unread = {one.pk for one in last.values() if one.adult_id is not None}
    if unread:
        unread -= {pk for (pk,) in _seen(pks=unread, user_id=viewer.pk)}
    people: dict[int, list[Adult]] = {one.pk: [] for one in shown}
    for place in _places(thread_ids=list(people)):
        people[place.thread_id].append(place.adult)
    held = last_ties(
        [(one.student_id, adult.pk) for one in shown if one.student_id for adult in people[one.pk]]
    )
    rows = []
    for one in shown:
        relations = {
            adult.pk: held[one.student_id, adult.pk]
            for adult in people[one.pk]
            if one.student_id and (one.student_id, adult.pk) in held
        }
        word = last.get(one.pk)
        rows.append(Row(one, people[one.pk], relations, word, bool(word and word.pk in unread)))
    return rows


@prepared
def _places(*, thread_ids) -> QuerySet[ThreadAdult]:
    rows = ThreadAdult.objects.filter(thread_id__in=thread_ids)
    return rows.select_related("adult").order_by("pk")


def _last_words(thread_ids: Collection[int]) -> dict[int, ThreadMessage]:
    """Return the latest message of each thread, by index."""
    latest = [pk for (pk,) in _last_keys(thread_ids=thread_ids) if pk is not None]
    return {row.thread_id: row for row in _words(pks=latest)}


@prepared
def _last_keys(*, thread_ids) -> QuerySet[Any]:
    said = ThreadMessage.objects.filter(thread_id=OuterRef("pk")).exclude(
        via=ThreadMessage.Via.AUTOMATIC
    )
    latest = Thread.objects.filter(pk__in=thread_ids).annotate(
        last_pk=Subquery(said.order_by("-at", "-pk").values("pk")[:1])
    )
    return latest.values_list("last_pk")


@prepared
def _words(*, pks) -> QuerySet[ThreadMessage]:
    rows = ThreadMessage.objects.filter(pk__in=pks)
    return rows.select_related("voice", "user").defer("pairs")


@prepared
def _seen(*, pks, user_id) -> QuerySet[Any]:
    seen = Sighting.objects.filter(message_id__in=pks, user_id=user_id)
    return seen.values_list("message_id")


def search(threads: QuerySet[Thread], text: str) -> QuerySet[Thread]:
    """Find threads by the child's or an adult's name or pinyin, and by words in messages; newest first."""
    wanted = " ".join(text.split()).lower()
    if not wanted:
        return threads.none()
    flat = wanted.replace(" ", "")
    names = Q(name__icontains=wanted) | Q(name_pinyin__contains=wanted)
    if wanted.isascii() and " " not in wanted:
        # xumengyao → "xu mengyao": a surname has at most six letters.
        splits = [f"{flat[:cut]} {flat[cut:]}" for cut in range(1, min(len(flat), 7))]
        names |= Q(name_pinyin__in=splits)
    children = Student.objects.filter(names | Q(name_initials__startswith=flat))
    adults = ThreadAdult.objects.filter(
        thread_id=OuterRef("pk"), adult__in=Adult.objects.filter(names)
    )
    said = ThreadMessage.objects.filter(thread_id=OuterRef("pk"), text__icontains=wanted)
    pairs = pairs_of(wanted)
    if pairs:
        said = said.filter(pairs__contains=pairs)
    return threads.filter(Q(student__in=children) | Exists(adults) | Exists(said)).order_by(
        "-last_at", "-pk"
    )


def unread_by_family(thread_ids: Collection[int], adult_ids: Collection[int]) -> dict[int, int]:
    """Return thread → number of the school's messages that none of these adults (one person) has seen."""
    return Counter(_unseen(thread_ids=thread_ids, adult_ids=adult_ids)) if thread_ids else {}


@prepared
def _unseen(*, thread_ids, adult_ids) -> QuerySet[Any]:
    seen = Sighting.objects.filter(message_id=OuterRef("pk"), adult_id__in=adult_ids)
    rows = ThreadMessage.objects.filter(~Exists(seen), thread__in=thread_ids, user__isnull=False)
    return rows.values_list("thread_id", flat=True)


def family_page(threads: QuerySet[Thread]) -> list[tuple[Thread, ThreadMessage | None]]:
    """Return threads, newest first, with the last message of each; three queries."""
    shown = list(threads.select_related("student", "owner").order_by("-last_at", "-pk")[:ROWS])
    last = _last_words([one.pk for one in shown])
    return [(one, last.get(one.pk)) for one in shown]


def latest_about(threads: QuerySet[Thread], student_ids: Collection[int]) -> dict[int, Thread]:
    """Return child → the thread about the child with the latest message."""
    rows = threads.filter(student_id__in=student_ids).order_by("last_at", "pk")
    return {row.student_id: row for row in rows if row.student_id}
