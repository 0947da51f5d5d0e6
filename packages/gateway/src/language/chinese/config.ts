/**
 * Problems and warnings of a configuration.
 */

export const config = {
  'Try it without one: moltbot gateway run --sandbox': '不用配置也能试用：moltbot gateway run --sandbox',
  'Or begin with a copy of config/config.example.json5.': '或者从 config/config.example.json5 复制一份开始。',
  'warning: {problem}': '提醒：{problem}',

  '{problem}, found {found}': '{problem}，实际是 {found}',
  '{problem}; allowed: {values}': '{problem}；可用：{values}',
  '{problem}; did you mean {guess}?': '{problem}；是不是 {guess}？',
  '{problem}; did you mean {guess}? Allowed: {values}': '{problem}；是不是 {guess}？可用：{values}',
  '{found} (not shown)': '{found}（不显示）',
  'unknown key': '没有这个键',
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
  'a key of OpenClaw that this gateway does not use': '这是 OpenClaw 的键，本网关不使用',
  'the environment variable {name} is not set, or empty': '环境变量 {name} 没有设置或为空',
  'duplicate key; the first is at line {line}': '键重复；第一次出现在第 {line} 行',
  'no key may have this name': '键不能叫这个名字',
  'not valid JSON5: {problem}': '不是有效的 JSON5：{problem}',
  'unexpected {token} found.': '多余的 {token}',
  'the character {character} is not the one that JSON5 uses; write {meant} with an English keyboard':
    'JSON5 不用字符 {character}；请切换到英文输入法，写成 {meant}',
  'the string that begins here does not end on its line; its closing quote is missing':
    '从这里开始的字符串没有在本行结束；缺少右引号',
  'the file ends too early; a closing brace, bracket or quote is missing':
    '文件没写完就结束了；缺少右括号或引号',
  'no model is configured, so people get the answer that there is no model; name one as "provider/model"':
    '没有配置模型，机器人只会回答“没有模型”；请按“提供商/模型”的写法指定一个',
  'other users of this machine can read this file; if it has secrets, run: chmod 600 .env':
    '本机的其他用户可以读取这个文件；如果里面有密钥，请执行：chmod 600 .env',
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
  'the provider\'s list of models does not have "{model}"': '提供商的模型列表里没有“{model}”',
  '"{id}" is under "{person}" already, and is taken for that person':
    '“{id}”已归在“{person}”名下，按那个人处理',
  'gateway.port and gateway.bind have changed; they apply when the process is started again':
    'gateway.port 和 gateway.bind 已改动，重新启动进程后生效',
} as const
