"""Messages to parents about holidays: queue them, and check before sending that they still apply."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from delivery.actions import queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice
from delivery.models import OutboxMessage
from guardians.models import Adult
from guardians.queries import approachable, askable_parents, is_informed
from reunions import rules
from reunions.models import InfoAsked, ReunionPlan, Season

ASK = gettext_noop("The holidays are coming. Who is coming home, and when? One tap is enough.")
LEFT = gettext_noop("The first days apart are the hardest. A call tonight will do your child good.")
ANSWERED = gettext_noop("The school has answered your question. Tap to read it.")
ANSWER_TOLD_DAYS = 3  # days after which news of an answer is out of date
ASK_HOUR = 19  # o'clock where the adult is; quiet hours may delay it
ASKED_FOR_DAYS = 7  # days during which a question or its repetition may still be sent
CALL_AFTER_LEAVING_DAYS = 1
CALL_TOLD_HOURS = 26  # hours; until the end of the next evening


def queue_answer(asked: InfoAsked, at: datetime) -> None:
    """Tell the adult who asked that the school has answered; once, however often the answer changes."""
    queue_notices(
        [
            room_notice(
                about="info_asked",
                about_id=asked.pk,
                key=f"info:{asked.pk}",
                school_id=asked.school_id,
                adult_id=asked.adult_id,
                words=ANSWERED,
                path=reverse("family_reunions:topic", args=[asked.student_id, asked.topic]),
                due_at=at,
                expires_at=at + timedelta(days=ANSWER_TOLD_DAYS),
                student_id=asked.student_id,
            )
        ]
    )


def queue_reminders(*, at: datetime) -> int:
    """Queue questions about who is coming, and messages for the evening after a parting.

    Return how many are new.
    """
    return queue_notices([*_questions(at), *_partings(at)])


def _questions(at: datetime) -> Iterator[OutboxMessage]:
    on = timezone.localdate(at)
    soon = on + timedelta(days=rules.ASK_DAYS_BEFORE)
    seasons = {
        season.school_id: season
        for season in Season.objects.filter(starts_on__lte=soon, starts_on__gt=on).exclude(
            kind=Season.Kind.NATIONAL
        )
    }
    settled = _settled({season.pk for season in seasons.values()})
    rows = askable_parents(on).filter(school_id__in=seasons).select_related("adult")
    seen: set[int] = set()
    for row in rows.order_by("adult_id", "pk"):
        season = seasons[row.school_id]
        if row.adult_id in seen or (season.pk, row.adult_id) in settled:
            continue
        seen.add(row.adult_id)
        for step, days in (("ask", rules.ASK_DAYS_BEFORE), ("again", rules.REMIND_DAYS_BEFORE)):
            due_at = _evening(season.starts_on - timedelta(days=days), row.adult)
            expires_at = due_at + timedelta(days=ASKED_FOR_DAYS)
            if due_at <= at < expires_at:
                yield room_notice(
                    about="season",
                    about_id=season.pk,
                    key=f"reunion:{season.pk}:{row.adult_id}:{step}",
                    school_id=row.school_id,
                    adult_id=row.adult_id,
                    words=ASK,
                    path=reverse("family_reunions:home", args=[row.student_id]),
                    due_at=due_at,
                    expires_at=expires_at,
                    student_id=row.student_id,
                )


def _settled(season_ids: set[int]) -> set[tuple[int, int]]:
    """Return (season, adult) pairs for adults who have said what they plan."""
    plans = ReunionPlan.objects.filter(season__in=season_ids)
    said = plans.exclude(travel=ReunionPlan.Travel.OPEN)
    return set(said.values_list("season_id", "adult_id"))


def _partings(at: datetime) -> Iterator[OutboxMessage]:
    left = timezone.localdate(at) - timedelta(days=CALL_AFTER_LEAVING_DAYS)
    plans = ReunionPlan.objects.filter(
        approachable(),
        is_informed(timezone.localdate(at)),
        leaves_on__range=(left - timedelta(days=1), left + timedelta(days=1)),
    ).exclude(outcome=ReunionPlan.Outcome.FELL_THROUGH)
    # Brothers and sisters share one message: that of the first child.
    for plan in plans.select_related("adult").order_by("pk"):
        left_on: date = plan.leaves_on  # type: ignore[assignment]  # by the filter above
        due_at = _evening(left_on + timedelta(days=CALL_AFTER_LEAVING_DAYS), plan.adult)
        expires_at = due_at + timedelta(hours=CALL_TOLD_HOURS)
        if due_at <= at < expires_at:
            yield room_notice(
                about="parting",
                about_id=plan.pk,
                which=f"{left_on}",
                key=f"parting:{plan.adult_id}:{left_on}",
                school_id=plan.school_id,
                adult_id=plan.adult_id,
                words=LEFT,
                path=reverse("family_reunions:home", args=[plan.student_id]),
                due_at=due_at,
                expires_at=expires_at,
                student_id=plan.student_id,
            )


def _evening(on: date, adult: Adult) -> datetime:
    return datetime(on.year, on.month, on.day, ASK_HOUR, tzinfo=adult.hours.zone)


class SeasonNotice(RoomNotice):
    """A question that applies until the parent has said what they plan, or the holidays have begun."""

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        seasons = Season.objects.filter(
            pk__in={one.about_id for one in asked}, starts_on__gt=timezone.localdate(at)
        )
        ahead = set(seasons.values_list("pk", flat=True))
        settled = _settled(ahead)
        for one in asked:
            if one.about_id in ahead and (one.about_id, one.adult_id) not in settled:
                yield one.message_id


class PartingNotice(RoomNotice):
    """A message after a parting. `which` is the day of leaving; a different day has its own message."""

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        plans = ReunionPlan.objects.filter(
            adult_id__in={one.adult_id for one in asked}, leaves_on__in={one.which for one in asked}
        ).exclude(outcome=ReunionPlan.Outcome.FELL_THROUGH)
        left = {
            (adult_id, f"{day}") for adult_id, day in plans.values_list("adult_id", "leaves_on")
        }
        for one in asked:
            if (one.adult_id, one.which) in left:
                yield one.message_id


class AnswerNotice(RoomNotice):
    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        rows = InfoAsked.objects.filter(pk__in={one.about_id for one in asked})
        answered = set(rows.exclude(answered_at=None).values_list("pk", flat=True))
        for one in asked:
            if one.about_id in answered:
                yield one.message_id
