"""The families that the guide and the pictures describe; the eldest child of each is in 三年级2班."""

from copy import deepcopy

from demo.families import Child, Family, Person

ALL_AGREED: dict[str, str | None] = dict.fromkeys(
    ["photo", "voice", "village", "screening", "other_parent"], "given"
)


FAMILIES = [
    Family(
        "黄羊川村",
        [
            Child(
                "徐梦瑶",
                "f",
                "会教别人，跳绳好",
                "和邻居家姐姐一起走，过一座桥",
                "明年秋天把梦瑶接到昆山上学",
            )
        ],
        [
            Person(
                "王芳",
                "mother",
                "parent",
                "+8613893512207",
                is_guest=True,
                is_away=True,
                place="昆山",
                work="电子厂",
                shift="night",
            ),
            Person(
                "徐建军",
                "father",
                "parent",
                "+8613893512208",
                is_away=True,
                place="库尔勒",
                work="收棉花",
                shift="day",
            ),
            Person("李秀兰", "paternal_grandmother", "carer", "+8613893512209", prefers_audio=True),
        ],
        silence=0.2,
        this_week="talked",
        is_story=True,
        consents=ALL_AGREED,
    ),
    Family(
        "石城村",
        [Child("赵明轩", "m", "爱做木工", "走路半小时")],
        [
            Person(
                "赵国栋",
                "father",
                "parent",
                "+77012345678",
                is_away=True,
                place="阿拉木图",
                zone="Asia/Almaty",
                work="建筑工地",
                shift="day",
            ),
            Person(
                "李红",
                "mother",
                "parent",
                condition="no_contact",
                is_away=None,
                has_capacity=False,
            ),
            Person(
                "赵德福",
                "paternal_grandfather",
                "carer",
                "+8613893512210",
                prefers_audio=True,
                agreed_key="7",
            ),
        ],
        silence=0.999,
        this_week="nobody_reached",
        is_story=True,
    ),
    Family(
        "上川村",
        [Child("何静", "f", "画画好", "走路一刻钟")],
        [
            Person("何永强", "father", "parent", "+8613893512211", has_capacity=True),
            Person(
                "陈霞",
                "mother",
                "parent",
                "+8613893512212",
                is_away=True,
                place="杭州",
                work="服装厂",
                shift="rotating",
            ),
        ],
        silence=0.3,
        this_week="talked",
        is_story=True,
        consents=ALL_AGREED,
    ),
    Family(
        "西滩村",
        [
            Child("丁海涛", "m", "会修东西", "爷爷骑三轮接送"),
            Child("丁小雨", "f", "爱唱歌", "爷爷骑三轮接送"),
        ],
        [
            Person(
                "丁国强",
                "father",
                "parent",
                "+8613893512213",
                is_guest=False,
                is_away=True,
                place="东莞",
                work="电子厂",
                shift="day",
            ),
            Person(
                "马玉莲",
                "mother",
                "parent",
                "+8613893512214",
                is_away=True,
                place="东莞",
                work="电子厂",
                shift="day",
            ),
            Person("马秀珍", "paternal_grandmother", "carer", "+8613893512215", prefers_audio=True),
        ],
        silence=0.6,
        this_week="asked_again",
        is_story=True,
        consents={"photo": "refused", "voice": None, "village": "refused"},
    ),
    Family(
        "中川村",
        [Child("高强强", "m", "照顾奶奶", "走路一刻钟")],
        [
            Person(
                "高海龙",
                "father",
                "parent",
                "+8613893512216",
                is_away=True,
                place="深圳",
                work="快递",
                shift="day",
            ),
            Person(
                "张春燕",
                "mother",
                "parent",
                "+8613893512217",
                is_away=True,
                place="西安",
                work="饭馆",
                shift="day",
            ),
            Person("马秀珍", "paternal_grandmother", "carer", "+8613893512218", prefers_audio=True),
        ],
        silence=0.4,
        this_week="waiting",
        is_story=True,
    ),
    Family(
        "石城村",
        [Child("赵小龙", "m", "跑得快", "走路半小时")],
        [
            Person(
                "赵国平",
                "father",
                "parent",
                "+8613893512219",
                is_away=True,
                place="兰州",
                work="建筑工地",
                shift="day",
            ),
            Person("刘霞", "mother", "parent", condition="dead", is_away=None),
            # The grandfather of 赵明轩, as somebody else spelled his name.
            Person("赵德富", "paternal_grandfather", "carer", "+8613893512210"),
        ],
        silence=0.3,
        this_week="talked",
        is_story=True,
        consents={"photo": None},
    ),
]


def story_families() -> list[Family]:
    """Return copies: the writers of the demo fill in keys."""
    return deepcopy(FAMILIES)
