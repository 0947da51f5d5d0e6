/**
 * Ids that WeChat keeps for itself: its team, its news, its helpers, and the accounts of businesses. Puppets call many of
 * them individuals. They write to every account and are no people: they are not answered, and take no place of a person.
 */

const reserved: ReadonlySet<string> = new Set([
  'appbrand_notify_message',
  'appbrandcustomerservicemsg',
  'blogapp',
  'blogappweixin',
  'brandservicesessionholder',
  'brandsessionholder',
  'cardpackage',
  'conversationboxservice',
  'downloaderapp',
  'exmail_tool',
  'facebookapp',
  'feedsapp',
  'filehelper',
  'floatbottle',
  'fmessage',
  'googlecontact',
  'helper_entry',
  'lbsapp',
  'linkedinplugin',
  'masssendapp',
  'medianote',
  'meishiapp',
  'mphelper',
  'newsapp',
  'notification_messages',
  'notifymessage',
  'officialaccounts',
  'opencustomerservicemsg',
  'qmessage',
  'qqfriend',
  'qqmail',
  'qqsync',
  'readerapp',
  'shakeapp',
  'tmessage',
  'topstoryapp',
  'userexperience_alarm',
  'voiceinputapp',
  'voicevoipapp',
  'voip',
  'voipapp',
  'weibo',
  'weixin',
  'weixinguanhaozhushou',
  'weixinreminder',
  // WeChat's team on some older accounts.
  'wxid_novlwrv3lqwv11',
  'wxitil',
])

/** `gh_`: public accounts. `@openim` alone are people of WeCom, but those of its customer service are not. */
const reservedForm = /^gh_|@kefu\.openim$|@(?:app|biz|fakeuser)$/u

export function isReservedId(id: string): boolean {
  return reserved.has(id) || reservedForm.test(id)
}
