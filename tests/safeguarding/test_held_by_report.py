"""While a report stands, nobody opens the file to whoever it names, by whatever way they came to be barred;
with the last one that names them, all opens that reports closed, and nothing else does.
"""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from guardians.blocking import actions as blocking
from guardians.blocking import suspects
from guardians.duplicates import merging
from guardians.models import Adult, Guardianship
from guardians.ties import actions as tie_actions
from safeguarding.models import Report
from safeguarding.reports import actions, verifying
from schools.models import County, Post
from students import barriers
from students.models import Barrier
from tests.factories.cast import Cast, make_adult, make_guardianship, make_student
from tests.factories.reports import make_report
from tests.rosters.conftest import bring_in
from tests.students.test_entry import line
from tests.students.test_entry import post as write_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def principal(cast) -> Client:
    client = Client()
    client.force_login(cast.users["principal"], backend="django.contrib.auth.backends.ModelBackend")
    return client


def lift(cast: Cast, report: Report, at) -> None:
    for suspect in report.suspects.all():
        actions.lift(suspect=suspect, by=cast.users["principal"], reason="查清", at=at)


def block(cast: Cast, adult: Adult, ground: str, at) -> None:
    blocking.block_adult(
        adult=adult, reason="法院保护令", ground=ground, by=cast.users["principal"], at=at
    )


def is_blocked(adult: Adult) -> bool:
    return Adult.objects.get(pk=adult.pk).is_blocked


def barred_from(user) -> set[str]:
    rows = Barrier.objects.filter(user=user, lifted_at=None)
    return set(rows.values_list("student__name", flat=True))


class TestHeld:
    @pytest.mark.parametrize("order", ["block first", "report first"])
    def test_an_ordinary_block_is_no_way_round_the_report(self, cast, at, principal, order):
        mother, child = cast.adults["mother"], cast.students["mengyao"]
        before, after = at - timedelta(days=1), at + timedelta(minutes=1)
        if order == "block first":
            block(cast, mother, "safeguarding", before)
        report = make_report(cast, adults=[mother], at=at)
        if order == "report first":
            mother.refresh_from_db()
            block(cast, mother, "court_order", after)
        url = reverse("guardians:family_unblock", args=[child.pk, mother.pk])
        principal.post(url)
        assert is_blocked(mother)
        lift(cast, report, after)
        assert is_blocked(mother)  # somebody else's decision stays
        principal.post(url)
        assert not is_blocked(mother)

    def test_nor_is_an_earlier_barrier(self, cast, at, principal):
        admin, child = cast.users["admin"], cast.students["mengyao"]
        barrier = barriers.set_barrier(
            student=child, user=admin, reason="x", by=cast.users["principal"], at=at
        )
        report = make_report(cast, users=[admin], at=at + timedelta(minutes=1))
        assert report.suspects.get().closed_at  # the brother's file was closed by it
        url = reverse("guardians:family_barred_lift", args=[child.pk, barrier.pk])
        principal.post(url)
        assert barred_from(admin) == {child.name, cast.students["xiaobao"].name}
        lift(cast, report, at)
        assert barred_from(admin) == {child.name}
        principal.post(url)
        assert barred_from(admin) == set()

    def test_the_form_of_blocks_offers_no_report(self, cast, principal):
        place = [cast.students["mengyao"].pk, cast.adults["mother"].pk]
        page = principal.get(reverse("guardians:family_block", args=place)).content.decode()
        assert 'value="safeguarding"' in page
        assert 'value="report"' not in page


class TestLifting:
    def test_named_as_mother_and_as_teacher_it_opens_with_the_last(self, cast, at):
        mother, teacher = cast.adults["mother"], cast.users["teacher"]
        Adult.objects.filter(pk=mother.pk).update(user=teacher)
        mother.refresh_from_db()
        first = make_report(cast, by="counsellor", adults=[mother], at=at)
        second = make_report(
            cast, by="counsellor", student="xiaobao", users=[teacher], at=at + timedelta(minutes=1)
        )
        lift(cast, first, at)
        assert is_blocked(mother)
        assert cast.students["mengyao"].name in barred_from(teacher)
        lift(cast, second, at)
        assert not is_blocked(mother)
        assert barred_from(teacher) == set()

    def test_of_half_siblings_each_stays_closed_while_its_own_report_stands(self, cast, at):
        admin, shared = cast.users["admin"], make_adult(cast.school, "王叔叔")
        for name in ("mengyao", "haitao"):
            make_guardianship(cast.students[name], shared, "relative", kind="guardian")
        first = make_report(cast, users=[admin], at=at)
        second = make_report(cast, student="haitao", users=[admin], at=at)
        lift(cast, first, at)
        assert {"mengyao", "haitao"} <= {
            key for key, one in cast.students.items() if one.name in barred_from(admin)
        }
        assert cast.students["xiaobao"].name not in barred_from(admin)
        lift(cast, second, at)
        assert barred_from(admin) == set()

    def test_the_record_as_which_a_merged_one_goes_on_opens(self, cast, at):
        mother, twin = cast.adults["mother"], make_adult(cast.school, cast.adults["mother"].name)
        make_guardianship(cast.students["mengyao"], twin, "relative")
        report = make_report(cast, adults=[twin], at=at)
        merging.merge(kept=mother, closed=twin, by=cast.users["principal"], at=at)
        assert is_blocked(mother)
        lift(cast, report, at)
        assert not is_blocked(mother)

    def test_a_brother_who_came_by_no_action_is_closed_by_the_next_round(self, cast, at):
        admin, shared = cast.users["admin"], make_adult(cast.school, "王叔叔")
        report = make_report(cast, users=[admin], at=at)
        for name in ("mengyao", "haitao"):
            make_guardianship(cast.students[name], shared, "relative", kind="guardian")
        assert actions.close_again(at + timedelta(hours=1)) == 1
        assert actions.close_again(at + timedelta(hours=2)) == 0
        assert cast.students["haitao"].name in barred_from(admin)
        lift(cast, report, at)
        assert barred_from(admin) == set()


class TestNewKin:
    """A brother or sister recorded after the report is closed to the suspect in the same action."""

    @pytest.fixture
    def shared(self, cast, at):
        """Around both children; only a parent or guardian makes them brothers and sisters."""
        adult = make_adult(cast.school, "王叔叔")
        make_guardianship(cast.students["haitao"], adult, "relative", kind="guardian")
        return adult

    def test_by_a_tie_that_becomes_a_guardians(self, cast, at, shared):
        admin = cast.users["admin"]
        tie = make_guardianship(cast.students["mengyao"], shared, "relative", kind="carer")
        report = make_report(cast, users=[admin], at=at)
        assert cast.students["haitao"].name not in barred_from(admin)
        tie_actions.change_tie(
            tie=tie, changes={"kind": "guardian"}, by=cast.users["principal"], at=at
        )
        assert cast.students["haitao"].name in barred_from(admin)
        lift(cast, report, at)
        assert barred_from(admin) == set()

    def test_by_two_records_that_are_one_person(self, cast, at, shared):
        admin, twin = cast.users["admin"], make_adult(cast.school, "王叔叔")
        make_guardianship(cast.students["mengyao"], twin, "relative", kind="guardian")
        make_report(cast, users=[admin], at=at)
        merging.merge(kept=shared, closed=twin, by=cast.users["principal"], at=at)
        assert cast.students["haitao"].name in barred_from(admin)

    def test_by_a_line_written_in_from_paper_and_an_ordinary_barrier_stays_alone(
        self, cast, at, client
    ):
        admin, other = cast.users["admin"], cast.users["next_teacher"]
        by, mengyao = cast.users["principal"], cast.students["mengyao"]
        barriers.set_barrier(student=mengyao, user=other, reason="x", by=by, at=at)
        make_report(cast, by="counsellor", users=[admin], at=at)
        before = barred_from(admin)
        client.force_login(cast.users["teacher"])
        cells = line(name="徐小妹", mother="王芳", mother_phone="13893510001")
        assert write_in(client, cast, cells).status_code == 302
        assert barred_from(admin) == before | {"徐小妹"}
        assert barred_from(other) == {mengyao.name}

    def test_by_a_file_that_is_read_in(self, cast, at):
        admin = cast.users["admin"]
        make_report(cast, by="counsellor", users=[admin], at=at)
        before = barred_from(admin)
        head = "学生姓名,班级,出生日期,母亲姓名,母亲电话"
        row = f"徐小妹,{cast.school_class.name},2018-05-06,王芳,13893510001"
        bring_in(cast, f"{head}\n{row}\n".encode(), name="花名册.csv")
        assert Guardianship.objects.filter(student__name="徐小妹", adult__name="王芳").exists()
        assert barred_from(admin) == before | {"徐小妹"}


class TestNoFurther:
    """A report reaches the brothers and sisters of the child it is about, and none of theirs."""

    def test_a_new_half_sister_of_a_half_brother_stays_open(self, cast, at):
        """Mengyao's report bars from Haitao, who shares an adult with her; his other kin are not hers."""
        admin, shared = cast.users["admin"], make_adult(cast.school, "王叔叔")
        for name in ("mengyao", "haitao"):
            make_guardianship(cast.students[name], shared, "relative", kind="guardian")
        report = make_report(cast, users=[admin], at=at)
        further, other = make_student(cast.school_class, "丁小海"), make_adult(cast.school, "李婶")
        make_guardianship(cast.students["haitao"], other, "relative", kind="guardian")
        before = barred_from(admin)
        assert cast.students["haitao"].name in before
        make_guardianship(further, other, "relative", kind="guardian")
        suspects.keep_from_kin(at=at, student_ids=[further.pk])
        assert barred_from(admin) == before  # as the nightly round sees it
        assert actions.close_again(at) == 0
        lift(cast, report, at)
        assert not Barrier.objects.exclude(reported_by=None).exists()

    def test_by_whom_it_was_written_stands_there_also_after_an_earlier_barrier(self, cast, at):
        admin, haitao, mengyao = (
            cast.users["admin"],
            cast.students["haitao"],
            cast.students["mengyao"],
        )
        by = cast.users["principal"]
        barriers.set_barrier(student=mengyao, user=admin, reason="x", by=by, at=at)
        make_report(cast, by="counsellor", users=[admin], at=at)
        shared = make_adult(cast.school, "王叔叔")
        for child in (mengyao, haitao):
            make_guardianship(child, shared, "relative", kind="guardian")
        suspects.keep_from_kin(at=at, student_ids=[haitao.pk])
        new = Barrier.objects.get(user=admin, student=haitao, lifted_at=None)
        assert new.set_by == cast.users["counsellor"]

    @pytest.mark.parametrize("ground", ["court_order", "safeguarding", "report lifted since"])
    def test_nor_does_an_adult_who_was_blocked_before_keep_the_blockers_name(
        self, cast, at, ground
    ):
        """The mother works at the school and was blocked, so barred from her children, by the principal."""
        mother, teacher = cast.adults["mother"], cast.users["next_teacher"]
        Adult.objects.filter(pk=mother.pk).update(user=teacher)
        mother.refresh_from_db()
        first = None
        if ground == "report lifted since":
            first = make_report(cast, by="principal", adults=[mother], at=at)
        else:
            block(cast, mother, ground, at - timedelta(days=1))
        make_report(cast, by="counsellor", adults=[mother], at=at)
        if first:
            actions.lift(
                suspect=first.suspects.get(), by=cast.users["counsellor"], reason="查清", at=at
            )
        new = make_student(cast.school_class, "徐小妹")
        make_guardianship(new, mother, "mother")
        suspects.keep_from_kin(at=at, student_ids=[new.pk])
        made = Barrier.objects.get(user=teacher, student=new, lifted_at=None)
        assert made.set_by == cast.users["counsellor"]

    def test_an_adult_blocked_without_a_report_is_kept_from_a_child_recorded_later(self, cast, at):
        """The mother teaches next door; a block closes the files of all her children to her."""
        mother, teacher = cast.adults["mother"], cast.users["next_teacher"]
        Adult.objects.filter(pk=mother.pk).update(user=teacher)
        mother.refresh_from_db()
        block(cast, mother, "court_order", at - timedelta(days=1))
        new = make_student(cast.next_class, "徐小妹")
        make_guardianship(new, mother, "mother")
        suspects.keep_from_kin(at=at, student_ids=[new.pk])
        made = Barrier.objects.get(user=teacher, student=new, lifted_at=None)
        assert not made.held_by_report
        mother.refresh_from_db()
        blocking.unblock_adult(adult=mother, by=cast.users["principal"], at=at)
        assert not Barrier.objects.filter(user=teacher, lifted_at=None).exists()

    def test_what_reports_hold_elsewhere_costs_an_entry_nothing(self, cast, at):
        new = make_student(cast.school_class, "丁小海")

        def cost() -> int:
            with CaptureQueriesContext(connection) as found:
                suspects.keep_from_kin(at=at, student_ids=[new.pk])
            return len(found)

        alone = cost()
        for name in ("mengyao", "haitao"):
            make_report(cast, student=name, users=[cast.users["admin"]], at=at)
        assert cost() == alone


class TestNobodyAtTheSchool:
    """Principal and every counsellor are suspected: the bureau decides, by name and with a reason."""

    def run(self, *args, **options) -> str:
        out = io.StringIO()
        call_command("lift_report", *args, stdout=out, **options)
        return out.getvalue()

    def test_only_then_and_it_stands_in_the_report(self, cast, at):
        report = make_report(cast, users=[cast.users["principal"]], at=at)
        first = report.suspects.get()
        with pytest.raises(CommandError, match="Not in the list"):
            self.run(str(first.pk), by="county", reason="区教育局决定 12 号")
        make_report(cast, users=[cast.users["counsellor"]], at=at)
        listed = self.run()
        assert f"{first.pk}  " in listed
        assert cast.students["mengyao"].name not in listed
        for wrong in (
            {"by": "county"},
            {"by": "nobody", "reason": "x"},
            {"by": "principal", "reason": "x"},
            {"by": "teacher", "reason": "x"},
        ):
            with pytest.raises(CommandError):
                self.run(str(first.pk), **wrong)
        self.run(str(first.pk), by="county", reason="区教育局决定 12 号")
        first.refresh_from_db()
        assert (first.lifted_by, first.lift_reason) == (cast.users["county"], "区教育局决定 12 号")
        assert cast.students["mengyao"].name not in barred_from(cast.users["principal"])
        assert verifying.first_broken(report) is None
        assert report.entries.last().kind == "lifted"

    @pytest.mark.parametrize("why", ["other county", "post ended", "barred", "blocked", "named"])
    def test_not_by_an_officer_of_elsewhere_or_whom_the_child_is_closed_to(self, cast, at, why):
        report = make_report(cast, users=[cast.users["principal"], cast.users["counsellor"]], at=at)
        officer, child = cast.users["county"], cast.students["mengyao"]
        own = make_adult(cast.school, officer.name, user=officer)
        if why == "other county":
            other = County.objects.create(name="民勤县")
            Post.objects.filter(user=officer).update(county=other)
        elif why == "post ended":
            Post.objects.filter(user=officer).update(ends_on=at.date() - timedelta(days=2))
        elif why == "barred":
            by = cast.users["teacher"]
            barriers.set_barrier(student=child, user=officer, reason="x", by=by, at=at)
        elif why == "blocked":
            make_guardianship(child, own, "relative")
            block(cast, own, "court_order", at)
            Barrier.objects.filter(user=officer).delete()
        else:
            make_report(cast, users=[officer], at=at)
            Barrier.objects.filter(user=officer).delete()
        suspect = report.suspects.first()
        with pytest.raises(CommandError, match="officer"):
            self.run(str(suspect.pk), by="county", reason="区教育局决定 12 号")
        suspect.refresh_from_db()
        assert suspect.lifted_at is None
