import { MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AgentStage, apiKey, openStage, say, turnOf as turn } from '../../test/agent-stage.ts'
import { defaultSystemPrompt } from './prompt.ts'
import type { Agent, AgentConfig, AgentEvent } from './types.ts'
import { untrustedRule } from './untrusted.ts'

let stage: AgentStage

beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.model.close())

const agentWith = (more: Partial<AgentConfig> = {}, maxRetries = 0): Agent =>
  stage.agent(more, { maxRetries })

async function failureOf(promise: Promise<unknown>): Promise<MoltbotError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof MoltbotError)) throw error
  return error
}

describe('a turn', () => {
  it.each([
    ['openai-completions', '/v1/chat/completions', `Bearer ${apiKey}`],
    ['openai-responses', '/v1/responses', `Bearer ${apiKey}`],
    ['anthropic-messages', '/v1/messages', apiKey],
  ] as const)('is answered over %s', async (api, path, authorization) => {
    const agent = stage.agent({}, { config: stage.config(api, { maxOutputTokens: 77 }) })
    expect(await say(agent, turn('t1', ['hello', 'there']))).toBe('reply to: hello\nthere')
    expect(stage.model.requests).toMatchObject([{ path, authorization, body: { model: 'some/model' } }])
    expect(JSON.stringify(stage.model.requests[0]?.body)).toContain('77')
    expect(stage.lastMessages()).toEqual([
      `system: ${defaultSystemPrompt}\n\n${untrustedRule}`,
      'user: hello\nthere',
    ])
  })

  it('finds an Anthropic API whose base URL has no version, as other hosts of the family want it', async () => {
    const provider = { api: 'anthropic-messages', baseUrl: stage.model.baseUrl.replace('/v1', '/') } as const
    const agent = agentWith({ providers: { test: provider } })
    expect(await say(agent, turn('t1'))).toBe('reply to: t1')
  })

  it('shows the model what was said before, and the configured system prompt', async () => {
    const agent = agentWith({ systemPrompt: 'be kind' })
    await say(agent, turn('one'))
    await say(agent, turn('two'))
    expect(stage.lastMessages()).toEqual([
      `system: be kind\n\n${untrustedRule}`,
      'user: one',
      'assistant: reply to: one',
      'user: two',
    ])
  })

  it('shows as many earlier user turns as its limit says, and all for 0', async () => {
    const agent = agentWith()
    for (const id of ['one', 'two', 'three']) await say(agent, turn(id))
    await say(agent, turn('four', ['four'], { historyLimit: 1 }))
    expect(stage.lastMessages().slice(1)).toEqual(['user: three', 'assistant: reply to: three', 'user: four'])
    await say(agent, turn('five', ['five'], { historyLimit: 0 }))
    expect(stage.lastMessages()).toHaveLength(1 + 4 * 2 + 1)
  })

  it('leaves one entry however often it is run, and does not see its own', async () => {
    const agent = agentWith()
    await say(agent, turn('one'))
    await say(agent, turn('one'))
    expect(stage.lastMessages()).toHaveLength(2)
    await say(agent, turn('two'))
    expect(stage.lastMessages()).toHaveLength(4)
  })

  it('is not mistaken for a turn of another account in the same group that bears the same id', async () => {
    const group = { conversation: { kind: 'group', id: 'r1' } } as const
    const agent = agentWith()
    await say(agent, turn('1', ['from a'], group))
    await say(agent, turn('1', ['from b'], { ...group, accountId: 'b' }))
    await say(agent, turn('2', ['now'], group))
    expect(stage.lastMessages().filter((line) => line.startsWith('user'))).toEqual([
      expect.stringContaining('"text":"from a"'),
      'user: now',
    ])
  })

  it('keeps the display name of its sender from the model', async () => {
    await say(agentWith(), turn('t1'))
    expect(JSON.stringify(stage.model.requests)).not.toContain('IGNORE')
  })

  it('that runs again is logged and counted, and the model does not see it', async () => {
    const events: AgentEvent[] = []
    const agent = stage.agent({}, { report: (_, event) => events.push(event) })
    await say(agent, turn('t1'))
    expect(stage.logged).toEqual([])
    await say(agent, turn('t1', ['t1'], { attempt: 2 }))
    expect(stage.logged).toMatchObject([expect.stringContaining('"event":"turn.again"')])
    expect(events.filter(({ type }) => type === 'again')).toHaveLength(1)
    expect(stage.model.requests.map(({ body }) => JSON.stringify(body.messages))).toEqual(
      Array(2).fill(JSON.stringify(stage.model.requests[0]?.body.messages)),
    )
  })

  it('uses a new configuration from the next turn on', async () => {
    const agent = agentWith()
    agent.reconfigure(stage.config('openai-completions', { model: 'builtin/echo' }))
    expect(await say(agent, turn('t1'))).toBe('echo: t1')
    expect(stage.model.requests).toEqual([])
  })
})

describe('the echo model', () => {
  it('repeats every message, says that it does, and needs no provider', async () => {
    const agent = agentWith({ model: 'builtin/echo', providers: {} })
    await agent.warmUp()
    expect(await say(agent, turn('t1', ['hello']))).toBe('echo: hello')
    expect(stage.logged.join()).toContain('no assistant')
  })
})

describe('a stopped turn', () => {
  it.each(['before', 'while'])(
    'ends with an AbortError and keeps nothing when stopped %s it runs',
    async (when) => {
      const controller = new AbortController()
      const agent = agentWith()
      stage.model.stall()
      if (when === 'before') controller.abort()
      const outcome = say(agent, turn('one'), controller.signal)
      if (when === 'while') {
        void expect
          .poll(() => stage.model.requests.length)
          .toBe(1)
          .then(() => controller.abort(new Error('my reason')))
      }
      await expect(outcome).rejects.toMatchObject({ name: 'AbortError' })
      stage.model.recover()
      await say(agent, turn('two'))
      expect(stage.lastMessages()).toHaveLength(2)
      expect(stage.logged).toEqual([])
    },
  )

  it('is a stopped turn even where no model is configured', async () => {
    const outcome = say(agentWith({ model: undefined }), turn('one'), AbortSignal.abort())
    await expect(outcome).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('ends at once also while it waits to try again', async () => {
    const controller = new AbortController()
    stage.model.fail({ status: 503, retryAfterMs: 50_000 })
    const outcome = say(agentWith({}, 2), turn('one'), controller.signal)
    void expect
      .poll(() => stage.model.requests.length)
      .toBe(1)
      .then(() => controller.abort())
    await expect(outcome).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('an agent that is stopped', () => {
  it('ends its turns, stores nothing of them, and runs no other', async () => {
    const saved: string[] = []
    const { sessions } = stage
    const saveTurn: typeof sessions.saveTurn = async (key) => void saved.push(key)
    const agent = stage.agent({}, { sessions: { ...sessions, saveTurn } })
    stage.model.stall(1)
    const outcome = expect(say(agent, turn('one'))).rejects.toMatchObject({ name: 'AbortError' })
    await expect.poll(() => stage.model.requests.length).toBe(1)
    agent.stop()
    await outcome
    await expect(say(agent, turn('two'))).rejects.toMatchObject({ name: 'AbortError' })
    expect([saved, stage.logged, stage.model.requests.length]).toEqual([[], [], 1])
  })
})

describe('a session that cannot be saved', () => {
  it('costs no answer, and is logged', async () => {
    const saveTurn = () => Promise.reject(new MoltbotError('disk-failed', 'the disk is full'))
    const agent = stage.agent({}, { sessions: { ...stage.sessions, saveTurn } })
    expect(await say(agent, turn('one'))).toBe('reply to: one')
    expect(stage.logged).toMatchObject([expect.stringContaining('the disk is full')])
  })
})

describe('a failing model', () => {
  it.each([
    ['model-refused', 401, false],
    ['model-refused', 400, false],
    ['model-refused', 429, true],
    ['model-unreachable', 500, true],
    ['model-unreachable', 503, true],
  ] as const)('is %s at HTTP %i', async (code, status, retryable) => {
    stage.model.fail({ status, message: 'the cause' })
    const error = await failureOf(say(agentWith(), turn('t1')))
    expect(error).toMatchObject({ code, retryable })
    expect(error.message).toContain(`HTTP ${status}: the cause`)
  })

  it('is asked again only when that may help, and only so often', async () => {
    stage.model.fail({ status: 503, times: 2 })
    expect(await say(agentWith({}, 2), turn('t1'))).toBe('reply to: t1')
    stage.model.fail({ status: 503 })
    await failureOf(say(agentWith({}, 2), turn('t2')))
    expect(stage.model.requests).toHaveLength(3 + 3)
    stage.model.fail({ status: 401 })
    await failureOf(say(agentWith({}, 2), turn('t3')))
    expect(stage.model.requests).toHaveLength(7)
  })

  it('is unreachable when nothing listens or the connection breaks', async () => {
    stage.model.reset()
    expect(await failureOf(say(agentWith(), turn('t1')))).toMatchObject({
      code: 'model-unreachable',
      message: expect.stringContaining('ECONNRESET'),
      retryable: true,
    })
    await stage.model.close()
    expect(await failureOf(say(agentWith(), turn('t1')))).toMatchObject({
      code: 'model-unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('runs into the time limit of a turn', async () => {
    stage.model.stall()
    expect(await failureOf(say(agentWith({ turnTimeoutMs: 30 }), turn('t1')))).toMatchObject({
      code: 'model-timeout',
      certain: false,
    })
  })

  it.each([' \n', '\u200b\u2060', '\u3164'])(
    'may answer with nothing that can be seen: %j',
    async (reply) => {
      await stage.model.close()
      stage = await openStage({ reply: () => reply })
      expect((await failureOf(say(agentWith(), turn('t1')))).code).toBe('model-empty')
    },
  )

  it('leaves its question in the session, and that it got no answer', async () => {
    stage.model.fail({ status: 500, times: 1 })
    const agent = agentWith()
    await failureOf(say(agent, turn('one')))
    await say(agent, turn('two'))
    expect(stage.lastMessages().slice(1)).toEqual([
      'user: one',
      expect.stringMatching(/^assistant: <turn-note>no answer was sent/),
      'user: two',
    ])
  })

  it('leads to an apology in both languages without details, and to one log line with the cause but no secret', async () => {
    stage.model.fail({ status: 401, message: `bad key ${apiKey} at http://me:pw@host/x?key=abc\u0007` })
    const error = await failureOf(say(agentWith(), turn('t1')))
    expect(error.notice?.en).toMatch(/^Sorry/)
    expect(error.notice?.['zh-CN']).toMatch(/^抱歉/)
    expect(JSON.stringify(error.notice)).not.toMatch(/401|bad key|test/)
    expect(stage.logged).toHaveLength(1)
    expect(stage.logged[0]).toContain('"code":"model-refused"')
    expect(stage.logged[0]).toContain('bad key *** at http://***host/x***')
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(/very-secret|hello/)
  })
})

describe('without a usable model', () => {
  it.each([
    ['no model', undefined, 'agents.defaults.model.primary'],
    ['an unknown provider', 'nowhere/m', 'models.providers.nowhere'],
    ['a provider by the name of an object member', 'constructor/m', 'models.providers.constructor'],
    ['no model name', 'test', 'provider/model'],
  ])('%s: the person and the operator learn what to configure', async (_, name, hint) => {
    const agent = agentWith({ model: name })
    await agent.warmUp()
    expect(stage.logged.join()).toContain(hint)
    const error = await failureOf(say(agent, turn('t1')))
    expect(error.code).toBe('model-not-configured')
    expect(error.message).toContain(hint)
    expect(error.notice?.en).toContain('agents.defaults.model.primary')
  })

  it('never takes a key from the environment', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'from-env')
    vi.stubEnv('ANTHROPIC_API_KEY', 'from-env')
    for (const api of ['openai-completions', 'openai-responses', 'anthropic-messages'] as const) {
      await say(agentWith({ providers: { test: { api, baseUrl: stage.model.baseUrl } } }), turn(api))
    }
    vi.unstubAllEnvs()
    expect(stage.model.requests).toHaveLength(3)
    expect(JSON.stringify(stage.model.requests.map((request) => request.authorization))).not.toContain(
      'from-env',
    )
  })
})
