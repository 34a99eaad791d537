/** A report as SARIF 2.1.0, which code scanning services take. @see OASIS SARIF 2.1.0, section 3 */
import type { RuleSet } from '../../../scanner/rule.ts'
import type { Report, ReportedFinding } from './report.ts'

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
/** No address of a server: the paths of a work tree, wherever it lies. */
const BASE = 'SRCROOT'

export function sarif(report: Report, { rules }: Pick<RuleSet, 'rules'>): unknown {
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { ...driverOf(report), rules: rules.map(ruleOf) } },
        invocations: [{ executionSuccessful: true }],
        columnKind: 'utf16CodeUnits',
        results: report.findings.map((finding) => resultOf(finding, rules)),
      },
    ],
  }
}

function driverOf({ tool, rules }: Report) {
  return {
    name: tool.name,
    version: tool.version,
    properties: { ruleSet: rules.name, ruleSetVersion: rules.version },
  }
}

function ruleOf({ id, description }: RuleSet['rules'][number]) {
  return { id, shortDescription: { text: description }, defaultConfiguration: { level: 'error' } }
}

function resultOf(finding: ReportedFinding, rules: RuleSet['rules']) {
  const { rule, commit, object, author, date, inlineAllow } = finding
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: 'error',
    message: { text: messageOf(finding) },
    locations: [locationOf(finding)],
    partialFingerprints: { 'sluice/v1': finding.fingerprint },
    properties: { object, ...(commit && { commit, author: author?.email, date }), inlineAllow },
  }
}

function messageOf({ description, secret, commit }: ReportedFinding): string {
  const what = secret === '' ? description : `${description}: ${secret}`
  return commit === null ? what : `${what}, brought by commit ${commit}`
}

function locationOf({ path, line, column, type, object }: ReportedFinding) {
  if (path === null) return { logicalLocations: [{ name: object, fullyQualifiedName: `${type} ${object}` }] }
  return {
    physicalLocation: {
      artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: BASE },
      ...(line !== null && { region: { startLine: line, ...(column !== null && { startColumn: column }) } }),
    },
  }
}
