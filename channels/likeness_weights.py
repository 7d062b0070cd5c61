"""Holds how much each piece of a text speaks for a stop, by the labelled replies."""

LEARNED_FROM = "217da4ea37324e3c"
"""The tables' digest; `python -m tests.replies.learn` writes this file anew, nobody else does."""

BIAS = -12
"""What a text weighs before a word of it is read, in tenths of a logit."""

_LINES = """\
-31,5$
-26,修
-25,有~$,钱
-23,等
-22,^~服,包
-21,网, does
-20,|2
-19,好了,客服, when
-18,5,那, was, engineers,扣, start
-17,意$,断,拖,^~ does
-16,4~$,^ my,满意$,管, came, engineer, bill,解~$,不~退
-15,4,3,10,一~$,等了,号~|,迟到,信号,没退,9,回复|,复|,网~$,不了, cant~$,里~了, updates,^ do i
-14,4$,只,1分$,好$,说,约,|~个, fixed,迟,慢,^~ if, time$,有人,餐,恢,恢复, reply,|~ for,机$, him
-14, contract, dont~ stop, charge,包$, my~ in
-13,^~5,分$,^~3, full,^ full,^~意,评$,^好,月,时~$, internet, and~$,|~5,|是,费,我老,费$,值,套
-13,套餐, auto, to you, outages,|没, since,^~系,发票,^ on, cutting,我~打, i~ text, paying
-12,$,^,2,^~ say,8,五,傅$,师,师傅$,挺~的,地, good,样~$,是~意,宽, on,好|,流,快,^ it,网$,停机
-12, had to,解, working,^~ start, back,^~动,次$, late,拖了, cancel my, late$, waiting, paper
-12,|~ one
-11,不~$,^服,怎~$,合, not~ the, the,晚,宽带,线, router,6,了三, making,账单,^ when, never~$
-11, billing,复,说~$,稍后,7, price,重,^~机, rang,^~ stopped, pay, please~ the, stop the, my old
-11, waiting~$, add on,停电,订~包, who~$,骗,^问, auto~$,^ contact, he~$, dropped,月$, well
-10,2分$,^~吧, rating~$,^$,傅,师傅,意~$, satisfied,|4,差,差$,^服务,得,这样,没,^~傅,^师,^师傅,小
-10,早,装,修好,次~$,问题,题, wait, fix, he,账,^~ was,能~$,业,套餐$,餐$,钱$, cant,回电, phone me
-10,|~ is,我~个,排,^~望,稍,|~ to, billing~$,看~$, network,网了$,说$, work, got~$, outage, caller
-10, old, dont stop, the phone, tomorrow,流量,量,了~的,信~么,气, charging, charging me, stop~ my
-10, through,^~ charge,话就,排队,队, overcharging, prices,慢了,我~下, to contact
-9,2$,1,四, stars, stars$, rating,|1,^~10,^满, full~$,^~的,挺,吧|,^~务, too, we,时,没人,^网
-9,这~分,转,修~$,改,^~到, on~$, time,^ the,单~了, it was, what,理,|2$, no|, wont,^ no|,进,彩
-9,彩铃,铃, i~ the,恢~$,络, call me,给~个,了我,楚,清楚, me on,不~我,^希,^希望,信~到, reply|,^ a
-9,断了, signal, weeks, they, me off, not~ any, contract$, from the, roaming,^客,^客服,截,拦
-9,拦截,来人,成,没~到,一次,发不,我~块,和,^~ engineers,^~ charging, lying, i~ texts, i~ spam,订单
-9,电话就, stop overcharging,^~ overcharging,功,稳
-8,给~分,^~4, a,^~ of,常,一般,般, satisfied$,很~$,极, happy, bad,^~很,^没,是~$, great, a~$,前,单
-8, nice, was~$,多,门, support,打~|,^本, ten,视,话~我,说要,问题$,题$,好了$,货,走~$,小~$,断~$
-8,^~度,价$, works, by,|~接,帮,麻, me~ this,慢~$,套~$,款, when~$,卡,^ can,^订,转~$,我回, ring
-8, me at, b,电$, an, monday,^~解,收~|, received,^~里,难, easy,50, sorted,^~断, came$,^~费,态
-8,态度,^~ billing,人~不,这次,那个, off~$,^ take, him~$, to~ my, my contract, plan, day~$
-8, on~ phone, i~ get, tomorrow$,头,证,^停电, better, calls$,家~人,老~|,^~成, bill~$, wrong$
-8,不~短,^~ lying,^~ roaming,收费,失, tv,^ stop overcharging, paying for,答,是~不,充, stop~ it
-8,^ send
-7,给~$,星, five, a5,^ one,非常,^满意,好,^还,^~以,可~$,^就,是, it~$, i~ call,^~2,^~评,^~单,报的
-7,10~$, of the, took,个~好,速,公,员, app, to~|,分~不,您,真,|~修,坏,哦,不~就, refund,^~让, for a
-7,^~ came,断网,最, are you,修~了, yes,^~修,|~次,麻烦,收~你, none, remove~ from, do i,机,业务
-7,不停, end of, the end, my bill,地~$,决,解决,预, every,^~ cancel,复$,^订阅,^ start,^~人,|~回
-7,回~话,请~电,|~打, call$,^ call, ring me, good~$, dropping,结,我正,短~收, office, out~ office
-7,器,全,9分$, resolved, problem, problems,又~$,坏了,不了$, fixed$,知~$, c, the~|,便, tell
-7, tell~$,面, add,发~短,你~别,我~黑, i need, outages~$, remove the, dont~ the,^ they,^~ cant
-7, he~ to, will it,停~了,了我的,成~$,没收,没收到,证码,验,验~码,验证,验证码, ask, if~$, same
-7, voicemail,换~$, lying$,|~ this, cancelled, fee,过了,别的,占~$
-6,^4,3$,1$,打~分,3分,^~们,^~|,|5$,价,我给, is,^ its,^~ give, out of, two,100,10$,五~$,^ thanks
-6,师~$,^ very,|满,行,极了,^~死,^~么, so,用$,不能,说不,^~得,^~ good,没~$,了~分,时~了,诉,^修
-6,了~天,下,15,工,工单,来~去, the engineer, because, only, wifi,掉线,换了, maybe,^~客,12
-6, excellent,错了$,1~不, if i,没好,人来,^谢谢,搞定,|~没,在~$,我~在, man,人~我, line, new,为~么
-6,为什,为什么,还是,等~$, best, coming,对,多$,发~信,收到你, i dont want, please~ me,我~退
-6, engineer~$, wont~$, never stop, that, that~$,预约,^~恢, did,^~络, help, nobody~$, thanks for
-6, yesterday,人工,工$, to call,说好,会,动~|,动~复,动回,动回复,开~|,自~回,自~复,自动回, free
-6, your message, driving,^7, recommend, would~$,推荐,荐,经~了, anyone,容易, hard,搞~$, on hold
-6,再断,^有,^~ working, down,|还, nothing,呢$,度~$,挂,账~$,账单$,修$, skip,^~ from, work$
-6, dont~ to,^~ didnt, is this, do i stop, i stop,要退,^~联,烦~了,们~不, send~ again, broadband
-6, day, the~ my,^~ contacted, spam calls,派,信~差,旧,由,由器,路~器,路由,路由器,不到, scam
-6, last~$,|2分,骗~$, getting~$, see,^~ by,打不,挂~话,黑~单,黑名,黑名单,^~ what, here~$,们~给,返
-6, work~$, sim,^~骗,发货,^ have,打~们,打扰你,扰你,扰你们
-5,^1,分,给,4分$,我~$,两,^ five, give~$, will,^8,|10,^五,分~给,8分,十, star,^~不,常~$,|3,通$
-5, dissatisfied,|4$,很~意,比,圾,垃,垃圾,务,怎么,^~ so, awful,^~太,太,不~|,得~$, too~$,^ not
-5, worse,^~是,不给, at all,5|, call,到,是~了,个~$,了~个,电,天~来,|1分,为,10分, minutes,20,|~ a
-5, internet$,45,0$,|~1,上门, visit,1|,正,^6,^ if,太~了,分~满,还没,家,就~分, fix it, come, for~$
-5,在,感,二,时$,^ you, order,思,意思,^ yes,|给5,猫,后~再,不想再,想再,^别再,信~我,|~ not,了~没
-5,退钱,^~扣,^~ end, month, the~ is,^ end of, bill$, difficult,营,格,打~个, working~$, start~$
-5,网络, yesterday$,我打电,给~打,给我打, ring~$, call me$,^ call me, back$,打给,打给我,回~电
-5,打个,^ b, keeps, an~$, dropping$,一~没,用~$,^~会,^ still, calls,|您,动,请联,请联系,号~不
-5,码~不, get~ to, later,| your,9~$, got, im driving,^ im driving,^~ driving,7$,6~$,^~ would,应
-5,9分,经,^ zero,11, price$,也不, hold, resolved$,经~$, its~$,^~ problems,还~来,^~ still,道,^换
-5,光,光猫, the~ was,^ c,络~$, slow,高,装~$,^ all, know,|~来,是~的, ticket,没~见, thanks~$
-5, how~ stop, want to, service~$,要退订,不用再,用再,人了|, the~ stop, my contract$, ever~$
-5, sent, issues,弄$,总,新~$,快递,5~不, brilliant, told me, want~ to, yet,呀$, ask~$,^ you never
-5, someone~ me, talk, from my,^ remove the,金,金$,去$, drops,友, it~ fixed, phone me$,不出,哈
-5, called me,^ thank,以前, buffering,出来,扰~们
-4,^5,^5$,^3,2分,1分,^~星,星$,我~5,^三,三~$,一~|,分|, say, my~ is, score, a~ me, its, five$
-4, three,^ two,^100,8~$,五分,^十,^~谢,^~般, very,^~ satisfied, neutral, dissatisfied$,很满
-4,很满意,^完,|一,^差,服,不错,超,烂,么, perfect, good$,^~ with, so~$, worst, terrible,太~$, ok~$
-4, fine,^~什, happy$, very~$, not~ all,^~ at,2~|,小时,就~了,|打,分钟,钟,天,好了|,网~了,弄,带~了
-4,^~月,|~天,号~的,来~给, days, without,线~$,才~$,^~多,网速,速~$,路, speed,说~了,按,^1|,^10,^0
-4, ten$,呵,慢$,^ great, fix~$, you~ it,让,要~分,意~满,天~$, g,快$,年,扣~$,^账,^账单,^ he,发错
-4,^~还,^~问,几,哪, yes$,中, by~$,扰~$,帮我,发短,发短信,到~的,^~ fixed, unsubscribe from,给我$
-4,^帮,^ wrong,乱,太慢,9$, to cancel,取~了,取消了,消了,^~ that,改~$,厅,我想,恢~了,恢复了, yes~$
-4,助, help$,^ help, nobody,^ thanks for,人工$,我~电, ring me$, please call,回电$,电话|,您$,您~|
-4,您好,您好|,自,您的, later$, until,9|, likely, likely$,^~推, but~$,已经, who, the price,容
-4,^~ easy,^ easy,^嗯,嗯,决$,解决$,上~了, problem~$,^~ fix,坏~$,坏了$,决~$,线$, no$,^ no$,|还是
-4, ok$, broken, fixed~$, should,|~断,故障,障,贵, staff,态~好, network$, price~$, internet~$,新
-4, agent,^上,马, i had, the~ i, then, done, cancel~$,^ cancel my,你~$,了~要, want~ my, plan$
-4,^~ contract, you~ a, nobody~ me,^~ get, dont want to,机~号,停机$,扣费,信号$,^总,扰~话,扰电
-4,扰电话,骚~电,骚~话,骚扰电, engineer$, long, average, better$, told me to,^~ because, lol
-4, weeks~$, rate,^~ last, rude,^~ price,就给,^~几,度~|,给~5,意~5,满~5,^~ problem, not$,其,实
-4, you never,傅~了, no~ from,停~费,门$,^~发票,^~诉,我~到,行|, before,^无,|网,^~ time, four,额
-4,不开,不开$, charge$,涨,涨价,不~信,^刚, ill~5, can~ call, your~ is
-3,^1$,^四,^~分,给你,选~$,分吧,^一,|谢,|谢谢,一分, five~$,|1$, from me, from me$,^~满,分~分,满~$
-3,五星, thanks,^一般,分~意,么~$,^ good,^ so, useless,^~ service, ok,用,都~$, not~$,^~ bad,^不是
-3,^~都,不~4,^~ happy, a5$,了两,次,了~5,了3,管$,但,但是,天|,希,希望,望,心,特,特别,天$,差评,等~天
-3,^~号,^等,修好$,就~好,^~ engineer,到~$,^~五,多~$,服~分,^12,错了,|~正,^~想,^0$,零,6$,^~ i,|修
-3,人来$,你~|, wait~$, right, yeah,^ yeah,今天,话费,师~我,^~说,4~意,我~想,分~好,楼,^~钱,个~傅
-3,个师,个师傅,了一,了~小,上~网,好~发, poor,最~$,^是,^修好,修好了,^对,再~你,程,^什,^什么,师~来
-3,^~ never, my bill$,^~决,复~|,业厅,营~厅,营业,营业厅,话$,^网络,^ help$,^~工,给我回
-3, please call me,人~给,有|,没有|, manager, to~ a,分~用,上~|,^自,^自动,后~您,开会,我正在,正~开
-3,正在开,^~ reply,7~$,处,处理,理$, b$,^ your,来|,^9,8$,九,七,10分$,|~服,|客,|客服, zero,| no,八
-3,^ network, pm,容~$,^~易,^~难,难$, easy$, difficult$,^难,^太,未,未~$, working$,没修,没修好
-3,还~修, havent, nothing~$,^ nothing,断$,费~$,务~度,务态,务态度,服~度,服~态,服务态,^~ internet
-3,贵$,^态,^态度,^~态,跑,不~网,报修, than,^ will,不~要,你们$, on~|, i cant,^~ took,保号,停~保
-3,停机保,机保,机保号,字,收~到,收不,收不到,傅~$,续,合~$,^ excellent,^~ than,到5,三天,好~5,分是
-3,|4分,^看, yet$,^~ yet, i~ on,止~费,个~来,那~傅,那~师,那个师,及时,不通,分给,0|,^~ better
-3,^ four,事$,打~开,打不开,啥,的~是,兆,^~前,|~9,方便, didnt~$,机~|
-2,3分$,选,^~颗,颗,分吧$,两~$, is~$,^~ is,5 stars$,|~ stars,|10$,^五分,五分$,分~|,满分, one~$
-2,意~分,^ satisfied,很好,^比,还,赞, bad$,^可, be~$,一点,上,5~|,没~好,^~ very, at,没来,都没
-2,了~是,点~$,^工,^等了,^ fixed,^5|,^~话,|~3,到|, i~ to,^~家,个~没,电~没,修~好,好~分,就好,第
-2,^ no,^ what,^ is,易$,给1,给1分,^~要, i dont, texting~$,^ please,^~ again,^你,我没,乱扣,么~候
-2,么时,么时候,什~候,什~时,什么时,候,时候,傅来,师傅来,不~断,电话$,给~电, me back,|~上,^~用,^好了
-2,了|不,在开,我~开, auto reply,看,^~8,^~6,^~9,可能,会~$,^~慢,^~7,容易$,^~容,已~决,已解
-2,^~ resolved,^搞,^~又, still~$,不知,决了$,^选,故,态~$, slow$,|~月,出,|~有,两个,的~分,的~餐
-2,的套,的套餐,上次,次~了,次~分, contact~$, didnt, end~$,们$,^~ calls,^~快,差评$, than~$,午~点
-2,5 g,好~好,我~不,师~了,很~时,之前,^~ getting
-1,^2,5~$,5星,^我,^~价,评,颗~$,颗星,颗星$,三,^~ a, out~$,满,^五星,^~常,|~师,常~满,常不,常不满
-1,非~不,非常不,很,五星好,星~评,星好,星好评,好的,^~较,^比较,比较,较,较~$,样, service$,没~满
-1,满~的,不~5,|~4,给4,给4分, a4, a4$, call~$,半,了~钟,得~|,网~|,|~傅,耐,带,^~电,3~|,3分|,换~个
-1,到~分,0,|~一,是~是,想~分,想给,来~5,修了,|等,|等了,等~个,|~们,修~|,的~$,来~分,点就,说~5,5~钟
-1,5分钟,^~钟,^扣,是~好,很~5,^ opt,^ i dont,吗$,^ cant,是不,还~不,还是不, for~ hour, still,|稍
-1,|稍后,正在, auto~|,^~全,完全,24,7~|,^好不,^已解,已解决,又,又~了,^收到,有~决,候~$,才~|,扣了
-1, last, stopped,再~网, give5, a~5,说~决,信~很, thank you for, thank~ for,快|,|我是
1,^给, say~$,5 stars,^~非,通,5分|,止~$,了|,知, if,^~没,信~再,^怎么,^ remove,退~了, phone~$,有~|
1,在~|, send message, away,推,任,|这,现在, i want,^ i want, to stop, is not, getting,被
2,1~$,|,|~给,^~ please,可以,错,错~$,一~不,不~不, all,^~ in,了~|,的~|,问~了,必,^~打,次~好,个月
2,我就,^请,请,^这, have, have~$, no~$,回~$,取,再打,打扰,要再,信了,信了$,短信了,不~收,你~的,移~$
2, texts~$,错~了,^ dont,^~回,有$,点$,回复,自动, am, i~ out,^ im, or~$,的|, sending~$, my number$
2, these texts$,^~ already,^~ away,需,需要,停~发,停~送,停止发,止~送,止发,|不要,要再传,^短信
3,^~$,打~$,们,你们,吧$,不,不~意,不满意,完,死~$,不~再,^~ the,|就是,就是,个人,报~|,打~了,|~|,|~要
3,我~意,^~ you,信,^~ me, opt out$,^~扰,这个短,|别发,要再发,了~别,黑,收~$,讯$, these messages, do
3, im not, your,找,^~ your, this number,^~子,^~ more,整, as,没~意,^ delete,|~号, t~$, take~ your
3,^ remove me, no more texts,^~ text, with~ texts, go,^ im not,骚~$,发送,止发送,请停止,骚扰$
3,后~我,^给我,码~人,信~|, send~$,不好再,好再,好~短,再~给,皮,谁,手~$,^号, on~ ill,啲,^号码
4,5分,吧, give,3|,^3|,以, it$,^~ be,意~不, all~$, in,好~|,知$,通知,评~$,修|,来了|,|~电, on the
4,要~$, wrong,^~我,话~就,如,信~$,短~$,^~ have,^不好,意度,满~度,满意度,我$,取~阅,取消,消~阅
4,消订阅,^拒,拒,拒收, opt,^ opt out,要~打,要再打,报警,警,^~烦,我~订,我~这,种,这种,短~了,^~从
4,从名,从名单,信息,|~再,|别再,再发了,别再发,再给,再给我,们~信,想~收,想再收,移,简~$, number~$
4, i~ these,^~ want, text me again, text~$, messaging me$,^~ remove,过, never, you~ the,^~复
4, phone,^ dont call,好~话,用~了, this number$,|~联,已~$,次|,信~了, up~$,子,^~ no,了还,^ number
4, me off your, take, take me off, take~ off, more texts$,^~ texts, any, to~ these,^~ this
4,|~ texting, dont send, surveys|, said stop, stop please$,^请停,发送$,请~止,再发$,来~我,发~人
4,发错人,^~接,以不要,可~要,^够,醒,要~传, send$,我~你,找~$,找我$, you stop,屏, another,^下,0分
4,^0分,事~|,^~ am,不~一,调~$, send me, the~ no,取消$,消$,够~$,的~我,^~被,分|退
5,^给5,2~$,^~你, please$,^~可,非~$,不~满,满~不,下次,通知$,把,别,来~|,来了,^~0, and,打错,了不
5, again,^~一, gave,^~住, no,^~ on, asking,评分,^退订,^取,^取消,订阅,阅$,^~短, td~$, all$,不要再
5,这~信,^以后,|以,不~发,再问,息,举~$,信|,短信|,^怎,不想收,想收,短~不,^我不, sending me
5, stop sending,^~ my, leave, these texts, text me, text~ again, its fixed, messaging me,^~ stop
5,^~ pls, your~$,了~我,我不是,人了,人了$,|~好,清~$, no~ to,好~电,不~回,本人,^ out,^ out of
5, this is, message,^~定,人|,定$, phone$,了~了,好多,了吧$, as~$,|~都, delete,查$, please stop
5, take me, your list, your list$, receive,^ wrong person, you to, and never,^ never, lost, sms$
5, longer, no longer, stop please,|~ my,不需,不需要,我了,我了$,报了,我~码,删了,手,^推,^~勿,^勿
5,户,^打错,绝,回访$,访$,别联,别联系,条,关,提醒,别发短,|烦,传~$,不~传,要~电,^~ thanks, have been
5, last time,^~ someone,分~评,分好,打~吧,^从,调,调查,订|,退订|,不~到,停止$,^回复,|取,现~不,调查$
5,开$, not~ more, my phone$, ill~$,分了,分了$, off~ texting
6,评价,谢,|5分,^~ it, not,本,说~不,再~了, not~|,人~$,后,去,|~就,客, again$,退,一~就,要~|,住,短信
6, now$,^~退,不~打,^再,骚,骚扰,这~短,麻~我,再发短,掉$,烦我$,不~问,了|别,发~息,问了,别~给,别再给
6,简, leave me, leave me alone,^ leave,^ stop it,| now,^ how, pls$,^ wrong number, im,了~不,号码
6,没~过, the~ the,取~$, can,我~话, please~$,费~|,^ stop texting, dont call,了好,打了,^ this
6, never~ me, give~ a,推~$,很~|,^ make, up,不行,了吧,去~$,法, from your, remove me$, more texts
6, want~$, do not text, not text, i~ consent,^ pls, and ill, with the, already,| stop$
6,^~ surveys, text$, said~$, this phone, and stop,请停,码~$,勿再,打扰$,发~|,换~了,我~价,以不
6,可以不,一条,你~发,退~|,别~信,意|不,天~发,天天发,再~讯,短讯,好~来,|不好,找我, for the,好吗
6,好吗$, stop~ please,^ give,^~同,同,拉~$,^快,屏蔽,蔽,放,退$,订~谢,本~$,啦~$, end it, no~ here
6,都~好,给~停,给我停, part~$,^点,信~停, spamming$
7,5分$,能,|~$,我~分, me, me$, you,很差,死,不好$,^~ not,^~ all,别~$,号,电话,报, times,换,^~ and
7,傅~|,不想, get,以后, here,5~好,再~$,退订,阅,收,信$,短信$, cancel, opt out, stop|,不要,打~我
7,别发,后~发,别~我,信息$,别再,再~到,举报,简讯, leave~ alone, anymore$, want, quit~$, messaging~$
7,|~ me, me from, please remove, fuck~$, wrong number$, customer,不~主,了|我,我~是,我~机,^~报
7,停~$,请~打,我吧,已,不~看, give it a,^已,^~完,^~已, one~ the, no more, ive, delete~$, last~|
7, priya, wish, wish to, i never, wrong person, person$, wrong person$, stop texting$, to~ from
7, im going, keep texting, the texts$,^~ these, away$, go away, go~$,^~ lost, consent$,完~完
7,完没完,有~完,有完,有完没,话我,请勿,^~滚,^够了,天天,^~开,再 send$, sms~$,^ dont send,你$,号不
7, a customer, died, dont~ any,^~ sms, where,老人,止$,边, blocked,|取消,谢绝, the messages,^~清
7, for~ day,关掉,到~电,^~ dave
8,还~|,都不,^说, in~$, not a,回,了~$,个人$,掉,少,|~不, make, wrong~$,^如, gave you,^~ one
8, my number,^~ number,发~$, now,^~订,订,^ unsubscribe$, opt~$,^~后,烦~|,再~短,拉, sending
8,^ leave me, dont, and~ me, me again, me again$,^~ texting, stop messaging, from~ list
8, remove me, and i, me~ and, fuck,^ fuck,别~短,你~错,是~主,机主,联,联系,我~清,个~都,没用,| dont
8, blocking, blocking~$,^~ message, give it, it a,不行$,^~带,都说,^ ive,不~他, remove~$, no~ of
8, no~ texts, do not, do~ text,^ do, text me$, this isnt,^ this isnt, message$, enough with
8,^ enough with, cease~$, go away$, get lost,^ get lost, more$, not~ me, john,^~ longer
8, stop asking$,完没,有~没,没完,些,送~$,这~码,^~绝,别~系,说了,^~拉,不~ send, karo,^~ karo
8,^~ spam,^~ consent, my data,^~ survey, not~ anymore,^ reported,^ spam,^~锁,封,封~$,封锁,锁
8,分~退, of my, no contact,离,关~$, already$, hear from,5~退,这~不,^ dnd, you not, halt,^ halt
8, pack
9, please,^~这, be,到~|,^~ wanted,三次,电~都,叫我,么~的,度, are~$,什~$,好~给,拒收$,^ stop|,^~骚
9,烦,以~不,删,名,名单,要~了,再收到,短~|,再传, stop~ these, alone, alone$, anymore, stop it
9, dont~ me, text, me out,^~ unsubscribe,号~了,停,停止,^~次, stop texting,先,^ this is, or,^~ up
9, more, these$, dont message, up~ this, got the, this~ my, next, reporting~ to,^ enough, desist
9,^~ desist, communication,^ get, my consent,^~ messages,这些,送$,免,来烦,滚~$,^停$,讯~$, mat
9, mat~$, doesnt, my phone, deactivate, knock,^ knock, not~ phone, contact$, youre,不~访,同意
9,^~黑,差|,|~消,|停, tuiding, tuiding$,^ tuiding,^ tuiding$, me from your, by~|, unsubscribed
9, avoid
10,^~ out,这,再,李,^ t,人$,才,|~错,短, number,消,^ unsubscribe, optout$,^ optout$,再~我,发这,|别
10,别~了,别发了,从,息$,拉黑,除,我不, texting me$, me~ list, unsubscribe~$, pls, send
10, wrong number,^停, end,^ end,别打,^老,将,给~了, got the wrong, got~ wrong, kindly,^ kindly
10, spam,^~ spamming, block me,^ block me, to stop$, contacted$,别来,求,^~ td,^收皮,收皮,删~我
10,从~到, you people, consent~$, had~ with, reported$,^~蔽, blocked$, st~$, else,^~ u, hear, mr
10,^ discontinue,^ blocked,^打住,打住, can~ not, someone else, it in
11,点,这个, survey,退订$, revoke$,^ revoke,^ revoke$,要~短,烦我,再收,滚$,再~就, messages$
11, messaging,| stop,错人了, the wrong,此,呢,查, quit$,^ quit$, my~ your, texts$, contact
11,^~ contact, person,^~ person, report, f, no more$,任何,号~人,够,天发,| remove, communications
11, a rest, rest, here$,的~方,^谁,屏~$,^ reply, st,^ blocked$,^去,入,^ st
12,啦,不是,止, wanted,^ would,退~$,^ td$,拒~$, stopall, stopall$,^ stopall,^ stopall$, revoke
12, stop~$,扰,再~信, dont text, this, goes, off~ list, message~$, surveys$, to the,^ cease
12, disturb,^~ disturb, stop asking,闭,^~皮, your survey,闭~$, want~ from, disturb$,陈
13,你,我,不好,^~ t,讯,记,^ t$, cancel$,^ stop, optout,^ optout,发了$, this$, off, number$
13, not~ customer,好~我, off your, spam$, the texts,^ go, no~ please,勿,勿~$,可~不,发|,够了,推送
13, remove$,^ unsub,分~订,^ end$, feedback
14, if you,收$,^ cancel,举, messages, these~$, dont~ again, quit,^ quit, spamming,主,^ stop$
14, me~ your, texting$,扰$,何,接~$,还发,收~啦, reported,放过,呢个
15, u, out,有~个,发,^ td, out$,再发,想~到,传,^~ off,错人, her, enough, cease,送, dnd, sarah
16,订$,^ cancel$, stop,^滚, texts,再 send,回访,访,^求,嘴, i object, object
17,^退,问~$,要~发,停$,了~发, end$
18, td$,别~发, remove, unsub, discontinue
19, list, list$, off$
20,|~了,发$, td, t$,发了, texting
21, t,|~发, sms
22, unsubscribe$
23, consent
24, surveys
25,滚
29, unsubscribe, stop$
30, these"""

WEIGHTS = {
    piece: int(weight)
    for weight, *pieces in (line.split(",") for line in _LINES.splitlines())
    for piece in pieces
}
"""Weights of the features of `channels.likeness`, in tenths of a logit."""
