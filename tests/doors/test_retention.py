"""What is over goes by itself: each rule, who is kept back from it, the log, the pages."""

from datetime import timedelta
from uuid import uuid4

import pgtrigger
import pytest
from django.apps import apps
from django.db import InternalError, connection, transaction
from django.test import Client
from django.utils import timezone
from psycopg2 import sql

from accounts import verifying as sealed_logs
from classroom.models import AttendanceMark, LeaveRequest, Observation
from core import clock
from counselling.cases import verifying as case_log
from counselling.models import Case, CaseEntry
from delivery.models import ChannelAccount, DeliveryReceipt, Restore
from doors.staff.retention import actions, presenters, queries
from doors.staff.retention.rules import (
    BY_KEY,
    DELETE,
    EMPTY,
    FILE,
    LEFT,
    NOTICE_DAYS,
    RULES,
    YEAR,
    acts_from,
    over_before,
)
from doors.tasks import let_go
from homeschool.field_classes import FIELD_CLASSES, PLAIN
from messaging.models import CheckIn, CheckInLine, Reply
from privacy import requests
from privacy.models import DataRequest, Erasure, RetentionEntry, RetentionHold, RetentionStart
from privacy.retention.actions import hold, lift
from rosters.models import RosterImport, RosterResult
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from students.models import Enrolment, Student
from tests.factories import cases, reports, threads
from tests.factories.classroom import make_note
from threads.models import Thread, ThreadMessage
from uploads.models import Upload, UploadContent

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
SAID = "把同学的铅笔盒扔进了水沟"


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def begun(cast, at):
    """What will go could be seen for long enough."""
    return RetentionStart.objects.create(
        school=cast.school, announced_at=at - timedelta(days=NOTICE_DAYS + 1)
    )


def ago(at, rule: str, more: int = 1):
    return at - timedelta(days=BY_KEY[rule].days + more)


def old_note(cast, at, child="mengyao", more: int = 1) -> Observation:
    note = make_note(cast, child, words=SAID)
    Observation.objects.filter(pk=note.pk).update(happened_at=ago(at, "notes", more))
    return note


def leave_school(student: Student, at, days: int) -> None:
    last = timezone.localdate(at) - timedelta(days=days)
    Enrolment.objects.filter(student=student).update(
        starts_on=last - timedelta(days=300), ends_on=last, left_reason="finished"
    )


def where_found(words: str) -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            rows = sql.SQL("SELECT count(*) FROM {} AS t WHERE t::text LIKE %s")
            cursor.execute(rows.format(sql.Identifier(table)), [f"%{words}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


class TestTheTable:
    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
    def test_each_rule_names_what_there_is(self, cast, at, rule):
        assert rule.key in presenters.WORDS
        assert set(rule.keeps) <= set(FIELD_CLASSES[rule.model])
        if rule.act == EMPTY:
            assert queries.fields_of(rule)
            classes = FIELD_CLASSES[rule.model]
            assert any(classes[field.name] != PLAIN for field in queries.fields_of(rule))
        assert queries.to_delete(rule, cast.school, timezone.localdate(at), [0]).count() == 0

    def test_a_span_is_counted_from_the_event(self, at):
        on = timezone.localdate(at)
        assert over_before(BY_KEY["notes"], on) == on - timedelta(days=3 * YEAR)
        assert acts_from(at, None) == at + timedelta(days=NOTICE_DAYS)
        later = at + timedelta(days=5)
        assert acts_from(at, later) == later + timedelta(days=NOTICE_DAYS)
        assert acts_from(later, at) == later + timedelta(days=NOTICE_DAYS)

    def test_nothing_is_kept_shorter_or_longer_than_was_decided(self):
        assert NOTICE_DAYS == 30
        assert {rule.key: (rule.event, rule.days, rule.act) for rule in RULES} == {
            "file": (LEFT, 1095, FILE),
            "health": (LEFT, 365, EMPTY),
            "notes": ("happened_at", 1095, DELETE),
            "talks": ("at", 1095, DELETE),
            "answers": ("check_in__due_on", 730, EMPTY),
            "replies": ("at", 730, EMPTY),
            "absences": ("marked_on", 365, EMPTY),
            "leave": ("ends_on", 365, EMPTY),
            "imports": ("uploaded_at", 365, EMPTY),
            "import_rows": ("roster_import__uploaded_at", 365, EMPTY),
            "reports": ("received_at", 90, EMPTY),
        }

    def test_only_the_file_goes_whole(self):
        assert [rule.key for rule in RULES if rule.act == FILE] == ["file"]

    @pytest.mark.parametrize(
        ("rule", "index"),
        [
            ("notes", "observations_by_age"),
            ("talks", "messages_by_age"),
            ("answers", "lines_with_words"),
            ("replies", "replies_by_age"),
            ("absences", "reasons_by_age"),
            ("leave", "leave_by_age"),
            ("reports", "receipts_by_age"),
        ],
    )
    def test_it_reads_what_is_over_and_nothing_else(self, cast, at, rule, index):
        with connection.cursor() as cursor:
            # The tables are empty: what any index costs is the same, and only its order tells them apart.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        rows = queries.over(BY_KEY[rule], cast.school, timezone.localdate(at))
        assert index in rows.order_by(*queries.oldest_first(BY_KEY[rule])).explain()


class TestWhatGoes:
    def test_a_note_with_its_photo_and_history(self, cast, at, begun):
        note = old_note(cast, at)
        photo = Upload.objects.create(
            school=cast.school, student=note.student, kind="photo", created_at=at
        )
        photo.contents.create(content_type="image/jpeg", data=b"a picture")
        Observation.objects.filter(pk=note.pk).update(photo=photo)
        young = old_note(cast, at, more=-2)
        far = make_note(cast, "yuan", by="far_teacher")
        Observation.objects.filter(pk=far.pk).update(happened_at=ago(at, "notes"))
        assert let_go() == 1
        connection.check_constraints()
        assert set(Observation.objects.values_list("pk", flat=True)) == {young.pk, far.pk}
        assert not Observation.pgh_event_model.objects.filter(pgh_obj_id=note.pk).exists()
        assert not UploadContent.objects.exists()
        entry = RetentionEntry.objects.get()
        assert (entry.school, entry.rule, entry.count) == (cast.school, "notes", 1)

    def test_a_photo_that_another_row_shows_stays(self, cast, at, begun):
        note, young = old_note(cast, at), make_note(cast)
        photo = Upload.objects.create(
            school=cast.school, student=note.student, kind="photo", created_at=at
        )
        Observation.objects.filter(pk__in=[note.pk, young.pk]).update(photo=photo)
        assert let_go() == 1
        young.refresh_from_db()
        assert young.photo == photo

    def test_a_conversation_but_not_while_it_waits_for_the_school(self, cast, at, begun):
        asked = threads.mother_writes(cast, SAID)
        threads.teacher_writes(cast, text="好多了，晚上不咳了")
        with pgtrigger.ignore():
            ThreadMessage.objects.all().update(at=ago(at, "talks"))
        Thread.objects.exclude(pk=asked.thread_id).update(state="done")
        Thread.objects.filter(pk=asked.thread_id).update(state="waiting_school")
        # Outside the hours of the school one of them is our own answer, in a conversation of its own.
        here = ThreadMessage.objects.filter(thread=asked.thread_id).count()
        elsewhere = ThreadMessage.objects.count() - here
        assert let_go() == elsewhere
        Thread.objects.all().update(state="done")
        assert let_go() == here
        connection.check_constraints()
        assert not ThreadMessage.objects.exists()
        assert where_found(SAID) == []

    def test_the_words_of_an_answer_and_not_the_answer(self, cast, at, begun):
        on = timezone.localdate(ago(at, "answers"))
        check_in = CheckIn.objects.create(
            school=cast.school, adult=cast.adults["mother"], due_on=on, state="answered",
            asked_at=ago(at, "answers"), answered_at=ago(at, "answers"),
            expires_at=ago(at, "answers", -9),
        )  # fmt: skip
        line = CheckInLine.objects.create(
            school=cast.school, check_in=check_in, student=cast.students["mengyao"],
            answer="talked", mood=4, words=SAID,
        )  # fmt: skip
        Reply.objects.create(
            school=cast.school, line=line, key=uuid4(), act="answer", answer="talked", words=SAID,
            at=ago(at, "replies"),
        )  # fmt: skip
        assert let_go() == 2
        line.refresh_from_db()
        assert (line.answer, line.mood, line.words) == ("talked", 4, "")
        assert Reply.objects.get().answer == "talked"
        assert where_found(SAID) == []
        assert let_go() == 0

    def test_a_reason_for_absence_and_not_the_day(self, cast, at, begun):
        day = timezone.localdate(ago(at, "absences"))
        AttendanceMark.objects.create(
            school=cast.school, student=cast.students["mengyao"], marked_on=day, kind="absent",
            reason=SAID, written_by=cast.users["teacher"], written_at=at,
        )  # fmt: skip
        LeaveRequest.objects.create(
            school=cast.school, student=cast.students["mengyao"], adult=cast.adults["mother"],
            key=uuid4(), starts_on=day, ends_on=day, reason="ill", words=SAID, collects="home",
            asked_at=at, state="agreed", decided_by=cast.users["teacher"], decided_at=at,
        )  # fmt: skip
        assert let_go() == 2
        assert AttendanceMark.objects.get().marked_on == day
        assert LeaveRequest.objects.get().words == ""
        assert where_found(SAID) == []

    def test_what_came_with_a_roster_and_what_a_provider_said(self, cast, at, begun):
        row = RosterImport.objects.create(
            school=cast.school, uploaded_by=cast.users["admin"], uploaded_at=ago(at, "imports"),
            state="done", file_name="r.csv", content=SAID.encode(), decisions={"1": SAID},
        )  # fmt: skip
        RosterResult.objects.create(
            roster_import=row, row_number=2, kind="created", student=cast.students["mengyao"],
            student_name=SAID, changes=[{"after": SAID}],
        )  # fmt: skip
        account = ChannelAccount.objects.create(school=cast.school, kind="sms")
        DeliveryReceipt.objects.create(
            school=cast.school, account=account, digest="d", verdict="failed", detail=SAID,
            raw={"said": SAID}, received_at=ago(at, "reports"), settled_at=at,
        )  # fmt: skip
        assert let_go() == 3
        assert where_found(SAID) == []
        assert RosterImport.objects.get().state == "done"
        assert RosterResult.objects.get().student == cast.students["mengyao"]
        assert DeliveryReceipt.objects.get().verdict == "failed"

    def test_health_of_a_child_who_left_a_year_ago(self, cast, at, begun):
        child = cast.students["haitao"]
        name = child.name
        Student.objects.filter(pk=child.pk).update(health=SAID, id_number="620622201705040021")
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(health="花生过敏")
        leave_school(child, at, days=YEAR + 1)
        assert let_go() == 1
        child.refresh_from_db()
        assert (child.health, child.id_number) == ("", "")
        assert child.name == name
        assert child.born_on is not None
        assert where_found(SAID) == []
        assert where_found("620622201705040021") == []
        assert where_found("花生过敏") != []

    def test_a_child_who_came_back_keeps_everything(self, cast, at, begun):
        child = cast.students["haitao"]
        Student.objects.filter(pk=child.pk).update(health=SAID)
        leave_school(child, at, days=4 * YEAR)
        Enrolment.objects.create(
            school=cast.school, student=child, school_class=cast.next_class,
            starts_on=timezone.localdate(at) - timedelta(days=20),
        )  # fmt: skip
        assert let_go() == 0

    def test_the_file_three_years_after_the_last_day(self, cast, at, begun):
        child = cast.students["haitao"]
        leave_school(child, at, days=3 * YEAR)
        let_go()
        assert Student.objects.filter(pk=child.pk).exists()
        leave_school(child, at, days=3 * YEAR + 1)
        assert let_go() == 1
        connection.check_constraints()
        assert where_found(child.name) == []
        # By this list a restore deletes it again.
        assert Erasure.objects.get().student_key == child.pk

    def test_a_file_stays_three_years_after_the_last_case(self, cast, at, begun):
        child = cast.students["haitao"]
        case = cases.make_case(cast, at, student="haitao")
        cases.note(case, at=at)
        Concern.objects.all().update(closed_at=at - timedelta(days=3 * YEAR - 2))
        Case.objects.filter(pk=case.pk).update(
            closed_at=at - timedelta(days=3 * YEAR - 2), state="closed"
        )
        leave_school(child, at, days=4 * YEAR)
        let_go()
        assert Student.objects.filter(pk=child.pk).exists()
        past = at - timedelta(days=3 * YEAR + 2)
        Concern.objects.all().update(closed_at=past)
        Case.objects.filter(pk=case.pk).update(closed_at=past)
        let_go()
        connection.check_constraints()
        assert not Student.objects.filter(pk=child.pk).exists()
        assert not Case.objects.exists()
        # The sealed log of cases is whole, and misses nothing.
        assert CaseEntry.objects.filter(kind="erased", case_id=case.pk).count() == 1
        assert sealed_logs.look().broken == ()
        assert case_log.broken(at) == []
        with pgtrigger.ignore():
            CaseEntry.objects.filter(kind="erased").delete()
        assert any("it is gone" in line for line in case_log.broken(at))


def _concern(cast, at):
    safeguarding.raise_worry(
        student=cast.students["mengyao"], by=cast.users["teacher"], words="手臂上有旧伤",
        is_urgent=False, at=at, key="kept",
    )  # fmt: skip


def _case(cast, at):
    cases.make_case(cast, at)
    Concern.objects.all().update(closed_at=at)


def _report(cast, at):
    reports.make_report(cast, at=at)
    Concern.objects.all().update(closed_at=at)


def _hold(cast, at):
    hold(student=cast.students["mengyao"], reason="法院要看", by=cast.users["admin"], at=at)


def _request(cast, at):
    requests.ask(
        adult=cast.adults["mother"], student=cast.students["mengyao"], kind="correction",
        key=uuid4(), at=at,
    )  # fmt: skip


class TestWhatStays:
    @pytest.mark.parametrize("open_", [_concern, _case, _report, _hold, _request])
    def test_everything_of_a_child_about_whom_something_is_open(self, cast, at, begun, open_):
        note, other = old_note(cast, at), old_note(cast, at, "haitao")
        Student.objects.filter(pk=note.student_id).update(health="花生过敏")
        open_(cast, at)
        leave_school(note.student, at, days=9 * YEAR)
        [ahead] = [
            one
            for one in queries.ahead(cast.school, timezone.localdate(at))
            if one.rule.key == "notes"
        ]
        assert ahead.count == 1
        assert let_go() == 1
        assert not Observation.objects.filter(pk=other.pk).exists()
        assert Observation.objects.filter(pk=note.pk).exists()
        assert where_found("花生过敏") != []

    def test_a_hold_ends_when_somebody_lifts_it(self, cast, at, begun):
        old_note(cast, at)
        _hold(cast, at)
        _hold(cast, at)
        row = RetentionHold.objects.get()
        assert let_go() == 0
        lift(hold=row, by=cast.users["principal"], at=at)
        lift(hold=row, by=cast.users["admin"], at=at)
        row.refresh_from_db()
        assert row.lifted_by == cast.users["principal"]
        assert let_go() == 1

    def test_nothing_goes_before_it_could_be_seen(self, cast, at):
        old_note(cast, at)
        assert let_go() == 0
        start = RetentionStart.objects.get(school=cast.school)
        assert abs(start.announced_at - at) < timedelta(minutes=5)
        assert actions.let_go(at + timedelta(days=NOTICE_DAYS - 1)) == 0
        assert actions.let_go(at + timedelta(days=NOTICE_DAYS + 1)) == 1

    def test_a_restore_gives_time_to_keep_back_again(self, cast, at, begun):
        old_note(cast, at)
        Restore.objects.create(taken_at=at - timedelta(days=3), loaded_at=at - timedelta(days=2))
        assert let_go() == 0
        assert actions.let_go(at + timedelta(days=NOTICE_DAYS)) == 1

    def test_something_opened_meanwhile_is_seen_under_the_lock(self, cast, at, begun):
        note = old_note(cast, at)
        _hold(cast, at)
        kept = actions._locked(BY_KEY["notes"], {note.pk}, {note.student_id})
        assert kept == set()


class TestTheRun:
    def test_batch_after_batch_and_the_log_says_how_many(self, cast, at, begun, monkeypatch):
        monkeypatch.setattr(actions, "ROWS_AT_ONCE", 2)
        for _ in range(5):
            old_note(cast, at)
        assert actions.let_go(at, task_seconds=0) == 0
        assert let_go() == 5
        assert sorted(RetentionEntry.objects.values_list("count", flat=True)) == [1, 2, 2]
        assert let_go() == 0
        [shown] = queries.gone(cast.school, timezone.localdate(at))
        assert shown["n"] == 5

    def test_rows_that_cannot_go_hold_up_no_other_rule(self, cast, at, begun, monkeypatch):
        old_note(cast, at)
        day = timezone.localdate(ago(at, "absences"))
        AttendanceMark.objects.create(
            school=cast.school, student=cast.students["mengyao"], marked_on=day, kind="absent",
            reason=SAID, written_by=cast.users["teacher"], written_at=at,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION no_way() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'no'; END $$;"
                "CREATE TRIGGER no_way BEFORE DELETE ON classroom_observation "
                "FOR EACH ROW EXECUTE FUNCTION no_way()"
            )
        assert let_go() == 1
        assert Observation.objects.count() == 1
        assert [one.rule for one in RetentionEntry.objects.all()] == ["absences"]

    def test_the_log_is_never_changed(self, cast, at):
        entry = RetentionEntry.objects.create(school=cast.school, rule="notes", count=1, at=at)
        for act in (lambda: entry.delete(), lambda: RetentionEntry.objects.update(count=0)):
            with pytest.raises(InternalError), transaction.atomic():
                act()

    def test_the_seals_of_the_logs_hold_afterwards(self, cast, at, begun):
        """A reader answers for what was read, also when the file is gone."""
        client = as_user(cast, "admin")
        child = cast.students["haitao"]
        client.get(f"/children/{child.pk}/")
        readers = apps.get_model("accounts.AccessRecord").objects.filter(student_id=child.pk)
        count = readers.count()
        assert count
        leave_school(child, at, days=4 * YEAR)
        let_go()
        assert not Student.objects.filter(pk=child.pk).exists()
        assert readers.count() == count


def as_user(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], BACKEND)
    return client


class TestThePages:
    ADDRESS = "/privacy/kept/"

    def test_what_goes_soon_in_counts_and_names_of_files_only(self, cast, at, begun):
        for more in (1, 1, -20, -40):
            old_note(cast, at, more=more)
        leave_school(cast.students["haitao"], at, days=3 * YEAR - 5)
        page = as_user(cast, "admin").get(self.ADDRESS).content.decode()
        assert "<b>3</b>" in page
        assert SAID not in page
        assert cast.students["haitao"].name in page
        assert cast.students["mengyao"].name not in page

    def test_from_when_on_stands_there_while_it_rests(self, cast, at):
        RetentionStart.objects.create(school=cast.school, announced_at=at)
        page = as_user(cast, "principal").get(self.ADDRESS).content.decode()
        assert 'class="banner"' in page
        RetentionStart.objects.update(announced_at=at - timedelta(days=NOTICE_DAYS + 1))
        page = as_user(cast, "principal").get(self.ADDRESS).content.decode()
        assert 'class="banner"' not in page

    def test_keeping_back_and_ending_it(self, cast, at, begun):
        note = old_note(cast, at)
        client = as_user(cast, "admin")
        address = f"{self.ADDRESS}{note.student_id}/"
        assert client.post(address, {"reason": "短"}).status_code == 422
        client.post(address, {"reason": "县法院要看这份档案"})
        row = RetentionHold.objects.get()
        assert (row.student, row.set_by) == (note.student, cast.users["admin"])
        page = as_user(cast, "principal").get(self.ADDRESS).content.decode()
        assert "县法院要看这份档案" in page
        assert "<b>1</b>" not in page
        as_user(cast, "principal").post(f"{self.ADDRESS}holds/{row.pk}/lift/")
        row.refresh_from_db()
        assert row.lifted_by == cast.users["principal"]

    def test_another_schools_child_is_not_here(self, cast, at):
        child = cast.students["yuan"]
        client = as_user(cast, "admin")
        assert client.get(f"{self.ADDRESS}{child.pk}/").status_code == 404
        row = hold(student=child, reason="别的学校的事", by=cast.users["far_teacher"], at=at)
        assert client.post(f"{self.ADDRESS}holds/{row.pk}/lift/").status_code == 404
        assert "别的学校的事" not in client.get(self.ADDRESS).content.decode()

    def test_a_request_that_waits_is_open_work(self, cast, at, begun):
        old_note(cast, at)
        _request(cast, at)
        assert let_go() == 0
        DataRequest.objects.update(state="done", answered_at=at)
        assert let_go() == 1
