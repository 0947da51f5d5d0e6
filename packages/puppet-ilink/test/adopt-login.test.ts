import { expect, it } from 'vitest'
import { adoptLogin, type ForeignLogin } from '../src/index.ts'
import { hurriedClock, inConversation, setStage, until } from './stage.ts'
import { StrictState } from './strict-state.ts'

const login: ForeignLogin = { botId: 'b0f5860fdecb@im.bot', token: 'b0f5860fdecb@im.bot:secret' }

it('lets a puppet go on with the login of another program: no scan, its cursor, its context tokens', async () => {
  const stage = await setStage()
  const theirs = new StrictState()
  const { puppet, botId, token, userId, contextToken } = await inConversation(
    stage,
    {},
    { state: theirs, clock: hurriedClock },
  )
  await puppet.stop()
  const cursor: unknown = JSON.parse((await theirs.get('meta', ['cursor'])).get('cursor') ?? '""')
  const after = Math.max(...(await stage.control.requests()).map(({ seq }) => seq))

  const state = new StrictState()
  const contextTokens = [{ userId, token: contextToken, atMs: Date.now() }]
  expect(await adoptLogin({ botId, token, userId, cursor: String(cursor), contextTokens }, state)).toBe(
    'adopted',
  )
  expect(state.writes.map(({ durability }) => durability)).toEqual(['durable'])
  const actor = stage.actor({}, { state, clock: hurriedClock })
  await actor.puppet.start()
  await until(() => actor.of('ready').length > 0)
  expect(actor.of('scan')).toEqual([])
  await actor.puppet.messageSendText(userId, 'hello again')
  const requests = await stage.control.requests({ after })
  const bodyOf = (endpoint: string) => requests.find((one) => one.endpoint === endpoint)?.body
  expect(bodyOf('getupdates')).toMatchObject({ get_updates_buf: cursor })
  expect(bodyOf('sendmessage')).toMatchObject({ msg: { context_token: contextToken } })
})

it('changes nothing where the store has this login, or another one that is used', async () => {
  const state = new StrictState()
  expect(await adoptLogin(login, state)).toBe('adopted')
  const writes = state.writes.length
  expect(await adoptLogin(login, state)).toBe('present')
  expect(await adoptLogin({ ...login, token: 'other@im.bot:secret' }, state)).toBe('occupied')
  expect(state.writes).toHaveLength(writes)
})

it.each([
  ['was logged out', { token: login.token, loggedOut: true }],
  ['has ended', {}],
])('takes the place of a login that %s, with nothing of its session', async (_, rest) => {
  const state = new StrictState()
  await state.put('credentials', 'login', JSON.stringify({ botId: 'x', userId: '', savedAt: '', ...rest }))
  await state.put('window', 'u', '{}')
  await state.put('meta', 'cursor', '"old"')
  expect(await adoptLogin(login, state)).toBe('adopted')
  expect(await state.keys('window')).toEqual([])
  expect(await state.keys('meta')).toEqual(['bot'])
})

it.each([
  ['a token that is no header value', { token: 'a\r\nb' }],
  ['no bot id', { botId: '' }],
  ['a cursor that no database takes', { cursor: 'a\0b' }],
])('refuses %s', async (_, part) => {
  const state = new StrictState()
  await expect(adoptLogin({ ...login, ...part }, state)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(state.writes).toEqual([])
})
