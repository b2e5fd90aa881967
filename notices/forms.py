"""Forms for writing, scheduling and answering notices. Errors appear at their field."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.day_fields import DAY_OVER, day_field
from core.meanwhile import AsksToReplace
from notices import rules
from notices.actions import Content, NewFile
from notices.models import (
    REFUSAL_WORDS_AT_MOST,
    TITLE_AT_MOST,
    WORDS_AT_MOST,
    Notice,
    NoticeAnswer,
)
from notices.rules import FILES_AT_MOST, PdfTrouble
from schools.models import SchoolClass
from students.models import Enrolment
from uploads.forms import PhotoField

STALE = gettext_lazy("Please open this page again.")

PDF_WORDS = {
    PdfTrouble.TOO_LARGE: format_lazy(
        gettext_lazy("This PDF is too large (at most {megabytes} MB)."),
        megabytes=rules.PDF_BYTES // 1_000_000,
    ),
    PdfTrouble.NOT_A_PDF: gettext_lazy("This file is not a photo or a PDF."),
    PdfTrouble.BROKEN: gettext_lazy("We did not receive the whole PDF. Please choose it again."),
    PdfTrouble.ACTIVE: gettext_lazy(
        "This PDF contains a script, a form or another file. Save it as a plain PDF and choose "
        "it again."
    ),
}


class _ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Photos and PDFs, distinguished by content rather than by name."""

    widget = _ManyFiles(attrs={"accept": "image/*,application/pdf"})

    def __init__(self, **kwargs) -> None:
        super().__init__(**{"max_length": None, "allow_empty_file": True, **kwargs})
        self.photo = PhotoField(required=False)

    def clean(self, data, initial=None) -> list[NewFile]:
        return [self._one(file) for file in data or [] if file]

    def _one(self, file) -> NewFile:
        head = file.read(1024)
        file.seek(0)
        if not rules.looks_like_pdf(head):
            return NewFile(name=file.name, photo=self.photo.clean(file))
        if file.size > rules.PDF_BYTES:
            raise forms.ValidationError(PDF_WORDS[PdfTrouble.TOO_LARGE])
        pdf = file.read()
        trouble = rules.pdf_trouble(pdf)
        if trouble:
            raise forms.ValidationError(PDF_WORDS[trouble])
        return NewFile(name=file.name, pdf=pdf)


def _chosen(**kwargs) -> Any:
    return forms.TypedMultipleChoiceField(coerce=int, required=False, **kwargs)


class NoticeForm(AsksToReplace):
    key = forms.UUIDField(error_messages={"required": STALE, "invalid": STALE})
    kind = forms.ChoiceField(
        label=gettext_lazy("What should families do?"),
        choices=Notice.Kind,
        error_messages={"required": gettext_lazy("Choose what families should do.")},
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=TITLE_AT_MOST,
        error_messages={"required": gettext_lazy("Enter a title that says what it is about.")},
    )
    words = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=WORDS_AT_MOST,
        error_messages={"required": gettext_lazy("Enter your message to families.")},
    )
    due_on = day_field(gettext_lazy("Deadline"), required=False)
    everybody = forms.BooleanField(
        label=gettext_lazy("Wait for every adult who may answer, not just one per family"),
        required=False,
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("Who gets it?"),
        choices=Notice.Scope,
        error_messages={"required": gettext_lazy("Choose who gets it.")},
    )
    grades = _chosen()
    classes = _chosen()
    children = _chosen()
    files = FilesField(  # type: ignore[assignment]  # a field, until the form is made
        label=gettext_lazy("Photos and PDFs"), required=False
    )
    removed = _chosen()

    def __init__(
        self,
        *args,
        classes: Sequence[SchoolClass],
        children: Sequence[Enrolment],
        whole_school: bool,
        today: date,
        notice: Notice | None = None,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.today, self.notice = today, notice
        self.has = list(notice.files.defer("pdf")) if notice else []
        allowed = [Notice.Scope.CLASSES, Notice.Scope.CHILDREN]
        if whole_school:
            allowed = [Notice.Scope.SCHOOL, Notice.Scope.GRADES, *allowed]
        grades = sorted({one.grade.number for one in classes}) if whole_school else []
        self._offer("scope", [(scope.value, scope.label) for scope in allowed])
        self._offer("grades", [(number, str(number)) for number in grades])
        self._offer("classes", [(one.pk, one.name) for one in classes])
        self._offer("children", [(row.student_id, row.student.name) for row in children])
        self._offer("removed", [(file.pk, file.name) for file in self.has])

    def _offer(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].replace("\x00", "").split())

    def clean_words(self) -> str:
        return self.cleaned_data["words"].replace("\x00", "").replace("\r\n", "\n").strip()

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("kind") in (Notice.Kind.CONFIRM, Notice.Kind.SIGN):
            self._check_day(data)
        scope = data.get("scope")
        if scope in ("grades", "classes", "children") and not data.get(scope):
            self.add_error("scope", _("Choose at least one."))
        kept = len(self.has) - len(data.get("removed") or [])
        if kept + len(data.get("files") or []) > FILES_AT_MOST:
            self.add_error("files", _("You can add at most %(n)d files.") % {"n": FILES_AT_MOST})
        return data

    def _check_day(self, data: dict[str, Any]) -> None:
        due_on = data.get("due_on")
        if "due_on" in self.errors:
            return
        if due_on is None:
            self.add_error("due_on", _("Enter the last day for answers."))
        elif due_on < self.today:
            self.add_error("due_on", DAY_OVER)
        elif due_on > self.today + timedelta(days=rules.DUE_AT_MOST_DAYS):
            self.add_error("due_on", _("That is too far in the future."))

    @property
    def fresh_key(self) -> UUID:
        try:
            return UUID(self.data.get("key", ""))
        except ValueError:
            return uuid4()

    @property
    def content(self) -> Content:
        data = self.cleaned_data
        scope = data["scope"]
        return Content(
            key=data["key"],
            kind=data["kind"],
            title=data["title"],
            words=data["words"],
            due_on=data["due_on"],
            one_is_enough=not data["everybody"],
            scope=scope,
            picked=data.get(scope) or [],
            files=[self._keyed(file, place) for place, file in enumerate(data["files"])],
            removed=data["removed"],
        )

    def _keyed(self, file: NewFile, place: int) -> NewFile:
        """Give a photo a key derived from the form's key, so that a form sent twice keeps each photo once."""
        if file.photo is None:
            return file
        key = uuid5(self.cleaned_data["key"], f"{place}:{file.name}:{file.photo.size}")
        return NewFile(name=file.name, photo=file.photo, key=key)


class WhenForm(forms.Form):
    """Send now, or at a day and time in the school's time zone."""

    starts_at = forms.CharField(
        label=gettext_lazy("Day and time"),
        required=False,
        widget=forms.TextInput(attrs={"type": "datetime-local"}),
    )
    later = forms.BooleanField(required=False)

    def __init__(self, *args, notice: Notice, at: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.notice, self.at = notice, at

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data["moment"] = self._moment() if data.get("later") else None
        due_on = self.notice.due_on
        start = data["moment"] or self.at
        zone = ZoneInfo(self.notice.school.time_zone)
        if due_on and not self.errors and timezone.localdate(start, zone) > due_on:
            self.add_error(
                "starts_at", _("This is after the last day for answers. Change that day first.")
            )
        return data

    def _moment(self) -> datetime | None:
        written = self.cleaned_data.get("starts_at", "")
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            self.add_error("starts_at", _("Enter the day and the time."))
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.notice.school.time_zone))
        if moment <= self.at:
            self.add_error("starts_at", _("This time is in the past."))
        elif moment > self.at + timedelta(days=rules.AHEAD_DAYS):
            self.add_error("starts_at", _("Choose a day within the next sixty days."))
        return moment


class RecallForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why? Families read this."),
        max_length=200,
        min_length=2,
        error_messages={
            "required": gettext_lazy("Enter a reason. Families who got the notice will see it."),
            "min_length": gettext_lazy("Enter a longer reason."),
        },
    )


REFUSED = "no-"  # prefix of the way of answering if the adult refused a signature


class ToldForm(forms.Form):
    """An answer that staff enter for a family: who answered, how, and whether it was a no."""

    adult = forms.TypedChoiceField(
        label=gettext_lazy("Who told you"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("Choose who told you."),
            "invalid_choice": gettext_lazy("Choose who told you."),
        },
    )
    via = forms.ChoiceField(label=gettext_lazy("How"), choices=[])

    def __init__(self, *args, notice: Notice, people: Sequence[tuple[int, str]], **kwargs):
        super().__init__(*args, **kwargs)
        adult: Any = self.fields["adult"]
        via: Any = self.fields["via"]
        adult.choices = people
        Via = NoticeAnswer.Via
        if notice.wants_signature:
            via.choices = [
                (Via.PAPER.value, _("signed on paper")),
                (f"{REFUSED}{Via.PAPER}", _("said no on paper")),
                (f"{REFUSED}{Via.PHONE}", _("said no by phone")),
            ]
        else:
            via.choices = [(way.value, way.label) for way in (Via.PHONE, Via.PAPER)]

    def clean(self) -> dict[str, Any]:
        via = self.cleaned_data.get("via", "")
        self.cleaned_data["is_refused"] = via.startswith(REFUSED)
        self.cleaned_data["via"] = via.removeprefix(REFUSED)
        return self.cleaned_data


class AnswerForm(forms.Form):
    """A family's answer: confirm, sign with a name, or say no with an optional comment."""

    signed_as = forms.CharField(required=False, max_length=60)
    refuse = forms.BooleanField(required=False)
    words = forms.CharField(
        required=False,
        max_length=REFUSAL_WORDS_AT_MOST,
        error_messages={"max_length": gettext_lazy("Use 300 characters or fewer.")},
    )

    def __init__(self, *args, notice: Notice, **kwargs):
        super().__init__(*args, **kwargs)
        self.notice = notice

    @property
    def is_refused(self) -> bool:
        """Return whether the family refused.

        Only a signature can be refused; a confirmation just means "I have read it".
        """
        return self.notice.wants_signature and bool(self.cleaned_data.get("refuse"))

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        name = " ".join(data.get("signed_as", "").split())
        if self.notice.wants_signature and not data.get("refuse") and not name:
            self.add_error("signed_as", _("Enter your name, then tap the button again."))
        data["signed_as"] = name
        return data
