"""The link with which WeChat asks an adult to allow one more message, and how many are left.

It needs no WeChat script: WeChat's page asks and leads back with the answer. WeChat does not sign the answer;
our `reserved` shows that it comes from the adult whom we sent there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from core import walls
from delivery.channels.wechat.permissions import permissions_of
from delivery.models import ChannelAccount, ChannelKind, WechatPermission
from guardians.models import Adult, ContactPoint
from guardians.queries import usable_contact_points

PAGE = "https://mp.weixin.qq.com/mp/subscribemsg"
SCENES = 10_000  # WeChat counts scenes from 0 to 10000; two taps of one scene are one message
LOW = 2  # permissions; a week's question may be sent twice


@dataclass(frozen=True)
class TapAsk:
    """The question to one adult for one account, with the next scene. `left`: permissions that are left."""

    account: ChannelAccount
    address: str
    scene: int
    left: int

    @property
    def is_low(self) -> bool:
        return self.left < LOW

    @property
    def template(self) -> str:
        return self.account.config.get("one_time_template") or ""

    @property
    def reserved(self) -> str:
        """Return our signature over account, address and scene, which WeChat hands back with the answer."""
        said = f"{self.account.pk}:{self.address}:{self.scene}"
        return salted_hmac("messaging.wechat_taps", said, algorithm="sha256").hexdigest()

    def url(self, back: str) -> str:
        """Return the address of WeChat's page.

        `back` is the full address of our page to which it leads back.
        """
        values = {
            "action": "get_confirm",
            "appid": self.account.config.get("app_id", ""),
            "scene": self.scene,
            "template_id": self.template,
            "redirect_url": back,
            "reserved": self.reserved,
        }
        return f"{PAGE}?{urlencode(values)}#wechat_redirect"

    def is_confirmed(self, told: dict[str, Any]) -> bool:
        """Return whether this answers our question, from this WeChat, with a yes."""
        return (
            told.get("action") == "confirm"
            and told.get("openid") == self.address
            and told.get("template_id") == self.template
            and told.get("scene") == str(self.scene)
            and constant_time_compare(told.get("reserved", ""), self.reserved)
        )


def ask_of(adult: Adult) -> TapAsk | None:
    """Return the question; None if the school uses no taps, or we may not write to this adult's WeChat."""
    points = usable_contact_points().filter(adult=adult, kind=ContactPoint.Kind.WECHAT)
    account = next(iter(_one_time([adult.school_id])), None)
    point = points.first() if account else None
    if account is None or point is None or adult.opted_out_at:
        return None
    if point.issuer not in ("", account.config.get("app_id")):
        return None
    template = account.config.get("one_time_template") or ""
    mine = permissions_of(account).filter(address=point.address, template=template)
    left = mine.filter(taken_at=None).count()
    scene = _taps(account, point.address) % SCENES + 1
    return TapAsk(account, point.address, scene, left)


@walls.every_school("WeChat counts a person's taps by its account, whichever school asked for them")
def _taps(account: ChannelAccount, address: str) -> int:
    shared = ChannelAccount.objects.filter(
        kind=ChannelKind.WECHAT, config__app_id=account.config.get("app_id")
    )
    taps = WechatPermission.objects.filter(account__in=shared, address=address)
    return taps.exclude(scene=None).count()


def stocks_of(adult_ids: Collection[int]) -> dict[int, int]:
    """Return adult id → how many messages WeChat still allows, for adults at schools that use taps.

    One query if none of them has a WeChat, else three.
    """
    points = usable_contact_points().filter(adult_id__in=adult_ids, kind=ContactPoint.Kind.WECHAT)
    rows = list(points.values_list("adult_id", "school_id", "address", "issuer"))
    if not rows:
        return {}
    accounts = {one.school_id: one for one in _one_time({school for _a, school, *_p in rows})}
    counted = (
        WechatPermission.objects.filter(
            school__in=accounts,
            address__in={address for _a, _s, address, _i in rows},
            taken_at=None,
        )
        .order_by()
        .values_list("school_id", "account__config__app_id", "address", "template")
        .annotate(left=Count("pk"))
    )
    left = {tuple(key): number for *key, number in counted}
    found: dict[int, int] = {}
    for adult_id, school_id, address, issuer in rows:
        account = accounts.get(school_id)
        if account and issuer in ("", account.config.get("app_id")):
            template = account.config.get("one_time_template") or ""
            key = (school_id, account.config.get("app_id"), address, template)
            found.setdefault(adult_id, left.get(key, 0))
    return found


def _one_time(school_ids: Collection[int]) -> QuerySet[ChannelAccount]:
    """Return each school's account that uses taps, if any."""
    rows = ChannelAccount.objects.filter(
        school_id__in=school_ids,
        kind=ChannelKind.WECHAT,
        is_enabled=True,
        config__mode="one_time",
    )
    return rows.order_by("school_id", "priority", "pk").distinct("school_id")
