"""Writes to letters that were sent online.

They make the copy for the receiving school, and record what its counsellors answer. Each locks the referral
first, then the copy. Two counsellors can therefore not both take a letter on, and a letter is either answered
or taken back, never both.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.actions import record_access
from accounts.models import User
from core import walls
from counselling.cases.actions import open_words, seal_into
from counselling.letters import rules
from counselling.models import Referral, ReferralCopy, ReferralEntry
from counselling.received import news, policies
from safeguarding.levels.rules import after_school_days
from schools.models import School
from schools.policies import today_in
from schools.queries import calendar_of

NO_WORDS = ""  # instead of a key id


class NotOpen(Exception):
    """A colleague was quicker, or the letter was taken back; its page says which."""


def words_in(copy: ReferralCopy) -> dict[str, Any]:
    """Return `package`, `language` and `answer`, as far as they exist.

    The caller checks who reads and writes the access log.

    Raise KeyMissing or Tampered.
    """
    return json.loads(open_words(copy)) if copy.key_id else {}


def read_mark(referral: Referral) -> str:
    """Return the mark of a reading at the receiving school in the access log (accounts.AccessRecord.what).

    The word "case" keeps it off the family's page of readers; only staff who look after safeguarding see it.
    """
    return f"case letter {referral.pk.hex[:24]}"


def read(*, copy: ReferralCopy, by: User, ip: str | None) -> dict[str, Any]:
    """Open the letter and record the reading in the log of the child's school."""
    referral = copy.referral
    record_access(
        by=by,
        school_id=referral.school_id,
        student_ids=[referral.student_id],
        what=read_mark(referral),
        ip=ip,
    )
    return words_in(copy)


def deliver(
    *, referral: Referral, school: School, package: dict[str, Any], language: str, at: datetime
) -> ReferralCopy:
    """Give `school` its copy and tell its counsellors, in the transaction that sends the letter.

    Raise NoKey.
    """
    walls.also(school.pk)
    zone, latest = ZoneInfo(school.time_zone), at + timedelta(days=rules.ANSWER_LONGEST_DAYS)
    late_at = after_school_days(at, rules.ANSWER_SCHOOL_DAYS, calendar_of(school), zone, latest)
    copy = ReferralCopy(school=school, referral=referral, late_at=late_at)
    _keep(copy, {"package": package, "language": language})
    copy.save(force_insert=True)
    news.tell_receivers(copy, at)
    return copy


def withdraw(*, referral: Referral, at: datetime) -> None:
    """Delete the copy's text, even if its key is missing, and tell the counsellor who took the letter on.

    Call this in the transaction that moves the referral and has locked its row.
    """
    rows = ReferralCopy.objects.select_for_update(of=("self",)).select_related("school", "referral")
    copy = rows.get(referral=referral)
    copy.key_id, copy.sealed = NO_WORDS, b""
    copy.save(update_fields=["key_id", "sealed"])
    news.call_off_coming(copy, at)
    news.tell_taker(copy, at)


@transaction.atomic
def accept(*, copy: ReferralCopy, by: User, at: datetime) -> ReferralCopy:
    """Let only `by` work with the letter from now on, also in place of a colleague who no longer can.

    A second call changes nothing.

    Raise NotOpen.
    """
    copy = _lock(copy)
    referral = copy.referral
    if referral.state == rules.ACCEPTED and copy.taken_by_id == by.pk:
        return copy
    if referral.state not in rules.WAITING or not policies.may_open(by, copy, at):
        raise NotOpen
    copy.taken_by = by
    copy.save(update_fields=["taken_by"])
    referral.due_on = today_in(referral.school, at) + timedelta(days=rules.LOOK_AGAIN_DAYS)
    _move(copy, rules.ACCEPTED, by, at)
    news.tell_sender(copy, news.TAKEN, at)
    return copy


@transaction.atomic
def reject(*, copy: ReferralCopy, by: User, words: str, at: datetime) -> ReferralCopy:
    """Decline the letter; `words` tell the sender why.

    Nothing of the letter stays at this school. Raise NotOpen or NoKey.
    """
    return _answer(copy, by, rules.REJECTED, words, at)


@transaction.atomic
def finish(*, copy: ReferralCopy, by: User, words: str, at: datetime) -> ReferralCopy:
    """Finish the letter; `words` tell the sender what was done and what is recommended.

    Raise NotOpen, NoKey, KeyMissing or Tampered.
    """
    return _answer(copy, by, rules.DONE, words, at)


def _answer(copy: ReferralCopy, by: User, to: str, words: str, at: datetime) -> ReferralCopy:
    copy = _lock(copy)
    referral = copy.referral
    if referral.state == to and referral.entries.filter(to_state=to, by=by).exists():
        return copy  # sent twice
    is_theirs = to != rules.DONE or copy.taken_by_id == by.pk
    may_move = to in rules.MOVES_BY_RECEIVER.get(referral.state, ())
    if not (may_move and is_theirs and policies.may_open(by, copy, at)):
        raise NotOpen
    _keep(copy, (words_in(copy) if to == rules.DONE else {}) | {"answer": words})
    copy.save(update_fields=["key_id", "sealed"])
    referral.closed_at, referral.due_on = at, None
    _move(copy, to, by, at)
    news.tell_sender(copy, news.ANSWERED, at)
    return copy


def answer_seen(*, copy: ReferralCopy, at: datetime) -> None:
    """Note that the case's counsellor has read the answer."""
    ReferralCopy.objects.filter(pk=copy.pk, answer_seen_at=None).update(answer_seen_at=at)


def _lock(copy: ReferralCopy) -> ReferralCopy:
    rows = Referral.objects.select_for_update(of=("self",))
    referral = rows.select_related("school", "case__owner", "case__school").get(pk=copy.referral_id)
    copy = (
        ReferralCopy.objects.select_for_update(of=("self",))
        .select_related("school")
        .get(pk=copy.pk)
    )
    copy.referral = referral
    return copy


def _keep(copy: ReferralCopy, words: dict[str, Any]) -> None:
    seal_into(copy, json.dumps(words, ensure_ascii=False))


def _move(copy: ReferralCopy, to: str, by: User, at: datetime) -> None:
    referral = copy.referral
    referral.state = to
    referral.save(update_fields=["state", "due_on", "closed_at"])
    ReferralEntry.objects.create(
        school_id=referral.school_id, referral=referral, to_state=to, by=by, at=at
    )
    news.call_off_coming(copy, at)
