"""Export a round's answers for other programs: CSV, or a bundle of FHIR QuestionnaireResponses."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from accounts.models import User
from core import languages
from surveys import policies, queries
from surveys.files import fhir_responses
from surveys.models import Round, Seat
from surveys.scoring import figure

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def results(round_: Round, user: User, on: date) -> list[queries.Result]:
    """Return results of everybody who began, without children whose files are closed to `user`."""
    seats = policies.seats_visible_to(user, on).filter(round=round_, begun_at__isnull=False)
    return queries.results_of(seats, round_.edition.instrument)


def as_csv(round_: Round, rows: Sequence[queries.Result], *, by: str, at: datetime) -> str:
    """Return one row for each form, with the weight of each answer, else its code.

    An empty cell was skipped, not reached or not asked. The file begins with a byte order mark, by which
    Excel recognises UTF-8.
    """
    instrument = round_.edition.instrument
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    items, scales = [one.id for one in instrument.items], [one.id for one in instrument.scales]
    sums = [f"sum {name}" for name in scales]
    about = ["name", "class", "how", "answered_by", "asked_by", "finished_at"]
    writer.writerow([*about, *items, *sums, "exported_by", "exported_at"])
    for one in rows:
        asked = instrument.asked(one.answers)
        options = [
            item.option(one.answers.get(item.id, "")) if item.id in asked else None
            for item in instrument.items
        ]
        codes = [
            "" if each is None else str(each.code if each.value is None else each.value)
            for each in options
        ]
        scores = [None if one.score.is_void else one.score.of(name) for name in scales]
        writer.writerow(
            [
                _safe(one.seat.student.name),
                _safe(one.seat.school_class.name if one.seat.school_class else ""),
                round_.how,
                _safe(_answered_by(one.seat)),
                _safe(_asked_by(one.seat)),
                _written(one.seat.finished_at),
                *map(_safe, codes),
                *(figure(each.value) if each else "" for each in scores),
                _safe(by),
                _written(at),
            ]
        )
    return "\ufeff" + stream.getvalue()


def _answered_by(seat: Seat) -> str:
    """Return the adult who answered about the child, else its teacher, else the child itself."""
    if seat.adult:
        return seat.adult.name
    return (seat.filled_by or seat.student).name


def _asked_by(seat: Seat) -> str:
    """Return the member of staff who asked in a talk."""
    return seat.filled_by.name if seat.adult and seat.filled_by else ""


def _written(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _safe(text: str) -> str:
    """Keep text that begins like a formula from being evaluated in Excel; numbers stay numbers."""
    is_number = text.lstrip("-").isdigit()
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not is_number else text


def as_fhir(
    round_: Round, rows: Iterable[queries.Result], version: str, *, by: str, at: datetime
) -> str:
    forms = [
        fhir_responses.Filled(
            who=one.seat.student.name,
            answers=one.answers,
            score=one.score,
            finished_at=one.seat.finished_at,
            source=_answered_by(one.seat),
            author=_asked_by(one.seat) or _answered_by(one.seat),
        )
        for one in rows
    ]
    bundle = fhir_responses.write(
        round_.edition.instrument,
        forms,
        version=version,
        language=languages.active(),
        by=by,
        at=at,
    )
    return json.dumps(bundle, ensure_ascii=False, indent=2)
