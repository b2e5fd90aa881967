"""A file goes to another school: who may, what goes, what the family says, and what stands there then."""

import threading
from datetime import date, timedelta
from uuid import uuid4

import pgtrigger
import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from classroom.models import AttendanceMark, Observation
from counselling.models import Case
from delivery.models import OutboxMessage
from doors.family.data_copy.archive import as_json, gather
from doors.family.readers import context as family_readers
from doors.staff import erasing
from doors.staff.today import work_of
from guardians import actions as guardians
from guardians.blocking.actions import block_adult
from guardians.models import Adult, Contact, ContactPoint, Guardianship
from guardians.queries import sign_in_points
from messaging import actions as messaging
from messaging.models import CheckInPlan
from safeguarding import actions as concerns
from students import barriers
from students.models import Enrolment, Student
from tests.factories import reports, transfers
from tests.factories.cast import (
    STARTED_ON,
    make_adult,
    make_guardianship,
    make_post,
    make_student,
)
from tests.factories.leave import let_in
from transfers import actions
from transfers.models import Arrival, Protection, Transfer, TransferWord
from transfers.package import digests_of, file_fields, package_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FAR = "十八里堡小学"


def today() -> date:
    return timezone.localdate()


def page(name: str, *args) -> str:
    return reverse(f"transfers:{name}", args=args)


def family_page(transfer: Transfer) -> str:
    return reverse("family_transfers:transfer", args=[transfer.pk])


def rows_of(cast, who: str) -> list[str]:
    return [item.key for item in work_of(cast.users[who], timezone.now())]


def rows_about(transfer: Transfer, cast, who: str) -> set[str]:
    keys = {f"{page}-{transfer.pk}" for page in ("transfer", "protection", "child_word")}
    return keys.intersection(rows_of(cast, who))


def state_of(transfer: Transfer) -> str:
    return Transfer.objects.get(pk=transfer.pk).state


def at_new(cast) -> Student:
    return Student.objects.get(school=cast.other_school, name="徐梦瑶")


class TestTheWay:
    def test_from_the_childs_page_to_the_class_of_the_new_school(self, cast, as_):
        child = cast.students["mengyao"]
        sender, family, taker = as_("principal"), as_("mother"), as_("far_admin")
        assert (
            page("prepare", child.pk)
            in sender.get(reverse("staff:child", args=[child.pk])).content.decode()
        )
        shown = sender.get(page("prepare", child.pk)).content.decode()
        assert FAR in shown
        said = {"to_school": cast.other_school.pk, "parts": ["family", "contact"], "key": uuid4()}
        assert sender.post(page("prepare", child.pk), said).status_code == 302
        transfer = Transfer.objects.get()
        assert transfer.parts == ["basics", "family", "contact"]
        # The family hears of it, part by part.
        home = family.get(reverse("family:home")).content.decode()
        assert family_page(transfer) in home
        question = family.get(family_page(transfer)).content.decode()
        assert FAR in question
        assert "家人" in question
        answer = {"decision": "given", "key": uuid4(), "words": "谢谢老师"}
        assert family.post(family_page(transfer), answer).status_code == 302
        receipt = family.get(family_page(transfer)).content.decode()
        assert str(TransferWord.objects.get().receipt)[:4].upper() in receipt
        # The other school has it on Today, and does not see the content before it takes it.
        assert f"transfer-{transfer.pk}" in rows_of(cast, "far_admin")
        waiting = taker.get(page("transfer", transfer.pk)).content.decode()
        assert "徐梦瑶" in waiting
        assert "+86" not in waiting
        taken = {"school_class": cast.far_class.pk, "starts_on": today().isoformat()}
        assert taker.post(page("accept", transfer.pk), taken).status_code == 302
        new = at_new(cast)
        assert Enrolment.objects.get(student=new).school_class == cast.far_class
        # Both schools see the same receipt, parts, digests and readers; the family its receipt.
        arrival = Arrival.objects.get()
        for who in ("principal", "far_admin"):
            both = as_(who).get(page("transfer", transfer.pk)).content.decode()
            assert arrival.digests["family"] in both
            assert "钱文" in both
            assert "马建国" in both
        assert arrival.receipt.hex[:4].upper() in family.get(family_page(transfer)).content.decode()
        # On the page of the file there, and here.
        there = taker.get(reverse("staff:child", args=[new.pk])).content.decode()
        here = sender.get(reverse("staff:child", args=[child.pk])).content.decode()
        assert "黄羊川中心小学" in there
        assert FAR in here

    def test_the_old_file_stays_and_its_class_and_questions_end(self, cast):
        child = cast.students["mengyao"]
        messaging.ensure_plans(at=timezone.now())
        plan = CheckInPlan.objects.get(student=child)
        transfers.accept(cast, transfers.agreed(cast), starts_on=today())
        left = Enrolment.objects.get(student=child)
        assert (left.ends_on, left.left_reason) == (today() - DAY, "other_school")
        assert left.left_to == FAR
        messaging.ensure_plans(at=timezone.now())
        plan.refresh_from_db()
        assert plan.ended_on is not None
        assert (
            CheckInPlan.objects.get(student=at_new(cast), ended_on=None).school == cast.other_school
        )

    def test_a_child_that_left_before_keeps_its_day_and_reason(self, cast):
        row = Enrolment.objects.get(student=cast.students["mengyao"])
        row.ends_on, row.left_reason = today() - 9 * DAY, "to_parents"
        row.save()
        transfers.accept(cast, transfers.agreed(cast))
        row.refresh_from_db()
        assert (row.ends_on, row.left_reason) == (today() - 9 * DAY, "to_parents")
        assert row.left_to == FAR

    def test_a_class_of_next_year_comes_to_nothing(self, cast):
        old = Enrolment.objects.get(student=cast.students["mengyao"])
        old.ends_on = today() + 30 * DAY
        old.save()
        Enrolment.objects.create(
            school=old.school,
            student=old.student,
            school_class=old.school_class,
            starts_on=today() + 31 * DAY,
        )
        transfers.accept(cast, transfers.agreed(cast), starts_on=today())
        left = Enrolment.objects.get(student=old.student)
        assert (left.ends_on, left.left_to) == (today() - DAY, FAR)

    def test_it_goes_whole(self, cast):
        child, at = cast.students["mengyao"], timezone.now()
        Student.objects.filter(pk=child.pk).update(
            allergies="花生", village="黄羊川村", strengths="画画", id_number="620622201705041234"
        )
        guardians.record_contact(
            student=child, adult=cast.adults["mother"], happened_on=today(), reported_by="child",
            at=at, source_key="t",
        )  # fmt: skip
        AttendanceMark.objects.create(
            school=cast.school, student=child, marked_on=today(), kind="late",
            written_by=cast.users["teacher"], written_at=at,
        )  # fmt: skip
        Observation.objects.create(
            school=cast.school, student=child, words="扶起了同学", strengths=["kind"], happened_at=at,
            tell_family=True, written_by=cast.users["teacher"], recorded_at=at,
        )  # fmt: skip
        arrival = transfers.accept(cast, transfers.agreed(cast))
        new = at_new(cast)
        assert (new.allergies, new.village, new.strengths) == ("花生", "黄羊川村", "画画")
        assert new.id_number == "620622201705041234"
        assert new.born_on == child.born_on
        mother = Adult.objects.get(school=cast.other_school, name="王芳")
        assert mother.contact_points.get().address == "+8613893510001"
        assert mother.migrations.get().place == "昆山"
        assert Contact.objects.get(student=new).adult == mother
        assert set(Guardianship.objects.filter(student=new).values_list("adult__name", flat=True)) == {
            "王芳", "徐建军", "李秀兰",
        }  # fmt: skip
        held = arrival.package
        assert len(held["attendance"]["rows"]) == 1
        assert "扶起了同学" in str(held["strengths"]["rows"])
        assert arrival.digests == digests_of(held)

    def test_or_in_part(self, cast):
        Student.objects.filter(name="徐梦瑶").update(allergies="花生", village="黄羊川村")
        arrival = transfers.accept(cast, transfers.agreed(cast, parts=["home"]))
        new = at_new(cast)
        assert (new.allergies, new.village) == ("", "黄羊川村")
        assert list(arrival.package) == ["basics", "home"]
        # Of the family only the one who may not come near.
        assert [one.adult.name for one in Guardianship.objects.filter(student=new)] == ["徐建军"]

    def test_never_what_was_said_in_trust_nor_a_note_nor_a_blocked_adult(self, cast, as_):
        child, at = cast.students["mengyao"], timezone.now()
        concerns.raise_worry(
            student=child,
            by=cast.users["teacher"],
            words="夜里不睡",
            is_urgent=False,
            at=at,
            key="k",
        )
        reports.make_report(cast)
        Observation.objects.create(
            school=cast.school, student=child, words="独自坐着", themes=["alone"], happened_at=at,
            written_by=cast.users["teacher"], recorded_at=at,
        )  # fmt: skip
        transfer = transfers.agreed(cast)
        arrival = transfers.accept(cast, transfer)
        seen = str(arrival.package)
        for who in ("far_principal", "far_admin", "far_counsellor"):
            for name in ("transfer", "protection"):
                seen += as_(who).get(page(name, transfer.pk)).content.decode()
        for words in ("夜里不睡", reports.SAID, "独自坐着", "法院保护令", "13893510002"):
            assert words not in seen, words
        assert "徐建军" not in str(arrival.package)
        assert not Case.objects.filter(school=cast.other_school).exists()


class TestTheFamily:
    def test_who_does_not_decide_or_may_not_come_near_sees_nothing(self, cast, as_):
        let_in(cast, "grandmother")
        transfer = transfers.prepare(cast)
        for who in ("grandmother", "blocked_father", "other_mother"):
            client = as_(who)
            assert client.get(family_page(transfer)).status_code == 404, who
            answer = {"decision": "given", "key": uuid4()}
            assert client.post(family_page(transfer), answer).status_code == 404, who
            assert family_page(transfer) not in client.get(reverse("family:home")).content.decode()
        assert as_("mother").get(family_page(transfer)).status_code == 200
        assert not TransferWord.objects.exists()

    def test_a_suspected_adult_can_neither_agree_nor_see_where_to(self, cast, as_):
        transfer = transfers.agreed(cast)
        assert state_of(transfer) == "agreed"
        reports.make_report(cast, adults=[cast.adults["mother"]])
        client = as_("mother")
        assert client.get(family_page(transfer)).status_code == 404
        with pytest.raises(actions.NotOpen):
            transfers.say(cast, transfer)
        # Nor does what she said before count any more.
        with pytest.raises(actions.NotOpen):
            transfers.accept(cast, transfer)
        actions.follow(transfer=transfer, at=timezone.now())
        assert state_of(transfer) == "asked"
        assert not Student.objects.filter(school=cast.other_school, name="徐梦瑶").exists()

    def test_on_a_phone_that_a_blocked_adult_shares_nothing_is_seen_or_sent(self, cast, as_):
        ContactPoint.objects.filter(adult=cast.adults["mother"]).update(address="+8613893510002")
        transfer = transfers.prepare(cast)
        assert as_("mother").get(family_page(transfer)).status_code == 404

    def test_a_no_outweighs_a_yes_and_a_yes_can_be_taken_back(self, cast):
        transfer = transfers.agreed(cast)
        make_guardianship(
            cast.students["mengyao"], cast.adults["other_mother"], "relative", kind="guardian"
        )
        word = transfers.say(cast, transfer, "other_mother", "refused")
        assert (word.decision, state_of(transfer)) == ("refused", "refused")
        with pytest.raises(actions.NotOpen):
            transfers.accept(cast, transfer)
        transfers.say(cast, transfer, "other_mother")
        assert state_of(transfer) == "agreed"
        assert transfers.say(cast, transfer, decision="refused").decision == "withdrawn"
        assert state_of(transfer) == "refused"
        with pytest.raises(actions.NotOpen):
            transfers.accept(cast, transfer)
        assert f"transfer-{transfer.pk}" in rows_of(cast, "principal")
        assert f"transfer-{transfer.pk}" not in rows_of(cast, "far_admin")

    def test_the_same_form_twice_is_one_word(self, cast, as_):
        transfer, key = transfers.prepare(cast), uuid4()
        for _again in range(2):
            said = {"decision": "given", "key": key}
            assert as_("mother").post(family_page(transfer), said).status_code == 302
        assert TransferWord.objects.get().receipt == key

    def test_a_no_from_the_same_page_takes_a_yes_back(self, cast, as_):
        """The answer to the yes was lost on the way, so the page still shows both buttons."""
        transfer, key = transfers.prepare(cast), uuid4()
        for decision in ("given", "refused", "refused"):
            said = {"decision": decision, "key": key}
            assert as_("mother").post(family_page(transfer), said).status_code == 302
        assert [word.decision for word in transfer.words.order_by("pk")] == ["given", "withdrawn"]
        assert state_of(transfer) != "agreed"

    @pytest.mark.parametrize("change", [{"decision": "refused"}, {"words": "只要基本信息"}])
    def test_what_the_office_corrects_on_the_same_page_is_kept(self, cast, as_, change):
        transfer = transfers.prepare(cast)
        said = {"adult": cast.adults["mother"].pk, "decision": "given", "via": "paper"}
        said |= {"words": "", "key": uuid4()}
        for one in (said, said, said | change):
            assert as_("principal").post(page("word", transfer.pk), one).status_code == 302
        assert transfer.words.count() == 2

    def test_the_number_of_a_brothers_receipt_says_nothing(self, cast, as_):
        transfer, brothers = transfers.prepare(cast), transfers.prepare(cast, child="xiaobao")
        said = {"decision": "given", "key": transfers.say(cast, brothers).receipt}
        assert as_("mother").post(family_page(transfer), said).status_code == 404
        assert not transfer.words.exists()

    def test_on_paper_by_the_office_for_whoever_decides(self, cast, as_):
        transfer = transfers.prepare(cast)
        said = {"decision": "given", "via": "paper", "words": "", "key": uuid4()}
        for who in ("grandmother", "father"):
            answer = as_("principal").post(
                page("word", transfer.pk), said | {"adult": cast.adults[who].pk}
            )
            assert answer.status_code == 422, who
        told = said | {"adult": cast.adults["mother"].pk}
        assert as_("principal").post(page("word", transfer.pk), told).status_code == 302
        word = TransferWord.objects.get()
        assert (word.via, word.recorded_by) == ("paper", cast.users["principal"])
        assert state_of(transfer) == "agreed"

    def test_the_question_is_written_once_and_names_nothing(self, cast):
        transfer = transfers.prepare(cast)
        rows = OutboxMessage.objects.filter(payload__about="transfer", about_id=transfer.pk)
        message = rows.get()
        assert message.adult == cast.adults["mother"]
        for word in ("梦瑶", FAR):
            assert word not in str(message.payload)

    def test_a_copy_of_the_data_gives_the_own_word_and_not_where_to(self, cast):
        transfer = transfers.agreed(cast)
        transfers.accept(cast, transfer)
        held = gather(cast.students["mengyao"], [cast.adults["mother"]], timezone.now())
        copied = as_json(held)
        assert str(transfer.words.get().receipt) in copied
        assert FAR not in copied


class TestTheSchools:
    @pytest.mark.parametrize(
        "who", ["teacher", "counsellor", "next_teacher", "far_admin", "far_principal"]
    )
    def test_only_the_office_of_the_own_school_opens_it(self, cast, as_, who):
        assert as_(who).get(page("prepare", cast.students["mengyao"].pk)).status_code == 404
        assert as_("admin").get(page("prepare", cast.students["mengyao"].pk)).status_code == 200

    def test_whoever_is_barred_from_the_child_learns_nothing(self, cast, as_):
        transfer = transfers.agreed(cast)
        child, counsellor = cast.students["mengyao"], cast.users["counsellor"]
        for who in ("principal", "far_admin", "far_principal"):
            assert as_(who).get(page("transfer", transfer.pk)).status_code == 200
            barriers.set_barrier(
                student=child, user=cast.users[who], reason="x", by=counsellor, at=timezone.now()
            )
            client = as_(who)
            assert client.get(page("transfer", transfer.pk)).status_code == 404, who
            assert client.get(page("protection", transfer.pk)).status_code == 404, who
            assert client.get(page("prepare", child.pk)).status_code == 404, who
            assert client.post(page("accept", transfer.pk)).status_code == 404, who
            assert not rows_about(transfer, cast, who), who

    def test_nor_does_whoever_the_new_school_bars_once_the_file_is_there(self, cast, as_):
        transfer = transfers.agreed(cast)
        new = transfers.accept(cast, transfer, by="far_principal").student
        for who in ("far_admin", "far_principal"):
            assert as_(who).get(page("transfer", transfer.pk)).status_code == 200
            barriers.set_barrier(
                student=new,
                user=cast.users[who],
                reason="x",
                by=cast.users["far_counsellor"],
                at=timezone.now(),
            )
            assert as_(who).get(page("transfer", transfer.pk)).status_code == 404, who
            assert as_(who).get(page("protection", transfer.pk)).status_code == 404, who
            assert not rows_about(transfer, cast, who), who

    def test_the_family_s_own_words_stay_with_the_sending_school(self, cast, as_):
        transfer = transfers.agreed(cast)
        with pgtrigger.ignore():
            TransferWord.objects.update(words="别告诉他爸")
        assert "别告诉他爸" in as_("principal").get(page("transfer", transfer.pk)).content.decode()
        there = as_("far_admin")
        assert "别告诉他爸" not in there.get(page("transfer", transfer.pk)).content.decode()
        there.post(page("decline", transfer.pk), {"words": "没有学位"})
        assert there.get(page("transfer", transfer.pk)).status_code == 404

    def test_a_file_that_may_be_the_child_s_and_is_closed_to_the_taker_is_no_new_one(self, cast):
        transfer = transfers.agreed(cast)
        child = cast.students["mengyao"]
        Student.objects.filter(pk=child.pk).update(born_on=date(2017, 5, 4))
        old = make_student(cast.far_class, child.name)
        Student.objects.filter(pk=old.pk).update(born_on=date(2017, 5, 4))
        barriers.set_barrier(
            student=old,
            user=cast.users["far_admin"],
            reason="x",
            by=cast.users["far_counsellor"],
            at=timezone.now(),
        )
        with pytest.raises(actions.NumberTaken):
            transfers.accept(cast, transfer)
        assert not Arrival.objects.exists()

    def test_a_file_with_another_identity_number_is_another_child_s(self, cast):
        transfer = transfers.agreed(cast)
        child = cast.students["mengyao"]
        facts = {"born_on": date(2017, 5, 4), "id_number": "620622201705041234"}
        Student.objects.filter(pk=child.pk).update(**facts)
        other = make_student(cast.far_class, child.name)
        facts["id_number"] = "620622201705049876"
        Student.objects.filter(pk=other.pk).update(**facts)
        with pytest.raises(actions.NumberTaken):
            transfers.accept(cast, transfer, existing=other)
        assert transfers.accept(cast, transfer).student != other

    def test_nobody_of_the_family_takes_it_and_nobody_named_in_a_report(self, cast, as_):
        transfer = transfers.agreed(cast)
        mother = cast.adults["mother"]
        mother.user = cast.users["far_admin"]
        mother.save(update_fields=["user"])
        assert as_("far_admin").get(page("transfer", transfer.pk)).status_code == 404

    def test_whoever_opened_it_does_not_take_it(self, cast, as_):
        make_post(cast.users["principal"], "principal", school=cast.other_school)
        transfer = transfers.agreed(cast)
        with pytest.raises(actions.NotOpen):
            transfers.accept(cast, transfer, by="principal")
        transfers.accept(cast, transfer)

    def test_one_at_a_time(self, cast, as_):
        transfer = transfers.prepare(cast)
        with pytest.raises(actions.OpenAlready):
            transfers.prepare(cast)
        answer = as_("principal").get(page("prepare", cast.students["mengyao"].pk))
        assert answer.url == page("transfer", transfer.pk)
        actions.end(transfer=transfer, by=cast.users["principal"], at=timezone.now())
        transfers.prepare(cast)

    def test_taken_back_the_other_school_and_the_family_see_nothing_more(self, cast, as_):
        transfer = transfers.agreed(cast)
        assert as_("principal").post(page("end", transfer.pk)).status_code == 302
        for who in ("far_admin", "far_principal"):
            assert as_(who).get(page("transfer", transfer.pk)).status_code == 404
            assert as_(who).get(page("protection", transfer.pk)).status_code == 404
            assert not rows_about(transfer, cast, who)
        assert as_("mother").get(family_page(transfer)).status_code == 404
        taken = {"school_class": cast.far_class.pk, "starts_on": today().isoformat()}
        assert as_("far_admin").post(page("accept", transfer.pk), taken).status_code == 404

    def test_the_other_school_says_no_with_a_reason(self, cast, as_):
        transfer = transfers.agreed(cast)
        client = as_("far_admin")
        assert client.post(page("decline", transfer.pk), {"words": ""}).status_code == 422
        assert client.post(page("decline", transfer.pk), {"words": "没有学位"}).status_code == 302
        assert "没有学位" in as_("principal").get(page("transfer", transfer.pk)).content.decode()
        assert not Student.objects.filter(school=cast.other_school, name="徐梦瑶").exists()
        assert Enrolment.objects.get(student=cast.students["mengyao"]).ends_on is None

    def test_what_is_true_when_it_is_taken_goes(self, cast):
        transfer = transfers.agreed(cast, parts=["health"])
        Student.objects.filter(name="徐梦瑶").update(allergies="青霉素", village="黄羊川村")
        arrival = transfers.accept(cast, transfer)
        assert arrival.package["health"]["fields"]["allergies"] == "青霉素"
        assert "home" not in arrival.package
        # What is written there later does not change what was handed over.
        Student.objects.filter(name="徐梦瑶").update(allergies="")
        assert Arrival.objects.get().package["health"]["fields"]["allergies"] == "青霉素"

    def test_taken_twice_is_once(self, cast):
        transfer = transfers.agreed(cast)
        first = transfers.accept(cast, transfer)
        assert transfers.accept(cast, transfer) == first
        assert Student.objects.filter(school=cast.other_school, name="徐梦瑶").count() == 1

    def test_a_day_far_off_is_refused(self, cast, as_):
        transfer = transfers.agreed(cast)
        for days in (-30, 90):
            on = today() + timedelta(days=days)
            taken = {"school_class": cast.far_class.pk, "starts_on": on.isoformat()}
            assert as_("far_admin").post(page("accept", transfer.pk), taken).status_code == 422


class TestWhoReadIt:
    def reads(self, student: Student, who) -> list[str]:
        rows = AccessRecord.objects.filter(
            student_id=student.pk, user=who, what__contains="transfer"
        )
        return list(rows.order_by("pk").values_list("what", flat=True))

    def test_a_reading_at_the_new_school_stands_in_the_log_of_both_files(self, cast, as_):
        transfer = transfers.agreed(cast)
        transfers.accept(cast, transfer)
        old, new, mark = cast.students["mengyao"], at_new(cast), f"transfer {transfer.pk}"
        as_("far_principal").get(page("transfer", transfer.pk))
        as_("far_principal").get(page("protection", transfer.pk))
        reader = cast.users["far_principal"]
        assert self.reads(old, reader) == self.reads(new, reader) == [mark, f"case {mark}"]
        record = AccessRecord.objects.get(student_id=new.pk, user=reader, what=mark)
        assert record.school_id == cast.other_school.pk
        told = family_readers(new, timezone.now())
        assert "赵校长" in [one["name"] for day in told["days"] for one in day["people"]]

    def test_one_at_the_old_school_in_that_of_the_old_file_alone(self, cast, as_):
        transfer = transfers.agreed(cast)
        transfers.accept(cast, transfer)
        as_("principal").get(page("transfer", transfer.pk))
        as_("principal").get(page("protection", transfer.pk))
        reader = cast.users["principal"]
        assert len(self.reads(cast.students["mengyao"], reader)) == 2
        assert self.reads(at_new(cast), reader) == []


class TestAFileThatIsThere:
    NUMBER = "620622201705041234"

    @pytest.fixture
    def there(self, cast):
        Student.objects.filter(name="徐梦瑶").update(id_number=self.NUMBER, allergies="花生")
        return make_student(
            cast.far_class, "徐梦瑶", id_number=self.NUMBER, allergies="", village="土门"
        )

    def test_staff_choose_it_and_only_gaps_are_filled(self, cast, as_, there):
        Student.objects.filter(school=cast.school, name="徐梦瑶").update(village="黄羊川村")
        transfer = transfers.agreed(cast)
        taken = {"school_class": cast.far_class.pk, "starts_on": today().isoformat()}
        assert as_("far_admin").post(page("accept", transfer.pk), taken).status_code == 422
        taken["which"] = str(there.pk)
        assert as_("far_admin").post(page("accept", transfer.pk), taken).status_code == 302
        there.refresh_from_db()
        assert (there.allergies, there.village) == ("花生", "土门")
        assert Arrival.objects.get().student == there
        assert Enrolment.objects.filter(student=there).count() == 1
        father = Adult.objects.get(school=cast.other_school, name="徐建军")
        assert father.is_blocked

    def test_as_a_new_file_the_number_is_taken_and_nothing_is_made(self, cast, as_, there):
        transfer = transfers.agreed(cast)
        taken = {
            "school_class": cast.far_class.pk, "starts_on": today().isoformat(), "which": "new",
        }  # fmt: skip
        assert as_("far_admin").post(page("accept", transfer.pk), taken).status_code == 409
        assert state_of(transfer) == "agreed"
        assert not Arrival.objects.exists()
        assert not Adult.objects.filter(school=cast.other_school, name="徐建军").exists()

    def test_a_file_that_is_closed_to_the_taker_is_not_named(self, cast, as_, there):
        barriers.set_barrier(
            student=there, user=cast.users["far_admin"], reason="x",
            by=cast.users["far_principal"], at=timezone.now(),
        )  # fmt: skip
        transfer = transfers.agreed(cast)
        shown = as_("far_admin").get(page("transfer", transfer.pk)).content.decode()
        assert "which" not in shown
        taken = {"school_class": cast.far_class.pk, "starts_on": today().isoformat()}
        assert as_("far_admin").post(page("accept", transfer.pk), taken).status_code == 409

    def test_a_blocked_adult_who_stands_there_already_is_blocked_there_too(self, cast, there):
        father = make_adult(cast.other_school, "徐建军", "+8613893510077")
        make_guardianship(there, father, "father")
        transfers.accept(cast, transfers.agreed(cast), existing=there)
        father.refresh_from_db()
        assert father.is_blocked
        assert "+8613893510002" in father.contact_points.values_list("address", flat=True)
        assert not sign_in_points().filter(adult=father).exists()

    @pytest.mark.parametrize("change", [{"ends_on": STARTED_ON}, {"relation": "other"}])
    def test_who_is_blocked_only_here_does_not_come_in_again(self, cast, there, change):
        """This school keeps the mother away; the other one knows nothing of it and sends her along."""
        transfers.far_staff(cast)
        known = make_adult(cast.other_school, "王芳", "+8613893510077")
        tie = make_guardianship(there, known, "mother")
        Guardianship.objects.filter(pk=tie.pk).update(**change)
        block_adult(adult=known, reason="法院", by=cast.users["far_principal"], at=timezone.now())
        transfers.accept(cast, transfers.agreed(cast), existing=there)
        around = Adult.objects.filter(guardianships__student=there, name="王芳")
        assert [one.is_blocked for one in around.distinct()] == [True]
        assert "+8613893510001" in known.contact_points.values_list("address", flat=True)


class TestErasing:
    def test_the_old_file_goes_with_what_was_handed_over_and_the_new_one_stays(self, cast):
        transfers.accept(cast, transfers.agreed(cast))
        with transaction.atomic(), pgtrigger.ignore():
            erasing._erase(cast.students["mengyao"])
        assert not Transfer.objects.exists()
        assert not Arrival.objects.exists()
        assert at_new(cast)

    def test_the_new_file_goes_with_its_copy_and_the_old_school_keeps_the_act(self, cast, as_):
        transfer = transfers.agreed(cast)
        transfers.accept(cast, transfer)
        with transaction.atomic(), pgtrigger.ignore():
            erasing._erase(at_new(cast))
        assert not Arrival.objects.exists()
        assert as_("principal").get(page("transfer", transfer.pk)).status_code == 200
        assert as_("mother").get(family_page(transfer)).status_code == 200

    def test_the_old_school_is_still_to_call_what_nobody_there_confirmed(self, cast):
        transfer = transfers.agreed(cast)
        transfers.accept(cast, transfer)
        with transaction.atomic(), pgtrigger.ignore():
            erasing._erase(at_new(cast))
        due_at = Protection.objects.get().due_at
        actions.follow(transfer=transfer, at=due_at + timedelta(hours=1))
        call = OutboxMessage.objects.filter(payload__words__startswith="The other school has not")
        people = {cast.users["principal"].pk, cast.users["counsellor"].pk}
        assert set(call.values_list("user_id", flat=True)) == people


@pytest.mark.django_db(transaction=True)
def test_two_who_take_it_at_once_make_one_file(cast):
    transfer = transfers.agreed(cast)
    found: list[object] = []

    def take(who: str) -> None:
        try:
            found.append(transfers.accept(cast, transfer, by=who).pk)
        finally:
            connection.close()

    both = [threading.Thread(target=take, args=[who]) for who in ("far_admin", "far_principal")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(set(found)) == 1
    assert Student.objects.filter(school=cast.other_school, name="徐梦瑶").count() == 1


def test_of_special_care_the_plan_goes_and_the_grounds_stay(cast):
    student = cast.students["mengyao"]
    student.unsupported_since, student.unsupported_basis = date(2026, 9, 1), "邻居说的"
    student.care_plan = "每两周家访"
    student.save()
    held = package_of(student, ["strengths"], timezone.now(), timezone.localdate())["strengths"]
    assert held["fields"]["care_plan"] == "每两周家访"
    assert "邻居" not in str(held)
    assert not any(name.startswith("unsupported") for name in held["fields"])


def test_a_part_from_before_a_field_came_is_read_all_the_same(cast):
    held = package_of(cast.students["mengyao"], ["strengths"], timezone.now(), timezone.localdate())
    part = held["strengths"]
    del part["fields"]["care_plan_review_on"]
    part["fields"]["special_care"] = "orphan"
    assert "care_plan" in file_fields("strengths", part)
