/**
 * Texts with placeholders, such as `no login within {seconds} s`: filled in, and recognised again once they are.
 */

/** The names of a template's placeholders. */
export type Placeholders<Template extends string> = Template extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never

export type Values = Readonly<Record<string, string | number>>

/** What a template must be given: nothing where it has no placeholder. */
export type ValuesOf<Template extends string> = [Placeholders<Template>] extends [never]
  ? []
  : [Readonly<Record<Placeholders<Template>, string | number>>]

const placeholder = /\{(\w+)\}/g

export function placeholdersOf(template: string): string[] {
  return [...template.matchAll(placeholder)].map(([, name = '']) => name)
}

/** A value that is missing stays as its placeholder. */
export function fillIn(template: string, values: Values = {}): string {
  return template.replaceAll(placeholder, (whole, name: string) => String(values[name] ?? whole))
}

/** Recognises texts that a template gave. */
export interface Pattern {
  readonly template: string
  /** The values that are in `text`; undefined where it comes from another template. */
  match(text: string): Values | undefined
  /** Letters of the template itself. Of two that match, the one with more of them says more. */
  readonly weight: number
}

/** Values that may contain what follows them in a template, such as brackets: they take as much as they can. */
const sentences: ReadonlySet<string> = new Set(['reason', 'answer'])

export function patternOf(template: string): Pattern {
  const names = placeholdersOf(template)
  const literals = template.split(/\{\w+\}/)
  const values = ['', ...names.map((name) => (sentences.has(name) ? '([^]+)' : '([^]+?)'))]
  const shape = new RegExp(
    `^${literals.map((literal, index) => `${values[index]}${escaped(literal)}`).join('')}$`,
  )
  return {
    template,
    weight: literals.join('').length,
    match: (text) => {
      const found = shape.exec(text)
      return found
        ? Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? '']))
        : undefined
    },
  }
}

const escaped = (literal: string) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
