"""A migration's step for a trigger: what it notes, and that it draws no model again."""

import pgtrigger
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import AutoField
from pgtrigger.migrations import AddTrigger, RemoveTrigger

FIRST, SECOND = (
    pgtrigger.Protect(name=name, operation=pgtrigger.Delete) for name in ("first", "second")
)


def test_triggers_are_noted_and_the_model_is_as_it_was_drawn():
    state = ProjectState()
    state.add_model(ModelState("visits", "thing", [("id", AutoField(primary_key=True))]))
    drawn = state.apps.get_model("visits", "thing")
    before = state.clone()
    for trigger in (FIRST, SECOND):
        AddTrigger("thing", trigger).state_forwards("visits", state)
    assert state.models["visits", "thing"].options["triggers"] == [FIRST, SECOND]
    RemoveTrigger("thing", "first").state_forwards("visits", state)
    assert state.models["visits", "thing"].options["triggers"] == [SECOND]
    assert "triggers" not in before.models["visits", "thing"].options
    assert state.apps.get_model("visits", "thing") is drawn
