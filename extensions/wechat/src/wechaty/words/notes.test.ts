import { describe, expect, it } from 'vitest'
import { isNote, isUnshownSticker } from './notes.ts'

describe('a note of WeChat', () => {
  it.each([
    '收到红包，请在手机上查看',
    '收到转账，请在手机上查看。',
    '收到紅包，請在手機上查看',
    '收到一条视频/语音聊天消息，请在手机上查看',
    '[收到一条微信转账消息，请在手机上查看]',
    '收到一条网页版微信暂不支持的消息类型，请在手机上查看',
    '群收款消息，请在手机上查看',
    'Red packet received. View on phone.',
    'Red packet received. View on phone',
    '小安开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。',
    '小安开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。<a href="weixin://findfriend/verifycontact">发送朋友验证</a>',
    '小安开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。&lt;a href="weixin://findfriend/verifycontact"&gt;发送朋友验证&lt;/a&gt;',
    'Ann has enabled Friend Confirmation but you are not in their list. Send a friend request first.',
    '消息已发出，但被对方拒收了。',
    '你已添加了小安，现在可以开始聊天了。',
    'You have added Ann Li as your WeChat contact. Start chatting!',
    'You have added Ann as your friend, start chatting',
    '小安刚刚把你添加到通讯录，现在可以开始聊天了。',
    'Ann just added you to his/her contacts list. Send a message to him/her now!',
    '我通过了你的朋友验证请求，现在我们可以开始聊天了',
    "I've accepted your friend request. Now let's chat!",
    'I’ve accepted your friend request. Now let’s chat!',
    '"小安" 撤回了一条消息',
    '你撤回了一条消息',
    '"Ann" has recalled a message.',
    'Ann recalled a message',
    '"小安" 拍了拍我',
    '“小安”拍了拍“小助手”的肩膀',
    '"Ann" tickled you',
    '小安领取了你的红包',
    '位置共享已经结束',
    '"小安"邀请你加入了群聊，群聊参与人还有：小贝、小陈',
    '"小安"邀请你和"小贝"加入了群聊',
    '"小安，设计师"邀请"小贝"加入了群聊',
    '你邀请"小贝"加入了群聊  $revoke$',
    '" 小贝"通过扫描"小安"分享的二维码加入群聊',
    '" 小贝"通过扫描你分享的二维码加入群聊',
    'Ann invited you to a group chat with Ben, Cem',
    'Ann invited Ben, Cem to the group chat',
    '"Ben" joined group chat via the QR code you shared',
    'You removed "Ben" from the group chat',
    '你被"小安"移出群聊',
    '"小安"修改群名为“读书会”',
    '"Ann" changed the group name to "Books"',
    '“小贝”与群里其他人都不是微信朋友关系，请注意隐私安全',
  ])('is %s', (text) => {
    expect(isNote(text)).toBe(true)
  })

  it('may contain a name that looks like a sentence, if it is that of the sender', () => {
    const text =
      'A：小安，设计开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。'
    expect(isNote(text)).toBe(false)
    expect(isNote(text, ['', 'A：小安，设计'])).toBe(true)
    expect(isNote('我通过了你的朋友验证请求，现在我们可以开始聊天了', ['我'])).toBe(true)
  })
})

describe('a person who writes', () => {
  it.each([
    '',
    '你好',
    '为什么显示“收到红包，请在手机上查看”？',
    '它说：小安开启了朋友验证，你还不是他（她）朋友。请先发送朋友验证请求，对方验证通过后，才能聊天。怎么办',
    '收到红包，请在手机上查看\n这是什么意思',
    '收到了，谢谢，请在手机上查看',
    'It says "Red packet received. View on phone." What now?',
    'What does "You have added Ann as your WeChat contact. Start chatting!" mean?',
    '小安撤回了一条消息，你看到了吗？',
    '有人撤回了一条消息怎么看',
    'Can you see who recalled a message?',
    'Please tell me how Ann changed the group name to Books',
    '小安拍了拍我是什么意思',
    '现在可以开始聊天了',
    '红包',
    `${'x'.repeat(700)}`,
  ])('is no note: %j', (text) => {
    expect(isNote(text, ['Ann'])).toBe(false)
  })
})

it.each([
  ['[发送了一个表情，请在手机上查看]', true],
  ['[收到了一个表情，请在手机上查看]', true],
  ['[Send an emoji, view it on mobile]', true],
  ['[Send an emoji, view it on mobile] what is this?', false],
])('recognises a sticker that the client does not show: %s', (text, is) => {
  expect(isUnshownSticker(text)).toBe(is)
})
