"""A report of suspected harm: nothing holds it up, nothing of it changes, and whoever is suspected is a
stranger to the child from that moment on, without being told.
"""

from datetime import timedelta
from uuid import uuid4

import pgtrigger
import pytest
from django.db import InternalError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from delivery import actions as messaging
from delivery.dispatch.facts import read_facts
from delivery.models import OutboxMessage
from delivery.rules import Verdict, recheck
from doors.staff.today import work_of
from guardians.blocking.suspects import REASON
from guardians.models import Adult, Guardianship
from safeguarding import actions as concerns
from safeguarding.figures import waiting_in
from safeguarding.models import Concern, Report, ReportEntry, Suspect
from safeguarding.queries import stopped_alert_banner
from safeguarding.reports import actions, verifying
from schools.models import Post
from students.models import Barrier, Student
from students.policies import students_visible_to
from tests.factories.cast import Cast, make_adult, make_guardianship
from tests.factories.reports import SAID, make_report

pytestmark = pytest.mark.django_db
STAFF = ("teacher", "counsellor", "principal", "admin", "village")


@pytest.fixture
def at():
    return timezone.now()


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


def told_of(report: Report) -> set[str]:
    rows = OutboxMessage.objects.filter(dedupe_key__startswith=f"report:{report.pk}:")
    return {row.user.username for row in rows}


def sent(cast: Cast, who: str, **more) -> dict[str, str]:
    return {"situation": "violence", "words": SAID, "key": str(uuid4()), **more}


class TestWriting:
    def test_a_teacher_needs_nobodys_leave(self, cast):
        client, student = signed_in(cast, "teacher"), cast.students["mengyao"]
        page = client.get(reverse("staff:child", args=[student.pk])).content.decode()
        address = reverse("safeguarding:report_new", args=[student.pk])
        assert address in page
        response = client.post(address, sent(cast, "teacher", users=[cast.users["admin"].pk]))
        report = Report.objects.get()
        assert response["Location"] == reverse("safeguarding:report", args=[report.pk])
        assert report.suspects.get().user == cast.users["admin"]
        assert told_of(report) == {"principal"}
        concern = Concern.objects.get(source="report")
        assert (concern.clock, concern.words) == ("round_the_clock", "")
        assert concern.named_adult == cast.users["counsellor"]

    def test_the_page_says_about_whom_and_asks_openly_where_the_child_is(self, cast):
        student = cast.students["mengyao"]
        address = reverse("safeguarding:report_new", args=[student.pk])
        page = signed_in(cast, "teacher").get(address).content.decode()
        for tag in ("title", "h1"):
            assert student.name in page.split(f"<{tag}>")[1].split(f"</{tag}>")[0]
        fold = page.split('<details class="fold phone-fold of-school">')[1].split("</details>")[0]
        assert 'name="somebody"' in fold
        assert 'name="child_now"' not in fold
        assert 'name="child_now"' in page

    def test_sent_twice_it_is_one(self, cast):
        client = signed_in(cast, "teacher")
        address = reverse("safeguarding:report_new", args=[cast.students["mengyao"].pk])
        what = sent(cast, "teacher")
        first, second = client.post(address, what), client.post(address, what)
        assert first["Location"] == second["Location"]
        assert (Report.objects.count(), Concern.objects.count()) == (1, 1)

    def test_sent_again_with_one_more_it_says_so_and_the_next_closes_it(self, cast):
        client = signed_in(cast, "teacher")
        address = reverse("safeguarding:report_new", args=[cast.students["mengyao"].pk])
        what, admin = sent(cast, "teacher"), cast.users["admin"]
        client.post(address, what)
        more = what | {"users": [admin.pk]}
        response = client.post(address, more)
        assert response.status_code == 422
        assert not Barrier.objects.exists()
        new_key = str(response.context["form"]["key"].value())
        assert new_key != what["key"]
        assert client.post(address, more | {"key": new_key}).status_code == 302
        assert Barrier.objects.filter(user=admin).exists()

    def test_only_who_looks_after_safeguarding_is_told_and_no_message_names_a_report(
        self, cast, at
    ):
        Post.objects.filter(user=cast.users["next_teacher"]).update(is_duty=True)
        report = make_report(cast, at=at)
        assert told_of(report) == {"principal"}
        page = signed_in(cast, "principal").get(reverse("safeguarding:report", args=[report.pk]))
        assert cast.users["next_teacher"].name not in page.context["told_here"]
        row = OutboxMessage.objects.get(dedupe_key__startswith=f"report:{report.pk}:")
        assert "words" not in row.payload

    @pytest.mark.parametrize("left_out", ["situation", "words"])
    def test_what_is_missing_is_said_and_nothing_is_written(self, cast, left_out):
        client = signed_in(cast, "teacher")
        address = reverse("safeguarding:report_new", args=[cast.students["mengyao"].pk])
        what = sent(cast, "teacher", users=[cast.users["admin"].pk]) | {left_out: ""}
        response = client.post(address, what)
        assert response.status_code == 422
        assert (Report.objects.count(), Barrier.objects.count()) == (0, 0)

    def test_nobody_reports_themself(self, cast, at):
        me = make_adult(cast.school, "张丽华", user=cast.users["teacher"])
        make_guardianship(cast.students["mengyao"], me, "relative")
        with pytest.raises(actions.OneSelf):
            make_report(cast, adults=[me], at=at)
        assert (Report.objects.count(), OutboxMessage.objects.count()) == (0, 0)

    def test_where_the_principal_is_suspected_the_counsellor_hears_and_the_principal_does_not(
        self, cast, at
    ):
        report = make_report(cast, users=[cast.users["principal"]], at=at)
        assert told_of(report) == set()
        assert Concern.objects.get().named_adult == cast.users["counsellor"]
        assert not OutboxMessage.objects.filter(user=cast.users["principal"]).exists()


class TestRecord:
    def test_nothing_is_changed_or_deleted(self, cast, at):
        report = make_report(cast, users=[cast.users["admin"]], at=at)
        for change in (
            lambda: Report.objects.update(words="没事"),
            lambda: ReportEntry.objects.update(words="没事"),
            lambda: ReportEntry.objects.all().delete(),
            lambda: Suspect.objects.update(closed_at=None),
            lambda: Suspect.objects.all().delete(),
        ):
            with pytest.raises(InternalError), transaction.atomic():
                change()
        report.refresh_from_db()
        assert report.words == SAID

    @pytest.mark.parametrize("field", ["words", "by_id", "phone"])
    def test_a_changed_entry_is_named(self, cast, at, field):
        report = make_report(cast, at=at)
        facts = {"office": "police", "spoke_with": "王警官", "told_at": at}
        actions.told(report=report, by=cast.users["teacher"], at=at, key=uuid4(), **facts)
        actions.add(report=report, by=cast.users["teacher"], words="画了图", at=at, key=uuid4())
        assert verifying.first_broken(report) is None
        other = cast.users["principal"].pk if field == "by_id" else "x"
        with pgtrigger.ignore():
            ReportEntry.objects.filter(number=2).update(**{field: other})
        assert verifying.first_broken(report) == 2
        assert "第 2 条" in self.page(cast, report)

    def page(self, cast, report) -> str:
        url = reverse("safeguarding:report", args=[report.pk])
        return signed_in(cast, "principal").get(url).content.decode()

    def test_who_was_told_is_kept_with_name_and_number_and_today_stops_asking(self, cast, at):
        report = make_report(cast, at=at)
        client = signed_in(cast, "teacher")
        url = reverse("safeguarding:report_add", args=[report.pk])
        keys = [f"report-{report.pk}"]
        for office in ("police", "civil", "education"):
            items = [one for one in work_of(cast.users["teacher"], at) if one.key in keys]
            assert len(items) == 1
            what = {
                "office": office,
                "told_at": f"{timezone.localtime(at):%Y-%m-%dT%H:%M}",
                "spoke_with": "王警官",
                "phone": "110",
                "case_number": "2026-77",
                "key": str(uuid4()),
            }
            assert client.post(url, what).status_code == 302
            assert client.post(url, what).status_code == 302
        assert report.entries.filter(kind="told").count() == 3
        assert not [one for one in work_of(cast.users["teacher"], at) if one.key in keys]
        assert "2026-77" in self.page(cast, report)

    @pytest.mark.parametrize(
        ("words", "rows"), [(("他又来了", "他又来了"), 1), (("他又来了", "他又来了，还带着人"), 2)]
    )
    def test_a_note_that_differs_from_the_first_try_is_kept(self, cast, at, words, rows):
        report, key = make_report(cast, at=at), str(uuid4())
        url = reverse("safeguarding:report_add", args=[report.pk])
        for one in words:
            assert (
                signed_in(cast, "teacher").post(url, {"words": one, "key": key}).status_code == 302
            )
        assert report.entries.filter(kind="added").count() == rows

    @pytest.mark.parametrize("hours", [3, -24 * 31, None])
    def test_a_moment_to_come_or_long_before_is_refused(self, cast, at, hours):
        report = make_report(cast, at=at)
        told_at = "0001-01-01T00:00"
        if hours:
            told_at = f"{timezone.localtime(at) + timedelta(hours=hours):%Y-%m-%dT%H:%M}"
        what = {"office": "police", "told_at": told_at, "spoke_with": "x", "key": str(uuid4())}
        url = reverse("safeguarding:report_add", args=[report.pk])
        assert signed_in(cast, "teacher").post(url, what).status_code == 422
        assert not report.entries.filter(kind="told").exists()

    def test_each_reading_is_noted_and_who_reads_it_is_limited(self, cast, at):
        report = make_report(cast, by="admin", at=at)
        url = reverse("safeguarding:report", args=[report.pk])
        seen = {
            who: signed_in(cast, who).get(url).status_code
            for who in ("admin", "counsellor", "principal", "teacher", "village", "superuser")
        }
        assert [who for who, status in seen.items() if status == 200] == [
            "admin",
            "counsellor",
            "principal",
        ]
        assert AccessRecord.objects.filter(what="safeguard report").count() == 3


def waits_for(cast: Cast, who: str, at) -> OutboxMessage:
    """An alert about the child that was written before the report, and has not left yet."""
    concern = concerns.raise_worry(
        student=cast.students["mengyao"],
        by=cast.users["next_teacher"],
        words="总一个人待着",
        is_urgent=True,
        at=at,
        key=who,
    )
    concerns.alert(concern, [cast.users[who].pk], at)
    return OutboxMessage.objects.filter(user=cast.users[who]).latest("pk")


def verdict(message: OutboxMessage, at) -> tuple[str, str]:
    (row,) = read_facts([message.pk], at)
    decision = recheck(row.facts, at)
    return decision.verdict, decision.cause


@pytest.mark.parametrize("who", STAFF)
class TestSuspectedStaff:
    by = "next_teacher"

    def report(self, cast, who, at) -> Report:
        reporter = "counsellor" if who != "counsellor" else "principal"
        return make_report(cast, by=reporter, users=[cast.users[who]], at=at)

    def test_the_child_and_its_brother_are_gone_and_nothing_says_why(self, cast, at, who):
        client = signed_in(cast, who)
        self.report(cast, who, at)
        for name in ("mengyao", "xiaobao"):
            student = cast.students[name]
            for address in ("staff:child", "safeguarding:report_new", "guardians:family"):
                assert client.get(reverse(address, args=[student.pk])).status_code == 404
        seen = students_visible_to(cast.users[who], at.date())
        assert not set(seen) & {cast.students["mengyao"], cast.students["xiaobao"]}
        assert cast.students["haitao"] in seen or who in ("teacher", "village")
        report = Report.objects.get()
        for address in (
            reverse("safeguarding:report", args=[report.pk]),
            reverse("counselling:detail", args=[Concern.objects.get(source="report").pk]),
        ):
            assert client.get(address).status_code == 404
        for address in ("/", "/concerns/", "/concerns/reports/", "/children/", "/messages/"):
            text = client.get(address).content.decode()
            assert "徐梦瑶" not in text, address
            assert "受到伤害的报告" not in text, address

    def test_what_waited_for_them_is_held_at_the_last_moment(self, cast, at, who):
        message = waits_for(cast, who, at)
        assert verdict(message, at)[1] != "barred"
        self.report(cast, who, at)
        assert verdict(message, at) == (Verdict.SUPPRESS, "barred")
        OutboxMessage.objects.filter(pk=message.pk).update(state="suppressed", cause="barred")
        for reader in ("admin", "teacher", "principal"):
            waiting = waiting_in(cast.school, cast.users[reader])
            assert waiting.open.count == (0 if reader == who else 2)
            banner = stopped_alert_banner(cast.users[reader], at)
            people = banner.people if banner else []
            assert cast.users[who].name not in [name for name, _phone in people]

    def test_no_banner_of_an_alert_that_stopped_tells_them(self, cast, at, who):
        self.report(cast, who, at)
        Concern.objects.filter(source="report").update(named_adult=None)
        assert stopped_alert_banner(cast.users["next_teacher"], at) is None
        late = at + timedelta(minutes=10)
        assert stopped_alert_banner(cast.users[who], late) is None
        if who == "teacher":
            assert stopped_alert_banner(cast.users["next_teacher"], late)

    def test_it_opens_again_only_at_the_report_with_a_reason(self, cast, at, who):
        report = self.report(cast, who, at)
        decider = "principal" if who != "principal" else "counsellor"
        client = signed_in(cast, decider)
        barrier = Barrier.objects.get(student=cast.students["mengyao"])
        url = reverse("guardians:family_barred_lift", args=[barrier.student_id, barrier.pk])
        client.post(url)
        barrier.refresh_from_db()
        assert barrier.lifted_at is None
        suspect = report.suspects.get()
        lift = reverse("safeguarding:report_lift", args=[report.pk, suspect.pk])
        assert client.post(lift, {"reason": " "}).status_code == 422
        assert signed_in(cast, who).post(lift, {"reason": "没事"}).status_code == 404
        assert client.post(lift, {"reason": "派出所查清：是摔的"}).status_code == 302
        assert not Barrier.objects.filter(lifted_at=None).exists()
        suspect.refresh_from_db()
        assert (suspect.lifted_by.username, suspect.lift_reason) == (decider, "派出所查清：是摔的")
        words = report.entries.get(kind="lifted").words
        assert words == f"{cast.users[who].name}: 派出所查清：是摔的"


class TestSuspectedFamily:
    def test_the_whole_family_door_is_closed_to_them(self, cast, at):
        client = signed_in(cast, "mother")
        assert client.get("/f/").status_code == 200
        make_report(cast, adults=[cast.adults["mother"]], at=at)
        cast.adults["mother"].refresh_from_db()
        assert cast.adults["mother"].blocked_ground == "report"
        assert client.get("/f/").status_code == 404

    def test_where_the_only_carer_is_suspected_the_child_is_without_care_at_once(self, cast, at):
        Guardianship.objects.filter(adult=cast.adults["mother"]).delete()
        make_report(cast, adults=[cast.adults["grandmother"]], at=at)
        assert cast.students["mengyao"].care_gaps.filter(closed_at=None).exists()

    def test_a_colleague_reads_that_they_are_blocked_and_not_by_whom(self, cast, at):
        mother, child = cast.adults["mother"], cast.students["mengyao"]
        make_report(cast, by="admin", adults=[mother], at=at)
        for address in (
            reverse("guardians:family_adult", args=[child.pk, mother.pk]),
            reverse("guardians:family_history", args=[child.pk, mother.pk, "standing"]),
        ):
            for who, knows in (("teacher", False), ("principal", True)):
                text = signed_in(cast, who).get(address).content.decode()
                assert (REASON in text) is knows, (address, who)
                assert cast.users["admin"].name not in text or knows

    def test_messages_that_wait_for_them_are_held(self, cast, at):
        messaging.queue_message(
            kind="notice",
            school=cast.school,
            adult=cast.adults["mother"],
            dedupe_key="x",
            due_at=at,
            expires_at=at + timedelta(days=1),
            payload={"students": [cast.students["mengyao"].pk], "words": "x", "path": "/f/"},
        )
        message = OutboxMessage.objects.get(dedupe_key="x")
        make_report(cast, adults=[cast.adults["mother"]], at=at)
        assert verdict(message, at) == (Verdict.SUPPRESS, "blocked")

    def test_a_court_order_outlives_the_lifting(self, cast, at):
        father = cast.adults["father"]
        report = make_report(cast, adults=[father], at=at)
        actions.lift(
            suspect=report.suspects.get(), by=cast.users["principal"], reason="查清", at=at
        )
        father.refresh_from_db()
        assert father.is_blocked

    def test_the_page_of_the_adult_does_not_open_them_again(self, cast, at):
        make_report(cast, adults=[cast.adults["mother"]], at=at)
        place = [cast.students["mengyao"].pk, cast.adults["mother"].pk]
        signed_in(cast, "principal").post(reverse("guardians:family_unblock", args=place))
        assert Adult.objects.get(pk=cast.adults["mother"].pk).is_blocked

    @pytest.mark.parametrize("child", ["mengyao", "xiaobao"])
    def test_of_two_reports_the_last_that_is_lifted_opens(self, cast, at, child):
        mother, later = cast.adults["mother"], at + timedelta(minutes=1)
        first = make_report(cast, adults=[mother], at=at)
        second = make_report(cast, by="counsellor", student=child, adults=[mother], at=later)
        for report, is_open in ((first, False), (second, True)):
            actions.lift(
                suspect=report.suspects.get(), by=cast.users["principal"], reason="查清", at=at
            )
            mother.refresh_from_db()
            assert mother.is_blocked is not is_open

    def test_who_teaches_as_well_loses_the_file_too(self, cast, at):
        mother, teacher = cast.adults["mother"], cast.users["teacher"]
        mother.user = teacher
        mother.save()
        make_report(cast, by="counsellor", adults=[mother], at=at)
        mine = students_visible_to(teacher, at.date())
        assert not set(mine) & set(Student.objects.filter(guardianships__adult=mother))
        assert Guardianship.objects.filter(adult=mother).count() == 2
