"""Lists of threads with the last message of each, and a search through the threads that a user works on."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import (
    BooleanField,
    Exists,
    Func,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import JSONArray, Left, Upper

from accounts.models import User
from core.prepared import prepared
from guardians.models import Adult, Guardianship
from students.models import Student
from threads.models import Sighting, Thread, ThreadAdult, ThreadMessage
from threads.policies import threads_in_hand, threads_known_to
from threads.rules import PREVIEW

ROWS = 50  # threads on one page of a list


class Word(NamedTuple):
    """What a list shows of a message."""

    pk: int
    adult_id: int | None
    user_id: int | None
    text: str
    photo_id: int | None
    voice_id: int | None
    seconds: int | None
    wants_call: bool


class Person(NamedTuple):
    """An adult in a thread. The relation is that of the latest tie to the child, even if it has ended."""

    pk: int
    name: str
    relation: str | None


class Row(NamedTuple):
    """One thread in a list. `last` is None if the viewer may not read it."""

    pk: int
    state: str
    last_at: datetime
    waiting_since: datetime | None
    student_id: int | None
    student_name: str | None
    owner_id: int | None
    owner_name: str | None
    zone: str
    people: Sequence[Person]
    last: Word | None
    is_unread: bool


def waiting_first(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    """Return threads in which the family waits for the school, the longest wait first."""
    waiting = threads.filter(state=Thread.State.WAITING_SCHOOL)
    return waiting.order_by("waiting_since", "pk")


def newest_first(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    return threads.order_by("-last_at", "-pk")


def followed(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    return newest_first(threads.filter(state=Thread.State.WAITING_FAMILY))


def _own(user: User, on: date, school_id: int) -> QuerySet[Thread]:
    return threads_in_hand(user, on).filter(owner_id=user.pk, school_id=school_id)


def _about_children(user: User, on: date, school_id: int) -> QuerySet[Thread]:
    return threads_in_hand(user, on).filter(student__isnull=False, school_id=school_id)


@prepared
def own_waiting(*, user, on, school_id, limit: int) -> QuerySet[Any]:
    return listed(waiting_first(_own(user, on, school_id)), user)[:limit]


@prepared
def own_followed(*, user, on, school_id, limit: int) -> QuerySet[Any]:
    return listed(followed(_own(user, on, school_id)), user)[:limit]


@prepared
def class_waiting(*, user, on, school_id, limit: int) -> QuerySet[Any]:
    return listed(waiting_first(_about_children(user, on, school_id)), user)[:limit]


@prepared
def class_followed(*, user, on, school_id, limit: int) -> QuerySet[Any]:
    return listed(followed(_about_children(user, on, school_id)), user)[:limit]


@prepared
def finished(*, user, on, school_id, limit: int) -> QuerySet[Any]:
    rows = threads_in_hand(user, on).filter(state=Thread.State.DONE, school_id=school_id)
    return listed(newest_first(rows), user)[:limit]


@prepared
def school_waiting(*, user, on, school_id, limit: int) -> QuerySet[Any]:
    rows = threads_known_to(user, on).filter(school_id=school_id)
    return listed(waiting_first(rows), user, shows_words=False)[:limit]


def listed(threads: QuerySet[Thread], user: User, *, shows_words: bool = True) -> QuerySet[Any]:
    """Return rows for `rows_of`: all that a list shows of a thread, in the same statement that finds it."""
    tie = Guardianship.objects.filter(
        student_id=OuterRef(OuterRef("student_id")), adult_id=OuterRef("adult_id")
    ).order_by("-starts_on", "-pk")
    places = ThreadAdult.objects.filter(thread_id=OuterRef("pk")).order_by("pk")
    person = JSONArray("adult_id", "adult__name", Subquery(tie.values("relation")[:1]))
    people = ArraySubquery(places.values(person=person))
    return threads.values_list(
        "pk",
        "state",
        "last_at",
        "waiting_since",
        "student_id",
        "student__name",
        "owner_id",
        "owner__name",
        "school__time_zone",
        people,
        _last_word(Exists(Sighting.objects.filter(message_id=OuterRef("pk"), user_id=user.pk)))
        if shows_words
        else Value(None, JSONField()),
    )


def rows_of(found: Iterable[Sequence[Any]]) -> list[Row]:
    rows = []
    for *columns, people, last in found:
        *word, is_seen = last or [True]
        said = Word(*word) if last else None
        is_unread = said is not None and said.adult_id is not None and not is_seen
        rows.append(Row._make([*columns, [Person(*one) for one in people], said, is_unread]))
    return rows


def _last_word(*more: Exists) -> Subquery:
    """Return the last message as JSON. Only the end of the index is read, however long the thread is."""
    said = ThreadMessage.objects.filter(thread_id=OuterRef("pk"))
    said = said.exclude(via=ThreadMessage.Via.AUTOMATIC).order_by("-at", "-pk")
    word = JSONArray(
        "pk", "adult_id", "user_id", Left("text", PREVIEW), "photo_id", "voice_id",
        "voice__seconds", "wants_call", *more,
    )  # fmt: skip
    return Subquery(said.values(word=word)[:1])


class _Like(Func):
    """LIKE with a ready-made pattern; Django's own lookups would build it again for each message."""

    template = "%(expressions)s"
    arg_joiner = " LIKE "
    output_field = BooleanField()


def search(*, user: User, on: date, school_id: int, text: str, limit: int) -> list[Any]:
    """Find threads by the child's or an adult's name or pinyin, and by words in messages; newest first.

    Only threads that the user works on are searched. An index of words would first read those of the
    whole county, and PostgreSQL does not use it under row-level policies.
    """
    wanted = " ".join(text.split()).lower()
    if not wanted:
        return []
    flat, splits = wanted.replace(" ", ""), []
    if wanted.isascii() and " " not in wanted:
        # xumengyao → "xu mengyao": a surname has at most six letters.
        splits = [f"{flat[:cut]} {flat[cut:]}" for cut in range(1, min(len(flat), 7))]
    return _found(
        user=user,
        threads=_keys_in_hand(user=user, on=on, school_id=school_id),
        words=f"%{_as_it_stands(wanted)}%",
        initials=f"{_as_it_stands(flat)}%",
        splits=splits,
        limit=limit,
    )


def _as_it_stands(text: str) -> str:
    return connection.ops.prep_for_like_query(text)


@prepared
def _keys_in_hand(*, user, on, school_id) -> QuerySet[Any]:
    return threads_in_hand(user, on).filter(school_id=school_id).values_list("pk", flat=True)


@prepared
def _found(*, user, threads, words, initials, splits, limit: int) -> QuerySet[Any]:
    mine = Thread.objects.filter(pk__in=threads)
    places = ThreadAdult.objects.filter(thread_id__in=threads)
    names = Q(_Like(Upper("name"), Upper(words))) | Q(_Like("name_pinyin", words))
    names |= Q(name_pinyin__in=splits)
    children = Student.objects.filter(
        names | Q(_Like("name_initials", initials)), pk__in=mine.values("student_id")
    )
    adults = Adult.objects.filter(names, pk__in=places.values("adult_id"))
    said = ThreadMessage.objects.filter(_Like(Upper("text"), Upper(words)), thread_id__in=threads)
    found = mine.filter(
        Q(student__in=children)
        | Q(pk__in=places.filter(adult__in=adults).values("thread_id"))
        | Q(pk__in=said.values("thread_id"))
    )
    return listed(newest_first(found), user)[:limit]


def unread_by_family(thread_ids: Collection[int], adult_ids: Collection[int]) -> dict[int, int]:
    """Return, by thread, how many of the school's messages none of these adults (one person) has seen."""
    return Counter(_unseen(thread_ids=thread_ids, adult_ids=adult_ids)) if thread_ids else {}


@prepared
def _unseen(*, thread_ids, adult_ids) -> QuerySet[Any]:
    seen = Sighting.objects.filter(message_id=OuterRef("pk"), adult_id__in=adult_ids)
    rows = ThreadMessage.objects.filter(~Exists(seen), thread__in=thread_ids, user__isnull=False)
    return rows.values_list("thread_id", flat=True)


def family_page(threads: QuerySet[Thread]) -> list[tuple[Thread, Word | None]]:
    """Return threads, newest first, with the last message of each, in one query."""
    rows = newest_first(threads.select_related("student", "owner")).annotate(last=_last_word())
    return [(one, Word(*one.last) if one.last else None) for one in rows[:ROWS]]


def latest_about(threads: QuerySet[Thread], student_ids: Collection[int]) -> dict[int, Thread]:
    """Return, by child, the thread about the child with the latest message."""
    rows = threads.filter(student_id__in=student_ids).order_by("last_at", "pk")
    return {row.student_id: row for row in rows if row.student_id}
