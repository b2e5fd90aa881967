"""An owner's file at the counsellor's desk: read, matched, and then asked in a class."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from surveys import queries
from surveys.models import Edition, InstrumentFile
from tests.factories.cast import Cast, make_cast
from tests.factories.surveys import gad_file, keep_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def counsellor(cast) -> Client:
    client = Client()
    client.force_login(cast.users["counsellor"], "django.contrib.auth.backends.ModelBackend")
    return client


def upload(client: Client, content: bytes):
    return client.post(reverse("surveys:files"), {"file": SimpleUploadedFile("gad7.json", content)})


def test_read_matched_and_then_to_be_asked(cast, counsellor):
    assert "gad-7" not in {one.instrument.key for one in queries.choices_for(cast.school)}
    address = upload(counsellor, gad_file()).url
    page = counsellor.get(address)
    assert page.context["key"] == ""  # no code says which scale it is: a person does
    page = counsellor.get(f"{address}?as=gad-7")
    posted = {row["field"]: row["value"] for row in page.context["rows"]} | {"intro": "How often?"}
    kept = counsellor.post(f"{address}?as=gad-7", posted)
    assert kept.url == reverse("surveys:instrument", args=["gad-7"])
    counsellor.post(f"{address}?as=gad-7", posted)
    edition = Edition.objects.get()
    chosen = [one for one in queries.choices_for(cast.school) if one.value == str(edition.pk)]
    assert [one.instrument.key for one in chosen] == ["gad-7"]
    assert "Words 1" in counsellor.get(kept.url).content.decode()


def test_what_does_not_fit_keeps_nothing_and_loses_nothing(cast, counsellor):
    address = reverse("surveys:file", args=[keep_file(cast).pk]) + "?as=gad-7"
    page = counsellor.get(address)
    posted = {row["field"]: row["value"] for row in page.context["rows"]} | {"item-0": "gad7_2"}
    refused = counsellor.post(address, posted)
    assert refused.status_code == 422
    assert [row["value"] for row in refused.context["rows"]][:2] == ["gad7_2", "gad7_2"]
    assert "gad7_2" in str(refused.context["form"].non_field_errors())
    assert not Edition.objects.exists()


@pytest.mark.parametrize("content", [b"{", b'{"resourceType": "Bundle"}', b"\xff"])
def test_a_bad_file_is_told_at_its_field(counsellor, content):
    response = upload(counsellor, content)
    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    assert not InstrumentFile.objects.exists()


def test_no_such_definition(cast, counsellor):
    address = reverse("surveys:file", args=[keep_file(cast).pk])
    for wanted in ("nothing", "weekly-mood"):
        assert counsellor.get(f"{address}?as={wanted}").status_code == 404
