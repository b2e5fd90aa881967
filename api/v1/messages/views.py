"""Messages to families: a text from the school's own list, for the families of some children.

Other systems can reach no single adult or number here, and cannot write a text of their own.
"""

from typing import Any, cast

from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.description.examples import MESSAGE, MESSAGE_TAKEN, TEXTS
from api.models import Scope
from api.policies import children_of
from api.problems import Refused
from api.repeats import ONCE, once
from api.v1.messages.serializers import MessageIn, MessageOut, TextsOut
from api.views import ApiView
from notices.for_systems.actions import send_text
from notices.for_systems.policies import sent_for, texts_to_send
from notices.for_systems.reported import is_another, key_of_message, problems_of
from notices.models import Notice, NoticeChild
from notices.queries import Counts, counts_of
from schools.models import School
from surveys.rules import in_tens

TAG = cast(str, _("Messages to families"))
STATES = {
    Notice.State.SCHEDULED: "waiting",
    Notice.State.SENT: "sent",
    Notice.State.DRAFT: "stopped",
    Notice.State.RECALLED: "stopped",
}


class Texts(ApiView):
    scopes = {"GET": Scope.WRITE_MESSAGES}

    @extend_schema(
        operation_id="message_texts",
        tags=[TAG],
        summary=_("The texts that may be sent"),
        description=_(
            "Words that a colleague of the school keeps for other systems and answers for."
        ),
        responses=TextsOut,
        examples=[TEXTS],
    )
    def get(self, request: Request) -> Response:
        return Response(TextsOut({"texts": texts_to_send(self.school, self.on)}).data)


class Messages(ApiView):
    scopes = {"POST": Scope.WRITE_MESSAGES}

    @extend_schema(
        operation_id="message_send",
        tags=[TAG],
        summary=_("Send a text to families"),
        description=_(
            "It is sent like a notice of the school: to the adults the school writes to about "
            "these children, at hours when they are awake, unless somebody at the school withdraws "
            "it within a minute. A family gets the same text at most once a day."
        ),
        parameters=[ONCE],
        request=MessageIn,
        responses=MessageOut,
        examples=[MESSAGE, MESSAGE_TAKEN],
    )
    def post(self, request: Request) -> Response:
        return once(request, self.token, self.at, self._send)

    def _send(self) -> tuple[int, dict[str, Any]]:
        given = MessageIn(data=self.request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        School.objects.select_for_update(no_key=True).get(pk=self.school.pk)  # one at a time
        text = next(
            (one for one in texts_to_send(self.school, self.on) if one.pk == int(data["text"])),
            None,
        )
        if text is None:
            raise Refused([("/text", gettext("The school has no such text for other systems."))])
        children = [int(one) for one in data["students"]]
        key = key_of_message(self.school.pk, self.token.account, data["id"])
        known = Notice.objects.filter(key=key, school=self.school).first()
        if known is None:
            seen = children_of(self.caller, self.on)
            problems = problems_of(text, children, seen, self.school, self.at)
            if problems:
                raise Refused([(f"/students/{one.place}", one.words) for one in problems])
        elif is_another(known, text, children):
            raise Refused([("/id", gettext("This id was used for another message."))])
        notice = known or send_text(
            text=text, children=set(children), key=key, sent_for=self.token.account, at=self.at
        )
        return 200, MessageOut(_told(notice, data["id"])).data


class Message(ApiView):
    scopes = {"GET": Scope.WRITE_MESSAGES}

    @extend_schema(
        operation_id="message",
        tags=[TAG],
        summary=_("What became of a message"),
        description=_(
            "Counts of families in tens, never which family, and nothing of fewer than ten."
        ),
        responses=MessageOut,
        examples=[MESSAGE_TAKEN],
    )
    def get(self, request: Request, key: str) -> Response:
        rows = sent_for(self.token.account, self.school)
        found = rows.filter(key=key_of_message(self.school.pk, self.token.account, key)).first()
        if found is None:
            raise Http404
        return Response(MessageOut(_told(found, key)).data)


def _told(notice: Notice, given: str) -> dict[str, Any]:
    rows = NoticeChild.objects.filter(notice=notice)
    counts = counts_of([notice.pk], rows).get(notice.pk, Counts())
    return {
        "id": given,
        "state": STATES[Notice.State(notice.state)],
        "students": len(notice.picked),
        "families": in_tens(counts.families),
        "read": in_tens(counts.settled),
    }
