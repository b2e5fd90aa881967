from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("figures", "0003_stale_classes")]

    operations = [
        migrations.AddField(
            model_name="publishedweek",
            name="access_confirmed",
            field=models.BooleanField(null=True),
        ),
    ]
