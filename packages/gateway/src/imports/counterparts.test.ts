import { describe, expect, it } from 'vitest'
import { parseConfig } from '../config/parse.ts'
import { gatewayConfigSchema } from '../config/schema.ts'
import { counterpartsOf } from './counterparts.ts'

const of = (config: object) => counterpartsOf(parseConfig(JSON.stringify(config), 'openclaw.json'))
const keysOf = ({ gaps }: ReturnType<typeof counterpartsOf>) => gaps.map(({ what }) => what)

const openai = { baseUrl: 'https://api.openai.com/v1', api: 'openai-responses', models: [{ id: 'gpt-5' }] }

const variable = (name: string) => `\${${name}}`

describe('the counterparts of a configuration of OpenClaw', () => {
  it('are what both gateways have, and the rest is named', () => {
    const found = of({
      gateway: { port: 18_789, mode: 'local' },
      plugins: {},
      agents: {
        defaults: { model: { primary: 'openai/gpt-5', fallbacks: [] }, workspace: '~/ws' },
        list: [{ id: 'main' }],
      },
      models: { mode: 'merge', providers: { openai } },
      tools: { profile: 'coding', deny: ['exec'] },
      session: { dmScope: 'per-peer' },
      channels: { telegram: {} },
      toString: 1,
    })
    expect(found.config).toEqual({
      agents: { defaults: { model: { primary: 'openai/gpt-5' } } },
      models: { providers: { openai } },
      tools: { deny: ['exec'] },
      session: { dmScope: 'per-peer' },
    })
    expect(keysOf(found)).toEqual([
      'plugins',
      'agents.defaults.model.fallbacks',
      'models.mode',
      'gateway',
      'toString',
      'agents.defaults.workspace',
      'agents.list',
      'tools.profile',
    ])
  })

  it.each<[what: string, config: object, gone: string]>([
    ['a provider with another protocol', { models: { providers: { x: { ...openai, api: 'google' } } } }, 'x'],
    ['a provider with an unknown key', { models: { providers: { x: { ...openai, proxy: 1 } } } }, 'x'],
    ['a provider without an address', { models: { providers: { x: { apiKey: 'k' } } } }, 'x'],
  ])('have no part of %s', (_, config, gone) => {
    const found = of(config)
    expect(found.config).toEqual({ models: { providers: {} } })
    expect(keysOf(found)).toEqual([`models.providers.${gone}`])
  })

  it('have no server that is switched off in a way that is not known here', () => {
    const found = of({ mcp: { servers: { a: { command: 'x', enabled: false }, b: { command: 'y' } } } })
    expect(found.config).toEqual({ mcp: { servers: { b: { command: 'y' } } } })
    expect(keysOf(found)).toEqual(['mcp.servers.a'])
  })

  it('leave out a model whose provider is not taken over, and say so', () => {
    const found = of({ agents: { defaults: { model: 'anthropic/claude' } } })
    expect(JSON.stringify(found.config)).not.toContain('claude')
    expect(found.gaps[0]?.reason).toContain('there is no provider "anthropic"')
  })

  it('keep variables as they are written, also as references of OpenClaw', () => {
    const apiKey = { source: 'env', provider: 'default', id: 'KEY' }
    const { config } = of({ models: { providers: { x: { ...openai, baseUrl: variable('URL'), apiKey } } } })
    expect(config).toEqual({
      models: { providers: { x: { ...openai, baseUrl: variable('URL'), apiKey: variable('KEY') } } },
    })
  })

  it('are a configuration that the gateway takes, whatever was written', () => {
    for (const odd of [null, 7, 'x', [], [[1]], { a: { b: 1 } }]) {
      for (const key of ['agents', 'models', 'tools', 'messages', 'media', 'session', 'mcp']) {
        expect(gatewayConfigSchema.safeParse(of({ [key]: odd }).config).success).toBe(true)
        expect(
          gatewayConfigSchema.safeParse(of({ [key]: { defaults: odd, allow: odd } }).config).success,
        ).toBe(true)
      }
    }
  })
})
