"""How soon, judged by a person; the clock of a level; the same trouble told twice."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from delivery.models import OutboxMessage
from doors.staff.today import work_of
from safeguarding import actions
from safeguarding.ladder import rungs_of
from safeguarding.levels import rules as level_rules
from safeguarding.levels import triage
from safeguarding.levels.rules import ORDER, Spans
from safeguarding.models import Concern, ConcernEntry, LevelSpans
from schools.models import Post
from tests.factories.concerns import AT
from tests.factories.reports import make_report

pytestmark = pytest.mark.django_db
WHY = "今天又一个人坐在操场边，说不想回家"
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Weekdays:
    """A school that is open from eight to five, Monday to Friday."""

    is_open: bool = True
    opens: time = time(8, 0)
    closes: time = time(17, 0)

    def is_school_day(self, on) -> bool:
        return self.is_open and on.weekday() < 5


def november(day: int, hour: int, minute: int) -> datetime:
    """Of 2026; the 31st is the first of December."""
    begin = datetime(2026, 11, 1, hour, minute, tzinfo=ZONE)
    return begin + timedelta(days=day - 1)


LEVELS = st.sampled_from(ORDER)


@given(now=LEVELS, level=LEVELS, own=st.booleans(), lowers=st.booleans())
def test_nobody_lowers_what_somebody_else_set_without_the_right_to(now, level, own, lowers):
    may = level_rules.may_set(level, now=now, set_by_self=own, may_lower=lowers)
    assert may is (ORDER.index(level) >= ORDER.index(now) or own or lowers)


@given(one=LEVELS, other=LEVELS)
def test_joined_keep_the_higher(one, other):
    assert not level_rules.is_lower(level_rules.higher(one, other), one)
    assert not level_rules.is_lower(level_rules.higher(one, other), other)


@pytest.mark.parametrize(
    ("level", "spans", "after"),
    [
        ("red", Spans(), timedelta(minutes=15)),
        ("orange", Spans(), timedelta(hours=48)),
        ("orange", Spans(orange_hours=24), timedelta(hours=24)),
        ("yellow", Spans(), timedelta(days=14)),
        ("yellow", Spans(yellow_days=7), timedelta(days=7)),
    ],
)
def test_until_when(level, spans, after):
    assert level_rules.look_by(level, AT, spans, Weekdays(), ZONE) == AT + after


@pytest.mark.parametrize(
    ("level", "at", "until"),
    [
        # Thursday 15:00 and two school days: Monday 15:00, the weekend does not count.
        ("orange", (26, 15, 0), (30, 15, 0)),
        # Friday 22:00: Tuesday evening is no time to look after anything; Wednesday morning is.
        ("orange", (27, 22, 0), (32, 8, 0)),
        ("orange", (24, 6, 0), (26, 8, 0)),
        # A Saturday two weeks on: the Monday after.
        ("yellow", (28, 10, 0), (44, 8, 0)),
        ("yellow", (24, 19, 0), (39, 8, 0)),
        ("red", (28, 23, 50), (29, 0, 5)),
    ],
)
def test_orange_and_yellow_end_when_the_school_is_open(level, at, until):
    looked = level_rules.look_by(level, november(*at), Spans(), Weekdays(), ZONE)
    assert looked == november(*until)


def test_a_summer_without_school_days_holds_nothing_up_for_long():
    closed = Weekdays(is_open=False)
    orange = level_rules.look_by("orange", AT, Spans(), closed, ZONE)
    yellow = level_rules.look_by("yellow", AT, Spans(), closed, ZONE)
    assert orange == AT + timedelta(days=level_rules.ORANGE_LONGEST_DAYS)
    assert yellow == AT + timedelta(days=14 + level_rules.YELLOW_WAITS_DAYS)


def worry(cast, words="总一个人待着", key="one", student="mengyao", by="teacher") -> Concern:
    return actions.raise_worry(
        student=cast.students[student],
        by=cast.users[by],
        words=words,
        is_urgent=False,
        at=AT,
        key=key,
    )


def judge(cast, concern, level, by="counsellor", at=AT, words=WHY) -> Concern:
    return triage.set_level(concern=concern, by=cast.users[by], level=level, words=words, at=at)


def signed_in(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


def told(concern) -> list[str]:
    rows = OutboxMessage.objects.filter(payload__concern=concern.pk).order_by("pk")
    return [row.user.username for row in rows]


class TestLevel:
    def test_it_is_kept_with_who_and_why(self, cast):
        concern = judge(cast, worry(cast), "orange")
        assert (concern.level, concern.level_by) == ("orange", cast.users["counsellor"])
        entry = concern.entries.get(kind="level")
        assert (entry.words, entry.level) == (WHY, "orange")

    def test_without_words_none_is_set(self, cast):
        with pytest.raises(actions.WordsNeeded):
            judge(cast, worry(cast), "red", words=" ")

    def test_red_runs_round_the_clock_and_ends_only_with_an_adult_there(self, cast):
        concern = judge(cast, worry(cast), "red", by="teacher")
        assert concern.clock == "round_the_clock"
        assert concern.due_at <= AT + timedelta(minutes=15)
        assert told(concern) == ["counsellor", "counsellor"]
        with pytest.raises(actions.AdultNeeded):
            actions.close(
                concern=concern, by=cast.users["teacher"], closing="answered", words="x", at=AT
            )
        page = signed_in(cast, "counsellor").get(_url("detail", concern)).content.decode()
        assert 'value="answered"' not in page
        closed = actions.close(
            concern=concern, by=cast.users["teacher"], closing="with_child", words="x", at=AT
        )
        assert closed.closed_at == AT

    @pytest.mark.parametrize("level", ["orange", "yellow"])
    def test_a_child_that_was_told_today_does_not_wait_for_days(self, cast, level):
        concern = actions.want_to_talk(
            key="today",
            student=cast.students["mengyao"],
            asked_for="counsellor",
            wanted_when="today",
            words="",
            at=AT,
        )
        looked = judge(cast, concern, level).look_by.astimezone(ZONE)
        assert (looked.date(), looked.time()) == (AT.astimezone(ZONE).date(), time(17, 0))
        # Judged when that is over: the level's own time, as of any other.
        late = judge(cast, concern, "red", at=AT + timedelta(days=2))
        assert late.look_by == AT + timedelta(days=2, minutes=level_rules.RED_MINUTES)

    @pytest.mark.parametrize(
        ("by", "status"), [("teacher", 422), ("counsellor", 302), ("principal", 302)]
    )
    def test_the_teacher_does_not_lower_what_the_counsellor_set(self, cast, by, status):
        concern = judge(cast, worry(cast), "orange")
        if by == "principal":  # who sees by name only what comes to them
            people = {"by": cast.users["counsellor"], "to": cast.users["principal"]}
            actions.hand_over(concern=concern, words="", at=AT, **people)
        given_ = {"level": "yellow", "words": WHY}
        response = signed_in(cast, by).post(_url("level", concern), given_)
        assert response.status_code == status
        concern.refresh_from_db()
        assert concern.level == ("orange" if status == 422 else "yellow")

    def test_the_school_chooses_within_bounds(self, cast):
        client = signed_in(cast, "principal")
        address = reverse("counselling:levels")
        refused = client.post(address, {"orange_hours": 72, "yellow_days": 7})
        assert refused.status_code == 422
        assert not LevelSpans.objects.exists()
        client.post(address, {"orange_hours": 24, "yellow_days": 7})
        concern = judge(cast, worry(cast), "orange")
        assert concern.look_by == AT + timedelta(hours=24)

    def test_the_page_names_who_is_reached_in_the_order_of_the_ladder(self, cast):
        duty = cast.users["next_teacher"]
        Post.objects.filter(user=duty).update(is_duty=True)
        User.objects.filter(pk=duty.pk).update(phone="", email="")
        User.objects.filter(username="principal").update(phone="+8613893510099")
        page = signed_in(cast, "principal").get(reverse("counselling:levels"))
        teachers, *above = page.context["rungs"]
        told_in_turn = rungs_of(worry(cast, by="admin"), AT)[1:]
        names = dict(User.objects.values_list("pk", "name"))
        assert [[one.name for one in rung.people] for rung in above] == [
            [names[pk] for pk in people] for people in told_in_turn
        ]
        assert {one.name for one in teachers.people} == {"张丽华", "李桂英"}
        assert [one.is_reachable for one in above[-1].people] == [False, True]
        assert "没有电话和邮箱" in page.content.decode()


class TestLate:
    def test_the_next_person_hears_once_in_each_span_and_nothing_is_lowered(self, cast):
        concern = judge(cast, worry(cast), "orange")
        actions.acknowledge(concern=concern, by=cast.users["counsellor"], at=AT)
        before = len(told(concern))
        assert triage.remind_of_late(AT + timedelta(hours=47)) == 0
        late = AT + timedelta(hours=48)
        assert (triage.remind_of_late(late), triage.remind_of_late(late)) == (1, 0)
        assert sorted(told(concern)[before:]) == ["counsellor", "principal"]
        concern.refresh_from_db()
        assert (concern.level, concern.closed_at) == ("orange", None)
        assert concern.named_adult == cast.users["counsellor"]
        # A Thursday: the weekend between does not count.
        assert triage.remind_of_late(late + timedelta(hours=48)) == 0
        assert triage.remind_of_late(late + timedelta(days=4)) == 1

    def test_looked_after_in_time_nobody_is_told(self, cast):
        concern = judge(cast, worry(cast), "yellow")
        counsellor = cast.users["counsellor"]
        actions.close(concern=concern, by=counsellor, closing="with_child", words="x", at=AT)
        assert triage.remind_of_late(AT + timedelta(days=60)) == 0


class TestJoining:
    def test_the_words_stay_and_the_more_urgent_counts(self, cast):
        first, second = worry(cast), worry(cast, words="身上有伤", key="two")
        judge(cast, second, "red")
        client = signed_in(cast, "counsellor")
        response = client.post(_url("join", second), {"into": first.pk})
        assert response.url.startswith(_url("detail", first))
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.level, first.clock) == ("red", "round_the_clock")
        assert (second.joined_to, second.closing) == (first, "joined")
        page = client.get(_url("detail", first)).content.decode()
        assert "身上有伤" in page
        listed = client.get(reverse("counselling:list")).content.decode()
        assert _url("detail", first) in listed
        assert _url("detail", second) not in listed
        kinds = [entry.kind for entry in ConcernEntry.objects.filter(concern=first)]
        assert kinds.count("joined") == 1

    def test_parted_again_it_has_its_own_level_and_the_other_lowers_nothing(self, cast):
        first, second = worry(cast), worry(cast, words="身上有伤", key="two")
        judge(cast, second, "red")
        client = signed_in(cast, "counsellor")
        client.post(_url("join", second), {"into": first.pk})
        assert _url("part", second) in client.get(_url("detail", first)).content.decode()
        for _ in range(2):
            client.post(_url("part", second))
        first.refresh_from_db()
        second.refresh_from_db()
        assert (second.joined_to, second.closed_at, second.level) == (None, None, "red")
        assert (first.level, first.closed_at) == ("red", None)
        assert ConcernEntry.objects.filter(kind="parted").count() == 2

    def test_another_childs_is_refused(self, cast):
        first, other = worry(cast), worry(cast, key="two", student="xiaobao")
        client = signed_in(cast, "counsellor")
        assert client.post(_url("join", first), {"into": other.pk}).status_code == 422
        with pytest.raises(triage.CannotJoin):
            triage.join(concern=first, into=other, by=cast.users["counsellor"], at=AT)

    def test_a_report_is_joined_to_nothing_that_more_people_see(self, cast):
        wide = worry(cast)
        report = make_report(cast, by="principal", at=AT)
        secret = Concern.objects.get(source="report")
        client = signed_in(cast, "counsellor")
        assert client.post(_url("join", secret), {"into": wide.pk}).status_code == 422
        with pytest.raises(triage.CannotJoin):
            triage.join(concern=secret, into=wide, by=cast.users["counsellor"], at=AT)
        Concern.objects.filter(pk=secret.pk).update(joined_to=wide, closing="joined", closed_at=AT)
        teacher = signed_in(cast, "teacher")
        assert _url("part", secret) not in teacher.get(_url("detail", wide)).content.decode()
        assert _url("part", secret) in client.get(_url("detail", wide)).content.decode()
        assert report.pk

    def test_twice_joins_once(self, cast):
        first, second = worry(cast), worry(cast, key="two")
        for _ in range(2):
            triage.join(concern=second, into=first, by=cast.users["counsellor"], at=AT)
        assert ConcernEntry.objects.filter(kind="joined").count() == 2


def _url(name: str, concern: Concern) -> str:
    return reverse(f"counselling:{name}", args=[concern.pk])


class TestToday:
    def rows(self, cast, at) -> list:
        found = work_of(cast.users["counsellor"], at)
        return [(item.key, item.lane.value) for item in found if item.key.startswith("concern-")]

    def test_red_leads_and_what_is_in_hand_waits_with_what_is_due(self, cast):
        calm, red = worry(cast), worry(cast, key="two", student="xiaobao")
        judge(cast, calm, "yellow")
        judge(cast, red, "red", at=AT + timedelta(minutes=5))
        assert self.rows(cast, AT + timedelta(minutes=6))[0] == (f"concern-{red.pk}", "adult_now")
        actions.acknowledge(concern=calm, by=cast.users["counsellor"], at=AT)
        soon, late = AT + timedelta(hours=1), AT + timedelta(days=15)
        assert (f"concern-{calm.pk}", "due") in self.rows(cast, soon)
        assert (f"concern-{calm.pk}", "adult_now") in self.rows(cast, late)
