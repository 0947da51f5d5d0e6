import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Turn, TurnMedia } from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type AgentStage,
  loggerTo,
  messageOf,
  openStage,
  say,
  turnOf as turn,
} from '../../test/agent-stage.ts'
import { scratch } from '../../test/scratch.ts'
import { type KeptFiles, openKeptFiles } from '../files/kept-files.ts'
import { turnsMemory } from '../files/turn-memory.ts'
import { gatewayMigrations, UnreadableRows } from '../gateway-database.ts'
import type { Agent } from './types.ts'

const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex')
let stage: AgentStage
let kept: KeptFiles
let agent: Agent
let folder: string
let nowMs: number

beforeEach(async () => {
  stage = await openStage()
  folder = scratch()
  nowMs = 1_000_000_000_000
  const { db } = openDatabase(join(folder, 'gateway.sqlite'), gatewayMigrations)
  const now = () => nowMs
  const limits = () => ({ turns: 2, bytes: 1_000_000, days: 7 })
  const stores = { db, unreadable: new UnreadableRows(), log: loggerTo([]) }
  kept = openKeptFiles({ ...stores, folder: join(folder, 'files'), now, limits })
  const models = [{ id: 'some/model', input: ['text', 'image'] }]
  const { providers } = stage.config('openai-completions')
  const test = { ...providers.test, api: 'openai-completions', baseUrl: stage.model.baseUrl, models } as const
  agent = stage.agent({ providers: { test } }, { keptFiles: kept, now })
})
afterEach(() => {
  kept.close()
  stage.model.close()
})

function media(name: string, kind: TurnMedia['kind'], content: string | Buffer): TurnMedia {
  const path = join(folder, name)
  writeFileSync(path, content)
  return { kind, path, name, mimeType: 'x/y', sizeBytes: content.length }
}
const withFile = (id: string, file: TurnMedia, more: Partial<Turn> = {}) =>
  turn(id, [id], { messages: [messageOf('', { id, media: [file] })], ...more })
/** What the model was shown last, as JSON. */
const lastRequest = () => JSON.stringify(stage.model.requests.at(-1)?.body)
const shownImages = () => lastRequest().split(png.toString('base64')).length - 1

describe('a file and the question about it in two turns', () => {
  it('shows a picture again to the turns that follow, as often as configured', async () => {
    await say(agent, withFile('1', media('cat.png', 'image', png)))
    for (const id of ['2', '3']) {
      await say(agent, turn(id, ['what colour is it?']))
      expect(shownImages()).toBe(1)
      expect(lastRequest()).toContain('files that came earlier in this conversation')
    }
    await say(agent, turn('4', ['and now?']))
    expect(shownImages()).toBe(0)
  })

  it('shows the text of a file again, as untrusted data', async () => {
    await say(agent, withFile('1', media('plan.txt', 'file', 'the number is 4711')))
    await say(agent, turn('2', ['which number?']))
    expect(stage.lastMessages().at(-1)).toContain('<untrusted-data about="what is in earlier file 1">')
    expect(stage.lastMessages().at(-1)).toContain('| the number is 4711')
  })

  it('only names earlier files to a turn that has its own', async () => {
    await say(agent, withFile('1', media('old.png', 'image', png)))
    await say(agent, withFile('2', media('new.txt', 'file', 'new words')))
    expect(shownImages()).toBe(0)
    expect(stage.lastMessages().at(-1)).toContain('"name":"old.png"')
    expect(stage.lastMessages().at(-1)).toContain('not shown: the new message has files of its own')
  })

  it('only names a file that is older than a day', async () => {
    await say(agent, withFile('1', media('old.png', 'image', png)))
    nowMs += 86_400_001
    await say(agent, turn('2', ['good morning']))
    expect(shownImages()).toBe(0)
    expect(stage.lastMessages().at(-1)).toContain('"name":"old.png"')
  })

  it('shows the file of a turn that failed', async () => {
    stage.model.fail({ status: 500, times: 1 })
    await expect(say(agent, withFile('1', media('cat.png', 'image', png)))).rejects.toThrow()
    await say(agent, turn('2', ['try again']))
    expect(shownImages()).toBe(1)
  })

  it('shows an earlier picture to a question that is spoken', async () => {
    await say(agent, withFile('1', media('cat.png', 'image', png)))
    await say(agent, withFile('2', media('say.wav', 'voice', 'what is it?')))
    expect(shownImages()).toBe(1)
  })

  it('plays a voice message once', async () => {
    const wav = Buffer.from('RIFF\x01\x02\x03\x04WAVEfmt ')
    await say(agent, withFile('1', media('say.wav', 'voice', wav)))
    await say(agent, turn('2', ['hello']))
    expect(stage.lastMessages().at(-1)).toBe('user: hello')
  })

  it('shows nothing to another conversation, nor after a reset', async () => {
    await say(agent, withFile('1', media('cat.png', 'image', png)))
    await say(agent, turn('2', ['hello'], { conversation: { kind: 'direct', id: 'u2' } }))
    expect(shownImages()).toBe(0)
    await agent.resetSession(turn('1'))
    await say(agent, turn('3', ['hello']))
    expect(lastRequest()).not.toContain('cat.png')
  })
})

describe('in a group', () => {
  const group = { conversation: { kind: 'group', id: 'r1' } } as const
  const context = (files: TurnMedia[]) => [
    { senderLabel: 'Bob', text: '[image]', timestampMs: nowMs, media: files },
  ]

  it('shows a picture of an earlier message that did not mention the bot, and who sent it', async () => {
    const picture = media('cat.png', 'image', png)
    await say(agent, turn('1', ['what is it?'], { ...group, context: context([picture]) }))
    expect(shownImages()).toBe(1)
    expect(stage.lastMessages().at(-1)).toContain('"from":"Bob"')
    await say(agent, turn('2', ['and its colour?'], group))
    expect(shownImages()).toBe(1)
  })

  it('shows it once where the history still has it', async () => {
    const picture = media('cat.png', 'image', png)
    for (const id of ['1', '2']) await say(agent, turn(id, [id], { ...group, context: context([picture]) }))
    expect(shownImages()).toBe(1)
  })
})

describe('the memory for files', () => {
  it('is waited for by a turn with a file, not by one without, and given back', async () => {
    const giveBack = await turnsMemory.take(turnsMemory.limit, new AbortController().signal)
    const waits = say(agent, withFile('1', media('cat.png', 'image', png)))
    await say(agent, turn('2', ['hello'], { conversation: { kind: 'direct', id: 'other' } }))
    expect(turnsMemory.waiting).toBe(1)
    expect(lastRequest()).not.toContain(png.toString('base64'))
    giveBack()
    await waits
    expect(shownImages()).toBe(1)
    expect(turnsMemory.held).toBe(0)
  })
})
