"""Finds what leaves open whether a thing stated has come about: wishes, orders, seeming."""

import re

#: Right before the statement, in its clause.
_BEFORE = re.compile(
    r"(?:希望|但愿|盼着?|求|(?<!申)请|麻烦|帮我|要求|必须|务必|赶紧|赶快|尽快|快点"
    r"|(?<!很)(?<!挺)(?<!真)(?<!蛮)(?<!较)快要?|即将|[何几啥]时候?"
    r"|什么时候|如何|怎样|怎么|假装|表面上?|看似|就算|才算|暂时|上次的?|那次|上个?月的?|去年的?"
    r"|另一?个(?:问题)?|其他的?"
    r"|旧的?(?:问题)?|问你们?|不知道?|未必|不一定"
    r"|不见得|没觉得|不觉得|难说|很难|不能说|不敢说|差点|(?<!一直)(?<!久)(?<!我)等|没等|要等)"
    r"(?:你们?|您|师傅|能|可以|才|给我|是|都|就|把.{1,4})*\s?\Z"
    r"|(?:希望|但愿|盼着|不知)[^,.;!?]{0,10}\Z"
    r"|(?<![a-z'])(?:define|whether(?: it's| it is)?|supposedly|allegedly|apparently|barely|hardly"
    r"|looks?(?: like)?|kinda|sorta"
    r"|only one(?: is| was)?|last (?:week|month|time)'?s?(?: \w+)?(?: was| is| got)?"
    r"|the (?:old|other|first|previous) (?:one|issue|problem|fault)(?: was| is| got)?|until|till"
    r"|once|after|before"
    r"|(?:until|till|once|after|before) it(?:'s| is)|getting|being|as good as) ?\Z"
)
#: Right after it.
_AFTER = re.compile(
    r"\s?(?:与否|之前|以前|[我俺]?(?:就|会|就会|会再)(?:告诉|通知|说|讲|回复)|[我俺](?:就|才|再)"
    r"|才|再|也不|(?:没|了没|没有)\Z|一个\Z|一点点?\Z|就好"
    r"|你们的?(?:kpi|任务|业绩|指标|绩效)|我的?(?:钱包|耐心|时间)|的话|[就便](?:给|打|回|是))"
    r"|\s?(?:or not|not\Z|until|till|touch wood|knock on wood|i (?:think|guess|suppose|hope"
    r"|believe)|allegedly|apparently"
    r"|supposedly|according to|they say|the wrong|one not)(?![a-z'])"
)


def is_open(text: str, start: int, end: int) -> bool:
    """Whether what stands around the statement at `start` to `end` of a clause leaves it open."""
    return _BEFORE.search(text[:start]) is not None or _AFTER.match(text, end) is not None
