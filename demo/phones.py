"""The messages received by parents with an open question, with links that work."""

from delivery.models import DemoPhoneMessage, OutboxMessage
from messaging import links, texts
from schools.models import School


def fill(school: School) -> None:
    sent = OutboxMessage.objects.filter(
        school=school, kind=OutboxMessage.Kind.CHECK_IN, state=OutboxMessage.State.ACCEPTED
    ).select_related("adult")
    messages = []
    for message in sent:
        if not message.adult:
            continue
        url = links.check_in_url(
            check_in_id=message.about_id or 0,
            adult_id=message.adult_id or 0,
            contact_point_id=message.contact_point_id,
        )
        question = texts.question(
            language=message.adult.language,
            url=url,
            school=school.name,
            teacher_surname="",
            again=bool(message.step),
        )
        messages.append(
            DemoPhoneMessage(
                school=school,
                idempotency_key=message.idempotency_key,
                adult_id=message.adult_id,
                address=message.address,
                text=question.body,
                received_at=message.due_at,
            )
        )
    DemoPhoneMessage.objects.bulk_create(messages)
