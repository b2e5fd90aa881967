"""Packs as ZIP files: in with a preview and every fault, out and in again elsewhere, from the county's
library; lessons that a school writes itself.
"""

import io
import zipfile
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.weeks import monday_of
from delivery.actions import watch
from delivery.models import OutboxMessage
from delivery.rules import TROUBLE_OVER_MINUTES
from learning import actions as lessons
from learning import pack as reading
from learning.curriculum import actions as curriculum
from learning.curriculum.queries import open_between
from learning.exchange import actions, presenters
from learning.exchange.archive import MANIFEST, SOUNDS_AT_MOST, UNPACKED_BYTES, opened, packed
from learning.exchange.rules import TROUBLE_TIMES, WAITS
from learning.exchange.troubles import troubles
from learning.exchange.writing import OWN, lesson_files, manifest
from learning.models import CountyPack, Lesson, LessonReading, LessonVoice, SchoolPack
from learning.pack_files import Trouble
from learning.queries import is_out
from learning.voice import actions as voices
from learning.voice.queries import heard_by_families
from schools.models import School
from schools.policies import today_in
from tests.delivery.test_troubles import read
from tests.factories.files import as_file, recording
from tests.factories.learning import (
    DRAFT,
    archive,
    class_files,
    county_pack,
    files,
    own_lesson,
    recorded,
    school_pack,
    text,
    ticked,
)
from tests.learning.test_pages import client_of
from tests.sinks import SmtpSink

pytestmark = pytest.mark.django_db
PACKS = "/learning/packs/"


def zipped(content: bytes, name: str = "pack.zip"):
    return as_file(content, name, "application/zip")


def send(cast, content: bytes, who: str = "counsellor"):
    return client_of(cast, who).post(PACKS, {"archive": zipped(content)})


def bomb() -> bytes:
    """A kilobyte for each megabyte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(MANIFEST, b"#" * (UNPACKED_BYTES + 1))
    return out.getvalue()


def locked() -> bytes:
    data = bytearray(archive())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + place] |= 1
    return bytes(data)


class TestIn:
    def test_looked_at_taken_and_not_reviewed(self, cast):
        answer = send(cast, archive())
        assert answer.status_code == 302
        assert not Lesson.objects.exists()
        client = client_of(cast, "counsellor")
        page = client.get(answer["Location"]).content.decode()
        assert "夸他做了什么" in page
        assert "CC BY 4.0" in page
        pack = SchoolPack.objects.get()
        assert client.post(reverse("learning:pack_take", args=[pack.pk])).status_code == 302
        found = Lesson.objects.filter(owner=cast.school, place__isnull=False)
        assert set(found.values_list("key", flat=True)) == {"praise", "calling"}
        assert client.get("/learning/").content.decode().count("还没有人审读") == 2
        assert not LessonReading.objects.exists()

    def test_no_other_school_sees_it_or_may_let_it_out(self, cast):
        school_pack(cast)
        lesson = Lesson.objects.get(key="praise")
        far = client_of(cast, "far_teacher")
        assert "夸他做了什么" not in far.get("/learning/").content.decode()
        assert far.get(reverse("learning:lesson", args=[lesson.pk])).status_code == 404

    def test_taken_twice_it_is_taken_once(self, cast):
        pack = school_pack(cast)
        assert actions.take(pack=pack, by=cast.users["principal"], at=clock.now()) == 0
        assert Lesson.objects.count() == 2

    def test_a_newer_version_replaces_and_has_to_be_read(self, cast):
        school_pack(cast)
        old = Lesson.objects.get(key="praise")
        by, at = cast.users["counsellor"], clock.now()
        lessons.let_out(lesson=old, school=cast.school, by=by, at=at)
        school_pack(cast, praise__zh_hans_md=text("夸，说得具体些"))
        old.refresh_from_db()
        new = Lesson.objects.get(key="praise", place__isnull=False)
        assert old.place is None
        assert new.pk != old.pk
        assert not LessonReading.objects.filter(lesson=new).exists()
        assert SchoolPack.objects.count() == 1
        calling = Lesson.objects.filter(key="calling")
        assert calling.count() == 1  # unchanged, it stays what it was

    def test_two_schools_with_a_pack_of_one_key(self, cast):
        school_pack(cast)
        found, _faults = opened(archive())
        by, at = cast.users["far_teacher"], clock.now()
        other = actions.look_at(school=cast.other_school, found=found, by=by, at=at)
        assert actions.take(pack=other, by=by, at=at) == 2
        assert Lesson.objects.filter(key="praise", place__isnull=False).count() == 2

    def test_removed_it_is_taken_back_and_nothing_waiting_goes(self, cast):
        pack = school_pack(cast)
        lesson = Lesson.objects.get(key="praise")
        by, at = cast.users["counsellor"], clock.now()
        lessons.let_out(lesson=lesson, school=cast.school, by=by, at=at)
        School.objects.filter(pk=cast.school.pk).update(is_demo=True)  # it writes to families
        child = cast.students["mengyao"].pk
        assert lessons.send(lesson=lesson, school=cast.school, student_ids=[child], at=at)
        states = OutboxMessage.objects.values_list("state", flat=True).distinct()
        assert list(states) == ["due"]
        client = client_of(cast, "counsellor")
        assert client.post(reverse("learning:pack_drop", args=[pack.pk])).status_code == 302
        assert list(states.all()) == ["suppressed"]
        assert not Lesson.objects.filter(place__isnull=False).exists()
        reading = LessonReading.objects.latest("pk")
        assert (reading.lesson, reading.is_out, reading.by) == (lesson, False, by)
        family = client_of(cast, "mother").get(reverse("family_learning:lesson", args=[lesson.pk]))
        assert "一次说一件" not in family.content.decode()
        send_url = reverse("learning:send", args=[lesson.pk])
        assert client_of(cast, "teacher").get(send_url).status_code == 404

    def test_removed_and_taken_again_somebody_reads_it_again(self, cast):
        pack = school_pack(cast)
        lesson = Lesson.objects.get(key="praise")
        by, at = cast.users["counsellor"], clock.now()
        lessons.let_out(lesson=lesson, school=cast.school, by=by, at=at)
        actions.drop(pack=pack, by=by, at=clock.now())
        school_pack(cast)
        lesson.refresh_from_db()
        assert lesson.place is not None
        assert not is_out(lesson, cast.school.pk)

    def test_removed_a_planned_lesson_is_not_taught(self, cast):
        found, _faults = opened(archive(given=class_files()))
        by, at = cast.users["counsellor"], clock.now()
        pack = actions.look_at(school=cast.school, found=found, by=by, at=at)
        actions.take(pack=pack, by=by, at=at)
        lesson = Lesson.objects.get(key="feelings")
        lessons.let_out(lesson=lesson, school=cast.school, by=by, at=at)
        monday = monday_of(today_in(cast.school, at))
        classes = [cast.school_class]
        whole = {"school": cast.school, "classes": classes, "week_on": monday, "lesson": lesson}
        assert curriculum.plan(**whole, by=by, at=at) == 1
        assert open_between([cast.school_class.pk], monday, monday)
        pack.refresh_from_db()
        actions.drop(pack=pack, by=by, at=clock.now())
        assert not open_between([cast.school_class.pk], monday, monday)

    def test_with_one_folder_and_what_systems_leave_behind(self):
        given = {f"山里/{name}": data for name, data in files().items()}
        given["山里/pack.toml"] = b'key = "hills"\n' + given["山里/pack.toml"]
        given["__MACOSX/._pack.toml"] = b"x"
        found, faults = opened(packed(given))
        assert not faults
        assert found.key == "hills"

    def test_english_may_be_left_out(self, cast):
        school_pack(cast, praise__en_md=None, calling__en_md=None)
        lesson = Lesson.objects.get(key="praise")
        client = client_of(cast, "counsellor")
        client.cookies["django_language"] = "en"
        page = client.get(
            reverse("learning:lesson", args=[lesson.pk]), headers={"Accept-Language": "en"}
        )
        assert "夸他做了什么" in page.content.decode()
        assert page.content.decode().count("小事也算，一次说一件。") == 1

    def test_where_there_is_only_chinese_nobody_is_asked_to_read_two(self, cast):
        school_pack(cast, praise__en_md=None)
        client = client_of(cast, "counsellor")
        for key, words in (
            ("praise", "请把每一句都看完"),
            ("calling", "请把两种文字的每一句都看完"),
        ):
            url = reverse("learning:lesson", args=[Lesson.objects.get(key=key).pk])
            assert words in client.get(url).content.decode(), key

    def test_lessons_for_a_class_too(self):
        found, faults = opened(archive(given=class_files()))
        assert not faults
        assert found.pack.lessons[0].minutes == 40


CASES = {
    "no ZIP": (b"GIF89a", "不是 ZIP 文件"),
    "nothing": (b"", "不是 ZIP 文件"),
    "a bomb": (bomb(), "超过 24 MB"),
    "a password": (locked(), "有密码"),
    "a missing file": (archive(praise__picture_svg=None), "praise/picture.svg：文件不见了"),
    "a missing manifest": (archive(pack_toml=None), "pack.toml"),
    "a script": (
        archive(praise__zh_hans_md=text("x", "听。\n\n<script>alert(1)</script>")),
        "praise/zh-hans.md 第 16 行",
    ),
    "another encoding": (
        archive(praise__zh_hans_md=text("夸").decode().encode("gb18030")),
        "没有存成 UTF-8",
    ),
    "a program": (archive(given=files() | {"praise/run.js": b"alert(1)"}), "praise/run.js"),
    "a way out": (archive(given=files() | {"../etc/passwd": b"x"}), "../etc/passwd"),
    "a folder of no lesson": (archive(given=files() | {"other/en.md": text("x")}), "other/en.md"),
    "no key": (packed(files()), "key"),
    "a key too long": (archive("k" * 25), "key"),
    "the key of a school's own": (archive(OWN), "pack.toml：用了学校自己的课专用的名字（key）"),
    "lists without end": (
        archive(praise__lesson_toml=b"for = " + b"[" * 50_000),
        "praise/lesson.toml",
    ),
    "a sign that no text has": (
        archive(praise__lesson_toml=b'for = ["away"]\nsources = ["\\u0000"]'),
        "sources",
    ),
    "a voice that is none": (
        archive(given=files() | {"praise/zh-hans.opus": b"OggS no sound"}),
        "praise/zh-hans.opus",
    ),
    "a voice too long": (
        archive(given=files() | {"praise/zh-hans.opus": recording("ogg", 190)}),
        "praise/zh-hans.opus",
    ),
    "a text of a megabyte": (archive(praise__en_md=b"x" * 1_000_000), "praise/en.md"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_taken_is_said_by_file_and_nothing_is_kept(cast, case):
    content, words = CASES[case]
    answer = send(cast, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not SchoolPack.objects.exists()
    assert not Lesson.objects.exists()


def test_all_faults_at_once(cast):
    page = send(cast, archive(praise__en_md=None, calling__picture_svg=b"GIF")).content.decode()
    assert "calling/picture.svg" in page
    assert "praise/en.md" not in page  # English may be left out


def test_more_recordings_than_somebody_waits_for():
    keys = [f"lesson-{n}" for n in range(SOUNDS_AT_MOST // 2 + 1)]
    given = {MANIFEST: manifest(key="many", name="多", version="1", licence="CC0", lessons=keys)}
    for key in keys:
        given |= lesson_files(key, DRAFT)
        given |= {f"{key}/{language}.opus": b"x" for language in reading.LANGUAGES}
    assert [one.trouble for one in opened(packed(given))[1]] == [Trouble.TOO_MANY_SOUNDS]


@pytest.fixture
def mail_server():
    with SmtpSink() as sink:
        yield sink


class TestRecordings:
    """Of a pack that is taken: its lessons are there at once, its recordings follow."""

    def taken(self, cast, *names: str, sound: bytes | None = None) -> SchoolPack:
        sound = sound or recording("ogg")
        found, faults = opened(archive(given=files() | dict.fromkeys(names, sound)))
        assert found, faults
        by, at = cast.users["counsellor"], clock.now()
        pack = actions.look_at(school=cast.school, found=found, by=by, at=at)
        actions.take(pack=pack, by=by, at=at)
        pack.refresh_from_db()
        return pack

    def test_said_on_the_page_until_they_are_there(self, cast):
        pack = self.taken(cast, "praise/zh-hans.opus", "calling/en.opus")
        assert not LessonVoice.objects.exists()
        client = client_of(cast, "counsellor")
        pages = (PACKS, reverse("learning:pack", args=[pack.pk]))
        for url in pages:
            assert "2段录音正在准备" in client.get(url).content.decode()
        assert actions.keep_sounds(at=clock.now()) == 2
        kept = LessonVoice.objects.values_list("lesson__key", "language", "came_with_pack")
        assert set(kept) == {("praise", "zh-hans", True), ("calling", "en", True)}
        for url in pages:
            assert "正在准备" not in client.get(url).content.decode()
        assert actions.keep_sounds(at=clock.now()) == 0

    def test_what_only_says_that_it_is_a_recording(self, cast):
        whole = recording("ogg")
        sound = whole[:80] + b"\0" * 400 + whole[whole.rfind(b"OggS") :]
        pack = self.taken(cast, "praise/zh-hans.opus", sound=sound)
        assert actions.keep_sounds(at=clock.now()) == 1
        assert not LessonVoice.objects.exists()
        page = client_of(cast, "counsellor").get(PACKS).content.decode()
        assert "praise/zh-hans.opus" in page
        pack.refresh_from_db()
        assert (pack.sounds_left, pack.sounds_refused) == ([], ["praise/zh-hans.opus"])

    def test_an_hour_that_says_it_is_short(self, cast):
        """The workshop counts, and stops at three minutes."""
        long = bytearray(recording("ogg", 200))
        last = long.rfind(b"OggS")
        long[last + 6 : last + 14] = (2 * 48_000).to_bytes(8, "little")
        self.taken(cast, "praise/zh-hans.opus", sound=bytes(long))
        actions.keep_sounds(at=clock.now())
        assert not LessonVoice.objects.filter(recording__seconds__gt=180).exists()

    def test_whoever_reads_before_it_is_ready_has_not_heard_it(self, cast):
        """The page says that it is coming; once it is there, it asks to listen."""
        self.taken(cast, "praise/zh-hans.opus")
        lesson = Lesson.objects.get(owner=cast.school, key="praise")
        client = client_of(cast, "counsellor")
        page, let_out = (
            reverse(f"learning:{name}", args=[lesson.pk]) for name in ("lesson", "let_out")
        )
        html = client.get(page).content.decode()
        assert "这一课带着录音（简体中文），还没准备好" in html
        assert "课程包里带着录音（简体中文），正在准备" in html
        assert client.post(let_out, {"has_read": "on"}).status_code == 302
        at = clock.now() - timedelta(minutes=5)  # its run began before somebody read
        assert actions.keep_sounds(at=at) == 1
        assert heard_by_families(lesson, cast.school.pk, "zh-hans") is None
        assert "有录音等人听" in client.get(reverse("learning:list")).content.decode()
        teacher = client_of(cast, "teacher").get(reverse("learning:list")).content.decode()
        assert "有录音等人听" not in teacher
        html = client.get(page).content.decode()
        assert "还没准备好" not in html
        with connection.cursor() as cursor:  # a minute later
            cursor.execute("SET LOCAL jiaqiao.clock_offset = '1 minute'")
        said = ticked(client, lesson)
        assert said["heard"].split() == [str(LessonVoice.objects.get().pk)]
        assert reverse("learning:voice", args=[lesson.pk, "zh-hans"]) in html
        answer = client.post(let_out, said, follow=True)
        assert "现在家里能听到这段录音了" in answer.content.decode()
        assert heard_by_families(lesson, cast.school.pk, "zh-hans")
        assert client.post(let_out, {"has_read": "on"}).status_code == 302
        assert LessonReading.objects.filter(lesson=lesson).count() == 2
        assert "有录音等人听" not in client.get(reverse("learning:list")).content.decode()

    def test_whoever_only_listened_lets_nothing_out_that_was_taken_back_meanwhile(self, cast):
        self.taken(cast, "praise/zh-hans.opus")
        actions.keep_sounds(at=clock.now())
        lesson = Lesson.objects.get(owner=cast.school, key="praise")
        by, at = cast.users["principal"], clock.now() - timedelta(minutes=9)
        lessons.let_out(lesson=lesson, school=cast.school, by=by, at=at)
        client = client_of(cast, "counsellor")
        address = reverse("learning:let_out", args=[lesson.pk])
        said = ticked(client, lesson)
        assert said["reading"]
        at = clock.now() - timedelta(minutes=2)
        lessons.take_back(lesson=lesson, school=cast.school, reason="电话不对", by=by, at=at)
        answer = client.post(address, said)
        assert answer.status_code == 422
        html = answer.content.decode()
        assert "同事或县里对这一课有了新的意见" in html
        assert "电话不对" in html
        assert not is_out(lesson, cast.school.pk)
        # A reader who has seen that may let it out again.
        assert client.post(address, ticked(client, lesson)).status_code == 302
        assert is_out(lesson, cast.school.pk)

    def test_a_recording_that_came_after_the_page_is_not_let_out_unheard(self, cast):
        """Also where it becomes ready while the answer is on its way."""
        self.taken(cast, "praise/zh-hans.opus")
        lesson = Lesson.objects.get(owner=cast.school, key="praise")
        facts = {"lesson": lesson, "school": cast.school, "by": cast.users["counsellor"]}
        before = lessons.Seen(reading="", heard=[])
        actions.keep_sounds(at=clock.now())
        with pytest.raises(lessons.NotHeard):
            lessons.let_out(**facts, at=clock.now(), seen=before)
        assert not LessonReading.objects.exists()
        heard = [str(LessonVoice.objects.get().pk)]
        seen = lessons.Seen(reading="", heard=heard)
        assert lessons.let_out(**facts, at=clock.now(), seen=seen)

    def test_a_lesson_for_a_class_is_let_out_whatever_its_pack_brings_to_hear(self, cast):
        given = class_files() | {"feelings/zh-hans.opus": recording("ogg")}
        found, faults = opened(archive(given=given))
        assert found, faults
        by, at = cast.users["counsellor"], clock.now()
        pack = actions.look_at(school=cast.school, found=found, by=by, at=at)
        actions.take(pack=pack, by=by, at=at)
        actions.keep_sounds(at=at)
        assert not LessonVoice.objects.exists()
        lesson = Lesson.objects.get(owner=cast.school, key="feelings")
        # One that was kept before keeps nobody from it either.
        voices.keep(
            lesson=lesson,
            school=cast.school,
            language="zh-hans",
            file=as_file(recording("ogg"), "a.ogg", "audio/ogg"),
            key=uuid4(),
            by=by,
            at=at,
            came_with_pack=True,
        )
        client = client_of(cast, "counsellor")
        address = reverse("learning:let_out", args=[lesson.pk])
        assert client.post(address, ticked(client, lesson)).status_code == 302
        assert is_out(lesson, cast.school.pk)
        assert (
            "有录音等人听"
            not in client.get(reverse("learning:list"), {"for": "class"}).content.decode()
        )

    def test_what_the_school_recorded_meanwhile_stays(self, cast):
        self.taken(cast, "praise/zh-hans.opus")
        own = recorded(cast, Lesson.objects.get(owner=cast.school, key="praise"))
        actions.keep_sounds(at=clock.now())
        assert LessonVoice.objects.get() == own

    def test_of_a_pack_that_was_removed_nothing_follows(self, cast):
        pack = self.taken(cast, "praise/zh-hans.opus")
        actions.drop(pack=pack, by=cast.users["counsellor"], at=clock.now())
        assert actions.keep_sounds(at=clock.now()) == 0
        assert not LessonVoice.objects.exists()

    def test_a_run_ends_and_the_next_goes_on(self, cast, monkeypatch):
        monkeypatch.setattr(actions, "SOUNDS_A_RUN", 1)
        self.taken(cast, "praise/zh-hans.opus", "calling/zh-hans.opus")
        assert [actions.keep_sounds(at=clock.now()) for _run in range(3)] == [1, 1, 0]
        assert LessonVoice.objects.count() == 2

    def test_after_the_limit_no_further_pack_is_fetched(self, cast, monkeypatch):
        monkeypatch.setattr(actions, "SOUNDS_A_RUN", 1)
        self.taken(cast, "praise/zh-hans.opus")
        other = school_pack(cast, "other")
        other.sounds_left = ["praise/zh-hans.opus"]
        other.save()
        with CaptureQueriesContext(connection) as asked:
            assert actions.keep_sounds(at=clock.now()) == 1
        assert sum('schoolpack"."content"' in one["sql"] for one in asked.captured_queries) == 1

    def test_one_that_fails_keeps_no_other_waiting(self, cast):
        """A name that no recording can have: working on it raises."""
        far = school_pack(cast, "far")
        far.school, far.sounds_left = cast.other_school, ["odd", "praise/zh-hans.opus"]
        far.save()
        self.taken(cast, "praise/zh-hans.opus")
        assert actions.keep_sounds(at=clock.now()) == 1
        assert LessonVoice.objects.get().school == cast.school
        actions.keep_sounds(at=clock.now())
        far.refresh_from_db()
        assert far.sounds_left == ["odd"]

    def failing(self, cast) -> SchoolPack:
        pack = school_pack(cast)
        pack.sounds_left = ["odd"]
        pack.save()
        return pack

    def test_what_fails_is_tried_again_after_longer_and_longer_waits_and_given_up(
        self, cast, caplog
    ):
        pack, at = self.failing(cast), clock.now()
        for wait in WAITS:
            actions.keep_sounds(at=at)
            pack.refresh_from_db()
            tried = len(caplog.records)
            actions.keep_sounds(at=at + wait - timedelta(seconds=1))
            assert len(caplog.records) == tried
            at += wait
        assert pack.sounds_left == ["odd"]
        actions.keep_sounds(at=at)
        pack.refresh_from_db()
        assert (pack.sounds_left, pack.sounds_failed) == ([], {})
        assert pack.sounds_refused == ["odd"]
        for _day in range(30):
            at += timedelta(days=1)
            assert actions.keep_sounds(at=at) == 0
        levels = [one.levelname for one in caplog.records]
        assert levels == ["ERROR", *["WARNING"] * (len(WAITS) - 1), "ERROR"]

    def test_whoever_runs_the_installation_is_told_once_and_once_when_it_is_over(
        self, cast, settings, mail_server
    ):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
        settings.ALERT_EMAILS = ["runs@example.org"]
        pack, at = self.failing(cast), clock.now()
        for wait in WAITS[: TROUBLE_TIMES - 1]:
            actions.keep_sounds(at=at)
            assert list(troubles(at)) == []
            at += wait
        actions.keep_sounds(at=at)
        for minute in range(3):
            later = at + timedelta(minutes=minute)
            watch(seen=troubles(later), at=later)
        (begun,) = mail_server.mails
        subject, body = read(begun)
        assert subject == f"【家桥】请处理：{cast.school.name}：有一课的录音准备不好"
        assert "pack_sound_failed" in body
        pack.delete()
        over = at + timedelta(minutes=TROUBLE_OVER_MINUTES + 3)
        watch(seen=troubles(over), at=over)
        watch(seen=troubles(over), at=over)
        assert "重新收一遍" in read(mail_server.mails[1])[1]
        assert len(mail_server.mails) == 2

    def test_of_a_demo_school_nobody_is_told(self, cast):
        School.objects.filter(pk=cast.school.pk).update(is_demo=True)
        pack, at = self.failing(cast), clock.now()
        pack.sounds_failed = {"odd": [TROUBLE_TIMES, at.isoformat()]}
        pack.save()
        assert list(troubles(at)) == []

    def test_the_school_sees_which_failed(self, cast):
        self.failing(cast)
        actions.keep_sounds(at=clock.now())
        page = client_of(cast, "counsellor").get(PACKS).content.decode()
        assert "系统会自动再试，最多两天：odd" in page


class TestOut:
    def test_exported_here_and_taken_there_with_its_voice(self, cast):
        lesson = own_lesson(cast)
        recorded(cast, lesson)
        pack = SchoolPack.objects.get()
        answer = client_of(cast, "principal").get(reverse("learning:pack_export", args=[pack.pk]))
        assert answer["Content-Type"] == "application/zip"
        found, faults = opened(answer.content)
        assert not faults
        by, at = cast.users["far_teacher"], clock.now()
        there = actions.look_at(school=cast.other_school, found=found, by=by, at=at)
        assert actions.take(pack=there, by=by, at=at) == 1
        assert not LessonVoice.objects.filter(school=cast.other_school).exists()
        assert actions.keep_sounds(at=at) == 1
        assert actions.keep_sounds(at=at) == 0
        copy = Lesson.objects.get(owner=cast.other_school)
        assert copy.texts == lesson.texts
        assert copy.digest == lesson.digest
        voice = LessonVoice.objects.get(school=cast.other_school)
        assert (voice.lesson, voice.came_with_pack) == (copy, True)

    def test_no_more_recordings_than_another_school_may_take(self, cast, monkeypatch):
        sounds = 4
        for module in (actions, presenters):
            monkeypatch.setattr(module, "SOUNDS_AT_MOST", sounds)
        for n in range(sounds // 2 + 1):
            lesson = own_lesson(cast, f"own-{n:02}")
            for language in reading.LANGUAGES:
                recorded(cast, lesson, language)
        pack = SchoolPack.objects.get()
        found, faults = opened(actions.exported(pack))
        assert found, faults
        assert len(found.sounds) == sounds
        first = [(f"own-{n:02}", one) for n in range(sounds // 2) for one in reading.LANGUAGES]
        assert set(found.sounds) == set(first)
        client = client_of(cast, "counsellor")
        for url in (PACKS, reverse("learning:pack", args=[pack.pk])):
            assert "2 段录音不在 ZIP 里" in client.get(url).content.decode(), url

    def test_who_takes_another_schools_own_keeps_its_own(self, cast):
        own_lesson(cast)
        there, by, at = cast.other_school, cast.users["far_teacher"], clock.now()
        actions.keep_own(school=there, key="own-rain", draft=DRAFT, by=by, at=at)
        found, faults = opened(actions.exported(SchoolPack.objects.get(school=cast.school)))
        assert found, faults
        pack = actions.look_at(school=there, found=found, by=by, at=at)
        assert actions.take(pack=pack, by=by, at=at) == 1
        in_hand = Lesson.objects.filter(owner=there, place__isnull=False)
        assert set(in_hand.values_list("key", flat=True)) == {"own-rain", "own-snow"}
        actions.keep_own(school=there, key="own-wind", draft=DRAFT, by=by, at=at)
        assert in_hand.count() == 3

    def test_exported_again_it_is_the_same_pack_in_a_newer_version(self, cast):
        keys = []
        for key in ("own-snow", "own-rain"):
            own_lesson(cast, key)
            found, _faults = opened(actions.exported(SchoolPack.objects.get()))
            keys.append((found.key, found.pack.version))
        assert keys[0][0] == keys[1][0]
        assert [version for _key, version in keys] == ["1", "2"]

    def test_one_that_waited_under_that_key_replaces_nothing(self, cast):
        lesson = own_lesson(cast)
        waiting = school_pack(cast, is_taken=False)
        SchoolPack.objects.filter(pk=waiting.pk).update(key=OWN)
        waiting.refresh_from_db()
        assert actions.take(pack=waiting, by=cast.users["principal"], at=clock.now()) == 0
        lesson.refresh_from_db()
        assert lesson.place is not None
        assert SchoolPack.objects.filter(taken_at__isnull=False).count() == 1

    def test_the_same_pack_is_the_same_bytes(self, cast):
        pack = school_pack(cast)
        assert actions.exported(pack) == actions.exported(pack)


class TestLibrary:
    def test_the_county_puts_one_in_and_a_school_takes_it(self, cast):
        officer = client_of(cast, "county")
        assert officer.post("/learning/library/", {"archive": zipped(archive())}).status_code == 302
        pack = CountyPack.objects.get()
        counsellor = client_of(cast, "counsellor")
        assert "试用" in counsellor.get(PACKS).content.decode()
        looked = counsellor.post(reverse("learning:from_library", args=[pack.pk]))
        draft = SchoolPack.objects.get()
        assert looked["Location"] == reverse("learning:pack", args=[draft.pk])
        counsellor.post(reverse("learning:pack_take", args=[draft.pk]))
        assert Lesson.objects.filter(owner=cast.school).count() == 2
        officer.post(reverse("learning:library_remove", args=[pack.pk]))
        assert not CountyPack.objects.exists()
        assert Lesson.objects.filter(owner=cast.school, place__isnull=False).count() == 2

    def test_put_in_again_it_is_one(self, cast):
        for version in (b"1", b"2"):
            given = files()
            given[MANIFEST] = given[MANIFEST].replace(b'version = "1"', b'version = "%s"' % version)
            content = archive(given=given)
            client_of(cast, "county").post("/learning/library/", {"archive": zipped(content)})
        assert CountyPack.objects.get().version == "2"

    def test_two_schools_own_stand_side_by_side(self, cast):
        own_lesson(cast)
        by, at = cast.users["far_teacher"], clock.now()
        actions.keep_own(school=cast.other_school, key="own-rain", draft=DRAFT, by=by, at=at)
        for pack in SchoolPack.objects.all():
            content = zipped(actions.exported(pack))
            answer = client_of(cast, "county").post("/learning/library/", {"archive": content})
            assert answer.status_code == 302
        assert CountyPack.objects.count() == 2

    def test_with_a_fault_nothing_is_put_in(self, cast):
        answer = client_of(cast, "county").post("/learning/library/", {"archive": zipped(bomb())})
        assert answer.status_code == 422
        assert not CountyPack.objects.exists()

    def test_of_another_county_there_is_none(self, cast):
        pack = county_pack(cast)
        other = type(cast.county).objects.create(name="另一个县")
        CountyPack.objects.filter(pk=pack.pk).update(county=other)
        url = reverse("learning:from_library", args=[pack.pk])
        assert client_of(cast, "counsellor").post(url).status_code == 404
        url = reverse("learning:library_remove", args=[pack.pk])
        assert client_of(cast, "county").post(url).status_code == 404


def said(**more):
    lesson = Lesson.objects.filter(owner=None, minutes=None).first()
    return {
        "key": str(uuid4()),
        "topic": "我们山里",
        "title": "下雪天，路上慢一点",
        "read_1": "路滑，就走慢些。",
        "read_2": "雪大，就等一等。",
        "read_3": "到了，说一声。",
        "heard": "山里的雪说下就下。\r\n\r\n早上先看天，再出门。",
        "week": "看一看孩子的鞋。",
        "picture": "雪地上的脚印。",
        "drawing": lesson.pk if lesson else "",
        "audience": ["away", "home"],
        "sources": "本校安全手册\n县应急局",
    } | more


ENGLISH = {
    "topic_en": "Our hills",
    "title_en": "On snowy days, walk slowly",
    "read_1_en": "If it is slippery, walk slowly.",
    "read_2_en": "If it snows hard, wait.",
    "read_3_en": "Say so when you are there.",
    "heard_en": "Snow comes fast here.\r\n\r\nLook at the sky first.",
    "week_en": "Look at your child's shoes.",
    "picture_en": "Footprints in snow.",
}


class TestEditor:
    @pytest.fixture(autouse=True)
    def _ours(self):
        lessons.load_shipped(at=clock.now())

    def test_previewed_kept_and_not_reviewed(self, cast):
        client, given = client_of(cast, "counsellor"), said()
        page = client.post("/learning/own/", given | {"preview": "1"}).content.decode()
        assert "家里人看到的样子" in page
        assert "早上先看天，再出门。" in page
        assert not SchoolPack.objects.exists()
        for _twice in range(2):
            assert client.post("/learning/own/", given).status_code == 302
        lesson = Lesson.objects.get(owner=cast.school)
        assert lesson.texts["zh-hans"]["heard"] == ["山里的雪说下就下。", "早上先看天，再出门。"]
        assert lesson.sources == ["本校安全手册", "县应急局"]
        assert (
            "还没有人审读"
            in client.get(reverse("learning:lesson", args=[lesson.pk])).content.decode()
        )

    def test_a_school_with_a_long_name_may_write_too(self, cast):
        cast.school.name = "小" * 80
        cast.school.save()
        assert client_of(cast, "counsellor").post("/learning/own/", said()).status_code == 302
        assert SchoolPack.objects.get().words("zh-hans") == "小" * 60

    def test_changed_it_is_read_anew_and_a_second_one_stands_beside_it(self, cast):
        lesson = own_lesson(cast)
        own_lesson(cast, "own-rain")
        by, at = cast.users["counsellor"], clock.now()
        lessons.let_out(lesson=lesson, school=cast.school, by=by, at=at)
        client = client_of(cast, "principal")
        url = reverse("learning:rewrite", args=[lesson.pk])
        page = client.get(url).content.decode()
        assert "路滑，就走慢些。" in page
        assert client.post(url, said(title="下雪天慢慢走")).status_code == 302
        new = Lesson.objects.get(owner=cast.school, key="own-snow", place__isnull=False)
        assert new.texts["zh-hans"]["title"] == "下雪天慢慢走"
        assert not LessonReading.objects.filter(lesson=new).exists()
        assert Lesson.objects.filter(owner=cast.school, place__isnull=False).count() == 2

    def test_a_page_gone_back_to_loses_nothing_and_asks_before_it_replaces(self, cast):
        url = reverse("learning:rewrite", args=[own_lesson(cast).pk])
        colleague, client = client_of(cast, "principal"), client_of(cast, "counsellor")
        seen = client.get(url).context["form"]["instead_of"].value()
        for _twice in range(2):  # a finger that taps twice changes it once
            early = said(title="下雪天慢慢走", instead_of=seen)
            assert colleague.post(url, early).status_code == 302
        new = Lesson.objects.get(owner=cast.school, place__isnull=False)
        late = said(title="下雪天不出门", instead_of=seen)
        for more in ({"preview": "1"}, {"week": ""}, {}):
            form = client.post(url, late | more).context["form"]
            assert form["title"].value() == "下雪天不出门"
        answer = client.post(url, late)
        assert answer.status_code == 422
        assert cast.users["principal"].name in answer.context["form"].non_field_errors()[0]
        page = answer.content.decode()
        assert "下雪天慢慢走" in page  # what would be replaced
        assert '<details class="fold" open>' not in page  # nothing is wrong in there
        assert Lesson.objects.get(owner=cast.school, place__isnull=False) == new
        again = answer.context["form"]["instead_of"].value()
        assert f'name="instead_of" value="{again}"' in answer.content.decode()
        assert client.post(url, late | {"instead_of": again}).status_code == 302
        now = Lesson.objects.get(owner=cast.school, place__isnull=False)
        assert now.texts["zh-hans"]["title"] == "下雪天不出门"
        assert client.get(url).context["form"]["title"].value() == "下雪天不出门"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"title": ""},
            {"title": "长" * 91},
            {"heard": "<script>alert(1)</script>"},
            {"heard": "长" * 801},
            {"read_1": "[点这里](https://example.org)"},
            {"audience": []},
            {"audience": ["class"]},
            {"ages_from": "12", "ages_until": "6"},
            {"ages_from": "6"},
            {"drawing": "0"},
            {"sources": ""},
            {"sources": "\n \n"},
            {"key": "x"},
        ],
    )
    def test_what_cannot_be_is_said_and_loses_nothing(self, cast, wrong):
        given = said(**wrong)
        answer = client_of(cast, "counsellor").post("/learning/own/", given)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "field-error" in page
        assert "雪大，就等一等。" in page
        assert not SchoolPack.objects.exists()

    @pytest.mark.parametrize("heard", ["# 标题", "+++", "一\n\n## 二"])
    def test_what_would_be_a_mark_of_the_pack(self, cast, heard):
        answer = client_of(cast, "counsellor").post("/learning/own/", said(heard=heard))
        assert answer.status_code in (302, 422)
        if answer.status_code == 302:
            lesson = Lesson.objects.get(owner=cast.school)
            assert lesson.texts["zh-hans"]["heard"] == [heard]

    def test_english_is_written_beside_and_taken_out_again(self, cast):
        client = client_of(cast, "counsellor")
        given = said() | ENGLISH
        page = client.post("/learning/own/", given | {"preview": "1"}).content.decode()
        assert "Snow comes fast here." in page
        assert client.post("/learning/own/", given).status_code == 302
        lesson = Lesson.objects.get(owner=cast.school)
        assert lesson.texts["en"]["title"] == "On snowy days, walk slowly"
        assert lesson.texts["en"]["heard"] == ["Snow comes fast here.", "Look at the sky first."]
        url = reverse("learning:rewrite", args=[lesson.pk])
        assert "On snowy days, walk slowly" in client.get(url).content.decode()
        assert client.post(url, said()).status_code == 302
        new = Lesson.objects.get(owner=cast.school, place__isnull=False)
        assert "en" not in new.texts
        assert new.pk != lesson.pk

    @pytest.mark.parametrize("left_out", ["title_en", "heard_en", "read_2_en"])
    def test_english_is_whole_or_none(self, cast, left_out):
        given = said() | ENGLISH | {left_out: " "}
        answer = client_of(cast, "counsellor").post("/learning/own/", given)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "英文也要写上" in page
        assert "Look at the sky first." in page or left_out == "heard_en"
        assert not SchoolPack.objects.exists()

    def test_english_is_no_script_either(self, cast):
        given = said() | ENGLISH | {"week_en": "<b>Look</b>"}
        assert client_of(cast, "counsellor").post("/learning/own/", given).status_code == 422

    def test_another_schools_lesson_cannot_be_changed(self, cast):
        lesson = own_lesson(cast)
        Lesson.objects.filter(pk=lesson.pk).update(place=None)
        url = reverse("learning:rewrite", args=[lesson.pk])
        assert client_of(cast, "counsellor").get(url).status_code == 404


PLAIN = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="<`*&](#+"),
    min_size=1,
).filter(str.strip)


@given(
    title=PLAIN.filter(lambda one: len(one) <= 90),
    said_first=PLAIN.filter(lambda one: len(one) <= 100),
)
def test_whatever_is_written_is_read_as_it_was(title, said_first):
    words = replace(DRAFT.chinese, title=title, read=[said_first.strip(), "二。", "三。"])
    draft = replace(DRAFT, chinese=words, english=words)
    given_files = {
        MANIFEST: manifest(key="own", name="山", version="1", licence="CC0", lessons=["own-a"]),
        **lesson_files("own-a", draft),
    }
    found, faults = reading.read(given_files, ("zh-hans",))
    assert not faults
    for language in reading.LANGUAGES:
        said_text = found.lessons[0].texts[language]
        assert said_text.title == title.strip()
        assert said_text.read[0] == said_first.strip()
