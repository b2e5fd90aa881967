from django.db import migrations, models

# Urgent answers of before, whose form has its concern: nobody is called for them a second time.
KNOWN = """
INSERT INTO counselling_concernentry (school_id, concern_id, kind, words, level, source_key, at)
SELECT c.school_id, c.id, 'again', '', '', 'answer:' || a.id, a.at
FROM surveys_answer a JOIN counselling_concern c ON c.source_key = 'survey:' || a.seat_id
WHERE a.is_urgent AND EXISTS (
    SELECT FROM surveys_answer e WHERE e.seat_id = a.seat_id AND e.is_urgent AND e.id < a.id
)
ON CONFLICT (source_key) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("counselling", "0011_open_flag_per_school"),
        ("surveys", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="concernentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "opened"),
                    ("told", "was told"),
                    ("acknowledged", "has taken it"),
                    ("handed_over", "handed it over"),
                    ("climbed", "nobody answered; passed on"),
                    ("closed", "closed"),
                    ("reopened", "opened again"),
                    ("added", "the family wrote more"),
                    ("again", "asked for an adult again"),
                    ("taken_back", "taken back by the family"),
                    ("level", "said how soon"),
                    ("late", "not looked after in time"),
                    ("joined", "joined"),
                    ("parted", "parted again"),
                ],
                max_length=14,
            ),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
