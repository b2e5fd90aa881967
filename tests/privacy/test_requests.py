"""The school's side of a family's request: its clock, the safeguarding check, the answer, the erasure."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import InternalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg2 import sql

from accounts.models import AccessRecord, User
from classroom.models import Observation
from core import clock
from counselling.cases import actions as case_actions
from counselling.models import AttachmentContent, Note
from delivery.models import ChannelAccount, DemoPhoneMessage, OutboxMessage
from doors.staff.erasing import erase_again
from guardians.blocking.actions import block_adult
from guardians.models import Adult, Guardianship
from messaging.models import CheckIn
from privacy import requests, work
from privacy.models import DataRequest
from privacy.retention.actions import hold, lift
from rosters.models import RosterImport, RosterResult
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from schools.worklist import Lane
from students.barriers import set_barrier
from students.models import Student
from surveys.actions import write_to_do
from surveys.models import Answer
from tests.factories import cases, familyview, surveys
from tests.factories.outbox import standing
from uploads.models import Upload, UploadContent

pytestmark = pytest.mark.django_db
ONLY_IN_HISTORY = "写错了又改掉的一句"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def deletion(cast, at):
    return familyview.ask_for_deletion(cast, at)


@pytest.fixture
def correction(cast, at):
    return requests.ask(
        adult=cast.adults["mother"],
        student=cast.students["mengyao"],
        kind="correction",
        words="住址：搬到三组了",
        key=uuid4(),
        at=at,
    )


def as_user(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], BACKEND)
    return client


def check(cast, row, at, *, is_cleared=True):
    return requests.check(
        request=row, by=cast.users["counsellor"], is_cleared=is_cleared, note="都看过了",
        answer="要留着", at=at,
    )  # fmt: skip


class TestTheClock:
    def test_an_answer_is_due_within_the_promised_days(self, correction):
        asked_on = timezone.localdate(correction.asked_at)
        assert correction.due_on - asked_on == timedelta(days=requests.ANSWER_DAYS)
        assert requests.ANSWER_DAYS <= 30  # GB/T 35273-2020, 8.7

    def test_late_ones_are_found(self, correction):
        assert list(requests.open_requests(correction.due_on)) == []
        assert list(requests.open_requests(correction.due_on + timedelta(days=1))) == [correction]

    def test_today_has_a_row_for_whoever_answers(self, cast, correction, at):
        for who in ("principal", "admin"):
            (item,) = work.work_for(cast.users[who], at)
            assert (item.lane, item.student_id) == (Lane.AWAITING_ANSWER, correction.student_id)
            assert item.why.endswith(f"还剩 {requests.ANSWER_DAYS} 天。")
        for who in ("teacher", "counsellor", "far_teacher", "county"):
            assert work.work_for(cast.users[who], at) == []

    def test_a_deletion_is_first_a_row_for_whoever_checks(self, cast, deletion, at):
        assert len(work.work_for(cast.users["counsellor"], at)) == 1
        assert work.work_for(cast.users["admin"], at) == []
        check(cast, deletion, at)
        assert work.work_for(cast.users["counsellor"], at) == []
        assert len(work.work_for(cast.users["admin"], at)) == 1

    def test_answered_and_withdrawn_ones_leave_today(self, cast, correction, at):
        requests.withdraw(request=correction, at=at)
        assert work.work_for(cast.users["admin"], at) == []

    def test_many_cost_what_one_costs(self, cast, correction, at, django_assert_num_queries):
        with CaptureQueriesContext(connection) as few:
            work.work_for(cast.users["admin"], at)
        for _number in range(9):
            requests.ask(
                adult=cast.adults["mother"], student=cast.students["xiaobao"], kind="correction",
                words="x", key=uuid4(), at=at,
            )  # fmt: skip
        with django_assert_num_queries(len(few)):
            assert len(work.work_for(cast.users["admin"], at)) == 10


class TestTheFamilyHears:
    def test_an_answer_is_told_once_and_names_nobody(self, cast, correction, at):
        assert standing(at) == {}
        for _time in range(2):
            requests.answer(
                request=correction, by=cast.users["admin"], is_done=True, words="改了", at=at
            )
        assert OutboxMessage.objects.count() == 1
        message = standing(at)[f"data-request:{correction.pk}"]
        assert message.adult_id == correction.adult_id
        assert "梦瑶" not in message.payload["words"]
        assert message.payload["path"] == f"/f/children/{correction.student_id}/"
        assert standing(at + timedelta(days=8)) == {}

    def test_taking_back_and_a_copy_are_no_answers(self, cast, correction, at):
        requests.withdraw(request=correction, at=at)
        requests.note_copy(
            adult=cast.adults["mother"], student=cast.students["mengyao"], key=uuid4(), at=at
        )
        assert not OutboxMessage.objects.exists()


class TestTheSchoolsPages:
    def test_the_list_shows_what_waits_and_how_long(self, cast, correction, deletion):
        page = as_user(cast, "admin").get("/privacy/requests/").content.decode()
        assert page.count("徐梦瑶") == 2
        assert f"还剩 {requests.ANSWER_DAYS} 天" in page

    def test_the_counsellor_sees_deletions_only(self, cast, correction, deletion):
        client = as_user(cast, "counsellor")
        assert client.get("/privacy/requests/").content.decode().count("徐梦瑶") == 1
        assert client.get(f"/privacy/requests/{correction.pk}/").status_code == 404
        assert client.get(f"/privacy/requests/{deletion.pk}/").status_code == 200

    def test_an_answer_needs_words(self, cast, correction):
        client, address = as_user(cast, "admin"), f"/privacy/requests/{correction.pk}/"
        assert client.post(address, {"outcome": "done", "words": ""}).status_code == 422
        correction.refresh_from_db()
        assert correction.state == "open"
        client.post(address, {"outcome": "done", "words": "住址已改"})
        correction.refresh_from_db()
        assert (correction.state, correction.answer) == ("done", "住址已改")
        assert correction.answered_by == cast.users["admin"]

    def test_twice_is_once(self, cast, correction, at):
        first = requests.answer(
            request=correction, by=cast.users["admin"], is_done=True, words="改了", at=at
        )
        again = requests.answer(
            request=correction, by=cast.users["principal"], is_done=False, words="不改", at=at
        )
        assert (again.state, again.answer) == (first.state, first.answer)

    def test_who_checks_is_not_who_carries_out(self, cast, deletion):
        counsellor = as_user(cast, "counsellor")
        address = f"/privacy/requests/{deletion.pk}/"
        counsellor.post(address, {"verdict": "cleared", "note": "没有未了结的事"})
        deletion.refresh_from_db()
        assert (deletion.state, deletion.checked_by) == ("cleared", cast.users["counsellor"])
        assert counsellor.post(f"{address}erase/", {"is_sure": "1"}).status_code == 404
        assert Student.objects.filter(pk=cast.students["mengyao"].pk).exists()

    def test_kept_tells_the_family_nothing_of_why(self, cast, deletion):
        as_user(cast, "counsellor").post(
            f"/privacy/requests/{deletion.pk}/", {"verdict": "kept", "note": "另有一件事没完"}
        )
        deletion.refresh_from_db()
        assert deletion.state == "refused"
        assert "另有" not in deletion.answer
        page = as_user(cast, "mother").get(f"/f/children/{deletion.student_id}/").content.decode()
        assert deletion.answer in page
        assert "另有一件事没完" not in page

    def test_the_note_of_a_check_is_not_for_the_office(self, cast, deletion, at):
        check(cast, deletion, at)
        address = f"/privacy/requests/{deletion.pk}/"
        assert "都看过了" in as_user(cast, "principal").get(address).content.decode()
        assert "都看过了" not in as_user(cast, "admin").get(address).content.decode()


class TestErasing:
    """A deletion that was checked: afterwards the words are nowhere in the database."""

    WORDS = (
        "徐梦瑶", "梦瑶", "620622201705040021", "G620622201705040021", "黄羊川村三组", "花生过敏",
        familyview.GOOD, familyview.LETTER["mood"], "请给孩子寄一张近照", "我们聊了作业",
        familyview.WITHHELD["observation about the home"], familyview.WITHHELD["teacher's note"],
        familyview.WITHHELD["what another adult answered"], familyview.WITHHELD["visit"],
        familyview.WITHHELD["note of a check"], "孩子转学了", "一双棉鞋",
    )  # fmt: skip
    OF_ADULTS = ("王芳", "13893510001", "李秀兰", "13893510003", "徐建军", "13893510002", "昆山")

    @pytest.fixture
    def only_child(self, cast):
        """The family has this one child; her brother is another family's."""
        Guardianship.objects.filter(student=cast.students["xiaobao"]).delete()

    @pytest.fixture
    def filled(self, cast, at):
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(
            id_number="620622201705040021", student_number="G620622201705040021",
            address="黄羊川村三组", health="花生过敏",
        )  # fmt: skip
        news = familyview.fill(cast, at).news
        # Said once and corrected: only the history still holds it.
        Observation.objects.filter(pk=news.pk).update(words=ONLY_IN_HISTORY)
        Observation.objects.filter(pk=news.pk).update(
            words=familyview.GOOD, photo=self.photo(cast, at)
        )
        self.answered_questions(cast, at)
        self.closed_case(cast, at)
        self.close_concerns(cast, at)
        self.came_by_roster(cast, at)
        return familyview.ask_for_deletion(cast, at)

    def photo(self, cast, at):
        row = Upload.objects.create(
            school=cast.school, student=cast.students["mengyao"], kind="photo", created_at=at
        )
        row.contents.create(content_type="image/jpeg", data=b"a picture")
        return row

    def answered_questions(self, cast, at):
        seat = surveys.answer(surveys.seat_of(cast), {"mood": "5", "listened": "0"})
        write_to_do(seat=seat, words="多听她说", by=cast.users["counsellor"], at=at)

    def closed_case(self, cast, at):
        case = cases.make_case(cast, at)
        cases.note(case, "summary", at=at)
        cases.attachment(case, at=at)
        case_actions.move(case=case, by=case.owner, to="closed", outcome="moved", at=at)

    def close_concerns(self, cast, at):
        Concern.objects.filter(student=cast.students["mengyao"]).update(
            closed_at=at, closed_by=cast.users["counsellor"]
        )

    def came_by_roster(self, cast, at):
        row = RosterImport.objects.create(
            school=cast.school, uploaded_by=cast.users["admin"], uploaded_at=at, state="done",
            file_name="花名册.csv", content="徐梦瑶,三年级2班".encode(), decisions={"1,name": "徐梦瑶"},
        )  # fmt: skip
        RosterResult.objects.create(
            roster_import=row, row_number=2, kind="created", student=cast.students["mengyao"],
            student_name="徐梦瑶", changes=[{"field": "name", "after": "徐梦瑶"}],
        )  # fmt: skip
        mother = cast.adults["mother"]
        message = OutboxMessage.objects.create(
            school=cast.school, dedupe_key="erase-1", kind="check_in", adult=mother, state="due",
            address="+8613893510001", due_at=at, expires_at=at + timedelta(days=1),
        )  # fmt: skip
        message.attempts.create(
            school=cast.school, channel="sms", result="temporary", detail="13893510001 busy"
        )
        account = ChannelAccount.objects.create(school=cast.school, kind="sms")
        message.receipts.create(
            school=cast.school, account=account, digest="d", verdict="failed",
            reference="13893510001", detail="13893510001", raw={"mobile": "13893510001"},
        )  # fmt: skip
        DemoPhoneMessage.objects.create(
            school=cast.school, idempotency_key=uuid4(), user=cast.users["teacher"],
            address="+8613909350001", text="梦瑶需要大人",
        )  # fmt: skip

    def carry_out(self, cast, row, at):
        check(cast, row, at)
        return as_user(cast, "principal").post(
            f"/privacy/requests/{row.pk}/erase/", {"is_sure": "1"}, follow=True
        )

    def where_found(self, words) -> list[str]:
        """Tables with a row that holds the words in any column, histories and logs included."""
        found = []
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                rows = sql.SQL("SELECT count(*) FROM {} AS t WHERE t::text LIKE %s")
                cursor.execute(rows.format(sql.Identifier(table)), [f"%{words}%"])
                if cursor.fetchone()[0]:
                    found.append(table)
        return found

    def test_all_words_are_there_before(self, cast, filled, only_child):
        for words in (*self.WORDS, *self.OF_ADULTS):
            assert self.where_found(words), words

    def test_no_word_is_there_afterwards(self, cast, filled, only_child, at):
        assert self.carry_out(cast, filled, at).status_code == 200
        connection.check_constraints()  # deferred ones, which only a commit would ask for
        left = {words: self.where_found(words) for words in (*self.WORDS, *self.OF_ADULTS)}
        assert {words: tables for words, tables in left.items() if tables} == {}
        assert not Student.objects.filter(pk=cast.students["mengyao"].pk).exists()
        assert not UploadContent.objects.exists()
        assert not Answer.objects.exists()
        assert self.where_found("多听她说") == []
        assert not Note.objects.exists()
        assert not AttachmentContent.objects.exists()

    @pytest.mark.parametrize("kind", ["skipped", "created"])
    def test_a_roster_whose_row_no_longer_names_the_file(self, cast, filled, only_child, at, kind):
        """The row was left out, or the import was taken back; its file still holds the child."""
        row = RosterImport.objects.create(
            school=cast.school, uploaded_by=cast.users["admin"], uploaded_at=at, state="done",
            file_name="花名册2.csv", content="徐梦瑶,620622201705040021".encode(),
        )  # fmt: skip
        RosterResult.objects.create(
            roster_import=row, row_number=2, kind=kind, student_name="徐梦瑶"
        )
        self.carry_out(cast, filled, at)
        row.refresh_from_db()
        assert bytes(row.content) == b""
        assert row.results.get().student_name == ""

    def test_the_request_outlives_what_it_removed(self, cast, filled, only_child, at):
        self.carry_out(cast, filled, at)
        filled.refresh_from_db()
        assert (filled.state, filled.student, filled.words) == ("done", None, "")
        assert filled.answered_by == cast.users["principal"]
        page = as_user(cast, "admin").get("/privacy/requests/").content.decode()
        assert "已删除" in page

    def test_states_of_messages_and_the_log_of_readers_stay(self, cast, filled, only_child, at):
        readers = AccessRecord.objects.filter(student_id=filled.student_id).count()
        assert readers
        self.carry_out(cast, filled, at)
        message = OutboxMessage.objects.get(dedupe_key="erase-1")
        assert (message.state, message.address) == ("suppressed", "")
        assert message.attempts.get().detail == ""
        kept = AccessRecord.objects.filter(student_id=cast.students["mengyao"].pk)
        assert kept.count() >= readers

    def test_the_account_opens_nothing_any_more(self, cast, filled, only_child, at):
        mother = as_user(cast, "mother")
        assert mother.get("/f/").status_code == 200
        self.carry_out(cast, filled, at)
        assert mother.get("/f/").status_code == 302
        user = User.objects.get(pk=cast.users["mother"].pk)
        assert (user.is_active, user.name) == (False, "")

    def test_brother_and_parents_of_another_child_stay_whole(self, cast, filled, at):
        before = {model: set(model.objects.values_list("pk", flat=True)) for model in (Adult, User)}
        self.carry_out(cast, filled, at)
        assert Student.objects.filter(name="徐小宝").exists()
        assert Guardianship.objects.filter(student=cast.students["xiaobao"]).count() == 3
        for model, keys in before.items():
            assert set(model.objects.values_list("pk", flat=True)) == keys
        cast.adults["mother"].refresh_from_db()
        assert cast.adults["mother"].name == "王芳"
        assert as_user(cast, "mother").get("/f/").status_code == 200
        assert self.where_found("徐梦瑶") == []
        assert self.where_found("我们聊了作业") == []

    def test_a_question_about_this_child_alone_is_asked_no_more(self, cast, filled, at):
        CheckIn.objects.filter(adult=cast.adults["mother"]).update(
            state="waiting", next_step_at=at + timedelta(hours=1)
        )
        self.carry_out(cast, filled, at)
        row = CheckIn.objects.get(adult=cast.adults["mother"])
        assert (row.state, row.next_step_at) == ("closed", None)

    def test_other_children_keep_everything(self, cast, filled, only_child, at):
        other = cast.students["haitao"]
        familyview.observe(
            cast, at, "帮同学搬书", student=other, tell_family=True, strengths=["helps"]
        )
        self.carry_out(cast, filled, at)
        assert Observation.objects.filter(student=other, words="帮同学搬书").exists()
        assert Observation.pgh_event_model.objects.filter(student_id=other.pk).exists()

    def test_append_only_tables_refuse_again_afterwards(self, cast, filled, only_child, at):
        self.carry_out(cast, filled, at)
        with pytest.raises(InternalError), transaction.atomic():
            AccessRecord.objects.all().delete()

    def test_without_the_check_nothing_goes(self, cast, filled, at):
        answer = as_user(cast, "principal").post(
            f"/privacy/requests/{filled.pk}/erase/", {"is_sure": "1"}
        )
        assert answer.status_code == 302
        assert Student.objects.filter(pk=filled.student_id).exists()
        filled.refresh_from_db()
        assert filled.state == "checking"

    def test_without_the_tick_nothing_goes(self, cast, filled, at):
        check(cast, filled, at)
        as_user(cast, "principal").post(f"/privacy/requests/{filled.pk}/erase/")
        assert Student.objects.filter(pk=filled.student_id).exists()

    def test_a_concern_since_the_check_sends_it_back(self, cast, filled, at):
        check(cast, filled, at)
        safeguarding.raise_worry(
            student=cast.students["mengyao"], by=cast.users["teacher"], words="不说话了",
            is_urgent=False, at=at + timedelta(minutes=1), key="later",
        )  # fmt: skip
        as_user(cast, "principal").post(f"/privacy/requests/{filled.pk}/erase/", {"is_sure": "1"})
        filled.refresh_from_db()
        assert (filled.state, filled.checked_by) == ("checking", None)
        assert Student.objects.filter(pk=filled.student_id).exists()

    @pytest.mark.parametrize("change", ["blocked", "tie ended"])
    def test_whoever_asked_and_may_not_any_more_deletes_nothing(self, cast, filled, at, change):
        check(cast, filled, at)
        if change == "blocked":
            block_adult(
                adult=cast.adults["mother"], reason="法院", by=cast.users["principal"], at=at
            )
        else:
            Guardianship.objects.filter(adult=cast.adults["mother"]).update(
                ends_on=timezone.localdate(at) - timedelta(days=1)
            )
        as_user(cast, "principal").post(f"/privacy/requests/{filled.pk}/erase/", {"is_sure": "1"})
        filled.refresh_from_db()
        assert (filled.state, filled.checked_by) == ("checking", None)
        assert Student.objects.filter(pk=filled.student_id).exists()

    def test_an_open_case_sends_it_back(self, cast, filled, at):
        check(cast, filled, at)
        cases.make_case(cast, at)
        self.close_concerns(cast, at)
        as_user(cast, "principal").post(f"/privacy/requests/{filled.pk}/erase/", {"is_sure": "1"})
        filled.refresh_from_db()
        assert filled.state == "checking"
        assert Student.objects.filter(pk=filled.student_id).exists()

    def test_a_second_tap_changes_nothing(self, cast, filled, only_child, at):
        self.carry_out(cast, filled, at)
        answer = as_user(cast, "principal").post(
            f"/privacy/requests/{filled.pk}/erase/", {"is_sure": "1"}
        )
        assert answer.status_code == 302
        assert DataRequest.objects.get(pk=filled.pk).state == "done"


class TestWhoMayNotDecide:
    """A deletion needs two people of the school, neither of whom belongs to the child's family."""

    def erase(self, cast, who, row):
        return as_user(cast, who).post(f"/privacy/requests/{row.pk}/erase/", {"is_sure": "1"})

    def is_there(self, row):
        return Student.objects.filter(pk=row.student_id).exists()

    @pytest.fixture(autouse=True)
    def nothing_open(self, cast, at):
        Concern.objects.filter(student=cast.students["mengyao"]).update(
            closed_at=at, closed_by=cast.users["counsellor"]
        )

    def test_who_checked_it_does_not_carry_it_out(self, cast, deletion, at):
        """A principal may do both, but not for the same request."""
        address = f"/privacy/requests/{deletion.pk}/"
        principal = as_user(cast, "principal")
        principal.post(address, {"verdict": "cleared", "note": "没有未了结的事"})
        page = principal.get(address)
        assert page.context["may_erase"] is False
        assert "另一位" in page.content.decode()
        self.erase(cast, "principal", deletion)
        assert self.is_there(deletion)
        assert work.work_for(cast.users["principal"], at) == []
        assert len(work.work_for(cast.users["admin"], at)) == 1
        assert self.erase(cast, "admin", deletion).status_code == 302
        assert not self.is_there(deletion)

    def test_nobody_erases_a_file_that_is_closed_to_them(self, cast, deletion, at):
        check(cast, deletion, at)
        set_barrier(
            student=deletion.student, user=cast.users["admin"], reason="x",
            by=cast.users["principal"], at=at,
        )  # fmt: skip
        assert self.erase(cast, "admin", deletion).status_code == 404
        assert self.is_there(deletion)

    def test_a_colleague_of_the_family_neither_checks_nor_deletes(self, cast, deletion, at):
        """Otherwise a mother who leads the school would judge her own wish, and read the note."""
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(user=cast.users["principal"])
        address = f"/privacy/requests/{deletion.pk}/"
        mother = as_user(cast, "principal")
        said = {"verdict": "cleared", "note": "没事"}
        assert mother.post(address, said).status_code == 404
        assert work.work_for(cast.users["principal"], at) == []
        check(cast, deletion, at)
        assert self.erase(cast, "principal", deletion).status_code == 404
        assert work.work_for(cast.users["principal"], at) == []
        assert self.is_there(deletion)
        # The two others go on.
        assert self.erase(cast, "admin", deletion).status_code == 302
        assert not self.is_there(deletion)

    @pytest.mark.parametrize("kind", ["deletion", "correction"])
    def test_so_it_is_with_a_file_that_came_back_with_a_backup(self, cast, kind, at):
        row = requests.ask(
            adult=cast.adults["mother"], student=cast.students["mengyao"], kind=kind,
            words="", key=uuid4(), at=at,
        )  # fmt: skip
        assert erase_again(student_key=cast.students["mengyao"].pk, at=at)
        row.refresh_from_db()
        assert row.state == ("done" if kind == "deletion" else "refused")
        assert not requests.open_requests().exists()

    @pytest.mark.parametrize("kind", ["deletion", "correction"])
    def test_what_else_was_asked_about_the_file_is_answered_with_it(self, cast, deletion, kind, at):
        """Nobody could answer it afterwards, and it would be late for ever."""
        Guardianship.objects.filter(adult=cast.adults["grandmother"]).update(may_decide=True)
        other = requests.ask(
            adult=cast.adults["grandmother"], student=cast.students["mengyao"], kind=kind,
            words="一样的请求", key=uuid4(), at=at,
        )  # fmt: skip
        check(cast, deletion, at)
        self.erase(cast, "admin", deletion)
        assert not self.is_there(deletion)
        other.refresh_from_db()
        assert other.state == ("done" if kind == "deletion" else "refused")
        assert (other.answered_by, other.words) == (cast.users["admin"], "")
        assert "删除" in other.answer
        assert not requests.open_requests().exists()

    def test_what_somebody_holds_back_is_not_deleted(self, cast, deletion, at):
        """An office has asked for the file. The person who checks the wish may not know that."""
        held = hold(
            student=deletion.student, reason="法院来函调取", by=cast.users["principal"], at=at
        )
        check(cast, deletion, at)
        page = as_user(cast, "admin").post(
            f"/privacy/requests/{deletion.pk}/erase/", {"is_sure": "1"}, follow=True
        )
        assert self.is_there(deletion)
        assert "先取消保留" in page.content.decode()
        lift(hold=held, by=cast.users["principal"], at=at)
        self.erase(cast, "admin", deletion)
        assert not self.is_there(deletion)

    def test_a_colleague_of_the_family_still_answers_a_correction(self, cast, correction, at):
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(user=cast.users["principal"])
        address = f"/privacy/requests/{correction.pk}/"
        assert as_user(cast, "principal").get(address).status_code == 200
