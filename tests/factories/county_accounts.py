"""An account that a county gives to its schools."""

from uuid import uuid4

from django.utils import timezone

from delivery.models import ChannelAccount, CountyAccount, OutboxMessage
from delivery.shared import actions
from schools.models import School
from tests.factories import founding
from tests.factories.cast import Cast


def write(cast: Cast, kind: str = "sms", *, config=None, secret=None, by="county", **more):
    given = {"name": "", "config": config or {}, "secret": secret or {}, "is_enabled": True} | more
    account = given.pop("account", None) or CountyAccount(county=cast.county, kind=kind)
    return actions.write_account(account=account, by=cast.users[by], at=timezone.now(), **given)


def agree(cast: Cast, account: CountyAccount, by: str = "county2") -> CountyAccount:
    actions.agree(account=account, seen_at=account.asked_at, by=cast.users[by], at=timezone.now())
    return CountyAccount.objects.get(pk=account.pk)


def give(cast: Cast, kind: str = "sms", **given) -> CountyAccount:
    if "county2" not in cast.users:
        founding.two_officers(cast)
    return agree(cast, write(cast, kind, **given))


def copy_of(account: CountyAccount, school: School) -> ChannelAccount:
    return ChannelAccount.objects.get(of_county=account, school=school)


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    if name == "hooks:county_report":
        account = give(cast, "alibaba_sms")
        return {"pk": account.pk, "key": str(account.hook_key)}
    if not name.startswith("county_accounts:"):
        return {}
    if name == "county_accounts:new":
        return {"kind": "email"}
    if name == "county_accounts:agree":
        founding.two_officers(cast)
        return {"pk": write(cast, "email", by="county2").pk}
    account = give(cast, "email")
    if name == "county_accounts:renew_hook":
        account = give(cast, "alibaba_sms")
    if name == "county_accounts:test_result":
        copy = copy_of(account, cast.school)
        row = OutboxMessage.objects.create(
            kind="test", school=cast.school, dedupe_key=f"test:{uuid4()}", due_at=timezone.now(),
            expires_at=timezone.now(), account=copy, payload={"by": cast.users["county"].pk},
        )  # fmt: skip
        return {"pk": row.pk}
    return {"pk": account.pk, "school_pk": cast.school.pk}
