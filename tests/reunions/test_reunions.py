"""B8 holiday reunions: the plan, who may see it, departure watch, outcome, questions, messages."""

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from core import clock
from delivery.models import OutboxMessage
from guardians.models import Guardianship, Migration
from privacy import actions as privacy
from reunions import actions, messages, queries, timeline, work
from reunions.models import InfoAsked, InfoPage, ReunionPlan, Season, Watch
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from schools.models import SchoolYear, Term
from tests.factories.cast import make_adult, make_guardianship, send_away
from tests.factories.outbox import standing
from tests.factories.reunions import make_plan, make_question, make_season

ARRIVES, LEAVES = date(2027, 1, 30), date(2027, 2, 14)


@pytest.fixture
def season(cast):
    return make_season(cast)


@pytest.fixture
def at(db):
    return clock.now()


@pytest.fixture
def father(cast):
    """Add a second parent who is away and not blocked."""
    adult = make_adult(cast.school, "徐建国", "+8613893510077")
    make_guardianship(cast.students["mengyao"], adult, "father")
    send_away(adult, "佛山")
    return adult


def noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def signed_in(client, cast, role):
    client.force_login(cast.users[role], "django.contrib.auth.backends.ModelBackend")
    return client


def save(season, cast, at, **changes):
    return actions.save_plan(
        season=season,
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        changes={
            "travel": "comes",
            "arrives_on": ARRIVES,
            "leaves_on": LEAVES,
            "has_ticket": False,
            "words": "",
            **changes,
        },
        said_by="parent",
        at=at,
    )


class TestSeasons:
    def test_they_come_from_the_terms_once_and_move_with_them(self, cast):
        year = SchoolYear.objects.get(school=cast.school)
        term = Term.objects.create(
            year=year, season="autumn", starts_on=date(2026, 9, 1), ends_on=date(2027, 1, 22)
        )
        assert actions.ensure_seasons(school=cast.school) > 0
        assert actions.ensure_seasons(school=cast.school) == 0
        winter = Season.objects.get(school=cast.school, kind="winter")
        term.ends_on = date(2027, 1, 20)
        term.save()
        actions.ensure_seasons(school=cast.school)
        winter.refresh_from_db()
        assert winter.starts_on == date(2027, 1, 21)

    def test_what_the_school_set_itself_stays(self, cast, season):
        actions.save_season(
            season=season, changes={"ends_on": date(2027, 2, 24)}, by=cast.users["admin"]
        )
        year = SchoolYear.objects.get(school=cast.school)
        Term.objects.create(
            year=year, season="autumn", starts_on=date(2026, 9, 1), ends_on=date(2027, 1, 15)
        )
        actions.ensure_seasons(school=cast.school)
        season.refresh_from_db()
        assert season.ends_on == date(2027, 2, 24)

    def test_two_tabs_of_a_holiday_replace_nothing_unseen(self, client, cast, season):
        url = reverse("reunions:season", args=[season.pk])
        signed_in(client, cast, "admin")
        form = client.get(url).context["form"]
        said = {"kind": "winter", "starts_on": season.starts_on, "ends_on": "2027-02-24"}
        said |= {"feast_on": "", "instead_of": form["instead_of"].value()}
        for _twice in range(2):
            assert client.post(url, said).status_code == 302
        late = said | {"ends_on": "2027-02-27"}
        answer = client.post(url, late)
        assert answer.status_code == 422
        assert cast.users["admin"].name in answer.text
        assert "2027-02-24" in answer.text  # the saved day
        assert "2027-02-27" in answer.text  # the typed one
        season.refresh_from_db()
        assert season.ends_on == date(2027, 2, 24)
        again = answer.context["form"]["instead_of"].value()
        assert client.post(url, late | {"instead_of": again}).status_code == 302
        season.refresh_from_db()
        assert season.ends_on == date(2027, 2, 27)


class TestPlanOnThePhone:
    def form(self, **changes):
        said = {"travel": "comes", "arrives_on": "2027-01-30", "leaves_on": "2027-02-14"}
        return said | {"key": str(uuid.uuid4())} | changes

    def url(self, cast):
        return reverse("family_reunions:plan", args=[cast.students["mengyao"].pk])

    def test_said_in_one_form_and_shown_at_the_table(self, client, cast, season):
        page = signed_in(client, cast, "mother").post(self.url(cast), self.form())
        assert page.status_code == 302
        plan = ReunionPlan.objects.get()
        assert (plan.arrives_on, plan.leaves_on, plan.said_by) == (ARRIVES, LEAVES, "parent")
        shown = client.get(page.url).content.decode()
        assert "1月30日" in shown
        assert "2月14日" in shown

    def test_saying_it_again_changes_the_one_plan(self, client, cast, season):
        signed_in(client, cast, "mother").post(self.url(cast), self.form())
        client.post(self.url(cast), self.form(travel="not"))
        plan = ReunionPlan.objects.get()
        assert (plan.travel, plan.arrives_on) == ("not", None)
        assert not Watch.objects.exists()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("arrives_on", "1900-01-01"),
            ("leaves_on", "2100-01-01"),
            ("leaves_on", "2027-01-29"),
            ("arrives_on", "31.02.2027"),
            ("travel", "flies"),
        ],
    )
    def test_a_wrong_answer_is_told_at_its_field_and_nothing_is_written(
        self, client, cast, season, field, value
    ):
        page = signed_in(client, cast, "mother").post(self.url(cast), self.form(**{field: value}))
        assert page.status_code == 422
        assert field in page.context["form"].errors
        assert not ReunionPlan.objects.exists()

    def test_a_carer_reads_and_does_not_write(self, client, cast, season):
        grandmother = cast.adults["grandmother"]
        grandmother.user = cast.users["other_mother"]
        cast.adults["other_mother"].user = None
        cast.adults["other_mother"].save()
        grandmother.save()
        signed_in(client, cast, "other_mother")
        home = reverse("family_reunions:home", args=[cast.students["mengyao"].pk])
        assert client.get(home).status_code == 200
        assert client.post(self.url(cast), self.form()).status_code == 404


class TestWhoSeesIt:
    """One parent sees the other's place and days only if the other allows it."""

    def page(self, client, cast):
        home = reverse("family_reunions:home", args=[cast.students["mengyao"].pk])
        return signed_in(client, cast, "mother").get(home).content.decode()

    def test_not_without_leave(self, client, cast, season, father):
        make_plan(cast, season, adult=father, arrives_on=date(2027, 2, 3), words="坐K1296")
        shown = self.page(client, cast)
        assert "2月3日" not in shown
        assert "K1296" not in shown

    def test_with_leave_the_days_but_not_the_words(self, client, cast, season, father, at):
        make_plan(cast, season, adult=father, arrives_on=date(2027, 2, 3), words="坐K1296")
        privacy.record_consent(
            adult=father,
            student=None,
            purpose="other_parent",
            decision="given",
            via="family_page",
            key=uuid.uuid4(),
            at=at,
        )
        shown = self.page(client, cast)
        assert "2月3日" in shown
        assert "K1296" not in shown

    def test_the_box_under_the_form_is_that_word(self, client, cast, season):
        url = reverse("family_reunions:plan", args=[cast.students["mengyao"].pk])
        form = TestPlanOnThePhone().form(show_other="on")
        signed_in(client, cast, "mother").post(url, form)
        word = cast.adults["mother"].consents.get()
        assert (word.purpose, word.decision, str(word.receipt)) == (
            "other_parent",
            "given",
            form["key"],
        )
        client.post(url, TestPlanOnThePhone().form())
        assert cast.adults["mother"].consents.first().decision == "withdrawn"

    def test_a_blocked_parent_has_no_seat(self, cast, season):
        seats = queries.seats(
            cast.students["mengyao"], season, [cast.adults["mother"]], date(2026, 11, 25)
        )
        assert [seat.adult for seat in seats] == [cast.adults["mother"]]


class TestTheChild:
    def test_hears_of_it_once_the_ticket_is_bought(self, cast, season, at):
        child, on = cast.students["mengyao"], date(2027, 1, 28)
        plan = save(season, cast, at)
        assert queries.nights_until_parent(child, on) is None
        plan.has_ticket = True
        plan.save()
        assert queries.nights_until_parent(child, on) == ("mother", 2)

    def test_never_of_a_parent_who_is_blocked_since(self, cast, season, at):
        save(season, cast, at, has_ticket=True)
        mother = cast.adults["mother"]
        mother.blocked_at, mother.blocked_reason = at, "法院保护令"
        mother.blocked_by = cast.users["principal"]
        mother.save()
        assert queries.nights_until_parent(cast.students["mengyao"], date(2027, 1, 28)) is None

    def test_a_plan_of_one_who_no_longer_is_a_parent_away_hides_no_other(
        self, cast, season, at, father
    ):
        child = cast.students["mengyao"]
        save(season, cast, at, has_ticket=True)
        earlier = {"arrives_on": ARRIVES - timedelta(days=2), "has_ticket": True}
        make_plan(cast, season, adult=father, **earlier)
        on = ARRIVES - timedelta(days=4)
        assert queries.nights_until_parent(child, on) == ("father", 2)
        Guardianship.objects.filter(adult=father).update(ends_on=date(2026, 12, 31))
        assert queries.nights_until_parent(child, on) == ("mother", 4)


class TestAChangeThatTheChildDoesNotKnow:
    """A parent cancels a visit: an adult hears of it first, and only then does the child's page change."""

    def nights(self, cast, on=date(2027, 1, 28)):
        return queries.nights_until_parent(cast.students["mengyao"], on)

    def untold(self, cast, at):
        return [one for one in work.work_for(cast.users["teacher"], at) if "untold" in one.key]

    @pytest.mark.parametrize(
        ("changes", "after"),
        [
            ({"travel": "not"}, None),
            ({"has_ticket": False}, None),
            ({"arrives_on": date(2027, 2, 2), "has_ticket": True}, ("mother", 5)),
        ],
    )
    def test_the_nights_stay_until_the_child_has_been_told(
        self, client, cast, season, at, changes, after
    ):
        save(season, cast, at, has_ticket=True)
        plan = save(season, cast, at, **({"has_ticket": True} | changes))
        assert self.nights(cast) == ("mother", 2)
        (row,) = self.untold(cast, at)
        assert row.leads
        signed_in(client, cast, "teacher").post(
            reverse("reunions:told", args=[plan.pk]), {"x": "1"}
        )
        assert self.nights(cast) == after
        assert not self.untold(cast, at)

    def test_the_parent_may_tell_the_child(self, client, cast, season, at):
        save(season, cast, at, has_ticket=True)
        client = signed_in(client, cast, "mother")
        child = cast.students["mengyao"].pk
        plan = {"travel": "not", "key": str(uuid.uuid4())}
        client.post(reverse("family_reunions:plan", args=[child]), plan)
        home = reverse("family_reunions:home", args=[child])
        told = reverse("family_reunions:told", args=[child])
        assert told in client.get(home).content.decode()
        client.post(told)
        assert told not in client.get(home).content.decode()
        assert self.nights(cast) is None

    def test_who_comes_after_all_leaves_nothing_to_tell(self, cast, season, at):
        save(season, cast, at, has_ticket=True)
        save(season, cast, at, travel="not")
        save(season, cast, at, has_ticket=True)
        assert not self.untold(cast, at)
        assert self.nights(cast) == ("mother", 2)


class TestTheDoorFromHome:
    """The line is on the card all year, whether or not the school is already asking."""

    def home(self, client, cast):
        return signed_in(client, cast, "mother").get("/f/").content.decode()

    def test_it_stands_without_a_season_and_long_before_one(self, client, cast, season):
        url = reverse("family_reunions:home", args=[cast.students["mengyao"].pk])
        Season.objects.update(starts_on=date(2027, 7, 10), ends_on=date(2027, 8, 31))
        assert url in self.home(client, cast)
        Season.objects.all().delete()
        assert url in self.home(client, cast)
        page = client.get(reverse("family:child", args=[cast.students["mengyao"].pk]))
        topics = reverse("family_reunions:topics", args=[cast.students["mengyao"].pk])
        assert topics in page.content.decode()

    def test_it_says_what_the_parent_plans(self, client, cast, season, at):
        save(season, cast, at, travel="not")
        assert "这次不回" in self.home(client, cast)

    def test_a_parent_of_whom_no_place_is_known_sees_the_own_plan(self, client, cast, season, at):
        Migration.objects.filter(adult=cast.adults["mother"]).delete()
        save(season, cast, at)
        url = reverse("family_reunions:home", args=[cast.students["mengyao"].pk])
        page = signed_in(client, cast, "mother").get(url).content.decode()
        assert "1月30日" in page
        assert reverse("family_reunions:plan", args=[cast.students["mengyao"].pk]) in page


class TestWatch:
    def test_it_follows_the_day_of_leaving_and_keeps_what_is_done(self, cast, season, at):
        plan = save(season, cast, at)
        assert list(plan.watches.values_list("step", "due_on")) == [
            (-3, date(2027, 2, 11)),
            (3, date(2027, 2, 17)),
            (14, date(2027, 2, 28)),
        ]
        first = plan.watches.get(step=-3)
        actions.close_watch(
            watch=first, seen="fine", words="", by=cast.users["teacher"], at=noon(LEAVES)
        )
        save(season, cast, at, leaves_on=date(2027, 2, 16))
        assert list(plan.watches.values_list("step", "due_on")) == [
            (-3, date(2027, 2, 11)),
            (3, date(2027, 2, 19)),
            (14, date(2027, 3, 2)),
        ]

    def test_where_nobody_came_nothing_is_watched(self, cast, season, at):
        plan = save(season, cast, at)
        actions.record_outcome(
            plan=plan, outcome="fell_through", by=cast.users["teacher"], at=noon(ARRIVES)
        )
        assert not plan.watches.exists()

    @pytest.mark.parametrize(("day", "open_looks"), [(-4, 0), (-3, 1), (1, 0), (3, 1), (14, 2)])
    def test_its_teacher_is_asked_that_day_and_nobody_elses(
        self, cast, season, at, day, open_looks
    ):
        save(season, cast, at)
        then = noon(LEAVES + timedelta(days=day))
        keys = [item.key for item in work.work_for(cast.users["teacher"], then)]
        assert sum(key.startswith("watch-") for key in keys) == open_looks
        assert work.work_for(cast.users["next_teacher"], then) == []

    def test_looked_at_in_place_on_today(self, client, cast, season, at):
        watch = save(season, cast, at).watches.get(step=3)
        url = reverse("reunions:watch", args=[watch.pk])
        signed_in(client, cast, "teacher").post(url, {"seen": "quiet", "words": "想妈妈"})
        watch.refresh_from_db()
        assert (watch.seen, watch.words, watch.done_by) == (
            "quiet",
            "想妈妈",
            cast.users["teacher"],
        )
        told = timeline.timeline(cast.students["mengyao"], cast.users["teacher"], at, 20)
        assert any("想妈妈" in event.text for event in told)

    def test_not_well_becomes_a_concern_by_itself_and_once(self, client, cast, season, at):
        watch = save(season, cast, at).watches.get(step=3)
        url = reverse("reunions:watch", args=[watch.pk])
        signed_in(client, cast, "teacher")
        assert client.post(url, {"seen": "worrying", "words": ""}).status_code == 422
        client.post(url, {"seen": "worrying", "words": "三天没怎么吃饭"})
        assert safeguarding.run_intake(at) == 1
        assert safeguarding.run_intake(at) == 0
        concern = Concern.objects.get()
        assert (concern.student, concern.raised_by, concern.words) == (
            cast.students["mengyao"],
            cast.users["teacher"],
            "三天没怎么吃饭",
        )
        assert concern.named_adult is not None

    def test_whoever_is_fine_becomes_none(self, cast, season, at):
        watch = save(season, cast, at).watches.get(step=3)
        actions.close_watch(watch=watch, seen="quiet", words="", by=cast.users["teacher"], at=at)
        assert safeguarding.run_intake(at) == 0

    def test_the_first_word_stands(self, cast, season, at):
        watch = save(season, cast, at).watches.get(step=3)
        by = cast.users["teacher"]
        assert actions.close_watch(watch=watch, seen="fine", words="", by=by, at=at)
        assert not actions.close_watch(watch=watch, seen="worrying", words="", by=by, at=at)
        watch.refresh_from_db()
        assert watch.seen == "fine"


class TestOutcome:
    def test_the_school_asks_what_became_of_it(self, client, cast, season, at):
        plan = save(season, cast, at)
        items = work.work_for(cast.users["teacher"], noon(ARRIVES + timedelta(days=2)))
        assert f"reunion-{plan.pk}" in [item.key for item in items]
        url = reverse("reunions:outcome", args=[plan.pk])
        signed_in(client, cast, "teacher").post(url, {"outcome": "happened"})
        plan.refresh_from_db()
        assert plan.outcome == "happened"
        told = timeline.timeline(cast.students["mengyao"], cast.users["teacher"], at, 20)
        assert [event.kind for event in told] == ["reunion"]

    def test_whoever_named_no_day_is_asked_about_after_the_feast(self, cast, season, at):
        plan = save(season, cast, at, arrives_on=None, leaves_on=None)
        before = [i.key for i in work.work_for(cast.users["teacher"], noon(season.feast_on))]
        after = work.work_for(cast.users["teacher"], noon(season.feast_on + timedelta(days=2)))
        assert before == []
        assert [item.key for item in after] == [f"reunion-{plan.pk}"]

    def test_the_day_of_parting_is_asked_for_and_the_watch_follows(self, client, cast, season, at):
        plan = save(season, cast, at, leaves_on=None)
        url = reverse("reunions:outcome", args=[plan.pk])
        signed_in(client, cast, "teacher")
        for day in ("1900-02-14", "2100-02-14", "2027-01-29"):
            page = client.post(url, {"outcome": "happened", "leaves_on": day})
            assert page.status_code == 422, day
            assert not plan.watches.exists()
        client.post(url, {"outcome": "happened", "leaves_on": "2027-02-14"})
        assert plan.watches.count() == 3

    def test_what_came_to_nothing_is_not_shown_as_coming(self, client, cast, season, at):
        plan = save(season, cast, at, has_ticket=True)
        by = cast.users["teacher"]
        actions.record_outcome(plan=plan, outcome="fell_through", by=by, at=at)
        home = reverse("family_reunions:home", args=[cast.students["mengyao"].pk])
        page = signed_in(client, cast, "mother").get(home)
        assert page.context["child_knows"] == ""
        assert "1月30日" not in page.content.decode()


class TestTheTable:
    """At the table: carers, a parent at home, the reader's other children, and the parents away."""

    def labels(self, client, cast, who="mother"):
        home = reverse("family_reunions:home", args=[cast.students["mengyao"].pk])
        return [place.label for place in signed_in(client, cast, who).get(home).context["places"]]

    def test_everybody_has_a_seat(self, client, cast, season):
        at_home = make_adult(cast.school, "徐建国")
        make_guardianship(cast.students["mengyao"], at_home, "father")
        Migration.objects.create(
            school=cast.school, adult=at_home, is_away=False, starts_on=date(2026, 1, 1)
        )
        assert self.labels(client, cast) == ["奶奶", "爸爸", "梦瑶", "小宝", "妈妈"]

    def test_no_child_of_another_family(self, client, cast, season):
        make_guardianship(cast.students["haitao"], cast.adults["grandmother"], "relative")
        assert "海涛" not in self.labels(client, cast)

    def test_the_place_goes_with_the_leave(self, client, cast, season, father):
        home = reverse("family_reunions:home", args=[cast.students["mengyao"].pk])
        page = signed_in(client, cast, "mother").get(home).content.decode()
        assert "昆山" in page
        assert "佛山" not in page

    def test_a_holiday_that_is_over_is_asked_about_no_more(self, client, cast, season):
        Season.objects.update(starts_on=date(2020, 1, 20), ends_on=date(2020, 2, 20))
        child = cast.students["mengyao"].pk
        signed_in(client, cast, "mother")
        assert "places" not in client.get(reverse("family_reunions:home", args=[child])).context
        plan = reverse("family_reunions:plan", args=[child])
        assert client.get(plan).status_code == 404

    def test_where_the_child_travels_nobody_comes_home(self, client, cast, season, at):
        save(season, cast, at, travel="child_goes", has_ticket=True)
        home = reverse("family_reunions:home", args=[cast.students["mengyao"].pk])
        assert signed_in(client, cast, "mother").get(home).context["child_knows"] == ""
        then = noon(LEAVES + timedelta(days=3))
        (item,) = [i for i in work.work_for(cast.users["teacher"], then) if "watch" in i.key]
        assert item.why == "从妈妈那里回来3天了。孩子怎么样？"


class TestMessages:
    """Asked once and once more, never sent to those who must not get it, and without a child's name."""

    def due(self, on: date, hour: int = 20):
        at = datetime(on.year, on.month, on.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))
        messages.queue_reminders(at=at)
        due = standing(at)
        return [due[key] for key in due if key.startswith(("reunion", "parting"))]

    def test_who_comes_is_asked_once_for_all_children_of_a_parent(self, cast, season):
        asked = self.due(season.starts_on - timedelta(days=45))
        mother = cast.adults["mother"].pk
        assert [m.adult_id for m in asked].count(mother) == 1
        assert cast.adults["father"].pk not in [m.adult_id for m in asked]  # blocked
        assert not any("梦瑶" in m.payload["words"] for m in asked)

    def test_again_two_weeks_before_and_not_when_said(self, cast, season, at):
        before = season.starts_on - timedelta(days=14)
        mother = cast.adults["mother"].pk
        assert mother in [m.adult_id for m in self.due(before)]
        save(season, cast, at)
        assert mother not in [m.adult_id for m in self.due(before)]

    def test_the_evening_after_the_parting(self, cast, season, at):
        save(season, cast, at)
        (message,) = self.due(LEAVES + timedelta(days=1))
        assert message.adult_id == cast.adults["mother"].pk
        assert self.due(LEAVES) == []

    def test_after_a_parting_it_is_about_a_child_who_is_still_the_parents(self, cast, season, at):
        make_plan(cast, season, leaves_on=LEAVES)
        make_plan(cast, season, leaves_on=LEAVES, student=cast.students["xiaobao"])
        ties = Guardianship.objects.filter(adult=cast.adults["mother"])
        ties.filter(student=cast.students["mengyao"]).update(ends_on=date(2026, 12, 31))
        [message] = self.due(LEAVES + timedelta(days=1))
        assert message.payload["student"] == cast.students["xiaobao"].pk

    def test_a_parting_on_another_day_is_written_about_on_that_day_only(self, cast, season, at):
        save(season, cast, at)
        after = LEAVES + timedelta(days=1)
        assert self.due(after)
        plan = ReunionPlan.objects.get()
        actions.record_outcome(
            plan=plan, outcome="together", by=None, at=at, leaves_on=LEAVES + timedelta(days=2)
        )
        assert self.due(after) == []  # the message queued for the old day is not sent
        [message] = self.due(LEAVES + timedelta(days=3))
        assert message.payload["which"] == f"{LEAVES + timedelta(days=2)}"
        actions.record_outcome(plan=plan, outcome="fell_through", by=None, at=at)
        assert self.due(LEAVES + timedelta(days=3)) == []


class TestLivingTogether:
    def test_asked_once_answered_by_a_named_person(self, client, cast, season):
        child = cast.students["mengyao"]
        url = reverse("family_reunions:topic", args=[child.pk, "schooling"])
        form = {"words": "昆山上学要什么？", "key": str(uuid.uuid4())}
        signed_in(client, cast, "mother")
        for _again in range(2):
            client.post(url, form)
        asked = InfoAsked.objects.get()
        (item,) = work.work_for(cast.users["teacher"], asked.asked_at)
        assert item.key == f"info-{asked.pk}"
        signed_in(client, cast, "teacher").post(item.act_url, {"answer": "居住证和租房合同。"})
        shown = signed_in(client, cast, "mother").get(url).content.decode()
        assert "居住证和租房合同。" in shown
        assert "张丽华" in shown

    def test_a_province_has_its_own_page(self, client, cast, season):
        url = reverse("reunions:page", args=["schooling"])
        signed_in(client, cast, "admin").post(
            f"{url}?province=32",
            {"topic": "schooling", "province": "32", "body": "昆山：四月报名", "source": "教育局"},
        )
        child = cast.students["mengyao"].pk
        page = reverse("family_reunions:topic", args=[child, "schooling"])
        signed_in(client, cast, "mother")
        assert "昆山：四月报名" in client.get(f"{page}?province=32").content.decode()
        assert "昆山：四月报名" not in client.get(f"{page}?province=").content.decode()
        # She works in 昆山, which is in this province, so her page opens with it.
        assert "昆山：四月报名" in client.get(page).content.decode()

    def test_a_page_is_not_written_over_from_another(self, client, cast, season):
        url = reverse("reunions:page", args=["schooling"])
        form = {"topic": "schooling", "province": "32", "body": "四月报名", "source": "教育局"}
        signed_in(client, cast, "admin").post(f"{url}?province=32", form)
        again = client.post(url, form | {"body": "别的"})
        assert again.status_code == 422
        assert "province" in again.context["form"].errors
        assert InfoPage.objects.get().body == "四月报名"
        client.post(f"{url}?province=32", form | {"body": "五月报名"})
        assert InfoPage.objects.get().body == "五月报名"

    @pytest.mark.parametrize("is_there", [False, True])
    def test_two_tabs_of_a_page_replace_nothing_unseen(self, client, cast, season, is_there):
        url = reverse("reunions:page", args=["schooling"])
        form = {"topic": "schooling", "province": "", "body": "三月报名", "source": "教育局"}
        signed_in(client, cast, "admin")
        if is_there:
            client.post(url, form)
        seen = client.get(url).context["form"]["instead_of"].value()
        client.post(url, form | {"body": "四月报名", "instead_of": seen})
        answer = client.post(url, form | {"body": "五月报名", "instead_of": seen})
        assert answer.status_code == 422
        assert "五月报名" in answer.content.decode()
        assert InfoPage.objects.get().body == "四月报名"
        again = answer.context["form"]["instead_of"].value()
        client.post(url, form | {"body": "五月报名", "instead_of": again})
        assert InfoPage.objects.get().body == "五月报名"

    def test_whoever_asked_is_told_once_that_there_is_an_answer(self, cast, season, at):
        asked = make_question(cast)
        assert not OutboxMessage.objects.exists()
        actions.answer_family(asked=asked, answer="要居住证。", by=cast.users["teacher"], at=at)
        actions.answer_family(asked=asked, answer="再说清楚。", by=cast.users["teacher"], at=at)
        message = standing(at)[f"info:{asked.pk}"]
        assert OutboxMessage.objects.count() == 1
        assert (message.adult_id, message.payload["path"]) == (
            cast.adults["mother"].pk,
            reverse("family_reunions:topic", args=[cast.students["mengyao"].pk, "schooling"]),
        )
        assert "居住证" not in message.payload["words"]
        assert standing(at + timedelta(days=4)) == {}

    def test_what_is_added_to_a_question_is_not_dropped(self, client, cast, season):
        url = reverse("family_reunions:topic", args=[cast.students["mengyao"].pk, "register"])
        key = str(uuid.uuid4())
        signed_in(client, cast, "mother")
        for words in ("户口怎么迁？", "户口怎么迁？要带什么？"):
            client.post(url, {"words": words, "key": key})
        assert InfoAsked.objects.count() == 2

    def test_no_question_is_lost_for_want_of_words(self, client, cast, season):
        url = reverse("family_reunions:topic", args=[cast.students["mengyao"].pk, "register"])
        page = signed_in(client, cast, "mother").post(url, {"words": "", "key": str(uuid.uuid4())})
        assert page.status_code == 422
        assert not InfoAsked.objects.exists()


class TestQueries:
    def test_the_board_costs_the_same_for_one_and_for_many(
        self, client, cast, season, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        from tests.factories.cast import make_student

        signed_in(client, cast, "teacher").get(reverse("reunions:board"))
        with CaptureQueriesContext(
            connection,
        ) as few:
            client.get(reverse("reunions:board"))
        for n in range(10):
            child = make_student(cast.school_class, f"孩子{n}")
            adult = make_adult(cast.school, f"家长{n}")
            make_guardianship(child, adult, "mother")
            send_away(adult, "苏州")
        with django_assert_num_queries(len(few)):
            client.get(reverse("reunions:board"))

    def test_the_whole_school_comes_first_as_the_sum_of_its_classes(self, client, cast, season):
        url = reverse("reunions:board")
        principal = signed_in(client, cast, "principal")
        make_plan(cast, season)
        make_plan(cast, season, student=cast.students["haitao"], adult=cast.adults["other_mother"])
        page = principal.get(url).context
        classes = [principal.get(url, {"class": one.pk}).context for one in page["classes"]]
        assert len(classes) > 1
        assert page["whole"] == {
            "child_count": sum(one["child_count"] for one in classes),
            "together_count": sum(one["together_count"] for one in classes),
            "unknown_count": sum(len(one["unknown"]) for one in classes),
        }
        assert page["whole"]["together_count"] > page["together_count"]
        assert "所有班级" in principal.get(url).content.decode()

    def test_who_sees_one_class_is_told_of_no_other(self, client, cast, season):
        page = signed_in(client, cast, "teacher").get(reverse("reunions:board"))
        assert page.context["whole"] is None

    def test_a_long_past_costs_the_same(self, cast, season, at, django_assert_max_num_queries):
        save(season, cast, at, has_ticket=True)
        for year in range(1, 12):
            other = make_season(cast, starts_on=date(2000 + year, 1, 20), feast_on=None)
            make_plan(
                cast,
                other,
                outcome="happened",
                arrives_on=date(2000 + year, 1, 21),
            )
        with django_assert_max_num_queries(8):
            told = timeline.timeline(cast.students["mengyao"], cast.users["teacher"], at, 5)
        assert len(told) == 5


def test_questions_wait_for_whoever_may_see_the_child(cast, season):
    make_question(cast)
    at = noon(date(2026, 11, 25))
    assert [i.key.split("-")[0] for i in work.work_for(cast.users["teacher"], at)] == ["info"]
    assert work.work_for(cast.users["far_teacher"], at) == []
