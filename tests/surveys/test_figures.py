"""Figures of a round that is over, by group: what a counsellor and a principal read, and what is left out."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import clock
from surveys import actions, comparison, queries, statistics, trends
from surveys.models import Round, Seat
from tests.factories.cast import Cast, make_cast, make_guardianship, make_student
from tests.factories.surveys import answer, begin, keep_scale, open_round, say_yes

pytestmark = pytest.mark.django_db


def closed_round(cast: Cast, *, girls: int, boys: int, choice: str = "weekly-mood") -> Round:
    """Girls answer high, boys low, so that the groups differ."""
    children = []
    for number, sex in enumerate("f" * girls + "m" * boys):
        child = make_student(cast.school_class, f"徐小{number}")
        child.sex = sex
        child.save()
        make_guardianship(child, cast.adults["mother"], "mother")
        children.append(child)
    say_yes(cast, *children)
    round_ = open_round(cast, choice)
    begin(cast, round_)
    for number, seat in enumerate(Seat.objects.filter(student__in=children).order_by("pk")):
        is_girl = seat.student.sex == "f"
        answer(seat, _answers(choice, number % 2, is_girl=is_girl))
    return actions.close_round(round_=round_, by=cast.users["counsellor"], at=clock.now())


def _answers(choice: str, even: int, *, is_girl: bool) -> dict[str, str]:
    if choice == "weekly-mood":
        return {"mood": str(1 + even if is_girl else 4 + even), "listened": "3" if even else "0"}
    return dict.fromkeys(("one", "two"), str(2 + even if is_girl else even)) | {"three": "0"}


def page(cast: Cast, round_: Round, by: str, who: str = "principal"):
    client = Client()
    client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("surveys:figures", args=[round_.pk]), {"by": by})


def test_groups_are_told_in_a_sentence_with_figures_and_limits():
    cast = make_cast()
    round_ = closed_round(cast, girls=12, boys=11, choice=str(keep_scale(cast).pk))
    shown = page(cast, round_, "sex")
    mood = shown.context["compared"][0]
    found = sorted((row["group"].n, row["group"].mean) for row in mood["rows"])
    assert found == [(11, pytest.approx(1, abs=0.2)), (12, pytest.approx(5, abs=0.2))]
    assert "Hedges g" in mood["check"]
    assert mood["sentence"]
    text = shown.content.decode()
    assert mood["sentence"] in text
    assert "徐小" not in text
    # Everybody is of one grade and cared for alike: there is nothing to compare, and it says so.
    for by in ("grade", "care"):
        other = page(cast, round_, by, "counsellor")
        assert [one["sentence"] for one in other.context["compared"]] == [""]


def test_of_one_question_nothing_is_told_from_which_a_small_count_could_be_worked_out():
    cast = make_cast()
    shown = page(cast, closed_round(cast, girls=12, boys=11), "sex")
    for one in shown.context["compared"]:
        assert [row["group"] for row in one["rows"]] == [None, None]


def test_who_was_asked_and_is_not_counted_stands_beside_the_figures():
    cast = make_cast()
    edition = keep_scale(cast)
    closed_round(cast, girls=24, boys=24, choice=str(edition.pk))
    round_ = Round.objects.get()
    forms = Seat.objects.filter(round=round_, finished_at__isnull=False)
    for sex in "fm":  # eleven of each never finish
        left = forms.filter(student__sex=sex).exclude(student__name="徐梦瑶")[:11]
        Seat.objects.filter(pk__in=[one.pk for one in left]).update(finished_at=None)
    shown = page(cast, round_, "sex")
    rows = {row["name"]: row for row in shown.context["compared"][0]["rows"]}
    assert [(row["group"].n, row["missing"]) for row in rows.values()] == [(13, 11), (13, 11)]
    text = shown.content.decode()
    assert text.count("这里没有说的") == 1 + bool(shown.context["looks"]["sentence"])
    # A single one who is missing is not told, nor what would give it away.
    Seat.objects.filter(round=round_, begun_at__isnull=False).update(finished_at=clock.now())
    rows = page(cast, round_, "sex").context["compared"][0]["rows"]
    assert [row["missing"] for row in rows] == [None, None]


def test_tests_that_disagree_are_said_to():
    tight, wide = [10.0, 10.2] * 20, [8.0, 12.9] * 6
    made = {"a": statistics.group(tight), "b": statistics.group(wide)}
    assert comparison._disagree(0.2, 0.01)
    assert comparison._disagree(0.01, 0.02) == comparison._disagree(0.2, 0.3) == []
    _words, check = comparison._of_two(made, 1)
    assert check.count("p = ") == 2


def test_a_group_of_one_mind_is_left_out():
    def told(first: list[float]) -> list[bool]:
        groups = {"a": first, "b": [1.0, 2.0] * 6}
        made = comparison._means(comparison.Measure("", "", groups), {"a": 12, "b": 12})
        return [row["group"] is not None for row in made["rows"]]

    assert told([3.0, 4.0] * 6) == [True, True]
    assert told([3.0] * 12) == [False, True]


def test_two_adults_of_each_child_are_not_twice_as_many():
    cast = make_cast()
    for number in range(4):
        child = make_student(cast.school_class, f"徐小{number}")
        for adult in ("mother", "grandmother"):
            kind = "mother" if adult == "mother" else "grandmother"
            make_guardianship(child, cast.adults[adult], kind)
    round_ = open_round(cast, "school-listens", how="home")
    for asked in queries.asked_in(round_, clock.now()):
        seat = actions.take_form(round_=round_, asked=asked, by=None, at=clock.now())
        answer(seat, dict.fromkeys(("answers", "whom", "good", "changed"), "1"))
    actions.close_round(round_=round_, by=cast.users["counsellor"], at=clock.now())
    assert Seat.objects.filter(finished_at__isnull=False).count() >= 10
    shown = page(cast, round_, "sex")
    assert shown.context["tabs"] == []
    assert shown.context["is_hidden"]
    assert [one.parts for one in shown.context["bars"]] == [[]] * len(shown.context["bars"])


def test_a_small_group_takes_its_complement_along():
    cast = make_cast()
    shown = page(cast, closed_round(cast, girls=14, boys=4), "sex")
    for one in shown.context["compared"]:
        assert [row["group"] for row in one["rows"]] == [None, None]
        assert (one["sentence"], bool(one["left_out"])) == ("", True)
    assert shown.context["looks"]["sentence"] == ""


def test_sums_are_compared_and_whom_to_look_at():
    cast = make_cast()
    round_ = closed_round(cast, girls=24, boys=24, choice=str(keep_scale(cast).pk))
    made = comparison.page(round_, "sex")
    check = made["compared"][0]["check"]
    assert check.startswith("Welch（")
    assert ("合并" in check, "t(46)" in check, "Hedges g" in check) == (True, True, True)
    # Half of the girls come to 6 and are looked at, none of the boys: a nought is a small number.
    assert made["looks"]["sentence"] == ""
    assert {row["n"] for row in made["looks"]["rows"]} == {None}


CHANGE = {"scale": "total", "r": 0.8, "source": "study", "sd": 2.0, "sd_source": "study"}


@pytest.mark.parametrize(
    ("change", "later", "words"),
    [
        ([CHANGE], "3", "更高"),  # 1.24 · 2 = 2.5 points; from 2 to 6
        ([CHANGE], "2", "没有明显变化"),  # from 2 to 4
        ([CHANGE | {"sd": None}], "3", "人数太少"),
        ([], "3", "没有找到研究"),
    ],
)
def test_two_rounds_of_one_child_show_what_may_be_called_a_change(change, later, words):
    cast = make_cast()
    say_yes(cast)
    choice = str(keep_scale(cast, change=change).pk)
    for option in ("1", later):
        round_ = open_round(cast, choice)
        begin(cast, round_)
        seat = Seat.objects.get(round=round_, student=cast.students["mengyao"])
        answer(seat, {"one": option, "two": option, "three": "0"})
    client = Client()
    client.force_login(cast.users["counsellor"], "django.contrib.auth.backends.ModelBackend")
    shown = client.get(reverse("surveys:child", args=[seat.pk])).context["since_last"]
    [row] = shown["rows"]
    assert (row.before, row.after) == ("2", str(2 * int(later)))
    assert words in row.words
    first = client.get(reverse("surveys:child", args=[shown["seat"].pk]))
    assert first.context["since_last"] is None


@pytest.mark.parametrize(
    ("later", "version", "expected"),
    [("3", 1, True), ("2", 1, False), ("3", 2, None)],  # other questions under the same name
)
def test_a_whole_school_is_asked_whose_answers_became_clearly_worse(later, version, expected):
    cast = make_cast()
    say_yes(cast)
    for option, of in (("1", 1), (later, version)):
        round_ = open_round(cast, str(keep_scale(cast, change=[CHANGE], version=of).pk))
        begin(cast, round_)
        seat = Seat.objects.get(round=round_, student=cast.students["mengyao"])
        answer(seat, {"one": option, "two": option, "three": "0"})
    child, on = cast.students["mengyao"].pk, timezone.localdate(clock.now())
    told = {} if expected is None else {child: (expected, on)}
    assert trends.changes_of([cast.school.pk], on) == told
    assert trends.changes_of([cast.school.pk], on, child) == told
    assert trends.changes_of([cast.school.pk], on, cast.students["haitao"].pk) == {}


def test_a_round_of_another_class_in_between_hides_no_change():
    """A large round is given in parts: each class is asked in every second round or later."""
    cast = make_cast()
    say_yes(cast)
    choice = str(keep_scale(cast, change=[CHANGE]).pk)
    for option in ("1", None, "3"):
        round_ = open_round(cast, choice)
        begin(cast, round_)
        if option:
            seat = Seat.objects.get(round=round_, student=cast.students["mengyao"])
            answer(seat, {"one": option, "two": option, "three": "0"})
    child, on = cast.students["mengyao"].pk, timezone.localdate(clock.now())
    assert trends.changes_of([cast.school.pk], on, child) == {child: (True, on)}
    assert trends.changes_of([cast.school.pk], on) == {child: (True, on)}


def test_a_form_is_compared_with_one_of_the_same_person_and_an_earlier_round():
    cast = make_cast()
    choice = str(keep_scale(cast, respondents=["parent", "carer"], urgent=[]).pk)
    say_yes(cast)
    made = {}
    for number in (1, 2):
        round_ = open_round(cast, choice, how="interview")
        for asked in queries.asked_in(round_, clock.now()):
            if asked.student_id == cast.students["mengyao"].pk:
                told = {"round_": round_, "asked": asked, "by": cast.users["teacher"]}
                seat = actions.take_form(**told, at=clock.now())
                made[(number, asked.adult_id)] = answer(seat, {"one": "1"})
    adults = {adult for _number, adult in made}
    assert len(adults) == 2
    for adult in adults:
        assert queries.earlier_seat(made[(2, adult)]) == made[(1, adult)]
        assert queries.earlier_seat(made[(1, adult)]) is None


def test_while_it_runs_there_are_no_groups():
    cast = make_cast()
    say_yes(cast)
    round_ = open_round(cast)
    shown = page(cast, round_, "sex")
    assert "compared" not in shown.context
    assert shown.context["tabs"] == []
