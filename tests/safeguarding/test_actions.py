from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from counselling import work as counselling_work
from delivery import actions as messaging
from delivery.models import OutboxMessage
from guardians.models import Adult
from messaging.models import Reply
from safeguarding import actions, nobody, queries, tasks
from safeguarding import timeline as safeguarding_timeline
from safeguarding.models import Concern, ConcernEntry
from safeguarding.opening import alert
from schools.models import Post, School
from tests.factories.cast import make_cast, make_guardianship
from tests.factories.concerns import AT, NIGHT, ask, reply

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def kinds(concern: Concern) -> list[str]:
    return list(concern.entries.values_list("kind", flat=True))


def told(concern: Concern) -> list[str]:
    """Names of those who were sent an alert, in order."""
    rows = OutboxMessage.objects.filter(payload__concern=concern.pk).order_by("pk")
    return list(rows.values_list("user__name", flat=True))


def want_help(cast, **reply_facts) -> Concern:
    reply(ask(cast), **reply_facts)
    actions.run_intake(reply_facts.get("at", AT))
    return Concern.objects.get()


class TestIntake:
    def test_a_call_for_help_becomes_a_concern_with_the_class_teacher(self, cast):
        concern = want_help(cast, words="奶奶腿疼")
        assert concern.student == cast.students["mengyao"]
        assert concern.named_adult == cast.users["teacher"]
        assert (concern.adult, concern.words) == (cast.adults["mother"], "奶奶腿疼")
        assert concern.due_at == AT + 15 * MINUTE
        assert kinds(concern) == ["opened", "told"]
        assert told(concern) == ["张丽华"]

    def test_other_answers_open_nothing(self, cast):
        reply(ask(cast), answer="talked")
        reply(ask(cast, "xiaobao"), answer="not_yet")
        assert actions.run_intake(AT) == 0
        assert not Concern.objects.exists()

    def test_each_child_of_one_question_has_its_own(self, cast):
        reply(ask(cast))
        reply(ask(cast, "xiaobao"))
        assert actions.run_intake(AT) == 2

    def test_a_second_run_opens_and_tells_nothing_more(self, cast):
        concern = want_help(cast)
        assert actions.run_intake(AT + MINUTE) == 0
        assert kinds(concern) == ["opened", "told"]
        assert told(concern) == ["张丽华"]

    def test_a_call_that_cannot_be_opened_holds_up_no_other(self, cast):
        reply(ask(cast, "yuan", adult="other_mother"))
        School.objects.filter(pk=cast.other_school.pk).update(time_zone="No/Where")
        reply(ask(cast))
        assert actions.run_intake(AT) == 1
        assert Concern.objects.get().student == cast.students["mengyao"]
        School.objects.update(time_zone="Asia/Shanghai")
        assert actions.run_intake(AT) == 1
        assert Concern.objects.count() == 2

    def test_the_task_takes_the_time_from_the_database_and_may_run_twice(self, cast):
        reply(ask(cast))
        tasks.run_intake()
        tasks.run_intake()
        assert told(Concern.objects.get()) == ["张丽华"]

    def test_the_alert_waits_for_nothing_while_sending_to_families_is_stopped(self, cast):
        messaging.stop_sending(school=None, by=cast.users["principal"], reason="演练", at=AT)
        messaging.stop_sending(school=cast.school, by=cast.users["principal"], reason="演练", at=AT)
        concern = want_help(cast, at=NIGHT)
        message = OutboxMessage.objects.get(payload__concern=concern.pk)
        assert (message.state, message.due_at) == (OutboxMessage.State.DUE, NIGHT)
        assert message.payload["path"] == f"/concerns/{concern.pk}/"

    def test_without_a_class_teacher_the_counsellor_is_named(self, cast):
        Post.objects.filter(user=cast.users["teacher"]).update(
            ends_on=AT.date() - timedelta(days=1)
        )
        assert want_help(cast).named_adult == cast.users["counsellor"]

    def test_a_teacher_who_is_blocked_in_the_family_is_never_named(self, cast):
        teacher = cast.users["teacher"]
        Adult.objects.filter(pk=cast.adults["father"].pk).update(user=teacher)
        concern = want_help(cast)
        assert concern.named_adult == cast.users["counsellor"]
        assert teacher not in queries.hand_over_choices(concern, AT)

    def test_what_the_family_writes_afterwards_is_added_once(self, cast):
        line = ask(cast)
        reply(line)
        actions.run_intake(AT)
        reply(line, act="more", answer="", words="今晚没有大人")
        actions.run_intake(AT)
        actions.run_intake(AT)
        entry = ConcernEntry.objects.get(kind="added")
        assert entry.words == "今晚没有大人"

    def test_words_after_the_closing_reach_whoever_closed_it(self, cast):
        line = ask(cast)
        reply(line)
        actions.run_intake(AT)
        concern = Concern.objects.get()
        counsellor = cast.users["counsellor"]
        actions.close(concern=concern, by=counsellor, closing="answered", words="好了", at=AT)
        reply(line, act="more", answer="", words="又吵起来了", at=AT + MINUTE)
        actions.run_intake(AT + MINUTE)
        actions.run_intake(AT + MINUTE)
        assert ConcernEntry.objects.get(kind="added").words == "又吵起来了"
        assert told(concern) == ["张丽华", "陈敏"]

    def test_words_belong_to_the_latest_call_before_them(self, cast):
        line = ask(cast)
        reply(line)
        actions.run_intake(AT)
        reply(line, act="undo", at=AT)
        second = Reply.objects.create(
            school=line.school, line=line, key="again", act="answer", answer="need_help", at=AT
        )
        actions.run_intake(AT)
        reply(line, act="more", answer="", words="今晚没有大人")
        actions.run_intake(AT)
        entry = ConcernEntry.objects.get(kind="added")
        assert entry.concern.source_key == f"reply:{second.pk}"

    def test_a_reply_taken_back_is_written_down_and_closes_nothing(self, cast):
        line = ask(cast)
        reply(line)
        actions.run_intake(AT)
        reply(line, act="undo", at=AT + MINUTE)
        actions.run_intake(AT + MINUTE)
        actions.run_intake(AT + MINUTE)
        concern = Concern.objects.get()
        assert kinds(concern) == ["opened", "told", "taken_back"]
        assert concern.closed_at is None


@pytest.mark.django_db(transaction=True)
def test_two_intakes_at_the_same_moment_open_it_once():
    cast = make_cast()
    for student in ("mengyao", "xiaobao"):
        reply(ask(cast, student))
    start, opened = Barrier(2), []

    def run():
        try:
            start.wait()
            opened.append(actions.run_intake(AT))
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sum(opened) == 2
    assert [told(concern) for concern in Concern.objects.all()] == [["张丽华"], ["张丽华"]]


@pytest.mark.django_db(transaction=True)
def test_two_climbs_at_the_same_moment_climb_one_rung():
    cast = make_cast()
    concern = want_help(cast)
    start = Barrier(2)

    def run():
        try:
            start.wait()
            actions.climb_unacknowledged(AT + 16 * MINUTE)
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert told(concern) == ["张丽华", "陈敏"]


class TestClimbing:
    def test_by_night_too_and_at_the_top_again_and_again(self, cast):
        concern = want_help(cast, at=NIGHT)
        assert actions.climb_unacknowledged(NIGHT + 14 * MINUTE) == 0
        for step in range(1, 5):
            assert actions.climb_unacknowledged(NIGHT + step * 15 * MINUTE) == 1
        assert told(concern) == ["张丽华", "陈敏", "马建国", "马建国", "马建国"]
        concern.refresh_from_db()
        assert concern.named_adult == cast.users["principal"]

    def test_in_school_hours_it_waits_for_the_morning(self, cast):
        evening = AT.replace(hour=20)
        concern = actions.raise_worry(
            student=cast.students["mengyao"],
            by=cast.users["teacher"],
            words="总一个人待着",
            is_urgent=False,
            at=evening,
            key="k",
        )
        assert concern.named_adult == cast.users["counsellor"]
        assert actions.climb_unacknowledged(evening + timedelta(hours=10)) == 0
        assert actions.climb_unacknowledged(evening + timedelta(hours=14)) == 1

    def test_nobody_is_called_once_it_is_taken(self, cast):
        concern = want_help(cast)
        actions.acknowledge(concern=concern, by=cast.users["teacher"], at=AT + MINUTE)
        assert actions.climb_unacknowledged(AT + timedelta(days=1)) == 0
        assert told(concern) == ["张丽华"]

    def test_somebody_who_left_since_is_passed_over(self, cast):
        concern = want_help(cast)
        Post.objects.filter(user=cast.users["counsellor"]).update(
            ends_on=AT.date() - timedelta(days=1)
        )
        actions.climb_unacknowledged(AT + 15 * MINUTE)
        assert told(concern) == ["张丽华", "马建国"]

    def test_after_a_pause_of_the_worker_it_climbs_one_rung_not_all(self, cast):
        concern = want_help(cast)
        actions.climb_unacknowledged(AT + timedelta(hours=2))
        actions.climb_unacknowledged(AT + timedelta(hours=2, minutes=1))
        assert told(concern) == ["张丽华", "陈敏"]


class TestActs:
    def test_taken_twice_stays_with_the_first(self, cast):
        concern = want_help(cast)
        actions.acknowledge(concern=concern, by=cast.users["counsellor"], at=AT + MINUTE)
        after = actions.acknowledge(concern=concern, by=cast.users["teacher"], at=AT + 2 * MINUTE)
        assert after.acknowledged_by == after.named_adult == cast.users["counsellor"]
        assert kinds(concern).count("acknowledged") == 1

    def test_handed_over_its_clock_starts_anew_and_they_are_told(self, cast):
        concern = want_help(cast)
        actions.acknowledge(concern=concern, by=cast.users["teacher"], at=AT)
        to, later = cast.users["counsellor"], AT + 5 * MINUTE
        after = actions.hand_over(
            concern=concern, by=cast.users["teacher"], to=to, words="我在上课", at=later
        )
        assert (after.named_adult, after.acknowledged_at) == (to, None)
        assert after.due_at == later + 15 * MINUTE
        actions.climb_unacknowledged(later + 15 * MINUTE)
        assert told(concern) == ["张丽华", "陈敏", "马建国"]

    def test_handed_back_the_first_is_told_again(self, cast):
        concern = want_help(cast)
        teacher, counsellor = cast.users["teacher"], cast.users["counsellor"]
        actions.hand_over(concern=concern, by=teacher, to=counsellor, words="", at=AT)
        actions.hand_over(concern=concern, by=counsellor, to=teacher, words="", at=AT)
        assert told(concern) == ["张丽华", "陈敏", "张丽华"]

    @pytest.mark.parametrize("words", ["", "  \n"])
    def test_it_does_not_close_without_words(self, cast, words):
        concern = want_help(cast)
        with pytest.raises(actions.WordsNeeded):
            actions.close(
                concern=concern, by=cast.users["teacher"], closing="answered", words=words, at=AT
            )
        concern.refresh_from_db()
        assert concern.closed_at is None

    def test_closed_with_words_and_opened_again(self, cast):
        concern, by = want_help(cast), cast.users["teacher"]
        closed = actions.close(
            concern=concern, by=by, closing="answered", words="电话里说好了", at=AT
        )
        assert (closed.closing, closed.closed_by) == ("answered", by)
        assert concern.entries.last().words == "电话里说好了"
        again = actions.reopen(concern=concern, by=by, words="又打来了", at=AT + MINUTE)
        assert again.closed_at is None
        assert kinds(concern) == ["opened", "told", "closed", "reopened"]

    def test_entries_cannot_be_changed(self, cast):
        concern = want_help(cast)
        with pytest.raises(Exception, match="Cannot update or delete"):
            concern.entries.update(words="anders")

    def test_a_childs_wish_goes_to_whom_it_chose_and_once_per_key(self, cast):
        facts = {
            "student": cast.students["mengyao"],
            "asked_for": "counsellor",
            "wanted_when": "now",
            "words": "",
            "at": AT,
            "key": "one",
        }
        first, second = actions.want_to_talk(**facts), actions.want_to_talk(**facts)
        assert first == second
        assert told(first) == ["陈敏"]
        assert first.due_at == AT + 15 * MINUTE


class TestQueries:
    def test_work_leads_with_the_longest_wait_and_leaves_with_closing(self, cast):
        teacher = cast.users["teacher"]
        reply(ask(cast, "xiaobao"), at=AT)
        actions.run_intake(AT)
        reply(ask(cast))
        actions.run_intake(AT + MINUTE)
        items = counselling_work.work_for(teacher, AT + MINUTE)
        assert [item.student_name for item in items] == ["徐小宝", "徐梦瑶"]
        assert all(item.later_url is None and item.hand_over_url for item in items)
        concern = Concern.objects.get(student=cast.students["xiaobao"])
        actions.acknowledge(concern=concern, by=teacher, at=AT + MINUTE)
        assert counselling_work.work_for(teacher, AT)[0].act_opens
        actions.close(concern=concern, by=teacher, closing="answered", words="好了", at=AT)
        assert [item.student_name for item in counselling_work.work_for(teacher, AT)] == ["徐梦瑶"]
        assert queries.open_counts(teacher, AT) == 1

    def test_work_costs_the_same_for_one_and_for_many(self, cast):
        make_guardianship(cast.students["mengyao"], cast.adults["other_mother"], "relative")
        asked = set()
        for number, student in enumerate(["mengyao", "xiaobao", "haitao"]):
            reply(ask(cast, student, "mother" if student != "haitao" else "other_mother"))
            actions.run_intake(AT)
            with CaptureQueriesContext(connection) as seen:
                assert len(counselling_work.work_for(cast.users["counsellor"], AT)) == number + 1
            asked.add(len(seen))
        assert len(asked) == 1, asked

    def test_the_timeline_shows_only_what_the_viewer_may_see(self, cast):
        concern = want_help(cast, words="奶奶腿疼")
        actions.close(
            concern=concern, by=cast.users["teacher"], closing="answered", words="好了", at=AT
        )
        student = cast.students["mengyao"]
        assert [
            e.text
            for e in safeguarding_timeline.timeline(student, cast.users["counsellor"], AT, 20)
        ] == [
            "奶奶腿疼",
            "好了",
        ]
        assert safeguarding_timeline.timeline(student, cast.users["admin"], AT, 20) == []

    def test_the_banner_speaks_up_when_nobody_is_there_to_be_told(self, cast):
        Post.objects.exclude(user=cast.users["admin"]).update(ends_on=AT.date() - timedelta(days=1))
        concern = want_help(cast)
        assert concern.named_adult is None
        assert queries.stopped_alert_banner(cast.users["admin"], AT).people == []

    def test_the_banner_names_first_whom_the_ladder_told_first(self, cast):
        """Whom nobody can phone comes last."""
        names = ["principal", "admin", "teacher", "counsellor"]
        for number, name in enumerate(names):
            cast.users[name].phone = "" if name == "admin" else f"+861390935010{number}"
            cast.users[name].save()
        concern = want_help(cast)
        OutboxMessage.objects.all().delete()
        alert(concern, [cast.users[name].pk for name in names], AT)
        banner = queries.stopped_alert_banner(cast.users["teacher"], AT + 4 * MINUTE)
        told = [cast.users[name].name for name in ("principal", "teacher", "counsellor", "admin")]
        assert [name for name, _phone in banner.people] == told

    def test_the_banner_names_whom_to_phone_when_the_alert_is_stuck(self, cast):
        concern = want_help(cast)
        admin = cast.users["admin"]
        assert queries.stopped_alert_banner(admin, AT + MINUTE) is None
        banner = queries.stopped_alert_banner(admin, AT + 4 * MINUTE)
        assert banner.people == [("张丽华", "+8613909350001")]
        assert queries.stopped_alert_banner(cast.users["far_teacher"], AT + 4 * MINUTE) is None
        OutboxMessage.objects.update(state=OutboxMessage.State.ACCEPTED)
        assert queries.stopped_alert_banner(admin, AT + 4 * MINUTE) is None
        OutboxMessage.objects.update(state=OutboxMessage.State.FAILED)
        assert queries.stopped_alert_banner(admin, AT + MINUTE) == banner
        actions.acknowledge(concern=concern, by=cast.users["teacher"], at=AT + MINUTE)
        assert queries.stopped_alert_banner(admin, AT + MINUTE) is None


class TestNobodyAtTheSchool:
    """A child calls, and nobody at its school holds a post that may take it: the county hears of it."""

    @pytest.fixture
    def alone(self, cast):
        there = Post.objects.filter(school=cast.school).exclude(user=cast.users["admin"])
        there.update(ends_on=AT.date() - timedelta(days=1))
        return want_help(cast)

    def told_in_county(self) -> set[str]:
        rows = OutboxMessage.objects.filter(payload__words=nobody.TOLD)
        return set(rows.values_list("user__username", flat=True))

    def test_the_county_is_told_once_and_learns_nothing_of_the_child(self, cast, alone):
        assert nobody.tell_county(AT) == 2
        assert nobody.tell_county(AT) == 0
        assert self.told_in_county() == {"county", "county_admin"}
        sent = OutboxMessage.objects.filter(payload__words=nobody.TOLD)
        assert {frozenset(one.payload) for one in sent} == {frozenset({"path", "words"})}

    def test_nobody_of_the_family_nor_barred(self, cast, alone):
        make_guardianship(
            cast.students["mengyao"],
            Adult.objects.create(school=cast.school, name="王志强", user=cast.users["county"]),
            "relative",
            kind="contact",
        )
        assert nobody.tell_county(AT) == 1
        assert self.told_in_county() == {"county_admin"}
        assert nobody.concerns_for(cast.users["county"], AT) == []

    def test_their_first_page_says_where(self, cast, alone, client):
        client.force_login(cast.users["county"], "django.contrib.auth.backends.ModelBackend")
        page = client.get("/").content.decode()
        assert cast.school.name in page
        assert cast.students["mengyao"].name not in page

    def test_once_somebody_is_there_they_get_it_and_the_county_no_longer(self, cast, alone):
        Post.objects.filter(user=cast.users["counsellor"]).update(ends_on=None)
        actions.climb_unacknowledged(AT + 15 * MINUTE)
        alone.refresh_from_db()
        assert alone.named_adult == cast.users["counsellor"]
        assert not nobody.concerns_of_nobody().exists()

    def test_where_somebody_is_there_the_county_hears_nothing(self, cast):
        want_help(cast)
        assert nobody.tell_county(AT) == 0


class TestRingingAgain:
    """Something new has come up about a concern that is there."""

    def test_whoever_took_it_is_asked_again_and_the_clock_begins_anew(self, cast):
        concern = want_help(cast)
        actions.acknowledge(concern=concern, by=cast.users["teacher"], at=AT + MINUTE)
        later = AT + 60 * MINUTE
        assert actions.ring_again(concern=concern, words="奶奶又走了", at=later)
        concern.refresh_from_db()
        assert (concern.acknowledged_at, concern.acknowledged_by) == (None, None)
        assert concern.due_at == later + 15 * MINUTE
        assert told(concern) == ["张丽华", "张丽华"]
        assert concern.entries.filter(kind="added").get().words == "奶奶又走了"

    def test_a_clock_that_still_runs_is_not_put_back(self, cast):
        concern = want_help(cast)
        assert actions.ring_again(concern=concern, words="奶奶又走了", at=AT + 10 * MINUTE)
        concern.refresh_from_db()
        assert concern.due_at == AT + 15 * MINUTE
        assert told(concern) == ["张丽华", "张丽华"]

    def test_one_that_is_closed_stays_closed(self, cast):
        concern = want_help(cast)
        Concern.objects.update(closed_at=AT, closed_by=cast.users["teacher"])
        assert not actions.ring_again(concern=concern, words="奶奶又走了", at=AT + MINUTE)
        assert kinds(concern) == ["opened", "told"]
        assert told(concern) == ["张丽华"]
