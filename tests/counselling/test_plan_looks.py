"""A plan waits for a second person's look where the school asks for it, and never for ever."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from counselling.cases import actions as case_actions
from counselling.cases.rules import LOOK_WAITS_DAYS
from counselling.models import CaseReader, PlanLook
from counselling.plans import actions
from counselling.plans import looks as plan_looks
from counselling.plans import work as plan_work
from counselling.plans.rules import MAY_SHOW, Look, LookFacts, look
from delivery import texts
from delivery.dispatch import facts
from delivery.models import OutboxMessage
from safeguarding.levels import triage
from schools.models import Post
from students.barriers import set_barrier
from tests.counselling.test_cases import signed_in
from tests.counselling.test_secrecy import dumped
from tests.days import day_of
from tests.factories import cases, plans

NOW = datetime(2026, 11, 24, 10, tzinfo=timezone.get_default_timezone())


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (LookFacts(False, True), Look.NOT_NEEDED),
        (LookFacts(True, False), Look.NOBODY),
        (LookFacts(True, True), Look.TO_ASK),
        (LookFacts(True, True, NOW - timedelta(days=LOOK_WAITS_DAYS - 1)), Look.WAITING),
        (LookFacts(True, True, NOW - timedelta(days=LOOK_WAITS_DAYS)), Look.UNANSWERED),
        (LookFacts(True, True, NOW, "agreed"), Look.AGREED),
        (LookFacts(True, True, NOW, "sent_back"), Look.SENT_BACK),
        # Nobody is left who could agree, but somebody did before they went.
        (LookFacts(True, False, NOW, "agreed"), Look.AGREED),
        # Nobody is left, and whoever sent it back went: it does not wait for ever.
        (LookFacts(True, False, NOW, "sent_back"), Look.NOBODY),
        # The colleague who was asked cannot answer any more: however long ago, they left nothing unanswered.
        (LookFacts(True, True, NOW, can_answer=False), Look.TO_ASK),
        (LookFacts(True, True, NOW - timedelta(days=30), can_answer=False), Look.TO_ASK),
        (LookFacts(True, True, NOW, "agreed", can_answer=False), Look.AGREED),
    ],
)
def test_the_table(facts, expected):
    assert look(facts, NOW) is expected


@given(
    somebody=st.booleans(),
    days=st.one_of(st.none(), st.integers(0, 60)),
    answer=st.sampled_from(["", "agreed", "sent_back"]),
)
def test_where_it_is_needed_nothing_is_shown_against_a_word_or_before_somebody_was_asked(
    somebody, days, answer
):
    asked_at = None if days is None else NOW - timedelta(days=days)
    now = look(LookFacts(True, somebody, asked_at, answer), NOW)
    if (somebody and answer == "sent_back") or (
        somebody and not answer and (days is None or days < 7)
    ):
        assert now not in MAY_SHOW
    # Never for ever: ask, wait a week, and it may be shown.
    assert look(LookFacts(True, somebody, NOW - timedelta(days=8)), NOW) in MAY_SHOW


@pytest.fixture
def at(db):
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def case(cast, at):
    cases.second_counsellor(cast)
    found = cases.make_case(cast, at)
    plans.measure(found, "school", cast, at)
    triage.set_spans(school=found.school, orange_hours=48, yellow_days=14, plans_are_agreed=True)
    return found


def page(cast, who, case) -> str:
    answer = signed_in(cast, who).get(reverse("counselling:plan", args=[case.pk]))
    return answer.content.decode() if answer.status_code == 200 else ""


def show(cast, case) -> int:
    given = {"to": "share", "review_on": (day_of(timezone.now()) + timedelta(days=20)).isoformat()}
    url = reverse("counselling:plan_state", args=[case.pk])
    return signed_in(cast, "counsellor").post(url, given).status_code


def ask(cast, case, who="second") -> int:
    url = reverse("counselling:plan_state", args=[case.pk])
    given = {"to": "ask", "user": cast.users[who].pk}
    return signed_in(cast, "counsellor").post(url, given).status_code


def answer(cast, case, who="second", to="agree", words="", mark="") -> int:
    mark = mark or plan_looks.mark_of(case.plans.get(ended_at=None))
    url = reverse("counselling:plan_agree", args=[case.pk])
    given = {"to": to, "words": words, "mark": mark}
    return signed_in(cast, who).post(url, given).status_code


def rows_of(cast, who) -> list[str]:
    found = plan_work.work_for(cast.users[who], timezone.now())
    return [one.why for one in found if one.key.startswith("plan-look")]


def is_shown(case) -> bool:
    return not case.plans.get().measures.filter(shared_at=None, dropped_at=None).exists()


def told(cast, who) -> list[OutboxMessage]:
    rows = OutboxMessage.objects.filter(user=cast.users[who], dedupe_key__startswith="look:")
    return list(rows.order_by("pk"))


class TestTold:
    """By message, too: who is to look is not always at Today."""

    def test_who_is_asked_hears_of_it_once_with_a_link_and_no_name(self, cast, case):
        for _ in range(2):  # a form that was sent twice
            assert ask(cast, case) == 302
        (row,) = told(cast, "second")
        assert row.state == "due"
        assert row.payload["path"] == reverse("counselling:plan", args=[case.pk])
        assert row.payload["student"] == case.student_id  # barred since: it is not sent
        for language in ("zh-hans", "en"):
            made = texts.render(
                kind=row.kind,
                language=language,
                url="https://s.example/x",
                school=cast.school.name,
                words=row.payload["words"],
            )
            assert "https://s.example/x" in made.body
            assert case.student.name not in made.body + made.subject
        assert "同事" in made_in("zh-hans", row)
        assert told(cast, "counsellor") == []

    @pytest.mark.parametrize("to", ["agree", "back"])
    def test_the_author_hears_what_became_of_it(self, cast, case, to):
        ask(cast, case)
        for _ in range(2):
            assert answer(cast, case, to=to, words="先问外婆") == 302
        (row,) = told(cast, "counsellor")
        assert (
            row.payload["words"] == {"agree": plan_looks.AGREED, "back": plan_looks.SENT_BACK}[to]
        )
        assert "外婆" not in str(row.payload)
        (asked,) = told(cast, "second")
        assert (asked.state, asked.cause) == ("suppressed", "no_longer_due")  # looked at already

    def test_asked_anew_it_is_told_anew_and_what_went_before_is_called_off(self, cast, case):
        ask(cast, case)
        answer(cast, case, to="back", words="先问外婆")
        plans.measure(case, "school", cast, words="每周三一起跑步")
        ask(cast, case)
        assert [row.state for row in told(cast, "second")] == ["suppressed", "due"]
        assert [row.state for row in told(cast, "counsellor")] == ["suppressed"]

    def test_of_a_plan_that_is_ended_nothing_is_told(self, cast, case, at):
        ask(cast, case)
        actions.end(plan=case.plans.get(), by=case.owner, at=timezone.now())
        assert [row.state for row in told(cast, "second")] == ["suppressed"]

    def test_it_reaches_the_second_person_and_not_one_who_is_barred_since(self, cast, case):
        ask(cast, case)
        (row,) = told(cast, "second")
        (found,) = facts.read_facts([row.pk], timezone.now())
        assert not found.facts.is_barred
        set_barrier(
            student=case.student, user=cast.users["second"], reason="x", by=case.owner,
            at=timezone.now(),
        )  # fmt: skip
        (found,) = facts.read_facts([row.pk], timezone.now())
        assert found.facts.is_barred


def made_in(language: str, row: OutboxMessage) -> str:
    return texts.render(kind=row.kind, language=language, words=row.payload["words"]).body


class TestAsked:
    def test_it_waits_visibly_and_is_shown_once_agreed(self, cast, case):
        assert show(cast, case) == 422
        assert page(cast, "second", case) == ""
        for _ in range(2):  # a form that was sent twice
            assert ask(cast, case) == 302
        assert PlanLook.objects.count() == 1
        assert show(cast, case) == 422
        assert "等孙静看" in page(cast, "counsellor", case)
        assert len(rows_of(cast, "second")) == 1
        assert rows_of(cast, "counsellor") == rows_of(cast, "principal") == []
        assert plans.WORDS["school"] in page(cast, "second", case)
        assert answer(cast, case) == 302
        assert rows_of(cast, "second") == []
        assert not is_shown(case)  # nobody but the owner shows it
        assert show(cast, case) == 302
        assert is_shown(case)

    def test_until_then_nothing_is_printed_either(self, cast, case):
        address = reverse("counselling:plan_print", args=[case.pk])
        client = signed_in(cast, "counsellor")
        assert address not in page(cast, "counsellor", case)
        assert client.get(address).status_code == 404
        assert ask(cast, case) == 302
        answer(cast, case)
        assert address in page(cast, "counsellor", case)
        assert client.get(address).status_code == 200

    def test_sent_back_with_a_word_and_asked_again(self, cast, case):
        assert ask(cast, case) == 302
        assert answer(cast, case, to="back") == 422
        words = "外婆也要参加，先问问她"
        assert answer(cast, case, to="back", words=words) == 302
        assert words in page(cast, "counsellor", case)
        assert len(rows_of(cast, "counsellor")) == 1
        assert show(cast, case) == 422
        assert ask(cast, case) == 302
        assert rows_of(cast, "counsellor") == []
        answer(cast, case)
        assert show(cast, case) == 302

    def test_a_changed_plan_asks_again_and_an_old_page_agrees_to_nothing(self, cast, case):
        assert ask(cast, case) == 302
        mark = plan_looks.mark_of(case.plans.get())
        answer(cast, case)
        plans.measure(case, "school", cast, words="每周三一起跑步")
        assert show(cast, case) == 422
        assert answer(cast, case, mark=mark) == 422
        assert ask(cast, case) == 302
        assert answer(cast, case, mark=mark) == 422
        assert not is_shown(case)
        assert answer(cast, case) == 302
        assert show(cast, case) == 302

    @pytest.mark.parametrize("who", ["counsellor", "principal", "teacher", "admin"])
    def test_only_whoever_was_let_in_answers(self, cast, case, who):
        assert ask(cast, case) == 302
        if who == "teacher":
            cases.reader(case, cast.users["teacher"])  # reads, but neither keeps nor supervises
        assert answer(cast, case, who=who) == 404
        assert PlanLook.objects.count() == 1

    def test_shut_out_again_nobody_waits_for_them_and_they_agree_to_nothing(self, cast, case):
        assert ask(cast, case) == 302
        reader = CaseReader.objects.get()
        case_actions.shut_out(reader=reader, by=case.owner, at=timezone.now())
        assert answer(cast, case) == 404
        assert rows_of(cast, "second") == []

    def test_changed_while_it_was_read_the_answer_goes_out_from_the_page_that_says_so(
        self, cast, case
    ):
        assert ask(cast, case) == 302
        client, url = signed_in(cast, "second"), reverse("counselling:plan_agree", args=[case.pk])
        old = plan_looks.mark_of(case.plans.get())
        plans.measure(case, "school", cast, words="每周三一起跑步")
        words = "外婆也要参加"
        again = client.post(url, {"to": "back", "words": words, "mark": old})
        assert again.status_code == 422
        form = again.context["look_form"]
        assert words in again.content.decode()
        mark = form["mark"].value()
        assert f'value="{mark}"' in again.content.decode()
        assert client.post(url, {"to": "back", "words": words, "mark": mark}).status_code == 302
        assert PlanLook.objects.last().kind == "sent_back"

    @pytest.mark.parametrize("how", ["shut out", "post ended", "barred"])
    def test_who_cannot_answer_any_more_is_not_waited_out(self, cast, case, how):
        second, long_ago = cast.users["second"], timezone.now() - timedelta(days=8)
        plan_looks.ask(plan=case.plans.get(), by=case.owner, whom=second, at=long_ago)
        if how == "shut out":
            reader = CaseReader.objects.get()
            case_actions.shut_out(reader=reader, by=case.owner, at=timezone.now())
        elif how == "post ended":
            yesterday = day_of(timezone.now()) - timedelta(days=1)
            Post.objects.filter(user=second).update(ends_on=yesterday)
        else:
            by, now = cast.users["principal"], timezone.now()
            set_barrier(student=case.student, user=second, reason="x", by=by, at=now)
        assert show(cast, case) == 422
        assert not is_shown(case)
        assert ask(cast, case, "principal") == 302


class TestNeverForEver:
    def test_nobody_else_could_it_says_so_and_goes_on(self, cast, case):
        others = Post.objects.filter(school=case.school, role__in=["counsellor", "principal"])
        others.exclude(user=case.owner).update(ends_on=day_of(timezone.now()) - timedelta(days=1))
        assert "没有别人" in page(cast, "counsellor", case)
        assert show(cast, case) == 302

    def test_sent_back_by_the_only_one_who_then_left(self, cast, case):
        assert ask(cast, case) == 302
        assert answer(cast, case, to="back", words="先问外婆") == 302
        others = Post.objects.filter(school=case.school, role__in=["counsellor", "principal"])
        others.exclude(user=case.owner).update(ends_on=day_of(timezone.now()) - timedelta(days=1))
        assert show(cast, case) == 302
        assert rows_of(cast, "counsellor") == []

    def test_a_week_without_an_answer(self, cast, case):
        long_ago = timezone.now() - timedelta(days=LOOK_WAITS_DAYS, hours=1)
        plan = case.plans.get()
        plan_looks.ask(plan=plan, by=case.owner, whom=cast.users["second"], at=long_ago)
        assert "还没有答复" in page(cast, "counsellor", case)
        assert show(cast, case) == 302

    def test_closing_too_goes_on_where_nobody_could_agree(self, cast, case, at):
        triage.set_spans(
            school=case.school, orange_hours=48, yellow_days=14, closing_is_agreed=True
        )
        actions.end(plan=case.plans.get(), by=case.owner, at=at)
        cases.note(case, kind="summary", at=at)
        close = {"case": case, "by": case.owner, "to": "closed", "outcome": "reached", "at": at}
        with pytest.raises(case_actions.CannotMove):
            case_actions.move(**close)
        others = Post.objects.filter(school=case.school, role__in=["counsellor", "principal"])
        others.exclude(user=case.owner).update(ends_on=day_of(at) - timedelta(days=1))
        assert case_actions.move(**close).closed_at


def test_where_the_school_does_not_ask_nobody_is_asked(cast, case):
    triage.set_spans(school=case.school, orange_hours=48, yellow_days=14)
    assert show(cast, case) == 302


def test_the_rows_of_today_cost_the_same_for_one_and_for_many(cast, case):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            for who in ("second", "counsellor"):
                rows_of(cast, who)
        return len(queries)

    ask(cast, case)
    count()
    for_one = count()
    other = cases.make_case(cast, student="haitao")
    plans.measure(other, "school", cast)
    ask(cast, other)
    assert count() == for_one
    assert len(rows_of(cast, "second")) == 2


@pytest.mark.django_db(transaction=True)
def test_the_word_of_whoever_sent_it_back_is_in_no_dump(cast):
    case = cases.make_case(cast)
    plans.measure(case, "school", cast)
    cases.reader(case, cast.users["principal"])
    plan, words = case.plans.get(), "暗号·先问外婆"
    plan_looks.answer(
        plan=plan,
        by=cast.users["principal"],
        mark=plan_looks.mark_of(plan),
        is_agreed=False,
        words=words,
        at=timezone.now(),
    )
    assert words.encode() not in dumped()
