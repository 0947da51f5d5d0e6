/** Preloaded into a gateway: asking a model about a text with EXHAUST uses up the heap, as a library does that goes wrong. */

const stringify = JSON.stringify

JSON.stringify = (value, ...more) => {
  const text = stringify(value, ...more)
  if (!Array.isArray(value?.messages) || !text.includes('EXHAUST')) return text
  for (const kept = []; ; ) kept.push(new Array(1_000).fill({ kept }))
}
