import { DiskBudget } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { recordingLog, temporaryFolder } from '../../test/samples.ts'
import { resolveAccounts } from '../config/resolve.ts'
import { wechatConfigSchema } from '../config/schema.ts'
import type { PuppetState } from '../model/puppet-state.ts'
import { capabilitiesOf } from './capabilities.ts'
import { createPuppet } from './registry.ts'

const token = 'insecure_4f1c'
const endpoint = '127.0.0.1:1'

/** The puppets of these tests keep nothing. */
const noState: PuppetState = {
  get: async () => new Map(),
  list: async () => [],
  write: async () => undefined,
  prune: async () => undefined,
  close: async () => undefined,
}

async function create(puppet: string, puppetOptions: object) {
  const [account] = resolveAccounts(wechatConfigSchema.parse({ puppet, puppetOptions }))
  if (account === undefined) throw new Error('no account')
  const folder = temporaryFolder()
  const { signal } = new AbortController()
  const state = noState
  const disk = new DiskBudget()
  const place = { stateDir: folder, state, disk, configDir: folder, log: recordingLog(), signal }
  return (await createPuppet(account, place)).puppet
}

describe('options of a hosted puppet are refused', () => {
  it.each([
    [{ endpoint }, 'puppetOptions.token is missing'],
    [{ endpoint, token: '' }, 'puppetOptions.token is missing'],
    [{ endpoint, token: '4f1c' }, 'puppetOptions.token has no "_"'],
    [{ endpoint: '', token }, 'puppetOptions.endpoint'],
    [{ endpoint, token, tls: { disable: 'yes' } }, 'puppetOptions.tls.disable'],
    [{ token, authority: 'http://api.chatie.io' }, 'puppetOptions.authority'],
    [{ endpoint, token, capabilities: { idStability: 'often' } }, 'puppetOptions.capabilities'],
    [{ endpoint, token, capabilities: { ownerId: 'me' } }, 'puppetOptions.capabilities'],
  ])('%j', async (options, words) => {
    const error: unknown = await create('service', options).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'puppet-options-invalid', retryable: false })
    expect(String(error)).toContain(words)
    expect(String(error)).not.toContain('4f1c')
  })
})

describe('a hosted puppet', () => {
  it('has stable ids unless the user states that they change', async () => {
    expect(capabilitiesOf(await create('service', { token, endpoint })).idStability).toBe('stable')
    const capabilities = { idStability: 'session' }
    expect(capabilitiesOf(await create('service', { token, endpoint, capabilities })).idStability).toBe(
      'session',
    )
  })

  it('uses TLS whatever the environment sets, unless its options disable it', async () => {
    expect((await create('service', { token, endpoint })).options).toMatchObject({ tls: { disable: false } })
    const tls = { disable: true }
    expect((await create('service', { token, endpoint, tls })).options).toMatchObject({ tls })
  })
})

it('a foreign puppet that is not installed is missing', async () => {
  await expect(create('wechaty-puppet-missing', {})).rejects.toMatchObject({ code: 'puppet-missing' })
})
