"""What the preview and the result show for each row."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from core.days import day_and_time
from core.names import joined
from core.phones import readable
from guardians.models import Relation
from guardians.zones import zone_name, zone_of
from rosters import words
from rosters.cleaning import Problem, text_of
from rosters.columns import COUNTS_ROWS, Field
from rosters.families import Change, Person, place_text
from rosters.models import RosterResult
from rosters.people import (
    AT_HOME,
    AWAY,
    CELL_PROBLEMS,
    DIFFERS,
    FAMILY,
    UNKNOWN,
    WHERE_GUARDIAN,
    WHOSE_PARENT,
    WHOSE_PHONE,
)
from rosters.rows import (
    ABOVE,
    SAME,
    SKIP,
    Checked,
    Row,
    RowKind,
    World,
    class_decision_key,
    key_text,
)
from schools.actions import class_name

MAIN = (Field.NAME.value, Field.ID_NUMBER.value, Field.CLASS.value)
TYPED = {Field.NAME.value, Field.ID_NUMBER.value, Field.BORN_ON.value}


@dataclass(frozen=True)
class Fix:
    """A button that posts `key` and `value`."""

    label: str
    key: str
    value: str


@dataclass
class CellView:
    of: str
    label: str
    text: str
    tone: str = ""
    said: str = ""
    before: str = ""
    fixes: list[Fix] = field(default_factory=list)
    # Set if a class can be chosen or a value typed: the key of that decision.
    choose_key: str = ""
    type_key: str = ""


@dataclass
class RowView:
    number: int
    name: CellView
    born_on: str
    id_number: CellView
    school_class: CellView
    others: list[CellView]
    family: list[str]


def row_view(row: Row, world: World) -> RowView:
    changes = {change.field: change for change in row.changes}
    name, number, school_class = (_cell(row, of, changes.get(of), world) for of in MAIN)
    shown = list(row.problems) if row.kind == RowKind.NEW else [*row.problems, *changes]
    others = [of for of in dict.fromkeys(shown) if of not in MAIN]
    cells = [_cell(row, of, changes.get(of), world) for of in others]
    family = [person_text(person) for person in row.people if person.says_something]
    born_on = row.value(Field.BORN_ON)
    # Digits only: a column with day and month exchanged is then easy to spot.
    born = f"{born_on:%Y-%m-%d}" if born_on and Field.BORN_ON not in others else ""
    return RowView(row.number, name, born, number, school_class, cells, family)


def person_text(person: Person) -> str:
    """Return 爸爸 马占福 · 138 9301 1102 · 日本东京（东京时间）, without parts that the file lacks."""
    is_other = person.relation == Relation.OTHER
    label = words.KINDS[person.kind] if is_other else Relation(person.relation).label
    who = person.name if person.role == FAMILY else f"{label} {person.name}".strip()
    phones = [readable(number) for number in person.phones.addresses]
    phones += [person.phones.written] if person.phones.written else []
    parts = [who, *phones]
    if person.condition:
        parts.append(words.value_text("condition", person.condition))
    elif person.place:
        at = words.value_text("place", place_text(person.place.is_away, person.place.place))
        zone = zone_of(person.place.place).name
        parts.append(
            _("%(place)s (time of %(zone)s)") % {"place": at, "zone": zone_name(zone)}
            if zone
            else at
        )
    return " · ".join(parts)


def unused_columns(headers: list[str], mapping: Mapping[str, str]) -> list[str]:
    """Return columns of the file that the import does not use, except a count of the rows."""
    aside = (text for at, text in enumerate(headers) if not mapping.get(str(at)))
    return [text for text in aside if text and not COUNTS_ROWS.fullmatch(text)]


def _cell(row: Row, name: str, change: Change | None, world: World) -> CellView:
    text = text_of(row.raw.get(name))
    if name == Field.CLASS and row.class_key in world.classes:
        text = world.classes[row.class_key][1]
    elif name == Field.CLASS and row.class_key:
        text = class_name(*row.class_key)
    elif name == Field.CLASS:
        text = " ".join(filter(None, (text_of(row.raw.get(part)) for part in ("grade", "class"))))
    elif name == Field.ID_NUMBER:
        text = words.masked(text)
    elif name == Field.NAME:
        text = str(row.value(name) or text)
    view = CellView(name, str(words.FIELDS[name]), text)
    problem = row.problems.get(name)
    if problem is not None:
        _add_problem(view, row, problem)
    elif change is not None and row.kind != RowKind.NEW:
        view.tone = "keep" if change.kept else "diff"
        view.before = words.value_text(name, change.before)
        view.text = words.value_text(name, change.after)
        view.said = str(words.KEPT.get(change.kept, ""))
    return view


def _add_problem(view: CellView, row: Row, problem: Problem) -> None:
    view.tone, view.said = "bad", words.problem_text(problem)
    if not view.text:
        view.text = _("empty")
    if view.of == Field.CLASS:
        view.choose_key = class_decision_key(row) if problem.code != "class_missing" else ""
        view.choose_key = view.choose_key or f"{row.number},{Field.CLASS}"
        if problem.code == "class_unknown":
            grade, number = row.value(Field.CLASS)
            label = _("Make class %(class)s") % {"class": class_name(grade, number)}
            view.fixes = [Fix(label, view.choose_key, key_text((grade, number)))]
        return
    if question := CELL_PROBLEMS.get(problem.code):
        _text, answers = QUESTIONS[question]
        view.fixes = [
            Fix(str(label), question, value) for value, (label, _holds) in answers.items()
        ]
        return
    if problem.fix is not None:
        view.fixes = [_fix(row, view.of, problem)]
    can_type = problem.blocks and view.of in TYPED and problem.fix not in (SKIP, SAME)
    if can_type or problem.code in ("places_unclear", "which_parent", "zone_unclear"):
        view.type_key = f"{row.number},{view.of}"


def _fix(row: Row, name: str, problem: Problem) -> Fix:
    if problem.fix == SKIP:
        return Fix(str(words.FIXES[SKIP]) % problem.facts, f"{row.number},row", SKIP)
    if problem.fix == SAME:
        return Fix(str(words.FIXES[SAME]), f"{row.number},match", SAME)
    if not problem.fix:
        return Fix(str(words.FIXES[""]), f"{row.number},{name}", "")
    to = words.value_text(name, problem.fix)
    return Fix(_("Change to %(value)s") % {"value": to}, f"{row.number},{name}", problem.fix)


def class_bar(checked: Checked, world: World, decided: str) -> dict[str, Any] | None:
    """Return what becomes of rows without a class; None if there are none and nobody has chosen."""
    if not checked.without_class and not decided:
        return None
    names = {key: name for key, (_pk, name) in sorted(world.classes.items())}
    if checked.title_class:
        names.setdefault(checked.title_class, class_name(*checked.title_class))
    if decided == ABOVE:
        said = _("Rows without a class are in the class of the row above.")
    else:
        known = {key_text(key): name for key, name in names.items()}
        name = known.get(decided, decided)
        said = _("Rows without a class are all in %(class)s.") % {"class": name}
    return {
        "count": checked.without_class,
        "decided": said if decided else "",
        "has_above": checked.has_class_above,
        "in_title": key_text(checked.title_class) if checked.title_class else "",
        "choices": [(key_text(key), name) for key, name in names.items()],
    }


@dataclass(frozen=True)
class Question:
    """One question for the whole file, with its current answer. `choices` are (value, label)."""

    key: str
    text: str
    choices: list[tuple[str, str]]
    decided: str


LEFT_OPEN = gettext_lazy(
    "They are kept without a relation; nobody writes to them until somebody has asked the family."
)
# Key of a decision → the question, and for each answer its button and what then applies.
QUESTIONS: dict[str, tuple[Any, dict[str, tuple[Promise, Promise]]]] = {
    WHOSE_PARENT: (
        ngettext_lazy(
            "%(n)s row names a parent (家长) without saying who that is. Who is it?",
            "%(n)s rows name a parent (家长) without saying who that is. Who is it?",
            "n",
        ),
        {
            AT_HOME: (
                gettext_lazy("The adult at home"),
                gettext_lazy("The 家长 of these rows is the adult at home."),
            ),
            AWAY: (
                gettext_lazy("The parent who is away"),
                gettext_lazy("The 家长 of these rows is the parent who is away."),
            ),
            DIFFERS: (gettext_lazy("It differs: ask the families"), LEFT_OPEN),
        },
    ),
    WHERE_GUARDIAN: (
        ngettext_lazy(
            "%(n)s row names a guardian (监护人) without saying who that is. Where does this adult live?",
            "%(n)s rows name a guardian (监护人) without saying who that is. Where do these adults live?",
            "n",
        ),
        {
            AT_HOME: (
                gettext_lazy("At home"),
                gettext_lazy("The 监护人 of these rows is the adult at home."),
            ),
            AWAY: (
                gettext_lazy("Away for work"),
                gettext_lazy("The 监护人 of these rows is away for work."),
            ),
            UNKNOWN: (
                gettext_lazy("Not known"),
                gettext_lazy(
                    "Whether the 监护人 of these rows live at home is not known; Today asks family by family."
                ),
            ),
        },
    ),
    WHOSE_PHONE: (
        ngettext_lazy(
            "%(n)s row has one number for the family. Whose is it?",
            "%(n)s rows have one number for the family. Whose is it?",
            "n",
        ),
        {
            "father": (
                gettext_lazy("The father's"),
                gettext_lazy("The family's number is the father's."),
            ),
            "mother": (
                gettext_lazy("The mother's"),
                gettext_lazy("The family's number is the mother's."),
            ),
            DIFFERS: (gettext_lazy("It differs: ask the families"), LEFT_OPEN),
        },
    ),
}


def questions(checked: Checked, decisions: Mapping[str, str]) -> list[Question]:
    """Return the questions that the columns leave open in many rows; one answer applies to all of them."""
    found = []
    for key, (text, answers) in QUESTIONS.items():
        if count := checked.asking(key):
            _label, holds = answers.get(decisions.get(key, ""), ("", ""))
            choices = [(value, str(label)) for value, (label, _holds) in answers.items()]
            found.append(Question(key, str(text % {"n": count}), choices, str(holds)))
    return found


@dataclass(frozen=True)
class Line:
    """One detail in a row of the result."""

    label: str
    text: str
    before: str = ""
    said: str = ""


@dataclass(frozen=True)
class ResultView:
    number: int
    name: str
    student_id: int | None
    lines: list[Line]


def result_view(result: RosterResult) -> ResultView:
    """Return the result of one row.

    A new child's family has one line for each adult, then one for each cell problem.
    """
    is_new = result.kind == RosterResult.Kind.CREATED
    people: dict[str, list[str]] = {}
    lines = []
    for entry in result.changes:
        name = entry["field"]
        label = str(words.FIELDS.get(name, name))
        if "code" in entry:
            lines.append(Line(label, "", said=words.said_of(entry["code"], entry["facts"])))
            continue
        after = words.value_text(name, entry["after"])
        if is_new:
            people.setdefault(name.partition("_")[0], []).append(after)
        else:
            before = words.value_text(name, entry["before"])
            lines.append(Line(label, after, before, str(words.KEPT.get(entry["kept"], ""))))
    family = [Line(str(words.ROLES[role]), " · ".join(texts)) for role, texts in people.items()]
    return ResultView(result.row_number, result.student_name, result.student_id, family + lines)


# What most often prevents undoing an import, in words for the office.
BUILT = {
    "accounts.user": gettext_lazy("sign-ins of families"),
    "delivery.invitation": gettext_lazy("sign-in slips"),
    "delivery.outboxmessage": gettext_lazy("messages sent to families"),
    "delivery.signinlink": gettext_lazy("sign-in links that families asked for"),
    "guardians.contact": gettext_lazy("talks on record"),
    "messaging.checkin": gettext_lazy("questions that have gone on to a further step"),
    "messaging.checkinline": gettext_lazy("questions sent about children"),
    "messaging.checkinplan": gettext_lazy("own rhythms or pauses of questions"),
    "messaging.followup": gettext_lazy("tasks that a teacher has worked on"),
    "safeguarding.concern": gettext_lazy("concerns"),
    "safeguarding.flag": gettext_lazy("hints that somebody has settled"),
    "visits.duty": gettext_lazy("duties done or put off"),
    "visits.visit": gettext_lazy("visits"),
}

SENT_WITH_IT = ("messaging.checkin", "messaging.checkinline")


def undo_until(ends_at: datetime, first_message_at: datetime | None, at: datetime) -> str:
    """Return until when undoing is possible.

    That is a day, or the first question to a family if it comes earlier.
    """
    if first_message_at is None or first_message_at >= ends_at:
        return _("Possible until %(until)s") % {"until": _written(ends_at)}
    if first_message_at <= at:
        return _("Possible until the first question that follows from it is sent to a family")
    return _(
        "Possible until the first question that follows from it is sent to a family, at %(when)s "
        "at the earliest"
    ) % {"when": _written(first_message_at)}


def _written(at: datetime) -> str:
    return day_and_time(timezone.localtime(at), timezone.localdate())


def obstacle_texts(obstacles) -> list[str]:
    """Return why an import cannot be undone."""
    texts = []
    if obstacles.is_too_late:
        texts.append(_("More than 24 hours have passed, or the import is running right now."))
    if obstacles.edited:
        names = joined(obstacles.edited[:5])
        count = len(obstacles.edited)
        texts.append(
            ngettext(
                "Changed since: %(names)s (%(count)s child).",
                "Changed since: %(names)s (%(count)s children).",
                count,
            )
            % {"names": names, "count": count}
        )
    built = dict(obstacles.built)
    if "delivery.outboxmessage" in built:  # says the same, and more plainly
        built = {table: count for table, count in built.items() if table not in SENT_WITH_IT}
    if built:
        named = [
            f"{BUILT.get(table) or apps.get_model(table)._meta.verbose_name_plural} × {count}"
            for table, count in built.items()
        ]
        texts.append(
            _("Added since because of this import: %(what)s.") % {"what": _(", ").join(named)}
        )
    return texts


def tabs(
    base: str, rows_of: Mapping[str, list[Any]], current: str, always: Container[str]
) -> list[dict[str, Any]]:
    """Return the tabs of the preview by what becomes of a row.

    Empty tabs are left out, except those in `always`.
    """
    labels = {
        "blocked": _("Needs fixing"),
        "notes": _("Imported with a gap"),
        "new": _("New"),
        "changed": _("Changed"),
        "same": _("Unchanged"),
        "skipped": _("Left out"),
    }
    return [
        {
            "url": f"{base}?{urlencode({'tab': key})}",
            "label": labels[key],
            "count": len(rows),
            "is_current": key == current,
        }
        for key, rows in rows_of.items()
        if rows or key in always
    ]
