"""Danger: whoever tells of it hears the number to ring before anything else, in the middle of anything."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.effects import TakeConsultation
from bot.flows.hearing import bare
from bot.phrases import danger as words
from bot.phrases import words as common
from bot.state import Library, State, Turn
from channels.messages import Incoming, IncomingKind, Reply

LONGEST = 60
# Of what is long past, what is feared, and what is paid for it afterwards one may ask in peace.
_CALM = re.compile(r"报销|赔|补偿|补助|补贴|保险|理赔|预防|防止|怎么防|咋防|防火|防煤|防洪|防溺|演练|鉴定|评估|证明|罚|责任|去年|前年|上个?月|以前|那年|前几年|培训|知识|宣传|"
                   r"救助金|临时救助|申请|政策|名单|会不会|要是|万一|如果|(?<!害)怕|担心|隐患|重建|能领|没有?(?:着火|失火|塌|中毒|受伤)|管不管|给不给|帮不帮|揭不开锅|症状|原因|治疗|特征|见效|处理措施|喝什么药|病因|什么是|违法|判刑|被抓|拘留|[^受]罪|法律|律师|起诉|抚恤|谣言|后遗症|伤胃|副作用|挂(?:哪|什么|啥|号)|残疾证|电影|电视")
_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple((told, re.compile(signs)) for told, signs in (
    (words.DESPAIR, r"不想活|活不下去|不活了|想死(?!你|我了)|寻死|自杀|寻短见|轻生|要跳(?:楼|河|崖)|想跳(?:楼|河)|上吊|死了算了|割腕|"
                    r"(?:活着|活得|日子)(?:也|都|真|实在)?(?:没|没有|没啥|没什么)(?:啥|什么|个)?(?:意思|意义|盼头|劲)|一了百了|不想活|活够了|死了(?:一?了|干净)"),
    (words.ANGRY, r"我(?:真|都|就|恨不得)*(?:想|要)(?:杀|砍|捅|弄死|打死)(?:了|死)?(?:他|她|人|他们|那|这|村|他家)"),
    (words.POISON, r"(?:喝|吃|误食|误喝|误服|服|吞)(?:了|下|下去|的|上|着)*(?:.{0,4})(?:农药|敌敌畏|百草枯|除草剂|老鼠药|耗子药|毒药|毒蘑菇|药水|消毒液|洁厕|安眠药)|(?:农药|食物|蘑菇|酒精)中毒了?|^中毒了|有人中毒|食物中毒|中了(?:.{0,3})毒|(?:药|安眠药)(?:给|都)?(?:吃|喝)(?:多|错|过量)了?|(?:吃|喝)(?:错|多)了?药"),
    (words.FUMES, r"(?:煤烟|煤气|炭烟|一氧化碳)(?:中毒|打了|打着|熏(?:了|着|倒|晕))|(?:叫|被|让)(?:煤|炉子|炕)烟(?:打|熏)"),
    (words.LEAK, r"(?:煤气|天然气|燃气|液化气|煤气罐|气罐)(?:在|正)?(?:漏|泄漏|泄露|跑气|爆炸)"),
    (words.WATER, r"溺水|落水|(?:掉|跌|滑|摔|落)(?:到|进|下|在)?(?:了)?(?:井|河|水|沟|坑|窖|水库|涝坝|塘|渠|粪池)|(?:娃|人|孩子).{0,4}(?:淹(?:了|着|死|住)|沉下去)"),
    (words.CURRENT, r"触电|(?:叫|被|让)电(?:打|着|击|住)|电着(?:人|了)|电线(?:断|掉|落|着)"),
    (words.QUAKE, r"地震了|正?在?地震|地在摇|房子在?摇"),
    (words.FLOOD, r"(?:发|来|下来)(?:大水|洪水|山洪)|(?:洪水|山洪|大水)(?:来|下来|进|冲|暴发|爆发)|水(?:进|灌|涌)(?:到)?(?:屋|家|院)|被水(?:围|困|冲)|河(?:水)?涨(?:上来|到|了)"),
    (words.COLLAPSE, r"塌方|滑坡|泥石流|山体|山(?:上)?(?:塌|垮|滚)|(?:房子?|屋|墙|窑|窑洞|楼|桥|棚|井|地|炕|路|院子?|坡|崖)(?:都|也|突然|忽然|一下子?)*(?:塌|垮|陷)(?!方)|(?:埋|压|砸)(?:了|住|着|到)(?:个|几个|一个)?(?:人|我|娃)|(?:人|我|娃|孩子|老人)(?:被|叫)?(?:埋|压|砸)(?:了|住|着|在|到)"),
    (words.FIRE, r"着火|起火|失火|火灾|着了火|烧(?:起来|着了|房子)|火(?:大得|烧到|越烧)|(?:山|房|屋|草|柴|林子?)(?:上|里|垛)?(?:都)?着(?:了|起来)|爆炸了"),
    (words.BITTEN, r"(?:狗|疯狗|猫|狼)(?:把|给)?(?:我|人|娃|孩子|老人|他|她)?(?:腿|手|脸)?(?:咬|抓)(?:了|着|伤|到)|(?:叫|被|让)(?:.{0,3})(?:狗|猫|狼)(?:咬|抓)"),
    (words.SCALDED, r"(?:烫|烧)伤(?:了|着)|(?:叫|被|让)?(?:开水|热水|热油|滚水)(?:把.{0,4})?(?:烫|浇|泼)"),
    (words.TRAPPED, r"(?:困|卡|夹|关)在(?:.{0,6})(?:电梯|车里|井里|房里|屋里|山上|洞里|机器|里面|里头)|电梯(?:里)?(?:困|关)(?:了|住|着)?人"),
    (words.SICK, r"晕倒|昏倒|晕过去|昏过去|昏迷|没气了|没有?呼吸|喘不(?:上|过)气|吐血|大出血|流血不止|血止不住|(?:发烧|烧得|娃|孩子|突然|又)(?:都|得|又)?抽(?:了|过去|搐|风)|抽(?:搐|风)|口吐白沫|(?:心口|胸口|胸膛|心脏|肚子|头)(?:疼|痛)(?:得|的)(?!不)|(?:心口|胸口)(?:疼|痛|闷|憋)(?!.{0,6}(?:报销|挂|哪))|我不行了|不省人事|倒在(?:地|院|路|家|床|炕|屋).{0,6}(?:不说话|不动|没动静|不醒|叫不应|起不来)|叫不应|(?:大|流产|下身|下面|一直|老是|鼻子|伤口)(?:了)?(?:在|老|直)?(?:出血|流血)(?:不|止|得|了|$)|中风了?$|突然(?:中风|.{0,4}不能动)|嘴歪|羊水破|要生了|难产|蛇(?:把.{0,4})?咬|叫不醒|"
                 r"快不行了|快死了|要死了|噎(?:住|着)|卡住(?:喉|嗓)|摔(?:断|下来|下去)(?!.{0,8}(?:报|医保))|出车祸|车祸|翻车|(?:撞|轧)(?:了|到|死|着)(?:个|一个)?人"),
    (words.VIOLENCE, r"打人了|打起来了|打架|(?:在|被|叫|往死里|天天|又)(?:人|他|老公|男人|丈夫|儿子|邻居)?(?:毒)?打(?:我|人|了|得|伤)|(?:爸|爹|爹爹|男人|老公|丈夫|掌柜的|汉子|儿子|儿媳|媳妇|婆婆|公公|老板|邻居|后妈|老汉|叔|哥|他|她|有人|村长|支书|书记|主任|干部|城管|他们|老师|同学)(?:老|总|又|天天|经常|一直|正在|在|动手)*(?:打|揍|捶)(?:我|俺|额|咱|我妈|我娘|娃|孩子|人|他妈|老人)(?!电话|个?招呼|工|听|算|扮|针|扫)|挨打|揍我|杀人|砍(?:人|我|了)|动刀|拿着?刀|绑架|强奸|欺负我家娃|出人命|家暴|(?:要|想)杀"),
    (words.LOST, r"(?:娃|孩子|孙子|孙女|儿子|女儿|老人|老汉|奶奶|爷爷|我妈|我爸|我爹|我娘|人)(?:不见|走失|走丢|丢|跑丢|找不(?:着|到|见))了?(?!.{0,4}(?:证|卡|手机|钱|钥匙|户口|折|东西|包))|拐(?:走|卖)|抢孩子"),
    (words.THEFT, r"有贼|遭贼|进贼|有人(?:在|正在|来|又)?(?:偷|抢)|(?:被|叫|让)(?:人|贼)?(?:偷|抢)(?:了|走|去)?|抢劫|(?:牛|羊|车|钱|东西)(?:都)?(?:被|叫|让)(?:人|贼)?(?:偷|抢|牵)"),
    (words.FRAUD, r"(?:被|叫|让)(?:人|他)?骗(?:了|走|去|光)|骗(?:走|了)(?:我|我家|我妈|老人).{0,6}(?:钱|块|万)|(?:钱|卡)(?:被|叫|让)(?:人)?(?:转走|骗|盗刷)|(?:转|汇)(?:了|过去)(?:钱|款).{0,6}(?:骗|假)"),
    (words.FRAUDSTERS, r"(?:冒充|假(?:冒|装)?|自称|说(?:他|她)?是)(?:.{0,6})(?:公安|警察|法院|检察|银行|客服|医保局|社保局|领导|政府|民政).{0,10}(?:(?:转|汇|打)(?:钱|款|账)|验证码)|(?:让|叫|喊|要)(?:我|老人|我妈|我爸)?(?:.{0,4})(?:转|汇)(?:钱|款|账)"
                       r"|(?:让|叫|喊|要|问)(?:我|老人|我妈|我爸)(?:说|给|报|要|告诉|念)?(?:.{0,6})验证码"),
    (words.HELP, r"救命|救救|快来人|出人命"),
))
# To these, and to what is put as a question, the reviewed answer is added where there is one: whom to tell of a road.
_WITH_ANSWER = frozenset({words.COLLAPSE, words.CURRENT})
_QUESTION = re.compile("吗|咋|怎么|哪|谁|政府|公家|补|报")


def take(state: State, incoming: Incoming, library: Library) -> Turn | None:
    """Say whom to ring; what waits goes on waiting, and 人工 would hand on what was said."""
    if incoming.kind not in (IncomingKind.TEXT, IncomingKind.VOICE):
        return None
    told = sign_in(bare(incoming.text))
    if told is None:
        return None
    text = incoming.text.strip()
    if state.awaiting in ("question", "reason"):
        # They were about to tell a person: that is done as well.
        return Turn(replace(state, awaiting="", asked="", rating=""), (Reply(told),), (TakeConsultation(text),))
    replies = [Reply(told)]
    if told in _WITH_ANSWER or _QUESTION.search(text):
        found = library.ask(text, state.division)
        replies += [Reply(common.answered(one)) for one in found.answers[:1] if found.decision == "answer"]
    return Turn(replace(state, asked=text), tuple(replies))


def sign_in(said: str) -> str | None:
    """What is to be said of a danger that a text tells of; None when it tells of none."""
    if not said or len(said) > LONGEST or _CALM.search(said):
        return None
    return next((told for told, signs in _SIGNS if signs.search(said)), None)
