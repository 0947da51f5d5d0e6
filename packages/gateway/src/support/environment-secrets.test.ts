import { expect, it } from 'vitest'
import { environmentSecrets } from './environment-secrets.ts'

it.each([
  'DEEPSEEK_API_KEY',
  'GH_TOKEN',
  'DB_PASSWORD',
  'DB_PASS',
  'AWS_SECRET_ACCESS_KEY',
  'SENTRY_DSN',
  'secret',
])('knows %s by its name', (name) => {
  expect(environmentSecrets({ [name]: 'value-of-it', PATH: '/usr/bin:/bin' })).toEqual(['value-of-it'])
})

it.each([
  ['PATH', '/usr/bin:/bin'],
  ['KEYBOARD', 'german'],
  ['API_KEY', 'short'],
  ['API_KEY', undefined],
])('takes %s=%s for none', (name, value) => {
  expect(environmentSecrets({ [name]: value })).toEqual([])
})
