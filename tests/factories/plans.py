"""What was agreed for 徐梦瑶: with her mother, her class teacher and her village."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from counselling.models import Case, Measure, SupportPlan
from counselling.plans import actions
from tests.factories import cases
from tests.factories.cast import Cast
from tests.factories.visits import settle_in_village

WORDS = {
    "family": "周六晚上七点和梦瑶通话",
    "school": "请梦瑶当体育课的领跑",
    "village": "月底去看看奶奶的腿",
}


def measure(case: Case, party: str, cast: Cast, at: datetime | None = None, **facts) -> Measure:
    at = at or timezone.now()
    who = {"family": {"adult": cast.adults["mother"]}, "school": {"user": cast.users["teacher"]}}
    given = {
        "words": WORDS[party],
        "rhythm": "once",
        "due_on": timezone.localdate(at) + timedelta(days=7),
        "key": uuid4(),
        **who.get(party, {}),
    }
    return actions.add_measure(case=case, by=case.owner, party=party, at=at, **given | facts)


def share(case: Case, at: datetime | None = None) -> SupportPlan:
    at = at or timezone.now()
    review_on = timezone.localdate(at) + timedelta(days=28)
    plan = case.plans.get(ended_at=None)
    return actions.share(plan=plan, by=case.owner, review_on=review_on, at=at)


def make_plan(cast: Cast, at: datetime | None = None) -> tuple[SupportPlan, dict[str, Measure]]:
    """One measure of each party, shown to all three."""
    settle_in_village(cast.students["mengyao"])
    case = cases.make_case(cast, at)
    made = {party: measure(case, party, cast, at) for party in WORDS}
    return share(case, at), {key: Measure.objects.get(pk=one.pk) for key, one in made.items()}


def matrix_objects(cast: Cast, name: str) -> dict:
    """Arguments of the addresses of plans (tests/access)."""
    party = {
        "counselling:plan_measure": "school",
        "counselling:measure_done": "school",
        "family:agreed_tick": "family",
        "village:agreed": "village",
    }.get(name)
    if party is None and not name.startswith("counselling:plan"):
        return {} if name != "family:agreed" else _made(cast)
    plan, made = make_plan(cast)
    if name == "counselling:plan_agree":
        cases.reader(plan.case, cast.users["principal"])
    return {"pk": plan.case_id} | ({"measure_id": made[party].pk} if party else {})


def _made(cast: Cast) -> dict:
    make_plan(cast)
    return {}
