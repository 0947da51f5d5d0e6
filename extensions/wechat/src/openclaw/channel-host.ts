/**
 * What OpenClaw gives to the channel: the host contract of `@moltbot/channel-sdk` on its runtime.
 */

import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AccountEvent,
  type ChannelHost,
  createRedactor,
  type Logger,
  type Redactor,
} from '@moltbot/channel-sdk'
import { CutOffNotes } from './cut-off.ts'
import type { PluginRuntime, RuntimeLogger } from './host-api.ts'
import { OpenClawPairing } from './pairing.ts'
import { OpenClawTurns } from './turns.ts'

/** OpenClaw has no such settings; these are the defaults of `moltbot`. */
const debounceMs = 500
const mediaWaitMs = 3_000
const progressAfterMs = 45_000

export interface HostOptions {
  readonly runtime: PluginRuntime
  /** The state directory of OpenClaw. The channel gets a folder of its own in it. */
  readonly stateDir: string
  readonly report: (event: AccountEvent) => void
}

export function createOpenClawHost({ runtime, stateDir, report }: HostOptions): ChannelHost {
  const root = join(stateDir, 'moltbot')
  const folder = join(root, 'wechat')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const redactor = createRedactor()
  const log = loggerOf(runtime.logging.getChildLogger({ channel: 'wechat' }), redactor, {})
  const cutOff = new CutOffNotes(join(root, 'cut-off.json'))
  const turns = new OpenClawTurns({ runtime, log, cutOff })
  return {
    stateDir: folder,
    // Puppets are installed here: npm install --prefix <this folder> wechaty-puppet-x
    configDir: root,
    log,
    get debounceMs() {
      return runtime.config.current().messages?.inbound?.debounceMs ?? debounceMs
    },
    mediaWaitMs,
    progressAfterMs,
    pairing: new OpenClawPairing({ pairing: runtime.channel.pairing, file: join(root, 'pairing-asks.json') }),
    runTurn: (turn, signal) => turns.runTurn(turn, signal),
    noteCutOff: (turn, said) => turns.noteCutOff(turn, said),
    resetSession: (place) => turns.resetSession(place),
    report,
    registerSecret: redactor.register,
  }
}

function loggerOf(to: RuntimeLogger, redactor: Redactor, bound: object): Logger {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    const line = JSON.stringify({ ...bound, ...fields }, errorsAsText)
    to[level]?.(redactor.text(message), JSON.parse(redactor.line(line)))
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => loggerOf(to, redactor, { ...bound, ...fields }),
  }
}

function errorsAsText(_key: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value
}
