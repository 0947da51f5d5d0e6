/**
 * `gateway run --sandbox`: the real gateway and the real channel on a simulated WeChat, in one process, so that one
 * Ctrl-C ends it all. Its state begins empty each time.
 */

import { copyFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import { startSimulator } from 'ilink-simulator'
import { type RunOptions, runInForeground } from '../cli/run.ts'
import type { Output } from '../cli/show.ts'
import { shippedConfig } from '../config/shipped.ts'
import { english } from '../language/speech.ts'
import { type GatewayLock, lockName, takeGatewayLock } from '../state/lock.ts'
import { makePrivateDir, sandboxDir, stateDirPath } from '../state/state-dir.ts'
import { makeClockMovable } from './clock.ts'
import { greetWhenOnline } from './greeting.ts'
import { playPerson } from './person.ts'
import { removeRuntime, writeRuntime } from './runtime-file.ts'
import { sandboxPhone } from './sandbox-phone.ts'

/** Ends the process when the gateway ends. @throws as `runGateway`; `gateway-running` when there is a sandbox already. */
export async function runSandbox(options: RunOptions, output: Output): Promise<never> {
  const parentDir = stateDirPath()
  const stateDir = sandboxDir(parentDir)
  makePrivateDir(parentDir)
  makePrivateDir(stateDir)
  const lock = takeEmptied(stateDir)
  furnish(stateDir)
  const simulator = await startSimulator()
  const { controlUrl } = simulator
  const leaving = new AbortController()
  const runtime = { pid: process.pid, controlUrl }
  writeRuntime(parentDir, runtime)
  const phone = sandboxPhone(simulator, options.config, makeClockMovable(), output)
  const person = playPerson(controlUrl, leaving.signal, ({ botId, userId }) => {
    phone.botIds.add(botId)
    writeRuntime(parentDir, { ...runtime, login: { botId, userId } })
  })
  const logLevel = options.logLevel ?? (options.logFormat === 'human' ? 'warn' : 'info')
  try {
    process.exitCode = await runInForeground({
      ...options,
      logLevel, // For people only what is wrong, under the few lines of `greet`; for programs every event.
      get config() {
        return phone.config()
      },
      port: options.port ?? 0, // Any: commands find the sandbox by its directory.
      stateDir,
      lock,
      hangup: 'stop',
      env: phone.env,
      phone: phone.desk,
      onReady: (gateway) => {
        phone.serve(gateway)
        if (options.logFormat === 'human') void greetWhenOnline(gateway, simulator, leaving.signal, output)
      },
    })
  } finally {
    leaving.abort()
    await person
    await phone.close()
    await simulator.close()
    removeRuntime(parentDir)
  }
  process.exit() // Not when the last socket of a library closes, but now.
}

/** A picture that the agent can send. */
function furnish(stateDir: string): void {
  const picture = shippedConfig('sandbox-picture.png')
  const workspace = join(stateDir, 'workspace')
  makePrivateDir(workspace)
  if (picture !== undefined) copyFileSync(picture, join(workspace, 'picture.png'))
}

/** Takes the sandbox's directory and removes what an earlier sandbox left there; never a stranger's files. */
function takeEmptied(stateDir: string): GatewayLock {
  const found = readdirSync(stateDir)
  if (found.length > 0 && !found.includes(lockName)) {
    const message = english(
      '{folder} contains files that are not of the sandbox; move them away, or set MOLTBOT_STATE_DIR to another folder',
      { folder: stateDir },
    )
    throw new MoltbotError('sandbox-folder-taken', message)
  }
  const lock = takeGatewayLock(stateDir)
  for (const name of found) {
    if (!name.startsWith(lockName)) rmSync(join(stateDir, name), { recursive: true })
  }
  return lock
}
