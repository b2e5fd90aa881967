"""The caller: another system with a token, or a colleague whose browser is signed in and who only reads."""

from dataclasses import dataclass

from accounts.models import User
from api.models import ApiToken
from schools.models import School
from schools.policies import Viewer


@dataclass(frozen=True)
class Caller:
    """A caller at one school. Policies are applied to `sees_as`; the logs name `account`."""

    school: School
    sees_as: User
    account: User
    is_person: bool


def caller_behind(auth: ApiToken | Viewer) -> Caller:
    if isinstance(auth, ApiToken):
        return Caller(auth.school, auth.made_by, auth.account, is_person=False)
    if auth.school is None:  # authentication admits nobody without one
        raise TypeError(auth)
    return Caller(auth.school, auth.user, auth.user, is_person=True)
