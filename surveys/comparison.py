"""Compare groups of a closed round, for readers who may see figures but no names.

Small groups and their complements are left out before anything is counted.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guardians.queries import parents_away
from students.models import Student
from students.queries import current_enrolments
from surveys import queries, rules, statistics, wording
from surveys.instruments import Instrument
from surveys.models import Round, Seat

GRADE, SEX, CARE = "grade", "sex", "care"
GROUPINGS = {
    "": gettext_lazy("The whole round"),
    GRADE: gettext_lazy("By grade"),
    SEX: gettext_lazy("Girls and boys"),
    CARE: gettext_lazy("By who is away"),
}
CHANCE = 0.05  # below this p we report a difference
SIZE_WORDS = {
    statistics.HARDLY: gettext_lazy("hardly any difference"),
    statistics.SMALL: gettext_lazy("a small difference"),
    statistics.MIDDLING: gettext_lazy("a medium difference"),
    statistics.LARGE: gettext_lazy("a large difference"),
}
EFFECT_NAMES = {
    statistics.HEDGES_G: "Hedges g",
    statistics.ETA_SQUARED: "η²",
    statistics.CRAMERS_V: "Cramér V",
}


@dataclass(frozen=True)
class Measure:
    """Something with a mean: a sum, or one weighted question of a pulse."""

    title: str
    ends: str  # what the lowest and the highest figure mean; "" if the title says it
    values: Mapping[str, Sequence[float]]  # of each group that has any
    # We say less about one question, and only if many people gave each of its answers: mean and spread would
    # reveal how many gave each.
    digits: int = 1
    weights: tuple[int, ...] = ()  # the weights of its answers


def tabs(round_: Round, chosen: str) -> list[dict[str, Any]]:
    """Return the tabs for the whole round and for each way to split it.

    There are none if adults answer: one adult may answer about several children, and several adults about
    one.
    """
    if round_.asks_adults:
        return []
    address = reverse("surveys:figures", args=[round_.pk])
    return [
        {
            "url": f"{address}?by={key}" if key else address,
            "label": label,
            "is_current": key == chosen,
        }
        for key, label in GROUPINGS.items()
    ]


def page(round_: Round, by: str) -> dict[str, Any]:
    """Return the page. `by` is a key of GROUPINGS.

    The number of queries does not depend on that of children.
    """
    instrument = round_.edition.instrument
    finished = Seat.objects.filter(round=round_, finished_at__isnull=False)
    results = [one for one in queries.results_of(finished, instrument) if not one.score.is_void]
    last_day = timezone.localdate(round_.closed_at) if round_.closed_at else round_.due_on
    ended_at = timezone.make_aware(datetime.combine(last_day, time.max))
    asked = {one.student_id for one in queries.asked_in(round_, ended_at)}
    children = {one.pk: one for one in Student.objects.filter(pk__in=asked)} | {
        one.seat.student_id: one.seat.student for one in results
    }
    label_of = _labels(by, children.values(), last_day)
    asked_in = Counter(label_of(child) for child in children.values())
    parted: dict[str, list[queries.Result]] = {}
    for result in results:
        parted.setdefault(label_of(result.seat.student), []).append(result)
    # Results come by class, so the grades are already in order.
    groups = parted if by == GRADE else dict(sorted(parted.items()))
    compared = [_means(one, asked_in) for one in _measures(instrument, groups)]
    return {
        "round": round_,
        "name": wording.name_of(instrument),
        "tabs": tabs(round_, by),
        "compared": compared,
        "looks": _looks(groups, asked_in),
        "count": sum(1 for one in compared if one["sentence"]),
        "shown_from": rules.SHOWN_FROM,
        "is_validated": instrument.is_validated,
    }


def _labels(by: str, children: Iterable[Student], on: date) -> Callable[[Student], str]:
    """Return a function that names a child's group, as things were on the last day of the round."""
    if by == SEX:
        words: dict[str, str] = {key: str(word) for key, word in Student.Sex.choices}
        return lambda child: words.get(child.sex, _("not known"))
    ids = [child.pk for child in children]
    if by == CARE:
        away = set(parents_away(on).filter(student_id__in=ids).values_list("student_id", flat=True))
        yes, no = _("a parent is away"), _("no parent is known to be away")
        return lambda child: yes if child.pk in away else no
    held = current_enrolments(on).filter(student_id__in=ids)
    grades = dict(held.values_list("student_id", "school_class__grade__number"))
    return lambda child: (
        _("Grade %(number)s") % {"number": grades[child.pk]}
        if child.pk in grades
        else _("not known")
    )


Groups = Mapping[str, Sequence[queries.Result]]


def _measures(instrument: Instrument, groups: Groups) -> Iterator[Measure]:
    """Yield the sums; for a pulse, which has none, the questions whose answers all differ in weight."""
    for scale in instrument.scales:
        sums = {
            name: [float(found.value) for found in scores if found and found.value is not None]
            for name, rows in groups.items()
            if (scores := [one.score.of(scale.id) for one in rows])
        }
        yield Measure(wording.words(scale.names), "", _with_any(sums), digits=2)
    for item in () if instrument.scales else instrument.items:
        weight = {one.code: one.value for one in item.options if one.value is not None}
        if len(set(item.values)) < len(item.options):
            continue
        low = min(item.options, key=lambda one: one.value or 0)
        high = max(item.options, key=lambda one: one.value or 0)
        ends = _("%(low)s: %(low_words)s. %(high)s: %(high_words)s.") % {
            "low": low.value,
            "low_words": wording.words(low.texts),
            "high": high.value,
            "high_words": wording.words(high.texts),
        }
        answers = {
            name: [float(weight[code]) for code in codes if code in weight]
            for name, rows in groups.items()
            if (codes := [one.counted.get(item.id, "") for one in rows])
        }
        title = wording.words(item.texts)
        yield Measure(title, ends, _with_any(answers), weights=tuple(item.values))


def _with_any(values: Mapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    return {name: rows for name, rows in values.items() if rows}


def _means(measure: Measure, asked: Mapping[str, int]) -> dict[str, Any]:
    """Return a table of means and spreads, with a sentence that sums it up.

    `asked`: children of each group.
    """
    values = measure.values
    # If all gave the same answer, the mean reveals what each of them said.
    alike = {place for place, rows in enumerate(values.values()) if len(set(rows)) == 1}
    sizes = [
        [rows.count(weight) for weight in measure.weights] if measure.weights else [len(rows)]
        for rows in values.values()
    ]
    kept = rules.groups_shown(sizes, alike)
    made = {
        name: statistics.group(rows)
        for (name, rows), is_kept in zip(values.items(), kept, strict=True)
        if is_kept
    }
    try:
        if len(made) == 2:
            sentence, check = _of_two(made, measure.digits)
        else:
            sentence, check = _of_many(made, measure.digits)
    except statistics.CannotCompare:
        sentence, check = "", ""
    return {
        "digits": measure.digits,
        "title": measure.title,
        "ends": measure.ends,
        "rows": [
            {"name": name, "group": made.get(name), "missing": missing}
            for (name, missing) in zip(
                values,
                _missing(asked, {key: len(rows) for key, rows in values.items()}),
                strict=True,
            )
        ],
        "any_shown": bool(made),
        "left_out": _left_out(len(values) - len(made)),
        "sentence": sentence,
        "check": check,
    }


def _missing(asked: Mapping[str, int], counted: Mapping[str, int]) -> list[int | None]:
    """Return for each group how many were asked but are not counted.

    None if the number is too small to show.
    """
    return rules.shown([max(asked.get(name, 0) - count, 0) for name, count in counted.items()])


def _of_two(made: Mapping[str, statistics.Group], digits: int) -> tuple[str, str]:
    """Compare two groups.

    Welch's test decides, because spreads may differ; the pooled test is shown beside it.
    """
    # Start from the higher group, so that readers need not interpret a minus sign.
    higher, lower = sorted(made, key=lambda name: made[name].mean, reverse=True)
    found, pooled = (
        statistics.two_means(made[higher], made[lower], test)
        for test in (statistics.WELCH, statistics.POOLED)
    )
    told = {
        "higher": higher,
        "lower": lower,
        "points": f"{found.difference:.{digits}f}",
        "low": f"{found.low:.{digits}f}",
        "high": f"{found.high:.{digits}f}",
        "size": SIZE_WORDS[found.effect.size],
    }
    if found.p >= CHANCE:
        words = _(
            "The difference of %(points)s points may well be chance: it lies between %(low)s and"
            " %(high)s."
        )
    else:
        words = _(
            "“%(higher)s” is %(points)s points above “%(lower)s”; allowing for chance, between"
            " %(low)s and %(high)s. This is %(size)s."
        )
    tests = [
        _("Welch (spreads may differ) t(%(df)s) = %(t)s, %(p)s")
        % {"df": f"{found.df:.1f}", "t": f"{found.t:.2f}", "p": _p(found.p)},
        _("pooled (spreads taken as equal) t(%(df)s) = %(t)s, %(p)s")
        % {"df": f"{pooled.df:.0f}", "t": f"{pooled.t:.2f}", "p": _p(pooled.p)},
    ]
    check = wording.together([*tests, _effect(found.effect), *_disagree(found.p, pooled.p)])
    return words % told, check


def _disagree(welch: float, pooled: float) -> list[str]:
    if (welch < CHANCE) == (pooled < CHANCE):
        return []
    return [_("the two tests disagree: take this difference as open")]


def _of_many(made: Mapping[str, statistics.Group], digits: int) -> tuple[str, str]:
    """Compare more than two groups, as `_of_two` does."""
    found, pooled = (
        statistics.many_means(list(made.values()), test=test)
        for test in (statistics.WELCH, statistics.POOLED)
    )
    words = (
        _("The differences between these groups may well be chance.")
        if found.p >= CHANCE
        else _(
            "The groups differ: from %(low)s (“%(lowest)s”) to %(high)s (“%(highest)s”). %(percent)s"
            " in 100 parts of the differences between children are between the groups: %(size)s."
        )
    )
    ordered = sorted(made, key=lambda name: made[name].mean)
    told = {
        "lowest": ordered[0],
        "low": f"{made[ordered[0]].mean:.{digits}f}",
        "highest": ordered[-1],
        "high": f"{made[ordered[-1]].mean:.{digits}f}",
        "percent": f"{found.effect.value * 100:.0f}",
        "size": SIZE_WORDS[found.effect.size],
    }
    first = found.df_between
    tests = [
        _("Welch (spreads may differ) F(%(first)s, %(df)s) = %(f)s, %(p)s")
        % {"first": first, "df": f"{found.df_within:.1f}", "f": f"{found.f:.2f}", "p": _p(found.p)},
        _("pooled (spreads taken as equal) F(%(first)s, %(df)s) = %(f)s, %(p)s")
        % {
            "first": first,
            "df": f"{pooled.df_within:.0f}",
            "f": f"{pooled.f:.2f}",
            "p": _p(pooled.p),
        },
    ]
    check = wording.together([*tests, _effect(found.effect), *_disagree(found.p, pooled.p)])
    return words % told, check


def _looks(groups: Groups, asked: Mapping[str, int]) -> dict[str, Any]:
    """Count how many of each group somebody should look at; leave out whole rows with a small number."""
    counts = {
        name: (look := sum(one.score.asks_for_look for one in rows), len(rows) - look)
        for name, rows in groups.items()
    }
    kept = rules.groups_shown(list(counts.values()))
    made = {name: row for (name, row), is_kept in zip(counts.items(), kept, strict=True) if is_kept}
    sentence, check = "", ""
    try:
        found = statistics.shares(list(made.values()))
    except statistics.CannotCompare:
        pass
    else:
        words = (
            _("The differences between these groups may well be chance.")
            if found.p >= CHANCE
            else _("The groups differ. This is %(size)s.")
        )
        sentence = words % {"size": SIZE_WORDS[found.effect.size]}
        test = f"χ²({found.df}) = {found.chi_squared:.2f}, {_p(found.p)}"
        check = f"{test}; {_effect(found.effect)}"
    looks = {
        name: {"n": sum(row), "look": row[0], "percent": round(100 * row[0] / sum(row))}
        for name, row in made.items()
    }
    return {
        "rows": [
            {"name": name, "missing": missing} | looks.get(name, {"n": None})
            for name, missing in zip(
                counts,
                _missing(asked, {name: sum(row) for name, row in counts.items()}),
                strict=True,
            )
        ],
        "left_out": _left_out(len(counts) - len(made)),
        "sentence": sentence,
        "check": check,
    }


def _p(p: float) -> str:
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".")


def _effect(found: statistics.Effect) -> str:
    return (
        f"{EFFECT_NAMES[found.kind]} = {found.value:.2f} ({found.low:.2f} – {found.high:.2f}, 95 %)"
    )


def _left_out(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "We left out %(n)s group: it, or what the sum would reveal, is smaller than %(from)s.",
        "We left out %(n)s groups: they, or what the sum would reveal, are smaller than %(from)s.",
        count,
    ) % {"n": count, "from": rules.SHOWN_FROM}
