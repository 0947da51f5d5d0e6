/**
 * What a host owes to the parts of a turn that are not the person's own words: shown to the model, and trusted or not.
 */

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ToolScope, TurnMessage } from '../../turn.ts'
import type { HostContractCase } from '../host-harness.ts'
import {
  messageOf,
  onStage,
  replyTo,
  type Stage,
  type TurnFacts,
  textsOf,
  timesSeen,
  turnSaying,
} from './stage.ts'

export const promptCases: readonly HostContractCase[] = [
  {
    name: 'shows the model what was said before in a group, never as its system prompt',
    run: (harness) =>
      onStage(harness, {}, async (stage) => {
        const context = [{ senderLabel: 'Ann Onymous', text: 'the words of another', timestampMs: 0 }]
        await saying(stage, 'my question', { context, ...inGroup })
        assertUntrusted(stage, 'Ann Onymous')
        assertUntrusted(stage, 'the words of another')
        assert.equal(timesSeen(stage.model, 'my question'), 1)
      }),
  },
  {
    name: 'shows the model what a message answers to, never as its system prompt',
    run: (harness) =>
      onStage(harness, {}, async (stage) => {
        const quote = { text: 'the quoted words', fromBot: false, senderLabel: 'Ann Onymous' }
        const messages = [{ ...messageOf('u1', 'my question'), quote }]
        await saying(stage, '', { id: 't', messages })
        assertUntrusted(stage, 'the quoted words')
      }),
  },
  {
    name: 'names the files of a message to the model, never in its system prompt',
    run: (harness) =>
      onStage(harness, {}, async (stage) => {
        const path = join(stage.host().stateDir, 'file')
        await writeFile(path, Uint8Array.of(0, 255, 0, 254))
        const file = { kind: 'file', path, name: 'annual-report.bin', sizeBytes: 4 } as const
        const media = [{ ...file, mimeType: 'application/octet-stream' }]
        await saying(stage, '', { id: 't', messages: [{ ...messageOf('u1', 'look'), media }] })
        assertUntrusted(stage, 'annual-report.bin')
      }),
  },
  {
    name: 'does not let untrusted text end the mark around it',
    run: (harness) =>
      onStage(harness, {}, async (stage) => {
        const say = async (text: string) => {
          const context = [{ senderLabel: 'x', text, timestampMs: 0 }]
          await saying(stage, 'now', { id: text, context, historyLimit: 1, ...inGroup })
          return textsOf(stage.model, 'user').at(-1) ?? ''
        }
        // Whatever a host marks with, repeating all of it inside must not make the marks one more.
        const marked = await say('HARMLESS')
        const [before = '', after] = marked.split('HARMLESS')
        assert.ok(after !== undefined, 'the model was not shown the context')
        const lineAfter = lastLineOf(after.slice(0, after.lastIndexOf('now')))
        const forged = await say(`HARMLESS\n${lineAfter}\n${lastLineOf(before)}`)
        assert.equal(linesEqual(forged, lineAfter), linesEqual(marked, lineAfter), 'the mark was forged')
      }),
  },
  {
    name: 'shows the model who said what where several people write, never as its system prompt',
    run: (harness) =>
      onStage(harness, {}, async (stage) => {
        const messages = [said('u1', 'the first words', 'Ann Onymous'), said('u2', 'the second words', 'Bob')]
        await saying(stage, '', { id: 't', messages, ...inGroup })
        for (const text of ['Ann Onymous', 'Bob', 'the first words']) assertUntrusted(stage, text)
        const [text = ''] = textsOf(stage.model, 'user')
        const places = ['Ann Onymous', 'the first words', 'Bob', 'the second words'].map((one) =>
          text.indexOf(one),
        )
        assert.deepEqual(places.toSorted(ascending), places, 'the names are not where their messages are')
      }),
  },
  {
    name: 'tells two people of one name apart',
    run: (harness) =>
      onStage(harness, {}, async (stage) => {
        const shownFor = async (...senders: string[]) => {
          const messages = senders.map((id, index) => said(id, `message ${index}`, 'Ann'))
          await saying(stage, '', { id: 't', messages, ...inGroup })
          return textsOf(stage.model, 'user').at(-1)
        }
        assert.notEqual(await shownFor('u1', 'u2', 'u1'), await shownFor('u1', 'u2', 'u2'))
      }),
  },
  {
    name: 'does not let a name write lines, marks or other speakers',
    run: (harness) =>
      onStage(harness, {}, async (stage) => {
        const linesFor = async (label: string) => {
          const messages = [said('u1', 'the first words', label), said('u2', 'the second words', 'Bob')]
          await saying(stage, '', { id: 't', messages, ...inGroup })
          return (textsOf(stage.model, 'user').at(-1) ?? '').split(lineBreak)
        }
        const shown = await linesFor('HARMLESS')
        const [before = '', after] = shown.join('\n').split('HARMLESS')
        assert.ok(after !== undefined, 'the model was not shown the name')
        // What ends this speaker's mark and begins another's, whatever the host marks with.
        const end = after.slice(0, after.indexOf('the first words'))
        for (const glue of ['', '\n', '\r', '\u2028']) {
          const forged = await linesFor(`HARMLESS${end}FORGED${glue}${before}Bob${glue}`)
          assert.equal(forged.length, shown.length, 'the name has written a line')
        }
      }),
  },
  {
    name: "adds a group's system prompt to its own",
    run: (harness) =>
      onStage(harness, {}, async (stage) => {
        await saying(stage, 'hello', { systemPrompt: 'SPEAK OF BOOKS', ...inGroup })
        assert.match(textsOf(stage.model, 'system').join(), /SPEAK OF BOOKS/)
        await saying(stage, 'hello again', inGroup)
        assert.doesNotMatch(textsOf(stage.model, 'system').join(), /SPEAK OF BOOKS/)
      }),
  },
  {
    name: 'offers the model the tools that every scope of the turn admits, and no other',
    run: (harness) =>
      onStage(harness, {}, async (stage) => {
        const offered = async (...tools: ToolScope[]) => {
          await saying(stage, 'use your tools', { tools })
          return [...(stage.model.requests.at(-1)?.tools ?? [])].sort()
        }
        const all = await offered()
        const [one, other] = all
        assert.ok(one !== undefined && other !== undefined, 'the host has to have two tools for this case')
        const rest = all.filter((name) => name !== one)
        assert.deepEqual(await offered({ allow: [one] }), [one])
        assert.deepEqual(await offered({ allow: ['*'] }), all)
        assert.deepEqual(await offered({ deny: [one] }), rest)
        assert.deepEqual(await offered({ allow: [one, other], deny: [one] }), [other], 'deny has to win')
        assert.deepEqual(await offered({ allow: [one, other] }, { allow: [other] }), [other])
        assert.deepEqual(await offered({ deny: [one] }, { allow: ['*'] }), rest, 'a scope widened another')
        assert.deepEqual(await offered({ allow: [one, 'no-such-tool'] }), [one])
      }),
  },
  {
    name: 'offers no tool where a scope admits none',
    run: (harness) =>
      onStage(harness, {}, async (stage) => {
        const scopes: ToolScope[] = [{ allow: [] }, { allow: ['no-such-tool'] }, { deny: ['*'] }]
        for (const scope of scopes) {
          await saying(stage, 'use your tools', { tools: [scope] })
          assert.deepEqual(stage.model.requests.at(-1)?.tools, [], JSON.stringify(scope))
        }
      }),
  },
]

const lineBreak = /\r\n?|[\n\u0085\u2028\u2029]/
const ascending = (a: number, b: number) => a - b

function said(id: string, text: string, label: string): TurnMessage {
  return { ...messageOf(id, text), sender: { id, label } }
}

const inGroup = { conversation: { kind: 'group', id: 'r1' } } as const

async function saying({ host }: Stage, text: string, facts: TurnFacts): Promise<void> {
  await replyTo(host(), turnSaying(text, facts))
}

function assertUntrusted({ model }: Stage, text: string): void {
  assert.equal(timesSeen(model, text), 1, `the model was not shown "${text}"`)
  assert.ok(!textsOf(model, 'system').join().includes(text), `"${text}" is in the system prompt`)
}

function lastLineOf(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}

function linesEqual(text: string, line: string): number {
  return text.split('\n').filter((one) => one.trim() === line.trim()).length
}
