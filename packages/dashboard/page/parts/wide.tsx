/**
 * What may be wider than the page: it scrolls, so it can be reached by keyboard.
 */

import type { ComponentChildren } from 'preact'

export function Wide({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is as wide as what is in it
    <div class="wide" role="group" tabIndex={0} aria-label={label}>
      {children}
    </div>
  )
}
