"""Who is on duty this week and the next: by day principal and counsellor in turn, by night class teachers,
and one night for which nobody is down yet.
"""

from datetime import timedelta

from accounts.models import User
from demo.scene import Scene
from schools.duty import actions
from schools.duty.rules import Part
from schools.models import Post
from schools.roles import Role

NIGHT_TEACHERS = 4
WRITTEN_DAYS_AGO = 16
GAP_IN_DAYS = 2  # near enough to stand on Today


def tell(scene: Scene) -> None:
    by = _holders(scene, Role.SCHOOL_ADMIN)[0]
    by_day = [*_holders(scene, Role.PRINCIPAL), *_holders(scene, Role.COUNSELLOR)]
    by_night = _night_teachers(scene)
    monday = scene.on - timedelta(days=scene.on.weekday())
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


def _night_teachers(scene: Scene) -> list[User]:
    """The teacher as whom one signs in is among them."""
    teachers = _holders(scene, Role.CLASS_TEACHER)
    own = scene.teachers[scene.home_class.pk]
    return [own, *(user for user in teachers if user.pk != own.pk)][:NIGHT_TEACHERS]


def _holders(scene: Scene, role: Role) -> list[User]:
    posts = Post.objects.filter(school=scene.school, role=role).select_related("user")
    return list({post.user_id: post.user for post in posts.order_by("pk")}.values())
