"""A plan of three parties: each sees its own part and ticks it off, nobody sees another's."""

import secrets
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from core import clock
from core.printing import why_no_pdf
from counselling.cases import actions as case_actions
from counselling.cases.policies import AccessWithdrawn
from counselling.models import Case, Measure, MeasureTick, SupportPlan
from counselling.plans import actions
from counselling.plans import family as plan_family
from counselling.plans import presenters as plan_presenters
from counselling.plans import work as plan_work
from counselling.plans.queries import ticks_seen_by
from delivery.models import OutboxMessage
from guardians.blocking import actions as blocking
from guardians.models import ContactPoint
from tests.counselling.test_secrecy import dumped, new_key
from tests.factories import cases, plans
from tests.factories.cast import Cast
from tests.factories.visits import refuse, settle_in_village
from tests.pdfs import text_of_pdf

pytestmark = pytest.mark.django_db
DOORS = {"family": "/f/agreed/", "school": "/", "village": "/v/"}
AT_DOOR = {"family": "mother", "school": "teacher", "village": "village"}


def client_of(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
    return client


def seen(cast: Cast, who: str, *paths: str) -> str:
    client = client_of(cast, who)
    return " ".join(client.get(path).content.decode() for path in paths)


@pytest.fixture
def made(cast):
    return plans.make_plan(cast)


def tick(cast: Cast, party: str, measure: Measure, **data) -> int:
    name = {
        "family": "family:agreed_tick",
        "school": "counselling:measure_done",
        "village": "village:agreed",
    }[party]
    address = reverse(name, args=[measure.pk])
    return client_of(cast, AT_DOOR[party]).post(address, data).status_code


class TestEachSeesTheOwnPart:
    @pytest.mark.parametrize("party", plans.WORDS)
    def test_its_words_and_no_others(self, cast, made, party):
        child = cast.students["mengyao"].pk
        more = {"family": ["/f/", f"/f/children/{child}/"], "school": [f"/children/{child}/"]}
        text = seen(cast, AT_DOOR[party], DOORS[party], *more.get(party, []))
        for other, words in plans.WORDS.items():
            assert (words in text) == (other == party), other
        if party != "school":  # a member of staff has a place "Concerns" in the rail
            assert "个案" not in text
            assert "陈敏" not in text

    @pytest.mark.parametrize("party", plans.WORDS)
    def test_nothing_before_it_is_shared_or_after_it_ended(self, cast, party):
        settle_in_village(cast.students["mengyao"])
        case = cases.make_case(cast)
        for one in plans.WORDS:
            plans.measure(case, one, cast)
        assert plans.WORDS[party] not in seen(cast, AT_DOOR[party], DOORS[party])
        plan = plans.share(case)
        assert plans.WORDS[party] in seen(cast, AT_DOOR[party], DOORS[party])
        actions.end(plan=plan, by=case.owner, at=timezone.now())
        assert plans.WORDS[party] not in seen(cast, AT_DOOR[party], DOORS[party])

    @pytest.mark.parametrize(
        "who", ["principal", "admin", "next_teacher", "county", "other_mother"]
    )
    def test_nobody_else_sees_any_of_it(self, cast, made, who):
        child = cast.students["mengyao"].pk
        text = seen(cast, who, "/", f"/children/{child}/", "/f/agreed/", "/v/")
        assert not [words for words in plans.WORDS.values() if words in text]

    def test_a_sibling_adult_of_the_same_family_sees_only_the_own(self, cast, made):
        plan, _ = made
        plans.measure(plan.case, "family", cast, adult=cast.adults["grandmother"], words="早睡")
        plans.share(plan.case)
        text = seen(cast, "mother", "/f/agreed/", "/f/")
        assert plans.WORDS["family"] in text
        assert "早睡" not in text

    def test_a_blocked_adult_sees_nothing_and_is_told_nothing(self, cast, made):
        mother = cast.adults["mother"]
        blocking.block_adult(
            adult=mother, reason="法院", by=cast.users["principal"], at=clock.now()
        )
        assert client_of(cast, "mother").get("/f/agreed/").status_code == 404
        assert tick(cast, "family", made[1]["family"]) == 404
        assert plan_family.agreed_with([mother], clock.now()) == []
        page = client_of(cast, "counsellor").get(
            reverse("counselling:plan_print", args=[made[0].case_id])
        )
        assert page.status_code == 200

    def test_a_tie_that_ended_ends_it(self, cast, made):
        cast.adults["mother"].guardianships.update(may_see_file=False)
        assert plan_family.agreed_with([cast.adults["mother"]], clock.now()) == []

    def test_refused_the_village_is_not_told(self, cast, made):
        refuse(cast.students["mengyao"], cast.adults["mother"], "village", clock.now())
        assert plans.WORDS["village"] not in seen(cast, "village", "/v/")
        assert tick(cast, "village", made[1]["village"]) == 404
        page = seen(cast, "counsellor", reverse("counselling:plan", args=[made[0].case_id]))
        assert "家里不愿意" in page


class TestTicking:
    @pytest.mark.parametrize("party", plans.WORDS)
    def test_each_ticks_the_own_and_twice_is_once(self, cast, made, party):
        measure = made[1][party]
        for _ in range(2):
            assert tick(cast, party, measure) == 302
        done = MeasureTick.objects.get()
        by = cast.adults["mother"] if party == "family" else cast.users[AT_DOOR[party]]
        assert (done.measure, done.by_user or done.by_adult) == (measure, by)

    @pytest.mark.parametrize("party", ["family", "village"])
    def test_a_tick_is_taken_back(self, cast, made, party):
        tick(cast, party, made[1][party])
        tick(cast, party, made[1][party], to="undo")
        assert not MeasureTick.objects.filter(undone_at=None).exists()
        tick(cast, party, made[1][party])
        assert MeasureTick.objects.filter(undone_at=None).count() == 1

    def test_what_a_village_phone_kept_is_taken_later_or_said_to_be_over(self, cast, made):
        plan, measures = made
        client = client_of(cast, "village")
        address = reverse("village:agreed", args=[measures["village"].pk])
        kept = client.post(address, {"key": uuid4()}, headers={"X-Offline": "1"})
        assert (kept.status_code, kept.json()) == (200, {"next": "/v/"})
        actions.end(plan=plan, by=plan.case.owner, at=timezone.now())
        late = client.post(address, {"key": uuid4()}, headers={"X-Offline": "1"})
        assert late.status_code == 410
        assert MeasureTick.objects.count() == 1

    @pytest.mark.parametrize("party", plans.WORDS)
    def test_nobody_ticks_the_part_of_another(self, cast, made, party):
        for other in set(plans.WORDS) - {party}:
            assert tick(cast, party, made[1][other]) == 404
        assert not MeasureTick.objects.exists()

    def test_progress_stands_on_the_timeline_without_words(self, cast, made):
        _plan, measures = made
        tick(cast, "family", measures["family"])
        child, at = cast.students["mengyao"], clock.now()

        def told(who: str) -> list[str]:
            found = plan_work.timeline(child, cast.users[who], at, 20)
            return [f"{one.title}{one.text}" for one in found]

        assert len(told("counsellor")) == 2
        assert told("teacher") == told("principal") == []
        tick(cast, "school", measures["school"])
        assert len(told("teacher")) == 1
        assert not [line for line in told("counsellor") for w in plans.WORDS.values() if w in line]

    def test_a_reader_of_one_case_sees_nothing_of_the_childs_next(self, cast, made):
        (plan, measures), at = made, timezone.now()
        tick(cast, "family", measures["family"])
        actions.end(plan=plan, by=plan.case.owner, at=at)
        Case.objects.filter(pk=plan.case_id).update(state="closed", closed_at=at)
        after = cases.make_case(cast)
        theirs = plans.measure(after, "village", cast)
        plans.share(after)
        actions.tick(measure=theirs, at=at, by_user=cast.users["village"])
        child = cast.students["mengyao"]
        assert len(ticks_seen_by(child, after.owner, at, 9)) == 2
        case_actions.hand_over(case=after, by=after.owner, to=cases.second_counsellor(cast), at=at)
        for who in ("counsellor", "second"):
            assert len(ticks_seen_by(child, cast.users[who], at, 9)) == 1


class TestWhatIsLate:
    def today(self, cast, who: str, days: int) -> list[str]:
        at = clock.now() + timedelta(days=days)
        return [one.why for one in plan_work.work_for(cast.users[who], at)]

    def test_its_person_and_the_owner_are_told(self, cast, made):
        assert len(self.today(cast, "teacher", 0)) == 1  # just shown
        assert self.today(cast, "teacher", 4) == self.today(cast, "counsellor", 4) == []
        assert len(self.today(cast, "teacher", 6)) == 1
        assert len(self.today(cast, "teacher", 8)) == 1
        (why,) = self.today(cast, "counsellor", 8)
        assert not [words for words in plans.WORDS.values() if words in why]
        assert self.today(cast, "principal", 8) == []

    def test_the_childs_page_keeps_what_today_does_not_remind_of(self, cast, made):
        child, at = cast.students["mengyao"], clock.now()

        def words(who: str) -> list[str]:
            found = plan_work.work_for(cast.users[who], at + timedelta(days=4), child)
            return [one.why for one in found]

        assert self.today(cast, "teacher", 4) == []
        (why,) = words("teacher")
        assert plans.WORDS["school"] in why
        assert words("principal") == []
        tick(cast, "school", made[1]["school"])
        assert words("teacher") == []

    def test_the_day_for_looking_back_comes(self, cast, made):
        _plan, measures = made
        for party, measure in measures.items():
            tick(cast, party, measure)
        assert self.today(cast, "counsellor", 27) == []
        assert len(self.today(cast, "counsellor", 28)) == 1


class TestMessages:
    def test_the_family_is_told_once_and_reminded_the_day_before(self, cast, made):
        rows = OutboxMessage.objects.filter(dedupe_key__startswith="agreed:").order_by("due_at")
        assert [row.adult for row in rows] == [cast.adults["mother"]] * 2
        assert not [row for row in rows if "梦瑶" in str(row.payload) or "通话" in str(row.payload)]
        tick(cast, "family", made[1]["family"])
        rows = {row.dedupe_key: row.state for row in rows.all()}
        assert sorted(rows.values()) == ["due", "suppressed"]

    def states(self) -> list[str]:
        rows = OutboxMessage.objects.filter(dedupe_key__startswith="agreed:")
        return sorted(rows.values_list("state", flat=True))

    @pytest.mark.parametrize("how", ["dropped", "ended"])
    def test_what_is_dropped_or_ended_is_told_to_nobody(self, cast, made, how):
        plan, measures = made
        by, at = plan.case.owner, timezone.now()
        if how == "ended":
            actions.end(plan=plan, by=by, at=at)
        else:
            actions.drop(measure=measures["family"], by=by, at=at)
        assert self.states() == ["suppressed", "suppressed"]
        plans.measure(plan.case, "family", cast)
        plans.share(plan.case)
        assert self.states() == ["due", "due", "suppressed", "suppressed"]

    def test_what_is_dropped_beside_something_else_leaves_the_notice(self, cast):
        settle_in_village(cast.students["mengyao"])
        case = cases.make_case(cast)
        one = plans.measure(case, "family", cast)
        plans.measure(case, "family", cast, words="早睡", rhythm="weekly")
        plans.share(case)
        actions.drop(measure=Measure.objects.get(pk=one.pk), by=case.owner, at=timezone.now())
        assert self.states() == ["due", "suppressed"]

    def test_a_tick_taken_back_brings_the_reminder_back(self, cast, made):
        for _ in range(2):
            tick(cast, "family", made[1]["family"])
            assert self.states().count("due") == 1
            tick(cast, "family", made[1]["family"], to="undo")
            tick(cast, "family", made[1]["family"], to="undo")
            assert self.states().count("due") == 2


class TestWriting:
    @pytest.fixture
    def case(self, cast):
        settle_in_village(cast.students["mengyao"])
        return cases.make_case(cast)

    def send(self, cast, case, party="family", **data):
        who = {
            "family": {"adult": cast.adults["mother"].pk},
            "school": {"user": cast.users["teacher"].pk},
        }
        due_on = (timezone.localdate() + timedelta(days=5)).isoformat()
        given = {"key": uuid4(), "party": party, "words": "打电话", "rhythm": "weekly"}
        given |= {"due_on": due_on, **who.get(party, {}), **data}
        address = reverse("counselling:plan", args=[case.pk])
        return client_of(cast, "counsellor").post(address, given)

    def test_a_measure_that_differs_from_the_first_try_is_kept(self, cast, case):
        key = uuid4()
        for words in ("打电话", "打电话", "每晚打电话"):
            assert self.send(cast, case, key=key, words=words).status_code == 302
        assert Measure.objects.count() == 2

    @pytest.mark.parametrize("party", plans.WORDS)
    def test_a_measure_of_each(self, cast, case, party):
        assert self.send(cast, case, party).status_code == 302
        assert Measure.objects.get().party == party

    @pytest.mark.parametrize(
        ("party", "bad"),
        [
            ("family", {"words": "按个案里说的做"}),
            ("family", {"due_on": "2020-01-01"}),
            ("family", {"due_on": "2099-01-01"}),
            ("family", {"words": ""}),
            ("school", {"user": "0"}),
            ("nobody", {}),
        ],
    )
    def test_what_cannot_be_is_said_at_its_field_and_nothing_is_lost(self, cast, case, party, bad):
        response = self.send(cast, case, party, **{"words": "我写的话"} | bad)
        assert response.status_code == 422
        assert not Measure.objects.exists()
        if party != "nobody" and bad.get("words", "x"):
            assert bad.get("words", "我写的话") in response.content.decode()

    def test_what_is_shown_late_begins_on_that_day(self, cast, case):
        on, at = timezone.localdate(), timezone.now()
        made = plans.measure(case, "school", cast, rhythm="weekly", due_on=on + timedelta(days=60))
        shown_at = at + timedelta(days=20)
        plans.share(case, shown_at)
        made.refresh_from_db()
        assert made.starts_on == on + timedelta(days=20)
        assert plan_work.work_for(case.owner, shown_at) == []
        plans.measure(case, "village", cast)
        with pytest.raises(actions.DayIsOver):
            plans.share(case, shown_at)

    def test_what_is_shown_later_leaves_the_day_of_the_first_showing(self, cast, made):
        plan, _ = made
        first_at = plan.shared_at
        plans.measure(plan.case, "school", cast)
        plans.share(plan.case, first_at + timedelta(days=1))
        plan.refresh_from_db()
        assert plan.shared_at == first_at

    def test_in_a_case_that_was_closed_meanwhile_nothing_is_added_and_the_words_stay(
        self, cast, case
    ):
        Case.objects.filter(pk=case.pk).update(state="closed", closed_at=timezone.now())
        response = self.send(cast, case, words="别丢了我的话")
        assert response.status_code == 422
        assert "别丢了我的话" in response.content.decode()
        assert not Measure.objects.exists()

    def test_a_blocked_father_and_a_stranger_are_nobody_to_ask(self, cast, case):
        for key in ("father", "other_mother"):
            assert self.send(cast, case, adult=cast.adults[key].pk).status_code == 422
        assert self.send(cast, case, "school", user=cast.users["far_teacher"].pk).status_code == 422

    def test_without_a_key_nothing_is_written_and_the_words_stay(self, cast, case, settings):
        settings.NOTE_KEYS = []
        response = self.send(cast, case, words="别丢了我的话")
        assert response.status_code == 422
        assert "别丢了我的话" in response.content.decode()
        assert not Measure.objects.exists()

    def test_a_missing_key_is_said_and_nothing_is_overwritten(self, cast, settings):
        _plan, made = plans.make_plan(cast)
        kept = Measure.objects.order_by("pk").values_list("pk", "key_id", "sealed")
        before = [(pk, key, bytes(sealed)) for pk, key, sealed in kept.all()]
        settings.NOTE_KEYS = [new_key()]
        for who, path, party in (("mother", "/f/agreed/", "family"), ("teacher", "/", "school")):
            response = client_of(cast, who).get(path)
            words = response.content.decode()
            assert response.status_code == 200
            assert f"/{made[party].pk}/" in words
            assert plans.WORDS[party] not in words
        assert [(pk, key, bytes(sealed)) for pk, key, sealed in kept.all()] == before

    def test_a_case_does_not_close_over_a_running_plan(self, cast):
        plan, _ = plans.make_plan(cast)
        cases.note(plan.case, kind="summary", words="好了")
        with pytest.raises(case_actions.CannotMove, match="open_plan"):
            case_actions.move(
                case=plan.case, by=plan.case.owner, to="closed", outcome="reached", at=clock.now()
            )

    def test_in_other_hands_nothing_is_written(self, cast, case):
        plans.measure(case, "village", cast)
        second = cases.second_counsellor(cast)
        case_actions.hand_over(case=case, by=case.owner, to=second, at=clock.now())
        with pytest.raises(AccessWithdrawn):
            actions.share(
                plan=SupportPlan.objects.get(),
                by=cast.users["counsellor"],
                review_on=timezone.localdate() + timedelta(days=7),
                at=clock.now(),
            )
        assert self.send(cast, case).status_code == 409


def test_each_adult_of_the_family_has_a_sheet_as_long_as_they_may_see_the_child(cast, made):
    plan, _ = made
    plans.measure(plan.case, "family", cast, adult=cast.adults["grandmother"], words="早睡")
    at = timezone.now()

    def words() -> list[list[str]]:
        found = plan_presenters.sheets(plan, "family", at)
        return [[line["words"] for part in one["parts"] for line in part["lines"]] for one in found]

    assert words() == [[plans.WORDS["family"]], ["早睡"]]
    cast.adults["mother"].guardianships.update(may_see_file=False)
    assert words() == [["早睡"]]


@pytest.mark.parametrize("wanted", ["all", "family"])
def test_the_print_holds_what_is_signed_and_is_noted(cast, made, wanted):
    if why := why_no_pdf():
        pytest.skip(why)
    address = reverse("counselling:plan_print", args=[made[0].case_id])
    response = client_of(cast, "counsellor").get(f"{address}?for={wanted}")
    text = text_of_pdf(response.content)
    assert plans.WORDS["family"] in text
    assert (plans.WORDS["village"] in text) == (wanted == "all")
    assert "陈敏" in text
    assert AccessRecord.objects.filter(what__endswith=f"plan print {wanted}").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_dump_reveals_no_word_of_a_plan(cast):
    settle_in_village(cast.students["mengyao"])
    case = cases.make_case(cast)
    said = f"说好-{secrets.token_hex(8)}"
    plans.measure(case, "family", cast, words=said)
    contact = ContactPoint.objects.first()
    dump = dumped()
    assert contact is not None
    assert contact.address.encode() in dump
    assert said.encode() not in dump
