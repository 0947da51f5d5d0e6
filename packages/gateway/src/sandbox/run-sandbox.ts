/**
 * `gateway run --sandbox`: the real gateway and the real channel on a simulated WeChat, in one process, so that one
 * Ctrl-C ends it all. Its state begins empty each time.
 */

import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MoltbotError } from '@moltbot/channel-sdk'
import { type Simulator, startSimulator } from 'ilink-simulator'
import { labelled } from '../cli/labelled.ts'
import { type RunOptions, runInForeground } from '../cli/run.ts'
import { type Output, print } from '../cli/show.ts'
import { shippedConfig } from '../config/shipped.ts'
import type { Gateway } from '../gateway-types.ts'
import { english } from '../language/speech.ts'
import { type GatewayLock, lockName, takeGatewayLock } from '../state/lock.ts'
import { makePrivateDir, sandboxDir, stateDirPath } from '../state/state-dir.ts'
import { playPerson } from './person.ts'
import { removeRuntime, writeRuntime } from './runtime-file.ts'

const lookEveryMs = 50

/** Ends the process when the gateway ends. @throws as `runGateway`; `gateway-running` when there is a sandbox already. */
export async function runSandbox(options: RunOptions, output: Output): Promise<never> {
  const parentDir = stateDirPath()
  const stateDir = sandboxDir(parentDir)
  makePrivateDir(parentDir)
  makePrivateDir(stateDir)
  const lock = takeEmptied(stateDir)
  const simulator = await startSimulator()
  const { controlUrl } = simulator
  const leaving = new AbortController()
  const runtime = { pid: process.pid, controlUrl }
  writeRuntime(parentDir, runtime)
  const person = playPerson(controlUrl, leaving.signal, ({ botId, userId }) =>
    writeRuntime(parentDir, { ...runtime, login: { botId, userId } }),
  )
  const logLevel = options.logLevel ?? (options.logFormat === 'human' ? 'warn' : 'info')
  try {
    process.exitCode = await runInForeground({
      ...options,
      logLevel, // For people only what is wrong, under the few lines of `greet`; for programs every event.
      config: options.config ?? sandboxConfig(),
      port: options.port ?? 0, // Any: commands find the sandbox by its directory.
      stateDir,
      lock,
      hangup: 'stop',
      env: backendEnv(simulator),
      onReady: (gateway) => {
        if (options.logFormat === 'human') void greetWhenOnline(gateway, simulator, leaving.signal, output)
      },
    })
  } finally {
    leaving.abort()
    await person
    await simulator.close()
    removeRuntime(parentDir)
  }
  process.exit() // Not when the last socket of a library closes, but now.
}

/** Read by `config/sandbox.json5`. */
function backendEnv({ url, cdnUrl }: Simulator): NodeJS.ProcessEnv {
  return { ...process.env, MOLTBOT_SANDBOX_URL: url, MOLTBOT_SANDBOX_CDN_URL: cdnUrl }
}

async function greetWhenOnline(
  gateway: Gateway,
  simulator: Simulator,
  leaving: AbortSignal,
  output: Output,
): Promise<void> {
  const isOnline = async () => (await gateway.status()).accounts.every(({ state }) => state === 'online')
  while (!leaving.aborted && !(await isOnline())) await sleep(lookEveryMs)
  if (!leaving.aborted) greet(gateway, simulator, output)
}

function greet({ url }: Gateway, simulator: Simulator, output: Output): void {
  const { say } = output
  print(
    output,
    say('The sandbox is running.'),
    labelled(say('gateway'), say('{url}, with the builtin echo as its model', { url })),
    labelled(
      say('backend'),
      say('{url}, a simulated WeChat (iLink) on this machine', { url: simulator.url }),
    ),
    labelled(say('account'), say('"default", logged in by a simulated person')),
    '',
    say('Write to the bot as that person, in a second terminal:'),
    `  ${say('moltbot sandbox say "hello"')}`,
    say('See what becomes of it in the browser:'),
    `  ${say('moltbot dashboard --sandbox')}`,
    '',
    say('Ctrl-C stops everything.'),
  )
}

function sandboxConfig(): string {
  const file = shippedConfig('sandbox.json5')
  if (file !== undefined) return file
  throw new MoltbotError(
    'config-not-found',
    english('the configuration of the sandbox is missing from this installation'),
  )
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
