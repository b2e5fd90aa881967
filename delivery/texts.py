"""The text of messages, made when they are sent, in the recipient's language; and causes in plain words.

No SMS and no lock screen shows a child's name or a concern.
"""

from dataclasses import dataclass
from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from core.days import day_and_month
from delivery.rules import CODE_MINUTES


@dataclass(frozen=True)
class Text:
    subject: str
    body: str
    words: str = ""  # the sentence of a notice or before a code, in the recipient's language


# Short codes for why something was not sent, as stored in OutboxMessage.cause and Attempt.cause.
CAUSES = {
    "account_closed": gettext_lazy("This account can no longer sign in"),
    "account_may_not": gettext_lazy(
        "The account is not allowed to send such messages (permission or certification)"
    ),
    "account_refused": gettext_lazy("The mail server refuses the school's password"),
    "address_refused": gettext_lazy("The number or address is not in service"),
    "answered": gettext_lazy("Answered before it was sent"),
    "bad_gateway_settings": gettext_lazy("The channel's settings do not work"),
    "bad_open_id": gettext_lazy("This WeChat does not belong to the school's account"),
    "bad_text": gettext_lazy("The message could not be put together"),
    "blocked": gettext_lazy("This adult is blocked"),
    # We never reveal to whom a child's file is closed, not even by saying why a message was not sent.
    "barred": gettext_lazy("No longer needed"),
    "call_busy": gettext_lazy("The line was busy"),
    "call_no_answer": gettext_lazy("Nobody picked up"),
    "call_no_key": gettext_lazy("The call was answered, but no key was pressed"),
    "call_not_joined": gettext_lazy(
        "Somebody picked up, but the phone was put down before both were connected"
    ),
    "call_other": gettext_lazy("On the child's side nobody came to the phone"),
    "call_other_line": gettext_lazy("The school's own phone was busy or could not be called"),
    "call_soon": gettext_lazy("This number was called a moment ago"),
    "cap": gettext_lazy("Daily message limit reached; waiting"),
    "closed_by_family": gettext_lazy("The family has closed messages of the school's account"),
    "content_refused": gettext_lazy("The network blocks the words of the message"),
    "cost_limit": gettext_lazy("The school's limit for the costs of calls is reached this month"),
    "key_refused": gettext_lazy("The provider refuses the school's key"),
    "lost_reply": gettext_lazy("Sent, but the provider's answer was lost"),
    "mail_refused": gettext_lazy(
        "A mail server accepts no mail from the school's server or sender"
    ),
    "no_balance": gettext_lazy("The school's account at the provider is empty"),
    "no_channel": gettext_lazy("The school has no channel that reaches this address"),
    "no_connection": gettext_lazy("The provider could not be reached"),
    "no_legal_basis": gettext_lazy("No legal basis for writing is recorded"),
    "no_longer_due": gettext_lazy("No longer needed: it was cancelled"),
    "no_permission": gettext_lazy("WeChat needs a new tap from this adult before the next message"),
    "no_such_number": gettext_lazy("There is no such number"),
    "no_template": gettext_lazy("The account has no template for this kind of message"),
    "kills_worker": gettext_lazy("Sending stopped at this message each time"),
    "good_hour": gettext_lazy("Waits for this adult's next free evening"),
    "no_way": gettext_lazy("No number or address that works"),
    "not_started": gettext_lazy("The school has not begun to write to families"),
    "before_start": gettext_lazy("Written before the school began to write to families"),
    "not_asked_about": gettext_lazy("This adult is not asked about"),
    "not_delivered": gettext_lazy("The network did not deliver it"),
    "not_following": gettext_lazy("This adult does not follow the school's account"),
    "not_guardian": gettext_lazy("No longer this child's parent or carer"),
    "not_in_wecom": gettext_lazy("This parent is not in the school's WeCom contacts"),
    "not_known_yet": gettext_lazy("The provider does not know yet whether it was sent"),
    "number_limit": gettext_lazy(
        "This number has been called or written to as often as the network allows"
    ),
    "number_out_of_service": gettext_lazy("The number is out of service"),
    "number_refuses": gettext_lazy("The number refuses our messages"),
    "opted_out": gettext_lazy("This adult wants no messages"),
    "own_pause": gettext_lazy("We do not ask this adult at the moment"),
    "phone_off": gettext_lazy("The phone was switched off or out of reach"),
    "private_address": gettext_lazy("The address lies in a network that this server does not call"),
    "provider_busy": gettext_lazy("The provider is too busy"),
    "provider_error": gettext_lazy("The provider has a fault"),
    "provider_limit": gettext_lazy("The account has reached its sending limit"),
    "provider_refused": gettext_lazy("The provider refuses the message"),
    "provider_rests": gettext_lazy("Waits until the provider works again"),
    "quiet_hours": gettext_lazy("Waits until this adult is awake"),
    "seen": gettext_lazy("Read before it was sent"),
    "screen_off": gettext_lazy("This phone no longer takes notices"),
    "said_missing": gettext_lazy("Somebody found that it had not arrived"),
    "restored": gettext_lazy("Since the restore it is not known whether it was sent"),
    "secret_unreadable": gettext_lazy("The channel's password cannot be read: enter it again"),
    "server_not_listed": gettext_lazy("This server is not on the provider's white list"),
    "stopped": gettext_lazy("Sending is stopped"),
    "shared_with_blocked": gettext_lazy("A blocked adult has the same number"),
    "talked_already": gettext_lazy("They have talked in the meantime"),
    "template_refused": gettext_lazy("The provider refuses the template or the signature"),
    "timeout": gettext_lazy("The provider did not answer in time"),
    "too_late": gettext_lazy("Too late to be of use"),
    "unexpected_answer": gettext_lazy("The provider's answer cannot be understood"),
    "worker_died": gettext_lazy("Sending was cut off; nobody knows whether it arrived"),
}


# Subject and line of each kind of message. The line is sent with the sender's signature.
LINES = {
    "notice": ("%(words)s", gettext_lazy("%(words)s %(school)s: %(url)s")),
    "thread": (
        gettext_lazy("%(who)s has written to you"),
        gettext_lazy("%(who)s has written to you: %(url)s"),
    ),
    "thread_to_staff": (
        gettext_lazy("A family has written to you"),
        gettext_lazy("A family has written to you: %(url)s"),
    ),
    # At night: who will read the family's message and when, and whom to call if that is too late.
    "received": (
        gettext_lazy("Your message has arrived"),
        gettext_lazy(
            "%(who)s will read your message in the morning. If it cannot wait, call %(numbers)s"
        ),
    ),
    "link": (
        gettext_lazy("Your sign-in link for Jiaqiao"),
        gettext_lazy("%(name)s, your sign-in link, valid for 30 minutes: %(url)s"),
    ),
    "code": (
        gettext_lazy("Your code for Jiaqiao"),
        gettext_lazy("%(words)s: %(code)s. Valid for %(minutes)d minutes, for you only."),
    ),
    "invite": (
        gettext_lazy("%(school)s invites you"),
        gettext_lazy(
            "%(school)s invites you: see how things are at school, and keep in touch. %(url)s"
        ),
    ),
    "concern": (
        gettext_lazy("A child needs an adult now"),
        gettext_lazy("A child needs an adult now. Please open %(url)s"),
    ),
    # It contains no link: a similar message with a link is after a password.
    "account": (
        gettext_lazy("About your account at Jiaqiao"),
        gettext_lazy(
            "%(words)s Was it not you? Tell your principal, or the people who run Jiaqiao, at once."
        ),
    ),
    # For an adult of a family whose number the school added or removed.
    "own_number": (
        gettext_lazy("Your number at the school"),
        gettext_lazy("%(words)s Is that wrong? Please call the school."),
    ),
    "test": (
        gettext_lazy("Test"),
        gettext_lazy("This is a test from %(school)s. The channel works."),
    ),
}


def cause_in_words(cause: str) -> str:
    """Return the cause for staff, in the language of the page."""
    return str(CAUSES.get(cause, cause))


def render(
    *,
    kind: str,
    language: str,
    url: str = "",
    school: str = "",
    teacher_surname: str = "",
    name: str = "",
    words: str = "",
    code: str = "",
    day: str = "",
    is_to_family: bool = False,
) -> Text:
    """Return subject and text of a message in `language`.

    `words` is the sentence of a notice or an alert, or the one before a code: English, a msgid of the
    catalogue. `day` (ISO) fills the place "%(day)s" of a notice's sentence.
    """
    with translation.override(language):
        said, what = "", kind
        if kind == "code":
            said = _(words)
        elif kind == "notice" or (kind == "concern" and words):
            what, said = "notice", _(words)
            if day:
                said %= {"day": day_and_month(date.fromisoformat(day))}
        elif kind == "account":
            what, said = "own_number" if is_to_family else kind, _(words) % {"school": school}
        elif kind == "received":
            said = words
        elif kind == "thread" and not teacher_surname:
            what = "thread_to_staff"
        subject, line = LINES[what]
        values = {
            "url": url,
            "school": school,
            "who": sender_words(school, teacher_surname),
            "name": name,
            "words": said,
            "numbers": said,
            "code": code,
            "minutes": CODE_MINUTES,
        }
        return Text(str(subject) % values, signed(str(line) % values), said)


def signed(line: str) -> str:
    """Put the sender's signature in front: Chinese operators require it for an SMS."""
    return pgettext("SMS", "[Jiaqiao] %(line)s") % {"line": line}


def sender_words(school: str, teacher_surname: str) -> str:
    if not teacher_surname:
        return school
    return _("%(school)s, teacher %(surname)s") % {"school": school, "surname": teacher_surname}
