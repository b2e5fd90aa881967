"""E-mail over SMTP. The protocol has no key: if a reply is lost after the text was sent, the outcome stays
unknown.
"""

import re
import smtplib
import ssl
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address
from django.utils.translation import gettext as _

from delivery.channels.base import (
    Account,
    AfterLostReply,
    LostReply,
    Message,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
)

KIND = "email"
MEANS = "email"
PARALLEL = 4
TIMEOUT_SECONDS = 10.0  # seconds; for each answer of the server
REFUSED_SECONDS = (
    600.0  # seconds until we try a refused password again; servers lock out repeated tries
)
SMTP_OK, SMTP_TAKEN = 250, (250, 251)  # 251: it forwards to another address (RFC 5321, 4.2.3)
PERMANENT_FROM = 500  # SMTP replies 5xx are final (RFC 5321, 4.2.1)
REPLY_AT_MOST = 2000  # characters of a reply that are read
CODE = re.compile(r"#?([245]\.\d{1,3}\.\d{1,3})\b")  # an enhanced status code (RFC 3463)
# Of these, the ones about the recipient's mailbox. 1.7 and 1.8 are about the sender, 2.3 about the mail.
ABOUT_ADDRESS = re.compile(r"5\.(1\.([0-6]|10)|2\.[0-2])")
# Without such a code, words that name the recipient.
NO_SUCH_USER = re.compile(
    r"\b(user|mailbox|recipient|account)\b.{0,60}"
    r"\b(unknown|unavailable|disabled|invalid|(not|n't) (be )?(found|exist|have))"
    r"|\b(no such|unknown|invalid) (user|mailbox|recipient|account)\b",
    re.IGNORECASE,
)
ABOUT_SENDER = re.compile(r"\bsender\b", re.IGNORECASE)


def send(message: Message, account: Account) -> Receipt:
    author = account.config.get("from") or settings.DEFAULT_FROM_EMAIL
    sender = _for_smtp(parseaddr(author)[1])
    message_id = f"<{message.key}@{sender.rpartition('@')[2] or 'localhost'}>"
    mail = EmailMessage(
        subject=message.subject,
        body=message.text,
        from_email=author,
        to=[message.address],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
    )
    backend, recipient = _opened(account), _for_smtp(message.address)
    try:
        # Not through backend.send_messages or sendmail: they hide at which step the server hung up.
        if backend.connection is None:
            raise TemporaryFailure("no_connection")
        # With SMTP line endings (RFC 5321, 2.3.8); the types know only the library's.
        text = mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # of Django's message
        _name_both(backend.connection, sender, recipient)
        code, reply = backend.connection.data(text)
        if code != SMTP_OK:
            raise _refusal(code, reply)
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise LostReply("lost_reply", type(error).__name__) from error
    finally:
        backend.close()
    return Receipt(reference=message_id[:120])


def _name_both(connection: smtplib.SMTP, sender: str, recipient: str) -> None:
    """Tell the server from whom and to whom. If it hangs up by then, it has certainly sent nothing."""
    try:
        connection.ehlo_or_helo_if_needed()
        code, reply = connection.mail(sender)
        if code != SMTP_OK:
            raise _refusal(code, reply, names_recipient=False)
        code, reply = connection.rcpt(recipient)
        if code not in SMTP_TAKEN:
            raise _refusal(code, reply)
    except smtplib.SMTPResponseException:
        raise  # an answer, though the library calls it an OSError, too
    except (OSError, smtplib.SMTPServerDisconnected) as error:
        raise TemporaryFailure("no_connection", type(error).__name__) from error


def _for_smtp(address: str) -> str:
    """Return the address as the protocol takes it: a domain in Chinese is sent in its ASCII form."""
    return address if address.isascii() else sanitize_address(address, "utf-8")


def _refusal(
    code: int, reply: bytes | str, *, names_recipient: bool = True
) -> PermanentFailure | TemporaryFailure:
    """Return a failure with the code and, if there is one, the enhanced code before the words: 550 5.1.1."""
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    text = text[:REPLY_AT_MOST]
    found = CODE.match(text)
    finer = found[1] if found else ""
    detail = f"{code} {finer}".strip()
    if code < PERMANENT_FROM:
        return TemporaryFailure("provider_busy", detail)
    says_so = ABOUT_ADDRESS.fullmatch(finer) if finer else NO_SUCH_USER.search(text)
    if names_recipient and says_so and not ABOUT_SENDER.search(text):
        return PermanentFailure("address_refused", detail)
    # Our server, our sender or the mail is refused: that says nothing about the mailbox.
    return PermanentFailure("mail_refused", detail, is_about_address=False)


def _opened(account: Account) -> EmailBackend:
    """Connect to the school's own server if one is configured, else to the installation's."""
    config, own = account.config, dict[str, Any]()
    if config.get("host"):
        own = {
            "host": config["host"],
            "port": int(config.get("port") or 25),
            "username": config.get("username") or "",
            "password": account.secret.get("password") or "",
            "use_tls": config.get("security") == "starttls",
            "use_ssl": config.get("security") == "tls",
        }
    backend = EmailBackend(timeout=TIMEOUT_SECONDS, fail_silently=False, **own)
    try:
        backend.open()
    except smtplib.SMTPAuthenticationError as error:
        detail = f"{error.smtp_code}"
        raise TemporaryFailure("account_refused", detail, closes=REFUSED_SECONDS) from error
    except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
        raise TemporaryFailure("no_connection", type(error).__name__) from error
    return backend


def look_up(message: Message, account: Account) -> Receipt | None:
    raise NotImplementedError("SMTP has no look-up")


def after_lost_reply(account: Account) -> AfterLostReply:
    return AfterLostReply.ASK_A_PERSON


def timeout_of(config: dict[str, Any]) -> float:
    return TIMEOUT_SECONDS


def check_config(config: dict[str, Any]) -> dict[str, str]:
    problems = {}
    if config.get("port") and not str(config["port"]).isdecimal():
        problems["port"] = _("The port is a number, such as 25, 465 or 587.")
    if config.get("from") and "@" not in parseaddr(config["from"])[1]:
        problems["from"] = _("This is not an e-mail address.")
    return problems


def summary(config: dict[str, Any]) -> str:
    return config.get("from") or settings.DEFAULT_FROM_EMAIL
