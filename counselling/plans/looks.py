"""A second person reviews a plan before anyone sees it, if the school requires it (rules.Look)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from core.prepared import prepared
from counselling.cases import policies as case_policies
from counselling.cases.actions import let_in, lock_open, open_words, seal_into
from counselling.cases.policies import AccessWithdrawn
from counselling.models import Case, CaseReader, PlanLook, SupportPlan
from counselling.plans import rules as plan_rules
from counselling.plans.rules import Look
from counselling.secrecy import KeyMissing, Tampered
from delivery import actions as messaging
from delivery.models import OutboxMessage
from safeguarding.models import LevelSpans
from schools.policies import today_in

READS_DAYS = 14  # days for which a colleague who is asked may read the case
TOLD_LATE_DAYS = 3  # days after which a message says nothing that Today has not said
# Message texts contain no child's name and no concern, because a locked screen may show them.
ASKED = gettext_noop("A colleague asks you to look at a plan before it is shown.")
AGREED = gettext_noop("A colleague has checked your plan and agrees.")
SENT_BACK = gettext_noop("Your plan was sent back with a comment.")

Kind = PlanLook.Kind


class OtherPlan(ValueError):
    """The plan is no longer the one that was read: a measure was added or dropped, or the plan was ended."""


@dataclass(frozen=True)
class Looked:
    """The state of a plan, and the last answer about exactly these measures."""

    look: Look
    mark: str
    asked: PlanLook | None = None
    answer: PlanLook | None = None

    @property
    def may_show(self) -> bool:
        return self.look in plan_rules.MAY_SHOW


def looked(plan: SupportPlan, at: datetime) -> Looked:
    on = today_in(plan.case.school, at)
    is_needed = _asking_schools().filter(school=plan.school_id).exists()
    has_somebody = is_needed and case_policies.people_to_agree(plan.case, on).exists()
    asked, _answer = _last(plan, mark_of(plan))
    whom = asked.asked if asked else None
    can_answer = whom is not None and case_policies.may_agree(whom, plan.case, at)
    return _state(plan, at, is_needed=is_needed, has_somebody=has_somebody, can_answer=can_answer)


def is_held(plan: SupportPlan, at: datetime) -> bool:
    """Return whether new measures wait for a second person, so that they are neither shown nor printed."""
    return not is_shown(plan) and not looked(plan, at).may_show


def is_shown(plan: SupportPlan) -> bool:
    """Return whether no new measure waits to be shown."""
    return all(one.shared_at for one in plan.measures.all() if one.dropped_at is None)


def _asking_schools() -> QuerySet[LevelSpans]:
    return LevelSpans.objects.filter(plans_are_agreed=True)


def _last(plan: SupportPlan, mark: str) -> tuple[PlanLook | None, PlanLook | None]:
    """Return the last request and the last answer about exactly these measures.

    There is no answer if it was requested again later. For many plans, prefetch `measures` and `looks`.
    """
    rows = [row for row in plan.looks.all() if row.measures == mark]
    found = {row.kind == Kind.ASKED: row for row in rows}  # the last of each kind
    asked, answer = found.get(True), found.get(False)
    if asked and answer and asked.number > answer.number:
        answer = None
    return asked, answer


def _state(
    plan: SupportPlan,
    at: datetime,
    *,
    is_needed: bool = True,
    has_somebody: bool = True,
    can_answer: bool = True,
) -> Looked:
    mark = mark_of(plan)
    asked, answer = _last(plan, mark)
    facts = plan_rules.LookFacts(
        is_needed=is_needed,
        has_somebody=has_somebody,
        asked_at=asked.at if asked else None,
        answer=answer.kind if answer else "",
        can_answer=can_answer,
    )
    return Looked(plan_rules.look(facts, at), mark, asked, answer)


def words_of(answer: PlanLook | None) -> str:
    """Return the reason why a plan was sent back, or that it cannot be opened; "" if it was not sent back."""
    if answer is None or answer.kind != Kind.SENT_BACK:
        return ""
    try:
        return open_words(answer)
    except (KeyMissing, Tampered):
        return _("(cannot be opened)")


def mark_of(plan: SupportPlan) -> str:
    return plan_rules.mark_of(one.pk for one in plan.measures.all() if one.dropped_at is None)


@transaction.atomic
def ask(*, plan: SupportPlan, by: User, whom: User, at: datetime) -> None:
    """Let `whom` read the case, unless they already may, and ask them to look at the plan.

    If they were asked already and have not answered, change nothing. Raise AccessWithdrawn, CaseClosed or
    NoKey.
    """
    case = lock_open(plan.case, by, at)
    now = looked(plan, at)
    if now.look is Look.WAITING and now.asked and now.asked.asked_id == whom.pk:
        return
    until_at = at + timedelta(days=READS_DAYS)
    if not CaseReader.objects.filter(
        case=case, user=whom, ended_at=None, is_emergency=False, until_at__gte=until_at
    ).exists():
        let_in(case=case, by=by, user=whom, until_at=until_at, at=at)
    asked = _append(plan, Kind.ASKED, by, at, now.mark, asked=whom)
    _tell(asked, whom, ASKED)


@transaction.atomic
def answer(
    *, plan: SupportPlan, by: User, mark: str, is_agreed: bool, words: str, at: datetime
) -> None:
    """Store the answer of `by`, who has read the measures that `mark` identifies.

    The same answer a second time changes nothing. Raise OtherPlan, AccessWithdrawn or NoKey.
    """
    case = Case.objects.select_for_update().get(pk=plan.case_id)
    if not case_policies.may_agree(by, case, at):
        raise AccessWithdrawn
    plan = SupportPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.ended_at is not None or mark_of(plan) != mark:
        raise OtherPlan
    kind = Kind.AGREED if is_agreed else Kind.SENT_BACK
    last = plan.looks.filter(measures=mark).last()
    if last is None or (last.kind, last.by_id) != (kind, by.pk):
        said = _append(plan, kind, by, at, mark, words=words)
        _tell(said, case.owner, AGREED if is_agreed else SENT_BACK)


def _append(
    plan: SupportPlan, kind: Kind, by: User, at: datetime, mark: str, *, asked=None, words: str = ""
) -> PlanLook:
    facts = {"kind": kind, "by": by, "asked": asked, "measures": mark, "at": at}
    number = plan.looks.count() + 1
    row = PlanLook(school_id=plan.school_id, plan=plan, number=number, **facts)
    seal_into(row, words)
    row.save(force_insert=True)
    return row


def _tell(row: PlanLook, whom: User, words: str) -> None:
    """Queue a message for staff hours, once for each request and answer.

    It says nothing about the child, and cancels earlier ones that have not been sent.
    """
    call_off(row.plan, row.at)
    messaging.queue_message(
        kind=OutboxMessage.Kind.NOTICE,
        school=row.plan.case.school,
        user=whom,
        dedupe_key=_key(row.plan_id, row.number),
        due_at=row.at,
        expires_at=row.at + timedelta(days=TOLD_LATE_DAYS),
        payload={
            "words": words,
            "path": reverse("counselling:plan", args=[row.plan.case_id]),
            "student": row.plan.student_id,
        },
    )


def call_off(plan: SupportPlan, at: datetime) -> None:
    """Cancel unsent messages about requests and answers, because a newer one came or the plan was ended."""
    numbers = plan.looks.values_list("number", flat=True)
    keys = [_key(plan.pk, number) for number in numbers]
    messaging.call_off(dedupe_keys=keys, cause="no_longer_due", at=at)


def _key(plan_id: int, number: int) -> str:
    return f"look:{plan_id}:{number}"


def plans_to_agree(user: User, at: datetime) -> list[SupportPlan]:
    """Return running plans that wait for this person's look and that they may still read.

    Plans for which somebody else was asked since, or that were shown without an answer, are left out.
    """
    waiting = []
    for plan in _asked_of(user=user, at=at):
        now = _state(plan, at)  # they may answer, because it is one of their cases_to_agree
        is_theirs = now.asked is not None and now.asked.asked_id == user.pk
        if now.look in (Look.WAITING, Look.UNANSWERED) and is_theirs and not is_shown(plan):
            waiting.append(plan)
    return waiting


@prepared
def _asked_of(*, user, at) -> QuerySet[SupportPlan]:
    cases = case_policies.cases_to_agree(user, at)
    return _running().filter(looks__asked_id=user.pk, case__in=cases).distinct()


def plans_sent_back(user: User, at: datetime) -> list[SupportPlan]:
    """Return running plans of the user's own cases that were sent back and not shown since.

    Such a plan may still be shown if nobody is left who could agree.
    """
    plans = _once_sent_back(user=user, at=at)
    return [
        plan for plan in plans if _state(plan, at).look is Look.SENT_BACK and not is_shown(plan)
    ]


@prepared
def _once_sent_back(*, user, at) -> QuerySet[SupportPlan]:
    cases = case_policies.cases_kept_by(user, at)
    return _running().filter(looks__kind=Kind.SENT_BACK, case__in=cases).distinct()


def _running() -> QuerySet[SupportPlan]:
    rows = SupportPlan.objects.filter(ended_at=None, school__in=_asking_schools().values("school"))
    with_people = PlanLook.objects.select_related("by", "asked")
    rows = rows.select_related("student").order_by("pk")
    return rows.prefetch_related("measures", Prefetch("looks", with_people))
