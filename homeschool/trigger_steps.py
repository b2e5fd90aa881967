"""Steps of migrations that add or remove a trigger, without drawing models anew.

pgtrigger has Django draw the model again after each, and with it every model that is related to one of its
relations: nearly all of ours, in half a second of processor time. A trigger changes nothing in them.
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
