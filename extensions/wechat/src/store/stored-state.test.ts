import { expect, it } from 'vitest'
import { storedState } from './stored-state.ts'

const tableOf = (name: string) => storedState.tables.find((table) => table.name === name)

function fileOf(row: Record<string, string>) {
  const content = tableOf('outbox')?.content
  return content?.in === 'parts' ? content.of({ account_id: 'alpha', state: 'queued', ...row }) : undefined
}

it('knows the file of a part that waits, also of one that names a path', () => {
  const file = { accountId: 'alpha', key: 'run.1', path: 'outgoing/alpha/run.1' }
  expect(fileOf({ file: '{"blob":"run.1","name":"plan.txt"}' })).toEqual(file)
  expect(fileOf({ file: '{"path":"/elsewhere/run.1","name":"plan.txt"}' })).toEqual(file)
  expect(fileOf({ file: '{"blob":"run.1","name":"plan.txt"}', state: 'sent' })).toBeUndefined()
  expect(fileOf({ file: 'damaged' })).toBeUndefined()
})

it.each(['..', '.', '../..', 'a/b', '/etc', 'a\\b', 'a\0b', ''])(
  'has no file outside the folder of account %j',
  (account) => {
    expect(fileOf({ account_id: account, file: '{"blob":"run.1","name":"plan.txt"}' })).toBeUndefined()
  },
)

it('has no file outside the folder of an account, whatever its key is', () => {
  expect(fileOf({ file: '{"blob":"../../../etc/passwd","name":"plan.txt"}' })?.path).toBe(
    'outgoing/alpha/passwd',
  )
  expect(fileOf({ file: '{"blob":"..","name":"plan.txt"}' })).toBeUndefined()
})

it.each([
  ['{"timestampMs":1700000000000.7}', '1700000000000'],
  ['{"timestampMs":"x"}', null],
  ['{}', null],
  ['', null],
  ['damaged', null],
  ['null', null],
])('reads from %j that it was sent at %s', (message, sent) => {
  expect(tableOf('journal')?.made?.sent_ms?.({ message })).toBe(sent)
})
