import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VisibleText, type VisibleTextOptions } from './visible-text.ts'

function shown(pieces: readonly string[], options?: VisibleTextOptions): string {
  const text = new VisibleText(options)
  return pieces.map((piece) => text.push(piece)).join('') + text.end()
}

const hidden: Record<string, string> = {
  'a closed tag': '<think>HIDDEN</think>\n\nThe answer.',
  'a note on an earlier answer': '<turn-note>files sent: "HIDDEN"</turn-note>\n\nThe answer.',
  'another name': '<thinking>HIDDEN</thinking>The answer.',
  'a third name': '<thought>HIDDEN words</thought>The answer.',
  'a fourth name': '<reasoning>\nHIDDEN\n</reasoning>\nThe answer.',
  'upper case': '<Think>\nHIDDEN\n</THINK>\nThe answer.',
  attributes: '<think class="x" hidden>HIDDEN</think >The answer.',
  'the closing tag alone': 'HIDDEN: a sum.\n\nHIDDEN too\n</think>\n\nThe answer.',
  'the closing tag alone, after code': 'HIDDEN `x` and\n```js\nHIDDEN\n```\n</think>The answer.',
  'a final part that ends open thoughts': '<think>HIDDEN, never closed<final>The answer.</final>',
  'an answer part': '<think>HIDDEN</think>\n<answer>The answer.</answer>',
  'thoughts about the tag': '<think>HIDDEN <think> HIDDEN</think>The answer.',
  'two parts': '<think>HIDDEN</think><think>HIDDEN</think>The answer.',
  'a closing tag more': '<think>HIDDEN <think>HIDDEN</think> HIDDEN</think>The answer.',
  'a part behind a sentence': 'The answer.<think>HIDDEN, never closed',
  'a part behind the answer': 'The answer.\n\n<think>HIDDEN',
  'backticks in thoughts': '<think>HIDDEN ` ```</think>The answer.',
  'Mistral’s marks': '[THINK]HIDDEN[/THINK]The answer.',
  'Kimi’s marks': '◁think▷HIDDEN◁/think▷The answer.',
  'gpt-oss’s channels':
    '<|channel|>analysis<|message|>HIDDEN<|end|><|start|>assistant<|channel|>final<|message|>The answer.<|return|>',
  'tokens of a template': '<|im_start|>assistant<think>HIDDEN</think>The answer.<|im_end|>',
  'full-width tokens': 'The answer.<｜end▁of▁sentence｜>',
  'the end of a sequence': 'The answer.</s>',
  'a thought token':
    '<|begin_of_thought|>HIDDEN<|end_of_thought|><|begin_of_solution|>The answer.<|end_of_solution|>',
  'a call of a tool': 'The answer.\n<tool_call>\n{"name": "HIDDEN"}\n</tool_call>',
  'an open call of a tool': 'The answer.\n\n<tool_call>{"name": "HIDDEN"',
  'a call with its function':
    '<tool_call><function=HIDDEN>\n<parameter=x>HIDDEN</parameter></function></tool_call>The answer.',
  'a function call': '<function_call name="HIDDEN">{}</function_call>The answer.',
  'Mistral’s calls': 'The answer.[TOOL_CALLS][{"name": "HIDDEN"}]',
  'DeepSeek’s calls': 'The answer.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>HIDDEN<｜tool▁calls▁end｜>',
}

const kept: Record<string, string> = {
  'a span of code': 'In HTML you may write `<think>KEEP</think>` as text.',
  'a longer span': 'Write ``a ` b </think>`` and go on.',
  'a block of code': 'So:\n\n```html\n<think>\nKEEP\n</think>\n```\n\nDone.',
  'a block with tildes': '~~~\n</think> ```\n~~~\nDone.',
  'an indented block in a list': '1. a\n   ```\n   <tool_call>\n   ```\n2. b',
  'a sentence about a tag': 'The <think> tag begins it, and nothing ends it here.',
  'other tags': '<b>bold</b> <thinker> <s1> a < b && c > d [THE] [x](y) List<String>',
  'an open span': 'one ` backtick\n\nand *more*',
  'a block that stays open': '```\n<think>\nstays',
  'a lonely tilde': '~~gone~~ ~5',
  'white space': '  indented\n\n  text  ',
  nothing: '',
}

const cases = [...Object.values(hidden), ...Object.values(kept)]

describe('the text that a person sees', () => {
  it.each(Object.entries(hidden))('hides %s', (_, text) => {
    expect(shown([text]).trim()).toBe('The answer.')
  })

  it.each(Object.entries(kept))('leaves %s alone', (_, text) => {
    expect(shown([text])).toBe(text)
  })

  it('is nothing where the model only thinks', () => {
    for (const text of ['<think>HIDDEN</think>', '<think>HIDDEN', 'HIDDEN</think>', '\n<think>\nHIDDEN\n\n'])
      expect(shown([text]).trim()).toBe('')
  })

  it('keeps one blank line where a part between two paragraphs is hidden', () => {
    expect(shown(['One.\n\n<think>x</think>\n\nTwo. <think>y</think> Three.'])).toBe('One.\n\nTwo. Three.')
  })

  it('tells when a model leaves the opening tag out', () => {
    const text = new VisibleText()
    text.push('HIDDEN</think>The answer.')
    expect(text.endsUnopened).toBe(true)
    const other = new VisibleText()
    other.push('<think>HIDDEN</think>The answer.')
    expect(other.endsUnopened).toBe(false)
  })

  it('comes before the text is whole, once the beginning that is held back has passed', () => {
    const text = new VisibleText({ heldAtStart: 10 })
    expect([text.push('12345'), text.push('67890'), text.push('x')]).toEqual(['', '1234567890', 'x'])
  })

  it('is the same however the text is cut', () => {
    const anyText = fc.oneof(
      fc.constantFrom(...cases),
      fc
        .array(
          fc.constantFrom(
            '<think>',
            '</think>',
            '`',
            '```\n',
            '\n',
            '\n\n',
            'a ',
            '.',
            '<',
            '|>',
            '<|im_end|>',
            '<final>',
            '<tool_call>',
            '</tool_call>',
            '<|channel|>',
            'analysis',
            '<|message|>',
            '<|start|>',
            'assistant',
            '[THINK]',
            '[/THINK]',
            '~~~',
            ' x="',
            '◁',
            'think▷',
          ),
          { maxLength: 30 },
        )
        .map((parts) => parts.join('')),
    )
    const heldAtStart = fc.constantFrom(0, 5, 20, Number.POSITIVE_INFINITY)
    const cuts = fc.array(fc.nat(400), { maxLength: 40 })
    fc.assert(
      fc.property(anyText, cuts, heldAtStart, (text, places, held) => {
        const at = [0, ...places.filter((place) => place < text.length).sort((a, b) => a - b), text.length]
        const pieces = at.slice(1).map((end, n) => text.slice(at[n], end))
        expect(shown(pieces, { heldAtStart: held })).toBe(shown([text], { heldAtStart: held }))
        expect(shown([...text].map(String), { heldAtStart: held })).toBe(shown([text], { heldAtStart: held }))
      }),
      { numRuns: 2_000 },
    )
  })
})
