"""Delete a child's file for good: every row that depends on it, its history, and every message about it.

There is no list of tables. Whatever points at the child, in any package, is deleted with it, so no new
package can be forgotten. Only the rows in `KEPT` stay, emptied of everything that identifies a person. Why,
and what stays: docs/decisions/0010-erasing-a-child.md.
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
from classroom.models import Picture
from core import walls
from counselling.cases import queries as case_queries
from counselling.cases import record
from counselling.models import Case
from delivery.models import (
    DeliveryReceipt,
    DemoPhoneMessage,
    IncomingMedia,
    IncomingMessage,
    OutboxMessage,
    VoiceCall,
    WechatPermission,
)
from delivery.rules import UNDER_WAY
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.models import Merge as AdultMerge
from guardians.queries import current_guardianships
from messaging.models import CheckIn
from messaging.queries.sent import sent_for
from privacy import requests
from privacy.models import (
    DataRequest,
    Erasure,
    LedgerChild,
    LedgerFile,
    LedgerSent,
    RetentionHold,
)
from rosters.models import CivilList, RosterImport, RosterResult
from safeguarding.models import Concern, Report
from schools.policies import today_in
from students.models import Student
from threads.models import Routing, ThreadMessage
from uploads.models import Upload, UploadContent

Model = type[models.Model]
Rows = dict[Model, set[int]]
ForeignKeys = dict[
    Model, list[tuple[Model, models.ForeignKey]]
]  # model → (other model, its foreign key to the model)

# Rows that outlive the child, with the fields that stay; all other fields are emptied.
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
    # A sealed log of numbers and days, without text. If a row were missing, the log could no longer be
    # verified.
    "counselling.CaseEntry": (
        "id chain number seal school case kind by about to_state owner until_at row digest at"
    ),
    "rosters.RosterResult": "id roster_import row_number kind",
    "rosters.RosterImport": (
        "id school uploaded_by uploaded_at file_name sheet mapping state rows_total started_by "
        "queued_at attempts finished_at failure made_class_ids undone_at undone_by"
    ),
}


class HeldBack(Exception):
    """Somebody keeps the data of this child, for instance because an office has asked for them."""


def erase(*, request: DataRequest, by: User, at: datetime) -> bool:
    """Carry out a cleared deletion in one transaction. A second call changes nothing. Raise HeldBack.

    Return False and send the request back to the check if a concern about the child was opened since the
    check or is still open, if a case is open, if there is a report of suspected harm, or if the adult who
    asked has been blocked or no longer belongs to the child.
    """
    with transaction.atomic():
        locked = DataRequest.objects.select_for_update().get(pk=request.pk)
        if locked.state != DataRequest.State.CLEARED or locked.student is None:
            return locked.state == DataRequest.State.DONE
        student = Student.objects.select_for_update().get(pk=locked.student.pk)
        if RetentionHold.objects.filter(student=student, lifted_at=None).exists():
            raise HeldBack
        since = models.Q(opened_at__gt=locked.checked_at) | models.Q(closed_at=None)
        ties = current_guardianships(today_in(student.school, at)).filter(adult__blocked_at=None)
        is_needed = (
            Concern.objects.filter(since, student=student).exists()
            # A report of suspected harm is evidence, so the file is kept until a court or an office decides.
            or Report.objects.filter(student=student).exists()
            or case_queries.is_open_about(student)
            # The file may be what protects the child from the adult who wants it gone.
            or not ties.filter(student=student, adult=locked.adult_id).exists()
        )
        if is_needed:
            requests.check_again(request=locked)
            return False
        # What else the family has asked about this file is answered with it; nobody could do so afterwards.
        asked = requests.open_requests().filter(student=student)
        answers = []
        for one in asked:
            with translation.override(one.adult.language):
                words = translation.gettext(
                    "The file and everything connected with it were deleted."
                )
            answers.append((one, words))
        erase_file(student, at)
        for one, words in answers:
            requests.answer_deleted(request=one, by=by, words=words, at=at)
    return True


def erase_again(*, student_key: int, at: datetime) -> bool:
    """Delete a file again that was deleted by right at `at` but came back with a restored backup.

    Requests about it that still wait in the backup are marked as answered again. Return False if there is no
    such file.
    """
    with transaction.atomic():
        student = Student.objects.select_for_update().filter(pk=student_key).first()
        if student is None:
            return False
        asked = DataRequest.objects.filter(student=student, answered_at=None)
        deletions = asked.filter(kind=DataRequest.Kind.DELETION)
        deletions.update(state=DataRequest.State.DONE, answered_at=at)
        asked.update(state=DataRequest.State.REFUSED, answered_at=at)
        erase_file(student, at)
    return True


def erase_file(student: Student, at: datetime) -> None:
    """Delete the file within the caller's transaction, which has locked the child and made sure that nothing
    keeps the file.
    """
    gone = list(Case.objects.filter(student=student))
    # Append-only tables refuse deletions, but here they must allow them.
    with pgtrigger.ignore():
        _erase(student)
    record.append([record.erased_of(case, at) for case in gone])
    Erasure.objects.get_or_create(student_key=student.pk, defaults={"erased_at": at})


@walls.every_school("an account that still has a record elsewhere stays")
def _erase(student: Student) -> None:
    pointing = foreign_keys()
    adults = _adults_of_nobody_else(student, pointing)
    gone = dependent_rows(Student, {student.pk}, pointing)
    for model, keys in dependent_rows(Adult, adults, pointing).items():
        gone[model] |= keys
    gone[Adult] = set()
    _add_pictures(student, gone, pointing)
    add_what_they_said(gone)
    # Accounts used only by these adults, never one of a member of staff.
    users = User.objects.filter(adults__in=adults, posts=None, is_staff=False, is_superuser=False)
    accounts = set(users.values_list("pk", flat=True))
    others = Adult.objects.filter(user_id__in=accounts).exclude(pk__in=adults)
    accounts -= set(others.values_list("user_id", flat=True))
    _empty_kept(student, adults)
    # The phones of a demo school show children's names inside sentences.
    shown = DemoPhoneMessage.objects.filter(school=student.school_id)
    shown.filter(text__contains=student.given_name).delete()
    spoken = VoiceCall.objects.filter(school=student.school_id)
    spoken.filter(script__icontains=student.given_name).delete()
    # The receipts of ledgers stay, because they are also about other children and an office. Files
    # with the child are deleted, and so is text that is about this child alone or names it.
    lines = LedgerChild.objects.filter(student=student)
    sent = LedgerSent.objects.filter(pk__in=list(lines.values_list("sent_id", flat=True)))
    LedgerFile.objects.filter(sent__in=sent).delete()
    beside = LedgerChild.objects.filter(sent=models.OuterRef("pk")).exclude(student=student)
    is_its_own = ~models.Exists(beside) | models.Q(purpose__contains=student.name)
    sent.filter(is_its_own).update(purpose="")
    # The office's list contains names and birthdays, but none of its rows points to a child.
    CivilList.objects.filter(school=student.school_id).delete()
    # Permissions given in WeChat are stored by these adults' WeChat address.
    points = ContactPoint.objects.filter(adult_id__in=adults, kind=ContactPoint.Kind.WECHAT)
    for school_id, address in points.values_list("school_id", "address"):
        for model in (WechatPermission, IncomingMedia):
            model._base_manager.filter(school_id=school_id, address=address).delete()
    take_out(gone, pointing, {Student: {student.pk}, Adult: adults})
    # A question about this child alone is no longer asked.
    empty = CheckIn.objects.filter(school=student.school_id, lines=None)
    unsent = sent_for(empty.values("pk")).filter(state__in=UNDER_WAY)
    unsent.update(state=OutboxMessage.State.SUPPRESSED)
    empty.update(state=CheckIn.State.CLOSED, next_step_at=None)
    _empty_accounts(accounts, pointing)


def take_out(gone: Rows, pointing: ForeignKeys, people: Rows) -> None:
    """Delete these rows, their history, and any history that names `people`.

    Remaining rows lose their links to them.
    """
    for model, keys in gone.items():
        for other, field in pointing[model]:
            if field.null:
                rows = other._base_manager.filter(**{f"{field.name}__in": keys})
                rows.exclude(pk__in=gone.get(other, set())).update(**{field.name: None})
    delete_history(gone, people)
    for model in _children_first(gone, pointing):
        _delete(model, gone[model])


def _children_first(gone: Rows, pointing: ForeignKeys) -> list[Model]:
    """Return the models in deletion order: rows that point to others come first.

    A row without a school is visible only through its parent (homeschool.walls). Once the parent is deleted,
    nobody can find it.
    """
    ordered: list[Model] = []
    under_way: set[Model] = set()

    def add(model: Model) -> None:
        if model in under_way:
            return
        under_way.add(model)
        for other, _field in pointing[model]:
            if other in gone:
                add(other)
        ordered.append(model)

    for model in gone:
        add(model)
    return ordered


def foreign_keys() -> ForeignKeys:
    """Return the foreign keys of all packages. History tables are handled separately."""
    found = defaultdict(list)
    for other in apps.get_models(include_auto_created=True):
        if issubclass(other, Event) or other._meta.proxy or not other._meta.managed:
            continue
        for field in other._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                found[field.related_model].append((other, field))
    return found


def dependent_rows(start: Model, keys: set[int], pointing: ForeignKeys) -> Rows:
    """Return the rows and everything that cannot exist without them, however far away."""
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


def _adults_of_nobody_else(student: Student, pointing: ForeignKeys) -> set[int]:
    """Return adults who are or were around this child and whom no row connects with another child."""
    history = Guardianship.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        student_id=student.pk
    )
    around = set(Guardianship.objects.filter(student=student).values_list("adult_id", flat=True))
    around |= set(history.values_list("adult_id", flat=True))
    around |= set(AdultMerge.objects.filter(kept_id__in=around).values_list("closed_id", flat=True))

    def has_another_child(adult_id: int) -> bool:
        for model, keys in dependent_rows(Adult, {adult_id}, pointing).items():
            for field in model._meta.concrete_fields:
                if isinstance(field, models.ForeignKey) and field.related_model is Student:
                    others = {f"{field.name}__isnull": False}
                    rows = model._base_manager.filter(pk__in=keys, **others)
                    if rows.exclude(**{field.name: student.pk}).exists():
                        return True
        return False

    existing = Adult.objects.filter(pk__in=around).values_list("pk", flat=True)
    return {pk for pk in list(existing) if not has_another_child(pk)}


def _add_pictures(student: Student, gone: Rows, pointing: ForeignKeys) -> None:
    """Add every picture that shows the child and every picture of its good news, with the photos."""
    shown = models.Q(pictured__student=student) | models.Q(note__student=student)
    rows = set(Picture.objects.filter(shown).values_list("pk", "photo_id"))
    for start, keys in (
        (Picture, {pk for pk, _photo in rows}),
        (Upload, {photo for _pk, photo in rows if photo}),
    ):
        for model, more in dependent_rows(start, keys, pointing).items():
            gone[model] |= more


def add_what_they_said(gone: Rows) -> None:
    """Add incoming texts, and photos and recordings that are about no child.

    No row links them to a person, so they are deleted with the conversation that held them.
    """
    said = ThreadMessage.objects.filter(pk__in=gone[ThreadMessage])
    texts = set(said.exclude(incoming=None).values_list("incoming_id", flat=True))
    files = set(said.values_list("photo_id", flat=True)) | set(
        said.values_list("voice_id", flat=True)
    )
    files |= set(IncomingMessage.objects.filter(pk__in=texts).values_list("upload_id", flat=True))
    gone[IncomingMessage] |= texts
    gone[Routing] |= set(Routing.objects.filter(incoming__in=texts).values_list("pk", flat=True))
    gone[Upload] |= files - {None}
    contents = UploadContent.objects.filter(upload__in=gone[Upload])
    gone[UploadContent] |= set(contents.values_list("pk", flat=True))


def _empty_kept(student: Student, adults: set[int]) -> None:
    """Empty the rows that stay: message states are kept for the figures; addresses, texts and names are
    removed.
    """
    messages = OutboxMessage.objects.filter(adult_id__in=adults)
    messages.filter(state__in=UNDER_WAY).update(state=OutboxMessage.State.SUPPRESSED)
    attempts = apps.get_model("delivery.Attempt").objects.filter(message__in=messages)
    receipts = DeliveryReceipt.objects.filter(message__in=messages)
    asked = DataRequest.objects.filter(models.Q(student=student) | models.Q(adult_id__in=adults))
    # A row that was left out, or whose import was undone, names no file any more; its list has the child.
    by_name = models.Q(
        student=None, student_name=student.name, roster_import__school=student.school_id
    )
    results = RosterResult.objects.filter(models.Q(student=student) | by_name)
    imports = RosterImport.objects.filter(
        pk__in=list(results.values_list("roster_import_id", flat=True))
    )
    people = Adult.objects.filter(pk__in=adults)

    for rows in (attempts, receipts, messages, asked, imports, results, people):
        model, keys = rows.model, set(rows.values_list("pk", flat=True))
        kept = KEPT[model._meta.label].split()
        fields = [field for field in model._meta.concrete_fields if field.name not in kept]
        row_values = {field.name: emptied(field) for field in fields}
        model._base_manager.filter(pk__in=keys).update(**row_values)
        delete_events_of(model, keys)


def emptied(field: models.Field) -> Any:
    """Return the value of a field that is to say nothing any more."""
    if field.null:
        return None
    if field.has_default():
        return field.get_default()
    return b"" if isinstance(field, models.BinaryField) else ""


def delete_history(gone: Rows, people: Rows) -> None:
    """Delete the history of all these rows, and of rows deleted earlier that name these people."""
    for model, keys in gone.items():
        delete_events_of(model, keys)
    for event in apps.get_models():
        if not issubclass(event, Event):
            continue
        for field in event._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and people.get(field.related_model):
                keys = people[field.related_model]
                rows = event._base_manager.filter(**{f"{field.name}__in": keys})
                rows._raw_delete(rows.db)


def delete_events_of(model: Model, keys: Collection[int]) -> None:
    event = getattr(model, "pgh_event_model", None)
    if event and keys:
        rows = event._base_manager.filter(pgh_obj_id__in=keys)
        rows._raw_delete(rows.db)


def _delete(model: Model, keys: Collection[int]) -> None:
    """Delete the rows.

    Foreign keys are only checked at the end of the transaction, so one may point to a deleted row until
    then.
    """
    rows = model._base_manager.filter(pk__in=keys)
    rows._raw_delete(rows.db)


def _empty_accounts(accounts: set[int], pointing: ForeignKeys) -> None:
    """Keep each account only as the number that the access log names; nobody can sign in with it."""
    for other, field in pointing[User]:
        if field.remote_field.on_delete is models.CASCADE:
            keys = other._base_manager.filter(**{f"{field.name}__in": accounts})
            gone = dependent_rows(other, set(keys.values_list("pk", flat=True)), pointing)
            for model in _children_first(gone, pointing):
                delete_events_of(model, gone[model])
                _delete(model, gone[model])
    for pk in accounts:
        User.objects.filter(pk=pk).update(
            username=f"erased-{pk}",
            name="",
            phone="",
            email="",
            is_active=False,
            password=make_password(None),
        )
    delete_events_of(User, accounts)
