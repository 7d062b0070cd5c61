"""Holds what people say will follow if we write to them again."""

import re

from channels.sendwords import ME_ZH, MEDIA, SEND, SEND_ZH, SENDING

#: Because of our messages: wherever in a clause it stands.
THREAT_ENGLISH = re.compile(
    r"\bif i (?:get|receive) (?:another|one more|any more|more) (?:text|message|sms|survey"
    r"|of these)|\bnext (?:text|message) (?:and )?i\b"
    r"|\bnext (?:text|message|one|sms)\b.{0,24}\b(?:lawyers?|police|ofcom|ombudsman|solicitors?"
    r"|court|fcc|regulator)\b"
    r"|\bif (?:you|u|this number) (?:ever |even )?(?:text|message|contact|sms|bother|spam"
    r"|harass)s? (?:me |us )?(?:again|once more|one more)"
    r"|\b(?:text|message|contact|sms|bother|spam|harass) (?:me|us) (?:ever )?(?:again"
    r"|one more time|once more) (?:and|or|i|im|ill|we|you)\b"
    r"|\b(?:one|1) more (?:text|message|sms|survey) (?:and|from)|\bsend (?:me )?(?:another"
    r"|one more) (?:text|message|sms|survey) and"
    r"|\breport(?:ing|ed)? (?!.*\b(?:fix\w*|line|bill\w*|internet|charg\w*|refund\w*|engineer"
    r"|outage|fault|broadband"
    r"|wifi|network|working|repair\w*)\b)(?:you|this|this number|it)(?: number)? (?:as|for"
    r"|to)(?: the)? (?:spam|harassment|spamming|police|authorities|ofcom|fcc)"
    r"|\b(?:i am|im|i will|ill|going to|gonna|i have|ive) block(?:ing|ed)? (?:you|u|this number"
    r"|your number|this)\b|\bmarking (?:you|u|this)(?: number)? (?:as|for) (?:spam|junk)\b"
    r"|^blocking (?:you|this number)"
    r"|\bno longer (?:has|uses|owns) this (?:number|phone)"
)

_CONTACT_ZH = (
    rf"(?:(?:推|弹)一?[次条下]|{SEND_ZH}(?:一?[条个次封遍])?(?:短信|信息|消息|简讯|过来|来|这种|这些)?|骚扰|打扰"
    r"|打电话|打过来|打来"
    r"|烦|来短信|来电话)"
)
#: Read over clauses, since a mark may part it.
THREAT_CHINESE = re.compile(
    r"(?:发|推|来)一?[条次个]我?就?(?:举报|投诉|拉黑)|"
    rf"(?:再|还敢|继续|还){ME_ZH}?{_CONTACT_ZH}(?:我|给我|来)?(?:了|的话)?(?:(?:我|就|老子"
    rf"|立刻|马上|直接|一定|小心|信不信){{1,3}}.{{0,4}}|(?<!电话)(?<!信息)(?<!短信))"
    r"(?:报警|举报|投诉|检举|拉黑|起诉|告你|告你们|屏蔽|找你们|不客气|骂人|工信部|12321|试试|报案)"
)

# The consequence may stand in another clause.
NEXT_MESSAGE = re.compile(
    rf"\b(?:carry on|keep (?:it|this) up|keep (?:on )?{SENDING}(?: me| us)?|continue"
    r"|do (?:it|that|this) again) and (?:i|ill|im|we"
    r"|you)\b"
    r"|\b(?:if|next time|should|unless) (?:you|u|i|they)(?: (?:guys|people|ever|do|dont|dare|keep"
    rf"|continue|even|dare to|still|to)){{0,3}} (?!send (?:me |us )?(?:another|any|one(?! more)"
    rf"|one more|more|the|an?) (?!{MEDIA}))(?:{SEND}\b(?: (?:me|us|this|another|one|any|more"
    rf"|again|it|these))|{SENDING}|stop (?:{SENDING}|this|it)|(?:get|receive|see) (?:one more"
    rf"|another|any more|more) {MEDIA})"
    rf"|\b(?:one|1|another|any)(?: more| single| further)? (?:more )?{MEDIA} (?:and|then|or|from"
    r"|i|ill|im|again)\b"
    r"|^(?:just )?(?:(?:one|1) more|another)(?: one)?(?: of (?:these|those|them))? (?:and|then) "
    r"(?:i|ill|im|you)\b"
    r"|\b(?:text|message|msg|spam|contact|call|harass|bother)s?(?: me| us)? (?:again|once more"
    r"|one more time)(?= (?:and|or|i|ill|im|you|then|see)\b| *$)"
)
OR_ELSE = re.compile(
    r"\b(?:report\w*|complain\w*|complaint|sue|suing|lawyers?|attorney|solicitors?|police|court"
    r"|legal|ofcom|fcc|ftc|trai|ico|acma|ombudsman|regulator|block\w*|spam|harassment|consequences"
    r"|switch\w*|leav(?:e|ing)|cyber ?crime|tribunal|press charges|damages)\b"
)
