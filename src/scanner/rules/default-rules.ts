/** Our own rule pack, written from the public documentation of the formats. */
import { ruleSet, type RuleSet } from '../rule.ts'
import { CHAT } from './chat.ts'
import { CLOUD } from './cloud.ts'
import { FORGES } from './forges.ts'
import { GENERIC } from './generic.ts'
import { KEYS } from './keys.ts'
import { MODELS } from './models.ts'
import { OBSERVABILITY } from './observability.ts'
import { PAYMENT } from './payment.ts'
import { REGISTRIES } from './registries.ts'
import { WORKPLACE } from './workplace.ts'

/** The set `default`. */
export function defaultRules(): RuleSet {
  return ruleSet('default', [
    ...CLOUD,
    ...FORGES,
    ...CHAT,
    ...PAYMENT,
    ...REGISTRIES,
    ...MODELS,
    ...OBSERVABILITY,
    ...WORKPLACE,
    ...KEYS,
    ...GENERIC,
  ])
}
