from uuid import uuid5

from django.db import migrations


def add_the_system(apps, schema_editor):
    """A message's key was made from the system's own id alone; now the system's name is part of it."""
    sent = apps.get_model("notices", "Notice").objects.filter(sent_for__isnull=False)
    names = sent.values_list("pk", "key", "sent_for__name")
    for pk, key, name in names.iterator():
        sent.filter(pk=pk).update(key=uuid5(key, name))


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_texts_for_systems"), ("accounts", "0001_initial")]

    operations = [migrations.RunPython(add_the_system, migrations.RunPython.noop)]
