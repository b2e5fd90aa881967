"""The duty roster of last week, this week and the next.

Principal and counsellor are on duty by day, class teachers by night, and nobody yet on one night.
"""

from datetime import timedelta

from accounts.models import User
from core.weeks import monday_of
from demo.scene import Scene
from schools.duty import actions
from schools.duty.rules import Part
from schools.models import Post
from schools.roles import Role

NIGHT_TEACHERS = 4
WRITTEN_DAYS_AGO = 16
GAP_IN_DAYS = 2  # soon enough to show on Today


def tell(scene: Scene) -> None:
    by = _holders(scene, Role.SCHOOL_ADMIN)[0]
    by_day = [*_holders(scene, Role.PRINCIPAL), *_holders(scene, Role.COUNSELLOR)]
    # The teacher visitors sign in as is among them.
    own = scene.teachers[scene.home_class.pk]
    others = [user for user in _holders(scene, Role.CLASS_TEACHER) if user.pk != own.pk]
    by_night = [own, *others][:NIGHT_TEACHERS]
    monday = monday_of(scene.on)
    for number in range(-7, 14):
        on = monday + timedelta(days=number)
        turns = [(Part.DAY, by_day[number % len(by_day)])]
        if on != scene.on + timedelta(days=GAP_IN_DAYS):
            turns.append((Part.NIGHT, by_night[number % len(by_night)]))
        for part, user in turns:
            actions.put_down(
                school=scene.school,
                user=user,
                starts_on=on,
                ends_on=on,
                part=part,
                by=by,
                at=scene.at - timedelta(days=WRITTEN_DAYS_AGO),
            )


def _holders(scene: Scene, role: Role) -> list[User]:
    posts = Post.objects.filter(school=scene.school, role=role).select_related("user")
    return list({post.user_id: post.user for post in posts.order_by("pk")}.values())
