"""Two notices of the first demo school: one that is being signed, one of weeks ago that is done."""

from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from delivery.models import OutboxMessage
from demo.scene import Scene
from demo.story_school import key
from guardians.models import Adult
from notices import actions, policies
from notices.actions import Content
from notices.models import Notice, Notified
from schools.roles import Role

SIGNED, SEEN = (
    0.55,
    0.8,
)  # shares of the adults who signed, or at least opened, the running one (made up)
CONFIRMED = 0.97  # of the families, of the one that is done (made up)


def tell(scene: Scene) -> None:
    teacher = scene.teachers[scene.home_class.pk]
    running = _send(
        scene,
        teacher,
        Content(
            key=key("notice-running"),
            kind=Notice.Kind.SIGN,
            title="周五去敬老院，请您同意",
            words=(
                "周五下午，全班去镇上的敬老院，给老人唱歌、送画。\n"
                "两位老师带队，走路二十分钟，四点半回到学校。\n"
                "孩子请穿运动鞋，带水杯。不去的孩子留校，有老师陪。"
            ),
            due_on=scene.on + timedelta(days=1),
            one_is_enough=True,
            scope=Notice.Scope.CLASSES,
            picked=[scene.home_class.pk],
        ),
        scene.at - timedelta(hours=26),
    )
    _say(scene, running, SIGNED, SEEN)
    done = _send(
        scene,
        scene.colleagues[Role.PRINCIPAL],
        Content(
            key=key("notice-done"),
            kind=Notice.Kind.CONFIRM,
            title="流感疫苗：下周一在学校打",
            words=(
                "下周一上午，镇卫生院来学校给这个年级打流感疫苗，免费，自愿。\n"
                "孩子对鸡蛋过敏，或者正在发烧，请告诉班主任。"
            ),
            due_on=scene.on - timedelta(days=18),
            one_is_enough=True,
            scope=Notice.Scope.CLASSES,
            picked=list(scene.home_class.grade.classes.values_list("pk", flat=True)),
        ),
        scene.at - timedelta(days=22),
    )
    _say(scene, done, CONFIRMED, 1.0)


def _send(scene: Scene, by: User, content: Content, at: datetime) -> Notice:
    """As if it had gone out then: its messages are not sent today."""
    notice = actions.write(school=scene.school, content=content, by=by, at=at)
    actions.schedule(notice=notice, starts_at=at, at=at)
    actions.send_due(at=at)
    OutboxMessage.objects.filter(dedupe_key__startswith=f"note:{notice.pk}:").update(
        state=OutboxMessage.State.ACCEPTED, sending_at=at, finished_at=at
    )
    notice.refresh_from_db()
    return notice


def _say(scene: Scene, notice: Notice, answering: float, seeing: float) -> None:
    lots = Random(f"{scene.seed}:notice:{notice.kind}")
    told = Notified.objects.filter(notice=notice).select_related("adult").order_by("pk")
    for row in told:
        drawn = lots.random()
        at = min((notice.sent_at or scene.at) + timedelta(minutes=lots.randint(9, 900)), scene.at)
        if drawn < seeing:
            _of(notice, row.adult, at, is_answer=drawn < answering)


def _of(notice: Notice, adult: Adult, at: datetime, *, is_answer: bool) -> None:
    on = at.date()
    lines = list(policies.lines_of_family([adult], on).filter(notice=notice))
    mine = policies.signable(adult, lines, on) if notice.wants_signature else lines
    if is_answer and mine:
        name = adult.name if notice.wants_signature else ""
        actions.answer(notice=notice, adult=adult, lines=mine, signed_as=name, at=at)
    elif lines:
        actions.note_seen(notice=notice, adult=adult, lines=lines, at=at)
