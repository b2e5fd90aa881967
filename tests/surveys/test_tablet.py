"""A tablet whose network goes away: whole forms kept, sealed, sent once; conditions as the server's."""

import base64
import hashlib
import json
import random
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.test import Client
from django.urls import reverse

from core import clock
from safeguarding import actions as safeguarding
from surveys import actions, conditions, envelopes, policies, queries, rules
from surveys.instruments import read
from surveys.models import Answer, Seat
from surveys.policies import SEAT_UNTIL
from tests.factories.cast import Cast
from tests.factories.surveys import (
    SCALE,
    TabletPage,
    begin,
    keep_scale,
    kept,
    open_round,
    say_yes,
    seat_of,
    send_kept,
)


def at_tablet(seat: Seat, client: Client | None = None) -> Client:
    client = client or Client()
    client.post(reverse("seat:enter"), {"code": seat.code})
    return client


def two_seats(cast: Cast) -> tuple[Seat, Seat]:
    say_yes(cast, cast.students["mengyao"], cast.students["xiaobao"])
    begin(cast, open_round(cast))
    return tuple(Seat.objects.order_by("student_id"))


def tap(seat: Seat, item: str, option: str, tapped: float = 0.0, **words) -> dict:
    return kept(seat, tapped=tapped, act="answer", item=item, option=option, **words)


# --- Arriving --------------------------------------------------------------------------------------


def test_a_whole_form_arrives_in_order_and_once(cast):
    seat = seat_of(cast)
    client = at_tablet(seat)
    mine = [tap(seat, "mood", "1"), tap(seat, "mood", "3"), tap(seat, "listened", "0")]
    first = send_kept(client, *mine[:2], seat=policies.seat_token(seat)).json()
    assert first == {"settled": [one["key"] for one in mine[:2]], "late": 0, "seat": "open"}
    for _time in range(2):  # the answer to the first sending was lost
        again = send_kept(client, *mine, seat=policies.seat_token(seat)).json()
        assert again == {"settled": [one["key"] for one in mine], "late": 0, "seat": "finished"}
    assert list(Answer.objects.values_list("item", "option")) == [
        ("mood", "1"),
        ("mood", "3"),
        ("listened", "0"),
    ]
    seat.refresh_from_db()
    assert seat.finished_at
    assert policies.SEAT not in client.session  # the tablet takes nobody for its own any more


def test_a_tap_costs_little_while_a_whole_class_taps(cast, django_assert_max_num_queries):
    """The session is written once a minute, the instrument read once in a process."""
    seat = seat_of(cast)
    client = at_tablet(seat)
    send_kept(client, tap(seat, "mood", "1"), seat=policies.seat_token(seat))
    until = client.session[SEAT_UNTIL]
    with django_assert_max_num_queries(11):  # two of them the savepoint's, in a test
        said = send_kept(client, tap(seat, "mood", "3"), seat=policies.seat_token(seat))
    assert said.json()["seat"] == "open"
    assert client.session[SEAT_UNTIL] == until
    assert queries.answers_of(seat) == {"mood": "3"}


def test_the_child_before_sends_while_the_next_one_answers(cast):
    first, second = two_seats(cast)
    client = at_tablet(second, at_tablet(first))
    said = send_kept(
        client, tap(first, "mood", "5"), kept(first, act="leave"), tap(second, "mood", "1")
    )
    assert said.json()["late"] == 0
    assert (queries.answers_of(first), queries.answers_of(second)) == ({"mood": "5"}, {"mood": "1"})
    assert client.session[policies.SEAT] == second.pk
    send_kept(client, kept(second, act="leave"))
    assert policies.SEAT not in client.session


def test_an_envelope_opens_for_its_own_seat_only(cast, settings):
    first, second = two_seats(cast)
    moved = tap(first, "mood", "5") | {"seat": policies.seat_token(second)}
    forged = tap(first, "mood", "5") | {"seat": "1:abc"}
    broken = tap(first, "mood", "5") | {"said": "AAAA"}
    old = tap(first, "mood", "4")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "turned over " * 5
    assert send_kept(Client(), moved, forged, broken, old).json()["late"] == 3
    assert [(one.seat_id, one.option) for one in Answer.objects.all()] == [(first.pk, "4")]
    assert "mood" not in old["said"]
    mine = tap(first, "mood", "1")
    lesson = first.sitting_id
    assert envelopes.opened(lesson, mine["seat"], mine["said"])["option"] == "1"
    assert envelopes.opened(lesson + 1, mine["seat"], mine["said"]) is None
    assert envelopes.opened(lesson, policies.seat_token(second), mine["said"]) is None


@pytest.mark.parametrize("is_secure", [False, True])
def test_what_nobody_sealed_is_never_taken(cast, is_secure):
    seat = seat_of(cast)
    plain = {"act": "answer", "item": "mood", "option": "2", "key": str(uuid4())}
    sent = tap(seat, "mood", "2") | {"said": plain}
    posted = {"kept": json.dumps({"now": 0, "kept": [sent]})}
    said = Client().post("/p/questions/", posted, headers={"X-Offline": "1"}, secure=is_secure)
    assert said.json()["late"] == 1
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "x",
        "[]",
        '{"now": 1}',
        '{"now": "NaN", "kept": []}',
        '{"now": 1e300, "kept": []}',
        '{"now": 1, "kept": [{"key": "a"}]}',
    ],
)
def test_what_our_page_does_not_send_is_refused_whole(db, sent):
    said = Client().post("/p/questions/", {"kept": sent}, headers={"X-Offline": "1"})
    assert said.status_code == 422
    assert said.json()["message"]


@pytest.mark.parametrize(
    "words",
    [
        {"item": "gone", "option": "1"},
        {"item": "mood", "option": "9"},
        {"item": "mood", "option": ["1"]},
        {},
    ],
)
def test_what_is_no_answer_is_told_and_holds_up_nothing(cast, words):
    seat = seat_of(cast)
    said = send_kept(at_tablet(seat), kept(seat, act="answer", **words), tap(seat, "mood", "2"))
    assert (said.json()["late"], len(said.json()["settled"])) == (1, 2)
    assert queries.answers_of(seat) == {"mood": "2"}


# --- Late ------------------------------------------------------------------------------------------

ENDS = ["lesson", "round", "finished", "withdrawn"]


def end_it(cast: Cast, seat: Seat, end: str) -> None:
    if end == "lesson":
        actions.end_sitting(sitting=seat.sitting, at=clock.now())
    elif end == "round":
        actions.close_round(round_=seat.round, by=cast.users["counsellor"], at=clock.now())
    elif end == "finished":
        actions.finish(seat=seat, at=clock.now())
    else:
        say_yes(cast, decision="withdrawn")


@pytest.mark.parametrize("end", ENDS)
def test_what_needs_an_adult_is_kept_however_late_it_comes(cast, end):
    seat = seat_of(cast, choice=str(keep_scale(cast).pk))
    client = at_tablet(seat)
    token = policies.seat_token(seat)
    urgent, calm = tap(seat, "three", "2"), tap(seat, "two", "2")
    end_it(cast, seat, end)
    for _time in range(2):
        said = send_kept(client, calm, urgent, seat=token).json()
        assert said["late"] == (0 if end == "lesson" else 1)
        assert said["seat"] != "open"
    # Without script, and sent again.
    posted = {"seat": token, "item": "three", "option": "2", "key": urgent["key"]}
    assert client.post(reverse("seat:question"), posted).status_code == 302
    assert Answer.objects.filter(is_urgent=True).count() == 1
    # What was tapped in the lesson arrives after it; after the round, nothing but that.
    assert Answer.objects.filter(item="two").exists() is (end == "lesson")
    assert safeguarding.run_intake(clock.now()) == 1


@pytest.mark.parametrize("end", ENDS)
def test_without_script_what_comes_too_late_is_told_and_not_kept(cast, end):
    seat = seat_of(cast)
    client, token = at_tablet(seat), policies.seat_token(seat)
    end_it(cast, seat, end)
    told = client.post(reverse("seat:question"), {"seat": token, "item": "mood", "option": "1"})
    assert client.get(told.url).context["told"]
    assert not Answer.objects.exists()


def test_the_child_who_needs_an_adult_comes_before_those_who_tapped_earlier(cast):
    say_yes(cast, cast.students["mengyao"], cast.students["xiaobao"])
    begin(cast, open_round(cast, str(keep_scale(cast).pk)))
    first, second = Seat.objects.order_by("student_id")
    send_kept(Client(), tap(first, "one", "1"), tap(second, "one", "1"), tap(second, "three", "3"))
    assert list(Answer.objects.values_list("seat_id", flat=True)) == [
        second.pk,
        second.pk,
        first.pk,
    ]


def test_a_call_for_somebody_arrives_too(cast):
    seat = seat_of(cast)
    send_kept(Client(), kept(seat, act="talk"))
    assert safeguarding.run_intake(clock.now()) == 1


def test_an_answer_kept_at_one_tablet_does_not_undo_a_newer_one(cast):
    seat = seat_of(cast)
    older = tap(seat, "mood", "1", tapped=-60_000)
    at_tablet(seat).post(reverse("seat:question"), {"item": "mood", "option": "4"})
    seat.sitting.begun_at -= timedelta(minutes=5)
    seat.sitting.save()
    assert send_kept(Client(), older).json()["late"] == 0
    assert queries.answers_of(seat) == {"mood": "4"}


def test_a_tablet_from_an_earlier_lesson_does_not_undo_a_later_one(cast):
    seat = seat_of(cast, choice=str(keep_scale(cast).pk))
    day = 24 * 3600 * 1000
    stale, urgent = tap(seat, "one", "1", tapped=-day), tap(seat, "three", "2", tapped=-day)
    reset = tap(seat, "one", "2", tapped=day)  # of a tablet whose clock was set back since
    alone = tap(seat, "two", "1", tapped=day)
    first, began = seat.sitting, clock.now() - timedelta(days=1, minutes=30)
    first.begun_at, first.ends_at = began, began + timedelta(minutes=90)
    first.save()
    begin(cast, seat.round)
    seat.refresh_from_db()
    assert seat.sitting_id != first.pk
    client = at_tablet(seat)
    client.post(reverse("seat:question"), {"item": "one", "option": "3"})
    assert send_kept(Client(), stale, urgent).json()["late"] == 0
    assert send_kept(Client(), reset, alone).json()["late"] == 0
    assert queries.answers_of(seat) == {"one": "3", "two": "1", "three": "2"}
    assert all(one.at <= first.ends_at for one in seat.answers.exclude(item="one"))
    assert safeguarding.run_intake(clock.now()) == 1


def test_what_nobody_can_date_gives_way_within_one_lesson_too(cast):
    seat = seat_of(cast, choice=str(keep_scale(cast).pk))
    sent = [tap(seat, "one", "0", tapped=1), tap(seat, "two", "0", tapped=2)]
    sent += [tap(seat, "two", "2", tapped=3)]
    urgent = [tap(seat, "three", "0", tapped=4), tap(seat, "three", "3", tapped=5)]
    for item in ("one", "three"):
        at_tablet(seat).post(reverse("seat:question"), {"item": item, "option": "1"})
    seat.sitting.begun_at -= timedelta(minutes=30)
    seat.sitting.save()
    send_kept(Client(), *sent, *urgent, now=-YEARS)
    assert queries.answers_of(seat) == {"one": "1", "two": "2", "three": "3"}


def test_a_page_without_script_takes_a_tap_for_its_own_child_only(cast):
    first, second = two_seats(cast)
    client, token = at_tablet(first), policies.seat_token(first)
    at_tablet(second, client)
    posted = {"seat": token, "item": "listened", "option": "0"}
    plain = client.post(reverse("seat:question"), posted)
    assert (plain.status_code, bool(plain.context["error"])) == (422, True)
    assert plain.context["name"] == second.student.given_name
    assert client.post(reverse("seat:question"), posted | {"seat": "1:abc"}).status_code == 422
    assert not Answer.objects.exists()


def test_a_page_that_back_brings_again_takes_another_answer(cast):
    seat = seat_of(cast)
    client = at_tablet(seat)
    posted = {"seat": policies.seat_token(seat), "item": "mood", "key": tap(seat, "", "")["key"]}
    for option in ("1", "4", "4"):
        client.post(reverse("seat:question"), posted | {"option": option})
    assert [one.option for one in Answer.objects.all()] == ["1", "4"]


def test_a_tablet_that_waited_too_long_asks_for_the_number_again(cast):
    seat = seat_of(cast)
    client = at_tablet(seat)
    session = client.session
    session[SEAT_UNTIL] = 0
    session.save()
    posted = {"seat": policies.seat_token(seat), "item": "mood", "option": "1"}
    told = client.post(reverse("seat:question"), posted)
    assert told.url == f"{reverse('seat:enter')}?told=waited"
    assert client.get(told.url).context["told"]
    assert not Answer.objects.exists()


# --- The tablet's clock ----------------------------------------------------------------------------

BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)
AT = BEGAN + timedelta(minutes=30)
YEARS = 30 * 365 * 24 * 3600 * 1000


@pytest.mark.parametrize(
    ("tapped", "now", "minutes"),
    [
        ([0, 60_000], 120_000, [28, 29]),  # two and one minutes ago
        ([-YEARS, 60_000 - YEARS], 120_000 - YEARS, [28, 29]),  # a tablet that believes in 1996
        ([-YEARS, 60_000 - YEARS], 120_000, [29, 30]),  # ... and was set right meanwhile
        ([YEARS, YEARS + 60_000], 0, [29, 30]),
        ([0, 60_000], 3_600_000, [29, 30]),  # an hour ago there was no lesson
        ([0, 3_600_000], 3_600_000, [0, 30]),
        ([], 0, []),
    ],
)
def test_a_tap_keeps_its_time_whatever_the_tablet_believes(tapped, now, minutes):
    found = rules.tap_times(tapped, now, BEGAN, AT, AT)
    assert found == [BEGAN + timedelta(minutes=one) for one in minutes]


def test_who_took_time_without_a_network_was_not_too_fast(cast):
    seat = seat_of(cast)
    seat.sitting.begun_at -= timedelta(minutes=20)
    seat.sitting.save()
    slow = [tap(seat, "mood", "1", tapped=0), tap(seat, "listened", "1", tapped=60_000)]
    send_kept(Client(), *slow, now=600_000)
    assert not queries.result_of(seat).marks.too_fast
    first, last = Answer.objects.order_by("pk")
    assert (last.at - first.at).total_seconds() == 60
    assert clock.now() - last.at > timedelta(minutes=8)


# --- The whole form --------------------------------------------------------------------------------


def test_the_whole_form_comes_to_its_own_child_and_to_nobody_else(cast):
    items = [one | {"min_age": 60 if one["id"] == "two" else 0} for one in SCALE["item"]]
    items[0]["rules"] = [{"when": [{"item": "three", "operator": "=", "answer": "1"}]}]
    seat = seat_of(cast, choice=str(keep_scale(cast, item=items).pk))
    address = reverse("seat:question") + "?whole=1"
    assert Client().get(address).url == reverse("seat:enter")
    said = at_tablet(seat).get(address)
    assert "no-store" in said["Cache-Control"]
    seat.refresh_from_db()
    assert seat.handed_out_at
    packed = at_tablet(seat).get(address, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    whole = said.json()
    assert 80 * 60 < whole["lesson"] <= 90 * 60
    assert whole["asks"] == ["one", "three"]  # two is for another age
    assert whole["items"][0]["rules"] == [{"any": False, "when": [["three", "=", "1"]]}]
    assert whole["items"][2]["adult"] == ["1", "2", "3"]
    assert (whole["name"], whole["seat"]) == (seat.student.given_name, policies.seat_token(seat))
    assert cast.users["counsellor"].name in whole["pause"]
    assert "tel:12356" in whole["hotlines"]
    assert not any(seat.student.given_name in one["html"] for one in whole["items"])


# --- A tablet made ready for the lesson ------------------------------------------------------------


def lesson_of(client: Client, sitting) -> dict:
    told = client.post(reverse("seat:enter"), {"code": f" {sitting.tablet_code}"})
    assert told.url == reverse("seat:ready")
    return client.get(f"{told.url}?lesson=1").json()


def box_of(lesson: dict, code: str) -> dict | None:
    """As static/src/family/seat_lesson.js opens it."""
    salt, rounds = base64.b64decode(lesson["salt"]), lesson["rounds"]
    stretched = hashlib.pbkdf2_hmac("sha256", code.encode(), salt, rounds, 64)
    sealed = lesson["boxes"].get(base64.b64encode(stretched[:32]).decode())
    if sealed is None:
        return None
    raw = base64.b64decode(sealed)
    return json.loads(AESGCM(stretched[32:]).decrypt(raw[:12], raw[12:], None))


def test_a_tablet_made_ready_takes_each_childs_number_without_a_network(cast):
    first, second = two_seats(cast)
    client = Client()
    actions.save_answer(seat=second, item="mood", option="5", at=clock.now())
    lesson = lesson_of(client, first.sitting)
    for seat in (first, second):
        assert box_of(lesson, seat.code) == {
            "seat": policies.seat_token(seat),
            "name": seat.student.given_name,
            "asks": ["mood", "listened"],
        }  # no answer, also not of a child who has begun
    assert len(lesson["boxes"]) == 2
    assert box_of(lesson, f"{(int(first.code) + 1) % 10**6:06d}") is None
    # Nothing outside the boxes says who sits where.
    shown = json.dumps(lesson | {"boxes": {}}, ensure_ascii=False)
    for seat in (first, second):
        assert seat.student.given_name not in shown
        assert seat.code not in shown
    # What a page seals with the lesson's key arrives for the seat of its box.
    own = box_of(lesson, first.code)
    words = {"act": "answer", "item": "mood", "option": "2", "key": str(uuid4())}
    said = TabletPage(lesson["seal"]).seal(own["seat"], words)
    sent = {"key": words["key"], "seat": own["seat"], "said": said, "at": 0}
    assert send_kept(Client(), sent, seat=own["seat"]).json()["late"] == 0
    assert queries.answers_of(first) == {"mood": "2"}
    # The lesson's page is no child's: it opens no form.
    assert client.get(reverse("seat:question")).url == reverse("seat:enter")


@pytest.mark.parametrize("end", ENDS)
def test_a_tablet_is_made_ready_for_those_who_may_be_asked_now(cast, end):
    seat = seat_of(cast, choice=str(keep_scale(cast).pk))
    end_it(cast, seat, end)
    client = Client()
    if end in ("finished", "withdrawn"):
        assert lesson_of(client, seat.sitting)["boxes"] == {}
        return
    told = client.post(reverse("seat:enter"), {"code": seat.sitting.tablet_code})
    assert told.status_code == 422
    assert client.get(reverse("seat:ready")).url == reverse("seat:enter")


def test_the_number_of_a_tablet_counts_as_a_guess_and_opens_no_lesson_of_before(cast):
    seat = seat_of(cast)
    client = Client()
    wrong = f"{(int(seat.sitting.tablet_code) + 1) % 10**8:08d}"
    assert client.post(reverse("seat:enter"), {"code": wrong}).status_code == 422
    assert client.get(reverse("seat:ready") + "?lesson=1").url == reverse("seat:enter")
    lesson_of(client, seat.sitting)
    at_tablet(seat, client)  # a child's number ends the adult's leave
    assert client.get(reverse("seat:ready") + "?lesson=1").url == reverse("seat:enter")


def test_the_teacher_reads_the_tablets_number_and_hears_what_tablets_may_hold(cast):
    seat = seat_of(cast)
    teacher = Client()
    teacher.force_login(cast.users["teacher"])
    address = reverse("surveys:lesson", args=[seat.round_id, seat.school_class_id])
    code = f"{seat.sitting.tablet_code[:4]} {seat.sitting.tablet_code[4:]}"
    assert code in teacher.get(address).content.decode()
    lesson_of(Client(), seat.sitting)
    actions.end_sitting(sitting=seat.sitting, at=clock.now())
    said = teacher.get(address)
    assert said.context["out"] == 1
    assert code not in said.content.decode()


def test_the_teacher_hears_which_forms_a_tablet_may_still_hold(cast):
    seat = seat_of(cast)
    at_tablet(seat).get(reverse("seat:question") + "?whole=1")
    teacher = Client()
    teacher.force_login(cast.users["teacher"])
    address = reverse("surveys:lesson", args=[seat.round_id, seat.school_class_id])
    assert teacher.get(address).context["out"] == 0  # while the lesson lasts it is no news
    actions.end_sitting(sitting=seat.sitting, at=clock.now())
    said = teacher.get(address)
    assert said.context["out"] == 1
    assert (
        "switch it on near the network" in said.content.decode() or "开机" in said.content.decode()
    )
    send_kept(Client(), tap(seat, "mood", "1"), tap(seat, "listened", "1"))
    assert teacher.get(address).context["out"] == 0


# --- Conditions, in Python and in the browser's own file -------------------------------------------

NODE = """
import { asked, nextItem } from './static/src/family/conditions.js';
let text = '';
for await (const part of process.stdin) text += part;
const found = JSON.parse(text).map(({ items, answers, after }) => {
  const next = nextItem(items, answers, after);
  return [asked(items, answers).map((one) => one.id), next ? next.id : null];
});
console.log(JSON.stringify(found));
"""


def cases(count: int = 400) -> list[dict]:
    """Forms of six questions with every operator, in any order, and answers to some; always the same ones."""
    dice = random.Random(5)
    operators = conditions.OPERATORS
    found = []
    for number in range(count):
        names = list("abcdef")
        items = []
        for place, name in enumerate(names):
            when = [
                {
                    "item": dice.choice(names[:place]),
                    "operator": operators[(number + n) % len(operators)],
                    "answer": dice.choice(["c0", "c1", "c2", "none", 0, 1, 2, True, False]),
                }
                for n in range(dice.randint(0, 3) if place else 0)
            ]
            rule = {"is_any": dice.random() < 0.5, "when": when}
            options = [{"code": f"c{n}", "value": n if name != "b" else None} for n in range(3)]
            items.append({"id": name, "options": options, "rules": [rule] if when else []})
        dice.shuffle(items)
        answers = {n: dice.choice(["", "c0", "c1", "c2"]) for n in names if dice.random() < 0.7}
        found.append({"item": items, "answers": answers, "after": dice.choice([*names, ""])})
    return found


def test_the_browser_asks_the_questions_that_the_server_asks():
    given = cases()
    ours, theirs = [], []
    for one in given:
        instrument = read({"key": "x", "version": 1, "names": {}, "item": one["item"]})
        listed = instrument.items_for(12, one["answers"])
        following = rules.next_item(listed, one["answers"], one["after"])
        ours.append([[item.id for item in listed], following.id if following else None])
        sent = [
            {
                "id": item["id"],
                "weights": {option["code"]: option["value"] for option in item["options"]},
                "rules": [
                    {
                        "any": rule["is_any"],
                        "when": [[w["item"], w["operator"], w["answer"]] for w in rule["when"]],
                    }
                    for rule in item["rules"]
                ],
            }
            for item in one["item"]
        ]
        theirs.append({"items": sent, "answers": one["answers"], "after": one["after"]})
    node = subprocess.run(
        ["node", "--input-type=module", "-e", NODE],
        input=json.dumps(theirs),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(settings.BASE_DIR),
        timeout=60,
    )
    assert json.loads(node.stdout) == ours
    assert len({json.dumps(one) for one in ours}) > 60  # the cases differ
