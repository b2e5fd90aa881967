"""The nightly look over what is on record, and what a person makes of a hint."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from classroom.models import AttendanceMark, ClassRegister, MissedHomework, Observation
from delivery.models import OutboxMessage
from doors.staff.today import work_of
from guardians.models import Contact, Migration
from safeguarding import actions as concerns
from safeguarding import tasks
from safeguarding.early_warning import actions as warning_actions
from safeguarding.early_warning import presenters
from safeguarding.early_warning.facts import facts_of
from safeguarding.early_warning.queries import signals_beside
from safeguarding.early_warning.rules import GAP_DAYS, USUAL
from safeguarding.early_warning.trial import kept_trial, trial_of
from safeguarding.models import Concern, Flag, WarningRules
from schools.models import SchoolYear, Term
from students import barriers
from students.models import Student
from tests.factories.cast import Cast, make_student
from tests.factories.reports import make_flag, make_report

pytestmark = pytest.mark.django_db
LIMITS = asdict(USUAL)


@pytest.fixture
def at():
    return timezone.now()


@pytest.fixture
def cast(cast, at) -> Cast:
    WarningRules.objects.create(school=cast.school, is_on=True)
    return cast


def school_days(at: datetime, n: int = 20):
    today = timezone.localdate(at)
    days = (today - timedelta(days=back) for back in range(28))
    return [day for day in days if day.weekday() < 5][:n]


def registers(cast: Cast, at: datetime) -> None:
    for day in school_days(at):
        ClassRegister.objects.create(
            school=cast.school,
            school_class=cast.school_class,
            taken_on=day,
            taken_by=cast.users["teacher"],
            taken_at=at,
        )


def absent(cast: Cast, at: datetime, days: int, student: str = "mengyao") -> None:
    for day in school_days(at)[:days]:
        AttendanceMark.objects.create(
            school=cast.school,
            student=cast.students[student],
            marked_on=day,
            kind="absent",
            written_by=cast.users["teacher"],
            written_at=at,
        )


def no_homework(cast: Cast, at: datetime, skip: int, times: int, student: str = "mengyao") -> None:
    for day in school_days(at)[skip : skip + times]:
        MissedHomework.objects.create(
            school=cast.school,
            student=cast.students[student],
            missed_on=day,
            noted_by=cast.users["teacher"],
            noted_at=at,
        )


def notes(cast: Cast, at: datetime, days: int, student: str = "mengyao", **facts) -> None:
    for back in range(days):
        Observation.objects.create(
            school=cast.school,
            student=cast.students[student],
            words="课间一个人坐着",
            themes=["withdrawal"],
            happened_at=at - timedelta(days=back),
            written_by=cast.users["teacher"],
            recorded_at=at,
            **facts,
        )


def talk(cast: Cast, at: datetime, days_ago: int, student: str = "mengyao") -> None:
    Contact.objects.create(
        school=cast.school,
        student=cast.students[student],
        adult=cast.adults["mother"],
        happened_on=timezone.localdate(at) - timedelta(days=days_ago),
        reported_by="parent",
        recorded_at=at,
    )


def trouble(cast: Cast, at: datetime) -> None:
    registers(cast, at)
    absent(cast, at, 3)
    notes(cast, at, 2)


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def term(cast, at):
    year, today = SchoolYear.objects.get(school=cast.school), timezone.localdate(at)
    return Term.objects.create(
        year=year, season="autumn", starts_on=today - timedelta(weeks=6), ends_on=today
    )


class TestTheLook:
    def test_two_kinds_together_are_a_hint_with_its_reasons(self, cast, at):
        trouble(cast, at)
        assert warning_actions.look_for_signals(at) == 1
        flag = Flag.objects.get()
        assert (flag.student, flag.domains) == (cast.students["mengyao"], ["attendance", "notes"])
        by_domain = {one["domain"]: one for one in flag.reasons}
        assert (by_domain["attendance"]["value"], by_domain["attendance"]["of"]) == (3, 20)
        assert by_domain["homework"]["state"] == "unknown"
        assert flag.missing_share == pytest.approx(0.6)

    def test_it_opens_no_concern_sends_nothing_and_is_safe_twice(self, cast, at):
        trouble(cast, at)
        tasks.look_for_signals()
        tasks.look_for_signals()
        assert Flag.objects.count() == 1
        assert not Concern.objects.exists()
        assert not OutboxMessage.objects.exists()

    def test_a_school_that_has_not_switched_them_on_gets_none(self, cast, at):
        WarningRules.objects.update(is_on=False)
        trouble(cast, at)
        assert warning_actions.look_for_signals(at) == 0

    @pytest.mark.parametrize("kind", ["absent", "homework", "notes", "silence"])
    def test_one_kind_is_none(self, cast, at, kind):
        registers(cast, at)
        talk(cast, at, GAP_DAYS + 20 if kind == "silence" else 1)
        if kind == "absent":
            absent(cast, at, 6)
        if kind == "homework":
            no_homework(cast, at, 0, 5)
        if kind == "notes":
            notes(cast, at, 4)
        assert warning_actions.look_for_signals(at) == 0

    def test_homework_of_days_away_is_not_counted_beside_them(self, cast, at):
        registers(cast, at)
        absent(cast, at, 4)
        no_homework(cast, at, 0, 4)
        assert warning_actions.look_for_signals(at) == 0
        no_homework(cast, at, 4, 3)
        assert warning_actions.look_for_signals(at) == 1

    def test_silence_speaks_where_talks_are_written_down(self, cast, at):
        registers(cast, at)
        absent(cast, at, 3)
        assert warning_actions.look_for_signals(at) == 0
        talk(cast, at, GAP_DAYS + 1)
        assert warning_actions.look_for_signals(at) == 1
        assert Flag.objects.get().domains == ["attendance", "home"]

    def test_a_family_no_number_leads_to(self, cast, at):
        registers(cast, at)
        absent(cast, at, 3)
        facts = self.facts(cast, at)
        assert facts.unreachable_since is None
        for name in ("mother", "grandmother"):
            cast.adults[name].contact_points.update(failing_since=at - timedelta(days=9))
        assert warning_actions.look_for_signals(at) == 1
        cast.adults["grandmother"].contact_points.update(failing_since=None)
        assert self.facts(cast, at).unreachable_since is None

    def facts(self, cast, at):
        found = {
            student: facts for student, _school, facts in facts_of([cast.school.pk], at.date())
        }
        return found[cast.students["mengyao"].pk]

    def test_who_was_away_before_and_is_away_again_counts_from_the_second_time(self, cast, at):
        today = timezone.localdate(at)
        mother = cast.adults["mother"]
        Migration.objects.filter(adult__in=cast.adults.values()).delete()
        past = {"place": "东莞", "is_away": True, "school": cast.school, "adult": mother}
        Migration.objects.create(
            starts_on=today - timedelta(days=1500), ends_on=today - timedelta(days=900), **past
        )
        home = Migration.objects.create(
            starts_on=today - timedelta(days=899), **past | {"is_away": False}
        )
        talk(cast, at, GAP_DAYS + 1, "haitao")
        assert self.facts(cast, at).silent_since is None
        home.ends_on = today - timedelta(days=6)
        home.save()
        Migration.objects.create(starts_on=today - timedelta(days=5), **past)
        assert self.facts(cast, at).silent_since == today - timedelta(days=5)

    def test_a_school_that_cannot_be_read_stops_no_other(self, cast, at, monkeypatch):
        trouble(cast, at)
        other = cast.other_school
        WarningRules.objects.create(school=other, is_on=True)
        read = warning_actions.facts_of

        def breaks(school_ids, on):
            if other.pk in school_ids:
                raise ValueError
            return read(school_ids, on)

        monkeypatch.setattr(warning_actions, "facts_of", breaks)
        assert warning_actions.look_for_signals(at) == 1

    def test_what_was_taken_back_does_not_count(self, cast, at):
        registers(cast, at)
        absent(cast, at, 3)
        notes(cast, at, 3, retracted_at=at)
        assert warning_actions.look_for_signals(at) == 0

    def test_whom_an_adult_has_in_hand_is_left_out(self, cast, at):
        trouble(cast, at)
        concerns.raise_worry(
            student=cast.students["mengyao"],
            by=cast.users["teacher"],
            words="x",
            is_urgent=False,
            at=at,
            key="x",
        )
        assert warning_actions.look_for_signals(at) == 0

    def test_as_many_queries_for_ten_children_as_for_one(self, cast, at):
        trouble(cast, at)

        def count() -> int:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                list(facts_of([cast.school.pk], at.date()))
            return len(queries)

        one = count()
        for number in range(10):
            name = f"child{number}"
            cast.students[name] = make_student(cast.school_class, "马小花")
            notes(cast, at, 2, name)
            absent(cast, at, 2, name)
        assert count() == one


class TestWhatComesOfIt:
    def test_a_person_opens_the_concern(self, cast, at):
        flag = make_flag(cast, at=at)
        client = signed_in(cast, "counsellor")
        said = {"settled": "concern", "words": "想和她坐一会儿"}
        url = reverse("safeguarding:flag_settle", args=[flag.pk])
        client.post(url, said)
        client.post(url, said)
        concern = Concern.objects.get()
        assert (concern.source, concern.raised_by) == ("signals", cast.users["counsellor"])
        assert (concern.level, concern.clock) == ("", "school_hours")
        flag.refresh_from_db()
        assert (flag.settled, flag.concern) == ("concern", concern)

    @pytest.mark.parametrize("settled", ["looked", "not_helpful"])
    def test_nothing_more_is_needed_or_it_did_not_help(self, cast, at, settled):
        trouble(cast, at)
        warning_actions.look_for_signals(at)
        flag = Flag.objects.get()
        client = signed_in(cast, "counsellor")
        url = reverse("safeguarding:flag_settle", args=[flag.pk])
        assert client.post(url, {"settled": settled, "words": " "}).status_code == 422
        assert client.post(url, {"settled": settled, "words": "感冒，好了"}).status_code == 302
        assert not Concern.objects.exists()
        assert warning_actions.look_for_signals(at) == 0

    def test_today_of_the_counsellor_says_why(self, cast, at):
        trouble(cast, at)
        warning_actions.look_for_signals(at)
        keys = {who: self.why(cast, who, at) for who in ("counsellor", "teacher", "admin")}
        assert "20" in keys["counsellor"]
        assert keys["teacher"] == keys["admin"] == ""

    def why(self, cast, who, at) -> str:
        items = [one for one in work_of(cast.users[who], at) if one.key.startswith("flag-")]
        return items[0].why if items else ""

    def test_who_is_barred_sees_no_hint(self, cast, at):
        make_flag(cast, at=at)
        client = signed_in(cast, "counsellor")
        assert "徐梦瑶" in client.get(reverse("safeguarding:flags")).content.decode()
        barriers.set_barrier(
            student=cast.students["mengyao"],
            user=cast.users["counsellor"],
            reason="x",
            by=cast.users["principal"],
            at=at,
        )
        assert "徐梦瑶" not in client.get(reverse("safeguarding:flags")).content.decode()

    def test_reading_is_noted_and_whose_child_has_left_reads_nothing(self, cast, at):
        make_flag(cast, at=at)
        client, url = signed_in(cast, "counsellor"), reverse("safeguarding:flags")
        response = client.get(url)
        assert "no-store" in response["Cache-Control"]
        noted = AccessRecord.objects.get(what="safeguard hints")
        assert noted.student_id == cast.students["mengyao"].pk
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(school=cast.other_school)
        assert "徐梦瑶" not in client.get(url).content.decode()

    def test_a_score_is_a_reason_for_the_counsellor_alone(self, cast, at):
        score = {"domain": "score", "state": "yes", "value": 0, "of": 0, "age_days": 3}
        make_flag(cast, at=at, domains=["notes", "score"], reasons=[score])
        url = reverse("safeguarding:flags")
        said = "明显比上次差"
        assert said in signed_in(cast, "counsellor").get(url).content.decode()
        assert said not in signed_in(cast, "principal").get(url).content.decode()


class TestBeforeTheyAreOn:
    def test_the_past_term_shows_how_many_would_have_come(self, cast, at, term):
        trouble(cast, at)
        trial = trial_of(cast.school, timezone.localdate(at))
        assert trial.total == 1
        assert trial.weeks[0].monday <= term.starts_on
        assert not Flag.objects.exists()

    def test_looked_at_again_the_school_is_not_counted_again_and_no_child_is_kept(
        self, cast, at, term
    ):
        trouble(cast, at)
        client, url = signed_in(cast, "counsellor"), reverse("safeguarding:flag_rules")

        def count() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).context["trial"].total == 1
            return len(queries)

        first = count()
        assert count() < first - 5 * 6  # several queries for each of the weeks
        assert client.post(url, LIMITS | {"looks_a_week": 40, "is_on": "on"}).status_code == 302
        kept = kept_trial(cast.school, timezone.localdate(at))
        assert cast.students["mengyao"].name not in repr(kept)
        assert set(asdict(kept)["weeks"][0]) == {
            "monday",
            "children",
            "flags",
            "by_domain",
            "unknown_share",
            "came",
            "is_live",
        }

    def test_more_than_there_is_time_for_is_refused(self, cast, at, term):
        WarningRules.objects.all().delete()
        for number in range(30):
            name = f"child{number}"
            cast.students[name] = make_student(cast.school_class, "马小花")
            notes(cast, at, 2, name)
            absent(cast, at, 4, name)
        registers(cast, at)
        client, url = signed_in(cast, "counsellor"), reverse("safeguarding:flag_rules")
        refused = client.post(url, LIMITS | {"looks_a_week": 1, "is_on": "on"})
        assert refused.status_code == 422
        assert not WarningRules.objects.filter(is_on=True).exists()
        assert client.post(url, LIMITS | {"looks_a_week": 40, "is_on": "on"}).status_code == 302
        row = WarningRules.objects.get()
        assert (row.is_on, row.changed_by) == (True, cast.users["counsellor"])


class TestLimitsOfTheSchool:
    def page(self, cast, posted=None):
        client, url = signed_in(cast, "counsellor"), reverse("safeguarding:flag_rules")
        return client.post(url, posted) if posted else client.get(url)

    def test_they_are_tried_on_the_past_term_and_nothing_is_saved(self, cast, at, term):
        trouble(cast, at)  # three days missed of twenty, and two notes
        assert self.page(cast).context["trial"].total == 1
        stricter = LIMITS | {"notes": 3, "looks_a_week": 5, "try": "1"}
        tried = self.page(cast, stricter)
        assert (tried.status_code, tried.context["trial"].total) == (200, 0)
        assert "试一试，没有保存" in tried.content.decode()
        assert WarningRules.objects.get().limits == USUAL
        milder = self.page(cast, LIMITS | {"missed_percent": 15, "looks_a_week": 5, "try": "1"})
        assert milder.context["trial"].total == 1

    def test_saved_they_hold_at_night_and_beside_a_concern(self, cast, at, term):
        trouble(cast, at)
        saved = self.page(cast, LIMITS | {"notes": 3, "looks_a_week": 5, "is_on": "on"})
        assert saved.status_code == 302
        assert WarningRules.objects.get().limits == replace(USUAL, notes=3)
        assert warning_actions.look_for_signals(at) == 0
        rows = signals_beside(cast.students["mengyao"], cast.users["counsellor"], at)
        assert [one["state"] for one in rows][:3] == ["yes", "unknown", "no"]
        notes(cast, at - timedelta(days=2), 1)
        assert warning_actions.look_for_signals(at) == 1

    @pytest.mark.parametrize(
        ("field", "value"), [("gap_days", "7"), ("missed_percent", "0"), ("notes", "x")]
    )
    def test_what_is_out_of_range_stands_at_its_field(self, cast, at, term, field, value):
        refused = self.page(cast, LIMITS | {"looks_a_week": 5, "try": "1", field: value})
        assert refused.status_code == 422
        assert set(refused.context["form"].errors) == {field}

    def test_saved_again_unchanged_it_is_on_since_the_same_day(self, cast, at, term):
        for who, later in (("counsellor", 0), ("principal", 3)):
            warning_actions.switch(
                school=cast.school,
                by=cast.users[who],
                is_on=True,
                looks_a_week=7,
                flags_a_week=0,
                at=at + timedelta(days=later),
            )
        row = WarningRules.objects.get()
        assert (row.changed_at, row.changed_by) == (at, cast.users["counsellor"])


class TestWhatCame:
    """The page says that nobody was told only where nobody was, and counts as hints those that came."""

    def page(self, cast):
        return signed_in(cast, "counsellor").get(reverse("safeguarding:flag_rules"))

    def test_nobody_was_told_while_the_rules_are_off(self, cast, at, term):
        WarningRules.objects.update(is_on=False)
        trouble(cast, at)
        shown = self.page(cast)
        assert (shown.context["trial"].total, shown.context["trial"].came) == (1, 0)
        assert "没有告诉任何人" in shown.content.decode()

    def test_after_a_hint_came_it_says_so_with_how_many_wait(self, cast, at, term):
        trouble(cast, at)
        warning_actions.look_for_signals(at)
        shown = self.page(cast)
        assert "没有告诉任何人" not in shown.content.decode()
        assert (shown.context["trial"].came, shown.context["waiting"]) == (1, 1)
        listed = signed_in(cast, "counsellor").get(reverse("safeguarding:flags"))
        assert len(listed.context["rows"]) == shown.context["waiting"]
        # Also when it was switched off again.
        WarningRules.objects.update(is_on=False)
        assert "没有告诉任何人" not in self.page(cast).content.decode()

    def test_weeks_in_which_the_look_ran_count_what_came(self, cast, at, term):
        trouble(cast, at)
        WarningRules.objects.update(changed_at=at - timedelta(weeks=5))
        live = [one for one in self.page(cast).context["trial"].weeks if one.is_live]
        assert len(live) >= 4
        assert sum(one.flags for one in live) == 0  # the trial would have guessed one
        warning_actions.look_for_signals(at)
        trial = self.page(cast).context["trial"]
        assert trial.total == trial.came == Flag.objects.count() == 1
        assert trial.weeks[-1].by_domain["notes"] == 1
        # Other limits are a guess again.
        client, url = signed_in(cast, "counsellor"), reverse("safeguarding:flag_rules")
        tried = client.post(url, LIMITS | {"gap_days": 30, "looks_a_week": 5, "try": "1"})
        assert not any(one.is_live for one in tried.context["trial"].weeks)

    def test_a_child_with_an_open_concern_is_no_hint_of_the_trial(self, cast, at, term):
        trouble(cast, at)
        concern = concerns.raise_worry(
            student=cast.students["mengyao"],
            by=cast.users["teacher"],
            words="x",
            is_urgent=False,
            at=at - timedelta(weeks=5),
            key="x",
        )
        on = timezone.localdate(at)
        assert trial_of(cast.school, on).total == 0
        Concern.objects.filter(pk=concern.pk).update(closed_at=at - timedelta(weeks=4))
        assert trial_of(cast.school, on).total == 1


class TestWords:
    def test_nothing_is_missed_no_times(self):
        said = [
            presenters.text_of(
                {"domain": domain, "state": "no", "value": 0, "of": 20, "age_days": 1}
            )
            for domain in ("attendance", "homework", "notes")
        ]
        assert said[0] == "近四周 20 个上学日都到了"
        assert not any(" 0 " in words for words in said)

    def test_how_much_is_not_known_counts_the_kinds_that_are_shown(self):
        states = ("yes", "yes", "unknown", "unknown", "no")
        assert presenters.unknown_text([{"state": one} for one in states]) == "5 类里 2 类不知道"
        assert presenters.unknown_text([{"state": "no"}]) == ""


class TestGuide:
    def test_from_it_the_call_for_an_adult_is_urgent_already(self, cast, at):
        client, student = signed_in(cast, "teacher"), cast.students["mengyao"]
        guide, new = (
            reverse(name, args=[student.pk]) for name in ("safeguarding:guide", "counselling:new")
        )
        assert f"{new}?now=1" in client.get(guide).content.decode()
        assert client.get(f"{new}?now=1").context["form"]["is_urgent"].value() is True
        assert client.get(new).context["form"]["is_urgent"].value() is False

    def test_ticks_have_name_and_time_and_can_be_taken_back(self, cast, at):
        client, student = signed_in(cast, "teacher"), cast.students["mengyao"]
        url = reverse("safeguarding:guide", args=[student.pk])
        page = client.get(url).content.decode()
        assert "12356" in page
        assert "+8613893510003" in page  # the grandmother's
        assert "+8613893510002" not in page  # the father is blocked
        key = str(uuid4())
        said = {"step": "family", "who": "奶奶 李秀兰", "key": key}
        client.post(url, said)
        client.post(url, said)
        assert student.guide_ticks.count() == 1
        assert "李秀兰</b>" in client.get(url).content.decode()
        client.post(url, {"step": "family", "is_taken_back": "on", "key": str(uuid4())})
        assert "李秀兰</b>" not in client.get(url).content.decode()
        assert student.guide_ticks.count() == 2

    def test_a_red_concern_leads_to_it(self, cast, at):
        concern = concerns.raise_worry(
            student=cast.students["mengyao"],
            by=cast.users["teacher"],
            words="x",
            is_urgent=True,
            at=at,
            key="red",
        )
        address = reverse("safeguarding:guide", args=[concern.student_id])
        client, url = (
            signed_in(cast, "counsellor"),
            reverse("counselling:detail", args=[concern.pk]),
        )
        Concern.objects.filter(pk=concern.pk).update(level="yellow")
        assert address not in client.get(url).content.decode()
        Concern.objects.filter(pk=concern.pk).update(level="red")
        assert address in client.get(url).content.decode()

    def test_the_counsellor_can_always_be_told_and_no_concern_is_given_away(self, cast, at):
        student = cast.students["mengyao"]
        url, new = (
            reverse(name, args=[student.pk]) for name in ("safeguarding:guide", "counselling:new")
        )
        make_report(cast, by="principal", at=at)
        Concern.objects.update(level="red", acknowledged_at=at)
        for who, knows in (("teacher", False), ("counsellor", True)):
            response = signed_in(cast, who).get(url)
            assert response.context["is_in_hand"] is knows
            assert new in response.content.decode()
