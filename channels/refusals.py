"""Tells a refusal of our messages by the parts that all of its words play, in whatever order."""

import re
from collections.abc import Mapping, Sequence

# N and J want none, M messages, C to send or to ask, P calls, K contact as such, S ends, E ended,
# B has to end, R strikes out, L what is struck out, T where it stands, F and O put it where nobody
# is written to, G wanted, H how, W wishes, I who writes, Y who reads, D this, U altogether,
# Z refuses by itself, Q takes no part, V doubts our right, X speaks of another thing, - says
# nothing. In the data `_` is a space.
_CHINESE_PARTS = {
    "Z": """
    怎么才能收不到 怎样才能收不到 如何才能收不到 怎样可以收不到 点先可以收不到 点可以收不到
    屏蔽你们 把你们屏蔽 把你们拉黑 设置为不接收 设为不接收 请勿扰 请勿扰民 勿念勿扰 不回访 费事看
    费事理 收手 停手 免打扰 安静点 清静点 清净点 没有要订阅 没要订阅
    """,
    "X": """
    打扰你 打扰你们 打扰您 麻烦你们 收不到 不收到 骚扰电话 诈骗 没收到 不来了 不要紧 停机 停电 停网
    """,
    "H": """
    怎么 怎样 如何 点样 咋 怎么才能 怎样才能 如何才能 怎么能 怎样可以 怎么可以 如何可以 点先可以
    点可以 有没有办法 有什么办法
    """,
    "N": """
    不要 不要再 不想 不想要 不愿 不愿意 不希望 不准 不许 不得 不接受 不好 别 勿 莫 甭 咪 请勿 拒绝
    谢绝 禁止 不让 不再 不使再 费事 不同意 没授权 没同意 没允许 未经同意 未经允许 dont
    """,
    "J": "不需要 不用 不必 无需 无须",
    "S": """
    免了 省了 省省 作罢 到此为止 停掉 停止 终止 停发 熄了 熄掉 关闭 关掉 关了 取消 取消掉 取消了
    取消晒 屏蔽 屏蔽掉 退掉 退订 停了 停
    """,
    "R": """
    剔走 剔除 剷走 铲走 删 删走 删除 删掉 删了 删干净 移除 移走 移出 移出去 注销 去掉 划掉 抹掉
    清掉 拿掉 除名 踢走 踢掉 踢出 撤掉
    """,
    "L": """
    我 本人 我的联系方式 联系方式 个人信息 我的号码 我的手机号 我的手机号码 我的电话 我的电话号码
    我个号码 我个电话号码 我个电话 我号码 我电话 我电话号码 这个号码 此号码 本号码 我这个号 我的号
    """,
    "T": """
    群发列表 群发名单 名单 名单度 在名单 在名单度 从名单 从名单度 名册 列表 系统 数据库 资料库
    通讯录
    """,
    "P": "电话 打电话 打来 打过来 来电话 call call我",
    "M": """
    whatsapp 通知我 推广 广告 营销 通讯 短信 短信息 短讯 信息 消息 简讯 讯息 问卷 调查 回访 推送
    通知 提醒 sms message 短信提醒 短信通知 短信推送 推送消息 回访短信 调查短信 评价短信
    通知短信 广告短信 营销短信 推广短信 满意度调查
    """,
    "C": """
    联系 联络 联系我 联络我 打扰 打扰我 打搅 打搅我 骚扰 骚扰我 扰 扰民 打短信 打短讯 使用我的号码
    用我的号码 使用这个号码 用这个号码 收 推销 群发 发送 发 发我 发给我 传送 传 寄 推送 弹 塞 丢 扔
    递 投递 派送 派发 send msg text msg我 text我 来烦 烦我 整这些 弄这些 搞这些 整这套 来这套
    问我意见 问我的意见 问我感受 问意见 找我 揾我 带上我 算上我 加上我 算我 看到你们 看见你们
    听到你们 看到你们的 派讯息 派短信 派消息 看到 收到 收到你们 收到你们的 接收
    """,
    "D": "这个 这些 呢个 呢啲 那个 那些 它 他 佢 这种 这类 此类 这东西 这玩意 这玩意儿",
    "U": """
    统统 通通 一律 一概 全部 全都 都 帮我 给我 以后 今后 往后 从今往后 从此 就 可以 请 麻烦 拜托
    劳驾 下次 下回 真 真的 实在 立即 立刻 马上 尽快 自动 要求 郑重要求 本人要求 我想 想 劳烦 烦请
    """,
    "-": """
    你们 你们的 你 您 您们 贵司 贵司的 贵公司 贵公司的 我们 我的 老子 对 对我 对我的 将 把 被 也 亦
    又 同 再 继续 总是 老是 老 总 天天 一直 一切 任何 任何形式的 一个字 什么 什么都 东西 任何东西
    东 野 内容 任何内容 手机 手机上 我手机上 我手机里 往 向 到 往我 往我手机上 往我手机里 我这儿
    我这里 个 部 条 啲 些 的 了 啦 吧 啊 呀 哦 哈 嘛 喇 晒 不该 谢谢 多谢 感谢 好吗 行吗 可以吗 来
    过来 给 设置为 设为 这块 帮 和 跟 与 跟我 和我 跟你们 给我们 我家 从 在 里 有 向我 郑重 通过
    任何方式 上 ok please pls thanks thx 好不好 行不行 每天 不停 方式 做 让 让我 让我手机 拉进 列入
    加入 没完没了 地 就得 就行 就好 即可 往我这儿 往我这里 到我这儿 到我这里 这儿 这里 有活动 浪费
    我的流量 我的时间 我时间 嘥 过 我要 要 此 拿去 嘢 根据个人信息保护法 根据个保法
    """,
}
_ENGLISH_PARTS = {
    "Z": """
    get_out_of_my_inbox get_out_of_my_phone out_of_my_inbox out_of_my_phone give_my_phone_a_rest
    let_me_live_in_peace let_me_have_peace clear_off get_me_off_here
    get_me_off_of_here deregister_me no_disturb i_object_to
    under_gdpr_i_object want_nothing_from i_want_nothing_from im_opting_out no_one_wants
    nobody_wants no_one_here_wants nobody_here_wants leave_my_phone_alone leave_me_alone
    leave_us_alone bother_someone_else annoy_someone_else text_someone_else message_someone_else
    find_someone_else_to_annoy find_someone_else_to_text find_someone_else_to_bother
    """,
    "V": """
    who_said_you_could who_said_you_can who_told_you_you_can who_told_you_you_could
    never_said_you_could never_told_you_you_could who_said_you_may why_do_you_keep
    why_are_you_still why_do_you_still why_you_keep
    """,
    "Q": "i_wont_be_doing i_will_not_be_doing im_not_doing i_am_not_doing",
    "A": "should_not shouldnt",
    "X": "spam scam not_receiving not_getting not_sending end_of",
    "H": """
    how_do_i how_to how_can_i how_do_we when_will when_do whats_the_way_to is_there_a_way_to can_i
    where_do_i any_way_to how_could_i
    """,
    "N": "dont don dowan do_not never not neither",
    "J": "no nor zero",
    "K": "contact communication communications comms correspondence",
    "S": """
    stop quit cease end halt kill turn_off switch_off shut_off leave_off give_over knock
    refrain desist avoid enough put_an_end put_a_stop disable deactivate mute silence turn switch
    stopping
    """,
    "C": """
    contact_me reach_out get_in_touch get_back_in_touch be_in_touch getting_in_touch hear_from
    hearing_from hear_anything_from hit_me_up hitting_me_up text texting message messaging ping
    pinging send sending receive receiving write_to writing_to email emailing text_me message_me
    ask_me_for ask_for asking_for asking_me_for beg_for begging_for begging_me_for nagging_me_for
    nag_me_for chasing_me_for chase_me_for contacting disturb disturbing be_contacted be_texted
    hitting call_or_text text_or_call call_and_text text_and_call call_nor_text text_nor_call
    calling_and_texting texting_and_calling calling_or_texting use use_it being_contacted
    be_surveyed being_surveyed be_polled
    do_anything call_or_message call_or_msg call_and_message
    """,
    "M": """
    texts text_messages messages msgs sms smses survey surveys questionnaire questionnaires
    pings notifications reminders alerts mailings promos promotions adverts feedback ratings rating
    score scores reviews
    """,
    "P": "calls phone_calls emails mails",
    "R": """
    remove take delete erase ditch lose bin scrap scrub wipe purge strike drop suppress omit
    exclude cross rub delist deregister unregister
    """,
    "F": "put mark flag register add",
    "O": "do_not_contact do_not_text do_not_call dnd dnc",
    "G": "welcome wanted appreciated",
    "L": """
    my_name my_number this_number my_digits my_phone_number my_mobile_number my_mobile my_account
    my_details my_info our_number my_contact_details
    """,
    "T": "list lists database system records mailing_list contact_list",
    "E": "stopped ceased",
    "B": """
    must_stop has_to_stop have_to_stop needs_to_stop need_to_stop must_end has_to_end have_to_end
    needs_to_end need_to_end
    """,
    "W": """
    want wanna wish like rather prefer ask request demand appreciate itd_be_great_if itd_be_nice_if
    it_would_be_great_if it_would_be_nice_if wish_youd wish_you_would please pls plz kindly further
    more another one_more of_any_kind
    """,
    "I": "i id we im ive would",
    "Y": "you u ya guys yall",
    "D": "this these those them it that",
    "-": """
    me us your ur the a an any anymore again ever even to from with by in on of for at as off out
    all and or but so just now ok okay thanks cheers hi hello sorry sir madam mate already way
    means form channel future up such bother today immediately forever are is be here keep can go
    needs_to bot either whatsoever too head phone marketing annoying stupid bloody fucking damn
    constant endless random company can_or_not any_longer this_is_my_private_number
    """,
}


def _table(parts: Mapping[str, str]) -> dict[str, str]:
    return {word.replace("_", " "): part for part, words in parts.items() for word in words.split()}


_CHINESE, _ENGLISH = _table(_CHINESE_PARTS), _table(_ENGLISH_PARTS)
_LONGEST = 10
"""Words or characters of a phrase."""
_MOST_HANZI, _MOST_WORDS = 24, 14
"""Characters or words of a clause: who says more tells of something."""

_REFUSES_ZH = re.compile(
    r"[^HXZ]*N[^HSRXZ]*[CM]+[^HXZ]*|[^HNXZ]*(?:C|M|PM|MP)+[DU]*N|[^HNXZ]*S[LDU]*[CM]+[DPU]*"
    r"|[^HNXZ]*M[CPDU]*U[DU]*S+D?|[^HNXZ]*(?:L[TU]*R+|R+L)[TU]*|HU*(?:S|R)+(?:M|D)U*|HU*[MD]S"
    r"|[MD]+HU*S|HU*NC[^X]*|[^HNXPZ]*JU*D?M+U*|[^HNXPZ]*M[CM]*[UL]*J|[HLU]*Z[MDU]*"
)
_REFUSES = re.compile(
    r"W*[NJ]+W+[CMP][CKMPDWNJY]*|W*(?:N|NW*N)[CP][CKMPDWNJY]*"
    r"|(?:I+(?:[NJ]W|W[NJ])|I?W+[NJ]|I[NJ]W+|[NJ]W+)[CKMPDWNJY]*[KCM][CKMPDNJWY]*"
    r"|W*S+D{0,2}[CM][CKMPDW]*|W*S+PM+|W+Y*E[CM]+|W+Y*S+[DMC]*|HD*M+S|[CMPD]*[CM]B"
    r"|D?W*RL[TNJKWCM]*|W*FLT?[NJO][KTCO]*|[MC]+[NJ]G"
    r"|HS+[DM]+|J+KW+|I?NW+T|I?VC[CDM]*|[IL]A[CM]+[DM]*|W*Z[DCMYW]*|Q[DWY]*M[NCDWM]*"
)


def refuses(clause: str) -> bool:
    """Whether a clause of `clauses.clauses`, respelled, is nothing but a refusal of our messages.

    Every word of it is known and plays a part, so that a refusal is told in any order of words,
    and nothing is that speaks of another thing as well. Linear; total.
    """
    if clause.isascii():
        words = clause.split()
        parts = _parts(words, " ", _ENGLISH) if len(words) <= _MOST_WORDS else None
        return parts is not None and _REFUSES.fullmatch(parts) is not None
    text = clause.replace(" ", "")
    parts = _parts(text, "", _CHINESE) if len(text) <= _MOST_HANZI else None
    return parts is not None and _REFUSES_ZH.fullmatch(parts) is not None


def _parts(pieces: Sequence[str], joint: str, table: Mapping[str, str]) -> str | None:
    """The parts of all pieces, the longest phrase first; None where one plays none."""
    found: list[str] = []
    at = 0
    while at < len(pieces):
        for size in range(min(_LONGEST, len(pieces) - at), 0, -1):
            part = table.get(joint.join(pieces[at : at + size]))
            if part is not None:
                found.append(part)
                at += size
                break
        else:
            return None
    return "".join(found).replace("-", "")
