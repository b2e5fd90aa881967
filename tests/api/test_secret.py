"""Concerns, cases and reports of harm: no answer holds a word of them, and none changes for them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from counselling.models import Case
from safeguarding.models import Concern, Report
from tests.access.test_matrix import EVERY_POST, ROLES, visitor
from tests.api.matrix import API
from tests.api.test_matrix import arguments, ask, query_of
from tests.factories import cases, reports
from tests.factories.api import make_token, system
from tests.factories.factors import give_factor
from tests.factories.notices import keep_text
from tests.factories.studies import answered

NOW = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^\"]*")  # of what keeps no history: changed now
CHILD_NOW = "在医务室，校长陪着"


@pytest.fixture
def hidden(cast):
    """Makes all that no system is told of, and returns the words of it."""

    def make() -> list[str]:
        case = cases.make_case(cast)
        cases.note(case)
        cases.task(case)
        cases.attachment(case)
        reports.make_report(cast, by="principal", child_now=CHILD_NOW)
        reports.make_flag(cast)
        return [cases.SAID, "总一个人待着", "问问奶奶", "门诊单", reports.SAID, CHILD_NOW]

    return make


@pytest.fixture
def told(cast, day):
    """What each address answers a client: status and text. The addresses are the same each time."""
    addresses: dict[str, str] = {}

    def read(client: Client) -> dict[str, tuple[int, str]]:
        for name in {*API} - {*addresses}:
            addresses[name] = reverse(name, kwargs=arguments(cast, name, client))
        found = {}
        for name, address in addresses.items():
            answer = client.get(address, query_of(cast, name, day))
            found[name] = (answer.status_code, NOW.sub("", answer.content.decode()))
        return found

    return read


@pytest.mark.parametrize("who", ["system", *ROLES])
def test_no_answer_says_or_shows_that_they_exist(cast, hidden, told, who):
    answered(cast)
    keep_text(cast)
    for one in EVERY_POST:
        give_factor(cast.users[one])
    client = system(make_token(cast)) if who == "system" else visitor(cast, who)
    before = told(client)
    words = hidden()
    after = told(client)
    assert after == before
    reporter = cast.users["principal"].name
    for name, (_status, body) in after.items():
        for word in (*words, reporter):
            assert word not in body, name
    if who == "system":
        assert sum(status == 200 for status, _body in after.values()) > len(API) / 2


def test_a_system_opens_none_whatever_it_writes(cast, hidden, whole_class, day):
    hidden()
    kinds = (Concern, Case, Report)
    before = [kind.objects.count() for kind in kinds]
    client = system(make_token(cast))
    for name in API:
        if "post" in API[name]:
            assert ask(client, "post", cast, name, whole_class, day).status_code == 200, name
    assert [kind.objects.count() for kind in kinds] == before
