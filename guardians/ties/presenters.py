"""What an adult is to a child, in the reader's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core.days import month_of, short_day
from core.phones import readable
from guardians.models import PARENTS, Adult, DetailsCheck, Guardianship
from guardians.presenters import called, relation_word
from guardians.queries import SharedWay
from guardians.siblings import Sibling
from students.presenters import FileSection


def tie_section(tie: Guardianship, can_edit: bool) -> FileSection:
    place = [tie.student_id, tie.adult_id, tie.pk]
    role = _("%(relation)s, %(role)s") % {
        "relation": relation_word(tie.relation),
        "role": tie.get_kind_display(),
    }
    sees = _("may see how the child is") if tie.may_see_file else _("does not see how the child is")
    decides = _("may decide for the child") if tie.decides else _("does not decide")
    since = _("since %(month)s") % {"month": month_of(tie.starts_on)}
    lines = [role, since, sees, decides]
    if tie.relation in PARENTS:
        # State Council 2016 no. 13 asks for it: it decides which children count as left behind.
        capacity = {
            True: _("able to act as guardian"),
            False: _("not able to act as guardian"),
            None: _("nobody has asked whether able to act as guardian"),
        }
        lines.append(capacity[tie.has_capacity])
    return FileSection(
        key=f"tie-{tie.pk}",
        title=_("To %(child)s") % {"child": tie.student.name},
        lines=tuple(lines),
        edit_url=reverse("guardians:family_tie", args=place) if can_edit else "",
        history_url=reverse("guardians:family_tie_history", args=place),
    )


def ended_line(tie: Guardianship, today: date) -> str:
    who = called(tie)
    facts = {
        "who": f"{who} {tie.adult.name}" if who != tie.adult.name else who,
        "role": tie.get_kind_display(),
        "since": month_of(tie.starts_on),
        "until": short_day(tie.ends_on, today) if tie.ends_on else "",
        "why": tie.end_reason,
    }
    if tie.end_reason:
        return _("%(who)s, %(role)s, %(since)s to %(until)s: %(why)s") % facts
    return _("%(who)s, %(role)s, %(since)s to %(until)s") % facts


@dataclass(frozen=True)
class Sharing:
    """Who else is reached at one number."""

    text: str
    is_barred: bool


def sharing_words(shared: Sequence[SharedWay]) -> list[Sharing]:
    rows = []
    for one in shared:
        number = readable(one.address) if one.address.startswith("+") else one.address
        names = _(", ").join(other.name for other in one.others)
        words = _("%(number)s also reaches %(names)s.") % {"number": number, "names": names}
        if one.is_barred:
            barred = _(", ").join(other.name for other in one.others if other.is_blocked)
            words = _("%(number)s also reaches %(name)s, who is blocked: nothing is sent there.")
            words = words % {"number": number, "name": barred}
        rows.append(Sharing(words, one.is_barred))
    return rows


OF_THE_SCHOOL = (Adult.BlockGround.SAFEGUARDING, Adult.BlockGround.REPORT)


def block_lines(adult: Adult, today: date, *, may_know: bool) -> list[str]:
    """On which ground, who decided, since when; empty for anybody who is not blocked. Who does not look
    after safeguarding learns neither why nor by whom where the school itself decided: a report of
    suspected harm, and who wrote it, would be read from it.
    """
    if adult.blocked_at is None:
        return []
    if not may_know and (adult.held_by_report or adult.blocked_ground in OF_THE_SCHOOL):
        return []
    lines = [adult.blocked_reason]
    if adult.blocked_ground:
        decided = short_day(adult.blocked_decided_on, today) if adult.blocked_decided_on else ""
        ground = [str(adult.get_blocked_ground_display()), adult.blocked_decision, decided]
        lines.append(_(", ").join(filter(None, ground)))
    if adult.blocked_by:
        lines.append(_("written down by %(name)s") % {"name": adult.blocked_by.name})
    return lines


def sibling_words(sibling: Sibling) -> str:
    """For a child whose name the viewer does not learn."""
    if sibling.is_same_school:
        return _("a brother or sister in another class")
    return _("a brother or sister at another school")


def change_lines(check: DetailsCheck) -> list[str]:
    """What the family changed or asks for since a teacher last looked."""
    words = {
        "phone": _("new number %(words)s"),
        "place": _("now in %(words)s"),
        "carer": _("who cares now: %(words)s"),
    }
    at_home = _("now at home")
    latest = {kind: said for kind, said in check.changes if kind in check.asks_teacher.split()}
    return [words[kind] % {"words": said} if said else at_home for kind, said in latest.items()]
