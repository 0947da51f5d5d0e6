/**
 * Texts that the code puts together from pieces, or that a library does: nowhere do they stand as a whole.
 */

export const composed = {
  'the database cannot be reached; the gateway tries again ({reason})':
    '无法连接数据库，网关会继续重试（{reason}）',
  'no trusted TLS connection to the database; check state.tls and the certificate of the server ({reason})':
    '无法与数据库建立可信的 TLS 连接，请检查 state.tls 和服务器证书（{reason}）',
  'the database refuses the user or the password of state.url ({reason})':
    '数据库拒绝了 state.url 里的用户或密码（{reason}）',
  'the database accepts no more connections; raise its max_connections or lower state.poolSize ({reason})':
    '数据库不再接受新连接，请调大它的 max_connections，或调小 state.poolSize（{reason}）',
  'the database of state.url does not exist; create it with createdb ({reason})':
    'state.url 里的数据库不存在，请用 createdb 创建（{reason}）',
  'the database user may not do this; make it the owner of the database of state.url ({reason})':
    '数据库用户没有权限，请让它成为 state.url 所指数据库的所有者（{reason}）',
  'the database is read-only, as a standby is; state.url must lead to the primary server ({reason})':
    '数据库是只读的（例如备库），state.url 必须指向主库（{reason}）',
  'the database is read-only, as a standby is; state.url must lead to the primary server':
    '数据库是只读的（例如备库），state.url 必须指向主库',
  'the disk of the database is full; free space there ({reason})':
    '数据库的磁盘已满，请在那里腾出空间（{reason}）',
  'the disk of the database fails; see its log ({reason})': '数据库的磁盘出错，请查看它的日志（{reason}）',
  'the database has no memory left for this ({reason})': '数据库内存不足（{reason}）',
  'the database took longer than state.statementTimeoutMs ({reason})':
    '数据库执行超过了 state.statementTimeoutMs（{reason}）',
  'a lock in the database was not released ({reason})': '数据库里的一把锁没有释放（{reason}）',
  'the database ended an idle transaction ({reason})': '数据库结束了一个空闲的事务（{reason}）',
  'another transaction of the database came first ({reason})': '数据库里另一个事务抢先了（{reason}）',
  'the database is PostgreSQL {version}; version 15 or newer is needed':
    '数据库是 PostgreSQL {version}，需要 15 或更新的版本',
  'a newer version of moltbot has changed the database ({reason}); install that version or a newer one':
    '较新版本的 moltbot 已改动过数据库（{reason}）；请安装那个版本或更新的版本',
  'it has no result within {seconds} s': '{seconds} 秒内没有结果',
  'the configuration cannot be read within {seconds} s': '{seconds} 秒内没能读出配置',
  '<command>': '<命令>',
  '<options>': '<选项>',
  '(Did you mean {guess}?)': '（是不是 {guess}？）',
  'error: too many arguments. Expected {expected} argument but got {count}: {values}.':
    '错误：参数太多。应有 {expected} 个，却有 {count} 个：{values}。',
  'error: too many arguments. Expected {expected} arguments but got {count}: {values}.':
    '错误：参数太多。应有 {expected} 个，却有 {count} 个：{values}。',
  "error: too many arguments for '{command}'. Expected {expected} argument but got {count}: {values}.":
    '错误：{command} 的参数太多。应有 {expected} 个，却有 {count} 个：{values}。',
  "error: too many arguments for '{command}'. Expected {expected} arguments but got {count}: {values}.":
    '错误：{command} 的参数太多。应有 {expected} 个，却有 {count} 个：{values}。',
  'port {port} is taken; free it, or choose another with --port (0: any free one)':
    '端口 {port} 已被占用；请释放它，或用 --port 换一个（0 表示任选空闲端口）',
  'no configuration file; looked at:': '没有找到配置文件；查找过：',
  'no configuration file (from --config); looked at:': '没有找到配置文件（--config 指定）；查找过：',
  'no configuration file (from MOLTBOT_CONFIG_PATH); looked at:':
    '没有找到配置文件（MOLTBOT_CONFIG_PATH 指定）；查找过：',
  'written without older exchanges ({count})': '没有带上较早的 {count} 轮对话',
  'written without older messages of the group ({count})': '没有带上群里较早的 {count} 条消息',
  'written without pictures': '没有带上图片',
  'written without the sound of voice messages': '没有带上语音的声音',
  'written without the middle of long texts': '长文本的中间部分没有带上',
  'TZ={name} is not a time zone, so times are in UTC; write a name such as "Asia/Shanghai"':
    'TZ={name} 不是时区，因此按 UTC 计时；请写时区名称，如 "Asia/Shanghai"',
  'TZ={name} is not a time zone, so times are in UTC; did you mean {guess}':
    'TZ={name} 不是时区，因此按 UTC 计时；是不是 {guess}',
  'a string or an object': '字符串或对象',
  'a list or an object': '列表或对象',
  'a number or an object': '数字或对象',
  'a whole number or an object': '整数或对象',
  'a string or false': '字符串或 false',
  'a string, an object or false': '字符串、对象或 false',
  'must be at least {minimum}': '最小为 {minimum}',
  'must be more than {minimum}': '必须大于 {minimum}',
  'must be at most {maximum}': '最大为 {maximum}',
  'must have at least {minimum} characters': '至少 {minimum} 个字符',
  'must have at most {maximum} characters': '最多 {maximum} 个字符',
  'must have at least {minimum} entries': '至少 {minimum} 项',
  'must have at most {maximum} entries': '最多 {maximum} 项',
  'the backslash before "{letter}" begins an escape in JSON5; write \\\\ for a backslash, or / between folders':
    '“{letter}”前面的反斜杠在 JSON5 里是转义符；要写反斜杠请写 \\\\，文件夹之间也可以写 /',
  'is not the path that was meant: in JSON5 a backslash begins an escape; write / or \\\\ between folders':
    '不是你想写的路径：JSON5 里反斜杠是转义符；文件夹之间请写 / 或 \\\\',
  'a comma is missing here': '这里缺一个逗号',
  'a colon is missing here': '这里缺一个冒号',

  "the clock of this machine is {minutes} minutes behind the backend's; the backend's time is used, but set the clock: certificates, logs and schedules depend on it":
    '本机时钟比后端慢 {minutes} 分钟；目前采用后端的时间，但请校准时钟：证书、日志和定时任务都依赖它',
  "the clock of this machine is {minutes} minutes ahead of the backend's; the backend's time is used, but set the clock: certificates, logs and schedules depend on it":
    '本机时钟比后端快 {minutes} 分钟；目前采用后端的时间，但请校准时钟：证书、日志和定时任务都依赖它',
  'the owner is unknown, {more}': '不知道主人是谁，{more}',
  'the puppet did not start within {seconds} s': 'puppet 在 {seconds} 秒内没有启动',
  'the puppet did not confirm the logout within {seconds} s': 'puppet 在 {seconds} 秒内没有确认退出登录',
  'scan the QR code with WeChat; the last login ended: {reason}':
    '请用微信扫描二维码；上次登录已结束：{reason}',
  'scanned; confirm the login on the phone; the last login ended: {reason}':
    '已扫码，请在手机上确认登录；上次登录已结束：{reason}',
  'the puppet did not answer within {seconds} s': 'puppet 在 {seconds} 秒内没有响应',
  'the puppet did not stop within {seconds} s': 'puppet 在 {seconds} 秒内没有停止',
  'the puppet was not made within {seconds} s': 'puppet 在 {seconds} 秒内没有创建好',
  'the account did not get ready for its puppet within {seconds} s': '账号在 {seconds} 秒内没有准备好',
  '{call}: refused with {value}; {reason}': '{call}：服务端拒绝（{value}）；{reason}',
  '{id} has to write again first: the sends that the last message allowed are used up':
    '{id} 要先再发一条消息：上一条消息允许的回复次数已用完',
  'received messages cannot be stored: {reason}': '收到的消息无法保存：{reason}',
  'The state store failed and is tried again until it works; nothing is lost meanwhile: {reason}':
    '数据无法保存，会一直重试，期间不会丢消息：{reason}',
  '{file} is damaged ({reason}); copy it, and start the gateway again: it checks the file and moves it aside':
    '{file} 已损坏（{reason}）；请先备份它，再重新启动网关：网关会检查并移走这个文件',
  'messages cannot be received: {reason}': '收不到消息：{reason}',
  'backend unreachable ({reason}); outgoing messages are queued':
    '连不上服务端（{reason}）；要发的消息在排队',
  '{turns} turn was under way each time the gateway ended unexpectedly, and not run again (event turn.set-aside in the log); their senders were told':
    '网关几次意外退出时都有 {turns} 次回答正在进行，不再重试（见日志事件 turn.set-aside），已告知发送者',
  '{turns} turns were under way each time the gateway ended unexpectedly, and not run again (event turn.set-aside in the log); their senders were told':
    '网关几次意外退出时都有 {turns} 次回答正在进行，不再重试（见日志事件 turn.set-aside），已告知发送者',

  'it was too old when it could be delivered': '能送出的时候已经太旧',
  'more than {count} events were waiting': '等待的事件超过了 {count} 个',
  'it could not be reached: {reason}': '连不上：{reason}',
  'it took longer than {ms} ms': '等了 {ms} 毫秒没有结果',
  'the URL is refused: it redirects, and what is posted is not sent elsewhere':
    '拒绝这个地址：它要求重定向，而要发送的内容不会转到别处',
  'the URL is refused: it does not lead to the public internet': '拒绝这个地址：它不在公网上',
  '{of}: events for {host} that were given up: {dead}': '{of}：发往 {host} 的 {dead} 个事件已放弃',
  '{of}: {host} does not take events ({waiting} wait); {reason}':
    '{of}：{host} 不接收事件（{waiting} 个在等待）；{reason}',

  '{folder} belongs to another user (uid {uid}), who could take over the gateway with a control token of their own; {advice}':
    '{folder} 属于另一个用户（uid {uid}），对方可以放入自己的控制令牌来接管网关；{advice}',
  'other users can write in {folder}, who could take over the gateway with a control token of their own; {advice}':
    '其他用户可以写入 {folder}，也就可以放入自己的控制令牌来接管网关；{advice}',
  '{reason}; directly reached are {hosts}; iLink uses it too': '{reason}；直连：{hosts}；iLink 也走代理',
  '{reason}; directly reached are {hosts}; iLink is reached directly, see network.proxy.ilink':
    '{reason}；直连：{hosts}；iLink 直连，见 network.proxy.ilink',
  '{reason}; iLink uses it too': '{reason}；iLink 也走代理',
  '{reason}; iLink is reached directly, see network.proxy.ilink':
    '{reason}；iLink 直连，见 network.proxy.ilink',
} as const
