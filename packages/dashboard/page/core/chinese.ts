/**
 * The Chinese texts, without what only the command line says.
 */

import { dashboard } from '../../../gateway/src/language/chinese/dashboard.ts'
import { told } from '../../../gateway/src/language/chinese/told.ts'
import { speechFrom } from '../../../gateway/src/language/speech.ts'

export const chineseSpeech = speechFrom({ ...dashboard, ...told }, told)
