from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("counselling", "0003_entries_outlive_cases"),
    ]

    operations = [
        migrations.AlterField(
            model_name="referral",
            name="direction",
            field=models.CharField(
                choices=[("out", "Outgoing letter"), ("in", "Incoming letter")], max_length=3
            ),
        ),
        migrations.AlterField(
            model_name="referral",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("sent", "handed over"),
                    ("accepted", "accepted"),
                    ("rejected", "not accepted"),
                    ("done", "done"),
                    ("revoked", "taken back"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="referralentry",
            name="to_state",
            field=models.CharField(
                choices=[
                    ("draft", "draft"),
                    ("sent", "handed over"),
                    ("accepted", "accepted"),
                    ("rejected", "not accepted"),
                    ("done", "done"),
                    ("revoked", "taken back"),
                ],
                max_length=8,
            ),
        ),
    ]
