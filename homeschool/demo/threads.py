"""A few living conversations of the first demo school, said through the product's own acts."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from accounts.models import User
from guardians.models import Adult, Guardianship
from messaging import actions as messaging
from messaging.models import ChannelAccount
from schools.models import School
from students.models import Student
from threads import actions
from threads.models import ThreadMessage

KEYS = UUID("6f0c7f5a-53b1-4f62-9a55-6d1c1f4f9a10")
STRANGER = "+8613893519999"
PHRASES = (
    "收到，谢谢您告诉我。",
    "今天的作业已经写完，您放心。",
    "我中午有空，给您打电话。",
)


def talk(school: School, at: datetime) -> None:
    """A mother who asks, a father who wants a call, one who thanks, a text that nobody can place."""
    teacher = User.objects.filter(username="zhanglihua").first()
    if teacher is None:
        return
    for text in PHRASES:
        actions.add_phrase(school=school, user=None, text=text, by=teacher)
    _mother_asks(school, teacher, at)
    _wants_a_call(school, at)
    _thanks(school, teacher, at)
    _texts(school, at)
    actions.land_incoming(at=at)


def _parent(school: School, child: str, relation: str) -> tuple[Student, Adult] | None:
    held = (
        Guardianship.objects.filter(
            student__school=school,
            student__name=child,
            relation=relation,
            ends_on=None,
            adult__blocked_at=None,
        )
        .select_related("student", "adult__school")
        .first()
    )
    return (held.student, held.adult) if held else None


def _said(key: str, text: str, **more) -> actions.Said:
    return actions.Said(key=uuid5(KEYS, key), text=text, **more)


def _read(message: ThreadMessage, adult: Adult, at: datetime) -> None:
    actions.note_seen_by_family(thread=message.thread, adult=adult, messages=[message], at=at)


def _mother_asks(school: School, teacher: User, at: datetime) -> None:
    found = _parent(school, "徐梦瑶", "mother")
    if found is None:
        return
    student, mother = found
    began = at - timedelta(days=4)
    first = actions.begin_from_school(
        student=student,
        adults=[mother],
        said=_said(f"{school.pk}.praise", "梦瑶今天教同桌学会了竖式除法，全组都给她鼓掌。"),
        by=teacher,
        at=began,
    )
    _read(first, mother, began + timedelta(minutes=50))
    thread = first.thread
    actions.say_from_family(
        thread=thread,
        adult=mother,
        said=_said(f"{school.pk}.teacher", "看哭了。她从小就爱当小老师。"),
        by=None,
        at=began + timedelta(minutes=54),
    )
    actions.finish(thread=thread, by=teacher, at=began + timedelta(hours=2))
    words = "老师，她晚上还哭吗？我下个月能请三天假，想问问期末考试是哪几天。"
    actions.say_from_family(
        thread=thread,
        adult=mother,
        said=_said(f"{school.pk}.exam", words),
        by=None,
        at=at - timedelta(minutes=42),
    )


def _wants_a_call(school: School, at: datetime) -> None:
    found = _parent(school, "丁海涛", "father") or _parent(school, "丁海涛", "mother")
    if found is None:
        return
    student, adult = found
    actions.begin_from_family(
        adult=adult,
        student=student,
        said=_said(f"{school.pk}.call", "有件事想当面和您说。", wants_call=True),
        by=None,
        at=at - timedelta(hours=3),
    )


def _thanks(school: School, teacher: User, at: datetime) -> None:
    found = _parent(school, "赵明轩", "mother") or _parent(school, "赵明轩", "father")
    if found is None:
        return
    student, adult = found
    asked = at - timedelta(days=1, hours=5)
    first = actions.begin_from_family(
        adult=adult,
        student=student,
        said=_said(f"{school.pk}.math", "数学要不要给他补一补？"),
        by=None,
        at=asked,
    )
    actions.note_seen_by_staff(
        thread=first.thread, user=teacher, messages=[first], at=asked + timedelta(minutes=30)
    )
    words = "不用补课。每天回家做一页口算，错了讲给爷爷听，一个星期就跟上了。"
    actions.say_from_school(
        thread=first.thread,
        said=_said(f"{school.pk}.no_need", words),
        by=teacher,
        at=asked + timedelta(minutes=34),
    )


def _texts(school: School, at: datetime) -> None:
    """One from a mother on record, one from a number that nobody has."""
    account, _is_new = ChannelAccount.objects.get_or_create(
        school=school, kind="sms", defaults={"is_enabled": False}
    )
    found = _parent(school, "何静", "father")
    point = found[1].contact_points.filter(kind="phone").first() if found else None
    texts = [(STRANGER, "老师您好，我是三年级的家长，换号了，孩子明天请一天假。")]
    if point:
        texts.append((point.address, "老师，静静感冒了，今天请一天假。"))
    for number, (address, text) in enumerate(texts):
        messaging.take_in(
            account=account,
            provider_id=f"demo-{school.pk}-{number}",
            address=address,
            address_kind="phone",
            text=text,
            at=at - timedelta(minutes=20 + number),
        )
