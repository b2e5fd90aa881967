"""The usual word: what is counted are attempts."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_agreement_events")]

    operations = [migrations.RenameModel("TryCount", "AttemptCount")]
