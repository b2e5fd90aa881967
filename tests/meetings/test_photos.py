"""Photos of a meeting: no child in them, agreed by whom they show, for invited families who are signed in."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from meetings import actions as meeting_actions
from meetings.models import Meeting, MeetingPhoto
from meetings.photos import actions
from meetings.tasks import delete_photos
from schools.models import School
from tests.factories.files import as_file, photo
from tests.factories.meetings import make, of, photo_of, token_of
from tests.meetings.test_pages import client_of
from uploads.models import Upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sends(cast):
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)


@pytest.fixture
def meeting(cast) -> Meeting:
    return make(cast, starts_in=timedelta(minutes=-30))


def add(cast, meeting, who: str = "teacher", **said):
    given = {
        "key": str(uuid4()),
        "no_child": "on",
        "agreed": "on",
        "photo": as_file(photo()),
    } | said
    return client_of(cast, who).post(reverse("meetings:photo_add", args=[meeting.pk]), given)


def family_url(row: MeetingPhoto) -> str:
    return reverse("family_meetings:photo", args=[row.meeting_id, row.pk])


class TestAdding:
    def test_seen_by_staff_and_by_the_invited_family_signed_in(self, cast, meeting):
        assert add(cast, meeting).status_code == 302
        row = MeetingPhoto.objects.get()
        assert row.photo.width <= 640
        mother = client_of(cast, "mother")
        page = mother.get(reverse("family_meetings:meeting", args=[meeting.pk])).content.decode()
        assert family_url(row) in page
        assert mother.get(family_url(row))["Content-Type"] == "image/jpeg"
        link = reverse("family_meetings:link", args=[token_of(of(cast, meeting))])
        assert "/photos/" not in Client().get(link).content.decode()
        assert client_of(cast, "other_mother").get(family_url(row)).status_code == 404

    def test_sent_twice_it_is_one(self, cast, meeting):
        key = str(uuid4())
        for _time in range(2):
            assert add(cast, meeting, key=key).status_code == 302
        assert MeetingPhoto.objects.count() == Upload.objects.count() == 1

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"no_child": ""}, "有孩子的照片"),
            ({"agreed": ""}, "请先问过"),
            ({"photo": ""}, "请先选一张照片"),
            ({"photo": as_file(b"%PDF-1.7")}, "field-error"),
            ({"key": "x"}, "field-error"),
        ],
    )
    def test_what_cannot_be_kept_is_said_at_its_field(self, cast, meeting, said, words):
        answer = add(cast, meeting, **said)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Upload.objects.exists()

    def test_six_at_most(self, cast, meeting):
        for _time in range(7):
            add(cast, meeting)
        assert MeetingPhoto.objects.count() == 6
        assert Upload.objects.count() == 6

    def test_not_before_it_has_begun(self, cast):
        assert add(cast, make(cast)).status_code == 404
        assert not Upload.objects.exists()

    def test_not_after_it_was_called_off(self, cast, meeting):
        Meeting.objects.update(
            off_at=meeting.starts_at, off_reason="下雪", off_by=cast.users["teacher"]
        )
        assert add(cast, meeting).status_code == 404
        assert not Upload.objects.exists()


class TestGone:
    def test_deleted_with_its_bytes(self, cast, meeting):
        row = photo_of(cast, meeting)
        url = reverse("meetings:photo_delete", args=[meeting.pk, row.pk])
        assert client_of(cast, "teacher").post(url).status_code == 302
        assert not MeetingPhoto.objects.exists()
        assert not Upload.objects.exists()
        assert client_of(cast, "mother").get(family_url(row)).status_code == 404

    def test_after_a_year(self, cast, meeting):
        old = photo_of(cast, meeting, at=clock.now() - timedelta(days=366))
        new = photo_of(cast, meeting)
        assert delete_photos() == 1
        assert list(MeetingPhoto.objects.values_list("pk", flat=True)) == [new.pk]
        assert not Upload.objects.filter(pk=old.photo_id).exists()
        assert delete_photos() == 0

    def test_by_the_address_of_another_meeting(self, cast, meeting):
        row = photo_of(cast, meeting)
        other = make(cast, starts_in=timedelta(minutes=-10))
        url = reverse("family_meetings:photo", args=[other.pk, row.pk])
        assert client_of(cast, "mother").get(url).status_code == 404

    def test_blocked_since_they_see_none(self, cast, meeting):
        row = photo_of(cast, meeting)
        mother = cast.adults["mother"]
        assert client_of(cast, "mother").get(family_url(row)).status_code == 200
        type(mother).objects.filter(pk=mother.pk).update(
            blocked_at=clock.now(), blocked_by=cast.users["principal"], blocked_reason="x"
        )
        assert client_of(cast, "mother").get(family_url(row)).status_code in (302, 404)

    def test_a_meeting_that_is_off_has_none(self, cast):
        meeting = make(cast)
        by, at = cast.users["teacher"], clock.now()
        row = actions.add(meeting=meeting, file=as_file(photo()), key=uuid4(), by=by, at=at)
        meeting_actions.call_off(meeting=meeting, reason="x", by=by, at=at)
        assert client_of(cast, "mother").get(family_url(row)).status_code == 404
