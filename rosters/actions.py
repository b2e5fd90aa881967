"""Turn an uploaded file into children and families. One import is one transaction."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import kombu.exceptions
import pghistory
from celery import current_app
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.database import is_away
from guardians.blocking.suspects import keep_from_kin
from guardians.roster_actions import write_adults, write_ties
from messaging import actions as messaging
from rosters import queries
from rosters.columns import Field, guess
from rosters.models import RosterImport, RosterResult
from rosters.reading import read_table, school_code
from rosters.reported import MAPPING, content_of, row_of
from rosters.rows import (
    SAME,
    SKIP,
    Checked,
    Row,
    RowKind,
    World,
    class_decision_key,
    key_text,
    rows_of,
)
from schools.actions import add_class
from schools.models import School
from schools.policies import today_in
from schools.years.actions import open_school_year
from students.queries import classes_of
from students.roster_actions import Step, write_children, write_picture_codes
from uploads.sheets import UnreadableFile

log = logging.getLogger(__name__)

TASK = "rosters.import_roster"
ROWS_AT_ONCE = 50  # rows between two steps of the progress bar
COMMON_CLASS_ROWS = 3  # rows; a class with fewer children is more likely a typing error
MAX_ATTEMPTS = 3  # attempts; then we give up on a file that kills its worker each time
PROGRESS_SECONDS = 3600
LOCK = 7_311_001  # first key of the advisory locks of this app; the second is the school
State = RosterImport.State


class UnreadRows(Exception):
    """These rows of a reported list do not read as a child, but as a total, a signature or an example."""

    def __init__(self, rows: list[int]):
        super().__init__(f"{rows}")
        self.rows = rows


# --- Before the import -----------------------------------------------------------------------------


def upload(
    *, school: School, content: bytes, file_name: str, by: User, at: datetime
) -> RosterImport:
    """Save the file. Raises UnreadableFile if it is not a roster, or belongs to another school here."""
    table = read_table(content)
    code = school_code(content)
    other = School.objects.filter(code=code).exclude(pk=school.pk).first() if code else None
    if other:
        raise UnreadableFile(_("This package belongs to another school."), [f"{other.name} {code}"])
    return RosterImport.objects.create(
        school=school,
        uploaded_by=by,
        uploaded_at=at,
        file_name=file_name[-200:],
        content=content,
        sheet=table.sheet,
        rows_total=len(table.rows) - table.header_row - 1,
    )


def prepare_reported(
    *,
    school: School,
    rows: Sequence[Mapping[str, str]],
    makes_classes: bool,
    file_name: str,
    by: User,
    at: datetime,
) -> RosterImport:
    """Save the rows from another system like an uploaded file whose columns are already named.

    It then goes through the same preview and import. `makes_classes` means that classes which the school
    lacks should be created. Raises UnreadRows if the preview would silently skip a row.
    """
    content = content_of(rows)
    with transaction.atomic():
        roster = upload(school=school, content=content, file_name=file_name, by=by, at=at)
        set_mapping(roster=roster, mapping=MAPPING, by=by)
        read = {row_of(row.number) for row in rows_of(read_table(content), roster.mapping, {})}
        if unread := sorted(set(range(len(rows))) - read):
            raise UnreadRows(unread)
        if makes_classes:
            found, _world = queries.checked(roster, today_in(school, at))
            decide(roster=roster, choices=classes_to_make(found), by=by)
    return roster


def guessed_mapping(roster: RosterImport) -> dict[int, str | None]:
    """Return what each column seems to hold, or what the user has already chosen."""
    if roster.mapping:
        return {int(column): name for column, name in roster.mapping.items()}
    return guess(read_table(bytes(roster.content)).headers)


def set_mapping(*, roster: RosterImport, mapping: dict[int, str], by: User) -> None:
    """Save the meaning of the columns. Decisions belong to cells, so other columns discard them."""
    stored = {str(column): name for column, name in mapping.items()}
    with transaction.atomic():
        open_states = [State.UPLOADED, State.CHECKED, State.FAILED]
        row = RosterImport.objects.select_for_update().get(pk=roster.pk, state__in=open_states)
        if stored != row.mapping:
            row.decisions = {}
        row.mapping, row.state = stored, State.CHECKED
        row.rows_total = len(rows_of(read_table(bytes(row.content)), stored, {}))
        row.save(update_fields=["mapping", "decisions", "state", "rows_total"])
    for name in ("mapping", "decisions", "state", "rows_total"):
        setattr(roster, name, getattr(row, name))


def decide(*, roster: RosterImport, choices: dict[str, str], by: User) -> None:
    """Add the user's choices for single cells; see RosterImport.decisions."""
    with transaction.atomic():
        open_states = [State.CHECKED, State.FAILED]
        row = RosterImport.objects.select_for_update().get(pk=roster.pk, state__in=open_states)
        row.decisions |= choices
        row.save(update_fields=["decisions"])
    roster.decisions = row.decisions


def discard(*, roster: RosterImport, by: User) -> bool:
    """Delete a file that has not been imported. Return False if it has been, or if the import is queued."""
    open_states = [State.UPLOADED, State.CHECKED, State.FAILED]
    rows = RosterImport.objects.filter(pk=roster.pk, state__in=open_states)
    return bool(rows.delete()[0])


def fixes(rows: Iterable[Row]) -> dict[str, str]:
    """Return every suggestion that changes a value.

    Skipping a row or treating it as the same is left to a person.
    """
    found = {}
    for row in rows:
        for name, problem in row.problems.items():
            if problem.fix and problem.fix not in (SKIP, SAME):
                found[f"{row.number},{name}"] = problem.fix
    return found


def classes_to_make(checked: Checked) -> dict[str, str]:
    """Return a decision for each class that the file names readably and the school lacks."""
    common = {key for key, rows in checked.missing_classes.items() if rows >= COMMON_CLASS_ROWS}
    wanted = {}
    for row in checked.rows:
        key, problem = row.value(Field.CLASS), row.problems.get(Field.CLASS)
        if problem and problem.code == "class_unknown" and key in common:
            wanted[class_decision_key(row)] = key_text(key)
    return wanted


def start(*, roster: RosterImport, by: User, at: datetime) -> bool:
    """Hand the import to a worker. Return False if it was started already. Safe to call twice."""

    def wake_worker() -> None:
        try:
            current_app.send_task(TASK, args=[roster.pk])
        except kombu.exceptions.OperationalError:
            log.warning("Broker away; beat picks up roster import %s.", roster.pk)

    ready = RosterImport.objects.filter(pk=roster.pk, state__in=[State.CHECKED, State.FAILED])
    started = ready.update(state=State.QUEUED, queued_at=at, started_by=by, attempts=0, failure="")
    if started:
        transaction.on_commit(wake_worker)
    return bool(started)


# --- The import ------------------------------------------------------------------------------------


@contextmanager
def school_lock(school_id: int) -> Iterator[bool]:
    """Let one import of a school run at a time; yield whether the lock is ours.

    The lock ends with its connection, so a killed worker holds none. If we get the lock, no worker is
    importing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK, school_id])
        is_mine = cursor.fetchone()[0]
    try:
        yield is_mine
    finally:
        if is_mine and connection.connection and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, school_id])


def run_import(import_id: int, *, at: datetime) -> bool:
    """Import one queued roster. Return False if another worker imports it or there is nothing to do.

    Safe to call at any time, any number of times. If the database goes away, `rosters.resume_imports`
    tries again; the page shows any other failure.
    """
    roster = RosterImport.objects.select_related("school").filter(pk=import_id).first()
    if roster is None:
        return False
    with school_lock(roster.school_id) as is_mine:
        if not is_mine or not _begin(roster):
            return False
        try:
            _run(roster, at)
        except (UnreadableFile, DatabaseError) as error:
            if is_away(error):
                raise
            log.exception("Roster import %s failed.", import_id)
            if isinstance(error, UnreadableFile):
                _fail(roster, str(error.sentence), at)
            else:
                text = _("Two rows or files contradict each other. Nothing was changed.")
                _fail(roster, text, at)
            return False
        finally:
            cache.delete(queries.progress_key(import_id))
    # Refresh the planner's statistics: after a school's first roster PostgreSQL still believes that
    # these tables are empty, and plans nested loops that take minutes.
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE students_student, students_enrolment, guardians_adult, guardians_contactpoint,"
            " guardians_guardianship, guardians_migration"
        )
    messaging.ensure_plans(at=at)
    return True


def _begin(roster: RosterImport) -> bool:
    """Record the attempt before the import's own transaction. Return False if the roster must not run."""
    roster.refresh_from_db(fields=["state", "attempts"])
    if roster.state not in (State.QUEUED, State.RUNNING):
        return False
    if roster.attempts >= MAX_ATTEMPTS:
        _fail(roster, _("The import stopped three times. Nothing was changed."), None)
        return False
    roster.state, roster.attempts = State.RUNNING, roster.attempts + 1
    roster.save(update_fields=["state", "attempts"])
    return True


def _fail(roster: RosterImport, text: str, at: datetime | None) -> None:
    roster.state, roster.failure, roster.finished_at = State.FAILED, text[:200], at
    roster.save(update_fields=["state", "failure", "finished_at"])


def _run(roster: RosterImport, at: datetime) -> None:
    on = today_in(roster.school, at)
    history = pghistory.context(
        user=roster.started_by_id, roster_import=roster.pk, file=roster.file_name
    )
    with transaction.atomic(), history:
        checked, world = _with_classes(roster, on)
        rows = [row for row in checked.rows if row.goes_in]
        _show_progress(roster, 0, len(rows))
        writer = _Writer(roster, checked, world)
        for start_at in range(0, len(rows), ROWS_AT_ONCE):
            writer.write(rows[start_at : start_at + ROWS_AT_ONCE])
            _show_progress(roster, min(start_at + ROWS_AT_ONCE, len(rows)), len(rows))
        writer.write_codes(world.year_starts_on if world.is_ahead else on)
        keep_from_kin(at=at, student_ids=list(writer.student_ids.values()))
        RosterResult.objects.filter(roster_import=roster).delete()
        RosterResult.objects.bulk_create(
            RosterResult(
                roster_import=roster,
                row_number=row.number,
                kind=RESULT_KINDS[row.kind],
                student_id=writer.student_ids.get(row.number),
                student_name=str(row.value(Field.NAME) or row.raw.get(Field.NAME) or "")[:60],
                changes=_recorded_changes(row),
                writes=[asdict(step) for step in writer.steps.get(row.number, [])],
            )
            for row in checked.rows
        )
        roster.state, roster.finished_at = State.DONE, at
        roster.rows_total, roster.failure = len(checked.rows), ""
        roster.save(
            update_fields=["state", "finished_at", "rows_total", "failure", "made_class_ids"]
        )


def _show_progress(roster: RosterImport, done: int, total: int) -> None:
    progress = queries.Progress(done, total)
    try:
        cache.set(queries.progress_key(roster.pk), progress, PROGRESS_SECONDS)
    except Exception:  # the progress bar stops, but the import continues
        log.warning("Progress of roster import %s not shown.", roster.pk)


def _with_classes(roster: RosterImport, on: date) -> tuple[Checked, World]:
    """Create the classes that the user asked for, then check the roster against them."""
    checked, world = queries.checked(roster, on)
    year = queries.year_of_roster(roster.school, on) or open_school_year(
        school=roster.school, first_year=queries.first_year_of(on)
    )
    if not checked.new_classes and world.year_id == year.pk:
        return checked, world
    made = [
        add_class(school=roster.school, year=year, grade=grade, number=number)
        for grade, number in checked.new_classes
    ]
    roster.made_class_ids = [school_class.pk for school_class in made]
    world = queries.world_in(roster.school, on, year, is_ahead=world.is_ahead)
    return queries.check_again(roster, world), world


class _Writer:
    """Write rows in chunks, and remember which adult in the file became which record."""

    def __init__(self, roster: RosterImport, checked: Checked, world: World):
        self.school, self.by, self.world = roster.school, roster.started_by, world
        self.steps: dict[int, list[Step]] = defaultdict(list)
        self.student_ids: dict[int, int] = {}
        self.adult_ids = {
            key: entry.facts.adult_id
            for key, entry in checked.book.entries.items()
            if entry.facts.adult_id is not None
        }
        self._adults_of: dict[int, list] = defaultdict(list)
        for entry in checked.book.touched.values():
            self._adults_of[entry.first_row].append(entry.facts)

    def write(self, rows: list[Row]) -> None:
        children = [
            facts
            for facts in (row.facts for row in rows)
            if facts and (facts.fields or facts.move or facts.student_id is None)
        ]
        for number, steps in write_children(school=self.school, children=children).items():
            self.steps[number] += steps
        for row in rows:
            # The first step for a new child is the child itself.
            made = self.steps[row.number]
            self.student_ids[row.number] = row.child.pk if row.child else made[0].pk
        self._write_families(rows)

    def write_codes(self, on: date) -> None:
        """Let every child in the file sign in on the pupil pages, in the class of that day."""
        numbers = {pk: number for number, pk in self.student_ids.items()}
        class_ids = classes_of(numbers, on)
        for step in write_picture_codes(class_ids=class_ids, student_ids=numbers, on=on):
            self.steps[numbers[step.pk]].append(step)

    def _write_families(self, rows: list[Row]) -> None:
        adults = [(row.number, facts) for row in rows for facts in self._adults_of[row.number]]
        written = write_adults(school=self.school, adults=adults, ids=self.adult_ids, by=self.by)
        written += write_ties(
            school=self.school,
            ended=[end for row in rows for end in row.family.ended],
            ties=[tie for row in rows for tie in row.family.ties],
            student_ids=self.student_ids,
            adult_ids=self.adult_ids,
        )
        for number, step in written:
            self.steps[number].append(step)


RESULT_KINDS = {
    RowKind.NEW: RosterResult.Kind.CREATED,
    RowKind.CHANGED: RosterResult.Kind.CHANGED,
    RowKind.SAME: RosterResult.Kind.LEFT,
    RowKind.BLOCKED: RosterResult.Kind.SKIPPED,
    RowKind.SKIPPED: RosterResult.Kind.SKIPPED,
}


def _recorded_changes(row: Row) -> list[dict[str, Any]]:
    if row.kind == RowKind.SKIPPED:
        return [{"field": "row", "code": "skipped", "facts": {}}]
    problems = [
        {"field": name, "code": problem.code, "facts": problem.facts}
        for name, problem in row.problems.items()
        if problem.blocks or row.goes_in
    ]
    return problems + [asdict(change) for change in row.changes]
