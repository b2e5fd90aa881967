"""Queries for the list of notices, the board of one notice, and a family's open notices."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from core.phones import readable
from core.prepared import prepared
from delivery.models import OutboxMessage
from delivery.queries import FACTS, silences
from delivery.rules import Silence
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.queries import informed_guardianships
from notices.links import message_key
from notices.models import Notice, NoticeAnswer, NoticeChild, NoticeTranslation, Notified
from notices.policies import KINDS, answers_that_count, children_seen_by, notices_visible_to
from schools.models import SchoolClass

PAGE = 30  # notices on one page of the list


@dataclass(frozen=True)
class Counts:
    """How many families a notice has, how many are settled, and in how many somebody said no."""

    families: int = 0
    settled: int = 0
    refused: int = 0

    @property
    def open(self) -> int:
        return self.families - self.settled

    @property
    def agreed(self) -> int:
        return max(0, self.settled - self.refused)


def counts_of(notice_ids: Collection[int], children: QuerySet[NoticeChild]) -> dict[int, Counts]:
    """Count families among `children`, those that the viewer may see; one query."""
    return counts_from(counted(notice_ids, children))


def counted(notice_ids: Collection[int], children: QuerySet[NoticeChild]) -> QuerySet[Any]:
    refusal = answers_that_count().filter(child=OuterRef("pk"), is_refused=True)
    return (
        children.filter(notice_id__in=notice_ids)
        .order_by()
        .values("notice_id")
        .annotate(
            families=Count("family", distinct=True),
            waiting=Count("family", distinct=True, filter=Q(settled_at=None)),
            refused=Count("family", distinct=True, filter=Exists(refusal)),
        )
    )


def counts_from(rows: Iterable[Mapping[str, int]]) -> dict[int, Counts]:
    """Return counts by notice, from rows of `counted`."""
    return {
        row["notice_id"]: Counts(row["families"], row["families"] - row["waiting"], row["refused"])
        for row in rows
    }


@dataclass(frozen=True)
class Listed:
    notice: Notice
    counts: Counts


def listed(user: User, on: date, skip: int = 0) -> tuple[list[Listed], bool]:
    """Return notices, newest first, and whether there are more."""
    rows = notices_visible_to(user, on).select_related("author", "school")
    found = list(rows.order_by("-written_at", "-pk")[skip : skip + PAGE + 1])
    page = found[:PAGE]
    counts = counts_of([one.pk for one in page], children_seen_by(user, on))
    return [Listed(one, counts.get(one.pk, Counts())) for one in page], len(found) > PAGE


def class_names(notices: Collection[Notice]) -> dict[int, str]:
    picked = {pk for one in notices if one.scope == Notice.Scope.CLASSES for pk in one.picked}
    return dict(SchoolClass.objects.filter(pk__in=picked).values_list("pk", "name"))


@dataclass
class FamilyRow:
    """A family in one class: its children there, and its adults who may see the file."""

    children: list[NoticeChild]
    people: list[Guardianship]
    seen: set[int]  # ids of adults
    unreached: set[int]  # ids of adults for whom every message failed
    answers: list[NoticeAnswer] = field(default_factory=list)

    @property
    def is_settled(self) -> bool:
        return all(child.settled_at for child in self.children)

    @property
    def refusals(self) -> list[NoticeAnswer]:
        return [one for one in self.answers if one.is_refused]

    @property
    def settled_at(self) -> datetime | None:
        times = [child.settled_at for child in self.children if child.settled_at]
        return max(times) if times else None

    @property
    def left_out(self) -> str:
        return next((child.left_out for child in self.children if child.left_out), "")

    @property
    def is_seen(self) -> bool:
        return any(person.adult_id in self.seen for person in self.people)

    @property
    def is_unreached(self) -> bool:
        """Return whether no message reached this family."""
        told = {person.adult_id for person in self.people}
        return bool(told) and not self.is_seen and told <= self.unreached

    @property
    def needs_a_call(self) -> bool:
        return not self.is_settled and (bool(self.left_out) or self.is_unreached)

    @property
    def state(self) -> str:
        """Return one of STATES."""
        if self.refusals:
            return "refused"
        if self.is_settled:
            return "settled"
        if self.needs_a_call:
            return "not_reached"
        return "seen" if self.is_seen or self.answers else "unseen"


# Families who need most from the teacher come first.
STATES = ("refused", "not_reached", "unseen", "seen", "settled")


# Outcomes of a message that mean that an adult who has not seen the notice was not reached.
NOTHING_THERE = (Silence.NOTHING_ARRIVED, Silence.NOT_SENT, Silence.WANTS_NONE)


@dataclass
class ClassPart:
    name: str
    rows: list[FamilyRow]

    @property
    def settled(self) -> int:
        return sum(row.is_settled for row in self.rows)


@dataclass(frozen=True)
class Board:
    parts: list[ClassPart]
    counts: Counts

    @property
    def rows(self) -> list[FamilyRow]:
        return [row for part in self.parts for row in part.rows]


def board(notice: Notice, user: User, on: date, only_class: int | None = None) -> Board:
    """Return families by class, those who said no first, then open ones.

    The number of queries does not depend on the size.
    """
    answers = answers_that_count().select_related("adult", "recorded_by")
    rows = children_seen_by(user, on).filter(notice=notice)
    if only_class:
        rows = rows.filter(school_class=only_class)
    lines = list(
        rows.select_related("student", "school_class__grade")
        .prefetch_related(Prefetch("answers", answers))
        .order_by(
            "school_class__grade__number", "school_class__number", "student__name_pinyin", "pk"
        )
    )
    people = people_of(lines, on)
    adults = {person.adult_id for held in people.values() for person in held}
    seen = set(
        Notified.objects.filter(notice=notice, adult__in=adults, seen_at__isnull=False).values_list(
            "adult_id", flat=True
        )
    )
    # Adults whom the first message did not reach.
    first = OutboxMessage.objects.filter(
        dedupe_key__in=[message_key(notice.pk, adult) for adult in adults], adult__isnull=False
    )
    told = silences(first.values_list("adult_id", *FACTS))
    unreached = {pk for pk, silence in told.items() if silence in NOTHING_THERE}
    parts = _parts(lines, people, seen, unreached)
    families = {line.family for line in lines}
    waiting = {line.family for line in lines if line.settled_at is None}
    refused = {one.children[0].family for part in parts for one in part.rows if one.refusals}
    return Board(parts, Counts(len(families), len(families - waiting), len(refused)))


def people_of(lines: Collection[NoticeChild], on: date) -> dict[int, list[Guardianship]]:
    """Return, by child, unblocked adults who see its file, in the family's order."""
    rows = informed_guardianships(on).filter(
        student_id__in=[line.student_id for line in lines], kind__in=KINDS, adult__blocked_at=None
    )
    found: dict[int, list[Guardianship]] = {}
    for row in rows.select_related("adult").order_by("priority", "pk"):
        found.setdefault(row.student_id, []).append(row)
    return found


def _parts(
    lines: Sequence[NoticeChild],
    people: dict[int, list[Guardianship]],
    seen: set[int],
    unreached: set[int],
) -> list[ClassPart]:
    parts: dict[int | None, dict[int, FamilyRow]] = {}
    names: dict[int | None, str] = {}
    for line in lines:
        names[line.school_class_id] = line.school_class.name if line.school_class else ""
        part = parts.setdefault(line.school_class_id, {})
        row = part.setdefault(line.family, FamilyRow([], [], seen, unreached))
        row.children.append(line)
        row.answers.extend(line.answers.all())
        known = {one.adult_id for one in row.people}
        row.people.extend(
            one for one in people.get(line.student_id, []) if one.adult_id not in known
        )
    return [
        ClassPart(
            names[pk], sorted(rows.values(), key=lambda row: (not row.refusals, row.is_settled))
        )
        for pk, rows in parts.items()
    ]


def notified_of(notice: Notice, adult: Adult) -> Notified | None:
    return Notified.objects.filter(notice=notice, adult=adult).first()


def answers_of(lines: Collection[NoticeChild]) -> list[NoticeAnswer]:
    rows = answers_that_count().filter(child__in=lines)
    return list(rows.select_related("adult", "child__student"))


def lines_settled_by_blocked(on: date) -> QuerySet[NoticeChild]:
    """Return settled lines of sent notices for which nobody but an adult blocked by now may have answered.

    It first reads which notices blocked adults have answered or seen: mostly none, in a large county too.
    """
    blocked = Adult.objects.filter(blocked_at__isnull=False).values("pk")
    line = {"child": OuterRef("pk")}
    theirs = NoticeAnswer.objects.filter(adult__in=blocked, withdrawn_at=None)
    # If all must agree, a single no settles a line that others have not signed yet.
    by_no = theirs.filter(is_refused=True, child__notice__one_is_enough=False)
    answered = Q(pk__in=theirs.values("child")) & ~Exists(answers_that_count().filter(**line))
    readers = Notified.objects.filter(notice=OuterRef("notice"), seen_at__isnull=False)
    theirs_read = Notified.objects.filter(adult__in=blocked, seen_at__isnull=False)
    touched = theirs.values_list("child__notice", flat=True)
    touched = touched.union(theirs_read.values_list("notice", flat=True))
    around = informed_guardianships(on).filter(
        student_id=OuterRef(OuterRef("student_id")),
        adult_id=OuterRef("adult_id"),
        adult__blocked_at=None,
        kind__in=KINDS,
    )
    read = Q(
        ~Exists(readers.filter(Exists(around))),
        notice__kind=Notice.Kind.READ,
        notice__in=theirs_read.values("notice"),
    )
    return NoticeChild.objects.filter(
        answered | Q(pk__in=by_no.values("child")) | read,
        notice__in=list(touched),
        notice__state=Notice.State.SENT,
        settled_at__isnull=False,
    )


def phones_of(adult_ids: Collection[int]) -> dict[int, list[str]]:
    """Return recorded phone numbers, including those that failed: a person may still try them."""
    rows = ContactPoint.objects.filter(
        adult__in=adult_ids, kind=ContactPoint.Kind.PHONE, disputed_at=None
    )
    found: dict[int, list[str]] = {}
    for point in rows:
        written = readable(point.address) if point.address else point.as_written
        found.setdefault(point.adult_id, []).append(written)
    return found


def seen_by(adults: Collection[Adult] | QuerySet[Adult], notice_ids: Collection[int]) -> set[int]:
    """Return the notices that one of these adults has opened."""
    return set(_seen(notice_ids=notice_ids, adult_ids=[adult.pk for adult in adults]))


@prepared
def _seen(*, notice_ids, adult_ids) -> QuerySet[Any]:
    return seen_rows(adult_ids).filter(notice__in=notice_ids).values_list("notice_id", flat=True)


def seen_rows(adult_ids: Collection[int]) -> QuerySet[Notified]:
    """Return the rows of notices that one of these adults has opened."""
    return Notified.objects.filter(adult__in=adult_ids, seen_at__isnull=False)


def translation_of(notice: Notice, language: str) -> NoticeTranslation | None:
    if language == notice.language:
        return None
    return NoticeTranslation.objects.filter(notice=notice, language=language).first()
