"""What people see of the shared queue, and what may happen to a brief while it waits."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import User
from counselling.concerns import actions as acts
from counselling.models import (
    Brief,
)
from counselling.pool import actions as pool_actions
from counselling.pool import policies
from counselling.pool import work as pool_work
from guardians.blocking import actions as blocking
from guardians.models import Adult
from schools.models import Post
from students import barriers
from tests.factories import pool, reports
from tests.factories.cast import Cast, make_guardianship, make_post

WORDS = ("马思源", "思源", "siyuan", "十八里堡", "四年级1班", "虎秀兰", "13893510005", "柴校长")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def shows(cast: Cast, who: str, address: str) -> str:
    return client_of(cast.users[who]).get(address).content.decode()


def opens(cast: Cast, who: str, brief: Brief) -> bool:
    return policies.briefs_open_to(cast.users[who], timezone.now()).filter(pk=brief.pk).exists()


def today(cast: Cast, who: str, at=None) -> list[str]:
    return [one.key for one in pool_work.work_for(cast.users[who], at or timezone.now())]


def leaves_the_pool(cast, brief):
    pool_actions.stop_offering(by=cast.users["guest"], at=timezone.now())


def leaves_the_post(cast, brief):
    yesterday = timezone.localdate() - timedelta(days=1)
    Post.objects.filter(user=cast.users["guest"]).update(ends_on=yesterday)


def is_suspected_elsewhere(cast, brief):
    reports.make_report(cast, users=[cast.users["guest"]])


def is_barred(cast, brief):
    barriers.set_barrier(
        student=brief.student,
        user=cast.users["guest"],
        reason="核实",
        by=cast.users["far_principal"],
        at=timezone.now(),
    )


def is_of_the_family(cast, brief):
    aunt = Adult.objects.create(school=brief.school, name="孙静", user=cast.users["guest"])
    make_guardianship(brief.student, aunt, "relative")


def is_blocked_in_the_family(cast, brief):
    is_of_the_family(cast, brief)
    aunt = Adult.objects.get(user=cast.users["guest"])
    by = cast.users["far_principal"]
    blocking.block_adult(adult=aunt, reason="法院", by=by, at=timezone.now())


def works_at_that_school(cast, brief):
    make_post(cast.users["guest"], "counsellor", school=brief.school)


def school_takes_it_back(cast, brief):
    by = cast.users["far_principal"]
    pool_actions.take_back(concern=brief.concern, by=by, at=timezone.now())


def concern_is_closed(cast, brief):
    acts.close(
        concern=brief.concern,
        by=cast.users["far_principal"],
        closing="answered",
        words="好了",
        at=timezone.now(),
    )


def turns_red(cast, brief):
    by = cast.users["far_principal"]
    acts.set_level(concern=brief.concern, by=by, level="red", words="刀", at=timezone.now())


def who_agreed_is_blocked(cast, brief):
    by = cast.users["far_principal"]
    adult = cast.adults["far_mother"]
    blocking.block_adult(adult=adult, reason="法院", by=by, at=timezone.now())


def somebody_else_took_it(cast, brief):
    pool.accept(brief, cast.users["counsellor"])


KEPT_OUT = [
    leaves_the_pool,
    leaves_the_post,
    is_suspected_elsewhere,
    is_barred,
    is_of_the_family,
    is_blocked_in_the_family,
    works_at_that_school,
    school_takes_it_back,
    concern_is_closed,
    turns_red,
    who_agreed_is_blocked,
    somebody_else_took_it,
]
