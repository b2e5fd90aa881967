"""The board: every child with a plan, by class, with the state of the bridge to a parent."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from guardians.queries import last_contact_on
from guardians.rules import days_since, is_connected
from messaging.models import CheckInLine, CheckInPlan, FollowUp
from messaging.queries.bridges import Latest, standings
from schools.models import SchoolClass, holds_on
from students.models import Enrolment


class Bridge(StrEnum):
    """The state of the bridge between a child and a parent. On the board, the best comes first."""

    TALKED = "talked"
    PLANNED = "planned"  # the question has not been sent yet
    WAITING = "waiting"
    NOT_YET = "not_yet"
    ASKED_AGAIN = "asked_again"
    NOBODY = "nobody"
    NEEDS_HELP = "needs_help"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class BoardChild:
    student_id: int
    name: str
    bridge: Bridge
    days: int | None  # since the last contact; None = no known contact
    goes_at: datetime | None = None  # when a planned question will be sent; None = none is waiting


@dataclass(frozen=True)
class ClassRow:
    class_id: int
    name: str
    children: tuple[BoardChild, ...]

    @property
    def talked(self) -> int:
        return sum(child.bridge == Bridge.TALKED for child in self.children)

    @property
    def total(self) -> int:
        return len(self.children)

    def in_state(self, *bridges: str) -> list[BoardChild]:
        """Return the children in these states, the longest without contact first."""
        found = [child for child in self.children if child.bridge in bridges]
        return sorted(found, key=lambda child: -(child.days if child.days is not None else 9999))


@dataclass(frozen=True)
class Board:
    rows: tuple[ClassRow, ...]

    def count(self, *bridges: str) -> int:
        return sum(child.bridge in bridges for row in self.rows for child in row.children)

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)


OF_CHILD = ("class_id", "talked_on", "line_id", "follow_up_id")
OF_LATEST = ("answer", "check_in_id", "check_in__due_on", "check_in__state", "check_in__first_id")
BRIDGE_OF_STATE = {
    "planned": Bridge.PLANNED,
    "waiting": Bridge.WAITING,
    "not_yet": Bridge.NOT_YET,
    "asked_again": Bridge.ASKED_AGAIN,
    "nobody_reached": Bridge.NOBODY,
}


def board(*, classes: QuerySet[SchoolClass], at: datetime) -> Board:
    """Return one row for each class that has a child with a plan, in four queries whatever the size."""
    on = timezone.localdate(at)
    enrolled = Enrolment.objects.filter(holds_on(on), student_id=OuterRef("student_id"))
    in_classes = enrolled.filter(school_class__in=classes.order_by().values("pk"))
    latest = CheckInLine.objects.filter(student_id=OuterRef("student_id"))
    latest = latest.order_by("-check_in__due_on", "-check_in_id")
    follow_up = FollowUp.objects.filter(student_id=OuterRef("student_id"), done_at=None)
    plans = (
        CheckInPlan.objects.filter(Exists(in_classes), ended_on=None)
        .annotate(
            class_id=Subquery(enrolled.values("school_class_id")[:1]),
            talked_on=last_contact_on("student_id"),
            line_id=Subquery(latest.values("pk")[:1]),
            follow_up_id=Subquery(follow_up.values("pk")[:1]),
        )
        .order_by("student__name_pinyin", "student_id")
        .values("student_id", "student__name", "every_days", *OF_CHILD)
    )
    lines = CheckInLine.objects.filter(pk__in=[row["line_id"] for row in plans if row["line_id"]])
    asked = {row["student_id"]: row for row in lines.values("student_id", *OF_LATEST)}
    standing = standings(
        {
            pk: Latest(row["check_in__state"], row["check_in_id"], row["check_in__first_id"])
            for pk, row in asked.items()
        }
    )
    children = defaultdict(list)
    for row in plans:
        latest_one, now = asked.get(row["student_id"]), standing.get(row["student_id"])
        days = days_since(row["talked_on"], on)
        if (
            latest_one
            and latest_one["answer"] == "need_help"
            and (on - latest_one["check_in__due_on"]).days < row["every_days"]
        ):
            bridge = Bridge.NEEDS_HELP  # shown for one rhythm, even if they have talked
        elif is_connected(days):
            bridge = Bridge.TALKED
        elif row["follow_up_id"] is not None:
            bridge = Bridge.NOBODY
        else:
            silent = Bridge.UNKNOWN if days is None else Bridge.NOT_YET
            bridge = BRIDGE_OF_STATE.get(now.state if now else "", silent)
        goes_at = now.goes_at if now and bridge == Bridge.PLANNED else None
        child = BoardChild(row["student_id"], row["student__name"], bridge, days, goes_at)
        children[row["class_id"]].append(child)
    named = classes.order_by("grade__number", "number").values_list("pk", "name")
    rows = [ClassRow(pk, name, tuple(children[pk])) for pk, name in named if pk in children]
    return Board(tuple(rows))
