"""What the school knows today, to compare with a roster, and the imports of a school."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from guardians.models import Relation
from guardians.roster_queries import known_families
from rosters.checking import check
from rosters.models import RosterImport
from rosters.people import FAMILY
from rosters.reading import read_table
from rosters.rows import Checked, World
from schools.models import School, SchoolClass, SchoolYear
from schools.queries import year_in_hand, year_on, years_begun
from students.roster_queries import known_children

UNDO_HOURS = 24
NEW_YEAR_ROSTER_MONTH = 8  # a roster from August on is for the coming school year
# days before the next school year in which a roster is for that year, if its classes exist already
AHEAD_DAYS = 31


def first_year_of(on: date) -> int:
    return on.year if on.month >= NEW_YEAR_ROSTER_MONTH else on.year - 1


def year_of_roster(school: School, on: date) -> SchoolYear | None:
    """Return the year that a roster is for.

    This is the coming year if its classes exist already (rosters.rollover), otherwise the current year,
    and between two years the one that has ended. None if the roster must be for a year that is not open
    yet.
    """
    classes = SchoolClass.objects.filter(grade__year=OuterRef("pk"))
    soon = on + timedelta(days=AHEAD_DAYS)
    rows = SchoolYear.objects.filter(school=school, starts_on__gt=on, starts_on__lte=soon)
    if year := rows.filter(Exists(classes)).first() or year_on(school, on):
        return year
    over = year_in_hand(school, on)
    return over if over and over.starts_on.year == first_year_of(on) else None


def world_of(school: School, on: date) -> World:
    """Return what the school knows today; ten queries for any number of children."""
    year = year_of_roster(school, on)
    # Children of a school that already had a year stay in their classes until the next one begins.
    is_ahead = _starts_on(year, on) > on and bool(year or years_begun([school.pk], on))
    return world_in(school, on, year, is_ahead=is_ahead)


def _starts_on(year: SchoolYear | None, on: date) -> date:
    return year.starts_on if year else date(first_year_of(on), 9, 1)


def world_in(school: School, on: date, year: SchoolYear | None, *, is_ahead: bool) -> World:
    """Return what the school knows for the classes of `year`.

    `is_ahead` means that children are compared by their classes on the first day of that year.
    """
    classes = SchoolClass.objects.filter(school=school, grade__year=year).select_related("grade")
    # Names for adults whose name is missing in the file. The import saves them, so use the
    # installation's language.
    with translation.override(settings.LANGUAGE_CODE):
        stand_ins = {
            Relation.FATHER.value: _("%(name)s's father"),
            Relation.MOTHER.value: _("%(name)s's mother"),
            Relation.PATERNAL_GRANDFATHER.value: _("%(name)s's grandfather"),
            Relation.PATERNAL_GRANDMOTHER.value: _("%(name)s's grandmother"),
            Relation.MATERNAL_GRANDFATHER.value: _("%(name)s's mother's father"),
            Relation.MATERNAL_GRANDMOTHER.value: _("%(name)s's mother's mother"),
            "carer": _("%(name)s's carer"),
            FAMILY: _("%(name)s's family"),
        }
    return World(
        today=on,
        year_id=year.pk if year else None,
        year_starts_on=_starts_on(year, on),
        is_ahead=is_ahead,
        classes={(c.grade.number, c.number): (c.pk, c.name) for c in classes} if year else {},
        children=known_children(school, _starts_on(year, on) if is_ahead else on),
        families=known_families(school, on),
        stand_ins=stand_ins,
    )


def checked(roster: RosterImport, on: date) -> tuple[Checked, World]:
    """Check the roster against what the school knows now."""
    world = world_of(roster.school, on)
    return check_again(roster, world), world


def check_again(roster: RosterImport, world: World) -> Checked:
    table = read_table(bytes(roster.content))
    return check(table, roster.mapping, roster.decisions, world)


def imports_of(school: School) -> QuerySet[RosterImport]:
    """Return the imports, newest first, without the files."""
    rosters = RosterImport.objects.filter(school=school).defer("content", "decisions")
    return rosters.select_related("uploaded_by")


def unfinished_imports() -> QuerySet[RosterImport]:
    states = [RosterImport.State.QUEUED, RosterImport.State.RUNNING]
    return RosterImport.objects.filter(state__in=states).order_by("queued_at", "pk")


@dataclass(frozen=True)
class Progress:
    done: int
    total: int


def progress_key(import_id: int) -> str:
    return f"rosters:progress:{import_id}"


def progress_of(roster: RosterImport) -> Progress:
    """Return how far the import is.

    It comes from the cache, since the rows of its transaction are not visible yet.
    """
    return cache.get(progress_key(roster.pk)) or Progress(0, roster.rows_total)


def may_be_undone(roster: RosterImport, at: datetime) -> bool:
    is_done = roster.state == RosterImport.State.DONE and roster.finished_at is not None
    return is_done and at < undo_ends_at(roster)


def undo_ends_at(roster: RosterImport) -> datetime:
    return (roster.finished_at or roster.uploaded_at) + timedelta(hours=UNDO_HOURS)
