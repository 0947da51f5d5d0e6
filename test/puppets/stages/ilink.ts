/**
 * Our iLink puppet with the simulated backend.
 */

import { startBackend } from '../../support/backend.ts'
import { GatewayHome } from '../../support/gateway.ts'
import type { Heard, Stage, StageKind } from '../stage.ts'

const owner = 'o9Owner@im.wechat'

export const ilink: StageKind = {
  name: 'iLink on the simulator',
  lacks: { groups: 'iLink has none' },
  open: openStage,
}

async function openStage(): Promise<Stage> {
  const backend = await startBackend()
  const { control, puppetOptions } = backend
  let botId = ''
  return {
    account: { puppet: 'ilink', puppetOptions },
    home: (config) => new GatewayHome(config),
    async logIn(gateway) {
      const { url } = await gateway.line({ event: 'account.qr' })
      botId = (await backend.scanAndConfirm(String(url), owner)).botId
    },
    async write({ id, text, picture }) {
      const content = picture ? { item: await control.media({ kind: 'image', base64: picture }) } : { text }
      await control.inbound({ botId, messageId: id, ...content })
    },
    async heard() {
      const [sent, texts] = await Promise.all([control.sent({ botId }), backend.replies(botId)])
      return sent.map(({ media }, index): Heard => media ?? texts[index] ?? '')
    },
    async typing() {
      const requests = await control.requests()
      return requests
        .filter(({ endpoint }) => endpoint === 'sendtyping')
        .map(({ body }) => Reflect.get(Object(body), 'status') === 1)
    },
    close: () => backend.close(),
  }
}
