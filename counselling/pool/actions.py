"""Writes about the shared queue. Each locks the concern first, then its brief, then the counsellor's own
row: of two at one brief exactly one gets it, and no two wait for each other.
"""

import secrets
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.actions import record_access
from accounts.models import User
from counselling.cases import actions as case_actions
from counselling.cases.policies import AccessWithdrawn, is_guest
from counselling.cases.queries import open_case_of
from counselling.models import Brief, Case, CaseEntry, Engagement, PoolMember, PoolSchool
from counselling.pool import ends as pool_ends
from counselling.pool import home, policies, rules
from counselling.pool.queries import bands_of
from guardians.models import Adult
from safeguarding import actions as concerns
from safeguarding.models import Concern, ConcernEntry
from schools.models import School
from students.models import Student

# How the access log calls the readings. "case" keeps both from the family's page of readers
# (doors.family.readers): the first reader knows no child; of the second, one guardian may have agreed, and
# the page is read by all of them.
READ_BRIEF = "case brief of the shared queue"
ACCEPTED = "case accepted from the shared queue"


class Refused(ValueError):
    """`why` says what keeps a concern out of the queue (rules.Refused)."""

    def __init__(self, why: rules.Refused) -> None:
        super().__init__(why)
        self.why = why


class Taken(Exception):
    """A colleague was quicker, the school took it back, or it is none of theirs: all the same to read."""


class Full(Exception):
    """They look after as many as they said."""


class StillEngaged(Exception):
    """A counsellor who leaves the queue closes their cases or gives them back first."""


@transaction.atomic
def join(*, school: School, by: User, at: datetime) -> PoolSchool:
    """The school hands concerns on from now on. Again: no change."""
    School.objects.select_for_update().get(pk=school.pk)
    found = policies.pool_school(school.pk)
    return found or PoolSchool.objects.create(school=school, joined_at=at, joined_by=by)


@transaction.atomic
def leave(*, school: School, by: User, at: datetime) -> None:
    """Nothing new, and what waits is taken back; what was accepted goes on."""
    waiting = Concern.objects.filter(briefs__state=Brief.State.WAITING, school=school)
    for concern in waiting.order_by("pk"):
        take_back(concern=concern, by=by, at=at)
    rows = PoolSchool.objects.filter(school=school, left_at=None)
    for row in rows.select_for_update():
        row.left_at, row.left_by = at, by
        row.save(update_fields=["left_at", "left_by"])


@transaction.atomic
def offer(*, by: User, county_id: int, capacity: int, at: datetime) -> PoolMember:
    """`by` takes on as many children at a time as they say; 0: none for now, and those accepted go on."""
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
    """Raises StillEngaged while they look after a child: also one whom they accept at this moment."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    rows = list(PoolMember.objects.select_for_update().filter(user=by, ended_at=None))
    if policies.engagements_of(by, at).exists():
        raise StillEngaged
    for row in rows:
        row.ended_at = at
        row.save(update_fields=["ended_at"])


def refused(concern: Concern, at: datetime) -> rules.Refused | None:
    """What keeps this concern out of the queue now."""
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
    """Put a brief into the queue. The same `key` again, or one that waits already: no change. Raises
    Refused, secrecy.NoKey. The form has checked that the words do not tell who the child is (forms.py).
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
    """Give the concern back to its school: out of the queue, or from the counsellor of another school, who
    reads nothing more of it. Again: no change.

    `seen` is the state that the page showed (policies.standing_key). Where that has changed, nothing happens
    and the answer is False, so that nobody sends away unseen a counsellor who has just accepted.
    """
    concern = concerns.lock(concern)
    if seen is not None and seen != policies.standing_key(concern):
        return False
    if pool_ends.end_waiting(concern, at, Brief.State.TAKEN_BACK):
        concerns.append(concern, ConcernEntry.Kind.UNQUEUED, at, by=by)
        return True
    case = Case.objects.select_for_update().filter(concerns=concern).first()
    ended = pool_ends.end_engagement(case, Engagement.Ending.SCHOOL, at) if case else None
    if case and ended:
        concerns.append(concern, ConcernEntry.Kind.TAKEN_HOME, at, by=by, about=ended.user)
        case_actions.append(case, CaseEntry.Kind.TAKEN_HOME, by, at, about=ended.user)
    return True


@transaction.atomic
def accept(*, brief: Brief, by: User, at: datetime, ip: str | None) -> Case:
    """`by` looks after the child from now on and reads who it is. Raises Taken, Full, secrecy.KeyMissing.

    Of two at the same moment the second waits for the first at the concern's row, and finds it taken; so does
    a colleague of the school at the child's row. The brief's words go on as the first note of the case.
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
    """A new one, or the one that nobody keeps any more, opened again where a guest had closed it. Raises
    Taken where somebody keeps one.
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
    pool_ends.end_engagement(case, Engagement.Ending.GIVEN_BACK, at)
    return case


@transaction.atomic
def give_back(*, case: Case, by: User, words: str, at: datetime) -> None:
    """The school looks after the child again; the reason stands at the concern, and somebody is told.
    Raises AccessWithdrawn.
    """
    home.lock_concerns(case)
    case = case_actions.lock(case, by, at)
    if not is_guest(by, case, timezone.localdate(at)):
        raise AccessWithdrawn
    ended = pool_ends.end_engagement(case, Engagement.Ending.GIVEN_BACK, at)
    case_actions.append(case, CaseEntry.Kind.GIVEN_BACK, by, at)
    if ended is not None:
        home.tell_school(ended, by, at, words)


def read_brief(*, brief: Brief, by: User, ip: str | None) -> str:
    """The words of a brief that waits, opened: a reading, though of a child that the reader does not know.
    Raises secrecy.KeyMissing, secrecy.Tampered.
    """
    _note_read(brief, by, READ_BRIEF, ip)
    return pool_ends.words_in(brief)["words"]


def _note_read(brief: Brief, by: User, what: str, ip: str | None) -> None:
    record_access(
        by=by, school_id=brief.school_id, student_ids=[brief.student_id], what=what, ip=ip
    )
