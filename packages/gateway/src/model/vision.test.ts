import { describe, expect, it } from 'vitest'
import { isKnownToSee } from './vision.ts'

describe('a model of which the configuration says nothing', () => {
  it.each([
    'gpt-4o',
    'gpt-4o-mini',
    'gpt-5.2',
    'o4-mini',
    'claude-sonnet-4-5',
    'anthropic/claude-3.5-haiku',
    'google/gemini-2.5-flash',
    'gemma-3-27b-it',
    'qwen2.5-vl-72b-instruct',
    'qwen-vl-max',
    'qwen3-omni-flash',
    'Qwen/Qwen3-VL-30B',
    'glm-4.5v',
    'glm-4v-plus',
    'moonshot-v1-8k-vision-preview',
    'doubao-1.5-vision-pro',
    'pixtral-12b',
    'llama-3.2-11b-vision-instruct',
    'llava:13b',
  ])('is taken to see by its name: %s', (model) => expect(isKnownToSee(model)).toBe(true))

  it.each([
    'deepseek-chat',
    'deepseek-reasoner',
    'gpt-3.5-turbo',
    'gpt-4',
    'o1-mini',
    'qwen-max',
    'qwen3-32b',
    'glm-4.6',
    'kimi-k2-turbo-preview',
    'llama-3.1-8b-instruct',
    'some/model',
  ])('is taken to be blind by its name: %s', (model) => expect(isKnownToSee(model)).toBe(false))
})
