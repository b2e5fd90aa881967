"""A trouble as a mail to the administrator: no child, no family, no address."""

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from delivery.links import url_for
from delivery.models import Trouble

Kind = Trouble.Kind


def letter(trouble: Trouble) -> tuple[str, str]:
    """Subject and body, in the language that is active."""
    what = _what(trouble)
    if trouble.over_at is None:
        lines = [what, _since(trouble), _advice(trouble), *_page(trouble)]
        return _("[Jiaqiao] Needs you: %(what)s") % {"what": what}, "\n".join(lines)
    lines = [_("Over: %(what)s") % {"what": what}, _span(trouble), *_page(trouble)]
    return _("[Jiaqiao] Over: %(what)s") % {"what": what}, "\n".join(lines)


def _what(trouble: Trouble) -> str:
    what = _plain(trouble)
    if trouble.school is None:
        return what
    return _("%(school)s: %(what)s") % {"school": trouble.school.name, "what": what}


def _plain(trouble: Trouble) -> str:
    if trouble.kind == Kind.PROVIDER:
        return _("%(provider)s does not work") % {"provider": trouble.detail}
    if trouble.kind == Kind.UNATTENDED:
        what = str(trouble.get_kind_display())
        return _("%(school)s: %(what)s") % {"school": trouble.detail, "what": what}
    if trouble.kind in (Kind.BEAT, Kind.SENDER, Kind.WORKER, Kind.LOGS, Kind.ANCHOR):
        return str(trouble.get_kind_display())
    count = int(trouble.detail or 0)
    if trouble.kind == Kind.UNKNOWN:
        words = ngettext(
            "nobody knows whether %(n)d message arrived",
            "nobody knows whether %(n)d messages arrived",
            count,
        )
    else:
        words = ngettext("%(n)d message does not go out", "%(n)d messages do not go out", count)
    return words % {"n": count}


def _advice(trouble: Trouble) -> str:
    return {
        Kind.LATE: _("Look whether the process “sender” runs, and whether a provider rests."),
        Kind.PROVIDER: _("Look at its own page: balance, password, limits. Messages wait or go another way."),
        Kind.UNKNOWN: _("Ask the families, or look at the provider's list, and settle it on the page below."),
        Kind.BEAT: _("Nothing new is asked or sent until it runs again. Start the process “beat” anew."),
        Kind.SENDER: _("Nothing is sent until it runs again. Start the process “sender” anew."),
        Kind.WORKER: _("Nobody new is asked until it runs again. Start the process “worker” anew."),
        Kind.LOGS: _("Keep a copy of the database. “manage.py verify_access_log” names the rows."),
        Kind.ANCHOR: _("Until then nobody sees whether the end of a log was cut off. Look at ANCHOR_URL."),
        Kind.UNATTENDED: _(
            "Everybody else there who looks after safeguarding is kept from the child, or there is nobody. "
            "Phone the county's office now, and nobody of the school: a counsellor or principal has to be "
            "appointed, or the bureau decides and you carry it out (manage.py lift_report)."
        ),
    }[Kind(trouble.kind)]  # fmt: skip


def _since(trouble: Trouble) -> str:
    return _("Since %(when)s.") % {"when": _when(trouble.began_at)}


def _span(trouble: Trouble) -> str:
    span = {"began": _when(trouble.began_at), "ended": _when(trouble.last_seen_at)}
    return _("From %(began)s to %(ended)s.") % span


def _when(at) -> str:
    return date_format(timezone.localtime(at), "Y-m-d H:i")


def _page(trouble: Trouble) -> list[str]:
    if trouble.kind == Kind.UNATTENDED:
        return []
    url = url_for(path=reverse("delivery:operation"))
    return ["", _("How sending goes: %(url)s") % {"url": url}]
