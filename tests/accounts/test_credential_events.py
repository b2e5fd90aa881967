"""What happens to somebody's credentials stands in a sealed log."""

import pytest
from django.db import InternalError, connection, transaction

from accounts import chain
from accounts.actions import record_credential_event
from accounts.models import CredentialEvent
from tests.factories.cast import make_user

pytestmark = pytest.mark.django_db
Kind = CredentialEvent.Kind


@pytest.fixture
def events() -> list[CredentialEvent]:
    of, by = make_user("of", "周敏"), make_user("by", "陈主任")
    record_credential_event(user=of, kind=Kind.SLIP_MADE, by=by, school_id=3, ip="2001:DB8::0001")
    record_credential_event(user=of, kind=Kind.SLIP_OPENED, ip="::ffff:192.0.2.1")
    record_credential_event(user=of, kind=Kind.REACH_CHANGED, by=of, detail="e-mail | 邮箱")
    return list(CredentialEvent.objects.order_by("number"))


def test_each_is_numbered_and_sealed_after_the_one_before(events):
    assert [event.number for event in events] == [1, 2, 3]
    assert events[1].ip_address == "192.0.2.1"
    assert events[1].by is None
    before = b""
    for event in events:
        assert chain.fits(event, before)
        before = bytes(event.seal)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_credentialevent SET detail = 'x'",
        "DELETE FROM accounts_credentialevent",
        "TRUNCATE accounts_credentialevent",
        "INSERT INTO accounts_credentialevent (chain, number, seal, at, kind, user_id, detail) "
        "SELECT chain, number, seal, at, kind, user_id, detail FROM accounts_credentialevent",
    ],
)
def test_the_database_itself_refuses_to_forget_and_to_put_between(events, sql):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(InternalError), transaction.atomic():
            cursor.execute(sql)


def test_without_a_key_nothing_is_recorded(events, settings):
    settings.AUDIT_KEYS = []
    with pytest.raises(chain.NoAuditKey):
        record_credential_event(user=events[0].user, kind=Kind.PASSWORD_SET)
