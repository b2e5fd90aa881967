"""Writes to cases.

Each locks its case, checks again that the writer still may, and appends an entry to the log.

Text is encrypted before it reaches the database; each reading is recorded in the access log.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from accounts import chain
from accounts.actions import record_access
from accounts.models import User
from core.meanwhile import version_of
from counselling import home, secrecy
from counselling.cases import policies, queries, record, rules
from counselling.cases.models import Sealed
from counselling.cases.policies import AccessWithdrawn
from counselling.models import (
    Case,
    CaseConcern,
    CaseEntry,
    CaseReader,
    CaseSession,
    CaseTask,
    Engagement,
    Note,
    NoteDraft,
)
from counselling.secrecy import KeyMissing, Tampered
from safeguarding.models import Concern
from students.models import Student

NOTE_WORDS_MAX = 20_000  # characters; ten printed pages
TASK_WORDS_MAX = 200  # characters, one line

Kind = CaseEntry.Kind


class KeptByAnother(Exception):
    """A colleague already keeps an open case of this child."""

    def __init__(self, owner: User) -> None:
        super().__init__(owner.pk)
        self.owner = owner


class CaseClosed(Exception):
    """The case was closed after the page was opened, and nothing new can begin in a closed case."""


class OtherWords(ValueError):
    """The closing note has changed since it was read."""


class DraftElsewhere(Exception):
    """Another page of the same person has stored a draft that this one has not seen."""


class CannotMove(ValueError):
    """The case cannot move; `missing` says why (rules.Missing)."""

    def __init__(self, missing: tuple[rules.Missing, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


@dataclass(frozen=True)
class ReadNote:
    """A note and its text. `words` is None if the note cannot be opened; `trouble` then says why."""

    note: Note
    words: str | None
    trouble: str = ""  # "" | "key_missing" | "tampered"
    key_id: str = ""


@dataclass(frozen=True)
class ReadTask:
    task: CaseTask
    words: str | None


@transaction.atomic
def open_case(*, concern: Concern, by: User, at: datetime) -> Case:
    """Take a concern up, into the child's open case that `by` keeps or into a new case.

    The concern itself stays open until an adult has said what was done. A second call changes nothing. Raise
    KeptByAnother.
    """
    home.lock_child(concern.student_id, concern.pk)
    concern = Concern.objects.select_related("student").get(pk=concern.pk)
    case = queries.open_case_of(concern.student) or begin(concern, by, at)
    if case.owner_id != by.pk:
        raise KeptByAnother(case.owner)
    home.end_waiting_for(concern.student_id, by, at)
    if go_on_in(case, concern):
        append(case, Kind.JOINED, by, at)
    return case


def go_on_in(case: Case, concern: Concern) -> bool:
    """Move `concern` into `case`, also from another case.

    Return whether it was elsewhere. The case must be locked.
    """
    facts = {"case": case, "school": case.school}
    if CaseConcern.objects.filter(concern=concern, case=case).exists():
        return False
    CaseConcern.objects.update_or_create(concern=concern, defaults=facts)
    return True


def go_on_together(concern: Concern, into: Concern) -> None:
    """Continue with both concerns in one case.

    `concern` was joined `into` another, which moves into the case of `concern` if it has none of its own.
    """
    case = Case.objects.filter(concerns=concern).first()
    if case is not None and not Case.objects.filter(concerns=into).exists():
        go_on_in(case, into)


def begin(concern: Concern, by: User, at: datetime) -> Case:
    """Return a new case, or reopen the case of this concern if a counsellor of another school closed it.

    That counsellor can no longer read the case, and nobody else could open it.
    """
    closed = queries.closed_by_guest(concern)
    if closed is None:
        return new_case(concern.student, concern.school_id, by, at)
    before, closed.owner = closed.owner, by
    _open_again(closed, at)
    append(closed, Kind.TAKEN_OVER, by, at, about=before)
    append(closed, Kind.MOVED, by, at, to_state=rules.REOPENED)
    return closed


def _open_again(case: Case, at: datetime) -> None:
    case.state, case.since_at = rules.REOPENED, at
    case.closed_at, case.closed_by, case.outcome = None, None, ""
    case.save()


def new_case(student: Student, school_id: int, by: User, at: datetime) -> Case:
    """Return a new case.

    The second of two simultaneous calls gets the first one's case (one_open_case_per_child).
    """
    try:
        with transaction.atomic():
            case = Case.objects.create(
                school_id=school_id,
                student=student,
                owner=by,
                opened_by=by,
                opened_at=at,
                since_at=at,
            )
    except IntegrityError:
        return Case.objects.select_related("owner").get(student=student, closed_at=None)
    append(case, Kind.OPENED, by, at, to_state=case.state)
    return case


@transaction.atomic
def write_note(
    *,
    case: Case,
    by: User,
    kind: str,
    words: str,
    at: datetime,
    key: uuid.UUID,
    session: CaseSession | None = None,
    instead_of: str | None = None,
) -> Note:
    """Encrypt and store the note and delete its draft. A second call with the same `key` and words changes
    nothing; other words from the same page, sent after a lost answer, are a note of their own.

    The draft of another page stays, unless this one began with it (`instead_of`: its `draft_mark`). A note
    about a planned session marks the session as held. Raise NoKey or AccessWithdrawn.
    """
    case = lock(case, by, at)
    own = key
    had = Note.objects.filter(pk=own, case=case).first()
    if had is not None and _known_words(had) != words:
        own = uuid.uuid5(key, words)
        had = Note.objects.filter(pk=own, case=case).first()
    if had is not None:
        return had
    if session is not None and session.state == CaseSession.State.PLANNED:
        _settle(session, CaseSession.State.HELD, at)
    draft = queries.draft_of(case, by, kind)
    if draft is not None and not _is_of_another_page(draft, key, instead_of):
        draft.delete()
    return _sealed_note(case, by, kind, words, at, key=own, session=session)


def _known_words(note: Note) -> str | None:
    """Return the words of a note; None if it cannot be opened."""
    try:
        return open_words(note)
    except (KeyMissing, Tampered):
        return None


def keep_reason(*, case: Case, by: User, words: str, at: datetime, key: uuid.UUID) -> Note:
    """Store why `by` reads the case in an emergency (counselling.cases.emergency).

    It is a note of theirs, for the owner.
    """
    return _sealed_note(case, by, Note.Kind.EMERGENCY, words, at, key=key)


def keep_brief(*, case: Case, by: User, words: str, at: datetime) -> Note:
    """Store what the school wrote for the shared queue as a note of the case.

    It counts as kept by the owner of the case, and its author stays the author.
    """
    kind, key = Note.Kind.NOTE, uuid.uuid4()
    return _sealed_note(case, by, kind, words, at, key=key, kept_by=case.owner)


def _sealed_note(
    case: Case,
    by: User,
    kind: str,
    words: str,
    at: datetime,
    *,
    key: uuid.UUID,
    session: CaseSession | None = None,
    kept_by: User | None = None,
) -> Note:
    """Encrypt and store a note. Like `append`, this must be one of the last writes."""
    note = Note(
        pk=key, school_id=case.school_id, case=case, kind=kind, author=by, at=at, session=session
    )
    seal_into(note, words)
    note.save(force_insert=True)
    record.append([record.entry_of(note, Kind.KEPT, kept_by or by, at)])
    return note


def seal_into(row: Sealed, words: str) -> None:
    """Encrypt `words` into the row, before the row is saved. Raise secrecy.NoKey."""
    box = secrecy.seal(words, place=row.place)
    row.key_id, row.sealed = box.key_id, box.sealed


@transaction.atomic
def save_draft(
    *,
    case: Case,
    by: User,
    kind: str,
    words: str,
    at: datetime,
    key: uuid.UUID | None = None,
    instead_of: str | None = None,
) -> NoteDraft | None:
    """Store what is being typed, encrypted; without text, delete the draft.

    On a slow line, a draft may arrive after the note with the same `key`: that note is finished, so nothing
    is stored that it says already. A draft whose key is missing is not overwritten, nor is one of other
    words that another page has stored since this one was opened (`key`; `instead_of`: the `draft_mark` with
    which it began).

    Raise DraftElsewhere, KeyMissing, NoKey or AccessWithdrawn.
    """
    case = lock(case, by, at)
    had = Note.objects.filter(pk=key, case=case).first() if key else None
    if had is not None and (_known_words(had) or "").startswith(words):
        return None
    draft = queries.draft_of(case, by, kind)
    if draft is not None:
        known = open_words(draft)
        if _is_of_another_page(draft, key, instead_of):
            if known != words:
                raise DraftElsewhere
            return draft
        draft.delete()
    if not words.strip():
        return None
    draft = NoteDraft(school_id=case.school_id, case=case, author=by, kind=kind, saved_at=at)
    if key and not NoteDraft.objects.filter(pk=key).exists():
        draft.pk = key  # the page that wrote it; see `_is_of_another_page`
    seal_into(draft, words)
    draft.save(force_insert=True)
    return draft


def draft_mark(draft: NoteDraft | None) -> str:
    """Return the version (core.meanwhile) of a draft; that of none for None."""
    return version_of(bytes(draft.sealed) if draft else None)  # no two are sealed alike


def _is_of_another_page(draft: NoteDraft, key: uuid.UUID | None, instead_of: str | None) -> bool:
    """Return whether another page has stored the draft since the page `key` began with `instead_of`.

    The answer to a draft may be lost on a slow line, so a page knows its own drafts by their primary key.
    """
    return bool(instead_of) and draft.pk != key and draft_mark(draft) != instead_of


def draft_words(*, case: Case, by: User, kind: str) -> str:
    """Return what `by` was writing. Raise KeyMissing or Tampered."""
    draft = queries.draft_of(case, by, kind)
    return open_words(draft) if draft else ""


def read_notes(*, case: Case, by: User, ip: str | None) -> tuple[list[ReadNote], list[ReadTask]]:
    """Open every note and task of the case, and record the reading in the access log.

    A note that cannot be decrypted is listed with the reason; the others are opened.
    """
    record_access(
        by=by,
        school_id=case.school_id,
        student_ids=[case.student_id],
        what=read_mark(case),
        ip=ip,
    )
    notes, tasks = [], []
    for note in queries.notes_of(case):
        try:
            notes.append(ReadNote(note, open_words(note)))
        except KeyMissing as error:
            notes.append(ReadNote(note, None, "key_missing", error.key_id))
        except Tampered:
            notes.append(ReadNote(note, None, "tampered", note.key_id))
    for task in queries.tasks_of(case):
        try:
            tasks.append(ReadTask(task, open_words(task)))
        except (KeyMissing, Tampered):
            tasks.append(ReadTask(task, None))
    return notes, tasks


def read_mark(case: Case) -> str:
    """Return the mark of a reading of the notes in the access log (accounts.AccessRecord.what)."""
    return f"case {case.pk} notes"


def open_words(row: Sealed) -> str:
    """Return the text of the row. The caller checks who reads and writes the access log.

    Raise KeyMissing or Tampered.
    """
    return secrecy.unseal(row.key_id, row.sealed, place=row.place)


@transaction.atomic
def move(
    *,
    case: Case,
    by: User,
    to: str,
    at: datetime,
    review_on: date | None = None,
    outcome: str = "",
) -> Case:
    """Move the case to the state `to`; if it is there already, change nothing.

    Raise CannotMove with what is missing, or AccessWithdrawn.
    """
    home.lock_concerns(case)
    case = lock(case, by, at)
    if case.state == to:
        return case
    if review_on is not None:
        case.review_on = review_on
    missing = rules.missing(queries.facts_of(case, at), to)
    if missing:
        raise CannotMove(missing)
    case.state = to
    if to == rules.CLOSED:
        case.closed_at, case.closed_by, case.outcome = at, by, Case.Outcome(outcome)
        case.review_on = None
    case.save()
    append(case, Kind.MOVED, by, at, to_state=to)
    if to == rules.CLOSED:
        # If a counsellor of another school looked after the child, tell the child's own school.
        ended = home.end_engagement(case, Engagement.Ending.CLOSED, at)
        if ended is not None:
            home.tell_school(ended, by, at)
    return case


@transaction.atomic
def reopen(*, case: Case, by: User, words: str, at: datetime, key: uuid.UUID) -> Case:
    """Reopen the case; `words` say why. Raise KeptByAnother if the child has another open case."""
    case = lock(case, by, at)
    if case.closed_at is None:
        return case
    other = queries.open_case_of(case.student)
    if other is not None:
        raise KeptByAnother(other.owner)
    _open_again(case, at)
    _sealed_note(case, by, Note.Kind.REOPENING, words, at, key=key)
    append(case, Kind.MOVED, by, at, to_state=rules.REOPENED)
    return case


@transaction.atomic
def plan_session(
    *, case: Case, by: User, starts_at: datetime, at: datetime, key: uuid.UUID
) -> CaseSession:
    case = lock(case, by, at)
    facts = {"school_id": case.school_id, "case": case, "starts_at": starts_at}
    return CaseSession.objects.get_or_create(key=key, defaults=facts)[0]


@transaction.atomic
def settle_session(*, session: CaseSession, by: User, state: str, at: datetime) -> CaseSession:
    """Mark the session as held, missed or called off. A session that is settled already stays as it is."""
    lock(session.case, by, at)
    session = CaseSession.objects.select_for_update().get(pk=session.pk)
    if session.state == CaseSession.State.PLANNED:
        _settle(session, CaseSession.State(state), at)
    return session


def _settle(session: CaseSession, state: CaseSession.State, at: datetime) -> None:
    session.state, session.settled_at = state, at
    session.save(update_fields=["state", "settled_at"])


@transaction.atomic
def add_task(
    *, case: Case, by: User, words: str, due_on: date, at: datetime, key: uuid.UUID
) -> CaseTask:
    case = lock(case, by, at)
    had = CaseTask.objects.filter(pk=key, case=case).first()
    if had is not None:
        return had
    task = CaseTask(
        pk=key, school_id=case.school_id, case=case, due_on=due_on, made_by=by, made_at=at
    )
    seal_into(task, words)
    task.save(force_insert=True)
    return task


@transaction.atomic
def settle_task(*, task: CaseTask, by: User, is_dropped: bool, at: datetime) -> CaseTask:
    """Mark the task done, or dropped if `is_dropped`. A second call changes nothing."""
    lock(task.case, by, at)
    task = CaseTask.objects.select_for_update().get(pk=task.pk)
    if task.done_at is None:
        task.done_at, task.is_dropped = at, is_dropped
        task.save(update_fields=["done_at", "is_dropped"])
    return task


@transaction.atomic
def hand_over(*, case: Case, by: User, to: User, at: datetime) -> Case:
    """Make `to` the owner. From now on `by` reads nothing more unless `to` lets them in."""
    case = lock(case, by, at)
    case.owner = to
    case.save(update_fields=["owner"])
    home.end_engagement(case, Engagement.Ending.HANDED_OVER, at)
    case.readers.filter(user=to, ended_at=None).update(ended_at=at)
    append(case, Kind.HANDED_OVER, by, at, about=to)
    return case


@transaction.atomic
def let_in(*, case: Case, by: User, user: User, until_at: datetime, at: datetime) -> CaseReader:
    """Let `user` read until `until_at`, for LONGEST_LET_IN_DAYS at most.

    Any earlier permission of theirs ends.
    """
    case = lock(case, by, at)
    case.readers.filter(user=user, ended_at=None).update(ended_at=at)
    reader = CaseReader.objects.create(
        school_id=case.school_id,
        case=case,
        user=user,
        let_in_by=by,
        from_at=at,
        until_at=min(until_at, at + timedelta(days=rules.LONGEST_LET_IN_DAYS)),
    )
    append(case, Kind.LET_IN, by, at, about=user, until_at=reader.until_at)
    return reader


@transaction.atomic
def shut_out(*, reader: CaseReader, by: User, at: datetime) -> None:
    case = lock(reader.case, by, at)
    if CaseReader.objects.filter(pk=reader.pk, ended_at=None).update(ended_at=at):
        append(case, Kind.SHUT_OUT, by, at, about=reader.user)


@transaction.atomic
def tell_teachers(*, case: Case, by: User, may_know: bool, at: datetime) -> Case:
    """Set whether the child's page says that somebody supports the child.

    It says nothing else about the case.
    """
    case = lock(case, by, at)
    if case.teachers_know != may_know:
        case.teachers_know = may_know
        case.save(update_fields=["teachers_know"])
        append(case, Kind.TEACHERS, by, at)
    return case


@transaction.atomic
def agree_to_close(*, case: Case, by: User, note: str, at: datetime) -> None:
    """Record that a person let in by name has read these closing words (`note` is their key) and agrees.

    If they are agreed to already, change nothing. Raise OtherWords if later ones were written, or
    AccessWithdrawn.
    """
    Case.objects.select_for_update().get(pk=case.pk)
    if not policies.may_agree(by, case, at):
        raise AccessWithdrawn
    words = queries.closing_words(case)
    if words is None or str(words.pk) != note:
        raise OtherWords
    if not queries.is_agreed(case):
        append(case, Kind.AGREED, by, at)


def lock(case: Case, by: User, at: datetime) -> Case:
    """Return the current case, locked. Raise AccessWithdrawn if `by` no longer keeps it."""
    rows = Case.objects.select_for_update(of=("self",))
    locked = rows.select_related("school", "student", "owner").get(pk=case.pk)
    if not policies.can_keep(by, locked, at):
        raise AccessWithdrawn
    return locked


def lock_open(case: Case, by: User, at: datetime) -> Case:
    """Return the current case, locked. Raise AccessWithdrawn as `lock` does, and CaseClosed."""
    locked = lock(case, by, at)
    if locked.closed_at is not None:
        raise CaseClosed
    return locked


def append(case: Case, kind: str, by: User, at: datetime, **facts) -> CaseEntry:
    """Append to the log.

    This must be the last write of an act, because it locks the end of the school's chain.
    """
    entry = CaseEntry(
        case=case,
        school_id=case.school_id,
        kind=kind,
        by=by,
        at=at,
        owner_id=case.owner_id,
        **facts,
    )
    chain.append([entry], chain=f"{CaseEntry.CHAIN}:{case.school_id}")
    return entry
