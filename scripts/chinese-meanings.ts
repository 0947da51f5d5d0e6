/**
 * What the configuration keys mean, in Chinese, by the English description in the schema. A description that changes
 * in the schema is missing here until its Chinese is written again, and the reference cannot be generated without it.
 */

export const chineseMeanings: Readonly<Record<string, string>> = {
  'Whom the gateway tells when something is wrong.': '出问题时，网关主动告诉谁。',
  'Ways to tell you. Each alert goes all of them.': '告警方式。每条告警都会按所有方式发送。',
  'How long something must be wrong before it is told, in seconds: one number, or `{default, account, model, outbox, disk, config, tools, gateway}`.':
    '问题持续多少秒才告警：写一个数字，或按对象分别写 `{default, account, model, outbox, disk, config, tools, gateway}`。',
  'How long something that is not named here must be wrong, in seconds.':
    '没有单独写的对象，问题持续多少秒才告警。',
  'The same for an account.': '账号。',
  'The same for the model.': '模型。',
  'The same for messages that wait too long.': '等待过久的消息。',
  'The same for the disk and the state directory.': '磁盘和数据目录。',
  'The same for a rejected edit of the configuration.': '被拒绝的配置修改。',
  'The same for tools that offer the same name.': '同名的工具。',
  'The same for anything else, such as a channel that cannot be opened.': '其他问题，例如某个渠道无法打开。',
  'What is still wrong is told again after so many hours. 0: never.':
    '问题一直没有解决时，隔多少小时再提醒一次。0：不再提醒。',
  'Language of the alerts.': '告警的语言。',
  'A message to an address on the web.': '发到网上的某个地址。',
  'Address of the robot or service. It usually contains a key: keep it in an environment variable.':
    '机器人或服务的地址。其中通常含有密钥，请用环境变量保存。',
  'What the address expects: a robot of wecom, feishu, dingtalk or slack, ntfy, bark, or json for your own service.':
    '该地址要求的格式：wecom（企业微信）、feishu（飞书）、dingtalk（钉钉）、slack 的机器人，ntfy、bark，或供你自己的服务使用的 json。',
  'Secret for signatures, of a robot of feishu or dingtalk that wants them.':
    '飞书或钉钉机器人启用签名校验时的密钥。',
  'A program of this machine.': '本机的程序。',
  'The program. It gets the text on its standard input, and `MOLTBOT_ALERT` is begun, again, solved or test.':
    '要运行的程序。告警内容从标准输入传入，环境变量 `MOLTBOT_ALERT` 为 begun（开始）、again（再次）、solved（恢复）或 test（测试）。',
  'Arguments of the program.': '程序的参数。',
  'An e-mail.': '电子邮件。',
  'The mail server, such as "smtps://user:password@smtp.example.com". Keep it in an environment variable.':
    '邮件服务器，如 "smtps://用户:密码@smtp.example.com"。请用环境变量保存。',
  'Address of the sender.': '发件人地址。',
  'Address of the receiver.': '收件人地址。',
  'A WeChat message from another account of this gateway.': '由本网关的另一个账号发微信消息。',
  'The account that sends. What is wrong with this account itself is not sent this way.':
    '用哪个账号发送。这个账号自身的问题不会用它发送。',
  'Id of the person.': '对方的 id。',
  'Programs of yours that are told by signed HTTP requests (Standard Webhooks) what happens to the account.':
    '账号上发生的事，用带签名的 HTTP 请求（Standard Webhooks）通知你自己的程序。',
  'Where events are posted: an https address on the public internet. A key in it belongs into an environment variable.':
    '事件 POST 到哪里：公网上的 https 地址。地址中如果含有密钥，请用环境变量保存。',
  'What it is told of: "message.received" (messages of people who are admitted), "message.sent", "message.failed", "account.state".':
    '要接收哪些事件：“message.received”（只限获准者发来的消息）、“message.sent”（已发出）、“message.failed”（放弃发送）、“account.state”（账号状态变化）。',
  'Secret of the signatures (Standard Webhooks): 24 to 64 random bytes in base64, with or without "whsec_" before it. Keep it in an environment variable.':
    '签名密钥（Standard Webhooks）：24 到 64 个随机字节的 base64，前面可带可不带 "whsec_"。请用环境变量保存。',
  'Whether events hold what people and the bot write, file names and display names. false: only ids, kinds and times.':
    '事件里是否包含用户和机器人所写的内容、文件名和昵称。false：只有 id、类型和时间。',
  'Whether the address may lead to this machine or a private network, then also by plain http. Link-local addresses and the metadata services of clouds stay forbidden.':
    '地址是否可以指向本机或内网（此时也可以用 http）。链路本地地址和云厂商的元数据服务始终禁止。',
  'Where the state is stored. A change needs a restart.': '状态存在哪里。修改后需要重启。',
  'PostgreSQL 15 or newer for all state, as "postgres://user:password@host/database". Keep it in an environment variable. Default: MOLTBOT_STATE_URL of the environment, else files in the state directory.':
    '把全部状态存进 PostgreSQL（15 或更新版本），写作 "postgres://用户:密码@主机/数据库"。请用环境变量保存。默认：环境变量 MOLTBOT_STATE_URL；没有时存为状态目录里的文件。',
  'Connections to the database that this gateway uses at most, and one more for notifications.':
    '本网关最多使用的数据库连接数；另有一个连接用于接收通知。',
  'Milliseconds after which a statement is ended by the database.':
    '一条语句最多执行多少毫秒，超过后由数据库终止。',
  'TLS to the database. verify: always, with a trusted certificate; off: never. Default: verify, but off on this machine.':
    '到数据库的 TLS。verify：总是使用，且证书必须可信；off：不用。默认 verify，数据库在本机时为 off。',
  'PEM file of the authorities that are trusted. Default: those of the system.':
    '可信证书颁发机构的 PEM 文件。默认使用系统的。',
  'PEM file of a client certificate.': '客户端证书的 PEM 文件。',
  'PEM file of the key of that certificate.': '该证书私钥的 PEM 文件。',
  'A folder that every gateway of the database sees at the same files, such as a mount of NFS. Files that wait to be sent are there instead of in the database.':
    '共用该数据库的每个网关都能看到的文件夹（例如 NFS 挂载）。设置后，待发的文件放在这里，不再存进数据库。',
  'JSON Schema of this file, for editors.': '本文件的 JSON Schema，供编辑器校验和补全。',
  'The gateway process and its control plane.': '网关进程和它的控制面。',
  'The dashboard in the browser.': '浏览器里的控制台。',
  'Show in the dashboard what people and the bot write. false: only who wrote when, and what became of it.':
    '控制台是否显示用户和机器人所写的内容。false：只显示谁在什么时候发来消息、处理结果如何。',
  'The agent that answers.': '负责回答的智能体。',
  'Model providers.': '模型服务商。',
  'How messages are handled.': '消息的处理方式。',
  'Files that people send.': '用户发来的文件。',
  'Turns of a conversation for which its files stay within reach of the agent. A turn without files of its own gets them again, so a picture can be sent first and asked about later. 0: a file is gone after its turn.':
    '收到的文件在之后几轮对话内仍可供智能体使用。后面的消息如果没有带文件，就再次附上这些文件，因此可以先发图、再提问。0：只在当轮有效。',
  'Megabytes of such files stored for one conversation: pictures as the model gets them and extracted texts. The oldest are removed first.':
    '每个会话最多保存多少 MB 的这类文件（交给模型的图片和提取出的文字）。超出时先删最旧的。',
  'Megabytes that all files take on the disk at most. When a file needs room, the oldest spare files are deleted: received files that are only kept in case they are needed again, and files of earlier turns. If files of running turns and files that wait to be sent leave no room, the file is refused, and the person and the agent are told.':
    '所有文件合计最多占用多少 MB 磁盘。新文件放不下时，从最旧的开始删除用不着的文件：留作备用的已收文件，以及之前几轮的文件。正在处理和等待发送的文件不会被删；如果它们已占满上限，新文件会被拒收，并告知对方和 agent。',
  'Days after which such a file is removed, however few turns there were. 0: none is stored.':
    '这类文件最多保存几天，到期即删，与对话轮数无关。0：一律不保存。',
  'How requests leave this machine.': '本机对外的请求怎么走。',
  'The HTTP proxy for models, MCP servers, tools and files from the web: its URL, `{url, ilink}`, or false for none. Default: HTTPS_PROXY, HTTP_PROXY and ALL_PROXY of the environment. This machine itself is always reached directly.':
    '访问模型、MCP 服务器、工具和网上文件时使用的 HTTP 代理：写代理的网址、`{url, ilink}`，或写 false 表示不用。默认取环境变量 HTTPS_PROXY、HTTP_PROXY 和 ALL_PROXY。访问本机始终直连。',
  'The proxy, such as "http://127.0.0.1:7890". Default: that of the environment.':
    '代理的网址，如 "http://127.0.0.1:7890"。默认取环境变量。',
  'Reach iLink and its file server through the proxy too. They are reached directly otherwise. A change needs a restart.':
    'iLink 及其文件服务器也走代理。不设则直连。改动后需要重启。',
  'Hosts that are reached directly: names with all below them, addresses, networks such as "10.0.0.0/8", "*" for all. Default: NO_PROXY of the environment.':
    '哪些主机直连：域名（包括其下所有子域）、IP 地址、网段（如 "10.0.0.0/8"），"*" 表示全部。默认取环境变量 NO_PROXY。',
  'How conversations are grouped into sessions.': '哪些聊天共用一份会话记忆。',
  'The log.': '日志。',
  'File to which the log is written as well, as JSON lines; false: none. `~` is your home directory; a relative path starts at the configuration file. Default: `logs/gateway.log` in the state directory.':
    '日志同时写入的文件，每行一个 JSON 对象；false：不写文件。`~` 表示主目录；相对路径从配置文件所在位置算起。默认是状态目录下的 `logs/gateway.log`。',
  'Size in bytes at which the log file is full: it is renamed and a new one is begun.':
    '日志文件写到多少字节后改名存档，另起新文件。',
  'Full log files that are kept, as `gateway.log.1` (the newest), `gateway.log.2` and so on. 0: a full file is deleted.':
    '保留多少个写满的日志文件，依次名为 `gateway.log.1`（最新）、`gateway.log.2`……。0：写满即删。',
  'The channels that the gateway runs, by id.': '网关运行的渠道，以渠道 id 为键。',
  'Tools of the agent. A group or person can have fewer tools than these, never more.':
    '智能体的工具。某个群或某个人可用的工具只会比这里少，不会更多。',
  'Tools of other programs, over the Model Context Protocol (MCP).':
    '通过 MCP（模型上下文协议）接入的外部工具。',
  'Port of the control plane. 0: any free port. A change needs a restart.':
    '控制面的端口。0：任选一个空闲端口。改动后需要重启。',
  'Who can reach the control plane. loopback: only this machine; lan: the network too. A change needs a restart.':
    '谁能访问控制面。loopback：仅限本机；lan：局域网也可以。改动后需要重启。',
  'Milliseconds that running turns have to end when the gateway stops or restarts. Turns that are cut off run again at the next start.':
    '网关停止或重启时，等待正在进行的对话结束的毫秒数。没来得及答完的，下次启动后重新回答。',
  'Settings of the agent.': '智能体的设置。',
  'The model, by name or as `{primary: name}`.': '使用的模型，直接写名称，或写成 `{primary: 名称}`。',
  'System prompt: who the agent is and what it does. Default: a short prompt for a helpful assistant in WeChat.':
    '系统提示词：智能体是谁、做什么。默认是一段简短的微信助手提示词。',
  'Longest time for one answer, in seconds. After that the turn fails.':
    '一次回答最多用多少秒，超时即算失败。',
  "Longest answer, in tokens of the provider. Default: the provider's own limit.":
    '一次回答最多输出多少 token。默认采用服务商的上限。',
  'Rounds of tool calls for one answer. After the last one the agent must answer with what it has.':
    '一次回答最多进行几轮工具调用，用完后智能体须根据已有结果作答。',
  'Tokens, input and output, that the tool calls for one answer may use. Above that the agent must answer with what it has.':
    '一次回答中工具调用最多消耗多少 token（输入加输出），超出后智能体须根据已有结果作答。',
  'Folder whose files the agent may send. It has to exist. `~` is your home directory; a relative path starts at the configuration file. Default: `workspace` in the state directory.':
    '智能体可以发送其中文件的文件夹，该文件夹必须已经存在。`~` 表示主目录；相对路径从配置文件所在位置算起。默认是状态目录下的 `workspace`。',
  'The model that answers, as "provider/model": a provider of `models.providers`, or "builtin/echo", which repeats every message and needs no network. Without a model the gateway runs and reports what is missing.':
    '负责回答的模型，写作“服务商/模型”：服务商取自 `models.providers`；也可以写 "builtin/echo"，它只复述消息，不需要网络。没有配置模型时网关照常运行，并提示缺少什么。',
  'Model providers, under names that you choose.': '模型服务商，名称自取。',
  'The API\'s base URL, such as "https://api.example.com/v1".':
    'API 的基础地址，例如 "https://api.example.com/v1"。',
  'API key. Keep it in an environment variable. Not needed for a server without authentication.':
    'API 密钥，请放在环境变量里。不需要认证的服务可以不填。',
  'Protocol of the API.': 'API 的协议。',
  'HTTP headers for every request.': '每个请求附带的 HTTP 头。',
  "The provider's models, as ids or as `{id, name, …}`. If there is a list, a model that is not in it is reported.":
    '该服务商的模型，写 id，或写成 `{id, name, …}`。写了列表时，用到列表以外的模型会有提示。',
  "The provider's id of the model.": '服务商对该模型的命名。',
  'Name for display.': '显示用的名称。',
  'Kinds of input that the model accepts. "image": it sees the pictures that people send; "audio" (openai-completions only): it hears voice messages that have no transcript. Default: what the model is known for by its name; a refused picture is left out.':
    '模型接受的输入。"image"：能看到别人发来的图片；"audio"（仅 openai-completions）：能直接听没有转写文字的语音。默认按模型名称判断；图片被拒绝时会去掉图片再问一次。',
  'Incoming messages.': '收到的消息。',
  'If an answer takes longer than this many milliseconds, the person gets one short notice that the work goes on. 0: never.':
    '回答超过这么多毫秒还没好时，告诉对方仍在处理，只提示一次。0：不提示。',
  'Texts of one sender that arrive within this many milliseconds of each other are answered together. 0: each is answered separately.':
    '同一个人连续发来的文本，间隔不超过这么多毫秒的合并回答。0：逐条回答。',
  'A picture, video, file or card that came without text waits this many milliseconds for text of its sender before it is answered. 0: it is answered at once.':
    '只发来图片、视频、文件或卡片、没有附文字时，等这么多毫秒，看对方是否接着发文字，再一起回答。0：立即回答。',
  'Which direct chats share a session. main: all; per-peer: all chats of one person; per-channel-peer: those of one person on one channel; per-account-channel-peer: those of one person with one account.':
    '哪些私聊共用一个会话。main：全部共用；per-peer：同一个人的全部私聊；per-channel-peer：同一个人在同一渠道的私聊；per-account-channel-peer：同一个人与同一账号的私聊。',
  'Ids of the same person, under a name that you choose: `{ann: ["wechat:wxid_1", "wechat:wxid_2"]}`.':
    '同一个人的多个 id，归到一个自取的名称下：`{ann: ["wechat:wxid_1", "wechat:wxid_2"]}`。',
  'Lowest level that is logged.': '记录的最低日志级别。',
  'The WeChat channel.': '微信渠道。',
  'Whether the account is started.': '是否启动该账号。',
  'A label for display. It has no other effect.': '显示用的名称，没有其他作用。',
  'The Wechaty backend, by npm package name. Short names: "ilink" (Tencent\'s official bot API), "service" (a hosted puppet), "wechat" and "wechat4u" (web WeChat), "mock".':
    'Wechaty 后端，写 npm 包名。简称："ilink"（腾讯官方机器人接口）、"service"（托管的 puppet）、"wechat" 和 "wechat4u"（网页版微信）、"mock"。',
  'Options of the puppet, e.g. `token`, `endpoint`, `baseUrl`. Keep secrets in environment variables.':
    'puppet 的选项，例如 `token`、`endpoint`、`baseUrl`。密钥请放在环境变量里。',
  'Limits of a puppet that runs in its own process. These are all puppets except "ilink" and "service".':
    '对独立进程中的 puppet 的限制。除 "ilink" 和 "service" 外，其他 puppet 都在独立进程中运行。',
  'What a puppet in its own process may do on this machine. "own": read its packages and use its own folders, and no more; it can start no program. "user": all that the gateway\'s user may. Default: "user" for a puppet that is known to start a browser, else "own".':
    '独立进程中的 puppet 在本机能做什么。"own"：只能读取自己所用的包、使用自己的目录，不能启动程序。"user"：运行网关的用户能做的一切。默认：已知要启动浏览器的 puppet 为 "user"，其他为 "own"。',
  'Whether the login QR code is drawn in the terminal, log and dashboard. false: the status shows only its link.':
    '是否在终端、日志和控制台页面里画出登录二维码。false：只在状态里给出链接。',
  "iLink only: the name that the bot reports to the backend, in the style of a User-Agent. It appears in Tencent's logs and has no other effect.":
    '仅用于 iLink：机器人向后端报告的名称，格式类似 User-Agent。只出现在腾讯的日志里，没有其他作用。',
  'Who may talk to the bot in a direct chat. pairing: a new sender gets a code that you approve; allowlist: only `allowFrom`; open: every user; disabled: no user.':
    '谁可以私聊机器人。pairing：新来的人先收到配对码，由你批准；allowlist：只有 `allowFrom` 里的人；open：所有人；disabled：谁都不行。',
  'Whether `moltbot pairing list` shows the display name and the first words of a person who asks for pairing. They are stored with the request, for at most one hour, and never given to the agent.':
    '`moltbot pairing list` 是否显示申请配对的人的昵称和第一句话的开头。它们随申请保存，最多一小时，不会交给智能体。',
  'User ids that may always talk to the bot in a direct chat. "*" is every user, which also disables pairing.':
    '始终可以私聊机器人的用户 id。"*" 表示所有人，配对也就不再起作用。',
  'Which groups the bot listens to. open: every group, or only those in `groups` if it has entries; allowlist: only those in `groups`; disabled: none.':
    '机器人在哪些群里工作。open：所有群；如果 `groups` 里写了群，就只限这些群；allowlist：只限 `groups` 里的群；disabled：都不行。',
  'User ids that the bot listens to in a group, "*" for every user. Without this key: every member of an admitted group.':
    '群里哪些用户的消息会被理会，写用户 id，"*" 表示所有人。不写：允许的群里人人都可以。',
  'Rules by group id. "*" applies to every group; the keys of a group\'s own entry replace those of "*".':
    '按群 id 设置的规则。"*" 适用于所有群；某个群自己写了的项会覆盖 "*" 里的同名项。',
  'Rules for one user in a direct chat, by user id.': '按用户 id 设置的私聊规则。',
  'Regular expressions (JavaScript, unicode mode, case ignored, without lookaround and backreferences) that count as a mention of the bot in a group, in addition to "@" and its name.':
    '除“@名字”之外，群消息匹配其中任一正则表达式也算提到了机器人（JavaScript 语法，unicode 模式，不区分大小写，不支持环视和反向引用）。',
  "Messages of a group since the bot's last reply there that the agent sees as context. 0: none.":
    '机器人上次在群里回复之后的消息，最多带多少条给智能体作为上下文。0：不带。',
  'Earlier turns of a direct chat that the agent sees. 0: no limit.':
    '私聊中智能体能看到之前的多少轮对话。0：不限。',
  'Days for which the texts of finished messages and replies are stored. 0: only the texts of unfinished ones.':
    '已处理完的消息和回复，其文本保留多少天。0：只保留未处理完的。',
  'How long a reply that cannot be sent is kept, in milliseconds: one number, or `{direct, group}`. An older one is given up, and the user is told as soon as possible.':
    '暂时发不出去的回复最多保留多久，单位毫秒：写一个数字，或分别写 `{direct, group}`。超过后放弃，并尽快告知用户。',
  'How long a reply may wait to be sent in a direct chat, in milliseconds.':
    '私聊中，回复最多等待多久，单位毫秒。',
  'How long a reply may wait to be sent in a group, in milliseconds.': '群聊中，回复最多等待多久，单位毫秒。',
  'How old a message may be when its turn comes, in milliseconds: one number, or `{direct, group}`. An older one, for example after an outage, is stored as history and not answered.':
    '轮到回答时，消息最多可以是多久以前的，单位毫秒：写一个数字，或分别写 `{direct, group}`。更早的消息（例如断线期间的）只作为历史保存，不再回答。',
  'How long a message may wait for its turn in a direct chat, in milliseconds.':
    '私聊中，消息最多可以等多久再回答，单位毫秒。',
  'How long a message may wait for its turn in a group, in milliseconds.':
    '群聊中，消息最多可以等多久再回答，单位毫秒。',
  'The most messages that the text of one reply becomes. The rest follows as one file.':
    '一次回复的文字最多分成几条消息，放不下的部分以一个文件发送。',
  "Longest message, in characters as WeChat counts them. If the puppet's own limit is smaller, that limit applies.":
    '单条消息最多多少字（按微信的算法）。puppet 自身的上限更小时，以更小的为准。',
  'How a long reply is split. length: into as few messages as possible; newline: at blank lines first.':
    '长回复怎么拆分。length：条数尽量少；newline：优先在空行处拆开。',
  'Whether a reply is sent while it is being written. WeChat cannot edit a message, so "partial" is the same as "off"; "block" sends each block as soon as it is ready.':
    '是否边写边发。微信消息发出后不能修改，所以 "partial" 与 "off" 相同；"block" 每写好一段就发一段。',
  'true is the same as `streamMode: "block"`.': 'true 等同于 `streamMode: "block"`。',
  'Size of a block when replies are sent block by block, within `textChunkLimit`.':
    '分段发送时每段的长度，不超过 `textChunkLimit`。',
  'Largest media file that is downloaded or sent, in MiB. A larger file is reported to the user and the agent.':
    '收发文件的大小上限，单位 MiB。超过上限时会告知对方和智能体。',
  "Language of the channel's own notices. auto: Chinese if the sender writes Chinese, otherwise both languages.":
    '渠道自身提示所用的语言。auto：对方写中文就用中文，否则中英文都写。',
  'The account that commands and outbound sends use if they name none. Default: "default" if it exists, else the first by id.':
    '命令和主动发送没有指明账号时使用的账号。默认是 "default"；没有它时，取 id 排在最前的一个。',
  'Accounts by id. Each may have every key of the channel level, and its own value replaces the one there. Without `accounts` there is one account, "default".':
    '各个账号，以账号 id 为键。渠道一级的配置项在账号里都可以写，并以账号里的为准。不写 `accounts` 时只有一个账号，即 "default"。',
  'Resident memory of its processes, in MiB, including a browser. Above it the processes are ended and started again.':
    '其全部进程（包括浏览器）的常驻内存上限，单位 MiB。超过后结束进程并重新启动。',
  'How often its process may exit unexpectedly within an hour before the account fails.':
    '一小时内进程最多意外退出几次，再多账号就转为失败状态。',
  'false: the bot ignores this group.': 'false：不理会这个群。',
  'Whether the bot answers only when it is mentioned.': '是否只在被 @ 时才回答。',
  'User ids that the bot listens to in this group, "*" for every user. Replaces `groupAllowFrom` for this group.':
    '在这个群里，哪些用户的消息会被理会，写用户 id，"*" 表示所有人。写了就不再看 `groupAllowFrom`。',
  'Which of the agent\'s tools this group may use, out of those that the "*" entry allows: a list of names, or `{allow, alsoAllow, deny}`.':
    '这个群可以使用哪些工具，只能在 "*" 允许的范围内挑选：写名称列表，或写成 `{allow, alsoAllow, deny}`。',
  'The same for single senders in this group, by user id; "*" applies to every other sender. It narrows `tools` further.':
    '按用户 id 限制群里个别成员可用的工具；"*" 适用于没有单独列出的成员。只会在 `tools` 的基础上进一步收紧。',
  '`historyLimit` for this group.': '这个群的 `historyLimit`。',
  "Instructions for the agent in this group, added to the agent's own system prompt.":
    '在这个群里追加给智能体的提示词。',
  '`mentionPatterns` for this group.': '这个群的 `mentionPatterns`。',
  'Only these tools. `*` and `prefix_*` work. An empty list: no tool at all.':
    '只允许这些工具，可以写 `*` 和 `前缀_*`。空列表：一个都不允许。',
  'More tools, in addition to those in `allow`.': '在 `allow` 之外再加上的工具。',
  'Never these tools, even if another list allows them.': '禁止这些工具，即使别处允许。',
  '`dmHistoryLimit` for this user.': '这个用户的 `dmHistoryLimit`。',
  "Which of the agent's tools this user may use: a list of names, or `{allow, alsoAllow, deny}`.":
    '这个用户可以使用哪些工具：写名称列表，或写成 `{allow, alsoAllow, deny}`。',
  'Shortest block, in characters.': '每段最少多少字。',
  'Longest block, in characters.': '每段最多多少字。',
  'Tools that the agent may use, by name; "web_*" matches every tool whose name starts with "web_". Default: all. An empty list: none.':
    '智能体可以使用的工具，按名称；"web_*" 匹配所有以 "web_" 开头的工具。默认全部可用。空列表：都不可用。',
  'Tools that the agent may not use, even if `allow` names them.':
    '智能体不得使用的工具，即使 `allow` 里写了也不行。',
  'How media are converted for the agent.': '媒体交给智能体之前如何转换。',
  'Transcription of voice messages for which WeChat has no transcript. A voice message without one is given as sound to a model that accepts audio; other models read only that there was one.':
    '转写没有微信转写文字的语音。没能转写的语音，会原样交给能听语音的模型；其他模型只知道有这么一条语音。',
  'Whether voice messages are transcribed. Needs `models`.': '是否转写语音，需要同时配置 `models`。',
  'Models that transcribe, tried in this order.': '用于转写的模型，按顺序尝试。',
  'Largest voice message that is transcribed, in bytes.': '转写的语音最大多少字节。',
  'Longest time for one voice message and model, in seconds.': '每个模型转写一条语音最多用多少秒。',
  'Code of the spoken language, such as "zh". Default: detected by the model.':
    '语音的语言代码，例如 "zh"。默认由模型判断。',
  'A provider of `models.providers` whose `api` is one of "openai-…".':
    '`models.providers` 中的服务商，其 `api` 须为 "openai-…" 之一。',
  'The provider\'s id of the model, such as "gpt-4o-mini-transcribe".':
    '服务商对该模型的命名，例如 "gpt-4o-mini-transcribe"。',
  'MCP servers, under names that you choose: `{command, args, env}` or `{url, headers}`. Their tools are called `<server>_<tool>`.':
    'MCP 服务器，名称自取：`{command, args, env}` 或 `{url, headers}`。它们的工具名为 `<服务器>_<工具>`。',
  'Program to start. It speaks MCP over standard input and output.':
    '要启动的程序，通过标准输入输出使用 MCP。',
  'Arguments of the program. Put secrets into `env`, not here.':
    '程序的参数。密钥请写在 `env` 里，不要写在这里。',
  "Environment variables for the program. Of the gateway's own environment it gets only basic variables such as PATH and HOME.":
    '给程序的环境变量。网关自己的环境变量中，程序只能得到 PATH、HOME 等基本变量。',
  'URL of a server that speaks MCP over streamable HTTP.': '以 streamable HTTP 方式使用 MCP 的服务器地址。',

  'false: it is not due.': 'false：不执行。',
  'The account that sends. Default: the default account.': '用哪个账号发送。默认：默认账号。',
  'Id of the person or group.': '对方（个人或群）的 id。',
  '`to` is a group.': '`to` 是群。',
  'When, as a cron expression of five fields: minute, hour, day of the month, month, day of the week. "0 8 * * 1-5": at 8:00 from Monday to Friday.':
    '时间，五段 cron 表达式：分、时、日、月、星期。"0 8 * * 1-5"：周一到周五早上八点。',
  'When, as an interval, counted from midnight UTC: "90m", "6h", "1d".':
    '时间，间隔，从 UTC 零点起算："90m"、"6h"、"1d"。',
  'When, once: a time with its offset, such as "2026-12-24T18:00:00+08:00".':
    '时间，只执行一次：带时区偏移，如 "2026-12-24T18:00:00+08:00"。',
  'Time zone of `cron`. Default: `schedules.timeZone`.': '`cron` 的时区。默认：`schedules.timeZone`。',
  'The text to send. Either this or `prompt`.': '要发送的文字。与 `prompt` 二选一。',
  'What the agent is asked; its answer is sent. Either this or `text`.':
    '交给智能体的话，发送它的回答。与 `text` 二选一。',
  'Tools that the agent may use for `prompt`. They only narrow what a message of that chat may use. Default: all of that.':
    '执行 `prompt` 时智能体可用的工具，只会在该会话原有范围内收窄。默认：不再收窄。',
  'Your own schedules, each under a name that you choose.': '管理员自己的定时任务，名称自取。',
  'What was due while the gateway did not run is sent after its start, once, if it is at most so many milliseconds late. Else it is recorded as missed.':
    '网关没有运行时到点的任务，若迟到不超过这么多毫秒，启动后补发一次；否则记为错过。',
  'Half an hour before WeChat lets the bot write no more to a person for whom something is scheduled later, ask them for a word. Once until they write again.':
    '如果之后还有给某人的定时消息，在微信不再允许机器人主动发消息的半小时前，请对方回一句话。对方再次发言之前只提醒一次。',
  'Hours of the person in which nobody is asked for a word. false: none.':
    '对方所在时区的这段时间内不提醒。false：不设。',
  'Time zone of people who have not told theirs, and of `cron`. Default: that of this machine.':
    '没有说过自己时区的人，以及 `cron` 所用的时区。默认：本机时区。',
  'Schedules and reminders that one person may have with an account. 0: none.':
    '一个人在一个账号上最多可有的定时任务和提醒数。0：不允许。',
  'Schedules and reminders that all people of an account may have together.':
    '一个账号上所有人合计最多可有的定时任务和提醒数。',
  'What is sent by itself at a time, and what people may schedule in their chats.':
    '到点自动发送的内容，以及用户在聊天里可以设置的范围。',

  'Several gateways that share the accounts. Takes effect where they share a database.':
    '多个网关共同服务这些账号，在它们共用一个数据库时生效。',
  'Share of the accounts of each gateway, by its name: `{"gw-1": 2}` serves twice as many as a gateway that is not named. 0: it serves none. Default: 1 each. The name is MOLTBOT_GATEWAY_NAME, else that of the machine.':
    '每个网关分到多少账号，按网关名称填写：`{"gw-1": 2}` 分到的是没写名称的网关的两倍。0：不分配账号。默认都是 1。网关名称取 MOLTBOT_GATEWAY_NAME，没有则用机器名。',
  'Seconds after which the other gateways take over the accounts of one that is silent. A gateway that cannot reach the database stops before. A change needs a restart of every gateway.':
    '一个网关多少秒没有动静，其他网关就接管它的账号。连不上数据库的网关会在此之前停下。修改后要重启所有网关。',

  'What one conversation may use.': '一个会话的用量限制。',
  'Answers of the agent in one conversation within an hour. Beyond it the conversation rests: messages are stored as context. 0: any number. Default: 60 in a group, 120 in a direct chat.':
    '一个会话一小时内最多回答几次，超过后暂停回答，消息只作为上下文保存。0：不限。默认群聊 60 次，私聊 120 次。',
  'Characters of one message that the agent reads as its text. The rest of a longer message is a text file. Default: 20000.':
    '一条消息最多读取多少字，超出的部分作为文本文件交给智能体。默认 20000。',
  'Limits of one conversation. A key that is missing here comes from `limits` of the gateway.':
    '一个会话的用量限制。没有写的项取网关的 `limits`。',
  '`limits.turnsPerHour` of the gateway for this account.': '这个账号的 `limits.turnsPerHour`。',
  '`limits.messageChars` of the gateway for this account.': '这个账号的 `limits.messageChars`。',
  'Whether the bot answers other accounts of this gateway in this group. Two bots that answer each other go on until `limits.turnsPerHour`.':
    '在这个群里是否回答本网关的其他账号。两个机器人会一直互相回答，直到 `limits.turnsPerHour` 为止。',

  'Tokens that one request may have, its answer included. Older parts of a conversation that do not fit are left out. Default: 32000, and what the provider reports when it refuses a longer one.':
    '一次请求最多多少 token（含回答）。放不下时，先略去较早的对话。默认 32000；如果服务商因过长而拒绝，则以它报告的数值为准。',
  'Longest answer of the model, in tokens. So much of `contextWindow` is left free for it.':
    '模型一次回答最多多少 token，会在 `contextWindow` 中为它预留。',
  'Host names under which other machines reach the push API and the MCP server, such as that of a reverse proxy. Nothing else is served under them. Addresses need not be listed.':
    '其他机器访问推送 API 和 MCP 服务器时使用的主机名，例如反向代理的域名。用这些主机名访问不到别的功能。用 IP 地址访问时不必列出。',
  'Persons and groups to whom programs may write through `moltbot push`, the push API and the MCP server, under names that you choose: `{ops: {person: "ID"}}`.':
    '推送目标：其他程序可以通过 `moltbot push`、推送 API 和 MCP 服务器发消息的人和群，名称自定：`{ops: {person: "ID"}}`。',
  'Id of the person who gets the messages.': '收消息的人的 id。',
  'Id of the group that gets the messages, instead of a person.': '收消息的群的 id，与 `person` 二选一。',
  'The MCP server of the gateway, by which other agents write to `targets`.':
    '网关自带的 MCP 服务器，其他智能体通过它给 `targets` 里的目标发消息。',
  'Let clients of the MCP server read what was written in the conversations of the targets that they reach. What people write can be an attempt to instruct the client.':
    '是否允许 MCP 客户端读取它能发到的那些目标的聊天内容。别人写的内容可能企图指挥客户端，请谨慎开启。',
  'What the model costs, for the costs in `moltbot usage` and in the dashboard.':
    '模型的价格，用来在 `moltbot usage` 和控制台里计算费用。',
  'Price of a million tokens that the model reads.': '每百万输入 token 的价格。',
  'Price of a million tokens that the model writes.': '每百万输出 token 的价格。',
  'Price of a million tokens that the provider reads from its cache. Default: `input`.':
    '每百万命中缓存的输入 token 的价格，默认与 `input` 相同。',
  'Price of a million tokens that the provider puts into its cache. Default: `input`.':
    '每百万写入缓存的 token 的价格，默认与 `input` 相同。',
  'Currency of the prices, as an ISO 4217 code.': '价格的币种，用 ISO 4217 代码，例如 `CNY`。',
}
