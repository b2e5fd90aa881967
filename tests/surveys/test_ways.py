"""Asked at home, in a talk, and by a teacher about a child: who is asked, what is kept, who never is."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import clock
from delivery.models import OutboxMessage
from guardians.blocking import actions as blocking
from guardians.models import Adult, ContactPoint
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from students import barriers
from students.models import Enrolment
from surveys import actions, invitations, links, queries, rules, shipped
from surveys.asked import Asked
from surveys.family import family_lines
from surveys.instruments import read
from surveys.models import Answer, Round, Seat
from surveys.own import rules as own_rules
from surveys.own.rules import OwnAnswer
from surveys.timeline import timeline
from tests.factories.cast import Cast, make_adult, make_guardianship, make_student
from tests.factories.surveys import (
    SCALE,
    ask_at_home,
    conditional_form,
    form_of,
    home_token,
    keep_scale,
    open_round,
    say_yes,
    seat_of,
)

pytestmark = pytest.mark.django_db
PULSE = {"answers": "3", "whom": "2", "good": "3", "changed": "0"}


def signed_in(cast: Cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.users[key], "django.contrib.auth.backends.ModelBackend")
    return client


def link_of(cast: Cast, round_: Round, adult: str = "mother") -> str:
    token = home_token(round_, cast.adults[adult])
    return reverse("family_surveys:link", args=[token])


def answer_all(client: Client, address: str, child, answers=PULSE):
    for item, option in answers.items():
        posted = {"child": child.pk, "item": item, "option": option, "key": uuid4()}
        response = client.post(address, posted)
        assert response.status_code == 302, item
    return response


def asked_adults(round_: Round) -> set[tuple[str, str]]:
    asked = queries.asked_in(round_, clock.now())
    return {(one.tie.student.given_name, one.tie.adult.name) for one in asked if one.tie}


# --- What may go where -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "ways"),
    [
        ({}, ("class",)),
        (
            {"respondents": ["parent"]},
            ("interview",),
        ),  # its last question may need an adult at once
        ({"respondents": ["parent"], "urgent": []}, ("home", "interview")),
        ({"respondents": ["pupil", "carer"], "urgent": []}, ("class", "home", "interview")),
        ({"respondents": ["staff"]}, ("staff",)),
        ({"respondents": ["staff"], "never_in_a_round": True}, ()),
    ],
)
def test_the_definition_says_where_it_may_go(change, ways):
    assert rules.ways_of(read(SCALE | change)) == ways


def test_own_questions_with_an_answer_for_an_adult_at_once_stay_away_from_links():
    about = own_rules.About("own-1", 1, "奶奶好吗", "", "carer", None)
    for mark, ways in (("", ("home", "interview")), ("urgent", ("interview",))):
        answers = (OwnAnswer("还好"), OwnAnswer("不好", mark))
        asked = [own_rules.OwnQuestion("q1", "您还好吗？", "words", answers)]
        assert rules.ways_of(read(own_rules.definition(about, asked))) == ways


def test_what_trained_people_ask_in_person_is_never_a_form():
    assert rules.ways_of(shipped.instruments()["c-ssrs"]) == ()


def test_no_shipped_form_of_a_child_goes_home():
    for instrument in shipped.instruments().values():
        if set(instrument.respondents) == {"pupil"}:
            assert rules.ways_of(instrument) == ("class",)


@pytest.mark.parametrize(
    ("choice", "how"),
    [("weekly-mood", "home"), ("strengths", "class"), ("school-listens", "staff")],
)
def test_another_way_is_refused_whoever_asks(cast, choice, how):
    say_yes(cast)
    with pytest.raises(actions.Refused):
        open_round(cast, choice, how=how)
    assert not Round.objects.exists()


def test_only_one_way_need_not_be_chosen(cast):
    form = {
        "key": uuid4(),
        "choice": "strengths",
        "classes": [cast.school_class.pk],
        "due_on": timezone.localdate(clock.now()).isoformat(),
        "talks_per_week": "5",
    }
    client = signed_in(cast, "counsellor")
    assert client.post(reverse("surveys:new"), form).status_code == 302
    assert Round.objects.get().how == "staff"
    two_ways = client.post(reverse("surveys:new"), form | {"choice": "school-listens"})
    assert set(two_ways.context["form"].errors) == {"how"}


# --- At home -----------------------------------------------------------------------------------------


def test_each_adult_is_written_to_once_for_all_children(cast):
    round_ = ask_at_home(cast)
    assert asked_adults(round_) == {
        (child, adult) for child in ("梦瑶", "小宝") for adult in ("王芳", "李秀兰")
    }
    messages = OutboxMessage.objects.filter(dedupe_key__startswith="survey:")
    assert {one.adult for one in messages} == {cast.adults["mother"], cast.adults["grandmother"]}
    assert all(len(one.payload["students"]) == 2 for one in messages)
    invitations.invite(round_=round_, asked=queries.asked_in(round_, clock.now()), at=clock.now())
    assert messages.count() == 2


def test_a_look_records_nothing_and_each_tap_is_kept(cast):
    round_ = ask_at_home(cast)
    address, client = link_of(cast, round_), Client()
    child, brother = cast.students["mengyao"], cast.students["xiaobao"]
    first = client.get(address)
    eldest = first.context["child"]
    assert first.status_code == 200
    client.get(f"{address}?child={child.pk}")
    assert not Seat.objects.exists()
    posted = {"child": child.pk, "item": "answers", "option": "1", "key": uuid4()}
    gone_on = client.post(address, posted)
    assert client.post(address, posted).url == gone_on.url
    assert [one.option for one in Answer.objects.all()] == ["1"]
    # Resumed by the same link, from another phone: the second question.
    assert Client().get(f"{address}?child={child.pk}").context["item"].id == "whom"
    for one in (child, brother):
        answer_all(client, address, one)
    done = client.get(address)
    assert "surveys/family/done.html" in {one.name for one in done.templates}
    assert eldest == child.pk
    forms = Seat.objects.filter(finished_at__isnull=False)
    assert {(one.student, one.adult) for one in forms} == {
        (child, cast.adults["mother"]),
        (brother, cast.adults["mother"]),
    }
    assert [
        row.seat.asks_for_look for row in queries.results_of(forms, round_.edition.instrument)
    ] == [
        False,
        False,
    ]


@pytest.mark.parametrize(
    "said",
    [
        {"item": "answers", "option": "9"},
        {"item": "gone", "option": "1"},
        {"item": "answers", "key": "x"},
    ],
)
def test_an_answer_that_is_none_is_told_at_home(cast, said):
    round_ = ask_at_home(cast)
    posted = {"child": cast.students["mengyao"].pk, "option": "1"} | said
    response = Client().post(link_of(cast, round_), posted)
    assert response.status_code == 422
    assert not Answer.objects.exists()


def close(cast: Cast, round_: Round) -> None:
    actions.close_round(round_=round_, by=cast.users["counsellor"], at=clock.now())


def block(cast: Cast, round_: Round) -> None:
    blocking.block_adult(
        adult=cast.adults["mother"], reason="保护令", by=cast.users["principal"], at=clock.now()
    )


def share_with_blocked(cast: Cast, round_: Round) -> None:
    number = cast.adults["mother"].contact_points.exclude(address="").first().address
    ContactPoint.objects.create(
        school=cast.school,
        adult=cast.adults["father"],
        kind="phone",
        address=number,
        as_written=number,
    )


def leave(cast: Cast, round_: Round) -> None:
    Enrolment.objects.update(ends_on=timezone.localdate(clock.now()) - timedelta(days=1))


def refuse(cast: Cast, round_: Round) -> None:
    say_yes(cast, cast.students["mengyao"], cast.students["xiaobao"], decision="refused")


def lose_touch(cast: Cast, round_: Round) -> None:
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(condition="missing")


def pass_its_day(cast: Cast, round_: Round) -> None:
    Round.objects.filter(pk=round_.pk).update(due_on="2020-01-01")


ENDINGS = [close, block, share_with_blocked, leave, refuse, lose_touch, pass_its_day]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_link_opens_nothing_any_more_and_says_only_that(cast, ending):
    round_ = ask_at_home(cast)
    address, child = link_of(cast, round_), cast.students["mengyao"]
    assert Client().get(address).status_code == 200
    ending(cast, round_)
    posted = {"child": child.pk, "item": "answers", "option": "1"}
    shown = [Client().get(address), Client().post(address, posted)]
    assert {one.status_code for one in shown} == {404}
    assert not Seat.objects.exists()
    for one in shown:
        assert child.name not in one.content.decode()
        assert "王芳" not in one.content.decode()
    # Nor would a round that is opened now ask this adult.
    if ending not in (close, pass_its_day):
        adults = {one.tie.adult for one in queries.asked_in(round_, clock.now()) if one.tie}
        assert cast.adults["mother"] not in adults


def test_the_blocked_father_is_never_asked_nor_written_to(cast):
    for how in ("home", "interview"):
        round_ = open_round(cast, "school-listens", how=how)
        assert "徐强" not in {adult for _child, adult in asked_adults(round_)}
        assert cast.adults["father"].name not in {adult for _child, adult in asked_adults(round_)}
    assert not OutboxMessage.objects.filter(adult=cast.adults["father"]).exists()
    forged = reverse("family_surveys:link", args=[home_token(round_, cast.adults["father"])])
    assert Client().get(forged).status_code == 404


def test_closing_calls_off_what_has_not_left_and_so_does_the_last_answer(cast):
    round_ = ask_at_home(cast)
    for child in ("mengyao", "xiaobao"):
        answer_all(Client(), link_of(cast, round_), cast.students[child])
    state = dict(OutboxMessage.objects.values_list("adult", "cause"))
    assert state == {cast.adults["mother"].pk: "answered", cast.adults["grandmother"].pk: ""}
    close(cast, round_)
    state = dict(OutboxMessage.objects.values_list("adult", "cause"))
    assert state[cast.adults["grandmother"].pk] == "no_longer_due"


def test_asked_again_once_a_day_and_only_who_has_not_answered(cast):
    round_ = ask_at_home(cast)
    answer_all(Client(), link_of(cast, round_), cast.students["mengyao"])
    answer_all(Client(), link_of(cast, round_), cast.students["xiaobao"])
    client, address = signed_in(cast, "counsellor"), reverse("surveys:remind", args=[round_.pk])
    client.post(address)  # not on the day of the first message
    again = OutboxMessage.objects.filter(dedupe_key__regex=r"^survey:\d+:a\d+:")
    assert not again.exists()
    Round.objects.update(opened_at=clock.now() - timedelta(days=2))
    client.post(address)
    client.post(address)
    assert [one.adult for one in again] == [cast.adults["grandmother"]]


def test_a_round_begins_with_its_answers_and_marks_only_exceptions(cast):
    round_ = ask_at_home(cast)
    answer_all(Client(), link_of(cast, round_), cast.students["mengyao"])
    client = signed_in(cast, "counsellor")
    page = client.get(reverse("surveys:round", args=[round_.pk])).content.decode()
    main = page.split("<main")[1]
    head, rest = main.split("</header>", 1)
    assert "<form" not in head
    assert reverse("surveys:figures", args=[round_.pk]) in head
    reminding = reverse("surveys:remind", args=[round_.pk])
    assert rest.index('id="look"') < rest.index('id="progress"') < rest.index(reminding)
    assert 'class="tag' not in rest.split('id="look"')[1].split("</section>")[0]


def test_who_is_asked_in_a_talk_is_not_written_to(cast):
    round_ = open_round(cast, "carer-wellbeing", how="interview")
    Round.objects.update(opened_at=clock.now() - timedelta(days=2))
    signed_in(cast, "counsellor").post(reverse("surveys:remind", args=[round_.pk]))
    assert not OutboxMessage.objects.filter(dedupe_key__startswith="survey:").exists()


def test_the_card_of_the_family_says_so_until_it_is_answered(cast):
    round_ = ask_at_home(cast)
    mother, child = cast.adults["mother"], cast.students["mengyao"]
    lines = family_lines([child.pk], [mother], clock.now())[child.pk]
    assert [line.url for line in lines] == [links.path_for(round_.pk, mother.pk)]
    answer_all(Client(), lines[0].url, child)
    assert family_lines([child.pk], [mother], clock.now())[child.pk] == []


def test_teachers_see_who_has_answered_at_home_and_no_answer(cast):
    round_ = ask_at_home(cast)
    answer_all(Client(), link_of(cast, round_), cast.students["mengyao"], PULSE | {"whom": "0"})
    page = signed_in(cast, "teacher").get(
        reverse("surveys:lesson", args=[round_.pk, cast.school_class.pk])
    )
    assert page.context["open"] == 3
    assert "不知道" not in page.content.decode()
    look = signed_in(cast, "counsellor").get(reverse("surveys:round", args=[round_.pk]))
    assert [row["who"] for row in look.context["look"]] == ["王芳"]


@pytest.mark.parametrize(("how", "told"), [("interview", "for_family"), ("staff", None)])
def test_whoever_was_not_asked_is_told_nothing(cast, how, told):
    seat = form_of(cast, how)
    page = signed_in(cast, "counsellor").get(reverse("surveys:child", args=[seat.pk]))
    assert {name for name in ("for_family", "for_child") if page.context[name]} == (
        {told} if told else set()
    )
    assert seat.student.given_name not in " ".join(page.context["for_family"])


# --- A talk with the carer ---------------------------------------------------------------------------


def test_a_talk_goes_on_where_it_stopped_and_says_who_asked(cast):
    round_ = open_round(cast, "carer-wellbeing", how="interview")
    teacher, address = (
        signed_in(cast, "teacher"),
        reverse("surveys:lesson", args=[round_.pk, cast.school_class.pk]),
    )
    listed = teacher.get(address).context["rows"]
    assert {row["who"] for row in listed} == {"李秀兰"}  # the mother is no carer
    named = next(row["form"] for row in listed if row["name"] == "徐梦瑶")
    talk = teacher.post(address, {"form": named}).url
    assert teacher.get(talk).context["item"].id == "week"
    assert "family/_face.html" in {one.name for one in teacher.get(talk).templates}
    teacher.post(talk, {"item": "week", "option": "5", "key": uuid4()})
    assert teacher.post(address, {"form": named}).url == talk
    assert teacher.get(talk).context["item"].id == "sleep"
    stopped = teacher.get(teacher.get(talk).context["stop_url"])
    assert "surveys/talk_over.html" in {one.name for one in stopped.templates}
    before = teacher.get(talk).context["before"]
    assert [one["is_chosen"] for one in teacher.get(before).context["options"]].index(True) == 4
    seat = Seat.objects.get()
    assert (seat.filled_by, seat.adult) == (cast.users["teacher"], cast.adults["grandmother"])
    for item in queries.items_for(seat, clock.now())[1:]:
        teacher.post(talk, {"item": item.id, "option": item.options[0].code})
    over = teacher.get(talk)
    assert "surveys/talk_over.html" in {one.name for one in over.templates}
    assert seat.student.name not in over.content.decode()
    assert "base_staff.html" not in {one.name for one in over.templates}
    assert teacher.post(address, {"form": named}).url == address


@pytest.mark.parametrize("how", ["interview", "staff"])
def test_a_form_ends_with_the_round_the_block_and_the_barrier(cast, how):
    seat = form_of(cast, how)
    teacher, address = signed_in(cast, "teacher"), reverse("surveys:form", args=[seat.pk])
    posted = {"item": "week", "option": "1", "item-0": "2"}
    assert signed_in(cast, "next_teacher").get(address).status_code == 404
    if seat.adult:
        Adult.objects.filter(pk=seat.adult_id).update(condition="no_contact")
        teacher.post(address, posted)
        Adult.objects.filter(pk=seat.adult_id).update(condition="in_touch")
    say_yes(cast, decision="refused")
    teacher.post(address, posted)
    say_yes(cast)
    Round.objects.update(due_on="2020-01-01")
    teacher.post(address, posted)
    assert not Answer.objects.exists()
    barriers.set_barrier(
        student=seat.student,
        user=cast.users["teacher"],
        reason="在查",
        by=cast.users["principal"],
        at=clock.now(),
    )
    assert teacher.get(address).status_code == 404


# --- A teacher about a child ---------------------------------------------------------------------------


def test_a_teacher_fills_in_a_page_saved_at_each_tick(cast):
    seat = form_of(cast, "staff")
    teacher, address = signed_in(cast, "teacher"), reverse("surveys:form", args=[seat.pk])
    ticks = {f"item-{n}": "2" for n in range(3)}
    saved = teacher.post(address, ticks, headers={"HX-Request": "true"})
    assert saved.context["open"] == 7
    assert Answer.objects.count() == 3
    asks = teacher.post(address, ticks | {"finish": "1"})
    assert (asks.status_code, asks.context["asks"]) == (422, True)
    bad = teacher.post(address, ticks | {"item-4": "9", "finish": "anyway"})
    assert bad.status_code == 422
    assert teacher.post(address, ticks | {"item-0": "1", "finish": "anyway"}).status_code == 302
    seat.refresh_from_db()
    assert seat.finished_at
    assert queries.answers_of(seat)["helps"] == "1"
    page = teacher.get(reverse("surveys:lesson", args=[seat.round_id, cast.school_class.pk]))
    assert [row["state"] for row in page.context["rows"]] == ["waiting", "done"]


def test_a_tick_belongs_to_its_question_whatever_others_are_asked(cast):
    seat = conditional_form(cast)
    teacher, address = signed_in(cast, "teacher"), reverse("surveys:form", args=[seat.pk])
    assert [row["field"] for row in teacher.get(address).context["rows"]] == ["item-0", "item-2"]
    htmx = {"HX-Request": "true", "HX-Trigger-Name": "item-0"}
    shown = teacher.post(address, {"item-0": "3", "item-2": "0"}, headers=htmx)
    assert [row["field"] for row in shown.context["rows"]] == ["item-0", "item-1", "item-2"]
    assert queries.answers_of(seat) == {"one": "3"}  # only what was ticked
    # One page says that the second is not asked any more, and answers it: nothing is lost, nothing breaks.
    posted = {"item-0": "1", "item-1": "2", "item-2": "0"}
    assert teacher.post(address, posted | {"finish": "1"}).status_code == 302
    assert queries.answers_of(seat) == {"one": "1", "three": "0"}


def test_an_old_page_does_not_undo_a_newer_answer(cast):
    seat = conditional_form(cast)
    teacher, address = signed_in(cast, "teacher"), reverse("surveys:form", args=[seat.pk])
    actions.save_answer(seat=seat, item="one", option="2", at=clock.now())
    ticked = {"HX-Request": "true", "HX-Trigger-Name": "item-0"}
    for option in ("3", "2"):  # and back to what it was when the page was loaded
        teacher.post(address, {"was-item-0": "2", "item-0": option}, headers=ticked)
        assert queries.answers_of(seat) == {"one": option}
    old = {"was-item-0": "1", "item-0": "1", "was-item-2": "", "item-2": "0", "finish": "1"}
    teacher.post(address, old)
    assert queries.answers_of(seat) == {"one": "2", "three": "0"}


@pytest.mark.parametrize("how", ["staff", "interview"])
def test_who_goes_on_with_a_form_does_not_see_what_somebody_else_was_told(cast, how):
    seat = form_of(cast, how, by="counsellor")
    item = queries.items_for(seat, clock.now())[0]
    first, second, third = (clock.now() + timedelta(minutes=n) for n in (1, 2, 3))
    actions.save_answer(seat=seat, item=item.id, option=item.options[0].code, at=first)
    address = reverse("surveys:form", args=[seat.pk]) + f"?item={item.id}"

    def marked(client: Client) -> bool:
        shown = client.get(address).context
        if how == "interview":
            return any(one["is_chosen"] for one in shown["options"])
        return bool(shown["rows"][0]["chosen"])

    teacher = signed_in(cast, "teacher")
    assert (marked(signed_in(cast, "counsellor")), marked(teacher)) == (True, False)
    actions.take_over(seat=seat, by=cast.users["teacher"], at=second)
    assert not marked(teacher)
    actions.save_answer(seat=seat, item=item.id, option=item.options[1].code, at=third)
    assert marked(teacher)


def test_a_form_that_goes_on_is_of_the_class_in_which_the_child_is_now(cast):
    seat = form_of(cast, "staff")
    asked = Asked(seat.student_id, cast.next_class.pk)
    told = {"round_": seat.round, "asked": asked, "by": cast.users["teacher"], "at": clock.now()}
    assert actions.take_form(**told).school_class_id == asked.class_id


@pytest.mark.parametrize(("ages", "count"), [((0, 60, 0), 2), ((60, 60, 60), None)])
def test_only_questions_for_this_age_are_counted_and_without_any_nobody_is_asked(cast, ages, count):
    items = [one | {"min_age": age} for one, age in zip(SCALE["item"], ages, strict=True)]
    known = keep_scale(cast, item=items, respondents=["parent"], urgent=[], needs_consent=False)
    if count is None:
        with pytest.raises(actions.NobodyToAsk):
            open_round(cast, str(known.pk), how="home")
        return
    address = link_of(cast, open_round(cast, str(known.pk), how="home"))
    assert Client().get(address).context["count"] == count


def test_two_who_finish_at_once_see_that_it_is_finished(cast, monkeypatch):
    seat = conditional_form(cast)
    teacher, address = signed_in(cast, "teacher"), reverse("surveys:form", args=[seat.pk])
    actions.finish(seat=seat, at=clock.now())
    monkeypatch.setattr("surveys.policies.is_form_open", lambda seat, at: True)
    response = teacher.post(address, {"item-0": "1", "finish": "1"})
    assert (response.status_code, response.url) == (302, address)
    ticked = teacher.post(address, {"item-0": "1"}, headers={"HX-Request": "true"})
    assert ticked.headers["HX-Redirect"] == address
    assert not Answer.objects.exists()


def test_a_page_that_was_open_for_long_is_not_too_fast(cast):
    seat = form_of(cast, "staff")
    items = queries.items_for(seat, clock.now())
    later = clock.now() + timedelta(minutes=3)
    actions.save_answers(seat=seat, answers={one.id: "2" for one in items}, at=later)
    actions.finish(seat=seat, at=later)
    assert not queries.result_of(seat).marks.too_fast


# --- What happened with the child -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "sees"),
    [("counsellor", True), ("teacher", True), ("principal", False), ("admin", False)],
)
def test_that_a_child_took_part_is_for_those_who_gave_it(cast, who, sees):
    seat = seat_of(cast)
    actions.save_answer(seat=seat, item="mood", option="5", at=clock.now())
    actions.finish(seat=seat, at=clock.now())
    told = timeline(seat.student, cast.users[who], clock.now(), 20)
    assert bool(told) is sees
    assert all("难过" not in one.title + one.text + one.meta for one in told)


def test_a_list_of_twelve_adults_costs_what_one_of_four_costs(cast):
    round_ = ask_at_home(cast)
    client = signed_in(cast, "counsellor")
    address = reverse("surveys:lesson", args=[round_.pk, cast.school_class.pk])

    def count() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    few = count()
    for n in range(8):
        adult = make_adult(cast.school, f"王{n}", f"+86138935300{n:02d}")
        make_guardianship(make_student(cast.school_class, f"徐小{n}"), adult, "mother")
    assert count() == few


def test_a_scale_that_may_need_an_adult_at_once_finds_one_beside_the_child(cast):
    round_ = open_round(
        cast,
        str(keep_scale(cast, respondents=["staff"], needs_consent=False).pk),
        how="staff",
    )
    asked = queries.asked_in(round_, clock.now())[0]
    seat = actions.take_form(round_=round_, asked=asked, by=cast.users["teacher"], at=clock.now())
    actions.save_answer(seat=seat, item="three", option="1", at=clock.now())
    assert safeguarding.run_intake(clock.now()) == 1
    assert Concern.objects.get().named_adult == cast.users["teacher"]
