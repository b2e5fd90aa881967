"""Lists of threads. As many queries for fifty as for one; no message is read but the last of each."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from accounts.models import User
from core.prepared import prepared
from guardians.models import Adult, Guardianship
from students.models import Student
from threads.models import Sighting, Thread, ThreadAdult, ThreadMessage
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


@dataclass(frozen=True)
class Page:
    rows: list[Row] = field(default_factory=list)
    has_more: bool = False


def waiting_first(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    """Those whom the school owes a word, the longest wait first."""
    waiting = threads.filter(state=Thread.State.WAITING_SCHOOL)
    return waiting.order_by("waiting_since", "pk")


def followed(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    return threads.filter(state=Thread.State.WAITING_FAMILY).order_by("-last_at", "-pk")


def finished(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    return threads.filter(state=Thread.State.DONE).order_by("-last_at", "-pk")


def page_of(
    threads: QuerySet[Thread], viewer: User, on: date, *, shows_words: bool = True, skip: int = 0
) -> Page:
    """Five queries for any number of rows."""
    found = list(with_people(threads)[skip : skip + ROWS + 1])
    rows = rows_of(found[:ROWS], viewer, on, shows_words=shows_words)
    return Page(rows, len(found) > ROWS)


def with_people(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    """With what `rows_of` shows of each."""
    people = Prefetch("people", ThreadAdult.objects.select_related("adult"))
    return threads.select_related("student", "owner", "school").prefetch_related(people)


def rows_of(
    shown: Collection[Thread], viewer: User, on: date, *, shows_words: bool = True
) -> list[Row]:
    last = _last_words([one.pk for one in shown]) if shows_words and shown else {}
    unread = _unread_by(viewer, last.values())
    relations = _relations(shown, on) if shown else {}
    return [_row(one, relations, last.get(one.pk), unread) for one in shown]


def _row(thread: Thread, relations, last: ThreadMessage | None, unread: set[int]) -> Row:
    people = [place.adult for place in thread.people.all()]
    around = {
        adult.pk: relations[thread.student_id, adult.pk]
        for adult in people
        if (thread.student_id, adult.pk) in relations
    }
    return Row(thread, people, around, last, bool(last and last.pk in unread))


def _last_words(thread_ids: Collection[int]) -> dict[int, ThreadMessage]:
    """The latest word of each, found by index instead of by reading all."""
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


def _unread_by(viewer: User, messages) -> set[int]:
    from_family = {one.pk for one in messages if one.adult_id is not None}
    if not from_family:
        return set()
    return from_family - {pk for (pk,) in _seen(pks=from_family, user_id=viewer.pk)}


@prepared
def _seen(*, pks, user_id) -> QuerySet[Any]:
    seen = Sighting.objects.filter(message_id__in=pks, user_id=user_id)
    return seen.values_list("message_id")


def _relations(threads: Collection[Thread], on: date) -> dict[tuple[int, int], Guardianship]:
    """(child, adult) → what the adult is to the child; of those who no longer are, the last."""
    adults = {place.adult_id for one in threads for place in one.people.all()}
    rows = _held(children={one.student_id for one in threads if one.student_id}, adults=adults)
    return {(row.student_id, row.adult_id): row for row in rows}


@prepared
def _held(*, children, adults) -> QuerySet[Guardianship]:
    held = Guardianship.objects.filter(student_id__in=children, adult_id__in=adults)
    return held.select_related("adult").order_by("starts_on", "pk")


def search(threads: QuerySet[Thread], text: str) -> QuerySet[Thread]:
    """By the child's or an adult's name or pinyin, and by what was said; newest first."""
    wanted = " ".join(text.split()).lower()
    if not wanted:
        return threads.none()
    flat = wanted.replace(" ", "")
    names = Q(name__icontains=wanted) | Q(name_pinyin__contains=wanted)
    if wanted.isascii() and " " not in wanted:
        names |= Q(name_pinyin__in=_pinyin_splits(flat))
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


def _pinyin_splits(wanted: str) -> list[str]:
    """xumengyao → "xu mengyao": a surname has at most six letters."""
    return [f"{wanted[:cut]} {wanted[cut:]}" for cut in range(1, min(len(wanted), 7))]


# -- the family -------------------------------------------------------------------------------


def unread_by_family(thread_ids: Collection[int], adult_ids: Collection[int]) -> dict[int, int]:
    """thread → words of the school that none of these adults (one person) has had before them."""
    seen = Sighting.objects.filter(message_id=OuterRef("pk"), adult_id__in=adult_ids)
    rows = ThreadMessage.objects.filter(
        ~Exists(seen), thread_id__in=thread_ids, user__isnull=False
    ).values_list("thread_id", flat=True)
    counts: dict[int, int] = {}
    for thread_id in rows:
        counts[thread_id] = counts.get(thread_id, 0) + 1
    return counts


def family_page(threads: QuerySet[Thread]) -> list[tuple[Thread, ThreadMessage | None]]:
    """Newest first, with the last word of each; three queries."""
    shown = list(threads.select_related("student", "owner").order_by("-last_at", "-pk")[:ROWS])
    last = _last_words([one.pk for one in shown])
    return [(one, last.get(one.pk)) for one in shown]


def latest_about(threads: QuerySet[Thread], student_ids: Collection[int]) -> dict[int, Thread]:
    """child → the thread about it in which there was a word last."""
    rows = threads.filter(student_id__in=student_ids).order_by("last_at", "pk")
    return {row.student_id: row for row in rows if row.student_id}
