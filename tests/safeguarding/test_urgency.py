"""How urgent a concern is: every page that shows it says the same word in the same colour."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from core import clock
from counselling.concerns import actions as acts
from delivery import texts
from delivery.models import OutboxMessage
from safeguarding import actions
from safeguarding.models import Concern
from safeguarding.urgency import adult_now
from surveys.models import Seat
from tests.factories.cast import Cast
from tests.factories.surveys import answer, begin, keep_scale, open_round, say_yes

pytestmark = pytest.mark.django_db
MARK = re.compile(
    r'<span class="level level-(\w+)"><svg.*?</svg>(.*?)(?: <span>(.*?)</span>)?</span>', re.S
)
NOW = ("now", "现在需要大人", "")
SOON = ("soon", "上学时间内回话", "")
ORANGE = ("soon", "橙", "一两天内")
CLOSED = ("over", "已办完", "")


@pytest.fixture
def seat(cast) -> Seat:
    """An answer that needs an adult; its concern is open and nobody has taken it."""
    say_yes(cast)
    begin(cast, open_round(cast, str(keep_scale(cast).pk)), "counsellor")
    seat = answer(Seat.objects.get(), {"three": "1"}, finish=False)
    actions.run_intake(clock.now())
    return seat


def counsellor_of(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.users["counsellor"])
    return client


def pages_of(concern: Concern, seat: Seat | None = None) -> dict[str, str]:
    found = {
        "today": "/",
        "list": reverse("counselling:list"),
        "concern": reverse("counselling:detail", args=[concern.pk]),
        "child": reverse("staff:child", args=[concern.student_id]),
    }
    if seat:
        found["round"] = reverse("surveys:round", args=[seat.round_id])
        found["answers"] = reverse("surveys:child", args=[seat.pk])
    return found


def marks(client: Client, url: str) -> set[tuple[str, str, str]]:
    return set(MARK.findall(client.get(url).content.decode()))


def act(cast: Cast, concern: Concern, state: str) -> None:
    by, at = cast.users["counsellor"], clock.now()
    if state == "orange":
        acts.set_level(concern=concern, by=by, at=at, level="orange", words="看过了")
    if state == "taken":
        actions.acknowledge(concern=concern, by=by, at=at)


@pytest.mark.parametrize(("state", "said"), [("open", NOW), ("orange", ORANGE), ("taken", NOW)])
def test_every_page_says_the_same_of_one_concern(cast, seat, state, said):
    concern, client = Concern.objects.get(), counsellor_of(cast)
    act(cast, concern, state)
    found = {name: marks(client, url) for name, url in pages_of(concern, seat).items()}
    assert found == {key: {said} for key in found}


def test_a_closed_one_is_over_wherever_it_still_stands(cast, seat):
    concern, client = Concern.objects.get(), counsellor_of(cast)
    actions.close(
        concern=concern,
        by=cast.users["counsellor"],
        closing="with_child",
        words="说过话了",
        at=clock.now(),
    )
    found = {name: marks(client, url) for name, url in pages_of(concern, seat).items()}
    over = {"concern", "round", "answers"}
    assert found == {name: {CLOSED} if name in over else set() for name in found}


def test_what_can_wait_is_red_nowhere(cast):
    concern = actions.raise_worry(
        student=cast.students["mengyao"],
        by=cast.users["teacher"],
        words="近来不大说话",
        is_urgent=False,
        at=clock.now(),
        key="worry",
    )
    client, pages = counsellor_of(cast), pages_of(concern)
    found = {name: marks(client, url) for name, url in pages.items()}
    assert found == {key: {SOON} for key in found}
    for url in pages.values():
        page = client.get(url).content.decode()
        assert "btn-now" not in page
        assert "lane-now" not in page
    row = client.post(
        reverse("counselling:acknowledge", args=[concern.pk]),
        headers={"HX-Request": "true", "HX-Target": f"work-concern-{concern.pk}"},
    ).content.decode()
    assert set(MARK.findall(row)) == {SOON}
    assert "btn-now" not in row


@pytest.mark.parametrize(("is_urgent", "said"), [(True, "现在需要大人"), (False, "上学时间内回话")])
def test_the_alert_says_what_the_concern_says(cast, is_urgent, said):
    actions.raise_worry(
        student=cast.students["mengyao"],
        by=cast.users["teacher"],
        words="近来不大说话",
        is_urgent=is_urgent,
        at=clock.now(),
        key="worry",
    )
    payload = OutboxMessage.objects.get(kind="concern").payload
    text = texts.render(
        kind="concern", language="zh-hans", url="https://x", words=payload.get("words", "")
    )
    assert said in text.body


def test_the_round_says_who_has_taken_an_urgent_answer(cast, seat):
    concern, client = Concern.objects.get(), counsellor_of(cast)
    url = reverse("surveys:round", args=[seat.round_id])
    [row] = client.get(url).context["urgent"]
    assert row["told"].whose == "还没有人接，已告诉您"
    assert client.get(url).context["look"] == []
    actions.acknowledge(concern=concern, by=cast.users["counsellor"], at=clock.now())
    page = client.get(url)
    assert page.context["urgent"][0]["told"].whose.startswith("您")
    assert reverse("counselling:detail", args=[concern.pk]) in page.content.decode()


def test_a_joined_concern_is_told_by_the_one_that_goes_on(cast, seat):
    first, by = Concern.objects.get(), cast.users["counsellor"]
    other = actions.raise_worry(
        student=first.student, by=by, words="也担心", is_urgent=True, at=clock.now(), key="other"
    )
    Concern.objects.filter(pk=other.pk).update(asked_for="counsellor")  # as narrow as the answer's
    other.refresh_from_db()
    acts.join(concern=first, into=other, by=by, at=clock.now())
    [row] = (
        counsellor_of(cast).get(reverse("surveys:round", args=[seat.round_id])).context["urgent"]
    )
    assert row["told"].url == reverse("counselling:detail", args=[other.pk])
    assert row["told"].urgency.look == "now"


@pytest.mark.parametrize(
    ("language", "phrase"), [("zh-hans", "现在需要大人"), ("en", "needs an adult now")]
)
def test_the_mark_the_message_and_the_banner_say_it_in_one_phrase(language, phrase):
    with translation.override(language):
        said = [
            adult_now().word,
            gettext("A child needs an adult now"),
            gettext("A child needs an adult now. Please open %(url)s"),
            gettext("An alert did not get through: a child needs an adult now. Please phone now:"),
        ]
    assert all(phrase in words.lower() for words in said), said
