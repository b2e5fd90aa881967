"""Save a report form, whichever door it comes through."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from safeguarding.models import Report
from safeguarding.reports import actions
from safeguarding.reports.forms import ReportForm
from students.models import Student


def written(form: ReportForm, *, student: Student, by: User, at: datetime) -> Report | None:
    """Return the report; None if the form must be shown (again), with its errors if there are any."""
    if not form.is_valid():
        return None
    try:
        return actions.write_report(student=student, by=by, at=at, **form.cleaned_data)
    except actions.OneSelf:
        form.add_error(None, _("You cannot write a report about yourself."))
    except actions.OtherWords:
        form.renew_key()
        form.add_error(
            None,
            _(
                "This form was sent before and is on record as a report, without what you changed "
                "since. Send it again to make a separate report of what you see here."
            ),
        )
    return None
