"""Change rounds: open one, give it to a class, save answers, close it."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from core.prepared import prepared
from guardians.models import Adult
from schools.models import School, SchoolClass
from schools.policies import today_in
from surveys import invitations, queries, rules, shipped
from surveys.asked import Asked, asked_of, children_to_ask
from surveys.instruments import Instrument, read
from surveys.models import Answer, Edition, Round, Seat, Sitting, ToDo


class TooLarge(ValueError):
    """More talks would be needed than the school can hold; `load` has the figures."""

    def __init__(self, load: rules.Load):
        super().__init__(f"{load.talks} > {load.capacity}")
        self.load = load


class Outdated(ValueError):
    """The definition has changed since the school imported the wording: limits, or what is urgent."""


class AskedLately(ValueError):
    """Some of these children were asked the same within its window; `lately` says how many and when."""

    def __init__(self, lately: queries.Lately, instrument: Instrument):
        super().__init__(f"{lately.children} on {lately.last_on}")
        self.lately, self.instrument = lately, instrument


class NobodyToAsk(ValueError):
    """No child of these classes has the right age and the family's consent."""


class Refused(ValueError):
    """The answer is not one of the item's options or comes too late, or nobody may begin the form."""


def keep_edition(
    *, school: School, definition: Mapping[str, Any], by: User | None, at: datetime
) -> Edition:
    """Save the definition, once for each school. `by`: None if a pulse asks it. Raises BadInstrument."""
    instrument = read(definition)
    edition, _is_new = Edition.objects.get_or_create(
        school=school,
        digest=shipped.digest_of(definition),
        defaults={
            "key": instrument.key,
            "version": instrument.version,
            "definition": definition,
            "made_by": by,
            "made_at": at,
        },
    )
    return edition


def _edition_to_ask(school: School, choice: str, by: User, at: datetime) -> Edition:
    """Return the school's own wording, or ours, saved when the school first asks it. Raises Outdated."""
    edition = queries.edition_chosen(school, choice)
    if edition is None:
        definition = shipped.definitions()[choice]
        edition = keep_edition(school=school, definition=definition, by=by, at=at)
    if queries.is_outdated(edition):
        raise Outdated
    return edition


@transaction.atomic
def open_round(
    *,
    school: School,
    choice: str,
    how: str = Round.How.CLASS,
    classes: Collection[SchoolClass],
    due_on: date,
    talks_per_week: int,
    again: bool = False,
    key: UUID,
    by: User,
    at: datetime,
) -> Round:
    """Open a round. The same `key` opens it only once.

    `choice` names an instrument (queries.choices_for), `how` one of its ways (rules.ways_of). Raises Refused
    for any other way, Outdated, NobodyToAsk, TooLarge, and AskedLately unless `again` says that the children
    should be asked again.
    """
    edition = _edition_to_ask(school, choice, by, at)
    if how not in rules.ways_of(edition.instrument):
        raise Refused("way")
    asked = asked_of(classes, edition.instrument, how, school, at)
    if not asked:
        raise NobodyToAsk
    children = len({form.student_id for form in asked})
    load = rules.load_of(edition.instrument, children, talks_per_week)
    if load.is_too_much:
        raise TooLarge(load)
    lately = queries.asked_lately(edition.instrument, how, asked, school, at)
    if lately and not again and not Round.objects.filter(key=key).exists():
        raise AskedLately(lately, edition.instrument)
    opened, is_new = Round.objects.get_or_create(
        key=key,
        defaults={
            "school": school,
            "edition": edition,
            "how": how,
            "due_on": due_on,
            "talks_per_week": talks_per_week,
            "opened_by": by,
            "opened_at": at,
        },
    )
    if is_new:
        opened.classes.set(classes)
        if opened.is_at_home:
            invitations.invite(round_=opened, asked=asked, at=at)
    return opened


@transaction.atomic
def close_round(*, round_: Round, by: User, at: datetime) -> Round:
    """Close the round: nobody can answer any more; the answers stay. No change if it is closed already."""
    locked = Round.objects.select_for_update().get(pk=round_.pk)
    if locked.closed_at is None:
        locked.closed_at, locked.closed_by = at, by
        locked.save(update_fields=["closed_at", "closed_by"])
        Seat.objects.filter(round=locked).update(code=None)
        invitations.call_off(round_=locked, at=at)
    return locked


@transaction.atomic
def begin_sitting(
    *, round_: Round, school_class: SchoolClass, duty_adult: User, by: User, at: datetime
) -> Sitting:
    """Start a lesson in which the class answers.

    Two simultaneous calls start one lesson. A child who has finished gets no second seat.
    """
    locked = Round.objects.select_for_update().select_related("school", "edition").get(pk=round_.pk)
    if not locked.is_in_class or not locked.is_open(today_in(locked.school, at)):
        raise Refused("closed")
    running = queries.sitting_now(locked, school_class, at)
    if running is not None:
        return running
    sitting = Sitting(
        school=locked.school,
        round=locked,
        school_class=school_class,
        duty_adult=duty_adult,
        begun_by=by,
        begun_at=at,
        ends_at=at + timedelta(minutes=rules.LESSON_MINUTES),
    )
    _save_with_code(sitting, "tablet_code", rules.TABLET_CODE_DIGITS)
    # A child who began in an earlier lesson continues in this one.
    seated = {seat.student_id: seat for seat in Seat.objects.filter(round=locked)}
    for pk in children_to_ask([school_class], locked.edition.instrument, locked.school, at):
        seat = seated.get(pk) or Seat(school=locked.school, round=locked, student_id=pk)
        if seat.finished_at is None:
            seat.sitting, seat.school_class = sitting, school_class
            _save_with_code(seat, "code", rules.SEAT_CODE_DIGITS)
    return sitting


def _save_with_code(row: Seat | Sitting, field: str, digits: int) -> None:
    """Save the row with a code that no other row has."""
    while True:
        code = f"{secrets.randbelow(10**digits):0{digits}d}"
        setattr(row, field, code)
        try:
            with transaction.atomic():
                row.save()
            return
        except IntegrityError:
            if not type(row).objects.filter(**{field: code}).exists():
                raise


@transaction.atomic
def end_sitting(*, sitting: Sitting, at: datetime) -> None:
    """End the lesson: its codes stop working; unfinished forms may continue in another lesson."""
    locked = Sitting.objects.select_for_update().get(pk=sitting.pk)
    if locked.ends_at > at:
        locked.ends_at = max(at, locked.begun_at)
        locked.save(update_fields=["ends_at"])


@transaction.atomic
def take_form(*, round_: Round, asked: Asked, by: User | None, at: datetime) -> Seat:
    """Begin or continue the form of one adult, or of a member of staff, about one child.

    `by`: who asks the questions or answers them; None: the family itself. Raises Refused if it is finished or
    the round is closed.
    """
    locked = Round.objects.select_for_update().get(pk=round_.pk)
    if locked.is_in_class or not locked.is_open(today_in(round_.school, at)):
        raise Refused("closed")
    whom: dict[str, Any] = {"student_id": asked.student_id, "adult_id": asked.adult_id}
    seat, _is_new = Seat.objects.get_or_create(
        round=locked,
        **whom,
        defaults={"school": round_.school, "school_class_id": asked.class_id, "begun_at": at},
    )
    if seat.finished_at is not None:
        raise Refused("finished")
    if seat.school_class_id != asked.class_id:
        # The child has moved to another class of the round.
        seat.school_class_id = asked.class_id
        seat.save(update_fields=["school_class"])
    if by is not None:
        take_over(seat=seat, by=by, at=at)
    return seat


def take_over(*, seat: Seat, by: User, at: datetime) -> None:
    """Give the form to `by`, who does not see what a colleague was told before (queries.answers_shown_to).

    No change if they have it already.
    """
    if seat.filled_by_id != by.pk:
        seat.filled_by, seat.begun_at = by, at
        seat.save(update_fields=["filled_by", "begun_at"])


@transaction.atomic
def save_answer(
    *,
    seat: Seat,
    item: str,
    option: str,
    at: datetime,
    key: UUID | None = None,
    gives_way_to: Callable[[Answer], bool] | None = None,
) -> Answer:
    """Save one tap; an empty `option` means skipped. Raises Refused.

    Repeating the same option or the same `key` changes nothing. Nothing is saved either if `gives_way_to` is
    true for an earlier answer to the item.
    """
    [locked] = _locked(pk=seat.pk)
    before = queries.answers_to(seat_id=seat.pk, item=item)
    sent_before = queries.sent_among(before, option, key)
    if sent_before:
        return sent_before
    if gives_way_to and any(map(gives_way_to, before)):
        return before[-1]
    if locked.finished_at is not None:
        raise Refused("finished")
    instrument = seat.round.edition.instrument
    asked = next((one for one in queries.items_for(seat, at) if one.id == item), None)
    if asked is None or (option and asked.option(option) is None):
        raise Refused("no_such_answer")
    if before and before[-1].option == option:
        return before[-1]
    answer = _write(locked, item, option, key, at, is_urgent=instrument.is_urgent(item, option))
    # Set it now, because the child may stop half-way; finishing the form sets it again.
    chosen = asked.option(option)
    asks_for_look = locked.asks_for_look or bool(chosen and chosen.is_to_look_at)
    if instrument.is_scored and not asks_for_look:
        asks_for_look = queries.result_of(seat).score.asks_already
    if locked.begun_at is None or asks_for_look != locked.asks_for_look:
        locked.begun_at, locked.asks_for_look = locked.begun_at or at, asks_for_look
        locked.save(update_fields=["begun_at", "asks_for_look"])
    return answer


@prepared
def _locked(*, pk) -> QuerySet[Seat]:
    return Seat.objects.select_for_update().filter(pk=pk)


def _write(
    seat: Seat, item: str, option: str, key: UUID | None, at: datetime, *, is_urgent: bool
) -> Answer:
    return Answer.objects.create(
        school_id=seat.school_id,
        seat=seat,
        item=item,
        option=option,
        is_urgent=is_urgent,
        key=key,
        at=at,
    )


@transaction.atomic
def keep_urgent(*, seat: Seat, item: str, option: str, key: UUID | None, at: datetime) -> Answer:
    """Save an answer that needs an adult at once, even when it is too late for any other.

    We still alert the people who look after the child. No change if the same `key` arrived before. Raises
    Refused for any other answer.
    """
    if not seat.round.edition.instrument.is_urgent(item, option):
        raise Refused("not_urgent")
    [locked] = _locked(pk=seat.pk)
    sent_before = queries.answer_sent(locked, item, option, key)
    if sent_before:
        return sent_before
    locked.begun_at, locked.asks_for_look = locked.begun_at or at, True
    locked.save(update_fields=["begun_at", "asks_for_look"])
    return _write(locked, item, option, key, at, is_urgent=True)


@transaction.atomic
def save_answers(*, seat: Seat, answers: Mapping[str, str], at: datetime) -> None:
    """Save what is new on a page with every question, all or nothing.

    Items that are no longer asked, because of another answer on the page or a birthday, are left out. Raises
    Refused for a finished form.
    """
    known = queries.answers_of(seat)
    for item, option in answers.items():
        is_asked = any(one.id == item for one in queries.items_for(seat, at))
        if is_asked and known.get(item) != option:
            save_answer(seat=seat, item=item, option=option, at=at)


@transaction.atomic
def finish(*, seat: Seat, at: datetime) -> Seat:
    """Finish the form.

    An adult who talked with the child when it had stopped half-way has not seen all its answers, so the child
    comes back to the list of talks.
    """
    [locked] = _locked(pk=seat.pk)
    if locked.finished_at is None:
        locked.finished_at, locked.code = at, None
        locked.asks_for_look = queries.result_of(seat).score.asks_for_look
        if locked.asks_for_look:
            locked.looked_at = locked.looked_by = None
        locked.save(
            update_fields=["finished_at", "code", "asks_for_look", "looked_at", "looked_by"]
        )
    return locked


def note_all_answered(*, round_: Round, adult: Adult, at: datetime) -> None:
    """Stop the reminder that still waits, because the adult has answered about every child."""
    invitations.call_off(round_=round_, adult_id=adult.pk, at=at)


@transaction.atomic
def want_adult(*, seat: Seat, at: datetime) -> None:
    """Record that the child wants somebody to come; safeguarding reads it within seconds.

    Two taps within a minute count once, because a finger taps twice and a tablet that lost the reply sends
    again.
    """
    [locked] = _locked(pk=seat.pk)
    before = locked.wants_adult_at
    if before is None or at - before > timedelta(minutes=1):
        locked.wants_adult_at = at
        locked.save(update_fields=["wants_adult_at"])


def note_handed_out(*, seats: Sequence[Seat], sitting: Sitting, at: datetime) -> None:
    """Record that a tablet has the whole forms of these children. No change if it is the same lesson."""
    earlier = Q(handed_out_at=None) | Q(handed_out_at__lt=sitting.begun_at)
    Seat.objects.filter(earlier, pk__in=[one.pk for one in seats]).update(handed_out_at=at)


def note_looked(*, seat: Seat, by: User, at: datetime) -> None:
    """Record that somebody has talked with the child. The first entry stays, until the form is finished."""
    Seat.objects.filter(pk=seat.pk, looked_at=None).update(looked_at=at, looked_by=by)


def note_done(*, to_do: ToDo, by: User, at: datetime) -> None:
    """Record that the class teacher has done it. The first entry stays."""
    ToDo.objects.filter(pk=to_do.pk, done_at=None).update(done_at=at, done_by=by)


@transaction.atomic
def write_to_do(*, seat: Seat, words: str, by: User, at: datetime) -> ToDo | None:
    """Ask the class teacher to do something; empty words take it back.

    Other words are another row, so that a page from before cannot say that they are done.
    """
    Seat.objects.select_for_update(no_key=True).get(pk=seat.pk)  # two at once wait
    before = ToDo.objects.filter(seat=seat)
    if words and (same := before.filter(words=words, done_at=None).first()):
        return same
    before.delete()
    if not words:
        return None
    return ToDo.objects.create(
        seat=seat, school=seat.school, words=words, written_by=by, written_at=at
    )
