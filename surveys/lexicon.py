"""Holds the words that carry an answer, each with the part it plays in one."""

from collections.abc import Mapping

HANZI = {
    **dict(zip("零一二三四五六七八九十", range(11), strict=True)),
    **dict(zip("壹贰参肆伍陆柒捌玖拾", range(1, 11), strict=True)),
    "〇": 0,
    "两": 2,
    "俩": 2,
    "仨": 3,
}
WORDS = {
    word: value
    for value, word in enumerate("zero one two three four five six seven eight nine ten".split())
}

Parts = Mapping[str, str]
"""A word or phrase, and the letter of its part: see `_PARTS` and the grammar in `grades`."""


def _table(parts: Mapping[str, str]) -> dict[str, str]:
    """Each phrase with its part; in the data `_` is a space."""
    return {word.replace("_", " "): part for part, words in parts.items() for word in words.split()}


#: n says nothing; s is what is rated; i intensifies, m softens, x intensifies from behind;
#: z is "at all"; N denies, T denies altogether; v assents or says nothing certain;
#: q is a part of the whole, whom it is about and is no part of a verdict upon the whole.
_PARTS = {
    "n": """
    我 我们 我的 我个人 个人 俺 咱 就 都 也 还是 是 为 了 的 啊 哦 呀 哈 呢 啦 哟 喔 咯 嘛 吧 呗
    嗯 恩 诶 哎 哇 耶 额 那 那就 就是 给 给你 给您 反正
    给你们 给个 给了 给他 给他们 给予 打 打个 打了 评 评个 评为 选 我选 我选择 选择 选项 个 评分
    评价
    打分 拣 揀 得分 分数 满意度 回复 答 答案 总体 整体 总的来说 总之 总的 总的还是 总的来讲 只能说
    总体来说 整体来说 综合
    说实话 实话 老实说 讲真 讲真的 坦白说 凭良心说 实话实说 平心而论 感觉 觉得 我觉得 认为 谢谢
    谢谢你 谢谢您 谢谢你们 感谢 多谢 谢 谢啦 谢了 辛苦 辛苦了 你好 您好
    你们好 亲 现在 目前 本次 这次 此次 对 对本次 对这次 对于 对你们
    对你们的 你们 你们的 would_recommend i'd_recommend 一个 这个 必须 必须的 当然 肯定 只能
    最多只能 勉强 我给 我打 我打分 我评 我评价 我评分 我按 我填 我回复 我要 要 想 我想 我想给 愿意
    可 又 你 您 他们 大家 全部 分 令人
    让人 让我 使人 很遗憾
    抱歉 不好意思 对不起 请 好吧 行吧 好啦 已 已经 宝 俾 这单 本单 这一单 巴适得板 哈哈 嘻嘻
    家人们 走起 麻烦您 麻烦你 麻烦你们 麻烦你们了 麻烦您了 麻烦你了 麻烦了 史上 妥妥 妥妥的 忘了
    差点忘了 不能再多
    不能再多了 不能再少 推荐 会推荐
    回 按 填 填个 输入 发送
    改成 改为 改 更正 修正 错了 打错 打错了 说错了 说错 按错了 按错 选错了 写错了 手滑 手误 应该是
    应该 而是 那档 这档 那一档 一档 档
    i i'm i'd i'll im ill we we're are am is was be been it it's its that's this that the a an my
    our your me us you
    give gives giving gave given rate rated rating ratings score scored scoring mark marks put say
    answer answers reply vote choose choosing choice pick select go with of for from at
    on to as so just only all overall in_total generally hi hello hey dear ok okay well um thanks
    thank thank_you thx ty cheers please pls plz sir madam mate guys lads folks now
    and by ever will would i_would can let_me let's like feel feeling felt think i_think guess
    myself
    have had has number option grade points point star stars anyway honestly tbh imo experience
    today here there def defo honest frankly definitely deffo easily certainly sure no_doubt
    hands_down
    gotta_be make
    make_it call_it out
    actually sorry gets got_to_be i'm_afraid sadly unfortunately regrettably all_in_all
    thank_you_so_much thanks_so_much thank_you_very_much thanks_a_lot many_thanks
    oops wait i_mean meant i_meant mean correction typo mistake wrong scratch_that rather instead
    more_like no_wait strong solid big fat whopping weak firm generous my_bad team everyone going
    spot_on bang_on lah la lor leh hor sia yaar ji finally
    everything life what how job_done lol bro dude love x xx xxx ha yes yep yeah hmm mm m hm erm
    err k kk this_time
    all_round all_around across_the_board theek_hai thik_hai theek_h thik_h theek thik acha accha
    achha hai bhai
    """,
    "q": """
    师傅 师傅们 客服 小哥 工程师 人员 技术员 公司 员工 安装师傅 维修师傅 前台 网速 网络 信号 价格
    资费 宽带 电视 热线 电话 上门 维修 安装 engineer technician agent staff company hotline
    operator installer network speed
    """,
    "s": """
    你们公司 贵公司 贵司
    服务 服务质量 本次服务 这次服务 服务水平 处理 处理结果 结果 体验 整个过程 过程 工单 这次处理
    表现 整体服务 你们服务 您家 你家 你们家
    玩意 玩意儿
    service services support customer_service customer_care work job handling visit outcome result
    performance
    """,
    "i": """
    simply 非常之 极之 有够 非常 很 十分 特别 极其 极 极度 极为 太 超 超级 超级无敌 相当 真 真的
    真的很
    真是 真心 实在
    实在是 实在太 最 巨 贼 老 忒 无比 万分 够 好 简直 绝对 百分百 100% 百分之百 完全 彻底 狠 灰常
    异常 尤其
    非常非常 很很 很是 老是很 极端 太过 大大的
    total very v extremely really super totally completely absolutely highly incredibly utterly most
    truly
    so too much very_much pretty_damn bloody damn fully entirely thoroughly deeply
    utter absolute complete sheer pure 100_percent seriously exceptionally remarkably insanely
    beyond hugely immensely 100% extremly
    way_too way f-ing fucking freaking
    """,
    "m": """
    挺 蛮 满 还 比较 还算 较 算 算是 颇 基本 基本上 大致 总体上 有点 有些 稍 稍微 略 有点儿 还挺
    还蛮 还比较
    more_or_less quite pretty fairly rather reasonably mostly somewhat kind_of sort_of relatively
    moderately
    a_bit a_little
    """,
    "x": """
    极了 死了 爆了 爆 爆炸 透了 透顶 到家了 得很 得不行 得要命 得要死 至极 惨了 翻了 到爆 得不得了
    上天了 得一塌糊涂 得一匹 得一批 到极点 到不行 得离谱 indeed
    """,
    "z": """
        at_all in_the_slightest whatsoever one_bit in_any_way in_the_least
    """,
    "N": """
    不 不咋 不太 不怎么 不是 不是很 不是太 不是特别 不大 不够 没那么 不甚 并不 并不是 不很 不那么
    不感到
    not isn't wasn't aren't am_not ain't not_very not_really not_too not_so not_that not_exactly
    not_particularly not_all_that weren't not_quite
    not_overly not_been
    """,
    "L": "没 没有 未 并没有 并没",
    "NP": "不满意 不满",
    "G": "好的",
    "T": """
    一点都不 一啲都不 一d都不 一点也不
    一点儿都不 一点儿也不 根本不 根本就不 完全不 毫不 绝不 绝对不 压根不
    压根就不 丝毫不 极不 极其不 哪里都不 哪都不 没一点 全然不 一点不 根本没有 一点都没 一点没 毫无
    not_at_all
    nowhere_near far_from_being not_one_bit not_in_the_slightest not_in_the_least not_remotely
    """,
    "v": """
    可以 可以的 行 行的 可 ok的 没事 没问题 还好 无所谓 随便 凑不凑合 算了 不算 不差 不坏 谈不上
    说不上 算不上 不能 没什么 不会 能不 就这样
    fine alright all_right acceptable adequate whatever decent okayish not_bad not_too_bad
    hard_to_say difficult_to_say hard_to_tell easy_for_you_to_say easy_to_say 好不容易 好容易
    could_be_worse could_be_better could_have_been_better can't_complain
    """,
    "Y": """
    top_score maximum maximum_score full_score second_to_none couldn't_ask_for_better
    could_not_ask_for_better could_not_ask_for_more highest_possible the_highest highest_score
    highest_rating highest_mark max_points max_score max_marks
    满意得不能再满意 满意得不能再满意了 好得不能再好 好得不能再好了 再满意不过 再满意不过了 最高分
    再好不过 再好不过了 好满意 无可挑剔 没得挑 没得顶 没得弹 没话讲 无懈可击 没得说 没话说 顶呱呱
    呱呱叫 巴适得很 巴适惨了 好正
    couldn't_be_happier couldn't_be_better couldn't_be_more_satisfied could_not_be_happier
    could_not_be_better couldn't_have_been_better couldn't_ask_for_more couldn't_be_more_pleased
    couldn't_be_more_happy
    can't_fault_it cannot_fault_it can't_be_happier could_not_be_more_pleased
    could_not_be_more_satisfied couldn't_have_asked_for_more couldn't_have_asked_for_better
    """,
    "y": """
    差得不能再差 差得不能再差了 烂得不能再烂 烂得不能再烂了 不能再差 不能再差了 没有更差 最低分
    嬲到爆
    好不满意 lowest_possible the_lowest lowest_score lowest_rating lowest_mark
    couldn't_be_worse could_not_be_worse couldn't_be_more_disappointed couldn't_have_been_worse
    couldn't_be_unhappier
    """,
}
#: P praises, Q praises beyond increase, G praises only in company, O praises but takes no "very";
#: B blames, V blames beyond increase, M stands in the middle.
_SATISFACTION = {
    "P": """
    满意 滿意 几好 几满意 开心 高兴 愉快
    satisfied satisfactory satisfying good happy nice pleased content impressed satisfaction
    """,
    "Q": """
    棒棒哒 棒棒的 杠杠的 杠杠滴 尽善尽美 完美 优秀 一流 满分 五星好评 5星好评 好评 五星级 优 最佳
    最棒 卓越 顶级 全五星
    perfect excellent fantastic amazing awesome brilliant superb outstanding wonderful terrific
    exceptional flawless the_best best_ever best_service top_notch first_class first_rate great
    phenomenal top_service top_class top_quality top_job
    incredible spectacular magnificent impeccable delighted fabulous marvellous marvelous
    faultless stellar thrilled ace full_marks top_marks five_star 5_star love_it loved_it ecstatic
    exemplary over_the_moon smashing unbeatable sublime stunning
    """,
    "G": "好 棒 赞 点赞 给力 贴心 周到 到位 专业",
    "O": "不错 不赖 可心 靠谱 顺心 称心",
    "B": """
    差 差劲 不好 不行 不悦 失望 不开心 不高兴 不咋地 不咋的 不咋样 不怎么样 不怎样 不怎么好 不太好
    不太行 不理想 欠佳 不尽人意 不尽如人意 不如意 不到位 糟 不给力 不够好 不合格 不靠谱 不达标
    bad poor unhappy dissatisfied unsatisfied disappointed disappointing unsatisfactory no_good
    not_great not_brilliant 不敢恭维 拉胯 拉垮 unimpressed underwhelming displeased not_good_enough
    subpar below_average lacking gutted
    """,
    "b": """
        糟糕 让人失望 恼火 气愤 无语 生气 annoyed angry upset frustrated
    """,
    "V": """
    好差 好烂 稀碎 最差劲 垃圾 极差 烂 稀烂 破烂 恶心 恶劣 最差 糟糕透顶 差评 坑爹 坑人 黑心 狗屎
    辣鸡 拉圾 渣 太烂 烂透
    要多差有多差 要多烂有多烂 什么垃圾 啥垃圾 什么垃圾服务 啥垃圾服务 什么破服务 什么烂服务 烂死
    一塌糊涂 极不满意 极其不满意 垃圾公司 垃圾服务 离谱 奇葩 负分滚粗 糟透
    terrible awful horrible useless worst the_worst worst_ever disgusting rubbish garbage trash
    pathetic appalling abysmal dreadful atrocious shocking disgraceful disgrace a_disgrace crap
    shit
    shite a_joke joke unacceptable horrendous hopeless sucks sucked it_sucks furious diabolical
    disaster a_disaster disastrous dire shambolic woeful dismal deplorable abominable
    ghastly horrid farce a_farce farcical shambles a_shambles shameful hate_it hated_it
    """,
    "M": """
    一般 一般般 一般化 中立 普通 普普通通 麻麻地 麻麻哋 麻麻 还行 还可以 马马虎虎 凑合 就那样
    就那样吧 中评 中规中矩
    勉勉强强 不上不下 中间 中间吧 无功无过 平平无奇 说得过去 过得去 凑凑合合
    中等 中等水平 平平 平平淡淡 一般吧 凑合吧 马虎 般般
    neutral average so_so soso so-so middling mediocre_ nothing_special in_the_middle middle
    just_average run_of_the_mill middle_of_the_road bog_standard nothing_to_write_home_about
    """,
}
#: The labels that our own question names; beside them a synonym adds nothing.
SATISFACTION_LABELS = {
    "非常满意": 5, "满意": 4, "一般": 3, "不满意": 2, "非常不满意": 1,
    "very satisfied": 5, "satisfied": 4, "neutral": 3, "dissatisfied": 2, "very dissatisfied": 1,
}  # fmt: skip
_EFFORT = {
    "P": """
        容易 简单 轻松 方便 顺利 省事 便捷 好办 easy simple straightforward painless smooth
        hassle_free convenient
    """,
    "Q": "轻而易举 effortless a_breeze breeze piece_of_cake child's_play",
    "G": "",
    "O": "",
    "B": """
        难 困难 麻烦 费劲 费力 折腾 复杂 繁琐 费事 吃力 hard difficult tough complicated tricky
        hassle challenging frustrating tedious
    """,
    "V": """
        难如登天 impossible 比登天还难
    """,
    "b": "a_nightmare nightmare torture 要命 折磨 地狱 a_pain a_hassle",
    "M": "一般 一般般 普通 中等 中立 neutral average so_so so-so in_the_middle",
}

NEUTRAL: Parts = _table(_PARTS)
SATISFACTION: Parts = {**NEUTRAL, **_table(_SATISFACTION)}
EFFORT: Parts = {**NEUTRAL, **_table(_EFFORT)}

#: After a number, what it counts instead of satisfaction.
COUNTED_HANZI = frozenset(
    "次天个年月日号点块毛元人位遍回周礼层楼户台条件张倍折万千百亿度秒家名种项兆路栋单室段时小岁斤米公多几来或和与比"
    "级代寸股份宽把道门集季页字组批排桶双套部通口话笔格句刻更根趟轮圈顿箱辆期版届声首颗粒支只架样头眼手路厘毫克升瓶碗杯本钟"
)
#: After a number and 分 or 星, what makes another word of it.
AFTER_POINTS = frozenset("钟钱之店别析部局支行享辨期配级秒贝类手数摊歧布红米厘货制感")
COUNTED_WORDS = frozenset(
    """
    times time day days hour hours hr hrs minute minutes min mins second seconds week weeks
    month months year years call calls person people man men guy guys technician technicians
    engineer engineers visit visits ticket tickets problem problems issue issues thing things
    percent pm am o'clock oclock of or to more other others is are was were than dollars euros
    sec secs chance chances yuan rmb bucks mb mbps gb th st nd rd business working different
    separate weekends nights out
    agent agents attempts people's phone phones line lines devices device lost before after until
    quid pounds euro dollar kids lads mile miles km m meg g k x bed man's floor floors storey bar
    bars much late nothing what god's gods sake long
    """.split()
)
#: Words after which a number is theirs: what is counted, when, where, which one.
TAKES_A_NUMBER = frozenset(
    """
    a an the this that these those my your his her its our their some any every each another extra
    at on in by to for of from since until till after before than per within about over under around
    near off with into and or plus minus times x is are was were be been being am has have had take
    takes took taken need needs needed wait waited waiting cost costs pay pays paid charge charged
    got get gets getting only just exactly least most last next first past half quarter nearly
    almost not no nor but if when came come comes arrived arrive visited called call rang ring
    phoned tried try sent send gave give gives lost left me us him them you it number no nr num flat
    room floor apt apartment unit block level house gate line ticket order case ref reference
    account page version wifi phone step channel port option button key press dial attempt visit day
    days week month year part section zone tier type model series grade class router iphone galaxy
    samsung windows android three mbps band ch lte g agent engineer tech technician person window
    counter desk bay lane bus route terminal platform season episode figure chapter street road
    avenue district area sector phase stage plan package bundle tariff box hub booster extender pod
    sim bar bars question oct nov dec jan feb mar apr may jun jul aug sep sept january february
    march april june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday mon tue wed thu fri sat sun aged age ages kids says said say why
    what which who how scored question reply replied answer answered would maybe perhaps like ps
    xbox
    playstation usb hdmi gen generation issue issues problem problems error code pin id extension
    ext
    postcode kilos building tower suite lot aisle table seat row track mile mins minutes hours up
    model mk mark ios win volume vol department dept wing today tomorrow tonight yesterday morning
    afternoon evening noon booked coming due leaving reached down between either both approx
    roughly max min maximum minimum above below deserve deserved
    """.split()
)
#: Words in s that are no plural.
NO_PLURALS = frozenset(
    """
    thanks thx always this yes super service because its it's as us his has does was is very stars
    points nevertheless cheers guys lads regards perhaps engineers' boss express unless less works
    pls plz cos coz cuz oops whoops ops sometimes afterwards besides plus keeps takes needs goes
    gets comes seems looks kudos tnks thnks tks congrats congratulations compliments wishes
    gracias heaps loads blessings
    """.split()
)
