/**
 * What went wrong at the gateway. Clients are told it, the dashboard among them.
 */

export const errors = {
  'the state is in PostgreSQL, and this command saves files only. Save it with: pg_dump --format=custom --file=moltbot.dump "$MOLTBOT_STATE_URL"':
    '状态在 PostgreSQL 里，而这个命令只保存文件。请这样保存：pg_dump --format=custom --file=moltbot.dump "$MOLTBOT_STATE_URL"',
  'the state is in PostgreSQL, and this command reads files only. Check it with: pg_amcheck --install-missing "$MOLTBOT_STATE_URL"':
    '状态在 PostgreSQL 里，而这个命令只读取文件。请这样检查：pg_amcheck --install-missing "$MOLTBOT_STATE_URL"',

  'there is no schedule {id}': '没有定时任务 {id}',
  '{id} is in the configuration; remove it from schedules.jobs there':
    '{id} 写在配置文件里；请从 schedules.jobs 中删除',
  'the gateway did not run at that time': '当时网关没有运行',
  'it was too late': '太迟了',
  'it was cut off several times': '多次被中断',
  'too many scheduled messages wait in this chat already': '这个会话里已有太多定时消息在等待',
  'the agent had no answer': '智能体没有给出回答',
  'what became of it is not known': '结果不明',
  'TZ={name} counts westwards (UTC+8 is eight hours behind UTC); write the name of a time zone, such as "Asia/Shanghai"':
    'TZ={name} 的正数表示 UTC 以西（UTC+8 比 UTC 晚八小时）；请写时区名称，如 "Asia/Shanghai"',

  '{place}: {problem}': '{place}: {problem}',

  'the gateway is {phase}; try again': '网关{phase}，请稍后再试',
  'the gateway is stopping': '网关正在停止',
  'another process runs the WeChat channel on {folder}; stop that gateway first':
    '另一个进程正在 {folder} 上运行微信渠道；请先停止那个网关',
  'internal error; the log has it': '内部错误，详见日志',

  'account {account} is {state}: {reason}': '账号 {account} {state}：{reason}',
  'say which account: {accountIds}': '请指明账号：{accountIds}',
  'there is no account {account}': '没有账号 {account}',
  'there is no account {account}; there is {accountIds}': '没有账号 {account}；现有：{accountIds}',
  'account {account} is disabled': '账号 {account} 已停用',

  'no pending request has this code; see the codes with: moltbot pairing list':
    '没有这个配对码的申请；查看现有的配对码：moltbot pairing list',
  'too many wrong pairing codes; try again in {seconds} s': '配对码输错太多次；请在 {seconds} 秒后再试',
  'this code has expired; its sender gets a new one by writing to the bot again':
    '这个配对码已过期；对方再给机器人发条消息就会得到新码',
  '{senderId} is not approved': '没有批准过 {senderId}',
  '{senderId} is not approved for account {accountId}': '账号 {accountId} 没有批准过 {senderId}',
  '{senderId} is approved for several accounts, say which: {accountIds}':
    '{senderId} 已被多个账号批准，请指明：{accountIds}',

  'this file is not on the phone (any more)': '手机上没有（或不再有）该文件',
  'the phone has {max} people at most': '手机上最多只能有 {max} 个人',
  'the phone cannot write to this account now': '手机现在还不能给这个账号发消息',
  'there is nothing to send': '没有可发送的内容',
} as const
