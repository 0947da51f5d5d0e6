/**
 * Help of the commands and their options.
 */

export const help = {
  'what is sent by itself, and when': '定时自动发送的内容',
  'next time, and what became of the last run': '下次时间和上次结果',
  'run one now, besides its times': '立即执行一次，不影响原定时间',
  'let its times pass until it is resumed': '暂停：到点也不执行，直到恢复',
  'go on with its next time': '恢复：从下一个时间起继续',
  'remove one that was made in a chat': '删除一个在聊天里设置的任务',
  'A small gateway that puts AI agents into WeChat': '把 AI 智能体接入微信的小型网关',
  'show this help': '显示本帮助',
  'show the help of a command': '显示某个命令的帮助',
  'show the version': '显示版本号',
  'language of the command line: {languages} (else LC_ALL, LC_MESSAGES, LANG)':
    '命令行的语言：{languages}（默认看 LC_ALL、LC_MESSAGES、LANG）',
  '{text} (default: {value})': '{text}（默认：{value}）',
  '{text} (one of {choices})': '{text}（可选：{choices}）',
  '{text} (one of {choices}; default: {value})': '{text}（可选：{choices}；默认：{value}）',
  'Usage:': '用法：',
  'Options:': '选项：',
  'Global Options:': '通用选项：',
  'Commands:': '命令：',

  '<channel>': '<渠道>',
  '<code>': '<配对码>',
  '<file>': '<文件>',
  '<format>': '<格式>',
  '<key>': '<配置项>',
  '<language>': '<语言>',
  '<level>': '<级别>',
  '<name>': '<名称>',
  '<number>': '<数字>',
  '<seconds>': '<秒数>',
  '<text>': '<文字>',

  'the gateway itself': '网关本身',
  'print a link to the dashboard of the running gateway, and open it in a browser':
    '打印控制台（网页）的链接，并在浏览器中打开',
  'only print the link': '只打印链接',
  'of the sandbox that runs': '正在运行的沙盒的控制台',
  'run in the foreground; SIGHUP reloads the configuration, SIGUSR1 restarts':
    '在前台运行；SIGHUP 重新读取配置，SIGUSR1 重启',
  'configuration file (else MOLTBOT_CONFIG_PATH, else ~/.moltbot/config.json5)':
    '配置文件（默认看 MOLTBOT_CONFIG_PATH，再看 ~/.moltbot/config.json5）',
  'port of the control plane; 0 takes a free one': '控制接口的端口；0 表示任选空闲端口',
  'with a simulated WeChat and a model that echoes; needs no configuration':
    '使用模拟微信和回声模型，不需要配置',
  'for people or for programs': '日志给人看还是给程序读',
  'log level, instead of the configured one': '日志级别，代替配置里的级别',
  'show how the gateway is; exit code 0 only if it runs and is healthy':
    '查看网关状态；运行且正常时退出码才为 0',
  'everything, for scripts': '输出全部内容，供脚本使用',
  'ask what is needed and write a configuration; with flags, without questions':
    '提问并生成配置；给出选项时不再提问',
  'file to write (else ~/.moltbot/config.json5)': '要写入的文件（默认 ~/.moltbot/config.json5）',
  'how WeChat is reached, such as ilink; see: moltbot puppets list':
    '接入微信的方式，如 ilink；见 moltbot puppets list',
  'address of a hosted puppet, where its token does not tell it': '托管 puppet 的地址（token 查不到时）',
  'name of an account; may be repeated': '账号名称，可多次给出',
  'a provider by name, "echo", or "none"': '服务商名称，或 "echo"、"none"',
  "address of the provider's API": '服务商接口的地址',
  "protocol of the provider's API": '服务商接口的协议',
  'name of the model, as the provider writes it': '模型名称（按服务商的写法）',
  'file with the key; "-" reads it from the input': '存有密钥的文件；“-”表示从输入读取',
  'do not try key and model': '不试用密钥和模型',
  'who may write in direct chats': '谁可以私聊',
  'id of somebody who may write; may be repeated': '可以发消息的 id，可多次给出',
  'whether the bot answers in groups': '机器人是否在群里回答',
  'language of short notices': '提示的语言',
  'ask nothing that has a default': '有默认值的都不问',
  'move an earlier configuration aside without asking': '不询问，直接把原有配置改名保留',
  '<url>': '<网址>',
  '<id>': '<id>',
  '<model>': '<模型>',
  'show the log, whether the gateway runs or not': '显示日志，网关运行与否都可以',
  'go on with new lines until Ctrl-C': '持续显示新的行，直到按 Ctrl-C',
  'only lines of this level and worse ones': '只显示该级别和更严重的',
  'how many of the newest lines': '显示最新的多少行',
  'as they are in the file, for scripts': '原样输出 JSON 行，供脚本使用',
  'print a script that completes commands and options; its first line says where to put it':
    '输出命令和选项的补全脚本；开头的注释写明放在哪里',
  '<shell>': '<shell>',
  'write the example with every key, to be edited; never over a file':
    '写出包含全部配置项的示例，供你修改；不会覆盖已有文件',
  'print it instead': '只输出，不写文件',
  'a service of the machine, which also starts without a login': '整机的服务，无人登录时也会启动',
  'with --system: as whom it runs': '配合 --system：以哪个用户运行',
  'write a service that keeps the gateway running (systemd or launchd)':
    '写出让网关一直运行的服务（systemd 或 launchd）',
  'print the file and write nothing': '只输出文件内容，不写入',
  'remove the service': '删除该服务',
  'print the path and remove nothing': '只输出路径，不删除',
  'collect what others need to help, without keys and texts, in one archive (.tar.gz)':
    '打包求助信息（.tar.gz），不含密钥和消息',
  'also the beginnings of messages that are not sent': '也包含未发出消息的开头',
  'let doctor ask the model and the backends, too': '体检时也询问模型和后端',
  'what the gateway tells you by itself': '网关主动发给你的告警',
  'send a test each way of alerts.to, and say what became of it; exit code 1 if one failed':
    '按 alerts.to 的每种方式发一条测试，并报告结果；有失败时退出码为 1',
  'look at everything and say what is wrong and what to do; changes nothing':
    '全面检查，指出问题和处理办法；不做任何改动',
  'configuration file (else that of the running gateway)': '配置文件（默认用正在运行的网关的）',
  'ask nothing outside this machine: no model, no backend': '不访问本机以外：不问模型，不连后端',
  'for scripts': '输出 JSON，供脚本使用',
  'finish what is under way and end the running gateway': '处理完手头的消息，然后停止网关',
  'restart the running gateway in its process, with the current configuration':
    '按当前配置重启网关（进程不变）',

  'take over what OpenClaw has on this machine': '接管本机 OpenClaw 的账号和设置',
  'settings and all WeChat accounts; path of its configuration or state directory':
    '设置和全部微信账号；路径为它的配置文件或状态目录',
  "the accounts of Tencent's WeChat plugin; path of OpenClaw's state directory":
    '腾讯微信插件的账号；路径为 OpenClaw 的状态目录',
  'say what would be done, and change nothing': '只说明会做什么，不做改动',
  'write the configuration to this new file, instead of printing it':
    '把配置写进这个新文件，而不是输出到终端',
  'what the gateway has stored': '网关保存的数据',
  'save logins, messages and sessions to one file; the gateway may run':
    '把登录状态、消息和会话备份到一个文件，网关可以照常运行',
  'replace what is stored by a backup; stop the gateway first': '用备份替换现有数据，须先停止网关',
  'read every database and say what is damaged; exit code 1 if anything is':
    '检查所有数据库是否损坏；有损坏时退出码为 1',

  'where the configuration is, whether it is valid, what is in it': '配置文件在哪、是否有效、内容是什么',
  'print the path of the file in use': '显示正在使用的配置文件路径',
  'check the file and show what is wrong with it': '检查配置文件，指出错在哪里',
  'print the JSON Schema of the file, for editors': '输出配置文件的 JSON Schema，供编辑器使用',
  'print the value of a key, defaults included and secrets hidden':
    '显示某个配置项的值，含默认值，不显示密钥',
  'configuration file': '配置文件',

  'who may talk to the bot in direct chats': '谁可以和机器人私聊',
  'only of this account': '只看这个账号',
  'tell the person': '通知对方',
  'who waits for a decision and who is approved': '谁在等待批准，谁已获批准',
  'let the person with this code in': '批准持有此配对码的人',
  'delete a request; the person may ask again': '删除一条申请；对方可以再次申请',
  'take an approval back': '撤销批准',

  'the accounts at the messaging services': '各聊天服务上的账号',
  'the configured accounts': '列出已配置的账号',
  'how each account is and what to do; exit code 1 if one needs a person':
    '查看各账号的状态和要做的事；需要人处理时退出码为 1',
  'check that each account responds': '检查每个账号是否有响应',
  'messages that are not sent': '没有发出的消息',
  'events that are not delivered to your programs': '没有送达你的程序的事件',
  'events that wait to be delivered': '等待送出的事件',
  'events that were given up, instead': '改为列出已放弃的事件',
  'deliver events that were given up once more': '把已放弃的事件再送一次',
  'delete events': '删除事件',
  'messages that wait to be sent': '等待发送的消息',
  'messages that were given up, instead': '改为列出已放弃的消息',
  'only messages in this state': '只列出处于该状态的消息',
  'send messages once more': '重新发送消息',
  'never send messages, and forget failures': '不再发送消息，或从失败列表中清除',
  'keep it until it can be sent, if it cannot be sent now': '现在发不出去时先保存，能发时再发',
  'else the default account': '账号；不写则用默认账号',
  'only an account of this channel': '只用这个渠道的账号',
  'show the QR code of an account and wait until it is logged in': '显示账号的登录二维码，等到登录成功',
  'how long to wait for the person': '最多等多久',
  'end the login of an account at the backend': '让账号在服务端退出登录',
  'send a text, a file, or both; says "sent", "queued" and why, or why not':
    '发送文字、文件或两者；报告已发送、排队及原因，或为何没发',
  'id of a person or a group': '个人或群的 ID',
  'text to send, sent before the file': '要发的文字，先于文件发送',
  'file of this machine to send': '要发的本机文件',
  'what would be done with a message, and why': '某条消息会被怎样处理，为什么',
  'a direct message from this person': '此人发来的私聊消息',
  'a message in this group': '这个群里的消息',
  'who wrote it in the group': '群里的发言人',
  'the message mentions the bot': '消息 @ 了机器人',
  'text of the message': '消息的文字',
  'what was done with this message, which came; the log has its id':
    '已收到的这条消息是怎么处理的；id 见日志',

  'the backends that an account can use': '账号可以使用的微信后端（puppet）',
  'what each known puppet can do, its risk, and whether it is installed':
    '已知的各个 puppet：能力、风险、是否已安装',
  'configuration file; puppets are installed in its folder': '配置文件；puppet 装在它所在的文件夹',

  'turns, tokens and costs of each day, of the last 90 days': '最近 90 天每天的回合数、token 数和费用',
  'how many of the newest days with turns': '只看最近有回合的多少天',

  'a gateway with a simulated WeChat, to try things out': '带模拟微信的网关，用来试用',
  'write to the bot of the sandbox as the simulated person, and print its answer':
    '以模拟用户的身份给沙盒里的机器人发消息，并显示回复',
  'how long to wait for the answer': '等回复最多等多久',
} as const
