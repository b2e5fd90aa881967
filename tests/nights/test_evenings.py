"""An evening runs: the neighbours, duty, the village; answers, silence, and what is taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from delivery.kinds import Asked, Press
from delivery.models import OutboxMessage
from guardians.blocking.actions import block_adult
from guardians.models import Adult, ContactPoint
from guardians.nearby.queries import people_that_count
from nights import actions, links, messages, outgoing, queries, rules
from nights.models import Asking, Night, NightEntry, Step
from nights.presenters import state_words
from nights.work import work_for
from privacy.models import Purpose
from safeguarding import actions as safeguarding
from safeguarding.models import Concern, ConcernEntry
from schools.worklist import Lane
from students.barriers import set_barrier
from tests.factories.cast import make_user
from tests.factories.duty import put
from tests.factories.nights import asked, make_nearby, near, village_of
from tests.factories.visits import refuse

CHINA = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 30, 19, 0, tzinfo=CHINA)
TEN = timedelta(minutes=rules.NEARBY_MINUTES)


@pytest.fixture
def li(cast):
    return make_nearby(cast, "李婶", "+8613893510051").adult


@pytest.fixture
def yang(cast, li):
    return make_nearby(cast, "杨建军", "+8613893510052", rank=2).adult


def start(cast, at=AT, child="mengyao") -> Night:
    student = cast.students[child]
    return actions.start(student=student, reason="hospital", by=cast.users["teacher"], at=at)


def fresh(night: Night) -> Night:
    return Night.objects.select_related("student", "school", "concern").get(pk=night.pk)


def say(asking: Asking, is_yes: bool, at=AT) -> None:
    nights = queries.nights_of(asking, at)
    actions.answer(asking=asking, nights=nights, is_yes=is_yes, how="page", at=at)


def to_adults(kind: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind=kind, adult__isnull=False).order_by("pk"))


def holds(message: OutboxMessage, kind, at=AT) -> str:
    """As dispatch asks the room: the cause against it, "" where it goes."""
    one = Asked(
        message_id=message.pk,
        about_id=message.about_id,
        school_id=message.school_id,
        adult_id=message.adult_id,
        step=0,
        expires_at=message.expires_at,
    )
    return kind.answers([one], at)[message.pk].cause


FIVE = AT.replace(hour=17)


def switch(cast, at=FIVE, **fields):
    facts = {
        "school": cast.school,
        "school_class": None,
        "reason": "storm",
        "days": (at.date(), at.date()),
        "with_boarders": False,
        "key": uuid4(),
        "by": cast.users["principal"],
        "at": at,
    }
    made = actions.switch_on(**(facts | fields))
    actions.follow(at)
    return made


def test_the_neighbour_says_yes_and_everybody_sees_it(cast, li, yang):
    night = start(cast)
    assert (night.step, night.step_ends_at) == (Step.SECOND, AT + TEN)
    [message] = to_adults("nearby")
    assert message.adult == li
    assert holds(message, outgoing.NearbyKind()) == ""
    say(asked(night), True)
    night = fresh(night)
    assert (night.settled_as, night.settled_adult) == ("nearby", li)
    assert holds(message, outgoing.NearbyKind()) == "answered"
    assert "李婶" in state_words(night)
    [item] = [one for one in work_for(cast.users["teacher"], AT) if one.key == f"night-{night.pk}"]
    assert "李婶" in item.why
    actions.see(night=night, at=AT)
    assert not [one for one in work_for(cast.users["teacher"], AT) if "night" in one.key]
    # The mother is told, the blocked father is not.
    [notice] = OutboxMessage.objects.filter(kind="notice", payload__about="tonight")
    assert notice.adult == cast.adults["mother"]
    one = Asked(notice.pk, night.pk, night.school_id, notice.adult_id, 0, notice.expires_at)
    assert list(messages.TonightNotice().holding([one], AT)) == [notice.pk]
    actions.follow(AT + TEN)
    assert not to_adults("nearby")[1:]


def test_silence_goes_to_the_third_then_duty_then_the_village(cast, li, yang):
    village_of(cast.students["mengyao"])
    put(cast, "counsellor", AT.date(), at=AT - timedelta(days=1))
    night = start(cast)
    actions.follow(AT + TEN - timedelta(seconds=1))
    assert fresh(night).step == Step.SECOND
    actions.follow(AT + TEN)
    actions.follow(AT + TEN)  # runs twice
    assert fresh(night).step == Step.THIRD
    assert [one.adult for one in to_adults("nearby")] == [li, yang]
    actions.follow(AT + 2 * TEN)
    concern = Concern.objects.get(source="night")
    assert fresh(night).concern == concern
    # The person on duty hears of it first, round the clock.
    assert concern.named_adult == cast.users["counsellor"]
    assert concern.needs_adult_now
    assert "李婶" in concern.words
    later = AT + 2 * TEN + timedelta(minutes=rules.DUTY_MINUTES)
    actions.follow(later)
    night = fresh(night)
    assert (night.step, night.step_ends_at) == (Step.VILLAGE, None)
    [message] = OutboxMessage.objects.filter(kind="nearby", user__isnull=False)
    assert message.user == cast.users["village"]
    assert holds(message, outgoing.NearbyKind()) == ""
    # Nobody answers: it stays red until somebody writes down what they did.
    actions.follow(later + timedelta(hours=14))
    [item] = [
        one for one in work_for(cast.users["teacher"], later + timedelta(hours=14)) if one.leads
    ]
    assert item.lane is Lane.ADULT_NOW
    assert actions.settle(
        night=night, words="我去了他家，接到学校宿舍住一晚。", by=cast.users["teacher"], at=later
    )
    assert not actions.settle(night=night, words="again", by=cast.users["teacher"], at=later)
    assert fresh(night).settled_as == "school"
    assert holds(message, outgoing.NearbyKind()) == "no_longer_due"
    # What was written down closes the concern, too: nobody writes it twice.
    concern.refresh_from_db()
    assert (concern.closed_by, concern.closing) == (cast.users["teacher"], "with_child")


def test_whoever_takes_the_concern_stops_the_chain_and_closing_it_ends_the_evening(cast, li):
    village_of(cast.students["mengyao"])
    night = start(cast)
    actions.follow(AT + TEN)
    concern = fresh(night).concern
    safeguarding.acknowledge(concern=concern, by=cast.users["teacher"], at=AT + TEN)
    actions.follow(AT + TEN + timedelta(minutes=rules.DUTY_MINUTES))
    assert (fresh(night).step, fresh(night).step_ends_at) == (Step.DUTY, None)
    assert fresh(night).is_out_of_people
    safeguarding.close(
        concern=concern,
        by=cast.users["teacher"],
        closing="with_child",
        words="秘密",
        at=AT + 3 * TEN,
    )
    actions.follow(AT + 3 * TEN)
    night = fresh(night)
    assert (night.settled_as, night.settled_by) == ("school", cast.users["teacher"])
    assert night.words == ""  # what stands in the concern stays there


def test_a_yes_after_duty_was_told_is_read_there_and_closes_nothing(cast, li):
    """Only a person closes a concern."""
    night = start(cast)
    actions.follow(AT + TEN)
    say(asked(night), True, AT + 2 * TEN)
    assert fresh(night).settled_adult == li
    concern = Concern.objects.get(source="night")
    assert concern.closed_at is None
    [entry] = ConcernEntry.objects.filter(concern=concern, kind="added")
    assert "李婶" in entry.words


def test_a_late_yes_still_helps_and_a_second_one_changes_nothing(cast, li, yang):
    night = start(cast)
    first = asked(night)
    actions.follow(AT + TEN)
    third = asked(night)
    assert third.adult == yang
    say(first, True, AT + TEN)
    say(third, True, AT + TEN)
    assert fresh(night).settled_adult == li
    assert OutboxMessage.objects.filter(payload__about="tonight").count() == 1


def test_yes_and_then_no_opens_it_again(cast, li, yang):
    night = start(cast)
    asking = asked(night)
    say(asking, True)
    say(asking, True)  # a second tap
    say(asking, False, AT + timedelta(minutes=3))
    night = fresh(night)
    assert (night.settled_as, night.settled_adult, night.step) == ("", None, Step.THIRD)
    [notice] = OutboxMessage.objects.filter(payload__about="tonight")
    one = Asked(notice.pk, night.pk, night.school_id, notice.adult_id, 0, notice.expires_at)
    assert list(messages.TonightNotice().holding([one], AT)) == []
    say(asked(night), True, AT + timedelta(minutes=4))
    assert fresh(night).settled_adult == yang


class TestBelievedThereAndGone:
    """After the school was told, a neighbour said yes, and then is not there after all."""

    @pytest.fixture
    def taken(self, cast, li):
        """An evening that duty took, and that the neighbour's late yes settled."""
        village_of(cast.students["mengyao"])
        night = start(cast)
        actions.follow(AT + TEN)
        concern = fresh(night).concern
        safeguarding.acknowledge(concern=concern, by=cast.users["teacher"], at=AT + TEN)
        say(asked(night), True, AT + 2 * TEN)
        return night

    def test_who_took_it_is_told_again_and_the_clock_runs(self, cast, li, taken):
        told = OutboxMessage.objects.filter(kind="concern").count()
        say(Asking.objects.get(adult=li), False, AT + 3 * TEN)
        concern = fresh(taken).concern
        assert (concern.acknowledged_at, concern.named_adult) == (None, cast.users["teacher"])
        assert concern.due_at == AT + 3 * TEN + timedelta(minutes=15)
        assert OutboxMessage.objects.filter(kind="concern").count() > told
        actions.follow(AT + 3 * TEN + timedelta(minutes=rules.DUTY_MINUTES))
        assert fresh(taken).step == Step.VILLAGE

    def test_the_village_worker_is_told_again(self, cast, li):
        village_of(cast.students["mengyao"])
        worker = cast.users["village"]
        night, duty = start(cast), timedelta(minutes=rules.DUTY_MINUTES)
        actions.follow(AT + TEN)
        actions.follow(AT + TEN + duty)
        before = OutboxMessage.objects.filter(user=worker, kind="nearby").count()
        assert before
        say(asked(night), True, AT + TEN + duty)
        say(asked(night), False, AT + 2 * TEN + duty)
        actions.follow(AT + 2 * TEN + 2 * duty)
        assert fresh(night).step == Step.VILLAGE
        assert OutboxMessage.objects.filter(user=worker, kind="nearby").count() == 2 * before

    def test_a_neighbour_who_is_blocked_counts_as_there_no_longer(self, cast, li, yang):
        night = start(cast)
        say(asked(night), True)
        late = AT + TEN
        block_adult(adult=li, reason="法院", by=cast.users["principal"], at=late)
        actions.follow(late)
        night = fresh(night)
        assert (night.settled_adult, night.step) == (None, Step.THIRD)
        assert asked(night).adult == yang
        actions.follow(late)  # twice in a row
        assert NightEntry.objects.filter(night=night, kind="reopened").count() == 1

    def test_what_was_settled_on_an_earlier_evening_stays(self, cast, li):
        night = start(cast)
        say(asked(night), True)
        late = AT + timedelta(days=1)
        block_adult(adult=li, reason="法院", by=cast.users["principal"], at=late)
        actions.follow(late)
        assert fresh(night).settled_adult == li


def test_no_passes_on_at_once(cast, li, yang):
    night = start(cast)
    say(asked(night), False)
    assert (fresh(night).step, asked(night).adult) == (Step.THIRD, yang)


def test_pressed_twice_nobody_is_asked_twice(cast, li):
    night = start(cast)
    assert start(cast) == night
    assert len(to_adults("nearby")) == 1
    say(asked(night), True)
    again = start(cast, AT + timedelta(hours=1))  # she has left again
    assert again != night
    # She had her question tonight: straight on to duty.
    assert again.step == Step.DUTY
    assert NightEntry.objects.filter(
        night=again, kind="passed", step="second", why="asked"
    ).exists()
    assert len(to_adults("nearby")) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"agreed_at": None, "agreed_how": "", "agreed_by": None},
        {"child_asked_on": None, "child_wants": None},
        {"child_wants": False},
        {"village_told_on": None},
    ],
)
def test_only_complete_ones_are_asked(cast, change):
    make_nearby(cast, "李婶", "+8613893510051", **change)
    assert start(cast).step == Step.DUTY
    assert not to_adults("nearby")


def test_a_barred_adult_is_never_asked(cast, li, yang):
    block_adult(adult=li, reason="法院保护令", by=cast.users["principal"], at=AT)
    assert not people_that_count(AT.date()).filter(adult=li).exists()
    night = start(cast)
    assert asked(night).adult == yang


def test_barred_while_asked(cast, li, yang):
    """From that moment on their link, their key and their yes say nothing."""
    night = start(cast)
    asking = asked(night)
    [message] = to_adults("nearby")
    token = links.token_for(asking.pk, None, li.pk)
    assert links.open_asking(token, AT) is not None
    block_adult(adult=li, reason="法院保护令", by=cast.users["principal"], at=AT)
    assert links.open_asking(token, AT) is None
    assert holds(message, outgoing.NearbyKind()) != ""
    press = Press(step="asked", digit="1", call="x")
    outgoing.NearbyKind().pressed(message, press, AT)
    assert fresh(night).is_open


def test_whom_a_blocked_parent_agreed_to_does_not_count(cast):
    make_nearby(cast, "李婶", "+8613893510051", agreed_by=cast.adults["father"])
    assert start(cast).step == Step.DUTY


def test_a_key_does_what_a_tap_does(cast, li):
    night = start(cast)
    [message] = to_adults("nearby")
    kind = outgoing.NearbyKind()
    kind.pressed(message, Press(step="asked", digit="0", call="x"), AT)
    kind.pressed(message, Press(step="yes", digit="1", call="x"), AT)
    assert fresh(night).is_open
    kind.pressed(message, Press(step="asked", digit="1", call="x"), AT)
    assert fresh(night).settled_adult == li
    assert asked(night).answered_how == "key"


def test_the_village_worker_goes_by_a_key_unless_the_file_is_barred(cast, li):
    village_of(cast.students["mengyao"])
    night = start(cast)
    actions.follow(AT + TEN)
    actions.follow(AT + TEN + timedelta(minutes=rules.DUTY_MINUTES))
    [message] = OutboxMessage.objects.filter(kind="nearby", user__isnull=False)
    kind = outgoing.NearbyKind()
    kind.pressed(message, Press(step="asked", digit="2", call="x"), AT)
    assert fresh(night).is_open
    kind.pressed(message, Press(step="asked", digit="1", call="x"), AT)
    assert (fresh(night).settled_as, fresh(night).settled_by) == ("village", cast.users["village"])


def test_called_off_nobody_else_is_asked(cast, li, yang):
    night = start(cast)
    [message] = to_adults("nearby")
    actions.call_off(night=night, by=cast.users["teacher"], at=AT)
    assert holds(message, outgoing.NearbyKind()) == "answered"
    actions.follow(AT + TEN)
    assert len(to_adults("nearby")) == 1
    say(asked(night), True)  # comes too late and changes nothing
    assert fresh(night).settled_at is None
    assert start(cast, AT + TEN) != night


# -- the switch of a school --------------------------------------------------------------------------


def test_a_switch_asks_once_for_brother_and_sister(cast):
    switch(cast)
    [message] = to_adults("at_home")
    assert message.adult == cast.adults["grandmother"]
    assert Night.objects.count() == 2  # the other family has nobody at home who could be asked
    actions.follow(AT.replace(hour=17, minute=1))
    assert len(to_adults("at_home")) == 1
    say(Asking.objects.get(), True)
    assert set(Night.objects.values_list("settled_as", flat=True)) == {"home"}
    assert not OutboxMessage.objects.filter(payload__about="tonight").exists()


def test_a_switch_waits_for_its_hour(cast):
    made = switch(cast, AT.replace(hour=9))
    assert not Night.objects.exists()
    actions.follow(AT.replace(hour=16, minute=59))
    assert not Night.objects.exists()
    actions.follow(AT.replace(hour=17))
    assert Night.objects.filter(switch=made).count() == 2


def test_silence_until_eight_then_one_neighbour_of_both(cast, li):
    near(cast, li, child="xiaobao")
    switch(cast)
    actions.follow(AT.replace(hour=19, minute=59))
    assert not to_adults("nearby")
    actions.follow(AT.replace(hour=20))
    [message] = to_adults("nearby")
    assert message.adult == li
    assert len(queries.nights_of(asked(Night.objects.first()), AT)) == 2
    say(asked(Night.objects.first()), True, AT.replace(hour=20, minute=2))
    assert set(Night.objects.values_list("settled_as", flat=True)) == {"nearby"}


def test_no_at_home_rings_the_neighbour_at_any_hour(cast, li):
    switch(cast)
    say(Asking.objects.get(part="carer"), False, AT.replace(hour=19, minute=30))
    night = Night.objects.get(student=cast.students["mengyao"])
    assert (night.step, night.is_urgent) == (Step.SECOND, True)


@pytest.mark.parametrize("digits", ["29", "92"])
def test_nobody_is_at_home_is_heard_from_whoever_picked_up(cast, li, digits):
    """Told as keys of one call, in any order: the next are asked, though the number is nobody's we know."""
    switch(cast)
    [message] = to_adults("at_home")
    point = ContactPoint.objects.filter(adult=message.adult).first()
    message.contact_point = point
    message.save()
    for digit in digits:
        outgoing.AtHomeKind().pressed(message, Press(step="asked", digit=digit, call="x"), FIVE)
    point.refresh_from_db()
    assert point.disputed_at is not None
    night = Night.objects.get(student=cast.students["mengyao"])
    assert (night.step, night.is_urgent) == (Step.SECOND, True)
    assert asked(night).adult == li


@pytest.mark.parametrize("digits", ["91", "19"])
def test_no_yes_counts_from_whoever_does_not_know_us(cast, li, digits):
    night = start(cast)
    [message] = to_adults("nearby")
    message.contact_point = ContactPoint.objects.get(adult=li)
    message.save()
    for digit in digits:
        outgoing.NearbyKind().pressed(message, Press(step="asked", digit=digit, call="x"), AT)
    assert fresh(night).is_open


def test_taken_back_what_waits_ends_but_not_where_nobody_is_at_home(cast, li):
    make_nearby(cast, "马嫂", "+8613893510053", child="xiaobao")
    made = switch(cast)
    mengyao = start(cast, AT)  # the teacher knows that nobody is at home
    assert mengyao.switch == made
    assert actions.switch_off(switch=made, by=cast.users["principal"], at=AT) == 1
    assert fresh(mengyao).is_open
    other = Night.objects.get(student=cast.students["xiaobao"])
    assert other.called_off_at is not None
    [question] = to_adults("at_home")
    assert question.adult == cast.adults["grandmother"]
    actions.follow(AT + timedelta(hours=2))
    assert not OutboxMessage.objects.filter(adult__name="马嫂").exists()
    actions.follow(AT.replace(hour=17) + timedelta(days=1))
    assert Night.objects.count() == 2


def test_the_same_key_makes_one_switch(cast):
    key = uuid4()
    assert switch(cast, key=key) == switch(cast, key=key)
    assert Night.objects.count() == 2


def test_who_boards_is_left_out(cast):
    child = cast.students["mengyao"]
    child.is_boarding = True
    child.save(update_fields=["is_boarding"])
    reach = queries.reach_of(cast.school, None, False, AT.date())
    assert (child in reach.students, reach.boarding) == (False, 1)
    assert child in queries.reach_of(cast.school, None, True, AT.date()).students


def test_the_question_to_many_costs_as_much_as_to_one(cast, django_assert_num_queries):
    switch(cast)
    [message] = to_adults("at_home")
    one = Asked(message.pk, message.about_id, message.school_id, message.adult_id, 0, AT)
    with django_assert_num_queries(3):
        outgoing.AtHomeKind().answers([one], AT)
    with django_assert_num_queries(3):
        outgoing.AtHomeKind().answers([one] * 20, AT)


@pytest.mark.django_db(transaction=True)
def test_two_say_yes_at_once(cast, li, yang):
    night = start(cast)
    first = asked(night)
    actions.follow(AT + TEN)
    both = [first, asked(night)]
    assert len({one.adult_id for one in both}) == 2
    gate = Barrier(2)

    def answer(asking: Asking) -> None:
        try:
            nights = queries.nights_of(asking, AT + TEN)
            gate.wait()
            actions.answer(asking=asking, nights=nights, is_yes=True, how="page", at=AT + TEN)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(answer, both))
    night = fresh(night)
    assert night.settled_adult in (li, yang)
    assert NightEntry.objects.filter(night=night, kind="settled").count() == 1
    assert OutboxMessage.objects.filter(payload__about="tonight").count() == 1
    assert Asking.objects.filter(answer="yes").count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_button_pressed_by_two_at_once(cast, li):
    gate = Barrier(2)

    def press(who: str) -> int:
        try:
            gate.wait()
            return actions.start(
                student=cast.students["mengyao"], reason="hospital", by=cast.users[who], at=AT
            ).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(press, ["teacher", "counsellor"]))) == 1
    assert len(to_adults("nearby")) == 1


def test_the_basis_of_writing_to_a_neighbour_is_their_word(cast):
    from guardians.nearby import actions as nearby

    row = nearby.add(
        student=cast.students["mengyao"],
        adult=None,
        name="李婶",
        relation="other",
        address="+8613893510051",
        as_written="13893510051",
        minutes=3,
        willing_on=AT.date(),
        by=cast.users["teacher"],
        at=AT,
    )
    assert Adult.objects.get(pk=row.adult_id).legal_basis == Adult.LegalBasis.CONSENT


def test_a_colleague_who_lives_near_by_and_is_barred_from_the_file_is_not_asked(cast, li):
    user = make_user("neighbour", "李婶")
    Adult.objects.filter(pk=li.pk).update(user=user)
    set_barrier(
        student=cast.students["mengyao"],
        user=user,
        reason="核实中",
        by=cast.users["principal"],
        at=AT,
    )
    assert start(cast).step == Step.DUTY


def test_a_village_that_may_not_be_told_is_passed_by(cast, li):
    village_of(cast.students["mengyao"])
    refuse(cast.students["mengyao"], cast.adults["mother"], Purpose.VILLAGE, AT - TEN)
    night = start(cast)
    actions.follow(AT + TEN)
    actions.follow(AT + TEN + timedelta(minutes=rules.DUTY_MINUTES))
    assert (fresh(night).step, fresh(night).is_out_of_people) == ("", True)
    assert not OutboxMessage.objects.filter(kind="nearby", user__isnull=False).exists()
