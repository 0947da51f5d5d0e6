/**
 * States of accounts, why they are in them, and what to do: texts of channels.
 */

export const accounts = {
  idle: '未启动',
  scan: '待扫码',
  online: '在线',
  reconnecting: '重连中',
  degraded: '受损',
  'logged-out': '已退出登录',
  failed: '失败',
  disabled: '已停用',

  'the backend accepts messages without confirming them, and they probably do not arrive; sending continues. If it lasts, log out and log in again':
    '服务端收下了消息却没有确认，对方多半收不到；网关会继续发送。如果一直这样，请退出登录后重新扫码',

  'scan the QR code': '扫描二维码',
  'correct the configuration': '修改配置',

  'enter the digits with: moltbot channels login': '输入手机上的数字：moltbot channels login',
  'scan the QR code with WeChat': '请用微信扫描二维码',
  'scanned; confirm the login on the phone': '已扫码，请在手机上确认登录',
  'logged in': '已登录',
  'logged out by the backend': '被服务端退出登录',
  'connected again': '已重新连接',
  'not started': '还没有启动',
  stopped: '已停止',
  'enabled is false': 'enabled 为 false',
  'starting the puppet': '正在启动 puppet',
  'backend unreachable; outgoing messages are queued': '连不上服务端；要发的消息在排队',
  'account "{account}" is not logged in; it is {state}: {reason}':
    '账号“{account}”没有登录；当前{state}：{reason}',
  'account "{account}" is not running: {reason}': '账号“{account}”没有运行：{reason}',
  'the account is {state}: {reason}': '账号{state}：{reason}',
  '{channel} account {account} is {state}: {reason}': '{channel} 账号 {account} {state}：{reason}',
  '{channel} account {account} is {state}: {reason} ({advice})':
    '{channel} 账号 {account} {state}：{reason}（{advice}）',

  'the last {count} answers failed: {reason} ({advice})': '最近 {count} 次回答都失败了：{reason}（{advice}）',
  'check the API key of the provider': '请检查提供商的 API 密钥',
  'check the credit at the provider': '请检查提供商账户的余额',
  'check the name of the model and the baseUrl of the provider': '请检查模型名称和提供商的 baseUrl',
  'the provider limits the requests; wait, or raise the limit there':
    '提供商限制了请求频率；请等待，或提高限额',
  'check the provider, its baseUrl, and the network': '请检查提供商、baseUrl 和网络',
  'the state directory cannot be written: {reason} (make room on the disk, or correct its permissions)':
    '数据目录无法写入：{reason}（请清理磁盘或修正权限）',

  drop: '丢弃',
  pair: '发送配对码',
  record: '只记录',
  dispatch: '回答',
} as const
