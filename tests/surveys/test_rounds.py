"""From opening a round to the last tap: what is kept, what is refused, and who hears at once."""

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
from safeguarding import actions as safeguarding
from safeguarding import presenters as concern_words
from safeguarding.models import Concern
from safeguarding.policies import concerns_visible_to
from students import barriers
from students.models import Enrolment
from surveys import actions, policies, queries, shipped
from surveys.models import Answer, Edition, Round, Seat, Sitting
from surveys.presenters import results
from surveys.work import work_for
from tests.days import today
from tests.factories.cast import Cast, make_guardianship, make_student
from tests.factories.surveys import (
    SCALE,
    answer,
    begin,
    keep_scale,
    open_round,
    say_yes,
    seat_of,
)

pytestmark = pytest.mark.django_db


def signed_in(cast: Cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.users[key], "django.contrib.auth.backends.ModelBackend")
    return client


def at_tablet(seat: Seat) -> Client:
    client = Client()
    # As the list shows it, with the digits of a Chinese input method.
    wide = seat.code.translate({ord("0") + n: ord("０") + n for n in range(10)})
    response = client.post(reverse("seat:enter"), {"code": f" {wide[:3]}　{wide[3:]} "})
    assert response.url == reverse("seat:question")
    return client


# --- Opening -------------------------------------------------------------------------------------


def test_a_round_too_large_is_refused_with_its_sum_and_fits_with_more_time(cast):
    children = [make_student(cast.school_class, f"徐小{n}") for n in range(20)]
    for child in children:
        make_guardianship(child, cast.adults["mother"], "mother")
    say_yes(cast, *children)
    form = {
        "key": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "choice": "weekly-mood",
        "classes": [cast.school_class.pk],
        "due_on": timezone.localdate(clock.now()).isoformat(),
        "talks_per_week": "0",
    }
    client = signed_in(cast, "counsellor")
    refused = client.post(reverse("surveys:new"), form)
    assert refused.status_code == 422
    assert not Round.objects.exists()
    # 20 children, 10 in 100: two talks, and none can be held.
    assert "20 个孩子" in refused.content.decode() or "20 children" in refused.content.decode()
    opened = client.post(reverse("surveys:new"), form | {"talks_per_week": "1"})
    again = client.post(reverse("surveys:new"), form | {"talks_per_week": "1"})
    assert opened.url == again.url == reverse("surveys:round", args=[Round.objects.get().pk])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("choice", "phq-9"),  # its words are not here
        ("how", "home"),  # a child answers at school, and nowhere else
        ("how", "by letter"),
        ("choice", "999999"),
        ("classes", []),
        ("classes", ["far"]),
        ("due_on", "2001-01-01"),
        ("due_on", "2099-01-01"),
        ("due_on", "morgen"),
        ("talks_per_week", "-1"),
        ("talks_per_week", "viele"),
    ],
)
def test_bad_input_stands_at_its_field_and_nothing_is_opened(cast, field, value):
    form = {
        "key": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "choice": "weekly-mood",
        "classes": [cast.school_class.pk],
        "due_on": timezone.localdate(clock.now()).isoformat(),
        "talks_per_week": "5",
    }
    value = [cast.far_class.pk] if value == ["far"] else value
    response = signed_in(cast, "counsellor").post(reverse("surveys:new"), form | {field: value})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert not Round.objects.exists()


def test_words_from_before_the_rules_were_put_right_open_no_round(cast):
    say_yes(cast)
    ours = shipped.instruments()["mht"]
    old = keep_scale(cast, key="mht", version=ours.version - 1, urgent=[])
    form = {"key": str(uuid4()), "choice": str(old.pk), "classes": [cast.school_class.pk]}
    form |= {"due_on": timezone.localdate(clock.now()).isoformat(), "talks_per_week": "50"}
    refused = signed_in(cast, "counsellor").post(reverse("surveys:new"), form)
    assert refused.status_code == 422
    assert refused.context["form"].errors["choice"]
    assert not Round.objects.exists()
    assert open_round(cast, str(keep_scale(cast, key="mht", version=ours.version).pk))


def test_an_edition_is_kept_once_and_never_changes(cast):
    say_yes(cast)
    first, second = open_round(cast), open_round(cast)
    assert first.edition == second.edition
    changed = keep_scale(cast, version=2)
    assert changed.pk != keep_scale(cast).pk
    with pytest.raises(Exception, match="Cannot update"):
        Edition.objects.filter(pk=changed.pk).update(version=3)


# --- Who gets a seat -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "is_seated"), [([], False), (["given"], True), (["given", "withdrawn"], False)]
)
def test_no_yes_no_seat(cast, words, is_seated):
    say_yes(cast, cast.students["haitao"])
    for word in words:
        say_yes(cast, decision=word)
    begin(cast, open_round(cast, classes=[cast.school_class, cast.next_class]))
    assert Seat.objects.filter(student=cast.students["mengyao"]).exists() is is_seated
    assert not Seat.objects.filter(student=cast.students["xiaobao"]).exists()


@pytest.mark.parametrize(
    ("limits", "is_seated"), [({"min_age": 6}, True), ({"min_age": 60}, False)]
)
def test_the_age_of_the_questions_holds(cast, limits, is_seated):
    say_yes(cast)
    choice = str(keep_scale(cast, **limits).pk)
    if not is_seated:
        with pytest.raises(actions.NobodyToAsk):
            open_round(cast, choice)
    else:
        begin(cast, open_round(cast, choice))
        assert Seat.objects.exists()


def test_an_item_that_is_not_for_this_age_is_not_asked_and_not_taken(cast):
    items = [
        one | {"min_age": 60 if one["id"] == "three" else 0}
        for one in keep_scale(cast).definition["item"]
    ]
    edition = keep_scale(cast, item=items)
    seat = seat_of(cast, choice=str(edition.pk))
    assert [one.id for one in queries.items_for(seat, clock.now())] == ["one", "two"]
    with pytest.raises(actions.Refused):
        actions.save_answer(seat=seat, item="three", option="1", at=clock.now())


def test_a_withdrawn_yes_ends_the_questions_at_once(cast):
    seat = seat_of(cast)
    client = at_tablet(seat)
    say_yes(cast, decision="withdrawn")
    response = client.post(reverse("seat:question"), {"item": "mood", "option": "1"})
    assert response.url == reverse("seat:enter")
    assert not Answer.objects.exists()


def test_beginning_twice_is_one_lesson_and_later_goes_on(cast):
    seat = seat_of(cast)
    first = begin(cast, seat.round)
    assert first == begin(cast, seat.round)
    actions.save_answer(seat=seat, item="mood", option="2", at=clock.now())
    actions.end_sitting(sitting=first, at=clock.now())
    assert policies.seat_by_code(seat.code, clock.now()) is None
    second = begin(cast, seat.round)
    seat.refresh_from_db()
    assert (seat.sitting, second != first) == (second, True)
    client = at_tablet(seat)
    assert client.get(reverse("seat:question")).context["item"].id == "listened"


# --- Answering -------------------------------------------------------------------------------------


def test_two_taps_and_the_tablet_forgets(cast):
    seat = seat_of(cast)
    client = at_tablet(seat)
    shown = client.get(reverse("seat:question"))
    assert shown.context["text"] in ("这一周，你过得怎么样？", "How was this week?")
    first = client.post(reverse("seat:question"), {"item": "mood", "option": "1"})
    assert first.url.endswith("?item=listened")
    last = client.post(reverse("seat:question"), {"item": "listened", "option": "0"})
    assert last.url == reverse("seat:done")
    seat.refresh_from_db()
    assert seat.finished_at
    assert seat.code is None
    assert queries.answers_of(seat) == {"mood": "1", "listened": "0"}
    assert client.get(reverse("seat:question")).url == reverse("seat:enter")


def test_saved_at_each_tap_changed_and_left_out(cast):
    seat = seat_of(cast)
    client = at_tablet(seat)
    for option in ("1", "1", "3"):
        client.post(reverse("seat:question"), {"item": "mood", "option": option})
    assert list(Answer.objects.values_list("option", flat=True)) == ["1", "3"]
    back = client.get(reverse("seat:question") + "?item=mood")
    assert [one["is_chosen"] for one in back.context["options"]] == [
        False,
        False,
        True,
        False,
        False,
    ]
    assert client.post(reverse("seat:question"), {"item": "listened", "option": ""}).url == reverse(
        "seat:done"
    )
    assert queries.answers_of(seat) == {"mood": "3", "listened": ""}


@pytest.mark.parametrize(
    "posted",
    [
        {"item": "mood", "option": "6"},
        {"item": "mood", "option": "<b>"},
        {"item": "gone", "option": "1"},
        {"item": "", "option": "1"},
        {"item": "x" * 300, "option": "1"},
        {},
    ],
)
def test_an_answer_that_is_none_is_told_and_not_kept(cast, posted):
    response = at_tablet(seat_of(cast)).post(reverse("seat:question"), posted)
    assert response.status_code == 422
    assert response.context["error"]
    assert not Answer.objects.exists()


def test_nothing_is_taken_after_lesson_or_round_are_over(cast):
    seat = seat_of(cast)
    first, second = at_tablet(seat), at_tablet(seat)
    posted = {"item": "mood", "option": "1"}
    Sitting.objects.update(
        begun_at=clock.now() - timedelta(hours=3), ends_at=clock.now() - timedelta(hours=1)
    )
    assert first.post(reverse("seat:question"), posted).url == reverse("seat:enter")
    Sitting.objects.update(ends_at=clock.now() + timedelta(hours=1))
    assert first.post(reverse("seat:question"), posted).url.endswith("?item=listened")
    Round.objects.update(due_on="2020-01-01")
    assert second.get(reverse("seat:question")).url == reverse("seat:enter")
    Round.objects.update(due_on="2099-01-01")
    actions.close_round(round_=seat.round, by=cast.users["counsellor"], at=clock.now())
    assert second.post(reverse("seat:question"), posted).url == reverse("seat:enter")
    assert Answer.objects.count() == 1


def test_a_wrong_number_opens_nothing(cast):
    seat = seat_of(cast)
    client = Client()
    for code in ["12345", "abcdef", "", "9" * 40]:
        assert client.post(reverse("seat:enter"), {"code": code}).status_code == 422
    wrong = f"{(int(seat.code) + 1) % 10**6:06d}"
    assert client.post(reverse("seat:enter"), {"code": wrong}).status_code == 422
    assert client.post(reverse("seat:enter"), {"code": seat.code}).status_code == 302


def test_the_tablet_turns_the_one_before_out(cast):
    seat = seat_of(cast)
    client = signed_in(cast, "counsellor")
    client.post(reverse("seat:enter"), {"code": seat.code})
    assert client.get(reverse("surveys:list")).status_code == 302


# --- An answer that needs an adult -------------------------------------------------------------------


def urgent_seat(cast: Cast, duty: str = "teacher") -> Seat:
    say_yes(cast)
    begin(cast, open_round(cast, str(keep_scale(cast).pk)), duty)
    return Seat.objects.get()


def test_an_urgent_answer_on_an_unfinished_form_reaches_the_adult_of_the_lesson(cast):
    seat = urgent_seat(cast)
    client = at_tablet(seat)
    told = client.post(reverse("seat:question"), {"item": "three", "option": "1"})
    assert told.url.startswith(reverse("seat:pause"))
    page = client.get(told.url).content.decode()
    assert cast.users["teacher"].name in page
    at = clock.now()
    assert [safeguarding.run_intake(at), safeguarding.run_intake(at)] == [1, 0]
    concern = Concern.objects.get()
    assert (concern.source, concern.student) == ("survey", cast.students["mengyao"])
    assert concern.named_adult == cast.users["teacher"]
    assert concern.clock == "round_the_clock"
    assert OutboxMessage.objects.filter(kind="concern", user=cast.users["teacher"]).count() == 1
    # What was answered stands in no word of it.
    assert "1" not in concern_words.why(concern, {})
    # Nobody takes it: the counsellor is next.
    safeguarding.climb_unacknowledged(concern.due_at)
    concern.refresh_from_db()
    assert concern.named_adult == cast.users["counsellor"]


def test_a_second_thought_takes_nothing_back(cast):
    seat = urgent_seat(cast)
    answer(seat, {"three": "2"}, finish=False)
    answer(seat, {"three": "0", "one": "0", "two": "0"})
    assert safeguarding.run_intake(clock.now()) == 1
    assert results.child_page(
        policies.get_seat_for(cast.users["counsellor"], seat.pk, today()),
        cast.users["counsellor"],
        clock.now(),
    )["is_urgent"]


@pytest.mark.parametrize(("duty", "sees"), [("counsellor", False), ("teacher", True)])
def test_the_class_teacher_hears_of_it_only_as_the_adult_of_the_lesson(cast, duty, sees):
    answer(urgent_seat(cast, duty), {"three": "1"}, finish=False)
    safeguarding.run_intake(clock.now())
    on = timezone.localdate(clock.now())
    assert concerns_visible_to(cast.users["teacher"], on).exists() is sees
    assert concerns_visible_to(cast.users["counsellor"], on).exists()


def test_what_is_not_urgent_opens_nothing(cast):
    seat = urgent_seat(cast)
    answer(seat, {"one": "3", "two": "3", "three": "0"})
    assert safeguarding.run_intake(clock.now()) == 0


def test_a_child_asks_for_somebody_while_it_answers(cast):
    seat = seat_of(cast)
    client = at_tablet(seat)
    for _tap in range(2):
        assert client.post(reverse("seat:talk"), {"item": "mood"}).url.startswith(
            reverse("seat:pause")
        )
    assert safeguarding.run_intake(clock.now()) == 1
    concern = Concern.objects.get()
    assert (concern.source, concern.named_adult) == ("pupil", cast.users["counsellor"])
    assert client.post(reverse("seat:pause"), {"item": ""}).url.endswith("?item=mood")


@pytest.mark.parametrize("gone", ["lesson", "tablet"])
def test_a_child_who_asks_for_somebody_too_late_for_answers_is_heard(cast, gone):
    seat = seat_of(cast)
    client = at_tablet(seat)
    page = client.get(reverse("seat:question"))
    token = page.context["seat_token"]
    assert page.content.decode().count(token) == 2  # the question's form and the wish's
    if gone == "lesson":
        begun_at = clock.now() - timedelta(hours=3)
        Sitting.objects.update(begun_at=begun_at, ends_at=begun_at + timedelta(hours=2))
    else:
        client = Client()
    told = client.post(reverse("seat:talk"), {"item": "mood", "seat": token})
    assert told.url == f"{reverse('seat:enter')}?told=talk"
    assert client.get(told.url).context["told"]
    assert safeguarding.run_intake(clock.now()) == 1
    assert Concern.objects.get().student == cast.students["mengyao"]
    assert Client().post(reverse("seat:talk"), {"seat": "made up"}).url == reverse("seat:enter")


def test_an_urgent_tap_on_a_question_that_is_no_longer_asked_is_kept(cast):
    after_one = [{"when": [{"item": "one", "operator": "=", "answer": "3"}]}]
    items = [one | ({"rules": after_one} if one["id"] == "three" else {}) for one in SCALE["item"]]
    say_yes(cast)
    begin(cast, open_round(cast, str(keep_scale(cast, item=items).pk)))
    seat = Seat.objects.get()
    client = at_tablet(seat)
    for option in ("3", "0"):  # the page with the third question is still open in between
        client.post(reverse("seat:question"), {"item": "one", "option": option})
    told = client.post(reverse("seat:question"), {"item": "three", "option": "1"})
    assert told.url.startswith(reverse("seat:pause"))
    assert safeguarding.run_intake(clock.now()) == 1


def test_a_barred_adult_of_the_lesson_is_passed_over(cast):
    seat = urgent_seat(cast)
    barriers.set_barrier(
        student=seat.student,
        user=cast.users["teacher"],
        reason="在查",
        by=cast.users["principal"],
        at=clock.now(),
    )
    answer(seat, {"three": "1"}, finish=False)
    safeguarding.run_intake(clock.now())
    assert Concern.objects.get().named_adult == cast.users["counsellor"]


# --- What is shown, and to whom ----------------------------------------------------------------------


def test_the_counsellor_reads_the_teacher_sees_who_has_finished(cast):
    seat = answer(seat_of(cast), {"mood": "5", "listened": "0"})
    round_url = reverse("surveys:round", args=[seat.round_id])
    page = signed_in(cast, "counsellor").get(round_url)
    assert [row["name"] for row in page.context["look"]] == ["徐梦瑶"]
    assert "很难过" in page.content.decode() or "Sad" in page.content.decode()
    lesson = reverse("surveys:lesson", args=[seat.round_id, cast.school_class.pk])
    teacher = signed_in(cast, "teacher")
    seen = teacher.get(lesson).content.decode()
    assert "徐梦瑶" in seen
    assert "很难过" not in seen
    assert teacher.get(round_url).status_code == 404


def test_the_teacher_gets_what_to_do_and_no_score(cast):
    seat = answer(seat_of(cast), {"mood": "5", "listened": "0"})
    counsellor, address = signed_in(cast, "counsellor"), reverse("surveys:to_do", args=[seat.pk])
    assert counsellor.post(address, {"words": "多陪陪她"}).status_code == 302
    assert "多陪陪她" in signed_in(cast, "teacher").get(reverse("surveys:list")).content.decode()
    assert (
        "多陪陪她"
        not in signed_in(cast, "next_teacher").get(reverse("surveys:list")).content.decode()
    )
    too_long = counsellor.post(address, {"words": "长" * 501})
    assert too_long.status_code == 422
    assert "长" * 501 in too_long.content.decode()
    counsellor.post(address, {"words": " "})
    assert (
        "多陪陪她" not in signed_in(cast, "teacher").get(reverse("surveys:list")).content.decode()
    )


def test_a_page_from_before_says_of_no_other_words_that_they_are_done(cast):
    seat = answer(seat_of(cast), {"mood": "5", "listened": "0"})
    told = {"seat": seat, "by": cast.users["counsellor"], "at": clock.now()}
    for _twice in range(2):
        actions.write_to_do(words="多陪陪她", **told)
    [asked] = work_for(cast.users["teacher"], clock.now())
    actions.write_to_do(words="今天就给她奶奶打电话", **told)
    stale = signed_in(cast, "teacher").post(asked.act_url, headers={"HX-Request": "true"})
    assert stale.status_code == 404
    [now] = work_for(cast.users["teacher"], clock.now())
    assert "今天就给她奶奶打电话" in now.why
    assert now.key != asked.key  # put off until tomorrow, it comes back with the new words


def test_what_to_do_goes_with_the_child_to_its_next_class(cast):
    seat = answer(seat_of(cast), {"mood": "5", "listened": "0"})
    at = clock.now()
    actions.write_to_do(seat=seat, words="多陪陪她", by=cast.users["counsellor"], at=at)
    Enrolment.objects.filter(student=seat.student).update(school_class=cast.next_class)
    [asked] = work_for(cast.users["next_teacher"], at)
    assert "多陪陪她" in asked.why
    assert work_for(cast.users["teacher"], at) == []
    row = signed_in(cast, "next_teacher").post(asked.act_url, headers={"HX-Request": "true"})
    assert "is-done" in row.content.decode()


def test_whom_to_look_at_stays_on_today_until_somebody_has_talked(cast):
    at, counsellor = clock.now(), cast.users["counsellor"]
    seat = answer(seat_of(cast), {"mood": "5", "listened": "3"})
    assert [one.student_name for one in work_for(counsellor, at)] == ["徐梦瑶"]
    assert work_for(cast.users["teacher"], at) == []
    assert work_for(cast.users["principal"], at) == []
    client = signed_in(cast, "counsellor")
    client.post(reverse("surveys:to_do", args=[seat.pk]), {"words": "多陪陪她"})
    [asked] = work_for(cast.users["teacher"], at)
    assert "多陪陪她" in asked.why
    assert "很难过" not in asked.why
    row = signed_in(cast, "teacher").post(asked.act_url, headers={"HX-Request": "true"})
    assert "is-done" in row.content.decode()
    assert work_for(cast.users["teacher"], at) == []
    client.post(reverse("surveys:looked", args=[seat.pk]))
    assert work_for(counsellor, at) == []
    assert Seat.objects.get().looked_by == counsellor


def test_the_many_of_one_round_are_one_row_of_today_that_opens_their_list(cast):
    seat, at = answer(seat_of(cast), {"mood": "5", "listened": "3"}), clock.now()
    for name in ("甲一", "甲二", "甲三"):
        other = Seat.objects.create(
            school=cast.school,
            round=seat.round,
            student=make_student(cast.school_class, name),
            school_class=cast.school_class,
        )
        answer(other, {"mood": "5", "listened": "3"})
    [row] = work_for(cast.users["counsellor"], at)
    assert "4" in row.why
    assert "徐梦瑶" not in row.why
    client = signed_in(cast, "counsellor")
    opened = client.get(row.act_url, headers={"HX-Request": "true"})
    assert opened.headers["HX-Redirect"] == row.act_url
    assert len(client.get(row.act_url).context["look"]) == 4
    client.post(reverse("surveys:looked", args=[seat.pk]))
    assert len(work_for(cast.users["counsellor"], at)) == 3  # few enough to be named


def test_who_stopped_half_way_is_looked_at_all_the_same(cast):
    seat = answer(seat_of(cast), {"mood": "5"}, finish=False)
    assert len(work_for(cast.users["counsellor"], clock.now())) == 1
    page = signed_in(cast, "counsellor").get(reverse("surveys:round", args=[seat.round_id]))
    assert [row["name"] for row in page.context["look"]] == ["徐梦瑶"]
    assert (page.context["finished"], page.context["heard"]) == (0, 1)
    answer(seat, {"mood": "1", "listened": "3"})
    assert work_for(cast.users["counsellor"], clock.now()) == []


def test_answers_after_a_talk_half_way_are_looked_at_again(cast):
    seat = answer(seat_of(cast), {"mood": "5"}, finish=False)
    actions.note_looked(seat=seat, by=cast.users["counsellor"], at=clock.now())
    assert work_for(cast.users["counsellor"], clock.now()) == []
    answer(seat, {"listened": "0"})
    assert len(work_for(cast.users["counsellor"], clock.now())) == 1
    actions.note_looked(seat=seat, by=cast.users["counsellor"], at=clock.now())
    actions.finish(seat=seat, at=clock.now())
    assert work_for(cast.users["counsellor"], clock.now()) == []


def test_who_is_well_asks_nothing_of_today(cast):
    answer(seat_of(cast), {"mood": "1", "listened": "3"})
    assert work_for(cast.users["counsellor"], clock.now()) == []


def test_the_principal_sees_no_name_and_no_small_number(cast):
    seat = answer(seat_of(cast), {"mood": "5", "listened": "0"})
    principal = signed_in(cast, "principal")
    actions.close_round(round_=seat.round, by=cast.users["counsellor"], at=clock.now())
    page = principal.get(reverse("surveys:figures", args=[seat.round_id]))
    assert "徐梦瑶" not in page.content.decode()
    assert all(one.is_empty for one in page.context["bars"])
    text = page.content.decode()
    assert 'class="stack"' not in text  # one sentence, and no row of dashes
    assert "人数太少" in text
    assert "–" not in text.split('id="tables"')[1]
    assert principal.get(reverse("surveys:child", args=[seat.pk])).status_code == 404


def test_the_list_says_how_far_each_round_is_as_its_own_page_does(cast):
    """How many have finished, and of how many; once a round is over nobody knows of how many any more."""
    answer(seat_of(cast), {"mood": "5", "listened": "0"})
    round_ = Round.objects.get()
    wide = open_round(cast, classes=[cast.school_class, cast.next_class])
    for who in ("principal", "counsellor"):
        client = signed_in(cast, who)
        of = {row["round"].pk: row for row in client.get(reverse("surveys:list")).context["rounds"]}
        page = "figures" if who == "principal" else "round"
        for one in (round_, wide):
            told = client.get(reverse(f"surveys:{page}", args=[one.pk])).context
            row = of[one.pk]
            assert (row["finished"], row["to_ask"]) == (told["finished"], told["to_ask"])
    assert of[round_.pk]["finished"] == 1
    actions.close_round(round_=round_, by=cast.users["counsellor"], at=clock.now())
    page = signed_in(cast, "principal").get(reverse("surveys:list"))
    [row] = [row for row in page.context["rounds"] if row["round"] == round_]
    assert (row["finished"], row["to_ask"]) == (1, None)
    assert "答完 1 份" in page.content.decode()


def test_a_class_teacher_is_told_of_the_own_class_alone(cast):
    other = cast.next_class
    say_yes(cast, cast.students["mengyao"], cast.students["haitao"])
    round_ = open_round(cast, classes=[cast.school_class, other])
    by_class = {one.school_class.pk: one.to_ask for one in queries.progress_of(round_, clock.now())}
    assert by_class[other.pk]
    for who, pk in (("teacher", cast.school_class.pk), ("next_teacher", other.pk)):
        [row] = signed_in(cast, who).get(reverse("surveys:list")).context["rounds"]
        assert (row["finished"], row["to_ask"]) == (0, by_class[pk])


def test_rounds_that_are_over_cost_no_query_each(cast):
    client, address = signed_in(cast, "principal"), reverse("surveys:list")
    close = {"by": cast.users["counsellor"], "at": clock.now()}
    say_yes(cast)
    actions.close_round(round_=open_round(cast), **close)
    few = _queries(client, address)
    for _number in range(3):
        actions.close_round(round_=open_round(cast), **close)
    assert _queries(client, address) == few


def test_whoever_is_barred_from_a_file_reads_no_answer_of_it(cast):
    seat = answer(seat_of(cast), {"mood": "5", "listened": "0"})
    counsellor = signed_in(cast, "counsellor")
    barriers.set_barrier(
        student=seat.student,
        user=cast.users["counsellor"],
        reason="在查",
        by=cast.users["principal"],
        at=clock.now(),
    )
    assert counsellor.get(reverse("surveys:child", args=[seat.pk])).status_code == 404
    page = counsellor.get(reverse("surveys:round", args=[seat.round_id]))
    assert page.context["look"] == []


def test_a_result_is_told_with_each_step(cast):
    seat = seat_of(cast, choice=str(keep_scale(cast).pk))
    answer(seat, {"one": "3", "two": "2", "three": ""})
    page = results.child_page(
        policies.get_seat_for(cast.users["counsellor"], seat.pk, today()),
        cast.users["counsellor"],
        clock.now(),
    )
    assert page["scales"][0]["value"] == ""  # one blank, and no rule for it
    seat = Seat.objects.get()
    Seat.objects.update(finished_at=None)
    answer(seat, {"three": "0"})
    page = results.child_page(
        policies.get_seat_for(cast.users["counsellor"], seat.pk, today()),
        cast.users["counsellor"],
        clock.now(),
    )
    assert (page["scales"][0]["value"], page["scales"][0]["level"]) == ("5", "look")


@pytest.mark.parametrize("page", ["round", "figures", "lesson", "list"])
def test_forty_seats_cost_what_one_costs(cast, page):
    seat = answer(seat_of(cast), {"mood": "5", "listened": "0"})
    args = {"round": [seat.round_id], "figures": [seat.round_id], "list": []}
    address = reverse(f"surveys:{page}", args=args.get(page, [seat.round_id, cast.school_class.pk]))
    client = signed_in(cast, "counsellor")
    few = _queries(client, address)
    for number in range(10):
        child = make_student(cast.school_class, f"徐小{number}")
        make_guardianship(child, cast.adults["mother"], "mother")
        say_yes(cast, child)
    Sitting.objects.update(
        begun_at=clock.now() - timedelta(hours=3), ends_at=clock.now() - timedelta(hours=1)
    )
    begin(cast, seat.round)
    for other in Seat.objects.filter(finished_at=None):
        actions.write_to_do(
            seat=answer(other, {"mood": "5", "listened": "0"}),
            words="看看",
            by=cast.users["counsellor"],
            at=clock.now(),
        )
    assert _queries(client, address) == few


def _queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_without_need_of_consent_a_no_ends_the_questions_to_that_child_alone(cast):
    known = keep_scale(cast, needs_consent=False)
    begin(cast, open_round(cast, str(known.pk)))
    say_yes(cast, cast.students["mengyao"], decision="refused")
    seats, at = Seat.objects.select_related("round__edition", "school"), clock.now()
    asked = {seat.student_id: policies.may_be_asked(seat, at) for seat in seats}
    assert asked.pop(cast.students["mengyao"].pk) is False
    assert set(asked.values()) == {True}
