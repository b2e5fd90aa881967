"""The number of messages that WeChat still allows to one adult, in words for staff."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from delivery.channels.wechat.taps import LOW


def stock_words(left: int) -> str:
    """Return how many messages may still be sent, and when we ask for the next permission."""
    if left == 0:
        return _("WeChat: no message can be sent now. The next answer in WeChat asks for a tap.")
    words = ngettext(
        "WeChat: %(n)d message can still be sent.",
        "WeChat: %(n)d messages can still be sent.",
        left,
    ) % {"n": left}
    if left < LOW:
        return f"{words} {_('The next answer asks for another tap.')}"
    return f"{words} {_('We ask for another tap when fewer than two are left.')}"
