"""Names, places and trades of the made-up families. Nobody here is a real person."""

SURNAMES = (
    "王李张刘陈杨赵马徐何丁彭郭唐卢罗石陆姚高白蔡曹程崔董杜冯韩胡姜蒋雷梁吕任沈宋苏谭魏许叶余朱虎"
)
GIRL_NAMES = (
    "梦瑶 欣怡 子涵 雨桐 小梅 静 雪儿 玉兰 晓丽 冬梅 小雨 佳怡 思琪 月 佳宁 丽娜 雅婷 春花 文静 "
    "青青 晓燕 雅琴 玉洁 婷婷 思雨 兰花 晓梅 玉海 佳佳 秀英 小凤 悦 若曦 诗涵 美玲 彩霞 云霞 晓兰"
).split()
BOY_NAMES = (
    "明轩 海涛 小宝 天宇 晓东 磊 小川 宗毅 强强 浩然 小龙 文强 一鸣 鹏飞 嘉豪 雨泽 文博 志远 小军 "
    "航 思源 浩 强 占林 子豪 志强 彦龙 小军 万福 俊杰 宇航 家乐 建业 国强 永福 小刚 振华 博文"
).split()
MEN = (
    "建军 国栋 建国 志强 海龙 永强 文军 国强 小平 红军 建华 金龙 玉林 得福 成林 学文 永昌 万林 宗仁 生财"
).split()
WOMEN = "芳 霞 红梅 秀英 玉莲 桂花 兰 秀兰 李红 梅花 春燕 金花 玉芳 丽 翠兰 小红 玉霞 桂兰 彩云 雪梅".split()
OLD_MEN = "德福 有才 守义 有福 登科 万全 永昌 生财 长寿 得胜".split()
OLD_WOMEN = "秀兰 桂花 玉莲 赵兰 秀珍 翠花 金莲 月英 桂英 秀芳".split()
VILLAGES = (
    "黄羊川村 石城村 菜子口村 大南冲村 西滩村 上川村 中川村 周家庄 一棵树村 马场村 双庙村 羊圈沟村"
).split()
# City, time zone, share of families (per cent, made up after the migration routes from Wuwei).
CITIES = [
    ("兰州", "Asia/Shanghai", 22),
    ("西安", "Asia/Shanghai", 12),
    ("银川", "Asia/Shanghai", 10),
    ("库尔勒", "Asia/Shanghai", 9),
    ("乌鲁木齐", "Asia/Shanghai", 9),
    ("昆山", "Asia/Shanghai", 9),
    ("东莞", "Asia/Shanghai", 8),
    ("深圳", "Asia/Shanghai", 7),
    ("杭州", "Asia/Shanghai", 6),
    ("宁波", "Asia/Shanghai", 4),
    ("嘉峪关", "Asia/Shanghai", 3),
    ("阿拉木图", "Asia/Almaty", 1),
]
TRADES = [
    ("建筑工地", "day", 26),
    ("电子厂", "night", 14),
    ("电子厂", "rotating", 12),
    ("饭馆", "day", 12),
    ("快递", "day", 10),
    ("摘棉花", "day", 6),
    ("保洁", "day", 6),
    ("服装厂", "rotating", 6),
    ("开货车", "", 8),
]
STRENGTHS = (
    "爱唱歌 会写作文 细心 手工好 讲义气 爱提问 会修东西 爱看书 有耐心 画画好 爱劳动 会讲故事 算得快 "
    "胆子大 守时 爱下棋 大方 肯坚持 爱养小动物 会照顾人 有礼貌 爱笑 声音好听 力气大 跳绳好 爱拼图 会梳辫子"
).split()
JOURNEYS = [
    "走路一刻钟",
    "走路半小时，过一座桥",
    "和邻居家姐姐一起走",
    "坐校车",
    "爷爷骑三轮接送",
    "奶奶接送",
]
WISHES = ["明年想把孩子接到身边上学", "盼着过年早点回来", "想在县城找份活，守着孩子"]
WORDS = [
    "孩子说想吃我做的饭。",
    "今天聊了考试，他挺高兴。",
    "信号不好，说了几句就断了。",
    "麻烦老师多看看他的作业。",
    "她说学会了跳绳，连着跳了一百个。",
]
COUNTIES = "古浪县 天祝县 民勤县 景泰县 永登县 静宁县 会宁县 通渭县".split()
SCHOOL_STEMS = (
    "黄羊川 十八里堡 西靖 大靖 土门 定宁 泗水 古丰 永丰滩 裴家营 民权 直滩 海子滩 新堡 干城 横梁 "
    "黑松驿 黄花滩 西山堡 南泉"
).split()
