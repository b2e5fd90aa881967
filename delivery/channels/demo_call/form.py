from django.utils.translation import gettext_lazy

from delivery.channels.settings_form import ChannelForm
from delivery.models import ChannelKind


class TestCallForm(ChannelForm):
    """There is nothing to fill in. It is offered only on a copy for trying out (settings.TEST_PHONE)."""

    kind = ChannelKind.DEMO_CALL
    NOTE = gettext_lazy(
        "Nobody is rung: each call appears under “Demo phone” in the menu, where you pick it up, hear it and"
        " press keys. For trying out only."
    )
