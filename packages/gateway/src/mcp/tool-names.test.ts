import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxToolNameLength } from '../tools/tool.ts'
import { nestedServers, offeredNames, ownerOf } from './tool-names.ts'

const namesOf = (tools: readonly string[]) => [...offeredNames('shop', tools).values()]

describe('the name of a tool', () => {
  it.each([
    ['find', 'shop_find'],
    ['get-sum', 'shop_get-sum'],
    ['get.item', 'shop_get_item'],
    ['orders/find', 'shop_orders_find'],
    ['Find Orders', 'shop_Find_Orders'],
  ])('of %j is %s, as scopes have always had it', (tool, name) => {
    expect(namesOf([tool])).toEqual([name])
  })

  it.each([
    [['查询', '删除']],
    [['查询订单', '删除订单', 'x']],
    [['a.b', 'a/b', 'a_b']],
    [['naïve', 'naive', 'na_ve']],
    [[`${'x'.repeat(80)}1`, `${'x'.repeat(80)}2`]],
    [['🙂', '🙃']],
    [['', ' ', '_']],
  ])('is distinct among %j', (tools) => {
    const names = namesOf(tools)
    expect(new Set(names).size).toBe(tools.length)
    for (const name of names) expect(name).toMatch(/^shop_[\w-]*$/)
  })

  it('is left to the tool that bears it exactly', () => {
    expect(namesOf(['a.b', 'a_b'])[1]).toBe('shop_a_b')
  })

  it('beyond ASCII does not depend on the other tools', () => {
    const [alone] = namesOf(['查询order'])
    expect(alone).toMatch(/^shop_order_[0-9a-f]{8}$/)
    expect(namesOf(['删除order', '查询order'])).toContain(alone)
  })

  it('is valid, distinct and stable for any tools', () => {
    const tool = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ unit: fc.constantFrom('a', '_', '.', '/', '查', '询'), maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.uniqueArray(tool, { maxLength: 20 }), (tools) => {
        const names = offeredNames('shop', tools)
        expect(names).toEqual(offeredNames('shop', tools))
        for (const name of names.values()) {
          expect(name).toMatch(/^[\w-]+$/)
          expect(name.length).toBeLessThanOrEqual(maxToolNameLength)
          expect(name.startsWith('shop_')).toBe(true)
        }
        expect(new Set(names.values()).size).toBe(tools.length)
      }),
    )
  })
})

describe('a name belongs to', () => {
  it.each([
    ['orders_find', 'orders'],
    ['orders_admin_delete', 'orders_admin'],
    ['orders_adminx', 'orders'],
    ['orders_admin', 'orders'],
    ['weather', undefined],
  ])('%s: %s', (name, owner) => {
    expect(ownerOf(name, ['orders', 'orders_admin', 'orders_admin_eu'])).toBe(owner)
  })
})

it('finds servers whose tools a pattern for another server matches too', () => {
  expect(nestedServers(['orders', 'orders_admin', 'ordersx', 'books'])).toEqual([['orders', 'orders_admin']])
})
