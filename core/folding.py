"""Forms whose rarely needed fields are folded; rendered by templates/doors/staff/_form.html."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm, BoundField


@dataclass(frozen=True)
class Fold:
    """A group of folded fields.

    `names` are consecutive fields; `is_open` opens it even if no field has a value or an error.
    """

    label: Any  # text, or a lazy translation
    names: tuple[str, ...]
    is_open: bool = False


@dataclass(frozen=True)
class Part:
    """Fields shown together: folded under `label`, or visible if it is empty."""

    fields: list[BoundField]
    label: Any = ""
    is_open: bool = True


def parts_of(form: BaseForm, folds: Sequence[Fold]) -> Iterator[Part]:
    """Yield every field of the form once, in its order."""
    fold_of = {fold.names[0]: fold for fold in folds}
    folded = {name for fold in folds for name in fold.names}
    for name in form.fields:
        if fold := fold_of.get(name):
            fields = [form[one] for one in fold.names]
            is_open = fold.is_open or any(field.value() or field.errors for field in fields)
            yield Part(fields, fold.label, is_open)
        elif name not in folded:
            yield Part([form[name]])
