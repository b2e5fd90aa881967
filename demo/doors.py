"""The families' sign-ins: some adults have an account and a phone that stays signed in, some hold a slip."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.contrib.auth.hashers import make_password

from accounts.models import User
from delivery.models import Device, Invitation
from delivery.rules import SLIP_DAYS
from delivery.sign_in import codes
from demo.families import Person
from schools.models import School

# Shares of adults with a number who have signed in, and of the others who hold a slip; made up.
AWAY_CAME_IN, HOME_CAME_IN = 0.55, 0.2
HOLDS_SLIP = 0.5
PHONES = ["Android wechat", "Android wechat", "HarmonyOS wechat", "Android Chrome", "iPhone wechat"]
OPENED_BY = ["slip", "slip", "link", "link", "code", "wechat"]


class DoorWriter:
    def __init__(self, add: Callable[..., int], made_by: int, at: datetime, random: Random):
        self.add, self.made_by, self.at, self.random = add, made_by, at, random
        self.no_password = make_password(None)

    def open_for(self, person: Person, adult_id: int, school: School) -> None:
        """Give the adult an account, a slip, or nothing yet. Sets `person.user_id`."""
        if person.condition != "in_touch":
            return
        share = AWAY_CAME_IN if person.is_away else HOME_CAME_IN
        came_in = self.random.random() < share
        if person.is_guest is not None:
            came_in = person.is_guest
        has_slip = came_in or self.random.random() < HOLDS_SLIP
        came_at = self.at - timedelta(days=self.random.randrange(3, 45))
        if came_in:
            person.user_id = self._account(person, adult_id, came_at)
        if has_slip:
            self._slip(adult_id, school, came_at if came_in else None)

    def _account(self, person: Person, adult_id: int, came_at: datetime) -> int:
        user_id = self.add(
            User,
            username=f"family-{adult_id}",
            name=person.name,
            password=self.no_password,
            joined_at=came_at,
        )
        self.add(
            Device,
            user_id=user_id,
            session_key=f"demo{adult_id:028d}",
            name=self.random.choice(PHONES),
            opened_by=self.random.choice(OPENED_BY),
            opened_at=came_at,
            last_used_at=self.at - timedelta(hours=self.random.randrange(1, 72)),
        )
        return user_id

    def _slip(self, adult_id: int, school: School, used_at: datetime | None) -> None:
        salt = UUID(int=self.random.getrandbits(128))
        made_at = self.at - timedelta(days=46)
        proven = {"proof": "code", "claimed_at": used_at, "confirmed_at": used_at}
        self.add(
            Invitation,
            school_id=school.pk,
            adult_id=adult_id,
            salt=salt,
            digest=codes.digest_of(codes.slip_code(salt)),
            made_by_id=self.made_by,
            made_at=made_at,
            expires_at=made_at + timedelta(days=SLIP_DAYS),
            used_at=used_at,
            **(proven if used_at else {}),
        )
