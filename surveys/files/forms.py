from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from surveys.files.weights import AnswerList, Arrangement

BY_HAND = "hand"


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        error_messages={
            "required": _("Please choose a file."),
            "empty": _("The file is empty."),
        },
    )
    answers = forms.FileField(
        label=_("Second file with the answers, if they are separate"),
        required=False,
        error_messages={"empty": _("The file is empty.")},
    )


class WordsForm(forms.Form):
    """Match items of the file to those of the definition, and take the text above them all."""

    intro = forms.CharField(
        label=_("Words above each question"), max_length=300, required=False, strip=True
    )

    def __init__(
        self,
        *args,
        items: list[str],
        theirs: list[str],
        limits: dict[str, list[tuple[str, str]]],
        **kwargs,
    ):
        """`limits`: {scale: its choices}, for scales on which sources differ.

        Scales with the same choices (who answered, for instance) share one field.
        """
        super().__init__(*args, **kwargs)
        self.scales: dict[str, list[str]] = {}
        for choices in dict.fromkeys(tuple(one) for one in limits.values()):
            field = f"limits-{len(self.scales)}"
            self.scales[field] = [name for name, one in limits.items() if tuple(one) == choices]
            self.fields[field] = forms.ChoiceField(
                label=_("From which score should somebody look? Sources differ."),
                choices=[("", _("no limit")), *choices],
                required=False,
            )
        self.names = {f"item-{number}": name for number, name in enumerate(items)}
        for field in self.names:
            self.fields[field] = forms.ChoiceField(
                choices=[("", ""), *((one, one) for one in theirs)], required=False
            )

    @property
    def limit_fields(self) -> list[forms.BoundField]:
        return [self[field] for field in self.scales]

    @property
    def limits(self) -> dict[str, str]:
        return {
            name: self.cleaned_data.get(field, "")
            for field, names in self.scales.items()
            for name in names
        }

    @property
    def pairs(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(field, "") for field, name in self.names.items()}


class WeightsForm(forms.Form):
    """What the answers of a file count, for each list on which file and definition do not clearly agree.

    The user picks one of two directions, or each figure by hand.
    """

    def __init__(self, data: Mapping[str, Any] | None, *, lists: Iterable[AnswerList]):
        super().__init__(data)
        self.lists = list(lists)
        for one in self.lists:
            ways = [(_written(each), _written(each)) for each in one.arrangements]
            self.fields[f"weights-{one.id}"] = forms.ChoiceField(
                choices=[*ways, (BY_HAND, BY_HAND)],
                error_messages={"required": _("Choose what these answers count.")},
            )
            for number in range(len(one.options)):
                self.fields[f"hand-{one.id}-{number}"] = forms.TypedChoiceField(
                    choices=[("", ""), *((value, value) for value in one.values)],
                    coerce=int,
                    empty_value=None,
                    required=False,
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for one in self.lists:
            field = f"weights-{one.id}"
            if cleaned.get(field) == BY_HAND and not one.is_allowed(self._by_hand(one)):
                self.add_error(field, _("Give each answer a figure of its own."))
        return cleaned

    def _by_hand(self, one: AnswerList) -> Arrangement:
        figures = [self.cleaned_data.get(f"hand-{one.id}-{n}") for n in range(len(one.options))]
        return tuple(figure for figure in figures if figure is not None)

    @property
    def chosen(self) -> dict[str, Arrangement]:
        """Return {id of the list: the definition's weight of each answer}."""
        found = {}
        for one in self.lists:
            said = self.cleaned_data[f"weights-{one.id}"]
            is_by_hand = said == BY_HAND
            # By hand, a figure says what an answer adds to the sum; the two directions are shown in that way
            # too.
            by_hand = one.counted(self._by_hand(one)) if is_by_hand else ()
            found[one.id] = by_hand or tuple(map(int, said.split()))
        return found


def _written(arrangement: Arrangement) -> str:
    return " ".join(map(str, arrangement))


class WholeForm(forms.Form):
    """The finished mapping: each match that needs a second look has a tick for it."""

    def __init__(self, data: Mapping[str, Any] | None, *, doubts: Iterable[str]):
        """`doubts`: items of the definition, each with a tick of its own."""
        super().__init__(data)
        self.names = {f"seen-{number}": name for number, name in enumerate(doubts)}
        for field in self.names:
            self.fields[field] = forms.BooleanField(
                error_messages={"required": _("Compare the two, then tick this.")}
            )
