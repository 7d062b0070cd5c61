"""Holds how much each piece of a text speaks for a stop, by the labelled replies."""

LEARNED_FROM = "5228b9018b238501"
"""The tables' digest; `python -m tests.replies.learn` writes this file anew, nobody else does."""

BIAS = -12
"""What a text weighs before a word of it is read, in tenths of a logit."""

_LINES = """\
-36,5$
-26,^~服
-24,有~$,修,钱
-23,网,等,包
-21,^~ does
-20, engineers, when, does
-19,1分$, was,扣,断, start
-18,5,^ my,那,好了, bill,解~$,机$
-17,意$,满意$,一~$,管,号~|,客服,|是,复|,不了
-16,4$,10, came, of the,|2,慢,回复|,网~$,网了$,拖, updates, my~ in
-15,3,4~$,只,好$,吧|,是~意, engineer, internet,|~5, time$,账,餐,没退,9, reply,次$, price,不~退
-15, charge, cant~$,^ do i
-14,4,分$,^~意,评$,挺~的,^好,样~$,约,|~个,等了, on, fixed,迟到,费,我老,信号,解,^~动,|您, auto
-14, him, pay, contract,家~人,发票, cutting,我~打, i~ text, paying
-13,2,8,五,挺, good,晚,次~$,线, and~$,|~一,迟,好|,^~ if,费$,有人,值,套,套餐, billing,|~ to,7
-13, since, late,拖了, cancel my, late$, waiting,了~的,里~了
-12,$,^,^~5,^~3,师,不~$,合,说,问题, router, making, wait,快, it was,^ it,停机, working,恢,恢复
-12,^~ start, back,我~个,排,稍后,|~ for, outages,|没,^~机, rang, on the phone, roaming,包$,拦
-12, who~$, i~ texts, not receiving,队,^ on,|~ one,是~不
-11,1,^~ say, rating~$,^~10, full,^ full, satisfied,|4,差$,地,怎~$,得,没, not~ the, the,宽,宽带
-11,装,这~分,转,月,时~$,题,6,了三, fix,^ the,账单,^~ was,网$,还是,业,套餐$,餐$,钱$, never~$,复
-11, phone me,话~打,稍, billing~$,看~$,难,态,态度,说$, got~$,^~ stopped, please~ the, stop the
-11, outage, waiting~$, on~ phone,订~包,^客服,来人,气,成,骗,^问,^ contact,排队, dropped,月$,稳
-10,2$,^~吧,^$,傅,傅$,师傅,师傅$,一般,般,很~$,差,这样, too, we,小,没人,速,^本,流, what,^ when
-10,能~$, by,理,|~接, cant,|~回,回电,给~个,说~$, me on,^~解,收~|, network,50, problem,决~$, they
-10,重, slow, work, not~ any,发~短,^~系, contract$, caller, from the, my old, old, dont stop
-10, the phone, tomorrow,停电,再~人,信~么,和, auto~$, lying, stop~ my, through,^~ charge
-10, i~ spam,订单,额, prices,慢了, well, to contact
-9,^~4, stars, stars$,师~$,意~$,^~的, happy, bad,是,么不,^~2,^~傅,^师,^师傅,时,^网,早,天~来,修好
-9,改, nice, ten,您,|~修, on~$,货,走~$,修~了, none, end of, had to,|2$,决, wont,^ no|,格,卡,彩
-9,彩铃,打~个,铃, i~ the,络,转~$, b,电$,了我,楚,清楚, an,不~我,^~望,^希,^希望, reply|,^ a
-9, signal,^~费, me off, off~$, him~$, to~ my, my contract,^ they, bills,派, charging
-9, charging me,不~短,^~ engineers,^~ charging,^~ lying, with me$,打不,发~通, tv, overcharging
-9, stop overcharging,^~ overcharging, stop~ prices,我~下,功,^别的
-8,给~分,2分$,星, five, is, rating,|1,^~ of,^满, satisfied$,^还,可~$,^就,^服,^服务,^~很,^没
-8, great, a~$,1~|,^修,号~的,修~$,因,个~好,^~到,多,门, speed,真,你~|,哦, he,说要, for a,问题$
-8,题$,^~ came,人~我, works,帮, do i,机,套~$, t恤,恤,款,地~$,解决, no|,恢~$,^订, ring, call me
-8, not fixed, monday,短~收, received, with no,器,全,9分$,^~里, easy, sorted,又~$, fixed$,知~$
-8, c, staff,^~ billing,便, the last, want to,我~黑, plan, outages~$, i~ get, paper,流量,量,^客
-8,没~到,一次,证, better,我~块,^~成, wrong$,收费,电话就,话就,失, he~$,^ stop overcharging
-8,|~ this,别的,发货, stop~ it,起$,^ send
-7,四,给,3分,价,两, a, a5, two,^ one,^ thanks,^满意,好,比,^~以,极,^~务,是~$, at all,前,^~评,单
-7,^~单,个~$,报的,为, the engineer, minutes, took, internet$,换了,公, support,1|, excellent
-7, to~|, if i,^谢谢,视, time, refund,好了$,元,货$,小~$,单~了, man,断~$,断网,忘,等~$, yes,^~修
-7,麻,再~你, me~ this, remove~ from,业务,慢~$,^~扣, the end, my bill, wont~$,预,^ can,^ can i
-7,^~ cancel,复$,^订阅,^ start, nobody~$,^~人,人工,工$,回~话,我回,请~电,|~打, call$,^ call
-7, ring me, me at, dropping,会,结, to you, your message,^7, recommend,容易,也不, on hold,|~决
-7, resolved,断了, problems,坏了,不了$, came$,道, weeks,不对,高,挂,修$, i had,不~说,人~不,这次
-7, tell, tell~$,^ take, send~ again, my~ the, remove the, dont~ the, ever~$, tomorrow$,^~ cant
-7, change, he~ to, on$,弄$,头,旧,成~$,由,证码,验,验~码,验证,验证码,^停电, ask, calls$,|~ weeks
-7, if~$,老~|,满~5, same, bill~$,^~ by,挂~话,金,去$,行|, here~$,不出, lying$, cancelled, were
-7, fee,答, to me$,再~价
-6,^4,3$,分,给~$,^打,|5$,我给,三~$,一~|,^ its, out of,100,10$,五~$,分~给,十, full~$,常,^~不,常~$
-6,^ very,|4$,^完,行,极了,^~死,^~么,太,不~|,用$, too~$, fine,^~得,^~ good, call,了~分,15,来~给
-6,|1分,10~$,20, because, only, was~$,掉线,上门,网速,12,员, visit,按,^1|, app,分~满,没好,人来,坏
-6,慢$,不~就,话~我,^~让,师~我,|~还, for~$,在~$,感,二,^ you,^~度, line, new,价$,最,^~问, best,^对
-6,猫,麻烦,发~信,不想再,想再,收~你,信~我,我~退,不停, engineer~$,^~ end, when~$,^ end of
-6, difficult, that~$,^~ that,预约, every,^~恢, did,^~络,网络, help,打给, good~$, to call,动~|
-6,动~复,动回,动回复,开~|,自~回,自~复,自动回,请联,请联系, until, automatic,6~$, would~$,^~推
-6,推荐,荐,9分,经~了, anyone, price$, hard,怪,搞~$, hold, option, resolved$,^有,经~$,^~ working
-6,^~ problems, down, nothing,光,呢$,贵, fault,是~的, skip,^~ from, work$,那个,面,^~ didnt
-6, is this,们~不, broadband, i need, day, spam calls, issues,停~了,快递,由器,路~器,路由,路由器
-6,听,没收,没收到,不到, told me to, scam,^~ price,骗~$, getting~$, see,换~$,黑~单,黑名,黑名单
-6,^~ what, it~ fixed, phone me$,们~给,返, work~$, sim,^~骗,^刚,充
-5,1$,^1,4分$,打~分,^~们,^~星,我~$,^~|,^ five, say, its, will,^~ give,^100,^8,^五,|我,8分, star
-5,非常,意~分,|3,通$, dissatisfied,很~意,分~意,圾,垃,垃圾,服,怎么, perfect, good$, so,^~ so
-5, awful, terrible,都~$, worse,根本,不能,分~4,2~|,没~$,时~了,都~人,钟,了~天,天,下,弄,差评,工
-5,工单, without, wifi,45,^~多,0$, maybe,^~客,速~$,打~|,正,错了$,^6,太~了,还没,人来$,家, wait~$
-5,今天, fix it, fix~$, come,搞定,傅~我,楼,快$,年,扣~$,时$,我~在,^账,^账单, order,思,意思,为~么
-5,为什,为什么,几, coming,对,多$,扰~$,后不要,里,到~的, please~ me,^别再,乱,退钱, month, the~ is
-5, bill$,改~$,我想, working~$,^~阅, start~$, nobody, thanks for, yesterday, yesterday$,给~打
-5, ring~$, call me$,打给我,回~电,^ b,回电$, keeps, to~ to, dropping$,说好,用~$,^~会,^ still,动
-5, later, automatic~|,| your,9~$, driving,^~ would,应,|~经,八,11, who, the price,容,^难,决$
-5,解决$,搞好,本没,根~没,根本没,^~断,线$, no$,^~ still, ok$,光猫, should,件, box, the~ was,^ c
-5,故障,络~$,障,态~好, price~$,装~$, charged,账~$,账单$, the~|, know,马, ticket, then,30, done
-5, service~$,你~$,你们$,要退,你~别,^~联,烦~了,我不系, the~ stop, my contract$, plan$
-5,^~ contract, the~ my, he~ me, nobody~ me,^~ get,总,新~$, brilliant,三天,就给,|2分,^~几,给~5
-5,价格, yet, not$,了网, ask~$, you never,^ you never, someone~ me, talk, from my,^ remove the
-5,停~费,止~费,我~到,金$, drops,友, gets,^~ time, what$, four, called me,^~ paper,涨,涨价,过了
-5,^ thank,以前,^ have, your~ is, since~$
-4,^5$,^四,3~$,2分,星$,我~5,^三,^一, is~$, give~$, five$,^ two,8~$,|10,五分,^十,^~谢,^~般, very
-4,^~ satisfied, neutral, dissatisfied$,很满,很满意,|满,^比,^差,务,不错,超,烂,么~$,^ so, worst
-4,太~$, ok~$,得~$,用,^ not,说不, happy$,^~ happy, very~$,5|, it~$,都没,到,小时,分钟,了~是,但,电
-4,就~$,|~ a,| the,到~$,多~$,|~1,路,^~想,^10,^0,1~不,分~不, ten$,呵,^ great, right,电~没,就~分
-4,话费,让,要~分,在, g,^~钱,晚上,^~速,^~还, yes$,^ yes,中, by~$,|~次,帮我,收到你,给我$,^帮
-4,^ wrong,|~ not,太慢,程,^什,^什么,了~没,9$, to cancel,取~了,取消了,消了,业厅,厅,营,营~厅,营业
-4,营业厅,移机, yes~$,助, help$,^ help,^ thanks for,人工$,我~电,我打电,给我打,给我回, ring me$
-4,^ call me, back$,有|,有~|, an~$,一~没, calls,您~|,您好,您好|,自, get~ to, later$,7~$, got
-4,^ your, im driving,^ im driving,^~ driving,7$,9|,七, but~$,^ zero,^~7,^~易,^~ easy,^嗯,嗯
-4,未~$,上~了,再断, its~$,又,坏~$,坏了$,还~来,^ no$,^ nothing, fixed~$,^换,断$,移机$
-4, installation,^~ internet,贵$, network$, internet~$,新,^~态,跑,|~有,^ all,^上,|~来,报修
-4, the~ i,没~见, thanks~$,^ will,们$,要退订, sent, to~ the,号$,扣费,来修,^总,扰~话,扰电,扰电话
-4,骚~电,骚~话,骚扰电,气$,合~$, engineer$, average, better$, told me,^~ because, lol, lol$, rate
-4, last~$,^~ last, want~ to,度~|,再说,^看, yet$,^~ yet,^~ ok,其,实, i~ on,门$, before,^无,哈
-4,就行,就行$, charge$,兆, ill~5,方便, can~ call,出来
-3,^5,^3,^1$,^~分,给你,选,选~$,三,分吧,分吧$,|谢,|谢谢,一分,分|,两~$, five~$, my~ is,|1$, a~ me
-3, from me, from me$,^~ a,4|5,5 stars$,五星, thanks,^一般,常~满,常不,常不满,非~不,非常不,5~满
-3,5非,5非常,比较,较,|一,错$,赞,么,^ good,^~ with, so~$, bad$, useless,^~ service, ok, not~$
-3,^~ bad,^~是,^不是,^~都,^~什, at,^~ at, a5$,了~5,了3,|打,了~钟,是~了,好了|,网~了,望,点~$,|师
-3,|师傅,心,特,特别,天$,带,等~天,2|,^~月,|~天,当,^等,^等了,就~好,^~ engineer, days,线~$,^~五
-3,^~话,网~分,^12, first,^ engineer,说~了,|~正,^0$,6$,^~ i,等~个, job, yeah,^ yeah, when i,傅说
-3,师~说,师傅说,意~满,我打,天~$,第,电~$,个~傅,个师,个师傅,了一,^ he,^网速, poor,最~$,^是,很~5
-3,|~到,给1,^~别,^烦,^~ fixed,^~ again,候,时候,师~来,吗$,是不, that,太~|,电话$,话$,^网络,^ help$
-3,^~工, please call, please call me,^~ bill,^~ difficult, manager,您$,我正,您的,车,^~ reply
-3,| thanks,处,处理, b$,|您的,^9,8$,^~6,可能,给10分,|客,|客服,已经,经,| no,^ network,容~$,^~难
-3,难$, easy$, difficult$,^ hard,^太,^ easy,未~决,未解,未解决,^~ resolved,^~ fix,没修好,|还
-3,还~修,不知, havent, nothing~$,^换了,费~$,|~机,务~度,务态,务态度,服~度,服~态,服务态,^态,^态度
-3,度~好, slow$,宽带$,带$, agent,不~网, than,的~餐,的套,的套餐, i~ you, cancel~$,^ cancel my
-3,不~要,了~要, you~ a, on~|, i cant,么办,怎~办,怎么办,停机$,信号$,^~快,收~到,收不,收不到,傅~$
-3,续,^ excellent,^~ than,好~5,就给5,明天,个~时,个小,个小时, everything,傅~了,个~来,傅来了,那~傅
-3,那~师,那个师,那~$,|下,师~好, he was,哪里,^~ getting,|网,写,^ four,事$,推销,天~断,啥,刚
-3, didnt~$
-2,5~$,3分$,^我,^~颗,颗,颗星,|10$,^~满,^五分,分~|,分~分,满~$, one~$,很,很好,的,^~较,还,了$, it
-2,^~太,^可,没~不,是~分,|~4,^~ very,了两,就~了,希,希望,^工,3~|,了2,10分,4分|,钟$,^ fixed,3~4,|~2
-2,错了,修~|,修~好,好~分,点就,分~就,就好,^ no, it~ a,发错,哪,^ is,^修好,^ yes$,易$,^麻,发短
-2,发短信, i dont,^ please,^你,^~时,么~候,么时,么时候,什~候,什~时,什么时,傅来,师傅来,^~ never
-2, my bill$,不~断,到$,打电,打电话,|~人, me back,回个,回个电, to~ a,^~ back,^好了,服~好,正~开
-2,正在开,理$,来|,看,^~8,^~9,会~$,推荐$,荐$, zero,^~慢,^~经,容易$,^~容,单$,已解,未,^搞, working$
-2,没修,^~又, still~$,期,决了$,^~ down, c$,故,态~$,度~$,1~2,的~分,次~了, but the, end~$,要~订
-2,^最,^~ calls,^~ took,再~线,扣费$,差评$, says, than~$,午,明,5 g,|4分,师~了,月~$,是~得,朋,朋友
-2,打~次,销,上~点,别~断,别再断
-1,1分,颗~$,颗星$,^~ is, out~$,1~5,五分$,分满,^~常,五~评,好~$,星~评,星好评,好的,样, service$
-1,^ ok,满~的,上,5~|,给4,给4分,有不,没~好,没有不,得~|,|~傅,2~3,^5|,1~3,是~是,|~3,到|,想~5,想~分
-1,来~5,1~都,1分都,|等,的~$,来~分,让~5,^~说,说~5,|~常,3个,是~好,没好$,打扰,我没,^ cant,还~不
-1,^~决, still,^自,^自动,|稍,|稍后,好|我,您~我,人~1,7|,^7|,^~全,不~能,不可能,完全,|~服,|已,7分$
-1,|非,|非常,不~易,断了$,已~好,^~题,断线,^收到,又断,又断了,宽~$,扣了,^上次, contact~$, didnt
-1, is not,再断网,断~了,断网了,希~不,希望不,望不,电~太,好~断,下午,午~点,了~块,5~是,分是,说~决
-1,态~差,^您好,^~荐,荐~个,人都,到~没,了~1,门~|
1, say~$,|~分,^~ please,^~非,^~错,就~|,个人, for, to~$,要,次~好,今,我~意,^这,^ opt,再打,后别
1,|~后,们的,你们的, phone~$, am,| i, away,^ im,推,^~网,任,|~ the, last, my number$, ill, to stop
1,|不要,关闭, getting,被
2,们,你们,|,^~ be,一~不,止~$,知,^~打,|~|,我就,^~ you, have, have~$, no~$,系,这个短,|~我,黑
2,^ remove, text~$,有$,点$,回复,自动, or~$,^ delete, sending~$, these texts$, i want,^ i want
2,^~ already,需,需要,请~发,后~用,们~发,要再传, im~$,开$,推~给
3,^~$,|5,吧, give,|~给,啦$,^不满,不,非~$,务~$,错~$,这~$,不~不,^~ the,了~|,后,后~了,的~|,问~了,终
3,必,|~要, had,信,信~$,^~ me,回~$,取, opt out$,^~扰,^以,信了,短信了,了~别,|~再,再给我,不~收,^怎
3,收~$,移,移~$,再~简,讯$, remove my, text me again,^~ stop, do, your,错~了,^ dont,^~ your,^~回
3, this number,^~ but,7分|,^~ more, as,的|, me off your, no more texts, any,^~ text, i~ opt
3,^ im not,请~止,请停止,以不要,可~要,不好再,好再,好~短, send$,事~|,^~才,给~我,调~$, the~ no,消~|
3, on~ ill,的~我,啲
4,5分$,^给,2~$,1~$,^~你,吧$,|5分,不满意,完,死~$,都~来,好~|,知$,通知$,把,个,评~$,报~|,来了|,^~0
4,打错,了不, wrong,如,请,第~次,^~ have, asking,取~阅,取消,消~阅,消订阅,^拒,拒,拒收,^~短, opt
4,要再打,报警,警,^~烦,我~订,我~这,这~信,不~发,短~了,^~从,信息,|别再,再发了,再给,意见,们~信,你~的
4,信|,短信|,短~不,^我不,简~$, these messages,^~ my, me alone,^~ want, stop it$,^~ remove,|我不
4,了~不,|~好, you~ the, stop~ you, phone,^ dont call, no~ to, this number$,|~联,^ out,^ out of
4, i~ out,^~定,网了, up~$,^~子,子,了还,整, delete,查$, take, take me off, more texts$,^~ texts
4,^ wrong person,^~ this,|~ texting, dont send, im going,^ never, go, lost, surveys|
4, stop please$,报了,^请停,发送,后~我,^给我,发~人,发错人,户,^够,要~传, send~$,我~你,^~ thanks
4,^下,0分,^0分, make~ stop,不~到,退$,不~一,现~不, enough$,调查$, send me,^天,^天天,取消$,消$
4,^~现, part~$
5,评价,3|,^3|, please$,^很,的$,以,本,不~再,意~不,满~不, in~$,通知,修|, on the, and,客,我~了
5, again,^~我,话~就,^~一,一~就,要~|,^~住,住,短~$,走, no,^不好,我$,^取,^取消, td~$,^ opt out
5, all$,不~打,要~打,^以后,种,这种,|别发,要再发,从名,从名单,烦我$,息,问了,别再发,别再给,想~收
5,想再收,举~$,不想收,想收, stop sending, leave, leave me alone, me alone$, these texts,^ stop it
5, text me, text~ again, its fixed, messaging me, messaging me$,^ how,^~ pls, customer, im not
5, im~ your, your~$,了~我,号码,人了$, never,取~$,^~复,我~话,好~电,用~了,本人, this is,已~$,次|
5,很~|,定$, phone$,好多,了吧,了吧$,^~ no, as~$,^~三,意见$, kind, please stop, take me, take~ off
5, receive, to~ these,^~ these, text$, stop please,|~ my,不需,不需要,请停,我~码,^推,勿再,^勿
5,来~我,^打错,绝,回访$,访$,信~|,天~发,天天发,不~传,好~来,你~客,找~$,屏, have been,^~ someone,^从
5,^~ am,找~人,订|,退订|,停止$,^回复,本~$,边,^号, my phone$,吗|,够~$,^~被
6,打~$,能,|~$,^~可, it$, not,不~满, in,下次,别,别~$,号,个人$,去, again$, gave,以后, now$,评分
6,^退订,订阅,阅$,信$,短信$, stop|,^再,后~发,|以,|以后,再发短,别~我,了|别,别~给,再~到,短~|,简
6, sending me, leave me, leave~ alone,^ leave, anymore$, i~ these, quit~$, please remove
6, again and, pls$, wrong number$, im,不~主,我~机,人了, the~ the, can, please~$,清~$,个~都,打了
6, give~ a,人|,有~人,信~了,^ make, up,不行,没~意, remove me$, more texts, want~$, do not text
6, not text, i~ consent, you to, and ill, with the,| stop$,^~ lost, it~ you,^~ surveys
6, your surveys, sms$,我了,我了$,话我,码~$,再发$,^~勿,打扰$,我~价,以不,可以不,条,^够了,退~|,关
6,传~$,再~讯,短讯,|不好, you stop, last time,打~吧,号不, a customer, stop~ please,调,调查,拉~$
6,^快,止$, end it,|取, not~ more,^~清, ill~$,^~ unsubscribed, want to be, want~ be
7,5分,谢, me,很差,^~ it,^说,^~ not, not~|,人~$,了~$,|~就,^~ and,打~了, make,不想,三次,退
7, gave you,短信,^~ on,发~$, here,退订,^~退, cancel, opt out,打~我,骚,骚扰,这~短,再~短,掉$,信息$
7,再问,发~息,别再,|不,简讯,^ leave me, dont, want, me again, me again$, messaging~$,| now
7, fuck~$,^ wrong number, wrong~|,号~了,我不是,是~主,^~报,没~过,停~$,^~次,联,费~|,^ stop texting
7, dont call,了好,已,^ this, blocking, blocking~$, message,不~看, never~ me, give it a,推~$,^已
7,^~完,^~已,^~带,去~$, ive,^ ive, delete~$, priya, these$, from your, dont message, i never
7, wrong person, person$, stop texting$,^ pls, to be, keep texting, the texts$, already, away$
7, go away, go~$, said~$, and stop,完~完,完没完,有~完,有完,有完没,删了,手,请勿,别来,^~滚,发~|
7,一条,提醒,别~信,天天,要~电,^~开,不~ send,找我$, sms~$,^ dont send, doesnt,你$,好吗,好吗$, died
7,^~ survey, where,^ give,^ reported,^~同,屏蔽,蔽,啦~$, no contact, blocked,|取消,关~$,谢绝
7, the messages, for~ day, unsubscribed,关掉,到~电,^点,不~陈,不系陈,系陈,|~ fine, else~$
8,我~分, me$, you,死,都不,再~了,不好$,到~|,回,报,来~|,才,少, wrong~$, get,^~ one,什~$, now,再~$
8,好~给,^~订,订,阅,拒收$,收,^ unsubscribe,^ unsubscribe$, opt~$,不要,^~后,举报,黑~$, stop it
8, and~ me, stop messaging,|~ me, from~ list, me from, and i, me~ and, fuck,^ fuck,了|我,我~是
8,^停,请~打,我~清,没用,| dont,^ this is, give it, it a,不行$, one~ the, more, no more,都说,不~他
8, last~|, remove~$, no~ texts, do not, wish, do~ text,^ do, wrong person$, you~ again, next
8, enough with,^ enough with, desist,^~ desist, go away$, get lost,^ get lost, more$, not~ me
8, john,完没,有~没,没完,些,这些,送$,送~$,^~绝,说了,^~拉,讯~$,再 send$, dont~ any,^~ sms, my data
8, not~ anymore,同,老人,放,封~$,差|,|~消,离, no~ here, us,都~好, already$, hear from, avoid
8, you not, reassigned
9, please,还~|,这, be,人$,电话,掉,换,|~不,^如,叫我, my number,^~ number,么~的,5~好, are~$,消
9,^ stop|,再~我,别发,发这,|别,烦~|,名,要~了,再收到,拉,拉黑, sending, alone, alone$, anymore
9, dont~ me, me out,^~ texting, remove me,^~ unsubscribe,你~错,机主,停止,联系, stop texting,此
9, or,^~ up, my~ your, no~ of, wish to, up~ this, text me$, got the, this~ my, im~ to, spam
9, message$,^ enough, cease~$, block me,^ block me, to stop$, consent$, my consent,^~ messages
9,来烦,你~发,求,^停$,找我,^~ spam, deactivate, knock,^ knock,^~ live, a~ of,^ spam, youre,^~黑
9,^~锁,封,封锁,锁,分~退, st~$,|停,这~不,^ dnd,三~|, by~|,此~$
10,^~ out,^~这,说~不,李, times,电~都,有~个,短,这个, survey,退订$, optout$,^ optout$,扰,^~骚,烦
10,别~了,从,删,名单,不~问,再传,除, texting me$, unsubscribe~$, pls, send,别~短,^ end,^老,将
10, contact, got the wrong, got~ wrong, this isnt,^ this isnt, kindly,^ kindly, surveys$,^ get
10,任何,免,滚~$,这~码,别~系,天发,^~ td, my phone,从~到, consent~$, a rest, rest, not~ phone
10, live, here$, contact$, reported$,不~访,同意,^~蔽,屏~$, blocked$, else,^~ u, hear
10,^ discontinue,^ blocked, can~ not,陈, halt,^ halt, someone else,^ st
11,啦,不是,^~ all,傅~|, wanted,^~ wanted, number,记,拒~$, revoke$,^ revoke,^ revoke$,要~短,烦我
11,再收,滚$,我不, messages$, stop~ these, text, messaging, wrong number, not~ customer,错人了,停
11, end, the wrong,别打,^~ message, people$, goes,呢,查, quit$, texts$,^~ contact, person
11,^~ person, report,^~ spamming, f,^~ longer,够,^收皮,收皮,删~我,| remove,^谁,登,^ reply, her$
11,^ blocked$,^去,^打住,打住, pack
12,点,再,不好,止,|~错, if you,^ would,退~$,^ td$, stopall, stopall$,^ stopall,^ stopall$, revoke
12, stop~$,|~发,别发了,再~信,再发,息$, me~ list, this$,给~了,^ quit$, off~ list, to the, disturb
12,^~ disturb,勿~$,号~人,发|,闭, karo,的~方,闭~$, st, disturb$,入
13,你,我,^ t,^~ t,度,讯,^ t$, cancel$, optout,^ optout,以~不,再~就, dont text,| stop, this, off
13, number$,好~我, her,^ stop$, message~$, spam$, reporting~ to, the texts,^ cease,^ go
13, no more$, no~ please,接~$,够了,推送,^~皮,收~啦, your survey,^ unsub, want~ from,^ end$
13, feedback
14,^ cancel,^ stop, messages, dont~ again, quit,^ quit, spamming,^~ off,主,错人, off your
14, texting$,何,勿,还发, remove$, sarah, reported,分~订, it in
15, u,发,收$, out$,举,传, enough, stop asking,可~不
16, out,订$,^ td,^ cancel$, stop,发了$,^滚, these~$, texts,送,扰$,回访,访, dnd,嘴
17,^退,问~$, list$,再 send,停$, me~ your,了~发,放过, end$, discontinue, i object, object
18,发$, td$, t$,要~发,想~到, remove, list, cease,^求, unsub
19,|~了
20, td,别~发, texting, off$
21,发了
22, sms
23, t, unsubscribe$, surveys
24, consent
25,滚
29, stop$
30, unsubscribe
31, these"""

WEIGHTS = {
    piece: int(weight)
    for weight, *pieces in (line.split(",") for line in _LINES.splitlines())
    for piece in pieces
}
"""Weights of the features of `channels.likeness`, in tenths of a logit."""
