/**
 * The language of the page: that of the browser until another one is chosen. The texts are those of the command line, and
 * the Chinese ones are loaded only by those who read them.
 */

import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { dashboard } from '../../../gateway/src/language/chinese/dashboard.ts'
import type { told } from '../../../gateway/src/language/chinese/told.ts'
import type { Language } from '../../../gateway/src/language/choose.ts'
import { parseLanguage } from '../../../gateway/src/language/choose.ts'
import { englishSpeech } from '../../../gateway/src/language/speech.ts'
import type { ValuesOf } from '../../../gateway/src/language/templates.ts'

/** Texts that the page brings in both languages. */
type PageTemplate = keyof typeof dashboard | keyof typeof told

/** See `Speech` of the gateway. */
export interface Speech {
  say<T extends PageTemplate>(template: T, ...values: ValuesOf<T>): string
  translate(english: string): string
}

const storedLanguage = 'moltbot.language'

export function chosenLanguage(): Language {
  const wanted = [localStorage.getItem(storedLanguage) ?? '', ...navigator.languages]
  return wanted.map(parseLanguage).find((language) => language !== undefined) ?? 'en'
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(storedLanguage, language)
}

export async function speechOf(language: Language): Promise<Speech> {
  return language === 'en' ? englishSpeech : (await import('./chinese.ts')).chineseSpeech
}

export const htmlLanguage: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' }

interface Spoken extends Speech {
  readonly language: Language
}

export const SpeechContext = createContext<Spoken>({ ...englishSpeech, language: 'en' })

export const useSpeech = () => useContext(SpeechContext)
