/**
 * Whose words the model is shown again: `session.dmScope` and `session.identityLinks`, as the manual has them.
 */

import type { Turn } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentStage, openStage, say, turnOf } from '../../test/agent-stage.ts'
import type { AgentConfig } from './types.ts'

let stage: AgentStage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.model.close())

type Session = AgentConfig['session']

const sameTurn: Partial<Turn> = {}
const otherPeer: Partial<Turn> = { conversation: { kind: 'direct', id: 'u2' }, sender: { id: 'u2' } }
const otherAccount: Partial<Turn> = { accountId: 'b' }
const otherChannel: Partial<Turn> = { channelId: 'other' }
const group: Partial<Turn> = { conversation: { kind: 'group', id: 'R1' } }
const linked: Session['identityLinks'] = { ann: ['wechat:u1', 'u2'] }

describe('what a person said in a direct chat', () => {
  it.each<[sentence: string, session: Partial<Session>, later: Partial<Turn>, isShown: boolean]>([
    ['is shown to them again', {}, sameTurn, true],
    ['is not shown to another person', {}, otherPeer, false],
    ['nor to themselves in another account', {}, otherAccount, false],
    ['nor in a group', {}, group, false],
    [
      'is shown in another account under per-channel-peer',
      { dmScope: 'per-channel-peer' },
      otherAccount,
      true,
    ],
    ['but not in another channel', { dmScope: 'per-channel-peer' }, otherChannel, false],
    ['is shown in another channel under per-peer', { dmScope: 'per-peer' }, otherChannel, true],
    ['but not to another person', { dmScope: 'per-peer' }, otherPeer, false],
    ['is shown to everybody under main', { dmScope: 'main' }, otherPeer, true],
    ['but not in a group, whatever the scope', { dmScope: 'main' }, group, false],
    ['is shown to their other id that identityLinks names', { identityLinks: linked }, otherPeer, true],
    [
      'not in another account: the scope holds for linked ids too',
      { identityLinks: linked },
      { ...otherPeer, ...otherAccount },
      false,
    ],
  ])('%s', async (_sentence, session, later, isShown) => {
    const { session: usual } = stage.config('openai-completions')
    const agent = stage.agent({ session: { ...usual, ...session } })
    await say(agent, turnOf('t1', ['what was said before']))
    await say(agent, turnOf('t2', ['now'], later))
    expect(stage.lastMessages().join().includes('what was said before')).toBe(isShown)
  })
})

describe('what was said to the bot in a group', () => {
  it.each<[sentence: string, later: Partial<Turn>, isShown: boolean]>([
    ['is shown to its other members', { ...group, sender: { id: 'u2' } }, true],
    ['is not shown in another group', { conversation: { kind: 'group', id: 'R2' } }, false],
    ['nor in a direct chat', sameTurn, false],
    ['nor to another account in the same group', { ...group, ...otherAccount }, false],
  ])('%s', async (_sentence, later, isShown) => {
    const agent = stage.agent()
    await say(agent, turnOf('t1', ['what was said before'], group))
    await say(agent, turnOf('t2', ['now'], later))
    expect(stage.lastMessages().join().includes('what was said before')).toBe(isShown)
  })
})
