/**
 * Several gateways that share the accounts.
 */

export const cluster = {
  'the database does not answer, so this gateway stops its accounts: {reason}':
    '数据库没有响应，这个网关正在停止它的账号：{reason}',
  'the database does not answer, so this gateway serves no account: {reason}':
    '数据库没有响应，这个网关不服务任何账号：{reason}',
  'gateway {name} uses another configuration than this one': '网关 {name} 的配置与本网关不同',
  'another gateway is named {name} too; set MOLTBOT_GATEWAY_NAME':
    '还有一个网关也叫 {name}；请设置 MOLTBOT_GATEWAY_NAME',
  'every gateway is drained, so no account is served': '所有网关都已排空，没有网关在服务账号',
  'no gateway serves it at present': '目前没有网关服务它',
  'another gateway may serve the account': '可能已由另一个网关服务',
  'the gateway that serves the account did not answer; nothing was done':
    '服务该账号的网关没有响应；什么都没有做',
  'the gateway that serves the account did not answer; it may have been done':
    '服务该账号的网关没有响应；可能已经做了',
  'gateway {name} serves the account, and the file is on this machine; send it from there':
    '该账号由网关 {name} 服务，而文件在本机；请在那台机器上发送',
  'this gateway shares its accounts with no other gateway': '这个网关没有与其他网关共享账号',
  'served by gateway {gateway}': '由网关 {gateway} 服务',
  'no gateway serves account {account} at present': '目前没有网关服务账号 {account}',
} as const

/** What only the commands print. */
export const clusterOutput = {
  'hand the accounts over to the other gateways, before maintenance': '维护之前：把账号交给其他网关',
  'serve accounts again': '重新开始服务账号',
  'the gateway still serves accounts after {seconds} s': '{seconds} 秒后网关仍在服务账号',
  'The gateway serves no account any more. It takes some again after: moltbot gateway undrain':
    '网关已不再服务任何账号。恢复服务：moltbot gateway undrain',
  'The gateway takes its share of the accounts again.': '网关重新开始服务它那一份账号。',
  GATEWAY: '网关',
  '{name}: {accounts} accounts, version {version}': '{name}：{accounts} 个账号，版本 {version}',
  'this one': '本网关',
  'weight {weight}': '权重 {weight}',
  drained: '已排空',
} as const
