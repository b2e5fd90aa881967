"""The invented school of the style guide: one Tuesday, 24 November 2026, 10:20."""

from __future__ import annotations

from typing import Any

VIEWER = {"name": "张丽华", "surname": "张", "line": "三年级2班 班主任"}
SCHOOL = {"name": "黄羊川中心小学", "is_demo": True}

LATER = {
    "label": "稍后",
    "url": "#",
    "field": "until_on",
    "choices": [
        {"value": "2026-11-24", "label": "放学前", "hint": "16:30"},
        {"value": "2026-11-25", "label": "明天", "hint": "周三"},
        {"value": "2026-11-27", "label": "周五", "hint": "11月27日"},
    ],
    "date_field": "on",
}
HAND_OVER = {
    "label": "转交",
    "url": "#",
    "field": "to",
    "choices": [
        {"value": "1", "label": "陈敏", "hint": "心理老师"},
        {"value": "2", "label": "王主任", "hint": "德育处"},
    ],
}


def row(key: str, name: str, why: str, when: str, act: str = "", **more: Any) -> dict[str, Any]:
    tone = more.pop("tone", "text")
    acts = [{"label": act, "url": "#", "tone": tone}] if act else []
    base = {"key": key, "name": name, "url": "/styleguide/page/child/", "why": why, "when": when}
    return {**base, "acts": acts, "later": LATER, "state": "rest", **more}


def lanes() -> list[dict[str, Any]]:
    now = {"tone": "now", "later": HAND_OVER}
    needed = [
        row("1", "高强强", "奶奶昨晚住院，今晚家里没有大人。", "7:40", "安排照看", **now),
        row("2", "何静", "她在学校电脑上点了“想找人说说话”，选了您。", "8:05", "我去找她", **now),
    ]
    waiting = [
        row(
            "3", "杨欣怡", "爸爸点了“需要帮忙”，写：奶奶腿疼，没人送孩子。", "昨晚", "给爸爸打电话"
        ),
        row("4", "张子涵", "妈妈说还没通上话，请您帮着约个时间。", "7:02", "约时间"),
        row("5", "罗雨桐", "已给奶奶回了电话，4 分钟。", "刚才", state="done", undo_url="#"),
    ]
    unreached = [
        row("6", "赵明轩", "邮件没人看，短信说号码停机，爷爷没接电话。", "16 天了", "再打给爷爷"),
        row("7", "丁海涛", "问了爸妈三次，都没有回音。", "9 天了", "请村里去看"),
        row("8", "彭小宝", "妈妈说周六通过话，小宝说没有。", "8 天了", "问问小宝"),
    ]
    due = [
        row("9", "卢小梅", "妈妈的号码两次没送到，要换一个。", "11月22日", "改号码"),
        row("10", "唐晓东", "没有登记怎么找到爸爸。", "", "补上"),
    ]
    return [
        _lane("now", "现在需要大人", "now", needed, 2, has_now=True, is_red=True, is_fold=False),
        _lane("waiting", "等您回话", "message", waiting, 3),
        _lane("unreached", "还没联系上", "bridge", unreached, 3),
        _lane("due", "要补的资料", "calendar", due, 5, more="还有 3 件", more_url="#"),
    ]


def _lane(
    key: str, title: str, icon: str, rows: list[dict[str, Any]], count: int, **more: Any
) -> dict[str, Any]:
    return {"key": key, "title": title, "icon": icon, "rows": rows, "count": count, **more}


def row_states() -> list[dict[str, Any]]:
    return [
        row("s1", "徐梦瑶", "妈妈问：“她晚上还哭吗？”", "40 分钟前", "回复"),
        row("s2", "徐梦瑶", "在手里的一行是白的。", "40 分钟前", "回复", state="in_hand"),
        row("s3", "徐梦瑶", "已回，她 17:30 收到。", "刚才", state="done", undo_url="#"),
        row("s4", "徐梦瑶", "明天再办。", "11月25日", state="put_off", undo_url="#"),
        row(
            "s5", "徐梦瑶", "已转交陈敏，她会收到提醒。", "刚才", state="handed_over", undo_url="#"
        ),
        row(
            "s6", "徐梦瑶", "没记上：服务器没答话。您写的还在。", "刚才", "再试一次", state="failed"
        ),
    ]


CLASSES = [
    "一年级1班",
    "一年级2班",
    "二年级1班",
    "二年级2班",
    "三年级1班",
    "三年级2班",
    "四年级1班",
    "四年级2班",
    "五年级1班",
    "五年级2班",
    "六年级1班",
    "六年级2班",
]
BOARD = """24/25 马思雨:waiting:8
25/26 王浩:asked_again:9
26/27 李婷婷:waiting:8
26/28 朱强:not_yet:8 虎占林:nobody:12
23/25 刘子豪:asked_again:10 田小凤:nobody:13
23/26 彭小宝:waiting:8 丁海涛:asked_again:9 赵明轩:nobody:16
26/27 冯玉洁:waiting:8
27/28 陈志强:asked_again:9
24/26 高雅琴:needs_help:8 杨万福:nobody:14
26/27 马兰花:waiting:8
25/27 张彦龙:asked_again:10 何小军:nobody:15
24/26 胡晓梅:waiting:8 白玉海:asked_again:9"""
COLUMN = {
    "waiting": "waiting",
    "not_yet": "waiting",
    "asked_again": "asked_again",
    "needs_help": "nobody",
    "nobody": "nobody",
}


def board() -> list[dict[str, Any]]:
    rows = []
    for name, line in zip(CLASSES, BOARD.splitlines(), strict=True):
        figures, *children = line.split()
        done, total = figures.split("/")
        cells: dict[str, list[dict[str, Any]]] = {"waiting": [], "asked_again": [], "nobody": []}
        for child in children:
            who, state, days = child.split(":")
            cells[COLUMN[state]].append(
                {"name": who, "state": state, "days": days, "is_current": who == "赵明轩"}
            )
        rows.append(
            {"name": name, "done": int(done), "total": int(total), "cells": list(cells.values())}
        )
    return rows


STEPS = [
    {
        "icon": "mail",
        "title": "邮件问爸爸",
        "at": "11月15日 22:00",
        "their_at": "阿拉木图 19:00，他下工后",
        "result": "送到了，没有打开",
        "result_icon": "check",
        "state": "done",
    },
    {
        "icon": "repeat",
        "title": "邮件再问一次",
        "at": "11月17日 22:00",
        "their_at": "阿拉木图 19:00",
        "result": "没送出",
        "result_icon": "x",
        "why": "信箱满了，对方服务器退了回来",
        "state": "done",
    },
    {
        "icon": "sms",
        "title": "改发短信",
        "at": "11月19日 22:00",
        "their_at": "阿拉木图 19:00",
        "result": "没送到",
        "result_icon": "x",
        "why": "运营商两次答复：号码停机",
        "state": "done",
    },
    {
        "icon": "phone",
        "title": "换一位大人：爷爷",
        "at": "11月22日 9:00",
        "result": "响了 40 秒没人接",
        "result_icon": "x",
        "why": "爷爷耳背，上午多在地里",
        "state": "done",
    },
    {
        "icon": "child",
        "title": "交给张丽华老师",
        "at": "11月23日 8:00",
        "result": "等她动手，已经 1 天 2 小时",
        "state": "now",
    },
    {
        "icon": "home",
        "title": "请村儿童主任李红梅走一趟",
        "at": "11月25日 8:00",
        "result": "还没到时候",
        "state": "todo",
    },
]

PARENTS = [
    {
        "relation": "妈妈",
        "name": "王芳",
        "place": "昆山",
        "work": "电子厂夜班",
        "state": "talked",
        "said": "3 天前，视频 22 分钟",
        "clock": "现在多半在睡，17:30 起",
    },
    {
        "relation": "爸爸",
        "name": "徐建军",
        "place": "库尔勒",
        "work": "收棉花",
        "state": "asked_again",
        "said": "9 天没通话",
        "clock": "19:30 收工，周日歇",
    },
]

EVENTS = [
    {
        "at": "今天 9:38",
        "icon": "mail",
        "title": "问了爸爸",
        "text": "这星期，您和梦瑶通话了吗？",
        "by": ["邮件", "送到了"],
    },
    {
        "at": "11月23日 周一",
        "icon": "eye",
        "title": "留心",
        "text": "课间把跳绳借给新来的同学，还教她怎么跳。",
        "by": ["张丽华", "操场", "当面夸了她"],
        "tags": [
            {"label": "帮助别人", "tone": "strength"},
            {"label": "有耐心", "tone": "strength"},
        ],
    },
    {
        "at": "11月21日 周六",
        "icon": "video",
        "tone": "contact",
        "title": "和妈妈视频",
        "text": "22 分钟。妈妈说通过了，梦瑶也说通过了，聊完很高兴。",
        "by": ["两边都确认", "奶奶家的手机"],
    },
    {
        "at": "11月20日 周五",
        "icon": "flower",
        "tone": "praise",
        "title": "好消息到家",
        "text": "“梦瑶教同桌学会了竖式除法。”",
        "by": ["张丽华", "语音 14 秒"],
    },
    {
        "at": "11月18日 周三",
        "icon": "concern",
        "tone": "concern",
        "title": "老师担心",
        "text": "午睡时哭了一会儿，说想妈妈。",
        "by": ["李老师", "坐着陪她，听她说"],
        "tags": [{"label": "想家", "tone": ""}],
    },
    {
        "at": "11月15日 周日",
        "icon": "bridge",
        "tone": "contact",
        "title": "爸爸通话",
        "text": "语音 6 分钟。那边收棉花，信号断断续续。",
        "by": ["爸爸说的"],
    },
    {
        "at": "9月1日 周二",
        "icon": "school",
        "title": "进三年级2班",
        "text": "",
        "by": ["花名册导入", "周玲"],
    },
]

FIRST = [
    "白雪",
    "蔡文博",
    "陈雨婷",
    "崔志远",
    "丁海涛",
    "段小燕",
    "冯玉洁",
    "高强强",
    "郭佳乐",
    "郭天宇",
    "韩梅",
    "何静",
    "胡晓东",
    "贾宇航",
    "姜丽",
    "孔令杰",
    "李娜",
    "李强",
    "梁小龙",
    "刘子豪",
    "卢小梅",
    "陆小川",
    "罗雨桐",
    "马思雨",
    "马小军",
    "孟雪",
    "彭小宝",
    "祁连山",
    "石磊",
    "宋佳",
    "孙浩",
    "唐晓东",
    "田小凤",
    "王浩",
    "王思雨",
    "魏小雨",
    "吴丹",
    "徐梦瑶",
    "杨欣怡",
    "姚宗毅",
    "余思源",
    "张伟",
    "张子涵",
    "赵明轩",
    "朱强",
]
CITIES = ["兰州", "昆山", "西安", "库尔勒", "东莞", "义乌", "银川", "乌鲁木齐"]
CARERS = ["奶奶 李秀兰", "爷爷 王有才", "妈妈 马秀英", "外婆 张桂英"]


def children() -> list[dict[str, Any]]:
    rows = []
    for index, name in enumerate(FIRST):
        away = index % 5 < 3
        days = (
            (index * 5) % 8
            if name not in ("赵明轩", "丁海涛", "彭小宝")
            else {"赵明轩": 16, "丁海涛": 9, "彭小宝": 8}[name]
        )
        state = (
            "at_home"
            if not away
            else "talked"
            if days < 7
            else "nobody"
            if days > 12
            else "asked_again"
        )
        state = "unknown" if index == 17 else state
        rows.append(
            {
                "name": name,
                "away": f"{'爸爸' if index % 2 else '妈妈'} {CITIES[index % 8]}" if away else "",
                "carer": CARERS[index % 4] if away else "爸爸妈妈",
                "state": state,
                "days": {0: "今天", 1: "昨天"}.get(days, f"{days} 天前")
                if away and state != "unknown"
                else "",
                "how": "视频" if index % 3 else "电话",
                "concern": "待回访" if name in ("高强强", "何静") else "",
                "strength": ["爱唱歌", "会教别人", "跑得快", "爱看书", "手巧"][index % 5],
            }
        )
    return rows


WEEKS = [
    ("9月1日", 78, True, ""),
    ("9月7日", 81, True, ""),
    ("9月14日", 84, True, ""),
    ("9月21日", 83, True, ""),
    ("9月28日", 86, True, ""),
    ("10月5日", 95, True, "国庆，回来过"),
    ("10月12日", 84, True, ""),
    ("10月19日", None, False, "停电，数不全"),
    ("10月26日", 88, True, ""),
    ("11月2日", 90, True, ""),
    ("11月9日", 91, True, ""),
    ("11月16日", 94, False, ""),
]


def weeks() -> list[dict[str, Any]]:
    return [
        dict(zip(("label", "percent", "is_complete", "note"), week, strict=True)) for week in WEEKS
    ]


def kit() -> dict[str, Any]:
    states = [
        "talked",
        "waiting",
        "asked_again",
        "not_yet",
        "nobody",
        "needs_help",
        "at_home",
        "unknown",
    ]
    return {
        "states": states,
        "rows": row_states(),
        "steps": STEPS,
        "parents": PARENTS,
        "three_parents": [
            *PARENTS,
            {
                "relation": "继父",
                "name": "刘强",
                "place": "银川",
                "state": "nobody",
                "said": "16 天没通话",
                "clock": "",
            },
        ],
        "one_parent": [
            {
                "relation": "爸爸",
                "name": "白军",
                "place": "兰州",
                "state": "waiting",
                "said": "今天 18:30 问过",
                "clock": "",
            }
        ],
        "events": EVENTS[:4],
        "weeks": weeks(),
        "tabs": [
            {"url": "#", "label": "全班", "count": 45, "is_current": True},
            {"url": "#", "label": "谁七天没通话", "count": 3},
        ],
        "parts": SHARE_PARTS,
    }


SHARE_PARTS = [
    {"label": "不止一条路", "text": "288 家"},
    {"label": "只剩一条路", "text": "19 家"},
    {"label": "哪条都不通", "text": "8 家"},
    {"label": "没登记", "text": "3 家"},
]


def page(name: str) -> dict[str, Any]:
    contexts: dict[str, Any] = {
        "today": lambda: {"lanes": lanes()},
        "check_ins": lambda: {"board": board(), "steps": STEPS},
        "child": lambda: {"parents": PARENTS, "events": EVENTS, "week_numbers": range(1, 14)},
        "children": lambda: {"children": children()},
        "dashboard": lambda: {"weeks": weeks(), "board": board(), "parts": SHARE_PARTS},
    }
    return contexts.get(name, dict)()
