import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { gatewayConfigSchema } from '../config/schema.ts'
import { knownProviders, listModels } from './providers.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.closeAllConnections()
})
const { signal } = new AbortController()

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`
}

const json = (value: unknown) => async () =>
  listModels(
    { baseUrl: await serve((_, response) => response.end(JSON.stringify(value))), api: 'openai-completions' },
    signal,
  )

describe('the list of models', () => {
  it('is asked for as each API wants it', async () => {
    const asked: unknown[] = []
    const baseUrl = await serve(({ url, headers }, response) => {
      asked.push([url, headers.authorization, headers['x-api-key'], headers['anthropic-version']])
      response.end(JSON.stringify({ data: [{ id: 'one' }, { id: 'models/two' }] }))
    })
    const apiKey = 'k'
    expect(await listModels({ baseUrl, api: 'openai-completions', apiKey }, signal)).toEqual(['one', 'two'])
    await listModels({ baseUrl: baseUrl.replace('/v1', ''), api: 'anthropic-messages', apiKey }, signal)
    await listModels({ baseUrl, api: 'openai-completions' }, signal)
    expect(asked).toEqual([
      ['/v1/models', 'Bearer k', undefined, undefined],
      ['/v1/models', undefined, 'k', '2023-06-01'],
      ['/v1/models', undefined, undefined, undefined],
    ])
  })

  it.each([[{ data: [] }], [{ models: ['a'] }], ['text'], [null], [{ data: [{ name: 'x' }] }]])(
    'is none where the answer is %j',
    async (value) => {
      expect(await json(value)()).toBeUndefined()
    },
  )

  it('is capped, and leaves out what is no name', async () => {
    const ids = ['a b', 'c\n', ...Array.from({ length: 5_000 }, (_, index) => `m${index}`)]
    expect(await json({ data: ids.map((id) => ({ id })) })()).toHaveLength(1_000)
  })

  it.each([401, 403])('tells that the key is refused: %s', async (status) => {
    const baseUrl = await serve((_, response) => response.writeHead(status).end())
    await expect(
      listModels({ baseUrl, api: 'openai-completions', apiKey: 'k' }, signal),
    ).rejects.toMatchObject({
      code: 'key-refused',
    })
  })

  it.each([404, 405, 500])('is none where the API has none: %s', async (status) => {
    const baseUrl = await serve((_, response) => response.writeHead(status).end())
    expect(await listModels({ baseUrl, api: 'openai-completions' }, signal)).toBeUndefined()
  })
})

it.each(knownProviders)('$id is one that the configuration takes', ({ id, baseUrl, api, model }) => {
  const config = {
    agents: { defaults: { model: { primary: `${id}/${model}` } } },
    models: { providers: { [id]: { baseUrl, api } } },
  }
  expect(gatewayConfigSchema.safeParse(config).success).toBe(true)
})
