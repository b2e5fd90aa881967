"""What a child says while it answers questions at school: an urgent answer, or "I want to talk to someone".

The first opens a concern. While that concern is open, we tell its holder what comes later; once it is closed,
we open another, because a tablet may deliver an answer days after the lesson and a second yes is a new event.
Every answer and every call is followed by a concern or an entry with a key of its own, so it is reported
once.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat, Extract, Floor

from accounts.models import User
from core.addresses import page_above
from safeguarding import presenters, queries, rules
from safeguarding.models import Concern, ConcernEntry
from safeguarding.opening import alert, open_concern
from safeguarding.sources import ROWS_AT_ONCE
from safeguarding.urgency import urgency_of
from surveys.models import Answer, Seat
from surveys.queries import seats_asking_for_adult, urgent_answers
from surveys.told import Told

Kind = ConcernEntry.Kind


def answers_to_follow() -> list[Answer]:
    """Return urgent answers that nobody was told of, in order of arrival.

    The first answer of a form is known by its concern, each later one by its entry.
    """
    told = ConcernEntry.objects.filter(source_key=_key("answer:", "pk"))
    opened = Concern.objects.filter(source_key=_key("survey:", "seat_id"))
    earlier = urgent_answers().filter(seat_id=OuterRef("seat_id"), pk__lt=OuterRef("pk"))
    rows = urgent_answers().exclude(Exists(told)).exclude(~Exists(earlier), Exists(opened))
    return list(rows.order_by("pk").select_related("school", "seat__student")[:ROWS_AT_ONCE])


def calls_to_follow() -> list[Seat]:
    """Return children who tapped "I want to talk to someone", first or again, and are not reported yet."""
    opened = Concern.objects.filter(
        source_key=_key("seat:", "pk"), opened_at__gte=OuterRef("wants_adult_at")
    )
    moment = Cast(
        Floor(Extract(OuterRef("wants_adult_at"), "epoch", tzinfo=UTC)), BigIntegerField()
    )
    key = Concat(_key("seat:", "pk"), Value(":"), Cast(moment, CharField()))
    opened_again, told = (model.objects.filter(source_key=key) for model in (Concern, ConcernEntry))
    rows = seats_asking_for_adult().exclude(Exists(opened) | Exists(opened_again) | Exists(told))
    return list(rows.select_related("school", "student").order_by("wants_adult_at")[:ROWS_AT_ONCE])


def _key(kind: str, of: str) -> Concat:
    return Concat(Value(kind), Cast(OuterRef(of), CharField()))


def told_of(seats: Collection[Seat], user: User, at: datetime) -> dict[int, Told]:
    """Return {seat id: the concern about the urgent answers of that form}; one query for any number.

    A concern that was joined to another is replaced by that one.
    """
    students = {seat.student_id for seat in seats}
    visible = queries.concerns_for_list(user, at).filter(student_id__in=students).in_bulk()
    found = {}
    # Sorted by the longest wait, so that the latest of each form stays.
    for concern in visible.values():
        name, _colon, rest = concern.source_key.partition(":")
        into: Concern | None = concern
        while into is not None and into.joined_to_id is not None:
            into = visible.get(into.joined_to_id)
        if name == "survey" and into is not None:
            found[int(rest.split(":")[0])] = into
    return {
        seat.pk: Told(
            urgency=urgency_of(found[seat.pk]),
            whose=presenters.whose(found[seat.pk], user, at),
            url=page_above("concern", found[seat.pk].pk),
        )
        for seat in seats
        if seat.pk in found
    }


def are_of_self_harm(concerns: Iterable[Concern]) -> bool:
    """Return whether all these concerns come from the self-harm item of a published scale.

    If so, there is no sign that somebody else may harm the child. In a school's own wording an urgent
    question may ask about anything.
    """
    seats = []
    for concern in concerns:
        if concern.source != Concern.Source.SURVEY:
            return False
        seats.append(int(concern.source_key.split(":")[1]))
    forms = Seat.objects.filter(pk__in=seats).select_related("round__edition")
    return bool(seats) and all(seat.round.edition.instrument.urgent for seat in forms)


@transaction.atomic
def follow_answer(answer: Answer, at: datetime) -> bool:
    """Follow up an urgent answer; return whether a concern was opened.

    Only the counsellor reads what the answer says. The class teacher hears of it only if they are the adult
    of that lesson.
    """
    seat = answer.seat
    facts = {"source": Concern.Source.SURVEY, "asked_for": rules.COUNSELLOR}
    return _follow(f"survey:{seat.pk}", f":{answer.pk}", f"answer:{answer.pk}", seat, facts, at)


@transaction.atomic
def follow_call(seat: Seat, at: datetime) -> bool:
    """Open a concern for a child who wants an adult to come now; return whether it was opened."""
    first = f"seat:{seat.pk}"
    moment = f":{int(seat.wants_adult_at.timestamp())}" if seat.wants_adult_at else ""
    facts = {"source": Concern.Source.PUPIL, "wanted_when": "now"}
    return _follow(first, moment, f"{first}{moment}", seat, facts, at)


def _follow(
    first: str, again: str, entry: str, seat: Seat, facts: dict[str, Any], at: datetime
) -> bool:
    """Open a concern, or report to the open one again; return whether one was opened.

    `first` is the key of the form's first concern; `first` followed by `again` is the key of a later one.
    """
    # Locked, so that nobody closes it while we add to it. A joined concern continues in another.
    rows = Concern.objects.select_for_update(of=("self",))
    keys = Q(source_key=first) | Q(source_key__startswith=f"{first}:")
    before = found = rows.filter(keys).order_by("-pk").first()
    while found is not None and found.joined_to_id is not None:
        found = rows.get(pk=found.joined_to_id)
    if found is not None and found.closed_at is None:
        told = {"concern": found, "school_id": found.school_id, "kind": Kind.AGAIN, "at": at}
        _entry, is_new = ConcernEntry.objects.get_or_create(source_key=entry, defaults=told)
        # If nobody has taken it yet, the ladder continues anyway.
        if is_new and found.acknowledged_at and found.named_adult_id:
            alert(found, [found.named_adult_id], at)
        return False
    return open_concern(
        student=seat.student,
        school=queries.school_now(seat.student, seat.school, at),
        source_key=f"{first}{again}" if before else first,
        at=at,
        **facts,
    )[1]
