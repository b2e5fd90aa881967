"""What the staff's pages about rounds show, ready for the templates."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import page_above
from schools.duty.queries import with_duty
from schools.models import Post, SchoolClass, holds_on
from schools.policies import Viewer, today_in
from schools.roles import Permission, Role, roles_with
from students.policies import students_visible_to
from surveys import changes, policies, presenters, queries, rules, scoring, shipped
from surveys.forms import RoundForm
from surveys.instruments import LEVELS, Instrument
from surveys.models import Round, Seat, Sitting, ToDo

NOT_ASKED = "-"  # of whoever was not asked this one: in no column
TINTS = 4  # steps of the heat map


def rounds_list(viewer: Viewer) -> dict[str, Any]:
    rows = (
        policies.rounds_visible_to(viewer.user, viewer.on)
        .filter(school=viewer.school)
        .select_related("edition", "school")
        .prefetch_related("classes__grade")
    )
    own = set(policies.own_class_ids(viewer.user, viewer.on))
    can_run, can_count = (
        viewer.can(Permission.RUN_SURVEYS),
        viewer.can(Permission.VIEW_SURVEY_FIGURES),
    )
    return {
        "rounds": [_round_row(one, own, viewer, can_run=can_run) for one in rows],
        "to_dos": policies.to_dos_for(viewer.user, viewer.on)
        .filter(done_at=None)
        .select_related("seat__student", "written_by")
        .order_by("-written_at"),
        "can_run": can_run,
        "can_count": can_count,
        "can_write": viewer.can(Permission.WRITE_QUESTIONS),
    }


def _round_row(round_: Round, own: set[int], viewer: Viewer, *, can_run: bool) -> dict[str, Any]:
    classes = sorted(round_.classes.all(), key=lambda one: (one.grade.number, one.number))
    return {
        "round": round_,
        "name": presenters.name_of(round_.edition.instrument),
        "classes": classes,
        "is_over": not round_.is_open(viewer.on),
        "to_give": [one for one in classes if can_run or one.pk in own],
        "how": round_.get_how_display(),
    }


def instruments_page(school) -> dict[str, Any]:
    """Ours first, then what has its words, then what waits for them."""
    ready = queries.choices_for(school)
    can_be_asked = {one.instrument.key for one in ready}
    known = [one for key, one in shipped.instruments().items() if key not in can_be_asked]
    return {
        "ready": [_instrument_row(one.instrument) | {"value": one.value} for one in ready],
        "waiting": [_instrument_row(one) for one in known if not one.has_wording],
    }


def _instrument_row(one: Instrument) -> dict[str, Any]:
    return {
        "instrument": one,
        "name": presenters.name_of(one),
        "about": presenters.words(one.about),
        "ways": presenters.ways_words(rules.ways_of(one)),
        "licence": presenters.words(one.licence),
        "count": len(one.items),
    }


def instrument_page(one: Instrument) -> dict[str, Any]:
    """All that is known of it: sums, bands with their sources, urgent items, and its words if it has any."""
    return {
        **_instrument_row(one),
        "scales": [
            {
                "name": presenters.words(scale.names),
                "note": presenters.words(scale.notes),
                "items": len(scale.items),
                "parts": [
                    presenters.words(part.names) for part in one.scales if part.id in scale.of
                ],
                "bands": [_band_row(band) for band in scale.bands],
            }
            for scale in one.scales
        ],
        "urgent": [limit.item for limit in one.urgent],
        "turned": [item.id for item in one.items if item.is_reversed],
        "honest": [presenters.honest_words(rules.honesty(study)) for study in one.accuracy],
        "sources": [presenters.source_words(source) for source in one.sources],
        "studies": [study.source for study in one.accuracy],
        "follow_up": presenters.words(one.follow_up_source),
        "share": round(rules.share_of(one) * 100),
        "questions": [
            {
                "text": presenters.words(item.texts),
                "options": [presenters.words(option.texts) for option in item.options],
            }
            for item in one.items
        ]
        if one.has_wording
        else [],
    }


def _band_row(band) -> dict[str, Any]:
    low, high = band.at_least, band.at_most
    if low is None or high is None:
        limits = f"≤ {high:g}" if low is None else f"≥ {low:g}"
    else:
        limits = f"{low:g}–{high:g}"
    ages = _("%(from)s–%(to)s years") % {"from": band.from_age, "to": band.to_age}
    return {
        "range": limits,
        "words": presenters.level_words(band.level),
        "ages": ages if band.to_age < 200 else "",
        "source": band.source,
    }


def new_round_page(form: RoundForm, choices: Sequence[queries.Choice]) -> dict[str, Any]:
    classes = form.fields["classes"].queryset  # type: ignore[attr-defined]
    return {
        "form": form,
        "rows": [_instrument_row(one.instrument) | {"value": one.value} for one in choices],
        "classes": classes,
        "ways": [
            {"value": how, "label": label, "note": presenters.WAY_NOTES[how]}
            for how, label in Round.How.choices
        ],
        "ticked": {str(pk) for pk in form["classes"].value() or []},
    }


# --- A round --------------------------------------------------------------------------------------


def round_page(round_: Round, user: User, at: datetime) -> dict[str, Any]:
    """For the counsellor: how far it is, whom to look at, what each class answered."""
    instrument = round_.edition.instrument
    on = today_in(round_.school, at)
    seats = policies.seats_visible_to(user, on).filter(round=round_)
    results = queries.results_of(seats.filter(finished_at__isnull=False), instrument)
    # Whoever stopped half-way may have said already that somebody should look.
    stopped = queries.results_of(seats.filter(finished_at=None, asks_for_look=True), instrument)
    progress = queries.progress_of(round_, at)
    return {
        "round": round_,
        "is_over": not round_.is_open(on),
        "name": presenters.name_of(instrument),
        "about": presenters.words(instrument.about),
        "progress": progress,
        "finished": sum(one.finished for one in progress),
        "to_ask": sum(one.to_ask for one in progress),
        # Beside those who have finished, whoever stopped half-way and is on the list.
        "heard": len(results) + sum(one.asks_for_a_look for one in stopped),
        "look": [_look_row(one, instrument) for one in [*results, *stopped] if one.asks_for_a_look],
        "others": [
            {"seat": one.seat, "marks": presenters.mark_words(one.marks)}
            for one in results
            if not one.asks_for_a_look
        ],
        "tables": tables(results, instrument, [one.school_class for one in progress]),
        "honest": [presenters.honest_words(rules.honesty(one)) for one in instrument.accuracy],
        "is_validated": instrument.is_validated,
    }


def _look_row(result: queries.Result, instrument: Instrument) -> dict[str, Any]:
    return {
        "seat": result.seat,
        "name": result.seat.student.name,
        "who": result.seat.adult.name if result.seat.adult else "",
        "class_name": result.seat.school_class.name if result.seat.school_class else "",
        "is_soon": result.level == "soon" or bool(result.score.urgent),
        "why": presenters.together(presenters.reasons(result, instrument)),
        "marks": presenters.mark_words(result.marks),
        "is_done": result.seat.looked_at is not None,
        "has_to_do": hasattr(result.seat, "to_do"),
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


Picks = Callable[[queries.Result], str]


def tables(
    results: Sequence[queries.Result], instrument: Instrument, classes: Sequence[SchoolClass]
) -> list[Table]:
    """The heat map: one table for each sum with bands, or for each question of a pulse; by class."""
    of_class = [
        (one.name, [row for row in results if row.seat.school_class_id == one.pk])
        for one in classes
    ]
    return [
        Table(
            title,
            list(columns.values()),
            [(name, _cells(rows, columns, pick)) for name, rows in of_class],
        )
        for title, columns, pick in _questions(instrument)
    ]


def _questions(instrument: Instrument) -> list[tuple[str, dict[str, str], Picks]]:
    """(title, {value: column}, which value a result has)."""
    banded = [scale for scale in instrument.scales if scale.bands]
    if banded:
        columns = {level: presenters.level_words(level) for level in LEVELS}
        columns |= {presenters.VOID: _("do not use"), "": _("no score")}
        return [(presenters.words(one.names), columns, _level_of(one.id)) for one in banded]
    return [
        (
            presenters.words(item.texts),
            {option.code: presenters.words(option.texts) for option in item.options}
            | {"": _("skipped")},
            _answer_to(item.id),
        )
        for item in instrument.items
    ]


def _level_of(scale_id: str) -> Picks:
    def level(result: queries.Result) -> str:
        if result.score.is_void:
            return presenters.VOID
        found = result.score.of(scale_id)
        return found.level if found else ""

    return level


def _answer_to(item_id: str) -> Picks:
    return lambda result: result.counted.get(item_id, NOT_ASKED)


def _cells(rows: Sequence[queries.Result], columns: dict[str, str], pick: Picks) -> list[Cell]:
    counts = Counter(pick(one) for one in rows)
    most = max(len(rows), 1)
    return [Cell(counts[value], round(counts[value] / most * TINTS)) for value in columns]


def figures_page(round_: Round, at: datetime) -> dict[str, Any]:
    """For who may not see names: counts of the whole round, small ones and their complements left out."""
    instrument = round_.edition.instrument
    finished = Seat.objects.filter(round=round_, finished_at__isnull=False)
    results = queries.results_of(finished, instrument)
    progress = queries.progress_of(round_, at)
    # Mean and standard deviation of each sum, where enough people have one.
    means = []
    for scale in instrument.scales:
        usable = [one for one in results if not one.score.is_void]
        made = [(one, found.value) for one in usable if (found := one.score.of(scale.id))]
        summed = [(one, float(value)) for one, value in made if value is not None]
        is_shown = _people([one for one, _value in summed]) >= rules.SHOWN_FROM
        summary = scoring.summary([value for _one, value in summed]) if is_shown else None
        means.append({"name": presenters.words(scale.names), "summary": summary})
    return {
        "round": round_,
        "name": presenters.name_of(instrument),
        "progress": progress,
        "finished": len(results),
        "to_ask": sum(one.to_ask for one in progress),
        "tables": [
            _whole(title, columns, pick, results) for title, columns, pick in _questions(instrument)
        ],
        "means": means,
        "shown_from": rules.SHOWN_FROM,
        "honest": [presenters.honest_words(rules.honesty(one)) for one in instrument.accuracy],
    }


def _whole(title: str, columns: dict[str, str], pick: Picks, results) -> Table:
    of_value: dict[str, list[queries.Result]] = {value: [] for value in columns}
    for one in results:
        of_value.setdefault(pick(one), []).append(one)
    rows = [of_value[value] for value in columns]
    shown = rules.shown([len(each) for each in rows], [_people(each) for each in rows])
    cells = [Cell(count, 0) for count in shown]
    return Table(title, list(columns.values()), [(_("All classes"), cells)])


def _people(results: Sequence[queries.Result]) -> int:
    """How many are behind these forms: one adult may answer about several children, several about one."""
    children = len({one.seat.student_id for one in results})
    adults = {one.seat.adult_id for one in results} - {None}
    return min(children, len(adults)) if adults else children


# --- A lesson -------------------------------------------------------------------------------------


def duty_choices(school_class: SchoolClass, at: datetime) -> QuerySet[User]:
    """Who may be the adult of a lesson: those to whom a concern of this class may go."""
    on = today_in(school_class.school, at)
    on_duty = Q(is_duty=True) | Q(is_rostered=True)
    near = ~Q(role=Role.CLASS_TEACHER) | Q(school_class=school_class) | on_duty
    posts = with_duty(Post.objects.all(), at).filter(
        near,
        holds_on(on),
        school_id=school_class.school_id,
        role__in=roles_with(Permission.HANDLE_CONCERNS),
        user__is_active=True,
    )
    return User.objects.filter(pk__in=posts.order_by().values("user_id")).order_by("pk")


def lesson_page(
    round_: Round, school_class: SchoolClass, user: User, at: datetime
) -> dict[str, Any]:
    on = today_in(round_.school, at)
    sitting = queries.sitting_now(round_, school_class, at)
    rows = [
        one for one in queries.progress_of(round_, at) if one.school_class.pk == school_class.pk
    ]
    return {
        "round": round_,
        "school_class": school_class,
        "name": presenters.name_of(round_.edition.instrument),
        "is_over": not round_.is_open(on),
        "sitting": sitting,
        "progress": rows[0],
        "left_out": rows[0].left_out,
        "people": duty_choices(school_class, at),
        "seats": _seats(round_, school_class, sitting, user, on),
        "out": 0 if sitting else queries.forms_out(round_, school_class),
    }


def _seats(round_, school_class, sitting: Sitting | None, user: User, on) -> list[dict[str, Any]]:
    """Of this lesson by name; without a lesson, those who have finished. No answer is among it."""
    seats = Seat.objects.filter(
        round=round_,
        school_class=school_class,
        student__in=students_visible_to(user, on).values("pk"),
    )
    if sitting is None:
        seats = seats.filter(finished_at__isnull=False)
    rows = seats.select_related("student").order_by("student__name_pinyin", "pk")
    return [
        {
            "name": seat.student.name,
            "code": f"{seat.code[:3]} {seat.code[3:]}" if seat.code else "",
            "state": _state(seat),
        }
        for seat in rows
    ]


def _state(seat: Seat) -> str:
    if seat.finished_at:
        return "done"
    return "begun" if seat.begun_at else "waiting"


def done_row(to_do: ToDo) -> dict[str, Any]:
    """The row of Today after "I have done it" (components/work_row.html)."""
    return {
        "key": f"survey-to-do-{to_do.pk}",
        "name": to_do.seat.student.name,
        "url": page_above("child", to_do.seat.student_id),
        "why": _("Done. The counsellor sees it."),
        "when": "",
        "state": "done",
        "acts": [],
    }


# --- One child ------------------------------------------------------------------------------------


def child_page(seat: Seat) -> dict[str, Any]:
    instrument = seat.round.edition.instrument
    result = queries.result_of(seat)
    name = seat.student.given_name
    level = "look" if result.asks_for_a_look else result.level
    to_do = getattr(seat, "to_do", None)
    return {
        "seat": seat,
        "name": presenters.name_of(instrument),
        "scales": [_scale_row(one, instrument) for one in result.score.scales],
        "void": [presenters.step_words(step) for step in result.score.void],
        "marks": presenters.mark_words(result.marks),
        "is_urgent": bool(result.score.urgent) or seat.answers.filter(is_urgent=True).exists(),
        "answers": [
            {
                "text": presenters.words(item.texts),
                "answer": presenters.answer_words(item, result.answers),
                "asks": item.id in result.score.to_look_at or item.id in result.score.urgent,
            }
            for item in instrument.items
            if item.id in instrument.asked(result.answers) or item.id in result.score.urgent
        ],
        "since_last": changes.since_last(seat, result),
        "to_do": to_do,
        **_renderings(seat, level, name),
    }


def _renderings(seat: Seat, level: str, name: str) -> dict[str, Any]:
    """Words for whoever is told; a child or a family that was not asked is told nothing."""
    if seat.adult:
        return {
            "suggested": presenters.for_teacher_of(level, seat.adult.name),
            "for_family": presenters.for_adult(level, seat.school),
            "for_child": [],
        }
    is_own = seat.filled_by is None
    # The adult of the lesson, otherwise whoever opened the round.
    adult = seat.sitting.duty_adult if seat.sitting else seat.round.opened_by
    return {
        "suggested": presenters.for_teacher(level, name),
        "for_family": presenters.for_family(level, name, seat.school) if is_own else [],
        "for_child": presenters.for_child(level, adult.name) if is_own else [],
    }


def _scale_row(one: scoring.ScaleScore, instrument: Instrument) -> dict[str, Any]:
    return {
        "name": presenters.words(one.scale.names),
        "value": scoring.figure(one.value),
        "most": scoring.figure(presenters.highest(one, instrument)),
        "level": one.level,
        "words": presenters.level_words(one.level),
        "source": one.band.source if one.band else "",
        "note": presenters.words(one.scale.notes),
        "steps": [presenters.step_words(step) for step in one.steps],
    }
