"""Writes to the shared queue.

Each locks the concern first, then its brief, then the counsellor's own row. If two counsellors accept the
same brief, exactly one gets it, and there are no deadlocks.
"""

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.actions import record_access
from accounts.models import User
from counselling import home
from counselling.cases import actions as case_actions
from counselling.cases.policies import AccessWithdrawn, is_guest
from counselling.cases.queries import open_case_of
from counselling.models import Brief, Case, CaseEntry, Engagement, PoolMember, PoolSchool
from counselling.pool import ends as pool_ends
from counselling.pool import policies, rules
from counselling.pool.queries import bands_of
from guardians.models import Adult
from safeguarding import actions as concerns
from safeguarding.models import Concern, ConcernEntry
from schools.models import School
from students.models import Student

# The names of readings in the access log. The word "case" keeps both off the family's page of readers
# (doors.family.readers): the reader of a brief does not know the child, and perhaps only one guardian has
# agreed to the acceptance, while all guardians read that page.
READ_BRIEF = "case brief of the shared queue"
ACCEPTED = "case accepted from the shared queue"


class Refused(ValueError):
    """The concern cannot go into the queue; `why` gives the reason (rules.Refused)."""

    def __init__(self, why: rules.Refused) -> None:
        super().__init__(why)
        self.why = why


class Taken(Exception):
    """The brief cannot be accepted; the counsellor is not told why.

    A colleague was quicker, the school took it back, or it is not open to this person.
    """


class Full(Exception):
    """The counsellor looks after as many children as they agreed to."""


class StillEngaged(Exception):
    """A counsellor cannot leave the queue before closing their cases or giving them back."""


@transaction.atomic
def join(*, school: School, by: User, at: datetime) -> PoolSchool:
    """Let the school put concerns into the queue from now on. A second call changes nothing."""
    School.objects.select_for_update().get(pk=school.pk)
    found = policies.pool_school(school.pk)
    return found or PoolSchool.objects.create(school=school, joined_at=at, joined_by=by)


@transaction.atomic
def leave(*, school: School, by: User, at: datetime) -> None:
    """Leave the queue: nothing new goes in, and waiting briefs are taken back.

    Cases that were accepted continue.
    """
    waiting = Concern.objects.filter(briefs__state=Brief.State.WAITING, school=school)
    for concern in waiting.order_by("pk"):
        take_back(concern=concern, by=by, at=at)
    rows = PoolSchool.objects.filter(school=school, left_at=None)
    for row in rows.select_for_update():
        row.left_at, row.left_by = at, by
        row.save(update_fields=["left_at", "left_by"])


@transaction.atomic
def offer(*, by: User, county_id: int, capacity: int, at: datetime) -> PoolMember:
    """Record how many children at a time `by` takes on.

    With 0 they take none for now, and accepted cases continue.
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    found = PoolMember.objects.select_for_update().filter(user=by, ended_at=None).first()
    if found is not None and found.county_id != county_id:
        found.ended_at, found = at, None
        PoolMember.objects.filter(user=by, ended_at=None).update(ended_at=at)
    if found is None:
        return PoolMember.objects.create(
            user=by, county_id=county_id, capacity=capacity, agreed_at=at
        )
    found.capacity = capacity
    found.save(update_fields=["capacity"])
    return found


@transaction.atomic
def stop_offering(*, by: User, at: datetime) -> None:
    """End the offer.

    Raise StillEngaged while they look after a child, including one they accept at this moment.
    """
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    rows = list(PoolMember.objects.select_for_update().filter(user=by, ended_at=None))
    if policies.engagements_of(by, at).exists():
        raise StillEngaged
    for row in rows:
        row.ended_at = at
        row.save(update_fields=["ended_at"])


def refused(concern: Concern, at: datetime) -> rules.Refused | None:
    """Return what keeps this concern out of the queue now."""
    case = open_case_of(concern.student)
    return rules.hand_on_refused(
        is_open=concern.closed_at is None,
        level=concern.level,
        is_in_pool=policies.pool_school(concern.school_id) is not None,
        is_kept=case is not None and not policies.is_kept_by_nobody(case, at),
        waits=concern.student.briefs.filter(state=Brief.State.WAITING).exists(),
    )


@transaction.atomic
def hand_on(
    *,
    concern: Concern,
    by: User,
    at: datetime,
    key: uuid.UUID,
    words: str,
    ground_words: str = "",
    consent_by: Adult | None = None,
    **facts: Any,
) -> Brief:
    """Put a brief into the queue.

    Change nothing if there is a brief with this `key`, or one of this concern is waiting already.

    The form has checked that the text does not identify the child (forms.py). Raise Refused or
    secrecy.NoKey.
    """
    concern = concerns.lock(concern)
    Student.objects.select_for_update().get(pk=concern.student_id)
    waiting = concern.briefs.filter(state=Brief.State.WAITING)
    had = Brief.objects.filter(pk=key).first() or waiting.first()
    if had is not None:
        return had
    why = refused(concern, at)
    if why is not None:
        raise Refused(why)
    code = ""
    while not code or Brief.objects.filter(code=code).exists():
        code = "".join(secrets.choice(rules.CODE_LETTERS) for _ in range(rules.CODE_LENGTH))
    brief = Brief(
        pk=key,
        school=concern.school,
        student=concern.student,
        concern=concern,
        code=code,
        consent_by=consent_by,
        made_by=by,
        made_at=at,
        late_at=pool_ends.late_at(concern, at),
        **bands_of(concern.student, at),
        **facts,
    )
    pool_ends.seal(brief, {"words": words, "ground": ground_words})
    brief.save(force_insert=True)
    concerns.append(concern, ConcernEntry.Kind.QUEUED, at, by=by)
    return brief


@transaction.atomic
def take_back(*, concern: Concern, by: User, at: datetime, seen: str | None = None) -> bool:
    """Give the concern back to its school, from the queue or from a counsellor of another school.

    That counsellor then reads nothing more about it. A second call changes nothing.

    `seen` is the state that the page showed (policies.standing_key). If it has changed, do nothing and
    return False, so that nobody unknowingly sends away a counsellor who has just accepted.
    """
    concern = concerns.lock(concern)
    if seen is not None and seen != policies.standing_key(concern):
        return False
    if pool_ends.end_waiting(concern, at, Brief.State.TAKEN_BACK):
        concerns.append(concern, ConcernEntry.Kind.UNQUEUED, at, by=by)
        return True
    case = Case.objects.select_for_update().filter(concerns=concern).first()
    ended = home.end_engagement(case, Engagement.Ending.SCHOOL, at) if case else None
    if case and ended:
        concerns.append(concern, ConcernEntry.Kind.TAKEN_HOME, at, by=by, about=ended.user)
        case_actions.append(case, CaseEntry.Kind.TAKEN_HOME, by, at, about=ended.user)
    return True


@transaction.atomic
def accept(*, brief: Brief, by: User, at: datetime, ip: str | None) -> Case:
    """Let `by` look after the child from now on and learn who it is.

    If two accept at the same moment, the second waits at the concern's row and finds it taken; so does a
    colleague of the school at the child's row. The brief's text becomes the first note of the case. Raise
    Taken, Full or secrecy.KeyMissing.
    """
    concern = concerns.lock(brief.concern)
    Student.objects.select_for_update(no_key=True).get(pk=concern.student_id)
    brief = Brief.objects.select_for_update().get(pk=brief.pk)
    mine = Engagement.objects.filter(brief=brief, user=by, ended_at=None).first()
    if mine is not None:
        return mine.case
    PoolMember.objects.select_for_update().filter(user=by, ended_at=None).first()
    if not policies.briefs_open_to(by, at).filter(pk=brief.pk).exists():
        raise Taken
    if policies.room_of(by, at) <= 0:
        raise Full
    case = _case_for(concern, by, at)
    Engagement.objects.create(school=brief.school, case=case, brief=brief, user=by, from_at=at)
    words = pool_ends.words_in(brief)["words"]
    if words:
        case_actions.keep_brief(case=case, by=brief.made_by, words=words, at=at)
    pool_ends.keep_ground(brief, at)
    case_actions.go_on_in(case, concern)
    concerns.append(concern, ConcernEntry.Kind.ACCEPTED, at, by=by)
    case_actions.append(case, CaseEntry.Kind.ACCEPTED, by, at)
    _note_read(brief, by, ACCEPTED, ip)
    return case


def _case_for(concern: Concern, by: User, at: datetime) -> Case:
    """Return a new case or the one that nobody keeps any more, reopened if a guest had closed it.

    Raise Taken if somebody keeps a case.
    """
    case = open_case_of(concern.student)
    if case is None:
        case = case_actions.begin(concern, by, at)
        if case.owner_id != by.pk:
            raise Taken
        return case
    case = Case.objects.select_for_update().get(pk=case.pk)
    before = case.owner
    if not policies.is_kept_by_nobody(case, at):
        raise Taken
    if before != by:
        case.owner = by
        case.save(update_fields=["owner"])
        case_actions.append(case, CaseEntry.Kind.TAKEN_OVER, by, at, about=before)
    home.end_engagement(case, Engagement.Ending.GIVEN_BACK, at)
    return case


@transaction.atomic
def give_back(*, case: Case, by: User, words: str, at: datetime) -> None:
    """Let the school look after the child again.

    The reason is recorded at the concern, and somebody there is told. Raise AccessWithdrawn.
    """
    home.lock_concerns(case)
    case = case_actions.lock(case, by, at)
    if not is_guest(by, case, timezone.localdate(at)):
        raise AccessWithdrawn
    ended = home.end_engagement(case, Engagement.Ending.GIVEN_BACK, at)
    case_actions.append(case, CaseEntry.Kind.GIVEN_BACK, by, at)
    if ended is not None:
        home.tell_school(ended, by, at, words)


def read_brief(*, brief: Brief, by: User, ip: str | None) -> str:
    """Return the text of a waiting brief.

    This is logged as a reading, although the reader does not know the child.

    Raise secrecy.KeyMissing or secrecy.Tampered.
    """
    _note_read(brief, by, READ_BRIEF, ip)
    return pool_ends.words_in(brief)["words"]


def _note_read(brief: Brief, by: User, what: str, ip: str | None) -> None:
    record_access(
        by=by, school_id=brief.school_id, student_ids=[brief.student_id], what=what, ip=ip
    )
