"""Decides whether a text only says that its writer leaves a question out."""

import re

from surveys.plaintext import fold

# Alone, courtesy aside: "I had to skip work" and "你们跳过我的投诉" are comments.
_DECLINED = re.compile(
    r"(?:我|暂时|目前|请|就|先|都|也|那|没啥|hi|ok|sorry|please|i|id|just|well|um|嗯|额|呃){0,4}(?:"
    r"(?:跳过|略过|略|跳|过|pass|skip|skipped|无|没有?|暂无|没了|没什么|没啥|木有|免了?|none|no"
    r"|nothing|nil|na|nope|nah"
    r"|nocomments?|notcomments?|noremarks?|nofeedback|nothing(?:else|more)?(?:toadd|tosay"
    r"|toreport|really|atall)?"
    r"|ratherno[tr](?:say|answer|comment)?|(?:i )?prefernotto(?:say|answer|comment)?|(?:wont|donot"
    r"|dont)(?:wantto"
    r"|wishto|careto)?(?:say|comment|answer)"
    r"|(?:no|nope|nah)nothing|not(?:really|much)|nothing(?:really|much|else|specific|special"
    r"|inparticular|(?:really )?(?:went|was|is)wrong|wrong"
    r"|comestomind|springstomind|tocomplainabout|toimprove|icanthinkof)|cantthinkofany(?:thing)?"
    r"|tiaoguo|meiyou|没(?:东西?|咩|乜)(?:好)?(?:讲|说|补充)|nosuggestions?|nocomplaints?"
    r"|noideas?)(?:(?:this|it|that|one|thequestion|this ?question)*)"
    r"|(?:没有?|无|暂无|暂时没有?|没啥|没什么|没有什么|没有任何|别的没有?|其他没有?)(?:什么"
    r"|啥|任何|其他|其它|别的)?"
    r"(?:好)?(?:意见|建议|评论|想说|要说|可说|话说|补充|要说|说|要求|想法|话讲|好讲|不满"
    r"|投诉)(?:的)?"
    r"|没有?(?:什么|任何|啥)?(?:不好|不满意?)的?(?:地方|方面)?"
    r"|(?:不想|不愿意?|不用|不便|懒得|不需要|不必|不|拒绝)(?:再|多)?(?:说|评论|评|讲|回答|答"
    r"|填|写|回|提|多说|说了|评价)"
    r"|(?:以上)?(?:skip|跳过){2}"
    r")(?:了|吧|啊|呀|哦|哈|啦|的|谢谢|多谢|thanks|thankyou|please|pls|thx|sorry|cheers|mate){0,3}"
)
_LONGEST = 40
_TOKENS = frozenset({"跳过", "略过", "skip", "pass"})


def declines(text: str) -> bool:
    """Whether the text is nothing but a plain refusal to answer, in Chinese or English. Total."""
    folded = fold(text).text.replace("'", "")
    words = "".join(char if char.isalnum() else " " for char in folded).split()
    joined = "".join(words)
    if not joined or len(joined) > _LONGEST:
        return False
    return _TOKENS.issuperset(words) or _DECLINED.fullmatch(joined) is not None
