"""The link at which WeChat asks an adult whether one more message may come, and what is left.

No script of WeChat's is needed: its page asks, and leads back with the answer. What comes back is not
signed by WeChat; `reserved` is ours, so that only the adult whom we sent there is counted.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.crypto import constant_time_compare, salted_hmac

from guardians.models import Adult, ContactPoint
from guardians.queries import usable_contact_points
from messaging.models import ChannelAccount, ChannelKind, WechatPermission

PAGE = "https://mp.weixin.qq.com/mp/subscribemsg"
SCENES = 10_000  # WeChat counts scenes from 0 to 10000; two taps of one scene are one message
LOW = 2  # permissions; a week's question may go twice (asked again)


@dataclass(frozen=True)
class TapAsk:
    """One adult, one account, the next scene; `left` permissions are there already."""

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
        said = f"{self.account.pk}:{self.address}:{self.scene}"
        return salted_hmac("messaging.wechat_taps", said, algorithm="sha256").hexdigest()

    def url(self, back: str) -> str:
        """`back`: the whole address of our page to which WeChat leads back."""
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
        """Whether this is the answer to our question, by this very WeChat, and a yes."""
        return (
            told.get("action") == "confirm"
            and told.get("openid") == self.address
            and told.get("template_id") == self.template
            and told.get("scene") == str(self.scene)
            and constant_time_compare(told.get("reserved", ""), self.reserved)
        )


def ask_of(adult: Adult) -> TapAsk | None:
    """None where the school asks for no taps, or this adult has no WeChat that may be written to."""
    points = usable_contact_points().filter(adult=adult, kind=ContactPoint.Kind.WECHAT)
    account = _account_of(adult)
    point = points.first() if account else None
    if account is None or point is None or adult.opted_out_at:
        return None
    rows = WechatPermission.objects.filter(account=account, address=point.address)
    template = account.config.get("one_time_template") or ""
    left = rows.filter(taken_at=None, template=template).count()
    taps = rows.exclude(scene=None).count()
    return TapAsk(account, point.address, taps % SCENES + 1, left)


def _account_of(adult: Adult) -> ChannelAccount | None:
    rows = ChannelAccount.objects.filter(
        school_id=adult.school_id, kind=ChannelKind.WECHAT, is_enabled=True
    )
    return rows.filter(config__mode="one_time").order_by("priority", "pk").first()
