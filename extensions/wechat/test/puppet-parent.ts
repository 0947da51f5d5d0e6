/**
 * A process that hosts the acting puppet in a child, as a gateway does, lets it start a browser and then act, and says
 * who they are: `puppet-parent.ts <folder of the user> <act>`. With `own` as the last argument the puppet is confined, and
 * so starts no browser.
 */

import type { Logger } from '@moltbot/channel-sdk'
import { log } from 'wechaty-puppet'
import { startPuppetChild } from '../src/puppets/child/puppet-child.ts'
import { actingPuppet } from './puppet-home.ts'
import { recordingLog, temporaryFolder } from './samples.ts'

const [, , configDir = '', act = '', access] = process.argv
const isConfined = access === 'own'
log.level('silent')
let browser: number | undefined
const output: Logger = {
  ...recordingLog(),
  info: (_, line) => line === act && console.log(JSON.stringify({ pid, browser })),
  child: () => output,
}
const { puppet, pid } = await startPuppetChild({
  puppet: actingPuppet,
  options: {},
  stateDir: temporaryFolder(),
  configDir,
  access: isConfined ? 'own' : 'user',
  limits: { maxMemoryMb: 2_048 },
  log: output,
  signal: new AbortController().signal,
  readyDeadlineMs: 60_000,
})
puppet.on('error', () => undefined)
puppet.on('message', async ({ messageId }) => {
  const { text } = await puppet.messagePayload(messageId)
  browser = Number(text?.split(' ')[1])
  puppet.messageSendText('alice', act).catch(() => undefined)
})
puppet.on('login', () => void puppet.messageSendText('alice', isConfined ? act : 'browser'))
await puppet.start()
