"""Actions, fields, answers and bodies that are too large."""

from uuid import uuid4

import pytest
from django import forms
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from core import clock
from tests.factories.files import as_file, photo, seconds_of, wav
from uploads import rules
from uploads.actions import keep_photo, keep_voice
from uploads.forms import PhotoField, VoiceField
from uploads.models import Upload, UploadContent
from uploads.responses import serve
from uploads.rules import BadUpload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_file_to_the_workshop")]


@pytest.fixture
def voice(cast) -> Upload:
    return keep(keep_voice, cast, wav(3))


def keep(action, cast, data: bytes, child: str = "mengyao", **fields) -> Upload:
    given = {"key": uuid4(), "by": cast.users["teacher"], "at": clock.now()} | fields
    return action(student=cast.students[child], file=as_file(data), **given)


class TestKeeping:
    def test_a_photo_is_one_row_with_one_content(self, cast):
        upload = keep(keep_photo, cast, photo())
        assert (upload.kind, upload.width, upload.height) == ("photo", 640, 480)
        assert (upload.school, upload.created_by) == (cast.school, cast.users["teacher"])
        assert [row.content_type for row in upload.contents.all()] == ["image/jpeg"]

    def test_a_voice_note_has_two_forms(self, voice):
        assert voice.seconds == 3
        assert {row.content_type for row in voice.contents.all()} == {"audio/ogg", "audio/mp4"}

    def test_the_same_key_again_is_the_same_row(self, cast):
        key = uuid4()
        first = keep(keep_voice, cast, wav(1), key=key)
        assert keep(keep_voice, cast, wav(2), key=str(key)) == first
        assert (Upload.objects.count(), UploadContent.objects.count()) == (1, 2)

    def test_the_key_of_another_childs_photo_opens_nothing(self, cast):
        key = uuid4()
        keep(keep_photo, cast, photo(), key=key)
        with pytest.raises(BadUpload):
            keep(keep_photo, cast, photo(), child="haitao", key=key)
        with pytest.raises(BadUpload):
            keep(keep_voice, cast, wav(1), key=key)

    def test_nor_does_that_of_another_schools(self, cast):
        key, at = uuid4(), clock.now()
        about = {"student": None, "key": key, "by": None, "at": at}
        kept = keep_photo(**about, school=cast.school, file=as_file(photo()))
        assert keep_photo(**about, school=cast.school, file=as_file(photo())) == kept
        with pytest.raises(BadUpload):
            keep_photo(**about, school=cast.other_school, file=as_file(photo()))

    def test_what_is_turned_away_leaves_nothing(self, cast):
        with pytest.raises(BadUpload):
            keep(keep_photo, cast, b"no photo")
        assert not Upload.objects.exists()

    def test_it_goes_with_the_child(self, cast, voice):
        cast.students["mengyao"].uploads.all().delete()
        assert not UploadContent.objects.exists()


class NoteForm(forms.Form):
    words = forms.CharField()
    photo = PhotoField(required=False)
    voice = VoiceField(required=False)


class TestFields:
    def test_good_files_are_made_anew_once(self, cast, monkeypatch):
        form = NoteForm({"words": "x"}, {"photo": as_file(photo()), "voice": as_file(wav(1))})
        assert form.is_valid(), form.errors
        monkeypatch.setattr("uploads.remaking.send_to_workshop", None)  # a second time would fail
        student, at = cast.students["mengyao"], clock.now()
        for action, name in ((keep_photo, "photo"), (keep_voice, "voice")):
            action(student=student, file=form.cleaned_data[name], key=uuid4(), by=None, at=at)
        assert Upload.objects.count() == 2

    def test_none_is_fine_where_none_is_needed(self):
        form = NoteForm({"words": "x"}, {})
        assert form.is_valid()
        assert form.cleaned_data["photo"] is None

    def test_what_is_wrong_is_said_at_the_field(self):
        files = {"photo": as_file(b"GIF89a"), "voice": as_file(wav(5, loudness=0))}
        form = NoteForm({"words": "x"}, files)
        assert set(form.errors) == {"photo", "voice"}
        assert form["words"].value() == "x"

    def test_a_phone_is_told_what_to_offer(self):
        assert 'accept="image/*"' in str(NoteForm()["photo"])
        assert f'data-most-bytes="{rules.VOICE_BYTES}"' in str(NoteForm()["voice"])


def ask(upload: Upload, query: str = "", **headers) -> HttpResponse:
    return serve(upload, RequestFactory().get(f"/x{query}", headers=headers))


ANDROID = "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/86.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 13_0 like Mac OS X) AppleWebKit/605.1.15 Version/13.0"


class TestAnswers:
    @pytest.mark.parametrize(
        ("query", "headers", "content_type"),
        [
            ("", {"user-agent": ANDROID, "accept": "*/*"}, "audio/ogg"),
            ("", {"user-agent": IPHONE, "accept": "*/*"}, "audio/mp4"),
            ("", {"user-agent": "AppleCoreMedia/1.0"}, "audio/mp4"),
            ("", {"user-agent": IPHONE, "accept": "audio/ogg"}, "audio/ogg"),
            ("", {"user-agent": ANDROID, "accept": "audio/mp4"}, "audio/mp4"),
            ("?as=m4a", {"user-agent": ANDROID}, "audio/mp4"),
            ("?as=ogg", {"user-agent": IPHONE}, "audio/ogg"),
            ("?as=exe", {"user-agent": ANDROID}, "audio/ogg"),
        ],
    )
    def test_each_browser_gets_what_it_plays(self, voice, query, headers, content_type):
        response = ask(voice, query, **headers)
        assert response["Content-Type"] == content_type
        assert seconds_of(response.content) == pytest.approx(3, abs=0.3)

    def test_nothing_is_stored_guessed_or_named_by_a_stranger(self, voice):
        response = ask(voice, "?as=m4a")
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Disposition"] == 'inline; filename="voice.m4a"'

    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [("bytes=0-1", 0, 1), ("bytes=100-", 100, None), ("bytes=-50", -50, None)],
    )
    def test_a_part_is_answered_as_a_part(self, voice, asked, first, last):
        whole = ask(voice, "?as=m4a").content
        response = ask(voice, "?as=m4a", range=asked)
        wanted = whole[first:] if last is None else whole[first : last + 1]
        assert (response.status_code, response.content) == (206, wanted)
        start = len(whole) + first if first < 0 else first
        end = start + len(wanted) - 1
        assert response["Content-Range"] == f"bytes {start}-{end}/{len(whole)}"

    def test_what_lies_behind_the_end_is_416(self, voice):
        for asked in ("bytes=9999999-", "bytes=5-2", "bytes=-0"):
            assert ask(voice, range=asked).status_code == 416

    @pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=a-b"])
    def test_what_is_no_single_range_gets_the_whole(self, voice, asked):
        response = ask(voice, range=asked)
        assert (response.status_code, response.content) == (200, ask(voice).content)
        assert len(response.content) > 100

    def test_a_photo_is_a_jpeg_whatever_is_asked(self, cast):
        response = ask(keep(keep_photo, cast, photo()), "?as=ogg", range="bytes=0-1")
        assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")


def echo(request) -> HttpResponse:
    """Says what arrived, as a form's view would see it."""
    sent = request.FILES["photo"]
    form = NoteForm(request.POST, request.FILES)
    form.is_valid()
    on_disk = isinstance(sent, TemporaryUploadedFile)
    held = len(sent.read())
    return HttpResponse(f"{request.POST['words']}|{sent.size}|{held}|{on_disk}|{form.errors}")


urlpatterns = [path("echo", echo)]


class TestLargeBodies:
    @override_settings(ROOT_URLCONF=__name__)
    def test_a_photo_of_40_megabytes_is_a_sentence_and_the_words_stay(self):
        sent = as_file(b"\xff\xd8\xff" + b"\0" * 40_000_000)
        answer = Client().post("/echo", {"words": "今天很好", "photo": sent}).content.decode()
        words, size, held, on_disk, errors = answer.split("|")
        assert (words, size, on_disk) == ("今天很好", "40000003", "True")
        assert int(held) == rules.RECEIVED_BYTES
        assert "12 MB" in errors

    def test_an_absurd_body_is_not_read_and_gets_a_page(self, cast):
        response = Client().generic(
            "POST", "/p/sign-in/", b"x", CONTENT_LENGTH=str(rules.BODY_BYTES + 1)
        )
        assert response.status_code == 413
        assert "12 MB" in response.content.decode()
