"""Draw parts of the principal's page, once in each process as long as they show the same."""

from dataclasses import dataclass
from datetime import date

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from core.languages import once_per_language
from dashboards import presenters
from dashboards.presenters import Wait
from figures.choice import Field
from figures.definitions import DEFINITIONS
from figures.learning import LearningRow
from figures.school import Dashboard
from figures.school_life import SchoolLife
from threads.queries import VoiceBalance

# Part of the page → the definitions that it shows on demand.
PARTS = {
    "talked": ("connected", "confirmed"),
    "trend": ("trend",),
    "waits": ("now", "open", "not_taken", "silence", "looked_for", "visits_overdue"),
    "changes": ("changes",),
    "classes": ("connected", "silence", "unreachable"),
    "reach": ("reachable", "reachable_parents", "reachable_carers"),
    "balance": ("balance",),
    "life": (
        "absent",
        "good_news",
        "screening",
        "consents",
        "first_look",
        "learning_reached",
        "learning_done",
        "learning_of_use",
        "lessons_held",
        "staff_trained",
    ),
    "missing": ("no_parent", "whereabouts"),
    "classes_then": ("connected",),
    "life_then": ("screening", "first_look"),
}
KEPT = 64  # drawings of 35 kB; schools and choices that are looked at again and again


@dataclass(frozen=True)
class Shown:
    """Everything that the figures show: counts, days and names of classes.

    Never add anything about a child, an adult or the reader, because drawings are kept between pages.
    `today` is the server's date, for "today 9:38". `term`: the name of the chosen one, `is_over` if it is;
    then all that is only known as of now is empty.
    """

    board: Dashboard
    is_everybody: bool
    term: str
    is_over: bool
    life: SchoolLife
    today: date
    waits: tuple[Wait, ...] = ()
    care: str = ""
    voice: VoiceBalance | None = None
    learning: tuple[LearningRow, ...] = ()


@once_per_language(KEPT)
def choose(fields: tuple[Field, ...]) -> SafeString:
    """Draw the filter that selects the children whom the figures are about."""
    drawn = render_to_string("dashboards/choose.html", {"fields": fields}, using="parts")
    return mark_safe(drawn)  # noqa: S308 (Jinja2 has escaped it)


# Equal values must be drawn alike, so `Shown` holds no text marked as safe HTML and no True in place of a 1.
@once_per_language(KEPT)
def figures(shown: Shown) -> SafeString:
    board = shown.board
    context = {
        "board": board,
        "is_everybody": shown.is_everybody,
        "meanings": {part: [DEFINITIONS[key] for key in keys] for part, keys in PARTS.items()},
        "changes": presenters.change_words(board),
        "trend": presenters.trend_weeks(board.trend),
        "corrections": presenters.corrections(board.trend),
        "trend_title": presenters.trend_title(board.trend, shown.term),
        "has_line": any(week.percent is not None for week in board.trend),
        "waits": shown.waits,
        "reach_parts": presenters.reach_parts(board.reach),
        "reach": board.reach,
        "class_shares": [(one.connected, one.with_parent_away) for one in board.classes],
        "apart": presenters.apart(board),
        "care": shown.care,
        "voice": shown.voice,
        "life": presenters.life_rows(shown.life),
        "learning": presenters.learning_rows(shown.learning),
    }
    page = "_term_over.html" if shown.is_over else "_figures.html"
    return render_to_string(f"dashboards/{page}", context)
