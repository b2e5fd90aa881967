"""A post ends: everything that is open in that name goes into other hands, in one act."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import CredentialEvent, User
from classroom import actions as classroom
from classroom.models import HomeworkHelp
from counselling.cases.policies import cases_kept_by
from counselling.models import Case
from doors.staff import leaving
from doors.staff.floors import OPEN_WORK
from doors.staff.today import work_of
from safeguarding import actions as concerns
from safeguarding.models import Concern
from schools.models import County, DutyTurn, Post
from schools.roles import Role
from students.actions import change_class, leave_school
from students.models import Barrier
from tests.factories import cases, duty, notices, plans, pool
from tests.factories.cast import (
    Cast,
    make_cast,
    make_post,
    make_school,
    make_student,
    make_user,
)
from tests.factories.threads import mother_writes
from tests.factories.visits import make_visit
from tests.rosters.conftest import bring_in
from threads.models import Thread
from visits.models import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def admin(cast):
    return signed_in(cast.users["admin"])


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(cast: Cast, who: str, **of) -> str:
    return reverse("staff:end_post", args=[Post.objects.get(user=cast.users[who], **of).pk])


def concern_of(cast: Cast, who: str, child: str = "mengyao") -> Concern:
    at = timezone.now()
    concern = concerns.raise_worry(
        student=cast.students[child], by=cast.users["teacher"], words="夜里不睡", is_urgent=False,
        at=at, key=str(uuid4()),
    )  # fmt: skip
    return concerns.acknowledge(concern=concern, by=cast.users[who], at=at)


def everything_of_the_teacher(cast: Cast) -> None:
    """One of each kind that a class teacher can have."""
    teacher, child, on = cast.users["teacher"], cast.students["mengyao"], timezone.localdate()
    concern_of(cast, "teacher")
    mother_writes(cast)
    make_visit(child, goes=teacher, planned_on=on)
    classroom.assign_help(
        student=child, key=uuid4(), by=teacher, at=timezone.now(), staff=teacher,
        weekdays=[0], starts_at=time(16, 40), starts_on=on,
    )  # fmt: skip
    duty.put(cast, "teacher", on + timedelta(days=3))
    plans.make_plan(cast)


def today() -> str:
    return timezone.localdate().isoformat()


class TestClassTeacher:
    def test_all_of_it_goes_to_one_colleague_and_the_post_ends(self, cast, admin):
        everything_of_the_teacher(cast)
        colleague = make_user("new", "孙新")
        make_post(colleague, Role.CLASS_TEACHER, school=cast.school, school_class=cast.school_class)
        where = page(cast, "teacher")
        shown = admin.get(where).content.decode()
        assert "夜里不睡" not in shown
        answer = admin.post(where, {"ends_on": today(), "to": colleague.pk})
        assert answer.status_code == 302, answer.content.decode()
        teacher = cast.users["teacher"]
        for kind in OPEN_WORK:
            assert not kind.held_by([teacher], cast.school, timezone.now()).exists(), kind.key
        for key in ("concerns", "threads", "visits", "homework", "duty", "measures"):
            kind = next(one for one in OPEN_WORK if one.key == key)
            assert kind.held_by([colleague], cast.school, timezone.now()).count() == 1, key
        assert Post.objects.get(user=teacher).ends_on == timezone.localdate()
        rows = {item.key.partition("-")[0] for item in work_of(colleague, timezone.now())}
        assert {"concern", "thread", "visit"} <= rows, rows
        event = CredentialEvent.objects.filter(user=teacher, kind="post_ended").get()
        assert event.by == cast.users["admin"]

    def test_each_kind_may_go_to_somebody_else(self, cast, admin):
        everything_of_the_teacher(cast)
        counsellor, principal = cast.users["counsellor"], cast.users["principal"]
        said = {"ends_on": today(), "to": counsellor.pk, "to_visits": principal.pk}
        said |= {"to_threads": "queue", "to_duty": "queue"}
        assert admin.post(page(cast, "teacher"), said).status_code == 302
        assert Concern.objects.get(entries__kind="handed_over").named_adult == counsellor
        assert cast.students["mengyao"].visits.get(goes=principal)
        assert Thread.objects.get().owner is None
        assert DutyTurn.objects.get().off_at is not None

    def test_nothing_ends_while_nobody_is_chosen_or_the_chosen_one_cannot(self, cast, admin):
        everything_of_the_teacher(cast)
        where = page(cast, "teacher")
        for said in ({}, {"to": cast.users["admin"].pk}, {"to": cast.users["far_teacher"].pk}):
            answer = admin.post(where, {"ends_on": today(), **said})
            assert answer.status_code == 422
        assert Post.objects.get(user=cast.users["teacher"]).ends_on is None
        assert Concern.objects.filter(named_adult=cast.users["teacher"]).count() == 1

    def test_who_is_barred_from_a_child_gets_its_rows_not_and_nobody_is_told_why(self, cast, admin):
        for _one in range(2):
            concern_of(cast, "teacher")
        other = make_student(cast.school_class, "何静")
        cast.students["he"] = other
        concern_of(cast, "teacher", "he")
        Barrier.objects.create(
            school=cast.school, student=other, user=cast.users["counsellor"], reason="亲戚",
            set_by=cast.users["principal"], set_at=timezone.now(),
        )  # fmt: skip
        said = {"ends_on": today(), "to": cast.users["counsellor"].pk}
        answer = admin.post(page(cast, "teacher"), said, follow=True)
        assert Concern.objects.get(student=other).named_adult == cast.users["principal"]
        taken = Concern.objects.filter(student=cast.students["mengyao"])
        assert {one.named_adult for one in taken} == {cast.users["counsellor"]}
        assert "马建国" not in answer.content.decode().partition("message")[2][:400]

    def test_another_class_that_stays_theirs_keeps_its_work(self, cast, admin):
        teacher = cast.users["teacher"]
        make_post(teacher, Role.CLASS_TEACHER, school=cast.school, school_class=cast.next_class)
        make_visit(cast.students["haitao"], goes=teacher)
        make_visit(cast.students["mengyao"], goes=teacher)
        said = {"ends_on": today(), "to": cast.users["counsellor"].pk}
        where = page(cast, "teacher", school_class=cast.school_class)
        assert admin.post(where, said).status_code == 302
        assert cast.students["haitao"].visits.get().goes == teacher
        assert cast.students["mengyao"].visits.get().goes == cast.users["counsellor"]

    def test_another_post_that_reaches_the_whole_school_may_keep_it(self, cast, admin):
        teacher = cast.users["teacher"]
        make_post(teacher, Role.PRINCIPAL, school=cast.school)
        concern = concern_of(cast, "teacher")
        where = page(cast, "teacher", role=Role.CLASS_TEACHER)
        assert admin.post(where, {"ends_on": today(), "to_concerns": teacher.pk}).status_code == 302
        concern.refresh_from_db()
        assert concern.named_adult == teacher
        assert concern.acknowledged_at is not None

    def test_whoever_leads_too_reads_which_visits_these_are(self, cast, admin):
        make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        where = page(cast, "teacher")
        assert "徐梦瑶" not in admin.get(where).content.decode()
        make_post(cast.users["admin"], Role.PRINCIPAL, school=cast.school)
        assert "徐梦瑶" in admin.get(where).content.decode()

    def test_of_many_of_a_kind_five_are_in_sight_and_the_rest_is_a_fold(self, cast, admin):
        make_post(cast.users["admin"], Role.PRINCIPAL, school=cast.school)
        for number in range(13):
            child = make_student(cast.school_class, f"何小{number:02}")
            make_visit(child, goes=cast.users["teacher"])
        where = page(cast, "teacher")
        content = admin.get(where).content.decode()
        fold = content.index("8 个", content.index("何小04"))
        assert fold < content.index("何小05") < content.index("何小12")
        # Each kind is a fold with its number; where nobody is chosen for all, the refused one stands open.
        assert '<details class="open-kind"><summary' in content
        wrong = {"ends_on": today(), "to_visits": "queue"}
        concern_of(cast, "teacher")
        refused = admin.post(where, wrong | {"to": cast.users["village"].pk})
        assert refused.status_code == 422
        assert '<details class="open-kind" open>' in refused.content.decode()

    def test_ten_of_a_kind_cost_as_many_queries_as_one(self, cast, admin):
        def cost() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert admin.get(page(cast, "teacher")).status_code == 200
            return len(asked)

        make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        cost()
        few = cost()
        for _one in range(9):
            make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
            mother_writes(cast)
        one_kind_more = 1
        assert cost() <= few + one_kind_more

    def test_a_notice_that_is_to_go_out_is_signed_by_who_may_write_there(self, cast, admin):
        notice = notices.draft(cast)
        type(notice).objects.filter(pk=notice.pk).update(
            state="scheduled", starts_at=timezone.now() + timedelta(days=2)
        )
        said = {"ends_on": today(), "to_notices": cast.users["principal"].pk}
        assert admin.post(page(cast, "teacher"), said).status_code == 302
        notice.refresh_from_db()
        assert (notice.author, notice.state) == (cast.users["principal"], "scheduled")


class TestAChildChangesClassAlone:
    """徐梦瑶 goes from 三年级2班 to 三年级1班; 张丽华 keeps 三年级2班."""

    def move(self, cast: Cast, child: str = "mengyao", days: int = 0):
        change_class(
            student=cast.students[child], school_class=cast.next_class,
            starts_on=timezone.localdate() + timedelta(days=days), by=cast.users["admin"],
        )  # fmt: skip

    def rows(self, cast: Cast, who: str = "admin", days: int = 0) -> list:
        at = timezone.now() + timedelta(days=days)
        found = leaving.work_for(cast.users[who], at)
        return [row for row in found if row.student_name == "张丽华"]

    def test_today_asks_the_administrator_and_the_new_teacher_gets_it(self, cast, admin):
        everything_of_the_teacher(cast)
        of_class = concern_of(cast, "teacher", "xiaobao")
        assert self.rows(cast) == []
        self.move(cast)
        [row] = self.rows(cast)
        assert self.rows(cast, "principal") == []
        shown = admin.get(row.act_url)
        assert {one.kind.key for one in shown.context["opened"]} == {
            "concerns", "measures", "threads", "visits", "homework",
        }  # fmt: skip
        assert admin.post(row.act_url, {"to": ""}).status_code == 302
        new, child = cast.users["next_teacher"], cast.students["mengyao"]
        of_child = Concern.objects.filter(student=child, closed_at=None)
        assert of_child.filter(named_adult=new).exists()
        assert not of_child.filter(named_adult=cast.users["teacher"]).exists()
        assert Visit.objects.get(student=child).goes == new
        assert Thread.objects.get(student=child).owner == new
        assert HomeworkHelp.objects.get(student=child).staff == new
        of_class.refresh_from_db()
        assert of_class.named_adult == cast.users["teacher"]
        assert Post.objects.get(user=cast.users["teacher"]).ends_on is None
        assert self.rows(cast) == []

    def test_from_its_first_day_there(self, cast):
        make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        self.move(cast, days=7)
        assert self.rows(cast) == []
        assert self.rows(cast, days=8)

    def test_an_import_moves_it_just_the_same(self, cast):
        visit = make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        rows = "姓名,出生日期,班级\n徐梦瑶,{},三年级1班\n".format(cast.students["mengyao"].born_on)
        bring_in(cast, rows.encode(), at=timezone.now(), name="转班.csv")
        [row] = self.rows(cast)
        signed_in(cast.users["admin"]).post(row.act_url, {"to": ""})
        visit.refresh_from_db()
        assert visit.goes == cast.users["next_teacher"]

    def test_somebody_else_can_be_chosen_but_not_who_is_barred(self, cast, admin):
        visit = make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        self.move(cast)
        [row] = self.rows(cast)
        counsellor = cast.users["counsellor"]
        Barrier.objects.create(
            school=cast.school, student=cast.students["mengyao"], user=counsellor, reason="亲戚",
            set_by=cast.users["principal"], set_at=timezone.now(),
        )  # fmt: skip
        assert admin.post(row.act_url, {"to": counsellor.pk}).status_code == 302
        visit.refresh_from_db()
        assert visit.goes in (cast.users["principal"], cast.users["next_teacher"])

    def test_another_post_that_reaches_the_child_keeps_it(self, cast):
        make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        self.move(cast)
        make_post(cast.users["teacher"], Role.COUNSELLOR, school=cast.school)
        assert self.rows(cast) == []

    def test_of_a_child_that_left_nothing_is_asked(self, cast):
        make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        leave_school(
            student=cast.students["mengyao"], left_on=timezone.localdate() - timedelta(days=1),
            reason="moved_away", left_to="", by=cast.users["admin"],
        )  # fmt: skip
        assert self.rows(cast) == []

    def test_ten_rows_cost_as_many_queries_as_one(self, cast, admin):
        make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        self.move(cast)
        [row] = self.rows(cast)
        counts = []
        admin.get(row.act_url)  # what a session reads once
        for _time in range(2):
            with CaptureQueriesContext(connection) as asked:
                assert admin.get(row.act_url).context["count"]
                assert self.rows(cast)
            counts.append(len(asked))
            for number in range(9):
                child = cast.students[f"m{number}"] = make_student(cast.school_class, f"何{number}")
                make_visit(child, goes=cast.users["teacher"])
                self.move(cast, f"m{number}")
        assert counts[0] == counts[1]


class TestCounsellor:
    def test_the_administrator_sees_a_number_and_no_child(self, cast, admin):
        cases.make_case(cast)
        shown = admin.get(page(cast, "counsellor")).content.decode()
        assert "徐梦瑶" not in shown
        assert "总一个人待着" not in shown

    def test_a_case_goes_to_another_counsellor_and_the_log_fits(self, cast, admin):
        from counselling.cases.verifying import broken

        case, second = cases.make_case(cast), cases.second_counsellor(cast)
        said = {"ends_on": today(), "to": second.pk}
        assert admin.post(page(cast, "counsellor"), said).status_code == 302
        case.refresh_from_db()
        assert case.owner == second
        assert broken(timezone.now()) == []
        assert admin.get(reverse("counselling:case", args=[case.pk])).status_code == 404
        address = reverse("counselling:case_hand_over", args=[case.pk])
        assert admin.post(address, {"user": second.pk}).status_code == 404
        keys = {item.key for item in work_of(second, timezone.now())}
        assert f"given-{case.pk}" in keys
        text = signed_in(second).get(reverse("counselling:case", args=[case.pk])).content.decode()
        assert "周玲" in text
        keys = {item.key for item in work_of(second, timezone.now())}
        assert f"given-{case.pk}" not in keys

    def test_without_another_counsellor_it_waits_for_one_where_two_see_it(self, cast, admin):
        case = cases.make_case(cast)
        said = {"ends_on": "2021-01-31", "to_concerns": cast.users["principal"].pk}
        assert admin.post(page(cast, "counsellor"), said).status_code == 302
        assert Case.objects.get().owner == cast.users["counsellor"]
        keys = {item.key for item in work_of(cast.users["principal"], timezone.now())}
        assert f"case-left-{case.pk}" in keys or any("left" in key for key in keys), keys

    def test_where_nobody_may_take_a_concern_the_post_does_not_end(self, cast, admin):
        concern_of(cast, "counsellor")
        for who in ("teacher", "next_teacher", "principal"):
            Post.objects.filter(user=cast.users[who]).update(ends_on="2021-01-31")
        answer = admin.post(page(cast, "counsellor"), {"ends_on": today()})
        assert answer.status_code == 422
        assert Post.objects.get(user=cast.users["counsellor"]).ends_on is None

    def test_another_schools_post_is_unknown(self, cast, admin):
        address = page(cast, "far_teacher")
        assert admin.get(address).status_code == 404
        assert admin.post(address, {"ends_on": today()}).status_code == 404


class TestCasesOfOtherSchools:
    """`guest` is counsellor of a third school of the county and keeps a case of 马思源's."""

    def left(self, cast: Cast) -> int:
        [kind] = [one for one in OPEN_WORK if one.key == "guests"]
        guest = cast.users["guest"]
        return kind.held_by([guest], guest.posts.earliest("pk").school, timezone.now()).count()

    def test_without_another_post_the_case_goes_back(self, cast):
        pool.make_pool(cast)
        pool.accept(pool.make_brief(cast), cast.users["guest"])
        assert self.left(cast) == 1
        guest, on = cast.users["guest"], timezone.localdate()
        make_post(guest, Role.CLASS_TEACHER, school=cast.school, school_class=cast.school_class)
        make_post(guest, Role.COUNSELLOR, school=cast.school, ends_on=on - timedelta(days=1))
        far = make_school(County.objects.create(name="外县"), "外县小学", "620999001")
        make_post(guest, Role.COUNSELLOR, school=far)
        assert self.left(cast) == 1

    def test_with_another_post_in_the_county_it_is_kept(self, cast):
        pool.make_pool(cast)
        case = pool.accept(pool.make_brief(cast), cast.users["guest"])
        guest, at = cast.users["guest"], timezone.now()
        make_post(guest, Role.COUNSELLOR, school=cast.school)
        assert self.left(cast) == 0
        first = guest.posts.earliest("pk")
        first.ends_on = timezone.localdate() - timedelta(days=1)
        first.save()
        assert cases_kept_by(guest, at).filter(pk=case.pk).exists()


class TestWhatWasForgotten:
    def test_a_post_that_ended_with_something_open_is_a_row_of_the_administrators_today(self, cast):
        make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        assert rows_of(cast) == []
        Post.objects.filter(user=cast.users["teacher"]).update(ends_on="2021-01-31")
        [row] = rows_of(cast)
        assert row.student_name == "张丽华"
        admin = signed_in(cast.users["admin"])
        assert admin.get(row.act_url).status_code == 200
        answer = admin.post(row.act_url, {"to": cast.users["principal"].pk})
        assert answer.status_code == 302
        assert rows_of(cast) == []
        assert Post.objects.get(user=cast.users["teacher"]).ends_on.year == 2021

    def test_so_is_an_account_that_may_no_longer_sign_in(self, cast):
        concern_of(cast, "counsellor")
        User.objects.filter(pk=cast.users["counsellor"].pk).update(is_active=False)
        [row] = rows_of(cast)
        assert row.student_name == "陈敏"

    def test_nobody_else_has_that_row(self, cast):
        make_visit(cast.students["mengyao"], goes=cast.users["teacher"])
        Post.objects.filter(user=cast.users["teacher"]).update(ends_on="2021-01-31")
        for who in ("principal", "counsellor", "next_teacher", "village"):
            assert leaving.work_for(cast.users[who], timezone.now()) == [], who


def rows_of(cast: Cast):
    return leaving.work_for(cast.users["admin"], timezone.now())


# --- Every field that names a member of staff ------------------------------------------------------

# Who did it: a fact that stays true when they leave.
DONE_BY = """
    by by_user by_id about made_by opened_by closed_by recorded_by written_by changed_by created_by
    set_by lifted_by settled_by ended_by done_by noted_by taken_by_register assigned_by asked_by
    answered_by checked_by let_in_by added_by removed_by joined_by left_by sent_by raised_by
    acknowledged_by level_by reported_by uploaded_by started_by undone_by read_by kept_by
    taken_back_by talked_by looked_by filled_by planned_by dropped_by begun_by decided_by
    recalled_by confirmed_by stopped_by merged_by blocked_by outcome_by put_by off_by agreed_by
    called_by called_off_by from_user to_user minutes_by agreed_noted_by child_asked_by village_told_by
    placed_by
""".split()
# Names somebody who is, or was, to do something; and why nothing has to be handed over.
NEEDS_NONE = {
    "api.ApiToken.account": "another system's own",
    "api.ApiToken.revoked_by": "who ended it",
    "notices.Notice.sent_for": "another system's own; its author answers for it",
    "notices.SystemText.author": "no longer sent without the post; a colleague keeps another text",
    "api.ApiToken.made_by": "its maker; the token stops with the post (api.tokens.policies)",
    "rosters.RolloverClass.teacher": "what is planned; the post that comes of it is the post",
    "counselling.CaseEntry.owner": "the log: whose the case was then",
    "counselling.CaseReader.user": "a leave to read, no task; it ends with the post",
    "counselling.Note.author": "who wrote it",
    "counselling.NoteDraft.author": "words not kept yet: the owner of the case goes on without them",
    "counselling.PlanLook.asked": "the case's owner sees that nobody has answered and asks another colleague",
    "counselling.PoolMember.user": "asked only while a counsellor's post lasts (counselling.pool.policies)",
    "counselling.BriefTold.user": "who was told",
    "safeguarding.Suspect.user": "whom a report names",
    "transfers.Protection.user": "whom a barrier keeps away",
    "learning.Training.user": "what they have learned",
    "surveys.Sitting.duty_adult": "a lesson of an hour",
    "threads.ThreadMessage.user": "who wrote it",
    "threads.Sighting.user": "who saw it",
    "threads.Reading.user": "who read it",
    "threads.Phrase.user": "one's own words",
    "classroom.ClassRegister.taken_by": "who took the register",
    "calls.CalendarFeed.user": "one's own calendar; closed with the post",
    "delivery.OneTimeCode.user": "of one account",
    "delivery.Device.user": "of one account",
    "delivery.WechatLink.user": "of one account",
    "delivery.OutboxMessage.user": "a message; sending asks again who may have it",
    "delivery.DemoPhoneMessage.user": "a message that went",
    "delivery.VoiceCall.user": "a call that was placed; its key counts for who may still see the concern",
    "guardians.Adult.user": "the family's own account",
    "students.Barrier.user": "to whom a file is closed",
    "schools.PostOffer.user": "for its owner to answer",
    "schools.PasswordReset.user": "of one account",
    "schools.Post.user": "the post itself",
    "schools.PutOff.user": "one's own Today",
    "schools.StaffHours.user": "one's own hours",
    "dashboards.WeeklyMail.user": "one's own mail; none goes without the post",
    "nights.NightEntry.user": "who said or did it",
    "accounts.AccessRecord.user": "who read a file",
    "accounts.CredentialEvent.user": "whose credentials",
}
# Of DONE_BY, where the one who did it is also waited for, and who sees it without them.
STILL_SEEN = {
    "classroom.FamilyRequest.asked_by": "the child's class teacher sees the answer (classroom.work)",
    "messaging.Reminder.asked_by": "the child's class teacher has it, whoever asked",
    "messaging.FollowUp.done_by": "open ones are the class teacher's, whoever that is",
    "surveys.Round.opened_by": "every colleague who runs surveys reads and closes it",
    "api.Agreement.by": "it ends with the post; the page asks colleagues again (api.agreements)",
    "surveys.Study.opened_by": "every colleague who runs surveys sees and ends it",
    "surveys.PlannedRound.planned_by": "a part is opened by the one who runs surveys on its day",
    "counselling.Referral.made_by": "goes with its case",
    "counselling.CaseTask.made_by": "goes with its case",
    "safeguarding.Report.reported_by": "safeguarding.reports.unattended shows it when its writers are gone",
    "rosters.Rollover.begun_by": "every administrator of the school goes on with it",
    "privacy.LedgerSent.made_by": "who answers families' requests sees each receipt of the school",
    "rosters.CivilList.uploaded_by": "every administrator of the school goes on with it",
    "rosters.RosterImport.uploaded_by": "every administrator of the school goes on with it",
    "schools.PostOffer.asked_by": "ends with the post of who asked (schools.agreeing)",
    "schools.PasswordReset.asked_by": "ends with the post of who asked (schools.agreeing)",
    "visits.CallLog.called_by": "only who was on the phone can say how it went",
    "privacy.ConsentAsk.asked_by": "the family answers the school",
    "transfers.Transfer.opened_by": "whoever hands files over at that school sees it and goes on",
}


def test_every_field_that_names_a_member_of_staff_is_handed_over_or_needs_none():
    handed = {(one.model, one.holder) for one in OPEN_WORK}
    unknown, known = [], set()
    for model in apps.get_models():
        if hasattr(model, "pgh_id") or model._meta.app_label in ("account", "mfa", "socialaccount"):
            continue
        for field in model._meta.concrete_fields:
            if field.related_model is not User or model._meta.app_label == "pghistory":
                continue
            name = f"{model._meta.label}.{field.name}"
            known.add(name)
            if (model, field.name) in handed:
                assert name not in NEEDS_NONE
            elif name not in NEEDS_NONE and field.name not in DONE_BY:
                unknown.append(name)
    assert unknown == [], (
        "Hand it over (schools.open_work), or say here why nothing is left without an adult."
    )
    assert set(NEEDS_NONE) | set(STILL_SEEN) <= known
