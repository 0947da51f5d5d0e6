/**
 * States of accounts, why they are in them, and what to do: texts of channels.
 */

export const accounts = {
  idle: '未启动',
  scan: '待扫码',
  online: '在线',
  reconnecting: '重连中',
  degraded: '异常',
  'logged-out': '已退出登录',
  failed: '失败',
  disabled: '已停用',

  'the backend accepts messages without confirming them, and they probably do not arrive; sending continues. If it lasts, log out and log in again':
    '服务端收下了消息却没有确认，对方多半收不到；网关会继续发送。如果一直这样，请退出登录后重新扫码',

  'scan the QR code': '请扫描二维码',
  'correct the configuration': '请修改配置',

  'enter the digits with: moltbot channels login': '请输入手机上的数字：moltbot channels login',
  'scan the QR code with WeChat': '请用微信扫描二维码',
  'scanned; confirm the login on the phone': '已扫码，请在手机上确认登录',
  'logged in': '已登录',
  'logged out by the backend': '被服务端退出登录',
  'logged out by the operator': '管理员退出了登录',
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

  drop: '丢弃',
  pair: '发送配对码',
  record: '只记录',
  dispatch: '回答',
} as const
