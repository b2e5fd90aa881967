"""Records what an adult allowed on WeChat's own page, from the address with which WeChat leads back."""

from datetime import datetime

from delivery.actions.incoming import note_permission
from delivery.channels.base import Permission
from delivery.channels.wechat.taps import ask_of
from guardians.models import Adult


def note_tap(*, adult: Adult, told: dict[str, str], at: datetime) -> bool:
    """Allow one more message to this adult. Return False for a no, a repeat, or an answer to another
    question.
    """
    ask = ask_of(adult)
    if ask is None or not ask.is_confirmed(told):
        return False
    permission = Permission(
        address=ask.address,
        template=ask.template,
        is_granted=True,
        source=f"{ask.address}:tap:{ask.scene}",
    )
    return note_permission(account=ask.account, permission=permission, at=at, scene=ask.scene)
