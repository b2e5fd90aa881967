"""The result of a round: who has taken an urgent answer, a bar for each question, and what is not shown."""

import pytest

from accounts.models import User
from core import clock
from safeguarding import actions
from surveys.models import Seat
from tests.factories.cast import make_guardianship, make_student
from tests.factories.surveys import answer, begin, keep_scale, open_round, say_yes
from tests.journeys.conftest import look, sign_in, two_sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def rounds(cast) -> list[int]:
    """A pulse with a few answers, and a scale in which two answers needed an adult; one of them is taken."""
    names = ["马思源", "高强强", *(f"徐小{number}" for number in range(16))]
    children = [make_student(cast.school_class, name) for name in names]
    for child in children:
        make_guardianship(child, cast.adults["mother"], "mother")
    say_yes(cast, *children)
    made = []
    for choice in ("weekly-mood", str(keep_scale(cast).pk)):
        round_ = open_round(cast, choice)
        begin(cast, round_)
        seats = Seat.objects.filter(round=round_, student__in=children).order_by("student__pk")
        for number, seat in enumerate(seats):
            if choice == "weekly-mood":
                heard = "3" if number < 12 else str(number % 2)
                answer(seat, {"mood": str(1 + number % 3 + number % 2), "listened": heard})
            else:
                urgent = "1" if number < 2 else "0"
                answer(seat, {"one": str(number % 4), "two": "1", "three": urgent})
        made.append(round_.pk)
    actions.run_intake(clock.now())
    taken = children[0].concerns.get()
    actions.acknowledge(concern=taken, by=User.objects.get(username="counsellor"), at=clock.now())
    return made


@two_sizes
def test_the_result_says_first_who_has_taken_what(cast, rounds, open_browser, viewport, language):
    scheme = "dark" if language == "en" else "light"
    page = open_browser(viewport, language=language, color_scheme=scheme)
    sign_in(page, "counsellor")
    mood, scale = rounds
    page.goto(f"/surveys/{scale}/")
    look(page, f"round-scale-{viewport['width']}-{language}")
    names = page.locator(".look-list").first.locator(".who a").all_inner_texts()
    assert set(names) == {"马思源", "高强强"}
    assert page.locator("h2").first.get_attribute("id") == "urgent"
    page.goto(f"/surveys/{mood}/")
    look(page, f"round-mood-{viewport['width']}-{language}")
    bar = page.locator(".answers").first.locator("svg").first.bounding_box()
    assert bar["width"] > 300
    assert not page.locator(".honest").is_visible()
    page.locator("details.fold summary").last.click()
    page.goto(f"/surveys/{mood}/figures/")
    look(page, f"figures-{viewport['width']}-{language}")
    assert page.problems == []
