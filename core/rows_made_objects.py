"""Turn rows into objects of their model, as Django's own iterable does, at less than half the cost; only for
`core.prepared`.

For each query, Django works out again which column belongs to which field, and `Model.__init__` sets each
field of each object: on a page that reads fifty rows this took longer than PostgreSQL. Here the columns are
worked out once for each statement, and an object gets all its values at once. If more happens when an object
is made (an `__init__` or `from_db` of its own, a listener to its signals), Django makes it as usual.

This relies on undocumented parts of Django: tests/core/test_rows_made_objects.py compares both for every
model.
"""

from collections.abc import Iterable, Sequence
from inspect import getattr_static
from typing import Any, cast

from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.fields.files import FileDescriptor
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query import get_related_populators
from django.db.models.signals import post_init, pre_init

# On a new object these only store the value; a descriptor without `__set__` does nothing at all.
KEEP_THE_VALUE = (ForeignKeyDeferredAttribute, FileDescriptor)


class Maker:
    """Makes the objects of one compiled statement, including what `select_related` joined and what is
    annotated.
    """

    def __init__(self, compiler: Any, alias: str) -> None:
        info, self.alias = compiler.klass_info, alias
        self.start, self.end = info["select_fields"][0], info["select_fields"][-1] + 1
        columns = [one[0] for one in compiler.select[self.start : self.end]]
        self.names = [column.target.attname for column in columns]
        self.model = _maker_of(info["model"], self.names)
        self.annotated = tuple((compiler.annotation_col_map or {}).items())
        self.related = cast(Any, get_related_populators)(info, compiler.select, alias)
        _make_plainly(self.related)

    def objects(self, rows: Iterable[Sequence[Any]]) -> list[Any]:
        return [self._object(row) for row in rows]

    def _object(self, row: Sequence[Any]) -> Any:
        made = self.model.from_db(self.alias, self.names, row[self.start : self.end])
        for one in self.related:
            one.populate(row, made)
        for name, place in self.annotated:
            setattr(made, name, row[place])
        return made


class _Plain:
    """Takes the place of a model when Django asks it for an object from a row."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model

    def from_db(self, alias: str, names: Sequence[str], values: Sequence[Any]) -> Any:
        made = object.__new__(self.model)
        state = ModelState()
        state.adding, state.db = False, alias
        made.__dict__.update(zip(names, values, strict=True), _state=state)
        return made


def _make_plainly(populators: Iterable[Any]) -> None:
    for one in populators:
        one.model_cls = _maker_of(one.model_cls, one.init_list)
        _make_plainly(one.related_populators)


def _maker_of(model: type[Model], names: Sequence[str]) -> Any:
    return _Plain(model) if is_plain(model, names) else model


def is_plain(model: type[Model], names: Sequence[str]) -> bool:
    """Return whether an object of the model consists of its values and nothing more."""
    in_order = [field.attname for field in model._meta.concrete_fields if field.attname in names]
    kept = (getattr_static(model, name) for name in names)
    return (
        in_order == [*names]
        and model.__init__ is Model.__init__
        and model.from_db.__func__ is Model.from_db.__func__  # type: ignore[attr-defined]
        and model.__new__ is object.__new__
        and not any(signal.has_listeners(model) for signal in (pre_init, post_init))
        and all(
            isinstance(one, KEEP_THE_VALUE) or not hasattr(type(one), "__set__") for one in kept
        )
    )
