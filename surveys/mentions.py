"""Decides whether an option that a clause mentions is the one it names, or only spoken of."""

import re

from surveys.doubts import QUOTED
from surveys.namesakes import is_another

#: Right before a mention: this one it is not.
DENIED = re.compile(
    r"(?:不|不是|并非|不系|唔系|不选|别选|别[写算记填]|没有|(?:没|不|未)有?(?:觉得|感到|感觉|算|嫌"
    r"|发现|注意到?|察觉)|不是嫌|不在于|无关|不怪|没怪|不因为|不是因为|跟.{0,2}没关系"
    r"|不在乎|不关心|不介意|不计较|与其说?(?:是)?|比起|相比|(?:不是|没有?|没|并未)(?:来|去|要|想"
    r"|打电话)?"
    r"(?:问|查|报|办|申请|咨询|投诉|反映|预约|因为|为了?|关于|说|要)(?:过|的|了)?(?:你们|你)?的?"
    r"|(?<![a-z'])(?:less (?:about )?(?:the|your)|(?:not|isn't|wasn't|never|nothing (?:to do with"
    r"|against|about)"
    r"|rather than|instead of|anything but|other than|apart from|aside from|except(?:"
    r" for)?)(?! (?:just|only|happy|good|fair|enough))"
    r"(?: (?:really|so much|because of|due to|to do with|about|for|with|the|your|my|our|an?|any"
    r"|that)){0,4}|(?:was|were|been|got|get) told(?: all)? about(?: (?:the|your|my|a))? ?\Z"
    r"|(?<![a-z'])(?:didn't|did not|never|don't|not) (?:say|said|mention|mentioned|mean|meant"
    r"|put it down as|write|ask|asked|call|called|ring|rang|contact|contacted"
    r"|complain|complained|write|request|requested|order|ordered|book|booked|report|reported)"
    r"(?: (?:you|in|to|for|about|because of|an?|the|my|any|your)){0,4})) ?[a-z]?\Z"
)
#: Before a mention, over all that it lists: it may be so, and is borne, or is no fault.
_BORNE = re.compile(
    r"(?<![a-z'])(?:no (?:complaints?|problems?|issues?|trouble|quarrel|gripes?)"
    r" (?:with|about|over)|(?:nothing|not much|not a lot|little) (?:is |was )?(?:wrong|the matter)"
    r" with|(?:don't|do not|didn't|doesn't|can't|cannot|not to) (?:mind|blame|care about|fault"
    r"|complain about|dislike)|(?:can|could|i'll|will) (?:live with|put up with|accept|tolerate"
    r"|handle|cope with|forgive|stand|take|bear)|never mind|forget|(?:could|couldn't"
    r"|could not) care less about|thank(?:s|ful)?(?: you| u)?(?: \w+)? (?:to|for)|(?:am|i'm|quite"
    r"|very|was|we're|are)"
    r" (?:fine|happy|ok|okay|content|satisfied|pleased|impressed) with|(?:like|love|liked|loved)"
    r"(?: how)?)(?![a-z'])(?![^#]{0,60}(?<![a-z'])(?:it's|just|rather|only)(?![a-z']))"
)
_FIT = (
    r"(?:fine|well|ok|okay|good|great|lovely|fair|nice|polite|helpful|excellent|friendly|kind"
    r"|reasonable|fast|quick|cheap|brilliant|perfect|correct|right|amazing|wonderful|fantastic"
    r"|professional|superb|patient|competitive|improved|better|alright|all right|acceptable|decent"
    r"|normal|stable|spot on)"
)
_BE = (
    r"(?:(?:is|are|was|were|be|been|being|seems?|seemed|looks?|looked|went|has|have|had|there|here"
    r"|itself|now|still|always|all|really|very|so|quite|pretty|perfectly|just|actually|absolutely"
    r"|also|themselves|generally|mostly|usually|enough|most) )"
)
#: Right after a mention: it is all right.
_CLEARED = re.compile(
    rf"^(?:'s)? ?(?:\w+ )?{_BE}{{1,4}}{_FIT}(?![a-z'])(?! for (?:nothing|the bin))"
    rf"|^(?:'s)? {_FIT} ?\Z|^ ?does (?:the|its) (?:job|trick)"
    rf"|^ ?(?:\w+ )?(?:did|does|do|made) (?:an? |their |his |her |very ){{0,2}}(?:\w+ )?{_FIT}"
    r"(?: \w+)?(?![a-z'])"
    r"|^ ?(?:\w+ )?(?:is|are|was|were)(?: all| both)? (?:working|up|back)(?: (?:now|again|fine"
    r"|well|ok|perfectly))* ?\Z|^ ?(?:works?|working)(?: (?:now|again|fine|well|ok|perfectly))* ?\Z"
    r"|^ ?(?:\w+ )?(?:isn't|is not|wasn't|was not|aren't|weren't)(?! (?:good|fair|nice|ok|okay|fine"
    r"|great|working|fast|acceptable|reasonable|polite|friendly|helpful|right|correct|stable|up"
    r"|enough|it\b|worth|what|at all|as|very|even|\w+ enough))(?: \w+| ?\Z)"
    r"|^ ?(?:can't|cannot|could not|couldn't) (?:be )?fault(?:ed)?(?![a-z'])"
    r"|^ ?(?:doesn't|does not|didn't|did not) (?:bother|matter|worry|trouble|upset)"
    r"|^.{0,4}(?:没问题|没有问题|没事|没(?:测|试|用|看|查|比较?|管)过|没话说|没得说|没得挑|没毛病"
    r"|没意见|没关系|没啥(?:说的|问题|意见)|无所谓"
    r"|无关|很好|挺好|蛮好|真好|特别好|非常好|都好|不错|还行|还可以|不慢|不贵|可以(?!再|更)|都?能忍"
    r"|都?(?:可以|能)(?:接受|理解|忍受?)|忍得了|我?认了|飞快|划算|耐心|热情|周到|有?耐心|冇问题|ok"
    r"|倒是小事|是小事|正常|合理|没出错|(?<!不)满意(?!的是))"
    r"|^(?:就|都|还|倒|算|也|是|比较|挺|很|非常){0,2}(?:好(?![差慢贵烂高点些像多])|好的)"
    r"|^(?:不是|不算|并不是|倒不是)(?:大|什么|啥|主要)?(?:问题|事|毛病|原因)"
    r"|^(?:的)?(?:时候|那天|期间|以后|之后)"
    r"|^(?:一?[点些]|一点儿)(?:也|都)(?:不|没)"
)
#: Right before a mention: praise that goes with it.
_PRAISED = re.compile(
    rf"(?<!not )(?<!no )(?<!n't )(?<!not very )(?<!not a )(?<![a-z'])(?:{_FIT}|priceless|plus)"
    r"(?: (?:customer|internet|technical))? \Z(?<!good \Z)"
)
#: After a mention which is less than another.
_THAN = re.compile(
    r"(?<![a-z'])(?:than|over)(?: (?:the|your|it is|it's|about|with|an?|my)){0,3} \Z"
)
_RATHER = re.compile(r"(?<![a-z'])(?:more|rather|worse|bigger|prefer|less)(?![a-z'])")
#: With another that is all right before it: it is not so of this one, `#`.
_NOT_SO = re.compile(
    r" ?not (?:with |about |so )?(?:the |your |my )?# ?|(?: the| your| my)? ?#(?: \w+)? (?:isn't"
    r"|is not|aren't|wasn't|are not|doesn't|don't|not) ?|#[^,]{0,4}(?:不能忍|忍不了|不行|就不是了"
    r"|不是)"
)
#: Who says a thing is not complained of by that.
_SAYS = re.compile(
    r"^ ?(?:\w+ )?(?:(?:都|也|还|又|就|老|一直)?(?:说(?!话)|告诉|让我|叫我|劝|要我|建议|解释)"
    r"|(?:said|says|told me|tells me|asked me|explained|suggested|thinks|thought"
    r"|reckons?)(?![a-z'])"
    r"(?! (?:lies|no|rude)))"
)
#: Once it was so, or it is wished for, or nobody knows.
_ELSEWHEN = re.compile(
    r"(?<![a-z'])(?:used to(?! get)|last (?:year|time)|previously|in the past|hope|hoping|wish"
    r"|if only"
    r"|not sure (?:if|whether|about)|don't know (?:if|whether))(?![a-z'])"
    r"|(?:以前|曾经|从前|前年|早年|前几年|去年|过去|上次|原来)(?!的)|希望|但愿|盼|(?:不清楚|不知道|不确定"
    r"|不晓得)(?:算|是)?"
)
_ONCE = re.compile(
    r" ?(?:was|were|got|has been) (?:(?:\w+ ){1,2}before|(?:done|finished|completed|made|sorted"
    r"|fixed"
    r"|paid|settled)(?! (?:wrong|bad)))(?![a-z'])"
)
#: Somebody of ours was told, asked or thanked.
_TOLD = re.compile(
    r"(?<![a-z'])(?:told|tell|asked?|spoke (?:to|with)|(?:speak|talk|talked|spoken|said"
    r"|thanks?) (?:to|with)"
    r"|informed|thank)(?: (?:the|your|my|a|an|one of your|one of the|another))? \Z|(?:问|跟|告诉"
    r"|找)了?(?:你们?的?)?\Z"
)
_PERSONS = frozenset("staff agent agents people employee employees 客服 人员 师傅 员工".split())
#: All but this one is well: "apart from the price no complaints".
_EXCEPT = re.compile(
    r"(?<![a-z'])(?:apart from|aside from|except(?: for)?|other than|besides)"
    r"(?: (?:the|your|that|its?|being|is|it's|slow|high|rude|bad|poor)){0,3} ?\Z|(?:除了|除咗"
    r"|除)[^,]{0,2}\Z"
)
_ALL_WELL = re.compile(
    r"(?<![不没])(?:满意|很好|都好|挺好|不错|ok|没毛病|没问题|没意见|没得说|没话说|还行|可以)"
    r"|(?<![a-z'])(?:no (?:complaints?|problems?|issues?)|(?<!not )(?:all|everything|rest"
    r"|otherwise)"
    rf"[a-z' ]{{0,16}} {_FIT}|{_FIT} otherwise|happy)(?![a-z'])"
)
#: Others think so.
_OTHERS = re.compile(
    r"(?<![a-z'])(?:everyone|everybody|people|others|(?:my |the )?(?:neighbou?rs?|friends?|wife"
    r"|husband|mum|dad|son|daughter|boss|brother|sister|colleagues?))(?: (?:would|will|might"
    r"|always|also|all|just))? (?:complains?|moans?|talks?|says?|said|picks?|chose|choose|hates?"
    r"|thinks?|blames?)(?![a-z'])"
    r"|(?:大家|别人|人家|邻居|朋友|同事|我?老婆|我?老公|我[妈爸]|家人|网上)(?:们|都|也|会|总"
    r"|老){0,2}"
    r"(?:说|讲|嫌|觉得|认为|抱怨|选|吐槽)"
)


def bears(text: str) -> bool:
    """Whether a clause says that something is borne, or is no fault."""
    return _BORNE.search(text) is not None


def names(before: str, mention: str, after: str, *, later: str, contrast: bool) -> bool:
    """Whether a clause names the option that `mention` stands for.

    `before` and `after`: the rest of its clause; `later`: what follows that. It does not where the
    option is denied, borne, praised, less than another or in the words of somebody else.
    `contrast`: another was called all right before, so that a bare "not the price" or "the price
    isn't" is about what is not.
    """
    if contrast and _NOT_SO.fullmatch(f"{before}#{after}"):
        return True
    if is_another(before, mention, after):
        return False
    if _EXCEPT.search(before) and _ALL_WELL.search(after + later):
        return True
    if mention in _PERSONS and _TOLD.search(before):
        return False
    if _ELSEWHEN.search(before) or _ONCE.match(after):
        return False
    if DENIED.search(before) or _BORNE.search(before) or _PRAISED.search(before):
        return False
    if _THAN.search(before) and _RATHER.search(before):
        return False
    if QUOTED.search(before) or _OTHERS.search(before):
        return False
    return not (_CLEARED.match(after) or _SAYS.match(after))
