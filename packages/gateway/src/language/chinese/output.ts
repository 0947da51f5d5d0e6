/**
 * What only the commands themselves print.
 */

export const output = {
  NEXT: '下次',
  'last: {state}, due {time}': '上次：{state}，原定 {time}',
  '{id} runs now; see what became of it with: moltbot schedules list':
    '{id} 正在执行；结果请看：moltbot schedules list',
  '{id} is paused.': '{id} 已暂停。',
  '{id} goes on.': '{id} 已恢复。',
  '{id} is removed.': '{id} 已删除。',
  limits: '额度',
  'seen for one message of a person: {sends} of {of} sends, {hours} of {ofHours} hours':
    '对方每发一条消息，实际可发 {sends} 条（文档为 {of} 条），时限 {hours} 小时（文档为 {ofHours} 小时）',
  'refusals: {quota} for used-up sends, {window} after the window, {rate} for the rate; last {time}':
    '被拒次数：额度用完 {quota}，超过时限 {window}，频率 {rate}；最近一次 {time}',
  'not healthy, see below': '不正常，见下',
  yes: '是',
  no: '否',

  'The gateway has stopped.': '网关已停止。',
  'The gateway has restarted.': '网关已重启。',
  starting: '正在启动',
  running: '运行中',
  restarting: '正在重启',
  stopping: '正在停止',

  'The link lets one browser in, until {time}.': '此链接只能用一次，{time} 前有效。',
  'No browser could be opened here. From another machine, forward the port first:':
    '这里打不开浏览器。如果在另一台机器上查看，请先转发端口：',
  '<this machine>': '<本机地址>',

  health: '健康',
  config: '配置',
  state: '数据',
  model: '模型',
  proxy: '代理',
  pairing: '配对',
  unread: '损坏',
  files: '文件',
  warning: '提醒',
  problem: '问题',
  ok: '正常',
  node: '环境',
  disk: '磁盘',
  clock: '时钟',
  database: '数据库',
  log: '日志',
  '{path} is up to date.': '{path} 已是最新。',
  'Its log:': '查看日志：',
  'Removed: {path}': '已删除：{path}',
  'There is no {path}.': '没有 {path}。',
  'These variables are set in this shell only; write them to .env beside the configuration: {names}':
    '这些变量只在当前终端里有，请写入配置旁边的 .env：{names}',
  'It contains {names}.': '其中有 {names}。',
  'It has no keys, but ids of people and beginnings of messages: give it only to those who may see them.':
    '里面没有密钥，但有用户 id 和消息的开头：只能交给可以看这些内容的人。',
  'It has no keys and no texts of messages, but ids of people. Look into it before you give it away.':
    '里面没有密钥和消息内容，但有用户 id。交出去之前请先看一遍。',
  'moltbot needs you': 'moltbot 需要你处理',
  'moltbot still needs you': 'moltbot 仍需要你处理',
  'moltbot: solved': 'moltbot：已恢复',
  'moltbot: a test': 'moltbot：测试',
  'since {time}': '{time} 起',
  'This is a test. Alerts of this gateway arrive here.': '这是一条测试。这个网关的告警会发到这里。',
  '{type} {way}: sent': '{type} {way}：已发送',
  '{type} {way}: not sent: {reason}': '{type} {way}：没有发出：{reason}',
  'It is an example: keep what you want to change, and check it with: moltbot config validate':
    '这是示例：保留要改的部分，再用这个命令检查：moltbot config validate',
  'Everything that was checked is well.': '检查过的都没有问题。',
  'Problems: {problems}, warnings: {warnings}.': '问题 {problems} 个，提醒 {warnings} 个。',
  puppet: 'puppet',
  reason: '原因',
  'to do': '处理办法',
  outbox: '待发',
  alerts: '告警',
  webhooks: 'webhook',
  probe: '探测',

  'none configured': '未配置',
  '{channel}/{accountId}: {state}, {reason}': '{channel}/{accountId}: {state}，{reason}',
  'link of the QR code: {url}': '二维码链接：{url}',
  '{count} waiting; see them with: moltbot pairing list': '{count} 人等待批准，查看：moltbot pairing list',
  'sessions and pairing': '会话与配对',
  '{count} rows could not be read and are set aside': '{count} 行数据读不出来，已搁置',
  '{used} of {limit} MB on the disk': '占用磁盘 {used} MB，上限 {limit} MB',
  '{count} turns wait until others need less memory for files': '{count} 轮对话在等待处理文件的内存',
  '{count} files were refused: no room on the disk (media.maxDiskMb)':
    '启动以来有 {count} 个文件因磁盘空间用完被拒收（media.maxDiskMb）',

  ACCOUNT: '账号',
  EVENT: '事件',
  ATTEMPTS: '次数',
  'No event was given up.': '没有放弃的事件。',
  'No event is waiting to be delivered.': '没有等待送出的事件。',
  PUPPET: 'PUPPET',
  STATE: '状态',
  ENABLED: '启用',
  NAME: '名称',
  '* used by commands that name no account': '* 命令没有指明账号时用它',
  '{title}: {state} since {time}': '{title}：{state}（{time} 起）',
  responds: '有响应',
  'does not respond': '没有响应',
  'To log in again: moltbot channels login --account {account}':
    '重新登录：moltbot channels login --account {account}',
  'Account {account} is logged in. Now write to the bot in WeChat.':
    '账号 {account} 已登录。现在可以在微信里给机器人发消息了。',
  'scan the QR code: moltbot channels login --account {account}':
    '请扫描二维码：moltbot channels login --account {account}',
  'enter the digits: moltbot channels login --account {account}':
    '请输入手机上的数字：moltbot channels login --account {account}',
  'Scan this code with WeChat, then confirm on the phone. If it does not fit here, open the link above.':
    '请用微信扫描二维码，并在手机上确认。二维码显示不全时，请打开上面的链接。',
  'An unknown person wrote and got a code; see who it is with: moltbot pairing list':
    '有陌生人发来消息，已回复配对码；查看是谁：moltbot pairing list',
  'The login is stored, and the next start needs no scan. Now write to the bot in WeChat.':
    '登录信息已保存，下次启动不用再扫码。现在可以在微信里给机器人发消息了。',

  'partly-sent': '部分已发送',
  '{sent} of {chunks} parts': '{chunks} 段中的 {sent} 段',

  'WAITING FOR A DECISION': '等待批准',
  APPROVED: '已批准',
  CODE: '配对码',
  'VALID UNTIL': '有效期至',
  SINCE: '时间',
  'Admit a person with: moltbot pairing approve {code}': '批准某人：moltbot pairing approve {code}',
  'No pending requests and no approved users.': '没有待批准的申请，也没有已批准的人。',
  '{senderId} may now talk to account {accountId}.': '{senderId} 现在可以和账号 {accountId} 对话了。',
  'The request of {senderId} to account {accountId} is deleted.':
    '{senderId} 对账号 {accountId} 的申请已删除。',
  '{senderId} may no longer talk to account {accountId}.': '{senderId} 不能再和账号 {accountId} 对话了。',

  GROUPS: '群聊',
  MEDIA: '媒体',
  TYPING: '正在输入',
  IDS: 'ID',
  'BAN RISK': '封号风险',
  INSTALLED: '已安装',
  stable: '固定',
  session: '随登录变',
  high: '高',

  '"{key}" is not a key; a key looks like channels.wechat.dmPolicy':
    '“{key}”不是配置项；写法如 channels.wechat.dmPolicy',
  '{key} is not set': '{key} 没有设置',

  'The sandbox is running. Talk to the bot on a phone in the browser (the link works once):':
    '沙盒已启动。在浏览器里打开手机，就能和机器人聊天（链接只能用一次）：',
  'The sandbox has no account with a group: {reason}': '沙盒里带群的账号没有启动：{reason}',
  gateway: '网关',
  backend: '后端',
  '{url}, with the builtin echo as its model': '{url}，模型是内置的回声',
  '{url}, a simulated WeChat (iLink) on this machine': '{url}，本机上的模拟微信（iLink）后端',
  '"default", logged in by a simulated person': '“default”，已由模拟用户扫码登录',
  'Or write to the bot in a second terminal, and make another link:':
    '也可以另开一个终端给机器人发消息，或重新生成链接：',
  'moltbot sandbox say "hello"': 'moltbot sandbox say "你好"',
  'moltbot dashboard --sandbox': 'moltbot dashboard --sandbox',
  'Ctrl-C stops everything.': '按 Ctrl-C 全部停止。',
  '[no text]': '[不是文字]',

  'Saved {files} files to {file}. It contains logins and messages: keep it private.':
    '已将 {files} 个文件备份到 {file}。其中有登录状态和消息内容，请妥善保管。',
  'Restored {folder} from {file}.': '已用 {file} 恢复 {folder}。',
  'The earlier state is in {folder}; delete it when all is well.':
    '原来的数据在 {folder}，确认无误后可以删除。',
  'no damage found': '未发现损坏',
  'No message is in the state {state}.': '没有处于 {state} 状态的消息。',
  'Queued again: {ids}.': '已重新排队：{ids}。',
  'Dropped: {ids}.': '已删除：{ids}。',
  DAY: '日期',
  TURNS: '回合',
  FAILED: '失败',
  READ: '输入 token',
  WRITTEN: '输出 token',
  COST: '费用',
  TO: '发给',
  MESSAGE: '消息',
  'There is no database in {folder}.': '{folder} 里没有数据库。',
  'Restore a backup, or restart the gateway: it moves a damaged file aside and begins a new one.':
    '请恢复备份；或者重启网关，它会把损坏的文件移到一边并新建一个。',
} as const
