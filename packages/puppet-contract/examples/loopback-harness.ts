/** What the author of the loopback puppet tells the suite. */
import type { PuppetHarness, PuppetUnderTest } from 'wechaty-puppet-contract'
import { Loopback } from './loopback.ts'
import { LoopbackPuppet, unsupported } from './loopback-puppet.ts'

const peerId = 'loopback-peer'

export function onBackend(backend: Loopback): PuppetUnderTest {
  return {
    puppet: new LoopbackPuppet(backend),
    peerId,
    unknownContactId: 'loopback-nobody',
    login: async () => backend.scan(),
    logout: async () => backend.kickOut(),
    receiveText: async ({ from, text }) => void backend.say({ from, to: backend.userId, text }),
    sentTexts: async () =>
      [...backend.messages.values()]
        .filter(({ from }) => from === backend.userId)
        .map(({ to, text }) => ({ to, text })),
    restart: async () => onBackend(backend),
    dispose: async () => undefined,
  }
}

export const loopbackHarness: PuppetHarness = {
  create: async () => onBackend(new Loopback()),
  gives: ['sentTexts', 'restart'],
  unsupported,
}
