"""Reads of cases: dates and states. Text is opened in actions.read_notes, which logs the reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address
from core.days import clock_time, short_day
from core.prepared import Question, own_fields, prepared
from counselling.cases import rules
from counselling.cases.models import Sealed
from counselling.cases.policies import (
    cases_kept_by,
    cases_to_agree,
    cases_visible_to,
    is_guest,
    keeps_cases,
    people_to_agree,
    watches_over_cases,
)
from counselling.models import (
    Attachment,
    AttachmentContent,
    Brief,
    Case,
    CaseEntry,
    CaseReader,
    CaseSession,
    CaseTask,
    Engagement,
    Measure,
    Note,
    NoteDraft,
    PlanLook,
    Referral,
    ReferralCopy,
    ReferralEntry,
)
from safeguarding.models import Concern, LevelSpans
from schools.policies import today_in
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.queries import about
from students.timeline import EventKind, TimelineEvent


def facts_of(case: Case, at: datetime) -> rules.CaseFacts:
    """Return the facts that the guards need, counted since the case was opened or reopened."""
    kinds = set(case.notes.filter(at__gte=case.since_at).values_list("kind", flat=True))
    counts = case.sessions.aggregate(
        held=Count("pk", filter=Q(state="held", starts_at__gte=case.since_at)),
        ahead=Count("pk", filter=Q(state="planned")),
    )
    # Letters belong to the school; they do not keep a counsellor of another school from closing the case.
    is_guests = case.engagements.filter(ended_at=None).exists()
    open_letters = 0 if is_guests else case.referrals.filter(closed_at=None).count()
    return rules.CaseFacts(
        state=case.state,
        on=today_in(case.school, at),
        has_assessment=Note.Kind.ASSESSMENT in kinds,
        has_goals=Note.Kind.GOALS in kinds,
        has_summary=Note.Kind.SUMMARY in kinds,
        review_on=case.review_on,
        sessions_held=counts["held"],
        sessions_ahead=counts["ahead"],
        open_tasks=case.tasks.filter(done_at=None).count(),
        open_plans=case.plans.filter(ended_at=None).count(),
        is_agreed=not needs_agreement(case, at) or is_agreed(case),
        open_letters=open_letters,
    )


def needs_agreement(case: Case, at: datetime) -> bool:
    """Return whether a second person must agree before the case is closed.

    They must if the school requires it, has somebody who could, and that person has not left the closing
    words unanswered for too long. No case stays open because a colleague is ill.
    """
    asked = LevelSpans.objects.filter(school=case.school_id, closing_is_agreed=True).exists()
    if not asked:
        return False
    people = people_to_agree(case, today_in(case.school, at))
    return people.exists() and not _is_unanswered(case, people, at)


def _is_unanswered(case: Case, people: QuerySet[User], at: datetime) -> bool:
    words, long_ago = closing_words(case), at - timedelta(days=rules.LOOK_WAITS_DAYS)
    if words is None or words.at > long_ago:
        return False
    let_in = case.readers.filter(user__in=people, is_emergency=False, ended_at=None)
    # Only people who could read the closing words for a whole week have left them unanswered.
    week = timedelta(days=rules.LOOK_WAITS_DAYS)
    had_the_week = let_in.filter(until_at__gte=words.at + week)
    had_the_week = had_the_week.filter(until_at__gte=F("from_at") + week)
    return had_the_week.filter(from_at__lte=long_ago).exists()


def closing_words(case: Case) -> Note | None:
    """Return the latest closing words since the case was opened or reopened, still encrypted."""
    return case.notes.filter(kind=Note.Kind.SUMMARY, at__gte=case.since_at).order_by("-at").first()


def is_agreed(case: Case) -> bool:
    """Return whether somebody who was let in has agreed to the latest closing words.

    Later words need a new agreement.
    """
    words = closing_words(case)
    agreed = case.entries.filter(kind=CaseEntry.Kind.AGREED)
    return words is not None and agreed.filter(at__gte=words.at).exists()


def open_case_of(student: Student) -> Case | None:
    return Case.objects.filter(student=student, closed_at=None).select_related("owner").first()


def closed_by_guest(concern: Concern) -> Case | None:
    """Return the case of this concern, locked, if its last keeper came from another school and closed it."""
    rows = Case.objects.select_for_update(of=("self",)).select_related("owner")
    case = rows.filter(concerns=concern, closed_at__isnull=False).first()
    if case is None:
        return None
    last = case.engagements.order_by("-from_at").first()
    if last is None or last.user_id != case.owner_id:
        return None
    return case if last.ending == Engagement.Ending.CLOSED else None


def latest_case_of(student: Student) -> Case | None:
    """Return the child's open case, or the one closed last.

    A case that was reopened can be older than one that is closed.
    """
    cases = Case.objects.filter(student=student).select_related("owner", "school", "student")
    return cases.order_by(F("closed_at").desc(nulls_first=True)).first()


@dataclass(frozen=True)
class Load:
    """A case in the caseload of a user who owns it or may read it."""

    case: Case
    is_own: bool
    session_at: datetime | None
    task_on: date | None

    @property
    def next_on(self) -> date | None:
        """Return the first day on which something is due."""
        review_on = None if self.case.closed_at else self.case.review_on
        session_on = timezone.localdate(self.session_at) if self.session_at else None
        return min((day for day in (session_on, self.task_on, review_on) if day), default=None)


def caseload(user: User, at: datetime) -> list[Load]:
    """Return cases that `user` keeps or may read: open ones by what comes first, then closed ones."""
    rows = _seen(user=user, at=at)
    found = [Load(row, row.owner_id == user.pk, row.session_at, row.task_on) for row in rows]

    def order(load: Load) -> tuple[bool, float, int]:
        case = load.case
        if case.closed_at:
            return (True, -case.closed_at.timestamp(), case.pk)
        first_on = load.next_on or timezone.localdate(case.opened_at)
        return (False, first_on.toordinal(), case.pk)

    return sorted(found, key=order)


@prepared
def _seen(*, user, at) -> QuerySet[Case]:
    rows = _with_next(cases_visible_to(user, at)).select_related("student", "owner", "school")
    names = ("student__name", "owner__name", "school__name", "school__time_zone")
    return rows.only(*own_fields(Case), *names)


def sessions_of(case: Case) -> QuerySet[CaseSession]:
    return case.sessions.order_by("-starts_at", "-pk")


def open_sessions_of(case: Case) -> QuerySet[CaseSession]:
    return case.sessions.filter(state=CaseSession.State.PLANNED)


def tasks_of(case: Case) -> QuerySet[CaseTask]:
    return case.tasks.order_by("done_at", "due_on", "made_at")


def notes_of(case: Case) -> QuerySet[Note]:
    return case.notes.select_related("author", "session")


def draft_of(case: Case, user: User, kind: str) -> NoteDraft | None:
    return case.drafts.filter(author=user, kind=kind).first()


def draft_kinds(case: Case, user: User) -> list[str]:
    return list(case.drafts.filter(author=user).values_list("kind", flat=True))


def readers_of(case: Case, at: datetime) -> QuerySet[CaseReader]:
    """Return the people, other than the owner, who may read now."""
    now = case.readers.filter(ended_at=None, until_at__gt=at)
    return now.select_related("user").order_by("until_at", "pk")


def steps_reached(case: Case) -> set[str]:
    """Return the states that the case has been in since it was opened or reopened."""
    moves = case.entries.filter(kind=CaseEntry.Kind.MOVED, at__gte=case.since_at)
    return set(moves.values_list("to_state", flat=True))


def entries_of(case: Case) -> QuerySet[CaseEntry]:
    """Return the events of the case to show; the log's entries about single notes and files are left out."""
    return case.entries.exclude(kind__in=CaseEntry.OF_ROWS).select_related("by", "about")


def letter_entries_of(case: Case) -> QuerySet[ReferralEntry]:
    """Return what happened to the letters of the case, except for drafts."""
    rows = ReferralEntry.objects.filter(referral__case=case).exclude(to_state="draft")
    return rows.select_related("by", "referral")


def concerns_in(case: Case) -> QuerySet[Concern]:
    """Return all concerns taken up in this case."""
    rows = case.concerns.select_related("student", "adult", "raised_by", "school")
    return rows.order_by("opened_at", "pk")


def is_taken_up(concern: Concern, user: User, at: datetime) -> Case | None:
    """Return the case that continues with this concern, if `user` may see it."""
    return cases_visible_to(user, at).filter(concerns=concern).first()


def has_cases(user: User, at: datetime) -> bool:
    return bool(_any_seen(user=user, at=at))


@prepared
def _any_seen(*, user, at) -> QuerySet[Any]:
    return cases_visible_to(user, at).values_list("pk")[:1]


def case_work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return rows for sessions of today, tasks and review days that are due, and cases to agree to.

    The latter wait for this person's agreement before they close. The text of a row reveals nothing to
    somebody who looks over the user's shoulder.
    """
    items = []
    if student is None and watches_over_cases(user, at):
        items += [
            WorkItem(
                key=f"case-closing-{case.pk}",
                lane=Lane.DUE,
                student_id=case.student_id,
                student_name=case.student.name,
                why=_("A colleague asks whether you agree to closing."),
                since_at=case.words_at,
                act_label=_("Open it"),
                act_url=address("counselling:case", case.pk),
                act_opens=True,
            )
            for case in _waiting_for(user=user, at=at)
        ]
    if not keeps_cases(user, at):
        return items
    on = timezone.localdate(at)
    for case in _kept_open(user=user, at=at, **about(student)):
        load = Load(case, True, case.session_at, case.task_on)
        if load.next_on is not None and load.next_on <= today_in(case.school, at):
            items.append(_work_item(load, at, is_guest(user, case, on)))
    return items


@prepared
def _waiting_for(*, user, at) -> QuerySet[Case]:
    return cases_waiting_for(user, at).select_related("student")


def cases_waiting_for(user: User, at: datetime) -> QuerySet[Case]:
    """Return open cases whose closing words wait for the agreement of `user`, with `words_at`."""
    asking = LevelSpans.objects.filter(closing_is_agreed=True).values("school")
    words = Note.objects.filter(
        case=OuterRef("pk"), kind=Note.Kind.SUMMARY, at__gte=OuterRef("since_at")
    )
    agreed = CaseEntry.objects.filter(
        case=OuterRef("pk"), kind=CaseEntry.Kind.AGREED, at__gte=OuterRef("words_at")
    )
    rows = cases_to_agree(user, at).filter(closed_at=None, school__in=asking)
    rows = rows.annotate(words_at=Subquery(words.order_by("-at").values("at")[:1]))
    return rows.filter(~Exists(agreed), words_at__isnull=False).order_by("words_at", "pk")


@prepared
def _kept_open(*, user, at, student_id=None) -> QuerySet[Case]:
    cases = cases_kept_by(user, at).filter(closed_at=None)
    if student_id is not None:
        cases = cases.filter(student_id=student_id)
    return _with_next(cases).select_related("student", "school")


def _with_next(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Add the first planned session and the first open task (Load)."""
    return cases.annotate(
        session_at=Min("sessions__starts_at", filter=Q(sessions__state="planned")),
        task_on=Min("tasks__due_on", filter=Q(tasks__done_at=None)),
    )


def _work_item(load: Load, at: datetime, by_guest: bool) -> WorkItem:
    """Return the row. For a guest it opens the case, not the child's file."""
    case, on = load.case, today_in(load.case.school, at)
    starts_at = timezone.localtime(load.session_at) if load.session_at else None
    since_at = case.opened_at
    if starts_at is not None and starts_at.date() <= on:
        since_at = starts_at
        if starts_at.date() == on:
            why = _("You have an appointment at %(hour)s.") % {"hour": clock_time(starts_at)}
        else:  # on an earlier day: it waits to be settled
            day = short_day(starts_at.date(), on)
            why = _("How did the appointment of %(day)s go?") % {"day": day}
    elif load.task_on and load.task_on <= on:
        why = _("Something that you noted down is due.")
    else:
        why = _("The case is due for review.")
    return WorkItem(
        key=f"case-{case.pk}",
        lane=Lane.DUE,
        student_id=0 if by_guest else case.student_id,
        is_person=by_guest,
        student_name=case.student.name,
        why=why,
        since_at=since_at,
        act_label=_("Open it"),
        act_url=address("counselling:case", case.pk),
        act_opens=True,
    )


@prepared
def _any_case(*, student_id) -> QuerySet[Case]:
    return Case.objects.filter(student_id=student_id, teachers_know=True)


def case_timeline(student: Student) -> list[TimelineEvent]:
    """Return a line saying that somebody supports the child, if the owner of the case lets teachers know.

    Everybody who may open the child's page sees it.
    """
    return [
        TimelineEvent(
            at=case.opened_at,
            kind=EventKind.CONCERN,
            icon="shield",
            title=_("The counsellor supports the child"),
            text=_("What they talk about stays with them."),
        )
        for case in _any_case(student_id=student.pk)
    ]


def timeline_questions(student: Student) -> list[Question]:
    """Return the query that `case_timeline` needs."""
    return [_any_case.question(student_id=student.pk)]


def is_open_about(student: Student) -> bool:
    """Return whether a counsellor is working with the child now."""
    return Case.objects.filter(student=student, closed_at=None).exists()


def sealed_models() -> Sequence[type[Sealed]]:
    """Return every model whose text is encrypted with the key ring."""
    return (
        Note,
        NoteDraft,
        CaseTask,
        Measure,
        PlanLook,
        Referral,
        Attachment,
        AttachmentContent,
        Brief,
        ReferralCopy,
    )
