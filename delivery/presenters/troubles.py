"""A trouble as a mail to the administrator. It names no child, no family and no address."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.days import full_day_and_time
from delivery.links import url_for
from delivery.models import Trouble

Kind = Trouble.Kind
# What the administrator can do about it.
ADVICE = {
    Kind.LATE: gettext_lazy(
        "Check whether the process “sender” is running and whether a provider is paused."
    ),
    Kind.PROVIDER: gettext_lazy(
        "Look at its own page: balance, password, limits, templates. Messages wait or go another way."
    ),
    Kind.UNKNOWN: gettext_lazy(
        "Ask the families, or look at the provider's list, and settle it on the page below."
    ),
    Kind.BEAT: gettext_lazy(
        "No new questions or messages go out until it runs again. Restart the process “beat”."
    ),
    Kind.SENDER: gettext_lazy("Nothing is sent until it runs again. Restart the process “sender”."),
    Kind.WORKER: gettext_lazy(
        "No new questions go out until it runs again. Restart the process “worker”."
    ),
    Kind.LOGS: gettext_lazy(
        "Keep a copy of the database. “manage.py verify_access_log” names the rows."
    ),
    Kind.ANCHOR: gettext_lazy(
        "Until then nobody sees whether the end of a log was cut off. Look at ANCHOR_URL."
    ),
    Kind.RECORDING: gettext_lazy(
        "It is tried again for a day and a half. The log has the cause (pack_sound_failed): a full disk, "
        "too little memory, a process that was killed. Families hear the transcript meanwhile."
    ),
    Kind.UNATTENDED: gettext_lazy(
        "Everybody else there who looks after safeguarding has no access to the child, or there "
        "is nobody else. Phone the county's office now, and nobody at the school: it must appoint"
        " a counsellor or principal, or the bureau decides and you carry it out (manage.py "
        "lift_report)."
    ),
}


def letter(trouble: Trouble) -> tuple[str, str]:
    """Return subject and body, in the active language."""
    if trouble.kind == Kind.PROVIDER:
        what = _("%(provider)s does not work") % {"provider": trouble.detail}
    elif trouble.kind == Kind.UNATTENDED:
        values = {"school": trouble.detail, "what": str(trouble.get_kind_display())}
        what = _("%(school)s: %(what)s") % values
    elif trouble.kind == Kind.UNKNOWN:
        count = int(trouble.detail or 0)
        words = ngettext(
            "it is not known whether %(n)d message arrived",
            "it is not known whether %(n)d messages arrived",
            count,
        )
        what = words % {"n": count}
    elif trouble.kind == Kind.LATE:
        count = int(trouble.detail or 0)
        words = ngettext(
            "%(n)d message is not being sent", "%(n)d messages are not being sent", count
        )
        what = words % {"n": count}
    else:
        what = str(trouble.get_kind_display())
    if trouble.school is not None:
        what = _("%(school)s: %(what)s") % {"school": trouble.school.name, "what": what}
    began = _when(trouble.began_at)
    if trouble.over_at is None:
        since, advice = _("Since %(when)s.") % {"when": began}, str(ADVICE[Kind(trouble.kind)])
        lines = [what, since, advice, *_page(trouble)]
        return _("[Jiaqiao] Needs you: %(what)s") % {"what": what}, "\n".join(lines)
    span = {"began": began, "ended": _when(trouble.last_seen_at)}
    over = _("Over: %(what)s") % {"what": what}
    lines = [over, _("From %(began)s to %(ended)s.") % span, *_page(trouble)]
    if trouble.kind == Kind.RECORDING:
        lines.append(
            _(
                "It is ready now, or was given up. Then the school's page of packs names it, and the school "
                "takes the pack again."
            )
        )
    return _("[Jiaqiao] Resolved: %(what)s") % {"what": what}, "\n".join(lines)


def _when(at) -> str:
    return full_day_and_time(timezone.localtime(at))


def _page(trouble: Trouble) -> list[str]:
    if trouble.kind in (Kind.UNATTENDED, Kind.RECORDING):
        return []
    url = url_for(path=reverse("delivery:operation"))
    return ["", _("Sending status: %(url)s") % {"url": url}]
