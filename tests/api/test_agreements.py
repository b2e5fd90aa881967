"""What those who make tokens may not do themselves, a system does only while a colleague agrees."""

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import CredentialEvent
from api.models import Agreement
from schools.models import Post
from schools.roles import Role
from tests.api.conftest import note_of, send
from tests.factories.api import agree, make_token, row_of, system
from tests.factories.cast import make_post
from tests.factories.factors import give_factor
from tests.factories.studies import make_study

PATH, PAGE = "/api/v1/observations/", "/systems/"

pytestmark = pytest.mark.django_db


def written(cast, secret) -> int:
    note = note_of(cast, id=str(uuid4()))
    return send(system(secret), PATH, {"observations": [note]}).status_code


@pytest.fixture
def signed_in(cast, client):
    def as_(role: str):
        give_factor(cast.users[role])
        client.force_login(cast.users[role], "django.contrib.auth.backends.ModelBackend")
        return client

    return as_


def test_without_a_colleague_the_scope_opens_nothing_and_says_why(cast):
    secret = make_token(cast, ("observations.write",), agreed=False)
    answer = send(system(secret), PATH, {"observations": [note_of(cast)]})
    assert answer.status_code == 403
    assert "has yet to agree" in answer.json()["detail"]
    agree(cast, row_of(secret))
    assert written(cast, secret) == 200


def test_it_ends_with_the_post_of_whoever_agreed(cast):
    secret = make_token(cast, ("observations.write",))
    assert written(cast, secret) == 200
    Post.objects.filter(user=cast.users["counsellor"]).update(ends_on="2026-01-01")
    assert written(cast, secret) == 403
    agree(cast, row_of(secret), by="principal")
    assert written(cast, secret) == 200
    Agreement.objects.filter(by=cast.users["principal"]).update(
        ended_at=timezone.now(), ended_by=cast.users["principal"]
    )
    assert written(cast, secret) == 403


def test_an_administrator_cannot_agree_alone(cast):
    secret = make_token(cast, ("observations.write",), agreed=False)
    agree(cast, row_of(secret), by="admin")
    assert written(cast, secret) == 403


def test_whoever_made_the_token_does_not_agree_to_it_as_well(cast, signed_in):
    """One person may hold both posts in a small school: a second one looks all the same."""
    secret = make_token(cast, ("observations.write",), agreed=False)
    token = row_of(secret)
    make_post(token.made_by, Role.PRINCIPAL, school=cast.school)
    agree(cast, token, by="admin")
    assert written(cast, secret) == 403
    client = signed_in("admin")
    assert (
        "You made this token"
        in client.get(PAGE, headers={"accept-language": "en"}).content.decode()
    )
    answer = client.post(f"{PAGE}{token.pk}/agree/", {"scope": "observations.write"})
    assert answer.status_code == 404
    agree(cast, token, by="counsellor")
    assert written(cast, secret) == 200


def test_a_counsellor_agrees_on_the_page_and_takes_it_back(cast, signed_in):
    secret = make_token(cast, ("observations.write",), agreed=False)
    token, client = row_of(secret), signed_in("counsellor")
    page = client.get(PAGE, headers={"accept-language": "en"}).content.decode()
    assert "Until somebody agrees" in page
    assert token.name in page
    client.post(f"{PAGE}{token.pk}/agree/", {"scope": "observations.write"})
    assert written(cast, secret) == 200
    held = Agreement.objects.get()
    assert held.by == cast.users["counsellor"]
    client.post(f"{PAGE}{token.pk}/agree/", {"scope": "observations.write"})
    assert Agreement.objects.count() == 1
    client.post(f"{PAGE}agreements/{held.pk}/end/")
    assert written(cast, secret) == 403
    kinds = CredentialEvent.objects.filter(user=cast.users["admin"]).values_list("kind", flat=True)
    assert list(kinds).count("token_agreed") == 2


def test_agreeing_asks_for_the_second_step_once_more(cast, signed_in):
    token = row_of(make_token(cast, ("observations.write",), agreed=False))
    client = signed_in("counsellor")
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [one | {"at": one["at"] - 3600} for one in records]
    session.save()
    answer = client.post(f"{PAGE}{token.pk}/agree/", {"scope": "observations.write"})
    assert "/second-step/again/" in answer.url
    assert not Agreement.objects.exists()


def test_a_principal_agrees_to_notes_and_not_to_answers(cast, signed_in):
    study = make_study(cast)
    token = row_of(make_token(cast, ("observations.write", "responses.read"), agreed=False))
    client = signed_in("principal")
    given = {"scope": "responses.read", "study": study.pk}
    assert client.post(f"{PAGE}{token.pk}/agree/", given).status_code == 422
    assert not Agreement.objects.exists()
    client.post(f"{PAGE}{token.pk}/agree/", {"scope": "observations.write"})
    assert Agreement.objects.get().scope == "observations.write"


def test_answers_go_to_one_study_and_a_scope_that_the_token_lacks_is_not_agreed_to(cast, signed_in):
    study = make_study(cast)
    token = row_of(make_token(cast, ("responses.read",), agreed=False))
    client = signed_in("counsellor")
    address = f"{PAGE}{token.pk}/agree/"
    assert client.post(address, {"scope": "responses.read"}).status_code == 422
    assert client.post(address, {"scope": "observations.write"}).status_code == 422
    assert client.post(address, {"scope": "responses.read", "study": study.pk}).status_code == 302
    assert Agreement.objects.get().study == study


def test_those_who_may_agree_are_told_of_a_token_that_asks(cast):
    make_token(cast, ("figures.read",))
    assert not CredentialEvent.objects.filter(kind="token_asks").exists()
    make_token(cast, ("figures.read", "observations.write"))
    told = CredentialEvent.objects.filter(kind="token_asks")
    assert {one.user for one in told} == {cast.users["counsellor"], cast.users["principal"]}
    assert told.first().detail == "校门: observations.write"
