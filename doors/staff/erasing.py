"""A child's file is deleted for good: every row that hangs on it, its history, and what was sent about it.

No list of tables: whatever points at the child, in any room, goes with it, so that a new room is not
forgotten. Only what `KEPT` names stays, emptied of what tells of a person.
Why, and what stays: docs/decisions/0010-erasing-a-child.md.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

import pgtrigger
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import models, transaction
from django.utils import translation
from pghistory.models import Event

from accounts.models import User
from counselling.cases import queries as case_queries
from delivery.models import (
    DeliveryReceipt,
    DemoPhoneMessage,
    IncomingMedia,
    IncomingMessage,
    OutboxMessage,
    WechatPermission,
)
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.models import Merge as AdultMerge
from messaging.models import CheckIn
from messaging.queries.sent import sent_for
from privacy import requests
from privacy.models import DataRequest
from rosters.models import RosterImport, RosterResult
from safeguarding.models import Concern, Report
from students.models import Student
from threads.models import Landing, ThreadMessage
from uploads.models import Upload, UploadContent

Model = type[models.Model]
Rows = dict[Model, set[int]]

# Rows that outlive the child, and the fields that stay in them; every other field is emptied.
KEPT: dict[str, str] = {
    "guardians.Adult": "id school created_at",
    "delivery.OutboxMessage": (
        "id school dedupe_key idempotency_key kind adult user step channel account state due_at "
        "expires_at "
        "attempt_count deaths look_ups cause created_at finished_at"
    ),
    "delivery.Attempt": "id school message channel account result cause at",
    "delivery.DeliveryReceipt": (
        "id school account digest verdict cause code received_at message settled_at is_proof"
    ),
    "privacy.DataRequest": (
        "id school adult kind state key asked_at due_on checked_by checked_at answer answered_by "
        "answered_at"
    ),
    "rosters.RosterResult": "id roster_import row_number kind",
    "rosters.RosterImport": (
        "id school uploaded_by uploaded_at file_name sheet mapping state rows_total started_by "
        "queued_at attempts finished_at failure made_class_ids undone_at undone_by"
    ),
}
UNSENT = ("due", "retry", "claimed")


def erase(*, request: DataRequest, by: User, at: datetime) -> bool:
    """Carries a cleared deletion out, in one transaction. A second call changes nothing.

    False, and back to the check, where a concern about the child was opened since somebody looked, or
    somebody works with the child in a case.
    """
    with transaction.atomic():
        locked = DataRequest.objects.select_for_update().get(pk=request.pk)
        if locked.state != DataRequest.State.CLEARED or locked.student is None:
            return locked.state == DataRequest.State.DONE
        student = Student.objects.select_for_update().get(pk=locked.student.pk)
        if _is_needed(student, locked):
            requests.check_again(request=locked)
            return False
        with translation.override(locked.adult.language):
            words = translation.gettext("The file was deleted, and all that hung on it.")
        # Append-only tables refuse to forget; this is the one place where they must.
        with pgtrigger.ignore():
            _erase(student)
        requests.answer(request=locked, by=by, is_done=True, words=words, at=at)
    return True


def _is_needed(student: Student, request: DataRequest) -> bool:
    concerns = Concern.objects.filter(student=student)
    since = models.Q(opened_at__gt=request.checked_at)
    is_worried = concerns.filter(models.Q(closed_at=None) | since).exists()
    # A report of suspected harm is evidence: with it the file stays until a court or an office decides.
    is_evidence = Report.objects.filter(student=student).exists()
    return is_worried or is_evidence or case_queries.is_open_about(student)


def _erase(student: Student) -> None:
    pointing = _pointing()
    adults = _adults_of_nobody_else(student, pointing)
    gone = _hanging_on(Student, {student.pk}, pointing)
    for model, keys in _hanging_on(Adult, adults, pointing).items():
        gone[model] |= keys
    gone[Adult] = set()
    _take_what_they_said(gone)
    accounts = _accounts_of(adults)
    _empty_kept(student, adults)
    _forget_phones_of_demo(student)
    _forget_taps(adults)
    _cut_loose(gone, pointing)
    _forget_history(gone, {Student: {student.pk}, Adult: adults})
    for model, keys in gone.items():
        _delete(model, keys)
    _close_empty_questions(student)
    _empty_accounts(accounts, pointing)


def _pointing() -> dict[Model, list[tuple[Model, models.ForeignKey]]]:
    """model → (other, its foreign key to the model), over all rooms; histories are apart."""
    found = defaultdict(list)
    for other in apps.get_models(include_auto_created=True):
        if issubclass(other, Event) or other._meta.proxy or not other._meta.managed:
            continue
        for field in other._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                found[field.related_model].append((other, field))
    return found


def _hanging_on(start: Model, keys: set[int], pointing) -> Rows:
    """The rows themselves and all that cannot be without them, however far away."""
    found: Rows = defaultdict(set)
    found[start] |= keys
    queue = [(start, keys)]
    while queue:
        model, new = queue.pop()
        for other, field in pointing[model]:
            if other._meta.label in KEPT or field.remote_field.on_delete is models.SET_NULL:
                continue
            rows = other._base_manager.filter(**{f"{field.name}__in": new})
            more = set(rows.values_list("pk", flat=True)) - found[other]
            if more:
                found[other] |= more
                queue.append((other, more))
    return found


def _adults_of_nobody_else(student: Student, pointing) -> set[int]:
    """Adults who are or were around this child, and of whom no row speaks of another child."""
    history = Guardianship.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        student_id=student.pk
    )
    around = set(Guardianship.objects.filter(student=student).values_list("adult_id", flat=True))
    around |= set(history.values_list("adult_id", flat=True))
    around |= set(AdultMerge.objects.filter(kept_id__in=around).values_list("closed_id", flat=True))
    existing = set(Adult.objects.filter(pk__in=around).values_list("pk", flat=True))
    return {pk for pk in existing if not _speaks_of_another(pk, student, pointing)}


def _speaks_of_another(adult_id: int, student: Student, pointing) -> bool:
    for model, keys in _hanging_on(Adult, {adult_id}, pointing).items():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Student:
                rows = model._base_manager.filter(pk__in=keys, **{f"{field.name}__isnull": False})
                if rows.exclude(**{field.name: student.pk}).exists():
                    return True
    return False


def _forget_taps(adults: set[int]) -> None:
    """What these adults allowed in WeChat is kept by their number there."""
    points = ContactPoint.objects.filter(adult_id__in=adults, kind=ContactPoint.Kind.WECHAT)
    for school_id, address in points.values_list("school_id", "address"):
        for model in (WechatPermission, IncomingMedia):
            model._base_manager.filter(school_id=school_id, address=address).delete()


def _take_what_they_said(gone: Rows) -> None:
    """Texts that came in, and photos and voices about no child, hang on nobody: they go with the words
    of a conversation that held them.
    """
    said = ThreadMessage.objects.filter(pk__in=gone[ThreadMessage])
    texts = set(said.exclude(incoming=None).values_list("incoming_id", flat=True))
    files = set(said.values_list("photo_id", flat=True)) | set(
        said.values_list("voice_id", flat=True)
    )
    files |= set(IncomingMessage.objects.filter(pk__in=texts).values_list("upload_id", flat=True))
    gone[IncomingMessage] |= texts
    gone[Landing] |= set(Landing.objects.filter(incoming__in=texts).values_list("pk", flat=True))
    gone[Upload] |= files - {None}
    contents = UploadContent.objects.filter(upload__in=gone[Upload])
    gone[UploadContent] |= set(contents.values_list("pk", flat=True))


def _empty_kept(student: Student, adults: set[int]) -> None:
    """Message states stay for the figures of what was sent; addresses, words and names go."""
    messages = OutboxMessage.objects.filter(adult_id__in=adults)
    messages.filter(state__in=UNSENT).update(state=OutboxMessage.State.SUPPRESSED)
    attempts = apps.get_model("delivery.Attempt").objects.filter(message__in=messages)
    receipts = DeliveryReceipt.objects.filter(message__in=messages)
    asked = DataRequest.objects.filter(models.Q(student=student) | models.Q(adult_id__in=adults))
    results = RosterResult.objects.filter(student=student)
    imports = RosterImport.objects.filter(
        pk__in=list(results.values_list("roster_import_id", flat=True))
    )
    people = Adult.objects.filter(pk__in=adults)
    for rows in (attempts, receipts, messages, asked, imports, results, people):
        keys = set(rows.values_list("pk", flat=True))
        _empty(rows.model, keys, KEPT[rows.model._meta.label].split())
        _forget_events_of(rows.model, keys)


def _empty(model: Model, keys: Collection[int], kept: Collection[str]) -> None:
    fields = [field for field in model._meta.concrete_fields if field.name not in kept]
    model._base_manager.filter(pk__in=keys).update(
        **{field.name: _nothing(field) for field in fields}
    )


def _nothing(field: models.Field) -> Any:
    if field.null:
        return None
    if field.has_default():
        return field.get_default()
    return b"" if isinstance(field, models.BinaryField) else ""


def _forget_phones_of_demo(student: Student) -> None:
    """What a demo school's phones show names children in full sentences."""
    shown = DemoPhoneMessage.objects.filter(school=student.school_id)
    shown.filter(text__contains=student.given_name).delete()


def _cut_loose(gone: Rows, pointing) -> None:
    """Rows that stay and point at one that goes lose the pointer."""
    for model, keys in gone.items():
        for other, field in pointing[model]:
            if field.null:
                rows = other._base_manager.filter(**{f"{field.name}__in": keys})
                rows.exclude(pk__in=gone.get(other, set())).update(**{field.name: None})


def _forget_history(gone: Rows, people: Rows) -> None:
    """What the triggers kept: of every row that goes, and of rows gone before that name these people."""
    for model, keys in gone.items():
        _forget_events_of(model, keys)
    for event in apps.get_models():
        if not issubclass(event, Event):
            continue
        for field in event._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and people.get(field.related_model):
                keys = people[field.related_model]
                rows = event._base_manager.filter(**{f"{field.name}__in": keys})
                rows._raw_delete(rows.db)


def _forget_events_of(model: Model, keys: Collection[int]) -> None:
    event = getattr(model, "pgh_event_model", None)
    if event and keys:
        rows = event._base_manager.filter(pgh_obj_id__in=keys)
        rows._raw_delete(rows.db)


def _delete(model: Model, keys: Collection[int]) -> None:
    """Foreign keys are checked when the transaction ends, so the order does not matter."""
    rows = model._base_manager.filter(pk__in=keys)
    rows._raw_delete(rows.db)


def _close_empty_questions(student: Student) -> None:
    """A question that was about this child alone is asked no more."""
    empty = CheckIn.objects.filter(school=student.school_id, lines=None)
    unsent = sent_for(empty.values("pk")).filter(state__in=UNSENT)
    unsent.update(state=OutboxMessage.State.SUPPRESSED)
    empty.update(state=CheckIn.State.CLOSED, next_step_at=None)


def _accounts_of(adults: set[int]) -> set[int]:
    """Accounts that these adults alone sign in with; never one of a member of staff."""
    users = User.objects.filter(adults__in=adults, posts=None, is_staff=False, is_superuser=False)
    found = set(users.values_list("pk", flat=True))
    others = Adult.objects.filter(user_id__in=found).exclude(pk__in=adults)
    return found - set(others.values_list("user_id", flat=True))


def _empty_accounts(accounts: set[int], pointing) -> None:
    """The account stays as the number that the log of readers names; nobody signs in with it."""
    for other, field in pointing[User]:
        if field.remote_field.on_delete is models.CASCADE:
            keys = other._base_manager.filter(**{f"{field.name}__in": accounts})
            for model, rows in _hanging_on(
                other, set(keys.values_list("pk", flat=True)), pointing
            ).items():
                _forget_events_of(model, rows)
                _delete(model, rows)
    for pk in accounts:
        User.objects.filter(pk=pk).update(
            username=f"erased-{pk}",
            name="",
            phone="",
            email="",
            is_active=False,
            password=make_password(None),
        )
    _forget_events_of(User, accounts)
