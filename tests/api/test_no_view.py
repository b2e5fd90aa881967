"""A program gets what it can read, also where no view of the API answers."""

import pytest
from django.db import OperationalError
from django.test import Client

from api import authentication
from api.description import views

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing/", "/api/", "/api/v2/figures/", "/api/v1/figures/x/"]
)
def test_an_unknown_address_is_a_problem_in_the_callers_language(path):
    response = Client(headers={"accept-language": "en"}).get(path)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    told = response.json()
    assert told["title"] == "There is no such thing here"
    assert told["type"].endswith("/api/docs/#not-found")
    assert Client().get(path).json()["title"] != told["title"]  # Chinese


def test_onerosters_addresses_answer_in_its_form():
    response = Client(headers={"accept-language": "en"}).get("/ims/oneroster/rostering/v1p2/cars")
    assert response.status_code == 404
    assert response.json()["imsx_codeMajor"] == "failure"


def test_people_get_a_page():
    for path in ("/nothing/", "/api/docs/nothing/", "/apis/"):
        assert Client().get(path)["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("error", "status"), [(OperationalError("gone"), 503), (ValueError("x"), 500)]
)
@pytest.mark.parametrize(
    "path", ["/api/v1/attendance/", "/ims/oneroster/rostering/v1p2/students", "/api/docs/"]
)
def test_a_failure_says_whether_to_send_again(error, status, path, monkeypatch):
    def fails(*args):
        raise error

    monkeypatch.setattr(authentication, "token_behind", fails)
    monkeypatch.setattr(views, "page", fails)
    client = Client(headers={"authorization": "Bearer x"}, raise_request_exception=False)
    response = client.get(path)
    assert response.status_code == status
    assert response["Content-Type"].endswith("json") != path.startswith("/api/docs/")
    assert response.has_header("Retry-After") == (status == 503)


def test_what_is_cut_off_before_a_view_reads_it():
    for path in ("/api/v1/figures/?x=%00", "/api/v1/figures/%FF/", "/ims/oneroster/?x=%00"):
        response = Client().get(path)
        assert response.status_code in (400, 404)
        assert response["Content-Type"].endswith("json"), path
    response = Client().delete("/api/v1/figures/")
    assert response.status_code == 405
    assert "GET" in response["Allow"]
    assert response.json()["status"] == 405
