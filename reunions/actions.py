"""Change holidays and plans. Each action is one transaction and safe to repeat."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.history import last_writer_of, refuse_unseen_change
from accounts.models import User
from core.meanwhile import refuse_unseen
from guardians.models import Adult
from reunions import messages, rules
from reunions.models import InfoAsked, InfoPage, ReunionPlan, Season, Watch
from schools.models import School, Term
from students.models import Student


@transaction.atomic
def ensure_seasons(*, school: School) -> int:
    """Create the holidays that follow from the school's terms, and return how many are new.

    Holidays that the school set itself stay.
    """
    terms = list(Term.objects.filter(year__school=school).values_list("starts_on", "ends_on"))
    known = list(Season.objects.select_for_update().filter(school=school))
    made = 0
    for span in rules.seasons_of(terms):
        # If a term moves by some days, its holiday moves with it, and so do the plans.
        alike = (
            row
            for row in known
            if row.kind == span.kind
            and abs((row.starts_on - span.starts_on).days) <= rules.AROUND_SEASON_DAYS
        )
        same = next(alike, None)
        if same is None:
            _row, is_new = Season.objects.get_or_create(
                school=school,
                starts_on=span.starts_on,
                defaults={
                    "kind": span.kind,
                    "ends_on": span.ends_on,
                    "feast_on": span.feast_on,
                },
            )
            made += is_new
        elif not same.is_own and (same.starts_on, same.ends_on) != (span.starts_on, span.ends_on):
            same.starts_on, same.ends_on, same.feast_on = (
                span.starts_on,
                span.ends_on,
                span.feast_on,
            )
            same.save(update_fields=["starts_on", "ends_on", "feast_on"])
    return made


@transaction.atomic
def save_season(
    *, season: Season, changes: dict[str, object], by: User, instead_of: str | None = None
) -> Season:
    """Save a holiday of the school's own. `instead_of`: the version that the form began with; see
    core.meanwhile.
    """
    if season.pk:
        season = Season.objects.select_for_update(of=("self",)).get(pk=season.pk)
        refuse_unseen_change(season, changes, seen=instead_of)
    for field, value in changes.items():
        setattr(season, field, value)
    season.is_own = True
    season.save()
    return season


@transaction.atomic
def save_plan(
    *,
    season: Season,
    student: Student,
    adult: Adult,
    changes: dict[str, object],
    said_by: str,
    at: datetime,
    by: User | None = None,
) -> ReunionPlan:
    """Save what this parent plans now. A trigger keeps the old values.

    The departure watch follows the day of leaving. If nobody travels, there are no days and no ticket.
    Until `note_child_told` the child goes on counting to the day that it knows.
    """
    said = {"said_by": said_by, "said_at": at, "recorded_by": by}
    plan, is_new = ReunionPlan.objects.select_for_update().get_or_create(
        season=season,
        student=student,
        adult=adult,
        defaults={"school_id": student.school_id, **changes, **said},
    )
    expected = plan.child_expects_on or (None if is_new else plan.told_day)
    if not is_new:
        for field, value in (changes | said).items():
            setattr(plan, field, value)
    if not plan.is_together:
        plan.arrives_on = plan.leaves_on = None
        plan.has_ticket = False
    # Bad news reaches the child through a person, not through a number that is gone one morning.
    is_awaited = expected is not None and expected > timezone.localdate(at)
    plan.child_expects_on = expected if is_awaited and expected != plan.told_day else None
    plan.save()
    ensure_watch(plan=plan)
    return plan


def note_child_told(*, plan: ReunionPlan) -> bool:
    """Record that an adult has told the child, so that its page now counts to the parent's new day."""
    rows = ReunionPlan.objects.filter(pk=plan.pk, child_expects_on__isnull=False)
    return bool(rows.update(child_expects_on=None))


@transaction.atomic
def ensure_watch(*, plan: ReunionPlan) -> None:
    """Create the checks around a parting. If its day changes, move or delete open checks; done ones stay."""
    days = rules.watch_days(plan.leaves_on) if plan.leaves_on and plan.is_together else {}
    plan.watches.filter(done_at=None).exclude(step__in=days).delete()
    for step, due_on in days.items():
        row, is_new = Watch.objects.get_or_create(
            plan=plan,
            step=step,
            defaults={
                "school_id": plan.school_id,
                "student_id": plan.student_id,
                "due_on": due_on,
            },
        )
        if not is_new and row.done_at is None and row.due_on != due_on:
            row.due_on = due_on
            row.save(update_fields=["due_on"])


@transaction.atomic
def record_outcome(
    *,
    plan: ReunionPlan,
    outcome: str,
    by: User | None,
    at: datetime,
    leaves_on: date | None = None,
) -> None:
    """Record whether they were together, and when they part again (None: as planned).

    If nothing came of the plan, there is no parting to watch.
    """
    plan.outcome, plan.outcome_by, plan.outcome_at = outcome, by, at
    plan.leaves_on = leaves_on or plan.leaves_on
    plan.save(update_fields=["outcome", "outcome_by", "outcome_at", "leaves_on"])
    if outcome == ReunionPlan.Outcome.FELL_THROUGH:
        plan.watches.filter(done_at=None).delete()
    else:
        ensure_watch(plan=plan)


def close_watch(*, watch: Watch, seen: str, words: str, by: User, at: datetime) -> bool:
    """Record a check. Return False if someone has already recorded it."""
    open_rows = Watch.objects.select_for_update().filter(pk=watch.pk, done_at=None)
    with transaction.atomic():
        row = open_rows.first()
        if row is None:
            return False
        row.seen, row.words, row.done_by, row.done_at = seen, words, by, at
        row.save(update_fields=["seen", "words", "done_by", "done_at"])
    return True


def ask_school(
    *, student: Student, adult: Adult, topic: str, words: str, key: UUID, at: datetime
) -> InfoAsked:
    asked, _is_new = InfoAsked.objects.get_or_create(
        key=key,
        defaults={
            "school_id": student.school_id,
            "student": student,
            "adult": adult,
            "topic": topic,
            "words": words,
            "asked_at": at,
        },
    )
    return asked


@transaction.atomic
def answer_family(*, asked: InfoAsked, answer: str, by: User, at: datetime) -> None:
    asked.answer, asked.answered_by, asked.answered_at = answer, by, at
    asked.save(update_fields=["answer", "answered_by", "answered_at"])
    messages.queue_answer(asked, at)


def info_page_said(page: InfoPage | None) -> tuple[str, ...]:
    return (page.body, page.source) if page else ()


@transaction.atomic
def save_info_page(
    *,
    school: School,
    topic: str,
    province: str,
    body: str,
    source: str,
    instead_of: str | None = None,
    on: date,
    by: User,
) -> InfoPage:
    """Save what families read. `instead_of`: the version that the form began with; see core.meanwhile."""
    School.objects.select_for_update(no_key=True).get(pk=school.pk)  # two at once wait
    known = InfoPage.objects.filter(school=school, topic=topic, province=province).first()
    refuse_unseen(
        seen=instead_of,
        there=info_page_said(known),
        new=(body, source),
        writer=last_writer_of(known, ["body", "source"]) if known else None,
        words=known.body if known else "",
    )
    page, _is_new = InfoPage.objects.update_or_create(
        school=school,
        topic=topic,
        province=province,
        defaults={"body": body, "source": source, "checked_on": on},
    )
    return page
