"""Sources from which concerns open automatically: rows of lower packages, one concern for each row.

To add a source, add an entry to `SOURCES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from calls.models import ToldByPhone
from guardians.care.queries import alone_now, open_gaps
from guardians.models import CareGap
from messaging.models import Reply
from messaging.queries import reply_calls_for_help
from reunions.models import Watch
from reunions.queries import worrying_watches
from safeguarding import rules
from safeguarding.models import Concern
from schools.policies import today_in
from students.models import Student
from threads.models import Routing, ThreadMessage
from threads.queries import calls_in_tray, children_at, children_of, words_calling_for_help
from visits.models import Fact, Visit
from visits.queries import alarming_visits

ROWS_AT_ONCE = 200  # in one intake run; the next run, five seconds later, takes the rest
WORDS_MAX = 500  # characters, as in the columns
# Keys of concerns from a text that somebody assigned to an adult, and from one that was taken back since.
ASSIGNED, TAKEN_BACK = "text", "text-back"


@dataclass(frozen=True)
class HelpSource:
    """A source of concerns.

    `rows` returns the rows that need an adult, the earliest first. `facts` returns the fields of the concern
    for one row (student, source, words …), or None if nobody knows which child it is about. `also` are
    further children, each with a concern of its own.
    """

    name: str  # the first part of `source_key`
    rows: Callable[[], QuerySet[Any]]
    facts: Callable[[Any, datetime], dict[str, Any] | None]

    def key_of(self, row_id: int) -> str:
        return f"{self.name}:{row_id}"

    def row_of(self, key: str) -> int | None:
        """Return the row id in a key; None for a key of another source."""
        name, _colon, row_id = key.partition(":")
        return int(row_id.partition(":")[0]) if name == self.name else None

    def outer_key(self) -> Concat:
        """Return the key for the row of an outer query."""
        return Concat(Value(f"{self.name}:"), Cast(OuterRef("pk"), CharField()))

    def without_concern(self) -> list[Any]:
        """Return rows that have no concern yet. There is no time cursor, so a late commit is not missed."""
        known = Concern.objects.filter(source_key=self.outer_key())
        return list(self.rows().exclude(Exists(known))[:ROWS_AT_ONCE])


def _of_reply(reply: Reply, at: datetime) -> dict[str, Any]:
    return {
        "student": reply.line.student,
        "otherwise_at": reply.school,
        "source": Concern.Source.FAMILY,
        "adult": reply.line.check_in.adult,
        "words": reply.words,
    }


def _of_word(message: Any, at: datetime) -> dict[str, Any] | None:
    """The family chose "I need help" when it wrote; the conversation goes on in its thread.

    If the family named no child, the concern is about its eldest; if its children have left since it wrote,
    about the last who did, because somebody must still look. A text that somebody assigned can be taken back,
    so its concern says which text it is, and to whom it was assigned.
    """
    student: Student | None = message.thread.student
    if student is None and message.adult is not None:
        left = Student.objects.filter(guardianships__adult=message.adult)
        left = left.order_by("-guardianships__ends_on", "born_on", "pk")
        student = next(iter(children_of(message.adult, at)), None) or left.first()
    if student is None:
        return None
    return {
        "student": student,
        "otherwise_at": message.school,
        "source": Concern.Source.FAMILY,
        "adult": message.adult,
        "words": message.text[:WORDS_MAX],
    } | ({"key": f"{ASSIGNED}:{message.routing}:{message.adult_id}"} if message.routing else {})


def _of_gap(gap: CareGap, at: datetime) -> dict[str, Any]:
    """Nobody looks after the child. `words` is what the school was told about a child home alone."""
    alone = alone_now(gap.student, today_in(gap.school, at))
    return {
        "student": gap.student,
        "otherwise_at": gap.school,
        "source": Concern.Source.CARE_GAP,
        "words": alone.words if alone else "",
    }


def _of_watch(watch: Watch, at: datetime) -> dict[str, Any]:
    """A colleague who checked on a child around a parent's departure wrote "not well"; one form is enough."""
    return {
        "student": watch.student,
        "otherwise_at": watch.student.school,
        "source": Concern.Source.STAFF,
        "raised_by": watch.done_by,
        "words": watch.words,
    }


def _of_visit(visit: Visit, at: datetime) -> dict[str, Any]:
    """The visitor ticked danger at home, or that the child is alone at night."""
    is_alone = Fact.NIGHTS_ALONE in visit.facts
    return {
        "student": visit.student,
        "otherwise_at": visit.school,
        "source": Concern.Source.ALONE if is_alone else Concern.Source.DANGER,
        "raised_by": visit.recorded_by,
        "words": visit.words,
    }


def _of_phone(told: ToldByPhone, at: datetime) -> dict[str, Any]:
    """A child pressed keys, and chose nobody by name.

    If somebody hurts the child, we do not know who: it may be the class teacher, so we skip them.
    """
    source, whom = {
        ToldByPhone.What.TALK: (Concern.Source.PUPIL, ""),
        ToldByPhone.What.HURT: (Concern.Source.HURT, rules.NOT_TEACHER),
        ToldByPhone.What.PEER: (Concern.Source.FOR_PEER, ""),
    }[ToldByPhone.What(told.what)]
    return {
        "student": told.student,
        "otherwise_at": told.school,
        "source": source,
        "asked_for": rules.asked_for_by_child(whom),
        "wanted_when": "now" if source == Concern.Source.HURT else "today",
    }


def _of_text(routing: Routing, at: datetime) -> dict[str, Any]:
    """A text says "I need help", but several people have its number, or a blocked adult, or one without news.

    It is about each of their children (`actions.run_intake`). A text that a blocked adult may have written
    is shown to nobody who may not block, so the class teacher is passed over.
    """
    children = children_at(routing.incoming, today_in(routing.school, at))
    is_barred = routing.cause == Routing.Cause.BARRED
    return {
        "student": children[0],
        "also": children[1:],
        "otherwise_at": routing.school,
        "source": Concern.Source.FAMILY,
        "asked_for": rules.COUNSELLOR if is_barred else "",
        "words": routing.incoming.text[:WORDS_MAX],
    }


def _words() -> QuerySet[ThreadMessage]:
    """Return calls for help in threads, except those heard while they waited in the tray.

    Once such a text is assigned, it opens another concern only if nobody was told of that adult's children.
    """
    key = Concat(Value("tray:"), Cast(OuterRef("incoming__routing"), CharField()))
    of_child = Concat(key, Value(":"), Cast(F("student_id"), CharField()))
    heard = Concern.objects.filter(
        Q(source_key=key) | Q(source_key=of_child),
        student__guardianships__adult=OuterRef("adult_id"),
    )
    assigned = Concat(
        Value(f"{ASSIGNED}:"),
        Cast(OuterRef("incoming__routing"), CharField()),
        Value(":"),
        Cast(OuterRef("adult_id"), CharField()),
    )
    known = Concern.objects.filter(source_key=assigned)
    rows = words_calling_for_help().exclude(Exists(heard)).exclude(Exists(known))
    return rows.annotate(routing=F("incoming__routing"))


TEXT = HelpSource(
    "tray",
    lambda: calls_in_tray(timezone.localdate()).filter(has_child=True).order_by("at", "pk"),
    _of_text,
)
PHONE = HelpSource(
    "phone",
    lambda: ToldByPhone.objects.select_related("school", "student").order_by("told_at", "pk"),
    _of_phone,
)
REPLY = HelpSource(
    "reply",
    lambda: (
        reply_calls_for_help()
        .select_related("school", "line__student__school", "line__check_in__adult")
        .order_by("at", "pk")
    ),
    _of_reply,
)
SOURCES = (
    REPLY,
    PHONE,
    HelpSource("thread-word", lambda: _words().order_by("at", "pk"), _of_word),
    TEXT,
    HelpSource(
        "gap",
        lambda: open_gaps().select_related("school", "student").order_by("noticed_at", "pk"),
        _of_gap,
    ),
    HelpSource(
        "watch",
        lambda: (
            worrying_watches()
            .select_related("student__school", "done_by")
            .order_by("done_at", "pk")
        ),
        _of_watch,
    ),
    HelpSource(
        "visit",
        lambda: (
            alarming_visits()
            .select_related("school", "student", "recorded_by")
            .order_by("recorded_at", "pk")
        ),
        _of_visit,
    ),
)
