"""Conversations between the story's families and the school: one is waiting, one goes on, some are done."""

from collections.abc import Sequence
from datetime import timedelta

from accounts.models import User
from delivery import actions as messaging
from delivery.models import ChannelAccount
from demo import notes
from demo.families import Household
from demo.scene import Scene, seats_of
from demo.story_school import Cast, adult_of, key
from demo.voices import hummed
from guardians.models import Adult
from students.models import Student
from threads import actions as threads
from threads.actions import Said
from threads.models import Thread

STRANGER = "+8613893519999"
OTHERS = 18  # conversations of other classes and weeks, all of them answered
BEGUN_BY_FAMILY = 0.45  # share of those (made up)


def tell(scene: Scene, cast: Cast, households: Sequence[Household]) -> None:
    if "徐梦瑶" in cast:
        _she_asks(scene, cast["徐梦瑶"])
    if "丁海涛" in cast:
        father = adult_of(cast["丁海涛"], "father")
        threads.begin_from_family(  # he would rather speak than write
            adult=father,
            student=cast["丁海涛"],
            said=Said(key("voice"), voice=hummed("parent"), wants_call=True),
            by=father.user,
            at=scene.yesterday_at(20, 50),
        )
    _answered(scene, [one for one in households if not one.family.is_story])
    account, _is_new = ChannelAccount.objects.get_or_create(
        school=scene.school, kind="sms", defaults={"is_enabled": False}
    )
    texts = [(STRANGER, "老师您好，我是三年级的家长，换号了，孩子明天请一天假。")]
    if "何静" in cast:
        point = adult_of(cast["何静"], "father").contact_points.filter(kind="phone").first()
        if point:
            texts.append((point.address, "老师，静静感冒了，今天请一天假。"))
    for number, (address, said_text) in enumerate(texts):
        messaging.take_in(
            account=account,
            provider_id=f"demo-{scene.school.pk}-{number}",
            address=address,
            address_kind="phone",
            text=said_text,
            at=scene.at - timedelta(minutes=20 + number),
        )
    threads.land_incoming(at=scene.at)
    for text in notes.PHRASES:
        threads.add_phrase(school=scene.school, user=None, text=text, by=_teacher(scene))


def _teacher(scene: Scene) -> User:
    return scene.teachers[scene.home_class.pk]


def _she_asks(scene: Scene, child: Student) -> None:
    """Write a conversation: the mother asked, the teacher answered, and she has asked again and waits."""
    mother = adult_of(child, "mother")
    teacher = _teacher(scene)
    first = threads.begin_from_family(
        adult=mother,
        student=child,
        said=Said(key("she-asks"), "老师好，梦瑶这两天睡得好吗？"),
        by=mother.user,
        at=scene.yesterday_at(12, 40),
    )
    threads.note_seen_by_staff(
        thread=first.thread, user=teacher, messages=[first], at=scene.yesterday_at(12, 55)
    )
    threads.say_from_school(
        thread=first.thread,
        said=Said(key("answer-to-her"), "昨天午睡哭了一会儿，我陪她坐了坐，后来和同学跳绳去了。"),
        by=teacher,
        at=scene.yesterday_at(12, 58),
    )
    for_her = [one for one in first.thread.messages.all() if one.user_id]
    threads.note_seen_by_family(
        thread=first.thread, adult=mother, messages=for_her, at=scene.yesterday_at(17, 35)
    )
    threads.say_from_family(
        thread=first.thread,
        adult=mother,
        said=Said(key("she-asks-on"), "她晚上还哭吗？我夜里十点能听语音。"),
        by=mother.user,
        at=scene.at - timedelta(minutes=40),
    )


def _answered(scene: Scene, households: Sequence[Household]) -> None:
    """Write conversations that both sides have read, so that nobody gets a message about them now."""
    random = scene.lots("words")
    away = [pair for pair in seats_of(households) if pair[0].last_talk]
    for household, seat in random.sample(away, k=min(OTHERS, len(away))):
        adult = Adult.objects.get(pk=household.away_ids[0])
        child = Student.objects.select_related("school").get(pk=seat.student_id)
        teacher = scene.teachers[seat.school_class.pk]
        day = scene.on - timedelta(days=random.randint(2, 25))
        at = scene.moment(day, random.randint(10, 12), random.randrange(60))
        asks, answers = key(f"asks{child.pk}"), key(f"answers{child.pk}")
        if random.random() < BEGUN_BY_FAMILY:
            question, answer = random.choice(notes.CONVERSATIONS)
            first = threads.begin_from_family(
                adult=adult, student=child, said=Said(asks, question), by=adult.user, at=at
            )
            answered_at = at + timedelta(hours=2)
            threads.note_seen_by_staff(
                thread=first.thread, user=teacher, messages=[first], at=answered_at
            )
            threads.say_from_school(
                thread=first.thread, said=Said(answers, answer), by=teacher, at=answered_at
            )
        else:
            question = random.choice(notes.SCHOOL_SAYS)
            first = threads.begin_from_school(
                student=child, adults=[adult], said=Said(asks, question), by=teacher, at=at
            )
            threads.say_from_family(
                thread=first.thread,
                adult=adult,
                said=Said(answers, random.choice(notes.FAMILY_SAYS)),
                by=adult.user,
                at=at + timedelta(hours=5),
            )
        thread = Thread.objects.get(pk=first.thread.pk)
        words = list(thread.messages.all())
        done_at = at + timedelta(hours=8)
        threads.note_seen_by_family(thread=thread, adult=adult, messages=words, at=done_at)
        threads.note_seen_by_staff(thread=thread, user=teacher, messages=words, at=done_at)
        threads.finish(thread=thread, by=teacher, at=done_at)
