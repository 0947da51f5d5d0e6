/**
 * What went wrong with a command, which no other client is told: its arguments, a gateway that is not there or does not
 * start, files, the sandbox.
 */

export const commandErrors = {
  "error: unknown option '{option}'": '错误：没有选项 {option}',
  "error: unknown command '{command}'": '错误：没有命令 {command}',
  "error: missing required argument '{name}'": '错误：缺少参数 {name}',
  "error: option '{option}' argument missing": '错误：选项 {option} 缺少值',
  "error: required option '{option}' not specified": '错误：必须给出选项 {option}',
  "error: option '{option}' argument '{value}' is invalid. {flaw}":
    '错误：选项 {option} 的值“{value}”无效。{flaw}',
  'Allowed choices are {choices}.': '可选：{choices}。',
  'error: too many arguments': '错误：参数太多',
  'The languages are {languages}.': '可用的语言：{languages}。',
  'A port is a number from 0 to 65535.': '端口是 0 到 65535 之间的数字。',
  'services are known for systemd (Linux) and launchd (macOS), not for {platform}':
    '支持 systemd（Linux）和 launchd（macOS）的服务，不支持 {platform}',
  '{path} was not written by moltbot; it stays as it is. Move it away first, or edit it by hand':
    '{path} 不是 moltbot 写的，保持原样。请先移走它，或手工修改',
  'error: say with --user as whom the service is to run': '错误：请用 --user 指明服务以哪个用户运行',
  'error: --user is for a service of the machine, with --system': '错误：--user 要配合 --system 使用',
  'the user {name} has no home directory': '用户 {name} 没有主目录',
  'error: a path with control characters cannot be in a service: {path}':
    '错误：服务里不能有含控制字符的路径：{path}',
  'no way to tell you is configured; add one to alerts.to': '没有配置告警方式；请写到 alerts.to',
  'none of the newest messages of this account has the id {id}': '这个账号最近的消息里没有 id 为 {id} 的',
  'Give a number of days, at most 91.': '请给出天数，最大 91。',
  'Give a number of lines, at most 100000.': '请给出行数，最大 100000。',
  'there is no log at {path}; it is written when the gateway runs': '{path} 没有日志；网关运行后才会写',
  'the configuration writes the log to no file (logging.file: false)':
    '配置里没有让日志写入文件（logging.file: false）',
  'the installation has lost config.example.json5': '安装包里缺少 config.example.json5',
  'Give a number of seconds, at most 3600.': '请给出秒数，最大 3600。',

  'no gateway is running on {folder}; {advice}': '{folder} 上没有正在运行的网关；{advice}',
  'start one with: moltbot gateway run': '启动：moltbot gateway run',
  'to reach the sandbox set MOLTBOT_STATE_DIR={sandbox}': '要连接沙盒，请设置 MOLTBOT_STATE_DIR={sandbox}',
  'the gateway on {folder} does not respond': '{folder} 上的网关没有响应',
  'the gateway (pid {pid}) has not ended after {seconds} s': '{seconds} 秒后网关（pid {pid}）仍未结束',
  'the gateway has not come back after {seconds} s': '{seconds} 秒后网关仍未恢复',
  'It kept its old configuration, because the new one is invalid:': '新的配置有误，继续使用旧配置：',
  'a gateway is already running on {folder} ({more}); end it first: Ctrl-C where it runs, or moltbot gateway stop':
    '{folder} 上已有网关在运行（{more}）；请先结束它：在运行它的终端按 Ctrl-C，或执行 moltbot gateway stop',
  'pid {pid}, {url}, since {time}': 'pid {pid}，{url}，{time} 启动',
  'it is still starting': '还在启动',
  'cannot listen on {address} ({code})': '无法监听 {address}（{code}）',
  'port {port} is taken by {holder}; free it, or choose another with --port (0: any free one)':
    '端口 {port} 已被 {holder} 占用；请释放它，或用 --port 换一个（0 表示任选空闲端口）',

  '{file} exists already': '{file} 已存在，请换一个文件名',
  '{file} cannot be restored: {reason}': '{file} 无法恢复：{reason}',
  'it was not written by "moltbot state backup"': '它不是用“moltbot state backup”生成的',

  'error: name the recipient with --to ID': '错误：请用 --to ID 指明收件人',
  'error: name the messages by their ids': '错误：请用 id 指定消息',
  'error: nothing to send; give --text, --media, or both':
    '错误：没有要发的内容；请给出 --text 或 --media，也可以都给',
  'error: give --dm ID, or --group ID with --sender ID': '错误：请给出 --dm ID，或 --group ID 加 --sender ID',
  'no login within {seconds} s; the gateway keeps waiting': '{seconds} 秒内没有登录；网关会继续等待',
  'the digits cannot be typed here, because the input has ended': '输入已结束，无法在这里输入数字',
  'no such account; there is {accountIds}': '没有这个账号；现有：{accountIds}',
  'name an account with --account: {accountIds}': '请用 --account 指明账号：{accountIds}',
  'no account is of the channel "{channel}"; there is {channels}':
    '没有渠道“{channel}”的账号；现有渠道：{channels}',

  'no sandbox is running; start one in another terminal: moltbot gateway run --sandbox':
    '沙盒没有运行；请在另一个终端启动：moltbot gateway run --sandbox',
  'the bot has not answered within {seconds} s': '机器人在 {seconds} 秒内没有回复',
  'the simulator refused: {answer}': '模拟器拒绝了请求：{answer}',
  'The sandbox needs the npm package ilink-simulator, which is not installed beside moltbot.':
    '沙盒需要 npm 包 ilink-simulator，它没有和 moltbot 装在一起。',
  'the configuration of the sandbox is missing from this installation': '安装包里缺少沙盒的配置',
  '{folder} contains files that are not of the sandbox; move them away, or set MOLTBOT_STATE_DIR to another folder':
    '{folder} 里有不属于沙盒的文件；请移走，或把 MOLTBOT_STATE_DIR 设为别的文件夹',

  'this user has no home directory; set MOLTBOT_STATE_DIR to a folder of its own, and name the configuration with --config or MOLTBOT_CONFIG_PATH':
    '当前用户没有主目录；请把 MOLTBOT_STATE_DIR 设为一个专用文件夹，并用 --config 或 MOLTBOT_CONFIG_PATH 指定配置文件',
  'no configuration file: this user has no home directory to look in; name the file with --config or MOLTBOT_CONFIG_PATH':
    '没有找到配置文件：当前用户没有主目录；请用 --config 或 MOLTBOT_CONFIG_PATH 指定配置文件',
  'cannot write in {folder}: {reason}; make it writable for this user, or set MOLTBOT_STATE_DIR to another folder':
    '无法写入 {folder}：{reason}；请让当前用户有写权限，或把 MOLTBOT_STATE_DIR 设为别的文件夹',
  'run moltbot as that user, or check what is in it and run: {line}':
    '请用那个用户运行 moltbot，或检查其中的内容后执行：{line}',
  'check what is in it and run: {line}': '请检查其中的内容后执行：{line}',
  'name a folder inside it, which is then made for this user alone: {line}':
    '请指定其中的一个文件夹，网关会创建它并只供当前用户使用：{line}',
} as const
