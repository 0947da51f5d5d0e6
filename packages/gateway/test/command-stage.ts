/**
 * A gateway for the tests of commands: a control plane with a target that the test makes, and what a command wrote.
 */

import { afterEach } from 'vitest'
import { outputIn } from '../src/cli/show.ts'
import { type ControlServer, listen } from '../src/control/server.ts'
import type { ControlTarget } from '../src/control/target.ts'
import { englishSpeech } from '../src/language/speech.ts'
import { createLog } from '../src/log/logger.ts'
import { makeControlToken } from '../src/state/control-token.ts'
import { writeGatewayFile } from '../src/state/gateway-file.ts'
import { fakeTarget } from './fake-target.ts'
import { scratch } from './scratch.ts'

/** Closes its servers after each test of the file that calls it. */
export function commandStage() {
  const open: ControlServer[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()))
  })

  /** A state directory whose gateway is this target, and what a command wrote. */
  return async function gateway(target: Partial<ControlTarget>) {
    const stateDir = scratch()
    const token = makeControlToken(stateDir)
    const log = createLog({ format: 'json', write: () => undefined }).logger
    const server = await listen({ host: '127.0.0.1', port: 0, token, target: fakeTarget(target), log })
    open.push(server)
    writeGatewayFile(stateDir, { pid: process.pid, url: server.url, startedAt: '', version: '' })
    const written: string[] = []
    const output = outputIn(englishSpeech, 'moltbot', (text) => void written.push(text))
    return { stateDir, output, written: () => written.join('') }
  }
}
