import { describe, expect, it } from 'vitest'
import { findAccount } from './config.ts'
import { listGroups, listPeople } from './directory.ts'

const account = findAccount(
  {
    channels: {
      wechat: {
        puppet: 'service',
        allowFrom: ['*', 'oAnn'],
        dms: { oAnn: {}, oBob: { historyLimit: 1 } },
        groups: { '*': {}, Room1: {}, room2: {} },
      },
    },
  },
  'default',
)

describe('the directory', () => {
  it('lists people that the configuration names and who were approved, each once', () => {
    const ids = listPeople(account, ['oBob', 'oCid#login-0123456789ab'], {}).map(({ id }) => id)
    expect(ids).toEqual(['oAnn', 'oBob', 'oCid'])
  })

  it('lists groups with an entry, without the entry for all', () => {
    expect(listGroups(account, {})).toEqual([
      { kind: 'group', id: 'Room1' },
      { kind: 'group', id: 'room2' },
    ])
  })

  it('searches without case and keeps to a limit', () => {
    expect(listGroups(account, { query: ' ROOM1 ' })).toHaveLength(1)
    expect(listGroups(account, { query: null, limit: 1 })).toHaveLength(1)
    expect(listPeople(undefined, [], { query: 'x' })).toEqual([])
  })
})
