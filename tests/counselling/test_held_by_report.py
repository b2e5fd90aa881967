"""While a report stands, nobody opens the file to whoever it names, by whatever way they came to be barred;
with the last one that names them, all opens that reports closed, and nothing else does.
"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from counselling.models import Report
from counselling.reports import actions
from guardians.blocking import actions as blocking
from guardians.duplicates import merging
from guardians.models import Adult
from students import barriers
from students.models import Barrier
from tests.factories.cast import Cast, make_adult, make_guardianship
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

    def test_a_brother_who_is_recorded_later_is_closed_in_the_night(self, cast, at):
        admin, shared = cast.users["admin"], make_adult(cast.school, "王叔叔")
        report = make_report(cast, users=[admin], at=at)
        for name in ("mengyao", "haitao"):
            make_guardianship(cast.students[name], shared, "relative", kind="guardian")
        assert actions.close_again(at + timedelta(hours=1)) == 1
        assert actions.close_again(at + timedelta(hours=2)) == 0
        assert cast.students["haitao"].name in barred_from(admin)
        lift(cast, report, at)
        assert barred_from(admin) == set()
