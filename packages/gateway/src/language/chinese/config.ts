/**
 * Problems and warnings of a configuration.
 */

export const config = {
  'a host name is given in lower case and without a port, such as "push.example.com"':
    '主机名用小写、不带端口，如 "push.example.com"',
  "a target's name has 1 to 32 letters, digits, `_` and `-`":
    '目标名称由 1 到 32 个字母、数字、`_`、`-` 组成',
  'a target is either a person or a group: give one of `person` and `group`':
    '一个目标要么是人、要么是群：`person` 和 `group` 只写一个',
  'at most {count} targets': '最多 {count} 个目标',

  'Write one with: moltbot setup (an example with every key is {file})':
    '用向导生成：moltbot setup（列出全部配置项的示例是 {file}）',
  'Or try it without one: moltbot gateway run --sandbox':
    '也可以不写配置先试用：moltbot gateway run --sandbox',
  'warning: {problem}': '提醒：{problem}',

  '{problem}, found {found}': '{problem}，实际是 {found}',
  '{problem}; allowed: {values}': '{problem}；可用：{values}',
  '{problem}; did you mean {guess}?': '{problem}；是不是 {guess}？',
  '{problem}; did you mean {guess}? Allowed: {values}': '{problem}；是不是 {guess}？可用：{values}',
  '{found} (not shown)': '{found}（不显示）',
  'unknown key': '没有这个配置项',
  'not one of the values it may have': '不是允许的值',
  'is missing': '缺少',
  'is missing: expected {expected}': '缺少：应为{expected}',
  'expected {expected}': '应为{expected}',
  'a string': '字符串',
  'a number': '数字',
  'a whole number': '整数',
  'true or false': 'true 或 false',
  'a list': '列表',
  'an object': '对象',
  'must not be empty': '不能为空',
  'no installed channel has this name': '没有安装叫这个名字的渠道',
  'a key of OpenClaw that this gateway does not use': '这是 OpenClaw 的配置项，本网关不使用',
  'the environment variable {name} is not set, or empty; set it (export {name}=…), or write {name}=… to the file .env beside the configuration':
    '环境变量 {name} 没有设置或为空；请设置它（export {name}=…），或在配置文件旁的 .env 文件里写 {name}=…',
  'duplicate key; the first is at line {line}': '配置项重复；第一次出现在第 {line} 行',
  'no key may have this name': '配置项不能叫这个名字',
  'not valid JSON5: {problem}': '不是有效的 JSON5：{problem}',
  'unexpected {token} found.': '多余的 {token}',
  'the character {character} is not the one that JSON5 uses; write {meant} with an English keyboard':
    'JSON5 不用字符 {character}；请切换到英文输入法，写成 {meant}',
  'the string that begins here does not end on its line; its closing quote is missing':
    '从这里开始的字符串没有在本行结束；缺少右引号',
  'the file ends too early; a closing brace, bracket or quote is missing':
    '文件没写完就结束了；缺少右括号或引号',
  'the file is empty; a configuration is at least {}': '文件是空的；配置文件至少要写 {}',
  'no model is configured, so people get the answer that there is no model; name one as "provider/model"':
    '没有配置模型，机器人只会回答“没有模型”；请按“服务商/模型”的写法指定一个',
  'other users of this machine can read this file; if it has secrets, run: chmod 600 {file}':
    '本机的其他用户可以读取这个文件；如果里面有密钥，请执行：chmod 600 {file}',
  'is not used: {problem}': '没有使用：{problem}',
  'not a regular file': '不是普通文件',
  'not UTF-8 text': '不是 UTF-8 文本',
  'there is no folder {folder}; create it, or correct the path': '没有文件夹 {folder}；请新建它，或改正路径',
  '{key} is the default': '{key} 是默认值',
  '{key} is not set; this is the default': '{key} 没有设置；这是默认值',
  'defaults: {keys}': '默认值：{keys}',
  'no channel is configured, so there is nobody to answer; add channels.wechat, which may be empty: { channels: { wechat: {} } }':
    '没有配置渠道，机器人没有人可以回答；请加上 channels.wechat，内容可以为空：{ channels: { wechat: {} } }',
  'ends with the path of a request, which the gateway adds itself; remove "{ending}"':
    '结尾是单个请求的路径，网关会自己加上；请去掉“{ending}”',
  '"{puppet}" needs the token of the hosted puppet in puppetOptions.token':
    '“{puppet}”需要在 puppetOptions.token 里写托管 puppet 的 token',
  'has no effect: "{puppet}" has no groups, only direct chats': '不起作用：“{puppet}”没有群，只有私聊',
  'the provider\'s list of models does not have "{model}"': '服务商的模型列表里没有“{model}”',
  '"{id}" is under "{person}" already, and is taken for that person':
    '“{id}”已归在“{person}”名下，按那个人处理',
  'gateway.port and gateway.bind have changed; they apply when the process is started again':
    'gateway.port 和 gateway.bind 已改动，重新启动进程后生效',

  "is the placeholder of an example; put the provider's key there":
    '这是示例里的占位文字；请换成服务商给的密钥',
  "has a character that no API key has: {character}; copy the key again from the provider's site":
    'API 密钥里不会有这样的字符：{character}；请到服务商的网站重新复制密钥',
  '{shown} at position {position}': '第 {position} 个字符是 {shown}',
  'a model is named as "provider/model", such as "openai/gpt-5" or "builtin/echo"':
    '模型要写成“服务商/模型”，例如“deepseek/deepseek-chat”或“builtin/echo”',
  'there is no provider "{provider}" in models.providers ({reason})':
    'models.providers 里没有服务商“{provider}”（{reason}）',
  'there is no provider "{provider}" in models.providers ({reason}), and "{model}" is not built in ({models})':
    'models.providers 里没有服务商“{provider}”（{reason}），“{model}”也不是内置模型（{models}）',
  'which is empty': '里面是空的',
  'a URL with a user name in it is not taken; use `apiKey` or `headers`':
    '网址里不能带用户名；请用 `apiKey` 或 `headers`',
  "a provider's name has 1 to 64 characters, none of them a slash or a space":
    '服务商的名称为 1 到 64 个字符，不能有斜杠和空格',
  '"builtin" is the gateway\'s own provider; take another name': '“builtin”是网关自己的服务商；请换个名称',
  'the API {api} has no transcription; openai-completions and openai-responses have':
    '接口 {api} 不能转写语音；openai-completions 和 openai-responses 可以',
  'is not supported in this version; remove it': '这个版本还不支持；请去掉它',
  'expected an https address': '应为 https 地址',
  'the address must not have a user name in it': '地址里不能带用户名',
  'http is not encrypted: write https, or set allowPrivateNetwork for an address in your own network':
    'http 不加密：请改用 https；如果地址在自己的内网，请设置 allowPrivateNetwork',
  'events are not sent to this address': '不会向这个地址发送事件',
  'the address is in a private network, where events are only sent if allowPrivateNetwork is true':
    '这是内网地址；allowPrivateNetwork 为 true 时才会向它发送事件',
  'another webhook has the same address; list all events in one':
    '另一个 webhook 用的是同一个地址；请把事件写在一起',
  'expected {min} to {max} random bytes in base64; make one with: openssl rand -base64 32':
    '应为 {min} 到 {max} 个随机字节的 base64；生成方法：openssl rand -base64 32',
  'a language is given by its code, such as "zh" or "en"': '语言要写代码，例如“zh”或“en”',
  "a server's name has 1 to 32 letters, digits, `_` and `-`":
    '服务器的名称为 1 到 32 个字母、数字、`_` 或 `-`',
  'at most {count} servers': '最多 {count} 个服务器',
  'the pattern "{pattern}" also matches the tools of this server; rename one of the two servers if they need different permissions':
    '“{pattern}”也会匹配这个服务器的工具；如果两个服务器需要不同的权限，请改其中一个的名称',
  'nested more than {levels} levels deep': '嵌套超过 {levels} 层',
  'cannot read {file}: {reason}': '无法读取 {file}：{reason}',
  'no such file': '没有这个文件',
  'links in a circle': '链接成环',
  'larger than {bytes} bytes': '超过 {bytes} 字节',
  'not the name of an HTTP header': '不是 HTTP 头的名称',
  'expected a path, or a list of paths': '应为路径，或路径列表',
  'only a file that holds an object can be merged with other keys or files':
    '只有内容是对象的文件才能和其他配置项或文件合并',
  'more than {count} includes inside each other': '$include 嵌套超过 {count} 层',
  'more than {count} files': '文件超过 {count} 个',
  '"{file}" is outside the configuration\'s folder; only files in or below it may be included':
    '“{file}”不在配置文件所在的文件夹里；只能包含这个文件夹及其子文件夹里的文件',
  '"{file}" is a link out of the configuration\'s folder': '“{file}”是指向配置文件夹之外的链接',
  '"{file}" includes itself': '“{file}”包含了它自己',
  'expected three capital letters, such as "USD" or "CNY"': '应为三个大写字母，例如 "CNY" 或 "USD"',
  'needs both `input` and `output`': '`input` 和 `output` 两个价格都要写',
  'expected an http or https URL': '应为 http 或 https 网址',
  'expected the name of an environment variable between the braces; a second "$" before them makes them plain text':
    '大括号里应为环境变量的名称；要写这几个字符本身，请在前面再加一个 $',
  'expected a number and m, h or d, such as "90m"': '应为数字加 m（分）、h（时）或 d（天），例如 "90m"',
  'expected a time span such as "22:00-08:00"': '应为一段时间，例如 "22:00-08:00"',
  'expected a time with its offset, such as "2026-12-24T18:00:00+08:00"':
    '应为带时区偏移的时间，例如 "2026-12-24T18:00:00+08:00"',
  'expected an address such as "smtps://user:password@smtp.example.com"':
    '应为 "smtps://用户:密码@smtp.example.com" 这样的地址',
  'expected lower-case letters, digits, "-" and "_"': '只能用小写字母、数字、“-”和“_”',
  'one of {names} is needed': '{names} 中必须写一个',
  'only one of {names} is possible': '{names} 中只能写一个',
  'the URL of a PostgreSQL database begins with "postgres://"':
    'PostgreSQL 数据库的网址以 "postgres://" 开头',
  'there is no such time zone; give an IANA name such as "Asia/Shanghai"':
    '没有这个时区；请写 IANA 名称，例如 "Asia/Shanghai"',
  'this cron expression is never due or has not five fields':
    '这个 cron 表达式没有五个字段，或者永远不会到时间',
} as const
