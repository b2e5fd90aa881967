"""The copies that schools should use, and how many messages each school sent over them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from core import walls
from delivery.channels.models import FOR_TRYING_OUT, ChannelKind
from delivery.channels.registry import CHANNELS
from delivery.models import ChannelAccount, CountyAccount, LeftOut, OutboxMessage, VoiceCall
from delivery.shared.kinds import GIVEN
from guardians.queries import (
    heard_points,
    informed_guardianships,
    may_be_asked,
    usable_contact_points,
)
from schools.models import School
from students.queries import enrolments_not_over

State = OutboxMessage.State
SENT = (State.ACCEPTED, State.DELIVERED, State.UNKNOWN)


def copies_of(schools: Collection[int], means: str) -> QuerySet[ChannelAccount]:
    return ChannelAccount.objects.filter(
        school__in=schools, of_county__isnull=False, kind__in=GIVEN[means]
    )


def copies_to_use(schools: Collection[int], means: str) -> QuerySet[ChannelAccount]:
    """Return the county's copies that these schools should use.

    A school uses its copy if it has no account of its own in use, is not left out, and still belongs to that
    county.
    """
    kinds = [kind for kind, channel in CHANNELS.items() if means == channel.MEANS]
    if not settings.TEST_PHONE:
        # While the server allows trials, an account for trying out also replaces the county's: a school that
        # is trying things out writes to nobody.
        kinds = [kind for kind in kinds if kind not in FOR_TRYING_OUT]
    own = ChannelAccount.objects.filter(
        school=OuterRef("school"), of_county=None, kind__in=kinds, is_enabled=True
    )
    out = LeftOut.objects.filter(
        account=OuterRef("of_county"), school=OuterRef("school"), is_out=True
    )
    return copies_of(schools, means).filter(
        ~Exists(own),
        ~Exists(out),
        of_county__in_force=True,
        of_county__county=F("school__county"),
    )


def schools_without_copy(account: CountyAccount) -> QuerySet[School]:
    there = ChannelAccount.objects.filter(of_county=account, school=OuterRef("pk"))
    return School.objects.filter(~Exists(there), county=account.county_id)


@walls.every_school("WeChat tells one address of an account, whichever school or county entered it")
def who_has_app(app_id: str, but_county: int | None = None) -> str:
    """Return "school" or "county" if one (other than `but_county`) already uses this WeChat
    account, else "".
    """
    mine = Q(config__app_id=app_id) | Q(in_force=True, copies__config__app_id=app_id)
    of_county = CountyAccount.objects.filter(mine, kind=ChannelKind.WECHAT, ended_at=None)
    if of_county.exclude(county=but_county).exists():
        return "county"
    own = ChannelAccount.objects.filter(
        of_county=None, kind=ChannelKind.WECHAT, is_enabled=True, config__app_id=app_id
    )
    return "school" if own.exists() else ""


@dataclass(frozen=True)
class Use:
    """One school's use of the county's account.

    `fen`: what calls have cost; None if nobody has entered a price.
    """

    school: School
    copy: ChannelAccount | None
    is_out: bool
    sent: int
    fen: int | None


def use_of(account: CountyAccount, at: datetime) -> list[Use]:
    """Return the county's schools by name, with the number of this month's messages over this account."""
    begins = timezone.localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    schools = list(School.objects.filter(county=account.county_id).order_by("name", "pk"))
    copies = {copy.school_id: copy for copy in account.copies.select_related("health")}
    keys = [copy.pk for copy in copies.values()]
    out = set(
        LeftOut.objects.filter(account=account, is_out=True).values_list("school_id", flat=True)
    )
    # Naming schools, states and kinds lets PostgreSQL use their index and read only this month.
    sent = OutboxMessage.objects.filter(
        school__in=schools,
        state__in=SENT,
        kind__in=OutboxMessage.Kind.values,
        due_at__gte=begins,
        account__in=keys,
    )
    counts = dict(sent.order_by().values_list("school").annotate(n=Count("pk")))
    calls = VoiceCall.objects.filter(account__in=keys, placed_at__gte=begins)
    costs = dict(calls.order_by().values_list("school").annotate(fen=Sum("fen")))
    has_price = bool(account.config.get("fen"))
    return [
        Use(
            school,
            copies.get(school.pk),
            school.pk in out,
            counts.get(school.pk, 0),
            costs.get(school.pk, 0) if has_price else None,
        )
        for school in schools
    ]


def same_to_provider(account: CountyAccount) -> QuerySet[ChannelAccount]:
    """Return the account's copies and earlier accounts of their schools with the same AppID.

    WeChat knows only the AppID, so it reports to the newly entered account about messages of the one that
    ended.
    """
    setting = getattr(CHANNELS[account.kind], "ISSUER", "")
    if not setting:
        return ChannelAccount.objects.filter(of_county=account)
    copies = account.copies.order_by()
    issuers = copies.exclude(**{f"config__{setting}": None})
    return ChannelAccount.objects.filter(
        Q(of_county=account)
        | Q(
            **{f"config__{setting}__in": set(issuers.values_list(f"config__{setting}", flat=True))}
        ),
        kind=account.kind,
        school__in=copies.values("school"),
    )


def copies_named(
    copies: Collection[int], keys: Collection[UUID], references: Collection[str]
) -> dict[UUID | str, int]:
    """Return the copy over which each named message was sent, by our key or the provider's own number."""
    found: dict[UUID | str, int] = {}
    by_key = OutboxMessage.objects.filter(idempotency_key__in=keys)
    for key, last, tried in by_key.values_list("idempotency_key", "account", "attempts__account"):
        for pk in (tried, last):
            if pk in copies:
                found[key] = pk
    by_reference = OutboxMessage.objects.filter(
        ~Q(provider_reference=""), provider_reference__in=references, account__in=copies
    )
    found |= dict(by_reference.values_list("provider_reference", "account"))
    return found


def copies_that_rang(account: CountyAccount, calls: Collection[str]) -> dict[str, int]:
    """Return the copy over which each of these calls was placed (`spoken.calls_to`)."""
    rows = VoiceCall.objects.filter(account__in=account.copies.all(), idempotency_key__in=calls)
    return {str(key): pk for key, pk in rows.values_list("idempotency_key", "account")}


@dataclass(frozen=True)
class KnownAt:
    """The schools where somebody has an address, those where they have a child now, and those that may write
    to them.
    """

    schools: tuple[int, ...] = ()
    now: tuple[int, ...] = ()
    written_to: tuple[int, ...] = ()

    @property
    def likely(self) -> tuple[int, ...]:
        return self.now or self.schools


def where_known(
    account: CountyAccount, addresses: Collection[str], on: date
) -> Mapping[str, KnownAt]:
    """Return, by address, where somebody is known among the schools of the county.

    A person's number in one app is searched at every school of the server, because nobody else can have it.
    "Not me" and numbers that are gone count as unknown. A blocked adult is known: their own school decides
    what happens to what they write.
    """
    channel = CHANNELS[account.kind]
    among = Q(county=account.county_id) | Q(pk__in=account.copies.values("school"))
    schools = School.objects.filter(Q() if hasattr(channel, "ISSUER") else among)
    # By school, like the index of addresses.
    points = heard_points().filter(school__in=schools, kind=channel.MEANS, address__in=addresses)
    rows = list(points.order_by("pk").values_list("address", "school", "adult"))
    adults = [adult for *_where, adult in rows]
    held = informed_guardianships(on).filter(
        adult__in=adults, student__in=enrolments_not_over(on).values("student")
    )
    with_child = set(held.values_list("adult", flat=True))
    usable = usable_contact_points().filter(may_be_asked(), address__in=addresses, adult__in=adults)
    written_to = set(usable.order_by().values_list("address", "adult"))
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for address, school, adult in rows:
        found[address].append((school, adult))
    return {
        address: KnownAt(
            _schools(known),
            _schools(one for one in known if one[1] in with_child),
            _schools(one for one in known if (address, one[1]) in written_to),
        )
        for address, known in found.items()
    }


def _schools(known: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(school for school, _adult in known))
