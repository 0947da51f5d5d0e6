import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
const printed = vi.fn((_text: unknown) => true)

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

beforeEach(async () => {
  await stage.control.reset()
  stage.askedHosts.length = 0
  vi.spyOn(process.stdout, 'write').mockImplementation(printed)
  vi.spyOn(console, 'log').mockReturnValue()
})

afterEach(async () => {
  vi.restoreAllMocks()
  const violations = (await stage.control.requests()).flatMap((request) => request.violations)
  expect(violations).toEqual([])
})

/** Starts the client's login; `done` is its outcome. */
async function startLogin() {
  const { sessionKey } = await stage.login.startWeixinLoginWithQr({ apiBaseUrl: '', force: true })
  const done = stage.login.waitForWeixinLogin({ sessionKey, apiBaseUrl: '', timeoutMs: 20_000 })
  return { done, qrcode: await openQr() }
}

/** The one code that is open, and not the one before. */
async function openQr(before?: string): Promise<string> {
  return vi.waitUntil(
    async () => {
      const [code] = await stage.control.qrCodes()
      return code && code.qrcode !== before ? code.qrcode : undefined
    },
    { timeout: 10_000 },
  )
}

/** Types digits when the client asks for them. */
async function typeDigits(digits: string): Promise<void> {
  await vi.waitUntil(() => process.stdin.listenerCount('data') > 0, { timeout: 10_000 })
  process.stdin.emit('data', `${digits}\n`)
}

test('wait, scaned, confirmed: the client gets its bot', async () => {
  const { done, qrcode } = await startLogin()
  await stage.control.scan(qrcode)
  await vi.waitUntil(() => printed.mock.calls.flat().includes('\n正在验证\n'), { timeout: 5_000 })
  const { botId, token, userId } = await stage.control.confirm(qrcode)
  expect(await done).toMatchObject({
    connected: true,
    accountId: botId,
    botToken: token,
    userId,
    baseUrl: stage.simulator.url,
  })
})

test('need_verifycode: wrong digits are asked for again, right ones go on to confirmed', async () => {
  const { done, qrcode } = await startLogin()
  await stage.control.requireCode(qrcode, '4711')
  await typeDigits('1111')
  await vi.waitUntil(() => `${printed.mock.lastCall}`.includes('不匹配'), { timeout: 5_000 })
  await typeDigits('4711')
  await stage.control.confirm(qrcode)
  expect(await done).toMatchObject({ connected: true })
})

test('verify_code_blocked: the client takes a new code', async () => {
  const { done, qrcode } = await startLogin()
  await stage.control.requireCode(qrcode, '4711')
  for (const digits of ['1', '2', '3']) await typeDigits(digits)
  await stage.control.confirm(await openQr(qrcode))
  expect(await done).toMatchObject({ connected: true })
})

test('expired: the client takes two new codes and gives up on the third', async () => {
  const { done, qrcode } = await startLogin()
  await stage.control.expireQr(qrcode)
  const second = await openQr(qrcode)
  await stage.control.expireQr(second)
  await stage.control.expireQr(await openQr(second))
  expect(await done).toMatchObject({ connected: false })
  const codes = (await stage.control.requests()).filter((request) => request.endpoint === 'getqr')
  expect(codes).toHaveLength(3)
})

test('scaned_but_redirect: the client polls the other host over https', async () => {
  const { done, qrcode } = await startLogin()
  await stage.control.redirect(qrcode, 'idc2.example')
  await vi.waitUntil(() => stage.askedHosts.includes('idc2.example'), { timeout: 5_000 })
  await stage.control.confirm(qrcode)
  expect(await done).toMatchObject({ connected: true })
})

test('binded_redirect: the client is content with the bot that it has', async () => {
  const { botId, token, userId } = await stage.control.account()
  const accountId = botId.replace('@', '-').replace('.', '-')
  stage.accounts.saveWeixinAccount(accountId, { token, userId, baseUrl: stage.simulator.url })
  stage.accounts.registerWeixinAccountId(accountId)
  const { done, qrcode } = await startLogin()
  await stage.control.confirm(qrcode, { userId })
  expect(await done).toMatchObject({ connected: false, alreadyConnected: true })
})

test('a gateway that gives up on a status poll is as good as "wait"', async () => {
  const { done, qrcode } = await startLogin()
  await stage.control.fault({ endpoint: 'getqrstatus', kind: 'status', value: 524 })
  await stage.control.fault({ endpoint: 'getqrstatus', kind: 'not-json' })
  await stage.control.confirm(qrcode)
  expect(await done).toMatchObject({ connected: true })
})
