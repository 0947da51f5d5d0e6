import { expect, test } from 'vitest'
import { type ContractCase, withDeviations } from '../src/index.ts'

const passing: ContractCase = { name: 'works', run: async () => undefined }
const failing: ContractCase = { name: 'fails', run: async () => Promise.reject(new Error('no grpc manager')) }

const only = (contractCase: ContractCase, error: RegExp) => {
  const [turned] = withDeviations([contractCase], { [contractCase.name]: { error, reason: 'known' } })
  return turned?.run()
}

test('a case that fails as the table says passes', async () => {
  await expect(only(failing, /^Error: no grpc manager$/)).resolves.toBeUndefined()
})

test('a deviation that has gone fails', async () => {
  await expect(only(passing, /./)).rejects.toThrow('take it off the table')
})

test('a case that fails in another way than the table says fails', async () => {
  await expect(only(failing, /missing members/)).rejects.toThrow('in another way')
})

test('a case that is not on the table stays as it is', () => {
  expect(withDeviations([passing, failing], {})).toEqual([passing, failing])
})

test('a table with a case that does not exist is refused', () => {
  const table = { 'works no more': { error: /./, reason: 'renamed' } }
  expect(() => withDeviations([passing], table)).toThrow('no such case: works no more')
})
