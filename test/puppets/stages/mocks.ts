/**
 * puppet-mock in each place where a puppet can run: in the gateway's process, in a child process, and behind a puppet
 * service. Its users are always in the test's process.
 */

import { createHash } from 'node:crypto'
import { type MockWorld, startMockWorld } from '../../../extensions/wechat/test/mock-world.ts'
import { group, person, type Report } from '../../../extensions/wechat/test/mock-world-messages.ts'
import SteeredPuppet from '../../../extensions/wechat/test/steered-puppet.ts'
import { GatewayHome } from '../../support/gateway.ts'
import { startHostedMock } from '../../support/hosted-mock.ts'
import { installSteered, steeredInChild, steeredInProcess } from '../../support/steered.ts'
import type { Heard, Stage, StageKind } from '../stage.ts'

const lacks = { typing: 'Wechaty has no such call, and puppet-mock none of its own' }

/** The place of the puppet, and its configuration in the gateway. */
interface Place {
  readonly account: object
  readonly home?: (config: object) => GatewayHome
  readonly close?: () => Promise<void>
}

export const inProcess = mockIn('puppet-mock in the gateway’s process', async ({ puppetOptions }) => ({
  account: { puppet: steeredInProcess, puppetOptions },
  home: (config) =>
    new GatewayHome(
      config,
      { NODE_OPTIONS: '--conditions=@moltbot/source' },
      'test/support/gateway-with-mock.ts',
    ),
}))

export const inChild = mockIn('puppet-mock in a child process', async ({ puppetOptions }) => ({
  account: { puppet: steeredInChild, puppetOptions },
  home(config) {
    const home = new GatewayHome(config)
    installSteered(home.folder)
    return home
  },
}))

export const hostedOverTls = mockIn('puppet-mock behind a service, over TLS', (world) => hosted(world, false))

export const hostedPlain = mockIn('puppet-mock behind a service, without TLS', (world) => hosted(world, true))

async function hosted({ puppetOptions }: MockWorld, plain: boolean): Promise<Place> {
  const service = await startHostedMock({ puppet: new SteeredPuppet(puppetOptions), plain })
  return {
    account: { puppet: 'service', puppetOptions: service.puppetOptions },
    close: () => service.close(),
  }
}

function mockIn(name: string, put: (world: MockWorld) => Promise<Place>): StageKind {
  return { name, lacks, open: () => openStage(put) }
}

async function openStage(put: (world: MockWorld) => Promise<Place>): Promise<Stage> {
  const world = await startMockWorld()
  const { account, home, close } = await put(world)
  return {
    account,
    home: home ?? ((config) => new GatewayHome(config)),
    logIn: async () => world.logIn(),
    write: async (message) => world.say(message),
    async heard(where) {
      const listener = where === 'group' ? group : person
      return world.heard.filter(({ to }) => to === listener.id).map(heardAs)
    },
    async close() {
      await close?.()
      world.close()
    },
  }
}

function heardAs(report: Report): Heard {
  if ('text' in report) return report.text
  const { name, base64 } = report.file
  return { name, md5: createHash('md5').update(base64, 'base64').digest('hex') }
}
