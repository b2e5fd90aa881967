"""Pupils, classes and years in OneRoster's words; nothing else of a child."""

import json
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from api.description.document import document
from api.oneroster.resources import RESOURCES
from schools.models import Term
from students.models import Barrier, Enrolment
from tests.api import oneroster_1_2 as standard
from tests.api.conftest import ROSTER
from tests.api.matrix import API
from tests.api.test_matrix import arguments
from tests.factories.api import make_token, system
from tests.factories.cast import STARTED_ON, make_student

LISTS = "orgs schools academicSessions courses classes students users enrollments".split()


@pytest.fixture
def client(cast):
    return system(make_token(cast, ("roster.read",)))


@pytest.fixture
def every(cast):
    return system(make_token(cast, ("roster.read", "adults.read")))


def one(client, plural, key):
    return client.get(f"{ROSTER}/{plural}/{key}").json()


def test_a_pupil_is_a_name_and_nothing_else(cast, client):
    child = cast.students["mengyao"]
    child.student_number, child.id_number = "G620622201705041234", "620622201705041234"
    child.village, child.health = "黄羊川村", "哮喘"
    child.save()
    user = one(client, "students", child.pk)["user"]
    assert user.pop("dateLastModified")
    assert user == {
        "sourcedId": str(child.pk),
        "status": "active",
        "enabledUser": "false",
        "familyName": "徐",
        "givenName": "梦瑶",
        "roles": [
            {
                "roleType": "primary",
                "role": "student",
                "org": {
                    "href": f"http://127.0.0.1:8000{ROSTER}/orgs/{cast.school.pk}",
                    "sourcedId": str(cast.school.pk),
                    "type": "org",
                },
            }
        ],
        "metadata": {"fullName": "徐梦瑶"},
    }


def test_lists_hold_the_children_of_the_school(cast, client):
    users = client.get(f"{ROSTER}/users").json()["users"]
    assert {user["metadata"]["fullName"] for user in users} == {"徐梦瑶", "徐小宝", "丁海涛"}
    rows = client.get(f"{ROSTER}/enrollments").json()["enrollments"]
    pairs = {(row["user"]["sourcedId"], row["class"]["sourcedId"]) for row in rows}
    assert pairs == {
        (str(cast.students["mengyao"].pk), str(cast.school_class.pk)),
        (str(cast.students["xiaobao"].pk), str(cast.school_class.pk)),
        (str(cast.students["haitao"].pk), str(cast.next_class.pk)),
    }
    orgs = client.get(f"{ROSTER}/schools").json()["orgs"]
    assert [org["identifier"] for org in orgs] == ["620622001"]


def test_years_and_terms_and_what_a_class_belongs_to(cast, client):
    year = cast.school_class.grade.year
    term = Term.objects.create(
        year=year, season="autumn", starts_on="2026-09-01", ends_on="2027-01-20"
    )
    sessions = client.get(f"{ROSTER}/academicSessions").json()["academicSessions"]
    assert [row["type"] for row in sessions] == ["schoolYear", "semester"]
    assert sessions[1]["parent"]["sourcedId"] == f"year-{year.pk}"
    found = one(client, "classes", cast.school_class.pk)["class"]
    assert found["title"] == "三年级2班"
    assert [row["sourcedId"] for row in found["terms"]] == [f"term-{term.pk}"]
    course = one(client, "courses", found["course"]["sourcedId"])["course"]
    assert course["grades"] == found["grades"] == ["03"]


def test_every_reference_leads_somewhere(cast, client):
    def hrefs(told):
        if isinstance(told, dict):
            yield from [told["href"]] if "href" in told else []
            for inner in told.values():
                yield from hrefs(inner)
        elif isinstance(told, list):
            for inner in told:
                yield from hrefs(inner)

    found = {href for name in LISTS for href in hrefs(client.get(f"{ROSTER}/{name}").json())}
    assert found
    for href in found:
        assert client.get(href.removeprefix("http://127.0.0.1:8000")).status_code == 200, href


def test_who_left_is_not_in_it_and_who_is_barred_to_the_maker_neither(cast, client):
    Enrolment.objects.filter(student=cast.students["xiaobao"]).update(ends_on="2026-01-10")
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["haitao"],
        user=cast.users["admin"],
        reason="亲戚",
        set_by=cast.users["principal"],
        set_at="2026-01-01T00:00:00Z",
    )
    for name, key in (("users", "users"), ("students", "users"), ("enrollments", "enrollments")):
        rows = client.get(f"{ROSTER}/{name}").json()[key]
        assert len(rows) == 1, name
    for child in ("xiaobao", "haitao"):
        address = f"{ROSTER}/students/{cast.students[child].pk}"
        assert client.get(address).status_code == 404


def test_pages(cast, client):
    for number in range(4):
        make_student(cast.school_class, f"王小{number}")
    seen, address = [], f"{ROSTER}/students?limit=3"
    while address:
        page = client.get(address)
        assert page["X-Total-Count"] == "7"
        seen += [user["sourcedId"] for user in page.json()["users"]]
        links = dict(reversed(one.split("; rel=")) for one in page["Link"].split(", "))
        address = links.get('"next"', "").strip("<>").removeprefix("http://127.0.0.1:8000")
    assert len(seen) == len(set(seen)) == 7
    assert '"prev"' in page["Link"]


def test_only_the_fields_that_were_asked_for(cast, client):
    users = client.get(f"{ROSTER}/users?fields=sourcedId,familyName").json()["users"]
    assert {tuple(user) for user in users} == {("sourcedId", "familyName")}


@pytest.mark.parametrize(
    ("query", "minor"),
    [
        ("filter=familyName='徐'", "invalid_filter_field"),
        ("sort=familyName", "invaliddata"),
        ("fields=phone", "invalid_selection_field"),
        ("limit=0", "invaliddata"),
        ("limit=501", "invaliddata"),
        ("limit=x", "invaliddata"),
        ("offset=-1", "invaliddata"),
        ("limit=1&limit=500", "invaliddata"),
        ("offset=0&offset=1", "invaliddata"),
        ("limit=", "invaliddata"),
        ("sort=", "invaliddata"),
        ("fields=", "invalid_selection_field"),
        ("fields=%20", "invalid_selection_field"),
        ("fields=givenName,", "invalid_selection_field"),
        ("fields=givenName&fields=familyName", "invalid_selection_field"),
        ("offset=99999999999999999999", "invaliddata"),
    ],
)
def test_what_is_not_served_is_refused_in_the_standards_words(cast, client, query, minor):
    response = client.get(f"{ROSTER}/users?{query}")
    assert response.status_code == 400
    field = response.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]
    assert field["imsx_codeMinorFieldValue"] == minor


def test_refusals_in_the_standards_words(cast, client):
    told = {
        401: system("jq_x").get(f"{ROSTER}/users"),
        403: system(make_token(cast, ("figures.read",))).get(f"{ROSTER}/users"),
        404: client.get(f"{ROSTER}/users/{cast.students['yuan'].pk}"),
    }
    minors = {401: "unauthorisedrequest", 403: "forbidden", 404: "unknownobject"}
    for status, response in told.items():
        assert response.status_code == status
        body = response.json()
        assert body["imsx_codeMajor"] == "failure"
        field = body["imsx_CodeMinor"]["imsx_codeMinorField"][0]
        assert field["imsx_codeMinorFieldValue"] == minors[status]


@pytest.mark.parametrize("name", LISTS)
def test_ten_rows_cost_what_one_costs(cast, client, name):
    address = f"{ROSTER}/{name}"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(9):
        make_student(cast.school_class, f"王小{number}")
    for season, starts_on, ends_on in (
        ("autumn", "2026-09-01", "2027-01-20"),
        ("spring", "2027-02-22", "2027-07-10"),
    ):
        Term.objects.create(
            year=cast.school_class.grade.year, season=season, starts_on=starts_on, ends_on=ends_on
        )
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    # The first read of a child's file that a school ever notes begins the chain of its log.
    assert len(many) == len(few), [query["sql"][:90] for query in many]


@pytest.mark.parametrize("name", sorted(name for name in API if name.startswith("oneroster")))
def test_every_answer_is_as_described(cast, every, name):
    from django.urls import reverse

    keys = arguments(cast, name, every)
    address = reverse(name, kwargs=keys)
    path = unquote(reverse(name, kwargs={key: f"{{{key}}}" for key in keys}))
    described = document("en")
    shape = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    whole = shape["schema"] | {"components": described["components"]}
    body = json.loads(every.get(address).content)
    assert list(Draft202012Validator(whole).iter_errors(body)) == []
    assert body != {}


def test_news_of_a_child_has_the_time_of_its_last_change(cast, client):
    child = cast.students["mengyao"]
    before = one(client, "users", child.pk)["user"]["dateLastModified"]
    child.name = "徐梦遥"
    child.save()
    after = one(client, "users", child.pk)["user"]["dateLastModified"]
    assert after >= before
    assert "+08:00" in after
    assert STARTED_ON.isoformat() not in after


def test_an_unchanged_answer_is_not_sent_twice(cast, client):
    first = client.get(f"{ROSTER}/students")
    again = client.get(f"{ROSTER}/students", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    make_student(cast.school_class, "王小五")
    changed = client.get(f"{ROSTER}/students", headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200


def holds(shape, told) -> list[str]:
    checker = Draft202012Validator.FORMAT_CHECKER
    return [
        error.message
        for error in Draft202012Validator(shape, format_checker=checker).iter_errors(told)
    ]


@pytest.mark.parametrize("scopes", [("roster.read",), ("roster.read", "adults.read")])
def test_every_answer_is_as_the_standard_itself_describes_it(cast, scopes):
    """Not as we do: tests/api/oneroster_1_2.py."""
    Term.objects.create(
        year=cast.school_class.grade.year,
        season="autumn",
        starts_on="2026-09-01",
        ends_on="2027-01-20",
    )
    client = system(make_token(cast, scopes))
    names = [name for name in RESOURCES if name != "teachers" or "adults.read" in scopes]
    for name in names:
        resource = RESOURCES[name]
        told = client.get(f"{ROSTER}/{name}").json()
        rows = told[resource.plural_key]
        assert rows or name == "gradingPeriods"
        assert holds(standard.list_of(resource.singular, resource.plural_key), told) == [], name
        for row in rows:
            alone = one(client, name, row["sourcedId"])
            assert [*alone] == [resource.singular]
            assert holds(standard.shape_of(resource.singular), alone[resource.singular]) == []


def test_the_standards_description_refuses_what_it_has_not():
    """Else the test above could not fail."""
    told = {
        "sourcedId": "1",
        "status": "active",
        "dateLastModified": "2026-11-27T08:05:00.000+08:00",
    }
    told |= {"title": "3", "courseCode": "3"}
    assert holds(standard.shape_of("course"), told) == []
    wrong = [
        {key: told[key] for key in told if key != "courseCode"},
        told | {"status": "left"},
        told | {"room": "4"},
        told | {"dateLastModified": "yesterday"},
        told | {"org": {"href": "https://a.example", "sourcedId": "1", "type": "school"}},
    ]
    for one_of_them in wrong:
        assert holds(standard.shape_of("course"), one_of_them), one_of_them


def test_refusals_are_as_the_standard_itself_describes_them(cast, client):
    for response in (
        system("jq_x").get(f"{ROSTER}/users"),
        system(make_token(cast, ("figures.read",))).get(f"{ROSTER}/users"),
        client.get(f"{ROSTER}/users/{cast.students['yuan'].pk}"),
        client.get(f"{ROSTER}/users?filter=familyName='徐'"),
        client.post(f"{ROSTER}/users"),
        client.get(f"{ROSTER}/users", headers={"accept": "text/html"}),
        client.get(f"{ROSTER}/demographics"),
    ):
        assert response.status_code >= 400
        assert holds(standard.shape_of("status_info"), response.json()) == []
