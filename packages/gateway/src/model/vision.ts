/**
 * Families of models that are known to see pictures, by their names. Only for models of which the configuration says
 * nothing; a provider that refuses a picture all the same is asked without it (`asking.ts`).
 */

/** From the providers' own lists of models, November 2026. A name is looked for behind slashes and dashes too. */
const seeing =
  /(?:^|[/:._-])(?:gpt-(?:4o|4\.1|4\.5|5)|chatgpt-4o|o[34](?:-|$)|claude-(?:3|4|5|opus|sonnet|haiku)|gemini|gemma-?3|qwen[\d.]*-?(?:vl|omni)|qvq|glm-\d(?:\.\d)?v|kimi-(?:vl|k2\.5)|moonshot-v1-\d+k-vision|doubao[\w.-]*vision|step-1[ov]|yi-vision|hunyuan[\w-]*vision|ernie[\w.-]*-vl|pixtral|mistral-(?:small-3\.[12]|medium-3)|llama-?(?:3\.2[\w-]*vision|4)|grok-(?:2-vision|[45])|llava|internvl|minicpm-v|phi-(?:3\.5-vision|4-multimodal)|deepseek-vl)/i

export function isKnownToSee(model: string): boolean {
  return seeing.test(model)
}
