"""The kinds of accounts that a county may give, and the rules for when a school uses its copy."""

from delivery.channels.models import ChannelKind

# By what they reach: a school that uses an account of its own of one of these kinds does not use the
# county's. Notices on the screen need no account, and a staff group belongs to one school.
GIVEN = {
    "wechat": (ChannelKind.WECHAT,),
    "wecom": (ChannelKind.WECOM,),
    "phone": (ChannelKind.ALIBABA_SMS, ChannelKind.TENCENT_SMS, ChannelKind.SMS),
    "call": (ChannelKind.ALIBABA_CALL, ChannelKind.TENCENT_CALL, ChannelKind.VOICE),
    "email": (ChannelKind.EMAIL,),
}
KINDS = tuple(kind for kinds in GIVEN.values() for kind in kinds)
# By what they reach: a person's id there belongs to one account, so a second account could write to nobody.
SINGLE = ("wechat", "wecom", "push")
