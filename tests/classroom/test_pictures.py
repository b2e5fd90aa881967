"""Pictures for families: every child in one is named, and its family has agreed.

When one family withdraws consent, the picture is gone for everybody.
"""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from classroom.actions import retract
from classroom.models import Picture, PicturedChild
from classroom.pictures import actions, policies
from classroom.pictures.rules import (
    PICTURES_A_NOTE,
    PICTURES_A_WEEK,
    PICTURES_AT_ONCE,
    purpose_of,
)
from classroom.weeks.actions import as_shown, send_week
from core import clock
from doors.family.data_copy.archive import gather
from doors.staff import erasing
from guardians.models import Guardianship
from privacy.models import Consent
from students.barriers import set_barrier
from students.models import Enrolment
from tests.days import today
from tests.factories.accounts import say
from tests.factories.cast import (
    make_adult,
    make_guardianship,
    make_post,
    make_student,
    make_user,
)
from tests.factories.classroom import make_note, make_photo
from tests.factories.familyview import ask_for_deletion
from tests.factories.school_life import (
    add_picture,
    agree,
    block,
    draft_week,
    news_picture,
    sent_week,
)
from uploads.models import Upload, UploadContent
from uploads.remaking import remake_photo
from uploads.rules import PICTURE_KEPT_BYTES, PICTURE_LONG_SIDE


@pytest.fixture
def classmate(cast):
    """Add a classmate of 梦瑶 whose mother has an account; both families agreed to pictures of the class."""
    child = cast.students["classmate"] = make_student(cast.school_class, "何静")
    mother = cast.adults["classmate_mother"] = make_adult(cast.school, "何兰", "+8613893520001")
    make_guardianship(child, mother, "mother")
    mother.user = cast.users["classmate_mother"] = make_user("classmate_mother", mother.name)
    mother.save(update_fields=["user"])
    agree(cast)
    agree(cast, "classmate", adult="classmate_mother")
    return child


def seen_by(client, user, picture, door="family_classroom:picture") -> int:
    client.force_login(user)
    return client.get(reverse(door, args=[picture.pk])).status_code


def everybody(cast):
    staff = (
        "teacher",
        "counsellor",
        "principal",
        "admin",
        "next_teacher",
        "far_teacher",
        "village",
    )
    return [*staff, "mother", "classmate_mother", "other_mother", "blocked_father"]


def who_sees(client, cast, picture) -> list[str]:
    return [
        name
        for name in everybody(cast)
        if name in cast.users
        and 200
        in (
            seen_by(client, cast.users[name], picture),
            seen_by(client, cast.users[name], picture, "classroom:picture"),
        )
    ]


def post(cast, to, children, **more):
    page = "week_picture" if hasattr(to, "week_on") else "note_picture"
    data = {"key": uuid4(), "pictured": [child.pk for child in children], "photo": make_photo()}
    return reverse(f"classroom:{page}", args=[to.pk]), data | more


class TestAdding:
    def test_a_child_alone_needs_the_yes_to_pictures_for_its_family(self, cast, sign_in):
        note, child = make_note(cast, tell_family=True), cast.students["mengyao"]
        agree(cast, purpose="class_photo")  # the other purpose alone is not enough
        url, data = post(cast, note, [child])
        page = sign_in("teacher").post(url, data)
        assert page.status_code == 422
        assert not Upload.objects.exists()
        word = agree(cast, purpose="photo")
        url, data = post(cast, note, [child])
        assert sign_in("teacher").post(url, data).status_code == 302
        row = PicturedChild.objects.get()
        assert (row.student, row.consent, row.picture.purpose) == (child, word, "photo")

    def test_several_children_need_the_yes_of_each_to_the_class(self, cast, classmate, sign_in):
        note = make_note(cast, tell_family=True)
        both = [cast.students["mengyao"], classmate]
        say(cast, "class_photo", "refused", adult="classmate_mother", child="classmate")
        url, data = post(cast, note, both)
        assert sign_in("teacher").post(url, data).status_code == 422
        agree(cast, "classmate", adult="classmate_mother")
        url, data = post(cast, note, both)
        assert sign_in("teacher").post(url, data).status_code == 302
        assert Picture.objects.get().purpose == "class_photo"

    @pytest.mark.parametrize("named", ["nobody", "not_agreed", "next_class", "not_the_child"])
    def test_refused_where_the_names_are_not_right(self, cast, classmate, sign_in, named):
        to = make_note(cast, tell_family=True)
        children = {
            "nobody": [],
            "not_agreed": [cast.students["mengyao"], cast.students["xiaobao"]],
            "next_class": [cast.students["mengyao"], cast.students["haitao"]],
            "not_the_child": [classmate],
        }[named]
        agree(cast, "haitao", adult="other_mother")
        url, data = post(cast, to, children)
        assert sign_in("teacher").post(url, data).status_code == 422
        assert not Picture.objects.exists()

    def test_a_child_without_consent_is_shown_as_unavailable(self, cast, classmate, sign_in):
        page = sign_in("teacher").get(reverse("classroom:week_picture", args=[draft_week(cast).pk]))
        html = page.content.decode()
        assert f'value="{cast.students["xiaobao"].pk}" disabled' in html
        assert f'value="{classmate.pk}"><span>' in html
        assert "没同意" in html

    def test_the_action_asks_again(self, cast, classmate):
        week = draft_week(cast)
        with pytest.raises(actions.NotAgreed):
            add_picture(cast, week, ["mengyao", "xiaobao"])
        with pytest.raises(actions.NotAgreed):
            add_picture(cast, week, [])
        assert not Upload.objects.exists()

    def test_the_same_form_again_adds_nothing(self, cast, sign_in):
        agree(cast, purpose="photo")
        url, data = post(cast, make_note(cast, tell_family=True), [cast.students["mengyao"]])
        for _time in range(2):
            assert sign_in("teacher").post(url, data | {"photo": make_photo()}).status_code == 302
        assert (Picture.objects.count(), Upload.objects.count()) == (1, 1)
        actions.remove_picture(picture=Picture.objects.get(), at=clock.now())
        # A phone that sends the form late does not bring back a picture that was removed.
        assert sign_in("teacher").post(url, data | {"photo": make_photo()}).status_code == 302
        assert (Picture.objects.count(), Upload.objects.count()) == (1, 0)

    def test_there_is_an_end(self, cast, classmate):
        note, week = make_note(cast, tell_family=True), draft_week(cast)
        agree(cast, purpose="photo")
        for to, most in ((note, PICTURES_A_NOTE), (week, PICTURES_A_WEEK)):
            for _time in range(most):
                add_picture(cast, to)
            with pytest.raises(actions.TooMany):
                add_picture(cast, to)

    def test_several_in_one_go_and_the_same_form_again(self, cast, classmate, sign_in):
        week = draft_week(cast)
        url, data = post(cast, week, [cast.students["mengyao"], classmate])
        for _time in range(2):
            answer = sign_in("teacher").post(url, data | {"photo": [make_photo(), make_photo()]})
            assert answer.status_code == 302
        assert Picture.objects.filter(week=week).count() == 2
        assert {row.pictured.count() for row in Picture.objects.all()} == {2}

    def test_each_picture_of_one_form_has_its_own_children(self, cast, classmate, sign_in, client):
        agree(cast)
        agree(cast, "xiaobao")
        week, own, other = draft_week(cast), cast.students["mengyao"], cast.students["xiaobao"]
        url, data = post(cast, week, [own, classmate], photo=[make_photo(), make_photo()])
        teacher = sign_in("teacher")
        for _time in range(2):
            more = {"set1-pictured": [other.pk], "set1-photo": make_photo()}
            for file in data["photo"]:
                file.seek(0)
            assert teacher.post(url, data | more).status_code == 302
        pictured = [{row.student for row in one.pictured.all()} for one in Picture.objects.all()]
        assert pictured == [{own, classmate}, {own, classmate}, {other}]
        say(cast, "class_photo", "refused", child="xiaobao")
        seen = [
            teacher.get(reverse("classroom:picture", args=[one.pk])).status_code
            for one in Picture.objects.all()
        ]
        assert seen == [200, 200, 404]

    def test_a_second_set_needs_its_own_names_and_nothing_is_kept(self, cast, sign_in):
        agree(cast)
        url, data = post(cast, draft_week(cast), [cast.students["mengyao"]])
        page = sign_in("teacher").post(url, data | {"set1-photo": make_photo()})
        assert page.status_code == 422
        html = page.content.decode()
        assert 'id="id_set1-pictured_error"' in html
        assert '<details class="shot-set" open>' in html
        assert not Picture.objects.exists()
        assert not Upload.objects.exists()

    def test_by_script_a_refused_form_comes_alone_and_leaves_the_files_chosen(self, cast, sign_in):
        agree(cast)
        week, script = draft_week(cast), {"HX-Request": "true"}
        url, data = post(cast, week, [])
        page = sign_in("teacher").post(url, data, headers=script)
        assert page.status_code == 422
        html = page.content.decode()
        assert "<html" not in html
        assert "hx-preserve" in html
        assert "请重新选照片" not in html
        url, data = post(cast, week, [cast.students["mengyao"]])
        done = sign_in("teacher").post(url, data, headers=script)
        assert done.headers["HX-Redirect"] == reverse("classroom:week", args=[week.pk])
        assert Picture.objects.exists()

    @pytest.mark.parametrize("bad", ["broken", "too_many", "no_room"])
    def test_all_of_them_or_none_and_it_says_which_is_wrong(self, cast, sign_in, bad):
        agree(cast)
        week = draft_week(cast)
        standing = PICTURES_A_WEEK - 1 if bad == "no_room" else 0
        for _time in range(standing):
            add_picture(cast, week)
        files = [make_photo(), make_photo()]
        if bad == "broken":
            files[1] = SimpleUploadedFile("IMG_2.jpg", b"x", "image/jpeg")
        if bad == "too_many":
            files += [make_photo() for _time in range(PICTURES_AT_ONCE)]
        url, data = post(cast, week, [cast.students["mengyao"]])
        page = sign_in("teacher").post(url, data | {"photo": files})
        assert page.status_code == 422
        words = {"broken": "IMG_2.jpg", "too_many": "最多 6", "no_room": "只放得下 1"}
        html = page.content.decode()
        assert words[bad] in html[html.index("photo_error") :]
        assert Picture.objects.count() == Upload.objects.count() == standing

    def test_only_good_news_that_the_family_hears_takes_one(self, cast, sign_in):
        note = make_note(cast, tell_family=False)
        assert sign_in("teacher").get(post(cast, note, [])[0]).status_code == 404

    def test_a_sent_week_takes_none(self, cast, sign_in):
        week = sent_week(cast, ())
        assert sign_in("teacher").get(post(cast, week, [])[0]).status_code == 404


def test_what_is_kept_is_small_and_bare(cast):
    """A phone's photo with place and time becomes 640 pixels and nothing else."""
    big, exif = io.BytesIO(), Image.Exif()
    exif[0x9003] = "2026:11:20 10:00:00"  # DateTimeOriginal
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    Image.effect_noise((2000, 1500), 90).convert("RGB").save(big, "JPEG", exif=exif)
    remade = remake_photo(SimpleUploadedFile("a.jpg", big.getvalue()), is_small=True)
    ((kind, data),) = remade.contents
    small = Image.open(io.BytesIO(data))
    assert kind == "image/jpeg"
    assert max(small.size) <= PICTURE_LONG_SIDE
    assert len(data) <= PICTURE_KEPT_BYTES
    assert not small.getexif()
    assert set(small.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "progressive",
        "progression",
    }


class TestSight:
    def test_of_a_child_alone(self, client, cast, classmate):
        picture = news_picture(cast)
        assert who_sees(client, cast, picture) == ["teacher", "counsellor", "principal", "mother"]

    def test_of_the_class(self, client, cast, classmate):
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        seeing = ["teacher", "counsellor", "principal", "mother", "classmate_mother"]
        assert who_sees(client, cast, picture) == seeing

    def test_a_draft_is_for_its_school_alone(self, client, cast, classmate):
        picture = add_picture(cast, draft_week(cast))
        assert who_sees(client, cast, picture) == ["teacher", "counsellor", "principal"]

    def test_nobody_sees_it_without_signing_in(self, client, cast):
        picture = news_picture(cast)
        for door in ("family_classroom:picture", "classroom:picture"):
            assert client.get(reverse(door, args=[picture.pk])).status_code == 302

    def test_it_is_kept_by_no_browser(self, client, cast):
        picture = news_picture(cast)
        client.force_login(cast.users["mother"])
        answer = client.get(reverse("family_classroom:picture", args=[picture.pk]))
        assert "no-store" in answer["Cache-Control"]
        assert "private" in answer["Cache-Control"]
        assert answer["Content-Type"] == "image/jpeg"

    def test_an_adult_kept_from_one_child_gets_no_picture_with_it(self, client, cast, classmate):
        """The classmate's mother was once around 梦瑶, but may no longer know how she is."""
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        other = sent_week_of_classmate_alone(cast)
        mother = cast.users["classmate_mother"]
        assert seen_by(client, mother, picture) == 200
        tie = make_guardianship(
            cast.students["mengyao"],
            cast.adults["classmate_mother"],
            "relative",
            may_see_file=False,
        )
        assert seen_by(client, mother, picture) == 404
        assert seen_by(client, mother, other) == 200
        Guardianship.objects.filter(pk=tie.pk).update(may_see_file=True)
        assert seen_by(client, mother, picture) == 200

    def test_a_barrier_of_a_teacher_holds_on_the_family_page_too(self, client, cast, classmate):
        """A teacher of the school is also a mother in the class, and barred from another child's file."""
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        mother = cast.users["classmate_mother"]
        make_post(mother, "class_teacher", school=cast.school, school_class=cast.school_class)
        assert seen_by(client, mother, picture, "classroom:picture") == 200
        set_barrier(
            student=cast.students["mengyao"], user=mother, reason="x", by=cast.users["principal"],
            at=clock.now(),
        )  # fmt: skip
        assert seen_by(client, mother, picture) == 404
        assert seen_by(client, mother, picture, "classroom:picture") == 404

    def test_a_blocked_mother_sees_none_from_that_moment(self, client, cast, classmate):
        father = cast.adults["classmate_father"] = make_adult(cast.school, "何山")
        make_guardianship(classmate, father, "father")
        agree(cast, "classmate", adult="classmate_father")  # her consent no longer counts
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        block(cast, cast.adults["classmate_mother"])
        assert seen_by(client, cast.users["classmate_mother"], picture) == 404
        assert seen_by(client, cast.users["mother"], picture) == 200

    def test_a_phone_shared_with_a_blocked_adult_sees_none(self, client, cast, classmate):
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        point = cast.adults["classmate_mother"].contact_points.first()
        block(cast, make_adult(cast.school, "何山", point.address))
        assert seen_by(client, cast.users["classmate_mother"], picture) == 404

    def test_good_news_taken_back_takes_its_picture_along(self, client, cast):
        picture = news_picture(cast)
        retract(notes=[picture.note], by=cast.users["teacher"], at=clock.now())
        assert seen_by(client, cast.users["mother"], picture) == 404


def sent_week_of_classmate_alone(cast):
    week = draft_week(cast, week_on=today() - timedelta(days=today().weekday() + 7))
    picture = add_picture(cast, week, ["classmate"])
    send_week(week=week, seen=as_shown(week), at=clock.now())
    return picture


class TestGone:
    """Whatever ends a picture, nobody can open it from that moment, and the next run deletes the photo."""

    def gone_for_all(self, client, cast, picture) -> bool:
        return who_sees(client, cast, picture) == []

    def is_deleted_by_the_task(self, picture) -> bool:
        photo = picture.photo_id
        actions.remove_lapsed(at=clock.now())
        picture.refresh_from_db()
        left = UploadContent.objects.filter(upload=photo).exists()
        return picture.photo_id is None and picture.removed_at is not None and not left

    def test_when_the_other_family_takes_its_yes_back(self, client, cast, classmate):
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        say(cast, "class_photo", "refused", adult="classmate_mother", child="classmate")
        assert self.gone_for_all(client, cast, picture)
        assert self.is_deleted_by_the_task(picture)

    def test_a_later_yes_does_not_bring_it_back(self, client, cast, classmate):
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        say(cast, "class_photo", "refused", adult="classmate_mother", child="classmate")
        agree(cast, "classmate", adult="classmate_mother")
        assert self.gone_for_all(client, cast, picture)
        assert self.is_deleted_by_the_task(picture)

    def test_a_no_to_one_purpose_leaves_the_other(self, client, cast, classmate):
        alone, group = news_picture(cast), sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        say(cast, "class_photo", "refused")
        assert self.gone_for_all(client, cast, group)
        assert seen_by(client, cast.users["mother"], alone) == 200

    def test_when_the_teacher_deletes_it(self, client, cast, classmate, sign_in):
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        photo = picture.photo_id
        sign_in("teacher").post(reverse("classroom:picture_remove", args=[picture.pk]))
        assert self.gone_for_all(client, cast, picture)
        assert not Upload.objects.filter(pk=photo).exists()

    def test_when_a_child_leaves_the_school(self, client, cast, classmate):
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        yesterday = today() - timedelta(days=1)
        Enrolment.objects.filter(student=classmate).update(ends_on=yesterday, left_reason="other")
        assert self.gone_for_all(client, cast, picture)
        assert not self.is_deleted_by_the_task(picture)  # it may have been a mistake
        long_ago = today() - timedelta(days=61)
        Enrolment.objects.filter(student=classmate).update(
            starts_on=long_ago - timedelta(days=9), ends_on=long_ago
        )
        assert self.is_deleted_by_the_task(picture)

    def test_when_a_childs_file_is_erased(self, client, cast, classmate):
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        photo = picture.photo_id
        asked = ask_for_deletion(cast, timezone.now())
        asked.state, asked.checked_at = "cleared", clock.now()
        asked.save()
        assert erasing.erase(request=asked, by=cast.users["principal"], at=clock.now())
        assert self.gone_for_all(client, cast, picture)
        assert not Picture.objects.filter(pk=picture.pk).exists()
        assert not UploadContent.objects.filter(upload=photo).exists()
        # the other family's consents stay
        assert Consent.objects.filter(student=classmate).exists()

    def test_a_row_that_lost_its_child_shows_nothing(self, client, cast, classmate):
        picture = sent_week(cast, ["mengyao", "classmate"]).pictures.get()
        PicturedChild.objects.filter(student=classmate).update(student=None)
        assert self.gone_for_all(client, cast, picture)
        assert self.is_deleted_by_the_task(picture)

    def test_what_stands_is_left_alone(self, cast, classmate):
        sent_week(cast, ["mengyao", "classmate"])
        assert actions.remove_lapsed(at=clock.now()) == 0
        assert Upload.objects.count() == 1


class TestWhoseNoCounts:
    """Two parents act once an hour; each case lists their acts and what becomes of the picture."""

    @pytest.mark.parametrize(
        ("told", "end"),
        [
            ("mother:given picture", "stands"),
            ("mother:given father:given picture", "stands"),
            ("mother:given father:refused picture", "refused"),
            ("mother:given picture father:refused", "deleted"),
            ("mother:given picture father:refused father:leaves", "deleted"),
            ("mother:given picture mother:refused mother:given", "deleted"),
            ("mother:given father:refused father:leaves picture", "stands"),
            ("mother:given father:refused father:blocked picture", "stands"),
            ("father:refused father:leaves mother:given picture", "stands"),
            ("mother:given father:refused father:leaves picture mother:refused", "deleted"),
            ("mother:given father:refused father:given picture", "stands"),
            ("mother:given father:refused father:given picture father:refused", "deleted"),
            ("mother:given father:refused father:leaves picture father:returns", "hidden"),
            ("father:given picture father:leaves", "hidden"),
            ("father:given picture father:leaves mother:given", "stands"),
        ],
    )
    def test_a_table(self, cast, told, end):
        father = cast.adults["father"] = make_adult(cast.school, "徐建国")
        tie = make_guardianship(cast.students["mengyao"], father, "father")
        begun = clock.now() - timedelta(hours=12)
        week, picture = draft_week(cast), None
        for hour, act in enumerate(told.split()):
            at = begun + timedelta(hours=hour)
            who, _, word = act.partition(":")
            if word in ("leaves", "returns"):
                Guardianship.objects.filter(pk=tie.pk).update(may_decide=word == "returns")
            elif word == "blocked":
                block(cast, father)
            elif word:
                say(cast, "class_photo", word, adult=who, at=at)
            elif end == "refused":
                with pytest.raises(actions.NotAgreed):
                    add_picture(cast, week, at=at)
                return
            else:
                picture = add_picture(cast, week, at=at)
        visible = policies.standing(today()).filter(pk=picture.pk).exists()
        actions.remove_lapsed(at=clock.now())
        picture.refresh_from_db()
        found = "stands" if visible else "hidden" if picture.photo_id else "deleted"
        assert found == end

    def test_a_no_on_its_way_counts(self, cast):
        say(cast, "class_photo", "given", at=clock.now() - timedelta(hours=1))
        picture = add_picture(cast, draft_week(cast))
        say(cast, "class_photo", "refused", at=picture.added_at - timedelta(seconds=2))
        agree(cast)
        assert actions.remove_lapsed(at=clock.now()) == 1


class TestWhoWrites:
    def test_a_colleague_of_another_class_removes_nothing(self, cast, classmate, sign_in):
        picture = sent_week(cast, ["mengyao"]).pictures.get()
        url = reverse("classroom:picture_remove", args=[picture.pk])
        for name in ("next_teacher", "principal", "counsellor", "mother"):
            assert sign_in(name).post(url).status_code == 404
        assert Picture.objects.get().photo_id

    def test_a_teacher_does_not_name_a_child_whose_file_is_closed_to_them(
        self, cast, classmate, sign_in
    ):
        set_barrier(
            student=classmate, user=cast.users["teacher"], reason="x", by=cast.users["principal"],
            at=clock.now(),
        )  # fmt: skip
        url, data = post(cast, draft_week(cast), [classmate])
        assert "何静" not in sign_in("teacher").get(url).content.decode()
        assert sign_in("teacher").post(url, data).status_code == 422


@pytest.mark.parametrize(
    ("of_week", "pictured", "purpose"),
    [
        (False, 1, "photo"),
        (False, 2, "class_photo"),
        (True, 1, "class_photo"),
        (True, 3, "class_photo"),
    ],
)
def test_which_yes_a_picture_needs(of_week, pictured, purpose):
    assert purpose_of(of_week=of_week, pictured=pictured) == purpose


def test_the_family_finds_its_pictures_and_no_others(client, cast, classmate):
    news_picture(cast)
    client.force_login(cast.users["mother"])
    child = cast.students["mengyao"]
    url = reverse("family_classroom:pictures", args=[child.pk])
    assert url in client.get(reverse("family:child", args=[child.pk])).content.decode()
    html = client.get(url).content.decode()
    assert html.count("<img") == 1
    assert 'loading="lazy"' in html
    assert client.get(reverse("family_classroom:pictures", args=[classmate.pk])).status_code == 404


def test_the_copy_holds_pictures_of_the_child_alone(cast, classmate):
    alone = news_picture(cast)
    add_picture(cast, make_note(cast, tell_family=True), ["mengyao", "classmate"])
    data = gather(cast.students["mengyao"], [cast.adults["mother"]], clock.now())
    assert [row["photo"] for row in data["pictures"]] == [alone.photo_id]
