"""What is waiting for an adult in the first demo school, said through the product's own acts."""

from datetime import datetime, timedelta

from accounts.models import User
from counselling import actions as counselling
from counselling.models import Concern
from messaging import actions as messaging
from messaging.models import Answer, CheckIn
from schools.models import School
from students.models import Student


def tell(school: School, at: datetime) -> None:
    """One child who wants to talk, one parent who asks for help, one worry that is settled."""
    _child_wants_to_talk(school, at)
    _parent_needs_help(school, at)
    _settled_worry(school, at)


def _child_wants_to_talk(school: School, at: datetime) -> None:
    student = Student.objects.filter(school=school, name="何静").first()
    if student is None:
        return
    counselling.want_to_talk(
        student=student,
        asked_for="class_teacher",
        wanted_when="today",
        words="",
        at=at - timedelta(minutes=25),
        key="demo",
    )


def _parent_needs_help(school: School, at: datetime) -> None:
    """Of an open question in the demo teacher's own class, else of any."""
    waiting = CheckIn.objects.filter(school=school, answered_at=None).order_by("pk")
    own = waiting.filter(
        lines__student__enrolments__school_class__posts__user__username="zhanglihua"
    ).exclude(state=CheckIn.State.NOBODY_REACHED)
    check_in = own.first() or waiting.first()
    if check_in is None:
        return
    answers: dict[int, str] = {line.student_id: Answer.NEED_HELP for line in check_in.lines.all()}
    messaging.answer(
        check_in=check_in, key="demo-help", answers=answers, at=at - timedelta(minutes=8)
    )
    messaging.add_more(
        check_in=check_in,
        key="demo-help",
        moods={},
        words="她奶奶昨晚住院了，今晚家里没有大人。",
        at=at - timedelta(minutes=7),
    )


def _settled_worry(school: School, at: datetime) -> None:
    student = Student.objects.filter(school=school, name="徐梦瑶").first()
    teacher = User.objects.filter(username="zhanglihua").first()
    if student is None or teacher is None:
        return
    when = at - timedelta(days=6)
    concern = counselling.raise_worry(
        student=student,
        by=teacher,
        words="午睡时哭了一会儿，说想妈妈。",
        is_urgent=False,
        at=when,
        key="demo",
    )
    counselling.acknowledge(concern=concern, by=teacher, at=when + timedelta(minutes=4))
    counselling.close(
        concern=concern,
        by=teacher,
        closing=Concern.Closing.WITH_CHILD,
        words="坐着陪她，听她说。放学前和妈妈视频了一次。",
        at=when + timedelta(hours=2),
    )
