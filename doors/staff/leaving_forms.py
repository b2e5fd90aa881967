"""The form for the last day of a post, and for who takes over the holder's open work."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.day_fields import LAST_BEFORE_FIRST, DayInput
from doors.staff.leaving import Open, is_over
from schools.forms import Plain
from schools.models import Post

QUEUE = "queue"


class LeavingForm(Plain, forms.ModelForm):
    """`to` applies to everything; `to_<kind>` is for a kind that somebody else takes.

    An end date that is already set can only be made earlier. Extending a post means appointing the person
    again, with all the consents that requires.
    """

    to = forms.ChoiceField(label=gettext_lazy("Who takes it over"), required=False)

    class Meta:
        model = Post
        fields = ("ends_on",)
        widgets = {"ends_on": DayInput()}

    def __init__(
        self, *args, opened: Sequence[Open], on: date, proposed: User | None = None, **kwargs
    ):
        """`proposed` is preselected for everything."""
        super().__init__(*args, **kwargs)
        self.opened, self.is_over = opened, is_over(self.instance, on)
        self.stands_until = self.instance.ends_on
        self.fields["ends_on"].required = True
        self.fields["ends_on"].label = gettext_lazy("last day")
        self.has_begun = self.instance.starts_on <= on
        if self.is_over or not self.has_begun:
            del self.fields["ends_on"]
        people = {user.pk: user.name for one in opened for user in one.people}
        people.pop(self.instance.user_id, None)
        self._choices("to", [("", _("Choose")), *((str(pk), name) for pk, name in people.items())])
        if proposed and proposed.pk in people:
            self.fields["to"].initial = str(proposed.pk)
        if not people:
            del self.fields["to"]
        for one in self._asked():
            self._add(one)

    def _asked(self) -> list[Open]:
        return [one for one in self.opened if one.people]

    def _add(self, one: Open) -> None:
        leaving = self.instance.user
        stays = _("stays with %(name)s") % {"name": leaving.name}
        people = [(str(user.pk), stays if user == leaving else user.name) for user in one.people]
        queue = [(QUEUE, one.kind.left_to)] if one.kind.left_to else []
        name = f"to_{one.kind.key}"
        label = f"{_('Who takes it over')}{_(': ')}{one.kind.label}"
        self.fields[name] = forms.ChoiceField(label=label, required=False)
        self._choices(name, [("", _("as above")), *people, *queue])
        if leaving in one.people:
            self.fields[name].initial = str(leaving.pk)

    def _choices(self, name: str, choices: Any) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_ends_on(self) -> date:
        day = self.cleaned_data["ends_on"]
        if day < self.instance.starts_on:
            raise ValidationError(LAST_BEFORE_FIRST)
        if self.stands_until and day > self.stands_until:
            raise ValidationError(
                _("This post already ends on an earlier day. To extend it, assign the post again.")
            )
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for one in self.opened:
            if not (one.people or one.kind.left_to):
                self.add_error(None, nobody_text(one.kind.label, one.count))
        names = dict(self.fields["to"].choices) if "to" in self.fields else {}  # type: ignore[attr-defined]
        unchosen: list[str] = []
        for one in self._asked():
            own, whole = cleaned.get(f"to_{one.kind.key}"), cleaned.get("to")
            if own:
                continue
            if not whole:
                unchosen.append(f"to_{one.kind.key}")
            elif whole not in {str(user.pk) for user in one.people}:
                said = _("%(name)s cannot take this. Choose somebody else here.")
                self.add_error(f"to_{one.kind.key}", said % {"name": names[whole]})
        # Report this once, at the list that applies to everything, if the form has one.
        for name in ["to"] if names and unchosen else unchosen:
            self.add_error(name, _("Choose who takes this."))
        return cleaned

    @property
    def choices(self) -> dict[str, int | None]:
        found = {}
        for one in self._asked():
            chosen = self.cleaned_data[f"to_{one.kind.key}"] or self.cleaned_data["to"]
            found[one.kind.key] = None if chosen == QUEUE else int(chosen)
        return found

    def rows(self) -> Iterator[tuple[Open, Any]]:
        """Yield each kind with its field; None if it goes to its queue by itself or nobody may take it."""
        for one in self.opened:
            yield one, self[f"to_{one.kind.key}"] if one.people else None


class MovedForm(Plain, forms.Form):
    """Who takes over open work about children who changed class.

    Empty means the class teacher of each child.
    """

    to = forms.TypedChoiceField(
        label=gettext_lazy("Who takes it over"), required=False, coerce=int, empty_value=None
    )

    def __init__(self, *args, opened: Sequence[Open], **kwargs):
        super().__init__(*args, **kwargs)
        people = {user.pk: user.name for one in opened for user in one.people}
        choices = [("", _("the class teacher of each child")), *people.items()]
        cast(forms.ChoiceField, self.fields["to"]).choices = choices


def nobody_text(label: Any, count: int) -> str:
    said = _(
        "%(label)s (%(n)d): nobody else at the school may take this."
        " First give a colleague a post that allows it."
    )
    return said % {"label": label, "n": count}
