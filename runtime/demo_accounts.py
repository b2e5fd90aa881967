"""Sign-ins of the demo school. `seed_demo` creates these accounts; `./start` prints them.

The password is public: `./start --lan` replaces it with random ones before other machines can reach us.
"""

from typing import NamedTuple

PASSWORD = "jiaqiao-demo"  # noqa: S105
# Code of the school that completes the demo county (demo.wider); database_state looks for it.
LAST_SCHOOL = "DEMO-SEASON"


class DemoAccount(NamedTuple):
    role: str  # a value of schools.roles.Role
    login: str
    name: str
    title_en: str
    title_zh: str


DEMO_ACCOUNTS = (
    DemoAccount("class_teacher", "zhanglihua", "张丽华", "class teacher", "班主任"),
    DemoAccount("counsellor", "chenmin", "陈敏", "counsellor", "心理老师"),
    DemoAccount("principal", "majianguo", "马建国", "principal", "校长"),
    DemoAccount("school_admin", "zhouling", "周玲", "school administrator", "学校管理员"),
    DemoAccount("village_worker", "lihongmei", "李红梅", "village worker", "村儿童主任"),
    DemoAccount("county_officer", "wangqiang", "王强", "county officer", "县教育局"),
    DemoAccount("county_officer", "fengjuan", "冯娟", "second county officer", "县教育局第二位"),
)
