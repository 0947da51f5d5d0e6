/**
 * Why a message is not sent, as the outbox lists it: put together by a channel from what its backend said.
 */

export const sends = {
  'quota: {call}: refused with {answer}; the person has to write again first':
    '额度：iLink 拒绝了这条消息（{call}，{answer}）；要等对方再发一条消息',
  'quota: {person} has to write again first: the sends that the last message allowed are used up':
    '额度：上一条消息允许的发送次数已用完，要等 {person} 再发一条消息',
  'window-closed: {person} has to write first: iLink lets a bot answer for 24 h':
    '窗口已关闭：要等 {person} 先发一条消息；iLink 只允许机器人在 24 小时内回复',
  'window-closed: {call}: refused with {answer}; the person has not written yet':
    '窗口已关闭：对方还没有发过消息（{call}，{answer}）',
  'rate-limited: {call}: refused with {answer}; too many messages':
    '频率限制：消息太多（{call}，{answer}）；整个账号暂停一段时间后再试',
  'rate-limited: {call}: HTTP {status}': '频率限制：{call} 返回 HTTP {status}；整个账号暂停一段时间后再试',
  'refused: {call}: refused with {answer}; iLink is busy': '被拒绝：iLink 繁忙（{call}，{answer}）；稍后再试',
  'refused: {call}: refused with {answer}; the reason is unknown':
    '被拒绝：原因不明（{call}，{answer}）；稍后再试',
  'refused: {call}: HTTP {status}': '被拒绝：{call} 返回 HTTP {status}',
  'invalid-argument: {call}: refused with {answer}; ids are case-sensitive':
    '参数无效：iLink 不接受（{call}，{answer}）；id 区分大小写',
  'rate-limited: WeChat refused the message ({answer}): too many messages':
    '频率限制：微信拒绝了这条消息（{answer}），消息太多；整个账号暂停一段时间后再试',
  'session-expired: WeChat refused the message ({answer}): the login has ended':
    '登录已失效：微信拒绝了这条消息（{answer}）；重新登录后继续',
  'refused: WeChat refused the message ({answer})': '被拒绝：微信拒绝了这条消息（{answer}）；稍后再试',
  'unsupported: the puppet cannot send this': '不支持：这个 puppet 发不了这种内容',
  'puppet-unreachable: the account is not connected': '连不上 puppet：账号没有连接',
  'puppet-unreachable: {cause}': '连不上 puppet：{cause}',
  'session-expired: {call}: iLink ended this session ({answer})':
    '登录已失效：iLink 结束了这次登录（{call}，{answer}）；重新扫码后继续',
  'unconfirmed: {call}: accepted without a message id; it may never arrive':
    '未确认：{call} 收下了消息却没有返回消息 id，对方可能收不到',
  'empty-response: {call}: {answer}': '未确认：{call} 返回了空内容（{answer}）',
  'bad-response: {call}: HTTP {status}': '未确认：{call} 返回 HTTP {status}',
  'bad-response: {call}: {answer}': '未确认：{call} 返回的内容无法识别（{answer}）',
  'network: {call}: the connection failed ({cause})': '网络：{call} 连接失败（{cause}）',
  'timeout: {call}: no answer within {ms} ms': '超时：{call} 在 {ms} 毫秒内没有返回',
  'rate-limited: the account pauses until {time}, because the backend accepts no more messages':
    '频率限制：服务端暂不接受更多消息，整个账号暂停到 {time}',
  'message {id} of the same answer goes first': '要等同一个回答里的消息 {id} 先发出',
  'too old to be sent': '放得太久，不再发送',
  'too old to be sent ({reason})': '放得太久，不再发送（{reason}）',
  'attempted and never confirmed; not sent again': '试过发送，一直没有得到确认；不再重发',
  'attempted and never confirmed; not sent again ({reason})':
    '试过发送，一直没有得到确认；不再重发（{reason}）',
  'the person has to write first; they have not written to this account yet':
    '要等对方先发消息；对方还没有给这个账号发过消息',
  'the person has to write first: the time in which the bot may write ended at {time}':
    '要等对方先发消息：机器人可以回复的时限已在 {time} 结束',
  'the person has to write first: the messages that are allowed after their last one, of {time}, are used up':
    '要等对方再发消息：对方 {time} 那条消息允许的发送次数已用完',
  'the backend accepts messages of this account without confirming them, and such messages usually do not arrive':
    '服务端收下了这个账号的消息却不确认，这样的消息对方通常收不到',
  'the account pauses until {time}': '整个账号暂停到 {time}',
  'this person is not admitted ({reason})': '这个人没有获准（{reason}）',
  'this group is not admitted ({reason})': '这个群没有获准（{reason}）',
  'the account is not running: {reason}': '账号没有运行：{reason}',
} as const
