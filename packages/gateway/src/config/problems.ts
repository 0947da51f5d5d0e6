/**
 * From a schema's issues to problems that a person can act on: the place, the value found, the values allowed.
 * A channel's schema promises a message and a path only; zod's further facts are used where an issue has them.
 */

import type { SchemaIssue } from '@moltbot/channel-sdk'
import { closest, distance } from 'fastest-levenshtein'
import { z } from 'zod'
import type { ConfigProblem } from './config-error.ts'
import { type JsonSchema, keysAt } from './json-schema.ts'
import { type ConfigPath, formatPath, type Located, nodeAt, placeOf } from './located.ts'
import { isSecretPath, withoutUrlUser } from './secrets.ts'

/** What the issues are about: the configuration as written, and the schema that tells its keys. */
export interface Judged {
  readonly root: Located
  readonly schema: () => JsonSchema
}

/** @param base path of the value that the schema was given */
export function toProblems(
  issues: readonly SchemaIssue[],
  judged: Judged,
  base: ConfigPath = [],
): ConfigProblem[] {
  return issues.flatMap((issue) => explain(issue, [...base, ...pathOf(issue)], judged))
}

/** A problem at the key that `path` names. */
export function problemAt(
  root: Located,
  path: ConfigPath,
  facts: Pick<ConfigProblem, 'message' | 'found' | 'allowed' | 'suggestion'> &
    Partial<Pick<ConfigProblem, 'severity'>>,
): ConfigProblem {
  return { severity: 'error', ...placeOf(root, path), path: formatPath(path), ...facts }
}

/** The nearest of `known`, if it is near enough to be a slip of the keyboard. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > maxSlipLength) return undefined
  const folded = known.map((one) => one.toLowerCase())
  const best = closest(word.toLowerCase(), folded)
  const slips = distance(word.toLowerCase(), best)
  return slips <= Math.ceil(word.length * maxSlipShare) ? known[folded.indexOf(best)] : undefined
}

/** Two letters swapped in a word of four count as two slips. */
const maxSlipShare = 0.4
const maxSlipLength = 100
const maxFoundLength = 60

const unknownKeys = z.object({ code: z.literal('unrecognized_keys'), keys: z.array(z.string()) })
const badValue = z.object({ code: z.literal('invalid_value'), values: z.array(z.unknown()) })
const badType = z.object({ code: z.literal('invalid_type'), expected: z.string() })
const badSize = z.object({
  code: z.enum(['too_small', 'too_big']),
  origin: z.string(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  inclusive: z.boolean().optional(),
})
const badKey = z.object({
  code: z.literal('invalid_key'),
  issues: z.array(z.object({ message: z.string() })),
})
const anyIssue = z.looseObject({ message: z.string(), path: z.array(z.union([z.string(), z.number()])) })
/** No variant of a union has this value in the key that tells them apart. */
const noVariant = z.object({ code: z.literal('invalid_union'), options: z.array(z.unknown()) })
const badUnion = z.object({ code: z.literal('invalid_union'), errors: z.array(z.array(anyIssue)) })

function explain(issue: SchemaIssue, path: ConfigPath, judged: Judged): ConfigProblem[] {
  const { root } = judged
  const strangers = unknownKeys.safeParse(issue)
  if (strangers.success) return strangers.data.keys.map((key) => unknownKey(key, path, judged))
  const value = badValue.safeParse(issue)
  if (value.success) return [notAmong(value.data.values, path, root)]
  const type = badType.safeParse(issue)
  if (type.success && type.data.expected !== 'never') return [wrongType([type.data.expected], path, root)]
  const variant = noVariant.safeParse(issue)
  if (variant.success) return [notAmong(variant.data.options, path, root)]
  const union = badUnion.safeParse(issue)
  if (union.success) return explainUnion(union.data.errors, path, judged)
  const size = badSize.safeParse(issue)
  if (size.success) return [problemAt(root, path, { message: sizeRule(size.data), ...foundAt(root, path) })]
  const key = badKey.safeParse(issue)
  const message = key.success ? key.data.issues.map((one) => one.message).join('; ') : issue.message
  // A key that may not be used at all is not a matter of its value.
  return [problemAt(root, path, { message, ...(!key.success && !type.success && foundAt(root, path)) })]
}

function unknownKey(key: string, path: ConfigPath, { root, schema }: Judged): ConfigProblem {
  const allowed = keysAt(schema(), path)
  return problemAt(root, [...path, key], { message: 'unknown key', allowed, ...suggest(key, allowed) })
}

function notAmong(values: readonly unknown[], path: ConfigPath, root: Located): ConfigProblem {
  const node = nodeAt(root, path)
  const allowed = values.map((value) => JSON.stringify(value))
  const words = values.filter((value) => typeof value === 'string')
  const written =
    node?.kind === 'scalar' && typeof node.value === 'string' ? nearest(node.value, words) : undefined
  return problemAt(root, path, {
    message: node ? 'not one of the values it may have' : 'is missing',
    ...foundAt(root, path),
    allowed,
    ...(written !== undefined && { suggestion: JSON.stringify(written) }),
  })
}

function wrongType(expected: readonly string[], path: ConfigPath, root: Located): ConfigProblem {
  const wanted = inWords(expected.map((type) => typeNames[type] ?? type))
  const node = nodeAt(root, path)
  if (!node) return problemAt(root, path, { message: `is missing: expected ${wanted}` })
  // A text where options belong may well be the token itself.
  const mayBeToken = wanted.includes('object') && node.kind === 'scalar' && typeof node.value === 'string'
  const found = mayBeToken ? kindAt(root, path) : foundAt(root, path)
  return problemAt(root, path, { message: `expected ${wanted}`, ...found })
}

function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function sizeRule({ code, origin, minimum, maximum, inclusive = true }: z.infer<typeof badSize>): string {
  const unit = { string: ' characters', array: ' entries' }[origin]
  if (unit !== undefined && minimum === 1) return 'must not be empty'
  const bound =
    code === 'too_small' ? `${inclusive ? 'at least' : 'more than'} ${minimum}` : `at most ${maximum}`
  return unit === undefined ? `must be ${bound}` : `must have ${bound}${unit}`
}

/**
 * The branch that takes this kind of value knows best what is wrong with it; of several, the one with the fewest problems.
 * Where none takes it, what all of them take is named.
 */
function explainUnion(branches: readonly UnionBranch[], path: ConfigPath, judged: Judged): ConfigProblem[] {
  const refusals = branches.map(refusalOf)
  const [best] = branches
    .filter((_, index) => refusals[index] === undefined)
    .map((branch) => toProblems(branch, judged, path))
    .toSorted((one, other) => one.length - other.length)
  if (best) return best
  const refused = refusals.filter((one) => one !== undefined)
  const values = refused.flatMap((one) => one.values)
  if (refused.every(({ types }) => types.length === 0)) return [notAmong(values, path, judged.root)]
  const expected = [...refused.flatMap(({ types }) => types), ...values.map((value) => JSON.stringify(value))]
  return [wrongType([...new Set(expected)], path, judged.root)]
}

type UnionBranch = readonly z.infer<typeof anyIssue>[]

/** What a branch takes instead of a value of this kind; undefined for one that takes it, and then finds fault with it. */
function refusalOf(branch: UnionBranch): { types: string[]; values: unknown[] } | undefined {
  for (const issue of branch.filter(({ path }) => path.length === 0)) {
    const type = badType.safeParse(issue)
    if (type.success) return { types: [type.data.expected], values: [] }
    const value = badValue.safeParse(issue)
    if (value.success) return { types: [], values: value.data.values }
  }
  return undefined
}

/** The value at a path, as far as it may be shown. */
function foundAt(root: Located, path: ConfigPath): { found?: string } {
  const node = nodeAt(root, path)
  if (node?.kind !== 'scalar') return kindAt(root, path)
  if (node.fromEnv || isSecretPath(path)) return { found: `${kindOf(node)} (not shown)` }
  if (typeof node.value === 'number') return { found: String(node.value) }
  const shown = typeof node.value === 'string' ? withoutUrlUser(node.value, path) : node.value
  return { found: shortened(JSON.stringify(shown)) }
}

function kindAt(root: Located, path: ConfigPath): { found?: string } {
  const node = nodeAt(root, path)
  return node ? { found: kindOf(node) } : {}
}

function kindOf(node: Located): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'an object'
  return node.value === null ? 'null' : (typeNames[typeof node.value] ?? typeof node.value)
}

function shortened(text: string): string {
  return text.length > maxFoundLength ? `${text.slice(0, maxFoundLength)}…` : text
}

function suggest(key: string, allowed: readonly string[]): { suggestion?: string } {
  const near = nearest(key, allowed)
  return near === undefined ? {} : { suggestion: JSON.stringify(near) }
}

function pathOf({ path = [] }: SchemaIssue): ConfigPath {
  return path
    .map((segment) => (typeof segment === 'object' ? segment.key : segment))
    .map((key) => (typeof key === 'number' ? key : String(key)))
}
