"""A school gate that reports who arrived, and a county platform whose access has been revoked."""

from datetime import timedelta
from uuid import uuid4

from api.models import ApiToken, Scope
from api.tokens import actions
from demo.scene import Scene
from schools.models import Post
from schools.roles import Role

MADE_DAYS_AGO, ENDED_DAYS_AGO = 40, 6
GATE = actions.Wanted("校门刷卡", [Scope.READ_ROSTER, Scope.WRITE_ATTENDANCE], 365)
PLATFORM = actions.Wanted("县教育局旧平台", [Scope.READ_FIGURES], 90)


def tell(scene: Scene) -> None:
    """Write both; nobody ever sees these tokens, which are made and discarded."""
    post = Post.objects.filter(school=scene.school, role=Role.SCHOOL_ADMIN).order_by("pk")[0]
    made_at = scene.at - timedelta(days=MADE_DAYS_AGO)
    for wanted in (GATE, PLATFORM):
        actions.make(
            school=scene.school,
            wanted=wanted,
            key=uuid4(),
            by=post.user,
            on=scene.on - timedelta(days=MADE_DAYS_AGO),
            at=made_at,
            ip=None,
        )
    tokens = ApiToken.objects.filter(school=scene.school)
    tokens.filter(name=GATE.name).update(last_used_at=scene.at - timedelta(hours=2))
    actions.revoke(
        token=tokens.get(name=PLATFORM.name),
        by=post.user,
        on=scene.on,
        at=scene.at - timedelta(days=ENDED_DAYS_AGO),
        ip=None,
    )
