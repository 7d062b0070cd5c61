"""Holds the sentences by which people say that we shall stop."""

import re

from channels.clauses import ZH_END, ZH_POLITE, english

# FCC 47 CFR 64.1200(a)(10): any wording that a reasonable person would take for a revocation.
_END = (
    r"(?= (?:please|pls|plz|now|thanks|thank you|ok|already|immediately|at once|right now"
    r"|forever|ever|for good|altogether|mate|guys|\d{1,2})\b| *$)"
)
MEDIA = (
    r"(?:text messages?|messages?|msgs?|texts?|sms(?:es)?|notifications?|surveys?|questionnaires?"
    r"|reminders?|spam|stuff|crap|shit|rubbish|nonsense|garbage|junk|bullshit|alerts?|things"
    r"|feedback (?:forms?|requests?|surveys?|messages?)|(?:message|sms|survey)s? requests?)"
)
_WHICH = (
    r"(?:(?:me|us|all|any|more|these|those|this|the|your|such|so many|annoying|stupid|bloody|ur"
    r"|nonsense|junk|spam|rubbish|useless|irritating|further|other|future|him|her|them|damn"
    r"|damned|fucking|stupid|silly|pointless|daily|unwanted"
    r"|unsolicited|random|service|customer|automated|of|kind of|sort of|type of|an|a|another) )"
)
_ME = r"(?:me|us|this (?:number|phone)|my (?:number|phone|mobile))"
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

SENDING = (
    r"(?:(?:text|messag|contact|spamm|send|survey|e ?mail|notify|p[io]ng|bother|harass|pester"
    r"|disturb"
    r"|annoy|bugg|sms|nagg|badger|hound|bombard|flood|inundat|stalk|troubl|irritat)ing)"
)
SEND = (
    r"(?:text|message|contact|spam|send|survey|e ?mail|notify|ping|bother|harass|pester|disturb"
    r"|annoy|bug|sms|nag|badger|hound|call|phone|ring|write to)"
)
_NUMBER = (
    r"(?:(?:mobile|phone|cell|contact|telephone|personal|email|whatsapp)s? )?(?:numbers?|no"
    r"|mobile|phone|cell|details|name|contacts?|email|data|info|information|records?|address|sim)"
)
_ERASE = r"(?:remove|delete|erase|drop|strike|wipe|purge|scrub|exclude|unlist|clear)"
_LISTS = (
    r"(?:lists?|databases?|systems?|records?|contacts|campaigns?|groups?|registry|files|books|crm)"
)
_GOING = rf"(?: {_ME}\b| {_WHICH}{{0,5}}{MEDIA}\b| (?:these|this|those|that|it|to)\b|{_END})"

_UNWANTED = (
    r"(?:text messages?|messages?|msgs?|texts?|sms(?:es)?|surveys?|questionnaires?|reminders?"
    r"|spam)"
)

STOP_ENGLISH = english(
    rf"not (?:text|message|contact|spam|send|survey|sms) (?:{_ME}|any ?more)|(?:id "
    rf"|i would )?(?:rather"
    rf"|prefer) not (?:to )?(?:get|receive) (?:these|this|them|any)",
    rf"{_STOP} (?:texting|messaging|spamming|surveying|sms ?ing|pinging)(?: {_ME})?",
    rf"{_STOP} (?:it )?(?:with )?(?:sending )?(?:to )?{_WHICH}{{0,4}}{MEDIA}{_END}",
    rf"{_STOP} sending (?:to )?{_WHICH}{{0,4}}{MEDIA}",
    rf"{_NOT} send(?: {_ME})?{_END}|no need (?:to )?(?:send|text|message)(?: {_ME})?{_END}",
    rf"{_I_DO_NOT_WANT}(?: to)? (?:receive|get){_END}",
    rf"{_STOP} sending(?: {_ME})?(?: (?:these|this|those|that|them|it))?(?: to {_ME})?{_END}",
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
    rf"(?:put|add|place|get|include|register|enter) (?:{_ME}|my {_NUMBER}|this {_NUMBER}) (?:on|to"
    r"|in|onto|under) (?:(?:your|the|a|ur) )?(?:\w+ )?(?:do not|dnd|dnc|no contact|no call|no"
    r"|stop|opt out|unsubscribed?|block|suppression|exclusion)\b",
    rf"(?:block|ban|blacklist|exempt) (?:{_ME}|my {_NUMBER}) (?:from|on|for|in) {_WHICH}{{0,4}}"
    rf"(?:{MEDIA}|{_LISTS}|(?:this|here|it){_END})",
    r"(?:i )?(?:want|wish|need|would like|like|ask|d like)(?: to be)? (?:on|put on"
    r"|added to|placed on|included in|registered (?:on|in|with|under)) (?:(?:your|the|a|ur) )?"
    r"(?:\w+ )?(?:do not|dnd|dnc|no contact|no call|opt out|suppression|exclusion)\b",
    r"(?:stop means stop|no means no|what part of (?:stop|no|unsubscribe))\b",
    rf"(?:take|get|keep) (?:{_ME}|my {_NUMBER}|this {_NUMBER}) off (?:whatever|wherever)\b"
    rf"|(?:i am|im|we are|were) (?:registered |listed |already |also )*(?:on"
    rf"|with) (?:the )?(?:tps|dnd|dnc"
    rf"|do not call|do not disturb|mailing preference)\b|(?:i )?(?:{_UNSUBSCRIBE}) (?:of|from)"
    rf" (?:all |any |every )?(?:of )?(?:this|these|that|everything){_END}",
    rf"(?:{_ERASE}|take|get) (?:{_ME}|my|our|this)(?: {_NUMBER})? (?:from|off|out of)"
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
    rf"(?:{_NOT}|never) (?:call|text|contact|message|phone|ring|sms)(?: {_ME})? (?:or|and|nor)"
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
    rf"(?:stop|cease|end) contact{_END}|{_STOP} asking(?: {_ME}|{_END})|cease and desist"
    rf"|(?:{_NOT}|never) ask(?: {_ME})? {_AGAIN}{_END}",
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
    rf"{_NOT} (?:text|txt|message|msg|sms|spam|survey)(?: to)? (?:{_ME}|{_AGAIN})",
    rf"{_NOT} (?:text|txt|message){_END}",
    rf"{_NOT} send (?:to )?{_WHICH}{{0,4}}{MEDIA}",
    rf"{_NOT} send (?:{_ME} )?(?:anything|{_AGAIN})",
    rf"never (?:text|txt|message|send)(?: {_ME})?(?: {MEDIA}| anything)? {_AGAIN}",
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
    rf"|continue to|still) (?:{SENDING} {_ME}\b|(?:sending|send) (?:{_ME}"
    rf" )?{_WHICH}{{0,4}}{_UNWANTED})",
    r"(?:why|y) (?:do|are|am|r|did|would|must|the hell)(?: (?:i|you|u|we|they|guys|people|still"
    rf"|always|even|keep|do)){{1,4}}"
    rf" (?:getting|receiving|{SENDING}|send|text|message)(?: {_ME})?(?:"
    rf" {_WHICH}{{0,4}}{MEDIA}){_END}",
    rf"(?:why|y) (?:are|r|do)(?: (?:you|u|they|still|always|even|keep|guys)){{1,3}} {SENDING}"
    rf" {_ME}\b",
    r"(?:i am |im |am |we are |were )?(?:so |really |just )?(?:sick|tired|fed up|sick and"
    r" tired) (?:of|with)"
    rf" (?:getting |receiving |all )?(?:{_WHICH}{{0,4}}{_UNWANTED}|you {SENDING}|being"
    rf" (?:{SENDING}|texted|messaged|surveyed))",
    rf"can (?:you |u )?(?:stop|dont|not)(?: {SENDING}| send)?(?: {_ME})? (?:or not|anot)",
    rf"{_I_WANT} stop (?:receiving|getting) {_WHICH}{{0,4}}{MEDIA}",
    rf"(?:{_I_WANT}|{_HOW}) (?:{_UNSUBSCRIBE}|opt out|stop)"
    r"(?: (?:of|from|getting|receiving))? (?!spam (?:texts|calls|messages|mails)\b)"
    rf"{_WHICH}{{0,4}}{MEDIA}",
    rf"(?:{_I_WANT}|{_HOW}) (?:{_UNSUBSCRIBE}|opt out)"
    rf"(?: (?:from|of) (?:this|these|it|them|here|you))?{_END}",
    rf"(?:(?!unsubscribed)(?:{_UNSUBSCRIBE}) (?:{_ME}|my {_NUMBER})(?: out)?|opt (?:{_ME}|my"
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

# Because of our messages: wherever in a clause it stands.
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
    r"|\b(?:i am|im|i will|ill|going to|gonna|i have|ive) block(?:ing|ed)? (?:you|this number"
    r"|your number|this)\b|^blocking (?:you|this number)"
    r"|\bno longer (?:has|uses|owns) this (?:number|phone)"
)

# Said of calls, mails or contact altogether: by whatever channel it is said, no other may go on.
STOP_ALL_ENGLISH = english(
    rf"{_STOP} (?:contacting|calling|phoning|ringing|emailing|mailing|bothering|harassing"
    rf"|pestering|disturbing|annoying|bugging)(?: {_ME}|{_END}| {_AGAIN})",
    rf"{_STOP} (?:with )?{_WHICH}{{0,3}}(?:calls|phone calls|emails?|mails?){_END}",
    rf"{_NOT} (?:contact|disturb|harass)(?: (?:{_ME}|{_AGAIN})|{_END})",
    rf"{_NOT} (?:bother|annoy|pester|bug) {_ME}",
    rf"never (?:ever )?(?:contact|text|message|bother|disturb|write to) {_ME}(?= *$)",
    rf"never (?:contact|call|phone|ring|e ?mail|mail|bother)(?: {_ME})? {_AGAIN}",
    rf"(?:do not|dont) (?:ever )?(?:call|phone|ring|e ?mail|mail|write to) {_ME}"
    rf"(?: {_AGAIN}| (?:at|on|about|for|in|during|while)|{_END})",
    rf"no (?:more|further) (?:calls|phone calls|contact|emails?|mails?){_END}",
    rf"{_I_DO_NOT_WANT} to be (?:contacted|called|phoned|bothered|disturbed|texted|messaged)",
    rf"{_I_DO_NOT_WANT} you to (?:contact|call|phone|text|message) {_ME}",
    rf"{_I_DO_NOT_WANT} (?:any )?(?:more )?(?:calls|emails?){_END}",
    rf"(?:remove|take|delete|get|erase|drop|strike|wipe) (?:{_ME[3:-1]}|my (?:name|email"
    r"|address|details|contact))"
    r" (?:from|off|out of)(?: (?:this|that|the|your|all|of|any))*"
    r" (?:(?!waiting|priority)\w+ )?(?:lists?|database|system|records?)",
    rf"(?:remove|delete|erase|forget|lose) (?:{_ME[3:-1]}|my (?:name|email|address|details"
    rf"|contact)){_END}",
    rf"leave {_ME} (?:off|out of) {_WHICH}{{0,3}}(?:{MEDIA}|{_LISTS})",
    rf"(?:take|get) {_ME} off(?: (?:this|it|that))?{_END}",
    r"leave (?:me|us) (?:the \w+ )?(?:alone|in peace|be)",
    r"lose my number",
    r"(?:i )?(?:hereby )?(?:revoke|withdraw) (?:my |all )?(?:consent|permission)",
    rf"(?:unsubscribe|opt) {_ME} (?:out )?(?:from|of) (?:all|everything)",
)

_MEDIA_ZH = (
    r"(?:垃圾|骚扰|营销|推广|广告|调查|评价|回访|满意度|问卷|推送|通知)?"
    r"(?:短信息|短信|短讯|信息|消息|讯息|简讯|问卷|调查|回访|广告|推送|通知|东西|玩意儿?|链接|评价"
    r"|满意度|sms|message|text)(?:服务|功能|业务|提醒|通知)?"
)
_WHICH_ZH = (
    r"(?:这种|这类|这些|这个|这样的|此类|任何|你们的|你们|贵司的?|该|本|什么|那么多|那些|呢啲|那啲"
    r"|垃圾"
    r"|破|的){0,3}"
)
_STRONG_ZH = (
    r"(?:不要|别|请勿|勿|莫|禁止|停止|不想|不希望|不愿意|不准|不许|拒绝|甭|少|不接受|谢绝"
    r"|不好再|咪再|咪|stop|dont)"
)
_NOT_ZH = (
    r"(?:不要|别|不用|不必|请勿|勿|莫|禁止|停止|不想|不希望|不需要|不愿意|不准|不许|拒绝|甭"
    r"|少|无需|无须|没有?必要|不接受|谢绝|不欢迎|不再(?=接|收|订|想|需)|不好(?=再|烦|打|发|send"
    r"|call|找"
    r"|骚|传|联|给)|咪再|咪|stop|dont|nomore)"
)
_AGAIN_ZH = r"(?:再|继续|老是|老|总是|总|一直|天天|每天|反复|乱){0,2}"
_ME_ZH = (
    r"(?:给我们|给我|向我|跟我|[向往给对][本此该](?:手机)?号码?|[到往](?:我|这)(?:这儿?|那儿?|里|边|手机|个|号码?|卡|上){0,3}|对我"
    r"|给本人|给老子"
    r"|给俺|给咱|给人家|给这个号码)"
)
SEND_ZH = r"(?:发送|推送|群发|发(?![生票现货烧觉布])|传|send|寄|text|message|msg|sms)"
_START_ZH = (
    r"(?:^|(?<=[请但求就])|(?<=就是)|(?<=希望)|(?<=意见是)"
    rf"|(?<=麻烦))(?:\d{{1,2}}分?)?{ZH_POLITE}{{0,6}}"
)
_AWAY_ZH = (
    r"(?:滚|滚开|滚蛋|滚吧|滚粗|滚远点|滚犊子|滚一边去|走开|去死|去死吧|闭嘴|一边去"
    r"|有多远滚多远|死远点|离我远点|滚出去|快滚|赶紧滚|都滚|滚你妈的?|滚你大爷的?|死开|行开|收皮)"
)

_UNWANTED_ZH = (
    r"(?:垃圾|骚扰|营销|推广|广告|调查|评价|回访|满意度|问卷|推送|通知|服务){0,2}(?:短信息|短信"
    r"|短讯"
    r"|信息|消息|讯息|简讯|问卷|调查|回访|广告|推送)"
)

STOP_CHINESE = re.compile(
    rf"{_START_ZH}(?:"
    rf"{_NOT_ZH}{_AGAIN_ZH}{_ME_ZH}?{_AGAIN_ZH}{SEND_ZH}{_ME_ZH}?"
    rf"(?:{_WHICH_ZH}{_MEDIA_ZH}(?:过来|来)?|过来|来|给我|我|me|这些|那些|这个|这种|这类"
    rf"|此类)?{_ME_ZH}?(?:打扰|骚扰|烦)?(?:我|我们"
    rf"|人)?{ZH_END}"
    rf"|{_WHICH_ZH}{_MEDIA_ZH}(?:就|都|也|请|能不能|可不可以|可否|能否|能|可以"
    rf"|麻烦){{0,2}}{_NOT_ZH}{_AGAIN_ZH}{_ME_ZH}?{SEND_ZH}{_ME_ZH}?{ZH_END}"
    rf"|{_NOT_ZH}{_AGAIN_ZH}(?:收到|接收|接受|看到|看见|来){_WHICH_ZH}{_MEDIA_ZH}{ZH_END}"
    rf"|{_NOT_ZH}{_AGAIN_ZH}(?:收到|接收|收){_WHICH_ZH}{ZH_END}"
    rf"|(?:怎么|如何|怎样|咋)(?:才能|可以|能|才)?不再?(?:收到?"
    rf"|接收){_WHICH_ZH}(?:{_MEDIA_ZH})?{ZH_END}"
    rf"|{_NOT_ZH}{_AGAIN_ZH}(?:进行|做|任何|你们的?|你们再)?(?:回访|短信|问卷|调查|推送"
    rf"|广告){ZH_END}"
    r"|(?:怎么|如何|怎样)?(?:才能)?(?!屏蔽(?:垃圾|骚扰))(?:拒收|拒绝接收|拒绝接受|屏蔽|退订|退定"
    r"|取消订阅|取消"
    r"|关闭|关掉|停掉|unsubscribe)"
    rf"(?:掉)?{_WHICH_ZH}{_MEDIA_ZH}{ZH_END}"
    r"|(?:怎么|如何|怎样)?(?:才能)?(?:退订|退定|拒收|取消订阅|unsubscribe|unsub"
    rf"|optout|stop){{1,3}}(?:掉|我|一下)?(?:这个|这些|它)?"
    rf"(?:\d{{1,2}}分?)?{ZH_END}"
    rf"|(?:回复?)?(?:td|t退订|td退订){ZH_END}"
    rf"|{_NOT_ZH}(?:再)?(?:这种|这类|这些|此类|任何|你们的|垃圾|骚扰|营销)(?:的)?(?:垃圾"
    rf"|骚扰)?(?:短信息?|信息|消息|简讯|讯息|问卷|调查|回访|推送){ZH_END}"
    r"|(?:停发|停推|(?:停止|取消|终止|关闭|中止)(?:发送|推送|传送|寄送|群发|发布|接收"
    rf"|骚扰|传讯))(?:{_WHICH_ZH}{_MEDIA_ZH})?(?:给我)?{ZH_END}"
    rf"|(?:td|t)退订{_WHICH_ZH}{_MEDIA_ZH}{ZH_END}|\d{{1,2}}分?(?:td?){ZH_END}"
    rf"|{_NOT_ZH}{_AGAIN_ZH}(?:收到|接收|接受|参加|参与|要|需要|想要|看到)?(?:这种|这类|这些"
    r"|此类|任何"
    rf"|你们的?|一切|所有|类似|这个|什么)(?:的)?{_UNWANTED_ZH}{ZH_END}"
    rf"|(?:开通|设置?为?|设成|开启|加入|申请)(?:短信)?(?:免打扰|勿扰)(?:名单|模式)?{ZH_END}"
    rf"|(?:消停|适可而止|打住|歇歇)(?:点|会儿?|一下|一点|行不)?{ZH_END}"
    r"|停止(?:吧|谢谢|好吗)?$|取消(?:我的|这个|该)订阅"
    rf"|{_AWAY_ZH}{ZH_END}"
    r"|(?:别|不要)(?:再|老是?|总是?|一直|天天|反复|来){1,2}问(?:我|了|来|这个)*$"
    rf"|{_WHICH_ZH}{_MEDIA_ZH}(?:就|都|也|请)?(?:不用|不必|别|不要)再?来?(?:找|联系|问|叫"
    rf"|烦)我{ZH_END}"
    rf"|(?:免打扰|勿扰){ZH_END}|(?:关|停)[了掉]{_WHICH_ZH}{_MEDIA_ZH}{ZH_END}"
    rf"|{_NOT_ZH}{_AGAIN_ZH}(?:问|来问|追问)(?:我|我们)?了{ZH_END}|(?:别|不要|不用|别再"
    r"|不要再)(?:老是|老|总|总是|一直|再)?(?:让|叫|要)我(?:们)?(?:评价|打分|评分|填"
    rf"|回复){ZH_END}"
    r")"
)
STOP_ALL_CHINESE = re.compile(
    rf"{_START_ZH}(?:"
    rf"(?:{_STRONG_ZH}|(?:不用|不必|不需要|无需)再){_AGAIN_ZH}{_ME_ZH}?{_AGAIN_ZH}"
    r"(?:(?:联系|联络|打扰|骚扰|烦|吵|纠缠|找|来烦|来打扰|spam|bother|disturb|harass)(?:我们"
    r"|我|本人"
    r"|人)(?:的?(?:正常)?(?:生活|休息|睡觉|工作))?|被(?:打扰|骚扰"
    rf"|联系|烦)|联系|联络|打扰|骚扰|烦|吵){ZH_END}"
    r"|(?:不要|别|勿|莫|不准|不许|停止|禁止|拒绝|少)(?:再|继续|老是|老|总是|总|一直|天天"
    rf"|每天){{0,2}}{_ME_ZH}?"
    rf"(?:再)?(?:打来|打过来|拨打|打|来)(?:骚扰)?(?:电话|邮件)(?:来|过来)?{_ME_ZH}?(?:了"
    rf"|{ZH_END})(?<!别打电话)"
    r"(?<!不要打电话)"
    rf"|(?:不要|别|不好|咪)(?:再(?:给我)?打(?:过来|来)?|(?:给我)?打了){ZH_END}"
    rf"|{_NOT_ZH}{_AGAIN_ZH}{_ME_ZH}?(?:发送|发)(?:{_WHICH_ZH})邮件{ZH_END}"
    rf"|请?勿再?(?:打)?扰{ZH_END}|(?:请)?(?:移除|删除|删掉|移出)我(?:的|们的)?(?:手机号码"
    rf"|电话号码|手机号|号码|电话|资料|信息|名字|联系方式|个人信息|记录)?{ZH_END}|移出名单{ZH_END}"
    r"|(?:把|将)(?:我|本人)拉黑(?:吧|好了)?$"
    r"|(?<!你们)(?:把|将)(?:(?:我|本人)的?(?:手机号码|电话号码|手机号|号码|电话|名字|邮箱|信息)?"
    r"|(?:这|此|该)个?(?:手机|电话)?号码?)(?:给)?(?:从(?!.{0,4}黑名单).{0,12}|退订|取消订阅)?"
    rf"(?:删除|删掉|删了|移除|移出(?!黑)|去掉|剔除|除名|(?<=退订)了?|(?<=取消订阅)了?).{{0,6}}$"
    rf"|(?:(?:把|将)(?:我|本人)(?:的号码?)?)?移出(?!黑)[^,]{{1,12}}(?:名单|列表|名册|群发)(?:里"
    rf"|中)?{ZH_END}"
    rf"|(?:名单|列表|系统)(?:里|中|上)?(?:请|把|将|就)?(?:去掉|删掉|删除|移除|剔除)(?:我|本人"
    rf"|我的号码?)"
    rf"{ZH_END}|(?:退掉|退了){_WHICH_ZH}{_MEDIA_ZH}{ZH_END}"
    rf"|从.{{1,10}}(?:删除|移除|去掉|删掉|除名)(?:我|本人|我的号码?|这个号码?){ZH_END}"
    rf"|(?:我)?(?:撤回|撤销|收回)(?:我的)?(?:同意|授权){ZH_END}"
    r")"
)
# What comes next if we send again: read over clauses, since a mark may part it.
_CONTACT_ZH = (
    rf"(?:{SEND_ZH}(?:一?[条个次封遍])?(?:短信|信息|消息|简讯|过来|来|这种|这些)?|骚扰|打扰"
    r"|打电话|打过来|打来"
    r"|烦|来短信|来电话)"
)
THREAT_CHINESE = re.compile(
    rf"(?:再|还敢|继续|还){_ME_ZH}?{_CONTACT_ZH}(?:我|给我|来)?(?:了|的话)?(?:(?:我|就|老子"
    rf"|立刻|马上|直接|一定|小心|信不信){{1,3}}.{{0,4}}|(?<!电话)(?<!信息)(?<!短信))"
    r"(?:报警|举报|投诉|检举|拉黑|起诉|告你|告你们|屏蔽|找你们|不客气|骂人|工信部|12321|试试|报案)"
)
