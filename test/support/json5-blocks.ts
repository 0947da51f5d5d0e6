/**
 * The json5 blocks of a Markdown page as configurations that a gateway can load. A block begins in one of three ways:
 * `{` is a whole file; `// channels.wechat` is followed by keys of that object; `// ./groups.json5` is a file that
 * another block of the page includes.
 */

export interface Json5Block {
  /** 1-based number of the line after the fence. */
  readonly line: number
  readonly text: string
}

/** Fences may be indented, as in a list. */
const fence = /^([ \t]*)```json5\n(.*?)^\1```$/gms
const wholeFile = /^\s*\{/
const includedFile = /^\/\/ \.\/([\w-]+\.json5)\n/
const keysOfObject = /^\/\/ ([a-z]\w*(?:\.[\w-]+)*)\n/i

export function json5Blocks(markdown: string): Json5Block[] {
  return [...markdown.matchAll(fence)].map(({ index, 1: indent = '', 2: body = '' }) => ({
    line: markdown.slice(0, index).split('\n').length + 1,
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }))
}

/** The name by which other blocks include this one. */
export function includedAs({ text }: Json5Block): string | undefined {
  return includedFile.exec(text)?.[1]
}

/** @throws if the block begins in none of the known ways */
export function asWholeFile({ line, text }: Json5Block): string {
  if (wholeFile.test(text)) return text
  const path = keysOfObject.exec(text)?.[1]?.split('.')
  if (path === undefined) {
    throw new Error(
      `line ${line}: a json5 block begins with "{", "// path.of.an.object" or "// ./file.json5"`,
    )
  }
  // The block keeps its lines, so that the line of a problem can be found.
  const opened = path.map((key) => `{ '${key}': `).join('')
  return `${opened}{ ${text}}${' }'.repeat(path.length)}`
}

/** The secret of a webhook has a form. */
const secretsOfWebhooks = /^WEBHOOK_SECRET/
const webhookSecret = Buffer.alloc(32, 7).toString('base64')

/** Values for the environment variables that a block names. */
export function environmentOf({ text }: Json5Block): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [
      name,
      secretsOfWebhooks.test(name) ? webhookSecret : 'example',
    ]),
  )
}
