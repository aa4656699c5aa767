/**
 * The emoji that are offered, loaded when they are asked for. Each line is the emoji, its name and other words for
 * it, and after the bar the same in Chinese. Any other emoji can still be typed or pasted.
 */

const SMILEYS = `
😀 grinning smile happy|笑脸 开心
😃 smiley happy|笑 高兴
😄 smile happy joy|大笑 高兴
😁 grin teeth|露齿笑 嘻嘻
😆 laughing haha|大笑 哈哈
😅 sweat_smile relief|苦笑 尴尬 汗
😂 joy tears laugh lol|笑哭 哈哈
🤣 rofl rolling laugh|笑翻 打滚
🙂 slightly_smiling|微笑
🙃 upside_down silly|倒脸 无语
😉 wink|眨眼
😊 blush shy|害羞 微笑
😇 innocent angel|天使
🥰 smiling_hearts love|爱 喜欢
😍 heart_eyes love|花痴 喜欢
🤩 star_struck wow|崇拜 星星眼
😘 kissing_heart kiss|飞吻 亲
😋 yum delicious|好吃 美味
😛 tongue|吐舌
😜 winking_tongue crazy|调皮
🤪 zany crazy|疯狂
🤗 hugs|拥抱 抱抱
🤭 giggle oops|捂嘴笑
🤫 shush quiet|嘘 安静
🤔 thinking hmm|思考 想
🤨 raised_eyebrow doubt|怀疑
😐 neutral meh|面无表情
😑 expressionless|无语
😶 no_mouth silent|沉默
😏 smirk|坏笑 得意
😒 unamused|不高兴
🙄 eye_roll|白眼
😬 grimace awkward|尴尬
😌 relieved|放松 安心
😔 pensive sad|沮丧
😪 sleepy|困
😴 sleeping zzz|睡觉
😷 mask sick|口罩 生病
🤒 fever sick|发烧 生病
🤕 hurt bandage|受伤
🤢 nauseated|恶心
🤮 vomiting|吐
🤧 sneezing cold|打喷嚏 感冒
🥵 hot|热
🥶 cold freezing|冷
🥴 woozy|晕
😵 dizzy|头晕
🤯 mind_blown exploding|震惊 脑洞
🤠 cowboy|牛仔
🥳 partying celebrate birthday|派对 庆祝
😎 cool sunglasses|酷 墨镜
🤓 nerd|书呆子
🧐 monocle inspect|端详
😕 confused|困惑
😟 worried|担心
🙁 frowning sad|不开心
😮 open_mouth wow|惊讶 哇
😯 hushed|吃惊
😲 astonished shocked|震惊
😳 flushed|脸红
🥺 pleading please|拜托 可怜
😦 frowning_open|皱眉
😨 fearful|害怕
😰 anxious sweat|焦虑 冷汗
😢 cry sad|哭 难过
😭 sob crying|大哭
😱 scream|尖叫 恐怖
😞 disappointed|失望
😓 downcast sweat|汗 无奈
😩 weary|疲惫
😫 tired|累
🥱 yawn bored|哈欠 无聊
😤 huffing triumph|哼 生气
😡 angry rage|愤怒
😠 mad angry|生气
🤬 cursing|骂人
💀 skull dead|骷髅 笑死
💩 poop|便便
🤡 clown|小丑
👻 ghost|鬼
👽 alien|外星人
🤖 robot bot|机器人
😺 cat_smile|猫 笑
🙈 see_no_evil monkey|不看 猴
🙉 hear_no_evil|不听
🙊 speak_no_evil|不说
`;

const PEOPLE = `
👍 thumbsup +1 yes like good|赞 好 同意
👎 thumbsdown -1 no dislike|踩 不好
👌 ok_hand perfect|好的 没问题
✌️ victory peace|胜利 耶
🤞 crossed_fingers luck|祈祷 好运
🤟 love_you|爱你
🤘 metal rock|摇滚
🤙 call_me|打电话
👈 point_left|左
👉 point_right|右
👆 point_up|上
👇 point_down|下
☝️ index_up|第一
✋ raised_hand stop|举手 停
🖐️ hand five|手掌
👋 wave hello bye hi|你好 再见 挥手
🤚 back_of_hand|手背
👏 clap applause bravo|鼓掌
🙌 raised_hands hooray|欢呼 万岁
👐 open_hands|张手
🤲 palms_up|捧
🤝 handshake deal|握手 合作
🙏 pray thanks please|谢谢 拜托 祈祷
✍️ writing|写字
💪 muscle strong|加油 强壮
🫡 salute|敬礼 收到
🫶 heart_hands love|比心
🤷 shrug|摊手 不知道
🤦 facepalm|捂脸
🙋 raising_hand question|举手 我
🙅 no_gesture|不行
🙆 ok_gesture|可以
🙇 bow sorry thanks|鞠躬 抱歉
💁 tipping_hand|前台
🏃 running|跑步
🚶 walking|走路
💃 dancing|跳舞
🧘 yoga calm|瑜伽 冷静
👀 eyes look|看 围观
👂 ear listen|听
🧠 brain|大脑
👶 baby|宝宝
🧑‍💻 technologist coder developer|程序员
👩‍🏫 teacher|老师
🧑‍🎓 student|学生
🧑‍🍳 cook|厨师
👨‍👩‍👧 family|家庭
👥 people|人们
`;

const HEARTS = `
❤️ heart love|爱心 红心
🧡 orange_heart|橙心
💛 yellow_heart|黄心
💚 green_heart|绿心
💙 blue_heart|蓝心
💜 purple_heart|紫心
🖤 black_heart|黑心
🤍 white_heart|白心
💔 broken_heart|心碎
💕 two_hearts|双心
💖 sparkling_heart|闪心
💯 hundred perfect|满分
💢 anger|怒
💥 boom collision|爆炸
💫 dizzy_star|晕星
💦 sweat_drops|汗水
💬 speech chat|对话
💭 thought|想法
💤 zzz|睡
✨ sparkles|闪亮
⭐ star|星星
🌟 glowing_star|闪星
⚡ zap lightning|闪电
🔥 fire hot|火
🎉 tada party celebrate|庆祝 撒花
🎊 confetti|彩球
🎈 balloon|气球
🎁 gift present|礼物
🎂 birthday cake|生日 蛋糕
🏆 trophy win|奖杯 冠军
🥇 first gold|金牌 第一
🥈 second silver|银牌
🥉 third bronze|铜牌
🏅 medal|奖牌
✅ check done yes|完成 对
☑️ ballot_check|勾选
✔️ heavy_check|勾
❌ x no wrong|错 不
❎ cross|叉
➕ plus|加
➖ minus|减
❓ question|疑问 问号
❗ exclamation|感叹号
‼️ double_exclamation|双感叹号
⚠️ warning|警告 注意
🚫 prohibited forbidden|禁止
⛔ no_entry|禁入
🆗 ok|可以
🆕 new|新
🆘 sos help|求救
🔴 red_circle|红圈
🟡 yellow_circle|黄圈
🟢 green_circle|绿圈
🔵 blue_circle|蓝圈
⚪ white_circle|白圈
⚫ black_circle|黑圈
♻️ recycle|回收
🔁 repeat|重复
⬆️ up|上
⬇️ down|下
➡️ right|右
⬅️ left|左
`;

const NATURE = `
🐶 dog|狗
🐱 cat|猫
🐭 mouse|鼠
🐹 hamster|仓鼠
🐰 rabbit|兔
🦊 fox|狐狸
🐻 bear|熊
🐼 panda|熊猫
🐨 koala|考拉
🐯 tiger|虎
🦁 lion|狮
🐮 cow|牛
🐷 pig|猪
🐸 frog|青蛙
🐵 monkey|猴
🐔 chicken|鸡
🐧 penguin|企鹅
🐦 bird|鸟
🦆 duck|鸭
🦉 owl|猫头鹰
🐺 wolf|狼
🐴 horse|马
🦄 unicorn|独角兽
🐝 bee|蜜蜂
🐛 bug|虫
🦋 butterfly|蝴蝶
🐌 snail slow|蜗牛
🐞 ladybug|瓢虫
🐢 turtle slow|乌龟
🐍 snake python|蛇
🐙 octopus|章鱼
🦀 crab rust|螃蟹
🐠 fish|鱼
🐬 dolphin|海豚
🐳 whale docker|鲸鱼
🦔 hedgehog|刺猬
🐘 elephant|大象
🦒 giraffe|长颈鹿
🐑 sheep|羊
🐉 dragon|龙
🌵 cactus|仙人掌
🌲 evergreen|松树
🌳 tree|树
🌴 palm|棕榈
🌱 seedling|幼苗
🍀 clover luck|幸运草
🍁 maple|枫叶
🍂 autumn leaves|落叶
🌸 blossom|樱花
🌹 rose|玫瑰
🌻 sunflower|向日葵
🌷 tulip|郁金香
🍄 mushroom|蘑菇
🌍 earth world|地球
🌙 moon|月亮
🌞 sun_face|太阳
☀️ sunny sun|晴 太阳
⛅ partly_cloudy|多云
☁️ cloud|云
🌧️ rain|雨
⛈️ thunderstorm|雷雨
❄️ snow cold|雪
☃️ snowman|雪人
🌈 rainbow|彩虹
🌊 wave sea|海浪
💧 drop water|水滴
`;

const FOOD = `
🍎 apple|苹果
🍌 banana|香蕉
🍉 watermelon|西瓜
🍇 grapes|葡萄
🍓 strawberry|草莓
🍒 cherries|樱桃
🍑 peach|桃
🍍 pineapple|菠萝
🥑 avocado|牛油果
🍅 tomato|番茄
🥕 carrot|胡萝卜
🌽 corn|玉米
🌶️ chili hot|辣椒
🥔 potato|土豆
🍞 bread|面包
🥐 croissant|牛角包
🧀 cheese|奶酪
🍳 egg breakfast|煎蛋 早餐
🥞 pancakes|松饼
🍔 burger|汉堡
🍟 fries|薯条
🍕 pizza|披萨
🌮 taco|塔可
🥗 salad|沙拉
🍜 noodles ramen|面条
🍝 pasta spaghetti|意面
🍚 rice|米饭
🍣 sushi|寿司
🥟 dumpling|饺子
🍦 icecream|冰淇淋
🍩 donut|甜甜圈
🍪 cookie|曲奇 饼干
🍰 cake|蛋糕
🍫 chocolate|巧克力
🍿 popcorn|爆米花
☕ coffee|咖啡
🍵 tea|茶
🧋 bubble_tea|奶茶
🥤 soda drink|饮料
🍺 beer|啤酒
🍻 beers cheers|干杯
🥂 champagne cheers|香槟 干杯
🍷 wine|红酒
🥛 milk|牛奶
🍽️ dinner lunch|吃饭 餐具
🥢 chopsticks|筷子
`;

const THINGS = `
⚽ soccer football|足球
🏀 basketball|篮球
🏓 ping_pong|乒乓球
🏸 badminton|羽毛球
🎮 game|游戏
🎲 dice|骰子
🎯 target goal|目标 靶心
🎨 art|美术 画
🎬 movie|电影
🎤 karaoke sing|唱歌
🎧 headphones music|耳机
🎵 music note|音乐
🎸 guitar|吉他
🎹 piano|钢琴
🚗 car|汽车
🚕 taxi|出租车
🚌 bus|公交
🚲 bike|自行车
🚆 train|火车
✈️ plane flight|飞机
🚀 rocket ship launch|火箭 发射
🛸 ufo|飞碟
⛵ sailboat|帆船
🚢 ship|轮船
🚧 construction wip|施工
🚦 traffic_light|红绿灯
🏠 home house|家
🏢 office|办公楼
🏫 school|学校
🏥 hospital|医院
🏖️ beach holiday|海滩 度假
🏕️ camping|露营
⛰️ mountain hike|山 徒步
🗺️ map|地图
⌚ watch|手表
📱 phone|手机
💻 laptop computer|电脑
⌨️ keyboard|键盘
🖥️ desktop|台式机
🖨️ printer|打印机
📷 camera photo|相机
📺 tv|电视
🔋 battery|电池
🔌 plug|插头
💡 idea bulb|灯泡 主意
🔦 flashlight|手电
💸 money|钱
💰 moneybag|钱袋
💳 card|银行卡
🔧 wrench fix|扳手 修
🔨 hammer build|锤子
🛠️ tools|工具
⚙️ gear settings|齿轮 设置
🧪 test experiment|实验 测试
🔬 microscope|显微镜
🔭 telescope|望远镜
💊 pill|药
🩹 bandage fix|创可贴
🔒 lock private|锁
🔓 unlock|开锁
🔑 key|钥匙
🔔 bell|铃
🔕 mute|静音
📣 megaphone announce|喇叭 公告
📌 pin|图钉
📎 paperclip|回形针
✏️ pencil edit|铅笔
📝 memo note|笔记
📖 book read|书
📚 books|书 学习
📰 news|新闻
📅 calendar date|日历
⏰ alarm time|闹钟
⏳ hourglass wait|沙漏 等
📈 chart_up growth|上涨
📉 chart_down|下跌
📊 bar_chart|图表
📦 package release|包裹
📧 email mail|邮件
📬 mailbox|信箱
🗑️ trash delete|垃圾桶
🔗 link|链接
🔍 search|搜索
🧹 broom clean|扫除 清理
🛒 cart shopping|购物
🚪 door|门
🛏️ bed|床
🚿 shower|淋浴
🧸 teddy|玩具熊
🧩 puzzle|拼图
🪄 magic|魔法
🏁 finish flag|终点
🚩 red_flag|红旗
🏳️‍🌈 rainbow_flag pride|彩虹旗
🇨🇳 china|中国
🇺🇸 usa|美国
🇬🇧 uk|英国
🇪🇺 eu|欧盟
🇩🇪 germany|德国
🇫🇷 france|法国
🇪🇸 spain|西班牙
🇮🇹 italy|意大利
🇯🇵 japan|日本
🇰🇷 korea|韩国
🇮🇳 india|印度
🇧🇷 brazil|巴西
`;

export interface Emoji {
  readonly emoji: string;
  /** The name that `:name:` means. */
  readonly name: string;
  readonly chinese: string;
  /** Every word that finds it, in small letters. */
  readonly words: readonly string[];
}

function read(lines: string): Emoji[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [emoji = '', name = '', ...words] = line.split(/[ |]/);
      const chinese = line.split('|')[1]?.split(' ')[0] ?? name;
      return { emoji, name, chinese, words: [name, ...words] };
    });
}

/** All of them, in groups as people look for them. */
export const groups = {
  smileys: read(SMILEYS),
  people: read(PEOPLE),
  symbols: read(HEARTS),
  nature: read(NATURE),
  food: read(FOOD),
  things: read(THINGS),
} as const;

const all = Object.values(groups).flat();

/** These, as far as they are known; of others only how they look. */
export function known(list: readonly string[]): Emoji[] {
  return list.map((one) => all.find(({ emoji }) => emoji === one) ?? { emoji: one, name: one, chinese: one, words: [] });
}

/** What a word finds, the best first: its name, names that begin so, and everything else that has it somewhere. */
export function found(word: string, most = Number.POSITIVE_INFINITY): Emoji[] {
  const wanted = word.toLowerCase();
  const rank = ({ name, words }: Emoji) => {
    if (name === wanted) return 0;
    if (name.startsWith(wanted)) return 1;
    if (words.some((word) => word.startsWith(wanted))) return 2;
    return words.some((word) => word.includes(wanted)) ? 3 : 4;
  };
  return all
    .map((emoji) => ({ emoji, rank: rank(emoji) }))
    .filter(({ rank }) => rank < 4)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ emoji }) => emoji);
}
