import { describe, expect, it } from 'vitest'
import { banWarning, knownPuppets } from '../config/catalogue.ts'
import { capabilitiesOf, knownCapabilities, stateCapabilities, trustedCapabilities } from './capabilities.ts'

/** Capabilities of a puppet of this name, as the channel sees them. */
function seen(name: string, declared: object = {}) {
  const puppet = { ...declared }
  stateCapabilities(puppet, knownCapabilities(name))
  return capabilitiesOf(puppet)
}

describe('a capability that a puppet does not declare', () => {
  it('is the one in the catalogue', () => {
    expect(seen('wechaty-puppet-wechat')).toMatchObject({ idStability: 'session' })
    expect(seen('wechaty-puppet-wechat4u')).toMatchObject({ idStability: 'session' })
  })

  it('is a careful default where nothing is known', () => {
    const careful = { idStability: 'stable', resendUncertain: false, markdown: 'none' }
    expect(seen('wechaty-puppet-service')).toMatchObject(careful)
    expect(seen('@me/puppet')).toMatchObject(careful)
  })
})

describe('a capability that a puppet declares', () => {
  it('wins, key by key', () => {
    const capabilities = { maxTextLength: 500 }
    expect(seen('wechaty-puppet-wechat', { capabilities })).toMatchObject({
      maxTextLength: 500,
      idStability: 'session',
    })
  })

  it('may change while it runs', () => {
    const puppet = { capabilities: {} }
    stateCapabilities(puppet, {})
    puppet.capabilities = { ownerId: 'ann' }
    expect(capabilitiesOf(puppet).ownerId).toBe('ann')
  })

  it.each([null, 'all', 7, [], { idStability: 'often' }])('%j is ignored', (capabilities) => {
    expect(seen('wechaty-puppet-wechat', { capabilities })).toMatchObject({ idStability: 'session' })
  })
})

describe('what a puppet in another process declares', () => {
  it('counts as far as it lets no one in', () => {
    const declared = {
      markdown: 'subset',
      maxTextLength: 500,
      ownerId: 'mallory',
      resendUncertain: true,
      quote: true,
    }
    expect(trustedCapabilities(declared)).toEqual({ markdown: 'subset', maxTextLength: 500 })
  })

  it.each([null, undefined, 'all', 7, [], { maxTextLength: -1, markdown: 'none' }])(
    '%j declares nothing',
    (declared) => {
      expect(trustedCapabilities(declared)).toEqual({})
    },
  )
})

it('there is a ban warning for each web puppet, and for no other', () => {
  const warned = knownPuppets.flatMap(({ name }) => (banWarning(name) === undefined ? [] : [name]))
  expect(warned).toEqual(['wechaty-puppet-wechat', 'wechaty-puppet-wechat4u'])
  expect(banWarning('wechaty-puppet-wechat')).toContain('"ilink"')
})

it('no two puppets share a name', () => {
  const names = knownPuppets.flatMap(({ name, shortName }) =>
    shortName === undefined ? [name] : [name, shortName],
  )
  expect(new Set(names).size).toBe(names.length)
})
