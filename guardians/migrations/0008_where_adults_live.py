import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

NAME = "guardians_migration_adult_id_e25f8bb1"


class Migration(migrations.Migration):
    """The new index begins with the adult as well. Django would make the foreign key anew with the field."""

    atomic = False

    dependencies = [("guardians", "0007_one_index_of_a_schools_talks")]

    operations = [
        AddIndexConcurrently(
            model_name="migration",
            index=models.Index(
                fields=["adult", "starts_on", "ends_on", "is_away", "school"],
                name="where_adults_live",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                    f"CREATE INDEX CONCURRENTLY {NAME} ON guardians_migration (adult_id)",
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="migration",
                    name="adult",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="migrations",
                        to="guardians.adult",
                    ),
                ),
            ],
        ),
    ]
