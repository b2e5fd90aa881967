"""Lists of threads and search results match their definition, after any actions and for any words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.template import Context, Template
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from guardians.models import Guardianship
from tests.days import today
from tests.factories.barriers import bar_teacher
from tests.factories.cast import (
    Cast,
    make_adult,
    make_class,
    make_guardianship,
    make_post,
    make_user,
)
from tests.factories.threads import mother_writes, said, teacher_writes, voice_file
from threads import actions, policies, queries
from threads.models import Sighting, Thread
from threads.presenters import MailRow
from threads.queries import Person, Row

pytestmark = pytest.mark.django_db
# The family gets an automatic reply with the time when the teacher looks again; no list shows it.
NIGHT = datetime(2026, 11, 24, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
WORDS = ["咳嗽", "她咳嗽好多了", "好", "OK, 100%", "a_b \\ c", "Wi-Fi 密码", "王芳说"]
WANTED = [
    "咳", "咳嗽", "嗽好", "咳 嗽", "好多", "ok", "%", "_", "\\", "wi-fi  密", "王", "王芳", "wangfang",
    "wang fang", "fang", "xmy", "xum", "徐", "x", "xumengyao", " ", "没有",
]  # fmt: skip


class _Going:
    """Two threads of the cast, and the actions that may happen in them."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.minute = cast, 0
        self.about = mother_writes(cast, at=NIGHT).thread
        self.other = mother_writes(cast, "您好", child=None, at=NIGHT).thread

    def __call__(self, act: str, is_about: bool, words: str) -> None:
        self.minute += 1
        thread = Thread.objects.get(pk=(self.about if is_about else self.other).pk)
        getattr(self, act)(thread, words, NIGHT.replace(minute=10 + self.minute))

    def family(self, thread, words, at) -> None:
        who = {"adult": self.cast.adults["mother"], "by": self.cast.users["mother"]}
        actions.say_from_family(thread=thread, said=said(words), at=at, **who)

    def voice(self, thread, words, at) -> None:
        who = {"adult": self.cast.adults["mother"], "by": self.cast.users["mother"]}
        actions.say_from_family(thread=thread, said=said("", voice=voice_file()), at=at, **who)

    def school(self, thread, words, at) -> None:
        actions.say_from_school(
            thread=thread, said=said(words), by=self.cast.users["teacher"], at=at
        )

    def seen(self, thread, words, at) -> None:
        actions.note_seen_by_staff(
            thread=thread,
            user=self.cast.users["teacher"],
            messages=list(thread.messages.all()),
            at=at,
        )

    def done(self, thread, words, at) -> None:
        self.seen(thread, words, at)
        actions.finish(thread=thread, by=self.cast.users["teacher"], at=at)

    def again(self, thread, words, at) -> None:
        actions.reopen(thread=thread, by=self.cast.users["teacher"], at=at)

    def joined(self, thread, words, at) -> None:
        adult = make_adult(self.cast.school, f"徐爷爷{self.minute}")
        make_guardianship(self.cast.students["mengyao"], adult, "paternal_grandfather")
        actions.add_adult(thread=thread, adult=adult, by=self.cast.users["teacher"], at=at)


ACTS = [name for name in vars(_Going) if not name.startswith("_")]


def meant(thread: Thread, user) -> Row:
    """Return the expected row of a thread, computed step by step."""
    last = thread.messages.exclude(via="automatic").order_by("at", "pk").last()
    people = []
    for place in thread.people.order_by("pk").select_related("adult"):
        ties = Guardianship.objects.filter(student=thread.student_id, adult=place.adult_id)
        tie = ties.order_by("starts_on", "pk").last() if thread.student_id else None
        people.append(Person(place.adult_id, place.adult.name, tie.relation if tie else None))
    seen = Sighting.objects.filter(message=last, user=user).exists()
    word = queries.Word(
        last.pk, last.adult_id, last.user_id, last.text[:60], last.photo_id, last.voice_id, last.seconds,
        last.wants_call,
    )  # fmt: skip
    return Row(
        thread.pk, thread.state, thread.last_at, thread.waiting_since, thread.student_id,
        thread.student.name if thread.student else None, thread.owner_id, thread.owner.name,
        thread.school.time_zone, people, word, bool(last.adult_id) and not seen,
    )  # fmt: skip


def finds(thread: Thread, text: str) -> bool:
    wanted = " ".join(text.split()).lower()
    flat = wanted.replace(" ", "")
    adults = [place.adult for place in thread.people.all()]
    named = [one for one in [thread.student, *adults] if one]
    return bool(wanted) and (
        any(wanted in one.name.lower() or wanted in one.name_pinyin for one in named)
        or any(
            flat == one.name_pinyin.replace(" ", "") and wanted == flat and wanted.isascii()
            for one in named
        )
        or bool(thread.student and thread.student.name_initials.startswith(flat))
        or any(wanted in one.text.lower() for one in thread.messages.all())
    )


def found(user, school_id: int, on: date, text: str) -> list[int]:
    asked = {"user": user, "on": on, "school_id": school_id, "limit": 50}
    return [row.pk for row in queries.rows_of(queries.search(text=text, **asked))]


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from(ACTS), st.booleans(), st.sampled_from(WORDS)), max_size=9)
)
def test_a_row_is_what_was_said_last_and_a_search_finds_what_stands_there(cast, acts):
    teacher, on = cast.users["teacher"], NIGHT.date()
    asked = {"user": teacher, "on": on, "school_id": cast.school.pk, "limit": 50}
    with transaction.atomic():
        going = _Going(cast)
        for act in acts:
            going(*act)
        threads = list(Thread.objects.order_by("-last_at", "-pk"))
        lists = (queries.own_waiting, queries.own_followed, queries.finished)
        rows = [row for one in lists for row in queries.rows_of(one(**asked))]
        assert {row.pk: row for row in rows} == {one.pk: meant(one, teacher) for one in threads}
        for text in WANTED:
            expected = [one.pk for one in threads if finds(one, text)]
            assert found(teacher, cast.school.pk, on, text) == expected, text
        transaction.set_rollback(True)


def test_nothing_is_found_that_the_reader_has_not_in_hand(cast):
    teacher_writes(cast, text="咳嗽好了吗")
    other = make_user("teacher-of-others", "李老师")
    make_post(
        other, "class_teacher", school=cast.school, school_class=make_class(cast.school, 6, 9)
    )
    asked = (cast.school.pk, today())
    for text in ("咳嗽", "咳", "徐梦瑶", "王芳", "wang"):
        assert found(cast.users["teacher"], *asked, text), text
        assert not found(other, *asked, text), text
        assert not found(cast.users["principal"], *asked, text), text
    bar_teacher(cast)
    assert policies.threads_in_hand(cast.users["teacher"], today()).count() == 0
    assert not found(cast.users["teacher"], *asked, "咳嗽")


@pytest.mark.parametrize(
    ("names_owner", "has_owner", "owner", "words"),
    [
        (False, True, "", None),
        (False, True, "李<老师 answers", '<span class="m-own">李&lt;老师 answers</span>'),
        (False, False, "", "assigned to nobody"),
        (True, True, "李<老师 answers", "李&lt;老师 answers"),
        (True, True, "", None),
    ],
)
def test_a_row_is_drawn_and_escaped(names_owner, has_owner, owner, words):
    row = MailRow(
        url="/messages/1/?tab=class",
        name="徐<b>",
        title="徐<b>'s mother",
        who="王&芳",
        time="9:38",
        text='<script>"x"</script>',
        has_voice=True,
        is_unread=True,
        owner=owner,
        has_owner=has_owner,
        is_current=True,
    )
    template = Template('{% part "threads/mail.html" rows=rows names_owner=names_owner %}')
    with translation.override("en"):
        drawn = template.render(Context({"rows": [row], "names_owner": names_owner}))
    assert "<script" not in drawn
    assert "<b>徐&lt;b&gt;&#39;s mother</b> 王&amp;芳" in drawn
    assert 'class="mail unread"' in drawn
    assert 'aria-current="true"' in drawn
    assert "#i-play" in drawn
    assert (words in drawn) if words else ("answers" not in drawn and "nobody" not in drawn)


def test_a_row_names_the_relation_of_the_latest_tie(cast):
    """A foster mother who became the mother: the list says what she is now."""
    child, mother = cast.students["mengyao"], cast.adults["mother"]
    thread = mother_writes(cast, at=NIGHT).thread
    old = Guardianship.objects.get(student=child, adult=mother)
    Guardianship.objects.filter(pk=old.pk).update(relation="relative", ends_on=date(2026, 11, 1))
    make_guardianship(child, mother, "mother", starts_on=date(2026, 11, 2))
    (row,) = queries.rows_of(
        queries.listed(Thread.objects.filter(pk=thread.pk), cast.users["teacher"])
    )
    assert [one.relation for one in row.people] == ["mother"]
