"""The school's own records for the yearly audit of children's data (Regulations on the Protection of Minors
in Cyberspace, Art. 37) and for the assessment of impact (PIPL Art. 55, 56): counts, without any child's
name.

Whether the law was kept is for a person to say; the sheets give that person the facts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Count, Model
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import AccessRecord
from core.downloads import put_row, saved
from delivery.models import ChannelAccount
from doors.staff.filing.access import Standing, standing
from doors.staff.filing.words import AREAS, RIGHTS, WHAT_LEAVES
from doors.staff.retention import presenters as retention
from doors.staff.retention.queries import midnight
from doors.staff.retention.rules import RULES
from guardians.models import Adult
from privacy.models import Consent, DataRequest, Purpose, RetentionEntry
from schools.models import School
from schools.roles import ROLE_PERMISSIONS, Role
from students.models import Student

CHILD_UNTIL, MINOR_UNTIL = 14, 18  # years: PIPL Art. 28, 31; Minors Protection Law Art. 2
# What the sheets do not say, or a person must add.
ABOUT = (
    (
        gettext_lazy("For the yearly audit"),
        gettext_lazy(
            "Regulations on the Protection of Minors in Cyberspace, Art. 37; a notice of December 2025"
            " names the end of January. Taken from commentaries: compare with the notice before you file."
        ),
    ),
    (
        gettext_lazy("For the assessment of impact"),
        gettext_lazy(
            "Personal Information Protection Law, Art. 55: sensitive data; people who work for the school"
            " with them; data given to others. Kept at least three years (Art. 56)."
        ),
    ),
    (
        gettext_lazy("To be added by a person"),
        gettext_lazy(
            "Whether each purpose is lawful and needed, how grave the consequences for a child can be,"
            " whether the protection is enough, and every leak or misuse that has become known."
        ),
    ),
    (
        gettext_lazy("Decided by a machine"),
        gettext_lazy("Nothing. Hints of the early warning are looked at by a person, who decides."),
    ),
)


@dataclass(frozen=True)
class Sheet:
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]


def sheets(school: School, year: int, on: date) -> list[Sheet]:
    """Return the sheets. `year` is the calendar year of the report; access and holdings are as of `on`."""
    begins, ends = midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1))
    access = standing(school, on)
    about = [
        (_("School"), f"{school.name} ({school.code})"),
        (_("Year"), year),
        (_("As of"), on.isoformat()),
        *ABOUT,
    ]
    return [
        Sheet(_("About"), (pgettext("kind of data", "What"), _("Words")), about),
        _data(school),
        _people(school, on),
        _roles(access),
        _access(access),
        _readings(school, begins, ends),
        _consents_and_requests(school, begins, ends),
        _kept(school, begins, ends),
        _others(school),
    ]


def workbook(found: Sequence[Sheet]) -> bytes:
    from openpyxl import Workbook  # imported only when needed: it loads NumPy

    book = Workbook()
    book.remove(book.active)
    for sheet in found:
        page = book.create_sheet(sheet.title)
        for number, row in enumerate((sheet.head, *sheet.rows), 1):
            put_row(page, number, row)
        for column in "ABCDEF":
            page.column_dimensions[column].width = 32
    return saved(book)


def _data(school: School) -> Sheet:
    head = (
        _("Area"),
        _("For what"),
        _("Ground"),
        _("Personal fields"),
        _("Sensitive fields"),
        _("Records"),
    )
    classes: dict[str, dict[str, str]] = import_string(settings.FIELD_CLASSES)
    rows = []
    for app, area in AREAS.items():
        counts: Counter[str] = Counter()
        records = 0
        for label, fields in classes.items():
            if label.split(".")[0] != app:
                continue
            counts.update(fields.values())
            if set(fields.values()) != {"plain"}:
                records += _records(apps.get_model(label), school)
        rows.append((*area, counts["personal"], counts["sensitive"], records))
    return Sheet(_("Data"), head, rows)


def _records(model: type[Model], school: School) -> int:
    """Return the number of rows of this school; rows without a school are counted with those they
    belong to.
    """
    names = {field.name for field in model._meta.concrete_fields}
    if model is AccessRecord:
        return AccessRecord.objects.filter(chain=_chain(school)).count()
    return model._base_manager.filter(school=school).count() if "school" in names else 0


def _chain(school: School) -> str:
    return f"{AccessRecord.CHAIN}:{school.pk}"


def _people(school: School, on: date) -> Sheet:
    children = Student.objects.filter(school=school)

    def born_after(years: int) -> date:
        day = 28 if (on.month, on.day) == (2, 29) else on.day
        return date(on.year - years, on.month, day)

    young = children.filter(born_on__gt=born_after(CHILD_UNTIL)).count()
    minors = children.filter(born_on__gt=born_after(MINOR_UNTIL)).count()
    adults = Adult.objects.filter(school=school).exclude(name="").count()
    rows = [
        (_("children under 14"), young),
        (_("children from 14 to 17"), minors - young),
        (_("from 18 on, or without a birthday on file"), children.count() - minors),
        (_("adults of families"), adults),
    ]
    return Sheet(_("People"), (_("Who"), _("How many")), rows)


def _roles(access: Standing) -> Sheet:
    head = (_("Role"), _("How many"), *[str(words) for _name, words in RIGHTS])
    held = Counter(one.post.role for one in access.listed)
    rows = []
    for role in Role:
        if held[role]:
            may = ROLE_PERMISSIONS[role]
            marks = ("✓" if right in may else "" for right, _words in RIGHTS)
            rows.append((role.label, held[role], *marks))
    return Sheet(_("Roles"), head, rows)


def _access(access: Standing) -> Sheet:
    head = (
        pgettext("of a person", "Name"),
        _("Role"),
        _("Class or village"),
        _("Since"),
        _("Second step"),
        _("Confirmed"),
    )
    rows = []
    for one in access.listed:
        post = one.post
        place = post.school_class.name if post.school_class else post.village
        confirmed = (
            "" if one.is_new or not access.last else timezone.localdate(access.last.at).isoformat()
        )
        step = "✓" if one.has_second_step else ""
        starts_on = post.starts_on.isoformat()
        rows.append((post.user.name, post.get_role_display(), place, starts_on, step, confirmed))
    return Sheet(_("Access"), head, rows)


def _readings(school: School, begins: datetime, ends: datetime) -> Sheet:
    head = (
        _("What was opened"),
        _("How often"),
        _("Readers"),
        _("Children"),
        _("Left as a file or on paper"),
    )
    records = AccessRecord.objects.filter(chain=_chain(school), at__gte=begins, at__lt=ends)
    counted = records.values("what").annotate(
        n=Count("pk"),
        readers=Count("user", distinct=True),
        children=Count("student_id", distinct=True),
    )
    rows = []
    for row in counted.order_by("-n", "what"):
        leaves = "✓" if WHAT_LEAVES.match(row["what"]) else ""
        rows.append((row["what"], row["n"], row["readers"], row["children"], leaves))
    return Sheet(_("Readings"), head, rows)


def _consents_and_requests(school: School, begins: datetime, ends: datetime) -> Sheet:
    consents = Consent.objects.filter(school=school, at__gte=begins, at__lt=ends)
    said = consents.order_by().values("purpose", "decision").annotate(n=Count("pk"))
    rows = [
        (Purpose(row["purpose"]).label, Consent.Decision(row["decision"]).label, row["n"])
        for row in said.order_by("purpose", "decision")
    ]
    requests = DataRequest.objects.filter(school=school, asked_at__gte=begins, asked_at__lt=ends)
    asked = requests.order_by().values("kind", "state").annotate(n=Count("pk"))
    rows += [
        (DataRequest.Kind(row["kind"]).label, DataRequest.State(row["state"]).label, row["n"])
        for row in asked.order_by("kind", "state")
    ]
    head = (pgettext("kind of data", "What"), _("Said or asked"), _("How many"))
    return Sheet(_("Consents and requests"), head, rows)


def _kept(school: School, begins: datetime, ends: datetime) -> Sheet:
    head = (pgettext("kind of data", "What"), _("Kept for"), _("Then"), _("Deleted in the year"))
    entries = RetentionEntry.objects.filter(school=school, at__gte=begins, at__lt=ends)
    gone: Counter[str] = Counter()
    for key, count in entries.values_list("rule", "count"):
        gone[key] += count
    rows = []
    for rule in RULES:
        what, becomes = retention.WORDS[rule.key]
        rows.append((what, retention.span(rule), becomes, gone[rule.key]))
    return Sheet(_("How long kept"), head, rows)


def _others(school: School) -> Sheet:
    accounts = ChannelAccount.objects.filter(school=school, is_enabled=True)
    rows = [
        (account.get_kind_display(), _("number or address, and the text of a message"))
        for account in accounts.order_by("priority", "pk")
    ]
    if settings.TRANSLATION_URL:
        rows.append((_("machine translation"), _("words of notices and conversations")))
    if settings.TRANSCRIBE_URL:
        rows.append((_("voice notes written down"), _("the sound of a family's voice note")))
    if settings.SPEECH_URL:
        rows.append((_("reading aloud"), _("the words of the page")))
    tokens = _("what was ticked under Settings → Other systems")
    rows.append((_("other systems with a token"), tokens))
    return Sheet(_("To others"), (_("Who"), _("What they get")), rows)
