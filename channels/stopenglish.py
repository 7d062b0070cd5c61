"""Holds the English sentences by which people say that we shall stop."""

from channels.clauses import english
from channels.sendwords import ME, MEDIA, SEND, SENDING

_END = (
    r"(?= (?:please|pls|plz|now|thanks|thank you|ok|already|immediately|at once|right now"
    r"|forever|ever|for good|altogether|mate|guys|\d{1,2})\b| *$)"
)
_WHICH = (
    r"(?:(?:me|us|all|any|more|these|those|this|the|your|such|so many|annoying|stupid|bloody|ur"
    r"|nonsense|junk|spam|rubbish|useless|irritating|further|other|future|him|her|them|damn"
    r"|damned|fucking|stupid|silly|pointless|daily|unwanted"
    r"|unsolicited|random|service|customer|automated|of|kind of|sort of|type of|an|a|another) )"
)
_AGAIN = r"(?:again|any ?more|any longer|ever)"
_STOP = r"(?:stop|quit|cease)"
_NOT = r"(?:(?:do not|dont|donot)(?: ever| please| you dare| you| dare| u)?|no longer)"
_I_DO_NOT_WANT = r"(?:i )?(?:do not|dont|no longer|never) (?:want|wish|need)"
_I_WANT = r"(?:(?:i )?(?:want|wish|would like|need)|id like) to"
_HOW = r"how (?:do|can|to|could|would) ?(?:i|we|you)?"
_UNSUBSCRIBE = r"unsub(?!stan|mi|tle)[a-z]{0,10}|unsuscribe|unsubcribe|opt ?out"
_LEAVE = (
    r"(?:fuck|fk|fuk|feck|piss|bugger|sod|f|fck|naff|buzz|shove|back|jog|eff|bug|hop)(?:ing)? off"
)
_NUMBER = (
    r"(?:(?:mobile|phone|cell|contact|telephone|personal|email|whatsapp)s? )?(?:numbers?|no"
    r"|mobile|phone|cell|details|name|contacts?|email|data|info|information|records?|address|sim)"
)
_ERASE = r"(?:remove|delete|erase|drop|strike|wipe|purge|scrub|exclude|unlist|clear)"
_LISTS = (
    r"(?:lists?|databases?|systems?|records?|contacts|campaigns?|groups?|registry|files|books|crm)"
)
_GOING = rf"(?: {ME}\b| {_WHICH}{{0,5}}{MEDIA}\b| (?:these|this|those|that|it|to)\b|{_END})"
_UNWANTED = (
    r"(?:text messages?|messages?|msgs?|texts?|sms(?:es)?|surveys?|questionnaires?|reminders?"
    r"|spam)"
)

#: 47 CFR 64.1200(a)(10): any wording that a reasonable person would take for a revocation.
STOP_ENGLISH = english(
    rf"not (?:text|message|contact|spam|send|survey|sms) (?:{ME}|any ?more)|(?:id "
    rf"|i would )?(?:rather"
    rf"|prefer) not (?:to )?(?:get|receive) (?:these|this|them|any)",
    rf"{_STOP} (?:texting|messaging|spamming|surveying|sms ?ing|pinging)(?: {ME})?",
    rf"{_STOP} (?:it )?(?:with )?(?:sending )?(?:to )?{_WHICH}{{0,4}}{MEDIA}{_END}",
    rf"{_STOP} sending (?:to )?{_WHICH}{{0,4}}{MEDIA}",
    rf"{_NOT} send(?: {ME})?{_END}|no need (?:to )?(?:send|text|message)(?: {ME})?{_END}",
    rf"{_I_DO_NOT_WANT}(?: to)? (?:receive|get){_END}",
    rf"{_STOP} sending(?: {ME})?(?: (?:these|this|those|that|them|it))?(?: to {ME})?{_END}",
    rf"(?:cancel|end) (?:the |this |these |your |all )?(?:future )?{MEDIA}{_END}",
    rf"(?:{_STOP}|halt|discontinue|refrain from|desist from|no more|enough)(?: (?:of|with|all"
    rf"|this|the|your|fucking|bloody|constantly)){{0,3}} (?!sending){SENDING}{_GOING}",
    r"(?:stop|end|cease) (?:all|any) (?:further |future )?(?:communications?|correspondence"
    rf"|contact|messages){_END}|{_STOP} sending (?:him|her|them|my \w+) (?:these|this|any|your"
    rf"|more|{MEDIA})",
    rf"(?:would|do|could) (?:you|u) mind not (?:{SENDING}|calling)",
    r"(?:i |we )?(?:id |would )?(?:really |much |very much )?(?:appreciate(?: it)?|be grateful"
    r"|prefer(?: it)?|like it|love it|rather|be happy|be obliged)(?: if)? (?:you|u)"
    rf"(?: (?:would|could|did|do|can|will|please|just|guys)){{0,2}} (?:stop(?:ped)?|quit|not"
    rf"|didnt|never|ceased?|dont) (?:{SENDING}|calling|{SEND}(?:ed)?|sent)",
    r"(?:i |we )?(?:id |would )?(?:rather|prefer(?: to)?|like to)(?: to)? not (?:to )?"
    rf"(?:(?:receive|get|be sent|have|do|take|answer) {_WHICH}{{0,5}}{MEDIA}|be (?:contacted"
    r"|texted|messaged|surveyed|called|bothered|disturbed|sent))|(?:i |we )?(?:id |would )?prefer"
    r" not to (?:receive|get|be sent|be contacted|be texted|be messaged|be surveyed|be called)",
    r"(?:i am |im |we are |were )?not (?:at all )?interested in (?:receiving|getting|taking"
    rf"|doing|answering|completing|filling)(?: (?:part in|in|out))? {_WHICH}{{0,4}}{MEDIA}",
    rf"(?:put|add|place|get|include|register|enter) (?:{ME}|my {_NUMBER}|this {_NUMBER}) (?:on|to"
    r"|in|onto|under) (?:(?:your|the|a|ur) )?(?:\w+ )?(?:do not|dnd|dnc|no contact|no call|no"
    r"|stop|opt out|unsubscribed?|block|suppression|exclusion)\b",
    rf"(?:block|ban|blacklist|exempt) (?:{ME}|my {_NUMBER}) (?:from|on|for|in) {_WHICH}{{0,4}}"
    rf"(?:{MEDIA}|{_LISTS}|(?:this|here|it){_END})",
    r"(?:i )?(?:want|wish|need|would like|like|ask|d like)(?: to be)? (?:on|put on"
    r"|added to|placed on|included in|registered (?:on|in|with|under)) (?:(?:your|the|a|ur) )?"
    r"(?:\w+ )?(?:do not|dnd|dnc|no contact|no call|opt out|suppression|exclusion)\b",
    r"(?:stop means stop|no means no|what part of (?:stop|no|unsubscribe)"
    r"|what (?:do not|dont|cant) (?:you|u) (?:understand|get) about (?:stop|no|unsubscribe))\b",
    rf"(?:take|get|keep) (?:{ME}|my {_NUMBER}|this {_NUMBER}) off (?:whatever|wherever)\b"
    rf"|(?:i am|im|we are|were) (?:registered |listed |already |also )*(?:on"
    rf"|with) (?:the )?(?:tps|dnd|dnc"
    rf"|do not call|do not disturb|mailing preference)\b|(?:i )?(?:{_UNSUBSCRIBE}) (?:of|from)"
    rf" (?:all |any |every )?(?:of )?(?:this|these|that|everything){_END}",
    rf"(?:{_ERASE}|take|get) (?:{ME}|my|our|this)(?: {_NUMBER})? (?:from|off|out of)"
    rf" (?:(?!waiting|priority)[a-z]+ ){{0,3}}"
    rf"(?:{_LISTS}|{MEDIA})\b|{_ERASE} (?:my|this|our) {_NUMBER}{_END}",
    r"(?:i |we )?(?:wish|want|would like|need|ask|request|demand|like|asked|insist)(?: to be"
    r"| being| that i be|d to be) (?:removed|taken off|deleted|unsubscribed|opted out|unlisted"
    r"|excluded)\b(?! from (?:my|the) (?:plan|contract|bill|offer|tariff|package))",
    rf"{_ERASE} (?:all )?(?:my|this|our) {_NUMBER} (?:under|as per|per"
    rf"|in line with) (?:the )?gdpr\b",
    r"(?:bas|band) kar\w* (?:msgs?|messages?|sms|calls?)|dnd (?:activate|laga|kar)\w*",
    rf"{_NOT} (?:use|text|message|sms|contact|write to|survey) (?:it|(?:this|my|the|that"
    rf"|our) {_NUMBER}){_END}",
    rf"(?:{_NOT}|never) (?:call|text|contact|message|phone|ring|sms)(?: {ME})? (?:or|and|nor)"
    r" (?:call|text|contact|message|phone|ring|sms|e ?mail)\b",
    r"(?:you |u )?(?:(?:do not|dont|never|did not|didnt) (?:have|had|get|got|ask(?:ed)? for)"
    r"|have no"
    r"|have not got|with no|without)(?: any| my| the)? (?:permission|consent|right|authority"
    rf"|authorisation|authorization)(?: (?:to|for) (?:be )?(?:{SEND}|{SENDING}|use my"
    rf"|{_WHICH}{{0,3}}{MEDIA}))",
    r"(?:i |we )?(?:do not|dont|didnt|did not|never) (?:authori[sz]ed?|allow(?:ed)?"
    rf"|permit(?:ted)?) (?:you|these|this|any) (?:to {SEND}|{MEDIA})",
    rf"(?:i |we )?(?:want|need) out{_END}|(?:you|u|yall|ya|they|this|it)(?: guys| people| lot|"
    r" all)? (?:need to|must|should|have to|has to"
    rf"|better|gotta|got to) stop{_END}|(?:this|that) (?:number|mobile|no)(?: is|s)? (?:not|isnt"
    r"|no longer) \w+s"
    rf"(?: (?:number|phone|mobile))?(?: any ?more| now)?(?= *$)",
    rf"(?:i |we )?(?:want|wanna be|need) (?:out|off)(?: of| from)? {_WHICH}{{0,4}}(?:{MEDIA}|lists?"
    rf"|{_END})|(?:get|let) me (?:out|off)(?: of| from)? {_WHICH}{{0,4}}(?:{MEDIA}|lists?){_END}",
    rf"(?:i |we )?(?:am |im |are )?(?:done|finished|through) with {_WHICH}{{0,4}}{MEDIA}",
    r"(?:cancel|end|terminate|stop) (?:my|the|this) (?:subscription|enrol+ment|registration)"
    rf" (?:to|for|from|of|with) {_WHICH}{{0,4}}{MEDIA}",
    r"(?:msgs?|messages?|sms|calls?|phone|texts?|yeh|ye)(?: \w+)? (?:mat|na|nahi|nahin|nai|band)"
    r" (?:bhej\w*|kar\w*|kijiye|do|chahiye)|(?:mat|band) (?:bhej\w*|kar\w*)(?: \w+)?(?: msgs?"
    r"| messages?| sms| calls?)|(?:mujhe|mereko|hume) (?:\w+ )?(?:msgs?|messages?|sms|calls?)"
    r" (?:mat|nahi|nahin)\b",
    rf"(?:mat|na) bhej\w*{_END}|(?:pareshan|tang|disturb) (?:mat|na) kar\w*{_END}",
    rf"(?:stop|cease|end) contact{_END}|{_STOP} asking(?: {ME}|{_END})|cease and desist"
    rf"|(?:{_NOT}|never) ask(?: {ME})? {_AGAIN}{_END}",
    rf"no more of (?:this|these|it){_END}",
    r"(?:i )?(?:do not|dont|no longer|never) (?:want|wish|need|like) to (?:(?:receive|get"
    r"|be sent) "
    rf"(?:any (?:more )?of )?(?:these|this|them|it|those){_END}|hear from you)",
    rf"i no longer want (?:these|this|them){_END}|{_I_DO_NOT_WANT} any ?more of (?:these|this)",
    rf"i (?:didnt|never|did not) ask(?:ed)? for {_WHICH}{{0,3}}{MEDIA}",
    rf"{_HOW} stop (?:getting|receiving) (?:these|this|them|it){_END}",
    r"(?:i am |im |this is )?not (?:mr|mrs|ms|miss|dr)\b|this isnt (?:mr|mrs|ms|miss|dr)\b"
    r"|not your customer",
    r"(?:this|it) (?:is not|isnt) \w+s (?:phone|number|mobile)"
    r"|this number (?:now )?belongs to (?:someone|somebody) else",
    r"(?:i am |im )?(?:the )?new owner of this (?:number|phone)"
    r"|(?:i )?never had an? account with you",
    r"i (?:do not|dont|never|have never|ve never) (?:use|used) your (?:services?|company"
    rf"|network){_END}",
    rf"(?:stop|{_UNSUBSCRIBE})(?: (?:it|this|that|me|us))?{_END}",
    rf"{_NOT} (?:text|txt|message|msg|sms|spam|survey)(?: to)? (?:{ME}|{_AGAIN})",
    rf"{_NOT} (?:text|txt|message){_END}",
    rf"{_NOT} send (?:to )?{_WHICH}{{0,4}}{MEDIA}",
    rf"{_NOT} send (?:{ME} )?(?:anything|{_AGAIN})",
    rf"never (?:text|txt|message|send)(?: {ME})?(?: {MEDIA}| anything)? {_AGAIN}",
    rf"(?:no (?:more|further)|enough|enough of|enough with)(?: of)? {_WHICH}{{0,2}}{MEDIA}{_END}",
    rf"{_I_DO_NOT_WANT} (?:to (?:receive|get|see|have|do|answer|complete|fill (?:in|out)"
    rf"|(?:take part|participate|be part) (?:in|of)|be sent) )?{_WHICH}{{0,4}}(?:{_UNWANTED}"
    rf"|{MEDIA}{_END})",
    rf"no {_UNWANTED}{_END}|(?:i am |im )?not interested in {_WHICH}{{0,2}}{_UNWANTED}"
    r"|i want off (?:this|the|your) list",
    r"i (?:do not|dont|didnt|did not|never) (?:consent(?:ed)? to|agreed? to"
    r"|gave (?:you )?(?:permission|consent)"
    r"|give (?:you )?(?:permission|consent)|sign(?:ed)? up (?:for|to)"
    rf"|subscribed?(?: to)?) (?:(?:this|these|any|it|any of this)(?:{_END}"
    r"|(?= (?:take|remove|delete|get|leave) me\b| (?:so )?(?:stop|unsub\w*|opt me out)\b))"
    rf"|{_WHICH}{{0,3}}{MEDIA}|(?:be|being|get|receive|getting|receiving|you) (?:{SENDING}"
    rf"|texted|messaged|contacted"
    rf"|{_WHICH}{{0,3}}{MEDIA}"
    rf"|to {SEND}|these|this|surveyed|called))",
    rf"i told you to stop{_END}",
    rf"{_UNWANTED} (?:are )?not (?:wanted|welcome|needed|required|requested){_END}",
    # Weary of it.
    rf"(?:i )?(?:have |ive |ve )?had it (?:up to here )?with {_WHICH}{{0,4}}{_UNWANTED}|how many"
    rf" more {_UNWANTED}",
    r"(?:(?:why|y) )?(?:do |must |are |would |the hell ){0,3}(?:you|u|they)(?: guys| people| lot)?"
    r" (?:keep(?: on)?|always|constantly"
    rf"|continue to|still) (?:{SENDING} {ME}\b|(?:sending|send) (?:{ME}"
    rf" )?{_WHICH}{{0,4}}{_UNWANTED})",
    r"(?:why|y) (?:do|are|am|r|did|would|must|the hell)(?: (?:i|you|u|we|they|guys|people|still"
    rf"|always|even|keep|do)){{1,4}}"
    rf" (?:getting|receiving|{SENDING}|send|text|message)(?: {ME})?(?:"
    rf" {_WHICH}{{0,4}}{MEDIA}){_END}",
    rf"(?:why|y) (?:are|r|do)(?: (?:you|u|they|still|always|even|keep|guys)){{1,3}} {SENDING}"
    rf" {ME}\b",
    r"(?:i am |im |am |we are |were )?(?:so |really |just )?(?:sick|tired|fed up|sick and"
    r" tired) (?:of|with)"
    rf" (?:getting |receiving |all )?(?:{_WHICH}{{0,4}}{_UNWANTED}|you {SENDING}|being"
    rf" (?:{SENDING}|texted|messaged|surveyed))",
    rf"can (?:you |u )?(?:stop|dont|not)(?: {SENDING}| send)?(?: {ME})? (?:or not|anot)",
    rf"{_I_WANT} stop (?:receiving|getting) {_WHICH}{{0,4}}{MEDIA}",
    rf"(?:{_I_WANT}|{_HOW}) (?:{_UNSUBSCRIBE}|opt out|stop)"
    r"(?: (?:of|from|getting|receiving))? (?!spam (?:texts|calls|messages|mails)\b)"
    rf"{_WHICH}{{0,4}}{MEDIA}",
    rf"(?:{_I_WANT}|{_HOW}) (?:{_UNSUBSCRIBE}|opt out)"
    rf"(?: (?:from|of) (?:this|these|it|them|here|you))?{_END}",
    rf"(?:(?!unsubscribed)(?:{_UNSUBSCRIBE}) (?:{ME}|my {_NUMBER})(?: out)?|opt (?:{ME}|my"
    rf" {_NUMBER}) out)(?! (?:from|of|off) (?!{_WHICH}{{0,4}}"
    rf"(?:{MEDIA}|mailing|text|{_LISTS}|any|every\w*|here|you|future|further|"
    r"(?:it|this|these|those|them|that|all)(?= *$| (?:please|pls|plz|now|thanks|asap)\b))\b))",
    rf"(?:{_UNSUBSCRIBE}|opt out) (?:from|of) {_WHICH}{{0,3}}{MEDIA}",
    # Driving us away.
    rf"(?:just )?(?:{_LEAVE}|get lost|go away|go to hell|shut up|get stuffed|do one|jog on|bog"
    r" off|get bent|eat shit"
    r"|go fuck yourselves?|go fuck yourself|screw you|fuck you|piss off)(?: (?:and|you|with"
    rf"|please)|{_END})",
    # We write to somebody else.
    r"(?:sorry |i think |um )*(?:(?:you|u)(?: have| ve| must have)?(?: got| texted| called)?"
    r"|youve(?: got)?|this is|thats|its|you are texting)? ?(?:the |a )?"
    r"wrong (?:number|no|num|recipient|person|guy|man|woman|customer)(?: (?:sorry|mate|here"
    r"|bro|dude|pal|stop|please|buddy|sir|love|lol|thanks|again|remove|u have|you have)|$)",
    r"(?:i am|im) (?:not|no longer) (?:your|a|the) (?:customer|client|account holder|owner"
    r"|person you)",
    r"(?:i am|im) not with (?:you|your company)|i (?:do not|dont|never) have (?:an"
    r"|any) account with (?:you|your)|i have no account with",
    r"(?:there is |theres )?no ?(?:one|body) (?:here )?(?:by|with|of) that name|(?:this"
    r"|it) is(?:nt| not) my (?:ticket|account|order|case)",
    r"(?:i have|ive) never (?:been|used|had|heard of) (?:your|a customer|you)",
    r"(?:this|that) (?:is not|isnt|is no longer|number (?:no longer|does not|doesnt) belongs? to)"
    r" (?:his|her|their|the customers|that persons|my husbands|my wifes|my fathers)"
    r"(?: (?:number|phone))?",
)

#: Said of calls, mails or contact altogether: by whatever channel it is said, no other may go on.
STOP_ALL_ENGLISH = english(
    rf"{_STOP} (?:contacting|calling|phoning|ringing|emailing|mailing|bothering|harassing"
    rf"|pestering|disturbing|annoying|bugging)(?: {ME}|{_END}| {_AGAIN})",
    rf"{_STOP} (?:with )?{_WHICH}{{0,3}}(?:calls|phone calls|emails?|mails?){_END}",
    rf"{_NOT} (?:contact|disturb|harass)(?: (?:{ME}|{_AGAIN})|{_END})",
    rf"{_NOT} (?:bother|annoy|pester|bug) {ME}",
    rf"never (?:ever )?(?:contact|text|message|bother|disturb|write to) {ME}(?= *$)",
    rf"never (?:contact|call|phone|ring|e ?mail|mail|bother)(?: {ME})? {_AGAIN}",
    rf"(?:do not|dont) (?:ever )?(?:call|phone|ring|e ?mail|mail|write to) {ME}"
    rf"(?: {_AGAIN}| (?:at|on|about|for|in|during|while)|{_END})",
    rf"no (?:more|further) (?:calls|phone calls|contact|emails?|mails?){_END}",
    rf"{_I_DO_NOT_WANT} to be (?:contacted|called|phoned|bothered|disturbed|texted|messaged)",
    rf"{_I_DO_NOT_WANT} you to (?:contact|call|phone|text|message) {ME}",
    rf"{_I_DO_NOT_WANT} (?:any )?(?:more )?(?:calls|emails?){_END}",
    rf"(?:remove|take|delete|get|erase|drop|strike|wipe) (?:{ME[3:-1]}|my (?:name|email"
    r"|address|details|contact))"
    r" (?:from|off|out of)(?: (?:this|that|the|your|all|of|any))*"
    r" (?:(?!waiting|priority)\w+ )?(?:lists?|database|system|records?)",
    rf"(?:remove|delete|erase|forget|lose) (?:{ME[3:-1]}|my (?:name|email|address|details"
    rf"|contact)){_END}",
    rf"leave {ME} (?:off|out of) {_WHICH}{{0,3}}(?:{MEDIA}|{_LISTS})",
    rf"(?:take|get) {ME} off(?: (?:this|it|that))?{_END}",
    r"leave (?:me|us) (?:the \w+ )?(?:alone|in peace|be)",
    r"lose my number",
    r"(?:i )?(?:hereby )?(?:revoke|withdraw) (?:my |all )?(?:consent|permission)",
    rf"(?:unsubscribe|opt) {ME} (?:out )?(?:from|of) (?:all|everything)",
)
