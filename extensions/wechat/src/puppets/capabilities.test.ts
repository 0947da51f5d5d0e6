import { describe, expect, it } from 'vitest'
import { capabilitiesOf, knownCapabilities, stateCapabilities, toldCapabilities } from './capabilities.ts'
import { banWarning, knownPuppets } from './catalogue.ts'

/** Capabilities of a puppet of this name, as the channel sees them. */
function seen(name: string, declared: object = {}) {
  const puppet = { ...declared }
  stateCapabilities(puppet, knownCapabilities(name))
  return capabilitiesOf(puppet)
}

describe('what a puppet does not declare', () => {
  it('is what is known of it', () => {
    expect(seen('wechaty-puppet-wechat')).toMatchObject({ idStability: 'session', rooms: true })
    expect(seen('wechaty-puppet-wechat4u')).toMatchObject({ idStability: 'session' })
  })

  it('is a careful default where nothing is known', () => {
    const careful = { idStability: 'stable', resendUncertain: false, markdown: 'none', rooms: true }
    expect(seen('wechaty-puppet-service')).toMatchObject(careful)
    expect(seen('@me/puppet')).toMatchObject(careful)
  })
})

describe('what a puppet declares', () => {
  it('wins, key by key', () => {
    const capabilities = { rooms: false }
    expect(seen('wechaty-puppet-wechat', { capabilities })).toMatchObject({
      rooms: false,
      idStability: 'session',
    })
  })

  it('may change while it runs', () => {
    const puppet = { capabilities: {} }
    stateCapabilities(puppet, {})
    puppet.capabilities = { ownerId: 'ann' }
    expect(capabilitiesOf(puppet).ownerId).toBe('ann')
  })

  it.each([null, 'all', 7, [], { idStability: 'often' }])('%j is not believed', (capabilities) => {
    expect(seen('wechaty-puppet-wechat', { capabilities })).toMatchObject({ idStability: 'session' })
  })
})

describe('what a puppet in another process says of itself', () => {
  it('is taken as far as it only says what it can do', () => {
    const declared = {
      rooms: false,
      maxTextLength: 500,
      ownerId: 'mallory',
      resendUncertain: true,
      quote: true,
    }
    expect(toldCapabilities(declared)).toEqual({ rooms: false, maxTextLength: 500 })
  })

  it.each([null, undefined, 'all', 7, [], { maxTextLength: -1, rooms: false }])(
    '%j says nothing',
    (declared) => {
      expect(toldCapabilities(declared)).toEqual({})
    },
  )
})

it('only web puppets are warned of, and each is', () => {
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
