"""Invented names. Any likeness to a real place or firm is chance."""

from __future__ import annotations

RIVER_NAMES: list[tuple[str, str]] = [
    (f"{zh}{kind}", f"{en} {kind_en}")
    for zh, en, kind, kind_en in [
        ("沄蒲", "Yunpu", "江", "River"),
        ("青麓", "Qinglu", "河", "River"),
        ("白汀", "Baiting", "河", "River"),
        ("松溪源", "Songxiyuan", "河", "River"),
        ("石枫", "Shifeng", "河", "River"),
        ("南渚", "Nanzhu", "河", "River"),
        ("鹭坪", "Luping", "河", "River"),
        ("龙滩湾", "Longtanwan", "河", "River"),
        ("梅塅", "Meiduan", "河", "River"),
        ("桐峪", "Tongyu", "河", "River"),
        ("柳荫", "Liuyin", "溪", "Creek"),
        ("黄筠", "Huangjun", "溪", "Creek"),
        ("双碓", "Shuangdui", "溪", "Creek"),
        ("云岫", "Yunxiu", "溪", "Creek"),
        ("清砚", "Qingyan", "溪", "Creek"),
        ("枫塘", "Fengtang", "溪", "Creek"),
        ("竹坞", "Zhuwu", "溪", "Creek"),
        ("石鼓坪", "Shiguping", "溪", "Creek"),
        ("桃峪", "Taoyu", "溪", "Creek"),
        ("银杉", "Yinshan", "溪", "Creek"),
        ("沙陂", "Shabei", "溪", "Creek"),
        ("茶垄", "Chalong", "溪", "Creek"),
        ("榕荫", "Rongyin", "溪", "Creek"),
        ("雁落", "Yanluo", "溪", "Creek"),
        ("乌石", "Wushi", "溪", "Creek"),
        ("麦洲", "Maizhou", "涌", "Stream"),
        ("荔坡", "Lipo", "溪", "Creek"),
        ("水碾", "Shuinian", "溪", "Creek"),
        ("鹤嘴", "Hezui", "溪", "Creek"),
        ("芦湾", "Luwan", "涌", "Stream"),
        ("杉坑", "Shankeng", "溪", "Creek"),
        ("赤岭", "Chiling", "溪", "Creek"),
        ("响泉", "Xiangquan", "溪", "Creek"),
        ("观音坪", "Guanyinping", "溪", "Creek"),
        ("杨梅坳", "Yangmeiao", "溪", "Creek"),
        ("铁炉", "Tielu", "溪", "Creek"),
        ("马蹄", "Mati", "溪", "Creek"),
        ("大塅", "Daduan", "溪", "Creek"),
        ("石灰窑", "Shihuiyao", "溪", "Creek"),
        ("九曲湾", "Jiuquwan", "溪", "Creek"),
    ]
]

COUNTIES: list[tuple[str, str, str]] = [
    ("990101", "云浦区", "Yunpu District"),
    ("990121", "青麓县", "Qinglu County"),
    ("990122", "松源县", "Songyuan County"),
    ("990123", "南渚县", "Nanzhu County"),
    ("990181", "白汀市", "Baiting City"),
]

_HEADS = [
    "青石",
    "白沙",
    "龙潭",
    "梅溪",
    "石桥",
    "黄竹",
    "枫林",
    "柳岸",
    "桃花",
    "清水",
    "松岭",
    "云台",
    "南塘",
    "双河",
    "高桥",
    "长坪",
    "杨柳",
    "乌石",
    "上坪",
    "下湾",
    "新圩",
    "老屋",
    "茶园",
    "沙洲",
    "大塘",
    "金鸡",
    "水口",
    "岭脚",
    "樟树",
    "荷塘",
    "渡口",
    "白马",
    "红岩",
    "油榨",
    "磨刀",
    "瓦窑",
    "石龙",
    "鹿鸣",
    "马鞍",
    "竹园",
]
_TAILS = ["村", "坝", "湾", "铺", "坪", "圩", "塘", "岗", "坳", "围"]


def place_name(number: int) -> str:
    """A village's name; the first 400 numbers give 400 different ones."""
    head = _HEADS[number % len(_HEADS)]
    tail = _TAILS[(number // len(_HEADS) + number) % len(_TAILS)]
    if head.endswith(tail):
        tail = "村"
    return head + tail


BEARINGS = ["北侧", "东北侧", "东侧", "东南侧", "南侧", "西南侧", "西侧", "西北侧"]

# Industry: (Chinese, English, firm's generic name, share, NH3-N and COD and TP in kg/d).
INDUSTRIES: list[tuple[str, str, str, float, float, float, float]] = [
    ("造纸", "pulp and paper", "示例纸业", 0.08, 9.0, 210.0, 1.1),
    ("印染", "textile dyeing", "示例印染", 0.09, 12.0, 190.0, 1.3),
    ("食品加工", "food processing", "示例食品", 0.12, 7.0, 120.0, 1.8),
    ("化工", "chemicals", "示例化工", 0.10, 22.0, 160.0, 1.6),
    ("化肥", "fertiliser", "示例化肥", 0.05, 38.0, 140.0, 2.4),
    ("电镀", "electroplating", "示例电镀", 0.07, 3.0, 40.0, 0.8),
    ("制药", "pharmaceuticals", "示例制药", 0.06, 14.0, 170.0, 1.2),
    ("城镇污水处理", "sewage treatment", "示例污水处理", 0.13, 60.0, 520.0, 6.0),
    ("畜禽养殖", "livestock", "示例养殖", 0.14, 10.0, 95.0, 2.6),
    ("水产养殖", "aquaculture", "示例水产", 0.06, 3.0, 45.0, 1.0),
    ("矿山", "mining", "示例矿业", 0.05, 1.5, 60.0, 0.2),
    ("发电", "power", "示例电力", 0.05, 0.8, 30.0, 0.1),
]
SERIALS = "一二三四五六七八九十"


def serial(number: int) -> str:
    """1 -> 一, 12 -> 十二, 23 -> 二十三 (up to 99)."""
    tens, ones = divmod(number, 10)
    text = ("" if tens < 2 else SERIALS[tens - 1]) + ("十" if tens else "")
    return text + (SERIALS[ones - 1] if ones else "")
