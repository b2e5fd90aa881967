"""While a report stands, nobody opens the file to whoever it names, by whatever way they came to be barred;
with the last one that names them, all opens that reports closed, and nothing else does.
"""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from counselling.models import Report
from counselling.reports import actions
from guardians.blocking import actions as blocking
from guardians.blocking import suspects
from guardians.duplicates import merging
from guardians.models import Adult
from guardians.roster_actions import TieFacts, write_ties
from guardians.ties import actions as tie_actions
from students import barriers
from students.models import Barrier
from tests.factories.cast import Cast, make_adult, make_guardianship, make_student
from tests.factories.reports import make_report

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
        url = reverse("staff:family_unblock", args=[child.pk, mother.pk])
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
        url = reverse("staff:family_barred_lift", args=[child.pk, barrier.pk])
        principal.post(url)
        assert barred_from(admin) == {child.name, cast.students["xiaobao"].name}
        lift(cast, report, at)
        assert barred_from(admin) == {child.name}
        principal.post(url)
        assert barred_from(admin) == set()

    def test_the_form_of_blocks_offers_no_report(self, cast, principal):
        place = [cast.students["mengyao"].pk, cast.adults["mother"].pk]
        page = principal.get(reverse("staff:family_block", args=place)).content.decode()
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
        self, cast, at, shared
    ):
        admin, haitao = cast.users["admin"], cast.students["haitao"]
        other = cast.users["next_teacher"]
        barriers.set_barrier(
            student=haitao, user=other, reason="x", by=cast.users["principal"], at=at
        )
        make_report(cast, student="haitao", users=[admin], at=at)
        new = make_student(cast.school_class, "丁小海")
        facts = TieFacts(
            row=1,
            adult_key="w",
            kind="guardian",
            relation="relative",
            priority=1,
            starts_on=at.date(),
        )
        write_ties(
            school=cast.school,
            ended=[],
            ties=[facts],
            student_ids={1: new.pk},
            adult_ids={"w": shared.pk},
        )
        suspects.keep_from_kin(at=at, student_ids=[new.pk])
        assert barred_from(admin) == {haitao.name, new.name}
        assert barred_from(other) == {haitao.name}


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
        ):
            with pytest.raises(CommandError):
                self.run(str(first.pk), **wrong)
        self.run(str(first.pk), by="county", reason="区教育局决定 12 号")
        first.refresh_from_db()
        assert (first.lifted_by, first.lift_reason) == (cast.users["county"], "区教育局决定 12 号")
        assert cast.students["mengyao"].name not in barred_from(cast.users["principal"])
        assert actions.first_broken(report) is None
        assert report.entries.last().kind == "lifted"
