"""What protects the child goes first, person to person, and stands there from the first minute."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from delivery.models import OutboxMessage
from doors.staff.today import work_of
from guardians.blocking import actions as blocking
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.policies import adults_of
from guardians.queries import sign_in_points, usable_contact_points
from safeguarding import actions as concerns
from schools.models import Post
from students import barriers
from students.models import Barrier, Student
from students.policies import can_view_student
from surveys.actions import note_looked
from surveys.models import Seat
from surveys.pulses.actions import note_talked
from tests.factories import reports, transfers
from tests.factories.accounts import say
from tests.factories.cast import make_post
from tests.factories.pulses import TIRED, answer_carer, low_for_weeks
from tests.factories.surveys import form_of
from transfers import actions
from transfers.models import Protection, Transfer
from transfers.policies import schools_to
from transfers.queries import to_follow
from transfers.tasks import follow

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def page(transfer: Transfer) -> str:
    return reverse("transfers:protection", args=[transfer.pk])


def worry(cast) -> None:
    concerns.raise_worry(
        student=cast.students["mengyao"], by=cast.users["teacher"], words="夜里不睡",
        is_urgent=False, at=timezone.now(), key="worry",
    )  # fmt: skip


def block(cast, who: str) -> None:
    blocking.block_adult(
        adult=cast.adults[who],
        by=cast.users["counsellor"],
        at=timezone.now(),
        ground=Adult.BlockGround.COURT_ORDER,
        reason="法院保护令",
    )


def told(words: str) -> set[int]:
    rows = OutboxMessage.objects.filter(payload__words__startswith=words)
    return set(rows.values_list("user_id", flat=True))


class TestBeforeTheFamilyIsAsked:
    def test_principal_and_counsellor_there_hear_it_at_once_and_nobody_else(self, cast, as_):
        worry(cast)
        transfer = transfers.prepare(cast)
        for who in ("far_principal", "far_counsellor"):
            assert f"protection-{transfer.pk}" in [
                one.key for one in work_of(cast.users[who], timezone.now())
            ]
            shown = as_(who).get(page(transfer)).content.decode()
            assert "徐建军" in shown
            assert "陈敏" in shown  # whom to call
            # The file itself is not there before the family agrees.
            assert (
                as_(who).get(reverse("transfers:transfer", args=[transfer.pk])).status_code == 404
            )
        for who in ("far_admin", "far_teacher", "admin", "teacher", "county"):
            assert as_(who).get(page(transfer)).status_code == 404, who
        people = {cast.users["far_principal"].pk, cast.users["far_counsellor"].pk}
        assert told("Another school tells you") == people
        message = OutboxMessage.objects.filter(payload__words__startswith="Another school").first()
        assert "徐" not in str(message.payload)
        assert AccessRecord.objects.filter(what=f"case transfer {transfer.pk}").count() == 2

    def test_also_where_the_family_says_no(self, cast, as_):
        transfer = transfers.prepare(cast)
        transfers.say(cast, transfer, decision="refused")
        assert "徐建军" in as_("far_principal").get(page(transfer)).content.decode()

    def test_nothing_is_told_where_there_is_nothing(self, cast, as_):
        transfer = transfers.prepare(cast, child="haitao")
        assert not Protection.objects.exists()
        assert as_("far_principal").get(page(transfer)).status_code == 404
        assert told("Another school tells you") == set()

    def test_what_comes_up_meanwhile_follows_and_what_is_over_ends(self, cast, as_):
        transfers.prepare(cast, child="haitao")
        blocking.block_adult(
            adult=cast.adults["other_mother"], reason="x", by=cast.users["counsellor"],
            at=timezone.now(),
        )  # fmt: skip
        follow()
        follow()
        assert Protection.objects.get().adult == cast.adults["other_mother"]
        blocking.unblock_adult(
            adult=cast.adults["other_mother"], by=cast.users["counsellor"], at=timezone.now()
        )
        follow()
        assert Protection.objects.get().over_at is not None

    def test_a_talk_that_is_due_makes_them_call_and_ends_with_the_talk(self, cast, as_):
        """Of the answers nothing is told: the talk at the old school would be the last that hears of them."""
        pulse = low_for_weeks(cast)
        transfer = transfers.prepare(cast)
        row = Protection.objects.get(kind=Protection.Kind.DANGER)
        assert row.over_at is None
        shown = as_("far_counsellor").get(page(transfer)).content.decode()
        assert "心情" not in shown
        note_talked(pulse=pulse, by=cast.users["teacher"], at=timezone.now())
        follow()
        row.refresh_from_db()
        assert row.over_at is not None

    def test_a_carer_who_needs_a_word_makes_them_call_while_they_care_for_the_child(
        self, cast, as_
    ):
        say(cast, "carer", "given", adult="grandmother")
        pulse = answer_carer(cast, TIRED)
        transfer = transfers.prepare(cast)
        row = Protection.objects.get(kind=Protection.Kind.DANGER)
        shown = as_("far_counsellor").get(page(transfer)).content.decode()
        assert "李秀兰" not in shown
        ties = Guardianship.objects.filter(
            student=transfer.student, adult=cast.adults["grandmother"]
        )
        ties.update(ends_on=timezone.localdate() - timedelta(days=1))
        follow()
        row.refresh_from_db()
        assert row.over_at is not None
        ties.update(ends_on=None)
        follow()
        row = Protection.objects.get(kind=Protection.Kind.DANGER, over_at=None)
        note_talked(pulse=pulse, by=cast.users["counsellor"], at=timezone.now())
        follow()
        row.refresh_from_db()
        assert row.over_at is not None

    def test_answers_of_a_round_that_nobody_has_looked_at_make_them_call(self, cast):
        """Of a carer about the child, as of the child itself; answers that call for no look do not."""
        seat = form_of(cast)
        transfers.prepare(cast)
        assert not Protection.objects.filter(kind=Protection.Kind.DANGER).exists()
        Seat.objects.filter(pk=seat.pk).update(asks_for_look=True)
        follow()
        row = Protection.objects.get(kind=Protection.Kind.DANGER, over_at=None)
        note_looked(seat=seat, by=cast.users["counsellor"], at=timezone.now())
        follow()
        row.refresh_from_db()
        assert row.over_at is not None

    def test_neither_ground_nor_report_nor_who_reported_is_told(self, cast, as_):
        reports.make_report(cast, adults=[cast.adults["grandmother"]])
        transfer = transfers.prepare(cast)
        shown = as_("far_counsellor").get(page(transfer)).content.decode()
        assert "李秀兰" in shown
        for words in (reports.SAID, "张丽华", "法院保护令", "举报"):
            assert words not in shown, words

    def test_a_school_without_anybody_who_can_hear_it_is_not_offered(self, cast):
        child, by, on = cast.students["mengyao"], cast.users["principal"], timezone.localdate()
        child = Student.objects.select_related("school").get(pk=child.pk)
        assert list(schools_to(child, by, on)) == [cast.other_school]
        barriers.set_barrier(
            student=child, user=cast.users["far_principal"], reason="x",
            by=cast.users["counsellor"], at=timezone.now(),
        )  # fmt: skip
        assert list(schools_to(child, by, on)) == [cast.other_school]  # the counsellor is there
        Post.objects.filter(user=cast.users["far_counsellor"]).delete()
        assert list(schools_to(child, by, on)) == []


class TestConfirming:
    def test_somebody_there_confirms_by_name_and_both_schools_see_who(self, cast, as_):
        transfer = transfers.prepare(cast)
        confirm = reverse("transfers:confirm", args=[transfer.pk])
        assert as_("counsellor").post(confirm).status_code == 404  # of the school that told it
        there = as_("far_counsellor")
        read = {"read": there.get(page(transfer)).context["waits"]}
        assert there.post(confirm, read).status_code == 302
        assert Protection.objects.get().acknowledged_by == cast.users["far_counsellor"]
        for who in ("far_principal", "counsellor", "principal"):
            assert "白雪" in as_(who).get(page(transfer)).content.decode()
        assert f"protection-{transfer.pk}" not in [
            one.key for one in work_of(cast.users["far_principal"], timezone.now())
        ]

    def test_after_a_day_they_are_told_again_and_the_sending_school_is_to_call(self, cast):
        transfer = transfers.prepare(cast)
        row, at = Protection.objects.get(), timezone.now()
        actions.follow(transfer=transfer, at=row.due_at - HOUR)
        assert told("You have not yet confirmed") == set()
        for later in (HOUR, 2 * HOUR):
            actions.follow(transfer=transfer, at=row.due_at + later)
        assert told("You have not yet confirmed") == {
            cast.users["far_principal"].pk, cast.users["far_counsellor"].pk,
        }  # fmt: skip
        assert told("The other school has not confirmed") == {
            cast.users["principal"].pk, cast.users["counsellor"].pk,
        }  # fmt: skip
        late = at + timedelta(hours=26)
        for who in ("counsellor", "far_counsellor"):
            found = {one.key: one for one in work_of(cast.users[who], late)}
            assert found[f"protection-{transfer.pk}"].lane == "adult_now", who
        by = cast.users["far_principal"]
        assert actions.confirm(transfer=transfer, keys=[row.pk], by=by, at=late)
        assert f"protection-{transfer.pk}" not in [
            one.key for one in work_of(cast.users["counsellor"], late)
        ]

    def test_what_came_up_since_the_page_was_opened_is_not_confirmed_with_it(self, cast, as_):
        transfer = transfers.prepare(cast)
        there = as_("far_counsellor")
        read = {"read": there.get(page(transfer)).context["waits"]}
        block(cast, "grandmother")
        actions.follow(transfer=transfer, at=timezone.now())
        there.post(reverse("transfers:confirm", args=[transfer.pk]), read)
        left = Protection.objects.get(acknowledged_at=None)
        assert left.adult == cast.adults["grandmother"]

    def test_a_block_after_the_file_was_taken_is_told_until_the_child_is_there(self, cast):
        transfer = transfers.agreed(cast)
        transfers.accept(cast, transfer, starts_on=timezone.localdate() + timedelta(days=20))
        block(cast, "grandmother")
        assert transfer in to_follow(timezone.now())
        follow()
        assert Protection.objects.filter(adult=cast.adults["grandmother"]).exists()

    def test_it_goes_on_after_the_file_was_taken(self, cast):
        transfer = transfers.agreed(cast)
        transfers.accept(cast, transfer)
        due_at = Protection.objects.get().due_at
        actions.follow(transfer=transfer, at=due_at + HOUR)
        assert cast.users["counsellor"].pk in told("The other school has not confirmed")


class TestFromTheFirstMinute:
    def test_a_blocked_adult_gets_no_session_and_no_message_there(self, cast):
        transfers.accept(cast, transfers.agreed(cast, parts=[]))
        father = Adult.objects.get(school=cast.other_school, name="徐建军")
        assert father.is_blocked
        assert father.contact_points.get().address == "+8613893510002"
        # Not even where somebody there had vouched for the number.
        father.contact_points.update(signs_in_by="office")
        assert not sign_in_points().filter(adult=father).exists()
        assert not usable_contact_points().filter(adult=father).exists()
        before = OutboxMessage.objects.count()
        Client().post(reverse("family:sign_in"), {"phone": "13893510002", "way": "code"})
        Client().post(reverse("family:sign_in"), {"phone": "13893510002", "way": "link"})
        assert OutboxMessage.objects.count() == before

    def test_at_no_moment_does_the_family_stand_there_without_the_block(self, cast, monkeypatch):
        """All of it is one transaction: what fails at its last step leaves nothing."""
        transfer = transfers.agreed(cast)

        def fails(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr(actions, "leave_school", fails)
        with pytest.raises(RuntimeError):
            transfers.accept(cast, transfer)
        assert not Adult.objects.filter(
            school=cast.other_school, name__in=["王芳", "徐建军"]
        ).exists()
        assert not Student.objects.filter(school=cast.other_school, name="徐梦瑶").exists()

    def test_a_phone_that_is_shared_with_a_blocked_adult_stays_shut_there(self, cast):
        shared = "+8613893510002"
        ContactPoint.objects.create(
            school=cast.school, adult=cast.adults["grandmother"], kind="phone", address=shared
        )
        transfers.accept(cast, transfers.agreed(cast))
        grandmother = Adult.objects.get(school=cast.other_school, name="李秀兰")
        open_ones = usable_contact_points().filter(adult=grandmother)
        assert [one.address for one in open_ones] == ["+8613893510003"]

    def test_numbers_sign_nobody_in_and_no_account_comes_along(self, cast):
        transfers.accept(cast, transfers.agreed(cast))
        here = ContactPoint.objects.filter(school=cast.other_school, adult__name="王芳")
        assert [one.signs_in_by for one in here] == [""]
        assert (
            not Adult.objects.filter(school=cast.other_school, name="王芳")
            .exclude(user=None)
            .exists()
        )
        assert list(adults_of(cast.users["mother"])) == [cast.adults["mother"]]

    def test_whoever_is_barred_here_is_barred_there(self, cast):
        barred = cast.users["next_teacher"]
        barriers.set_barrier(
            student=cast.students["mengyao"], user=barred, reason="私事",
            by=cast.users["counsellor"], at=timezone.now(),
        )  # fmt: skip
        make_post(barred, "counsellor", school=cast.other_school)
        transfers.accept(cast, transfers.agreed(cast))
        new = Student.objects.get(school=cast.other_school, name="徐梦瑶")
        assert not can_view_student(barred, new, timezone.localdate())
        row = Barrier.objects.get(student=new, user=barred)
        assert "私事" not in row.reason

    def test_a_suspect_is_blocked_there_and_who_reported_is_not_named(self, cast):
        reports.make_report(cast, adults=[cast.adults["grandmother"]])
        transfers.accept(cast, transfers.agreed(cast))
        grandmother = Adult.objects.get(school=cast.other_school, name="李秀兰")
        assert grandmother.is_blocked
        assert grandmother.blocked_ground == "safeguarding"
        assert grandmother.blocked_by == cast.users["principal"]
        assert not grandmother.held_by_report

    def test_a_block_that_comes_after_the_consent_counts(self, cast):
        transfer = transfers.agreed(cast)
        blocking.block_adult(
            adult=cast.adults["grandmother"], reason="x", by=cast.users["counsellor"],
            at=timezone.now(),
        )  # fmt: skip
        arrival = transfers.accept(cast, transfer)
        assert Adult.objects.get(school=cast.other_school, name="李秀兰").is_blocked
        assert "李秀兰" not in str(arrival.package)
        assert Protection.objects.filter(adult=cast.adults["grandmother"], over_at=None).exists()

    def test_an_order_of_a_court_comes_along_as_one(self, cast):
        Adult.objects.filter(name="徐建军").update(
            blocked_ground="court_order", blocked_decision="（2026）甘0622民保1号"
        )
        transfers.accept(cast, transfers.agreed(cast))
        father = Adult.objects.get(school=cast.other_school, name="徐建军")
        assert (father.blocked_ground, father.blocked_decision) == (
            "court_order", "（2026）甘0622民保1号",
        )  # fmt: skip
