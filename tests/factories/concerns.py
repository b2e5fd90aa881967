"""Calls for help from a family, at moments of a school week."""

from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from core import clock
from messaging.models import CheckIn, CheckInLine, Reply
from safeguarding.actions import run_intake
from safeguarding.models import Concern
from tests.days import day_of
from tests.factories.cast import Cast
from tests.factories.threads import voice_file
from uploads.actions import keep_voice

# A Tuesday in term, 10:20 in Shanghai.
AT = datetime(2026, 11, 24, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai"))

NIGHT = datetime(2026, 11, 24, 2, 40, tzinfo=ZoneInfo("Asia/Shanghai"))


def ask(cast: Cast, student: str = "mengyao", adult: str = "mother", at=AT) -> CheckInLine:
    child, grown_up = cast.students[student], cast.adults[adult]
    check_in, _ = CheckIn.objects.get_or_create(
        school=child.school,
        adult=grown_up,
        due_on=day_of(at),
        defaults={"asked_at": at, "expires_at": at + timedelta(days=7)},
    )
    return CheckInLine.objects.create(school=child.school, check_in=check_in, student=child)


def reply(
    line: CheckInLine, act: str = "answer", answer: str = "need_help", at=AT, **said
) -> Reply:
    return Reply.objects.create(
        school=line.school, line=line, key=f"{act}-{answer}", act=act, answer=answer, at=at, **said
    )


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    """A call for help whose reason was told by voice, for the address of that voice."""
    if name != "safeguarding:voice":
        return {}
    at = clock.now()
    line = ask(cast, at=at)
    call = reply(line, at=at)
    upload = keep_voice(student=line.student, file=voice_file(), key=uuid4(), by=None, at=at)
    said = reply(line, "more", "", at=at, voice=upload)
    for _time in range(2):
        run_intake(at)
    concern = Concern.objects.get(source_key=f"reply:{call.pk}")
    return {"pk": concern.pk, "reply_pk": said.pk}
