"""Which filled-in forms a study hands out, under made-up names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import User
from surveys import queries
from surveys.models import Seat, Study
from surveys.rules import SHOWN_FROM
from surveys.studies import fhir
from surveys.studies.policies import seats_to_hand_out


@dataclass(frozen=True)
class HandedOut:
    """One page. `children`: ids of the children behind these forms, only for the access log."""

    forms: Sequence[fhir.Form]
    children: list[int]
    has_more: bool


def hand_out(study: Study, user: User, on: date, *, after: str, most: int) -> HandedOut:
    """Return forms whose made-up name comes after `after`.

    Empty while the round is open, and if fewer than SHOWN_FROM children agreed: among so few a made-up name
    hides nobody.
    """
    salt = bytes(study.salt)
    rows = seats_to_hand_out(study, user, on).values_list("pk", "student_id")
    named = sorted((fhir.made_up_name(salt, student), pk) for pk, student in rows)
    if len(named) < SHOWN_FROM:
        named = []
    behind = [(name, pk) for name, pk in named if name > after]
    name_of = {pk: name for name, pk in behind[:most]}
    results = queries.results_of(
        Seat.objects.filter(pk__in=name_of), study.round.edition.instrument
    )
    forms = [fhir.Form(name_of[one.seat.pk], one.answers, one.score) for one in results]
    return HandedOut(
        sorted(forms, key=lambda form: form.who),
        sorted(one.seat.student_id for one in results),
        has_more=len(behind) > most,
    )
