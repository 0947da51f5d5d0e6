/**
 * This plugin and Tencent's in the same OpenClaw, one after the other, with the simulated iLink and a model that answers at
 * once: prints a JSON line for each. `npm run bench:openclaw`, after a build; 6 minutes. `-- quick` measures fewer turns
 * and no kills.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { printFigures } from '../../support/figures.ts'
import { hostFolder } from '../folders.ts'
import { measureKills } from './kills.ts'
import { longText, type Running, type Side, sides } from './sides.ts'
import { measureTurns } from './turns.ts'

const isQuick = process.argv.includes('quick')
const longReply = 6_000
/** No part of an answer comes so late. */
const longReplyMs = 20_000

const folder = mkdtempSync(join(tmpdir(), 'moltbot-bench-'))
const { version } = JSON.parse(readFileSync(join(hostFolder, 'package.json'), 'utf8'))
try {
  for (const side of sides)
    printFigures('openclaw', { openclaw: version, plugin: side.name, ...(await measure(side)) })
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(side: Side): Promise<object> {
  const moments = join(folder, `${side.name}.jsonl`)
  const running = await side.start({ moments })
  try {
    const counted = { turns: isQuick ? 5 : 40, warmUp: isQuick ? 2 : 5 }
    const turns = await measureTurns(running, { moments, ...counted })
    const long = await measureLongReply(running)
    const afterTurns = counted.turns + counted.warmUp
    return { turns, long, ...(!isQuick && { kills: await measureKills(running, afterTurns) }) }
  } finally {
    await running.host.close()
  }
}

/** A reply above the 5,000 characters that the backend takes in one message. */
async function measureLongReply({ host, botId, person }: Running): Promise<object> {
  const { control } = host.backend
  const before = (await control.sent({ botId })).length
  await control.inbound({ botId, from: person, text: `write ${longReply} characters` })
  await sleep(longReplyMs)
  const texts = (await host.backend.replies(botId)).slice(before)
  const sentences = longText(longReply).match(/[^.!]+[.!]/g) ?? []
  const arrived = sentences.filter((sentence) => texts.some((text) => text.includes(sentence.trim())))
  return { characters: longReply, arrived: arrived.join('').length, messages: texts.length }
}
