"""The usual word: what is counted are attempts that failed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("delivery", "0017_attempts")]

    operations = [
        migrations.RenameField("invitation", "wrong_tries", "failed_attempts"),
        migrations.RenameField("onetimecode", "wrong_tries", "failed_attempts"),
    ]
