"""How dispatch handles a weekly e-mail."""

from collections.abc import Sequence
from datetime import datetime

from dashboards.models import WeeklyMail
from dashboards.weekly.policies import still_read
from delivery.kinds import Answer, Asked, MessageKind, Queued
from delivery.texts import Text, signed


class WeeklyKind(MessageKind):
    """A weekly e-mail, sent as long as its reader wants it and may open the dashboard."""

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        rows = WeeklyMail.objects.filter(pk__in=[one.about_id for one in asked])
        wanted = {row.pk for row in still_read(rows, at)}
        return {one.message_id: Answer() for one in asked if one.about_id in wanted}

    def text(self, row: Queued, **parts: str) -> Text:
        body = f"{row.payload['body']}\n{parts['url']}"
        return Text(row.payload["subject"], signed(body), row.payload["body"])
