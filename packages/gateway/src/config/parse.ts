/**
 * JSON5 text to located values. Stricter than JSON5 in what is never meant: a duplicate key, a key that
 * JavaScript objects treat as their own, endless nesting, and a backslash that the string loses.
 */

import { evaluate, type MemberNode, parse, type ValueNode } from '@humanwhocodes/momoa'
import { lostBackslash, withEnd } from './backslashes.ts'
import { type ConfigProblem, invalidConfig } from './config-error.ts'
import type { Located, LocatedObject, Place } from './located.ts'
import { type ConfigPath, formatPath } from './located.ts'
import { type SyntaxFlaw, syntaxFlaw } from './syntax-flaw.ts'

/** Objects and lists inside each other. */
const maxNesting = 64

/** @throws ConfigError `config-invalid` that points at the place, the first one for a syntax error. */
export function parseConfig(text: string, file: string): Located {
  // A byte order mark would shift the first line's columns.
  const body = withEnd(text.replace(/^\uFEFF/, ''))
  const reading: Reading = { file, text: body, problems: [] }
  const root = toLocated(parseText(body, file), [], reading)
  if (reading.problems.length > 0) throw invalidConfig(reading.problems)
  return root
}

interface Reading {
  readonly file: string
  readonly text: string
  readonly problems: ConfigProblem[]
}

function parseText(text: string, file: string): ValueNode {
  try {
    return parse(text, { mode: 'json5' }).body
  } catch (error) {
    throw invalidConfig([{ file, ...flawOf(error, text), path: '', severity: 'error' }])
  }
}

function flawOf(error: unknown, text: string): SyntaxFlaw {
  if (error instanceof RangeError) return { line: 1, column: 1, message: tooDeep }
  const flaw = syntaxFlaw(error, text)
  if (flaw === undefined) throw error
  return { ...flaw, message: `not valid JSON5: ${flaw.message}` }
}

const tooDeep = `nested more than ${maxNesting} levels deep`

function toLocated(node: ValueNode, path: ConfigPath, reading: Reading): Located {
  const place = placeIn(reading.file, node.loc.start)
  if (path.length > maxNesting) throw invalidConfig([problem(place, path, tooDeep)])
  if (node.type === 'Array') {
    const items = node.elements.map(({ value }, index) => toLocated(value, [...path, index], reading))
    return { kind: 'list', place, items }
  }
  if (node.type === 'Object') return toObject(node.members, place, path, reading)
  const lost = node.type === 'String' ? lostBackslash(reading.text.slice(...offsetsOf(node))) : undefined
  if (lost !== undefined) reading.problems.push(problem(place, path, lost))
  return { kind: 'scalar', place, value: scalarValue(node) }
}

const offsetsOf = ({ loc }: ValueNode): [number, number] => [loc.start.offset, loc.end.offset]

function toObject(
  members: readonly MemberNode[],
  place: Place,
  path: ConfigPath,
  reading: Reading,
): LocatedObject {
  const entries: Map<string, { keyPlace: Place; node: Located }> = new Map()
  for (const { name, value } of members) {
    const key = name.type === 'Identifier' ? name.name : name.value
    const keyPlace = placeIn(reading.file, name.loc.start)
    const earlier = entries.get(key)
    if (earlier) {
      const message = `duplicate key; the first is at line ${earlier.keyPlace.line}`
      reading.problems.push(problem(keyPlace, [...path, key], message))
    } else if (key === '__proto__') {
      reading.problems.push(problem(keyPlace, [...path, key], 'no key may have this name'))
    } else {
      entries.set(key, { keyPlace, node: toLocated(value, [...path, key], reading) })
    }
  }
  return { kind: 'object', place, entries }
}

function scalarValue(node: ValueNode): string | number | boolean | null {
  const value = evaluate(node)
  return typeof value === 'object' ? null : value
}

function placeIn(file: string, { line, column }: { line: number; column: number }): Place {
  return { file, line, column }
}

function problem(place: Place, path: ConfigPath, message: string): ConfigProblem {
  return { ...place, path: formatPath(path), message, severity: 'error' }
}
