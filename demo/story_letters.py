"""Referral letters of the demo school: its list of places, one waiting for an answer, one received."""

from datetime import datetime, timedelta
from uuid import uuid5

from counselling.letters import package
from counselling.models import Case, PlaceKind, Referral
from counselling.referrals import actions
from counselling.referrals.policies import who_may_agree
from demo.scene import Scene
from demo.story_school import KEYS, Cast
from schools.policies import today_in

CENTRE = "县未成年人心理健康辅导中心"
PLACES = (
    (CENTRE, PlaceKind.CENTRE, "0935-5120001", "县城昌松路 18 号"),
    ("县人民医院儿科", PlaceKind.HOSPITAL, "0935-5120120", "县城人民路"),
    ("黄羊川镇民政办", PlaceKind.VILLAGE, "0935-5119003", "镇政府一楼"),
)
ASKS = "孩子夜里常醒，白天没精神，已有两个月。请你们帮忙看一看睡眠，并告诉我们学校能做什么。"
CAME = "孩子上周因骨折住院，已出院。住院时常哭着找妈妈。请学校多留意，体育课先免修。"


def tell(scene: Scene, case: Case, cast: Cast) -> None:
    """Write two letters.

    One is about the case in progress, handed over ten days ago; the other, about 徐梦瑶, arrived yesterday.
    """
    at = scene.at - timedelta(days=10)
    for name, kind, phone, address in PLACES:
        actions.add_place(
            school=scene.school,
            by=case.owner,
            at=at,
            name=name,
            kind=kind,
            phone=phone,
            address=address,
        )
    _handed_over(case, at)
    if "徐梦瑶" in cast:
        actions.arrived(
            student=cast["徐梦瑶"],
            by=case.owner,
            place_name="县人民医院儿科",
            place_kind=PlaceKind.HOSPITAL,
            place_phone="0935-5120120",
            arrived_on=today_in(scene.school, scene.at - timedelta(days=1)),
            asks=CAME,
            due_on=today_in(scene.school, scene.at + timedelta(days=5)),
            at=scene.at - timedelta(hours=3),
            key=uuid5(KEYS, "letter-in"),
        )


def _handed_over(case: Case, at: datetime) -> Referral | None:
    agreed = who_may_agree(case.student, today_in(case.school, at)).first()
    place = case.school.referral_places.filter(name=CENTRE).first()
    if agreed is None or place is None:
        return None
    key = uuid5(KEYS, f"letter-{case.pk}")
    made = actions.begin(case=case, by=case.owner, place=place, asks=ASKS, at=at, key=key)
    made = actions.write(
        referral=made,
        by=case.owner,
        at=at,
        place=place,
        asks=ASKS,
        ground_words="",
        parts=["carers", "goals", "talks"],
        due_on=today_in(case.school, at + timedelta(days=14)),
        consent_by=agreed,
        consent_how="phone",
        consent_on=today_in(case.school, at),
        child_said="agrees",
    )
    digest = package.digest_of(actions.preview(made, at))
    return actions.send(referral=made, by=case.owner, handed="by_hand", digest=digest, at=at)
