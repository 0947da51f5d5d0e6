/**
 * Names of the steered mock as a puppet, by the place where it runs, and its installation as a foreign puppet.
 */

import { installPuppet } from '../../extensions/wechat/test/puppet-home.ts'

/** Runs in the process of `gateway-with-mock.ts`. */
export const steeredInProcess = 'wechaty-puppet-steered-here'
/** Runs in a child process, as every foreign puppet. */
export const steeredInChild = 'wechaty-puppet-steered'

/** @param folder of the configuration */
export function installSteered(folder: string): void {
  const source = import.meta.resolve('../../extensions/wechat/test/steered-puppet.ts')
  installPuppet(folder, steeredInChild, `export { default } from ${JSON.stringify(source)}`)
}
