"""The link of one round for one adult, in a message. Reading it records nothing (previews fetch links)."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from delivery import links
from delivery.policies import is_out_of_hands
from guardians.models import Adult
from schools.policies import today_in
from surveys.asked import Asked, asked_of, ties_to_ask
from surveys.models import Round

PURPOSE = "survey"


@dataclass(frozen=True)
class Opened:
    """What a link opens: one round, one adult, and the children whom it is about, the eldest first."""

    round: Round
    adult: Adult
    forms: list[Asked]


def path_for(round_id: int, adult_id: int) -> str:
    token = links.seal(PURPOSE, round_id, adult_id)
    return reverse("family_surveys:link", args=[token])


def message_key(round_id: int, adult_id: int, on: object = "") -> str:
    """Return the dedupe key of an outbox row: for the first message, or for that of a later day."""
    return f"survey:{round_id}:a{adult_id}" + (f":{on}" if on else "")


def open_link(token: str, at: datetime) -> Opened | None:
    """Return what the link opens; None whatever is wrong.

    It may be forged or expired; the adult may be blocked (as may another person at the phone) or no longer
    around the child; the family may have refused; or the phone may belong to somebody else by now.
    """
    numbers = links.unseal(PURPOSE, token, 2)
    if numbers is None:
        return None
    rounds = Round.objects.select_related("school", "edition", "opened_by")
    round_ = rounds.filter(pk=numbers[0], how=Round.How.HOME).first()
    adult = Adult.objects.select_related("school", "user").filter(pk=numbers[1]).first()
    if round_ is None or adult is None or not round_.is_open(today_in(round_.school, at)):
        return None
    if is_out_of_hands(adult, message_key(round_.pk, adult.pk)):
        return None
    forms = forms_of(round_, adult, at)
    return Opened(round_, adult, forms) if forms else None


def forms_of(round_: Round, adult: Adult, at: datetime) -> list[Asked]:
    """Return one form for each child of the round about whom we may ask this adult, the eldest first."""
    on, instrument = today_in(round_.school, at), round_.edition.instrument
    held = adult.guardianships.values_list("student_id", flat=True)
    ties = ties_to_ask(list(held), instrument, on).filter(adult=adult)
    mine = {tie.student_id: tie for tie in ties}
    classes = round_.classes.order_by("grade__number", "number")
    # The adult is known already: only the children are looked up, as for staff.
    forms = asked_of(classes, instrument, Round.How.STAFF, round_.school, at, only=list(mine))
    found = [Asked(one.student_id, one.class_id, mine[one.student_id]) for one in forms]
    return sorted(
        found, key=lambda one: (mine[one.student_id].student.born_on or on, one.student_id)
    )
