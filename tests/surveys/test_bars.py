"""One bar for each question: as wide as its count, nothing drawn or said of what may not be shown."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from surveys import actions
from surveys.models import Seat
from surveys.presenters.bars import OPEN, bar
from tests.factories.cast import make_guardianship, make_student
from tests.factories.surveys import answer, begin, open_round, say_yes

pytestmark = pytest.mark.django_db


def test_each_part_is_as_wide_as_its_count():
    drawn = bar("?", [("no", 3, True), ("some", 0, True), ("yes", 1, True), ("skipped", 0, False)])
    assert [(one.label, one.count, one.x, one.width) for one in drawn.parts] == [
        ("no", 3, "0", "75"),
        ("some", 0, "75", ""),
        ("yes", 1, "75", "25"),
    ]
    assert [one.look for one in drawn.parts] == ["step-0", "step-2", "step-4"]
    assert (drawn.rest, drawn.hidden) == (None, [])


def test_who_skipped_is_drawn_as_not_known():
    drawn = bar("?", [("no", 1, True), ("yes", 1, True), ("skipped", 2, False)])
    assert [one.look for one in drawn.parts] == ["step-0", "step-4", OPEN]


def test_what_is_hidden_is_one_piece_without_a_number():
    drawn = bar("?", [("no", 12, True), ("some", None, True), ("yes", None, True)], 20)
    assert [(one.label, one.width) for one in drawn.parts] == [("no", "60")]
    assert drawn.hidden == ["some", "yes"]
    assert (drawn.rest.look, drawn.rest.x, drawn.rest.width) == (OPEN, "60", "40")


def test_where_all_is_hidden_nothing_is_drawn():
    drawn = bar("?", [("no", None, True), ("yes", None, True)], 20)
    assert (drawn.is_empty, drawn.rest) == (True, None)


@pytest.fixture
def round_(cast):
    """Twelve say one thing, five each two others, in a class of 22 that is all in one mood."""
    children = [make_student(cast.school_class, f"徐小{number}") for number in range(22)]
    for child in children:
        make_guardianship(child, cast.adults["mother"], "mother")
    say_yes(cast, *children)
    opened = open_round(cast)
    begin(cast, opened)
    seats = Seat.objects.filter(round=opened, student__in=children).order_by("pk")
    for number, seat in enumerate(seats):
        answer(seat, {"mood": "1", "listened": "3" if number < 12 else str(1 + number % 2)})
    return opened


def client_of(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who])
    return client


def test_the_counsellor_sees_every_count_and_the_principal_no_small_one(cast, round_):
    seen = client_of(cast, "counsellor").get(reverse("surveys:round", args=[round_.pk]))
    counts = [[one.count for one in each.parts] for each in seen.context["bars"]]
    assert [sum(each) for each in counts] == [22, 22]
    assert sorted(counts[1])[-3:] == [5, 5, 12]
    assert seen.context["tables"] == []  # one class: the bars say it all
    actions.close_round(round_=round_, by=cast.users["counsellor"], at=clock.now())
    told = client_of(cast, "principal").get(reverse("surveys:figures", args=[round_.pk]))
    shown = [[one.count for one in each.parts] for each in told.context["bars"]]
    assert shown == [[], [12]]  # all of one mind: their count would be the answer of each
    key = told.content.decode().split('id="tables"')[1].split("</section>")[0]
    assert re.findall(r"<b>(\d+)</b>", key) == ["12"]
    assert "人数太少，不显示" in key


def test_the_principal_sees_no_answer_before_the_round_is_over(cast, round_):
    """A page that is opened again after each form would tell one answer after the other."""
    principal, page = client_of(cast, "principal"), reverse("surveys:figures", args=[round_.pk])
    told = principal.get(page)
    assert (told.context["bars"], told.context["means"]) == ([], [])
    assert 'class="stack"' not in told.content.decode()
    assert "等这次问卷结束" in told.content.decode()
    assert told.context["finished"] == 22  # who has finished is no secret
    actions.close_round(round_=round_, by=cast.users["counsellor"], at=clock.now())
    assert principal.get(page).context["bars"]
    assert "等这次问卷结束" not in principal.get(page).content.decode()


def test_how_exact_it_is_lies_in_a_fold(cast, round_):
    text = (
        client_of(cast, "counsellor")
        .get(reverse("surveys:round", args=[round_.pk]))
        .content.decode()
    )
    fold = text.split("这有多准？")[1].split("</details>")[0]
    assert 'class="honest"' in fold
    assert text.count('class="honest"') == fold.count('class="honest"')
