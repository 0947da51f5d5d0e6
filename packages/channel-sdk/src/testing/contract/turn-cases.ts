/**
 * What a host owes a turn: the model's text, one memory for each conversation, and an honest end.
 */

import assert from 'node:assert/strict'
import type { Notice } from '../../errors.ts'
import type { ChannelHost } from '../../host.ts'
import type { Turn } from '../../turn.ts'
import type { HostContractCase } from '../host-harness.ts'
import {
  eventually,
  inTime,
  messageOf,
  modelApiKey,
  onStage,
  replyTo,
  timesSeen,
  turnSaying,
} from './stage.ts'

export const turnCases: readonly HostContractCase[] = [
  {
    name: "answers a turn with the model's text",
    run: (harness) =>
      onStage(harness, {}, async ({ host, model }) => {
        assert.equal(await replyTo(host(), turnSaying('hello')), 'reply to: hello')
        assert.equal(model.requests.at(-1)?.authorization, `Bearer ${modelApiKey}`)
      }),
  },
  {
    name: 'shows the model all messages of a turn, in order',
    run: (harness) =>
      onStage(harness, {}, async ({ host, model }) => {
        const turn = turnSaying('first')
        await replyTo(host(), { ...turn, messages: [...turn.messages, messageOf('u1', 'second')] })
        assert.match(model.requests.at(-1)?.lastUserText ?? '', /first\s+second/)
      }),
  },
  {
    name: 'remembers a conversation, over a restart too',
    run: (harness) =>
      onStage(harness, {}, async ({ host, model, restart }) => {
        await replyTo(host(), turnSaying('before'))
        await restart()
        await replyTo(host(), turnSaying('after'))
        assert.equal(timesSeen(model, 'before'), 1)
      }),
  },
  {
    name: 'keeps one session entry for a turn that is run again',
    run: (harness) =>
      onStage(harness, {}, async ({ host, model }) => {
        await replyTo(host(), turnSaying('once'))
        await replyTo(host(), turnSaying('once', { attempt: 2 }))
        assert.equal(timesSeen(model, 'once'), 1, 'the turn saw itself in the history')
        await replyTo(host(), turnSaying('later'))
        assert.equal(timesSeen(model, 'once'), 1, 'the session has two entries')
      }),
  },
  {
    name: 'shows as many earlier user turns as the turn asks for, and all of them for 0',
    run: (harness) =>
      onStage(harness, {}, async ({ host, model }) => {
        const seen = async (historyLimit: number) => {
          await replyTo(host(), turnSaying(`now ${historyLimit}`, { historyLimit }))
          return ['one', 'two', 'three'].filter((text) => timesSeen(model, text) > 0)
        }
        for (const text of ['one', 'two', 'three']) await replyTo(host(), turnSaying(text))
        assert.deepEqual(await seen(2), ['two', 'three'])
        assert.deepEqual(await seen(0), ['one', 'two', 'three'])
      }),
  },
  {
    name: 'never shares a session between two accounts or two peers',
    run: (harness) =>
      onStage(harness, {}, async ({ host, model }) => {
        await replyTo(host(), turnSaying('secret of u1'))
        await replyTo(host(), turnSaying('same peer', { accountId: 'b' }))
        assert.equal(timesSeen(model, 'secret of u1'), 0, 'another account sees the session')
        await replyTo(host(), turnSaying('other peer', { peer: 'u2' }))
        assert.equal(timesSeen(model, 'secret of u1'), 0, 'another peer sees the session')
        await replyTo(host(), turnSaying('other case', { peer: 'U1' }))
        assert.equal(timesSeen(model, 'secret of u1'), 0, 'a peer whose id differs by case sees the session')
      }),
  },
  {
    name: 'forgets a session that is reset, and no other',
    run: (harness) =>
      onStage(harness, {}, async ({ host, model }) => {
        await replyTo(host(), turnSaying('of u1'))
        await replyTo(host(), turnSaying('of u2', { peer: 'u2' }))
        await host().resetSession(turnSaying('', { peer: 'u2' }))
        await replyTo(host(), turnSaying('afresh', { peer: 'u2' }))
        assert.equal(timesSeen(model, 'of u2'), 0, 'the session was not forgotten')
        await replyTo(host(), turnSaying('on'))
        assert.equal(timesSeen(model, 'of u1'), 1, 'another session was forgotten')
      }),
  },
  {
    name: 'shows the model what was sent of an answer that was cut off, where the host takes it',
    run: (harness) =>
      onStage(harness, {}, async ({ host, model, restart }) => {
        const cutOff = turnSaying('three things')
        if (host().noteCutOff === undefined) return
        await host().noteCutOff?.(cutOff, 'only tea')
        await host().noteCutOff?.(cutOff, 'tea and coffee')
        await restart()
        const seen = async (turn: Turn) => {
          await replyTo(host(), turn)
          return JSON.stringify(model.requests.at(-1)?.messages)
        }
        const others = await seen(turnSaying('hello', { peer: 'u2' }))
        assert.ok(!others.includes('tea'), 'another peer sees the answer')
        const texts = await seen(turnSaying('and the last?'))
        assert.ok(texts.includes('three things'), 'the question is missing')
        assert.ok(texts.includes('tea and coffee'), 'what was sent is missing')
        assert.ok(!texts.includes('only tea'), 'an earlier note of the same turn is there')
      }),
  },
  {
    name: 'hands over the reply in pieces that join to it, where the channel sends it while it is written',
    run: (harness) =>
      onStage(harness, {}, async ({ host }) => {
        const text = 'One paragraph.\n\nAnother one.\n\n- a list\n- of two'
        assert.equal(await replyTo(host(), turnSaying(text, { blocks: true })), `reply to: ${text}`)
      }),
  },
  {
    name: 'ends an aborted turn with an AbortError and keeps nothing of it',
    run: (harness) =>
      onStage(harness, {}, async ({ host, model }) => {
        model.stall(1)
        const controller = new AbortController()
        const running = replyTo(host(), turnSaying('stopped'), controller.signal)
        const outcome = inTime('the aborted turn', assert.rejects(running, { name: 'AbortError' }))
        await eventually('the model is asked', () => model.requests.length === 1)
        controller.abort()
        await outcome
        await replyTo(host(), turnSaying('next'))
        assert.equal(timesSeen(model, 'stopped'), 0, 'the aborted turn was kept')
      }),
  },
  {
    name: 'does not run a turn that was aborted before',
    run: (harness) =>
      onStage(harness, {}, async ({ host }) => {
        const running = replyTo(host(), turnSaying('never'), AbortSignal.abort())
        await inTime('the aborted turn', assert.rejects(running, { name: 'AbortError' }))
      }),
  },
  {
    name: 'ends in a notice in both languages when the model fails, shows no secret, and lives on',
    run: (harness) =>
      onStage(harness, {}, async ({ host, model, logText }) => {
        model.fail({ status: 401, times: 1, message: `the cause: bad key ${modelApiKey}` })
        const { notice, message } = await failureOf(host(), turnSaying('unlucky'))
        assert.match(notice.en, /\w/)
        assert.match(notice['zh-CN'], /\p{Script=Han}/u)
        const texts = { notice: JSON.stringify(notice), message, log: logText() }
        for (const [where, text] of Object.entries(texts)) {
          assert.ok(!text.includes(modelApiKey), `the ${where} shows the key`)
        }
        assert.ok(!texts.notice.includes('the cause'), 'the notice shows the details')
        await eventually('the operator finds the cause in the log', () => logText().includes('the cause'))
        // A host may keep the question, so that "try again" is understood.
        assert.match(await replyTo(host(), turnSaying('next')), /next$/)
      }),
  },
]

async function failureOf(host: ChannelHost, turn: Turn): Promise<{ notice: Notice; message: string }> {
  const thrown: unknown = await replyTo(host, turn).then(
    () => assert.fail('the turn did not fail'),
    (reason: unknown) => reason,
  )
  assert.ok(
    thrown instanceof Error && 'notice' in thrown && isNotice(thrown.notice),
    'the error has no notice',
  )
  return { notice: thrown.notice, message: thrown.message }
}

function isNotice(value: unknown): value is Notice {
  if (typeof value !== 'object' || value === null || !('en' in value) || !('zh-CN' in value)) return false
  return typeof value.en === 'string' && typeof value['zh-CN'] === 'string'
}
