"""Respells what people mistype in the words that answer, so that one form of each is looked up."""

import re
from collections.abc import Iterator

# Same sound or same look: what a Chinese keyboard offers beside the word that was meant.
_CHINESE = (
    (
        "[满瞒漫蛮曼慢][易亿忆义艺以议毅]|[瞒漫曼慢]意|蛮意(?![外思想见])|满一(?![点些般直定下])",
        "满意",
    ),
    ("[补布部步](?=满意)", "不"),
    ("满意意{1,3}|满满意", "满意"),
    # Particles that stand for 的 and 了 at the end.
    ("(?<=[意错般咋])[滴哒嘀](?![\u4e00-\u9fff])", "的"),
    ("(?<=[好决定完修通复常妥])[鸟嘞咧叻辽勒哩囖啰囉](?![\u4e00-\u9fff])", "了"),
    ("(?<![关联体派])系(?=[0-9一二三四五六七八九十a-h](?![a-z]))", "是"),
    ("解决决|解解决", "解决"),
    ("不系(?:几|好|太|咁)?(?=满意)|不系(?:几|太|咁)(?=好)", "不是很"),
    ("[一已以][班斑搬](?!车|长|次|人|师)", "一般"),
    ("[恨狠艮]好", "很好"),
    ("(?<=[修弄搞])[号浩]", "好"),
    ("(?<![0-9一二三四五六七八九十几多])号了", "好了"),
    ("[拉垃]极|拉圾|辣鸡", "垃圾"),
    ("[害孩](?=没|是|不|未)", "还"),
    ("满份", "满分"),
    ("(?<=[0-9一二三四五六七八九十])[份芬](?![合数额钱])", "分"),
    ("(?<=[好了ok])惹", "了"),
    ("[飞菲]常|非尝|非长(?=[满好差不])", "非常"),
    ("(?<=五)[兴心行形新](?=好评)", "星"),
    ("不多(?=满意)", "不太"),
    ("[己巳](?=经|解决|修|处理)", "已"),
    ("(?<![可予难得加足所])以(?=解决|修好)", "已"),
    ("末(?=解决|修|处理|能)", "未"),
    ("解[绝诀觉]|[结接姐]决", "解决"),
    ("网路", "网络"),
    ("木有", "没有"),
    ("肿么", "怎么"),
    ("素的", "是的"),
)
# Typed without its characters.
_POINTS = "(?:fen|分)(?! ?(?:zhong|qian|huo))"  # no minutes, and no proverb
_PINYIN = (
    ("(?<=[0-9]) ?fen", "分"),
    ("(?<=[0-9]) ?(?:ke ?)?xing", "星"),
    ("(?:wo ?)?gei(?= ?[0-9])", "给"),
    ("gr8(?= ?[a-z0-9])", "great"),
    ("no1(?= [a-z])", "no one"),
    ("b4", "before"),
    ("l8", "late"),
    ("m8", "mate"),
    ("(?:any|some|every)1(?= [a-z])", "people"),
    ("dis satisfied", "dissatisfied"),
    ("fei ?chang ?bu ?man ?yi", "非常不满意"),
    ("fei ?chang ?man ?yi", "非常满意"),
    ("hen ?bu ?man ?yi", "很不满意"),
    ("bu ?tai ?man ?yi", "不太满意"),
    ("bi ?jiao ?man ?yi", "比较满意"),
    ("(?:ting|man) ?hao(?: ?de)?", "挺好"),
    ("fei ?chang ?hao", "非常好"),
    ("bu ?man ?yi", "不满意"),
    ("(?:fei ?chang|hen) ?rong ?yi", "非常容易"),
    ("fei ?chang", "非常"),
    ("shi ?fu (?:(?:hen|ting|man|fei ?chang) ?)?(?:hao|bu ?cuo)", "师傅很好"),
    ("tai ?gui(?: ?le)?", "太贵"),
    ("zhuang ?ji", "装机"),
    ("hen ?man ?yi", "很满意"),
    ("man ?yi", "满意"),
    ("yi ?ban", "一般"),
    ("hai ?bu ?xing", "还不行"),
    ("hen ?hao", "很好"),
    ("tai ?cha(?: ?le)?", "太差了"),
    ("bu ?tai(?= ?man)", "不太"),
    ("hai ?xing", "还行"),
    ("la ?ji", "垃圾"),
    ("hao ?ping", "好评"),
    ("cha ?ping", "差评"),
    ("hen ?cha", "很差"),
    ("bu ?cuo", "不错"),
    ("bu ?xing", "不行"),
    ("xie ?xie", "谢谢"),
    ("shi ?de", "是的"),
    ("(?:hai ?)?mei ?hao", "没好"),
    ("wei ?jie ?jue", "未解决"),
    ("wu ?xing(?: ?hao ?ping)?", "五星"),
    ("bu ?hao", "不好"),
    ("hai ?mei ?(?:you ?)?(?:hao|xiu ?hao|jie ?jue)", "还没好"),
    ("mei ?(?:you ?)?(?:jie ?jue|xiu ?hao)", "没解决"),
    ("(?:yi ?(?:jing ?)?)?(?:jie ?jue|xiu ?hao)(?: ?le)?", "解决了"),
    ("(?:xiu ?)?hao ?le", "好了"),
    ("mei ?you", "没有"),
    ("man ?fen", "满分"),
    (f"wu ?{_POINTS}", "五分"),
    (f"si ?{_POINTS}", "四分"),
    (f"san ?{_POINTS}", "三分"),
    (f"(?:liang|er) ?{_POINTS}", "二分"),
    (f"yi ?{_POINTS}", "一分"),
    (f"ling ?{_POINTS}", "零分"),
    (f"liu ?{_POINTS}", "六分"),
    (f"qi ?{_POINTS}", "七分"),
    (f"ba ?{_POINTS}", "八分"),
    (f"jiu ?{_POINTS}", "九分"),
)
_SHORT = {
    **dict.fromkeys(("servise", "servce", "sevice", "serivce", "servic"), "service"),
    "aweful": "awful",
    "disgracefull": "disgraceful",
    "appaling": "appalling",
    "hapy": "happy",
    "gret": "great",
    "graet": "great",
    "wosrt": "worst",
    "wrost": "worst",
    "borken": "broken",
    "brokn": "broken",
    "brocken": "broken",
    "yse": "yes",
    "eys": "yes",
    "fvie": "five",
    "fives": "five",
    "fiv": "five",
    "fve": "five",
    "fuor": "four",
    "foour": "four",
    "fourr": "four",
    "fiev": "five",
    "foru": "four",
    "thre": "three",
    "satrs": "stars",
    "strs": "stars",
    "stras": "stars",
    "averge": "average",
    "fxied": "fixed",
    "eazy": "easy",
    "fixxed": "fixed",
    "godo": "good",
    "nto": "not",
    "stil": "still",
    "stll": "still",
    "sitll": "still",
    "verry": "very",
    "vry": "very",
    "vrey": "very",
    "fixd": "fixed",
    "fixt": "fixed",
    "workin": "working",
    "wrking": "working",
    "gud": "good",
    "dificult": "difficult",
    "esay": "easy",
    "isnt": "isn't",
    "hasnt": "hasn't",
    "wasnt": "wasn't",
    "doesnt": "doesn't",
    "didnt": "didn't",
    "havent": "haven't",
    "cant": "can't",
    "wont": "won't",
    "dont": "don't",
    "aint": "ain't",
    **dict.fromkeys(("dint", "didint", "dindt", "didn"), "didn't"),
    "couldnt": "couldn't",
    "wouldnt": "wouldn't",
    "arent": "aren't",
    "werent": "weren't",
    "outta": "out of",
    "u": "you",
    "ur": "your",
    "gr8": "great",
    "nt": "not",
    "nvr": "never",
    "fivee": "five",
    "gonna": "going to",
    **dict.fromkeys(("cos", "coz", "cuz", "bcos", "becos", "bcoz"), "because"),
    "wurst": "worst",
}
_LONG = tuple(
    """
    satisfied dissatisfied unsatisfied neutral terrible horrible excellent perfect fantastic
    wonderful brilliant useless resolved unresolved disappointed unhappy awesome amazing rubbish
    disgusting difficult working average
    """.split()
)
_WORD = r"(?<![a-z'])(?P<word>[a-z][a-z']{0,13})(?![a-z'])"
_NAMES = {f"r{number}": form for number, (_, form) in enumerate((*_CHINESE, *_PINYIN))}
_FIND = re.compile(
    "|".join(
        (
            *(f"(?P<r{number}>{form})" for number, (form, _) in enumerate(_CHINESE)),
            *(
                f"(?P<r{number}>(?<![a-z'])(?:{form})(?![a-z']))"
                for number, (form, _) in enumerate(_PINYIN, start=len(_CHINESE))
            ),
            _WORD,
        )
    )
)
_ROMAN = frozenset("ivx")
_STRETCHED = re.compile(r"([a-z])\1\1{1,12}")
_NEAR, _FAR = 7, 9
"""Letters from which on a word may have one slip in it, and two."""


def slips(text: str) -> Iterator[tuple[int, int, str]]:
    """Where a folded text is misspelt, in order: begin, end, and what was meant."""
    for match in _FIND.finditer(text):
        kind = str(match.lastgroup)
        meant = _meant(match[0]) if kind == "word" else _NAMES[kind]
        if meant is not None and meant != match[0]:
            yield match.start(), match.end(), meant


def _meant(word: str) -> str | None:
    if word in _SHORT:
        return _SHORT[word]
    if _STRETCHED.search(word) and not _ROMAN.issuperset(word):
        # "goooood", "yesss": which letters are meant twice, the lists know.
        single = _STRETCHED.sub(r"\1", word)
        return single if single not in {"god", "of"} else _STRETCHED.sub(r"\1\1", word)
    if len(word) < _NEAR - 1:
        return None
    near = [each for each in _LONG if _may_be(word, each)]
    return near[0] if len(near) == 1 and word not in _LONG else None


def _may_be(word: str, meant: str) -> bool:
    """Whether few slips make `word` of `meant`: its ends are kept, so that no ending is changed."""
    if sorted(word) == sorted(meant):
        return word[0] == meant[0]
    if word[0] != meant[0] or word[-1] != meant[-1] or abs(len(word) - len(meant)) > 1:
        return False
    return _slips(word, meant) <= (2 if len(meant) >= _FAR else 1 if len(meant) >= _NEAR else 0)


def _slips(left: str, right: str) -> int:
    """Letters left out, put in, changed or swapped with their neighbour."""
    before: list[int] = []
    last = list(range(len(right) + 1))
    for i, one in enumerate(left):
        row = [i + 1]
        for j, other in enumerate(right):
            cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (one != other))
            if i and j and one == right[j - 1] and left[i - 1] == other:
                cost = min(cost, before[j - 1] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
