/**
 * Contents of messages in the shapes in which WeChat's protocol has them, as hooked and padlocal-like clients hand them
 * over. Ids and keys are made up, and parts that nothing reads are shortened.
 */

const head = '<?xml version="1.0"?>\n'

const app = (type: number, inner: string) =>
  `${head}<msg>\n\t<appmsg appid="" sdkver="0">\n\t\t${inner}\n\t\t<type>${type}</type>\n\t\t<appattach><cdnthumbaeskey /><aeskey></aeskey></appattach>\n\t</appmsg>\n\t<fromusername>wxid_ann</fromusername>\n\t<appinfo><version>1</version><appname></appname></appinfo>\n</msg>`

export const protocol = {
  voice:
    '<msg><voicemsg endflag="1" cancelflag="0" forwardflag="0" voiceformat="4" voicelength="2585" length="4263" bufid="0" aeskey="ab12" voiceurl="3052" clientmsgid="41" fromusername="wxid_ann" /></msg>',
  image: `${head}<msg>\n\t<img aeskey="c2f8" encryver="0" cdnthumbaeskey="c2f8" cdnthumburl="3057020100" cdnthumblength="4321" cdnmidimgurl="3057" length="81345" md5="9e10" />\n</msg>`,
  video: `${head}<msg>\n\t<videomsg aeskey="5f" cdnvideourl="3057" length="490585" playlength="7" fromusername="wxid_ann" md5="0c" />\n</msg>`,
  sticker:
    '<msg><emoji fromusername="wxid_ann" tousername="wxid_bot" type="2" idbuffer="media:0_0" md5="e1" len="9862" cdnurl="http://emoji.qpic.cn/wx_emoji/abc/" width="240" height="240" /><gameext type="0" content="0" ></gameext></msg>',
  location: `${head}<msg>\n\t<location x="39.903740" y="116.397827" scale="16" label="北京市东城区东长安街" maptype="roadmap" poiname="天安门" poiid="qqmap_1" />\n</msg>`,
  contactCard: `${head}<msg bigheadimgurl="http://wx.qlogo.cn/mmhead/x/0" username="v3_020b@stranger" nickname="小贝" fullpy="xiaobei" alias="" province="北京" sex="2" certflag="0" />`,
  friendRequest:
    '<msg fromusername="wxid_new" encryptusername="v3_020b@stranger" fromnickname="小陈" content="我是小陈" scene="14" ticket="v4_000@stranger" ></msg>',
  link: app(
    5,
    '<title>春天的书单</title><des>编辑推荐的十本书</des><url>http://mp.weixin.qq.com/s?__biz=MzA3&amp;mid=265&amp;idx=1&amp;sn=f0#rd</url>',
  ),
  linkInCdata: app(
    5,
    '<title><![CDATA[A < B & [C]]]></title><des><![CDATA[]]></des><url><![CDATA[https://example.org/a?b=1&c=2]]></url>',
  ),
  music: app(3, '<title>晴天</title><des>周杰伦</des><url>https://y.qq.com/n/ryqq/song/1</url>'),
  file: app(6, '<title>报价单.xlsx</title><des></des>'),
  fileBegun: app(74, '<title>报价单.xlsx</title>'),
  chatRecord: app(
    19,
    '<title>小安和小贝的聊天记录</title><des>小安: 明天几点\n小贝: 九点</des><recorditem><![CDATA[<recordinfo><title>x</title><datalist count="2"><dataitem datatype="1"><datadesc>明天几点</datadesc></dataitem></datalist></recordinfo>]]></recorditem>',
  ),
  miniProgram: app(
    33,
    '<title>今日菜单</title><des>今日菜单</des><url>https://mp.weixin.qq.com/mp/waerrpage?appid=wx1&amp;type=upgrade</url><sourcedisplayname>小饭馆</sourcedisplayname><weappinfo><username><![CDATA[gh_1@app]]></username><appid><![CDATA[wx1]]></appid></weappinfo>',
  ),
  miniProgramApp: app(36, '<title>拼单</title><sourcedisplayname>小超市</sourcedisplayname>'),
  channels: app(
    51,
    '<title>当前版本不支持展示该内容，请升级至最新版本。</title><finderFeed><nickname><![CDATA[读书频道]]></nickname><desc><![CDATA[本周读什么]]></desc></finderFeed>',
  ),
  groupNote: app(53, '<title>#接龙\n周六爬山\n\n1. 小安\n2. 小贝</title>'),
  transfer: app(
    2000,
    '<title><![CDATA[微信转账]]></title><des><![CDATA[收到转账0.10元。如需收钱，请点此升级至最新版本]]></des><wcpayinfo><paysubtype>1</paysubtype><feedesc><![CDATA[￥0.10]]></feedesc><pay_memo><![CDATA[午饭]]></pay_memo></wcpayinfo>',
  ),
  transferAccepted: app(
    2000,
    '<title><![CDATA[微信转账]]></title><wcpayinfo><paysubtype>3</paysubtype><feedesc><![CDATA[￥0.10]]></feedesc></wcpayinfo>',
  ),
  redPacket: app(
    2001,
    '<title><![CDATA[微信红包]]></title><des><![CDATA[我给你发了一个红包，赶紧去拆!]]></des><url><![CDATA[https://wxapp.tenpay.com/x]]></url><wcpayinfo><receivertitle><![CDATA[恭喜发财，大吉大利]]></receivertitle><sendertitle><![CDATA[恭喜发财，大吉大利]]></sendertitle></wcpayinfo>',
  ),
  announcement: app(87, '<title>群公告</title><textannouncement>周五停电</textannouncement>'),
  textFromApp: app(1, '<title>一段话</title>'),
  quote: app(
    57,
    '<title>谢谢</title><refermsg><type>1</type><svrid>42</svrid><fromusr>1@chatroom</fromusr><chatusr>bot</chatusr><displayname>小助手</displayname><content>好的</content></refermsg>',
  ),
  quoteOfLink: app(
    57,
    '<title>这个讲什么？</title><refermsg><type>49</type><chatusr>wxid_ben</chatusr><displayname>小贝</displayname><content>&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;春天的书单&lt;/title&gt;&lt;type&gt;5&lt;/type&gt;&lt;url&gt;https://example.org/&lt;/url&gt;&lt;/appmsg&gt;&lt;/msg&gt;</content></refermsg>',
  ),
  unknownApp: app(9_999, '<title>新功能</title><des>请升级</des>'),
  unknown: '<msg><brandnew a="1"><x/></brandnew></msg>',
  pat: app(62, '<title>"小安" 拍了拍我</title>'),
  patNote:
    '<sysmsg type="pat"><pat><fromusername>wxid_ann</fromusername><chatusername>1@chatroom</chatusername><pattedusername>wxid_bot</pattedusername><template><![CDATA["小安" 拍了拍我]]></template></pat></sysmsg>',
  recall:
    '<sysmsg type="revokemsg"><revokemsg><session>wxid_ann</session><msgid>1</msgid><newmsgid>2</newmsgid><replacemsg><![CDATA["小安" 撤回了一条消息]]></replacemsg></revokemsg></sysmsg>',
  joined:
    '<sysmsg type="sysmsgtemplate"><sysmsgtemplate><content_template type="tmpl_type_profile"><template><![CDATA["$username$"邀请"$names$"加入了群聊]]></template></content_template></sysmsgtemplate></sysmsg>',
  statusNotification:
    "<op id='4'>\n<username>wxid_ann,filehelper</username>\n<unreadchatlist></unreadchatlist>\n</op>",
  call: '<voipinvitemsg><roomid>1</roomid><key>2</key><status>1</status><invitetype>1</invitetype></voipinvitemsg>',
  callBubble:
    '<voipmsg type="VoIPBubbleMsg"><VoIPBubbleMsg><msg><![CDATA[已取消]]></msg><room_type>1</room_type></VoIPBubbleMsg></voipmsg>',
} as const

/** As the page of web WeChat has it: escaped, lines as tags, the sender's id first in a group. */
export function onWeb(content: string, sender?: string): string {
  const escaped = content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\n', '<br/>')
  return sender === undefined ? escaped : `${sender}:<br/>${escaped}`
}
