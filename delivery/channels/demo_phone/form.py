from django.utils.translation import gettext_lazy

from delivery.channels.settings_form import ChannelForm
from delivery.models import ChannelKind


class TestPhoneForm(ChannelForm):
    """There is nothing to fill in. It is offered only on a copy for trying out (settings.TEST_PHONE)."""

    kind = ChannelKind.DEMO_PHONE
    NOTE = gettext_lazy(
        "Nothing leaves this server: every message to a phone number appears under “Demo phone” in the menu,"
        " with links that work. For trying out only: staff who open that page can read the codes by which"
        " families sign in."
    )
