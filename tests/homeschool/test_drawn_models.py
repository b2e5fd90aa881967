"""Migrations draw the model that a step changes, and all of them where a step needs more."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

KEY = models.AutoField(primary_key=True)
TO_PLACE = models.ForeignKey("visits.Place", models.CASCADE)
TYPE = """
SELECT data_type FROM information_schema.columns
WHERE table_name = 'visits_stay' AND column_name = 'place_id'
"""


@pytest.fixture
def state():
    """A place to which trips lead, drawn."""
    state = ProjectState()
    state.apps  # noqa: B018 - drawn from here on, as in the midst of a migration
    for step in (
        migrations.CreateModel("Place", [("id", KEY)]),
        migrations.CreateModel("Trip", [("id", KEY), ("place", TO_PLACE)]),
    ):
        step.state_forwards("visits", state)
    return state


def drawn(state: ProjectState) -> dict[str, type]:
    return dict(state.apps.all_models["visits"])


@pytest.mark.parametrize(
    ("step", "changed"),
    [
        (migrations.CreateModel("Stay", [("id", KEY), ("place", TO_PLACE)]), "stay"),
        (migrations.AddField("Place", "next", models.ForeignKey("self", models.CASCADE)), "place"),
        (migrations.AddField("Trip", "back", TO_PLACE.clone()), "trip"),
        (migrations.AddIndex("Trip", models.Index(fields=["place"], name="one")), "trip"),
        (
            migrations.AddConstraint(
                "Trip", models.UniqueConstraint(fields=["place"], name="one_trip")
            ),
            "trip",
        ),
    ],
    ids=["model", "to itself", "to another", "index", "constraint"],
)
def test_a_step_draws_its_own_model_alone(state, step, changed):
    before = drawn(state)
    step.state_forwards("visits", state)
    after = drawn(state)
    assert {name for name, model in after.items() if model is not before.get(name)} == {changed}


def migrate(state: ProjectState, *steps) -> ProjectState:
    migration = migrations.Migration("one", "visits")
    migration.operations = steps
    with connection.schema_editor() as editor:
        return migration.apply(state, editor)


@pytest.mark.django_db
def test_the_keys_of_others_follow_a_key_that_changes():
    state = ProjectState()
    state.apps  # noqa: B018
    large = models.BigAutoField(primary_key=True)
    migrate(
        state,
        migrations.CreateModel("Place", [("id", KEY)]),
        migrations.CreateModel("Stay", [("id", KEY), ("place", TO_PLACE)]),
        migrations.AddField("Place", "name", models.TextField(default="")),
        migrations.AlterField("Place", "id", large),
    )
    with connection.cursor() as cursor:
        cursor.execute(TYPE)
        assert cursor.fetchone() == ("bigint",)


@pytest.mark.django_db
def test_a_step_of_python_finds_what_points_at_a_model():
    found = []

    def look(apps, editor):
        fields = apps.get_model("visits", "Place")._meta.get_fields()
        found.extend(sorted(field.name for field in fields))

    state = ProjectState()
    state.apps  # noqa: B018
    migrate(
        state,
        migrations.CreateModel("Place", [("id", KEY)]),
        migrations.CreateModel("Stay", [("id", KEY), ("place", TO_PLACE)]),
        migrations.AddField("Place", "name", models.TextField(default="")),
        migrations.RunPython(look),
    )
    assert found == ["id", "name", "stay"]
