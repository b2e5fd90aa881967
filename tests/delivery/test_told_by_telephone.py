"""A child presses keys at grandmother's phone, and an adult of the school hears of it, on its own clock."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import transaction

from calls.models import ThreeThings, ToldByPhone
from calls.telling import telephone
from delivery import dispatch
from delivery.actions import queue_message
from delivery.models import OutboxMessage
from doors.staff import erasing
from guardians.models import Adult, ContactPoint, Guardianship
from messaging.models import CheckIn, CheckInLine, Reply
from messaging.rules import CHECK_IN_LATE_AFTER_HOURS
from safeguarding import presenters, queries
from safeguarding.actions import run_intake
from safeguarding.models import Concern
from tests.days import day_of
from tests.delivery.test_by_telephone import asked, key_of, press


@pytest.fixture
def account(make_account, voice):
    return make_account("voice", voice)


@pytest.fixture
def grandmother(cast) -> ContactPoint:
    point = ContactPoint.objects.get(adult=cast.adults["grandmother"])
    point.by_call = True
    point.save()
    return point


@pytest.fixture
def ring(cast, account, voice, grandmother, at):
    """Rings her with the question about these children."""

    def ring(*children: str) -> OutboxMessage:
        check_in = CheckIn.objects.create(
            school=cast.school,
            adult=grandmother.adult,
            due_on=day_of(at),
            as_carer=True,
            asked_at=at,
            expires_at=at + timedelta(days=7),
        )
        for child in children:
            CheckInLine.objects.create(
                school=cast.school, check_in=check_in, student=cast.students[child]
            )
        queue_message(
            kind="check_in",
            school=cast.school,
            dedupe_key=f"check:{check_in.pk}",
            due_at=at,
            expires_at=at + timedelta(hours=CHECK_IN_LATE_AFTER_HOURS),
            adult=grandmother.adult,
            about_id=check_in.pk,
        )
        dispatch.drain()
        message = OutboxMessage.objects.get(about_id=check_in.pk, kind="check_in")
        assert message.channel == "voice", (message.state, message.cause)
        return message

    return ring


def steps_of(voice, message) -> dict[str, dict]:
    return voice.calls[key_of(message)]["script"]["steps"]


def child_step(cast, name="mengyao") -> str:
    return f"child_{cast.students[name].pk}"


@pytest.mark.parametrize(
    ("digit", "source", "minutes", "first"),
    [
        ("1", Concern.Source.PUPIL, None, "teacher"),
        ("2", Concern.Source.HURT, 15, "counsellor"),
        ("3", Concern.Source.FOR_PEER, None, "teacher"),
    ],
)
def test_each_key_reaches_its_adult_on_its_clock(
    cast, account, voice, client, ring, at, digit, source, minutes, first
):
    message = ring("mengyao")
    press(
        client,
        account,
        voice,
        message,
        ("agree", "5"),
        ("question", "4"),
        (child_step(cast), digit),
    )
    run_intake(at)
    run_intake(at)
    concern = Concern.objects.get()
    assert (concern.student, concern.source) == (cast.students["mengyao"], source)
    assert concern.named_adult == cast.users[first]
    assert concern.needs_adult_now == bool(minutes)
    if minutes:
        assert concern.due_at == at + timedelta(minutes=minutes)
    # It says how it was told, and answers nothing for the grandmother.
    assert "电话" in presenters.why(concern, {})
    assert not Reply.objects.exists()


def test_the_pupil_s_page_knows_of_it(cast, account, voice, client, ring, at):
    message = ring("mengyao")
    press(client, account, voice, message, (child_step(cast), "2"))
    run_intake(at)
    assert queries.latest_request(cast.students["mengyao"]) == Concern.objects.get()


def test_told_twice_it_is_one(cast, account, voice, client, ring, at):
    message = ring("mengyao")
    event = voice.happens(key_of(message), "key", step=child_step(cast), digit="2")
    for _time in range(2):
        assert voice.post(client, account, [event]).status_code == 200
    assert ToldByPhone.objects.count() == 1


def test_a_child_is_heard_though_the_phone_s_owner_was_barred_meanwhile(
    cast, account, voice, client, ring, at
):
    message = ring("mengyao")
    Adult.objects.filter(pk=cast.adults["grandmother"].pk).update(
        blocked_at=at, blocked_by=cast.users["counsellor"], blocked_reason="法院裁定"
    )
    press(client, account, voice, message, (child_step(cast), "2"), ("question", "1"))
    run_intake(at)
    assert Concern.objects.get().source == Concern.Source.HURT
    assert not Reply.objects.exists()


def test_of_two_children_each_has_a_key(cast, account, voice, client, ring, at):
    message = ring("mengyao", "xiaobao")
    steps = steps_of(voice, message)
    assert steps["question"]["keys"]["4"] == "which"
    asked = [steps["which"]["keys"][key] for key in "56"]
    assert sorted(asked) == sorted([child_step(cast), child_step(cast, "xiaobao")])
    press(client, account, voice, message, (child_step(cast, "xiaobao"), "1"))
    assert ToldByPhone.objects.get().student == cast.students["xiaobao"]


@pytest.mark.parametrize("agreed", ["", "7"])
def test_children_are_named_behind_the_agreed_key_alone(cast, voice, ring, grandmother, agreed):
    ContactPoint.objects.filter(pk=grandmother.pk).update(agreed_key=agreed)
    said = {name: step["say"] for name, step in steps_of(voice, ring("mengyao", "xiaobao")).items()}
    named = {name for name, words in said.items() if "梦瑶" in words}
    assert named == ({"question", "which"} if agreed else set())


def test_no_key_pressed_twice_in_a_hurry_tells_anything(voice, ring):
    for step in (steps := steps_of(voice, ring("mengyao"))).values():
        for key, to in step["keys"].items():
            follows = steps[to]["keys"].get(key, "")
            assert follows != telephone.TOLD


def test_a_parent_who_is_away_is_not_asked_to_pass_the_phone_on(cast, account, voice, at):
    ContactPoint.objects.filter(adult=cast.adults["mother"]).update(by_call=True)
    steps = steps_of(voice, asked(cast, at))
    assert "4" not in steps["question"]["keys"]
    assert not any(name.startswith("child") for name in steps)


@pytest.mark.parametrize("step", ["child_", "child_x", "child_999999999", "child", "told"])
def test_an_odd_step_tells_nothing(cast, account, voice, client, ring, step):
    press(client, account, voice, ring("mengyao"), (step, "2"))
    assert not ToldByPhone.objects.exists()


def test_another_child_than_those_asked_about_is_not_told_of(cast, account, voice, client, ring):
    press(client, account, voice, ring("mengyao"), (child_step(cast, "haitao"), "2"))
    assert not ToldByPhone.objects.exists()


def test_it_goes_with_the_child_s_file(cast, account, voice, client, ring):
    press(client, account, voice, ring("mengyao"), (child_step(cast), "2"))
    with transaction.atomic(), pgtrigger.ignore():
        erasing._erase(cast.students["mengyao"])
    assert not ToldByPhone.objects.exists()


class TestThreeThings:
    """The child chooses by keys what it wants to be asked."""

    def picks(self, cast, *digits):
        pk = cast.students["mengyao"].pk
        return [(f"ask{turn}_{pk}", digit) for turn, digit in enumerate(digits, start=1)]

    def test_three_pictures_by_keys_reach_the_parent(self, cast, account, voice, client, ring, at):
        message = ring("mengyao")
        assert (
            steps_of(voice, message)[child_step(cast)]["keys"]["5"] == self.picks(cast, "1")[0][0]
        )
        press(client, account, voice, message, *self.picks(cast, "9", "1", "1"))
        # The father is barred: the mother alone is asked to ask.
        things = ThreeThings.objects.get()
        assert (things.adult, things.pictures) == (cast.adults["mother"], ["when", "pet"])
        assert things.picture_labels[0][0] == "pet"
        notice = OutboxMessage.objects.get(payload__about="things")
        assert notice.adult == cast.adults["mother"]

    def test_in_any_order_and_told_twice(self, cast, account, voice, client, ring, at):
        message = ring("mengyao")
        told = [
            voice.happens(key_of(message), "key", step=step, digit=digit)
            for step, digit in self.picks(cast, "2", "3", "4")
        ]
        for _time in range(2):
            assert voice.post(client, account, list(reversed(told))).status_code == 200
        assert sorted(ThreeThings.objects.get().pictures) == ["ball", "friends", "paint"]

    def test_more_than_three_are_not_kept(self, cast, account, voice, client, ring, at):
        message = ring("mengyao")
        first = self.picks(cast, "1")[0][0]
        press(client, account, voice, message, *[(first, digit) for digit in "12345"])
        assert ThreeThings.objects.get().pictures == ["pet", "ball", "paint"]

    def test_without_a_parent_to_ask_it_is_not_offered(self, cast, voice, ring, at):
        Guardianship.objects.filter(adult=cast.adults["mother"]).update(
            ends_on=day_of(at) - timedelta(days=1)
        )
        steps = steps_of(voice, ring("mengyao"))
        assert "5" not in steps[child_step(cast)]["keys"]
        assert not any(name.startswith("ask") for name in steps)

    @pytest.mark.parametrize("step", ["ask1_", "ask4_1", "ask1_999999", "ask1"])
    def test_an_odd_step_chooses_nothing(self, cast, account, voice, client, ring, step):
        press(client, account, voice, ring("mengyao"), (step, "2"))
        assert not ThreeThings.objects.exists()
