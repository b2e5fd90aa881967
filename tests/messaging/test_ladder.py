"""The whole ladder: another way, another adult, the village worker; and a school's own waits."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from core import clock
from delivery import dispatch
from delivery.models import OutboxMessage
from figures.definitions import DEFINITIONS
from guardians.models import Adult, Contact, ContactPoint
from messaging import actions, links, queries, rules
from messaging.ladder.replay import replay
from messaging.models import CheckIn, CheckInPlan, FollowUp, LadderSettings, LadderStep
from messaging.queries.past_questions import past_months
from messaging.queries.sent import sent_for
from schools.models import Post
from schools.roles import Role
from students.barriers import set_barrier
from students.models import Student
from tests.factories.cast import make_adult, make_guardianship, send_away
from visits.models import Visit


@pytest.fixture
def at(db):
    """Noon of today where the families are: steps fall on the same days whenever the tests run."""
    return timezone.localtime(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def asked(cast, at):
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    return CheckIn.objects.get(adult=cast.adults["mother"])


def live(at, first, last, arriving=False):
    """Climb each evening; `arriving`: the provider has taken every question that was due."""
    for day in range(first, last + 1):
        if arriving:
            OutboxMessage.objects.filter(state="due").update(state="accepted")
        actions.climb_ladders(at=at + timedelta(days=day, hours=6, minutes=45))
        actions.climb_ladders(at=at + timedelta(days=day, hours=6, minutes=46))


def steps_of(check_in):
    return [(row.rung, row.is_taken, row.cause) for row in check_in.steps.all()]


# --- Another adult ------------------------------------------------------------------------------


def test_the_whole_climb_is_written_down_step_by_step(cast, asked, at):
    ContactPoint.objects.create(
        school=cast.school,
        adult=cast.adults["mother"],
        kind="email",
        address="m@example.org",
        priority=2,
    )
    OutboxMessage.objects.filter(about_id=asked.pk).update(
        contact_point=cast.adults["mother"].contact_points.get(kind="phone")
    )
    live(at, 1, 9, arriving=True)
    assert steps_of(asked) == [
        ("ask_again", True, "no_answer"),
        ("other_way", True, "no_answer"),
        ("other_adult", True, "no_answer"),
        ("tell_teacher", True, "no_answer"),
    ]
    assert FollowUp.objects.filter(check_in=asked).count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        asked.steps.update(cause="")


def test_whoever_is_at_home_is_asked_about_both_children(cast, asked, at):
    live(at, 1, 6)
    other = asked.others.get()
    assert (other.adult, other.as_carer) == (cast.adults["grandmother"], True)
    assert other.lines.count() == 2
    assert other.next_step_at is None
    assert OutboxMessage.objects.filter(about_id=other.pk).count() == 1


def test_of_two_families_one_asks_their_grandmother_and_the_other_is_passed_over(client, cast, at):
    make_guardianship(cast.students["haitao"], cast.adults["grandmother"], "maternal_grandmother")
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    live(at, 1, 6)
    firsts = [CheckIn.objects.get(adult=cast.adults[one]) for one in ("mother", "other_mother")]
    steps = {first: first.steps.get(rung="other_adult") for first in firsts}
    assert sorted(step.is_taken for step in steps.values()) == [False, True]
    for first, step in steps.items():
        assert first.others.exists() == step.is_taken
        assert (step.cause == "asked_today") == (not step.is_taken)
    client.force_login(cast.users["principal"])
    for child, first in zip(("mengyao", "haitao"), firsts, strict=True):
        url = f"{reverse('messaging:board')}?child={cast.students[child].pk}"
        page = client.get(url).content.decode()
        assert ("那天已经问过一次" in page) == (not steps[first].is_taken)


def test_another_parent_away_is_asked_first_and_as_a_parent(cast, at):
    father = make_adult(
        cast.school, "丁建国", "+8613893519999", quiet_from="00:00", quiet_until="00:00"
    )
    make_guardianship(cast.students["haitao"], father, "father", priority=5)
    send_away(father, "宁波")
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    first = CheckIn.objects.get(adult=cast.adults["other_mother"])
    live(at, 1, 6)
    other = first.others.get()
    assert (other.adult, other.as_carer) == (father, False)


@pytest.mark.parametrize(
    "change",
    [
        {"blocked_at": timezone.now(), "blocked_reason": "x"},
        {"opted_out_at": timezone.now()},
        {"condition": Adult.Condition.DEAD},
        {"condition": Adult.Condition.MISSING},
        {"condition": Adult.Condition.NO_CONTACT},
        {"legal_basis": Adult.LegalBasis.NONE},
    ],
)
def test_nobody_else_is_asked_who_may_not_be(cast, asked, at, change):
    grandmother = Adult.objects.filter(pk=cast.adults["grandmother"].pk)
    if "blocked_at" in change:
        change |= {"blocked_by": cast.users["principal"]}
    grandmother.update(**change)
    live(at, 1, 9)
    assert not asked.others.exists()
    assert ("other_adult", False, "no_other_adult") in steps_of(asked)
    assert FollowUp.objects.filter(check_in=asked).count() == 2


def test_a_phone_shared_with_a_blocked_adult_is_not_asked(cast, asked, at):
    phone = cast.adults["father"].contact_points.get().address
    cast.adults["grandmother"].contact_points.update(address=phone)
    live(at, 1, 9)
    assert not asked.others.exists()


def test_nobody_at_home_is_asked_about_a_parent_who_was_blocked_meanwhile(cast, asked, at):
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(
        blocked_at=at, blocked_reason="x", blocked_by=cast.users["principal"]
    )
    live(at, 1, 9)
    assert not asked.others.exists()
    assert sent_for([asked.pk]).count() == 1


def test_a_question_to_somebody_at_home_dies_with_the_first_one(cast, asked, sms, gateway, at):
    live(at, 1, 4)
    other = asked.others.get()
    OutboxMessage.objects.exclude(about_id=other.pk).delete()
    OutboxMessage.objects.update(due_at=clock.now())
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(
        blocked_at=at, blocked_reason="x", blocked_by=cast.users["principal"]
    )
    dispatch.drain()
    assert OutboxMessage.objects.get(about_id=other.pk).cause == "not_asked_about"
    assert not gateway.requests


def test_who_is_at_home_gets_the_question_once(cast, asked, sms, gateway, at):
    live(at, 1, 4)
    other = asked.others.get()
    OutboxMessage.objects.exclude(about_id=other.pk).delete()
    OutboxMessage.objects.update(due_at=clock.now())
    dispatch.drain()
    dispatch.drain()
    assert OutboxMessage.objects.get(about_id=other.pk).state == "accepted"
    assert len(gateway.taken) == 1
    assert "梦瑶" not in str(gateway.taken)


def test_what_somebody_at_home_says_counts_as_the_parents_talk(client, cast, asked, at):
    live(at, 1, 4)
    other = asked.others.get()
    token = links.token_for(check_in_id=other.pk, adult_id=other.adult_id)
    page = client.get(reverse("check_in:open", args=[token])).content.decode()
    assert "妈妈" in page
    assert "通话了" in page
    children = {cast.students[name].pk: "talked" for name in ("mengyao", "xiaobao")}
    assert actions.answer(
        check_in=other, key="k" * 8, answers=children, at=at + timedelta(days=4, hours=8)
    )
    talks = Contact.objects.filter(student=cast.students["mengyao"])
    assert [(t.adult, t.reported_by) for t in talks] == [(cast.adults["mother"], "carer")]
    live(at, 5, 9)
    asked.refresh_from_db()
    assert asked.state == "closed"
    assert not FollowUp.objects.filter(check_in=asked).exists()


def test_a_call_for_help_from_home_ends_the_climb(cast, asked, at):
    live(at, 1, 4)
    other = asked.others.get()
    children = {cast.students[name].pk: "need_help" for name in ("mengyao", "xiaobao")}
    actions.answer(
        check_in=other, key="k" * 8, answers=children, at=at + timedelta(days=4, hours=8)
    )
    live(at, 5, 9)
    assert queries.reply_calls_for_help().count() == 2
    assert not FollowUp.objects.filter(check_in=asked).exists()


def test_not_yet_from_home_leaves_the_task_to_the_teacher(cast, asked, at):
    live(at, 1, 4)
    other = asked.others.get()
    children = {cast.students[name].pk: "not_yet" for name in ("mengyao", "xiaobao")}
    actions.answer(
        check_in=other, key="k" * 8, answers=children, at=at + timedelta(days=4, hours=8)
    )
    live(at, 5, 9)
    assert FollowUp.objects.filter(check_in=asked).count() == 2
    assert OutboxMessage.objects.filter(about_id=other.pk).count() == 1


def test_the_link_to_somebody_at_home_closes_when_the_parent_is_blocked(client, cast, asked, at):
    live(at, 1, 4)
    other = asked.others.get()
    token = links.token_for(check_in_id=other.pk, adult_id=other.adult_id)
    assert client.get(reverse("check_in:open", args=[token])).status_code == 200
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(
        blocked_at=at, blocked_reason="x", blocked_by=cast.users["principal"]
    )
    assert client.get(reverse("check_in:open", args=[token])).status_code == 404


def test_climbing_twice_at_once_asks_nobody_twice(cast, asked, at):
    live(at, 1, 4)
    before = (OutboxMessage.objects.count(), LadderStep.objects.count(), CheckIn.objects.count())
    live(at, 4, 4)
    assert before == (
        OutboxMessage.objects.count(),
        LadderStep.objects.count(),
        CheckIn.objects.count(),
    )


def test_the_climb_takes_as_many_queries_for_many_families(
    cast, asked, at, django_assert_max_num_queries
):
    with django_assert_max_num_queries(30):
        actions.climb_ladders(at=at + timedelta(days=3))


# --- The village worker -------------------------------------------------------------------------


@pytest.fixture
def undone(cast, at):
    """A task about a child of the village whose mother does not answer; nobody there is blocked."""
    Student.objects.filter(pk=cast.students["haitao"].pk).update(village="黄羊川村")
    return FollowUp.objects.create(
        school=cast.school, student=cast.students["haitao"], cause="no_answer", opened_at=at
    )


def propose(at, days):
    return actions.propose_village_visits(at=at + timedelta(days=days))


def test_a_task_that_stays_undone_becomes_one_visit_of_the_village_worker(cast, undone, at):
    assert propose(at, rules.VILLAGE_AFTER_DAYS - 1) == 0
    assert propose(at, rules.VILLAGE_AFTER_DAYS) == 1
    assert propose(at, rules.VILLAGE_AFTER_DAYS) == propose(at, 20) == 0
    visit = Visit.objects.get(student=cast.students["haitao"])
    assert (visit.by_village, visit.asked_by, visit.kind) == (True, None, "home")
    assert LadderStep.objects.get(follow_up=undone).rung == "village"
    assert "丁海涛" not in visit.reason
    assert LadderStep.objects.get(follow_up=undone).cause == "task_undone"


@pytest.mark.parametrize(
    "against", ["blocked", "barred", "no_worker", "put_off", "done", "planned"]
)
def test_no_visit_is_proposed_against_what_stands_in_the_way(cast, undone, at, against):
    haitao = cast.students["haitao"]
    if against == "blocked":
        make_guardianship(haitao, cast.adults["father"], "father")
    elif against == "barred":
        set_barrier(
            student=haitao,
            user=cast.users["next_teacher"],
            reason="x",
            by=cast.users["principal"],
            at=at,
        )
    elif against == "no_worker":
        Post.objects.filter(role=Role.VILLAGE_WORKER).update(village="别的村")
    elif against == "put_off":
        FollowUp.objects.update(put_off_until=timezone.localdate(at) + timedelta(days=30))
    elif against == "done":
        FollowUp.objects.update(done_at=at, outcome="reached", done_by=cast.users["next_teacher"])
    else:
        Visit.objects.create(
            school=cast.school,
            student=haitao,
            due_on=timezone.localdate(at),
            asked_by=cast.users["next_teacher"],
        )
    before = Visit.objects.count()
    assert propose(at, 9) == 0
    assert Visit.objects.count() == before


# --- A school's own ladder ----------------------------------------------------------------------


def test_a_school_that_takes_no_step_between_tells_the_teacher_at_once(cast, at):
    ladder = rules.Ladder(ask_again=None, other_way=None, other_adult=None, tell_teacher=1)
    actions.set_ladder(school=cast.school, ladder=ladder, by=cast.users["principal"], at=at)
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    live(at, 1, 3, arriving=True)
    asked = CheckIn.objects.get(adult=cast.adults["mother"])
    assert steps_of(asked) == [("tell_teacher", True, "no_answer")]
    far = CheckIn.objects.get(adult=cast.adults["far_mother"])
    assert ("ask_again", True, "no_answer") in steps_of(far)


WAITS = {
    "takes_ask_again": "on",
    "ask_again": "3",
    "takes_other_way": "on",
    "other_way": "1",
    "other_adult": "9",
    "tell_teacher": "2",
    "takes_village": "on",
    "village": "4",
}


@pytest.fixture
def principal(client, cast):
    client.force_login(cast.users["principal"])
    return client


def test_the_principal_sets_the_ladder_and_goes_back_to_the_default(principal, cast):
    url = reverse("messaging:ladder")
    assert principal.get(url).status_code == 200
    assert principal.post(url, WAITS).status_code == 302
    # What stands beside a step that is not taken is not looked at.
    assert queries.ladder_of(cast.school.pk) == rules.Ladder(3, 1, None, 2, 4)
    assert LadderSettings.objects.get().changed_by == cast.users["principal"]
    assert principal.post(reverse("messaging:ladder_default")).status_code == 302
    assert queries.ladder_of(cast.school.pk) == rules.Ladder()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ask_again": ""}, "ask_again"),
        ({"ask_again": "0"}, "ask_again"),
        ({"ask_again": "8"}, "ask_again"),
        ({"tell_teacher": "x"}, "tell_teacher"),
        ({"tell_teacher": ""}, "tell_teacher"),
        ({"ask_again": "7", "other_way": "2", "tell_teacher": "7"}, "tell_teacher"),
    ],
)
def test_a_wrong_wait_is_told_at_its_field_and_changes_nothing(principal, cast, changed, field):
    response = principal.post(reverse("messaging:ladder"), WAITS | changed)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in response.content.decode()
    assert not LadderSettings.objects.exists()


def test_trying_it_out_tells_what_the_generator_did(cast, asked, at, django_assert_num_queries):
    """The same ladder over the same days: as many messages and tasks as there really were."""
    live(at, 1, 9, arriving=True)
    with django_assert_num_queries(10):
        past = past_months(cast.school, at + timedelta(days=10, hours=1))
    found = replay(past.families, queries.ladder_of(cast.school.pk), 7, past.until)
    sent = OutboxMessage.objects.filter(kind="check_in", school=cast.school)
    assert found.questions == past.asked > 1
    assert found.messages == sent.count()
    assert found.tasks == past.tasks > 1
    assert found.half_after is None


def test_trying_it_out_asks_a_family_in_its_own_rhythm(cast, asked, at):
    own = CheckInPlan.objects.filter(student=cast.students["mengyao"])
    own.update(own_every_days=3)
    live(at, 1, 9, arriving=True)
    past = past_months(cast.school, at + timedelta(days=10, hours=1))
    rhythms = [one.own_every_days for one in past.families if one.questions]
    assert rhythms.count(3) == 1
    assert None in rhythms


def test_trying_it_out_saves_nothing(client, cast, asked, at):
    live(at, 1, 9, arriving=True)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jiaqiao.clock_offset = '12 days'")
    client.force_login(cast.users["principal"])
    said = WAITS | {"try": "1", "every_days": "14", "fen": "5"}
    page = client.post(reverse("messaging:ladder"), said)
    assert page.status_code == 200
    assert page.context["tried_out"]["past"].asked
    assert not LadderSettings.objects.exists()
    shown = page.content.decode()
    assert "试算结果" in shown
    assert 'name="every_days" value="14"' in shown


def test_what_was_heard_after_each_step_is_shown_without_trying_anything(
    principal, cast, asked, at
):
    """Of the questions on record: one was answered after it was asked again, the others never."""
    live(at, 1, 2, arriving=True)
    CheckIn.objects.filter(pk=asked.pk).update(
        answered_at=asked.steps.get().at + timedelta(hours=1)
    )
    live(at, 3, 9, arriving=True)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jiaqiao.clock_offset = '12 days'")
    url = reverse("messaging:ladder")
    assert principal.get(url).context["by_step"] is None
    page = principal.get(url, {"past": "1"})
    by_step = page.context["by_step"]
    rows = dict(by_step["rows"])
    assert rows["再问一次后有回音"] == 1
    assert sum(rows.values()) == by_step["past"].asked > 1
    shown = page.content.decode()
    assert str(DEFINITIONS["heard_by_step"].missing) in shown
    assert "试算结果" not in shown
    assert f"{url}?past=1" in principal.get(reverse("messaging:board")).content.decode()


@pytest.mark.parametrize("days", ["0", "32", "", "seven"])
def test_a_wrong_rhythm_is_told_at_its_field(principal, cast, days):
    said = WAITS | {"try": "1", "every_days": days}
    page = principal.post(reverse("messaging:ladder"), said)
    assert page.status_code == 422
    assert page.context["trial"].errors["every_days"]
    assert not LadderSettings.objects.exists()


def test_the_panel_shows_each_step_with_its_cause(client, cast, asked, at):
    live(at, 1, 9, arriving=True)
    client.force_login(cast.users["teacher"])
    url = f"{reverse('messaging:board')}?child={cast.students['mengyao'].pk}"
    page = client.get(url).content.decode()
    for words in ("没有别的可用号码或地址", "奶奶", "到那时还没有回答"):
        assert words in page, words


def test_the_panel_is_about_the_question_of_the_latest_day(client, cast, asked, at):
    """A question that was written down later may be of an earlier day."""
    student = cast.students["mengyao"]
    earlier = CheckIn.objects.create(
        school=cast.school,
        adult=cast.adults["grandmother"],
        due_on=asked.due_on - timedelta(days=7),
        asked_at=at - timedelta(days=7),
        expires_at=at,
    )
    earlier.lines.create(school=cast.school, student=student)
    assert queries.ladder(student, at).check_in == asked
    client.force_login(cast.users["teacher"])
    page = client.get(f"{reverse('messaging:board')}?child={student.pk}")
    assert page.context["panel"]["who"] == "妈妈"


def test_a_task_of_an_earlier_week_comes_before_this_weeks_question(cast, asked, at):
    student = cast.students["mengyao"]
    task = FollowUp.objects.create(
        school=cast.school,
        student=student,
        cause=FollowUp.Cause.NO_WAY,
        opened_at=at - timedelta(days=7),
    )
    kinds = [step.kind for step in queries.ladder(student, at).steps]
    assert kinds[:2] == ["teacher", "ask"]
    FollowUp.objects.filter(pk=task.pk).update(opened_at=at + timedelta(days=7))
    assert queries.ladder(student, at).steps[-1].kind == "teacher"
