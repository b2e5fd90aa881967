"""Conversations of the cast: a mother writes about 徐梦瑶, texts that nobody can place."""

from datetime import datetime
from uuid import uuid4

from core import clock
from delivery import actions as messaging
from delivery.models import ChannelAccount, IncomingMessage
from tests.factories.cast import Cast
from tests.factories.files import as_file, wav
from threads import actions
from threads.models import CallBack, Routing, Thread, ThreadMessage


def voice_file(seconds: float = 1.0):
    return as_file(wav(seconds), "voice.wav", "audio/wav")


def said(text: str = "老师，她晚上还咳嗽吗？", **more) -> actions.Said:
    return actions.Said(**{"key": uuid4(), "text": text, **more})


def mother_writes(
    cast: Cast, text: str = "老师，她晚上还咳嗽吗？", *, at: datetime | None = None, **more
) -> ThreadMessage:
    """The first word of a thread about 徐梦瑶; `child=None`: about nothing in particular."""
    child = more.pop("child", "mengyao")
    return actions.begin_from_family(
        adult=cast.adults["mother"],
        student=cast.students[child] if child else None,
        said=said(text, **more),
        by=cast.users["mother"],
        at=at or clock.now(),
    )


def mother_writes_on(cast: Cast, thread: Thread, at: datetime) -> ThreadMessage:
    return actions.say_from_family(
        thread=thread, adult=cast.adults["mother"], said=said("还有一件事"), by=None, at=at
    )


def teacher_writes(cast: Cast, *keys: str, at: datetime | None = None, **more) -> ThreadMessage:
    """To these adults about 徐梦瑶; to her mother where nobody is named."""
    return actions.begin_from_school(
        student=cast.students["mengyao"],
        adults=[cast.adults[key] for key in keys or ("mother",)],
        said=said(more.pop("text", "梦瑶今天教同桌竖式除法。"), **more),
        by=cast.users["teacher"],
        at=at or clock.now(),
    )


def text_in(
    cast: Cast,
    text: str,
    *,
    address: str = "+8613893510001",
    at: datetime | None = None,
    provider_id: str = "",
    upload=None,
) -> IncomingMessage:
    """A text as the SMS provider delivers it."""
    account, _new = ChannelAccount.objects.get_or_create(school=cast.school, kind="sms")
    provider_id = provider_id or str(uuid4())
    messaging.take_in(
        account=account,
        provider_id=provider_id,
        address=address,
        address_kind="phone",
        text=text,
        at=at or clock.now(),
        upload=upload,
    )
    return IncomingMessage.objects.get(account=account, provider_id=provider_id)


def in_the_tray(cast: Cast, text: str = "我是三年级的家长", **more) -> Routing:
    row = text_in(cast, text, **{"address": "+8613900000009", **more})
    actions.land_incoming(at=more.get("at") or clock.now())
    return Routing.objects.get(incoming=row)


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    """Arguments of one address of the access matrix, with the row behind it."""
    space, _, page = name.partition(":")
    if space not in ("threads", "family_threads"):
        return {}
    if page in ("assign", "dismiss", "back", "tray_file"):
        upload = _voice(cast) if page == "tray_file" else None
        return {"pk": in_the_tray(cast, upload=upload).pk}
    if page in ("retire_phrase", "restore_phrase"):
        teacher = cast.users["teacher"]
        phrase = actions.add_phrase(school=cast.school, user=teacher, text="收到", by=teacher)
        return {"pk": phrase.pk}
    if page.startswith("call_back"):
        message = mother_writes(cast, wants_call=True)
        return {"pk": CallBack.objects.get(message=message).pk}
    if page == "file":
        return {"pk": mother_writes(cast, voice=voice_file()).pk, "kind": "voice"}
    # The school has answered: a ping to the mother is on its way.
    message = mother_writes(cast)
    actions.say_from_school(
        thread=message.thread, said=said("好多了"), by=cast.users["teacher"], at=clock.now()
    )
    return {"pk": message.thread_id, "whose": "own", "student_id": cast.students["mengyao"].pk}


def _voice(cast: Cast):
    from uploads.actions import keep_voice

    return keep_voice(
        student=None, school=cast.school, file=voice_file(), key=uuid4(), by=None, at=clock.now()
    )
