/**
 * The questions of `setup`, its answers, and the comments of the configuration that it writes.
 */

export const setup = {
  'How is WeChat to be reached?': '用哪种方式接入微信？',
  'no risk of a ban': '无封号风险',
  'accounts may be banned': '可能封号',
  'no groups': '没有群聊',
  groups: '有群聊',
  'not installed': '未安装',
  'Use it all the same?': '仍然使用它吗？',
  'The token of the hosted puppet, from its vendor:': '托管 puppet 的 token（由服务商提供）：',
  'Names of the accounts, with commas between them (one bot for each):':
    '账号名称，用逗号分开（每个账号一个机器人）：',
  'A hosted puppet serves one account; add others to the configuration later.':
    '一个托管 puppet 只服务一个账号；其他账号请以后写进配置。',
  'Something is needed here.': '这里不能为空。',
  'Who may write to the bot?': '谁可以给机器人发消息？',
  'new people get a code, and you approve it': '陌生人得到配对码，由你批准',
  'the ids that you list, and nobody else': '只有你列出的 id',
  'everybody; each answer costs you': '所有人；每次回答都由你付费',
  'nobody, in direct chats': '私聊一律不理',
  'Ids of those who may write, with commas between them (empty: whom you approve later):':
    '可以发消息的 id，用逗号分开（留空：以后由你批准）：',
  'Is the bot to answer in groups?': '机器人要在群里回答吗？',
  'where it is mentioned with @': '被 @ 时回答',
  'Language of short notices, such as "please wait":': '“请稍等”之类的提示用什么语言？',
  'that of the person': '跟随对方',

  'Which provider has the model that answers?': '由哪家服务商的模型来回答？',
  'on this machine': '在本机',
  'another one with an OpenAI-compatible API': '其他兼容 OpenAI 接口的服务商',
  'an echo, to try things out without a model': '回声模型，不接模型先试用',
  'none yet': '暂不配置',
  'Address of its API, such as https://api.example.com/v1:': '接口地址，例如 https://api.example.com/v1：',
  'An http or https address is needed.': '需要 http 或 https 地址。',
  'Use the key in {name}?': '使用 {name} 里的密钥吗？',
  'Key of {name} (it goes into .env, not into the configuration):':
    '{name} 的密钥（写入 .env，不写进配置文件）：',
  'Key of {name}; nothing if it needs none (it goes into .env, not into the configuration):':
    '{name} 的密钥，不需要则留空（写入 .env，不写进配置文件）：',
  'The list of models could not be fetched: {reason}': '没能取得模型列表：{reason}',
  'The provider does not accept this key ({reason}).': '服务商不接受这个密钥（{reason}）。',
  'Which model?': '用哪个模型？',
  'Name of the model, as the provider writes it:': '模型名称（按服务商的写法）：',
  '{model} is asked for one word.': '正在向 {model} 提一个很短的问题。',
  'It answers.': '回答正常。',
  'Write it all the same?': '仍然写入配置吗？',
  'type to find': '输入文字筛选',

  'Nothing was written.': '没有写入任何内容。',
  '{path} exists already; --force moves it aside': '{path} 已存在；加 --force 会把它改名保留',
  '{path} exists already. Move it aside and write a new one?': '{path} 已存在。把它改名保留，写一个新的？',
  'The earlier configuration is now {path}.': '原来的配置已改名为 {path}。',
  'Written: {path}': '已写入：{path}',
  'The key is in {path}, which only you can read.': '密钥在 {path}，只有你能读。',
  'What next?': '接下来做什么？',
  'start the gateway here and show the QR code': '现在就启动网关，显示二维码',
  'keep it running as a service': '装成服务，一直运行',
  'nothing now': '先不做',
  'Next:': '接下来：',
  'moltbot gateway run': 'moltbot gateway run',
  'moltbot gateway run --config {path}': 'moltbot gateway run --config {path}',
  'moltbot doctor': 'moltbot doctor',
  'starts it and shows the QR code to scan with WeChat': '启动网关，显示二维码，用微信扫描',
  'looks for what is wrong': '检查有没有问题',
  'no channel is installed': '没有安装任何渠道',

  'error: there is no terminal to ask at': '错误：没有可以提问的终端',
  'error: there is no terminal to ask at, so these are needed: {flags}; see: moltbot setup --help':
    '错误：没有可以提问的终端，因此必须给出：{flags}；见：moltbot setup --help',
  'error: the token of the hosted puppet is needed in the environment variable {name}':
    '错误：请用环境变量 {name} 给出托管 puppet 的 token',
  'error: the provider "{name}" is not known, so --base-url is needed; known are: {names}':
    '错误：不认识服务商“{name}”，因此必须给出 --base-url；已知的有：{names}',
  'error: the key is needed in the environment variable {name}, or in a file named with --key-file':
    '错误：请用环境变量 {name} 给出密钥，或用 --key-file 指定文件',
  'error: the key {flaw}': '错误：密钥{flaw}',
  'error: --account: {flaw}': '错误：--account：{flaw}',
  'the value of {name} cannot be written into an .env file; set the variable where the gateway starts':
    '{name} 的值无法写入 .env 文件；请在启动网关的地方设置这个变量',

  'Written by moltbot setup. Every key is explained in config.example.json5: moltbot config init':
    '由 moltbot setup 生成。每个配置项的说明见 config.example.json5：moltbot config init',
  'Check it with: moltbot config validate': '检查：moltbot config validate',
  'The model that answers, as "provider/model".': '用来回答的模型，写法是“服务商/模型”。',
  'The key is read from the environment, else from the file .env in this folder.':
    '密钥从环境变量读取，没有则从同一文件夹的 .env 读取。',
  'How WeChat is reached; the others: moltbot puppets list': '接入微信的方式；其他方式：moltbot puppets list',
  'One WeChat identity each, which logs in by itself: moltbot channels login --account {id}':
    '每个账号是一个微信身份，各自登录：moltbot channels login --account {id}',
  'Who may write: pairing (new people get a code that you approve), allowlist, open or disabled.':
    '谁可以发消息：pairing（陌生人得到配对码，由你批准）、allowlist（名单）、open（所有人）或 disabled（都不行）。',
  'Groups: open (answers where it is mentioned), allowlist or disabled.':
    '群聊：open（被 @ 时回答）、allowlist（名单）或 disabled（不回答）。',
  'Language of short notices such as "please wait": auto, zh-CN or en.':
    '“请稍等”之类的提示的语言：auto（跟随对方）、zh-CN 或 en。',
} as const
