/**
 * The test cases that every puppet must pass, declared for one stage.
 */

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ModelRequest, type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Said } from '../../extensions/wechat/test/mock-world-messages.ts'
import { configWith } from '../support/config.ts'
import type { GatewayHome, RunningGateway } from '../support/gateway.ts'
import { until } from '../support/process.ts'
import type { Heard, Stage, StageKind } from './stage.ts'

const patienceMs = 60_000
const caseMs = 3 * patienceMs
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const report = 'The figures of this week.\n'

export function behaviour({ name, lacks, open }: StageKind): void {
  let stage: Stage
  let model: ModelServer
  let home: GatewayHome
  let gateway: RunningGateway
  let messages = 7_000
  /** The model answers `take your time` when this resolves. */
  const thought = Promise.withResolvers<void>()

  /** @returns the message */
  async function write(message: Omit<Said, 'id'>): Promise<Said> {
    const written = { id: `${++messages}`, ...message }
    await stage.write(written)
    return written
  }

  /** All messages after the first `before`, when there are enough. */
  const heardAfter = (before: number, atLeast: number, where?: 'group') =>
    until(
      async () => {
        const news = (await stage.heard(where)).slice(before)
        return news.length < atLeast ? undefined : news
      },
      gateway.stdout,
      patienceMs,
    )

  /** Sends a message of the user and returns the answers. */
  async function answersTo(message: Omit<Said, 'id'>, atLeast = 1): Promise<readonly Heard[]> {
    const where = message.inGroup ? 'group' : undefined
    const before = (await stage.heard(where)).length
    await write(message)
    return heardAfter(before, atLeast, where)
  }

  const asked = (text: string) =>
    until(
      () => model.requests.find(({ lastUserText }) => lastUserText.includes(text)),
      gateway.stdout,
      patienceMs,
    )

  async function startOnline(): Promise<void> {
    gateway = home.start()
    await gateway.line({ event: 'account.state', state: 'online' }, patienceMs)
  }

  /** A test case that is skipped, with the reason in its name, if the puppet does not support it. */
  const needs = (what: keyof typeof lacks, title: string, run: () => Promise<void>) =>
    lacks[what] === undefined ? it(title, run) : it.skip(`${title} (${lacks[what]})`)

  async function reply({ lastUserText, toolResults }: ModelRequest) {
    if (lastUserText.includes('take your time')) await thought.promise
    if (!lastUserText.includes('the report')) return `answer to ${lastUserText.split('\n').at(-1)}`
    if (toolResults.length > 0) return 'here it is'
    return { toolCalls: [{ name: 'send_file', input: { path: 'report.txt' } }] }
  }

  describe(name, { timeout: caseMs }, () => {
    beforeAll(async () => {
      stage = await open()
      model = await startModelServer({ reply })
      home = stage.home(configWith(model.baseUrl, { ...stage.account, dmPolicy: 'open' }))
      gateway = await home.startReady()
      writeFileSync(join(home.stateDir, 'workspace', 'report.txt'), report)
      await stage.logIn(gateway)
      await gateway.line({ event: 'account.state', state: 'online' }, patienceMs)
    }, caseMs)
    afterAll(async () => {
      await home.dispose()
      await Promise.all([stage.close(), model.close()])
    }, caseMs)

    it('answers a direct message', async () => {
      expect(await answersTo({ text: 'hello' })).toEqual(['answer to hello'])
    })

    needs('groups', 'answers in a group when it is mentioned, and has heard what came before', async () => {
      const overheard = await write({ text: 'we meet at noon', inGroup: true })
      await gateway.line({ event: 'message.decided', messageId: overheard.id }, patienceMs)
      const question = { text: '@Bot\u2005when do we meet?', inGroup: true, mention: true }
      expect(await answersTo(question)).toEqual([expect.stringContaining('answer to when do we meet?')])
      expect((await asked('when do we meet?')).lastUserText).toContain('we meet at noon')
    })

    it('sends an image to the model', async () => {
      const before = model.requests.length
      await answersTo({ text: '', picture: png })
      expect(JSON.stringify(model.requests[before]?.body)).toContain(`data:image/png;base64,${png}`)
    })

    it('sends a file of the model after its text', async () => {
      const md5 = createHash('md5').update(report).digest('hex')
      const answer = await answersTo({ text: 'send me the report' }, 2)
      expect(answer).toMatchObject(['here it is', { name: 'report.txt', md5 }])
    })

    needs('typing', 'shows that it is typing for as long as the model thinks', async () => {
      const last = async (on: boolean) => ((await stage.typing?.())?.at(-1) === on ? true : undefined)
      const answered = answersTo({ text: 'take your time' })
      await until(() => last(true), gateway.stdout, patienceMs)
      thought.resolve()
      expect(await answered).toEqual(['answer to take your time'])
      await until(() => last(false), gateway.stdout, patienceMs)
    })

    it.each(['SIGTERM', 'SIGKILL'] as const)(
      'answers once what %s kept it from answering',
      async (signal) => {
        const before = (await stage.heard()).length
        model.stall(1)
        await write({ text: `before ${signal}` })
        await asked(`before ${signal}`)
        gateway.kill(signal)
        await gateway.exited
        await startOnline()
        await heardAfter(before, 1)
        await write({ text: `after ${signal}` })
        const answers = [`answer to before ${signal}`, `answer to after ${signal}`]
        expect(await heardAfter(before, 2)).toEqual(answers)
      },
    )

    it('does not answer a message again that the backend delivers again after a restart', async () => {
      const before = (await stage.heard()).length
      const message = await write({ text: 'once' })
      await heardAfter(before, 1)
      await gateway.stop()
      await startOnline()
      await stage.write(message)
      await write({ text: 'and on' })
      expect(await heardAfter(before, 2)).toEqual(['answer to once', 'answer to and on'])
      // Messages within a short time are answered together.
      expect(model.requests.filter(({ lastUserText }) => lastUserText.includes('once'))).toHaveLength(1)
    })
  })
}
