"""The usual word: what is counted are attempts."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("api", "0010_adults_and_notes")]

    operations = [migrations.RenameField("webhookdelivery", "tries", "attempts")]
