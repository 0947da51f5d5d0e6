/**
 * The text of a configuration file with its secrets covered. What is on the disk may never have been loaded, so nothing of
 * it is known to the log's redactor yet: the values are found by their keys. A text that cannot be parsed shows no strings
 * at all, and no comment shows one.
 */

import { parse, type ValueNode } from '@humanwhocodes/momoa'
import { redacted } from '@moltbot/channel-sdk'
import type { ConfigPath } from './located.ts'
import { isSecretPath, withoutUrlUser } from './secrets.ts'

/** As the log's redactor writes it, which leaves it as it is. */
const cover = `"${redacted}"`
/** Up to the end of the line where the closing quote is missing. */
const quoted = /"(?:[^"\\\n]|\\.)*(?:"|$)|'(?:[^'\\\n]|\\.)*(?:'|$)/gm
/** `${NAME}` and nothing else: the secret is elsewhere. */
const onlyVariables = /^["'](?:\$\{\w+\})+["']$/

/** A part of the text, by its offsets, and what is shown instead. */
interface Patch {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Covers every string. */
export function withoutStrings(text: string): string {
  return text.replaceAll(quoted, cover)
}

export function coveredText(text: string): string {
  try {
    return patched(text, patchesOf(text))
  } catch {
    return withoutStrings(text) // Not JSON5, so nothing tells which value belongs to which key.
  }
}

function patchesOf(text: string): Patch[] {
  const { body, tokens = [] } = parse(text, { mode: 'json5', tokens: true })
  const comments = tokens
    .filter(({ type }) => type === 'LineComment' || type === 'BlockComment')
    .map(({ loc }) => {
      const [start, end] = [loc.start.offset, loc.end.offset]
      return { start, end, text: withoutStrings(text.slice(start, end)) }
    })
  return [...comments, ...valuePatches(body, [], text)]
}

function valuePatches(node: ValueNode, path: ConfigPath, text: string): Patch[] {
  if (node.type === 'Array')
    return node.elements.flatMap(({ value }, index) => valuePatches(value, [...path, index], text))
  if (node.type === 'Object')
    return node.members.flatMap(({ name, value }) =>
      valuePatches(value, [...path, name.type === 'Identifier' ? name.name : name.value], text),
    )
  const [start, end] = [node.loc.start.offset, node.loc.end.offset]
  const written = text.slice(start, end)
  if (isSecretPath(path)) return onlyVariables.test(written) ? [] : [{ start, end, text: cover }]
  return node.type === 'String' ? [{ start, end, text: withoutUrlUser(written, path) }] : []
}

function patched(text: string, patches: readonly Patch[]): string {
  return patches
    .toSorted((one, other) => other.start - one.start)
    .reduce((rest, patch) => rest.slice(0, patch.start) + patch.text + rest.slice(patch.end), text)
}
