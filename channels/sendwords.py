"""Names our messages, the sending of them, and whom they reach, as people put it."""

MEDIA = (
    r"(?:text messages?|messages?|msgs?|texts?|sms(?:es)?|notifications?|surveys?|questionnaires?"
    r"|reminders?|spam|stuff|crap|shit|rubbish|nonsense|garbage|junk|bullshit|alerts?|things"
    r"|auto(?: ?mat(?:ic|ed))? (?:repl(?:y|ies)|responses?|answers?)"
    r"|feedback (?:forms?|requests?|surveys?|messages?)|(?:message|sms|survey)s? requests?)"
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
ME = r"(?:me|us|this (?:number|phone)|my (?:number|phone|mobile))"

SEND_ZH = r"(?:发送|推送|群发|发(?![生票现货烧觉布])|传|send|寄|text|message|msg|sms)"
ME_ZH = (
    r"(?:给我们|给我|向我|跟我|[向往给对][本此该](?:手机)?号码?|[到往](?:我|这)(?:这儿?|那儿?|里|边|手机|个|号码?|卡|上){0,3}|对我"
    r"|给本人|给老子"
    r"|给俺|给咱|给人家|给这个号码)"
)
