"""The family behind the staff door: rights, order, ends, blocks, barriers, siblings, changes of care."""

import uuid
from datetime import date, time, timedelta

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.models import AccessRecord
from core import clock
from guardians.actions import record_contact
from guardians.blocking import actions as blocking
from guardians.care import queries as care_queries
from guardians.care.presenters import DISQUALIFIER_WORDS
from guardians.models import (
    Adult,
    CareGap,
    EntrustedCare,
    GuardianChange,
    Guardianship,
    LeftAlone,
)
from guardians.presenters import free_words
from guardians.queries import askable_family
from guardians.rules import Disqualifier
from guardians.siblings import siblings_of
from guardians.work import work_for
from students.models import Barrier
from tests.factories.cast import make_adult, make_guardianship, make_student
from tests.factories.family_around import changed_by_mother, entrust

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_staff(cast, client):
    """as_staff("teacher") → client signed in as that member of staff."""

    def sign_in(who: str):
        client.force_login(cast.users[who])
        return client

    return sign_in


def family_url(cast, rest: str = "") -> str:
    return f"/children/{cast.students['mengyao'].pk}/family/{rest}"


def tie_of(cast, who: str = "mother") -> Guardianship:
    return Guardianship.objects.get(student=cast.students["mengyao"], adult=cast.adults[who])


def tie_url(cast, who: str, rest: str = "") -> str:
    tie = tie_of(cast, who)
    return family_url(cast, f"{tie.adult_id}/ties/{tie.pk}/{rest}")


def today() -> date:
    return timezone.localdate(clock.now())


class TestTies:
    def test_rights_are_edited_and_their_history_stands(self, cast, as_staff):
        client, url = as_staff("teacher"), tie_url(cast, "mother")
        form = {"relation": "mother", "kind": "parent", "may_decide": "no"}
        assert client.post(url, form).status_code == 302
        tie = tie_of(cast)
        assert (tie.may_see_file, tie.may_decide) == (False, False)
        history = client.get(url + "history/").content.decode()
        assert "张丽华" in history

    def test_an_overlap_stands_at_its_field(self, cast, as_staff):
        make_guardianship(cast.students["mengyao"], cast.adults["mother"], "mother", kind="contact")
        tie = Guardianship.objects.get(
            student=cast.students["mengyao"], adult=cast.adults["mother"], kind="parent"
        )
        url = family_url(cast, f"{tie.adult_id}/ties/{tie.pk}/")
        answer = as_staff("teacher").post(url, {"relation": "mother", "kind": "contact"})
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"kind"}

    @pytest.mark.parametrize("day", ["1900-01-01", "2100-01-01", "2019-12-31", "", "gestern"])
    def test_an_impossible_last_day_stands_at_its_field(self, cast, as_staff, day):
        answer = as_staff("teacher").post(
            tie_url(cast, "mother", "end/"), {"ends_on": day, "reason": "x"}
        )
        assert answer.status_code == 422
        assert "ends_on" in answer.context["form"].errors
        assert tie_of(cast).ends_on is None

    def test_an_end_keeps_day_and_reason_and_a_carer_leaves_a_gap(self, cast, as_staff):
        yesterday = today() - timedelta(days=1)
        as_staff("teacher").post(
            tie_url(cast, "grandmother", "end/"), {"ends_on": yesterday, "reason": "奶奶住院"}
        )
        tie = tie_of(cast, "grandmother")
        assert (tie.ends_on, tie.end_reason) == (yesterday, "奶奶住院")
        assert CareGap.objects.get().kind == "lost"
        page = as_staff("teacher").get(family_url(cast)).content.decode()
        assert "奶奶住院" in page

    @pytest.mark.parametrize("day", ["1900-01-01", "2100-01-01"])
    @pytest.mark.parametrize("page", ["carer/", "add/", "{mother}/where/", "alone/"])
    def test_days_of_another_century_are_refused(self, cast, as_staff, day, page):
        url = family_url(cast, page.format(mother=cast.adults["mother"].pk))
        answer = as_staff("teacher").post(url, {"starts_on": day, "is_away": "True", "place": "x"})
        assert answer.status_code == 422
        assert "starts_on" in answer.context["form"].errors

    def test_a_carer_of_before_who_comes_back_too_early(self, cast, as_staff):
        """An ended row of the same kind reaches beyond the chosen day: said, not a crash."""
        student = cast.students["mengyao"]
        make_guardianship(
            student,
            cast.adults["mother"],
            "mother",
            kind="carer",
            starts_on=today() - timedelta(days=90),
            ends_on=today(),
        )
        answer = as_staff("teacher").post(
            family_url(cast, "carer/"),
            {
                "who": cast.adults["mother"].pk,
                "starts_on": today() - timedelta(days=5),
                "others_go_on": "on",
            },
        )
        assert answer.status_code == 422
        assert "starts_on" in answer.context["form"].errors


BLOCK = {"ground": "court_order", "decision": "（2026）甘0622民保令3号", "reason": "保护令"}


class TestBlocking:
    def test_blocked_with_ground_number_day_and_name(self, cast, as_staff):
        url = family_url(cast, f"{cast.adults['mother'].pk}/block/")
        assert as_staff("principal").post(url, BLOCK).status_code == 422
        as_staff("principal").post(url, BLOCK | {"decided_on": "2026-10-09"})
        mother = Adult.objects.get(pk=cast.adults["mother"].pk)
        assert mother.is_blocked
        assert (mother.blocked_ground, mother.blocked_by) == (
            "court_order",
            cast.users["principal"],
        )
        page = as_staff("teacher").get(family_url(cast, f"{mother.pk}/")).content.decode()
        assert "民保令3号" in page
        assert "马建国" in page

    @pytest.mark.parametrize("day", ["1900-01-01", "2100-01-01"])
    def test_a_decision_of_another_century_is_refused(self, cast, as_staff, day):
        url = family_url(cast, f"{cast.adults['mother'].pk}/block/")
        answer = as_staff("principal").post(url, BLOCK | {"decided_on": day})
        assert answer.context["form"].errors.keys() == {"decided_on"}
        assert not Adult.objects.get(pk=cast.adults["mother"].pk).is_blocked

    def test_a_shared_number_says_that_nothing_is_sent_there(self, cast, as_staff):
        point = cast.adults["father"].contact_points.get()
        mother = cast.adults["mother"].contact_points.get()
        point.address = mother.address
        point.save()
        page = as_staff("teacher").get(family_url(cast, f"{cast.adults['mother'].pk}/"))
        [sharing] = page.context["sharing"]
        assert sharing.is_barred
        assert "徐建军" in sharing.text

    def test_a_colleague_is_barred_and_let_in_again(self, cast, as_staff):
        url = family_url(cast, "barred/")
        teacher = cast.users["teacher"]
        as_staff("principal").post(url, {"who": teacher.pk, "reason": "家长反映"})
        assert as_staff("teacher").get(family_url(cast)).status_code == 404
        barrier = Barrier.objects.get()
        assert as_staff("teacher").get(url).status_code == 404
        as_staff("counsellor").post(url + f"{barrier.pk}/lift/")
        barrier.refresh_from_db()
        assert barrier.lifted_by == cast.users["counsellor"]
        assert as_staff("teacher").get(family_url(cast)).status_code == 200

    def test_nobody_bars_themself_and_whoever_is_barred_lifts_nothing(self, cast, as_staff):
        url, principal = family_url(cast, "barred/"), cast.users["principal"]
        answer = as_staff("principal").post(url, {"who": principal.pk, "reason": "x"})
        assert answer.context["form"].errors.keys() == {"who"}
        blocking.bar_from_child(
            student=cast.students["mengyao"],
            user=principal,
            reason="x",
            by=cast.users["counsellor"],
            at=clock.now(),
        )
        barrier = Barrier.objects.get()
        assert as_staff("principal").post(url + f"{barrier.pk}/lift/").status_code == 404


class TestSiblings:
    def test_named_where_the_viewer_may_see_them(self, cast):
        [sibling] = siblings_of(cast.students["mengyao"], cast.users["teacher"], today())
        assert (sibling.name, sibling.is_same_school) == ("徐小宝", True)

    def test_through_the_account_at_another_school_and_without_a_name(self, cast):
        far = make_adult(cast.other_school, "王芳", user=cast.users["mother"])
        child = make_student(cast.far_class, "徐小妹", born_on=date(2012, 1, 1))
        make_guardianship(child, far, "mother")
        found = siblings_of(cast.students["mengyao"], cast.users["principal"], today())
        assert [(one.name, one.is_same_school) for one in found] == [
            ("", False),
            ("徐小宝", True),
        ]

    def test_a_grandmother_in_common_makes_cousins(self, cast):
        make_guardianship(
            cast.students["haitao"], cast.adults["grandmother"], "paternal_grandmother"
        )
        names = {
            one.name for one in siblings_of(cast.students["mengyao"], cast.users["admin"], today())
        }
        assert names == {"徐小宝"}

    def test_the_page_names_nobody_whom_the_viewer_may_not_see(self, cast, as_staff):
        make_guardianship(cast.students["haitao"], cast.adults["mother"], "mother")
        page = as_staff("teacher").get(family_url(cast)).content.decode()
        assert "徐小宝" in page
        assert "丁海涛" not in page

    def test_many_cost_as_many_queries_as_one(self, cast, django_assert_max_num_queries):
        for number in range(9):
            child = make_student(cast.school_class, f"徐小{number}")
            make_guardianship(child, cast.adults["mother"], "mother")
        on = today()
        # The viewer's posts, barriers, who is in their class, the parents, and the children.
        with django_assert_max_num_queries(5):
            assert len(siblings_of(cast.students["mengyao"], cast.users["teacher"], on)) == 10


class TestChange:
    def form(self, cast, **more) -> dict:
        ties = Guardianship.objects.filter(student=cast.students["mengyao"])
        return {
            "kind": "carer",
            "changed_on": today() - timedelta(days=1),
            "decided_by": "家里商量",
            "carer": "",
            "key": str(uuid.uuid4()),
            **{f"right-{tie.pk}": "keep" for tie in ties},
            **more,
        }

    def test_what_follows_is_shown_and_nothing_is_saved(self, cast, as_staff):
        tie = tie_of(cast)
        form = self.form(cast, **{f"right-{tie.pk}": "nothing"})
        answer = as_staff("teacher").post(family_url(cast, "change/"), form)
        sees = answer.context["lines"][1]
        assert sees["gone"] == "王芳"
        tie.refresh_from_db()
        assert tie.may_see_file
        assert not GuardianChange.objects.exists()

    def test_a_blocked_adult_neither_sees_nor_decides_before_or_after(self, cast, as_staff):
        mother, father = tie_of(cast), tie_of(cast, "father")
        changes = {f"right-{father.pk}": "nothing", f"right-{mother.pk}": "nothing"}
        form = self.form(cast, **changes)
        lines = as_staff("teacher").post(family_url(cast, "change/"), form).context["lines"]
        assert "王芳" in str(lines)
        assert "徐建军" not in str(lines)

    def test_saved_in_one_go_and_once(self, cast, as_staff):
        client, tie = as_staff("teacher"), tie_of(cast)
        form = self.form(
            cast,
            carer="new",
            name="王秀英",
            relation="maternal_grandmother",
            phone="13893519999",
            confirmed="1",
            **{f"right-{tie.pk}": "see"},
        )
        for _ in range(2):
            assert client.post(family_url(cast, "change/"), form).status_code == 302
        assert GuardianChange.objects.count() == 1
        assert Adult.objects.filter(name="王秀英").count() == 1
        old = tie_of(cast, "grandmother")
        assert old.ends_on == today() - timedelta(days=2)
        tie.refresh_from_db()
        assert (tie.may_see_file, tie.may_decide) == (True, False)

    def test_a_carer_who_ends_without_another_is_shown_as_a_gap(self, cast, as_staff):
        tie = tie_of(cast, "grandmother")
        form = self.form(cast, **{f"right-{tie.pk}": "end"})
        answer = as_staff("teacher").post(family_url(cast, "change/"), form)
        assert answer.context["lines"][0]["is_gap"]
        assert not CareGap.objects.exists()
        as_staff("teacher").post(family_url(cast, "change/"), form | {"confirmed": "1"})
        assert CareGap.objects.get().kind == "lost"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("changed_on", "1900-01-01"),
            ("changed_on", "2100-01-01"),
            ("changed_on", "2020-08-01"),
            ("decided_by", ""),
            ("kind", "war"),
            ("carer", "999999"),
        ],
    )
    def test_what_cannot_be_stands_at_its_field(self, cast, as_staff, field, value):
        form = self.form(cast, carer=str(cast.adults["mother"].pk), confirmed="1")
        answer = as_staff("teacher").post(family_url(cast, "change/"), form | {field: value})
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert not GuardianChange.objects.exists()

    def test_a_form_that_changes_nothing_says_so(self, cast, as_staff):
        answer = as_staff("teacher").post(family_url(cast, "change/"), self.form(cast))
        assert answer.status_code == 422
        assert answer.context["form"].non_field_errors()


class TestEntrusted:
    def form(self, cast, **more) -> dict:
        return {
            "carer": cast.adults["grandmother"].pk,
            "parents": [cast.adults["mother"].pk],
            "starts_on": today(),
            "checked_on": today(),
            **more,
        }

    def test_written_down_and_its_notices_print(self, cast, as_staff):
        client = as_staff("teacher")
        client.post(family_url(cast, "entrusted/new/"), self.form(cast))
        row = EntrustedCare.objects.get()
        assert [adult.name for adult in row.parents.all()] == ["王芳"]
        for to in ("school", "village"):
            text = client.get(family_url(cast, f"entrusted/{row.pk}/notice/{to}/")).content.decode()
            assert "第二十三条" in text
            assert "李秀兰" in text
        nobody = client.get(family_url(cast, f"entrusted/{row.pk}/notice/court/"))
        assert nobody.status_code == 404

    def test_two_tabs_of_a_record_replace_nothing_unseen(self, cast, as_staff):
        row, client = entrust(cast), as_staff("teacher")
        page = family_url(cast, f"entrusted/{row.pk}/edit/")
        began = client.get(page).context["form"]["instead_of"].value()
        grounds = self.form(cast, disqualifiers=["habits"], instead_of=began)
        for _twice in range(2):
            assert client.post(page, grounds).status_code == 302
        late = self.form(cast, weekly_contact="每周日晚八点", instead_of=began)
        answer = client.post(page, late)
        assert answer.status_code == 422
        assert answer.text.count("您在另一个页面里保存过另一个版本") == 1
        assert "换成我现在写的" in answer.text
        assert str(DISQUALIFIER_WORDS[Disqualifier.HABITS]) in answer.context["form"].newer.words
        assert "李秀兰" in answer.context["form"].newer.words
        assert "每周日晚八点" in answer.text
        row.refresh_from_db()
        assert (row.state, row.weekly_contact) == ("unsuitable", "")
        again = answer.context["form"]["instead_of"].value()
        assert f'value="{again}"' in answer.text
        assert client.post(page, late | {"instead_of": again}).status_code == 302
        row.refresh_from_db()
        assert (row.state, row.weekly_contact) == ("in_force", "每周日晚八点")

    def test_who_replaced_a_record_is_named_if_the_history_holds_it(self, cast, as_staff):
        """It does not hold who changed the parents."""
        row, client = entrust(cast), as_staff("teacher")
        page = family_url(cast, f"entrusted/{row.pk}/edit/")
        mine = self.form(cast, weekly_contact="每周日晚八点")
        mine["instead_of"] = client.get(page).context["form"]["instead_of"].value()
        with pghistory.context(user=cast.users["principal"].pk):
            EntrustedCare.objects.filter(pk=row.pk).update(weekly_contact="每周六")
        asked = client.post(page, mine)
        assert f"这期间{cast.users['principal'].name}保存过另一个版本" in asked.text
        assert "换成我现在写的" in asked.text
        mine["instead_of"] = asked.context["form"]["instead_of"].value()
        row.parents.set([cast.adults["mother"], cast.adults["father"]])
        asked = client.post(page, mine)
        assert asked.status_code == 422
        assert "这期间有人保存过另一个版本" in asked.text

    def test_no_notice_sends_anybody_to_a_parent_who_is_blocked(self, cast, as_staff):
        """It asks the village committee to ring up the parents when something is wrong."""
        parents = [cast.adults["mother"].pk, cast.adults["father"].pk]
        client = as_staff("teacher")
        client.post(family_url(cast, "entrusted/new/"), self.form(cast, parents=parents[:1]))
        row = EntrustedCare.objects.get()
        row.parents.set(parents)
        notice = family_url(cast, f"entrusted/{row.pk}/notice/village/")
        text = client.get(notice).content.decode()
        assert "王芳" in text
        assert "徐建军" not in text
        assert "138 9351 0002" not in text
        Adult.objects.filter(pk=row.carer_id).update(
            blocked_at=clock.now(), blocked_by=cast.users["principal"], blocked_reason="法院"
        )
        assert client.get(notice).status_code == 404
        page = client.get(family_url(cast, f"entrusted/{row.pk}/")).content.decode()
        assert "/notice/" not in page

    def test_a_ground_makes_a_task_and_no_notice(self, cast, as_staff):
        client = as_staff("teacher")
        client.post(
            family_url(cast, "entrusted/new/"), self.form(cast, disqualifiers=["harmed", "other"])
        )
        row = EntrustedCare.objects.get()
        assert row.state == "unsuitable"
        assert client.get(family_url(cast, f"entrusted/{row.pk}/notice/school/")).status_code == 404
        keys = [item.key for item in work_for(cast.users["teacher"], clock.now())]
        assert f"unsuitable-{row.pk}" in keys
        done = family_url(cast, f"entrusted/{row.pk}/done/")
        assert client.post(done, {"words": ""}).status_code == 422
        client.post(done, {"words": "改由外婆照料"})
        keys = [item.key for item in work_for(cast.users["teacher"], clock.now())]
        assert f"unsuitable-{row.pk}" not in keys

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("carer", ""),
            ("parents", []),
            ("starts_on", "1900-01-01"),
            ("ends_on", "2100-01-01"),
            ("ends_on", "2020-01-01"),
            ("checked_on", "2100-01-01"),
            ("school_told_on", "1900-01-01"),
            ("disqualifiers", ["nonsense"]),
        ],
    )
    def test_what_cannot_be_stands_at_its_field(self, cast, as_staff, field, value):
        form = self.form(cast) | {field: value}
        answer = as_staff("teacher").post(family_url(cast, "entrusted/new/"), form)
        assert answer.status_code == 422
        assert field in answer.context["form"].errors
        assert not EntrustedCare.objects.exists()

    def test_a_blocked_adult_is_not_offered(self, cast, as_staff):
        form = self.form(cast, parents=[cast.adults["father"].pk])
        answer = as_staff("teacher").post(family_url(cast, "entrusted/new/"), form)
        assert "parents" in answer.context["form"].errors


class TestAlone:
    def test_written_down_once_and_over(self, cast, as_staff):
        client, student = as_staff("teacher"), cast.students["mengyao"]
        for _ in range(2):
            client.post(
                family_url(cast, "alone/"), {"starts_on": today(), "words": "邻居说奶奶住院了"}
            )
        assert LeftAlone.objects.count() == 1
        assert care_queries.open_gap_of(student) is not None
        client.post(family_url(cast, "alone/ended/"))
        assert LeftAlone.objects.get().ends_on == today()


class TestOrder:
    """The drawing of the family: whom the school asks, in which order."""

    @pytest.fixture
    def aunt(self, cast) -> Guardianship:
        """Cares for the child, too, and is asked after the grandmother."""
        adult = make_adult(cast.school, "王秀")
        return make_guardianship(
            cast.students["mengyao"], adult, "relative", kind="carer", priority=9
        )

    @pytest.fixture
    def drawn(self, cast, as_staff):
        """drawn() → names at the ends of the arcs, as the page shows them to the class teacher."""
        client = as_staff("teacher")
        return lambda: [row.name for row in client.get(family_url(cast)).context["asked"]]

    def send(self, cast, client, **data):
        return client.post(family_url(cast, "order/"), data, follow=True)

    def test_earlier_later_and_never_beyond_the_ends(self, cast, as_staff, aunt, drawn):
        assert drawn() == ["王芳", "李秀兰", "王秀"]
        client = as_staff("teacher")
        for _twice in range(2):
            self.send(cast, client, later=tie_of(cast, "grandmother").pk)
            assert drawn() == ["王芳", "王秀", "李秀兰"]
        self.send(cast, client, earlier=tie_of(cast, "grandmother").pk)
        assert drawn() == ["王芳", "李秀兰", "王秀"]

    def test_a_parent_away_is_asked_before_those_at_home(self, cast, as_staff, aunt, drawn):
        self.send(cast, as_staff("teacher"), earlier=tie_of(cast, "grandmother").pk)
        assert drawn()[0] == "王芳"

    def test_all_of_them_as_they_were_dragged(self, cast, as_staff, aunt, drawn):
        ties = [tie_of(cast).pk, aunt.pk, tie_of(cast, "grandmother").pk]
        self.send(cast, as_staff("teacher"), tie=ties)
        assert drawn() == ["王芳", "王秀", "李秀兰"]

    @pytest.mark.parametrize("lacks", ["one", "a stranger's", "one that is blocked"])
    def test_an_order_of_others_changes_nothing(self, cast, as_staff, aunt, drawn, lacks):
        stranger = Guardianship.objects.exclude(student=cast.students["mengyao"]).first()
        more = {
            "one": [],
            "a stranger's": [stranger.pk],
            "one that is blocked": [tie_of(cast, "father").pk],
        }
        ties = [aunt.pk, tie_of(cast).pk, *more[lacks]]
        page = self.send(cast, as_staff("teacher"), tie=ties).content.decode()
        assert "家里的情况刚才有变动" in page
        assert drawn() == ["王芳", "李秀兰", "王秀"]

    def test_a_carer_called_by_name_is_named_once(self, cast, as_staff, aunt):
        carer = as_staff("teacher").get(family_url(cast)).context["carer"]
        assert [line.split("，")[0] for line in carer.lines] == ["奶奶 李秀兰", "王秀"]

    def test_who_may_see_but_not_edit_changes_no_order(self, cast, as_staff, aunt, drawn):
        client = as_staff("principal")
        sent = {"later": tie_of(cast, "grandmother").pk}
        assert client.get(family_url(cast)).status_code == 200
        assert client.post(family_url(cast, "order/"), sent).status_code == 404
        assert drawn() == ["王芳", "李秀兰", "王秀"]

    @pytest.mark.parametrize(
        "changed",
        [
            {},
            {"condition": Adult.Condition.DEAD},
            {"legal_basis": Adult.LegalBasis.NONE},
            {"opted_out_at": timezone.now()},
        ],
    )
    def test_whom_the_ladder_asks_stands_at_an_arc_and_nobody_else(self, cast, as_staff, changed):
        make_guardianship(
            cast.students["mengyao"], make_adult(cast.school, "邻居"), "other", kind="contact"
        )
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(**changed)
        answer = as_staff("teacher").get(family_url(cast))
        asked = askable_family(today()).filter(student=cast.students["mengyao"])
        drawn = {row.tie for row in answer.context["asked"]}
        assert drawn == set(asked.values_list("pk", flat=True))
        others = {row["name"]: row["why"] for row in answer.context["others"]}
        assert ("王芳" in others) is bool(changed)
        assert {"徐建军", "邻居"} <= others.keys()  # blocked; an emergency contact
        assert all(others.values())
        page = answer.content.decode()
        assert page.count('class="asked ') == len(drawn)

    def test_an_arc_says_how_it_stands(self, cast, as_staff):
        client, mother = as_staff("teacher"), cast.adults["mother"]
        Adult.objects.filter(pk=mother.pk).update(shift=Adult.Shift.NIGHT)

        def row():
            return client.get(family_url(cast)).context["asked"][0]

        assert (row().state, row().talk) == ("unknown", "还没听说通过话")
        for days, state, words in ((9, "not_yet", "9 天没通话"), (3, "talked", "3 天前")):
            record_contact(
                student=cast.students["mengyao"],
                adult=mother,
                happened_on=today() - timedelta(days=days),
                reported_by="parent",
                at=clock.now(),
            )
            assert (row().state, row().talk) == (state, words)
        assert "昆山" in row().place
        assert "多半 17:00 到 20:00 有空" in row().shift
        mother.contact_points.update(failing_since=clock.now())
        assert row().state == "nobody"
        assert row().mend


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ""),
        ({"shift": "day"}, "多半 18:30 到 21:00 有空"),
        ({"shift": "rotating"}, ""),
        ({"shift": "day", "quiet_from": time(19), "quiet_until": time(7)}, ""),
        ({"shift": "day", "time_zone": "Asia/Dubai"}, "多半 18:30 到 21:00 有空，按迪拜时间"),
    ],
)
def test_the_free_hours_are_no_guess_and_on_their_own_clock(fields, words):
    with override("zh-hans"):
        assert free_words(Adult(**fields), clock.now()) == words


def test_what_a_family_wrote_is_read_once(cast, as_staff):
    check = changed_by_mother(cast)
    [item] = [
        one
        for one in work_for(cast.users["teacher"], clock.now())
        if one.key == f"changed-{check.pk}"
    ]
    assert "大姨在带" in item.why
    as_staff("teacher").post(item.act_url)
    keys = [one.key for one in work_for(cast.users["teacher"], clock.now())]
    assert f"changed-{check.pk}" not in keys


def test_the_family_page_is_noted_and_costs_the_same_for_many(
    cast, as_staff, django_assert_max_num_queries
):
    client, student = as_staff("teacher"), cast.students["mengyao"]
    entrust(cast)
    client.get(family_url(cast))
    with CaptureQueriesContext(connection) as few:
        client.get(family_url(cast))
    for number in range(10):
        make_guardianship(
            student, make_adult(cast.school, f"徐{number}"), "relative", kind="contact"
        )
        entrust(cast)
    with django_assert_max_num_queries(len(few)):
        client.get(family_url(cast))
    assert AccessRecord.objects.filter(student_id=student.pk, what="family").exists()
