import { expect, it } from 'vitest'
import { plainValue } from '../config/located.ts'
import { parseConfig } from '../config/parse.ts'
import { configText, withoutSecrets } from './config-text.ts'

const variable = (name: string) => `\${${name}}`

it('writes JSON5 that reads back as it was, whatever is in the texts', () => {
  const config = { a: { 'b-c': ['x\n"key": 1', variable('A')], $d: '中文"', _e: null }, 'r@1': { f: 1.5 } }
  const text = configText(config)
  expect(text).toContain('\n  a: {')
  expect(plainValue(parseConfig(text, 'x.json5'))).toEqual(config)
})

it('puts variables in the place of secrets, one for each', () => {
  const account = (token: string) => ({ puppetOptions: { token, endpoint: 'x:1' } })
  const { config, variables } = withoutSecrets({
    models: {
      providers: { openai: { apiKey: 'sk-1', baseUrl: 'https://x' }, own: { apiKey: variable('OWN') } },
    },
    channels: { wechat: { accounts: { a: account('t-1'), b: account('t-2'), c: account('t-1') } } },
  })
  expect(config).toEqual({
    models: {
      providers: {
        openai: { apiKey: variable('OPENAI_API_KEY'), baseUrl: 'https://x' },
        own: { apiKey: variable('OWN') },
      },
    },
    channels: {
      wechat: {
        accounts: {
          a: account(variable('PUPPET_OPTIONS_TOKEN')),
          b: account(variable('PUPPET_OPTIONS_TOKEN_2')),
          c: account(variable('PUPPET_OPTIONS_TOKEN')),
        },
      },
    },
  })
  expect(variables).toEqual(['OPENAI_API_KEY', 'PUPPET_OPTIONS_TOKEN', 'PUPPET_OPTIONS_TOKEN_2'])
})
