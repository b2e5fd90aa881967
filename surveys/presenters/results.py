"""Results of a round: who needs a look, what each class answered, one child's answers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from schools.models import SchoolClass
from schools.policies import today_in
from surveys import changes, policies, queries, rules, scoring, shipped, wording
from surveys.instruments import LEVELS, LOOK, SOON, Instrument
from surveys.models import Round, Seat
from surveys.presenters import bars
from surveys.told import told_of

NOT_ASKED = "-"  # the question was not asked: in no column
TINTS = 4  # steps of the heat map


# Days before or after, within which a round about strengths belongs beside one about difficulties: half a
# school year (our own choice).
BESIDE_DAYS = 180


def strengths_beside(round_: Round) -> dict[str, Any]:
    """Return what the children of these classes do well, asked about the same time, or the link to ask it.

    Empty for a round that does not look for difficulties.
    """
    instrument = round_.edition.instrument
    if not instrument.is_validated or instrument.key == shipped.STRENGTHS:
        return {}
    span = timedelta(days=BESIDE_DAYS)
    rows = Round.objects.filter(
        school=round_.school_id,
        edition__key=shipped.STRENGTHS,
        classes__in=round_.classes.all(),
        opened_at__range=(round_.opened_at - span, round_.opened_at + span),
    )
    found = rows.order_by("-opened_at", "-pk").first()
    classes = round_.classes.order_by("grade__number", "number").values_list("pk", flat=True)
    asked = urlencode({"choice": shipped.STRENGTHS, "class": list(classes)}, doseq=True)
    return {"round": found, "url": f"{reverse('surveys:new')}?{asked}"}


def round_page(round_: Round, user: User, at: datetime) -> dict[str, Any]:
    """Return the counsellor's page: progress, children to look at, and what each class answered."""
    instrument = round_.edition.instrument
    on = today_in(round_.school, at)
    seats = policies.seats_visible_to(user, on).filter(round=round_)
    urgent_ids = queries.seats_with_urgent_answers(round_)
    results = queries.results_of(seats.filter(finished_at__isnull=False), instrument)
    # Answers of children who stopped half-way may already ask for a look; an open question does not.
    half_way = seats.filter(Q(asks_for_look=True) | Q(pk__in=urgent_ids), finished_at=None)
    begun = queries.results_of(half_way, instrument)
    stopped = [one for one in begun if one.score.asks_already or one.seat.pk in urgent_ids]
    urgent = [one for one in (*results, *stopped) if one.seat.pk in urgent_ids]
    look = [one for one in results if one.score.asks_for_look] + stopped
    progress = queries.progress_of(round_, at)
    classes = [one.school_class for one in progress]
    # Each with its concern, which says how urgent it is and who has taken it; closed ones come last.
    told = told_of([one.seat for one in urgent], user, at)
    rows = [_look_row(one, instrument) | {"told": told.get(one.seat.pk)} for one in urgent]
    return {
        "round": round_,
        "is_over": not round_.is_open(on),
        "name": wording.name_of(instrument),
        "about": wording.words(instrument.about),
        "progress": progress,
        "finished": sum(one.finished for one in progress),
        "to_ask": sum(one.to_ask for one in progress),
        # Those who have finished, and those who stopped half-way and are on the list.
        "heard": len(results) + len(stopped),
        "urgent": sorted(
            rows, key=lambda row: bool(row["told"] and row["told"].urgency.look == "over")
        ),
        "look": [_look_row(one, instrument) for one in look if one.seat.pk not in urgent_ids],
        "points_out": instrument.points_out,
        "beside": strengths_beside(round_),
        "others": [
            {
                "seat": one.seat,
                "marks": wording.mark_words(one.marks),
                # For a scale without limits only the figures can tell whom to talk with.
                "sums": "" if instrument.points_out else wording.sums(one.score, instrument),
            }
            for one in results
            if not one.score.asks_for_look and one.seat.pk not in urgent_ids
        ],
        "bars": _bars(results, instrument),
        # For one class the bars say it all.
        "tables": tables(results, instrument, classes) if len(classes) > 1 else [],
        "honest": [wording.honest_words(rules.honesty(one)) for one in instrument.accuracy],
        "is_validated": instrument.is_validated,
    }


def _look_row(one: queries.Result, instrument: Instrument) -> dict[str, Any]:
    return {
        "seat": one.seat,
        "name": one.seat.student.name,
        "who": one.seat.adult.name if one.seat.adult else "",
        "class_name": one.seat.school_class.name if one.seat.school_class else "",
        "is_soon": one.score.level == SOON,
        "why": wording.together(wording.reasons(one, instrument)),
        "marks": wording.mark_words(one.marks),
        "is_done": one.seat.looked_at is not None,
        "has_to_do": hasattr(one.seat, "to_do"),
    }


@dataclass(frozen=True)
class Cell:
    count: int | None  # None: not shown
    tint: int


@dataclass(frozen=True)
class Table:
    title: str
    columns: list[str]
    rows: list[tuple[str, list[Cell]]]


def tables(
    results: Sequence[queries.Result], instrument: Instrument, classes: Sequence[SchoolClass]
) -> list[Table]:
    """Return the heat map by class: one table for each sum with bands, or for each question of a pulse."""
    made = []
    for question in _questions(instrument):
        rows = []
        for one in classes:
            of_class = [row for row in results if row.seat.school_class_id == one.pk]
            counts = Counter(question.value_of(row) for row in of_class)
            most = max(len(of_class), 1)
            cells = [
                Cell(counts[value], round(counts[value] / most * TINTS))
                for value in question.columns
            ]
            rows.append((one.name, cells))
        made.append(Table(question.title, list(question.columns.values()), rows))
    return made


def _bars(results: Sequence[queries.Result], instrument: Instrument) -> list[bars.Bar]:
    """Return bars of the whole round, question by question, for readers who may see every answer."""
    made = []
    for question in _questions(instrument):
        counts = Counter(question.value_of(one) for one in results)
        counted = [(value, counts[value]) for value in question.columns]
        made.append(question.bar(counted))
    return made


@dataclass(frozen=True)
class _Question:
    """A sum with bands, or an item of a pulse, with its columns as {value: heading}."""

    title: str
    columns: dict[str, str]
    scale: str = ""
    item: str = ""

    def bar(self, counted: Sequence[tuple[str, int | None]], whole: int | None = None) -> bars.Bar:
        """Return its bar. `counted`: columns with their counts, None if they may not be shown."""
        answers = [
            (self.columns[value], count, value not in (wording.VOID, ""))
            for value, count in counted
        ]
        return bars.bar(self.title, answers, whole)

    def value_of(self, result: queries.Result) -> str:
        """Return the column of a result."""
        if self.item:
            return result.counted.get(self.item, NOT_ASKED)
        if result.score.is_void:
            return wording.VOID
        found = result.score.of(self.scale)
        return found.level if found else ""


def _questions(instrument: Instrument) -> list[_Question]:
    banded = [scale for scale in instrument.scales if scale.bands]
    if banded:
        columns = {level: wording.level_words(level) for level in LEVELS}
        columns |= {wording.VOID: _("do not use"), "": _("no score")}
        return [_Question(wording.words(one.names), columns, scale=one.id) for one in banded]
    return [
        _Question(
            wording.words(item.texts),
            {option.code: wording.words(option.texts) for option in item.options}
            | {"": _("skipped")},
            item=item.id,
        )
        for item in instrument.items
    ]


def figures_page(round_: Round, at: datetime, *, is_over: bool) -> dict[str, Any]:
    """Return counts for readers who may not see names, without small ones and their complements.

    Until the round is over only how many have finished: the difference between two readings of a count would
    be the answer of a person who finished in between.
    """
    instrument = round_.edition.instrument
    finished = Seat.objects.filter(round=round_, finished_at__isnull=False)
    results = queries.results_of(finished, instrument) if is_over else []
    progress = queries.progress_of(round_, at)
    to_ask = sum(one.to_ask for one in progress)
    # Mean and standard deviation of each sum, if enough people have one.
    means = []
    for scale in instrument.scales:
        usable = [one for one in results if not one.score.is_void]
        made = [(one, found.value) for one in usable if (found := one.score.of(scale.id))]
        summed = [(one, float(value)) for one, value in made if value is not None]
        is_shown = _people([one for one, _value in summed]) >= rules.SHOWN_FROM
        summary = scoring.summary([value for _one, value in summed]) if is_shown else None
        [missing] = rules.shown([to_ask - len(summed)])
        means.append({"name": wording.words(scale.names), "summary": summary, "missing": missing})
    drawn = []
    for question in _questions(instrument) if is_over else ():
        of_value: dict[str, list[queries.Result]] = {value: [] for value in question.columns}
        for one in results:
            of_value.setdefault(question.value_of(one), []).append(one)
        rows = [of_value[value] for value in question.columns]
        shown = rules.shown([len(each) for each in rows], [_people(each) for each in rows])
        drawn.append(question.bar(list(zip(question.columns, shown, strict=True)), len(results)))
    return {
        "round": round_,
        "name": wording.name_of(instrument),
        "progress": progress,
        "finished": len(results) if is_over else finished.count(),
        "is_over": is_over,
        "to_ask": to_ask,
        "bars": drawn,
        "means": means if any(one["summary"] for one in means) else [],
        "is_hidden": all(one.is_empty for one in drawn)
        and not any(one["summary"] for one in means),
        "shown_from": rules.SHOWN_FROM,
        "honest": [wording.honest_words(rules.honesty(one)) for one in instrument.accuracy],
    }


def _people(results: Sequence[queries.Result]) -> int:
    """Count the people behind these forms: one adult may answer about many children, many about one."""
    children = len({one.seat.student_id for one in results})
    adults = {one.seat.adult_id for one in results} - {None}
    return min(children, len(adults)) if adults else children


def child_page(seat: Seat, user: User, at: datetime) -> dict[str, Any]:
    instrument = seat.round.edition.instrument
    result = queries.result_of(seat)
    name = seat.student.given_name
    level = LOOK if result.score.asks_for_look else result.score.level
    is_urgent = bool(result.score.urgent) or seat.answers.filter(is_urgent=True).exists()
    return {
        "seat": seat,
        "name": wording.name_of(instrument),
        "scales": [
            {
                "name": wording.words(one.scale.names),
                "value": scoring.figure(one.value),
                "most": scoring.figure(wording.highest(one, instrument)),
                "level": one.level,
                "words": wording.level_words(one.level),
                "source": one.band.source if one.band else "",
                "note": wording.words(one.scale.notes),
                "open": wording.open_words(one) if not result.score.is_void else "",
                "steps": [wording.step_words(step) for step in one.steps],
            }
            for one in result.score.scales
        ],
        "void": [wording.step_words(step) for step in result.score.void],
        "marks": wording.mark_words(result.marks),
        "is_urgent": is_urgent,
        "told": told_of([seat] if is_urgent else [], user, at).get(seat.pk),
        "answers": [
            {
                "text": wording.words(item.texts),
                "answer": wording.answer_words(item, result.answers),
                "asks": item.id in result.score.to_look_at or item.id in result.score.urgent,
            }
            for item in instrument.items
            if item.id in instrument.asked(result.answers) or item.id in result.score.urgent
        ],
        "since_last": changes.since_last(seat, result, today_in(seat.school, at)),
        "to_do": getattr(seat, "to_do", None),
        **_told(seat, level, name),
    }


def _told(seat: Seat, level: str, name: str) -> dict[str, Any]:
    """Return text for each person we tell; a child or a family that was not asked is told nothing."""
    if seat.adult:
        return {
            "suggested": wording.for_teacher_of(level, seat.adult.name),
            "for_family": wording.for_adult(level, seat.school),
            "for_child": [],
        }
    is_own = seat.filled_by is None
    # The adult of the lesson, otherwise the person who opened the round.
    adult = seat.sitting.duty_adult if seat.sitting else seat.round.opened_by
    return {
        "suggested": wording.for_teacher(level, name),
        "for_family": wording.for_family(level, name, seat.school) if is_own else [],
        "for_child": wording.for_child(level, adult.name) if is_own else [],
    }
