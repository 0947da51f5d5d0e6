/**
 * How large the parts of `channels.wechat` may be. Far beyond any honest use; they keep a generated or damaged file
 * from filling memory or a folder name.
 */

export const maxAccounts = 1_000
export const maxListEntries = 10_000
export const maxGroups = 1_000
export const maxIdLength = 256
export const maxNameLength = 100
export const maxPatterns = 50
export const maxPatternLength = 500
/** Instructions of a compiled pattern, about one for each character that it spells out; repeats multiply them. */
export const maxPatternSize = 1_000
export const maxPromptLength = 20_000
export const maxToolNames = 500
export const maxBotAgentLength = 256
export const maxHistoryMessages = 1_000
/** A chunk must hold the longest thing that is never split, such as a family emoji, and a fence around it. */
export const minChunkChars = 16
export const maxChunkChars = 100_000
/** A puppet's process is not up with less. */
export const minPuppetMemoryMb = 192
export const maxPuppetMemoryMb = 65_536
export const maxPuppetRestarts = 3_600
export const maxMediaMb = 1_024
export const maxRetentionDays = 3_650
