/**
 * Texts that the code puts together from pieces, or that a library does: nowhere do they stand as a whole.
 */

export const composed = {
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
  'a string or an object': '字符串或对象',
  'a list or an object': '列表或对象',
  'must be at least {minimum}': '最小为 {minimum}',
  'must be more than {minimum}': '必须大于 {minimum}',
  'must be at most {maximum}': '最大为 {maximum}',
  'must have at least {minimum} characters': '至少 {minimum} 个字符',
  'must have at most {maximum} characters': '最多 {maximum} 个字符',
  'must have at least {minimum} entries': '至少 {minimum} 项',
  'must have at most {maximum} entries': '最多 {maximum} 项',
  'unexpected end of input found.': '文件没写完就结束了',
  '{model} refused the request: {answer}': '{model} 拒绝了请求：{answer}',
  '{model} gave no usable answer: {answer}': '{model} 没有给出可用的回答：{answer}',
} as const
