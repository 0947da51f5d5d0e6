/**
 * The language that a person has chosen, with its texts. Apart from `speech.ts`, because the dashboard brings fewer texts.
 */

import type { Language } from './choose.ts'
import { englishSpeech, type Speech, speechFrom } from './speech.ts'

/** Loads the catalogue only where it is needed. */
export async function speechIn(language: Language): Promise<Speech> {
  if (language === 'en') return englishSpeech
  const { chinese } = await import('./chinese/catalogue.ts')
  const { recognised } = await import('./chinese/recognised.ts')
  return speechFrom(chinese, recognised)
}
