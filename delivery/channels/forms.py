"""The settings form of each channel, one line each. A kind without one needs no settings."""

from typing import Any

from delivery.channels.alibaba_call.form import AlibabaCallForm
from delivery.channels.alibaba_sms.form import AlibabaSmsForm
from delivery.channels.apprise.form import AppriseForm
from delivery.channels.demo_call.form import TestCallForm
from delivery.channels.demo_phone.form import TestPhoneForm
from delivery.channels.email.form import EmailChannelForm
from delivery.channels.push.form import PushForm
from delivery.channels.settings_form import ChannelForm
from delivery.channels.sms_gateway.form import SmsChannelForm
from delivery.channels.tencent_call.form import TencentCallForm
from delivery.channels.tencent_sms.form import TencentSmsForm
from delivery.channels.voice_gateway.form import VoiceForm
from delivery.channels.wechat.form import WechatForm
from delivery.channels.wecom.form import WecomForm
from delivery.models import ChannelAccount, CountyAccount

FORMS: dict[str, type[ChannelForm]] = {
    "wechat": WechatForm,
    "wecom": WecomForm,
    "alibaba_sms": AlibabaSmsForm,
    "tencent_sms": TencentSmsForm,
    "sms": SmsChannelForm,
    "email": EmailChannelForm,
    "push": PushForm,
    "apprise": AppriseForm,
    "alibaba_call": AlibabaCallForm,
    "tencent_call": TencentCallForm,
    "voice": VoiceForm,
    "demo_phone": TestPhoneForm,
    "demo_call": TestCallForm,
}


def form_for(kind: str, account: ChannelAccount | CountyAccount | None, data: Any) -> ChannelForm:
    """Return the form of a new account or of a stored one. KeyError for a kind that has none."""
    form_class = FORMS[kind]
    initial = form_class.initial_of(account.config if account else {})
    initial |= {
        "name": account.name if account else "",
        "is_enabled": account is None or account.is_enabled,
    }
    return form_class(data, initial=initial, has_secret=bool(account and account.secret))
