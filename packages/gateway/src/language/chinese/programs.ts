/**
 * Commands for and of other programs: `push`, `tokens`, `mcp`.
 */

export const programs = {
  'send a message to a target of the configuration; it waits where it cannot be sent now':
    '给某个推送目标发消息，暂时发不出去的会先排队',
  'the text is Markdown': '文字是 Markdown',
  'a line above the text': '文字上方的标题行',
  'send it once, however often it is pushed with this key within a day':
    '一天之内用同一个键推送多少次，都只发一次',
  'Without a text it is read from standard input.': '不写文字时，从标准输入读取。',
  'tokens with which other programs write to targets': '其他程序给推送目标发消息用的令牌',
  'make a token; it is shown once': '新建令牌；只显示这一次',
  'for the push API': '用于推送 API',
  'for the MCP server': '用于 MCP 服务器',
  'reaches this target; may be repeated': '可以发给这个目标；可重复写多个',
  'reaches every target, also those that are added later': '可以发给所有目标，包括以后新增的',
  'what it is used for': '用途说明',
  'which tokens there are, and when each was used last': '列出所有令牌和最近一次使用的时间',
  'take a token back, at once': '吊销令牌，立即生效',
  'an MCP server on standard input and output, by which other agents write to targets':
    '标准输入输出上的 MCP 服务器，供其他智能体给推送目标发消息',
  '<target>': '<目标>',
  '[text]': '[文字]',
  '<title>': '<标题>',
  'id: {id}': 'id：{id}',
  'This token is shown once. Id for moltbot tokens revoke: {id}':
    '令牌只显示这一次。吊销时用 moltbot tokens revoke，id 为：{id}',
  'Note: no target {name} is configured yet.': '注意：配置里还没有目标 {name}。',
  'There are no tokens.': '没有令牌。',
  ID: 'ID',
  FOR: '用途',
  TARGETS: '目标',
  'LAST USE': '最近使用',
  never: '从未',
  'Token {id} no longer works.': '令牌 {id} 已失效。',
  'error: nothing to send; give a text, --file, or both':
    '错误：没有要发的内容；请给出文字、--file，或两者都给',
  'error: the text is too long; send it as a file with --file': '错误：文字太长；请用 --file 作为文件发送',
  'error: {file} cannot be read: {reason}': '错误：无法读取 {file}：{reason}',
  'error: say what the token is for: --push, --mcp, or both':
    '错误：请指明令牌的用途：--push、--mcp，或两者都写',
  'error: say whom it reaches: --target NAME, or --all-targets':
    '错误：请指明令牌可以发给谁：--target 名称，或 --all-targets',
  'there is no target {name}; {advice}': '没有目标 {name}；{advice}',
  'none is configured under `targets`': '配置的 `targets` 里一个也没有',
  'there is {known}': '已有：{known}',
  'give a text, a file, or both': '请给出文字、文件，或两者都给',
  'this idempotency key was used for another message': '这个幂等键已用于另一条消息',
  'at most {count} pushes a day': '一天最多推送 {count} 次',
  'at most {count} a minute; try again in {seconds} s': '一分钟最多 {count} 次；请 {seconds} 秒后再试',
  'there are {count} tokens; revoke those that are not used': '已有 {count} 个令牌；请先吊销不用的',
  'there is no token with the id {id}': '没有 id 为 {id} 的令牌',
  'the target names no account, and there is no default account': '这个目标没有写账号，也没有默认账号',
  'a file has at most {count} MB': '文件最大 {count} MB',
} as const
