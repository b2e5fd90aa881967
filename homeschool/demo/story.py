"""What is waiting for an adult in the first demo school, said through the product's own acts."""

from datetime import datetime, timedelta

from accounts.models import User
from counselling import actions as counselling
from counselling.models import Concern
from messaging import actions as messaging
from messaging import links, texts
from messaging.models import Answer, CheckIn, DemoPhoneMessage, OutboxMessage
from schools.models import School
from students.models import Student


def tell(school: School, at: datetime) -> None:
    """One child who wants to talk, one parent who asks for help, one worry that is settled."""
    _fill_demo_phones(school)
    _child_wants_to_talk(school, at)
    _parent_needs_help(school, at)
    _settled_worry(school, at)


def _fill_demo_phones(school: School) -> None:
    """What the parents with an open question have received, with links that work."""
    sent = OutboxMessage.objects.filter(
        school=school, kind=OutboxMessage.Kind.CHECK_IN, state=OutboxMessage.State.ACCEPTED
    ).select_related("adult", "check_in")
    DemoPhoneMessage.objects.bulk_create(
        DemoPhoneMessage(
            school=school,
            idempotency_key=message.idempotency_key,
            adult_id=message.adult_id,
            address=message.address,
            text=_question(message, message.adult.language, school),
            received_at=message.due_at,
        )
        for message in sent
        if message.adult
    )


def _question(message: OutboxMessage, language: str, school: School) -> str:
    url = links.check_in_url(
        check_in_id=message.check_in_id or 0,
        adult_id=message.adult_id or 0,
        contact_point_id=message.contact_point_id,
    )
    return texts.render(
        kind=message.kind,
        language=language,
        url=url,
        school=school.name,
        step=message.step,
    ).body


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
    """By the link of the question that is open; the intake makes a concern of it."""
    waiting = CheckIn.objects.filter(school=school, answered_at=None)
    check_in = waiting.filter(lines__student__name="高强强").first()
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
        words="奶奶昨晚住院了，今晚家里没有大人。",
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
