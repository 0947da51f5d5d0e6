/**
 * Configurations that come with the gateway: beside the compiled sources in an installation, at the top of a checkout.
 */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

type ShippedFile =
  | 'sandbox.json5'
  | 'sandbox-with-group.json5'
  | 'sandbox-picture.png'
  | 'config.example.json5'

/** The path of a shipped file; undefined where the installation has lost it. */
export function shippedConfig(name: ShippedFile): string | undefined {
  const places = [`../config/${name}`, `../../../../config/${name}`]
  return places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync)
}
