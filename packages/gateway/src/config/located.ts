/**
 * A parsed configuration in which every key and value knows where it was written. Includes and variables change the
 * values; the places stay, so that any later complaint can point at the line.
 */

/** Where something is in a configuration, from its root: `channels.wechat.groups["r@1"].tools[0]`. */
export type ConfigPath = readonly (string | number)[]

/** Keys that need no quotes; ids with a dot or a space in them do. */
const plainKey = /^[\w$*-]+$/
const step = /\.?([\w$*-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y

/** The path as people write it; empty for the root. */
export function formatPath(path: ConfigPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    if (!plainKey.test(key)) return `${text}[${JSON.stringify(key)}]`
    return text === '' ? key : `${text}.${key}`
  }, '')
}

/** The inverse of `formatPath`; `undefined` for a text that is no path. */
export function parsePath(text: string): ConfigPath | undefined {
  const path: (string | number)[] = []
  step.lastIndex = 0
  while (step.lastIndex < text.length) {
    const found = step.exec(text)
    if (!found) return undefined
    const [, key, index, quoted] = found
    path.push(key ?? (index === undefined ? unquote(quoted ?? '') : Number(index)))
  }
  return path
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    return text
  }
}

/** Line and column are 1-based. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface LocatedScalar {
  readonly kind: 'scalar'
  readonly place: Place
  readonly value: string | number | boolean | null
  /** The environment's values in it: never shown. */
  readonly fromEnv?: readonly string[]
}

interface LocatedList {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly Located[]
}

export interface LocatedObject {
  readonly kind: 'object'
  readonly place: Place
  readonly entries: ReadonlyMap<string, { readonly keyPlace: Place; readonly node: Located }>
}

export type Located = LocatedScalar | LocatedList | LocatedObject

/** The plain value. No key of it is `__proto__`, see `parse.ts`. */
export function plainValue(node: Located): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plainValue)
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainValue(entry.node)]))
}

/** The node at a path, if there is one. */
export function nodeAt(root: Located, path: ConfigPath): Located | undefined {
  return path.reduce<Located | undefined>((node, key) => childOf(node, key)?.node, root)
}

/** Whether `path` or, in a short form, a value above it was written. What lists and single values become was written too. */
export function isWritten(root: Located, path: ConfigPath): boolean {
  let node = root
  for (const key of path) {
    if (node.kind !== 'object') return true
    const child = childOf(node, key)
    if (!child) return false
    ;({ node } = child)
  }
  return true
}

/** Where to look for `path`: its key, or the nearest key above it that was written. */
export function placeOf(root: Located, path: ConfigPath): Place {
  let node = root
  let place = root.place
  for (const key of path) {
    const child = childOf(node, key)
    if (!child) break
    ;({ node, place } = child)
  }
  return place
}

function childOf(
  node: Located | undefined,
  key: string | number,
): { node: Located; place: Place } | undefined {
  if (node?.kind === 'object') {
    const entry = node.entries.get(String(key))
    return entry && { node: entry.node, place: entry.keyPlace }
  }
  const item = node?.kind === 'list' ? node.items[Number(key)] : undefined
  return item && { node: item, place: item.place }
}

/** The same tree with every scalar changed. */
export function mapScalars(
  node: Located,
  change: (scalar: LocatedScalar, path: ConfigPath) => LocatedScalar,
  path: ConfigPath = [],
): Located {
  if (node.kind === 'scalar') return change(node, path)
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item, index) => mapScalars(item, change, [...path, index])) }
  }
  const entries = [...node.entries].map(
    ([key, entry]) => [key, { ...entry, node: mapScalars(entry.node, change, [...path, key]) }] as const,
  )
  return { ...node, entries: new Map(entries) }
}

/** Every scalar with its path, in the order in which they were written. */
export function* scalars(node: Located, path: ConfigPath = []): Generator<[LocatedScalar, ConfigPath]> {
  if (node.kind === 'scalar') yield [node, path]
  if (node.kind === 'list')
    for (const [index, item] of node.items.entries()) yield* scalars(item, [...path, index])
  if (node.kind === 'object')
    for (const [key, entry] of node.entries) yield* scalars(entry.node, [...path, key])
}

/** Lists are joined, objects merged key by key, anything else is replaced by what comes later. */
export function mergeLocated(earlier: Located, later: Located): Located {
  if (earlier.kind === 'list' && later.kind === 'list') {
    return { ...later, items: [...earlier.items, ...later.items] }
  }
  if (earlier.kind !== 'object' || later.kind !== 'object') return later
  const entries = new Map(earlier.entries)
  for (const [key, entry] of later.entries) {
    const before = entries.get(key)
    entries.set(key, before ? { ...entry, node: mergeLocated(before.node, entry.node) } : entry)
  }
  return { ...later, entries }
}
