import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { readConfigTree } from './include.ts'
import { placeOf, plainValue } from './located.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moltbot-include-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

const read = (main: string) => {
  write({ 'c.json5': main })
  return readConfigTree(join(folder, 'c.json5'))
}

/** The problems of reading `main`, without the folder's name. */
async function flaws(main: string): Promise<string[]> {
  const error: unknown = await read(main).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ConfigError)) throw new Error('it was read', { cause: error })
  return error.problems.map(
    ({ file, line, path, message }) => `${file.slice(folder.length + 1)}:${line} ${path} ${message}`,
  )
}

test('a file, or a list of them in order, is merged under the keys beside it', async () => {
  write({
    'a.json5': "{ one: 'a', both: { x: 1, y: 1 }, list: [1] }",
    'sub/b.json5': "{ two: 'b', both: { y: 2 }, list: [2], $include: './c.json5' }",
    'sub/c.json5': "{ three: 'c', two: 'c' }",
  })
  const { root, files } = await read("{ list: [3], $include: ['a.json5', './sub/b.json5'], one: 'main' }")
  expect(plainValue(root)).toEqual({
    one: 'main',
    two: 'b',
    three: 'c',
    both: { x: 1, y: 2 },
    list: [1, 2, 3],
  })
  expect(files.map((file) => file.slice(folder.length + 1))).toEqual([
    'c.json5',
    'a.json5',
    'sub/b.json5',
    'sub/c.json5',
  ])
})

test('a file that stands alone may hold a list, at any depth', async () => {
  write({ 'ids.json5': "['a', 'b']" })
  const { root } = await read("{ channels: { wechat: { allowFrom: { $include: 'ids.json5' } } } }")
  expect(plainValue(root)).toEqual({ channels: { wechat: { allowFrom: ['a', 'b'] } } })
})

test('what came from an included file points there', async () => {
  write({ 'sub/a.json5': '{\n  x: { y: 1 },\n}' })
  const { root } = await read("{\n  z: 1,\n  $include: 'sub/a.json5',\n}")
  expect(placeOf(root, ['x', 'y'])).toEqual({ file: join(folder, 'sub/a.json5'), line: 2, column: 8 })
  expect(placeOf(root, ['z'])).toMatchObject({ file: join(folder, 'c.json5'), line: 2 })
})

test('one file may be included twice, but not by itself', async () => {
  write({
    'a.json5': '{ x: 1 }',
    'b.json5': "{ $include: './d.json5' }",
    'd.json5': "{ y: { $include: 'b.json5' } }",
  })
  const { root } = await read("{ p: { $include: 'a.json5' }, q: { $include: 'a.json5' } }")
  expect(plainValue(root)).toEqual({ p: { x: 1 }, q: { x: 1 } })
  expect(await flaws("{ $include: 'c.json5' }")).toEqual(['c.json5:1 $include "c.json5" includes itself'])
  expect(await flaws("{ $include: 'b.json5' }")).toEqual(['d.json5:1 y.$include "b.json5" includes itself'])
})

test.each(['../x.json5', 'sub/../../x.json5', '/etc/hostname', '..', '~/../../x'])(
  '%s is outside the folder',
  async (path) => {
    expect(await flaws(JSON.stringify({ a: { $include: path } }))).toEqual([
      `c.json5:1 a.$include "${path}" is outside the configuration's folder; only files in or below it may be included`,
    ])
  },
)

test('a way back that stays in the folder is no escape', async () => {
  write({ 'sub/a.json5': "{ $include: '../b.json5' }", 'b.json5': '{ x: 1 }' })
  expect(plainValue((await read("{ $include: 'sub/a.json5' }")).root)).toEqual({ x: 1 })
})

test('a link out of the folder is refused, one inside it is followed', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'moltbot-outside-'))
  writeFileSync(join(outside, 'x.json5'), '{ x: 1 }')
  write({ 'real.json5': '{ y: 1 }' })
  symlinkSync(join(outside, 'x.json5'), join(folder, 'file.json5'))
  symlinkSync(outside, join(folder, 'dir'))
  symlinkSync(join(folder, 'real.json5'), join(folder, 'inside.json5'))
  const refusal = (name: string) => [
    `c.json5:1 $include "${name}" is a link out of the configuration's folder`,
  ]
  expect(await flaws("{ $include: 'file.json5' }")).toEqual(refusal('file.json5'))
  expect(await flaws("{ $include: 'dir/x.json5' }")).toEqual(refusal('dir/x.json5'))
  expect(plainValue((await read("{ $include: 'inside.json5' }")).root)).toEqual({ y: 1 })
  rmSync(outside, { recursive: true })
})

test('a folder that is itself reached by a link is its own boundary', async () => {
  write({ 'real/c.json5': "{ $include: 'a.json5' }", 'real/a.json5': '{ x: 1 }' })
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  expect(plainValue((await readConfigTree(join(folder, 'link/c.json5'))).root)).toEqual({ x: 1 })
})

test.each([
  ['{ $include: 5 }', 'expected a path, or a list of paths'],
  ["{ $include: ['a.json5', {}] }", 'expected a path, or a list of paths'],
  ["{ $include: 'nope.json5' }", 'cannot read "nope.json5": no such file'],
  ["{ $include: '.' }", 'cannot read ".": not a regular file'],
  ["{ $include: 'a\\0' }", 'the backslash before "0"'],
])('%s is refused', async (text, message) => {
  write({ 'a.json5': '{}' })
  expect((await flaws(text))[0]).toContain(message)
})

test('only objects can be merged', async () => {
  write({ 'list.json5': '[1]' })
  expect(await flaws("{ $include: 'list.json5', a: 1 }")).toEqual([
    'list.json5:1  only a file that holds an object can be merged with other keys or files',
  ])
})

test('a syntax error of an included file is reported there', async () => {
  write({ 'a.json5': '{\n  a: }' })
  expect(await flaws("{ $include: 'a.json5' }")).toEqual([
    'a.json5:2  not valid JSON5: unexpected "}" found.',
  ])
})

test('depth, count and size are bounded', async () => {
  const deep = Array.from({ length: 12 }, (_, n) => [`d${n}.json5`, `{ $include: 'd${n + 1}.json5' }`])
  write({
    ...Object.fromEntries(deep),
    'd12.json5': '{}',
    'big.json5': `{ a: '${'x'.repeat(1024 * 1024)}' }`,
  })
  expect((await flaws("{ $include: 'd0.json5' }"))[0]).toContain('more than 10 includes inside each other')
  expect((await flaws(JSON.stringify({ $include: Array(64).fill('d12.json5') })))[0]).toContain(
    'more than 64 files',
  )
  expect((await flaws("{ $include: 'big.json5' }"))[0]).toContain('larger than 1048576 bytes')
})

test('a main file that cannot be read says why', async () => {
  mkdirSync(join(folder, 'dir'))
  writeFileSync(join(folder, 'latin1.json5'), Buffer.from([0x7b, 0xe4, 0x7d]))
  const unreadable = (name: string, why: string) =>
    expect(readConfigTree(join(folder, name))).rejects.toMatchObject({
      code: 'config-unreadable',
      message: `cannot read ${join(folder, name)}: ${why}`,
    })
  await unreadable('dir', 'not a regular file')
  await unreadable('nope.json5', 'no such file')
  await unreadable('latin1.json5', 'not UTF-8 text')
})
