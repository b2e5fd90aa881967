"""Makes migration steps build only the model that they change.

Django also builds every model connected to it, and nearly all are connected through the school: 350 models
for each new table, column, index or constraint. To apply a step to the database, its own model and the keys
in it are enough. Steps that need more get all models: those that rename or change something that other models
point to, and steps in Python, for which Django does it itself (`is_delayed`).
"""

from collections.abc import Callable, Iterable
from functools import wraps

from django.db.migrations import AlterField, RenameField, RenameModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import field_is_referenced


def _draw_these(self: ProjectState, models: Iterable[tuple[str, str]], delay: bool = True) -> None:
    if "apps" in self.__dict__:  # otherwise nothing has been built yet
        self.is_delayed = True
        self._reload(set(models))  # type: ignore[attr-defined]


def _draw_this(self: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
    _draw_these(self, [(app_label, model_name)])


def _with_all_models(forwards: Callable, needs_all: Callable[..., bool]) -> Callable:
    @wraps(forwards)
    def acted(
        self: Operation,
        app_label: str,
        schema_editor: object,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if needs_all(self, app_label, to_state):
            from_state.clear_delayed_apps_cache()
            to_state.clear_delayed_apps_cache()
        forwards(self, app_label, schema_editor, from_state, to_state)

    return acted


def _others_point_at_it(step: AlterField, app_label: str, state: ProjectState) -> bool:
    model = (app_label, step.model_name_lower)
    return bool(field_is_referenced(state, model, (step.name, step.field)))


def _always(step: Operation, app_label: str, state: ProjectState) -> bool:
    return True


def draw_no_other_model() -> None:
    ProjectState.reload_model = _draw_this  # type: ignore[method-assign]
    ProjectState.reload_models = _draw_these  # type: ignore[method-assign]
    steps = {AlterField: _others_point_at_it, RenameField: _always, RenameModel: _always}
    for step, needs_all in steps.items():
        step.database_forwards = _with_all_models(step.database_forwards, needs_all)  # type: ignore
