"""B1 behind the staff door: adults are added, their ways written down, tried, corrected and removed."""

from datetime import date

import pytest
from django.utils import timezone

from core import clock
from guardians.models import Adult, ContactPoint, Guardianship
from safeguarding.models import Concern

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(cast, client):
    client.force_login(cast.users["teacher"])
    return client


def url_of(cast, rest: str) -> str:
    return f"/children/{cast.students['mengyao'].pk}/family/{rest}"


def today() -> date:
    return timezone.localdate(clock.now())


def point_of(cast, key: str = "mother") -> ContactPoint:
    return cast.adults[key].contact_points.get()


def way_url(cast, rest: str = "") -> str:
    point = point_of(cast)
    return url_of(cast, f"{point.adult_id}/ways/{point.pk}/{rest}")


class TestSomebodyNew:
    FORM = {
        "name": "王建国",
        "relation": "maternal_grandfather",
        "kind": "contact",
        "phone": "１３８ ９３５１",
        "may_see_file": "",
    }

    def test_with_a_number_a_role_and_rights(self, cast, teacher):
        form = self.FORM | {"phone": "138 9351 7777", "starts_on": f"{today()}"}
        assert teacher.post(url_of(cast, "add/"), form).status_code == 302
        tie = Guardianship.objects.get(adult__name="王建国")
        assert (tie.kind, tie.may_see_file, tie.starts_on) == ("contact", False, today())
        assert tie.adult.contact_points.get().address == "+8613893517777"

    @pytest.mark.parametrize(
        ("kind", "sees", "ground"),
        [
            ("parent", True, "guardian_duty"),
            ("guardian", True, "guardian_duty"),
            ("carer", True, "entrusted_care"),
            ("contact", False, "none"),
        ],
    )
    def test_they_get_the_least_that_they_need(self, cast, teacher, kind, sees, ground):
        form = self.FORM | {"kind": kind, "phone": "", "starts_on": f"{today()}"}
        assert teacher.post(url_of(cast, "add/"), form).status_code == 302
        tie = Guardianship.objects.get(adult__name="王建国")
        assert (tie.may_see_file, tie.adult.legal_basis) == (sees, ground)

    @pytest.mark.parametrize("condition", ["dead", "imprisoned", "missing", "no_contact"])
    def test_who_cannot_be_reached_is_not_offered_as_carer(self, cast, teacher, condition):
        Adult.objects.filter(pk=cast.adults["grandmother"].pk).update(condition=condition)
        form = teacher.get(url_of(cast, "carer/")).context["form"]
        assert str(cast.adults["grandmother"].pk) not in dict(form.fields["who"].choices)
        assert str(cast.adults["mother"].pk) in dict(form.fields["who"].choices)

    def test_a_number_that_is_none_stands_at_its_field(self, cast, teacher):
        answer = teacher.post(url_of(cast, "add/"), self.FORM | {"starts_on": f"{today()}"})
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"phone"}
        assert not Adult.objects.filter(name="王建国").exists()


class TestWays:
    def test_one_more_is_tried_after_the_others(self, cast, teacher):
        mother = cast.adults["mother"]
        form = {"kind": "email", "address": "Wang.Fang@Example.org"}
        assert teacher.post(url_of(cast, f"{mother.pk}/ways/add/"), form).status_code == 302
        assert [one.address for one in mother.contact_points.all()] == [
            "+8613893510001",
            "wang.fang@example.org",
        ]

    @pytest.mark.parametrize("address", ["12", "没有", "138935100011", "138 9351 0001"])
    def test_what_is_no_number_or_known_stands_at_its_field(self, cast, teacher, address):
        mother = cast.adults["mother"]
        form = {"kind": "phone", "address": address}
        answer = teacher.post(url_of(cast, f"{mother.pk}/ways/add/"), form)
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"address"}
        assert mother.contact_points.count() == 1

    def test_another_number_starts_unchecked(self, cast, teacher):
        ContactPoint.objects.update(verified_at=clock.now(), failing_since=clock.now())
        teacher.post(way_url(cast), {"kind": "phone", "address": "13893519998"})
        point = point_of(cast)
        assert point.address == "+8613893519998"
        assert (point.verified_at, point.failing_since) == (None, None)

    def test_tried_and_right_clears_failure_and_dispute(self, cast, teacher):
        ContactPoint.objects.update(failing_since=clock.now(), disputed_at=clock.now())
        assert teacher.post(way_url(cast, "works/")).status_code == 302
        point = point_of(cast)
        assert point.verified_at
        assert (point.failing_since, point.disputed_at) == (None, None)

    def test_removed_it_stays_in_the_history(self, cast, teacher):
        assert teacher.post(way_url(cast, "remove/")).status_code == 302
        assert not cast.adults["mother"].contact_points.exists()
        events = ContactPoint.pgh_event_model.objects.filter(adult_id=cast.adults["mother"].pk)
        assert "+8613893510001" in events.values_list("address", flat=True)


class TestTwoPeople:
    """Two of the school have the same page open: nobody's words go unseen."""

    def began(self, client, url: str) -> dict[str, object]:
        form = client.get(url).context["form"]
        return {name: form[name].value() or "" for name in form.fields}

    def test_details_ask_only_where_both_wrote(self, cast, teacher):
        url = url_of(cast, f"{cast.adults['mother'].pk}/details/")
        first, second = self.began(teacher, url), self.began(teacher, url)
        assert teacher.post(url, first | {"name": "王芬"}).status_code == 302
        assert teacher.post(url, second | {"literacy": "reads"}).status_code == 302
        mother = Adult.objects.get(pk=cast.adults["mother"].pk)
        assert (mother.name, mother.literacy) == ("王芬", "reads")
        answer = teacher.post(url, second | {"name": "王芳芳"})
        assert answer.status_code == 422
        assert "王芬" in str(answer.context["form"].errors["name"])
        assert Adult.objects.get(pk=mother.pk).name == "王芬"

    @pytest.mark.parametrize(
        ("page", "mine", "field"),
        [
            ("standing/", {"condition": "missing"}, "condition"),
            ("ties/{tie}/", {"relation": "other"}, "relation"),
            ("ties/{tie}/", {"has_capacity": "false"}, "has_capacity"),
            ("ways/{point}/", {"address": "13893519998"}, "address"),
            ("where/", {"place": "苏州"}, "place"),
        ],
    )
    def test_the_second_sees_what_the_first_wrote(self, cast, teacher, page, mine, field):
        theirs = {
            "condition": "no_contact",
            "relation": "relative",
            "has_capacity": "true",
            "address": "13893519997",
            "place": "东莞",
        }
        mother = cast.adults["mother"]
        tie = Guardianship.objects.get(student=cast.students["mengyao"], adult=mother)
        url = url_of(cast, f"{mother.pk}/" + page.format(tie=tie.pk, point=point_of(cast).pk))
        first, second = self.began(teacher, url), self.began(teacher, url)
        assert teacher.post(url, first | {field: theirs[field]}).status_code == 302
        answer = teacher.post(url, second | mine)
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {field}
        again = answer.context["form"]
        kept = second | mine | {name: again[name].value() or "" for name in ("state",)}
        kept |= {"asked": again.data.get("asked", ""), f"keep_{field}": "mine"}
        assert teacher.post(url, kept).status_code == 302


class TestAskingToBlock:
    def test_a_class_teacher_asks_the_counsellor(self, cast, teacher):
        page = teacher.get(url_of(cast, f"{cast.adults['father'].pk}/")).content.decode()
        assert "?block=" not in page  # blocked already
        page = teacher.get(url_of(cast, f"{cast.adults['grandmother'].pk}/")).content.decode()
        address = (
            f"/concerns/new/{cast.students['mengyao'].pk}/?block={cast.adults['grandmother'].pk}"
        )
        assert address in page
        form = teacher.get(address).context["form"]
        assert "李秀兰" in form.initial["words"]
        said = {"words": form.initial["words"] + "打过孩子。", "key": form.initial["key"]}
        assert teacher.post(address, said).status_code == 302
        concern = Concern.objects.get()
        assert concern.named_adult == cast.users["counsellor"]
        assert "打过孩子" in concern.words

    def test_whoever_blocks_is_not_asked_to_ask(self, cast, client):
        client.force_login(cast.users["counsellor"])
        page = client.get(url_of(cast, f"{cast.adults['grandmother'].pk}/")).content.decode()
        assert "?block=" not in page

    @pytest.mark.parametrize("whom", ["other_mother", "far_mother"])
    def test_no_name_of_another_family_comes_along(self, cast, teacher, whom):
        key = cast.adults[whom].pk
        page = teacher.get(f"/concerns/new/{cast.students['mengyao'].pk}/?block={key}")
        assert page.context["form"].initial["words"] == ""
