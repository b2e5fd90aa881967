"""Queries about rounds. Scores are computed when they are read, because editions and answers never change."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from core.prepared import prepared
from core.requests import key_of
from guardians.rules import age_on
from schools.models import School, SchoolClass
from schools.policies import today_in
from students.models import Student
from students.queries import current_enrolments
from surveys import rules, scoring, shipped
from surveys.asked import Asked, asked_of
from surveys.instruments import Instrument, Item
from surveys.models import Answer, Edition, Round, Seat, Sitting


@dataclass(frozen=True)
class Choice:
    """An instrument that can be asked: `value` is the key of a shipped one or the id of an edition."""

    value: str
    instrument: Instrument


def choices_for(school: School) -> list[Choice]:
    """Return instruments with wording.

    First come the school's own and imported ones, the latest first, then our pulses.
    """
    own = [Choice(key, one) for key, one in shipped.instruments().items() if _may_be_given(one)]
    editions = sorted(latest_editions(school), key=lambda one: one.made_at, reverse=True)
    return [
        Choice(str(edition.pk), edition.instrument)
        for edition in editions
        if edition.key not in {one.value for one in own} and _may_be_given(edition.instrument)
    ] + own


def _may_be_given(instrument: Instrument) -> bool:
    return instrument.has_wording and bool(rules.ways_of(instrument))


def latest_editions(school: School) -> list[Edition]:
    rows = Edition.objects.filter(school=school).order_by("key", "-made_at", "-pk")
    return list(rows.distinct("key"))


def editions_of(school: School) -> list[Edition]:
    """Return all editions that the school has kept, the latest first.

    A filled-in form may follow an older one.
    """
    return list(Edition.objects.filter(school=school).order_by("-made_at", "-pk"))


def instrument_named(key: str, school: School) -> Instrument | None:
    """Return the school's edition if there is one, else the definition that we ship."""
    editions = {one.key: one for one in latest_editions(school)}
    return editions[key].instrument if key in editions else shipped.instruments().get(key)


def edition_chosen(school: School, choice: str) -> Edition | None:
    """Return the edition that was chosen; None for a shipped one that the school asks for the first time."""
    pk = key_of(choice)
    return Edition.objects.get(school=school, pk=pk) if pk else None


@dataclass(frozen=True)
class Lately:
    """Children to be asked now who were asked the same within its window, and when last."""

    children: int
    last_on: date
    days: int  # the window
    is_open: bool  # the other round is still open for some of them


def asked_lately(
    instrument: Instrument,
    how: str,
    asked: Collection[Asked],
    school: School,
    at: datetime,
) -> Lately | None:
    """Return which children of `asked` were asked the same lately; None if none was.

    It considers rounds of the same instrument for the same kind of people: parents at home or in a talk, for
    instance.
    """
    days = rules.again_after_days(instrument)
    on = today_in(school, at)
    class_of = {form.student_id: form.class_id for form in asked}
    alike = [one for one, who in rules.ASKS.items() if who & rules.ASKS[how]]
    rounds = Round.objects.filter(school=school, edition__key=instrument.key, how__in=alike)
    still_open = rounds.filter(Round.open_on(on), classes__in=set(class_of.values()))
    waiting = dict(still_open.order_by("opened_at").values_list("classes", "opened_at"))
    seats = Seat.objects.filter(
        round__in=rounds, student_id__in=class_of, begun_at__isnull=False
    ).order_by("begun_at")
    # Compare days, so that a lesson at the same time last week is a week ago.
    told = {
        student_id: day
        for student_id, begun_at, finished_at in seats.values_list(
            "student_id", "begun_at", "finished_at"
        )
        if (day := today_in(school, finished_at or begun_at)) > on - timedelta(days=days)
    }
    told |= {
        pk: max(today_in(school, waiting[class_id]), told.get(pk, date.min))
        for pk, class_id in class_of.items()
        if class_id in waiting
    }
    if not told:
        return None
    return Lately(len(told), max(told.values()), days, bool(waiting))


def is_outdated(edition: Edition) -> bool:
    """Return whether the edition is older than the definition that we ship under its name."""
    ours = shipped.instruments().get(edition.key)
    return ours is not None and edition.version < ours.version


def age_of(student: Student, school: School, at: datetime) -> int | None:
    return age_on(student.born_on, today_in(school, at)) if student.born_on else None


def items_for(seat: Seat, at: datetime) -> tuple[Item, ...]:
    """Return the items for the child's age and, where some depend on others, for its answers so far."""
    instrument = seat.round.edition.instrument
    answers = answers_of(seat) if instrument.has_conditions else {}
    return instrument.items_for(age_of(seat.student, seat.school, at), answers)


def answers_of(seat: Seat) -> Mapping[str, str]:
    """Return {item: code of the latest option}; "" if it was skipped.

    A form that nobody has begun has no row yet.
    """
    if seat.pk is None:
        return {}
    return rules.latest(_given(seat_id=seat.pk))


@prepared
def _given(*, seat_id) -> QuerySet[Any]:
    rows = Answer.objects.filter(seat_id=seat_id).order_by("pk")
    return rows.values_list("item", "option")


def answers_shown_to(seat: Seat, user: User) -> Mapping[str, str]:
    """Like `answers_of`, but only answers since this member of staff has had the form.

    They may not read what somebody else was told before.
    """
    if seat.filled_by_id != user.pk or seat.begun_at is None:
        return {}
    rows = seat.answers.filter(at__gte=seat.begun_at).order_by("pk")
    return rules.latest(list(rows.values_list("item", "option")))


@prepared
def answers_to(*, seat_id, item) -> QuerySet[Answer]:
    """Return all answers of one form to one item, in the order in which they arrived."""
    return Answer.objects.filter(seat_id=seat_id, item=item).order_by("pk")


def answer_sent(seat: Seat, item: str, option: str, key: UUID | None) -> Answer | None:
    """Return the answer that this tap has made, if it has arrived."""
    return sent_among(answers_to(seat_id=seat.pk, item=item), option, key)


def sent_among(answers: Iterable[Answer], option: str, key: UUID | None) -> Answer | None:
    """Return the answer with this key and option, if there is one.

    The Back button brings a page with its old key; with another option it is another tap.
    """
    if key is None:
        return None
    return next((one for one in answers if one.option == option and one.key == key), None)


def forms_out(round_: Round, school_class: SchoolClass) -> int:
    """Count unfinished forms that a tablet holds as a whole: it may still send answers."""
    rows = Seat.objects.filter(round=round_, school_class=school_class, finished_at=None)
    return rows.filter(handed_out_at__isnull=False).count()


def is_finished(seat_id: int) -> bool:
    return Seat.objects.filter(pk=seat_id, finished_at__isnull=False).exists()


def sitting_now(round_: Round, school_class: SchoolClass, at: datetime) -> Sitting | None:
    rows = Sitting.objects.filter(round=round_, school_class=school_class, ends_at__gt=at)
    return rows.select_related("duty_adult").first()


@dataclass(frozen=True)
class Progress:
    school_class: SchoolClass
    children: int  # in the class today
    asked: int  # of these children, the ones about whom somebody may answer
    to_ask: int  # forms: of a child itself, of each adult about it, of its teacher
    begun: int
    finished: int

    @property
    def left_out(self) -> int:
        """Children not asked: no consent, wrong age, or nobody who may answer. Nobody sees which."""
        return max(self.children - self.asked, 0)


def asked_in(round_: Round, at: datetime) -> list[Asked]:
    """Return every form of a round as things are today, by class and name."""
    classes = round_.classes.order_by("grade__number", "number")
    return asked_of(classes, round_.edition.instrument, round_.how, round_.school, at)


def screened_among(children: QuerySet[Student], since: datetime, until: datetime) -> int:
    """Count these children for whom a form was finished between the two instants.

    The child or an adult may have finished it.
    """
    forms = Seat.objects.filter(
        student__in=children.order_by().values("pk"), finished_at__gte=since, finished_at__lt=until
    )
    return forms.order_by().values("student").distinct().count()


def finished_forms(rounds: QuerySet[Round]) -> Counter[tuple[int, int]]:
    """Count the finished forms of rounds by (round, class), in one query."""
    done = Seat.objects.filter(round__in=rounds.order_by().values("pk"), finished_at__isnull=False)
    return Counter(done.order_by().values_list("round_id", "school_class_id"))


def progress_of(round_: Round, at: datetime) -> list[Progress]:
    """Return one row for each class, in the school's order, in a fixed number of queries."""
    classes = list(round_.classes.order_by("grade__number", "number"))
    held = current_enrolments(today_in(round_.school, at)).filter(school_class__in=classes)
    children = Counter(held.values_list("school_class_id", flat=True))
    asked = asked_of(classes, round_.edition.instrument, round_.how, round_.school, at)
    seats = Seat.objects.filter(round=round_, begun_at__isnull=False)
    far = Counter(
        (class_id, finished_at is not None)
        for class_id, finished_at in seats.values_list("school_class_id", "finished_at")
    )
    return [
        Progress(
            one,
            children=children[one.pk],
            asked=len({form.student_id for form in asked if form.class_id == one.pk}),
            to_ask=sum(form.class_id == one.pk for form in asked),
            begun=far[(one.pk, False)],
            finished=far[(one.pk, True)],
        )
        for one in classes
    ]


@dataclass(frozen=True)
class Result:
    """One form with its score; `score.asks_for_look` says whether somebody should look."""

    seat: Seat
    answers: Mapping[str, str]
    # Each question that is asked after these answers; "" if it was skipped.
    counted: Mapping[str, str]
    score: scoring.Score
    marks: scoring.Marks


def results_of(seats: QuerySet[Seat], instrument: Instrument) -> list[Result]:
    """Return results by class and name; two queries for any number."""
    rows = list(
        seats.select_related(
            "student", "school", "school_class", "adult", "to_do", "round", "filled_by"
        ).order_by(
            "school_class__grade__number",
            "school_class__number",
            "student__name_pinyin",
            "pk",
        )
    )
    given = _answers_by_seat([seat.pk for seat in rows])
    return [_result(seat, given[seat.pk], instrument) for seat in rows]


def result_of(seat: Seat) -> Result:
    return _result(seat, _answers_by_seat([seat.pk])[seat.pk], seat.round.edition.instrument)


def earlier_seat(seat: Seat) -> Seat | None:
    """Return the last form finished before this one, of the same child and definition.

    It is from an earlier round, asked in the same way and answered by the same person.
    """
    edition, until_at = seat.round.edition, seat.finished_at or seat.round.opened_at
    same_person: dict[str, Any] = {"adult_id": seat.adult_id}
    rows = Seat.objects.filter(
        Q(finished_at__lt=until_at) | Q(finished_at=until_at, pk__lt=seat.pk),
        school_id=seat.school_id,
        student_id=seat.student_id,
        round__how=seat.round.how,
        **same_person,
        round__edition__key=edition.key,
        round__edition__version=edition.version,
    ).select_related("school", "student", "round__edition")
    return rows.exclude(round=seat.round_id).order_by("finished_at", "pk").last()


def spreads_of(round_: Round) -> dict[str, float]:
    """Return {scale: standard deviation} of everybody who finished the round, for scales with enough answers.

    We take one form about each child, so that two adults of one child do not count twice.
    """
    instrument = round_.edition.instrument
    seats = Seat.objects.filter(round=round_, finished_at__isnull=False)
    of_child = {one.seat.student_id: one for one in reversed(results_of(seats, instrument))}
    usable = [one.score for one in of_child.values() if not one.score.is_void]
    found = {}
    for scale in instrument.scales:
        scored = [one for score in usable if (one := score.of(scale.id))]
        values = [float(one.value) for one in scored if one.value is not None]
        if len(values) >= scoring.SPREAD_FROM:
            found[scale.id] = scoring.summary(values).sd
    return found


def _answers_by_seat(pks: Collection[int]) -> dict[int, list[Answer]]:
    found: dict[int, list[Answer]] = defaultdict(list)
    for answer in _answers(seat_ids=list(pks)):
        found[answer.seat_id].append(answer)
    return found


@prepared
def _answers(*, seat_ids) -> QuerySet[Answer]:
    return Answer.objects.filter(seat_id__in=seat_ids).order_by("pk")


def _result(seat: Seat, given: list[Answer], instrument: Instrument) -> Result:
    answers = {one.item: one.option for one in given}
    # A teacher sends the whole page at once, so we count how long it was open.
    began = min(seat.begun_at or given[0].at, given[0].at) if given else None
    seconds = (given[-1].at - began).total_seconds() if began else None
    counted = scoring.score(
        instrument,
        answers,
        sex=seat.student.sex,
        age=age_of(seat.student, seat.school, seat.finished_at or seat.round.opened_at),
    )
    asked = instrument.asked(answers)
    told = {one.id: answers.get(one.id, "") for one in instrument.items if one.id in asked}
    return Result(seat, answers, told, counted, scoring.marks(instrument, told, seconds))


def urgent_answers() -> QuerySet[Answer]:
    """Return every answer that needs an adult now, in a finished form or not.

    Safeguarding's intake reads it.
    """
    return Answer.objects.filter(is_urgent=True)


def seats_with_urgent_answers(round_: Round) -> set[int]:
    """Return ids of the round's forms with an answer that needed an adult, whatever was answered after it."""
    rows = urgent_answers().filter(seat__round=round_)
    return set(rows.values_list("seat_id", flat=True))


def adult_beside(seat_id: int) -> int | None:
    """Return the id of the adult with the child while it answers.

    This is the adult of the lesson, or the teacher who fills in the form.
    """
    rows = Seat.objects.filter(pk=seat_id).values_list(
        "sitting__duty_adult_id", "filled_by_id", "round__how"
    )
    for duty, filled_by, how in rows:
        return duty or (filled_by if how == rules.BY_STAFF else None)
    return None


def seats_asking_for_adult() -> QuerySet[Seat]:
    return Seat.objects.filter(wants_adult_at__isnull=False)
