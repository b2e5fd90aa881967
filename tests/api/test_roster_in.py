"""A roster that another system sends: a job with the school's own preview, applied by a person or by a scope,
and taken back like a file.
"""

import csv
import io

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AccessRecord
from api.webhooks import actions as webhook_actions
from core import clock
from guardians.models import ContactPoint
from rosters import actions, undoing
from rosters.columns import Field, guess
from rosters.models import RosterImport
from rosters.reading import read_table
from rosters.reported import HEADERS, MAPPING, content_of, row_of
from students.models import Student
from tests.api.conftest import send
from tests.factories.api import ROW, make_job, make_token, make_webhook, system
from tests.factories.api import row_of as token_of

PATH = "/api/v1/roster/"
BACKEND = "django.contrib.auth.backends.ModelBackend"

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(cast) -> str:
    return make_token(cast, ("roster.write", "roster.apply"))


@pytest.fixture
def client(secret) -> Client:
    return system(secret)


def propose(client, rows=(ROW,), **more) -> str:
    response = send(client, PATH, {"rows": list(rows)} | more)
    assert response.status_code == 200, response.content
    return f"{PATH}{response.json()['id']}/"


def work(cast) -> None:
    """What the worker does, after it was woken."""
    for row in RosterImport.objects.filter(state="queued"):
        assert actions.run_import(row.pk, at=clock.now())


def problems(told) -> dict[str, tuple[str, bool]]:
    return {one["pointer"]: (one["code"], one["blocks"]) for one in told["problems"]}


MENGYAO = {"name": "徐梦瑶", "born_on": "2017-05-04", "class": "三年级1班"}


def test_a_job_shows_what_would_change_and_changes_nothing(cast, client):
    before = Student.objects.count()
    job = propose(client, [ROW, MENGYAO, MENGYAO | {"name": "徐小宝", "class": "三年级2班"}])
    told = client.get(job).json()
    assert told["state"] == "checked"
    assert told["received"] == 3
    child = str(cast.students["mengyao"].pk)
    assert told["rows"][0] == {"row": 0, "result": "new", "student": None, "fields": []}
    assert told["rows"][1] == {"row": 1, "result": "changed", "student": child, "fields": ["class"]}
    assert told["rows"][2]["result"] == "same"
    assert told["absent"] == 1
    assert Student.objects.count() == before
    assert client.get(PATH).json()["jobs"][0]["state"] == "checked"
    noted = AccessRecord.objects.filter(what="roster job")
    assert set(noted.values_list("student_id", flat=True)) == {
        cast.students["mengyao"].pk,
        cast.students["xiaobao"].pk,
    }


def test_errors_stand_at_row_and_field(cast, client):
    rows = [
        ROW | {"born_on": "2017-02-30", "village": "x" * 70},
        ROW | {"class": "九年级9班", "name": "马一"},
        {
            "name": "马二",
            "class": "三年级2班",
            "sex": "女",
            "mother_name": "李芳",
            "mother_phone": "138",
        },
    ]
    found = problems(client.get(propose(client, rows)).json())
    assert found["/rows/0/born_on"] == ("date_impossible", True)
    assert found["/rows/0/village"] == ("too_long", False)
    assert found["/rows/1/class"] == ("class_unknown", True)
    assert found["/rows/2/mother_phone"][0] == "phone_too_short"


def test_applied_by_the_scope_it_is_the_import_of_a_file_and_goes_back_like_one(
    cast, client, secret
):
    job = propose(client, [ROW | {"mother_name": "李芳", "mother_phone": "13893519999"}])
    assert send(client, f"{job}apply/", {}).json()["state"] == "queued"
    work(cast)
    told = client.get(job).json()
    child = Student.objects.get(name="王小雨")
    assert told["state"] == "done"
    row = {"row": 0, "result": "created", "student": str(child.pk), "fields": []}
    assert told["rows"] == [row]
    assert child.school == cast.school
    # A machine vouches for nobody: the number is written to, and lets nobody in.
    assert ContactPoint.objects.get(address="+8613893519999").signs_in_by == ""
    assert send(client, f"{job}apply/", {}).json()["state"] == "done"
    undoing.undo_import(roster=RosterImport.objects.get(), by=cast.users["admin"], at=clock.now())
    assert not Student.objects.filter(name="王小雨").exists()
    told = client.get(job).json()
    assert (told["state"], told["rows"]) == ("undone", [])


def test_a_person_sees_it_among_the_schools_own_and_applies_it(cast, client):
    job = propose(client)
    admin = Client(headers={"accept-language": "en"})
    admin.force_login(cast.users["admin"], BACKEND)
    assert "API · 校门" in admin.get("/rosters/").content.decode()
    page = client.get(job).json()["page"]
    path = page[page.index("/rosters/") :]
    assert "王小雨" in admin.get(path).content.decode()
    admin.post(f"{path}start/")
    work(cast)
    assert client.get(job).json()["state"] == "done"


def test_rows_that_cannot_go_in_are_left_out_only_where_the_system_says_so(cast, client):
    job = propose(client, [ROW, ROW | {"name": "马一", "class": "九年级9班"}])
    refused = send(client, f"{job}apply/", {})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/leaves_out"
    assert client.get(job).json()["state"] == "checked"
    send(client, f"{job}apply/", {"leaves_out": True})
    work(cast)
    assert [row["result"] for row in client.get(job).json()["rows"]] == ["created", "skipped"]


def test_classes_are_made_where_it_says_so_and_enough_rows_name_them(cast, client):
    rows = [ROW | {"name": f"马小{one}", "class": "五年级1班"} for one in "一二三"]
    told = client.get(propose(client, rows)).json()
    assert (told["makes_classes"], told["lacks_classes"]) == ([], ["5.1"])
    told = client.get(propose(client, rows, makes_classes=True)).json()
    assert (told["makes_classes"], problems(told)) == (["5.1"], {})


def test_what_is_on_record_is_not_told(cast, client):
    """Neither the name of the child whose number it is, nor a value that would change."""
    child = cast.students["haitao"]
    Student.objects.filter(pk=child.pk).update(id_number="620622201705040027", village="大靖村")
    own = ROW | {"name": "马某某", "id_number": "620622201705040027"}
    Student.objects.filter(name="徐小宝").update(village="大靖村")
    known = MENGYAO | {"name": "徐小宝", "class": "三年级2班", "village": "黄羊川村"}
    job = propose(client, [own, known])
    answer = client.get(job)
    told = answer.json()
    assert "another child" in told["problems"][0]["detail"]
    for secret in (child.name, "大靖村"):
        assert secret not in answer.content.decode()
    assert told["rows"][1]["fields"] == ["village"]


def test_a_row_that_reads_as_no_child_is_refused(cast, client):
    for name in ("合计", "例：王小雨"):
        response = send(client, PATH, {"rows": [ROW, {"name": name}]})
        assert response.status_code == 422, name
        assert response.json()["errors"][0]["pointer"] == "/rows/1/name"
    assert not RosterImport.objects.exists()


@pytest.mark.parametrize(
    ("rows", "pointer"),
    [
        ([], "/rows"),
        ([{}], "/rows/0/name"),
        ([{"name": ""}], "/rows/0/name"),
        ([{"name": 5}], "/rows/0/name"),
        ([{"name": ["x"]}], "/rows/0/name"),
        ([ROW | {"is_boarding": True}], "/rows/0/is_boarding"),
        ([ROW | {"address": "x" * 201}], "/rows/0/address"),
        ([ROW | {"birthday": "2017-05-04"}], "/rows/0/birthday"),
        ("x", "/rows"),
    ],
)
def test_what_is_wrong_is_pointed_at(cast, client, rows, pointer):
    response = send(client, PATH, {"rows": rows})
    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert not RosterImport.objects.exists()


def test_another_tokens_and_peoples_files_are_not_there(cast, client):
    other = make_job(token_of(make_token(cast, name="食堂")))
    assert client.get(f"{PATH}{other.pk}/").status_code == 404
    assert send(client, f"{PATH}{other.pk}/apply/", {}).status_code == 404
    assert client.get(PATH).json()["jobs"] == []
    other.refresh_from_db()
    assert other.state == "checked"


def test_ten_may_wait(cast, client, secret):
    for _one in range(10):
        make_job(token_of(secret))
    response = send(client, PATH, {"rows": [ROW]})
    assert response.status_code == 422
    RosterImport.objects.update(state="done", finished_at=timezone.now())
    assert send(client, PATH, {"rows": [ROW]}).status_code == 200


def test_without_the_second_scope_nobody_applies(cast):
    client = system(make_token(cast, ("roster.write",)))
    job = propose(client)
    assert send(client, f"{job}apply/", {}).status_code == 403
    assert client.get(job).json()["state"] == "checked"


def test_sent_again_it_makes_no_second_job(cast, client):
    body = {"rows": [ROW]}
    first, again = (send(client, PATH, body, "a") for _one in range(2))
    assert first.json() == again.json()
    assert RosterImport.objects.count() == 1


def test_its_own_system_is_told_when_a_job_is_done(cast):
    webhook, _secret = make_webhook(cast, scopes=("roster.write",))
    stranger, _secret = make_webhook(cast, scopes=("roster.write",), name="食堂")
    job = make_job(webhook.token)
    webhook_actions.gather(at=clock.now())
    assert not webhook.deliveries.exists()
    actions.start(roster=job, by=cast.users["admin"], at=clock.now())
    work(cast)
    webhook_actions.gather(at=clock.now())
    assert [one.event for one in webhook.deliveries.all()] == ["job.done"]
    assert not stranger.deliveries.exists()


def test_every_column_of_a_sheet_has_a_header_that_reads_as_itself():
    assert set(HEADERS) == set(Field)
    assert guess(list(HEADERS.values())) == MAPPING


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)


@given(
    st.lists(st.fixed_dictionaries({"name": cells, "address": cells, "village": cells}), min_size=1)
)
def test_no_cell_breaks_the_file(rows):
    """Commas, quotes, lines, formulas: each row stays one row, each cell in its column."""
    content = content_of(rows)
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(lines) == len(rows) + 1
    assert {len(line) for line in lines} == {len(HEADERS)}
    table = read_table(content_of([{"name": "王小雨"} | row for row in rows]))
    assert row_of(table.header_row + 2) == 0
