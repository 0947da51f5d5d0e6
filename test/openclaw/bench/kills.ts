/**
 * Fifty messages of one person, and five times the gateway is killed in the middle of ten of them: which are never
 * answered, and which twice?
 */

import { globSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { polling, type Running } from './sides.ts'

const kills = 5
const messagesEach = 10
const gapMs = 100
/** The end: so long nothing new was shown. */
const quietMs = 20_000

export async function measureKills(running: Running, firstNumber: number) {
  const { host, botId, person } = running
  const { control } = host.backend
  const numbers = Array.from({ length: kills * messagesEach }, (_, n) => firstNumber + n)
  const before = (await host.backend.replies(botId)).length
  for (const [index, number] of numbers.entries()) {
    await control.inbound({ botId, from: person, text: `question #${number}` })
    await sleep(gapMs)
    const inBurst = index % messagesEach
    if (inBurst === messagesEach / 2 - 1) await host.stop('SIGKILL')
    if (inBurst === messagesEach - 1) await startAgain(running)
  }
  const shown = (await quiet(running)).slice(before).join('\n')
  const count = (number: number) => shown.match(new RegExp(`#${number}(?!\\d)`, 'g'))?.length ?? 0
  return {
    messages: numbers.length,
    kills,
    lost: numbers.filter((number) => count(number) === 0).length,
    repeated: numbers.filter((number) => count(number) > 1).length,
  }
}

async function startAgain(running: Running): Promise<void> {
  const seq = (await running.host.backend.control.requests()).at(-1)?.seq ?? 0
  forgetBoots(running.host.stateDir)
  await running.host.start()
  await polling(running, seq)
}

/** After three kills within five minutes the host starts no channels. People's kills are further apart. */
function forgetBoots(stateDir: string): void {
  for (const file of globSync(join(stateDir, '**', '*.sqlite'))) {
    const store = new DatabaseSync(file)
    const table = "SELECT 1 FROM sqlite_master WHERE name = 'gateway_boot_lifecycle'"
    if (store.prepare(table).get() !== undefined) store.exec('DELETE FROM gateway_boot_lifecycle')
    store.close()
  }
}

async function quiet({ host, botId }: Running): Promise<string[]> {
  let shown = await host.backend.replies(botId)
  for (;;) {
    await sleep(quietMs)
    const now = await host.backend.replies(botId)
    if (now.length === shown.length) return now
    shown = now
  }
}
