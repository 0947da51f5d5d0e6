/**
 * Errors and warnings of the WeChat channel, the steps of `channels explain`, and what is known of each puppet.
 */

export const channel = {
  "Tencent's official bot API: one bot for the person who scans, direct chats only.":
    '腾讯官方的机器人接口：谁扫码，机器人就属于谁；只有私聊。',
  'A puppet that runs on another host, over gRPC. Its capabilities depend on that puppet.':
    '通过 gRPC 使用另一台主机上的 puppet，能力取决于那个 puppet。',
  'Web WeChat in a Chromium browser, with about 1 GB of memory. WeChat refuses this login to many accounts.':
    '在 Chromium 浏览器里运行网页版微信，约占 1 GB 内存。很多微信号不允许这样登录。',
  'Web WeChat without a browser. WeChat refuses this login to many accounts.':
    '不用浏览器的网页版微信。很多微信号不允许这样登录。',
  'Needs a token from its vendor, whose service has not worked since 2024.':
    '需要向厂商购买 token，其服务自 2024 年起已不可用。',
  'Does not connect to WeChat. For tests of bots.': '不连接微信，用于测试机器人。',
  'WeChat warns and bans accounts that log in with "{name}"; use Tencent\'s official puppet "ilink" instead, which has no such risk':
    '用“{name}”登录的微信号会被警告、封号；建议改用腾讯官方的“ilink”，没有这种风险',

  '"*" admits every user, so dmPolicy "{policy}" has no effect; remove "*", or write dmPolicy "open"':
    '“*”放行所有人，dmPolicy “{policy}” 因此不起作用；请去掉“*”，或者写 dmPolicy "open"',
  '"allowlist" with an empty allowFrom admits only users who were approved earlier':
    '“allowlist”而 allowFrom 为空，只放行以前批准过的人',
  '"allowlist" without groups admits no group': '“allowlist”而没有写 groups，任何群都不放行',
  '"open" admits only the groups listed in groups, because "*" is not one of them':
    'groups 里没有“*”，所以“open”只放行 groups 里列出的群',
  'an empty list means that no sender is admitted in any group': '空列表表示在任何群里都不理会任何人',
  'an empty list means that no sender is admitted in this group': '空列表表示在这个群里不理会任何人',
  '"{puppet}" is not a short name, so it is treated as an npm package; the short names are {names}':
    '“{puppet}”不是简称，会当作 npm 包名；简称有：{names}',
  '"{puppet}" starts a browser, which "own" does not allow': '“{puppet}”要启动浏览器，“own”不允许',
  "the puppet can read all files of the gateway's user, with the keys and chats in them":
    'puppet 能读取网关用户的所有文件，包括其中的密钥和聊天记录',
  'WeChat cannot edit messages, so "partial" behaves as "off"':
    '微信不能修改已发的消息，“partial”等同于“off”',
  'the map is empty, so no account is started': '是空的，因此不会启动任何账号',
  'without TLS the token and every message are sent unencrypted; remove this key unless the service runs on this machine':
    '没有 TLS，token 和所有消息都不加密传输；除非服务就在本机，否则请去掉这个配置项',
  '"{id}" is the id of a group, not of a user; list groups in groups':
    '“{id}”是群的 id，不是用户的；群请写在 groups 里',
  'alsoAllow has no effect without allow, because every tool is allowed then':
    '没有写 allow 时本来就允许所有工具，alsoAllow 不起作用',
  '{ids} cannot match, because ids of this backend change at every login; write people as "{prefix}<remark>" and groups as "*"':
    '{ids} 不会匹配，因为这种后端的 id 每次登录都会变；请用“{prefix}<备注名>”指定人，用“*”指定群',
  '{ids} cannot match, because remarks are used only with a backend whose ids change at every login; write the id':
    '{ids} 不会匹配，只有 id 每次登录都变的后端才使用备注名；请写 id',
  '"{id}" differs only in case from "{similar}", which has sent messages; ids are case-sensitive':
    '“{id}”和发过消息的“{similar}”只有大小写不同；id 区分大小写',
  'the agent has no tool named {names}': '智能体没有这个工具：{names}',
  '{names} has no effect: the enclosing scope does not allow it, and a scope can only narrow':
    '{names} 不起作用：外层范围不允许，而范围只能越来越窄',
  'the last login used "{puppet}"; unless both puppets use the same backend, ids from there are not valid here: in approvals, lists, history and queued messages':
    '上次登录用的是“{puppet}”；除非两者是同一个后端，否则批准、名单、历史和排队消息里的旧 id 在这里无效',
  'accounts "{one}" and "{other}" have the same token, but a hosted puppet serves only one account':
    '账号“{one}”和“{other}”的 token 相同，但托管的 puppet 只能服务一个账号',
  'another account id differs from this one only in case, so both would use the same folder':
    '另一个账号的 id 和它只有大小写不同，两者会用到同一个文件夹',
  'account "{account}" does not exist; the configured accounts are: {accountIds}':
    '没有账号“{account}”；已配置的账号：{accountIds}',

  account: '账号',
  'own accounts': '本网关的账号',
  'pairing list': '配对名单',
  'group allowFrom': '群的 allowFrom',
  sender: '发送者',
  owner: '主人',
  stranger: '陌生人',
  command: '命令',
  '"{puppet}" has no groups: their messages never arrive': '“{puppet}”没有群聊，群消息收不到',
  '"{kind}" is neither direct nor group': '“{kind}”既不是私聊也不是群聊',
  "not logged in, so the bot's name and owner are unknown": '没有登录，不知道机器人的名称和主人',
  'logged in as {id}, {more}': '已登录为 {id}，{more}',
  'owner {id}': '主人 {id}',
  'owner {id}, {more}': '主人 {id}，{more}',
  'the owner is unknown': '不知道主人是谁',
  'alias in this group: {name}': '在这个群里的昵称：{name}',
  'the alias in this group is unknown: {reason}': '不知道在这个群里的昵称：{reason}',
  '{turns} of {most} within the last hour': '最近一小时 {turns} 次，上限 {most} 次',
  'no limit': '没有上限',
  'last answer': '上一次回答',
  'written without the tools {names}': '没有提供这些工具：{names}',
  'asked for as a whole, because the provider does not stream': '服务商不支持流式输出，一次取回整个回答',
  sending: '发送',
  wait: '等待',
  'nothing waits': '没有等待发送的消息',
  'send budget': '发送额度',
  'nothing can be sent until the person writes': '对方再次发来消息之前，什么都发不出去',
  'messages that can be sent until the person writes again: {count}':
    '对方再次发来消息之前，还能发 {count} 条',
  'waiting in this chat: {parts}': '这个会话里等待发送的：{parts} 条',
  'waiting in this chat: {parts}; {reason}': '这个会话里等待发送的：{parts} 条；{reason}',
  'the sender has no id': '发送者没有 id',
  'the group has no id': '群没有 id',
  'the group is disabled': '这个群已停用',
  'group {id}': '群 {id}',
  'is empty, so every group is admitted': '是空的，因此放行所有群',
  'is not set, so every sender is admitted': '没有设置，因此放行所有人',
  'lists the group as {id}': '列有这个群：{id}',
  'lists {id}': '列有 {id}',
  'does not list the group': '没有列这个群',
  'does not list the sender': '没有列这个发送者',
  'the operator approved the sender': '已批准这个发送者',
  'dmPolicy {policy} does not admit the owner': 'dmPolicy {policy} 不会放行主人',
  'the sender is the owner': '发送者是主人',
  'the sender is not the owner': '发送者不是主人',
  'the sender is another account of this gateway': '发送者是本网关的另一个账号',
  'the sender is not one of them': '发送者不是其中之一',
  'the sender is one of them, and answerOwnBots is set': '发送者是其中之一，但设置了 answerOwnBots',
  'the sender gets a pairing code, once': '给发送者发一次配对码',
  'the sender is not answered': '不回复发送者',
  'the sender may not give /{command}': '发送者无权使用 /{command}',
  'the sender may not give /{command}; the agent gets it as text':
    '发送者无权使用 /{command}，按普通文字交给智能体',
  'the message is not a command': '消息不是命令',
  'a mention is not required': '不需要 @',
  'the bot is mentioned ({how})': '消息 @ 了机器人（{how}）',
  'the bot is not mentioned; the message is stored as context': '没有 @ 机器人；消息存为上下文',

  'enter the digits that the phone shows': '请输入手机上显示的数字',
  'wrong digits; enter those that the phone shows now': '数字不对；请输入手机上现在显示的数字',
  'checking the digits; then confirm the login on the phone': '正在核对数字；然后请在手机上确认登录',
  'the puppet does not answer any more': 'puppet 不再响应',
  'the puppet stopped by itself': 'puppet 自行停止了',
  'a puppet is an npm package name such as "wechaty-puppet-ilink", or one of {names}':
    'puppet 写 npm 包名，例如“wechaty-puppet-ilink”，或者：{names}',
  'iLink ended this session (-14): the person linked WeChat to another bot elsewhere, or the session is too old. Scan again':
    'iLink 结束了这次登录（-14）：扫码的人在别处绑定了另一个机器人，或者登录太久了。请重新扫码',
  'The person who scanned is already bound to another bot of this host':
    '扫码的人已绑定这台主机上的另一个机器人',
  'The bot is not logged in': '机器人没有登录',
  'backend unreachable': '连不上服务端',
  'the puppet is not active after its start': 'puppet 启动后没有进入工作状态',
  'the puppet does not answer within {seconds} s': 'puppet 在 {seconds} 秒内没有响应',
  'the puppet delivered a malformed message': 'puppet 交来的消息格式有误',
  'the puppet was stopped': 'puppet 已停止',
  "the puppet's server has another client: stop the one that uses this token, or if there is none restart the server, which has not noticed its end":
    '托管服务认为已有另一个客户端：请停掉另一处使用这个 token 的程序；如果没有，说明服务没有发现旧客户端已经退出，请重启托管服务',
  'the puppet was restarted {count} times within an hour (puppetLimits.restartsPerHour) and failed again: {reason}':
    'puppet 一小时内已重启 {count} 次（puppetLimits.restartsPerHour），又失败了：{reason}',
  'neither a QR code nor a login within {seconds} s: {reason}':
    '{seconds} 秒内既没有二维码也没有登录：{reason}',
  'puppet "{puppet}" is not installed, and it is none of the short names: {names}':
    '没有安装 puppet “{puppet}”，它也不是简称；简称有：{names}',
  'puppet "{puppet}" is not installed; install it with: {line}': '没有安装 puppet “{puppet}”；安装：{line}',
  '{puppet} is not a name of an npm package': '{puppet} 不是 npm 包名',
  '"{puppet}" is installed, but its default export is no puppet class':
    '已安装“{puppet}”，但它的默认导出不是 puppet 类',
  '"{puppet}" is installed, but cannot be loaded: {reason}': '已安装“{puppet}”，但无法加载：{reason}',
  '"{puppet}" has no ESM build, which Wechaty has needed since version 1; look for a newer version':
    '“{puppet}”没有 ESM 版本，而 Wechaty 1 起需要它；请找更新的版本',
  'puppet "{puppet}" refuses its puppetOptions: {reason}': 'puppet “{puppet}”不接受 puppetOptions：{reason}',
  'puppet "{puppet}" was not ready within {seconds} s': 'puppet “{puppet}”在 {seconds} 秒内没有就绪',
  'puppet "{puppet}" held {usedMb} MiB of memory; puppetLimits.maxMemoryMb allows {maxMb}':
    'puppet “{puppet}”占用了 {usedMb} MiB 内存；puppetLimits.maxMemoryMb 允许 {maxMb}',
  'a puppet in a process of its own needs unix sockets; on Windows run it as a hosted service':
    '独立进程里的 puppet 需要 unix 套接字；在 Windows 上请把它作为托管服务运行',
  '{flaw}; install it (Debian: apt-get install chromium), or write the path of a Chromium or Chrome to puppetOptions.endpoint':
    '{flaw}；请安装（Debian：apt-get install chromium），或把 Chromium、Chrome 的路径写到 puppetOptions.endpoint',
  'account "{account}": puppetOptions.capabilities may hold idStability, "stable" or "session", and nothing else':
    '账号“{account}”：puppetOptions.capabilities 只能写 idStability，值为 "stable" 或 "session"',
  'account "{account}": {problem}': '账号“{account}”：{problem}',
  'puppetOptions.authority is not "host" or "host:port", such as "api.chatie.io"':
    'puppetOptions.authority 应写成“主机”或“主机:端口”，例如“api.chatie.io”',
  'puppetOptions.authority would send the token in clear: plain http is allowed for this machine only':
    'puppetOptions.authority 会明文发送 token：只有本机才允许 http',
  '{host} does not know puppetOptions.token; is it complete?':
    '{host} 不认识 puppetOptions.token；是否写全了？',
  '{host} knows puppetOptions.token, but no puppet serves it at present; is it running?':
    '{host} 认识 puppetOptions.token，但现在没有 puppet 提供服务；它在运行吗？',
  "the puppet's endpoint could not be asked for at {host}: {reason}":
    '无法向 {host} 查询 puppet 的地址：{reason}',
  '{host} does not answer like a discovery service of hosted puppets: {reason}':
    '{host} 的回答不像托管 puppet 的发现服务：{reason}',

  'account "{account}" has another owner now, or was stopped': '账号“{account}”已由别的进程接管，或已停止',
  'account "{account}" is disabled': '账号“{account}”已停用',
  'account "{account}" is not waiting for a verification code': '账号“{account}”现在不需要验证码',
  'there is no account "{account}"; there is {accountIds}': '没有账号“{account}”；现有：{accountIds}',
  'the account is being stopped': '账号正在停止',
  'the account was stopped': '账号已停止',
  'the account was started again': '账号已重新启动',
  'the channel is being stopped': '渠道正在停止',
  'the start was given up': '已放弃启动',

  'the backend has not confirmed it yet': '服务端还没有确认',
  'sending failed': '发送失败',
  'there is neither a text nor a file': '既没有文字也没有文件',
  '{reason}; did you mean {id}?': '{reason}；是不是 {id}？',
  'taken back by the user': '用户已撤回',
  'dropped by the operator': '已由管理员删除',
  'the sender is not admitted any more': '发送者已不再被放行',
  'stopped by the person': '用户已停止',
  '{file} cannot be read: {reason}': '无法读取 {file}：{reason}',
  'the files in use take the {limit} bytes that all files may take on the disk (media.maxDiskMb)':
    '正在使用的文件已占满磁盘上限 {limit} 字节（media.maxDiskMb）',
  'the file is larger than {limit}, the limit of the account (mediaMaxMb) or its backend':
    '文件超过 {limit}，即账号（mediaMaxMb）或后端的上限',
  'too many messages': '消息太多',
  'the person has to write again first': '对方要先再发一条消息',
  'ids are case-sensitive': 'id 区分大小写',
  'the person has not written yet': '对方还没有发过消息',
  'iLink is busy': 'iLink 繁忙',
  'the reason is unknown': '原因不明',
  'the file is not stored any more': '文件已经不再保存',
} as const
