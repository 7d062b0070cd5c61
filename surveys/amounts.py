"""Holds the digits that are nobody's rating: amounts, times, dates, words written as digits."""

import re

_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])"
)
_MANY = r"(?:1[1-9]|[2-9][0-9]|[1-9][0-9]{2,3})"
_SOME = r"(?:an?|one|two|[12]) (?:stars?|points?|marks?)"
_LESS = (
    r"(?<![a-z])(?:took|taken|taking|knock(?:ed|ing)|dock(?:ed|ing)|deduct(?:ed|ing)|lost|losing"
    rf"|dropped|dropping|removed)(?: off)? {_SOME}(?: off)?(?![a-z])"
    rf"|(?<![a-z]){_SOME} (?:off|deducted|docked|knocked off|taken off|removed)(?![a-z])"
)
#: What is taken from full marks; beside them nobody knows whether it is taken already.
TAKEN_OFF = re.compile(_LESS)
#: Money, measures with a point, times of day, dates, thousands, rooms, telephones: taken whole,
#: they are no answer, whatever their digits are.
AMOUNT = (
    r"(?:[$£€¥₹₦]|(?<![a-z])(?:rs|rm|rmb|usd|inr|sgd|hkd|ngn)\.? {0,1}(?=[0-9]{2}))"
    r"[0-9]{1,9}(?:[.,][0-9]{1,3}(?![0-9])){0,2}"
    r"|(?<![0-9.])[0-9]{1,5}\.[0-9]{1,3} {0,1}(?:[元块毛角万千百亿倍折度米寸兆升斤公天年月周季秒%]"
    r"|个?(?:小时|钟头|星期|礼拜|半?月|工作日)"
    r"|(?:[kmgx]|[kmgt]bp?s?|[gm]hz|k?ms?|kg|cm|mm|ft|h|hrs?|hours?|days?|weeks?|wks?|months?"
    r"|years?|yrs?|mins?|minutes?|secs?|seconds?|miles?|pounds|quid|bucks|dollars|rupees|naira"
    r"|euros?|percent|[ap]m)(?![a-z]))"
    r"|(?<![0-9])(?:\+[0-9]{1,3}[ -])?[0-9]{3,5}[ -][0-9]{3,4}[ -]?[0-9]{3,4}(?![0-9])"
    r"|(?<![0-9])[0-9]{4}[ -][0-9]{4}(?![0-9])"
    rf"|(?:从|由|(?<![a-z])from) ?{_MANY}[块元兆mg]? ?(?:[降涨升变减提加]{{0,2}}[到至成]|to)"
    rf" ?{_MANY}(?![0-9分])"
    rf"|{_LESS}|(?<=[0-9分] ):3(?![0-9])|<3(?![0-9])"
    r"|(?<![0-9.])[0-9]{1,4}(?:\.[0-9]{1,4}){2,3}(?![0-9])"
    r"|(?<![0-9/])[0-9]{1,4}(?:/[0-9]{1,4}){2}(?![0-9])"
    r"|(?<![0-9,])[0-9]{1,3}(?:,[0-9]{3}){1,3}(?![0-9%分])"
    r"|(?<![0-9.])(?:1[1-9]|[2-9][0-9]|[1-9][0-9]{2,4})\.[0-9]{1,2}(?![0-9分.])"
    r"|(?<![0-9.])[0-9]{1,2}\.[0-9]{1,2}(?=报[修障]|上门|预约|办理|申请|[交缴]费|[就才又]来"
    r"|来[的装修])"
    r"|(?<![0-9/])(?:(?:1[3-9]|2[0-9]|3[01])/1[0-2]|[0-9]{1,2}/0[1-9])(?![0-9/])"
    r"|(?<![a-z])(?:at|arrived|came|by|till|until|around|booked|due) [0-9]{1,2}\.[0-5][0-9]"
    r"(?![0-9])"
    r"|(?<![0-9])(?<!no\. )(?<!no )[0-9]{1,4}[a-z]? (?!stars?|points?|great|good"
    r"|out)[a-z]{3,12} (?:street|road|avenue"
    r"|lane|terrace|crescent|rd|ave)(?![a-z])(?! (?:is|was|fault|got|still))"
    r"|(?<![0-9])[0-9]{1,2}点[0-5][0-9]分?(?![0-9])"
    r"|(?<![0-9:])[0-9]{1,2}:[0-9]{2}(?![0-9:])"
    rf"|(?<![0-9])[0-9]{{1,2}}(?:st|nd|rd|th)? {_MONTHS}|(?<![a-z]){_MONTHS} [0-9]{{1,2}}(?![0-9])"
    r"|(?<![a-z])(?:(?:bed)?rooms|floors|flats|lines|ports|channels|units) [0-9]{1,4}"
    r"(?: (?:and|or|to|&) [0-9]{1,4}){1,3}(?![0-9])"
)
#: "0 after 6 weeks": what went before the rating, and no sum.
AFTER_A_WHILE = re.compile(
    r"after (?:all(?! (?:is|the|my)\b)|waiting|being|having|hours|days|weeks|months"
    r"|(?:[a-z]+ ){0,2}(?:[0-9]{1,3}|an?|one|two|three|four|five|six|seven|ten|many|several"
    r"|multiple|countless|numerous) (?:[a-z]+ )?(?:minutes?|mins?|hours?|hrs?|days?|weeks?"
    r"|months?|years?|calls?|visits?|attempts?|times|tries|complaints?|emails?"
    r"|appointments?))(?![a-z])"
)

#: Written for the word that sounds like it: "2 be honest", "4 me"; after a word of its clause
#: "slow 2 respond", "waited 2 long", "thanks 4 the help".
_SOUNDS = {
    "2": re.compile(r"(?:be|b|get) (?:honest|fair|frank|sure|clear)(?![a-z])"),
    "4": re.compile(r"(?:me|us|u|you|real|ever|now|sure)(?![a-z'])"),
}
_SOUNDS_AFTER = re.compile(
    r"(?:slow|quick|fast|easy|hard|difficult|long|late|waited|waiting|took|way|far|refused|failed"
    r"|able|unable|need|needs|needed|want|wanted|had|have|going|happy|forgot|try|tried|trying|how"
    r"|spoke|speak|talk|talked|back|come|came) 2 (?:[a-z]{2,9})(?![a-z'])"
    r"|(?:thanks|thank you|thx|tnx|ty|waited|waiting|looking|paying|pay|asked|asking|good|ready) 4"
    r" (?:the|your|ur|you|u|my|this|that|it|all|everything|help|fixing|sorting|nothing)(?![a-z'])"
)
_LAST_WORD = re.compile(r"(?<![a-z'])[a-z']{1,14} \Z")


def is_word(text: str, start: int, end: int) -> bool:
    """Whether the digit from `start` to `end` is written for a word: "2 be honest"."""
    alike = _SOUNDS.get(text[start:end])
    if alike is not None and alike.match(text[end : end + 24].lstrip(" ")):
        return True
    word = _LAST_WORD.search(text[max(0, start - 16) : start])
    return word is not None and _SOUNDS_AFTER.match(text, start - len(word[0])) is not None
