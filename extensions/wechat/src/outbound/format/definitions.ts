/**
 * Link definitions (`[id]: url`), which may stand anywhere in a text, while each section of it is parsed by itself.
 */

import { decodeString } from 'micromark-util-decode-string'
import { normalizeIdentifier } from 'micromark-util-normalize-identifier'
import { eventsOf, textOf } from './tokens.ts'

export interface Target {
  /** Decoded, for people. */
  readonly url: string
  /** As written, for Markdown. */
  readonly destination: string
}

/** The parser searches them one by one for each reference; more than these stay as they are written. */
const maxDefinitions = 200

const definitionStart = /^[ \t>]*\[(?!\^)[^\]\n]+\]:/m

export function mayDefine(section: string): boolean {
  return section.includes(']:') && definitionStart.test(section)
}

export class Definitions {
  readonly #targets = new Map<string, Target>()
  readonly #used = new Set<string>()

  get isEmpty(): boolean {
    return this.#targets.size === 0
  }

  /** The first definition of an identifier holds. */
  add(section: string): void {
    for (const [identifier, target] of definitionsIn(section)) {
      if (this.#targets.size < maxDefinitions && !this.#targets.has(identifier))
        this.#targets.set(identifier, target)
    }
  }

  /** Normalised, as the parser compares them. */
  identifiers(): Iterable<string> {
    return this.#targets.keys()
  }

  /** @param label as written in a reference, whose target will be told there */
  use(label: string): Target | undefined {
    const identifier = normalizeIdentifier(label)
    this.#used.add(identifier)
    return this.#targets.get(identifier)
  }

  /** A definition whose target the text tells would only repeat it. */
  isUsed(label: string): boolean {
    return this.#used.has(normalizeIdentifier(label))
  }
}

function definitionsIn(section: string): [string, Target][] {
  const found: [string, Target][] = []
  let label = ''
  for (const [kind, token] of eventsOf(section, 'document', [])) {
    if (kind === 'enter') continue
    if (token.type === 'definitionLabelString') label = textOf(section, token)
    if (token.type === 'definitionDestination' && !isFootnote(label))
      found.push([normalizeIdentifier(label), targetOf(textOf(section, token))])
  }
  return found
}

/** `[^1]` is no link: it stays as it is written, which a reader of plain text understands. */
export function isFootnote(label: string): boolean {
  return label.startsWith('^')
}

/** @param destination as written, maybe in angle brackets */
export function targetOf(destination: string): Target {
  return { destination, url: decodeString(destination.replace(/^<(.*)>$/, '$1')) }
}
