"""Every address of the API × every kind of token and every session of a browser. A missing one fails."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from api.models import ApiToken, Scope
from api.tokens.rules import digest_of
from notices.for_systems.actions import send_text
from notices.for_systems.reported import key_of_message
from notices.models import Notice
from schools.models import Post, Term
from surveys.models import Round, Study
from tests.access.test_matrix import EVERY_POST, PATTERNS, ROLES, visitor
from tests.api.conftest import call_of, message_of, note_of, send
from tests.api.matrix import API, PEOPLE
from tests.factories.api import EVERY, ROW, expire, make_job, make_token, row_of, system
from tests.factories.cases import SAID, make_case, note
from tests.factories.factors import give_factor
from tests.factories.notices import keep_text
from tests.factories.studies import make_study

ENGLISH = {"accept-language": "en"}
JOBS = ("api:roster_job", "api:roster_apply")
IN_CLASS = "school_class_"  # addresses of a class within its school


def bearer(client: Client) -> str:
    return client.defaults.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")


def arguments(cast, name: str, client: Client) -> dict[str, str]:
    if "key" not in PATTERNS[name]:
        return {}
    child, own = cast.students["mengyao"], cast.school_class
    if name in JOBS:
        asking = ApiToken.objects.filter(digest=digest_of(bearer(client))).first()
        return {"key": str(make_job(asking or row_of(make_token(cast))).pk)}
    if name == "api:survey_progress":
        return {"key": str(Study.objects.get().round_id)}
    if name == "api:message":
        asking = ApiToken.objects.filter(digest=digest_of(bearer(client))).first()
        send_message(cast, asking or row_of(make_token(cast)))
        return {"key": "bus-1"}
    return of_the_roster(name, cast.school, own, child, cast.users["teacher"])


def of_the_roster(name: str, school, own, child, teacher) -> dict[str, str]:
    """Keys of OneRoster's address of this name: of the school, of its class, pupil or teacher."""
    keys = {
        "org": school.pk,
        "school": school.pk,
        "academic_session": f"year-{own.grade.year_id}",
        "term": f"term-{term_of(own).pk}",
        "course": own.grade_id,
        "class": own.pk,
        "enrollment": child.enrolments.get().pk,
        "teacher": f"staff-{teacher.pk}",
    }
    name = name.partition(":")[2]
    found = keys.get(name, keys.get(name.partition("_")[0], child.pk))
    return {"key": str(found)} | ({"class_key": str(own.pk)} if name.startswith(IN_CLASS) else {})


def term_of(school_class) -> Term:
    days = {"starts_on": "2026-09-01", "ends_on": "2027-01-20"}
    return Term.objects.get_or_create(year=school_class.grade.year, season="autumn", defaults=days)[
        0
    ]


def send_message(cast, token: ApiToken) -> None:
    """The message bus-1, as if this system had sent it."""
    Notice.objects.filter(text__isnull=False).update(sent_for=token.account)
    if not Notice.objects.filter(text__isnull=False).exists():
        send_text(
            text=keep_text(cast),
            children=[cast.students["mengyao"].pk],
            key=key_of_message(cast.school.pk, token.account, "bus-1"),
            sent_for=token.account,
            at=timezone.now(),
        )


@pytest.fixture(autouse=True)
def study(cast):
    """For which tokens read answers."""
    return make_study(cast)


def ask(client: Client, method: str, cast, name: str, whole_class, day):
    address = reverse(name, kwargs=arguments(cast, name, client))
    if method == "post":
        bodies = {
            "api:attendance": lambda: {"rows": whole_class()},
            "api:contacts": lambda: {"calls": [call_of(cast)]},
            "api:roster_jobs": lambda: {"rows": [ROW]},
            "api:observations": lambda: {"observations": [note_of(cast)]},
            "api:messages": lambda: message_of(cast, keep_text(cast), id=str(uuid4())),
            "api:roster_apply": dict,
        }
        return send(client, address, bodies[name]())
    return client.get(address, query_of(cast, name, day))


def query_of(cast, name: str, day: str) -> dict[str, object]:
    queries = {
        "api:attendance": {"class": cast.school_class.pk, "day": day},
        "api:check_ins": {"class": cast.school_class.pk},
        "api:calls": {"day": day},
        "api:observations": {"student": cast.students["mengyao"].pk},
    }
    return queries.get(name, {})


@pytest.mark.parametrize("name", sorted(API))
def test_only_a_token_with_the_scope_opens_it(cast, name, whole_class, day):
    tokens = {scope: system(make_token(cast, (scope,))) for scope in EVERY}
    for method, wanted in API[name].items():
        if wanted and wanted not in tokens:
            tokens[wanted] = system(make_token(cast, tuple(wanted.split())))
        for scope, client in tokens.items():
            answered = ask(client, method, cast, name, whole_class, day)
            assert answered.status_code == (200 if scope == wanted else 403), (method, scope)
            assert not answered.cookies
            assert answered.has_header("RateLimit-Remaining") == (answered.status_code == 200)


@pytest.mark.parametrize("name", sorted(name for name in API if "post" in API[name]))
def test_nothing_is_written_without_an_idempotency_key(cast, name):
    client = system(make_token(cast))
    address = reverse(name, kwargs=arguments(cast, name, client))
    answer = client.post(address, "{}", "application/json")
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


@pytest.mark.parametrize("role", ["counsellor", "principal"])
def test_nothing_of_a_case_is_read_by_the_session_of_who_keeps_it(cast, role, whole_class, day):
    note(make_case(cast))
    give_factor(cast.users[role])
    client, father = visitor(cast, role), cast.adults["father"]
    for name in API:
        told = ask(client, "get", cast, name, whole_class, day).content.decode().lower()
        for word in (SAID, "concern", "counsel", "case", father.name, father.blocked_reason):
            assert word.lower() not in told, (name, word)


@pytest.fixture
def useless(cast) -> dict[str, Client]:
    """Whatever opens nothing."""
    made = {key: make_token(cast) for key in "revoked expired left shut".split()}
    row = row_of(made["revoked"])
    ApiToken.objects.filter(pk=row.pk).update(revoked_at=row.made_at, revoked_by=row.made_by)
    expire(made["expired"])
    foreign = make_token(cast, networks=("203.0.113.0/24",))
    clients = {
        "none": Client(headers=ENGLISH),
        "wrong": system("jq_" + "A" * 43),
        "no token": system("x"),
        "basic": Client(headers=ENGLISH | {"authorization": f"Basic {make_token(cast)}"}),
        "revoked": system(made["revoked"]),
        "expired": system(made["expired"]),
        "foreign network": system(foreign),
        "cookie": Client(headers=ENGLISH),
    }
    clients["cookie"].cookies["authorization"] = f"Bearer {make_token(cast)}"
    return clients


@pytest.mark.parametrize("name", sorted(API))
def test_whatever_opens_nothing_is_told_the_same(cast, name, useless, whole_class, day):
    for method in API[name]:
        answers = [ask(one, method, cast, name, whole_class, day) for one in useless.values()]
        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.content for answer in answers}) == 1
        assert {answer["WWW-Authenticate"] for answer in answers} == {"Bearer"}


@pytest.mark.parametrize("role", ROLES)
def test_a_session_of_a_browser_reads_what_its_pages_show_and_writes_nothing(
    cast, role, whole_class, day
):
    for one in EVERY_POST:
        give_factor(cast.users[one])
    client = visitor(cast, role)
    is_somebody = role not in ("anonymous", "pupil", "other_pupil")
    wrong = {}
    for name, methods in API.items():
        for method in methods:
            found = ask(client, method, cast, name, whole_class, day).status_code
            if not is_somebody:
                wanted = 401
            elif method == "post":
                wanted = 403
            else:
                wanted = 200 if role in PEOPLE.get(name, "").split() else 404
            if found != wanted:
                wrong[name, method] = (found, wanted)
    assert not wrong


def test_a_token_stops_when_its_maker_no_longer_administers_the_school(cast):
    client = system(make_token(cast))
    assert client.get("/api/v1/figures/").status_code == 200
    Post.objects.filter(user=cast.users["admin"]).update(ends_on="2026-01-01")
    assert client.get("/api/v1/figures/").status_code == 401


def test_a_token_works_from_its_networks(cast):
    secret = make_token(cast, networks=("198.51.100.0/24", "2001:db8::/32"))
    client = system(secret)
    for address, status in (
        ("198.51.100.7", 200),
        ("2001:db8::1", 200),
        ("198.51.101.7", 401),
        ("127.0.0.1", 401),
    ):
        answer = client.get("/api/v1/figures/", REMOTE_ADDR=address)
        assert answer.status_code == status, address


@pytest.mark.parametrize("name", [name for name in sorted(API) if "key" in PATTERNS[name]])
def test_nothing_of_another_school_is_there(cast, name):
    job = make_job(row_of(make_token(cast, school=cast.other_school))).pk
    round_ = Round.objects.get()
    Round.objects.filter(pk=round_.pk).update(school=cast.other_school)
    keys = {
        "api:roster_job": job,
        "api:roster_apply": job,
        "api:survey_progress": round_.pk,
        "api:message": "bus-far",
    }
    foreign = of_the_roster(
        name, cast.other_school, cast.far_class, cast.students["yuan"], cast.users["far_teacher"]
    )
    if name in keys:
        foreign = {"key": str(keys[name])}
    client = system(make_token(cast))
    own = arguments(cast, name, client)
    (method,) = API[name]
    for place in foreign:
        for tried in (foreign[place], "0", "x", "99999999999999999999", "term-x", "-1"):
            address = reverse(name, kwargs=own | {place: tried})
            answer = client.get(address) if method == "get" else send(client, address, {})
            assert answer.status_code == 404, (place, tried)


def test_scopes_are_these():
    assert (
        set(EVERY)
        == set(Scope.values)
        == {
            one
            for methods in API.values()
            for scopes in methods.values()
            for one in (scopes or "").split()
        }
    )


@pytest.mark.parametrize("name", sorted(API))
def test_nothing_of_a_concern_or_a_case_is_in_any_answer(cast, name, whole_class, day):
    note(make_case(cast))
    father = cast.adults["father"]
    client = system(make_token(cast))
    for method in API[name]:
        told = ask(client, method, cast, name, whole_class, day).content.decode().lower()
        for word in (SAID, "concern", "counsel", "case", father.name, father.blocked_reason):
            assert word.lower() not in told, (method, word)
