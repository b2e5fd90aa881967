"""What an import caused in families known before it, and how to undo it.

These are questions, plans and duties that would not exist otherwise. Undoing the import deletes them,
unless people have used them or parents have received something; that prevents undoing. What would exist
without the import stays, and is asked again if the import replaced it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Exists, Min, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from delivery.models import OutboxMessage
from guardians.models import Adult, CareGap, Guardianship, Migration
from guardians.queries import parents_away
from guardians.rules import GapKind
from messaging.models import (
    CheckIn,
    CheckInLine,
    CheckInPlan,
    FollowUp,
    LadderStep,
    OccasionSeen,
)
from rosters.models import RosterImport
from rosters.written import (
    ADULT,
    STUDENT,
    UNTOUCHED_DUTY,
    UNTOUCHED_TASK,
    UNTOUCHED_VISIT,
    NewRows,
    Writes,
    is_asked,
    unused_line,
)
from students.models import Enrolment, Student
from students.queries import in_special_care
from visits.models import Duty, Visit

DAY = timedelta(days=1)
CONCERN = "safeguarding.concern"  # from a package above this one
# Fields of a plan that only people set, and fields that the application changes.
BY_PEOPLE = ("own_every_days", "paused_until")
BY_ITSELF = ("every_days", "next_due_on", "occasion", "ended_on")


class FamiliesBefore:
    """The families that an import touched, as they would be today without it."""

    def __init__(self, writes: Writes, new: NewRows):
        self._writes, self._new = writes, new
        touched = {model: self._keys(model) for model in (Guardianship, Migration, Enrolment)}
        ties = Guardianship.objects.filter(pk__in=touched[Guardianship])
        pairs = list(ties.values_list("adult_id", "student_id"))
        moved = Migration.objects.filter(pk__in=touched[Migration])
        adults = {adult for adult, _child in pairs} | set(moved.values_list("adult_id", flat=True))
        adults |= {
            step["pk"]
            for _name, step in writes
            if step["table"] == ADULT and "condition" in step["after"]
        }
        self.adults = adults - new[ADULT]
        enrolled = Enrolment.objects.filter(pk__in=touched[Enrolment])
        theirs = Guardianship.objects.filter(adult_id__in=self.adults)
        children = {child for _adult, child in pairs}
        children |= set(enrolled.values_list("student_id", flat=True))
        children |= set(theirs.values_list("student_id", flat=True))
        self.children = children - new[STUDENT]
        self._read()

    def _keys(self, model: type[Model]) -> set[int]:
        table = model._meta.label_lower
        return {step["pk"] for _name, step in self._writes if step["table"] == table}

    def _read(self) -> None:
        self._enrolments: dict[int, list[Enrolment]] = defaultdict(list)
        for row in self._as_before(Enrolment.objects.filter(student_id__in=self.children)):
            self._enrolments[row.student_id].append(row)
        parents = Guardianship.objects.filter(
            student_id__in=self.children, kind=Guardianship.Kind.PARENT
        )
        self._ties: dict[int, list[Guardianship]] = defaultdict(list)
        for row in self._as_before(parents):
            self._ties[row.student_id].append(row)
        adults = {row.adult_id for rows in self._ties.values() for row in rows}
        self._away: dict[int, list[Migration]] = defaultdict(list)
        for row in self._as_before(Migration.objects.filter(adult_id__in=adults)):
            if row.is_away:
                self._away[row.adult_id].append(row)
        self._in_touch = {
            row.pk
            for row in self._as_before(Adult.objects.filter(pk__in=adults))
            if row.condition == Adult.Condition.IN_TOUCH
        }

    def _as_before(self, rows: QuerySet[Any]) -> Iterable[Any]:
        """Return the rows as they were before the import.

        New rows are left out, and rows that the import changed have their earlier values.
        """
        table = rows.model._meta.label_lower
        found = {row.pk: row for row in rows if row.pk not in self._new[table]}
        for _name, step in reversed(self._writes):
            row = found.get(step["pk"]) if step["table"] == table else None
            if row is not None and step["before"] is not None:
                for name, value in step["before"].items():
                    setattr(row, name, rows.model._meta.get_field(name).to_python(value))
        return found.values()

    def could_ask(self, child: int, first: date, last: date, adult: int | None = None) -> bool:
        """Return whether a parent away of this child could have been asked on one of these days.

        With `adult`, only that parent counts.
        """
        return any(
            max(first, tie.starts_on, place.starts_on, enrolment.starts_on)
            <= min(last, *(row.ends_on or date.max for row in (tie, place, enrolment)))
            for tie in self._ties[child]
            if adult in (None, tie.adult_id) and tie.adult_id in self._in_touch
            for place in self._away[tie.adult_id]
            for enrolment in self._enrolments[child]
        )


class SetOff:
    """Rows about known families that exist only because of an import."""

    def __init__(self, roster: RosterImport, writes: Writes, new: NewRows, at: datetime):
        self.since = roster.finished_at or at
        self.on = timezone.localdate(at)
        self._new = new
        self.before = FamiliesBefore(writes, new)
        # Known children about whom nobody would be asked today without the import.
        away = parents_away(self.on).filter(student_id__in=self.before.children)
        self.children = {
            child
            for child in away.values_list("student_id", flat=True)
            if not self.before.could_ask(child, self.on, self.on)
        }
        self._lines = self._lines_by_it()
        stays = CheckInLine.objects.filter(check_in_id=OuterRef("pk"))
        check_ins = CheckIn.objects.filter(
            ~Exists(stays.exclude(pk__in=[line.pk for line in self._lines])),
            pk__in={line.check_in_id for line in self._lines},
            asked_at__gte=self.since,
        ).exclude(adult_id__in=new[ADULT])
        self._check_ins = set(check_ins.values_list("pk", flat=True))
        self._plans = CheckInPlan.objects.filter(student_id__in=self.children, ended_on=None)

    def _lines_by_it(self) -> list[CheckInLine]:
        children = self.before.children | self._new[STUDENT]
        adults = self.before.adults | self._new[ADULT]
        rows = CheckInLine.objects.filter(
            Q(student_id__in=children) | Q(check_in__adult_id__in=adults),
            check_in__due_on__gte=timezone.localdate(self.since) - DAY,
        ).select_related("check_in__first")
        return [line for line in rows if self._is_by_it(line)]

    def _is_by_it(self, line: CheckInLine) -> bool:
        asked = line.check_in.first or line.check_in
        if line.student_id in self._new[STUDENT] or asked.adult_id in self._new[ADULT]:
            return True
        # a sibling's question of that day, to which this child was added
        if asked.asked_at < self.since:
            return line.student_id in self.children
        first, last = asked.due_on - DAY, asked.due_on + DAY
        return not self.before.could_ask(line.student_id, first, last, asked.adult_id)

    def obstacles(self) -> Counter[str]:
        """Return, by table, how many rows people have used or parents have received."""
        known = [line.pk for line in self._lines if line.student_id not in self._new[STUDENT]]
        lines = CheckInLine.objects.filter(pk__in=known).exclude(
            check_in__adult_id__in=self._new[ADULT]
        )
        unused = lines.filter(unused_line(self.since))
        steps = LadderStep.objects.filter(check_in_id=OuterRef("pk"))
        climbed = CheckIn.objects.filter(Exists(steps), pk__in=self._check_ins)
        plans, ended = list(self._plans), self._ended_plans()
        # Plans that somebody has given a rhythm or pause since they were created or reopened.
        given = [
            plan
            for plan in plans
            if any(getattr(plan, x) != getattr(ended.get(plan.pk), x, None) for x in BY_PEOPLE)
        ]
        return Counter(
            {
                "messaging.checkinline": lines.exclude(pk__in=unused.values("pk")).count(),
                "messaging.checkin": climbed.filter(~is_asked("pk", self.since)).count(),
                "messaging.followup": self._tasks().exclude(UNTOUCHED_TASK).count(),
                "messaging.checkinplan": len(given),
                "visits.visit": self._visits().exclude(UNTOUCHED_VISIT).count(),
                "visits.duty": self._duties().exclude(UNTOUCHED_DUTY).count(),
                CONCERN: self._concerns().count(),
            }
        )

    def first_message_at(self) -> datetime | None:
        """Return when the first question caused by the import is due, including those to new families.

        None if none is waiting.
        """
        asked = {line.check_in_id for line in self._lines}
        waiting = OutboxMessage.objects.filter(
            Q(kind=OutboxMessage.Kind.CHECK_IN, about_id__in=asked)
            | Q(adult_id__in=self._new[ADULT]),
            state__in=(OutboxMessage.State.DUE, OutboxMessage.State.RETRY),
        )
        return waiting.aggregate(first=Min("due_at"))["first"]

    def take_back(self) -> None:
        """Delete these rows. Call it only if nothing prevents it, before restoring what the import wrote."""
        about = OutboxMessage.objects.filter(kind=OutboxMessage.Kind.CHECK_IN)
        about.filter(about_id__in=self._check_ins).delete()
        self._tasks().delete()
        self._visits().delete()
        self._duties().delete()
        self._gaps().delete()
        OccasionSeen.objects.filter(student_id__in=self.children, at__gte=self.since).delete()
        ended = self._ended_plans()
        for plan in self._plans:
            if before := ended.get(plan.pk):
                values = {name: getattr(before, name) for name in BY_ITSELF}
                CheckInPlan.objects.filter(pk=plan.pk).update(**values, unreachable_since=None)
            else:
                plan.delete()
        self._ask_again()
        CheckInLine.objects.filter(pk__in=[line.pk for line in self._lines]).delete()
        CheckIn.objects.filter(pk__in=self._check_ins).delete()

    def _ask_again(self) -> None:
        """Make the next question due for children who would have been asked without the import, too.

        Their question went to another adult, or a new question to the same adult closed it. The generator
        then checks whether they have talked.
        """
        children = {line.student_id for line in self._lines}
        newer = CheckIn.objects.filter(pk__in=self._check_ins, adult_id=OuterRef("adult_id"))
        closed = CheckIn.objects.filter(
            Exists(newer.filter(due_on__gt=OuterRef("due_on"))),
            state=CheckIn.State.CLOSED,
            answered_at=None,
            first=None,
        )
        last = closed.exclude(pk__in=self._check_ins).order_by("adult_id", "-due_on")
        lines = CheckInLine.objects.filter(
            check_in__in=[row.pk for row in last.distinct("adult_id")]
        )
        children |= set(lines.values_list("student_id", flat=True))
        plans = CheckInPlan.objects.filter(student_id__in=children, ended_on=None)
        plans.filter(next_due_on__gt=self.on).update(next_due_on=self.on)

    def _ended_plans(self) -> dict[int, Any]:
        """Return, by plan, its values when it last ended. A plan that never ended is new with the import."""
        history: Any = CheckInPlan.pgh_event_model.objects  # type: ignore[attr-defined]
        rows = history.filter(pgh_obj_id__in=self._plans.values("pk"), ended_on__isnull=False)
        rows = rows.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
        return {row.pgh_obj_id: row for row in rows}

    def _tasks(self) -> QuerySet[FollowUp]:
        by_plan = Q(student_id__in=self.children, opened_at__gte=self.since)
        return FollowUp.objects.filter(by_plan | Q(check_in_id__in=self._check_ins))

    def _duties(self) -> QuerySet[Duty]:
        """Return duties of children who would not have had a parent away on any day of the duty's time.

        A child in special care is visited anyway.
        """
        rows = Duty.objects.filter(student_id__in=self.children, due_on__gte=self.on)
        cared_for = Student.objects.filter(in_special_care(), pk__in=self.children)
        rows = rows.exclude(kind=Duty.Kind.HOME_VISIT, student_id__in=cared_for.values("pk"))
        owed = rows.values_list("pk", "student_id", "starts_on")
        by_it = [
            pk
            for pk, child, starts_on in owed
            if not self.before.could_ask(child, min(starts_on, self.on), self.on)
        ]
        return Duty.objects.filter(pk__in=by_it)

    def _visits(self) -> QuerySet[Visit]:
        return Visit.objects.filter(duty_id__in=self._duties().values("pk"))

    def _gaps(self) -> QuerySet[CareGap]:
        """Return gaps noticed since the import. A gap that would exist without it is noticed again."""
        return CareGap.objects.filter(
            student_id__in=self.before.children,
            noticed_at__gte=self.since,
            kind__in=(GapKind.LOST, GapKind.NEVER),
        )

    def _concerns(self) -> QuerySet[Any]:
        """Return concerns opened for these gaps: a gap in care alerts a person within seconds."""
        gaps = self._gaps().values("student_id")
        rows: Any = apps.get_model(CONCERN)._default_manager
        return rows.filter(student_id__in=gaps, source="care_gap", opened_at__gte=self.since)


def lock_families(writes: Writes, new: NewRows) -> None:
    """Lock these families while we check and delete.

    No generator asks about these children, and no worker takes a message to these adults or a question
    about these children.
    """
    before = FamiliesBefore(writes, new)
    plans = CheckInPlan.objects.filter(student_id__in=before.children).order_by("pk")
    list(plans.select_for_update(of=("self",)).values_list("pk"))
    adults = before.adults | new[ADULT]
    asked = CheckInLine.objects.filter(student_id__in=before.children).values("check_in_id")
    about = Q(kind=OutboxMessage.Kind.CHECK_IN, about_id__in=asked)
    waiting = OutboxMessage.objects.filter(
        Q(adult_id__in=adults) | about, finished_at=None
    ).order_by("pk")
    list(waiting.select_for_update(of=("self",)).values_list("pk"))
