"""Triggers on everything that a class's kept week is counted from.

In the transaction of the change they record which days of which class it affects. No package has to know of
the weeks, and no way of writing can forget them.

The functions run as the owner, because somebody who writes about one child need not see every class that the
child was in.
"""

from django.db import migrations

# Of the rows that changed (`changed`): whose class, and which days. A talk also confirms others that were told
# of up to three days before or after (guardians.clock.rules.CONFIRMS_WITHIN_DAYS).
CLASSES = {
    "students_enrolment": """
        SELECT changed.school_id, changed.school_class_id, changed.starts_on, changed.ends_on FROM changed
    """,
    "guardians_contact": """
        SELECT enrolment.school_id, enrolment.school_class_id,
            changed.happened_on - 3, changed.happened_on + 3
        FROM changed JOIN public.students_enrolment enrolment
          ON enrolment.student_id = changed.student_id
         AND enrolment.starts_on <= changed.happened_on + 9
         AND (enrolment.ends_on IS NULL OR enrolment.ends_on >= changed.happened_on - 3)
    """,
    "guardians_guardianship": """
        SELECT enrolment.school_id, enrolment.school_class_id, changed.starts_on, changed.ends_on
        FROM changed JOIN public.students_enrolment enrolment
          ON enrolment.student_id = changed.student_id
        WHERE changed.kind = 'parent'
    """,
    "guardians_migration": """
        SELECT enrolment.school_id, enrolment.school_class_id, changed.starts_on, changed.ends_on
        FROM changed
        JOIN public.guardians_guardianship guardianship ON guardianship.adult_id = changed.adult_id
        JOIN public.students_enrolment enrolment ON enrolment.student_id = guardianship.student_id
        WHERE guardianship.kind = 'parent'
    """,
    # Since when somebody has been out of touch is not on record: it holds for every week.
    "guardians_adult": """
        SELECT enrolment.school_id, enrolment.school_class_id, enrolment.starts_on, enrolment.ends_on
        FROM changed JOIN was USING (id)
        JOIN public.guardians_guardianship guardianship ON guardianship.adult_id = changed.id
        JOIN public.students_enrolment enrolment ON enrolment.student_id = guardianship.student_id
        WHERE changed.condition <> was.condition AND guardianship.kind = 'parent'
    """,
}
FUNCTION = """
CREATE FUNCTION public.figures_stale_by_{table}() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO public.figures_staleclass (school_id, school_class_id, first_on, last_on)
    SELECT DISTINCT {classes};
    RETURN NULL;
END;
$$;
"""
TRIGGER = """
CREATE TRIGGER figures_stale_{when} AFTER {operation} ON public.{table}
REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.figures_stale_by_{table}();
"""
# when → operation and rows; an update is of the row before and of the row after.
EVENTS = {
    "insert": ("INSERT", "NEW TABLE AS changed"),
    "before": ("UPDATE", "OLD TABLE AS changed"),
    "after": ("UPDATE", "NEW TABLE AS changed"),
    "delete": ("DELETE", "OLD TABLE AS changed"),
}
OF_ADULTS = {"after": ("UPDATE", "OLD TABLE AS was NEW TABLE AS changed")}


def _triggers(table: str) -> str:
    events = OF_ADULTS if table == "guardians_adult" else EVENTS
    return "".join(
        TRIGGER.format(table=table, when=when, operation=operation, rows=rows)
        for when, (operation, rows) in events.items()
    )


def _install() -> str:
    return "".join(
        FUNCTION.format(table=table, classes=classes.strip().removeprefix("SELECT "))
        + _triggers(table)
        for table, classes in CLASSES.items()
    )


def _remove() -> str:
    return "".join(f"DROP FUNCTION public.figures_stale_by_{table}() CASCADE;" for table in CLASSES)


class Migration(migrations.Migration):
    dependencies = [
        ("figures", "0002_class_weeks"),
        ("guardians", "0004_joined_calls"),
        ("students", "0004_kept_no_longer"),
    ]

    operations = [migrations.RunSQL(_install(), _remove())]
