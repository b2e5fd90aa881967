"""What the parents with an open question have received, with links that work."""

from delivery.models import DemoPhoneMessage, OutboxMessage
from messaging import links, texts
from schools.models import School


def fill(school: School) -> None:
    sent = OutboxMessage.objects.filter(
        school=school, kind=OutboxMessage.Kind.CHECK_IN, state=OutboxMessage.State.ACCEPTED
    ).select_related("adult")
    DemoPhoneMessage.objects.bulk_create(
        DemoPhoneMessage(
            school=school,
            idempotency_key=message.idempotency_key,
            adult_id=message.adult_id,
            address=message.address,
            text=_question(message, message.adult.language, school),
            received_at=message.due_at,
        )
        for message in sent
        if message.adult
    )


def _question(message: OutboxMessage, language: str, school: School) -> str:
    url = links.check_in_url(
        check_in_id=message.about_id or 0,
        adult_id=message.adult_id or 0,
        contact_point_id=message.contact_point_id,
    )
    return texts.question(
        language=language,
        url=url,
        school=school.name,
        teacher_surname="",
        again=bool(message.step),
    ).body
