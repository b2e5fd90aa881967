"""What the school's own records say for the yearly audit of children's data (Regulations on the Protection of
Minors in Cyberspace, Art. 37) and for the assessment of impact (PIPL Art. 55, 56): counts, no child's name.

Whether the law was kept is a person's word: the sheets hold what that person needs beside them.
"""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Count, Model
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import AccessRecord
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
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Sheet:
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]


def sheets(school: School, year: int, on: date) -> list[Sheet]:
    """`year`: the calendar year that is reported; who has access and what there is: as of `on`."""
    begins, ends = midnight(date(year, 1, 1)), midnight(date(year + 1, 1, 1))
    access = standing(school, on)
    return [
        _about(school, year, on),
        Sheet(
            _("Data"),
            (
                _("Area"),
                _("For what"),
                _("Ground"),
                _("Personal fields"),
                _("Sensitive fields"),
                _("Records"),
            ),
            list(_areas(school)),
        ),
        Sheet(_("People"), (_("Who"), _("How many")), list(_people(school, on))),
        Sheet(
            _("Roles"),
            (_("Role"), _("How many"), *[str(words) for _name, words in RIGHTS]),
            list(_roles(access)),
        ),
        Sheet(
            _("Access"),
            (
                pgettext("of a person", "Name"),
                _("Role"),
                _("Class or village"),
                _("Since"),
                _("Second step"),
                _("Confirmed"),
            ),
            list(_access(access)),
        ),
        Sheet(
            _("Readings"),
            (
                _("What was opened"),
                _("How often"),
                _("Readers"),
                _("Children"),
                _("Left as a file or on paper"),
            ),
            list(_readings(school, begins, ends)),
        ),
        Sheet(
            _("Consents and requests"),
            (pgettext("kind of data", "What"), _("Said or asked"), _("How many")),
            [*_consents(school, begins, ends), *_requests(school, begins, ends)],
        ),
        Sheet(
            _("How long kept"),
            (pgettext("kind of data", "What"), _("Kept for"), _("Then"), _("Gone in the year")),
            list(_kept(school, begins, ends)),
        ),
        Sheet(_("To others"), (_("Who"), _("What they get")), list(_others(school))),
    ]


def workbook(found: Sequence[Sheet]) -> bytes:
    from openpyxl import Workbook  # loaded when a file is asked for: it brings NumPy along

    book = Workbook()
    book.remove(book.active)
    for sheet in found:
        page = book.create_sheet(sheet.title)
        page.append([str(word) for word in sheet.head])
        for row in sheet.rows:
            page.append([one if isinstance(one, int) else str(one) for one in row])
        for column in "ABCDEF":
            page.column_dimensions[column].width = 32
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _about(school: School, year: int, on: date) -> Sheet:
    rows = [
        (_("School"), f"{school.name} ({school.code})"),
        (_("Year"), year),
        (_("As of"), on.isoformat()),
        (
            _("For the yearly audit"),
            _(
                "Regulations on the Protection of Minors in Cyberspace, Art. 37; a notice of December 2025"
                " names the end of January. Taken from commentaries: compare with the notice before you file."
            ),
        ),
        (
            _("For the assessment of impact"),
            _(
                "Personal Information Protection Law, Art. 55: sensitive data; people who work for the school"
                " with them; data given to others. Kept at least three years (Art. 56)."
            ),
        ),
        (
            _("To be added by a person"),
            _(
                "Whether each purpose is lawful and needed, how grave the consequences for a child can be,"
                " whether the protection is enough, and every leak or misuse that has become known."
            ),
        ),
        (
            _("Decided by a machine"),
            _("Nothing. Hints of the early warning are looked at by a person, who decides."),
        ),
    ]
    return Sheet(_("About"), (pgettext("kind of data", "What"), _("Words")), rows)


def _areas(school: School) -> Iterator[tuple[Any, ...]]:
    classes: dict[str, dict[str, str]] = import_string(settings.FIELD_CLASSES)
    for app, area in AREAS.items():
        counts: Counter[str] = Counter()
        records = 0
        for label, fields in classes.items():
            if label.split(".")[0] != app:
                continue
            counts.update(fields.values())
            if set(fields.values()) != {"plain"}:
                records += _records(apps.get_model(label), school)
        yield (*area, counts["personal"], counts["sensitive"], records)


def _records(model: type[Model], school: School) -> int:
    """Of this school; rows that carry none are counted with those they belong to."""
    names = {field.name for field in model._meta.concrete_fields}
    if model is AccessRecord:
        return AccessRecord.objects.filter(chain=_chain(school)).count()
    return model._base_manager.filter(school=school).count() if "school" in names else 0


def _chain(school: School) -> str:
    return f"{AccessRecord.CHAIN}:{school.pk}"


def _people(school: School, on: date) -> Iterator[tuple[Any, ...]]:
    children = Student.objects.filter(school=school)

    def born_after(years: int) -> date:
        day = 28 if (on.month, on.day) == (2, 29) else on.day
        return date(on.year - years, on.month, day)

    young = children.filter(born_on__gt=born_after(CHILD_UNTIL)).count()
    minors = children.filter(born_on__gt=born_after(MINOR_UNTIL)).count()
    yield _("children under 14"), young
    yield _("children from 14 to 17"), minors - young
    yield _("from 18 on, or without a birthday on file"), children.count() - minors
    yield _("adults of families"), Adult.objects.filter(school=school).exclude(name="").count()


def _roles(access: Standing) -> Iterator[tuple[Any, ...]]:
    held = Counter(one.post.role for one in access.listed)
    for role in Role:
        if held[role]:
            may = ROLE_PERMISSIONS[role]
            yield (
                role.label,
                held[role],
                *("✓" if right in may else "" for right, _words in RIGHTS),
            )


def _access(access: Standing) -> Iterator[tuple[Any, ...]]:
    for one in access.listed:
        post = one.post
        place = post.school_class.name if post.school_class else post.village
        confirmed = (
            "" if one.is_new or not access.last else timezone.localdate(access.last.at).isoformat()
        )
        step = "✓" if one.has_second_step else ""
        yield (
            post.user.name,
            post.get_role_display(),
            place,
            post.starts_on.isoformat(),
            step,
            confirmed,
        )


def _readings(school: School, begins: datetime, ends: datetime) -> Iterator[tuple[Any, ...]]:
    rows = AccessRecord.objects.filter(chain=_chain(school), at__gte=begins, at__lt=ends)
    counted = rows.values("what").annotate(
        n=Count("pk"),
        readers=Count("user", distinct=True),
        children=Count("student_id", distinct=True),
    )
    for row in counted.order_by("-n", "what"):
        leaves = "✓" if row["what"].startswith(WHAT_LEAVES) else ""
        yield row["what"], row["n"], row["readers"], row["children"], leaves


def _consents(school: School, begins: datetime, ends: datetime) -> Iterator[tuple[Any, ...]]:
    rows = Consent.objects.filter(school=school, at__gte=begins, at__lt=ends)
    counted = rows.order_by().values("purpose", "decision").annotate(n=Count("pk"))
    for row in counted.order_by("purpose", "decision"):
        decision = Consent.Decision(row["decision"]).label
        yield Purpose(row["purpose"]).label, decision, row["n"]


def _requests(school: School, begins: datetime, ends: datetime) -> Iterator[tuple[Any, ...]]:
    rows = DataRequest.objects.filter(school=school, asked_at__gte=begins, asked_at__lt=ends)
    counted = rows.order_by().values("kind", "state").annotate(n=Count("pk"))
    for row in counted.order_by("kind", "state"):
        kind = DataRequest.Kind(row["kind"]).label
        yield kind, DataRequest.State(row["state"]).label, row["n"]


def _kept(school: School, begins: datetime, ends: datetime) -> Iterator[tuple[Any, ...]]:
    rows = RetentionEntry.objects.filter(school=school, at__gte=begins, at__lt=ends)
    gone: Counter[str] = Counter()
    for key, count in rows.values_list("rule", "count"):
        gone[key] += count
    for rule in RULES:
        what, becomes = retention.WORDS[rule.key]
        yield what, retention.span(rule), becomes, gone[rule.key]


def _others(school: School) -> Iterator[tuple[Any, ...]]:
    kinds = ChannelAccount.objects.filter(school=school, is_enabled=True).order_by("priority", "pk")
    for account in kinds:
        yield account.get_kind_display(), _("number or address, and the text of a message")
    if settings.TRANSLATION_URL:
        yield _("machine translation"), _("words of notices and conversations")
    if settings.TRANSCRIBE_URL:
        yield _("voice notes written down"), _("the sound of a family's voice note")
    if settings.SPEECH_URL:
        yield _("reading aloud"), _("the words of the page")
    yield _("other systems with a token"), _("what was ticked under Settings → Other systems")
