"""Early warning in the main demo school, and one report of suspected harm.

Early warning was switched on a month ago and has last night's hints. Every office outside has received the
report.
"""

from datetime import timedelta
from uuid import uuid5

from demo.scene import Scene
from demo.story_school import KEYS, Cast
from safeguarding import actions as concerns
from safeguarding.early_warning import actions as warnings
from safeguarding.models import Concern
from safeguarding.reports import actions as reports
from schools.roles import Role

SAID = "她说晚上去小卖部，老板不让她走，拉她的胳膊。右边胳膊上有一圈青印。"
TOLD = (
    (
        "police",
        "黄羊川派出所 马警官",
        "110",
        "黄警接〔2026〕1106 号",
        "已出警，问过话，让孩子先不要去那里。",
    ),
    ("civil", "县民政局未保科 张科长", "0935-5121100", "", "周内派人来看孩子。"),
    ("education", "县教育局值班室", "0935-5122200", "", "收到书面报告。"),
)


def tell(scene: Scene, cast: Cast) -> None:
    if "丁小雨" in cast:
        _report(scene, cast)
    warnings.switch(
        school=scene.school,
        by=scene.colleagues[Role.COUNSELLOR],
        is_on=True,
        looks_a_week=8,
        flags_a_week=0,
        at=scene.at - timedelta(days=30),
    )
    warnings.look_for_signals(scene.at)


def _report(scene: Scene, cast: Cast) -> None:
    """Write the report; the suspect is outside school and family, so that nobody's pages change."""
    student, counsellor = cast["丁小雨"], scene.colleagues[Role.COUNSELLOR]
    when = scene.moment(scene.on - timedelta(days=19), 8, 40)
    report = reports.write_report(
        student=student,
        by=scene.colleagues[Role.PRINCIPAL],
        situation="violence",
        words=SAID,
        child_now="在学校医务室，陈老师陪着",
        adults=(),
        users=(),
        somebody="村口小卖部的老板",
        at=when,
        key=uuid5(KEYS, f"report-{student.pk}"),
    )
    for step, (office, spoke_with, phone, number, words) in enumerate(TOLD, start=1):
        told_at = when + timedelta(minutes=6 * step)
        reports.told(
            report=report,
            by=report.reported_by,
            at=told_at,
            key=uuid5(KEYS, f"told-{student.pk}-{office}"),
            office=office,
            spoke_with=spoke_with,
            phone=phone,
            case_number=number,
            told_at=told_at,
            words=words,
        )
    concern = Concern.objects.get(source_key=f"report:{report.key}")
    concerns.acknowledge(concern=concern, by=counsellor, at=when + timedelta(minutes=3))
    concerns.close(
        concern=concern,
        by=counsellor,
        closing=Concern.Closing.WITH_CHILD,
        words="一直陪着她，爷爷十点到校接走。每天早上看一眼。",
        at=when + timedelta(hours=3),
    )
