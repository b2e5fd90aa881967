import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from guardians.care.models import CareGap, EntrustedCare, LeftAlone
from guardians.changes.models import (
    DetailsCheck,
    DifferentAdults,
    GuardianChange,
    Merge,
    NumberChange,
)
from guardians.hours import CHINA, Hours
from guardians.nearby.models import NearbyAdult
from schools.fields import school_field
from schools.models import DateSpan, School, ends_after_start
from students.models import Student

__all__ = [
    "PARENTS",
    "Adult",
    "CareGap",
    "Contact",
    "ContactDenial",
    "ContactPoint",
    "DetailsCheck",
    "DifferentAdults",
    "EntrustedCare",
    "GuardianChange",
    "Guardianship",
    "LeftAlone",
    "Merge",
    "Migration",
    "NearbyAdult",
    "NumberChange",
    "Relation",
    "SentHome",
]


@pghistory.track()
class Adult(models.Model):
    """An adult of a child's family, as one school knows them.

    One record per school; the account that signs in (`user`) links the records of one person.
    """

    class Shift(models.TextChoices):
        UNKNOWN = "", _("not known")
        DAY = "day", _("day shift")
        NIGHT = "night", _("night shift")
        ROTATING = "rotating", _("rotating shifts")

    class Literacy(models.TextChoices):
        UNKNOWN = "", _("not known")
        READS = "reads", _("reads well")
        LITTLE = "little", _("reads a little")
        NONE = "none", _("does not read")

    class Condition(models.TextChoices):
        """An adult's situation. One who is not `in_touch` stays on record, but no message asks about them."""

        IN_TOUCH = "in_touch", _("can be asked about")
        DEAD = "dead", _("has died")
        IMPRISONED = "imprisoned", _("in prison")
        MISSING = "missing", _("missing")
        NO_CONTACT = "no_contact", _("not in contact")

    class LegalBasis(models.TextChoices):
        """The legal ground on which the school writes to this person (PIPL Art. 13)."""

        GUARDIAN_DUTY = (
            "guardian_duty",
            _("parent or guardian: duty under the Minors Protection Law"),
        )
        ENTRUSTED_CARE = "entrusted_care", _("entrusted carer, named by the parents")
        CONSENT = "consent", _("has agreed")
        NONE = "none", _("none recorded: nothing is sent")

    class BlockGround(models.TextChoices):
        COURT_ORDER = "court_order", _("order of a court")
        SAFEGUARDING = "safeguarding", _("safeguarding decision of the school")
        # Set by a report of suspected harm. It is displayed like the line above and can only be lifted from
        # the report.
        REPORT = "report", _("safeguarding decision of the school")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="adults")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="adults",
    )
    name = models.CharField(_("name"), max_length=60)
    name_pinyin = models.CharField(max_length=120, editable=False, blank=True)
    condition = models.CharField(
        _("situation"), max_length=12, choices=Condition, default=Condition.IN_TOUCH
    )
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans"
    )
    prefers_audio = models.BooleanField(_("would rather listen than read"), default=False)
    literacy = models.CharField(
        _("reading"), max_length=8, choices=Literacy, default=Literacy.UNKNOWN, blank=True
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default=CHINA)
    shift = models.CharField(
        _("shift"), max_length=10, choices=Shift, default=Shift.UNKNOWN, blank=True
    )
    # For rotating shifts: the first day of a run of day shifts, and the number of days in a run.
    shift_since = models.DateField(_("first day of the day shifts"), null=True, blank=True)
    shift_turn_days = models.PositiveSmallIntegerField(
        _("days until the shift changes"),
        default=7,
        db_default=7,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
    )
    # Local hours in which no message may arrive. None means the default for the shift (guardians.hours).
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    legal_basis = models.CharField(
        _("legal basis for writing"),
        max_length=16,
        choices=LegalBasis,
        default=LegalBasis.GUARDIAN_DUTY,
    )
    opted_out_at = models.DateTimeField(_("wants no messages since"), null=True, blank=True)
    blocked_at = models.DateTimeField(_("blocked since"), null=True, blank=True)
    blocked_reason = models.CharField(_("reason for blocking"), max_length=200, blank=True)
    blocked_ground = models.CharField(
        _("on which ground"), max_length=12, choices=BlockGround, blank=True
    )
    # The court order's number, or who took part in the safeguarding decision.
    blocked_decision = models.CharField(
        _("order number or who decided"), max_length=120, blank=True
    )
    blocked_decided_on = models.DateField(_("decided on"), null=True, blank=True)
    blocked_by = user_field(null=True, blank=True)
    # A report of suspected harm requires the block, no matter who blocked first: only the report can lift
    # it.
    held_by_report = models.BooleanField(default=False, db_default=False, editable=False)
    # The author of that report. Blocks that the report adds later are recorded in their name, not in the
    # name of the person who blocked before.
    reported_by = user_field(null=True, editable=False, db_index=False)
    # Set when the record was merged: the same person continues under the other record (Merge lists what was
    # moved).
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("adult")
        verbose_name_plural = _("adults")
        indexes = [
            models.Index(fields=["school", "name_pinyin"]),
            # Few are blocked, and a task looks for them every minute (notices.queries).
            models.Index(
                fields=["id"], name="blocked_adults", condition=Q(blocked_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_adult_per_account_and_school",
                fields=["school", "user"],
                condition=Q(user__isnull=False),
            ),
            models.CheckConstraint(
                name="blocking_has_reason_and_name",
                condition=Q(blocked_at__isnull=True)
                | (~Q(blocked_reason="") & Q(blocked_by__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def surname(self) -> str:
        return self.name[:1]

    @property
    def hours(self) -> Hours:
        return Hours(
            self.time_zone,
            self.shift,
            self.quiet_from,
            self.quiet_until,
            self.shift_since,
            self.shift_turn_days,
        )

    @property
    def is_blocked(self) -> bool:
        return self.blocked_at is not None

    @property
    def may_be_asked_about(self) -> bool:
        return self.condition == self.Condition.IN_TOUCH

    @property
    def is_approachable(self) -> bool:
        """The condition of guardians.queries.approachable for a row already loaded."""
        return not self.is_blocked and self.may_be_asked_about

    @property
    def may_be_written_to(self) -> bool:
        """The condition of guardians.queries.may_be_written_to for a row already loaded."""
        return self.is_approachable and self.legal_basis != self.LegalBasis.NONE

    @property
    def may_be_asked(self) -> bool:
        """The condition of guardians.queries.may_be_asked for a row already loaded."""
        return self.may_be_written_to and self.opted_out_at is None


@pghistory.track()
class ContactPoint(models.Model):
    """A phone number or address at which an adult may be reached, and whether it works.

    `address` is E.164 or an e-mail address. It is empty if what was written is neither; then `problem` is a
    key for the reason (core.phones.problem_words), and the adult counts as unreachable here.

    A contact point can be used for messages as soon as it is recorded. `signs_in_by` says whether anybody can
    sign in with it (guardians.numbers).
    """

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")
        # Nobody types these in: they come from the family's own phone.
        WECHAT = "wechat", _("WeChat")
        WECOM = "wecom", _("WeCom")
        PUSH = "push", _("this phone's screen")

    TYPED = (Kind.PHONE, Kind.EMAIL)
    # None of these keys is an answer to the question; 9 and 0 have a meaning of their own
    # (messaging.telephone).
    AGREED_KEYS = "45678"

    class SignsInBy(models.TextChoices):
        """The person who vouches that the reader of this number is the adult; "" means nobody has yet."""

        OFFICE = "office", _("the first number, written down by the school office")
        CODE = "code", _("a code that they answered, signed in already")
        SECOND = "second", _("a second member of staff")

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="contact_points")
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    address = models.CharField(_("number or address"), max_length=254, blank=True)
    as_written = models.CharField(_("as written"), max_length=254, blank=True)
    problem = models.CharField(max_length=40, blank=True)
    # For WeChat: the phone number through which the adult was signed in when they linked it. The link is
    # valid only as long as that number is.
    linked_from = models.CharField(max_length=254, blank=True, default="", db_default="")
    # The account within which `address` identifies this person: the AppID of a WeChat account or the CorpID
    # of WeCom. Under another account it identifies nobody, or somebody else. Empty if it was linked before
    # issuers were recorded.
    issuer = models.CharField(max_length=60, blank=True, default="", db_default="")
    priority = models.PositiveSmallIntegerField(_("order"), default=1)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    failing_cause = models.CharField(max_length=60, blank=True)
    last_delivered_at = models.DateTimeField(null=True, blank=True)
    last_replied_at = models.DateTimeField(null=True, blank=True)
    # "This is not me" was tapped in a message to this address: nothing is sent until staff have checked.
    disputed_at = models.DateTimeField(null=True, blank=True)
    signs_in_by = models.CharField(
        _("signs in"), max_length=6, choices=SignsInBy, blank=True, default="", db_default=""
    )

    # Reach the adult by telephone: the weekly question is asked in a call to this number instead of in
    # writing.
    by_call = models.BooleanField(_("by telephone"), default=False, db_default=False)
    # The key that the school and the family agreed on. It must be pressed before the child's name is
    # spoken.
    agreed_key = models.CharField(
        _("agreed key"), max_length=1, blank=True, default="", db_default=""
    )

    class Meta:
        ordering = ["priority", "pk"]
        indexes = [models.Index(fields=["school", "address"])]
        constraints = [
            models.UniqueConstraint(
                name="one_contact_point_per_address",
                fields=["adult", "kind", "address"],
                condition=~Q(address=""),
            ),
            models.CheckConstraint(
                name="only_a_phone_rings", condition=Q(by_call=False) | Q(kind="phone")
            ),
            models.CheckConstraint(
                name="agreed_key_of_a_call", condition=Q(agreed_key="") | Q(by_call=True)
            ),
        ]

    def __str__(self) -> str:
        return self.address or self.as_written


class Relation(models.TextChoices):
    FATHER = "father", _("father")
    MOTHER = "mother", _("mother")
    PATERNAL_GRANDFATHER = "paternal_grandfather", _("grandfather (father's father)")
    PATERNAL_GRANDMOTHER = "paternal_grandmother", _("grandmother (father's mother)")
    MATERNAL_GRANDFATHER = "maternal_grandfather", _("grandfather (mother's father)")
    MATERNAL_GRANDMOTHER = "maternal_grandmother", _("grandmother (mother's mother)")
    RELATIVE = "relative", _("relative")
    SIBLING = "sibling", _("brother or sister")
    OTHER = "other", _("other")


PARENTS = [Relation.FATHER.value, Relation.MOTHER.value]


@pghistory.track()
class Guardianship(models.Model):
    """An adult's tie to a child: what they are to the child, for which period, and what they may see."""

    class Kind(models.TextChoices):
        PARENT = "parent", _("parent")
        GUARDIAN = "guardian", _("guardian by law")
        CARER = "carer", _("carer at home")
        CONTACT = "contact", _("emergency contact")

    BY_LAW = (Kind.PARENT, Kind.GUARDIAN)  # they decide unless something else is on record
    CARING = (Kind.CARER, Kind.GUARDIAN)  # they look after the child while the parents are away
    RAISING = (Kind.PARENT, Kind.GUARDIAN, Kind.CARER)  # everyone but emergency contacts
    # The legal basis for writing to a new adult, by what they are to the child. The school sends nothing to
    # an emergency contact.
    GROUNDS = {
        Kind.PARENT: Adult.LegalBasis.GUARDIAN_DUTY,
        Kind.GUARDIAN: Adult.LegalBasis.GUARDIAN_DUTY,
        Kind.CARER: Adult.LegalBasis.ENTRUSTED_CARE,
        Kind.CONTACT: Adult.LegalBasis.NONE,
    }

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="guardianships")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="guardianships")
    adult = models.ForeignKey(Adult, on_delete=models.CASCADE, related_name="guardianships")
    relation = models.CharField(_("relation"), max_length=24, choices=Relation)
    kind = models.CharField(_("as"), max_length=10, choices=Kind)
    priority = models.PositiveSmallIntegerField(_("order"), default=1)
    # Able to act as guardian (State Council 2016 no. 13); None means that nobody has asked yet.
    has_capacity = models.BooleanField(_("able to act as guardian"), null=True, blank=True)
    may_see_file = models.BooleanField(_("may see how the child is"), default=True)
    # Consent, corrections and deletion. None means the legal default (see `decides`).
    may_decide = models.BooleanField(_("may decide for the child"), null=True, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=200, blank=True)

    class Meta:
        ordering = ["priority", "pk"]
        indexes = [models.Index(fields=["adult", "starts_on"])]
        constraints = [
            ends_after_start("guardianship_ends_after_start"),
            ExclusionConstraint(
                name="one_guardianship_of_a_kind_at_a_time",
                expressions=[
                    ("student", RangeOperators.EQUAL),
                    ("adult", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    (DateSpan(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adult} {self.relation} {self.student}"

    @property
    def decides(self) -> bool:
        """Return the recorded choice.

        If there is none, parents and legal guardians decide and others do not.
        """
        return self.kind in self.BY_LAW if self.may_decide is None else self.may_decide


@pghistory.track()
class Migration(models.Model):
    """An adult's place of residence since a given day: away for work, or at home. No row means not known."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="migrations")
    # `where_adults_live` serves as its index.
    adult = models.ForeignKey(
        Adult, on_delete=models.CASCADE, related_name="migrations", db_index=False
    )
    is_away = models.BooleanField(_("away from home"))
    place = models.CharField(_("place"), max_length=80, blank=True)
    work = models.CharField(_("work"), max_length=80, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["-starts_on"]
        # Holds every column that queries use to find where an adult lives, so that PostgreSQL answers from
        # the index alone: half of all reads about a family need this. With the index of
        # `one_place_at_a_time` they take eight times as long.
        indexes = [
            models.Index(
                fields=["adult", "starts_on", "ends_on", "is_away", "school"],
                name="where_adults_live",
            )
        ]
        constraints = [
            ends_after_start("migration_ends_after_start"),
            ExclusionConstraint(
                name="one_place_at_a_time",
                expressions=[
                    ("adult", RangeOperators.EQUAL),
                    (DateSpan(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adult} {self.place} {self.starts_on}"


class Contact(models.Model):
    """A talk or meeting that really took place between a parent and a child; the weekly clock counts these.

    Nothing is deleted: a correction sets `retracted_at`. `source_key` makes it harmless to record the same
    statement twice ("check-in 7, line 9").
    """

    class Kind(models.TextChoices):
        CALL = "call", _("call")
        VIDEO = "video", _("video call")
        VISIT = "visit", _("visit")
        TALK = "talk", _("talk")

    class ReportedBy(models.TextChoices):
        PARENT = "parent", _("the parent said so")
        CARER = "carer", _("the carer said so")
        CHILD = "child", _("the child said so")
        STAFF = "staff", _("the school saw it")
        LINE = "line", _("Jiaqiao connected the call")

    # No index of its own: two of the indexes below begin with the school.
    school = models.ForeignKey(
        School, on_delete=models.PROTECT, related_name="contacts", db_index=False
    )
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="contacts")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="contacts")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.TALK)
    happened_on = models.DateField(_("day"))
    reported_by = models.CharField(_("who says so"), max_length=8, choices=ReportedBy)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    source_key = models.CharField(max_length=60, unique=True, null=True)
    recorded_by = user_field(null=True)
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-happened_on", "-pk"]
        indexes = [
            models.Index(
                F("student"),
                F("happened_on").desc(),
                name="contact_clock",
                condition=Q(retracted_at=None),
            ),
            models.Index(fields=["school", "happened_on"]),
            models.Index(fields=["school", "recorded_at"], name="last_recorded_talk"),
        ]

    def __str__(self) -> str:
        return f"{self.student} {self.adult} {self.happened_on}"


class ContactDenial(models.Model):
    """A statement that the child and a parent have not talked this week: the counterpart of `Contact`.

    Nothing is deleted. If a talk is on record for the same days, we ask the teacher.
    """

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="contact_denials")
    # None means "with nobody".
    adult = models.ForeignKey(
        Adult, on_delete=models.PROTECT, null=True, blank=True, related_name="contact_denials"
    )
    said_by = models.CharField(_("who says so"), max_length=8, choices=Contact.ReportedBy)
    said_on = models.DateField(_("day"))
    source_key = models.CharField(max_length=60, unique=True)
    recorded_at = models.DateTimeField()
    # Set once a teacher has asked gently; `outcome` says what came of it.
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = user_field(null=True)
    outcome = models.CharField(_("what came of it"), max_length=200, blank=True)

    class Meta:
        ordering = ["-said_on", "-pk"]
        indexes = [
            models.Index(fields=["student", "-said_on"], name="denials_of_child"),
            models.Index(
                fields=["school", "said_on"], condition=Q(settled_at=None), name="open_denials"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.said_on}"


class SentHome(models.Model):
    """A letter, a gift or money from a parent.

    It is kept on record, but it is not a talk and does not reset the clock.
    """

    class Kind(models.TextChoices):
        LETTER = "letter", _("letter")
        GIFT = "gift", _("gift")
        MONEY = "money", _("money")

    school = school_field(db_index=False)
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="sent_home")
    adult = models.ForeignKey(Adult, on_delete=models.PROTECT, related_name="sent_home")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    arrived_on = models.DateField(_("day"))
    words = models.CharField(_("what it was"), max_length=200, blank=True)
    source_key = models.CharField(max_length=60, unique=True)
    reported_by = models.CharField(_("who says so"), max_length=8, choices=Contact.ReportedBy)
    recorded_by = user_field(null=True)
    recorded_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-arrived_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind} {self.arrived_on}"
