import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { narrow, unknownPatterns } from './tool-scope.ts'
import type { ToolScope } from './turn.ts'

const all = ['time', 'weather', 'send_file', 'web_search', 'web_fetch'].map((name) => ({ name }))
const left = (...scopes: ToolScope[]) => narrow(all, scopes).map(({ name }) => name)
const every = all.map(({ name }) => name)

describe('a tool scope', () => {
  it.each<[string, ToolScope[], string[]]>([
    ['lets everything through where there is none', [], every],
    ['lets everything through where it says nothing', [{}], every],
    ['lets nothing through with an empty list', [{ allow: [] }], []],
    ['lets named tools through', [{ allow: ['time', 'send_file'] }], ['time', 'send_file']],
    ['takes * for all', [{ allow: ['*'] }], every],
    ['takes a prefix', [{ allow: ['web_*'] }], ['web_search', 'web_fetch']],
    ['denies names and prefixes', [{ deny: ['web_*', 'time'] }], ['weather', 'send_file']],
    ['denies what it allows too', [{ allow: ['*'], deny: ['*'] }], []],
    ['denies one of what it allows', [{ allow: ['web_*'], deny: ['web_fetch'] }], ['web_search']],
    ['is not widened by unknown names', [{ allow: ['nothing', 'nobody_*'] }], []],
    ['tells case apart', [{ allow: ['Time'] }], []],
    ['takes no other wildcard', [{ allow: ['*_file', 'we?ther', '.*e'] }], []],
    [
      'narrows what another leaves',
      [{ allow: ['time', 'weather'] }, { allow: ['weather', 'x'] }],
      ['weather'],
    ],
    ['cannot give back what another denies', [{ deny: ['time'] }, { allow: ['time'] }], []],
  ])('%s', (_, scopes, expected) => {
    expect(left(...scopes)).toEqual(expected)
  })

  it('never lets more through for standing beside another', () => {
    const patterns = fc.array(fc.constantFrom('*', 'web_*', 'w*', 'x', ...every), { maxLength: 4 })
    const scope = fc.record({ allow: patterns, deny: patterns }, { requiredKeys: [] })
    fc.assert(
      fc.property(fc.array(scope), scope, (scopes, more) => {
        const before = new Set(left(...scopes))
        expect(left(...scopes, more).filter((name) => !before.has(name))).toEqual([])
        expect(left(more, ...scopes)).toEqual(left(...scopes, more))
      }),
      { verbose: true },
    )
  })
})

it('names and prefixes that no tool bears are found, once each', () => {
  const scopes = [{ allow: ['*', 'time', 'tiem', 'web_*'], deny: ['wbe_*', 'tiem'] }, { deny: ['x'] }]
  expect(unknownPatterns(scopes, every)).toEqual(['tiem', 'wbe_*', 'x'])
})
