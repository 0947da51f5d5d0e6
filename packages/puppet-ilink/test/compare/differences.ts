/**
 * What two traces of the same job differ in. Requests are paired by endpoint, the n-th with the n-th; what has no
 * partner is a difference in count, and pairs that come in another order are one in order.
 */

import type { Fields } from './shape.ts'

export interface TracedRequest {
  endpoint: string
  fields: Fields
}
export type Trace = readonly TracedRequest[]

export interface Difference {
  /** Undefined when it is about several. */
  endpoint: string | undefined
  /** A field, `count of <endpoint>`, or `order`. */
  field: string
  tencent: string
  puppet: string
}

/** The value of a field that is not there. */
export const absent = '—'

interface Numbered extends TracedRequest {
  /** Such as `getupdates 2`. */
  name: string
}

const numbered = (trace: Trace): Numbered[] => {
  const seen = new Map<string, number>()
  return trace.map((request) => {
    const n = (seen.get(request.endpoint) ?? 0) + 1
    seen.set(request.endpoint, n)
    return { ...request, name: `${request.endpoint} ${n}` }
  })
}

const countOf = (trace: Trace, endpoint: string) =>
  trace.filter((request) => request.endpoint === endpoint).length

const inCount = (tencent: Trace, puppet: Trace): Difference[] =>
  [...new Set([...tencent, ...puppet].map(({ endpoint }) => endpoint))]
    .map((endpoint) => ({
      endpoint,
      field: `count of ${endpoint}`,
      tencent: `${countOf(tencent, endpoint)}`,
      puppet: `${countOf(puppet, endpoint)}`,
    }))
    .filter(({ tencent, puppet }) => tencent !== puppet)

const namesInBoth = (own: readonly Numbered[], other: readonly Numbered[]): string[] =>
  own.map(({ name }) => name).filter((name) => other.some((request) => request.name === name))

/** Only the stretch in which the orders differ. */
const inOrder = (tencent: readonly Numbered[], puppet: readonly Numbered[]): Difference[] => {
  const ours = namesInBoth(puppet, tencent)
  const theirs = namesInBoth(tencent, puppet)
  const differs = (name: string, at: number) => name !== ours[at]
  const first = theirs.findIndex(differs)
  if (first < 0) return []
  const stretch = (names: string[]) => names.slice(first, theirs.findLastIndex(differs) + 1).join(', ')
  return [{ endpoint: undefined, field: 'order', tencent: stretch(theirs), puppet: stretch(ours) }]
}

const inFields = (endpoint: string, tencent: Fields, puppet: Fields): Difference[] =>
  [...new Set([...tencent.keys(), ...puppet.keys()])]
    .map((field) => ({
      endpoint,
      field,
      tencent: tencent.get(field) ?? absent,
      puppet: puppet.get(field) ?? absent,
    }))
    .filter(({ tencent, puppet }) => tencent !== puppet)

export const differencesOf = (tencent: Trace, puppet: Trace): Difference[] => {
  const sides = { tencent: numbered(tencent), puppet: numbered(puppet) }
  const pairs = sides.tencent.flatMap((request) => {
    const partner = sides.puppet.find(({ name }) => name === request.name)
    return partner === undefined ? [] : inFields(request.endpoint, request.fields, partner.fields)
  })
  return [...inCount(tencent, puppet), ...inOrder(sides.tencent, sides.puppet), ...pairs]
}

/** The same difference, wherever it shows. */
export interface Row {
  /** In alphabetical order. */
  endpoints: readonly string[]
  field: string
  tencent: string
  puppet: string
  /** Number of jobs that show it. */
  jobs: number
}

/** One row for each kind of difference. @param byJob differences under the name of their job */
export const tableOf = (byJob: ReadonlyMap<string, readonly Difference[]>): Row[] => {
  const all = [...byJob].flatMap(([job, differences]) => differences.map((one) => ({ ...one, job })))
  const kinds = Map.groupBy(all, ({ field, tencent, puppet }) => JSON.stringify([field, tencent, puppet]))
  return [...kinds.values()].flatMap((same) => {
    const endpoints = new Set(same.flatMap(({ endpoint }) => endpoint ?? []))
    const jobs = new Set(same.map(({ job }) => job)).size
    return same.slice(0, 1).map(({ field, tencent, puppet }) => ({
      endpoints: [...endpoints].toSorted(),
      field,
      tencent,
      puppet,
      jobs,
    }))
  })
}
