import { expect, it } from 'vitest'
import { accountOf, botId, groupId } from '../../test/policy.ts'
import { alice } from '../../test/samples.ts'
import { explainMessage } from './explain.ts'

const request = {
  accountId: 'default',
  conversation: { kind: 'group', id: groupId },
  senderId: alice,
  mentioned: false,
  text: '@小助手 hi',
} as const

function explained(groupAlias: (id: string) => Promise<string | undefined>) {
  const bot = { id: botId, name: 'My Bot', ownerId: undefined, groupAlias }
  const running = {
    bot,
    idStability: 'stable' as const,
    isApproved: async () => false,
    isOwnBot: () => false,
    turns: undefined,
  }
  return explainMessage(accountOf({}), request, running)
}

it('uses the alias of the bot in the group', async () => {
  const { reason, steps } = await explained(async (id) => (id === groupId ? '小助手' : undefined))
  expect(reason).toBe('group-mentioned')
  expect(steps[0]?.detail).toContain('alias in this group: 小助手')
})

it('reports that the puppet could not read the alias', async () => {
  const { reason, steps } = await explained(() => Promise.reject(new Error('no answer within 3 s')))
  expect(reason).toBe('group-not-mentioned')
  expect(steps[0]?.detail).toContain('the alias in this group is unknown: no answer within 3 s')
})
