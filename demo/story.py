"""Recent events in the main demo school, written through the product's own actions.

One of each kind, so that every page has something from today; the people are those of story_families.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from demo import (
    duty,
    lessons,
    meetings,
    nights,
    notices,
    own_lessons,
    own_questions,
    phones,
    pulses,
    story_cases,
    story_contacts,
    story_home,
    story_school,
    story_warnings,
    story_words,
    surveys,
    systems,
)
from demo.families import Household
from demo.scene import Scene
from guardians.care import actions as care_actions
from guardians.care.queries import care_gaps
from messaging import actions as messaging
from messaging.models import Answer, CheckIn
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from schools.roles import Role
from students.models import Student

# Worries of earlier weeks: days ago, minutes until an adult took it on, what was seen, what was done.
EARLIER = (
    (17, 12, "两天没吃早饭，说起晚了。", "和奶奶约好，早饭到学校吃。"),
    (26, 55, "课间不肯出教室，问他说没事。", "陪他出去走了一圈，第二天同桌叫上他。"),
    (33, 8, "和同学打了一架，哭着说没人帮他。", "两个孩子分别谈过，都和好了。"),
    (45, 140, "作业本上写着不想上学。", "和他谈了午休，周末爸爸打了电话。"),
)


def tell(scene: Scene, households: Iterable[Household]) -> None:
    """Write them all; the school's rows must be in the database."""
    phones.fill(scene.school)
    duty.tell(scene)
    systems.tell(scene)
    cast = story_school.cast_of(scene.school)
    story_home.tell(scene, cast)
    story_school.tell(scene, cast)
    families = list(households)
    story_contacts.tell(scene, cast, families)
    story_words.tell(scene, cast, families)
    notices.tell(scene)
    lessons.tell(scene)
    own_lessons.tell(scene)
    meetings.tell(scene)
    own_questions.tell(scene)
    surveys.tell(scene)
    pulses.tell(scene)
    _gaps_in_care(scene)
    _settled_worry(scene, cast)
    story_cases.tell(scene, cast)
    story_warnings.tell(scene, cast)
    nights.tell(scene, cast)
    if "何静" in cast:
        safeguarding.want_to_talk(
            student=cast["何静"],
            asked_for="class_teacher",
            wanted_when="today",
            words="",
            at=scene.at - timedelta(minutes=25),
            key="demo",
        )
    # A father answers his open question with "I need help", which opens a concern.
    waiting = CheckIn.objects.filter(school=scene.school, answered_at=None)
    check_in = waiting.filter(lines__student__name="高强强").first()
    if check_in is None:
        return
    answers: dict[int, str] = {line.student_id: Answer.NEED_HELP for line in check_in.lines.all()}
    said_at = scene.at - timedelta(minutes=8)
    messaging.answer(check_in=check_in, key="demo-help", answers=answers, at=said_at)
    messaging.add_more(
        check_in=check_in,
        key="demo-help",
        moods={},
        words="奶奶昨晚住院了，今晚家里没有大人。",
        at=said_at + timedelta(minutes=1),
    )


def _settled_worry(scene: Scene, cast: dict[str, Student]) -> None:
    if "徐梦瑶" not in cast:
        return
    when = scene.at - timedelta(days=6)
    words = "坐着陪她，听她说。放学前和妈妈视频了一次。"
    _settle(scene, cast["徐梦瑶"], "午睡时哭了一会儿，说想妈妈。", words, when, 4)
    others = Student.objects.filter(school=scene.school, enrolments__school_class=scene.home_class)
    others = others.exclude(pk__in=[one.pk for one in cast.values()]).order_by("pk")
    for child, (ago, minutes, seen, done) in zip(others, EARLIER, strict=False):
        _settle(scene, child, seen, done, scene.moment(scene.on - timedelta(days=ago), 10), minutes)


def _settle(
    scene: Scene, child: Student, seen: str, done: str, when: datetime, minutes: int
) -> None:
    """Write a worry of the class teacher, who took it on after so many minutes and settled it that day."""
    teacher = scene.teachers[scene.home_class.pk]
    concern = safeguarding.raise_worry(
        student=child, by=teacher, words=seen, is_urgent=False, at=when, key=f"demo-{when:%m%d}"
    )
    safeguarding.acknowledge(concern=concern, by=teacher, at=when + timedelta(minutes=minutes))
    safeguarding.close(
        concern=concern,
        by=teacher,
        closing=Concern.Closing.WITH_CHILD,
        words=done,
        at=when + timedelta(hours=5),
    )


def _gaps_in_care(scene: Scene) -> None:
    """Write children without a recorded carer.

    The counsellor looked into those found in autumn, and took over the youngest within the last hour.
    """
    counsellor = scene.colleagues[Role.COUNSELLOR]
    children = Student.objects.filter(school=scene.school).order_by("-born_on", "pk")
    gaps = care_gaps(scene.on, list(children.values_list("pk", flat=True)))
    elsewhere = children.exclude(enrolments__school_class=scene.home_class)
    youngest = elsewhere.filter(pk__in=gaps).first()
    if youngest is None:
        return
    found_at, now_at = scene.at - timedelta(days=40), scene.at - timedelta(minutes=50)
    for concern in _concerns_of(set(gaps) - {youngest.pk}, found_at):
        safeguarding.acknowledge(concern=concern, by=counsellor, at=found_at + timedelta(minutes=9))
        safeguarding.close(
            concern=concern,
            by=counsellor,
            closing=Concern.Closing.WITH_CHILD,
            words="和孩子、父母、村委会都谈了：平时住校，周末住在姑姑家。委托书等父母回来签。",
            at=found_at + timedelta(hours=5),
        )
    for concern in _concerns_of({youngest.pk}, now_at):
        safeguarding.acknowledge(concern=concern, by=counsellor, at=now_at + timedelta(minutes=6))


def _concerns_of(children: set[int], at: datetime) -> list[Concern]:
    care_actions.note_care_gaps(at=at, student_ids=children)
    safeguarding.run_intake(at)
    return list(Concern.objects.filter(student__in=children, source=Concern.Source.CARE_GAP))
