"""Another system is told that something changed: once, signed, and only while its token opens something."""

import base64
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import CredentialEvent
from api.models import SCOPE_FOR, ApiToken, Event, Webhook, WebhookChange, WebhookDelivery
from api.tokens import actions as tokens
from api.webhooks import actions, rules, sending
from classroom.models import AttendanceMark
from core import clock
from delivery.channels.http import close_connections
from schools.models import Post
from tests.api.receiver import Receiver
from tests.blocking import wait_until_somebody_waits
from tests.factories.api import make_token, make_webhook, row_of
from tests.factories.factors import password_alone

BACKEND = "django.contrib.auth.backends.ModelBackend"
SYSTEMS = "/settings/systems/"


@pytest.fixture
def receiver():
    with Receiver() as found:
        yield found
    close_connections()


@pytest.fixture
def hook(cast, receiver) -> Webhook:
    webhook, receiver.secret = make_webhook(cast, receiver.url)
    return webhook


@pytest.fixture
def admin(cast) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.users["admin"], BACKEND)
    return client


def told(at=None) -> int:
    """What beat's task does every few seconds, at some instant."""
    at = at or clock.now()
    actions.gather(at=at)
    return sending.send_due(lambda: at)


def mark(cast, child="mengyao") -> None:
    AttendanceMark.objects.create(
        school=cast.students[child].school,
        student=cast.students[child],
        marked_on=timezone.localdate(),
        kind="absent",
        written_at=timezone.now(),
        written_by=cast.users["teacher"],
    )


@pytest.mark.django_db
class TestTelling:
    def test_a_mark_is_told_once_signed_and_without_a_word_of_the_child(self, cast, receiver, hook):
        mark(cast)
        assert told() == 1
        assert told() == 0
        (heard,) = receiver.heard
        assert heard.signatures == [heard.expected]
        assert heard.body["type"] == "attendance.changed"
        assert heard.body["data"] == {"school": str(cast.school.pk)}
        assert set(heard.body) == {"type", "timestamp", "data"}
        assert datetime.fromisoformat(heard.body["timestamp"]).tzinfo

    def test_a_whole_class_is_one_message(self, cast, receiver, hook):
        for child in ("mengyao", "xiaobao"):
            mark(cast, child)
        AttendanceMark.objects.all().update(kind="late")
        AttendanceMark.objects.all().delete()
        told()
        assert receiver.told_of() == ["attendance.changed"]

    @pytest.mark.parametrize(
        "change",
        [
            lambda cast: cast.students["mengyao"].save(),
            lambda cast: cast.students["mengyao"].enrolments.update(ends_on=timezone.localdate()),
            lambda cast: cast.school_class.save(),
            lambda cast: cast.school_class.grade.year.save(),
        ],
    )
    def test_the_roster(self, cast, receiver, hook, change):
        change(cast)
        told()
        assert receiver.told_of() == ["roster.changed"]

    def test_another_schools_changes_are_not_told(self, cast, receiver, hook):
        mark(cast, "yuan")
        cast.students["yuan"].save()
        told()
        assert receiver.heard == []

    def test_a_change_that_was_rolled_back_is_not_told(self, cast, receiver, hook):
        with transaction.atomic():
            mark(cast)
            transaction.set_rollback(True)
        told()
        assert receiver.heard == []

    def test_only_what_the_token_may_ask_about(self, cast, receiver):
        webhook, _secret = make_webhook(cast, receiver.url, scopes=("roster.read",))
        assert webhook.told_of == ["roster.changed"]
        mark(cast)
        told()
        assert receiver.heard == []

    def test_every_event_but_a_trial_has_its_scope(self):
        assert set(SCOPE_FOR) == set(Event) - {Event.TEST}

    def test_what_changes_while_one_is_on_its_way_is_told_after_it(self, cast, receiver, hook):
        """The receiver may have asked before the second change stood there."""
        at = clock.now()
        mark(cast)
        actions.gather(at=at)
        claimed = sending._claimed(at)
        mark(cast, "xiaobao")
        actions.gather(at=at)
        assert len(claimed) == 1
        assert WebhookDelivery.objects.count() == 2

    def test_what_still_waits_stands_for_later_changes_too(self, cast, receiver, hook):
        receiver.answers = [500]
        at = clock.now()
        mark(cast)
        told(at)
        mark(cast, "xiaobao")
        told(at)
        assert WebhookDelivery.objects.count() == 1
        told(at + timedelta(seconds=6))
        assert receiver.told_of() == ["attendance.changed"] * 2
        assert len(receiver.times()) == 1  # one key

    @pytest.mark.parametrize("end", ["revoked", "expired", "maker gone"])
    def test_a_token_that_opens_nothing_is_told_nothing(self, cast, receiver, hook, end):
        at = clock.now()
        mark(cast)
        if end == "revoked":
            by = cast.users["admin"]
            tokens.revoke(token=hook.token, by=by, on=timezone.localdate(), at=at, ip=None)
        elif end == "expired":
            at += timedelta(days=91)
        else:
            posts = Post.objects.filter(user=cast.users["admin"])
            posts.update(ends_on=timezone.localdate() - timedelta(days=1))
        told(at)
        assert receiver.heard == []
        assert set(WebhookDelivery.objects.values_list("state", flat=True)) <= {"given_up"}


@pytest.mark.django_db
class TestAnswers:
    def test_a_failure_is_tried_again_for_three_days_then_everything_stops(
        self, cast, receiver, hook
    ):
        receiver.answers = [500] * 20
        at = began = clock.now()
        mark(cast)
        told(at)
        for _step in range(20):
            row = WebhookDelivery.objects.get()
            if row.ended_at:
                break
            assert told(row.due_at - timedelta(seconds=1)) == 0  # not earlier
            at = row.due_at
            told(at)
        assert row.state == "given_up"
        assert len(receiver.heard) == 10
        assert len(receiver.times()) == 1
        assert timedelta(days=3) <= at - began <= timedelta(days=3, hours=4)
        hook.refresh_from_db()
        assert hook.stopped_because == "unreachable"
        assert CredentialEvent.objects.filter(kind="webhook_stopped", by=None).exists()

    def test_410_stops_at_once(self, cast, receiver, hook):
        receiver.answers = [410]
        mark(cast)
        told()
        hook.refresh_from_db()
        assert hook.stopped_because == "gone"
        mark(cast, "xiaobao")
        told()
        assert len(receiver.heard) == 1
        assert not WebhookChange.objects.exists()

    def test_a_redirect_is_not_followed(self, cast, receiver, hook):
        receiver.answers, receiver.headers = [302], {"Location": receiver.url + "/elsewhere"}
        mark(cast)
        told()
        assert len(receiver.heard) == 1
        assert WebhookDelivery.objects.get().last_answer == "302"

    def test_a_receiver_may_ask_us_to_wait_but_not_for_ever(self, cast, receiver, hook):
        receiver.answers, receiver.headers = [503, 503], {"Retry-After": "3600"}
        at = clock.now()
        mark(cast)
        told(at)
        assert WebhookDelivery.objects.get().due_at == at + timedelta(hours=1)
        receiver.headers = {"Retry-After": "9" * 400}
        told(at + timedelta(hours=1))
        assert WebhookDelivery.objects.get().due_at == at + timedelta(hours=25)

    @pytest.mark.parametrize("day", ["99999999999999999999", "2027"])
    def test_a_time_that_no_clock_knows_is_no_time(self, cast, receiver, hook, day):
        receiver.answers = [503]
        receiver.headers = {"Retry-After": f"Fri, 01 Jan {day} 00:00:00 +99999999999999"}
        at = clock.now()
        mark(cast)
        told(at)
        assert WebhookDelivery.objects.get().due_at == at + rules.PAUSES[0]

    def test_one_that_hangs_is_left(self, cast, receiver, hook, monkeypatch):
        monkeypatch.setattr(sending, "SECONDS", 0.2)
        receiver.delay = 1
        mark(cast)
        told()
        assert WebhookDelivery.objects.get().last_answer == "timeout"

    def test_an_address_inside_this_network_is_not_called(self, cast, receiver, hook, settings):
        settings.OUTGOING_PRIVATE_HOSTS = []
        mark(cast)
        told()
        assert receiver.heard == []
        assert WebhookDelivery.objects.get().last_answer == "private_address"

    def test_a_late_answer_of_a_process_without_lease_changes_nothing(self, cast, receiver, hook):
        at = clock.now()
        mark(cast)
        actions.gather(at=at)
        (slow,) = sending._claimed(at)
        (_again,) = sending._claimed(at + sending.LEASE)
        assert sending._record(slow, sending.Answer("204", 204), at) is False
        assert WebhookDelivery.objects.get().state == "waiting"


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_while_sending_loses_nothing_and_repeats_under_the_same_key(
    cast, receiver, hook
):
    at = clock.now()
    mark(cast)
    actions.gather(at=at)
    letters = sending._letters(sending._claimed(at), at)
    sending._send(letters[0])  # and dies before it writes down the answer
    assert told(at + timedelta(seconds=30)) == 0  # the lease holds
    assert told(at + sending.LEASE) == 1
    assert receiver.times() == {letters[0].headers["webhook-id"]: 2}


@pytest.mark.django_db(transaction=True)
def test_two_at_once_send_each_once(cast, receiver, hook):
    from concurrent.futures import ThreadPoolExecutor

    mark(cast)
    cast.students["mengyao"].save()
    actions.gather(at=clock.now())

    def send(_number):
        try:
            return sending.send_due(clock.now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(send, range(4))) == 2
    assert set(receiver.times().values()) == {1}
    assert len(receiver.heard) == 2


@given(attempts=st.integers(1, 30), asked=st.none() | st.floats(0, allow_nan=False))
def test_a_next_try_lies_ahead_within_a_day_or_there_is_none(attempts, asked):
    at = datetime(2026, 11, 29, tzinfo=UTC)
    found = rules.next_attempt_at(attempts, at, asked)
    assert (found is None) == (attempts >= 10)
    assert found is None or at < found <= at + timedelta(days=1)


def test_a_signature_as_the_standard_words_it():
    """HMAC-SHA256 over "key.seconds.body" by the bytes behind whsec_, written out by openssl dgst."""
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
    found = rules.signature(secret, "evt-1", "1700000000", b'{"type":"test"}')
    assert found == "v1,m6vamV7gbRmlayFSomIpoNtAJjWDn+hgLqfFb7+PX1I="


@pytest.mark.django_db(transaction=True)
def test_a_secret_renewed_while_the_address_is_saved_is_the_one_that_signs(cast):
    webhook, _secret = make_webhook(cast, "https://platform.example.org/hook")

    def save_address() -> None:
        try:
            actions.set_up(
                token=webhook.token,
                address="https://platform.example.org/new",
                events=["roster.changed"],
                by=cast.users["admin"],
                on=timezone.localdate(),
                at=clock.now(),
                ip=None,
            )
        finally:
            connection.close()

    other = threading.Thread(target=save_address)
    with transaction.atomic():
        secret = actions.renew_secret(webhook=webhook, at=clock.now())
        other.start()
        wait_until_somebody_waits()
    other.join()
    row = Webhook.objects.get()
    assert row.address == "https://platform.example.org/new"
    assert actions.secrets_of(row, clock.now())[0] == secret


@pytest.mark.django_db
class TestPages:
    def set_up(self, admin, token, **fields):
        data = {"address": "https://platform.example.org/hook", "told_of": ["roster.changed"]}
        return admin.post(f"{SYSTEMS}{token.pk}/webhook/edit/", data | fields)

    def test_its_secret_is_shown_once_and_kept_sealed(self, cast, admin):
        token = row_of(make_token(cast))
        response = self.set_up(admin, token)
        secret = response.context["secret"]
        assert secret.startswith("whsec_")
        assert secret in response.content.decode()
        assert "no-store" in response["Cache-Control"]
        row = Webhook.objects.get()
        assert secret.encode() not in bytes(row.secret)
        assert actions.secrets_of(row, clock.now()) == [secret]
        again = self.set_up(admin, token, told_of=["attendance.changed"])
        assert again.status_code == 302
        assert Webhook.objects.get().told_of == ["attendance.changed"]
        assert secret not in admin.get(f"{SYSTEMS}{token.pk}/webhook/").content.decode()
        events = CredentialEvent.objects.filter(kind="webhook_set", user=cast.users["admin"])
        assert events.count() == 2

    @pytest.mark.parametrize(
        "address",
        [
            "http://platform.example.org/", "https://10.0.0.3/hook", "https://localhost/",
            "ftp://platform.example.org/", "https://me:secret@platform.example.org/", "platform",
            "https://2130706433/", "https://127.1/", "https://0177.0.0.1/", "https://localhost./",
            "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/", "https://169.254.169.254/",
            "https://①②⑦.0.0.1/", "https://0.0.0.0/", "https://platform.example.org\\@10.0.0.3/", "",
        ],
    )  # fmt: skip
    def test_an_address_that_we_do_not_call_is_refused_at_its_field(
        self, cast, admin, address, settings
    ):
        settings.OUTGOING_PRIVATE_HOSTS = []
        token = row_of(make_token(cast))
        response = self.set_up(admin, token, address=address)
        assert response.status_code == 422
        assert "address" in response.context["form"].errors
        assert not Webhook.objects.exists()

    def test_two_tabs_of_an_address_replace_nothing_unseen(self, cast, admin):
        token = row_of(make_token(cast))
        page = f"{SYSTEMS}{token.pk}/webhook/edit/"
        began = [admin.get(page).context["form"]["instead_of"].value() for _tab in range(2)]
        first, second = "https://one.example.org/hook", "https://two.example.org/hook"
        assert self.set_up(admin, token, address=first, instead_of=began[0]).status_code == 200
        answer = self.set_up(admin, token, address=second, instead_of=began[1])
        assert answer.status_code == 422
        assert first in answer.text
        assert second in answer.text
        assert Webhook.objects.get().address == first
        again = answer.context["form"]["instead_of"].value()
        assert f'value="{again}"' in answer.text
        assert self.set_up(admin, token, address=second, instead_of=again).status_code == 302
        assert Webhook.objects.get().address == second

    def test_an_address_that_stopped_meanwhile_does_not_begin_again_unseen(self, cast, admin):
        hook, _secret = make_webhook(cast, "https://one.example.org/hook")
        page = f"{SYSTEMS}{hook.token_id}/webhook/"
        began = admin.get(f"{page}edit/").context["form"]["instead_of"].value()
        admin.post(f"{page}stop/")
        answer = self.set_up(admin, hook.token, instead_of=began)
        assert answer.status_code == 422
        assert Webhook.objects.get().stopped_at is not None

    def test_an_event_without_its_scope_is_not_offered(self, cast, admin):
        token = row_of(make_token(cast, ("attendance.write", "attendance.read")))
        page = admin.get(f"{SYSTEMS}{token.pk}/webhook/edit/").content.decode()
        assert "attendance.changed" in page
        assert "roster.changed" not in page
        assert self.set_up(admin, token).status_code == 422

    def test_a_password_alone_sets_up_nothing_and_shows_no_secret(self, cast):
        webhook, _secret = make_webhook(cast)
        client = Client()
        password_alone(client, cast.users["admin"])
        for path in ("edit/", "secret/"):
            response = client.post(f"{SYSTEMS}{webhook.token_id}/webhook/{path}")
            assert response.status_code == 302
        assert not webhook.pgh_event_model.objects.filter(pgh_label="update").exclude(
            former_until=None
        )

    def test_a_new_secret_and_the_former_one_sign_for_a_day(self, cast, receiver, hook, admin):
        new = admin.post(f"{SYSTEMS}{hook.token_id}/webhook/secret/").context["secret"]
        assert new != receiver.secret
        mark(cast)
        told()
        assert receiver.heard[-1].expected in receiver.heard[-1].signatures  # the former
        receiver.secret = new
        at = clock.now() + timedelta(hours=25)
        mark(cast, "xiaobao")
        told(at)
        assert receiver.heard[-1].signatures == [receiver.heard[-1].expected]

    def test_a_trial_the_log_and_sending_again(self, cast, receiver, hook, admin):
        page = f"{SYSTEMS}{hook.token_id}/webhook/"
        receiver.answers = [200]
        admin.post(page + "test/")
        assert "Trial" in admin.get(page).content.decode()
        told()
        assert "response 200" in admin.get(page).content.decode()
        row = WebhookDelivery.objects.get()
        admin.post(f"{SYSTEMS}deliveries/{row.pk}/again/")
        told()
        assert receiver.times() == {str(row.key): 2}

    def test_stopped_nothing_goes_until_somebody_begins_again(self, cast, receiver, hook, admin):
        page = f"{SYSTEMS}{hook.token_id}/webhook/"
        mark(cast)
        admin.post(page + "stop/")
        admin.post(page + "test/")
        told()
        assert receiver.heard == []
        assert "stopped by an administrator" in admin.get(page).content.decode()
        self.set_up(admin, hook.token, address=receiver.url, told_of=["roster.changed"])
        cast.students["mengyao"].save()
        told()
        assert receiver.told_of() == ["roster.changed"]

    def test_of_another_school_there_is_nothing(self, cast, admin):
        webhook, _secret = make_webhook(cast)
        ApiToken.objects.filter(pk=webhook.token_id).update(school=cast.other_school)
        for path in ("", "edit/"):
            assert admin.get(f"{SYSTEMS}{webhook.token_id}/webhook/{path}").status_code == 404

    def test_the_log_is_forgotten_after_a_month(self, cast, receiver, hook):
        at = clock.now()
        mark(cast)
        told(at)
        assert actions.forget(at=at + timedelta(days=29)) == 0
        assert actions.forget(at=at + timedelta(days=30)) == 1


@pytest.mark.django_db
def test_what_is_sent_holds_no_name(cast, receiver, hook):
    cast.students["mengyao"].save()
    mark(cast)
    told()
    sent = json.dumps([one.body for one in receiver.heard], ensure_ascii=False)
    assert len(receiver.heard) == 2
    for child in cast.students.values():
        assert child.name not in sent
