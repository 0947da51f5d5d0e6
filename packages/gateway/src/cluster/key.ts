/**
 * What an account is called among all channels.
 */

/** The account's id in its channel. */
export const accountIdIn = (key: string): string => key.slice(key.indexOf('/') + 1)

export const keyOf = (channelId: string, accountId: string): string => `${channelId}/${accountId}`
