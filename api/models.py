import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import user_field
from schools.fields import school_field
from schools.roles import Permission
from surveys.models import Study

NAME_LENGTH = 40  # characters; an account's name has room for a few more
KEY_LENGTH = 100  # characters of an Idempotency-Key; a UUID has 36


class Scope(models.TextChoices):
    """Scopes of a token, stored as these strings for ever."""

    READ_FIGURES = "figures.read", _("Read figures without names")
    READ_ROSTER = "roster.read", _("Read pupils, classes and school years")
    READ_ADULTS = "adults.read", _("Read the names of parents, carers and class teachers")
    WRITE_ROSTER = (
        "roster.write",
        _("Propose changes of the roster, for somebody at school to look at"),
    )
    APPLY_ROSTER = "roster.apply", _("Apply proposed changes of the roster by itself")
    READ_ATTENDANCE = "attendance.read", _("Read the attendance of a class")
    WRITE_ATTENDANCE = "attendance.write", _("Write attendance")
    READ_CHECK_INS = "checkins.read", _("Read how the weekly question stands, without words")
    READ_CALLS = "calls.read", _("Read the booked calls of a day, without the adults")
    WRITE_CONTACTS = "contacts.write", _("Report calls between children and parents")
    WRITE_MESSAGES = (
        "messages.write",
        _("Send families texts that a colleague keeps for other systems"),
    )
    WRITE_OBSERVATIONS = "observations.write", _("Add notes about children")
    READ_EVENTS = "events.read", _("Read meetings and lessons, without names")
    READ_SURVEYS = "surveys.read", _("Read how far survey rounds are, without names")
    READ_RESPONSES = (
        "responses.read",
        _("Read answers for a study, without names, where the family agrees"),
    )


# Scopes that the makers of tokens cannot grant on their own: they apply only while an authorised colleague
# agrees (Agreement).
AGREED_WITH = {
    Scope.WRITE_OBSERVATIONS: Permission.OBSERVE,
    Scope.READ_SURVEYS: Permission.VIEW_SURVEY_FIGURES,
    Scope.READ_RESPONSES: Permission.RUN_SURVEYS,
}


@pghistory.track(exclude=["digest", "form_key", "last_used_at", "warned_at", "stopped_told_at"])
class ApiToken(models.Model):
    """A token with which another system is admitted at one school.

    We store only a digest, so nobody can read it again.

    It gives access to no more than its maker may see, and only while the maker administers the school.
    `account` is named in the logs and on what the system writes; nobody can sign in with it.
    """

    school = school_field()
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("What is it for?"), max_length=NAME_LENGTH)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    # In the form of ipaddress.ip_network; empty means from anywhere.
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    has_maker: bool  # annotation of tokens.policies.with_maker
    made_by = user_field(db_index=False)
    made_at = models.DateTimeField()
    made_on = models.DateField()
    expires_on = models.DateField()  # the last day
    warned_at = models.DateTimeField(null=True)  # administrators were told that it ends soon
    # Administrators were told that it has stopped because its maker no longer administers the school.
    stopped_told_at = models.DateTimeField(null=True)
    # Identifies the form that made the token: sent again, it makes no second one.
    form_key = models.UUIDField(unique=True, editable=False)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = user_field(null=True, db_index=False)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="api_token_a_year_at_most",
                condition=Q(expires_on__gte=F("made_on")) & Q(expires_on__lte=F("made_on") + 366),
            ),
            models.CheckConstraint(
                name="api_token_revoked_by_somebody",
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Agreement(models.Model):
    """A colleague lets a system do, under a scope of AGREED_WITH, what their own post permits.

    Policies are applied as for this colleague. The agreement is valid while they hold that post and until
    somebody withdraws it.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, related_name="agreements")
    scope = models.CharField(max_length=20, choices=Scope)
    by = user_field(db_index=False)
    at = models.DateTimeField()
    # The study whose answers a system reads, and so a single recipient.
    study = models.ForeignKey(Study, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = user_field(null=True, db_index=False)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["token", "scope"], condition=Q(ended_at=None), name="one_agreement_holds"
            ),
            models.CheckConstraint(
                name="api_agreement_ended_by_somebody",
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
            models.CheckConstraint(
                name="api_agreement_answers_of_a_study",
                condition=Q(scope="responses.read", study__isnull=False)
                | ~Q(scope="responses.read") & Q(study=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.token_id} {self.scope}"


class Event(models.TextChoices):
    """Events that we send to other systems, stored and sent as these strings for ever."""

    ROSTER = "roster.changed", _("Pupils, classes or school years changed")
    ATTENDANCE = "attendance.changed", _("Attendance changed")
    FIGURES = "figures.published", _("A week's figures were published")
    CONTACTS = "contacts.changed", _("Talks between children and parents changed")
    CHECK_INS = "checkins.changed", _("How the weekly question stands changed")
    ROUNDS = "rounds.changed", _("A survey round was opened, changed or closed")
    DELIVERY = "delivery.failed", _("A message of this system failed on its way to a family")
    JOB = "job.done", _("A job of this system is done")
    TEST = "test", _("Trial")


# The scope that a system needs to read about an event. Without it, the event is not sent.
SCOPE_FOR = {
    Event.ROSTER: Scope.READ_ROSTER,
    Event.ATTENDANCE: Scope.READ_ATTENDANCE,
    Event.FIGURES: Scope.READ_FIGURES,
    Event.CONTACTS: Scope.READ_CHECK_INS,
    Event.CHECK_INS: Scope.READ_CHECK_INS,
    Event.ROUNDS: Scope.READ_SURVEYS,
    Event.DELIVERY: Scope.WRITE_MESSAGES,
    Event.JOB: Scope.WRITE_ROSTER,
}


@pghistory.track(exclude=["secret", "former_secret"])
class Webhook(models.Model):
    """The address to which we report changes to the system behind a token."""

    class Stopped(models.TextChoices):
        BY_PERSON = "person", _("stopped by an administrator")
        GONE = "gone", _("the other system asked us to stop (410)")
        UNREACHABLE = "unreachable", _("the other system did not respond for three days")

    token = models.OneToOneField(ApiToken, on_delete=models.PROTECT, related_name="webhook")
    address = models.URLField(_("Address of the other system"), max_length=500)
    told_of = ArrayField(models.CharField(max_length=20, choices=Event))
    # Encrypted (webhooks.actions). The former secret also signs, until `former_until`.
    secret = models.BinaryField(editable=False, default=bytes)
    former_secret = models.BinaryField(editable=False, default=bytes)
    former_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    stopped_because = models.CharField(max_length=11, choices=Stopped, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="api_webhook_stopped_for_a_reason",
                condition=Q(stopped_at=None, stopped_because="")
                | Q(stopped_at__isnull=False) & ~Q(stopped_because=""),
            ),
        ]

    def __str__(self) -> str:
        return self.address


class WebhookChange(models.Model):
    """A change that a webhook has to report.

    A database trigger writes it in the transaction of the change (migrations 0003, 0005 and 0008); shortly
    afterwards, one delivery stands for all changes of a kind.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="+")
    event = models.CharField(max_length=20, choices=Event)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.webhook_id} {self.event}"


class WebhookDelivery(models.Model):
    """One event being delivered to one receiver. The process that holds the lease sends it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        GIVEN_UP = "given_up", _("given up")

    webhook = models.ForeignKey(
        Webhook, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    # The same for every attempt, so that the receiver recognises a repeat.
    key = models.UUIDField(unique=True, editable=False)
    event = models.CharField(max_length=20, choices=Event)
    happened_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    last_answer = models.CharField(max_length=40, blank=True)  # a status, or why there was none
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["webhook", "-happened_at"], name="api_deliveries_of_webhook"),
            models.Index(
                fields=["due_at"], condition=Q(state="waiting"), name="api_deliveries_due"
            ),
            models.Index(
                fields=["ended_at"],
                condition=Q(ended_at__isnull=False),
                name="api_deliveries_ended",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="api_delivery_has_ended",
                condition=Q(state="waiting", ended_at=None)
                | ~Q(state="waiting") & Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.state}"


class KeptAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, so that sending it again does nothing twice.

    Only successful requests are kept; a refused one may be sent again. It names no child.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=KEY_LENGTH)
    digest = models.CharField(max_length=64)  # of method, address and body
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(default=dict)
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="one_answer_for_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.token_id} {self.status}"
