"""A report of suspected harm to 徐梦瑶, written by her class teacher."""

from uuid import uuid4

from django.utils import timezone

from safeguarding.models import Flag, Report
from safeguarding.reports import actions
from tests.factories.cast import Cast

SAID = "手臂上有三道新的青紫，她说是昨晚"


def make_report(
    cast: Cast, by: str = "teacher", at=None, student: str = "mengyao", **facts
) -> Report:
    return actions.write_report(
        student=cast.students[student],
        by=cast.users[by],
        at=at or timezone.now(),
        **{
            "situation": "violence",
            "words": SAID,
            "child_now": "在医务室，陈老师陪着",
            "adults": (),
            "users": (),
            "somebody": "",
            "key": uuid4(),
            **facts,
        },
    )


def make_flag(cast: Cast, student: str = "mengyao", at=None, **facts) -> Flag:
    at = at or timezone.now()
    child = cast.students[student]
    return Flag.objects.create(
        school=child.school,
        student=child,
        raised_on=at.date(),
        raised_at=at,
        **{"domains": ["attendance", "notes"], "reasons": [], "missing_share": 0.4, **facts},
    )


def matrix_objects(cast: Cast, name: str) -> dict:
    """Arguments of the addresses of reports and hints (tests/access)."""
    if name in ("safeguarding:report", "safeguarding:report_add"):
        return {"pk": make_report(cast).pk}
    if name == "safeguarding:report_lift":
        report = make_report(cast, adults=[cast.adults["grandmother"]])
        return {"pk": report.pk, "suspect_id": report.suspects.get().pk}
    if name == "safeguarding:flag_settle":
        return {"pk": make_flag(cast).pk}
    return {}
