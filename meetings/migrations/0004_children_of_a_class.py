# A class's meetings are found by its key, however many meetings other schools hold.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0003_photos"),
        ("schools", "0004_county_calendar"),
    ]

    operations = [
        migrations.AlterField(
            model_name="meetingchild",
            name="school_class",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="schools.schoolclass",
            ),
        ),
    ]
