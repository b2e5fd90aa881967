"""Two notices of the main demo school: parents are signing one, and confirmed the other weeks ago."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from delivery.models import OutboxMessage
from demo.scene import Scene
from demo.story_school import key
from notices import actions, policies
from notices.actions import Content
from notices.models import Notice, NoticeAnswer, NoticeChild, Notified
from privacy.policies import deciders
from schools.roles import Role

# Shares of adults, made up: who signed the open notice, who at least opened it, who confirmed the old one.
SIGNED, SEEN, CONFIRMED = 0.55, 0.8, 0.97


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
    _answer_as_families(scene, running, SIGNED, SEEN)
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
    _answer_as_families(scene, done, CONFIRMED, 1.0)


def _send(scene: Scene, by: User, content: Content, at: datetime) -> Notice:
    """Send the notice at `at`, with its messages already accepted, so that none is sent today."""
    notice = actions.write(school=scene.school, content=content, by=by, at=at)
    actions.schedule(notice=notice, starts_at=at, at=at)
    actions.send_due(at=at)
    OutboxMessage.objects.filter(dedupe_key__startswith=f"note:{notice.pk}:").update(
        state=OutboxMessage.State.ACCEPTED, sending_at=at, finished_at=at
    )
    notice.refresh_from_db()
    return notice


def _answer_as_families(scene: Scene, notice: Notice, answering: float, seeing: float) -> None:
    """Write what the families did with one notice, as rows.

    Calling `notices.actions.answer` for each adult would take half the time of the whole demo.
    """
    lots = Random(f"{scene.seed}:notice:{notice.kind}")
    notified = list(Notified.objects.filter(notice=notice).select_related("adult").order_by("pk"))
    lines = {line.student_id: line for line in notice.children.select_related("student")}
    held = policies.guardianships_for_notices([row.adult for row in notified], scene.on)
    pairs = set(held.filter(student__in=lines).values_list("adult_id", "student_id"))
    if notice.wants_signature:
        may_answer = set(deciders(scene.on).values_list("adult_id", "student_id")) & pairs
    else:
        may_answer = pairs
    children: dict[int, list[int]] = defaultdict(list)
    for adult_id, student_id in sorted(pairs):
        children[adult_id].append(student_id)
    answers: list[NoticeAnswer] = []
    settled: dict[int, datetime] = {}
    for row in notified:
        drawn = lots.random()
        at = min((notice.sent_at or scene.at) + timedelta(minutes=lots.randint(9, 900)), scene.at)
        if drawn >= seeing or row.adult_id not in children:
            continue
        row.seen_at = at
        for student_id in children[row.adult_id] if drawn < answering else ():
            if (row.adult_id, student_id) not in may_answer:
                continue
            line, name = lines[student_id], row.adult.name if notice.wants_signature else ""
            settled.setdefault(line.pk, at)  # one adult per family is enough for both notices
            answers.append(
                NoticeAnswer(
                    school_id=notice.school_id,
                    child=line,
                    adult=row.adult,
                    via=NoticeAnswer.Via.PAGE,
                    signed_as=name,
                    statement=actions.statement_words(notice, line.student.name, name)[:300],
                    digest=notice.digest,
                    at=at,
                )
            )
    Notified.objects.bulk_update(notified, ["seen_at"])
    NoticeAnswer.objects.bulk_create(answers)
    for line in lines.values():
        line.settled_at = settled.get(line.pk)
    NoticeChild.objects.bulk_update(lines.values(), ["settled_at"])
