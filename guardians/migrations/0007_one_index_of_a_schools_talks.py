import django.db.models.deletion
from django.db import migrations, models

NAME = "guardians_contact_school_id_9b0ef072"


class Migration(migrations.Migration):
    """`last_recorded_talk` begins with the school as well. Django would make the foreign key anew with the field,
    and lock the schools, which every page reads, while it goes through all talks.
    """

    atomic = False

    dependencies = [("guardians", "0006_last_recorded_talk")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}",
                    f"CREATE INDEX CONCURRENTLY {NAME} ON guardians_contact (school_id)",
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="contact",
                    name="school",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="schools.school",
                    ),
                ),
            ],
        ),
    ]
