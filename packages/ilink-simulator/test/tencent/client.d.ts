// What the tests use of Tencent's client, which is published without types.

declare module '@tencent-weixin/openclaw-weixin/dist/src/auth/login-qr.js' {
  type Started = { qrcodeUrl?: string; message: string; sessionKey: string }
  type Waited = {
    connected: boolean
    alreadyConnected?: boolean
    botToken?: string
    accountId?: string
    baseUrl?: string
    userId?: string
    message: string
  }
  export function startWeixinLoginWithQr(options: { apiBaseUrl: string; force?: boolean }): Promise<Started>
  export function waitForWeixinLogin(options: {
    sessionKey: string
    apiBaseUrl: string
    timeoutMs?: number
  }): Promise<Waited>
}

declare module '@tencent-weixin/openclaw-weixin/dist/src/auth/accounts.js' {
  type Account = {
    accountId: string
    baseUrl: string
    cdnBaseUrl: string
    token?: string
    configured: boolean
  }
  export function saveWeixinAccount(
    accountId: string,
    update: { token: string; baseUrl: string; userId: string },
  ): void
  export function registerWeixinAccountId(accountId: string): void
  export function resolveWeixinAccount(config: object, accountId: string): Account
}

declare module '@tencent-weixin/openclaw-weixin/dist/src/channel.js' {
  type Outgoing = { cfg: object; to: string; text: string; accountId: string; mediaUrl?: string }
  type StartContext = {
    account: object
    cfg: object
    abortSignal: AbortSignal
    channelRuntime: object
    runtime?: { log(message: string): void; error(message: string): void }
  }
  export const weixinPlugin: {
    outbound: {
      sendText(message: Outgoing): Promise<{ messageId: string }>
      sendMedia(message: Outgoing): Promise<{ messageId: string }>
    }
    gateway: {
      startAccount(context: StartContext): Promise<void>
      stopAccount(context: { account: object }): Promise<void>
    }
  }
}
