"""Notes by teachers of the made-up school: the kind of sentence one writes in ten seconds."""

from typing import NamedTuple


def about(sex: str, words: str) -> str:
    """Return the sentence worded for a girl or a boy."""
    return words.replace("他", "她") if sex == "f" else words.replace("她", "他")


class Note(NamedTuple):
    words: str
    place: str
    strengths: list[str]
    deeds: list[str]
    themes: list[str] = []


GOOD = [
    Note("教同桌竖式除法，讲了三遍都不急。", "教室", ["helps", "patient"], ["praised"]),
    Note("扫完自己的那块地，又去帮一年级提水。", "操场", ["helps"], ["praised"]),
    Note("课上第一次自己举手，把答案说完了。", "教室", ["speaks_up", "brave"], ["praised"]),
    Note("跳绳连着练了一个星期，今天跳了八十个。", "操场", ["keeps_at_it"], ["praised"]),
    Note("给翅膀受伤的麻雀搭了个窝。", "校园", ["has_ideas", "patient"], ["listened"]),
    Note("作文写了奶奶做的馍，念给全班听。", "教室", ["speaks_up"], ["praised"]),
    Note("把自己的雨衣让给低年级的同学。", "校门口", ["helps"], ["praised"]),
    Note("听写错了七个，自己留下来改到全对。", "教室", ["keeps_at_it"], ["praised", "stayed"]),
    Note("小组做小车，是他想到用瓶盖当轮子。", "科学课", ["has_ideas"], ["praised"]),
    Note("同学摔了，她扶着走到医务室，一直陪着。", "操场", ["helps", "patient"], ["praised"]),
    Note("带着大家把歌唱完了，声音很亮。", "音乐课", ["brave", "speaks_up"], ["praised"]),
    Note("种的蒜苗每天量，记了整整一页。", "教室", ["keeps_at_it", "patient"], ["praised"]),
    Note("承认窗户是自己碰坏的，没让别人背。", "教室", ["brave"], ["praised", "listened"]),
    Note("数学进步了十一分，自己定了下次的目标。", "教室", ["keeps_at_it"], ["praised"]),
    Note("给新来的同学画了一张去食堂的路。", "教室", ["has_ideas", "helps"], ["praised"]),
    Note("值日组长当得公道，谁累了就换谁。", "教室", ["patient", "helps"], ["praised"]),
    Note("升旗时脚麻了也站得直。", "操场", ["keeps_at_it"], ["praised"]),
    Note("课间给几个同学讲她看完的故事。", "图书角", ["speaks_up"], ["listened"]),
]
QUIET = [
    Note("两节课没说话，问了只摇头。", "教室", [], ["stayed"], ["withdrawal"]),
    Note("作业本上写“我太笨”，擦掉了又写。", "教室", [], ["listened"], ["self_worth"]),
    Note("排队时推了前面的同学，说等不及。", "食堂", [], ["listened"], ["impulse"]),
    Note("说不想上学，在家放羊也好。", "教室", [], ["listened", "told_home"], ["weary"]),
    Note("午睡时哭了一会儿，说想妈妈。", "教室", [], ["stayed", "listened"], []),
    Note("顶了一句嘴，过后自己来道歉。", "教室", [], ["listened"], ["defiance"]),
    Note("连着两天没吃早饭，说爷爷起得晚。", "教室", [], ["told_home"], ["home"]),
    Note("放学后在小卖部门口待到六点。", "校门口", [], ["told_home"], ["surroundings"]),
    Note("上课打瞌睡，昨晚看手机看到很晚。", "教室", [], ["listened"], []),
    Note("换了座位以后一直趴着。", "教室", [], ["nothing_yet"], ["withdrawal"]),
]

GOOD_NEWS = [
    "他教会了同桌削铅笔，还当了一天值日组长。",
    "她这个月读完了三本书，讲给全班听。",
    "他数学跟上来了，错题自己改。",
    "她跳绳是班里前三，还带着别人一起练。",
    "他种的蒜苗长得最高，天天浇水。",
    "她画的家乡贴在了走廊里。",
]
BODY = ["没生病，午饭吃得香。", "长高了两公分，冬衣有点短。", "感冒过一次，已经好了。", ""]
MOOD = [
    "多数时候爱笑。",
    "和两个同学玩得好。",
    "周一有点想您，我陪着坐了坐。",
    "话比上个月多了。",
    "",
]
LEARNING = ["语文作业都交了。", "数学跟得上，写字再慢一点更好。", "听写错得少了。", ""]
YOU_CAN_DO = [
    "问问蒜苗长多高了，天天浇水，一直想告诉您。",
    "请孩子把新学的歌唱给您听。",
    "通话时说一件您小时候的事。",
    "让孩子把画拍给您看，说说画的是谁。",
]

LETTER = {
    "good_news": GOOD_NEWS,
    "body": BODY,
    "mood": MOOD,
    "learning": LEARNING,
    "you_can_do": YOU_CAN_DO,
}

REQUESTS = [
    ("请把孩子的疫苗本带到学校，看过就还。", 10),
    ("请给孩子买一双防滑的鞋，下雪路滑。", 14),
    ("请每天晚上九点前收好手机。", 7),
    ("请在作业本上签个字，画个勾也行。", 5),
    ("请打电话到学校说一说过年的打算。", 12),
]
ANSWERS = ["", "好的，老师。", "周末去办。", "让他爷爷带过去了。"]
HELPERS = ["六年级的王小军", "邻居李婶", "表姐", "隔壁的退休刘老师"]
HELP_WITH = ["数学应用题", "生字听写", "把作业写完", "读课文"]

CALL_WORDS = [
    "说了孩子这个月的情况，家长放心了些。",
    "厂里加班，说周日晚上打给孩子。",
    "问了过年回不回，票还没抢到。",
    "请家长多问问作业。",
    "",
    "",
    "",
]
VISIT_WORDS = [
    "奶奶身体还行，腿有点疼。孩子自己烧炉子，教了怎么通风。",
    "家里收拾得干净，孩子带我看了他的奖状。",
    "爷爷不识字，留了学校电话，贴在门后。",
    "桌子太矮，说好从学校借一张。",
    "晚上作业在炕上写，灯暗。",
    "孩子会做饭，奶奶夸了好几遍。",
]
AGREED = [
    ("school", "借一张课桌给孩子"),
    ("carer", "炉子晚上封好，窗留一条缝"),
    ("parents", "周六晚上固定视频"),
    ("village", "冬天来看两次炉子"),
    ("child", "每天读十分钟给奶奶听"),
]
VISIT_REASONS = ["奶奶说腿疼，去看看家里怎么样", "孩子连着两天没吃早饭", "换了住处，认认门"]
MEETING_WORDS = "说了冬天取暖和通风、手机几点收、孩子想父母时怎么陪。各家留了一个打得通的号码。"

CHILD_SAYS = [
    "愿意跟奶奶住。",
    "愿意，就是想妈妈。",
    "爷爷好，做的饭好吃。",
    "愿意，周末想去姑姑家。",
]
TALK_TIMES = ["周六晚上八点，视频", "周日中午，电话", "周三和周日晚上", "下班后，隔一天一次"]
SENT = [
    ("gift", "棉衣一件、书包一个"),
    ("gift", "两双鞋，大了一码"),
    ("letter", "写了两页，孩子读了三遍"),
    ("money", "这个月的生活费"),
    ("money", "过冬的煤钱"),
]
CONVERSATIONS = [
    ("老师，孩子的冬衣够吗？我这边寄一件。", "够穿，鞋有点小，寄双鞋吧，35 码。"),
    ("数学要不要补？", "不用补，把错题再做一遍就行。"),
    ("奶奶手机打不通，孩子还好吗？", "孩子好着呢，奶奶的手机欠费了，已经交上。"),
    ("这次考试考得怎么样？", "语文进步了，作文写得真。您夸夸孩子。"),
    ("孩子说和同桌闹别扭了。", "说开了，今天两个人又一起扫地。"),
]
SCHOOL_SAYS = [
    "孩子今天当了值日组长，很公道，告诉您一声。",
    "下周三开照护人会，请家里来一位。",
    "孩子的疫苗本要看一下，看过就还。",
]
FAMILY_SAYS = ["谢谢老师，您费心了。", "好的，让他爷爷去。", "收到，周末给孩子打电话说说。"]
PHRASES = (
    "收到，谢谢您告诉我。",
    "今天的作业已经写完，您放心。",
    "我中午有空，给您打电话。",
)
