/**
 * What the gateway finds around itself: the machine, the state directory, the proxy, and the providers of models.
 */

export const surroundings = {
  'permission denied': '没有权限',
  'the file system is read-only': '文件系统只读',
  'it is not a folder': '它不是文件夹',
  'it is not in a folder': '上级路径不是文件夹',
  'the disk is full': '磁盘已满',

  '{zone} counts westwards (UTC+8 is eight hours behind UTC); write the name of a time zone, such as "Asia/Shanghai"':
    '{zone} 是向西计算的（UTC+8 比 UTC 晚八小时）；请写时区名称，例如“Asia/Shanghai”',
  '{zone} is not a time zone, so times are in UTC; {advice}':
    '{zone} 不是时区，因此时间按 UTC 显示；{advice}',
  'write a name such as "Asia/Shanghai"': '请写时区名称，例如“Asia/Shanghai”',
  'did you mean "{guess}"?': '是不是“{guess}”？',

  'the proxy in {name} is not used: {reason}': '没有使用 {name} 里的代理：{reason}',
  'it is not a URL such as "http://127.0.0.1:7890"': '它不是“http://127.0.0.1:7890”这样的网址',
  '{scheme}// is not supported; name the HTTP port of the proxy, such as "http://127.0.0.1:7890"':
    '不支持 {scheme}//；请写代理的 HTTP 端口，例如“http://127.0.0.1:7890”',
  '{url} (from {name})': '{url}（来自 {name}）',

  '{model} refused the request: {answer}': '{model} 拒绝了请求：{answer}',
  '{model} gave no usable answer: {answer}': '{model} 没有给出可用的回答：{answer}',
  '{model} cannot be reached: {answer}': '连不上 {model}：{answer}',
  '{model} did not answer within {ms} ms': '{model} 在 {ms} 毫秒内没有回答',
  '{model} went on calling tools past the limits of a turn': '{model} 不停地调用工具，超过了一次回答的上限',
  'the last {count} answers failed: {reason} ({advice})': '最近 {count} 次回答都失败了：{reason}（{advice}）',
  'check the API key of the provider': '请检查服务商的 API 密钥',
  'check the credit at the provider': '请检查服务商账户的余额',
  'check the name of the model and the baseUrl of the provider': '请检查模型名称和服务商的 baseUrl',
  'the provider limits the requests; wait, or raise the limit there':
    '服务商限制了请求频率；请等待，或提高限额',
  'check the provider, its baseUrl, and the network': '请检查服务商、baseUrl 和网络',
  'state has changed; it applies when the gateway is restarted': 'state 已修改，重启网关后生效',
  'the state directory cannot be written: {reason} (make room on the disk, or correct its permissions)':
    '数据目录无法写入：{reason}（请清理磁盘或修正权限）',
} as const
