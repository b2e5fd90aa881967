"""The pages that every school starts with: what to ask, where, and with which documents.

Schools add pages with what applies in one province; nothing here promises anything for a particular
place.

Sources: Interim Regulations on Residence Permits (居住证暂行条例, State Council order 663), Art. 2 and 9-13;
Compulsory Education Law (义务教育法) Art. 12; State Council 2016 no. 13, section on migrant parents.
"""

from django.utils.translation import gettext_lazy as _

from reunions.models import Topic

DEFAULTS = {
    Topic.REGISTER: _(
        "The household register can stay where it is: to live and send a child to school elsewhere you "
        "need a residence permit.\n"
        "You can ask for one after half a year in a city, with a lawful job, a lawful home or regular "
        "studies there.\n"
        "Take with you: identity card, the lease or proof of your room, the work contract or proof of "
        "social insurance.\n"
        "Where: the police station of the street or the community office. It costs nothing the first "
        "time.\n"
        "With the permit come public schooling for your child, basic health services and the right to "
        "take many examinations there; what exactly, the city says."
    ),
    Topic.SCHOOLING: _(
        "A child whose parents work and live elsewhere may go to school there: the place must offer "
        "nine years of schooling on equal terms.\n"
        "Ask early: most cities take names between April and June for September.\n"
        "Usually asked for: residence permits of the parents, the household register, the lease, the "
        "work contract or social insurance, the child's vaccination booklet and school record.\n"
        "Where: the education bureau of the district where you live, or the school nearest to you.\n"
        "Our school hands over the school record by the national system; tell us as soon as you have a "
        "place, and do not take the child out before."
    ),
    Topic.HOMECOMING: _(
        "Many counties help those who come back: training with a certificate, small loans for a start, "
        "places in workshops near the villages.\n"
        "Where: the labour office of the township, the service window for returning workers in the "
        "county town, or the village committee.\n"
        "Ask the school too: canteen, dormitory and kindergarten look for people now and then."
    ),
}
DEFAULT_SOURCE = _("State Council order 663 of 2016; Compulsory Education Law Art. 12")

# Names that people write as their place of work, by province code (GB/T 2260). The cities are those
# to which most people from the north-west go for work. A school adds nothing here; on the page a
# family can choose another province.
PLACES = {
    "11": "北京", "12": "天津", "13": "河北 石家庄", "14": "山西 太原", "15": "内蒙 呼和浩特 鄂尔多斯 包头",
    "21": "辽宁 沈阳 大连", "22": "吉林 长春", "23": "黑龙江 哈尔滨", "31": "上海",
    "32": "江苏 南京 苏州 昆山 无锡 常州 南通 徐州", "33": "浙江 杭州 宁波 温州 义乌 嘉兴 绍兴 台州",
    "34": "安徽 合肥", "35": "福建 福州 厦门 泉州 晋江", "36": "江西 南昌", "37": "山东 济南 青岛 烟台 潍坊",
    "41": "河南 郑州 洛阳", "42": "湖北 武汉", "43": "湖南 长沙",
    "44": "广东 广州 深圳 东莞 佛山 惠州 中山 珠海", "45": "广西 南宁", "46": "海南 海口 三亚", "50": "重庆",
    "51": "四川 成都", "52": "贵州 贵阳", "53": "云南 昆明", "54": "西藏 拉萨", "61": "陕西 西安 榆林",
    "62": "甘肃 兰州 武威 酒泉 敦煌 嘉峪关", "63": "青海 西宁 格尔木", "64": "宁夏 银川",
    "65": "新疆 乌鲁木齐 库尔勒 喀什 伊犁 阿克苏",
}  # fmt: skip


def province_of(place: str) -> str:
    """Return the code of the province that a place names; empty if it names none."""
    found = (code for code, names in PLACES.items() if any(map(place.__contains__, names.split())))
    return next(found, "")
