"""Rules about which accounts of their county an officer sees, and who may agree to one."""

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from delivery.channels.registry import CHANNELS
from delivery.models import CountyAccount
from delivery.shared.kinds import SINGLE
from schools.models import County


def accounts_of(county: County) -> QuerySet[CountyAccount]:
    return CountyAccount.objects.filter(county=county).select_related("asked_by", "agreed_by")


def only_one_of(county: County, kind: str) -> QuerySet[CountyAccount]:
    """Return accounts that rule out another one of this kind; for most kinds there are none."""
    there = accounts_of(county).filter(kind=kind, ended_at=None)
    return there if CHANNELS[kind].MEANS in SINGLE else there.none()


def get_account(county: County, pk: int) -> CountyAccount:
    found = accounts_of(county).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_agree(user: User, account: CountyAccount) -> bool:
    """Return whether the user may agree: any officer except the one who asked.

    The act itself checks that they are two people.
    """
    return account.waits and account.asked_by_id != user.pk
