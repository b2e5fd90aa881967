"""Message kinds of evenings: whether a question still applies, its text and its link (delivery.kinds)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.addresses import page_above
from core.clock import local_date
from delivery.kinds import Answer, Asked, MessageKind, Press, Queued
from delivery.links import url_for
from delivery.models import OutboxMessage
from delivery.texts import Text, signed
from delivery.voice.rules import Script
from guardians.actions import dispute_address
from nights import actions, links, queries, telephone
from nights.models import Asking, Night
from nights.policies import village_nights

GONE = Answer(cause="no_longer_due")
ANSWERED = Answer(cause="answered")


class _AskingKind(MessageKind):
    """`about_id` is the question. Its message is sent while nobody has answered and a child still waits."""

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        waiting = queries.waiting_for_answer({one.about_id for one in asked}, at)
        return {one.message_id: Answer() if one.about_id in waiting else ANSWERED for one in asked}

    def url(self, row: Queued, contact_point_id: int | None) -> str:
        if row.about_id is None or row.adult_id is None:
            return super().url(row, contact_point_id)
        return links.asking_url(row.about_id, contact_point_id, row.adult_id)

    def pressed(self, message: OutboxMessage, press: Press, at: datetime) -> None:
        """Do what a tap on the page would do, by the same rules. No key means no answer."""
        if message.about_id is None or message.adult_id is None:
            return
        point_id = message.contact_point_id
        said = telephone.answer_of(press)
        # Keys of one call arrive in any order: "nobody is there" counts even beside "you do not know us".
        is_no = said is False
        found = links.opened(message.about_id, point_id, message.adult_id, at, even_disputed=is_no)
        if telephone.is_stranger(press):
            # A yes by a key at this number came from nobody we know: what it settled waits again.
            yes_by_key = (Asking.Answer.YES, Asking.How.KEY)
            if found and (found.asking.answer, found.asking.answered_how) == yes_by_key:
                said = False
            if point_id:
                dispute_address(contact_point_id=point_id, address=message.address, at=at)
        if said is not None and found is not None:
            actions.answer(
                asking=found.asking, nights=found.nights, is_yes=said, how=Asking.How.KEY, at=at
            )

    def outweighs(self, press: Press, before: Collection[str]) -> bool:
        """Return whether `press` counts although the call has brought other keys before.

        Of two answers "nobody is there" counts, whichever arrives first; "you do not know us" counts above
        both.
        """
        return telephone.answer_of(press) is False or telephone.is_stranger(press)

    def is_help(self, press: Press) -> bool:
        return telephone.answer_of(press) is False


class AtHomeKind(_AskingKind):
    """Messages of kind `at_home`, to the carer at home."""

    def text(self, row: Queued, **parts: str) -> Text:
        with translation.override(row.language):
            subject = _("Is an adult at home tonight?")
            line = _("%(school)s: Is an adult at home tonight? Please tap once: %(url)s")
            return Text(subject, signed(line % _parts(parts)))

    def script(self, row: Queued, contact_point_id: int | None, **parts: str) -> Script | None:
        return telephone.at_home_call(row.language, row.school_name)


class NearbyKind(_AskingKind):
    """Messages of kind `nearby`: to a neighbour, or without an adult to the village worker."""

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        of_village = [one for one in asked if one.adult_id is None]
        waiting = queries.open_nights().filter(pk__in={one.about_id for one in of_village})
        open_ids = set(waiting.values_list("pk", flat=True))
        told = {
            one.message_id: Answer() if one.about_id in open_ids else GONE for one in of_village
        }
        return told | super().answers([one for one in asked if one.adult_id is not None], at)

    def url(self, row: Queued, contact_point_id: int | None) -> str:
        if row.user_id is not None:
            return url_for(path=page_above("village_list"))
        return super().url(row, contact_point_id)

    def text(self, row: Queued, **parts: str) -> Text:
        with translation.override(row.language):
            subject = _("Can you be with a child tonight?")
            line = _("%(school)s: Can you be with a child tonight? Please open: %(url)s")
            return Text(subject, signed(line % _parts(parts)))

    def script(self, row: Queued, contact_point_id: int | None, **parts: str) -> Script | None:
        if row.user_id is not None:
            return telephone.village_call(row.language, row.school_name)
        asking = Asking.objects.select_related("adult").filter(pk=row.about_id or 0).first()
        waiting = queries.nights_of(asking, clock.now()) if asking else []
        count = sum(night.is_open for night in waiting)
        return telephone.nearby_call(row.language, row.school_name, count) if count else None

    def pressed(self, message: OutboxMessage, press: Press, at: datetime) -> None:
        if message.user_id is None:
            super().pressed(message, press, at)
            return
        by = User.objects.filter(pk=message.user_id, is_active=True).first()
        if by is None or telephone.answer_of(press) is not True:
            return
        rows: list[Night] = list(
            village_nights(by, local_date(at)).filter(pk=message.about_id or 0)
        )
        for night in rows:
            actions.go(night=night, by=by, at=at)


def _parts(parts: dict[str, str]) -> dict[str, str]:
    return {"school": parts["school"], "url": parts["url"]}
