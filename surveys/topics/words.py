"""Lists the words that tell no topic, those that belong to the next one, and those of telecoms."""

from collections.abc import Mapping

STOP = frozenset(
    """
    的 了 是 我 我们 你 你们 您 他 她 它 他们 自己 大家 别人 人家 这 那 这个 那个 这些 那些 这样
    那样 这么 那么 这次 那次 这里 那里 这边 那边 哪 哪里 哪个 什么 怎么 怎么样 怎样 为什么 为何
    多少 几 谁 和 与 及 或 或者 以及 而 而且 并 并且 但 但是 可是 不过 然而 然后 所以 因为 由于
    因此 如果 要是 虽然 只是 就是 还是 也是 都是 总是 老是 是不是 有没有 能不能 可不可以 在 从 到
    向 往 对 对于 关于 把 被 让 叫 使 给 为 为了 以 用 由 跟 同 比 按 按照 等 等等 之 之后 之前 以后
    以前 后来 现在 今天 昨天 明天 刚才 刚刚 已 已经 正在 曾经 一直 一个 一些 一下 一点 一次 一样
    两次 几次 多次 每次 每天 有时 有时候 时候 当时 目前 最近 去年 今年 有 有人 有的 还有 只有 没事
    还 也 都 又 再 就 才 只 却 便 均 各 每 另 另外 其他 其它 其实 其中 只能 可能 可以 能 能够 会 要
    想 希望 需要 应该 必须 得 着 过 地 吗 呢 吧 啊 呀 哦 嗯 哈 哈哈 啦 嘛 哎 唉 喂 好像 感觉 觉得
    认为 知道 看到 说 说是 告诉 请 请问 谢谢 感谢 多谢 麻烦 辛苦 你好 您好 不好意思 东西 事情 事
    问题 情况 方面 时间 小时 分钟 天 月 年 号 点 次 个 元 块 块钱 左右 上 下 里 中 内 外 前 后 来
    去 上来 下来 出来 起来 过来 过去 进行 表示 作为 通过 根据 其 该 此 某 即 若 则 不了 不到 一
    二 三 四 五 六 七 八 九 十 两 三天 两天 几天 一天 点钟 的话 之类 反正 直接 真的 确实 当然
    要求 尽快 先生 女士 小姐 太太 阿姨 大哥 大姐 经常 常常 老 号码 电话号码 身份证
    a an the this that these those it its it's i i'm i've me my mine we we're our us you your he
    him his she her they them their who whom which what when where why how and or but if so then
    than as of at by for from in into on onto to up out off over under with without about after
    before again back be am is are was were been being do does did doing done have has had having
    will would shall should may might must can could just also only even still yet there here all
    any some each both few other another such same own because while until during between through
    get got gets getting make made said say says tell told one two three four five six seven eight
    nine ten day days today yesterday tomorrow week weeks month months hour hours minute minutes
    mr mrs ms miss dr
    since please thanks thank hi hello ok okay yes yeah now thing things etc via per i'd i'll
    you're he's she's that's there's monday tuesday wednesday thursday friday saturday sunday am
    pm time times s t re ve ll
    """.split()
)
"""Words that tell nothing by themselves, folded; what stands on their two sides is no pair."""

DEGREES = frozenset(
    """
    很 太 非常 特别 十分 比较 有点 有点儿 有些 超 超级 挺 蛮 真 好 更 最 极 极其 相当 实在 根本
    完全 简直 越来越 稍微 略 very too really so quite rather extremely pretty totally completely
    absolutely more most much always often
    """.split()
)
"""Words between two that belong together all the same: 网速很慢, internet too slow."""

NEGATIONS: Mapping[str, str] = {
    **dict.fromkeys("没 没有 未 从没 从未 并未 并没有 还没 还没有 毫无 无".split(), "没"),
    **{word: word for word in "不 别 不能 不会 未能 无法 not no never cannot nobody".split()},
    **{
        f"{verb}n{mark}t": f"{verb}n't"
        for verb in "ca do does did is was wo would could are were have has had".split()
        for mark in ("'", "")
    },
}
"""Words that turn the next one round, each as it is told: together they are one word."""

SINGLES = frozenset("慢 卡 贵 差 坏 烂 凶 吵 快 棒 断 乱 拖 骗")
"""Characters that tell something alone, and after a degree that was cut with them: 太慢."""

VERDICTS = frozenset("慢快差贵")
"""Of these, what a dictionary's longer words are told apart from, as they are after others: 网速慢
is 网速 and 慢, and the pair of both.
"""

OWN = tuple(
    """
    光猫 打不通 接不通 连不上 上不了网 断网 掉线 断线 掉网 乱扣费 多扣费 乱收费 多收费 扣费 重复扣费
    携号转网 携转 装维 装机 移机 拆机 机顶盒 网速 测速 提速 降速 限速 宽带 千兆 百兆 光纤 基站 信号
    流量包 合约机 副卡 主卡 靓号 补卡 销户 停机 复机 欠费 退费 退订 续费 预存 话费 资费 套餐 固话
    坐席 客服 热线 人工台 转人工 回访 工单 派单 上门 师傅 营业厅 小区 物业 盲区 满格 卡顿 花屏 黑屏
    流量费 多扣 乱扣 没来 没人 没用 没修 没反应 没信号
    态度 服务态度 推诿 敷衍 专业 耐心 推销 营销电话 骚扰电话
    """.split()
)
"""Words of telecoms that a general dictionary cuts in two, or does not know."""
