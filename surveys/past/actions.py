"""Change past results: read a sheet, name its columns, keep it, take it back, or delete it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.actions import record_access
from accounts.models import User
from schools.models import School
from surveys.instruments import Instrument
from surveys.models import PastImport, PastScore
from surveys.past import queries, rules
from uploads.sheets import filled_sheets, has_text, text_of

State = PastImport.State
HEADER_WITHIN_ROWS = 15  # a title and notes may come above the headings


class TooLarge(ValueError):
    """More rows or columns than a school's sheet of sums has."""


class Refused(ValueError):
    """The sheet is not waiting, no row can be kept, or it is too late to take it back."""


def read_sheet(
    *,
    school: School,
    instrument: Instrument,
    respondent: str,
    taken_on: date,
    ground: str,
    ground_words: str,
    file_name: str,
    content: bytes,
    by: User,
    at: datetime,
) -> PastImport:
    """Save the lines of the sheet that looks most like results. Raises UnreadableFile and TooLarge."""
    sheets = [
        [[text_of(cell) for cell in row] for row in sheet.rows] for sheet in filled_sheets(content)
    ]
    best = max(
        ((rows, n) for rows in sheets for n in range(min(len(rows), HEADER_WITHIN_ROWS))),
        key=lambda place: len(rules.guess(place[0][place[1]], instrument)),
    )
    rows, header = best
    lines = [
        [str(n), *row] for n, row in enumerate(rows, start=1) if n > header + 1 and has_text(row)
    ]
    if len(lines) > rules.MAX_ROWS or len(rows[header]) > rules.MAX_COLUMNS:
        raise TooLarge
    guessed = rules.guess(rows[header], instrument)
    return PastImport.objects.create(
        school=school,
        key=instrument.key,
        version=instrument.version,
        respondent=respondent,
        taken_on=taken_on,
        ground=ground,
        ground_words=ground_words,
        file_name=file_name[-120:],
        headers=rows[header],
        lines=lines,
        mapping={str(column): meaning for column, meaning in guessed.items()},
        read_by=by,
        read_at=at,
    )


def _waiting(past: PastImport) -> PastImport:
    locked = PastImport.objects.select_for_update().get(pk=past.pk)
    if locked.state != State.READ:
        raise Refused("state")
    return locked


@transaction.atomic
def name_columns(*, past: PastImport, mapping: Mapping[int, str]) -> None:
    """Save what the columns mean. Raises Refused once the sheet is kept."""
    locked = _waiting(past)
    locked.mapping = {str(column): meaning for column, meaning in mapping.items() if meaning}
    locked.save(update_fields=["mapping"])


@transaction.atomic
def keep(*, past: PastImport, by: User, at: datetime, on: date, ip: str | None) -> PastImport:
    """Keep the correct rows, checked once more; rows with problems are left out. Raises Refused.

    The sheet itself is deleted, so that nothing remains here of the children who are left out.
    """
    locked = _waiting(past)
    rows = [row for row in queries.checked(locked, by, on) if row.goes_in]
    if not rows:
        raise Refused("nothing")
    scores = [
        PastScore(
            school_id=locked.school_id,
            past_import=locked,
            student_id=row.child.pk,
            scale=scale,
            value=value,
        )
        for row in rows
        if row.child
        for scale, value in row.values.items()
    ]
    PastScore.objects.bulk_create(scores)
    children = sorted({one.student_id for one in scores})
    locked.state, locked.children, locked.lines = State.KEPT, len(children), []
    locked.kept_by, locked.kept_at = by, at
    locked.save()
    record_access(
        by=by, school_id=locked.school_id, student_ids=children, what="past_results", ip=ip
    )
    return locked


@transaction.atomic
def take_back(*, past: PastImport, by: User, at: datetime) -> None:
    """Delete the sums again. Raises Refused after 24 hours; the second time nothing changes."""
    locked = PastImport.objects.select_for_update().get(pk=past.pk)
    if locked.state == State.TAKEN_BACK:
        return
    if not queries.may_be_taken_back(locked, at):
        raise Refused("too_late")
    locked.scores.all().delete()
    locked.state, locked.taken_back_by, locked.taken_back_at = State.TAKEN_BACK, by, at
    locked.save(update_fields=["state", "taken_back_by", "taken_back_at"])


def discard(*, past: PastImport) -> None:
    """Delete a sheet that nobody kept."""
    PastImport.objects.filter(pk=past.pk, state=State.READ).delete()


def forget_drafts(*, at: datetime) -> int:
    """Delete sheets with children's names that nobody kept within a day; return how many rows."""
    old = at - timedelta(hours=rules.UNDO_HOURS)
    deleted, _by_model = PastImport.objects.filter(state=State.READ, read_at__lt=old).delete()
    return deleted
