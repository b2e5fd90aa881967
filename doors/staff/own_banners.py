"""Banners on Today about the viewer's own account and about confirmations that colleagues need from them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.prepared import Question, prepared
from schools.appointing.policies import offers_for_second, offers_to
from schools.models import PasswordReset, PostOffer
from schools.passwords.policies import open_resets, resets_for_second
from schools.policies import current_posts
from schools.roles import Permission, roles_with


@dataclass(frozen=True)
class Banner:
    text: str
    url: str


def banners_of(user: User, at: datetime) -> list[Banner]:
    own, on = reverse("staff:account"), timezone.localdate(at)
    banners = [
        Banner(
            _("%(school)s offers you a post: %(role)s")
            % {"school": offer.place.name, "role": offer.get_role_display()},
            own,
        )
        for offer in _offers(user=user, at=at)
    ]
    if _resets(user_id=user.pk, at=at):
        banners.append(Banner(_("Somebody asked for a new password for your account"), own))
    if _is_second_person(user, on):
        waiting = len(_offers_to_agree(user=user, on=on, at=at))
        waiting += len(_resets_to_agree(user=user, on=on, at=at))
        if waiting:
            text = ngettext(
                "A colleague needs your confirmation: you are the second person",
                "%(count)d things need your confirmation: you are the second person",
                waiting,
            )
            banners.append(Banner(text % {"count": waiting}, reverse("schools:agreeing")))
    return banners


def questions(user: User, at: datetime) -> list[Question]:
    """Return the queries that `banners_of` needs."""
    on = timezone.localdate(at)
    asked = [_offers.first_look(user=user, at=at), _resets.first_look(user_id=user.pk, at=at)]
    if _is_second_person(user, on):
        waiting = {"user": user, "on": on, "at": at}
        asked += [_offers_to_agree.first_look(**waiting), _resets_to_agree.first_look(**waiting)]
    return asked


def _is_second_person(user: User, on: date) -> bool:
    roles = roles_with(Permission.SECOND_PERSON)
    return any(post.role in roles for post in current_posts(user, on))


@prepared
def _offers(*, user, at) -> QuerySet[PostOffer]:
    return offers_to(user, at)


@prepared
def _resets(*, user_id, at) -> QuerySet[PasswordReset]:
    return open_resets(at).filter(user=user_id)


@prepared
def _offers_to_agree(*, user, on, at) -> QuerySet[Any]:
    return offers_for_second(user, on, at).order_by().values_list("pk", flat=True)


@prepared
def _resets_to_agree(*, user, on, at) -> QuerySet[Any]:
    rows = resets_for_second(user, on, at).filter(agreed_by=None)
    return rows.order_by().values_list("pk", flat=True)
