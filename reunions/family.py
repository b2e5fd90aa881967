"""Lines and messages about holidays for a family."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from guardians.family_lines import FamilyLine
from guardians.models import Adult, Guardianship
from guardians.queries import askable_parents
from reunions import rules
from reunions.models import InfoAsked, ReunionPlan, Season
from reunions.queries import seasons_ahead
from schools.notices import DueMessage

ASK = gettext_noop("The holidays are coming. Who is coming home, and when? One tap is enough.")
LEFT = gettext_noop("The first days apart are the hardest. A call tonight will do your child good.")
ANSWERED = gettext_noop("The school has answered your question. Tap to read it.")
ANSWER_TOLD_DAYS = 3  # days after which the news of an answer is old
ASK_HOUR = 19  # o'clock where the adult is; quiet hours may put it off further
CALL_AFTER_LEAVING_DAYS = 1


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return, by child, the nights until the parent is home or the question who is coming; two queries."""
    on = timezone.localdate(at)
    seasons = {s.school_id: s for s in seasons_ahead({a.school_id for a in adults}, on)}
    if not seasons:
        return {}
    plans = {
        (plan.student_id, plan.season_id): plan
        for plan in ReunionPlan.objects.filter(
            season__in=seasons.values(), adult__in=adults, student_id__in=student_ids
        )
    }
    parents = Guardianship.objects.filter(
        adult__in=adults, student_id__in=student_ids, kind=Guardianship.Kind.PARENT, ends_on=None
    )
    return {
        row.student_id: [_line(row.student_id, season, plans, on)]
        for row in parents
        if (season := seasons.get(row.school_id))
    }


def _line(student_id: int, season: Season, plans: dict, on: date) -> FamilyLine:
    plan = plans.get((student_id, season.pk))
    url = reverse("family_reunions:home", args=[student_id])
    if plan is None or plan.travel == ReunionPlan.Travel.OPEN:
        text = _("The holidays are coming. Who is coming home?")
        return FamilyLine(text, url, "house", _("Tell us your plans"), is_due=True, order=40)
    if plan.travel == ReunionPlan.Travel.COMES and plan.arrives_on and plan.arrives_on > on:
        nights = rules.nights_until(plan.arrives_on, on)
        text = ngettext("%(n)d night until you are home", "%(n)d nights until you are home", nights)
        return FamilyLine(text % {"n": nights}, url, "house", order=40)
    return FamilyLine(str(season.get_kind_display()), url, "house", order=60)


def messages_due(at: datetime) -> list[DueMessage]:
    """Return due questions about who is coming, messages after a parting, and answers to questions."""
    return [*_questions(at), *_partings(at), *_answers(at)]


def _questions(at: datetime) -> Iterator[DueMessage]:
    on = timezone.localdate(at)
    soon = on + timedelta(days=rules.ASK_DAYS_BEFORE)
    seasons = {
        season.school_id: season
        for season in Season.objects.filter(starts_on__lte=soon, starts_on__gt=on).exclude(
            kind=Season.Kind.NATIONAL
        )
    }
    settled = set(
        ReunionPlan.objects.filter(season__in=seasons.values())
        .exclude(travel=ReunionPlan.Travel.OPEN)
        .values_list("season_id", "adult_id")
    )
    rows = askable_parents(on).filter(school_id__in=seasons).select_related("adult")
    seen: set[int] = set()
    for row in rows.order_by("adult_id", "pk"):
        season = seasons[row.school_id]
        if row.adult_id in seen or (season.pk, row.adult_id) in settled:
            continue
        seen.add(row.adult_id)
        for step, days in (("ask", rules.ASK_DAYS_BEFORE), ("again", rules.REMIND_DAYS_BEFORE)):
            due_at = _evening(season.starts_on - timedelta(days=days), row.adult)
            expires_at = due_at + timedelta(days=7)
            if due_at <= at < expires_at:
                yield DueMessage(
                    key=f"reunion:{season.pk}:{row.adult_id}:{step}",
                    school_id=row.school_id,
                    adult_id=row.adult_id,
                    words=ASK,
                    path=reverse("family_reunions:home", args=[row.student_id]),
                    due_at=due_at,
                    expires_at=expires_at,
                    student_id=row.student_id,
                )


def _partings(at: datetime) -> Iterator[DueMessage]:
    left = timezone.localdate(at) - timedelta(days=CALL_AFTER_LEAVING_DAYS)
    plans = ReunionPlan.objects.filter(
        leaves_on__range=(left - timedelta(days=1), left + timedelta(days=1)),
        adult__blocked_at=None,
        adult__condition=Adult.Condition.IN_TOUCH,
    ).exclude(outcome=ReunionPlan.Outcome.FELL_THROUGH)
    for plan in plans.select_related("adult").order_by("pk"):
        left_on: date = plan.leaves_on  # type: ignore[assignment]  # by the filter above
        due_at = _evening(left_on + timedelta(days=CALL_AFTER_LEAVING_DAYS), plan.adult)
        expires_at = due_at + timedelta(hours=26)
        if due_at <= at < expires_at:
            yield DueMessage(
                # One message for brothers and sisters.
                key=f"parting:{plan.adult_id}:{left_on}",
                school_id=plan.school_id,
                adult_id=plan.adult_id,
                words=LEFT,
                path=reverse("family_reunions:home", args=[plan.student_id]),
                due_at=due_at,
                expires_at=expires_at,
                student_id=plan.student_id,
            )


def _answers(at: datetime) -> Iterator[DueMessage]:
    """Tell the adult who asked that the school has answered."""
    rows = InfoAsked.objects.filter(
        answered_at__gt=at - timedelta(days=ANSWER_TOLD_DAYS),
        answered_at__lte=at,
        adult__blocked_at=None,
        adult__condition=Adult.Condition.IN_TOUCH,
    )
    for asked in rows.order_by("pk"):
        answered_at: datetime = asked.answered_at  # type: ignore[assignment]  # by the filter above
        yield DueMessage(
            key=f"info:{asked.pk}",
            school_id=asked.school_id,
            adult_id=asked.adult_id,
            words=ANSWERED,
            path=reverse("family_reunions:topic", args=[asked.student_id, asked.topic]),
            due_at=answered_at,
            expires_at=answered_at + timedelta(days=ANSWER_TOLD_DAYS),
            student_id=asked.student_id,
        )


def _evening(on: date, adult: Adult) -> datetime:
    return datetime(on.year, on.month, on.day, ASK_HOUR, tzinfo=adult.hours.zone)
