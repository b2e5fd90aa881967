"""The family's home page and "me": a card for each child, and the adult's contact details in plain words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from core.addresses import address
from core.days import near_day, week_day, weekday_names
from core.prepared import ask_together, prepared
from doors.family.lines import lines_of, questions_of
from doors.family.picture import News, latest_news, own_pages
from guardians.family_lines import FamilyLine
from guardians.hours import local_day
from guardians.models import Adult, Contact, ContactPoint, Guardianship
from guardians.policies import ties_of
from guardians.rules import days_since
from messaging.family.acts import link_questions, open_links
from messaging.models import CheckInPlan
from messaging.plans.rules import OWN_PAUSE_DAYS, OwnRhythm
from messaging.presenters.family import greeting
from messaging.queries.plan_facts import waits_with_class
from messaging.rules import next_due_on
from schools.models import holds_on
from schools.rollout.queries import classes_that_wait, waiting
from students.models import Enrolment, Student

RHYTHMS: dict[int | str, Any] = {
    "": gettext_lazy("As the school asks"),
    7: gettext_lazy("Once a week"),
    14: gettext_lazy("Every 2 weeks"),
    28: gettext_lazy("Every 4 weeks"),
}  # labels for rhythm_rules.OWN_RHYTHMS
BRIDGE_DAYS = 7  # places for today on the drawn bridge
DAYS_OF_A_WEEK = 7
LINES_SHOWN = 4  # on a card; the child's own page shows all of them


@dataclass(frozen=True)
class Card:
    student_name: str
    class_name: str
    talk_text: str
    talk_day: str
    bridge_position: int | None
    next_day: str
    next_text: str
    check_in_url: str
    url: str
    good_news: str = ""
    good_news_by: str = ""
    lines: list[FamilyLine] = field(default_factory=list)
    due: FamilyLine | None = None
    is_quiet: bool = False


def home(adults: Collection[Adult], at: datetime) -> dict[str, Any]:
    """Return the context of the home page; as many queries for ten children as for one."""
    people = list(adults)
    local = at.astimezone(people[0].hours.zone)
    return {
        "adult": people[0],
        "greeting": greeting(people[0].name, local.hour, people[0].shift),
        "today_text": week_day(local.date()),
        "cards": one_solid(cards(adults, local.date(), at)),
        "school_phone": people[0].school.phone,
    }


def cards(adults: Collection[Adult], today: date, at: datetime) -> list[Card]:
    people = list(adults)
    keys = [adult.pk for adult in people]
    held = ties_of(adult_ids=keys, on=today)
    children = {row.student_id: row.student for row in held}
    own = {row.student_id for row in held if row.kind == Guardianship.Kind.PARENT}
    ask_together(
        [
            _classes.question(student_ids=children, on=today),
            _latest_talks.question(student_ids=children),
            _plans.question(student_ids=children, on=today),
            *link_questions(keys, at),
            *questions_of(list(children), people, at),
        ]
    )
    classes = dict(_classes(student_ids=children, on=today))
    own_talks: dict[int, date] = {}  # child → last talk with this adult
    any_talks: dict[int, date] = {}  # child → last talk with any parent
    for child, adult, on in _latest_talks(student_ids=children):
        any_talks[child] = max(on, any_talks.get(child, on))
        if adult in keys:
            own_talks[child] = max(on, own_talks.get(child, on))
    planned = {pk: plan for pk, *plan in _plans(student_ids=children, on=today)}
    tokens = open_links(keys, at)
    news = latest_news(list(children), at, today)
    lines = lines_of(list(children), people, at)
    return [
        _card(
            student,
            classes.get(pk, ""),
            (own_talks if pk in own else any_talks).get(pk),
            pk in own,
            _asked_next(planned.get(pk), any_talks.get(pk)),
            tokens.get(pk, ""),
            today,
            news=next(iter(news.get(pk, [])), None),
            lines=lines[pk],
        )
        for pk, student in children.items()
    ]


def one_solid(found: list[Card]) -> list[Card]:
    """Leave one solid button on the page: a waiting question comes before anything else that is due."""
    first = next((card for card in found if card.check_in_url), None)
    first = first or next((card for card in found if card.due), None)
    return [card if card is first else replace(card, is_quiet=True) for card in found]


@prepared
def _classes(*, student_ids, on) -> QuerySet[Any]:
    in_class = Enrolment.objects.filter(holds_on(on), student_id__in=student_ids)
    return in_class.values_list("student_id", "school_class__name")


@prepared
def _plans(*, student_ids, on) -> QuerySet[Any]:
    """Return open plans.

    Children whose school or class has not started yet are left out: nobody is asked before that day.
    """
    rows = CheckInPlan.objects.filter(student_id__in=student_ids, ended_on=None)
    rows = rows.exclude(school__in=waiting(on).values("school"))
    rows = rows.exclude(waits_with_class(classes_that_wait(on), on))
    return rows.values_list("student_id", "next_due_on", "every_days")


def _asked_next(plan: Sequence[Any] | None, talked_on: date | None) -> date | None:
    """Return the day of the next question.

    A talk puts it off as soon as it is recorded, although the plan itself moves only during the night.
    """
    if plan is None:
        return None
    planned_on, every_days = plan
    if talked_on is None:
        return planned_on
    return max(planned_on, next_due_on(every_days, talked_on))


@prepared
def _latest_talks(*, student_ids) -> QuerySet[Any]:
    rows = Contact.objects.filter(student_id__in=student_ids, retracted_at=None).order_by()
    return rows.values_list("student_id", "adult_id").annotate(on=Max("happened_on"))


def _card(
    student: Student,
    class_name: str,
    last: date | None,
    is_parent: bool,
    next_on: date | None,
    token: str,
    today: date,
    *,
    news: News | None,
    lines: list[FamilyLine],
) -> Card:
    days = days_since(last, today)
    is_asked = is_parent and next_on is not None and next_on >= today
    next_day = near_day(next_on, today) if is_asked and next_on else ""
    next_text = pgettext("under a day", "we ask again") if next_day else ""
    due = next((line for line in lines if line.is_due and line.button), None)
    talk_text = _("Last talk:") if is_parent else _("Last talk with a parent:")
    return Card(
        student_name=student.given_name,
        class_name=class_name,
        talk_text=talk_text if last else _("no talk recorded yet"),
        talk_day=_talk_day(last, today) if last else "",
        bridge_position=None if days is None else min(days, BRIDGE_DAYS),
        next_day="" if token else next_day,
        next_text=_("A question is waiting for you") if token else next_text,
        check_in_url=reverse("check_in:open", args=[token]) if token else "",
        url=address("family:child", student.pk),
        good_news=news.text if news else "",
        good_news_by=news.teacher if news else "",
        lines=[line for line in lines if line is not due][:LINES_SHOWN],
        due=due,
    )


def _talk_day(last: date, today: date) -> str:
    """Return the weekday of the talk, such as 周二, never the number of days since, which reads like a
    reproach.
    """
    is_this_week = timedelta(1) < today - last < timedelta(DAYS_OF_A_WEEK)
    return weekday_names()[last.weekday()] if is_this_week else near_day(last, today)


def me(adults: Collection[Adult], at: datetime) -> dict[str, Any]:
    people = list(adults)
    points = ContactPoint.objects.filter(adult__in=people).exclude(address="")
    by_address = {point.address: point for point in reversed(points)}
    contacts: list[dict[str, str]] = []
    for point in reversed(by_address.values()):
        heard_of = point.last_replied_at or point.last_delivered_at or point.verified_at
        works = bool(heard_of) and not point.disputed_at and not point.failing_since
        state = _("works") if works else ""
        if point.disputed_at:
            state = _("someone said it is not yours")
        elif point.failing_since:
            state = _("messages are not arriving")
        if point.kind not in ContactPoint.TYPED:
            contacts.append({"label": str(point.get_kind_display()), "value": state})
            continue
        is_verified = works and point.signs_in_by
        verify_url = "" if is_verified else address("family:verify_way", point.pk)
        label = _("Phone") if point.kind == ContactPoint.Kind.PHONE else _("E-mail")
        value = spaced(point.address)
        contacts.append({"label": label, "value": value, "state": state, "verify_url": verify_url})
    return {
        "adult": people[0],
        "own_pages": own_pages(),
        "contacts": contacts,
        "sends": [
            _("One question a week: have you and your child talked? One tap is enough."),
            _(
                "Why: the law asks parents who are away to keep in touch every week, and a teacher who "
                "knows how things stand can help in time."
            ),
        ],
        "asking": _asking(people[0], at),
        "is_stopped": all(person.opted_out_at for person in people),
        "school_phone": people[0].school.phone,
        "stop_url": reverse("family:stop"),
        "start_url": reverse("family:start"),
        "language_url": reverse("family:language"),
        "sign_out_url": reverse("family:sign_out"),
    }


def _asking(adult: Adult, at: datetime) -> dict[str, Any]:
    """Return how often we ask this adult, when we ask again after a pause, and the choices they have."""
    row = getattr(adult, "own_rhythm", None)
    own = row.rhythm if row else OwnRhythm()
    today = local_day(adult.hours, at)
    again_on = own.free_on(today) if own.is_paused(today) else None
    return {
        "url": reverse("family:questions"),
        "again_on": near_day(again_on, today) if again_on else "",
        "pauses": [
            (days, near_day(today + timedelta(days=days), today)) for days in OWN_PAUSE_DAYS
        ],
        "rhythms": [
            (days, words, own.every_days == (days or None))
            for days, words in RHYTHMS.items()
            if days != 7 or own.every_days == 7  # most schools ask once a week anyway
        ],
    }


def spaced(address: str) -> str:
    """Turn +8613893510001 into 138 9351 0001; leave other addresses as they are."""
    if address.startswith("+861") and len(address) == 14:
        return f"{address[3:6]} {address[6:10]} {address[10:]}"
    return address
