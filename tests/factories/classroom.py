"""Notes, letters and requests about the cast's children."""

import io
from datetime import datetime, time, timedelta
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from classroom import actions
from classroom.models import AttendanceMark, FamilyRequest, HomeworkHelp, Letter
from classroom.rules import Mark
from core import clock
from tests.factories.accounts import say
from tests.factories.cast import Cast, make_post, make_student, make_user
from uploads.remaking import remake_photo

WORDS = "课间把跳绳借给新来的同学"


def make_note(cast: Cast, child="mengyao", by="teacher", at: datetime | None = None, **seen):
    at = at or clock.now()
    note, _is_new = actions.observe(
        student=cast.students[child],
        key=seen.pop("key", uuid4()),
        happened_at=seen.pop("happened_at", at),
        by=cast.users[by],
        at=at,
        **{
            "words": WORDS,
            "strengths": ["helps"],
            "themes": [],
            "deeds": ["praised"],
            "tell_family": False,
            **seen,
        },
    )
    return note


def make_letter(cast: Cast, child="mengyao", sent_at: datetime | None = None, **parts) -> Letter:
    at = sent_at or clock.now()
    letter = actions.draft_letter(
        student=cast.students[child],
        by=cast.users["teacher"],
        at=at,
        **{"good_news": "教会了同桌削铅笔", **parts},
    )
    if sent_at:
        seen = actions.as_written(letter)
        actions.send_letter(letter=letter, by=cast.users["teacher"], seen=seen, at=sent_at)
        letter.refresh_from_db()
    return letter


def make_request(cast: Cast, adult="mother", days=7, at: datetime | None = None) -> FamilyRequest:
    at = at or clock.now()
    row, _is_new = actions.ask_family(
        student=cast.students["mengyao"],
        adult=cast.adults[adult],
        words="请买一双棉鞋",
        due_on=(at + timedelta(days=days)).date(),
        key=uuid4(),
        by=cast.users["teacher"],
        at=at,
    )
    return row


def send_photo(cast: Cast, request: FamilyRequest) -> int:
    """A photo with which the mother answers; returns its key."""
    file = make_photo()
    file.remade = remake_photo(file)  # as the form's field leaves it
    actions.answer_request(
        request=request, answer="done", words="", at=clock.now(), photo=file,
        by=cast.users["mother"],
    )  # fmt: skip
    return request.photos.get().pk


def make_colleague(cast: Cast):
    """A second teacher of the same class."""
    user = cast.users["colleague"] = make_user("colleague", "王秀梅")
    make_post(user, "class_teacher", school=cast.school, school_class=cast.school_class)
    return user


def fill_class(cast: Cast, number: int) -> None:
    for index in range(number):
        make_student(
            cast.school_class, f"陈{'一二三四五六七八九十'[index % 10]}{index // 10 or ''}"
        )


def make_mark(cast: Cast, reason: str = "") -> AttendanceMark:
    child, on = cast.students["mengyao"], timezone.localdate()
    actions.save_register(
        school_class=cast.school_class,
        on=on,
        was={},
        now={child.pk: Mark("absent", reason)},
        by=cast.users["teacher"],
        at=clock.now(),
    )
    return AttendanceMark.objects.get(student=child, marked_on=on)


def make_help(cast: Cast) -> HomeworkHelp:
    row, _is_new = actions.assign_help(
        student=cast.students["mengyao"],
        key=uuid4(),
        by=cast.users["teacher"],
        at=clock.now(),
        somebody="六年级 李静",
        weekdays=[0, 2],
        starts_at=time(16, 40),
        starts_on=timezone.localdate(),
    )
    return row


def make_photo() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(file, "JPEG")
    return SimpleUploadedFile("a.jpg", file.getvalue(), "image/jpeg")


def _note_with_photo(cast: Cast) -> int:
    say(cast, "photo", "given")
    return make_note(cast, photo=make_photo()).pk


MAKERS_OF_CLASSROOM = {
    **dict.fromkeys(["note", "retract", "restore"], lambda cast: make_note(cast).pk),
    "attachment": _note_with_photo,
    **dict.fromkeys(["letter_page", "letter_send"], lambda cast: make_letter(cast).pk),
    **dict.fromkeys(
        ["request", "request_close", "request_reopen", "request_photo"],
        lambda cast: make_request(cast).pk,
    ),
    "help_end": lambda cast: make_help(cast).pk,
    "reason": lambda cast: make_mark(cast).pk,
}
