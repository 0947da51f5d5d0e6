/**
 * What WeChat itself writes into a conversation in somebody's name: red packets, new friends, recalls, people who join a
 * group. Web clients hand these over as texts of a person, and only the wording tells them apart. The whole message has to
 * have it: whoever quotes a note in a sentence is a person who writes.
 */

import { unescaped } from './protocol-xml.ts'

/**
 * The wordings of the clients in Chinese and English, from the puppets that parse them (wechaty-puppet-wechat 1.18,
 * -wechat4u 1.14, -padlocal 1.20) and from reports of users. `{name}` stands for a name without quotation marks, `{names}`
 * for several, `{what}` for a few words, `{any}` for the rest of the line.
 */
const wordings: readonly string[] = [
  // What a web client cannot show.
  '收到{what}，请在手机上查看',
  '发出{what}，请在手机上查看',
  '群收款消息，请在手机上查看',
  '收到{what}，請在手機上查看',
  '你的微信版本较低，升级微信体验多人语音通话。',
  '{what} received. View on phone.',
  '{what} received. View on your phone.',
  '{what} sent. View on phone.',
  // Friends.
  '{name}开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天{any}',
  '{name}开启了好友验证，你还不是他（她）好友。请先发送好友验证请求，对方验证通过后，才能聊天{any}',
  '消息已发出，但被对方拒收了。',
  '你已添加了{name}，现在可以开始聊天了。',
  '{name}刚刚把你添加到通讯录，现在可以开始聊天了。',
  '我通过了你的朋友验证请求，现在我们可以开始聊天了',
  '我通过了你的好友验证请求，现在我们可以开始聊天了',
  '以上是打招呼的内容',
  '{name} has enabled Friend Confirmation{any}',
  'The message is successfully sent but rejected by the receiver.',
  'The message was successfully sent but rejected by the receiver.',
  'Message sent, but rejected by the receiver.',
  'You have added {name} as your WeChat contact. Start chatting!',
  'You have added {name} as your WeChat friend. Start chatting!',
  'You have added {name} as your friend, start chatting!',
  'You have added {name} as your friend. Start chatting!',
  '{name} just added you to his/her contacts list. Send a message to him/her now!',
  '{name} just added you to their contacts list. Send a message to them now!',
  "I've accepted your friend request. Now let's chat!",
  'Above is the greeting message',
  // Recalls and pats.
  '你撤回了一条消息',
  '对方撤回了一条消息',
  '{name}撤回了一条消息',
  '"{name}"撤回了一条消息',
  'You recalled a message.',
  '{name} recalled a message.',
  '{name} has recalled a message.',
  '"{name}" has recalled a message.',
  '"{name}"拍了拍{any}',
  '你拍了拍"{name}"{any}',
  '我拍了拍"{name}"{any}',
  '"{name}" tickled {any}',
  'You tickled "{name}"{any}',
  'I tickled "{name}"{any}',
  // Money.
  '{name}领取了你的红包',
  '"{name}"领取了你的红包',
  '"{name}"领取了"{name}"的红包',
  '你领取了{name}的红包',
  '你领取了"{name}"的红包',
  '{name} opened your red packet.',
  "You opened {name}'s red packet.",
  // Calls and places.
  '位置共享已经结束',
  '实时对讲已经结束',
  '{name}发起了位置共享',
  '{name}发起了语音通话',
  '语音通话已经结束',
  'Real-time Location session ended.',
  'Group voice call ended.',
  // Groups.
  '"{name}"邀请你加入了群聊',
  '"{name}"邀请你加入了群聊，群聊参与人还有：{any}',
  '"{name}"邀请你和"{name}"加入了群聊',
  '{name}邀请"{name}"加入了群聊',
  '"{name}"邀请"{name}"加入了群聊',
  '你邀请"{name}"加入了群聊{any}',
  '"{name}"加入了群聊',
  '"{name}"通过扫描{any}分享的二维码加入群聊{any}',
  '"{name}"通过{any}的邀请二维码加入群聊',
  '你通过扫描二维码加入群聊，群聊参与人还有：{any}',
  '你将"{name}"移出了群聊',
  '你被"{name}"移出群聊',
  '"{name}"退出了群聊',
  '"{name}"修改群名为"{name}"',
  '你修改群名为"{name}"',
  '"{name}"已成为新群主',
  '你已成为新的群主',
  '"{name}"与群里其他人都不是微信朋友关系，请注意隐私安全',
  '"{name}"与群里其他人都不是朋友关系，请注意隐私安全',
  '{name} invited you to a group chat with {any}',
  '{name} invited you and {names} to the group chat',
  '{name} invited {names} to the group chat',
  '"{name}" invited "{name}" to the group chat',
  '"{name}" joined group chat via {any}',
  '"{name}" joined the group chat via {any}',
  "You've joined this group chat.",
  'You removed "{name}" from the group chat',
  'You were removed from the group chat by "{name}"',
  '"{name}" changed the group name to "{name}"',
  'You changed the group name to "{name}"',
]

const places: Readonly<Record<string, string>> = {
  // Long enough for a name, and without what a sentence around a note would have.
  '{name}': '[^\\n"。,：；！？]{1,64}?',
  '{quoted}': '[^\\n"]{1,64}?',
  '{names}': '[^\\n"]{1,200}?',
  '{what}': '[^\\n"。,：；！？]{1,24}?',
  '{any}': '[^\\n]{0,400}',
}
const literal = /[.*+?^$()|[\]\\/]/gu

const anyWording = new RegExp(`^(?:${wordings.map(patternOf).join('|')})$`, 'iu')

function patternOf(wording: string): string {
  return normalised(wording)
    .replaceAll('"{name}"', '"{quoted}"')
    .replaceAll(literal, '\\$&')
    .replaceAll(/\{\w+\}/gu, (place) => places[place] ?? place)
}

/** Clients differ in quotation marks, in spaces beside them, and in the mark at the end. */
function normalised(text: string): string {
  return text
    .replaceAll(/[“”„«»「」]/gu, '"')
    .replaceAll('’', "'")
    .replaceAll('，', ',')
    .replaceAll(/[^\S\n]*(?<mark>[",])[^\S\n]*/gu, '$<mark>')
    .trim()
    .replace(/^\[(?<inner>[^[\]]*)\]$/u, '$<inner>')
    .replace(/[.。!！]$/u, '')
}

/** A note is a line or two. */
const maxLength = 600
const tag = /<[^<>\n]{0,300}>/gu
/** Stands for the name of the sender, which may contain what no other name in a note can. */
const standIn = 'Name'

/** @param names of the sender, which notes of direct chats contain */
export function isNote(text: string, names: readonly string[] = []): boolean {
  if (text.length > maxLength) return false
  const line = normalised(unescaped(text).replaceAll(tag, '').replaceAll('$revoke$', ''))
  const withoutName = (rest: string, name: string) =>
    name === '' ? rest : rest.replaceAll(normalised(name), standIn)
  return anyWording.test(line) || anyWording.test(names.reduce(withoutName, line))
}

/** What web clients show in place of a sticker that they cannot show. */
const stickers = /^\[(?:(?:发送了一个|收到了?一个)表情，请在手机上查看|Send an emoji, view it on mobile)\]$/iu

export function isUnshownSticker(text: string): boolean {
  return stickers.test(text.trim())
}
