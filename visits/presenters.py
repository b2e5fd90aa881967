"""Visits and calls as text, and the rows of their pages."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.core.cache import cache
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from core.days import short_day, week_day
from core.prepared import prepared
from core.requests import key_of
from schools.models import School, SchoolClass
from schools.policies import Viewer, classes_visible_to, own_class_ids
from schools.queries import classes_on
from schools.roles import Permission
from students.models import Student
from visits import actions, queries
from visits.models import Agreement, CallLog, Fact, Outcome, Visit
from visits.policies import visits_visible_to
from visits.queries import Person
from visits.rules import afternoons_for, days_overdue

NEAR_DAYS = 3  # days; a due date this near is shown in colour
ROWS_SHOWN = 200  # rows on one page; a class has fewer
# seconds for which an open page relies on the last check of the calendar
DUTIES_KEPT_SECONDS = 3600


def due_words(visit: Visit, today: date) -> str:
    """Return when a visit is due or how long it is overdue, without blame."""
    over = days_overdue(visit.due_on, today)
    if over > 0:
        return ngettext("%(n)d day overdue", "%(n)d days overdue", over) % {"n": over}
    if over == 0:
        return _("due today")
    return pgettext("deadline", "by %(day)s") % {"day": short_day(visit.due_on, today)}


def still_words(homes: int, due_on: date, today: date) -> str:
    """Return how many homes are still to visit: 还有 25 家没家访，11月30日前去完."""
    if due_on == today:
        words = ngettext(
            "Last day today: %(n)d home still to visit",
            "Last day today: %(n)d homes still to visit",
            homes,
        )
        return words % {"n": homes}
    words = ngettext(
        "%(n)d home still to visit by %(day)s",
        "%(n)d homes still to visit by %(day)s",
        homes,
    )
    if due_on < today:
        words = ngettext(
            "%(n)d home still to visit, due since %(day)s",
            "%(n)d homes still to visit, due since %(day)s",
            homes,
        )
    return words % {"n": homes, "day": short_day(due_on, today)}


def afternoon_words(homes: int) -> str:
    """Return homes and the afternoons they take: 3 家，1 个下午."""
    words = ngettext("%(n)d home", "%(n)d homes", homes) % {"n": homes}
    afternoons = afternoons_for(homes)
    enough = ngettext("%(n)d afternoon", "%(n)d afternoons", afternoons) % {"n": afternoons}
    return _("%(homes)s, %(afternoons)s") % {"homes": words, "afternoons": enough}


def where_words(student: Student) -> str:
    """Return the address, preceded by the village if it does not name it."""
    address, village = student.address.strip(), student.village.strip()
    return address if village and village in address else f"{address} {village}".strip()


def house_words(student: Student) -> str:
    """Return the address within the village: 古浪县上川村三组12号 → 三组12号; empty if not recorded."""
    address, village = student.address.strip(), student.village.strip()
    return address.rpartition(village)[2].strip() if village and village in address else address


def why_words(visit: Visit) -> str:
    """Return the reason for a visit in a sentence that the village worker may read too."""
    if visit.reason:
        return visit.reason
    if visit.duty_id:
        return _("Every child with a parent away gets this visit once a term.")
    return _("The school would like to know how the child is at home.")


def last_try_words(visit: Visit, today: date) -> str:
    """Return the outcome of the last visit, for rows of queries.open_visits."""
    if not visit.last_outcome:  # type: ignore[attr-defined]
        return _("no visit yet")
    return _("%(day)s: %(outcome)s") % {
        "day": short_day(visit.last_visited_on, today),  # type: ignore[attr-defined]
        "outcome": Outcome(visit.last_outcome).label,  # type: ignore[attr-defined]
    }


def who_goes(visit: Visit) -> str:
    if visit.by_village:
        return _("the village worker")
    return visit.goes.name if visit.goes else ""


def visit_title(visit: Visit) -> str:
    """Return the title of a visit: 家访：见到照护人."""
    return _("%(kind)s: %(outcome)s") % {
        "kind": str(Visit.Kind(visit.kind).label).capitalize(),
        "outcome": Outcome(visit.outcome).label if visit.outcome else "",
    }


def call_title(call: CallLog) -> str:
    words = _("Called %(name)s: %(outcome)s") % {
        "name": call.adult.name,
        "outcome": call.get_outcome_display(),
    }
    if call.minutes:
        minutes = ngettext("%(n)d minute", "%(n)d minutes", call.minutes) % {"n": call.minutes}
        return _("%(words)s, %(minutes)s") % {"words": words, "minutes": minutes}
    return words


def fact_words(facts: Sequence[str]) -> str:
    return " ".join(_("%(fact)s.") % {"fact": Fact(one).label} for one in facts if one in Fact)


def agreed_line(row: Agreement, today: date | None = None) -> str:
    """Return an agreement as text: 奶奶：每晚看作业，12月1日前."""
    words = _("%(who)s: %(what)s") % {"who": row.get_who_display(), "what": row.what}
    if row.by_on is None:
        return words
    day = short_day(row.by_on, today or row.by_on)
    return _("%(words)s, by %(day)s") % {"words": words, "day": day}


def agreed_words(rows: Iterable[Agreement]) -> str:
    lines = [agreed_line(row) for row in rows]
    return _("Agreed: %(lines)s.") % {"lines": _("; ").join(lines)} if lines else ""


def questions() -> list[str]:
    """Return questions to ask at a visit, shown on paper and on the phone."""
    return [
        _("How is everyone at home? Who is there in the evening and at night?"),
        _("How do the child and the parents talk, and how often? Does the phone work?"),
        _("Sleep, food, health: does the carer find anything hard?"),
        _("What does the child like to do? What has gone well recently?"),
        _("What could the school, the village or the parents do to help?"),
    ]


def questions_on_the_phone() -> list[str]:
    return [
        _("Start with one good thing about the child."),
        _("When did you and the child last talk? What would make it easier?"),
        _("Will anything change: work, address, phone, coming home?"),
        _("Does anything worry you? Is there anything the school should know?"),
    ]


def ensure_duties(viewer: Viewer) -> None:
    """Create the term's duties when a page opens, in case the daily task has not run yet."""
    school = viewer.school
    if school and cache.add(f"visits:duties:{school.pk}:{viewer.on}", 1, DUTIES_KEPT_SECONDS):
        actions.ensure_duties(at=viewer.at, schools=[school])


@dataclass(frozen=True)
class Row:
    """One open visit, as shown in the list, on the trip and on the sheet."""

    visit: Visit
    due: str
    is_late: bool
    last: str
    goes: str
    planned: str
    home: list[Person]
    agreed: list[str] = field(default_factory=list)
    is_back: bool = False

    @property
    def student(self):
        return self.visit.student

    @property
    def where(self) -> str:
        return where_words(self.student)

    @property
    def house(self) -> str:
        return house_words(self.student)

    @property
    def household(self) -> tuple:
        """Children with the same carers live in one home."""
        return tuple(sorted(one.adult_id for one in self.home)) or ("alone", self.student.pk)


@dataclass(frozen=True)
class Home:
    """One home to visit: a child, or brothers and sisters."""

    rows: list[Row]


@dataclass(frozen=True)
class Village:
    name: str
    homes: list[Home]

    @property
    def rows(self) -> list[Row]:
        return [row for home in self.homes for row in home.rows]

    @property
    def words(self) -> str:
        return afternoon_words(len(self.homes))


@dataclass(frozen=True)
class Walk:
    """The planned visits of one day in one village."""

    day: date
    day_words: str
    village: str
    rows: list[Row]
    sheet_url: str
    is_over: bool


def rows_of(visits: Sequence[Visit], on: date, allowed: set[int] | None = None) -> list[Row]:
    """Return rows for these visits, with two queries for any number."""
    ids = [visit.student_id for visit in visits]
    people = queries.people_around(ids, on)
    agreed = queries.agreed_last(ids)
    return [
        Row(
            visit=visit,
            due=due_words(visit, on),
            is_late=visit.due_on < on,
            last=last_try_words(visit, on),
            goes=who_goes(visit),
            planned=week_day(visit.planned_on) if visit.planned_on else "",
            home=queries.at_home(people.get(visit.student_id, [])),
            agreed=agreed_lines(agreed.get(visit.student_id, []), on),
            is_back=visit.by_village and allowed is not None and visit.student_id not in allowed,
        )
        for visit in visits
    ]


def agreed_lines(rows: Iterable[Agreement], on: date) -> list[str]:
    return [agreed_line(row, on) for row in rows]


def villages(rows: Iterable[Row]) -> list[Village]:
    """Group visits by village, one trip each.

    The longest wait comes first, then the village with the most homes, where an afternoon achieves most.
    """
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.student.village, []).append(row)
    found = [Village(name, homes_of(given)) for name, given in grouped.items()]
    found.sort(key=lambda one: (not one.name, one.homes[0].rows[0].visit.due_on, -len(one.homes)))
    return [Village(one.name or _("Village not on file"), one.homes) for one in found]


def homes_of(rows: Iterable[Row]) -> list[Home]:
    grouped: dict[tuple, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.household, []).append(row)
    return [Home(found) for found in grouped.values()]


@dataclass(frozen=True)
class Outlook:
    """All open visits, with the day on which most are due, so that rows need not repeat it."""

    words: str
    due_on: date
    is_near: bool  # or past


def outlook(found: Sequence[Village], on: date) -> Outlook | None:
    """Return None if no visit of the term is open."""
    days = [row.visit.due_on for one in found for row in one.rows if row.visit.duty_id]
    if not days:
        return None
    due_on = max(set(days), key=days.count)
    homes = sum(len(one.homes) for one in found)
    is_near = due_on <= on + timedelta(days=NEAR_DAYS)
    return Outlook(still_words(homes, due_on, on), due_on, is_near)


def walks(rows: Iterable[Row], on: date) -> list[Walk]:
    grouped: dict[tuple[date, str], list[Row]] = {}
    ordered = sorted(
        (row for row in rows if row.visit.planned_on),
        key=lambda row: (row.visit.planned_on, row.student.village, row.visit.place_in_walk),
    )
    for row in ordered:
        if row.visit.planned_on:
            grouped.setdefault((row.visit.planned_on, row.student.village), []).append(row)
    return [
        Walk(
            day=day,
            day_words=week_day(day),
            village=village or _("Village not on file"),
            rows=found,
            sheet_url=sheet_url(day, village),
            is_over=day < on,
        )
        for (day, village), found in grouped.items()
    ]


def sheet_url(day: date, village: str) -> str:
    return f"{reverse('visits:sheet')}?{urlencode({'on': day.isoformat(), 'village': village})}"


def tabs(current: str) -> list[dict]:
    pages = [
        ("list", _("Visits")),
        ("calls", _("Calls")),
        ("duties", _("This term")),
    ]
    return [
        {
            "url": reverse(f"visits:{name}"),
            "label": label,
            "count": None,
            "is_current": name == current,
        }
        for name, label in pages
    ]


def classes_to_choose(viewer: Viewer) -> list[SchoolClass]:
    """Return the classes that the viewer may filter by; empty unless they see the whole school."""
    if not viewer.can(Permission.VIEW_ALL_CHILDREN) or viewer.school is None:
        return []
    seen = classes_visible_to(viewer.user, viewer.on)
    return list(classes_on(viewer.school, viewer.on).filter(pk__in=seen.values("pk")))


def class_tabs(classes: Sequence[SchoolClass], chosen: str) -> list[dict]:
    if not classes:
        return []
    everyone = {"url": "?", "label": _("All"), "count": None, "is_current": not chosen}
    return [everyone] + [
        {
            "url": f"?class={one.pk}",
            "label": one.name,
            "count": None,
            "is_current": str(one.pk) == chosen,
        }
        for one in classes
    ]


def open_rows(viewer: Viewer, class_id: str = "") -> list[Visit]:
    """Return open visits at the current school, the most overdue first."""
    known: dict[str, Any] = {"user": viewer.user, "on": viewer.on, "limit": ROWS_SHOWN}
    if class_pk := key_of(class_id):
        return _open_of_class(**known, school_id=cast(School, viewer.school).pk, class_id=class_pk)
    return _open(**known, school_id=cast(School, viewer.school).pk)


@prepared
def _open(*, user, on, school_id, limit: int) -> QuerySet[Visit]:
    return _open_at(user, on, school_id)[:limit]


@prepared
def _open_of_class(*, user, on, school_id, class_id, limit: int) -> QuerySet[Visit]:
    rows = _open_at(user, on, school_id)
    return rows.filter(class_id=class_id)[:limit]  # type: ignore[misc]  # annotated


def _open_at(user: User, on: date, school_id: int) -> QuerySet[Visit]:
    rows = queries.open_visits(visits_visible_to(user, on), on).filter(school=school_id)
    return rows.order_by("due_on", "student__village", "student__name_pinyin", "pk")


def made_rows(viewer: Viewer, class_id: str = "") -> list[dict]:
    known: dict[str, Any] = {"user": viewer.user, "on": viewer.on, "limit": ROWS_SHOWN}
    if class_pk := key_of(class_id):
        rows = _made_in_class(**known, school_id=cast(School, viewer.school).pk, class_id=class_pk)
    else:
        rows = _made(**known, school_id=cast(School, viewer.school).pk)
    return [
        {
            "pk": row.pk,
            "name": row.student.name,
            "title": visit_title(row),
            "day": short_day(row.visited_on, viewer.on) if row.visited_on else "",
            "by": row.recorded_by.name if row.recorded_by else "",
            "words": row.words,
        }
        for row in rows
    ]


@prepared
def _made(*, user, on, school_id, limit: int) -> QuerySet[Visit]:
    return queries.lately_made(visits_visible_to(user, on), on).filter(school=school_id)[:limit]


@prepared
def _made_in_class(*, user, on, school_id, class_id, limit: int) -> QuerySet[Visit]:
    rows = queries.lately_made(visits_visible_to(user, on), on).filter(school=school_id)
    return rows.filter(student__enrolments__school_class_id=class_id)[:limit]


def is_own_class(viewer: Viewer, class_id: int) -> bool:
    return class_id in own_class_ids(viewer.user, viewer.on)


def colleagues_of(school: School, viewer: Viewer) -> list:
    """Return the staff who may make visits, the viewer first."""
    found = queries.colleagues(school, viewer.on)
    return sorted(found, key=lambda user: user.pk != viewer.user.pk)


def care_words(overview: queries.CareOverview) -> str:
    """Return what is missing for children in special care.

    Such as "12 children in special care: 3 without a plan, 1 plan due for review, 4 without a home
    visit".
    """
    total = len(overview.children)
    words = ngettext("%(n)d child in special care", "%(n)d children in special care", total) % {
        "n": total
    }
    missing = [
        ngettext("%(n)d without a plan", "%(n)d without a plan", overview.without_plan)
        % {"n": overview.without_plan},
        ngettext("%(n)d plan due for review", "%(n)d plans due for review", overview.due)
        % {"n": overview.due},
    ]
    if overview.is_term:
        unseen = overview.not_visited
        missing.append(
            ngettext("%(n)d without a home visit", "%(n)d without a home visit", unseen)
            % {"n": unseen}
        )
    return _(": ").join([words, _(", ").join(missing)])


def care_rows(overview: queries.CareOverview, editable: Collection[int]) -> list[dict]:
    """Return rows, children who lack something first. The reader may change the files in `editable` (ids)."""
    rows = [
        {
            "student": child,
            "class_name": child.class_name,
            "lacks": _lacks(child, overview),
            "may_edit": child.pk in editable,
        }
        for child in overview.children
    ]
    return sorted(rows, key=lambda row: not row["lacks"])


def _lacks(child: Student, overview: queries.CareOverview) -> list[str]:
    lacks = []
    if not child.care_plan:
        lacks.append(_("no plan yet"))
    elif queries.is_plan_due(child, overview.on):
        day = short_day(cast(date, child.care_plan_review_on), overview.on)
        lacks.append(_("review the plan: %(day)s") % {"day": day})
    if overview.is_term and not child.visited_on:  # type: ignore[attr-defined]  # annotated
        lacks.append(_("no home visit this term"))
    return lacks
