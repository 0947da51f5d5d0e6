/**
 * `npm run bench:puppets`: how long an account is unavailable when its puppet is replaced in the configuration of a running
 * gateway: from the save until it is online again, with a hosted puppet and with iLink and its stored login. The figures
 * are informative only.
 */

import '../support/quiet.ts'

import { startBackend } from '../support/backend.ts'
import { median, printFigures } from '../support/figures.ts'
import { GatewayHome } from '../support/gateway.ts'
import { startHostedMock } from '../support/hosted-mock.ts'
import { until } from '../support/process.ts'

const swaps = 5
const patienceMs = 60_000

const backend = await startBackend()
const hosted = await startHostedMock({ bot: { id: 'bot', name: 'Bot' } })
const onService = configOf({ puppet: 'service', puppetOptions: hosted.puppetOptions })
const onILink = configOf({ puppet: 'ilink', puppetOptions: backend.puppetOptions })
const home = new GatewayHome(onILink)
try {
  const gateway = await home.startReady()
  const { url } = await gateway.line({ event: 'account.qr' }, patienceMs)
  await backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')
  const timesOnline = () =>
    gateway.lines().flatMap(({ state, time }) => (state === 'online' ? [Date.parse(String(time))] : []))
  const nextOnline = (before: number) => until(() => timesOnline()[before], gateway.stdout, patienceMs)
  const swapTo = async (config: object) => {
    const before = timesOnline().length
    const savedMs = Date.now()
    home.configure(config)
    return (await nextOnline(before)) - savedMs
  }
  await nextOnline(0)
  const toService: number[] = []
  const toILink: number[] = []
  for (let n = 0; n < swaps; n++) {
    toService.push(await swapTo(onService))
    toILink.push(await swapTo(onILink))
  }
  const [toServiceMs, toILinkMs] = [median(toService), median(toILink)]
  printFigures('swap', { swaps, toServiceMs, toILinkMs, slowestMs: Math.max(...toService, ...toILink) })
  await gateway.stop()
} finally {
  await home.dispose()
  await Promise.all([backend.close(), hosted.close()])
}

function configOf(account: object): object {
  return { agents: { defaults: { model: { primary: 'builtin/echo' } } }, channels: { wechat: account } }
}
