"""Uploading a ZIP, and writing a lesson of the school's own; errors appear at their field."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.meanwhile import AsksToReplace
from learning.exchange.archive import ARCHIVE_BYTES, Opened, opened
from learning.exchange.presenters import fault_words
from learning.exchange.writing import Draft, Words
from learning.models import Audience, Lesson
from learning.pack import AGES, HEAD_AT_MOST, HEARD_AT_MOST, SENTENCE_AT_MOST, SENTENCES
from learning.pack_files import MARKUP

SOURCES_AT_MOST = 1000  # characters
OLDEST, YOUNGEST = AGES[-1], AGES[0]


class PackForm(forms.Form):
    archive = forms.FileField(
        label=gettext_lazy("A pack as a ZIP file"),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose the ZIP file first.")},
    )

    def clean_archive(self) -> Opened:
        file = self.cleaned_data["archive"]
        if file.size > ARCHIVE_BYTES:
            raise forms.ValidationError(_("This file is too large: a pack has at most 16 MB."))
        found, faults = opened(file.read())
        if found is None:
            raise forms.ValidationError([fault_words(one) for one in faults])
        return found


def plain_text(given: str) -> None:
    """Refuse what a browser might act on, as in every pack."""
    if any(one in given.lower() for one in MARKUP):
        raise forms.ValidationError(
            _("Write plain sentences: no HTML, links or marks like ** and `.")
        )


def _line(label: Any, most: int | None, *, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, validators=[plain_text], required=required)


# The text fields of a lesson, in the order in which the editor asks for them.
WORDS = ("topic", "title", "read_1", "read_2", "read_3", "heard", "week", "picture")


class OwnLessonForm(AsksToReplace):
    key = forms.UUIDField(widget=forms.HiddenInput)
    topic = _line(gettext_lazy("What it is about, in a few words"), HEAD_AT_MOST["topic"])
    title = _line(gettext_lazy("Title: a sentence to keep"), HEAD_AT_MOST["title"])
    read_1 = _line(gettext_lazy("First sentence"), SENTENCE_AT_MOST)
    read_2 = _line(gettext_lazy("Second sentence"), SENTENCE_AT_MOST)
    read_3 = _line(gettext_lazy("Third sentence"), SENTENCE_AT_MOST)
    heard = forms.CharField(
        label=gettext_lazy(
            "What is read aloud, about two minutes; leave an empty line between paragraphs"
        ),
        max_length=HEARD_AT_MOST["zh-hans"],
        validators=[plain_text],
    )
    week = _line(gettext_lazy("One small thing this week"), HEAD_AT_MOST["week"])
    drawing = forms.TypedChoiceField(label=gettext_lazy("Picture"), coerce=int)
    picture = _line(gettext_lazy("The picture in words, for people who cannot see it"), 200)
    audience = forms.MultipleChoiceField(
        label=gettext_lazy("For whom"),
        choices=[(one.value, one.label) for one in (Audience.AWAY, Audience.HOME)],
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )
    ages_from = forms.IntegerField(
        label=gettext_lazy("Age of the child, from"),
        required=False,
        min_value=YOUNGEST,
        max_value=OLDEST,
    )
    ages_until = forms.IntegerField(
        label=gettext_lazy("until"), required=False, min_value=YOUNGEST, max_value=OLDEST
    )
    counts_on_parents = forms.BooleanField(
        label=gettext_lazy("In its story, parents call or come home"), required=False
    )
    sources = forms.CharField(
        label=gettext_lazy("Sources, one a line"),
        max_length=SOURCES_AT_MOST,
        error_messages={"required": gettext_lazy("Say where it comes from.")},
    )

    def __init__(self, *args, drawings: list[Lesson], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in WORDS:
            chinese = cast(forms.CharField, self.fields[name])
            most = HEARD_AT_MOST["en"] if name == "heard" else chinese.max_length
            self.fields[f"{name}_en"] = _line(chinese.label, most, required=False)
        self.drawings = {one.pk: one.picture for one in drawings}
        field: Any = self.fields["drawing"]
        field.choices = [(one.pk, one.key) for one in drawings]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("ages_from"), data.get("ages_until")
        if (first is None) != (last is None) and not self.errors:
            self.add_error("ages_until", _("Give both ages, or neither."))
        elif first is not None and last is not None and last < first:
            self.add_error("ages_until", _("The second age is below the first."))
        # A page half in one language is read aloud in the wrong one.
        if any(data.get(f"{name}_en") for name in WORDS):
            words = _("Write this in English, too, or leave all of it empty.")
            for name in WORDS:
                if not data.get(f"{name}_en") and f"{name}_en" not in self.errors:
                    self.add_error(f"{name}_en", words)
        return data

    @property
    def english_fields(self) -> list[Any]:
        return [self[f"{name}_en"] for name in WORDS]

    @property
    def has_english(self) -> bool:
        return any(one.value() or one.errors for one in self.english_fields)

    @property
    def lesson_key(self) -> str:
        """The key that came with the page, so that a form that is sent twice makes one lesson."""
        return f"own-{self.cleaned_data['key'].hex[:12]}"

    @property
    def draft(self) -> Draft:
        data = self.cleaned_data
        ages = (data["ages_from"], data["ages_until"]) if data["ages_from"] is not None else None
        return Draft(
            chinese=self._words(""),
            english=self._words("_en") if data["title_en"] else None,
            audience=data["audience"],
            ages=ages,
            counts_on_parents=data["counts_on_parents"],
            sources=[one.strip() for one in data["sources"].splitlines() if one.strip()],
            drawing=self.drawings[data["drawing"]],
        )

    def _words(self, ending: str) -> Words:
        said = {name: self.cleaned_data[name + ending].strip() for name in WORDS}
        read = [said.pop(f"read_{n + 1}") for n in range(SENTENCES)]
        return Words(**said | {"heard": said["heard"].replace("\r\n", "\n")}, read=read)
