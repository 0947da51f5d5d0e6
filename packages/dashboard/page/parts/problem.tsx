/**
 * Why something that a page shows could not be read.
 */

import { useSpeech } from '../core/language.tsx'

export function Problem({ text }: { readonly text: string | undefined }) {
  const { translate } = useSpeech()
  return <div role="alert">{text !== undefined && <p class="banner bad">{translate(text)}</p>}</div>
}
