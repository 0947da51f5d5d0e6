import { expect, it } from 'vitest'
import { accountsFrom, keyVariable } from './answers.ts'

it.each([
  ['default', [{ id: 'default' }]],
  [' shop , work,shop', [{ id: 'shop' }, { id: 'work' }]],
  ['书店，客服、shop', [{ id: 'account1', name: '书店' }, { id: 'account2', name: '客服' }, { id: 'shop' }]],
  ['account1, 书店', [{ id: 'account1' }, { id: 'account2', name: '书店' }]],
  ['"quoted" \\ name', [{ id: 'account1', name: '"quoted" \\ name' }]],
  [' , ，', []],
])('reads accounts from %j', (text, accounts) => {
  expect(accountsFrom(text)).toEqual(accounts)
})

it.each([
  ['deepseek', 'DEEPSEEK_API_KEY'],
  ['my-own.server', 'MY_OWN_SERVER_API_KEY'],
  ['302ai', '_302AI_API_KEY'],
  ['本地', 'MODEL_API_KEY'],
])('names the variable for the key of %s', (id, name) => {
  expect(keyVariable(id)).toBe(name)
})
