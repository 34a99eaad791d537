/**
 * What the published schema of SARIF 2.1.0 demands of the parts that we write: names, types, what is required, and
 * that nothing else is there. @see sarif-schema-2.1.0.json (OASIS), definitions
 */
import { z } from 'zod'

/** Required are `text` or `id`; we have texts. */
const message = z.strictObject({ text: z.string().min(1) })
const propertyBag = z.looseObject({ tags: z.array(z.string()).optional() })
const index = z.number().int().min(-1)
const position = z.number().int().min(1)

const reportingDescriptor = z.strictObject({
  id: z.string(),
  shortDescription: message,
  defaultConfiguration: z.strictObject({ level: z.enum(['none', 'note', 'warning', 'error']) }),
})

const toolComponent = z.strictObject({
  name: z.string(),
  version: z.string(),
  rules: z.array(reportingDescriptor),
  properties: propertyBag,
})

/** `uri` is of the format `uri-reference`: no space, no character outside of ASCII. */
const artifactLocation = z.strictObject({
  uri: z.string().regex(/^[\w\-.~%!$&'()*+,;=:@/]*$/),
  uriBaseId: z.string(),
})

const location = z.strictObject({
  physicalLocation: z
    .strictObject({
      artifactLocation,
      region: z.strictObject({ startLine: position, startColumn: position.optional() }).optional(),
    })
    .optional(),
  logicalLocations: z.array(z.strictObject({ name: z.string(), fullyQualifiedName: z.string() })).optional(),
})

const result = z.strictObject({
  ruleId: z.string(),
  ruleIndex: index,
  level: z.enum(['none', 'note', 'warning', 'error']),
  message,
  locations: z.array(location),
  partialFingerprints: z.record(z.string(), z.string()),
  properties: propertyBag,
})

const run = z.strictObject({
  tool: z.strictObject({ driver: toolComponent }),
  invocations: z.array(z.strictObject({ executionSuccessful: z.boolean() })),
  columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
  results: z.array(result),
})

const log = z.strictObject({ $schema: z.url(), version: z.literal('2.1.0'), runs: z.array(run) })

/** @returns a line for each fault */
export function sarifFaults(value: unknown): readonly string[] {
  const { error } = log.safeParse(value)
  return error?.issues.map(({ path, message: fault }) => `${path.join('.')}: ${fault}`) ?? []
}
