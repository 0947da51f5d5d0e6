/**
 * What `doctor` finds, from the gateway and from its channels.
 */

export const doctor = {
  '{path} is valid; accounts: {accounts}': '{path} 没有问题；账号：{accounts}',
  'moltbot {version} is {phase} (pid {pid}, {url})': 'moltbot {version} {phase}（pid {pid}，{url}）',

  'this check failed: {reason}': '这项检查没有完成：{reason}',
  'and {count} more': '另有 {count} 项',
  'moltbot {version} on Node {node}, {platform} {arch}': 'moltbot {version}，Node {node}，{platform} {arch}',
  '{folder} does not exist yet; the gateway makes it': '{folder} 还不存在，网关启动时会创建',
  '{folder} is readable by you alone': '{folder} 只有你自己能读',
  'other users of this machine can look into {folder}': '本机其他用户可以查看 {folder}',
  'the disk takes no more files (its inodes are used up)': '磁盘不能再新建文件（inode 已用完）',
  '{mb} MB are free on the disk': '磁盘还有 {mb} MB 可用',
  'delete files, or use a larger disk': '请删除一些文件，或换更大的磁盘',
  '{folder} cannot be written: {reason}': '{folder} 无法写入：{reason}',
  'make room on the disk, or correct the permissions of the folder': '请清理磁盘，或修正文件夹的权限',
  'the disk stores a message safely in {ms} ms': '磁盘写入并落盘需 {ms} 毫秒',
  'every answer waits for the disk twice: keep the state directory on a local disk, not on a network drive or a memory card':
    '每次回答要等磁盘两次：请把数据目录放在本地磁盘上，不要放在网络盘或存储卡上',

  'PostgreSQL {version} answers in {ms} ms': 'PostgreSQL {version} 响应时间 {ms} 毫秒',
  'every answer waits for the database several times: run the gateway near it':
    '每次回答都要等数据库好几次：请让网关离数据库近一些',
  '{setting} of the database is off: what the gateway has confirmed may be lost when the power fails':
    '数据库的 {setting} 已关闭：断电时可能丢失网关已经确认过的内容',
  'set it in postgresql.conf: {setting} = on': '请在 postgresql.conf 里设置：{setting} = on',
  'the database does not wait for its standby, which may lack the latest messages':
    '数据库提交时不等备库，备库可能缺少最新的消息',
  'the connection to the database is encrypted': '与数据库的连接已加密',
  'the connection to the database is not encrypted': '与数据库的连接没有加密',
  'remove state.tls, and sslmode from state.url': '请去掉 state.tls，以及 state.url 里的 sslmode',
  'all gateways use up to {wanted} connections; the database accepts {allowed}':
    '所有网关最多会用 {wanted} 个连接，数据库允许 {allowed} 个',
  'raise max_connections of the server or the limit of its user, or lower state.poolSize':
    '请调大服务器的 max_connections 或该用户的连接上限，或调小 state.poolSize',

  'there is no configuration file; looked at {places}': '没有找到配置文件；查找过 {places}',
  'the running gateway has variables that are not set here, so less can be checked: {names}':
    '正在运行的网关有这里没有设置的环境变量，因此能检查的较少：{names}',
  'write one with: moltbot setup': '可用向导生成：moltbot setup',
  '{file} has a key in it, and other users of this machine can read it':
    '{file} 里写有密钥，而本机其他用户可以读它',
  'move the key to .env beside it, or run: chmod 600 {file}':
    '请把密钥移到同一文件夹的 .env，或执行：chmod 600 {file}',

  'the gateway that runs is version {running}, and this command is {version}':
    '正在运行的网关是版本 {running}，本命令是 {version}',
  'stop the gateway and start it again': '请停止网关再启动',
  'the configuration on disk is invalid, and the gateway still uses the one before':
    '磁盘上的配置有误，网关仍在使用之前的配置',
  'see what is wrong with it: moltbot config validate': '查看错在哪里：moltbot config validate',
  'accounts that respond: {count}': '有响应的账号：{count} 个',
  '{account}: no sign of life: {reason}': '{account}：没有响应：{reason}',

  '{account}: {count} waiting; {reason}': '{account}：{count} 条等待发送；{reason}',
  '{account}: {count} waiting, the oldest for {hours} h; {reason}':
    '{account}：{count} 条等待发送，最早的已等 {hours} 小时；{reason}',
  '{account}: {count} given up in the last 24 hours; {reason}':
    '{account}：24 小时内放弃了 {count} 条；{reason}',
  'no message waits, and none was given up in the last 24 hours':
    '没有等待发送的消息，24 小时内也没有放弃的消息',
  'it was not attempted': '还没有尝试发送',
  'they are sent when the person writes again': '对方再发消息时就会发出',
  'wait: the account pauses and goes on by itself; let it write less':
    '请等待：账号暂停后会自动继续；也请让它少发一些',
  'log in: moltbot channels login --account {account}': '请登录：moltbot channels login --account {account}',
  'see each with: moltbot outbox list --account {account}':
    '逐条查看：moltbot outbox list --account {account}',

  'no model is configured, so nobody gets an answer': '没有配置模型，因此谁也得不到回答',
  'set agents.defaults.model.primary, or run: moltbot setup':
    '请设置 agents.defaults.model.primary，或运行：moltbot setup',
  '{model} is no assistant: it repeats every message': '{model} 不是助手，只会重复收到的消息',
  '{model} was not asked': '没有向 {model} 提问（--offline）',
  '{model} answered in {ms} ms, reached {via}': '{model} 在 {ms} 毫秒内作答（{via}）',
  '{reason} (asked {via})': '{reason}（{via}）',
  directly: '直连',
  'through the proxy {url}': '经代理 {url}',

  'server {id} works; tools: {count}': '服务器 {id} 正常；工具：{count} 个',
  'a server without tools is of no use to the agent': '没有工具的服务器对智能体没有用处',
  'server {id} does not work: {reason}': '服务器 {id} 不可用：{reason}',
  'run the command by hand to see what it prints: {line}': '请手动运行这个命令，看它输出什么：{line}',
  'check mcp.servers, and whether the server runs; it was reached {via}':
    '请检查 mcp.servers，以及服务器是否在运行（{via}）',

  'there is no log file to look into': '没有日志文件可查',
  'nothing was refused and nothing failed in the last 24 hours': '24 小时内没有被拒绝，也没有失败',
  '{problem} ({count} in 24 hours, last at {time})': '{problem}（24 小时内 {count} 次，最近 {time}）',
  'see what waits and why: moltbot outbox list': '查看哪些在等待、为什么：moltbot outbox list',
  'log in again: moltbot channels login': '请重新登录：moltbot channels login',
  'it has a report: crash.last.json in the state directory': '报告见数据目录里的 crash.last.json',

  'the proxy wants a user name and a password': '代理要求用户名和密码',
  'its name is not found ({code})': '域名解析不到（{code}）',
  'its certificate is not accepted ({code})': '证书不被接受（{code}）',
  'no connection ({code})': '连接不上（{code}）',
  '{reason}; {advice}': '{reason}；{advice}',
  'check the clock of this machine; where a proxy of your company opens connections, name its certificate in NODE_EXTRA_CA_CERTS':
    '请检查本机时钟；如果公司的代理会解密连接，请用 NODE_EXTRA_CA_CERTS 指定它的证书',
  'check whether this machine is online, and its DNS': '请检查本机是否联网，以及 DNS 设置',
  'check the network, the firewall and the proxy (network.proxy, HTTPS_PROXY)':
    '请检查网络、防火墙和代理（network.proxy、HTTPS_PROXY）',

  'no server was reached to compare the clock with': '没有连上可以对时的服务器',
  'the clock agrees with the servers': '时钟与服务器一致',
  'the clock of this machine is {minutes} minutes behind': '本机时钟慢 {minutes} 分钟',
  'the clock of this machine is {minutes} minutes ahead': '本机时钟快 {minutes} 分钟',
  'set the clock, for example with NTP: certificates, logs and schedules depend on it':
    '请校准时钟，例如用 NTP：证书、日志和定时任务都依赖它',

  '{puppet} {version} is installed; used by {accounts}':
    '{puppet} {version} 已安装；使用它的账号：{accounts}',
  'the browser of the puppet is the one that puppeteer downloaded': 'puppet 使用 puppeteer 自带下载的浏览器',
  'the browser of the puppet is {path}': 'puppet 使用的浏览器：{path}',
  '{what} answers at {host}, reached {via}': '{what}（{host}）有响应（{via}）',
  '{what} ({host}) does not answer, asked {via}: {reason}': '{what}（{host}）没有响应（{via}）：{reason}',
  "iLink's file server": 'iLink 的文件服务器',
  'the hosted puppet of {account} listens at {place}': '{account} 的托管 puppet 在 {place} 可连',
  'the hosted puppet of {account} cannot be reached: {reason}': '连不上 {account} 的托管 puppet：{reason}',
  'events may be sent to {host}': '可以向 {host} 发送事件',
  'events cannot be sent to {host}: {reason}': '无法向 {host} 发送事件：{reason}',
  '{account}: {waiting} events wait for {host}, none was given up':
    '{account}：{waiting} 个事件等待发往 {host}，没有放弃的',
  '{account}: {host} does not take events ({waiting} wait); {reason}':
    '{account}：{host} 不接收事件（{waiting} 个在等待）；{reason}',
  '{account}: events for {host} that were given up: {dead}': '{account}：发往 {host} 的 {dead} 个事件已放弃',
  'see each with: moltbot webhooks list --dead --account {account}':
    '逐条查看：moltbot webhooks list --dead --account {account}',

  'alerts go to {ways}': '告警会发给 {ways}',
  'try them: moltbot alerts test': '试一试：moltbot alerts test',
  'no alerts are configured': '没有配置告警',
  'alerts is configured, but alerts.to is empty, so no alert is sent':
    '写了 alerts，但 alerts.to 是空的，不会发出任何告警',
  'add a way to alerts.to, or remove alerts': '请在 alerts.to 里加一种方式，或者去掉 alerts',
  'add another way to alerts.to': '请在 alerts.to 里再加一种方式',
  'alerts to {way}: {reason}': '发给 {way} 的告警：{reason}',
  'there is no program "{command}" on the PATH': 'PATH 里没有程序“{command}”',
  'the address is that of a robot of {robot}; set its template':
    '这是 {robot} 机器人的地址；请改用它的 template',
  'secret has no effect with the template {template}': '模板 {template} 不使用 secret',
  'http is not encrypted, and the address may hold a key': 'http 不加密，而地址里可能含有密钥',
  '"{address}" is no e-mail address': '“{address}”不是电子邮件地址',
  'smtp names no host': 'smtp 里没有主机名',
  'there is no account "{account}"': '没有账号“{account}”',
  'alerts go through the only account, so you are not told when that account is logged out or has failed':
    '告警只通过唯一的账号发送，这个账号退出登录或失败时，你收不到告警',
} as const
