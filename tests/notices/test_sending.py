"""Sending, reminding and recalling: to whom, when, and only once."""

from datetime import UTC, datetime, timedelta

import pytest

from delivery.dispatch import drain
from delivery.models import ChannelAccount, DemoPhoneMessage, OutboxMessage
from guardians.blocking import actions as blocking
from guardians.models import Adult, ContactPoint, Guardianship
from notices import actions
from notices.models import Notice, NoticeChild, Notified
from notices.policies import family_lines_of
from notices.reach import reach_of_notice
from schools.models import Post, School
from tests.factories.cast import make_adult, make_guardianship, make_student
from tests.factories.notices import answers, draft, sent

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)  # 12:00 in China, a Tuesday
NIGHT = datetime(2026, 11, 24, 15, tzinfo=UTC)  # 23:00
NEXT_DAY = NOON + timedelta(days=1)


def at_any_hour(cast) -> None:
    """Use a demo school whose adults have no quiet hours, so that messages are sent at any time of day."""
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    Adult.objects.update(quiet_from="00:00", quiet_until="00:00")


def messages(**filters):
    return OutboxMessage.objects.filter(kind="notice", **filters)


def told(**filters) -> set[str]:
    return set(messages(**filters).values_list("adult__name", flat=True))


class TestGoing:
    def test_siblings_are_one_message_for_each_adult_and_the_blocked_gets_none(self, cast):
        notice = sent(cast, at=NOON)
        assert notice.state == Notice.State.SENT
        assert sorted(messages().values_list("adult__name", flat=True)) == ["李秀兰", "王芳"]
        assert len({line.family for line in NoticeChild.objects.filter(notice=notice)}) == 1

    def test_nothing_of_the_words_and_no_name_of_a_child_leaves(self, cast):
        at_any_hour(cast)
        sent(cast)
        drain()
        texts = list(DemoPhoneMessage.objects.values_list("text", flat=True))
        assert len(texts) == 2
        for text in texts:
            assert "/f/notices/l/" in text
            assert not any(word in text for word in ("家长会", "梦瑶", "小宝", "教室"))
            assert "请确认" in text or "确认" in text

    def test_twice_is_once(self, cast):
        notice = sent(cast, at=NOON)
        assert actions.send_due(at=NOON) == 0
        Notice.objects.filter(pk=notice.pk).update(state="scheduled")
        assert messages().count() == 2

    def test_it_may_be_taken_back_until_it_leaves(self, cast):
        notice = draft(cast, at=NOON)
        actions.schedule(notice=notice, starts_at=None, at=NOON)
        assert actions.send_due(at=NOON + timedelta(seconds=59)) == 0
        assert actions.take_back(notice=notice)
        assert actions.send_due(at=NOON + timedelta(hours=1)) == 0
        assert not messages().exists()
        actions.schedule(notice=notice, starts_at=None, at=NOON)
        assert actions.send_due(at=NOON + timedelta(seconds=60)) == 1
        assert not actions.take_back(notice=notice)

    def test_at_a_day_and_time(self, cast):
        notice = draft(cast, at=NOON)
        actions.schedule(notice=notice, starts_at=NEXT_DAY, at=NOON)
        assert actions.send_due(at=NEXT_DAY - timedelta(seconds=1)) == 0
        assert actions.send_due(at=NEXT_DAY) == 1

    def test_a_teacher_whose_post_has_ended_reaches_nobody(self, cast):
        notice = draft(cast, at=NOON)
        actions.schedule(notice=notice, starts_at=NEXT_DAY, at=NOON)
        Post.objects.filter(user=cast.users["teacher"]).update(ends_on="2026-11-24")
        assert actions.send_due(at=NEXT_DAY) == 0
        notice.refresh_from_db()
        assert notice.is_draft
        assert not messages().exists()

    def test_the_words_never_change_once_sent(self, cast):
        notice = sent(cast, at=NOON)
        assert actions.digest_of(notice) == notice.digest
        with pytest.raises(Exception, match="Cannot update"):
            Notice.objects.filter(pk=notice.pk).update(words="anders")

    def test_grades_school_and_selection(self, cast):
        pick = cast.students["haitao"].pk
        for scope, picked, names in (
            ("school", [], {"徐梦瑶", "徐小宝", "丁海涛"}),
            ("grades", [3], {"徐梦瑶", "徐小宝", "丁海涛"}),
            ("grades", [4], set()),
            ("children", [pick], {"丁海涛"}),
            ("classes", [cast.next_class.pk], {"丁海涛"}),
        ):
            notice = draft(cast, by="principal", scope=scope, picked=picked, at=NOON)
            reach = reach_of_notice(notice, NOON.date())
            assert {child.student.name for child in reach.children} == names, scope

    def test_a_class_teacher_reaches_only_the_own_class_whatever_is_picked(self, cast):
        for scope, picked in (
            ("school", []),
            ("classes", [cast.next_class.pk]),
            ("children", [cast.students["haitao"].pk]),
        ):
            notice = draft(cast, scope=scope, picked=picked, at=NOON)
            assert reach_of_notice(notice, NOON.date()).children == [], scope


class TestLeftOut:
    def reach(self, cast):
        return reach_of_notice(draft(cast, by="principal", at=NOON), NOON.date())

    def why(self, cast) -> str:
        return {one.student.name: one.left_out for one in self.reach(cast).children}["丁海涛"]

    def test_no_way(self, cast):
        ContactPoint.objects.filter(adult=cast.adults["other_mother"]).delete()
        assert self.why(cast) == "no_way"

    def test_opted_out(self, cast):
        Adult.objects.filter(pk=cast.adults["other_mother"].pk).update(opted_out_at=NOON)
        assert self.why(cast) == "opted_out"

    def test_blocked_is_only_nobody(self, cast):
        blocking.block_adult(
            adult=cast.adults["other_mother"], reason="令", by=cast.users["principal"], at=NOON
        )
        assert self.why(cast) == "nobody"

    def test_who_may_not_see_the_file_is_not_written_to(self, cast):
        Guardianship.objects.filter(adult=cast.adults["other_mother"]).update(may_see_file=False)
        assert self.why(cast) == "nobody"
        assert "马兰" not in {one.name for one in self.reach(cast).adults.values()}

    def test_quiet_hours_are_shown_before(self, cast):
        Adult.objects.filter(name="李秀兰").update(shift="night")
        notice = draft(cast, at=NOON)
        arrivals = reach_of_notice(notice, NOON.date()).arrivals(NOON)
        assert [(when.astimezone(UTC).hour, n) for when, n in arrivals] == [(4, 1), (9, 1)]

    def test_as_many_queries_for_many_as_for_one(self, cast, django_assert_max_num_queries):
        notice = draft(cast, at=NOON)
        for number in range(8):
            student = make_student(cast.school_class, f"王小{number}")
            adult = make_adult(cast.school, f"王大{number}", f"+86138935200{number:02d}")
            make_guardianship(student, adult, "mother")
        with django_assert_max_num_queries(4):
            assert len(reach_of_notice(notice, NOON.date()).children) == 10


class TestAgain:
    def again(self, notice, at):
        lines = list(NoticeChild.objects.filter(notice=notice))
        return actions.ask_again(notice=notice, lines=lines, at=at)

    def test_in_the_evening_and_once_a_day(self, cast):
        notice = sent(cast, at=NOON - timedelta(days=1))
        assert self.again(notice, NOON) == 2
        row = messages(dedupe_key__endswith="2026-11-24").first()
        assert row.due_at == datetime(2026, 11, 24, 10, 30, tzinfo=UTC)  # 18:30
        assert self.again(notice, NOON + timedelta(hours=1)) == 0
        assert self.again(notice, NEXT_DAY) == 2
        assert messages().count() == 6

    def test_not_on_the_day_of_the_first_message(self, cast):
        notice = sent(cast, at=NOON)
        assert self.again(notice, NOON + timedelta(hours=1)) == 2
        days = {row.due_at.day for row in messages(dedupe_key__contains="2026-11")}
        assert days == {25}
        assert self.again(notice, NOON + timedelta(hours=2)) == 0

    def test_seeing_alone_calls_no_reminder_off(self, cast):
        notice = sent(cast, at=NOON - timedelta(days=1))
        self.again(notice, NOON)
        adult = cast.adults["mother"]
        lines = family_lines_of(notice.pk, [adult], NOON.date())
        actions.note_seen(notice=notice, adult=adult, lines=lines, at=NOON)
        reminders = messages(dedupe_key__endswith="2026-11-24")
        assert set(reminders.values_list("state", flat=True)) == {"due"}

    def test_whoever_has_answered_is_not_asked(self, cast):
        notice = sent(cast, at=NOON - timedelta(days=1))
        answers(cast, notice, at=NOON)
        assert self.again(notice, NOON) == 0

    def test_what_waits_is_called_off_by_an_answer_of_the_other(self, cast):
        notice = sent(cast, at=NOON - timedelta(days=1))
        self.again(notice, NOON)
        answers(cast, notice, "grandmother", at=NOON + timedelta(minutes=1))
        rows = messages(dedupe_key__endswith="2026-11-24")
        assert set(rows.values_list("state", "cause")) == {("suppressed", "answered")}

    def test_and_by_a_recall(self, cast):
        notice = sent(cast, at=NOON)
        self.again(notice, NOON)
        actions.recall(notice=notice, reason="改期", by=cast.users["teacher"], at=NOON)
        assert set(messages().values_list("state", flat=True)) == {"suppressed"}
        assert self.again(notice, NEXT_DAY) == 0

    def test_at_sending_who_is_no_guardian_any_more_gets_nothing(self, cast):
        at_any_hour(cast)
        sent(cast)
        held = Guardianship.objects.filter(adult=cast.adults["mother"])
        held.filter(student=cast.students["mengyao"]).update(may_see_file=False)
        held.filter(student=cast.students["xiaobao"]).update(ends_on="2026-01-01")
        drain()
        assert told(state="suppressed", cause="not_guardian") == {"王芳"}
        assert DemoPhoneMessage.objects.count() == 1

    def test_one_child_left_is_enough_to_be_written_to(self, cast):
        at_any_hour(cast)
        sent(cast)
        Guardianship.objects.filter(
            adult=cast.adults["mother"], student=cast.students["xiaobao"]
        ).update(ends_on="2026-01-01")
        drain()
        assert DemoPhoneMessage.objects.count() == 2


class TestRecall:
    def test_it_stays_with_its_reason(self, cast):
        notice = sent(cast, at=NIGHT)
        assert actions.recall(notice=notice, reason="改期", by=cast.users["teacher"], at=NIGHT)
        assert not actions.recall(notice=notice, reason="再", by=cast.users["teacher"], at=NIGHT)
        notice.refresh_from_db()
        assert (notice.state, notice.recall_reason) == ("recalled", "改期")
        assert told(state="suppressed") == {"王芳", "李秀兰"}
        assert not answers(cast, notice, at=NIGHT)
        with pytest.raises(Exception, match="Cannot delete"):
            notice.delete()


def test_notified_is_kept_for_each_adult(cast):
    notice = sent(cast, at=NOON)
    assert Notified.objects.filter(notice=notice, told_at=NOON).count() == 2
    assert ChannelAccount.objects.count() == 0
