from datetime import date

from reunions.models import InfoAsked, ReunionPlan, Season
from tests.factories.cast import Cast

WINTER = (date(2027, 1, 23), date(2027, 2, 21), date(2027, 2, 5))


def make_season(cast: Cast, **fields) -> Season:
    first, last, feast = WINTER
    return Season.objects.create(
        school=cast.school,
        **{
            "kind": Season.Kind.WINTER,
            "starts_on": first,
            "ends_on": last,
            "feast_on": feast,
            **fields,
        },
    )


def make_plan(cast: Cast, season: Season, **fields) -> ReunionPlan:
    """王芳 comes home to 徐梦瑶."""
    return ReunionPlan.objects.create(
        school=cast.school,
        season=season,
        **{
            "student": cast.students["mengyao"],
            "adult": cast.adults["mother"],
            "travel": ReunionPlan.Travel.COMES,
            "said_by": ReunionPlan.SaidBy.PARENT,
            "said_at": "2026-11-25T12:00:00+08:00",
            **fields,
        },
    )


def make_question(cast: Cast, **fields) -> InfoAsked:
    return InfoAsked.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        **{
            "topic": "schooling",
            "words": "昆山上小学要什么材料？",
            "key": "11111111-1111-4111-8111-111111111111",
            "asked_at": "2026-11-25T12:00:00+08:00",
            **fields,
        },
    )


def matrix_objects(cast: Cast, page: str) -> dict:
    """What the addresses of this room name, all about 徐梦瑶 and her school."""
    season = make_season(cast)
    if page == "answer":
        return {"pk": make_question(cast).pk}
    if page in ("plan", "outcome", "watch", "told"):
        plan = make_plan(cast, season)
        watch = plan.watches.create(
            school=cast.school, student=plan.student, step=3, due_on=season.ends_on
        )
        return {"pk": watch.pk if page == "watch" else plan.pk}
    return {"pk": season.pk, "topic": "schooling"}
