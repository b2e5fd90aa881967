"""The plan of the case in progress: agreements with an adult at home, the class teacher and the village.

Written through the product's own actions; some of it was kept, one thing is late, so that every page has
something.
"""

from datetime import timedelta
from uuid import uuid5

from counselling.models import Case, Measure
from counselling.plans import actions
from counselling.plans.policies import adults_to_ask
from demo.scene import Scene
from demo.story_school import KEYS
from schools.policies import today_in

Party, Rhythm = Measure.Party, Measure.Rhythm


def tell(scene: Scene, case: Case) -> None:
    """Write what was agreed 16 days ago.

    At home and at school it is for every week, in the village for a date that has passed.
    """
    begun = scene.at - timedelta(days=16)
    at_home = {"guardianships__student": case.student, "guardianships__kind": "carer"}
    adult = adults_to_ask(case.student, scene.on).filter(**at_home).first()
    teacher = scene.teachers[scene.home_class.pk]
    made = []
    if adult is not None:
        words = "周六晚上七点，把手机给小龙，让他和爸爸说说话"
        made.append(_measure(case, begun, Party.FAMILY, words, Rhythm.WEEKLY, 30, adult=adult))
    words = "体育课请小龙当领跑，下课夸他一句"
    made.append(_measure(case, begun, Party.SCHOOL, words, Rhythm.WEEKLY, 30, user=teacher))
    if case.student.village:
        words = "去家里坐坐，问问爷爷煤炉装好了没有"
        _measure(case, begun, Party.VILLAGE, words, Rhythm.ONCE, 14)
    actions.share(
        plan=case.plans.get(),
        by=case.owner,
        review_on=today_in(case.school, scene.at) + timedelta(days=9),
        at=begun + timedelta(hours=1),
    )
    for measure in made:
        for days in (4, 11):
            at = begun + timedelta(days=days)
            actions.tick(measure=measure, at=at, by_adult=measure.adult, by_user=measure.user)


def _measure(case: Case, at, party: str, words: str, rhythm: str, days: int, **who) -> Measure:
    return actions.add_measure(
        case=case,
        by=case.owner,
        party=party,
        words=words,
        rhythm=rhythm,
        due_on=today_in(case.school, at) + timedelta(days=days),
        at=at,
        key=uuid5(KEYS, f"measure-{case.pk}-{party}"),
        **who,
    )
