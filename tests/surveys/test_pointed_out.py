"""Whom a form points out: for every scale that ships its lowest figure, each edge of each band and its
highest, and what the counsellor sees of them. The figures come from the sources that the definitions name.
"""

from fractions import Fraction
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from surveys import actions, queries, shipped
from surveys.instruments import POINTS_OUT, read
from surveys.models import Edition, Seat
from surveys.scoring import score
from tests.factories.cast import Cast, make_cast
from tests.factories.surveys import answer, begin, keep_scale, open_round, say_yes
from tests.surveys.test_every_definition import MHT_PARTS
from tests.surveys.test_scoring import FACTS, answers_with

USUAL, WATCH, LOOK, SOON = "usual", "watch", "look", "soon"
PSC_PARTS = {"internalizing": 5, "attention": 7, "externalizing": 7}

# (scale): {figure: level}, from the lowest to the highest that can be reached.
EDGES = {
    ("who-5", "total"): {0: LOOK, 48: LOOK, 52: USUAL, 100: USUAL},
    ("phq-9", "total"): {
        **{0: USUAL, 4: USUAL, 5: WATCH, 9: WATCH, 10: LOOK, 14: LOOK},
        **{15: SOON, 19: SOON, 20: SOON, 27: SOON},
    },
    ("gad-7", "total"): {
        **{0: USUAL, 4: USUAL, 5: WATCH, 9: WATCH, 10: LOOK, 14: LOOK, 15: SOON, 21: SOON},
    },
    ("psc-17", "total"): {0: USUAL, 14: USUAL, 15: LOOK, 34: LOOK},
    ("psc-35", "total"): {0: USUAL, 27: USUAL, 28: LOOK, 70: LOOK},
    ("y-psc", "total"): {0: USUAL, 29: USUAL, 30: LOOK, 70: LOOK},
    **{
        (key, part): {0: USUAL, limit - 1: USUAL, limit: LOOK, most: LOOK}
        for key in ("psc-17", "psc-35", "y-psc")
        for (part, limit), most in zip(PSC_PARTS.items(), (10, 10, 14), strict=True)
    },
    ("ces-dc", "total"): {0: USUAL, 14: USUAL, 15: LOOK, 60: LOOK},
    ("dass-y", "d"): {0: USUAL, 8: USUAL, 9: LOOK, 13: LOOK, 14: SOON, 21: SOON},
    ("dass-y", "a"): {0: USUAL, 7: USUAL, 8: LOOK, 12: LOOK, 13: SOON, 21: SOON},
    ("dass-y", "s"): {0: USUAL, 13: USUAL, 14: LOOK, 16: LOOK, 17: SOON, 21: SOON},
    # The owner gives no limits: 10 is ours, 15 often used.
    ("rses", "total"): {0: LOOK, 10: LOOK, 11: WATCH, 14: WATCH, 15: USUAL, 30: USUAL},
    # Zimet 2016: a mean below 3 is low.
    ("mspss", "total"): {1: LOOK, Fraction(35, 12): LOOK, 3: USUAL, 7: USUAL},
    **{
        ("mspss", part): {1: LOOK, Fraction(11, 4): LOOK, 3: USUAL, 7: USUAL}
        for part in ("family", "friends", "other")
    },
    # daowen.com (secondary): means from 2, 3 and 4 on.
    ("mssmhs", "total"): {
        **{1: USUAL, Fraction(119, 60): USUAL, 2: WATCH, Fraction(179, 60): WATCH},
        **{3: LOOK, Fraction(239, 60): LOOK, 4: SOON, 5: SOON},
    },
    **{
        ("mssmhs", part): {
            **{1: USUAL, Fraction(11, 6): USUAL, 2: WATCH, Fraction(17, 6): WATCH},
            **{3: LOOK, Fraction(23, 6): LOOK, 4: SOON, 5: SOON},
        }
        for part in FACTS["mssmhs"].parts
    },
    # No limits, or only those that the school chooses.
    ("bis-brief", "total"): {8: "", 32: ""},
    ("smfq", "total"): {0: "", 26: ""},
    **{
        ("sdq", part): {0: "", 10: ""}
        for part in ("emotional", "conduct", "activity", "peers", "prosocial")
    },
}


def of_raw(key: str, name: str, value: Fraction | int):
    """The form whose scale comes to `value`, with every other question at its least."""
    known, fact = shipped.instruments()[key], FACTS[key]
    scale = next(one for one in known.scales if one.id == name)
    raw = Fraction(value) * (len(scale.items) if scale.method == "mean" else 1) / scale.times
    above = int(raw) - len(scale.items) * fact.low
    return score(known, answers_with(known, fact, scale.items, above), age=fact.age)


@pytest.mark.parametrize(("key", "name"), EDGES, ids="-".join)
def test_each_edge_of_each_band(key, name):
    for value, level in EDGES[key, name].items():
        found = of_raw(key, name, value).of(name)
        assert (found.value, found.level) == (value, level), value


def test_every_scale_that_ships_stands_in_the_table():
    sums = {
        (key, scale.id)
        for key, known in shipped.instruments().items()
        for scale in known.scales
        if key != "mht" and (key, scale.id) != ("sdq", "total")
    }
    assert sums == set(EDGES)


def test_mht_at_its_edges():
    known = shipped.instruments()["mht"]
    counted = [f"mht-{n}" for part in MHT_PARTS.values() for n in part if n not in (85, 97)]
    nothing = {item.id: "0" for item in known.items}
    for total, level in ((0, USUAL), (64, USUAL), (65, LOOK), (88, LOOK)):
        made = score(known, nothing | dict.fromkeys(counted[:total], "1"))
        assert (made.of("total").value, made.of("total").level) == (total, level)
        assert made.asks_for_look is (total > 0)  # a part is full long before the total is


# sdqinfo.org, Scoring the SDQ for 4 to 17 years (UK): first figure of each band after the first. Being kind
# counts the other way round: last figure of each band before the last.
UK4 = {
    "parent": ((14, 17, 20), (4, 5, 7), (3, 4, 6), (6, 8, 9), (3, 4, 5), (5, 6, 7)),
    "teacher": ((12, 16, 19), (4, 5, 6), (3, 4, 5), (6, 8, 9), (3, 5, 6), (3, 4, 5)),
    "self": ((15, 18, 20), (5, 6, 7), (4, 5, 6), (6, 7, 8), (3, 4, 5), (4, 5, 6)),
}
UK3 = {
    "parent": ((14, 17), (4, 5), (3, 4), (6, 7), (3, 4), (4, 5)),
    "teacher": ((12, 16), (5, 6), (3, 4), (6, 7), (4, 5), (4, 5)),
    "self": ((16, 20), (6, 7), (4, 5), (6, 7), (4, 6), (4, 5)),
}
# PMC4054577, table 6: parents of primary pupils in China.
CHINA = {"parent": ((17, 19), (4, 5), (4, 5), (7, 8), (5, 6), (3, 4))}
SDQ_ORDER = ("total", "emotional", "conduct", "activity", "peers", "prosocial")


@pytest.mark.parametrize(
    ("who", "bands", "ending"),
    [
        *((who, UK3, "uk3") for who in UK3),
        *((who, UK4, "uk4") for who in UK4),
        ("parent", CHINA, "cn"),
    ],
)
def test_the_sdq_by_each_published_table(who, bands, ending):
    known = shipped.instruments()["sdq"]
    levels = [USUAL, WATCH, LOOK, SOON][: len(bands[who][0]) + 1]
    for name, edges in zip(SDQ_ORDER, bands[who], strict=True):
        scale = next(one for one in known.scales if one.id == name)
        limits = next(one.bands for one in scale.limits if one.id == f"{who}-{ending}")
        most = 40 if name == "total" else 10
        for value in range(most + 1):
            if name == "prosocial":
                level = levels[sum(value <= edge for edge in edges)]
            else:
                level = levels[sum(value >= edge for edge in edges)]
            assert [one.level for one in limits if one.holds(value, "", 12)] == [level], value


@pytest.mark.parametrize("key", sorted(shipped.instruments()))
def test_no_figure_that_can_be_reached_falls_between_two_bands(key):
    known = shipped.instruments()[key]
    for scale in known.scales:
        for bands in filter(None, (scale.bands, *(one.bands for one in scale.limits))):
            parts = [one for one in known.scales if one.id in scale.of] or [scale]
            items = [known.item(name) for part in parts for name in part.items]
            unit = Fraction(scale.times, len(items) if scale.method == "mean" else 1)
            low, high = (sum(pick(one.values) for one in items) for pick in (min, max))
            for raw in range(low, high + 1):
                value = float(raw * unit)
                assert sum(one.holds(value, "", 13) for one in bands) == 1, (scale.id, value)


# --- what nobody can tell is not taken as fine ------------------------------------------------------


def phq(*values: int | None):
    known = shipped.instruments()["phq-9"]
    return score(
        known, {f"phq9-{n}": str(one) for n, one in enumerate(values, 1) if one is not None}
    )


@pytest.mark.parametrize(
    ("values", "level", "asks"),
    [
        # Three blanks give no score. At most 3 · 3 more: below 10 whatever they hide.
        ((0, 0, 0, 0, 0, None, None, None, 0), "", False),
        # From 5 to 14: it may be 10.
        ((3, 2, 0, 0, 0, None, None, None, 0), "", True),
        # 12 already.
        ((3, 3, 3, 3, 0, None, None, None, 0), "look", True),
        ((None,) * 9, "", True),
    ],
)
def test_a_sum_with_blanks_asks_if_it_may_reach_the_limit(values, level, asks):
    found = phq(*values)
    assert found.of("total").value is None
    assert (found.of("total").level, found.asks_for_look) == (level, asks)
    assert found.asks_already is (level == "look")


def test_a_turned_item_left_blank_may_weigh_either_way():
    known = shipped.instruments()["ces-dc"]
    answers = {item.id: "3" if item.is_reversed else "0" for item in known.items}
    assert not score(known, answers | {"cesdc-4": ""}).asks_for_look
    answers |= {f"cesdc-{n}": "3" for n in (1, 2, 3, 5)}
    assert score(known, answers | {"cesdc-4": ""}).asks_for_look  # from 12 to 15
    assert not score(known, answers).asks_for_look  # 12


@pytest.mark.parametrize("key", [key for key in sorted(FACTS) if key != "sdq"])
def test_the_room_that_blanks_leave_holds_every_way_of_filling_them(key):
    known, fact = shipped.instruments()[key], FACTS[key]
    for blank in known.items:
        rest = {one.id: str(fact.low) for one in known.items if one.id != blank.id}
        open_form = score(known, rest, age=fact.age)
        for value in blank.values:
            filled = score(known, rest | {blank.id: str(value)}, age=fact.age)
            for before, after in zip(open_form.scales, filled.scales, strict=True):
                if before.value is None:
                    low, high = before.possible
                    assert low <= after.value <= high
                    assert set(after.levels) <= set(before.levels)


def test_an_unknown_age_is_no_reason_to_pass_somebody_over():
    known, fact = shipped.instruments()["psc-35"], FACTS["psc-35"]
    items = known.scales[0].items
    for raw, asks in ((10, False), (25, True), (30, True)):
        made = score(known, answers_with(known, fact, items, raw), age=None)
        total = made.of("total")
        assert (total.may_ask_for_look or total.level in POINTS_OUT) is asks


# --- what the counsellor sees ------------------------------------------------------------------------


def worded(cast: Cast, key: str) -> Edition:
    """A shipped scale with words of our own for each question."""
    given = shipped.definitions()[key]
    items = [
        {
            "id": item.id,
            "texts": {"zh-hans": item.id},
            "is_reversed": item.is_reversed,
            "options": [
                {"code": one.code, "value": one.value, "texts": {"zh-hans": one.code}}
                for one in item.options
            ],
        }
        for item in shipped.instruments()[key].items
    ]
    definition = {name: one for name, one in given.items() if name != "items"} | {"item": items}
    return actions.keep_edition(
        school=cast.school,
        definition=definition | {"min_age": 0, "max_age": 200},
        by=cast.users["counsellor"],
        at=clock.now(),
    )


def round_of(cast: Cast, edition: Edition, answers: dict[str, str], *, finish: bool = True):
    say_yes(cast)
    round_ = open_round(cast, str(edition.pk))
    begin(cast, round_)
    seat = Seat.objects.get(round=round_, student=cast.students["mengyao"])
    answer(seat, answers, finish=finish)
    client = Client()
    client.force_login(cast.users["counsellor"], "django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("surveys:round", args=[round_.pk]))


@pytest.mark.django_db
@pytest.mark.parametrize(("raw", "is_listed"), [(0, True), (10, True), (11, False), (30, False)])
def test_the_lowest_self_esteem_stands_on_the_list(raw, is_listed):
    cast = make_cast()
    edition = worded(cast, "rses")
    known, fact = edition.instrument, FACTS["rses"]
    page = round_of(cast, edition, answers_with(known, fact, known.scales[0].items, raw))
    assert [row["name"] for row in page.context["look"]] == ["徐梦瑶"] * is_listed
    assert Seat.objects.filter(asks_for_look=True).exists() is is_listed
    assert ("没有谁的回答提示要看一看" in page.content.decode()) is not is_listed


@pytest.mark.django_db
def test_where_nothing_could_point_anybody_out_the_page_says_so_and_shows_the_figures():
    cast = make_cast()
    edition = worded(cast, "bis-brief")
    assert not edition.instrument.points_out
    page = round_of(cast, edition, {one.id: "4" for one in edition.instrument.items})
    text = page.content.decode()
    assert "没有谁的回答提示要看一看" not in text
    assert "没有界值" in text
    assert [one["sums"] for one in page.context["others"]] == ["总分 20/32"]


@pytest.mark.django_db
@pytest.mark.parametrize(("second", "why"), [("2", ["5 到 8"]), ("1", [])])
def test_who_stopped_after_enough_answers_is_on_the_list_already(second, why):
    cast = make_cast()
    page = round_of(cast, keep_scale(cast), {"one": "3", "two": second}, finish=False)
    told = [row["why"] for row in page.context["look"]]
    assert len(told) == len(why)
    assert all(words in line for words, line in zip(why, told, strict=True))


@pytest.mark.django_db
def test_a_blank_that_may_hide_the_limit_is_said_on_list_and_page():
    cast = make_cast()
    page = round_of(cast, keep_scale(cast), {"one": "3", "two": "1", "three": ""})
    [row] = page.context["look"]
    assert "4 到 7" in row["why"]
    assert queries.result_of(row["seat"]).score.asks_for_look


def test_the_levels_of_every_definition_go_one_way():
    """A higher figure is worse throughout, or better throughout: no scale asks for a look in its middle."""
    order = [USUAL, WATCH, LOOK, SOON]
    for known in shipped.instruments().values():
        for scale in known.scales:
            for bands in (scale.bands, *(one.bands for one in scale.limits)):
                of_age = sorted(
                    (one for one in bands if one.is_for("", 13)),
                    key=lambda one: -1 if one.at_least is None else one.at_least,
                )
                ranks = [order.index(one.level) for one in of_age]
                steps = {after > before for before, after in pairwise(ranks) if after != before}
                assert len(steps) <= 1, (known.key, scale.id)
    assert read(shipped.definitions()["rses"]).points_out


@pytest.mark.django_db
def test_beside_a_scale_of_difficulties_strengths_are_offered_and_then_linked():
    cast = make_cast()
    page = round_of(cast, keep_scale(cast), {"one": "0"})
    beside = page.context["beside"]
    assert beside["round"] is None
    client = Client()
    client.force_login(cast.users["counsellor"], "django.contrib.auth.backends.ModelBackend")
    form = client.get(beside["url"]).context
    assert form["form"]["choice"].value() == "strengths"
    assert form["ticked"] == {str(cast.school_class.pk)}
    strengths = open_round(cast, "strengths", how="staff")
    again = client.get(page.wsgi_request.path)
    assert again.context["beside"]["round"] == strengths
    own = client.get(reverse("surveys:round", args=[strengths.pk]))
    assert own.context["beside"] == {}


@pytest.mark.django_db
def test_an_urgent_answer_half_way_has_its_concern_and_no_second_row_on_today():
    cast = make_cast()
    round_of(cast, keep_scale(cast), {"three": "1"}, finish=False)
    assert not Seat.objects.filter(asks_for_look=True).exists()
    seat = Seat.objects.get(answers__item="three")
    answer(seat, {"one": "0", "two": "0"})
    assert Seat.objects.get(pk=seat.pk).asks_for_look
