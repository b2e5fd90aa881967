"""Makes migration steps that add or remove a trigger not rebuild any models.

pgtrigger has Django rebuild the model after each such step, and with it every model that is related to one of
its relations: nearly all of ours, in half a second of processor time. A trigger does not change models.
"""

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger


def _add(self: AddTrigger, app_label: str, state: ProjectState) -> None:
    options = state.models[app_label, self.model_name].options
    options["triggers"] = [*options.get("triggers", []), self.trigger]


def _remove(self: RemoveTrigger, app_label: str, state: ProjectState) -> None:
    options = state.models[app_label, self.model_name].options
    options["triggers"] = [one for one in options.get("triggers", []) if one.name != self.name]


def draw_no_model_anew() -> None:
    AddTrigger.state_forwards = _add  # type: ignore[method-assign]
    RemoveTrigger.state_forwards = _remove  # type: ignore[method-assign]
