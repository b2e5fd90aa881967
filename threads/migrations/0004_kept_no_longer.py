"""Retention finds what is over by its age."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("delivery", "0006_kept_no_longer"),
        ("guardians", "0002_by_telephone"),
        ("schools", "0002_sending_started"),
        ("threads", "0003_machine_texts"),
        ("uploads", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="threadmessage",
            index=models.Index(fields=["school", "at"], name="messages_by_age"),
        ),
    ]
