"""Holds the words in which people rate, agree and decline, and those that make it doubtful."""

# Traditional forms, folded before anything is looked up; each is one character for one.
TRADITIONAL = str.maketrans(
    "滿兩貳弐參叁陸結決沒還個給評選謝問題復務態總體對為嗎這並",
    "满两贰贰参参陆结决没还个给评选谢问题复务态总体对为吗这并",
)

HANZI = {
    **dict(zip("零一二三四五六七八九十", range(11), strict=True)),
    **dict(zip("壹贰参肆伍陆柒捌玖拾", range(1, 11), strict=True)),
    "〇": 0,
    "两": 2,
}
WORDS = {
    word: value
    for value, word in enumerate("zero one two three four five six seven eight nine ten".split())
}

#: The labels of the five-point scale and the synonyms that every such scale uses for them.
LABELS = {
    **dict.fromkeys(("非常满意", "十分满意", "很满意", "特别满意", "极其满意"), 5),
    **dict.fromkeys(("满意", "比较满意"), 4),
    **dict.fromkeys(("一般", "一般般", "中立"), 3),
    **dict.fromkeys(("不满意", "不太满意"), 2),
    **dict.fromkeys(("非常不满意", "十分不满意", "很不满意", "特别不满意", "极不满意"), 1),
    **dict.fromkeys(("极其不满意", "非常不满"), 1),
    **dict.fromkeys(("very satisfied", "extremely satisfied", "completely satisfied"), 5),
    "satisfied": 4,
    "neutral": 3,
    **dict.fromkeys(("dissatisfied", "unsatisfied", "not satisfied"), 2),
    **dict.fromkeys(("very dissatisfied", "extremely dissatisfied", "very unsatisfied"), 1),
}
#: They hold a label's characters and are none.
NO_LABELS = ("满意度", "一般都", "一般来说", "不一般")
#: A label turned by a word between; how far it is turned, nobody can say.
TURNED = (
    "not satisfied at all",
    "不是很满意", "不是非常满意", "不是太满意", "不是满意", "不很满意", "不十分满意",
    "不算满意", "谈不上满意",
    "没有满意", "不是特别满意", "不是不满意", "并不满意", "not very satisfied",
    "not really satisfied",
    "not completely satisfied", "not at all satisfied", "not so satisfied",
    "not entirely satisfied",
    "not dissatisfied", "not unsatisfied", "never satisfied", "hardly satisfied",
    "not too satisfied",
)  # fmt: skip

YES = (
    "已解决", "已经解决", "解决了", "已经解决了", "已解决了", "都解决了", "完全解决", "修好了",
    "已修好", "已经修好了",
    "处理好了", "搞定了", "yes", "yeah", "yep", "yup", "y", "fixed", "solved", "resolved", "是",
    "是的", "对", "对的",
    "好了", "all fixed", "sorted",
)  # fmt: skip
NO = (
    "完全没解决", "完全没有解决", "压根没解决", "并没解决",
    "没解决", "没有解决", "未解决", "还没解决", "还没有解决", "尚未解决", "仍未解决",
    "并未解决", "并没有解决", "根本没解决",
    "没有得到解决", "未得到解决", "没修好", "没有修好", "还没修好", "还没有修好", "没搞定",
    "没处理好", "还没处理好", "没好", "还没好",
    "没有", "没", "未", "否", "不是", "不", "不行", "还没", "还没有", "no", "nope", "nah", "n",
    "not yet", "not fixed",
    "not solved", "not resolved", "isn't fixed", "isn't resolved", "isn't solved", "wasn't fixed",
    "wasn't resolved", "wasn't solved", "hasn't been fixed", "hasn't been resolved",
    "not been fixed",
    "not been resolved", "never fixed", "never resolved", "never solved", "unresolved",
    "unsolved", "unfixed",
    "still broken", "still not fixed", "still not resolved", "still not working",
    "still doesn't work",
)  # fmt: skip
#: Too common to say anything where they do not stand alone.
WEAK = frozenset(
    """
    yes yeah yep yup y no nope nah n 是 是的 对 对的 好了 没有 没 未 否 不是 不 不行 还没 还没有
    没好 还没好 sorted
    """.split()
)
#: Neither yes nor no, though it holds words of theirs.
NEITHER = (
    "是否", "no. 1", "no.1", "no. 2", "no.2",
    "部分解决", "没完全解决", "没有完全解决", "未完全解决", "不完全", "没全解决", "没彻底解决",
    "没有彻底解决", "解决了一半", "解决了一部分",
    "不知道", "不清楚", "不确定", "没问题", "没有问题", "没事", "没关系", "没用过", "不用",
    "没收到", "不是没", "是不是", "有没有", "好了没",
    "解决没", "解决了没", "修好了没", "no thanks", "no thank you", "no problem", "no issue",
    "no idea", "not sure",
    "not fully", "not completely", "not entirely", "not totally", "not really", "partly",
    "partially", "half fixed",
    "almost fixed", "sort of", "kind of", "no one", "no doubt", "not unresolved",
)  # fmt: skip

#: What may stand before an answer in its clause, and leaves it what it is.
OPENINGS = frozenset(
    """
    我 我们 我的 我个人 俺 就 都 也 还 服务 服务态度 态度 本次 这次 此次 对 对本次 的 给 给你
    给你们 给个 给了 打 打个 打了
    评 评个 选 我选 选择 个 评分 评价 打分 得分 分数 满意度 是 为 回复 答 答案 整体 总体
    总的来说 感觉 觉得 我觉得 师傅 客服 谢谢 感谢
    你好 您好 问题 我的问题 故障 已 已经 好的 嗯 恩 哦 啊 亲 现在 目前 到现在 至今 仍 仍然 依然
    依旧 根本 一直 工单 网络 宽带 网 信号 电视 手机
    i i'm i'd we am give you it a an the my rate this rating score of is was answer say overall
    service hi hello
    hey ok okay thanks thank thx dear please been has have issue problem now all still feel im
    my ticket
    they it's its that's number option are with your and very
    """.split()
)
#: What may stand after an answer in its clause, and leaves it what it is.
CLOSINGS = frozenset(
    """
    了 的 啊 哦 呀 哈 呢 啦 哟 喔 谢谢 谢谢你 谢谢您 谢谢你们 感谢 多谢 辛苦 辛苦了 你好 您好 分
    服务 好评 已经
    thanks thank you thx now already please pls sir madam all at and cheers very much so for the
    your help service it with
    everything
    """.split()
)
#: Alone after an answer they say nothing worth keeping.
PARTICLES = frozenset("了 的 啊 哦 呀 哈 啦 哟 喔 吧".split())

#: After a number, what it counts instead of satisfaction.
COUNTED_HANZI = frozenset(
    "次天个年月日号点块元人位遍回周礼层楼户台条件张倍成折万千百亿度秒家名种项兆路栋单室段时小岁斤米公多几来是或和与比"
    "级代寸股份宽把道门集季页字组批排桶双套部"
)
#: After a number and 分 or 星, what makes another word of it.
AFTER_POINTS = frozenset("钟钱之公店别析部局支行享辨期配级秒贝类手数摊歧布红米厘")
COUNTED_WORDS = frozenset(
    """
    times time day days hour hours hr hrs minute minutes min mins second seconds week weeks
    month months year years
    call calls person people man men guy guys technician technicians engineer engineers visit
    visits ticket tickets
    problem problems issue issues thing things percent pm am o'clock oclock of or to and more
    other others is are was
    were am than dollars euros yuan rmb bucks mb mbps gb th st nd rd business working different
    separate weekends
    nights out agent agents attempts people's more% phone phones line lines devices device lost
    before after until
    """.split()
)
#: Words in s that are no plural.
NO_PLURALS = frozenset(
    """
    thanks thx always this yes super service because its it's as us his has does was is very
    stars points nevertheless
    """.split()
)

CONDITIONS = (
    "如果", "要是", "假如", "若", "的话", "除非", "本来", "原本", "本想", "想给", "应该给",
    "应该是", "等你们", "只要", "再给", "才给",
    "不可能", "给不了", "打不了", "if", "unless", "would have", "could have", "should have",
    "should be", "could be",
    "until", "once you", "when you", "was going to", "wanted to give", "no way", "provided",
    "depends",
)  # fmt: skip
QUESTIONS = (
    "?",
    "吗",
    "呢",
    "怎么评",
    "什么意思",
    "哪个",
    "what does",
    "what is",
    "which one",
    "is it",
)
HEDGES_AFTER = (
    "左右",
    "以上",
    "以下",
    "以内",
    "上下",
    "or so",
    "or more",
    "or less",
    "ish",
    "plus",
    "minus",
)
BUT = ("但", "可是", "不过", "然而", "but", "however", "although", "though", "except")
HARSH = (
    "不行", "不好", "bad", "poor",
    "垃圾", "太差", "很差", "差劲", "骗子", "投诉", "恶心", "没解决", "未解决", "没有解决",
    "没修好", "气死", "呵呵", "无语", "worst",
    "terrible", "useless", "awful", "horrible", "rubbish", "not fixed", "unresolved",
    "still broken", "a joke",
)  # fmt: skip
PRAISE = (
    "good",
    "很好", "非常好", "太棒", "很棒", "真棒", "优秀", "完美", "great", "excellent", "perfect",
    "amazing", "wonderful",
    "fantastic", "brilliant", "best",
)  # fmt: skip
NEGATORS = ("不", "没", "未", "无", "别", "勿", "not", "n't", "never", "no ", "cannot", "hardly")
