from pathlib import Path

import pytest
from django.apps import apps

from homeschool.field_classes import FIELD_CLASSES, PERSONAL, PLAIN, SENSITIVE

ROOT = Path(__file__).resolve().parents[2]
OURS = [config for config in apps.get_app_configs() if Path(config.path).parent == ROOT]
MODELS = [
    model
    for config in OURS
    for model in config.get_models()
    if not any(field.name.startswith("pgh_") for field in model._meta.fields)
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_field_is_classified(model):
    fields = {field.name for field in model._meta.concrete_fields}
    listed = FIELD_CLASSES.get(model._meta.label, {})
    assert fields == set(listed), fields ^ set(listed)
    assert set(listed.values()) <= {PLAIN, PERSONAL, SENSITIVE}


def test_no_model_is_listed_that_is_gone():
    assert set(FIELD_CLASSES) == {model._meta.label for model in MODELS}


def test_what_was_said_in_trust_is_not_kept_in_the_history_of_a_concern():
    event = apps.get_model("safeguarding", "ConcernEvent")
    assert "words" not in {field.name for field in event._meta.fields}
