"""The usual word: what is counted are attempts."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("delivery", "0016_marks_in_place")]

    operations = [
        migrations.RenameField("incomingmedia", "tries", "attempts"),
        migrations.RenameField("incomingmedia", "next_try_at", "next_attempt_at"),
    ]
