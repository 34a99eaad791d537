/** `sluice gate apply`: makes the gates of a manifest, or shows what that would change. */
import type { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SluiceClient } from '../../../client/sluice-client.ts'
import { SluiceError } from '../../../client/sluice-error.ts'
import { CommandError } from '../../command-error.ts'
import { exitOfStatus } from '../../exit-codes.ts'
import type { Cli } from '../../session.ts'
import type { DeclaredGate } from './manifest.ts'
import type { ManifestFault } from './manifest-source.ts'
import { planGate, planRemovals, type PlannedGate, type RefusedGate } from './plan-gates.ts'
import { planJson, planText, refusalText } from './shown-plan.ts'

interface ApplyOptions {
  readonly org?: string
  readonly yes?: true
  readonly prune?: true
  readonly allowInlineSecrets?: true
}

const ABOUT = `Make the gates that a manifest declares, and their repositories where there are none. Without
--yes nothing is changed: what would change is shown. A fault in the manifest, or one that the
server finds in a repository that is there, and nothing is changed either. Secrets are named by
path, env or fd.`

const EXAMPLE = `
Example:
  git-gate:
    user: { name: Agent Seven, email: agent7@example.org }
    repos:
      widgets:
        url: ssh://git@forge.example/acme/widgets.git
        key: { provider: static, path: /run/secrets/widgets }
        host_key: ssh-ed25519 AAAA...
        refresh: always

  sluice gate apply gates.yaml --org acme
  sluice gate apply gates.yaml --org acme --yes
`

export function applyCommand(gate: Command, cli: Cli): void {
  gate
    .command('apply')
    .summary('make the gates that a manifest declares')
    .description(ABOUT)
    .argument('<manifest>', 'YAML file')
    .option('--org <org>', 'organisation of repositories that are named without one')
    .option('--yes', 'do it')
    .option(
      '--prune',
      'remove gates of these organisations that the manifest does not name; their repositories stay',
    )
    .option('--allow-inline-secrets', 'take secrets that stand in the manifest itself')
    .addHelpText('after', EXAMPLE)
    .action(async (file: string, options: ApplyOptions, command: Command) => {
      const { client, out } = await cli.session(command)
      const gates = await declaredIn(cli, file, options)
      const plan = await planOf(client, gates, options)
      if (!out.json) out.text(planText(plan))
      if (options.yes) await carryOut(client, gates, plan)
      if (out.json) out.text(`${JSON.stringify(planJson(plan), null, 2)}\n`)
      out.note(conclusionOf(plan, options))
    })
}

async function declaredIn(cli: Cli, file: string, options: ApplyOptions): Promise<readonly DeclaredGate[]> {
  const { readManifest } = await import('./manifest.ts')
  const { ManifestSecrets } = await import('./manifest-secrets.ts')
  const text = await readFile(file, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new CommandError('usage', `the manifest cannot be read (${code ?? 'unknown'})`)
  })
  const { gates, faults } = await readManifest(text, {
    secrets: new ManifestSecrets({ directory: dirname(file), env: cli.terminal.env }),
    org: options.org ?? null,
    allowInlineSecrets: options.allowInlineSecrets ?? false,
  })
  if (faults.length > 0) throw faulty(file, faults)
  return gates
}

function faulty(file: string, faults: readonly ManifestFault[]): CommandError {
  const lines = faults.map(
    ({ path, message, line, column }) => `  ${file}:${line}:${column}${path && ` ${path}`}: ${message}`,
  )
  return new CommandError('usage', ['the manifest cannot be applied', ...lines].join('\n'))
}

/** @throws CommandError when the server does not take one of them */
async function planOf(
  client: SluiceClient,
  gates: readonly DeclaredGate[],
  { org, prune }: ApplyOptions,
): Promise<readonly PlannedGate[]> {
  const planned: (PlannedGate | RefusedGate)[] = []
  for (const gate of gates) planned.push(await planGate(client, gate))
  const refused = planned.filter((gate): gate is RefusedGate => 'error' in gate)
  if (refused.length > 0)
    throw new CommandError('invalid', ['the server refuses gates', ...refused.map(refusalText)].join('\n'))
  const orgs = [...new Set([...(org === undefined ? [] : [org]), ...gates.map(({ where }) => where.org)])]
  const removed = prune ? await planRemovals(client, orgs, gates) : []
  return [...(planned as PlannedGate[]), ...removed]
}

/** In the order of the manifest. @throws CommandError that names the first one that could not be made */
async function carryOut(
  client: SluiceClient,
  gates: readonly DeclaredGate[],
  plan: readonly PlannedGate[],
): Promise<void> {
  for (const [n, gate] of gates.entries()) {
    const { result } = plan[n]!
    if (result === 'same') continue
    await makeGate(client, gate, result).catch((err: unknown) => {
      throw notMade(gate, err)
    })
  }
  for (const { where } of plan.slice(gates.length)) await client.upstream.delete(where)
}

async function makeGate(
  client: SluiceClient,
  { where, declaration }: DeclaredGate,
  result: PlannedGate['result'],
): Promise<void> {
  if (result === 'new') await client.repos.create({ body: { orgId: where.org, name: where.repo } })
  await client.upstream.put({ ...where, body: declaration }).catch(async (err: unknown) => {
    if (result === 'new') await client.repos.delete(where) // as it was before
    throw err
  })
}

function notMade({ where }: DeclaredGate, error: unknown): unknown {
  if (!(error instanceof SluiceError) || error.status === null || error.status === 401) return error
  return new CommandError(
    exitOfStatus(error.status),
    `a gate could not be made\n${refusalText({ where, error })}`,
    'those before it in the manifest are made; correct it, and apply the manifest again',
  )
}

function conclusionOf(plan: readonly PlannedGate[], { yes }: ApplyOptions): string {
  if (yes || plan.every(({ result }) => result === 'same')) return 'the gates are as the manifest says'
  return 'nothing was changed; say --yes to do it'
}
