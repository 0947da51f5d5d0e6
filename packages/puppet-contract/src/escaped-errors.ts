/** An error that leaves a puppet by no way but the process would end a bot; here it is caught and looked at. */

/**
 * Runs `work` and resolves to the errors that reached the process meanwhile. The listeners that the test
 * runner has there are set aside for that time, so nothing else may run beside it.
 */
export async function collectEscapedErrors(work: () => Promise<void>): Promise<readonly unknown[]> {
  const escaped: unknown[] = []
  const collect = (error: unknown) => escaped.push(error)
  const exceptionListeners = process.listeners('uncaughtException')
  const rejectionListeners = process.listeners('unhandledRejection')
  process.removeAllListeners('uncaughtException').on('uncaughtException', collect)
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', collect)
  try {
    await work()
  } finally {
    process.off('uncaughtException', collect).off('unhandledRejection', collect)
    for (const listener of exceptionListeners) process.on('uncaughtException', listener)
    for (const listener of rejectionListeners) process.on('unhandledRejection', listener)
  }
  return escaped
}
