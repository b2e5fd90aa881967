"""Tokens: who makes them, that they are shown once, who is told, how they end."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import AccessRecord, CredentialEvent, User
from api.models import ApiToken
from api.tokens import actions, rules
from schools.models import Post
from schools.roles import Role
from tests.factories.api import make_token, row_of, system
from tests.factories.cast import make_post, make_user
from tests.factories.factors import password_alone

NEW = "/settings/systems/new/"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def admin(cast) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.users["admin"], BACKEND)
    return client


def given(**fields):
    return {
        "key": str(uuid4()),
        "name": "校门",
        "scopes": ["attendance.write", "roster.read"],
        "days": "90",
        "networks": "203.0.113.0/24\n198.51.100.7",
    } | fields


def secret_in(response) -> str:
    return response.context["secret"]


def test_made_it_is_shown_once_and_kept_as_a_digest(cast, admin):
    form = given()
    response = admin.post(NEW, form)
    secret = secret_in(response)
    assert rules.looks_like_one(secret)
    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    row = ApiToken.objects.get()
    assert secret not in str(vars(row))
    assert row.networks == ["203.0.113.0/24", "198.51.100.7/32"]
    assert row.expires_on == row.made_on + timedelta(days=90)
    again = admin.post(NEW, form, follow=True)
    assert ApiToken.objects.count() == 1
    assert secret not in again.content.decode()
    assert secret not in admin.get("/settings/systems/").content.decode()


def test_every_administrator_of_the_school_is_told(cast, admin):
    colleague = make_user("colleague", "吴老师", phone="+8613909350099")
    make_post(colleague, Role.SCHOOL_ADMIN, school=cast.school)
    far = make_user("far", "远老师")
    make_post(far, Role.SCHOOL_ADMIN, school=cast.other_school)
    admin.post(NEW, given())
    events = CredentialEvent.objects.filter(kind="token_made")
    assert {event.user for event in events} == {colleague, cast.users["admin"]}
    assert {event.by for event in events} == {cast.users["admin"]}
    token = ApiToken.objects.get()
    admin.post(f"/settings/systems/{token.pk}/end/")
    admin.post(f"/settings/systems/{token.pk}/end/")
    assert CredentialEvent.objects.filter(kind="token_ended").count() == 2


def test_ended_it_opens_nothing_and_says_who_ended_it(cast, admin):
    secret = make_token(cast)
    assert system(secret).get("/api/v1/figures/").status_code == 200
    admin.post(f"/settings/systems/{row_of(secret).pk}/end/")
    assert system(secret).get("/api/v1/figures/").status_code == 401
    assert row_of(secret).revoked_by == cast.users["admin"]


def test_an_administrator_of_another_school_ends_nothing(cast):
    secret = make_token(cast, name="食堂")
    far = make_user("far", "远老师")
    make_post(far, Role.SCHOOL_ADMIN, school=cast.other_school)
    client = Client()
    client.force_login(far, BACKEND)
    assert client.post(f"/settings/systems/{row_of(secret).pk}/end/").status_code == 404
    assert "食堂" not in client.get("/settings/systems/").content.decode()


def test_a_stale_second_step_is_asked_for_again(cast, admin):
    session = admin.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [one | {"at": one["at"] - 3600} for one in records]
    session.save()
    response = admin.post(NEW, given())
    assert response.status_code == 302
    assert "/second-step/again/" in response.url
    assert not ApiToken.objects.exists()


def test_a_password_alone_makes_none(cast):
    client = Client()
    password_alone(client, cast.users["admin"])
    assert client.post(NEW, given()).status_code == 302
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("scopes", []),
        ("scopes", ["concerns.read"]),
        ("days", "366"),
        ("days", ""),
        ("networks", "everywhere"),
        ("networks", "\n".join(f"10.0.0.{n}" for n in range(21))),
        ("key", "x"),
    ],
)
def test_what_is_wrong_stands_at_the_field(cast, admin, field, value):
    response = admin.post(NEW, given(**{field: value}))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not ApiToken.objects.exists()


def test_no_row_holds_for_more_than_a_year(cast):
    row = row_of(make_token(cast))
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.filter(pk=row.pk).update(expires_on=row.made_on + timedelta(days=367))


def test_the_page_says_why_a_token_opens_nothing(cast, admin):
    make_post(cast.users["ended"], Role.SCHOOL_ADMIN, school=cast.school)
    make_token(cast, by="ended", name="食堂")
    assert "食堂" in str([line.token for line in admin.get("/settings/systems/").context["open"]])
    Post.objects.filter(user=cast.users["ended"]).update(ends_on="2026-01-01")
    page = admin.get("/settings/systems/")
    assert [line.token.name for line in page.context["stopped"]] == ["食堂"]
    assert "赵旧人 made it" in page.content.decode()


def test_nobody_signs_in_as_a_system(cast, client):
    account = row_of(make_token(cast)).account
    assert not account.is_active
    assert not account.has_usable_password()
    assert not account.posts.exists()
    client.force_login(account, BACKEND)
    assert client.get("/", follow=True).status_code in (200, 404)
    assert not User.objects.filter(pk=account.pk, posts__isnull=False).exists()


def test_a_use_is_noted_once_a_minute(cast, django_assert_num_queries):
    token = row_of(make_token(cast))
    at = timezone.now()
    actions.note_use(token=token, at=at)
    token.refresh_from_db()
    assert token.last_used_at == at
    with django_assert_num_queries(0):
        actions.note_use(token=token, at=at + timedelta(seconds=59))


def test_readers_of_a_file_name_the_system(cast):
    client = system(make_token(cast))
    client.get("/ims/oneroster/rostering/v1p2/students")
    rows = AccessRecord.objects.filter(what="roster")
    ours = {cast.students[key].pk for key in ("mengyao", "xiaobao", "haitao")}
    assert {row.student_id for row in rows} == ours
    assert {row.user.name for row in rows} == {"API · 校门"}


def test_each_call_is_logged_with_the_tokens_name(cast, caplog):
    secret = make_token(cast)
    with caplog.at_level("INFO", "api.authentication"):
        system(secret).get("/api/v1/figures/")
    (told,) = [one.msg for one in caplog.records if one.name == "api.authentication"]
    assert (told["event"], told["name"], told["method"]) == ("api_call", "校门", "GET")
    assert (told["path"], told["token"]) == ("/api/v1/figures/", row_of(secret).pk)


def test_the_token_stands_in_no_log(cast, caplog, capsys):
    secret = make_token(cast)
    with caplog.at_level("DEBUG"):
        system(secret).get("/api/v1/figures/")
        system(secret + "x").get("/api/v1/figures/")
    out = capsys.readouterr()
    assert secret not in caplog.text + out.out + out.err
    assert secret[:20] not in caplog.text + out.out + out.err


def test_networks_as_people_write_them():
    assert rules.network_of(" 203.0.113.9/24 ") == "203.0.113.0/24"
    with pytest.raises(ValueError, match="x"):
        rules.network_of("x")
    assert rules.is_from("203.0.113.9", [])
    assert not rules.is_from("", ["203.0.113.0/24"])


def test_the_administrators_are_told_two_weeks_before_it_ends_once(cast, admin):
    row = row_of(make_token(cast))
    ends = datetime.combine(row.expires_on, time(9), tzinfo=UTC)
    assert actions.warn_of_ends(at=ends - timedelta(days=15)) == 0
    assert "make a new one" not in admin.get("/settings/systems/").content.decode()
    assert actions.warn_of_ends(at=ends - timedelta(days=14)) == 1
    assert actions.warn_of_ends(at=ends - timedelta(days=13)) == 0
    event = CredentialEvent.objects.get(kind="token_ends_soon")
    assert (event.user, event.by) == (cast.users["admin"], None)
    ApiToken.objects.update(expires_on=row.made_on + timedelta(days=10))
    assert "make a new one" in admin.get("/settings/systems/").content.decode()


def test_the_administrators_are_told_once_that_one_has_stopped_with_its_makers_post(cast):
    """Told again if it works again and stops once more, since its maker has come back meanwhile."""
    user = make_user("admin2", "周敏")
    make_post(user, Role.SCHOOL_ADMIN, school=cast.school)
    make_token(cast)
    at, today = timezone.now(), timezone.localdate()
    posts = Post.objects.filter(user=cast.users["admin"])
    assert actions.tell_of_stopped(at=at) == 0
    page = Client(headers={"accept-language": "en"})
    page.force_login(user, BACKEND)
    assert "no longer administers" not in page.get("/settings/systems/").content.decode()
    for number in (1, 2):
        posts.update(ends_on=today - timedelta(days=1))
        for told in (1, 0):
            assert actions.tell_of_stopped(at=at) == told
        events = CredentialEvent.objects.filter(kind="token_ended")
        assert [(one.user, one.by) for one in events] == [(user, None)] * number
        posts.update(ends_on=None)
        assert actions.tell_of_stopped(at=at) == 0
    posts.update(ends_on=today - timedelta(days=1))
    answer = page.get("/settings/systems/")
    (line,) = answer.context["stopped"]
    assert cast.users["admin"].name in line.state
    # It stands above the fold, until somebody ends it.
    shown = answer.content.decode()
    assert shown.index(line.state) < shown.index("Give a system access")
    page.post(f"/settings/systems/{line.token.pk}/end/")
    assert page.get("/settings/systems/").context["stopped"] == []


def test_of_an_ended_or_expired_one_nobody_hears_that_it_has_stopped(cast):
    row = row_of(make_token(cast))
    Post.objects.filter(user=cast.users["admin"]).update(ends_on="2026-01-01")
    assert actions.tell_of_stopped(at=timezone.now() + timedelta(days=91)) == 0
    actions.revoke(token=row, by=cast.users["admin"], on=row.made_on, at=timezone.now(), ip=None)
    assert actions.tell_of_stopped(at=timezone.now()) == 0


def test_of_an_ended_one_nobody_is_warned(cast):
    row = row_of(make_token(cast))
    at = timezone.now()
    actions.revoke(token=row, by=cast.users["admin"], on=row.made_on, at=at, ip=None)
    assert actions.warn_of_ends(at=at + timedelta(days=80)) == 0
