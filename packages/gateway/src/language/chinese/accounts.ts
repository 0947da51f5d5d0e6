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

  'scan the QR code': '扫描二维码',
  'correct the configuration': '修改配置',

  drop: '丢弃',
  pair: '发送配对码',
  record: '只记录',
  dispatch: '回答',
} as const
