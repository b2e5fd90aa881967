"""The copy holds everything that a family may have, with its files, and nothing of anybody else."""

import io
import json
import re
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from classroom.models import AttendanceMark, MissedHomework
from core import clock
from doors.family.data_copy import archive
from tests.days import day_of
from tests.factories import calls, familyview, notices, postcards, threads
from tests.factories.classroom import make_photo, send_photo
from threads.models import ThreadMessage
from uploads.models import UploadContent

pytestmark = pytest.mark.django_db

TO_GRANDMOTHER = "这句话只写给奶奶"


@pytest.fixture
def mother(cast) -> Client:
    client = Client()
    client.force_login(cast.users["mother"])
    return client


def copy_of(client: Client, cast, child: str = "mengyao") -> zipfile.ZipFile:
    url = f"/f/children/{cast.students[child].pk}/copy/"
    answer = client.post(url, {"key": str(uuid4())})
    return zipfile.ZipFile(io.BytesIO(answer.getvalue()))


@pytest.fixture
def full(cast):
    """A child whose family has written, spoken, signed and sent, beside what belongs to others."""
    at, child, teacher = clock.now(), cast.students["mengyao"], cast.users["teacher"]
    view = familyview.fill(cast, at)
    threads.mother_writes(cast, voice=threads.voice_file())
    threads.mother_writes(cast, "这是她画的画", photo=make_photo())
    threads.teacher_writes(cast, text="梦瑶今天教同桌竖式除法。")
    threads.teacher_writes(cast, "grandmother", text=TO_GRANDMOTHER)
    postcards.agree(cast)
    postcards.send_card(cast, cast.adults["mother"])
    postcards.answer_card(cast)
    calls.chosen(cast, felt=3)
    signed = notices.sent(
        cast,
        kind="sign",
        title="校车安全",
        files=[notices.actions.NewFile("通知.pdf", pdf=notices.PDF)],
    )
    notices.answers(cast, signed)
    send_photo(cast, view.ask)
    common = {"school": cast.school, "student": child}
    AttendanceMark.objects.create(
        marked_on=day_of(at), kind="late", reason="way", written_by=teacher, written_at=at, **common
    )
    MissedHomework.objects.create(
        missed_on=day_of(at - timedelta(days=1)), noted_by=teacher, noted_at=at, **common
    )
    return view


def test_it_is_complete(cast, mother, full):
    found = copy_of(mother, cast)
    data = json.loads(found.read("data.json"))
    said = [row["text"] for row in data["messages"]]
    assert "老师，她晚上还咳嗽吗？" in said
    assert "梦瑶今天教同桌竖式除法。" in said
    assert [row["direction"] for row in data["postcards"]] == ["to_family", "to_child"]
    assert [row["pictures"] for row in data["three_things"]] == [["我的小动物", "你哪天回来"]]
    assert "felt" not in data["three_things"][0]
    assert data["notices"][0]["notice__title"] == "校车安全"
    assert data["signatures"][0]["signed_as"] == cast.adults["mother"].name
    assert [(row["kind"], row["reason"]) for row in data["attendance"]] == [("late", "way")]
    assert len(data["missed_homework"]) == 1
    assert data["your_account"][0]["username"] == cast.users["mother"].username


def test_its_files_lie_in_it_and_its_page_leads_to_them(cast, mother, full):
    found = copy_of(mother, cast)
    data, page = json.loads(found.read("data.json")), found.read("data.html").decode()
    named = [
        name
        for section in archive.SECTIONS
        for field in section.files.split()
        for row in data[section.key]
        for name in row[field]
    ]
    assert sorted(named) == sorted(name for name in found.namelist() if name.startswith("files/"))
    kinds = {name.rsplit(".", 1)[1] for name in named}
    assert kinds == {"jpg", "m4a", "pdf"}
    assert len([name for name in named if name.endswith("m4a")]) == 3
    for name in named:
        assert f'"{name}"' in page
        assert found.getinfo(name).file_size > 0
    voice = ThreadMessage.objects.exclude(voice=None).get().voice
    kept = UploadContent.objects.get(upload=voice, content_type="audio/mp4")
    voices = [found.read(name) for name in named if name.endswith("m4a")]
    assert bytes(kept.data) in voices


def test_nothing_of_another_adult_is_in_it(cast, mother, full):
    found = copy_of(mother, cast)
    everything = b"".join(found.read(name) for name in found.namelist() if name.startswith("data"))
    assert TO_GRANDMOTHER.encode() not in everything
    for adult in ("grandmother", "father"):
        for point in cast.adults[adult].contact_points.all():
            assert point.address.encode() not in everything


def test_what_is_not_in_it_is_said_in_the_same_words_to_everybody(cast, mother, full):
    with_reports = copy_of(mother, cast)
    without = copy_of(mother, cast, "xiaobao")
    said = [json.loads(one.read("data.json"))["not_in_it"] for one in (with_reports, without)]
    assert said[0] == said[1]
    page = with_reports.read("data.html").decode()
    assert "这份资料里没有哪些，为什么" in page
    assert all(words in page for words in said[0])


def test_a_deleted_voice_leaves_the_words_around_it(cast, mother, full):
    UploadContent.objects.all().delete()
    found = copy_of(mother, cast)
    assert not [name for name in found.namelist() if name.endswith(("m4a", "jpg"))]
    assert "老师，她晚上还咳嗽吗？" in found.read("data.html").decode()


def test_a_copy_of_many_messages_asks_no_more_than_of_few(
    cast, full, django_assert_max_num_queries
):
    student, adults, at = cast.students["mengyao"], [cast.adults["mother"]], clock.now()
    thread = ThreadMessage.objects.filter(thread__people__adult=adults[0]).first().thread
    with django_assert_max_num_queries(200) as few:
        archive.gather(student, adults, at)
    for number in range(10):
        ThreadMessage.objects.create(
            school=cast.school, thread=thread, adult=adults[0], text=f"第{number}句", at=at
        )
    with django_assert_max_num_queries(len(few)):
        archive.gather(student, adults, at)


def test_every_part_has_its_words_in_chinese(cast, mother, full):
    """A label that nobody named would be the English name of a column."""
    page = copy_of(mother, cast).read("data.html").decode()
    labels = re.findall(r"<(?:dt|th scope=\"col\"|h2)>([^<]+)<", page)
    assert len(labels) > 100
    assert not sorted({label for label in labels if not re.search(r"[\u4e00-\u9fff]", label)})
