from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

SEEN = [
    ("fine", "is fine"),
    ("quiet", "quieter than usual, is being looked after"),
    ("worrying", "not well: somebody must look at it with me"),
]


def seen() -> models.CharField:
    return models.CharField(
        blank=True, choices=SEEN, max_length=10, verbose_name="how the child is"
    )


class Migration(migrations.Migration):
    atomic = False  # indexes are built beside the work that goes on meanwhile

    dependencies = [("reunions", "0001_holidays_and_plans")]

    operations = [
        migrations.AlterField("watch", "seen", seen()),
        migrations.AlterField("watchevent", "seen", seen()),
        AddIndexConcurrently(
            "infoasked",
            models.Index(
                condition=models.Q(("answered_at__isnull", False)),
                fields=["answered_at"],
                name="info_answered",
            ),
        ),
        AddIndexConcurrently(
            "reunionplan",
            models.Index(
                condition=models.Q(("leaves_on__isnull", False)),
                fields=["leaves_on"],
                name="partings",
            ),
        ),
        AddIndexConcurrently(
            "watch",
            models.Index(
                condition=models.Q(("seen", "worrying")),
                fields=["done_at"],
                name="worrying_watches",
            ),
        ),
    ]
