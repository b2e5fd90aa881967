"""Notices of the cast: written by the teacher to the own class, or by the principal to the school."""

from datetime import datetime, timedelta
from uuid import uuid4

from core import clock
from delivery import links as sealed
from notices import actions
from notices.for_systems import actions as texts
from notices.models import Notice, NoticeAnswer, NoticeChild, SystemText
from notices.policies import family_lines_of, signable
from schools.policies import today_in
from tests.factories.cast import Cast

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def draft(cast: Cast, *, by: str = "teacher", at: datetime | None = None, **more) -> Notice:
    at = at or clock.now()
    own = cast.school_class.pk
    said = {
        "key": uuid4(),
        "kind": "confirm",
        "title": "周五的家长会",
        "words": "周五下午三点，教室见。来不了的，请您告诉我们。",
        "due_on": today_in(cast.school, at) + timedelta(days=5),
        "one_is_enough": True,
        "scope": "classes" if by == "teacher" else "school",
        "picked": [own] if by == "teacher" else [],
    }
    content = actions.Content(**(said | more))
    return actions.write(school=cast.school, content=content, by=cast.users[by], at=at)


def sent(cast: Cast, *, at: datetime | None = None, **more) -> Notice:
    """Gone out at `at`."""
    at = at or clock.now()
    notice = draft(cast, at=at - timedelta(minutes=2), **more)
    actions.schedule(notice=notice, starts_at=at, at=at - timedelta(minutes=2))
    actions.send_due(at=at)
    notice.refresh_from_db()
    return notice


def answers(cast: Cast, notice: Notice, who: str = "mother", *, at: datetime | None = None) -> bool:
    """Confirms, or signs under the name on record."""
    at, adult = at or clock.now(), cast.adults[who]
    on = today_in(cast.school, at)
    lines = family_lines_of(notice.pk, [adult], on)
    if notice.wants_signature:
        lines = signable(adult, lines, on)
    return actions.answer(
        notice=notice,
        adult=adult,
        lines=lines,
        at=at,
        signed_as=adult.name if notice.wants_signature else "",
    )


def keep_text(cast: Cast, by: str = "principal", **words: str) -> SystemText:
    """Words that other systems may send."""
    given = {"title": "校车晚点", "words": "今天校车会晚到半小时左右，请您放心等候。"}
    return texts.keep_text(
        school=cast.school, key=uuid4(), by=cast.users[by], at=clock.now(), **given | words
    )


def token_of(notice: Notice, adult) -> str:
    return sealed.seal("notice", notice.pk, adult.pk)


def matrix_objects(cast: Cast, name: str) -> dict[str, object]:
    """Arguments of one address of the access matrix, with the row behind it."""
    space, _, page = name.partition(":")
    if space not in ("notices", "family_notices"):
        return {}
    if page in ("texts", "text_end"):
        return {"pk": keep_text(cast).pk}
    if page in ("preview", "edit", "send", "discard"):
        return {"pk": draft(cast).pk}
    if page == "take_back":
        notice = draft(cast)
        actions.schedule(notice=notice, starts_at=None, at=clock.now())
        return {"pk": notice.pk}
    files = [actions.NewFile(name="通知.pdf", pdf=PDF)]
    notice = sent(cast, files=files)
    file, line = (
        notice.files.get(),
        NoticeChild.objects.get(notice=notice, student=cast.students["mengyao"]),
    )
    given = {"pk": notice.pk, "file_pk": file.pk, "token": token_of(notice, cast.adults["mother"])}
    if page == "file" and space == "notices":
        given["pk"] = file.pk
    if page == "told":
        given["pk"] = line.pk
    if page == "withdraw":
        actions.answer(
            notice=notice,
            adult=cast.adults["mother"],
            lines=[line],
            via="phone",
            by=cast.users["teacher"],
            at=clock.now(),
        )
        given["pk"] = NoticeAnswer.objects.get().pk
    return given
