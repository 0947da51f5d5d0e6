/**
 * `moltbot channels login` in a real process, against the real gateway and backend.
 */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Backend, startBackend } from './support/backend.ts'
import { configOf } from './support/config.ts'
import { GatewayHome } from './support/gateway.ts'
import { until } from './support/process.ts'

let backend: Backend
let home: GatewayHome

beforeAll(async () => {
  backend = await startBackend()
  home = new GatewayHome(configOf(backend, 'http://127.0.0.1:9/v1', { alpha: {}, beta: {} }))
  await home.startReady()
})
afterAll(async () => {
  await home.dispose()
  await backend.close()
})

it('lists the accounts if the named one does not exist', async () => {
  const { code, stderr } = await home.moltbot('channels', 'login', '--account', 'gamma')
  expect(code).toBe(1)
  expect(stderr).toContain('alpha, beta')
})

it('shows the QR code, asks for the verification code, again after a wrong one, and ends when the account is online', async () => {
  const login = home.startMoltbot('channels', 'login') // Takes the default account.
  const link = await until(() => /https?:\S+qrcode=\S+/.exec(login.stdout())?.[0], login.stdout)
  expect(login.stdout()).toMatch(/[▀▄█]{3}/)
  const qrcode = new URL(link).searchParams.get('qrcode') ?? ''
  await backend.control.requireCode(qrcode, '4711')
  await until(() => /Digits shown on the phone: $/.exec(login.stdout()) ?? undefined, login.stdout)
  login.type('12\n')
  await until(() => /wrong digits/.exec(login.stdout()) ?? undefined, login.stdout)
  login.type('4711\n')
  await until(() => /checking the digits/.exec(login.stdout()) ?? undefined, login.stdout)
  await backend.control.confirm(qrcode, { userId: 'o9Owner@im.wechat' })
  expect(await login.exited).toBe(0)
  expect(login.stdout()).toContain('Account alpha is logged in.')
})

it('reports at once that the account is already logged in', async () => {
  expect(await home.moltbot('channels', 'login', '--account', 'alpha')).toMatchObject({ code: 0, stderr: '' })
})

it('fails after the given time', async () => {
  const { code, stderr } = await home.moltbot('channels', 'login', '--account', 'beta', '--timeout', '1')
  expect(code).toBe(1)
  expect(stderr).toContain('no login within 1 s')
})

it('reports that no gateway is running', async () => {
  const { code, stderr } = await new GatewayHome({}).moltbot('channels', 'login')
  expect(code).toBe(69)
  expect(stderr).toContain('moltbot gateway run')
})
