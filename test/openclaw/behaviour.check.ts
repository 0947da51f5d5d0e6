/**
 * What people and the agent have of the channel in a real OpenClaw, on iLink and on a hosted puppet. One gateway for all of
 * it, since each start takes ten seconds.
 */

import { afterAll, beforeAll, describe } from 'vitest'
import { withTwoAccounts } from './behaviour/accounts.ts'
import { inDirectChats } from './behaviour/direct.ts'
import { overItsEnds } from './behaviour/ends.ts'
import { withFiles } from './behaviour/files.ts'
import { inGroups } from './behaviour/groups.ts'
import { startWorld, type World } from './behaviour/world.ts'

let started: World | undefined
beforeAll(async () => {
  started = await startWorld()
})
afterAll(() => started?.close())

function world(): World {
  if (started === undefined) throw new Error('the gateway has not started')
  return started
}

describe('a direct chat', () => inDirectChats(world))
describe('a group', () => inGroups(world))
describe('files', () => withFiles(world))
describe('two accounts', () => withTwoAccounts(world))
describe('the end of the gateway', () => overItsEnds(world))
