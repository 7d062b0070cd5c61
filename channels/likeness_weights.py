"""Holds how much each piece of a text speaks for a stop, by the labelled replies."""

LEARNED_FROM = "066c0fc985eef668"
"""The tables' digest; `python -m tests.replies.learn` writes this file anew, nobody else does."""

BIAS = -12
"""What a text weighs before a word of it is read, in tenths of a logit."""

_LINES = """\
-41,5$
-26,有~$,等
-25,钱
-23,网
-22,修,^~服
-21, of the, engineers,客服, does, start,包
-20,|~5, when,^~ does,我~打
-19,4$,好了,号~|,|是,扣, bill,复|
-18,^ my,断,机$
-17,5,10,意$,一~$,那,管, engineer, internet,账, it was,没退,回复|, price,拖, contract,包$
-17, my~ in
-16,4~$,只,好$,样~$,^~傅, came, was,信号,餐,9, had to,^~ start,不~退, on~ phone, cant~$
-15,4,3,2,满意$,评$,挺,^好,说,约,^师,^师傅,|~个,等了,慢,费,^~动,|~ for,7,网~$, since, pay
-15, updates,^ do i
-14,^~5,分$,8,^~意,怎~$,转, router,真,^~ if, time$,有人,套餐,恢,恢复, reply,|~ to,| this,次$
-14,不了,^~机,拖了, cancel my,^~系, charge,发票, cutting,里~了,月$, prices, paying,稳
-13,五,傅$,师傅$,不~$,挺~的, good,合,得,是~意,月,次~$, on, fixed, and~$,|~一,迟,迟到,6,好|, wait
-13, fix,我老,费$,快,网$,解, billing,复, back,排, outages,解~$,|没, late, rang, him, waiting
-13, on the phone, add on,了~的,气,游,之, i~ text
-12,$,^,^~3, satisfied,时,晚,这~分,修~$,|2,^~到,^本, making,^ it,业,套,套餐$,餐$,停机, working
-12, phone me,说~$, me on, auto, network,难, weeks,态,态度, got~$, late$, the phone,成,家~人,^问
-12, i~ texts, not receiving, data~$,排队,队,^ on,|~ one,充
-11,^~4,2分$,两, stars$,^~ say, rating~$,^~10, full,^ full,师,一般,般,^就,没, not~ the,宽,时~$
-11,问题,题, minutes,线,了三,您,师~我,^ the,账单,能~$,|~接,^ no|,络,转~$,我~个,给~个,^~望,|您,稍
-11,稍后,看~$,网了$,说$, work,发~短, old, waiting~$, bills,拦, told me, who~$, scam,骗,和
-11, auto~$, through,^ contact,订单,电话就,真~$, well,是~不
-10,1,|5$,价, a5, a~ from,^$,意~$,|4,差,差$,^服, too,么不, we, the,^~2,小,宽带, was~$, support
-10,流,问题$,题$,单~了, line, what,修~了,理,值,钱$, never~$, no|,进,打~个,|~回, ring, call me, b
-10,楚,清楚,不~我,^希,^希望,话~打, billing~$,^ a,也不, they,重, not~ any,^~ stopped, to~ my
-10, contract$, plan, please~ the, stop the, outage, my old, tomorrow, roaming,订~包,截,拦截
-10,来人, charging, charging me,^~成, lying, stop~ my,^~ receiving,^~ charge, i~ spam,话就
-10, dropped,额,慢了
-9,^4,2$,3分$,1分$,星, stars, rating,^满,傅,师傅,^~的,^~以,地,^服务, happy, bad,是~$,时~了,1~|
-9,没人,早,装,号~的,天~来,因, nice,多,门,速,员, ten,|~修,话~我, he, on~$, time,货,断~$,还是
-9,再~你, do i, end of, cant, wont,复~|,彩,彩铃,铃,回电,电$,了我,收~|, would~$,怪,50, problem
-9,不了$, came$, fixed$, signal, slow, staff,^~ billing,这次,面, me off, my contract, dont stop
-9,^ they, paper,停电,量,信~么,证,我~块, wrong$,不~短,^~ engineers,^~ charging,^~ roaming,催
-9,^~之,行|, overcharging, stop overcharging,^~ overcharging,我~下,答,功,^ send
-8,四,给~分,^打,^~吧,一~|,两~$, five, is,|1,^~ of,^ one,师~$,常,^ very, satisfied$,很~$,^还,极
-8,^~务,^~很,^没, great,^网,15,个~$,修好,改, took,公, speed,你~|,哦,^~让,|~还,好了$,走~$,小~$
-8, man,人~我,等~$,^ when, me~ this,机, t恤,恤,不停, the end,决,解决,格,卡,^ can,^~ cancel,^订
-8,^~恢, call$,会,^~解,动,短~收, to you, received, with no,6~$,全, easy, hard, sorted,又~$,坏了
-8,道,呢$, c,^~费, charged,便, tell, tell~$,^ take,^~ didnt,我~黑, send~ again, it stopped
-8, outages~$, from the, remove the, dont~ the, i~ get,流量,头,^客,^客服,没~到,一次,证码,验
-8,验~码,验证,验证码,不到, better, calls$,3~人, same,^~ lying,收费,失, he~$,^ stop overcharging
-8,们~给,|~ this, cancelled, fee,发货,起$,再~价
-7,3$,1分, a,^~ give, two,8分,^ thanks,^满意,行,可~$,务,极了, too~$,是,^~ good, a~$, wouldnt
-7,了~分,^修,^~评,单,^~单,来~给,为, the engineer, internet$,个~好,到~$,^~客,1|, excellent, app
-7, to~|, if i,^谢谢,坏,视,不~就, refund,傅~我,说要,货$,年,^~ came,断网, new,^~问, works,^~修
-7, by,麻, none,业务,慢~$,^~扣, engineer~$, when~$, my bill,|2$,营,预, i~ the,复$,恢~$,^订阅
-7,^ start, did,人工,^ call, ring me, good~$, to call, monday,说好, reply|,| your,9~$,器,^7
-7, recommend,推荐,荐,应,9分,^~里,容易, on hold, resolved,断了,^有, problems,决~$, down,高,不~单
-7, then,30, is this, these~ please,你~$, the~ stop, broadband, my~ the, the~ my, on~|, he~ me
-7, nobody~ me, tomorrow$, the router,^~ cant, issues, he~ to, to~ the, unsubscribe~ the,派
-7,^~ because, if~$, last~$,|2分, bill~$,的~了, voicemail,^~ by,换~$,打不,金,发~通,^~ what,不出
-7, lying$,返, sim,^~骗,别的,^~前,^刚,我~那
-6,1$,分,给,打~分,3~$,^~星,星$,我~$,我给, its,^ its, give~$,4~5,100,10$,^8,五~$,十, full~$,非常
-6,|3,|3分,通$,分~意,好,^完,比,圾,垃,垃圾,^~死,^~么, so,用$,点~不,不能, at all, it~$, i~ call,诉
-6,前,下,差评,工单,报的,10~$,20, because, only,掉线,45,换了,0$,上门,速~$,12,路, visit,^1|,分~不
-6,太~了,没好,人来,家,慢$,就~分, fix it, for a,感,二,^~度,忘,^ why, best, yes,多$,中,帮,麻烦
-6,发~信,里, remove~ from, unsubscribe from,^别再,信~我,套~$,^~ end,^ end of, difficult, wont~$
-6,^~ that,预约,恢复$,^~络, help, nobody~$, thanks for, yesterday,工$,给~打,回~话,我回,请~电
-6, me at, back$,打给, an, dropping,话|,结,动~|,动~复,动回,动回复,自,自~回,自~复,自动回
-6, your message, nine,^已经, anyone, price$,搞~$, hold, resolved$,搞好,^~ problems,坏~$,^~断
-6, no$,知~$, nothing,件,故障,络~$,障,贵, fault,挂, know,报修, ticket, skip, work$,那个, off~$
-6, him~$, service~$,要退,不用再,用再,^~联, i need, my contract$,^~ get,停~了,弄$,总,旧,新~$
-6,快递,由,由器,路~器,路由,路由器,没收,没收到,^停电, engineer$, ask,|~ weeks,上~好,老~|
-6, getting~$, see,^ you never,^ remove the,挂~话,占,去$, here~$, drops, tv, phone me$, gets
-6, work~$,没~系, were,过了,^ thank,以前,暂, buffering,^ have,人~用
-5,^5$,^1,给~$,4分$,^~们,^~|,我~5,^三,三~$,^ five, will, out of,^100,^五, star,^~般,^~不,常~$
-5,|~ you, dissatisfied,|4$,不错,赞,烂,样$, perfect,^~ with,^~ so, awful, terrible,不~|,^ not
-5, worse,不上,说不,^~得,5|,没~$,分钟,是~了,钟,了~是,天,带~了,了~个,就~好, without, wifi, maybe
-5,^~话,|~1,网速,打~|,按,错了$,^10,1~不,^6,还没,人来$, wait~$, come, i get,搞定,要~分, for~$
-5,在~$, g,时$,我~在,^账,^账单,^ you,思,意思,为~么,为什,为什么,几,^ is, yes$,猫,到~的,收~你
-5,收到你, please~ me,太慢,^~时,我~退,退钱, the~ is, bill$,9$,地~$,我想,^ can i,^~阅,网络, yes~$
-5,^ help, nobody, yesterday$,我~电,我打电,给我打,|~打, ring~$, call me$,^ call me,打给我,回~电
-5, not fixed,有|,没有|,^ b,回电$, an~$, dropping$,分~用,接$,^~会,电了,^ still, calls,急,请联
-5,请联系, later, until, got, driving,9|,^~推,^~ would, but~$,经~了,八,11, the price,容,^难
-5, option,|~决,上~了,再断,^~ working,又,坏了$,线$,^ no$,^~ still, ok$, fixed~$,^换,光,光猫
-5, should, box, the~ was,^ c,态~好, price~$,^ internet,装~$,^ all,账~$,^上, i had, the~ i
-5, dont~ to, want to,们~不, plan$, day,^~ contract, sent, spam calls, on$,扰~话,扰电,扰电话
-5,骚~电,骚~话,骚扰电,地址,址,成~$,听, brilliant, lol,^~ price,^~几,骗~$, yet,其,实,|解,|解决
-5, ask~$, you never,傅~了, someone~ me, talk, router$,门$,黑~单,黑名,黑名单,金$, he was
-5, it~ fixed,^~ getting, four, called me,推销, the tv,涨,音,不~信, since~$,占~$,出来
-4,^5,^四,3分,2分,给~们,给你们,分吧,^一,|谢,|谢谢, say, a~ me, five$,^ two,|10,五分,^十, thanks
-4,^一般,意~分,^~ satisfied, neutral, dissatisfied$,样,^差,服,错$,超,么~$, good$, so~$,^ so
-4, worst,^~ service,^~太,太~$,得~$,都~$,^~ bad,^不是,^~都,^~什, happy$,^~ happy, not~ all,^~ at
-4, call,2~|,到,了3,|打,得~|,望,弄,心,天$,工,|1分,线~$,^~多,^ engineer,正, ten$,|修,呵,^ great
-4, right,^ yeah,今天,话费, fix~$,就好,楼,在,快$,^~钱,个~傅,个师,个师傅,了一,扣~$,晚上,好~人
-4,^~ here, poor,价$,最,修好了,^对,对, by~$,|~次,扰~$,帮我,^~别,不想再,想再,的短,给我$,^帮
-4,|~ not,乱,^什,^什么,候,时候,师~来,了~没,扣~了,^~ never, to cancel,取~了,取消了,消了,解~了
-4, that,改~$,业厅,营~厅,营业,营业厅,移机, working~$,是$,助, help$,人工$, please call
-4, please call me, keeps, manager, to~ to,一~没,开~|,您~|,您好,您好|,车, get~ to, later$
-4,^~ reply,7~$, b$, im driving,^ im driving,^~ driving,7$,^~6,7|,七, likely, likely$,已经,经
-4,^ zero,^~7, pm, who,^~易,^~ easy,^嗯,嗯,决$,解决$,未~$,经~$, its~$,还~来, havent,^ nothing
-4,断$,费~$, installation,^ slow,^ staff,贵$,^态,^态度,度~$, slow$, internet~$,宽带$,隔,^~态,跑
-4,账单$, the~|,修$,是~的,没~见,^~ from, down~$, thanks~$, done,要退订,你~别,我不系, you~ a,号$
-4,量包$,扣费,来修,^总,傅~$, average, better$, told me to, lol$, rate, want~ to,三天,就给,给~5
-4,价格,^看,^~ yet,^~ problem, then~$, not$,^~ ok,了网, everything, from my,停~费,^~发票,我~到
-4,|下,友, before,^无,哪里,哈,写,^~ time,事$,不开,不开$, tv~$, charge$,涨价,啥,方便, can~ call
-3,^3,^1$,选,选~$,颗~$,颗星,颗星$, five~$, id~$, my~ is,|1$, from me, from me$,8~$,分~|,分~分
-3,分~给,满~$,五星, one~$,^~谢,5~常,5~满,5非,5非常, very,很~意,很满,很满意,^比,还,|一,么,怎么
-3,^ good, bad$, useless, ok, ok~$,用,以~$, fine,^~是,上,分~4,给4,给4分,没~好, a5$,都没,了~5
-3,小时,|就,了~天,但,好了|,网~了,希,希望,特,特别,^~号,电,^~月,^等,修好$,给3,10分,^~ engineer
-3, days,| the,^~五,多~$,^12, first,错了,说~了,|~正,^0$,6$,修~|, yeah,果,天~$,第,电~$,^ he
-3,^ it was,^~速,^网速,^是,^ yes,^ yes$,发短,发短信,^~ again,^ wrong,程,么~候,么时,么时候,什~候
-3,什~时,什么时,傅来,师傅来,厅,话$, start~$,到$,^ help$,^~工,给~电,给我回, ring me$,^~ difficult
-3, hour,^~用, twice,^自,^自动,您的,处,处理,^ your,来|,看,8$,^~8,^7|,^七,可能,会~$,推荐$,荐$
-3,| no,傅~分,师~分,^ network,7分$,容~$,^~难,难$, easy$, difficult$,^太,^ easy,已解,^~ resolved
-3,苦,辛,辛苦, working$,没修,没修好,|还,有~决,有解,有解决, nothing~$,^换了, c$,故,络~障,络故
-3,络故障,网~故,网~障,网络故,移机$,态~$,服~度,^~ internet,带$,新,壁,隔壁, agent,不~网,|~来, than
-3,的~餐,的套,的套餐,^上次,上次,^~ did, i~ you,不~要,了~要,^ the engineer, i cant,^~ took,么办
-3,怎~办,怎么办,停机$,信号$,字,^~快,收~到,收不,收不到,续, long,^ excellent,^ maybe, says,^~ than
-3,好~5,明天,5 g, yet$, i~ on,个~来,那~傅,那~师,那个师,那~$, say$,^ four,师~|,五颗星,上~点,办理
-3,刚, didnt~$, while,办~$
-2,^2,5~$,^~分,给你,^~颗,颗,分吧$,一分, is~$,^~ is,^~ a,5~5,5 stars$,8|,|10$,^~满,^五分,满分
-2,^~常,常~满,常不,非~不,非常不,很,很好,比较,较,太,^可, not~$,一点,5~|,|~4, very satisfied$
-2, very~$,^~ very, at, the~$,次,就~了,点~$,带,^工,2|,^~电,|~天,3~|,|~等,^ fixed,才~$,^5|,|~2
-2,^~想,|~3,^0,^~ i,电~没,电视,修~好,好~分,^~说,就好了, it~ a,^~ was,易$,|~到,^麻, texting~$
-2,^ please, my bill$,是不,电话$,开, me back,回个,回个电, to~ a,用~$,我~开,我正,正~开,正在
-2,正在开,|~的,理$,^9,^~9,不~能,不可能,10分$,|~服, hours, zero,^~慢,^~经,了再,容易$,^容,^容易
-2,^~容,^已解,已~决,已解决,未,辛~$,^搞,^~又, still~$,^收到,期,决了$,^~ down,觉得,|~机,网~慢,|~月
-2,|~有, but the, contact~$, didnt, cancel~$,要~订,停~号,机~号,差评$,5~ the, than~$,太~意,太满
-2,太满意,下午,午,师~了,月~$,朋,朋友,|网,到我,的~是,|~码,|回
-1,^我,三, three,1~5,分满,^非,很好$,好~$,^~较,^比较,较~$,了$,^ ok,不~很,不是很,是很,没~满,意的
-1,没~不,满~的,满意的, at~$,了两,了|,半,了~钟,网~|,下~点,等~天,^2|,了~人,钟$,到~分,2~3,想~5,修了
-1,了半,没~来,的~$,5 if,说~5,|~常,3个,3天,^~没,哪,^修好,没好$, i dont,^~ fixed,^你,还~不,有~|
-1,请~回,人接,^好了,|稍,|稍后,好|我,您~我, auto reply, has,可能$,完全,^9分,^10分,|非,|非常,单$
-1,不~易,没网,务态,务态度,服~态,服务态,宽~$,的~分,扣了, last,次~分, stopped, is not,叫~给,有点
-1,午~点, then~ again,其实,过$,^您好,降,^~荐,有~吗,销,|~件
1,^给,|,^~非,^~ be,止~$, call~$,知,^5 stars, to~$,^~打, if,得很,我~意, get~$, no~$,^~再,再打
1,|~后,|~我,了~好, phone~$, am,任, or~$,易~$,|~ the,才~|,^~ already, you~ stop, to stop,关闭
1, getting,好~就
2,们,你们,|~给,|~意,^~错,^1分,|就是,报~|,|~|,我就,^~ you, opt out$,这~信,这~短,^以,不~收
2,^ remove, text~$,错~了,解~|,^ dont,我~话,系~$,有$,用~|,点$,回复,接收,^ im,^ delete,^~ these
2,^ im not, to say,需,需要,发送,要再传,好再, send$,皮,|~勿,|请勿, on~ ill
3,^~$,1~$, please$,^~ please,完,服务,错~$,没有,一~不,上~$,不~再,后,修|,来了|,的~|,|~电,问~了,终
3,必,|~要,要~$,信, have~$,^~ me,回~$,取,拒,^~短,我~报,这个短,退~个,要再发,了~别,|~再,黑,移,移~$
3,讯$, these messages$, stop it$, text me again, its fixed, your,了~不,^~师, can,^~ your,不用
3,^ out,^ out of, away,^~ but,^~ more, as, sending~$, my number$, no more texts,^~ texts, any
3,^~ text, these texts$, im going, you to,^ never, lost,^~ surveys,^请停,请~发,请停止,^给我
3,不好再,事~|,被,调~$, the~ no,分|退
4,5分$,3|,^3|,不,不满意,死~$, it$, with,这~$,不~不,意~不,满~不,知$,通知$,话, was~|, and,我~了
4,信~$,短~$,^不好,我$,取~阅,取消,消~阅,消订阅,^拒,拒收, opt,不~打,要再打,^~扰,我~订,信了,短~了
4,短信了,了|别,信息,再给我,意见,你~的,信|,短信|,收~$,短~不,简~$, number~$,^~ my, me alone
4,^ leave,^~ want, text me, text~ again,^~ stop,^~ remove, do,^~ pls,了|我,号码,我~机,人了
4, never, you~ the, stop~ you,^ dont call,不~回, this number,|~联, i~ out,已~$,^~定,人|,次|,定$
4, up~$,了~了,^~子,了吧$,了还, take, take me off,^~ this,|~ texting, dont send, i~ opt
4, stop please$,报了,请~止,我~码,何~$,后~我,再发$,来~我,绝,^够,推送$, send~$,|不好,我~你
4, make~ stop,找~人,不~到,^~才,退$,不~一,本~$,边,现~不,调查$,开$,我停,够~$, part~$,啲
5,^~你,^4|,|5分,^~可,以,^~ not, in,就是,通知,^~0,了不, again, wrong,^~我,^~一,一~就,请,第~次
5,^~住,以后,走,^~ have, no, now$,系,^取,^取消,订阅,阅$, td~$,^ opt out, all$,不要再,要~打,报警
5,警,我~这,^以后,后~发,烦|,|以,|以后,不~发,^~从,从名,从名单,息,问了,再发了,别再发,再给,们~信
5,举~$,不想收,想收, leave, leave me alone, me alone$, quit~$, messaging me$, im not, your~$,过
5,人了$,|~好, the~ the,^~复, phone, no~ to,好~电,用~了,个~都, this number$,很~|, phone$, up,子
5,一~了,^收,整, as~$,的|,意见$,查$, kind, please stop, take me, want~$, do not text, not text
5, i~ up, up~ this,^ wrong person,^~ lost, surveys|, text$, stop please,|~ my,不需,不需要,些
5,发送$,请停,^推,^~勿,勿再,^勿,^~滚,户,回访$,访$,条,一天,信~|,提醒,|烦,传~$,不~传,要~传,要~电
5,好~来,找~$,^~ thanks, have been, last time,^~ someone,^下,^从,好吗,好吗$,0分,^0分, enough~$
5, my data,拉~$,停止$, block~$,^号, my phone$,给~停,给我停,消$,又~|, im~ do,的~我, ill~$,^号码
5,^~ unsubscribed
6,能,评价, give,很差,非~$,^~ it,不~满,本, all~$,^~ the, not~|,人~$,个,了~$,评~$,人$,去,问,打~了
6,打错,不想, again$,退,要~|, gave,住,发~$, asking,^退订,退订,^~退,^~烦,种,这种,|别发,掉$,烦我$
6,|别再,别再给,想~收,想再收,^怎,简, leave~ alone,^ stop it, messaging me,|~ stop,^ how, pls$
6, wrong number$,不~主,^~报,取~$,联系, please~$,清~$, dont call,打了,本人, this is,^ this
6, message,有~人,信~了,^ make,^~已,了吧,|~都,没~意, delete, delete~$,不~他, take~ off
6, remove me$, more texts, receive, up for, i~ consent, to~ these, and ill,| stop$, go,^ get
6,我了,我了$,码~$,将我,发~|,以不,可以不,^够了,天~发,天天发,短讯,找我$, sms~$,^ dont send,^~ spam
6,屏,打~吧, a customer, stop~ please,^~ am,调,调查,^快,订|,退订|,止$,^回复,差|, blocked, end it
6,|取,都~好,谢绝,吗|,说一
7,5分,打~$,2~$,|~$,吧,谢, me, me$, not,再~了,不好$, in~$,到~|,了~|,把,别,别~$,号,电话,来~|,错~|
7, make, wrong~$,话~就, gave you,短信,^~ on,评分,阅,收,信$,短信$, cancel, opt~$,不要,打~我,^再
7,烦,烦~|,再发短,别~我,再问,别再,别~给,短~|,简讯, leave me, anymore$, dont, i~ these, quit~ me
7, messaging~$, please remove, again and, and i, me~ and, fuck~$, customer, im,了~我,我不是
7,没~过,停~$,请~打,联,费~|,了好, blocking, blocking~$,不~看, never~ me,推~$,^已,^~完,不行
7, one~ the,都说,^ ive, last~|, do~ text,^ do, i never, person$,^ pls, spam, the texts$
7, with the, already, get lost, lost$,^ get lost, more$, sms$, block me,^ block me,^~ messages
7, john, and stop,完~完,送$,删了,手,打扰$,远,^打错,错~吧,换~了,我~价,一条,你~发,退~|,关,别~信
7,天天,再~讯,讯~$,^~开,不~ send, doesnt, died,^~ survey, where, not~ anymore,^~同,同,屏蔽,蔽
7,啦~$,|取消,离, no~ here, us,关~$, already$,回~5,^~清,到~电, else~$, the~ has
8,我~分, you,死,还~|,下次,报,才,换,^~ and,傅~|,三次,电~都, get,这个,^~ one, my number, here,^~订
8,订,^ unsubscribe$, opt out, stop|,骚,骚扰,^~后,别~了,再~短,不~问,信息$,发~息,要~了,再~到,举报
8,拉,|不, sending, stop sending, alone,^ leave me, want, stop it, and~ me, me again, me again$
8, me out,^~ texting,|~ me, from~ list, remove me, fuck,^ fuck,^ wrong number,号~了,是~主,我~清
8,^ stop texting,| dont,已, give~ a,^~带, no more,^~ no,去~$, ive, priya, from your, no~ texts
8, do not, this~ my, wrong person$, stop texting$, keep texting, message$, get lost$, not~ me
8, said~$,完没,完没完,有~完,有完,有完没,没完,送~$,请勿,别来,滚~$,这~码,^~拉,再 send$,找我, karo
8,^~ karo,你$, dont~ any, deactivate,^~ sms,^ knock,^ reported,老人,放,^~锁,封~$,分~退
8, no contact,|~消, a~ to, can$, for~ day,关掉, avoid,^点, you not, reassigned
9, please,这,说~不,^~ all,回,少,|~不,^如,^~ number,么~的,5~好,什~$, now,消,拒收$,^ stop|,别发
9,|别,从,名单, alone$, anymore,| now, me from, pls,别~短,^~ unsubscribe,我~是,机主,停止, end
9,^~次, stop texting,没用,^ this is,^~ message, give it, give it a, or,^老,好多, more,将
9, remove~$, no~ of, wish, contact, dont message, text me$, wrong person, got the, got the wrong
9, got~ wrong, to be, next, cease~$, f, away$, go~$, to stop$, consent$, my consent,有~没,来烦
9,^~绝,别~系,说了,^停$,^收皮,收皮, knock,^ give, not~ phone, contact$, reporting you, youre
9,不~访,同意,^~黑,封,封锁,锁, st~$,|停,^ dnd, the messages, unsubscribed, can~ not,此~$
9, someone else, pack
10, be,都不,^说,个人$, on the,掉,短, survey,再~$,好~给,退订$,^ unsubscribe, optout$,^ optout$
10,^~骚,删,名,再收到,再传,除, these texts, dont~ me, texting me$, stop messaging, me~ list
10, unsubscribe~$, send, not~ customer,你~错,错人了,停,^停,别打,此, it a,^~ up,不行$, my~ your
10, kindly,^ kindly, im~ to, to the,^ enough, desist,^~ desist,任何,免,天发,求,^~ td,^~皮, mat
10, mat~$, my phone,从~到, consent~$, here$, a~ of, reporting you to, reported$,^ spam,登, of my
10, blocked$, else,^~ u,网~还,^ discontinue,^ blocked, halt,^ halt,^ st
11,^~ out,^~这,再,不好,李, times,^~ wanted,有~个, number,拒~$, revoke$,^ revoke,^ revoke$,再~我
11,扰,|~发,别发了,以~不,要~短,息$,拉黑,再~就, messages$, stop~ these, text,| stop, this$
11, wrong number,^ end, the wrong, people$,给~了, quit$, these$, texts$, wish to,^~ contact
11,^~ person, this isnt,^ this isnt, reporting~ to, disturb,号~人,够,| remove,^谁,^~蔽,^ reply
11, her$,^ blocked$,这~不,^打住,打住,入
12,我,不是,点,止,|~错, wanted, if you,讯,记,^ t$, stopall, stopall$,^ stopall,^ stopall$, revoke
12,发这,再~信,烦我,再收,我不, messages, dont text,主,查,^ quit$, message~$, person, surveys$
12, report,^~ spamming, the texts,^ cease,^~ disturb,何,勿~$,删~我, st, want~ from,分~订,^去
12, feedback
13,你,啦,^~ t,^ would,问~$,退~$,^ td$,^ cancel, stop~$, optout,^ optout, quit,^ quit, messaging
13, this, off, number$, her, off your, off~ list, no more$,接~$,够了, remove$, your survey
13,^ unsub, sarah, live, hear, disturb$, once$
14,^ t,收$, cancel$,^ stop,滚$,举,传, dont~ again,^ stop$, spam$, no~ please, stop asking,送,勿
14,发|,了~发,推送,^ end$
15,订$, out$, stop,发了$,再发, spamming,错人,好~我, goes, me~ your, texting$,^ go,扰$,回访,访
15,可~不,还发,^求, dnd, reported, it in
16, u, out,发,度,^ td,^ cancel$,^滚, these~$, list$,^~ off,再 send,呢, enough, cease,放过, end$
16, discontinue, i object, object
17,^退,发$, t$,别~发,想~到, texts,闭
18, td$,停$, unsub
19,|~了,要~发, remove, list, off$
20, td, texting,嘴
21,发了, surveys
22, unsubscribe$, these
24, t, consent, sms
28,滚
29, stop$
30, unsubscribe"""

WEIGHTS = {
    piece: int(weight)
    for weight, *pieces in (line.split(",") for line in _LINES.splitlines())
    for piece in pieces
}
"""Weights of the features of `channels.likeness`, in tenths of a logit."""
