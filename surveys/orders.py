"""Finds orders to whoever or whatever keeps the records, which are no answer."""

import re

#: Orders to whoever keeps the records are no customer's rating.
TO_MACHINES = re.compile(
    r"(?<![a-z'])(?:ignore|disregard|override|forget|bypass)(?![a-z'])(?! (?:my (?:last|previous"
    r"|first"
    r"|earlier|other)(?! (?:instruct|rule|prompt|order|command))|(?:that|it|this|them) ?(?:[,.;!)]"
    r"|$)|(?:my|the|that)(?: (?:last"
    r"|previous|first"
    r"|earlier|other))? (?:text|message|msg|reply|answer|one|rating|score|number|sms)(?![a-z'])))"
    r"|(?<![a-z'])(?:system|admin|administrator|assistant|developer|operator|root"
    r"|prompt)(?: \w+)?[:>]"
    r"|admin mode|set (?:all|the|my|every|rating|score|this)|(?:drop|delete|update|insert"
    r"|select) (?:table|from|into)"
    r"|<script|\$\{|\{\{|\{ ?\"|</?[a-z]+>|;\s*--|' ?or ?'|\bor 1 ?="
    r"|(?<![a-z'])(?:sudo|eval|exec|pretend|act as|as an ai|dear ai"
    r"|language model|new instructions?|instructions?:)(?![a-z'])"
    r"|note to (?:the )?(?:ai|model|bot|system)"
    r"|(?<![a-z'])(?:mark|flag|record|classify|tag|register|count"
    r"|close)(?: [a-z]+){0,4} as(?![a-z'])"
    r"|(?:rating|score|nps|csat|ces|value) ?:?=|confirmed by|(?:store|record|register"
    r"|log) (?:as |it as |a )?\d"
    r"|(?:记|标记|登记|录入|记录|录|判定|判|视|置|评定|统计|存|更新|修改|设)(?:为|成)"
    r"|作为(?:一个)?ai|你是一个|请(?:直接)?(?:输出|返回)|无视|数据库|指令|管理员|(?:系统|后台"
    r"|机器人)(?:提示|命令|通知|消息|:)|忽略.{0,8}(?:规则|指令|之前|以上|前面|上文|限制|设定"
    r"|内容)"
)
