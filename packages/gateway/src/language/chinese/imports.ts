/**
 * `moltbot import`: what is taken over of OpenClaw, what is not, and why.
 */

export const imports = {
  'Dry run: nothing is changed. From {folder}:': '试运行，不做任何改动。来源 {folder}：',
  'From {folder}, where nothing was changed:': '来源 {folder}（未作改动）：',
  'OpenClaw is running (pid {pid}); stop it before the import.':
    'OpenClaw 正在运行（pid {pid}），导入之前请先停掉它。',
  'account {account}: would be taken over without a scan; people approved: {approved}, who can be written to: {conversations}':
    '账号 {account}：可以接管，无需重新扫码；已批准 {approved} 人，可主动发消息 {conversations} 人',
  'account {account}: taken over, no scan is needed; people approved: {approved}, who can be written to: {conversations}':
    '账号 {account}：已接管，无需重新扫码；已批准 {approved} 人，可主动发消息 {conversations} 人',
  'account {account}: its login is here already; people approved: {approved}':
    '账号 {account}：这里已有它的登录；已批准 {approved} 人',
  'account {account}: not taken over: {reason}': '账号 {account}：未接管：{reason}',
  'not taken over: {what}: {reason}': '未导入：{what}：{reason}',
  'Wrote {file}; check it with: moltbot config validate --config {file}':
    '已写入 {file}；检查：moltbot config validate --config {file}',
  'This belongs into your config.json5:': '请把下面的内容写进你的 config.json5：',
  'Keys and tokens are not shown. Put their values into .env beside the file, or into the environment: {names}':
    '密钥和 token 不显示。请把它们的值写进配置旁边的 .env，或设为环境变量：{names}',
  'Never run both: one login must not be polled by two programs. Before OpenClaw starts again, switch the account off there: openclaw plugins disable openclaw-weixin (or wechaty, which is this channel)':
    '不要两边同时运行：同一个登录不能由两个程序轮询。再次启动 OpenClaw 之前，请先在那边停用：openclaw plugins disable openclaw-weixin（如果是本渠道的插件，则为 wechaty）',

  'there is nothing to import: {file} does not exist': '没有可导入的内容：{file} 不存在',
  'there is nothing to import in {folder}: no configuration of OpenClaw and no WeChat account':
    '{folder} 里没有可导入的内容：既没有 OpenClaw 的配置，也没有微信账号',
  '{file} exists already, and is not changed; leave --config out, and add what is printed to the file':
    '{file} 已存在，不会改动；请去掉 --config，把输出的内容自己加进文件',
  'OpenClaw is running on {folder} (pid {pid}), and one login must not be polled by two programs; stop it first: openclaw gateway stop':
    'OpenClaw 正在 {folder} 上运行（pid {pid}），同一个登录不能由两个程序轮询；请先停掉它：openclaw gateway stop',
  "OpenClaw's configuration is invalid at {key}: {reason}": 'OpenClaw 的配置在 {key} 处有误：{reason}',

  'it is not whole, or not JSON': '文件不完整，或不是 JSON',
  'it is a symbolic link': '是符号链接',
  'it is not a file': '不是文件',
  'it is too large': '太大',
  'it belongs to another user': '属于别的用户',
  'other users can write it': '别的用户可以改写它',
  'it does not contain what is expected there': '内容与预期不符',
  'it is not the id of an account': '不是账号 id',
  'it has no token; scan its code again': '没有 token，请重新扫码',
  'there is no login that can be taken over; scan its code again': '没有可以接管的登录，请重新扫码',
  'approvals that are not the id of a person': '这些批准记录不是个人的 id',
  'the value is not valid here': '这个值在这里无效',
  'moltbot has no such key': 'moltbot 没有这个键',
  'moltbot has settings of its own for this': 'moltbot 对此有自己的设置',
  'the agent could send every file of it; name a folder for that purpose':
    '智能体可以发送其中的任何文件，请另外指定一个专用文件夹',
  'account "{account}" has this login already': '账号“{account}”已在使用这个登录',
  'another account that is taken over has the id "{account}"': '另一个要接管的账号也叫“{account}”',
  'account "{account}" has another login here; log it out first: moltbot channels logout --account {account}':
    '账号“{account}”在这里已有另一个登录；请先退出：moltbot channels logout --account {account}',
  'at most {count} accounts': '最多 {count} 个账号',
} as const
