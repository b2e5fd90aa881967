"""Writing notes: saved once, by those who may, with what the family allows."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from classroom.models import Observation
from core import clock
from privacy.models import Consent, Purpose
from privacy.texts import version_of
from students.models import Barrier, Enrolment
from tests.factories.classroom import WORDS, make_note, make_photo


def url(cast, child="mengyao"):
    return reverse("classroom:observe", args=[cast.students[child].pk])


def seen(**fields):
    return {"key": uuid4(), "words": WORDS, "when": "now", **fields}


def agree(cast, purpose, decision="given"):
    for key in ("mother",):
        Consent.objects.create(
            school=cast.school,
            adult=cast.adults[key],
            student=cast.students["mengyao"],
            purpose=purpose,
            decision=decision,
            text_version=version_of(purpose),
            via="paper",
            at=clock.now(),
        )


def leave(cast, days_ago, child="mengyao"):
    left_on = timezone.localdate() - timedelta(days=days_ago)
    Enrolment.objects.filter(student=cast.students[child]).update(ends_on=left_on)
    return left_on


def test_one_field_two_taps_one_row(cast, sign_in):
    data = seen(
        strengths=["helps"],
        themes=["withdrawal"],
        deeds=["praised"],
        place="操场",
        tell_family="on",
    )
    response = sign_in("teacher").post(url(cast), data)
    assert response.url == reverse("staff:child", args=[cast.students["mengyao"].pk])
    note = Observation.objects.get()
    assert (note.words, note.place) == (WORDS, "操场")
    assert (note.strengths, note.themes, note.deeds) == (["helps"], ["withdrawal"], ["praised"])
    assert note.tell_family
    assert note.written_by == cast.users["teacher"]
    assert abs(note.happened_at - clock.now()) < timedelta(minutes=1)


def test_sent_twice_is_one_row(cast, sign_in):
    client, data = sign_in("teacher"), seen()
    for _time in range(2):
        assert client.post(url(cast), data).status_code == 302
    assert Observation.objects.count() == 1


def test_other_content_from_the_same_page_is_not_dropped(cast, sign_in):
    """The first try may have arrived although the teacher's phone did not hear of it."""
    client, data = sign_in("teacher"), seen()
    more = data | {"words": "她今天又哭了"}
    for said in (data, more, more, more | {"themes": ["withdrawal"]}):
        assert client.post(url(cast), said).status_code == 302
    assert client.post(url(cast, "xiaobao"), data).status_code == 302
    rows = Observation.objects.order_by("pk").values_list("student__name", "words", "themes")
    assert list(rows) == [
        ("徐梦瑶", WORDS, []),
        ("徐梦瑶", "她今天又哭了", []),
        ("徐梦瑶", "她今天又哭了", ["withdrawal"]),
        ("徐小宝", WORDS, []),
    ]


def test_the_moment_of_sending_makes_no_other_note(cast, sign_in):
    data, then = seen(), clock.now() - timedelta(minutes=5)
    for minutes in (0, 2):
        written_at = then + timedelta(minutes=minutes)
        sign_in("teacher").post(url(cast), data | {"written_at": written_at.isoformat()})
    assert Observation.objects.get().happened_at == then


def test_the_page_for_a_phone_without_network_holds_names_only(cast, sign_in):
    page = sign_in("teacher").get(reverse("classroom:pick")).content.decode()
    assert "徐梦瑶" in page
    assert "徐小宝" in page
    assert "丁海涛" not in page  # another class
    assert "王芳" not in page
    assert "+86138" not in page
    assert "data-offline" in page


def test_a_kept_note_comes_late_with_the_hour_at_which_it_was_written(cast, sign_in):
    then = clock.now() - timedelta(days=2)
    data = seen(student=cast.students["mengyao"].pk, written_at=then.isoformat())
    for _time in range(2):
        answer = sign_in("teacher").post(
            reverse("classroom:pick"), data, headers={"X-Offline": "1"}
        )
        assert answer.status_code == 200
        assert answer.json()["next"].startswith("/children/")
    assert Observation.objects.get().happened_at == then


def test_of_a_child_that_has_left_what_was_before_is_taken(cast, sign_in):
    left_on = leave(cast, days_ago=3)
    data = seen(when="day", happened_on=left_on.isoformat())
    answer = sign_in("teacher").post(url(cast), data, headers={"X-Offline": "1"})
    assert answer.status_code == 200
    assert Observation.objects.count() == 1


def test_of_a_child_that_has_left_what_came_after_is_said_and_kept_on_the_phone(cast, sign_in):
    leave(cast, days_ago=3)
    client = sign_in("teacher")
    answer = client.post(url(cast), seen(), headers={"X-Offline": "1"})
    assert answer.status_code == 409
    assert "徐梦瑶" in answer.json()["message"]
    page = client.post(url(cast), seen())
    assert page.status_code == 422
    assert WORDS in page.content.decode()  # the text is not lost
    assert not Observation.objects.exists()


def test_long_after_a_child_has_left_the_phone_is_told_without_a_name(cast, sign_in):
    leave(cast, days_ago=60)
    client = sign_in("teacher")
    assert client.get(url(cast)).status_code == 404
    answer = client.post(url(cast), seen(), headers={"X-Offline": "1"})
    assert answer.status_code == 409
    assert "徐梦瑶" not in answer.content.decode()


@pytest.mark.parametrize("day", ["1900-01-01", "2100-01-01", "gestern"])
def test_a_day_that_cannot_be_is_refused_at_its_field(cast, sign_in, day):
    page = sign_in("teacher").post(url(cast), seen(when="day", happened_on=day))
    assert page.status_code == 422
    assert page.context["form"].errors["happened_on"]
    assert WORDS in page.content.decode()
    assert not Observation.objects.exists()


def test_nothing_seen_is_nothing_written(cast, sign_in):
    page = sign_in("teacher").post(url(cast), seen(words=""))
    assert page.context["form"].errors["words"]
    assert not Observation.objects.exists()


@pytest.mark.parametrize("theme", ["home", "offending"])
def test_the_home_and_trouble_never_go_to_the_family(cast, sign_in, theme):
    data = seen(themes=[theme], tell_family="on")
    page = sign_in("teacher").post(url(cast), data)
    assert page.context["form"].errors["tell_family"]
    assert not Observation.objects.exists()
    assert make_note(cast, themes=[theme], tell_family=True).tell_family is False


class TestPhotos:
    def test_without_a_word_of_the_family_the_field_is_absent_and_a_file_is_refused(
        self, cast, sign_in
    ):
        client = sign_in("teacher")
        assert 'type="file"' not in client.get(url(cast)).content.decode()
        page = client.post(url(cast), seen(photo=make_photo()))
        assert page.status_code == 422
        assert page.context["form"].non_field_errors()
        assert not Observation.objects.exists()

    def test_with_its_yes_the_photo_is_kept_and_shown_to_who_may_read_the_note(self, cast, sign_in):
        agree(cast, Purpose.PHOTO)
        client = sign_in("teacher")
        assert 'name="photo"' in client.get(url(cast)).content.decode()
        assert client.post(url(cast), seen(photo=make_photo())).status_code == 302
        note = Observation.objects.get()
        address = reverse("classroom:attachment", args=[note.pk, "photo"])
        assert client.get(address)["Content-Type"] == "image/jpeg"
        assert sign_in("next_teacher").get(address).status_code == 404
        assert sign_in("admin").get(address).status_code == 404

    def test_withdrawn_the_field_is_gone_and_the_photo_is_shown_no_more(self, cast, sign_in):
        agree(cast, Purpose.PHOTO)
        client, note = sign_in("teacher"), make_note(cast, photo=make_photo())
        page = reverse("classroom:note", args=[note.pk])
        address = reverse("classroom:attachment", args=[note.pk, "photo"])
        assert client.get(address).status_code == 200
        assert 'name="photo"' in client.get(url(cast)).content.decode()
        assert address in client.get(page).content.decode()
        agree(cast, Purpose.PHOTO, "withdrawn")
        assert client.get(address).status_code == 404
        assert 'name="photo"' not in client.get(url(cast)).content.decode()
        assert address not in client.get(page).content.decode()

    @pytest.mark.parametrize(
        "file",
        [
            SimpleUploadedFile("a.jpg", b"MZ\x90\x00" + b"\x00" * 200, "image/jpeg"),
            SimpleUploadedFile("big.jpg", b"\xff\xd8\xff" + b"\x00" * 40_000_000, "image/jpeg"),
        ],
        ids=["renamed executable", "40 MB"],
    )
    def test_a_file_that_is_no_photo_is_refused_at_the_field(self, cast, sign_in, file):
        agree(cast, Purpose.PHOTO)
        page = sign_in("teacher").post(url(cast), seen(photo=file))
        assert page.status_code == 422
        assert page.context["form"].errors["photo"]
        assert WORDS in page.content.decode()
        assert not Observation.objects.exists()


class TestCorrecting:
    def test_the_author_corrects_within_a_day_and_the_old_words_are_kept(self, cast, sign_in):
        note = make_note(cast)
        address = reverse("classroom:note", args=[note.pk])
        client = sign_in("teacher")
        was = note.happened_at
        day = timezone.localdate(was).isoformat()
        data = seen(words="还教她怎么跳", strengths=["patient"], when="day", happened_on=day)
        assert client.post(address, data).status_code == 302
        note.refresh_from_db()
        assert (note.words, note.strengths) == ("还教她怎么跳", ["patient"])
        assert note.happened_at == was
        assert WORDS in client.get(address).content.decode()  # the previous version

    def test_a_day_later_or_by_somebody_else_it_stands(self, cast, sign_in):
        old = make_note(cast, at=clock.now() - timedelta(hours=25))
        address = reverse("classroom:note", args=[old.pk])
        assert sign_in("teacher").post(address, seen(words="x")).status_code == 404
        young = make_note(cast)
        address = reverse("classroom:note", args=[young.pk])
        assert sign_in("principal").get(address).status_code == 200
        assert sign_in("principal").post(address, seen(words="x")).status_code == 404
        young.refresh_from_db()
        assert young.words == WORDS

    def test_taken_back_and_put_back(self, cast, sign_in):
        note, client = make_note(cast), sign_in("teacher")
        client.post(reverse("classroom:retract", args=[note.pk]))
        note.refresh_from_db()
        assert note.retracted_at
        client.post(reverse("classroom:restore", args=[note.pk]))
        note.refresh_from_db()
        assert note.retracted_at is None

    def test_nobody_takes_back_what_somebody_else_wrote(self, cast, sign_in):
        note = make_note(cast)
        address = reverse("classroom:retract", args=[note.pk])
        assert sign_in("principal").post(address).status_code == 404
        note.refresh_from_db()
        assert note.retracted_at is None


def test_a_barred_teacher_sees_and_writes_nothing(cast, sign_in):
    note, client = make_note(cast), sign_in("teacher")
    address = reverse("classroom:note", args=[note.pk])
    assert client.get(address).status_code == 200
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        user=cast.users["teacher"],
        reason="调查中",
        set_by=cast.users["principal"],
        set_at=clock.now(),
    )
    assert client.get(address).status_code == 404
    assert client.post(url(cast), seen()).status_code == 404
    assert "徐梦瑶" not in client.get(reverse("staff:children") + "?see=notes").content.decode()
    assert Observation.objects.count() == 1


class TestANoteAboutSeveralChildren:
    """A note about several children is a row in each child's file, and one note for its author."""

    def write(self, cast, sign_in, **fields):
        also = fields.pop("also", [cast.students["xiaobao"].pk])
        return sign_in("teacher").post(url(cast), seen(also=also, **fields))

    def test_each_file_gets_it_once(self, cast, sign_in):
        also = [cast.students["xiaobao"].pk, cast.students["mengyao"].pk]
        data = seen(also=also, deeds=["listened"])
        for _time in range(2):
            assert sign_in("teacher").post(url(cast), data).status_code == 302
        rows = Observation.objects.order_by("pk")
        assert [row.student.name for row in rows] == ["徐梦瑶", "徐小宝"]
        assert len({row.shared_key for row in rows}) == 1
        assert {row.words for row in rows} == {WORDS}

    @pytest.mark.parametrize("also", ["haitao", "nobody"])
    def test_only_about_children_of_the_own_class(self, cast, sign_in, also):
        pk = cast.students[also].pk if also in cast.students else 987654
        page = self.write(cast, sign_in, also=[cast.students["xiaobao"].pk, pk])
        assert page.status_code == 422
        assert page.context["form"].errors["also"]
        assert WORDS in page.content.decode()
        assert not Observation.objects.exists()

    @pytest.mark.parametrize("words", ["小宝帮了梦瑶", "徐小宝先动手"])
    def test_no_family_reads_another_child_s_name(self, cast, sign_in, words):
        page = self.write(cast, sign_in, words=words, strengths=["helps"], tell_family="on")
        assert page.status_code == 422
        assert "徐小宝" in page.context["form"].errors["words"][0]
        assert self.write(cast, sign_in, words=words, strengths=["helps"]).status_code == 302

    def test_a_correction_and_a_retraction_reach_all_of_them(self, cast, sign_in):
        self.write(cast, sign_in)
        client, row = sign_in("teacher"), Observation.objects.first()
        page = client.get(reverse("classroom:note", args=[row.pk])).content.decode()
        assert "这条也记给了" in page
        client.post(
            reverse("classroom:note", args=[row.pk]), seen(key=row.key, words="两个人都在场")
        )
        assert set(Observation.objects.values_list("words", flat=True)) == {"两个人都在场"}
        client.post(reverse("classroom:retract", args=[row.pk]))
        assert not Observation.objects.filter(retracted_at=None).exists()
        client.post(reverse("classroom:restore", args=[row.pk]))
        assert Observation.objects.filter(retracted_at=None).count() == 2

    def test_a_correction_tells_no_family_another_child_s_name(self, cast, sign_in):
        self.write(cast, sign_in, strengths=["helps"], tell_family="on")
        client, row = sign_in("teacher"), Observation.objects.first()
        data = seen(key=row.key, words="小宝打了梦瑶", strengths=["helps"], tell_family="on")
        page = client.post(reverse("classroom:note", args=[row.pk]), data)
        assert page.status_code == 422
        assert "徐小宝" in page.context["form"].errors["words"][0]
        assert set(Observation.objects.values_list("words", flat=True)) == {WORDS}

    def test_one_child_is_taken_out_and_stays_out(self, cast, sign_in):
        self.write(cast, sign_in)
        client, (first, second) = sign_in("teacher"), Observation.objects.order_by("pk")
        client.post(reverse("classroom:retract", args=[second.pk]), {"only": "1"})
        before = clock.now() - timedelta(minutes=1)  # the clock of a test does not move
        Observation.objects.filter(pk=second.pk, retracted_at__isnull=False).update(
            retracted_at=before
        )
        client.post(reverse("classroom:retract", args=[first.pk]))
        client.post(reverse("classroom:restore", args=[first.pk]))
        assert list(Observation.objects.filter(retracted_at=None)) == [first]

    def test_a_reader_of_one_file_learns_no_other_name(self, cast, sign_in):
        self.write(cast, sign_in)
        Barrier.objects.create(
            school=cast.school,
            student=cast.students["xiaobao"],
            user=cast.users["counsellor"],
            reason="调查中",
            set_by=cast.users["principal"],
            set_at=clock.now(),
        )
        first = Observation.objects.get(student=cast.students["mengyao"])
        page = sign_in("counsellor").get(reverse("classroom:note", args=[first.pk]))
        assert page.status_code == 200
        assert "徐小宝" not in page.content.decode()
