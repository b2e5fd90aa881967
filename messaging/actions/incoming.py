"""What comes in is kept at once, whoever sent it; threads decides where it belongs."""

from datetime import datetime

from messaging.models import ChannelAccount, IncomingMessage
from uploads.models import Upload

TEXT_AT_MOST = 4000  # characters; a long SMS has 1,000, a WeChat text 2,048


def take_in(
    *,
    account: ChannelAccount,
    provider_id: str,
    address: str,
    address_kind: str,
    text: str,
    at: datetime,
    sent_at: datetime | None = None,
    upload: Upload | None = None,
) -> bool:
    """Keeps what a provider delivered; False where this `provider_id` is known already.

    `address` as a contact point has it (E.164, an open id), `at` when it reached us.
    """
    row = IncomingMessage(
        school_id=account.school_id,
        account=account,
        provider_id=provider_id[:120],
        address=address[:254],
        address_kind=address_kind,
        text=text.replace("\x00", "")[:TEXT_AT_MOST],
        upload=upload,
        sent_at=sent_at,
        received_at=at,
    )
    known = IncomingMessage.objects.filter(account=account, provider_id=row.provider_id)
    had = known.exists()
    IncomingMessage.objects.bulk_create([row], ignore_conflicts=True)
    return not had
