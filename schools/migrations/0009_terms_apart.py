"""Keep the two terms of a school year apart."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import migrations

import schools.models

# A term that reached into the next one ends on the day before it: no page could save two that overlap, but
# two people at the same moment could, or dates of the county beside a first guess.
END_BEFORE_THE_NEXT = """
    UPDATE schools_term AS term SET ends_on = next.starts_on - 1
    FROM schools_term AS next
    WHERE next.year_id = term.year_id AND term.starts_on < next.starts_on AND term.ends_on >= next.starts_on
"""


class Migration(migrations.Migration):
    dependencies = [("schools", "0008_failed_attempts")]

    operations = [
        migrations.RunSQL(END_BEFORE_THE_NEXT, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="term",
            constraint=ExclusionConstraint(
                name="terms_of_a_year_apart",
                expressions=[("year", "="), (schools.models.DateSpan(), "&&")],
            ),
        ),
    ]
