"""How a child's sums have changed since the previous round, and how much of it may be chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from schools.policies import today_in
from surveys import queries, scoring, wording
from surveys.models import Seat
from surveys.past import queries as past

VERDICTS: Mapping[str, Promise] = {
    scoring.NO_FIGURE: gettext_lazy(
        "We know of no study that says how much of a difference on this scale is chance."
    ),
    scoring.NO_SPREAD: gettext_lazy(
        "Too few answered in the round before to tell how much of a difference is chance."
    ),
    scoring.UNCLEAR: gettext_lazy("No clear change: less than %(needed)s points may be chance."),
    scoring.HIGHER: gettext_lazy(
        "Clearly higher: chance alone gives a difference of %(needed)s points one time in twenty."
    ),
    scoring.LOWER: gettext_lazy(
        "Clearly lower: chance alone gives a difference of %(needed)s points one time in twenty."
    ),
}


@dataclass(frozen=True)
class ChangeRow:
    name: str
    before: str
    after: str
    words: str
    sources: str


def since_last(seat: Seat, now: queries.Result, today: date) -> dict | None:
    """Return the changes since the earlier form, else since imported scores from before.

    None without either, or if one of the two is void.
    """
    earlier = queries.earlier_seat(seat)
    imported = past.before(seat, today) if earlier is None else None
    if now.score.is_void or (earlier is None and imported is None):
        return None
    instrument, spreads = seat.round.edition.instrument, {}
    if earlier is not None:
        result = queries.result_of(earlier)
        if result.score.is_void or earlier.finished_at is None:
            return None
        then = {one.scale.id: one.value for one in result.score.scales}
        on = today_in(earlier.school, earlier.finished_at)
        if any(one.sd is None for one in instrument.change):
            spreads = queries.spreads_of(earlier.round)
    elif imported is not None:
        on, then = imported[0], dict(imported[1])
    known = {one.scale: one for one in instrument.change}
    rows = []
    for scale in instrument.scales:
        before, after = then.get(scale.id), now.score.of(scale.id)
        if before is None or after is None or after.value is None:
            continue
        change = known.get(scale.id)
        made = scoring.changed(before, after.value, change, spreads.get(scale.id))
        needed, sources = {}, ""
        if change is not None and made.needed is not None:
            needed = {"needed": f"{made.needed:.1f}"}
            everybody = _("all who answered in the round before")
            sources = _("r = %(r)s (%(source)s); spread: %(spread)s") % {
                "r": f"{change.r:g}",
                "source": change.source,
                "spread": everybody if change.sd is None else change.sd_source,
            }
        rows.append(
            ChangeRow(
                name=wording.words(scale.names),
                before=scoring.figure(made.before),
                after=scoring.figure(made.after),
                words=str(VERDICTS[made.verdict]) % needed,
                sources=sources,
            )
        )
    return {"seat": earlier, "on": on, "rows": rows} if rows else None
